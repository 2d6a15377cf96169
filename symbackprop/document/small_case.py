"""A product of matrices in a network, and a network of the same kind that is small enough to write out every entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..array_program import Linear
from ..array_tree import MatMul
from ..derivation import Derivation, derive
from ..errors import InputError
from ..network import Layer, Network
from ..tree import Tree, fold, names
from .levels import MATRIX

SMALL = (2, 3)  # the lengths of axes in the small case


class Connection(NamedTuple):
    """A definition that multiplies matrices, and the factors in it that are differentiated by, earlier definitions first."""

    reader: str
    reads: tuple[str, ...]


def connection(arrays: Derivation) -> Connection | None:
    """The first product of matrices that passes something back to an earlier definition; else the first that there is."""
    program = arrays.program
    found: list[Connection] = []
    for definition in program.definitions:
        if not isinstance(definition, Linear) or not program.shapes.get(definition.name):
            continue
        factors = dict.fromkeys(name for part in _products(definition.tree) for name in names(part))
        reads = [name for name in factors if name in arrays.partials and _is_read_by(arrays, name, definition.name)]
        if reads:
            found.append(Connection(definition.name, tuple(sorted(reads, key=lambda name: name not in program.by_name))))
    inner = (own for own in found if own.reads[0] in program.by_name)
    return next(inner, found[0] if found else None)


def _is_read_by(arrays: Derivation, name: str, reader: str) -> bool:
    return any(term.through == reader for term in arrays.partials[name].terms)


def _products(tree: Tree) -> Iterator[Tree]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, MatMul):
            yield node
        else:
            stack.extend(reversed(node.children))


def has(tree: Tree, kind: type[Tree]) -> bool:
    """Whether a tree has a node of a kind."""
    return fold(tree, lambda node, below: any(below) or isinstance(node, kind))


def small_case(arrays: Derivation) -> Derivation | None:
    """A network of the same kind with two or three entries along each axis; None where its equations need longer ones.

    Lengths that are all short stay; else they become two and three in turns, so that a matrix and its transpose differ.
    """
    network = arrays.network
    by = None if arrays.wanted == network.parameters else arrays.wanted
    try:
        return derive(_layers(network) if network.layers else _equations(network, arrays), by=by, level=MATRIX)
    except InputError:
        return None


def _layers(network: Network) -> Network:
    sizes: list[object] = [network.inputs, *(layer.units for layer in network.layers)]
    fits = all(size in SMALL for size in sizes)
    lengths = [size if fits and isinstance(size, int) else SMALL[(index + 1) % 2] for index, size in enumerate(sizes)]
    layers = tuple(Layer(length, layer.activation, layer.bias) for length, layer in zip(lengths[1:], network.layers, strict=True))
    return Network(
        inputs=lengths[0],
        layers=layers,
        loss=network.loss,
        objective="" if network.loss else network.objective,
        parameters=network.parameters,
        layout=network.layout,
        weight_order=network.weight_order,
        signal_sign=network.signal_sign,
    )


def _equations(network: Network, arrays: Derivation) -> Network:
    """The same equations with short axes; equal lengths stay equal."""
    lengths = dict.fromkeys(length for shape in arrays.program.shapes.values() for length in shape if length != 1)
    small = all(length in SMALL for length in lengths)
    found = {length: length if small else SMALL[index % 2] for index, length in enumerate(lengths)}
    found[1] = 1
    return Network(
        inputs=network.inputs,
        equations=network.equations,
        objective=network.objective,
        parameters=network.parameters,
        layout=network.layout,
        shapes={name: tuple(found[length] for length in shape) for name, shape in network.shapes.items() if shape},
    )
