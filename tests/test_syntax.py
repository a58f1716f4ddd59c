"""Model text: what it may say, and how it is refused."""

import pytest

import csi
from csi import composite, higher_order, reflective, single
from csi.errors import ArgumentTypeError, ModelError
from csi.parameters import Parameter
from csi.syntax import LONGEST_TEXT, extend

SHORT = "Sat =~ S1 + S2\nLoy =~ L1\nLoy ~ Sat"


def test_operators_name_kinds_and_paths():
    model = csi.parse("Image =~ I1 + I2\nQuality <~ Q1 + Q2\nLoyal =~ L\nLoyal ~ Image + Quality")
    assert model.constructs == (
        reflective("Image", ["I1", "I2"]),
        composite("Quality", ["Q1", "Q2"]),
        single("Loyal", "L"),
    )
    assert [str(path) for path in model.paths] == ["Image -> Loyal", "Quality -> Loyal"]


def test_a_construct_of_constructs_is_of_higher_order():
    model = csi.parse("A =~ a1 + a2\nB =~ b1 + b2\nWhole <~ A + B\nC =~ c1\nC ~ Whole")
    assert model.construct("Whole") == higher_order("Whole", ["A", "B"])
    assert model.indicators == ("a1", "a2", "b1", "b2", "c1")


@pytest.mark.parametrize(
    "text",
    [
        "Sat =~ S1 + S2; Loy =~ L1; Loy ~ Sat",
        "\n\n  Sat =~ S1 +\n S2 # comment ~ =~\n\n Loy =~ L1 ! comment\n Loy ~\n\n Sat\n",
        "Sat =~ S1\n + S2\nLoy =~ L1\nLoy ~ Sat",
        "Loy ~ Sat\nSat =~ S1 + S2\nLoy =~ L1",
        "Sat =~ S1\nSat =~ S2\nLoy =~ L1\nLoy ~ Sat",
        'Sat=~S1+"S2"\n"Loy"=~L1\r\nLoy~Sat;;',
        "Sat\t=~\u3000S1\u00a0+ S2\nLoy =~ L1\nLoy ~ Sat",
    ],
)
def test_ways_to_write_one_model(text):
    found, wanted = csi.parse(text), csi.parse(SHORT)
    assert set(found.constructs) == set(wanted.constructs)
    assert found.paths == wanted.paths


def test_several_names_may_stand_before_an_operator():
    model = csi.parse("A =~ a\nB + C =~ b + c\nB + C ~ A\na + b ~ 1\nb + c ~~ a")
    assert [str(path) for path in model.paths] == ["A -> B", "A -> C"]
    assert model.construct("B").indicators == model.construct("C").indicators == ("b", "c")
    assert [str(p) for p in model.parameters] == ["a ~~ b", "a ~~ c", "a ~ 1", "b ~ 1"]


def test_names_in_quotes_may_hold_anything_but_quotes():
    model = csi.parse(
        '"满意 度" =~ "1. Wie zufrieden?" + "a + b ~ c # d; e"\nL =~ x.1\nL ~ "满意 度"'
    )
    assert model.names == ("满意 度", "L")
    assert model.indicators == ("1. Wie zufrieden?", "a + b ~ c # d; e", "x.1")


def test_names_in_other_scripts_need_no_quotes():
    model = csi.parse("满意度 =~ 问题一 + Größe\nλ =~ é_1\nλ ~ 满意度")
    assert model.indicators == ("问题一", "Größe", "é_1")
    assert str(model) == "满意度 =~ 问题一 + Größe\nλ =~ é_1\nλ ~ 满意度"


def test_text_of_a_model_lists_constructs_then_paths_by_target():
    model = csi.model(
        [reflective("A", ["a1", "a b"]), composite("B", ["b1", "b2"]), single("1C", "c")],
        [csi.paths(["B", "A"], "1C"), csi.paths("A", "B")],
    )
    assert str(model).split("\n") == [
        'A =~ a1 + "a b"',
        "B <~ b1 + b2",
        '"1C" =~ c',
        "B ~ A",
        '"1C" ~ A + B',
    ]


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("Sat =~ S1 +", "Line 1, column 11", "missing after this +"),
        ("Sat =~ S1 ++ S2", "Line 1, column 12", "A name is expected here, found '+'"),
        ("Sat =~ S1 S2", "Line 1, column 11", "A + between names"),
        ("Sat =~", "Line 1, column 7", "missing after the operator"),
        ("=~ S1", "Line 1, column 1", "missing before the operator"),
        ("Sat S1", "Line 1, column 1", "no =~, <~ or ~"),
        ("Sat =~ S1 =~ S2", "Line 1, column 11", "second operator"),
        ("A =~ a\nSat:Loy =~ S1", "Line 2, column 1", "A name is expected before =~"),
        ("A =~ a\n  B =~ 1b", "Line 2, column 8", "Unexpected number '1b'"),
        ("Sat =~ 0.8", "Line 1, column 8", "Unexpected number '0.8': a fixed value is written"),
        ("Sat ~~ 2*3*Loy", "Line 1, column 10", "A second fixed value"),
        ("Sat ~ NA*1*Loy", "Line 1, column 10", "A second fixed value"),
        ("Sat ~ a*b*Loy", "Line 1, column 9", "A second label"),
        ("Sat ~ a Loy", "Line 1, column 9", "A + between names"),
        ("Sat ~ 2 Loy", "Line 1, column 7", "Unexpected number '2'"),
        ("Sat ~ c(1, 2)Loy", "Line 1, column 14", "A * is expected after"),
        ("Sat ~ c(1, 2*Loy", "Line 1, column 13", "A ) is expected after the last value"),
        ("Sat ~ c 1, 2)*Loy", "Line 1, column 9", "A + between names"),
        ("Sat ~ c(1, a)*Loy", "Line 1, column 7", "Numbers and labels are mixed"),
        ("Sat ~ start(a)*Loy", "Line 1, column 7", "Write start(0.5)"),
        ("Sat ~ start(NA)*Loy", "Line 1, column 7", "Write start(0.5)"),
        ("Sat ~ label(1)*Loy", "Line 1, column 7", "Write label(a)"),
        ("Sat ~ 0", "Line 1, column 7", "an intercept of zero is written 0*1"),
        ("2*Sat ~ Loy", "Line 1, column 3", "stand to the right of the operator"),
        ("Sat ~ A:B:C", "Line 1, column 10", "more than two constructs"),
        ("Sat ~~ A:B", "Line 1, column 8", "A name is expected after ~~"),
        ("Sat =~ 1", "Line 1, column 8", "A name is expected after =~"),
        ("Sat ~*~ Loy", "Line 1, column 9", "stated as Sat ~*~ Sat"),
        ('Sat ~ x + 1*"a:b"', "Line 1, column 13", "A name with a colon"),
        ("a b := 1", "Line 1, column 3", "One name stands before :="),
        (":= 1", "Line 1, column 1", "A name is missing before :="),
        ("ab := (a + b", "Line 1, column 7", "This parenthesis is not closed"),
        ("ab := a b", "Line 1, column 9", "A sign such as + or * is expected"),
        ("a > f(b)", "Line 1, column 5", "f() is not supported. Known functions: exp, log"),
        ("Sat =: S1", "Line 1, column 5", "Unknown operator '=:'"),
        ("Sat =~ S(1)", "Line 1, column 8", "Functions such as S() are not supported"),
        ("Sat =~ (S1)", "Line 1, column 8", "Unexpected '('"),
        ('Sat =~ "S1', "Line 1, column 8", "Unexpected '\"'"),
        ("Sat =~ S\u200b1", "Line 1, column 9", "ZERO WIDTH SPACE"),
    ],
)
def test_what_cannot_be_read_is_shown_with_a_caret(text, place, says):
    with pytest.raises(ModelError) as refused:
        csi.parse(text)
    message, line, caret = str(refused.value).split("\n")
    assert message.startswith(place)
    assert says in message
    column = int(place.rpartition(" ")[2])
    assert caret.index("^") == 2 + column - 1
    if text.isprintable():
        assert line == f"  {text}"


def test_the_caret_stands_below_wide_letters():
    with pytest.raises(ModelError) as refused:
        csi.parse("满意度 ==~ S1")
    *_, line, caret = str(refused.value).split("\n")
    assert line == "  满意度 ==~ S1"
    assert caret == "  \u3000\u3000\u3000 ^"


def test_long_lines_are_cut_round_the_place():
    text = "Sat =~ " + " + ".join(f"S{i}" for i in range(100)) + " + ( " + "x" * 100
    with pytest.raises(ModelError) as refused:
        csi.parse(text)
    _, line, caret = str(refused.value).split("\n")
    assert len(line) <= 122
    assert line[caret.index("^")] == "("


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "states no construct"),
        ("# nothing\n;;\n", "states no construct"),
        ("d := 1; d > 0", "states no construct"),
        ("Sat =~ S1 + S2\nLoy =~ L1\nLoy ~ Sta", "unknown construct 'Sta'.*Did you mean 'Sat'"),
        ("满意 =~ 甲\n忠诚 =~ 乙\n忠城 ~ 满意", "unknown construct '忠城'.*Did you mean '忠诚'"),
        ("Sat =~ S1 + S1", "occurs more than once in 'Sat'"),
        ("Sat =~ S1\nSat <~ S2", "stated with =~ and with <~"),
        ("A =~ a\nB =~ b\nA ~ B\nB ~ A", "circle"),
        ("A =~ a\nB =~ A", "'A' is the name of a construct and of an indicator of 'B'"),
        ('"" =~ a', "Give it letters"),
        ("A =~ a\nB =~ b\nC <~ A + B\nD <~ A + C", "not a first-order construct"),
        ("x" * (LONGEST_TEXT + 1), "too large"),
    ],
)
def test_texts_that_state_no_possible_model(text, says):
    with pytest.raises(ModelError, match=f"(?s){says}"):
        csi.parse(text)


@pytest.mark.parametrize("given", [None, 3, b"Sat =~ S1", ["Sat =~ S1"]])
def test_only_text_is_parsed(given):
    with pytest.raises(ArgumentTypeError, match="no model text"):
        csi.parse(given)


def test_nothing_in_the_text_is_evaluated():
    with pytest.raises(ModelError, match="Unexpected"):
        csi.parse("Sat =~ __import__('os').system('true')")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("group: 1\nL =~ x", "Headers such as group: are not supported. Write values of groups"),
        ("level: 2\nL =~ x", "Headers such as level: are not supported"),
        ("L =~ 0.8?x", r"Starting values are written start\(0.5\)\*name"),
        ("L =~ equal('L=~x')*x", r"equal\(\) is not supported. Give both parameters the same"),
        ("efa('block1')*L =~ x", r"efa\(\) is not supported. Exploratory"),
        ("L =~ rv('a')*x", r"rv\(\) is not supported. Random slopes"),
        ("L =~ lower(0)*x", r"lower\(\) is not supported. Give the parameter a label"),
        ("L =~ sqrt(2)*x", r"Functions such as sqrt\(\) are not supported here"),
        ("L ~ c(sqrt(2), 1)*x", r"Functions such as sqrt\(\) are not supported here"),
        ("L ~ x %in% z", "Operators of R such as %in% are not supported"),
        ("L ~ .", "A dot for all other columns is not supported"),
        ("L >= 0", "Unknown operator '>='.*Did you mean '>'"),
        ("A -> B", "Write the path from A to B as B ~ A"),
        ("A ＝~ x", "full-width '＝'. Type the ordinary '='"),
        ("A =～ x", "full-width '～'. Type the ordinary '~'"),
        ("A =~ a ＋ b", r"full-width '＋'. Type the ordinary '\+'"),
        ("model.txt", "If it names a file, pass the content"),
    ],
)
def test_habits_from_elsewhere_are_named(text, message):
    with pytest.raises(csi.ModelError, match=message):
        csi.parse(text)


# columns that stand for themselves


def test_columns_that_measure_nothing_stand_for_themselves():
    model = csi.parse("x2 ~ z\nSat ~ age + income\nage ~~ kids\nSat =~ x1 + x2\nkids ~ 1")
    assert model.names == ("Sat", "z", "age", "income", "kids")
    assert [c.name for c in model.constructs if c.observed] == ["z", "age", "income", "kids"]
    assert model.indicators == ("x1", "x2", "z", "age", "income", "kids")
    assert [str(path) for path in model.paths] == ["age -> Sat", "income -> Sat"]
    assert [str(p) for p in model.parameters] == ["x2 ~ z", "age ~~ kids", "kids ~ 1"]


def test_columns_are_not_written_where_they_follow():
    text = "Sat =~ x1 + x2\nSat ~ age + income\nx1 ~~ kids"
    assert str(csi.parse(text)) == text.replace("x1 ~~ kids", "kids ~~ x1")
    text = "Sat =~ x1 + x2\nalone =~ alone\nSat ~ age"
    assert csi.parse(str(csi.parse(text))) == csi.parse(text)
    assert csi.parse(text).names == ("Sat", "alone", "age")


@pytest.mark.parametrize("statement", ["Sat ~ Loyal", "Loyal ~ Sat", "Loyal ~~ Sat", "Loyal ~ 1"])
def test_names_close_to_a_construct_are_columns_only_when_declared(statement):
    measured = "Sat =~ x1 + x2\nLoyalty =~ y1 + y2\n"
    with pytest.raises(ModelError) as refused:
        csi.parse(measured + statement)
    message, line, _ = str(refused.value).split("\n")
    assert "unknown construct 'Loyal'" in message
    assert "Did you mean 'Loyalty'? A column of the data is declared by Loyal =~ Loyal." in message
    assert line.strip() == statement
    model = csi.parse(f"{measured}Loyal =~ Loyal\n{statement}")
    assert model.construct("Loyal").observed
    assert csi.parse(str(model)) == model


def test_a_path_model_needs_no_construct():
    model = csi.parse("m ~ a*x\ny ~ b*m + x\nindirect := a*b")
    assert model.names == model.indicators == ("m", "x", "y")
    assert [str(path) for path in model.paths] == ["x -> m", "m -> y", "x -> y"]


# parameters


def test_modifiers_may_be_chained_or_stated_one_by_one():
    wanted = Parameter("f", "=~", "x", (1, None), (0.5,), ("a", "b"))
    for text in (
        "f =~ c(1, NA)*start(0.5)*c(a, b)*x + y",
        "f =~ c(1, NA)*x + start(0.5)*x + c(a, b)*x + y",
        "f =~ x + y\nf =~ c(1, NA)*x; f =~ start(c(0.5))*label(c('a', 'b'))*x",
    ):
        model = csi.parse(text)
        assert model.parameters == (wanted,)
        assert model.construct("f").indicators == ("x", "y")


def test_a_covariance_is_the_same_either_way_round():
    one, other = csi.parse("f =~ x + y\ny ~~ a*x"), csi.parse("f =~ x + y\nx ~~ a*y\ny ~~ x")
    assert one == other
    assert one.parameters == (Parameter("x", "~~", "y", label=("a",)),)


def test_squares_and_products():
    model = csi.parse("f =~ x + y\ng =~ u + v\nz ~ f + 0.1*f:f + a*g:f")
    assert [str(p) for p in model.parameters] == ["z ~ 0.1*f:f", "z ~ a*g:f"]
    assert [p.factors for p in model.parameters] == [("f", "f"), ("g", "f")]
    assert [str(path) for path in model.paths] == ["f -> z"]


def test_text_of_parameters_and_formulas():
    text = "\n".join(
        [
            'f =~ NA*x + c(1, NA)*y + start(0.5)*"a b"*z',
            "g <~ u + -0.5*v",
            "f ~ a*g + age + g:g",
            "u ~ f",
            "f ~~ 1*f",
            "x ~~ y + 0*z",
            "x ~ 1",
            "y ~ c(0, NA)*1",
            "x | t1 + 0.5*t2",
            "x ~*~ 1*x",
            "d := 2*a",
            'a > d^2 - "a b"',
        ]
    )
    assert str(csi.parse(text)) == text


def test_definitions_stand_after_what_they_use():
    model = csi.parse("f ~ a*x\ntotal := 2*part\npart := a^2\nother := a")
    assert [entry.name for entry in model.defined] == ["part", "other", "total"]
    written = csi.parse("f ~ a*x\npart := a^2\ntotal := 2*part\nother := a")
    assert [entry.name for entry in written.defined] == ["part", "total", "other"]


def test_formulas_go_on_where_a_sign_says_so():
    model = csi.parse("f ~ a*x + b*z\nd := a\n - b # less\n\ne := (a +\n b\n)/2\nf := a^\n2")
    assert [entry.expression for entry in model.defined] == ["a - b", "(a + b)/2", "a^2"]


def test_nothing_in_a_formula_is_evaluated():
    for text in ("d := __import__('os').system('true')", "a == (lambda: 1)()", "d := a.b.c()"):
        with pytest.raises(ModelError, match="Line 2, column"):
            csi.parse("f ~ a*x\n" + text)


# a model and more statements


def test_a_model_is_extended_and_keeps_what_it_knows():
    acsi = csi.models.acsi()
    more = extend(acsi, "Loyalty ~ b*Satisfaction + age\nOVERALLX ~~ CUSTOMX\nd := b^2\nb > 0")
    assert more.paths != acsi.paths
    assert more.names == (*acsi.names, "age")
    assert (more.scale, more.title, more.items) == (acsi.scale, acsi.title, acsi.items)
    assert more.label("Satisfaction", "zh") == acsi.label("Satisfaction", "zh")
    signs = {str(path): path.expected_sign for path in acsi.paths}
    assert {str(path): path.expected_sign for path in more.paths} == signs | {"age -> Loyalty": "?"}
    assert [str(p) for p in more.parameters] == ["Loyalty ~ b*Satisfaction", "OVERALLX ~~ CUSTOMX"]
    assert extend(extend(acsi, "Loyalty ~ b*Satisfaction"), "b > 0") == extend(
        acsi, "b > 0; Loyalty ~ b*Satisfaction"
    )
    assert extend(acsi, "") == acsi


def test_constructs_take_more_items():
    model = csi.model([csi.single("Q", "q"), reflective("S", ["s1", "s2"])], [csi.paths("Q", "S")])
    wider = extend(model, "Q <~ r + 0.5*q\nS =~ s3 + a*s1\nNew =~ n1 + n2\nNew ~ S")
    assert wider.construct("Q") == composite("Q", ["q", "r"])
    assert wider.construct("S").indicators == ("s1", "s2", "s3")
    assert [str(p) for p in wider.parameters] == ["S =~ a*s1", "Q <~ 0.5*q"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Loyalty ~ Satisfaction", "is stated more than once"),
        ("Satisfaction =~ SATIS", "occurs more than once"),
        ("Satisfaction <~ new", "stated with =~ and with <~"),
        ("Loyalty ~ Satisfact", "Did you mean 'Satisfaction'"),
        ("Satisfaction ~ Loyalty", "circle"),
        ("b > 0", "names an unknown parameter 'b'"),
    ],
)
def test_extensions_that_contradict_the_model(text, says):
    with pytest.raises(ModelError, match=f"(?s){says}"):
        extend(csi.models.acsi(), text)


def test_only_models_are_extended():
    with pytest.raises(ArgumentTypeError, match="cannot be extended"):
        extend("A =~ a", "A ~~ A")


# what composites cannot obey

MEASURED = "A =~ a1 + a2\nB =~ b1 + b2\nB ~ A\n"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a1 ~~ b1", "'a1 ~~ b1'"),
        ("a1 ~ 1", "'a1 ~ 1'"),
        ("a1 | t1", "'a1 | t1'"),
        ("a1 ~*~ a1", "'a1 ~*~ a1'"),
        ("A =~ 1*a1", "'A =~ 1*a1'"),
        ("B ~ c(1, NA)*A", "'B ~ c(1, NA)*A'"),
        ("B ~ A:A", "'B ~ A:A'"),
        ("b1 ~ a1", "'b1 ~ a1'"),
        ("A =~ k*a1 + k*a2", "'A =~ k*a2', with the label of another parameter"),
        ("B ~ k*A\nd := k^2\nk > 0", "'d := k^2'"),
        ("B ~ k*A\nk > 0", "'k > 0'"),
    ],
)
@pytest.mark.parametrize("estimator", [csi.PLS(), csi.Sums()])
def test_composites_refuse_what_they_cannot_obey(text, named, estimator):
    model = csi.parse(MEASURED + text)
    moments = csi.Moments.from_correlation(
        [[1.0 if i == j else 0.5 for j in range(4)] for i in range(4)], model.indicators, n=100
    )
    with pytest.raises(ModelError) as refused:
        csi.fit(model, moments, estimator)
    assert str(refused.value).startswith(f"The model states {named}, which composites")
    assert "csi.CBSEM()" in str(refused.value)


def test_composites_accept_what_changes_nothing():
    plain = csi.parse(MEASURED)
    stated = csi.parse(MEASURED + "A =~ NA*a1 + k*a2\nB ~ start(0.5)*l*A")
    moments = csi.Moments.from_correlation(
        [[1.0 if i == j else 0.5 for j in range(4)] for i in range(4)], plain.indicators, n=100
    )
    assert csi.fit(stated, moments).paths.equals(csi.fit(plain, moments).paths)
    back = csi.from_json(csi.to_json(csi.fit(stated, moments)))
    assert back.model == stated
