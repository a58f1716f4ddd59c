"""Letting semopy search for the parameters of a covariance structure."""

from __future__ import annotations

import importlib
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from csi.core.types import Array, Mask
from csi.errors import EstimationError, OptionError
from csi.estimators.sem.compiled import Compiled
from csi.estimators.sem.evidence import Complete
from csi.estimators.sem.semopy_language import Translation, parameter_name, translated
from csi.single_thread import one_thread

EVALUATIONS = 100_000
"""Evaluations of the discrepancy after which L-BFGS-B gives up."""

_ONE_AT_A_TIME = threading.Lock()


class Found(NamedTuple):
    """What semopy says.

    Attributes
    ----------
    theta : (q,) array
        Parameters.
    bounded : (q,) mask
        Which of them semopy keeps from falling below zero.
    success : bool
        Whether it says that its search succeeded.
    message : str
        Its words.
    iterations : int
        Steps.
    """

    theta: Array
    bounded: Mask
    success: bool
    message: str
    iterations: int

    @property
    def said(self) -> str:
        """The verdict in words."""
        return f"{'success' if self.success else 'failure'}: {self.message}"


def searched(whole: Compiled, evidence: Complete, solver: str, ftol: float) -> Found:
    """Return where semopy's search ended.

    One search runs at a time, on one processor, and leaves nothing behind in semopy,
    NumPy, or the registers of warnings and messages.

    Raises
    ------
    OptionError
        If semopy cannot be imported.
    EstimationError
        If its search breaks down.
    """
    words = translated(whole)
    options = {"ftol": ftol}
    if solver == "L-BFGS-B":
        options |= {"gtol": ftol, "maxfun": EVALUATIONS}
    with _ONE_AT_A_TIME, one_thread(), _quiet():
        semopy = imported()
        try:
            model = new_model(semopy, words.text)
            _give_starts(model, words, whole, evidence)
            result = model.fit(
                **_answers(words, evidence), obj="MLW", solver=solver, options=options
            )
        except (ArithmeticError, ValueError, np.linalg.LinAlgError) as error:
            raise EstimationError(
                f"semopy's search broke down ({type(error).__name__}: {error}). The model is too "
                "complex for these data; use csi.CBSEM(), or fit fewer paths."
            ) from error
    return _found(model, result, whole.n_parameters)


def imported() -> Any:
    """Return the package semopy.

    Raises
    ------
    OptionError
        If it is not installed, or does not go with the other packages.
    """
    try:
        return importlib.import_module("semopy")
    except (ImportError, AttributeError) as error:
        raise OptionError(
            f"semopy cannot be imported ({error}). Run: pip install semopy 'scipy<2', or use "
            "csi.CBSEM(), which does without."
        ) from error


def new_model(semopy: Any, text: str) -> Any:
    """Return a model of semopy with tables of its own.

    semopy keeps what it does with each operator in tables of its classes, where the model
    built last takes over from those before it.
    """
    model = semopy.Model.__new__(semopy.Model)
    model.dict_effects, model.dict_operations = {}, {}
    model.__init__(text, cov_diag=True)
    return model


def _give_starts(model: Any, words: Translation, whole: Compiled, evidence: Complete) -> None:
    """Give starting values: those that are stated, or all where semopy's own are of no use."""
    if words.anchored and evidence.samples[0].rows is not None:
        starts = [whole.rows[i].start for i in whole.first]
    else:
        starts = list(whole.start(*evidence.start_moments())[0])
    for number, start in enumerate(starts):
        if start is not None:
            model.parameters[parameter_name(number)].start = float(start)


def _answers(words: Translation, evidence: Complete) -> dict[str, Any]:
    """Return the answers as semopy takes them, or covariances with divisor n."""
    import pandas as pd  # noqa: PLC0415 - slow to import

    sample, names = evidence.samples[0], list(words.items)
    if sample.rows is None:
        return {"cov": pd.DataFrame(sample.cov, names, names), "n_samples": sample.n}
    return {"data": pd.DataFrame(np.asarray(sample.rows, dtype=np.float64), columns=names)}


def _found(model: Any, result: Any, n_parameters: int) -> Found:
    active = [name for name, each in model.parameters.items() if each.active]
    value = dict(zip(active, np.asarray(result.x, dtype=np.float64), strict=True))
    names = [parameter_name(number) for number in range(n_parameters)]
    return Found(
        np.array([value[name] for name in names]),
        np.array([model.parameters[name].bound[0] == 0 for name in names], dtype=bool),
        bool(result.success), str(result.message).strip(), int(result.n_it),
    )  # fmt: skip


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what semopy logs and warns of.

    Its first message to a root logger without handlers would give that one for good.
    """
    root, nothing = logging.getLogger(), logging.NullHandler()
    root.addHandler(nothing)
    root.addFilter(_not_of_semopy)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        root.removeFilter(_not_of_semopy)
        root.removeHandler(nothing)


def _not_of_semopy(record: logging.LogRecord) -> bool:
    return "semopy" not in record.pathname
