"""The symbols of arrays and of their entries, and the shapes of everything that stands on a page.

A vector is a bold letter, a matrix a bold capital, an entry the plain letter with its index: W⁽¹⁾ and w⁽¹⁾₁₂. The letters of
layers are those that the notation has for units.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import count, islice
from typing import NamedTuple

from ..array_tree import Shape
from ..derivation import Derivation
from ..general_step import general_names
from ..layered import LAYER_INPUT, bias, net_input, numbered, output, weights
from ..network import Network
from ..program import ErrorSignal, LocalDerivative, Partial
from ..time_steps import longest_delays
from ..tree import derivative_name
from .scripts import bold, capital, split_scripts, with_scripts

OF_ALL = "*"  # behind the name of a vector: the matrix of this vector for all samples
IDENTITY = "identity*"  # the entries of the identity matrix, 1 where the indices are equal
_LETTERS = "jklimpqruv"
_MOST_LETTERS = 12


class ArraySymbol(NamedTuple):
    """How an array is printed, and the letter of its entries, to which the index comes."""

    whole: str
    entry: str


def array_symbol(letter: str, shape: Shape) -> ArraySymbol:
    return ArraySymbol(bold(capital(letter) if len(shape) > 1 else letter) if shape else letter, letter)


def layer_symbols(network: Network, shapes: Mapping[str, Shape], table: Mapping[str, str]) -> Iterator[tuple[str, ArraySymbol]]:
    """The symbols of layers, in the letters of a notation's ``table``."""
    targets = [target for _, target in network.loss.targets] if network.loss else []
    data = {LAYER_INPUT: LAYER_INPUT, **{target: target for target in targets if len(target) == 1}}
    letters = {key: re.sub(r"[_^]\{<unit>\}", "", table[key]) for key in ("net_input", "output", "error_signal")}
    for number, _, _ in numbered(network):
        last = number == len(network.layers) and "last_layer" in table
        mark = table["layer"].replace("<layer>", table["last_layer"] if last else str(number))
        _, lower, upper = split_scripts(f".{mark}")
        own = {
            weights(number): table["weights"],
            bias(number): table["bias"],
            net_input(number): letters["net_input"],
            output(number): letters["output"],
            f"delta_{number}": letters["error_signal"],
        }
        data.update({name: with_scripts(letter, lower, upper) for name, letter in own.items()})
    for name, letter in data.items():
        for own_name in (name, name + OF_ALL):
            if own_name in shapes or own_name == name:
                yield own_name, array_symbol(letter, shapes.get(own_name, ()))


def page_shapes(derivation: Derivation) -> Mapping[str, Shape]:
    """The shape of every array of a derivation by plain name: symbols, partials, error signals, updates."""
    shapes: dict[str, Shape] = dict(derivation.program.shapes)
    for definition in derivation.backward_pass:
        if isinstance(definition, LocalDerivative):
            shapes[definition.name] = shapes.get(definition.of, ())
        elif isinstance(definition, Partial | ErrorSignal):
            shapes[definition.name] = shapes[derivative_name(definition.of, definition.wrt)] = shapes.get(definition.wrt, ())
    for update in derivation.updates:
        shapes[update.name] = shapes[f"new_{update.parameter}"] = shapes.get(update.parameter, ())
    if derivation.given.steps is not None:
        delay = max(longest_delays(derivation.given).values(), default=0)
        general = [(own, shape) for name, shape in shapes.items() for own in general_names(name, delay)]
        shapes.update(general)
    return {name: shape for name, shape in shapes.items() if shape}


def free_letters(derivation: Derivation) -> tuple[str, ...]:
    """Letters for indices, which mean nothing else on the page."""
    shapes = derivation.program.shapes
    taken = {*derivation.program.given, *derivation.program.by_name, *shapes}
    taken |= {length for shape in shapes.values() for length in shape if isinstance(length, str)}
    single = (letter for letter in _LETTERS if letter not in taken)
    return (
        *islice(single, _MOST_LETTERS),
        *islice((f"j_{number}" for number in count(1) if f"j_{number}" not in taken), _MOST_LETTERS),
    )
