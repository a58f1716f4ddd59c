"""Whether a solution is called possible: studies on which other software errs, and made cases.

Source      ECSI mobile phones (250 customers; moments and rows) and the Spanish bank data
            ("satisfaction", 250 customers; correlations), with consistent PLS.
Oracle      cSEM 0.6.1 (tests/golden) for the impossible numbers themselves; it calls the
            solution of the bank data admissible. Belsley, Kuh and Welsch's shares from the
            singular values of standardised columns. Cases with one known flaw.
"""

import numpy as np
import pandas as pd
import peers
import pytest
from numpy.testing import assert_allclose

import csi
from csi import composite, higher_order, items, paths, reflective, single
from csi.admissibility import usual_error
from csi.assessment.admissibility import admissibility
from csi.core.near_dependency import near_dependency
from csi.errors import ArgumentTypeError, OptionError

CHECKS = [
    "convergence", "loadings", "construct_corr", "implied", "reliability", "r2", "paths", "heywood",
    "sign_of_construct", "signs", "standard_errors", "collinear",
]  # fmt: skip
COLUMNS = ["check", "about", "value", "limit", "admissible", "sentence", "why"]


def answered(table, answer):
    return table.index[table["admissible"] == answer].tolist()


# studies


@pytest.mark.parametrize("study", ["pls_mobi", "pls_satisfaction"])
def test_ordinary_fits_are_admissible(study):
    table = admissibility(peers.fitted(study, "A", "path"))
    assert table.columns.tolist() == COLUMNS
    assert table.index.tolist() == table["check"].tolist() == CHECKS
    assert answered(table, "no") == answered(table, "doubtful") == []
    assert (table["why"] != "").tolist() == (table["admissible"] == "not computed").tolist()


def test_bank_data_with_consistent_pls_are_not_to_be_believed():
    """Paths of -1.74 and 2.59, which cSEM calls admissible."""
    fit = peers.fitted("pls_satisfaction", "PLSc", "path")
    table = admissibility(fit)
    assert answered(table, "no") == ["paths", "collinear"]
    assert table.loc["paths", ["about", "limit"]].tolist() == ["QUAL -> VAL", 1]
    assert table.loc["paths", "value"] == pytest.approx(2.585, abs=5e-4)
    assert table.loc["collinear", "about"] == "SAT: EXPE, QUAL, VAL"
    assert "Near-collinear predictors of VAL: EXPE, QUAL" in table.loc["collinear", "sentence"]
    inverse = np.linalg.inv(fit.construct_corr.loc[["IMAG", "EXPE", "QUAL", "VAL"],
                                                   ["IMAG", "EXPE", "QUAL", "VAL"]])  # fmt: skip
    assert_allclose(table.loc["collinear", "value"], np.diagonal(inverse).max(), rtol=1e-9)
    assert any("Near-collinear predictors of VAL: EXPE, QUAL" in text for text in fit.problems)


@pytest.fixture(scope="module")
def impossible(mobi, ecsi):
    with pytest.warns(csi.InadmissibleWarning, match="not positive semidefinite"):
        return csi.fit(ecsi, mobi, csi.PLS(consistent=True))


@pytest.mark.filterwarnings("ignore::csi.InadmissibleWarning")
def test_mobile_phones_with_consistent_pls(impossible):
    boot = csi.bootstrap(impossible, n_boot=500, rng=2, max_failed=1)
    table = admissibility(impossible, boot)
    assert answered(table, "no") == ["construct_corr", "standard_errors"]
    C = impossible.construct_corr.to_numpy()
    assert table.loc["construct_corr", "value"] == np.linalg.eigvalsh(C)[0] < 0
    row = table.loc["standard_errors"]
    assert row["value"] == pytest.approx(boot.paths["se"].max() * np.sqrt(250))
    assert "near-collinear predictors of Satisfaction: Image, Quality" in row["sentence"]
    # two of the paths of this model go against theory, but chance may have made them
    row = table.loc["signs"]
    assert (row["admissible"], row["limit"], row["value"]) == (
        "doubtful", 0, impossible.paths["estimate"].min(),
    )  # fmt: skip
    assert row["sentence"].count("its interval includes 0") == 3
    assert admissibility(impossible).loc["signs", "why"].startswith("no bootstrap")


# one flaw at a time


def fitted(text, corr, estimator=None, n=200):
    model = csi.parse(text)
    moments = csi.Moments.from_correlation(np.array(corr), model.indicators, n=n)
    return csi.fit(model, moments, estimator)


def one_block(within, across):
    """Three items, two others that correlate 0.7, and what they have in common."""
    R = np.eye(5)
    R[:3, :3] = within
    R[:3, 3:], R[3:, :3] = np.array(across)[:, None], across
    R[3, 4] = R[4, 3] = 0.7
    return R


@pytest.mark.filterwarnings("ignore::csi.InadmissibleWarning")
def test_heywood_case():
    """One item correlates 0.75 with both others, which correlate 0.45 only."""
    within = [[1, 0.75, 0.75], [0.75, 1, 0.45], [0.75, 0.45, 1]]
    text = "A =~ a1 + a2 + a3\nB =~ b1 + b2\nB ~ A"
    fit = fitted(text, one_block(within, [0.6, 0.2, 0.2]), csi.PLS(consistent=True))
    table = admissibility(fit)
    assert set(answered(table, "no")) == {"loadings", "implied", "reliability", "heywood"}
    loading = fit.loadings.loc["a1", "loading"]
    assert table.loc["loadings", ["about", "value"]].tolist() == ["a1", loading]
    assert table.loc["heywood", ["about", "value"]].tolist() == ["a1", 1 - loading**2]
    assert table.loc["reliability", ["about", "value"]].tolist() == [
        "A",
        fit.estimates.reliability[0],
    ]
    # of one path between two factors the model implies l_i l_j, times the correlation across
    loadings, C = fit.loadings["loading"].to_numpy(), fit.construct_corr.to_numpy()
    Sigma = np.outer(loadings, loadings) * C[np.ix_([0, 0, 0, 1, 1], [0, 0, 0, 1, 1])]
    np.fill_diagonal(Sigma, 1)
    smallest = np.linalg.eigvalsh(Sigma)[0]
    assert table.loc["implied", "value"] == pytest.approx(smallest, rel=1e-9)
    uncorrected = admissibility(fitted(text, one_block(within, [0.6, 0.2, 0.2])))
    assert answered(uncorrected, "doubtful") == ["reliability"]
    assert "nothing was corrected with it" in uncorrected.loc["reliability", "sentence"]


@pytest.mark.filterwarnings("ignore::csi.InadmissibleWarning")
def test_more_than_everything_explained():
    corr = [[1.0, 0.2, 0.6, 0.6], [0.2, 1.0, 0.6, 0.6], [0.6, 0.6, 1.0, 0.5], [0.6, 0.6, 0.5, 1.0]]
    fit = fitted("A =~ a1 + a2\nB =~ b1 + b2\nB ~ A", corr, csi.PLS(consistent=True))
    table = admissibility(fit)
    assert {"construct_corr", "r2", "paths", "heywood"} <= set(answered(table, "no"))
    assert table.loc["r2", "value"] == fit.r2.loc["B", "r2"]
    assert table.loc["heywood", "value"] == 1 - fit.r2.loc["B", "r2"]


def test_a_path_above_one_is_doubtful_where_predictors_can_be_told_apart():
    """A suppressor: predictors that correlate 0.9, one of them not at all with the outcome."""
    corr = [[1, 0.9, 0.4], [0.9, 1, 0.0], [0.4, 0.0, 1]]
    with pytest.warns(csi.InadmissibleWarning, match="above 1 in size"):
        fit = fitted("A =~ a\nB =~ b\nC =~ c\nC ~ A + B", corr)
    table = admissibility(fit)
    assert answered(table, "doubtful") == ["paths"]
    assert table.loc["paths", "value"] == pytest.approx(0.4 / 0.19)
    assert table.loc["collinear", "value"] == pytest.approx(1 / 0.19)


def test_near_collinear_predictors_are_warned_of():
    """0.95 squared is 0.9025, so that the variance is inflated 10.26 times."""
    corr = [[1, 0.95, 0.3, 0.5], [0.95, 1, 0.3, 0.5], [0.3, 0.3, 1, 0.5], [0.5, 0.5, 0.5, 1]]
    text = "A =~ a\nB =~ b\nC =~ c\nD =~ d\nD ~ A + B + C"
    message = (
        r"^Near-collinear predictors of D: A, B \(variance inflation 10\.3, above 10\)\. Their"
    )
    with pytest.warns(csi.InadmissibleWarning, match=message):
        fit = fitted(text, corr)
    assert answered(admissibility(fit), "no") == ["collinear"]
    corr[0][1] = corr[1][0] = 0.94
    assert fitted(text, corr).problems == ()


def test_shares_are_those_of_belsley_kuh_and_welsch():
    """Variances of least squares by eigenvalue, on data with two near-dependencies."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(500, 5))
    X[:, 1] = X[:, 0] + 0.1 * rng.normal(size=500)
    X[:, 3] = X[:, 2] + 0.3 * rng.normal(size=500)
    R = np.corrcoef(X.T)
    standardised = (X - X.mean(axis=0)) / X.std(axis=0)
    _, singular, right = np.linalg.svd(standardised, full_matrices=False)
    phi = right.T**2 / singular**2
    assert near_dependency(R).tolist() == [True, True, False, False, False]
    assert (phi[:, -1] / phi.sum(axis=1) > 0.5).tolist() == near_dependency(R).tolist()


def test_strongest_item_against_its_construct():
    model = csi.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2\nB ~ A")
    corr = np.full((5, 5), 0.3) + 0.7 * np.eye(5)
    weights = {"A": {"a1": -1, "a2": 0.6, "a3": 0.6}, "B": {"b1": 1, "b2": 1}}
    moments = csi.Moments.from_correlation(corr, model.indicators, n=100)
    with pytest.warns(csi.InadmissibleWarning, match="sign of A is doubtful"):
        fit = csi.fit(model, moments, csi.FixedWeights(weights))
    table = admissibility(fit)
    assert answered(table, "no") == ["sign_of_construct"]
    assert table.loc["sign_of_construct", "about"] == "A"
    assert table.loc["sign_of_construct", "value"] == fit.loadings.loc["a1", "loading"] < 0


def test_iteration_that_has_not_settled(mobi, ecsi):
    with pytest.warns(csi.ConvergenceWarning):
        fit = csi.fit(ecsi, mobi, csi.PLS(max_iter=1, on_fail="return"))
    row = admissibility(fit).loc["convergence"]
    assert (row["admissible"], row["value"], row["limit"]) == ("no", fit.convergence.change, 1e-10)


# signs


@pytest.fixture(scope="module")
def complaining():
    """Answers in which satisfied customers complain more, and everything else is as expected."""
    model = csi.models.acsi()
    frame = csi.simulate(model, n=400, rng=1)
    ends = frame["COMP"].min() + frame["COMP"].max()
    return model, frame.assign(COMP=ends - frame["COMP"])


def test_signs_against_expectation_that_chance_cannot_have_made(complaining):
    model, frame = complaining
    fit = csi.fit(model, frame)
    boot = csi.bootstrap(fit, n_boot=500, rng=1)
    row = admissibility(fit, boot).loc["signs"]
    assert (row["admissible"], row["about"], row["why"]) == (
        "no", "Satisfaction -> Complaints", "",
    )  # fmt: skip
    assert (
        row["value"]
        == -fit.paths.set_index(["source", "target"]).loc[
            ("Satisfaction", "Complaints"), "estimate"
        ]
    )
    assert "counts complaints, so more is worse" in row["sentence"]
    # the sign of Complaints -> Loyalty is open, so nothing can be against it
    assert "Loyalty" not in row["sentence"]
    alone = admissibility(fit).loc["signs"]
    assert (alone["admissible"], alone["why"][:12]) == ("doubtful", "no bootstrap")


def test_usual_standard_error_is_that_of_most_paths_or_of_a_free_predictor():
    assert usual_error(np.array([0.04, 0.05, 9.0]), 100) == 0.05
    assert usual_error(np.array([0.04, 5.0, 9.0]), 100) == 0.1
    assert usual_error(np.array([np.nan, 0.05]), 100) == 0.05
    assert np.isnan(usual_error(np.array([np.nan]), 100))


# nothing fails


def test_any_fit_can_be_checked():
    """Higher-order, composite and single-item constructs, without respondents."""
    model = csi.model(
        [
            reflective("A", items("a", 1, 3)),
            composite("B", items("b", 1, 3)),
            higher_order("H", ["A", "B"]),
            single("L", "l"),
        ],
        [paths("H", "L")],
    )
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(100, 1)) + rng.normal(size=(100, 7))
    fit = csi.fit(model, pd.DataFrame(rows, columns=list(model.indicators)))
    boot = csi.bootstrap(fit, n_boot=100, rng=1)
    assert answered(admissibility(fit, boot), "not computed") == ["signs"]
    stored = csi.from_json(csi.to_json(fit))
    assert answered(admissibility(stored), "not computed") == ["signs", "standard_errors"]


def test_fits_without_iteration_or_reliability():
    text = "A =~ a1 + a2 + a3\nB =~ b1 + b2\nB ~ A"
    table = admissibility(fitted(text, np.full((5, 5), 0.3) + 0.7 * np.eye(5), csi.Sums()))
    assert table.loc["convergence", "sentence"] == "Nothing had to be iterated."
    assert table.loc["reliability", "why"].startswith("rho_A is defined")


def test_nothing_else_is_taken(mobi, ecsi):
    fit = csi.fit(ecsi, mobi)
    with pytest.raises(ArgumentTypeError, match="admissibility takes a fit; found str"):
        admissibility("fit")
    with pytest.raises(ArgumentTypeError, match="boot is a DataFrame"):
        admissibility(fit, mobi)
    other = csi.fit(csi.models.acsi(), csi.demo_survey())
    with pytest.raises(OptionError, match="boot belongs to another fit"):
        admissibility(fit, csi.bootstrap(other, n_boot=100, rng=1))
