"""The search for the settings behind a printed table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from csi.declared import Missing
from csi.published.audits.scoring import Bench, Scored
from csi.published.audits.settings import (
    Setting,
    changed,
    composites,
    free_blocks,
    mixed_modes,
    stopped,
    structures,
    with_missing,
    with_weights,
)
from csi.published.tables import PrintedTable

MOST_FITS = 3000
"""Fits up to which every combination of modes is tried; of others, at most so many are."""

MOST_TOPS = 5
"""Settings that no change of one mode betters, from which two are changed at once."""

MANY_DECIMALS = 5
"""Printed decimals from which it shows where an iteration stopped."""

MOST_ROUNDS = 12

PARAMETERS = ("estimate", "se", "z", "std_lv", "std_all")

Progress = Callable[[Iterable[Setting], int], Iterable[Setting]]
Known = dict[tuple[tuple[str, str], ...], Scored]
Order = Callable[[Scored], tuple[float, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What to try, and on what.

    Attributes
    ----------
    bench : Bench
        Tries a setting.
    rules : sequence of str
        Rules for missing answers; empty if none is missing.
    weights : bool
        Whether the survey has weights.
    own_units : bool
        Whether standard deviations are known.
    progress : callable
        Shows how far the search has come.
    """

    bench: Bench
    rules: Sequence[Missing]
    weights: bool
    own_units: bool
    progress: Progress

    def run(self) -> list[Scored]:
        """Try settings until the table is reproduced or none is left; the best come first."""
        found = self._tried(list(self._usual()))
        if not _whole(found):
            found += self._mixed(found)
        if not _whole(found) and self.decimals >= MANY_DECIMALS:
            found += self._tried(list(self._stopped(found)))
        return ranked(self.bench, [self.bench.with_signs(scored) for scored in found])

    @property
    def decimals(self) -> int:
        """Decimals printed, at most."""
        return max(cell.printed.decimals for cell in self.bench.table.cells)

    def _tried(self, settings: Sequence[Setting]) -> list[Scored]:
        return [self.bench.score(one) for one in self.progress(settings, len(settings))]

    def _usual(self) -> Iterator[Setting]:
        """Yield all blocks alike, or as the model states them."""
        parameters = of_structures(self.bench.table)
        model = self.bench.model
        settings = [] if parameters else list(composites(model, own_units=self.own_units))
        settings += list(structures(parameters=parameters))
        ruled = list(with_missing(settings, self.rules)) if self.rules else settings
        yield from with_weights(ruled) if self.weights else ruled

    def _mixed(self, found: Sequence[Scored]) -> list[Scored]:
        """Try modes that differ between blocks: all of them, or those on the way to the table."""
        bases, blocks = _bases(found), len(free_blocks(self.bench.model))
        known: Known = {scored.setting.key: scored for scored in found}
        before = len(known)
        if blocks < 2 or not bases:
            return []
        if len(bases) * 2**blocks > MOST_FITS:
            self._climbed([known[base.key] for base in bases], known)
            return list(known.values())[before:]
        every = (one for base in bases for one in mixed_modes(self.bench.model, base))
        return self._tried([one for one in every if one.key not in known])

    def _climbed(self, starts: Sequence[Scored], known: Known) -> None:
        """Change the modes of one block at a time, at last of two, and keep what is tried."""
        near = {scored.setting: scored for scored in sorted(starts, key=self._far)}
        tops = [
            self._top(near[start], 1, self._far, known)
            for start in self.progress([*near], len(near))
        ]
        for top in sorted(tops, key=self._far)[:MOST_TOPS]:
            self._top(top, 2, self._wrong, known)

    def _top(self, best: Scored, together: int, by: Order, known: Known) -> Scored:
        """Change so many modes at once as long as that betters a setting."""
        climbing = True
        while climbing and len(known) < MOST_FITS and not best.matched.all():
            climbing = False
            for names in combinations(free_blocks(self.bench.model), together):
                one = changed(self.bench.model, best.setting, names)
                if one.key not in known:
                    known[one.key] = self.bench.score(one)
                if by(known[one.key]) < by(best):
                    best, climbing = known[one.key], True
        return best

    def _wrong(self, scored: Scored) -> tuple[float, ...]:
        return -scored.agreeing, *self._far(scored)

    def _far(self, scored: Scored) -> tuple[float, ...]:
        """How far a setting is from the table; it matters little how wrong a wrong number is."""
        whole = np.arange(len(self.bench.table))
        return (float(np.log1p(self.bench.units_off(whole, scored.ours)).mean()),)

    def _stopped(self, found: Sequence[Scored]) -> Iterator[Setting]:
        """Yield the best settings of PLS, stopped after some rounds."""
        bases = set(_bases(found))
        best = sorted(
            (s for s in found if s.setting in bases and not s.failure),
            key=self._merit,
            reverse=True,
        )
        for scored in best[:3]:
            for rounds in range(1, MOST_ROUNDS + 1):
                yield stopped(scored.setting, rounds)

    def _merit(self, scored: Scored) -> tuple[int, float]:
        return scored.agreeing, -self.bench.off(scored)


def ranked(bench: Bench, found: Sequence[Scored]) -> list[Scored]:
    """Return settings in order: those that agree most, then the most usual, come first."""

    def merit(scored: Scored) -> tuple[int, int, int, float]:
        odd = scored.setting.oddity + len(scored.turned) + (scored.cut == "truncated")
        return bool(scored.failure), -scored.agreeing, odd, bench.off(scored)

    return sorted(found, key=merit)


def of_structures(table: PrintedTable) -> bool:
    """Whether only a covariance structure has such numbers."""
    measures = [cell.label for cell in table.cells if cell.quantity == "measure"]
    own = {"chisq", "cfi", "tli", "rmsea", "pvalue", "logl", "aic", "bic", "npar"}
    return any(name in PARAMETERS for name in table.quantities) or bool(own & set(measures))


def _bases(found: Sequence[Scored]) -> list[Setting]:
    """Return the settings of PLS, each once whatever its modes."""
    kept: dict[tuple[object, ...], Setting] = {}
    for scored in sorted(found, key=lambda s: -s.agreeing):
        choices = scored.setting.choices
        if choices["estimator"] == "PLS" and not scored.failure:
            key = tuple(v for name, v in choices.items() if name != "modes")
            kept.setdefault(key, scored.setting)
    return list(kept.values())


def _whole(found: Sequence[Scored]) -> bool:
    return any(bool(scored.matched.all()) for scored in found)
