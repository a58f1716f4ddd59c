"""Loyalty curves as JSON: curve, zone and settings, without respondents."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any, get_args

import numpy as np
import pandas as pd

from csi.core.checks import check_level
from csi.core.curve.detection import Detection
from csi.core.curve.edges import Estimate
from csi.core.curve.edges import Zone as Edges
from csi.core.curve.power_here import PowerHere
from csi.loyalty.curve import ORDER
from csi.loyalty.outcomes import ENDS
from csi.loyalty.settings import METHODS, Direction, OutcomeScale, Settings
from csi.loyalty.zone import Verdict, Zone
from csi.reporting.curve_results import StoredCurve
from csi.storage import to_plain

_FACTS = ("cause", "effect", "unit", "n", "dropped", "reliability", "reliability_source")
_COLUMNS = {
    "table": ORDER,
    "raw": ORDER,
    "points": ["score", "true_score", "loyalty", "se", "weight"],
    "sensitivity": ["what", "reliability", "verdict", "p", "low", "high", "ratio"],
}
_WORDS = ("what", "verdict")
_BEHIND = ("detection", "ask")


def curve_to_plain(curve: StoredCurve) -> dict[str, Any]:
    """Return a curve as what JSON knows; sentence and table of its zone are for other readers."""
    zone, pieces = curve.zone, curve.zone.detection.zone
    tables = {name: table.to_dict("list") for name, table in curve.tables.items()}
    own = {f.name: getattr(zone, f.name) for f in dataclasses.fields(zone) if f.name not in _BEHIND}
    could_show = None if zone.could_show is None else dataclasses.asdict(zone.could_show)
    plain: dict[str, Any] = to_plain(
        {
            "fingerprint": curve.fingerprint,
            **{name: getattr(curve, name) for name in _FACTS},
            "labels": curve.labels,
            "settings": dataclasses.asdict(curve.settings),
            "zone": {
                **own,
                "could_show": could_show,
                "tail": zone.detection.share,
                "window": zone.window,
                "supported": zone.detection.supported,
                "pieces": None if pieces is None else dataclasses.asdict(pieces),
                "why": zone.why,
            },
            "tables": {**tables, "zone": zone.table.to_dict("list")},
        }
    )
    return plain


def curve_from_plain(stored: Mapping[str, Any]) -> StoredCurve:
    """Return what was stored.

    Raises
    ------
    KeyError, TypeError or ValueError
        If it is damaged.
    """
    facts = {name: stored[name] for name in _FACTS}
    tables = {
        name: _table(stored["tables"][name], columns)
        for name, columns in _COLUMNS.items()
        if name in stored["tables"] or name != "sensitivity"
    }
    curve = StoredCurve(
        **facts, settings=_settings(stored["settings"]), zone=_zone(stored["zone"]), tables=tables,
        fingerprint=stored["fingerprint"], labels=_labels(stored.get("labels", {})),
    )  # fmt: skip
    _check(curve)
    return curve


def _labels(stored: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    labels = {name: dict(own) for name, own in stored.items()}
    if not all(isinstance(text, str) for own in labels.values() for text in own.values()):
        raise TypeError("a label is no text")
    return labels


def _zone(stored: Mapping[str, Any]) -> Zone:
    own = {f.name for f in dataclasses.fields(Zone)} - set(_BEHIND)
    if stored["verdict"] not in get_args(Verdict) or not isinstance(stored["supported"], bool):
        raise ValueError("a verdict is of another kind than csi writes")
    low, high = map(float, stored["window"])
    pieces = None if stored["pieces"] is None else _edges(stored["pieces"])
    numbers: dict[str, Any] = {name: _number(stored[name]) for name in own - {"verdict"}}
    return Zone(
        verdict=stored["verdict"],
        detection=Detection(stored["supported"], None, pieces, (low, high), float(stored["tail"])),
        ask=partial(_could_show, stored["could_show"]),
        **numbers,
    )


def _could_show(stored: Mapping[str, Any] | None) -> PowerHere | None:
    return None if stored is None else PowerHere(**stored)


def _edges(stored: Mapping[str, Any]) -> Edges:
    return Edges(**{name: _part(each) for name, each in stored.items()})


def _part(stored: object) -> Any:
    """Return a number with its interval, a number, or a truth value."""
    if isinstance(stored, dict):
        return Estimate(**{name: _number(value) for name, value in stored.items()})
    return stored if isinstance(stored, bool) else _number(stored)


def _settings(stored: Mapping[str, Any]) -> Settings:
    made = Settings(**stored)
    check_level(made.level)
    known = [
        made.method in METHODS,
        made.scale in get_args(OutcomeScale),
        made.direction in get_args(Direction),
        isinstance(made.monotone, bool),
        made.margin is None or _number(made.margin) > 0,
        0 < _number(made.tail) < 0.5,
        _is_whole(made.draws),
        _is_whole(made.seed),
    ]
    if not all(known):
        raise ValueError("a setting is of another kind than csi writes")
    return made


def _table(stored: Mapping[str, Any], columns: list[str]) -> pd.DataFrame:
    table = pd.DataFrame({name: stored[name] for name in columns})
    numeric = [name for name in columns if name not in _WORDS]
    return table.astype(dict.fromkeys(numeric, np.float64))


def _check(curve: StoredCurve) -> None:
    """Refuse what is no curve."""
    zone, (low, high) = curve.zone, curve.window
    texts = (curve.cause, curve.effect, curve.reliability_source, curve.fingerprint)
    sound = [
        all(isinstance(text, str) for text in texts),
        curve.unit in ENDS,
        _is_whole(curve.n) and _is_whole(curve.dropped),
        0 < _number(curve.reliability) <= 1,
        low <= high,
        zone.sign in (-1.0, 1.0),
        np.isnan(zone.p_value) or 0 <= zone.p_value <= 1,
        curve.table["satisfaction"].is_monotonic_increasing,
        not zone.found or zone.detection.zone is not None,
    ]
    if not all(sound):
        raise ValueError("its numbers are impossible")


def _number(stored: object) -> float:
    if isinstance(stored, bool):
        raise TypeError("a number is a truth value")
    return np.nan if stored is None else float(stored)  # type: ignore[arg-type]


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
