"""The engine for samples so large that buckets of respondents are drawn, not respondents."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from csi.core.buckets import Bucketed, Dealt, deal
from csi.core.design import Design
from csi.core.jackknife import LeftOut, leave_out
from csi.core.resample import Designed, Resamples, Simple
from csi.errors import OptionError
from csi.resampling.engine import Engine


@dataclass(frozen=True, eq=False)
class BucketEngine(Engine):
    """An engine whose sampling units are buckets of respondents or clusters.

    Attributes
    ----------
    fit, signs
        As of `Engine`.
    dealt : Dealt
        The respondents of each bucket.
    """

    dealt: Dealt = field(kw_only=True)

    @classmethod
    def over(cls, engine: Engine, number: int, seed: int) -> BucketEngine:
        """Deal the respondents of an engine into buckets.

        Raises
        ------
        OptionError
            If there are too few units for so many buckets, or too few buckets
            for the strata, or the estimator takes one sample at a time.
        """
        if not engine.batched:
            raise OptionError(
                f"Buckets hold sums, and {type(engine.fit.estimator).__name__} needs respondents. "
                "Leave out buckets, or give it a method solve() as in "
                "csi.estimators.base.BatchEstimator."
            )
        answers = engine.fit.data
        assert answers is not None
        dealt = deal(answers.copies, answers.sampling, number, seed)
        return cls(engine.fit, engine.signs, dealt=dealt)

    @cached_property
    def products(self) -> Bucketed:
        """What resamples are made of: the sums of every bucket."""
        whole = Engine(self.fit, self.signs).products  # what threads see here is buckets only
        return Bucketed(
            whole.rows, whole.respondents, whole.weights, whole.missing, dealt=self.dealt
        )

    @property
    def design(self) -> Design | None:
        """Strata of the buckets; None for a sample that was drawn without a design."""
        answers = self.fit.data
        assert answers is not None
        if answers.sampling is None:
            return None
        return Design(strata=None if answers.sampling.strata is None else self.dealt.stratum)

    def resamples(self, seed: int, method: str | None) -> Resamples:
        """Return the way buckets are drawn: as `Engine` draws respondents or clusters."""
        if self.design is None and method != "rescaled":
            return Simple(len(self.dealt), seed)
        design = self.design or Design()
        return Designed(design, len(self.dealt), seed, None, method or "rescaled")  # type: ignore[arg-type]

    @cached_property
    def left_out(self) -> LeftOut:
        """The sample without each of its buckets."""
        return leave_out(self.products.table, np.ones(len(self.dealt)), self.design)
