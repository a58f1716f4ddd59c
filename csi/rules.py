"""What holds for the answers of one item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from csi.data import SurveyData
from csi.declared import Scale
from csi.spec import Item, Model


@dataclass(frozen=True, slots=True)
class ItemRule:
    """How the answers of one item are to be read.

    Attributes
    ----------
    scale : (float, float) or None
        Its ends.
    codes : tuple of float
        Answers that are missing whatever the scale.
    shared_codes : tuple of float
        Codes of every item, which a scale may turn into answers.
    reverse : bool
        Whether it is scored the other way round.
    labels : mapping of str to float
        Numbers behind its text answers.
    """

    scale: Scale | None
    codes: tuple[float, ...]
    shared_codes: tuple[float, ...]
    reverse: bool
    labels: Mapping[str, float]


def item_rule(data: SurveyData, model: Model, name: str) -> ItemRule:
    """Settle what holds for an item: declared for it, in the codebook, by the model, for all."""
    recipe, book = data.recipe, data.codebook
    stated = next((item for item in model.items if item.name == name), Item(name))
    noted = (book.item(name) if book else None) or Item(name)
    ends = (
        recipe.scales.get(name), noted.scale, stated.scale,
        recipe.scale, book.scale if book else None, model.scale,
    )  # fmt: skip
    own = (*noted.missing_codes, *stated.missing_codes)
    shared = (*recipe.missing_codes, *(book.missing_codes if book else ()))
    if name in recipe.item_codes:
        own, shared = recipe.item_codes[name], ()
    return ItemRule(
        scale=next((end for end in ends if end is not None), None),
        codes=tuple(dict.fromkeys(own)),
        shared_codes=tuple(code for code in dict.fromkeys(shared) if code not in own),
        reverse=name in recipe.reverse or "-" in (noted.direction, stated.direction),
        labels={**{label: value for value, label in noted.labels.items()}, **recipe.labels},
    )
