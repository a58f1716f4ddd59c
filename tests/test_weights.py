"""Survey weights: what they do to counts, means and standard errors, and which are refused.

Standard errors of indices hold the item weights fixed, so that an index is a weighted mean of
scores; its Taylor linearisation is written out here, and frequency weights are compared with
statsmodels.
"""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from statsmodels.stats.weightstats import DescrStatsW

import csi
from csi import paths, reflective, single
from csi.core.moments import Moments
from csi.errors import DataError, DataQualityWarning, OptionError

N = 200
MODEL = csi.model(
    [reflective("Sat", ["s1", "s2", "s3"]), single("Loy", "l1")],
    [paths("Sat", "Loy")],
    scale=(1, 10),
)


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(20)
    opinion = rng.normal(size=(N, 1))
    answers = np.clip(np.round(6 + 1.5 * opinion + rng.normal(size=(N, 4))), 1, 10)
    return pd.DataFrame(answers, columns=list(MODEL.indicators))


@pytest.fixture(scope="module")
def weights():
    return np.random.default_rng(21).gamma(4, size=N)


@pytest.fixture(scope="module")
def counts():
    return np.random.default_rng(22).integers(0, 4, N)


def taylor(scores, weights):
    """Standard error of a weighted mean when respondents are drawn one by one."""
    n = len(scores)
    mean = np.average(scores, weights=weights)
    moved = weights * (scores - mean) / weights.sum()
    return np.sqrt(n / (n - 1) * (moved**2).sum())


# counts


def test_frequency_weights_count_respondents(frame, counts):
    fit = csi.fit(MODEL, csi.survey(frame, weights=counts, weight_type="frequency"))
    assert fit.n == counts.sum()
    assert (fit.indices["n"] == counts.sum()).all()
    assert fit.moments.effective_n == pytest.approx(counts.sum())


def test_frequency_weights_are_the_rows_written_out(frame, counts):
    weighted = Moments.from_rows(frame.to_numpy(), list(frame), weights=counts, frequency=True)
    written = frame.to_numpy()[np.repeat(np.arange(N), counts)]
    assert_allclose(weighted.mean, written.mean(axis=0), rtol=1e-13)
    assert_allclose(weighted.cov, np.cov(written.T), rtol=1e-12)
    assert_allclose(weighted.mean_cov, np.cov(written.T) / len(written), rtol=1e-12)


def test_sampling_weights_leave_n_and_lower_the_effective_n(frame, weights):
    fit = csi.fit(MODEL, csi.survey(frame, weights=weights))
    assert fit.n == N
    assert fit.moments.effective_n == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    assert "effective n" in dict(fit.settings.itertuples(index=False))["survey weights"]


def test_kish_of_equal_weights_is_n(frame):
    moments = csi.fit(MODEL, csi.survey(frame, weights=np.full(N, 3.7))).moments
    assert moments.effective_n == pytest.approx(N)


def test_kish_of_half_the_respondents(frame):
    half = np.r_[np.ones(N // 2), np.zeros(N // 2)]
    assert csi.fit(MODEL, csi.survey(frame, weights=half)).moments.effective_n == N / 2


def test_weights_are_those_of_the_respondents_used(frame, weights):
    kept = np.arange(N) % 50 != 0
    holed = frame.assign(s2=frame["s2"].where(kept))
    some = csi.fit(MODEL, csi.survey(holed, weights=weights))
    alone = csi.fit(MODEL, csi.survey(frame[kept], weights=weights[kept]))
    assert_allclose(some.indices["index"], alone.indices["index"], rtol=1e-13)


# means and covariances


def test_weighted_moments(frame, weights):
    moments = Moments.from_rows(frame.to_numpy(), list(frame), weights=weights)
    assert_allclose(moments.mean, np.average(frame, axis=0, weights=weights), rtol=1e-13)
    assert_allclose(
        moments.cov, np.cov(frame.T, aweights=weights, ddof=0) * N / (N - 1), rtol=1e-12
    )


def test_equal_sampling_weights_are_no_weights(frame):
    plain, equal = csi.fit(MODEL, frame), csi.fit(MODEL, csi.survey(frame, weights=np.full(N, 2.5)))
    assert_allclose(plain.indices[["index", "se"]], equal.indices[["index", "se"]], rtol=1e-12)
    assert_allclose(plain.paths["estimate"], equal.paths["estimate"], rtol=1e-12)


# standard errors


def test_unweighted_covariance_of_means_is_cov_over_n(frame):
    moments = Moments.from_rows(frame.to_numpy(), list(frame))
    assert_allclose(moments.mean_cov, np.cov(frame.T) / N, rtol=1e-13)


def test_standard_error_of_an_index_is_the_linearised_one(frame, weights):
    fit = csi.fit(MODEL, csi.survey(frame, weights=weights))
    for name, score in fit.index_scores.items():
        assert fit.indices.loc[name, "se"] == pytest.approx(taylor(score, weights), rel=1e-12)


def test_standard_error_of_an_unweighted_index_is_that_of_a_mean(frame):
    fit = csi.fit(MODEL, frame)
    assert_allclose(fit.indices["se"], fit.index_scores.sem(), rtol=1e-12)


def test_standard_error_with_frequency_weights_is_that_of_statsmodels(frame, counts):
    fit = csi.fit(MODEL, csi.survey(frame, weights=counts, weight_type="frequency"))
    for name, score in fit.index_scores.items():
        described = DescrStatsW(score, weights=counts[score.index])
        assert fit.index(name) == pytest.approx(described.mean, rel=1e-12)
        assert fit.indices.loc[name, "se"] == pytest.approx(described.std_mean, rel=1e-12)


def test_standard_error_with_missing_answers_is_that_of_a_ratio(frame, weights):
    holed = frame.mask(np.random.default_rng(23).random(frame.shape) < 0.2)
    fit = csi.fit(MODEL, csi.survey(holed, weights=weights, missing="pairwise"))
    answered = holed["l1"].notna().to_numpy()
    item = 100 * (holed["l1"].fillna(0).to_numpy() - 1) / 9
    mean = np.average(item[answered], weights=weights[answered])
    moved = np.where(answered, weights * (item - mean), 0) / weights[answered].sum()
    n = answered.sum()
    assert fit.index("Loy") == pytest.approx(mean, rel=1e-12)
    expected = np.sqrt(n / (n - 1) * (moved**2).sum())
    assert fit.indices.loc["Loy", "se"] == pytest.approx(expected, rel=1e-12)


def test_standard_error_is_the_spread_over_resamples(frame, weights):
    fit = csi.fit(MODEL, csi.survey(frame, weights=weights))
    rng = np.random.default_rng(24)
    at = rng.integers(0, N, (4000, N))
    scores = fit.index_scores.to_numpy()
    drawn = (scores[at] * weights[at][..., None]).sum(axis=1) / weights[at].sum(axis=1)[:, None]
    # 4000 resamples leave a standard deviation 1.1 % of itself uncertain; four times that
    assert_allclose(fit.indices["se"], drawn.std(axis=0), rtol=0.045)


def test_unequal_weights_make_means_less_certain(frame):
    fits = [
        csi.fit(MODEL, csi.survey(frame, weights=np.tile([1, spread], N // 2)))
        for spread in (1, 2, 5)
    ]
    errors = [fit.indices.loc["Loy", "se"] for fit in fits]
    effective = [fit.moments.effective_n for fit in fits]
    assert effective == sorted(effective, reverse=True)
    assert errors[0] < errors[2]


# what weights must be


@pytest.mark.parametrize(
    ("bad", "kind", "says"),
    [
        (
            np.nan,
            "sampling",
            r"1 weight in weights= is missing \(rows 7, counted from 0\)\. Give every row a weight",
        ),
        (np.inf, "sampling", "infinite"),
        (-1.0, "sampling", "negative"),
        (1.5, "frequency", "not whole .*weight_type='sampling'"),
        (500.0, "sampling", "Row 7 .* holds .* of the weight"),
    ],
)
def test_impossible_weights(frame, bad, kind, says):
    given = np.ones(N)
    given[7] = bad
    with pytest.raises(DataError, match=says):
        csi.survey(frame, weights=given, weight_type=kind)


def test_weights_of_another_length_or_sum_zero(frame):
    with pytest.raises(DataError, match="200 rows"):
        csi.survey(frame, weights=np.ones(N - 1))
    with pytest.raises(DataError, match="zero"):
        csi.survey(frame, weights=np.zeros(N))


def test_every_problem_of_the_weights_is_told_at_once(frame):
    given = np.ones(N)
    given[:3] = np.nan, np.inf, -1
    with pytest.raises(DataError) as refused:
        csi.survey(frame, weights=given)
    codes = {issue.code: issue.rows for issue in refused.value.issues}
    assert codes == {"weight-missing": (0,), "weight-infinite": (1,), "weight-negative": (2,)}


def test_extreme_weights_are_warned_about_with_kish(frame):
    given = np.where(np.arange(N) % 10 == 0, 50.0, 1.0)
    kish = given.sum() ** 2 / (given**2).sum()
    with pytest.warns(DataQualityWarning, match=rf"{N} respondents .* {kish:.1f} \(Kish\)"):
        csi.survey(frame, weights=given)


def test_weights_may_be_a_column_and_that_is_no_item(frame, weights):
    weighted = frame.assign(w=weights)
    by_name = csi.fit(MODEL, csi.survey(weighted, weights="w"))
    assert by_name.index("Sat") == csi.fit(MODEL, csi.survey(frame, weights=weights)).index("Sat")
    model = csi.model([reflective("Sat", ["s1", "w"]), single("Loy", "l1")], [paths("Sat", "Loy")])
    with pytest.raises(DataError, match="holds the weights and is also an item"):
        csi.fit(model, csi.survey(weighted, weights="w"))
    with pytest.raises(DataError, match=r"weights= names 'W'.*Did you mean 'w'"):
        csi.survey(weighted, weights="W")


def test_unknown_kinds_of_weights(frame):
    with pytest.raises(OptionError, match="Did you mean 'frequency'"):
        csi.survey(frame, weights=np.ones(N), weight_type="frequence")
