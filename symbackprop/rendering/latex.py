"""LaTeX for pdflatex."""

from __future__ import annotations

from ..document.boxes import LATEX
from ..document.columns import Columns
from ..document.model import Math, Plot, Table, Text
from . import plots
from .escape import escape_latex
from .writer import Writer


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
        shares = self._columns(table).shares
        if not shares:
            return table.columns.replace("p", "l")
        broken = {index: rf">{{\raggedright\arraybackslash}}p{{{share:.2f}em}}" for index, share in shares.items()}
        return "".join(broken.get(index, column) for index, column in enumerate(table.columns))

    def is_long(self, table: Table) -> bool:
        """Whether a table may need more than one page."""
        return self._columns(table).is_long

    def _columns(self, table: Table) -> Columns:
        return Columns(table, self.in_text, self.width)

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
