"""Random networks of every kind, each compared with oracles that share no code with the engine; `tools/sweep.py` runs thousands.

A network goes through its file: it is written as TOML and read again, so that the text of a mismatch says everything. The
objective is written a second time (`random_networks`, `random_layers`, `random_recurrence`) and differentiated in two ways: by a
complex step in sixty digits, along random directions in which every parameter moves, and by autograd in double precision, partial
by partial. The derivation's gradient is evaluated in fifty digits, at the unit level and where there are arrays at the matrix level
as well; the function that is generated from it is compared with it in double precision.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from types import SimpleNamespace
from typing import Any

import autograd
import autograd.numpy as anp
import numpy
import random_layers
import random_networks
import random_recurrence
from autograd.extend import defvjp, primitive
from digits import Digits, digits, moved, nearest_tie, slopes

from symbackprop import Loss, Network, derive, evaluate, loads
from symbackprop.arrays import element_name
from symbackprop.checking.lines import lines_of
from symbackprop.checking.points import evaluated, gradient, own_point, reduced
from symbackprop.checking.rounding import UNIT_ROUNDOFF, rounding_errors
from symbackprop.derivation import Derivation
from symbackprop.errors import InputError
from symbackprop.precise import as_mpf, context

TOLERANCE = 1e-30  # of a slope in sixty digits, relative to the sizes of what it adds up
DOUBLE_TOLERANCE = 1e-9  # of a partial in double precision, relative; where large numbers cancel, what rounding allows
MARGIN = 30  # times the rounding error that is expected
TIE = 1e-12  # nearer to a kink, double precision may take the other side
DIRECTIONS = 2
_LEAST = 1e-15  # a slope below it is zero as far as sixty digits can tell: a bias that softmax has for all its units
MORE_DIGITS = 600  # of a second look: what looks like a mismatch may be digits that cancelled
COARSE = 0.15  # the share of networks with values like 0.5 and −1, which meet kinks

Values = Mapping[str, Any]  # of the parameters: numbers, or NumPy arrays of them


@dataclass(frozen=True)
class Drawn:
    """A network, the values of its parameters, and its objective written a second time."""

    kind: str
    network: Network
    values: Values
    objective: Callable[[Any, Values], Any]  # of NumPy or autograd's, and the parameters


@dataclass(frozen=True)
class Outcome:
    """What came of one network. ``kinks`` are directions in which it has no one slope; a mismatch has the text of the network."""

    kind: str
    parameters: int
    worst: float  # relative error in fifty digits
    worst_double: float
    kinks: int
    double: bool  # whether double precision was compared
    mismatches: tuple[str, ...] = ()
    text: str = ""


# Drawing.

_CHOOSE: Mapping[str, Any] = {"choose": lambda s, above, below: above if s > 0 else below}
_erf = primitive(math.erf)
defvjp(_erf, lambda answer, s: lambda g: g * 2 / math.sqrt(math.pi) * anp.exp(-s * s))
_OF_DOUBLES = SimpleNamespace(exp=anp.exp, log=anp.log, sqrt=anp.sqrt, sin=anp.sin, erf=_erf, half=0.5, **_CHOOSE)
_OF_DIGITS = SimpleNamespace(
    exp=numpy.exp,
    log=numpy.log,
    sin=numpy.sin,
    sqrt=lambda s: Digits(s).sqrt() if isinstance(s, int) else s.sqrt(),
    erf=lambda s: s.erf(),
    half=0.5,
    **_CHOOSE,
)


def _coarse(values: Values, keep: tuple[str, ...] = ()) -> dict[str, Any]:
    """The values as multiples of ½."""

    def halved(own: Any) -> Any:
        rounded = numpy.round(numpy.asarray(own, dtype=float) * 2) / 2
        return rounded if rounded.ndim else float(rounded)

    return {name: own if name in keep else halved(own) for name, own in values.items()}


def _penalised(random: Random, names: list[str], share: float) -> dict[str, float]:
    return dict.fromkeys(random.sample(names, random.randint(1, len(names))), share) if random.random() < 0.2 and names else {}


def draw_units(random: Random) -> Drawn:
    """A directed acyclic graph of units with several samples, a mean or a sum, and penalties."""
    case = random_networks.random_case(random, random.randint(1, 7))
    probable = case.loss in random_networks.NEEDS_PROBABILITY
    values: dict[str, Any] = {name: float(text) for name, text in case.values.items()}
    targets = tuple(target for _, target in case.targets)
    if random.random() < COARSE:
        values = _coarse(values, targets if probable or case.loss == "hinge" else ())
    data = [name for name in values if name in (*case.inputs, *targets)]
    parameters = [name for name in values if name not in data]
    samples = [{name: values[name] for name in data}]
    for _ in range(random.choice([0, 0, 1, 2])):
        fresh = {name: round(random.uniform(-1.5, 1.5), 3) for name in case.inputs}
        samples.append({name: fresh.get(name, values[name]) for name in data})
    loss = Loss(
        case.loss,
        case.targets,
        reduction=random.choice(["sum", "mean"]),
        l1=_penalised(random, parameters, 0.125),
        l2=_penalised(random, parameters, 0.3),
    )
    own = {name: values[name] for name in parameters}
    given = {"values": own, "samples": samples} if len(samples) > 1 else {"values": values}
    network = case.network(**given)
    wanted = tuple(name for name in network.parameters if name in own)
    network = replace(network, loss=loss, signal_sign=random.choice([1, -1]))

    def objective(np: Any, given: Values) -> Any:
        mathematics = _OF_DOUBLES if np is anp else _OF_DIGITS
        total = sum(case.forward(mathematics, {**_numbers(np, sample), **given}, {})["E"] for sample in samples)
        total = total / len(samples) if loss.reduction == "mean" else total
        for name, weight in loss.l1:
            total = total + float(weight.value) * abs(given[name])
        for name, weight in loss.l2:
            total = total + float(weight.value) * given[name] * given[name] / 2
        return total

    return Drawn("units", network, {name: own[name] for name in wanted}, objective)


def draw_layers(random: Random) -> Drawn:
    """Layers with all activations, losses, biases, samples, penalties and layouts."""
    case = random_layers.random_layers(random)
    if random.random() < COARSE and case.loss not in (*random_layers.NEEDS_PROBABILITY, "hinge"):
        case = replace(case, values=_coarse(case.values))
    network = case.network()

    def objective(np: Any, given: Values) -> Any:
        return case.objective(np, _numbers(np, case.values) | dict(given))

    return Drawn("layers", network, {name: case.values[name] for name in network.parameters}, objective)


def draw_recurrent_units(random: Random) -> Drawn:
    case = random_recurrence.random_case(random.randrange(10**9))
    if random.random() < COARSE and case.function != "binary_cross_entropy":
        values = {name: numpy.asarray(own).tolist() for name, own in _coarse(case.values).items()}
        case = replace(case, values=values)
    network = case.network()
    values = {name: case.values[name] for name in network.parameters}

    def objective(np: Any, given: Values) -> Any:
        return case.loss(_numbers(np, case.values) | dict(given))

    return Drawn("recurrent units", network, values, objective)


def draw_equations(random: Random) -> Drawn:
    """Array equations: products, softmax, sums, means, outer products, transposes, entries, broadcasting."""
    case = random_layers.random_equations(random)
    if random.random() < COARSE:
        case = replace(case, values=_coarse(case.values))
    network = case.network(layout=random.choice(["column", "row"]))

    def objective(np: Any, given: Values) -> Any:
        return case.objective(np, _numbers(np, case.values) | dict(given))

    return Drawn("array equations", network, {name: case.values[name] for name in network.parameters}, objective)


def draw_cell(random: Random) -> Drawn:
    """Recurrent cells in array equations."""
    case = random_recurrence.random_cell(random)
    if random.random() < COARSE:
        case = replace(case, values=_coarse(case.values))
    network = case.network()

    def objective(np: Any, given: Values) -> Any:
        return case.objective(np, _numbers(np, case.values) | dict(given))

    return Drawn("recurrent equations", network, {name: case.values[name] for name in network.parameters}, objective)


KINDS = (draw_units, draw_layers, draw_recurrent_units, draw_equations, draw_cell)


def _numbers(np: Any, values: Values) -> dict[str, Any]:
    """``values`` as numbers of the kind that is computed with."""
    return dict(values) if np is anp else {name: _each(own, Digits) for name, own in values.items()}


def _each(values: Any, make: Callable[[Any], Any]) -> Any:
    array = numpy.asarray(values)
    if not array.ndim:
        return make(array.item())
    found = numpy.empty(array.shape, dtype=object)
    for index, own in numpy.ndenumerate(array):
        found[index] = make(own)
    return found


def drawn(seed: int, index: int) -> Drawn:
    """The network of this number: the same every time."""
    random = Random(f"{seed} {index}")
    while True:
        own = KINDS[index % len(KINDS)](random)
        if own.values and _is_finite(own):
            return own


def _is_finite(own: Drawn) -> bool:
    """Whether the objective is a number of ordinary size."""
    try:
        with warnings.catch_warnings(), numpy.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found = float(own.objective(anp, own.values))
    except (OverflowError, ValueError, ZeroDivisionError):
        return False
    return math.isfinite(found) and abs(found) < 1e6


# Comparing.


def compare(own: Drawn) -> Outcome:
    """The gradient of a network, at each level that it has, against both oracles."""
    text = own.network.to_toml()
    network = loads(text)
    unit = derive(network, level="unit" if network.is_array else None)
    point = own_point(unit.network, unit.program)
    assert point is not None
    gradients = {"unit level": _by_parameter(own, gradient(unit, point))}
    if network.is_array:
        gradients["matrix level"] = _by_parameter(own, _matrix_gradient(unit, derive(network, level="matrix"), point))
    worst, kinks, problems = 0.0, 0, []
    random = Random(text)
    ties = math.inf
    for _ in range(DIRECTIONS):
        direction = {
            name: _each(value, lambda _: random.choice((-1, 1)) * random.randint(1, 1000)) for name, value in own.values.items()
        }
        for level, partials in gradients.items():
            error, is_kink = _error_along(own, partials, direction)
            ties = min(ties, nearest_tie())
            if error > TOLERANCE and not is_kink:
                with digits(MORE_DIGITS):
                    error, is_kink = _error_along(own, partials, direction)
            if is_kink:
                kinks += 1
                continue
            worst = max(worst, error)
            if error > TOLERANCE:
                problems.append(f"{level}: relative error {error:.1e} in {', '.join(_wrong(own, partials)) or 'one direction'}")
    double = not kinks and ties > TIE
    worst_double, wrong = _double(own, network, unit, point, gradients["unit level"]) if double else (0.0, [])
    problems += wrong
    count = sum(numpy.asarray(value).size for value in own.values.values())
    return Outcome(own.kind, count, worst, worst_double, kinks, double, tuple(problems), text if problems else "")


def _matrix_gradient(unit: Derivation, matrix: Derivation, point: Any) -> dict[str, Any]:
    """The entries of each partial, from the lines of the matrix level."""
    lines = lines_of(matrix, {})
    rows = [evaluated((*lines.forward, *lines.backward), row) for row in point.rows]
    found = {}
    for name, entries in lines.partials.items():
        indices = numpy.ndindex(*matrix.program.shapes.get(name, ()))
        for index, entry in zip(indices, entries, strict=True):
            found[element_name(name, index)] = reduced(unit.network, [row[entry] for row in rows])
    return found


def _by_parameter(own: Drawn, partials: Mapping[str, Any]) -> dict[str, Any]:
    """The partials in arrays of the parameters' shapes."""
    found = {}
    for name, value in own.values.items():
        shape = numpy.asarray(value).shape
        array = numpy.empty(shape, dtype=object)
        for index in numpy.ndindex(*shape):
            array[index] = as_mpf(partials[element_name(name, index)])
        found[name] = array
    return found


def _error_along(own: Drawn, partials: Mapping[str, Any], direction: Mapping[str, Any]) -> tuple[float, bool]:
    """The relative error of a slope along a direction, and whether there is a kink in it."""
    terms = [
        partial * int(numpy.asarray(direction[name])[index])
        for name, array in partials.items()
        for index, partial in numpy.ndenumerate(array)
    ]
    slope, scale = context().fsum(terms), context().fsum(map(abs, terms))
    values = {name: _moved(value, direction[name]) for name, value in own.values.items()}
    below, above, kinks = slopes(lambda: own.objective(numpy, values))
    errors = [abs(context().mpf(side) - slope) for side in (below, above)]
    error = float(max(errors) / max(scale, _LEAST))
    return error, bool(kinks) and error > TOLERANCE


def _moved(value: Any, along: Any) -> Any:
    array = numpy.asarray(value)
    if not array.ndim:
        return moved(array.item(), along)
    found = numpy.empty(array.shape, dtype=object)
    for index, number in numpy.ndenumerate(array):
        found[index] = moved(number, along[index])
    return found


def _wrong(own: Drawn, partials: Mapping[str, Any]) -> Iterator[str]:
    """The entries of the gradient that are wrong, each moved alone."""
    for name, value in own.values.items():
        for index in numpy.ndindex(*numpy.asarray(value).shape):
            direction = {other: _each(number, lambda _: 0) for other, number in own.values.items()}
            if index:
                direction[name][index] = 1
            else:
                direction[name] = 1
            if _error_along(own, partials, direction)[0] > TOLERANCE:
                yield element_name(name, index)


def _double(own: Drawn, network: Network, unit: Derivation, point: Any, partials: Mapping[str, Any]) -> tuple[float, list[str]]:
    """The worst relative error of autograd and of the generated function, and what is wrong."""
    values = {name: numpy.array(value, dtype=float) if numpy.ndim(value) else float(value) for name, value in own.values.items()}
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        routes = {
            "autograd": autograd.grad(lambda given: own.objective(anp, given))(values),
            "function": evaluate(network).gradient,
        }
    worst, wrong = 0.0, []
    allowed: Mapping[str, float] | None = None
    # Others add up in another order: a partial may be zero for them only but for the rounding of what other partials are made of.
    largest = max((abs(reference) for array in partials.values() for reference in array.flat), default=0)
    for (route, found), (name, array) in product(routes.items(), partials.items()):
        for index, reference in numpy.ndenumerate(array):
            theirs = context().mpf(float(numpy.asarray(found[name])[index]))
            size, difference = abs(reference), abs(theirs - reference)
            if not difference <= DOUBLE_TOLERANCE * size:
                allowed = _allowed(unit, point) if allowed is None else allowed
                rounding = allowed[element_name(name, index)] + MARGIN * UNIT_ROUNDOFF * largest
                size = max(size, rounding / DOUBLE_TOLERANCE)
            error = 0.0 if not difference else float(difference / size) if size else math.inf
            worst = max(worst, error)
            if not error <= DOUBLE_TOLERANCE:
                wrong.append(f"{route}: {float(theirs):.15g} for {element_name(name, index)}, not {float(reference):.15g}")
    return worst, wrong


def _allowed(unit: Derivation, point: Any) -> dict[str, float]:
    """What rounding may do to each partial."""
    definitions = (*unit.program.definitions, *unit.backward_pass)
    rows = [rounding_errors(definitions, evaluated(definitions, row)) for row in point.rows]
    return {
        symbol: float(MARGIN * UNIT_ROUNDOFF * context().fsum(row[definition.name] for row in rows))
        for symbol, definition in unit.partials.items()
    }


def outcome(seed: int, index: int) -> Outcome:
    """What came of the network of this number; a network that the package refuses is a mismatch as well."""
    own = drawn(seed, index)
    try:
        return compare(own)
    except InputError as error:
        text = own.network.to_toml()
        return Outcome(own.kind, 0, 0.0, 0.0, 0, False, (f"refused: {error.message}",), text)
