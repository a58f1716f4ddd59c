"""Fits of structures that were fitted after the measurement of their constructs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn, get_args

import numpy as np
import pandas as pd

from csi.admissibility import Finding
from csi.core.moments import Moments
from csi.core.sem.sam import mapping_matrix
from csi.core.types import Array
from csi.covariance_fit import CovarianceFit
from csi.covariance_tables import Residuals
from csi.declared import check_choice
from csi.errors import InadmissibleWarning, OptionError, listing
from csi.estimators.sem.measured import Measured
from csi.estimators.sem.structural_after import AfterMeasurement, Measurement
from csi.results import Table


@dataclass(frozen=True, eq=False, repr=False)
class StructuralFit(CovarianceFit):
    """A model whose paths were fitted after the measurement of the constructs, by `csi.SAM`.

    Everything a `CovarianceFit` has but what rests on a joint search. Measures of
    overall fit are those of the paths, against the covariances of the constructs;
    ``measurement`` tells how well each block of items fits.
    """

    @property
    def _step(self) -> Measurement:
        assert isinstance(self.solution, AfterMeasurement)
        assert self.solution.measurement is not None
        return self.solution.measurement

    @Table
    def measurement(self) -> pd.DataFrame:
        """How the constructs were measured: construct, block, items, chisq ... reliability.

        ``block`` numbers what was fitted together; ``chisq``, ``df`` and ``p`` test
        it. ``at_zero`` names items whose error variance would be negative. ``reliability``
        is that of the scores whose covariances the paths were fitted to.
        """
        rows = [row for number, block in enumerate(self._step.blocks, 1)
                for row in _measured(block, number)]  # fmt: skip
        table = pd.DataFrame(rows).set_index("construct", drop=False)
        table["reliability"] = pd.Series(self._reliability, list(self._step.steps.variables))
        return table

    @property
    def _reliability(self) -> Array:
        """Return the share of the scores' variances that is not error."""
        step = self._step
        S = step.evidence.covs[0]
        L, Theta = (part[0] for part in step.parts(step.theta[None]))
        M = mapping_matrix(L, Theta, S, step.method)
        return np.asarray(1 - np.diag(M @ Theta @ M.T) / np.diag(M @ S @ M.T))

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What about the fit is inadmissible or doubtful: kind of warning, sentence."""
        held = [name for block in self._step.blocks for name in block.at_zero]
        if not held:
            return super().findings
        one = len(held) == 1
        text = (
            f"The error variance{'' if one else 's'} of {listing(held)} would be negative and "
            f"{'is' if one else 'are'} zero: a Heywood case. Standard errors of what hangs on "
            f"{'it' if one else 'them'} are rough; ask more respondents or items, and bootstrap."
        )
        return ((InadmissibleWarning, text), *super().findings)

    @property
    def samples(self) -> tuple[Moments, ...]:
        """Refused: likelihood ratios compare minima."""
        raise OptionError(_TWO_STEPS.format("Likelihood-ratio tests are"))

    def modification_indices(self, *_: Any, **__: Any) -> NoReturn:
        """Refused: the estimates are no minimum of one discrepancy."""
        raise OptionError(_TWO_STEPS.format("Modification indices are"))

    def score_test(self, *_: Any, **__: Any) -> NoReturn:
        """Refused: the estimates are no minimum of one discrepancy."""
        raise OptionError(_TWO_STEPS.format("Score tests are"))

    def residuals(self, kind: Residuals = "raw") -> pd.DataFrame:
        """Return what the model leaves of the covariances of the items.

        Parameters
        ----------
        kind : {"raw", "correlation", "normalized"}
            As for `CovarianceFit`; standardised ones rest on a joint search.

        Raises
        ------
        OptionError
            For standardised residuals.
        """
        check_choice("kind", kind, get_args(Residuals))
        if kind == "standardized":
            raise OptionError(_TWO_STEPS.format("Standardised residuals are"))
        return super().residuals(kind)

    @Table
    def residual_summary(self) -> NoReturn:
        """Refused: the estimates are no minimum of one discrepancy."""
        raise OptionError(_TWO_STEPS.format("Tests of residuals are"))


_TWO_STEPS = (
    "{} known for a joint search only, and csi.SAM() estimates in two steps. Use csi.CBSEM()."
)


def _measured(block: Measured, number: int) -> list[dict[str, object]]:
    test, rows = block.held.tested("standard"), block.solution.compiled.rows
    return [
        {
            "construct": name, "block": number,
            "items": sum(row.operator == "=~" and row.left == name for row in rows),
            "chisq": test.statistic, "df": test.df, "p": test.p,
            "at_zero": ", ".join(block.at_zero),
        }
        for name in block.constructs
    ]  # fmt: skip
