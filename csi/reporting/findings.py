"""The first part of a report, for managers: what was found, in words and pictures."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from csi.display import number
from csi.reporting.assessed import assessment_in_short
from csi.reporting.by_group import Groups
from csi.reporting.curve_section import curve_in_short, curve_section
from csi.reporting.document import Block, Section, Subject
from csi.reporting.drawing import WEAK, path_diagram
from csi.reporting.pictures import WHISKER, Driver, driver_plot, index_bar
from csi.reporting.resampled import Resampled, Resampling


def key_figures(subject: Subject) -> list[tuple[str, str]]:
    """Return the few numbers to remember: what they are and the numbers."""
    fit, say = subject.fit, subject.say
    figures = []
    if fit.has_indices:
        index, se = _index(subject)
        figures.append((subject.target_label, number(index, 1)))
        precision = (say("Standard error"), number(se, 1))
        if subject.boot is not None:
            span = _span(subject.boot, "indices", subject.target, 1)
            told = f"{span['low']} – {span['high']}"
            precision = (say("{level} interval", level=span["level"]), told)
        figures.append(precision)
    figures.append((say("Respondents"), f"{fit.n:,.0f}"))
    if subject.target in fit.r2.index:
        figures.append((say("Explained variance"), number(_r2(subject), 2)))
    if subject.fits is not None:
        figures.append((say("Groups"), str(len(subject.fits))))
    return figures


def findings(subject: Subject) -> list[Section]:
    """Return the sections for managers."""
    groups = None if subject.fits is None else Groups(subject)
    about_groups = [] if groups is None else groups.in_words()
    sections = [
        _in_short(subject, about_groups), _indices(subject), _diagram(subject), _impacts(subject),
        *curve_section(subject),
    ]  # fmt: skip
    return sections if groups is None else [*sections, groups.section()]


def _in_short(subject: Subject, about_groups: list[str]) -> Section:
    say = subject.say
    sentences = [*_index_in_words(subject), *_strongest_driver(subject)]
    if subject.target in subject.fit.r2.index:
        share = number(100 * _r2(subject), 0)
        phrase = (
            "The model explains {share} percent of the differences in {target} between respondents."
        )
        sentences.append(say(phrase, share=share, target=subject.target_label))
    sentences += [*curve_in_short(subject), *about_groups, _used(subject)]
    sound = "The iteration converged and no estimate is inadmissible."
    sentences.append(
        say("See the problems above before using these numbers." if subject.fit.problems else sound)
    )
    sentences += assessment_in_short(subject)
    return Section("short", say("In short"), (Block("text", say.joined(sentences)),))


def _index_in_words(subject: Subject) -> list[str]:
    fit = subject.fit
    if not fit.has_indices:
        return [subject.why_no_indices()]
    index, se = _index(subject)
    values = {
        "target": subject.target_label,
        "index": number(index, 1),
        "se": number(se, 1),
        "n": f"{fit.n:,.0f}",
    }
    if subject.boot is None:
        sentence = "{target}: the index is {index} (standard error {se}, n = {n}) on a scale from 0 to 100."  # noqa: E501 - a key
        return [subject.say(sentence, **values)]
    sentence = "{target}: the index is {index} ({level} interval {low} to {high}, n = {n}) on a scale from 0 to 100."  # noqa: E501 - a key
    return [subject.say(sentence, **values, **_span(subject.boot, "indices", subject.target, 1))]


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
    told = [subject.say(lifts if best["impact"] >= 0 else lowers, **values)]
    if subject.boot is not None:
        phrase = "The {level} interval of this impact is {low} to {high}."
        span = _span(subject.boot, "impacts", best["driver"], 2, subject.target)
        told.append(subject.say(phrase, **span))
    return told


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
    reach = WHISKER * table["se"]
    ends = pd.DataFrame({"low": table["index"] - reach, "high": table["index"] + reach})
    caption = say(
        "Indices from 0 to 100; whiskers reach 1.96 standard errors to each side, with the outer weights held fixed."  # noqa: E501 - a key
    )
    if subject.boot is not None:
        table, caption = _with_limits(subject, table)
        ends = table.iloc[:, 2:4].set_axis(["low", "high"], axis=1)
    bars = [
        Markup(index_bar(index, low, high, say("0 to 100")))
        for index, low, high in zip(table["index"], ends["low"], ends["high"], strict=True)
    ]
    table.insert(1, say("0 to 100"), pd.Series(bars, dtype=object))
    level = "" if subject.boot is None else Resampling.of(subject.boot).percent
    blocks = [subject.table(table, caption, level=level)]
    if subject.boot is not None:
        phrase = "Had other customers of the same kind been asked, the indices would differ somewhat; the intervals say by how much."  # noqa: E501 - a key
        blocks.append(Block("note", say(phrase)))
    weights = fit.index_weight_table
    negative = list(dict.fromkeys(weights.loc[weights["weight"] < 0, "construct"]))
    if negative:
        phrase = "Some items have negative weights in the index of {names}, so that it may leave 0 to 100."  # noqa: E501 - a key
        blocks.append(Block("note", say(phrase, names=subject.labels(negative))))
    return Section("indices", heading, tuple(blocks))


def _with_limits(subject: Subject, table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the indices with their confidence limits, and the caption."""
    assert subject.boot is not None
    how, known = Resampling.of(subject.boot), subject.boot.indices
    table = table.assign(se=known["se"].to_numpy())
    for place, side in enumerate(("lower", "upper"), start=2):
        table.insert(place, side, known[side].to_numpy())
    caption = (
        "Indices from 0 to 100 with {level} intervals from {number} resamples of the respondents."
    )
    if how.df is not None:
        caption = "Indices from 0 to 100 with {level} intervals."
    told = subject.say(caption, level=how.percent, number=f"{how.number:,}")
    return table, told


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
    told, level = say(caption, target=subject.target_label), ""
    if subject.boot is not None:
        level = Resampling.of(subject.boot).percent
        drivers = _bounded(subject, drivers, subject.boot)
        reading = "Low and high are the {level} limits of the impact; p is small where an impact of zero is hard to reconcile with the answers."  # noqa: E501 - a key
        if not subject.fit.has_indices:
            reading = "Low and high are the {level} limits of the total effect; p is small where an effect of zero is hard to reconcile with the answers."  # noqa: E501 - a key
        blocks.insert(0, Block("note", say(reading, level=level)))
    table = subject.table(drivers, told, level=level)
    return Section("impacts", heading, (table, *blocks))


def _bounded(subject: Subject, drivers: pd.DataFrame, boot: Resampled) -> pd.DataFrame:
    """Return drivers with limits and p value of what they are sorted by."""
    column, known = "total", boot.effects[boot.effects["effect"] == "total"]
    if subject.fit.has_indices:
        column, known = "impact", boot.impacts
    own = known[known["target"] == subject.target].set_index("source").loc[list(drivers["driver"])]
    at = list(drivers.columns).index(column)
    for place, name in enumerate(("lower", "upper", "p"), start=at + 1):
        drivers.insert(place, name, own[name].to_numpy())
    return drivers


def _driver_picture(subject: Subject, drivers: pd.DataFrame) -> list[Block]:
    """Return importance against performance; a single driver has nothing to compare."""
    if len(drivers) < 2:
        return []
    say, target = subject.say, subject.target_label
    points = [
        Driver(subject.label(row["driver"]), row["impact"], row["index"])
        for row in drivers.to_dict("records")
    ]
    phrase = "Each driver of {target}: to the right those that move it most, at the bottom those rated worst. At the lower right an improvement pays most. Dashed lines stand at the means."  # noqa: E501 - a key
    told = say(phrase, target=target)
    axes = (say("Points that {target} moves per point", target=target), say("Index of the driver"))
    figure = driver_plot(points, axes, say("the mean"), told)
    return [Block("figure", told, Markup(figure))]


def _span(
    boot: Resampled, family: str, name: str, digits: int, target: str | None = None
) -> dict[str, str]:
    """Return the level and the limits of an index, or of the impact on a target."""
    table = boot.family(family)
    key = "construct" if target is None else "source"
    own = table[(table[key] == name) & (target is None or table["target"] == target)]
    low, high = own[["lower", "upper"]].iloc[0]
    return {
        "level": Resampling.of(boot).percent,
        "low": number(low, digits),
        "high": number(high, digits),
    }


def _index(subject: Subject) -> tuple[float, float]:
    """Return the index of the target and its standard error."""
    row = subject.fit.indices.loc[[subject.target]]
    return row["index"].item(), row["se"].item()


def _r2(subject: Subject) -> float:
    return float(subject.fit.r2["r2"][subject.target])
