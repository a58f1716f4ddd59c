"""Who answered what: satisfaction and an outcome, from a fit, a survey or plain arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from csi.answers import Answers, decode
from csi.builders import model, paths, single
from csi.core.checks import as_numbers
from csi.core.group_shares import Sample
from csi.core.types import Array, Mask
from csi.data import SurveyData, as_survey, survey
from csi.errors import (
    ArgumentTypeError,
    DataError,
    OptionError,
    RowsRequiredError,
    did_you_mean,
    listing,
)
from csi.results import Fit

HUNDRED = (0.0, 100.0)


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """The answers to one question, or the scores of one construct.

    Attributes
    ----------
    name : str
        What it is called.
    values : (n,) array
        Answers, NaN where there is none.
    ends : (float, float) or None
        Lowest and highest possible answer, where known.
    items : int
        Of how many items it is made; boxes are those of one.
    """

    name: str
    values: Array
    ends: tuple[float, float] | None
    items: int = 1

    @property
    def points(self) -> Array | None:
        """The same from 0 to 100; None where the ends are not known."""
        if self.ends is None:
            return None
        low, high = self.ends
        return 100 * (self.values - low) / (high - low)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Satisfaction and an outcome of the same respondents.

    Attributes
    ----------
    cause, effect : Answered
        Satisfaction and outcome.
    sample : Sample
        How the respondents were drawn.
    """

    cause: Answered
    effect: Answered
    sample: Sample

    @property
    def used(self) -> Mask:
        """Who answered both and has a weight."""
        missing = np.isnan(self.cause.values) | np.isnan(self.effect.values)
        return ~missing & (self.sample.weights > 0)


def of_fit(fit: Fit, cause: object, effect: object) -> Pair:
    """Read two constructs or items of a fit.

    Raises
    ------
    RowsRequiredError
        If the fit holds no respondents.
    """
    if fit.data is None:
        raise RowsRequiredError(
            "Levels are counted over respondents, but the fit holds none: it was made from moments "
            "or read from a file. Fit the survey."
        )
    names = _two_names(cause, effect)
    one, other = (_of_fit(fit, fit.data, name) for name in names)
    return Pair(one, other, _sample(fit.data))


def of_survey(data: SurveyData, cause: object, effect: object) -> Pair:
    """Read two columns of a survey as declared there."""
    names = _two_names(cause, effect)
    both = " and ".join(names)  # longer than either name, so that no construct shares one
    ends = [single(f"{both} {number}", name) for number, name in enumerate(names)]
    answers = decode(data, model(ends, [paths(ends[0].name, ends[1].name)]), names)
    one, other = (
        Answered(name, answers.rows[:, j], _known(answers.scale[j])) for j, name in enumerate(names)
    )
    return Pair(one, other, _sample(answers))


def of_arrays(
    score: object,
    outcome: object,
    names: tuple[object, object],
    outcome_scale: tuple[float, float] | None,
    **drawn: object,
) -> Pair:
    """Read plain arrays; weights, their kind, clusters and strata are those of `csi.survey`."""
    import pandas as pd  # noqa: PLC0415 - tables only

    values = {"score": _column("score", score), "outcome": _column("outcome", outcome)}
    if len(values["score"]) != len(values["outcome"]):
        raise DataError(
            f"score holds {len(values['score'])} values and outcome {len(values['outcome'])}. Give "
            "one of each for every respondent."
        )
    roles = {role: drawn.pop(role) for role in ("clusters", "strata")}
    given = {role: _labels(role, codes, values["score"]) for role, codes in roles.items()}
    columns = {role: codes for role, codes in given.items() if codes is not None}
    scale = {} if outcome_scale is None else {"outcome": outcome_scale}
    data = survey(
        pd.DataFrame(values | columns), scale=scale, allow_out_of_range=True,
        **{role: role for role in columns}, **drawn,  # type: ignore[arg-type]
    )  # fmt: skip
    pair = of_survey(data, "score", "outcome")
    called = ("cause", "satisfaction", names[0]), ("effect", "loyalty", names[1])
    cause, effect = (_called(*one) for one in called)
    return Pair(replace(pair.cause, name=cause), replace(pair.effect, name=effect), pair.sample)


def _called(role: str, default: str, name: object) -> str:
    if not isinstance(name, str | None):
        raise ArgumentTypeError(f"{role} is {name!r}. Name it by a text, or leave it out.")
    return default if name is None else name


def as_pair(data: object, cause: object, effect: object) -> Pair:
    """Read from a fit, a survey or a dataframe."""
    if isinstance(data, Fit):
        return of_fit(data, cause, effect)
    return of_survey(as_survey(data), cause, effect)


def _two_names(cause: object, effect: object) -> tuple[str, str]:
    for role, name in (("cause", cause), ("effect", effect)):
        if not isinstance(name, str):
            raise ArgumentTypeError(
                f"{role} is {name!r}. Name a column of the survey, or a construct or item of the "
                "fit."
            )
    if cause == effect:
        raise OptionError(f"cause and effect are both {cause!r}. Name two different ones.")
    return str(cause), str(effect)


def _of_fit(fit: Fit, answers: Answers, name: str) -> Answered:
    names, items = fit.model.names, fit.model.indicators
    if name in names:
        composition = fit.model.composition[:, names.index(name)]
        at = np.flatnonzero(composition)
        if len(at) > 1:
            scores = fit.index_scores[name].to_numpy(copy=True)
            scores[np.isnan(answers.given[:, at]).any(axis=1)] = np.nan
            return Answered(name, scores, HUNDRED, len(at))
        return Answered(name, answers.given[:, at[0]], _known(fit.scale[at[0]]))
    if name in items:
        at_item = items.index(name)
        return Answered(name, answers.given[:, at_item], _known(fit.scale[at_item]))
    raise OptionError(
        f"The fit knows no construct or item {name!r}.{did_you_mean(name, (*names, *items))} "
        f"Constructs: {listing(names, 20)}."
    )


def _known(ends: Array) -> tuple[float, float] | None:
    return None if np.isnan(ends).any() else (float(ends[0]), float(ends[1]))


def _sample(answers: Answers) -> Sample:
    weights = np.ones(len(answers.rows)) if answers.weights is None else answers.weights
    sampling = answers.weights is not None and answers.weight_type == "sampling"
    counted = answers.sampling is None and not sampling
    return Sample(weights, answers.copies, answers.sampling, counted)


def _column(name: str, given: object) -> Array:
    """Return one number for each respondent; truth values of an outcome are 0 and 1."""
    values = as_numbers(zero_or_one(given) if name == "outcome" else given)
    if values is None:
        raise DataError(
            f"{name} must hold numbers; found {type(given).__name__} with something else in it. "
            "Convert it to an array of numbers."
        )
    if values.ndim != 1:
        raise DataError(f"{name} has shape {values.shape}. Give one number for each respondent.")
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        raise DataError(
            f"{name} holds {len(wrong)} missing or infinite values (rows {listing(wrong)}). Leave "
            "those respondents out of score, outcome and everything beside them."
        )
    return values


def zero_or_one(given: object) -> object:
    """Return truth values as 0 and 1, and anything else as it is."""
    if isinstance(given, list | tuple) and all(isinstance(cell, bool | np.bool_) for cell in given):
        return [int(cell) for cell in given]
    truth = str(getattr(given, "dtype", "")) in ("bool", "boolean")
    return np.asarray(given, dtype=np.float64) if truth else given


def _labels(role: str, given: object, like: Array) -> list[object] | None:
    if given is None:
        return None
    labels = list(np.asarray(given, dtype=object).ravel())
    if len(labels) != len(like):
        raise DataError(
            f"{role} holds {len(labels)} values, but there are {len(like)} respondents. Give one "
            "for each."
        )
    return labels
