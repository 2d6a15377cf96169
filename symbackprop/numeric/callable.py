"""Derivation → function: the objective and its gradient for given values, in double precision.

The source is generated once and compiled; a call fills its arguments from what is passed and from the
network's own values, for each sample in turn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from ..array_tree import Shape
from ..collector import collector_paused
from ..derivation import Derivation
from ..errors import InputError, nearest
from ..network import Network
from ..program import Program
from ..shapes import SCALAR
from ..tree import Tree, derivative_name
from .over_time import step_by_step
from .scalar_values import ScalarValues, refuse_missing
from .source import python_source
from .straight_line import straight_line

if TYPE_CHECKING:
    from .array_function import ArrayFunction
    from .flat import FlatFunction

MATH, NUMPY, C = BACKENDS = ("math", "numpy", "c")
_SHOWN = 8  # names in an error message


@dataclass(frozen=True, slots=True)
class Compiled:
    """``function`` takes one number, or array, per name of ``arguments``, in order, and returns one per name of ``outputs``."""

    source: str
    function: Callable[..., tuple[Any, ...]]
    arguments: tuple[str, ...]
    outputs: tuple[str, ...]

    def bound(self, values: Sequence[Any]) -> Callable[[], tuple[Any, ...]]:
        """The function without arguments: of C one that reads arrays where they are, into outputs of its own."""
        own = getattr(self.function, "bound", None)
        return own(*values) if own else partial(self.function, *values)


def compiled(
    derivation: Derivation, outputs: Iterable[str], name: str, extra: Iterable[tuple[str, Tree]] = (), backend: str = ""
) -> Compiled:
    """The compiled source for ``outputs``, in C for that ``backend``; see `straight_line.straight_line` for what they may be."""
    with collector_paused():
        program = straight_line(derivation, outputs, extra)
        if backend == C:
            from .c_library import c_function

            return Compiled(*c_function(program, name), program.arguments, program.outputs)
        if derivation.network.is_array:
            from .array_source import array_source

            source = array_source(program, name)
        else:
            source = python_source(program, name)
        namespace: dict[str, Any] = {}
        exec(compile(source, f"<symbackprop: {name}>", "exec"), namespace)
    return Compiled(source, namespace[name], program.arguments, program.outputs)


class GradientFunction:
    """``f(values)`` → (objective, gradient by name), double precision.

    ``values`` maps given symbols to numbers, as do keywords; the network's own values stand for the rest. With samples the
    objective and the gradient are summed over them, or averaged where the network's reduction is ``mean``; a value passed for
    a symbol of the samples holds for all of them. ``source`` is the generated code, ``compiled`` its function.
    """

    def __init__(self, derivation: Derivation, backend: str = MATH) -> None:
        objective = derivation.objective
        self.network, self.given = derivation.network, derivation.given
        self.wanted = derivation.wanted
        outputs = (objective, *(derivative_name(objective, name) for name in self.wanted))
        self.compiled = compiled(derivation, outputs, "objective_and_gradient", backend=backend)

    @property
    def source(self) -> str:
        """The generated code."""
        return self.compiled.source

    def __call__(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> tuple[float, dict[str, float]]:
        """Raises InputError for a name that the network does not have, a missing value, and what is no finite number."""
        totals = self.totals(self.rows({**(values or {}), **named}))
        return totals[0], dict(zip(self.wanted, totals[1:], strict=True))

    def flat(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> FlatFunction:
        """The same function of one vector of all that was differentiated by, as optimisers want it; the rest has these values."""
        from .flat import FlatFunction

        return FlatFunction(self, {**(values or {}), **named})

    @property
    def symbols(self) -> dict[str, Shape]:
        """What the gradient is by, with the shapes of its parts."""
        return dict.fromkeys(self.wanted, SCALAR)

    def values_of(self, names: Iterable[str], passed: Mapping[str, Any]) -> dict[str, Any]:
        """The values of given symbols: what is passed, else the network's own. Raises InputError where one has none."""
        known = {**self._values.own, **step_by_step(self.given, passed)}
        refuse_missing([name for name in names if name not in known])
        return {name: known[name] for name in names}

    def __repr__(self) -> str:
        return f"<function of {', '.join(self.compiled.arguments[:_SHOWN])}: objective and gradient>"

    def rows(self, passed: Mapping[str, Any]) -> list[list[float]]:
        """The arguments of the generated function, for each sample."""
        return self._values.rows(step_by_step(self.given, passed))

    @cached_property
    def _values(self) -> ScalarValues:
        return ScalarValues(self.network, self.compiled.arguments)

    def totals(self, rows: list[list[float]]) -> list[float]:
        """The objective and its partials, reduced over the samples."""
        return reduced(self.network, [self.compiled.function(*row) for row in rows])

    @staticmethod
    def is_finite(row: Iterable[float]) -> bool:
        return all(map(math.isfinite, row))


def gradient_function(derivation: Derivation, backend: str | None = None) -> GradientFunction | ArrayFunction:
    """The objective and its partials by everything that ``derivation`` was asked for, as a function of the given symbols.

    Of layers and array equations it takes and gives arrays, whatever the level of the derivation. Raises InputError where
    a unit has the undefined generic activation, and for a back end that there is not.
    """
    if backend is not None and backend not in BACKENDS:
        raise InputError(f"there is no back end {backend!r}{nearest(str(backend), BACKENDS)}", "backend")
    if derivation.given.is_array:
        from .array_function import ArrayFunction

        return ArrayFunction(derivation, backend)
    if backend == NUMPY:
        raise InputError("a network of scalars has no arrays for the back end 'numpy'; take 'math' or 'c'", "backend")
    return GradientFunction(derivation, backend or MATH)


def all_function(derivation: Derivation, extra: Iterable[tuple[str, Tree]] = ()) -> Compiled:
    """Every definition of the forward pass, ∂E/∂ everything asked for and the names of ``extra``, in this order, for one sample."""
    extra = tuple(extra)
    forward = (definition.name for definition in derivation.program.definitions)
    partials = (derivative_name(derivation.objective, name) for name in derivation.wanted)
    return compiled(derivation, (*forward, *partials, *(name for name, _ in extra)), "evaluate_all", extra)


def reduced(network: Network, rows: list[tuple[float, ...]]) -> list[float]:
    """The sum of each column over the samples, or the mean where the network says so."""
    if len(rows) == 1:
        return list(rows[0])
    share = 1.0 / len(rows) if network.reduction == "mean" else 1.0
    return [math.fsum(column) * share if all(map(math.isfinite, column)) else sum(column) for column in zip(*rows, strict=True)]


def varying_names(over: Iterable[str], program: Program) -> set[str]:
    """The names that differ between samples: the symbols ``over`` the samples and all that reads them."""
    found = set(over)
    for definition in program.definitions:
        if any(read in found for read in definition.reads):
            found.add(definition.name)
    return found
