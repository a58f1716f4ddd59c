"""The printed assessment: a threshold for every rule, reasons, at most 100 columns."""

import re
from dataclasses import replace

import pytest

import csi
from csi.assessment.rules import RULES
from csi.assessment.shown import NEEDED
from csi.display import text_table


@pytest.fixture(scope="module")
def assessment():
    model = csi.models.acsi()
    return csi.assess(csi.fit(model, csi.demo_survey()), n_boot=200, folds=2, repeats=1, rng=1)


def test_every_rule_says_briefly_what_is_needed():
    assert NEEDED.keys() == RULES.keys()
    assert max(map(len, NEEDED.values())) <= 22


def test_a_line_shows_number_threshold_and_verdict(assessment):
    lines = str(assessment).splitlines()
    assert max(map(len, lines)) <= 100
    assert not any("limit" in line.split() for line in lines)
    loading = next(line for line in lines if line.startswith("Indicator loadings: WRONGX"))
    shown = ["0.830", "0.805 to 0.854", "at least 0.708", "✓ passed"]
    assert re.split(r"  +", loading)[1:] == shown
    exact = next(line for line in lines if line.startswith("Exact fit: SRMR"))
    limit = assessment.table.loc["exact_srmr", "limit"]
    assert exact.split()[-5:] == ["at", "most", f"{limit:.3f}", "?", "doubtful"]


def test_what_was_not_computed_says_why():
    model = csi.models.acsi()
    assessment = csi.assess(csi.fit(model, csi.demo_survey()), n_boot=0, folds=2, repeats=1, rng=1)
    text = " ".join(str(assessment).split())
    assert "Path coefficients not computed" in text
    assert "Exact fit: d_G not computed: no resamples were asked for (n_boot=0)." in text
    assert "Standard errors of paths not computed: no bootstrap was given." in text
    assert "at most critical value" in text


def test_long_cells_go_on_in_the_next_line(assessment):
    table = assessment.table[["criterion", "value"]].head(2).reset_index(drop=True)
    table.loc[0] = "满意度 one two", 0.0
    assert text_table(table, widths={"criterion": 8}).splitlines()[2:] == [
        "满意度     0.000",
        "one two",
        "Loadings   0.963",
        "within 1",
    ]
    assert "满意度 one two" in str(replace(assessment.summary(), tables=(("", table),), widths={}))
