"""Partial least squares path modelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from csi.core.composites import composites
from csi.core.moments import Moments
from csi.core.pls import Mode, OuterWeights, Scheme, cycle_length, outer_weights
from csi.core.products import Samples
from csi.core.types import Array, Mask
from csi.errors import DataError, EstimationError, ModelError, OptionError, did_you_mean
from csi.estimators.base import BROKEN, UNSETTLED, Convergence, Estimates, Solved
from csi.estimators.composites import (
    check_regressions,
    check_structure,
    estimates_from_weights,
    named,
)
from csi.estimators.higher_order import Stages, both_stages
from csi.spec import Model

COLLINEAR = 1e-10
"""Smallest eigenvalue of a block's correlations below which Mode B has no answer."""


@dataclass(frozen=True, slots=True)
class PLS:
    """Estimate a model by partial least squares path modelling.

    A construct's kind chooses its mode: reflective Mode A, composite Mode B.
    Composites point along their indicators: the sum of a block's covariances
    with its composite is positive.

    Parameters
    ----------
    scheme : {"path", "factorial", "centroid"}
        Inner weighting scheme.
    modes : mapping of str to {"A", "B", "unit"}, optional
        Modes of single constructs, against the default of their kind.
    consistent : bool
        Correct reflective constructs in Mode A for attenuation (PLSc, rho_A).
    standardize : bool
        Work on correlations; False works on covariances.
    tol : float
        Largest change of an outer weight of a standardised item that counts as
        settled.
    max_iter : int
        Iterations after which to give up.
    on_fail : {"raise", "return"}
        Whether an iteration that does not settle is an error or a result that
        says so.

    Raises
    ------
    OptionError
        If a setting is unknown.

    References
    ----------
    Tenenhaus, M., Esposito Vinzi, V., Chatelin, Y.-M. and Lauro, C. (2005). PLS
    path modeling. Computational Statistics & Data Analysis 48(1), 159-205.
    doi:10.1016/j.csda.2004.03.005

    Examples
    --------
    >>> import csi
    >>> csi.PLS(scheme="centroid").scheme
    'centroid'
    """

    scheme: Scheme = "path"
    modes: Mapping[str, Mode] = field(default_factory=dict, hash=False)
    consistent: bool = False
    standardize: bool = True
    tol: float = 1e-10
    max_iter: int = 1000
    on_fail: Literal["raise", "return"] = "raise"

    def __post_init__(self) -> None:
        _one_of("scheme", self.scheme, get_args(Scheme))
        _one_of("on_fail", self.on_fail, ("raise", "return"))
        if not isinstance(self.modes, Mapping):
            raise OptionError(f"modes is {self.modes!r}. Give a mapping such as {{'Value': 'A'}}.")
        for name, mode in self.modes.items():
            _one_of(f"mode of {name!r}", mode, get_args(Mode))
        for name in ("consistent", "standardize"):
            if not isinstance(getattr(self, name), bool | np.bool_):
                raise OptionError(f"{name} is {getattr(self, name)!r}. Give True or False.")
        if not isinstance(self.tol, float | np.floating) or not 0 < self.tol < 1:
            raise OptionError(f"tol is {self.tol!r}. Give a small positive number such as 1e-10.")
        whole = isinstance(self.max_iter, int | np.integer) and not isinstance(self.max_iter, bool)
        if not whole or self.max_iter < 1:
            raise OptionError(f"max_iter is {self.max_iter!r}. Give a positive whole number.")
        if self.consistent and not self.standardize:
            raise OptionError("consistent=True needs standardize=True: rho_A is a correlation.")

    def estimate(self, model: Model, moments: Moments) -> Estimates:
        """Return the estimates of one sample."""
        return self.estimate_all(model, [moments])[0]

    def estimate_all(self, model: Model, samples: Sequence[Moments]) -> list[Estimates]:
        """Return the estimates of several samples, iterated in one pass.

        Parameters
        ----------
        model : Model
            The model.
        samples : sequence of Moments
            In the order of ``model.indicators``.

        Returns
        -------
        list of Estimates

        Raises
        ------
        ModelError
            If composites cannot be built for the model, or a block in Mode B is
            collinear.
        DataError
            If there are too few respondents for a block or a regression.
        EstimationError
            If the iteration does not settle.
        """
        if any(construct.higher_order for construct in model.constructs):
            return [self._two_stages(model, moments) for moments in samples]
        check_structure(model)
        modes = self.modes_of(model)
        for moments in samples:
            check_regressions(model, moments)
            _check_blocks(model, modes, moments)
        matrices = np.stack([m.corr if self.standardize else m.cov for m in samples], axis=-1)
        found = outer_weights(
            matrices, model.blocks, model.design, modes,
            scheme=self.scheme, tol=self.tol, max_iter=self.max_iter,
        )  # fmt: skip
        R = matrices if self.standardize else np.stack([m.corr for m in samples], axis=-1)
        W = found.W
        if not self.standardize:
            W = W * np.stack([moments.sd for moments in samples], axis=-1)[:, None]
        corrected = self.has_rho_a(model) if self.consistent else None
        with np.errstate(all="ignore"):  # what broke down is said for each sample
            whole = composites(R, W, model.blocks, model.design, corrected)
        settings = self._settings(model, modes)
        return [
            named(
                model,
                whole.sample(i),
                self._convergence(model, modes, matrices[..., i], found, i),
                settings,
            )
            for i in range(len(samples))
        ]

    def solve(self, model: Model, samples: Samples) -> Solved:
        """Return the composites of every resample; a failure raises nothing."""
        if any(construct.higher_order for construct in model.constructs):
            W, failure = self._solve_stages(model, samples)
        else:
            W, failure = self._solve_weights(model, samples)
        corrected = self.has_rho_a(model) if self.consistent else None
        with np.errstate(all="ignore"):
            found = composites(samples.R, W, model.blocks, model.design, corrected)
        return Solved.of(samples, found, failure)

    def _solve_weights(self, model: Model, samples: Samples) -> tuple[Array, NDArray[np.int8]]:
        """Return (p, k, B) weights of standardised items, and what failed."""
        R = samples.R if self.standardize else samples.R * (samples.sd[:, None] * samples.sd)
        found = outer_weights(
            R, model.blocks, model.design, self.modes_of(model),
            scheme=self.scheme, tol=self.tol, max_iter=self.max_iter,
        )  # fmt: skip
        failure = np.where(found.converged, 0, UNSETTLED).astype(np.int8)
        failure[~np.isfinite(found.change)] = BROKEN
        return found.W if self.standardize else found.W * samples.sd[:, None], failure

    def _solve_stages(self, model: Model, samples: Samples) -> tuple[Array, NDArray[np.int8]]:
        stages = Stages.of(model)
        early, failure = self._only(stages.first)._solve_weights(stages.first, samples)
        second = Samples(samples.mean, samples.sd, stages.second_correlations(samples.R, early))
        later, again = self._only(stages.second)._solve_weights(stages.second, second)
        return stages.combined(early, later), np.where(failure == 0, again, failure)

    def _two_stages(self, model: Model, moments: Moments) -> Estimates:
        """Estimate the parts of higher-order constructs first, then the constructs themselves."""
        if self.consistent or not self.standardize:
            raise OptionError(
                "Models with higher-order constructs are estimated on correlations and without "
                "correction for attenuation. Leave out consistent=True and standardize=False."
            )
        self.modes_of(model)
        check_structure(model)
        stages = Stages.of(model)
        early = self._only(stages.first).estimate(stages.first, moments)
        later = self._only(stages.second).estimate(
            stages.second, stages.second_moments(moments, early.weights)
        )
        W = stages.combined(early.weights, later.weights)
        convergence = both_stages(early.convergence, later.convergence)
        modes = {"modes": f"{early.settings['modes']}; then {later.settings['modes']}"}
        settings = {**later.settings, **modes, "higher-order constructs": "disjoint two-stage"}
        return estimates_from_weights(model, moments.corr, W, convergence, settings)

    def _only(self, model: Model) -> PLS:
        """Return the same settings for the constructs of one stage."""
        return replace(
            self, modes={name: mode for name, mode in self.modes.items() if name in model.names}
        )

    def modes_of(self, model: Model) -> list[Mode]:
        """Return the mode of every construct; single items count as Mode A."""
        for name in self.modes:
            model.construct(name)
        default: dict[str, Mode] = {"reflective": "A", "composite": "B", "single": "A"}
        return [self.modes.get(c.name, default[c.kind]) for c in model.constructs]

    def has_rho_a(self, model: Model) -> Mask:
        """Return which constructs rho_A is defined for: reflective ones in Mode A."""
        return np.array(
            [
                c.kind == "reflective" and not c.higher_order and mode == "A"
                for c, mode in zip(model.constructs, self.modes_of(model), strict=True)
            ]
        )

    def _settings(self, model: Model, modes: Sequence[Mode]) -> dict[str, str]:
        shown = (
            f"{c.name} {'single item' if c.kind == 'single' else mode}"
            for c, mode in zip(model.constructs, modes, strict=True)
        )
        return {
            "estimator": "PLS path modelling" + (", consistent (PLSc)" if self.consistent else ""),
            "modes": ", ".join(shown),
            "scheme": self.scheme,
            "standardization": "mean 0, variance 1" if self.standardize else "mean 0, own units",
            "variance divisor": "n - 1",
            "sign convention": "each construct points along its indicators",
        }

    def _convergence(
        self, model: Model, modes: Sequence[Mode], R: Array, found: OuterWeights, i: int
    ) -> Convergence:
        iterations, change = int(found.n_iter[i]), float(found.change[i])
        if found.converged[i]:
            how = f"settled after {iterations} iterations (largest change {change:.1e})"
            return Convergence(True, iterations, change, self.tol, 0, how)
        if not np.isfinite(change):
            raise EstimationError(
                f"The iteration broke down after {iterations} rounds: {_why_broken(R)}"
            )
        cycle = cycle_length(
            R, found.W[..., i], model.blocks, model.design, modes, scheme=self.scheme
        )
        how = f"not settled after {iterations} iterations (largest change {change:.1e})"
        how += f"; the weights run in a cycle of {cycle}" if cycle else ""
        if self.on_fail == "raise":
            remedy = "another scheme" if cycle else "a larger max_iter or another scheme"
            raise EstimationError(
                f"PLS has {how}. Try {remedy}, or on_fail='return' to look at where it stopped."
            )
        return Convergence(False, iterations, change, self.tol, cycle, how)


def _why_broken(R: Array) -> str:
    if np.linalg.eigvalsh(R)[0] < -COLLINEAR * np.abs(R).max():
        return (
            "the correlations of the items are not positive semidefinite, so a composite got a "
            "negative variance. Use missing='mean' or 'listwise'."
        )
    return (
        "a composite lost all variance, or constructs became perfectly collinear. Look for a "
        "construct measured by the items of another, and for reversed items."
    )


def _check_blocks(model: Model, modes: Sequence[Mode], moments: Moments) -> None:
    """Refuse Mode B blocks that the sample cannot carry."""
    for j, (construct, mode) in enumerate(zip(model.constructs, modes, strict=True)):
        members = np.flatnonzero(model.blocks[:, j])
        if mode == "B" and moments.n <= len(members):
            raise DataError(
                f"{moments.n:g} rows, {len(members)} items in {construct.name} (Mode B). Mode B "
                "needs more rows than items; use Mode A or more respondents."
            )
        if mode == "B" and len(members) > 1:
            _check_full_rank(
                construct.name, construct.indicators, moments.corr[np.ix_(members, members)]
            )


def _check_full_rank(name: str, indicators: Sequence[str], block: Array) -> None:
    values, vectors = np.linalg.eigh(block)
    if values[0] > COLLINEAR:
        return
    involved = [
        (item, weight)
        for item, weight in zip(indicators, vectors[:, 0], strict=True)
        if abs(weight) > 1e-4
    ]
    if len(involved) == 2:
        what = f"{involved[0][0]} and {involved[1][0]} are identical (standardised)"
    else:
        what = " ".join(f"{weight:+.3f} {item}" for item, weight in involved)
        what += " is constant (standardised)"
    raise ModelError(
        f"The items of {name} (Mode B) are collinear: {what}, so their weights cannot be told "
        f"apart. Drop {involved[-1][0]}, or use Mode A."
    )


def _one_of(what: str, value: object, known: Sequence[str]) -> None:
    if not isinstance(value, str) or value not in known:
        raise OptionError(
            f"The {what} is {value!r}. Known: {', '.join(known)}." + did_you_mean(str(value), known)
        )
