"""Information criteria by which models of the same construct are compared.

Notation follows Sharma et al. (2019, Table B1), with k predictors and the
constant counted together::

    SSE   (n - 1)(1 - R2)
    MSE   1 - R2 of the saturated model, in which every construct before
          another in causal order leads to it
    AIC   n log(SSE / n) + 2 k                BIC   n log(SSE / n) + k log n
    AICc  n (log(SSE / n) + (n + k) / (n - k - 2))
    AICu  n (log(SSE / (n - k)) + 2 k / n)
    FPE   SSE / (n - k) (1 + k / n)
    HQ    n log(SSE / n) + 2 k log log n
    HQc   n log(SSE / n) + 2 k log(log n) n / (n - k - 2)
    Cp    SSE / MSE - n + 2 k                 GM    SSE / MSE + k log n
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from csi.core.structural import reachable
from csi.errors import ArgumentTypeError, CsiError, OptionError, listing
from csi.results import Fit
from csi.spec import Path, check_name

CRITERIA = ("aic", "aicc", "aicu", "bic", "fpe", "hq", "hqc", "gm", "cp")
"""Columns of the criteria; for each of them smaller is better."""

SAME = 1e-8
"""Relative difference up to which covariances are those of the same answers."""


def compare_models(fits: Mapping[str, Fit], target: str | None = None) -> pd.DataFrame:
    """Compare models of the same construct by information criteria.

    Criteria weigh how well the predictors explain a construct against how many
    there are. BIC and GM find the model behind the data more often than R2 or
    adjusted R2; a difference of BIC below 2 says next to nothing.

    Figures are those of cSEM for all criteria and of seminr for AIC and BIC.
    AICc holds a term of about n that AIC does not, so the two are never
    compared. Survey weights enter through R2, n is the number of respondents.

    Parameters
    ----------
    fits : mapping of str to Fit
        Fits of the same respondents, by name of the model.
    target : str, optional
        The construct to compare; all that a path leads to by default.

    Returns
    -------
    DataFrame
        model, construct, k (predictors and constant), r2, r2_adjusted, aic,
        aicc, aicu, bic, fpe, hq, hqc, gm, cp, aic_weight, bic_weight, why: a
        row for each construct and model. Weights are the shares of evidence
        of the models of one construct (Akaike weights; Danks, Sharma and
        Sarstedt 2020). A criterion is missing where ``why`` gives a reason.

    Raises
    ------
    ArgumentTypeError
        If these are no named fits.
    OptionError
        If they are of different respondents, nothing is explained, or a construct
        is measured differently or not explained in one of them.

    References
    ----------
    Sharma, P. N., Sarstedt, M., Shmueli, G., Kim, K. H. and Thiele, K. O.
    (2019). PLS-based model selection: the role of alternative explanations in
    information systems research. Journal of the Association for Information
    Systems 20(4), 346-397. doi:10.17705/1jais.00538

    Sharma, P. N., Shmueli, G., Sarstedt, M., Danks, N. and Ray, S. (2021).
    Prediction-oriented model selection in partial least squares path modeling.
    Decision Sciences 52(3), 567-607. doi:10.1111/deci.12329

    Danks, N. P., Sharma, P. N. and Sarstedt, M. (2020). Model selection
    uncertainty and multimodel inference in partial least squares structural
    equation modeling. Journal of Business Research 113, 13-24.
    doi:10.1016/j.jbusres.2020.03.019

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.selection import compare_models
    >>> survey, acsi = csi.demo_survey(), csi.models.acsi()
    >>> blocks = list(acsi.constructs)
    >>> fewer = [path for path in acsi.paths if str(path) != "Complaints -> Loyalty"]
    >>> rival = csi.model(blocks, [*fewer, csi.paths("Value", "Loyalty")])
    >>> fits = {"acsi": csi.fit(acsi, survey), "rival": csi.fit(rival, survey)}
    >>> compare_models(fits, "Loyalty")["k"].tolist()
    [3, 3]
    """
    _check_fits(fits)
    constructs = _explained(fits) if target is None else [_checked(fits, target)]
    if not constructs:
        raise OptionError(
            f"No path leads to any construct in {listing(fits)}, so that there is nothing to "
            "compare. Give models with paths."
        )
    full = {name: _saturated(fit) for name, fit in fits.items()}
    tables = [
        _weighted([_row(name, fit, construct, full[name]) for name, fit in fits.items()
                   if _is_explained(fit, construct)])
        for construct in constructs
    ]  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def criteria(r2: float, k: int, n: float, full: float) -> dict[str, float]:
    """Return the criteria of one regression; NaN where one is not defined.

    Parameters
    ----------
    r2 : float
        Explained variance.
    k : int
        Predictors and constant.
    n : float
        Respondents.
    full : float
        Explained variance in the saturated model.

    Examples
    --------
    >>> print(f"{criteria(0.5, 3, 250, 0.6)['bic']:.3f}")
    -157.724
    """
    sse, mse = (n - 1) * (1 - r2), 1 - full
    if sse <= 0:
        return dict.fromkeys(CRITERIA, np.nan)
    fit, spare = n * np.log(sse / n), n - k - 2
    few = spare <= 0
    ratio = sse / mse if mse > 0 else np.nan
    return {
        "aic": fit + 2 * k,
        "aicc": np.nan if few else fit + n * (n + k) / spare,
        "aicu": n * np.log(sse / (n - k)) + 2 * k,
        "bic": fit + k * np.log(n),
        "fpe": sse / (n - k) * (1 + k / n),
        "hq": fit + 2 * k * np.log(np.log(n)),
        "hqc": np.nan if few else fit + 2 * k * np.log(np.log(n)) * n / spare,
        "gm": ratio + k * np.log(n),
        "cp": ratio - n + 2 * k,
    }


@dataclass(frozen=True, slots=True)
class _Saturated:
    """R2 of every construct in the saturated model, or why there is none."""

    r2: Mapping[str, float]
    why: str = ""


def _saturated(fit: Fit) -> _Saturated:
    """Estimate the model in which every construct leads to all that come after it."""
    model = fit.model
    parts = {name for c in model.constructs if c.higher_order for name in c.indicators}
    rank = np.argsort(reachable(model.design).sum(axis=0), kind="stable")
    order = [model.names[i] for i in rank if model.names[i] not in parts]
    paths = [Path(a, b) for j, b in enumerate(order) for a in order[:j]]
    try:
        found = fit.estimator.estimate(model.with_paths(paths), fit.moments)
    except CsiError as problem:
        return _Saturated({}, f"the saturated model could not be estimated: {problem}")
    return _Saturated(dict(zip(model.names, found.r2.tolist(), strict=True)))


def _row(name: str, fit: Fit, construct: str, full: _Saturated) -> dict[str, object]:
    r2, adjusted = np.asarray(fit.r2.loc[construct, ["r2", "r2_adjusted"]], dtype=np.float64)
    k = int(fit.model.design[:, fit.model.names.index(construct)].sum()) + 1
    known = criteria(r2, k, fit.n, full.r2.get(construct, np.nan))
    return {
        "model": name, "construct": construct, "k": k, "r2": r2, "r2_adjusted": adjusted, **known,
        "why": _why(r2, known, full),
    }  # fmt: skip


def _why(r2: float, known: Mapping[str, float], full: _Saturated) -> str:
    if r2 >= 1:
        return "R2 is not below 1"
    reasons = ["too few respondents for AICc and HQc"] if np.isnan(known["aicc"]) else []
    if np.isnan(known["gm"]):
        reasons.append(full.why or "R2 of the saturated model is not below 1: no GM and Cp")
    return "; ".join(reasons)


def _weighted(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Return the rows of one construct with Akaike weights of AIC and BIC."""
    table = pd.DataFrame(rows)
    at = len(table.columns) - 1
    for place, name in enumerate(("aic", "bic")):
        evidence = np.exp(-(table[name] - table[name].min()) / 2)
        table.insert(at + place, f"{name}_weight", evidence / evidence.sum())
    return table


def _explained(fits: Mapping[str, Fit]) -> list[str]:
    """Return every construct a path leads to, in the order of the models."""
    names = dict.fromkeys(name for fit in fits.values() for name in fit.model.names)
    found = [name for name in names if any(_is_explained(fit, name) for fit in fits.values())]
    for name in found:
        _check_measured(name, {key: fit for key, fit in fits.items() if _is_explained(fit, name)})
    return found


def _is_explained(fit: Fit, construct: str) -> bool:
    return any(path.target == construct for path in fit.model.paths)


def _checked(fits: Mapping[str, Fit], target: str) -> str:
    for fit in fits.values():
        fit.model.construct(target)
    without = [name for name, fit in fits.items() if not _is_explained(fit, target)]
    if without:
        raise OptionError(
            f"No path leads to {target!r} in {listing(without)}. Compare models that explain it, "
            "or another target."
        )
    _check_measured(target, fits)
    return target


def _check_measured(construct: str, fits: Mapping[str, Fit]) -> None:
    measured = {name: set(f.model.construct(construct).indicators) for name, f in fits.items()}
    first, *others = measured
    for name in others:
        if measured[name] != measured[first]:
            differing = listing(sorted(measured[name] ^ measured[first]))
            raise OptionError(
                f"{construct!r} is measured differently in {first!r} and {name!r}: {differing}. "
                "Criteria compare explanations of one thing; give it the same items in all models."
            )


def _check_fits(fits: object) -> None:
    """Refuse what is no mapping of fits to the same respondents."""
    if not isinstance(fits, Mapping) or not fits:
        raise ArgumentTypeError(
            f"compare_models takes named fits; found {type(fits).__name__}. Give a mapping such as "
            "{'theory': fit, 'rival': other}."
        )
    for name, fit in fits.items():
        check_name(name, "a model")
        if not isinstance(fit, Fit):
            raise ArgumentTypeError(
                f"compare_models takes fits; {name!r} is a {type(fit).__name__}. Use "
                "csi.fit(model, data) first."
            )
    first, *others = fits
    for name in others:
        difference = _difference(fits[first], fits[name])
        if difference:
            raise OptionError(
                f"{first!r} and {name!r} were not fitted to the same respondents: {difference}. "
                "Fit all models to those who answered the items of all of them."
            )


def _difference(a: Fit, b: Fit) -> str:
    """Say how the respondents of two fits differ; empty if they do not."""
    if a.n != b.n:
        return f"{a.n:g} and {b.n:g} respondents"
    if a.data is not None and b.data is not None:
        same = np.array_equal(a.data.positions, b.data.positions)
        return "" if same and _agree(a, b) else "other respondents or other answers"
    return "" if _agree(a, b) else "other correlations of the items they share"


def _agree(a: Fit, b: Fit) -> bool:
    """Whether the items that two fits share correlate alike."""
    shared = [name for name in a.model.indicators if name in b.model.indicators]
    if not shared:
        return True
    return bool(
        np.allclose(a.moments.select(shared).corr, b.moments.select(shared).corr, rtol=SAME)
    )
