"""Operands and steps of NumPy sources with room made beforehand; the names of room while a line is being printed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..array_tree import Shape
from ..plain_text import Piece
from ..shapes import SCALAR, broadcast
from .source import WIDTH

_PLACE = re.compile("\0\\d+\0")


class Operand(NamedTuple):
    """A subtree: its source and shape; ``own`` is room that nothing else holds, ``negated`` says that the sign is still to turn."""

    piece: Piece
    shape: Shape
    depth: int = 0
    own: str = ""
    negated: bool = False
    fixed: bool = False  # a number that depends on nothing


class Step(NamedTuple):
    """A call of NumPy into ``target``; without one, the whole text."""

    function: str
    arguments: tuple[str, ...]
    target: str = ""
    key: str = ""  # what the target holds then, if that has a lasting name
    is_even: bool = False  # the arguments are arrays of one shape

    @property
    def text(self) -> str:
        if not self.target:
            return self.function
        by_name = self.function in ("maximum", "minimum")  # their third argument must not go by place
        return f"{self.function}({', '.join((*self.arguments, f'out={self.target}' if by_name else self.target))})"


def stretched(parts: Sequence[Operand]) -> Shape:
    """The shape of what goes entry by entry over these."""
    shape: Shape = SCALAR
    for part in parts:
        joined = broadcast(shape, part.shape)
        assert joined is not None  # shapes have been checked
        shape = joined
    return shape


def wrapped(before: str, names: Sequence[str]) -> str:
    """An import, in parentheses if it is long."""
    line = before + ", ".join(names)
    return line if len(line) <= WIDTH else f"{before}(\n    {', '.join(names)},\n)"


def named(text: str, names: Mapping[str, str]) -> str:
    """A text with the names that room has in the end."""
    return _PLACE.sub(lambda found: names[found[0]], text)
