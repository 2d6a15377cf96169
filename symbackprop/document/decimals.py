"""The decimal mark of a notation in the words of a page. Numbers in mathematics have it from the printer."""

from __future__ import annotations

from dataclasses import replace

from .model import Block, Coloured, Figure, Given, Items, Paragraph, Result, Section, Table, Text
from .profile import Profile


def with_decimal_mark(section: Section, chosen: Profile) -> Section:
    """A section with the numbers in its words as the notation writes them."""
    if chosen.decimal == ".":
        return section
    return replace(section, blocks=tuple(_block(block, chosen) for block in section.blocks))


def _block(block: Block, chosen: Profile) -> Block:
    match block:
        case Paragraph():
            return replace(block, text=_text(block.text, chosen))
        case Items():
            return replace(block, items=tuple(_text(item, chosen) for item in block.items))
        case Table():
            return _table(block, chosen)
        case Given() | Result():
            return replace(block, blocks=tuple(_block(inner, chosen) for inner in block.blocks))
        case Figure():
            data = None if block.data is None else _table(block.data, chosen)
            return replace(block, caption=_text(block.caption, chosen), description=chosen.number(block.description), data=data)
    return block


def _table(table: Table, chosen: Profile) -> Table:
    rows = tuple(tuple(_text(cell, chosen) for cell in row) for row in table.rows)
    return replace(table, rows=rows, caption=chosen.number(table.caption))


def _text(text: Text, chosen: Profile) -> Text:
    def run(own: object) -> object:
        match own:
            case str():
                return chosen.number(own)
            case Coloured():
                return replace(own, words=chosen.number(own.words))
        return own

    return tuple(run(own) for own in text)  # type: ignore[misc] # each as it was
