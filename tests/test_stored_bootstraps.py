"""Bootstraps as JSON: what comes back, what is left out, and which files are refused."""

import json

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

import csi
from csi.errors import FileFormatError

TABLES = (
    "indices", "impacts", "paths", "effects", "specific_effects", "r2", "weights", "loadings",
    "construct_corr", "htmt", "reliability",
)  # fmt: skip


@pytest.fixture(scope="module")
def fit():
    return csi.fit(csi.models.acsi(), csi.demo_survey())


@pytest.fixture(scope="module")
def boot(fit):
    return csi.bootstrap(fit, n_boot=150, rng=2**63, interval="basic", level=0.8)


@pytest.fixture
def stored(boot):
    return json.loads(csi.to_json(boot))


def test_every_table_comes_back_to_the_last_digit(boot):
    back = csi.from_json(csi.to_json(boot))
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(back, name), getattr(boot, name), check_exact=True)
    assert (back.interval, back.level, back.failures) == ("basic", 0.8, {})
    assert back.resampling.seed == boot.draws.seed == 2**63
    assert back.replicates is None
    assert back.fit.data is None
    assert csi.to_json(back) == csi.to_json(boot)
    assert csi.report(boot.fit, boot=back) == csi.report(boot.fit, boot=boot)


def test_what_made_the_numbers_is_in_the_file(boot, stored):
    assert stored["schema"] == "csi-inference"
    assert stored["schema_version"] == 1
    assert stored["fingerprint"] == boot.fit.fingerprint
    assert stored["versions"]["numpy"] == np.__version__
    how = stored["resampling"]
    assert (how["number"], how["seed"], how["signs"]) == (150, 2**63, "construct")
    assert stored["tables"]["indices"]["lower"] == boot.indices["lower"].tolist()
    assert stored["replicates"] is None


def test_failures_come_back(mobi, ecsi):
    with pytest.warns(csi.InadmissibleWarning):
        fit = csi.fit(ecsi, csi.survey(mobi[:60], scale=(1, 10)), csi.PLS(consistent=True))
    with pytest.warns(csi.InadmissibleWarning):
        boot = csi.bootstrap(fit, n_boot=150, rng=1, max_failed=1)
    back = csi.from_json(csi.to_json(boot))
    assert back.failures == boot.failures != {}
    assert back.resampling.bad == boot.draws.part.bad.sum()
    pd.testing.assert_frame_equal(back.reliability, boot.reliability)


def test_replicates_are_stored_when_asked_for(boot):
    back = csi.from_json(csi.to_json(boot, replicates=True))
    assert_array_equal(back.replicates, boot.draws.replicates)
    assert_array_equal(
        csi.from_json(csi.to_json(back, replicates=True)).replicates, back.replicates
    )


def test_groups_come_back_and_can_be_ranked(tmp_path):
    fits = csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="firm")
    boots = csi.bootstrap(fits, n_boot=120, rng=1)
    csi.to_json(boots, tmp_path / "groups.json")
    back = csi.from_json(tmp_path / "groups.json")
    assert back.by == "firm"
    pd.testing.assert_frame_equal(back.indices, boots.indices, check_exact=True)
    pd.testing.assert_frame_equal(csi.rank(back).table, csi.rank(boots).table)


def test_numbers_may_name_groups():
    frame = csi.demo_survey().frame.to_native().assign(wave=lambda f: 2020 + f.index % 2)
    fits = csi.fit_by(csi.models.acsi(), csi.survey(frame, missing_codes=[98, 99]), by="wave")
    back = csi.from_json(csi.to_json(csi.bootstrap(fits, n_boot=100, rng=1)))
    assert list(back) == [2020, 2021]


@pytest.mark.parametrize(
    ("route", "value"),
    [
        (["fit"], KeyError),
        (["fit", "model"], {}),
        (["numbers", "se"], [1.0]),
        (["numbers", "se", 0], -1.0),
        (["numbers", "estimate", 0], 0.123),
        (["numbers", "lower", 3], 1e9),
        (["numbers", "upper", 3], "x"),
        (["numbers", "p", 0], 1.5),
        (["numbers", "failed", 0], 151),
        (["numbers", "failed", 0], 0.5),
        (["resampling", "interval"], "exact"),
        (["resampling", "level"], 95),
        (["resampling", "seed"], -1),
        (["resampling", "failures"], {"a": "b"}),
        (["resampling", "drawn"], 3),
        (["resampling", "more"], 3),
        (["replicates"], [[1.0]]),
    ],
)
def test_damaged_bootstraps(stored, route, value):
    place = stored
    for step in route[:-1]:
        place = place[step]
    if value is KeyError:
        del place[route[-1]]
    else:
        place[route[-1]] = value
    with pytest.raises(FileFormatError, match=r"damaged .*(Bootstrap|Fit) again\."):
        csi.from_json(json.dumps(stored))


def test_newer_files_and_other_results_are_refused(stored, fit):
    stored["schema_version"] = 2
    with pytest.raises(FileFormatError, match="version 2; this csi reads up to 1"):
        csi.from_json(json.dumps(stored))
    groups = {"schema": "csi-inference-groups", "schema_version": 1, "by": "firm", "groups": []}
    with pytest.raises(FileFormatError, match="damaged"):
        csi.from_json(json.dumps(groups))
    for wrong in (fit.paths, None):
        with pytest.raises(TypeError, match="cannot be stored"):
            csi.to_json(wrong)


def test_bootstraps_of_groups_take_other_limits_and_show_every_table(fit):
    fits = csi.fit_by(fit.model, csi.demo_survey(), by="firm")
    boots = csi.bootstrap(fits, n_boot=120, rng=1)
    assert repr(boots) == "<Bootstraps of 4 groups by firm>"
    other = boots.with_interval("bca", 0.9)
    expected = boots["Beta"].with_interval("bca", 0.9)
    for name in ("paths", "weights", "loadings", "specific_effects", "htmt", "reliability"):
        table = getattr(other, name)
        own = table[table["group"] == "Beta"].drop(columns="group").reset_index(drop=True)
        pd.testing.assert_frame_equal(own, getattr(expected, name).reset_index(drop=True))
    with pytest.raises(csi.OptionError, match="interval is 'BCA'"):
        boots.with_interval("BCA")


def test_other_limits_of_stored_bootstraps_are_refused(fit, boot):
    with pytest.raises(csi.OptionError, match=r"it holds basic limits at 80% only. Bootstrap the"):
        csi.from_json(csi.to_json(boot)).with_interval("bca")
    fits = csi.Fits("firm", {"all": fit}, pd.DataFrame(columns=["group", "n", "reason"]))
    stored = csi.from_json(csi.to_json(csi.bootstrap(fits, n_boot=100, rng=1)))
    assert repr(fits) == "<Fits of 1 group by firm>"
    assert repr(stored) == "<Bootstraps of 1 group by firm>"
    with pytest.raises(csi.OptionError, match="read from a file: it holds limits"):
        stored.with_interval("bca")
