"""Specification curves: every row is the fit done by hand, and nothing is dropped."""

import dataclasses
import importlib.util
from argparse import Namespace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection
from numpy.testing import assert_allclose, assert_array_equal

import csi
from csi import composite, items, paths, reflective
from csi.arguments import parser
from csi.plots.specifications import plot_specifications
from csi.published.specified.choices import Specification
from csi.published.specified.one_number import OneNumber
from csi.published.specified.results import Computed, SpecificationCurve
from csi.published.specified.specifying import specification_curve
from csi.specification_commands import specifications_command

mpl.use("Agg")

PATH = "Satisfaction -> Loyalty"
MODEL = csi.models.acsi()
BLOCKS = ("Expectations", "Quality", "Value", "Satisfaction")
SATISFACTION = csi.model([reflective("Satisfaction", items("S", 1, 3))], [])
STUDY = Path(__file__).parent.parent / "docs" / "studies_specifications.py"


@pytest.fixture(scope="module")
def survey():
    return csi.demo_survey()


@pytest.fixture(scope="module")
def curve(survey):
    return specification_curve(MODEL, survey, PATH, n_boot=200, rng=7, level=0.9, progress=False)


def by_hand(row, survey):
    """The fit that a row of a table speaks of."""
    if row["estimator"] == "CBSEM":
        estimator = csi.CBSEM("MLR")
    elif row["estimator"] == "equal weights":
        estimator = csi.Sums()
    else:
        modes = dict.fromkeys(BLOCKS, row["modes"][-1])
        consistent = row["estimator"] == "PLSc"
        estimator = csi.PLS(row["scheme"], modes=modes, consistent=consistent)
    weights = row.get("index_weights", "unstandardized")
    return csi.fit(MODEL, survey.with_missing(row["missing"]), estimator, index_weights=weights)


def standardised(fit, left, operator, right):
    table = fit.standardized(level=0.9)
    keys = table[["left", "operator", "right"]].to_numpy().tolist()
    return table.iloc[keys.index([left, operator, right])]


# rows


def test_every_row_is_the_fit_done_by_hand(curve, survey):
    table = curve.table
    assert len(table) == 33  # 9 of PLS and PLSc and the sums by 3 rules, CBSEM by 3
    assert not table.duplicated(["estimator", "scheme", "modes", "missing"]).any()
    assert table["estimate"].is_monotonic_increasing
    for _, row in table.iterrows():
        fit = by_hand(row, survey)
        effects = fit.paths.set_index(["source", "target"])["estimate"]
        assert row["estimate"] == effects["Satisfaction", "Loyalty"]
        assert row["n"] == fit.n
    assert curve.left_out == (
        "PLS with fiml", "PLSc with fiml", "equal weights with fiml", "CBSEM with pairwise",
    )  # fmt: skip


def test_limits_are_those_of_the_bootstrap_with_the_same_seed(curve, survey):
    table = curve.table
    for _, row in table[table["estimator"] != "CBSEM"].iloc[::6].iterrows():
        boot = csi.bootstrap(by_hand(row, survey), n_boot=200, rng=7, level=0.9, progress=False)
        ours = boot.paths.set_index(["source", "target"]).loc[("Satisfaction", "Loyalty")]
        assert (row["lower"], row["upper"]) == (ours["lower"], ours["upper"])


def test_limits_of_covariance_structures_are_those_of_the_standardised_solution(curve, survey):
    table = curve.table.query("estimator == 'CBSEM'")
    assert set(table["missing"]) == {"listwise", "mean", "fiml"}
    for _, row in table.iterrows():
        ours = standardised(by_hand(row, survey), "Loyalty", "~", "Satisfaction")
        assert_allclose(row[["lower", "upper"]].tolist(), ours[["lower", "upper"]].tolist(), 1e-8)


def test_delta_limits_of_totals_and_r2_are_those_of_definitions_and_residuals(survey):
    asked = {"estimators": {"ML": csi.CBSEM()}, "missing": ["listwise"], "level": 0.9}
    left = standardised(csi.fit(MODEL, survey, csi.CBSEM()), "Loyalty", "~~", "Loyalty")
    row = specification_curve(MODEL, survey, "r2 Loyalty", **asked).table.iloc[0]
    assert_allclose([1 - row["upper"], 1 - row["lower"]], [left["lower"], left["upper"]], 1e-7)

    chain = csi.parse(
        "Q =~ OVERALLQ + CUSTOMQ + WRONGQ; V =~ PQ + QP; S =~ SATIS + CONFIRM + IDEAL;"
        "V ~ a*Q; S ~ b*V + c*Q; all := a*b + c"
    )
    total = csi.fit(chain, survey, csi.CBSEM()).standardized(level=0.9).iloc[-1]
    row = specification_curve(chain, survey, "total Q -> S", **asked).table.iloc[0]
    assert_allclose(row[["estimate", "lower", "upper"]].tolist(),
                    total[["estimate", "lower", "upper"]].tolist(), 1e-7)  # fmt: skip


@pytest.mark.parametrize(
    ("of", "family", "label"),
    [
        ("index Satisfaction", "indices", ("Satisfaction",)),
        ("impact: Expectations -> Loyalty", "impacts", ("Expectations", "Loyalty")),
        ("total Expectations → Loyalty", "total", ("Expectations", "Loyalty")),
        ("R2 Loyalty", "r2", ("Loyalty",)),
    ],
)
def test_every_kind_of_number_is_that_of_the_bootstrap(survey, of, family, label):
    asked = {"missing": ["mean"], "estimators": {"B": csi.PLS(modes=dict.fromkeys(BLOCKS, "B"))}}
    found = specification_curve(MODEL, survey, of, **asked, n_boot=100, rng=3).table
    weights = found.get("index_weights", ["unstandardized"])
    for convention, (_, row) in zip(weights, found.iterrows(), strict=True):
        fit = csi.fit(MODEL, survey.with_missing("mean"), asked["estimators"]["B"],
                      index_weights=convention)  # fmt: skip
        theirs = csi.bootstrap(fit, n_boot=100, rng=3, progress=False).family(family)
        keys = theirs.columns[: len(label)]
        ours = theirs[(theirs[keys] == list(label)).all(axis=1)].iloc[0]
        assert_array_equal(row[["lower", "upper"]].tolist(), ours[["lower", "upper"]].tolist())
        assert_allclose(row["estimate"], ours["estimate"], 1e-12)


def test_the_default_is_what_fit_does(curve, survey):
    usual = curve.table.query("default")
    fit = csi.fit(MODEL, survey)
    assert usual["estimate"].tolist() == [fit.paths.iloc[-2]["estimate"]]
    assert usual[["scheme", "modes", "missing"]].to_numpy().tolist() == [
        ["path", "all A", "listwise"]
    ]


def test_modes_as_stated_are_a_choice_where_they_are_mixed(mobi):
    model = csi.model(
        [reflective("Image", items("IMAG", 1, 5)), composite("Satisfaction", items("CUSA", 1, 3))],
        [paths("Image", "Satisfaction")],
    )
    table = specification_curve(model, mobi, "Image -> Satisfaction", n_boot=0, rng=1).table
    counts = table.groupby(["estimator", "modes"]).size()
    assert counts.loc["PLS"].to_dict() == {"all A": 3, "all B": 3, "as stated": 3}
    assert counts.loc["PLSc"].to_dict() == {"all A": 3, "as stated": 3}
    assert set(table["missing"]) == {"none missing"}
    assert table.query("estimator != 'CBSEM'")["lower"].isna().all()


def test_further_models_meet_every_choice(survey):
    further = {"short": lambda model: model.without("WRONGX"), "same": csi.models.acsi()}
    asked = {"estimators": {"PLS": csi.PLS(), "sums": csi.Sums()}, "n_boot": 0}
    curve = specification_curve(MODEL, survey, PATH, further=further, **asked)
    counts = curve.table.groupby(["model", "estimator", "missing"]).size()
    assert len(counts) == 3 * 2 * 3
    assert (counts == 1).all()
    short = csi.fit(MODEL.without("WRONGX"), survey).paths.iloc[-2]["estimate"]
    row = curve.table.query("model == 'short' and estimator == 'PLS' and missing == 'listwise'")
    assert row["estimate"].tolist() == [short]
    assert curve.table.query("default")["model"].tolist() == ["as given"]


def test_moments_have_estimates_and_no_resamples(survey):
    fit = csi.fit(MODEL, survey)
    curve = specification_curve(MODEL, fit.moments, PATH, n_boot=500)
    table = curve.table
    assert len(table) == 11
    assert "missing" not in table
    assert curve.n_boot == 0
    assert table.dropna(subset=["lower"])["estimator"].tolist() == ["CBSEM"]
    assert table.query("default")["estimate"].tolist() == [fit.paths.iloc[-2]["estimate"]]
    assert "moments were given" in str(curve)


# what goes wrong


def test_a_constant_item_fails_with_its_reason_and_only_where_it_is(mobi):
    flat = mobi.assign(CUSA3=5)
    model = csi.models.ecsi_mobile()
    of = "Satisfaction -> Loyalty"
    further = {"without it": model.without("CUSA3")}
    asked = {"estimators": {"PLS": csi.PLS(), "sums": csi.Sums()}, "n_boot": 0}
    curve = specification_curve(model, flat, of, further=further, **asked)
    bad = curve.table[curve.table["estimate"].isna()]
    assert bad["model"].tolist() == ["as given"] * 2
    assert bad["why"].str.contains("CUSA3").all()
    assert curve.failed == 2
    assert "2 of them failed" in str(curve)
    with pytest.raises(csi.EstimationError, match=r"None of the 2 specifications.*CUSA3"):
        specification_curve(model, flat, of, **asked)


def test_collinear_items_fail_in_mode_b_alone(mobi):
    twice = mobi.assign(CUSA3=mobi["CUSA2"])
    model = csi.models.ecsi_mobile()
    curve = specification_curve(model, twice, "Satisfaction -> Loyalty", n_boot=0)
    failed = curve.table[curve.table["estimate"].isna()]
    modes = failed.query("estimator == 'PLS'")
    assert set(modes["modes"]) == {"all B"}
    assert len(modes) == 3
    assert modes["why"].str.contains("CUSA2 and CUSA3 are identical").all()
    assert failed.index.tolist() == list(range(len(curve.table) - len(failed), len(curve.table)))


def test_inadmissible_estimates_are_kept_and_say_so():
    rng = np.random.default_rng(1)
    f = rng.normal(size=200)
    columns = {f"A{i}": f + rng.normal(size=200) for i in (1, 2)}
    columns |= {f"B{i}": f + 3 * rng.normal(size=200) for i in (1, 2)}
    model = csi.model([reflective("A", items("A", 1, 2)), reflective("B", items("B", 1, 2))],
                      [paths("A", "B")])  # fmt: skip
    curve = specification_curve(model, pd.DataFrame(columns), "A -> B", n_boot=100, rng=1)
    row = curve.table.query("estimator == 'PLSc'").iloc[0]
    with pytest.warns(csi.InadmissibleWarning) as said:
        fit = csi.fit(model, pd.DataFrame(columns), csi.PLS(row["scheme"], consistent=True))
    assert row["estimate"] == fit.paths["estimate"].iloc[0]
    assert not row["admissible"]
    assert row["warnings"] >= len(said)
    assert str(said[0].message) in row["warned"]
    assert curve.table.query("estimator == 'PLS'")["admissible"].all()


@pytest.mark.parametrize(
    ("of", "words"),
    [
        ("Satisfaction -> Loyality", "Did you mean 'Loyalty'"),
        ("Expectations -> Loyalty", "Ask for 'total Expectations -> Loyalty'"),
        ("Loyalty -> Satisfaction", "Did you mean 'Satisfaction -> Loyalty'"),
        ("total Loyalty -> Satisfaction", "has no route"),
        ("r2 Expectations", "no path to Expectations"),
        ("index Satisfactoin", "Did you mean 'Satisfaction'"),
        ("Satisfaction", "which is no number of a fit"),
        ("", "of is ''"),
        (None, "of is None"),
    ],
)
def test_numbers_that_are_none_are_refused(survey, of, words):
    with pytest.raises(csi.OptionError, match=words):
        specification_curve(MODEL, survey, of)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"estimators": {}}, "Give a mapping such as"),
        ({"estimators": {"PLS": csi.PLS}}, "is a class"),
        ({"estimators": {"PLS": None}}, "An estimator is None"),
        ({"missing": ["listwice"]}, "Did you mean 'listwise'"),
        ({"missing": []}, "Give rules"),
        ({"missing": ["fiml"], "estimators": {"P": csi.PLS()}}, "None of the estimators can do"),
        ({"index_weights": ["equal"]}, "belongs to indices"),
        ({"further": {"as given": MODEL}}, "Give a mapping from names"),
        ({"further": {"x": "acsi"}}, "is a str"),
        ({"further": {"x": SATISFACTION}}, "Model 'x' has no construct 'Loyalty'"),
        ({"n_boot": 50}, "n_boot is 50"),
        ({"n_boot": False}, "n_boot is False"),
        ({"level": 95}, "level is 95"),
        ({"rng": "1"}, "rng is"),
        ({"progress": 1}, "progress is 1"),
    ],
)
def test_options_without_meaning_are_refused(survey, options, words):
    with pytest.raises(csi.OptionError, match=words):
        specification_curve(MODEL, survey, PATH, **options)


def test_names_may_be_chinese_hold_blanks_or_look_like_a_kind():
    model = csi.model(
        [reflective("顾客 满意", ["甲", "乙"]), reflective("total loyalty", ["丙", "丁"])],
        [paths("顾客 满意", "total loyalty")],
    )
    assert OneNumber.read("顾客 满意 → total loyalty", model).kind == "path"
    assert OneNumber.read("total  顾客 满意 -> total loyalty", model).kind == "total"
    assert str(OneNumber.read("r2 total loyalty", model)) == "r2 total loyalty"
    back = csi.model(
        [
            reflective("total A", ["a", "b"]),
            reflective("A", ["c", "d"]),
            reflective("B", ["e", "f"]),
        ],
        [paths("total A", "B"), paths("A", "B")],
    )
    assert OneNumber.read("total A -> B", back).ends == ("total A", "B")


# spread


def planted(numbers):
    """A curve with stated estimates: mapping from choices to estimate and limits."""
    computed = [
        Computed(
            Specification(choices, MODEL, csi.PLS(), "listwise", "unstandardized", default=False),
            estimate, lower, upper, "planted", 100, converged=True, admissible=True,
        )
        for choices, estimate, lower, upper in numbers
    ]  # fmt: skip
    return SpecificationCurve(OneNumber("path", ("Satisfaction", "Loyalty")), tuple(computed),
                              0.95, 0, 1)  # fmt: skip


def test_median_range_and_shares():
    curve = planted(
        [
            ({"estimator": "a", "missing": "x"}, -0.2, -0.5, -0.1),
            ({"estimator": "a", "missing": "y"}, 0.1, -0.05, 0.2),
            ({"estimator": "b", "missing": "x"}, 0.4, 0.3, 0.5),
            ({"estimator": "b", "missing": "y"}, 0.5, np.nan, np.nan),
            ({"estimator": "c", "missing": "z"}, np.nan, np.nan, np.nan),
        ]
    )
    assert curve.median == 0.25
    assert curve.range == (-0.2, 0.5)
    assert curve.share_same_sign == 0.75
    assert curve.share_excluding_zero == pytest.approx(2 / 3)
    assert curve.failed == 1
    assert repr(curve).endswith("5 specifications, 1 failed, median 0.250, -0.200 to 0.500>")


def test_a_choice_is_not_charged_for_the_company_it_keeps():
    curve = planted(
        [
            ({"estimator": "a", "scheme": "p", "missing": "x"}, 1.0, 0, 2),
            ({"estimator": "a", "scheme": "q", "missing": "x"}, 1.1, 0, 2),
            ({"estimator": "a", "scheme": "p", "missing": "y"}, 1.01, 0, 2),
            ({"estimator": "b", "scheme": "", "missing": "x"}, 3.0, 0, 2),
            ({"estimator": "b", "scheme": "", "missing": "f"}, 3.02, 0, 2),
        ]
    )
    table = curve.by_choice
    rows = table.drop_duplicates("dimension").set_index("dimension")
    assert rows.index.tolist() == ["estimator", "scheme", "missing"]
    assert rows.loc["missing", "moves"] == pytest.approx(2.01)  # f only with b
    assert rows.loc["missing", "alone"] == pytest.approx(0.015)
    assert rows.loc["scheme", "alone"] == pytest.approx(0.1)
    assert rows.loc["estimator", "alone"] == pytest.approx(1.95)
    assert table.query("choice == 'a'")["specifications"].tolist() == [3]


def test_the_truth_is_found_by_whom_it_belongs_to():
    spec = importlib.util.spec_from_file_location("studies_specifications", STUDY)
    study = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(study)
    factors = study.estimates(study.factors(), 10**6)
    composites = study.estimates(study.composites(), 10**6)
    assert_allclose(factors[["CBSEM", "PLSc all A"]], study.TRUTH, atol=1e-6)
    assert_allclose(composites["PLS all B"], study.TRUTH, atol=1e-6)
    assert (factors[["PLS all A", "PLS all B", "equal weights"]] < study.TRUTH - 0.1).all()


def test_one_seed_gives_the_same_numbers(curve, survey):
    asked = {"n_boot": 200, "level": 0.9, "progress": False}
    again = specification_curve(MODEL, survey, PATH, rng=7, **asked)
    pd.testing.assert_frame_equal(again.table, curve.table)
    other = specification_curve(MODEL, survey, PATH, rng=8, **asked)
    assert not np.array_equal(other.table["lower"], curve.table["lower"])


# shown


def offsets(axes):
    found = [c for c in axes.collections if isinstance(c, PathCollection) and len(c.get_offsets())]
    return np.concatenate([c.get_offsets() for c in found])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_picture_shows_every_specification(curve, language):
    axes = curve.plot(language=language)
    lower = axes.figure.axes[-1]
    table = curve.table
    dots = offsets(axes)
    assert_allclose(dots[np.argsort(dots[:, 0])], np.column_stack([range(33), table["estimate"]]))
    lines = [s for c in axes.collections if isinstance(c, LineCollection) for s in c.get_segments()]
    ends = sorted((line[0][0], *line[:, 1]) for line in lines)
    assert_allclose(ends, np.column_stack([range(33), table["lower"], table["upper"]]))
    choices = table[["estimator", "scheme", "modes", "missing"]]
    assert len(offsets(lower)) == (choices != "").to_numpy().sum()
    labels = [label.get_text() for label in lower.get_yticklabels()]
    assert len(labels) == 4 + 4 + 3 + 2 + 4  # headings and choices
    rows = dict(zip(labels, lower.get_yticks(), strict=True))
    words = {"en": ("fiml", "CBSEM"), "zh": ("完全信息极大似然", "CBSEM")}[language]
    at = table.index[table["missing"] == "fiml"][0]
    marked = [y for x, y in offsets(lower) if x == at]
    assert sorted(marked) == sorted(rows[word] for word in words)
    mpl.pyplot.close(axes.figure)


def test_the_picture_shows_what_failed_and_what_is_inadmissible(curve):
    first, *rest = curve.computed
    doubtful = dataclasses.replace(first, admissible=False)
    failed = dataclasses.replace(rest[-1], estimate=np.nan, lower=np.nan, upper=np.nan)
    other = dataclasses.replace(curve, computed=(doubtful, *rest[:-1], failed))
    figure, axes = mpl.pyplot.subplots(2)
    assert plot_specifications(other, ax=axes[0]) is axes[0]
    crosses = [c for c in axes[0].collections if c.get_label() == "failed"]
    assert [c.get_offsets()[:, 0].tolist() for c in crosses] == [[32]]
    faces = [c.get_facecolors() for c in axes[0].collections if c.get_label() == "equal weights"]
    assert faces[0][0].tolist() == [1, 1, 1, 1]
    legend = [text.get_text() for text in figure.axes[-1].get_legend().get_texts()]
    assert {"failed", "hollow: inadmissible", "default"} <= set(legend)
    mpl.pyplot.close(figure)


def test_what_is_impossible_does_not_squeeze_the_rest(curve):
    first = dataclasses.replace(curve.computed[0], estimate=-2.5, lower=-9, upper=4)
    for admissible, reach in ((False, 0.2), (True, 13)):
        far = dataclasses.replace(first, admissible=admissible)
        other = dataclasses.replace(curve, computed=(far, *curve.computed[1:]))
        axes = other.plot()
        low, high = axes.get_ylim()
        assert (high - low < reach) is not admissible
        pointed = next(c for c in axes.collections if c.get_label() == "beyond low")
        assert pointed.get_offsets()[:, 0].tolist() == ([] if admissible else [0])
        assert low < curve.table["lower"].iloc[1:].min() < curve.table["upper"].max() < high
        mpl.pyplot.close(axes.figure)


def test_only_curves_are_drawn(survey):
    with pytest.raises(csi.OptionError, match="A SurveyData is no specification curve"):
        plot_specifications(survey)


def test_the_command_prints_and_writes(tmp_path):
    path = tmp_path / "survey.csv"
    csi.demo_survey().frame.to_native().to_csv(path, index=False)
    known = vars(parser().parse_args(
        ["fit", str(path), "--model", "acsi", "--missing-codes", "98,99"]
    ))  # fmt: skip
    plot, book = tmp_path / "spec.png", tmp_path / "spec.xlsx"
    asked = {"of": PATH, "bootstrap": 100, "seed": 7, "level": 0.9, "quiet": False}
    options = Namespace(**known | asked | {"plot": str(plot), "excel": str(book)})
    done = specifications_command(options)
    assert (done.code, len(done.notes)) == (0, 2)
    assert "Specifications  33, 0 of them failed" in done.text
    assert plot.stat().st_size > 10_000
    assert pd.read_excel(book, sheet_name="Specifications").shape[0] == 33
    with pytest.raises(csi.OptionError, match="exists"):
        specifications_command(options)
