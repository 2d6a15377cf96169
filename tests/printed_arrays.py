"""Reads printed equations of arrays as a person does: vectors as columns or rows, products only of shapes that fit.

The values come from the unit level, where every entry is a symbol of its own; so whatever the index and the matrix level
print is compared with a derivation that has neither.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product as pairs
from typing import Any

from symbackprop.array_tree import (
    Element,
    IndexSum,
    Length,
    MatMul,
    Matrix,
    Ones,
    Placed,
    Shape,
    Softmax,
    Transpose,
)
from symbackprop.derivation import Derivation
from symbackprop.document.array_symbols import IDENTITY, OF_ALL
from symbackprop.document.model import Equation
from symbackprop.document.notation import own_output
from symbackprop.document.scripts import split_index
from symbackprop.precise import as_mpf, value
from symbackprop.tree import (
    Braced,
    Call,
    Derivative,
    Marked,
    Name,
    Number,
    Product,
    Quotient,
    Sum,
    Tree,
    derivative_name,
    names,
    rebuild,
)

Grid = list[list[Any]]  # rows of numbers
GENERIC = (lambda s: as_mpf(s) ** 3 / 7 + as_mpf(s), lambda s: 3 * as_mpf(s) ** 2 / 7 + 1)


@dataclass
class World:
    """Values of all entries by plain name, the shapes of arrays, and whether vectors are rows."""

    values: dict[str, Any]
    shapes: Mapping[str, Shape]
    rows: bool = False
    lengths: Mapping[str, int] = field(default_factory=dict)

    def length(self, length: int | str) -> int:
        return length if isinstance(length, int) else self.lengths[length] if length else 1

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(self.length(length) for length in self.shapes.get(name, ()))

    def read(self, name: str, letters: Mapping[str, int]) -> Any:
        """The value of a name: a number, or an array as it is printed."""
        key = _instantiated(name, letters)
        base, index = split_index(key)
        if base == IDENTITY:
            return Fraction(int(index[0] == index[1]))
        if key in self.values:
            return self.values[key]
        return self.array(key)

    def derivative(self, node: Derivative, letters: Mapping[str, int]) -> Any:
        of, wrt = _instantiated(node.of, letters), _instantiated(node.wrt, letters)
        key = Derivative(of, wrt, node.direct).name
        if key in self.values:
            return self.values[key]
        if of in self.values and wrt in self.values:
            return Fraction(0)  # neither reads the other
        return self.array(key)

    def array(self, name: str) -> Grid:
        shape = self.shape(name)
        if len(shape) == 1:
            own = [self.values[f"{name}[{i}]"] for i in range(shape[0])]
            return [own] if self.rows else [[entry] for entry in own]
        assert len(shape) == 2, f"there is no {name}"
        return [[self.values[f"{name}[{i}][{j}]"] for j in range(shape[1])] for i in range(shape[0])]


def _instantiated(name: str, letters: Mapping[str, int]) -> str:
    base, index = split_index(name)
    return base + "".join(f"[{letters.get(own, own)}]" for own in index)


def evaluate(tree: Tree, world: World, letters: Mapping[str, int] | None = None) -> Any:
    """The value of a printed tree: a number, or rows of numbers. Raises AssertionError where shapes do not fit."""
    own = letters or {}

    def of(child: Tree) -> Any:
        return evaluate(child, world, own)

    match tree:
        case Number():
            return tree.value
        case Length():
            return Fraction(world.length(tree.length))
        case Name():
            return world.read(tree.name, own)
        case Derivative():
            return world.derivative(tree, own)
        case Braced() | Marked():
            return of(tree.body)
        case Ones():
            rows, columns = (world.length(length) for length in tree.shape)
            return [[Fraction(1)] * columns for _ in range(rows)]
        case Matrix():
            return [[of(entry) for entry in row] for row in tree.rows]
        case Transpose():
            return _transposed(of(tree.body))
        case MatMul():
            return _product(of(tree.left), of(tree.right))
        case IndexSum():
            terms = [evaluate(tree.body, world, {**own, tree.index: i}) for i in range(world.length(tree.last))]
            total = terms[0]
            for term in terms[1:]:
                total = _each(lambda a, b: _plus(a, b), total, term)
            return total
        case Softmax():
            return _softmax(of(tree.body), tree.axis)
        case Element():
            return _picked(of(tree.body), [int(own.get(i, i)) for i in tree.index], world.rows)
        case Placed():
            return _placed(of(tree.body), [int(i) for i in tree.index], [world.length(n) for n in tree.shape], world.rows)
    parts = [of(child) for child in tree.children]
    if {_shape_of(part) for part in parts} == {(), (1, 1)}:  # a number and an array of one entry are the same on paper
        parts = [part[0][0] if isinstance(part, list) else part for part in parts]
    if isinstance(tree, Sum):
        kinds = {_shape_of(part) for part in parts}
        assert len(kinds) == 1, f"terms of the shapes {kinds} are added"
    stand_ins = rebuild(tree, [Name(f"_{index}") for index in range(len(parts))])
    assert isinstance(tree, Sum | Product | Quotient | Call) or len(parts) < 3
    return _each(lambda *entries: value(stand_ins, {f"_{i}": e for i, e in enumerate(entries)}, GENERIC), *parts)


def _plus(a: Any, b: Any) -> Any:
    return value(Sum((Name("a"), Name("b"))), {"a": a, "b": b})


def _shape_of(part: Any) -> tuple[int, ...]:
    return (len(part), len(part[0])) if isinstance(part, list) else ()


def _each(function: Callable[..., Any], *parts: Any) -> Any:
    """A function of every entry; a number goes with any array."""
    kinds = {_shape_of(part) for part in parts} - {()}
    assert len(kinds) < 2, f"arrays of the shapes {kinds} are joined entry by entry"
    if not kinds:
        return function(*parts)
    rows, columns = kinds.pop()
    pick = lambda part, i, j: part[i][j] if isinstance(part, list) else part  # noqa: E731
    return [[function(*(pick(part, i, j) for part in parts)) for j in range(columns)] for i in range(rows)]


def _transposed(grid: Grid) -> Grid:
    return [list(column) for column in zip(*grid, strict=True)]


def _product(left: Grid, right: Grid) -> Any:
    assert len(left[0]) == len(right), f"{_shape_of(left)} times {_shape_of(right)}"
    found = [[_dot(row, column) for column in _transposed(right)] for row in left]
    # A row times a column is a number.
    return found[0][0] if _shape_of(found) == (1, 1) and len(right) > 1 else found


def _dot(row: list[Any], column: list[Any]) -> Any:
    total: Any = Fraction(0)
    for a, b in zip(row, column, strict=True):
        total = _plus(total, value(Product((Name("a"), Name("b"))), {"a": a, "b": b}))
    return total


def _softmax(grid: Grid, axis: int) -> Grid:
    if len(grid) == 1 or (axis % 2 and len(grid[0]) > 1):
        return [_normalised(row) for row in grid]
    return _transposed([_normalised(column) for column in _transposed(grid)])


def _normalised(entries: list[Any]) -> list[Any]:
    powers = [as_mpf(value(Call("exp", (Name("s"),)), {"s": entry})) for entry in entries]
    return [power / sum(powers) for power in powers]


def _picked(grid: Any, index: list[int], rows: bool) -> Any:
    if len(index) == 2:
        return grid[index[0]][index[1]]
    if len(grid) == 1 or len(grid[0]) == 1:
        return (grid[0] if rows else [row[0] for row in grid])[index[0]]
    own = grid[index[0]]
    return [own] if rows else [[entry] for entry in own]


def _placed(body: Any, index: list[int], shape: list[int], rows: bool) -> Grid:
    size = (shape[0], shape[1]) if len(shape) == 2 else (1, shape[0]) if rows else (shape[0], 1)
    grid = [[Fraction(0)] * size[1] for _ in range(size[0])]
    if len(index) == len(shape):
        i, j = index if len(shape) == 2 else (0, index[0]) if rows else (index[0], 0)
        grid[i][j] = body
    else:
        grid[index[0]] = body[0] if rows else [row[0] for row in body]
    return grid


def same(one: Any, two: Any) -> bool:
    """Equal numbers or arrays; an array of one entry is equal to its number."""
    left, right = (part[0][0] if _shape_of(part) == (1, 1) else part for part in (one, two))
    if _shape_of(left) != _shape_of(right):
        return False
    flat = [left], [right]
    if isinstance(left, list):
        flat = [e for row in left for e in row], [e for row in right for e in row]
    return all(abs(as_mpf(a) - as_mpf(b)) <= 1e-30 * max(1, abs(as_mpf(a))) for a, b in zip(*flat, strict=True))


def instances(equation: Equation, world: World) -> Iterator[dict[str, int]]:
    """Every choice of the letters for which an equation holds."""
    letters = [letter for letter, _ in equation.ranges]
    yield from (dict(zip(letters, own, strict=True)) for own in pairs(*(range(world.length(last)) for _, last in equation.ranges)))


# Values from the unit level.


def random_values(derivation: Derivation, targets: tuple[str, ...] = ()) -> dict[str, Any]:
    """Random values of the given symbols; those of ``targets`` are positive and add up to 1."""
    seeded = random.Random(11)
    found: dict[str, Any] = {}
    for name in derivation.program.given:
        sign = seeded.choice([1, -1]) if split_index(name)[1] else 1  # a number may stand below a root
        found[name] = Fraction(sign * seeded.randint(1, 19), 10)
    for target in targets:
        own = [name for name in found if split_index(name)[0] == target]
        total = sum(abs(found[name]) for name in own)
        found.update({name: abs(found[name]) / total for name in own})
    return found


def surroundings(derivation: Derivation, given: Mapping[str, Any], terms: Any = ()) -> dict[str, Any]:
    """The value of everything in a derivation of scalars, from its given symbols, by the definitions' own rules."""
    known: dict[str, Any] = dict(given)
    known["learning_rate"] = Fraction(1, 10)
    known["s"] = Fraction(3, 10)
    program = derivation.program
    for definition in program.definitions:
        known[definition.name] = value(definition.tree, known, GENERIC)
        known[own_output(definition.name)] = known[definition.name]
    everything = set(known)
    for definition in program.definitions:
        for read in set(definition.reads):
            known[derivative_name(definition.name, read)] = Fraction(0)
        for read, slope in definition.partials(everything):
            name = derivative_name(definition.name, read)
            known[name] = _plus(known[name], value(getattr(slope, "tree", slope), known, GENERIC))
            known[Derivative(definition.name, read, direct=True).name] = known[name]
    for unit in derivation.network.units:  # an output stands for its net input where the activation is the identity
        if getattr(program.by_name[unit.output], "function", "") == "identity":
            for read in program.by_name[unit.net_input].reads:
                known.setdefault(derivative_name(unit.output, read), known[derivative_name(unit.net_input, read)])
    for step in derivation.backward_pass:
        known[step.name] = value(step.tree, known, GENERIC)
        if hasattr(step, "sign"):
            known[derivative_name(step.of, step.wrt)] = step.sign * known[step.name]
    for term in terms:
        known[term.name] = value(term.tree, known, GENERIC)
    for update in derivation.updates:
        known[update.name] = value(update.tree, known, GENERIC)
    return known


def of_all_samples(worlds: list[dict[str, Any]], share: Fraction, shapes: Mapping[str, Shape], rows: bool) -> dict[str, Any]:
    """The values of a batch: entries of all samples side by side, partials added and weighted."""
    found: dict[str, Any] = {}
    for name, own in worlds[0].items():
        each = [world[name] for world in worlds]
        if name.startswith("dE/d"):
            total = sum((as_mpf(entry) for entry in each), as_mpf(Fraction(0)))
            found[name] = total * as_mpf(share)
            base, index = split_index(name)
            for sample, entry in enumerate(each):
                found[_all(base, index, sample, rows)] = as_mpf(entry) * as_mpf(share)
            continue
        base, index = split_index(name)
        scale = share if base.startswith("delta_") else Fraction(1)
        found[name] = own
        for sample, entry in enumerate(each):
            found[_all(base, index, sample, rows)] = as_mpf(entry) * as_mpf(scale)
    found["E"] = sum((as_mpf(world["E"]) for world in worlds), as_mpf(Fraction(0))) * as_mpf(share)
    return {name: entry for name, entry in found.items() if split_index(name)[0] in shapes or OF_ALL not in name}


def _all(base: str, index: tuple[str, ...], sample: int, rows: bool) -> str:
    where = (str(sample), *index) if rows else (*index, str(sample))
    return base + OF_ALL + "".join(f"[{own}]" for own in where)


def has_names(tree: Tree) -> bool:
    return bool(names(tree))
