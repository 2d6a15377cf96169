"""Assignments → Python source: one readable function on the `runtime`, one line per definition.

`Printer` is for scalars; `array_source` extends it. A printer of another language takes the same `StraightLine` and has
its own way with numbers, calls and names.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from .. import functions
from ..errors import InputError
from ..functions import FUNCTIONS
from ..plain_text import ATOM, Piece, join_product, join_quotient, join_sum, minus, signed
from ..tree import Braced, Call, Derivative, Marked, Name, Negative, Number, Power, Product, Quotient, Sum, Tree, fold
from .straight_line import StraightLine

# Of the runtime, beside the functions of the language.
OPERATIONS = (
    *("divide", "power", "xdivy", "xlogy", "softmax", "log_softmax"),
    *("sech_squared", "sigmoid_of_power", "sigmoid_power", "sigmoid_rest", "tanh_rest"),
)

# The functions of the runtime that are written out, which saves the time of a call. Each gives what the function gives.
WRITTEN_OUT = {
    "divide": "({0}/{1} if {1} else divide({0}, {1}))",
    "exp": "(math_exp({0}) if {0} < 709.0 else exp({0}))",
    "leaky_relu": "({0} if {0} > 0.0 else {1}*{0})",
    "log": "(math_log({0}) if {0} > 0.0 else log({0}))",
    "maximum": "({0} if {0} > {1} else {1})",
    "minimum": "({0} if {0} < {1} else {1})",
    "relu": "({0} if {0} > 0.0 else 0.0)",
    "sigmoid": "(1.0/(1.0 + math_exp(-{0})) if {0} > -700.0 else exp({0}))",
    "sigmoid_of_power": "1.0/(1.0 + {0})",
    "sigmoid_power": "(inf if {0} < -709.0 else math_exp(-{0}))",
    "sigmoid_rest": "({0}*{1} if {1} else 1.0)",
    "softplus": "(({0} if {0} > 0.0 else 0.0) + log1p(math_exp(-abs({0}))))",
    "step": "(1.0 if {0} > 0.0 else 0.0)",
    "tanh_rest": "(1.0 - {0}*{0} if -0.75 < {0} < 0.75 else sech_squared({1}))",
}
_WORD = re.compile(r"[a-z]\w+")

# Python's parser and compiler recurse: over the terms of a sum and over nested parentheses. Longer or deeper trees are split.
MAX_TERMS = 200
MAX_DEPTH = 40
WIDTH = 120  # columns of the lines with many names


class Part(NamedTuple):
    """A printed subtree and how deeply it is nested."""

    piece: Piece
    depth: int


def python_source(program: StraightLine, name: str) -> str:
    """A module with the function ``name``: arguments as ``program`` has them, returning the tuple of its outputs.

    Numbers become the nearest doubles. Raises InputError for a number that is beyond them.
    """
    return Printer(program, name).module()


def identifiers(names: Iterable[str], reserved: Iterable[str], wanted: Callable[[str], str] = lambda name: name) -> dict[str, str]:
    """An identifier for each plain name: ``dE/dW1[0][2]`` becomes ``dE_dW1_0_2``; what is taken gets a number.

    ``wanted`` may give a name another text to be made from.
    """
    taken = {*reserved, *keyword.kwlist, "__debug__"}
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    for name in names:
        if name not in found:
            found[name] = free(wanted(name).translate(_IN_IDENTIFIER), taken, counts)
            taken.add(found[name])
    return found


_IN_IDENTIFIER = str.maketrans({"/": "_", "[": "_", "]": None, "-": "m"})


def free(wanted: str, taken: set[str], counts: dict[str, int] | None = None) -> str:
    """``wanted``, or the first of ``wanted_2``, ``wanted_3`` … that is not taken; ``counts`` remembers how far that has come."""
    counts = {} if counts is None else counts
    name, count = wanted, counts.get(wanted, 1)
    while name in taken:
        count += 1
        name = f"{wanted}_{count}"
    counts[wanted] = count
    return name


def _wrapped(before: str, items: list[str], after: str) -> str:
    """A bracketed list, on one line if it fits."""
    line = before + ", ".join(items) + after
    if len(line) <= WIDTH:
        return line
    rows = [""]
    for item in items:
        if rows[-1] and len(rows[-1]) + len(item) + 6 > WIDTH:
            rows.append("")
        rows[-1] += f"{' ' if rows[-1] else '    '}{item},"
    return "\n".join([before, *rows, after.lstrip(",")])


def _names_only(tree: Tree, known: dict[str, str]) -> str:
    """The source of a name or a product of a few names, which most lines are; empty for any other tree."""
    factors = tree.factors if isinstance(tree, Product) else (tree,)
    if len(factors) <= MAX_TERMS and all(isinstance(factor, Name | Derivative) for factor in factors):
        return "*".join([known[factor.name] for factor in factors])  # type: ignore[union-attr]
    return ""


class Printer:
    """Prints one definition after the other to ``body``; parts that need a line of their own go before it."""

    runtime = "symbackprop.numeric.runtime"
    reserved: tuple[str, ...] = (*FUNCTIONS, *OPERATIONS, "inf", "log1p", "math_exp", "math_log")
    written_out: Mapping[str, str] = WRITTEN_OUT

    def __init__(self, program: StraightLine, function: str) -> None:
        self.program, self.function = program, function
        names = (*program.arguments, *(line for line, _ in program.lines))
        self.known = self.identified(names)
        self.taken = set(self.known.values())
        self.counts: dict[str, int] = {}  # of names that were wanted again
        self.body: list[str] = []
        self.used: set[str] = set()  # of the runtime
        self.computed: dict[str, str] = {}  # by its source, the identifier that holds it
        self.own = ""  # the identifier of the line that is being printed

    def identified(self, names: Iterable[str]) -> dict[str, str]:
        """The identifier of each plain name."""
        return identifiers(names, (*self.reserved, self.function))

    def module(self) -> str:
        """The whole source."""
        for name, tree in self.program.lines:
            self.line(name, tree)
        arguments, outputs = ([self.known[name] for name in names] for names in (self.program.arguments, self.program.outputs))
        head = _wrapped(f"def {self.function}(", arguments, "):")
        last = _wrapped("return (", outputs, ",)" if len(outputs) == 1 else ")")
        lines = [f"    {line}" for line in (*self.body, *last.split("\n"))]
        return "\n".join([*self.above(), head, *lines, ""])

    def above(self) -> list[str]:
        """What stands above the function: what it takes from the runtime."""
        return [f"from {self.runtime} import {', '.join(sorted(self.used))}", "", ""] if self.used else []

    def line(self, name: str, tree: Tree) -> None:
        self.own = self.known[name]
        text = _names_only(tree, self.known) or fold(tree, self.print).piece.text
        self.assign(self.own, text)

    def assign(self, name: str, text: str) -> None:
        """A line; what an earlier one has computed is read from there."""
        self.body.append(f"{name} = {self.computed.get(text, text)}")
        self.computed.setdefault(text, name)

    def print(self, node: Any, parts: list[Part]) -> Part:
        """The source of ``node``, given that of its children."""
        if not parts:
            return Part(self.leaf(node), 0)
        depth = 1 + max(part.depth for part in parts)
        if depth > MAX_DEPTH:
            parts, depth = [self.apart(part) for part in parts], 1
        if isinstance(node, Quotient) and isinstance(node.numerator, Number) and isinstance(node.denominator, Number):
            if node.denominator.value:
                return Part(signed(literal(Number(node.numerator.value / node.denominator.value), self.own)), 0)
        return Part(self.inner(node, parts), depth)

    def leaf(self, node: Any) -> Piece:
        """The source of a node without children."""
        if isinstance(node, Number):
            return signed(literal(node, self.own))
        return Piece(self.known[node.name], ATOM)

    def inner(self, node: Any, parts: list[Part]) -> Piece:
        """The source of a node with children."""
        pieces = [part.piece for part in parts]
        match node:
            case Sum():
                return self.joined(join_sum, pieces)
            case Product():
                return self.joined(join_product, pieces)
            case Negative():
                return minus(pieces[0])
            case Quotient():
                if isinstance(node.denominator, Number) and node.denominator.value:
                    return join_quotient(pieces[0], pieces[1])
                return self.called("divide", pieces)
            case Power():
                return self.power(node, parts)
            case Call():
                return self.call(node, pieces)
            case Braced() | Marked():
                return pieces[0]
        raise AssertionError(f"no source for {type(node).__name__}")

    def joined(self, join: Callable[[list[Piece]], Piece], pieces: list[Piece]) -> Piece:
        """A sum or product; a long one in groups of its own lines."""
        while len(pieces) > MAX_TERMS:
            groups = [pieces[start : start + MAX_TERMS] for start in range(0, len(pieces), MAX_TERMS)]
            pieces = [self.apart(Part(join(group), 0)).piece for group in groups]
        return join(pieces)

    def fresh(self, ending: str) -> str:
        """A name for what belongs to the line that is being printed."""
        name = free(f"{self.own}_{ending}", self.taken, self.counts)
        self.taken.add(name)
        return name

    def apart(self, part: Part) -> Part:
        """The name of a new line that holds ``part``."""
        name = self.computed.get(part.piece.text)
        if name is None:
            name = self.fresh("part")
            self.assign(name, part.piece.text)
        return Part(Piece(name, ATOM), 0)

    def named(self, piece: Piece, uses: int) -> str:
        """A part of a line that has it so many times: what is computed has a line of its own then."""
        return piece.at(ATOM) if uses == 1 or piece.text.isidentifier() else self.apart(Part(piece, 0)).piece.text

    def power(self, node: Power, parts: list[Part]) -> Piece:
        """x² and x³ as products, everything else by the runtime."""
        exponent = node.exponent.value if isinstance(node.exponent, Number) else None
        if exponent not in (2, 3):
            return self.called("power", [part.piece for part in parts])
        base = parts[0].piece if parts[0].piece.level == ATOM and not node.base.children else self.apart(parts[0]).piece
        return join_product([base] * int(exponent))

    def call(self, node: Call, pieces: list[Piece]) -> Piece:
        if node.function not in FUNCTIONS:  # an operation of the safe forms
            return self.called(node.function, pieces)
        defaults = list(functions.with_defaults(node).values())[len(pieces) :]
        pieces = [*pieces, *(Piece(literal(default, self.own), ATOM) for default in defaults)]
        return self.called(node.function, pieces)

    def called(self, function: str, pieces: list[Piece]) -> Piece:
        if form := self.written_out.get(function):
            self.used.update(word for word in _WORD.findall(form) if not keyword.iskeyword(word))
            return Piece(form.format(*(self.named(own, form.count(f"{{{place}}}")) for place, own in enumerate(pieces))), ATOM)
        self.used.add(function)
        return Piece(f"{function}({', '.join(piece.text for piece in pieces)})", ATOM)


def literal(number: Tree, where: str) -> str:
    """The double nearest to a number, in the fewest digits that give it back."""
    assert isinstance(number, Number)
    try:
        return repr(float(number.value))
    except OverflowError:
        raise InputError("a number in its formula is outside the range of double precision", where) from None
