"""The search for minima, against lavaan 0.6-14, and by what a minimum is."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from covariance_problems import normal, problem
from lavaan_studies import fit, golden, resamples
from numpy.testing import assert_allclose, assert_array_equal

from csi.core.sem import optimise
from csi.core.sem.minima import Ending
from csi.core.sem.newton import flat_directions, newton_step
from csi.core.sem.optimise import minimise, minimise_with_restarts
from csi.estimators.sem.compiled import compiled

REFINED = 1e-9  # lavaan polished to gradients below 1e-9: we agree to 2e-10 or better
ROUNDED = 1e-5  # fits under equality that lavaan did not polish; README of the figures
STUDIES = ["hs", "pd", "core", "acsi", "ecsi"]
MODELS = {
    "mediation": REFINED, "equality_labels": ROUNDED, "path_fixedx": REFINED,
    "path_fixedx_meanstructure": ROUNDED, "mimic_fixedx": ROUNDED, "second_order": REFINED,
    "bifactor_s1": REFINED, "crossload_rescov": REFINED, "formative_composite": ROUNDED,
    "single_indicator_reliability": REFINED,
}  # fmt: skip
GROUPS = {"configural": REFINED, "metric": ROUNDED, "scalar": ROUNDED, "lvmeans": ROUNDED}
CASES = [
    *((f"{study}_ml", "ML", REFINED) for study in STUDIES),
    *((f"{study}_ml", "ML_meanstructure", REFINED) for study in STUDIES),
    *((f"{study}_ml", "ML_stdlv", 1e-6) for study in STUDIES),
    *(("constraints_effects", *model) for model in MODELS.items()),
    *(("hs_multigroup", *model) for model in GROUPS.items()),
]


def start_of(name, case):
    if name == "start":
        return case.start()
    return getattr(case.model.plan, name)(case.cov, case.mean)


def standardised(case, theta):
    """Loadings and paths if every variable had variance one."""
    found = case.model.structure.matrices(theta)
    sd = np.sqrt(np.einsum("...ii->...i", found.C))
    return found.A * sd[..., None, :] / sd[..., :, None]


def with_cov(case, cov):
    return case._replace(cov=cov, discrepancy=normal(case.model, cov, None))


@pytest.mark.parametrize("start", ["start", "plain", "shrunken"])
@pytest.mark.parametrize(("study", "name", "tolerance"), CASES)
def test_every_start_leads_to_the_estimates_of_lavaan(study, name, tolerance, start):
    case = problem(fit(study, name))
    found = minimise(case.discrepancy, start_of(start, case))
    assert found.converged.all()
    assert found.ending[0] == Ending.CONVERGED
    assert_allclose(case.model.values(found.theta)[0], case.estimates, atol=tolerance)


@pytest.mark.parametrize(("study", "steps"), list(zip(STUDIES, [7, 6, 5, 6, 19], strict=True)))
def test_few_steps_are_needed(study, steps):
    case = problem(fit(f"{study}_ml", "ML"))
    found = minimise(case.discrepancy, case.start())
    assert found.iterations[0] <= steps
    assert minimise(case.discrepancy, found.theta).iterations[0] <= 1


@pytest.mark.parametrize("study", ["hs", "core", "acsi", "ecsi"])
def test_the_search_starts_near_its_end(study):
    case = problem(fit(f"{study}_ml", "ML"))
    least = fit(f"{study}_ml", "ML")["fit"]["chisq"] / (301 if study == "hs" else 250)
    assert case.discrepancy.at(case.start()).value[0] < 1.25 * least


def test_regressions_of_observed_variables_start_where_they_end():
    case = problem(fit("constraints_effects", "path_fixedx_meanstructure"))
    assert minimise(case.discrepancy, case.start()).iterations[0] == 0


def test_resamples_have_the_estimates_of_lavaan():
    case = problem(fit("core_ml", "ML"), list(resamples()))
    found = minimise(case.discrepancy, case.start())
    assert found.converged.all()
    names = [str(row).replace(" ", "") for row in case.model.rows]
    known = golden("bootstrap")["resampled"]
    at = [names.index(name) for name in known["parameters"]]
    expected = np.array(known["coefficients"], dtype=float)
    assert_allclose(case.model.values(found.theta)[:, at], expected, atol=1e-6)


def test_a_batch_finds_what_each_sample_finds(monkeypatch):
    case = problem(fit("core_ml", "ML"), list(resamples()[:20]))
    together = minimise(case.discrepancy, case.start())
    monkeypatch.setattr(optimise, "CHUNK", 3)
    apart = minimise(case.discrepancy, case.start())
    assert_allclose(apart.theta, together.theta, rtol=0, atol=1e-12)
    assert_array_equal(apart.iterations, together.iterations)


SMALL = {"hs": 1, "acsi": 0}  # samples in which lavaan found a lower minimum than our first


@pytest.fixture(scope="module", params=SMALL)
def small(request):
    """Samples of 35 pupils and of 60 customers, what lavaan made of them, and our search."""
    samples = golden("small_samples")[request.param]["samples"]
    case = problem(fit(f"{request.param}_ml", "ML"), [np.array(each["rows"]) for each in samples])
    found = minimise_with_restarts(
        case.discrepancy, case.start(), case.model.plan.others(case.cov, case.mean)
    )
    return request.param, case, samples, found


def test_small_samples_converge_more_often_than_in_lavaan(small):
    study, _, samples, found = small
    theirs = np.array([each["converged"] is True for each in samples])
    assert found.converged.sum() > theirs.sum()
    both = found.converged & theirs
    lowest = 2 * np.array([each["fx"] for each in samples], dtype=float)  # lavaan halves F
    assert (found.value[both] > lowest[both] + 1e-6).sum() <= SMALL[study]


def test_what_converged_is_a_minimum(small):
    _, case, _, found = small
    rows = np.flatnonzero(found.converged)
    F, theta = case.discrepancy.take(rows), found.theta[rows]
    point = F.at(theta)
    g, H = F.derivatives(point, exact=True)
    unit = 1 / np.sqrt(np.einsum("bii->bi", H))
    scaled = H * unit[:, :, None] * unit[:, None, :]
    smallest, direction = (each[..., 0] for each in np.linalg.eigh(scaled))
    assert (smallest > 0).all()
    assert_allclose(g * unit, 0, atol=1e-5)
    for way in (0.01, -0.01):
        step = way * smallest[:, None] * direction * unit
        assert (F.at(theta + step).value >= point.value - 1e-13).all()


def test_what_did_not_converge_says_why(small):
    _, _, _, found = small
    left = ~found.converged
    assert left.any()
    assert (found.ending[left] != Ending.UNDEFINED).all()
    assert (found.ending[left] == Ending.DIVERGED).mean() >= 0.5
    assert (found.starts[left] == 3).all()
    assert_array_equal(found.ending == Ending.CONVERGED, found.converged)


def test_restarts_leave_alone_what_converged_at_once(small):
    _, case, _, found = small
    once = minimise(case.discrepancy, case.start(), max_iter=optimise.PATIENCE)
    assert_array_equal(found.starts == 1, once.converged)
    assert_array_equal(found.theta[once.converged], once.theta[once.converged])
    assert (found.value <= once.value)[~found.converged].all()


@pytest.mark.parametrize("scale", [1e9, 1e-9])
@pytest.mark.parametrize("study", ["hs", "acsi"])
def test_the_size_of_an_item_does_not_matter(study, scale):
    case = problem(fit(f"{study}_ml", "ML"))
    factor = np.ones(case.cov.shape[-1])
    factor[[0, 4]] = scale
    scaled = with_cov(case, case.cov * factor[:, None] * factor)
    for start in ("start", "plain", "shrunken"):
        found = [minimise(each.discrepancy, start_of(start, each)) for each in (case, scaled)]
        assert found[1].converged.all()
        assert_allclose(*(standardised(case, each.theta) for each in found), atol=1e-9)


def test_a_covariance_matrix_that_fits_is_fitted_exactly():
    case = problem(fit("ecsi_ml", "ML"))
    theta = minimise(case.discrepancy, case.start()).theta
    items = case.model.structure.observed
    implied = case.model.structure.matrices(theta).C[..., items[:, None], items]
    exact = with_cov(case, implied)
    found = minimise(exact.discrepancy, exact.start())
    assert found.converged.all()
    assert_allclose(found.value, 0, atol=1e-12)
    assert_allclose(standardised(case, found.theta), standardised(case, theta), atol=1e-6)


def test_what_is_not_identified_is_told_and_named():
    case = problem(fit("hs_ml", "ML"))
    old = case.model
    rows = [replace(row, value=None) if str(row) == "visual =~ x1" else row for row in old.rows]
    model = compiled(rows, old.variables[:9], old.variables[9:])
    F = normal(model, case.cov, None)
    found = minimise(F, model.start(case.cov, None))
    assert (found.ending, found.positive, found.converged) == (Ending.FLAT, False, False)
    assert_allclose(found.value * 301, fit("hs_ml", "ML")["fit"]["chisq"], atol=1e-6)
    directions = flat_directions(F.derivatives(F.at(found.theta), exact=True)[1][0])
    moving = {str(rows[i]) for i in model.first[np.abs(directions[:, 0]) > 0.1]}
    loadings = {f"visual =~ x{i}" for i in (1, 2, 3)}
    assert directions.shape == (22, 1)
    assert moving == loadings | {f"visual ~~ {name}" for name in ("visual", "textual", "speed")}


def test_items_that_do_not_correlate_tell_nothing_of_constructs():
    case = problem(fit("hs_ml", "ML"))
    unrelated = with_cov(case, np.eye(9)[None, None])
    found = minimise(unrelated.discrepancy, unrelated.start())
    assert (found.ending[0], found.converged[0]) == (Ending.FLAT, False)
    assert_allclose(found.value, 0, atol=1e-12)


@pytest.mark.parametrize("n", [6, 8])
def test_fewer_answers_than_items_are_seldom_a_success(n):
    case = problem(fit("hs_ml", "ML"), [np.arange(k, k + n) for k in range(0, 200, n)])
    found = minimise(case.discrepancy, case.start())
    rows = np.flatnonzero(found.converged)
    F = case.discrepancy.take(rows)
    _, H = F.derivatives(F.at(found.theta[rows]), exact=True)
    assert np.isfinite(found.value).all()
    assert len(rows) < len(found.theta) / 2
    assert (np.linalg.eigvalsh(H) > 0).all()


def test_identical_items_are_no_success():
    case = problem(fit("hs_ml", "ML"))
    twice = np.array([0, 0, 2, 3, 4, 5, 6, 7, 8])
    same = with_cov(case, case.cov[..., twice[:, None], twice])
    found = minimise(same.discrepancy, same.start())
    assert not found.converged.any()
    assert found.ending[0] in (Ending.DIVERGED, Ending.STUCK, Ending.FLAT)


def test_a_start_at_which_nothing_is_defined_is_told_and_replaced():
    case = problem(fit("hs_ml", "ML"))
    wrong = -case.start()
    found = minimise(case.discrepancy, wrong)
    assert (found.ending[0], found.iterations[0], found.converged[0]) == (
        Ending.UNDEFINED,
        0,
        False,
    )
    found = minimise_with_restarts(case.discrepancy, wrong, [lambda rows: case.start()[rows]])
    assert (found.starts[0], found.converged[0]) == (2, True)


@dataclass(frozen=True)
class Falling:
    """1/x^2 falls for ever: neither gradient nor decrement nor Hessian tells that in the end."""

    theta: np.ndarray | None = None
    value: np.ndarray | None = None

    def at(self, theta):
        return Falling(theta, theta[:, 0] ** -2)

    def take(self, rows):
        return self if self.theta is None else Falling(self.theta[rows], self.value[rows])

    def derivatives(self, point, *, exact):
        return -2 * point.theta**-3, 6 * point.theta[:, :, None] ** -4


def test_running_off_is_no_minimum():
    found = minimise(Falling(), np.array([[1.0], [3.0]]))
    assert (found.decrement < 1e-20).all()
    assert (found.gradient < 1e-10).all()
    assert found.positive.all()
    assert not found.converged.any()
    assert (found.ending == Ending.DIVERGED).all()


def test_steps_are_downhill_whatever_the_hessian():
    H = np.array([[[4.0, 2.0], [2.0, 2.0]], [[4.0, 2.0], [2.0, 1.0]], [[1.0, 2.0], [2.0, 1.0]]])
    g = np.array([[1.0, -1.0]] * 3)
    step, positive = newton_step(g, H)
    assert positive.tolist() == [True, False, False]
    assert_allclose(step[0], -np.linalg.solve(H[0], g[0]), atol=1e-15)
    assert ((g * step).sum(axis=1) < 0).all()
    assert_allclose(np.abs(flat_directions(H[1])), [[1.0], [1.0]], atol=1e-12)
