"""Random points at which what a claim assumes is true."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

from ..derivation import Derivation
from ..errors import InputError
from ..given import adding_up_to_one
from ..network import LEARNING_RATE
from ..precise import Value, as_mpf, is_exact, value
from ..tree import Call, Name, Tree, names
from .points import Point, random_points
from .quantities import Vocabulary, quantities
from .statement import Comparison

_ROUNDING = Fraction(1, 10**300)  # relative
_NOISE = Fraction(1, 10**370)  # of the largest value: what is left where terms cancel
TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_AT_ONCE = 4  # points that are drawn together, of all sizes
_DRAWS = 12  # times as many points as are wanted, before there are said to be none


def is_true(relation: str, one: Value, two: Value, scale: Value = Fraction(1)) -> bool:
    """Whether two values stand in a relation: exactly, or but for rounding. ``scale`` is the largest value they are made of."""
    if is_exact(one) and is_exact(two):
        left, right, allowed = one, two, Fraction(0)
    else:
        left, right = as_mpf(one), as_mpf(two)
        allowed = as_mpf(_ROUNDING) * max(abs(left), abs(right)) + as_mpf(_NOISE) * max(as_mpf(scale), 1)
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


def spread(point: Point, derivation: Derivation, seed: int) -> Point:
    """The point with every given symbol far smaller or larger, each by a power of ten of its own; shares of one stay."""
    source = random.Random(seed)
    kept = {LEARNING_RATE, *(name for group in adding_up_to_one(derivation.network) for name in group)}
    powers = {name: Fraction(10) ** source.randint(-2, 3) for name in derivation.program.given if name not in kept}
    given = {*powers, *kept}
    rows = tuple({name: own * powers.get(name, 1) for name, own in row.items() if name in given} for row in point.rows)
    return replace(point, rows=rows)


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
            with suppress(InputError):
                known = quantities(narrow, drawn)
                rows_there = tuple(_fitted(row, own, conditions, index) for row, own in zip(drawn.rows, known, strict=True))
                point = replace(drawn, rows=rows_there)
                samples = quantities(narrow, point)
                if all(_holds(condition, sample, point) for condition in conditions for sample in samples):
                    yield point
                    found += 1
            if found == count:
                return


def point_where(conditions: Sequence[Comparison], words: Vocabulary, point: Point) -> Point | None:
    """A point with the values that conditions give to given symbols; None where they are not all true then."""
    used = {name for condition in conditions for side in (condition.left, condition.right) for name in names(side)}
    narrow = words.narrowed(used)
    with suppress(InputError):
        rows = []
        for row, known in zip(point.rows, quantities(narrow, point), strict=True):
            moves = (own for condition in conditions for own in _simple(condition, row, known))
            rows.append({**row, **{name: bound for name, relation, bound, size in moves if relation == "=" and not size}})
        moved = replace(point, rows=tuple(rows))
        samples = quantities(narrow, moved)
        if all(_holds(condition, sample, moved) for condition in conditions for sample in samples):
            return moved
    return None


def is_true_at(conditions: Sequence[Comparison], point: Point) -> bool:
    """Whether conditions on given symbols are true at a point."""
    return all(_holds(condition, row, point) for condition in conditions for row in point.rows)


def _holds(condition: Comparison, sample: Mapping[str, Value], point: Point) -> bool:
    left, right = (value(side, sample, point.generic) for side in (condition.left, condition.right))
    return is_true(condition.relation, left, right)


def _fitted(row: Mapping[str, Value], known: Mapping[str, Value], conditions: Sequence[Comparison], index: int) -> dict[str, Value]:
    """The row with given symbols moved to where conditions put them; ``known`` are the quantities that conditions name."""
    source = random.Random(index)
    found = dict(row)
    for condition in conditions:
        for name, relation, bound, size in _simple(condition, found, {**known, **found}):
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


def _simple(condition: Comparison, row: Mapping[str, Value], known: Mapping[str, Value]) -> Iterator[tuple[str, str, Value, bool]]:
    """(symbol, relation, what it is compared with, whether its size is meant) of a condition on a given symbol."""
    sides: tuple[tuple[Tree, str, Tree], ...] = (
        (condition.left, condition.relation, condition.right),
        (condition.right, TURNED.get(condition.relation, condition.relation), condition.left),
    )
    for side, relation, other in sides:
        size = isinstance(side, Call) and side.function == "abs"
        inner = side.arguments[0] if isinstance(side, Call) and size else side
        if isinstance(inner, Name) and inner.name in row and inner.name not in names(other) and set(names(other)) <= known.keys():
            yield inner.name, relation, value(other, known), size
            return
