"""Assignments → C source: one readable function on ``runtime.c``, scalars and arrays alike.

The function takes pointers: ``in[0]`` to the scalars of the arguments and one to each array, ``out[0]`` to the scalars of the
outputs and one to each array, ``work`` to room for arrays in between. Everything that goes entry by entry is one loop; the
order of every sum is fixed by the source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from math import prod
from typing import Any, NamedTuple

from ..array_tree import Element, Length, MatMul, Mean, Ones, Outer, Placed, Reduce, Softmax, Transpose
from ..errors import InputError
from ..plain_text import ATOM, Piece, join_product, join_quotient
from ..tree import Call, Derivative, Name, Number, Quotient, Tree, fold
from .c_parts import CSource, runtime
from .complements import SOFTMAX_REST
from .source import MAX_DEPTH, Part, Printer
from .straight_line import LOG_SOFTMAX, SOFTMAX, Loop, StraightLine

# What C's own library calls otherwise, or an operator has; every other function is that of the runtime.
LIBRARY = {"abs": "fabs", "power": "pow"} | {name: name for name in ("cos", "exp", "log", "sin", "sqrt", "tanh")}
PREFIX = "sb_"
_WORDS = (
    *("auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float", "for"),
    *("goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof", "static", "struct"),
    *("switch", "typedef", "union", "unsigned", "void", "volatile", "while", "log1p", "expm1", "fmin", "isnan", "NAN", "INFINITY"),
    *("main", "in", "out", "work", "i", "j", "k"),
)

Lengths = tuple[int, ...]
Index = tuple[str, ...]


class Value(NamedTuple):
    """A subtree: its shape, an entry by its index, how deeply it is nested. ``stored`` is the array that holds it as it is or,
    where ``turned``, transposed."""

    shape: Lengths
    at: Callable[[Index], Piece]
    depth: int = 0
    stored: str = ""
    turned: bool = False


def c_source(program: StraightLine, name: str) -> CSource:
    """The function ``name``. Raises InputError for a length that is not given."""
    return CPrinter(program, name).file()


class CPrinter(Printer):
    """A `Printer` of C."""

    reserved = (*LIBRARY, *LIBRARY.values(), *_WORDS, "NORMAL", "LARGEST", "TO_SIXTEENTHS", "K", "MILLS")
    end = ";"
    written_out: Mapping[str, str] = {}  # the compiler does it

    def __init__(self, program: StraightLine, function: str) -> None:
        super().__init__(program, function)
        self.level = 1
        self.work = 0
        self.values: dict[str, Value] = {}
        self.local_values: dict[str, Value] = {}  # of members of families, in the step that makes them
        self.declared: set[str] = set()
        self.arrays_out = {name: place for place, name in enumerate((o for o in program.outputs if self.shape(o)), start=1)}

    def shape(self, name: str) -> Lengths:
        shape = self.program.shapes.get(name, ())
        for length in shape:
            if not isinstance(length, int):
                raise InputError(
                    f"the length {length!r} is not given, and C needs all lengths; give it in [shapes] or values", name
                )
        return shape  # type: ignore[return-value]

    def file(self) -> CSource:
        """The whole source."""
        self.declare_arguments()
        self.declare_families()
        for item in self.program.lines:
            self.item(item)
        for place, name in enumerate(name for name in self.program.outputs if not self.shape(name)):
            self.emit(f"out[0][{place}] = {self.read(name)};")
        head = f"void {self.function}(const double *const *in, double *const *out, double *restrict work)"
        body = "\n".join(self.body)
        return CSource(f"{runtime()}\n{head}\n{{\n{body}\n}}\n", self.work)

    # Arguments and families.

    def declare_arguments(self) -> None:
        """Each argument by its name; of a sequence where its first member is, the others follow."""
        places = {True: count(1), False: count()}  # of arrays and of scalars
        for name in self.program.arguments:
            own, shape = self.argument(name), self.shape(name)
            place = next(places[bool(shape)])
            if self.program.sequence(name):
                if own not in self.declared:
                    self.emit(
                        f"const double *const *const {own} = in + {place};"
                        if shape
                        else f"const double *const {own} = in[0] + {place};"
                    )
                    self.declared.add(own)
                continue
            self.emit(f"const double *restrict const {own} = in[{place}];" if shape else f"const double {own} = in[0][{place}];")
            self.values[name] = self.stored(own, shape)

    def declare_families(self) -> None:
        for name, family in self.program.families.items():
            if family.is_kept and not family.is_given:
                self.emit(f"double *const {self.known[name]} = work + {self.work};")
                self.work += (family.last - self.first(family) + 1) * prod(map(int, family.shape))
        for name in self.program.arguments:
            place = self.program.places.get(name)
            if place and not self.program.families[place[0]].is_given:
                given, member = self.values[name], self.of_family(*place)
                self.each(given.shape, lambda at: self.emit(f"{member.at(at).text} = {given.at(at).text};"))  # noqa: B023 - used at once

    def of_family(self, name: str, index: str) -> Value:
        """The member of a family at a step."""
        family = self.program.families[name]
        shape = tuple(map(int, family.shape))
        if not shape:
            return self.stored(self.member(name, index), ())
        if family.is_given:
            return self.stored(self.member(name, index), shape)
        return self.stored(f"({self.known[name]} + ({self.index(name, index)})*{prod(shape)})", shape)

    def value_of(self, name: str) -> Value:
        if name in self.local_values:
            return self.local_values[name]
        place = self.program.places.get(name)
        return self.of_family(*place) if place else self.values[name]

    def over_steps(self, loop: Loop) -> None:
        up = loop.first <= loop.last
        self.emit(f"for (int t = {loop.first}; t {'<=' if up else '>='} {loop.last}; t{'++' if up else '--'}) {{")
        self.level += 1
        with self.inside():
            for item in loop.items:
                self.item(item)
        self.local_values = {}
        self.level -= 1
        self.emit("}")

    def start(self, name: str) -> None:
        own, shape = self.known[name], self.shape(name)
        if not shape:
            self.emit(f"double {own} = 0.0;")
        else:
            self.store(own, shape, _constant((), "0.0"), self.arrays_out.get(name))
        self.values[name] = self.stored(own, shape)

    def add(self, name: str, tree: Tree) -> None:
        self.own = self.known[name]
        value, shape = fold(tree, self.value), self.shape(name)
        self.each(shape, lambda index: self.emit(f"{_entry(self.own, shape, index)} += {_of(value, index).text};"))

    # Lines.

    def emit(self, text: str) -> None:
        self.body.append("    " * self.level + text)

    @contextmanager
    def loop(self, variable: str, length: int, simd: str = "") -> Iterator[None]:
        """What is emitted inside goes into a loop; what is computed there is known there alone."""
        if simd:
            self.emit(f"#pragma omp simd reduction(+:{simd})")
        self.emit(f"for (int {variable} = 0; {variable} < {length}; {variable}++) {{")
        known = dict(self.computed)
        self.level += 1
        yield
        self.level -= 1
        self.computed = known
        self.emit("}")

    def line(self, name: str, tree: Tree) -> None:
        self.own = self.named_here(name)
        value = fold(tree, self.value)
        shape = self.shape(name)
        place = self.program.places.get(name)
        if not shape:
            self.assign(self.own, value.at(()).text)
            self.keep(name)
        elif place and self.program.families[place[0]].is_kept:
            self.emit(f"double *restrict const {self.own} = {self.of_family(*place).stored};")
            self.fill(self.own, shape, value)
        elif value.stored and not value.turned and name not in self.arrays_out and value.shape == shape:
            self.emit(f"const double *const {self.own} = {value.stored};")
        else:
            self.store(self.own, shape, value, self.arrays_out.get(name))
        (self.local_values if place else self.values)[name] = self.stored(self.own, shape)

    def assign(self, name: str, text: str) -> None:
        self.emit(f"const double {name} = {self.computed.get(text, text)};")
        self.computed.setdefault(text, name)

    def array(self, name: str, shape: Lengths, output: int | None = None) -> str:
        """A declaration of room for an array: an output's own, or a place of the room for work."""
        place = f"out[{output}]" if output is not None else f"work + {self.work}"
        self.work += prod(shape) if output is None else 0
        self.emit(f"double *restrict const {name} = {place};")
        return name

    def store(self, name: str, shape: Lengths, value: Value, output: int | None = None) -> None:
        """``value`` in an array of a shape to which it may have to be stretched."""
        self.array(name, shape, output)
        self.fill(name, shape, value)

    def fill(self, name: str, shape: Lengths, value: Value) -> None:
        self.each(shape, lambda index: self.emit(f"{_entry(name, shape, index)} = {value.at(index).text};"))

    def each(self, shape: Lengths, body: Callable[[Index], None], done: Index = ()) -> None:
        """Loops over all entries."""
        if len(done) == len(shape):
            body(done)
            return
        variable = "ij"[len(done)]
        with self.loop(variable, shape[len(done)]):
            self.each(shape, body, (*done, variable))

    def held(self, value: Value) -> Value:
        """``value`` in an array, so that each entry is computed once."""
        if value.stored or not value.shape:
            return value
        name = self.fresh("part")
        self.store(name, value.shape, value)
        return self.stored(name, value.shape)

    @staticmethod
    def stored(name: str, shape: Lengths) -> Value:
        return Value(shape, lambda index: Piece(_entry(name, shape, index), ATOM), 0, name)

    # Trees.

    def value(self, node: Any, parts: list[Value]) -> Value:
        """A subtree, given its children."""
        match node:
            case Name() | Derivative():
                return self.value_of(node.name)
            case Length():
                return _constant((), f"{float(node.length)!r}")
            case Ones():
                return _constant(node.shape, "1.0")
            case Number():
                return Value((), lambda index: self.leaf(node))
        if max(part.depth for part in parts) >= MAX_DEPTH:
            parts = [self.cut(part) for part in parts]
        depth = 1 + max(part.depth for part in parts)
        body = parts[0]
        match node:
            case MatMul():
                return self.product(*map(self.held, parts))
            case Outer():
                left, right = map(self.held, parts)
                return Value((*left.shape, *right.shape), lambda at: join_product([left.at(at[:1]), right.at(at[1:])]), depth)
            case Transpose():
                body = self.held(body)
                return Value(body.shape[::-1], lambda index: body.at(index[::-1]), depth, body.stored, len(body.shape) == 2)
            case Reduce() | Mean():
                return self.reduced(self.held(body), node.axis, isinstance(node, Mean))
            case Softmax():
                return self.row_by_row(SOFTMAX, self.held(body), node.axis % len(body.shape))
            case Call() if node.function in (LOG_SOFTMAX, SOFTMAX_REST) and body.shape:
                return self.row_by_row(node.function, self.held(body), len(body.shape) - 1)
            case Element():
                own = tuple(str(int(index) % length) for index, length in zip(node.index, body.shape, strict=False))
                return Value(body.shape[len(own) :], lambda index: body.at((*own, *index)), depth)
            case Placed():
                return self.placed(node, body)
        shape = _stretched([part.shape for part in parts])
        if isinstance(node, Quotient) and isinstance(node.numerator, Number) and isinstance(node.denominator, Number):
            return Value((), lambda index: self.print(node, [Part(part.at(index), 0) for part in parts]).piece)
        return Value(shape, lambda index: self.inner(node, [Part(_of(part, index), 0) for part in parts]), depth)

    def cut(self, part: Value) -> Value:
        """A deep part by the name of a line of its own."""
        if part.shape:
            return self.held(part)
        return _constant((), self.apart(Part(part.at(()), 0)).piece.text)

    def called(self, function: str, pieces: list[Piece]) -> Piece:
        if function == "divide":
            return join_quotient(*pieces)
        if function in (SOFTMAX, LOG_SOFTMAX):
            first, *layer = (piece.text for piece in pieces)
            return Piece(f"{PREFIX}{function}({first}, {len(layer)}, (const double[]){{{', '.join(layer)}}})", ATOM)
        name = LIBRARY.get(function, PREFIX + function)
        return Piece(f"{name}({', '.join(piece.text for piece in pieces)})", ATOM)

    def product(self, left: Value, right: Value) -> Value:
        """left @ right, its loops in the order in which the arrays lie."""
        rows, columns = left.shape[:-1], right.shape[1:]
        shape, inner = (*rows, *columns), left.shape[-1]
        name = self.fresh("product")
        if not shape:
            return self.summed(name, inner, lambda k: join_product([left.at((k,)), right.at((k,))]))
        self.array(name, shape)
        if columns and not right.turned:
            self.each(
                rows,
                lambda index: self.spread(name, shape, index, inner, lambda k: left.at((*index, k)), lambda j, k: right.at((k, j))),
            )
        elif not columns and left.turned:
            self.spread(name, shape, (), inner, lambda k: right.at((k,)), lambda j, k: left.at((j, k)))
        else:  # both lie along the sum, or neither does

            def dot(index: Index) -> None:
                row, column = index[: len(rows)], index[len(rows) :]
                own = self.summed(self.fresh("sum"), inner, lambda k: join_product([left.at((*row, k)), right.at((k, *column))]))
                self.emit(f"{_entry(name, shape, index)} = {own.at(()).text};")

            self.each(shape, dot)
        return self.stored(name, shape)

    def spread(
        self, name: str, shape: Lengths, row: Index, inner: int, fixed: Callable[[str], Piece], moving: Callable[[str, str], Piece]
    ) -> None:
        """A row of a product as a sum of rows, each with one factor: Σ over k of fixed(k) moving(j, k), for all j at once."""
        entry = _entry(name, shape, (*row, "j"))
        with self.loop("j", shape[-1]):
            self.emit(f"{entry} = 0.0;")
        with self.loop("k", inner):
            factor = self.fresh("factor")
            self.emit(f"const double {factor} = {fixed('k').text};")
            with self.loop("j", shape[-1]):
                self.emit(f"{entry} += {factor}*{moving('j', 'k').at(ATOM)};")

    def summed(self, name: str, length: int, term: Callable[[str], Piece]) -> Value:
        """Σ of terms in a variable."""
        self.emit(f"double {name} = 0.0;")
        with self.loop("k", length, simd=name):
            self.emit(f"{name} += {term('k').text};")
        return _constant((), name)

    def reduced(self, body: Value, axis: int | None, mean: bool) -> Value:
        """The sum or mean of all entries or along an axis."""
        name = self.fresh("sum")
        if axis is None or len(body.shape) == 1:
            shape: Lengths = ()
            addends = prod(body.shape)
            self.emit(f"double {name} = 0.0;")
            self.each(body.shape, lambda index: self.emit(f"{name} += {body.at(index).text};"))
        else:
            axis %= len(body.shape)
            shape, addends = tuple(length for place, length in enumerate(body.shape) if place != axis), body.shape[axis]
            self.array(name, shape)
            self.each(shape, lambda index: self.emit(f"{_entry(name, shape, index)} = 0.0;"))
            kept = 1 - axis
            self.each(body.shape, lambda index: self.emit(f"{_entry(name, shape, (index[kept],))} += {body.at(index).text};"))
        found = self.stored(name, shape) if shape else _constant((), name)
        if not mean:
            return found
        return Value(shape, lambda index: join_quotient(found.at(index), Piece(f"{float(addends)!r}", ATOM)), 1)

    def row_by_row(self, function: str, body: Value, axis: int) -> Value:
        """Softmax along an axis, its logarithm, or what it leaves of 1, by a function of the runtime, one row after the other."""
        name = self.fresh("softmax")
        self.store(name, body.shape, body)
        others = tuple(length for place, length in enumerate(body.shape) if place != axis)
        step = prod(body.shape[axis + 1 :])

        def row(index: Index) -> None:
            start = _entry(name, body.shape, (*index[:axis], "0", *index[axis:]))
            self.emit(f"{PREFIX}{function}_row(&{start}, {body.shape[axis]}, {step});")

        self.each(others, row)
        return self.stored(name, body.shape)

    def placed(self, node: Placed, body: Value) -> Value:
        """Zeros but for one part."""
        name = self.fresh("placed")
        shape: Lengths = tuple(map(int, node.shape))
        self.store(name, shape, _constant((), "0.0"))
        self.each(body.shape, lambda index: self.emit(f"{_entry(name, shape, (*node.index, *index))} = {_of(body, index).text};"))
        return self.stored(name, shape)


def _constant(shape: Sequence[int | str], text: str) -> Value:
    piece = Piece(text, ATOM)
    return Value(tuple(map(int, shape)), lambda index: piece)


def _of(value: Value, index: Index) -> Piece:
    """The entry that NumPy's broadcasting takes at an index: the last axes belong together, one of length 1 is stretched."""
    own = index[len(index) - len(value.shape) :]
    return value.at(tuple("0" if length == 1 else variable for length, variable in zip(value.shape, own, strict=True)))


def _stretched(shapes: Sequence[Lengths]) -> Lengths:
    """The shape of what goes entry by entry over arrays of these."""
    longest = max(map(len, shapes))
    padded = [(1,) * (longest - len(shape)) + shape for shape in shapes]
    return tuple(max(lengths) for lengths in zip(*padded, strict=True))


def _entry(name: str, shape: Lengths, index: Index) -> str:
    """An entry of an array that lies row by row."""
    if not shape:
        return name
    text = index[0]
    for length, variable in zip(shape[1:], index[1:], strict=True):
        text = variable if text == "0" else f"{text}*{length} + {variable}"
    return f"{name}[{text}]"
