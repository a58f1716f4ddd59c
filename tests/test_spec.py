"""Items, constructs, paths and the model they form."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import csi
from csi import Construct, Item, Path, composite, higher_order, items, paths, reflective, single
from csi.consistency import LARGEST_MODEL
from csi.errors import ArgumentTypeError, ModelError, OptionError


def triangle(**declared):
    return csi.model(
        [reflective("A", ["a1", "a2"]), composite("B", ["b1", "b2"]), single("C", "c")],
        [paths("B", "C", sign="-"), paths("A", ["C", "B"], sign="+")],
        **declared,
    )


# how it is written


def test_kinds():
    assert reflective("A", ["x", "y"]).kind == "reflective"
    assert composite("A", ["x", "y"]).kind == "composite"
    assert single("A", "x") == Construct("A", ("x",), "single")
    assert higher_order("A", ["X", "Y"]) == Construct("A", ("X", "Y"), "composite", True)
    assert higher_order("A", ["X", "Y"], kind="reflective").kind == "reflective"


@pytest.mark.parametrize("make", [reflective, composite])
def test_one_indicator_makes_a_single_item_construct(make):
    assert make("A", "x") == make("A", ["x"]) == single("A", "x")


def test_numbered_columns():
    assert items("Q", 9, 11) == ["Q9", "Q10", "Q11"]
    assert items("Q", 9, 10, width=3) == ["Q009", "Q010"]
    assert items("Q", 2, 2) == ["Q2"]


def test_paths_lead_from_every_source_to_every_target():
    assert paths(["A", "B"], ["C", "D"], sign="-") == (
        Path("A", "C", "-"), Path("A", "D", "-"), Path("B", "C", "-"), Path("B", "D", "-"),
    )  # fmt: skip
    assert [path.expected_sign for path in paths(["A", "B"], "C", sign="-")] == ["-", "-"]


# what follows from it


def test_paths_are_sorted_by_target_then_source():
    assert [str(path) for path in triangle().paths] == ["A -> B", "A -> C", "B -> C"]
    assert [path.expected_sign for path in triangle().paths] == ["+", "+", "-"]
    four = csi.model([single(n, n.lower()) for n in "ABCD"], [paths("A", "D"), paths("B", "C")])
    assert [str(path) for path in four.paths] == ["B -> C", "A -> D"]


def test_masks():
    model = triangle()
    assert model.indicators == ("a1", "a2", "b1", "b2", "c")
    assert_array_equal(model.blocks.argmax(axis=1), [0, 0, 1, 1, 2])
    assert_array_equal(model.blocks.sum(axis=1), 1)
    assert_array_equal(model.design, [[0, 1, 1], [0, 0, 1], [0, 0, 0]])
    assert_array_equal(model.composition, model.blocks)


def test_masks_of_a_higher_order_model():
    parts = [reflective("A", ["a1", "a2"]), single("B", "b"), single("C", "c")]
    model = csi.model([higher_order("W", ["A", "B"]), *parts], [paths("W", "C")])
    assert model.names == ("W", "A", "B", "C")
    assert model.indicators == ("a1", "a2", "b", "c")
    assert_array_equal(model.blocks[:, 0], False)
    assert_array_equal(model.composition[:, 0], [True, True, True, False])
    assert_array_equal(model.composition[:, 1:], model.blocks[:, 1:])


def test_models_are_equal_when_they_state_the_same():
    described = triangle(
        items=[Item("a1", {"en": "How?"})], scale=(1, 10), title="T", citation="somebody"
    )
    assert described == triangle()
    assert hash(described) == hash(triangle())
    assert triangle() != csi.model(triangle().constructs, triangle().paths[1:])
    assert triangle() != csi.model(triangle().constructs[::-1], triangle().paths)


def test_what_was_stated_stays():
    for value, name in [
        (triangle(), "paths"), (Item("x"), "scale"), (single("A", "x"), "name"),
    ]:  # fmt: skip
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, None)


def test_items_take_the_scale_of_the_model():
    model = triangle(items=[Item("a1", scale=(0, 1)), Item("a2")], scale=(1, 10))
    assert [model.item(name).scale for name in ("a1", "a2", "b1")] == [(0, 1), (1, 10), (1, 10)]
    assert triangle().item("a1").scale is None


def test_labels():
    model = csi.model(
        [reflective("S", ["s"], label={"en": "Satisfaction", "zh": "满意"}), single("L", "l")],
        [paths("S", "L")],
    )
    assert model.label("S") == "Satisfaction"
    assert model.label("S", "zh") == "满意"
    assert model.label("L", "zh") == "L"


def test_shown_in_one_line():
    assert repr(triangle(title="Mine")) == "<Model Mine: 3 constructs, 5 indicators, 3 paths>"


# what is refused

TWO = [reflective("A", ["a1", "a2"]), single("B", "b")]


@pytest.mark.parametrize(
    ("constructs", "arrows", "says"),
    [
        ([], [], "no construct"),
        ([reflective("A", [])], [], "'A' has no indicator"),
        ([reflective("A", ["x", "x"])], [], "'x' occurs more than once in 'A'"),
        ([*TWO, single("A", "z")], [], "'A' is stated more than once"),
        ([reflective("A", ["A", "b"])], [], "name of a construct and of an indicator"),
        ([single("A", "A"), single("B", "A")], [], "name of a construct and of an indicator"),
        ([reflective("A", items("x", 1, LARGEST_MODEL)), *TWO[1:]], [], "too large"),
        (TWO, [Path("A", "b")], "unknown construct 'b'.*Known constructs: A, B"),
        (TWO, [Path("A", "A")], "path to itself"),
        (TWO, [Path("A", "B"), Path("A", "B")], "'A' -> 'B' is stated more than once"),
        (TWO, [Path("A", "B"), Path("B", "A")], "circle"),
        ([*TWO, higher_order("W", ["A", "x"])], [], "'x', which is not a first-order construct"),
        ([*TWO, higher_order("W", ["A", "Bb"])], [], "Did you mean 'B'"),
    ],
)  # fmt: skip
def test_models_that_contradict_themselves(constructs, arrows, says):
    with pytest.raises(ModelError, match=f"(?s){says}"):
        csi.model(constructs, arrows)


@pytest.mark.parametrize(
    "name", ["", " ", " A", "A\n", 'say "yes"', "a\tb", "\u202eA", "A\x00", "\ud800"]
)
def test_names_that_cannot_be_shown(name):
    for constructs in ([single(name, "x")], [single("X", name)]):
        with pytest.raises(ModelError, match="name"):
            csi.model(constructs, [])


def test_a_circle_is_shown():
    three = [single(name, name.lower()) for name in "ABC"]
    with pytest.raises(ModelError, match=r"(A -> B -> C -> A|B -> C -> A -> B|C -> A -> B -> C)"):
        csi.model(three, [Path("A", "B"), Path("B", "C"), Path("C", "A")])


@pytest.mark.parametrize("stray", ["A =~ x", 3, None, ("A", ["x"])])
def test_only_constructs_and_paths_make_a_model(stray):
    with pytest.raises(ArgumentTypeError):
        csi.model([*TWO, stray], [])
    with pytest.raises(ArgumentTypeError):
        csi.model(TWO, [stray])


def test_a_single_construct_is_one_column():
    with pytest.raises(ArgumentTypeError, match="Name one column"):
        single("A", ["x", "y"])


def test_a_higher_order_construct_has_two_parts_or_more():
    with pytest.raises(ModelError, match="names 1 construct"):
        higher_order("W", ["A"])


def test_numbers_run_upwards():
    with pytest.raises(OptionError, match="last number is below the first"):
        items("Q", 3, 1)


def test_unknown_signs_and_directions():
    with pytest.raises(ModelError, match="sign 'plus'"):
        paths("A", "B", sign="plus")
    with pytest.raises(ModelError, match="direction 'reverse'"):
        Item("x", direction="reverse")


@pytest.mark.parametrize("scale", [(10, 1), (1, 1), (1, np.inf), (1, np.nan), (1,), "ab", 5])
def test_scales_are_two_increasing_numbers(scale):
    with pytest.raises(OptionError, match="lowest and highest answer"):
        triangle(scale=scale)
    with pytest.raises(OptionError, match="lowest and highest answer"):
        Item("x", scale=scale)


def test_unknown_constructs_are_answered_with_the_known():
    with pytest.raises(OptionError, match=r"Known constructs: A, B, C\. Did you mean 'A'"):
        triangle().construct("a")


def test_a_model_without_some_items_keeps_the_rest():
    whole = csi.models.ecsi_mobile()
    less = whole.without("CUSL2", "PERV1")
    assert less.construct("Loyalty").indicators == ("CUSL1", "CUSL3")
    assert less.construct("Value").kind == "single"
    assert [path.expected_sign for path in less.paths] == [p.expected_sign for p in whole.paths]
    assert less.item("CUSL1").scale == whole.item("CUSL1").scale
    assert less.label("Loyalty", "zh") == whole.label("Loyalty", "zh")


def test_what_a_model_cannot_do_without():
    model = csi.models.ecsi_mobile()
    with pytest.raises(csi.OptionError, match=r"no indicator 'CUSL9'.*Did you mean"):
        model.without("CUSL9")
    with pytest.raises(csi.ModelError, match="Complaints"):
        model.without("CUSCO")
