"""The gradient check of a network too large to be written out, in double precision.

The lines of the matrix level are evaluated by NumPy. The objective, with one parameter array moved a little along a random
direction, must change by the product of its partial with that direction; so every entry of the partial is looked at. A library that
differentiates automatically gives every entry again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..derivation import Derivation
from ..errors import InputError
from ..tree import derivative_name
from . import autodiff
from .report import AUTODIFF, FAIL, GRADIENT, NOT_CHECKED, PASS, PRINTED, Measured, Progress, Result

Function = Callable[[dict[str, Any]], tuple[Any, ...]]  # values → the objective and its partials

STEPS = (1e-4, 1e-5, 1e-6)  # the best counts: beside a kink it is a short one, elsewhere a longer one
TOLERANCE = 1e-5  # relative
FLOOR = 1e-11  # of the objective, for the shortest step: below it there is rounding only
LIBRARY_TOLERANCE = 1e-9  # of the largest entry of a partial
ZERO = 1e-13  # of the largest entry of all partials: a partial below it is zero but for rounding


def check_large(derivation: Derivation, symbols: int, progress: Progress = iter, library: str = "") -> Iterator[Result]:
    """One result per parameter and route of a derivation at the matrix level, at the network's own values and its first sample."""
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
    found = dict(zip(derivation.parameters, partials, strict=True))
    largest = max((_largest(partial) for partial in partials), default=0.0)
    for name, partial in progress(list(found.items())):
        yield _compared(name, _objective_at(function, values, name), values[name], objective, partial, largest)
    if library:
        yield from _by_library(derivation, library, values, found, largest)


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


def _direction(value: Any) -> Any:
    import numpy

    direction = numpy.random.default_rng(0).standard_normal(value.shape)
    return direction / numpy.linalg.norm(direction)


def _largest(partial: Any) -> float:
    import numpy

    return float(numpy.max(numpy.abs(partial)))


def _compared(
    name: str, objective_at: Callable[[Any], float], value: Any, objective: float, partial: Any, largest_of_all: float
) -> Result:
    import numpy

    direction = _direction(value)
    slope = float(numpy.sum(partial * direction))

    def quotient(step: float) -> float:
        return (objective_at(value + step * direction) - objective_at(value - step * direction)) / (2 * step)

    numeric = min(map(quotient, STEPS), key=lambda own: abs(own - slope))
    measured = Measured.of(name, slope, numeric)
    difference, largest = abs(slope - numeric), max(abs(slope), abs(numeric))
    if difference <= TOLERANCE * largest:
        return Result(name, GRADIENT, PASS, measured=measured)
    if difference <= FLOOR * abs(float(objective)) / STEPS[-1]:
        # Zero throughout: the longest step leaves the objective where it is, but for the rounding of its last digits.
        still = abs(quotient(STEPS[0])) <= FLOOR * abs(float(objective)) / STEPS[0]
        if _largest(partial) <= ZERO * largest_of_all and still:
            return Result(name, GRADIENT, PASS, measured=Measured.of(name, 0.0, 0.0))
        return Result(name, GRADIENT, NOT_CHECKED, "too small for a difference quotient to tell", measured=measured)
    return Result(
        name, GRADIENT, FAIL, f"the derivation gives {slope:.12g}, central differences give {numeric:.12g}", measured=measured
    )


def _by_library(
    derivation: Derivation, library: str, values: dict[str, Any], partials: dict[str, Any], largest_of_all: float
) -> Iterator[Result]:
    """Every entry of each partial against that of a library; the numbers told are the slopes along the same directions."""
    import numpy

    found = autodiff.gradient_at(library, derivation.program, derivation.objective, values, list(partials))
    if isinstance(found, str):
        yield Result("gradient", AUTODIFF, NOT_CHECKED, found)
        return
    for name, partial in partials.items():
        own, theirs = numpy.asarray(partial), numpy.asarray(found[name])
        direction = _direction(values[name])
        measured = Measured.of(name, float(numpy.sum(own * direction)), float(numpy.sum(theirs * direction)))
        if not numpy.all(numpy.isfinite(theirs)):
            yield Result(name, AUTODIFF, NOT_CHECKED, f"{library} gives no finite number", measured=measured)
            continue
        if _largest(own - theirs) <= max(LIBRARY_TOLERANCE * _largest(own), ZERO * largest_of_all):
            yield Result(name, AUTODIFF, PASS, measured=measured)
            continue
        place = numpy.unravel_index(numpy.argmax(numpy.abs(own - theirs)), own.shape)
        text = f"the derivation gives {own[place]:.12g}, {library} gives {theirs[place]:.12g} for its entry {list(map(int, place))}"
        yield Result(name, AUTODIFF, FAIL, text, measured=measured)
