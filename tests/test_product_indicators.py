"""Product indicators against those of semTools, and by what each centring promises."""

import lavaan_studies
import numpy as np
import pytest
from lavaan_studies import fit, golden, matrix
from numpy.testing import assert_allclose, assert_array_equal

from csi.core.sem.products import correlated_errors, product_indicators, product_pairs
from csi.errors import OptionError

BLOCKS = {"quad": ("CUSA", "CUSA"), "inter": ("PERQ", "CUSA")}


def answers():
    return lavaan_studies.rows("mobi")


def block(stem):
    return [answers().columns.get_loc(f"{stem}{i}") for i in (1, 2, 3)]


def made(study, rule="matched", **options):
    first, second = map(block, BLOCKS[study])
    pairs = product_pairs(first, second, rule=rule)
    return product_indicators(answers().to_numpy(), pairs, **options)


@pytest.mark.parametrize(
    "name",
    ["quad_matched_mean", "quad_matched_double", "quad_matched_residual", "inter_matched_double"],
)
def test_products_of_matched_items(name):
    study, _, centring = name.split("_")
    known = golden("quadratic")["products"][name]
    sample = matrix(fit("quadratic", f"{name}_ML")["sample"]["cov"])
    others = [item for item in sample if item not in known["names"]]
    products = made(study, centring=centring)
    table = np.column_stack([products, answers()[others]])
    expected = sample.loc[[*known["names"], *others], [*known["names"], *others]]
    assert_allclose(products.mean(axis=0), known["mean"], atol=1e-12)
    assert_allclose(np.cov(table.T, ddof=0), expected, atol=1e-11)


def test_residuals_of_all_products():
    known = golden("quadratic")["all_pairs_residual"]
    first, second = map(block, BLOCKS["inter"])
    names = answers().columns.to_numpy()
    pairs = product_pairs(first, second, rule="all")
    assert [".".join(pair) for pair in names[pairs]] == known["names"]
    # the residuals shown by R are 1e-12 off those of extended precision, ours 2e-14
    assert_allclose(made("inter", "all", centring="residual")[:3], known["first3"], atol=3e-12)


def test_residuals_do_not_correlate_with_the_items():
    rows, weights = answers().to_numpy(), np.random.default_rng(1).uniform(0.5, 2, 250)
    residuals = made("inter", "all", centring="residual", weights=weights)
    items = rows[:, [*block("PERQ"), *block("CUSA")]]
    centred = items - np.average(items, axis=0, weights=weights)
    assert_allclose(weights @ residuals, 0, atol=1e-9)
    assert_allclose((centred * weights[:, None]).T @ residuals, 0, atol=1e-8)


@pytest.mark.parametrize("centring", ["mean", "double", "residual"])
def test_weights_count_respondents(centring):
    counts = np.arange(250) % 3
    pairs = product_pairs(block("PERQ"), block("CUSA"))
    rows = answers().to_numpy()
    weighted = product_indicators(rows, pairs, centring=centring, weights=counts.astype(float))
    repeated = product_indicators(np.repeat(rows, counts, axis=0), pairs, centring=centring)
    assert_allclose(np.repeat(weighted, counts, axis=0), repeated, atol=1e-11)


def test_missing_answers():
    rows = answers().to_numpy().copy()
    (first, *_), (second, *_) = block("PERQ"), block("CUSA")
    rows[0, first] = np.nan
    rows[1:3, block("CUSA")[2]] = np.nan
    pairs = product_pairs(block("PERQ"), block("CUSA"))
    double = product_indicators(rows, pairs)
    assert_array_equal(np.argwhere(np.isnan(double)), [[0, 0], [1, 2], [2, 2]])
    assert_allclose(np.nanmean(double, axis=0), 0, atol=1e-12)
    residual = product_indicators(rows, pairs, centring="residual")
    assert_array_equal(np.isnan(residual).all(axis=1), np.arange(250) < 3)
    among = product_indicators(rows[3:], pairs, centring="residual")
    assert_allclose(residual[3:], among, atol=1e-10)
    narrow = product_indicators(rows, np.array([[first, second]]), centring="residual")
    wide = product_indicators(
        rows, np.array([[first, second]]), centring="residual", blocks=pairs.ravel().tolist()
    )
    assert np.isnan(narrow).sum() == 1
    assert np.isnan(wide).sum() == 3


def test_which_items_are_multiplied():
    strength = np.array([0.5, 0.9, 0.7, 0.6, -0.8])
    assert product_pairs([0, 1, 2], [3, 4], strength=strength).tolist() == [[1, 4], [2, 3]]
    assert product_pairs([2, 0], [0, 2]).tolist() == [[2, 0], [0, 2]]
    assert len(product_pairs([0, 1, 2], [0, 1, 2], rule="all")) == 6
    with pytest.raises(OptionError, match="Blocks of 3 and 2 items cannot be matched"):
        product_pairs([0, 1, 2], [3, 4])


def test_which_errors_correlate():
    assert not len(correlated_errors(product_pairs([0, 1, 2], [3, 4, 5])))
    assert not len(correlated_errors(product_pairs([0, 1, 2], [0, 1, 2])))
    every = product_pairs([0, 1, 2], [3, 4, 5], rule="all")
    assert len(correlated_errors(every)) == 18  # two lines of three in each row and column
    rng = np.random.default_rng(2)
    constructs, errors = rng.normal(size=(2, 200_000)), rng.normal(size=(6, 200_000))
    rows = (np.repeat(constructs, 3, axis=0) + errors).T
    left = product_indicators(rows, every) - (constructs[0] * constructs[1])[:, None]
    seen = np.abs(np.corrcoef(left.T)) > 0.05
    assert_array_equal(np.argwhere(np.triu(seen, 1)), correlated_errors(every))
