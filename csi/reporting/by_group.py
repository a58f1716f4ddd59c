"""The section of a report on groups, such as firms."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from csi.comparing.standings import Standing
from csi.display import number
from csi.groups import Fits
from csi.reporting.document import Block, Section, Subject
from csi.reporting.overviews import index_overview, path_overview, standing_of, standing_table
from csi.reporting.pictures import WHISKER, Dot, dot_plot
from csi.reporting.resampled import Resampling


class Groups:
    """Groups in the order of the index of the target.

    Parameters
    ----------
    subject : Subject
        What the report is about; it has fits by group.
    """

    def __init__(self, subject: Subject) -> None:
        assert subject.fits is not None
        self.subject = subject
        self.fits: Fits = subject.fits
        boots = subject.boots if subject.fit.has_indices and len(self.fits) > 1 else None
        found = "" if boots is None else standing_of(boots, subject.target)
        self.standing = None if isinstance(found, str) else found
        self.why_none = found if isinstance(found, str) else ""

    @property
    def percent(self) -> str:
        """The level of intervals and ranks."""
        assert self.subject.boots is not None
        return Resampling.of(next(iter(self.subject.boots.values()))).percent

    def in_words(self) -> list[str]:
        """Return who is first and last, and whether that is certain."""
        if not self.subject.fit.has_indices or len(self.fits) < 2:
            return []
        dots = self.dots()
        phrase = "Of {count} groups by {by}, {best} has the highest index ({high}) and {worst} the lowest ({low})."  # noqa: E501 - a key
        told = self.subject.say(
            phrase,
            count=len(dots),
            by=self.fits.by,
            best=dots[0].label,
            high=number(dots[0].index, 1),
            worst=dots[-1].label,
            low=number(dots[-1].index, 1),
        )
        return [told] if self.standing is None else [told, self._first(self.standing)]

    def _first(self, standing: Standing) -> str:
        """Return whether the first place is certain."""
        firsts = standing.table.loc[standing.table["rank_low"] == 1, "group"].map(str).tolist()
        say = self.subject.say
        if len(firsts) == 1:
            certain = "That {best} is first is certain at the {level} level."
            return say(certain, best=firsts[0], level=self.percent)
        open_ = "The first place is open: it may belong to any of {count} groups."
        return say(open_, count=len(firsts))

    def dots(self) -> list[Dot]:
        """Return the groups by the index of the target, highest first."""
        rows = self.fits.indices[self.fits.indices["construct"] == self.subject.target]
        rows = rows.assign(
            lower=rows["index"] - WHISKER * rows["se"], upper=rows["index"] + WHISKER * rows["se"]
        )
        if self.subject.boots is not None:
            table = self.subject.boots.indices
            own = table[table["construct"] == self.subject.target].set_index("group")
            limits = own.loc[list(rows["group"]), ["lower", "upper"]].to_numpy()
            rows[["lower", "upper"]] = limits
        letters = self._letters()
        dots = [
            Dot(
                str(row["group"]), row["index"], row["lower"], row["upper"], row["n"],
                letters.get(row["group"], ""),
            )
            for row in rows.to_dict("records")
        ]  # fmt: skip
        return sorted(dots, key=lambda dot: (-dot.index, dot.label))

    def _letters(self) -> dict[object, str]:
        if self.standing is None:
            return {}
        table = self.standing.table
        return dict(zip(table["group"], table["letters"], strict=True))

    def section(self) -> Section:
        """Return the section on groups."""
        subject, say = self.subject, self.subject.say
        if subject.fit.has_indices:
            overview = index_overview(self.fits).rename(columns=subject.label)
            table = subject.table(overview, say("Indices by {by}", by=self.fits.by), digits=1)
            blocks = [self._picture(), *self._ranks(), table]
        else:
            caption = say("Paths by {by}", by=self.fits.by)
            table = subject.table(path_overview(self.fits, subject.boots), caption)
            blocks = [Block("text", subject.why_no_indices()), table]
        blocks += [*self._skipped(), *self._problems()]
        return Section("groups", say("By {by}", by=self.fits.by), tuple(blocks))

    def _picture(self) -> Block:
        subject, say = self.subject, self.subject.say
        caption = "Index of {target} by {by}, highest first; beside it the index and n. Whiskers reach 1.96 standard errors to each side, with the outer weights held fixed. The axis does not begin at 0."  # noqa: E501 - a key
        level = ""
        if subject.boots is not None:
            caption = "Index of {target} by {by}, highest first; beside it the index and n. Whiskers show {level} intervals. The axis does not begin at 0."  # noqa: E501 - a key
            level = self.percent
        told = [say(caption, target=subject.target_label, by=self.fits.by, level=level)]
        if self.standing is not None:
            told.append(say("Groups that share a letter are not told apart."))
        caption = say.joined(told)
        overall = subject.fit.index(subject.target)
        label = say("all {index}", index=number(overall, 1))
        return Block("figure", caption, Markup(dot_plot(self.dots(), overall, label, caption)))

    def _ranks(self) -> list[Block]:
        """Return the ranks of bootstrapped groups, or why there are none."""
        subject, say = self.subject, self.subject.say
        if self.standing is None:
            told = say("The groups are not ranked: {why}", why=self.why_none)
            return [Block("note", told)] if self.why_none else []
        assert subject.boots is not None
        ranks = standing_table(self.standing, subject.boots, self.fits, subject.say.places)
        caption = say("Which place each group takes on {target}", target=subject.target_label)
        possible = "Possible places are those that differences between the groups leave open at the {level} level, all groups taken together."  # noqa: E501 - a key
        letters = "Groups that share a letter are not told apart by tests of all pairs (Holm's adjustment)."  # noqa: E501 - a key
        remarks = (say(possible, level=self.percent), say(letters))
        table = subject.table(ranks, caption, level=self.percent)
        return [table, Block("note", say.joined(remarks))]

    def _skipped(self) -> list[Block]:
        say, skipped = self.subject.say, self.fits.skipped
        if not len(skipped):
            return []
        shown = skipped.assign(
            group=[str(group) for group in skipped["group"]],
            reason=[say.known(reason) for reason in skipped["reason"]],
        )
        return [self.subject.table(shown, say("Groups that were not estimated"))]

    def _problems(self) -> list[Block]:
        say = self.subject.say
        rows = [
            (str(group), say.known(problem))
            for group, fit in self.fits.items()
            for problem in fit.problems
        ]
        table = pd.DataFrame(rows, columns=["group", "problem"])
        caption = say("Groups whose results need care")
        return [self.subject.table(table, caption)] if rows else []
