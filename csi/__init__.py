"""Customer satisfaction index models.

Fit an ACSI-type model to a survey, read its indices, look at the report::

    import csi

    fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    fit.indices
    csi.report(fit, path="report.html")
"""

from csi import models
from csi.codebook import Codebook
from csi.core.moments import Moments
from csi.data import SurveyData, read_survey, survey
from csi.errors import (
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
from csi.estimators.pls import PLS
from csi.estimators.sums import FixedWeights, Sums
from csi.results import Fit, fit
from csi.spec import (
    Construct,
    Item,
    Model,
    Path,
    composite,
    higher_order,
    items,
    model,
    paths,
    reflective,
    single,
)

__all__ = [
    "PLS",
    "Codebook",
    "Construct",
    "ConvergenceWarning",
    "CsiError",
    "CsiWarning",
    "DataError",
    "DataQualityWarning",
    "EstimationError",
    "FileFormatError",
    "Fit",
    "FixedWeights",
    "InadmissibleWarning",
    "Item",
    "Model",
    "ModelError",
    "Moments",
    "OptionError",
    "Path",
    "PrecisionWarning",
    "RowsRequiredError",
    "Sums",
    "SurveyData",
    "composite",
    "fit",
    "higher_order",
    "items",
    "model",
    "models",
    "paths",
    "read_survey",
    "reflective",
    "single",
    "survey",
]
