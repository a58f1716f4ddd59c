"""Carrying out many resamples: workers, progress, interruption, checkpoints.

A run is cut into tasks, ranges of resamples that do not depend on each other.
Who carries a task out, and when, changes nothing about its numbers.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array, Mask
from csi.engine import Part
from csi.errors import EstimationError, OptionError

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
        if checkpoint is not None and not isinstance(checkpoint, str | os.PathLike):
            raise OptionError(f"checkpoint is {checkpoint!r}. Give the path of a file.")
        path = None if checkpoint is None else Path(checkpoint)
        if path is not None and not path.parent.is_dir():
            raise OptionError(
                f"The folder of the checkpoint, {path.parent}, does not exist. Make it first."
            )
        shown = None if progress is None else bool(progress)
        return cls(int(str(n_jobs)), shown, path)


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
        If the checkpoint belongs to another run.
    """
    number = tasks[-1][1]
    record = _Record(number, running.checkpoint, key)
    record.load(tasks)
    left = [task for task in tasks if task not in record.others]
    try:
        with _bar(running, number, what) as bar:
            bar.update(sum(stop - start for start, stop in record.others))
            for task, part in _results(work, left, running.n_jobs, processes):
                record.add(task, part)
                bar.update(task[1] - task[0])
    except _killed() as problem:
        raise EstimationError(
            f"A worker process was killed ({problem.__class__.__name__}), perhaps for want of "
            f"memory. {_resume(running)} Use fewer workers (n_jobs)."
        ) from problem
    finally:
        record.save()
    return record.part(tasks)


def cut(number: int, block: int, chunk: int) -> list[Task]:
    """Cut a run into chunks that do not cross the blocks in which resamples are drawn."""
    return [
        (start, min(start + chunk, first + block, number))
        for first in range(0, number, block)
        for start in range(first, min(first + block, number), chunk)
    ]


def _results(
    work: Work, tasks: Sequence[Task], n_jobs: int, processes: bool
) -> Iterator[tuple[Task, Part]]:
    if n_jobs == 1 or len(tasks) < 2:
        with _one_thread():
            for task in tasks:
                yield task, work(*task)
        return
    from joblib import Parallel, delayed  # noqa: PLC0415 - slow to import

    with _one_thread():
        pool = Parallel(n_jobs, backend="loky" if processes else "threading", return_as="generator")
        yield from zip(tasks, pool(delayed(work)(*task) for task in tasks), strict=True)


def _one_thread() -> Any:
    """Keep matrix products on one thread: for small ones more threads only burn time."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - looks for libraries

    return threadpool_limits(1, "blas")


def _bar(running: Running, total: int, what: str) -> Any:
    from tqdm.auto import tqdm  # noqa: PLC0415 - slow to import

    hidden = None if running.progress is None else not running.progress
    delay = 1.0 if running.progress is None else 0.0
    return tqdm(total=total, unit=f" {what}", disable=hidden, delay=delay, leave=False)


def _killed() -> tuple[type[BaseException], ...]:
    """Name what joblib raises when a worker dies; nothing if it was never used."""
    module = sys.modules.get("joblib.externals.loky.process_executor")
    return (module.BrokenProcessPool,) if module is not None else ()


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
        """Return the numbers of consecutive tasks."""
        why, impossible = zip(*(self.others[task] for task in tasks), strict=True)
        return Part(self.values, np.concatenate(why), np.concatenate(impossible, axis=1))

    def save(self) -> None:
        """Write what is done; the file is whole at any time."""
        if self.path is None or not self.fresh:
            return
        tasks = sorted(self.others)
        part = self.part(tasks)
        done = np.concatenate([np.arange(*task) for task in tasks])
        aside = self.path.with_name(self.path.name + ".part")
        with aside.open("wb") as file:
            np.savez(
                file, key=self.key, tasks=np.array(tasks), values=part.values[:, done],
                why=part.why, impossible=part.impossible,
            )  # fmt: skip
        aside.replace(self.path)
        self.saved, self.fresh = monotonic(), False

    def load(self, tasks: Sequence[Task]) -> None:
        """Take up those of the tasks that are done."""
        if self.path is None or not self.path.exists():
            return
        stored = self._read(self.path)
        if str(stored["key"]) != self.key:
            raise OptionError(
                f"The checkpoint {self.path} belongs to another run: other data, settings or seed. "
                "Name another file, or delete it."
            )
        start = 0
        for first, last in stored["tasks"]:
            these = slice(start, start + int(last - first))
            start = these.stop
            if (int(first), int(last)) in tasks:
                values, why = stored["values"][:, these], stored["why"][these]
                self.add((int(first), int(last)), Part(values, why, stored["impossible"][:, these]))

    def _read(self, path: Path) -> Mapping[str, Any]:
        try:
            with np.load(path, allow_pickle=False) as file:
                return {name: file[name] for name in _NAMES}
        except (OSError, ValueError, KeyError, BadZipFile, EOFError) as problem:
            raise OptionError(
                f"The checkpoint {path} is no checkpoint of csi ({type(problem).__name__}). Name "
                "another file, or delete it."
            ) from None


_NAMES = ("key", "tasks", "values", "why", "impossible")
