"""Models as text: the lavaan language as users write it, read without evaluating anything.

::

    Image        =~ IMAG1 + IMAG2 + IMAG3     # reflective construct
    Quality      <~ delivery + "price (CNY)"  # composite; odd names in double quotes
    Satisfaction ~  Image + a*Quality         # paths into Satisfaction, one labelled
    Satisfaction ~  Image:Quality             # product of constructs
    Satisfaction ~  age                       # a column of the data stands for itself
    IMAG1        ~~ IMAG2                     # covariance; x ~~ x is a variance
    IMAG1        ~  1                         # intercept or mean
    delivery     |  t1 + t2                   # thresholds of an ordered item
    delivery     ~*~ 1*delivery               # its response scale
    double       := 2*a                       # computed from labelled parameters
    a > 0                                     # constraint; also == and <

Statements end with a line break or ``;`` and go on after an operator or ``+``;
``#`` and ``!`` begin comments. What may stand before a name (fixed and starting
values, labels, values of groups) is said in `csi.terms`.
``parse(str(model)) == model`` for every model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from csi.consistency import LARGEST_MODEL, misspelt
from csi.errors import ArgumentTypeError, ModelError, did_you_mean, kind_of
from csi.expressions import LONGEST_EXPRESSION, read_expression
from csi.parameters import Constraint, Defined, Parameter
from csi.parts import Construct, Path
from csi.spec import Model
from csi.terms import Term, read_terms
from csi.tokens import Cursor, Token, check_tokens, quoted, refusal, tokens

LONGEST_TEXT = 200_000
"""Characters a model text may have."""
MOST_TERMS = 3 * LARGEST_MODEL
"""Names on the right of operators, for each name on the left, that a model text may have."""

_MEASUREMENT = ("=~", "<~")
_FORMULAS = (":=", "==", "<", ">")
_GOES_ON = ("+", "-", "*", "/", "^", "(", ",", ":")
_FOLLOWS = ("+", "-", "*", "/", "^", ")", ",")
_END = Token("end", ";", 0)


def parse(text: str) -> Model:
    """Read a model from text.

    Parameters
    ----------
    text : str
        Statements with ``=~`` (reflective), ``<~`` (composite) and ``~``
        (paths), and for `csi.CBSEM` the others of the lavaan language: ``~~``,
        ``~ 1``, ``|``, ``~*~``, ``:=``, ``==``, ``<``, ``>``, with fixed values,
        starting values and labels. A construct whose indicators are constructs
        is of higher order. A column that no construct is measured by stands for
        itself; ``age =~ age`` says so where its name is close to that of a construct.

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        With line, column and a caret, if the text cannot be read or the model
        contradicts itself.

    Examples
    --------
    >>> import csi
    >>> m = csi.parse('''
    ...     Satisfaction =~ S1 + S2 + S3
    ...     Loyalty      =~ L1 + L2
    ...     Loyalty      ~  b*Satisfaction + age
    ...     S1 ~~ S2
    ...     twice := 2*b
    ... ''')
    >>> m.names
    ('Satisfaction', 'Loyalty', 'age')
    >>> [str(parameter) for parameter in m.parameters]
    ['Loyalty ~ b*Satisfaction', 'S1 ~~ S2']
    """
    reading = _Reading(_checked(text))
    reading.read()
    return Model(**reading.found())


def extend(model: Model, text: str) -> Model:
    """Return a model with more statements.

    Parameters
    ----------
    model : Model
        A model of any origin, such as one of the catalogue.
    text : str
        Statements as `parse` reads them; they may speak of what the model holds.

    Returns
    -------
    Model
        With the wording, scales, labels and expected signs of the given one.

    Raises
    ------
    ModelError
        As by `parse`; also if the text says again or contradicts what the model states.

    Examples
    --------
    >>> import csi
    >>> from csi.syntax import extend
    >>> m = extend(csi.models.acsi(), "Loyalty ~ b*Satisfaction; OVERALLX ~~ CUSTOMX; b > 0")
    >>> [str(parameter) for parameter in m.parameters]
    ['Loyalty ~ b*Satisfaction', 'OVERALLX ~~ CUSTOMX']
    >>> m.scale
    (1.0, 10.0)
    """
    if not isinstance(model, Model):
        raise ArgumentTypeError(
            f"{kind_of(model)} cannot be extended. Give a model, as from csi.parse()."
        )
    reading = _Reading(_checked(text))
    reading.begin(model)
    reading.read()
    return replace(model, **reading.found())


def _checked(text: object) -> str:
    if not isinstance(text, str):
        raise ArgumentTypeError(f"{kind_of(text)} is no model text. Give text.")
    if len(text) > LONGEST_TEXT:
        raise ModelError(
            f"The model text is too large: {len(text)} characters, {LONGEST_TEXT} are the most."
        )
    return text


@dataclass(slots=True)
class _Block:
    """What a construct is measured by; the operator is empty while either would do."""

    operator: str
    mentions: dict[str, bool] = field(default_factory=dict)
    repeated: list[str] = field(default_factory=list)

    def add(self, term: Term) -> None:
        """Add an indicator; stated again with a modifier it is the same one."""
        name, bare = term.names[0], not term.stated
        if bare and self.mentions.get(name):
            self.repeated.append(name)
        self.mentions[name] = bare or self.mentions.get(name, False)

    @property
    def indicators(self) -> tuple[str, ...]:
        """Its indicators, twice if they were stated twice without a reason."""
        return (*self.mentions, *self.repeated)


@dataclass(slots=True)
class _Reading:
    """A model while its text is read."""

    text: str
    known: dict[str, Construct] = field(default_factory=dict)
    blocks: dict[str, _Block] = field(default_factory=dict)
    relations: list[tuple[Term, str, Term]] = field(default_factory=list)
    paths: dict[tuple[str, str], list[Path]] = field(default_factory=dict)
    parameters: list[Parameter] = field(default_factory=list)
    defined: list[Defined] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    terms: int = 0

    def begin(self, model: Model) -> None:
        """Take over what a model states."""
        self.known = {c.name: c for c in model.constructs}
        for c in model.constructs:
            operator = "" if c.kind == "single" else c.operator
            self.blocks[c.name] = _Block(operator, dict.fromkeys(c.indicators, True))
        self.paths = {(path.source, path.target): [path] for path in model.paths}
        self.parameters += model.parameters
        self.defined += model.defined
        self.constraints += model.constraints

    def read(self) -> None:
        """Read the statements, then tell paths from other regressions."""
        for statement in _statements(self.text):
            self._read_statement(statement)
        if not self.blocks and not self.relations:
            raise ModelError(
                "The text states no construct. Write at least one line such as "
                "'Satisfaction =~ S1 + S2 + S3'."
            )
        self._add_columns()
        for left, operator, right in self.relations:
            self._relate(left, operator, right)

    def found(self) -> dict[str, Any]:
        """Return the fields of the model."""
        constructs = {name: self._construct(name) for name in self.blocks}
        parameters = [
            replace(p, operator=constructs[p.left].operator) if p.operator in _MEASUREMENT else p
            for p in self.parameters
        ]
        return {
            "constructs": tuple(constructs.values()),
            "paths": tuple(path for same in self.paths.values() for path in same),
            "parameters": tuple(parameters),
            "defined": tuple(self.defined),
            "constraints": tuple(self.constraints),
        }

    def _construct(self, name: str) -> Construct:
        block, known = self.blocks[name], self.known.get(name)
        indicators = block.indicators
        several = len(indicators) > 1
        kind = "composite" if block.operator == "<~" else "reflective"
        return Construct(
            name,
            indicators,
            kind if several else "single",  # type: ignore[arg-type]
            higher_order=several and all(part in self.blocks for part in indicators),
            label=known.label if known else {},
        )

    def _read_statement(self, statement: Sequence[Token]) -> None:
        at = _operator(self.text, statement)
        operator = statement[at]
        length = statement[-1].at - statement[0].at
        if operator.text in _FORMULAS and length > LONGEST_EXPRESSION:
            raise refusal(self.text, operator.at, "The formula is too large.")
        left = Cursor(self.text, statement[:at], operator.at)
        right = Cursor(self.text, statement[at + 1 :], operator.at + len(operator.text))
        if operator.text in _FORMULAS:
            self._read_formula(left, operator.text, right)
            return
        subjects, terms = _subjects(left, operator.text), read_terms(right, "after")
        self.terms += len(subjects) * len(terms)
        if self.terms > MOST_TERMS:
            raise ModelError(f"The model is too large: more than {MOST_TERMS} terms.")
        for subject in subjects:
            for term in terms:
                self._add(subject, operator.text, term)

    def _read_formula(self, left: Cursor, operator: str, right: Cursor) -> None:
        """Read a definition or a constraint."""
        if operator == ":=":
            if not left.now.is_name:
                left.refuse("A name is missing before :=.")
            name = left.take().text
            if left.now.sort != "end":
                left.refuse("One name stands before :=.")
            self.defined.append(Defined(name, str(read_expression(right))))
        else:
            sides = str(read_expression(left)), str(read_expression(right))
            self.constraints.append(Constraint(sides[0], operator, sides[1]))  # type: ignore[arg-type]

    def _add(self, subject: Term, operator: str, term: Term) -> None:
        if operator not in _MEASUREMENT:
            self.relations.append((subject, operator, term))
            return
        name = subject.names[0]
        _check_single(self.text, operator, term)
        block = self.blocks.setdefault(name, _Block(operator))
        block.operator = block.operator or operator
        if block.operator != operator:
            raise ModelError(
                f"Construct {name!r} is stated with {block.operator} and with {operator}. "
                "Choose one."
            )
        block.add(term)
        if term.stated:
            self.parameters.append(Parameter(name, operator, term.names[0], **term.stated))  # type: ignore[arg-type]

    def _add_columns(self) -> None:
        """Let columns that are related but measure nothing stand for themselves."""
        measured = {name for block in self.blocks.values() for name in block.mentions}
        known = measured | self.blocks.keys()
        columns: dict[str, int] = {}
        for left, operator, right in self.relations:
            names = () if operator in ("|", "~*~") else right.names
            for name, at in [(left.names[0], left.at), *((name, right.at) for name in names)]:
                if name not in known:
                    columns.setdefault(name, at)
        constructs = [n for n, block in self.blocks.items() if block.indicators != (n,)]
        doubtful = misspelt(list(columns), constructs) if columns else ""
        if doubtful:
            self._refuse_name(doubtful, columns[doubtful], constructs)
        self.blocks |= {name: _Block("=~", {name: True}) for name in columns}

    def _refuse_name(self, name: str, at: int, constructs: Sequence[str]) -> None:
        what = (
            f"This names an unknown construct {name!r}. Known constructs: "
            f"{', '.join(constructs)}.{did_you_mean(name, constructs)} A column of the data is "
            f"declared by {quoted(name)} =~ {quoted(name)}."
        )
        raise refusal(self.text, at, what)

    def _relate(self, left: Term, operator: str, right: Term) -> None:
        """Add what is neither measurement nor formula."""
        subject = left.names[0]
        if operator == "~" and right.names:
            self._regress(subject, right)
            return
        operator, other = _checked_right(self.text, subject, operator, right)
        self.parameters.append(Parameter(subject, operator, other, **right.stated))  # type: ignore[arg-type]

    def _regress(self, target: str, term: Term) -> None:
        """Add a path between constructs, or a regression among items or on a product."""
        source = ":".join(term.names)
        is_path = len(term.names) == 1 and {source, target} <= self.blocks.keys()
        if is_path:
            same = self.paths.setdefault((source, target), [])
            if not same or not term.stated:
                same.append(Path(source, target))
        if term.stated or not is_path:
            if any(":" in name for name in term.names):
                what = "A name with a colon in it cannot be told from a product here. Rename it."
                raise refusal(self.text, term.at, what)
            self.parameters.append(Parameter(target, "~", source, **term.stated))


def _statements(text: str) -> Iterator[list[Token]]:
    """Cut the text at line breaks and semicolons that end a statement."""
    statement: list[Token] = []
    found = [*_without_empty(tokens(text)), _END, _END]
    if sum(token.sort == "operator" for token in found) > MOST_TERMS:
        raise ModelError(f"The model is too large: more than {MOST_TERMS} statements.")
    for token, following in pairwise(found):
        if token.sort != "end":
            statement.append(token)
            continue
        last = statement[-1] if statement else _END
        goes_on = last.says(*_GOES_ON) or last.sort == "operator"
        if token.text == "\n" and (goes_on or following.says(*_FOLLOWS)):
            continue
        if statement:
            yield statement
        statement = []


def _without_empty(given: Iterable[Token]) -> Iterator[Token]:
    """Leave out line breaks after the end of a statement."""
    after_end = True
    for token in given:
        if token.sort == "end" and after_end and token.text == "\n":
            continue
        after_end = token.sort == "end"
        yield token


def _operator(text: str, statement: Sequence[Token]) -> int:
    """Return the place of the operator of a statement."""
    _check_header(text, statement)
    check_tokens(text, statement)
    for token, following in pairwise([*statement, _END]):
        if token.says("-") and following.says(">") and following.at == token.at + 1:
            what = "Unexpected arrow ->. Write the path from A to B as B ~ A."
            raise refusal(text, token.at, what)
    places = [i for i, token in enumerate(statement) if token.sort == "operator"]
    if not places:
        hint = " If it names a file, pass the content of the file." if "." in text else ""
        what = f"This states nothing: there is no =~, <~ or ~ in it.{hint}"
        raise refusal(text, statement[0].at, what)
    if len(places) > 1:
        what = "A second operator in one statement; begin a new line."
        raise refusal(text, statement[places[1]].at, what)
    return places[0]


def _check_header(text: str, statement: Sequence[Token]) -> None:
    first = statement[0]
    if len(statement) > 1 and statement[1].says(":") and first.sort == "name":
        word = first.text.casefold()
        if word in ("group", "level", "block", "class"):
            what = f"Headers such as {first.text}: are not supported."
            hint = " Write values of groups as c(a, b)*name." if word == "group" else ""
            raise refusal(text, first.at, what + hint)


def _subjects(left: Cursor, operator: str) -> list[Term]:
    """Read the names to the left of an operator."""
    terms = read_terms(left, "before")
    for term in terms:
        if len(term.names) != 1:
            raise refusal(left.text, term.at, f"A name is expected before {operator}.")
        if term.stated:
            what = "Values and labels stand to the right of the operator."
            raise refusal(left.text, term.at, what)
    return terms


def _check_single(text: str, operator: str, term: Term) -> None:
    if len(term.names) != 1:
        raise refusal(text, term.at, f"A name is expected after {operator}.")


def _checked_right(text: str, subject: str, operator: str, right: Term) -> tuple[str, str]:
    """Return operator and right side of a parameter that is no regression."""
    if operator == "~":
        return "~1", ""
    _check_single(text, operator, right)
    other = right.names[0]
    if operator != "~*~":
        return operator, other
    if other != subject:
        what = f"A response scale is stated as {quoted(subject)} ~*~ {quoted(subject)}."
        raise refusal(text, right.at, what)
    return operator, ""
