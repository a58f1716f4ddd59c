"""Codebook files as plain values: YAML, JSON and CSV.

Each parser returns the mapping that `csi.codebook.Codebook.from_dict` checks,
and refuses what its format would otherwise lose without a word.
"""

from __future__ import annotations

import csv
import io
import json
import reprlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from csi.errors import FileFormatError, did_you_mean

if TYPE_CHECKING:
    import yaml

CSV_COLUMNS = (
    "item",
    "construct",
    "text",
    "scale_min",
    "scale_max",
    "reverse",
    "missing_codes",
    "labels",
    "language",
)
LARGEST_CODEBOOK = 10_000_000
"""Most bytes a codebook file may have; more is another kind of file."""


def parse_codebook(file: Path, where: str) -> object:
    """Return what a codebook file holds; ``where`` names it in messages."""
    parsers: dict[str, Callable[[str, str], object]] = {
        ".yml": _parse_yaml,
        ".yaml": _parse_yaml,
        ".json": _parse_json,
        ".csv": _parse_csv,
    }
    parse = parsers.get(file.suffix.lower())
    if parse is None:
        raise FileFormatError(
            f"A codebook cannot be read from {file.name!r}. Use {', '.join(parsers)}."
        )
    return parse(_read_text(file, where), where)


def _read_text(path: Path, where: str) -> str:
    try:
        content = path.read_bytes() if path.stat().st_size <= LARGEST_CODEBOOK else None
    except FileNotFoundError:
        raise FileFormatError(f"{where} was not found in {str(path.parent)!r}.") from None
    except OSError as problem:
        raise FileFormatError(f"{where} cannot be opened: {problem.strerror}.") from None
    if content is None:
        raise FileFormatError(
            f"{where} is larger than {LARGEST_CODEBOOK:,} bytes. Give the codebook, not the data."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise FileFormatError(
            f"{where} is not UTF-8: byte {problem.start} cannot be read. Save it as UTF-8."
        ) from None


def _parse_json(text: str, where: str) -> object:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        for key, count in Counter(key for key, _ in pairs).items():
            if count > 1:
                raise FileFormatError(f"{where}: the key {key!r} occurs twice. Keep one.")
        return dict(pairs)

    try:
        return cast("object", json.loads(text, object_pairs_hook=once))
    except json.JSONDecodeError as problem:
        raise FileFormatError(
            f"{where} is not JSON: {problem.msg}, line {problem.lineno}, column {problem.colno}. "
            "Correct it there."
        ) from None
    except (ValueError, RecursionError) as problem:
        raise _unreadable(problem, where) from None


def _parse_yaml(text: str, where: str) -> object:
    import yaml  # noqa: PLC0415 - slow to import, and only YAML codebooks need it

    try:
        _check_yaml_keys(yaml.compose(text, Loader=yaml.SafeLoader), where)
        return cast("object", yaml.safe_load(text))
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        line = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise FileFormatError(
            f"{where} is not plain YAML: {problem.problem}{line}. Correct it there; tags that "
            "build Python objects are not read."
        ) from None
    except (
        yaml.YAMLError,
        ValueError,
        LookupError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as problem:
        raise _unreadable(problem, where) from None


def _unreadable(problem: Exception, where: str) -> FileFormatError:
    if isinstance(problem, FileFormatError):
        return problem
    reason = "too deeply nested" if isinstance(problem, RecursionError) else str(problem)
    return FileFormatError(f"{where} cannot be read: {reason}. Correct it there.")


def _check_yaml_keys(root: yaml.Node | None, where: str) -> None:
    """Refuse a key stated twice, of which YAML would keep the last without a word."""
    visited: set[int] = set()
    pending = [root]
    while pending:
        node = pending.pop()
        if node is None or id(node) in visited or not isinstance(node.value, list):
            continue
        visited.add(id(node))
        seen: set[str] = set()
        for child in node.value:
            if not isinstance(child, tuple):
                pending.append(child)
                continue
            key, value = child
            pending.append(value)
            if str(key.value) in seen:
                raise FileFormatError(
                    f"{where}: the key {key.value!r} occurs twice, the second time in line "
                    f"{key.start_mark.line + 1}. Keep one."
                )
            seen.add(str(key.value))


def _parse_csv(text: str, where: str) -> object:
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as problem:
        raise FileFormatError(f"{where} is not CSV: {problem}. Correct it there.") from None
    rows = [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise FileFormatError(f"{where} is empty. Write the columns {', '.join(CSV_COLUMNS)}.")
    columns = rows[0]
    _check_columns(columns, where)
    items = [_csv_entry(columns, row, where) for row in rows[1:]]
    languages = [row[columns.index("language")] for row in rows[1:] if "language" in columns]
    return {"language": next(filter(None, languages), "en"), "items": items}


def _check_columns(columns: Sequence[str], where: str) -> None:
    for column in columns:
        if column not in CSV_COLUMNS:
            raise FileFormatError(
                f"{where}: the column {column!r} is not known. Known columns: "
                f"{', '.join(CSV_COLUMNS)}.{did_you_mean(column, CSV_COLUMNS)}"
            )
        if columns.count(column) > 1:
            raise FileFormatError(f"{where}: the column {column!r} occurs twice. Keep one.")
    if "item" not in columns:
        raise FileFormatError(f"{where} has no column 'item'. Name the item of each row there.")


def _csv_entry(columns: Sequence[str], row: Sequence[str], where: str) -> dict[str, object]:
    """Turn the cells of a row into the entry YAML would hold."""
    if len(row) > len(columns):
        raise FileFormatError(
            f"{where}, item {row[columns.index('item')]!r}: {len(row)} cells in a table of "
            f"{len(columns)} columns. Put texts that hold the separator in double quotes."
        )
    cells = {column: cell for column, cell in zip(columns, row, strict=False) if cell}
    entry: dict[str, object] = {
        key: cells[key] for key in ("item", "construct", "text", "reverse") if key in cells
    }
    place = f"{where}, item {cells.get('item', '')!r}"
    ends = [cells.get("scale_min"), cells.get("scale_max")]
    if any(ends):
        if not all(ends):
            raise FileFormatError(
                f"{place}: scale_min and scale_max are {ends[0]} and {ends[1]}. Give both, "
                "or neither."
            )
        entry["scale"] = ends
    if "language" in cells and "text" in cells:
        entry["text"] = {cells["language"]: cells["text"]}
    if "missing_codes" in cells:
        entry["missing_codes"] = _parts(cells["missing_codes"])
    if "labels" in cells:
        entry["labels"] = _csv_labels(cells["labels"], place)
    return entry


def _csv_labels(cell: str, where: str) -> dict[str, str]:
    labels = {}
    for part in _parts(cell):
        answer, equals, label = part.partition("=")
        if not equals:
            raise FileFormatError(
                f"{where}: labels is {reprlib.repr(cell)}. Write '1=very bad;10=very good'."
            )
        labels[answer.strip()] = label.strip()
    return labels


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]
