"""Industries, sectors and the nation, against sums written out."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import csi
from csi.comparing.aggregation import aggregate

FIRMS = ["Ford", "Audi", "Aldi", "Spar", "移动"]
ESTIMATE = np.array([80.0, 70.0, 76.0, 60.0, 66.0])
SE = np.array([1.0, 2.0, 0.5, 1.5, 0.8])
REVENUE = np.array([30.0, 10.0, 50.0, 50.0, 20.0])
LEVELS = ["firm", "industry", "sector"]


@pytest.fixture
def firms():
    """Indices of five firms and two constructs."""
    table = pd.DataFrame(
        {
            "group": np.tile(FIRMS, 2),
            "construct": np.repeat(["Satisfaction", "Loyalty"], 5),
            "index": np.r_[ESTIMATE, ESTIMATE - 5],
            "se": np.tile(SE, 2),
            "n": np.tile([250, 300, 200, 220, 280], 2),
        }
    )
    return SimpleNamespace(by="firm", indices=table)


@pytest.fixture
def weights():
    return pd.DataFrame(
        {
            "sector": ["goods", "goods", "goods", "goods", "services"],
            "firm": FIRMS,
            "industry": ["cars", "cars", "food", "food", "phones"],
            "revenue": REVENUE,
            "gdp": [40, 40, 40, 40, 60],
        }
    ).iloc[[3, 0, 4, 1, 2]]


@pytest.fixture(scope="module")
def fits():
    return csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="firm")


def named(table):
    return table.set_index("name")


def test_firms_make_industries_make_sectors_make_the_nation(firms, weights):
    value = {"firm": "revenue", "sector": "gdp"}
    table = aggregate(firms, weights, levels=LEVELS, value=value)
    assert table.columns.tolist() == [
        "level", "name", "parent", "construct", "index", "se", "lower", "upper", "n", "members",
        "share",
    ]  # fmt: skip
    counts = table["level"].value_counts()
    assert counts.to_dict() == {"firm": 5, "industry": 3, "sector": 2, "all": 1}
    found = named(table)
    # by hand: cars 0.75 * 80 + 0.25 * 70, food (76 + 60) / 2, goods 40 : 100, nation 0.4 : 0.6
    assert_allclose(found.loc[["cars", "food", "phones"], "index"], [77.5, 68, 66], rtol=1e-12)
    goods = (40 * 77.5 + 100 * 68) / 140
    assert_allclose(found.loc["goods", "index"], goods, rtol=1e-12)
    assert_allclose(found.loc["all", "index"], 0.4 * goods + 0.6 * 66, rtol=1e-12)
    assert_allclose(found.loc["Ford", "share"], 0.75, rtol=1e-12)
    assert_allclose(found.loc[["cars", "food", "phones"], "share"], [40 / 140, 100 / 140, 1])
    assert_allclose(found.loc[["goods", "services"], "share"], [0.4, 0.6])
    assert found.loc[["cars", "goods", "all"], "n"].tolist() == [550, 970, 1250]
    assert found.loc[["Ford", "cars", "goods", "all"], "members"].tolist() == [1, 2, 4, 5]
    assert found.loc[["Ford", "cars", "goods"], "parent"].tolist() == ["cars", "goods", "all"]


def test_errors_are_those_of_a_sum_of_independent_firms(firms, weights):
    value = {"firm": "revenue", "sector": "gdp"}
    found = named(aggregate(firms, weights, levels=LEVELS, value=value, level=0.9))
    share = np.r_[0.4 * REVENUE[:4] / 140, 0.6]
    drawn = np.random.default_rng(1).normal(ESTIMATE, SE, (200_000, 5)) @ share
    se = found.loc["all", "se"]
    assert_allclose(se, np.sqrt((share**2 * SE**2).sum()), rtol=1e-12)
    assert_allclose(se, drawn.std(), rtol=0.01)  # Monte Carlo error 0.2 %
    reach = 1.6448536269514722 * se
    assert_allclose(found.loc["all", "index"] - found.loc["all", "lower"], reach, rtol=1e-12)
    assert_allclose(found.loc["all", "upper"] - found.loc["all", "index"], reach, rtol=1e-12)


def test_levels_without_a_column_count_what_their_members_count(firms, weights):
    found = named(aggregate(firms, weights, levels=LEVELS, value="revenue"))
    assert_allclose(found.loc["all", "index"], np.average(ESTIMATE, weights=REVENUE), rtol=1e-12)
    assert_allclose(found.loc["goods", "share"], 140 / 160, rtol=1e-12)


@pytest.mark.parametrize("kind", [dict, pd.Series])
def test_plain_weights_of_one_level(fits, kind):
    revenue = {"Delta": 10, "Gamma": 20, "Beta": 30, "Alfa": 40}
    table = aggregate(fits, kind(revenue), construct=["Loyalty", "Satisfaction"], total="nation")
    nation = table[table["level"] == "nation"].set_index("construct")
    for construct in ("Loyalty", "Satisfaction"):
        own = fits.indices[fits.indices["construct"] == construct].set_index("group")["index"]
        expected = np.average(own[list(revenue)], weights=list(revenue.values()))
        assert_allclose(nation.loc[construct, "index"], expected, rtol=1e-12)
    assert nation["n"].tolist() == [sum(fit.n for fit in fits.values())] * 2
    assert table["level"].unique().tolist() == ["firm", "nation"]


def test_an_industry_of_one_firm_is_that_firm(fits):
    table = csi.aggregate({"Alfa": fits["Alfa"]}, {"Alfa": 3})
    assert table["index"].tolist() == [fits["Alfa"].index("Satisfaction")] * 2
    assert table["members"].tolist() == [1, 1]


def test_the_last_level_can_be_left_out(firms, weights):
    table = aggregate(firms, weights, levels=LEVELS[:2], value="revenue", total=None)
    assert table["level"].unique().tolist() == ["firm", "industry"]
    top = table[table["level"] == "industry"]
    assert top["parent"].isna().all()
    assert top["share"].isna().all()
    assert_allclose(named(top)["index"].loc[["food", "cars"]], [68, 77.5], rtol=1e-12)


def test_frames_of_other_libraries(firms, weights):
    polars = pytest.importorskip("polars").from_pandas(weights)
    options = {"levels": LEVELS, "value": "revenue"}
    expected = aggregate(firms, weights, **options)
    pd.testing.assert_frame_equal(aggregate(firms, polars, **options), expected)


def test_firms_on_one_side_only(firms, weights):
    options = {"levels": LEVELS, "value": "revenue"}
    extra = pd.concat([weights, weights.iloc[:1].assign(firm="all others")])
    with pytest.raises(csi.DataError, match=r"firm all others in the weights but not in the so"):
        aggregate(firms, extra, **options)
    with pytest.raises(csi.DataError, match=r"firm Spar without a row.*unmatched='drop'"):
        aggregate(firms, weights.iloc[1:], **options)
    with pytest.warns(csi.DataQualityWarning, match="firm Spar without a row in the weights"):
        table = aggregate(firms, weights.iloc[1:], **options, unmatched="drop")
    assert_allclose(named(table).loc["food", "index"], 76, rtol=1e-12)
    with pytest.warns(csi.DataQualityWarning, match="all others in the weights but not"):
        dropped = aggregate(firms, extra, **options, unmatched="drop")
    pd.testing.assert_frame_equal(
        dropped.sort_values(["level", "name"], ignore_index=True),
        aggregate(firms, weights, **options).sort_values(["level", "name"], ignore_index=True),
    )
    with pytest.raises(csi.DataError, match="Make the names agree"):
        aggregate(firms, {"VW": 1}, unmatched="drop")


@pytest.mark.parametrize(
    ("column", "cells", "message"),
    [
        ("revenue", [1, 0, 1, 1, 1], r"positive and finite; 'revenue' holds Ford: 0. Correct"),
        ("revenue", [1, -3, 1, np.nan, 1], "'revenue' holds Ford: -3, Audi: nan"),
        ("revenue", [1, 1, 1, 1, np.inf], "'revenue' holds Aldi: inf"),
        ("revenue", ["1", "2", "3", "4", "x"], "'revenue' holds more than numbers"),
        ("firm", ["Spar", "Ford", "移动", "Ford", "Aldi"], "firm Ford has several rows"),
        ("industry", ["food", "cars", None, "cars", "food"], r"1 rows of the weights name no indu"),
        ("industry", ["food", "cars", "phones", ["cars"], "food"], "name no industry"),
        ("sector", list("gggsg"), "industry cars has two values of sector: g and s. Give each"),
        ("gdp", [40, 40, 60, 41, 40], "sector goods has two values of gdp: 40.0 and 41.0"),
    ],
)
def test_weights_that_cannot_be_are_refused(firms, weights, column, cells, message):
    weights[column] = cells
    with pytest.raises(csi.DataError, match=message):
        aggregate(firms, weights, levels=LEVELS, value={"firm": "revenue", "sector": "gdp"})


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"value": None}, csi.OptionError, "2 columns that are no level: revenue, gdp. Name one"),
        ({"value": "revenues"}, csi.OptionError, r"no column 'revenues'.*Did you mean 'revenue'"),
        ({"value": {"sector": "gdp"}}, csi.OptionError, "Map 'firm', and further levels"),
        ({"value": {"firm": "revenue", "town": "gdp"}}, csi.OptionError, "Map 'firm'"),
        ({"levels": ["firm", "indstry"]}, csi.OptionError, r"no column 'indstry'.*Did you mean"),
        ({"levels": "firm"}, TypeError, "levels is 'firm'. List columns"),
        ({"levels": []}, TypeError, r"levels is \[\]"),
        ({"levels": ["firm", "firm"]}, TypeError, "each once"),
        ({"levels": ["firm", ["sector"]]}, TypeError, "List columns"),
        ({"construct": "Loyal"}, csi.OptionError, r"no construct 'Loyal'.*Did you mean 'Loyalty'"),
        ({"total": "sector"}, csi.OptionError, "total is 'sector'. Give a name that is no level"),
        ({"total": 1}, csi.OptionError, "total is 1"),
        ({"unmatched": "ignore"}, csi.OptionError, "unmatched is 'ignore'. Known: raise, drop"),
        ({"level": -1}, csi.OptionError, "level is -1"),
    ],
)
def test_options_without_meaning_are_refused(firms, weights, options, error, message):
    with pytest.raises(error, match=message):
        aggregate(firms, weights, **{"levels": LEVELS, "value": "revenue"} | options)


def test_sources_and_weights_of_another_kind_are_refused(firms, weights, fits):
    with pytest.raises(TypeError, match="Groups are needed"):
        aggregate(fits["Alfa"], weights)
    with pytest.raises(TypeError, match="int is no dataframe"):
        aggregate(firms, 3)
    with pytest.raises(csi.OptionError, match="no column 'industry'"):
        aggregate(firms, dict.fromkeys(FIRMS, 1.0), levels=["firm", "industry"])
