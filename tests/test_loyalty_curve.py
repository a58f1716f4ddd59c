"""The public loyalty curve: what it takes, what it refuses, and what must not change it.

Estimates, tests and intervals are checked in test_zone.py and test_curve_smooth.py; here the same
customers come in by every door, and bad input is refused by an error of csi.
"""

import warnings
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit
from test_fuzz import NAMES, VALUES, pick

import csi
from csi import DataError, OptionError, RowsRequiredError
from csi.core.curve.bins import gather
from csi.core.curve.calibration import uncalibrated
from csi.core.curve.logit import on_logit
from csi.core.curve.populations import Population, draw
from csi.core.curve.satisfaction import Satisfaction
from csi.core.curve.truths import TRUTHS
from csi.core.resample import stream
from csi.errors import CsiError, CsiWarning

N = 600
POPULATION = Population(Satisfaction(reliability=0.85), TRUTHS["z30"])
ITEMS, OUTCOME, _ = draw(POPULATION, N, stream(3))
SCORE = POPULATION.satisfaction.composite(ITEMS)
ARRAYS = {"score": SCORE, "outcome": OUTCOME, "items": ITEMS}


def curve_of(fit=None, *names, **given):
    return csi.loyalty_curve(fit, *names, **{"rng": 1, "draws": 99} | given)


@pytest.fixture(scope="module")
def curve():
    return curve_of(**ARRAYS)


@pytest.fixture(scope="module")
def frame():
    """The items of satisfaction, and two of loyalty."""
    rng = np.random.default_rng(4)
    loyal = np.round(1 + 9 * np.clip(OUTCOME[:, None] + rng.normal(0, 9, (N, 2)), 0, 100) / 100)
    return pd.DataFrame(np.column_stack([ITEMS, loyal]), columns=["s1", "s2", "s3", "l1", "l2"])


MODEL = csi.parse("""
    Satisfaction =~ s1 + s2 + s3
    Loyalty      =~ l1 + l2
    Loyalty      ~  Satisfaction
""")


def fit_of(frame, model=MODEL, estimator=None, **declared):
    return csi.fit(model, csi.survey(frame, **{"scale": (1, 10)} | declared), estimator)


@pytest.fixture(scope="module")
def fit(frame):
    return fit_of(frame)


SMOOTH = {"rtol": 1e-6, "atol": 1e-7}
"""The minimum that gives the smoothing is found to the root of machine precision, 1e-8."""


def same(one, other, rtol=1e-9, smooth=SMOOTH):
    """Two curves agree in everything that is shown of them."""
    assert one.zone.verdict == other.zone.verdict
    for number in ("p_value", "ratio"):
        assert_allclose(getattr(one.zone, number), getattr(other.zone, number), rtol, 1e-12)
    assert_allclose(one.reliability, other.reliability, rtol=rtol)
    assert_allclose(one.window, other.window, rtol=rtol)
    shown = ["score", "true_score", "loyalty", "se"]
    pd.testing.assert_frame_equal(one.points[shown], other.points[shown], rtol=rtol)
    pd.testing.assert_frame_equal(one.zone.table, other.zone.table, rtol=rtol)
    for table in ("table", "raw"):
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table), **smooth)


# the same customers by several doors


def test_a_fit_gives_what_its_arrays_give(fit, frame):
    scores, at = fit.index_scores, ["s1", "s2", "s3"]
    arrays = curve_of(
        score=scores["Satisfaction"], outcome=scores["Loyalty"], items=frame[at].to_numpy()
    )
    same(curve_of(fit), arrays)


def test_the_same_seed_gives_the_same_numbers(curve):
    again = curve_of(**ARRAYS)
    same(curve, again, rtol=0, smooth={"rtol": 0})
    other = curve_of(**ARRAYS, rng=2)
    assert_array_equal(other.table["loyalty"], curve.table["loyalty"])
    assert (other.table["all_lower"] != curve.table["all_lower"]).all()
    drawn = [curve_of(**ARRAYS, rng=np.random.default_rng(5)).settings.seed for _ in range(2)]
    assert drawn[0] == drawn[1]


def test_the_order_of_respondents_does_not_matter(curve):
    order = np.random.default_rng(6).permutation(N)
    same(curve, curve_of(**{name: given[order] for name, given in ARRAYS.items()}))


def test_frequency_weights_are_repeated_rows():
    copies = np.random.default_rng(7).integers(0, 4, N)
    repeated = {name: np.repeat(given, copies, axis=0) for name, given in ARRAYS.items()}
    counted = curve_of(**ARRAYS, weights=copies, weight_type="frequency")
    assert counted.n == copies.sum()
    same(counted, curve_of(**repeated))


def test_frequency_weights_of_a_fit_are_repeated_rows(frame):
    copies = np.random.default_rng(7).integers(1, 4, N)
    counted = fit_of(frame.assign(w=copies), weights="w", weight_type="frequency")
    rows = fit_of(frame.loc[frame.index.repeat(copies)].reset_index(drop=True))
    same(curve_of(counted), curve_of(rows))


def test_multiples_of_sampling_weights_change_nothing(curve):
    w = np.random.default_rng(8).uniform(0.5, 2, N)
    weighted = curve_of(**ARRAYS, weights=w)
    tenfold = curve_of(**ARRAYS, weights=10 * w)
    assert_allclose(tenfold.points["weight"], 10 * weighted.points["weight"])
    same(weighted, tenfold)
    assert weighted.n == N
    assert abs(weighted.at(60)["loyalty"][0] - curve.at(60)["loyalty"][0]) > 0.01


def test_clusters_change_errors_and_not_estimates(curve):
    clusters = np.argsort(np.argsort(OUTCOME)) // 20  # neighbours in loyalty
    found = curve_of(**ARRAYS, clusters=clusters)
    assert_allclose(found.zone.low, curve.zone.low)
    assert_allclose(found.zone.high, curve.zone.high)
    assert_array_equal(found.points["loyalty"], curve.points["loyalty"])
    assert found.zone.p_value != curve.zone.p_value
    assert np.median(found.table.eval("upper - lower") / curve.table.eval("upper - lower")) > 1.05


@pytest.mark.parametrize("outcome", ["points", "share"])
@pytest.mark.parametrize("monotone", [False, True])
def test_falling_mirrors_rising(outcome, monotone):
    y = OUTCOME if outcome == "points" else (OUTCOME > 60).astype(float)
    whole = 100 if outcome == "points" else 1
    rising = curve_of(score=SCORE, outcome=y, reliability=0.85, monotone=monotone)
    falling = curve_of(
        score=SCORE, outcome=whole - y, reliability=0.85, monotone=monotone, direction="falling"
    )
    one, other = rising.table, falling.table
    assert_allclose(other["loyalty"], whole - one["loyalty"], **SMOOTH)
    for ends in (("lower", "upper"), ("all_lower", "all_upper")):
        for side, opposite in (ends, ends[::-1]):
            assert_allclose(other[side], whole - one[opposite], **SMOOTH)
            assert_allclose(other[f"slope_{side}"], -one[f"slope_{opposite}"], **SMOOTH)
    assert falling.zone.verdict == rising.zone.verdict
    assert_allclose(
        [falling.zone.p_value, falling.zone.low, falling.zone.high, falling.zone.ratio],
        [rising.zone.p_value, rising.zone.low, rising.zone.high, rising.zone.ratio],
        rtol=1e-9, atol=1e-12,
    )  # fmt: skip
    ends = ["lower", "upper"]
    one, other = (found.zone.table.iloc[2:5][ends].to_numpy() for found in (rising, falling))
    assert_allclose(other, -one[:, ::-1], rtol=1e-9)


def test_falling_mirrors_rising_on_the_logit_scale():
    y = (OUTCOME > 60).astype(float)
    given = {"score": SCORE, "reliability": 0.85, "scale": "logit"}
    one = curve_of(outcome=y, **given).table
    other = curve_of(outcome=1 - y, **given, direction="falling").table
    assert_allclose(other["loyalty"], 1 - one["loyalty"], **SMOOTH)
    assert_allclose(other["slope"], -one["slope"], **SMOOTH)
    assert_allclose(other["lower"], 1 - one["upper"], **SMOOTH)
    assert one[["lower", "loyalty", "upper"]].stack().between(0, 1).all()


def binary(n=250):
    """Scores, an outcome that follows them on the logit scale, and the scores of its bins."""
    score = 100 * stream(17).beta(3, 1.1, n)
    happened = stream(18).random(n) < expit(0.07 * score - 4)
    return score, happened.astype(float), np.floor(score + 0.5)


def bent(x, kinks):
    return np.column_stack([np.ones(len(x)), x, *(np.maximum(x - kink, 0) for kink in kinks)])


def test_logits_are_those_of_a_generalised_linear_model():
    """With 250 customers in 101 bins, most of which hold one or two."""
    score, happened, x = binary()
    found = curve_of(score=score, outcome=happened, reliability=1.0, scale="logit")
    bins = found.bins
    some = np.isfinite(bins.variance)
    # The smooth curve beneath is straight here, and does not have the kinks.
    for kinks, tolerance in (([], 0.01), ([55, 75], 0.1)):
        theirs = sm.GLM(happened, bent(x, kinks), family=sm.families.Binomial()).fit()
        root = 1 / np.sqrt(bins.variance[some])
        X = root[:, None] * bent(bins.x[some], kinks)
        covariance = np.linalg.inv(X.T @ X)
        assert_allclose(np.sqrt(np.diag(covariance)), theirs.bse, rtol=tolerance)
        slopes = covariance @ X.T @ (root * bins.mean[some])
        assert (np.abs(slopes - theirs.params) < 3 * tolerance * theirs.bse).all()


def test_logits_of_shares_of_two_answers_vary_half_as_much():
    score = 100 * stream(17).beta(3, 1.1, 2_000)
    x = np.floor(score + 0.5)
    outcome = (stream(18).random((2, 2_000)) < expit(0.07 * score - 4)).mean(axis=0)
    bins = gather(score, outcome)
    logits = on_logit(bins, uncalibrated(bins.weight), binary=False)
    some = np.isfinite(logits.variance)
    root = 1 / np.sqrt(logits.variance[some])
    X = root[:, None] * bent(bins.x[some], [])
    theirs = sm.GLM(outcome, bent(x, []), family=sm.families.Binomial()).fit(scale="X2")
    assert_allclose(np.sqrt(np.diag(np.linalg.inv(X.T @ X))), theirs.bse, rtol=0.05)


def test_points_are_observed_shares_on_the_logit_scale_too():
    score, happened, x = binary()
    for outcome, direction in ((happened, "rising"), (1 - happened, "falling")):
        given = {"score": score, "outcome": outcome, "reliability": 1.0, "direction": direction}
        found, plain = curve_of(**given, scale="logit").points, curve_of(**given).points
        assert_allclose(found["loyalty"], pd.Series(outcome).groupby(x).mean())
        assert_allclose(found["se"], plain["se"])


def test_tables_stay_within_the_window(curve):
    low, high = curve.window
    assert curve.table["satisfaction"].between(low, high).all()
    wide = curve_of(**ARRAYS, tail=0.01)
    assert wide.window[0] < low < high < wide.window[1]
    pd.testing.assert_frame_equal(curve.at(curve.table["satisfaction"]), curve.table, atol=0.05)
    assert curve.at(60)["satisfaction"].tolist() == [60]
    assert curve.at([70, 60, 60])["satisfaction"].tolist() == [70, 60, 60]
    with pytest.raises(DataError, match=r"98% of the true scores lie between"):
        wide.at(high + 100)
    for nothing in ("60", None, [[60]], [np.nan], {60}):
        with pytest.raises(OptionError, match=r"satisfaction is .* Give numbers from 0 to 100"):
            curve.at(nothing)


def test_a_million_respondents():
    rng = np.random.default_rng(9)
    items = rng.integers(1, 11, (10**6, 1)) * np.ones(3) + rng.integers(-1, 2, (10**6, 3))
    items = np.clip(items, 1, 10)
    score = (items - 1).mean(axis=1) * 100 / 9
    found = curve_of(score=score, outcome=rng.random(10**6) < 0.2 + score / 200, items=items)
    assert found.n == 10**6
    assert found.zone.verdict == "no evidence"
    assert_allclose(found.table["slope"].median(), 1 / 200, rtol=0.1)


# outcomes


def test_outcomes_of_several_kinds(fit, frame):
    loyal = OUTCOME > 60
    shares = [
        curve_of(score=SCORE, outcome=y, reliability=1) for y in (loyal, loyal * 1.0, list(loyal))
    ]
    for found in shares:
        assert found.observed.unit == "share"
        pd.testing.assert_frame_equal(found.table, shares[0].table)
    rated = curve_of(score=SCORE, outcome=frame["l1"], reliability=1, outcome_scale=(1, 10))
    points = curve_of(score=SCORE, outcome=(frame["l1"] - 1) / 9 * 100, reliability=1)
    pd.testing.assert_frame_equal(rated.table, points.table)
    counted = curve_of(score=SCORE, outcome=frame["l1"], reliability=1, outcome_scale="count")
    assert counted.observed.unit == "count"
    assert_allclose(
        counted.points["loyalty"].mul(counted.points["weight"]).sum(), frame["l1"].sum()
    )
    parts = curve_of(
        score=SCORE, outcome=(frame["l1"] - 1) / 9, reliability=1, outcome_scale=(0, 1)
    )
    pd.testing.assert_frame_equal(parts.table, points.table)


def test_top_boxes_are_shares_of_answers(fit, frame):
    found = curve_of(fit, top=2)
    assert found.observed.unit == "share"
    assert_allclose(found.observed.outcome, (frame[["l1", "l2"]] >= 9).mean(axis=1))
    one = curve_of(fit, "Satisfaction", "l1", top=3)
    assert_allclose(one.observed.outcome, frame["l1"] >= 8)


def test_an_item_of_zeros_and_ones_is_a_share(frame):
    ends = dict.fromkeys(MODEL.indicators[:3], (1, 10)) | {"again": (0, 1)}
    model = csi.parse("Satisfaction =~ s1 + s2 + s3\nAgain =~ again\nAgain ~ Satisfaction")
    fit = fit_of(frame.assign(again=(frame["l1"] > 6) * 1), model, scale=ends)
    found = curve_of(fit, "Satisfaction", "Again")
    assert found.observed.unit == "share"
    assert_array_equal(found.observed.outcome, frame["l1"] > 6)
    assert found.table["loyalty"].between(0, 1).all()


def test_an_outcome_beside_a_fit(frame):
    holes = frame.mask(np.random.default_rng(10).random(frame.shape) < 0.02)
    fit = fit_of_quietly(holes)
    used = fit.data.positions
    came_back = OUTCOME > 60
    read = curve_of(fit, outcome=came_back)
    pd.testing.assert_frame_equal(read.table, curve_of(fit, outcome=came_back[used]).table)
    assert_array_equal(read.observed.outcome, came_back[used])
    assert read.observed.unit == "share"
    visits = curve_of(fit, outcome=np.round(OUTCOME / 20), outcome_scale="count")
    assert visits.observed.unit == "count"
    unknown = np.where(np.arange(N) < 50, np.nan, came_back)
    some = curve_of(fit, outcome=unknown)
    assert some.n == (used >= 50).sum()
    assert some.observed.dropped == (used < 50).sum()
    rated = curve_of(fit, outcome=1 + OUTCOME / 25, outcome_scale=(1, 5))
    assert_allclose(rated.observed.outcome, OUTCOME[used])


def fit_of_quietly(frame, **declared):  # what the fit warns of is tested elsewhere
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CsiWarning)
        return fit_of(frame, **declared)


# causes and fits


def test_a_single_item_is_taken_as_it_is(frame):
    model = csi.parse("Satisfaction =~ s1\nLoyalty =~ l1 + l2\nLoyalty ~ Satisfaction")
    found = curve_of(fit_of(frame, model))
    assert found.reliability == 1
    assert found.reliability_source == "one item: taken as it is, measurement error not corrected"
    pd.testing.assert_frame_equal(found.table, found.raw)
    stated = curve_of(fit_of(frame, model), reliability=0.8)
    assert stated.reliability_source == "as stated"
    assert not stated.table.equals(stated.raw)


def test_two_items_have_equal_shares_of_error(frame):
    model = csi.parse("Satisfaction =~ s1 + s2\nLoyalty =~ l1 + l2\nLoyalty ~ Satisfaction")
    fit = fit_of(frame, model)
    w = fit.index_weight_table["weight"].to_numpy()[:2]
    cov = frame[["s1", "s2"]].cov().to_numpy()
    r = cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1])
    expected = 1 - (w**2 * (1 - r) * np.diag(cov)).sum() / (w @ cov @ w)
    assert_allclose(curve_of(fit).reliability, expected, rtol=1e-9)


def test_items_with_negative_weights_have_normal_errors(frame):
    weights = {"Satisfaction": {"s1": 0.8, "s2": 0.5, "s3": -0.3}, "Loyalty": {"l1": 1, "l2": 1}}
    fit = fit_of_quietly(frame, estimator=csi.FixedWeights(weights))
    with pytest.warns(csi.InadmissibleWarning, match="Items of Satisfaction have negative weights"):
        found = curve_of(fit)
    assert found.observed.items() is None
    assert (found.observed.item_weights < 0).any()
    pd.testing.assert_frame_equal(
        found.table,
        curve_of(
            score=np.clip(found.observed.score, 0, 100), outcome=found.observed.outcome,
            reliability=found.reliability,
        ).table,
    )  # fmt: skip


@pytest.mark.parametrize("estimator", [csi.PLS(consistent=True), csi.CBSEM("ML"), csi.Sums()])
def test_other_estimators(frame, fit, estimator):
    found = curve_of(fit_of(frame, estimator=estimator))
    assert found.n == N
    assert abs(found.reliability - curve_of(fit).reliability) < 0.01
    assert_allclose(found.at(60)["loyalty"], curve_of(fit).at(60)["loyalty"], atol=1.5)


def test_a_higher_order_cause(frame):
    model = csi.model(
        [
            csi.reflective("Service", ["s1", "s2"]),
            csi.reflective("Product", ["s3", "s4"]),
            csi.higher_order("Satisfaction", ["Service", "Product"]),
            csi.reflective("Loyalty", ["l1", "l2"]),
        ],
        [csi.paths("Satisfaction", "Loyalty")],
    )
    other = np.random.default_rng(14).integers(-1, 2, N)
    fit = fit_of(frame.assign(s4=np.clip(frame["s2"] + other, 1, 10)), model)
    found = curve_of(fit)
    assert_allclose(found.observed.score, fit.index_scores["Satisfaction"], rtol=1e-9)
    assert len(found.observed.item_weights) == 4
    assert 0 < found.reliability < 1


@pytest.mark.parametrize("missing", ["listwise", "pairwise", "mean", "fiml"])
def test_missing_answers(frame, missing):
    """Scores need all their items; only the weights know of respondents with gaps."""
    gaps = np.random.default_rng(11).random(frame.shape) < 0.02
    holes = frame.mask(gaps)
    estimator = csi.CBSEM("ML") if missing == "fiml" else None
    found = curve_of(fit_of_quietly(holes, estimator=estimator, missing=missing))
    whole = ~gaps.any(axis=1)
    assert found.n == whole.sum()
    assert_allclose(found.observed.points, (frame.to_numpy()[whole, :3] - 1) / 9 * 100)
    if missing != "listwise":
        assert found.observed.dropped == N - whole.sum()


def test_chinese_names(frame):
    model = csi.parse("满意度 =~ 题1 + 题2 + 题3\n忠诚度 =~ l1 + l2\n忠诚度 ~ 满意度")
    chinese = frame.rename(columns={"s1": "题1", "s2": "题2", "s3": "题3"})
    found = curve_of(fit_of(chinese, model), "满意度", "忠诚度")
    pd.testing.assert_frame_equal(found.table, curve_of(fit_of(frame)).table)
    assert repr(found) == f"<Curve 满意度 -> 忠诚度, {N} respondents: {found.zone.verdict}>"
    assert str(found).startswith("忠诚度 as a function of 满意度")
    assert "忠诚度" in found._repr_html_()


# refused


@pytest.mark.parametrize(
    ("given", "kind", "problem"),
    [
        ({"outcome": np.full(N, 70.0)}, DataError, "Loyalty is 70 for everybody. There is nothing"),
        ({"outcome": OUTCOME - 50}, DataError, "outcome runs from .*, on a scale that was not"),
        ({"outcome": np.round(OUTCOME / 10)}, DataError, r"Give outcome_scale, such as \(1, 10\)"),
        ({"outcome_scale": (0, 50)}, DataError, "outcome runs from .*, outside its scale 0 to 50"),
        ({"outcome_scale": "count"}, DataError, "Counts are whole and not negative"),
        ({"outcome_scale": "counts"}, OptionError, "outcome_scale is 'counts'. Give the lowest"),
        ({"outcome_scale": (10, 1)}, OptionError, r"outcome_scale is \(10, 1\)"),
        ({"outcome_scale": {1: 2}}, OptionError, "outcome_scale is {1: 2}"),
        ({"outcome": np.where(OUTCOME > 90, np.nan, OUTCOME)}, DataError, "outcome holds .* mis"),
        ({"score": np.where(SCORE > 90, np.inf, SCORE)}, DataError, "score holds .* infinite"),
        ({"score": SCORE.astype(str)}, DataError, "score must hold numbers; found ndarray"),
        ({"score": SCORE * 2}, DataError, "score runs from .* Give satisfaction in points from 0"),
        ({"score": SCORE[:9]}, DataError, "score holds 9 values and outcome 600"),
        ({"score": ITEMS}, DataError, r"score has shape \(600, 3\). Give one number"),
        ({"items": ITEMS[:9]}, DataError, r"items has shape \(9, 3\). Give one row for each of"),
        ({"items": ITEMS[:, :1]}, DataError, "one column for each of at least two items"),
        ({"items": ITEMS[::-1]}, DataError, "score is no weighted sum of the items: the nearest"),
        ({"items": np.where(ITEMS > 9, np.nan, ITEMS)}, DataError, "items holds missing values"),
        ({"items": "s1"}, DataError, "items has something else than numbers"),
        ({"clusters": [1, 2]}, DataError, "clusters holds 2 values, but there are 600"),
        ({"weights": -np.ones(N)}, DataError, "eight"),
        ({"weight_type": "robust"}, OptionError, "weight_type is 'robust'"),
        ({"reliability": 0}, OptionError, "reliability is 0. Give a number above 0 and up to 1"),
        ({"reliability": 1.01}, OptionError, "reliability is 1.01"),
        ({"reliability": -0.5}, OptionError, "reliability is -0.5"),
        ({"reliability": np.nan}, OptionError, "reliability is nan"),
        ({"reliability": True}, OptionError, "reliability is True"),
        ({"reliability": "high"}, OptionError, "reliability is 'high'"),
        ({"method": "cubic"}, OptionError, "method is 'cubic'. Known: pwlr, shape, msc"),
        ({"scale": "logit"}, OptionError, "scale='logit' needs a 0/1 outcome"),
        ({"scale": "probit"}, OptionError, "scale is 'probit'. Known: identity, logit"),
        ({"direction": "up"}, OptionError, "direction is 'up'. Known: rising, falling"),
        ({"monotone": "yes"}, OptionError, "monotone is 'yes'"),
        ({"margin": 0}, OptionError, "margin is 0. Give a slope above 0"),
        ({"margin": np.inf}, OptionError, "margin is inf"),
        ({"tail": 0.5}, OptionError, "tail is 0.5. Give a share of customers from 0.001 to 0.25"),
        ({"level": 95}, OptionError, "level is 95"),
        ({"draws": 98}, OptionError, "draws is 98. Give a whole number from 99"),
        ({"rng": -1}, OptionError, "rng is -1"),
        ({"top": 2}, OptionError, "top counts boxes of a fit's items. Give a 0/1 outcome instead"),
        ({"score": None}, OptionError, "Give a fit, or both score and outcome"),
    ],
)  # fmt: skip
def test_arrays_that_make_no_curve(given, kind, problem):
    with pytest.raises(kind, match=problem):
        curve_of(**{"score": SCORE, "outcome": OUTCOME} | given)


@pytest.mark.parametrize(
    ("names", "given", "kind", "problem"),
    [
        (["Satisfactoin"], {}, OptionError, "cause is 'Satisfactoin'.*Did you mean 'Satisfaction'"),
        ([None], {}, OptionError, "cause is None. Name a construct of the fit"),
        ([np.ones(3)], {}, OptionError, "cause is array"),
        (["s1"], {}, OptionError, "cause is 's1'. Name a construct of the fit"),
        (["Satisfaction", "Loyalti"], {}, OptionError, "'Loyalti'. Did you mean 'Loyalty'"),
        (["Satisfaction", 5], {}, OptionError, "effect is 5. Name a column"),
        (["Loyalty", "Loyalty"], {}, OptionError, "cause and effect are both 'Loyalty'"),
        ([], {"score": SCORE}, OptionError, "score comes with the fit"),
        ([], {"weights": SCORE}, OptionError, "weights comes with the fit"),
        ([], {"outcome_scale": (1, 10)}, OptionError, "outcome_scale comes with the fit"),
        ([], {"top": 10}, OptionError, "top is 10, but Loyalty has no such boxes"),
        ([], {"top": 10**400}, OptionError, "but Loyalty has no such boxes"),
        ([], {"top": 0}, OptionError, "top is 0. Give a whole number from 1"),
        ([], {"top": 2, "outcome": OUTCOME}, OptionError, "top counts boxes of the effect"),
        ([], {"outcome": OUTCOME[:9]}, DataError, "outcome holds 9 values, but 600 respondents"),
        ([], {"outcome": ["a"] * N}, OptionError, "outcome is a list. Give one number for each"),
        (
            [],
            {"outcome": np.where(OUTCOME > 60, np.inf, OUTCOME)},
            DataError,
            "outcome holds .* infinite values",
        ),
        ([], {"outcome": np.full(N, np.nan)}, DataError, "outcome holds 0 infinite .* 600 missing"),
        ([], {"outcome": np.ones(N)}, DataError, "Loyalty is 1 for everybody"),
        ([], {"outcome": np.round(OUTCOME / 10)}, DataError, "on a scale that was not declared"),
        ([], {"scale": "logit"}, OptionError, "scale='logit' needs a 0/1 outcome"),
    ],
)
def test_fits_that_make_no_curve(fit, names, given, kind, problem):
    with pytest.raises(kind, match=problem):
        curve_of(fit, *names, **given)


def test_what_holds_no_respondents(fit, frame):
    with pytest.raises(
        RowsRequiredError, match="A curve is fitted to respondents, but the fit hol"
    ):
        curve_of(csi.from_json(csi.to_json(fit)))
    with pytest.raises(OptionError, match=r"fit is a DataFrame. Give the result of csi\.fit\(\)"):
        curve_of(frame)
    for nobody in ([], np.empty(0)):
        with pytest.raises(DataError, match="no rows"):
            curve_of(score=nobody, outcome=nobody)
    with pytest.raises(DataError, match=r"^29 respondents have a score and an outcome"):
        curve_of(score=SCORE[:29], outcome=OUTCOME[:29])


def test_an_undeclared_scale(frame):
    with pytest.raises(DataError, match="Indices need the lowest and highest answer of s1, s2, s3"):
        curve_of(csi.fit(MODEL, csi.survey(frame)))


def test_reversed_items_are_turned_round():
    items = np.column_stack([ITEMS, np.clip(ITEMS[:, 0] + stream(5).integers(-2, 3, N), 1, 10)])
    weights = np.full(4, 0.25)
    score = (items - 1) @ weights * 100 / 9
    upright = curve_of(score=score, outcome=OUTCOME, items=items)
    for places in ([3], [1, 2], [0, 1, 2, 3]):
        asked = items.copy()
        asked[:, places] = 11 - asked[:, places]
        found = curve_of(score=score, outcome=OUTCOME, items=asked)
        assert_allclose(found.observed.item_weights, weights)
        same(found, upright)


def test_rounding_moves_no_outcome_off_its_scale():
    outcome = np.clip(OUTCOME, 0, 100)
    beyond = np.where(outcome == outcome.max(), 100 + 2e-14, outcome)
    for scale in (None, (0, 100)):
        found = curve_of(score=SCORE, outcome=beyond, reliability=0.85, outcome_scale=scale)
        assert found.observed.unit == "points"


def test_items_may_have_scales_of_their_own():
    """Ten answers, five, and yes or no."""
    raw = np.column_stack([ITEMS[:, 0], np.ceil(ITEMS[:, 1] / 2), ITEMS[:, 2] > 7]).astype(float)
    points = (raw - [1, 1, 0]) * 100 / [9, 4, 1]
    score = points @ [0.5, 0.3, 0.2]
    found = curve_of(score=score, outcome=OUTCOME, items=raw)
    assert [len(answers) for answers in found.observed.answers] == [10, 5, 2]
    assert_allclose(found.observed.item_weights, [0.5, 0.3, 0.2])
    assert_allclose(found.observed.points, points, atol=1e-9)
    same(found, curve_of(score=score, outcome=OUTCOME, items=points))
    near = curve_of(score=np.round(score), outcome=OUTCOME, items=raw)
    assert_allclose(near.reliability, found.reliability, atol=0.005)
    with pytest.raises(DataError, match="scales of the items do not follow"):
        curve_of(score=score[raw[:, 0] > 1], outcome=OUTCOME[raw[:, 0] > 1],
                 items=raw[raw[:, 0] > 1])  # fmt: skip


def test_reversed_items_show_no_reliability(frame):
    rng = np.random.default_rng(12)
    unrelated = rng.integers(1, 11, (N, 2)).astype(float)
    unrelated[:, 1] = np.clip(11 - unrelated[:, 0] + rng.integers(0, 2, N), 1, 10)
    score = (unrelated - 1).mean(axis=1) * 100 / 9
    score = unrelated @ [0.7, 0.3] * 100 / 9 - 100 / 9
    with pytest.raises(DataError, match="The items of Satisfaction show a reliability of -"):
        curve_of(score=score, outcome=OUTCOME, items=unrelated)


# whatever comes


SENSIBLE = {
    "cause": ["Satisfaction", "Loyalty"], "effect": ["Loyalty", "l1"], "reliability": [0.8, 0.01],
    "weights": [np.ones(60), np.arange(60) % 3], "weight_type": ["sampling", "frequency"],
    "clusters": [np.arange(60) // 5, ["a", "b"] * 30], "outcome_scale": [(0, 100), "count"],
    "top": [1, 2], "method": ["msc", "shape"], "scale": ["logit"], "direction": ["falling"],
    "monotone": [True], "margin": [0.1, 1e9], "tail": [0.001, 0.25], "level": [0.5, 1 - 1e-12],
    "draws": [99], "rng": [0, 2**70], "items": [None], "score": [SCORE[:60]],
    "outcome": [OUTCOME[:60], OUTCOME[:60] > 60, OUTCOME],
}  # fmt: skip
ARRAYS_OF_ALL_KINDS = [
    SCORE[:60], SCORE, SCORE[:60, None], list(SCORE[:60]), np.full(60, 50.0), np.zeros(60),
    np.round(SCORE[:60] / 25) * 25, 50 + SCORE[:60] / 1000, SCORE[:60].astype(str), ITEMS[:60],
    np.where(SCORE[:60] > 80, np.nan, SCORE[:60]), SCORE[:60] > 70, ["a"] * 60, SCORE[:60] * 1e300,
    SCORE[:60] * 1e-300, SCORE[:60] / 10,
]  # fmt: skip


def asked(rng, fit):
    """A call with some arguments of any kind."""
    given = {"score": SCORE[:60], "outcome": OUTCOME[:60]} if rng.random() < 0.6 else {"fit": fit}
    for _ in range(int(rng.integers(1, 4))):
        name = pick(rng, list(SENSIBLE))
        anything = rng.random()
        if anything < 0.5:
            given[name] = pick(rng, SENSIBLE[name])
        else:
            given[name] = pick(rng, ARRAYS_OF_ALL_KINDS if anything < 0.75 else [*VALUES, *NAMES])
    return {"rng": 1, "draws": 99} | given


def test_two_hundred_calls_with_anything(fit):
    outcomes = Counter()
    for number in range(200):
        given = asked(np.random.default_rng([13, number]), fit)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CsiWarning)
            try:
                found = csi.loyalty_curve(**given)
                tables = found.table, found.points
                assert all(np.isfinite(table.to_numpy()).all() for table in tables)
                assert str(found)
                outcomes["curve"] += 1
            except CsiError as refusal:
                outcomes[type(refusal).__name__] += 1
            except BaseException as problem:
                problem.add_note(f"Repeat with: asked(np.random.default_rng([13, {number}]), fit)")
                raise
    assert outcomes["curve"] > 20
    assert len(outcomes) >= 4


def test_a_printed_table_and_figures_of_items_are_enough(fit):
    """Counts of score by outcome with weighted items' figures are the rows, to the digit."""
    rows = csi.loyalty_curve(fit, rng=1, draws=99)
    observed = rows.observed
    score = np.floor(observed.score + 0.5 + 1e-9)
    table = pd.Series(np.ones(len(score))).groupby([score, observed.outcome]).sum()
    at = table.index.to_frame().to_numpy()
    printed = csi.loyalty_curve(
        score=at[:, 0], outcome=at[:, 1], weights=table.to_numpy(), weight_type="frequency",
        items=observed.figures, rng=1, draws=99,
    )  # fmt: skip
    assert printed.n == rows.n
    assert_allclose(printed.reliability, rows.reliability, rtol=1e-12)
    assert_allclose(printed.window, rows.window, rtol=1e-9)
    assert printed.zone.p_value == rows.zone.p_value
    assert_allclose(printed.table["loyalty"], rows.table["loyalty"], rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"weights": [0.5, -0.5]}, DataError, "not negative"),
        ({"weights": [1.0]}, OptionError, "the same two or more items"),
        ({"answers": [[0, 50, 40], [0, 50, 100]]}, DataError, "Answers of item 1 must increase"),
        ({"shares": [[0.2, 0.8], [0.1, 0.4, 0.5]]}, DataError, "Item 1 has 3 answers and shares"),
        ({"covariance": [[0, 0], [0, 5]]}, DataError, "Item 1 does not vary"),
        ({"covariance": [[1, 3], [3, 1]]}, DataError, "no covariance of the items"),
        ({"covariance": "junk"}, TypeError, "something else than finite numbers"),
        ({"answers": 3}, TypeError, "Give one list of numbers for each item"),
    ],
)
def test_figures_that_do_not_fit_together(change, error, message):
    given = {
        "weights": [0.5, 0.5],
        "answers": [[0, 50, 100]] * 2,
        "shares": [[0.2, 0.3, 0.5], [0.1, 0.4, 0.5]],
        "covariance": [[1525, 700], [700, 1100]],
    }
    with pytest.raises(error, match=message):
        csi.ItemFigures(**given | change)


def test_curves_of_the_literature_stand_beside(fit):
    curve = csi.loyalty_curve(fit, rng=1, draws=99)
    found = curve.comparison_curves.groupby("shape")
    assert set(found.groups) == set(curve.comparisons["shape"])
    low, high = curve.window
    assert found["satisfaction"].min().eq(low).all()
    assert found["satisfaction"].max().eq(high).all()
    assert_allclose(np.diff(found.get_group("line")["loyalty"], 2), 0, atol=1e-9)
    assert_allclose(np.diff(found.get_group("cubic")["loyalty"], 4), 0, atol=1e-7)
    assert (np.diff(found.get_group("isotonic")["loyalty"]) >= 0).all()
    assert curve.comparisons["false_zones"].str.len().gt(0).all()
