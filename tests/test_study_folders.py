"""The folders of published studies hold what the loader and the reader of a study need.

What the numbers are worth is the business of `csi.reproduce`; here it is their form.
"""

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import csi

STUDIES = Path(csi.__file__).parent / "studies"
FOLDERS = sorted(path.parent for path in STUDIES.glob("*/study.json"))
TABLES = sorted(STUDIES.glob("*/tables/*.json"))

NEEDED = {"title", "citation", "also", "provenance", "licence", "n", "columns", "models"}
OPTIONAL = {"scale", "means", "sds", "correlations", "covariances"}
IN_TABLE = {
    "title", "source", "origin", "program", "licence", "model", "estimator", "settings", "notes",
    "numbers",
}  # fmt: skip

ROUTES = {"path", "total", "indirect", "f2", "vif"}
PAIRS = {"construct_corr", "htmt"}
ITEMS = {"weight", "raw_weight", "loading"}
CONSTRUCTS = {"r2", "r2_adjusted", "index", "alpha", "rho_a", "rho_c", "ave"}
PARAMETERS = {"estimate", "se", "z", "std_lv", "std_all"}

DOI = re.compile(r"doi:(10\.\d{4,9}/[^\s;,]+)")
PRINTED = re.compile(r"-?\d*\.?\d+")


@cache
def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def study_of(table):
    return read(table.parent.parent / "study.json")


def model_of(table):
    return csi.parse("\n".join(study_of(table)["models"][read(table)["model"]]))


def name(path):
    return "/".join(path.relative_to(STUDIES).parts).replace("/tables", "")


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_a_study_says_what_it_is_and_where_it_comes_from(folder):
    study = read(folder / "study.json")
    assert NEEDED <= set(study) <= NEEDED | OPTIONAL
    assert all(study[key] for key in NEEDED - {"also"})
    assert isinstance(study["also"], list)
    assert {"correlations", "covariances"} & set(study)
    assert next(iter(study["models"])) == "default"
    for reference in (study["citation"], *study["also"]):
        for doi in DOI.findall(reference):
            assert re.fullmatch(r"10\.\d{4,9}/[\w.()/:;-]*\w", doi), doi
        assert "doi" not in reference.lower() or DOI.search(reference), reference


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_moments_are_those_of_a_sample(folder):
    study = read(folder / "study.json")
    size = len(study["columns"])
    assert len(set(study["columns"])) == size
    assert isinstance(study["n"], int)
    assert study["n"] > size
    for key in {"means", "sds"} & set(study):
        assert list(study[key]) == study["columns"]
    for key in {"correlations", "covariances"} & set(study):
        matrix = np.array(study[key])
        assert matrix.shape == (size, size)
        np.testing.assert_array_equal(matrix, matrix.T)
        assert np.linalg.eigvalsh(matrix).min() > 0
        assert key == "covariances" or (np.diag(matrix) == 1).all()


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_models_are_about_the_columns(folder):
    study = read(folder / "study.json")
    for lines in study["models"].values():
        used = {item for c in csi.parse("\n".join(lines)).constructs for item in c.indicators}
        assert used <= set(study["columns"])
    assert list((folder / "tables").glob("*.json"))


@pytest.mark.parametrize("table", TABLES, ids=name)
def test_a_table_says_where_it_is_printed_and_how_it_was_made(table):
    known = read(table)
    assert IN_TABLE <= set(known) <= IN_TABLE | {"readings"}
    assert all(known[key] for key in IN_TABLE - {"settings", "notes"})
    assert re.fullmatch(r"\d\d-[a-z0-9-]+", table.stem)
    assert known["estimator"] in {"PLS", "CBSEM", "Sums"}
    getattr(csi, known["estimator"])(**known["settings"])
    assert known["model"] in study_of(table)["models"]


@pytest.mark.parametrize("table", TABLES, ids=name)
def test_numbers_are_text_and_labels_name_parts_of_the_model(table):
    model, known = model_of(table), read(table)
    names = set(model.names)
    items = {item for construct in model.constructs for item in construct.indicators}
    for quantity, numbers in known["numbers"].items():
        assert numbers
        for label, printed in numbers.items():
            assert isinstance(printed, str)
            assert PRINTED.fullmatch(printed), printed
            assert set(ends(quantity, label)) <= (items if quantity in ITEMS else names | items)


def ends(quantity, label):
    if quantity in ROUTES:
        return label.split(" -> ", 1)
    if quantity in PAIRS:
        return label.split(" ~ ", 1)
    if quantity in PARAMETERS:
        return re.split(r" (?:=~|~~|~) ", label, maxsplit=1)
    assert quantity in ITEMS | CONSTRUCTS | {"measure"}, quantity
    return [] if quantity == "measure" else [label]


def test_no_folder_is_forgotten_by_these_tests():
    folders = {path for path in STUDIES.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert set(FOLDERS) == folders
    assert len(TABLES) >= len(FOLDERS)
