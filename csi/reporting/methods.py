"""The second part of a report, for researchers: the model, the data, the estimation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from csi.reporting.assessed import assessment_section
from csi.reporting.audit_section import audit_section
from csi.reporting.covariance import structure_sections
from csi.reporting.document import Block, Section, Subject
from csi.reporting.paragraph.making import paragraph_of
from csi.reporting.resampled import Resampling
from csi.reporting.specification_section import specification_sections
from csi.reporting.uncertainty import resampling_facts, resampling_section
from csi.storage import made_with

_RECODED = "recoded to missing"


def methods(subject: Subject) -> list[Section]:
    """Return the sections for researchers."""
    return [
        _model(subject), _effects(subject), *structure_sections(subject),
        *resampling_section(subject), _data(subject), _estimation(subject),
        *audit_section(subject), *specification_sections(subject), _paragraph(subject),
        *assessment_section(subject),
    ]  # fmt: skip


def _model(subject: Subject) -> Section:
    say, model = subject.say, subject.fit.model
    blocks = []
    if model.citation:
        text = say("Source of the model: {citation}", citation=model.citation)
        blocks.append(Block("text", text))
    if model.status:
        pairs = [f"{say(part)} {say(status)}" for part, status in model.status.items()]
        status = (", " if say.language == "en" else "，").join(pairs)
        sentences = [say("Status of its parts: {status}.", status=status)]
        if "reconstructed" in model.status.values():
            sentences.append(say("No source at hand states a reconstructed part."))
        blocks.append(Block("text", say.joined(sentences)))
    blocks.append(subject.table(_constructs(subject), say("Constructs")))
    items = items_table(subject)
    items["construct"] = items["construct"].mask(items["construct"].duplicated(), "")
    blocks.append(subject.table(items, say("Items and their weights")))
    return Section("model", say("The model"), tuple(blocks))


def _constructs(subject: Subject) -> pd.DataFrame:
    fit, say = subject.fit, subject.say
    constructs = fit.model.constructs
    table = pd.DataFrame(
        {
            "construct": fit.model.names,
            "name": fit.model.names,
            "kind": [say("higher-order" if c.higher_order else c.kind) for c in constructs],
            "items": [len(c.indicators) for c in constructs],
        },
        index=list(fit.model.names),
    ).join(fit.r2[["r2", "r2_adjusted"]])
    measured = fit.reliability
    reliability = measured["omega" if "omega" in measured else "rho_a"]
    return table if bool((reliability == 1).all()) else table.join(reliability)


def items_table(subject: Subject) -> pd.DataFrame:
    """Return what is known of each item: wording, scale ends, mean, weights, loading."""
    fit = subject.fit
    table = fit.loadings.reset_index(drop=True)
    table.insert(2, "weight", fit.weights["weight"].to_numpy())
    if fit.has_indices and len(fit.index_weight_table) == len(table):
        table.insert(2, "index_weight", fit.index_weight_table["weight"].to_numpy())
    at = {name: i for i, name in enumerate(fit.model.indicators)}
    rows = [at.get(name) for name in table["indicator"]]
    if fit.moments.mean is not None and fit.moments.units == "raw":
        for place, (column, values) in enumerate(
            (("mean", fit.moments.mean), ("sd", fit.moments.sd)), start=2
        ):
            table.insert(place, column, [np.nan if i is None else float(values[i]) for i in rows])
    table.insert(2, "anchors", [_ends(subject, name, at) for name in table["indicator"]])
    table.insert(2, "wording", [_wording(subject, name) for name in table["indicator"]])
    empty = [name for name in ("anchors", "wording") if not any(table[name])]
    return table.drop(columns=empty)


def _wording(subject: Subject, name: str) -> str:
    text = subject.fit.model.item(name).text
    return text.get(subject.say.language) or next(iter(text.values()), "")


def _ends(subject: Subject, name: str, at: dict[str, int]) -> str:
    """Return the ends of a scale, with what they are called."""
    if name not in at or not np.isfinite(subject.fit.scale[at[name]]).all():
        return ""
    low, high = subject.fit.scale[at[name]]
    called = subject.fit.model.item(name).anchors.get(subject.say.language, ("", ""))
    return " – ".join(
        f"{end:g} {word}".strip() for end, word in zip((low, high), called, strict=True)
    )


def _effects(subject: Subject) -> Section:
    say, boot = subject.say, subject.boot
    paths, effects, level = subject.fit.paths, subject.fit.effects, ""
    caption = "Direct, indirect and total effects"
    if boot is not None:
        level = Resampling.of(boot).percent
        paths = _bounded(paths, boot.paths, 3)
        effects = _bounded(effects, boot.effects[boot.effects["effect"] == "total"], 5)
        caption = "Direct, indirect and total effects; limits and p are those of total effects"
    tables = [
        subject.table(paths, say("Paths"), level=level),
        subject.table(effects, say(caption), level=level),
        subject.table(_correlations(subject), say("Correlations of the constructs")),
    ]
    return Section("effects", say("Effects"), tuple(tables))


def _bounded(table: pd.DataFrame, known: pd.DataFrame, place: int) -> pd.DataFrame:
    """Return a table with the limits and p values of its rows from a place on."""
    for i, name in enumerate(("lower", "upper", "p")):
        table.insert(place + i, name, known[name].to_numpy())
    return table


def _correlations(subject: Subject) -> pd.DataFrame:
    """Return the lower triangle of the correlations."""
    fit = subject.fit
    lower = np.tril(np.ones(fit.construct_corr.shape, dtype=bool))
    labels = [subject.label(name) for name in fit.model.names]
    table = fit.construct_corr.where(lower).set_axis(labels, axis=1).reset_index(drop=True)
    table.insert(0, "construct", list(fit.model.names), allow_duplicates=True)
    return table


def _data(subject: Subject) -> Section:
    fit, say = subject.fit, subject.say
    audit = fit.audit
    recoded = audit[audit["step"] == _RECODED]
    done = audit[audit["step"] != _RECODED]
    blocks = []
    if len(done):
        words = {c: [say.known(text) for text in done[c]] for c in ("step", "remark")}
        shown = done.assign(**words)
        if not any(shown["column"]):
            shown = shown.drop(columns="column")
        blocks.append(subject.table(shown, say("What was done to the answers")))
    if len(recoded):
        caption = say("Answers recoded to missing")
        blocks.append(subject.table(_recodes(subject, recoded), caption))
    if any(step.startswith("flagged") for step in done["step"]):
        blocks.append(Block("note", say("Flagged respondents are counted, not removed.")))
    blocks.append(Block("note", say("Single answers are not part of this report.")))
    return Section("data", say("The data"), tuple(blocks))


def _recodes(subject: Subject, recoded: pd.DataFrame) -> pd.DataFrame:
    """Return how often each item held each code."""
    counts = recoded.pivot_table(
        index="column", columns="remark", values="count", aggfunc="sum", sort=False
    )
    counts.columns = [subject.say.known(str(remark)) for remark in counts.columns]
    return counts.rename_axis("indicator").reset_index().astype(dict.fromkeys(counts, "Int64"))


def _estimation(subject: Subject) -> Section:
    say, problems = subject.say, len(subject.fit.problems)
    found = say("{count} problems, listed above", count=problems)
    libraries = ", ".join(f"{name} {number}" for name, number in made_with(subject.fit).items())
    facts = [
        (say("Admissibility"), found if problems else say("no problem found")),
        (say("Versions"), libraries),
    ]
    table = settings_table(subject, [*resampling_facts(subject), *facts])
    return Section(
        "estimation", say("How it was estimated"), (subject.table(table, say("Settings")),)
    )


def _paragraph(subject: Subject) -> Section:
    """Return what can be pasted into an article, and its references."""
    say, told = subject.say, paragraph_of(subject)
    hint = "To be pasted into an article; csi.methods_paragraph() gives the same text, and its references as BibTeX."  # noqa: E501 - a key
    blocks = [Block("note", say(hint)), *(Block("text", text) for text in told.paragraphs)]
    cited = [Block("note", reference) for reference in told.citations]
    heading = Block("note", say("References"))
    return Section("methods", say("For your methods section"), (*blocks, heading, *cited))


def settings_table(subject: Subject, more: Sequence[tuple[str, str]] = ()) -> pd.DataFrame:
    """Return the settings of a fit in the language of the report, and more of them."""
    facts = [
        (subject.say.known(str(name)), _setting(subject, str(name), str(value)))
        for name, value in subject.fit.settings.itertuples(index=False)
    ]
    return pd.DataFrame([*facts, *more], columns=["setting", "value"])


def _setting(subject: Subject, name: str, value: str) -> str:
    parts = value.split(", ") if name == "modes" else [value]
    return ", ".join(map(subject.say.known, parts))
