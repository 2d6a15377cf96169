"""Expressions of arrays as matrices are written on paper: every vector a column, or a row, and every product conforming.

In the derivation vectors have one axis and smaller arrays spread over larger ones, as in NumPy. Paper has neither: a dot
product is aᵀ b, an outer product a bᵀ, a bias added to every sample b 1ᵀ, a sum along an axis a product with ones, and the
sum of all entries a Σ with indices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from ..array_tree import Element, IndexSum, Length, MatMul, Mean, Ones, Outer, Placed, Reduce, Shape, Softmax, Transpose
from ..arrays import element_name
from ..elements import SumOver, element, with_letters
from ..shapes import shape_of
from ..tree import (
    ONE,
    Braced,
    Derivative,
    Marked,
    Name,
    Negative,
    Number,
    Product,
    Quotient,
    Sum,
    Tree,
    fold,
    negative,
    product,
    rebuild,
    total,
    transposed,
)
from .boxes import UNIT_AXIS

_Part = tuple[Tree, Shape]


def sums(letters: Iterator[str]) -> SumOver:
    """Sums as Σ with the next of ``letters``; over a single entry there is none."""
    over = with_letters(letters)
    return lambda length, entry: entry(0) if length == 1 else over(length, entry)


def oriented(tree: Tree, shapes: Mapping[str, Shape], rows: bool, letters: tuple[str, ...]) -> Tree:
    """``tree`` with vectors as columns, or as rows where ``rows``; ``letters`` are for the indices of sums."""
    return _Orientation(shapes, rows, letters).of(tree)


class _Orientation:
    def __init__(self, shapes: Mapping[str, Shape], rows: bool, letters: tuple[str, ...]) -> None:
        self.shapes, self.rows, self.letters = shapes, rows, letters

    def of(self, tree: Tree) -> Tree:
        return fold(tree, self._combine)[0]

    def _combine(self, node: Any, parts: list[_Part]) -> _Part:
        match node:
            case Name() | Derivative():
                return node, self.shapes.get(node.name, ())
            case Ones():
                return self._ones(node.shape), node.shape
            case Element(Name(name), index) if len(index) == len(parts[0][1]):
                return Name(element_name(name, index)), ()
            case Element():
                return Element(parts[0][0], node.index), parts[0][1][len(node.index) :]
            case Placed():
                return Placed(parts[0][0], node.index, node.shape), node.shape
            case Softmax() if len(parts[0][1]) == 2 and parts[0][1][node.axis] == 1:  # which paper would read along the other axis
                return Ones(parts[0][1]), parts[0][1]
            case Reduce() | Mean() if not parts[0][1]:
                return parts[0]
            case IndexSum() | Braced() | Marked() | Softmax():
                return rebuild(node, [parts[0][0]]), parts[0][1]
        if not any(shape for _, shape in parts):
            return (rebuild(node, [part for part, _ in parts]) if parts else node), ()
        shape = _shape(node, parts)
        match node:
            case MatMul():
                return self._product(*parts), shape
            case Outer():
                (left, _), (right, _) = parts
                return (MatMul(transposed(left), right) if self.rows else MatMul(left, transposed(right))), shape
            case Transpose():
                body, own = parts[0]
                return (transposed(body) if len(own) > 1 else body), shape
            case Reduce() | Mean() if not shape:
                return element(node, (), self.shapes, sums(iter(self.letters))), shape
            case Reduce() | Mean():
                axis = node.axis or 0
                along, length = self._along(parts[0], axis), parts[0][1][axis]
                share = ONE if isinstance(node, Reduce) else Quotient(ONE, _factor(length))
                return product([share, along]), shape
        return self._entrywise(node, parts, shape), shape

    def _ones(self, shape: Shape) -> Tree:
        if len(shape) != 1:
            return Ones(shape)
        return Ones((UNIT_AXIS, shape[0]) if self.rows else (shape[0], UNIT_AXIS))

    def _product(self, one: _Part, two: _Part) -> Tree:
        (left, of_left), (right, of_right) = one, two
        match len(of_left), len(of_right):
            case 1, 1:
                return MatMul(left, transposed(right)) if self.rows else MatMul(transposed(left), right)
            case 2, 1 if self.rows:
                return MatMul(right, transposed(left))
            case 1, 2 if not self.rows:
                return MatMul(transposed(right), left)
        return MatMul(left, right)

    def _along(self, part: _Part, axis: int) -> Tree:
        """The sum along an axis: column sums 1ᵀ A, row sums A 1, as the vectors that this layout has."""
        body, shape = part
        ones = self._ones((shape[axis],))
        if self.rows:
            return MatMul(ones, body if axis == 0 else transposed(body))
        return MatMul(transposed(body) if axis == 0 else body, ones)

    def _entrywise(self, node: Any, parts: list[_Part], shape: Shape) -> Tree:
        wide = [self._spread(tree, own, shape) if own and own != shape else tree for tree, own in parts]
        if isinstance(node, Sum):
            filled = [tree if own else self._filled(tree, shape) for tree, (_, own) in zip(wide, parts, strict=True)]
            return total(filled)
        if isinstance(node, Product):
            # Numbers stand before the arrays that they multiply.
            scalars = [tree for tree, (_, own) in zip(wide, parts, strict=True) if not own]
            arrays = [tree for tree, (_, own) in zip(wide, parts, strict=True) if own]
            return product([*scalars, *([tree for tree in arrays if not isinstance(tree, Ones)] or arrays[:1])])
        return rebuild(node, wide)

    def _filled(self, scalar: Tree, shape: Shape) -> Tree:
        """A number as an array: c 1."""
        if isinstance(scalar, Negative):
            return negative(self._filled(scalar.body, shape))
        return product([scalar, self._ones(shape)])

    def _spread(self, tree: Tree, own: Shape, shape: Shape) -> Tree:
        """A smaller array, repeated as NumPy repeats it."""
        if len(shape) == 1:  # one entry over a vector
            return MatMul(tree, self._ones(shape)) if self.rows else MatMul(self._ones(shape), tree)
        rows, columns = shape
        if len(own) == 1:
            tree = tree if self.rows else transposed(tree)
            own = (1, own[0])
        if own[0] != rows:
            tree = MatMul(transposed(self._ones((rows,))) if self.rows else self._ones((rows,)), tree)
        if own[1] != columns:
            tree = MatMul(tree, self._ones((columns,)) if self.rows else transposed(self._ones((columns,))))
        return tree


def _factor(length: int | str) -> Tree:
    return Length(length) if isinstance(length, str) else Number(Fraction(length))


def _shape(node: Any, parts: list[_Part]) -> Shape:
    """The shape of ``node`` by those of its parts, each of which stands as a name."""
    stand_ins = {f"_{index}": shape for index, (_, shape) in enumerate(parts)}
    return shape_of(rebuild(node, [Name(name) for name in stand_ins]), stand_ins)
