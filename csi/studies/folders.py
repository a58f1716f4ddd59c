"""The folders of published studies: what was observed, what was believed, what was printed.

Each folder holds ``study.json`` and, for every printed table, a file of ``tables``;
``README.md`` tells what the keys mean.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np

from csi.core.moments import Moments
from csi.errors import OptionError, did_you_mean
from csi.spec import Model
from csi.syntax import parse


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StudyTable:
    """A printed table, or the output of a program, and the settings behind it.

    Attributes
    ----------
    name, title : str
        What it is called, in short and in words.
    source, program, licence : str
        Where the numbers stand, what computed them, and what may be done with them.
    origin : {"published", "run"}
        Whether others published the numbers, or the program was run for this table.
    model : str
        Which model of the study.
    estimator : {"PLS", "CBSEM", "Sums"}
        How csi estimates it.
    settings : mapping
        Options of the estimator.
    readings : mapping of str to str
        What is meant by quantities that may be computed in several ways.
    notes : str
        What a reader must know.
    numbers : mapping of str to mapping of str to str
        By quantity and label, as printed.
    """

    name: str
    title: str
    source: str
    program: str
    licence: str
    origin: str
    model: str
    estimator: str
    settings: Mapping[str, Any]
    readings: Mapping[str, str]
    notes: str
    numbers: Mapping[str, Mapping[str, str]]

    def __repr__(self) -> str:
        count = sum(len(labels) for labels in self.numbers.values())
        return f"<StudyTable {self.title}, {self.program}: {count} numbers>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Study:
    """A published study.

    Attributes
    ----------
    name, title : str
        What it is called, in short and in words.
    citation : str
        Where it was published.
    also : tuple of str
        Where else figures of its tables stand.
    provenance, licence : str
        Where the moments come from, and what may be done with them.
    moments : Moments
        Without rows.
    models : mapping of str to Model
        What was believed, the first by default.
    tables : tuple of StudyTable
        What was printed.
    """

    name: str
    title: str
    citation: str
    also: tuple[str, ...]
    provenance: str
    licence: str
    moments: Moments
    models: Mapping[str, Model]
    tables: tuple[StudyTable, ...]

    @property
    def model(self) -> Model:
        """The first of its models."""
        return next(iter(self.models.values()))

    def __repr__(self) -> str:
        return f"<Study {self.name}: {self.title}, n={self.moments.n:g}, {len(self.tables)} tables>"


def names() -> list[str]:
    """Return the names of the studies that have a folder."""
    return list(_folders())


def study(name: str) -> Study:
    """Return a published study.

    Parameters
    ----------
    name : str
        As in `catalogue`.

    Returns
    -------
    Study
        Its moments, models and printed tables, each with its source.

    Raises
    ------
    OptionError
        If there is no study of that name.

    Examples
    --------
    >>> import csi.studies
    >>> study = csi.studies.study("ecsi-mobi")
    >>> study.moments
    <Moments of 24 columns, n=250, from a matrix>
    >>> study.tables[0].program
    'SmartPLS 2.0.M3'
    """
    known = _folders()
    if not isinstance(name, str) or name not in known:
        raise OptionError(
            f"There is no study {name!r}. Known: {', '.join(known)}."
            + did_you_mean(str(name), known)
        )
    return _study(name)


@cache
def _study(name: str) -> Study:
    folder = _folders()[name]
    stated = _read(folder.joinpath("study.json"))
    scale = tuple(stated["scale"]) if "scale" in stated else None
    return Study(
        name,
        stated["title"],
        stated["citation"],
        tuple(stated.get("also", ())),
        stated["provenance"],
        stated["licence"],
        _moments(stated),
        {
            title: replace(parse("\n".join(text)), scale=scale, citation=stated["citation"])
            for title, text in stated["models"].items()
        },
        tuple(_tables(folder)),
    )


@cache
def _folders() -> dict[str, Traversable]:
    """Return the folders by the names of their studies."""
    entries = sorted(files(__package__).iterdir(), key=lambda entry: entry.name)
    return {
        entry.name.replace("_", "-"): entry
        for entry in entries
        if entry.joinpath("study.json").is_file()
    }


def _tables(folder: Traversable) -> Iterator[StudyTable]:
    shelf = folder.joinpath("tables")
    entries = sorted(shelf.iterdir(), key=lambda entry: entry.name) if shelf.is_dir() else []
    for entry in entries:
        if not entry.name.endswith(".json"):
            continue
        stated = _read(entry)
        yield StudyTable(
            entry.name.removesuffix(".json"), stated["title"], stated["source"], stated["program"],
            stated["licence"], stated["origin"], stated["model"], stated["estimator"],
            stated.get("settings", {}), stated.get("readings", {}), stated.get("notes", ""),
            stated["numbers"],
        )  # fmt: skip


def _moments(stated: Mapping[str, Any]) -> Moments:
    columns, n = stated["columns"], stated["n"]
    means = [stated["means"][name] for name in columns] if "means" in stated else None
    if "covariances" in stated:
        matrix = np.array(stated["covariances"], dtype=np.float64)
        return Moments.from_covariance(matrix, columns, n=n, means=means)
    sds = [stated["sds"][name] for name in columns] if "sds" in stated else None
    matrix = np.array(stated["correlations"], dtype=np.float64)
    return Moments.from_correlation(matrix, columns, n=n, means=means, sds=sds)


def _read(file: Traversable) -> dict[str, Any]:
    stated: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return stated
