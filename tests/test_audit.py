"""Audits of printed tables whose settings are known name the settings, the readings and the slips.

Tables come from csi with unusual settings on the moments of published studies, and from plspm,
cSEM and seminr (tests/golden/pls_mobi.json with provenance; seminr for Python run beside csi),
shortened to two or three decimals as papers do.
"""

import warnings

import numpy as np
import pandas as pd
import pytest
from peers import golden
from peers import model as golden_model
from peers import moments as golden_moments
from test_pls_against_seminr_python import run_seminr, seminr_quantities

import csi
from csi.published.audits.slips import slip
from csi.published.numerals import Numeral, printed_as
from csi.published.quantities import quantity

OF_PATHS = ("path", "r2", "loading")


def table_of(fit, decimals, quantities=OF_PATHS, readings=None, cut="rounded"):
    """Numbers of a fit as they would be printed."""
    table = {}
    for name in quantities:
        kind = quantity(name)
        wanted = (readings or {}).get(name, kind.readings[0].name)
        values = kind.reading(wanted).values(fit)
        table[name] = {label: printed_as(value, decimals, cut) for label, value in values.items()}
    return table


def fitted(name, estimator):
    study = csi.studies.study(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        return csi.fit(study.model, study.moments, estimator)


def audited(name, table):
    study = csi.studies.study(name)
    return csi.audit(table, study.moments, study.model, progress=False)


def settings_of(audit):
    """What the audit leaves open of what it names."""
    return audit.choices | {
        row.dimension: {row.named, *row.equally_possible} for row in audit.undecided.itertuples()
    }


@pytest.mark.parametrize(
    ("name", "estimator", "decimals", "expected"),
    [
        ("ecsi-mobi", csi.PLS("centroid"), 3, {"modes": "all A", "scheme": "centroid"}),
        (
            "spanish-bank",
            csi.PLS("factorial", standardize=False),
            2,
            {"items": "own units", "modes": "all A"},
        ),
        (
            "corporate-reputation",
            csi.PLS("factorial", modes={"COMP": "B", "LIKE": "B"}),
            3,
            {"modes": "A: CUSL; else B", "scheme": "factorial"},
        ),
        ("ecsi-mobi", csi.PLS(consistent=True), 3, {"correction": "PLSc", "scheme": "path"}),
        (
            "spanish-bank",
            csi.Sums(standardized=True),
            2,
            {"estimator": "equal weights", "items": "standardised"},
        ),
        (
            "spanish-bank",
            csi.Sums(standardized=False),
            2,
            {"estimator": "equal weights", "items": "own units"},
        ),
        ("ecsi-mobi", csi.CBSEM("ML"), 2, {"estimator": "covariance structure, ML"}),
    ],
    ids=lambda value: None if isinstance(value, dict) else str(value),
)
def test_unusual_settings_are_named(name, estimator, decimals, expected):
    audit = audited(name, table_of(fitted(name, estimator), decimals))
    assert audit.verdict == "reproduced"
    assert audit.suspects.empty
    assert {key: settings_of(audit)[key] for key in expected} == expected
    again = fitted(name, audit.estimator)
    assert np.allclose(again.estimates.paths, audit.fit.estimates.paths, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("peer", "mode", "scheme", "renamed", "decimals", "expected", "readings"),
    [
        (
            "plspm (R)",
            "A, covariances",
            "centroid",
            {"paths": "path", "raw_weights": "weight"},
            3,
            {"items": "own units", "scheme": "centroid"},
            {"weight": "of items in their own units, variances with n"},
        ),
        ("cSEM", "B", "path", {"paths": "path", "weights": "weight"}, 2, {"modes": "all B"}, {}),
        (
            "cSEM",
            "A",
            "path",
            {"paths": "path", "r2_adjusted": "r2"},
            3,
            {"modes": "all A", "scheme": "path"},
            {"r2": "adjusted R2"},
        ),
        (
            "seminr (R)",
            "mixed",
            "factorial",
            {"paths": "path", "r2": "r2", "weights": "weight"},
            3,
            {"modes": "B: Image, Quality; else A", "scheme": "factorial"},
            {},
        ),
        (
            "seminr (R)",
            "PLSc",
            "path",
            {"paths": "path", "loadings": "loading"},
            2,
            {"correction": "PLSc"},
            {"loading": "on the construct"},
        ),
    ],
)
def test_tables_of_other_programs(peer, mode, scheme, renamed, decimals, expected, readings):
    known = golden("pls_mobi")
    wanted = (peer, mode, scheme, None)
    theirs = next(
        fit
        for fit in known["fits"]
        if (fit["peer"], fit["mode"], fit["scheme"], fit.get("iterations")) == wanted
    )
    table = {
        name: {
            label: printed_as(value, decimals)
            for label, value in zip(known["orders"][own], theirs[own], strict=True)
        }
        for own, name in renamed.items()
    }
    audit = csi.audit(table, golden_moments("pls_mobi"), golden_model("pls_mobi"), progress=False)
    assert audit.verdict == "reproduced"
    assert {key: audit.choices[key] for key in expected} == expected
    assert {name: audit.readings[name] for name in readings} == readings


def test_mean_replacement_of_seminr_is_found(corp_rep, reputation):
    theirs = seminr_quantities(run_seminr(reputation, corp_rep, csi.PLS(), -99), reputation)
    table = {
        "path": theirs["paths"].map(lambda value: printed_as(value, 4)),
        "loading": theirs["loadings"].map(lambda value: printed_as(value, 4)),
    }
    audit = csi.audit(table, csi.survey(corp_rep, missing_codes=[-99]), reputation, progress=False)
    assert audit.verdict == "reproduced"
    assert audit.choices["missing answers"] == "mean"
    assert "missing answers" not in set(audit.undecided["dimension"])


@pytest.mark.parametrize(
    "reading",
    [
        "standardized weights, declared ends",
        "equal weights, ends of the answers found",
        "unstandardized weights, ends of the answers found",
    ],
)
def test_the_convention_of_indices_is_found(reading, ecsi, mobi):
    data = csi.survey(mobi)
    fit = csi.fit(ecsi, data, csi.PLS("factorial"))
    table = table_of(fit, 2, ("path", "index"), {"index": reading})
    audit = csi.audit(table, data, ecsi, progress=False)
    assert (audit.verdict, audit.readings["index"]) == ("reproduced", reading)


def test_digits_cut_off_are_told_from_rounded_ones():
    fit = fitted("spanish-bank", csi.PLS())
    cut = audited("spanish-bank", table_of(fit, 3, cut="truncated"))
    assert (cut.verdict, cut.best.cut) == ("reproduced", "truncated")
    assert "cut off, not rounded" in str(cut)
    assert audited("spanish-bank", table_of(fit, 3)).best.cut == "rounded"


def test_a_construct_turned_round_is_found():
    table = table_of(fitted("ecsi-mobi", csi.PLS()), 3)
    table["loading"]["CUSCO"] = "-1.000"
    for label, text in table["path"].items():
        if "Complaints" in label:
            table["path"][label] = text[1:] if text.startswith("-") else f"-{text}"
    audit = audited("ecsi-mobi", table)
    assert (audit.verdict, audit.best.turned) == ("reproduced", ("Complaints",))


def test_wishart_likelihood_is_found_by_its_errors():
    fit = fitted("political-democracy", csi.CBSEM("ML", likelihood="wishart"))
    audit = audited("political-democracy", table_of(fit, 3, ("estimate", "se")))
    assert audit.verdict == "reproduced"
    assert audit.choices["likelihood"] == "wishart (n - 1)"
    assert audit.choices["scaling"] == "marker"


@pytest.mark.parametrize("digits", [2, 3])
def test_a_printed_matrix_leaves_its_own_rounding_open(digits):
    """Numbers come from the exact matrix, the audit has the printed one."""
    study = csi.studies.study("spanish-bank")
    table = table_of(fitted("spanish-bank", csi.PLS("centroid")), 4)
    rounded = np.round(study.moments.corr, digits)
    printed = csi.Moments.from_correlation(rounded, study.moments.columns, n=250)
    audit = csi.audit(table, printed, study.model, progress=False)
    assert (audit.verdict, audit.input_decimals) == ("reproduced", digits)
    assert audit.choices["modes"] == "all A"
    assert "centroid" in settings_of(audit)["scheme"]
    assert f"printed with {digits} decimals" in str(audit)


SLIPS = [
    ("path", "LIKE -> CUSA", "two digits exchanged", lambda text: text[:3] + text[:2:-1]),
    ("loading", "comp_2", "one digit", lambda text: f"0.3{text[3:]}"),
    ("path", "COMP -> CUSA", "the decimal point", lambda text: printed_as(float(text) / 10, 3)),
    ("path", "LIKE -> CUSL", "the sign", lambda text: f"-{text}"),
    ("r2", "CUSL", "the last digit", lambda text: printed_as(float(text) + 0.001, 3)),
]


@pytest.mark.parametrize(("name", "label", "slip", "wrong"), SLIPS, ids=[each[2] for each in SLIPS])
def test_a_typing_error_is_found_and_mended(name, label, slip, wrong):
    table = table_of(fitted("corporate-reputation", csi.PLS("centroid")), 3)
    meant = table[name][label]
    table[name][label] = wrong(meant)
    assert table[name][label] != meant
    audit = audited("corporate-reputation", table)
    assert audit.verdict == "reproduced but for 1 number"
    assert audit.choices["scheme"] == "centroid"
    row = audit.suspects.iloc[0]
    assert len(audit.suspects) == 1
    assert (row["quantity"], row["label"], row["ours_printed"]) == (name, label, meant)
    assert row["slip"] == f"{slip}: {meant}"
    assert audit.never["label"].tolist() == [label] * (row["elsewhere"] == "")


def test_a_number_of_another_cell_is_recognised():
    table = table_of(fitted("corporate-reputation", csi.PLS()), 3)
    meant = table["path"]["COMP -> CUSL"]
    table["path"]["COMP -> CUSL"] = table["path"]["CUSA -> CUSL"]
    audit = audited("corporate-reputation", table)
    row = audit.suspects.iloc[0]
    assert row["label"] == "COMP -> CUSL"
    assert row["slip"] == f"the number of CUSA -> CUSL: {meant}"
    assert audit.never.equals(audit.suspects)
    assert "No setting that comes near the table reproduces: path of COMP -> CUSL" in str(audit)


def test_a_number_from_another_setting_is_no_slip():
    """One number of a table was left over from a fit by another scheme."""
    table = table_of(fitted("corporate-reputation", csi.PLS()), 4)
    other = table_of(fitted("corporate-reputation", csi.PLS("centroid")), 4)
    table["path"]["LIKE -> CUSA"] = other["path"]["LIKE -> CUSA"]
    audit = audited("corporate-reputation", table)
    assert audit.verdict == "reproduced but for 1 number"
    assert audit.choices["scheme"] == "path"


def test_a_table_of_other_respondents_is_not_reproduced(corp_rep, reputation):
    answers = csi.survey(corp_rep, missing_codes=[-99], missing="mean")
    half = csi.survey(corp_rep.iloc[::2], missing_codes=[-99], missing="mean")
    table = table_of(csi.fit(reputation, half), 3)
    audit = csi.audit(table, csi.fit(reputation, answers).moments, reputation, progress=False)
    assert audit.verdict == "not reproduced"
    assert set(audit.cells["slip"]) == {""}
    assert "Other data, another model" in str(audit)


def test_the_table_of_a_package_that_describes_another_mode():
    study = csi.studies.study("acsi-2015-measurement")
    audit = csi.audit(study.tables[0].numbers, study.moments, study.model, progress=False)
    assert audit.verdict == "reproduced"
    assert (audit.choices["modes"], audit.choices["scheme"]) == ("all B", "path")
    described = audit.settings.query("modes == 'all A' and correction == 'none'")
    assert len(described) == 6
    assert (described["agreeing"] <= 5).all()


def test_what_small_tables_leave_open_is_told():
    audit = audited("ecsi-mobi", {"r2": {"Satisfaction": ".68"}})
    assert audit.verdict == "reproduced"
    left = audit.undecided.set_index("dimension")["equally_possible"]
    assert set(left["scheme"]) | {audit.choices["scheme"]} == {"path", "factorial", "centroid"}
    assert "What the table leaves open" in str(audit)
    wrong = audited("corporate-reputation", {"r2": {"CUSA": ".92", "CUSL": ".56"}})
    assert wrong.verdict == "not reproduced"
    assert set(wrong.cells["slip"]) == {""}


def test_a_number_is_called_wrong_only_beside_ten_digits_that_agree():
    """In one of five tables with four numbers of other respondents, three agree by chance."""
    exact = table_of(fitted("corporate-reputation", csi.PLS()), 2, ("path",))["path"]
    wrong = exact | {"CUSA -> CUSL": "0.77"}
    few = audited("corporate-reputation", {"path": wrong})
    assert (few.verdict, len(few.suspects)) == ("not reproduced", 1)
    assert set(few.cells["slip"]) == {""}
    more = audited("corporate-reputation", {"path": wrong, "r2": {"CUSA": "0.29"}})
    assert more.verdict == "reproduced but for 1 number"
    assert more.suspects["label"].tolist() == ["CUSA -> CUSL"]
    printed = [Numeral.read(text).digits for text in ("0.29", "-.051", "72.45", "1.00", "7", "0")]
    assert printed == [2, 3, 4, 3, 1, 0]


def test_enough_decimals_leave_nothing_open():
    audit = audited("ecsi-mobi", table_of(fitted("ecsi-mobi", csi.PLS("centroid")), 4))
    assert audit.undecided.empty
    assert list(audit.undecided) == ["dimension", "named", "equally_possible"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"path": {"Image -> Loyalti": ".2"}}, "Did you mean 'Image -> Loyalty'"),
        ({"loading": {"IMAG9": ".7"}}, "Did you mean 'IMAG"),
        ({"htmt": {"Image ~ Nothing": ".7"}}, "which the model does not"),
        ({"path": {"Image -> Loyalty": "n.s."}}, "no printed number"),
        ({}, "empty"),
    ],
)
def test_numbers_of_nothing_are_refused(table, message):
    with pytest.raises(csi.DataError, match=message):
        audited("ecsi-mobi", table)


def model_of_blocks(k=12):
    """Constructs in a row, each with an effect on the next two, and moments of 400 respondents."""
    random = np.random.default_rng(3)
    names = [f"C{i}" for i in range(k)]
    blocks = [csi.reflective(name, csi.items(f"{name}x", 1, 3)) for name in names]
    onward = [csi.paths(name, names[i + 1 : i + 3]) for i, name in enumerate(names[:-1])]
    scores = np.zeros((400, k + 2))
    for i in range(k):
        scores[:, i] = random.normal(size=400) + 0.5 * scores[:, i - 1] + 0.3 * scores[:, i - 2]
    answers = 0.8 * np.repeat(scores[:, :k], 3, axis=1) + 0.6 * random.normal(size=(400, 3 * k))
    model = csi.model(blocks, onward)
    return model, csi.Moments.from_covariance(np.cov(answers.T), model.indicators, n=400)


@pytest.mark.parametrize("wrong", [False, True])
def test_more_combinations_of_modes_than_can_be_tried_are_climbed(wrong):
    model, moments = model_of_blocks()
    modes = dict.fromkeys(("C1", "C4", "C7"), "B")
    table = table_of(csi.fit(model, moments, csi.PLS("centroid", modes=modes)), 3, ("path", "r2"))
    if wrong:
        table["path"]["C0 -> C1"] = "0.999"
    audit = csi.audit(table, moments, model, progress=False)
    assert audit.choices["modes"] == "B: C1, C4, C7; else A"
    assert audit.choices["scheme"] == "centroid"
    assert list(audit.suspects["label"]) == (["C0 -> C1"] if wrong else [])
    assert len(audit.scored) < 3000


def test_two_slips_of_a_short_table_are_both_named():
    table = table_of(fitted("ecsi-mobi", csi.PLS("centroid")), 3, ("path", "r2"))
    table["path"]["Image -> Expectation"] = "0.550"
    table["r2"]["Loyalty"] = "0.475"
    audit = audited("ecsi-mobi", table)
    assert audit.verdict == "reproduced but for 2 numbers"
    assert list(audit.suspects["slip"]) == [
        "two digits exchanged: 0.505", "two digits exchanged: 0.457",
    ]  # fmt: skip


def test_full_information_is_found_by_estimates_with_intercepts(corp_rep, reputation):
    holes = corp_rep.where(corp_rep != -99).mask(
        np.random.default_rng(0).random(corp_rep.shape) < 0.05
    )
    survey = csi.survey(holes, scale=(1, 7), missing="fiml")
    fit = csi.fit(reputation, survey, csi.CBSEM("ML"))
    table = table_of(fit, 3, ("estimate", "se"))
    audit = csi.audit(table, survey.with_missing("listwise"), reputation, progress=False)
    assert audit.verdict == "reproduced"
    assert audit.choices["missing answers"] == "fiml"


def test_parts_of_a_construct_have_no_weights_in_units_of_their_own(corp_rep):
    blocks = [csi.reflective(n, csi.items(f"{n.lower()}_", 1, 3)) for n in ("COMP", "LIKE", "CUSL")]
    model = csi.model(
        [*blocks, csi.higher_order("REP", ["COMP", "LIKE"])], [csi.paths("REP", "CUSL")]
    )
    data = csi.survey(corp_rep, missing_codes=[-99])
    table = table_of(csi.fit(model, data), 3, ("path", "weight"))
    assert "COMP" in table["weight"]
    assert csi.audit(table, data, model, progress=False).verdict == "reproduced"


def test_what_an_index_lacks_is_said():
    known = csi.studies.moments("ecsi-mobi")
    moments = csi.Moments.from_correlation(known.corr, known.columns, n=known.n)
    model = csi.studies.study("ecsi-mobi").model
    with pytest.raises(csi.DataError, match="means"):
        csi.audit({"index": {"Satisfaction": "72.5"}}, moments, model, progress=False)


def test_arguments_that_make_no_sense():
    study = csi.studies.study("ecsi-mobi")
    table = {"path": {"Image -> Loyalty": ".195"}}
    with pytest.raises(csi.DataError, match="lack CUSA1"):
        csi.audit(table, study.moments.select(study.model.indicators[:17]), study.model)
    with pytest.raises(csi.OptionError, match="model is a str"):
        csi.audit(table, study.moments, "ecsi")
    with pytest.raises(csi.OptionError, match="printed table is a int"):
        csi.audit(7, study.moments, study.model)
    with pytest.raises(csi.OptionError, match="progress"):
        csi.audit(table, study.moments, study.model, progress="yes")
    with pytest.raises(csi.CsiError):
        csi.audit(table, pd.DataFrame({"IMAG1": [1, 2]}), study.model)
    with pytest.raises(csi.CsiError):
        csi.audit(table, None, study.model)


@pytest.mark.parametrize(
    ("printed", "ours", "told"),
    [
        (".521", 0.5121, "two digits exchanged: 0.512"),
        (".572", 0.5121, "one digit: 0.512"),
        ("-.512", 0.5121, "the sign: 0.512"),
        ("-.513", 0.5121, "the sign and the last digit: 0.512"),
        ("-.572", 0.5121, "the sign and one digit: 0.512"),
        (".513", 0.5121, "the last digit: 0.512"),
        ("5.12", 0.5121, "the decimal point: 0.51"),
        (".300", 0.5121, "the number of other: 0.512"),
        (".777", 0.5121, ""),
        (".1", 0.7, ""),
        (".777", np.nan, ""),
    ],
)
def test_the_simplest_slip_is_named(printed, ours, told):
    assert slip(Numeral.read(printed), ours, {"other": 0.3}) == told


def test_a_table_made_without_the_weights_of_the_survey_is_told():
    frame = csi.demo_survey().frame.to_native()
    frame = frame.assign(w=np.random.default_rng(1).uniform(0.2, 3, len(frame)))
    model = csi.models.acsi()
    weighted = csi.survey(frame, missing_codes=[98, 99], weights="w")
    plain = csi.survey(frame, missing_codes=[98, 99])
    for data, told in ((plain, "ignored"), (weighted, "heeded")):
        fit = csi.fit(model, data, csi.PLS("centroid"))
        printed = {
            "path": dict(
                fit.paths.assign(
                    label=fit.paths["source"] + " -> " + fit.paths["target"],
                    printed=[f"{estimate:.4f}" for estimate in fit.paths["estimate"]],
                )[["label", "printed"]].to_numpy()
            )
        }
        found = csi.audit(printed, weighted, model, progress=False)
        assert (found.verdict, found.choices["survey weights"]) == ("reproduced", told)
        assert found.choices["scheme"] == "centroid"
