"""Small matrix products on one thread.

More threads help products of many rows. For those of a model's few items they wait for
each other most of the time, and the longer the busier the machine is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, wraps
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
S = TypeVar("S")
R = TypeVar("R")

MANY_ROWS = 200_000
"""Respondents from which on products over all of them are worth several threads."""


@contextmanager
def one_thread(rows: float = 0) -> Iterator[None]:
    """Keep matrix products on one thread, unless there are many rows.

    The number of threads belongs to the process: the first of several that ask for one
    thread at a time sets it, and the last puts it back.

    Parameters
    ----------
    rows : float
        Respondents that the products run over; zero if over none.
    """
    if rows >= MANY_ROWS:
        yield
        return
    _LIMIT.enter()
    try:
        yield
    finally:
        _LIMIT.leave()


def on_one_thread(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Return a method of a fit that runs in `one_thread`, by the fit's number of respondents."""

    @wraps(method)
    def limited(fit: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with one_thread(getattr(fit, "n", 0)):
            return method(fit, *args, **kwargs)

    return limited


@dataclass
class _Limit:
    """One limit for all who ask for it at a time."""

    inside: int = 0
    held: Any = None
    lock: Lock = field(default_factory=Lock)

    def enter(self) -> None:
        with self.lock:
            if self.inside == 0:
                self.held = _libraries().limit(limits=1, user_api="blas")
            self.inside += 1

    def leave(self) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                _give_up_control()
                self.held.restore_original_limits()
                _give_up_control()
                self.held = None


def _give_up_control() -> None:
    """Let any thread set the number: threadpoolctl 3.7 keeps that to who set it first."""
    for library in _libraries().lib_controllers:
        give_up = getattr(library, "clear_controlling_thread", None)
        if give_up is not None:
            give_up(force=True)


_LIMIT = _Limit()


@cache
def _libraries() -> Any:
    """Return the libraries whose threads can be counted; looking for them takes a millisecond."""
    import numpy as np  # noqa: F401, PLC0415 - only libraries that are loaded are found
    import scipy.linalg  # noqa: F401, PLC0415
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415 - slow to import

    return ThreadpoolController()
