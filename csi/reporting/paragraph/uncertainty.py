"""What a methods section says of resampling."""

from __future__ import annotations

from collections.abc import Mapping

from csi.reporting.paragraph.references import references
from csi.reporting.paragraph.sentences import Sentence, Writer, count
from csi.reporting.resampled import LINEARISED, Resampled, Resampling
from csi.reporting.uncertainty import KINDS, SIGNS
from csi.resampling.bootstraps import Bootstrap, Bootstraps, FunctionBootstrap
from csi.resampling.replication import Replicated

_SOURCES = {"bca": "efron1987"}
"""Who a kind of limits is due to; all others are in Davison and Hinkley's book."""

_RESCALED = "Rao, Wu and Yue 1992"


def resampling(write: Writer, boot: Resampled) -> list[Sentence]:
    """Return how a fit was resampled."""
    how = Resampling.of(boot)
    if how.df is not None:
        return _replicated(write, boot, how)
    anew = "Everything was estimated anew from each resample, the outer weights included."
    return [
        _limits(write, how, boot.n_inner if isinstance(boot, Bootstrap) else None),
        drawn(write, how), write(anew), write(SIGNS[how.signs]),
        *_seed(write, how.seed), failed(write, how.number, how.bad, how.failures),
    ]  # fmt: skip


def resampling_of_groups(write: Writer, boots: Bootstraps) -> list[Sentence]:
    """Return how groups were resampled, each by itself; their seeds follow from one."""
    members = [Resampling.of(boot) for boot in boots.values()]
    how, bad = members[0], sum(each.bad for each in members)
    phrase = "Of all {number} resamples {bad} failed or are inadmissible."
    total = sum(each.number for each in members)
    lost = [write(phrase, number=count(total), bad=count(bad))] if bad else []
    own = write("Every group was resampled by itself.")
    return [
        _limits(write, how), own, drawn(write, how), write(SIGNS[how.signs]),
        *_seed(write, boots.seed), *lost,
    ]  # fmt: skip


def resampling_of_function(write: Writer, boot: FunctionBootstrap) -> list[Sentence]:
    """Return how functions of a fit were resampled."""
    draws = boot.draws
    how = Resampling(
        draws.number, int(draws.part.bad.sum()), dict(boot.failures), boot.interval,
        float(boot.level), draws.seed, "construct", "",
    )  # fmt: skip
    told = write(
        "The model was fitted anew to each resample for {names}.", names=write.row(boot.names)
    )
    return [
        _limits(write, how), told, *_seed(write, how.seed),
        failed(write, how.number, how.bad, how.failures),
    ]  # fmt: skip


def drawn(write: Writer, how: Resampling) -> Sentence:
    """Return how respondents were drawn or left out."""
    parts = [f"{part.removesuffix('.')}." for part in how.drawn.split(". ")]
    cited = (references()["rao1992"],) if _RESCALED in how.drawn else ()
    return Sentence(write.say.joined(map(write.say.known, parts)), cited)


def failed(write: Writer, number: int, bad: int, why: Mapping[str, int]) -> Sentence:
    """Return how many resamples failed or are inadmissible, and why."""
    if not bad:
        return write("No resample failed and none is inadmissible.")
    colon = ": " if write.say.language == "en" else "："
    reasons = write.between("; ").join(
        f"{write.say.known(w)}{colon}{count(n)}" for w, n in why.items()
    )
    phrase = "{bad} of {number} resamples failed or are inadmissible ({reasons}); those that failed are left out, inadmissible ones are kept."  # noqa: E501 - a key
    return write(phrase, bad=count(bad), number=count(number), reasons=reasons)


def percent(level: float) -> str:
    """Return a level as it is written, such as ``95%``."""
    return f"{100 * level:.10g}%"


def _limits(write: Writer, how: Resampling, inner: int | None = None) -> Sentence:
    """Return number, kind and level of the limits."""
    values = {
        "number": count(how.number), "kind": write.say(KINDS[how.interval]), "level": how.percent,
    }  # fmt: skip
    source = _SOURCES.get(how.interval, "davison1997")
    if how.interval == "studentized" and inner is not None:
        phrase = "Standard errors, {level} {kind} confidence intervals and two-sided p values come from {number} bootstrap resamples, with {inner} resamples of each ({cited})."  # noqa: E501 - a key
        return write(phrase, source, **values, inner=count(inner))
    phrase = "Standard errors, {level} {kind} confidence intervals and two-sided p values come from {number} bootstrap resamples ({cited})."  # noqa: E501 - a key
    return write(phrase, source, **values)


def _replicated(write: Writer, boot: Resampled, how: Resampling) -> list[Sentence]:
    """Return how errors were found from a jackknife, replicate weights or linearisation."""
    values = {"level": how.percent, "df": f"{how.df:g}"}
    phrase = "Standard errors, {level} confidence intervals and two-sided p values come from the jackknife ({cited}), with Student's t of {df} degrees of freedom."  # noqa: E501 - a key
    keys = ["rust1996"]
    if isinstance(boot, Replicated) or how.drawn.startswith("The survey came with"):
        phrase = "Standard errors, {level} confidence intervals and two-sided p values come from replicate weights ({cited}), with Student's t of {df} degrees of freedom."  # noqa: E501 - a key
        keys = ["wolter2007"]
    if how.drawn.startswith(LINEARISED):
        phrase = "Standard errors, {level} confidence intervals and two-sided p values come from the infinitesimal jackknife ({cited}), with Student's t of {df} degrees of freedom."  # noqa: E501 - a key
        return [write(phrase, "jaeckel1972", "binder1983", **values), drawn(write, how)]
    lost = [failed(write, how.number, how.bad, how.failures)] if how.bad else []
    return [write(phrase, *keys, **values), drawn(write, how), write(SIGNS[how.signs]), *lost]


def _seed(write: Writer, seed: int | None) -> list[Sentence]:
    return [] if seed is None else [write("The seed was {seed}.", seed=seed)]
