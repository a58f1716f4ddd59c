"""Print the table of docs/explanation/bad-input.md: what csi says to each bad input.

The situations are the tests in tests/bad_input, so that the table cannot differ from what is
tested: they are run, and the first error or warning that each of them expects is noted.

    python docs/bad_input_table.py
"""

import contextlib
import io
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent / "tests" / "bad_input"
NUMBERED = re.compile(r"test_(\d{3})_(\w+)")


class Recorder:
    """A pytest plugin that notes what the running test expects to be raised or warned of."""

    def __init__(self):
        self.said = {}
        self.test = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        self.test = item.originalname
        return (yield)

    def note(self, kind, text):
        self.said.setdefault(self.test, (kind, text))

    @contextlib.contextmanager
    def raises(self, *expected, **options):
        with RAISES(*expected, **options) as caught:
            yield caught
        self.note(type(caught.value).__name__, str(caught.value))

    @contextlib.contextmanager
    def warns(self, *expected, **options):
        with WARNS(*expected, **options) as given:
            yield given
        said = [w for w in given if re.search(options.get("match", ""), str(w.message))]
        self.note(said[0].category.__name__, str(said[0].message))

    def pytest_runtest_logreport(self, report):
        if report.when == "call" and report.passed:
            name = report.nodeid.rpartition("::")[2].partition("[")[0]
            self.said.setdefault(name, ("accepted", ""))


RAISES, WARNS = pytest.raises, pytest.warns


def rows(recorder):
    """Number, situation, class and message of each numbered test."""
    found = []
    for name, (kind, text) in recorder.said.items():
        match = NUMBERED.match(name)
        if match and "command_line" not in name:
            situation = match[2].replace("_", " ")
            found.append((int(match[1]), situation, kind, text))
    return sorted(found, key=lambda row: row[0])


def cell(text):
    """Text as a Markdown table shows it on one line."""
    whole = " ".join(line.strip() for line in text.splitlines())
    whole = re.sub(r"/\S*/", "", whole)
    shown = whole if len(whole) <= 300 else f"{whole[:297]}..."
    return shown.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def main():
    recorder = Recorder()
    pytest.raises, pytest.warns = recorder.raises, recorder.warns
    with contextlib.redirect_stdout(io.StringIO()):
        code = pytest.main(["-q", "-p", "no:cacheprovider", str(TESTS)], plugins=[recorder])
    if code:
        raise SystemExit("The tests of bad input fail; run pytest tests/bad_input first.")
    print("| No. | Situation | Class | Message |\n|---|---|---|---|")
    for number, *cells in rows(recorder):
        print(f"| {number} | {' | '.join(map(cell, cells))} |")


if __name__ == "__main__":
    main()
