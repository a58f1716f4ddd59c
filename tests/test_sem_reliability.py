"""Reliabilities by a model against semTools, and against simulated sums."""

import json

import lavaan_studies
import numpy as np
import pytest
from lavaan_studies import golden
from numpy.testing import assert_allclose
from peers import GOLDEN
from test_factor_scores import STUDIES, estimated, peer

from csi.core.sem.ordinal_reliability import ordinal_reliability
from csi.core.sem.reliability import (
    average_variance_extracted,
    common_reliability,
    composite_reliability,
    maximal_reliability,
    own_items,
    reliabilities,
)
from csi.core.sem.second_order import second_order_reliability

PEERS = json.loads((GOLDEN / "scores_reliability.json").read_text())
ROWS = {"omega": 1, "omega2": 2, "omega3": 3, "ave": 4}
ALL = np.ones((9, 1), dtype=bool)


@pytest.mark.parametrize("study", ["hs", "core", "acsi"])
def test_coefficients_are_those_of_semtools(study):
    """semTools took the default fits of lavaan; it shows no single items."""
    items, L, Psi, Theta = estimated(study, "ML_default")
    S = np.cov(lavaan_studies.rows(STUDIES[study])[items].to_numpy(dtype=float).T, ddof=0)
    found = reliabilities(L, Psi.to_numpy(), Theta, S)
    expected = golden("reliability")[study]
    table = expected["reliability"]
    own = Psi.columns.get_indexer(table["columns"])
    for name, row in {"alpha": 0, **ROWS}.items():
        assert_allclose(getattr(found, name)[own], table["values"][row], atol=1e-12)
    mcdonald = dict(zip(Psi, found.omega3, strict=True))
    observed = dict(zip(Psi, average_variance_extracted(L, Psi.to_numpy(), S), strict=True))
    assert expected["compRelSEM"] == pytest.approx(
        {name: mcdonald[name] for name in expected["compRelSEM"]}, abs=1e-12
    )
    # semTools::AVE loses a construct that stands behind one with a single item
    known = {name: ave for name, ave in expected["AVE"].items() if ave is not None}
    assert known == pytest.approx({name: observed[name] for name in known}, abs=1e-12)
    assert len(known) == len(table["columns"]) - (study == "acsi")


def test_a_single_item_is_as_reliable_as_its_error_says():
    _, L, Psi, Theta = estimated("acsi")
    single = Psi.columns.get_loc("Compl")
    found = reliabilities(L, Psi.to_numpy(), Theta, L @ Psi.to_numpy() @ L.T + Theta)
    assert np.isnan(found.alpha[single])
    for coefficient in (found.omega, found.omega3, found.maximal, found.ave):
        assert_allclose(coefficient[single], 1, rtol=1e-12)


def test_crossed_loadings_and_correlated_errors():
    found = reliabilities(*peer("crossed", "L", "Psi", "Theta", "S"))
    expected = peer("crossed", "reliability")[0]
    for name, row in ROWS.items():
        assert_allclose(getattr(found, name), expected[row], atol=1e-12)
    assert np.isnan(found.ave).tolist() == [True, False, True]


def test_general_construct_beside_specific_ones():
    L, Psi, Theta, S, Sigma = peer("bifactor", "L", "Psi", "Theta", "S", "Sigma")
    found = reliabilities(L, Psi, Theta, S)
    expected = peer("bifactor", "reliability")[0]  # the last column is the sum of all tests
    for name, row in list(ROWS.items())[:3]:
        assert_allclose(getattr(found, name), expected[row, :4], atol=1e-12)
    assert_allclose(common_reliability(L, Psi, Sigma, ALL), expected[2, 4], atol=1e-12)
    assert_allclose(common_reliability(L, Psi, S, ALL), expected[3, 4], atol=1e-12)


def test_second_order_construct():
    L, B, residual, Theta, Psi, S = peer("second", "L", "B", "residual", "Theta", "Psi", "S")
    found = second_order_reliability(L, B, residual, Theta, 3)
    ours = [found.items, found.constructs, found.partial]
    assert_allclose(ours, PEERS["second"]["L2"], atol=1e-12)
    through = L @ np.linalg.inv(np.eye(4) - B)
    hierarchical = composite_reliability(through[:, 3:], Psi[3:, 3:], S)
    assert_allclose(hierarchical, PEERS["second"]["higher"], atol=1e-12)


def test_second_order_construct_with_items_of_its_own_and_a_consequence():
    rng = np.random.default_rng(3)
    L = np.zeros((9, 5))
    L[:3, 0], L[3:6, 1], L[6:8, 2], L[8, 3] = 0.8, 0.9, 0.7, 1
    B = np.zeros((5, 5))
    B[:2, 2], B[3, 2] = [0.7, 0.5], 0.4
    residual, Theta = np.diag([0.5, 0.6, 1, 0.8, 1.0]), np.diag(np.full(9, 0.4))
    first = np.array([True, True, False, False, False])
    found = second_order_reliability(L, B, residual, Theta, 2, first)
    general, *disturbances = rng.normal(size=(3, 400_000)) * np.sqrt([[1], [0.5], [0.6]])
    measured = [0.7 * general + disturbances[0], 0.5 * general + disturbances[1]]
    errors = rng.normal(size=(2, 400_000)) * np.sqrt([[8 * 0.4], [2 * 0.4]])
    of_items = 3 * 0.8 * measured[0] + 3 * 0.9 * measured[1] + 2 * 0.7 * general + errors[0]
    of_constructs = sum(measured) + 2 * 0.7 * general + errors[1]
    seen = [np.corrcoef(general, total)[0, 1] ** 2 for total in (of_items, of_constructs)]
    assert_allclose([found.items, found.constructs], seen, atol=0.003)


def test_best_weighted_sum():
    L, Psi, Theta, S = peer("one", "L", "Psi", "Theta", "S")
    assert_allclose(maximal_reliability(L, Psi, S), PEERS["one"]["maximal"], atol=1e-9)
    Sigma = L @ Psi @ L.T + Theta
    squared = (L[:, 0] ** 2 * Psi[0, 0]) / np.diagonal(Sigma)
    h = 1 / (1 + 1 / (squared / (1 - squared)).sum())
    assert_allclose(maximal_reliability(L, Psi, Sigma), h, rtol=1e-12)
    both = maximal_reliability(L, Psi, np.stack([Sigma, np.ones((3, 3))]))
    assert_allclose(both, [[h], [np.nan]])


def test_ordered_answers():
    L, Psi, Sigma, S, cuts = peer("ordinal", "L", "Psi", "Sigma", "S", "thresholds")
    implied, polychoric = (ordinal_reliability(L, Psi, R, cuts) for R in (Sigma, S))
    rows = peer("ordinal", "reliability")[0]
    ordinal_alpha, omega, omega3, ave = rows[1], rows[3], rows[4], rows[5]
    found = reliabilities(L, Psi, Sigma - L @ Psi @ L.T, S)
    assert_allclose(implied, omega, atol=1e-7)  # its normal probabilities have 7 digits
    assert_allclose(polychoric, omega3, atol=1e-7)
    assert_allclose(found.alpha, ordinal_alpha, atol=1e-12)
    assert_allclose(found.ave, ave, atol=1e-12)


def test_reliability_of_simulated_ordered_answers():
    rng = np.random.default_rng(5)
    L, cuts = np.array([0.8, 0.7, 0.6]), [np.array([-1.0, 0, 1.2]), np.zeros(1), np.array([0.5])]
    construct = rng.normal(size=200_000)
    halves = [
        sum(
            np.digitize(loading * construct + rng.normal(0, np.sqrt(1 - loading**2), 200_000), cut)
            for loading, cut in zip(L, cuts, strict=True)
        )
        for _ in range(2)
    ]
    R = np.outer(L, L) + np.diag(1 - L**2)
    found = ordinal_reliability(L[:, None], np.eye(1), R, cuts)
    assert_allclose(found, np.corrcoef(halves)[0, 1], atol=0.007)  # 4 standard errors


def test_many_samples_at_once():
    L, Psi, Theta, S = peer("crossed", "L", "Psi", "Theta", "S")
    twice = reliabilities(np.stack([L, L]), Psi, Theta, np.stack([S, 2 * S]), own_items(L))
    once = reliabilities(L, Psi, Theta, S)
    for name in (*ROWS, "alpha", "maximal"):
        expected = getattr(once, name)
        half = expected / 2 if name == "omega3" else expected
        assert_allclose(getattr(twice, name), [expected, half], rtol=1e-12)
