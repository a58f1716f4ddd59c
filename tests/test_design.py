"""Standard errors under clusters and strata, against Taylor linearisation written out."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import csi
from csi import DataError, Moments
from csi.core.design import Design

N = 240
MODEL = csi.model(
    [csi.reflective("Sat", ["s1", "s2", "s3"]), csi.single("Loy", "l1")],
    [csi.paths("Sat", "Loy")],
    scale=(1, 10),
)


@pytest.fixture
def frame():
    """Four regions of three to seven towns; towns of one number lie in several regions."""
    rng = np.random.default_rng(40)
    region = np.repeat(["N", "E", "S", "W"], 60)
    town = np.r_[np.repeat(range(5), 12), np.arange(60) % 7, np.repeat(range(5), 24)]
    place = pd.factorize(pd.Series(region) + town.astype(str))[0]
    opinion = rng.normal(size=30)[place][:, None] + rng.normal(size=(N, 1))
    answers = np.clip(np.round(6 + opinion + rng.normal(size=(N, 4))), 1, 10)
    frame = pd.DataFrame(answers, columns=list(MODEL.indicators))
    return frame.assign(region=region, town=town, w=rng.gamma(4, size=N))


def linearised(frame, scores, weights, clusters=None, strata=None):
    """Standard error of a weighted mean, unit by unit."""
    z = weights * (scores - np.average(scores, weights=weights)) / weights.sum()
    stratum = frame[strata] if strata else pd.Series("all", index=frame.index)
    unit = frame[clusters] if clusters else pd.Series(range(len(frame)), index=frame.index)
    variance = 0
    for _, members in pd.Series(z, index=frame.index).groupby(stratum):
        totals = [part.sum() for _, part in members.groupby(unit.loc[members.index])]
        units = len(totals)
        variance += units / (units - 1) * sum((t - np.mean(totals)) ** 2 for t in totals)
    return np.sqrt(variance)


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize(
    "design", [{"clusters": "town"}, {"strata": "region"}, {"clusters": "town", "strata": "region"}]
)
def test_index_errors_are_those_of_the_design(frame, design, weights):
    fit = csi.fit(MODEL, csi.survey(frame, weights=weights, **design))
    w = frame[weights].to_numpy() if weights else np.ones(N)
    for name, scores in fit.index_scores.items():
        expected = linearised(frame, scores.to_numpy(), w, **design)
        assert fit.indices.loc[name, "se"] == pytest.approx(expected, rel=1e-10)


def test_alike_clusters_make_means_less_certain(frame):
    plain = csi.fit(MODEL, frame).indices["se"]
    clustered = csi.fit(MODEL, csi.survey(frame, clusters="town", strata="region")).indices["se"]
    assert (clustered > 1.5 * plain).all()


@pytest.mark.parametrize("weights", [None, "w"])
def test_every_respondent_a_cluster_is_a_simple_sample(frame, weights):
    alone = csi.survey(
        frame.assign(id=range(N), one=1), weights=weights, clusters="id", strata="one"
    )
    plain = csi.survey(frame, weights=weights)
    assert_allclose(
        csi.fit(MODEL, alone).moments.mean_cov, csi.fit(MODEL, plain).moments.mean_cov, rtol=1e-10
    )


def test_estimates_do_not_depend_on_the_design(frame):
    plain = csi.fit(MODEL, frame)
    designed = csi.fit(MODEL, csi.survey(frame, clusters="town", strata="region"))
    assert_allclose(designed.indices["index"], plain.indices["index"], rtol=1e-13)
    assert_allclose(designed.paths["estimate"], plain.paths["estimate"], rtol=1e-13)


@pytest.mark.parametrize("clustered", [True, False])
def test_frequency_weights_are_the_rows_written_out(frame, clustered):
    rows = frame[list(MODEL.indicators)].to_numpy()
    counts = np.random.default_rng(41).integers(0, 4, N)
    design = Design(
        frame["town"].to_numpy() if clustered else None, pd.factorize(frame["region"])[0]
    )
    short = Moments.from_rows(rows, MODEL.indicators, weights=counts, frequency=True, design=design)
    at = np.repeat(np.arange(N), counts)
    long = Moments.from_rows(rows[at], MODEL.indicators, design=design.take(at))
    assert_allclose(short.mean_cov, long.mean_cov, rtol=1e-10)


@pytest.mark.parametrize("missing", ["pairwise", "mean"])
def test_missing_answers_leave_the_units(frame, missing):
    frame.loc[np.random.default_rng(42).random(N) < 0.3, "l1"] = np.nan
    fit = csi.fit(MODEL, csi.survey(frame, missing=missing, clusters="town", strata="region"))
    answered = frame["l1"].notna().to_numpy()
    score = 100 * (frame["l1"].fillna(frame["l1"].mean()).to_numpy() - 1) / 9
    expected = linearised(frame, score, answered.astype(float), "town", "region")
    assert fit.indices.loc["Loy", "se"] == pytest.approx(expected, rel=1e-10)


def test_the_design_goes_with_the_respondents(frame):
    data = csi.survey(frame, clusters="town", strata="region")
    some = np.flatnonzero(frame["region"].isin(["N", "S"]))
    taken = csi.fit(MODEL, data.take(some))
    alone = csi.fit(MODEL, csi.survey(frame.iloc[some], clusters="town", strata="region"))
    assert_allclose(taken.indices["se"], alone.indices["se"], rtol=1e-13)
    groups = csi.fit_by(MODEL, data, "region")
    assert groups["S"].data.design == "3 clusters in 1 stratum"
    own = csi.survey(frame[frame["region"] == "S"], clusters="town", strata="region")
    assert_allclose(groups["S"].indices["se"], csi.fit(MODEL, own).indices["se"], rtol=1e-13)


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({}, "none declared"),
        ({"clusters": "town"}, "7 clusters"),
        ({"strata": "region"}, "4 strata"),
        ({"clusters": "town", "strata": "region"}, "18 clusters in 4 strata"),
    ],
)
def test_the_design_in_words(frame, declared, words):
    assert csi.fit(MODEL, csi.survey(frame, **declared)).data.design == words


def test_a_stratum_of_one_unit_is_named(frame):
    frame.loc[frame["region"] == "W", "town"] = 1
    with pytest.raises(DataError, match=r"Strata with only one cluster: W\. .*merge strata"):
        csi.fit(MODEL, csi.survey(frame, clusters="town", strata="region"))
    frame.loc[0, "region"] = "far"
    with pytest.raises(DataError, match=r"Strata with only one respondent: far\. "):
        csi.fit(MODEL, csi.survey(frame, strata="region"))
    with pytest.raises(DataError, match=r"one cluster\. Leave out clusters="):
        csi.fit(MODEL, csi.survey(frame.assign(town=1), clusters="town"))


def test_a_stratum_of_one_unit_in_a_group(frame):
    frame["firm"] = np.where(frame["town"] == 0, "x", "y")
    data = csi.survey(frame, clusters="town", strata="region")
    with pytest.raises(DataError, match=r"Strata with only one cluster in firm x: N, E, S\."):
        csi.fit_by(MODEL, data, "firm")
    fits = csi.fit_by(MODEL, data, "firm", on_bad_group="skip")
    assert list(fits) == ["y"]


def test_rows_given_without_a_survey_are_checked_as_well(frame):
    rows = frame[list(MODEL.indicators)].to_numpy()
    strata = np.r_[7, np.zeros(N - 1, dtype=int)]
    with pytest.raises(DataError, match=r"only one respondent: 7\."):
        Moments.from_rows(rows, MODEL.indicators, design=Design(strata=strata))


@pytest.mark.parametrize("role", ["clusters", "strata"])
def test_missing_and_impossible_units(frame, role):
    holed = frame.assign(town=frame["town"].where(frame.index > 1))
    with pytest.raises(DataError, match=rf"2 {role} in town are missing \(rows 0, 1\)\. Give"):
        csi.survey(holed, **{role: "town"})
    with pytest.raises(DataError, match=rf"values of kind list, which cannot name {role}"):
        csi.survey(frame.assign(town=[[1]] * N), **{role: "town"})
