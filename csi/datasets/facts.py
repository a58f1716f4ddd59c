"""What is known of the data sets that are fetched on request.

Each is one JSON file beside this module. Its keys::

    title, rows, doi, citation   what it is, respondents, where it is documented
    licence, source              as the source states it; where the file comes from
    page                         where a reader finds the file by hand
    address                      of the file; null where only the list of files is stable
    listing                      list of files of the repository, and the pattern of the name
    suffix, max_bytes            kind of file; size beyond which it is something else
    sha256                       of the file; null where it is not known
    answers                      fingerprint of the answers in ``columns`` (csi.datasets.checking)
    columns                      what a file must hold
    scales, missing_codes        lowest and highest answer of items; "don't know" codes
    model                        of the catalogue that it was made for; null if there is none
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from csi.errors import OptionError, did_you_mean

NAMES = ("acsi-2015", "ecsi-mobi", "spanish-bank")
"""Data sets in the order in which they are listed."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A repository's list of the files of a data set.

    Attributes
    ----------
    address : str
        Of the list, which is JSON.
    pattern : str
        What the name of the file is like, in the signs of a shell.
    """

    address: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Where a data set comes from and what it must look like.

    Attributes
    ----------
    name : str
        As in the catalogue.
    facts : mapping
        The JSON file.
    """

    name: str
    facts: Mapping[str, Any]

    @property
    def listing(self) -> Listing | None:
        """The list of files of the repository, if the address of the file is found there."""
        given = self.facts.get("listing")
        return None if given is None else Listing(given["address"], given["pattern"])

    @property
    def columns(self) -> tuple[str, ...]:
        """What a file must hold."""
        return tuple(self.facts["columns"])

    @property
    def file_name(self) -> str:
        """Name of the file in the cache."""
        return f"{self.name}{self.facts['suffix']}"

    @property
    def by_hand(self) -> str:
        """How to get the file without csi."""
        return (
            f"Download it by hand from {self.facts['page']} and read it with "
            f"csi.datasets.fetch({self.name!r}, file='...')."
        )


def dataset(name: object) -> Dataset:
    """Return what is known of a data set, or say which ones there are."""
    if not isinstance(name, str) or name not in NAMES:
        raise OptionError(
            f"There is no data set {name!r}. Known: {', '.join(NAMES)}."
            + did_you_mean(str(name), NAMES)
        )
    return Dataset(name, _facts(name))


@cache
def _facts(name: str) -> dict[str, Any]:
    file = files(__package__) / f"{name.replace('-', '_')}.json"
    facts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return facts
