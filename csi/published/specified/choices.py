"""The choices of an analysis, and every combination of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import get_args

import numpy as np

from csi.answers import decode
from csi.core.index import Convention
from csi.core.moments import Moments
from csi.core.pls import Mode, Scheme
from csi.data import SurveyData
from csi.declared import Missing, check_missing
from csi.errors import ArgumentTypeError, CsiError, OptionError, did_you_mean, listing
from csi.estimators.base import Estimator
from csi.estimators.cbsem import CBSEM
from csi.estimators.pls import PLS
from csi.estimators.sums import Sums
from csi.fitting import check_fit_options
from csi.results import check_convention
from csi.spec import Model

AS_GIVEN = "as given"
"""What the model of the analysis is called beside further ones."""

NONE_MISSING = "none missing"
"""The only rule where every answer is there."""

Further = Mapping[str, Model | Callable[[Model], Model]]


@dataclass(frozen=True, slots=True)
class Specification:
    """One way of doing an analysis.

    Attributes
    ----------
    choices : mapping of str to str
        What was chosen of what, in words; empty where there is nothing to choose.
    model : Model
        What is believed.
    estimator : Estimator
        How it is estimated.
    missing : {"listwise", "pairwise", "mean", "fiml"} or None
        What is done about missing answers; None for moments.
    index_weights : {"unstandardized", "standardized", "equal"}
        How items are weighted into an index.
    default : bool
        Whether this is what ``csi.fit(model, data)`` does.
    """

    choices: Mapping[str, str]
    model: Model
    estimator: Estimator
    missing: Missing | None
    index_weights: Convention
    default: bool

    @property
    def family(self) -> str:
        """Kind of the estimator: PLS, PLSc, equal weights, CBSEM or other."""
        if isinstance(self.estimator, PLS):
            return "PLSc" if self.estimator.consistent else "PLS"
        if isinstance(self.estimator, CBSEM):
            return "CBSEM"
        return "equal weights" if isinstance(self.estimator, Sums) else "other"


@dataclass(frozen=True, slots=True)
class Way:
    """An estimator with the choices it stands for."""

    choices: Mapping[str, str]
    estimator: Estimator


def usual_ways(model: Model, rows: bool) -> list[Way]:
    """Return the estimators compared unless others are asked for."""
    higher = any(construct.higher_order for construct in model.constructs)
    ways = []
    for consistent in (False, True):
        name = "PLSc" if consistent else "PLS"
        for scheme, (words, modes) in product(get_args(Scheme), _modes(model).items()):
            estimator = PLS(scheme, modes=modes, consistent=consistent)
            if not consistent or (estimator.has_rho_a(model).any() and not higher):
                chosen = {"estimator": name, "scheme": scheme, "modes": words}
                ways.append(Way(chosen, estimator))
    others: dict[str, Estimator] = {
        "equal weights": Sums(),
        "CBSEM": CBSEM("MLR" if rows else "ML"),
    }
    empty = {"scheme": "", "modes": ""}
    return ways + [Way({"estimator": name, **empty}, way) for name, way in others.items()]


def _modes(model: Model) -> dict[str, dict[str, Mode]]:
    """Return the modes of the model, and all A and all B where these are others."""
    several = [c.name for c in model.constructs if len(c.indicators) > 1]
    usual = dict(zip(model.names, PLS().modes_of(model), strict=True))
    stated = [usual[name] for name in several]
    alike: dict[Mode, str] = {"A": "all A", "B": "all B"}
    known: dict[str, dict[str, Mode]] = {}
    if len(set(stated)) != 1:
        known["as stated"] = {}
    for mode, words in alike.items():
        same = set(stated) == {mode}
        if several:
            known[words] = {} if same else dict.fromkeys(several, mode)
    return known


def given_ways(estimators: Mapping[str, Estimator], model: Model) -> list[Way]:
    """Return the estimators that were asked for, refused if they are none."""
    if not isinstance(estimators, Mapping) or not estimators:
        raise ArgumentTypeError(
            f"estimators is {estimators!r}. Give a mapping such as {{'PLS': csi.PLS(), 'CBSEM': "
            "csi.CBSEM()}."
        )
    if any(way is None for way in estimators.values()):
        raise ArgumentTypeError("An estimator is None. Give a value such as csi.PLS().")
    return [
        Way({"estimator": str(name)}, check_fit_options(model, way, "unstandardized"))
        for name, way in estimators.items()
    ]


def further_models(model: Model, further: object) -> dict[str, Model]:
    """Return the model and those to be compared with it, by name."""
    if further is None:
        return {AS_GIVEN: model}
    if not isinstance(further, Mapping) or AS_GIVEN in further:
        raise ArgumentTypeError(
            f"further is {further!r}. Give a mapping from names (other than {AS_GIVEN!r}) to "
            "models, or to functions of the model such as lambda m: m.without('Q3')."
        )
    found = {AS_GIVEN: model}
    for name, other in further.items():
        made = _made(str(name), other, model)
        if not isinstance(made, Model):
            raise ArgumentTypeError(
                f"further {name!r} is a {type(made).__name__}. Give a model, or a function that "
                "makes one of the model."
            )
        found[str(name)] = made
    return found


def _made(name: str, other: object, model: Model) -> object:
    """Return a model, or what a function makes of the first one."""
    if isinstance(other, Model) or not callable(other):
        return other
    try:
        return other(model)
    except CsiError:
        raise
    except Exception as problem:
        raise OptionError(
            f"further {name!r} failed on the model with {type(problem).__name__}: {problem}. Give "
            "a model, or a function of one argument that makes one of the model."
        ) from problem


def missing_rules(
    data: SurveyData | Moments, model: Model, missing: object
) -> dict[str, Missing | None]:
    """Return the rules for missing answers, by name; one if no answer of the model is missing."""
    if isinstance(data, Moments):
        if missing is not None:
            raise OptionError("missing belongs to answers, and moments were given. Leave it out.")
        return {"": None}
    rules = _given_rules(missing)
    if not np.isnan(decode(data, model).rows).any():
        return {NONE_MISSING: "listwise"}
    return {rule: rule for rule in rules}


def _given_rules(missing: object) -> list[Missing]:
    if missing is None:
        return list(get_args(Missing))
    rules = [missing] if isinstance(missing, str) else missing
    if not isinstance(rules, Sequence) or not rules:
        raise ArgumentTypeError(
            f"missing is {missing!r}. Give rules such as ['listwise', 'mean', 'fiml']."
        )
    for rule in rules:
        check_missing(rule)
    return list(dict.fromkeys(rules))


def index_conventions(given: object, of_index: bool) -> dict[str, Convention]:
    """Return the index conventions by name; nothing to choose for what is no index."""
    if not of_index:
        if given is not None:
            raise OptionError("index_weights belongs to indices: of='index Satisfaction'.")
        return {"": "unstandardized"}
    known: Sequence[Convention] = get_args(Convention)
    if given is not None:
        known = [given] if isinstance(given, str) else given  # type: ignore[assignment, list-item]
    if not isinstance(known, Sequence) or not known:
        raise ArgumentTypeError(
            f"index_weights is {given!r}. Give conventions such as ['unstandardized', 'equal']."
        )
    for convention in known:
        check_convention(convention)
    return {convention: convention for convention in known}


@dataclass(frozen=True)
class Combined:
    """Specifications, and what goes with nothing.

    Attributes
    ----------
    specifications : tuple of Specification
        Every combination that can be asked for.
    left_out : tuple of str
        Estimators with rules for missing answers that they cannot do with.
    """

    specifications: tuple[Specification, ...]
    left_out: tuple[str, ...]


def combined(
    data: SurveyData | Moments,
    models: Mapping[str, Model],
    estimators: Mapping[str, Estimator] | None,
    missing: object,
    conventions: Mapping[str, Convention],
) -> Combined:
    """Cross all choices.

    Raises
    ------
    OptionError
        If no estimator can do with any of the rules for missing answers.
    """
    found, left_out = [], []
    for name, model in models.items():
        rules = missing_rules(data, model, missing)
        ways = given_ways(estimators, model) if estimators is not None else _usual(model, data)
        for way, (words, rule) in product(ways, rules.items()):
            if not does(way.estimator, rule):
                left_out.append(f"{way.choices['estimator']} with {words}")
                continue
            chosen = dict(way.choices)
            chosen |= {} if rule is None else {"missing": words}
            chosen |= {"model": name} if len(models) > 1 else {}
            found += list(_by_convention(chosen, model, way.estimator, rule, data, conventions))
    if not found:
        raise OptionError(
            f"None of the estimators can do with missing={missing!r}: {listing(left_out)}. Rules: "
            f"{', '.join(get_args(Missing))}." + did_you_mean(str(missing), get_args(Missing))
        )
    return Combined(tuple(found), tuple(dict.fromkeys(left_out)))


def _usual(model: Model, data: SurveyData | Moments) -> list[Way]:
    return usual_ways(model, rows=not isinstance(data, Moments))


def _by_convention(
    chosen: Mapping[str, str], model: Model, estimator: Estimator, rule: Missing | None,
    data: SurveyData | Moments, conventions: Mapping[str, Convention],
) -> Iterator[Specification]:  # fmt: skip
    own = isinstance(data, Moments) or chosen["missing"] == NONE_MISSING
    usual = own or (isinstance(data, SurveyData) and rule == data.recipe.missing)
    usual = usual and estimator == PLS() and chosen.get("model", AS_GIVEN) == AS_GIVEN
    for words, convention in conventions.items():
        choices = {**chosen, "index_weights": words} if words else chosen
        default = usual and convention == "unstandardized"
        yield Specification(choices, model, estimator, rule, convention, default)


def does(estimator: Estimator, rule: Missing | None) -> bool:
    """Whether an estimator can do with a rule for missing answers."""
    policies = getattr(estimator, "policies", ("listwise", "pairwise", "mean"))
    return rule is None or rule in policies
