"""The error of central differences in double precision, along the gradient, by their step ε."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..arrays import Array
from ..errors import InputError
from .callable import gradient_function

if TYPE_CHECKING:
    from ..derivation import Derivation

Vectors = dict[str, Any]  # NumPy arrays by name

MAX_PARAMETERS = 20_000


def prepared(derivation: Derivation) -> tuple[Callable[..., tuple[float, Any]], Vectors, Vectors] | None:
    """The function of the objective and its gradient, the parameters' values and the gradient there; None without numbers."""
    given = derivation.given
    values = {name: given.values.get(name) for name in given.parameters}
    if derivation.objective != given.objective or None in values.values():
        return None
    try:
        function = gradient_function(derivation)
        _, gradient = function({})
    except InputError:  # a value is missing, or σ is undefined
        return None
    import numpy

    start = {name: numpy.array(_nested(own), dtype=float) for name, own in values.items()}
    return function, start, {name: numpy.asarray(partial, dtype=float) for name, partial in gradient.items() if name in start}


def _nested(own: Any) -> Any:
    if isinstance(own, Array):
        return [_nested(own.part(index)) for index in range(own.shape[0])]
    return float(own.value)


def plain(values: Vectors) -> dict[str, Any]:
    """Numbers for arrays without axes."""
    return {name: own if own.shape else float(own) for name, own in values.items()}


def difference_errors(derivation: Derivation, powers: Iterable[int]) -> list[tuple[float, float]]:
    """(ε, relative error) for each power of ten, where the error is a positive number; nothing without values."""
    found = prepared(derivation)
    if found is None:
        return []
    function, start, gradient = found
    length = math.sqrt(sum(float((partial**2).sum()) for partial in gradient.values()))
    if not length or not math.isfinite(length) or sum(partial.size for partial in gradient.values()) > MAX_PARAMETERS:
        return []
    errors = []
    for power in powers:
        step = 10.0**power
        above, below = (
            function(plain({name: start[name] + sign * step / length * partial for name, partial in gradient.items()}))[0]
            for sign in (1, -1)
        )
        error = abs((above - below) / (2 * step) - length) / length
        if math.isfinite(error) and error > 0:
            errors.append((step, error))
    return errors
