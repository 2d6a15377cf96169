"""Printed pieces of mathematics: TeX between which a line may break, and what may stand next to what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from . import metrics

# How tightly a piece binds: what is below the level asked for gets parentheses. OPEN is a Σ, whose body ends where the term does.
SUM, OPEN, PRODUCT, POWER, ATOM = 1, 2, 3, 4, 5

# Relations as TeX.
SIGNS = {"=": "= ", "≈": r"\approx ", "≤": r"\le ", "→": r"\to ", "←": r"\leftarrow "}

# Heights of parentheses: plain, around parentheses, around a small fraction, around a fraction.
_SIZES = (("", ""), (r"\bigl", r"\bigr"), (r"\Bigl", r"\Bigr"), (r"\biggl", r"\biggr"))

_MOST_CLOSING = 12  # parentheses that end in one place, between which no line ends

# The axis that a vector does not have, when it stands as a column or a row.
UNIT_AXIS = ""
Printed = tuple[int | str, ...]  # rows and columns of what is printed; () for a number


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one format spells what TeX dialects spell differently.

    ``row`` ends a row of a matrix with points of space below; ``hidden`` leaves room for something that is not shown. Where
    ``grouped``, an index behind parentheses needs braces around all of them: else it belongs to the closing one alone, which
    then is not as tall as the other.
    """

    role: Callable[[str, str], str]
    brace: Callable[[str, str], str]
    row: Callable[[int], str] = lambda points: rf"\\[{points}pt]"
    hidden: Callable[[str], str] = lambda tex: rf"\phantom{{{tex}}}"
    grouped: bool = False


def _latex_brace(body: str, label: str) -> str:
    return rf"\sbdefine{{{body}}}{{{label}}}"


LATEX = Dialect(lambda role, body: rf"\sb{role}{{{body}}}", _latex_brace)


class Piece(NamedTuple):
    """TeX between two possible line breaks. ``join`` is what stands before it inside a line,
    ``lead`` what stands before it where it starts a line; an empty ``kind`` allows no break before it."""

    tex: str
    depth: int = 0
    kind: str = ""  # "", "sum" or "product"
    join: str = ""
    lead: str = ""


class Box(NamedTuple):
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
        pieces = self.pieces
        if len(pieces) == 1:
            return pieces[0].tex
        return pieces[0].tex + "".join([piece.join + piece.tex for piece in pieces[1:]])

    @property
    def width(self) -> float:
        """Its width on one line, in em, where fractions are large."""
        return metrics.width(self.tex)


def fenced(box: Box, fences: tuple[str, str] = ("(", ")")) -> Box:
    """A box between parentheses (or other fences) of its height."""
    size = min(box.height, 3)
    left, right = _SIZES[size][0] + fences[0], _SIZES[size][1] + fences[1]
    if right.startswith("\\") and not size:
        right = " " + right
    first, *rest = box.pieces
    if not rest:
        inner = [Piece(left + first.tex + right, first.depth)]
    else:
        inner = [with_tex(first, left + first.tex), *(deeper(piece) for piece in rest)]
        last = inner[-1]
        if last.tex.endswith(right * _MOST_CLOSING):
            inner.append(Piece(right, last.depth, "product"))
        else:
            inner[-1] = with_tex(last, last.tex + right)
    return Box(tuple(inner), ATOM, max(size, 1), box.digits and "start", ends="paren", shape=box.shape)


def with_tex(piece: Piece, tex: str) -> Piece:
    return Piece(tex, piece.depth, piece.kind, piece.join, piece.lead)


def deeper(piece: Piece) -> Piece:
    return Piece(piece.tex, piece.depth + 1, piece.kind, piece.join, piece.lead)


def marked(dialect: Dialect, role: str, piece: Piece) -> Piece:
    if piece.kind != "sum":
        return with_tex(piece, dialect.role(role, piece.tex))
    # The sign belongs to the term behind it and has its colour.
    return Piece(dialect.role(role, piece.lead + piece.tex), piece.depth, piece.kind)
