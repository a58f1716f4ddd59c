"""Which fitted covariance structures are flagged, and which models are refused."""

import warnings

import lavaan_studies
import numpy as np
import pytest
from lavaan_studies import golden

import csi
from csi.covariance_findings import (
    condition,
    impossible_correlations,
    indefinite,
    negative_variances,
)
from csi.errors import CsiWarning, EstimationError, ModelError
from csi.estimators.sem.identified import flat_by_rank


def structure(L, Psi, Theta):
    return np.asarray(L) @ np.asarray(Psi) @ np.asarray(L).T + np.diag(Theta)


def moments(cov, n=500, mean=None):
    """Moments that say these are the maximum likelihood covariances."""
    names = [f"x{i + 1}" for i in range(len(cov))]
    return csi.Moments.from_covariance(np.asarray(cov) * n / (n - 1), names, n=n, means=mean)


def fitted(text, cov, n=500, **settings):
    """A fit, and what it warned of."""
    mean = np.full(len(cov), 5.0)
    model = csi.parse(text) if isinstance(text, str) else text
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CsiWarning)
        fit = csi.fit(model, moments(cov, n, mean), csi.CBSEM(**settings))
    return fit, [f"{w.category.__name__}: {w.message}" for w in caught]


TWO = "A =~ x1 + x2 + x3\nB =~ x4 + x5 + x6\nB ~ A"
LOADINGS = [[1, 0], [0.8, 0], [0.7, 0], [0, 1], [0, 0.9], [0, 0.6]]
SOUND = structure(LOADINGS, [[1, 0.5], [0.5, 1]], [0.5] * 6)


def test_a_sound_fit_says_nothing():
    fit, said = fitted(TWO, SOUND)
    assert said == []
    assert fit.findings == ()
    assert condition(fit.solution) < 100


@pytest.mark.parametrize("study", ["hs", "acsi"])
def test_every_improper_solution_is_found(study):
    """Small samples of pupils and customers: those lavaan calls improper, and no others."""
    known = golden("small_samples")[study]
    model = csi.parse("\n".join(known["model"]))
    answers = lavaan_studies.rows(known["data"])[list(model.indicators)].to_numpy(float)
    compared = 0
    for sample in known["samples"]:
        if not sample["converged"]:
            continue
        try:
            drawn = csi.Moments.from_rows(answers[sample["rows"]], model.indicators)
            solution = csi.CBSEM().estimate(model, drawn).solution
        except EstimationError:
            continue
        checks = (negative_variances, impossible_correlations, indefinite)
        improper = any(list(check(solution)) for check in checks)
        assert improper != sample["post_check"]
        compared += 1
    assert compared > 0.9 * sum(sample["converged"] for sample in known["samples"])


HEYWOOD = structure(LOADINGS, [[1, 0.5], [0.5, 1]], [-0.08] + [0.5] * 5)


@pytest.mark.parametrize(("n", "told"), [(2000, "It is significantly negative"),
                                         (60, "It is not significantly negative")])  # fmt: skip
def test_negative_error_variance(n, told):
    fit, said = fitted(TWO, HEYWOOD, n)
    (about,) = [text for text in said if "Heywood" in text]
    assert about.startswith(
        "InadmissibleWarning: The error variance of x1 is -0.08 (standard error 0."
    )
    assert told in about
    (negative,) = negative_variances(fit.solution)
    row = fit.parameters.query("left == 'x1' and right == 'x1'").iloc[0]
    assert (negative.value, negative.se) == pytest.approx((row["estimate"], row["se"]))
    assert negative.significant == (row["z"] < -1.645)


def scaled():
    constructs = [
        csi.reflective("A", csi.items("x", 1, 3)),
        csi.reflective("B", csi.items("x", 4, 6)),
    ]
    return csi.model(constructs, [csi.paths("A", "B")], scale=(1, 10))


def test_no_index_rests_on_a_negative_variance():
    fit, said = fitted(scaled(), HEYWOOD)
    refused = r"No 0-100 index is computed from A: a variance behind it is negative"
    assert any(refused in text for text in said)
    assert not fit.has_indices
    for asked in (lambda: fit.indices, lambda: fit.index("A"), lambda: fit.index_weight_table):
        with pytest.raises(EstimationError, match=refused):
            asked()
    sound, _ = fitted(scaled(), SOUND)
    assert sound.index("A") == sound.indices.loc["A", "index"]
    assert fit.index("B") == pytest.approx(sound.index("B"))
    page = csi.report(fit)
    assert "Heywood case" in page
    assert refused in page


def test_negative_residual_variance_and_correlation_above_one():
    """B correlates more than perfectly with A: what is left of B is below zero."""
    cov = structure(LOADINGS, [[1, 1.05], [1.05, 1]], [0.5] * 6)
    fit, said = fitted(TWO, cov)
    assert any("The residual variance of B is -0.1" in text for text in said)
    assert any("correlation of A and B is 1.050, above 1 in size" in text for text in said)
    indefinite_latents = r"covariances of the constructs are not positive definite (smallest eigenv"
    assert any(f"{indefinite_latents}alue -0.05" in text for text in said)
    assert fit.r2.loc["B", "r2"] == pytest.approx(1.05**2)


def test_residuals_that_correlate_more_than_perfectly():
    cov = structure(LOADINGS, [[1, 0.5], [0.5, 1]], [0.5] * 6)
    cov[0, 3] = cov[3, 0] = 0.5 + 0.55
    _, said = fitted(TWO + "\nx1 ~~ x4", cov)
    assert any("residual correlation of x1 and x4 is 1.100, above 1 in size" in s for s in said)
    assert any("The covariances of the errors are not positive definite" in s for s in said)


def test_explained_by_less_than_nothing():
    cov = np.array([[1.0, -0.3], [-0.3, 1.0]])  # y = 0.5 x + e, cov(x, e) = -0.8
    fit, said = fitted("x2 ~ 0.5*x1\nx1 ~~ x2\nx1 ~~ x1", cov)
    assert any("R2 of x2 is -0.55" in text for text in said), (said, fit.parameters)


def test_predictors_that_cannot_be_told_apart():
    """Two constructs that correlate .995 explain a third: paths, VIF, errors, condition number."""
    Psi = [[1, 0.9995, 0.6], [0.9995, 1, 0.6], [0.6, 0.6, 1]]
    L = np.kron(np.eye(3), [[1.0], [0.9], [0.8]])
    text = "A =~ x1 + x2 + x3\nB =~ x4 + x5 + x6\nC =~ x7 + x8 + x9\nC ~ A + B"
    _, said = fitted(text, structure(L, Psi, [0.5] * 9), 200)
    assert any(text.startswith("InadmissibleWarning: Near-collinear predictors of C: A, B (var")
               for text in said)  # fmt: skip
    (about,) = [text for text in said if "times the usual" in text]
    assert "near-collinear predictors of C: A, B. Merge constructs" in about


def test_condition_number_names_who_moves_together():
    """The customers of a phone company: the whole ECSI model is nearly unidentified."""
    entry = lavaan_studies.fit("ecsi_ml", "ML")
    model = csi.parse(entry["model"])
    answers = lavaan_studies.rows("mobi")[list(model.indicators)].to_numpy(float)
    with pytest.warns(CsiWarning) as caught:
        fit = csi.fit(model, csi.Moments.from_rows(answers, model.indicators), csi.CBSEM())
    said = [f"{w.category.__name__}: {w.message}" for w in caught]
    (close,) = [text for text in said if "close to not identified" in text]
    assert close.startswith("PrecisionWarning: ")
    assert "number of the scaled information 3.5e+06): Satis ~ Expect, Satis ~ Quality" in close
    assert condition(fit.solution) == pytest.approx(3.5e6, rel=0.02)  # by another engine
    assert any("250 respondents for 59 parameters: fewer than 5 a para" in text for text in said)
    assert any(text.startswith("InadmissibleWarning: The standard error of Value ~ Expect is 10.8")
               for text in said)  # fmt: skip


def test_a_construct_points_with_its_first_item():
    turned = SOUND * np.outer([-1, 1, 1, 1, 1, 1], [-1, 1, 1, 1, 1, 1])
    fit, said = fitted(TWO, turned)
    (about,) = [text for text in said if "points the other way" in text]
    assert "A points the other way than most of its items: it goes with x1, but x2, x3" in about
    assert fit.paths.loc[0, "estimate"] == pytest.approx(-0.5)


def test_units_do_not_matter():
    unit = np.array([1e6, 1, 1e-6, 1e3, 1, 1])
    plain, said = fitted(TWO, HEYWOOD, 60)
    other, again = fitted(TWO, HEYWOOD * np.outer(unit, unit), 60)
    assert len(said) == len(again)
    assert condition(other.solution) == pytest.approx(condition(plain.solution), rel=1e-4)


# --------------------------------------------------------------- identification


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A =~ x1 + x2\nB =~ x3 + x4\nH =~ A + B", r"measured by constructs: it needs three of t"),
        ("A =~ NA*x1 + x2 + x3\nB =~ x4 + x5 + x6\nB ~ A", r"Fix one of them, make some"),
        ("A <~ NA*x1 + x2 + x3\nB =~ x4 + x5 + x6\nB ~ A", r"a composite: fix a weight \('A <~ 1"),
        ("A =~ x1 + x2 + x3\nB =~ x4 + x5\nB ~ A\nx4 ~~ x5", r"Fix one of them, make some"),
    ],
)  # fmt: skip
def test_models_no_answers_identify(text, message):
    model = csi.parse(text)
    cov = np.eye(len(model.indicators)) * 0.5 + 0.5
    with pytest.raises(ModelError, match=f"can move together and no moment .*{message}"):
        csi.fit(model, moments(cov), csi.CBSEM())


@pytest.mark.parametrize("study", ["hs", "core", "acsi", "ecsi", "pd"])
def test_models_of_the_studies_are_identified(study):
    model = csi.parse(lavaan_studies.fit(f"{study}_ml", "ML")["model"])
    for estimator in (csi.CBSEM(), csi.CBSEM(means=True), csi.CBSEM(scaling="variance")):
        some = csi.Moments.from_covariance(np.eye(len(model.indicators)), model.indicators, n=500)
        assert flat_by_rank(estimator.compiled(model, some)) == ()


def test_answers_that_do_not_identify_the_model():
    """A construct of two items that happens to be related to nothing: an isolated pair."""
    cov = np.eye(6) * 0.5 + 0.5
    cov[:2, 2:] = cov[2:, :2] = 0.0
    model = csi.parse("A =~ x1 + x2\nB =~ x3 + x4\nC =~ x5 + x6")
    with pytest.raises(EstimationError, match=r"do not identify the model, .* is singular") as told:
        csi.fit(model, moments(cov), csi.CBSEM())
    direction = str(told.value).partition("): ")[2].partition(" can change")[0]
    named = set(direction.replace(" together with", ",").split(", "))
    assert {"A =~ x2", "A ~~ A"} < named <= {"A =~ x2", "A ~~ A", "x1 ~~ x1", "x2 ~~ x2"}
