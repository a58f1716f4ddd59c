"""Sampling covariance of means by Taylor linearisation.

A mean is a ratio, sum of w x over sum of w, of the respondents who answered.
To first order respondent i moves it by ``z_i``; what the primary sampling
units of a stratum differ in is the sampling error::

    z_i  (p,)  w_i (x_i - mean) / sum of w; zero where there is no answer
    z_hg       sum of z_i over unit g of stratum h;  zbar_h their mean over the G_h units
    V          sum_h G_h / (G_h - 1) sum_g (z_hg - zbar_h) (z_hg - zbar_h)'

Units count as drawn with replacement; there is no finite population
correction. Units in which nobody answered an item stay units of their stratum; respondents
dropped before (listwise, or of weight zero) leave the design.

References
----------
Lumley, T. (2004). Analysis of complex survey samples. Journal of Statistical
Software 9(8). doi:10.18637/jss.v009.i08
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array
from csi.errors import DataError, Issue, listing

Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Design:
    """How the respondents were drawn.

    Attributes
    ----------
    clusters, strata : (n,) arrays of int or None
        Numbers of the cluster and the stratum of each respondent. Clusters of
        different strata are different even under one number.
    names : tuple of str
        Names of the strata by their number; the numbers themselves by default.
    """

    clusters: Codes | None = None
    strata: Codes | None = None
    names: tuple[str, ...] = ()

    def take(self, rows: Codes) -> Design:
        """Return the design of some respondents."""
        clusters, strata = (
            None if codes is None else codes[rows] for codes in (self.clusters, self.strata)
        )
        return Design(clusters, strata, self.names)

    def __str__(self) -> str:
        """Return the design in words."""
        parts = []
        if self.clusters is not None:
            at = np.zeros_like(self.clusters) if self.strata is None else self.strata
            number = len(np.unique(np.column_stack([at, self.clusters]), axis=0))
            parts.append(f"{number} clusters" if number != 1 else "1 cluster")
        if self.strata is not None:
            number = len(np.unique(self.strata))
            parts.append(f"{number} strata" if number != 1 else "1 stratum")
        return " in ".join(parts) or "simple random sample"


def sampling_covariance(
    influence: Array, answered: Array, copies: Array, design: Design | None = None
) -> Array:
    """Return the sampling covariance of means.

    Parameters
    ----------
    influence : (n, p) array
        How much each row moves each mean.
    answered : (p,) array
        Respondents behind each mean.
    copies : (n,) array
        Respondents each row stands for; zero leaves it out.
    design : Design, optional
        Clusters and strata; without them every respondent is a unit of one
        stratum, and means count the units that answered.

    Raises
    ------
    DataError
        If a stratum holds one unit only.
    """
    kept = np.flatnonzero(copies > 0)
    z, copies = influence[kept], copies[kept]
    if design is None:
        moved = z * np.sqrt(answered / (answered - 1)) / np.sqrt(copies)[:, None]
        return moved.T @ moved
    lonely = lonely_strata(design.take(kept), copies)
    if lonely is not None:
        raise DataError([lonely])
    standing, of_unit, stratum, _ = units(design.take(kept), copies)
    z = z / copies[:, None] if design.clusters is None else _summed(z, of_unit, len(standing))
    size = np.bincount(stratum, standing)
    centre = _summed(z * standing[:, None], stratum, len(size)) / size[:, None]
    deviation = (z - centre[stratum]) * np.sqrt(standing * (size / (size - 1))[stratum])[:, None]
    return deviation.T @ deviation


def lonely_strata(design: Design, copies: Array, where: str = "") -> Issue | None:
    """Name the strata of a single unit, whose sampling error nobody can know.

    Parameters
    ----------
    design : Design
        Clusters and strata of the respondents used.
    copies : (n,) array
        Respondents each row stands for, all positive.
    where : str
        What to add to the place in the message, such as ``" in firm A"``.
    """
    standing, _, stratum, found = units(design, copies)
    alone = found[np.bincount(stratum, standing) < 2]
    if not len(alone):
        return None
    unit = "respondent" if design.clusters is None else "cluster"
    if design.strata is None:
        text = f"All respondents{where} are of one {unit}. Leave out clusters=, or read them all."
    else:
        names = [design.names[code] if design.names else code for code in alone]
        text = (
            f"Strata with only one {unit}{where}: {listing(names)}. Their sampling error cannot "
            "be known; merge strata that are alike."
        )
    return Issue("one-unit-stratum", None, (), text)


def units(design: Design, copies: Array) -> tuple[Array, Codes, Codes, Codes]:
    """Return copies of each unit, unit of each row, stratum of each unit, codes of strata."""
    strata = np.zeros(len(copies), dtype=np.intp) if design.strata is None else design.strata
    found, stratum = np.unique(strata, return_inverse=True)
    if design.clusters is None:
        return copies, np.arange(len(copies)), stratum, found
    _, cluster = np.unique(design.clusters, return_inverse=True)
    pairs, of_unit = np.unique(stratum * (cluster.max() + 1) + cluster, return_inverse=True)
    return np.ones(len(pairs)), of_unit, pairs // (cluster.max() + 1), found


def _summed(rows: Array, codes: Codes, n: int) -> Array:
    return np.column_stack([np.bincount(codes, column, n) for column in rows.T])
