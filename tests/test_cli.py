"""The command line: exit codes, what is written where, and nothing before its time."""

import os
import re
import subprocess
import sys
import warnings
from importlib import metadata
from typing import get_args

import numpy as np
import pandas as pd
import pytest

import csi
from csi import commands
from csi.arguments import STRUCTURES
from csi.cli import main
from csi.errors import warn
from csi.estimators.cbsem import Method
from csi.reporting.document import Subject
from csi.reporting.phrases import Phrases
from csi.reporting.printed import printed

ACSI = ["--model", "acsi", "--missing-codes", "98,99"]


@pytest.fixture(scope="module")
def frame():
    return csi.demo_survey().frame.to_native()


@pytest.fixture
def survey_file(frame, tmp_path):
    path = tmp_path / "survey.csv"
    frame.to_csv(path, index=False)
    return str(path)


def run(capsys, *argv):
    code = main([str(each) for each in argv])
    out, err = capsys.readouterr()
    return code, out, err


def test_fit_prints_results_and_nothing_else(survey_file, capsys, frame):
    code, out, err = run(capsys, "fit", survey_file, *ACSI)
    assert (code, err) == (0, "")
    fit = csi.fit(csi.models.acsi(), csi.survey(frame, missing_codes=[98, 99]))
    assert out == f"{fit.summary()}\n"


def test_fit_takes_the_sampling_design(frame, capsys, tmp_path):
    path = tmp_path / "drawn.csv"
    drawn = frame.assign(town=frame.index // 20, region=frame.index // 300, w=1 + frame.index % 3)
    drawn.to_csv(path, index=False)
    design = {"weights": "w", "clusters": "town", "strata": "region"}
    asked = [each for option, column in design.items() for each in (f"--{option}", column)]
    code, out, err = run(capsys, "fit", path, *ACSI, *asked)
    assert (code, err) == (0, "")
    fit = csi.fit(csi.models.acsi(), csi.survey(drawn, missing_codes=[98, 99], **design))
    assert out == f"{fit.summary()}\n"
    assert "60 clusters in 4 strata" in out
    code, out, _ = run(capsys, "fit", path, *ACSI, *asked[:2], "--weight-type", "frequency")
    assert "frequency weights" in out


def test_fit_writes_what_was_asked_for(survey_file, capsys, tmp_path, frame):
    endings = {"report": "html", "json": "json", "excel": "xlsx", "latex": "tex"}
    outputs = {option: tmp_path / f"out.{ending}" for option, ending in endings.items()}
    asked = [each for option, path in outputs.items() for each in (f"--{option}", path)]
    code, out, err = run(
        capsys, "fit", survey_file, *ACSI, "--by", "firm", "--language", "zh",
        "--title", "四家企业", *asked,
    )  # fmt: skip
    assert code == 0
    pooled_only, *written = err.splitlines()
    assert pooled_only.startswith("warning: --json holds the fit of all respondents together")
    assert written == [f"written: {path}" for path in outputs.values()]
    html = outputs["report"].read_text(encoding="utf-8")
    assert "<h1>四家企业</h1>" in html
    assert "顾客满意指数为" in html
    assert "按 firm 分组" in html
    stored = csi.from_json(outputs["json"])
    assert f"{stored.index('Satisfaction'):.3f}" in out
    assert r"\caption{Indices by group}" in outputs["latex"].read_text(encoding="utf-8")
    sheets = pd.read_excel(outputs["excel"], sheet_name=None)
    assert set(sheets["各组指数"]["分组"]) == set(frame["firm"])


def test_groups_follow_the_pooled_fit_best_first(survey_file, capsys, frame):
    code, out, _ = run(capsys, "fit", survey_file, *ACSI, "--by", "firm")
    pooled, _, by_group = out.partition("Index of Satisfaction by firm")
    of_target, _, of_all = by_group.partition("Indices by firm")
    assert code == 0
    assert "Measurement" in pooled
    values = [float(line.split()[-3]) for line in of_target.strip().splitlines()[2:]]
    assert len(values) == frame["firm"].nunique()
    assert values == sorted(values, reverse=True)
    header, _, *rows = of_all.strip().splitlines()
    assert header.split() == ["group", "n", *csi.models.acsi().names]
    assert [float(row.split()[5]) for row in rows] == pytest.approx(values, abs=0.051)


def test_without_a_scale_it_says_so_and_shows_paths_of_groups(survey_file, capsys, tmp_path):
    (tmp_path / "my.txt").write_text("Q =~ OVERALLQ + CUSTOMQ\nS =~ SATIS + IDEAL\nS ~ Q\n")
    code, out, err = run(
        capsys, "fit", survey_file, "--model", tmp_path / "my.txt",
        "--missing-codes", "98,99", "--by", "firm",
    )  # fmt: skip
    assert code == 0
    (line,) = [each for each in err.splitlines() if "no indices" in each]
    assert line.startswith("warning: ")
    assert line.endswith("are not declared. Give --scale LOW,HIGH or a codebook.")
    header, _, row = out[out.index("Paths by firm") :].splitlines()[1:4]
    assert header.split() == ["source", "target", "Alfa", "Beta", "Delta", "Gamma"]
    assert row.split()[:2] == ["Q", "S"]


def test_small_groups_can_be_fitted(survey_file, capsys):
    asked = ["fit", survey_file, *ACSI, "--by", "firm", "--min-n"]
    _, out, _ = run(capsys, *asked, "290")
    assert "too small (n=288, at least 290)" in out
    _, out, _ = run(capsys, *asked, "200")
    assert "too small" not in out


def test_labels_and_ids_reach_the_survey(frame, capsys, tmp_path):
    words = (
        frame["SATIS"].where(frame["SATIS"] < 98).map(lambda answer: f"第{answer:g}级", "ignore")
    )
    frame.assign(SATIS=words, id=1).to_csv(tmp_path / "words.csv", index=False)
    asked = ["fit", tmp_path / "words.csv", *ACSI, "--ids", "id"]
    code, _, err = run(capsys, *asked)
    assert code == 2
    assert '--labels "text=number"' in err
    code, out, err = run(
        capsys, *asked, "--labels", "；".join(f"第{i}级＝{i}" for i in range(1, 11))
    )
    assert code == 0
    assert "id" in err
    plain = csi.fit(csi.models.acsi(), csi.survey(frame, missing_codes=[98, 99]))
    assert f"{plain.index('Satisfaction'):.3f}" in out


def test_options_reach_the_fit(survey_file, capsys, frame):
    _, out, err = run(
        capsys, "fit", survey_file, *ACSI, "--scheme", "centroid", "--mode", "Quality=B",
        "--index-weights", "equal", "--missing", "pairwise", "--scale", "1,10",
        "--reverse", "OVERALLX,CUSTOMX,WRONGX",
    )  # fmt: skip
    survey = csi.survey(
        frame, scale=(1, 10), missing_codes=[98, 99], missing="pairwise",
        reverse=["OVERALLX", "CUSTOMX", "WRONGX"],
    )  # fmt: skip
    estimator = csi.PLS("centroid", modes={"Quality": "B"})
    fit = csi.fit(csi.models.acsi(), survey, estimator, index_weights="equal")
    assert out == f"{fit.summary()}\n"
    assert err == ""


def test_model_file_and_codebook(survey_file, capsys, tmp_path):
    (tmp_path / "my.txt").write_text("Q =~ OVERALLQ + CUSTOMQ\nS =~ SATIS + IDEAL\nS ~ Q\n")
    (tmp_path / "book.json").write_text('{"scale": [1, 10], "missing_codes": [98, 99]}')
    code, out, _ = run(
        capsys, "fit", survey_file, "--model", tmp_path / "my.txt",
        "--codebook", tmp_path / "book.json",
    )  # fmt: skip
    assert code == 0
    assert "Indices (0-100)" in out


def test_bootstrap_gives_intervals_places_and_files(survey_file, capsys, tmp_path, frame):
    asked = ["--bootstrap", "200", "--interval", "bca", "--level", "0.9", "--seed", "7",
             "--jobs", "2", "--by", "firm"]  # fmt: skip
    written = ["--report", tmp_path / "a.html", "--json", tmp_path / "a.json"]
    code, out, err = run(capsys, "fit", survey_file, *ACSI, *asked, *written)
    assert code == 0
    assert err.startswith("warning: --json holds")
    fit = csi.fit(csi.models.acsi(), csi.survey(frame, missing_codes=[98, 99]))
    boot = csi.bootstrap(fit, n_boot=200, interval="bca", level=0.9, rng=7)
    low, high = boot.indices.loc["Satisfaction", ["lower", "upper"]]
    assert re.search(rf"(?m)^Satisfaction  73\.037  \S+  {low:.3f}  {high:.3f}  1156$", out)
    assert re.search(r"(?m)^seed +7$", out)
    assert re.search(r"(?m)^intervals +bias-corrected and accelerated \(BCa\), 90%$", out)
    assert re.search(r"(?m)^Gamma +70\.3 +\S+ +\S+ +3 +2nd to 4th +bc? +287$", out)
    pd.testing.assert_frame_equal(csi.from_json(tmp_path / "a.json").indices, boot.indices)
    html = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "90% low" in html
    assert "2nd to 4th" in html
    again = run(capsys, "fit", survey_file, *ACSI, *asked)[1]
    assert again == out


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--bootstrap", "99"], "--bootstrap is 99. Give a whole number from 100."),
        (["--bootstrap", "200", "--seed", "-1"], "--seed is -1. Give a whole number from 0."),
        (["--bootstrap", "200", "--jobs", "0"], "--jobs is 0. Give the number of workers"),
        (["--bootstrap", "200", "--level", "1.5"], "--level is 1.5. Give a confidence level"),
        (["--bootstrap", "200", "--level", "nan"], "--level is nan. Give a confidence level"),
        (["--interval", "bca"], "--interval needs --bootstrap."),
        (["--seed", "0"], "--seed needs --bootstrap."),
    ],
)
def test_wrong_bootstraps_are_refused_before_anything_is_read(
    survey_file, capsys, monkeypatch, argv, message
):
    monkeypatch.setattr(commands, "read_survey", lambda *_, **__: pytest.fail("was read"))
    code, out, err = run(capsys, "fit", survey_file, *ACSI, *argv)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {message}")
    assert err.count("\n") == 1


def test_a_bootstrap_without_a_scale_shows_paths(survey_file, capsys, tmp_path):
    (tmp_path / "my.txt").write_text("Q =~ OVERALLQ + CUSTOMQ\nS =~ SATIS + IDEAL\nS ~ Q\n")
    code, out, _ = run(
        capsys, "fit", survey_file, "--model", tmp_path / "my.txt", "--missing-codes", "98,99",
        "--by", "firm", "--bootstrap", "100", "--seed", "1",
    )  # fmt: skip
    assert code == 0
    header, _, row = out[out.index("Paths by firm") :].splitlines()[1:4]
    assert header.split() == ["source", "target", "Alfa", "se", "Beta", "se", "Delta", "se",
                              "Gamma", "se"]  # fmt: skip
    assert row.split()[:2] == ["Q", "S"]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--model", "acis"], r"neither in the catalogue nor a file\. Did you mean 'acsi'\?"),
        (["--model", "acsi", "--by", "nonesuch"], "no column 'nonesuch'"),
        (["--model", "acsi", "--weights", "nonesuch"], "nonesuch"),
        (["--model", "acsi", "--mode", "Quality=C"], "mode of 'Quality' is 'C'"),
        (["--model", "acsi", "--sheet", "one"], "--sheet has no meaning"),
        (["--model", "acsi", "--report", "nowhere/out.html"], "does not exist; create it first"),
        (["--model", "acsi", "--codebook", "none.yml"], "none.yml"),
    ],
)
def test_wrong_usage_is_one_message_and_exit_code_2(survey_file, capsys, argv, message):
    code, out, err = run(capsys, "fit", survey_file, "--missing-codes=98,99", *argv)
    assert (code, out) == (2, "")
    errors = [line for line in err.splitlines() if not line.startswith("warning: ")]
    assert len(errors) == 1
    assert errors[0].startswith("error: ")
    assert re.search(message, errors[0])


@pytest.mark.parametrize(
    "argv",
    [
        ["fit", "x.csv", "--model", "acsi", "--scale", "1"],
        ["fit", "x.csv", "--model", "acsi", "--scale", "low,high"],
        ["fit", "x.csv", "--model", "acsi", "--mode", "Quality"],
        ["fit", "x.csv"],
        ["fit", "x.csv", "--model", "acsi", "--language", "fr"],
        ["fit", "x.csv", "--model", "acsi", "--labels", "good"],
        ["nonesuch"],
    ],
)
def test_arguments_that_cannot_be_read_end_with_exit_code_2(argv, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["check", "my", "survey.csv"], "Put a name with blanks in quotes."),
        (["fit", "survey.csv"], "such as --model acsi; csi models lists the catalogue"),
    ],
)
def test_wrong_usage_is_answered_in_two_lines(capsys, argv, said):
    with pytest.raises(SystemExit):
        main(argv)
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("error: ")
    assert first.endswith(said)
    assert re.fullmatch(r"See: csi( fit)? --help", second)
    with pytest.raises(SystemExit):
        main(["check", "survey.csv", "--modle"])
    assert "quotes" not in capsys.readouterr().err


def test_without_a_command_the_help_is_shown(capsys):
    code, out, err = run(capsys)
    assert (code, out) == (2, "")
    assert err.startswith("usage: csi")
    assert "csi demo" in err


def test_version(capsys):
    assert run(capsys, "--version") == (0, f"csi {metadata.version('csi')}\n", "")


def test_a_wrong_scale_is_answered_by_a_right_one(capsys):
    with pytest.raises(SystemExit):
        main(["fit", "x.csv", "--model", "acsi", "--scale", "1-10"])
    assert "'1-10' is not two numbers; write them like 1,10" in capsys.readouterr().err


@pytest.mark.parametrize("codes", ["98，99", "98、99", "９８,９９"])
def test_lists_may_be_typed_on_a_chinese_keyboard(survey_file, capsys, codes):
    argv = ["check", survey_file, "--model", "acsi", "--missing-codes"]
    assert run(capsys, *argv, codes) == run(capsys, *argv, "98,99")


@pytest.mark.parametrize(
    ("python", "typed"),
    [
        ("Try missing='pairwise' or 'mean'.", "Try --missing pairwise or mean."),
        ("declare missing_codes=[98, 99].", "declare --missing-codes 98,99."),
        ("declare missing_codes=[-9, -8].", "declare --missing-codes=-9,-8."),
        (
            "Declare csi.survey(frame, scale=(1, 10)) or csi.model(..., scale=(1, 10)).",
            "Declare --scale 1,10.",
        ),
        ("Declare reverse=['a', 'b 2'].", 'Declare --reverse "a,b 2".'),
        ("Declare it with reverse=[...].", "Declare it with --reverse ITEMS."),
        ("Declare parse='leading_number' to", "Declare --parse leading_number to"),
        ("or pass clean_names=True to csi.survey.", "or pass --clean-names."),
        ("or allow_out_of_range=True.", "or --allow-out-of-range."),
        ("read it with decimal=','.", "read it with --decimal ,."),
        ("ids= names 'id', which is no column.", "--ids names 'id', which is no column."),
        (
            "The alternative is 'mean' ('fiml' with csi.CBSEM).",
            "The alternative is 'mean' (fiml with --estimator mlr).",
        ),
        ('for instance encoding="big5"', "for instance --encoding big5"),
        ("Fit without consistent=True.", "Fit without --consistent."),
        ("3 have none. Give missing_group='own group' to keep them together.", "3 have none."),
        ("declare missing_codes={'a': [...]}.", "declare missing_codes={'a': [...]}."),
    ],
)
def test_messages_speak_of_options(survey_file, capsys, monkeypatch, python, typed):
    def refusing(*_, **__):
        warn(python, csi.PrecisionWarning)
        raise csi.DataError(python)

    monkeypatch.setattr(commands, "fit_model", refusing)
    _, _, err = run(capsys, "fit", survey_file, *ACSI)
    assert err == f"warning: {typed}\nerror: {typed}\n"


def test_model_file_may_be_in_a_chinese_encoding(frame, capsys, tmp_path):
    (tmp_path / "model.txt").write_text(
        "满意 =~ SATIS + IDEAL\n忠诚 =~ REPUR\n忠诚 ~ 满意\n", "gbk"
    )
    frame.to_csv(tmp_path / "survey.csv", index=False)
    argv = ["fit", tmp_path / "survey.csv", "--model", tmp_path / "model.txt", "--scale", "1,10"]
    code, out, _ = run(capsys, *argv, "--missing-codes", "98,99")
    assert code == 0
    assert "满意" in out
    (tmp_path / "model.txt").write_bytes(b"\xff\xfe\x00S")
    assert "no text in UTF-8 or GB 18030" in run(capsys, *argv)[2]


@pytest.mark.parametrize(
    ("option", "name", "right"),
    [
        ("--report", "report.pdf", ".html or .htm"),
        ("--json", "fit.txt", ".json"),
        ("--excel", "bank.xls", ".xlsx"),
        ("--latex", "tables.latex", ".tex"),
    ],
)
def test_a_name_that_promises_another_format_is_refused(
    survey_file, capsys, tmp_path, option, name, right
):
    code, _, err = run(capsys, "fit", survey_file, *ACSI, option, tmp_path / name)
    assert code == 2
    assert f"Name a file that ends in {right}." in err
    assert not (tmp_path / name).exists()


def test_missing_file_is_named_with_its_neighbour(survey_file, capsys, tmp_path):
    code, _, err = run(capsys, "fit", tmp_path / "survy.csv", *ACSI)
    assert code == 2
    assert "Did you mean 'survey.csv'?" in err
    assert "Traceback" not in err
    code, _, err = run(capsys, "fit", tmp_path / "nix.csv", *ACSI)
    assert (code, "Did you mean" in err) == (2, False)


def test_outputs_are_checked_before_anything_is_read(survey_file, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(commands, "read_survey", lambda *_, **__: pytest.fail("was read"))
    existing = tmp_path / "out.html"
    existing.write_text("mine")
    for argv, message in [
        (["--report", existing], "exists"),
        (["--json", existing.parent / "no" / "a.json"], "does not exist"),
        (["--excel", survey_file, "--overwrite"], "the survey file"),
        (["--latex", existing, "--report", existing, "--overwrite"], "also that of --report"),
    ]:
        code, _, err = run(capsys, "fit", survey_file, *ACSI, *argv)
        assert code == 2
        assert message in err
    assert existing.read_text() == "mine"


def test_overwrite_replaces_and_quiet_is_quiet(survey_file, capsys, tmp_path):
    existing = tmp_path / "out.json"
    existing.write_text("old")
    code, out, err = run(
        capsys, "fit", survey_file, *ACSI, "--json", existing, "--overwrite", "--quiet"
    )
    assert (code, out, err) == (0, "", "")
    assert csi.from_json(existing).n == 1156


def test_inadmissible_estimates_give_exit_code_1(mobi, capsys, tmp_path):
    mobi.to_csv(tmp_path / "mobi.csv", index=False)
    argv = ["fit", tmp_path / "mobi.csv", "--model", "ecsi_mobile", "--scale", "1,10"]
    assert run(capsys, *argv)[0] == 0
    code, out, err = run(capsys, *argv, "--consistent")
    assert code == 1
    assert "Indices (0-100)" in out
    (line,) = err.splitlines()
    assert line.startswith("warning: The construct correlations are not positive semidefinite")


def test_no_convergence_gives_exit_code_1(survey_file, capsys, monkeypatch):
    def broken(*_, **__):
        raise csi.EstimationError("PLS has not settled.")

    monkeypatch.setattr(commands, "fit_model", broken)
    code, out, err = run(capsys, "fit", survey_file, *ACSI)
    assert (code, out, err) == (1, "", "error: PLS has not settled.\n")


def test_interrupt_ends_quietly(survey_file, capsys, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "fit_model", interrupted)
    assert run(capsys, "fit", survey_file, *ACSI) == (130, "", "error: interrupted\n")


def test_warnings_are_one_line_each_and_said_once(frame, capsys, tmp_path):
    holes = frame.assign(SATIS=frame["SATIS"].where(frame.index % 5 > 0, 98))
    holes.to_csv(tmp_path / "holes.csv", index=False)
    before = warnings.showwarning
    code, _, err = run(capsys, "fit", tmp_path / "holes.csv", *ACSI)
    (line,) = err.splitlines()
    assert code == 0
    assert re.match(r"warning: \d+ of 1200 respondents .* are dropped", line)
    assert warnings.showwarning is before


def test_the_same_warning_is_said_once(survey_file, capsys, monkeypatch):
    def twice(*_, **__):
        for _ in range(2):
            warn("Twice\nthe same.", csi.PrecisionWarning)
        raise csi.EstimationError("Stopped.")

    monkeypatch.setattr(commands, "fit_model", twice)
    _, _, err = run(capsys, "fit", survey_file, *ACSI)
    assert err == "warning: Twice the same.\nerror: Stopped.\n"


def test_check_lists_every_problem_at_once(frame, capsys, tmp_path):
    bad = frame.assign(SATIS=55, PQ="seven").drop(columns="REPUR")
    bad.to_csv(tmp_path / "bad.csv", index=False)
    code, out, err = run(capsys, "check", tmp_path / "bad.csv", "--model", "acsi")
    assert code == 2
    assert "respondents read" in out
    for problem in ("SATIS holds 1200 answers outside", "PQ", "Missing column: REPUR"):
        assert problem in err
    assert "Traceback" not in err


def test_check_counts_its_warnings(frame, capsys, tmp_path):
    frame.assign(QP=frame["PQ"], CUSTOMQ=frame["OVERALLQ"]).to_csv(tmp_path / "a.csv", index=False)
    code, out, err = run(capsys, "check", tmp_path / "a.csv", *ACSI)
    assert code == 0
    assert len(err.splitlines()) == 2
    assert out.endswith("\n2 warnings, no error.\n")


def test_check_of_a_sound_file(survey_file, capsys, frame):
    code, out, err = run(capsys, "check", survey_file, *ACSI)
    assert (code, err) == (0, "")
    assert "No problem was found." in out
    missing = int(frame["SATIS"].isin([98, 99]).sum() + frame["SATIS"].isna().sum())
    (row,) = re.findall(r"(?m)^SATIS +(\d+) +(\d+)", out)
    assert row == (str(1200 - missing), str(missing))
    code, out, _ = run(capsys, "check", survey_file)
    assert code == 0
    assert re.search(r"(?m)^firm ", out)


def test_check_shows_blanks_in_names_and_counts_answers(capsys, tmp_path):
    (tmp_path / "a.csv").write_text("SATIS ,firm\n7,Alfa\n,Alfa\n9,Beta\n", encoding="utf-8")
    code, out, _ = run(capsys, "check", tmp_path / "a.csv")
    assert code == 0
    assert re.search(r"(?m)^'SATIS ' +Float64 +1 +2$", out)


def test_models_lists_and_shows(capsys):
    code, out, _ = run(capsys, "models")
    assert code == 0
    assert len(out.splitlines()) == len(csi.models.catalogue()) + 2
    assert max(map(len, out.splitlines())) <= 100
    code, out, _ = run(capsys, "models", "ccsi")
    model = csi.models.ccsi()
    assert str(model) in out
    assert model.citation in out
    assert "paths reconstructed" in out
    code, _, err = run(capsys, "models", "acis")
    assert code == 2
    assert "Did you mean 'acsi'?" in err


def test_demo_writes_its_report_and_leaves_other_files_alone(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        code, out, err = run(capsys, "demo", "--language", "zh")
        assert (code, err) == (0, "")
    assert "csi fit FILE" in out
    assert "Indices (0-100)" in out
    html = (tmp_path / "csi-demo.html").read_text(encoding="utf-8")
    assert "按 firm 分组" in html
    assert "<h1>演示报告（模拟数据）</h1>" in html
    assert '<section id="assessment">\n<h3>评估</h3>' in html
    assert '<section id="curve">\n<h3>忠诚度曲线</h3>' in html
    assert run(capsys, "demo", "--quiet") == (0, "", "")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "argv", [".venv/bin/csi", "demo"])
    assert run(capsys, "demo")[1].endswith("\nHere csi is called .venv/bin/csi.\n")
    (tmp_path / "other.html").write_text("mine")
    code, out, err = run(capsys, "demo", "--report", "other.html")
    assert (code, out) == (2, "")
    assert (tmp_path / "other.html").read_text() == "mine"


def test_marks_are_plain_where_the_terminal_knows_no_others(mobi, tmp_path):
    mobi.to_csv(tmp_path / "mobi.csv", index=False)
    (tmp_path / "model.txt").write_text(
        "Q =~ PERQ1 + PERQ2\nS =~ CUSA1 + CUSA2 + CUSA3\nS ~ Q", encoding="utf-8"
    )
    asked = ["assess", "mobi.csv", "--model", "model.txt", "--bootstrap", "0", "--scale", "1,10"]
    done = subprocess.run(
        [sys.executable, "-m", "csi", *asked], capture_output=True, cwd=tmp_path, check=True,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
    )  # fmt: skip
    lines = done.stdout.decode("cp1252").splitlines()
    assert any(re.match(r"Convergence +\S+ +settled +\+ passed", line) for line in lines)
    assert not any("? passed" in line for line in lines)


def test_assess_prints_the_verdicts_and_what_to_do(survey_file, capsys, tmp_path, frame):
    endings = {"report": "html", "json": "json", "excel": "xlsx", "latex": "tex"}
    outputs = {option: tmp_path / f"out.{ending}" for option, ending in endings.items()}
    asked = [each for option, path in outputs.items() for each in (f"--{option}", path)]
    code, out, err = run(
        capsys, "assess", survey_file, *ACSI, "--bootstrap", "100", "--level", "0.9", "--seed", "3",
        "--language", "zh", *asked,
    )  # fmt: skip
    assert code == 0
    assert err.splitlines() == [f"written: {path}" for path in outputs.values()]
    fit = csi.fit(csi.models.acsi(), csi.survey(frame, missing_codes=[98, 99]))
    own = csi.assess(fit, n_boot=100, level=0.9, rng=3)
    table, todo = str(own).split("Composite reliability rho_C doubtful")
    assert out.startswith(table)
    assert todo.split(".")[0] in out
    stored = csi.from_json(outputs["json"])
    pd.testing.assert_frame_equal(stored.table, own.table)
    assert (stored.made.seed, stored.boot.level) == (3, 0.9)
    html = outputs["report"].read_text(encoding="utf-8")
    assert f"{own.count['failed']} 项未通过，{own.count['doubtful']} 项存疑" in html
    assert "90% 置信区间" in html
    sheets = pd.read_excel(outputs["excel"], sheet_name=None)
    assert len(sheets["评估结论"]) == len(own.table)
    assert len(sheets["逐项检查"]) == len(own.verdicts)
    assert "csi 的惯例（无已发表的界限）" in set(sheets["逐项检查"]["出处"])
    assert r"\caption{Verdicts}" in outputs["latex"].read_text(encoding="utf-8")


def test_what_is_inadmissible_gives_assess_exit_code_1(mobi, capsys, tmp_path):
    mobi.to_csv(tmp_path / "mobi.csv", index=False)
    argv = ["assess", tmp_path / "mobi.csv", "--model", "ecsi_mobile", "--scale", "1,10"]
    code, out, _ = run(capsys, *argv, "--bootstrap", "0")
    assert code == 0
    assert "– not computed" in out
    code, out, _ = run(capsys, *argv, "--bootstrap", "0", "--consistent", "--quiet")
    assert (code, out) == (1, "")
    _, out, _ = run(capsys, *argv, "--bootstrap", "0", "--consistent")
    assert re.search("Construct correlations .* ✗ failed", out)


def test_assess_takes_the_options_of_fit(capsys):
    options = {}
    for command in ("fit", "assess"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        options[command] = set(re.findall(r"(?m)^  (--[\w-]+)", capsys.readouterr().out))
    assert options["fit"] - options["assess"] == {
        "--by", "--min-n", "--interval", "--jobs", "--assess", "--curve",
    }  # fmt: skip
    assert options["assess"] < options["fit"]


def test_fit_may_assess_as_well(survey_file, capsys, tmp_path):
    path, stored = tmp_path / "a.html", tmp_path / "a.json"
    asked = ["--report", path, "--json", stored, "--seed", "1", "--level", "0.8"]
    code, out, _ = run(capsys, "fit", survey_file, *ACSI, "--assess", "--bootstrap", "100", *asked)
    assert code == 0
    assert out.startswith("Model: ")
    assert "\n\nAssessment: " in out
    assert 'id="assessment"' in path.read_text(encoding="utf-8")
    found = csi.from_json(stored)
    assert found.boot.resampling.number == found.made.resamples == 100
    assert found.made.level == 0.8
    code, _, err = run(capsys, "fit", survey_file, *ACSI, *asked, "--overwrite")
    assert code == 2
    assert "needs --bootstrap" in err


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["--bootstrap", "3"], "--bootstrap is 3"),
        (["--level", "95"], "--level is 95"),
        (["--seed=-1"], "--seed is -1"),
        (["--report", "a.pdf"], ".html or .htm"),
    ],
)
def test_assess_refuses_before_it_reads(survey_file, capsys, monkeypatch, asked, says):
    monkeypatch.setattr(commands, "read_survey", lambda *_, **__: pytest.fail("was read"))
    code, out, err = run(capsys, "assess", survey_file, *ACSI, *asked)
    assert (code, out) == (2, "")
    assert says in err


# covariance structures

TEXT = """
Quality =~ OVERALLQ + CUSTOMQ + WRONGQ
Satisfaction =~ SATIS + CONFIRM + IDEAL
Loyalty =~ REPUR
Satisfaction ~ q*Quality
Loyalty ~ s*Satisfaction
CUSTOMQ ~~ WRONGQ
indirect := q*s
"""


def as_printed(fit):
    return f"{printed(Subject(fit, None, Phrases('en')))}\n"


@pytest.fixture
def model_file(tmp_path):
    path = tmp_path / "model.txt"
    path.write_text(TEXT)
    return path


def test_methods_of_covariance_structures_are_those_of_the_estimator():
    assert [name.upper() for name in STRUCTURES] == list(get_args(Method))


@pytest.mark.parametrize(
    ("argv", "estimator"),
    [
        (["--estimator", "ML"], csi.CBSEM()),
        (
            ["--estimator", "mlr", "--means", "--scaling", "variance", "--reliability", "0.8"],
            csi.CBSEM("MLR", means=True, scaling="variance", reliability=0.8),
        ),
        (
            ["--estimator", "wlsmv", "--ordered", "--parametrization", "theta"],
            csi.CBSEM("WLSMV", ordered=True, parametrization="theta"),
        ),
    ],
)
def test_covariance_structures(survey_file, model_file, capsys, frame, argv, estimator):
    asked = ["--model", model_file, "--scale", "1,10", "--missing-codes", "98,99", *argv]
    code, out, err = run(capsys, "fit", survey_file, *asked)
    assert (code, err) == (0, "")
    survey = csi.survey(frame, scale=(1, 10), missing_codes=[98, 99])
    fit = csi.fit(csi.parse(TEXT), survey, estimator)
    assert out == as_printed(fit)
    measures = out[out.index("Overall fit") : out.index("Parameters")]
    assert f"{fit.measure('cfi'):.3f}" in measures
    assert re.search(r"(?m)^indirect +:= +q\*s .* <0\.001 ", out)


def test_structure_after_measurement(survey_file, capsys, frame):
    asked = ["--estimator", "Sam", "--reliability", "0.8"]
    code, out, err = run(capsys, "fit", survey_file, *ACSI, *asked)
    survey = csi.survey(frame, missing_codes=[98, 99])
    fit = csi.fit(csi.models.acsi(), survey, csi.SAM(reliability=0.8))
    assert (code, out, err) == (0, as_printed(fit), "")


def test_missing_answers_can_enter_the_likelihood(survey_file, capsys, frame):
    asked = ["fit", survey_file, *ACSI, "--missing", "fiml"]
    code, out, err = run(capsys, *asked, "--estimator", "mlr")
    assert (code, err) == (0, "")
    survey = csi.survey(frame, missing_codes=[98, 99], missing="fiml")
    assert out == as_printed(csi.fit(csi.models.acsi(), survey, csi.CBSEM("MLR")))
    code, _, err = run(capsys, *asked)
    assert code == 2
    assert "--missing pairwise or mean, or fit it with --estimator ml." in err


@pytest.mark.parametrize("command", ["fit", "assess"])
@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--estimator", "ml", "--scheme", "path", "--mode", "Quality=B"],
         "--scheme and --mode are options of --estimator pls, not of ml."),
        (["--estimator", "sam", "--consistent"],
         "--consistent is an option of --estimator pls, not of sam."),
        (["--means", "--ordered"], "--ordered and --means are options of covariance structures"),
        (["--estimator", "sam", "--means"], "--means is an option of covariance structures fitted"),
        (["--estimator", "ml", "--ordered"], "it has no use for --ordered. Choose 'WLSMV'"),
    ],
)  # fmt: skip
def test_options_of_other_estimators_are_refused(
    survey_file, capsys, monkeypatch, command, argv, message
):
    monkeypatch.setattr(commands, "read_survey", lambda *_, **__: pytest.fail("was read"))
    code, out, err = run(capsys, command, survey_file, *ACSI, *argv)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("error: ")
    assert message in err


def test_improper_structures_give_exit_code_1(frame, capsys, tmp_path):
    frame.sample(40, random_state=9).to_csv(tmp_path / "few.csv", index=False)
    asked = ["fit", tmp_path / "few.csv", *ACSI, "--quiet", "--estimator", "ml"]
    code, _, err = run(capsys, *asked)
    assert code == 1
    assert "below zero: a Heywood case" in err
    assert "take the indices of --estimator pls" in err


def test_structures_are_assessed(survey_file, capsys, tmp_path):
    stored = tmp_path / "judged.json"
    code, out, err = run(
        capsys, "assess", survey_file, *ACSI, "--estimator", "ml", "--bootstrap", "0",
        "--json", stored,
    )  # fmt: skip
    assert (code, err) == (0, f"written: {stored}\n")
    assert re.search(r"(?m)^CFI +1\.000 ", out)
    assert csi.from_json(stored).fit.estimator == csi.CBSEM()


def test_help_starts_without_the_heavy_libraries():
    code = (
        "import sys; sys.argv = ['csi', '--help']\n"
        "from csi.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'pandas', 'scipy', 'jinja2', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"exit codes" in done.stdout


def test_a_reader_who_stops_reading_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "csi", "models"], stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


CURVE = ["curve", "--model", "acsi", "--missing-codes", "98,99", "--seed", "1", "--draws", "99"]


def test_curve_prints_the_curve_and_writes_what_was_asked_for(survey_file, capsys, tmp_path, frame):
    endings = {"report": "html", "json": "json", "excel": "xlsx", "latex": "tex", "plot": "png"}
    outputs = {option: tmp_path / f"out.{ending}" for option, ending in endings.items()}
    asked = [each for option, path in outputs.items() for each in (f"--{option}", path)]
    code, out, err = run(capsys, *CURVE, survey_file, *asked, "--sensitivity", "--language", "zh")
    assert code == 0
    assert err.splitlines() == [f"written: {path}" for path in outputs.values()]
    fit = csi.fit(csi.models.acsi(), csi.survey(frame, missing_codes=[98, 99]))
    own = csi.loyalty_curve(fit, rng=1, draws=99)
    assert out.startswith(f"{own}\n\nOther settings\n")
    stored = csi.from_json(outputs["json"])
    pd.testing.assert_frame_equal(stored.table, own.table)
    pd.testing.assert_frame_equal(stored.sensitivity(), own.sensitivity())
    html = outputs["report"].read_text(encoding="utf-8")
    assert '<section id="curve">\n<h3>忠诚度曲线</h3>' in html
    assert "其他设置下的结果" in html
    assert outputs["plot"].read_bytes().startswith(b"\x89PNG")
    assert "敏感性分析" in pd.read_excel(outputs["excel"], sheet_name=None)
    assert r"\caption{Sensitivity}" in outputs["latex"].read_text(encoding="utf-8")
    assert run(capsys, *CURVE, survey_file, "--quiet") == (0, "", "")


def test_curve_gives_each_group_a_line(frame, capsys, tmp_path):
    small = frame.assign(firm=frame["firm"].where(frame.index >= 12, "Tiny"))
    small.to_csv(tmp_path / "a.csv", index=False)
    argv = [*CURVE, tmp_path / "a.csv", "--by", "firm", "--json", tmp_path / "a.json"]
    code, out, err = run(capsys, *argv)
    assert code == 0
    assert err.splitlines()[0].startswith("warning: --json holds the curve of all respondents")
    rows = [line.split() for line in out[out.index("Curves by firm") :].splitlines()[3:]]
    fits = csi.fit_by(csi.models.acsi(), csi.survey(frame, missing_codes=[98, 99]), by="firm")
    own = csi.loyalty_curve(fits["Beta"], rng=1, draws=99)
    beta = next(row for row in rows if row[0] == "Beta")
    assert beta[1:5] == [str(own.n), "no", "evidence", f"{own.zone.p_value:.3f}"]
    assert "too small (n=11, at least 30)" in out
    assert [row[0] for row in rows] == ["Alfa", "Beta", "Delta", "Gamma", "Tiny"]


def test_curve_takes_an_outcome_and_settings(frame, capsys, tmp_path):
    left = frame.assign(left=np.where(frame.index > 9, frame.index % 3 == 0, np.nan))
    left.to_csv(tmp_path / "a.csv", index=False)
    fit = csi.fit(csi.models.acsi(), csi.survey(left, missing_codes=[98, 99]))
    asked = ["--outcome", "left", "--falling", "--logit", "--reliability", "0.8", "--level", "0.9"]
    code, out, _ = run(capsys, *CURVE, tmp_path / "a.csv", *asked)
    own = csi.loyalty_curve(
        fit, effect="left", outcome=left["left"].to_numpy(), direction="falling", scale="logit",
        reliability=0.8, level=0.9, rng=1, draws=99,
    )  # fmt: skip
    assert (code, out) == (0, f"{own}\n")
    assert "left as a function of Satisfaction" in out
    rating = ["--outcome", "QP", "--outcome-scale", "1,10", "--monotone", "--method", "msc"]
    code, out, _ = run(capsys, *CURVE, tmp_path / "a.csv", *rating)
    own = csi.loyalty_curve(
        fit, effect="QP", outcome=frame["QP"].where(frame["QP"] < 98).to_numpy(),
        outcome_scale=(1, 10), monotone=True, method="msc", rng=1, draws=99,
    )  # fmt: skip
    assert (code, out) == (0, f"{own}\n")
    code, out, _ = run(capsys, *CURVE, tmp_path / "a.csv", "--cause", "Quality", "--top", "2")
    assert out == f"{csi.loyalty_curve(fit, 'Quality', top=2, rng=1, draws=99)}\n"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--outcome", "SATIS"], "Give --outcome-scale 1,10 for ratings or count for counts."),
        (["--outcome-scale", "1,10"], "--outcome-scale is that of --outcome."),
        (["--outcome", "nonesuch"], "Missing column: nonesuch"),
        (["--outcome", "COMP", "--top", "2"], "--top counts boxes of the effect."),
        (["--effect", "Loyality"], "Did you mean 'Loyalty'?"),
        (["--logit"], "--logit needs a 0/1 outcome."),
        (["--draws", "5"], "--draws is 5. Give a whole number from 99."),
        (["--seed", "-1"], "--seed is -1."),
        (["--level", "2"], "--level is 2"),
        (["--plot", "a.gif"], "ends in .png or .svg or .pdf."),
    ],
)
def test_wrong_curves_are_one_message(survey_file, capsys, argv, message):
    code, out, err = run(capsys, *CURVE, survey_file, *argv)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert message in err
    assert err.count("\n") == 1


def test_a_model_without_loyalty_asks_for_the_effect(survey_file, capsys, tmp_path, monkeypatch):
    (tmp_path / "my.txt").write_text("Q =~ OVERALLQ + CUSTOMQ\nS =~ SATIS + IDEAL\nS ~ Q\n")
    argv = [*CURVE, survey_file, "--scale", "1,10", "--model", tmp_path / "my.txt"]
    code, _, err = run(capsys, *argv)
    assert code == 2
    assert "No construct is called Loyalty. Name the one that is meant, of Q, S" in err
    assert run(capsys, *argv, "--cause", "Q", "--effect", "S")[0] == 0
    monkeypatch.setattr(commands, "fit_model", lambda *_, **__: pytest.fail("was fitted"))
    code, _, err = run(capsys, "fit", *argv[len(CURVE) :], "--curve")
    assert "No construct is called Loyalty." in err


def test_fit_draws_the_curve_beside_its_results(survey_file, capsys, tmp_path, frame):
    path = tmp_path / "a.html"
    argv = ["fit", survey_file, *ACSI, "--curve", "--seed", "1", "--report", path]
    code, out, _ = run(capsys, *argv)
    fit = csi.fit(csi.models.acsi(), csi.survey(frame, missing_codes=[98, 99]))
    assert (code, out) == (0, f"{fit.summary()}\n\n{csi.loyalty_curve(fit, rng=1)}\n")
    section = re.compile(r'<section id="curve">.*?</section>', re.DOTALL)
    own = csi.report(fit, curve=csi.loyalty_curve(fit, rng=1))
    assert section.search(path.read_text(encoding="utf-8"))[0] == section.search(own)[0]


# published studies


def test_studies_are_listed_shown_and_summed_up(capsys):
    assert "ecsi-mobi" in run(capsys, "reproduce")[1]
    code, out, _ = run(capsys, "reproduce", "servqual-utilities")
    assert code == 0
    assert "reproduced to every printed digit" in out
    every = run(capsys, "reproduce", "--all")[1]
    assert all(name in every for name in ("SmartPLS 2.0.M3", "stability-of-alienation"))
    assert run(capsys, "reproduce", "--all", "--markdown")[1].startswith("| study | program |")


@pytest.fixture
def printed_table(tmp_path):
    path = tmp_path / "table.csv"
    rows = ["path,Image -> Expectation,.505", "path,Satisfaction -> Loyalty,.843"]
    rows += ["r2,Satisfaction,.680", "r2,Value,.345", "r2,Loyalty,.457"]
    path.write_text("\n".join(["quantity,label,printed", *rows]))
    return str(path)


def test_an_audit_names_settings_and_slip(capsys, printed_table):
    code, out, _ = run(capsys, "audit", "--printed", printed_table, "--study", "ecsi-mobi")
    assert code == 0
    assert "reproduced but for 1 number" in out
    assert re.search(r"Scheme +centroid", out)
    assert "two digits exchanged: 0.483" in out


def test_an_audit_reads_a_matrix(capsys, printed_table, tmp_path):
    moments = csi.studies.moments("ecsi-mobi")
    frame = pd.DataFrame(moments.corr, columns=moments.columns, index=moments.columns)
    frame.to_csv(tmp_path / "matrix.csv")
    given = ["--model", "ecsi_mobile", "--matrix", "--n", "250", tmp_path / "matrix.csv"]
    _, out, _ = run(capsys, "audit", "--printed", printed_table, *given)
    assert re.search(r"Scheme +centroid", out)


def test_an_audit_of_other_data_is_no_success(capsys, printed_table, survey_file, tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("source,target,printed\nQuality,Value,.123\nValue,Satisfaction,.456\n")
    code, out, _ = run(capsys, "audit", "--printed", path, *ACSI, survey_file)
    assert code == 1
    assert "not reproduced" in out


def test_an_audit_asks_for_no_rule_as_it_tries_all(capsys, printed_table):
    with pytest.raises(SystemExit):
        main(["audit", "--printed", printed_table, "--study", "ecsi-mobi", "--missing", "mean"])
    assert "'mean' is no list of numbers" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["reproduce", "--all", "ecsi-mobi"], "--all is every study"),
        (["reproduce", "ecsi_mobi"], "Did you mean 'ecsi-mobi'"),
        (["audit", "--printed", "TABLE"], "needs the data and the model"),
        (["audit", "--printed", "TABLE", "--study", "ecsi-mobi", "x.csv"], "has its own data"),
        (["audit", "--printed", "TABLE", "--study", "ecsi-mobi", "--n", "9"], "has its own data"),
        (["audit", "--printed", "TABLE", "--model", "acsi", "--n", "9", "x.csv"], "Give --matrix"),
        (["fetch", "nonesuch"], "nonesuch"),
        (["fetch", "--file", "x.csv"], "need the name"),
    ],
)
def test_published_studies_asked_wrongly(capsys, argv, told, printed_table):
    words = [printed_table if word == "TABLE" else word for word in argv]
    code, _, err = run(capsys, *words)
    assert code == 2
    assert told in err


@pytest.mark.parametrize("command", ["check", "fit"])
def test_problems_of_weights_and_items_are_told_together(capsys, tmp_path, command):
    frame = csi.demo_survey().frame.to_native().assign(w=1.0)
    frame.loc[5, "w"] = -2
    frame.loc[7, "SATIS"] = 77
    file = tmp_path / "both.csv"
    frame.drop(columns="QP").to_csv(file, index=False)
    code, out, err = run(capsys, command, file, *ACSI, "--weights", "w")
    assert (code, out) == (2, "")
    assert "3 problems were found" in err
    assert "1 weight in w is negative (rows 5" in err
    assert "Missing column: QP." in err
    assert "SATIS holds 1 answer outside its scale 1-10: 77 (once). Correct it" in err
    frame.to_csv(file, index=False)
    _, _, err = run(capsys, command, file, *ACSI, "--weights", "w", "--scale", "1,10")
    assert "2 problems" in err
    assert err.lower().count("nothing was estimated") == 1
    frame.assign(SATIS=7).to_csv(file, index=False)
    _, _, err = run(capsys, command, file, *ACSI, "--weights", "w")
    assert "SATIS is always 7" in err


# questionnaires


def test_a_questionnaire_is_written_with_all_that_belongs_to_it(capsys, tmp_path):
    asked = ["questionnaire", "acsi", "--subject", "中央空调", "--language", "zh"]
    code, out, err = run(capsys, *asked, "--folder", tmp_path / "调查", "--firms", "3")
    assert (code, err) == (0, "")
    written = {path.name for path in (tmp_path / "调查").iterdir()}
    assert {"questionnaire.html", "codebook.yml", "answers-template.csv"} <= written
    assert "questionnaire.html" in out
    assert "（--incidence）和应答率（--response-rate）" in out
    assert "见--missing）" in out
    assert "--codebook codebook.yml --ids RESPONDENT --by FIRM 给出指数" in out
    assert "csi." not in out
    code, _, err = run(capsys, *asked, "--folder", tmp_path / "调查")
    assert code == 2
    assert "--overwrite" in err


def test_the_methods_paragraph_is_written(capsys, survey_file, tmp_path):
    paths = [tmp_path / "methods.txt", tmp_path / "references.bib"]
    for path in paths:
        code, _, err = run(capsys, "fit", survey_file, *ACSI, "--methods", path, "--quiet")
        assert (code, err) == (0, "")
    text, references = (path.read_text(encoding="utf-8") for path in paths)
    assert "path weighting scheme" in text
    assert "doi = {10.1016/j.csda.2004.03.005}" in references
    code, _, err = run(capsys, "fit", survey_file, *ACSI, "--methods", paths[0])
    assert code == 2
    assert "--overwrite" in err


def test_specifications_are_listed_and_drawn(capsys, survey_file, tmp_path):
    picture = tmp_path / "specifications.png"
    asked = ["--of", "Satisfaction -> Loyalty", "--bootstrap", "0", "--plot", picture]
    code, out, err = run(capsys, "specifications", survey_file, *ACSI, *asked)
    assert code == 0
    assert "specifications" in out
    assert picture.stat().st_size > 10_000
    assert f"written: {picture}" in err
    code, _, err = run(capsys, "specifications", survey_file, *ACSI, "--of", "Satisfaktion")
    assert code == 2
