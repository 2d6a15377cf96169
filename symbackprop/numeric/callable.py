"""Derivation → function: the objective and its gradient for given values, in double precision.

The source is generated once and compiled; a call fills its arguments from what is passed and from the
network's own values. `kernels` computes, in the way that is the fastest for what is passed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..array_tree import Shape
from ..derivation import Derivation, derive
from ..errors import InputError, nearest
from ..network import unchecked
from ..shapes import SCALAR
from ..time_steps import initial_names
from ..tree import Tree, derivative_name
from .bound import Bound
from .compiled import BACKENDS, MATH, NUMPY, C, Compiled, compiled
from .forms import Forms
from .kernels import MANY, InC, Kernel, OverSamples, WithPenalty, of_one_sample, parts_with_penalty, varying_names
from .over_time import merged, step_by_step
from .scalar_values import ScalarValues, refuse_missing

if TYPE_CHECKING:
    from .array_function import ArrayFunction

TYPES = (DOUBLE, SINGLE) = ("float64", "float32")
_SHOWN = 8  # names in an error message


class GradientFunction(Forms):
    """``f(values)`` → (objective, gradient by name), double precision.

    ``values`` maps given symbols to numbers, as do keywords; the network's own values stand for the rest. A symbol that is no
    parameter may have a list or array over samples. Then, and with samples of the network's own, the objective and the gradient
    are summed over them, or averaged where the network's reduction is ``mean``, and the partial by what differs between samples
    is an array over them. A number passed for a symbol of the samples holds for all of them. ``source`` is the generated code,
    ``compiled`` its function.
    """

    def __init__(self, derivation: Derivation, backend: str | None = None, dtype: Any = float) -> None:
        self.derivation, self.backend, self.dtype = of_one_sample(derivation, signs=False), backend, dtype
        self.network, self.given = derivation.network, derivation.given
        self.wanted = derivation.wanted
        self._kernels: dict[Any, Kernel] = {}
        self.values = ScalarValues(self.network, initial_names(self.given))
        own = Bound(self.values.own, self.values.samples, self.values.count)
        self.compiled: Compiled = self.kernel(own).compiled
        self._place = {name: place for place, name in enumerate(self.compiled.arguments)}
        # The arguments of a call with plain numbers; none where more has to be done than to compute.
        plain = not own.varying and not self.values.shares and self.backend in (None, MATH)
        self._own_row = [self.values.own.get(name, math.nan) for name in self.compiled.arguments] if plain else []

    @property
    def source(self) -> str:
        """The generated code."""
        return self.compiled.source

    def __call__(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> tuple[float, dict[str, Any]]:
        """Raises InputError for a name that the network does not have, a missing value, and what is no finite number."""
        passed = merged(values, named)
        if self._own_row and (found := self._at_once(passed)) is not None:
            return found
        return self.at(self.bound_values(passed))

    def at(self, bound: Bound) -> tuple[float, dict[str, Any]]:
        """A call with values that have been checked."""
        objective, *partials = self.kernel(bound).totals(bound)
        return float(objective), {
            name: own if getattr(own, "ndim", 0) else float(own) for name, own in zip(self.wanted, partials, strict=True)
        }

    def _at_once(self, passed: Mapping[str, Any]) -> tuple[float, dict[str, float]] | None:
        """A call with plain numbers; None for anything that has to be looked at."""
        row = self._own_row.copy()
        place = self._place
        for name, value in passed.items():
            if type(value) is not float or name not in place:
                return None
            row[place[name]] = value
        if not math.isfinite(sum(row)):  # nan where a value is missing
            return None
        found = self.compiled.function(*row)
        return found[0], dict(zip(self.wanted, found[1:], strict=True))

    def bound(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Callable[[], tuple[float, dict[str, Any]]]:
        """A function without arguments at these values; arrays over samples it reads where they are, for loops that change them.

        Nothing is checked after this. Raises InputError as a call does.
        """
        bound = self.bound_values(merged(values, named))
        call = self.kernel(bound).bind(bound)

        def again() -> tuple[float, dict[str, Any]]:
            objective, partials = call()
            return float(objective), dict(zip(self.wanted, partials, strict=True))

        return again

    def forward(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> dict[str, Any]:
        """The value of every definition of the forward pass by name, a list over the samples where it differs between them."""
        function = self._forward
        bound = self.values.bound(step_by_step(self.given, merged(values, named)), function.arguments)
        rows = [function.function(*(sample[name] for name in function.arguments)) for sample in bound.samples()]
        varying = varying_names(bound.varying, self.derivation.program)
        columns = zip(function.outputs, zip(*rows, strict=True), strict=True)
        return {name: list(column) if name in varying else column[0] for name, column in columns}

    @cached_property
    def _forward(self) -> Compiled:
        return compiled(self.derivation, (own.name for own in self.derivation.program.definitions), "forward_pass")

    @property
    def symbols(self) -> dict[str, Shape]:
        """What the gradient is by, with the shapes of its parts."""
        return dict.fromkeys(self.wanted, SCALAR)

    def values_of(self, names: Iterable[str], passed: Mapping[str, Any]) -> dict[str, Any]:
        """The values of given symbols: what is passed, else the network's own. Raises InputError where one has none."""
        known, names = {**self.values.own, **step_by_step(self.given, passed)}, tuple(names)
        refuse_missing([name for name in names if name not in known])
        return {name: known[name] for name in names}

    is_finite = staticmethod(math.isfinite)

    def __repr__(self) -> str:
        return shown(self.given.given)

    @staticmethod
    def in_entries(bound: Bound) -> Bound:
        """The values by the names that a kernel of numbers knows."""
        return bound

    def bound_values(self, passed: Mapping[str, Any]) -> Bound:
        """The values of a call, checked."""
        return self.values.bound(step_by_step(self.given, passed), self.compiled.arguments)

    def kernel(self, bound: Bound, in_vector: bool = False) -> Kernel:
        """What computes such values: as was asked for, else by the number of samples; also of what comes ``in_vector``."""
        many = bound.count is not None and bound.count >= MANY
        if self.backend == C:
            way: Any = C
        elif self.backend == NUMPY or (self.backend is None and many):
            way = frozenset(bound.varying)
        else:
            way = MATH
        key = way, bound.count is not None
        if key not in self._kernels:
            self._kernels[key] = self._over_samples(way) if key[1] else self._made(way, self.derivation)
        return self._kernels[key]

    def _over_samples(self, way: Any) -> Kernel:
        parts = parts_with_penalty(self.given, self.derivation.objective)
        if parts is None:
            return self._made(way, self.derivation)
        alone = unchecked(self.given, samples=())
        data, penalty = (derive(alone, own, self.wanted) for own in parts)
        return WithPenalty(self._made(way, data), Kernel(penalty))

    def _made(self, way: Any, derivation: Derivation) -> Kernel:
        if way == C:
            return InC(derivation)
        return Kernel(derivation) if way == MATH else OverSamples(derivation, self.dtype, way)


def shown(names: Sequence[str]) -> str:
    """A function in one line."""
    more = ", …" if len(names) > _SHOWN else ""
    return f"<function of {', '.join(names[:_SHOWN])}{more}: objective and gradient>"


def gradient_function(derivation: Derivation, backend: str | None = None, dtype: Any = float) -> GradientFunction | ArrayFunction:
    """The objective and its partials by everything that ``derivation`` was asked for, as a function of the given symbols.

    Of layers and array equations it takes and gives arrays, whatever the level of the derivation. Raises InputError where
    a unit has the undefined generic activation, for a back end that there is not, and for one that has not this ``dtype``.
    """
    if backend is not None and backend not in BACKENDS:
        raise InputError(f"there is no back end {backend!r}{nearest(str(backend), BACKENDS)}", "backend")
    if dtype is not float:
        backend = _of_type(backend, dtype)
    if derivation.given.is_array:
        from .array_function import ArrayFunction

        return ArrayFunction(derivation, backend, dtype)
    return GradientFunction(derivation, backend, dtype)


def _of_type(backend: str | None, dtype: Any) -> str | None:
    """The back end for numbers of a type. Raises InputError for a type that there is not, and one that the back end has not."""
    import numpy as np

    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = str(dtype)
    if name not in TYPES:
        raise InputError(f"numbers are of the types {' or '.join(TYPES)}, not {name[:40]}", "dtype")
    if name == SINGLE and backend not in (None, NUMPY):
        raise InputError(f"only the back end 'numpy' computes in {SINGLE}, and this is {backend!r}", "dtype")
    return NUMPY if name == SINGLE else backend


def all_function(derivation: Derivation, extra: Iterable[tuple[str, Tree]] = ()) -> Compiled:
    """Every definition of the forward pass, ∂E/∂ everything asked for and the names of ``extra``, in this order, for one sample."""
    extra = tuple(extra)
    forward = (definition.name for definition in derivation.program.definitions)
    partials = (derivative_name(derivation.objective, name) for name in derivation.wanted)
    return compiled(derivation, (*forward, *partials, *(name for name, _ in extra)), "evaluate_all", extra)
