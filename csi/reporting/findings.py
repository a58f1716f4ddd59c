"""The first part of a report, for managers: what was found, in words and pictures."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from csi.display import number
from csi.groups import Fits
from csi.reporting.document import Block, Section, Subject
from csi.reporting.drawing import WEAK, path_diagram
from csi.reporting.overviews import index_overview, path_overview
from csi.reporting.pictures import Dot, Driver, dot_plot, driver_plot, index_bar


def key_figures(subject: Subject) -> list[tuple[str, str]]:
    """Return the few numbers to remember: what they are and the numbers."""
    fit, say = subject.fit, subject.say
    figures = []
    if fit.has_indices:
        index, se = _index(subject)
        figures.append((subject.target_label, number(index, 1)))
        figures.append((say("Standard error"), number(se, 1)))
    figures.append((say("Respondents"), f"{fit.n:,.0f}"))
    if subject.target in fit.r2.index:
        figures.append((say("Explained variance"), number(_r2(subject), 2)))
    if subject.fits is not None:
        figures.append((say("Groups"), str(len(subject.fits))))
    return figures


def findings(subject: Subject) -> list[Section]:
    """Return the sections for managers."""
    sections = [_in_short(subject), _indices(subject), _diagram(subject), _impacts(subject)]
    if subject.fits is not None:
        sections.append(_groups(subject, subject.fits))
    return sections


def _in_short(subject: Subject) -> Section:
    say = subject.say
    sentences = [*_index_in_words(subject), *_strongest_driver(subject)]
    if subject.target in subject.fit.r2.index:
        share = number(100 * _r2(subject), 0)
        phrase = (
            "The model explains {share} percent of the differences in {target} between respondents."
        )
        sentences.append(say(phrase, share=share, target=subject.target_label))
    sentences += _range_of_groups(subject)
    sentences.append(_used(subject))
    sound = "The iteration converged and no estimate is inadmissible."
    sentences.append(
        say("See the problems above before using these numbers." if subject.fit.problems else sound)
    )
    return Section("short", say("In short"), (Block("text", say.joined(sentences)),))


def _index_in_words(subject: Subject) -> list[str]:
    fit = subject.fit
    if not fit.has_indices:
        return [subject.why_no_indices()]
    index, se = _index(subject)
    sentence = (
        "{target}: the index is {index} (standard error {se}, n = {n}) on a scale from 0 to 100."
    )
    return [
        subject.say(
            sentence,
            target=subject.target_label,
            index=number(index, 1),
            se=number(se, 1),
            n=f"{fit.n:,.0f}",
        )
    ]


def _strongest_driver(subject: Subject) -> list[str]:
    drivers = subject.drivers()
    if not subject.fit.has_indices or drivers.empty:
        return []
    best = drivers.iloc[0]
    values = {
        "driver": subject.label(best["driver"]),
        "target": subject.target_label,
        "impact": number(abs(float(best["impact"])), 2),
    }
    lifts = (
        "The strongest driver is {driver}: one more point of it lifts {target} by {impact} points."
    )
    lowers = lifts.replace("lifts", "lowers")
    return [subject.say(lifts if best["impact"] >= 0 else lowers, **values)]


def _range_of_groups(subject: Subject) -> list[str]:
    if subject.fits is None or not subject.fit.has_indices or len(subject.fits) < 2:
        return []
    ranked = _ranked(subject, subject.fits)
    phrase = "Of {count} groups by {by}, {best} has the highest index ({high}) and {worst} the lowest ({low})."  # noqa: E501 - a key
    return [
        subject.say(
            phrase,
            count=len(ranked),
            by=subject.fits.by,
            best=ranked[0].label,
            high=number(ranked[0].index, 1),
            worst=ranked[-1].label,
            low=number(ranked[-1].index, 1),
        )
    ]


def _used(subject: Subject) -> str:
    counts = {step: count for step, _, count, _ in subject.fit.steps}
    read, used = counts.get("respondents read"), counts.get("respondents used")
    if read is None or used is None:
        phrase = "The model was fitted to {n} respondents; their answers are not part of the fit."
        return subject.say(phrase, n=f"{subject.fit.n:,.0f}")
    return subject.say(
        "{used} of {read} respondents were used, {dropped} were dropped.",
        used=f"{used:,.0f}",
        read=f"{read:,.0f}",
        dropped=f"{read - used:,.0f}",
    )


def _indices(subject: Subject) -> Section:
    fit, say = subject.fit, subject.say
    heading = say("Indices")
    if not fit.has_indices:
        return Section("indices", heading, (Block("text", subject.why_no_indices()),))
    table = fit.indices.reset_index(drop=True)
    bars = [
        Markup(index_bar(row["index"], row["se"], say("0 to 100")))
        for row in table.to_dict("records")
    ]
    table.insert(1, say("0 to 100"), pd.Series(bars, dtype=object))
    caption = "Indices from 0 to 100; whiskers reach 1.96 standard errors to each side, with the outer weights held fixed."  # noqa: E501 - a key
    blocks = [subject.table(table, say(caption))]
    weights = fit.index_weight_table
    negative = list(dict.fromkeys(weights.loc[weights["weight"] < 0, "construct"]))
    if negative:
        phrase = "Some items have negative weights in the index of {names}, so that it may leave 0 to 100."  # noqa: E501 - a key
        blocks.append(Block("note", say(phrase, names=subject.labels(negative))))
    return Section("indices", heading, tuple(blocks))


def _diagram(subject: Subject) -> Section:
    fit, say = subject.fit, subject.say
    figure = path_diagram(fit, language=say.language).svg
    sentences = [
        say(
            "Standardised coefficients on the paths; grey, short dashes: below {weak} in size.",
            weak=number(WEAK, 2),
        )
    ]
    against = fit.paths[fit.paths["as_expected"].eq(False)]
    if fit.paths["expected_sign"].eq("?").all():
        sentences.append(say("No signs were expected."))
    elif against.empty:
        sentences.append(say("No path has a sign against expectation."))
    else:
        ends = zip(against["source"], against["target"], strict=True)
        routes = "; ".join(f"{subject.label(s)} → {subject.label(t)}" for s, t in ends)
        phrase = "Red, long and short dashes: the sign is against expectation ({paths})."
        sentences.append(say(phrase, paths=routes))
    block = Block("figure", say.joined(sentences), Markup(figure))
    return Section("diagram", say("How the constructs hang together"), (block,))


def _impacts(subject: Subject) -> Section:
    say, drivers = subject.say, subject.drivers()
    heading = say("What moves {target}", target=subject.target_label)
    if drivers.empty:
        phrase = say("Nothing in the model drives {target}.", target=subject.target_label)
        return Section("impacts", heading, (Block("text", phrase),))
    caption = "Standardised effects of each driver on {target}."
    blocks: list[Block] = []
    if subject.fit.has_indices:
        caption = "Points that {target} moves for one more point of each driver, along all routes."
        remarks = (
            say("Direct and total effects are standardised."),
            say("Impacts hold under the model; they are not the outcome of an experiment."),
        )
        blocks = [Block("note", say.joined(remarks)), *_driver_picture(subject, drivers)]
    table = subject.table(drivers, say(caption, target=subject.target_label))
    return Section("impacts", heading, (table, *blocks))


def _driver_picture(subject: Subject, drivers: pd.DataFrame) -> list[Block]:
    """Return importance against performance; a single driver has nothing to compare."""
    if len(drivers) < 2:
        return []
    say, target = subject.say, subject.target_label
    points = [
        Driver(subject.label(row["driver"]), row["impact"], row["index"])
        for row in drivers.to_dict("records")
    ]
    phrase = "Each driver of {target}: to the right those that move it most, at the bottom those rated worst. At the lower right an improvement pays most. Dashed lines stand at the medians."  # noqa: E501 - a key
    told = say(phrase, target=target)
    axes = (say("Points that {target} moves per point", target=target), say("Index of the driver"))
    figure = driver_plot(points, axes, say("median"), told)
    return [Block("figure", told, Markup(figure))]


def _groups(subject: Subject, fits: Fits) -> Section:
    say = subject.say
    if subject.fit.has_indices:
        overview = index_overview(fits).rename(columns=subject.label)
        table = subject.table(overview, say("Indices by {by}", by=fits.by), digits=1)
        blocks = [_dots(subject, fits), table]
    else:
        table = subject.table(path_overview(fits), say("Paths by {by}", by=fits.by))
        blocks = [Block("text", subject.why_no_indices()), table]
    if len(fits.skipped):
        skipped = fits.skipped.assign(
            group=[str(group) for group in fits.skipped["group"]],
            reason=[say.known(reason) for reason in fits.skipped["reason"]],
        )
        blocks.append(subject.table(skipped, say("Groups that were not estimated")))
    problems = _problems_of_groups(subject, fits)
    if len(problems):
        blocks.append(subject.table(problems, say("Groups whose results need care")))
    return Section("groups", say("By {by}", by=fits.by), tuple(blocks))


def _problems_of_groups(subject: Subject, fits: Fits) -> pd.DataFrame:
    rows = [
        (str(group), subject.say.known(problem))
        for group, fit in fits.items()
        for problem in fit.problems
    ]
    return pd.DataFrame(rows, columns=["group", "problem"])


def _ranked(subject: Subject, fits: Fits) -> list[Dot]:
    """Return the groups by the index of the target, highest first."""
    rows = fits.indices[fits.indices["construct"] == subject.target]
    dots = [
        Dot(str(row["group"]), row["index"], row["se"], row["n"]) for row in rows.to_dict("records")
    ]
    return sorted(dots, key=lambda dot: (-dot.index, dot.label))


def _dots(subject: Subject, fits: Fits) -> Block:
    say, overall = subject.say, subject.fit.index(subject.target)
    caption = "Index of {target} by {by}, highest first; beside it the index and n. Whiskers reach 1.96 standard errors to each side, with the outer weights held fixed. The axis does not begin at 0."  # noqa: E501 - a key
    told = say(caption, target=subject.target_label, by=fits.by)
    label = say("all {index}", index=number(overall, 1))
    figure = dot_plot(_ranked(subject, fits), overall, label, told)
    return Block("figure", told, Markup(figure))


def _index(subject: Subject) -> tuple[float, float]:
    """Return the index of the target and its standard error."""
    row = subject.fit.indices.loc[[subject.target]]
    return row["index"].item(), row["se"].item()


def _r2(subject: Subject) -> float:
    return float(subject.fit.r2["r2"][subject.target])
