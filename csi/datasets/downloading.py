"""A file from an address, checked on the way: protocol, size, completeness, checksum."""

from __future__ import annotations

import hashlib
import json
import ssl
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from fnmatch import fnmatch
from http.client import HTTPException, HTTPMessage
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from csi.datasets.facts import Listing
from csi.errors import DownloadError, OptionError, listing

CHUNK = 1 << 16
"""Bytes that are read at a time."""

LARGEST_LISTING = 1_000_000
"""Bytes beyond which a list of files is something else."""

_THIS_COMPUTER = ("localhost", "127.0.0.1", "::1")


class _CarefulRedirect(HTTPRedirectHandler):
    """Follows a redirect to the same protocol or to https, and to nothing else."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        scheme = urlsplit(newurl).scheme
        if scheme not in (req.type, "https"):
            fp.close()
            raise DownloadError(f"it leads on to {newurl}, which is not {req.type}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def check_address(address: object) -> str:
    """Refuse a user's address that is no web address."""
    if not isinstance(address, str) or not _is_web(address, ("http", "https")):
        raise OptionError(
            f"url is {address!r}. Give an address that begins with https://; a file on this "
            "computer is read with file=."
        )
    return address


def find_listed(listed: Listing, timeout: float) -> tuple[str, str | None]:
    """Return address and checksum of the one file of a repository's list that is meant."""
    with _transfer(listed.address), closing(_open(listed.address, timeout)) as answer:
        text: bytes = answer.read(LARGEST_LISTING)
    try:
        entries = {entry["filename"]: entry["content_details"] for entry in json.loads(text)}
        found = [name for name in entries if fnmatch(name.casefold(), listed.pattern.casefold())]
        places = [(entries[name]["download_url"], entries[name]["sha256_hash"]) for name in found]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise DownloadError(
            f"The answer of {listed.address} is no list of files as csi knows it."
        ) from None
    if len(places) != 1:
        raise DownloadError(
            f"{listed.address} lists {len(places)} files like {listed.pattern!r}, not one: "
            f"{listing(entries, 10) or 'none'}."
        )
    address, checksum = places[0]
    if not isinstance(address, str) or not _is_web(address, ("https",)):
        raise DownloadError(f"{listed.address} leads to {address!r}, which is not https.")
    return address, checksum


def download(
    address: str, file: Path, *, max_bytes: int, timeout: float, progress: bool | None
) -> str:
    """Write what an address holds to a file and return its SHA-256."""
    digest, size = hashlib.sha256(), 0
    with (
        _transfer(address),
        closing(_open(address, timeout)) as answer,
        file.open("wb") as stream,
        closing(_bar(_promised(answer), progress)) as bar,
    ):
        promised = _promised(answer)
        _check_size(promised, max_bytes)
        while chunk := answer.read(CHUNK):
            size += len(chunk)
            _check_size(size, max_bytes)
            digest.update(chunk)
            stream.write(chunk)
            bar.update(len(chunk))
        _check_complete(size, promised)
    return digest.hexdigest()


def _is_web(address: str, schemes: tuple[str, ...]) -> bool:
    """Return whether an address is of a protocol; this computer may do without https."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    own = parts.scheme == "http" and host in _THIS_COMPUTER
    return bool(host) and (parts.scheme in schemes or own)


def _open(address: str, timeout: float) -> Any:
    request = Request(address, headers={"User-Agent": f"csi/{version('csi')}"})
    return build_opener(_CarefulRedirect).open(request, timeout=timeout)


def _promised(answer: Any) -> int | None:
    length = answer.headers.get("Content-Length")
    return int(length) if length is not None and length.isdigit() else None


def _check_size(size: int | None, max_bytes: int) -> None:
    if size is not None and size > max_bytes:
        raise DownloadError(f"it holds more than {max_bytes:,} bytes, so it is something else")


def _check_complete(size: int, promised: int | None) -> None:
    if promised is not None and size != promised:
        raise DownloadError(f"only {size:,} of {promised:,} bytes arrived")
    if not size:
        raise DownloadError("it holds no bytes")


def _bar(total: int | None, progress: bool | None) -> Any:
    from tqdm import TqdmWarning  # noqa: PLC0415 - slow to import

    with warnings.catch_warnings():  # in a notebook without ipywidgets there is no bar, that is all
        warnings.simplefilter("ignore", TqdmWarning)
        from tqdm.auto import tqdm  # noqa: PLC0415 - slow to import
    hidden = None if progress is None else not progress
    delay = 1.0 if progress is None else 0.0
    return tqdm(total=total, unit="B", unit_scale=True, disable=hidden, delay=delay, leave=False)


@contextmanager
def _transfer(address: str) -> Iterator[None]:
    """Make one error, which says where and why, of whatever goes wrong inside."""
    try:
        yield
    except (OSError, HTTPException, ValueError) as problem:
        raise DownloadError(f"{address} could not be read: {reason(problem)}.") from None


def reason(problem: BaseException) -> str:
    """Say in words why a transfer failed."""
    inner = problem.reason if isinstance(problem, URLError) else problem
    if isinstance(problem, HTTPError):
        problem.close()
        return f"the server answered {problem.code} {problem.reason}".rstrip()
    if isinstance(inner, ssl.SSLCertVerificationError):
        return (
            f"its certificate cannot be verified ({inner.verify_message}); a proxy or the clock "
            "of this computer may be the cause"
        )
    if isinstance(inner, TimeoutError):
        return "no answer within the timeout"
    if isinstance(inner, HTTPException):
        return f"the answer broke off or is no HTTP ({type(inner).__name__})"
    said = getattr(inner, "strerror", None) or str(inner)
    return f"{said} (are you offline?)" if isinstance(problem, URLError) else said
