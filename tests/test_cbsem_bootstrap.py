"""Resamples of covariance structures, against lavaan and against fits one by one.

Oracle      lavaan 0.6-14 on the rows of 200 given resamples of the 250 customers, and by
            1,000 resamples of its own; see golden/lavaan/README.md.
Sandwich    The infinitesimal jackknife of parameters is the sandwich estimator with the
            observed information: one computed by differences of estimates, the other by
            formulas. Its errors have n - 1 degrees of freedom where those of lavaan have n.
"""

import numpy as np
import pytest
from lavaan_studies import fit as figures
from lavaan_studies import golden, resamples, rows
from numpy.testing import assert_allclose

import csi

pytestmark = pytest.mark.filterwarnings("ignore::csi.errors.CsiWarning")  # of Heywood cases

CORE = "\n".join(golden("bootstrap")["model"])
KEY = ["left", "operator", "right"]


def survey(model, name="mobi", **declared):
    columns = [*model.indicators, *declared.values()]
    return csi.survey(rows(name)[columns], allow_out_of_range=True, **declared)


@pytest.fixture(scope="module")
def core():
    model = csi.parse(CORE)
    return csi.fit(model, csi.survey(rows("mobi"), scale=(1, 10)), csi.CBSEM())


@pytest.fixture(scope="module")
def given(core):
    return csi.bootstrap(core, resamples=resamples(), max_failed=1)


def numbered(table):
    return ["".join(key) for key in table[KEY].itertuples(index=False)]


def test_given_resamples_are_estimated_as_lavaan_does(given):
    known = golden("bootstrap")["resampled"]
    at = [numbered(given.parameters).index(name) for name in known["parameters"]]
    ours = given.resampled("parameters").to_numpy()[:, at]
    assert all(known["converged"])
    assert_allclose(ours, known["coefficients"], atol=1e-6)


def test_negative_variances_are_counted_and_kept(given):
    known = golden("bootstrap")["resampled"]
    left, right = np.array([name.partition("~~")[::2] for name in known["parameters"]]).T
    negative = np.array(known["coefficients"])[:, left == right] < 0
    assert given.failures == {"a negative variance": int(negative.any(axis=1).sum())}
    assert given.parameters["failed"].max() == 0


def test_resamples_drawn_by_us_agree_with_those_drawn_by_lavaan(core):
    known = golden("bootstrap")["seeded"]
    table = csi.bootstrap(core, n_boot=1000, rng=1).parameters
    place = {name: i for i, name in enumerate(numbered(table))}
    names = list(zip(*(known["parameters"][c] for c in ("lhs", "op", "rhs")), strict=True))
    free = [i for i, name in enumerate(names) if "".join(name) in place]
    assert len(free) == len(table)
    table = table.iloc[[place["".join(names[i])] for i in free]]
    se = np.array(known["parameters"]["se"])[free]
    # 1,000 resamples each: an error is off by some 2 to 4 %, a limit by some 10 % of it
    assert_allclose(table["se"], se, rtol=0.15)
    for end in ("lower", "upper"):
        moved = (table[end] - np.array(known["percentile"][end])[free]) / se
        assert np.abs(moved).max() < 0.4


@pytest.mark.parametrize(
    "estimator",
    [
        csi.CBSEM("GLS"),
        csi.CBSEM("ULS"),
        csi.CBSEM(likelihood="wishart", scaling="variance"),
        csi.CBSEM("MLR", means=True, orthogonal=True),
    ],
    ids=["GLS", "ULS", "wishart", "means"],
)
def test_many_at_once_are_what_they_are_one_by_one(estimator):
    model = csi.parse(CORE)
    table = rows("mobi")
    fit = csi.fit(model, csi.survey(table, scale=(1, 10)), estimator)
    drawn = resamples()[:4]
    boot = csi.bootstrap(fit, resamples=drawn, max_failed=1)
    for b, some in enumerate(drawn):
        again = csi.fit(model, csi.survey(table.iloc[some], scale=(1, 10)), estimator)
        known = again.parameters.set_index(KEY)["estimate"]
        standard = again.standardized().set_index(KEY)["estimate"]
        for name, expected in (("parameters", known), ("standardized", standard)):
            keys = [tuple(key) for key in getattr(boot, name)[KEY].to_numpy()]
            assert_allclose(boot.resampled(name).iloc[b], expected[keys], rtol=1e-6, atol=1e-8)
        assert_allclose(boot.resampled("paths").iloc[b], again.paths["estimate"], rtol=1e-6)
        if not boot.draws.part.bad[b]:  # a fit with negative variances has no indices
            assert_allclose(boot.resampled("indices").iloc[b], again.indices["index"], rtol=1e-8)


def test_missing_answers_are_filled_anew_in_every_resample():
    model = csi.parse("Quality =~ PERQ1 + PERQ2 + PERQ3\nSatis =~ CUSA1 + CUSA2\nSatis ~ Quality")
    table = rows("mobi_miss")[list(model.indicators)]
    assert table.isna().any(axis=None)
    drawn = resamples()[:2]
    boot = csi.bootstrap(csi.fit(model, _filled(table), csi.CBSEM()), resamples=drawn)
    for b, some in enumerate(drawn):
        again = csi.fit(model, _filled(table.iloc[some]), csi.CBSEM()).parameters
        expected = again["estimate"][again["free"]]
        assert_allclose(boot.resampled("parameters").iloc[b], expected, rtol=1e-7)


def _filled(table):
    return csi.survey(table, missing="mean", allow_out_of_range=True)


def test_error_variances_from_a_reliability_are_those_of_the_whole_sample():
    text = "Quality =~ PERQ1 + PERQ2 + PERQ3\nSatis =~ CUSA1\nSatis ~ Quality"
    table, drawn = rows("mobi"), resamples()[:3]
    fixed = 0.3 * float(table["CUSA1"].var(ddof=0))
    assumed = csi.fit(csi.parse(text), table, csi.CBSEM(reliability={"Satis": 0.7}))
    stated = csi.fit(csi.parse(f"{text}\nCUSA1 ~~ {fixed!r}*CUSA1"), table, csi.CBSEM())
    one, other = (csi.bootstrap(fit, resamples=drawn) for fit in (assumed, stated))
    assert_allclose(one.resampled("parameters"), other.resampled("parameters"), rtol=1e-9)
    assert assumed.data.rows[drawn[0]][:, -1].var() != pytest.approx(fixed / 0.3, rel=1e-3)


SIMPLE = np.sqrt(250 / 249)


@pytest.mark.parametrize(
    ("declared", "factor"),
    [
        ({}, SIMPLE),
        ({"weights": "wt"}, SIMPLE),
        ({"clusters": "clus"}, 1.0),
        ({"weights": "wt", "clusters": "clus"}, 1.0),
        ({"clusters": "clus", "strata": "region"}, 1.0),
        ({"strata": "region"}, 1.0),
    ],
    ids=lambda each: "+".join(each) if isinstance(each, dict) else "",
)
def test_linearisation_gives_the_sandwich(declared, factor):
    model = csi.parse(CORE)
    table = rows("mobi_wt").assign(region=lambda t: (t["clus"] - 1) // 10)
    data = csi.survey(table, scale=(1, 10), **declared)
    fit = csi.fit(model, data, csi.CBSEM("MLR"))
    found = csi.infinitesimal_jackknife(fit)
    for ours, formula in (
        (found.parameters, fit.parameters),
        (found.standardized, fit.standardized()),
    ):
        expected = formula.set_index(KEY).loc[[tuple(key) for key in ours[KEY].to_numpy()]]
        assert_allclose(ours["estimate"], expected["estimate"], rtol=1e-12)
        assert_allclose(ours["se"], expected["se"] * factor, rtol=1e-7)


def test_definitions_are_resampled():
    entry = figures("constraints_effects", "mediation_MLR")
    model = csi.parse(entry["model"])
    fit = csi.fit(model, survey(model), csi.CBSEM("MLR"))
    formula = fit.parameters.query("operator == ':='")
    ours = csi.infinitesimal_jackknife(fit).parameters.query("operator == ':='")
    assert ours["left"].tolist() == formula["left"].tolist()
    assert len(ours) > 3
    assert_allclose(ours["se"], formula["se"] * SIMPLE, rtol=1e-6)
    numbers = csi.bootstrap(fit, resamples=resamples()[:5], max_failed=1)
    drawn = numbers.resampled("parameters").dropna()
    by_name = dict(zip(numbers.parameters["left"], drawn.to_numpy().T, strict=True))
    assert_allclose(by_name["ind_qvsl"] + by_name["ind_qsl"], by_name["tot_qs"] * _loyalty(numbers))


def _loyalty(boot):
    """Return the path from satisfaction to loyalty in every resample."""
    table, drawn = boot.parameters, boot.resampled("parameters").dropna().to_numpy()
    at = table.query("left == 'Loyal' and operator == '~' and right == 'Satis'").index[0]
    return drawn[:, at]


def test_why_resamples_fail(core):
    same = np.zeros((1, 250), dtype=int)
    few = np.tile(np.arange(10), (1, 25))
    drawn = np.concatenate([resamples()[:2], same, few])
    boot = csi.bootstrap(core, resamples=drawn, max_failed=1)
    assert boot.failures["an item does not vary"] == 1
    assert boot.failures["the covariances are not positive definite"] == 1
    assert boot.draws.part.why[:2].tolist() == ["", ""]
    assert (boot.parameters["failed"] == 2).all()


def test_searches_that_do_not_settle_are_failures():
    model = csi.parse(CORE)
    short = csi.CBSEM(max_iter=1, on_fail="return")
    fit = csi.fit(model, survey(model), short)
    boot = csi.bootstrap(fit, resamples=resamples()[:5], max_failed=1)
    assert boot.failures == {"the iteration does not settle": 5}
    with pytest.raises(csi.EstimationError, match=r"5 of 5 resamples failed .* does not settle"):
        csi.bootstrap(fit, resamples=resamples()[:5])


def test_numbers_do_not_depend_on_the_workers(core):
    draws = [csi.bootstrap(core, n_boot=600, rng=3, n_jobs=jobs).draws for jobs in (1, 2)]
    np.testing.assert_array_equal(draws[0].replicates, draws[1].replicates)


def test_every_kind_of_limits(core):
    boot = csi.bootstrap(core, n_boot=200, rng=1, n_inner=5)
    se = boot.parameters["se"]
    for interval in ("bca", "basic", "normal", "studentized"):
        table = boot.with_interval(interval).parameters
        assert (table["lower"] < table["estimate"]).all()
        assert ((table["upper"] - table["lower"]) / se).between(1.5, 15).all()


def test_a_fit_of_composites_has_no_parameters():
    fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    with pytest.raises(csi.OptionError, match=r"no parameters: they belong to .* csi\.CBSEM"):
        _ = csi.bootstrap(fit, n_boot=100, rng=1).parameters


# the test of exact fit


@pytest.mark.parametrize("study", ["hs", "core"])
def test_exact_fit_agrees_with_lavaan(study):
    known = golden("bootstrap")["bollen_stine"][study]
    model = csi.parse(figures(f"{study}_ml", "ML")["model"])
    found = csi.bollen_stine(csi.fit(model, survey(model, known["data"]), csi.CBSEM()), rng=1)
    assert found.statistic == pytest.approx(known["stat"], rel=1e-6)
    assert found.df == known["df"]
    spread = np.sqrt(2 * 0.03 * 0.97 / 1000)  # of the difference of two shares near 3 %
    assert abs(found.p - known["pvalue"]) < 2.5 * spread
    assert found.critical > found.distribution.mean() > found.df


@pytest.mark.parametrize(
    ("estimator", "declared"),
    [
        (csi.CBSEM("GLS", means=True), {}),
        (csi.CBSEM(likelihood="wishart"), {}),
        (csi.CBSEM(), {"weights": "wt", "clusters": "clus"}),
    ],
    ids=["GLS", "wishart", "weighted"],
)
def test_the_model_holds_among_the_turned_answers(estimator, declared):
    from csi.resampling.bollen_stine import TurnedEngine

    model = csi.parse(CORE)
    fit = csi.fit(model, survey(model, "mobi_wt", **declared), estimator)
    engine = TurnedEngine(fit)
    everybody = engine.of_multipliers([np.ones((1, 250))])
    assert everybody.values[0, 0] == pytest.approx(0.0, abs=1e-8)
    weights = None if fit.data.weights is None else fit.data.weights
    turned = np.cov(engine.products.rows.T, aweights=weights, ddof=0)
    divisor = 250 / 249 if estimator != csi.CBSEM() else 1.0
    assert_allclose(turned * divisor, fit.implied_cov, rtol=1e-9)
    assert 0 < csi.bollen_stine(fit, n_boot=100, rng=1).p < 0.5


def test_what_cannot_be_tested_is_refused(core):
    with pytest.raises(csi.OptionError, match=r"composites are\s+tested by csi\.exact_fit|Fit"):
        csi.bollen_stine(csi.fit(csi.models.acsi(), csi.demo_survey()))
    least = csi.fit(core.model, rows("mobi"), csi.CBSEM("DWLS"))
    with pytest.raises(csi.OptionError, match="complete answers and ML, GLS or ULS"):
        csi.bollen_stine(least)
    three = csi.parse("Q =~ PERQ1 + PERQ2 + PERQ3")
    with pytest.raises(csi.OptionError, match="0 degrees of freedom"):
        csi.bollen_stine(csi.fit(three, rows("mobi"), csi.CBSEM()))
    printed = csi.Moments.from_covariance(rows("mobi")[[*three.indicators]].cov(), n=250)
    with pytest.raises(csi.RowsRequiredError, match="needs rows"):
        csi.bollen_stine(csi.fit(three, printed, csi.CBSEM()))
    with pytest.raises(csi.EstimationError, match=r"csi\.bollen_stine\(fit\)"):
        csi.exact_fit(core)
