"""Models that contradict themselves and texts that cannot be read (situations 68-86)."""

import sys
import time

import pytest

import csi
from csi import Construct, ModelError, OptionError, Path
from csi.errors import ArgumentTypeError

NOT_QUADRATIC = 10
"""Seconds that none of these texts needs on any machine (0.05 to 0.4 on ours), unless the
time grows with the square of their length."""


def matrix(model):
    """Moments for any model: every correlation one half."""
    p = len(model.indicators)
    corr = [[1.0 if i == j else 0.5 for j in range(p)] for i in range(p)]
    return csi.Moments.from_correlation(corr, model.indicators, n=100)


@pytest.mark.parametrize("text", ["", "  \n ", "# nothing\n! at all\n", ";;\n;"])
def test_068_empty_or_only_comments(text):
    with pytest.raises(ModelError, match=r"states no construct\. Write at least one line such as"):
        csi.parse(text)


def test_069_syntax_error_shows_line_column_and_caret():
    with pytest.raises(ModelError) as caught:
        csi.parse("A =~ a1 + a2\nB =~ b1 b2\nB ~ A")
    assert str(caught.value) == (
        "Line 2, column 9: A + between names is expected here, found 'b2'.\n"
        "  B =~ b1 b2\n"
        "          ^"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A =~ ", r"Line 1, column 5: A name is missing after the operator"),
        ("=~ a", r"column 1: A name is missing before the operator"),
        ("A =~ a +", r"column 8: A name is missing after this \+"),
        ("A B =~ a", r"column 3: A \+ between names is expected here, found 'B'"),
        ("A:B =~ a", r"column 1: A name is expected before =~"),
        ("A =~ a =~ b", r"column 8: A second operator in one statement; begin a new line"),
        ("A a b", r"column 1: This states nothing: there is no =~, <~ or ~ in it"),
        ("A =~ (a)", r"column 6: Unexpected '\('\. Names with other signs need double quotes"),
        ('A =~ "a', r"column 6: Unexpected '\"'"),
        ("A =~ 满意 度", r"column 9: A \+ between names is expected here, found '度'"),
    ],
)
def test_069_every_kind_of_syntax_error(text, message):
    with pytest.raises(ModelError, match=message):
        csi.parse(text)


def test_070_unknown_operator():
    with pytest.raises(
        ModelError, match=r"Unknown operator '=~~'\. Known: =~ .*, <~ .*, ~ .*Did you mean '~~'"
    ):
        csi.parse("A =~~ a1")


@pytest.mark.parametrize("operator", [">=", "<=", "=", "->", "~>", "<<", "|~"])
def test_070_operator_of_another_package(operator):
    with pytest.raises(ModelError, match=r"Line 1, column 3: Un(known operator|expected arrow)"):
        csi.parse(f"A {operator} b")


def test_071_construct_without_item():
    with pytest.raises(
        ModelError, match=r"'A' has no indicator\. Name its columns, or leave it out"
    ):
        csi.model([csi.reflective("A", [])], [])


def test_072_item_in_two_constructs():
    model = csi.parse("A =~ a + b\nB =~ b + c\nB ~ A")
    with pytest.raises(
        ModelError, match=r"'b' belongs to two constructs, 'A' and 'B'\. .* leave it"
    ):
        csi.fit(model, matrix(model))


def test_073_item_twice_in_one_block():
    with pytest.raises(ModelError, match=r"'a' occurs more than once in 'A'\. Keep one"):
        csi.parse("A =~ a + b + a")


def test_074_path_to_itself():
    with pytest.raises(ModelError, match=r"'B' is given a path to itself\. Remove it"):
        csi.parse("B =~ b\nB ~ B")


def test_075_cycle():
    with pytest.raises(
        ModelError, match=r"circle: (A -> B -> C|B -> C -> A|C -> A -> B).*drop one"
    ):
        csi.parse("A =~ a\nB =~ b\nC =~ c\nB ~ A\nC ~ B\nA ~ C")


def test_076_path_stated_twice():
    with pytest.raises(ModelError, match=r"Path 'A' -> 'B' is stated more than once\. Keep one"):
        csi.parse("A =~ a\nB =~ b\nB ~ A\nB ~ A")


def test_077_construct_and_item_of_the_same_name():
    with pytest.raises(ModelError, match=r"'A' is the name of a construct and .* Rename one"):
        csi.parse("A =~ A + b")


def test_077_construct_stated_twice():
    with pytest.raises(ModelError, match=r"'A' is stated more than once\. Keep one"):
        csi.model([csi.single("A", "a"), csi.single("A", "b")], [])


def test_078_construct_without_path():
    model = csi.parse("A =~ a\nB =~ b\nC =~ c\nB ~ A")
    with pytest.raises(
        ModelError, match=r"Constructs without a path: C\. .* connect it or leave it"
    ):
        csi.fit(model, matrix(model))


def test_078_models_without_paths_are_stated_but_composites_need_them():
    model = csi.parse("A =~ a + b + c\nB =~ d + e + f\nA ~~ B")
    assert model.paths == ()
    with pytest.raises(ModelError, match=r"The model states 'A ~~ B'.* Fit it with csi.CBSEM\(\)"):
        csi.fit(model, matrix(model))
    model = csi.parse("A =~ a + b + c\nB =~ d + e + f")
    with pytest.raises(ModelError, match=r"without a path: A, B\. .* or fit with csi.CBSEM\(\)"):
        csi.fit(model, matrix(model))


def test_079_unconnected_pieces():
    model = csi.parse("A =~ a\nB =~ b\nC =~ c\nD =~ d\nB ~ A\nD ~ C")
    with pytest.raises(
        ModelError, match=r"2 unconnected pieces: A, B; C, D\. Connect them, or fit them as models"
    ):
        csi.fit(model, matrix(model))


@pytest.mark.parametrize("name", ["a + b", "a~b", "price (CNY)", "#1", "满意 度", "1"])
def test_082_name_with_operator_characters_is_quoted(name):
    model = csi.model([csi.single(name, name + "!"), csi.single("B", "b")], [csi.paths(name, "B")])
    assert csi.parse(str(model)) == model


@pytest.mark.parametrize("name", ['a"b', "a\nb", " a", "a ", "", "\ud800"])
def test_082_name_that_cannot_be_written(name):
    with pytest.raises(ModelError, match=r"The name .*(Rename it|no blanks at its ends)"):
        csi.model([csi.single(name, "x")], [])


@pytest.mark.parametrize(
    "text",
    ["__import__('os').system('false') =~ a", "A =~ eval('1')", "A =~ {0.__class__}",
     "A =~ a; raise SystemExit()", "A =~ eval('1')*a", "A =~ c(eval('1'), 2)*a",
     "A =~ k*a; d := eval('1')", "A =~ k*a; d := k if k else 0", "A =~ k*a; exec('1') > 0"],
)  # fmt: skip
def test_083_code_is_never_evaluated(text, monkeypatch):
    monkeypatch.setattr("builtins.eval", lambda *_: sys.exit(3))
    with pytest.raises(ModelError, match=r"Line 1, column \d+: "):
        csi.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "A =~ " + " + ".join(f"x{i}" for i in range(100_000)),
        "A =~ " + " + ".join(f"x{i}" for i in range(10_000)),
        "A =~ " + "a" * 1_000_000,
        "A =~ a\n" * 200_000,
        "A =~ " + "(" * 1_000_000,
        "A =~ " + " + ".join(f"l{i}*x{i}" for i in range(10_000)),
        "A =~ a\n" + "a ~~ 0*a;" * 20_000,
        " + ".join(f"x{i}" for i in range(9_000))
        + "~~"
        + " + ".join(f"y{i}" for i in range(9_000)),
        "A =~ k*a\nd := " + "k + " * 40_000 + "k",
        "A =~ k*a\n" + "k > 0;" * 6_000,
    ],
    ids=[
        "terms",
        "fewer terms",
        "one name",
        "statements",
        "nesting",
        "labels",
        "covariances",
        "pairs",
        "formula",
        "constraints",
    ],
)
def test_084_huge_text(text):
    start = time.process_time()
    with pytest.raises(ModelError, match="too large"):
        csi.parse(text)
    assert time.process_time() - start < NOT_QUADRATIC


def test_084_deep_nesting():
    with pytest.raises(ModelError, match=r"Line 1, column 6: Unexpected '\('"):
        csi.parse("A =~ " + "(" * 100_000)
    with pytest.raises(ModelError, match=r"column 67: More than 50 parentheses or signs within"):
        csi.parse("A =~ k*a; d := " + "(" * 5_000 + "k" + ")" * 5_000)


def test_084_too_many_columns_to_tell_them_from_misspelt_constructs():
    text = "".join(f"A{i} =~ a{i};" for i in range(2_000)) + "".join(
        f"A1 ~ z{i};" for i in range(2_000)
    )
    start = time.process_time()
    with pytest.raises(ModelError, match=r"'z0'.* A column of the data is declared by z0 =~ z0"):
        csi.parse(text)
    assert time.process_time() - start < NOT_QUADRATIC


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\u202e", "\u2066", "\u200f"])
def test_085_control_characters(sign):
    with pytest.raises(ModelError, match=r"Unexpected (U\+00|[A-Z-]+ )|Unexpected '"):
        csi.parse(f"A =~ a{sign}b")
    with pytest.raises(
        ModelError, match=rf"holds U\+{ord(sign):04X}, which cannot be .* Rename it"
    ):
        csi.parse(f'A =~ "a{sign}b"')
    with pytest.raises(ModelError, match=rf"of a parameter holds U\+{ord(sign):04X}"):
        csi.parse(f'A =~ "l{sign}"*a')


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("1e999", "number '1e999' is too large"),
        ("-1e999", "number '1e999' is too large"),
        ("start(1e999)", "number '1e999' is too large"),
        ("c(1, 1e999)", "number '1e999' is too large"),
        ("nan", "'nan' is no number"),
        ("Inf", "'Inf' is no number"),
        ("c(1, NaN)", "'NaN' is no number"),
    ],
)
def test_086_fixed_value_that_is_no_number(value, found):
    with pytest.raises(ModelError, match=rf"column \d+: .*{found}"):
        csi.parse(f"A =~ {value}*x")


# ----------------------------------------------------- models built from values


def test_unknown_construct_in_a_path():
    with pytest.raises(
        ModelError, match=r"unknown construct 'Bb'\. Known constructs: A, B\. Did you mean 'B'\?"
    ):
        csi.model([csi.single("A", "a"), csi.single("B", "b")], [csi.paths("A", "Bb")])


def test_higher_order_of_unknown_parts():
    with pytest.raises(ModelError, match=r"'H' names 'Aa', which is not a first-order.*mean 'A'"):
        csi.model([csi.single("A", "a"), csi.higher_order("H", ["A", "Aa"])], [])
    with pytest.raises(ModelError, match=r"'H' names 1 construct\. Name two or more"):
        csi.higher_order("H", ["A"])


@pytest.mark.parametrize(
    "make",
    [
        lambda: csi.model("A =~ a", []),
        lambda: csi.model([csi.single("A", "a")], 5),
        lambda: csi.model([csi.single("A", "a")], ["A -> B"]),
        lambda: csi.model(["A"], []),
        lambda: csi.model([csi.single("A", "a")], [], items=["a"]),
        lambda: csi.reflective("A", 5),
        lambda: csi.reflective("A", [1, 2]),
        lambda: csi.reflective("A", "a", label="English"),
        lambda: csi.single("A", ["a"]),
        lambda: csi.paths(5, "B"),
        lambda: csi.parse(b"A =~ a"),
        lambda: csi.parse(None),
        lambda: csi.fit("A =~ a", None),
        lambda: csi.single("A", "a") and csi.model([csi.single(5, "a")], []),
    ],
)
def test_values_of_the_wrong_kind(make):
    with pytest.raises(ArgumentTypeError, match=r"\w"):
        make()


def test_kinds_and_signs_that_do_not_exist():
    with pytest.raises(ModelError, match=r"of kind 'formative'\. Known: reflective, composite"):
        csi.model([Construct("A", ("a",), "formative")], [])
    with pytest.raises(ModelError, match=r"sign '\+\+' is not known\. Use"):
        csi.paths("A", "B", sign="++")
    with pytest.raises(ModelError, match=r"sign 5 is not known\. Use"):
        csi.model([csi.single("A", "a"), csi.single("B", "b")], [Path("A", "B", 5)])


@pytest.mark.parametrize("ends", [(10, 1), (1, 1), (1,), (1, float("inf")), "19", 5, {1, 10}])
def test_scale_that_is_none(ends):
    with pytest.raises(
        OptionError, match=r"The scale of the model is .* lowest and highest answer"
    ):
        csi.model([csi.single("A", "a")], [], scale=ends)


@pytest.mark.parametrize(("first", "last"), [(3, 1), ("1", 3), (1.0, 3), (1, 10**9)])
def test_items_that_cannot_be_counted(first, last):
    with pytest.raises(OptionError, match=r"is empty|cannot be counted|more than 5000"):
        csi.items("Q", first, last)
