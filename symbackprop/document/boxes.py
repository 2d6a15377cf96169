"""Printed pieces of mathematics: TeX between which a line may break, with its widths, and what may stand next to what.

Widths are in em of the text size, from the widths of Computer Modern's letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from .scripts import split_scripts

# How tightly a piece binds: what is below the level asked for gets parentheses. OPEN is a Σ, whose body ends where the term does.
SUM, OPEN, PRODUCT, POWER, ATOM = 1, 2, 3, 4, 5

# Heights of parentheses: plain, around parentheses, around a small fraction, around a fraction.
_SIZES = (("", ""), (r"\bigl", r"\bigr"), (r"\Bigl", r"\Bigr"), (r"\biggl", r"\biggr"))
_PAREN_WIDTHS = (0.39, 0.46, 0.6, 0.74)

_LETTERS = {
    "a": 0.53, "b": 0.43, "c": 0.43, "d": 0.52, "e": 0.47, "f": 0.6, "g": 0.51, "h": 0.58, "i": 0.34, "j": 0.47,
    "k": 0.55, "l": 0.32, "m": 0.88, "n": 0.6, "o": 0.48, "p": 0.5, "q": 0.48, "r": 0.48, "s": 0.47, "t": 0.36,
    "u": 0.57, "v": 0.52, "w": 0.72, "x": 0.57, "y": 0.53, "z": 0.51, "A": 0.75, "B": 0.81, "C": 0.79, "D": 0.83,
    "E": 0.8, "J": 0.65, "L": 0.68, "W": 1.08, "M": 1.08, "N": 0.91, ".": 0.28, ",": 0.45, "(": 0.39, ")": 0.39,
    "[": 0.28, "]": 0.28, "'": 0.28, "-": 0.78, "|": 0.28,
}  # fmt: skip
MAX_WHOLE = 16.0  # em of a fraction, a root or a base in parentheses that may stand unbroken
SCRIPT = 0.72  # size of an index against the text
BINARY = 1.22  # a plus or minus with its spaces
RELATION = 1.34
DOT = 0.72
THIN = 0.17

# The axis that a vector does not have, when it stands as a column or a row.
UNIT_AXIS = ""
Printed = tuple[int | str, ...]  # rows and columns of what is printed; () for a number


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one format spells what TeX dialects spell differently.

    ``row`` ends a row of a matrix with points of space below. Where ``grouped``, an index behind parentheses needs braces
    around all of them: else it belongs to the closing one alone, which then is not as tall as the other.
    """

    role: Callable[[str, str], str]
    brace: Callable[[str, str], str]
    row: Callable[[int], str] = lambda points: rf"\\[{points}pt]"
    grouped: bool = False


def _latex_brace(body: str, label: str) -> str:
    return rf"\sbdefine{{{body}}}{{{label}}}"


LATEX = Dialect(lambda role, body: rf"\sb{role}{{{body}}}", _latex_brace)


@dataclass(frozen=True, slots=True)
class Piece:
    """TeX between two possible line breaks. ``join`` is what stands before it inside a line,
    ``lead`` what stands before it where it starts a line; an empty ``kind`` allows no break before it."""

    tex: str
    width: float
    depth: int = 0
    kind: str = ""  # "", "sum" or "product"
    join: str = ""
    lead: str = ""
    join_width: float = 0.0
    lead_width: float = 0.0


@dataclass(frozen=True, slots=True)
class Box:
    """A printed tree."""

    pieces: tuple[Piece, ...]
    level: int
    height: int = 0
    digits: str = ""  # "" , "start" or "whole": whether it begins with a digit, or is a number
    minus: bool = False
    ends: str = ""  # "name" or "fence": what the next factor stands against
    shape: Printed = ()
    operation: str = ""  # "matrix" for a product of matrices, "entries" for one entry by entry
    bare: str = ""  # of a symbol: its TeX without the shape below it

    @property
    def tex(self) -> str:
        """All pieces on one line."""
        first, *rest = self.pieces
        return first.tex + "".join(piece.join + piece.tex for piece in rest)

    @property
    def width(self) -> float:
        first, *rest = self.pieces
        return first.width + sum(piece.join_width + piece.width for piece in rest)


def symbol_width(tex: str) -> float:
    """The width of a printed symbol with its indices; an upper index stands above a lower one."""
    base, lower, upper = split_scripts(tex)
    if lower or upper:
        space = 0.12 if lower and upper else 0.05
        return symbol_width(base) + space + SCRIPT * max(symbol_width(lower), symbol_width(upper))
    width = 0.0
    for token in re.findall(r"\\[A-Za-z]+|[^{}_^]", base):
        if token.startswith("\\"):
            width += _command_width(token[1:])
        else:
            width += _LETTERS.get(token, 0.5 if token.isdigit() else 0.75 if token.isupper() else 0.56)
    return width


def _command_width(name: str) -> float:
    if name in ("mathbf", "boldsymbol"):
        return 0.1  # bold letters are a little wider
    if name in ("mathrm", "mathit", "mathsf", "hat", "bar", "tilde", "vec", "dot"):
        return 0.0
    return 0.52 * len(name) if name in ("max", "min", "exp", "ln", "sin", "cos", "tanh") else 0.6


def fenced(box: Box, fences: tuple[str, str] = ("(", ")")) -> Box:
    """A box between parentheses (or other fences) of its height."""
    size = min(box.height, 3)
    left, right = _SIZES[size][0] + fences[0], _SIZES[size][1] + fences[1]
    if right.startswith("\\") and not size:
        right = " " + right
    width = _PAREN_WIDTHS[size]
    first, *rest = box.pieces
    if not rest:
        inner = [Piece(left + first.tex + right, first.width + 2 * width, first.depth)]
    else:
        inner = [with_tex(first, left + first.tex, first.width + width), *(_deeper(piece) for piece in rest)]
        inner[-1] = with_tex(inner[-1], inner[-1].tex + right, inner[-1].width + width)
    return Box(tuple(inner), ATOM, max(size, 1), box.digits and "start", ends="paren", shape=box.shape)


def with_tex(piece: Piece, tex: str, width: float) -> Piece:
    return replace(piece, tex=tex, width=width)


def _deeper(piece: Piece) -> Piece:
    return replace(piece, depth=piece.depth + 1)


def scripted(dialect: Dialect, box: Box, script: str, width: float) -> tuple[Piece, ...]:
    """The pieces of a box with an upper or lower index behind it."""
    if dialect.grouped and box.ends == "paren" and box.width <= MAX_WHOLE:
        return (Piece(f"{{{box.tex}}}{script}", box.width + width, box.pieces[0].depth),)
    *rest, last = box.pieces
    return (*rest, with_tex(last, last.tex + script, last.width + width))


def marked(dialect: Dialect, role: str, piece: Piece) -> Piece:
    if piece.kind != "sum":
        return with_tex(piece, dialect.role(role, piece.tex), piece.width)
    # The sign belongs to the term behind it and has its colour.
    tex = dialect.role(role, piece.lead + piece.tex)
    return Piece(tex, piece.width + piece.lead_width, piece.depth, piece.kind)
