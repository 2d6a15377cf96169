"""What stands at the head of a row or a column of a table is what the numbers there are of."""

from __future__ import annotations

from collections.abc import Iterator

from ...document.model import Block, Document, Given, Math, Result, Table, Text
from ...document.page import Page
from ...errors import LineError
from ...plain_text import plain_text
from ...tree import Derivative, Name, Tree, names

_MADE_OF = ("Delta_", "new_")  # a parameter's step and its new value


def check_headings(page: Page, document: Document) -> None:
    """Raise LineError where a row or column has numbers of something else than its heading says."""
    subjects = _Subjects(page)
    for section in document.sections:
        for table in _tables(section.blocks):
            for head, cells in _lines(table):
                wrong = next((of for of in cells if head.isdisjoint(subjects.of(of))), None)
                if wrong is not None:
                    shown = ", ".join(sorted(head))
                    raise LineError(section.title, plain_text(wrong), f"it stands in a table at the heading {shown}")


def _tables(blocks: tuple[Block, ...]) -> Iterator[Table]:
    for block in blocks:
        match block:
            case Table():
                yield block
            case Given() | Result():
                yield from _tables(block.blocks)


def _lines(table: Table) -> Iterator[tuple[set[str], list[Tree]]]:
    """What each row, and each column, with a symbol for a heading is about, and what its cells are of."""
    for row in table.rows:
        if head := _heading(row[0]):
            yield head, [of for cell in row[1:] for of in _shown(cell)]
    for heading, *column in zip(table.head, *table.rows, strict=True):
        if head := _heading(heading):
            yield head, [of for cell in column for of in _shown(cell)]


def _heading(text: Text) -> set[str]:
    """The name of a heading that is one symbol; nothing for words."""
    match text:
        case (Math(tree=Name() | Derivative() as tree, of=None),):
            return {tree.name}
    return set()


def _shown(cell: Text) -> Iterator[Tree]:
    yield from (run.of for run in cell if isinstance(run, Math) and run.of is not None)


class _Subjects:
    """The names that a heading may have for a cell: a symbol, or what a derivative, a step or an error signal goes back to."""

    def __init__(self, page: Page) -> None:
        own = page.derivation
        self.signals = {signal.name: signal.wrt for signal in own.signals.values()}
        self.losses = {definition.name for definition in own.program.definitions if not getattr(definition, "unit", "")}

    def of(self, cell: Tree) -> set[str]:
        if isinstance(cell, Name):
            base = next((cell.name.removeprefix(made) for made in _MADE_OF if cell.name.startswith(made)), cell.name)
            return {cell.name, base}
        if isinstance(cell, Derivative):
            return {cell.name, cell.wrt}
        partials = [own for own in _derivatives(cell) if own.of in self.losses]
        backwards = {self.signals[name] for name in names(cell) if name in self.signals} | {own.wrt for own in partials}
        return backwards or self.losses  # a share of an error signal comes from another one, or from the loss itself


def _derivatives(tree: Tree) -> Iterator[Derivative]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Derivative):
            yield node
        stack.extend(node.children)
