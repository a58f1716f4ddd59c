"""Tables of tests within a covariance structure: modification indices, score and Wald tests."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from csi.core.sem.scaled_tests import upper_tail
from csi.core.types import Array
from csi.declared import check_choice
from csi.errors import ArgumentTypeError, ModelError, OptionError, did_you_mean, listing
from csi.estimators.sem.score_tests import Modifications, equalities, modifications, releases
from csi.estimators.sem.solution import Solution
from csi.estimators.sem.wald import wald
from csi.parameters import Constraint

OPERATORS = ("=~", "~~", "~")


def checked_operators(given: object) -> tuple[str, ...]:
    """Return kinds of candidates for modification: one, or a list of them."""
    found = [given] if isinstance(given, str) else text_list("operators", given)
    for operator in found:
        check_choice("operators", operator, OPERATORS)
    return tuple(found)


def modification_table(
    solution: Solution,
    minimum: float,
    operators: Sequence[str],
    delta: float,
    level: float,
    high_power: float,
) -> pd.DataFrame:
    """Return modification indices, largest first."""
    found = modifications(solution, operators)
    table = pd.DataFrame(
        {
            "left": [row.left for row in found.rows],
            "operator": [row.operator for row in found.rows],
            "right": [row.right for row in found.rows],
        }
    )
    if len(solution.evidence.sizes) > 1:
        table["group"] = [row.group + 1 for row in found.rows]
    table["mi"] = found.gains.statistic
    if found.gains.scaled is not None:
        table["mi_scaled"] = found.gains.scaled
    by = "mi_scaled" if "mi_scaled" in table else "mi"
    table["p"] = [upper_tail(value, 1) for value in table[by]]
    table["epc"] = found.gains.change
    table["sepc_lv"], table["sepc_all"], table["sepc_nox"] = found.lv, found.all, found.nox
    table["power"] = _power(found, delta, level)
    table["decision"] = _decisions(table, delta, level, high_power)
    kept = table["mi"].notna() & (table["mi"] >= minimum)
    return table[kept].sort_values("mi", ascending=False, ignore_index=True)


def _power(found: Modifications, delta: float, level: float) -> Array:
    """Return the probability of a significant index were the parameter delta."""
    from scipy.special import chdtri, chndtr  # noqa: PLC0415 - slow to import

    critical = chdtri(1, 1 - level)
    return np.asarray(1 - chndtr(critical, 1, found.gains.precision * delta**2))


def _decisions(table: pd.DataFrame, delta: float, level: float, high_power: float) -> list[str]:
    """Judge each candidate by significance, power and expected change."""
    significant, able = table["p"] < 1 - level, table["power"] > high_power
    large = table["epc"].abs() > delta
    choices = {
        "inconclusive": ~significant & ~able,
        "misspecified": significant & (~able | large),
        "not misspecified": ~significant & able,
        "negligible": significant & able & ~large,
    }
    return [str(each) for each in np.select(list(choices.values()), list(choices), "")]


def score_table(solution: Solution, release: Sequence[str] | None) -> pd.DataFrame:
    """Return tests of equality constraints, all together first."""
    names = equalities(solution.compiled)
    if not names:
        raise OptionError(
            "The model holds no equality constraints that could be released. Give parameters one "
            "label, as in 'Quality =~ a*PERQ2 + a*PERQ3', or state 'a == b'."
        )
    chosen = names if release is None else text_list("release", release)
    for name in chosen:
        if name not in names:
            raise OptionError(
                f"release names {name!r}. Constraints of the model: {listing(names, 10)}."
                + did_you_mean(name, names)
            )
    if not chosen:
        raise OptionError(f"release names no constraint. Known: {listing(names, 10)}.")
    found = releases(solution, [names.index(name) for name in chosen])
    statistic, df, scaled = found.together
    table = pd.DataFrame(
        {
            "constraint": ["all together", *found.constraints],
            "chisq": [statistic, *found.gains.statistic],
            "df": [df, *(1 - np.isnan(found.gains.statistic)).astype(int)],
        }
    )
    if found.gains.scaled is not None:
        table["chisq_scaled"] = [scaled, *found.gains.scaled]
    by = table["chisq_scaled" if "chisq_scaled" in table else "chisq"]
    table["p"] = [upper_tail(*each) for each in zip(by, table["df"], strict=True)]
    table["epc"] = [np.nan, *found.gains.change]
    return table.set_index("constraint", drop=False)


def wald_table(solution: Solution, conditions: object) -> pd.DataFrame:
    """Return Wald's test of conditions."""
    test = wald(solution, stated(solution, conditions))
    return pd.DataFrame({"chisq": [test.statistic], "df": [test.df], "p": [test.p]})


def stated(solution: Solution, given: object) -> list[Constraint]:
    """Read conditions: text with one a line, expressions that are zero, or constraints."""
    lines = re.split(r"[\n;]", given) if isinstance(given, str) else text_list("conditions", given)
    found = [_condition(line) for line in lines if not isinstance(line, str) or line.strip()]
    if not found:
        raise OptionError("There is no condition to test. Give text such as 'a == b'.")
    known = solution.compiled.quantities.names
    for each in found:
        for name in each.names:
            if name not in known:
                raise ModelError(
                    f"Condition '{each}' names an unknown parameter {name!r}. Known labels: "
                    f"{listing(known, 10) or 'none'}.{did_you_mean(name, known)}"
                )
    return found


def _condition(line: str | Constraint) -> Constraint:
    if isinstance(line, Constraint):
        found = line
    else:
        left, sign, right = line.partition("==")
        found = Constraint(left, "==", right if sign else "0")
    if found.operator != "==":
        raise OptionError(f"Condition '{found}' is an inequality. Wald's test takes equations.")
    return found


def text_list(what: str, given: object) -> list[str]:
    """Return a list of texts, or of constraints if these are conditions."""
    kinds = str | Constraint if what == "conditions" else str
    if isinstance(given, Constraint):
        given = [given]
    if not isinstance(given, list | tuple) or not all(isinstance(each, kinds) for each in given):
        raise ArgumentTypeError(f"{what} is {given!r}. Give a list of texts.")
    return list(given)
