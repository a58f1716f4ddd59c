"""One covariance structure fitted to several groups at once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from csi.answers import Answers, complete
from csi.core.index import Convention
from csi.core.moments import Moments
from csi.errors import (
    ArgumentTypeError,
    DataError,
    Issue,
    OptionError,
    did_you_mean,
    listing,
    warn,
)
from csi.estimators.base import Estimator
from csi.estimators.cbsem import CBSEM
from csi.fitting import check_fit_options
from csi.group_fits import GroupFit, InGroup, MultigroupFit
from csi.groups import Fits, split
from csi.results import Fit
from csi.spec import Model

MOST_TOGETHER = 50
"""Groups beyond which a joint fit is no longer what is wanted."""


def multigroup(
    model: Model,
    data: object,
    by: str,
    estimator: Estimator | None = None,
    *,
    equal: Sequence[str] | str = (),
    partial: Sequence[str] | str = (),
    groups: Sequence[Any] | None = None,
    index_weights: Convention = "unstandardized",
) -> MultigroupFit:
    """Fit a covariance structure to several groups at once.

    One likelihood for all groups: parameters are those of each group unless they are
    held equal by ``equal``, by a label they share or by a constraint between labels.
    Modifiers ``c(a, b)*`` give labels, values and starting values group by group; a
    label that is given once is one parameter in all groups. Two
    to some twenty groups; for hundreds of firms fit each with `csi.fit_by`.

    Parameters
    ----------
    model : Model
        The model.
    data : SurveyData or dataframe
        The survey.
    by : str
        Column that names the group of each respondent.
    estimator : CBSEM, optional
        ``csi.CBSEM(means=True)`` by default; lavaan has means in several groups as well.
    equal : sequence of str
        What is equal over groups (in brackets lavaan's word for it in ``group.equal``):
        ``"loadings"``, ``"weights"`` of composites (``composite.loadings``),
        ``"intercepts"`` of items, ``"thresholds"``, ``"means"`` of constructs,
        ``"regressions"``, ``"residuals"`` (error variances of items),
        ``"residual covariances"`` (``residual.covariances``), ``"variances"`` of
        constructs (``lv.variances``) and ``"covariances"`` (``lv.covariances``). With
        equal intercepts the means of constructs are free from the second group on,
        unless they are equal as well; constructs of variance one are so in the first
        group only if loadings are equal. What has a label or a value of its own keeps it.
    partial : sequence of str
        Parameters that are free all the same, as ``fit.parameters`` writes them:
        ``"Quality =~ PERQ2"``, ``"x3 ~1"``.
    groups : sequence, optional
        Which groups, and in which order; the first is the reference. All of them by
        name if not given.
    index_weights : {"unstandardized", "standardized", "equal"}
        How items are weighted into the 0-100 indices of each group.

    Returns
    -------
    MultigroupFit

    Raises
    ------
    DataError
        If there is one group only, or a group cannot be estimated; names them all.
    OptionError
        If words are unknown, or the estimator does not fit groups together.
    ModelError
        If the model is not identified, or ``c(...)`` speaks of another number of groups.
    EstimationError
        If the search does not settle.

    Warns
    -----
    InadmissibleWarning
        If the estimates of a group are impossible; names the group.

    References
    ----------
    Joreskog, K. G. (1971). Simultaneous factor analysis in several populations.
    Psychometrika 36(4), 409-426. doi:10.1007/BF02291366

    Examples
    --------
    >>> import csi
    >>> survey = csi.demo_survey()
    >>> fit = csi.multigroup(csi.models.acsi(), survey, by="firm", equal="loadings")
    >>> fit.contributions.columns.tolist()
    ['group', 'n', 'chisq', 'share']
    """
    default = CBSEM(means=True) if estimator is None else estimator
    chosen = fitting_together(check_fit_options(model, default, index_weights))
    words, freed = as_texts("equal", equal), as_texts("partial", partial)
    respondents = Respondents.read(model, data, by, chosen, groups)
    fit = respondents.fitted(chosen, words, freed, index_weights)
    for kind, text in fit.findings:
        warn(text, kind)
    return fit


@dataclass(frozen=True, eq=False)
class Respondents:
    """The respondents of several groups, ready to be fitted together.

    Attributes
    ----------
    model : Model
        The model.
    by : str
        The column that made the groups.
    answers : mapping of group to Answers
        Of every group, in order.
    samples : mapping of group to Moments
        The same as moments.
    """

    model: Model
    by: str
    answers: Mapping[Any, Answers]
    samples: Mapping[Any, Moments]

    @classmethod
    def read(
        cls, model: Model, data: object, by: str, estimator: CBSEM, groups: Sequence[Any] | None
    ) -> Respondents:
        """Split a survey; refuse groups that cannot be estimated, all of them at once."""
        answers = _answers(model, data, by, estimator, groups)
        samples = {group: each.moments() for group, each in answers.items()}
        _check_sizes(samples, by)
        return cls(model, by, answers, samples)

    def fitted(
        self,
        estimator: CBSEM,
        equal: tuple[str, ...],
        partial: tuple[str, ...],
        index_weights: Convention = "unstandardized",
    ) -> MultigroupFit:
        """Return the joint fit; it warns of nothing."""
        samples = list(self.samples.values())
        names = [f"{self.by} {group}" for group in self.samples]
        solution, estimates = estimator.estimate_together(
            self.model, samples, equal, partial, names
        )
        views: dict[Any, Fit] = {}
        for (group, moments), found in zip(self.samples.items(), estimates, strict=True):
            views[group] = GroupFit.of_answers(
                self.model, InGroup(estimator, f"{self.by} {group}"), found,
                self.answers[group], moments, index_weights,
            )  # fmt: skip
        none = pd.DataFrame([], columns=["group", "n", "reason"])
        fits = Fits(self.by, views, none)
        return MultigroupFit(self.model, self.by, estimator, equal, partial, solution, fits)


def fitting_together(estimator: Estimator) -> CBSEM:
    """Return an estimator that can fit several groups at once; refuse others."""
    if not isinstance(estimator, CBSEM):
        raise OptionError(
            f"{type(estimator).__name__} does not fit groups together. Use csi.CBSEM(), or fit "
            "each group on its own: csi.fit_by(model, data, by=..., estimator=...)."
        )
    return estimator


def as_texts(what: str, given: object) -> tuple[str, ...]:
    """Return one text or several as a tuple without repetitions."""
    texts = (given,) if isinstance(given, str) else given
    if not isinstance(texts, Sequence) or not all(isinstance(text, str) for text in texts):
        raise ArgumentTypeError(f"{what} is {given!r}. Give a list of words.")
    return tuple(dict.fromkeys(texts))


def _answers(
    model: Model, data: object, by: str, estimator: CBSEM, groups: Sequence[Any] | None
) -> dict[Any, Answers]:
    """Return the complete answers of every group; problems of all groups at once."""
    members = dict(split(model, data, by, estimator))
    chosen = list(members) if groups is None else _chosen(groups, members, by)
    if len(chosen) < 2:
        raise DataError(
            f"There is one group only, {by} {listing(map(str, chosen))}. Give at least two, or fit "
            "it with csi.fit()."
        )
    if len(chosen) > MOST_TOGETHER:
        raise OptionError(
            f"{by} has {len(chosen)} groups; a joint fit takes at most {MOST_TOGETHER}. Fit each "
            "with csi.fit_by(), or name some: groups=[...]."
        )
    issues: list[Issue] = []
    found = {}
    for group in chosen:
        try:
            found[group] = complete(members[group], group=f"{by} {group}", quiet=True)
        except DataError as problem:
            issues += problem.issues
    if issues:
        raise DataError(issues)
    return found


def _chosen(groups: Sequence[Any], known: Mapping[Any, Answers], by: str) -> list[Any]:
    if isinstance(groups, str) or not isinstance(groups, Sequence):
        raise ArgumentTypeError(f"groups is {groups!r}. Give a list of groups of {by}.")
    for group in groups:
        if not isinstance(group, Hashable) or group not in known:
            raise OptionError(
                f"There is no {by} {group!r}. Groups: {listing(map(repr, known), 20)}."
                + did_you_mean(str(group), [str(each) for each in known])
            )
    if len(set(groups)) < len(groups):
        raise OptionError(f"groups names a group twice: {listing(map(str, groups), 20)}.")
    return list(groups)


def _check_sizes(samples: Mapping[Any, Moments], by: str) -> None:
    """Refuse groups with no more respondents than items, naming all of them."""
    p = len(next(iter(samples.values())).columns)
    small = [f"{group} (n={m.n:g})" for group, m in samples.items() if m.n <= p]
    if small:
        raise DataError(
            f"{by} {listing(small, 20)}: too few respondents for {p} items. Each group needs more "
            "respondents than items; name the other groups with groups=[...], or put groups "
            "together."
        )
