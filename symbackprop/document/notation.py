"""From plain names to printed symbols: a `Profile` applied to one derivation.

Parts that every network has (net inputs, outputs, error signals, the learning rate, all of layers) are printed in the notation's
letters. Names that an author chose are set from their spelling, in which a conventional letter (w for a weight, b, x, y, E)
gives way to that of the notation; the network's own ``[symbols]`` stand above both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ..array_tree import Shape
from ..derivation import Derivation
from ..errors import InputError, nearest
from ..functions import FUNCTIONS
from ..network import LEARNING_RATE, NET_INPUT, OBJECTIVE, Network
from ..program import Activation
from ..time_steps import sequences
from ..tree import Call, Name, Tree, names, substitute
from ..wellformed import parts_of_loss
from .alike import check_distinct, printed, told_apart_functions
from .array_symbols import IDENTITY, ArraySymbol, free_letters, layer_symbols, page_shapes
from .profile import DEFAULT, UNIT, Profile, placed, profile, whole
from .scripts import bold, joined, plain_letter, split_index, split_scripts, with_scripts
from .symbol_text import check_symbol, spelled, unit_index

__all__ = ["Notation", "check_symbol", "notation_for", "own_output", "show_slopes", "slope_tree", "spelled"]

_CACHED = re.compile(r"C_\d+")
_CACHED_LETTERS = ("C", "K", "D", "G", "Q", "R")  # where a symbol of the page has the notation's own


@dataclass(frozen=True)
class Notation:
    """How the symbols of one derivation are printed.

    ``entries`` has the letters of entries where they differ from the array's symbol, ``shapes`` says which names are arrays,
    ``rows`` whether vectors are rows; ``letters`` are free for indices. Names of ``timed`` have a step as their first index.
    ``changes`` names what the notation has changed in the derivation, by the keys of `words.CHANGES`.
    """

    profile: Profile
    symbols: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    cached: str = "C"
    entries: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    rows: bool = False
    letters: tuple[str, ...] = ()
    timed: frozenset[str] = frozenset()
    changes: tuple[str, ...] = ()
    _printed: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def slope(self) -> str:
        return self.profile.slope

    @property
    def hadamard(self) -> str:
        return self.profile.hadamard

    def symbol(self, name: str) -> str:
        """The LaTeX of a plain name."""
        if name in self.symbols:
            return self.symbols[name]
        if name not in self._printed:  # a page asks for each many times
            self._printed[name] = self._spelled(name)
        return self._printed[name]

    def _spelled(self, name: str) -> str:
        if name.startswith("Delta_"):
            return rf"\Delta {self.symbol(name.removeprefix('Delta_'))}"
        if _CACHED.fullmatch(name):
            return with_scripts(self.cached, name.removeprefix("C_"))
        base, index = split_index(name)
        step = ""
        if index and base in self.timed:
            step, index = f"({index[0]})", index[1:]
        if index:
            letter = self.entries.get(base) or plain_letter(self.symbols.get(base) or spelled(base))
            at = joined(tuple(map(self.profile.shown_index, index)))
            return with_scripts(placed(letter, at), upper=step) if UNIT in letter else with_scripts(letter, at, step)
        own = self.symbols.get(base) or (bold(spelled(base)) if self.shapes.get(name) else spelled(base))
        return with_scripts(own, upper=step)

    def function_symbol(self, name: str) -> str:
        """The LaTeX name of a function: the notation's own letter, or the one that the function has everywhere."""
        return self.functions[name] if name in self.functions else FUNCTIONS[name].latex


def notation_for(
    derivation: Derivation,
    chosen: Profile,
    arrays: Derivation | None = None,
    of_batch: Mapping[str, Shape] = MappingProxyType({}),
) -> Notation:
    """A notation for a derivation. ``arrays`` is the same derivation at the matrix level, if there is one, ``of_batch`` the shapes
    of what there is of all samples. Raises InputError for an unknown or bad symbol, and where two names would print alike.
    """
    network = derivation.given
    symbols = dict(_symbols(derivation, chosen))
    shapes = {**page_shapes(arrays), **of_batch} if arrays is not None else {}
    of_arrays = dict(_array_symbols(arrays, shapes, chosen)) if arrays is not None else {}
    symbols.update({plain: own.whole for plain, own in of_arrays.items()})
    entries = {plain: own.entry for plain, own in of_arrays.items()}
    known = set(symbols) | set(derivation.program.given) | set(derivation.by_name) | set(derivation.given.given)
    known |= set(arrays.by_name) if arrays is not None else set()
    authors = {*network.given, *derivation.program.given, *(name for name, _ in network.equations)}
    for plain, text in network.symbols.items():
        if plain not in known and not _CACHED.fullmatch(plain):
            raise InputError(f"{plain!r} is no symbol of the network{nearest(plain, known)}", "symbols")
        own = check_symbol(text, f"symbols.{plain}")
        # What a notation names has the network's own symbol in the notation that the network was written for.
        if plain in authors or is_own(network, chosen):
            symbols[plain] = own
            entries.pop(plain, None)
    found = Notation(
        chosen,
        symbols,
        entries=entries,
        shapes=shapes,
        rows=derivation.given.layout == "row",
        timed=_timed(derivation, arrays),
    )
    bases = tuple(dict.fromkeys(split_index(name)[0] for name in _plain_names(derivation, arrays)))
    argument = whole(chosen.net_input)
    if not network.equations and argument not in {found.symbol(base) for base in bases}:
        symbols[NET_INPUT] = argument  # the argument of an activation in general
    parts = {split_scripts(symbol) for base in bases for symbol in printed(found, base)}
    printed_letters = {letter for letter, _, _ in parts}
    like_cached = {letter for letter, lower, upper in parts if not upper and re.fullmatch(r"[\d,@#]+", lower)}
    found = replace(
        found,
        cached=next((letter for letter in (chosen.cached, *_CACHED_LETTERS) if letter not in like_cached), chosen.cached),
        functions=told_apart_functions(chosen, derivation, printed_letters),
        letters=free_letters(arrays if arrays is not None else derivation, printed_letters),
    )
    if arrays is not None:
        found = replace(found, entries={**entries, **_told_apart(found, (*arrays.program.given, *arrays.program.by_name))})
    check_distinct(found, bases, authors)
    return found


def chosen_profile(network: Network, chosen: str | None) -> Profile:
    """The chosen notation, else the network's own, else that of document 003."""
    return profile(chosen or network.notation or DEFAULT)


def is_own(network: Network, chosen: Profile) -> bool:
    """Whether a notation is the one that the network's file names, or the default where it names none."""
    return chosen_profile(network, None) == chosen


def _plain_names(derivation: Derivation, arrays: Derivation | None) -> Iterator[str]:
    """The names that have a symbol of their own, of both levels."""
    for own in (derivation, arrays):
        if own is None:
            continue
        yield from own.program.given
        yield from own.program.by_name
        yield from (signal.name for signal in own.signals.values())
    yield LEARNING_RATE


def _array_symbols(arrays: Derivation, shapes: Mapping[str, Shape], chosen: Profile) -> Iterator[tuple[str, ArraySymbol]]:
    yield IDENTITY, ArraySymbol(r"\mathbf{I}", "I")
    if arrays.given.layers:
        yield from layer_symbols(arrays.given, shapes, chosen)
    formulas = [split_index(name)[0] for name, _ in arrays.network.equations]
    for name in dict.fromkeys(split_index(name)[0] for name in arrays.program.by_name):
        base, _, number = name.rpartition("_")
        if name not in formulas and base in formulas and number.isdigit():  # a part of a formula: no index, which is an entry's
            letter = with_scripts(spelled(base), upper=f"[{number}]")
            is_array = any(shapes.get(own) for own in arrays.program.by_name if split_index(own)[0] == name)
            yield name, ArraySymbol(bold(letter) if is_array else letter, letter)


def _told_apart(notation: Notation, plain_names: Iterable[str]) -> dict[str, str]:
    """Letters of entries for arrays with an entry that would be printed like another symbol: (w)₁ beside w₁."""
    taken = {split_scripts(notation.symbol(name)) for name in plain_names if not notation.shapes.get(name)}
    found = {}
    for array in notation.shapes:
        if "/" in array or split_index(array)[1]:
            continue
        letter, lower, upper = split_scripts(notation.symbol(f"{array}[@]"))
        entry = re.escape(lower).replace("@", r"[\d,]+")
        if any(own[0] == letter and own[2] == upper and re.fullmatch(entry, own[1]) for own in taken):
            found[array] = f"({notation.symbol(array)})"
    return found


def _timed(derivation: Derivation, arrays: Derivation | None) -> frozenset[str]:
    """The names whose first index is a step, those of net inputs, outputs and error signals among them."""
    if derivation.given.steps is None:
        return frozenset()
    own = sequences(derivation.given)
    of_parts = {split_index(name)[0] for name in arrays.program.by_name if split_index(name)[1]} if arrays is not None else set()
    return own | of_parts | {f"{letter}_{name}" for name in own for letter in ("s", "z", "delta")}


def _symbols(derivation: Derivation, chosen: Profile) -> Iterator[tuple[str, str]]:
    """The symbols of a network of scalars, and those of a loss and its parts."""
    yield LEARNING_RATE, chosen.learning_rate
    loss = derivation.given.loss
    if loss is not None and loss.name == OBJECTIVE:
        yield from ((name, in_letter(name, OBJECTIVE, chosen.loss)) for name in (loss.name, *parts_of_loss(loss)))
    if derivation.given.layers:
        return
    yield from _given_symbols(derivation.given, chosen)
    outputs = derivation.network.outputs
    for unit in derivation.network.units:
        index = unit_index(split_index(unit.name)[0])  # of a recurrent unit: without its step
        patterns = (chosen.net_input, chosen.output, chosen.error_signal)
        for pattern, plain in zip(patterns, (unit.net_input, unit.output, f"delta_{unit.name}"), strict=True):
            yield split_index(plain)[0], placed(pattern, index)
        if derivation.network.loss is None or unit.name not in outputs or not chosen.prediction:
            continue
        if len(outputs) == 1:
            yield own_output(unit.output), placed(chosen.output, index)
            yield unit.output, whole(chosen.prediction)
        elif UNIT in chosen.prediction:
            yield split_index(unit.output)[0], placed(chosen.prediction, index)


def _given_symbols(network: Network, chosen: Profile) -> Iterator[tuple[str, str]]:
    """Weights, biases, inputs and targets of units in the letters of the notation."""
    weights = {weight for unit in network.units for _, weight in unit.sources}
    biases = [unit.bias for unit in network.units if unit.bias is not None]
    yield from ((name, in_letter(name, "w", chosen.weights)) for name in weights)
    yield from ((name, in_letter(name, "x", chosen.input)) for name in network.inputs)  # type: ignore[union-attr] # names, of units
    if network.loss is not None:
        yield from ((target, in_letter(target, "y", chosen.target)) for _, target in network.loss.targets)
    for unit in network.units:
        name = unit.bias
        if name is None or name in weights or split_scripts(spelled(name))[0] != "b":
            continue
        if UNIT not in chosen.bias:
            yield name, in_letter(name, "b", chosen.bias)
        elif biases.count(name) == 1:
            yield name, placed(chosen.bias, unit_index(unit.name))


def in_letter(name: str, conventional: str, letter: str) -> str:
    """A name set from its spelling, with ``letter`` where its author wrote the ``conventional`` one: w_in as θ_in."""
    base, lower, upper = split_scripts(spelled(name))
    return with_scripts(letter, lower, upper) if base == conventional else spelled(name)


def own_output(name: str) -> str:
    """The name under which the one output ŷ is printed as its unit's own output, z_o: the same quantity, another symbol."""
    return f"{name}'"


def show_slopes(derivation: Derivation, notation: Notation, tree: Tree) -> Tree:
    """``tree`` with each local derivative in the form that the notation gives to slopes."""
    replacements: dict[str, Tree] = {}
    for name in names(tree):
        local = derivation.local_derivatives.get(name)
        if local is None:
            continue
        replacements[name] = local.tree
        definition = derivation.program.by_name[local.of]
        if isinstance(definition, Activation) and notation.slope != "output":
            replacements[name] = slope_tree(definition, notation.slope)
    return substitute(tree, replacements)


def slope_tree(definition: Activation, form: str) -> Tree:
    """f′(s) of a unit in one of the forms of `SLOPES`. A formula has no name to put a prime on and is always written out."""
    if form == "prime" and definition.function:
        assert isinstance(definition.template, Call)
        return Call(definition.function, (Name(definition.argument), *definition.template.arguments[1:]), prime=True)
    return definition.slope(definition.tree if form == "function" and definition.function else Name(definition.name))
