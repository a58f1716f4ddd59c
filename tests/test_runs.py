"""Carrying out a run: workers, bars, interruption, checkpoints."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

import csi
from csi import OptionError
from csi.core.resample import BLOCK
from csi.resampling.runs import cut

HERE = os.getpid()
MODEL = csi.parse("Satisfaction =~ S1 + S2\nLoyalty =~ L1 + L2\nLoyalty ~ Satisfaction")


@pytest.fixture(scope="module")
def fit():
    return small(1)


def small(seed, **declared):
    rng = np.random.default_rng(seed)
    answers = np.clip(np.round(6 + 2 * rng.normal(size=(40, 1)) + rng.normal(size=(40, 4))), 1, 10)
    frame = pd.DataFrame(answers, columns=MODEL.indicators).assign(half=np.arange(40) % 20)
    return csi.fit(MODEL, csi.survey(frame, **{"scale": (1, 10)} | declared))


def boot(fit, statistic=None, **options):
    return csi.bootstrap(fit, statistic, **{"n_boot": 150, "rng": 1} | options)


def index(fit):
    return fit.index("Loyalty")


class Interrupted:
    """A statistic that is interrupted once, at its k-th call."""

    def __init__(self, after):
        self.left = after

    def __call__(self, fit):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return index(fit)

    def __reduce__(self):
        """Be the same function before and after."""
        return Interrupted, (0,)


# --------------------------------------------------------------------- workers


def test_tasks_cover_the_run_and_stay_within_blocks():
    tasks = cut(2 * BLOCK + 70, BLOCK, 32)
    assert [start for start, _ in tasks[1:]] == [stop for _, stop in tasks[:-1]]
    assert (tasks[0][0], tasks[-1][1]) == (0, 2 * BLOCK + 70)
    assert all(start // BLOCK == (stop - 1) // BLOCK for start, stop in tasks)


def test_functions_in_processes_give_the_same_numbers(fit):
    alone = boot(fit, lambda fit: [index(fit), os.getpid()])
    together = boot(fit, lambda fit: [index(fit), os.getpid()], n_jobs=2)
    assert_array_equal(alone.draws.replicates[:, 0], together.draws.replicates[:, 0])
    assert set(alone.draws.replicates[:, 1]) == {HERE}
    assert HERE not in together.draws.replicates[:, 1]
    batch = boot(fit)
    at = batch.quantities.places["indices"].stop - 1
    np.testing.assert_allclose(alone.draws.replicates[:, 0], batch.draws.replicates[:, at])


def test_functions_that_cannot_be_sent_to_processes(fit):
    lock = threading.Lock()
    with pytest.raises(OptionError, match=r"cannot be pickled \(TypeError: .*lock.*n_jobs=1"):
        boot(fit, lambda fit: index(fit) + lock.locked(), n_jobs=2)
    assert not boot(fit, lambda fit: index(fit) + lock.locked()).failures


# ------------------------------------------------------------------------- bar


def test_a_bar_goes_to_stderr_and_only_if_asked_for(fit, capsys):
    boot(fit)
    streams = capsys.readouterr()
    assert (streams.out, streams.err) == ("", "")
    boot(fit, index, progress=True)
    streams = capsys.readouterr()
    assert streams.out == ""
    assert "resamples" in streams.err
    boot(fit, progress=False)
    assert capsys.readouterr().err == ""


# ----------------------------------------------------------------- checkpoints


def test_a_checkpoint_that_cannot_be_taken_up_is_refused(fit, tmp_path):
    with pytest.raises(csi.OptionError, match="checkpoint without rng"):
        boot(fit, rng=None, checkpoint=tmp_path / "run.npz")


def test_an_interrupted_run_is_taken_up(fit, tmp_path):
    """What was done is kept: 101 calls hold the fit itself, three tasks of 32 and the rest."""
    file = tmp_path / "run.npz"
    statistic = Interrupted(101)
    with pytest.raises(KeyboardInterrupt):
        boot(fit, statistic, checkpoint=file)
    with np.load(file) as kept:
        assert_array_equal(kept["tasks"], [[0, 32], [32, 64], [64, 96]])
    assert os.listdir(tmp_path) == ["run.npz"]
    resumed = boot(fit, statistic, checkpoint=file)
    assert statistic.left == -(1 + 150 - 96)
    assert_array_equal(resumed.draws.replicates, boot(fit, index).draws.replicates)


CALLS = []


def waiting(fit):
    """Say when two tasks are done, and wait to be killed; elsewhere just the index."""
    CALLS.append(1)
    if len(CALLS) == 70 and "WAIT" in os.environ:
        sys.stdout.write("64 are done\n")
        sys.stdout.flush()
        time.sleep(20)
    return index(fit)


def interrupted(child, tries=6):
    """What a process says when it is interrupted; Python may lose one signal, say in a callback."""
    for _ in range(tries):
        child.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return child.communicate(timeout=10)[1]
    raise AssertionError("the process does not stop")


def test_a_killed_run_is_taken_up(fit, tmp_path):
    file, here = tmp_path / "run.npz", os.path.dirname(__file__)
    script = "import sys; sys.path.insert(0, sys.argv[1]); import test_runs as t; "
    script += "t.boot(t.small(1), t.waiting, checkpoint=sys.argv[2])"
    with subprocess.Popen(
        [sys.executable, "-c", script, here, str(file)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"WAIT": "1"},
    ) as child:  # fmt: skip
        assert child.stdout.readline() == b"64 are done\n"
        assert b"KeyboardInterrupt" in interrupted(child)
    CALLS.clear()
    resumed = boot(fit, waiting, checkpoint=file)
    assert len(CALLS) == 1 + 150 - 64
    assert_array_equal(resumed.draws.replicates, boot(fit, index).draws.replicates)


def test_longer_and_shorter_runs_share_a_checkpoint(fit, tmp_path):
    file = tmp_path / "run.npz"
    counted, whole = Interrupted(0), boot(fit, index, n_boot=200).draws.replicates
    for number, calls in ((130, 131), (200, 1 + 200 - 128), (100, 1 + 100 - 96), (200, 1)):
        counted.left = 0
        found = boot(fit, counted, n_boot=number, checkpoint=file)
        assert counted.left == -calls
        assert_array_equal(found.draws.replicates, whole[:number])
    batch = tmp_path / "batch.npz"
    boot(fit, n_boot=BLOCK + 50, checkpoint=batch)
    longer = boot(fit, n_boot=2 * BLOCK, checkpoint=batch)
    assert_array_equal(longer.draws.replicates, boot(fit, n_boot=2 * BLOCK).draws.replicates)


OTHER_RUNS = {
    "seed": lambda fit, file: boot(fit, index, rng=2, checkpoint=file),
    "signs": lambda fit, file: boot(fit, index, signs="none", checkpoint=file),
    "method": lambda fit, file: boot(fit, index, method="with_replacement", checkpoint=file),
    "resamples": lambda fit, file: boot(fit, index, resamples=[range(40)], checkpoint=file),
    "statistic": lambda fit, file: boot(fit, lambda fit: fit.index("Loyalty"), checkpoint=file),
    "none": lambda fit, file: boot(fit, checkpoint=file),
    "index": lambda fit, file: boot(fit.with_index_weights("equal"), index, checkpoint=file),
    "data": lambda fit, file: boot(small(2, clusters="half"), index, checkpoint=file),
    "design": lambda fit, file: boot(small(1), index, checkpoint=file),
    "scale": lambda fit, file: boot(
        small(1, clusters="half", scale=(0, 10)), index, checkpoint=file
    ),
}


@pytest.mark.parametrize("other", OTHER_RUNS.values(), ids=OTHER_RUNS)
def test_a_checkpoint_of_another_run_is_refused(tmp_path, other):
    file = tmp_path / "run.npz"
    fit = small(1, clusters="half")
    boot(fit, index, checkpoint=file)
    before = file.read_bytes()
    with pytest.raises(OptionError, match=r"belongs to another run: other data, .* or delete it"):
        other(fit, file)
    assert file.read_bytes() == before


def _spoil_archive(file):
    with np.load(file) as stored:
        whole = dict(stored)
    for change in (
        {"tasks": np.arange(4)}, {"tasks": -whole["tasks"]}, {"tasks": whole["tasks"][:0]},
        {"values": whole["values"].astype(str)}, {"values": whole["values"][:, :5]},
        {"why": whole["why"][:5]}, {"why": np.zeros(150)}, {"impossible": whole["impossible"][:2]},
        {"why": np.array([{}] * 150, dtype=object)},
    ):  # fmt: skip
        np.savez(file, **(whole | change))
        yield change


def test_a_damaged_checkpoint_is_refused(fit, tmp_path):
    file = tmp_path / "run.npz"
    boot(fit, index, checkpoint=file)
    good = file.read_bytes()
    message = r"is no checkpoint of csi, or damaged \(\w+\)\. Name another file, or delete it\."
    for _ in _spoil_archive(file):
        with pytest.raises(OptionError, match=message):
            boot(fit, index, checkpoint=file)
    rng = np.random.default_rng(0)
    for _ in range(40):
        bad = bytearray(good)
        for at in rng.integers(0, len(good), 20):
            bad[at] ^= 1 << rng.integers(8)
        file.write_bytes(bad)
        with pytest.raises(OptionError, match=message):
            boot(fit, index, checkpoint=file)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x80\x04}q\x00.", b"\x93NUMPY\x01\x00", None], ids=str
)
def test_what_is_no_checkpoint_is_refused(fit, tmp_path, content):
    file = tmp_path / "run.npz"
    if content is None:
        np.save(tmp_path / "run.npy", np.arange(3))
        content = (tmp_path / "run.npy").read_bytes()
    file.write_bytes(content)
    with pytest.raises(OptionError, match="is no checkpoint of csi"):
        boot(fit, checkpoint=file)
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("absent/run.npz", r"The folder of the checkpoint, .*absent, does not exist\. Make it"),
        (".", "is no checkpoint of csi, or damaged"),
        ("a\0b", r"cannot be written \(embedded null byte\)\. Name another file"),
        ("x" * 300, r"cannot be written \(.*too long.*\)\. Name another"),
    ],
)
def test_paths_that_cannot_be_written(fit, tmp_path, path, message):
    def never(fit):
        raise AssertionError

    with pytest.raises(OptionError, match=message):
        boot(fit, checkpoint=tmp_path / path)
    assert not os.listdir(tmp_path)


def test_a_checkpoint_is_a_path(fit):
    with pytest.raises(OptionError, match=r"checkpoint is b'x'\. Give the path of a file"):
        boot(fit, checkpoint=b"x")
    with pytest.raises(OptionError, match="cannot be written"):
        boot(fit, checkpoint="/proc/run.npz")
