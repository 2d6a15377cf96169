"""The gradient check of a network too large to be written out: in double precision, along random directions.

The lines of the matrix level are evaluated by NumPy. The objective, with one parameter array moved a little along a random
direction, must change by the product of its partial with that direction; so every entry of the partial is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..derivation import Derivation
from ..errors import InputError
from ..tree import derivative_name
from .report import FAIL, GRADIENT, NOT_CHECKED, PASS, PRINTED, Progress, Result

Function = Callable[[dict[str, Any]], tuple[Any, ...]]  # values → the objective and its partials

STEPS = (1e-4, 1e-5, 1e-6)  # the best counts: beside a kink it is a short one, elsewhere a longer one
TOLERANCE = 1e-5  # relative
FLOOR = 1e-11  # of the objective, for the shortest step: below it there is rounding only


def check_large(derivation: Derivation, symbols: int, progress: Progress = iter) -> Iterator[Result]:
    """One result per parameter of a derivation at the matrix level, at the network's own values and its first sample."""
    text = f"the network has {symbols} symbols; each parameter is moved along one random direction only, in double precision"
    yield Result("gradient", GRADIENT, NOT_CHECKED, text)
    source = derivation.given.source
    if source and (source.printed or source.claims or source.claims_file):
        yield Result(source.name, PRINTED, NOT_CHECKED, "the network is too large for the document's numbers to be worked out")
    values = _values(derivation)
    shapes = derivation.program.shapes
    for name in derivation.program.given:
        if name not in values or values[name].shape != shapes.get(name, ()):
            reason = f"{name} has no value" if name not in values else f"{name} stands for several samples at once"
            yield Result("gradient", GRADIENT, NOT_CHECKED, reason)
            return
    try:
        function = _function(derivation)
    except InputError as error:
        yield Result("gradient", GRADIENT, NOT_CHECKED, error.message)
        return
    objective, *partials = function(values)
    for name, partial in zip(progress(list(derivation.parameters)), partials, strict=True):
        yield _compared(name, _objective_at(function, values, name), values[name], objective, partial)


def _values(derivation: Derivation) -> dict[str, Any]:
    """The given values as NumPy has them; of samples the first."""
    import numpy

    network = derivation.network
    given = {**network.values, **(network.samples[0] if network.samples else {})}
    return {name: numpy.array(own.nested() if hasattr(own, "nested") else float(own.value)) for name, own in given.items()}


def _function(derivation: Derivation) -> Function:
    """The objective and its partial by each parameter, from the derivation's own lines."""
    from ..numeric.compiled import compiled

    outputs = (derivation.objective, *(derivative_name(derivation.objective, name) for name in derivation.parameters))
    own = compiled(derivation, outputs, "objective_and_gradient")
    return lambda values: own.function(*(values[name] for name in own.arguments))


def _objective_at(
    function: Callable[[dict[str, Any]], tuple[Any, ...]], values: dict[str, Any], name: str
) -> Callable[[Any], float]:
    return lambda value: float(function({**values, name: value})[0])


def _compared(name: str, objective_at: Callable[[Any], float], value: Any, objective: float, partial: Any) -> Result:
    import numpy

    direction = numpy.random.default_rng(0).standard_normal(value.shape)
    direction /= numpy.linalg.norm(direction)
    slope = float(numpy.sum(partial * direction))
    quotients = [(objective_at(value + step * direction) - objective_at(value - step * direction)) / (2 * step) for step in STEPS]
    numeric = min(quotients, key=lambda own: abs(own - slope))
    difference, largest = abs(slope - numeric), max(abs(slope), abs(numeric))
    cells = (f"{name}, one direction", f"{slope:.12g}", f"{numeric:.12g}", f"{difference / largest if largest else 0.0:.2g}")
    if difference <= TOLERANCE * largest:
        return Result(name, GRADIENT, PASS, "", cells)
    if difference <= FLOOR * abs(float(objective)) / STEPS[-1]:
        return Result(name, GRADIENT, NOT_CHECKED, "too small for a difference quotient to tell", cells)
    return Result(name, GRADIENT, FAIL, f"the derivation gives {slope:.12g}, central differences give {numeric:.12g}", cells)
