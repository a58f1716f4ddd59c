"""Correlations of ordered and continuous items and their covariance, against lavaan and exactly.

Golden figures: `golden/lavaan_ordinal.json`, lavaan 0.6-14. lavaan maximises each pair until its
own tolerance; at its worst pair (1e-7) ours agrees with the exact root to 1e-15, so what is left
between the two is lavaan's.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from lavaan_studies import rows
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from csi.core.sem.ordinal import ordinal_moments
from csi.core.sem.pairs import margins
from csi.core.sem.pairs.bivariate_normal import density, distribution
from csi.core.sem.polychoric import polychoric
from csi.errors import DataError, OptionError

GOLDEN = json.loads((Path(__file__).parent / "golden" / "lavaan_ordinal.json").read_text())["cases"]

# Largest difference of a statistic 7e-8, of Gamma relative to its variances 1.3e-7. With weights
# lavaan leaves one polyserial correlation where the log-likelihood still rises by 8e-4 per unit,
# 5e-6 from the maximum (1.5e-5 as a covariance).
STATISTICS = dict.fromkeys(GOLDEN, 2e-7) | {"mixed_weighted": 2e-5}
GAMMA = dict.fromkeys(GOLDEN, 4e-7) | {"mixed_weighted": 2e-5}


def answers(case):
    """The rows of a golden case, and what else goes with them."""
    items = GOLDEN[case]["items"]
    if case == "two_by_two":
        return np.repeat([[0, 0, 0], [0, 1, 1], [0, 0, 1], [1, 0, 0], [1, 0, 1]], TWO, 0), {}
    if not case.startswith("mixed"):
        return rows(case)[items].to_numpy(float), {}
    table = rows({"mixed_pairwise": "mobi_miss", "mixed_weighted": "mobi_wt"}.get(case, "mobi"))
    given = {"weights": 7 * table["wt"].to_numpy()} if case == "mixed_weighted" else {}
    return mixed(table[items].to_numpy(float)), given


TWO = [14, 9, 12, 7, 3]


def mixed(found):
    """Five categories, five categories and two among six items."""
    found = found.copy()
    for item in (1, 3):
        answered = ~np.isnan(found[:, item])
        found[answered, item] = np.digitize(found[answered, item], [5, 6, 7, 8], right=True)
    found[:, 4] = np.where(np.isnan(found[:, 4]), np.nan, found[:, 4] > 8)
    return found


def is_ordered(case):
    return np.isin(GOLDEN[case]["items"], GOLDEN[case]["ordered"])


def moments(case):
    found, given = answers(case)
    return ordinal_moments(found, is_ordered(case), **given)


def as_lavaan(moments):
    """1, and -1 where lavaan turns the sign: means."""
    sizes = [max(len(cuts), 1) for cuts in moments.thresholds]
    sign = np.ones(len(moments.statistics))
    sign[: sum(sizes)] = np.where(np.repeat(moments.ordered, sizes), 1, -1)
    return sign


@pytest.mark.parametrize("case", GOLDEN)
def test_statistics_are_those_of_lavaan(case):
    ours = moments(case)
    assert ours.n == GOLDEN[case]["n"]
    expected = np.array(GOLDEN[case]["statistics"])
    assert_allclose(ours.statistics * as_lavaan(ours), expected, rtol=1e-9, atol=STATISTICS[case])
    assert not ours.at_bound.any()


@pytest.mark.parametrize("case", GOLDEN)
def test_asymptotic_covariance_is_that_of_lavaan(case):
    ours, expected = moments(case), GOLDEN[case]
    if "gamma_diagonal" in expected:
        diagonal = np.diagonal(ours.Gamma)
        assert_allclose(diagonal, expected["gamma_diagonal"], rtol=GAMMA[case])
        return
    sign, Gamma = as_lavaan(ours), np.array(expected["gamma"])
    unit = sign * np.sqrt(np.diagonal(Gamma))
    assert_allclose(
        ours.Gamma / np.outer(unit, unit), Gamma / np.outer(*[abs(unit)] * 2), atol=GAMMA[case]
    )


def test_parts_of_the_moments_make_the_statistics():
    ours = moments("mixed")
    own = [ours.thresholds[i] if ours.ordered[i] else ours.mean[[i]] for i in range(6)]
    upper = np.triu_indices(6, 1)
    expected = [*own, ours.var[~ours.ordered], ours.cov[upper]]
    assert_array_equal(ours.statistics, np.concatenate(expected))
    sd = np.sqrt(ours.var)
    assert_allclose(ours.corr * np.outer(sd, sd), ours.cov)
    assert_array_equal(ours.var[ours.ordered], 1)
    found, _ = answers("mixed")
    assert_allclose(polychoric(found, ours.ordered), ours.corr, rtol=1e-15)
    assert ordinal_moments(found, ours.ordered, gamma=False).Gamma is None


@pytest.mark.parametrize("rho", [-0.999, -0.9, -0.2, 0.0, 0.6, 0.999])
def test_bivariate_normal_distribution(rho):
    h, k = np.meshgrid([-40.0, -2.5, -0.4, 0.0, 0.4, 1.7, 40.0], [-40.0, -1.1, 0.0, 0.4, 40.0])
    exact = np.vectorize(lambda a, b: below(a, b, rho))(h, k)
    assert_allclose(distribution(h, k, np.array(rho)), exact, atol=1e-14)


def test_density_is_the_derivative_of_the_distribution():
    h, k, rho, e = np.array(0.3), np.array(-1.2), np.array(0.7), 1e-5
    slope = (distribution(h, k, rho + e) - distribution(h, k, rho - e)) / (2 * e)
    bend = (density(h, k, rho + e)[0] - density(h, k, rho - e)[0]) / (2 * e)
    assert_allclose(density(h, k, rho), [slope, bend], rtol=1e-8)


def below(h, k, rho):
    """Phi2 from its derivative by rho."""
    start = norm.cdf(h) * norm.cdf(k)
    if abs(h) >= 40 or abs(k) >= 40:
        return start

    def slope(angle):  # rho is the sine of the angle
        return np.exp(-(h * h - 2 * h * k * np.sin(angle) + k * k) / 2 / np.cos(angle) ** 2)

    area, _ = quad(slope, 0, np.arcsin(rho), epsabs=1e-14, epsrel=1e-13, limit=200)
    return start + area / (2 * np.pi)


def test_polychoric_correlation_is_the_root_of_its_score():
    pair = rows("mobi_ord5")[["CUEX2", "PERQ6"]].to_numpy(float)
    codes = pair.astype(int) - 1
    table = np.zeros((5, 5))
    np.add.at(table, tuple(codes.T), 1)
    cuts = [np.r_[-40, norm.ppf(table.sum(1 - i).cumsum()[:-1] / 250), 40] for i in (0, 1)]

    def score(rho):
        grid = np.array([[below(h, k, rho) for k in cuts[1]] for h in cuts[0]])
        rate = density(cuts[0][:, None], cuts[1], np.array(rho))[0]
        return (table * twice(rate) / twice(grid)).sum()

    root = brentq(score, 0.1, 0.9, xtol=1e-14)
    assert_allclose(polychoric(pair, np.array([True, True]))[0, 1], root, atol=1e-12)


def twice(grid):
    return np.diff(np.diff(grid, axis=0), axis=1)


def test_weights_are_repetitions():
    found, times = mixed(rows("mobi")[GOLDEN["mixed"]["items"]].to_numpy(float)), np.arange(250) % 3
    ordered = is_ordered("mixed")
    weighted = ordinal_moments(found, ordered, weights=times)
    assert_allclose(polychoric(np.repeat(found, times, 0), ordered), weighted.corr, atol=1e-14)
    assert weighted.n == np.count_nonzero(times)
    kept = times > 0
    left_out = ordinal_moments(found[kept], ordered, weights=times[kept])
    assert_array_equal(weighted.Gamma, left_out.Gamma)


def test_clusters_of_copies_are_single_respondents():
    found, _ = answers("mixed")
    once = ordinal_moments(found, is_ordered("mixed"))
    names = np.repeat(np.random.default_rng(1).permutation(250), 3)
    thrice = ordinal_moments(np.repeat(found, 3, 0), is_ordered("mixed"), clusters=names)
    assert_allclose(thrice.statistics, once.statistics, rtol=1e-12, atol=1e-13)
    scale = np.sqrt(np.outer(*[np.diagonal(once.Gamma)] * 2))
    assert_allclose(thrice.Gamma / scale, 3 * 250 / 249 * once.Gamma / scale, atol=1e-11)


def test_rows_are_read_in_parts(monkeypatch):
    found, given = answers("mixed_weighted")
    given["clusters"] = np.arange(250) // 60  # goes on from part to part
    whole = ordinal_moments(found, is_ordered("mixed"), **given)
    monkeypatch.setattr(margins, "CELLS", 600)
    parts = ordinal_moments(found, is_ordered("mixed"), **given)
    scale = np.sqrt(np.diagonal(whole.Gamma))
    assert_allclose(parts.Gamma / scale, whole.Gamma / scale, rtol=1e-10, atol=1e-10)


def test_codes_and_units_do_not_matter():
    found, _ = answers("mixed")
    changed = found.copy()
    changed[:, 1] = np.exp(found[:, 1])
    changed[:, 0] = 1e6 * found[:, 0] - 3e6
    one, other = (ordinal_moments(x, is_ordered("mixed")) for x in (found, changed))
    assert_allclose(other.corr, one.corr, atol=1e-12)
    unit = np.sqrt(np.diagonal(one.Gamma)), np.sqrt(np.diagonal(other.Gamma))
    scaled = [m.Gamma / np.outer(u, u) for m, u in zip((one, other), unit, strict=True)]
    assert_allclose(scaled[1], scaled[0], atol=1e-9)
    assert_allclose(unit[1][0], 1e6 * unit[0][0])


def test_categories_that_nobody_chose_are_named():
    found = np.array([[1, 1, 2.5], [2, 4, 3.5], [2, 7, 1.0], [1, 7, 2.0], [2, 1, 3.0], [1, 4, 1.5]])
    ours = ordinal_moments(found, np.array([True, True, True]))
    assert [list(gap) for gap in ours.collapsed] == [[], [2, 3, 5, 6], []]
    assert list(ours.categories[1]) == [1, 4, 7]
    assert ours.empty_cells[0, 1] == 0
    assert ours.empty_cells[0, 2] == ours.empty_cells[2, 0] == 6


def test_perfect_agreement_ends_at_the_bound():
    first = np.repeat([1.0, 2.0, 3.0], 20)
    second = np.tile([1.0, 2.0], 30)
    found = np.column_stack([first, first, second, -first + np.linspace(0, 0.1, 60)])
    ours = ordinal_moments(found, np.array([True, True, True, False]))
    assert_allclose(ours.corr[0, 1], 0.999)
    expected = np.zeros((4, 4), bool)
    expected[0, 1] = expected[1, 0] = True
    assert_array_equal(ours.at_bound[:3, :3], expected[:3, :3])
    assert np.isfinite(ours.Gamma).all()


def test_a_correlation_that_no_answer_depends_on_is_unknown():
    rare = np.zeros((400, 2))
    rare[:2, 0] = rare[2:4, 1] = 1
    rare[4:6] = [[2, 0], [0, 2]]
    ours = ordinal_moments(rare, np.array([True, True]))
    assert ours.at_bound[0, 1]
    assert np.isfinite(ours.Gamma).all()
    assert ours.Gamma[-1, -1] >= 1e6


def test_nothing_is_nan_however_few_the_answers():
    rng = np.random.default_rng(3)
    for _ in range(60):
        n = rng.choice([6, 12, 40])
        found = rng.normal(size=(n, 5)) + rng.choice([0, 1, 10]) * rng.normal(size=(n, 1))
        ordered = rng.random(5) < 0.6
        found[:, ordered] = found[:, ordered].round().clip(-2, 2)
        found[rng.random(found.shape) < rng.choice([0, 0.1])] = np.nan
        try:
            ours = ordinal_moments(found, ordered)
        except DataError:
            continue
        assert np.isfinite(ours.statistics).all()
        assert np.isfinite(ours.Gamma).all()


def test_mean_of_two_answers_varies_as_means_do():
    found = np.column_stack([np.arange(60) % 3 == 0, np.arange(60) % 4]).astype(float)
    ours = ordinal_moments(found, np.array([False, True]))
    assert_allclose(ours.Gamma[0, 0], ours.var[0])


def test_what_cannot_be_estimated_is_refused():
    ordered = np.array([True, False])
    with pytest.raises(DataError, match="No correlation with b: the answers are all the same"):
        ordinal_moments(np.array([[1.0, 5.0], [2.0, 5.0]]), ordered, names=["a", "b"])
    apart = np.array([[1, np.nan], [2, np.nan], [np.nan, 1], [np.nan, 2]])
    with pytest.raises(DataError, match="both items of a pair: item 1 with item 2"):
        ordinal_moments(apart, ordered)
    assert_array_equal(polychoric(apart, ordered), [[1, np.nan], [np.nan, 1]])
    found, _ = answers("mixed")
    with pytest.raises(OptionError, match="two clusters at least; found 1"):
        ordinal_moments(found, is_ordered("mixed"), clusters=np.zeros(250))


@pytest.mark.slow
def test_variances_over_samples_are_those_of_gamma():
    """1000 samples of 300 respondents; five and three categories and a normal item."""
    rng, root = np.random.default_rng(2), np.linalg.cholesky(TRUE)
    drawn = [cut(rng.normal(size=(300, 3)) @ root.T) for _ in range(1000)]
    found = [ordinal_moments(x, np.array([True, True, False])) for x in drawn]
    statistics = np.array([one.statistics for one in found])
    true = [*CUTS[0], *CUTS[1], 0, 1, *np.array(TRUE)[np.triu_indices(3, 1)]]
    spread = statistics.std(axis=0)
    assert_allclose((statistics.mean(axis=0) - true) / spread, 0, atol=0.12)  # 0.03, and bias
    expected = np.mean([np.diagonal(one.Gamma) for one in found], axis=0)
    assert_allclose(300 * spread**2 / expected, 1, atol=0.16)  # 0.045, and bias


TRUE = [[1, 0.6, 0.4], [0.6, 1, 0.5], [0.4, 0.5, 1]]
CUTS = [-1.5, -0.7, 0.1, 1.0], [-0.3, 0.9]


def cut(x):
    found = x.copy()
    for item in (0, 1):
        found[:, item] = np.digitize(x[:, item], CUTS[item])
    return found
