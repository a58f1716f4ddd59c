"""Higher-order constructs by the disjoint two-stage approach, on moments.

Stage one puts the parts of a higher-order construct in its place; stage two
takes their composites as its indicators.

References
----------
Becker, J.-M., Cheah, J.-H., Gholamzade, R., Ringle, C. M. and Sarstedt, M.
(2023). PLS-SEM's most wanted guidance. International Journal of Contemporary
Hospitality Management 35(1), 321-346. doi:10.1108/IJCHM-04-2022-0474
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from csi.core.moments import Moments
from csi.core.types import Array
from csi.errors import ModelError
from csi.estimators.base import Estimates
from csi.spec import Construct, Model, Path


def first_stage(model: Model) -> Model:
    """Return the model with the parts of every higher-order construct in its place."""
    parts = {c.name: c.indicators for c in model.constructs if c.higher_order}
    for path in model.paths:
        for whole, members in parts.items():
            if {path.source, path.target} & set(members):
                raise ModelError(
                    f"Path {path} leads from or to a part of the higher-order construct {whole!r}. "
                    "The two-stage approach needs the parts to have no paths of their own; "
                    f"connect {whole!r} instead."
                )
    paths = [
        Path(source, target)
        for path in model.paths
        for source in parts.get(path.source, (path.source,))
        for target in parts.get(path.target, (path.target,))
    ]
    kept = tuple(c for c in model.constructs if not c.higher_order)
    return Model(kept, tuple(paths))


def second_stage(model: Model) -> Model:
    """Return the model whose higher-order constructs are measured by composites."""
    inside = {name for c in model.constructs if c.higher_order for name in c.indicators}
    kept = [replace(c, higher_order=False) for c in model.constructs if c.name not in inside]
    named = {name: f"composite of {name}" for name in inside}
    constructs = [
        Construct(c.name, tuple(named.get(name, name) for name in c.indicators), c.kind)
        for c in kept
    ]
    return Model(tuple(constructs), model.paths)


def second_stage_moments(model: Model, moments: Moments, W: Array, second: Model) -> Moments:
    """Return correlations of the remaining items and of the composites of the parts."""
    T = _transform(model, W, second)
    corr = T.T @ moments.corr @ T
    np.fill_diagonal(corr, 1.0)
    return Moments.from_correlation((corr + corr.T) / 2, second.indicators, moments.n)


def combined_weights(model: Model, W: Array, second: Model, second_weights: Array) -> Array:
    """Return weights of the items for every construct of the whole model."""
    later = _transform(model, W, second) @ second_weights
    first_names = first_stage(model).names
    columns = [
        later[:, second.names.index(name)]
        if name in second.names
        else W[:, first_names.index(name)]
        for name in model.names
    ]
    return np.column_stack(columns)


def merged_settings(first: Estimates, second: Estimates) -> dict[str, str]:
    """Return the settings of the second stage, saying that there were two."""
    return {
        **second.settings,
        "higher-order constructs": f"disjoint two-stage; stage one {first.convergence.how}",
    }


def _transform(model: Model, W: Array, second: Model) -> Array:
    """(p, p2) matrix that turns items into items and composites of the second stage."""
    first_names = first_stage(model).names
    T = np.zeros((len(model.indicators), len(second.indicators)))
    for column, name in enumerate(second.indicators):
        if name in model.indicators:
            T[model.indicators.index(name), column] = 1.0
        else:
            T[:, column] = W[:, first_names.index(name.removeprefix("composite of "))]
    return T
