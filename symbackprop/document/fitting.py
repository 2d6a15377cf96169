"""A document for lines of one width: a table that is too wide becomes several, or a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from . import words
from .columns import Columns, lined_up, run_width
from .mathtex import Printer
from .model import Block, Document, Given, Items, Paragraph, Result, Run, Table, Text

_BULLET = 1.4  # em before the lines of a list
INSET = 2.2  # em that a box takes from its lines: its rules, its own margin and ours


def fitted(document: Document, printer: Printer, width: float) -> Document:
    """The document as it stands on lines of ``width`` em, its mathematics in text printed by ``printer``."""
    sections = [replace(section, blocks=tuple(_fitted(section.blocks, printer, width))) for section in document.sections]
    return replace(document, sections=tuple(sections))


def _fitted(blocks: Iterable[Block], printer: Printer, width: float) -> Iterator[Block]:
    for block in blocks:
        match block:
            case Table():
                own = Columns(lined_up(block), printer, width)
                # One column beside the first is read with less ease than a list, but its cells end a line where a list cannot.
                yield from own.narrow() or (own.narrow(1) if _is_wide(block, printer, width) else ()) or _as_list(block)
            case Given() | Result():
                yield replace(block, blocks=tuple(_fitted(block.blocks, printer, width - INSET)))
            case _:
                yield block


def _is_wide(table: Table, printer: Printer, width: float) -> bool:
    """Whether a formula in a table is wider than a line of a list."""
    return any(
        run_width(run, printer) > width - _BULLET for row in table.rows for cell in row for run in cell if not isinstance(run, str)
    )


def _as_list(table: Table) -> Iterator[Block]:
    """The rows of a table one by one: the first entry, and the others behind the heads of their columns."""
    if table.caption:
        yield Paragraph((table.caption,))
    yield Items(tuple(_as_text(table.head, row) for row in table.rows))


def _as_text(head: tuple[Text, ...], row: tuple[Text, ...]) -> Text:
    runs: list[Run] = [*row[0]]
    said = [(title, cell) for title, cell in zip(head[1:], row[1:], strict=True) if cell != (words.NONE,)]
    for index, (title, cell) in enumerate(said):
        runs.append(words.BETWEEN_CELLS if index else words.AFTER_FIRST_CELL)
        runs.extend(cell if len(row) == 2 or title == (words.MEANING,) else [*title, " ", *cell])
    return tuple(runs)
