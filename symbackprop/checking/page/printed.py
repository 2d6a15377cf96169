"""The value of what stands on a page: every vector a column or a row, products and sums only of shapes that fit.

A number that is the value of a quantity counts as the quantity itself where a line is taken as one of symbols, and as its
digits where it is taken as one of numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, Protocol

from ...array_tree import Element, IndexSum, Length, MatMul, Matrix, Placed, Softmax, Transpose
from ...document.array_symbols import OF_ALL
from ...document.scripts import split_index
from ...errors import InputError
from ...time_steps import TIME
from ...tree import (
    Braced,
    Call,
    Derivative,
    Marked,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Quantity,
    Quotient,
    Sum,
    Tree,
    fold,
    rebuild,
)
from .arithmetic import Arithmetic
from .formulas import Formulas
from .quantities import Unknown
from .tape import is_array

Letters = Mapping[str, int]
LONG = 12  # terms of a sum that are computed one by one


class Misfit(Exception):
    """What stands on the page has no value, or contradicts itself: shapes that do not fit, a name that means nothing."""


class NoValue(Exception):
    """What stands on the page has no value at these numbers, as 1/0 and log(-1)."""


class World(Protocol):
    """The values that the symbols of a line have at one point."""

    @property
    def formulas(self) -> Formulas: ...

    @property
    def rows(self) -> bool: ...

    @property
    def terms(self) -> Mapping[str, Any]: ...

    def read(self, name: str) -> Any: ...

    def derivative(self, of: str, by: str, direct: bool) -> Any: ...

    def quantity(self, of: Quantity) -> Any: ...


class Printed:
    """Evaluates printed trees at one point; without a ``world``, numbers by their digits."""

    def __init__(self, formulas: Formulas, world: World | None = None, rows: bool = False) -> None:
        self.formulas, self.world, self.rows = formulas, world, rows
        self.braced: list[tuple[str, Any, Any]] = []  # the names of braces: what stands over each, and the value of its term

    def value(self, tree: Tree, letters: Letters | None = None) -> Any:
        """The value of a printed tree. Raises Misfit where it can have none, NoValue where it has none at these numbers."""
        try:
            return self._of(tree, letters or {})
        except Unknown as error:
            raise Misfit(f"{error} means nothing there") from None
        except InputError as error:
            raise NoValue(error.message) from None
        except ZeroDivisionError:
            raise NoValue("division by zero") from None
        except IndexError:
            raise Misfit("an index is outside its array") from None

    def _of(self, tree: Tree, letters: Letters) -> Any:
        special = _SPECIAL.get(type(tree))
        if special is not None:
            return special(self, tree, letters)
        of = self._of
        parts = [of(child, letters) for child in tree.children]
        if not any(map(is_array, parts)):
            return self._of_numbers(tree, parts)
        match tree:
            case MatMul():
                return _product(*(_as_array(self.formulas, part) for part in parts))
            case Transpose():
                return parts[0].T
            case Softmax():
                return self._softmax(tree, parts[0])
            case Placed():
                return self._placed(tree, parts[0])
        if {_shape(part) for part in parts} == {(), (1, 1)}:  # a number and an array of one entry are the same on paper
            return self._of_numbers(tree, [part[0, 0] if is_array(part) else part for part in parts])
        shapes = {_shape(part) for part in parts}
        if (isinstance(tree, Sum) and len(shapes) > 1) or len(shapes - {()}) > 1:
            raise Misfit(f"arrays of the shapes {' and '.join(sorted(map(_shown, shapes)))} are joined")
        return self._oriented(self.formulas.node(tree, parts))

    def _of_numbers(self, tree: Tree, parts: list[Any]) -> Any:
        """The value of a node of which all parts are numbers."""
        result = parts[0] if parts else None
        match tree:
            case Product():
                for part in parts[1:]:
                    result = result * part
                return result
            case Sum():
                for part in parts[1:]:
                    result = result + part
                return result
            case Placed():
                return self._placed(tree, result)
            case MatMul():
                return parts[0] * parts[1]
            case Transpose():
                return result
        return self._oriented(self.formulas.node(tree, parts))

    def _digits(self, tree: Number, letters: Letters) -> Any:
        if tree.of is not None and self.world is not None:
            return self._oriented(self.world.quantity(tree.of))
        return self.formulas.own.number(tree.value)

    def _read(self, tree: Name, letters: Letters) -> Any:
        return self._oriented(self._world().read(instance(tree.name, letters)))

    def _derivative(self, tree: Derivative, letters: Letters) -> Any:
        of, by = instance(tree.of, letters), instance(tree.wrt, letters)
        return self._oriented(self._world().derivative(of, by, tree.direct))

    def _marked(self, tree: Marked, letters: Letters) -> Any:
        return self._of(tree.body, letters)

    def _world(self) -> World:
        if self.world is None:
            raise Misfit("a symbol stands where a number should")
        return self.world

    def _oriented(self, value: Any) -> Any:
        """A vector as it stands on the page."""
        if is_array(value) and value.ndim == 1:
            return value[None, :] if self.rows else value[:, None]
        return value

    def _summed(self, tree: IndexSum, letters: Letters) -> Any:
        count = self.formulas.length(tree.last)
        first = 1 if tree.index == TIME and tree.last == "T" else 0
        total: Any = None
        if count > LONG:
            along = self._along(tree.body, tree.index, letters)
            if is_array(along):
                return along.sum()
        for index in range(first, first + count):
            term = self._of(tree.body, {**letters, tree.index: index})
            if total is not None and _shape(total) != _shape(term):
                raise Misfit("terms of several shapes are added")
            total = term if total is None else total + term
        return total

    def _along(self, tree: Tree, letter: str, letters: Letters) -> Any:
        """A scalar formula for every value of a letter at once, as a vector; None where its parts are not that plain."""
        match tree:
            case Name():
                return self._entries(self._world().read, tree.name, letter, letters)
            case Derivative() if not tree.direct and "[" not in tree.of:
                return self._entries(lambda name: self._world().derivative(tree.of, name, False), tree.wrt, letter, letters)
            case Number() | Length() if not getattr(tree, "of", None):
                return self.formulas.node(tree, [])
            case Sum() | Product() | Negative() | Quotient() | Power() | Call() | Marked():
                parts = [self._along(child, letter, letters) for child in tree.children]
                return None if any(part is None for part in parts) else self.formulas.node(tree, parts)
        return None

    def _entries(self, read: Callable[[str], Any], name: str, letter: str, letters: Letters) -> Any:
        base, index = _split(name)
        if letter not in index:
            return read(instance(name, letters))
        if base.endswith(OF_ALL) or any(not own.isdigit() and own != letter and own not in letters for own in index):
            return None  # the identity, whose entries are no array, and names over time
        array = read(base)
        return array[tuple(slice(None) if own == letter else _number(own, letters) for own in index)]

    def _element(self, tree: Element, letters: Letters) -> Any:
        """An entry, or a row, of an array; of a symbol as it is before it is set as a column or a row."""
        index = tuple(_number(own, letters) for own in tree.index)
        if not isinstance(tree.body, Name):
            value = self._of(tree.body, letters)
            named = numbers_in(tree.body)[:1] if isinstance(tree.body, Matrix) else []
            has_rows = any(own.of is not None and own.of.name.count("[") > 1 for own in named)
            return self._oriented(value[index]) if has_rows else self._picked(value, index)
        value = self._world().read(instance(tree.body.name, letters))
        return self._oriented(value[index])

    def _matrix(self, tree: Matrix, letters: Letters) -> Any:
        entries = [self._of(entry, letters) for row in tree.rows for entry in row]
        return self.formulas.own.array(entries, (len(tree.rows), len(tree.rows[0])))

    def _named(self, tree: Braced, letters: Letters) -> Any:
        """What stands over a brace is the cached term that the brace names."""
        value = self._of(tree.body, letters)
        if self.world is not None and tree.label in self.world.terms:
            self.braced.append((tree.label, value, self.world.terms[tree.label]))
        return value

    def _softmax(self, tree: Softmax, value: Any) -> Any:
        along = 1 if value.shape[0] == 1 or (tree.axis % 2 and value.shape[1] > 1) else 0
        return self.formulas.node(Softmax(Name("s"), along), [value])

    def _picked(self, value: Any, index: tuple[int, ...]) -> Any:
        if len(index) == 2:
            return value[index]
        if not is_array(value):  # the one entry of a product of a row and a column
            return value
        if 1 in value.shape:
            return value.reshape(-1)[index[0]]
        return self._oriented(value[index[0]])

    def _placed(self, tree: Placed, body: Any) -> Any:
        shape = tuple(map(self.formulas.length, tree.shape))
        size = shape if len(shape) == 2 else (1, shape[0]) if self.rows else (shape[0], 1)
        found = 0 * self.formulas.ones(size)
        index = tuple(map(int, tree.index))
        if len(index) < len(shape):
            found[index[0]] = body.reshape(-1)
        else:
            found[index if len(index) == 2 else (0, index[0]) if self.rows else (index[0], 0)] = body
        return found


_SPECIAL: dict[type, Callable[[Printed, Any, Letters], Any]] = {
    Number: Printed._digits,
    Name: Printed._read,
    Derivative: Printed._derivative,
    IndexSum: Printed._summed,
    Matrix: Printed._matrix,
    Braced: Printed._named,
    Element: Printed._element,
    Marked: Printed._marked,
}


def is_numeric(tree: Tree) -> bool:
    """Whether a tree has numbers alone, so that it can be computed from what is printed."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Name | Derivative | IndexSum) or (isinstance(node, Call) and node.function == "generic"):
            return False
        stack.extend(node.children)
    return True


def is_rational(tree: Tree) -> bool:
    """Whether a side of numbers is computed by the four operations alone, so that what it is equal to is known exactly."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Call | Softmax | Power):
            return False
        stack.extend(node.children)
    return True


def as_symbols(tree: Tree) -> Tree:
    """A tree without its colours, in which each number that is the value of a quantity is the quantity."""

    def write(node: Any, children: list[Tree]) -> Tree:
        match node:
            case Number() if node.of is not None:
                of, bar, by = node.of.name.partition("/d")
                return Derivative(of[1:], by) if bar else Name(node.of.name)
            case Marked():
                return children[0]
        return rebuild(node, children) if children else node

    return fold(tree, write)


def numbers_in(tree: Tree) -> list[Number]:
    """The numbers in a tree that are values of quantities."""
    found, stack = [], [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Number):
            found.extend([node] if node.of is not None else [])
        else:
            stack.extend(reversed(node.children))
    return found


def instance(name: str, letters: Letters) -> str:
    """A name with numbers for the letters of its indices."""
    if not letters or "[" not in name:
        return name
    base, index = _split(name)
    return base + "".join(f"[{_number(own, letters, own)}]" for own in index)


_split = lru_cache(maxsize=4096)(split_index)


def _number(index: str, letters: Letters, otherwise: Any = None) -> Any:
    """The number that an index stands for: 2 for t+1 where t is 1."""
    if index in letters:
        return letters[index]
    for sign, factor in (("+", 1), ("-", -1)):
        letter, found, away = index.partition(sign)
        if found and letter in letters:
            return letters[letter] + factor * int(away)
    return int(index) if otherwise is None else otherwise


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(value.shape) if is_array(value) else ()


def _shown(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "number"


def _as_array(formulas: Formulas, value: Any) -> Any:
    return value if is_array(value) else formulas.own.array([value], (1, 1))


def _product(left: Any, right: Any) -> Any:
    if left.shape[1] != right.shape[0]:
        raise Misfit(f"an array {_shown(left.shape)} is multiplied by one {_shown(right.shape)}")
    found = left @ right
    return found[0, 0] if found.shape == (1, 1) and len(right) > 1 else found


def difference(formulas: Formulas, one: Any, two: Any) -> Any:
    """The largest difference of two numbers or arrays, relative to the larger one. Raises Misfit for two shapes."""
    left, right = _alike(one, two)
    if not is_array(left):
        return relative(left, right)
    if left.dtype != object:
        import numpy

        sizes = numpy.maximum(abs(left), abs(right))
        return (abs(left - right) / numpy.where(sizes == 0, formulas.own.one, sizes)).max()
    return max(map(relative, left.flat, right.flat))


def _alike(one: Any, two: Any) -> tuple[Any, Any]:
    left, right = (part[0, 0] if _shape(part) == (1, 1) else part for part in (one, two))
    if _shape(left) != _shape(right):
        raise Misfit(f"a {_shown(_shape(left))} is set equal to a {_shown(_shape(right))}")
    return left, right


def relative(one: Any, two: Any) -> Any:
    """The difference of two numbers, relative to the larger one."""
    off = abs(one - two)
    return off / max(abs(one), abs(two)) if off else off


SHRINKS = Fraction(1, 10**20)  # how much smaller a rounding error is in more digits, at least


def is_rounding(own: Arithmetic, pair: tuple[Any, Any], more: Arithmetic, finer: tuple[Any, Any]) -> bool:
    """Whether two sides differ by rounding alone: what is between them goes away where more digits are computed with.

    ``finer`` has the same sides in the arithmetic ``more``.
    """
    sides = [[*side.flat] if is_array(side) else [side] for side in (*_alike(*pair), *_alike(*finer))]
    for one, two, fine, other in zip(*sides, strict=True):
        if relative(one, two) <= own.tolerance or relative(fine, other) <= more.tolerance:
            continue
        before = more.exactly(abs(one - two))
        if not abs(fine - other) <= before * more.number(SHRINKS):
            return False
    return True
