"""References that a methods section cites: in the text, in full, and as BibTeX."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from csi.display import one_line

FEW = 3
"""Authors who are all named in the text."""

_BIBTEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_BIBTEX |= {sign: f"\\{sign}" for sign in "&%$#_{}"}
_IN_BIBTEX = ("title", "journal", "booktitle", "volume", "number", "pages", "edition",
              "publisher", "institution", "doi", "isbn", "url")  # fmt: skip
_VERBATIM = ("doi", "url")


@dataclass(frozen=True, slots=True)
class Reference:
    """A publication or a program.

    Attributes
    ----------
    key : str
        Author and year, such as ``tenenhaus2005``.
    kind : str
        Type of the BibTeX entry.
    authors : tuple of str
        Such as ``"Bentler, P. M."``; a group of authors has no comma.
    year : int or None
        None if it has none.
    fields : mapping of str to str
        ``title``, ``journal``, ``volume``, ``number``, ``pages``, ``doi`` ...
    editors : tuple of str
        Of the book it is in.
    """

    key: str
    kind: str
    authors: tuple[str, ...]
    year: int | None
    fields: Mapping[str, str]
    editors: tuple[str, ...] = ()

    def in_text(self, language: str = "en") -> str:
        """Return author and year as the text has them, such as ``Efron 1987``."""
        named = [author.split(",")[0] for author in self.authors]
        year = () if self.year is None else (str(self.year),)
        if language == "zh":
            return "，".join((_several(named, "、", " 与 ", " 等"), *year))
        return " ".join((_several(named, ", ", " and ", " et al."), *year))

    @property
    def bibtex(self) -> str:
        """The reference as a BibTeX entry."""
        values = {"author": " and ".join(map(_bibtex_author, self.authors))}
        values |= {"editor": " and ".join(map(_bibtex_author, self.editors))}
        values |= {"year": "" if self.year is None else str(self.year)}
        for name in _IN_BIBTEX:
            told = one_line(self.fields.get(name, ""))
            values[name] = _braceless(told) if name in _VERBATIM else _escaped(told)
        values["title"] = f"{{{values['title']}}}"
        values["pages"] = values["pages"].replace("-", "--")
        values["note"] = (
            f"Version {_escaped(known)}" if (known := self.fields.get("version")) else ""
        )
        lines = [f"  {name} = {{{value}}}," for name, value in values.items() if value]
        return "\n".join([f"@{self.kind}{{{self.key},", *lines, "}"])

    def __str__(self) -> str:
        year = "" if self.year is None else f" ({self.year})"
        said = [f"{_several(list(self.authors), ', ', ' and ')}{year}".removesuffix(".")]
        said += [self._titled, *self._where]
        found = ". ".join(part for part in said if part) + "."
        doi, url = self.fields.get("doi"), self.fields.get("url")
        return f"{found} doi:{doi}" if doi else f"{found} {url}" if url else found

    @property
    def _titled(self) -> str:
        edition, version = self.fields.get("edition"), self.fields.get("version")
        more = f", {edition.removesuffix('.')}" if edition else ""
        more += f", version {version}" if version else ""
        return self.fields["title"] + more

    @property
    def _where(self) -> list[str]:
        """Return journal or book, institution and publisher."""
        known = self.fields
        if "journal" in known:
            number = f"({known['number']})" if "number" in known else ""
            pages = f", {known['pages']}" if "pages" in known else ""
            return [f"{known['journal']} {known['volume']}{number}{pages}"]
        if "booktitle" in known:
            who = _several(list(self.editors), ", ", " and ")
            edited = f"{who} ({'eds' if len(self.editors) > 1 else 'ed.'}), " if who else ""
            return [f"In {edited}{known['booktitle']}, {known['pages']}", known["publisher"]]
        return [known[name] for name in ("institution", "publisher") if name in known]


@cache
def references() -> Mapping[str, Reference]:
    """Return every reference by its key."""
    text = files("csi.reporting.paragraph").joinpath("references.json").read_text(encoding="utf-8")
    return MappingProxyType({key: _read(key, given) for key, given in json.loads(text).items()})


def of_csi(version: str) -> Reference:
    """Return csi itself, of a version if that is known."""
    title = {"title": "csi: customer satisfaction index models in Python"}
    known = {"version": version} if version else {}
    return Reference("csi", "misc", ("The csi authors",), None, {**title, **known})


def named_in(text: str) -> tuple[str, ...]:
    """Return the keys of references that a text names in full, or by author and year."""
    found = [
        key
        for key, each in references().items()
        if each.fields.get("doi", "\0") in text or each.fields["title"] in text
    ]
    short = re.findall(r"(\w+)[^;()]*? \((\d{4})\)", text)
    found += [f"{name.lower()}{year}" for name, year in short]
    return tuple(key for key in dict.fromkeys(found) if key in references())


def _read(key: str, given: dict[str, object]) -> Reference:
    lists = {name: tuple(map(str, _as_list(given.pop(name, ())))) for name in _PEOPLE}
    kind, year = str(given.pop("type")), int(str(given.pop("year")))
    fields = MappingProxyType({name: str(value) for name, value in given.items() if value})
    return Reference(key, kind, lists["authors"], year, fields, lists["editors"])


_PEOPLE = ("authors", "editors")


def _as_list(given: object) -> Sequence[object]:
    return given if isinstance(given, list) else ()


def _several(names: list[str], comma: str, last: str, others: str = "") -> str:
    """Return names in a row; of many the first alone where ``others`` says so."""
    if others and len(names) > FEW:
        return f"{names[0]}{others}"
    return last.join([*([comma.join(names[:-1])] if names[1:] else []), *names[-1:]])


def _bibtex_author(author: str) -> str:
    """Return an author; a group is kept together by braces."""
    return _escaped(author) if "," in author else f"{{{_escaped(author)}}}"


def _escaped(text: str) -> str:
    return "".join(_BIBTEX.get(sign, sign) for sign in text)


def _braceless(text: str) -> str:
    return text.replace("{", "").replace("}", "").replace("\\", "")
