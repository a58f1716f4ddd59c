"""The catalogue of national satisfaction index models."""

import inspect
import json
from importlib.resources import files

import pytest
from numpy.testing import assert_array_equal

import csi.models
from csi import Model
from csi.errors import ArgumentTypeError, CsiError, ModelError, OptionError

NAMES = sorted(name for name in csi.models.__all__ if name != "catalogue")
CLONES = ["ncsi_korea", "ncsi_uk", "tmme", "csisg"]
FILES = sorted(
    (entry for entry in files("csi.models").iterdir() if entry.name.endswith(".json")),
    key=lambda entry: entry.name,
)

ACSI_PATHS = {
    ("Expectations", "Quality"): "+",
    ("Expectations", "Value"): "+",
    ("Quality", "Value"): "+",
    ("Expectations", "Satisfaction"): "+",
    ("Quality", "Satisfaction"): "+",
    ("Value", "Satisfaction"): "+",
    ("Satisfaction", "Complaints"): "-",
    ("Satisfaction", "Loyalty"): "+",
    ("Complaints", "Loyalty"): "?",
}

FILE_KEYS = {
    *("title", "citation", "notes", "country", "year", "status", "scale", "missing_codes"),
    *("complaint_type", "constructs", "paths", "other_items", "same_as", "borrows"),
}
CONSTRUCT_KEYS = {"name", "label", "items", "of"}
QUESTION_KEYS = {
    *("name", "text", "anchors", "scale", "labels", "missing_codes", "asked_if"),
    *("question", "computed_from"),
}


def signs(model):
    return {(path.source, path.target): path.expected_sign for path in model.paths}


def has_chinese(text):
    return any("\u4e00" <= character <= "\u9fff" for character in text)


@pytest.fixture(params=NAMES)
def model(request):
    return getattr(csi.models, request.param)()


# every model


def test_every_construct_has_an_english_and_a_chinese_label(model):
    for construct in model.constructs:
        assert construct.label["en"].strip()
        assert not has_chinese(construct.label["en"])
        assert has_chinese(construct.label["zh"])


def test_every_question_is_worded_in_english_and_chinese(model):
    worded = {item.name: item for item in model.items}
    assert len(worded) == len(model.items)
    assert set(model.indicators) <= set(worded)
    for item in model.items:
        assert not has_chinese(item.text["en"])
        assert has_chinese(item.text["zh"])
        assert {language: len(ends) for language, ends in item.anchors.items()} == {
            "en": 2,
            "zh": 2,
        }
        assert all(end.strip() for ends in item.anchors.values() for end in ends)


def test_questions_of_a_model_differ_from_each_other(model):
    for language in ("en", "zh"):
        texts = [item.text[language] for item in model.items]
        assert len(set(texts)) == len(texts)


def test_every_part_is_sourced_or_reconstructed(model):
    assert list(model.status) == ["constructs", "paths", "items"]
    assert set(model.status.values()) <= {"sourced", "reconstructed"}
    assert model.title
    assert model.citation


def test_single_questions_make_single_constructs(model):
    for construct in model.constructs:
        assert (construct.kind == "single") == (len(construct.indicators) == 1)


def test_every_construct_hangs_on_a_path(model):
    ends = {end for path in model.paths for end in (path.source, path.target)}
    ends |= {part for c in model.constructs if c.higher_order for part in c.indicators}
    assert ends == set(model.names)


def test_causes_come_first_and_loyalty_last(model):
    assert model.names[-1] == "Loyalty"
    assert model.paths[0].source in model.names[:2]


def test_signs_agree_with_what_complaints_are(model):
    known = signs(model)
    assert set(known.values()) <= {"+", "-", "?"}
    complaint = known.get(("Satisfaction", "Complaints"))
    if model.complaint_type == "incidence":
        assert complaint == "-"
        assert {model.item(i).scale for i in model.construct("Complaints").indicators} == {(0, 1)}
    else:
        assert complaint in (None, "+")
        assert set(known.values()) == {"+"}


def test_skip_logic_names_a_known_question(model):
    names = {item.name for item in model.items}
    for item in model.items:
        if item.asked_if:
            column, word, answers = item.asked_if.split(" ")
            low, high = answers.split("-")
            assert column in names
            assert word == "in"
            assert int(low) <= int(high)


def test_each_call_returns_a_value_of_its_own():
    spoilt = csi.models.acsi()
    spoilt.items[0].text["en"] = spoilt.constructs[0].label["en"] = spoilt.status["paths"] = "?"
    spoilt.items[0].anchors["en"] = ("?", "?")
    fresh = csi.models.acsi()
    assert "?" not in fresh.items[0].text["en"]
    assert fresh.constructs[0].label["en"] == "Customer expectations"
    assert fresh.status["paths"] == "sourced"
    assert fresh.items[0].anchors["en"] == ("not very high", "very high")


# single models


def test_acsi_is_the_contract():
    model = csi.models.acsi()
    assert {c.name: c.indicators for c in model.constructs} == {
        "Expectations": ("OVERALLX", "CUSTOMX", "WRONGX"),
        "Quality": ("OVERALLQ", "CUSTOMQ", "WRONGQ"),
        "Value": ("PQ", "QP"),
        "Satisfaction": ("SATIS", "CONFIRM", "IDEAL"),
        "Complaints": ("COMP",),
        "Loyalty": ("REPUR",),
    }
    assert signs(model) == ACSI_PATHS
    assert model.scale == (1, 10)
    assert model.complaint_type == "incidence"
    assert all(item.missing_codes == (98, 99) for item in model.items)


def test_acsi_rating_questions_inherit_the_scale():
    model = csi.models.acsi()
    own_scale = {item.name: item.scale for item in model.items if item.scale is not None}
    assert own_scale == {"COMP": (0, 1), "HIGHPTOL": (0, 25), "LOWPTOL": (0, 25)}
    assert model.item("SATIS").scale == (1, 10)
    assert {item.direction for item in model.items} == {"+"}


def test_acsi_knows_the_questions_outside_the_model():
    model = csi.models.acsi()
    outside = {i.name: i.asked_if for i in model.items if i.name not in model.indicators}
    assert outside == {
        "HANDLE": "COMP in 1-1",
        "HIGHPTOL": "REPUR in 6-10",
        "LOWPTOL": "REPUR in 1-5",
    }


def test_acsi_with_price_tolerance():
    model = csi.models.acsi(loyalty="price tolerance")
    assert model.construct("Loyalty").indicators == ("REPUR", "PRICETOL")
    assert model.construct("Loyalty").kind == "reflective"
    assert model.item("PRICETOL").scale == (0, 100)
    assert model.item("PRICETOL").missing_codes == ()
    assert model.item("REPUR").missing_codes == (98, 99)
    assert signs(model) == ACSI_PATHS
    assert model.status == {"constructs": "sourced", "paths": "sourced", "items": "reconstructed"}


@pytest.mark.parametrize("name", CLONES)
def test_clones_take_the_model_of_acsi_but_not_its_status(name):
    clone = getattr(csi.models, name)()
    assert clone == csi.models.acsi()
    assert signs(clone) == ACSI_PATHS
    assert clone.items == csi.models.acsi().items
    assert clone.title != csi.models.acsi().title
    assert clone.status["items"] == "reconstructed"


def test_product_and_service_quality_make_up_overall_quality():
    model = csi.models.acsi_product_service()
    quality = model.construct("Quality")
    assert (quality.higher_order, quality.kind) == (True, "composite")
    assert quality.indicators == ("ProductQuality", "ServiceQuality")
    assert signs(model) == ACSI_PATHS
    assert model.construct("Loyalty").indicators == ("REPUR", "PRICETOL")


def test_ecsi_mobile_rates_complaint_handling():
    model = csi.models.ecsi_mobile()
    assert model.names == (
        *("Image", "Expectation", "Quality", "Value", "Satisfaction", "Complaints", "Loyalty"),
    )
    assert [len(c.indicators) for c in model.constructs] == [5, 3, 7, 2, 3, 1, 3]
    assert model.indicators[0] == "IMAG1"
    assert model.indicators[-4:] == ("CUSCO", "CUSL1", "CUSL2", "CUSL3")
    assert model.complaint_type == "handling"
    assert len(model.paths) == 12
    assert set(signs(model).values()) == {"+"}
    assert set(model.status.values()) == {"sourced"}


@pytest.mark.parametrize(
    ("name", "constructs", "paths"),
    [
        ("scsb", 5, 6),
        ("ncsb", 7, 11),
        ("ncsb2001", 12, 16),
        ("ecsi", 7, 13),
        ("ccsi", 6, 11),
        ("jcsi", 6, 8),
        ("swics", 3, 3),
        ("india_csi_eb", 5, 4),
        ("textbook_csi", 6, 9),
    ],
)
def test_size_of_the_published_structure(name, constructs, paths):
    model = getattr(csi.models, name)()
    assert (len(model.constructs), len(model.paths)) == (constructs, paths)


def test_first_norwegian_model_is_acsi_and_image():
    added = signs(csi.models.ncsb()).items() - ACSI_PATHS.items()
    assert dict(added) == {("Image", "Satisfaction"): "+", ("Image", "Loyalty"): "+"}


def test_japanese_questionnaire_has_21_questions():
    assert len(csi.models.jcsi().indicators) == 21


def test_generic_european_model_has_three_or_more_questions_each():
    assert min(len(c.indicators) for c in csi.models.ecsi().constructs) == 3


def test_textbook_model_measures_acsi_constructs_its_own_way():
    model = csi.models.textbook_csi()
    assert signs(model) == ACSI_PATHS
    assert [len(c.indicators) for c in model.constructs] == [3, 2, 4, 3, 1, 2]
    assert set(model.status.values()) == {"reconstructed"}


@pytest.mark.parametrize("name", ["jcsi", "ccsi", "ecsi", "scsb", "ncsb", "ncsb2001", "swics"])
def test_path_lists_from_memory_are_not_called_sourced(name):
    assert getattr(csi.models, name)().status["paths"] == "reconstructed"


# columns of one's own


def test_own_columns_keep_the_wording_position_by_position():
    theirs = csi.models.acsi()
    ours = csi.models.acsi(items={"Expectations": ["a", "b", "c"]})
    assert ours.construct("Expectations").indicators == ("a", "b", "c")
    for old, new in zip(("OVERALLX", "CUSTOMX", "WRONGX"), "abc", strict=True):
        assert ours.item(new).text == theirs.item(old).text
        assert ours.item(new).missing_codes == (98, 99)
    assert "OVERALLX" not in {item.name for item in ours.items}
    assert ours.construct("Expectations").label["zh"] == "顾客期望"
    assert_array_equal(ours.design, theirs.design)


def test_one_column_may_be_plain_text():
    model = csi.models.acsi(items={"Complaints": "voiced"})
    assert model.construct("Complaints").indicators == ("voiced",)
    assert model.item("voiced").scale == (0, 1)


def test_another_number_of_columns_has_no_wording():
    model = csi.models.acsi(items={"Loyalty": ["stay", "recommend"], "Quality": ["q"]})
    assert model.construct("Loyalty").kind == "reflective"
    assert model.construct("Quality").kind == "single"
    for column in ("stay", "recommend", "q"):
        assert model.item(column).text == {}
        assert model.item(column).missing_codes == ()


def test_columns_named_as_in_the_catalogue_keep_their_own_question():
    theirs = csi.models.acsi()
    swapped = csi.models.acsi(items={"Value": ["QP", "PQ"], "Quality": ["WRONGQ", "x"]})
    assert swapped.item("QP") == theirs.item("QP")
    assert swapped.item("WRONGQ") == theirs.item("WRONGQ")
    assert swapped.item("x").text == {}


def test_skip_logic_follows_a_renamed_column():
    model = csi.models.acsi(items={"Loyalty": ["again"], "Complaints": "voiced"})
    asked = {item.name: item.asked_if for item in model.items if item.asked_if}
    assert asked == {
        "HANDLE": "voiced in 1-1",
        "HIGHPTOL": "again in 6-10",
        "LOWPTOL": "again in 1-5",
    }


def test_questions_that_hang_on_a_dropped_column_go_with_it():
    model = csi.models.acsi(items={"Loyalty": ["stay", "recommend"]})
    assert [item.name for item in model.items if item.asked_if] == ["HANDLE"]


def test_a_column_may_bear_the_name_of_a_question_outside_the_model():
    model = csi.models.acsi(items={"Loyalty": ["REPUR", "HANDLE"]})
    assert [item.name for item in model.items].count("HANDLE") == 1
    assert model.item("HANDLE").asked_if == ""


@pytest.mark.parametrize("name", NAMES)
def test_every_function_takes_columns(name):
    columns = {"Loyalty": ["l1", "l2", "l3", "l4", "l5"]}
    model = getattr(csi.models, name)(items=columns)
    assert model.construct("Loyalty").indicators == tuple(columns["Loyalty"])


# what is refused


def test_an_unknown_construct_is_named():
    with pytest.raises(ModelError, match=r"'Loyality'.*Known constructs.*Did you mean 'Loyalty'"):
        csi.models.acsi(items={"Loyality": ["REPUR"]})


def test_a_construct_made_of_constructs_takes_no_columns():
    with pytest.raises(ModelError, match="ProductQuality, ServiceQuality"):
        csi.models.acsi_product_service(items={"Quality": ["a", "b"]})


@pytest.mark.parametrize("columns", [5, [], ["a", 3], [["a"]], None, {}])
def test_columns_are_text(columns):
    with pytest.raises(ArgumentTypeError, match="columns of 'Loyalty'"):
        csi.models.acsi(items={"Loyalty": columns})


@pytest.mark.parametrize("given", [["REPUR"], "REPUR", 3])
def test_columns_are_given_by_construct(given):
    with pytest.raises(ArgumentTypeError, match="mapping"):
        csi.models.scsb(items=given)


def test_a_column_given_twice_is_refused():
    with pytest.raises(ModelError, match="more than once"):
        csi.models.acsi(items={"Value": ["a", "a"]})


@pytest.mark.parametrize("loyalty", ["price", "", None, ["repurchase"]])
def test_an_unknown_loyalty_measure_is_refused(loyalty):
    with pytest.raises(OptionError, match="'repurchase' or 'price tolerance'") as refusal:
        csi.models.acsi(loyalty=loyalty)
    assert isinstance(refusal.value, CsiError)


# the table and the files


def test_catalogue_lists_every_model():
    table = csi.models.catalogue()
    assert list(table.columns) == [
        *("name", "title", "country", "year", "constructs", "items", "paths", "complaint_type"),
        *("constructs_status", "paths_status", "items_status", "citation"),
    ]
    assert sorted(table["name"]) == NAMES
    assert table["title"].is_unique
    assert table.drop(columns=["year", "complaint_type"]).notna().all(axis=None)
    for row in table.itertuples():
        model = getattr(csi.models, row.name)()
        assert row.title == model.title
        assert row.constructs == len(model.constructs)
        assert row.items == len(model.indicators)
        assert row.paths == len(model.paths)
        assert row.paths_status == model.status["paths"]


def test_catalogue_has_the_known_years():
    years = csi.models.catalogue().set_index("name")["year"]
    assert years[["scsb", "acsi", "ncsb2001", "ecsi_mobile"]].tolist() == [1989, 1994, 2001, 2005]
    assert years.isna()["textbook_csi"]


@pytest.mark.parametrize("name", NAMES)
def test_every_function_says_what_it_is(name):
    function = getattr(csi.models, name)
    assert function.__name__ == name
    assert inspect.signature(function).parameters["items"].default is None
    assert "Returns\n" in inspect.getdoc(function)
    assert isinstance(function(), Model)


def test_every_file_belongs_to_a_function():
    assert {entry.name.removesuffix(".json") for entry in FILES} == {*NAMES, "acsi_price_tolerance"}


@pytest.mark.parametrize("entry", FILES, ids=lambda entry: entry.name)
def test_files_hold_known_keys_only(entry):
    record = json.loads(entry.read_text(encoding="utf-8"))
    constructs = [c for c in record.get("constructs", ()) if isinstance(c, dict)]
    listed = [*record.get("other_items", ()), *(q for c in constructs for q in c.get("items", ()))]
    questions = [question for question in listed if isinstance(question, dict)]
    assert record.keys() <= FILE_KEYS
    assert {"title", "status", "notes"} <= record.keys()
    assert all(construct.keys() <= CONSTRUCT_KEYS for construct in constructs)
    assert all({"name", "text", "anchors"} <= q.keys() <= QUESTION_KEYS for q in questions)


@pytest.mark.parametrize("name", CLONES)
def test_clones_refer_to_acsi_and_copy_nothing(name):
    record = json.loads((files("csi.models") / f"{name}.json").read_text(encoding="utf-8"))
    assert record["same_as"] == "acsi"
    assert not {"constructs", "paths", "other_items"} & record.keys()
