"""The nodes of the expression tree that only arrays need.

Sums, products, powers and calls of arrays are the nodes of `tree`: they go entry by entry, with
NumPy's broadcasting. What stands here mixes entries, or picks them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .tree import Tree

# The lengths of the axes of an array; a length that is not given is a name.
Shape = tuple[int | str, ...]


class Leaf:
    """A node without children."""

    __slots__ = ()

    @property
    def children(self) -> tuple[Tree, ...]:
        return ()


class OfOne:
    """A node whose one child is its ``body``."""

    __slots__ = ()
    body: Tree

    @property
    def children(self) -> tuple[Tree, ...]:
        return (self.body,)


class OfTwo:
    """A node whose children are ``left`` and ``right``."""

    __slots__ = ()
    left: Tree
    right: Tree

    @property
    def children(self) -> tuple[Tree, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class MatMul(OfTwo):
    """left @ right, with NumPy's meaning for vectors and matrices."""

    left: Tree
    right: Tree


@dataclass(frozen=True, slots=True)
class Transpose(OfOne):
    """The transpose of a matrix; a vector is its own."""

    body: Tree


@dataclass(frozen=True, slots=True)
class Outer(OfTwo):
    """The outer product of two vectors, a matrix with the entries left_i · right_j."""

    left: Tree
    right: Tree


@dataclass(frozen=True, slots=True)
class Reduce(OfOne):
    """The sum of all entries, or along one ``axis``, which goes."""

    body: Tree
    axis: int | None = None


@dataclass(frozen=True, slots=True)
class Mean(OfOne):
    """The mean of all entries, or along one ``axis``, which goes."""

    body: Tree
    axis: int | None = None


@dataclass(frozen=True, slots=True)
class Softmax(OfOne):
    """exp(body) over its sum along the last axis, or along ``axis``."""

    body: Tree
    axis: int = -1


@dataclass(frozen=True, slots=True)
class Element(OfOne):
    """An entry, or the row or part, of an array: ``W[0][1]``, ``h[2]``; an index with ``t`` in it is time, ``h[t-1]``."""

    body: Tree
    index: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placed(OfOne):
    """An array of a ``shape``, zero but for ``body``, which stands where ``index`` says: what `Element` passes back."""

    body: Tree
    index: tuple[str, ...]
    shape: Shape


@dataclass(frozen=True, slots=True)
class Ones(Leaf):
    """An array of ones."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class Length(Leaf):
    """The length of an axis as a factor: a number, or the name of a length that is not given."""

    length: int | str


@dataclass(frozen=True, slots=True)
class IndexSum(OfOne):
    """Σ over ``index`` from 1 to ``last`` of ``body``, whose names carry the index: ``W1[j][k]``."""

    body: Tree
    index: str
    last: int | str


@dataclass(frozen=True, slots=True)
class Matrix:
    """Entries in rows, as they stand on the page; a column vector has rows of one entry."""

    rows: tuple[tuple[Tree, ...], ...]

    @property
    def children(self) -> tuple[Tree, ...]:
        return tuple(chain.from_iterable(self.rows))


ArrayTree = MatMul | Transpose | Outer | Reduce | Mean | Softmax | Element | Placed | Ones | Length | IndexSum | Matrix
