"""The column of numbers that is resampled: same as the tables of a fit, for every kind of model."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import csi

BLOCKS = {"Quality": ["PERQ1", "PERQ2", "PERQ3"], "Value": ["PERV1", "PERV2"], "Sat": ["CUSA1"]}
PATHS = [csi.paths("Quality", ["Value", "Sat"]), csi.paths("Value", "Sat")]


def fitted(mobi, kind, estimator=None):
    constructs = [
        csi.single(name, items[0]) if kind is csi.single or len(items) == 1 else kind(name, items)
        for name, items in BLOCKS.items()
    ]
    return csi.fit(csi.model(constructs, PATHS, scale=(1, 10)), mobi, estimator)


@pytest.mark.parametrize("kind", [csi.reflective, csi.composite, csi.single])
def test_numbers_are_those_of_the_tables(mobi, kind):
    fit = fitted(mobi, kind)
    boot = csi.bootstrap(fit, n_boot=100, rng=1)
    assert_allclose(boot.paths["estimate"], fit.paths["estimate"], rtol=1e-12)
    assert_allclose(boot.weights["estimate"], fit.weights["weight"], rtol=1e-12)
    assert_allclose(boot.loadings["estimate"], fit.loadings["loading"], rtol=1e-12)
    assert_allclose(boot.r2["estimate"], fit.r2["r2"], rtol=1e-12)
    assert_allclose(boot.indices["estimate"], fit.indices["index"], rtol=1e-12)
    assert_allclose(boot.impacts["estimate"], fit.impacts["impact"], rtol=1e-12)
    effects = boot.effects.pivot(index=["source", "target"], columns="effect", values="estimate")
    for row in fit.effects.itertuples():
        of_row = effects.loc[(row.source, row.target)]
        assert_allclose(of_row["indirect"], row.indirect, atol=1e-12)
        assert_allclose(of_row["total"], row.total, atol=1e-12)
    rho = boot.reliability.query("criterion == 'rho_a'").set_index("construct")["estimate"]
    assert_allclose(rho, fit.reliability["rho_a"].loc[rho.index], rtol=1e-12)


def test_constructs_without_a_criterion_have_no_row(mobi):
    composites = csi.bootstrap(fitted(mobi, csi.composite), n_boot=100, rng=1)
    assert len(composites.reliability) == 0
    assert len(composites.htmt) == 0
    singles = csi.bootstrap(fitted(mobi, csi.single), n_boot=100, rng=1)
    assert singles.htmt[["construct", "other"]].to_numpy().tolist() == [
        ["Quality", "Value"],
        ["Quality", "Sat"],
        ["Value", "Sat"],
    ]
    correlation = singles.construct_corr["estimate"].abs()
    assert_allclose(singles.htmt["estimate"], correlation, rtol=1e-12)


def test_specific_effects_add_up_to_the_indirect_effect(mobi, ecsi):
    boot = csi.bootstrap(csi.fit(ecsi, mobi), n_boot=100, rng=1)
    added = boot.specific_effects.groupby(["source", "target"])["estimate"].sum()
    effects = boot.effects.query("effect == 'indirect'").set_index(["source", "target"])
    assert_allclose(added, effects["estimate"].loc[added.index], rtol=1e-12)
    left = effects.index.difference(added.index)
    assert_allclose(effects["estimate"].loc[left], 0, atol=1e-12)
    assert "Image -> Expectation -> Quality" in set(boot.specific_effects["route"])


def test_reliability_by_hand(mobi):
    fit = fitted(mobi, csi.reflective)
    table = csi.bootstrap(fit, n_boot=100, rng=1).reliability.set_index(["construct", "criterion"])
    corr = mobi[BLOCKS["Quality"]].corr().to_numpy()
    mean = corr[np.triu_indices(3, 1)].mean()
    loading = fit.loadings.query("construct == 'Quality'")["loading"]
    error = (1 - loading**2).sum()
    expected = {
        "alpha": 3 * mean / (1 + 2 * mean),
        "rho_c": loading.sum() ** 2 / (loading.sum() ** 2 + error),
        "ave": (loading**2).mean(),
    }
    for criterion, value in expected.items():
        assert_allclose(table.loc[("Quality", criterion), "estimate"], value, rtol=1e-12)


def test_too_many_routes_are_refused_by_number(mobi, monkeypatch):
    monkeypatch.setattr("csi.resampling.quantities.MOST_ROUTES", 0)
    chain = ["PERQ4", "PERQ5", "PERV1"]
    constructs = [csi.single(name.lower(), name) for name in chain]
    ends = [csi.paths("perq4", "perq5"), csi.paths("perq5", "perv1")]
    other = csi.model(constructs, ends)
    boot = csi.bootstrap(csi.fit(other, mobi), n_boot=100, rng=1)
    assert len(boot.effects) == 8
    with pytest.raises(csi.OptionError, match="more than 2000 indirect routes"):
        _ = boot.specific_effects


def test_numbers_of_every_resample_by_name(mobi):
    boot = csi.bootstrap(fitted(mobi, csi.reflective), n_boot=300, rng=1)
    paths = boot.resampled("paths")
    assert list(paths) == ["Quality -> Value", "Quality -> Sat", "Value -> Sat"]
    assert paths.shape == (300, 3)
    assert_allclose(paths.std(), boot.paths["se"], rtol=1e-12)
    assert_allclose(boot.resampled("indices")["Sat"].std(), boot.indices.loc["Sat", "se"])
    assert list(boot.resampled("specific")) == ["Quality -> Value -> Sat"]
    with pytest.raises(csi.OptionError, match="Did you mean 'paths'"):
        boot.resampled("path")


def test_summary_prints_the_main_tables(mobi):
    boot = csi.bootstrap(fitted(mobi, csi.reflective), n_boot=300, rng=1)
    text = str(boot.summary())
    assert text.startswith("Bootstrap of 300 resamples: percentile limits at 95%\n====")
    for heading in ("Indices (0-100)", "Paths", "Indirect and total effects", "Reliability"):
        assert f"\n{heading}\n" in text
    assert "<table" in boot.summary().to_html()
    assert str(csi.jackknife(boot.fit).summary()).startswith("Jackknife of 250 respondents")
