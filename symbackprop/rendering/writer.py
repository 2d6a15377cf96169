"""What every format has in common: runs of text, mathematics and equations; the templates do the rest."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from ..document import layout, words
from ..document.boxes import Dialect
from ..document.mathtex import Printer
from ..document.model import Coloured, Document, Equations, Given, Items, Math, Paragraph, Plot, Relation, Section, Table, Text
from ..document.notation import Notation
from . import templates

# Colours of the roles: values, gradients, cached terms, what is new in a line.
COLOURS = {"value": "1B5E9B", "gradient": "B3261E", "cached": "1E7A46", "new": "1B5E9B"}

MAX_ROWS = 60  # equations under one another in one environment


class Writer(ABC):
    """Prints documents in one format."""

    template: str
    dialect: Dialect
    width: float  # of a line, in em of the text size

    def __init__(self, notation: Notation, width: float | None = None) -> None:
        if width is not None:
            self.width = width
        self.printer = Printer(notation, self.dialect)
        self.in_text = Printer(notation, self.dialect, inline=True)

    @abstractmethod
    def words(self, text: str) -> str:
        """Words, escaped."""

    @abstractmethod
    def inline(self, tex: str) -> str:
        """Mathematics inside a line."""

    @abstractmethod
    def coloured(self, text: str, role: str) -> str:
        """Words in the colour of a role."""

    def text(self, runs: Text) -> str:
        parts = []
        for run in runs:
            match run:
                case Math():
                    parts.append(self.inline(self.in_text.tex(run.tree)))
                case Relation():
                    sides = self.in_text.tex(run.left), self.in_text.tex(run.right)
                    parts.append(self.inline(f"{sides[0]} {layout.SIGNS[run.sign]}{sides[1]}"))
                case Coloured():
                    parts.append(self.coloured(self.words(run.words), run.role))
                case str():
                    parts.append(self.words(run))
        return "".join(parts)

    def aligned(self, block: Equations) -> list[str]:
        """A block of equations as bodies of aligned environments, none with more rows than TeX or a browser sets with ease."""
        found = []
        for first in range(0, len(block.rows), MAX_ROWS):
            arrange = layout.pack if block.packed else layout.group
            lines = chain.from_iterable(arrange(block.rows[first : first + MAX_ROWS], self.printer, self.width))
            found.append(" \\\\\n".join(f"{line.left} &{line.right}" for line in lines))
        return found

    def write(self, document: Document, progress: Callable[[Iterable[Section]], Iterator[Section]] = iter) -> str:
        """The document as text; ``progress`` may wrap the iteration over sections."""
        sections = progress(document.sections)
        return templates.fill(self.template, title=document.title, sections=sections, writer=self, words=words, kind=kind)


def kind(block: object) -> str:
    """The name by which a template knows a block."""
    names = {Equations: "equations", Paragraph: "paragraph", Items: "items", Table: "table", Given: "given", Plot: "plot"}
    return names[type(block)]
