"""Settings behind which a printed table may stand, from the usual to the odd."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from csi.core.pls import Mode
from csi.declared import Missing
from csi.estimators.base import Estimator
from csi.estimators.cbsem import CBSEM
from csi.estimators.pls import PLS
from csi.estimators.sums import Sums
from csi.spec import Model

RULES: tuple[Missing, ...] = ("listwise", "pairwise", "mean", "fiml")
SCHEMES = ("path", "factorial", "centroid")
METHODS = ("ML", "MLR", "MLM", "GLS", "ULS", "DWLS", "WLS")
DIMENSIONS = (
    "estimator", "modes", "scheme", "correction", "items", "stopped", "likelihood", "information",
    "scaling", "missing answers", "survey weights",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """One way of fitting a model.

    Attributes
    ----------
    estimator : Estimator
        How it is estimated.
    choices : mapping of str to str
        The same in words, by dimension.
    missing : str or None
        Rule for missing answers; None if there is nothing to choose.
    weighted : bool
        Whether the weights of the survey, if it has any, are heeded.
    oddity : int
        How far it is from the usual; of settings that agree equally, the usual is named.
    """

    estimator: Estimator
    choices: Mapping[str, str]
    missing: Missing | None = None
    weighted: bool = True
    oddity: int = 0

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """The choices as a value that can be compared."""
        return tuple(sorted(self.choices.items()))


def composites(model: Model, *, own_units: bool) -> Iterator[Setting]:
    """Yield every way of weighting items, blocks all alike or as the model states them."""
    units = (True, False) if own_units else (True,)
    for modes, scheme, standardize in product(uniform_modes(model), SCHEMES, units):
        yield pls(model, modes, scheme, standardize=standardize)
    for modes, scheme in product(uniform_modes(model), SCHEMES):
        if _can_correct(model, modes):
            yield pls(model, modes, scheme, consistent=True)
    for standardized in (True, False) if own_units else (True,):
        items = "standardised" if standardized else "own units"
        yield Setting(Sums(standardized), {"estimator": "equal weights", "items": items}, oddity=2)


def mixed_modes(model: Model, base: Setting) -> Iterator[Setting]:
    """Yield a PLS setting with every combination of modes of the blocks."""
    names = free_blocks(model)
    for letters in product("AB", repeat=len(names)):
        yield with_modes(model, base, dict(zip(names, letters, strict=True)))  # type: ignore[arg-type]


def with_modes(model: Model, base: Setting, modes: Mapping[str, Mode]) -> Setting:
    """Return a PLS setting with other modes."""
    own: Any = base.estimator
    found = pls(model, modes, own.scheme, standardize=own.standardize, consistent=own.consistent)
    if base.missing is not None:
        found = _by_rule(found, base.missing)
    return _by_weights(found, base.weighted) if "survey weights" in base.choices else found


def changed(model: Model, base: Setting, names: Sequence[str]) -> Setting:
    """Return a PLS setting with the other mode of some blocks."""
    own: Any = base.estimator
    modes = dict(zip(model.names, own.modes_of(model), strict=True))
    other: dict[Mode, Mode] = {"A": "B", "B": "A"}
    return with_modes(
        model,
        base,
        {n: other[modes[n]] if n in names else modes[n] for n in free_blocks(model)},
    )


def pls(
    model: Model,
    modes: Mapping[str, Mode],
    scheme: Any,
    *,
    standardize: bool = True,
    consistent: bool = False,
) -> Setting:
    """Return a PLS setting with its words."""
    stated = PLS().modes_of(model)
    found = PLS(modes=dict(modes)).modes_of(model)
    blocks = free_blocks(model)
    at = {name: i for i, name in enumerate(model.names)}
    letters = [found[at[name]] for name in blocks]
    choices = {
        "estimator": "PLS",
        "modes": _modes_in_words(blocks, letters),
        "scheme": scheme,
        "correction": "PLSc" if consistent else "none",
        "items": "standardised" if standardize else "own units",
    }
    unstated = sum(found[at[name]] != stated[at[name]] for name in blocks)
    odd = min(unstated, 1) + (0 < unstated < len(blocks)) + consistent + 2 * (not standardize)
    return Setting(
        PLS(scheme=scheme, modes=dict(modes), standardize=standardize, consistent=consistent),
        choices,
        oddity=int(odd),
    )


def stopped(base: Setting, rounds: int) -> Setting:
    """Return a PLS setting that stops after some rounds."""
    own: Any = base.estimator
    return Setting(
        replace(own, max_iter=rounds, on_fail="return"),
        {**base.choices, "stopped": f"after {rounds} rounds"},
        base.missing,
        base.weighted,
        base.oddity + 3,
    )


def structures(*, parameters: bool) -> Iterator[Setting]:
    """Yield covariance structures; all of them where their own numbers were printed."""
    if not parameters:
        choices = {"estimator": "covariance structure, ML"}
        yield Setting(CBSEM(), choices, oddity=2)
        return
    divisors = [(method, "normal") for method in METHODS] + [("ML", "wishart")]
    for (method, likelihood), information, scaling in product(
        divisors, (None, "expected", "observed"), ("marker", "variance")
    ):
        odd = [method != "ML", likelihood != "normal", information is not None]
        yield Setting(
            CBSEM(method, likelihood=likelihood, information=information, scaling=scaling),  # type: ignore[arg-type]
            {
                "estimator": f"covariance structure, {method}",
                "likelihood": f"{likelihood} ({'n' if likelihood == 'normal' else 'n - 1'})",
                "information": information or "as usual",
                "scaling": scaling,
            },
            oddity=sum(odd),
        )


def with_missing(settings: Sequence[Setting], rules: Sequence[Missing]) -> Iterator[Setting]:
    """Yield settings with every rule for missing answers."""
    for setting, rule in product(settings, rules):
        if rule in _policies(setting.estimator):
            yield _by_rule(setting, rule)


def with_weights(settings: Iterable[Setting]) -> Iterator[Setting]:
    """Yield settings with the weights of the survey heeded, and ignored."""
    for setting, weighted in product(settings, (True, False)):
        yield _by_weights(setting, weighted)


def _by_weights(setting: Setting, weighted: bool) -> Setting:
    told = "heeded" if weighted else "ignored"
    return replace(
        setting,
        choices={**setting.choices, "survey weights": told},
        weighted=weighted,
        oddity=setting.oddity + (not weighted),
    )


def _by_rule(setting: Setting, rule: Missing) -> Setting:
    return replace(setting, choices={**setting.choices, "missing answers": rule}, missing=rule)


def _policies(estimator: Estimator) -> tuple[str, ...]:
    """Return the rules that an estimator can do with; only a normal likelihood can do with fiml."""
    if isinstance(estimator, CBSEM) and not _full(estimator):
        return tuple(rule for rule in estimator.policies if rule != "fiml")
    return getattr(estimator, "policies", ("listwise", "pairwise", "mean"))


def _full(estimator: CBSEM) -> bool:
    return estimator.method in ("ML", "MLR") and estimator.likelihood == "normal"


def uniform_modes(model: Model) -> list[dict[str, Mode]]:
    """Return the modes that the model states, all A and all B, each once."""
    blocks = free_blocks(model)
    ways: list[dict[str, Mode]] = [{}, dict.fromkeys(blocks, "A"), dict.fromkeys(blocks, "B")]
    found: dict[tuple[str, ...], dict[str, Mode]] = {}
    for modes in ways:
        found.setdefault(tuple(PLS(modes=modes).modes_of(model)), modes)
    return list(found.values())


def free_blocks(model: Model) -> list[str]:
    """Return the constructs whose mode makes a difference."""
    return [c.name for c in model.constructs if len(c.indicators) > 1]


def _can_correct(model: Model, modes: Mapping[str, Mode]) -> bool:
    return bool(PLS(modes=dict(modes)).has_rho_a(model).any())


def _modes_in_words(blocks: Sequence[str], letters: Sequence[str]) -> str:
    if len(set(letters)) <= 1:
        return f"all {letters[0]}" if letters else "single items"
    rare = min(("A", "B"), key=letters.count)
    named = [name for name, letter in zip(blocks, letters, strict=True) if letter == rare]
    rest = "A" if rare == "B" else "B"
    return f"{rare}: {', '.join(named)}; else {rest}"
