"""The decimal mark of a notation in the words of a page. Numbers in mathematics have it from the printer."""

from __future__ import annotations

import re
from dataclasses import replace

from .model import Block, Coloured, Figure, Given, Items, Paragraph, Result, Section, Table, Text
from .plots.axes import Axes, Panels
from .profile import Profile

_BETWEEN_NUMBERS = re.compile(r"(?<=\d), (?=[-−]?\d)")  # where a comma would be taken for a decimal mark


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
            return figure_with_decimal_mark(block, chosen)
    return block


def figure_with_decimal_mark(figure: Figure, chosen: Profile) -> Figure:
    """A figure with the numbers at its axes and in its words as the notation writes them."""
    if chosen.decimal == ".":
        return figure
    picture = figure.picture
    description = _BETWEEN_NUMBERS.sub(chosen.separator, figure.description)
    return replace(
        figure,
        picture=picture.with_decimal(chosen.decimal) if isinstance(picture, Axes | Panels) else picture,
        caption=_text(figure.caption, chosen),
        description=chosen.number(description),
        data=None if figure.data is None else _table(figure.data, chosen),
    )


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
