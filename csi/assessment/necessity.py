"""Necessary conditions: levels of a construct without which a target stays out of reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csi.answers import FEWEST_ROWS
from csi.assessment.ceilings import NecessaryConditions
from csi.assessment.importance import chosen_target
from csi.assessment.inputs import check_fit
from csi.core.necessity import CeilingName, Condition, Scope
from csi.core.permutation import lower_tail
from csi.core.resample import BLOCK, Permuted, check_seed
from csi.core.types import Array
from csi.declared import check_choice
from csi.errors import DataError, OptionError, listing
from csi.resampling.bootstrapping import check_number
from csi.resampling.engine import Part, nothing_wrong
from csi.resampling.runs import Running, carry_out, cut
from csi.results import Fit
from csi.spec import name_tuple

MOST_PERMUTATIONS = 1_000_000
MOST_STEPS = 1_000


def necessary_conditions(
    fit: Fit,
    target: str | None = None,
    *,
    causes: Sequence[str] | None = None,
    ceilings: Sequence[CeilingName] = ("ce_fdh", "cr_fdh"),
    scores: Literal["index", "standardized"] = "index",
    n_perm: int = 10_000,
    rng: object = None,
    steps: int = 10,
    scope: Literal["observed", "scale"] = "observed",
) -> NecessaryConditions:
    """Find levels of constructs without which high levels of a target do not occur.

    A cause is necessary to the degree that the upper left corner of its scatter
    with the target is empty: nobody with a low cause has a high target. A ceiling
    is laid over the scatter, in steps (CE-FDH) or as a line through the steps'
    corners (CR-FDH); the effect size d is the area above it as a share of the whole.
    The p value says how often d is at least as large when outcomes are dealt to the
    respondents at random (an approximate permutation test).

    Parameters
    ----------
    fit : Fit
        A fit with rows.
    target : str, optional
        The outcome; satisfaction by default.
    causes : sequence of str, optional
        The conditions; by default all constructs that lead to the target.
    ceilings : sequence of {"ce_fdh", "cr_fdh"}
        The ceilings. Steps suit few answer categories, the line suits many.
    scores : {"index", "standardized"}
        0-100 index scores, or standardised scores (which need no scale ends). As
        long as index weights are the unstandardised ones, effect sizes are the same.
    n_perm : int
        Permutations, from 0 to 1,000,000.
    rng : int, numpy.random.Generator or None
        Seed.
    steps : int
        Steps from the lowest to the highest outcome in ``bottlenecks``, from 1 to 1,000.
    scope : {"observed", "scale"}
        Range of the scores: from the lowest to the highest that was observed, or 0
        to 100 (wider where negative weights lead out of it).

    Returns
    -------
    NecessaryConditions
        Its tables are ``table`` and ``bottlenecks``.

    Raises
    ------
    RowsRequiredError
        If the fit holds no respondents.
    OptionError
        If an option has no meaning, a construct is unknown, or nothing leads to the
        target.
    DataError
        If an item has no declared scale ends (index scores), or fewer than 10
        respondents answered everything.

    Notes
    -----
    Ceilings are drawn by the outermost respondents and know no survey weights: effect
    sizes are those of the sample. Shares of respondents (accuracy, those below a
    required level) are weighted. With sampling weights or clusters, respondents cannot
    be exchanged and there is no p value; with strata they are exchanged within them;
    frequency weights stand for as many respondents. Respondents who left out an item
    of the constructs involved are not used, whatever the policy for missing answers.

    The sample itself counts as one more permutation, (count + 1) / (n + 1); the R
    package NCA takes count / n but at least 1 / n, seminrExtras count / n. Several
    respondents at one corner count once for the line, as in Dul (2016) and
    seminrExtras; newer versions of NCA count each. A cause whose lowest level already
    allows an outcome is not necessary for it; seminrExtras prints 0 for CE-FDH there,
    and shows levels out of reach in the same way as those that are not necessary.

    References
    ----------
    Dul, J. (2016). Necessary condition analysis (NCA): logic and methodology of
    "necessary but not sufficient" causality. Organizational Research Methods
    19(1), 10-52. doi:10.1177/1094428115584005

    Dul, J., van der Laan, E. and Kuik, R. (2020). A statistical significance test
    for necessary condition analysis. Organizational Research Methods 23(2),
    385-395. doi:10.1177/1094428118795272

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.necessity import necessary_conditions
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> found = necessary_conditions(fit, ceilings=["ce_fdh"], n_perm=500, rng=1)
    >>> found.table[["construct", "effect_size", "size", "necessary"]].round(2)
          construct  effect_size    size  necessary
    0  Expectations         0.18  medium       True
    1       Quality         0.21  medium       True
    2         Value         0.19  medium       True
    >>> found.required(80)[["construct", "actual", "below"]].round(2)
          construct  actual  below
    0  Expectations   32.90   0.01
    1       Quality   34.05   0.02
    2         Value   27.72   0.03
    """
    check_fit("necessary_conditions", fit)
    check_choice("scores", scores, ("index", "standardized"))
    check_choice("scope", scope, ("observed", "scale"))
    check_number("n_perm", n_perm, 0, MOST_PERMUTATIONS)
    check_number("steps", steps, 1, MOST_STEPS)
    if scope == "scale" and scores == "standardized":
        raise OptionError("Standardised scores have no ends. Use scores='index' for scope='scale'.")
    outcome = chosen_target(fit, target)
    conditions, names = _causes(fit, outcome, causes), _names(ceilings)
    seed = check_seed(rng)
    asked = Respondents.of(fit, (*conditions, outcome), scores)
    scopes = _scopes(asked.scores, conditions, outcome, scope)
    untested = _hindrance(fit, int(n_perm))
    p = {} if untested else _p_values(asked, outcome, scopes, names, int(n_perm), seed)
    return NecessaryConditions(
        fit.model, outcome, conditions, names, asked.scores, asked.shares, scopes, p, untested,
        int(steps),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Respondents:
    """Those who answered every item of some constructs.

    Attributes
    ----------
    scores : DataFrame
        Their scores.
    shares : (n,) array
        What share of them all each stands for.
    strata : (n,) array of int or None
        Strata they were drawn from.
    """

    scores: pd.DataFrame
    shares: Array
    strata: NDArray[np.intp] | None

    @classmethod
    def of(cls, fit: Fit, names: Sequence[str], kind: str) -> Respondents:
        """Find them in a fit; a frequency weight stands for as many respondents."""
        scores = fit.index_scores if kind == "index" else fit.scores
        answers, model = fit.data, fit.model
        assert answers is not None
        at = [model.names.index(name) for name in names]
        items = model.composition[:, at].any(axis=1)
        kept = np.flatnonzero(~np.isnan(answers.given[:, items]).any(axis=1))
        weights = np.ones(len(kept)) if answers.weights is None else answers.weights[kept]
        if answers.weight_type == "frequency":
            kept = np.repeat(kept, weights.astype(np.intp))
            weights = np.ones(len(kept))
        if len(kept) < FEWEST_ROWS:
            raise DataError(
                f"Only {len(kept)} respondents answered all items of {listing(names, 10)}; at "
                f"least {FEWEST_ROWS} are needed. Name fewer causes."
            )
        strata = None if answers.sampling is None else answers.sampling.strata
        chosen = scores[list(names)].iloc[kept]
        return cls(chosen, weights / weights.sum(), None if strata is None else strata[kept])


@dataclass(frozen=True, eq=False)
class RandomOutcomes:
    """Effect sizes when outcomes are dealt to the respondents at random.

    Attributes
    ----------
    conditions : tuple of Condition
        The causes.
    outcome : (n,) array
        The outcome.
    ceilings : tuple of {"ce_fdh", "cr_fdh"}
        The ceilings.
    orders : Permuted
        Positions of the respondents in random order.
    """

    conditions: tuple[Condition, ...]
    outcome: Array
    ceilings: tuple[CeilingName, ...]
    orders: Permuted

    def sizes(self, Y: Array) -> Array:
        """Return (causes times ceilings, B) effect sizes of (n, B) outcomes."""
        return np.concatenate([each.effect_sizes(Y, self.ceilings) for each in self.conditions])

    def __call__(self, start: int, stop: int) -> Part:
        """Return the effect sizes in permutations of one block."""
        pieces = self.orders.pieces(start // BLOCK)
        values = np.concatenate([self.sizes(self.outcome[piece.T]) for piece in pieces], axis=1)
        return Part(values, *nothing_wrong(values.shape[1])).first(stop - start)


def _p_values(
    asked: Respondents,
    target: str,
    scopes: Mapping[str, Scope],
    ceilings: tuple[CeilingName, ...],
    number: int,
    seed: int,
) -> dict[tuple[str, str], float]:
    if not scopes:
        return {}
    y = asked.scores[target].to_numpy()
    conditions = tuple(Condition.of(asked.scores[c].to_numpy(), s) for c, s in scopes.items())
    test = RandomOutcomes(conditions, y, ceilings, Permuted(np.arange(len(y)), seed, asked.strata))
    done = carry_out(
        test, cut(number, BLOCK, BLOCK), Running(), processes=False, what="permutations"
    )
    p = lower_tail(-test.sizes(y[:, None])[:, 0], -done.values)
    keys = [(cause, name) for cause in scopes for name in ceilings]
    return dict(zip(keys, p.tolist(), strict=True))


def _scopes(
    scores: pd.DataFrame, causes: Sequence[str], target: str, scope: str
) -> dict[str, Scope]:
    ends = {name: (scores[name].min(), scores[name].max()) for name in scores}
    spread = [cause for cause in causes if ends[cause][0] < ends[cause][1]]
    if ends[target][0] == ends[target][1]:
        return {}
    if scope == "scale":
        ends = {name: (min(0.0, low), max(100.0, high)) for name, (low, high) in ends.items()}
    return {cause: Scope(*map(float, (*ends[cause], *ends[target]))) for cause in spread}


def _hindrance(fit: Fit, number: int) -> str:
    """Say why there are no p values; empty if there can be."""
    answers = fit.data
    assert answers is not None
    if number == 0:
        return "no permutations were asked for"
    if answers.weights is not None and answers.weight_type == "sampling":
        return "respondents with sampling weights cannot be exchanged: no p value"
    if answers.sampling is not None and answers.sampling.clusters is not None:
        return "respondents of clusters cannot be exchanged: no p value"
    return ""


def _causes(fit: Fit, target: str, given: object) -> tuple[str, ...]:
    model = fit.model
    if given is None:
        leads = model.reachable[:, model.names.index(target)]
        return tuple(name for name, able in zip(model.names, leads, strict=True) if able)
    names = name_tuple(given, "causes")
    for name in names:
        model.construct(name)
    if target in names or not names or len(set(names)) < len(names):
        raise OptionError(
            f"causes is {given!r}. Name one or several constructs other than {target!r}, each once."
        )
    return names


def _names(given: object) -> tuple[CeilingName, ...]:
    names = name_tuple(given, "ceilings")
    known: tuple[CeilingName, ...] = get_args(CeilingName)
    if not names or set(names) - set(known) or len(set(names)) < len(names):
        raise OptionError(f"ceilings is {given!r}. Known: {', '.join(known)}; give each once.")
    return tuple(each for name in names for each in known if each == name)
