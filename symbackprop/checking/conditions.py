"""Random points at which what a claim assumes is true."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

from ..derivation import Derivation
from ..errors import InputError
from ..precise import Value, as_mpf, value
from ..tree import Call, Name, Tree, names
from .points import Point, random_points
from .quantities import Vocabulary, quantities
from .statement import Comparison

TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_AT_ONCE = 4  # points that are drawn together, of all sizes
_DRAWS = 12  # times as many points as are wanted, before there are said to be none


def is_true(relation: str, one: Value, two: Value, tolerance: Fraction, floor: Fraction) -> bool:
    """Whether two values stand in a relation; equal to within ``tolerance`` of the larger, and ``floor``, is equal."""
    left, right = as_mpf(one), as_mpf(two)
    allowed = as_mpf(tolerance) * max(abs(left), abs(right)) + as_mpf(floor)
    match relation:
        case "!=":
            return bool(abs(left - right) > allowed)
        case "<=":
            return bool(left - right <= allowed)
        case ">=":
            return bool(right - left <= allowed)
        case "<":
            return bool(right - left > allowed)
        case ">":
            return bool(left - right > allowed)
    return bool(abs(left - right) <= allowed)


def points_where(
    conditions: Sequence[Comparison], words: Vocabulary, derivation: Derivation, count: int, seed: int, rows: int
) -> Iterator[Point]:
    """Up to ``count`` random points at which all conditions are true, one after the other.

    A condition on one given symbol is put into the point.
    """
    network, program = derivation.network, derivation.program
    used = {name for condition in conditions for side in (condition.left, condition.right) for name in names(side)}
    narrow = words.narrowed(used)
    found = 0
    for start in range(0, _DRAWS * count, _AT_ONCE):
        for index, drawn in enumerate(random_points(network, program, _AT_ONCE, seed + start, rows), start):
            point = replace(drawn, rows=tuple(_fitted(row, conditions, index) for row in drawn.rows))
            with suppress(InputError):
                samples = quantities(narrow, point)
                if all(_holds(condition, sample, point) for condition in conditions for sample in samples):
                    yield point
                    found += 1
            if found == count:
                return


def point_where(conditions: Sequence[Comparison], words: Vocabulary, point: Point) -> Point | None:
    """A point with the values that conditions give to given symbols; None where they are not all true then."""
    rows = []
    for row in point.rows:
        found = dict(row)
        for name, relation, bound, size in (own for condition in conditions for own in _simple(condition, row)):
            if relation == "=" and not size:
                found[name] = bound
        rows.append(found)
    moved = replace(point, rows=tuple(rows))
    used = {name for condition in conditions for side in (condition.left, condition.right) for name in names(side)}
    with suppress(InputError):
        samples = quantities(words.narrowed(used), moved)
        if all(_holds(condition, sample, moved) for condition in conditions for sample in samples):
            return moved
    return None


def _holds(condition: Comparison, sample: Mapping[str, Value], point: Point) -> bool:
    left, right = (value(side, sample, point.generic) for side in (condition.left, condition.right))
    return is_true(condition.relation, left, right, Fraction(1, 10**30), Fraction(1, 10**40))


def _fitted(row: Mapping[str, Value], conditions: Sequence[Comparison], index: int) -> dict[str, Value]:
    """The row with given symbols moved so that conditions on them alone are true."""
    source = random.Random(index)
    found = dict(row)
    for condition in conditions:
        for name, relation, bound, size in _simple(condition, found):
            other = Fraction(source.randint(1, 3000), 1000)
            inside = abs(bound) * Fraction(source.randint(-999, 999), 1000)
            if size and relation in ("<=", "<"):
                found[name] = inside
            elif size and relation in (">=", ">"):
                found[name] = source.choice((-1, 1)) * (abs(bound) + other)
            elif relation == "=":
                found[name] = bound
            elif relation in ("<=", "<"):
                found[name] = bound - other
            elif relation in (">=", ">"):
                found[name] = bound + other
    return found


def _simple(condition: Comparison, row: Mapping[str, Value]) -> Iterator[tuple[str, str, Value, bool]]:
    """(symbol, relation, what it is compared with, whether its size is meant) of a condition on a given symbol."""
    sides: tuple[tuple[Tree, str, Tree], ...] = (
        (condition.left, condition.relation, condition.right),
        (condition.right, TURNED.get(condition.relation, condition.relation), condition.left),
    )
    for side, relation, other in sides:
        size = isinstance(side, Call) and side.function == "abs"
        inner = side.arguments[0] if isinstance(side, Call) and size else side
        if isinstance(inner, Name) and inner.name in row and inner.name not in names(other) and set(names(other)) <= row.keys():
            yield inner.name, relation, value(other, row), size
            return
