"""Curves of the literature fitted for comparison.

Source      bins of the 0-100 score made up by formulas (`golden/scripts/curve.R`).
Oracle      segmented 1.6-2 (kinks, test of Davies) and isoreg of R 4.2.2; statsmodels WLS;
            scipy curve_fit; curves without noise behind a known posterior.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from scipy.optimize import curve_fit

from csi.core.curve.false_zones import FALSE_ZONES
from csi.core.curve.kinked import (
    candidates,
    davies,
    kink_statistics,
    one_kink,
    pair_gains,
    sup_f,
    two_kinks,
)
from csi.core.curve.shape_fit import Problem
from csi.core.curve.shapes import cubic, isotonic, line, logistic, power, shape_fits, steeper
from csi.core.resample import stream
from csi.errors import EstimationError

GOLDEN = json.loads((Path(__file__).parent / "golden/curve.json").read_text())
SCORES = np.arange(101.0)
WINDOW = (20.0, 95.0)

KINKS = 1e-6  # segmented stops before its kinks settle to more digits than this


def bins(name):
    found = GOLDEN["bins"][name]
    some = np.array(found["count"]) > 0
    return np.where(some, found["mean"], 0), np.where(some, found["variance"], np.inf)


def problem(name="bent", posterior=None, T=SCORES, mean=None, **settings):
    known, variance = bins(name)
    return Problem.of(
        np.eye(101) if posterior is None else posterior,
        T,
        known if mean is None else mean,
        variance,
        grid=SCORES,
        window=WINDOW,
        n=sum(GOLDEN["bins"][name]["count"]),
        **settings,
    )


def measured_with_error():
    """Posterior of true scores, two points apart, with an error of seven points."""
    T = np.arange(0, 101, 2.0)
    joint = stats.norm.pdf(SCORES[:, None], T, 7) * stats.beta.pdf((T + 1) / 102, 4, 2)
    return joint / joint.sum(axis=1, keepdims=True), T


def three_pieces(of):
    return two_kinks(of, line(of), one_kink(of), stream(1))


def zones(fit):
    return {reading.rule: reading.zone for reading in fit.readings}


@pytest.mark.parametrize(
    ("kind", "name"), [("one_kink", "bent"), ("one_kink", "convex"), ("two_kinks", "bent")]
)
def test_kinks_of_segmented(kind, name):
    expected = GOLDEN[kind][name]
    fit = (one_kink if kind == "one_kink" else three_pieces)(problem(name))
    psi, psi_se = np.atleast_1d(expected["psi"]), np.atleast_1d(expected["psi_se"])
    assert_allclose(fit.estimate, [expected["intercept"], *expected["slopes"], *psi], atol=KINKS)
    assert_allclose(fit.rss, expected["rss"], rtol=1e-10)
    ses = np.array([*expected["slopes_se"], *psi_se]) / expected["sigma"]
    assert_allclose(fit.se[1:], ses, rtol=KINKS)


@pytest.mark.parametrize("name", ["convex", "line"])
def test_davies_of_segmented(name):
    expected = GOLDEN["davies"][name]
    theirs = np.array(expected["statistics"])
    ours = kink_statistics(problem(name), np.array(expected["values"], float))
    assert_allclose(ours / expected["sigma"], theirs, rtol=1e-9)
    assert_allclose(davies(theirs), expected["p"], rtol=1e-9)


@pytest.mark.parametrize("name", ["bent", "line"])
def test_isotonic_of_r(name):
    mean, variance = bins(name)
    expected = GOLDEN["isotonic"][name]
    at = np.array(expected["x"], float)
    fit = isotonic(SCORES, mean, variance, grid=at, window=WINDOW, n=1000)
    assert_allclose(fit.curve, expected["value"], rtol=1e-10)
    assert fit.parameters == len(np.unique(np.round(expected["value"], 8)))
    residual = (mean - fit.curve[np.searchsorted(at, SCORES).clip(0, len(at) - 1)])[at.astype(int)]
    assert_allclose(fit.rss, (residual**2 / variance[at.astype(int)]).sum(), rtol=1e-10)


def test_cubic_of_statsmodels():
    import statsmodels.api as sm

    posterior, T = measured_with_error()
    mean, variance = bins("bent")
    some = np.isfinite(variance)
    X = posterior[some] @ ((T[:, None] - 50) / 50) ** np.arange(4)
    theirs = sm.WLS(mean[some], X, weights=1 / variance[some]).fit(
        cov_type="fixed scale", cov_kwds={"scale": 1.0}
    )
    fit = cubic(problem("bent", posterior, T))
    assert_allclose(fit.estimate, theirs.params, rtol=1e-8)
    assert_allclose(fit.se, theirs.bse, rtol=1e-8)
    assert_allclose(fit.rss, theirs.ssr, rtol=1e-8)
    z = (SCORES - 50) / 50
    assert_allclose(fit.curve, z[:, None] ** np.arange(4) @ theirs.params, rtol=1e-8)
    assert_allclose(fit.slope[1:-1], np.gradient(fit.curve, SCORES)[1:-1], atol=1e-3)


@pytest.mark.parametrize(
    ("shape", "start", "form"),
    [
        (power, (5, 85, 2), lambda t, a, b, c: a + (b - a) * (t / 100) ** c),
        (
            logistic,
            (10, 80, 60, 8),
            lambda t, a, b, c, h: a + (b - a) / (1 + np.exp(-(t - c) / h)),
        ),
    ],
)
def test_curves_of_curve_fit(shape, start, form):
    name = shape.__name__
    mean, variance = bins(name)
    some = np.isfinite(variance)
    theirs, covariance = curve_fit(
        form, SCORES[some], mean[some], start, np.sqrt(variance[some]), absolute_sigma=True
    )
    fit = shape(problem(name))
    assert fit.settled
    assert_allclose(fit.estimate, theirs, rtol=1e-5)  # curve_fit stops at 1e-8 of the cost
    assert_allclose(fit.se, np.sqrt(np.diag(covariance)), rtol=1e-4)
    assert_allclose(fit.curve[1:], form(SCORES[1:], *theirs), rtol=1e-5)
    assert_allclose(fit.slope[2:-1], np.gradient(fit.curve, SCORES)[2:-1], atol=5e-3)


def test_covariance_of_slopes_and_kink():
    mean, variance = bins("bent")
    some = np.isfinite(variance)
    _, theirs = curve_fit(
        lambda t, a, s, u, c: a + s * t + (u - s) * np.maximum(t - c, 0),
        SCORES[some],
        mean[some],
        (38, 0.5, 1.5, 77.3),
        np.sqrt(variance[some]),
        absolute_sigma=True,
    )
    size = np.sqrt(np.diag(theirs))
    ours = one_kink(problem()).covariance
    assert_allclose(ours / np.outer(size, size), theirs / np.outer(size, size), atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "truth", "expected"),
    [
        (line, lambda t: 15 + 0.7 * t, [15, 0.7]),
        (power, lambda t: 5 + 80 * (t / 100) ** 2.3, [5, 85, 2.3]),
        (logistic, lambda t: 12 + 70 / (1 + np.exp(-(t - 58) / 8)), [12, 82, 58, 8]),
        (one_kink, lambda t: 20 + 0.3 * t + np.maximum(t - 61, 0), [20, 0.3, 1.3, 61]),
        (
            three_pieces,
            lambda t: 20 + t - 0.9 * np.maximum(t - 49, 0) + np.maximum(t - 71, 0),
            [20, 1, 0.1, 1.1, 49, 71],
        ),
    ],
)
def test_true_curves_come_back_through_measurement_error(shape, truth, expected):
    posterior, T = measured_with_error()
    fit = shape(problem("bent", posterior, T, mean=posterior @ truth(T)))
    if shape in (one_kink, three_pieces):  # between two true scores a kink can be anywhere
        assert_allclose(fit.estimate[-1], expected[-1], atol=1.01)
        assert_allclose(fit.estimate[1:3], expected[1:3], atol=0.02)
    else:
        assert_allclose(fit.estimate, expected, rtol=2e-5)
    assert_allclose(fit.curve, truth(SCORES), atol=1.2)


def test_information_criteria():
    fit = three_pieces(problem())
    n = sum(GOLDEN["bins"]["bent"]["count"])
    assert fit.parameters == 6
    assert_allclose([fit.aic, fit.bic], [fit.rss + 12, fit.rss + 6 * np.log(n)])


def test_usual_readings():
    bent, straight, twice = problem("bent"), problem("line"), three_pieces(problem("bent"))
    assert zones(twice) == {"sup-F": True, "pairwise t": True, "BIC": True}
    assert_allclose([twice.readings[0].low, twice.readings[0].high], twice.estimate[4:])
    assert zones(three_pieces(straight)) == {"sup-F": False, "pairwise t": False, "BIC": False}
    both, neither = ({"cubic sign": zone, "cubic": zone} for zone in (True, False))
    assert zones(cubic(bent)) == both
    assert zones(cubic(problem("convex"))) == zones(cubic(straight)) == neither
    hockey = problem(mean=20 + 0.5 * SCORES + 1.5 * np.maximum(SCORES - 68, 0))
    assert zones(cubic(hockey)) == {"cubic sign": True, "cubic": False}
    assert not np.isfinite(cubic(straight).readings[0].low)


def test_error_of_how_much_steeper_a_cubic_is():
    fit, z, step = cubic(problem()), 0.9, 1e-6

    def more(b):
        slope = b[1] + 2 * b[2] * z + 3 * b[3] * z**2
        return slope - (b[1] - b[2] ** 2 / (3 * b[3]))

    by = np.array(
        [(more(fit.estimate + one) - more(fit.estimate)) / step for one in step * np.eye(4)]
    )
    se = np.sqrt(by @ fit.covariance @ by)
    assert_allclose(steeper(fit, z), more(fit.estimate) / se, rtol=1e-4)


def test_gains_of_pairs_are_those_of_regressions():
    posterior, T = measured_with_error()
    of = problem("bent", posterior, T)
    knots = candidates(of)
    gains = pair_gains(of, of.data.y[None])[0]
    i, j = np.triu_indices(len(knots), 1)
    at = int(gains.argmax())
    X = of.data.P @ np.column_stack(
        [T**0, T, np.maximum(T - knots[i[at]], 0), np.maximum(T - knots[j[at]], 0)]
    )
    rss = np.linalg.lstsq(X, of.data.y, rcond=None)[1][0]
    assert_allclose(gains[at], line(of).rss - rss, rtol=1e-7)


def test_every_reading_has_its_rate():
    mean, variance = bins("bent")
    fits = shape_fits(problem(), stream(1))
    fits += (isotonic(SCORES, mean, variance, grid=SCORES, window=WINDOW, n=1000),)
    assert [fit.shape for fit in fits][3:] == ["two kinks", "power", "logistic", "isotonic"]
    assert {reading.rule for fit in fits for reading in fit.readings} <= FALSE_ZONES.keys()
    assert str(FALSE_ZONES["cubic"]).startswith("false zones in up to 37.0% of samples")


def test_flat_block():
    level = np.minimum(SCORES, 50) + np.maximum(SCORES - 70, 0)
    found = isotonic(SCORES, level, np.ones(101), grid=SCORES, window=WINDOW, n=101)
    (reading,) = found.readings
    assert (reading.zone, reading.low, reading.high) == (True, 50, 70)
    hockey = np.maximum(SCORES - 70, 0)
    found = isotonic(SCORES, hockey, np.ones(101), grid=SCORES, window=WINDOW, n=101)
    assert not found.readings[0].zone
    falling = isotonic(
        SCORES, -level, np.ones(101), grid=SCORES, window=WINDOW, n=101, increasing=False
    )
    assert_allclose(falling.curve, -level)


def test_what_the_data_leave_open():
    fit = logistic(problem("line"))
    assert not fit.settled
    assert np.isnan(fit.se).all()
    assert_allclose(fit.curve[30:95], 15 + 0.7 * SCORES[30:95], atol=1.5)


def test_errors_of_clusters():
    _, variance = bins("bent")
    noise = np.diag(np.where(np.isfinite(variance), 4 * variance, 0))
    ours, alone = (three_pieces(one) for one in (problem(noise=noise), problem()))
    assert_allclose(ours.estimate, alone.estimate)
    assert_allclose(ours.se, 2 * alone.se)
    statistics = (
        kink_statistics(one, SCORES[30:90:5]) for one in (problem(noise=noise), problem())
    )
    assert_allclose(2 * next(statistics), next(statistics))


def test_size_of_the_test_against_a_line():
    rng = stream(3)
    _, variance = bins("line")
    some = np.isfinite(variance)
    noise = rng.standard_normal((120, 101)) * np.sqrt(np.where(some, variance, 0))
    p = [sup_f(problem("line", mean=5 + SCORES + e), rng, draws=99) for e in noise]
    assert 0.01 <= np.mean(np.array(p) <= 0.05) <= 0.1
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_too_few_scores():
    mean, variance = bins("bent")
    variance = np.where(SCORES % 40 == 20, variance, np.inf)
    few = Problem.of(np.eye(101), SCORES, mean, variance, grid=SCORES, window=WINDOW, n=9)
    with pytest.raises(EstimationError, match="3 distinct scores cannot tell 4 terms"):
        cubic(few)
