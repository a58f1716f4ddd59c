"""Fits and their tables: labels, what they add up to, what they refuse, what they warn of."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import csi
from csi import items, paths, reflective, single
from csi.core.moments import Moments
from csi.errors import (
    ArgumentTypeError,
    DataError,
    DataQualityWarning,
    InadmissibleWarning,
    OptionError,
    PrecisionWarning,
    RowsRequiredError,
)

MODEL = csi.model(
    [
        reflective("Image", items("i", 1, 2)),
        reflective("Sat", items("s", 1, 3)),
        single("Loy", "l1"),
    ],
    [paths("Image", ["Sat", "Loy"], sign="+"), paths("Sat", "Loy", sign="-")],
    scale=(1, 10),
    title="Mine",
)


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(17)
    opinion = rng.normal(size=(100, 1))
    answers = np.clip(np.round(6 + 1.5 * opinion + rng.normal(size=(100, 6))), 1, 10)
    return pd.DataFrame(answers, columns=list(MODEL.indicators))


@pytest.fixture(scope="module")
def fit(frame):
    return csi.fit(MODEL, frame)


# tables


def test_tables_are_labelled_by_what_their_rows_are_about(fit):
    assert list(fit.indices.index) == list(fit.indices["construct"]) == list(MODEL.names)
    assert list(fit.r2.index) == ["Sat", "Loy"]
    for table in (fit.weights, fit.loadings):
        assert list(table.index) == list(table["indicator"]) == list(MODEL.indicators)
        assert list(table["construct"]) == ["Image"] * 2 + ["Sat"] * 3 + ["Loy"]
    assert list(fit.cross_loadings.index) == list(MODEL.indicators)
    assert list(fit.cross_loadings.columns) == list(MODEL.names)


def test_paths_say_whether_they_are_as_expected(fit, frame):
    assert fit.paths["expected_sign"].tolist() == ["+", "+", "-"]
    assert fit.paths["as_expected"].tolist() == [True, True, False]
    silent = csi.model(MODEL.constructs, [paths("Image", "Sat"), paths("Sat", "Loy")])
    assert csi.fit(silent, frame).paths["as_expected"].tolist() == [None, None]


def test_effects_hold_every_route(fit):
    routes = fit.effects.set_index(["source", "target"])
    assert list(routes.index) == [("Image", "Sat"), ("Image", "Loy"), ("Sat", "Loy")]
    direct = fit.paths.set_index(["source", "target"])["estimate"]
    indirect = direct["Image", "Sat"] * direct["Sat", "Loy"]
    assert routes.loc[("Image", "Loy"), "indirect"] == pytest.approx(indirect, abs=1e-12)
    assert_allclose(routes.loc[("Image", "Sat"), "indirect"], 0, atol=1e-15)


def test_an_effect_of_another_is_listed_without_a_path_of_its_own(frame):
    chain = csi.model(MODEL.constructs, [paths("Image", "Sat"), paths("Sat", "Loy")])
    routes = csi.fit(chain, frame).effects.set_index(["source", "target"])
    assert routes.loc[("Image", "Loy"), "direct"] == 0
    assert routes.loc[("Image", "Loy"), "total"] != 0


def test_loadings_are_correlations_of_items_and_scores(fit, frame):
    expected = [[frame[item].corr(fit.scores[name]) for name in MODEL.names] for item in frame]
    assert_allclose(fit.cross_loadings, expected, rtol=0, atol=1e-12)
    own = [fit.cross_loadings.loc[r.indicator, r.construct] for r in fit.loadings.itertuples()]
    assert_array_equal(fit.loadings["loading"], own)


def test_impacts_are_regressions_of_index_scores(fit):
    scores = fit.index_scores
    slope = np.cov(scores["Image"], scores["Sat"])[0, 1] / scores["Image"].var()
    impacts = fit.impacts.set_index(["source", "target"])["impact"]
    assert impacts["Image", "Sat"] == pytest.approx(slope, abs=1e-10)
    causes = np.column_stack([np.ones(100), scores[["Image", "Sat"]]])
    on_loyalty = np.linalg.lstsq(causes, scores["Loy"], rcond=None)[0][1:]
    assert impacts["Sat", "Loy"] == pytest.approx(on_loyalty[1], abs=1e-10)
    total = on_loyalty[0] + slope * on_loyalty[1]
    assert impacts["Image", "Loy"] == pytest.approx(total, abs=1e-10)


def test_index_weights_sum_to_one_and_make_the_index(fit, frame):
    weights = fit.index_weight_table
    assert_allclose(weights.groupby("construct")["weight"].sum(), 1, rtol=0, atol=1e-12)
    satisfaction = weights.query("construct == 'Sat'")["weight"]
    mean = (100 * (frame[satisfaction.index].mean() - 1) / 9) @ satisfaction
    assert fit.index("Sat") == pytest.approx(mean, abs=1e-12)


def test_index_conventions(fit):
    equal = fit.with_index_weights("equal")
    assert_allclose(equal.index_weight_table["weight"], [1 / 2] * 2 + [1 / 3] * 3 + [1], rtol=1e-15)
    standard = fit.with_index_weights("standardized").index_weight_table.query("construct == 'Sat'")
    w = fit.weights.query("construct == 'Sat'")["weight"]
    assert_allclose(standard["weight"], w / w.sum(), rtol=1e-12)
    raw = w / fit.moments.sd[2:5]
    found = fit.index_weight_table.query("construct == 'Sat'")["weight"]
    assert_allclose(found, raw / raw.sum(), rtol=1e-12)
    pd.testing.assert_frame_equal(equal.paths, fit.paths)
    assert fit.index_weights == "unstandardized"


def test_items_of_one_construct_may_have_other_scales(frame):
    mixed = frame.assign(s2=(frame["s2"] - 1) / 9 * 100)
    declared = csi.survey(mixed, scale={"s2": (0, 100)})
    fit, plain = csi.fit(MODEL, declared), csi.fit(MODEL, frame)
    assert_allclose(fit.indices["index"], plain.indices["index"], rtol=1e-12)
    assert_array_equal(fit.scale[3], [0, 100])


def test_scores_have_rows_of_the_survey(frame):
    holed = frame.copy()
    holed.loc[3, "s1"] = np.nan
    listwise = csi.fit(MODEL, holed)
    assert 3 not in listwise.scores.index
    assert len(listwise.scores) == len(listwise.index_scores) == 99
    pairwise = csi.fit(MODEL, csi.survey(holed, missing="pairwise"))
    assert pairwise.scores.loc[3].isna().tolist() == [False, True, False]


def test_scoring_the_same_respondents_gives_their_scores(fit, frame):
    assert_allclose(fit.score(frame), fit.index_scores, rtol=0, atol=1e-12)
    assert_allclose(fit.score(pl.from_pandas(frame.head(7))), fit.index_scores.head(7), atol=1e-12)


def test_scoring_others(fit, frame):
    others = frame.head(4).copy()
    others.loc[1, "i1"] = np.nan
    assert fit.score(others).index.tolist() == [0, 2, 3]
    with pytest.raises(DataError, match="s2 have other scale ends"):
        fit.score(csi.survey(others, scale={"s2": (0, 10)}))
    with pytest.raises(DataError, match="Missing column: l1"):
        fit.score(others.drop(columns="l1"))


# what the fit tells of itself


def test_settings_say_how_to_repeat_the_fit(fit):
    settings = dict(fit.settings.itertuples(index=False))
    assert settings["scheme"] == "path"
    assert settings["modes"] == "Image A, Sat A, Loy single item"
    assert settings["respondents used"] == "100"
    assert settings["missing answers"] == "listwise"
    assert settings["survey weights"] == "none"
    assert settings["index weights"].startswith("unstandardised")


def test_summary_and_repr(fit):
    assert repr(fit) == "<Fit Mine: n=100, 3 constructs, 3 paths, converged>"
    text = str(fit.summary())
    for heading in ("Mine", "Indices (0-100)", "Paths", "Explained variance", "Measurement"):
        assert heading in text
    assert str(fit.summary()) == text
    assert "<table" in fit._repr_html_()


def test_the_fingerprint_is_of_the_data(fit, frame):
    assert csi.fit(MODEL, frame, csi.Sums()).fingerprint == fit.fingerprint
    other = frame.copy()
    other.loc[0, "i1"] = 11 - other.loc[0, "i1"]
    assert csi.fit(MODEL, other).fingerprint != fit.fingerprint
    weighted = csi.survey(frame, weights=np.linspace(1, 2, 100))
    assert csi.fit(MODEL, weighted).fingerprint != fit.fingerprint
    assert len(fit.fingerprint) == 16


# printed moments


def test_correlations_alone_give_paths_and_no_indices(fit, frame):
    moments = Moments.from_correlation(frame.corr(), list(frame), n=100)
    printed = csi.fit(MODEL, moments)
    assert_allclose(printed.paths["estimate"], fit.paths["estimate"], rtol=0, atol=1e-10)
    assert_allclose(printed.r2["r2_adjusted"], fit.r2["r2_adjusted"], rtol=0, atol=1e-10)
    assert not printed.has_indices
    assert "Indices" not in str(printed.summary())
    with pytest.raises(OptionError, match=r"need the means.*means="):
        _ = printed.indices
    with pytest.raises(RowsRequiredError, match="Fit the survey"):
        _ = printed.index_scores


def test_each_thing_an_index_needs_is_asked_for(frame):
    means = Moments.from_correlation(frame.corr(), list(frame), n=100, means=frame.mean())
    with pytest.raises(OptionError, match=r"standard deviations.*sds="):
        _ = csi.fit(MODEL, means).impacts
    bare = csi.model(MODEL.constructs, MODEL.paths)
    with pytest.raises(
        DataError, match="lowest and highest answer of i1, i2, s1, s2, s3 and 1 more"
    ):
        _ = csi.fit(bare, frame).indices
    assert not csi.fit(bare, frame).has_indices


def test_moments_may_hold_more_columns_in_any_order(fit, frame):
    wider = frame[frame.columns[::-1]].assign(extra=frame["i1"] * 2 + frame["s1"])
    moments = Moments.from_covariance(wider.cov(), list(wider), n=100, means=wider.mean())
    found = csi.fit(MODEL, moments)
    assert_allclose(found.indices["index"], fit.indices["index"], rtol=1e-12)
    with pytest.raises(DataError, match=r"moments lack l1"):
        csi.fit(MODEL, moments.select(["i1", "i2", "s1", "s2", "s3"]))


# what is refused and warned of


def test_what_is_no_model(frame):
    with pytest.raises(ArgumentTypeError, match=r"csi\.parse"):
        csi.fit("Sat =~ s1", frame)
    with pytest.raises(ArgumentTypeError, match="The model is a NoneType"):
        csi.fit(None, frame)


def test_unknown_constructs_and_conventions(fit):
    with pytest.raises(OptionError, match="Did you mean 'Sat'"):
        fit.index("Sta")
    with pytest.raises(OptionError, match="Did you mean 'equal'"):
        fit.with_index_weights("equl")


@pytest.mark.parametrize(
    ("change", "category", "says"),
    [
        ({"s1": lambda f: 11 - f["s1"]}, DataQualityWarning, r"reverse=\['s1'\]"),
        ({"s2": lambda f: f["s1"]}, DataQualityWarning, "s1 and s2 of Sat are identical"),
        ({"s1": lambda f: 1e9 + f["s1"]}, PrecisionWarning, "most digits"),
    ],
)
def test_data_that_deserve_a_second_look(frame, change, category, says):
    bare = csi.model(MODEL.constructs, MODEL.paths)
    with pytest.warns(category, match=says):
        fit = csi.fit(bare, frame.assign(**change))
    assert any("s1" in problem for problem in fit.problems)


def test_an_impossible_correlation_is_reported_not_repaired():
    R = np.full((4, 4), 0.75)
    R[:2, :2] = R[2:, 2:] = 0.6
    np.fill_diagonal(R, 1)
    two = csi.model(
        [reflective("A", ["a1", "a2"]), reflective("B", ["b1", "b2"])], [paths("A", "B")]
    )
    moments = Moments.from_correlation(R, two.indicators, n=100)
    with pytest.warns(InadmissibleWarning) as told:
        fit = csi.fit(two, moments, csi.PLS(consistent=True))
    assert fit.paths.loc[0, "estimate"] == pytest.approx(0.75 / 0.6, abs=1e-9)
    assert fit.r2.loc["B", "r2"] > 1
    texts = " ".join(str(warning.message) for warning in told)
    assert "correlation of A and B is 1.250, above 1" in texts
    assert len(fit.problems) == len(told)


def test_warnings_point_at_the_line_of_the_user(frame):
    turned = frame.assign(s1=11 - frame["s1"])
    with pytest.warns(DataQualityWarning) as told:
        csi.fit(MODEL, turned)
    assert told[0].filename == __file__
