"""What a file computes: the derivation at the level of the language, its arguments and its results.

At the unit level arrays are taken apart into the entries that the lines read; the user of the file passes and gets whole ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ..array_tree import Shape
from ..arrays import element_name, indices
from ..derivation import Derivation, derive
from ..errors import InputError
from ..forward import forward
from ..numeric.array_function import Index, part_of
from ..numeric.straight_line import StraightLine, straight_line
from ..shapes import SCALAR
from ..time_steps import sequences
from ..tree import derivative_name
from ..unrolling import unrolled
from .comments import one_line


class Symbol(NamedTuple):
    """A given symbol that is an argument: its shape, of a sequence with the steps in front, and the names the lines know it by."""

    name: str
    shape: Shape
    parts: tuple[str, ...]  # itself, its steps, or its entries

    @property
    def is_apart(self) -> bool:
        return self.parts != (self.name,)


class Result(NamedTuple):
    """A part of the gradient, by the name of what it is by: the lines that hold it, or the entry of the one line."""

    name: str
    shape: Shape
    lines: tuple[str, ...]
    at: Index = ()


@dataclass(frozen=True)
class Exported:
    """One derivation for one language. ``wanted`` is what was asked for, ``name`` that of the file, both as they were given."""

    derivation: Derivation
    wanted: tuple[str, ...]
    name: str

    @cached_property
    def program(self) -> StraightLine:
        objective = self.derivation.objective
        return straight_line(self.derivation, (objective, *(derivative_name(objective, name) for name in self.derivation.wanted)))

    @cached_property
    def identifier(self) -> str:
        """The file's name where an identifier is wanted."""
        text = re.sub(r"\W", "_", self.name, flags=re.ASCII)
        return text if re.match("[A-Za-z]", text) else f"network_{text}"

    @property
    def title(self) -> str:
        return one_line(self.derivation.given.title) or one_line(self.name)

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """The shape of every symbol, its steps written out."""
        return forward(unrolled(self.derivation.given)).shapes

    @cached_property
    def sequences(self) -> tuple[str, ...]:
        """The given symbols with a value at each step."""
        network = self.derivation.given
        timed = sequences(network) if network.steps is not None else ()
        return tuple(name for name in network.given if name in timed)

    @cached_property
    def arguments(self) -> tuple[Symbol, ...]:
        """The given symbols that are read or differentiated by, in reading order."""
        given = set(self.derivation.program.given)
        read = (*self.program.arguments, *(name for name in self.derivation.wanted if name in given))
        bases = dict.fromkeys(self.place(name)[0] for name in read)
        return tuple(Symbol(name, self.shape(name), tuple(self.parts(name))) for name in bases)

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """The parts of the gradient: whole arrays where all of their entries are wanted."""
        found: dict[str, list[Index]] = {}
        for name in self.wanted:
            base, index = self.place(name)
            found.setdefault(base, []).append(index)
        return tuple(result for base, places in found.items() for result in self._results(base, places))

    def _results(self, base: str, places: list[Index]) -> Iterator[Result]:
        objective, shape = self.derivation.objective, self.shape(base)
        if () in places or set(places) >= set(indices(shape[: len(places[0])])):
            yield Result(base, shape, tuple(derivative_name(objective, part) for part in self.parts(base)))
            return
        for index in places:
            shown, rest = self._entry(base, index), shape[len(index) :]
            if self.derivation.network.is_array:  # a line holds a step, or everything
                steps = 1 if base in self.sequences else 0
                yield Result(shown, rest, (derivative_name(objective, self._entry(base, index[:steps])),), index[steps:])
            else:
                entries = (self._entry(base, (*index, *more)) for more in indices(rest))
                yield Result(shown, rest, tuple(derivative_name(objective, entry) for entry in entries))

    def place(self, name: str) -> tuple[str, Index]:
        """The symbol of which a name is a step or an entry, and the index."""
        base, index = part_of(name, self.shapes)
        sequence, bracket, step = base.rpartition("[")
        if bracket and sequence in self.sequences and 1 <= int(step[:-1]) <= self.steps:
            return sequence, (int(step[:-1]) - 1, *index)
        return base, index

    @property
    def steps(self) -> int:
        return self.derivation.given.steps or 0

    def shape(self, name: str) -> Shape:
        """The shape of a symbol, of a sequence with the steps in front."""
        if name in self.sequences:
            return (self.steps, *self.shapes.get(element_name(name, (1,)), SCALAR))
        return self.shapes.get(name, SCALAR)

    def entries(self, name: str, lengths: Mapping[str, int]) -> tuple[Shape, list[str]]:
        """The shape of a symbol or a part of one, and its entries as the unit level has them; ``lengths`` are those not given."""
        base, index = self.place(name)
        shape = tuple(lengths.get(own, own) if isinstance(own, str) else own for own in self.shape(base)[len(index) :])
        return shape, [self._entry(base, (*index, *more)) for more in indices(shape)]

    def parts(self, name: str) -> Iterator[str]:
        """The names by which the lines know a symbol: its steps, and where arrays are taken apart the entries of each."""
        shape = self.shape(name)
        if self.derivation.network.is_array:
            shape = shape[:1] if name in self.sequences else SCALAR
        return (self._entry(name, index) for index in indices(shape))

    def _entry(self, name: str, index: Index) -> str:
        return element_name(name, (index[0] + 1, *index[1:]) if index and name in self.sequences else index)


def at_level(derivation: Derivation, level: str) -> Derivation:
    """The same derivation at another level. Raises InputError where the network has no such level."""
    given = derivation.given
    if not given.is_array and level == "matrix":
        raise InputError("a network of scalars has no arrays for 'numpy'; take 'python', 'c' or 'javascript'", "--language")
    if not given.is_array:
        return derivation
    shapes = forward(unrolled(given)).shapes
    if level == "unit":
        return derivation if not derivation.network.is_array else derive(given, derivation.objective, derivation.wanted, level)
    own = derivation.program
    if derivation.network.is_array and all(own.shapes.get(name) == shapes.get(name) for name in own.given):
        return derivation  # not one of several samples at once
    return derive(given, derivation.objective, dict.fromkeys(part_of(name, shapes)[0] for name in derivation.wanted), level)
