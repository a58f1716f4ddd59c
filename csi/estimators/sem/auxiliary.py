"""Auxiliary variables: what tells of missing answers, without being part of the model.

They get a mean each, and correlate among themselves and with what is left of every
item (Graham's saturated correlates), so that they add parameters and no restriction.

References
----------
Graham, J. W. (2003). Adding missing-data-relevant variables to FIML-based structural
equation models. Structural Equation Modeling 10(1), 80-100.
doi:10.1207/S15328007SEM1001_4
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from csi.estimators.sem.table import Row

KIND = "auxiliary"
"""Kind of the rows of auxiliary variables, which the baseline model keeps."""


def auxiliary_of(rows: Iterable[Row]) -> set[str]:
    """Return the auxiliary variables among the rows of parameters.

    Examples
    --------
    >>> auxiliary_of(auxiliary_rows(["x"], ["age"]))
    {'age'}
    """
    return {row.left for row in rows if row.kind == KIND and row.operator == "~1"}


def auxiliary_rows(items: Sequence[str], auxiliary: Sequence[str], group: int = 0) -> list[Row]:
    """Return the variances, covariances and means of auxiliary variables.

    Parameters
    ----------
    items : sequence of str
        Items of the model.
    auxiliary : sequence of str
        Variables beside them.
    group : int
        Group, counted from 0.

    Returns
    -------
    list of Row
        Parameters all of them.

    Examples
    --------
    >>> [str(row) for row in auxiliary_rows(["x"], ["age"])]
    ['x ~~ age', 'age ~~ age', 'age ~1']
    """
    found = [Row(item, "~~", name, group, KIND) for item in items for name in auxiliary]
    for place, name in enumerate(auxiliary):
        found += [Row(name, "~~", other, group, KIND) for other in auxiliary[place:]]
    return found + [Row(name, "~1", "", group, KIND) for name in auxiliary]
