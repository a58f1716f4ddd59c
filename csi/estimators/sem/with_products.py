"""Products of constructs, measured by products of items that respondents make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from csi.core.moments import Moments
from csi.core.sem.products import (
    Centring,
    Pairs,
    Rule,
    correlated_errors,
    product_indicators,
    product_pairs,
)
from csi.core.types import Array
from csi.errors import DataError, ModelError, OptionError, RowsRequiredError
from csi.estimators.sem.table import Row
from csi.parameters import Parameter
from csi.spec import Construct, Model, Path


@dataclass(frozen=True, eq=False)
class Product:
    """A product of two constructs, or the square of one.

    Attributes
    ----------
    factors : tuple of str
        The two constructs.
    pairs : (r, 2) array of int
        Items that are multiplied, by their place in the model.
    items : tuple of str
        Names of the products of items.
    """

    factors: tuple[str, str]
    pairs: Pairs
    items: tuple[str, ...]

    @property
    def name(self) -> str:
        """Both constructs, joined by a colon."""
        return ":".join(self.factors)

    @property
    def construct(self) -> Construct:
        """What the products of items measure."""
        return Construct(self.name, self.items, "reflective" if len(self.items) > 1 else "single")


def product_terms(model: Model) -> tuple[tuple[str, str], ...]:
    """Return the pairs of constructs whose products a model holds, each once."""
    found: dict[tuple[str, ...], tuple[str, str]] = {}
    for each in model.parameters:
        if each.operator == "~" and len(each.factors) == 2:
            first, second = each.factors
            found.setdefault(tuple(sorted(each.factors)), (first, second))
    return tuple(found.values())


def check_products(ordered: object, auxiliary: object) -> None:
    """Refuse what products of constructs cannot go with.

    Raises
    ------
    OptionError
        With ordered items, or auxiliary variables.
    """
    if ordered or auxiliary:
        what = "ordered items" if ordered else "auxiliary variables"
        raise OptionError(
            f"The model holds products of constructs, which are measured by products of answers, "
            f"so {what} cannot be used. Leave them or the products out."
        )


def with_products(
    model: Model, samples: Sequence[Moments], rule: Rule, centring: Centring
) -> tuple[Model, list[Moments]]:
    """Return a model in which products are constructs, and moments of their items.

    Parameters
    ----------
    model : Model
        With products on the right of regressions; others come back as they are.
    samples : sequence of Moments
        One a group, each with respondents and the columns of the model.
    rule : {"matched", "all"}
        Which items are multiplied.
    centring : {"mean", "double", "residual"}
        What is taken off them before and after.

    Raises
    ------
    RowsRequiredError
        If there are no respondents.
    DataError
        If answers are missing.
    ModelError
        If a product is of constructs that have no items of their own, or consist of
        them.
    """
    terms = product_terms(model)
    if not terms:
        return model, list(samples)
    for moments in samples:
        check_answers(moments, ":".join(terms[0]))
    products = [_product(model, samples[0], each, rule) for each in terms]
    made = [_with_columns(model, moments, products, centring) for moments in samples]
    return _extended(model, products, centring), made


def check_answers(moments: Moments, term: str) -> None:
    """Refuse moments without respondents, or with missing answers, for a product.

    Raises
    ------
    RowsRequiredError, DataError
        Saying so.
    """
    if moments.rows is None:
        raise RowsRequiredError(
            f"{term} is measured by products of answers, but there are moments only. Fit the "
            "survey, or leave the product out."
        )
    if np.isnan(moments.rows).any():
        raise DataError(
            f"{term} is measured by products of answers, of which some are missing. Declare the "
            "survey with missing='listwise', or leave the product out."
        )


def _product(model: Model, moments: Moments, factors: tuple[str, str], rule: Rule) -> Product:
    blocks = [_items(model, name) for name in factors]
    lengths = {len(block) for block in blocks}
    if 1 in lengths:
        rule = "all"
    strength = _strength(moments, blocks) if len(lengths) > 1 and rule == "matched" else None
    pairs = product_pairs(*blocks, rule=rule, strength=strength)
    names = model.indicators
    return Product(factors, pairs, tuple(f"{names[i]}:{names[j]}" for i, j in pairs))


def _items(model: Model, name: str) -> list[int]:
    construct = next(each for each in model.constructs if each.name == name)
    if construct.higher_order or construct.kind == "composite":
        what = "measured by constructs" if construct.higher_order else "a composite"
        raise ModelError(
            f"A product with {name} cannot be measured by products of items: it is {what}. "
            "Multiply reflective constructs with items of their own."
        )
    return [model.indicators.index(item) for item in construct.indicators]


def _strength(moments: Moments, blocks: Sequence[Sequence[int]]) -> Array:
    """Return the correlation of each item with the first principal component of its block."""
    found = np.zeros(len(moments.columns))
    for block in blocks:
        values, vectors = np.linalg.eigh(moments.corr[np.ix_(block, block)])
        found[block] = np.abs(vectors[:, -1]) * np.sqrt(values[-1])
    return found


def _with_columns(
    model: Model, moments: Moments, products: Sequence[Product], centring: Centring
) -> Moments:
    rows = moments.select(model.indicators).rows
    assert rows is not None
    made = [
        product_indicators(
            rows, each.pairs, centring=centring, weights=moments.weights,
            blocks=[i for name in each.factors for i in _items(model, name)],
        )
        for each in products
    ]  # fmt: skip
    return Moments.from_rows(
        np.column_stack([rows, *made]),
        (*model.indicators, *(item for each in products for item in each.items)),
        weights=moments.weights, frequency=moments.frequency, design=moments.design,
    )  # fmt: skip


def _extended(model: Model, products: Sequence[Product], centring: Centring) -> Model:
    name_of = {frozenset(each.factors): each.name for each in products}
    stated, paths = [], list(model.paths)
    for each in model.parameters:
        if each.operator == "~" and len(each.factors) == 2:
            name = name_of[frozenset(each.factors)]
            paths.append(Path(name, each.left))
            if each.modifiers:
                stated.append(replace(each, right=name))
        else:
            stated.append(each)
    stated += _shared_errors(products)
    for product in products:
        stated += _relations(model, product, centring)
    constructs = (*model.constructs, *(each.construct for each in products))
    return replace(model, constructs=constructs, paths=tuple(paths), parameters=tuple(stated))


def _shared_errors(products: Sequence[Product]) -> list[Parameter]:
    """Return covariances of the errors of products that share an item, also of different terms."""
    items = [item for each in products for item in each.items]
    shared = correlated_errors(np.concatenate([each.pairs for each in products]))
    return [Parameter(items[i], "~~", items[j]) for i, j in shared]


def _relations(model: Model, product: Product, centring: Centring) -> list[Parameter]:
    """Return how a product covaries with its constructs where that is not the usual.

    Residual products do not covary with constructs nothing points to. A construct that
    something points to covaries with its products through what is left of it.
    """
    explained = {path.target for path in model.paths}
    found = []
    for name in dict.fromkeys(product.factors):
        if name in explained:
            found.append(Parameter(name, "~~", product.name))
        elif centring == "residual":
            found.append(Parameter(name, "~~", product.name, fixed=(0.0,)))
    return found


def without_products(model: Model) -> tuple[Model, list[Parameter]]:
    """Return a model without its products, and the regressions on these."""
    inside = [p for p in model.parameters if p.operator == "~" and len(p.factors) == 2]
    left = tuple(p for p in model.parameters if p not in inside)
    ends = {(path.source, path.target) for path in model.paths}
    for each in inside:
        alone = [name for name in each.factors if (name, each.left) not in ends]
        if alone:
            raise ModelError(
                f"{each.left} depends on {each.right}, but not on {alone[0]} itself. State "
                f"'{each.left} ~ {alone[0]}' as well."
            )
    return replace(model, parameters=left), inside


def product_rows(model: Model, inside: Sequence[Parameter]) -> list[Row]:
    """Return the parameters of products that are variables without items.

    Products covary with each other, with what nothing points to and with what is left
    of the constructs they are made of.

    Parameters
    ----------
    model : Model
        The model without them.
    inside : sequence of Parameter
        Regressions on products.
    """
    name_of: dict[frozenset[str], str] = {}
    rows = []
    for each in inside:
        name = name_of.setdefault(frozenset(each.factors), each.right)
        value, start = (given[0] if given else None for given in (each.fixed, each.start))
        label = (each.label[0] if each.label else None) or ""
        rows.append(Row(each.left, "~", name, 0, "regressions", value, label, start))
    explained = {path.target for path in model.paths}
    causes = [name for name in model.names if name not in explained]
    names = list(name_of.values())
    for place, name in enumerate(names):
        rows += [Row(name, "~~", other, 0, "covariances") for other in names[place + 1 :]]
        rows.append(Row(name, "~~", name, 0, "variances"))
        own = [part for part in dict.fromkeys(name.split(":")) if part in explained]
        rows += [Row(other, "~~", name, 0, "covariances") for other in [*causes, *own]]
    return rows
