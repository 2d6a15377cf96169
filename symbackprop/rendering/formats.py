"""The text formats: how each prints runs of text, mathematics and equations; the templates do the rest."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from math import ceil
from typing import Any

from ..document import layout, words
from ..document.boxes import LATEX, Dialect
from ..document.mathtex import Printer
from ..document.model import Coloured, Document, Equations, Given, Items, Math, Paragraph, Plot, Relation, Section, Table, Text
from ..document.notation import Notation
from . import mathml, plots, templates
from .escape import escape_latex, escape_markdown

# Colours of the roles: values, gradients, cached terms, what is new in a line.
COLOURS = {"value": "1B5E9B", "gradient": "B3261E", "cached": "1E7A46", "new": "1B5E9B"}

MAX_TABLE_ROWS = 24  # of a table that is kept on one page
MAX_TABLE_LINES = 36
MAX_ROWS = 60  # equations under one another in one environment


class Writer(ABC):
    """Prints documents in one format."""

    template: str
    dialect: Dialect
    width: float  # of a line, in em of the text size

    def __init__(self, notation: Notation) -> None:
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


class LatexWriter(Writer):
    """A standalone LaTeX document for pdflatex."""

    template = "latex/document.tex.jinja"
    dialect = LATEX
    width = 39.0  # 444 pt at 10.95 pt, with a little air

    def words(self, text: str) -> str:
        return escape_latex(text)

    def inline(self, tex: str) -> str:
        return f"${tex}$"

    def coloured(self, text: str, role: str) -> str:
        return rf"\textcolor{{sb{role}}}{{{text}}}"

    def plot(self, plot: Plot) -> str:
        """The commands that draw a plot."""
        return plots.tikz(plot)

    def columns(self, table: Table) -> str:
        """The column specification: as wide as the entries, or the long columns broken where that is too wide for the page."""
        shares = self.shares(table)
        if not shares:
            return table.columns.replace("p", "l")
        broken = {index: rf">{{\raggedright\arraybackslash}}p{{{share:.2f}em}}" for index, share in shares.items()}
        return "".join(broken.get(index, column) for index, column in enumerate(table.columns))

    def is_long(self, table: Table) -> bool:
        """Whether a table may need more than one page."""
        shares = self.shares(table)
        lines = sum(max([1.0, *(self.lines(row[i], share) for i, share in shares.items())]) for row in table.rows)
        return len(table.rows) > MAX_TABLE_ROWS or lines > MAX_TABLE_LINES

    def lines(self, cell: Text, width: float) -> float:
        """The height of a broken cell, in lines; one with a fraction is taller."""
        tall = any(isinstance(run, Math) and self.in_text.box(run.tree).height > 1 for run in cell)
        return ceil(self.cell_width(cell) / width) * (1.5 if tall else 1)

    def shares(self, table: Table) -> dict[int, float]:
        """The width of each column that is broken over lines; of none where all entries fit as they are."""
        widths = [0.0] * len(table.columns)
        for row in (table.head, *table.rows):
            for index, cell in enumerate(row):
                widths[index] = max(widths[index], self.cell_width(cell))
        gaps = 1.2 * (len(widths) - 1)
        if sum(widths) + gaps <= self.width:
            return {}
        # The narrower of the long columns keep their width as far as an even share allows.
        room = self.width - gaps - sum(width for width, column in zip(widths, table.columns, strict=True) if column != "p")
        long = sorted(
            (width, index) for index, (width, column) in enumerate(zip(widths, table.columns, strict=True)) if column == "p"
        )
        shares = {}
        for place, (width, index) in enumerate(long):
            share = max(5.0, min(width + 0.3, room / (len(long) - place)))
            room -= share
            shares[index] = share
        return shares

    def cell_width(self, runs: Text) -> float:
        width = 0.0
        for run in runs:
            match run:
                case Math():
                    width += self.in_text.box(run.tree).width
                case Relation():
                    width += self.in_text.box(run.left).width + self.in_text.box(run.right).width + 1.3
                case Coloured():
                    width += 0.5 * len(run.words)
                case str():
                    width += 0.5 * len(run)
        return width

    def cell(self, runs: Text) -> str:
        """A table's entry: mathematics may break between its pieces, inside parentheses only where nothing else helps."""
        parts = []
        for run in runs:
            if isinstance(run, Math):
                first, *rest = self.in_text.box(run.tree).pieces
                broken = [first.tex]
                for piece in rest:
                    penalty = 0 if not piece.kind else 5000 if piece.depth else 100
                    broken.append((rf"\penalty{penalty} " if penalty else "") + piece.join + piece.tex)
                parts.append(f"${''.join(broken)}$")
            else:
                parts.append(self.text((run,)))
        return "".join(parts)


class HtmlWriter(Writer):
    """One self-contained HTML file: MathML, an embedded font, no script, no request."""

    template = "html/document.html.jinja"
    dialect = mathml.DIALECT
    width = 44.0

    def words(self, text: str) -> str:
        return html.escape(text)

    def inline(self, tex: str) -> str:
        return mathml.convert(tex, block=False)

    def coloured(self, text: str, role: str) -> str:
        return f'<span class="{role}">{text}</span>'

    def display(self, block: Equations) -> list[str]:
        """A MathML table for a block of equations, so that all its relations stand under one another."""
        return [mathml.convert(rf"\begin{{aligned}}{body}\end{{aligned}}", block=True) for body in self.aligned(block)]

    def plot(self, plot: Plot) -> str:
        """A plot as SVG."""
        return plots.svg(plot)

    def style(self) -> str:
        """The style sheet with the mathematics font in it, so that the file needs no other."""
        return templates.read("html/style.css").replace("FONT", templates.base64_file("fonts/stix-two-math.woff2"))


_MARKDOWN_DIALECT = Dialect(
    lambda role, body: rf"{{\color{{#{COLOURS[role]}}}{body}}}", lambda body, label: rf"{{\underbrace{{{body}}}_{{{label}}}}}"
)


class MarkdownWriter(Writer):
    """Markdown with the mathematics that GitHub draws."""

    template = "markdown/document.md.jinja"
    dialect = _MARKDOWN_DIALECT
    width = 44.0

    def words(self, text: str) -> str:
        return escape_markdown(text)

    def inline(self, tex: str) -> str:
        return f"${tex}$"

    def coloured(self, text: str, role: str) -> str:
        return text  # GitHub strips colours from words


WRITERS: dict[str, Callable[[Notation], Any]] = {"tex": LatexWriter, "html": HtmlWriter, "md": MarkdownWriter}
