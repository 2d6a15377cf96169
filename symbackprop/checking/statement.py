"""What a claim says, as trees: the shape in which readers hand claims to judges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..array_tree import Shape
from ..errors import InputError
from ..tree import Negative, Number, Tree


class Range(NamedTuple):
    """What a letter that stands for an index runs over: ``first`` and ``last`` are both included."""

    letter: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left relation right``. With ``≈`` the right side has printed digits, to which the left one rounds."""

    left: Tree
    relation: str
    right: Tree


@dataclass(frozen=True, slots=True)
class Statement:
    """A comparison, and the text it was read from.

    ``conditions`` are assumed; ``updates`` is the number of updates after which it is said to hold. In an index form,
    ``dE/dW1[i][j] = delta_1[i]*x[j]``, ``ranges`` are those of its free letters. ``others`` say the same of other layers, where
    the text is about a layer l.
    """

    left: Tree
    relation: str
    right: Tree
    text: str
    conditions: tuple[Comparison, ...] = ()
    updates: int = 0
    ranges: tuple[Range, ...] = ()
    others: tuple[Statement, ...] = ()

    @property
    def digits(self) -> str:
        """The decimal that the right side is, as it is written, if it is one."""
        if self.relation == "≈" and isinstance(self.right, Number) and self.right.value.denominator == 1:
            return digits_of(self.right) or str(self.right.value)  # whole numbers have the digits that they are written with
        return digits_of(self.right) if self.relation in ("=", "≈") else ""


def digits_of(tree: Tree) -> str:
    """The decimal that a tree is, with its digits as written; empty for anything else."""
    inner, sign = (tree.body, "-") if isinstance(tree, Negative) else (tree, "")
    return sign + inner.text if isinstance(inner, Number) and inner.text else ""


class ShapeMismatch(InputError):
    """Arrays that do not fit: the shapes of the two sides of a claim, or of two factors."""

    def __init__(self, message: str, where: str = "", left: Shape = (), right: Shape = ()) -> None:
        super().__init__(message, where)
        self.left, self.right = left, right
        self.statement: Statement | None = None  # where it can be read, though its letters run over axes of different lengths
