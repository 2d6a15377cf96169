"""What a document states: its equations, the relations in its text, the cells of its tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...document.model import (
    OF_PAGE,
    Block,
    Document,
    Equation,
    Equations,
    Figure,
    Given,
    Items,
    Math,
    Paragraph,
    Relation,
    Result,
    Table,
    Text,
)
from ...plain_text import plain_text
from ...tree import Number, Tree

CELL = "cell"  # the relation between what a cell of a table is of and what it shows: equal, or rounded
_MOST_SHOWN = 160  # characters of an equation in a message


@dataclass(frozen=True, slots=True)
class Statement:
    """left rel right rel right …, in a section; ``holds`` and ``sample`` say for what."""

    section: str
    left: Tree
    steps: tuple[tuple[str, Tree], ...]
    ranges: tuple[tuple[str, int | str], ...] = ()
    holds: str = OF_PAGE
    sample: int = 0
    where: tuple[tuple[str, Tree], ...] = ()

    def __str__(self) -> str:
        sides = [plain_text(self.left), *(f"{'=' if sign == CELL else sign} {plain_text(tree)}" for sign, tree in self.steps)]
        text = " ".join(sides)
        return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


def statements(document: Document) -> Iterator[Statement]:
    """Everything that the document says is equal, or at most so large."""
    for section in document.sections:
        for block in section.blocks:
            yield from _of_block(block, section.title)


def _of_block(block: Block, section: str) -> Iterator[Statement]:
    match block:
        case Equations():
            yield from (of_equation(row, section, block.holds) for row in block.rows)
        case Paragraph():
            yield from of_text(block.text, section)
        case Items():
            for item in block.items:
                yield from of_text(item, section)
        case Table():
            for row in block.rows:
                for cell in row:
                    yield from of_text(cell, section, block.where)
        case Figure():
            yield from of_text(block.caption, section)
        case Given() | Result():
            for inner in block.blocks:
                yield from _of_block(inner, section)


def of_equation(row: Equation, section: str, holds: str) -> Statement:
    return Statement(section, row.left, row.steps, row.ranges, holds)


def of_text(text: Text, section: str, where: tuple[tuple[str, Tree], ...] = ()) -> Iterator[Statement]:
    """The relations in a line of text, and what stands in the cell of a table."""
    for run in text:
        match run:
            case Relation():
                yield Statement(section, run.left, ((run.sign, run.right),), holds=run.holds)
            case Math() if run.of is not None:
                yield Statement(section, run.of, ((CELL, run.tree),), sample=run.sample, where=where)


def loose_numbers(blocks: Iterable[Block]) -> int:
    """Numbers in text of which the document does not say what they are the value of."""
    count = 0
    for block in blocks:
        texts: Iterable[Text] = ()
        match block:
            case Paragraph():
                texts = (block.text,)
            case Items():
                texts = block.items
            case Table():
                texts = [cell for row in block.rows for cell in row]
            case Given() | Result():
                count += loose_numbers(block.blocks)
        count += sum(isinstance(run, Math) and run.of is None and isinstance(run.tree, Number) for text in texts for run in text)
    return count
