"""Where fetched files are kept, and what is remembered about them.

Beside each file stands ``<file>.json`` with its checksum, written when it was
downloaded. Both are put in place whole or not at all, so that processes that fetch
the same data at once, or are interrupted, leave a file that can be read.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from csi.errors import ArgumentTypeError, DownloadError, OptionError

VARIABLE = "CSI_DATA"
"""Environment variable that names the folder."""

_READABLE = 0o644


@dataclass(frozen=True, slots=True)
class Record:
    """What is remembered about a file.

    Attributes
    ----------
    sha256 : str
        Checksum of the file as it was downloaded.
    address : str
        Where it came from.
    checked : str
        Who vouched for the checksum then.
    """

    sha256: str
    address: str
    checked: str


def cache_folder(folder: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of fetched files: the one given, that of CSI_DATA, or the platform's."""
    if folder is not None and not isinstance(folder, str | os.PathLike):
        raise ArgumentTypeError(f"folder is a {type(folder).__name__}. Give text or a path.")
    if folder is not None and not _can_be_named(os.fspath(folder)):
        raise OptionError(
            f"folder is {folder!r}, which holds a sign that names must not have. Name another."
        )
    given = folder or os.environ.get(VARIABLE)
    try:
        return Path(given).expanduser() if given else _platform_folder()
    except RuntimeError:
        raise OptionError(
            f"Your home folder is not known. Name a folder with folder= or {VARIABLE}."
        ) from None


def _can_be_named(folder: str) -> bool:
    try:
        return b"\0" not in os.fsencode(folder)
    except UnicodeEncodeError:
        return False


def _platform_folder() -> Path:
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local or Path.home() / "AppData" / "Local") / "csi" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "csi"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "csi"


def make_folder(folder: Path) -> None:
    """Create the folder, or say that files cannot be kept there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    except OSError as problem:
        raise _unusable(folder, problem.strerror) from None
    if not writable:
        raise _unusable(folder, "no permission to write there")


@contextmanager
def unfinished(place: Path) -> Iterator[Path]:
    """Give a file of the same kind beside a place; whatever is left there is removed."""
    try:
        handle, name = tempfile.mkstemp(place.suffix, ".unfinished-", place.parent)
    except OSError as problem:
        raise _unusable(place.parent, problem.strerror) from None
    os.close(handle)
    try:
        yield Path(name)
    finally:
        with suppress(OSError):
            Path(name).unlink(missing_ok=True)


def keep(finished: Path, place: Path, record: Record) -> None:
    """Put a checked file in its place, and remember its checksum."""
    try:
        finished.chmod(_READABLE)
        _record_file(place).unlink(missing_ok=True)
        finished.replace(place)
    except OSError as problem:
        raise _unusable(place.parent, problem.strerror) from None
    remember(place, record)


def remember(place: Path, record: Record) -> None:
    """Write down the checksum of a file."""
    with unfinished(_record_file(place)) as written:
        try:
            written.write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
            written.chmod(_READABLE)
            written.replace(_record_file(place))
        except OSError as problem:
            raise _unusable(place.parent, problem.strerror) from None


def recorded(place: Path) -> Record | None:
    """Return what is remembered about a file; nothing if that is lost or damaged."""
    try:
        return Record(**json.loads(_record_file(place).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def checksum(file: Path) -> str:
    """Return the SHA-256 of a file in the cache."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as problem:
        raise _unusable(file.parent, problem.strerror) from None


def _record_file(place: Path) -> Path:
    return place.with_name(f"{place.name}.json")


def _unusable(folder: Path, why: str | None) -> DownloadError:
    return DownloadError(
        f"Files cannot be kept in {str(folder)!r}: {why or 'it cannot be used'}. Name another "
        f"folder with folder= or the environment variable {VARIABLE}."
    )
