"""Solutions that must not be believed, and what an assessment says of them (situations 87-96)."""

import numpy as np
import pytest

import csi
from csi import InadmissibleWarning, OptionError

pytestmark = pytest.mark.filterwarnings("ignore::csi.InadmissibleWarning")  # more than is asked for


def fitted(text, above, n=100):
    """Fit a model by PLSc to correlations, given by their upper triangle row by row."""
    model = csi.parse(text)
    p = len(model.indicators)
    corr = np.eye(p)
    corr[np.triu_indices(p, 1)] = above
    moments = csi.Moments.from_correlation(
        np.maximum(corr, corr.T), model.indicators, n=n, means=np.full(p, 5.0), sds=np.ones(p)
    )
    return csi.fit(model, moments, csi.PLS(consistent=True))


def verdict(fit, rule, boot=None):
    return csi.assess(fit, boot, n_boot=0, rng=1).table.loc[rule, "verdict"]


def test_087_target_of_importance_that_nothing_leads_to(fit, frame):
    good = fit(frame, scale=(1, 10))
    for target_needed in (csi.importance_performance, csi.plot_importance_performance):
        with pytest.raises(
            OptionError, match=r"^Nothing in the model leads to 'Satisf.* leads to: Loyalty\.$"
        ):
            target_needed(good, "Satisfaction")


def test_087_target_of_importance_that_is_unknown(fit, frame):
    good = fit(frame, scale=(1, 10))
    for name, more in (("Loyality", r" Did you mean 'Loyalty'\?"), ("L1", "")):
        with pytest.raises(
            OptionError, match=rf"^The model has no construct '{name}'\. Known .*Loyalty\.{more}"
        ):
            csi.importance_performance(good, name)


def test_088_importance_of_items_with_negative_weights(frame):
    """An item made of the two others of its block, less loyalty, turns against them."""
    frame["S3"] = np.clip(frame["S1"] + frame["S2"] - frame["L1"], 1, 10)
    model = csi.model(
        [
            csi.composite("Satisfaction", ["S1", "S2", "S3"]),
            csi.reflective("Loyalty", ["L1", "L2"]),
        ],
        [csi.paths("Satisfaction", "Loyalty")],
        scale=(1, 10),
    )
    fit = csi.fit(model, frame)
    with pytest.warns(
        InadmissibleWarning, match=r"not interpretable for Satisfaction \(S3\): these items have n"
    ):
        found = csi.importance_performance(fit, "Loyalty")
    assert found.negative == {"Satisfaction": ["S3"]}
    assert found.items.loc[found.items["indicator"] == "S3", "importance"].item() < 0


def test_092_reliability_above_one_fails_its_rule():
    above = [0.7, 0.7, 0.6, 0.6, 0.4, 0.2, 0.2, 0.2, 0.2, 0.7]
    with pytest.warns(InadmissibleWarning, match=r"rho_A of A is 1\.\d+, outside 0 to 1"):
        fit = fitted("A =~ a1 + a2 + a3\nB =~ b1 + b2\nB ~ A", above)
    assert verdict(fit, "reliability") == "failed"


def test_093_negative_error_variance_fails_its_rule():
    above = [0.7, 0.7, 0.6, 0.6, 0.4, 0.2, 0.2, 0.2, 0.2, 0.7]
    with pytest.warns(InadmissibleWarning, match=r"^The loading of a1 on A is 1\.476, above 1"):
        fit = fitted("A =~ a1 + a2 + a3\nB =~ b1 + b2\nB ~ A", above)
    assessment = csi.assess(fit, n_boot=0)
    heywood = assessment.admissibility.loc["heywood"]
    assert heywood["admissible"] == "no"
    assert heywood["value"] == pytest.approx(1 - 1.476126**2, abs=1e-5)
    assert assessment.table.loc["loadings", "verdict"] == "failed"
    assert "inadmissible solution" in repr(assessment)


def test_094_construct_correlations_that_cannot_be_fail_their_rule():
    with pytest.warns(
        InadmissibleWarning, match=r"^The construct correlations are not positive semidefinite"
    ):
        fit = fitted("A =~ a1 + a2\nB =~ b1 + b2\nB ~ A", [0.2, 0.6, 0.6, 0.6, 0.6, 0.5])
    table = csi.assess(fit, n_boot=0).table
    assert table.loc["construct_corr", "verdict"] == "failed"
    assert table.loc["construct_corr", "value"] == pytest.approx(1 - 0.6 / np.sqrt(0.2 * 0.5))


def test_096_standard_errors_that_explode_fail_their_rule(ecsi, mobi):
    fit = csi.fit(ecsi, mobi, csi.PLS(consistent=True))
    with pytest.warns(
        InadmissibleWarning, match=r"near-collinear predictors of Value: Expectation"
    ):
        boot = csi.bootstrap(fit, n_boot=200, rng=1, max_failed=1)
    assert verdict(fit, "standard_errors", boot) == "failed"
    about = csi.assess(fit, boot, n_boot=0).admissibility.loc["standard_errors", "about"]
    assert about == "Expectation -> Value"
