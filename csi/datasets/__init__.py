"""Published surveys that may not be shipped: fetched on request, or read from your own copy.

Nothing is downloaded unless `fetch` is called. What was fetched is kept in a folder
and read from there the next time. Who may use the data, and for what, is decided by
their owners: see ``licence`` in `catalogue`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from csi.data import SurveyData
from csi.datasets.cache import cache_folder
from csi.datasets.facts import NAMES, dataset
from csi.datasets.fetching import cached, fetched, own_copy
from csi.errors import OptionError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["catalogue", "fetch", "path"]

LONGEST_WAIT = 86_400
"""Seconds of a day, beyond which nobody waits for a server."""


def fetch(
    name: str,
    *,
    folder: str | os.PathLike[str] | None = None,
    url: str | None = None,
    file: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    timeout: float = 30,
) -> SurveyData:
    """Return a published survey, with its scales and "don't know" codes declared.

    The first call downloads the file into the folder; later ones read it from there,
    without the network, after checking that it has not changed.

    Parameters
    ----------
    name : str
        As in `catalogue`.
    folder : str or path, optional
        Where fetched files are kept. By default the folder that the environment
        variable ``CSI_DATA`` names, or that of the platform for files that can be
        had again, such as ``~/.cache/csi``.
    url : str, optional
        Another address of the same file. It is always downloaded anew.
    file : str or path, optional
        Your own copy, of any kind that `csi.read_survey` reads. Nothing is downloaded.
    progress : bool, optional
        Whether to show a progress bar; by default on a terminal, after one second.
    timeout : float
        Seconds to wait for the server at any one time.

    Returns
    -------
    SurveyData
        Its ``audit`` says where the file comes from and what it was checked against.

    Raises
    ------
    DownloadError
        If the file cannot be fetched or kept, has another checksum, or does not hold
        the published answers. Nothing of it is left in the folder then.
    DataError
        If your own copy lacks columns of the published data.
    FileFormatError
        If your own copy cannot be read.
    OptionError
        If there is no such data set, or a library is not installed.

    Notes
    -----
    A download is checked against the checksum that is known, or that the repository
    states in its list of files; against the checksum of the first download from then
    on; and against the number of respondents and a fingerprint of the answers, which
    was computed from a copy of the published data and does not depend on the kind of
    file. Answers that differ although the repository confirms the file are warned of.

    Examples
    --------
    Your own copy is read where it is. Here another survey stands for it:

    >>> import pathlib, tempfile
    >>> import csi, csi.datasets
    >>> copy = pathlib.Path(tempfile.mkdtemp()) / "acsi.csv"
    >>> answers = csi.demo_survey().frame.to_native()
    >>> answers.assign(INDUSTRY=5001).to_csv(copy, index=False)
    >>> data = csi.datasets.fetch("acsi-2015", file=copy)
    >>> print(data.audit["remark"][0])
    acsi-2015 from a file of yours: these are not the 8,239 published respondents.
    """
    known = dataset(name)
    seconds = _seconds(timeout)
    _check_progress(progress)
    if file is not None:
        if url is not None or folder is not None:
            raise OptionError("file= is read where it is. Leave out url= and folder=.")
        return own_copy(known, file)
    place = path(name, folder=folder)
    if url is None and place.is_file():
        return cached(known, place)
    return fetched(known, place, url, seconds, progress)


def catalogue() -> pd.DataFrame:
    """List the data sets that can be fetched.

    Returns
    -------
    DataFrame
        One row per data set: name, title, rows (respondents), doi, licence (as its
        source states it), source (where the file comes from), page (to get it by hand),
        citation.

    Examples
    --------
    >>> import csi.datasets
    >>> csi.datasets.catalogue()[["name", "rows"]]
               name  rows
    0     acsi-2015  8239
    1     ecsi-mobi   250
    2  spanish-bank   250
    """
    import pandas as pd  # noqa: PLC0415 - a table only

    shown = ("title", "rows", "doi", "licence", "source", "page", "citation")
    return pd.DataFrame(
        [{"name": name, **{key: dataset(name).facts[key] for key in shown}} for name in NAMES]
    )


def path(name: str, *, folder: str | os.PathLike[str] | None = None) -> Path:
    """Return where the file of a data set is kept once it was fetched.

    Parameters
    ----------
    name : str
        As in `catalogue`.
    folder : str or path, optional
        As in `fetch`.

    Returns
    -------
    Path
        Delete the file to fetch it anew.

    Raises
    ------
    OptionError
        If there is no such data set.

    Examples
    --------
    >>> import csi.datasets
    >>> csi.datasets.path("ecsi-mobi", folder="surveys").as_posix()
    'surveys/ecsi-mobi.csv'
    """
    return cache_folder(folder) / dataset(name).file_name


def _seconds(timeout: object) -> float:
    if (
        isinstance(timeout, bool)
        or not isinstance(timeout, int | float)
        or not 0 < timeout <= LONGEST_WAIT
    ):
        raise OptionError(
            f"timeout is {timeout!r}. Give seconds, more than 0 and up to {LONGEST_WAIT}, such as "
            "30."
        )
    return float(timeout)


def _check_progress(progress: object) -> None:
    if progress is not None and not isinstance(progress, bool):
        raise OptionError(f"progress is {progress!r}. Give True, False or None.")
