"""What a survey file or its author says of the columns: wording, scales, codes.

A codebook is read from YAML, JSON or CSV, or filled from the metadata of an
SPSS or Stata file. The YAML and JSON form is::

    language: en
    scale: [1, 10]               # of every item that states none
    missing_codes: [98, 99]      # of every item, besides its own
    constructs:
      Satisfaction: [CUSA1, CUSA2]
    items:
      CUSA1:
        text: {en: "All in all, ...", zh: "总的来说……"}
        scale: [1, 10]
        reverse: false
        missing_codes: [97]
        labels: {1: very bad, 10: very good}

The CSV form has one row per item; its columns are item,
construct, text, scale_min, scale_max, reverse, missing_codes (``98;99``),
labels (``1=very bad;10=very good``) and language.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from csi.codebook_formats import parse_codebook
from csi.errors import (
    ArgumentTypeError,
    FileFormatError,
    OptionError,
    did_you_mean,
    listing,
)
from csi.spec import Item, check_scale

_KEYS = ("language", "scale", "missing_codes", "constructs", "items")
_ITEM_KEYS = (
    "item",
    "construct",
    "text",
    "scale",
    "reverse",
    "missing_codes",
    "labels",
    "anchors",
    "asked_if",
)
_YES_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class Codebook:
    """What is known of the columns of a survey.

    Attributes
    ----------
    items : tuple of Item
        The columns, in the order of the file.
    constructs : mapping of str to tuple of str
        Items of each construct; may be empty.
    missing_codes : tuple of float
        Answers that mean "don't know" or "refused" in every item.
    scale : (float, float) or None
        Lowest and highest answer of the items that state no scale of their own.
    language : str
        Language of wordings that name none.

    Raises
    ------
        If an item occurs twice.
    OptionError
        If the scale is not two increasing numbers.

    Examples
    --------
    >>> from csi.codebook import Codebook
    >>> codebook = Codebook.from_dict(
    ...     {"scale": [1, 10], "items": {"CUSA1": {"text": "All in all"}, "CUSA2": {}}}
    ... )
    >>> codebook.item("CUSA1").text
    {'en': 'All in all'}
    >>> codebook
    <Codebook 2 items, 0 constructs>
    """

    items: tuple[Item, ...]
    constructs: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    missing_codes: tuple[float, ...] = ()
    scale: tuple[float, float] | None = None
    language: str = "en"

    def __post_init__(self) -> None:
        check_scale(self.scale, "the codebook")
        seen: set[str] = set()
        for item in self.items:
            if item.name in seen:
                raise OptionError(f"Item {item.name!r} occurs twice in the codebook. Keep one.")
            seen.add(item.name)

    def item(self, name: str) -> Item | None:
        """Return what is known of a column, or None."""
        return next((item for item in self.items if item.name == name), None)

    @classmethod
    def read(cls, path: str | Path) -> Codebook:
        """Read a codebook from a file.

        Parameters
        ----------
        path : str or Path
            A .yml, .yaml, .json or .csv file in UTF-8.

        Returns
        -------
        Codebook

        Raises
        ------
        FileFormatError
            If the file is missing, of another kind, or an entry of it cannot be used.
        """
        if not isinstance(path, str | Path):
            raise ArgumentTypeError(
                f"The path of a codebook is {reprlib.repr(path)}. Give text or a pathlib.Path."
            )
        file = Path(path)
        where = f"Codebook {file.name!r}"
        return _build(parse_codebook(file, where), where)

    @classmethod
    def from_dict(cls, mapping: Mapping[str, object]) -> Codebook:
        """Build a codebook from plain values, as `to_dict` returns them.

        Parameters
        ----------
        mapping : mapping of str to object
            Keys as in the YAML form; every key may be left out.

        Returns
        -------
        Codebook

        Raises
        ------
        FileFormatError
            If an entry cannot be used.
        """
        if not isinstance(mapping, Mapping):
            raise ArgumentTypeError(
                f"A codebook was to be made from {reprlib.repr(mapping)}. Give a mapping, or use "
                "Codebook.read() for a file."
            )
        return _build(mapping, "The codebook")

    def to_dict(self) -> dict[str, object]:
        """Return plain values that JSON and YAML can hold; `from_dict` reads them back."""
        return {
            "language": self.language,
            "scale": _plain_scale(self.scale),
            "missing_codes": [_plain(code) for code in self.missing_codes],
            "constructs": {name: list(members) for name, members in self.constructs.items()},
            "items": {item.name: _item_to_dict(item) for item in self.items},
        }

    def __repr__(self) -> str:
        return f"<Codebook {len(self.items)} items, {len(self.constructs)} constructs>"


def _item_to_dict(item: Item) -> dict[str, object]:
    entries: dict[str, object] = {
        "text": dict(item.text),
        "scale": _plain_scale(item.scale),
        "reverse": item.direction == "-",
        "anchors": {language: list(ends) for language, ends in item.anchors.items()},
        "missing_codes": [_plain(code) for code in item.missing_codes],
        "asked_if": item.asked_if,
        "labels": {str(_plain(answer)): label for answer, label in item.labels.items()},
    }
    return {key: entry for key, entry in entries.items() if entry}


def _plain(number: float) -> int | float:
    return int(number) if float(number).is_integer() else float(number)


def _plain_scale(scale: tuple[float, float] | None) -> list[int | float] | None:
    return None if scale is None else [_plain(end) for end in scale]


def _build(mapping: object, where: str) -> Codebook:
    """Check every entry and put the codebook together."""
    entries = _mapping(mapping, where)
    _check_keys(entries, _KEYS, where)
    language = _word(entries.get("language", "en"), where, "language")
    items: dict[str, Item] = {}
    constructs = _constructs(entries.get("constructs"), where)
    for name, entry in _item_entries(entries.get("items"), where):
        if name in items:
            raise FileFormatError(f"{where}: item {name!r} occurs twice. Keep one.")
        place = f"{where}, item {name!r}"
        items[name] = _item(name, entry, language, place)
        if entry.get("construct") not in (None, ""):
            members = constructs.setdefault(_word(entry["construct"], place, "construct"), [])
            members.extend([name] if name not in members else [])
    _check_members(constructs, items, where)
    return Codebook(
        tuple(items.values()),
        {name: tuple(members) for name, members in constructs.items()},
        _codes(entries.get("missing_codes"), where),
        _scale(entries.get("scale"), where),
        language,
    )


def _item_entries(value: object, where: str) -> Iterable[tuple[str, Mapping[str, object]]]:
    """Yield name and entry, from a mapping by name or from a list with ``item`` keys."""
    if isinstance(value, list):
        for number, element in enumerate(value, 1):
            entry = _mapping(element, f"{where}, entry {number} of items")
            yield _word(entry.get("item"), f"{where}, entry {number} of items", "item"), entry
        return
    for name, element in _mapping(value or {}, f"{where}, items").items():
        yield (
            _word(name, where, "the name of an item"),
            _mapping(element or {}, f"{where}, item {name!r}"),
        )


def _item(name: str, entry: Mapping[str, object], language: str, where: str) -> Item:
    _check_keys(entry, _ITEM_KEYS, where)
    return Item(
        name,
        text=_text(entry.get("text"), language, where),
        scale=_scale(entry.get("scale"), where),
        direction="-" if _flag(entry.get("reverse"), where) else "+",
        anchors=_anchors(entry.get("anchors"), where),
        missing_codes=_codes(entry.get("missing_codes"), where),
        asked_if=_word(entry["asked_if"], where, "asked_if") if entry.get("asked_if") else "",
        labels=_labels(entry.get("labels"), where),
    )


def _constructs(value: object, where: str) -> dict[str, list[str]]:
    constructs = {}
    for name, members in _mapping(value or {}, f"{where}, constructs").items():
        place = f"{where}, construct {name!r}"
        _word(name, where, "the name of a construct")
        if not isinstance(members, list | tuple):
            raise _wrong(place, "its entry", members, "List the names of its items.")
        constructs[name] = [_word(member, place, "an item") for member in members]
    return constructs


def _check_members(constructs: Mapping[str, list[str]], items: Iterable[str], where: str) -> None:
    """Refuse constructs of items that are not described, once any is."""
    known = list(items)
    for name, members in constructs.items():
        unknown = [member for member in members if known and member not in known]
        if unknown:
            raise FileFormatError(
                f"{where}, construct {name!r}: item {unknown[0]!r} is not among the items "
                f"({listing(known)}). Correct the name, or describe the item."
                + did_you_mean(unknown[0], known)
            )


def _check_keys(entries: Mapping[str, object], known: Sequence[str], where: str) -> None:
    for key in entries:
        if key not in known:
            raise FileFormatError(
                f"{where}: the key {key!r} is not known. Known keys: {', '.join(known)}."
                + did_you_mean(str(key), known)
            )


def _wrong(where: str, key: str, value: object, remedy: str) -> FileFormatError:
    return FileFormatError(f"{where}: {key} is {reprlib.repr(value)}. {remedy}")


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise FileFormatError(
            f"{where}: keys with values are expected, {reprlib.repr(value)} was found. "
            "Write 'key: value' pairs."
        )
    return value


def _word(value: object, where: str, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _wrong(where, key, value, "Write it as text, in quotes.")
    return value


def _text(value: object, language: str, where: str) -> dict[str, str]:
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        return {language: value}
    if not isinstance(value, Mapping):
        raise _wrong(where, "text", value, "Write the wording, or one wording per language.")
    return {
        _word(key, where, "a language of text"): _word(wording, where, f"text in {key!r}")
        for key, wording in value.items()
    }


def _number(value: object, where: str, key: str) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(cast("str | float", value))
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise _wrong(where, key, value, "Write a number.")
    return number


def _scale(value: object, where: str) -> tuple[float, float] | None:
    if value is None:
        return None
    remedy = "Give the lowest and the highest answer, such as [1, 10]."
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise _wrong(where, "scale", value, remedy)
    low, high = (_number(end, where, "an end of scale") for end in value)
    if not low < high:
        raise _wrong(where, "scale", value, remedy)
    return low, high


def _codes(value: object, where: str) -> tuple[float, ...]:
    if value is None:
        return ()
    codes = value if isinstance(value, list | tuple) else [value]
    return tuple(_number(code, where, "a code in missing_codes") for code in codes)


def _flag(value: object, where: str) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    flag = _YES_NO.get(str(value).strip().lower())
    if flag is None:
        raise _wrong(where, "reverse", value, "Write true or false.")
    return flag


def _labels(value: object, where: str) -> dict[float, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _wrong(where, "labels", value, "Write them by answer, such as {1: very bad}.")
    labels = {}
    for answer, label in value.items():
        number = _number(answer, where, "an answer in labels")
        labels[number] = _word(label, where, f"the label of {answer}")
    return labels


def _anchors(value: object, where: str) -> dict[str, tuple[str, str]]:
    if value is None:
        return {}
    remedy = "Write both ends by language, such as {en: [very bad, very good]}."
    if not isinstance(value, Mapping):
        raise _wrong(where, "anchors", value, remedy)
    anchors = {}
    for language, ends in value.items():
        if not isinstance(ends, list | tuple) or len(ends) != 2:
            raise _wrong(where, f"anchors in {language!r}", ends, remedy)
        low, high = (_word(end, where, f"an end of anchors in {language!r}") for end in ends)
        anchors[_word(language, where, "a language of anchors")] = (low, high)
    return anchors
