"""Points at which a derivation is evaluated in fifty digits: the network's own values, or random ones.

A point gives every given symbol a value, one mapping per sample, and the generic σ a concrete smooth
function with its derivative. All checks compute with the same quantities, made here from the program.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Protocol

from ..derivation import Derivation
from ..errors import InputError
from ..functions import GENERIC
from ..given import adding_up_to_one
from ..network import LEARNING_RATE, Network
from ..precise import Value, as_mpf, context, value
from ..program import Program
from ..tree import Call, Name, Number, Product, Sum, Tree

OWN = "the network's values"
RANDOM = "random values"
_TRIES = 20  # draws before a network is said to have no finite value
_MAX_WORK = 500_000  # leaves of formulas evaluated for all samples of a point
_LEAST = Fraction(1, 10**10)

Generic = tuple[Callable[[Value], Value], Callable[[Value], Value]]


@dataclass(frozen=True, slots=True)
class SmoothFunction:
    """a tanh(b s + c), to stand for the generic σ. It has s once, so that nested it does not grow."""

    a: Fraction
    b: Fraction
    c: Fraction

    def value(self, s: Value) -> Value:
        return as_mpf(self.a) * context().tanh(as_mpf(self.b) * as_mpf(s) + as_mpf(self.c))

    def slope(self, s: Value) -> Value:
        return as_mpf(self.a) * as_mpf(self.b) / context().cosh(as_mpf(self.b) * as_mpf(s) + as_mpf(self.c)) ** 2

    def tree(self, s: Tree) -> Tree:
        """The function of ``s`` as a formula."""
        return Product((Number(self.a), Call("tanh", (Sum((Product((Number(self.b), s)), Number(self.c))),))))


@dataclass(frozen=True, slots=True)
class Point:
    """Values of all given symbols: one mapping per sample. ``kind`` is `OWN` or `RANDOM`, or says which symbols are random."""

    kind: str
    rows: tuple[Mapping[str, Value], ...]
    smooth: SmoothFunction | None = None

    @property
    def is_own(self) -> bool:
        """Whether it is the network's own values."""
        return self.kind == OWN

    @property
    def generic(self) -> Generic | None:
        """The generic σ and its derivative, where the network has one."""
        return (self.smooth.value, self.smooth.slope) if self.smooth is not None else None


def uses_generic(program: Program) -> bool:
    """Whether an activation of the program is left undefined."""
    return any(_calls(definition.tree, GENERIC) for definition in program.definitions)


def _calls(tree: Tree, function: str) -> bool:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Call) and node.function == function:
            return True
        stack.extend(node.children)
    return False


def own_point(network: Network, program: Program) -> Point | None:
    """The network's own values; None where one is missing or σ is generic."""
    rows = _own_rows(network)
    if uses_generic(program) or any(name not in row for row in rows for name in program.given):
        return None
    return Point(OWN, rows)


def _own_rows(network: Network) -> tuple[dict[str, Value], ...]:
    rate = {} if network.learning_rate is None else {LEARNING_RATE: network.learning_rate.value}
    rows = (network.numbers_of(index) for index in range(max(1, len(network.samples))))
    return tuple({name: number.value for name, number in row.items()} | rate for row in rows)


def completed_point(network: Network, program: Program, seed: int = 0) -> Point | None:
    """The network's own values, random ones for what is missing and for a generic σ; None where nothing finite comes out."""
    own = own_point(network, program)
    if own is not None:
        return own
    rows = _own_rows(network)
    some = any(name in rows[0] for name in program.given)
    kind = f"{OWN}, random where there are none" if some else RANDOM
    for drawn in _draws(network, program, seed, len(rows), 1.0):
        merged = tuple(_with_shares(network, {**one, **two}, two) for one, two in zip(drawn.rows, rows, strict=True))
        point = Point(kind, merged, drawn.smooth)
        if _is_finite(program, point):
            return point
    return None


def random_points(network: Network, program: Program, count: int, seed: int, rows: int = 0) -> list[Point]:
    """Points with every given symbol drawn anew, of several sizes. Fewer than ``count`` where the network is not finite everywhere.

    ``rows`` is the number of samples; by default as many as the network has.
    """
    found: list[Point] = []
    for index in range(count):
        scale = (0.5, 1.0, 2.0, 4.0)[index % 4]
        draws = _draws(network, program, seed + index, rows or max(1, len(network.samples)), scale)
        point = next((point for point in draws if _is_finite(program, point)), None)
        if point is not None:
            found.append(point)
    return found


def _draws(network: Network, program: Program, seed: int, rows: int, scale: float) -> Iterator[Point]:
    """Points of random values; every second one is positive and below 1, where logarithms and roots are defined."""
    source = random.Random(f"{seed} {scale}")
    parameters = {*network.parameters, *network.frozen}  # the same in all samples
    for attempt in range(_TRIES):

        def draw(inside: bool = attempt % 2 == 1) -> Fraction:
            if inside:
                return Fraction(source.randint(1, 999), 1000)
            return Fraction(source.choice((-1, 1)) * source.randint(1, int(1000 * scale)), 1000)

        shared = {name: draw() for name in program.given if name in parameters}
        shared[LEARNING_RATE] = draw(True)
        data = [name for name in program.given if name not in parameters]
        samples = tuple(_with_shares(network, shared | {name: draw() for name in data}, ()) for _ in range(rows))
        coefficients = (Fraction(source.randint(200, 2000), 1000) for _ in range(3))
        yield Point(RANDOM, samples, SmoothFunction(*coefficients) if uses_generic(program) else None)


def _with_shares(network: Network, row: dict[str, Value], own: Collection[str]) -> dict[str, Value]:
    """``row`` with targets that are shares of 1 where they must be; those that are the network's ``own`` stay."""
    for group in adding_up_to_one(network):
        drawn = [name for name in group if name not in own]
        rest = 1 - sum((row[name] for name in group if name in own), Fraction(0))
        whole = sum((abs(row[name]) for name in drawn), Fraction(0))
        row |= {name: rest * abs(row[name]) / whole for name in drawn}
    return row


def few(point: Point, leaves: int) -> Point:
    """The point with no more samples than are evaluated in reasonable time, where each evaluates so many leaves."""
    return replace(point, rows=point.rows[: max(1, _MAX_WORK // max(leaves, 1))])


def _is_finite(program: Program, point: Point) -> bool:
    try:
        for row in point.rows:
            forward_values(program, row, point.generic)
    except InputError:
        return False
    return True


def forward_values(program: Program, row: Mapping[str, Value], generic: Generic | None = None) -> dict[str, Value]:
    """The given symbols of one sample and every forward definition. Raises InputError where one has no finite value."""
    return evaluated(program.definitions, row, generic)


class Line(Protocol):
    """A definition, or an entry of one: a name and what it stands for."""

    @property
    def name(self) -> str: ...

    @property
    def tree(self) -> Tree: ...


def evaluated(definitions: Iterable[Line], known: Mapping[str, Value], generic: Generic | None = None) -> dict[str, Value]:
    """``known`` and the value of each definition, in order, by plain name."""
    lookup = dict(known)
    for definition in definitions:
        if definition.name not in lookup:
            lookup[definition.name] = value(definition.tree, lookup, generic)
    return lookup


def summed(values: Collection[Value]) -> Value:
    """The sum, exact where all are."""
    numbered = {str(index): one for index, one in enumerate(values)}
    return value(Sum(tuple(Name(index) for index in numbered)), numbered)


def reduced(network: Network, values: Collection[Value]) -> Value:
    """What the loss makes of one number per sample: their sum, or their mean."""
    return summed(values) / len(values) if network.reduction == "mean" else summed(values)


def gradient(derivation: Derivation, point: Point) -> dict[str, Value]:
    """The derivation's partial of the whole objective, over all samples, by each given symbol it was asked for."""
    given = set(derivation.program.given)
    wanted = [definition for symbol, definition in derivation.partials.items() if symbol in given]
    rows = [evaluated((*derivation.program.definitions, *derivation.backward_pass), row, point.generic) for row in point.rows]
    return {definition.wrt: reduced(derivation.network, [row[definition.name] for row in rows]) for definition in wanted}


def liveliest(derivation: Derivation, points: Iterable[Point], count: int) -> list[Point]:
    """The points at which most partials are not zero: where a rectified unit is off, zero equals zero and nothing is tested."""

    def live(point: Point) -> int:
        try:
            return sum(number != 0 for number in gradient(derivation, point).values())
        except InputError:
            return -1

    return sorted(points, key=live, reverse=True)[:count]


def relative_difference(one: Value, two: Value) -> Any:
    """|one − two| over the larger of them; of tiny values the absolute difference counts."""
    left, right = as_mpf(one), as_mpf(two)
    return abs(left - right) / max(abs(left), abs(right), as_mpf(_LEAST))


def shown(number: Value, digits: int = 12) -> str:
    """A value with so many significant digits, for a report."""
    if isinstance(number, Fraction) and number.denominator == 1 and abs(number) < 10**digits:
        return str(number)
    return str(context().nstr(as_mpf(number), digits))
