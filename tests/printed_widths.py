"""Which lines of a page are wider than its lines may be, by the project's own metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from symbackprop.document import layout
from symbackprop.document.columns import GAP, Columns, run_width
from symbackprop.document.fitting import INSET, fitted
from symbackprop.document.mathtex import Printer
from symbackprop.document.metrics import width as width_of
from symbackprop.document.model import Block, Document, Equations, Given, Items, Math, Paragraph, Relation, Result, Table
from symbackprop.document.notation import Notation


def too_wide(document: Document, notation: Notation, width: float) -> list[str]:
    """One line for each line, table and item in a text that is wider than ``width`` em."""
    printer = Printer(notation, room=width)
    in_text = Printer(notation, inline=True, room=width)
    blocks = (block for section in fitted(document, in_text, width).sections for block in section.blocks)
    return list(_too_wide(blocks, printer, in_text, width))


def _too_wide(blocks: Iterable[Block], printer: Printer, in_text: Printer, width: float) -> Iterator[str]:
    for block in blocks:
        match block:
            case Equations():
                yield from _lines(block, printer, width)
            case Given() | Result():
                yield from _too_wide(block.blocks, printer, in_text, width - INSET)
            case Table():
                own = Columns(block, in_text, width)
                widths = [max(own.cell_width(row[i]) for row in (block.head, *block.rows)) for i in range(len(block.columns))]
                needed = sum(own.shares.get(i, found) for i, found in enumerate(widths)) + GAP * (len(widths) - 1)
                if needed > width:
                    yield f"table {needed:.2f} > {width:.2f}: {block.head}"
            case Paragraph() | Items():
                for text in (block.text,) if isinstance(block, Paragraph) else block.items:
                    for run in text:
                        if isinstance(run, Math | Relation) and run_width(run, in_text) > width:
                            yield f"in text {run_width(run, in_text):.2f} > {width:.2f}: {run}"
            case _:
                pass


def _lines(block: Equations, printer: Printer, width: float) -> Iterator[str]:
    for rows in layout.environments(block.rows):
        lines = [line for own in (layout.pack if block.packed else layout.group)(rows, printer, width) for line in own]
        left = max((width_of(line.left) for line in lines if line.left), default=0.0)
        for line in lines:
            needed = left + width_of("{}" + line.right)
            if needed > width:
                yield f"line {needed:.2f} > {width:.2f}: {line.left} & {line.right}"
