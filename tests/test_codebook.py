"""Codebooks: three file forms, round trip, and a message for every malformed entry."""

import json
from functools import partial
from pathlib import Path

import pytest
import yaml

from csi.codebook import Codebook
from csi.errors import ArgumentTypeError, FileFormatError, OptionError
from csi.spec import Item

FULL = Codebook(
    items=(
        Item(
            "满意度",
            text={"en": "All in all", "zh": "总的来说"},
            scale=(1, 10),
            anchors={"en": ("bad", "good")},
            missing_codes=(98, 99.5),
            asked_if="REPUR in 6-10",
            labels={1: "very bad", 10: "very good"},
        ),
        Item("COMP", scale=(0, 1), direction="-"),
        Item("AGE"),
    ),
    constructs={"Satisfaction": ("满意度",), "Complaints": ("COMP",)},
    missing_codes=(97,),
    scale=(1, 7),
    language="zh",
)

YAML_FORM = """
language: zh
scale: [1, 10]
missing_codes: 98
constructs:
  Satisfaction: [CUSA1]
items:
  CUSA1: {text: 总体满意度, labels: {1: 很差, 10: 很好}}
  CUSA2:
    construct: Satisfaction
    reverse: true
"""

CSV_FORM = """item;construct;text;scale_min;scale_max;reverse;missing_codes;labels;language
CUSA1;Satisfaction;总体满意度;1;10;no;"98;99";"1=很差;10=很好";zh
COMP;;;0;1;yes;;;
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_round_trip_keeps_everything():
    assert Codebook.from_dict(FULL.to_dict()) == FULL


@pytest.mark.parametrize(
    ("suffix", "dump"), [(".json", json.dumps), (".yaml", partial(yaml.safe_dump, sort_keys=False))]
)
def test_files_of_to_dict_read_back(tmp_path, suffix, dump):
    path = written(tmp_path, f"cb{suffix}", dump(FULL.to_dict()))
    assert Codebook.read(path) == FULL


def test_yaml_fills_wording_language_and_constructs(tmp_path):
    codebook = Codebook.read(str(written(tmp_path, "cb.yml", YAML_FORM)))
    first = codebook.item("CUSA1")
    assert first.text == {"zh": "总体满意度"}
    assert first.labels == {1.0: "很差", 10.0: "很好"}
    assert codebook.item("CUSA2").direction == "-"
    assert codebook.constructs == {"Satisfaction": ("CUSA1", "CUSA2")}
    assert (codebook.scale, codebook.missing_codes) == ((1, 10), (98,))
    assert codebook.item("CUSA3") is None


def test_csv_row_says_what_yaml_would(tmp_path):
    codebook = Codebook.read(written(tmp_path, "cb.csv", CSV_FORM))
    assert codebook == Codebook(
        items=(
            Item(
                "CUSA1",
                text={"zh": "总体满意度"},
                scale=(1, 10),
                missing_codes=(98, 99),
                labels={1: "很差", 10: "很好"},
            ),
            Item("COMP", scale=(0, 1), direction="-"),
        ),
        constructs={"Satisfaction": ("CUSA1",)},
        language="zh",
    )


def test_csv_with_byte_order_mark_and_commas(tmp_path):
    path = tmp_path / "cb.csv"
    path.write_bytes('\ufeffitem,text\nA,"one, two"\n\n'.encode())
    assert Codebook.read(path).item("A").text == {"en": "one, two"}


def test_repr_is_one_line_and_value_is_hashable():
    assert repr(FULL) == "<Codebook 3 items, 2 constructs>"
    assert hash(FULL) == hash(Codebook.from_dict(FULL.to_dict()))


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"itmes": {}}, r"The codebook: the key 'itmes' is not known.*Did you mean 'items'\?"),
        ({"items": {"A": {"scal": 1}}}, r"item 'A': the key 'scal'.*Did you mean 'scale'\?"),
        ({"items": {"A": {"scale": [1]}}}, r"item 'A': scale is \[1\].*lowest and the highest"),
        ({"items": {"A": {"scale": [10, 1]}}}, r"item 'A': scale is \[10, 1\]"),
        ({"scale": [1, "x"]}, r"an end of scale is 'x'. Write a number"),
        ({"missing_codes": [True]}, r"a code in missing_codes is True. Write a number"),
        ({"missing_codes": [float("nan")]}, r"a code in missing_codes is nan"),
        ({"items": {"A": {"reverse": "maybe"}}}, r"item 'A': reverse is 'maybe'"),
        ({"items": {"A": {"labels": ["bad"]}}}, r"item 'A': labels is \['bad'\]"),
        ({"items": {"A": {"labels": {"x": "bad"}}}}, r"an answer in labels is 'x'"),
        ({"items": {"A": {"labels": {1: 2}}}}, r"the label of 1 is 2. Write it as text"),
        ({"items": {"A": {"text": 5}}}, r"item 'A': text is 5. Write the wording"),
        ({"items": {"A": {"text": {False: "x"}}}}, r"a language of text is False.*in quotes"),
        ({"items": {"A": {"anchors": ["a", "b"]}}}, r"item 'A': anchors is"),
        ({"items": {"A": {"anchors": {"en": ["a"]}}}}, r"anchors in 'en' is \['a'\]"),
        ({"items": {"A": {"asked_if": 3}}}, r"item 'A': asked_if is 3"),
        ({"items": {"A": "text"}}, r"item 'A': keys with values are expected, 'text' was found"),
        ({"items": {7: {}}}, r"the name of an item is 7"),
        ({"items": [{"text": "x"}]}, r"entry 1 of items: item is None"),
        ({"items": [{"item": "A"}, {"item": "A"}]}, r"item 'A' occurs twice"),
        ({"constructs": {"Q": "A"}}, r"construct 'Q': its entry is 'A'. List the names"),
        (
            {"items": {"CUSA1": {}}, "constructs": {"Q": ["CUSA2"]}},
            r"construct 'Q': item 'CUSA2' is not among.*Did you mean 'CUSA1'\?",
        ),
        ({"language": 5}, r"language is 5"),
    ],
)
def test_malformed_entries_are_named(mapping, message):
    with pytest.raises(FileFormatError, match=message):
        Codebook.from_dict(mapping)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("cb.yml", "items:\n  A: {scale: [1]}", r"Codebook 'cb.yml', item 'A': scale is \[1\]"),
        ("cb.yml", "x: !!python/object/apply:os.system [ls]", r"not plain YAML.*line 1.*tags"),
        ("cb.yml", "items: [", r"Codebook 'cb.yml' is not plain YAML: .*line 1"),
        ("cb.yml", "items:\n  A: {}\n  A: {}\n", r"the key 'A' occurs twice.*line 3"),
        ("cb.yml", "scale: !!bool maybe", r"Codebook 'cb.yml' cannot be read"),
        ("cb.yml", "- 1", r"keys with values are expected"),
        ("cb.yml", "", r"keys with values are expected, None was found"),
        ("cb.yml", "[" * 5000, r"too deeply nested"),
        ("cb.json", '{"items": }', r"not JSON: Expecting value, line 1, column 11"),
        ("cb.json", '{"scale": 1, "scale": 2}', r"the key 'scale' occurs twice"),
        ("cb.json", '{"missing_codes": [NaN]}', r"a code in missing_codes is nan"),
        ("cb.csv", "\n", r"is empty. Write the columns item, construct"),
        ("cb.csv", "item,scale_mn\n", r"column 'scale_mn'.*Did you mean 'scale_min'\?"),
        ("cb.csv", "item,item\n", r"the column 'item' occurs twice"),
        ("cb.csv", "text\nx\n", r"has no column 'item'"),
        ("cb.csv", "item,text\nA,one, two\n", r"item 'A': 3 cells in a table of 2 columns"),
        ("cb.csv", "item,scale_min,scale_max\nA,1,\n", r"item 'A': scale_min and scale_max are 1"),
        ("cb.csv", "item,labels\nA,very bad\n", r"item 'A': labels is 'very bad'"),
        ("cb.csv", "item,missing_codes\nA,98;x\n", r"a code in missing_codes is 'x'"),
        ("cb.csv", "item,text\n,x\n", r"entry 1 of items: item is None"),
        ("cb.toml", "", r"cannot be read from 'cb.toml'. Use .yml, .yaml, .json, .csv"),
    ],
)
def test_malformed_files_are_refused(tmp_path, name, text, message):
    with pytest.raises(FileFormatError, match=message):
        Codebook.read(written(tmp_path, name, text))


def test_missing_folder_and_wrong_encoding_are_file_errors(tmp_path):
    with pytest.raises(FileFormatError, match=r"Codebook 'none.yml' was not found"):
        Codebook.read(tmp_path / "none.yml")
    (tmp_path / "gbk.csv").write_bytes("item,text\nA,满意\n".encode("gbk"))
    with pytest.raises(FileFormatError, match=r"'gbk.csv' is not UTF-8: byte 12 .*Save it"):
        Codebook.read(tmp_path / "gbk.csv")
    (tmp_path / "folder.yml").mkdir()
    with pytest.raises(FileFormatError, match=r"'folder.yml' cannot be opened"):
        Codebook.read(tmp_path / "folder.yml")


def test_aliases_that_multiply_do_not_blow_up(tmp_path):
    layers = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40)]
    with pytest.raises(FileFormatError, match=r"the key 'a0' is not known"):
        Codebook.read(written(tmp_path, "cb.yml", "\n".join(layers)))


def test_wrong_arguments_are_type_errors():
    with pytest.raises(ArgumentTypeError, match=r"The path of a codebook is 5"):
        Codebook.read(5)
    with pytest.raises(ArgumentTypeError, match=r"Give a mapping, or use"):
        Codebook.from_dict([1])


def test_a_codebook_cannot_contradict_itself():
    with pytest.raises(OptionError, match=r"Item 'A' occurs twice"):
        Codebook((Item("A"), Item("A")))
    with pytest.raises(OptionError, match=r"The scale of the codebook is \(10, 1\)"):
        Codebook((), scale=(10, 1))
