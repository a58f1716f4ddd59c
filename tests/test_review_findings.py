"""Numbers and claims that once were wrong; each test fails without its fix."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import csi

NAMES = ["a1", "a2", "a3", "b1", "b2"]
MODEL = csi.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2\nB ~ A")


@pytest.fixture
def frame():
    rng = np.random.default_rng(8)
    a, b = rng.standard_normal((2, 300, 1))
    eta = np.hstack([np.repeat(a, 3, axis=1), np.repeat(0.6 * a + 0.8 * b, 2, axis=1)])
    z = eta + rng.standard_normal((300, 5))
    return pd.DataFrame(np.clip(np.round(6 + 1.5 * z), 1, 10), columns=NAMES)


def fit(frame, estimator=None, **options):
    return csi.fit(MODEL, csi.survey(frame, scale=(1, 10), **options), estimator)


def test_an_index_never_points_against_its_construct():
    """Mode B with a suppressor: the unstandardised weights sum to less than zero."""
    corr = np.array([[1, 0.75, 0.6], [0.75, 1, 0.05], [0.6, 0.05, 1.0]])
    model = csi.parse("A <~ a1 + a2\nB =~ b1\nB ~ A")
    model = csi.Model(model.constructs, model.paths, scale=(1, 10))
    moments = csi.Moments.from_correlation(
        corr, ["a1", "a2", "b1"], 200, means=[5, 5, 5], sds=[2.5, 0.5, 2]
    )
    found = csi.fit(model, moments)
    assert (found.loadings["loading"] > 0).all()
    for table in ("indices", "impacts"):
        with pytest.raises(csi.EstimationError, match="item weights of A sum to zero or less"):
            getattr(found, table)


def test_only_the_proportions_of_fixed_weights_matter(frame):
    weights = {"A": {"a1": 1, "a2": 2, "a3": 1}, "B": {"b1": 1, "b2": 1}}
    turned = {**weights, "A": {"a1": -2, "a2": -4, "a3": -2}}
    ours, theirs = (fit(frame, csi.FixedWeights(given)) for given in (weights, turned))
    for table in ("paths", "indices", "impacts", "weights"):
        pd.testing.assert_frame_equal(getattr(ours, table), getattr(theirs, table))


def test_weights_that_cancel_out_are_refused(frame):
    weights = {"A": {"a1": 1, "a2": -1, "a3": 0}, "B": {"b1": 1, "b2": 1}}
    moments = csi.Moments.from_rows(frame[NAMES].to_numpy(), NAMES)
    with pytest.raises(csi.OptionError, match="of A sum to zero, so that their scores have no"):
        csi.FixedWeights(weights).estimate(MODEL, moments)
    opposed = frame.assign(a3=11 - frame["a1"])[NAMES].to_numpy()
    weights["A"] = {"a1": 1, "a2": 0, "a3": 1}
    with pytest.raises(csi.EstimationError, match="the scores of A do not vary"):
        csi.FixedWeights(weights).estimate(MODEL, csi.Moments.from_rows(opposed, NAMES))


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_settled_means_the_same_in_every_unit(frame, factor):
    rows = frame[NAMES].to_numpy()
    settings = csi.PLS(standardize=False, tol=1e-10)
    ours = csi.fit(MODEL, csi.Moments.from_rows(rows, NAMES), settings)
    theirs = csi.fit(MODEL, csi.Moments.from_rows(rows * factor, NAMES), settings)
    assert ours.convergence.iterations == theirs.convergence.iterations
    assert_allclose(theirs.weights["weight"], ours.weights["weight"], rtol=1e-9)


def test_reliability_is_estimated_without_correction_too(frame):
    plain, corrected = fit(frame), fit(frame, csi.PLS(consistent=True))
    assert_allclose(plain.reliability["rho_a"], corrected.estimates.reliability, rtol=1e-9)
    assert (plain.reliability["rho_a"] < 1).all()
    assert not plain.reliability["corrected"].any()
    assert corrected.reliability["corrected"].all()
    assert_array_equal(plain.estimates.reliability, 1)


def test_single_items_and_composites_say_why_they_are_reliable():
    found = csi.fit(csi.parse("A <~ a1 + a2\nB =~ b1\nB ~ A"), _moments(["a1", "a2", "b1"]))
    assert list(found.reliability["basis"]) == [
        "composite, taken as 1",
        "single item, taken as 1",
    ]
    assert_array_equal(found.reliability["rho_a"], 1)


def _moments(names):
    corr = np.full((len(names), len(names)), 0.4) + 0.6 * np.eye(len(names))
    return csi.Moments.from_correlation(corr, names, 100)


def test_tables_are_copies_and_arrays_read_only(frame):
    found = fit(frame)
    table = found.paths
    table.loc[0, "estimate"] = 99
    assert found.paths.loc[0, "estimate"] < 1
    assert "99.0" not in str(found.summary())
    for array in (found.model.blocks, found.model.design, found.estimates.weights):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


def test_a_zero_path_is_as_no_sign_expects():
    model = csi.model([csi.single("X", "x"), csi.single("Y", "y")], [csi.paths("X", "Y", sign="-")])
    found = csi.fit(model, csi.Moments.from_correlation(np.eye(2), ["x", "y"], 50), csi.Sums())
    assert found.paths["as_expected"].tolist() == [False]


def test_scoring_uses_the_scale_of_the_fit_where_none_is_declared(frame):
    found = fit(frame)
    assert_allclose(found.score(frame), found.index_scores, rtol=1e-12)


def test_scoring_refuses_answers_that_were_not_turned_alike(frame):
    turned = frame.assign(a1=11 - frame["a1"])
    found = fit(turned, reverse=["a1"])
    assert_allclose(
        found.score(csi.survey(turned, scale=(1, 10), reverse=["a1"])), found.index_scores
    )
    with pytest.raises(csi.DataError, match="a1 was reversed in the fit or in the new answers"):
        found.score(turned)


def test_the_fingerprint_knows_the_means():
    ours, theirs = (
        csi.fit(
            csi.parse("A =~ a1\nB =~ b1\nB ~ A"),
            csi.Moments.from_covariance([[4, 1], [1, 4]], ["a1", "b1"], 50, means=means),
        )
        for means in ([5, 5], [6, 5])
    )
    assert ours.fingerprint != theirs.fingerprint


def test_an_item_whose_name_holds_digits_does_not_change_the_kind_of_warning():
    corr = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    corr[0, 1:] = corr[1:, 0] = -0.5
    names = ["digits1", "a2", "a3", "b1"]
    model = csi.parse("A =~ digits1 + a2 + a3\nB =~ b1\nB ~ A")
    with pytest.warns(csi.CsiWarning) as given:
        csi.fit(model, csi.Moments.from_correlation(corr, names, 100))
    assert csi.PrecisionWarning not in {warning.category for warning in given}


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: csi.Construct("A", ("x", "y"), "single"), None, ""),
        (
            lambda: csi.Model((csi.Construct("A", ["x", "y"], "single"),), ()),
            csi.ModelError,
            "2 indic",
        ),
        (
            lambda: csi.Model((csi.Construct("A", ["x"], "reflective"),), ()),
            csi.ModelError,
            "1 indic",
        ),
        (lambda: csi.Item("A1", missing_codes=98), csi.OptionError, "Give numbers"),
        (lambda: csi.Item("A1", text="wording"), csi.OptionError, "Give a mapping"),
        (lambda: csi.items("A", 1, 2, width=-3), csi.OptionError, "cannot be counted"),
        (lambda: csi.items(None, 1, 2), csi.OptionError, "cannot be counted"),
        (lambda: csi.model([csi.single("A", "a")], [], scale="ab"), csi.OptionError, "lowest and"),
    ],
)
def test_contradictions_are_refused(make, error, message):
    if error is None:
        make()
        return
    with pytest.raises(error, match=message):
        make()


def test_scale_ends_come_in_any_shape():
    ends = [(1, 10), [1, 10], np.array([1, 10]), pd.Series([1, 10]), (e for e in (1, 10))]
    for scale in ends:
        assert csi.model([csi.single("A", "a")], [], scale=scale).scale == (1.0, 10.0)


def test_lists_of_constructs_make_a_model_that_can_be_fitted():
    model = csi.Model(
        [csi.Construct("A", ["a1", "a2"], "reflective"), csi.Construct("B", ["b1"], "single")],
        [csi.Path("A", "B")],
    )
    assert csi.fit(model, _moments(["a1", "a2", "b1"])).convergence.converged


def test_an_estimator_returns_estimates(frame):
    class Broken:
        def estimate(self, model, moments):
            return {"paths": 1}

    with pytest.raises(csi.OptionError, match=r"Broken\.estimate returned dict"):
        csi.fit(MODEL, frame, Broken())


def test_a_correlation_dataframe_is_not_respondents(frame):
    with pytest.raises(csi.DataError, match="is a correlation matrix, not respondents"):
        csi.fit(MODEL, frame.corr())


def test_a_labelled_matrix_is_read_by_its_labels(frame):
    corr = frame.corr()
    plain = csi.Moments.from_correlation(corr.to_numpy(), NAMES, 300)
    for moments in (
        csi.Moments.from_correlation(corr, n=300),
        csi.Moments.from_correlation(corr[::-1].iloc[:, ::-1], NAMES, 300),
        csi.Moments.from_covariance(corr, n=300),
    ):
        assert_array_equal(moments.select(NAMES).corr, plain.corr)
    with pytest.raises(csi.DataError, match=r"is labelled a1, .* but the names given are"):
        csi.Moments.from_correlation(corr, ["x1", "x2", "x3", "x4", "x5"], 300)
    with pytest.raises(csi.DataError, match="Give both the same names in the same order"):
        csi.Moments.from_correlation(corr[::-1], n=300)
    with pytest.raises(csi.OptionError, match="has no labels and names is None"):
        csi.Moments.from_correlation(corr.to_numpy(), n=300)


def test_the_sampling_design_is_a_setting(frame):
    clustered = frame.assign(store=np.arange(300) % 20)
    settings = fit(clustered, clusters="store").settings.set_index("setting")["value"]
    assert settings["sampling design"] == "20 clusters"


@pytest.mark.parametrize("parse", [None, "leading_number"])
def test_labels_stand_beside_numbers_written_as_text(parse):
    cells = (
        ["7", "8", "9", "10", "不知道"]
        if parse is None
        else ["7-好", "8", "9-很好", "10", "不知道"]
    ) * 4
    frame = pd.DataFrame({"a1": cells, "b1": [1, 3, 2, 5, 4] * 4})
    survey = csi.survey(
        frame,
        scale=(1, 10),
        labels={"不知道": 99},
        missing_codes=[99],
        parse=parse,
        missing="pairwise",
    )
    found = csi.fit(csi.parse("A =~ a1\nB =~ b1\nB ~ A"), survey)
    assert_array_equal(found.data.rows[:5, 0], [7, 8, 9, 10, np.nan])


def test_each_side_of_a_matrix_is_read_by_its_own_labels(frame):
    corr = frame.corr()
    turned = ["b2", "a1", "b1", "a3", "a2"]
    plain = csi.Moments.from_correlation(corr, turned, 300)
    for sides in (
        corr.reset_index(drop=True),  # rows that only count
        corr.sample(frac=1, random_state=1),
        corr.sample(frac=1, axis=1, random_state=2),
    ):
        wanted = turned if set(sides.index) == set(NAMES) else NAMES
        moments = csi.Moments.from_correlation(sides, wanted, 300)
        assert_array_equal(moments.select(NAMES).corr, plain.select(NAMES).corr)
    with pytest.raises(csi.DataError, match="not symmetric"):
        csi.Moments.from_correlation(corr.reset_index(drop=True), turned, 300)


def test_scoring_refuses_answers_outside_the_scale_of_the_fit(frame):
    found = fit(frame)
    with pytest.raises(csi.DataError, match=r"1 of the new answers lie outside the scale .* in a2"):
        found.score(frame.assign(a2=[77, *frame["a2"][1:]]))


def test_an_accepted_matrix_is_read_back_from_its_fit():
    corr = np.full((3, 3), 1 - 5e-9)
    np.fill_diagonal(corr, 1)
    corr[0, 1] = corr[1, 0] = 1 - 1e-8
    moments = csi.Moments.from_correlation(corr, ["a1", "b1", "c1"], 100)
    text = "A =~ a1\nB =~ b1\nC =~ c1\nB ~ A\nC ~ B"
    found = csi.fit(csi.parse(text), moments)
    assert csi.from_json(csi.to_json(found)).paths.equals(found.paths)


def test_settings_keep_their_order_through_json(frame):
    found = fit(frame)
    assert csi.from_json(csi.to_json(found)).settings.equals(found.settings)


def test_tables_of_groups_are_copies(frame):
    grouped = frame.assign(firm=np.arange(300) % 2)
    fits = csi.fit_by(MODEL, csi.survey(grouped, scale=(1, 10)), by="firm")
    table = fits.indices
    table.loc[0, "index"] = -1
    assert fits.indices.loc[0, "index"] > 0


@pytest.mark.parametrize(
    "options",
    [
        {"frequency": "yes"},
        {"filled": [[True]]},
        {"filled": np.zeros((2, 2), dtype=bool)},
        {"design": "clusters"},
    ],
)
def test_what_goes_with_rows_must_fit_them(frame, options):
    with pytest.raises(csi.OptionError, match=f"{next(iter(options))} (is|marks)"):
        csi.Moments.from_rows(frame[NAMES].to_numpy(), NAMES, **options)


@pytest.mark.parametrize("names", [5, ["a1", 1, "a3", "b1", "b2"], ["a1", ["a2"], "a3"]])
def test_names_of_a_labelled_matrix_are_names(frame, names):
    with pytest.raises(csi.CsiError, match="names"):
        csi.Moments.from_correlation(frame.corr(), names, 300)


def test_negative_index_weights_are_warned_of_at_the_line_of_the_user(frame):
    weights = {"A": {"a1": 2, "a2": -0.5, "a3": 1}, "B": {"b1": 1, "b2": 1}}
    found = fit(frame, csi.FixedWeights(weights))
    with pytest.warns(csi.InadmissibleWarning, match="negative weights") as given:
        _ = found.indices
    assert given[0].filename == __file__


@pytest.mark.parametrize(
    "estimator",
    [
        csi.PLS(modes={"A": "B"}),
        csi.PLS(modes={"A": "unit"}),
        csi.Sums(),
    ],
)
def test_rho_a_is_not_claimed_for_weights_it_is_not_defined_for(frame, estimator):
    row = fit(frame, estimator).reliability.loc["A"]
    assert row["basis"] == "not Mode A, taken as 1"
    assert row["rho_a"] == 1
    assert not row["corrected"]


def test_rho_a_of_an_uncorrected_fit_is_that_of_seminr(ecsi, mobi):
    """Figures of seminr 2.3.4 (R), Mode A, path weighting, no correction; printed in full."""
    found = csi.fit(ecsi, mobi, csi.PLS(tol=1e-13)).reliability["rho_a"]
    seminr = {"Image": 0.740328516389, "Expectation": 0.462054887706, "Loyalty": 0.745733723642}
    assert_allclose(found[list(seminr)], list(seminr.values()), atol=1e-12)
