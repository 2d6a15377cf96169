"""Assignments of arrays → NumPy source: one readable function on `array_runtime`, one line per definition.

Scalars, sums, products and calls are printed as `source` does; they go entry by entry. A vector is an array of one axis. A
length that is not given, the number of samples for instance, is taken from the first argument that has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..array_tree import Element, Length, MatMul, Mean, Ones, Outer, Placed, Reduce, Shape, Softmax, Transpose
from ..plain_text import ATOM, POWER, PRODUCT, Piece, join_quotient
from ..tree import Number, Product, Quotient, Tree, names
from .complements import SOFTMAX_REST
from .source import Part, Printer, free
from .straight_line import LOG_SOFTMAX, SOFTMAX, StraightLine


def array_source(program: StraightLine, name: str) -> str:
    """A module with the function ``name`` of arrays of doubles, as `source.python_source` makes one of doubles."""
    return ArrayPrinter(program, name).module()


class ArrayPrinter(Printer):
    """A `Printer` that knows the operations of arrays as well."""

    runtime = "symbackprop.numeric.array_runtime"
    reserved = (*Printer.reserved, "np", "placed", SOFTMAX_REST)
    written_out: Mapping[str, str] = {}

    def __init__(self, program: StraightLine, function: str) -> None:
        super().__init__(program, function)
        self.lengths: dict[str, str] = {}
        for length in _lengths_in(program):
            argument, axis = next(
                (name, shape.index(length)) for name in program.arguments if length in (shape := self.shape(name))
            )
            self.lengths[length] = free(length, self.taken)
            self.taken.add(self.lengths[length])
            self.body.append(f"{self.lengths[length]} = {self.known[argument]}.shape[{axis}]")

    def shape(self, name: str) -> Shape:
        return self.program.shapes.get(name, ())

    def above(self) -> list[str]:
        """The imports, and what keeps NumPy from warning where IEEE 754 has a value, infinity say."""
        imports = super().above()[:1]
        return ["import numpy as np", *(["", *imports] if imports else []), "", "", '@np.errstate(all="ignore")']

    def leaf(self, node: Any) -> Piece:
        match node:
            case Length():
                return Piece(self.length(node.length), ATOM)
            case Ones():
                return Piece(f"np.ones({self.shape_text(node.shape)})", ATOM)
        return super().leaf(node)

    def inner(self, node: Any, parts: list[Part]) -> Piece:
        body = parts[0].piece
        match node:
            case MatMul():
                return Piece(f"{body.at(PRODUCT)} @ {parts[1].piece.at(POWER)}", PRODUCT)
            case Outer():
                return Piece(f"np.multiply.outer({body.text}, {parts[1].piece.text})", ATOM)
            case Transpose():
                return Piece(f"{body.at(ATOM)}.T", ATOM)
            case Reduce():
                return _method("sum", node.axis, node.body, body)
            case Mean():
                return _method("mean", node.axis, node.body, body)
            case Softmax():
                self.used.add("softmax")
                return Piece(f"softmax({body.text}{'' if node.axis == -1 else f', axis={node.axis}'})", ATOM)
            case Element():
                return Piece(f"{body.at(ATOM)}[{', '.join(node.index)}]", ATOM)
            case Placed():
                self.used.add("placed")
                index = f"{', '.join(node.index)}{',' if len(node.index) == 1 else ''}"
                return Piece(f"placed({body.text}, ({index}), {self.shape_text(node.shape)})", ATOM)
            case Quotient() if _is_length(node.denominator):
                return join_quotient(body, parts[1].piece)
        return super().inner(node, parts)

    def called(self, function: str, pieces: list[Piece]) -> Piece:
        """Softmax of a unit and its layer is a function of its own, as that of an array takes an axis."""
        return super().called(f"unit_{function}" if function in (SOFTMAX, LOG_SOFTMAX) and len(pieces) > 1 else function, pieces)

    def length(self, length: int | str) -> str:
        return self.lengths[length] if isinstance(length, str) else str(length)

    def shape_text(self, shape: Shape) -> str:
        """A shape as NumPy takes it: a number, or a tuple."""
        lengths = ", ".join(map(self.length, shape))
        return lengths if len(shape) == 1 else f"({lengths})"


def _method(name: str, axis: int | None, tree: Tree, body: Piece) -> Piece:
    """A sum or mean as a method, or as a function of what may be a plain number."""
    along = "" if axis is None else f"axis={axis}"
    if names(tree):
        return Piece(f"{body.at(ATOM)}.{name}({along})", ATOM)
    return Piece(f"np.{name}({body.text}{', ' if along else ''}{along})", ATOM)


def _is_length(tree: Tree) -> bool:
    """Whether ``tree`` is a length, or a product with one: never zero."""
    factors = tree.factors if isinstance(tree, Product) else (tree,)
    return all(isinstance(factor, Length) or (isinstance(factor, Number) and factor.value != 0) for factor in factors)


def _lengths_in(program: StraightLine) -> tuple[str, ...]:
    """The lengths that are not given and that the lines need, in reading order."""
    found: dict[str, None] = {}
    for _, tree in program.assigned():
        stack = [tree]
        while stack:
            node = stack.pop()
            lengths = node.shape if isinstance(node, Ones | Placed) else (node.length,) if isinstance(node, Length) else ()
            found.update(dict.fromkeys(length for length in lengths if isinstance(length, str)))
            stack.extend(reversed(node.children))
    return tuple(found)
