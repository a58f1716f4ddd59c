"""Which tetrads a model says vanish: those of its reflective constructs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csi.core.tetrads import Quadruples, implied
from csi.errors import OptionError
from csi.results import Fit
from csi.spec import name_tuple

NONE = np.empty((0, 4), dtype=np.intp)


@dataclass(frozen=True, eq=False)
class TetradBlock:
    """The tetrads of a construct, or why it has none.

    Attributes
    ----------
    construct : str
        The construct.
    which : (q, 4) array of int
        Items of each tetrad, as positions among the indicators of the model.
    why : str
        Why there are none, or whose items were borrowed.
    """

    construct: str
    which: Quadruples
    why: str = ""

    def labels(self, fit: Fit) -> list[str]:
        """Write the tetrads with the names of their items."""
        names = fit.model.indicators

        def pair(a: int, b: int) -> str:
            return f"s({names[min(a, b)]},{names[max(a, b)]})"

        return [
            f"{pair(g, h)} {pair(i, j)} - {pair(g, i)} {pair(h, j)}"
            for g, h, i, j in self.which.tolist()
        ]


def tetrad_blocks(
    fit: Fit, construct: str | Sequence[str] | None, borrow: bool
) -> tuple[TetradBlock, ...]:
    """Return the tetrads of the constructs asked for, or of all, one block for each.

    Raises
    ------
    OptionError
        If there is no such construct, none is named, or one twice.
    """
    if construct is None:
        return tuple(_block(fit, name, borrow, chosen=False) for name in fit.model.names)
    names = name_tuple(construct, "construct")
    if not names or len(set(names)) < len(names):
        raise OptionError(
            f"construct is {construct!r}. Name one construct or several, each once; leave it out "
            "for all."
        )
    return tuple(_block(fit, fit.model.construct(n).name, borrow, chosen=True) for n in names)


def _block(fit: Fit, name: str, borrow: bool, chosen: bool) -> TetradBlock:
    construct = fit.model.construct(name)
    own = _items(fit, name)
    if construct.higher_order:
        return TetradBlock(name, NONE, "its parts are constructs, not items")
    if construct.kind == "composite" and not chosen:
        return TetradBlock(name, NONE, "a composite: nothing says that its tetrads vanish")
    if len(own) >= 4:
        return TetradBlock(name, own[implied(len(own))])
    if borrow and len(own) > 1:
        return _borrowing(fit, name, own)
    number = "one item" if len(own) == 1 else f"{len(own)} items"
    why = f"{number}, and a tetrad needs four"
    if len(own) > 1:
        why += "; csi.tetrads(fit, borrow=True) takes the others from a neighbour"
    return TetradBlock(name, NONE, why)


def _borrowing(fit: Fit, name: str, own: Quadruples) -> TetradBlock:
    """Fill up two or three items from the neighbour the construct correlates most with.

    Of two items and two borrowed ones, only the tetrad vanishes in which each
    product pairs an own item with a borrowed one.
    """
    j, needed = fit.model.names.index(name), 4 - len(own)
    size = fit.model.blocks.sum(axis=0)
    near = fit.model.design[j] | fit.model.design[:, j]
    able = np.flatnonzero(near & (size >= needed))
    if not len(able):
        why = f"no neighbour along a path has {needed} items to borrow"
        return TetradBlock(name, NONE, why)
    donor = able[np.abs(fit.estimates.construct_corr[j, able]).argmax()]
    theirs = _items(fit, fit.model.names[donor])
    strongest = np.argsort(-np.abs(fit.estimates.loadings[theirs, donor]), kind="stable")
    items = np.concatenate([own, theirs[strongest[:needed]]])
    which = implied(4) if needed == 1 else np.array([[0, 2, 3, 1]])
    return TetradBlock(name, items[which], f"with items of {fit.model.names[donor]}")


def _items(fit: Fit, name: str) -> Quadruples:
    return np.flatnonzero(fit.model.blocks[:, fit.model.names.index(name)])
