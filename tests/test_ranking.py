"""Rankings: against mvtnorm, multcompView and csranks (R), scipy, and simulation.

The figures of R are in golden/ranking.json, with the script that made them.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from scipy.integrate import trapezoid

import csi
from csi.comparing.standings import rank
from csi.core import ranking
from csi.core.ranking import letters, rank_limits, simultaneous_value

GOLDEN = json.loads((Path(__file__).parent / "golden" / "ranking.json").read_text("utf-8"))
R, PISA = GOLDEN["r"], GOLDEN["pisa"]

DRAWN = 0.012  # three Monte Carlo errors of a quantile from 200,000 draws


def source(estimate, se, groups=None, **columns):
    """A bootstrap of groups, as far as rankings look at it."""
    groups = [f"g{i}" for i in range(len(estimate))] if groups is None else groups
    table = {"group": groups, "construct": "Satisfaction", "estimate": estimate, "se": se}
    return SimpleNamespace(by="firm", indices=pd.DataFrame(table | columns))


@pytest.fixture(scope="module")
def fits():
    return csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="firm")


def mask(different, g):
    upper = np.zeros((g, g), dtype=bool)
    upper[np.triu_indices(g, k=1)] = [sign == "1" for sign in different]
    return upper | upper.T


# critical values


@pytest.mark.parametrize("case", R["critical_values"], ids=lambda case: str(case["error"]))
def test_critical_value_of_unequal_errors(case):
    ours = simultaneous_value(np.array(case["error"], dtype=float), case["level"])
    assert_allclose(ours, case["value"], atol=DRAWN)


@pytest.mark.parametrize("g", [2, 3, 10])
def test_critical_value_of_equal_errors_is_the_studentised_range(g):
    exact = stats.studentized_range.ppf(0.95, g, np.inf) / np.sqrt(2)
    assert_allclose(simultaneous_value(np.full(g, 1.3), 0.95), exact, atol=DRAWN if g > 2 else 1e-9)


def test_levels_beyond_all_draws_fall_back_to_bonferroni():
    value = simultaneous_value(np.ones(3), 1 - 1e-8)
    assert_allclose(value, stats.norm.isf(1e-8 / 6), rtol=1e-6)


# letters


@pytest.mark.parametrize("pattern", R["patterns"], ids=lambda pattern: pattern["different"])
def test_letters_are_those_of_multcompview(pattern):
    expected = pattern["letters"]
    assert letters(mask(pattern["different"], len(expected))) == tuple(expected)


@pytest.mark.parametrize("seed", range(20))
def test_groups_share_a_letter_exactly_if_they_are_not_told_apart(seed):
    different = np.triu(np.random.default_rng(seed).random((9, 9)) < 0.4, k=1)
    different |= different.T
    held = [set(own) for own in letters(different)]
    shared = np.array([[bool(a & b) for a in held] for b in held])
    assert_array_equal(shared, ~different)


def test_letters_beyond_z_are_numbered():
    apart = np.abs(np.subtract.outer(np.arange(60), np.arange(60))) > 1
    given = letters(apart)
    assert given[:2] == ("a", "ab")
    assert given[26] == "za2"
    assert given[-1] == "g3"


# ranks


def test_ranks_of_countries_are_those_printed_by_csranks():
    score, se = np.array(PISA["score"]), np.array(PISA["se"])
    alone = rank(source(score, se, PISA["countries"]), simultaneous=False).table.set_index("group")
    assert alone.loc[PISA["countries"], "rank"].tolist() == PISA["rank"]
    kingdom = alone.loc["United Kingdom", ["rank_low", "rank_high"]].tolist()
    assert kingdom == PISA["united_kingdom_alone"]
    ranks = {}
    for level in (0.95, 0.75):
        limits = rank_limits(score, se, level, simultaneous=True)
        for country, low, high in zip(PISA["countries"], limits.low, limits.high, strict=True):
            ranks[country, level] = set(range(low, high + 1))
    assert ranks["Germany", 0.95] & ranks["Korea", 0.95] == {7}
    assert not ranks["Germany", 0.75] & ranks["Korea", 0.75]
    last = ["Chile", "Mexico", "Colombia"]
    others = set().union(*(ranks[c, 0.95] for c in PISA["countries"] if c not in last))
    assert not any(ranks[country, 0.95] & others for country in last)


@pytest.mark.parametrize(("distance", "high"), [(0.98, 4), (1.02, 3)])
def test_rank_limits_move_at_the_critical_value_of_r(distance, high):
    case = R["critical_values"][1]
    error = np.array(case["error"])
    estimate = np.zeros(4)
    estimate[3] = -distance * case["value"] * np.hypot(error[0], error[3])
    estimate[1:3] = 0.3 * estimate[3]
    assert rank_limits(estimate, error, 0.95, simultaneous=True).high[0] == high


@pytest.mark.parametrize(("distance", "high"), [(0.98, 4), (1.02, 3)])
def test_rank_limits_of_one_group_move_at_its_own_critical_value(distance, high):
    error = np.array([0.8, 1.0, 1.5, 2.5])
    spread = np.hypot(error[0], error[1:])

    def held(c):  # given x, the comparisons with the first group are independent
        x = np.linspace(-9, 9, 20_001) * error[0]
        inside = [
            stats.norm.cdf((x + c * s) / e) - stats.norm.cdf((x - c * s) / e)
            for s, e in zip(spread, error[1:], strict=True)
        ]
        return trapezoid(np.prod(inside, axis=0) * stats.norm.pdf(x / error[0]) / error[0], x)

    grid = np.linspace(2, 3, 101)
    critical = np.interp(0.95, [held(c) for c in grid], grid)
    estimate = np.zeros(4)
    estimate[3] = -distance * critical * spread[2]
    assert rank_limits(estimate, error, 0.95, simultaneous=False).high[0] == high


def test_rejections_make_the_next_step_easier():
    drawn = np.random.default_rng(5).standard_normal((3, 1_000_000))
    a, b, c = drawn / np.sqrt(2)
    first = np.quantile(np.maximum.reduce([abs(a - b), abs(a - c), abs(b - c)]), 0.95)
    second = np.quantile(np.maximum.reduce([abs(a - b), c - a, c - b]), 0.95)
    between = (0.3 * first + 0.7 * second) * np.sqrt(2)
    near = rank_limits(np.array([between, 0, between / 2]), np.ones(3), 0.95, simultaneous=True)
    far = rank_limits(np.array([between, 0, -20]), np.ones(3), 0.95, simultaneous=True)
    assert near.high.tolist() == [3, 3, 3]
    assert far.high.tolist() == [1, 2, 3]


def test_all_ranks_are_held_as_often_as_the_level_says(monkeypatch):
    monkeypatch.setattr(ranking, "MOST_DRAWS", 4_000)
    rng, error = np.random.default_rng(2), np.array([0.7, 1.0, 1.3, 1.6])
    truth = np.array([75, 75, 75, 75.0])
    right = [
        (rank_limits(rng.normal(truth, error), error, 0.9, simultaneous=True).low == 1).all()
        for _ in range(400)
    ]
    assert_allclose(np.mean(right), 0.9, atol=3 * np.sqrt(0.9 * 0.1 / 400))


def test_joint_limits_hold_those_of_each_group():
    rng = np.random.default_rng(8)
    estimate, error = rng.normal(75, 3, 8), rng.uniform(0.5, 2, 8)
    joint, alone = (rank_limits(estimate, error, 0.95, both) for both in (True, False))
    assert (joint.low <= alone.low).all()
    assert (joint.high >= alone.high).all()
    assert (joint.high - joint.low).sum() > (alone.high - alone.low).sum()


# the public function


@pytest.mark.parametrize("adjust", R["p_adjusted"])
def test_p_values_are_adjusted_as_in_r(adjust):
    standing = rank(source(R["estimate"], R["error"]), adjust=adjust)
    assert_allclose(standing.pairs["p_adjusted"], R["p_adjusted"][adjust], rtol=1e-12)
    assert standing.table["letters"].tolist() == R["letters"][adjust]
    assert_array_equal(standing.pairs["distinguishable"], standing.pairs["p_adjusted"] < 0.05)


def test_tables_follow_from_indices_and_errors(fits):
    standing = rank(fits, simultaneous=False)
    table = standing.table
    assert table.columns.tolist() == [
        "group", "estimate", "se", "lower", "upper", "rank", "rank_low", "rank_high", "letters", "n"
    ]  # fmt: skip
    given = fits.indices[fits.indices["construct"] == "Satisfaction"].set_index("group")
    given = given.sort_values("index", ascending=False)
    assert table["group"].tolist() == given.index.tolist()
    assert table["rank"].tolist() == [1, 2, 3, 4]
    assert table["n"].tolist() == given["n"].tolist()
    assert_allclose(table["lower"], given["index"] - 1.959963984540054 * given["se"], rtol=1e-12)
    assert_allclose(table["upper"] + table["lower"], 2 * table["estimate"], rtol=1e-12)
    pair = standing.pairs.set_index(["group_a", "group_b"]).loc[("Beta", "Delta")]
    difference = given.loc["Beta", "index"] - given.loc["Delta", "index"]
    se = np.sqrt(given.loc["Beta", "se"] ** 2 + given.loc["Delta", "se"] ** 2)
    assert_allclose(pair[["difference", "se"]].astype(float), [difference, se], rtol=1e-12)
    assert_allclose(pair["p"], 2 * stats.norm.sf(difference / se), rtol=1e-9)
    assert_allclose(pair["upper"], difference + stats.norm.isf(0.025) * se, rtol=1e-12)


def test_simultaneous_intervals_are_wider():
    given = source([80, 75, 70.0], [1, 1, 1.0])
    pairs = rank(given).pairs
    width = (pairs["upper"] - pairs["lower"]) / 2 / np.sqrt(2)
    assert_allclose(width, stats.studentized_range.ppf(0.95, 3, np.inf) / np.sqrt(2), atol=DRAWN)


def test_low_indices_come_first_for_complaints():
    table = rank(source([20, 5, 12.0], [1, 1, 1.0]), ascending=True).table
    assert table["group"].tolist() == ["g1", "g2", "g0"]
    assert table["rank_low"].tolist() == table["rank_high"].tolist() == [1, 2, 3]
    assert table["letters"].tolist() == ["a", "b", "c"]


def test_order_of_groups_does_not_matter(fits):
    turned = {name: fits[name] for name in list(fits)[::-1]}
    one, other = rank(fits), rank(turned)
    pd.testing.assert_frame_equal(other.table, one.table)
    pd.testing.assert_frame_equal(other.pairs, one.pairs)


def test_equal_estimates_share_the_better_rank():
    table = rank(source([75, 80, 75.0], [1, 1, 1.0])).table
    assert table["rank"].tolist() == [1, 2, 2]


def test_bootstraps_without_sizes_and_chinese_names():
    standing = rank(source([81, 75.0], [1, 1.0], ["移动", "联通"]))
    assert standing.table["group"].tolist() == ["移动", "联通"]
    assert standing.table["n"].isna().all()
    assert "移动" in standing._repr_html_()


def test_a_standing_shows_itself(fits):
    standing = rank(fits)
    assert repr(standing) == (
        "<Standing of 4 groups by firm on Satisfaction: 4 of 6 pairs told apart (holm, 95%)>"
    )
    assert "<caption>Satisfaction by firm</caption>" in standing._repr_html_()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"construct": "Satisfacton"},
            csi.OptionError,
            r"no construct 'Satisfacton'.*Did you mean",
        ),
        ({"adjust": "tukey"}, csi.OptionError, "adjust is 'tukey'. Known: none, bonferroni, holm"),
        ({"level": 95}, csi.OptionError, "level is 95. Give a confidence level between 0 and 1"),
        ({"level": 0}, csi.OptionError, "level is 0"),
        ({"level": True}, csi.OptionError, "level is True"),
        ({"ascending": "yes"}, csi.OptionError, "ascending is 'yes'. Give True or False"),
        ({"simultaneous": None}, csi.OptionError, "simultaneous is None"),
    ],
)
def test_options_without_meaning_are_refused(fits, options, error, message):
    with pytest.raises(error, match=message):
        rank(fits, **options)


def test_sources_without_groups_are_refused(fits):
    for wrong in (fits["Alfa"], None, "firm", 3, {}, {"a": 1}, {"a": fits}, fits.indices):
        with pytest.raises(
            TypeError, match=r"Groups are needed.*csi.fit_by\(model, data, by=...\)"
        ):
            rank(wrong)
    with pytest.raises(csi.OptionError, match="one group only, group Alfa"):
        rank({"Alfa": fits["Alfa"]})
    with pytest.raises(csi.OptionError, match="Name one of them as construct=: Expectations, Qual"):
        rank(fits, "满意")


def test_groups_that_cannot_be_ranked_are_named():
    with pytest.raises(csi.DataError, match="Satisfaction of g1 has no index with a positive"):
        rank(source([81, np.nan, 75.0], [1, 1, 1.0]))
    with pytest.raises(csi.DataError, match="Satisfaction of g0, g2 has no index with a positive"):
        rank(source([81, 78, 75.0], [0, 1, np.nan]))
    with pytest.raises(csi.DataError, match=r"g2 has no Satisfaction. Leave these groups out"):
        rank(source([81, 78, 75.0], [1, 1, 1.0], construct=["Satisfaction"] * 2 + ["Loyalty"]))
    with pytest.raises(csi.OptionError, match=r"501 groups are too many.*Rank within industries"):
        rank(source(np.arange(501.0), np.ones(501)))


def test_numbers_of_respondents_are_whole_numbers_everywhere(fits):
    boots = csi.bootstrap(fits, n_boot=100, rng=1)
    tables = [fits.indices, boots.indices, csi.rank(fits).table, csi.rank(boots).table]
    assert all(table["n"].dtype == np.int64 for table in tables)
