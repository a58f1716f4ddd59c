"""The paragraph for a methods section: it tells every setting, and cites what it names."""

import ast
import html
import re
import unicodedata
import warnings
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import csi
from csi import items, paths, reflective
from csi.assessment.rules import RULES
from csi.errors import ArgumentTypeError, OptionError
from csi.reporting import methods_paragraph
from csi.reporting.chinese import CHINESE
from csi.reporting.paragraph.references import named_in, of_csi, references

PACKAGE = Path(csi.__file__).parent
PARAGRAPH = PACKAGE / "reporting" / "paragraph"
NAMES = {
    *("csi", "authors", "The", "Python", "NumPy", "SciPy", "pandas", "PLS", "PLSc", "MICOM", "n"),
    *("rho", "p", "e", "t", "PLSpredict", "CVPAT", "CFI", "TLI", "RMSEA", "SRMR", "HTMT", "HTMT2"),
    *("AVE", "VIF", "NFI", "Copula", "s", "ML", "SLSQP", "ftol", "semopy", "Wald", "Holm", "BCa"),
    *("Huber", "White", "Mplus", "delta", "R", "f", "d", "G", "theta", "A", "B", "C", "RMS"),
    *("ULS", "rho_A", "rho_C", "d_G", "d_ML", "d_ULS", "RMS_theta", "Fornell", "Cronbach"),
    "Larcker",
}  # fmt: skip


@pytest.fixture(scope="module")
def survey():
    return csi.demo_survey()


@pytest.fixture(scope="module")
def frame(survey):
    frame = survey.frame.to_native()
    at = np.arange(len(frame))
    return frame.assign(w=1 + at % 3, cluster=at // 20, stratum=at // 300)


@pytest.fixture(scope="module")
def model():
    return csi.models.acsi()


@pytest.fixture(scope="module")
def fit(model, survey):
    return csi.fit(model, survey)


@pytest.fixture(scope="module")
def boot(fit):
    return csi.bootstrap(fit, n_boot=200, rng=7)


@pytest.fixture(scope="module")
def curve(fit):
    return csi.loyalty_curve(fit, rng=3)


@pytest.fixture(scope="module")
def structure():
    return csi.parse(
        "Q =~ OVERALLQ + CUSTOMQ + WRONGQ; S =~ SATIS + IDEAL; L =~ REPUR; S ~ Q; L ~ S"
    )


@pytest.fixture(scope="module")
def results(fit, boot, curve, model, survey, frame, structure):
    """Results of every kind."""
    fits = csi.fit_by(model, survey, by="firm")
    some = [fits[firm] for firm in list(fits)[:2]]
    drawn = declared(frame, weights="w", clusters="cluster", strata="stratum")
    weighted = csi.fit(model, drawn)
    return [
        fit, boot, curve, fits, weighted, csi.assess(fit, boot, repeats=1, n_boot=200, rng=5),
        csi.bootstrap(fits, n_boot=100, rng=1), csi.bootstrap(weighted, n_boot=100, rng=1),
        csi.bootstrap(fit, statistic=lambda fit: {"价值": fit.index("Value")}, n_boot=100, rng=1),
        csi.jackknife(weighted), csi.infinitesimal_jackknife(weighted),
        csi.fit(model, survey, csi.PLS(consistent=True, modes={"Value": "unit"})),
        csi.fit(model, survey, csi.Sums()), csi.rank(fits), csi.from_json(csi.to_json(fit)),
        csi.fit(structure, survey, csi.CBSEM("MLR", reliability=0.9)),
        csi.fit(structure, declared(frame, missing="fiml"), csi.CBSEM()),
        csi.fit(structure, survey, csi.CBSEM("WLSMV", ordered=["OVERALLQ", "CUSTOMQ", "WRONGQ"])),
        csi.fit(structure, survey, csi.SAM()), csi.fit(structure, survey, csi.Semopy()),
        csi.multigroup(structure, survey, by="firm", equal="loadings"),
        csi.invariance(structure, survey, by="firm", steps=["configural", "metric"]),
        csi.compare(*some, n_boot=100, n_perm=99, rng=1),
        csi.measurement_invariance(*some, n_perm=99, rng=1),
        csi.predict(fit, repeats=2, rng=1), csi.cvpat(fit, repeats=1, rng=1),
        csi.exact_fit(fit, n_boot=100, rng=1), csi.pooled_curve(fits, rng=1),
        csi.compare_curves(fits, n_boot=199, rng=1), csi.importance_performance(fit),
    ]  # fmt: skip


def declared(frame, **options):
    return csi.survey(frame, scale={"COMP": (0, 1)}, missing_codes=[98, 99], **options)


def plain(text):
    """The text without accents, which some phrases leave out."""
    apart = unicodedata.normalize("NFD", text)
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


# every setting is told


SURVEYS = [
    {}, {"missing": "pairwise"}, {"missing": "mean"}, {"weights": "w"}, {"clusters": "cluster"},
    {"strata": "stratum"}, {"weights": "w", "weight_type": "frequency"},
    {"reverse": ["SATIS", "CONFIRM", "IDEAL"]},
]  # fmt: skip
ESTIMATORS = [
    csi.PLS(), csi.PLS(scheme="factorial"), csi.PLS(scheme="centroid"), csi.PLS(consistent=True),
    csi.PLS(tol=1e-6), csi.PLS(max_iter=50), csi.PLS(standardize=False),
    csi.PLS(modes={"S": "B"}), csi.PLS(modes={"S": "unit"}), csi.Sums(), csi.Sums(True),
    csi.FixedWeights({"Q": dict.fromkeys(("OVERALLQ", "CUSTOMQ", "WRONGQ"), 1),
                      "S": {"SATIS": 1, "IDEAL": 2}}),
    csi.CBSEM(), csi.CBSEM("MLM"), csi.CBSEM("MLR"), csi.CBSEM("GLS"), csi.CBSEM("ULSMV"),
    csi.CBSEM(likelihood="wishart"), csi.CBSEM(errors="robust.sem"),
    csi.CBSEM(test="browne.residual.adf"), csi.CBSEM(information="observed"),
    csi.CBSEM(means=True), csi.CBSEM(scaling="variance"), csi.CBSEM(reliability=0.9),
    csi.CBSEM(reliability={"L": 0.8}), csi.CBSEM(fixed_x=False), csi.CBSEM(orthogonal=True),
    csi.CBSEM(correlated_outcomes=False), csi.Semopy(), csi.SAM(), csi.SAM("global"),
    csi.SAM(mapping="GLS"), csi.SAM(blocks="joint"), csi.SAM(errors="naive"),
]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_setting_of_a_survey_changes_the_text(model, frame, language):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        fits = [csi.fit(model, declared(frame, **options)) for options in SURVEYS]
        assert_all_differ([methods_paragraph(fit, language=language) for fit in fits])
    standardized = fits[0].with_index_weights("standardized")
    equal = fits[0].with_index_weights("equal")
    assert_all_differ([methods_paragraph(fit) for fit in (fits[0], standardized, equal)])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_setting_of_an_estimator_changes_the_text(structure, survey, language):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        fits = [csi.fit(structure, survey, estimator) for estimator in ESTIMATORS]
        assert_all_differ([methods_paragraph(fit, language=language) for fit in fits])


def assert_all_differ(paragraphs):
    """Each text differs from all others, but for what happened to come out."""
    english = r"fingerprint is \w+|effective n [\d.]+|after \d+ iter[^.]*\."
    came_out = rf"{english}|数据指纹为 \w+|经 \d+ 次[^。]*。"
    texts = [re.sub(came_out, "", str(each)) for each in paragraphs]
    pairs = combinations(range(len(texts)), 2)
    assert [pair for pair in pairs if texts[pair[0]] == texts[pair[1]]] == []


@pytest.mark.parametrize(
    "options",
    [
        {"rng": 8}, {"n_boot": 201}, {"interval": "basic"}, {"interval": "bca"}, {"level": 0.9},
        {"interval": "studentized", "n_inner": 20}, {"interval": "normal"}, {"signs": "none"},
        {"signs": "individual"}, {"buckets": 100}, {"method": "rescaled"},
    ],
)  # fmt: skip
def test_every_setting_of_a_bootstrap_changes_the_text(fit, boot, options):
    usual = {"n_boot": 200, "rng": 7}
    other = methods_paragraph(csi.bootstrap(fit, **{**usual, **options}))
    usually = methods_paragraph(boot)
    assert other.paragraphs[0] == usually.paragraphs[0]
    assert other.paragraphs[1] != usually.paragraphs[1]


@pytest.mark.parametrize(
    "options",
    [{"rng": 4}, {"method": "shape"}, {"draws": 199}, {"level": 0.9}, {"tail": 0.1},
     {"monotone": True}, {"margin": 0.3}, {"reliability": 0.8}],
)  # fmt: skip
def test_every_setting_of_a_curve_changes_the_text(fit, curve, options):
    other = csi.loyalty_curve(fit, **{"rng": 3, **options})
    assert str(methods_paragraph(other)) != str(methods_paragraph(curve))


def test_numbers_are_those_of_the_fit(fit, boot, curve):
    text = str(methods_paragraph(boot, curve=curve))
    assert f"{fit.n:,.0f} were used" in text
    assert f"after {fit.convergence.iterations} iterations" in text
    assert f"fingerprint is {fit.fingerprint}" in text
    assert f"csi {csi.__version__} " in text
    assert f"{len(fit.model.indicators)} items and {len(fit.model.paths)} paths" in text
    assert "200 bootstrap resamples" in text
    assert "The seed was 7." in text
    assert f"reliability of {curve.reliability:.3f}" in text
    assert "outside {:.1f} to {:.1f} points".format(*curve.window) in text
    recoded = fit.audit.query("step == 'recoded to missing'")["count"].sum()
    assert f"98 and 99 ({recoded:.0f} in all)" in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_curve_alone_names_its_constructs_as_the_model_does(fit, curve, language):
    text = str(methods_paragraph(curve, language=language))
    for name in ("Satisfaction", "Loyalty"):
        assert fit.model.label(name, language) in text
    if language == "zh":
        assert not re.search("Satisfaction|Loyalty", text)
    stored = csi.from_json(csi.to_json(curve))
    assert str(methods_paragraph(stored, language=language)) == text


def test_what_is_not_known_is_left_out(fit, boot):
    stored = re.sub(r'"versions": {[^}]*},', "", csi.to_json(fit))
    text = str(methods_paragraph(csi.from_json(stored)))
    assert "with csi (The csi authors)." in text
    assert np.__version__ not in text
    printed = csi.Moments.from_correlation(fit.moments.corr, fit.model.indicators, n=300)
    told = str(methods_paragraph(csi.fit(fit.model, printed)))
    assert "fitted to the correlations of 300 respondents" in told
    assert not re.search("missing|Indices|simulated", told)
    alone = str(methods_paragraph(csi.exact_fit(fit, n_boot=100, rng=2)))
    assert "least squares" not in alone
    given = csi.bootstrap(fit, resamples=np.tile(np.arange(1156), (100, 1)), max_failed=1)
    assert "seed" not in str(methods_paragraph(given))


# citations


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_text_cites_its_references_and_no_others(results, language):
    for result in results:
        told = methods_paragraph(result, language=language)
        text = plain(str(told))
        assert len(told.citations) == len({each.key for each in told.references})
        for each in told.references:
            assert plain(each.in_text(language)) in text, (result, each.key)
        cited = {plain(each.in_text(language)) for each in told.references}
        for each in references().values():
            named = plain(each.in_text(language))
            inside = any(named in other for other in cited)
            assert inside or named not in text, (result, each.key)


def test_every_year_in_brackets_belongs_to_a_reference(results):
    for result in results:
        told = methods_paragraph(result)
        known = {plain(each.in_text()) for each in told.references}
        for name, year in re.findall(r"([A-Z][\w .,-]+?) (\d{4})(?=[;),])", plain(str(told))):
            assert any(other.endswith(f"{name} {year}".split("(")[-1]) for other in known), name


def test_references_are_those_of_the_code():
    files = [*PACKAGE.rglob("*.py"), *(PACKAGE / "models").glob("*.json")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    for key, each in references().items():
        family = re.sub(r"[^a-z]", "", plain(each.authors[0].split(",")[0]).lower())
        assert key == f"{family}{each.year}"
        doi = each.fields.get("doi")
        if doi:
            assert re.fullmatch(r"10\.\d{4,5}/\S+[\w)]", doi)
            assert f"doi:{doi}" in code, f"{key}: nothing in the code cites it"
        assert str(each).endswith((".", f"doi:{doi}", each.fields.get("url", ".")))


def test_every_rule_of_an_assessment_has_its_reference():
    own = ("convention of csi", "Dijkstra and Henseler (2015), doi:10.1016/j.csda")
    for rule in RULES.values():
        assert named_in(rule.source) or rule.source.startswith(own), rule.key


def test_csi_is_cited_as_its_citation_file_says():
    cff = (PACKAGE.parent / "CITATION.cff").read_text(encoding="utf-8")
    own = of_csi(csi.__version__)
    assert f'title: "{own.fields["title"]}"' in cff
    assert f'name: "{own.authors[0]}"' in cff
    assert f"version: {own.fields['version']}" in cff


def test_bibtex_is_one_entry_for_each_reference(boot, curve):
    told = methods_paragraph(boot, curve=curve)
    entries = re.findall(r"^@(\w+)\{(\w+),$", told.bibtex, re.MULTILINE)
    assert [key for _, key in entries] == [each.key for each in told.references]
    assert told.bibtex.count("{") == told.bibtex.count("}")
    assert r"Computational Statistics \& Data Analysis" in told.bibtex
    assert "pages = {159--205}" in told.bibtex


@pytest.mark.parametrize(
    ("options", "source"),
    [
        ({}, "davison1997"),
        ({"interval": "bca"}, "efron1987"),
        ({"method": "rescaled"}, "rao1992"),
    ],
)
def test_intervals_and_designs_cite_their_own_source(fit, boot, options, source):
    found = methods_paragraph(csi.bootstrap(fit, n_boot=100, rng=1, **options))
    others = {"davison1997", "efron1987", "rao1992"} & {each.key for each in found.references}
    assert source in others
    assert ("efron1987" in others) == (source == "efron1987")


def test_consistent_pls_cites_its_source(model, survey):
    told = methods_paragraph(csi.fit(model, survey, csi.PLS(consistent=True)))
    assert [each.key for each in told.references[1:3]] == ["tenenhaus2005", "dijkstra2015"]


# languages and hostile names


def test_every_phrase_is_known_in_chinese():
    written = [
        file for file in PARAGRAPH.glob("*.py") if file.stem not in ("chinese", "references")
    ]
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in written]
    texts = {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    phrases = {text for text in texts if re.fullmatch(r"[A-Z{][^\n`]*\{\w+\}[^\n`]*\.", text)}
    assert len(phrases) > 80
    assert phrases - set(CHINESE) == set()


def test_chinese_is_chinese(results):
    for result in results:
        told = methods_paragraph(result, language="zh")
        text = str(told).replace("美国顾客满意度指数（ACSI）", "")
        for each in told.references:
            text = plain(text).replace(plain(each.in_text("zh")), "")
        own = {
            "Alfa",
            "Beta",
            "Gamma",
            "Delta",
            "firm",
            "group",
            "value",
            "Satisfaction",
            "Loyalty",
        }
        words = set(re.findall(r"[A-Za-z_]+\d?", re.sub(r"[0-9a-f]{16}|\de-\d+", "", text)))
        assert words <= NAMES | own, words - NAMES - own
        assert "  " not in text


def test_hostile_names_are_plain_text(frame):
    names = {"Q": '<b onload="x">{0}\\LaTeX $&\n%', "S": "} {cited} \\end{document}"}
    model = csi.model(
        [reflective(key, items("x", 1, 2) if key == "Q" else items("y", 1, 2),
                    label={"en": name, "zh": name}) for key, name in names.items()],
        [paths("Q", "S")], title='<script>{x}</script>\n"', citation="\\input{x} <i> } @misc{y,",
    )  # fmt: skip
    columns = dict(zip(["OVERALLQ", "CUSTOMQ", "SATIS", "IDEAL"], model.indicators, strict=True))
    small = frame.rename(columns=columns)[list(model.indicators)]
    fit = csi.fit(model, csi.survey(small, missing_codes=[98, 99]))
    for language in ("en", "zh"):
        told = methods_paragraph(fit, language=language)
        assert one_paragraph(told.paragraphs)
        shown = told._repr_html_()
        assert not re.search("<script|<b |<i>", shown)
        assert html.escape("<script>{x}</script>") in shown
        assert "} {cited} \\end{document}" in str(told)
        assert told.bibtex.count("@") == len(told.references)
        assert "<script>{x}" not in csi.report(fit, language=language)


def one_paragraph(paragraphs):
    return all(text.isprintable() for text in paragraphs)


# what may be asked


def test_the_report_shows_the_same_text(fit, boot, curve):
    page = html.unescape(csi.report(fit, boot=boot, curve=curve))
    told = methods_paragraph(fit, boot=boot, curve=curve)
    section = page[page.index('<section id="methods">') :]
    for text in (*told.paragraphs, *told.citations):
        assert text in section
    assert "For your methods section" in section


def test_results_bring_their_fit(fit, boot, curve):
    whole = methods_paragraph(fit, boot=boot)
    assert str(methods_paragraph(boot)) == str(whole)
    assert str(methods_paragraph(boot, boot=boot)) == str(whole)
    assert repr(whole) == "<MethodsParagraph of 2 paragraphs, 4 references, in 'en'>"


def test_what_cannot_be_told_is_refused(fit, boot, curve, model, survey):
    with pytest.raises(ArgumentTypeError, match="A str has no methods paragraph"):
        methods_paragraph("fit")
    with pytest.raises(OptionError, match="language is 'fr'"):
        methods_paragraph(fit, language="fr")
    with pytest.raises(OptionError, match="boot belongs to a fit"):
        methods_paragraph(curve, boot=boot)
    with pytest.raises(OptionError, match="the result has its own"):
        methods_paragraph(boot, boot=csi.bootstrap(fit, n_boot=100, rng=1))
    with pytest.raises(OptionError, match="boot belongs to another fit"):
        methods_paragraph(csi.fit(model, survey, csi.PLS(scheme="factorial")), boot=boot)
    with pytest.raises(OptionError, match="here are groups"):
        methods_paragraph(csi.fit_by(model, survey, by="firm"), curve=curve)


def test_writing_keeps_text_and_references(boot, tmp_path):
    told = methods_paragraph(boot, language="zh")
    told.write(tmp_path / "methods.txt")
    text = (tmp_path / "methods.txt").read_text(encoding="utf-8")
    assert text == "\n\n".join([str(told), "参考文献", "\n".join(told.citations)]) + "\n"
    told.write(tmp_path / "methods.bib")
    assert (tmp_path / "methods.bib").read_text(encoding="utf-8") == told.bibtex
    with pytest.raises(OptionError, match="exists"):
        told.write(tmp_path / "methods.bib")
    with pytest.raises(OptionError, match=r"ends in '\.docx'"):
        told.write(tmp_path / "methods.docx")


def test_the_seed_of_groups_is_told_and_kept(tmp_path):
    fits = csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="firm")
    boots = csi.bootstrap(fits, n_boot=100, rng=7)
    assert "The seed was 7." in str(csi.methods_paragraph(boots))
    path = tmp_path / "boots.json"
    csi.to_json(boots, path)
    assert csi.from_json(path).seed == boots.seed == 7
    csi.to_json(type(boots)(boots.by, boots.members), path, overwrite=True)
    assert csi.from_json(path).seed is None
