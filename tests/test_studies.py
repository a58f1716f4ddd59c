"""Bundled studies, against what was printed and what other software made of them.

Source      ECSI mobile-phone study: Tenenhaus, Esposito Vinzi, Chatelin and Lauro (2005),
            CSDA 48, 159-205; rows in the R package semPLS.
Oracle      SmartPLS 2.0.M3, path weighting; its output files are in
            tests/SmartPLS/results/ecsi of semPLS (commit 96f0d593).
Tolerance   one unit of the last decimal printed, 1e-8.

Source      ACSI, sample of 2015: Morgeson, Hult, Sharma and Fornell (2023), Data in Brief 48,
            109123; rows at doi:10.17632/64xkbj2ry5.2, of which the study holds counts.
Compared    with the curves of the rows themselves, as docs/make_acsi_curve.py printed them.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import csi
from csi import studies

SMARTPLS_PATHS = {
    "Image -> Expectation": 0.50491393,
    "Expectation -> Quality": 0.55674896,
    "Expectation -> Value": 0.04998839,
    "Quality -> Value": 0.55830438,
    "Image -> Satisfaction": 0.1787395,
    "Expectation -> Satisfaction": 0.06252287,
    "Quality -> Satisfaction": 0.51202394,
    "Value -> Satisfaction": 0.1947651,
    "Satisfaction -> Complaints": 0.52806625,
    "Image -> Loyalty": 0.19575534,
    "Satisfaction -> Loyalty": 0.48547762,
    "Complaints -> Loyalty": 0.06692607,
}

OF_THE_ROWS = {
    ("processed food", None): [
        0.79636835,
        53.1674483,
        97.9299206,
        82.8042957,
        78.9863899,
        1.26541547,
    ],
    ("processed food", 2): [
        0.79636835,
        53.1674483,
        97.9299206,
        0.461991094,
        0.3157516,
        0.0550143496,
    ],
    ("airlines", None): [0.897949468, 35.7091743, 98.324155, 76.1553204, 74.4636196, 1.05104304],
    ("airlines", 2): [0.897949468, 35.7091743, 98.324155, 0.323276846, 0.268438977, 0.0273532049],
    ("internet service providers", None): [
        0.955047963,
        10.5234177,
        99.0661879,
        54.3999118,
        52.2267776,
        1.2238356,
    ],
    ("internet service providers", 2): [
        0.955047963,
        10.5234177,
        99.0661879,
        0.0142534555,
        -0.0518891712,
        0.00400094252,
    ],
    ("banks", None): [0.91065082, 39.5532894, 98.6156173, 77.0374078, 74.5825402, 1.00892399],
    ("banks", 2): [0.91065082, 39.5532894, 98.6156173, 0.309933377, 0.250584026, 0.0335171351],
}
"""Reliability, ends of the window; in its middle curve, lower limit, slope: mean and top two."""


def test_the_ecsi_study_reproduces_smartpls():
    fit = csi.fit(csi.models.ecsi_mobile(), studies.moments("ecsi-mobi"), csi.PLS(tol=1e-10))
    ours = {f"{row.source} -> {row.target}": row.estimate for row in fit.paths.itertuples()}
    assert ours.keys() == SMARTPLS_PATHS.keys()
    assert_allclose(
        [ours[name] for name in SMARTPLS_PATHS], list(SMARTPLS_PATHS.values()), atol=1e-8
    )


def test_the_moments_are_in_the_units_of_the_questionnaire():
    moments = studies.moments("ecsi-mobi")
    assert moments.units == "raw"
    assert moments.n == 250
    at = moments.columns.index("CUSA1")
    assert moments.mean[at] == pytest.approx(7.988, abs=1e-12)
    assert moments.sd[at] == pytest.approx(1.2336708536317138, rel=1e-12)
    sums = moments.mean * 250
    assert_allclose(sums, np.round(sums), atol=1e-9)


@pytest.mark.parametrize(("part", "top"), OF_THE_ROWS)
def test_curves_of_tables_are_those_of_the_rows(part, top):
    tab = studies.crosstab("acsi-2015-curve", part)
    scale = tab.outcome_scale
    outcome = {"outcome": tab.outcome, "outcome_scale": scale} if top is None else {
        "outcome": tab.outcome > scale[1] - top
    }  # fmt: skip
    curve = csi.loyalty_curve(
        score=tab.score, weights=tab.counts, weight_type="frequency", items=tab.items, rng=1,
        draws=99, **outcome,
    )  # fmt: skip
    low, high = curve.window
    at = curve.at(round((low + high) / 2)).iloc[0]
    ours = [curve.reliability, low, high, at["loyalty"], at["lower"], at["slope"]]
    assert_allclose(ours, OF_THE_ROWS[part, top], rtol=1e-7)  # nine digits were printed


def test_tables_count_every_respondent():
    tab = studies.crosstab("acsi-2015-curve", "airlines")
    assert tab.table.loc[100, 10] == tab.counts[(tab.score == 100) & (tab.outcome == 10)].item()
    assert tab.table.to_numpy().sum() == tab.n == 1372
    mean = tab.counts @ tab.score / tab.n
    of_items = sum(
        weight * (answers @ shares)
        for weight, answers, shares in zip(
            tab.items.weights, tab.items.answers, tab.items.shares, strict=True
        )
    )
    assert mean == pytest.approx(of_items, abs=0.1)  # scores are rounded to whole points


def test_the_catalogue_lists_every_study_with_its_source():
    table = studies.catalogue()
    assert list(table.columns) == ["name", "title", "read", "parts", "n", "items", "citation"]
    assert table["name"].is_unique
    for row in table.itertuples():
        assert "doi:" in row.citation
        if row.read == "moments":
            moments = studies.moments(row.name)
            assert (moments.n, len(moments.columns)) == (row.n, row.items)
        else:
            tabs = [studies.crosstab(row.name, part) for part in row.parts.split(", ")]
            assert sum(tab.n for tab in tabs) == row.n
            assert {len(tab.items.weights) for tab in tabs} == {row.items}


@pytest.mark.parametrize("read", [studies.moments, lambda name: studies.crosstab(name, "banks")])
@pytest.mark.parametrize("name", ["ecsi-moby", "demo", None, ["ecsi-mobi"]])
def test_unknown_studies_are_refused(read, name):
    with pytest.raises(csi.OptionError, match="There is no study"):
        read(name)


def test_a_study_is_told_from_what_reads_it():
    with pytest.raises(csi.OptionError, match=r"Read it with csi\.studies\.crosstab"):
        studies.moments("acsi-2015-curve")
    with pytest.raises(csi.OptionError, match=r"Read it with csi\.studies\.moments"):
        studies.crosstab("ecsi-mobi", "banks")


@pytest.mark.parametrize("part", ["bank", None, ["banks"], "5001"])
def test_unknown_parts_are_refused(part):
    with pytest.raises(csi.OptionError, match=r"has no part .* Known: processed food"):
        studies.crosstab("acsi-2015-curve", part)


def test_a_near_name_is_proposed():
    with pytest.raises(csi.OptionError, match="Did you mean 'ecsi-mobi'"):
        studies.moments("ecsi_mobi")
