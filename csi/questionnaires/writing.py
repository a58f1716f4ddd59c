"""A questionnaire in files: for the printer, the interviewers and the analysis."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from csi.declared import check_flags
from csi.display import atomic_write, write_excel
from csi.errors import FileFormatError, OptionError, listing
from csi.reporting.checks import check_output, check_path

if TYPE_CHECKING:
    import pandas as pd

    from csi.codebook import Codebook


def write_all(
    contents: Mapping[str, str], folder: str | os.PathLike[str], overwrite: bool
) -> tuple[Path, ...]:
    """Write every file into a folder, or none of them."""
    check_path(folder)
    check_flags(overwrite=overwrite)
    place = Path(folder)
    taken = [name for name in contents if (place / name).exists()]
    if taken and not overwrite:
        raise OptionError(
            f"{place} holds {listing(taken, 6)} already. Choose another folder, or allow it with "
            "overwrite=True."
        )
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise FileFormatError(
            f"Folder {str(place)!r} cannot be made: {problem.strerror}. Choose another."
        ) from None
    for name, text in contents.items():
        atomic_write(place / name, text)
    return tuple(place / name for name in contents)


def write_workbook(
    tables: Mapping[str, pd.DataFrame], path: str | os.PathLike[str], overwrite: bool
) -> None:
    """Write tables to a workbook, a sheet each."""
    check_output(path, "excel", overwrite)
    write_excel(tables, path)


def codebook_text(codebook: Codebook) -> str:
    """Return a codebook as YAML, which `csi.Codebook.read` reads back."""
    import yaml  # noqa: PLC0415 - slow to import

    text: str = yaml.safe_dump(codebook.to_dict(), allow_unicode=True, sort_keys=False, width=100)
    return text


def header_text(columns: tuple[str, ...]) -> str:
    """Return the first line of the answers."""
    import pandas as pd  # noqa: PLC0415 - tables only

    return pd.DataFrame(columns=list(columns)).to_csv(index=False, lineterminator="\n")
