"""Leaving out sampling units, against refitting from rows and the R package survey.

Oracle      survey 4.1-1 on R 4.2.2, as.svrepdesign(type="JK1") and type="JKn" of the 18
            rows below, withReplicates() of the ratio y / x and of the weighted correlation.
Printed     15 significant digits.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from csi import DataError
from csi.core import jackknife
from csi.core.design import Design, sampling_covariance
from csi.core.jackknife import bias, influence, leave_out, standard_errors

H = np.repeat([4, 5, 9], [7, 5, 6])
G = np.array([1, 1, 2, 2, 2, 3, 3, 1, 2, 2, 3, 3, 1, 1, 1, 2, 2, 2])
W = np.array([2, 1, 3, 1, 2, 1, 1, 4, 2, 2, 1, 3, 1, 2, 1, 2, 1, 1.0])
X = np.array([7, 8, 3, 5, 9, 6, 2, 10, 4, 5, 8, 7, 1, 6, 9, 8, 3, 5.0])
Y = np.array([6, 9, 2, 6, 8, 7, 1, 9, 5, 3, 8, 8, 2, 6, 7, 9, 2, 4.0])
ONES = np.ones(18)
PRODUCTS = W[:, None] * np.column_stack([ONES, X, Y, X * X, X * Y, Y * Y])
DESIGNS = {
    "clusters": Design(clusters=G),
    "strata": Design(strata=H),
    "clusters in strata": Design(G, H),
    "neither": Design(),
}

JKN_RATIO = [
    0.948186528497409, 0.969101123595506, 0.946261682242991, 0.974789915966387,
    0.964539007092199, 0.923076923076923, 0.959390862944162, 0.948186528497409,
]  # fmt: skip
JKN_CORRELATION = [
    0.927293305136606, 0.905178684361284, 0.918241562396969, 0.895886154763178,
    0.931720894403787, 0.926203358532141, 0.927943936743784, 0.916568028013619,
]  # fmt: skip
JK1_ERRORS = [0.0443334738115641, 0.0303604581598080]
JKN_TOTAL_ERRORS = [28.3372546306095, 25.5734237050888]

every_design = pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)


def ratio_and_correlation(sums):
    w, x, y, xx, xy, yy = sums.T
    covariance = xy - x * y / w
    return np.array([y / x, covariance / np.sqrt((xx - x * x / w) * (yy - y * y / w))])


def test_statistics_without_each_cluster_are_those_of_survey():
    values = ratio_and_correlation(leave_out(PRODUCTS, ONES, DESIGNS["clusters in strata"]).sums)
    assert_allclose(values, [JKN_RATIO, JKN_CORRELATION], rtol=2e-15 / 0.9)


def test_errors_are_those_of_survey():
    # of totals only in strata: survey centres at the mean of all replicates, not of the stratum
    simple = leave_out(PRODUCTS, ONES)
    errors = standard_errors(simple, ratio_and_correlation(simple.sums))
    assert_allclose(errors, JK1_ERRORS, rtol=1e-13)  # differences of numbers with 15 digits
    designed = leave_out(PRODUCTS, ONES, DESIGNS["clusters in strata"])
    assert_allclose(standard_errors(designed, designed.sums.T)[1:3], JKN_TOTAL_ERRORS, rtol=1e-14)


@every_design
def test_leaving_out_is_summing_the_rest(design):
    left_out = leave_out(PRODUCTS, ONES, design)
    strata = np.zeros(18) if design.strata is None else design.strata
    clusters = np.arange(18) if design.clusters is None else design.clusters
    expected = []
    for stratum in np.unique(strata):
        found = np.unique(clusters[strata == stratum])
        for unit in found:
            scale = 1 if design.strata is None else len(found) / (len(found) - 1)
            others = (strata == stratum) & (clusters != unit)
            rest = PRODUCTS[strata != stratum].sum(axis=0)
            expected.append(rest + scale * PRODUCTS[others].sum(axis=0))
    assert_allclose(left_out.sums, expected, rtol=1e-14)


def test_whole_sums_stay_exact():
    left_out = leave_out(PRODUCTS, ONES)
    assert_array_equal(left_out.sums, PRODUCTS.sum(axis=0) - PRODUCTS)


@pytest.mark.parametrize("copies", [ONES, W], ids=["single", "copies"])
@every_design
def test_errors_of_linear_statistics_are_linearised(design, copies):
    products = copies[:, None] * np.column_stack([X, Y])
    if design.strata is None:  # the units left are fewer: put them in the place of all
        design = Design(design.clusters, np.zeros(18, dtype=int))
    left_out = leave_out(products, copies, design)
    expected = sampling_covariance(products, np.full(2, copies.sum()), copies, design)
    errors = standard_errors(left_out, left_out.sums.T)
    assert_allclose(errors, np.sqrt(np.diagonal(expected)), rtol=1e-13)


def test_error_and_bias_of_mean_and_variance_have_closed_forms():
    left_out = leave_out(np.column_stack([ONES, X, X * X]), ONES)
    n, x, xx = left_out.sums.T
    values = np.array([x / n, xx / n - (x / n) ** 2])
    assert standard_errors(left_out, values)[0] == pytest.approx(X.std(ddof=1) / np.sqrt(18))
    found = bias(left_out, values, np.array([X.mean(), X.var()]))
    assert_allclose(found, [0, -X.var(ddof=1) / 18], rtol=1e-12, atol=1e-13)
    assert_allclose(influence(left_out, values)[0], X - X.mean(), rtol=1e-12, atol=1e-13)


def test_bias_in_strata_is_exact_for_a_square():
    design = DESIGNS["clusters in strata"]
    left_out = leave_out(X[:, None], ONES, design)
    variance = sampling_covariance(X[:, None], ONES[:1], ONES, design)[0, 0]
    found = bias(left_out, left_out.sums.T**2, np.array([X.sum() ** 2]))
    assert found == pytest.approx(variance, rel=1e-10)


@pytest.mark.parametrize("name", ["neither", "strata"])
def test_identical_respondents_are_left_out_once(name):
    copies = W.copy()
    copies[[3, 9]] = 0
    rows = np.repeat(np.arange(18), copies.astype(int))
    design = DESIGNS[name]
    one_by_one = leave_out(PRODUCTS[rows] / W[rows, None], np.ones(len(rows)), design.take(rows))
    at_once = leave_out(PRODUCTS, copies, design)
    assert at_once.multiplicity.tolist() == copies[copies > 0].tolist()
    values = [ratio_and_correlation(each.sums) for each in (at_once, one_by_one)]
    repeats = at_once.multiplicity.astype(int)
    assert_allclose(np.repeat(values[0], repeats, axis=1), values[1], rtol=1e-12)
    once, apart = (
        [standard_errors(units, found), bias(units, found, np.array([0.95, 0.9]))]
        for units, found in zip((at_once, one_by_one), values, strict=True)
    )
    assert_allclose(once, apart, rtol=1e-10)
    assert_allclose(
        np.repeat(influence(at_once, values[0]), repeats, axis=1),
        influence(one_by_one, values[1]),
        rtol=1e-9,
        atol=1e-12,
    )


@every_design
def test_sums_come_in_blocks_and_from_functions(design, monkeypatch):
    whole = leave_out(PRODUCTS, ONES, design).sums
    monkeypatch.setattr(jackknife, "MOST", 5)
    read = []

    def products(rows):
        read.append(len(rows))
        return PRODUCTS[rows]

    blocks = list(leave_out(products, ONES, design).blocks(most=4))
    assert max(len(block) for block in blocks) <= 4
    assert_array_equal(np.concatenate(blocks), whole)
    assert max(read) <= 5
    assert sum(read) <= 1 + 2 * 18  # the number of sums, the totals, the units


def test_statistics_that_failed_leave_no_error():
    left_out = leave_out(PRODUCTS, ONES)
    values = ratio_and_correlation(left_out.sums)
    values[1, 5] = np.nan
    errors = standard_errors(left_out, values)
    assert errors[0] == pytest.approx(JK1_ERRORS[0])
    assert np.isnan(errors[1])


def test_a_stratum_of_one_cluster_is_refused():
    with pytest.raises(DataError, match="only one cluster: 9"):
        leave_out(PRODUCTS, ONES, Design(np.where(H == 9, 1, G), H))
