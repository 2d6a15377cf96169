"""Claims about arrays and index forms → one claim for each entry, in the names of the unit level."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product as combinations
from typing import Any, NamedTuple

from ..array_tree import Element, IndexSum, Matrix, Shape
from ..arrays import element_name, indices
from ..derivation import Derivation
from ..document.scripts import split_index
from ..elements import element
from ..errors import InputError
from ..shapes import shape_of, show
from ..tree import ONE, ZERO, Derivative, Name, Tree, fold, rebuild, size, substitute, total
from ..tree import names as names_in
from .quantities import TOTAL
from .reading.names import Names, is_letter, letter_of
from .reading.paper import KRONECKER
from .statement import Comparison, Range, ShapeMismatch, Statement

MAX_INSTANCES = 20_000
MAX_TERMS = 200_000  # leaves of a sum that is written out
_LITERAL = "list "  # and a number: no name of a network has a space
_INDEX = re.compile(r"\[([^\]]*)\]")

Ranges = dict[str, tuple[int, int]]


def free_ranges(comparisons: Iterable[Comparison], names: Names, where: str) -> tuple[Range, ...]:
    """What the free letters of an index form run over. InputError where a letter stands on axes of different lengths."""
    ranges: Ranges = {}
    bound: set[str] = set()
    for comparison in comparisons:
        for side in (comparison.left, comparison.right):
            _collect(side, names, ranges, bound, where)
    if missing := bound - ranges.keys():
        raise InputError(f"the sum over {min(missing)!r} has no index {min(missing)!r} behind it", where)
    return tuple(Range(letter, *own) for letter, own in ranges.items() if letter not in bound)


def _collect(tree: Tree, names: Names, ranges: Ranges, bound: set[str], where: str) -> None:
    stack = [tree]
    while stack:
        node = stack.pop()
        match node:
            case IndexSum():
                bound.add(node.index)
            case Name(name):
                _collect_name(name, names, ranges, where)
            case Derivative():
                _collect_name(node.of, names, ranges, where)
                _collect_name(node.wrt, names, ranges, where)
            case Element(body, index) if any(map(is_letter, index)):
                shape = _side(body, _Shapes(names)).shape
                for own, length in zip(index, shape, strict=False):
                    if is_letter(own):
                        _collect_axis(own, length, ranges, where, f"an axis of {length}")
        stack.extend(node.children)


def _collect_name(name: str, names: Names, ranges: Ranges, where: str) -> None:
    base, index = split_index(name)
    base = base.removeprefix(TOTAL)
    if not any(is_letter(own) for own in index) or base == KRONECKER:
        return
    timed = base in names.steps
    shape = names.shape(element_name(base, index[:1])) if timed else names.shape(base)
    for position, own in enumerate(index):
        if not is_letter(own):
            continue
        letter, shift = letter_of(own)
        if timed and not position:
            steps = names.steps[base]
            first, last = max(1, steps[0] - shift), steps[-1] - shift  # step 0 is what is before the first one
            known = ranges.get(letter)
            ranges[letter] = (first, last) if known is None else (max(first, known[0]), min(last, known[1]))
            continue
        _collect_axis(own, shape[position - timed], ranges, where, name)


def _collect_axis(index: str, length: int | str, ranges: Ranges, where: str, name: str) -> None:
    """What the letter of an index runs over on an axis of a length."""
    letter, shift = letter_of(index)
    if isinstance(length, str):
        raise InputError(f"{letter!r} runs over an axis of unknown length {length!r}", where)
    first, last = -shift, length - 1 - shift
    known = ranges.setdefault(letter, (first, last))
    if known == (first, last):
        return
    if shift or known[0]:
        ranges[letter] = (max(first, known[0]), min(last, known[1]))
        return
    found = f"the index {letter!r} runs over {known[1] + 1} elsewhere and over {length} in {name}"
    raise ShapeMismatch(found, where, (known[1] + 1,), (length,))


def instances(statement: Statement, names: Names) -> Iterator[Statement]:
    """The statement for every value of its free letters and every layer, with sums written out."""
    for other in (replace(statement, others=()), *statement.others):
        yield from _instances(other, names)


def _instances(statement: Statement, names: Names) -> Iterator[Statement]:
    count = 1
    for own in statement.ranges:
        count *= max(0, own.last - own.first + 1)
    if count > MAX_INSTANCES:
        raise InputError(f"the claim stands for {count} entries; at most {MAX_INSTANCES}")
    letters = [own.letter for own in statement.ranges]
    for values in combinations(*(range(own.first, own.last + 1) for own in statement.ranges)):
        put_in = dict(zip(letters, values, strict=True))
        yield replace(
            statement,
            left=_placed(statement.left, put_in, names),
            right=_placed(statement.right, put_in, names),
            conditions=tuple(
                Comparison(_placed(own.left, put_in, names), own.relation, _placed(own.right, put_in, names))
                for own in statement.conditions
            ),
            ranges=(),
        )


def _placed(tree: Tree, put_in: Mapping[str, int], names: Names) -> Tree:
    """``tree`` with numbers for letters, and its sums written out."""

    def place(node: Any, parts: list[Tree]) -> Tree:
        match node:
            case Name(name):
                placed = _with_numbers(name, put_in)
                index = split_index(placed)[1] if name.startswith(KRONECKER) else ()
                if index and not any(map(is_letter, index)):
                    return ONE if index[0] == index[1] else ZERO
                return Name(names.starts.get(placed, placed))
            case Derivative():
                return Derivative(_with_numbers(node.of, put_in), _with_numbers(node.wrt, put_in), node.direct)
            case Element():
                return Element(parts[0], tuple(_number(own, put_in) for own in node.index))
            case IndexSum():
                ranges: Ranges = {}
                _collect(parts[0], names, ranges, set(), "")
                first, last = ranges.get(node.index, (0, 0))
                if isinstance(node.last, int):
                    last = first + node.last - 1
                if (last - first + 1) * size(parts[0]) > MAX_TERMS:
                    raise InputError(f"a sum over {node.index!r} of more than {MAX_TERMS} terms")
                return total(_placed(parts[0], {node.index: own}, names) for own in range(first, last + 1))
        return rebuild(node, parts) if parts else node

    return fold(tree, place)


def _with_numbers(name: str, put_in: Mapping[str, int]) -> str:
    return _INDEX.sub(lambda match: f"[{_number(match[1], put_in)}]", name) if "[" in name else name


def _number(index: str, put_in: Mapping[str, int]) -> str:
    if not is_letter(index):
        return index
    letter, shift = letter_of(index)
    return str(put_in[letter] + shift) if letter in put_in else index


def entries(statement: Statement, names: Names | Derivation) -> Iterator[Statement]:
    """The scalar statements that a statement stands for: one for every value of its letters and every entry of its arrays.

    Raises ShapeMismatch where the shapes of the two sides, or inside one of them, do not fit.
    """
    own = names if isinstance(names, Names) else Names(names)
    for instance in instances(statement, own):
        yield from _entries(instance, own)


def _entries(statement: Statement, names: Names) -> Iterator[Statement]:
    shapes = _Shapes(names)
    conditions: list[Comparison] = []
    for condition in statement.conditions:
        conditions.extend(_pairs(condition, shapes))
    for own in _pairs(Comparison(statement.left, statement.relation, statement.right), shapes):
        yield replace(statement, left=own.left, right=own.right, conditions=tuple(conditions))


def _pairs(comparison: Comparison, shapes: _Shapes) -> Iterator[Comparison]:
    """A comparison entry by entry."""
    left, right = _side(comparison.left, shapes), _side(comparison.right, shapes)
    shape = _compared(left, right)
    if (count := _size(shape)) > MAX_INSTANCES:
        raise InputError(f"the claim stands for {count} entries; at most {MAX_INSTANCES}")
    for index in indices(shape):
        yield Comparison(_at(left, index, shapes), comparison.relation, _at(right, index, shapes))


class _Side(NamedTuple):
    """A side of a claim with names for its lists, and its shape."""

    tree: Tree
    shape: Shape


class _Shapes(dict[str, Shape]):
    """The shapes of the names of a claim, made when they are asked for; and the lists of numbers in it, which stand as names."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names
        self.lists: dict[str, Tree] = {}

    def get(self, name: str, default: Any = None) -> Any:
        own = self._shape(name)
        return own if own else default

    def _shape(self, name: str) -> Shape:
        if name in self:
            return self[name]
        if "/" in name:
            of, _, wrt = name.partition("/")
            return self.names.shape(wrt[1:]) or self.names.shape(of[1:])
        if name.startswith("total_"):
            name = name.removeprefix("total_")
        return self.names.shape(name)

    def put(self, matrix: Matrix) -> Name:
        name = f"{_LITERAL}{len(self.lists)}"
        height, width = len(matrix.rows), len(matrix.rows[0])
        self[name] = (height,) if width == 1 else (height, width)
        for row in range(height):
            for column in range(width):
                self.lists[element_name(name, (row,) if width == 1 else (row, column))] = matrix.rows[row][column]
        self.lists[name] = matrix
        return Name(name)


def _side(tree: Tree, shapes: _Shapes) -> _Side:
    """A side of a claim. ShapeMismatch where the shapes inside it do not fit."""

    def swap(node: Any, parts: list[Tree]) -> Tree:
        own = rebuild(node, parts) if parts else node
        return shapes.put(own) if isinstance(own, Matrix) else own

    tree = fold(tree, swap)
    try:
        return _Side(tree, shape_of(tree, shapes))
    except ShapeMismatch:
        raise
    except InputError as error:
        raise ShapeMismatch(error.message) from None


def _compared(left: _Side, right: _Side) -> Shape:
    """The shape in which two sides are compared. A number stands for an array of it. ShapeMismatch where they do not fit."""
    for side, other in ((left, right), (right, left)):
        if not side.shape and not names_in(side.tree):
            return other.shape
    shape = _common(left.shape, right.shape)
    if shape is None:
        found = f"the left side is {show(left.shape)}, the right side {show(right.shape)}"
        raise ShapeMismatch(found, "", left.shape, right.shape)
    return shape


def _common(one: Shape, two: Shape) -> Shape | None:
    """The shape of what is compared; a single entry counts as a number, a list in a row as a vector."""
    if one == two:
        return one
    if _size(one) == _size(two) and [own for own in one if own != 1] == [own for own in two if own != 1]:
        return one if len(one) >= len(two) else two
    return None


def _size(shape: Shape) -> int:
    count = 1
    for length in shape:
        if isinstance(length, str):
            raise ShapeMismatch(f"an axis of unknown length {length!r}")
        count *= length
    return count


def _at(side: _Side, index: tuple[int, ...], shapes: _Shapes) -> Tree:
    """The entry of a side at an index of what is compared."""
    if len(index) > len(side.shape):
        index = () if not side.shape else (max(index),)
    scalar = element(side.tree, index, shapes)
    return substitute(scalar, shapes.lists) if shapes.lists else scalar
