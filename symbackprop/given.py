"""The values given with a network: exact, for given symbols only, of the right shape, over samples where there are several."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .array_tree import Shape
from .arrays import Array, Given, as_given
from .errors import InputError, nearest
from .fields import LEARNING_RATE, as_number, describe
from .layered import declared, given_shapes, source
from .shapes import SCALAR, show
from .time_steps import sequences, why_not_given
from .wellformed import is_softmax, symbols_of

if TYPE_CHECKING:
    from .network import Network

_PROBABILITIES = ("binary_cross_entropy", "negative_log_likelihood", "cross_entropy")
_NEARLY = Fraction(1, 1000)  # targets that miss 1 by less are rounded ones


def checked_values(network: Network) -> dict[str, Any]:
    """Values exact, for given symbols only; arrays with one axis more than the symbol has become samples."""
    given, parameters = set(network.given), set(network.parameters) | set(network.frozen)
    timed = sequences(network) if network.steps is not None else frozenset()
    shapes = _declared_with_time(network, timed)
    values: dict[str, Given] = {}
    columns: dict[str, list[Given]] = {}
    rate: object = network.learning_rate
    for name, value in _items(network.values, "values"):
        place = f"values.{name}"
        if name == LEARNING_RATE:
            rate = value
            continue
        if name not in given:
            if reason := why_not_given(network, str(name)):
                raise InputError(f"{describe(name)} {reason}", place)
            defined = name in symbols_of(network) or any(name == equation for equation, _ in network.equations)
            reason = "is defined by the network and cannot be given" if defined else "is no symbol of the network"
            raise InputError(f"{describe(name)} {reason}{nearest(str(name), (*given, LEARNING_RATE))}", place)
        found = as_given(value, place)
        if isinstance(found, Array) and _is_over_samples(network, name in timed, name, found, shapes):
            if name in parameters:
                wanted = "one number" if not shapes.get(name) else show(shapes[name])
                remedy = f"; write {name}[t] for a number at each step" if network.steps == found.shape[0] else ""
                raise InputError(f"{name!r} is a parameter and takes {wanted}, not {_article(found)}{remedy}", place)
            parts = (found.part(index) for index in range(found.shape[0]))
            columns[name] = [_fitting(network, part, name, shapes, place, "each sample of ") for part in parts]
        else:
            values[name] = _fitting(network, found, name, shapes, place)
    if isinstance(network.samples, str | Mapping) or not isinstance(network.samples, Iterable):
        raise InputError(f"expected a list of mappings from names to values, found {describe(network.samples)}", "samples")
    rows = [dict(_items(sample, f"samples[{index}]")) for index, sample in enumerate(network.samples)]
    if columns:
        rows = _rows(columns, rows)
    _refuse_hidden_samples(network, values, shapes, len(rows))
    samples = []
    for index, row in enumerate(rows):
        if row.keys() != rows[0].keys():
            raise InputError("every sample must give the same symbols", f"samples[{index}]")
        own: dict[str, Given] = {}
        for name, value in row.items():
            place = f"samples[{index}].{name}"
            if name not in given or name in parameters:
                if name not in given:
                    raise InputError(f"{describe(name)} is no symbol of the network{nearest(str(name), given)}", place)
                remedy = f"; write inputs = [{name!r}] if it is data" if network.equations else ""
                raise InputError(f"{name!r} is a parameter, the same for all samples{remedy}", place)
            own[name] = _fitting(network, as_given(value, place), name, shapes, place)
        samples.append(MappingProxyType(own))
    first = tuple(_at_one_step(network, timed, sample) for sample in samples[:1])
    found_shapes = given_shapes(network, _at_one_step(network, timed, values), first) if network.is_array else {}
    for index, sample in enumerate(samples if network.steps is None else ()):
        for name, value in sample.items():
            _fitting(network, value, name, found_shapes, f"samples[{index}].{name}")
    if network.signal_sign not in (1, -1):
        raise InputError(f"expected 1 or -1, found {describe(network.signal_sign)}", "signal_sign")
    return {
        "values": MappingProxyType(values),
        "samples": tuple(samples),
        "shapes": MappingProxyType(found_shapes),
        "learning_rate": None if rate is None else as_number(rate, f"values.{LEARNING_RATE}"),
    }


def _declared_with_time(network: Network, timed: Collection[str]) -> dict[str, Shape]:
    """The shapes that values must have, as far as they are known before the values are; with time for what each step has one of."""
    shapes = declared(network) if network.is_array else {}
    if network.steps is None:
        return shapes
    if not network.is_array:
        shapes |= dict.fromkeys(network.given, SCALAR)
    return {name: (network.steps, *shape) if name in timed else shape for name, shape in shapes.items()}


def _at_one_step(network: Network, timed: Collection[str], values: Mapping[str, Given]) -> dict[str, Given]:
    """Values as each step sees them; InputError where a sequence has not as many values as there are steps."""
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


def _is_over_samples(network: Network, timed: bool, name: str, value: Array, shapes: Mapping[str, Shape]) -> bool:
    """Whether the first axis of a value counts samples: it has one axis more than its symbol."""
    if not network.is_array and network.steps is None:
        return True
    if network.steps is not None and name not in shapes:
        # Over time first; with another number in front, over samples and then over time.
        return timed and len(value.shape) > 1 and value.shape[0] != network.steps == value.shape[1]
    # Of equations a symbol without a declared shape has the shape of its value.
    return name in shapes and len(value.shape) == len(shapes.get(name, SCALAR)) + 1


def _article(value: Array) -> str:
    return f"an array of {value.shape[0]}" if len(value.shape) == 1 else show(value.shape)


def _fitting(network: Network, value: Given, name: str, shapes: Mapping[str, Shape], place: str, of: str = "") -> Given:
    """``value`` if it has the shape that its symbol was declared with; ``of`` says in an error what it is the value of."""
    own = value.shape if isinstance(value, Array) else SCALAR
    if name not in shapes:
        if own and not network.is_array and network.steps is None:
            remedy = "; of equations declare its shape in [shapes]" if network.equations else ""
            raise InputError(f"{of}{name!r} must be one number, and the value is {show(own)}{remedy}", place)
        return value
    wanted = shapes[name]
    if own == wanted:
        return value
    unknown = [length for length in wanted if isinstance(length, str)]
    if unknown and len(own) == len(wanted):
        raise InputError(f"{name!r} has a value, so its length {unknown[0]!r} must be given as a number", place)
    remedy = "; transpose it" if len(own) == 2 and own[::-1] == wanted else ""
    if wanted == (1,) and len(own) == 1 and name not in network.parameters:
        remedy = "; of several samples it is an array of arrays, [[0], [1]]"
    declared_by = f"shapes.{name}" if name in network.shapes and not network.layers else source(network, name)
    origin = f" (from {declared_by})" if network.is_array else ""
    raise InputError(f"{of}{name!r} must be {show(wanted)}{origin}, and the value is {show(own)}{remedy}", place)


def _refuse_hidden_samples(network: Network, values: Mapping[str, Given], shapes: Mapping[str, Shape], samples: int) -> None:
    """What a loss formula over layers reads without a declaration is the same for all samples, and must not look otherwise."""
    for name, value in values.items():
        if samples and network.layers and name not in shapes and isinstance(value, Array) and value.shape[0] == samples:
            found = f"{name!r} is {show(value.shape)}, and there are {samples} samples"
            raise InputError(f"{found}; write targets = {name!r} in [loss], or declare its shape in [shapes]", f"values.{name}")


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
    if loss.function not in (*_PROBABILITIES, "hinge"):
        return
    places = [(network.values, "values")] + [(sample, f"samples[{index}]") for index, sample in enumerate(network.samples)]
    for given, place in places:
        for name in dict.fromkeys(name for _, name in loss.targets if name in given):
            for entry in _entries(given[name]):
                _check_target(loss.function, entry, f"{place}.{name}")
    for group in adding_up_to_one(network):
        for given, place in places[1:] or places:
            known = {**network.values, **given}
            if known.keys() >= set(group):
                own = next((name for name in group if name in given), "")
                _check_total([known[name] for name in group], network.steps is not None, f"{place}.{own}" if own else "values")


def adding_up_to_one(network: Network) -> list[tuple[str, ...]]:
    """The targets that must add up to 1: those of a softmax with cross-entropy, whose slopes cancel for such targets only."""
    loss = network.loss
    if loss is None or loss.function != "cross_entropy":
        return []
    targets = dict(loss.targets)
    if network.layers:
        return [tuple(targets.values())] if is_softmax(network.layers[-1]) else []
    groups: dict[str, list[str]] = {}
    for unit in network.units:
        if is_softmax(unit):
            groups.setdefault(unit.group, []).append(targets.get(unit.name, ""))
    return [tuple(group) for group in groups.values() if all(group)]


def _check_target(function: str, target: Fraction | int, place: str) -> None:
    if function in _PROBABILITIES and not 0 <= target <= 1:
        raise InputError(f"a target of {function} is a probability from 0 to 1, found {float(target):g}", place)
    if function == "hinge" and target not in (-1, 1):
        raise InputError(f"a target of hinge is -1 or 1, found {float(target):g}", place)


def _check_total(targets: Iterable[Given], over_time: bool, place: str) -> None:
    """The targets of one softmax add up to 1, at every step where they are sequences."""
    columns = [_entries(target) for target in targets]
    steps = max(map(len, columns)) if over_time else 1
    for step in range(steps):
        numbers = [column[step % len(column)] for column in columns] if over_time else [one for own in columns for one in own]
        total = Fraction(sum(numbers))
        if total != 1:
            found = f"{float(total):g}"
            if abs(total - 1) < _NEARLY:
                found = f'1 {"-" if total < 1 else "+"} {float(abs(total - 1)):.1g}; write a third as "1/3"'
            raise InputError(f"the targets of softmax with cross_entropy must add up to 1, and add up to {found}", place)


def _entries(value: Given) -> list[Fraction | int]:
    """The exact values. Those of doubles that are whole, of targets the most, need no fraction."""
    numbers = value.numbers if isinstance(value, Array) else (value,)
    return [int(own) if isinstance(own, float) and own.is_integer() else as_number(own, "").value for own in numbers]
