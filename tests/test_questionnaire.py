"""Questionnaires from models: wording, skips, codebook, plan, and the way back to indices."""

import html
import itertools
import re
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csi
from csi.cli import main
from csi.display import text_table
from csi.errors import ArgumentTypeError, CsiError, FileFormatError, ModelError, OptionError
from csi.questionnaire_commands import questionnaire as command
from csi.questionnaires.questions import choice
from csi.questionnaires.routing import conditions, jumps
from csi.questionnaires.words import Words

NAMES = sorted(name for name in csi.models.__all__ if name != "catalogue")
SUBJECTS = {"en": "central air conditioning", "zh": "中央空调"}
LANGUAGES = sorted(SUBJECTS)
BLANKS = {"subject", "provider", "period"}


def asked(model, language="en", **options):
    return model.questionnaire(SUBJECTS[language], language=language, **options)


def numbered(names, asked_if):
    """Questions answered 1 to 3 that hang on each other as stated."""
    return [
        replace(choice(name, name, ["a", "b", "c"], Words("en")), asked_if=asked_if.get(name, ""))
        for name in names
    ]


@pytest.fixture(scope="module")
def air():
    return asked(csi.models.acsi(), firms=["Alfa", "Beta"])


# wording


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_model_of_the_catalogue_can_be_asked(name, language):
    model = getattr(csi.models, name)()
    sheet = asked(model, language)
    shown = html.unescape(sheet.html)
    computed = {item.name for item in model.items if item.computed_from}
    assert set(model.indicators) - computed <= {q.name for q in sheet.questions}
    for question in sheet.questions:
        assert question.text[-1] in "?.？。" or not model.item(question.name).question
        assert not re.search(r"[{}]", question.text + "".join(question.ends))
        assert all(question.ends)
        assert all(label for _, label in question.no_answer)
        assert question.text in shown
        assert question.text in sheet.text
    assert bool(re.search("[\u4e00-\u9fff]", shown)) == (language == "zh")
    assert sheet.plan.text.strip()


def test_sentences_hold_known_blanks_and_both_languages():
    worded = [i for name in NAMES for i in getattr(csi.models, name)().items if i.question]
    assert len({item.name for item in worded}) > 90
    for item in worded:
        assert set(item.question) == {"en", "zh"}
        for sentence in item.question.values():
            assert set(re.findall(r"\{(.*?)\}", sentence)) <= BLANKS


@pytest.mark.parametrize(
    ("language", "subject", "sentence"),
    [
        ("en", "central air conditioning", "quality of your central air conditioning?"),
        ("en", "the canteen", "quality of the canteen?"),
        ("en", "Alfa Mobile", "quality of Alfa Mobile?"),
        ("en", "  internet access ", "quality of your internet access?"),
        ("zh", "中央空调", "您认为中央空调的质量如何？"),
        ("zh", "您的中央空调", "您认为中央空调的质量如何？"),
    ],
)
def test_the_subject_stands_grammatically_in_the_sentence(language, subject, sentence):
    sheet = csi.models.acsi().questionnaire(subject, language=language)
    assert sheet.table.set_index("item").loc["QP", "text"].endswith(sentence)


def test_provider_and_period_are_set_in():
    text = asked(csi.models.acsi(), provider="Alfa", months=1).text
    assert "choose Alfa again?" in text
    assert "In the last month, have you" in text


def test_an_item_without_a_sentence_is_presented_under_the_subject():
    model = csi.model(
        [csi.single("Quality", "Q"), csi.single("Loyalty", "L")], [csi.paths("Quality", "Loyalty")]
    )
    items = (csi.Item("Q", {"en": "Quality {subject}"}), csi.Item("L", {"en": "Loyalty"}))
    sheet = replace(model, items=items, scale=(1, 5)).questionnaire("tap water")
    row = sheet.table.set_index("item").loc["Q"]
    assert row["text"] == "About your tap water: Quality {subject}"
    assert (row["low"], row["high"], row["low_end"]) == (1, 5, "lowest")


def test_braces_and_html_of_the_subject_stay_text():
    sheet = csi.models.acsi().questionnaire("{provider} <script>alert(1)</script> & {0.x}")
    assert all("{provider} <script>" in question.text for question in sheet.questions[:4])
    assert "<script" not in sheet.html
    assert "{provider} &lt;script&gt;alert(1)&lt;/script&gt; &amp; {0.x}" in sheet.html
    assert "\\<script>" in sheet.plan.text


def test_the_page_runs_and_loads_nothing(air):
    assert "default-src 'none'" in air.html
    assert not re.search(r"<script|<link|@import|url\(|https?:", air.html)
    assert air.html == asked(csi.models.acsi(), firms=["Alfa", "Beta"]).html


# order and skips


def test_questions_come_in_the_order_of_practice(air):
    assert [q.name for q in air.questions] == [
        *("USED", "FIRM", "OVERALLX", "CUSTOMX", "WRONGX", "OVERALLQ", "CUSTOMQ", "WRONGQ"),
        *("PQ", "QP", "SATIS", "CONFIRM", "IDEAL", "COMP", "HANDLE", "REPUR", "HIGHPTOL"),
        *("LOWPTOL", "GENDER", "AGE"),
    ]
    handling = [q.name for q in asked(csi.models.ncsb2001()).questions]
    assert handling.index("SATIS") < handling.index("COMP") < handling.index("HANDLE1")


def test_skips_of_the_american_model(air):
    table = air.table.set_index("item")
    assert table.loc["COMP", "go_to"] == (
        "0 (no), 98 (don't know), 99 (no answer): go to Q14; 1 (yes): go to Q13"
    )
    assert table.loc["REPUR", "go_to"] == "1-5: go to Q16; 6-10: go to Q15; 98-99: go to D1"
    assert table.loc["HIGHPTOL", "go_to"] == "Then go to D1"
    assert table.loc["USED", "go_to"] == "2 (no): thank and close"
    assert "(Ask only if Q14 is 6-10.)" in air.text
    assert dict(air.sheet.numbers)["REPUR"] == "Q14"


@pytest.mark.parametrize(
    "asked_if",
    [
        {"C": "A in 1"},
        {"B": "A in 1-2", "C": "B in 3", "D": "C in 1"},
        {"B": "A in 1", "C": "A in 2", "D": "A in 1,3"},
        {"C": "A in 2", "D": "B in 1"},
        {"B": "A in 1", "C": "B in 2", "D": "A in 2-3"},
    ],
)
def test_following_the_jumps_asks_whom_the_conditions_say(asked_if):
    questions = numbered("ABCD", asked_if)
    found, stated = jumps(questions), conditions(questions)
    for answers in itertools.product([1.0, 2.0, 3.0, 99.0], repeat=4):
        given, at = {}, 0
        while at is not None and at < 4:
            question, condition = questions[at], stated[at]
            if condition and given.get(condition.column) not in condition.answers:
                at += 1  # the filter above the question sends the interviewer on
                continue
            given[question.name] = answers[at]
            goals = [j.to for j in found[at] if not j.answers or answers[at] in j.answers]
            at = goals[0] if goals else at + 1
        wanted = {}
        for question, condition, answer in zip(questions, stated, answers, strict=True):
            if condition is None or wanted.get(condition.column) in condition.answers:
                wanted[question.name] = answer
        assert given == wanted


@pytest.mark.parametrize(
    ("asked_if", "said"),
    [
        ({"B": "A is 1"}, "cannot be read"),
        ({"B": "A in one"}, "cannot be read"),
        ({"B": "A in 1-99999999999"}, "cannot be read"),
        ({"B": "B in 1"}, "no other question"),
        ({"B": "Z in 1"}, "no other question"),
        ({"B": "A in 7"}, "no such answer"),
        ({"A": "B in 1", "B": "A in 1"}, "each asked only after the other"),
    ],
)
def test_skip_logic_that_cannot_be_followed_is_refused(asked_if, said):
    with pytest.raises(ModelError, match=said):
        jumps(numbered("AB", asked_if))


# codebook, files and the way back


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["acsi", "ccsi", "ecsi_mobile", "textbook_csi"])
def test_answers_come_back_as_the_indices_they_were_drawn_from(name, language, tmp_path):
    model = getattr(csi.models, name)()
    truth = {c: 62.0 + 3 * rank for rank, c in enumerate(model.names)}
    truth |= {"Complaints": 20.0} if model.complaint_type == "incidence" else {}
    sheet = asked(model, language, firms=3)
    sheet.write(tmp_path)
    answers = sheet.rehearsal(1500, rng=5, means=truth)
    answers.to_csv(tmp_path / "answers.csv", index=False)
    data = csi.read_survey(
        tmp_path / "answers.csv",
        codebook=tmp_path / "codebook.yml",
        ids="RESPONDENT",
        duration="SECONDS",
    )
    fit = csi.fit(model, data)
    coded = answers[list(model.indicators)].isin([98, 99]).any(axis=1)
    assert 0 < coded.sum() == 1500 - fit.n
    for row in fit.indices.itertuples():
        rounding = 0.5  # answers in ten grades, as csi.simulate states
        assert abs(row.index - truth[row.construct]) < 3.5 * row.se + rounding


def test_skip_logic_is_honoured_in_a_rehearsal(air):
    answers = air.rehearsal(400, rng=1)
    repurchase = answers["REPUR"]
    assert (answers["HANDLE"].notna() == (answers["COMP"] == 1)).all()
    assert (answers["HIGHPTOL"].notna() == repurchase.between(6, 10)).all()
    assert (answers["LOWPTOL"].notna() == repurchase.between(1, 5)).all()
    assert set(answers["FIRM"]) == {1, 2}
    pd.testing.assert_frame_equal(answers, air.rehearsal(400, rng=1))
    assert not answers.equals(air.rehearsal(400, rng=2))
    with pytest.raises(OptionError, match="missing_code= is not for a rehearsal"):
        air.rehearsal(10, rng=1, missing_code=98)


def test_price_tolerance_is_computed_and_not_asked():
    model = csi.models.acsi(loyalty="price tolerance")
    sheet = asked(model)
    answers = sheet.rehearsal(600, rng=1)
    assert "PRICETOL" not in answers
    assert "PRICETOL is not asked; it is computed from HIGHPTOL, LOWPTOL" in sheet.plan.text
    answers["PRICETOL"] = csi.price_tolerance(
        *(answers[name].astype(float) for name in ("HIGHPTOL", "LOWPTOL"))
    )
    data = csi.survey(answers, codebook=sheet.codebook, missing="mean")
    fit = csi.fit(model, data)
    assert fit.n == 600
    assert csi.from_json(csi.to_json(fit)).model.items == model.items


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_codebook_holds_what_is_printed(language, tmp_path):
    model = csi.models.acsi(loyalty="price tolerance")
    sheet = asked(model, language, firms=2)
    sheet.write(tmp_path)
    assert csi.Codebook.read(tmp_path / "codebook.yml") == sheet.codebook
    book = {item.name: item for item in sheet.codebook.items}
    assert list(book) == [*(q.name for q in sheet.questions), "PRICETOL"]
    assert sheet.codebook.constructs == {c.name: c.indicators for c in model.constructs}
    for question in sheet.questions:
        item = book[question.name]
        assert item.text == {language: question.text}
        assert item.anchors == {language: question.outermost}
        assert item.scale == question.scale
        assert item.missing_codes == tuple(code for code, _ in question.no_answer)
        assert item.labels == {value: label for value, label in question.answers if label}
    assert book["COMP"].labels == ({0: "no", 1: "yes"} if language == "en" else {0: "否", 1: "是"})
    assert book["HIGHPTOL"].scale == (0, 26)
    assert list(book["HIGHPTOL"].labels) == [26]
    assert book["HIGHPTOL"].anchors[language][1] == book["HIGHPTOL"].labels[26]


def test_codes_stay_off_the_scale():
    model = csi.model([csi.single("A", "a"), csi.single("B", "b")], [csi.paths("A", "B")])
    items = (csi.Item("a", {"en": "a"}, scale=(0, 100)), csi.Item("b", {"en": "b"}, scale=(1, 5)))
    rows = replace(model, items=items).questionnaire("tea").table.set_index("item")
    assert rows.loc["a", "no_answer"] == "998=don't know;999=no answer"
    assert rows.loc["b", "no_answer"] == "98=don't know;99=no answer"


def test_a_reversed_item_is_coded_as_reversed():
    model = csi.models.acsi()
    items = [replace(i, direction="-") if i.name == "SATIS" else i for i in model.items]
    sheet = asked(replace(model, items=tuple(items)))
    assert sheet.codebook.item("SATIS").direction == "-"


def test_files_are_written_and_not_replaced_unasked(air, tmp_path):
    folder = tmp_path / "new" / "folder"
    files = air.write(folder)
    names = ["questionnaire.html", "questionnaire.txt", "questions.csv", "codebook.yml"]
    assert [f.name for f in files] == [*names, "answers-template.csv", "survey-plan.md"]
    header = (folder / "answers-template.csv").read_text(encoding="utf-8")
    assert header == ",".join(air.columns) + "\n"
    assert pd.read_csv(folder / "questions.csv")["item"].tolist() == air.table["item"].tolist()
    (folder / "codebook.yml").write_text("mine")
    with pytest.raises(OptionError, match=r"holds questionnaire.html.* already"):
        air.write(folder)
    assert (folder / "codebook.yml").read_text() == "mine"
    air.write(folder, overwrite=True)
    assert (folder / "codebook.yml").read_text() != "mine"
    with pytest.raises(FileFormatError, match="cannot be made"):
        air.write(folder / "codebook.yml" / "under")


def test_workbook(air, tmp_path):
    path = tmp_path / "questions.xlsx"
    air.to_excel(path)
    assert list(pd.read_excel(path, sheet_name=None)) == ["Questions", "Plan", "Skips"]
    with pytest.raises(OptionError, match="exists"):
        air.to_excel(path)
    with pytest.raises(OptionError, match=r"ends in \.xlsx"):
        air.to_excel(tmp_path / "questions.csv")
    with pytest.raises(OptionError, match="Give text or a path"):
        air.to_excel(5)


@pytest.mark.parametrize("folder", ["a" * 5000, "a\0b", "", 7, None])
def test_folders_that_cannot_be(air, folder):
    with pytest.raises(OptionError, match=r"Give text or a path|cannot be the name"):
        air.write(folder)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quotas": {"=Q1": {"a": 0.5, "b": 0.5}}}, "like a formula"),
        ({"per_day": 1e-320}, "per_day is 1e-320"),
    ],
)
def test_plans_that_cannot_be(options, message):
    with pytest.raises(OptionError, match=message):
        csi.models.acsi().questionnaire("phones", **options)


def test_sentences_survive_storage():
    fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    restored = csi.from_json(csi.to_json(fit)).model
    assert restored.items == fit.model.items
    assert asked(restored).html == asked(fit.model).html


# the plan


def test_the_plan_counts_as_the_planner_does():
    plan = asked(
        csi.models.ccsi(), "zh", firms=5, half_width=2, sd=16, incidence=0.4, response_rate=0.25,
        per_day=50,
    ).plan  # fmt: skip
    assert plan.size == csi.sample_size(2, sd=16, groups=5)
    assert (plan.size.n, plan.size.total, plan.contacts, plan.days) == (246, 1230, 2460, 25)
    difference = csi.precision(246, sd=16, kind="difference", power=0.8)
    assert plan.smallest_difference == pytest.approx(difference)
    assert "2460" in "".join(plan.sentences)
    assert plan.minutes == -(-len(asked(csi.models.ccsi(), firms=5).questions) * 15 // 60)


def test_what_is_not_stated_is_not_made_up(air):
    assert air.plan.contacts is None
    assert air.plan.days is None
    assert air.plan.assumed_sd
    assert air.plan.size.sd == 20
    assert "State both" in air.plan.text


def test_a_pilot_study_gives_the_spread():
    pilot = csi.fit(csi.models.acsi(), csi.demo_survey())
    plan = asked(csi.models.acsi(), pilot=pilot).plan
    assert plan.size == csi.sample_size(2, fit=pilot, groups=1)
    assert not plan.assumed_sd


def test_scores_of_mobile_phone_customers_spread_as_the_plan_says(mobi):
    size = csi.sample_size(2, fit=csi.fit(csi.models.ecsi_mobile(), mobi))
    assert round(size.sd) == 14
    assert "14 (mobile phones, ECSI)" in asked(csi.models.acsi()).plan.text


@pytest.mark.parametrize("n", [97, 385, 1001])
def test_quotas_are_filled_to_the_last_respondent(n):
    shares = {"18-29": 0.17, "30-49": 0.43, "50 and over": 0.4}
    half_width = csi.precision(n, sd=20)
    sheet = asked(
        csi.models.acsi(),
        firms=4,
        half_width=half_width,
        quotas={"AGE": shares, "TOWN": {"a": 1 / 3, "b": 2 / 3}},
    )
    quotas = sheet.plan.quotas
    counted = quotas.groupby("variable")[["per_firm", "total"]].sum()
    assert (counted["per_firm"] == n).all()
    assert (counted["total"] == 4 * n).all()
    assert (np.abs(quotas["per_firm"] - quotas["share"] * n) < 1).all()
    names = [q.name for q in sheet.questions]
    assert names.index("AGE") < names.index("OVERALLX")
    assert names.count("AGE") == 1
    assert [q.labels for q in sheet.questions if q.name == "AGE"] == [dict(enumerate(shares, 1))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_and_heading_of_the_plan_is_in_its_language(language):
    sheet = asked(csi.models.acsi(), language, firms=2, quotas={"REGION": {"1": 0.5, "2": 0.5}})
    chinese = [bool(re.search("[\u4e00-\u9fff]", text)) for text in sheet.plan.sentences]
    assert len(chinese) >= 7
    assert all(chinese) if language == "zh" else not any(chinese)
    assert sheet.plan.text.count("## ") == 3


# bad input


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"subject": "  "}, "subject is empty"),
        ({"subject": "x" * 81}, "subject has 81 letters"),
        ({"subject": "air\nconditioning"}, r"holds U\+000A"),
        ({"subject": "air\x07"}, r"holds U\+0007"),
        ({"subject": "air\u202egnihtemos"}, r"holds U\+202E"),
        ({"subject": None}, "subject is None"),
        ({"provider": ""}, "provider is empty"),
        ({"language": "fr"}, "language is 'fr'"),
        ({"firms": 0}, "Give 1 to 50"),
        ({"firms": ["a", "a"]}, "each once"),
        ({"firms": "Alfa"}, "Give a number, or a list of names"),
        ({"months": 0}, "months is 0"),
        ({"months": 1.5}, "months is 1.5"),
        ({"quotas": {"AGE": {"old": 0.4, "young": 0.5}}}, "sum to 0.9"),
        ({"quotas": {"AGE": {"old": 1}}}, "two groups or more"),
        ({"quotas": [1]}, "Give shares by group"),
        ({"quotas": {"SATIS": {"a": 0.5, "b": 0.5}}}, "would be called 'SATIS'"),
        ({"half_width": 0}, "half_width is 0"),
        ({"sd": -1}, "sd is -1"),
        ({"incidence": 30}, "incidence is 30"),
        ({"response_rate": 0}, "response_rate is 0"),
        ({"per_day": 0}, "per_day is 0"),
    ],
)
def test_options_without_meaning_are_refused(options, said):
    stated = {"subject": "tea", **options}
    with pytest.raises(OptionError if "SATIS" not in said else ModelError, match=said):
        csi.models.acsi().questionnaire(**stated)


def test_a_model_without_wording_says_which_items():
    bare = csi.parse("Quality =~ q1 + q2\nLoyalty =~ l1 + l2\nLoyalty ~ Quality")
    with pytest.raises(ModelError, match=r"4 items have no wording in 'en' \(q1, q2, l1, l2\)"):
        bare.questionnaire("tea")
    english = [csi.Item(name, {"en": name}) for name in bare.indicators]
    with pytest.raises(ModelError, match="4 items have no wording in 'zh'"):
        replace(bare, items=tuple(english), scale=(1, 10)).questionnaire("茶", language="zh")
    with pytest.raises(ModelError, match="4 items have no scale"):
        replace(bare, items=tuple(english)).questionnaire("tea")


def test_codes_on_the_scale_and_lost_sources_are_refused():
    model = csi.models.acsi()
    items = [replace(i, missing_codes=(10,)) if i.name == "SATIS" else i for i in model.items]
    with pytest.raises(ModelError, match="'SATIS' has 10 both on its scale"):
        asked(replace(model, items=tuple(items)))
    left = csi.models.acsi({"Loyalty": ["PRICETOL"]}, loyalty="price tolerance")
    with pytest.raises(ModelError, match="computed from HIGHPTOL, LOWPTOL, which the model"):
        asked(left)
    with pytest.raises(ArgumentTypeError, match="question 5"):
        csi.Item("Q", question=5)


# the page that shows how


def test_the_page_shows_what_comes_out(tmp_path, monkeypatch):
    page = Path(__file__).parents[1] / "docs" / "how-to" / "questionnaire.md"
    text = page.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    known = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, str(page), "exec"), known)
    indices = csi.fit(known["model"], known["data"]).indices.reset_index(drop=True)
    shown = [known["sheet"].plan.skips, known["sheet"].plan.table.iloc[:, :2], indices]
    assert all(text_table(table) in text for table in shown)
    for subject, sentence in (("the canteen", "the canteen?"), ("Alfa Mobile", "Alfa Mobile?")):
        row = known["model"].questionnaire(subject).table.set_index("item").loc["QP"]
        assert row["text"].endswith(sentence)
        assert row["text"] in text
    assert f"{csi.sample_size(2, sd=14).n} respondents would do" in text.replace("\n", " ")


# the command


def options(**given):
    names = ("firms", "provider", "months", "half_width", "level", "sd", "population")
    unset = dict.fromkeys([*names, "incidence", "response_rate", "per_day"])
    stated = {"model": "acsi", "language": "en", "overwrite": False, "quiet": False}
    return Namespace(**{**unset, **stated, **given})


def test_the_command_that_is_shown_fits_the_answers(tmp_path, monkeypatch, capsys):
    given = options(subject="tea", folder=str(tmp_path), firms="Alfa,Beta")
    shown = re.search(r"saved as answers.csv; (csi fit .*) gives", command(given).text)
    made = csi.models.acsi().questionnaire("tea", firms=["Alfa", "Beta"])
    answers = made.rehearsal(n=300, rng=1)
    monkeypatch.chdir(tmp_path)
    answers.to_csv("answers.csv", index=False)
    assert main(shown[1].split()[1:]) == 0
    assert "by FIRM" in capsys.readouterr().out


def test_the_command_writes_a_folder(tmp_path):
    given = options(
        subject="中央空调", language="zh", folder=str(tmp_path), firms="格力,美的", half_width=3.0
    )
    outcome = command(given)
    assert outcome.code == 0
    assert "survey-plan.md" in outcome.text
    assert "格力" in (tmp_path / "questionnaire.html").read_text(encoding="utf-8")
    with pytest.raises(CsiError, match="already"):
        command(given)
    assert "csi." not in outcome.text
    with pytest.raises(OptionError, match="Did you mean 'acsi'"):
        command(options(model="acsl", subject="tea", folder=str(tmp_path)))
