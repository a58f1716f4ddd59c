"""Design effects: how precise the indices of a sample are beside those of a simple one.

With V(index) the variance under the design, s^2 the weighted variance of the
scores on 0-100 (divisor n - 1), and w the sampling weights::

    se_srs       s / sqrt(n): n respondents drawn one by one, with replacement
    deff         V(index) / se_srs^2
    deft         sqrt(deff)
    kish_deff    n sum w^2 / (sum w)^2 = 1 + cv(w)^2: what unequal weights alone cost
    kish_n       n / kish_deff
    effective_n  n / deff

References
----------
Kish, L. (1965). Survey sampling, chapters 8 and 11. Wiley.

Lumley, T. (2004). Analysis of complex survey samples. Journal of Statistical
Software 9(8). doi:10.18637/jss.v009.i08
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from csi.core.index import standard_deviations
from csi.core.types import Array
from csi.errors import ArgumentTypeError, OptionError
from csi.hundred import OnHundred
from csi.resampling.inference import Inference
from csi.results import Fit


def design_effects(fit: Fit, boot: Inference | None = None) -> pd.DataFrame:
    """Compare the precision of the indices with that of a simple random sample.

    The design effect is the variance of an index, with the weights, clusters
    and strata of the survey, divided by the variance it would have if as many
    respondents had been drawn one by one, with replacement (``deff="replace"``
    in the R package survey). Missing answers add to it: complete answers show
    the design alone.

    Parameters
    ----------
    fit : Fit
        The fit.
    boot : Bootstrap, Jackknife or Replicated, optional
        Where to take the standard errors from. By default they are linearised,
        as in ``fit.indices``, with the weights of the items held fixed.

    Returns
    -------
    DataFrame
        construct, index, se, se_srs (of a simple random sample of the same
        size), deff, deft (its square root), kish_deff (what unequal weights
        alone would cost), kish_n (respondents that would be as precise, by the
        weights alone) and effective_n (by the design effect).

    Raises
    ------
    OptionError
        If the fit has no indices, or ``boot`` belongs to another fit.

    References
    ----------
    Kish, L. (1965). Survey sampling. Wiley.

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> float(csi.design_effects(fit).loc["Satisfaction", "deff"])
    1.0
    """
    if not isinstance(fit, Fit):
        raise ArgumentTypeError(
            f"design_effects takes a fit; found {type(fit).__name__}. Use csi.fit(model, data) "
            "first; of the fits of groups give one, such as fits['A']."
        )
    indices = fit.indices
    se = indices["se"] if boot is None else _errors(boot, fit)
    simple = _simple_errors(fit)
    with np.errstate(divide="ignore", invalid="ignore"):
        deft = se.to_numpy() / simple
        effective = fit.n / deft**2
    kish_n = fit.moments.effective_n
    return pd.DataFrame(
        {
            "construct": indices["construct"],
            "index": indices["index"],
            "se": se,
            "se_srs": simple,
            "deff": deft**2,
            "deft": deft,
            "kish_deff": fit.n / kish_n,
            "kish_n": kish_n,
            "effective_n": effective,
        }
    )


def _simple_errors(fit: Fit) -> Array:
    """Return the errors of the indices of as many respondents drawn one by one."""
    hundred = OnHundred.of(fit.model, fit.moments, fit.scale)
    V = hundred.weights(fit.estimates, fit.index_weights)
    errors: Array = standard_deviations(V, hundred.cov) / np.sqrt(fit.n)
    return errors


def _errors(boot: object, fit: Fit) -> pd.Series[float]:
    if not isinstance(boot, Inference):
        raise ArgumentTypeError(
            f"boot is a {type(boot).__name__}. Give what csi.bootstrap, csi.jackknife or "
            "csi.replicate_weights returns for this fit."
        )
    if boot.fit is not fit:
        raise OptionError(
            "boot belongs to another fit. Give csi.bootstrap(fit) of the fit itself, or leave it "
            "out."
        )
    return boot.indices["se"]
