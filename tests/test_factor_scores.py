"""Factor scores against lavaan and psych, and by what defines them."""

import json

import lavaan_studies
import numpy as np
import pytest
from lavaan_studies import fit, matrix
from numpy.testing import assert_allclose
from peers import GOLDEN

from csi.core.sem.factor_scores import factor_scores, implied_cov, score_quality, score_weights
from csi.errors import EstimationError

PEERS = json.loads((GOLDEN / "scores_reliability.json").read_text())
STUDIES = {"hs": "hs", "pd": "pd", "core": "mobi", "acsi": "mobi", "ecsi": "mobi"}
METHODS = {"regression": "regression", "Bartlett": "bartlett"}


def estimated(study, name="ML"):
    """Items, then loadings, construct and error covariances as lavaan estimated them."""
    entry = fit(f"{study}_ml", name)
    known, Psi = entry["parameters"], matrix(entry["cov_lv"])
    table = list(zip(*(known[key] for key in ("lhs", "op", "rhs", "est")), strict=True))
    items = list(dict.fromkeys(rhs for _, op, rhs, _ in table if op == "=~"))
    L, Theta = np.zeros((len(items), len(Psi))), np.zeros((len(items), len(items)))
    for lhs, op, rhs, estimate in table:
        if op == "=~":
            L[items.index(rhs), Psi.columns.get_loc(lhs)] = estimate
        elif op == "~~" and lhs in items:
            i, j = items.index(lhs), items.index(rhs)
            Theta[i, j] = Theta[j, i] = estimate
    return items, L, Psi, Theta


def peer(name, *quantities):
    return [np.array(PEERS[name][quantity], dtype=float) for quantity in quantities]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("study", STUDIES)
def test_scores_are_those_of_lavaan(study, method):
    items, L, Psi, Theta = estimated(study)
    rows = lavaan_studies.rows(STUDIES[study])[items].to_numpy(dtype=float)
    scores = factor_scores(rows, L, Psi.to_numpy(), Theta, method=METHODS[method])
    expected = fit(f"{study}_ml", "ML")["factor_scores"][method]
    order = Psi.columns.get_indexer(expected["columns"])
    assert_allclose(scores[:5, order], expected["first5"], atol=1e-10)
    assert_allclose(scores.std(axis=0, ddof=1)[order], expected["sd"], atol=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_respondents_with_holes_are_scored_by_what_they_answered(method):
    L, Psi, Theta, nu, alpha = peer("fiml", "L", "Psi", "Theta", "nu", "alpha")
    rows = lavaan_studies.rows("hs_miss")[lavaan_studies.TESTS].to_numpy()
    found = factor_scores(rows, L, Psi, Theta, method=METHODS[method], nu=nu, alpha=alpha)
    assert_allclose(found[PEERS["fiml"]["rows"]], peer("fiml", method)[0], atol=1e-10)


@pytest.mark.parametrize("method", ["regression", "bartlett", "ten_berge"])
def test_means_of_the_constructs_move_the_scores(method):
    L, Psi, Theta, nu = peer("fiml", "L", "Psi", "Theta", "nu")
    rows, alpha = lavaan_studies.rows("hs_miss")[lavaan_studies.TESTS].to_numpy(), np.arange(3.0)
    moved = factor_scores(rows + L @ alpha, L, Psi, Theta, method=method, nu=nu, alpha=alpha)
    plain = factor_scores(rows, L, Psi, Theta, method=method, nu=nu)
    assert_allclose(moved, plain + alpha, atol=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_errors_of_scores_are_those_of_lavaan(method):
    L, Psi, Theta, expected = peer("three", "L", "Psi", "Theta", f"acov_{method}")
    W = score_weights(L, Psi, Theta, METHODS[method])
    assert_allclose(score_quality(W, L, Psi, Theta).error_cov, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("method", "name"),
    [("regression", "Thurstone"), ("bartlett", "Bartlett"), ("ten_berge", "tenBerge")],
)
def test_weights_are_those_of_psych(method, name):
    L, Psi, R = peer("three", "loadings", "correlations", "R")
    Theta = R - L @ Psi @ L.T
    W = score_weights(L, Psi, Theta, method)
    assert_allclose(W.T, PEERS["three"][name]["weights"], atol=1e-12)
    determinacy = score_quality(W, L, Psi, Theta).determinacy
    assert_allclose(determinacy**2, PEERS["three"]["Thurstone"]["R2"], atol=1e-12)


@pytest.mark.parametrize("study", STUDIES)
def test_what_defines_each_method(study):
    _, L, Psi, Theta = estimated(study)
    Psi = Psi.to_numpy()
    Sigma = implied_cov(L, Psi, Theta)
    regression, bartlett, kept = (
        score_weights(L, Psi, Theta, method) for method in ("regression", "bartlett", "ten_berge")
    )
    assert_allclose(regression @ Sigma, Psi @ L.T, atol=1e-10)
    assert_allclose(bartlett @ L, np.eye(len(Psi)), atol=1e-10)
    assert_allclose(kept @ Sigma @ kept.T, Psi, atol=1e-10)
    validity = [score_quality(W, L, Psi, Theta).validity for W in (regression, kept)]
    assert (validity[0] > validity[1] - 1e-12).all()


def test_correlations_of_simulated_scores_with_their_constructs():
    _, L, Psi, Theta = estimated("acsi")
    rng = np.random.default_rng(1)
    constructs = rng.multivariate_normal(np.zeros(6), Psi, 50_000)
    errors = rng.multivariate_normal(np.zeros(len(L)), Theta, 50_000)
    W = score_weights(L, Psi.to_numpy(), Theta, "bartlett")
    scores = (constructs @ L.T + errors) @ W.T
    quality = score_quality(W, L, Psi.to_numpy(), Theta)
    seen = np.corrcoef(scores.T, constructs.T)
    assert_allclose(quality.correlations, seen[:6, :6], atol=0.015)  # 3 standard errors
    assert_allclose(quality.univocality, seen[:6, 6:], atol=0.015)
    share = 1 - np.var(errors @ W.T, axis=0) / np.var(scores, axis=0)
    assert_allclose(quality.reliability, share, atol=0.015)
    assert_allclose(quality.minimum, 2 * quality.determinacy**2 - 1)


@pytest.mark.parametrize("method", ["regression", "bartlett", "ten_berge"])
def test_many_samples_and_any_units_at_once(method):
    L, Psi, Theta = peer("three", "L", "Psi", "Theta")
    units = 10.0 ** np.arange(-9, 9, 2)
    both = score_weights(
        np.stack([L, L * units[:, None]]),
        Psi,
        np.stack([Theta, Theta * np.outer(units, units)]),
        method,
    )
    assert_allclose(both[1] * units, both[0], rtol=1e-9, atol=1e-12)
    assert_allclose(both[0], score_weights(L, Psi, Theta, method), rtol=1e-12)


@pytest.mark.parametrize("method", ["bartlett", "ten_berge"])
def test_constructs_without_items_have_no_unbiased_score(method):
    L, Psi, Theta = peer("second", "L", "Psi", "Theta")
    W = score_weights(L, Psi, Theta, method)
    assert np.isnan(W[3]).all()
    assert_allclose(W[:3], score_weights(L[:, :3], Psi[:3, :3], Theta, method), atol=1e-12)


def test_unanswered_blocks_and_empty_rows():
    L, Psi, Theta, nu = peer("fiml", "L", "Psi", "Theta", "nu")
    rows = np.full((2, 9), np.nan)
    rows[0, :6] = nu[:6] + 1
    regression, bartlett = (
        factor_scores(rows, L, Psi, Theta, nu=nu, method=method) for method in METHODS.values()
    )
    assert np.isnan(bartlett).tolist() == [[False, False, True], [True, True, True]]
    assert np.isnan(regression).tolist() == [[False] * 3, [True] * 3]


def test_refuses_what_has_no_scores():
    L, Psi, Theta = peer("three", "L", "Psi", "Theta")
    with pytest.raises(EstimationError, match="need the intercepts"):
        factor_scores(np.array([[np.nan] * 8 + [1.0]]), L, Psi, Theta)
    with pytest.raises(EstimationError, match="not positive definite"):
        score_weights(L, Psi - 2 * np.eye(3), Theta + 9 * np.eye(9), "ten_berge")
    same = np.ones((2, 1))
    with pytest.raises(EstimationError, match="implied covariance matrix of the items is singular"):
        score_weights(same, np.eye(1), np.zeros((2, 2)))


def test_negative_implied_variances_have_no_scores():
    errors = np.diag([0.5, -2.0])
    with pytest.raises(EstimationError, match="implied variance of an item is not above zero"):
        score_weights(np.array([[1.0], [0.5]]), np.eye(1), errors, "bartlett")
