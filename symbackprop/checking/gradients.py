"""Gradient check: every partial against central differences, (E(θ + ε) − E(θ − ε)) / 2ε.

Both sides are computed in fifty digits, so that ε can be 10⁻¹⁵: the truncation error, of order ε², and the
rounding error, of order 10⁻⁵⁰/ε, are then both far below the tolerance. (Document 004 gives the formula.)
A gradient that is zero has no relative error: it passes where both sides are zero but for the rounding of the digits computed with.
At a kink of ReLU, |·|, max … a difference quotient means nothing. It is recognised by the branches taken at
θ, θ + ε and θ − ε, and reported with both one-sided slopes. Where there are too many parameters to move one by one, all of
them are moved at once along a random direction, whose slope is the gradient's product with it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import chain
from typing import Any

from ..arrays import element_name
from ..derivation import Derivation
from ..errors import InputError
from ..precise import Value, as_mpf, context, value
from ..program import Forward
from ..tree import Tree, size
from .branches import conditions
from .points import (
    OWN,
    Generic,
    Point,
    completed_point,
    evaluated,
    few,
    forward_values,
    gradient,
    liveliest,
    reduced,
    shown,
    summed,
)
from .report import DOUBLE, FAIL, GRADIENT, NOT_CHECKED, PASS, Progress, Result
from .rounding import UNIT_ROUNDOFF, rounding_errors

Direction = Mapping[str, Fraction]  # how far each symbol moves
Errors = Callable[[], Mapping[str, Any]]  # the rounding errors of the objective and the gradient

STEP = Fraction(1, 10**15)
ONE = Fraction(1)
TOLERANCE = Fraction(1, 10**15)  # relative
FLOOR = Fraction(1, 10**30)  # of the objective: below it a difference quotient has no digits left
DOUBLE_TOLERANCE = 1e-9
MARGIN = 30  # times the rounding error that is expected: functions are off by more than half a unit in the last place
POINTS_DRAWN = 8
MAX_WORK = 200_000  # leaves of formulas evaluated; parameters beyond that are moved together only, and the report says so


def check_gradients(derivation: Derivation, progress: Progress = iter) -> Iterator[Result]:
    """One result per partial by a given symbol. Raises InputError where the network's own values give no finite objective."""
    network, program = derivation.network, derivation.program
    point = _point(derivation)
    given = set(program.given)
    names = [symbol for symbol in derivation.partials if symbol in given]
    if point is None:
        yield Result("gradient", GRADIENT, NOT_CHECKED, "no values were found at which the objective is finite")
        return
    work = sum(size(definition.tree) for definition in program.definitions)
    samples = len(point.rows)
    point = few(point, work)
    for row in point.rows:
        forward_values(program, row, point.generic)
    try:
        analytic = gradient(derivation, point)
    except InputError as error:
        yield Result("gradient", GRADIENT, FAIL, f"the derivation has no finite value: {error.message}")
        return
    count = max(1, MAX_WORK // max(work * 2 * len(point.rows), 1))
    source = random.Random(0)
    chosen = set(names if count >= len(names) else source.sample(names, count))
    switches = _switches(program.definitions)
    errors = cache(lambda: _rounding(derivation, point))  # it takes as long as the gradient, and is seldom needed
    for name in progress([name for name in names if name in chosen]):
        yield _compared(derivation, point, name, analytic[name], {name: ONE}, switches, errors)
    if len(chosen) < len(names):
        direction = {name: Fraction(source.choice((-1, 1)) * source.randint(1, 1000), 1000) for name in names}
        slope = summed([as_mpf(part) * as_mpf(analytic[name]) for name, part in direction.items()])
        yield _compared(derivation, point, f"all {len(names)} at once", slope, direction, switches, errors)
        text = f"the network is large: {len(names) - len(chosen)} of {len(names)} parameters were not moved alone"
        yield Result("gradient", GRADIENT, NOT_CHECKED, text)
    if len(point.rows) < samples:
        text = f"the network is large: {samples - len(point.rows)} of {samples} samples were left out"
        yield Result("gradient", GRADIENT, NOT_CHECKED, text)
    if point.kind == OWN:
        if derivation.objective == network.objective and len(point.rows) == samples:
            yield _double_precision(derivation, analytic, errors)
    else:
        yield Result("gradient", GRADIENT, PASS, f"taken at {point.kind}, as the network does not give them all")


def _point(derivation: Derivation) -> Point | None:
    """The network's own values, or the best of some completed with random ones."""
    drawn = (completed_point(derivation.network, derivation.program, seed) for seed in range(POINTS_DRAWN))
    first = next(drawn)
    if first is None or first.kind == OWN:
        return first
    return liveliest(derivation, [first, *(point for point in drawn if point is not None)], 1)[0]


@dataclass(frozen=True, slots=True)
class _Switch:
    """A place where a formula takes one of two branches, by the sign of ``tree``."""

    definition: str
    tree: Tree


def _switches(definitions: tuple[Forward, ...]) -> tuple[_Switch, ...]:
    return tuple(_Switch(definition.name, tree) for definition in definitions for tree in conditions(definition.tree))


def _rounding(derivation: Derivation, point: Point) -> Mapping[str, Any]:
    """Rounding errors of the objective and of its partials by given symbols, in units of the last place; none of a generic σ."""
    if point.generic is not None:
        return {}
    definitions = (*derivation.program.definitions, *derivation.backward_pass)
    rows = [rounding_errors(definitions, evaluated(definitions, row)) for row in point.rows]
    partials = {symbol: definition.name for symbol, definition in derivation.partials.items()}
    columns = {derivation.objective: derivation.objective, **partials}
    return {symbol: reduced(derivation.network, [row[name] for row in rows]) for symbol, name in columns.items()}


def _compared(
    derivation: Derivation,
    point: Point,
    name: str,
    analytic: Value,
    direction: Direction,
    switches: tuple[_Switch, ...],
    errors: Errors,
) -> Result:
    try:
        centre, below, above = (_run(derivation, point, direction, shift, switches) for shift in (Fraction(0), -STEP, STEP))
    except InputError as error:
        return Result(name, GRADIENT, NOT_CHECKED, f"no finite value beside the point: {error.message}")
    left = (as_mpf(centre.objective) - as_mpf(below.objective)) / as_mpf(STEP)
    right = (as_mpf(above.objective) - as_mpf(centre.objective)) / as_mpf(STEP)
    exact, numeric = as_mpf(analytic), (left + right) / 2
    difference, largest = abs(exact - numeric), max(abs(exact), abs(numeric))
    cells = (name, shown(exact), shown(numeric), shown(difference / largest if largest else difference, 2))
    signs = zip(switches, centre.signs, below.signs, above.signs, strict=True)
    turned = dict.fromkeys(switch.definition for switch, *own in signs if len(set(own)) > 1)
    if turned:
        text = f"at a kink of {', '.join(turned)}: slope {shown(left, 6)} below, {shown(right, 6)} above, {shown(exact, 6)} taken"
        return Result(name, GRADIENT, NOT_CHECKED, text, cells)
    if difference <= as_mpf(TOLERANCE) * largest:
        return Result(name, GRADIENT, PASS, "", cells)
    if difference <= as_mpf(FLOOR) * max(abs(as_mpf(centre.objective)), context().mpf(1)):
        rounding = errors()
        if rounding and abs(exact) <= _rounded(rounding[own] for own in direction):
            if abs(numeric) <= _rounded([rounding[derivation.objective]]) / as_mpf(STEP):
                return Result(name, GRADIENT, PASS, "", (name, "0", "0", "0"))
        return Result(name, GRADIENT, NOT_CHECKED, "too small for a difference quotient to tell", cells)
    return Result(name, GRADIENT, FAIL, f"the derivation gives {shown(exact)}, central differences give {shown(numeric)}", cells)


def _rounded(errors: Iterable[Any]) -> Any:
    """What numbers with these rounding errors may be off in the digits that checks compute with."""
    return MARGIN * context().eps * sum(errors)


@dataclass(frozen=True, slots=True)
class _Run:
    """One forward pass over all samples: the objective, and the sign of every branch condition."""

    objective: Value
    signs: tuple[tuple[int, ...], ...]


def _run(derivation: Derivation, point: Point, direction: Direction, shift: Fraction, switches: tuple[_Switch, ...]) -> _Run:
    objectives: list[Value] = []
    signs: list[tuple[int, ...]] = []
    for row in point.rows:
        moved = {name: row[name] + shift * part for name, part in direction.items()}
        values = forward_values(derivation.program, {**row, **moved}, point.generic)
        objectives.append(values[derivation.objective])
        signs.append(tuple(_sign(switch.tree, values, point.generic) for switch in switches))
    return _Run(reduced(derivation.network, objectives), tuple(zip(*signs, strict=True)))


def _sign(tree: Tree, values: Mapping[str, Value], generic: Generic | None) -> int:
    number = value(tree, values, generic)
    return int(number > 0) - int(number < 0)


def _entries(name: str, value: Any) -> Iterator[tuple[str, float]]:
    """The numbers of nested lists by the names of entries."""
    if not isinstance(value, list):
        yield name, value
        return
    for index, part in enumerate(value):
        yield from _entries(element_name(name, (index,)), part)


def _double_precision(derivation: Derivation, analytic: Mapping[str, Value], errors: Errors) -> Result:
    """The same gradient from the generated function, of arrays that on NumPy, in double precision.

    Of a partial that is far smaller than what it is the difference of, no more is asked than its rounding error allows.
    """
    from ..numeric import evaluate

    # A step of a sequence and an entry of an array look alike, so a recurrent network is taken step by step.
    network = derivation.given if derivation.given.steps is None else derivation.network
    found = dict(chain.from_iterable(_entries(name, own) for name, own in evaluate(network).gradient.items()))
    worst, at = 0.0, ""
    for name in (name for name in analytic if name in found):
        reference = as_mpf(analytic[name])
        difference, size = abs(context().mpf(found[name]) - reference), abs(reference)
        if difference > DOUBLE_TOLERANCE * size:
            size = max(size, MARGIN * UNIT_ROUNDOFF * errors()[name] / DOUBLE_TOLERANCE)
        error = float(difference / size) if difference else 0.0
        if error >= worst or math.isnan(error):
            worst, at = error, name
    text = f"worst relative error {worst:.1e}" + (f" at {at}" if at else "")
    verdict = PASS if worst <= DOUBLE_TOLERANCE else FAIL
    return Result("gradient", DOUBLE, verdict, "", ("gradient", "the evaluating function, in double precision", text))
