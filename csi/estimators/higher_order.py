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

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from csi.core.moments import Moments
from csi.core.types import Array
from csi.errors import ModelError
from csi.estimators.base import Convergence
from csi.spec import Construct, Model, Path


@dataclass(frozen=True, slots=True)
class Stages:
    """The two models into which one with higher-order constructs is taken apart.

    Attributes
    ----------
    model : Model
        The whole model.
    first : Model
        The parts of every higher-order construct in its place.
    second : Model
        Higher-order constructs measured by the composites of their parts.
    composites : mapping of str to str
        What the composite of each part is called among the indicators of
        ``second``.
    """

    model: Model
    first: Model
    second: Model
    composites: Mapping[str, str]

    @classmethod
    def of(cls, model: Model) -> Stages:
        """Take a model apart.

        Raises
        ------
        ModelError
            If a part has paths of its own or belongs to two constructs.
        """
        parts = {c.name: c.indicators for c in model.constructs if c.higher_order}
        _check_parts(model, parts)
        composites = {
            part: _unused(f"composite of {part}", model)
            for members in parts.values()
            for part in members
        }
        return cls(model, _first(model, parts), _second(model, composites), composites)

    def second_moments(self, moments: Moments, W: Array) -> Moments:
        """Return correlations of the remaining items and of the composites of the parts."""
        corr, n = self.second_correlations(moments.corr, W), moments.n
        return Moments(self.second.indicators, n, n, n, None, corr, corr / n, "standard")

    @np.errstate(invalid="ignore")  # of resamples the first stage failed for
    def second_correlations(self, R: Array, W: Array) -> Array:
        """Return the (p2, p2, ...) correlations of the indicators of the second stage."""
        T = self._transform(W)
        corr: Array = np.einsum("ia...,ij...,jb...->ab...", T, R, T, optimize=True)
        corr = (corr + corr.swapaxes(0, 1)) / 2
        at = np.arange(len(corr))
        corr[at, at] = 1.0
        return corr

    def combined(self, first: Array, second: Array) -> Array:
        """Return (p, k, ...) weights of the items for every construct of the whole model."""
        later = np.einsum("ia...,ak...->ik...", self._transform(first), second)
        return np.stack(
            [
                later[:, self.second.names.index(name)]
                if name in self.second.names
                else first[:, self.first.names.index(name)]
                for name in self.model.names
            ],
            axis=1,
        )

    def _transform(self, W: Array) -> Array:
        """(p, p2, ...) matrix that turns items into indicators of the second stage."""
        T = np.zeros((len(self.model.indicators), len(self.second.indicators), *W.shape[2:]))
        parts = {name: part for part, name in self.composites.items()}
        for column, name in enumerate(self.second.indicators):
            if name in parts:
                T[:, column] = W[:, self.first.names.index(parts[name])]
            else:
                T[self.model.indicators.index(name), column] = 1.0
        return T


def both_stages(first: Convergence, second: Convergence) -> Convergence:
    """Return one record that claims no more than both stages reached."""
    both = first.converged and second.converged
    return Convergence(
        both,
        first.iterations + second.iterations,
        max(first.change, second.change),
        second.tolerance,
        first.cycle or second.cycle,
        f"{'' if both else 'not '}settled in both stages: stage one {first.how}; stage two "
        f"{second.how}",
    )


def _first(model: Model, parts: Mapping[str, tuple[str, ...]]) -> Model:
    paths = [
        Path(source, target)
        for path in model.paths
        for source in parts.get(path.source, (path.source,))
        for target in parts.get(path.target, (path.target,))
    ]
    return Model(tuple(c for c in model.constructs if not c.higher_order), tuple(paths))


def _second(model: Model, composites: Mapping[str, str]) -> Model:
    constructs = [
        Construct(c.name, tuple(composites.get(name, name) for name in c.indicators), c.kind)
        for c in model.constructs
        if c.name not in composites
    ]
    return Model(tuple(constructs), model.paths)


def _check_parts(model: Model, parts: Mapping[str, tuple[str, ...]]) -> None:
    whole: dict[str, str] = {}
    for name, members in parts.items():
        for part in members:
            if part in whole:
                raise ModelError(
                    f"{part!r} is a part of two higher-order constructs, {whole[part]!r} and "
                    f"{name!r}. Leave it in one."
                )
            whole[part] = name
    for path in model.paths:
        for end in (path.source, path.target):
            if end in whole:
                raise ModelError(
                    f"Path {path} leads from or to a part of the higher-order construct "
                    f"{whole[end]!r}. The two-stage approach needs the parts to have no paths of "
                    f"their own; connect {whole[end]!r} instead."
                )


def _unused(name: str, model: Model) -> str:
    while name in model.indicators or name in model.names:
        name += "'"
    return name
