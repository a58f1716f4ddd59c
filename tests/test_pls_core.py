"""What holds of outer weights for every sample, and how an iteration ends that cannot settle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import csi
from csi.core.pls import cycle_length, outer_weights
from csi.core.structural import explained_variance, path_coefficients, total_effects

SIZES = (3, 2, 4, 1)
BLOCKS = np.repeat(np.eye(4, dtype=bool), SIZES, axis=0)
DESIGN = np.array([[0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]], dtype=bool)
MODES = ["A", "B", "A", "A"]

seeds = st.integers(0, 2**32 - 1)
schemes = st.sampled_from(["path", "factorial", "centroid"])
modes = st.lists(st.sampled_from(["A", "B", "unit"]), min_size=4, max_size=4)


def correlations(seed, size=(), cause=1.0):
    """Correlations of 10 items that share one cause, so that the iteration settles."""
    rng = np.random.default_rng(seed)
    rows = cause * rng.normal(size=(*size, 60, 1)) + rng.normal(size=(*size, 60, 10))
    rows = rows - rows.mean(axis=-2, keepdims=True)
    R = rows.swapaxes(-1, -2) @ rows
    sd = np.sqrt(np.diagonal(R, axis1=-2, axis2=-1))
    R = R / sd[..., :, None] / sd[..., None, :]
    return np.moveaxis(R, (-2, -1), (0, 1))


def weigh(R, modes=MODES, **options):
    return outer_weights(R, BLOCKS, DESIGN, modes, **{"tol": 1e-13, **options})


@given(seeds, schemes, modes)
@settings(max_examples=40, deadline=None)
def test_composites_have_unit_variance_and_point_along_their_items(seed, scheme, modes):
    R = correlations(seed, (20,), cause=0.0)
    W = weigh(R, modes, scheme=scheme, max_iter=20).W
    RW = np.einsum("ijb,jkb->ikb", R, W)
    assert_allclose((W * RW).sum(axis=0), 1, rtol=1e-12)
    assert (RW.sum(axis=0, where=BLOCKS[..., None]) > 0).all()
    assert (W[~BLOCKS] == 0).all()


@given(seeds, schemes, modes)
@settings(max_examples=15, deadline=None)
def test_a_stack_is_its_matrices_one_by_one(seed, scheme, modes):
    R = correlations(seed, (2, 3))
    together = weigh(R, modes, scheme=scheme, tol=1e-9)
    for at in np.ndindex(2, 3):
        alone = weigh(R[:, :, *at], modes, scheme=scheme, tol=1e-9)
        assert_allclose(together.W[:, :, *at], alone.W, rtol=0, atol=1e-13)
        assert together.n_iter[at] == alone.n_iter
        assert together.converged[at]
        assert alone.converged


@given(seeds, schemes, st.permutations(range(10)))
@settings(max_examples=20, deadline=None)
def test_order_of_items_is_irrelevant(seed, scheme, order):
    R = correlations(seed)
    moved = outer_weights(
        R[np.ix_(order, order)], BLOCKS[order], DESIGN, MODES, scheme=scheme, tol=1e-13
    )
    assert_allclose(moved.W, weigh(R, scheme=scheme).W[order], rtol=0, atol=1e-10)


@given(seeds, schemes)
@settings(max_examples=20, deadline=None)
def test_reversing_all_items_of_a_construct_reverses_the_construct(seed, scheme):
    R = correlations(seed)
    turned = np.where(BLOCKS[:, 2], -1.0, 1.0)
    reversed_ = R * np.outer(turned, turned)
    W, W_reversed = weigh(R, scheme=scheme).W, weigh(reversed_, scheme=scheme).W
    assert_allclose(W_reversed, W, rtol=0, atol=1e-10)
    sign = np.array([1, 1, -1, 1])
    C = W_reversed.T @ reversed_ @ W_reversed
    assert_allclose(C, np.outer(sign, sign) * (W.T @ R @ W), rtol=0, atol=1e-10)


@given(seeds, schemes)
@settings(max_examples=20, deadline=None)
def test_mode_b_does_not_depend_on_the_units_of_items(seed, scheme):
    R = correlations(seed)
    units = np.linspace(0.2, 5, 10)
    all_b = ["B"] * 4
    scaled = weigh(R * np.outer(units, units), all_b, scheme=scheme).W
    # equal weights to start from depend on the units, the settled weights do not
    assert_allclose(scaled * units[:, None], weigh(R, all_b, scheme=scheme).W, rtol=0, atol=1e-8)


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_two_blocks_are_a_singular_value_problem(seed):
    """Mode A finds the pair of composites of largest covariance, Mode B of largest correlation."""
    R = correlations(seed)
    first, second = slice(0, 5), slice(5, 10)
    blocks = np.repeat(np.eye(2, dtype=bool), 5, axis=0)
    design = np.array([[0, 1], [0, 0]], dtype=bool)
    covariance = np.linalg.svd(R[first, second])[0][:, 0]
    W = outer_weights(R, blocks, design, ["A", "A"], tol=1e-13).W[first, 0]
    assert_allclose(np.abs(W) / np.linalg.norm(W), np.abs(covariance), rtol=0, atol=1e-8)

    W = outer_weights(R, blocks, design, ["B", "B"], tol=1e-13, max_iter=5000).W
    roots = [np.linalg.cholesky(R[half, half]) for half in (first, second)]
    whitened = np.linalg.solve(roots[0], R[first, second])
    canonical = np.linalg.svd(np.linalg.solve(roots[1], whitened.T))[1][0]
    assert_allclose(abs(W[:, 0] @ R @ W[:, 1]), canonical, rtol=0, atol=1e-8)


def test_unit_mode_keeps_equal_weights():
    W = weigh(correlations(1), ["unit"] * 4).W
    for block, column in zip(BLOCKS.T, W.T, strict=True):
        assert_allclose(column[block], column[block][0], rtol=1e-14)


def test_singular_mode_b_block_breaks_down_alone():
    R = correlations(5, (3,))
    R[..., 1] = correlations(6)
    R[4, :, 1], R[:, 4, 1] = R[3, :, 1], R[:, 3, 1]
    found = weigh(R, ["A", "B", "A", "A"])
    assert np.isnan(found.change[1])
    assert_array_equal(found.converged, [True, False, True])
    alone = weigh(R[..., [0, 2]], ["A", "B", "A", "A"])
    assert_array_equal(found.W[..., 0], alone.W[..., 0])


# The cross-correlations [[.4, .1], [.1, -.4]] mirror weights; two rounds bring them back.
MIRROR = np.array(
    [[1.0, 0.0, 0.4, 0.1], [0.0, 1.0, 0.1, -0.4], [0.4, 0.1, 1.0, 0.0], [0.1, -0.4, 0.0, 1.0]]
)
PAIRS = np.repeat(np.eye(2, dtype=bool), 2, axis=0)
ARROW = np.array([[0, 1], [0, 0]], dtype=bool)


@pytest.mark.parametrize("scheme", ["path", "factorial", "centroid"])
def test_cycle_is_detected(scheme):
    found = outer_weights(MIRROR, PAIRS, ARROW, ["A", "A"], scheme=scheme, max_iter=101)
    assert not found.converged
    assert found.n_iter == 101
    assert found.change > 0.1
    length = cycle_length(MIRROR, found.W, PAIRS, ARROW, ["A", "A"], scheme=scheme)
    assert length == 2


def test_cycle_is_reported():
    model = csi.model(
        [csi.reflective("X", ["x1", "x2"]), csi.reflective("Y", ["y1", "y2"])],
        [csi.paths("X", "Y")],
    )
    moments = csi.Moments.from_correlation(MIRROR, ["x1", "x2", "y1", "y2"], n=100)
    with pytest.raises(csi.EstimationError, match="the weights run in a cycle of 2"):
        csi.fit(model, moments)
    with pytest.warns(csi.ConvergenceWarning, match="cycle of 2"):
        fit = csi.fit(model, moments, csi.PLS(on_fail="return"))
    assert fit.convergence.cycle == 2
    assert not fit.convergence.converged


def test_slow_iteration_is_no_cycle():
    found = weigh(correlations(3), max_iter=2)
    assert not found.converged
    assert cycle_length(correlations(3), found.W, BLOCKS, DESIGN, MODES, scheme="path") == 0


def test_swinging_iteration_that_settles_is_no_cycle():
    swinging = MIRROR.copy()
    swinging[1, 3] = swinging[3, 1] = -0.39
    found = outer_weights(
        swinging, PAIRS, ARROW, ["A", "A"], scheme="factorial", tol=1e-12, max_iter=500
    )
    assert 1e-12 < found.change < 1e-4
    assert cycle_length(swinging, found.W, PAIRS, ARROW, ["A", "A"], scheme="factorial") == 0


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_paths_are_regressions_and_effects_follow_the_routes(seed):
    C = correlations(seed)[:4, :4]
    B = path_coefficients(C, DESIGN)
    for j in (1, 2, 3):
        causes = np.flatnonzero(DESIGN[:, j])
        residual = C[causes, j] - C[np.ix_(causes, causes)] @ B[causes, j]
        assert_allclose(residual, 0, atol=1e-12)
    assert (B[~DESIGN] == 0).all()
    r2 = explained_variance(C, B, DESIGN)
    assert np.isnan(r2[0])
    assert ((r2[1:] > 0) & (r2[1:] < 1)).all()
    assert_allclose(total_effects(B), B + B @ B + B @ B @ B, atol=1e-12)
