"""How the columns of a table share the width of a line, and whether the table fits on one page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil

from .mathtex import Printer
from .model import Coloured, Math, Relation, Table, Text

MAX_ROWS = 24  # of a table that is kept on one page
MAX_LINES = 36


@dataclass(frozen=True)
class Columns:
    """The columns of one table on lines of ``width`` em, its mathematics printed by ``printer``."""

    table: Table
    printer: Printer
    width: float

    @property
    def is_long(self) -> bool:
        """Whether the table may need more than one page."""
        shares = self.shares
        lines = sum(max([1.0, *(self._lines(row[i], share) for i, share in shares.items())]) for row in self.table.rows)
        return len(self.table.rows) > MAX_ROWS or lines > MAX_LINES

    def _lines(self, cell: Text, width: float) -> float:
        """The height of a broken cell, in lines; one with a fraction is taller."""
        tall = any(isinstance(run, Math) and self.printer.box(run.tree).height > 1 for run in cell)
        return ceil(self.cell_width(cell) / width) * (1.5 if tall else 1)

    @cached_property
    def shares(self) -> dict[int, float]:
        """The width of each column that is broken over lines; of none where all entries fit as they are."""
        table = self.table
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
        """The width of a cell on one line, in em."""
        width = 0.0
        for run in runs:
            match run:
                case Math():
                    width += self.printer.box(run.tree).width
                case Relation():
                    width += self.printer.box(run.left).width + self.printer.box(run.right).width + 1.3
                case Coloured():
                    width += 0.5 * len(run.words)
                case str():
                    width += 0.5 * len(run)
        return width
