"""Items, constructs, paths and the model they form."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import csi
from csi import Construct, Item, Path, composite, higher_order, items, paths, reflective, single
from csi.consistency import LARGEST_MODEL
from csi.errors import ArgumentTypeError, ModelError, OptionError
from csi.parameters import Constraint, Defined, Parameter


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


# parameters, definitions, constraints


def with_parameters(*parameters, defined=(), constraints=()):
    return dataclasses.replace(
        triangle(), parameters=parameters, defined=defined, constraints=constraints
    )


@pytest.mark.parametrize(
    ("parameter", "says"),
    [
        (("A", "~~", "Cc"), "'Cc', which is neither a construct nor an item.*Did you mean"),
        (("A", "=~", "b1"), "'b1' is no indicator of 'A'"),
        (("B", "=~", "b1"), "stated with =~, the construct with <~"),
        (("A", "~", "C"), "belongs to no path of the model. State the path C -> A"),
        (("a1", "~", "a1"), "'a1' is given a path to itself"),
        (("C", "~", "A:a1"), "A product is of two constructs"),
        (("C", "~", "A:A:A"), "A product is of two constructs"),
        (("A", "|", "t1"), "Only items have thresholds"),
        (("A", "~*~"), "Only items have thresholds"),
        (("a1", "|", "t0"), "no threshold. They are called t1"),
        (("a1", "~1", "a1"), "has a right side"),
        (("A", "~", "B:C"), "circle"),
    ],
)
def test_parameters_of_what_the_model_does_not_hold(parameter, says):
    with pytest.raises(ModelError, match=says):
        with_parameters(Parameter(*parameter))


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ({"fixed": (np.nan,)}, "finite numbers"),
        ({"fixed": (np.inf, 1)}, "finite numbers"),
        ({"start": ("1",)}, "finite numbers"),
        ({"start": 1.0}, "finite numbers"),
        ({"label": (1,)}, "tuple of names"),
        ({"label": "a"}, "tuple of names"),
        ({"fixed": (1.0,), "free": True}, "fixed and free at once"),
        ({"fixed": (1.0, None), "label": ("a", "b", "c")}, "values for 2, 3 groups"),
    ],
)
def test_statements_that_contradict_themselves(stated, says):
    with pytest.raises(ModelError, match=says):
        Parameter("a1", "~~", "a1", **stated)


def test_none_for_every_group_is_no_statement_or_says_free():
    assert Parameter("A", "=~", "a1", (None, None)) == Parameter("A", "=~", "a1", free=True)
    assert Parameter("A", "=~", "a1", start=(None,), label=(None,)) == Parameter("A", "=~", "a1")


def test_operators_and_sides_of_parameters():
    with pytest.raises(ModelError, match="Operator '<->' is not known"):
        Parameter("a", "<->", "b")
    with pytest.raises(ModelError, match="sign '>=' is not known"):
        Constraint("a", ">=", "0")
    for given in [(1, "~~", "b"), ("a", "~~", None), ("a", None, "b")]:
        with pytest.raises(ArgumentTypeError, match="is no parameter"):
            Parameter(*given)
    for what in ("parameters", "defined", "constraints"):
        with pytest.raises(ArgumentTypeError, match="'a ~~ b' stands among the"):
            dataclasses.replace(triangle(), **{what: ("a ~~ b",)})
        with pytest.raises(ArgumentTypeError):
            dataclasses.replace(triangle(), **{what: 5})


def test_what_is_stated_twice_is_united_or_refused():
    a, b = Parameter("A", "=~", "a1", (1.0,)), Parameter("A", "=~", "a1", label=("l",))
    assert with_parameters(a, b).parameters == (Parameter("A", "=~", "a1", (1.0,), label=("l",)),)
    with pytest.raises(ModelError, match=r"stated again as A =~ 2\*a1, with another fixed value"):
        with_parameters(a, Parameter("A", "=~", "a1", (2.0,)))
    with pytest.raises(ModelError, match="fixed and free at once"):
        with_parameters(a, Parameter("A", "=~", "a1", free=True))
    with pytest.raises(ModelError, match="with another label value"):
        with_parameters(Parameter("a2", "~~", "a1", label=("k",)),
                        Parameter("a1", "~~", "a2", label=("l",)))  # fmt: skip


def test_parameters_have_an_order_and_say_something():
    stated = [
        Parameter("a1", "~1"), Parameter("b1", "~~", "a1"), Parameter("C", "~", "A", start=(1,)),
        Parameter("A", "=~", "a2", free=True), Parameter("A", "=~", "a1"), Parameter("C", "~", "B"),
    ]  # fmt: skip
    written = ["A =~ NA*a2", "C ~ start(1)*A", "a1 ~~ b1", "a1 ~ 1"]
    assert [str(p) for p in with_parameters(*stated).parameters] == written
    assert with_parameters(*stated) == with_parameters(*stated[::-1])
    assert with_parameters(*stated) != triangle()
    assert hash(with_parameters(*stated)) == hash(with_parameters(*stated[::-1]))


LABELLED = Parameter("C", "~", "A", label=("k",))


@pytest.mark.parametrize(
    ("formulas", "says"),
    [
        ({"defined": (Defined("d", "k + kk"),)}, "unknown parameter 'kk'.*labels: k.*mean 'k'"),
        ({"defined": (Defined("k", "2"),)}, "'k' is defined, but it is the label of a parameter"),
        ({"defined": (Defined("d", "k"), Defined("d", "1"))}, "defined more than once"),
        ({"defined": (Defined("d", "e"), Defined("e", "d"))}, "definitions run in a circle"),
        ({"defined": (Defined("d", "d + k"),)}, "definitions run in a circle"),
        ({"defined": (Defined(" d", "k"),)}, "no blanks at its ends"),
        ({"constraints": (Constraint("k", "<", "q"),)}, "'k < q' names an unknown parameter 'q'"),
        ({"constraints": (Constraint("1", "<", "2"),)}, "names no parameter"),
    ],
)
def test_formulas_of_what_is_not_there(formulas, says):
    with pytest.raises(ModelError, match=f"(?s){says}"):
        with_parameters(LABELLED, **formulas)


def test_labels_can_be_written():
    with pytest.raises(ModelError, match="double quote"):
        with_parameters(Parameter("C", "~", "A", label=('a"b',)))
    with pytest.raises(ModelError, match="Give it letters"):
        with_parameters(Parameter("C", "~", "A", label=("",)))


def test_formulas_are_written_in_one_way():
    assert Defined("d", "(k)*2 ") == Defined("d", "k*2")
    assert Constraint("(k)", "==", "(1)") == Constraint("k", "==", "1")


def test_what_speaks_of_an_item_goes_with_it():
    model = csi.parse(
        "A =~ k*a1 + a2 + l*a3\nB =~ b1 + b2\nB ~ m*A + age\na1 ~~ b1\nb1 ~~ b2\na1 ~ age\n"
        "d := k + m\ne := d^2\nf := m\nk > l\ne > 0\nf > 0"
    )
    assert str(model.without("a1")) == (
        "A =~ a2 + l*a3\nB =~ b1 + b2\nB ~ m*A + age\nb1 ~~ b2\nf := m\nf > 0"
    )
    less = model.without("age")
    assert less.names == ("A", "B")
    assert [str(path) for path in less.paths] == ["A -> B"]
    assert "a1 ~ age" not in str(less)
    assert less.defined == model.defined


def test_other_paths_take_what_is_stated_of_them_along():
    model = csi.parse("A =~ a\nB =~ b\nC =~ c\nC ~ k*A + l*B\nB ~ A\nd := k\nl > 0\nC ~~ A")
    less = model.with_paths(path for path in model.paths if str(path) != "A -> C")
    assert str(less) == "A =~ a\nB =~ b\nC =~ c\nB ~ A\nC ~ l*B\nA ~~ C\nl > 0"
