"""Every measure of overall fit of a solution, under the names lavaan gives them."""

from __future__ import annotations

import numpy as np

from csi.core.sem.measures import (
    Approximation,
    approximation,
    approximation_robust,
    approximation_scaled,
    cross_validation,
    hoelter,
    incremental,
    incremental_robust,
    information,
    mcdonald,
    mean_scaling,
    weighted_residual,
)
from csi.core.sem.residual_measures import GoodnessOfFit, goodness_of_fit
from csi.core.sem.scaled_tests import ModelTest, standard
from csi.estimators.sem.evidence import Complete
from csi.estimators.sem.solution import Solution

SCALED = ("satorra.bentler", "mean.var.adjusted", "scaled.shifted", "yuan.bentler",
          "yuan.bentler.mplus")  # fmt: skip


def fit_measures(solution: Solution) -> dict[str, float]:
    """Return the measures of fit by name.

    Parameters
    ----------
    solution : Solution
        A fitted covariance structure.

    Returns
    -------
    dict of str to float
        NaN where a measure cannot be computed.
    """
    T, df = solution.statistic, solution.df
    evidence = solution.evidence
    plain = standard(T, df)
    found: dict[str, float] = {
        "npar": solution.n_parameters,
        "fmin": _minimum(solution),
        "chisq": T, "df": df, "pvalue": plain.p,
    }  # fmt: skip
    base = solution.baseline
    scaled = solution.choices.test in SCALED
    if scaled:
        test, below = solution.test, base.test
        found |= {
            "chisq.scaled": test.statistic, "df.scaled": test.df, "pvalue.scaled": test.p,
            "chisq.scaling.factor": test.scaling,
        }  # fmt: skip
        if test.name == "scaled.shifted":
            found["chisq.shift.parameters"] = test.shift
    found |= {
        "baseline.chisq": base.statistic, "baseline.df": base.df,
        "baseline.pvalue": standard(base.statistic, base.df).p,
    }  # fmt: skip
    found |= _incremental(solution, "")
    if scaled:
        found |= {
            "baseline.chisq.scaled": below.statistic, "baseline.df.scaled": below.df,
            "baseline.pvalue.scaled": below.p, "baseline.chisq.scaling.factor": below.scaling,
        }  # fmt: skip
        found |= _incremental(solution, ".scaled")
    found |= _incremental_robust(solution)
    if evidence.has_likelihood:
        found |= _likelihood(solution)
    found["ntotal"] = solution.n
    count, groups = evidence.count, len(evidence.sizes)
    found |= _approximation(approximation(T, df, count, groups=groups), "")
    if scaled:
        found |= _approximation(approximation_scaled(T, df, test, count, groups=groups), ".scaled")
    robust = _robust(solution)
    if robust is not None:
        found |= _approximation(approximation_robust(*robust, count, groups=groups), ".robust")
    return found | _residual(solution)


def _minimum(solution: Solution) -> float:
    """Return half the discrepancy; of least squares half the statistic by n, as lavaan does."""
    if solution.evidence.has_likelihood:
        return float(solution.optimum.value[0]) / 2
    return solution.statistic / solution.n / 2


def _incremental(solution: Solution, suffix: str) -> dict[str, float]:
    base = solution.baseline
    if suffix:
        test, below = solution.test, base.test
        found = incremental(test.statistic, test.df, below.statistic, below.df)
    else:
        found = incremental(solution.statistic, solution.df, base.statistic, base.df)
    names = {"cfi": found.cfi, "tli": found.tli, "nnfi": found.tli, "rfi": found.rfi,
             "nfi": found.nfi, "pnfi": found.pnfi, "ifi": found.ifi, "rni": found.rni}  # fmt: skip
    return {name + suffix: value for name, value in names.items()}


def _robust(solution: Solution) -> tuple[float, float, ModelTest] | None:
    """Return the statistic, its df and the test that robust measures are made of."""
    as_complete = getattr(solution.evidence, "as_complete", None)
    scaled = solution.choices.test in SCALED
    if as_complete is not None:
        structure, theta, free, df = (
            solution.structure, solution.theta, solution.tangent, solution.df
        )  # fmt: skip
        test = as_complete(structure, theta, free, df, robust=scaled)
        return test.statistic * test.scaling, df, test
    return (solution.statistic, solution.df, solution.test) if scaled else None


def _incremental_robust(solution: Solution) -> dict[str, float]:
    model, base = _robust(solution), _robust(solution.baseline)
    if model is None or base is None:
        return {}
    (T, df, test), (T0, df0, below) = model, base
    found = incremental_robust(
        T, df, mean_scaling(test, df), T0, df0, mean_scaling(below, df0)
    )  # fmt: skip
    return {"cfi.robust": found.cfi, "tli.robust": found.tli, "nnfi.robust": found.tli,
            "rni.robust": found.rni}  # fmt: skip


def _approximation(found: Approximation, suffix: str) -> dict[str, float]:
    names = {"rmsea": found.rmsea, "rmsea.ci.lower": found.lower, "rmsea.ci.upper": found.upper,
             "rmsea.pvalue": found.close, "rmsea.notclose.pvalue": found.not_close}  # fmt: skip
    return {name + suffix: value for name, value in names.items()}


def _likelihood(solution: Solution) -> dict[str, float]:
    evidence = solution.evidence
    logl, saturated = evidence.log_likelihoods(solution.structure, solution.theta)
    rows = solution.compiled.rows
    if any(row.exogenous for row in rows):
        outside = exogenous_likelihood(solution)
        logl, saturated = logl - outside, saturated - outside
    criteria = information(logl, solution.n_parameters, solution.n)
    return {
        "logl": logl, "unrestricted.logl": saturated, "aic": criteria.aic, "bic": criteria.bic,
        "bic2": criteria.sabic,
    }  # fmt: skip


def exogenous_likelihood(solution: Solution) -> float:
    """Return the log-likelihood of the observed causes, which the model says nothing of."""
    from csi.core.sem.residual_measures import log_likelihood  # noqa: PLC0415

    names = {row.left for row in solution.compiled.rows if row.exogenous}
    at = [i for i, name in enumerate(solution.compiled.items) if name in names]
    incomplete = getattr(solution.evidence, "likelihood_of", None)
    if incomplete is not None:
        return float(incomplete(at))
    grid = np.ix_(at, at)
    covs = [cov[grid] for cov in solution.evidence.covs]
    return log_likelihood(covs, covs, solution.evidence.sizes)


def _residual(solution: Solution) -> dict[str, float]:
    evidence, structure, theta = solution.evidence, solution.structure, solution.theta
    T, df, count = solution.statistic, solution.df, evidence.count
    r = evidence.residual_measures(structure, theta)
    g = _goodness_of_fit(solution)
    ordered = bool(solution.compiled.ordered)
    weighted = {"wrmr": weighted_residual(T, evidence.n_statistics(structure))} if ordered else {}
    return {
        "rmr": r.rmr, "rmr_nomean": r.rmr_nomean, "srmr": r.srmr_nomean if ordered else r.srmr,
        "srmr_bentler": r.srmr, "srmr_bentler_nomean": r.srmr_nomean,
        "crmr": r.crmr, "crmr_nomean": r.crmr_nomean,
        "srmr_mplus": r.srmr_mplus, "srmr_mplus_nomean": r.srmr_mplus_nomean,
        "cn_05": hoelter(T, df, count, 0.05), "cn_01": hoelter(T, df, count, 0.01),
        "gfi": g.gfi, "agfi": g.agfi, "pgfi": g.pgfi, "mfi": mcdonald(T, df, count),
        "ecvi": cross_validation(T, solution.n_parameters, count), **weighted,
    }  # fmt: skip


def _goodness_of_fit(solution: Solution) -> GoodnessOfFit:
    """Return GFI, AGFI and PGFI; under ML without moments of observed causes.

    As in lavaan, which counts these under GLS, ULS and WLS.
    """
    structure, theta, df = solution.structure, solution.theta, solution.df
    evidence, whole = solution.evidence, solution.compiled
    given = np.isin(whole.items, [row.left for row in whole.rows if row.exogenous])
    known_causes = given.any() and evidence.has_likelihood
    if not known_causes or not isinstance(evidence, Complete):
        found: GoodnessOfFit = evidence.goodness_of_fit(structure, theta, df)
        return found
    i, j = np.triu_indices(len(given))
    known = given[i] & given[j]
    if structure.has_means:
        known = np.concatenate([given, known])
    s, sigma = (
        [np.where(known, 0.0, each) for each in moments]
        for moments in evidence.statistics(structure, theta)
    )
    V, shares = evidence.weight(structure, theta), evidence.shares.tolist()
    return goodness_of_fit(s, sigma, V, shares, df)
