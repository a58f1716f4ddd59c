"""Published studies: what was observed, and where it is documented.

Each study is one JSON file beside this module; ``README.md`` tells where the
numbers come from. ``demo.json`` is no study but the population behind
`csi.demo_survey`.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from csi.core.moments import Moments
from csi.errors import OptionError, did_you_mean

__all__ = ["catalogue", "moments"]

_FILES = {"ecsi-mobi": "ecsi_mobi.json"}


def moments(name: str) -> Moments:
    """Return the moments of a study.

    Parameters
    ----------
    name : str
        As in `catalogue`.

    Returns
    -------
    Moments
        Without rows, in the units of the questionnaire.

    Raises
    ------
    OptionError
        If there is no study of that name.

    Examples
    --------
    >>> import csi.studies
    >>> csi.studies.moments("ecsi-mobi")
    <Moments of 24 columns, n=250, from a matrix>
    """
    study = _read(name)
    columns = study["columns"]
    return Moments.from_correlation(
        np.array(study["correlations"]),
        columns,
        study["n"],
        means=[study["means"][column] for column in columns],
        sds=[study["sds"][column] for column in columns],
    )


def catalogue() -> pd.DataFrame:
    """List the studies.

    Returns
    -------
    DataFrame
        One row per study: name, title, n, items (their number), citation.
    """
    return pd.DataFrame([_row(name) for name in _FILES])


def _row(name: str) -> dict[str, object]:
    study = _read(name)
    return {
        "name": name,
        "title": study["title"],
        "n": study["n"],
        "items": len(study["columns"]),
        "citation": study["citation"],
    }


def _read(name: object) -> dict[str, Any]:
    if not isinstance(name, str) or name not in _FILES:
        raise OptionError(
            f"There is no study {name!r}. Known: {', '.join(_FILES)}."
            + did_you_mean(str(name), _FILES)
        )
    text = (files(__package__) / _FILES[name]).read_text(encoding="utf-8")
    study: dict[str, Any] = json.loads(text)
    return study
