"""The lines of a derivation in scalars: vectors and matrices entry by entry, under the names of the unit level.

The entries come from `elements`, which the unit level does not use for what goes backward: the two levels meet only in
their numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

from ..array_tree import Length, Ones, Placed, Shape
from ..arrays import element_name, indices
from ..derivation import Derivation
from ..elements import element
from ..errors import InputError
from ..program import Definition, LocalDerivative, Partial
from ..shapes import SCALAR, shape_of, show
from ..tree import ZERO, Derivative, Number, Tree, fold, rebuild

Lengths = Mapping[str, int]  # numbers for the lengths that a network does not give


class Line(NamedTuple):
    """name = tree, both scalars."""

    name: str
    tree: Tree


@dataclass(frozen=True, slots=True)
class Lines:
    """The forward and the backward lines, and the names of the entries of each partial by a given symbol."""

    forward: tuple[Line, ...]
    backward: tuple[Line, ...]
    partials: Mapping[str, tuple[str, ...]]


def lines_of(derivation: Derivation, lengths: Lengths) -> Lines:
    """Every line of a derivation at the matrix level. Raises InputError for one whose shape is not that of what it defines."""
    shapes = {name: _counted(shape, lengths) for name, shape in derivation.program.shapes.items()}
    for definition in derivation.backward_pass:
        of = definition.of if isinstance(definition, LocalDerivative) else definition.wrt  # type: ignore[union-attr]
        shapes[definition.name] = shapes.get(of, SCALAR)
    given = set(derivation.program.given)
    partials = {
        definition.wrt: tuple(_names(definition, shapes)) for symbol, definition in derivation.partials.items() if symbol in given
    }
    return Lines(
        tuple(_written_out(derivation.program.definitions, shapes, lengths)),
        tuple(_written_out(derivation.backward_pass, shapes, lengths)),
        partials,
    )


def _written_out(definitions: Iterable[Definition], shapes: Mapping[str, Shape], lengths: Lengths) -> Iterator[Line]:
    for definition in definitions:
        tree = _with_lengths(definition.tree, lengths)
        own, found = shapes.get(definition.name, SCALAR), shape_of(tree, shapes)
        local = isinstance(definition, LocalDerivative)  # a slope may be smaller than what it is a slope of: 2 for 2 x
        if found != own and not local and tree != ZERO:  # a partial by what the objective does not depend on is 0, whole
            raise InputError(f"{definition.name} must be {show(own)}, and its line gives {show(found)}")
        for name, index in zip(_names(definition, shapes), indices(own), strict=True):
            yield Line(name, element(tree, index[len(own) - len(found) :], shapes))


def _names(definition: Definition, shapes: Mapping[str, Shape]) -> Iterator[str]:
    """The names of a definition's entries: ``dE/dW1[0][2]`` for instance."""
    for index in indices(shapes.get(definition.name, SCALAR)):
        if isinstance(definition, Partial | LocalDerivative):
            entry = element(Derivative(definition.of, definition.wrt), index, shapes)
            assert isinstance(entry, Derivative)
            yield entry.name
        else:
            yield element_name(definition.name, index)


def _counted(shape: Shape, lengths: Lengths) -> Shape:
    return tuple(lengths[length] if isinstance(length, str) else length for length in shape)


def _with_lengths(tree: Tree, lengths: Lengths) -> Tree:
    """``tree`` with numbers for the lengths that are not given."""
    if not lengths:
        return tree

    def put_in(node: Any, children: list[Tree]) -> Tree:
        match node:
            case Length(str() as name):
                return Number(Fraction(lengths[name]))
            case Ones():
                return Ones(_counted(node.shape, lengths))
            case Placed():
                return replace(node, body=children[0], shape=_counted(node.shape, lengths))
        return rebuild(node, children) if children else node

    return fold(tree, put_in)
