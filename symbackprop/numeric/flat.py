"""A gradient function over one vector, as optimisers call it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..array_tree import Shape
from ..errors import InputError

if TYPE_CHECKING:
    from .array_function import ArrayFunction
    from .callable import GradientFunction


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

    @property
    def start(self) -> Any:
        """The vector of the values that the symbols have. Raises InputError where one has none."""
        return self.vector(self.function.values_of(self.shapes, self.passed))

    def __call__(self, vector: Any) -> tuple[float, Any]:
        """Raises InputError for a vector of another length, and for what is no finite number."""
        objective, gradient = self.function({**self.passed, **self.named(vector)})
        return objective, self.vector(gradient)

    def named(self, vector: Any) -> dict[str, Any]:
        """The entries of a vector by symbol, arrays in their shapes."""
        found = np.asarray(vector, dtype=float)
        if found.shape != (self.size,):
            raise InputError(f"the vector must have {self.size} entries, and its shape is {found.shape}", "vector")
        return {
            name: found[place].reshape(self.shapes[name]) if self.shapes[name] else float(found[place][0])
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
