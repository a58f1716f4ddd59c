"""Printed tables of the catalogue beside our numbers; what is not reproduced is not called so.

Every folder of csi/studies states its own oracle, source and settings. A number agrees if ours,
rounded to the decimals printed, is the printed one; nothing else is allowed for.
"""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csi
from csi.published.agreement import agreed_decimals
from csi.published.numerals import Numeral, printed_as
from csi.published.quantities import QUANTITIES, quantity
from csi.published.reproducing import Reproduction
from csi.published.tables import PrintedTable
from csi.published_commands import markdown


@pytest.mark.parametrize(
    ("text", "value", "decimals"),
    [
        (".512", 0.512, 3),
        ("0.510", 0.51, 3),
        ("−0.07", -0.07, 2),
        ("0,4957", 0.4957, 4),
        ("0.34***", 0.34, 2),
        (".195 (.04)", 0.195, 3),
        ("０．５１", 0.51, 2),
        ("72", 72.0, 0),
        ("1.2e-3", 0.0012, 4),
        ("+.5 †", 0.5, 1),
        ("− .07", -0.07, 2),
        ("0,557 a)", 0.557, 3),
        (".31b", 0.31, 2),
        ("(0.192)", 0.192, 3),
        (0.25, 0.25, 2),
        (np.float64(7), 7.0, 0),
        (np.float32(0.512), 0.512, 3),
    ],
)
def test_printed_numbers_are_read(text, value, decimals):
    read = Numeral.read(text)
    assert (read.value, read.decimals) == (value, decimals)


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "n.s.",
        "1,234,5",
        "1.2.3",
        "<.001",
        "nan",
        float("nan"),
        True,
        None,
        [1],
        "0x1f",
    ],
)
def test_what_is_no_number_is_refused(junk):
    with pytest.raises(csi.DataError, match="no printed number"):
        Numeral.read(junk)


@pytest.mark.parametrize(
    ("ours", "printed", "decimals"),
    [
        (0.5124, ".512", 3),
        (0.5125, ".512", 3),
        (0.51251, ".512", 2),
        (0.5176, ".512", 1),
        (0.49, ".512", 1),
        (0.44, ".512", 0),
        (2.6, ".512", -1),
        (np.nan, ".512", -1),
        (72.45, "72", 0),
        (-0.001, ".00", 2),
    ],
)
def test_decimals_to_which_numbers_agree(ours, printed, decimals):
    assert agreed_decimals(ours, Numeral.read(printed)) == decimals


def test_numbers_are_printed_as_people_print_them():
    assert printed_as(0.0625, 3) == "0.063"
    assert printed_as(0.0629, 3, "truncated") == "0.062"
    assert printed_as(-0.0004, 3) == "0.000"
    assert printed_as(np.nan, 3) == "not defined"


def test_numbers_without_text_are_as_exact_as_the_longest_of_their_kind():
    table = PrintedTable.read({"path": {"A -> B": 0.3, "B -> C": 0.125}, "r2": {"B": 0.5}})
    assert [cell.printed.decimals for cell in table.cells] == [3, 3, 1]
    assert {c.printed.decimals for c in PrintedTable.read({"r2": {"B": 0.5}}, 2).cells} == {2}


@pytest.mark.parametrize(
    ("name", "written", "label"),
    [
        ("path", "A→B", "A -> B"),
        ("path", "B ~ A", "A -> B"),
        ("path", "质量 => 满意 度", "质量 -> 满意 度"),
        ("construct_corr", "B <-> A", "A ~ B"),
        ("htmt", "B ~~ A", "A ~ B"),
        ("estimate", "f=~x1", "f =~ x1"),
        ("se", "y ~~x", "x ~~ y"),
        ("weight", " CUSA1 ", "CUSA1"),
    ],
)
def test_labels_may_be_written_as_elsewhere(name, written, label):
    assert quantity(name).label(written) == label


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Path coefficients", "path"),
        ("R²", "r2"),
        ("R-Square", "r2"),
        ("Cronbach’s alpha", "alpha"),
        ("HTMT", "htmt"),
        ("Outer Loadings", "loading"),
        ("路径系数", "path"),
        ("AVE", "ave"),
    ],
)
def test_quantities_may_be_called_as_in_papers(name, meant):
    assert quantity(name).name == meant
    label = "A, B" if meant == "htmt" else "A -> B"
    assert PrintedTable.read({name: {label: ".1"}}).quantities == (meant,)


def test_chinese_columns_name_a_table():
    frame = pd.DataFrame({"统计量": ["路径系数"], "标签": ["质量→满意"], "数值": ["0.512"]})
    cell = PrintedTable.read(frame).cells[0]
    assert (cell.quantity, cell.label) == ("path", "质量 -> 满意")


def test_every_cell_that_cannot_be_read_is_named_at_once():
    with pytest.raises(csi.DataError) as caught:
        PrintedTable.read({"path": {"A -> B": "n.s.", "B": ".1", "A -> C": ".2"}})
    assert len(caught.value.issues) == 2


def test_tables_are_read_from_frames_and_files(tmp_path):
    mapping = {"path": {"Image -> Loyalty": "0.190", "Value -> Satisfaction": "0.20"}}
    frame = pd.DataFrame(
        {
            "source": ["Image", "Value"],
            "target": ["Loyalty", "Satisfaction"],
            "printed": ["0.190", "0.20"],
        }
    )
    frame.to_csv(tmp_path / "printed.csv", index=False)
    read = [PrintedTable.read(given) for given in (mapping, frame, tmp_path / "printed.csv")]
    assert read[0] == read[1] == read[2]
    assert read[0].cells[0].printed.decimals == 3


def test_every_study_reproduces_what_it_says():
    """What is not reproduced has a note that says why."""
    found = csi.reproduce()
    assert len(found.tables) > 10
    for entry in found.tables:
        assert entry.reproduced or entry.stated.notes, entry
    assert found.numbers["agrees"].mean() > 0.95


def test_a_wrong_digit_is_not_called_reproduced():
    whole = csi.reproduce("ecsi-mobi")
    first = whole.tables[0]
    assert first.reproduced
    entries = list(first.entries)
    cell = entries[3].cell
    printed = Numeral(cell.printed.text, cell.printed.value + cell.printed.unit, 8)
    entries[3] = dataclasses.replace(entries[3], cell=dataclasses.replace(cell, printed=printed))
    wrong = dataclasses.replace(first, entries=tuple(entries))
    total = len(entries)
    assert (
        wrong.verdict == f"{total - 1} of {total} to every digit, the rest within one of the last"
    )
    printed = Numeral(cell.printed.text, cell.printed.value + 0.01, 8)
    entries[3] = dataclasses.replace(entries[3], cell=dataclasses.replace(cell, printed=printed))
    wrong = dataclasses.replace(first, entries=tuple(entries))
    assert wrong.verdict == f"not reproduced: {total - 1} of {total} to every digit"
    told = str(Reproduction(whole.studies, (wrong,)))
    assert "0 of 1" in told
    assert not Reproduction(whole.studies, (wrong,)).reproduced


@pytest.mark.parametrize("places", [(0, 3), (3, 0)])
def test_a_number_that_we_lack_is_far_from_the_printed_one(places):
    first = csi.reproduce("ecsi-mobi").tables[0]
    found, lacking = (first.entries[i] for i in places)
    lacking = dataclasses.replace(lacking, ours=np.nan)
    entries = (found, lacking) if places[0] == 0 else (lacking, found)
    table = dataclasses.replace(first, entries=entries)
    assert table.verdict == "not reproduced: 1 of 2 to every digit"
    assert np.isnan(table.largest_difference)


def test_numbers_of_a_reproduction_are_those_of_the_fit():
    entry = csi.reproduce("ecsi-mobi").tables[0]
    own = csi.studies.study("ecsi-mobi")
    with pytest.warns(csi.ConvergenceWarning):
        fit = csi.fit(own.model, own.moments, csi.PLS(**entry.stated.settings))
    path = entry.table.query("quantity == 'path'").set_index("label")["ours"]
    assert (
        path["Satisfaction -> Loyalty"]
        == fit.paths.set_index(["source", "target"]).loc[("Satisfaction", "Loyalty"), "estimate"]
    )


def test_every_reading_is_of_the_labels_of_its_quantity(ecsi):
    moments = csi.studies.moments("ecsi-mobi")
    fit = csi.fit(ecsi, moments)
    for kind in QUANTITIES.values():
        if kind.shape in ("parameter", "measure"):
            continue
        own = kind.readings[0].values(fit)
        assert all(kind.label(label) == label for label in own)


@pytest.mark.parametrize("name", ["ecsi_mobi", "", None, 7, ["ecsi-mobi", "nothing"]])
def test_unknown_studies_are_refused(name):
    if name is None:
        assert len(csi.reproduce(name).studies) == len(csi.reproduce().studies)
        return
    with pytest.raises(csi.OptionError):
        csi.reproduce(name)


@pytest.mark.parametrize(
    ("table", "error", "message"),
    [
        ([1, 2], csi.OptionError, "printed table is a list"),
        ({}, csi.DataError, "empty"),
        ({"path": [1]}, csi.OptionError, "printed numbers of 'path'"),
        ({"pathe": {"A -> B": ".1"}}, csi.OptionError, "Did you mean 'path'"),
        ({"path": {"A": ".1"}}, csi.DataError, "no label of path"),
        ({"path": {"A -> B": "n.s."}}, csi.DataError, "no printed number"),
        ({"path": {"A -> B": ".1", "A->B": ".2"}}, csi.DataError, "twice"),
        (pd.DataFrame({"a": [1]}), csi.OptionError, "has the columns a"),
        ("nowhere.csv", csi.FileFormatError, "nowhere.csv"),
    ],
)
def test_tables_that_cannot_be_read(table, error, message):
    with pytest.raises(error, match=message):
        PrintedTable.read(table)


@pytest.mark.parametrize("decimals", [-1, 13, 2.5, True, "2"])
def test_decimals_that_make_no_sense(decimals):
    with pytest.raises(csi.OptionError, match="decimals"):
        PrintedTable.read({"path": {"A -> B": 0.1}}, decimals)


def test_the_readme_shows_the_agreement():
    readme = Path(__file__).parent.parent.joinpath("README.md").read_text(encoding="utf-8")
    shown = readme.split("<!-- agreement -->\n")[1].split("\n\n")[0]
    found = csi.reproduce()
    assert shown == markdown(found.by_program)
    differ = int((~found.numbers["agrees"]).sum())
    assert f"{len(found.numbers):,} numbers of other programs" in readme
    parts = found.by_program.groupby("origin")["numbers"].sum()
    assert f"{parts['published']:,} as others published them, {parts['run']:,}\nfrom runs" in readme
    assert f"The {differ} that differ" in readme
