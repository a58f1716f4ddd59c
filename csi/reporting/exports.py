"""Every table of a fit as a workbook or as LaTeX."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pandas as pd

from csi.display import latex_table, write_excel
from csi.results import Fit
from csi.storage import check_target

if TYPE_CHECKING:
    from csi.groups import Fits


def to_excel(
    fit: Fit,
    path: str | os.PathLike[str],
    *,
    fits: Fits | None = None,
    overwrite: bool = False,
) -> None:
    """Write every table of a fit to an Excel workbook, one sheet each.

    Answers of single respondents are not written.

    Parameters
    ----------
    fit : Fit
        The fit.
    path : str or path
        The file.
    fits : Fits, optional
        Fits by group; their tables get sheets of their own.
    overwrite : bool
        Whether to replace an existing file.

    Raises
    ------
    OptionError
        If the file exists and is not to be replaced, or xlsxwriter is not installed.
    FileFormatError
        If the file cannot be written.

    Examples
    --------
    >>> import csi, pathlib, tempfile
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "acsi.xlsx"
    >>> csi.to_excel(fit, path)
    >>> path.stat().st_size > 5000
    True
    """
    check_target(path, overwrite)
    tables = all_tables(fit)
    if fits is not None:
        tables.update(_group_tables(fits))
    write_excel(tables, path)


def to_latex(fit: Fit) -> str:
    r"""Return every table of a fit as LaTeX; it needs the package booktabs and no other.

    Parameters
    ----------
    fit : Fit
        The fit.

    Returns
    -------
    str

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> print(csi.to_latex(fit).splitlines()[2])
    \caption{Indices (0-100)}
    """
    return "\n".join(
        latex_table(table, caption=caption, label=f"tab:{caption.split(' (')[0].lower()}")
        for caption, table in all_tables(fit).items()
    )


def all_tables(fit: Fit) -> dict[str, pd.DataFrame]:
    """Return the tables of a fit by caption, from results to settings."""
    tables: dict[str, pd.DataFrame] = {}
    if fit.has_indices:
        tables["Indices (0-100)"] = fit.indices
        tables["Impacts (points per point)"] = fit.impacts
    measured = fit.weights.assign(loading=fit.loadings["loading"])
    if fit.has_indices:
        measured["index_weight"] = fit.index_weight_table["weight"]
    tables |= {
        "Paths": fit.paths,
        "Effects": fit.effects,
        "Explained variance": fit.r2,
        "Measurement": measured,
    }
    plain = {caption: table.reset_index(drop=True) for caption, table in tables.items()}
    plain["Construct correlations"] = _named_rows(fit.construct_corr, "construct")
    plain["Cross-loadings"] = _named_rows(fit.cross_loadings, "indicator")
    plain["Settings"] = fit.settings
    if fit.data is not None:
        plain["Audit"] = fit.audit
    if fit.problems:
        plain["Problems"] = pd.DataFrame({"problem": list(fit.problems)})
    return plain


def _group_tables(fits: Fits) -> dict[str, pd.DataFrame]:
    named = {"Paths": fits.paths, "Explained variance": fits.r2, "Skipped": fits.skipped}
    if all(fit.has_indices for fit in fits.values()):
        named = {"Indices": fits.indices, **named}
    return {f"{name} by group": table for name, table in named.items() if len(table)}


def _named_rows(matrix: pd.DataFrame, name: str) -> pd.DataFrame:
    return matrix.rename_axis(name).reset_index()
