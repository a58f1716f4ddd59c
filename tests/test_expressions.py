"""Formulas of parameters: how they are read, written, computed and differentiated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from csi.errors import ArgumentTypeError, ModelError
from csi.expressions import DEEPEST_EXPRESSION, LONGEST_EXPRESSION, parse_expression

many_examples = settings(max_examples=300, deadline=None, derandomize=True, database=None)
FUNCTIONS = {"exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": abs}
VALUES = {"a": 0.7, "b": 1.9, "c": 2.3}


def python(text, values):
    """What Python makes of the same formula: the rules of precedence are the same."""
    names = {name: np.complex128(value) for name, value in values.items()}
    with np.errstate(all="ignore"):
        return eval(text.replace("^", "**"), {"__builtins__": {}}, FUNCTIONS | names)


operands = st.sampled_from(["a", "b", "c", "2", "0.5", "1e-3", "3."])
formulas = st.recursive(
    operands,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/^"), inner).map("".join),
        st.tuples(inner, st.sampled_from([" + -", "*-", "^-", "/ -"]), inner).map("".join),
        inner.map("({})".format),
        inner.map("-{}".format),
        st.tuples(st.sampled_from(["exp", "log", "sqrt"]), inner).map("{0[0]}({0[1]})".format),
    ),
    max_leaves=12,
)


@given(formulas)
@many_examples
def test_values_are_those_of_python_and_text_reads_back(text):
    expression = parse_expression(text)
    assert parse_expression(str(expression)) == expression
    expected = python(text, VALUES)
    if np.isfinite(expected) and expected.imag == 0 and abs(expected) < 1e100:
        assert_allclose(expression.value(VALUES), expected.real, rtol=1e-12)


@given(formulas)
@many_examples
def test_gradients_are_derivatives(text):
    expression = parse_expression(text)
    if not np.isfinite(expression.value(VALUES)):
        return
    for name, slope in expression.gradient(VALUES).items():
        if "sqrt" in text and not np.isfinite(slope):
            continue  # the root of nothing has no slope
        shifted = python(text, VALUES | {name: VALUES[name] + 1e-200j})
        if np.isfinite(shifted) and abs(shifted.imag) < 1e-50:  # no power of a negative number
            assert_allclose(slope, shifted.imag / 1e-200, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a*b", "a*b"),
        ("((a))+((b*c))", "a + b*c"),
        ("a-(b-c)", "a - (b - c)"),
        ("a+(b-c)", "a + b - c"),
        ("(a*b)/c", "a*b/c"),
        ("a/(b*c)", "a/(b*c)"),
        ("a*-b", "a*(-b)"),
        ("a - -b", "a - (-b)"),
        ("-a^2", "-a^2"),
        ("(-a)^2", "(-a)^2"),
        ("a^b^c", "a^b^c"),
        ("(a^b)^c", "(a^b)^c"),
        ("2^-1", "2^(-1)"),
        ("exp( -a )*1.50", "exp(-a)*1.5"),
        ("1e3 + 1E-7", "1000 + 1e-07"),
        ('"a b" + 满意', '"a b" + 满意'),
        ("a\n + b # all", "a + b"),
    ],
)
def test_text_with_as_few_parentheses_as_it_needs(text, canonical):
    assert str(parse_expression(text)) == canonical


def test_names_stand_in_the_order_in_which_they_appear():
    expression = parse_expression("c*b + exp(a)^b - log")
    assert expression.names == ("c", "b", "a", "log")
    assert list(expression.gradient({"a": 1, "b": 1, "c": 1, "log": 1})) == ["c", "b", "a", "log"]


def test_arrays_are_computed_element_by_element():
    rng = np.random.default_rng(1)
    draws = {name: rng.uniform(0.5, 2, (3, 4)) for name in "abc"}
    expression = parse_expression("a*b + 2/c^a - abs(b - c) + 1")
    values, slopes = expression.value(draws), expression.gradient(draws)
    for at in np.ndindex(3, 4):
        one = {name: draw[at] for name, draw in draws.items()}
        assert values[at] == expression.value(one)
        for name, slope in expression.gradient(one).items():
            assert slopes[name][at] == slope
    assert_array_equal(parse_expression("a + b").gradient(draws)["a"], np.ones((3, 4)))


@pytest.mark.parametrize(
    ("text", "value"),
    [("1/a", np.inf), ("log(a)", -np.inf), ("log(a - 1)", np.nan), ("a/a", np.nan),
     ("exp(1000 + a)", np.inf), ("(a - 1)^0.5", np.nan), ("1e999 - a", None)],
)  # fmt: skip
def test_what_cannot_be_computed_is_not_finite_and_says_nothing(text, value):
    if value is None:
        with pytest.raises(ModelError, match="too large"):
            parse_expression(text)
        return
    expression = parse_expression(text)
    assert_array_equal(expression.value({"a": 0.0}), value)
    assert list(expression.gradient({"a": 0.0})) == ["a"]


def test_slopes_at_the_edges():
    zero = {"a": 0.0}
    assert parse_expression("a^2").gradient(zero)["a"] == 0
    assert parse_expression("a^1").gradient(zero)["a"] == 1
    assert parse_expression("a^0").gradient(zero)["a"] == 0
    assert parse_expression("a^2").gradient({"a": -3.0})["a"] == -6
    assert parse_expression("abs(a)").gradient({"a": -3.0})["a"] == -1
    assert parse_expression("3").gradient({}) == {}


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("", 1, "A name or a number is expected here, found nothing"),
        ("a +", 4, "found nothing"),
        ("a b", 3, "A sign such as + or * is expected here, found 'b'"),
        ("a ** 2", 4, "found '*'"),
        ("(a + b", 1, "This parenthesis is not closed"),
        ("a + b)", 6, "found ')'"),
        ("a; b", 2, "without a semicolon"),
        ("max(a, b)", 1, "max() is not supported. Known functions: exp, log, sqrt, abs"),
        ("a == b", 3, "A sign such as + or * is expected"),
        ("a[0]", 2, "Unexpected '['"),
        ("2a", 1, "begin with a digit"),
        ("1 < 2", 3, "A sign such as"),
        ("lambda: 0", 7, "found ':'"),
    ],
)
def test_what_cannot_be_read(text, column, says):
    with pytest.raises(ModelError) as refused:
        parse_expression(text)
    message, _, caret = str(refused.value).split("\n")
    assert message.startswith(f"Line 1, column {column}: ")
    assert says in message
    assert caret.index("^") == 1 + column


@pytest.mark.parametrize("opening", ["(", "-", "exp(", "a^", "2^-("])
def test_depth_is_limited(opening):
    closing = ")" * opening.count("(")
    parse_expression(opening * 15 + "a" + closing * 15)
    with pytest.raises(ModelError, match=f"More than {DEEPEST_EXPRESSION} "):
        parse_expression(opening * 3000 + "a" + closing * 3000)


def test_length_is_limited_and_long_sums_are_not_deep():
    terms = LONGEST_EXPRESSION // 2
    expression = parse_expression("+".join(["a"] * terms))
    assert expression.value({"a": 1.0}) == terms
    assert expression.gradient({"a": 1.0})["a"] == terms
    with pytest.raises(ModelError, match="The expression is too large"):
        parse_expression("+".join(["a"] * (terms + 1)))


def test_only_text_is_read():
    with pytest.raises(ArgumentTypeError, match="no expression"):
        parse_expression(3)
