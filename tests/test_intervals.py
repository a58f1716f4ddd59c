"""Limits and p values of bootstrap replicates, against SciPy, closed forms and known truth."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from csi.core.intervals import METHODS, acceleration, bias, limits, p_values, standard_errors
from csi.errors import OptionError

every_method = pytest.mark.parametrize("method", METHODS)
COUNTING = [method for method in METHODS if method != "normal"]
B = 1999


def correlation(x, y, axis=-1):
    x, y = (v - v.mean(axis=axis, keepdims=True) for v in (x, y))
    return (x * y).sum(axis) / np.sqrt((x**2).sum(axis) * (y**2).sum(axis))


def difference(x, y, axis=-1):
    return x.mean(axis=axis) - y.mean(axis=axis)


def left_out(statistic, sample):
    """Influence of each respondent: mean of the jackknife minus its values."""
    values = np.array([statistic(np.delete(sample, i, axis=-1)) for i in range(sample.shape[-1])])
    return values.mean() - values


@pytest.fixture(scope="module")
def evidence():
    """Mean, spread and skewness of 40 skewed answers, with all that any method asks for."""
    rng = np.random.default_rng(8)
    sample = rng.gamma(2, size=40)
    statistics = [np.mean, np.std, stats.skew]
    resamples = sample[rng.integers(40, size=(B, 40))]
    estimate = np.array([statistic(sample) for statistic in statistics])
    replicates = np.array([statistic(resamples, axis=1) for statistic in statistics])
    influence = np.array([left_out(statistic, sample) for statistic in statistics])
    more = {
        "acceleration": acceleration(influence),
        "errors": rng.gamma(50, size=replicates.shape) / 50 * replicates.std(axis=1)[:, None],
        "error": replicates.std(axis=1),
    }
    return estimate, replicates, more


def rows(evidence, which):
    """The same evidence for some of the statistics."""
    estimate, replicates, more = evidence
    return estimate[which], replicates[which], {name: v[which] for name, v in more.items()}


# agreement


SEED = {"rng" if "rng" in inspect.signature(stats.bootstrap).parameters else "random_state": 5}
"""SciPy before 1.15 calls it otherwise."""


@pytest.mark.parametrize("method", ["percentile", "basic", "bca"])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("statistic", [np.mean, correlation])
def test_limits_and_errors_are_those_of_scipy(method, level, statistic):
    rng = np.random.default_rng(3)
    x = np.ceil(rng.gamma(2, size=40))  # so that replicates tie with the estimate
    data = (x, x + rng.gamma(1, size=40)) if statistic is correlation else (x,)
    oracle = stats.bootstrap(
        data,
        statistic,
        paired=True,
        n_resamples=B,
        confidence_level=level,
        method="BCa" if method == "bca" else method,
        **SEED,
    )
    estimate, replicates = np.array([statistic(*data)]), oracle.bootstrap_distribution[None, :]
    influence = left_out(lambda both: statistic(*both), np.array(data))
    bent = acceleration(influence[None, :])
    found = limits(estimate, replicates, method, level, acceleration=bent)
    assert_allclose([*found.lower, *found.upper], oracle.confidence_interval, rtol=1e-12)
    assert_allclose(standard_errors(replicates), oracle.standard_error, rtol=1e-12)


def test_bca_of_two_samples_is_that_of_scipy():
    rng = np.random.default_rng(3)
    x, y = rng.gamma(2, size=30), rng.gamma(1, size=12)
    oracle = stats.bootstrap((x, y), difference, n_resamples=B, method="BCa", **SEED)
    influence = np.r_[
        left_out(lambda kept: difference(kept, y), x) * 29 / 30,
        left_out(lambda kept: difference(x, kept), y) * 11 / 12,
    ]
    found = limits(
        np.array([difference(x, y)]),
        oracle.bootstrap_distribution[None, :],
        "bca",
        acceleration=acceleration(influence[None, :]),
    )
    assert_allclose([*found.lower, *found.upper], oracle.confidence_interval, rtol=1e-12)


def test_normal_limits_and_p_values_are_those_of_the_normal_distribution(evidence):
    estimate, replicates, _ = evidence
    se = replicates.std(axis=1, ddof=1)
    found = limits(estimate, replicates, "normal", 0.9)
    assert_allclose([found.lower, found.upper], stats.norm.interval(0.9, estimate, se))
    p = p_values(estimate, replicates, "normal", null=0.3)
    assert_allclose(p, 2 * stats.norm.sf(np.abs(estimate - 0.3) / se))


def test_studentized_answers_are_those_of_student_when_t_is():
    rng = np.random.default_rng(1)
    answers = rng.normal(7, 2, size=12)
    error = np.array([stats.sem(answers)])
    t = stats.t.ppf(np.linspace(0, 1, 4001)[1:-1], df=11)
    t = np.r_[-1e3, t, 1e3]  # in place of the infinite ends
    errors = rng.gamma(9, size=(1, 4001))
    estimate = np.array([answers.mean()])
    given = {"errors": errors, "error": error}
    found = limits(estimate, estimate + t * errors, "studentized", **given)
    student = stats.ttest_1samp(answers, 6)
    oracle = student.confidence_interval(0.95)
    assert_allclose([*found.lower, *found.upper], [oracle.low, oracle.high], rtol=1e-10)
    p = p_values(estimate, estimate + t * errors, "studentized", null=6, **given)
    assert_allclose(p, student.pvalue, atol=4 / 4000)  # guard and replaced end


def test_bias_is_the_mean_of_replicates_minus_the_estimate(evidence):
    estimate, replicates, _ = evidence
    assert_allclose(bias(estimate, replicates), replicates.mean(axis=1) - estimate, rtol=1e-12)


def test_coverage_of_the_mean_of_skewed_answers():
    """Eight hundred samples are as many statistics; the mean of their distribution is 1."""
    rng = np.random.default_rng(20)
    samples = rng.exponential(size=(800, 20))
    drawn = samples[:, rng.integers(20, size=(999, 20))]
    given = (samples.mean(axis=1), drawn.mean(axis=2))
    more = {
        "acceleration": acceleration(samples - samples.mean(axis=1, keepdims=True)),
        "errors": drawn.std(axis=2, ddof=1) / np.sqrt(20),
        "error": samples.std(axis=1, ddof=1) / np.sqrt(20),
    }
    covers = {}
    for method in METHODS:
        found = limits(*given, method, **more)
        covers[method] = np.mean((found.lower <= 1) & (found.upper >= 1))
        accepted = np.mean(p_values(*given, method, null=1, **more) >= 0.05)
        assert covers[method] == pytest.approx(accepted, abs=0.01)  # the guard
    assert covers["studentized"] == pytest.approx(0.95, abs=0.02)
    assert covers["basic"] < covers["percentile"] < covers["bca"] < covers["studentized"]


# p values belong to limits


def candidates(method, estimate, replicates, more):
    """The values of which the limits are quantiles."""
    if method == "basic":
        return 2 * estimate - replicates
    if method == "studentized":
        return estimate - more["error"] * (replicates - estimate) / more["errors"]
    return replicates


@every_method
@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.99])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_p_is_small_where_the_null_lies_outside(evidence, method, level, which):
    estimate, replicates, more = rows(evidence, np.full(500, which))
    null = np.linspace(2 * estimate[0] - replicates[0].max(), replicates[0].max(), 500)
    found = limits(estimate, replicates, method, level, **more)
    outside = (null < found.lower) | (null > found.upper)
    small = p_values(estimate, replicates, method, null=null, **more) < 1 - level
    assert 0 < small.sum() < 500
    assert outside[small].all()
    if method == "normal":
        assert small[outside].all()
    one, several, extra = rows(evidence, which)
    values = candidates(method, one, several, extra)
    for tested in null[outside & ~small]:  # the guard costs one replicate
        low, high = sorted([tested, found.lower[0] if tested < one else found.upper[0]])
        assert ((low < values) & (values < high)).sum() <= 1


@pytest.mark.parametrize("method", COUNTING)
def test_p_is_never_zero_nor_above_one(evidence, method):
    estimate, replicates, more = evidence
    for far in (-1e9, 1e9):
        p = p_values(estimate, replicates, method, null=far, **more)
        assert (p >= 2 / (B + 1)).all()
        assert (p < 0.03).all()  # 0.022 for the upper BCa limit of the spread, drawn too low
    ends = limits(estimate, replicates, method, 1e-9, **more)
    p = p_values(estimate, replicates, method, null=(ends.lower + ends.upper) / 2, **more)
    assert_allclose(p, 1, atol=6 / (B + 1))
    assert (p <= 1).all()


def test_a_normal_p_is_never_zero(evidence):
    estimate, replicates, _ = evidence
    assert (p_values(estimate, replicates, "normal", null=1e9) > 0).all()


def test_replicates_equal_to_the_null_count_on_both_sides():
    replicates = np.tile([0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 3.0, 3.0], (3, 1))
    given = (np.full(3, 1.0), replicates)
    expected = [2 * 4 / 10, 1, 2 * 3 / 10]
    assert_allclose(p_values(*given, "percentile", null=np.array([0.0, 1.0, 3.0])), expected)
    assert_allclose(p_values(*given, "basic", null=np.array([2.0, 1.0, -1.0])), expected)


# every row for itself


@every_method
def test_a_vector_of_statistics_equals_its_rows(evidence, method):
    estimate, replicates, more = evidence
    replicates = replicates.copy()
    replicates[0, ::3] = np.nan
    replicates[1] = estimate[1]
    evidence = estimate, replicates, more
    found = limits(estimate, replicates, method, **more)
    p = p_values(estimate, replicates, method, null=1, **more)
    for j in range(3):
        one, several, extra = rows(evidence, [j])
        alone = limits(one, several, method, **extra)
        assert_array_equal([alone.lower[0], alone.upper[0]], [found.lower[j], found.upper[j]])
        assert_array_equal(p_values(one, several, method, null=1, **extra), p[[j]])


@every_method
def test_failed_replicates_are_left_out(evidence, method):
    estimate, replicates, more = evidence
    failed = np.zeros(B, dtype=bool)
    failed[::7] = True
    marked = np.where(failed, np.nan, replicates)
    marked[1, failed] = np.inf
    fewer = {**more, "errors": more["errors"][:, ~failed]}
    for ask in (limits, p_values):
        ours = ask(estimate, marked, method, **more)
        expected = ask(estimate, replicates[:, ~failed], method, **fewer)
        if ask is limits:
            ours, expected = (ours.lower, ours.upper), (expected.lower, expected.upper)
        assert_allclose(ours, expected, rtol=1e-12)
    assert_allclose(standard_errors(marked), standard_errors(replicates[:, ~failed]), rtol=1e-12)
    assert_allclose(bias(estimate, marked), bias(estimate, replicates[:, ~failed]), rtol=1e-12)


@every_method
def test_nothing_is_known_without_estimate_or_replicates(evidence, method):
    estimate, replicates, more = evidence
    estimate, replicates = estimate.copy(), replicates.copy()
    estimate[0], replicates[1] = np.nan, np.nan
    found = limits(estimate, replicates, method, **more)
    p = p_values(estimate, replicates, method, **more)
    for values in (found.lower, found.upper, p):
        assert_array_equal(np.isnan(values), [True, True, False])
    assert_array_equal(np.isnan(standard_errors(replicates)), [False, True, False])
    assert_array_equal(np.isnan(bias(estimate, replicates)), [True, True, False])


def test_a_failed_error_leaves_out_its_replicate_only():
    estimate, error = np.array([5.0]), np.array([1.0])
    replicates, errors = np.arange(1.0, 10.0)[None, :], np.ones((1, 9))
    replicates[0, -1], errors[0, -1] = 1e6, 0
    given = {"errors": errors, "error": error}
    found = limits(estimate, replicates, "studentized", 1 - 1e-12, **given)
    assert_allclose([*found.lower, *found.upper], [5 - 3, 5 + 4])
    assert p_values(estimate, replicates, "studentized", null=1e9, **given) == 2 / 9


# degenerate distributions


@every_method
@pytest.mark.parametrize("jitter", [0, 1e-16])
def test_a_constant_statistic_has_its_value_as_limits(method, jitter):
    replicates = np.full((2, 99), [[1.0], [0.0]])
    replicates[0, ::2] -= jitter
    nothing = {"acceleration": np.zeros(2), "errors": np.zeros((2, 99)), "error": np.zeros(2)}
    found = limits(np.array([1.0, 0.0]), replicates, method, **nothing)
    for values in (found.lower, found.upper):
        assert_allclose(values, [1, 0], rtol=0, atol=2 * jitter)
    p = p_values(np.array([1.0, 0.0]), replicates, method, null=0, **nothing)
    assert_allclose(p, [2 / 100, 1], rtol=1e-12)


def test_equal_replicates_have_no_spread_at_all():
    replicates = np.full((3, 997), [[0.1], [1 / 3], [np.pi]])
    assert_array_equal(standard_errors(replicates), 0)


@pytest.mark.parametrize("bent", [-0.16, 0.0, 0.16])
def test_bca_stops_at_the_nearest_replicate(bent):
    replicates = np.tile(np.r_[np.arange(1.0, 100.0), np.nan], (2, 1))
    given = (np.array([0.0, 200.0]), replicates, "bca")
    found = limits(*given, acceleration=np.full(2, bent))
    assert_array_equal([found.lower, found.upper], [[1, 99], [1, 99]])
    p = p_values(*given, null=50.0, acceleration=np.full(2, bent))
    assert_allclose(p, 2 / 100)


# invariances


@every_method
@settings(max_examples=10, deadline=None)
@given(
    scale=st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3),
    shift=st.floats(-1e3, 1e3),
)
def test_other_units_move_the_limits_and_leave_p(evidence, method, scale, shift):
    estimate, replicates, more = evidence
    found = limits(estimate, replicates, method, **more)
    moved = limits(
        *(scale * estimate + shift, scale * replicates + shift, method),
        acceleration=np.sign(scale) * more["acceleration"],
        errors=abs(scale) * more["errors"],
        error=abs(scale) * more["error"],
    )
    ends = scale * np.array([found.lower, found.upper]) + shift
    assert_allclose([moved.lower, moved.upper], np.sort(ends, axis=0), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_a_monotone_transformation_goes_through(evidence, method):
    estimate, replicates, more = evidence
    plain = limits(estimate, replicates, method, **more)
    curved = limits(np.exp(estimate), np.exp(replicates), method, **more)
    between = 1e-3  # interpolation between neighbours is straight on one of the scales only
    assert_allclose(np.log([curved.lower, curved.upper]), [plain.lower, plain.upper], rtol=between)
    assert_array_equal(
        p_values(np.exp(estimate), np.exp(replicates), method, null=np.e, **more),
        p_values(estimate, replicates, method, null=1, **more),
    )


def test_acceleration_counts_respondents_of_equal_answers_each():
    influence = np.random.default_rng(2).gamma(1, size=(3, 8)) - 1
    copies = np.array([1, 2, 3, 1, 5, 1, 1, 4])
    expected = acceleration(np.repeat(influence, copies, axis=1))
    assert_allclose(acceleration(influence, copies), expected, rtol=1e-12)
    assert_allclose(acceleration(1e150 * influence, copies), expected, rtol=1e-12)


def test_acceleration_of_what_is_not_there():
    influence = np.array([[0.0, 0.0, 0.0], [np.nan, np.nan, np.nan], [np.nan, 1.0, 1.0]])
    assert_allclose(acceleration(influence), [0, np.nan, 2 / 6 / 2**1.5])


# refusals


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"method": "percentil"}, "Did you mean 'percentile'"),
        ({"level": 95}, "level is 95"),
        ({"level": "0.95"}, "level is '0.95'"),
        ({"method": "bca"}, "needs acceleration"),
        ({"method": "studentized", "errors": np.ones((2, 9))}, "needs error,"),
        ({"estimate": np.zeros(3)}, r"estimate has shape \(3,\)"),
        ({"method": "bca", "acceleration": np.zeros(1)}, r"acceleration has shape \(1,\)"),
        ({"replicates": np.empty((2, 0))}, r"shape \(2, 0\)"),
    ],
)
def test_what_has_no_meaning_is_refused(changed, message):
    given = {"estimate": np.zeros(2), "replicates": np.ones((2, 9)), "method": "percentile"}
    with pytest.raises(OptionError, match=message):
        limits(**{**given, **changed})
