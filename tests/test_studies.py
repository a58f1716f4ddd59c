"""Bundled studies, against what was printed and what other software made of them.

Source      ECSI mobile-phone study: Tenenhaus, Esposito Vinzi, Chatelin and Lauro (2005),
            CSDA 48, 159-205; rows in the R package semPLS.
Oracle      SmartPLS 2.0.M3, path weighting; its output files are in
            tests/SmartPLS/results/ecsi of semPLS (commit 96f0d593).
Tolerance   one unit of the last decimal printed, 1e-8.

Source      ACSI, sample of 2015: Morgeson, Hult, Sharma and Fornell (2023), Data in Brief 48,
            109123; rows at doi:10.17632/64xkbj2ry5.2, of which the study holds counts.
Compared    with what curves of the rows themselves are made of, as docs/make_acsi_curve.py printed.
"""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import csi
from csi import studies
from csi.core.curve.bins import bin_of

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
    ("processed food", None): [0.796368, 9.33129, 14.8969, 14.6398, 0.735009, 26.9398],
    ("processed food", 2): [0.796368, 9.33129, 14.8969, 14.6398, 0.0161451, -0.632058],
    ("airlines", None): [0.897949, 8.71184, 13.0679, 13.4362, 0.802689, 20.6835],
    ("airlines", 2): [0.897949, 8.71184, 13.0679, 13.4362, 0.0125957, -0.370719],
    ("internet service providers", None): [0.955048, 8.62547, 10.8128, 10.8259, 0.997582, 1.45276],
    ("internet service providers", 2): [0.955048, 8.62547, 10.8128, 10.8259, 0.00866167, -0.207115],
    ("banks", None): [0.910651, 8.56872, 13.9868, 10.7259, 0.96162, 6.19316],
    ("banks", 2): [0.910651, 8.56872, 13.9868, 10.7259, 0.0133435, -0.363189],
}
"""Mean, top two: reliability, errors of the items, slope and level of the line through the bins."""


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
def test_tables_hold_what_the_rows_say(part, top):
    tab = studies.crosstab("acsi-2015-curve", part)
    curve = curve_of_table(tab.score, tab.outcome, tab.counts, tab.items, top)
    some = curve.bins.weight > 0
    x, mean, variance = (getattr(curve.bins, name)[some] for name in ("x", "mean", "variance"))
    line = np.polyfit(x, mean, 1, w=1 / np.sqrt(variance))
    ours = [curve.reliability, *curve.observed.items().error, *line]
    assert_allclose(ours, OF_THE_ROWS[part, top], rtol=1e-5)  # six digits were printed


def test_a_table_makes_the_curve_of_its_respondents():
    fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    curve = csi.loyalty_curve(fit, rng=1, draws=99)
    observed = curve.observed
    answer = np.round(1 + 9 * observed.outcome / 100)
    cells = pd.DataFrame({"score": bin_of(observed.score), "answer": answer}).value_counts()
    score, answer = (cells.index.get_level_values(k).to_numpy(float) for k in (0, 1))
    table = curve_of_table(score, answer, cells.to_numpy(float), observed.figures)
    assert len(cells) < curve.n / 2
    pd.testing.assert_frame_equal(table.table, curve.table, rtol=1e-7)
    assert table.zone.p_value == curve.zone.p_value


def curve_of_table(score, answer, counts, items, top=None):
    if top is None:
        outcome = {"outcome": answer, "outcome_scale": (1, 10)}
    else:
        outcome = {"outcome": answer > 10 - top}
    return csi.loyalty_curve(
        score=score,
        weights=counts,
        weight_type="frequency",
        items=items,
        rng=1,
        draws=99,
        **outcome,
    )


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
    columns = ["name", "title", "read", "parts", "n", "items", "numbers", "citation"]
    assert list(table.columns) == columns
    assert table["name"].is_unique
    for row in table.itertuples():
        also = studies.study(row.name).also if row.read == "study" else ()
        assert any("doi:" in text or "https:" in text for text in (row.citation, *also)), row.name
        if row.read == "study":
            moments = studies.moments(row.name)
            assert (moments.n, len(moments.columns)) == (row.n, row.items)
            assert set(studies.model(row.name).indicators) <= set(moments.columns)
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
    with pytest.raises(csi.OptionError, match=r"Use csi\.studies\.crosstab"):
        studies.moments("acsi-2015-curve")
    with pytest.raises(csi.OptionError, match=r"Read it with csi\.studies\.study"):
        studies.crosstab("ecsi-mobi", "banks")


@pytest.mark.parametrize("part", ["bank", None, ["banks"], "5001"])
def test_unknown_parts_are_refused(part):
    with pytest.raises(csi.OptionError, match=r"has no part .* Known: processed food"):
        studies.crosstab("acsi-2015-curve", part)


def test_a_near_name_is_proposed():
    with pytest.raises(csi.OptionError, match="Did you mean 'ecsi-mobi'"):
        studies.moments("ecsi_mobi")
