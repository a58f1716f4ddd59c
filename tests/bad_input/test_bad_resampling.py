"""Resampling that is asked for wrongly or cannot be done (situations 56, 59, 67, 96-102)."""

import os
import signal

import numpy as np
import pytest

import csi
from csi import DataError, EstimationError, InadmissibleWarning, OptionError, RowsRequiredError
from csi.errors import ArgumentTypeError

HERE = os.getpid()


@pytest.fixture
def good(fit, frame):
    return fit(frame, scale=(1, 10))


def loyalty(fit):
    return fit.index("Loyalty")


def test_056_comparison_of_one_group(model, frame):
    fits = csi.fit_by(model, frame.assign(firm="Alfa"), by="firm")
    for test in (csi.compare, csi.measurement_invariance):
        with pytest.raises(DataError, match=r"There is one group only: Alfa\. Give two"):
            test(fits, rng=1)


def test_059_stratum_with_one_cluster(fit, frame):
    firm, sector = np.arange(200) // 10, np.arange(200) // 10 // 19
    with pytest.raises(DataError, match=r"only one cluster: 1\..*"):
        fit(frame.assign(firm=firm, sector=sector), clusters="firm", strata="sector")


def test_067_bootstrap_of_a_matrix(model, corr, good):
    """RowsRequiredError is an EstimationError: the option has a meaning, the fit lacks the rows."""
    from_matrix = csi.fit(model, csi.Moments.from_correlation(corr, model.indicators, n=200))
    for fitted in (from_matrix, csi.from_json(csi.to_json(good))):
        for statistic in (None, loyalty):
            with pytest.raises(RowsRequiredError, match=r"needs rows: .* holds none; fit the surv"):
                csi.bootstrap(fitted, statistic, rng=1)


@pytest.mark.filterwarnings("ignore::csi.InadmissibleWarning")
def test_096_standard_errors_that_explode(ecsi, mobi):
    fit = csi.fit(ecsi, mobi, csi.PLS(consistent=True))
    with pytest.warns(
        InadmissibleWarning, match="near-collinear predictors of Value: Expectation, Q"
    ):
        csi.bootstrap(fit, n_boot=200, rng=1, max_failed=1)


def spoiled(frame, times, of):
    """Resamples of which some leave out the only five rows in which S1 varies."""
    frame["S1"] = np.where(np.arange(200) < 5, frame["S1"] % 5 + 1, 5)
    resamples = np.tile(np.arange(200), (of, 1))
    resamples[:times, :5] += 5
    return frame, resamples


@pytest.mark.filterwarnings("ignore::csi.DataQualityWarning")
def test_097_too_many_resamples_fail(fit, frame):
    frame, resamples = spoiled(frame, 30, 100)
    with pytest.raises(
        EstimationError, match=r"^30 of 100 .*: an item does not vary \(30\)\. .*max_failed=1\.$"
    ):
        csi.bootstrap(fit(frame), resamples=resamples)


@pytest.mark.filterwarnings("ignore::csi.DataQualityWarning")
def test_097_some_resamples_fail(fit, frame):
    frame, resamples = spoiled(frame, 3, 100)
    with pytest.warns(InadmissibleWarning, match=r"^3 of 100 .*: an item does not vary \(3\)\."):
        boot = csi.bootstrap(fit(frame), resamples=resamples)
    assert (boot.paths["failed"] == 3).all()


def test_098_too_many_resamples(good):
    with pytest.raises(OptionError, match=r"^n_boot is 1,000,001\. Give 1,000,000 at most"):
        csi.bootstrap(good, n_boot=1_000_001)


@pytest.mark.parametrize("n_boot", [99, 0, -1, 150.0, True, "100", None, np.float64(200)])
def test_098_too_few_resamples(good, n_boot):
    with pytest.raises(OptionError, match=r"^n_boot is .*\. Give a whole number from 100\.$"):
        csi.bootstrap(good, n_boot=n_boot)


@pytest.mark.parametrize("rng", [-1, 1.5, "a", True])
def test_099_what_is_no_seed(good, rng):
    with pytest.raises(OptionError, match=r"^rng is .*\. Give a whole number from 0, a numpy Gen"):
        csi.bootstrap(good, rng=rng)


@pytest.mark.parametrize("n_jobs", [0, -2, 1.0, True, "2", None])
def test_100_what_is_no_number_of_workers(good, n_jobs):
    with pytest.raises(OptionError, match=r"^n_jobs is .*\. Give the number of workers, from 1, o"):
        csi.bootstrap(good, n_jobs=n_jobs)


def test_101_worker_killed(good, tmp_path):
    def die(fit):
        return os.kill(os.getpid(), signal.SIGKILL) if os.getpid() != HERE else loyalty(fit)

    with pytest.raises(
        EstimationError, match=r"process was killed .* kept in .*run\.npz; the same call takes it "
    ):
        csi.bootstrap(good, die, n_boot=100, n_jobs=2, rng=1, checkpoint=tmp_path / "run.npz")


def test_102_interrupted_run_is_kept(good, tmp_path):
    """The fit itself, two tasks of 32 resamples, and five more."""
    left = [1 + 64 + 5]

    def interrupted(fit):
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return loyalty(fit)

    with pytest.raises(KeyboardInterrupt):
        csi.bootstrap(good, interrupted, n_boot=100, rng=1, checkpoint=tmp_path / "run.npz")
    with np.load(tmp_path / "run.npz") as kept:
        assert kept["tasks"].tolist() == [[0, 32], [32, 64]]


OPTIONS = [
    ({"interval": "BCA"}, r"interval is 'BCA'\. Known: percentile, .*\. Did you mean 'bca'\?"),
    ({"interval": None}, "interval is None. Known: percentile"),
    ({"level": 95}, r"level is 95\. Give a confidence level between 0 and 1, as 0\.95"),
    ({"level": 0.0}, r"level is 0\.0\. Give a confidence level"),
    ({"level": 1}, "level is 1. Give a confidence level"),
    ({"level": float("nan")}, "level is nan. Give"),
    ({"signs": "constructs"}, r"signs is 'constructs'\. Known: .* Did you mean 'construct'"),
    ({"method": "rao"}, r"method is 'rao'\. Known: rescaled, with_replacement"),
    ({"resamples": [[1, 2]]}, r"shape \(1, 2\)\. Give one resample in each row, with 200 positio"),
    ({"resamples": [range(1, 201)]}, r"outside 0 to 199: 200\. Positions count from 0; subtract 1"),
    ({"resamples": 5}, r"shape \(\)\. Give one resample in each row"),
    ({"resamples": [["a"] * 200]}, r"not whole numbers throughout: found list"),
    ({"resamples": [range(200)], "method": "rescaled"}, "but resamples were given. Leave out one"),
    ({"max_failed": -1}, r"max_failed is -1\. Give a share of resamples, from 0 to 1"),
    ({"max_failed": float("nan")}, "max_failed is nan. Give a share"),
    ({"max_failed": "all"}, "max_failed is 'all'. Give a share"),
    ({"n_inner": 1}, r"n_inner is 1\. Give a whole number from 2"),
    ({"progress": "yes"}, r"progress is 'yes'\. Give True, False or None"),
    ({"checkpoint": 7}, r"checkpoint is 7\. Give the path of a file"),
    ({"checkpoint": "absent/run.npz"}, r"absent, does not exist\. Make it first"),
]


@pytest.mark.parametrize(("options", "message"), OPTIONS, ids=lambda value: str(value)[:40])
def test_options_without_meaning(good, options, message):
    with pytest.raises(OptionError, match=message):
        csi.bootstrap(good, **options)


@pytest.mark.parametrize("given", [{}, None, "fit", 5])
def test_what_is_no_fit(given):
    with pytest.raises(ArgumentTypeError, match=r"takes a fit; found \w+\. Use csi\.fit\(model, d"):
        csi.bootstrap(given)


def test_options_that_belong_to_one_fit(model, frame):
    fits = csi.fit_by(model, csi.survey(frame.assign(firm=["x", "y"] * 100)), "firm")
    for options in ({"statistic": loyalty}, {"resamples": [range(100)]}, {"checkpoint": "run.npz"}):
        with pytest.raises(
            OptionError, match=r"belong to one fit\. Bootstrap the groups one by on"
        ):
            csi.bootstrap(fits, **options)


def test_tables_that_are_not_there(fit, frame):
    boot = csi.bootstrap(fit(frame), n_boot=100, rng=1)
    with pytest.raises(OptionError, match=r"has no indices: .* Declare scale, such as"):
        boot.indices  # noqa: B018 - the table is made when it is asked for
    with pytest.raises(
        OptionError, match=r"no table 'path'\. Known: paths, .* Did you mean 'paths"
    ):
        boot.family("path")
    with pytest.raises(OptionError, match="interval is 'exact'"):
        boot.with_interval("exact")
