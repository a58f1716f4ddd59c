"""Carrying out many resamples: workers, progress, interruption, checkpoints.

A run is cut into tasks, ranges of resamples that do not depend on each other.
Who carries a task out, and when, changes nothing about its numbers.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from pickle import PicklingError
from time import monotonic
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array, Mask
from csi.errors import EstimationError, OptionError
from csi.resampling.engine import INADMISSIBLE, Part
from csi.single_thread import one_thread

Task = tuple[int, int]
"""First resample, and the one after the last."""

Work = Callable[[int, int], Part]

SECONDS_BETWEEN_SAVES = 20.0


@dataclass(frozen=True)
class Running:
    """How a run is carried out.

    Attributes
    ----------
    n_jobs : int
        Workers; -1 for one per core.
    progress : bool or None
        Whether to show a bar; None shows one in a terminal or notebook, if the
        run takes more than a second.
    checkpoint : Path or None
        File that keeps what is done.
    """

    n_jobs: int = 1
    progress: bool | None = None
    checkpoint: Path | None = None

    @classmethod
    def of(cls, n_jobs: object, progress: object, checkpoint: object) -> Running:
        """Check how a run is to be carried out.

        Raises
        ------
        OptionError
            If an option has no meaning.
        """
        whole = isinstance(n_jobs, int | np.integer) and not isinstance(n_jobs, bool)
        if not whole or not (n_jobs == -1 or n_jobs > 0):  # type: ignore[operator]
            raise OptionError(
                f"n_jobs is {n_jobs!r}. Give the number of workers, from 1, or -1 for one per core."
            )
        if progress is not None and not isinstance(progress, bool | np.bool_):
            raise OptionError(f"progress is {progress!r}. Give True, False or None.")
        shown = None if progress is None else bool(progress)
        return cls(int(str(n_jobs)), shown, _path(checkpoint))


def _path(checkpoint: object) -> Path | None:
    if checkpoint is None:
        return None
    given = os.fspath(checkpoint) if isinstance(checkpoint, str | os.PathLike) else None
    if not isinstance(given, str):
        raise OptionError(f"checkpoint is {checkpoint!r}. Give the path of a file.")
    path = Path(given)
    if not path.parent.is_dir():
        raise OptionError(
            f"The folder of the checkpoint, {path.parent}, does not exist. Make it first."
        )
    return path


def carry_out(
    work: Work,
    tasks: Sequence[Task],
    running: Running,
    *,
    processes: bool,
    key: str = "",
    what: str = "resamples",
) -> Part:
    """Carry out tasks and put their numbers in order.

    Parameters
    ----------
    work : callable
        Returns the numbers of the resamples from the first up to, not
        including, the last.
    tasks : sequence of (int, int)
        Ranges of resamples, from `cut`.
    running : Running
        How.
    processes : bool
        Whether workers are processes of their own, as a function that keeps
        Python busy needs; otherwise threads.
    key : str
        What a checkpoint must have been written for to be taken up.
    what : str
        What the bar counts.

    Raises
    ------
    EstimationError
        If a worker process was killed.
    OptionError
        If the checkpoint belongs to another run or cannot be written, or the
        work cannot be sent to processes.
    """
    number = tasks[-1][1]
    record = _Record(number, running.checkpoint, key)
    record.load()
    left = [task for task in tasks if task not in record.others]
    try:
        with progress_bar(number, what, running.progress) as bar:
            bar.update(number - sum(stop - start for start, stop in left))
            for task, part in _results(work, left, running.n_jobs, processes):
                record.add(task, part)
                bar.update(task[1] - task[0])
    except _killed() as problem:
        raise EstimationError(
            f"A worker process was killed ({problem.__class__.__name__}), perhaps for want of "
            f"memory. {_resume(running)} Use fewer workers (n_jobs)."
        ) from problem
    except PicklingError as problem:
        raise OptionError(
            "The function cannot be sent to worker processes, because something it uses cannot be "
            f"pickled ({_first_cause(problem)}). Use n_jobs=1, or let it make that itself."
        ) from problem
    finally:
        record.save()
    return record.part(tasks)


def in_turn(
    work: Callable[[Any], Part], items: Sequence[Any], running: Running, what: str
) -> list[Part]:
    """Carry out one piece of work for each item, in threads, and return the results in order."""
    with progress_bar(len(items), what, running.progress) as bar:
        parts = []
        for _, part in _results(work, [(item,) for item in items], running.n_jobs, False):
            parts.append(part)
            bar.update(1)
    return parts


def cut(number: int, block: int, chunk: int) -> list[Task]:
    """Cut a run into chunks that do not cross the blocks in which resamples are drawn."""
    return [
        (start, min(start + chunk, first + block, number))
        for first in range(0, number, block)
        for start in range(first, min(first + block, number), chunk)
    ]


def _results(
    work: Callable[..., Part], tasks: Sequence[Any], n_jobs: int, processes: bool
) -> Iterator[tuple[Any, Part]]:
    if n_jobs == 1 or len(tasks) < 2:
        with one_thread():
            for task in tasks:
                yield task, work(*task)
        return
    from joblib import Parallel, delayed  # noqa: PLC0415 - slow to import

    with one_thread():
        pool = Parallel(n_jobs, backend="loky" if processes else "threading", return_as="generator")
        yield from zip(tasks, pool(delayed(work)(*task) for task in tasks), strict=True)


def progress_bar(total: int, what: str, progress: bool | None) -> Any:
    """Return a bar of progress; with progress None it is shown only if work lasts a second."""
    from tqdm import TqdmWarning  # noqa: PLC0415 - slow to import

    with warnings.catch_warnings():  # in a notebook without ipywidgets there is no bar, that is all
        warnings.simplefilter("ignore", TqdmWarning)
        from tqdm.auto import tqdm  # noqa: PLC0415 - slow to import
    hidden = None if progress is None else not progress
    delay = 1.0 if progress is None else 0.0
    return tqdm(total=total, unit=f" {what}", disable=hidden, delay=delay, leave=False)


def _killed() -> tuple[type[BaseException], ...]:
    """Name what joblib raises when a worker dies; nothing if it was never used."""
    module = sys.modules.get("joblib.externals.loky.process_executor")
    return (module.BrokenProcessPool,) if module is not None else ()


def _first_cause(problem: BaseException) -> str:
    """Return the last line of what a worker process reported, which names the cause."""
    reported = str(problem.__cause__).strip().strip('"').strip()
    return reported.rpartition("\n")[2] if reported else type(problem).__name__


def _resume(running: Running) -> str:
    if running.checkpoint is None:
        return "Nothing was kept; give checkpoint='file.npz' to keep what is done."
    return f"What was done is kept in {running.checkpoint}; the same call takes it up."


@dataclass
class _Record:
    """What is done of a run, and the file it is kept in.

    The numbers of all resamples have one array, so that they are in memory once.
    """

    number: int
    path: Path | None
    key: str
    values: Array = field(default_factory=lambda: np.empty((0, 0)))
    others: dict[Task, tuple[NDArray[np.str_], Mask]] = field(default_factory=dict)
    saved: float = field(default_factory=monotonic)
    fresh: bool = False

    def add(self, task: Task, part: Part) -> None:
        if not len(self.values):
            self.values = np.empty((len(part.values), self.number))
        self.values[:, slice(*task)] = part.values
        self.others[task] = part.why, part.impossible
        self.fresh = True
        if monotonic() - self.saved > SECONDS_BETWEEN_SAVES:
            self.save()

    def part(self, tasks: Sequence[Task]) -> Part:
        """Return the numbers of tasks that follow one another."""
        why, impossible = zip(*(self.others[task] for task in tasks), strict=True)
        values = self.values[:, tasks[0][0] : tasks[-1][1]]
        return Part(values, np.concatenate(why), np.concatenate(impossible, axis=1))

    def save(self) -> None:
        """Write what is done; the file is whole at any time."""
        if self.path is None or not self.fresh:
            return
        tasks = sorted(self.others)
        why, impossible = zip(*(self.others[task] for task in tasks), strict=True)
        done = np.concatenate([np.arange(*task) for task in tasks])
        with _writing(self.path) as file:
            np.savez(
                file, key=self.key, tasks=np.array(tasks), values=self.values[:, done],
                why=np.concatenate(why), impossible=np.concatenate(impossible, axis=1),
            )  # fmt: skip
        self.saved, self.fresh = monotonic(), False

    def load(self) -> None:
        """Take up what is done, also of a longer or shorter run."""
        if self.path is None:
            return
        with _writing(self.path, keep=False):
            pass  # now, and not after an hour, is the time to say that it cannot be written
        if not self.path.exists():
            return
        tasks, part = _read(self.path, self.key)
        self.number = max(self.number, *(stop for _, stop in tasks))
        start = 0
        for task in tasks:
            these = slice(start, start + task[1] - task[0])
            start = these.stop
            why, impossible = part.why[these], part.impossible[:, these]
            self.add(task, Part(part.values[:, these], why, impossible))
        self.fresh = False


@contextmanager
def _writing(path: Path, *, keep: bool = True) -> Iterator[BinaryIO]:
    """Write a file aside and put it in place when it is whole.

    Raises
    ------
    OptionError
        If it cannot be written.
    """
    aside = path.parent / f"{path.name}.part"
    try:
        with aside.open("wb") as file:
            yield file
        if keep:
            aside.replace(path)
    except (OSError, ValueError) as problem:
        raise OptionError(
            f"The checkpoint {path} cannot be written ({problem}). Name another file."
        ) from None
    finally:
        with suppress(OSError, ValueError):
            aside.unlink(missing_ok=True)


def _read(path: Path, key: str) -> tuple[list[Task], Part]:
    """Read the tasks that are done, and their numbers side by side.

    Raises
    ------
    OptionError
        If the file is no checkpoint, or that of another run.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            found = {name: stored[name] for name in _NAMES}
        tasks = [(int(start), int(stop)) for start, stop in found["tasks"]]
        values = found["values"].astype(np.float64, casting="safe", copy=False)
        part = Part(values, found["why"], found["impossible"])
        _check_shapes(tasks, part)
    except Exception as problem:  # a damaged archive raises whatever it likes
        raise OptionError(
            f"The checkpoint {path} is no checkpoint of csi, or damaged "
            f"({type(problem).__name__}). Name another file, or delete it."
        ) from None
    if str(found["key"]) != key:
        raise OptionError(
            f"The checkpoint {path} belongs to another run: other data, settings, function or "
            "seed. Name another file, or delete it."
        )
    return tasks, part


def _check_shapes(tasks: Sequence[Task], part: Part) -> None:
    """Raise a ValueError if the parts of a checkpoint do not fit together."""
    number = sum(stop - start for start, stop in tasks)
    shapes = [part.values.shape[1:], part.why.shape, part.impossible.shape[1:]]
    kinds = [part.why.dtype.kind, part.impossible.dtype.kind, len(part.impossible)]
    fits = all(shape == (number,) for shape in shapes) and kinds == ["U", "b", len(INADMISSIBLE)]
    if not fits or not tasks or not all(0 <= start < stop for start, stop in tasks):
        raise ValueError


_NAMES = ("key", "tasks", "values", "why", "impossible")
