"""The bootstrap test of exact fit: its population, its resamples, its p values, its refusals.

Critical values of cSEM are in the golden file; size and power are in docs/studies_exact_fit.py.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.linalg import eigh, fractional_matrix_power

import csi
from csi import composite, higher_order, items, paths, reflective
from csi.assessment.null_population import DISTANCES, NullEngine, implied
from csi.assessment.overall import ExactFit, exact_fit, fit_indices, why_no_exact_fit
from csi.core.resample import stream
from csi.resampling.engine import Part
from csi.resampling.quantities import batch_of_one

GOLDEN = json.loads((Path(__file__).parent / "golden" / "assessment_fit.json").read_text())
FACTORS = csi.model(
    [reflective(name, items(name.lower(), 1, 3)) for name in "ABC"],
    [paths("A", "B"), paths("B", "C")],
)
COMPOSITES = csi.model(
    [composite(name, items(name.lower(), 1, 3)) for name in "ABC"],
    [paths("A", "B"), paths("B", "C")],
)


@pytest.fixture(scope="module")
def sample():
    """Answers of 300 people to nine items of three factors in a chain."""
    rng = np.random.default_rng(5)
    a = rng.standard_normal(300)
    b = 0.6 * a + 0.8 * rng.standard_normal(300)
    c = 0.5 * b + np.sqrt(0.75) * rng.standard_normal(300)
    eta = np.repeat([a, b, c], 3, axis=0).T
    rows = 50 + 8 * (0.8 * eta + 0.6 * rng.standard_normal((300, 9)))
    return pd.DataFrame(rows, columns=list(FACTORS.indicators))


@pytest.fixture(scope="module")
def fit(sample):
    return csi.fit(FACTORS, sample, csi.PLS(consistent=True))


def sigma(fit, residuals, saturated=False):
    samples, found = batch_of_one(fit)
    return implied(fit.model, samples.R, found, saturated, residuals)[..., 0]


@pytest.mark.parametrize(
    ("weight_type", "saturated"), [("sampling", False), ("sampling", True), ("frequency", False)]
)
def test_the_model_holds_among_those_drawn_from(weight_type, saturated, sample):
    """Whatever the weights; standard deviations stay."""
    weighted = sample.assign(w=np.random.default_rng(1).integers(1, 4, len(sample)))
    survey = csi.survey(weighted, weights="w", weight_type=weight_type)
    fit = csi.fit(FACTORS, survey, csi.PLS(consistent=True))
    engine = NullEngine(fit, "none", saturated)
    everybody = fit.data.copies if weight_type == "frequency" else np.ones(300)
    whole = engine.products.samples(engine.products.sums([everybody[None]]))
    assert_allclose(whole.R[..., 0], sigma(fit, "unit", saturated), atol=1e-12)
    ratio = whole.sd[:, 0] / fit.moments.sd
    assert_allclose(ratio, ratio[0])


def test_resamples_one_by_one(fit):
    """The batch finds what a fit of the drawn rows and SciPy find."""
    engine = NullEngine(fit, "none")
    rows, resamples = engine.products.rows, engine.resamples(7, None)
    drawn = exact_fit(fit, 100, double=False, rng=7).part.values
    for b, counts in enumerate(resamples.block(0)[:3].astype(int)):
        again = refitted(np.repeat(rows, counts, axis=0), fit)
        assert_allclose(drawn[:, b], by_hand(again), rtol=1e-7)


def test_second_resamples_one_by_one(fit):
    """They are drawn from each resample, turned so that its own fit holds."""
    engine, rng = NullEngine(fit, "none"), stream(7, 0, 1)
    rows, counts = engine.products.rows, engine.resamples(7, None).block(0)[:100].astype(float)
    second = rng.multinomial(300, counts / 300)
    found = exact_fit(fit, 100, double=True, rng=7).part.values
    for b in range(3):
        first = refitted(np.repeat(rows, counts[b].astype(int), axis=0), fit)
        S, Sigma = first.moments.corr, sigma(first, "unit")
        turn = fractional_matrix_power(S, -0.5) @ fractional_matrix_power(Sigma, 0.5)
        turned = (rows - first.moments.mean) / first.moments.sd @ turn
        again = refitted(np.repeat(turned, second[b], axis=0), fit)
        assert_allclose(found[4:, b], by_hand(again), rtol=1e-6)


def refitted(rows, fit):
    """The same model, fitted to other rows."""
    people = pd.DataFrame(rows, columns=list(FACTORS.indicators))
    return csi.fit(FACTORS, people, fit.estimator)


def by_hand(fit):
    """SRMR, d_ULS, d_G and d_ML of a fit."""
    R, Sigma = fit.moments.corr, sigma(fit, "estimated")
    squares, e = (R - Sigma)[np.tril_indices(9)] ** 2, eigh(R, Sigma, eigvals_only=True)
    return [
        np.sqrt(squares.mean()),
        ((R - Sigma) ** 2).sum() / 2,
        (np.log(e) ** 2).sum() / 2,
        np.trace(np.linalg.solve(Sigma, R)) - np.log(np.linalg.det(R) / np.linalg.det(Sigma)) - 9,
    ]


def test_the_double_bootstrap_corrects_by_what_it_sees():
    """The estimate is as rare as what so many of the second resamples exceed."""
    first, second = np.tile(np.arange(1.0, 101.0), (4, 1)), np.tile(np.arange(1.0, 101.0), (4, 1))
    part = _part(np.concatenate([first, second - 5]))
    test = ExactFit(np.full(4, 90.5), part, 0.95, False, 1)
    # 10 of 100 are beyond 90.5; as many of the second are beyond 85.1; 15 of the first are
    assert test.table["p"].tolist() == pytest.approx([16 / 101] * 4)
    # nothing of the second is beyond the plain critical value of 95.05
    assert test.table["critical"].tolist() == pytest.approx([100.0] * 4)
    assert test.double


def test_a_gross_misfit_is_never_saved_by_the_second_resamples():
    """One extreme of them, the bar of a distance beyond all first ones, may be low."""
    first = np.tile(np.linspace(1.0, 10.0, 500), (4, 1))
    test = ExactFit(np.full(4, 30.0), _part(np.concatenate([first, first - 0.9])), 0.95, False, 1)
    assert test.table["p"].tolist() == pytest.approx([1 / 501] * 4)


def test_few_resamples_are_not_resampled(fit):
    assert not exact_fit(fit, 499, rng=1).double
    assert exact_fit(fit, 500, rng=1).double


def test_only_consistent_estimates_are_resampled_twice(sample):
    """Composites of factors miss them by nature, and less so in every further resample."""
    composites, factors = csi.fit(COMPOSITES, sample), csi.fit(FACTORS, sample)
    assert exact_fit(composites, 500, rng=1).double
    assert not exact_fit(factors, 500, rng=1).double
    mode_a = csi.fit(COMPOSITES, sample, csi.PLS(modes=dict.fromkeys("ABC", "A")))
    assert not exact_fit(mode_a, 500, rng=1).double


def test_clusters_are_not_drawn_twice(sample):
    homes = csi.survey(sample.assign(home=np.arange(300) // 2), clusters="home")
    fit = csi.fit(COMPOSITES, homes)
    assert not exact_fit(fit, 100, rng=1).double
    with pytest.raises(csi.OptionError, match="drawn one by one"):
        exact_fit(fit, 100, double=True, rng=1)


@pytest.mark.parametrize(
    "case",
    [case for case in GOLDEN["exact_fit"] if case["study"] == "mobi"],
    ids=lambda c: f"{c['mode']}, saturated={c['saturated']}",
)
def test_csem_draws_from_the_same_distribution(case, mobi, ecsi):
    """cSEM's critical values, of 199 resamples, are 95 % quantiles of ours, drawn as it draws."""
    model, estimator = ecsi, csi.PLS()
    if case["mode"] != "A":
        blocks = [
            replace(c, kind="composite") if len(c.indicators) > 1 else c for c in ecsi.constructs
        ]
        model = replace(ecsi, constructs=tuple(blocks))
        estimator = csi.PLS(modes={c.name: "A" for c in blocks if len(c.indicators) > 1})
    fit = csi.fit(model, mobi, estimator)
    engine = NullEngine(fit, "none", case["saturated"], "estimated")
    ours = engine.of_multipliers(engine.resamples(1, None).pieces(0)).values
    ours[2] /= np.log(10) ** 2
    assert_allclose(engine.observed / [1, 1, np.log(10) ** 2, 1], [*case["estimate"].values()])
    above = (ours >= np.array([*case["critical"].values()])[:, None]).mean(axis=1)
    spread = np.sqrt(0.05 * 0.95 * (1 / 199 + 1 / 512))
    assert_allclose(above, 0.05, atol=3 * spread)


def test_a_model_that_holds_and_one_that_does_not(sample, fit):
    held = exact_fit(fit, 300, rng=1).table
    assert (held["p"] > 0.05).all()
    crossed = sample.assign(c3=sample["c3"].where(sample.index % 2 == 0, sample["a1"]))
    table = exact_fit(csi.fit(FACTORS, crossed, csi.PLS()), 300, rng=1).table
    assert (table["p"] < 0.02).all()
    assert (table["estimate"] > table["critical"]).all()


def test_the_estimates_are_the_indices(fit):
    for saturated in (False, True):
        table = exact_fit(fit, 100, saturated=saturated, rng=1).table.set_index("index")
        known = fit_indices(fit, saturated).set_index("index")["estimate"]
        assert_allclose(table["estimate"], known[list(DISTANCES)])


def test_clusters_are_drawn_whole(sample):
    """Everybody twice in a household of two tells no more than everybody once."""
    once = csi.fit(COMPOSITES, sample)
    twice = pd.concat([sample, sample], ignore_index=True)
    households = csi.survey(twice.assign(home=[*range(300), *range(300)]), clusters="home")
    clustered = csi.fit(COMPOSITES, households)
    naive = csi.fit(COMPOSITES, twice)
    critical = [
        exact_fit(f, 500, double=False, rng=2).table["critical"][0]
        for f in (once, clustered, naive)
    ]
    assert critical[1] == pytest.approx(critical[0], rel=0.05)
    assert critical[2] == pytest.approx(critical[0] / np.sqrt(2), rel=0.08)


def test_numbers_depend_on_the_seed_alone(fit):
    first, longer, other = (
        exact_fit(fit, n, rng=seed) for n, seed in ((150, 3), (600, 3), (150, 4))
    )
    assert_array_equal(first.part.values, longer.part.values[:4, :150])
    assert not set(first.resampled["SRMR"]) & set(other.resampled["SRMR"])
    found = longer.resampled["SRMR"]
    assert found.nunique() == len(found) > 512
    assert repr(first) == repr(exact_fit(fit, 150, rng=3))


def test_p_values_and_critical_values_of_known_resamples():
    values = np.tile(np.arange(1.0, 11.0), (4, 1))
    test = ExactFit(np.array([8.0, 0.5, 10.5, 9.5]), _part(values), 0.9, False, 1)
    assert test.table["p"].tolist() == pytest.approx([4 / 11, 1.0, 1 / 11, 2 / 11])
    assert_allclose(test.table["critical"], 9.1)
    assert test.table["why"].tolist() == [""] * 4
    assert "<table" in test._repr_html_()


@pytest.mark.parametrize(("failed", "computed"), [(2, True), (3, False)])
def test_resamples_that_failed_are_left_out_and_counted(failed, computed):
    values = np.tile(np.arange(1.0, 11.0), (4, 1))
    test = ExactFit(np.full(4, 9.0), _part(values, failed), 0.95, False, 1)
    assert test.failures == {"an item does not vary": failed}
    assert len(test.resampled) == 10 - failed
    assert test.table["p"].notna().all() == computed
    if computed:
        assert test.table["p"][0] == (1 + 2) / (1 + 10 - failed)
    else:
        assert test.table["why"][0].startswith("3 of 10 resamples failed")


class OneByOne:
    """An estimator without solve()."""

    def estimate(self, model, moments):
        return csi.PLS().estimate(model, moments)


def of_a_matrix(sample):
    return csi.fit(FACTORS, csi.Moments.from_correlation(sample.corr(), n=300))


def higher_order_model(sample):
    model = csi.model([*FACTORS.constructs, higher_order("H", ["A", "B"])], [paths("H", "C")])
    return csi.fit(model, sample)


def in_pairs(sample):
    holes = sample.copy()
    holes.iloc[3, 2] = np.nan
    return csi.fit(FACTORS, csi.survey(holes, missing="pairwise"))


def one_by_one(sample):
    return csi.fit(FACTORS, sample, OneByOne())


def same_item_twice(sample):
    return csi.fit(FACTORS, sample.assign(c3=sample["a1"]))


@pytest.mark.parametrize(
    ("made", "error", "why"),
    [
        (of_a_matrix, csi.RowsRequiredError, "holds no respondents"),
        (higher_order_model, csi.EstimationError, "higher-order"),
        (in_pairs, csi.EstimationError, "used in pairs"),
        (one_by_one, csi.EstimationError, "one sample at a time"),
        (same_item_twice, csi.EstimationError, "singular"),
    ],
)
def test_what_cannot_be_tested_says_why(made, error, why, sample):
    fit = made(sample)
    assert why in why_no_exact_fit(fit)
    with pytest.raises(error, match=rf"Exact fit cannot be tested: .*{why}.*\. [A-Z].*\."):
        exact_fit(fit)


def test_inadmissible_estimates_are_not_tested(mobi, ecsi):
    """As in cSEM, which finds the same correlations of constructs not positive semidefinite."""
    with pytest.warns(csi.InadmissibleWarning):
        fit = csi.fit(ecsi, mobi, csi.PLS(consistent=True))
    with pytest.raises(csi.EstimationError, match="inadmissible"):
        exact_fit(fit)


def test_options_are_checked(fit):
    for wrong in ({"n_boot": 10}, {"level": 1.5}, {"saturated": "yes"}, {"rng": -1}):
        with pytest.raises(csi.OptionError):
            exact_fit(fit, **wrong)
    assert why_no_exact_fit(fit) == ""


def _part(values, failed=0):
    why = np.array(["an item does not vary"] * failed + [""] * (values.shape[1] - failed))
    values = np.where(why == "", values, np.nan)
    return Part(values, why, np.zeros((4, values.shape[1]), dtype=bool))
