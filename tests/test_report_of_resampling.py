"""What a report, a workbook and LaTeX say of a bootstrap, and that it is what was found."""

import re

import numpy as np
import openpyxl
import pytest
from test_report import Reader, without_references

import csi
from csi.reporting import report, to_excel, to_latex
from csi.reporting.document import p_text

WORDS = {"firm", "numpy", "scipy", "pandas", "python", "authors"}


@pytest.fixture(scope="module")
def fit():
    return csi.fit(csi.models.acsi(), csi.demo_survey())


@pytest.fixture(scope="module")
def fits():
    return csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="firm")


@pytest.fixture(scope="module")
def boot(fit):
    return csi.bootstrap(fit, n_boot=400, rng=3, interval="bca", level=0.9)


@pytest.fixture(scope="module")
def boots(fits):
    return csi.bootstrap(fits, n_boot=400, rng=4)


@pytest.fixture(scope="module")
def page(fit, boot, fits, boots):
    return Reader(report(fit, boot=boot, boots=boots, fits=fits))


def numbers(rows, column):
    return [float(row[column].replace("−", "-")) for row in rows]


def test_indices_have_their_intervals(boot, page):
    rows = page.table("Construct", "0 to 100", "Index", "90% low", "90% high", "Std. error", "n")
    for column, name in ((2, "estimate"), (3, "lower"), (4, "upper")):
        assert [row[column] for row in rows] == [f"{value:.1f}" for value in boot.indices[name]]
    assert [row[5] for row in rows] == [f"{value:.2f}" for value in boot.indices["se"]]
    low, high = boot.indices.loc["Satisfaction", ["lower", "upper"]]
    assert f"(90% interval {low:.1f} to {high:.1f}, n = 1,156)" in page.text
    assert f"{low:.1f} – {high:.1f} 90% interval" not in page.text  # the name stands first
    assert f"90% interval {low:.1f} – {high:.1f}" in page.text


def test_whiskers_are_the_intervals(fit, boot):
    svg = re.findall('<svg class="bar".*?</svg>', report(fit, boot=boot))[3]
    ends = [float(x) for x in re.findall(r'x1="([\d.]+)" y1="5.5"', svg)]
    own = boot.indices.loc["Satisfaction", ["lower", "upper"]].to_numpy(float)
    assert ends == pytest.approx(2 * own + 1, abs=0.051)


def test_effects_have_intervals_and_p_values(boot, page):
    rows = page.table("From", "To", "Coefficient", "90% low", "90% high", "p", "Expected sign")
    assert numbers(rows, 3) == pytest.approx(boot.paths["lower"].tolist(), abs=5.1e-4)
    assert [row[5] for row in rows] == [p_text(p) for p in boot.paths["p"]]
    rows = page.table("From", "To", "Direct", "Indirect", "Total", "90% low", "90% high", "p")
    total = boot.effects.query("effect == 'total'")
    assert numbers(rows, 6) == pytest.approx(total["upper"].tolist(), abs=5.1e-4)
    rows = page.table("From", "To", "Indirect", "Std. error", "90% low")
    routes = boot.effects.query("effect == 'indirect' and estimate != 0")
    assert len(rows) == len(routes)
    assert numbers(rows, 3) == pytest.approx(routes["se"].tolist(), abs=5.1e-4)
    rows = page.table("Driver", "Index", "Impact of one point", "90% low", "90% high", "p")
    own = boot.impacts.query("target == 'Satisfaction'").sort_values("estimate", ascending=False)
    assert numbers(rows, 4) == pytest.approx(own["upper"].tolist(), abs=5.1e-3)


def test_the_weight_of_a_single_item_is_not_tested(boot, page):
    for caption in ("Loading", "Outer weight"):
        rows = page.table("Construct", "Item", caption, "Std. error", "90% low", "90% high", "p")
        shown = dict(zip(boot.weights["indicator"], (row[-1] for row in rows), strict=True))
        assert [item for item, p in shown.items() if p == ""] == ["COMP", "REPUR"]


def test_p_values_are_not_rounded_to_zero():
    assert [p_text(p) for p in (0.0004, 0.001, 0.0251, 1.0, np.nan)] == [
        "<0.001", "0.001", "0.025", "1.000", "",
    ]  # fmt: skip


def test_methods_can_be_repeated(boot, boots, page):
    assert "(BCa) bootstrap intervals at the 90% level from 400 resamples" in page.text
    assert "Respondents were drawn with replacement, as many as there are." in page.text
    assert "The seed was 3." in page.text
    assert "percentile intervals at the 95% level from 400 resamples" in page.text
    assert "No resample failed and none is inadmissible." in page.text
    settings = dict(page.table("Setting", "Value"))
    assert (settings["resamples"], settings["seed"]) == ("400", "3")
    assert boot.draws.seed == 3


def test_sampling_designs_are_told(fit):
    frame = csi.demo_survey().frame.to_native()
    frame["w"], frame["block"] = np.linspace(1, 2, len(frame)), np.arange(len(frame)) // 20
    survey = csi.survey(frame, missing_codes=[98, 99], weights="w", clusters="block",
                        strata="firm")  # fmt: skip
    designed = csi.fit(csi.models.acsi(), survey)
    page = Reader(report(designed, boot=csi.bootstrap(designed, n_boot=100, rng=1)))
    told = (
        "Whole clusters were drawn with replacement within strata, one less than there are, and "
        "rescaled (Rao, Wu and Yue 1992). Respondents keep their sampling weights."
    )
    assert told in page.text
    rows = np.random.default_rng(1).integers(int(fit.n), size=(100, int(fit.n)))
    given = Reader(report(fit, boot=csi.bootstrap(fit, resamples=rows)))
    assert "The resamples were drawn elsewhere and given." in given.text
    assert dict(given.table("Setting", "Value"))["seed"] == "not known"


def test_a_jackknife_can_be_told_and_stored(fit):
    found = csi.jackknife(fit)
    html = report(fit, boot=found)
    page = Reader(html)
    told = "Intervals are Student's t intervals at the 95% level with 1155 degrees of freedom"
    assert told in page.text
    assert "Each of 1156 respondents was left out once." in page.text
    rows = page.table("Construct", "0 to 100", "Index", "95% low", "95% high", "Std. error", "n")
    assert [row[4] for row in rows] == [f"{value:.1f}" for value in found.indices["upper"]]
    settings = dict(page.table("Setting", "Value"))
    assert settings["degrees of freedom"] == "1155"
    assert "seed" not in settings
    back = csi.from_json(csi.to_json(found, replicates=True))
    assert back.replicates.shape == (1156, len(found.quantities))
    assert back.indices["se"].tolist() == found.indices["se"].tolist()
    assert told in Reader(report(fit, boot=back)).text
    chinese = Reader(without_references(report(fit, boot=found, language="zh"))).text
    english = re.findall(r"\b[a-z]{4,}\b", chinese.replace(fit.model.citation, ""))
    assert set(english) <= {*WORDS, "alpha"}, english


def test_linearised_errors_can_be_told_and_stored(fit):
    found = csi.infinitesimal_jackknife(fit)
    page = Reader(report(fit, boot=found))
    told = (
        "Standard errors were found by linearisation over 1156 sampling units, the outer weights "
        "included."
    )
    assert told in page.text
    assert "from each resample" not in page.text
    assert not {"resamples", "seed", "signs"} & set(dict(page.table("Setting", "Value")))
    assert (
        "标准误由 1156 个抽样单位经线性化求得"
        in Reader(report(fit, boot=found, language="zh")).text
    )
    back = csi.from_json(csi.to_json(found))
    assert back.paths["se"].tolist() == found.paths["se"].tolist()
    assert told in Reader(report(fit, boot=back)).text


def test_clusters_that_were_summed_are_still_clusters(monkeypatch):
    monkeypatch.setattr("csi.resampling.bootstrapping.MANY_ROWS", 100)
    frame = csi.demo_survey().frame.to_native()
    drawn = frame.assign(town=frame.index // 20)
    survey = csi.survey(drawn, missing_codes=[98, 99], clusters="town")
    clustered = csi.fit(csi.models.acsi(), survey)
    boot = csi.bootstrap(clustered, n_boot=100, rng=1)
    assert "Whole clusters were drawn with replacement" in Reader(report(clustered, boot=boot)).text


def test_replicate_weights_are_told(fit):
    factors = np.random.default_rng(1).multinomial(
        int(fit.n), np.full(int(fit.n), 1 / fit.n), size=60
    )
    found = csi.replicate_weights(fit, factors.T)
    page = Reader(report(fit, boot=found))
    assert "The survey came with 60 replicate weights (bootstrap)." in page.text
    assert f"with {found.df:g} degrees of freedom" in page.text


def test_failures_are_counted_by_reason(mobi, ecsi):
    with pytest.warns(csi.InadmissibleWarning):
        fit = csi.fit(ecsi, csi.survey(mobi[:60], scale=(1, 10)), csi.PLS(consistent=True))
    counted = pytest.warns(csi.InadmissibleWarning, match="failed or are inadmissible")
    with counted, pytest.warns(csi.InadmissibleWarning, match="near-collinear predictors"):
        boot = csi.bootstrap(fit, n_boot=200, rng=1, max_failed=1)
    assert boot.failures
    page = Reader(report(fit, boot=boot))
    told = {row[0]: int(row[1]) for row in page.table("Reason", "Count")}
    assert told == dict(boot.failures)
    bad = int(boot.draws.part.bad.sum())
    assert f"{bad} of 200 resamples failed or are inadmissible." in page.text
    chinese = Reader(report(fit, boot=boot, language="zh"))
    assert not [row[0] for row in chinese.table("原因", "数量") if re.search("[a-z]{6}", row[0])]


def test_groups_have_intervals_places_and_letters(boots, fits, page):
    standing = csi.rank(boots, "Satisfaction").table
    rows = page.table("Group", "Index", "95% low", "95% high", "Place", "Possible places")
    assert [row[0] for row in rows] == standing["group"].tolist()
    own = boots.indices.query("construct == 'Satisfaction'").set_index("group")
    assert [row[2] for row in rows] == [f"{own['lower'][row[0]]:.1f}" for row in rows]
    assert [row[6] for row in rows] == standing["letters"].tolist()
    assert [row[7] for row in rows] == [f"{fits[row[0]].n:g}" for row in rows]
    assert [row[5] for row in rows] == ["1st", "2nd to 3rd", "2nd to 4th", "3rd to 4th"]
    assert standing[["rank_low", "rank_high"]].to_numpy().tolist() == [
        [1, 1], [2, 3], [2, 4], [3, 4],
    ]  # fmt: skip
    assert "That Alfa is first is certain at the 95% level." in page.text


def test_an_open_first_place_is_said_to_be_open(fit, fits):
    close = csi.Fits("firm", {g: fits[g] for g in ("Beta", "Gamma")}, fits.skipped)
    boots = csi.bootstrap(close, n_boot=100, rng=1)
    text = Reader(report(fit, boot=boots)).text
    assert "The first place is open: it may belong to any of 2 groups." in text


def test_dots_of_groups_carry_intervals_and_letters(fit, boots):
    svg = next(
        each for each in re.findall("<svg.*?</svg>", report(fit, boot=boots)) if ">all " in each
    )
    assert re.findall(r">(\d\d\.\d [a-z]+)  \(n", svg) == ["79.9 a", "73.1 b", "70.3 bc", "68.7 c"]
    ends = {
        name: (float(low), float(high), float(at))
        for name, low, high, at in re.findall(
            r'<title>(\w+)</title>.*?<line x1="([\d.]+)"[^>]*? x2="([\d.]+)".*?cx="([\d.]+)"', svg
        )
    }
    own = boots.indices.query("construct == 'Satisfaction'").set_index("group")
    for name, (low, high, at) in ends.items():
        row = own.loc[name]
        share = (row["estimate"] - row["lower"]) / (row["upper"] - row["lower"])
        assert (at - low) / (high - low) == pytest.approx(share, abs=2e-3)
    assert len(ends) == 4


def test_groups_without_indices_have_errors_of_paths():
    frame = csi.demo_survey().frame.to_native()
    model = csi.parse("Q =~ OVERALLQ + CUSTOMQ\nS =~ SATIS + IDEAL\nS ~ Q")
    survey = csi.survey(frame, missing_codes=[98, 99])
    fit, fits = csi.fit(model, survey), csi.fit_by(model, survey, "firm")
    boots = csi.bootstrap(fits, n_boot=100, rng=1)
    page = Reader(report(fit, boot=csi.bootstrap(fit, n_boot=100, rng=1), boots=boots))
    (row,) = page.table("From", "To", "Alfa", "Std. error", "Beta")
    expected = boots["Alfa"].paths[["estimate", "se"]].to_numpy()[0]
    assert [float(row[2]), float(row[3])] == pytest.approx(expected, abs=5.1e-4)
    (driver,) = page.table("Driver", "Direct", "Total", "95% low", "95% high", "p")
    assert driver[0] == "Q"


def test_one_group_is_not_ranked(fit, fits):
    one = csi.bootstrap(csi.Fits("firm", {"Alfa": fits["Alfa"]}, fits.skipped), n_boot=100, rng=1)
    page = Reader(report(fit, boot=one))
    assert "Possible places" not in page.text
    assert "Whiskers show 95% intervals" in page.text


def test_bootstrap_without_the_clusters_of_the_fit_is_refused(fit, boot):
    data = csi.survey(csi.demo_survey().frame, missing_codes=[98, 99], clusters="firm")
    with pytest.raises(csi.OptionError, match="differs in sampling design"):
        report(csi.fit(fit.model, data), boot=boot)


@pytest.mark.parametrize(
    ("made", "apart"),
    [
        ({"estimator": csi.PLS(scheme="centroid")}, "estimator"),
        ({"index_weights": "equal"}, "index weights"),
        ({"weights": "w"}, "survey weights"),
        ({"clusters": "region"}, "sampling design"),
        ({"missing": "mean"}, "missing answers"),
    ],
)
def test_groups_fitted_otherwise_are_refused(fit, made, apart):
    frame = csi.demo_survey().frame.to_native().assign(w=lambda f: 1 + f.index % 2)
    how = {key: made[key] for key in ("weights", "clusters", "missing") if key in made}
    rest = {key: made[key] for key in made if key not in how}
    fits = csi.fit_by(
        fit.model, csi.survey(frame, missing_codes=[98, 99], **how), by="firm", **rest
    )
    with pytest.raises(csi.OptionError, match=f"firm Alfa was not fitted as .* differ in {apart}"):
        report(fit, fits=fits)


def test_groups_of_another_model_are_refused(fit):
    smaller = csi.parse("Quality =~ OVERALLQ + CUSTOMQ\nLoyalty =~ REPUR\nLoyalty ~ Quality")
    data = csi.survey(csi.demo_survey().frame, missing_codes=[98, 99], scale=(1, 10))
    boots = csi.bootstrap(csi.fit_by(smaller, data, by="firm"), n_boot=100, rng=1)
    with pytest.raises(csi.OptionError, match="differ in model"):
        report(fit, boots=boots)


def test_chinese_report_is_chinese(fit, boot, fits, boots):
    html = report(fit, boot=boot, boots=boots, fits=fits, language="zh")
    text = Reader(without_references(html)).text
    english = re.findall(r"\b[a-z]{4,}\b", text.replace(fit.model.citation, ""))
    assert set(english) <= {*WORDS, "alpha"}, english
    assert "第 2 至 3 名" in text
    assert "90% 下限" in text


def test_every_way_of_drawing_has_a_chinese_sentence():
    say = csi.reporting.phrases.Phrases("zh")
    for who in ("Respondents", "Whole clusters"):
        for within in ("", " within strata"):
            for many in (
                "as many as there are.",
                "one less than there are, and rescaled (Rao, Wu and Yue 1992).",
            ):
                told = say.known(f"{who} were drawn with replacement{within}, {many}")
                assert not re.search("[a-z]{4}", told), told
    dealt = "Respondents were dealt into 50 buckets at random, and buckets were drawn with "
    assert "50 个桶" in say.known(f"{dealt}replacement.")


def test_names_are_text_and_no_markup():
    model = csi.models.acsi()
    names = {"<script>alert(1)</script>": {}, "=cmd()": {}}
    frame = csi.simulate(model, 120, rng=3, groups={"firm": names})
    fits = csi.fit_by(model, frame, by="firm")
    fit = csi.fit(model, frame)
    boots = csi.bootstrap(fits, n_boot=100, rng=1)
    html = report(fit, boot=boots)
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_workbook_and_latex_hold_the_intervals(fit, boot, fits, boots, tmp_path):
    to_excel(fit, tmp_path / "a.xlsx", boot=boot, boots=boots, fits=fits)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    header, *rows = book["Intervals of indices"].iter_rows(values_only=True)
    assert header == tuple(boot.indices.columns)
    assert [row[3] for row in rows] == pytest.approx(boot.indices["lower"].tolist(), rel=1e-15)
    assert book["Intervals of HTMT"].max_row == len(boot.htmt) + 1
    assert book["Ranks by group"]["A2"].value == "Alfa"
    assert book["Intervals of indices by group"].max_row == len(boots.indices) + 1
    assert ("seed", "3") in list(book["Settings"].iter_rows(values_only=True))
    latex = to_latex(fit, boot=boot)
    assert r"\caption{Intervals of paths}" in latex
    assert f"{boot.paths['lower'].iloc[0]:.3f} & {boot.paths['upper'].iloc[0]:.3f}" in latex


def test_workbook_in_chinese(fit, boot, fits, boots, tmp_path):
    to_excel(fit, tmp_path / "a.xlsx", boot=boot, boots=boots, fits=fits, language="zh")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    words = [*book.sheetnames, *(str(cell.value) for sheet in book for cell in sheet[1])]
    plain = {"R²", "n", "rho_A", "p"}
    assert [word for word in words if word not in plain and not re.search("[一-鿿]", word)] == []
    coefficients = [
        sheet.title for sheet in book if "路径系数" in {cell.value for cell in sheet[1]}
    ]
    assert coefficients == ["路径", "路径的置信区间", "各组路径", "各组路径的置信区间"]
    assert book["各组名次"]["B1"].value == "估计值"


def test_bootstraps_of_other_fits_are_refused(fit, fits, boot, boots, tmp_path):
    other = csi.bootstrap(fits["Alfa"], n_boot=100, rng=1)
    with pytest.raises(csi.OptionError, match=r"boot belongs to another fit, <Fit .*n=294"):
        report(fit, boot=other)
    with pytest.raises(csi.OptionError, match=r"another fit, .* that differs in index weights"):
        report(fit.with_index_weights("equal"), boot=boot)
    fewer = csi.Fits("firm", {"Alfa": fits["Alfa"]}, fits.skipped)
    with pytest.raises(csi.OptionError, match="Beta, Delta, Gamma differ"):
        to_latex(fit, boot=boots, fits=fewer)
    with pytest.raises(csi.OptionError, match="both bootstraps of groups"):
        report(fit, boot=boots, boots=boots)
    for wrong in (fit, 3):
        with pytest.raises(TypeError, match=r"boot is a \w+\. Give the result of csi\.bootstrap"):
            to_excel(fit, tmp_path / "a.xlsx", boot=wrong)
        with pytest.raises(TypeError, match=r"boots is a \w+\. Give"):
            report(fit, boots=wrong)
    of_function = csi.bootstrap(fit, lambda each: each.index("Loyalty"), n_boot=100, rng=1)
    with pytest.raises(TypeError, match="without statistic="):
        report(fit, boot=of_function)
    assert not list(tmp_path.iterdir())
