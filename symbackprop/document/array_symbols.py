"""The symbols of arrays and of their entries, and the shapes of everything that stands on a page.

A vector is a bold letter, a matrix a bold capital, an entry the plain letter with its index: W⁽¹⁾ and w⁽¹⁾₁₂. The letters of
layers are those that the notation has for units.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
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
from .profile import UNIT, Profile, whole
from .scripts import bold, capital, split_scripts, with_scripts

OF_ALL = "*"  # behind the name of a vector: the matrix of this vector for all samples
IDENTITY = "identity*"  # the entries of the identity matrix, 1 where the indices are equal
_LETTERS = "jklimpqruv"
_MOST_LETTERS = 12


class ArraySymbol(NamedTuple):
    """How an array is printed, and the letter of its entries, to which the index comes."""

    whole: str
    entry: str


def array_symbol(letter: str, shape: Shape, entry: str) -> ArraySymbol:
    return ArraySymbol(bold(capital(letter) if len(shape) > 1 else letter) if shape else letter, entry)


def layer_symbols(network: Network, shapes: Mapping[str, Shape], chosen: Profile) -> Iterator[tuple[str, ArraySymbol]]:
    """The symbols of layers, in the letters of a notation."""
    targets = [target for _, target in network.loss.targets] if network.loss else []
    data = {LAYER_INPUT: chosen.input, **{target: _of_target(target, chosen) for target in targets if len(target) == 1}}
    letters = {name: ArraySymbol(letter, letter) for name, letter in data.items()}
    for number, _, _ in numbered(network):
        last = number == len(network.layers)
        mark = chosen.layer_mark(number, last)
        own = {
            weights(number): chosen.weights,
            bias(number): chosen.bias,
            net_input(number): chosen.net_input,
            output(number): chosen.output,
            f"delta_{number}": chosen.error_signal,
        }
        letters.update({name: _of_layer(pattern, mark) for name, pattern in own.items()})
        if last and UNIT in chosen.prediction and network.loss is not None:
            letters[output(number)] = _of_layer(chosen.prediction, ("", ""))
    for name, (letter, entry) in letters.items():
        for own_name in (name, name + OF_ALL):
            if own_name in shapes or own_name == name:
                yield own_name, array_symbol(letter, shapes.get(own_name, ()), entry)


def _of_target(target: str, chosen: Profile) -> str:
    return chosen.target if target == "y" else target


def _of_layer(pattern: str, mark: tuple[str, str]) -> ArraySymbol:
    """The letter of an array of a layer and that of its entries, with the mark that says which layer it is."""
    entry = pattern if UNIT in split_scripts(pattern)[1] else whole(pattern)
    return ArraySymbol(_marked(whole(pattern), mark), _marked(entry, mark))


def _marked(tex: str, mark: tuple[str, str]) -> str:
    base, lower, upper = split_scripts(tex)
    return with_scripts(with_scripts(base, *mark), lower, upper)


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


def free_letters(derivation: Derivation, printed: Collection[str]) -> tuple[str, ...]:
    """Letters for indices, which mean nothing else on the page: no name, and no ``printed`` letter."""
    shapes = derivation.program.shapes
    taken = {*printed, *derivation.program.given, *derivation.program.by_name, *shapes}
    taken |= {length for shape in shapes.values() for length in shape if isinstance(length, str)}
    single = (letter for letter in _LETTERS if letter not in taken)
    return (
        *islice(single, _MOST_LETTERS),
        *islice((f"j_{number}" for number in count(1) if f"j_{number}" not in taken), _MOST_LETTERS),
    )
