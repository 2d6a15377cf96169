"""Gradient check: every partial against central differences, (E(θ + ε) − E(θ − ε)) / 2ε, and by the routes that share its point.

Both sides are computed in fifty digits, so that ε can be 10⁻¹⁵: the truncation error, of order ε², and the
rounding error, of order 10⁻⁵⁰/ε, are then both far below the tolerance. (Document 004 gives the formula.) The error is also
measured at a larger ε: it must fall with ε². What falls less is a wrong partial, however small it is.
A gradient that is zero has no relative error: it passes where both sides are zero but for the rounding of the digits computed with.
At a kink of ReLU, |·|, max … a difference quotient means nothing. It is recognised by the branches taken at
θ, θ + ε and θ − ε, and reported with both one-sided slopes; where both are the one that is taken, there is only a joint.
Where there are too many parameters to move one by one, all of them are moved at once along a random direction, whose slope is the
gradient's product with it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from ..derivation import Derivation
from ..errors import InputError
from ..precise import Value, as_mpf, context, value
from ..program import Forward, LossSum
from .branches import Condition
from .complex_step import Steps, check_complex_step, kink_text
from .double import check_autodiff, check_double
from .points import relative_difference, shown, summed
from .report import FAIL, GRADIENT, NOT_CHECKED, PASS, Measured, Progress, Result
from .rounding import rounded
from .setting import Direction, Setting, moved, setting_of

ONE = Fraction(1)
# Pairs of ε. The second one is for what lies beside a kink, and for partials so small that the first leaves them no digits.
STEPS = ((Fraction(1, 10**10), Fraction(1, 10**15)), (Fraction(1, 10**40), Fraction(1, 10**50)))
TOLERANCE = Fraction(1, 10**15)  # relative
FLOOR = Fraction(1, 10**30)  # of the objective: below it a difference quotient has no digits left
ORDER = 1.9  # with which power of ε the error must fall at least; it is 2, or more where the third derivative is zero
MAX_WORK = 200_000  # leaves of formulas evaluated; parameters beyond that are moved together only, and the report says so


def check_gradients(derivation: Derivation, progress: Progress = iter, library: str = "") -> Iterator[Result]:
    """One result per partial and route. Raises InputError where the network's own values give no finite objective.

    ``library`` is the one that differentiates automatically, if any.
    """
    setting = setting_of(derivation)
    if isinstance(setting, Result):
        yield setting
        return
    yield from check_at(setting, progress, library)


def check_at(setting: Setting, progress: Progress = iter, library: str = "", matrix: Derivation | None = None) -> Iterator[Result]:
    """The routes at one point: central differences, complex steps, double precision, and a library on the matrix level, if any."""
    names = list(setting.analytic)
    count = max(1, MAX_WORK // max(setting.work * 2, 1))
    source = random.Random(0)
    chosen = set(names if count >= len(names) else source.sample(names, count))
    directions: dict[str, tuple[Direction, Value]] = {
        name: ({name: ONE}, setting.analytic[name]) for name in names if name in chosen
    }
    if len(chosen) < len(names):
        direction = {name: Fraction(source.choice((-1, 1)) * source.randint(1, 1000), 1000) for name in names}
        slope = summed([as_mpf(part) * as_mpf(setting.analytic[name]) for name, part in direction.items()])
        directions[f"all {len(names)} at once"] = direction, slope
    steps = Steps(setting)
    for name, (direction, analytic) in progress(list(directions.items())):
        yield _compared(setting, name, analytic, direction)
        yield check_complex_step(steps, name, direction, analytic)
    if len(chosen) < len(names):
        text = f"the network is large: {len(names) - len(chosen)} of {len(names)} parameters were not moved alone"
        yield Result("gradient", GRADIENT, NOT_CHECKED, text)
    if len(setting.point.rows) < setting.samples:
        left_out = setting.samples - len(setting.point.rows)
        text = f"the network is large: {left_out} of {setting.samples} samples were left out"
        yield Result("gradient", GRADIENT, NOT_CHECKED, text)
    if setting.point.is_own:
        if setting.is_whole:
            yield from check_double(steps)
    else:
        yield Result("gradient", GRADIENT, PASS, f"taken at {setting.point.kind}, as the network does not give them all")
    if library:
        yield from check_autodiff(steps, library, matrix)


@dataclass(frozen=True, slots=True)
class _Quotients:
    """The one-sided slopes for a step ε, and where its two ends take other branches than the point itself."""

    below: Any
    above: Any
    kinks: tuple[str, ...]

    @property
    def central(self) -> Any:
        return (self.below + self.above) / 2


def _compared(setting: Setting, name: str, analytic: Value, direction: Direction) -> Result:
    exact = as_mpf(analytic)
    for large, small in STEPS:
        try:
            coarse, fine = (_quotients(setting, direction, step) for step in (large, small))
        except InputError as error:
            return Result(name, GRADIENT, NOT_CHECKED, f"no finite value beside the point: {error.message}")
        errors = abs(coarse.central - exact), abs(fine.central - exact)
        order = _order(setting, errors, (large, small))
        measured = Measured.of(name, exact, fine.central, order)
        largest = max(abs(exact), abs(fine.central))
        if order >= ORDER and errors[1] <= max(as_mpf(TOLERANCE) * largest, as_mpf(FLOOR) * _size(setting) * (exact == 0)):
            if not coarse.kinks:
                return Result(name, GRADIENT, PASS, measured=measured)
    if fine.kinks:
        measured = replace(measured, order=None)  # the error of a joint falls with ε itself, that of a kink not at all
        sides = max(relative_difference(side, exact) for side in (fine.below, fine.above))
        if sides > as_mpf(TOLERANCE):
            return Result(name, GRADIENT, NOT_CHECKED, kink_text(fine.kinks, fine.below, fine.above, exact), measured=measured)
        return Result(name, GRADIENT, PASS, measured=measured)  # a joint, at which the slope is one
    if errors[1] <= as_mpf(FLOOR) * _size(setting):
        rounding = setting.errors
        if rounding and abs(exact) <= rounded(rounding[own] for own in direction):
            if abs(fine.central) <= rounded([rounding[setting.derivation.objective]]) / as_mpf(small):
                zero = context().mpf(0)
                return Result(name, GRADIENT, PASS, measured=Measured.of(name, zero, zero, math.inf))
        if errors[1] > as_mpf(TOLERANCE) * largest:
            return Result(name, GRADIENT, NOT_CHECKED, "too small for a difference quotient to tell", measured=measured)
    text = f"the derivation gives {shown(exact)}, central differences give {shown(fine.central)}"
    if order < ORDER:
        text += f"; their difference does not fall with the square of epsilon, but with its power {order:.2g}"
    return Result(name, GRADIENT, FAIL, text, measured=measured)


def central(setting: Setting, direction: Direction, step: Fraction) -> Any:
    """The central difference along a direction. Raises InputError where there is no finite value."""
    return _quotients(setting, direction, step).central


def _size(setting: Setting) -> Any:
    return max(abs(as_mpf(setting.objective(setting.rows))), context().mpf(1))


def _order(setting: Setting, errors: tuple[Any, Any], steps: tuple[Fraction, Fraction]) -> float:
    """The power of ε with which the error falls; infinite where all of it is rounding."""
    noise = context().eps * 10**10 * _size(setting)
    if errors[1] <= noise / as_mpf(steps[1]):
        return math.inf
    return float(context().log(errors[0] / errors[1]) / context().log(as_mpf(steps[0] / steps[1]))) if errors[0] else 0.0


def _quotients(setting: Setting, direction: Direction, step: Fraction) -> _Quotients:
    reached = setting.reached(direction)
    conditions = setting.conditions(reached)
    rows = {shift: [_moved(setting, row, direction, shift * step, reached) for row in setting.rows] for shift in (-1, 1)}
    centre, below, above = (as_mpf(setting.objective(own)) for own in (setting.rows, rows[-1], rows[1]))
    kinks = {
        _place(definition, condition): None
        for index, row in enumerate(setting.rows)
        for definition, condition in conditions
        if len({_sign(setting, condition, own) for own in (row, rows[-1][index], rows[1][index])}) > 1
    }
    return _Quotients((centre - below) / as_mpf(step), (above - centre) / as_mpf(step), tuple(kinks))


def _moved(setting: Setting, row: Mapping[str, Value], direction: Direction, shift: Fraction, reached: list[Forward]) -> Any:
    changes = {name: row[name] + shift * part for name, part in direction.items()}
    return moved(row, changes, reached, lambda definition, known: value(definition.tree, known, setting.point.generic))


def _place(definition: Forward, condition: Condition) -> str:
    return f"{definition.function if isinstance(definition, LossSum) else condition.function} in {definition.name}"


def _sign(setting: Setting, condition: Condition, values: Mapping[str, Value]) -> int:
    number = value(condition.tree, values, setting.point.generic)
    return int(number > 0) - int(number < 0)
