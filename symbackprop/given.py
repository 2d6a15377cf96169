"""The values given with a network: exact, for given symbols only, of the right shape, over samples where there are several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .array_tree import Shape
from .arrays import Array, Given, as_given
from .errors import InputError, nearest
from .fields import LEARNING_RATE, as_number, describe
from .layered import declared, given_shapes
from .shapes import SCALAR, show
from .time_steps import sequences, with_time
from .tree import Number
from .wellformed import is_softmax, symbols_of

if TYPE_CHECKING:
    from .network import Network

_PROBABILITIES = ("binary_cross_entropy", "negative_log_likelihood", "cross_entropy")


def checked_values(network: Network) -> dict[str, Any]:
    """Values exact, for given symbols only; arrays with one axis more than the symbol has become samples."""
    given, parameters = set(network.given), set(network.parameters) | set(network.frozen)
    shapes = _declared_with_time(network)
    values: dict[str, Given] = {}
    columns: dict[str, list[Given]] = {}
    rate: object = network.learning_rate
    for name, value in _items(network.values, "values"):
        place = f"values.{name}"
        if name == LEARNING_RATE:
            rate = value
            continue
        if name not in given:
            defined = name in symbols_of(network) or any(name == equation for equation, _ in network.equations)
            reason = "is defined by the network and cannot be given" if defined else "is no symbol of the network"
            raise InputError(f"{describe(name)} {reason}{nearest(str(name), (*given, LEARNING_RATE))}", place)
        found = as_given(value, place)
        if isinstance(found, Array) and _is_over_samples(network, name, found, shapes):
            if name in parameters:
                wanted = "one number" if name not in shapes else show(shapes[name])
                raise InputError(f"{name!r} is a parameter and takes {wanted}, not {_article(found)}", place)
            columns[name] = [_fitting(found.part(index), name, shapes, place) for index in range(found.shape[0])]
        else:
            values[name] = _fitting(found, name, shapes, place)
    rows = [dict(_items(sample, f"samples[{index}]")) for index, sample in enumerate(network.samples)]
    if columns:
        rows = _rows(columns, rows)
    samples = []
    for index, row in enumerate(rows):
        if row.keys() != rows[0].keys():
            raise InputError("every sample must give the same symbols", f"samples[{index}]")
        own: dict[str, Given] = {}
        for name, value in row.items():
            place = f"samples[{index}].{name}"
            if name not in given or name in parameters:
                reason = "is a parameter, the same for all samples" if name in given else "is no symbol of the network"
                hint = "" if name in given else nearest(str(name), given)
                raise InputError(f"{describe(name)} {reason}{hint}", place)
            own[name] = _fitting(
                as_given(value, place) if network.is_array or network.steps is not None else as_number(value, place),
                name,
                shapes,
                place,
            )
        samples.append(MappingProxyType(own))
    first = tuple(_at_one_step(network, sample) for sample in samples[:1])
    if network.signal_sign not in (1, -1):
        raise InputError(f"expected 1 or -1, found {describe(network.signal_sign)}", "signal_sign")
    return {
        "values": MappingProxyType(values),
        "samples": tuple(samples),
        "shapes": MappingProxyType(given_shapes(network, _at_one_step(network, values), first) if network.is_array else {}),
        "learning_rate": None if rate is None else as_number(rate, f"values.{LEARNING_RATE}"),
    }


def _declared_with_time(network: Network) -> dict[str, Shape]:
    """The shapes that values must have, as far as they are known before the values are."""
    shapes = declared(network) if network.is_array else {}
    found = {name: with_time(network, name, shape) for name, shape in shapes.items()}
    if network.steps is not None and not network.is_array:
        found |= {name: with_time(network, name, ()) for name in network.given}
    return found


def _at_one_step(network: Network, values: Mapping[str, Given]) -> dict[str, Given]:
    """Values as each step sees them; InputError where a sequence has not as many values as there are steps."""
    if network.steps is None:
        return dict(values)
    timed = sequences(network)
    found: dict[str, Given] = {}
    for name, value in values.items():
        if name in timed:
            length = value.shape[0] if isinstance(value, Array) else None
            if length != network.steps:
                what = f"has {length} values over time" if length else "is read at every step and has one value"
                raise InputError(f"{name!r} {what}, and the network has {network.steps} steps", f"values.{name}")
            found[name] = value.part(0) if isinstance(value, Array) else value
        else:
            found[name] = value
    return found


def _is_over_samples(network: Network, name: str, value: Array, shapes: Mapping[str, Shape]) -> bool:
    """Whether the first axis of a value counts samples: it has one axis more than its symbol."""
    if not network.is_array and network.steps is None:
        return True
    if network.steps is not None and name not in shapes:
        # Over time first; with another number in front, over samples and then over time.
        timed = name in sequences(network)
        return timed and len(value.shape) > 1 and value.shape[0] != network.steps == value.shape[1]
    # Of equations a symbol without a declared shape has the shape of its value.
    return name in shapes and len(value.shape) == len(shapes.get(name, SCALAR)) + 1


def _article(value: Array) -> str:
    return f"an array of {value.shape[0]}" if len(value.shape) == 1 else show(value.shape)


def _fitting(value: Given, name: str, shapes: Mapping[str, Shape], place: str) -> Given:
    """``value`` if it has the shape that its symbol was declared with."""
    own = value.shape if isinstance(value, Array) else SCALAR
    if name in shapes and own != shapes[name]:
        unknown = [length for length in shapes[name] if isinstance(length, str)]
        if unknown and len(own) == len(shapes[name]):
            raise InputError(f"{name!r} has a value, so its length {unknown[0]!r} must be given as a number", place)
        raise InputError(f"{name!r} must be {show(shapes[name])}, and the value is {show(own)}", place)
    if name not in shapes and own and not place.startswith(("values", "samples")):
        raise InputError(f"{name!r} must be a number, and the value is {show(own)}", place)
    return value


def _items(value: object, place: str) -> Iterable[tuple[Any, Any]]:
    if not isinstance(value, Mapping):
        raise InputError(f"expected a mapping from names to numbers, found {describe(value)}", place)
    return value.items()


def _rows(columns: Mapping[str, list[Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Arrays over samples, turned into one mapping per sample."""
    lengths = {name: len(column) for name, column in columns.items()}
    if rows:
        raise InputError("give either arrays over samples, or [[samples]], not both", "values")
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise InputError(f"arrays over samples must be of one length ({listed})", "values")
    return [{name: column[index] for name, column in columns.items()} for index in range(next(iter(lengths.values())))]


def check_targets(network: Network) -> None:
    """The targets are what the loss is made for: probabilities, or −1 and 1. InputError names the first that is not."""
    loss = network.loss
    if loss is None or not loss.function:
        return
    places = [(network.values, "values")] + [(sample, f"samples[{index}]") for index, sample in enumerate(network.samples)]
    for given, place in places:
        targets = [(name, given[name]) for _, name in loss.targets if name in given]
        for name, value in targets:
            for entry in _entries(value):
                _check_target(loss.function, entry.value, f"{place}.{name}")
        if loss.function == "cross_entropy" and _ends_in_softmax(network) and len(targets) == len(loss.targets):
            total = sum((entry.value for _, value in targets for entry in _entries(value)), Fraction(0))
            if total != 1:
                raise InputError(
                    f"the targets of softmax with cross_entropy must add up to 1, and add up to {float(total):g}",
                    f"{place}.{loss.targets[0][1]}",
                )


def _check_target(function: str, target: Fraction, place: str) -> None:
    if function in _PROBABILITIES and not 0 <= target <= 1:
        raise InputError(f"a target of {function} is a probability from 0 to 1, found {float(target):g}", place)
    if function == "hinge" and target not in (-1, 1):
        raise InputError(f"a target of hinge is -1 or 1, found {float(target):g}", place)


def _ends_in_softmax(network: Network) -> bool:
    if network.layers:
        return is_softmax(network.layers[-1])
    outputs = {unit for unit, _ in network.loss.targets} if network.loss else set()
    return any(is_softmax(unit) for unit in network.units if unit.name in outputs)


def _entries(value: Given) -> tuple[Number, ...]:
    return value.entries if isinstance(value, Array) else (value,)
