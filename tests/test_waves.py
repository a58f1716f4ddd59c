"""Changes of indices from wave to wave, against formulas written out and scipy."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import csi
from csi.comparing.waves import change

ESTIMATE = {"2022": 70.0, "2023": 72.5, "2024": 71.0}
SE = {"2022": 0.6, "2023": 0.8, "2024": 1.5}


@pytest.fixture
def waves():
    """A bootstrap of three waves, as far as changes look at it."""
    rows = [
        (wave, construct, ESTIMATE[wave] + shift, SE[wave])
        for wave in ESTIMATE
        for construct, shift in (("Satisfaction", 0), ("Loyalty", 5))
    ]
    table = pd.DataFrame(rows, columns=["group", "construct", "estimate", "se"])
    return SimpleNamespace(by="year", indices=table)


@pytest.fixture(scope="module")
def fits():
    return csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="region")


def test_every_wave_is_compared_with_the_one_before(waves):
    table = change(waves, "Satisfaction", adjust="none")
    assert table.columns.tolist() == [
        "wave_from", "wave_to", "construct", "change", "se", "lower", "upper", "p", "p_adjusted"
    ]  # fmt: skip
    steps = table[["wave_from", "wave_to"]].to_numpy().tolist()
    assert steps == [["2022", "2023"], ["2023", "2024"]]
    assert_allclose(table["change"], [2.5, -1.5], rtol=1e-12)
    assert_allclose(table["se"], [1.0, 1.7], rtol=1e-12)
    assert_allclose(table["lower"], [2.5 - 1.959963984520054, -1.5 - 3.331938773718092])
    assert_allclose(table["upper"] + table["lower"], 2 * table["change"])
    assert_allclose(table["p"], 2 * stats.norm.sf([2.5, 1.5 / 1.7]), rtol=1e-12)
    assert_allclose(table["p_adjusted"], table["p"], rtol=0)


def test_or_with_the_first(waves):
    table = change(waves, "Satisfaction", against="first")
    assert table["wave_from"].tolist() == ["2022", "2022"]
    assert_allclose(table["change"], [2.5, 1.0], rtol=1e-12)
    assert_allclose(table["se"], np.hypot(0.6, [0.8, 1.5]), rtol=1e-12)


def test_p_values_are_adjusted_for_all_changes_in_the_table(waves):
    table = change(waves)
    assert table["construct"].tolist() == ["Satisfaction"] * 2 + ["Loyalty"] * 2
    low, high = sorted(set(table["p"].round(12)))
    assert_allclose(sorted(table["p_adjusted"]), [4 * low, 4 * low, 2 * high, 2 * high], rtol=1e-9)


def test_waves_in_another_order(waves):
    table = change(waves, "Loyalty", order=["2024", "2022"])
    assert table[["wave_from", "wave_to"]].to_numpy().tolist() == [["2024", "2022"]]
    assert_allclose(table["change"], -1.0, rtol=1e-12)


def test_fits_of_separate_surveys(fits):
    first, second = list(fits)[:2]
    table = change({"before": fits[first], "after": fits[second]}, ["Loyalty", "Value"])
    assert table["construct"].tolist() == ["Loyalty", "Value"]
    assert set(table["wave_from"]) == {"before"}
    expected = fits[second].index("Loyalty") - fits[first].index("Loyalty")
    assert_allclose(table.loc[0, "change"], expected, rtol=1e-12)
    whole = change(fits, "Loyalty")
    assert_allclose(whole.loc[0, "se"], table.loc[0, "se"], rtol=1e-12)


def test_nothing_changed_is_found_as_often_as_the_level_says():
    estimate = np.random.default_rng(4).normal(75, [[0.8, 1.4]] * 200)
    table = pd.DataFrame(
        {
            "group": np.tile([1, 2], 200),
            "construct": np.repeat([f"c{i}" for i in range(200)], 2),
            "estimate": estimate.ravel(),
            "se": np.tile([0.8, 1.4], 200),
        }
    )
    found = change(SimpleNamespace(indices=table), adjust="none")["p"] < 0.1
    assert_allclose(found.mean(), 0.1, atol=3 * np.sqrt(0.1 * 0.9 / 200))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"construct": "Loyality"},
            csi.OptionError,
            "no construct 'Loyality'.*Did you mean 'Loyal",
        ),
        ({"construct": 3}, TypeError, "construct is 3. Name one or list several"),
        ({"construct": []}, TypeError, r"construct is \[\]"),
        ({"order": ["2022", "2032"]}, csi.OptionError, "order names '2032', which is no wave"),
        ({"order": [2022, "2023"]}, csi.OptionError, "Did you mean '2022', of type str"),
        ({"order": ["2022"]}, csi.OptionError, "List at least two waves, each once"),
        ({"order": ["2022", "2022"]}, csi.OptionError, "List at least two waves, each once"),
        ({"order": "2022"}, TypeError, "order is '2022'. List the waves"),
        ({"order": [["2022"], ["2023"]]}, csi.OptionError, "which is no wave"),
        ({"against": "last"}, csi.OptionError, "against is 'last'. Known: previous, first"),
        ({"adjust": "sidak"}, csi.OptionError, "adjust is 'sidak'"),
        ({"level": 1.0}, csi.OptionError, "level is 1.0"),
    ],
)
def test_options_without_meaning_are_refused(waves, options, error, message):
    with pytest.raises(error, match=message):
        change(waves, **options)


def test_one_wave_is_no_change(fits):
    with pytest.raises(csi.OptionError, match="one group only"):
        change({"2023": fits[next(iter(fits))]})
    with pytest.raises(TypeError, match="Groups are needed, and a Fit holds none"):
        change(fits[next(iter(fits))])
