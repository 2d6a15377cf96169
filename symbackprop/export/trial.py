"""What comes out at a point, in fifty digits, and how near double precision and difference quotients come to it.

A tolerance is 1e-12 of the largest partial. Where more is lost in double precision, it is ten times that, if the rounding of the
single operations can explain it; otherwise the point tells nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ..checking.points import Point, evaluated, reduced
from ..checking.rounding import UNIT_ROUNDOFF, rounding_errors
from ..derivation import Derivation
from ..numeric.compiled import compiled
from ..precise import Value, as_mpf
from ..program import ErrorSignal
from ..tree import derivative_name

RELATIVE = 1e-12  # what a result may differ from the expected one, of the largest of them
MARGIN = 30  # times the rounding that is expected, as in `checking.gradients`
SAFETY = 10  # times what was lost here
USEFUL = 1e-6  # a tolerance above this share of the gradient would pass what is wrong
STEPS = (1e-5, 1e-6, 1e-4, 1e-7, 1e-8)  # of central differences, the first that will do
DIFFERENCES = 1e-6  # what they may differ, of the largest partial
LARGEST = 1e300
MAX_WORK = 1_000_000  # lines computed to try differences out

Function = Callable[[Sequence[Mapping[str, float]]], list[float]]


class Trial(NamedTuple):
    """The objective, the partials by symbol, what they may differ, and step and tolerance of central differences."""

    objective: float
    objective_tolerance: float
    partials: Mapping[str, float]
    partials_tolerance: float
    step: float
    differences_tolerance: float

    @property
    def scale(self) -> float:
        return max(map(abs, self.partials.values()), default=0.0)


def tried(unit: Derivation, point: Point) -> Trial | None:
    """The results at a point; None where double precision loses too much there. Raises InputError where something is not finite."""
    rows = [evaluated((*unit.program.definitions, *unit.backward_pass), row) for row in point.rows]

    def over_samples(name: str, sign: int = 1) -> float:
        return sign * float(as_mpf(reduced(unit.network, [row[name] for row in rows])))

    objective = over_samples(unit.objective)
    partials = {name: 1.0 if name == unit.objective else over_samples(*_holder(unit, name)) for name in unit.wanted}
    if max(map(abs, (objective, *partials.values()))) > LARGEST:
        raise OverflowError
    function, lines = _function(unit)
    samples = [{name: float(value) for name, value in row.items()} for row in point.rows]
    found = function(samples)
    scale = max(map(abs, partials.values()), default=0.0)
    lost = abs(found[0] - objective), max((abs(a - b) for a, b in zip(found[1:], partials.values(), strict=True)), default=0.0)
    sizes = abs(objective), scale
    if not all(own <= RELATIVE * size for own, size in zip(lost, sizes, strict=True)):
        allowed = _rounding(unit, rows)
        if not all(own <= most for own, most in zip(lost, allowed, strict=True)) or SAFETY * lost[1] > USEFUL * scale:
            return None
    tolerances = [max(RELATIVE * size, SAFETY * own) for own, size in zip(lost, sizes, strict=True)]
    step, difference = _differences(function, samples, partials, objective, scale, lines)
    return Trial(objective, tolerances[0], partials, tolerances[1], step, max(DIFFERENCES * scale, SAFETY * difference))


def _holder(unit: Derivation, name: str) -> tuple[str, int]:
    """The definition that holds the partial by a symbol, and its sign."""
    definition = unit.partials[name]
    return definition.name, definition.sign if isinstance(definition, ErrorSignal) else 1


def _function(unit: Derivation) -> tuple[Function, int]:
    """The objective and its partials over samples in double precision, and how many lines that takes."""
    outputs = (unit.objective, *(derivative_name(unit.objective, name) for name in unit.wanted))
    own = compiled(unit, outputs, "objective_and_gradient")

    def function(samples: Sequence[Mapping[str, float]]) -> list[float]:
        columns = zip(*(own.function(*(sample[name] for name in own.arguments)) for sample in samples), strict=True)
        share = 1.0 / len(samples) if unit.network.reduction == "mean" else 1.0
        return [share * (math.fsum(column) if all(map(math.isfinite, column)) else math.nan) for column in columns]

    return function, own.source.count("\n")


def _rounding(unit: Derivation, rows: Sequence[Mapping[str, Value]]) -> tuple[float, float]:
    """The most that the rounding of single operations makes of the objective, and of the worst partial."""
    names = [_holder(unit, name)[0] for name in unit.wanted if name != unit.objective]
    errors = [rounding_errors((*unit.program.definitions, *unit.backward_pass), row) for row in rows]
    share = MARGIN * UNIT_ROUNDOFF
    objective, *partials = (share * float(sum(own[name] for own in errors)) for name in (unit.objective, *names))
    return objective, max(partials, default=0.0)


def _differences(
    function: Function,
    samples: Sequence[Mapping[str, float]],
    partials: Mapping[str, float],
    objective: float,
    scale: float,
    lines: int,
) -> tuple[float, float]:
    """A step of central differences, and how far they are from the partials with it; what a kink explains does not count."""
    names = [name for name in partials if name in samples[0]]
    count = max(1, MAX_WORK // (2 * len(STEPS) * lines * len(samples)))
    names = names[:: 1 + len(names) // count]
    best = STEPS[0], math.inf
    for relative in STEPS:
        worst = 0.0
        for name in names:
            step = relative * max(1.0, abs(samples[0][name]))
            sides = [function([{**sample, name: sample[name] + way} for sample in samples])[0] for way in (step, -step)]
            right, left = (sides[0] - objective) / step, (objective - sides[1]) / step
            off = abs((left + right) / 2 - partials[name]) - abs(right - left)
            worst = max(worst, off if math.isfinite(off) else math.inf)
        if worst < best[1]:
            best = relative, worst
        if SAFETY * worst <= DIFFERENCES * scale:
            break
    return best
