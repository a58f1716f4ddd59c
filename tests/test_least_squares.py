"""Weighted least squares on moments, thresholds and polychoric correlations, against lavaan.

Oracle      lavaan 0.6-14: `golden/lavaan` (STUDY_ls, STUDY_ord) and
            `golden/least_squares.json` for groups, mixed items and ordered causes.
Tolerance   1e-6 where lavaan was refined (ls), else what its optimiser leaves, 1e-5.
            The chi-square there is (n - G) F, ULS counts each covariance once.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lavaan_studies import TESTS, expected_parameters, fit, matrix, rows
from numpy.testing import assert_allclose

from csi.core.sem.gamma import adf_gamma, vech
from csi.core.sem.least_squares import Continuous, LeastSquares, diagonal_weight, inverse_weight
from csi.core.sem.optimise import minimise
from csi.core.sem.ordered import Ordered, completed
from csi.core.sem.ordered_starting import ordered_start
from csi.core.sem.ordinal import ordinal_moments
from csi.core.sem.structure import Structure
from csi.estimators.sem.compiled import compiled
from csi.estimators.sem.table import Row

GOLDEN = json.loads((Path(__file__).parent / "golden" / "least_squares.json").read_text())["fits"]
WEIGHTS = {
    "WLS": inverse_weight,
    "DWLS": diagonal_weight,
    "ULS": lambda Gamma: np.ones(len(Gamma)),
}
OWN = ("|", "~*~")
TOLERANCE = 1e-5


def compiled_of(table, items, *, delta=()):
    """Put rows of lavaan's into matrices; error variances of delta are no parameters."""
    stated = []
    for r in table[~table["op"].isin(OWN)].itertuples():
        implied = r.op == "~~" and r.lhs == r.rhs and r.lhs in delta
        value = 0.0 if implied else None if r.free else r.est
        stated.append(Row(r.lhs, r.op, r.rhs, r.group - 1, "", value, r.label))
    constructs = [name for name in dict.fromkeys(table["lhs"]) if name not in items]
    return compiled(stated, items, constructs, table["group"].max())


def ordered_of(table, items, ordered, parametrisation):
    """Return the structure and what is around it, with thresholds and scales of lavaan's rows."""
    delta = ordered if parametrisation == "delta" else ()
    inner = compiled_of(table, items, delta=delta)
    thresholds = table[(table["op"] == "|") & (table["group"] == 1)]
    keys = [(i, "|", r) for i in items for r in thresholds.loc[thresholds["lhs"] == i, "rhs"]]
    cells = keys + [(i, "~*~", i) for i in items if i in delta]
    place = {key: cell for cell, key in enumerate(cells)}
    own = [r for r in table.itertuples() if (r.lhs, r.op, r.rhs) in place]
    q = inner.n_parameters
    number = {}
    for r in own:
        if r.free:
            number.setdefault(r.label or (r.group, r.lhs, r.rhs), q + len(number))
    groups = table["group"].max()
    K, k0 = np.zeros((groups, len(cells), q + len(number))), np.zeros((groups, len(cells)))
    for r in own:
        cell = r.group - 1, place[r.lhs, r.op, r.rhs]
        if r.free:
            K[*cell, number[r.label or (r.group, r.lhs, r.rhs)]] = 1.0
        else:
            k0[cell] = r.est
    mask = np.isin(items, list(ordered))
    item = np.array([items.index(i) for i, _, _ in keys])
    unit = np.where(mask, 1.0, 2.0)
    return inner, Ordered(inner.structure, mask, item, parametrisation, K, k0, unit), own, place


def stacked(parts, groups):
    """One a group of one sample, or one a sample of one group."""
    return np.stack(parts)[None] if groups else np.stack(parts)[:, None]


def problem_of(model, moments, weights=diagonal_weight, *, groups=True):
    n = np.array([m.n for m in moments]) - 1
    s = stacked([m.statistics / model.units for m in moments], groups)
    outer = np.outer(model.units, model.units)
    W = stacked([weights(m.Gamma / outer) for m in moments], groups)
    return LeastSquares(model, s, W, n / n.sum() if groups else np.ones(1))


def start_of(case, moments, *, groups=True, kept=1.0):
    inner, model, *_ = case
    cov, mean = (stacked([getattr(m, a) for m in moments], groups) for a in ("cov", "mean"))
    s = stacked([m.statistics / model.units for m in moments], groups)
    return ordered_start(model, inner.plan, cov, mean, s, kept=kept)


def fitted_ordered(case, parts, weights):
    """Return parameters and chi-square for answers group by group."""
    model = case[1]
    moments = [ordinal_moments(part, model.ordered) for part in parts]
    optimum = minimise(problem_of(model, moments, weights), start_of(case, moments))
    assert optimum.converged.all()
    return optimum.theta, float(optimum.value[0] * (sum(map(len, parts)) - len(parts)))


def fitted_continuous(table, parts, items, estimator, unit=None):
    """Return chi-square, matrices and parameters for answers group by group."""
    inner = compiled_of(table, items)
    if unit is None:
        unit = np.ones(len(items)) if estimator == "ULS" else parts[0].std(axis=0)
    model, means = Continuous(inner.structure, unit), inner.structure.has_means
    cov = np.stack([np.cov(part.T) for part in parts])
    mean = np.stack([part.mean(axis=0) for part in parts])
    s = np.concatenate([mean, vech(cov)], axis=-1) if means else vech(cov)
    W = np.stack([WEIGHTS[estimator](adf_gamma(part / unit, means=means)) for part in parts])
    n = np.array([len(part) for part in parts]) - 1
    problem = LeastSquares(model, (s / model.units)[None], W[None], n / n.sum())
    optimum = minimise(problem, inner.start(cov[None], mean[None] if means else None))
    assert optimum.converged.all()
    return float(optimum.value[0] * n.sum()), inner, optimum.theta


def known(name):
    entry = GOLDEN[name]
    return entry, pd.DataFrame(entry["parameters"])


def by_group(answers, groups):
    schools = answers["school"].unique()[:groups] if groups > 1 else [None]
    return [answers if each is None else answers[answers["school"] == each] for each in schools]


def compare(table, case, theta, atol=TOLERANCE):
    """Compare every parameter of lavaan's, and the error variances of delta."""
    inner, model, own, place = case
    plain = table[~table["op"].isin(OWN)]
    free = plain["free"].to_numpy() > 0
    assert_allclose(inner.values(theta)[0, free], plain["est"].to_numpy()[free], rtol=0, atol=atol)
    cells = (model.K @ theta[0]) + model.k0
    ours = [cells[r.group - 1, place[r.lhs, r.op, r.rhs]] for r in own]
    assert_allclose(ours, [r.est for r in own], rtol=0, atol=atol)
    names = dict(zip(inner.variables, range(len(inner.variables)), strict=True))
    S = completed(model, model.at(theta)).S[0]
    errors = plain[(plain["op"] == "~~")]
    ours = [S[r.group - 1, names[r.lhs], names[r.rhs]] for r in errors.itertuples()]
    assert_allclose(ours, errors["est"], rtol=0, atol=atol)


CONTINUOUS = [
    (study, name)
    for study in ("hs_ls", "core_ls", "acsi_ls")
    for name in ("WLS", "DWLS", "ULS")
    if (study, name) != ("acsi_ls", "WLS")  # no minimum was found there
]


@pytest.mark.parametrize(("study", "name"), CONTINUOUS)
def test_continuous_items(study, name):
    entry = fit(study, name)
    table = expected_parameters(entry)
    answers = rows(entry["data"])
    items = [item for item in answers if item in set(table["rhs"])]
    chisq, inner, theta = fitted_continuous(table, [answers[items].to_numpy()], items, name)
    atol = 5e-6 if name == "ULS" else 2e-8  # lavaan has no Gauss-Newton finish for ULS
    assert_allclose(inner.values(theta)[0], table["est"], rtol=0, atol=atol)
    assert chisq == pytest.approx(entry["fit"]["chisq"], rel=1e-10)


@pytest.mark.parametrize("name", ["uls_given", "wls_groups", "dwls_groups"])
def test_continuous_items_of_groups(name):
    entry, table = known(name)
    parts = by_group(rows("hs"), len(entry["n"]))
    estimator = name.split("_")[0].upper()
    parts = [part[entry["items"]].to_numpy() for part in parts]
    chisq, inner, theta = fitted_continuous(table, parts, entry["items"], estimator)
    assert_allclose(inner.values(theta)[0], table["est"], rtol=0, atol=TOLERANCE)
    assert chisq == pytest.approx(entry["chisq"], rel=1e-8)


@pytest.mark.parametrize("study", ["hs_ord", "core_ord"])
@pytest.mark.parametrize("name", ["WLSMV", "ULSMV", "WLS", "WLSMV_theta"])
def test_ordered_items(study, name):
    entry = fit(study, name)
    table = expected_parameters(entry)
    items = list(matrix(fit(study, "WLSMV")["polychoric"]).index)
    parametrisation = "theta" if name.endswith("theta") else "delta"
    estimator = {"WLS": "WLS", "ULSMV": "ULS"}.get(name, "DWLS")
    answers = [rows(entry["data"])[items].to_numpy(dtype=float)]
    case = ordered_of(table, items, items, parametrisation)
    theta, chisq = fitted_ordered(case, answers, WEIGHTS[estimator])
    compare(table, case, theta)
    assert chisq == pytest.approx(entry["fit"]["chisq"], rel=1e-7)


ORDERED = ["delta_groups", "theta_groups", "delta_mixed", "theta_mixed", "theta_mixed_groups",
           "theta_chain"]  # fmt: skip


@pytest.mark.parametrize("name", ORDERED)
def test_groups_mixed_items_and_ordered_causes(name):
    entry, table = known(name)
    items, ordered = entry["items"], entry["ordered"]
    answers = rows("hs_ord")
    plain = [item for item in items if item not in ordered]
    answers[plain] = rows("hs")[plain]
    parts = [part[items].to_numpy(dtype=float) for part in by_group(answers, len(entry["n"]))]
    case = ordered_of(table, items, ordered, name.split("_")[0])
    theta, chisq = fitted_ordered(case, parts, WEIGHTS["WLS" if name == "theta_mixed" else "DWLS"])
    # In groups lavaan stops 4e-8 higher with theta than with delta; the minimum is the same.
    compare(table, case, theta, atol=5e-5 if name == "theta_groups" else TOLERANCE)
    assert chisq == pytest.approx(entry["chisq"], rel=1e-6)


def test_both_parametrisations_have_one_minimum():
    chisq = []
    for name in ("delta_groups", "theta_groups"):
        table = known(name)[1]
        parts = [part[TESTS].to_numpy(dtype=float) for part in by_group(rows("hs_ord"), 2)]
        case = ordered_of(table, TESTS, TESTS, name.split("_")[0])
        chisq.append(fitted_ordered(case, parts, diagonal_weight)[1])
    assert chisq[0] == pytest.approx(chisq[1], rel=1e-12)


def sketch(groups, *, means, rng):
    """A structure with every kind of cell, linear constraints, and parameters near it."""
    effects = np.array([[1, 6], [2, 6], [4, 7], [5, 7], [7, 6], [0, 1]])
    covariances = np.array([[i, i] for i in range(8)] + [[1, 4]])
    intercepts = np.array([0, 1, 2, 3, 4, 5, 7]) if means else None
    theta = np.concatenate(
        [rng.uniform(0.5, 0.9, 6), np.ones(8), [0.1], 0.3 * rng.normal(size=7 * means)]
    )
    c, v = len(theta), 8
    A0 = np.zeros((groups, v, v))
    A0[:, 0, 6] = A0[:, 3, 7] = 1.0
    K = np.eye(c) + 0.05 * (groups > 1) * rng.normal(size=(groups, c, c))
    fixed = np.zeros((groups, v, v)), np.zeros((groups, v)), K, np.zeros((groups, c))
    return Structure(np.arange(6), effects, covariances, intercepts, A0, *fixed), theta


def around(structure, theta, kind, rng):
    """The statistics of a structure, and parameters with thresholds and scales."""
    unit = rng.uniform(0.5, 2, 6)
    if kind == "continuous":
        return Continuous(structure, unit), theta
    parametrisation, mask = kind
    mask = np.array(mask, dtype=bool)
    item = np.repeat(np.flatnonzero(mask), 2)
    t = len(item) + (mask.sum() if parametrisation == "delta" else 0)
    own = np.eye(t) + 0.1 * rng.normal(size=(len(structure.K), t, t))
    K = np.concatenate([np.zeros((len(own), t, len(theta))), own], axis=-1)
    model = Ordered(structure, mask, item, parametrisation, K, np.zeros((len(own), t)), unit)
    cells = np.concatenate([rng.normal(size=len(item)), np.ones(t - len(item))])
    return model, np.concatenate([theta, cells])


ALL, SOME = (1, 1, 1, 1, 1, 1), (1, 0, 1, 0, 1, 1)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(
    ("means", "kind"),
    [(False, "continuous"), (True, "continuous"), (False, ("delta", ALL)),
     (False, ("theta", ALL)), (True, ("delta", SOME)), (True, ("theta", SOME))],
)  # fmt: skip
def test_derivatives_are_those_of_differences(groups, means, kind):
    rng = np.random.default_rng(5)
    model, theta = around(*sketch(groups, means=means, rng=rng), kind, rng)
    theta = theta + 0.02 * rng.normal(size=(2, len(theta)))
    point = model.at(theta)
    s = point.statistics + 0.1 * rng.normal(size=point.statistics.shape)
    m = s.shape[-1]
    W = np.eye(m) + 0.05 * rng.normal(size=(*s.shape, m))
    problem = LeastSquares(model, s, W + W.swapaxes(-1, -2), np.array([0.6, 0.4])[:groups])
    g, H = problem.derivatives(problem.at(theta), exact=True)
    expected, step = np.empty(g.shape), 1e-5
    bent = np.empty(H.shape)
    for k in range(theta.shape[1]):
        ends = [problem.at(theta + sign * step * np.eye(theta.shape[1])[k]) for sign in (1, -1)]
        expected[:, k] = (ends[0].value - ends[1].value) / (2 * step)
        rates = [problem.derivatives(end, exact=False)[0] for end in ends]
        bent[:, k] = (rates[0] - rates[1]) / (2 * step)
    assert_allclose(g, expected, rtol=0, atol=1e-7)
    assert_allclose(H, bent, rtol=0, atol=1e-7)


def test_units_of_items_do_not_matter():
    table = expected_parameters(fit("hs_ls", "WLS"))
    answers = rows("hs")[TESTS].to_numpy()
    sizes = np.logspace(-9, 9, 9)
    found = [
        fitted_continuous(table, [answers * size], TESTS, "WLS", unit=size * answers.std(axis=0))[0]
        for size in (1.0, sizes)
    ]
    assert found[1] == pytest.approx(found[0], rel=1e-9)


def test_a_batch_is_its_samples_one_by_one():
    table = expected_parameters(fit("hs_ord", "WLSMV"))
    case = ordered_of(table, TESTS, TESTS, "delta")
    answers = rows("hs_ord")[TESTS].to_numpy(dtype=float)
    samples = [ordinal_moments(answers[i:], np.ones(9, dtype=bool)) for i in (0, 20, 40)]
    together = problem_of(case[1], samples, groups=False)
    both = minimise(together, start_of(case, samples, groups=False))
    again = minimise(together, start_of(case, samples, groups=False, kept=0.8))
    assert_allclose(again.theta, both.theta, rtol=0, atol=1e-8)
    for i, sample in enumerate(samples):
        alone = minimise(problem_of(case[1], [sample]), start_of(case, [sample]))
        assert_allclose(both.theta[i], alone.theta[0], rtol=0, atol=1e-10)
