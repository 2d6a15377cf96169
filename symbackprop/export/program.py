"""What a file computes: the derivation at the level of the language, its arguments and its results.

At the unit level arrays are taken apart into the entries that the lines read; the user of the file passes and gets whole ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ..array_tree import Shape
from ..arrays import element_name, element_names, indices
from ..derivation import Derivation, derive
from ..errors import InputError
from ..forward import forward
from ..numeric.array_function import Index, part_of
from ..numeric.straight_line import StraightLine, straight_line
from ..shapes import SCALAR
from ..tree import derivative_name
from ..unrolling import unrolled
from .comments import one_line


class Symbol(NamedTuple):
    """A given symbol that is an argument: its shape, and the names by which the lines know it."""

    name: str
    shape: Shape
    parts: tuple[str, ...]  # itself, or its entries

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
        return one_line(self.derivation.given.title) or self.name

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """The shape of every symbol as the network was given, its steps written out."""
        return forward(unrolled(self.derivation.given)).shapes

    @cached_property
    def arguments(self) -> tuple[Symbol, ...]:
        """The given symbols that are read or differentiated by, in reading order."""
        given = set(self.derivation.program.given)
        read = (*self.program.arguments, *(name for name in self.derivation.wanted if name in given))
        bases = dict.fromkeys(part_of(name, self.shapes)[0] for name in read)
        return tuple(Symbol(name, self._shape(name), self._parts(name)) for name in bases)

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """The parts of the gradient: whole arrays where all of their entries are wanted."""
        return tuple(self._results(self.wanted))

    def _shape(self, name: str) -> Shape:
        return self.shapes.get(name, SCALAR)

    def _parts(self, name: str) -> tuple[str, ...]:
        return (name,) if self.derivation.network.is_array else tuple(element_names(name, self._shape(name)))

    def _results(self, wanted: Iterable[str]) -> Iterator[Result]:
        objective = self.derivation.objective
        for name, index in asked(wanted, self.shapes):
            whole = self.derivation.network.is_array
            lines = (name,) if whole else (element_name(name, index),) if index else self._parts(name)
            shown = element_name(name, index) if index else name
            shape = SCALAR if index else self._shape(name)
            yield Result(shown, shape, tuple(derivative_name(objective, line) for line in lines), index if whole else ())


def asked(wanted: Iterable[str], shapes: Mapping[str, Shape]) -> Iterator[tuple[str, Index]]:
    """(symbol, index) of what is differentiated by: entries, but the whole array where all of its entries are wanted."""
    parts: dict[str, list[Index]] = {}
    for name in wanted:
        base, index = part_of(name, shapes)
        parts.setdefault(base, []).append(index)
    for base, own in parts.items():
        if () in own or set(own) >= set(indices(shapes.get(base, SCALAR))):
            yield base, ()
        else:
            yield from ((base, index) for index in own)


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
