"""Assignments → Python source: one readable function on the `runtime`, one line per definition.

`Printer` is for scalars; `array_source` extends it. A printer of another language takes the same `StraightLine` and has
its own way with numbers, calls and names.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from .. import functions
from ..errors import InputError
from ..functions import FUNCTIONS
from ..plain_text import ATOM, Piece, join_product, join_quotient, join_sum, minus, signed
from ..tree import Braced, Call, Derivative, Marked, Name, Negative, Number, Power, Product, Quotient, Sum, Tree, fold
from .straight_line import Add, Family, Item, Loop, Start, StraightLine

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
STEP = "t"  # the variable of loops over time
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
            found[name] = free(wanted(name).replace(f"[{STEP}]", "").translate(_IN_IDENTIFIER), taken, counts)
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


class Printer:
    """Prints one definition after the other to ``body``; parts that need a line of their own go before it."""

    runtime = "symbackprop.numeric.runtime"
    reserved: tuple[str, ...] = (*FUNCTIONS, *OPERATIONS, "inf", "log1p", "math_exp", "math_log")
    written_out: Mapping[str, str] = WRITTEN_OUT
    end = ""  # of a statement

    def __init__(self, program: StraightLine, function: str) -> None:
        self.program, self.function = program, function
        # Of names that differ in their step alone, and are read beyond it, the family has an identifier.
        names = [program.sequence(name) or name for name in program.arguments]
        names += [own[0] for own in program.assigned()]
        self.known = self.identified((*names, *program.families))
        self.taken = set(self.known.values())
        self.counts: dict[str, int] = {}  # of names that were wanted again
        self.here: dict[str, str] = {}  # the identifiers of families in the step of a loop
        self.local: dict[str, str] = {}  # what a step of a loop has made so far, by name
        self.margin = ""
        self.body: list[str] = []
        self.used: set[str] = set()  # of the runtime
        self.computed: dict[str, str] = {}  # by its source, the identifier that holds it
        self.own = ""  # the identifier of the line that is being printed

    def identified(self, names: Iterable[str]) -> dict[str, str]:
        """The identifier of each plain name."""
        return identifiers(names, (*self.reserved, self.function, STEP))

    def module(self) -> str:
        """The whole source."""
        self.declare_families()
        for item in self.program.lines:
            self.item(item)
        arguments = list(dict.fromkeys(self.argument(name) for name in self.program.arguments))
        outputs = [self.read(name) for name in self.program.outputs]
        head = _wrapped(f"def {self.function}(", arguments, "):")
        last = _wrapped("return (", outputs, ",)" if len(outputs) == 1 else ")")
        lines = [f"    {line}" for line in (*self.body, *last.split("\n"))]
        return "\n".join([*self.above(), head, *lines, ""])

    def argument(self, name: str) -> str:
        """The identifier of an argument: of a sequence the same for all of its steps."""
        return self.known[self.program.sequence(name) or name]

    def declare_families(self) -> None:
        """Room for the families that are made, and in it the members that are given: ``h[0]``."""
        for name, family in self.program.families.items():
            if family.is_kept and not family.is_given:
                self.emit(f"{self.known[name]} = [0.0]*{family.last - self.first(family) + 1}")
        for name in self.program.arguments:
            if (place := self.program.places.get(name)) and not self.program.families[place[0]].is_given:
                self.emit(f"{self.read(name)} = {self.known[name]}")

    @staticmethod
    def first(family: Family) -> int:
        """The step of the first place of a family: 0, so that the places are the steps, unless all are given or some lie before."""
        return family.first if family.is_given else min(0, family.first)

    def emit(self, text: str) -> None:
        """A line of the source."""
        self.body.append(self.margin + text)

    def item(self, item: Item) -> None:
        match item:
            case Loop():
                self.over_steps(item)
            case Start():
                self.start(item.name)
            case Add():
                self.add(item.name, item.tree)
            case _:
                self.line(*item)

    def over_steps(self, loop: Loop) -> None:
        """What is made in a step, and what is computed there, is known there alone."""
        down = loop.last < loop.first
        self.emit(
            f"for {STEP} in range({loop.first}, {loop.last - 1}, -1):"
            if down
            else f"for {STEP} in range({loop.first}, {loop.last + 1}):"
        )
        with self.inside():
            for item in loop.items:
                self.item(item)

    @contextmanager
    def inside(self) -> Iterator[None]:
        computed, self.computed, self.local = self.computed, dict(self.computed), {}
        self.margin += "    "
        yield
        self.margin = self.margin[:-4]
        self.computed, self.local = computed, {}

    def start(self, name: str) -> None:
        self.emit(f"{self.known[name]} = 0.0")

    def add(self, name: str, tree: Tree) -> None:
        self.own = self.known[name]
        self.emit(f"{self.own} += {fold(tree, self.print).piece.text}")

    def read(self, name: str) -> str:
        """The source of a name."""
        if name in self.local:
            return self.local[name]
        place = self.program.places.get(name)
        return self.member(*place) if place else self.known[name]

    def member(self, name: str, index: str) -> str:
        """The member of a family at a step."""
        return f"{self.known[name]}[{self.index(name, index)}]"

    def index(self, name: str, index: str) -> str:
        """The place of a step in a family."""
        first = self.first(self.program.families[name])
        if not index.startswith(STEP):
            return str(int(index) - first)
        offset = int(index[1:] or 0) - first
        return f"{STEP} {'-' if offset < 0 else '+'} {abs(offset)}" if offset else STEP

    def above(self) -> list[str]:
        """What stands above the function: what it takes from the runtime."""
        return [f"from {self.runtime} import {', '.join(sorted(self.used))}", "", ""] if self.used else []

    def line(self, name: str, tree: Tree) -> None:
        self.own = self.named_here(name)
        text = self.names_only(tree) or fold(tree, self.print).piece.text
        self.assign(self.own, text)
        self.keep(name)

    def named_here(self, name: str) -> str:
        """The identifier of the line that makes ``name``; of a family one for the step of the loop."""
        if name not in self.program.families:
            return self.known[name]
        if name not in self.here:
            self.here[name] = free(f"{self.known[name]}_{STEP}", self.taken)
            self.taken.add(self.here[name])
        return self.here[name]

    def keep(self, name: str) -> None:
        """Put what a line has made where other steps read it."""
        if place := self.program.places.get(name):
            self.local[name] = self.own
            if self.program.families[place[0]].is_kept:
                self.emit(f"{self.member(*place)} = {self.own}{self.end}")

    def assign(self, name: str, text: str) -> None:
        """A line; what an earlier one has computed is read from there."""
        self.emit(f"{name} = {self.computed.get(text, text)}")
        self.computed.setdefault(text, name)

    def names_only(self, tree: Tree) -> str:
        """The source of a name or a product of a few names, which most lines are; empty for any other tree."""
        factors = tree.factors if isinstance(tree, Product) else (tree,)
        if len(factors) <= MAX_TERMS and all(isinstance(factor, Name | Derivative) for factor in factors):
            return "*".join([self.read(factor.name) for factor in factors])  # type: ignore[union-attr]
        return ""

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
        return Piece(self.read(node.name), ATOM)

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
