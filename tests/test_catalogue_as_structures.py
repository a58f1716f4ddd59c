"""Every model of the catalogue fits as a covariance structure, as it stands."""

import numpy as np
import pandas as pd
import pytest

import csi

COMPOSED = "acsi_product_service"
NAMES = [name for name in csi.models.catalogue()["name"] if name != COMPOSED]


@pytest.mark.parametrize("name", NAMES)
def test_catalogue_models_fit_answers_that_follow_them(name):
    model = getattr(csi.models, name)()
    frame = csi.simulate(model, n=800, rng=1)
    fit = csi.fit(model, csi.survey(frame), csi.CBSEM("MLR"))
    assert fit.convergence.converged
    assert fit.measure("cfi.robust") > 0.98
    assert fit.indices["index"].between(0, 100).all()


def answers(model, n, rng):
    """Answers in whose population Quality is what product and service have in common."""
    cause = {"Expectations": {}, "Quality": {"Expectations": 0.6}}
    cause["ProductQuality"] = cause["ServiceQuality"] = {"Quality": 0.85}
    cause["Value"] = {"Quality": 0.7}
    cause["Satisfaction"] = {"Quality": 0.5, "Value": 0.35}
    cause["Complaints"] = {"Satisfaction": -0.3}
    cause["Loyalty"] = {"Satisfaction": 0.7}
    scores = {}
    for name, paths in cause.items():
        explained = sum(b * scores[source] for source, b in paths.items())
        left = 1 - np.var(explained) if paths else 1.0
        scores[name] = explained + np.sqrt(left) * rng.normal(size=n)
    items = {}
    for construct in model.constructs:
        for item in () if construct.higher_order else construct.indicators:
            response = 0.85 * scores[construct.name] + 0.5 * rng.normal(size=n)
            low, high = model.item(item).scale
            answer = low + (high - low) * (0.55 + 0.15 * response)
            items[item] = np.clip(np.round(answer), low, high)
    return pd.DataFrame(items)


def test_a_composite_of_constructs_that_paths_lead_to_is_their_common_factor():
    model = getattr(csi.models, COMPOSED)()
    frame = answers(model, 4000, np.random.default_rng(3))
    fit = csi.fit(model, csi.survey(frame), csi.CBSEM("MLR"))
    found = fit.paths.set_index(["source", "target"])["estimate"]
    assert fit.convergence.converged
    assert fit.measure("rmsea.robust") < 0.02
    assert found["Expectations", "Quality"] == pytest.approx(0.6, abs=0.05)
    assert found["Quality", "Satisfaction"] == pytest.approx(0.5, abs=0.12)
    parts = fit.standardized().set_index(["left", "right"]).loc["Quality", "estimate"]
    assert parts["ProductQuality"] == pytest.approx(0.85, abs=0.05)
    settings = fit.settings.set_index("setting")["value"]
    assert settings["second-order factors"] == "Quality"
