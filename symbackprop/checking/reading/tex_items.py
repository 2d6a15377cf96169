"""LaTeX → items: commands, characters, and groups in braces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ...document.greek import GREEK
from .tokens import Place

MAX_GROUPS = 40  # levels of braces

# Characters that people type where TeX has a command.
_UNICODE = {
    **{letter: f"\\{name}" for letter, name in GREEK.items()},
    "∂": r"\partial", "·": r"\cdot", "⋅": r"\cdot", "×": r"\times", "⊙": r"\odot", "∘": r"\circ", "∑": r"\sum", "√": r"\sqrt",
    "−": "-", "–": "-", "′": "'", "’": "'", "∗": "*", "ᵀ": "^T", "²": "^2", "³": "^3",
}  # fmt: skip
_ENDS_IN_COMMAND = re.compile(r"\\[A-Za-z]+$")
_PIECE = re.compile(r"(?P<space>\s+|%.*)|\\(?P<command>[A-Za-z]+\*?|.)|(?P<char>.)", re.DOTALL)


@dataclass(slots=True)
class Item:
    """A command (with its backslash), a character, or a group with its ``inside``."""

    text: str
    column: int
    end: int
    inside: list[Item] = field(default_factory=list)
    is_group: bool = False

    @property
    def is_command(self) -> bool:
        return len(self.text) > 1 and self.text[0] == "\\"


def items_of(place: Place, start: int, end: int) -> list[Item]:
    """The items of a part of a text. InputError for braces that do not match."""
    top: list[Item] = []
    stack: list[tuple[list[Item], int]] = []
    current = top
    for text, column, after in _pieces(place.text, start, end):
        if text == "{":
            if len(stack) >= MAX_GROUPS:
                raise place.error(f"braces nested more than {MAX_GROUPS} deep", column)
            stack.append((current, column))
            current = []
        elif text == "}":
            if not stack:
                raise place.error("a '}' without a '{' before it", column)
            inside = current
            current, opened = stack.pop()
            current.append(Item("{", opened, after, inside, True))
        else:
            current.append(Item(text, column, after))
    if stack:
        raise place.error("a '{' without a '}' behind it", stack[-1][1])
    return top


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    for match in _PIECE.finditer(text, start, end):
        if match["space"]:
            continue
        column = match.start() + 1
        if match["command"]:
            yield f"\\{match['command']}", column, match.end()
            continue
        own = _UNICODE.get(match["char"], match["char"])
        for part in (own[0], own[1:]) if own[0] == "^" and len(own) > 1 else (own,):
            yield part, column, match.end()


def written(items: list[Item]) -> str:
    """The TeX of some items, in a form that does not depend on spaces."""
    found = ""
    for item in items:
        if found[-1:].isalpha() and _ENDS_IN_COMMAND.search(found) and item.text[0].isalpha():
            found += " "
        found += f"{{{written(item.inside)}}}" if item.is_group else item.text
    return found
