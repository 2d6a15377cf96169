"""A gradient function over one vector, as optimisers call it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..array_tree import Shape
from ..arrays import element_names
from ..errors import InputError
from .array_values import all_finite
from .bound import Bound
from .kernels import Kernel

if TYPE_CHECKING:
    from .array_function import ArrayFunction
    from .callable import GradientFunction


class _Row(NamedTuple):
    """A function of plain numbers, its arguments, which of them a vector holds at which place, and the order of its gradient."""

    function: Callable[..., Sequence[float]]
    row: list[float]
    taken: list[tuple[int, int]]
    order: list[int]

    def at(self, vector: Any) -> tuple[float, Any]:
        row, entries = self.row.copy(), vector.tolist()
        for place, own in self.taken:
            row[place] = entries[own]
        objective, *partials = self.function(*row)
        return objective, np.array([partials[place] for place in self.order])


class FlatFunction:
    """``flat(vector)`` → (objective, gradient as a vector), for ``scipy.optimize.minimize(flat, flat.start, jac=True)``.

    The vector holds the symbols that were differentiated by, in the order of the gradient, arrays row by row; ``shapes`` tells
    both. Everything else has the values it was made with.
    """

    def __init__(self, function: GradientFunction | ArrayFunction, passed: Mapping[str, Any]) -> None:
        self.function, self.passed = function, dict(passed)
        self.shapes: dict[str, Shape] = dict(function.symbols)
        self.places: dict[str, slice] = {}
        first = 0
        for name, shape in self.shapes.items():
            if not all(isinstance(length, int) for length in shape):
                raise InputError(f"the lengths of {name!r} are not given, so it has no place in a vector", "values")
            self.places[name] = slice(first, first := first + math.prod(map(int, shape)))
        self.size = first
        for name, value in self.passed.items():
            if name in self.shapes and np.ndim(value) > len(self.shapes[name]):
                raise InputError(f"{name!r} has a value for each sample, and a vector one for all; leave it out of by", "values")
        # Only the vector changes from call to call; all else is checked here, once. But targets of softmax must still add up to 1.
        has_targets = any(name in group for group in function.values.shares for name in self.shapes)
        self.rest = None if has_targets else function.bound_values({**self.passed, **self.named(np.zeros(self.size))})
        self._row = self._of_numbers(self.rest) if self.rest is not None and self.rest.count is None else None

    def _of_numbers(self, values: Bound) -> _Row | None:
        """The row of a kernel of plain numbers; None where the kernel is another."""
        kernel = self.function.kernel(values, in_vector=True)
        if not kernel.is_written_out or type(kernel) is not Kernel:
            return None
        entries = [name for own, shape in self.shapes.items() for name in element_names(own, shape)]
        place = {name: place for place, name in enumerate(entries)}
        arguments = kernel.compiled.arguments
        rest = self.function.in_entries(values).fixed
        taken = [(index, place[name]) for index, name in enumerate(arguments) if name in place]
        order = [kernel.wanted.index(name) for name in entries]
        return _Row(kernel.compiled.function, [rest[name] for name in arguments], taken, order)

    @property
    def start(self) -> Any:
        """The vector of the values that the symbols have. Raises InputError where one has none."""
        return self.vector(self.function.values_of(self.shapes, self.passed))

    def __call__(self, vector: Any) -> tuple[float, Any]:
        """Raises InputError for a vector of another length, and for what is no finite number."""
        found = np.asarray(vector, dtype=float)
        if not all_finite(found):
            place = int(np.flatnonzero(~np.isfinite(found))[0])
            name = next((name for name, own in self.places.items() if own.start <= place < own.stop), "vector")
            raise InputError(f"expected finite numbers, found {found.flat[place]}", f"value of {name!r}")
        if self._row is not None and found.shape == (self.size,):
            return self._row.at(found)
        named = self.named(found)
        if self.rest is None:
            objective, gradient = self.function({**self.passed, **named})
        else:
            objective, gradient = self.function.at(replace(self.rest, fixed={**self.rest.fixed, **named}))
        return objective, self.vector(gradient)

    def named(self, vector: Any) -> dict[str, Any]:
        """The entries of a vector by symbol, arrays in their shapes."""
        found, dtype = np.asarray(vector, dtype=float), self.function.dtype
        if found.shape != (self.size,):
            raise InputError(f"the vector must have {self.size} entries, and its shape is {found.shape}", "vector")
        return {
            name: found[place].reshape(tuple(map(int, self.shapes[name]))).astype(dtype, copy=False)
            if self.shapes[name]
            else float(found[place][0])
            for name, place in self.places.items()
        }

    def vector(self, named: Mapping[str, Any]) -> Any:
        """One vector of values by symbol, or of a gradient."""
        found = np.empty(self.size)
        for name, place in self.places.items():
            found[place] = np.reshape(named[name], -1)
        return found

    def __repr__(self) -> str:
        return f"<function of a vector of {self.size}: {', '.join(self.shapes)}>"
