"""Products as they stand on paper: matrices side by side, columns and rows, a transpose that turns a vector.

In the trees of the package a vector has one axis. On paper it is a column, or a row, and Wᵀ δ, δ xᵀ and aᵀ b are three operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ...array_tree import Element, MatMul, Matrix, Mean, OfTwo, Outer, Reduce, Transpose
from ...document.arraytex import printed_shape
from ...document.boxes import UNIT_AXIS, Printed
from ...errors import InputError
from ...tree import Derivative, Name, Number, Product, Tree, fold, product, rebuild, substitute
from ..statement import ShapeMismatch

if TYPE_CHECKING:
    from .names import Names

_Part = tuple[Tree, Printed]

ONES, ROW_OF_ONES = Name("ones*"), Name("row of ones*")  # \mathbf{1} and its transpose, of the length that fits
KRONECKER = "identity*"  # and two indices: 1 where they are equal


@dataclass(frozen=True, slots=True)
class Beside(OfTwo):
    """Two factors side by side, as long as it is not known what they are."""

    left: Any
    right: Any


def read(tree: Tree, names: Names) -> Tree:
    """``tree`` with what stands side by side multiplied as its shapes say. InputError for two vectors that cannot be."""
    rows = names.derivation.given.layout == "row"

    def combine(node: Any, parts: list[_Part]) -> _Part:
        match node:
            case Name(name):
                return node, printed_shape(names.shape(name), rows)
            case Derivative():
                return node, printed_shape(names.shape(node.wrt) or names.shape(node.of), rows)
            case Beside():
                return _beside(*parts)
            case Transpose() if parts[0][0] in (ONES, ROW_OF_ONES):
                return (ROW_OF_ONES if parts[0][0] == ONES else ONES), ()
            case Transpose():
                body, shape = parts[0]
                return (body if UNIT_AXIS in shape or not shape else Transpose(body)), shape[::-1]
            case Matrix():
                height, width = len(node.rows), len(node.rows[0])
                if height == 1 < width:
                    return Matrix(tuple((part,) for part, _ in parts)), (UNIT_AXIS, width)
                return rebuild(node, [part for part, _ in parts]), (height, UNIT_AXIS if width == 1 else width)
            case Element():
                left = [length for length in parts[0][1] if length != UNIT_AXIS][len(node.index) :]
                return Element(parts[0][0], node.index), printed_shape(tuple(left), rows)
            case Reduce() | Mean():
                return rebuild(node, [parts[0][0]]), ()
            case Product():
                return product(part for part, _ in parts), _shape(parts)
        return (rebuild(node, [part for part, _ in parts]) if parts else node), _shape(parts)

    return substitute(fold(tree, combine)[0], {own.name: Number(Fraction(1)) for own in (ONES, ROW_OF_ONES)})


def _shape(parts: list[_Part]) -> Printed:
    return next((shape for _, shape in parts if shape), ())


def _beside(one: _Part, two: _Part) -> _Part:
    (left, of_left), (right, of_right) = one, two
    if left in (ONES, ROW_OF_ONES) or right in (ONES, ROW_OF_ONES):
        return _with_ones(one, two)
    if of_left != of_right[::-1] and 1 in (_size(of_left), _size(of_right)) and of_left[1:] != of_right[:1]:
        return Product((left, right)), of_right if _size(of_left) == 1 else of_left  # an array of one entry is a number
    if not of_left or not of_right:
        factors = (*(left.factors if isinstance(left, Product) and not of_left else (left,)), right)
        return Product(factors), of_left or of_right
    (rows, inner), (other, columns) = of_left, of_right
    if inner == other == UNIT_AXIS:
        return Outer(left, right), (rows, columns)
    if UNIT_AXIS in (inner, other):
        raise ShapeMismatch(
            f"{_sized(of_left)} and {_sized(of_right)} side by side do not fit; is a transpose missing, or an \\odot?",
            left=tuple(length for length in of_left if length != UNIT_AXIS),
            right=tuple(length for length in of_right if length != UNIT_AXIS),
        )
    shape: Printed = (rows, columns)
    return MatMul(left, right), () if shape == (UNIT_AXIS, UNIT_AXIS) else shape


def _with_ones(one: _Part, two: _Part) -> _Part:
    """1ᵀ A adds up the columns of A, A 1 its rows, and 1ᵀ a or aᵀ 1 the entries of a vector."""
    (left, of_left), (right, of_right) = one, two
    if left == ROW_OF_ONES and of_right and of_right[0] != UNIT_AXIS:
        return (Reduce(right), ()) if of_right[1] == UNIT_AXIS else (Reduce(right, 0), (UNIT_AXIS, of_right[1]))
    if right == ONES and of_left and of_left[1] != UNIT_AXIS:
        return (Reduce(left), ()) if of_left[0] == UNIT_AXIS else (Reduce(left, 1), (of_left[0], UNIT_AXIS))
    if ONES in (left, right) and not (of_left or of_right):  # a number of each
        return Product((left, right)), ()
    raise InputError("a vector beside ones, which repeats it, is not read; write the claim for its entries")


def _size(shape: Printed) -> int | str:
    """1 for an array of one entry."""
    return 1 if shape in ((1, UNIT_AXIS), (UNIT_AXIS, 1)) else 0


def _sized(shape: Printed) -> str:
    rows, columns = shape
    if columns == UNIT_AXIS:
        return f"a column of {rows}"
    return f"a row of {columns}" if rows == UNIT_AXIS else f"a matrix of {rows} × {columns}"
