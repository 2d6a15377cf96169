"""Layers and array equations → the same network in scalars: the unit level.

Every entry becomes a symbol of its own, ``W1[0][2]``, and every unit of a layer a unit, ``1[0]``, with the net input ``s1[0]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .array_tree import Shape
from .arrays import Array, Given, element_name, element_names, indices
from .elements import element
from .errors import InputError
from .forward import forward
from .layered import LAYER_INPUT, all_shapes, bias, numbered, weights
from .network import Network, Unit, unchecked
from .shapes import size
from .tree import Number, Tree
from .wellformed import uses

MAX_SYMBOLS = 1_000_000


def expanded(network: Network) -> Network:
    """The network of scalars that a network of arrays stands for; one of scalars is returned as it is.

    Raises InputError where a length is not given, or the network would have more than `MAX_SYMBOLS` symbols.
    """
    if not network.is_array:
        return network
    shapes = all_shapes(network)
    count = 0
    for name, shape in shapes.items():
        own = size(shape)
        if own is None:
            length = next(length for length in shape if isinstance(length, str))
            raise InputError(
                f"{name} has the length {length!r}; units can be written out only where every length is a number", "level"
            )
        count += own
    if count > MAX_SYMBOLS:
        raise InputError(f"the network has {count} symbols, more than {MAX_SYMBOLS}; take the matrix level", "level")
    samples = tuple(flat(sample) for sample in network.samples)
    changes: dict[str, Any] = {
        "parameters": tuple(entries_of(network.parameters, shapes)),
        "frozen": tuple(entries_of(network.frozen, shapes)),
        "shapes": {},
        "values": flat(network.values),
        "samples": samples,
        "layout": "column",
    }
    # Entries that no formula reads are given symbols all the same.
    not_data = {name for name, role, _ in uses(network) if role not in ("input", "symbol")}
    inputs = tuple(entries_of((name for name in network.given if name not in not_data), shapes))
    if network.layers:
        return unchecked(network, **changes, inputs=inputs, layers=(), **_units(network, shapes))
    return unchecked(network, **changes, inputs=inputs, equations=tuple(_equations(network)))


def entries_of(names: Iterable[str], shapes: Mapping[str, Shape]) -> Iterator[str]:
    """The entries of arrays, scalars as they are."""
    for name in names:
        yield from element_names(name, shapes.get(name, ()))


def flat(values: Mapping[str, Given]) -> dict[str, Number]:
    """Values by the names of entries."""
    found: dict[str, Number] = {}
    for name, value in values.items():
        if isinstance(value, Array):
            found.update(zip(element_names(name, value.shape), value.entries, strict=True))
        else:
            found[name] = value
    return found


def _units(network: Network, shapes: Mapping[str, Shape]) -> dict[str, Any]:
    """Units for every layer, and the loss over those of the last."""
    units: list[Unit] = []
    before = list(entries_of([LAYER_INPUT], shapes))
    for number, layer, _ in numbered(network):
        names = [element_name(str(number), index) for index in indices((layer.units,))]
        pattern = Unit("unit", {"source": "weight"}, layer.activation, group=str(number))  # type: ignore[arg-type]
        for row, name in enumerate(names):
            indices_of = [(row, column) if network.weight_order == "to from" else (column, row) for column in range(len(before))]
            sources = tuple((source, element_name(weights(number), at)) for source, at in zip(before, indices_of, strict=True))
            own = {"unit": element_name(bias(number), (row,)), "shared": bias(number), "none": None}[layer.bias]
            units.append(unchecked(pattern, name=name, sources=sources, bias=own))
        before = names
    loss = network.loss
    if loss is None:
        return {"units": tuple(units)}
    loss = unchecked(loss, l1=_each(loss.l1, shapes), l2=_each(loss.l2, shapes))
    pairs = tuple(pair for _, target in loss.targets for pair in zip(before, entries_of([target], shapes), strict=True))
    formula = None if loss.formula is None else element(loss.formula, (), shapes)
    return {"units": tuple(units), "loss": unchecked(loss, targets=pairs, formula=formula)}


def _each(penalties: tuple[tuple[str, Number], ...], shapes: Mapping[str, Shape]) -> tuple[tuple[str, Number], ...]:
    """A penalty on an array is one on each of its entries."""
    return tuple((entry, weight) for name, weight in penalties for entry in entries_of([name], shapes))


def _equations(network: Network) -> Iterator[tuple[str, Tree]]:
    """One equation for every entry of every definition."""
    program = forward(network)
    for definition in program.definitions:
        for index in indices(program.shapes.get(definition.name, ())):
            yield element_name(definition.name, index), element(definition.tree, index, program.shapes)
