"""Encodings of text files: as given, or as the bytes of the whole file allow."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from csi.errors import FileFormatError, OptionError

_CHUNK = 1 << 20
_HEAD = 1 << 17
_HANZI = re.compile("(?<![A-Za-z])[\u4e00-\u9fff\u3001-\u3011\uff01-\uff1f](?![A-Za-z])")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")


def given_encoding(path: Path, encoding: str) -> str:
    """Return the name of an encoding that the caller knows, once the file is found to hold it.

    Raises
    ------
    OptionError
        If there is no such encoding.
    FileFormatError
        If the file has another.
    """
    try:
        "".encode(encoding)
        name = codecs.lookup(encoding).name
    except (LookupError, TypeError, ValueError):
        raise OptionError(
            f"encoding is {encoding!r}, which is not known. Give 'utf-8', 'gb18030', 'cp1252' "
            "or another name that Python knows."
        ) from None
    name = "utf-8-sig" if name == "utf-8" else name
    position = _first_undecodable(path, name)
    if position is None:
        return name
    guess = guess_encoding(path).replace("utf-8-sig", "utf-8")
    raise FileFormatError(
        f"{path.name!r} is not {encoding}: byte {position} cannot be read. "
        f'It looks like {guess}; pass encoding="{guess}".'
    )


def guess_encoding(path: Path) -> str:
    """Return the first encoding that reads the whole file: Unicode, Chinese, Western.

    Raises
    ------
    FileFormatError
        If none does, or the file is not text.
    """
    with path.open("rb") as content:
        head = content.read(_HEAD)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif b"\x00" in head:
        raise _not_text(path)
    else:
        candidates = ["utf-8-sig", "gb18030", "cp1252"]
    failures = []
    for name in candidates:
        position = _first_undecodable(path, name)
        if position is None and (name != "gb18030" or _reads_as_chinese(path)):
            return name
        failures.append(f"{name} (byte {position})" if position is not None else name)
    raise FileFormatError(
        f"{path.name!r} cannot be read as {', '.join(failures)}. If you know its encoding, pass "
        'it, for instance encoding="gb18030" or encoding="big5"; if it is not a text file, save '
        "it as one."
    )


def _first_undecodable(path: Path, encoding: str) -> int | None:
    """Position of the first byte that cannot be decoded, if there is one."""
    decoder = codecs.getincrementaldecoder(encoding)()
    start = 0
    with path.open("rb") as content:
        while True:
            chunk = content.read(_CHUNK)
            held = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as problem:
                return start - held + problem.start
            except UnicodeError:
                return start
            if "\x00" in text:
                raise _not_text(path)
            if not chunk:
                return None
            start += len(chunk)


def _reads_as_chinese(path: Path) -> bool:
    """Whether most characters beyond ASCII are common Chinese ones, not beside a letter.

    Western text in a one-byte code often decodes as GB 18030 too, but each of
    its accented letters then swallows the letter after it.
    """
    hanzi = beyond = 0
    with path.open(encoding="gb18030", newline="") as lines:
        while text := lines.read(_CHUNK):
            beyond += len(_BEYOND_ASCII.findall(text))
            found = "".join(_HANZI.findall(text))
            hanzi += len(found.encode("gb2312", errors="ignore")) // 2
    return 2 * hanzi > beyond


def _not_text(path: Path) -> FileFormatError:
    return FileFormatError(
        f"{path.name!r} is not a text file: it holds NUL bytes. Save it as CSV; if it is UTF-16 "
        'without a byte-order mark, pass encoding="utf-16-le".'
    )
