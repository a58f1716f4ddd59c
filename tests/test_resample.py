"""Resamples: where they come from, their moments in closed form, and what is refused."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from csi import DataError, OptionError
from csi.core.design import Design, sampling_covariance
from csi.core.resample import (
    BLOCK,
    CELLS,
    Designed,
    Given,
    Permuted,
    Simple,
    check_seed,
    stream,
)

BLOCKS = 16
N = 24
MIXED = np.random.default_rng(6).permutation(N)
STRATA = np.repeat([3, 1, 8], [4, 8, 12])[MIXED]
CLUSTERS = np.r_[0, 0, 1, 1, [0, 0, 0, 1, 1, 2, 2, 2], np.arange(12) // 3][MIXED]
COPIES = np.random.default_rng(2).integers(0, 4, N) * np.where(STRATA + CLUSTERS == 11, 0.0, 1.0)
DESIGNS = {
    "clusters": Design(clusters=CLUSTERS),
    "strata": Design(strata=STRATA),
    "clusters in strata": Design(CLUSTERS, STRATA),
}
EVERY_WAY = {
    "simple": lambda seed: Simple(N, seed),
    "copies": lambda seed: Simple(N, seed, COPIES),
    "crowded": lambda seed: Simple(N, seed, 50 * COPIES),
    "designed": lambda seed: Designed(DESIGNS["clusters in strata"], N, seed),
    "permuted": lambda seed: Permuted(np.arange(N), seed),
}

every_design = pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
every_way = pytest.mark.parametrize("way", EVERY_WAY.values(), ids=EVERY_WAY)


def run(resamples, blocks=BLOCKS):
    return np.concatenate([resamples.block(b) for b in range(blocks)]).astype(float)


def assert_mean(sample, expected):
    """Means over replicates are as expected, each within 4.5 of its standard errors."""
    error = sample.std(axis=0, ddof=1) / np.sqrt(len(sample))
    assert (np.abs(sample.mean(axis=0) - expected) <= 4.5 * error + 1e-9).all()


# streams


@every_way
def test_blocks_depend_on_seed_and_number_only(way):
    assert_array_equal(way(5).block(3), run(way(5), 4)[3 * BLOCK :])
    assert (way(5).block(0) != way(5).block(1)).any()
    assert (way(5).block(0) != way(6).block(0)).any()


def test_a_block_comes_from_its_own_stream():
    drawn = stream(11, 4).integers(250, size=(BLOCK, 250), dtype=np.uint16)
    expected = [np.bincount(rows, minlength=250) for rows in drawn]
    assert_array_equal(Simple(250, 11).block(4), expected)


def test_streams_differ_by_key():
    keys = [(), (0,), (1,), (0, 0), (0, 1)]
    assert len({stream(1, *key).integers(2**63) for key in keys}) == len(keys)


@pytest.mark.parametrize("way", [Simple, lambda n, seed: Permuted(np.arange(n), seed)])
def test_blocks_of_many_rows_come_in_pieces(way):
    n = CELLS // 200
    pieces = list(way(n, 1).pieces(2))
    assert max(piece.size for piece in pieces) <= CELLS
    assert len(pieces) == 3
    assert_array_equal(np.concatenate(pieces), way(n, 1).block(2))
    assert sum(map(len, pieces)) == BLOCK


@pytest.mark.parametrize(
    ("resamples", "kind"),
    [
        (Simple(N, 1), np.float32),
        (Simple(N, 1, COPIES), np.float32),
        (Simple(2, 1, np.array([2.0**25, 3])), np.float64),
        (Designed(DESIGNS["clusters"], N, 1, COPIES), np.float64),
        (Designed(DESIGNS["clusters"], N, 1, COPIES, "with_replacement"), np.float32),
        (Designed(Design(np.arange(2)), 2, 1, np.full(2, 2.0**23 + 1), "with_replacement"), float),
        (Given.of(np.zeros((3, N), int), N), np.float32),
        (Given.of([[2**25, 0]], 2, "counts", size=2**25), np.float64),
    ],
)
def test_single_precision_holds_what_is_whole(resamples, kind):
    block = resamples.block(0)
    assert block.dtype == kind
    assert block.flags.c_contiguous
    assert resamples.whole == bool((run(resamples, 1) % 1 == 0).all())


# moments


@pytest.mark.parametrize("factor", [1, 50], ids=["one by one", "crowded"])
@pytest.mark.parametrize("copies", [np.ones(N), COPIES], ids=["single", "copies"])
def test_draws_have_the_moments_of_the_multinomial(copies, factor):
    copies = factor * copies
    total = copies.sum()
    counts = run(Simple(N, 3, copies))
    assert (counts.sum(axis=1) == total).all()
    assert (counts[:, copies == 0] == 0).all()
    assert_mean(counts, copies)
    products = np.einsum("bi,bj->bij", counts - copies, counts - copies)
    covariance = np.diag(copies) - np.outer(copies, copies) / total
    assert_mean(products, covariance)


@pytest.mark.parametrize("method", ["rescaled", "with_replacement"])
@every_design
def test_units_are_drawn_within_their_strata(design, method):
    multipliers = run(Designed(design, N, 1, method=method), 2)
    strata = np.zeros(N, int) if design.strata is None else design.strata
    clusters = np.arange(N) if design.clusters is None else design.clusters
    for stratum in np.unique(strata):
        codes, first, of_row = np.unique(
            clusters[strata == stratum], return_index=True, return_inverse=True
        )
        inside = multipliers[:, strata == stratum]
        assert_array_equal(inside, inside[:, first][:, of_row])
        drawn = len(codes) - (method == "rescaled")
        times = inside[:, first] * drawn / len(codes)
        assert_allclose(times, np.round(times), atol=1e-12)
        assert_allclose(times.sum(axis=1), drawn, rtol=1e-12)


@pytest.mark.parametrize("copies", [None, COPIES], ids=["single", "copies"])
@every_design
def test_rescaled_totals_vary_as_linearised(design, copies):
    there = np.ones(N) if copies is None else copies
    x = np.random.default_rng(8).normal(size=(N, 2)) + STRATA[:, None]
    multipliers = run(Designed(design, N, 21, copies), 64)
    assert (multipliers[:, there == 0] == 0).all()
    moved = multipliers @ x - there @ x
    assert_mean(moved, 0)
    products = np.einsum("bi,bj->bij", moved, moved)
    of_rows = design if design.strata is not None else Design(design.clusters, np.zeros(N, int))
    assert_mean(products, sampling_covariance(x * there[:, None], None, there, of_rows))


def test_plain_redrawing_of_units_falls_short_by_one_in_each_stratum():
    x = np.arange(float(N)) ** 2
    moved = run(Designed(Design(None, STRATA), N, 4, method="with_replacement")) @ x - x.sum()
    assert_mean(moved**2, sum(x[h == STRATA].var() * (h == STRATA).sum() for h in (1, 3, 8)))


def test_a_single_stratum_drawn_plainly_is_a_simple_sample():
    plain = Designed(Design(), N, 9, COPIES, "with_replacement")
    assert_array_equal(plain.block(2), Simple(N, 9, COPIES).block(2))


def test_a_stratum_of_one_unit_is_refused():
    copies = np.where(STRATA + CLUSTERS == 3, 0.0, 1.0)
    with pytest.raises(DataError, match="only one cluster: 3"):
        Designed(DESIGNS["clusters in strata"], N, 1, copies)
    with pytest.raises(OptionError, match="method is 'rao'"):
        Designed(DESIGNS["strata"], N, 1, method="rao")


# given resamples


def test_rows_and_counts_say_the_same():
    rows = np.random.default_rng(1).integers(0, N, (BLOCK + 8, N))
    counts = np.array([np.bincount(row, minlength=N) for row in rows])
    by_rows, by_counts = Given.of(rows, N), Given.of(counts.astype(float), N, "counts")
    for given in (by_rows, by_counts):
        assert given.number == BLOCK + 8
        assert_array_equal(given.block(0), counts[:BLOCK])
        assert_array_equal(given.block(1), counts[BLOCK:])
        assert_array_equal(np.concatenate(list(given.pieces(1))), counts[BLOCK:])


def test_resamples_may_be_of_another_size():
    assert_array_equal(Given.of([[0, 2, 2, 2]], 3, size=4).block(0), [[1, 0, 3]])
    assert_array_equal(Given.of([[1, 0, 1]], 3, "counts", size=2).block(0), [[1, 0, 1]])


def test_given_resamples_of_many_rows_come_in_pieces():
    given = Given.of(np.arange(15).reshape(5, 3), CELLS // 2, size=3)
    pieces = list(given.pieces(0))
    assert [len(piece) for piece in pieces] == [2, 2, 1]
    assert [piece.nonzero()[1].tolist() for piece in pieces[1:]] == [[*range(6, 12)], [12, 13, 14]]


@pytest.mark.parametrize(
    ("resamples", "kind", "message"),
    [
        ([[1, 2, 3]], "rows", r"outside 0 to 2: 3\. Positions count from 0"),
        ([[0, -1, 2]], "rows", "outside 0 to 2: -1"),
        ([[0, 1]], "rows", r"shape \(1, 2\).*with 3 positions"),
        ([[0, 1]], "counts", r"shape \(1, 2\).*with 3 counts"),
        ([0, 1, 2], "rows", r"shape \(3,\)"),
        (np.zeros((0, 3)), "rows", r"shape \(0, 3\)"),
        ([[0, 0.5, 1]], "rows", "not whole numbers throughout: found 0.5"),
        ([[0, np.nan, np.inf]], "counts", "found nan, inf"),
        ([["a", "b", "c"]], "rows", "found list with something else"),
        ([[1, 1, 1], [1, 1, 2]], "counts", "sum to 3; 1 of 2 .* resample 1 with sum 4"),
        ([[4, -1, 0]], "counts", "smallest count -1"),
        ([[0, 1, 2]], "columns", "kind is 'columns'"),
    ],
)
def test_what_is_no_resample_is_refused(resamples, kind, message):
    with pytest.raises(OptionError, match=message):
        Given.of(resamples, 3, kind)


# permutations


def test_every_order_of_labels_is_equally_likely():
    found = run(Permuted(np.array([0, 0, 1, 1]), 2)) @ 2 ** np.arange(4)
    orders = {sum(2**i for i in ones) for ones in itertools.combinations(range(4), 2)}
    times = [(found == order).sum() for order in orders]
    assert sum(times) == BLOCKS * BLOCK
    assert stats.chisquare(times).pvalue > 0.001


def test_labels_stay_in_their_stratum():
    labels = np.random.default_rng(1).integers(0, 300, N)
    block = Permuted(labels, 1, STRATA).block(0)
    for stratum in np.unique(STRATA):
        inside = stratum == STRATA
        assert (np.sort(block[:, inside], axis=1) == np.sort(labels[inside])).all()
        assert (block[:, inside] != labels[inside]).any()


# seeds


def test_seeds():
    assert check_seed(7) == check_seed(np.int8(7)) == 7
    assert check_seed(2**70) == 2**70
    rng = np.random.default_rng(1)
    assert check_seed(rng) != check_seed(rng)
    assert check_seed(np.random.default_rng(1)) == check_seed(np.random.default_rng(1))
    assert check_seed(None) != check_seed(None)


@pytest.mark.parametrize("rng", [-1, 1.0, "1", True, np.True_, np.array(1), np.random])
def test_what_is_no_seed_is_refused(rng):
    with pytest.raises(OptionError, match=r"^rng is .*\. Give a whole number from 0"):
        check_seed(rng)
