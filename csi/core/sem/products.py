"""Product indicators of latent interactions and quadratic terms.

The product of two constructs is measured by products of their items. Which ones,
and what is taken off them before and after, decides what the estimate means::

    mean      items centred. The product keeps its mean, Cov(a, b), so that the model
              needs intercepts and a mean of the product construct.
    double    items centred, then the products; no mean structure is needed.
    residual  what is left of the products after regression on all items of both
              blocks: the product construct does not correlate with either, its
              covariances with them are fixed to zero and their effects are those
              of a model without product.

References
----------
Marsh, H. W., Wen, Z. and Hau, K.-T. (2004). Structural equation models of latent
interactions: evaluation of alternative estimation strategies and indicator
construction. Psychological Methods 9(3), 275-300. doi:10.1037/1082-989X.9.3.275
Lin, G.-C., Wen, Z., Marsh, H. W. and Lin, H.-S. (2010). Structural equation models of
latent interactions: clarification of orthogonalizing and double-mean-centering
strategies. Structural Equation Modeling 17(3), 374-391.
doi:10.1080/10705511.2010.488999
Little, T. D., Bovaird, J. A. and Widaman, K. F. (2006). On the merits of
orthogonalizing powered and product terms: implications for modeling interactions
among latent variables. Structural Equation Modeling 13(4), 497-519.
doi:10.1207/s15328007sem1304_1
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array
from csi.errors import OptionError

Rule = Literal["matched", "all"]
Centring = Literal["mean", "double", "residual"]
Pairs = NDArray[np.intp]


def product_pairs(
    first: Sequence[int],
    second: Sequence[int],
    *,
    rule: Rule = "matched",
    strength: Array | None = None,
) -> Pairs:
    """Which items of two blocks are multiplied.

    Parameters
    ----------
    first, second : sequences of int
        Columns of the items of both constructs; the same for a quadratic term.
    rule : {"matched", "all"}
        ``"matched"`` uses every item once, so that errors of products do not
        correlate: the first with the first, and so on. ``"all"`` multiplies every
        item of one block by every item of the other; of a quadratic term each
        product counts once, where semTools::indProd gives it twice.
    strength : (p,) array, optional
        A measure of the quality of every column, such as its standardised loading.
        With it, ``"matched"`` pairs the strongest with the strongest and leaves the
        weakest items of a longer block out.

    Returns
    -------
    (r, 2) array of int

    Raises
    ------
    OptionError
        If blocks of different length are to be matched without ``strength``.

    References
    ----------
    Marsh, H. W., Wen, Z. and Hau, K.-T. (2004). Structural equation models of latent
    interactions: evaluation of alternative estimation strategies and indicator
    construction. Psychological Methods 9(3), 275-300.
    doi:10.1037/1082-989X.9.3.275

    Examples
    --------
    >>> product_pairs([0, 1], [2, 3]).tolist()
    [[0, 2], [1, 3]]
    >>> product_pairs([0, 1], [0, 1], rule="all").tolist()
    [[0, 0], [0, 1], [1, 1]]
    """
    if rule == "all":
        pairs = [(i, j) for i in first for j in second]
        if set(first) == set(second):
            pairs = [(i, j) for a, i in enumerate(first) for j in list(first)[a:]]
        return np.array(pairs, dtype=np.intp)
    if strength is not None:
        first, second = (_strongest_first(items, strength) for items in (first, second))
    elif len(first) != len(second):
        raise OptionError(
            f"Blocks of {len(first)} and {len(second)} items cannot be matched one by one. Say "
            "how strong each item is, so that the weakest are left out, or multiply all pairs."
        )
    return np.array(list(zip(first, second, strict=False)), dtype=np.intp)


def product_indicators(
    rows: Array,
    pairs: Pairs,
    *,
    centring: Centring = "double",
    blocks: Sequence[int] | None = None,
    weights: Array | None = None,
) -> Array:
    """Products of items, centred.

    Parameters
    ----------
    rows : (n, p) array
        Answers; NaN where missing.
    pairs : (r, 2) array of int
        Columns to multiply, from `product_pairs`.
    centring : {"mean", "double", "residual"}
        What is taken off; see the head of this module.
    blocks : sequence of int, optional
        Columns of all items of both constructs, on which the products are regressed
        by ``"residual"``; those in ``pairs`` if not given.
    weights : (n,) array, optional
        Weights of the respondents in means and regressions.

    Returns
    -------
    (n, r) array
        NaN where an item of the product is missing or, by ``"residual"``, any item
        of the blocks.

    References
    ----------
    Lin, G.-C., Wen, Z., Marsh, H. W. and Lin, H.-S. (2010). Structural equation models
    of latent interactions: clarification of orthogonalizing and double-mean-centering
    strategies. Structural Equation Modeling 17(3), 374-391.
    doi:10.1080/10705511.2010.488999

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 3.0]])
    >>> pairs = np.array([[0, 1]])
    >>> product_indicators(rows, pairs, centring="mean")[:, 0].tolist()
    [1.0, 0.0, 0.0]
    >>> product_indicators(rows, pairs)[:, 0].round(3).tolist()
    [0.667, -0.333, -0.333]
    """
    w = np.ones(len(rows)) if weights is None else weights
    centred = _centred(rows, w)
    products = centred[:, pairs[:, 0]] * centred[:, pairs[:, 1]]
    if centring == "mean":
        return products
    if centring == "double":
        return _centred(products, w)
    items = np.unique(pairs) if blocks is None else np.unique(blocks)
    return _residuals(products, centred[:, items], w)


def correlated_errors(pairs: Pairs) -> Pairs:
    """Which products share an item, so that their errors correlate.

    The covariance of their errors is a free parameter of the model, for any
    centring. Products of matched pairs share none.

    Parameters
    ----------
    pairs : (r, 2) array of int
        From `product_pairs`.

    Returns
    -------
    (m, 2) array of int
        Positions of both products in ``pairs``.

    References
    ----------
    Little, T. D., Bovaird, J. A. and Widaman, K. F. (2006). On the merits of
    orthogonalizing powered and product terms: implications for modeling interactions
    among latent variables. Structural Equation Modeling 13(4), 497-519.
    doi:10.1207/s15328007sem1304_1

    Examples
    --------
    >>> correlated_errors(product_pairs([0, 1], [2, 3], rule="all")).tolist()
    [[0, 1], [0, 2], [1, 3], [2, 3]]
    """
    shared = (pairs[:, None, :, None] == pairs[None, :, None, :]).any(axis=(2, 3))
    return np.argwhere(np.triu(shared, 1))


def _strongest_first(items: Sequence[int], strength: Array) -> list[int]:
    return sorted(items, key=lambda item: -abs(float(strength[item])))


def _centred(columns: Array, w: Array) -> Array:
    """Take weighted means of the answers that are there off."""
    there = ~np.isnan(columns)
    with np.errstate(invalid="ignore"):  # NaN for a column without answers
        mean = w @ np.where(there, columns, 0.0) / (w @ there)
    return np.asarray(columns - mean)


def _residuals(products: Array, items: Array, w: Array) -> Array:
    """Take the weighted regression on the items off."""
    complete = ~(np.isnan(products).any(axis=1) | np.isnan(items).any(axis=1))
    X = np.column_stack([np.ones(complete.sum()), items[complete]])
    root = np.sqrt(w[complete])[:, None]
    slopes = np.linalg.lstsq(X * root, products[complete] * root, rcond=None)[0]
    residuals = np.full(products.shape, np.nan)
    residuals[complete] = products[complete] - X @ slopes
    return residuals
