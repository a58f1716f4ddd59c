"""Data sets fetched from a server on this computer, which fails in every way a server can."""

import errno
import hashlib
import io
import json
import os
import socket
import ssl
import threading
import time
from argparse import Namespace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import URLError

import pytest

import csi
from csi import datasets
from csi.data_commands import fetch_command
from csi.datasets import cache, downloading, facts, fetching
from csi.datasets.checking import fingerprint
from csi.datasets.facts import dataset
from csi.errors import DataError, DataQualityWarning, DownloadError, FileFormatError, OptionError

ACSI = dataset("acsi-2015")


class Server(ThreadingHTTPServer):
    """Answers by path: a body, or a function that writes to the connection itself."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.asked = {}, []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        answer = self.server.answers.get(self.path)
        if answer is None:
            self.send_error(404)
        elif callable(answer):
            answer(self)
        else:
            self.begin(200, Content_Length=len(answer))
            self.wfile.write(answer)

    def begin(self, code, **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def survey_file():
    """A made-up survey with the columns of the ACSI sample, as a text file."""
    frame = csi.demo_survey().frame.to_native().head(60)
    return frame.assign(INDUSTRY=5001).to_csv(index=False).encode()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CSI_DATA", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def published(server, survey_file, folder, tmp_path, monkeypatch):
    """Make the server's file the published one; return what changes its facts."""
    copy = tmp_path / "copy.csv"
    copy.write_bytes(survey_file)
    server.answers["/acsi.csv"] = survey_file
    known = {
        **ACSI.facts,
        "rows": 60,
        "suffix": ".csv",
        "address": f"{server.url}/acsi.csv",
        "listing": None,
        "max_bytes": 100_000,
        "answers": fingerprint(csi.read_survey(copy), ACSI.columns),
    }
    monkeypatch.setattr(facts, "_facts", lambda name: known)
    return known.update


def fetch(**options):
    return datasets.fetch("acsi-2015", **options)


def refused(folder, **options):
    """What is said when fetching fails; nothing may be left behind."""
    with pytest.raises(DownloadError) as problem:
        fetch(**options)
    assert not folder.exists() or not list(folder.iterdir())
    return str(problem.value)


# fetching


def test_the_first_call_downloads_and_later_ones_do_not(published, server, folder, survey_file):
    first = fetch()
    server.answers.clear()
    second = fetch()
    assert server.asked == ["/acsi.csv"]
    assert datasets.path("acsi-2015") == folder / "acsi-2015.csv"
    assert datasets.path("acsi-2015").read_bytes() == survey_file
    assert {each.name for each in folder.iterdir()} == {"acsi-2015.csv", "acsi-2015.csv.json"}
    assert first.recipe == second.recipe
    assert first.audit.equals(second.audit)
    checksum = hashlib.sha256(survey_file).hexdigest()
    assert first.audit["remark"][0] == (
        f"acsi-2015 from {server.url}/acsi.csv; SHA-256 {checksum}, trusted on first use."
    )


def test_the_answers_are_declared(published):
    data = fetch()
    assert data.recipe.scales["COMP"] == (0, 1)
    assert data.recipe.scales["SATIS"] == (1, 10)
    assert "HANDLE" not in data.recipe.scales, "this file has no such column"
    assert data.recipe.missing_codes == (98, 99)
    fit = csi.fit(csi.models.acsi(), data)
    declared = csi.survey(csi.demo_survey().frame.to_native().head(60), missing_codes=[98, 99])
    assert fit.index("Satisfaction") == csi.fit(csi.models.acsi(), declared).index("Satisfaction")


def test_another_address_is_always_asked(published, server, folder, survey_file):
    published({"address": f"{server.url}/gone.csv"})
    server.answers["/mirror.csv"] = survey_file
    for _ in range(2):
        fetch(url=f"{server.url}/mirror.csv")
    assert server.asked == ["/mirror.csv"] * 2
    fetch()
    assert len(server.asked) == 2


@pytest.mark.parametrize("stated", ["right", "wrong"])
def test_the_list_of_files_of_the_repository_is_asked(published, server, folder, stated):
    checksum = hashlib.sha256(server.answers["/acsi.csv"]).hexdigest()
    entries = [
        ("dictionary.pdf", "/no", ""),
        ("ACSI Data 2015 ver2.csv", "/acsi.csv", checksum if stated == "right" else "0" * 64),
    ]
    server.answers["/list"] = listed(server, entries)
    published({"listing": {"address": f"{server.url}/list", "pattern": "acsi data 2015*.csv"}})
    if stated == "wrong":
        told = refused(folder)
        assert f"its SHA-256 is {checksum}, not {'0' * 64}. It was removed." in told
        return
    assert fetch().audit["remark"][0].endswith("confirmed by its source.")
    assert server.asked == ["/list", "/acsi.csv"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ([("a.csv", "/a", ""), ("b.csv", "/b", "")], "lists 2 files like '*.csv', not one: a.csv"),
        ([("a.sav", "/a", "")], "lists 0 files like '*.csv', not one: a.sav."),
        (b"<html>Sign in</html>", "is no list of files"),
        (b'{"message": "moved"}', "is no list of files"),
        (b'[{"filename": "a.csv", "content_details": {"download_url": "file:///etc/passwd", '
         b'"sha256_hash": ""}}]', "leads to 'file:///etc/passwd', which is not https"),
    ],
)  # fmt: skip
def test_a_list_that_has_changed_is_refused(published, server, folder, answer, told):
    server.answers["/list"] = answer if isinstance(answer, bytes) else listed(server, answer)
    published({"listing": {"address": f"{server.url}/list", "pattern": "*.csv"}})
    said = refused(folder)
    assert told in said
    assert said.endswith(ACSI.by_hand)


def listed(server, entries):
    """A list of files as Mendeley Data writes it."""
    return json.dumps(
        [
            {
                "filename": name,
                "content_details": {"download_url": server.url + path, "sha256_hash": checksum},
            }
            for name, path, checksum in entries
        ]
    ).encode()


# what a server may answer


def truncated(handler):
    handler.begin(200, Content_Length=9000)
    handler.wfile.write(b"SATIS\n7\n")


def broken_chunk(handler):
    handler.begin(200, Transfer_Encoding="chunked")
    handler.wfile.write(b"ff\r\nSATIS")


def endless(handler):
    handler.begin(200)
    try:
        while True:
            handler.wfile.write(b"7" * 10_000)
    except OSError:
        pass


def slow(handler):
    time.sleep(0.4)


def failing(handler):
    handler.send_error(500)


def elsewhere(address):
    return lambda handler: handler.begin(302, Location=address, Content_Length=0)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, "/x could not be read: the server answered 404 Not Found."),
        (failing, "the server answered 500 Internal Server Error."),
        (truncated, "only 8 of 9,000 bytes arrived."),
        (broken_chunk, "the answer broke off"),
        (b"", "it holds no bytes."),
        (b"7" * 100_001, "it holds more than 100,000 bytes, so it is something else."),
        (endless, "it holds more than 100,000 bytes"),
        (slow, "no answer within the timeout."),
        (elsewhere("ftp://127.0.0.1/acsi.csv"), "leads on to ftp://127.0.0.1/acsi.csv"),
        (elsewhere("file:///etc/hostname"), "'file:///etc/hostname' is not allowed"),
        (b"<html><body>Please sign in</body></html>", "holds is not acsi-2015: "),
        (b"SATIS,REPUR\n7,8\n", "It lacks 12 of the 14 columns of acsi-2015: INDUSTRY, OVERALLX"),
    ],
)  # fmt: skip
def test_a_failed_download_says_why_and_leaves_nothing(published, server, folder, answer, told):
    server.answers["/x"] = answer
    said = refused(folder, url=f"{server.url}/x", timeout=0.2 if answer is slow else 5)
    assert told in said
    assert ".unfinished" not in said
    assert said.endswith(
        "by hand from https://doi.org/10.17632/64xkbj2ry5.2 and read it with "
        "csi.datasets.fetch('acsi-2015', file='...')."
    )


def test_a_redirect_within_the_protocol_is_followed(published, server):
    server.answers["/old"] = elsewhere("/acsi.csv")
    assert fetch(url=f"{server.url}/old").n_rows == 60


def test_a_redirect_away_from_https_is_refused():
    request = downloading.Request("https://example.org/a")
    handler = downloading._CarefulRedirect()
    with pytest.raises(DownloadError, match="which is not https"):
        handler.redirect_request(request, io.BytesIO(), 302, "", {}, "http://example.org/b")
    request = downloading.Request("http://example.org/a")
    assert handler.redirect_request(request, None, 302, "", {}, "https://example.org/b") is not None


def test_no_server_is_the_same_error(published, folder):
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    said = refused(folder, url=f"http://127.0.0.1:{port}/x")
    assert f"Connection refused (are you offline?). {ACSI.by_hand}" in said


def test_a_certificate_that_cannot_be_verified_is_named():
    problem = ssl.SSLCertVerificationError(1, "certificate verify failed")
    problem.verify_message = "self-signed certificate"
    assert downloading.reason(URLError(problem)).startswith(
        "its certificate cannot be verified (self-signed certificate)"
    )


def test_other_rows_or_answers_than_published_are_refused(published, server, folder, survey_file):
    lines = survey_file.splitlines(keepends=True)
    server.answers["/acsi.csv"] = b"".join(lines[:-1])
    assert "it has 59 respondents, not 60" in refused(folder)
    server.answers["/acsi.csv"] = b"".join([*lines[:-1], lines[1]])
    assert "are not those of acsi-2015 that csi was tested with" in refused(folder)


def test_other_answers_are_a_warning_where_the_checksum_is_right(published, server, survey_file):
    published({"sha256": hashlib.sha256(survey_file).hexdigest(), "answers": "0" * 64})
    for _ in range(2):
        with pytest.warns(DataQualityWarning, match="The checksum is right"):
            fetch()
    assert len(server.asked) == 1


# the folder


def test_a_file_that_has_changed_is_not_read(published, folder, survey_file):
    fetch()
    place = datasets.path("acsi-2015")
    place.write_bytes(survey_file + b"\n")
    with pytest.raises(DownloadError, match="has changed since it was downloaded") as problem:
        fetch()
    assert hashlib.sha256(survey_file).hexdigest() in str(problem.value)
    assert cache.checksum(place) in str(problem.value)
    place.unlink()
    assert fetch().n_rows == 60


def test_a_lost_or_damaged_record_is_written_anew(published, folder):
    fetch()
    record = folder / "acsi-2015.csv.json"
    for damage in (record.unlink, lambda: record.write_text('{"sha256": ')):
        damage()
        assert "a file found in the folder" in fetch().audit["remark"][0]
        assert cache.recorded(folder / "acsi-2015.csv").checked == "trusted on first use"


@pytest.mark.parametrize("moment", ["download", "read_survey", "keep"])
def test_an_interruption_leaves_nothing(published, folder, monkeypatch, moment):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(cache if moment == "keep" else fetching, moment, interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch()
    assert not list(folder.iterdir())


def test_fetching_at_once_does_no_harm(published, server, folder):
    together = threading.Barrier(4)
    found, body = [], server.answers["/acsi.csv"]

    def wait_for_all(handler):
        together.wait(5)
        handler.begin(200, Content_Length=len(body))
        handler.wfile.write(body)

    server.answers["/acsi.csv"] = wait_for_all
    threads = [threading.Thread(target=lambda: found.append(fetch())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [data.n_rows for data in found] == [60] * 4
    assert len(list(folder.iterdir())) == 2
    assert "trusted on first use" in fetch().audit["remark"][0]


def test_a_folder_that_cannot_be_used_is_named(published, server, tmp_path, monkeypatch):
    taken = tmp_path / "taken"
    taken.write_text("")
    for folder in (taken, taken / "below"):
        with pytest.raises(DownloadError, match=r"Files cannot be kept in .*CSI_DATA"):
            fetch(folder=folder)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(DownloadError, match="no permission to write there"):
        fetch(folder=tmp_path)
    assert not server.asked


def test_a_full_disk_is_no_network_problem(published, folder, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(downloading, "_check_size", full)
    said = refused(folder)
    assert "No space left on device." in said
    assert "offline" not in said


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, "/home/a/.cache/csi"),
        ("linux", {"XDG_CACHE_HOME": "/big"}, "/big/csi"),
        ("darwin", {}, "/home/a/Library/Caches/csi"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/csi/cache"),
        ("linux", {"CSI_DATA": "~/surveys"}, "/home/a/surveys"),
    ],
)
def test_the_folder_of_each_platform(monkeypatch, platform, variables, expected):
    for name in ("CSI_DATA", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/a", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(cache.sys, "platform", platform)
    assert cache.cache_folder().as_posix() == expected
    assert cache.cache_folder("here").as_posix() == "here"


# the user's own copy


def test_an_own_copy_is_read_where_it_is(published, server, folder, survey_file, tmp_path):
    path = tmp_path / "mine.csv"
    lines = survey_file.splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], *reversed(lines[1:])]))
    data = fetch(file=path)
    assert data.audit["remark"][0].endswith("yours: these are the 60 published respondents.")
    assert data.recipe.scales["COMP"] == (0, 1)
    path.write_bytes(b"".join(lines[:31]))
    assert "these are not the 60 published" in fetch(file=path).audit["remark"][0]
    assert not server.asked
    assert not folder.exists()


def test_an_own_copy_as_a_workbook_has_the_same_answers(published, survey_file, tmp_path):
    copy, workbook = tmp_path / "copy.csv", tmp_path / "copy.xlsx"
    copy.write_bytes(survey_file)
    csi.read_survey(copy).frame.to_native().to_excel(workbook, index=False)
    assert "these are the 60" in fetch(file=workbook).audit["remark"][0]


def test_an_own_copy_without_the_columns_is_refused(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("SATIS,repur\n7,8\n")
    with pytest.raises(DataError, match=r"'mine.csv' lacks 13 of the 14 columns of acsi-2015"):
        fetch(file=path)
    with pytest.raises(FileFormatError, match="File not found"):
        fetch(file=tmp_path / "other.csv")


def test_the_rows_of_the_mobile_phone_study_are_recognised(mobi, tmp_path):
    path = tmp_path / "mobi.csv"
    mobi.sample(frac=1, random_state=1).to_csv(path)
    data = datasets.fetch("ecsi-mobi", file=path)
    assert data.audit["remark"][0].endswith("these are the 250 published respondents.")
    mobi.assign(CUSA1=mobi["CUSA1"].where(mobi.index > 0, 1)).to_csv(path)
    data = datasets.fetch("ecsi-mobi", file=path)
    assert data.audit["remark"][0].endswith("these are not the 250 published respondents.")


# what is asked


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"url": "file:///etc/passwd"}, "url is 'file:///etc/passwd'"),
        ({"url": "ftp://example.org/a.csv"}, "begins with https"),
        ({"url": "http://[broken"}, "begins with https"),
        ({"url": 3}, "url is 3"),
        ({"timeout": 0}, "timeout is 0"),
        ({"timeout": float("nan")}, "timeout is nan"),
        ({"progress": "yes"}, "progress is 'yes'"),
        ({"folder": 3}, "folder is a int"),
        ({"file": "a.csv", "url": "https://example.org"}, "Leave out url= and folder="),
    ],
)
def test_options_without_meaning_are_refused(published, options, told):
    with pytest.raises(OptionError) as problem:
        fetch(**options)
    assert told in str(problem.value)


def test_an_unknown_data_set_is_refused():
    with pytest.raises(OptionError, match=r"Known: acsi-2015, ecsi-mobi, .*Did you mean 'acsi-20"):
        datasets.fetch("acsi2015")


def test_the_catalogue_says_where_data_come_from():
    table = datasets.catalogue()
    assert list(table) == ["name", "title", "rows", "doi", "licence", "source", "page", "citation"]
    assert table["rows"].tolist() == [8239, 250, 250]
    for name in table["name"]:
        known = dataset(name).facts
        assert set(known["scales"]) - {"HANDLE"} <= set(known["columns"])
        addresses = [known["page"], known["address"], (known.get("listing") or {}).get("address")]
        assert all(address.startswith("https://") for address in addresses if address)
        assert known["address"] or known["listing"]


# the command line


def asked(**given):
    return Namespace(**{"name": None, "list": False, "file": None, "folder": None, **given})


def test_the_command_lists_and_fetches(published, folder):
    listed = fetch_command(asked()).text
    assert "spanish-bank" in listed
    assert listed == fetch_command(asked(name="acsi-2015", list=True)).text
    told = fetch_command(asked(name="acsi-2015")).text
    assert "60 respondents, 16 columns" in told
    assert f"csi fit {folder / 'acsi-2015.csv'} --model acsi --missing-codes 98,99" in told
    with pytest.raises(OptionError, match="need the name"):
        fetch_command(asked(folder="here"))
