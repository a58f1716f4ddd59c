"""What is given to audits, reproductions, specification curves, surveys to be fetched, methods
paragraphs and questionnaires: things of every kind, and nothing but refusals that say what to do.
"""

import datetime
import decimal
import fractions
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csi
import csi.datasets
import csi.studies
from csi.errors import CsiError

JUNK = {
    "None": None, "nan": np.nan, "inf": np.inf, "-1": -1, "0": 0, "2": 2, "0.5": 0.5,
    "beyond floats": 10**400, "-beyond": -(10**400), "1e308": 1e308,
    "True": True, "numpy bool": np.bool_(True), "numpy int": np.int64(3), "complex": 1 + 2j,
    "Decimal": decimal.Decimal("0.5"), "signaling": decimal.Decimal("sNaN"),
    "Fraction": fractions.Fraction(1, 2), "empty": "", "text": "x",
    "long": "x" * 10_000, "NUL": "a\0b", "escape": "a\x1b[31mb", "lines": "a\nb",
    "right-to-left": "a\u202eb", "surrogate": "a\ud800b", "HTML": "<script>alert(1)</script>",
    "Chinese": "满意度", "blanks to fill": "{subject} {0} %s", "brackets": "(" * 10_000,
    "far": "1e999999", "deep": "1e-999999999", "formula": "=1+1", "arrow": "Satisfaction -> ",
    "nobody's home": "~nosuchuser/x", "bytes": b"abc", "bytearray": bytearray(b"x"),
    "list": [], "list of None": [None], "list of lists": [[]], "tuple": (1, 2), "dict": {},
    "dict of numbers": {"a": 1}, "dict of None": {None: None}, "dict of array": {"a": np.zeros(3)},
    "dict of frame": {"a": pd.DataFrame({"a": [1]})}, "dict of class": {"a": int},
    "quantity of a list": {"path": {"A -> B": []}}, "quantity of nothing": {"path": {None: None}},
    "set": {1, 2}, "range": range(3), "function": lambda: 1, "class": int, "object": object(),
    "module": np, "error": ValueError("x"), "frame": pd.DataFrame(), "series": pd.Series([1, 2]),
    "NA": pd.NA, "NaT": pd.NaT, "scalar array": np.array(5.0), "array": np.zeros(3),
    "objects": np.array([None, {}], dtype=object), "records": np.zeros(2, dtype=[("a", "f8")]),
    "date": datetime.date(2020, 1, 1), "days": datetime.timedelta(1), "folder": Path("/tmp"),
    "stream": io.StringIO("x"), "generator": np.random.default_rng(1),
}  # fmt: skip

MODEL = csi.parse("A =~ x1 + x2\nB =~ y1 + y2\nB ~ A")
CORR = np.full((4, 4), 0.3) + np.kron(np.eye(2), [[0.7, 0.2], [0.2, 0.7]])
MOMENTS = csi.Moments.from_correlation(CORR, ["x1", "x2", "y1", "y2"], n=200)
USUAL = csi.PLS()
PRINTED = {"path": {"A -> B": ".401"}}
FIT = csi.fit(MODEL, MOMENTS)
AUDIT = csi.audit(PRINTED, MOMENTS, MODEL)
CURVE = csi.specification_curve(
    MODEL, MOMENTS, "A -> B", estimators={"PLS": csi.PLS(), "sums": csi.Sums()}, n_boot=0
)
REPRODUCED = csi.reproduce("servqual-utilities")
MATRIX = "item,A,B\nA,1,\nB,.5,1\nn,250,\n"


def audit_of(**given):
    return csi.audit(**{"table": PRINTED, "data": MOMENTS, "model": MODEL} | given)


def audit_of_row(quantity="path", label="A -> B", printed=".401"):
    row = {"quantity": quantity, "label": label, "printed": printed}
    frame = pd.DataFrame({name: pd.Series([cell], dtype=object) for name, cell in row.items()})
    return csi.audit(frame, MOMENTS, MODEL)


def curve_of(estimator=USUAL, other=MODEL, **given):
    known = {"model": MODEL, "data": MOMENTS, "of": "A -> B", "n_boot": 0}
    known |= {"estimators": {"mine": estimator}, "further": {"other": other}}
    return csi.specification_curve(**known | given)


def curve_of_answers(index_weights=None, missing=None):
    return csi.specification_curve(
        csi.models.acsi(), csi.demo_survey(), "index Satisfaction", estimators={"PLS": csi.PLS()},
        index_weights=index_weights, missing=missing, n_boot=0,
    )  # fmt: skip


def fetched(**given):
    known = {"name": "ecsi-mobi", "url": "http://localhost:1/none", "timeout": 1}
    return csi.datasets.fetch(**known | given)


def reported(**given):
    return csi.report(FIT, **given)


def moments_of(path="matrix.csv", n=None):
    Path("matrix.csv").write_text(MATRIX, encoding="utf-8")
    return csi.read_moments(path, n)


def reproduction_written(path="page.html", language="en", overwrite=True):
    REPRODUCED.write(path, language=language, overwrite=overwrite)


def paragraph_written(path="methods.txt"):
    csi.methods_paragraph(FIT).write(path, overwrite=True)


def questionnaire(**given):
    return csi.models.acsi().questionnaire(**{"subject": "cars"} | given).plan.text


def quota(share):
    return questionnaire(quotas={"AGE": {"young": share, "old": 0.5}})


def rehearsal(n=5, rng=1):
    return csi.models.acsi().questionnaire("cars").rehearsal(n, rng=rng)


ASKED = {
    csi.reproduce: ["name"],
    reproduction_written: ["path", "language", "overwrite"],
    audit_of: ["table", "data", "model", "decimals", "progress"],
    audit_of_row: ["quantity", "label", "printed"],
    curve_of: [
        *("model", "data", "of", "estimators", "missing", "index_weights", "further", "n_boot"),
        *("level", "rng", "progress", "estimator", "other"),
    ],
    curve_of_answers: ["index_weights", "missing"],
    CURVE.plot: ["language", "ax"],
    csi.plot_specifications: ["curve"],
    fetched: ["name", "folder", "url", "file", "progress", "timeout"],
    csi.datasets.path: ["name"],
    csi.methods_paragraph: ["result"],
    paragraph_written: ["path"],
    reported: ["path", "audit", "specifications", "language"],
    moments_of: ["path", "n"],
    questionnaire: [
        *("subject", "language", "firms", "provider", "months", "quotas", "half_width", "level"),
        *("sd", "pilot", "population", "incidence", "response_rate", "per_day"),
    ],
    quota: ["share"],
    rehearsal: ["n", "rng"],
    csi.studies.study: ["name"],
    csi.studies.moments: ["name"],
    csi.studies.model: ["name"],
    csi.to_json: ["result"],
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::csi.errors.CsiWarning")
@pytest.mark.parametrize(
    ("ask", "argument"), [(ask, each) for ask, named in ASKED.items() for each in named]
)
def test_nothing_but_refusals_comes_out(tmp_path, monkeypatch, ask, argument):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CSI_DATA", str(tmp_path))
    escaped = []
    for called, value in JUNK.items():
        try:
            ask(**{argument: value})
        except CsiError as refused:
            if len(str(refused)) < 20:
                escaped.append(f"{called}: {refused} says nothing")
        except Exception as problem:
            escaped.append(f"{called}: {type(problem).__name__}: {problem}"[:200])
    assert not escaped


@pytest.mark.parametrize("part", ["part", "name"])
def test_crosstabs_are_named_by_text(part):
    known = {"name": "acsi-2015-curve", "part": "banks"}
    for value in JUNK.values():
        with pytest.raises(csi.OptionError):
            csi.studies.crosstab(**known | {part: value})


def test_files_are_named_by_what_can_be_a_name(tmp_path):
    for value in (None, 5, ["report.html"], b"report.html", io.StringIO()):
        with pytest.raises(csi.errors.ArgumentTypeError, match="Give text or a path"):
            REPRODUCED.write(value)
    for name in ("x" * 10_000 + ".html", "a\0b.html", "a\ud800b.html"):
        with pytest.raises(csi.OptionError, match="cannot be the name of a file"):
            reported(path=str(tmp_path / name))
    with pytest.raises(csi.OptionError, match="overwrite is 'no'"):
        REPRODUCED.write(tmp_path / "page.html", overwrite="no")
    with pytest.raises(csi.errors.ArgumentTypeError, match="title is a int"):
        reported(title=5)


def test_functions_that_make_further_models_may_fail():
    with pytest.raises(csi.OptionError, match=r"further 'short' failed .* ZeroDivisionError"):
        curve_of(further={"short": lambda model: 1 / 0})
    with pytest.raises(csi.OptionError, match="no indicator 'x9'"):
        curve_of(further={"short": lambda model: model.without("x9")})


def test_more_respondents_than_people():
    with pytest.raises(csi.OptionError, match="more than there are"):
        questionnaire(half_width=1e-9)
    with pytest.raises(csi.OptionError, match="half_width is 1000000"):
        csi.sample_size(10**400, sd=16)
    half = csi.sample_size(2, sd=16, level=fractions.Fraction(1, 2), population=10**3)
    assert (half.level, half.n) == (0.5, 29)


def test_columns_of_printed_tables_are_told_apart():
    twice = pd.DataFrame([["A -> B", ".4", ".5"]], columns=["label", "printed", "printed"])
    with pytest.raises(csi.OptionError, match="several columns called 'printed'"):
        csi.audit(twice, MOMENTS, MODEL)
    with pytest.raises(csi.OptionError, match="several columns called 'Printed'"):
        csi.audit(twice.set_axis(["label", "printed", "Printed"], axis=1), MOMENTS, MODEL)
    for nothing in (None, np.nan, pd.NA):
        with pytest.raises(csi.DataError, match="'' is no label of path"):
            audit_of_row(label=nothing)


@pytest.mark.parametrize(
    "number", ["1e999999", "9" * 4000, 10**400, 1e13, ".4" + " *" * 50_000 + "x", "(" * 100_000]
)
def test_numbers_beyond_all_that_is_printed(number):
    with pytest.raises(csi.DataError, match=r"no printed number|beyond all numbers") as refused:
        audit_of_row(printed=number)
    assert len(str(refused.value)) < 700
    with pytest.raises(csi.DataError, match="letters is none of path"):
        audit_of_row(label="A " + "-" * 100_000)


def test_pages_hold_no_signs_that_colour_a_terminal():
    told = replace(MODEL, title="Bad\x1b[31m title", citation="Bad\x1b[31m source\x00")
    page = csi.report(csi.fit(told, MOMENTS), title="Bad\x07 heading")
    assert "Bad [31m source" in page
    assert not set("\x00\x07\x1b") & set(page)
