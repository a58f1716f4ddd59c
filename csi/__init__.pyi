from . import datasets, models, studies
from .assessment.ability import Cvpat, cvpat
from .assessment.assessment import Assessment, assess
from .assessment.blindfolding import blindfold
from .assessment.ceilings import NecessaryConditions
from .assessment.common_method import CommonMethod, common_method
from .assessment.endogeneity import endogeneity
from .assessment.importance import ImportancePerformance, importance_performance
from .assessment.mediation import mediation
from .assessment.necessity import necessary_conditions
from .assessment.nonlinearity import nonlinearity
from .assessment.overall import ExactFit, exact_fit
from .assessment.prediction import Prediction, predict
from .assessment.redundancy import redundancy_analysis
from .assessment.selection import compare_models
from .assessment.tetrads import Tetrads, tetrads
from .builders import composite, higher_order, items, model, paths, reflective, single
from .codebook import Codebook
from .comparing.aggregation import aggregate
from .comparing.comparison import compare
from .comparing.differences import Comparison
from .comparing.invariance import Invariance, measurement_invariance
from .comparing.planning import SampleSize, precision, sample_size
from .comparing.standings import Standing, rank
from .comparing.waves import change
from .complaints import complaint_handling
from .core.moments import Moments
from .covariance_fit import CovarianceFit
from .data import SurveyData, read_survey, survey
from .errors import (
    ConvergenceWarning,
    CsiError,
    CsiWarning,
    DataError,
    DataQualityWarning,
    DownloadError,
    EstimationError,
    FileFormatError,
    InadmissibleWarning,
    ModelError,
    OptionError,
    PrecisionWarning,
    RowsRequiredError,
)
from .estimators.cbsem import CBSEM
from .estimators.pls import PLS
from .estimators.sam import SAM
from .estimators.semopy_adapter import Semopy
from .estimators.sums import FixedWeights, Sums
from .fitting import fit
from .group_fits import MultigroupFit
from .groups import Fits, fit_by
from .invariance_steps import InvarianceSteps, invariance
from .loyalty.curve import Curve
from .loyalty.curve_fitting import loyalty_curve
from .loyalty.gains import OneMorePoint, one_more_point
from .loyalty.groups import CurveComparison, compare_curves
from .loyalty.item_figures import ItemFigures
from .loyalty.level_results import LoyaltyLevels
from .loyalty.levels import loyalty_levels
from .loyalty.local_importance import LocalImportance, local_importance
from .loyalty.plan_results import PlannedZone, ZonePlan
from .loyalty.planning import plan_zone
from .loyalty.pooling import PooledCurve, pooled_curve
from .loyalty.shifts import SatisfactionShift, shift_satisfaction
from .loyalty.zone import Zone
from .matrices import read_moments
from .nested import likelihood_ratio
from .parameters import Constraint, Defined, Parameter
from .plots import (
    plot_impacts,
    plot_importance_performance,
    plot_indices,
    plot_loyalty_curve,
    plot_loyalty_slopes,
    plot_necessary_conditions,
    plot_ranking,
    plot_specifications,
)
from .price import price_tolerance
from .published.audits.audit import Audit
from .published.audits.auditing import audit
from .published.reproducing import Reproduction, reproduce
from .published.specified.results import SpecificationCurve
from .published.specified.specifying import specification_curve
from .questionnaires.questionnaire import Questionnaire
from .questionnaires.survey_plan import SurveyPlan
from .reporting import (
    from_json,
    methods_paragraph,
    path_diagram,
    report,
    to_excel,
    to_json,
    to_latex,
)
from .reporting.paragraph.sentences import MethodsParagraph
from .resampling.bollen_stine import BollenStine, bollen_stine
from .resampling.bootstrapping import bootstrap
from .resampling.bootstraps import Bootstrap, Bootstraps, FunctionBootstrap
from .resampling.efficiency import design_effects
from .resampling.linearization import InfinitesimalJackknife, infinitesimal_jackknife
from .resampling.replication import Jackknife, Replicated, jackknife, replicate_weights
from .results import Fit
from .several_groups import multigroup
from .simulation import demo_survey, simulate
from .spec import Construct, Item, Model, Path
from .structural_fit import StructuralFit
from .syntax import extend, parse

__version__: str

__all__ = [
    "CBSEM",
    "PLS",
    "SAM",
    "Assessment",
    "Audit",
    "BollenStine",
    "Bootstrap",
    "Bootstraps",
    "Codebook",
    "CommonMethod",
    "Comparison",
    "Constraint",
    "Construct",
    "ConvergenceWarning",
    "CovarianceFit",
    "CsiError",
    "CsiWarning",
    "Curve",
    "CurveComparison",
    "Cvpat",
    "DataError",
    "DataQualityWarning",
    "Defined",
    "DownloadError",
    "EstimationError",
    "ExactFit",
    "FileFormatError",
    "Fit",
    "Fits",
    "FixedWeights",
    "FunctionBootstrap",
    "ImportancePerformance",
    "InadmissibleWarning",
    "InfinitesimalJackknife",
    "Invariance",
    "InvarianceSteps",
    "Item",
    "ItemFigures",
    "Jackknife",
    "LocalImportance",
    "LoyaltyLevels",
    "MethodsParagraph",
    "Model",
    "ModelError",
    "Moments",
    "MultigroupFit",
    "NecessaryConditions",
    "OneMorePoint",
    "OptionError",
    "Parameter",
    "Path",
    "PlannedZone",
    "PooledCurve",
    "PrecisionWarning",
    "Prediction",
    "Questionnaire",
    "Replicated",
    "Reproduction",
    "RowsRequiredError",
    "SampleSize",
    "SatisfactionShift",
    "Semopy",
    "SpecificationCurve",
    "Standing",
    "StructuralFit",
    "Sums",
    "SurveyData",
    "SurveyPlan",
    "Tetrads",
    "Zone",
    "ZonePlan",
    "aggregate",
    "assess",
    "audit",
    "blindfold",
    "bollen_stine",
    "bootstrap",
    "change",
    "common_method",
    "compare",
    "compare_curves",
    "compare_models",
    "complaint_handling",
    "composite",
    "cvpat",
    "datasets",
    "demo_survey",
    "design_effects",
    "endogeneity",
    "exact_fit",
    "extend",
    "fit",
    "fit_by",
    "from_json",
    "higher_order",
    "importance_performance",
    "infinitesimal_jackknife",
    "invariance",
    "items",
    "jackknife",
    "likelihood_ratio",
    "local_importance",
    "loyalty_curve",
    "loyalty_levels",
    "measurement_invariance",
    "mediation",
    "methods_paragraph",
    "model",
    "models",
    "multigroup",
    "necessary_conditions",
    "nonlinearity",
    "one_more_point",
    "parse",
    "path_diagram",
    "paths",
    "plan_zone",
    "plot_impacts",
    "plot_importance_performance",
    "plot_indices",
    "plot_loyalty_curve",
    "plot_loyalty_slopes",
    "plot_necessary_conditions",
    "plot_ranking",
    "plot_specifications",
    "pooled_curve",
    "precision",
    "predict",
    "price_tolerance",
    "rank",
    "read_moments",
    "read_survey",
    "redundancy_analysis",
    "reflective",
    "replicate_weights",
    "report",
    "reproduce",
    "sample_size",
    "shift_satisfaction",
    "simulate",
    "single",
    "specification_curve",
    "studies",
    "survey",
    "tetrads",
    "to_excel",
    "to_json",
    "to_latex",
]
