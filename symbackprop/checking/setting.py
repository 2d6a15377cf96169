"""Where a gradient is checked: one point, everything computed there once, and what is computed anew when symbols move."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from ..derivation import Derivation
from ..errors import InputError
from ..precise import Value
from ..program import Forward
from ..tree import names, size
from .branches import Condition, conditions
from .points import Point, completed_point, evaluated, few, forward_values, gradient, liveliest, reduced
from .report import FAIL, GRADIENT, NOT_CHECKED, Result
from .rounding import rounding_errors

Direction = Mapping[str, Fraction]  # how far each symbol moves

POINTS_DRAWN = 8


@dataclass(frozen=True)
class Setting:
    """A derivation at a point, which has no more of its ``samples`` than are evaluated in reasonable time."""

    derivation: Derivation
    point: Point
    samples: int
    analytic: Mapping[str, Value]  # the derivation's partials

    @cached_property
    def rows(self) -> list[Mapping[str, Value]]:
        """Every forward value of each sample."""
        return [forward_values(self.derivation.program, row, self.point.generic) for row in self.point.rows]

    @cached_property
    def work(self) -> int:
        """Leaves that one evaluation of the objective visits."""
        return sum(size(definition.tree) for definition in self.derivation.program.definitions) * len(self.point.rows)

    @cached_property
    def is_whole(self) -> bool:
        """Whether the gradient is that of all samples of the network itself, by its own objective."""
        derivation = self.derivation
        return derivation.objective == derivation.network.objective and len(self.point.rows) == self.samples

    @cached_property
    def _reads(self) -> Mapping[str, Collection[str]]:
        return {definition.name: names(definition.tree) for definition in self.derivation.program.definitions}

    @cached_property
    def _conditions(self) -> Mapping[str, list[Condition]]:
        return {definition.name: conditions(definition.tree) for definition in self.derivation.program.definitions}

    def reached(self, symbols: Iterable[str]) -> list[Forward]:
        """The definitions that depend on some given symbols, in order."""
        known, found = set(symbols), []
        for definition in self.derivation.program.definitions:
            if not known.isdisjoint(self._reads[definition.name]):
                known.add(definition.name)
                found.append(definition)
        return found

    def conditions(self, definitions: Iterable[Forward]) -> list[tuple[Forward, Condition]]:
        """What decides the branches of some definitions."""
        return [(definition, condition) for definition in definitions for condition in self._conditions[definition.name]]

    def objective(self, rows: Iterable[Mapping[str, Any]]) -> Any:
        """The objective over all samples, from the values of each."""
        return reduced(self.derivation.network, [row[self.derivation.objective] for row in rows])

    @cached_property
    def errors(self) -> Mapping[str, Any]:
        """Rounding errors of the objective and of its partials by given symbols, in units of the last place; none of a generic σ.

        They take as long as the gradient, and are seldom needed.
        """
        derivation, point = self.derivation, self.point
        if point.generic is not None:
            return {}
        definitions = (*derivation.program.definitions, *derivation.backward_pass)
        rows = [rounding_errors(definitions, evaluated(definitions, row)) for row in point.rows]
        partials = {symbol: definition.name for symbol, definition in derivation.partials.items()}
        columns = {derivation.objective: derivation.objective, **partials}
        return {symbol: reduced(derivation.network, [row[name] for row in rows]) for symbol, name in columns.items()}


def moved(
    row: Mapping[str, Any], changes: Mapping[str, Any], reached: Iterable[Forward], value: Callable[[Forward, Any], Any]
) -> Mapping[str, Any]:
    """The forward values of a sample with some given symbols changed, of which only what is ``reached`` is computed anew."""
    found = {**row, **changes}
    for definition in reached:
        found[definition.name] = value(definition, found)
    return found


def setting_of(derivation: Derivation) -> Setting | Result:
    """The network's own values, or the best of some completed with random ones; a result where there is nothing to compute with.

    Raises InputError where the network's own values give no finite objective.
    """
    point = _point(derivation)
    if point is None:
        return Result("gradient", GRADIENT, NOT_CHECKED, "no values were found at which the objective is finite")
    samples = len(point.rows)
    point = few(point, sum(size(definition.tree) for definition in derivation.program.definitions))
    for row in point.rows:
        forward_values(derivation.program, row, point.generic)
    try:
        return Setting(derivation, point, samples, gradient(derivation, point))
    except InputError as error:
        return Result("gradient", GRADIENT, FAIL, f"the derivation has no finite value: {error.message}")


def _point(derivation: Derivation) -> Point | None:
    drawn = (completed_point(derivation.network, derivation.program, seed) for seed in range(POINTS_DRAWN))
    first = next(drawn)
    if first is None or first.is_own:
        return first
    return liveliest(derivation, [first, *(point for point in drawn if point is not None)], 1)[0]
