"""Simulated surveys: the stated population, the answers, the demonstration survey.

The population is its own oracle: its correlations follow from the stated paths
and loadings by hand, and consistent PLS on them must return what was stated.
"""

import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

import csi
from csi import composite, higher_order, items, paths, reflective, single
from csi.core import simulate as core
from csi.core.curve.truths import TRUTHS
from csi.simulation import demo_frame, demo_survey, simulate

PATHS = {
    "Expectations -> Quality": 0.5,
    "Expectations -> Value": 0.1,
    "Quality -> Value": 0.6,
    "Expectations -> Satisfaction": 0.1,
    "Quality -> Satisfaction": 0.5,
    "Value -> Satisfaction": 0.3,
    "Satisfaction -> Complaints": -0.4,
    "Satisfaction -> Loyalty": 0.7,
    "Complaints -> Loyalty": -0.1,
}
N = 20_000
SNAPSHOT = [
    [9, 9, 8, 9, 9], [9, 9, 8, 6, 7], [9, 9, 10, 10, 6], [4, 7, 7, 8, 8], [10, 7, 8, 10, 9],
]  # fmt: skip
LOADINGS = [0.9, 0.8, 0.6, 0.9, 0.85, 0.7, 0.88, 0.92, 0.95, 0.8, 0.75, 1.0, 1.0]


@pytest.fixture(scope="module")
def acsi():
    return csi.models.acsi()


def tiny(scale=(1, 10), **stated):
    constructs = [reflective("S", items("S", 1, 3)), reflective("L", items("L", 1, 2))]
    return csi.model(constructs, [paths("S", "L", sign="+")], scale=scale, **stated)


def coefficients(model, stated):
    B = np.zeros(model.design.shape)
    for name, value in stated.items():
        source, target = name.split(" -> ")
        B[model.names.index(source), model.names.index(target)] = value
    return B


def population_moments(model, loadings, stated):
    L = np.where(model.blocks, np.array(loadings)[:, None], 0.0)
    R = core.population_correlation(L, coefficients(model, stated))
    return csi.Moments.from_correlation(R, model.indicators, n=1000)


def test_population_correlations_of_a_chain_by_hand():
    B = np.array([[0.0, 0.5, 0.0], [0.0, 0.0, 0.4], [0.0, 0.0, 0.0]])
    L = np.array([[0.9, 0, 0], [0.8, 0, 0], [0, 0.7, 0], [0, 0, 1.0]])
    R = core.population_correlation(L, B)
    expected = [
        [1.0, 0.72, 0.9 * 0.7 * 0.5, 0.9 * 0.2],
        [0.72, 1.0, 0.8 * 0.7 * 0.5, 0.8 * 0.2],
        [0.9 * 0.7 * 0.5, 0.8 * 0.7 * 0.5, 1.0, 0.7 * 0.4],
        [0.9 * 0.2, 0.8 * 0.2, 0.7 * 0.4, 1.0],
    ]
    assert_allclose(R, expected, rtol=1e-14)


@pytest.mark.parametrize("scheme", ["path", "factorial", "centroid"])
def test_consistent_pls_returns_the_stated_paths_and_loadings(acsi, scheme):
    moments = population_moments(acsi, LOADINGS, PATHS)
    fit = csi.fit(acsi, moments, csi.PLS(scheme=scheme, consistent=True, tol=1e-12))
    ours = {f"{row.source} -> {row.target}": row.estimate for row in fit.paths.itertuples()}
    assert_allclose([ours[name] for name in PATHS], list(PATHS.values()), atol=1e-8)
    assert_allclose(fit.loadings["loading"], LOADINGS, atol=1e-8)


def test_construct_order_need_not_be_causal():
    forward = np.array([[0.0, 0.5, 0.2], [0.0, 0.0, 0.4], [0.0, 0.0, 0.0]])
    turn = [2, 0, 1]
    assert_allclose(
        core.construct_correlation(forward[np.ix_(turn, turn)]),
        core.construct_correlation(forward)[np.ix_(turn, turn)],
        rtol=1e-14,
    )


def test_normal_continuous_answers_have_the_stated_moments(acsi):
    frame = simulate(
        acsi, 40_000, rng=1, paths=PATHS,
        loadings=dict(zip(acsi.indicators, LOADINGS, strict=True)),
        means={"Quality": 60, "COMP": 50}, sds={"Quality": 15, "COMP": 10},
        distribution="normal", answers="continuous",
    )  # fmt: skip
    expected = population_moments(acsi, LOADINGS, PATHS).corr
    assert_allclose(frame.corr(), expected, atol=4 / np.sqrt(40_000))
    points = (frame["CUSTOMQ"] - 1) / 9 * 100
    assert points.mean() == pytest.approx(60, abs=4 * 15 / 200)
    assert points.std() == pytest.approx(15, rel=0.02)
    assert stats.skew(points) == pytest.approx(0, abs=0.05)
    assert frame["COMP"].mean() == pytest.approx(0.5, abs=0.002)


def test_beta_answers_have_the_stated_mean_and_spread_and_pile_up_at_the_top():
    frame = simulate(tiny(), 40_000, rng=2, means=80, sds=18, answers="continuous")
    points = (frame - 1) / 9 * 100
    assert_allclose(points.mean(), 80, atol=4 * 18 / 200)
    assert_allclose(points.std(), 18, rtol=0.02)
    a, b = core.beta_shape(0.80, 0.18)
    assert stats.kstest(points["S1"] / 100, "beta", (a, b)).pvalue > 0.001
    assert frame.min().min() >= 1
    assert frame.max().max() <= 10


def test_rounded_answers_are_whole_numbers_of_the_scale():
    frame = simulate(tiny(), 20_000, rng=3)
    assert (frame.dtypes == np.int64).all()
    assert set(np.unique(frame)) == set(range(1, 11))
    assert_allclose(((frame - 1) / 9 * 100).mean(), 75, atol=0.5 + 4 * 20 / np.sqrt(20_000))


def test_rounded_normal_answers_are_cut_off_at_the_ends():
    frame = simulate(tiny(), 20_000, rng=3, distribution="normal")
    assert frame.max().max() == 10
    beyond = stats.norm.sf(9.5, loc=1 + 9 * 0.75, scale=9 * 0.20)
    assert_allclose((frame == 10).mean(), beyond, atol=4 * 0.5 / np.sqrt(20_000))


def test_grades_are_the_continuous_answers_to_the_nearest():
    z = np.linspace(-3, 3, 1001)
    for shape in ("beta", "normal"):
        rounded = np.clip(np.round(core.continuous(z, 0.7, 0.2, shape) * 6), 0, 6) / 6
        assert_allclose(core.graded(z, 7, 0.7, 0.2, shape), rounded, atol=1e-12)


def test_the_share_of_ones_is_the_mean_of_a_binary_item(acsi):
    frame = simulate(acsi, 20_000, rng=4, means={"Complaints": 30})
    assert frame["COMP"].mean() == pytest.approx(0.30, abs=0.013)
    assert set(frame["COMP"]) == {0, 1}
    by_default = simulate(acsi, 20_000, rng=4, means=60)
    assert by_default["COMP"].mean() == pytest.approx(0.15, abs=0.011)


def test_default_paths_explain_half_with_the_expected_signs(acsi):
    signs = np.array([[0, 1, -1], [0, 0, 1], [0, 0, 0]], dtype=float)
    B = core.fill_paths(np.zeros((3, 3)), signs, np.ones(3, dtype=bool))
    assert_allclose(core.residual_variance(B), [1, 0.5, 0.5], rtol=1e-12)
    assert_array_equal(np.sign(B), signs)
    assert B[0, 2] == pytest.approx(-B[1, 2], rel=1e-12)
    frame = simulate(acsi, 5_000, rng=5)
    fit = csi.fit(acsi, frame, csi.PLS(consistent=True))
    estimates = fit.paths.set_index(["source", "target"])["estimate"]
    assert estimates["Satisfaction", "Loyalty"] == pytest.approx(np.sqrt(0.5), abs=0.05)
    assert estimates["Complaints", "Loyalty"] == pytest.approx(0.0, abs=0.06)
    assert estimates["Satisfaction", "Complaints"] < -0.3


def test_stated_constructs_leave_the_others_their_default():
    model = csi.model(
        [single("A", "a"), single("B", "b"), single("C", "c")],
        [paths("A", "B", sign="+"), paths("B", "C", sign="+")],
        scale=(1, 10),
    )
    frame = simulate(
        model, 40_000, rng=6, paths={("A", "B"): 0.2}, distribution="normal", answers="continuous"
    )
    corr = frame.corr()
    assert corr.loc["a", "b"] == pytest.approx(0.2, abs=0.02)
    assert corr.loc["b", "c"] == pytest.approx(np.sqrt(0.5), abs=0.02)


def test_values_by_indicator_overrule_values_by_construct():
    frame = simulate(tiny(), 20_000, rng=7, means={"S2": 50, "S": 85}, answers="continuous")
    means = (frame.mean() - 1) / 9 * 100
    assert_allclose(means[["S1", "S2", "S3", "L1"]], [85, 50, 85, 75], atol=0.7)


def test_reversed_items_come_back_when_the_survey_is_read():
    turned = csi.Item("S2", direction="-")
    model = tiny(items=[turned])
    frame = simulate(model, 2_000, rng=8)
    assert frame["S2"].corr(frame["S1"]) < -0.5
    assert csi.fit(model, frame).index("S") == pytest.approx(75, abs=1.5)


def test_missing_answers_have_their_share_and_may_come_together():
    scattered = simulate(tiny(), 20_000, rng=9, missing={"S": 0.05, "L1": 0.02})
    assert_allclose(scattered.isna().mean(), [0.05, 0.05, 0.05, 0.02, 0], atol=0.005)
    assert scattered[["S1", "S2", "S3"]].isna().any(axis=1).mean() == pytest.approx(
        1 - 0.95**3, abs=0.01
    )
    together = simulate(tiny(), 20_000, rng=9, missing=0.05, missing_together=1.0)
    assert together.isna().any(axis=1).mean() == pytest.approx(0.05, abs=0.006)


def test_missing_codes_take_the_place_of_nan():
    frame = simulate(tiny(), 5_000, rng=10, missing=0.1, missing_code=[98, 99])
    assert not frame.isna().to_numpy().any()
    counts = pd.Series(frame.to_numpy().ravel()).value_counts()
    assert counts[98] + counts[99] == pytest.approx(2_500, abs=200)
    assert counts[98] == pytest.approx(counts[99], rel=0.15)


def test_groups_differ_in_what_is_stated_and_share_the_rest():
    groups = {"firm": {"Alfa": {"means": {"S": 85}}, "Beta": {"means": 60}, "Gamma": {}}}
    frame = simulate(tiny(), 20_000, rng=11, means={"L": 70}, groups=groups, answers="continuous")
    assert list(frame.columns) == ["firm", "S1", "S2", "S3", "L1", "L2"]
    assert frame["firm"].value_counts(sort=False).to_dict() == {
        "Alfa": 6667, "Beta": 6667, "Gamma": 6666,
    }  # fmt: skip
    means = (frame.groupby("firm").mean() - 1) / 9 * 100
    assert_allclose(means[["S1", "L1"]], [[85, 70], [60, 60], [75, 70]], atol=1.0)


def test_one_seed_gives_one_survey():
    first, again = (simulate(tiny(), 50, rng=12) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    sequence = simulate(tiny(), 50, rng=np.random.SeedSequence(12))
    pd.testing.assert_frame_equal(first, sequence)
    generator = np.random.default_rng(12)
    pd.testing.assert_frame_equal(first, simulate(tiny(), 50, rng=generator))
    assert not first.equals(simulate(tiny(), 50, rng=generator))
    assert not first.equals(simulate(tiny(), 50, rng=13))


def test_a_seed_keeps_its_answers_from_version_to_version():
    """A snapshot of our own answers: surveys that were drawn can be drawn again."""
    assert simulate(tiny(), 5, rng=1).to_numpy().tolist() == SNAPSHOT


# curves


POINTS = {0: 20, 55: 70, 75: 71, 100: 100}


def through_points(t):
    return np.interp(t, list(POINTS), list(POINTS.values()))


def alone(scale):
    """Return a model with a cause in 101 grades and an effect of one item, both without error."""
    ends = [csi.Item("S1", scale=(0, 100)), csi.Item("L1", scale=scale)]
    return csi.model([single("S", "S1"), single("L", "L1")], [paths("S", "L")], items=ends)


def percent(frame, *columns, low=1, high=10):
    return (frame[list(columns)].mean(axis=1) - low) / (high - low) * 100


def assert_mean_follows(curve, score, outcome):
    """Means by tens of the score are those of the curve, within four standard errors."""
    tens = pd.Series(outcome - curve(score)).groupby(np.floor(score / 10 + 0.5))
    assert (tens.mean().abs() < 4 * tens.std() / np.sqrt(tens.size()) + 1e-3)[
        tens.size() > 30
    ].all()


@pytest.mark.parametrize("loadings", [0.7, {"L": 1.0}])
@pytest.mark.parametrize(
    "form", [{}, {"answers": "continuous"}, {"distribution": "normal", "answers": "continuous"}],
    ids=["whole", "beta", "normal"],
)  # fmt: skip
def test_mean_answers_follow_the_stated_curve(form, loadings):
    model = csi.model(
        [single("S", "S1"), reflective("L", ["L1", "L2", "L3"])], [paths("S", "L")], scale=(1, 10)
    )
    frame = simulate(model, N, rng=1, curves={("S", "L"): POINTS}, loadings=loadings, **form)
    satisfaction = percent(frame, "S1").clip(0, 100)
    assert_mean_follows(through_points, satisfaction, percent(frame, "L1", "L2", "L3"))


def test_a_curve_holds_for_true_scores_and_not_for_observed_ones():
    frame = simulate(
        tiny(), N, rng=2, curves={"S -> L": "step"}, noise=5, reliability={"S": 0.8, "L": 0.9}
    )
    satisfaction, loyalty = percent(frame, "S1", "S2", "S3"), percent(frame, "L1", "L2")
    near = satisfaction.between(66, 74)
    assert loyalty[near].std() > 10
    assert loyalty[satisfaction < 40].mean() == pytest.approx(30, abs=1)
    assert loyalty[satisfaction > 95].mean() == pytest.approx(75, abs=2)
    assert loyalty[near].mean() == pytest.approx(52, abs=4)


@pytest.mark.parametrize("stated", [{}, {"answers": "continuous"}, {"curves": {"S -> L": "zone"}}])
def test_mean_answers_are_as_reliable_as_stated(stated):
    frame = simulate(tiny(), N, rng=3, reliability={"S": 0.7, "L": 0.85}, **stated)
    for columns, expected in [(["S1", "S2", "S3"], 0.7), (["L1", "L2"], 0.85)]:
        cov, p = frame[columns].cov().to_numpy(), len(columns)
        assert p / (p - 1) * (1 - np.trace(cov) / cov.sum()) == pytest.approx(expected, abs=0.01)


def test_a_number_of_reliability_holds_where_there_are_several_items(acsi):
    frame = simulate(acsi, 5_000, rng=4, reliability=0.9)
    cov = frame[["SATIS", "CONFIRM", "IDEAL"]].cov().to_numpy()
    assert 1.5 * (1 - np.trace(cov) / cov.sum()) == pytest.approx(0.9, abs=0.01)
    without = simulate(acsi, 5_000, rng=4)
    pd.testing.assert_frame_equal(frame[["COMP", "REPUR"]], without[["COMP", "REPUR"]])


def test_loadings_of_a_group_end_a_reliability_stated_for_all():
    groups = {"firm": {"Alfa": {}, "Beta": {"loadings": {"S": 0.5}}}}
    frame = simulate(tiny(), N, rng=4, reliability={"S": 0.9}, groups=groups, answers="continuous")
    mean = frame.groupby("firm")[["S1", "S2"]].corr().xs("S1", level=1)["S2"]
    assert_allclose(mean, [0.75, 0.25], atol=0.03)


def test_what_lies_before_a_curve_is_the_same_as_without(acsi):
    bent = simulate(acsi, 2_000, rng=5, curves={("Satisfaction", "Loyalty"): "zone"})
    plain = simulate(acsi, 2_000, rng=5)
    others = [name for name in plain if name != "REPUR"]
    pd.testing.assert_frame_equal(bent[others], plain[others])
    assert not bent["REPUR"].equals(plain["REPUR"])


def test_a_curve_to_a_binary_item_is_the_percentage_of_ones():
    frame = simulate(alone((0, 1)), N, rng=6, curves={"S -> L": POINTS})
    assert set(np.unique(frame["L1"])) == {0, 1}
    assert_mean_follows(through_points, frame["S1"], 100 * frame["L1"])


def test_noise_is_the_scatter_round_a_curve():
    for noise, stated in [(0.0, 0), (6.0, {"L": 6})]:
        frame = simulate(
            alone((0, 100)), 10_000, rng=7, curves={"S -> L": {0: 25, 100: 75}}, noise=stated
        )
        apart = frame["L1"] - (25 + 0.5 * frame["S1"])
        assert apart.std() == pytest.approx(np.hypot(noise, 0.35), abs=0.15)


def three(**stated):
    constructs = [single("A", "a"), single("B", "b"), single("C", "c"), single("D", "d")]
    effects = [paths("A", "B", sign="+"), paths(["A", "B"], "C", sign="+"),
               paths("C", "D", sign="+")]  # fmt: skip
    return csi.model(constructs, effects, scale=(0, 100), **stated)


def test_other_causes_add_points_for_points():
    frame = simulate(
        three(), N, rng=8, curves={"A -> C": "weak"}, paths={"B -> C": 0.25, "A -> B": 0.6}, noise=8
    )
    X = np.column_stack([np.ones(N), frame["a"], frame["b"] - frame["b"].mean()])
    found = np.linalg.lstsq(X, frame["c"], rcond=None)[0]
    assert_allclose(found[1:], [0.3, 0.25], atol=0.01)
    assert found @ [1, 75, 0] == pytest.approx(45 + 0.3 * 75, abs=0.2)
    lone = simulate(three(), N, rng=8, curves={"A -> C": "weak"}, paths={"A -> B": 0.6}, noise=8)
    X[:, 2] = lone["b"] - lone["b"].mean()
    assert np.linalg.lstsq(X, lone["c"], rcond=None)[0][2] == pytest.approx(0, abs=0.01)


def test_effects_of_a_curved_construct_keep_their_stated_size():
    normal = {"distribution": "normal", "answers": "continuous"}
    frame = simulate(
        three(), N, rng=9, curves={"A -> C": "quadratic"}, paths={"C -> D": 0.6}, **normal
    )
    assert frame["c"].corr(frame["d"]) == pytest.approx(0.6, abs=0.015)
    assert frame["d"].std() == pytest.approx(20, rel=0.02)


def test_what_a_curve_explains_counts_in_the_spread_of_later_effects():
    constructs = [single("A", "a"), single("C", "c"), single("D", "d")]
    effects = [paths("A", ["C", "D"], sign="+"), paths("C", "D", sign="+")]
    frame = simulate(
        csi.model(constructs, effects, scale=(0, 100)), N, rng=9, curves={"A -> C": "power3"},
        paths={"C -> D": 0.5, "A -> D": 0.4}, distribution="normal", answers="continuous",
    )  # fmt: skip
    assert frame["d"].std() == pytest.approx(20, rel=0.02)


def test_curves_can_follow_each_other():
    frame = simulate(
        three(), N, rng=10, curves={"A -> C": POINTS, "C -> D": "zone"}, noise={"C": 10, "D": 5}
    )
    assert_mean_follows(through_points, frame["a"], frame["c"])
    assert_mean_follows(TRUTHS["z20"], frame["c"], frame["d"])


def test_groups_can_differ_in_their_curves():
    groups = {"market": {"open": {"curves": {"S -> L": "quadratic"}},
                         "closed": {"curves": {"S -> L": "power0.4"}, "noise": 5}}}  # fmt: skip
    frame = simulate(tiny(), N, rng=11, groups=groups)
    level = percent(frame, "L1", "L2")
    at_half = percent(frame, "S1", "S2", "S3").between(45, 55)
    means = level[at_half].groupby(frame["market"]).mean()
    assert means["open"] < 45
    assert means["closed"] > 60


def test_functions_points_and_names_state_the_same_curve():
    def line(t):
        return 10 + 0.8 * t

    stated = [line, {0: 10, 100: 90}, [(100, 90), (0, 10)], np.array([[0, 10], [100, 90]]),
              "linear"]  # fmt: skip
    first, *others = (simulate(tiny(), 200, rng=12, curves={"S -> L": shape}) for shape in stated)
    for other in others:
        pd.testing.assert_frame_equal(first, other)


def test_curves_beyond_the_scale_are_cut_off_only_when_wanted():
    steep = {"S -> L": lambda t: 2 * t - 50}
    with pytest.raises(csi.OptionError, match="S -> L is -50 at 0"):
        simulate(tiny(), 50, rng=1, curves=steep)
    frame = simulate(alone((0, 100)), N, rng=13, curves=steep, clip=True)
    assert_mean_follows(lambda t: np.clip(2 * t - 50, 0, 100), frame["S1"], frame["L1"])
    with pytest.raises(csi.OptionError, match="other causes of C lead from"):
        simulate(three(), 50, rng=1, curves={"A -> C": "linear"}, paths={"B -> C": 0.9})
    far = {"paths": {"B -> C": 0.9}, "clip": True}
    assert simulate(three(), 500, rng=1, curves={"A -> C": "linear"}, **far)["c"].max() == 100


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"curves": "zone"}, "curves is 'zone'. Give a mapping"),
        ({"curves": {"S -> X": "zone"}}, "curves names 'S -> X', which the model lacks"),
        ({"curves": {"S -> L": "zoen"}}, "Did you mean 'zone'"),
        ({"curves": {"S -> L": 5}}, "Give a name, a function, or points"),
        ({"curves": {"S -> L": {0: "a", 100: 1}}}, "Give a name, a function, or points"),
        ({"curves": {"S -> L": {0: 10}}}, "two or more, at different true scores"),
        ({"curves": {"S -> L": [(0, 1), (0, 2)]}}, "two or more, at different true scores"),
        ({"curves": {"S -> L": {0: 1, 101: 2}}}, "two or more, at different true scores"),
        ({"curves": {"S -> L": {0: 1, 100: np.nan}}}, "two or more, at different true scores"),
        ({"curves": {"S -> L": {0: 0, 100: 120}}}, "true scores lie between 0 and 100"),
        ({"curves": {"S -> L": lambda t: 1 if t > 5 else 0}}, "Use NumPy functions"),
        ({"curves": {"S -> L": lambda t: 50}}, "returns as many numbers"),
        ({"curves": {"S -> L": lambda t: t + np.nan}}, "returns as many numbers"),
        ({"curves": {"S -> L": "zone", ("S", "L"): "flat"}}, "states 'S -> L' twice"),
        ({"curves": {"S -> L": "zone"}, "paths": {"S -> L": 0.5}}, "Both a curve and a path"),
        ({"curves": {"S -> L": "zone"}, "means": {"L2": 70}}, "means or sds are stated of L"),
        ({"curves": {"S -> L": "zone"}, "sds": {"L": 20}}, "means or sds are stated of L"),
        ({"curves": {"S -> L": "zone"}, "loadings": {"L1": 0}}, "A loading of L"),
        ({"curves": {"S -> L": "flat"}, "noise": 0}, "the same true score of L"),
        ({"curves": {"S -> L": "zone"}, "noise": -1}, "noise is -1"),
        ({"curves": {"S -> L": "zone"}, "noise": {"S": 5}}, "noise names 'S'"),
        ({"noise": {"L": 5}}, "to which no curve leads"),
        ({"curves": {"S -> L": "zone"}, "clip": "yes"}, "clip is 'yes'"),
        ({"reliability": {"S": 1.2}}, "reliability of S is 1.2"),
        ({"reliability": {"S": 0}}, "reliability of S is 0"),
        ({"reliability": {"S1": 0.8}}, "reliability names 'S1'"),
        ({"reliability": "high"}, "not a number"),
        ({"reliability": {"S": 0.8}, "loadings": {"S1": 0.7}}, "Both loadings and a reliability"),
        ({"curves": {"S -> L": "zone"}, "reliability": {"L": 0.999}}, "answers are rounded"),
    ],
)
def test_contradictory_curves_are_refused(stated, message):
    with pytest.raises(csi.OptionError) as error:
        simulate(tiny(), 50, rng=1, **stated)
    assert message in str(error.value)


def test_two_curves_to_one_effect_are_refused():
    with pytest.raises(csi.OptionError, match="Two curves lead to C"):
        simulate(three(), 50, rng=1, curves={"A -> C": "zone", "B -> C": "zone"})


@pytest.mark.parametrize("rng", [-1, 1.0, True, None, "1", [1, 2]])
def test_other_seeds_are_refused(rng):
    with pytest.raises(csi.OptionError, match="rng"):
        simulate(tiny(), 50, rng=rng)


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"paths": {("S", "L"): 1.2}}, "The paths to L imply R2 = 1.44, above 1"),
        ({"paths": {("S", "L"): 1e200}}, "above 1"),
        ({"paths": {"S -> X": 0.2}}, "'S -> X', which the model lacks"),
        ({"paths": {"S -> L": 0.2, ("S", "L"): 0.3}}, "twice"),
        ({"paths": {"S -> L": "0.2"}}, "not a number"),
        ({"paths": [0.2]}, "Give a mapping"),
        ({"loadings": 1.1}, "loadings of S1 is 1.1"),
        ({"loadings": {"Z": 0.5}}, "loadings names 'Z'"),
        ({"means": 100}, "means of S1 is 100"),
        ({"means": {"L": np.nan}}, "not finite"),
        ({"sds": 0}, "sds of S1 is 0"),
        ({"sds": {"L2": 45}}, "L2 cannot have mean 75 and standard deviation 45"),
        ({"missing": 1}, "missing of S1 is 1"),
        ({"missing_together": 2}, "missing_together"),
        ({"missing_code": 5}, "missing_code 5 is an answer of S1"),
        ({"missing_code": []}, "missing_code is empty"),
        ({"missing_code": "x"}, "not a number"),
        ({"distribution": "gamma"}, "distribution is 'gamma'"),
        ({"answers": "intger"}, "Did you mean 'integer'"),
        ({"groups": {"firm": {"A": {"mean": 80}}}}, "Did you mean 'means'"),
        ({"groups": {"S1": {"A": {}}}}, "is 'S1'"),
        ({"groups": {"firm": {}}}, "names no group"),
        ({"groups": ["firm"]}, "Give one column"),
        ({"groups": {"firm": {"A": 80}}}, "Group 'A' is given 80"),
    ],
)
def test_impossible_statements_are_refused(stated, message):
    with pytest.raises(csi.OptionError) as error:
        simulate(tiny(), 50, rng=1, **stated)
    assert message in str(error.value)


def test_half_stated_effects_are_refused(acsi):
    with pytest.raises(csi.OptionError, match="effects on Loyalty, but not Complaints -> Loyalty"):
        simulate(acsi, 50, rng=1, paths={("Satisfaction", "Loyalty"): 0.5})


def test_boundless_paths_are_refused_without_numerical_warnings(acsi):
    with pytest.raises(csi.OptionError, match="The paths to Quality imply"):
        simulate(acsi, 50, rng=1, paths={"Expectations -> Quality": 1e200})


@pytest.mark.parametrize("n", [0, -5, 10.0, True, "10", 10**9])
def test_other_sizes_are_refused(n):
    with pytest.raises(csi.OptionError, match="n is"):
        simulate(tiny(), n, rng=1)


def test_more_groups_than_respondents_are_refused():
    with pytest.raises(csi.OptionError, match="n is 1, but there are 2 groups"):
        simulate(tiny(), 1, rng=1, groups={"firm": {"A": {}, "B": {}}})


def test_models_that_cannot_be_simulated_are_refused():
    loyalty = single("L", "l")
    refused = {
        "S is a composite construct": [composite("S", ["a", "b"])],
        "H is a higher-order construct": [
            reflective("S", ["a", "b"]), reflective("T", ["c", "d"]), higher_order("H", ["S", "T"]),
        ],
        "b measures more than one": [reflective("S", ["a", "b"]), reflective("T", ["b", "c"])],
    }  # fmt: skip
    for message, constructs in refused.items():
        model = csi.model([*constructs, loyalty], [paths(constructs[0].name, "L")], scale=(1, 10))
        with pytest.raises(csi.OptionError, match=message):
            simulate(model, 50, rng=1)
    with pytest.raises(csi.OptionError, match="No scale is known of S1, S2, S3, L1, L2"):
        simulate(tiny(scale=None), 50, rng=1)
    with pytest.raises(csi.OptionError, match=r"S1 is answered from 0\.5 to 4"):
        simulate(tiny(scale=(0.5, 4)), 50, rng=1)
    with pytest.raises(csi.OptionError, match="The model is a str"):
        simulate("S =~ s1", 50, rng=1)


def test_the_demonstration_survey_is_plausible(acsi):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = csi.fit(acsi, demo_survey())
    index = fit.indices["index"]
    assert (
        index[["Expectations", "Quality", "Value", "Satisfaction", "Loyalty"]].between(70, 80).all()
    )
    assert 10 < index["Complaints"] < 20
    assert 0.7 < fit.r2.loc["Satisfaction", "r2"] < 0.8
    assert 0.5 < fit.r2.loc["Loyalty", "r2"] < 0.65
    assert fit.paths["as_expected"].dropna().all()
    assert ((fit.paths["estimate"] < 0) == fit.paths["target"].eq("Complaints"))[:7].all()


def test_every_firm_of_the_demonstration_fits_without_warning(acsi):
    data, firms = demo_survey(), demo_frame()["firm"]
    satisfaction = {}
    for firm in firms.unique():
        fit = csi.fit(acsi, data.take(np.flatnonzero(firms == firm)))
        satisfaction[firm] = fit.index("Satisfaction")
    assert max(satisfaction, key=satisfaction.get) == "Alfa"
    assert min(satisfaction, key=satisfaction.get) == "Delta"
    assert max(satisfaction.values()) - min(satisfaction.values()) > 5


def test_the_demonstration_survey_says_what_it_is():
    audit = demo_survey().audit
    assert audit.loc[0].tolist() == [
        "simulated", "", 1200, "simulated by csi, not real respondents",
    ]  # fmt: skip
    assert demo_survey().codebook.item("SATIS").text["en"]


def test_the_demonstration_frame_holds_codes_and_is_fresh_each_time(acsi):
    frame = demo_frame()
    assert list(frame.columns) == ["firm", "region", *acsi.indicators]
    assert frame["firm"].value_counts().to_dict() == dict.fromkeys(
        ["Alfa", "Beta", "Gamma", "Delta"], 300
    )
    codes = frame[list(acsi.indicators)].isin([98, 99])
    assert 0.009 < codes.to_numpy().mean() < 0.02
    assert codes.any(axis=1).mean() < 0.05
    frame.loc[:, "SATIS"] = 1
    assert demo_frame()["SATIS"].nunique() > 10


@pytest.mark.parametrize("noise", [1e5, 1e308, 10**400])
def test_boundless_noise_is_refused(noise):
    model = csi.models.acsi(loyalty="repurchase")
    with pytest.raises(csi.OptionError, match=r"noise is 1|is not finite"):
        simulate(model, 20, rng=1, curves={("Satisfaction", "Loyalty"): "zone"}, noise=noise)
