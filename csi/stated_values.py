"""What users state of constructs, items and paths by name, as arrays."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from csi.core.types import Array, Mask
from csi.errors import ArgumentTypeError, OptionError, did_you_mean, listing
from csi.spec import Model
from csi.stated_curves import Function, read_curve

MOST_NOISE = 1e4
"""Points beyond which loyalty is one end of the scale or the other."""


def named_paths(model: Model, paths: object) -> dict[tuple[str, str], float]:
    """Return stated path coefficients."""
    if paths is None:
        return {}
    if not isinstance(paths, Mapping):
        raise ArgumentTypeError(
            f"paths is {paths!r}. Give a mapping such as {{('Satisfaction', 'Loyalty'): 0.6}}."
        )
    return {
        ends: number(value, f"paths, {' -> '.join(ends)}")
        for ends, value in _by_path(model, paths, "paths").items()
    }


def named_curves(model: Model, given: object, clip: bool) -> dict[tuple[str, str], Function]:
    """Return stated curves as functions."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ArgumentTypeError(
            f"curves is {given!r}. Give a mapping such as {{('Satisfaction', 'Loyalty'): 'zone'}}."
        )
    found = _by_path(model, given, "curves")
    return {ends: read_curve(shape, " -> ".join(ends), clip) for ends, shape in found.items()}


def _by_path(model: Model, given: Mapping[Any, Any], what: str) -> dict[tuple[str, str], Any]:
    """Return what is stated of paths, by source and target."""
    known = {str(path): (path.source, path.target) for path in model.paths}
    found: dict[tuple[str, str], Any] = {}
    for key, value in given.items():
        ends = key if isinstance(key, tuple) else [end.strip() for end in str(key).split("->")]
        name = " -> ".join(map(str, ends))
        if name not in known:
            raise OptionError(
                f"{what} names {name!r}, which the model lacks. Its paths: "
                f"{listing(known, 30)}.{did_you_mean(name, known)}"
            )
        if known[name] in found:
            raise OptionError(f"{what} states {name!r} twice. Keep one of them.")
        found[known[name]] = value
    return found


def named_items(model: Model, given: object) -> Mask:
    """Return which items a mapping names, themselves or by their construct."""
    names = set(given) if isinstance(given, Mapping) else set()
    constructs = np.array([name in names for name in model.names])
    own = np.array([name in names for name in model.indicators])
    return np.asarray(own | (model.blocks & constructs).any(axis=1))


def per_item(model: Model, given: object, before: Array, exempt: Mask, what: str) -> Array:
    """Replace values: a number all but the exempt, a mapping those it names."""
    if given is None:
        return before
    if not isinstance(given, Mapping):
        return np.where(exempt, before, number(given, what))
    known = (*model.names, *model.indicators)
    for name in given:
        if name not in known:
            raise OptionError(
                f"{what} names {name!r}, which is no construct or indicator of the model. "
                f"Constructs: {', '.join(model.names)}.{did_you_mean(str(name), known)}"
            )
    values = before.copy()
    for name in sorted(given, key=lambda name: name in model.indicators):
        inside = model.blocks[:, model.names.index(name)] if name in model.names else None
        at = np.array([i == name for i in model.indicators]) if inside is None else inside
        values[at] = number(given[name], f"{what}, {name}")
    return values


def stated_noise(
    model: Model, given: object, before: Array, curves: Mapping[tuple[str, str], Function]
) -> Array:
    """Return the scatter round curves, by the place of the effect."""
    if given is None:
        return before
    values, effects = before.copy(), [effect for _, effect in curves]
    if not isinstance(given, Mapping):
        values[:] = number(given, "noise")
    else:
        for name, value in given.items():
            if name not in effects:
                raise OptionError(
                    f"noise names {name!r}, to which no curve leads. Curves lead to "
                    f"{listing(effects) or 'nothing'}.{did_you_mean(str(name), effects)}"
                )
            values[model.names.index(name)] = number(value, f"noise, {name}")
    if not (values >= 0).all():
        raise OptionError(f"noise is {values.min():g}. Give points from 0 up.")
    if values.max(initial=0) > MOST_NOISE:
        raise OptionError(f"noise is {values.max():g}. Give points, {MOST_NOISE:g} at most.")
    return values


def stated_reliability(
    model: Model, alone: Mask, settings: Mapping[str, Any], before: Array
) -> Array:
    """Return reliabilities; loadings stated by name end one that was stated before."""
    given = settings.get("reliability")
    named = named_items(model, settings.get("loadings"))
    loaded: Mask = np.any(model.blocks & named[:, None], axis=0)
    values = np.where(loaded, np.nan, before)
    if given is None:
        return values
    if not isinstance(given, Mapping):
        several = ~(model.blocks & alone[:, None]).any(axis=0)
        given = dict.fromkeys(np.array(model.names)[several].tolist(), given)
    for name, value in given.items():
        if name not in model.names:
            raise OptionError(
                f"reliability names {name!r}, which is no construct of the model. Constructs: "
                f"{', '.join(model.names)}.{did_you_mean(str(name), model.names)}"
            )
        j = model.names.index(name)
        if loaded[j]:
            raise OptionError(
                f"Both loadings and a reliability are stated of {name}. Keep one of them."
            )
        values[j] = number(value, f"reliability, {name}")
        if not 0 < values[j] <= 1:
            raise OptionError(
                f"reliability of {name} is {values[j]:g}. It must be above 0 and at most 1."
            )
    return values


def number(value: object, what: str) -> float:
    """Return a finite number, or refuse the argument ``what``."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise ArgumentTypeError(f"{what}: {value!r} is not a number. Give a number.")
    if not -sys.float_info.max <= value <= sys.float_info.max:
        raise OptionError(f"{what}: {value!r} is not finite. Give an ordinary number.")
    return float(value)
