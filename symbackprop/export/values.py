"""The numbers of a file's self-check: values for all arguments, and what comes out, computed in fifty digits.

The expected results belong to the doubles that the file has, not to the decimals of the network, so that nothing but the
rounding of the computation is between them and what the file's function gives. Values at which rounding decides, beside a kink
or where everything cancels, are not taken; others are drawn then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

from ..array_tree import Shape
from ..checking.levels import Levels, levels_of
from ..checking.points import OWN, Point, completed_point, few, random_points
from ..derivation import Derivation
from ..errors import InputError
from ..precise import Value, as_mpf
from ..tree import size
from .program import Exported
from .trial import Trial, tried

Nested = Any  # a float, or nested lists of floats
SEEDS = range(8)


@dataclass(frozen=True)
class Numbers:
    """Values that are the same in all samples, those that differ, the gradient over all of them, and what the check needs."""

    shared: Mapping[str, Nested]
    samples: Sequence[Mapping[str, Nested]]
    gradient: Mapping[str, Nested]
    shapes: Mapping[str, Shape]
    is_mean: bool
    origin: str  # what values they are, in words
    trial: Trial


class Settled(NamedTuple):
    """The derivation in scalars, numbers for the lengths that are not given, and values with what comes out at them."""

    unit: Derivation
    lengths: Mapping[str, int]
    point: Point
    trial: Trial


def settled(source: Derivation) -> Settled:
    """The values for self-checks. Raises InputError where none with a finite objective and gradient are found."""
    levels = levels_of(source) if source.given.is_array else Levels(source)
    still: Settled | None = None
    for point in _points(levels.unit):
        try:
            own = replace(point, rows=tuple({name: _as_double(value) for name, value in row.items()} for row in point.rows))
            trial = tried(levels.unit, own)
        except (InputError, OverflowError):
            continue
        if trial is not None:
            found = Settled(levels.unit, levels.lengths, own, trial)
            if trial.scale:
                return found
            still = still or found
    if still is not None:  # the gradient is zero
        return still
    problem = "no values were found at which double precision can be trusted, for the self-check; give others"
    raise InputError(problem, levels.unit.objective)


def _points(unit: Derivation) -> Iterator[Point]:
    """The network's own values, completed where some are missing; then others."""
    leaves = sum(size(definition.tree) for definition in unit.program.definitions)
    for seed in SEEDS:
        if (point := completed_point(unit.network, unit.program, seed)) is not None:
            yield few(point, leaves)
            if point.kind == OWN:
                break
    for point in random_points(unit.network, unit.program, len(SEEDS), 0):
        yield few(point, leaves)


def _as_double(value: Value) -> Fraction:
    return Fraction(float(as_mpf(value)))


def numbers(exported: Exported, found: Settled) -> Numbers:
    """The numbers by argument and by part of the gradient, nested as their shapes are."""
    unit, lengths, point, trial = found
    parameters = {*exported.derivation.given.parameters, *exported.derivation.given.frozen}

    def whole(name: str, known: Mapping[str, Value]) -> Nested:
        shape, entries = exported.entries(name, lengths)
        return _nested([float(known.get(entry, 0.0)) for entry in entries], shape)  # a step that nothing reads has no value

    symbols = [symbol.name for symbol in exported.arguments]
    shared = {name: whole(name, point.rows[0]) for name in symbols if name in parameters}
    samples = [{name: whole(name, row) for name in symbols if name not in parameters} for row in point.rows]
    gradient = {result.name: whole(result.name, trial.partials) for result in exported.results}
    shapes = {name: exported.entries(name, lengths)[0] for name in (*symbols, *gradient)}
    return Numbers(shared, samples, gradient, shapes, unit.network.reduction == "mean", point.kind, trial)


def _nested(row: list[float], shape: Shape) -> Nested:
    if not shape:
        return row[0]
    step = len(row) // int(shape[0])
    return [_nested(row[start : start + step], shape[1:]) for start in range(0, len(row), step)]
