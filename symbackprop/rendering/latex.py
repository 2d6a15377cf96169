"""LaTeX for pdflatex: a document of its own, and a fragment for somebody else's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..document import words
from ..document.boxes import LATEX, Piece
from ..document.columns import Columns
from ..document.drawing import POINT
from ..document.fitting import INSET
from ..document.fonts import EM
from ..document.layout import Line
from ..document.model import Equations, Figure, Math, Table, Text
from ..document.notation import Notation
from . import templates
from .escape import escape_latex
from .tikz import tikz
from .writer import ROW_END, Writer, body

_A4, _BESIDE = 500.0, 100.0  # points of the widest lines on A4, and of the margins of wider paper
_FILLED = 0.985  # share of an author's lines that a fragment fills, since the fonts there are not quite ours
_SPLIT_ROWS = 8  # of a table that goes over pages
_TIED_ROW_END = ROW_END.replace("\n", "*\n")  # behind which no page ends
STYLE = "symbackprop.sty"  # the file that fragments ask for


class LatexWriter(Writer):
    """A standalone LaTeX document for pdflatex."""

    template = "latex/document.tex.jinja"
    body = "latex/body.tex.jinja"
    dialect = LATEX
    width = 443.8 / EM
    spare = 1.0  # what columns of broken lines have more than they need
    long_tables = True  # go over pages as they are; else they are cut into several

    @property
    def paper(self) -> str:
        """The options of geometry: A4, or what has room for wider lines."""
        points = self.width * EM
        paper = "a4paper" if points <= _A4 else f"paperwidth={points + _BESIDE:.2f}pt,paperheight=845pt"
        return f"{paper},textwidth={points:.2f}pt,hcentering,vmargin=27mm"

    @cached_property
    def inside(self) -> LatexWriter:
        """The writer of what stands in a box."""
        found = BoxWriter(self.printer.notation, self.width - INSET)
        found.spare, found.ledger = self.spare, self.ledger
        return found

    def words(self, text: str) -> str:
        return escape_latex(text)

    def inline(self, tex: str) -> str:
        return f"${tex}$"

    def coloured(self, text: str, role: str) -> str:
        return rf"\sbword{{sb{role}}}{{{text}}}{{{self.words(words.UNCOLOURED[role])}}}"

    def figure(self, figure: Figure) -> str:
        """The commands that draw a figure."""
        return self.ledger.allow(tikz(figure.picture.drawing(self.width * EM * POINT)))

    def table(self, table: Table) -> LatexTable:
        return LatexTable(table, self)

    def bodies(self, block: Equations) -> list[str]:
        """Bodies of aligned environments, which do not break over pages behind the first or before the last line of an equation."""
        return [_body(lines) for lines in self.lines(block, self.printer, self.width)]

    def cell(self, runs: Text) -> str:
        """A table's entry: mathematics may break between its pieces, inside parentheses only where nothing else helps."""
        parts = []
        for run in runs:
            if isinstance(run, Math):
                first, *rest = self.in_text.box(run.tree).pieces
                broken = [first.tex]
                for piece in rest:
                    penalty = _penalty(piece) if piece.kind else 0
                    broken.append((rf"\penalty{penalty} " if penalty else "") + piece.join + piece.tex)
                parts.append(self.ledger.note(f"${''.join(broken)}{self.in_text.hidden(run.hidden)}$"))
            else:
                parts.append(self.text((run,)))
        return "".join(parts)


class FragmentWriter(LatexWriter):
    """A body to ``\\input`` into a document that loads amsmath and the style file."""

    template = "latex/fragment.tex.jinja"
    width = 345 / EM  # the lines of the class article
    spare = 1.04  # small fonts are wider for their size: text of 10 pt needs more em than text of 11 pt
    long_tables = False  # which would need a package, and one column

    def __init__(self, notation: Notation, width: float | None = None, *more: Any, **named: Any) -> None:
        super().__init__(notation, _FILLED * (width or self.width), *more, **named)


class BoxWriter(LatexWriter):
    """What stands in a box, which no long table can leave."""

    long_tables = False


@dataclass(frozen=True)
class LatexTable:
    """A table as a writer prints it."""

    table: Table
    writer: LatexWriter

    @cached_property
    def _columns(self) -> Columns:
        return Columns(self.table, self.writer.in_text, self.writer.width / self.writer.spare)

    @property
    def columns(self) -> str:
        """The column specification: as wide as the entries, or the long columns broken where that is too wide for the page."""
        shares = self._columns.shares
        if not shares:
            return self.table.columns.replace("p", "l")
        broken = {index: f"p{{{self.writer.spare * share:.2f}em}}" for index, share in shares.items()}
        return "".join(broken.get(index, column) for index, column in enumerate(self.table.columns))

    @property
    def is_long(self) -> bool:
        """Whether it is set as one table that goes over pages."""
        return self.writer.long_tables and (len(self.table.rows) > _SPLIT_ROWS or self._columns.is_long)

    @property
    def parts(self) -> list[tuple[tuple[Text, ...], ...]]:
        """Its rows, cut where a long table cannot go over pages."""
        return [self.table.rows] if self.writer.long_tables else self._columns.parts

    def row(self, cells: tuple[Text, ...]) -> str:
        """One row; an entry that may be broken over lines is not stretched."""
        ragged = self._columns.shares
        return " & ".join((r"\raggedright " if index in ragged else "") + self.writer.cell(own) for index, own in enumerate(cells))


def _penalty(piece: Piece) -> int:
    """What it costs to end a line of a cell before a piece: between terms least, inside parentheses most."""
    inside = min(piece.depth, 3)
    return 2500 * inside + (100 if piece.kind == "sum" else 400 + 900 * bool(inside))


def _body(lines: list[Line]) -> str:
    """The body of an aligned environment; a line without a left side goes on with the equation of the line before."""
    goes_on = [not line.left for line in lines]
    if all(goes_on):
        return body(lines)
    return "".join(f"{line.left} &{line.right}{row_end(goes_on, index)}" for index, line in enumerate(lines))


def row_end(goes_on: list[bool], index: int) -> str:
    """What ends a line, given which lines go on with an equation."""
    rest = goes_on[index + 1 : index + 3]
    tied = rest[:1] == [True] and (not goes_on[index] or rest != [True, True])
    return _TIED_ROW_END if tied else ROW_END if rest else ""


def style() -> str:
    """The text of the style file."""
    return templates.fill("latex/symbackprop.sty.jinja")
