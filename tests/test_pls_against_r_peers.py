"""PLS path modelling against six other programs, on two studies.

Source      ECSI mobile phones (Tenenhaus et al. 2005; 24 items, 7 constructs) and a Spanish bank
            (Sanchez 2013; 27 items, 6 constructs), 250 customers each.
Oracle      seminr 2.3.4, cSEM 0.6.1.9000, plspm 0.5.1, semPLS 1.0-10 and matrixpls 1.0.13 under
            R 4.2.2; plspm 0.5.7 for Python.
Settings    Modes A, B and mixed, three inner schemes, PLSc, and covariances in place of
            correlations; tolerance 1e-12 or tighter, or the default of the program, then with the
            number of iterations it needed.
Input here  sums and cross-products of the answers, whole numbers, in the golden files.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from peers import cases, fitted, golden, model, moments, quantities

import csi

TOLERANCE = 1e-12  # the programs print 15 digits, 13 decimals are stored; we reach 3e-13
STUDIES = ["pls_mobi", "pls_satisfaction"]
CASES = [case for study in STUDIES for case in cases(study)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_agrees(case):
    assert_allclose(case.ours(), case.expected, rtol=0, atol=TOLERANCE)


def test_golden_files_are_complete():
    """Three modes by three schemes of five programs; seminr has no centroid scheme."""
    for study in STUDIES:
        settled = {
            (c.peer, c.mode, c.scheme)
            for c in CASES
            if c.file == study and c.mode in ("A", "B", "mixed") and not c.iterations
        }
        assert len(settled) == 3 * (3 * 5 + 2)
        assert {c.peer for c in CASES if c.file == study} == set(golden(study)["peers"])


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("scheme", ["path", "factorial"])
def test_peers_stopped_early_are_not_the_settled_solution(study, scheme):
    """The rounds after which cSEM and plspm stop by default leave the weights this far away."""
    early, settled = (fitted(study, "A", scheme, at).weights["weight"] for at in (4, None))
    assert 2e-7 < abs(early - settled).max() < 2e-6


def test_inadmissible_plsc_is_reported():
    """As cSEM does for this fit and the other programs do not."""
    with pytest.warns(csi.InadmissibleWarning, match="not positive semidefinite"):
        csi.fit(model("pls_mobi"), moments("pls_mobi"), csi.PLS(consistent=True))


def test_catalogue_model_is_the_model_of_the_golden_file():
    assert str(csi.models.ecsi_mobile()) == str(model("pls_mobi"))


def test_majority_of_items_turns_a_construct_as_in_the_peers():
    """Image -> Satisfaction becomes -.1787 in seminr, cSEM and both plspm."""
    known = moments("pls_mobi")
    turned = np.where(np.isin(known.columns, ["IMAG1", "IMAG2", "IMAG3", "IMAG4"]), -1.0, 1.0)
    reversed_ = csi.Moments.from_covariance(
        known.cov * np.outer(turned, turned), known.columns, n=known.n
    )
    with pytest.warns(csi.DataQualityWarning, match="IMAG5 correlates"):
        fit = csi.fit(model("pls_mobi"), reversed_)
    assert round(quantities(fit)["paths"]["Image -> Satisfaction"], 4) == -0.1787
