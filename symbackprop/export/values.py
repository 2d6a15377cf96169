"""The numbers of a file's self-check: values for all arguments, and what comes out, computed in fifty digits.

The expected results belong to the doubles that the file has, not to the decimals of the network, so that nothing but the
rounding of the computation is between them and what the file's function gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..array_tree import Shape
from ..arrays import element_names
from ..checking.levels import levels_of
from ..checking.points import OWN, Point, completed_point, evaluated, few, reduced
from ..derivation import Derivation
from ..errors import InputError
from ..precise import Value, as_mpf
from ..program import ErrorSignal
from ..shapes import SCALAR
from ..tree import size
from .printing import flat
from .program import Exported

Nested = Any  # a float, or nested lists of floats
RELATIVE = 1e-12  # what a result may differ from the expected one, of the largest of them
SEEDS = range(8)


@dataclass(frozen=True)
class Numbers:
    """What is the same in all samples, what differs, and the objective and gradient over all of them, with their tolerances."""

    shared: Mapping[str, Nested]
    samples: Sequence[Mapping[str, Nested]]
    objective: float
    objective_tolerance: float
    gradient: Mapping[str, Nested]
    gradient_tolerance: float
    shapes: Mapping[str, Shape]
    is_mean: bool
    origin: str  # what values they are, in words


def numbers_for(exported: Exported, source: Derivation) -> Numbers:
    """The numbers of a self-check. Raises InputError where no values with a finite objective and gradient are found."""
    unit, shapes = _written_out(exported, source)
    for point in _points(unit):
        try:
            rows = tuple({name: _as_double(value) for name, value in row.items()} for row in point.rows)
            point = Point(point.kind, rows)
            results = _results(unit, point)
        except (InputError, OverflowError):
            continue
        return _gathered(exported, unit, shapes, point, results)
    where = exported.derivation.objective
    raise InputError("no values were found at which it is finite, for the self-check; give some in [values]", where)


def _written_out(exported: Exported, source: Derivation) -> tuple[Derivation, Mapping[str, Shape]]:
    """The derivation in scalars, and the shapes of all symbols with numbers for the lengths that are not given."""
    if not source.given.is_array:
        return source, {}
    levels = levels_of(source)
    shapes = {
        name: tuple(levels.lengths.get(length, length) if isinstance(length, str) else length for length in shape)
        for name, shape in exported.shapes.items()
    }
    return levels.unit, shapes


def _points(unit: Derivation) -> Iterator[Point]:
    """The network's own values, completed where some are missing; then others."""
    leaves = sum(size(definition.tree) for definition in unit.program.definitions)
    for seed in SEEDS:
        if (point := completed_point(unit.network, unit.program, seed)) is not None:
            yield few(point, leaves)
            if point.kind == OWN:
                return


def _as_double(value: Value) -> Fraction:
    return Fraction(float(as_mpf(value)))


def _results(unit: Derivation, point: Point) -> dict[str, float]:
    """The objective under its name and each partial under that of its symbol, over all samples, as doubles."""
    rows = [evaluated((*unit.program.definitions, *unit.backward_pass), row) for row in point.rows]
    found = {unit.objective: float(as_mpf(reduced(unit.network, [row[unit.objective] for row in rows])))}
    partials: dict[str, float] = {}
    for symbol, definition in unit.partials.items():
        sign = definition.sign if isinstance(definition, ErrorSignal) else 1
        partials[symbol] = sign * float(as_mpf(reduced(unit.network, [row[definition.name] for row in rows])))
    partials.setdefault(unit.objective, 1.0)
    for number in (*found.values(), *partials.values()):
        if abs(number) > 1e300:
            raise OverflowError
    return {"": found[unit.objective], **partials}


def _gathered(
    exported: Exported, unit: Derivation, shapes: Mapping[str, Shape], point: Point, results: Mapping[str, float]
) -> Numbers:
    """The numbers by argument and by part of the gradient, nested as their shapes are."""
    parameters = {*exported.derivation.given.parameters, *exported.derivation.given.frozen}

    def whole(name: str, known: Mapping[str, Value]) -> Nested:
        shape = shapes.get(name, SCALAR)
        return _nested([float(known[entry]) for entry in element_names(name, shape)], shape)

    symbols = [symbol.name for symbol in exported.arguments]
    shared = {name: whole(name, point.rows[0]) for name in symbols if name in parameters}
    samples = [{name: whole(name, row) for name in symbols if name not in parameters} for row in point.rows]
    gradient = {result.name: whole(result.name, results) for result in exported.results}
    shown = {name: shapes.get(name, SCALAR) for name in (*symbols, *gradient)}
    is_mean = unit.network.reduction == "mean"
    largest = max(map(abs, flat(list(gradient.values()))), default=0.0)
    tolerances = (RELATIVE * abs(results[""]), RELATIVE * largest)
    return Numbers(shared, samples, results[""], tolerances[0], gradient, tolerances[1], shown, is_mean, point.kind)


def _nested(numbers: list[float], shape: Shape) -> Nested:
    if not shape:
        return numbers[0]
    step = len(numbers) // int(shape[0])
    return [_nested(numbers[start : start + step], shape[1:]) for start in range(0, len(numbers), step)]
