"""What becomes of complainers: loyalty by how well the complaint was handled.

The complaint construct of an ACSI-type model says whether people complain; how
well complaints are handled is asked of complainers only and is looked at here,
beside the model. Complainers whose complaint was handled well can be more loyal
than people who never complained (the service recovery paradox).

References
----------
de Matos, C. A., Henrique, J. L. and Rossi, C. A. V. (2007). Service recovery
paradox: a meta-analysis. Journal of Service Research 10(1), 60-77.
doi:10.1177/1094670507303012
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csi.answers import Answers, decode
from csi.core.design import sampling_covariance
from csi.core.types import Array, Mask
from csi.data import as_survey
from csi.errors import DataError, OptionError
from csi.spec import Model

if TYPE_CHECKING:
    import pandas as pd


def complaint_handling(
    data: object,
    model: Model,
    *,
    complained: str = "COMP",
    handled: str = "HANDLE",
    outcome: str = "REPUR",
    poor: float = 5,
    good: float = 9,
) -> pd.DataFrame:
    """Compare an outcome between non-complainers and complainers by handling.

    Parameters
    ----------
    data : SurveyData or dataframe
        The survey.
    model : Model
        What is known of the items: scales and don't-know codes.
    complained, handled, outcome : str
        Columns: whether a respondent complained (low and high end of its
        scale), how well the complaint was handled (complainers only), and the
        outcome, such as the likelihood of buying again.
    poor, good : float
        Handling rated up to ``poor`` is poor, from ``good`` on it is good.

    Returns
    -------
    DataFrame
        group, n, share (of all who said whether they complained), outcome
        (mean on 0-100), se.

    Raises
    ------
    DataError
        If an item cannot be read or has no scale.
    OptionError
        If the bounds are in the wrong order.

    Examples
    --------
    >>> import csi, pandas as pd
    >>> frame = pd.DataFrame({
    ...     "COMP": [0] * 6 + [1] * 6,
    ...     "HANDLE": [None] * 6 + [2, 3, 7, 8, 9, 10],
    ...     "REPUR": [8, 9, 7, 8, 9, 10, 1, 4, 6, 7, 9, 10],
    ... })
    >>> csi.complaint_handling(frame, csi.models.acsi())[["group", "n"]].values.tolist()
    [['no complaint', 6], ['handled poorly', 2], ['handled fairly', 2], ['handled well', 2]]
    """
    import pandas as pd  # noqa: PLC0415 - tables only

    if not poor < good:
        raise OptionError(f"poor is {poor!r} and good is {good!r}. Give poor below good.")
    columns = (complained, handled, outcome)
    table = as_survey(data)
    answers = decode(table, model, columns)
    if np.isnan(answers.scale).any():
        raise DataError(
            f"The scale ends of {complained}, {handled} and {outcome} must be known. Declare "
            "scale={item: (low, high)} in csi.survey."
        )
    yes, rating, value = answers.rows.T
    low, high = answers.scale[2]
    score = 100 * (value - low) / (high - low)
    said, complainer = ~np.isnan(yes), yes == answers.scale[0, 1]
    groups = {
        "no complaint": said & ~complainer,
        "handled poorly": complainer & (rating <= poor),
        "handled fairly": complainer & (rating > poor) & (rating < good),
        "handled well": complainer & (rating >= good),
        "handling not rated": complainer & np.isnan(rating),
    }
    rows = [
        (name, *_described(answers, score, members, said))
        for name, members in groups.items()
        if members.any()
    ]
    return pd.DataFrame(rows, columns=["group", "n", "share", "outcome", "se"])


def _described(answers: Answers, score: Array, members: Mask, said: Mask) -> tuple[float, ...]:
    """Return respondents with an outcome, share of all, mean and its standard error."""
    weights = np.ones(len(score)) if answers.weights is None else answers.weights
    share = float(weights[members].sum() / weights[said].sum())
    used = members & ~np.isnan(score) & (weights > 0)
    n = int(answers.copies[used].sum())
    mean = float(np.average(score[used], weights=weights[used])) if n else np.nan
    if n < 2:
        return n, share, mean, np.nan
    influence = np.where(used, weights * (score - mean), 0.0) / weights[used].sum()
    error = sampling_covariance(
        influence[:, None], np.array([n]), answers.copies, answers.sampling
    )  # respondents of other groups stay units of the sample
    return n, share, mean, float(np.sqrt(error[0, 0]))
