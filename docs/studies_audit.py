"""Audit tables whose settings are known, with and without a typing error.

Run from the root of the repository: ``python docs/studies_audit.py`` prints the tables of
docs/explanation/auditing.md. How many kinds of slips are tried, and how many samples of other
respondents, may be given: ``python docs/studies_audit.py 5 50``. Fits are kept from table to table.
"""

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from unittest.mock import patch

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import csi
import csi.studies
from csi.core.resample import stream
from csi.core.types import Array
from csi.published.audits import scoring
from csi.published.audits.audit import Audit
from csi.published.audits.scoring import Bench
from csi.published.audits.settings import Setting, composites, mixed_modes, structures
from csi.published.numerals import printed_as
from csi.published.quantities import Reading, quantity
from csi.published.readings import Values
from csi.published.tables import Cell

STUDIES = {"ecsi-mobi": "mobile phones", "spanish-bank": "Spanish bank"}
DECIMALS = (2, 3, 4)
MIXED = 23
"""Settings with modes that differ between blocks, drawn at random."""

SLIPS = ("two digits exchanged", "one digit", "decimal point", "sign", "number of another cell")
SIZES = (1, 2, 3, 4, 6, 8)
"""Printed numbers of tables of other respondents, beside whole tables."""

LENIENT = 4
"""Digits that must agree before a number is called wrong, were audits less careful."""

SAME = 1e-7
"""Settings whose numbers are all nearer than this cannot be told apart by any table."""

Place = tuple[str, str]
Numbers = dict[Place, float]
Printed = dict[Place, str]


@dataclass(frozen=True)
class Told:
    """What an audit said of a table whose settings are known."""

    study: str
    decimals: int
    slip: str
    exact: bool
    unique: bool
    among: bool
    rivals: int
    found: bool
    meant: bool
    accused: int
    others: int


def settings(model: csi.Model) -> list[Setting]:
    """Return the usual settings, and some with modes that differ between blocks."""
    usual = [*composites(model, own_units=True), *structures(parameters=False)]
    pls = [one for one in usual if one.choices["estimator"] == "PLS"]
    mixed = [one for base in pls for one in mixed_modes(model, base) if ";" in one.choices["modes"]]
    drawn = stream(1, 0).choice(len(mixed), MIXED, replace=False)
    return usual + [mixed[i] for i in drawn]


def paths_and_r2(fit: csi.Fit) -> Numbers:
    """Return paths and R2."""
    return {
        (name, label): value
        for name in ("path", "r2")
        for label, value in quantity(name).readings[0].values(fit).items()
    }


def audited(table: Printed, moments: csi.Moments, model: csi.Model) -> Audit:
    given: dict[str, dict[str, str]] = {}
    for (name, label), text in table.items():
        given.setdefault(name, {})[label] = text
    return csi.audit(given, moments, model, progress=False)


def slipped(table: Printed, kind: str, random: np.random.Generator) -> Place | None:
    """Change one number of a table in place; say which, or None if no number can be changed."""
    places = list(table)
    for i in random.permutation(len(places)):
        own = table[places[i]]
        for wrong in _slips(places[i], table, kind, random):
            if float(wrong) != float(own):
                table[places[i]] = wrong
                return places[i]
    return None


def _slips(
    place: tuple[str, str], table: Printed, kind: str, random: np.random.Generator
) -> Iterator[str]:
    text = table[place]
    digits = [i for i, letter in enumerate(text) if letter.isdigit()][1:]
    if kind == "two digits exchanged":
        for i in random.permutation(digits[:-1]):
            yield text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    elif kind == "one digit":
        i = random.choice(digits)
        other = random.choice([d for d in "0123456789" if d != text[i]])
        yield text[:i] + other + text[i + 1 :]
    elif kind == "decimal point":
        decimals = len(digits)
        factor = random.choice([0.1, 10.0])
        yield printed_as(float(text) * factor, decimals)
    elif kind == "sign":
        yield text[1:] if text.startswith("-") else f"-{text}"
    else:
        same = [other for other in table if other[0] == place[0] and other != place]
        yield table[same[random.integers(len(same))]]


def told(audit: Audit, truth: Numbers, where: Place | None, facts: tuple[str, int, str]) -> Told:
    """Compare what an audit says with what is known."""
    ours = np.array(list(truth.values()))
    equals = [
        bool(np.abs(scored.ours - ours).max() < SAME)
        for scored in audit.scored
        if scored.agreeing == audit.best.agreeing
    ]
    named = {(row.quantity, row.label): row.ours_printed for row in audit.suspects.itertuples()}
    if audit.verdict == "not reproduced":
        named = {}
    return Told(
        *facts,
        exact=equals[0],
        unique=all(equals),
        among=any(equals),
        rivals=equals.count(False),
        found=where in named,
        meant=where in named and named[where] == printed_as(truth[where], facts[1]),
        accused=len(named.keys() - {where}),
        others=len(truth) - 1,
    )


def studied(name: str, slips: int) -> Iterator[Told]:
    """Audit the tables of a study under every setting."""
    study = csi.studies.study(name)
    model, moments = study.model, study.moments
    with remembering():
        for number, setting in enumerate(settings(model)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", csi.CsiWarning)
                truth = paths_and_r2(csi.fit(model, moments, setting.estimator))
            for decimals in DECIMALS:
                table = {place: printed_as(value, decimals) for place, value in truth.items()}
                audit = audited(table, moments, model)
                yield told(audit, truth, None, (name, decimals, ""))
                random = stream(2, 100 * number + decimals)
                for kind in SLIPS[:slips]:
                    wrong = dict(table)
                    where = slipped(wrong, kind, random)
                    if where is not None:
                        audit = audited(wrong, moments, model)
                        yield told(audit, truth, where, (name, decimals, kind))


def others(name: str, samples: int) -> Iterator[tuple[str, int, int, str, str]]:
    """Audit tables of other respondents: study, decimals, numbers, verdict, and the lenient one."""
    study = csi.studies.study(name)
    model, moments = study.model, study.moments
    root = np.linalg.cholesky(moments.cov)
    with remembering():
        for i in range(samples):
            random = stream(3, i)
            rows = random.standard_normal((int(moments.n), len(root))) @ root.T
            cov = np.cov(rows, rowvar=False)
            drawn = csi.Moments.from_covariance(cov, moments.columns, n=moments.n)
            theirs = paths_and_r2(csi.fit(model, drawn))
            places = [list(theirs)[j] for j in random.permutation(len(theirs))]
            for decimals, size in product((2, 3), (*SIZES, len(places))):
                table = {place: printed_as(theirs[place], decimals) for place in places[:size]}
                audit = audited(table, moments, model)
                with patch.object(csi.published.audits.audit, "FEWEST", LENIENT):
                    lenient = audit.verdict
                yield name, decimals, size, audit.verdict, lenient


@contextmanager
def remembering() -> Iterator[None]:
    """Keep the fits of a study, and their numbers, from audit to audit."""
    fits, numbers = kept_fits(), kept_numbers()
    with patch.object(Bench, "fit", fits), patch.object(scoring, "numbers_of", numbers):
        yield


def kept_fits() -> Callable[[Bench, Setting], csi.Fit]:
    """Return the fitting of an audit with a memory."""
    fits: dict[object, csi.Fit] = {}
    fitted = Bench.fit

    def fit(bench: Bench, setting: Setting) -> csi.Fit:
        if setting.key not in fits:
            fits[setting.key] = fitted(bench, setting)
        return fits[setting.key]

    return fit


def kept_numbers() -> Callable[[csi.Fit, Reading, list[Cell]], Array]:
    """Return the reading of fits that are kept, with a memory."""
    numbers: dict[object, Values] = {}

    def read(found: csi.Fit, reading: Reading, cells: list[Cell]) -> Array:
        key = id(found), reading.name, cells[0].quantity
        if key not in numbers:
            numbers[key] = reading.values(found)
        return np.array([numbers[key].get(cell.label, np.nan) for cell in cells])

    return read


def named(found: pd.DataFrame) -> pd.DataFrame:
    """Shares of tables without slips by what the audit says of the settings."""
    rows = found[found["slip"] == ""].groupby(["study", "decimals"], sort=False)
    table = rows.agg(
        tables=("exact", "size"),
        alone=("unique", "mean"),
        among=("among", "mean"),
        first=("exact", "mean"),
        rivals=("rivals", "mean"),
    )
    return table.assign(among=table["among"] - table["alone"], wrong=1 - table["among"])[
        ["tables", "alone", "among", "wrong", "first", "rivals"]
    ]


def caught(found: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Shares of slips that are found, and of other numbers accused."""
    rows = found[found["slip"] != ""].groupby(by, sort=False)
    table = rows.agg(
        tables=("found", "size"),
        settings=("among", "mean"),
        found=("found", "mean"),
        meant=("meant", "mean"),
        accused=("accused", "sum"),
        others=("others", "sum"),
    )
    return table.assign(accused=table["accused"] / table["others"]).drop(columns="others")


def printed(table: pd.DataFrame) -> str:
    """Write a table in Markdown, shares in per cent."""
    shown = table.reset_index()
    rows = [
        [_cell(name, value) for name, value in zip(shown.columns, row, strict=True)]
        for row in shown.itertuples(index=False)
    ]
    lines = [[*shown.columns], ["---"] * len(shown.columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(name: str, value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}" if name == "rivals" else f"{100 * value:.1f}"
    return STUDIES.get(str(value), str(value))


def by_chance(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Shares of tables of other respondents that are called reproduced."""
    found = verdicts.assign(
        reproduced=verdicts["verdict"] == "reproduced",
        nearly=verdicts["verdict"].str.startswith("reproduced but"),
        lenient=verdicts["lenient"].str.startswith("reproduced but"),
    )
    rows = found.groupby(["study", "decimals", "numbers"], sort=False)
    return rows.agg(
        tables=("nearly", "size"),
        reproduced=("reproduced", "mean"),
        nearly=("nearly", "mean"),
        lenient=("lenient", "mean"),
    )


def main(slips: int, samples: int) -> None:
    """Print the tables."""
    found = pd.DataFrame([one for name in STUDIES for one in studied(name, slips)])
    print(printed(named(found)), end="\n\n")
    print(printed(caught(found, ["study", "decimals"])), end="\n\n")
    print(printed(caught(found, ["slip"])), end="\n\n")
    verdicts = pd.DataFrame(
        [told for name in STUDIES for told in others(name, samples)],
        columns=["study", "decimals", "numbers", "verdict", "lenient"],
    )
    print(printed(by_chance(verdicts)))


if __name__ == "__main__":
    with threadpool_limits(1):
        main(*(int(given) for given in [*sys.argv[1:], *("5", "50")[len(sys.argv) - 1 :]]))
