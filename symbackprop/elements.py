"""The entries of an array expression: what joins the three levels.

The entry (i, j) of A B is Σ_k A_ik B_kj. With letters for indices this is the index level; with numbers, and the sums
written out, it is the unit level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from .array_tree import (
    Element,
    IndexSum,
    Length,
    MatMul,
    Mean,
    Ones,
    Outer,
    Placed,
    Reduce,
    Shape,
    Softmax,
    Transpose,
)
from .arrays import element_name
from .shapes import shape_of
from .tree import ONE, ZERO, Call, Derivative, Name, Number, Quotient, Tree, product, rebuild, total

Index = tuple[int | str, ...]
# The sum over an axis of so many entries of what the callable makes of an index.
SumOver = Callable[[int | str, Callable[[int | str], Tree]], Tree]


def written_out(length: int | str, entry: Callable[[int | str], Tree]) -> Tree:
    """The sum over an axis, term by term. The length must be a number."""
    return total(entry(index) for index in range(int(length)))


def with_letters(letters: Iterator[str]) -> SumOver:
    """The sum over an axis as Σ with the next of ``letters``."""

    def sum_over(length: int | str, entry: Callable[[int | str], Tree]) -> Tree:
        letter = next(letters)
        return IndexSum(entry(letter), letter, length)

    return sum_over


def element(tree: Tree, index: Index, shapes: Mapping[str, Shape], sum_over: SumOver = written_out) -> Tree:
    """The entry of ``tree`` at ``index``. Recurses as deep as one formula is nested."""

    def at(child: Tree, where: Index) -> Tree:
        return element(child, where, shapes, sum_over)

    def shape(child: Tree) -> Shape:
        return shape_of(child, shapes)

    def broadcast(child: Tree) -> Tree:
        return at(child, _spread(index, shape(child)))

    match tree:
        case Number() | Length():
            return tree
        case Name():
            return Name(element_name(tree.name, index))
        case Derivative():
            if len(shapes.get(tree.of, ())) == len(index):  # of a definition that goes entry by entry
                wrt = element_name(tree.wrt, _spread(index, shapes.get(tree.wrt, ())))
                return Derivative(element_name(tree.of, index), wrt, tree.direct)
            return Derivative(tree.of, element_name(tree.wrt, index), tree.direct)
        case Ones():
            return ONE
        case MatMul():
            left = shape(tree.left)
            rows, columns = index[: len(left) - 1], index[len(left) - 1 :]
            return sum_over(left[-1], lambda k: product([at(tree.left, (*rows, k)), at(tree.right, (k, *columns))]))
        case Transpose():
            return at(tree.body, index[::-1])
        case Outer():
            return product([at(tree.left, index[:1]), at(tree.right, index[1:])])
        case Reduce():
            return _reduced(tree, index, shape(tree.body), at, sum_over)
        case Mean():
            own = shape(tree.body)
            lengths = own if tree.axis is None else (own[tree.axis],)
            return Quotient(_reduced(tree, index, own, at, sum_over), product([_factor(length) for length in lengths]))
        case Softmax():
            own = shape(tree.body)
            axis = tree.axis % len(own)
            power = lambda where: Call("exp", (at(tree.body, where),))  # noqa: E731 - the same form twice
            below = sum_over(own[axis], lambda k: power((*index[:axis], k, *index[axis + 1 :])))
            return Quotient(power(index), below)
        case Element():
            own = shape(tree.body)
            return at(tree.body, (*(_from_front(int(i), length) for i, length in zip(tree.index, own, strict=False)), *index))
        case Placed():
            if any(isinstance(own, str) and not own.isdigit() for own in index[: len(tree.index)]):
                raise AssertionError("whether an entry is the one that is placed cannot be told from a letter")
            inside = all(str(own) == wanted for own, wanted in zip(index, tree.index, strict=False))
            return at(tree.body, index[len(tree.index) :]) if inside else ZERO
    return rebuild(tree, [broadcast(child) for child in tree.children])


def _spread(index: Index, shape: Shape) -> Index:
    """The index of the entry that stands at ``index`` of a larger array, by NumPy's broadcasting."""
    return tuple(0 if length == 1 else i for length, i in zip(shape, index[len(index) - len(shape) :], strict=True))


def _from_front(index: int, length: int | str) -> int:
    return index + length if index < 0 and isinstance(length, int) else index


def _reduced(tree: Reduce | Mean, index: Index, shape: Shape, at: Callable[[Tree, Index], Tree], sum_over: SumOver) -> Tree:
    axes = list(range(len(shape))) if tree.axis is None else [tree.axis]
    where: list[int | str | None] = [None] * len(shape)
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    for axis, own in zip(kept, index, strict=True):
        where[axis] = own

    def over(position: int) -> Tree:
        if position == len(axes):
            return at(tree.body, tuple(own for own in where if own is not None))

        def entry(own: int | str) -> Tree:
            where[axes[position]] = own
            return over(position + 1)

        return sum_over(shape[axes[position]], entry)

    return over(0)


def _factor(length: int | str) -> Tree:
    return Length(length) if isinstance(length, str) else Number(Fraction(length))
