"""Fits of one covariance structure to several groups at once: all together, and each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from csi.admissibility import Finding
from csi.core.moments import Moments
from csi.core.sem.latent_means import mean_derivatives
from csi.covariance_findings import imprecise
from csi.covariance_fit import CovarianceFit, StructureFit, estimate_columns
from csi.covariance_tests import text_list
from csi.display import Summary
from csi.errors import OptionError, PrecisionWarning
from csi.estimators.base import Convergence, Estimates, Estimator
from csi.estimators.cbsem import CBSEM, ended
from csi.estimators.sem.score_tests import equalities
from csi.estimators.sem.solution import Solution
from csi.estimators.sem.together import part_of
from csi.groups import Fits
from csi.results import Table, as_count
from csi.single_thread import on_one_thread
from csi.spec import Model

MOST_SHOWN = 4
"""Groups whose parameters a summary lists; those of more are in ``parameters``."""


@dataclass(frozen=True, slots=True)
class InGroup:
    """How one group of a joint fit was estimated: with the others, never on its own.

    Attributes
    ----------
    together : Estimator
        What all groups were estimated with.
    group : str
        The group, in words.
    """

    together: Estimator
    group: str

    def estimate(self, model: Model, moments: Moments) -> NoReturn:
        """Refuse to estimate the group without the others."""
        self._refuse()

    def resampler(self, model: Model, estimates: Estimates) -> NoReturn:
        """Refuse to resample the group without the others."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise OptionError(
            f"{self.group} was estimated together with other groups, so it cannot be estimated "
            "again on its own. Resample fits of single groups: csi.fit_by(model, data, by=...)."
        )


_OF_ALL = "{} of all groups together, not of one. Take the joint fit."


@dataclass(frozen=True, eq=False, repr=False)
class GroupFit(CovarianceFit):
    """One group of a model fitted to several at once, the constraints in force.

    Indices, paths, impacts, parameters, scores and residuals are those of the group;
    errors are those of the joint fit. The test of the model and its measures of fit
    belong to all groups and are read from `csi.MultigroupFit`.
    """

    @Table
    def fit_measures(self) -> pd.DataFrame:
        """Refused: measures of overall fit belong to all groups together."""
        raise OptionError(
            _OF_ALL.format("Measures of overall fit are")
            + " By group it has contributions and residual_measures."
        )

    @property
    def samples(self) -> tuple[Moments, ...]:
        """Refused: the group was not fitted on its own."""
        raise OptionError(_OF_ALL.format("Likelihood-ratio tests are"))

    def modification_indices(self, *_: Any, **__: Any) -> NoReturn:
        """Refused: freeing a parameter of the group moves those of all groups."""
        raise OptionError(_OF_ALL.format("Modification indices are"))

    def score_test(self, *_: Any, **__: Any) -> NoReturn:
        """Refused: constraints hold over all groups."""
        raise OptionError(_OF_ALL.format("Score tests are"))

    def wald(self, *_: Any, **__: Any) -> NoReturn:
        """Refused: labels may be those of other groups."""
        raise OptionError(_OF_ALL.format("Wald tests are"))

    @cached_property
    def _settings(self) -> dict[str, str]:
        assert isinstance(self.estimator, InGroup)
        return {"group": f"{self.estimator.group}, with others at once", **super()._settings}

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What about the group is inadmissible or doubtful: kind of warning, sentence."""
        return tuple(
            (kind, text)
            for kind, text in super().findings
            if text not in set(imprecise(self.solution))
        )

    def _structure_tables(self) -> tuple[tuple[str, pd.DataFrame], ...]:
        return (("Parameters", self.parameters),)


@dataclass(frozen=True, eq=False, repr=False)
class MultigroupFit(StructureFit):
    """A covariance structure fitted to several groups at once, by one likelihood.

    Attributes
    ----------
    model : Model
        What was believed.
    by : str
        The column that made the groups.
    estimator : CBSEM
        How it was estimated.
    equal, partial : tuple of str
        What was held equal over groups, and what was free all the same.
    together : Solution
        The parameters of all groups.
    fits : Fits
        The groups one by one: ``fit.fits["north"].indices``, ``fit.fits.paths``.
    """

    model: Model
    by: str
    estimator: CBSEM
    equal: tuple[str, ...]
    partial: tuple[str, ...]
    together: Solution
    fits: Fits

    @property
    def solution(self) -> Solution:
        """The parameters, and the structure they stand in."""
        return self.together

    @property
    def samples(self) -> tuple[Moments, ...]:
        """What was observed, group by group."""
        return tuple(fit.moments for fit in self.fits.values())

    @property
    def groups(self) -> tuple[Any, ...]:
        """The groups in order; means of constructs are compared with the first."""
        return tuple(self.fits)

    @property
    def _group_names(self) -> tuple[Any, ...]:
        return self.groups

    @property
    def n(self) -> float:
        """Respondents of all groups."""
        return self.together.n

    @property
    def convergence(self) -> Convergence:
        """How the search ended."""
        return ended(self.together)

    @cached_property
    def fingerprint(self) -> str:
        """Short hash of the data behind the fit; nothing of respondents can be read off it."""
        each = [f"{group}\x1f{fit.fingerprint}" for group, fit in self.fits.items()]
        return hashlib.sha256("\x1e".join(each).encode()).hexdigest()[:16]

    @Table
    def contributions(self) -> pd.DataFrame:
        """What each group adds to the unscaled chi-square: group, n, chisq, share."""
        parts = self._parts
        chisq = np.array([part.statistic for part in parts])
        with np.errstate(invalid="ignore"):
            share = chisq / chisq.sum()
        return self._by_group(chisq=chisq, share=share)

    @Table
    def residual_measures(self) -> pd.DataFrame:
        """Root mean squared residuals of each group: group, n, rmr, srmr, crmr."""
        found = [
            part.evidence.residual_measures(part.structure, part.theta) for part in self._parts
        ]
        names = ("rmr", "srmr", "crmr")
        columns = {name: [getattr(each, name) for each in found] for name in names}
        return self._by_group(**columns)

    @Table
    def latent_means(self) -> pd.DataFrame:
        """Means of constructs against the first group: construct, group, difference, se, z, p ...

        Then lower, upper (95 percent) and ``d``, the difference in standard deviations
        of the construct within groups (Hancock 2001). Means of constructs can be
        compared where loadings and intercepts are equal, all or most of them
        (``equal=("loadings", "intercepts")``).

        A difference is in units of the construct's first item, or of its standard
        deviation in the first group (``scaling="variance"``). If the model holds, the
        mean of an item differs by its loading times as much, so the 0-100 index of a
        construct, with weights v of its items on 0-100, by the sum of v times loading
        times difference times 100 / (width of the item's scale). The indices in
        ``fits`` differ from this by what the model leaves of the items' means, and by
        weights that are not the same in both groups.

        References
        ----------
        Hancock, G. R. (2001). Effect size, power, and sample size determination for
        structured means modeling and MIMIC approaches to between-groups hypothesis
        testing of means on a single latent construct. Psychometrika 66(3), 373-388.
        doi:10.1007/BF02294440
        """
        structure, whole = self.together.structure, self.together.compiled
        latent = [name for name in self.model.names if whole.place[name] >= len(whole.items)]
        at = [whole.place[name] for name in latent]
        found = structure.matrices(self.together.theta)
        if found.nu is None or not (rates := mean_derivatives(structure, found)[:, at]).any():
            raise OptionError(
                "The model does not compare means of constructs. Fit it with "
                "csi.CBSEM(means=True) and equal=('loadings', 'intercepts')."
            )
        sizes = np.array(self.together.evidence.sizes)
        variance = np.einsum("gvv->gv", found.C)[:, at]
        within = np.sqrt(sizes @ variance / sizes.sum())
        parts = []
        for g, group in enumerate(self.groups[1:], start=1):
            difference = (found.nu[g] - found.nu[0])[at]
            se = self.together.errors_of(rates[g] - rates[0])
            columns = estimate_columns(difference, se, 0.95)
            columns["difference"] = columns.pop("estimate")
            front = {"construct": latent, "group": [group] * len(latent)}
            order = ("difference", "se", "z", "p", "lower", "upper")
            shown = {name: columns[name] for name in order}
            parts.append(pd.DataFrame({**front, **shown, "d": difference / within}))
        return pd.concat(parts, ignore_index=True)

    def modification_indices(self, *given: Any, **options: Any) -> pd.DataFrame:
        """Return what freeing each fixed parameter would gain, largest first, with its group.

        Parameters
        ----------
        *given, **options
            As `CovarianceFit.modification_indices`.

        Returns
        -------
        DataFrame
            As there, with the column ``group``.

        Examples
        --------
        >>> import csi
        >>> fit = csi.multigroup(csi.models.acsi(), csi.demo_survey(), by="firm")
        >>> fit.modification_indices(minimum=5).columns[3]
        'group'
        """
        table = super().modification_indices(*given, **options)
        table["group"] = [self.groups[number - 1] for number in table["group"]]
        return table

    def score_test(self, release: Sequence[str] | None = None) -> pd.DataFrame:
        """Test equality constraints over groups and others: what giving them up would gain.

        Parameters
        ----------
        release : list of str, optional
            Constraints, as the table names them; all by default.

        Returns
        -------
        DataFrame
            As `CovarianceFit.score_test`; what is equal over groups is one row for every
            group after the first, such as ``x1 ~1, north == x1 ~1, south``.

        Examples
        --------
        >>> import csi
        >>> model, survey = csi.models.acsi(), csi.demo_survey()
        >>> fit = csi.multigroup(model, survey, by="firm", equal="loadings")
        >>> fit.score_test().index[1]
        'Expectations =~ CUSTOMX, Alfa == Expectations =~ CUSTOMX, Beta'
        """
        shown = {name: self._with_groups(name) for name in equalities(self.together.compiled)}
        if release is not None:
            known = {text: name for name, text in shown.items()}
            release = [known.get(text, text) for text in text_list("release", release)]
        table = super().score_test(release)
        table["constraint"] = [shown.get(name, name) for name in table["constraint"]]
        return table.set_index("constraint", drop=False)

    def _with_groups(self, constraint: str) -> str:
        """Write the groups' names into a constraint that speaks of them by number."""
        return re.sub(
            r", group (\d+)(?= == |$)",
            lambda found: f", {self.groups[int(found[1]) - 1]}",
            constraint,
        )

    @Table
    def settings(self) -> pd.DataFrame:
        """Everything needed to repeat the fit: setting, value."""
        known = self._settings
        return pd.DataFrame({"setting": list(known), "value": list(known.values())})

    @cached_property
    def _settings(self) -> dict[str, str]:
        first = next(iter(self.fits.values()))
        sizes = [f"{group} ({fit.n:g})" for group, fit in self.fits.items()]
        return {
            **first.estimates.settings,
            "groups": f"by {self.by}: {', '.join(sizes)}",
            "equal over groups": ", ".join(self.equal) or "nothing but labels",
            "free all the same": ", ".join(self.partial) or "nothing",
            "convergence": self.convergence.how,
            "respondents used": f"{self.n:g}",
            **first.handling,
            "data fingerprint": self.fingerprint,
        }

    @cached_property
    @on_one_thread
    def findings(self) -> tuple[Finding, ...]:
        """What about the fit is inadmissible or doubtful: kind of warning, sentence."""
        shared = [(PrecisionWarning, text) for text in imprecise(self.together)]
        own = [
            (kind, f"{text} ({self.by} {group})")
            for group, fit in self.fits.items()
            for kind, text in fit.findings
        ]
        return (*shared, *own)

    @property
    def problems(self) -> tuple[str, ...]:
        """What about the fit is inadmissible or doubtful, in sentences."""
        return tuple(text for _, text in self.findings)

    def summary(self) -> Summary:
        """Return the fit as a summary that prints as text and shows itself in Jupyter."""
        shown = self.contributions.reset_index(drop=True)
        more = [("Contributions to chi-square", shown)]
        if self.together.structure.has_means and "intercepts" in self.equal:
            more.append(("Means of constructs", self.latent_means))
        return Summary(
            f"{self.model.title or 'Model'}, {len(self.fits)} groups by {self.by}",
            tuple(self._settings.items()),
            (*more, *self._structure_tables()),
            self.problems,
        )

    def _structure_tables(self) -> tuple[tuple[str, pd.DataFrame], ...]:
        overall, parameters = super()._structure_tables()
        return (overall, parameters) if len(self.fits) <= MOST_SHOWN else (overall,)

    @cached_property
    def _parts(self) -> list[Solution]:
        return [part_of(self.together, group) for group in range(len(self.fits))]

    def _by_group(self, **columns: Any) -> pd.DataFrame:
        sizes = [as_count(fit.n) for fit in self.fits.values()]
        return pd.DataFrame({"group": self.groups, "n": sizes, **columns}, list(self.groups))

    def __repr__(self) -> str:
        state = "converged" if self.convergence.converged else "NOT converged"
        return (
            f"<MultigroupFit {self.model.title or 'model'}: {len(self.fits)} groups by {self.by}, "
            f"n={self.n:g}, {state}>"
        )

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()
