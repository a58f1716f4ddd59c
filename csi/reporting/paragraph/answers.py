"""What a methods section says of the respondents and of the 0-100 indices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from csi.display import number
from csi.reporting.paragraph.sentences import Sentence, Writer, count
from csi.results import Fit

_CONVENTIONS = {
    "unstandardized": "unstandardised outer weights",
    "standardized": "standardised outer weights",
    "equal": "equal weights",
}


def respondents(write: Writer, fit: Fit) -> list[Sentence]:
    """Return who was asked, who was used, and what was done to the answers."""
    return [
        *_simulated(write, fit), _used(write, fit), *_left_out(write, fit),
        *coding(write, fit), *_holes(write, fit), *sampling(write, [fit]),
    ]  # fmt: skip


def coding(write: Writer, fit: Fit) -> list[Sentence]:
    """Return which answers were taken as missing, and which items were turned."""
    told, missing = [], [step for step in fit.steps if step[0] == "recoded to missing"]
    codes = dict.fromkeys(remark.removeprefix("code ") for *_, remark in missing)
    if codes:
        total = count(sum(step[2] for step in missing))
        phrase = "Answers coded {codes} ({total} in all) were taken as missing."
        told.append(write(phrase, codes=write.row(codes), total=total))
    turned = [column for step, column, *_ in fit.steps if step == "reversed"]
    if turned:
        told.append(
            write("Reverse-coded items were turned round: {names}.", names=write.row(turned))
        )
    return told


def policy(write: Writer, fit: Fit) -> list[Sentence]:
    """Return how missing answers were treated, without numbers."""
    phrases = {
        "listwise": "Respondents with a missing answer to any item were left out (listwise deletion).",  # noqa: E501 - a key
        "pairwise": "Each correlation uses all respondents who answered both items (pairwise deletion).",  # noqa: E501 - a key
        "mean": "Missing answers were replaced by the mean of the item.",
    }
    known = fit.handling.get("missing answers", "")
    return [write(phrases[known])] if known in phrases else []


def sampling(write: Writer, fits: Sequence[Fit]) -> list[Sentence]:
    """Return weights, clusters and strata."""
    told, fit = [], fits[0]
    kind = fit.handling.get("survey weights", "").partition(" ")[0]
    sizes = sorted(each.moments.effective_n for each in fits)
    n = " – ".join(dict.fromkeys(number(size, 1) for size in (sizes[0], sizes[-1])))
    if kind == "sampling":
        told.append(write("Sampling weights were applied (effective n {n}).", n=n))
    if kind == "frequency":
        told.append(write("Frequency weights count each row as many respondents."))
    design = fit.handling.get("sampling design", "none declared")
    if design != "none declared" and len(fits) == 1:
        told.append(write("The sample consists of {design}.", design=_drawn(write, fit, design)))
    return told


def indices(write: Writer, fit: Fit) -> list[Sentence]:
    """Return what the 0-100 indices are made of; nothing where there are none."""
    if not fit.has_indices:
        return []
    phrase = "Indices run from 0 to 100, the lowest and the highest possible answers ({scales}), with items weighted by {weights} ({cited})."  # noqa: E501 - a key
    weights = write.say(_CONVENTIONS[fit.index_weights])
    return [write(phrase, "fornell1996", scales=_scales(write, fit), weights=weights)]


def fingerprint(write: Writer, known: str) -> Sentence:
    """Return the hash by which others know the same data."""
    return write("The data fingerprint is {known}.", known=known)


def _simulated(write: Writer, fit: Fit) -> list[Sentence]:
    if not any(step == "simulated" for step, *_ in fit.steps):
        return []
    return [write("The answers were simulated by csi and are not those of real respondents.")]


def _used(write: Writer, fit: Fit) -> Sentence:
    """Return how many respondents were read, and how many used."""
    read = _count_of(fit, "respondents of the group") or _count_of(fit, "respondents read")
    n = count(fit.n)
    if fit.handling.get("missing answers", "").startswith("not known"):
        known = "correlations" if fit.moments.units == "standard" else "covariances"
        phrase = (
            "The model was fitted to the {known} of {n} respondents, whose answers are not at hand."
        )
        return write(phrase, known=write.say(known), n=n)
    if not read or read == fit.n:
        return write("The sample has {n} respondents, all of whom were used.", n=n)
    if fit.handling.get("survey weights", "").startswith("frequency"):
        return write(
            "The sample used stands for {n} respondents in {read} rows.", n=n, read=count(read)
        )
    return write("Of {read} respondents {n} were used.", read=count(read), n=n)


def _left_out(write: Writer, fit: Fit) -> list[Sentence]:
    phrases = {
        "dropped: no answer at all": "{lost} without any answer were left out.",
        "dropped: weight zero": "{lost} with a weight of zero were left out.",
    }
    found = {phrase: _count_of(fit, step) for step, phrase in phrases.items()}
    return [write(phrase, lost=count(lost)) for phrase, lost in found.items() if lost]


def _holes(write: Writer, fit: Fit) -> list[Sentence]:
    """Return what was made of missing answers, with how many."""
    how = fit.handling.get("missing answers", "")
    lost = _count_of(fit, "dropped: incomplete")
    if how == "listwise" and lost:
        phrase = "Respondents with a missing answer to any item were left out (listwise deletion; {lost} of them)."  # noqa: E501 - a key
        return [write(phrase, lost=count(lost))]
    if how == "mean":
        filled = count(sum(n for step, _, n, _ in fit.steps if step == "filled with the mean"))
        phrase = "Missing answers ({filled}) were replaced by the mean of the item."
        return [write(phrase, filled=filled)]
    return policy(write, fit)


def _count_of(fit: Fit, wanted: str) -> float:
    return next((n for step, _, n, _ in fit.steps if step == wanted), 0)


def _drawn(write: Writer, fit: Fit, design: str) -> str:
    """Return the sampling design in the language of the text."""
    counts = {name: n for n, name in (part.split() for part in design.split(" in "))}
    parts = [
        write.counted(float(counts[name]), one, many)
        for name, one, many in (
            ("clusters", "1 cluster", "{count} clusters"),
            ("strata", "1 stratum", "{count} strata"),
        )
        if name in counts
    ]
    return (
        parts[0] if len(parts) == 1 else write.say("{one} in {other}", one=parts[0], other=parts[1])
    )


def _scales(write: Writer, fit: Fit) -> str:
    """Return the ends of the items' scales, the most frequent first."""
    ends = Counter(_ends(write, np.asarray(row)) for row in fit.scale)
    if len(ends) == 1:
        return next(iter(ends))
    told: Iterable[str] = (
        write.say(
            "{ends} for {items}", ends=scale, items=write.counted(n, "1 item", "{count} items")
        )
        for scale, n in ends.most_common()
    )
    return write.row(told)


def _ends(write: Writer, row: np.ndarray) -> str:
    return write.say("{low} to {high}", low=f"{row[0]:g}", high=f"{row[1]:g}")
