"""The section of a report on resampling: how it was done, what failed, every other interval."""

from __future__ import annotations

import pandas as pd

from csi.reporting.document import Block, Section, Subject
from csi.reporting.resampled import LINEARISED, Resampled, Resampling

STILL = 1e-9
"""Standard error below which a number cannot vary, as the weight of a single item."""

KINDS = {
    "percentile": "percentile",
    "basic": "basic",
    "normal": "normal-theory",
    "bca": "bias-corrected and accelerated (BCa)",
    "studentized": "studentized",
    "t": "Student's t",
}
_CRITERIA = {"alpha": "Cronbach alpha", "rho_a": "rho_A", "rho_c": "rho_C", "ave": "AVE"}
SIGNS = {
    "construct": "Constructs whose loadings ran against those of the fit were turned round.",
    "individual": "Each weight, loading and path was given the sign it has in the fit.",
    "none": "Signs were left as they came, each construct pointing along the sum of its items.",
}


def resampling_section(subject: Subject) -> list[Section]:
    """Return the section on resampling, if there was any."""
    blocks = [
        *_methods(subject),
        *([] if subject.boot is None else [*_failures(subject), *_tables(subject, subject.boot)]),
        *_failures_of_groups(subject),
    ]
    return [Section("resampling", subject.say("Resampling"), tuple(blocks))] if blocks else []


def resampling_facts(subject: Subject) -> list[tuple[str, str]]:
    """Return the settings of the bootstrap: what they are and their values."""
    how = _how(subject)
    if how is None:
        return []
    say = subject.say
    facts = [
        ("resamples", str(how.number)),
        ("failed or inadmissible", str(how.bad)),
        ("intervals", f"{say(KINDS[how.interval])}, {how.percent}"),
        ("degrees of freedom", "" if how.df is None else f"{how.df:g}"),
        ("seed", say("not known") if how.seed is None else str(how.seed)),
        ("respondents drawn", told_drawn(subject, how)),
        ("signs", say(SIGNS[how.signs])),
    ]
    left_out = {"seed"} if how.df is not None else {"degrees of freedom"}
    if how.drawn.startswith(LINEARISED):
        left_out |= {"resamples", "failed or inadmissible", "signs"}
    if subject.boot is None:
        left_out |= {"failed or inadmissible", "seed"}
    return [(say(name), value) for name, value in facts if name not in left_out]


def told_drawn(subject: Subject, how: Resampling) -> str:
    """Return how respondents were drawn in the language of the report."""
    parts = how.drawn.split(". ")
    whole = [f"{part.removesuffix('.')}." for part in parts]
    return subject.say.joined(map(subject.say.known, whole))


def _how(subject: Subject) -> Resampling | None:
    if subject.boot is not None:
        return Resampling.of(subject.boot)
    if subject.boots is not None:
        return Resampling.of(next(iter(subject.boots.values())))
    return None


def _methods(subject: Subject) -> list[Block]:
    """Return a paragraph that can be copied into an article."""
    how, say = _how(subject), subject.say
    if how is None:
        return []
    phrase = "Intervals are {kind} bootstrap intervals at the {level} level from {number} resamples; p values are two-sided, of the hypothesis that a number is zero, and belong to these intervals."  # noqa: E501 - a key
    if how.df is not None:
        phrase = "Intervals are {kind} intervals at the {level} level with {df} degrees of freedom; p values are two-sided, of the hypothesis that a number is zero, and belong to these intervals."  # noqa: E501 - a key
    values = {"level": how.percent, "number": f"{how.number:,}", "df": f"{how.df or 0:g}"}
    sentences = [
        say(phrase, kind=say(KINDS[how.interval]), **values),
        told_drawn(subject, how),
    ]
    if not how.drawn.startswith(LINEARISED):
        anew = "Everything was estimated anew from each resample, the outer weights included."
        sentences += [say(anew), say(SIGNS[how.signs])]
    if subject.boot is not None and how.seed is not None:
        sentences.append(say("The seed was {seed}.", seed=how.seed))
    if subject.boots is not None:
        sentences.append(
            _of_groups(subject, how, Resampling.of(next(iter(subject.boots.values()))))
        )
    return [Block("text", say.joined(sentences))]


def _of_groups(subject: Subject, how: Resampling, theirs: Resampling) -> str:
    """Return how groups were resampled, compared with the rest of the report."""
    say = subject.say
    settings = ("interval", "level", "number")
    if all(getattr(how, name) == getattr(theirs, name) for name in settings):
        return say("Every group was resampled by itself.")
    phrase = "Every group was resampled by itself: {kind} intervals at the {level} level from {number} resamples."  # noqa: E501 - a key
    kind = say(KINDS[theirs.interval])
    return say(phrase, kind=kind, level=theirs.percent, number=f"{theirs.number:,}")


def _failures(subject: Subject) -> list[Block]:
    how, say = _how(subject), subject.say
    assert how is not None
    if not how.bad:
        return [Block("note", say("No resample failed and none is inadmissible."))]
    phrase = "{bad} of {number} resamples failed or are inadmissible. Those that failed are left out, inadmissible ones are kept; either makes intervals somewhat wrong."  # noqa: E501 - a key
    table = pd.DataFrame(
        [(say.known(why), count) for why, count in how.failures.items()],
        columns=["reason", "count"],
    )
    caption = say("Resamples that failed or are inadmissible")
    told = say(phrase, bad=f"{how.bad:,}", number=f"{how.number:,}")
    return [Block("text", told), subject.table(table, caption)]


def _failures_of_groups(subject: Subject) -> list[Block]:
    rows = [
        (str(group), subject.say.known(why), count)
        for group, boot in (subject.boots or {}).items()
        for why, count in Resampling.of(boot).failures.items()
    ]
    if not rows:
        return []
    table = pd.DataFrame(rows, columns=["group", "reason", "count"])
    caption = subject.say("Resamples of groups that failed or are inadmissible")
    return [subject.table(table, caption)]


def _tables(subject: Subject, boot: Resampled) -> list[Block]:
    """Return the tables that stand nowhere else in the report."""
    level = Resampling.of(boot).percent
    tables = {
        ("Indirect effects", "indirect"): _indirect(boot),
        ("Explained variance", "r2"): boot.r2.drop(columns="p"),
        ("Loadings", "loading"): boot.loadings,
        ("Outer weights", "weight"): boot.weights,
        ("Reliability", "value"): boot.reliability.drop(columns="p").replace(_CRITERIA),
        ("Heterotrait-monotrait ratios", "value"): boot.htmt.drop(columns="p"),
    }
    return [
        subject.table(_shown(table, measured), subject.say(caption), level=level)
        for (caption, measured), table in tables.items()
        if len(table)
    ]


def _indirect(boot: Resampled) -> pd.DataFrame:
    """Return the effects for which there is a route over another construct."""
    model, effects = boot.fit.model, boot.effects
    longer = (model.design.astype(int) @ model.reachable.astype(int)) > 0
    there = [
        effect == "indirect" and longer[model.names.index(source), model.names.index(target)]
        for source, target, effect in effects[["source", "target", "effect"]].to_numpy()
    ]
    return effects[there].drop(columns="effect")


def _shown(table: pd.DataFrame, measured: str) -> pd.DataFrame:
    """Return a table under the name of what it measures, with failures where there are any."""
    none_failed = not table["failed"].any()
    plain = table.rename(columns={"estimate": measured}).reset_index(drop=True)
    if "p" in plain:
        plain["p"] = plain["p"].where(plain["se"] > STILL)
    return plain.drop(columns="failed") if none_failed else plain
