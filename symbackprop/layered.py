"""Layers and array equations: the symbols that they have, and their shapes.

Layer l (from 1) has the weights ``W1`` (units × inputs), the bias ``b1``, the net input ``s1`` and the output ``z1``; the
input is ``x``, the target ``y`` unless the loss names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .array_tree import Shape
from .arrays import Array
from .errors import InputError, nearest
from .fields import check_length, check_names, describe
from .shapes import MAX_RANK, SCALAR, shape_of, show
from .tree import Number

if TYPE_CHECKING:
    from .network import Layer, Network

LAYER_INPUT = "x"
OUTPUT_LAYER = "output"  # in the targets of a loss over layers


def weights(number: int) -> str:
    """The weights of a layer, by its number from 1."""
    return f"W{number}"


def bias(number: int) -> str:
    return f"b{number}"


def net_input(number: int) -> str:
    return f"s{number}"


def output(number: int) -> str:
    """The output of a layer; of layer 0, the input."""
    return f"z{number}" if number else LAYER_INPUT


def numbered(network: Network) -> Iterator[tuple[int, Layer, int | str]]:
    """(number, layer, length of what it reads) of each layer."""
    length = network.inputs
    for number, layer in enumerate(network.layers, 1):
        yield number, layer, length  # type: ignore[misc]  # a network of layers has the length of its input
        length = layer.units


def checked_inputs(network: Network) -> tuple[str, ...] | int | str:
    """Of layers the length of the input vector, of units and equations the names of the inputs."""
    if network.units and network.layers:
        raise InputError("give either units or layers, not both", "layers")
    given: object = network.inputs
    if network.layers:
        if given is None or isinstance(given, tuple | list) and not given:
            raise InputError("layers need the length of their input vector; write inputs = 2, say", "inputs")
        return check_length(given, "inputs")
    if isinstance(given, int | Number) and not isinstance(given, bool):
        raise InputError(f"expected a list of names, found {describe(given)}; a number of inputs goes with [[layers]]", "inputs")
    return check_names(given, "inputs")


def layer_uses(network: Network) -> Iterator[tuple[str, str, str]]:
    """(name, role, place) of the given symbols of layers."""
    yield LAYER_INPUT, "input", "inputs"
    for number, layer, _ in numbered(network):
        yield weights(number), "weight", f"layers[{number - 1}]"
        if layer.bias != "none":
            yield bias(number), "bias", f"layers[{number - 1}].bias"


def layer_symbols(network: Network) -> dict[str, str]:
    """The name of each net input and output, with its layer."""
    return {symbol: str(number) for number, _, _ in numbered(network) for symbol in (net_input(number), output(number))}


def layer_shapes(network: Network) -> dict[str, Shape]:
    """The shapes of the given symbols of layers, for one sample."""
    shapes: dict[str, Shape] = {LAYER_INPUT: (network.inputs,)}  # type: ignore[dict-item]
    for number, layer, length in numbered(network):
        shapes[weights(number)] = (layer.units, length) if network.weight_order == "to from" else (length, layer.units)
        if layer.bias != "none":
            shapes[bias(number)] = (layer.units,) if layer.bias == "unit" else SCALAR
    if network.loss is not None:
        for _, target in network.loss.targets:
            shapes[target] = (network.layers[-1].units,)
    return shapes


def layer_definitions(network: Network) -> dict[str, Shape]:
    """The shapes of what the layers define."""
    return {symbol: (layer.units,) for number, layer, _ in numbered(network) for symbol in (net_input(number), output(number))}


def declared(network: Network) -> dict[str, Shape]:
    """The shapes that ``network.shapes`` declares, checked, and those that layers have."""
    shapes: dict[str, Shape] = {}
    own = layer_shapes(network) if network.layers else {}
    given, defined = set(network.given), {name for name, _ in network.equations}
    if not isinstance(network.shapes, Mapping):
        raise InputError(f"expected a mapping from names to shapes, found {describe(network.shapes)}", "shapes")
    for name, found in network.shapes.items():
        place = f"shapes.{name}"
        if name not in given:
            raise InputError(f"{describe(name)} is no given symbol of the network{nearest(str(name), given)}", place)
        lengths: list[Any] = list(found) if isinstance(found, list | tuple) else [found]
        if len(lengths) > MAX_RANK:
            raise InputError(f"an array of {len(lengths)} axes; vectors and matrices have at most {MAX_RANK}", place)
        shapes[name] = tuple(check_length(length, place) for length in lengths)
        for length in shapes[name]:
            if length in given or length in defined:
                raise InputError(f"{length!r} names both a length and a symbol; choose another name", place)
        if shapes[name] != own.get(name, shapes[name]):
            raise InputError(f"{name!r} is {show(own[name])} (from {source(network, name)}), not {show(shapes[name])}", place)
    return shapes | own


def given_shapes(network: Network, values: Mapping[str, object], samples: Sequence[Mapping[str, object]]) -> dict[str, Shape]:
    """The shape of every given symbol: declared, else that of its value, else a scalar."""
    shapes = declared(network)
    for name, value in [*values.items(), *(samples[0].items() if samples else ())]:
        if name not in shapes and isinstance(value, Array):
            if len(value.shape) > MAX_RANK:
                found = f"{name!r} is an array of {len(value.shape)} axes"
                raise InputError(f"{found}; vectors and matrices have at most {MAX_RANK}", f"values.{name}")
            shapes[name] = value.shape
    return shapes


def all_shapes(network: Network) -> Mapping[str, Shape]:
    """The shape of every symbol, given or defined. Raises InputError where an equation's shapes do not fit."""
    cached: Mapping[str, Shape] | None = network.__dict__.get("_all_shapes")
    if cached is not None:
        return cached
    shapes: dict[str, Shape] = dict(network.shapes)
    sources = {name: source(network, name) for name in network.given}
    origins = {name: f" from {own}" if own else " (no value, no entry in [shapes])" for name, own in sources.items()}
    if network.layers:
        shapes |= layer_definitions(network)
        origins |= {symbol: f" from layers[{int(layer) - 1}]" for symbol, layer in layer_symbols(network).items()}
    for name, tree in network.equations:
        shapes[name] = shape_of(tree, shapes, origins.__getitem__, f"equations.{name}")
        origins[name] = f" from equations.{name}"
    if network.loss is not None and network.loss.formula is not None:
        shape = shape_of(network.loss.formula, shapes, origins.__getitem__, "loss.formula")
        if shape:
            raise InputError(f"the loss must be a number, and the formula gives {show(shape)}; sum(…) adds up", "loss.formula")
    result = MappingProxyType({name: shape for name, shape in shapes.items() if shape})
    object.__setattr__(network, "_all_shapes", result)
    return result


def source(network: Network, name: str) -> str:
    """Where the shape of a given symbol comes from: a key of the file, and what of it; empty where nothing gives it one."""
    if network.layers:
        if name == LAYER_INPUT:
            return "inputs"
        for number, layer, _ in numbered(network):
            place = f"layers[{number - 1}]"
            if name == weights(number):
                return f"{place}, units × inputs" if network.weight_order == "to from" else f"{place}, inputs × units"
            if name == bias(number):
                return f"{place}, units" if layer.bias == "unit" else f"{place}, one for the layer"
        if network.loss is not None and name in dict(network.loss.targets).values():
            return f"layers[{len(network.layers) - 1}], units"
    if name in network.values:
        return f"values.{name}"
    if any(name in sample for sample in network.samples[:1]):
        return f"samples[0].{name}"
    return f"shapes.{name}" if name in network.shapes else ""


def check_shapes(network: Network) -> None:
    """Every shape fits, and the objective is a number."""
    shape = all_shapes(network).get(network.objective, SCALAR)
    if shape:
        place = f"equations.{network.objective}" if network.equations else "objective"
        remedy = "sum(…) adds up" if network.equations else f'give [loss] a formula = "sum({network.objective})"'
        raise InputError(f"the objective {network.objective!r} must be a number, and is {show(shape)}; {remedy}", place)
