"""The search for the settings behind a printed table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from csi.declared import Missing
from csi.published.audits.scoring import Bench, Scored
from csi.published.audits.settings import (
    Setting,
    composites,
    free_blocks,
    mixed_modes,
    stopped,
    structures,
    with_missing,
    with_modes,
)
from csi.published.tables import PrintedTable

MOST_FITS = 3000
"""Fits up to which every combination of modes is tried."""

MANY_DECIMALS = 5
"""Printed decimals from which it shows where an iteration stopped."""

MOST_ROUNDS = 12

PARAMETERS = ("estimate", "se", "z", "std_lv", "std_all")

Progress = Callable[[Iterable[Setting], int], Iterable[Setting]]


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What to try, and on what.

    Attributes
    ----------
    bench : Bench
        Tries a setting.
    rules : sequence of str
        Rules for missing answers; empty if none is missing.
    own_units : bool
        Whether standard deviations are known.
    progress : callable
        Shows how far the search has come.
    """

    bench: Bench
    rules: Sequence[Missing]
    own_units: bool
    progress: Progress

    def run(self) -> list[Scored]:
        """Try settings until the table is reproduced or none is left; the best come first."""
        found = self._tried(list(self._usual()))
        if not _whole(found) and (mixed := list(self._mixed(found))):
            found += self._tried(mixed)
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
        yield from with_missing(settings, self.rules) if self.rules else settings

    def _mixed(self, found: Sequence[Scored]) -> Iterator[Setting]:
        """Yield modes that differ between blocks, from all usual settings or from the best."""
        model = self.bench.model
        bases, blocks = _bases(found), len(free_blocks(model))
        if blocks < 2 or not bases:
            return
        known = {scored.setting.key for scored in found}
        if len(bases) * 2**blocks > MOST_FITS:
            bases = [self._climbed(bases, found)]
        for base in bases:
            near = mixed_modes(model, base) if 2**blocks <= MOST_FITS else self._one_changed(base)
            for one in _with_rule_of(base, near):
                if one.key not in known:
                    known.add(one.key)
                    yield one

    def _climbed(self, bases: Sequence[Setting], found: Sequence[Scored]) -> Setting:
        """Change the mode of one block at a time as long as that helps."""
        best = max((scored for scored in found if scored.setting in bases), key=self._merit)
        while True:
            tried = [self.bench.score(one) for one in self._one_changed(best.setting)]
            better = max(tried, key=self._merit)
            if self._merit(better) <= self._merit(best):
                return best.setting
            best = better

    def _one_changed(self, base: Setting) -> Iterator[Setting]:
        model = self.bench.model
        own = base.estimator.modes_of(model)  # type: ignore[attr-defined]
        modes = dict(zip(model.names, own, strict=True))
        blocks = free_blocks(model)
        for name in blocks:
            changed = {n: modes[n] for n in blocks} | {name: "B" if modes[name] == "A" else "A"}
            yield from _with_rule_of(base, [with_modes(model, base, changed)])

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


def _with_rule_of(base: Setting, settings: Iterable[Setting]) -> Iterator[Setting]:
    """Yield settings with the rule for missing answers of another."""
    for one in settings:
        if base.missing is None:
            yield one
        else:
            choices = {**one.choices, "missing answers": base.missing}
            yield replace(one, choices=choices, missing=base.missing)


def _whole(found: Sequence[Scored]) -> bool:
    return any(bool(scored.matched.all()) for scored in found)
