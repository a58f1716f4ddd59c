"""Functions of a fit, bootstrapped one resample after the other."""

import functools
import sys
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import csi
from csi import CsiWarning, EstimationError, InadmissibleWarning, OptionError
from csi.resampling.functions import identity


@pytest.fixture(scope="module")
def fit(ecsi, mobi):
    return csi.fit(ecsi, csi.survey(mobi[:60], scale=(1, 10)))


DRAWN = np.random.default_rng(1).integers(0, 60, (12, 60))


def boot(fit, statistic, **options):
    return csi.bootstrap(fit, statistic, resamples=DRAWN, **options)


def index(fit):
    return fit.index("Loyalty")


# ------------------------------------------------------- what may be returned


@pytest.mark.parametrize(
    ("returned", "names", "values"),
    [
        (3, ["statistic"], [3]),
        (np.float32(0.5), ["statistic"], [0.5]),
        (Fraction(1, 4), ["statistic"], [0.25]),
        ((1, 2.0, True), ["0", "1", "2"], [1, 2, 1]),
        (np.array([True, False]), ["0", "1"], [1, 0]),
        (pd.Series([1.0, None], index=["a", "b"]), ["a", "b"], [1, np.nan]),
        (pd.Series({("x", "y"): 1.0, ("x", 3): np.inf}), ["x -> y", "x -> 3"], [1, np.inf]),
        ({"a": Decimal("0.5"), 7: np.True_}, ["a", "7"], [0.5, 1]),
    ],
    ids=str,
)
def test_numbers_in_every_shape(fit, returned, names, values):
    found = boot(fit, lambda fit: returned)
    assert list(found.names) == found.table["name"].tolist() == names
    assert_array_equal(found.table["estimate"], values)
    assert_array_equal(found.draws.replicates, np.tile(values, (12, 1)))
    assert found.table["failed"].tolist() == [0 if np.isfinite(v) else 12 for v in values]


@pytest.mark.parametrize(
    ("returned", "what"),
    [
        (None, "None"),
        ("1.5", "str with something else than numbers"),
        (["1", "2"], "list with something else than numbers"),
        ([[1.0, 2.0]], r"list of shape \(1, 2\)"),
        ([[1.0], [1.0, 2.0]], "list with something else"),
        ([], "list of no numbers"),
        ({}, "dict of no numbers"),
        ({"a": {"b": 1}}, "dict with something else"),
        (np.array([1j]), "ndarray with something else"),
        (np.datetime64("2020-01-01"), "datetime64 with something else"),
        (10**400, "int with something else"),
        (pd.DataFrame({"a": [1.0]}), r"DataFrame of shape \(1, 1\)"),
        ({1.0}, "set with something else"),
    ],
    ids=str,
)
def test_what_is_no_number(fit, returned, what):
    with pytest.raises(OptionError, match=rf"The statistic returns {what}.*\. Return a number, a"):
        boot(fit, lambda fit: returned)


# ------------------------------------------------------------------- failures


class Stumbling:
    """A statistic that does something else in every third resample."""

    def __init__(self, stumble):
        self.calls = -1
        self.stumble = stumble

    def __call__(self, fit):
        self.calls += 1
        return self.stumble(fit) if self.calls % 3 == 1 else index(fit)


def fail(fit):
    raise ValueError(f"no root near {fit.index('Value')}. Try again")


@pytest.mark.parametrize(
    ("stumble", "reason"),
    [
        (fail, "ValueError: no root near #"),
        (lambda fit: fit.index("Valeu"), "The model has no construct 'Valeu'"),
        (lambda fit: None, "The statistic returns None"),
        (lambda fit: [1.0, 2.0], "the statistic returns other numbers than for the fit"),
        (lambda fit: {"other": 1.0}, "the statistic returns other numbers than for the fit"),
    ],
    ids=["raises", "csi raises", "none", "more", "names"],
)
def test_failures_in_some_resamples_are_counted_by_reason(fit, stumble, reason):
    with pytest.warns(InadmissibleWarning, match="4 of 12 resamples failed"):
        found = boot(fit, Stumbling(stumble), max_failed=0.5)
    assert dict(found.failures) == {reason: 4}
    lost = np.arange(12) % 3 == 0
    assert_array_equal(np.isnan(found.draws.replicates[:, 0]), lost)
    assert found.table["failed"].item() == 4
    assert_array_equal(found.draws.replicates[~lost], boot(fit, index).draws.replicates[~lost])
    with pytest.raises(EstimationError, match=r"4 of 12 .* accept it with max_failed=1"):
        boot(fit, Stumbling(stumble))


def test_nan_in_some_resamples_is_counted_in_the_table(fit):
    found = boot(fit, Stumbling(lambda fit: np.nan))
    assert not found.failures
    assert found.table["failed"].item() == 4
    assert np.isfinite(found.table[["estimate", "se", "lower", "upper", "p"]].to_numpy()).all()


def test_a_statistic_that_fails_on_the_fit_itself(fit):
    with pytest.raises(OptionError, match=r"fails on the fit itself: ValueError: no root .*Try"):
        boot(fit, fail)
    with pytest.raises(OptionError, match="missing 1 required positional argument: 'b'"):
        boot(fit, lambda a, b: 1.0)
    with pytest.raises(OptionError, match="The model has no construct 'Valeu'"):
        boot(fit, lambda fit: fit.index("Valeu"))
    with pytest.raises(OptionError, match=r"statistic is 'index'\. Give a function of a fit"):
        boot(fit, "index")
    with pytest.raises(OptionError, match=r"For 500 resamples write n_boot=500\."):
        boot(fit, 500)


def test_leaving_is_left_to_the_user(fit):
    for kind in (KeyboardInterrupt, SystemExit):
        with pytest.raises(kind):
            boot(fit, Stumbling(lambda fit, kind=kind: (_ for _ in ()).throw(kind())))


def test_what_a_statistic_says_is_heard_but_not_what_csi_says(fit, capsys):
    def loud(fit):
        sys.stdout.write("out")
        sys.stderr.write("err")
        warnings.warn("look", UserWarning, stacklevel=2)
        warnings.warn("known", CsiWarning, stacklevel=2)
        return index(fit)

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        found = boot(fit, loud)
    said = [str(each.message) for each in heard]
    assert said.count("look") == 13
    assert said.count("known") == 1  # of the fit itself
    assert not found.failures
    streams = capsys.readouterr()
    assert streams.out.count("out") == streams.err.count("err") == 13


# ------------------------------------------------------------ what is resampled


def test_rows_of_a_resample_are_those_drawn(fit):
    found = boot(fit, lambda fit: fit.data.positions.astype(float))
    assert_array_equal(found.draws.replicates, np.sort(DRAWN))


def test_frequency_weights_stay_weights(ecsi, mobi):
    """Ten million respondents are drawn, but never spelled out."""
    survey = csi.survey(mobi, weights=np.full(250, 40_000), weight_type="frequency", scale=(1, 10))
    fit = csi.fit(ecsi, survey)
    found = csi.bootstrap(
        fit, lambda fit: [fit.n, len(fit.data.rows), index(fit)], n_boot=100, rng=1
    )
    batch = csi.bootstrap(fit, n_boot=100, rng=1)
    assert (found.draws.replicates[:, :2] == [1e7, 250]).all()
    at = batch.quantities.places["indices"].stop - 1
    assert_allclose(found.draws.replicates[:, 2], batch.draws.replicates[:, at], rtol=1e-12)


DESIGNS = {
    "respondents": {},
    "frequency": {"weights": "times", "weight_type": "frequency"},
    "clusters in strata": {"clusters": "firm", "strata": "sector", "weights": "w"},
}


@pytest.mark.parametrize("declared", DESIGNS.values(), ids=DESIGNS)
@pytest.mark.parametrize("interval", ["percentile", "bca"])
def test_limits_are_those_of_the_batch(ecsi, mobi, declared, interval):
    rng = np.random.default_rng(4)
    frame = mobi[:80].assign(
        times=rng.integers(0, 3, 80), w=rng.uniform(1, 2, 80), firm=np.arange(80) // 4,
        sector=np.arange(80) // 24,
    )  # fmt: skip
    fit = csi.fit(ecsi, csi.survey(frame, scale=(1, 10), **declared), csi.Sums())
    options = {"n_boot": 100, "rng": 1, "interval": interval}
    looped = csi.bootstrap(fit, lambda fit: fit.indices["index"], **options)
    batch = csi.bootstrap(fit, **options)
    columns = ["estimate", "se", "lower", "upper", "p", "failed"]
    assert_allclose(looped.table[columns], batch.indices[columns], rtol=1e-9)
    normal = looped.with_interval("normal", 0.5).table
    assert_allclose(normal[columns], batch.with_interval("normal", 0.5).indices[columns], rtol=1e-9)


def test_options_without_meaning_for_a_statistic(fit):
    with pytest.raises(OptionError, match=r"takes too long one by one\. Use interval='bca'"):
        boot(fit, index, interval="studentized")
    with pytest.raises(OptionError, match=r"signs='individual' has no meaning .* Give 'construct'"):
        boot(fit, index, signs="individual")


# ------------------------------------------------------------------- identity


def holding(value):
    return lambda fit: fit.index(value)


class Counting:
    def __init__(self, by):
        self.by = by

    def count(self, fit):
        return self.by


def itself():
    def again(fit):
        return again

    return again


DIFFERENT = [
    holding("Loyalty"),
    holding("Value"),
    holding(np.arange(3)),
    holding(np.arange(4)),
    lambda fit: fit.r2,
    lambda fit: fit.paths,
    lambda fit: 1.0,
    lambda fit: 2.0,
    lambda fit: [each for each in fit if each > 1],
    lambda fit: [each for each in fit if each > 2],
    lambda fit, at=1: at,
    lambda fit, at=2: at,
    lambda fit, *, at=2: at,
    functools.partial(lambda fit, at: 1.0, at=1),
    functools.partial(lambda fit, at: 2.0, at=1),
    functools.partial(holding, 1),
    functools.partial(holding, 2),
    Counting(1).count,
    Counting(2).count,
    itself(),
    holding(lambda fit: 1.0),
    holding(lambda fit: 2.0),
    holding(object()),
    index,
    max,
]


def test_functions_are_told_apart_by_code_and_what_they_hold():
    assert len({identity(each) for each in DIFFERENT}) == len(DIFFERENT)
    for make in (lambda: holding({"b": {3, 1}, "a": np.ones(2)}), itself, object):
        assert identity(make()) == identity(make())


def test_resamples_that_do_not_settle_fail_in_either_way(mobi, ecsi):
    """Also where the estimator itself would return where it stopped."""
    fit = csi.fit(ecsi, mobi, csi.PLS(max_iter=9, on_fail="return"))
    with pytest.warns(csi.InadmissibleWarning, match="the iteration does not settle"):
        whole = csi.bootstrap(fit, n_boot=100, rng=1, max_failed=1)
    with pytest.warns(csi.InadmissibleWarning, match="the iteration does not settle"):
        each = csi.bootstrap(fit, lambda f: f.paths["estimate"], n_boot=100, rng=1, max_failed=1)
    assert 0 < whole.failures["the iteration does not settle"] < 100
    assert each.failures == whole.failures
