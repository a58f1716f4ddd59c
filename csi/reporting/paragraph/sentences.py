"""Sentences that cite, written in one language, and the paragraphs they make."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from csi.display import atomic_write, one_line
from csi.reporting.checks import check_output
from csi.reporting.paragraph.references import Reference, references
from csi.reporting.phrases import Phrases

_EDGE = "\x00"
"""No text has it once it is one line."""
_BETWEEN = (rf"(?<=[\u4e00-\u9fff]){_EDGE}(?=\w)(?=[^\u4e00-\u9fff])",
            rf"(?<=[\w%])(?<=[^\u4e00-\u9fff]){_EDGE}(?=[\u4e00-\u9fff])")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and the references it cites."""

    text: str
    cited: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes sentences of one language.

    Attributes
    ----------
    say : Phrases
        The language.
    """

    say: Phrases

    def __call__(self, english: str, *keys: str | Reference, **values: object) -> Sentence:
        """Return a phrase with its blanks filled in; ``{cited}`` are the references."""
        table = references()
        cited = tuple(table[key] if isinstance(key, str) else key for key in keys)
        shown = self.between("; ").join(each.in_text(self.say.language) for each in cited)
        plain = {name: self._blank(one_line(str(value))) for name, value in values.items()}
        return Sentence(self._spaced(self.say(english, cited=shown, **plain)), cited)

    def _blank(self, value: str) -> str:
        """Mark where what fills a blank begins and ends."""
        return value if self.say.language == "en" else f"{_EDGE}{value}{_EDGE}"

    def _spaced(self, text: str) -> str:
        """Set a space between Chinese and what filled a blank, if that is not Chinese."""
        for pattern in _BETWEEN:
            text = re.sub(pattern, " ", text)
        return text.replace(_EDGE, "")

    def between(self, english: str) -> str:
        """Return a mark between parts as this language sets it."""
        chinese = {"; ": "；", ", ": "、"}
        return english if self.say.language == "en" else chinese[english]

    def row(self, names: Iterable[str]) -> str:
        """Return names in a row, ``A, B and C``."""
        *others, last = [one_line(str(name)) for name in names]
        head = self.between(", ").join(others)
        if not head:
            return last
        if self.say.language == "en":
            return f"{head} and {last}"
        before, after = (" " if side.isascii() else "" for side in (head[-1:], last[:1]))
        return f"{head}{before}和{after}{last}"

    def counted(self, number: float, one: str, many: str) -> str:
        """Return a number of things in words, such as ``1 item`` or ``14 items``."""
        return self.say(one) if number == 1 else self.say(many, count=count(number))


@dataclass(frozen=True, eq=False, repr=False)
class MethodsParagraph:
    """What a methods section says of an analysis.

    ``str()`` is the text, in one to a few paragraphs.

    Attributes
    ----------
    paragraphs : tuple of str
        The text.
    references : tuple of Reference
        What it cites, in the order of the text.
    language : {"en", "zh"}
        Its language.
    """

    paragraphs: tuple[str, ...]
    references: tuple[Reference, ...]
    language: str

    @classmethod
    def of(cls, say: Phrases, parts: Sequence[Sequence[Sentence]]) -> MethodsParagraph:
        """Put paragraphs together from their sentences."""
        written = [part for part in parts if part]
        texts = tuple(say.joined(sentence.text for sentence in part) for part in written)
        cited = [each for part in written for sentence in part for each in sentence.cited]
        unique = {each.key: each for each in cited}
        return cls(texts, tuple(unique.values()), say.language)

    @property
    def text(self) -> str:
        """The paragraphs, a blank line between them."""
        return "\n\n".join(self.paragraphs)

    @property
    def citations(self) -> tuple[str, ...]:
        """The references in full, in the order of the text."""
        return tuple(map(str, self.references))

    @property
    def bibtex(self) -> str:
        """The references as BibTeX, named by author and year."""
        return "\n\n".join(each.bibtex for each in self.references) + "\n"

    def write(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the text and its references to a file.

        Parameters
        ----------
        path : str or path
            A name that ends in ``.txt`` or ``.md`` for the text and the list of
            references, in ``.bib`` for the references as BibTeX.
        overwrite : bool
            Whether to replace an existing file.

        Raises
        ------
        OptionError
            If the file exists and is not to be replaced, or its name ends otherwise.
        FileFormatError
            If the folder does not exist or the file cannot be written.
        """
        check_output(path, "methods", overwrite)
        ending = Path(path).suffix.lower()
        atomic_write(path, self.bibtex if ending == ".bib" else self._with_references())

    def _with_references(self) -> str:
        heading = {"en": "References", "zh": "参考文献"}[self.language]
        return "\n\n".join([self.text, heading, "\n".join(self.citations)]) + "\n"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return (
            f"<MethodsParagraph of {len(self.paragraphs)} paragraphs, "
            f"{len(self.references)} references, in {self.language!r}>"
        )

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{html.escape(each)}</p>" for each in self.paragraphs)
        listed = "".join(f"<li>{html.escape(each)}</li>" for each in self.citations)
        return f'<div lang="{self.language}">{said}<ul>{listed}</ul></div>'


def count(number: float) -> str:
    """Return a number of respondents or resamples as a text shows it."""
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"


def tiny(number: float) -> str:
    """Return a small number as a text shows it, such as ``1e-10``."""
    return f"{number:.10g}"
