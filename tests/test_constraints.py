"""Constraints and defined quantities of csi.CBSEM beside lavaan, and what must hold anyway.

Oracle      lavaan 0.6-14: golden/lavaan/constraints_effects.json, with models lavaan users
            write (mediation, labels, fixed.x, second order, bifactor ...); robust errors
            under constraints: golden/nested.json.
Tolerance   1e-5, as golden/lavaan/README.md says. Where a nonlinear equation or an
            inequality holds, 1e-4: lavaan's augmented Lagrangian misses the constraints by
            1e-7 and stops 1e-6 to 4e-6 above our chi-square.
"""

import json
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from lavaan_studies import TESTS, expected_parameters, fits, rows
from numpy.testing import assert_allclose

import csi
from csi.core.sem.constraints import Conditions, constrained_minimum, eliminated
from csi.core.sem.optimise import minimise

NESTED = json.loads((Path(__file__).parent / "golden" / "nested.json").read_text())
TOLERANCE = 1e-5
LOOSE = dict.fromkeys(("linear_and_nonlinear_eq", "inequality"), 1e-4)
NOT_COMPARED = {"rmsea.ci.level", "rmsea.close.h0", "rmsea.notclose.h0", "logl.h0",
                "scaling.factor.h0", "scaling.factor.h1"}  # fmt: skip
BASE = """visual =~ x1 + a*x2 + b*x3
textual =~ x4 + c*x5 + d*x6
speed =~ x7 + e*x8 + f*x9
"""


@pytest.fixture(scope="module")
def pupils():
    return csi.survey(rows("hs")[TESTS], allow_out_of_range=True)


def fitted(text, survey, estimator=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        return csi.fit(csi.parse(text), survey, estimator or csi.CBSEM())


@pytest.fixture(scope="module", params=list(fits("constraints_effects")), ids=lambda f: f.name)
def case(request):
    entry = request.param.entry
    options = entry["options"]
    method = "MLR" if options["se"].startswith("robust.huber") else "ML"
    estimator = csi.CBSEM(method, fixed_x=options["fixed.x"], means=options["meanstructure"])
    survey = csi.survey(rows(entry["data"]), allow_out_of_range=True)
    return request.param, fitted(entry["model"], survey, estimator)


def key(left, operator, right):
    if operator == ":=":
        return left, operator
    return (*sorted((left, right)), operator) if operator == "~~" else (left, right, operator)


def by_key(table, *columns):
    found = {}
    for left, operator, right, *values in table[list(columns)].itertuples(index=False):
        found[key(left, operator, right)] = values
    return found


def test_estimates_and_errors(case):
    found, fit = case
    columns = "left", "operator", "right", "estimate", "se"
    ours = by_key(fit.parameters, *columns)
    expected = by_key(expected_parameters(found.entry), "lhs", "op", "rhs", "est", "se")
    assert ours.keys() == expected.keys()
    tolerance = LOOSE.get(found.name, TOLERANCE)
    assert_allclose(
        [ours[each] for each in expected], list(expected.values()), rtol=tolerance, atol=tolerance
    )


def test_measures_of_fit(case):
    found, fit = case
    ours = fit.fit_measures["value"]
    expected = {name: value for name, value in found.entry["fit"].items() if value is not None}
    expected = {name: value for name, value in expected.items() if name not in NOT_COMPARED}
    tolerance = LOOSE.get(found.name, TOLERANCE)
    assert_allclose(ours[list(expected)], list(expected.values()), rtol=tolerance, atol=tolerance)


def test_standardised_solution(case):
    found, fit = case
    stored = found.entry.get("standardized", {"lhs": []})
    ours = by_key(fit.standardized(), "left", "operator", "right", "estimate", "se")
    for left, operator, right, *values in zip(
        *(stored.get(name, []) for name in ("lhs", "op", "rhs", "est.std", "se")), strict=True
    ):
        assert_allclose(ours[key(left, operator, right)], values, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("method", ["MLM", "MLR"])
def test_robust_errors_under_constraints(pupils, method):
    fit, expected = fitted(NESTED["models"]["curved"], pupils, csi.CBSEM(method)), NESTED["robust"]
    ours = by_key(fit.parameters, "left", "operator", "right", "estimate", "se")
    stored = expected[method]["parameters"]
    for left, operator, right, *values in zip(*stored.values(), strict=True):
        assert_allclose(ours[key(left, operator, right)], values, atol=2e-4)
    figures = expected[method]["fit"]
    assert_allclose(fit.fit_measures["value"][list(figures)], list(figures.values()), rtol=1e-4)


def test_minimum_under_constraints_is_proven(pupils):
    fit = fitted(BASE + "a*b == 0.5\nc > d", pupils)
    optimum, p = fit.solution.optimum, fit.parameters.set_index("label")["estimate"]
    assert optimum.converged.all()
    assert optimum.gradient[0] < 1e-10
    assert_allclose(p["a"] * p["b"], 0.5, rtol=1e-12)
    assert optimum.binding.tolist() == [True, False]
    nearby = [
        fitted(f"{BASE}a*b == {0.5 + step}", pupils).measure("chisq") for step in (-1e-3, 1e-3)
    ]
    rise = (nearby[1] - nearby[0]) / 2e-3 / fit.n
    assert_allclose(optimum.multipliers[0], rise, rtol=1e-4)


def test_binding_inequality_takes_no_degree_of_freedom(pupils):
    free, bound = (fitted(BASE + text, pupils) for text in ("a > 0", "a > 0.7"))
    assert (free.solution.df, bound.solution.df) == (24, 24)
    assert bound.solution.n_binding == 1
    row = bound.parameters.set_index("label").loc["a"]
    assert_allclose([row["estimate"], row["se"]], [0.7, 0.0], atol=1e-10)
    assert free.solution.n_binding == 0
    assert_allclose(free.measure("chisq"), fitted(BASE, pupils).measure("chisq"), rtol=1e-12)


def test_equations_are_the_same_as_labels(pupils):
    label = fitted(BASE.replace("b*x3", "a*x3"), pupils)
    equation = fitted(BASE + "a == b", pupils)
    columns = ["estimate", "se", "std_all"]
    assert_allclose(equation.parameters[columns], label.parameters[columns], atol=1e-10)
    assert equation.solution.df == label.solution.df == 25
    with pytest.warns(csi.InadmissibleWarning):
        boots = [csi.bootstrap(fit, n_boot=100, rng=1) for fit in (label, equation)]
    assert_allclose(*(boot.loadings["se"] for boot in boots), rtol=1e-8)


def test_constraints_see_definitions_of_definitions(pupils):
    text = BASE + "ab := a*b\nhalf := ab/2\n"
    fit = fitted(text + "half == 0.2", pupils)
    assert_allclose(fit.defined.loc["ab", "estimate"], 0.4, rtol=1e-12)
    assert_allclose(fit.defined.loc["half", "se"], 0.0, atol=1e-8)
    linear = fitted(BASE + "sum := a + b\nsum == 1.4", pupils)
    assert linear.solution.compiled.equations


def test_definitions_of_many_samples_at_once(pupils):
    quantities = fitted(BASE + "ab := a*b\ntwice := 2*ab + 1", pupils).solution.compiled.quantities
    numbers = np.random.default_rng(1).normal(size=(5, len(quantities.rows)))
    at = [quantities.place[name] for name in "ab"]
    product = numbers[:, at].prod(axis=1)
    assert_allclose(quantities.defined_values(numbers), np.column_stack([product, 2 * product + 1]))


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("a + b == 1.4\n2*a + 2*b == 2.8", csi.ModelError, "follows from"),
        ("a + b == 1.4\na + b == 1.5", csi.ModelError, "contradicts"),
        ("a == b\nb == c\na == c", csi.ModelError, "follows from"),
        ("a == a + 0*b", csi.ModelError, "no free parameter"),
        ("a > 5\na < 4", csi.EstimationError, "'a < 4'"),
        ("a^2 + b^2 == -1", csi.EstimationError, "that meet the constraint"),
        ("visual ~~ z*speed\nvisual ~~ 0.3*speed\nz == 1", csi.ModelError, "fixed parameters only"),
    ],
)
def test_constraints_that_cannot_be_met(pupils, text, error, words):
    with pytest.raises(error, match=words):
        fitted(BASE + text, pupils)


def test_elimination_solves_equations():
    A = np.array([[1.0, 2.0, 0.0, 1.0], [0.0, 1.0, -1.0, 3.0], [2.0, 5.0, -1.0, 5.0]])
    b = np.array([1.0, 2.0, 4.0])
    found = eliminated(A, b)
    x = np.array([0.3, -0.7])
    assert found.along.shape == (4, 2)
    assert_allclose(A @ (found.along @ x + found.offset), b, atol=1e-12)
    assert found.dependent.tolist() == [2]
    assert found.contradictory.tolist() == []
    assert eliminated(A, b + np.eye(3)[2]).contradictory.tolist() == [2]


class Circle:
    """x^2 + y^2 as a discrepancy of one sample."""

    def take(self, rows):
        return self

    def at(self, theta):
        return SimpleNamespace(theta=theta, value=(theta**2).sum(axis=1))

    def derivatives(self, point, *, exact):
        return 2 * point.theta, np.broadcast_to(2 * np.eye(2), (1, 2, 2))


def test_a_point_is_no_minimum_where_the_constraint_bends_away():
    """On y = 1 - x^2 the point (0, 1) is stationary, but a maximum; minima are at x^2 = 1/2."""
    bend = Conditions(
        1, lambda t: np.array([t[1] - 1 + t[0] ** 2]), lambda t: np.array([[2 * t[0], 1.0]])
    )
    for start in ((0.3, 0.5), (1e-4, 0.9)):
        free = replace(minimise(Circle(), np.zeros((1, 2))), theta=np.array([start]))
        found = constrained_minimum(Circle(), free, bend)
        assert found.converged.all()
        assert_allclose(found.theta[0] ** 2, [0.5, 0.25], rtol=1e-9)
