from . import models, studies
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
from .data import SurveyData, read_survey, survey
from .errors import (
    ConvergenceWarning,
    CsiError,
    CsiWarning,
    DataError,
    DataQualityWarning,
    EstimationError,
    FileFormatError,
    InadmissibleWarning,
    ModelError,
    OptionError,
    PrecisionWarning,
    RowsRequiredError,
)
from .estimators.pls import PLS
from .estimators.sums import FixedWeights, Sums
from .fitting import fit
from .groups import Fits, fit_by
from .plots import plot_impacts, plot_indices, plot_ranking
from .price import price_tolerance
from .reporting import from_json, path_diagram, report, to_excel, to_json, to_latex
from .resampling.bootstrapping import bootstrap
from .resampling.bootstraps import Bootstrap, Bootstraps, FunctionBootstrap
from .resampling.efficiency import design_effects
from .resampling.linearization import InfinitesimalJackknife, infinitesimal_jackknife
from .resampling.replication import Jackknife, Replicated, jackknife, replicate_weights
from .results import Fit
from .simulation import demo_survey, simulate
from .spec import Construct, Item, Model, Path
from .syntax import parse

__version__: str

__all__ = [
    "PLS",
    "Bootstrap",
    "Bootstraps",
    "Codebook",
    "Comparison",
    "Construct",
    "ConvergenceWarning",
    "CsiError",
    "CsiWarning",
    "DataError",
    "DataQualityWarning",
    "EstimationError",
    "FileFormatError",
    "Fit",
    "Fits",
    "FixedWeights",
    "FunctionBootstrap",
    "InadmissibleWarning",
    "InfinitesimalJackknife",
    "Invariance",
    "Item",
    "Jackknife",
    "Model",
    "ModelError",
    "Moments",
    "OptionError",
    "Path",
    "PrecisionWarning",
    "Replicated",
    "RowsRequiredError",
    "SampleSize",
    "Standing",
    "Sums",
    "SurveyData",
    "aggregate",
    "bootstrap",
    "change",
    "compare",
    "complaint_handling",
    "composite",
    "demo_survey",
    "design_effects",
    "fit",
    "fit_by",
    "from_json",
    "higher_order",
    "infinitesimal_jackknife",
    "items",
    "jackknife",
    "measurement_invariance",
    "model",
    "models",
    "parse",
    "path_diagram",
    "paths",
    "plot_impacts",
    "plot_indices",
    "plot_ranking",
    "precision",
    "price_tolerance",
    "rank",
    "read_survey",
    "reflective",
    "replicate_weights",
    "report",
    "sample_size",
    "simulate",
    "single",
    "studies",
    "survey",
    "to_excel",
    "to_json",
    "to_latex",
]
