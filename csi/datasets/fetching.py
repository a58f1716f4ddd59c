"""A data set from a user's file, from the folder of fetched files, or from its address."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path

from csi.data import SurveyData, read_survey, survey
from csi.datasets import cache
from csi.datasets.checking import check_columns, is_published
from csi.datasets.downloading import check_address, download, find_listed
from csi.datasets.facts import Dataset
from csi.errors import DataError, DataQualityWarning, DownloadError, FileFormatError, warn
from csi.extras import load_extra


def own_copy(known: Dataset, file: str | os.PathLike[str]) -> SurveyData:
    """Read a user's file, and note whether it holds the published answers."""
    plain = read_survey(file)
    check_columns(known, plain, repr(Path(file).name))
    data = _declared(known, plain)
    these = "these are" if is_published(known, data) else "these are not"
    remark = f"{these} the {known.facts['rows']:,} published respondents"
    return _noted(data, f"{known.name} from a file of yours: {remark}.")


def cached(known: Dataset, place: Path) -> SurveyData:
    """Read a file that was fetched before, if it is still the same."""
    found, before = cache.checksum(place), cache.recorded(place)
    if before is not None and before.sha256 != found:
        raise DownloadError(
            f"{str(place)!r} has changed since it was downloaded: its SHA-256 was "
            f"{before.sha256} and is {found}. Delete it and fetch it again, or read it with file=."
        )
    record = before or cache.Record(found, "a file found in the folder", "trusted on first use")
    data = _read(known, place, str(place))
    _check_answers(known, data, str(place), confirmed=before is not None)
    if before is None:
        cache.remember(place, record)
    return _noted(data, _remark(known, record))


def fetched(
    known: Dataset, place: Path, url: str | None, timeout: float, progress: bool | None
) -> SurveyData:
    """Download a file, check it, and put it in its place."""
    given = None if url is None else check_address(url)
    if place.suffix == ".xlsx":
        load_extra("openpyxl")
    cache.make_folder(place.parent)
    with cache.unfinished(place) as arriving:
        try:
            address, expected = _address(known, given, timeout)
            found = download(
                address, arriving, max_bytes=known.facts["max_bytes"], timeout=timeout,
                progress=progress,
            )  # fmt: skip
        except DownloadError as problem:
            raise DownloadError(f"{problem} {known.by_hand}") from None
        if expected not in (None, found):
            raise DownloadError(
                f"What {address} holds is not what was published: its SHA-256 is {found}, not "
                f"{expected}. It was removed. {known.by_hand}"
            )
        data = _read(known, arriving, address)
        _check_answers(known, data, address, confirmed=expected is not None)
        checked = "confirmed by its source" if expected else "trusted on first use"
        record = cache.Record(found, address, checked)
        cache.keep(arriving, place, record)
    return _noted(data, _remark(known, record))


def _address(known: Dataset, given: str | None, timeout: float) -> tuple[str, str | None]:
    """Return address and checksum of the file."""
    stated: str | None = known.facts["sha256"]
    if given is not None:
        return given, stated
    if known.listing is None:
        return known.facts["address"], stated
    address, listed = find_listed(known.listing, timeout)
    return address, stated or listed


def _read(known: Dataset, file: Path, shown: str) -> SurveyData:
    """Read a downloaded file, or say that it is not what was published."""
    try:
        plain = read_survey(file)
        check_columns(known, plain, "It")
    except (FileFormatError, DataError) as problem:
        told = str(problem).replace(repr(file.name), "the file")
        raise DownloadError(
            f"What {shown} holds is not {known.name}: {told} {known.by_hand}"
        ) from None
    return _declared(known, plain)


def _declared(known: Dataset, plain: SurveyData) -> SurveyData:
    """Say what the answers mean; columns that a file may lack are declared where it has them."""
    scales = {
        item: (low, high) for item, (low, high) in known.facts["scales"].items() if item in plain
    }
    codes = known.facts["missing_codes"]
    data = survey(plain.frame, scale=scales, missing_codes=codes, codebook=plain.codebook)
    return replace(data, notes=plain.notes)


def _check_answers(known: Dataset, data: SurveyData, shown: str, *, confirmed: bool) -> None:
    """Refuse other answers than those published; warn if the repository confirms the file."""
    rows = known.facts["rows"]
    if data.n_rows != rows:
        raise DownloadError(
            f"What {shown} holds is not {known.name}: it has {data.n_rows:,} respondents, not "
            f"{rows:,}. {known.by_hand}"
        )
    if is_published(known, data):
        return
    told = f"The answers in {shown} are not those of {known.name} that csi was tested with."
    if not confirmed:
        raise DownloadError(f"{told} {known.by_hand}")
    warn(f"{told} The checksum is right; compare your results with care.", DataQualityWarning)


def _remark(known: Dataset, record: cache.Record) -> str:
    return f"{known.name} from {record.address}; SHA-256 {record.sha256}, {record.checked}."


def _noted(data: SurveyData, remark: str) -> SurveyData:
    return replace(data, notes=(("file", "", math.nan, remark), *data.notes))
