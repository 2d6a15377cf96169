"""Assignments of arrays → NumPy source that writes every array into room made beforehand.

``make`` is called once for each number of samples (each length that is not given): it makes the room, the views of it and
the constants, and returns the function, which makes no array of its own. That function takes the arguments and an array for
each output that is one, and returns the outputs that are numbers. What goes entry by entry is one call of NumPy a step;
products, sums over samples included, are those of its BLAS.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..array_tree import Element, Length, MatMul, Mean, Ones, Outer, Placed, Reduce, Shape, Softmax, Transpose
from ..functions import FUNCTIONS, with_defaults
from ..plain_text import ATOM, PRODUCT, Piece, minus
from ..shapes import SCALAR
from ..tree import ONE, Call, Derivative, Name, Negative, Number, Power, Product, Quotient, Sum, Tree, fold
from . import complements, straight_line
from .array_source import ArrayPrinter
from .room import RESERVED, Room
from .room_steps import Operand, Step, named, stretched, wrapped
from .source import Part, literal
from .straight_line import StraightLine

MAKE = "make"
_WORD = re.compile(r"[A-Za-z_]\w*")
# Functions of the language that are one function of NumPy.
ONE_CALL = {name: name for name in ("cos", "divide", "exp", "log", "maximum", "minimum", "power", "sin", "sqrt", "tanh", "sign")}
ONE_CALL |= {"abs": "absolute"}
_NUMPY = (
    *("add", "absolute", "array", "copyto", "cos", "divide", "dot", "empty", "errstate", "exp", "fmin", "greater", "log"),
    *("maximum", "minimum", "multiply", "negative", "ones", "power", "reciprocal", "sign", "sin", "sqrt", "subtract", "tanh"),
    "vdot",
)


def room_source(program: StraightLine, name: str) -> str:
    """A module with ``make(lengths…, dtype)``, which makes the function ``name``."""
    return RoomPrinter(program, name).module()


class RoomPrinter(ArrayPrinter):
    """An `ArrayPrinter` of steps."""

    reserved = (*ArrayPrinter.reserved, *_NUMPY, *RESERVED, MAKE, "unit_softmax", "unit_log_softmax")

    def __init__(self, program: StraightLine, function: str) -> None:
        super().__init__(program, function)
        self.body = []
        self.room = Room(self.taken)
        self.lengths = {length: self.lengths.get(length) or self.room.reserved(length) for length in program.lengths}
        self.numpy: set[str] = {"errstate"}
        self.steps: list[Step] = []  # of the line that is being printed
        self.shapes: dict[str, Shape] = {}  # of the room of the line, by the name it has until the line is done
        self.places = 0
        self.fresh_arrays: set[str] = set()  # of the line: what functions of the runtime make
        self.arrays_out = [name for name in program.outputs if self.shape(name)]

    def module(self) -> str:
        self.declare_families()
        for item in self.program.lines:
            self.item(item)
        arguments = [*dict.fromkeys(map(self.argument, self.program.arguments)), *(self.known[name] for name in self.arrays_out)]
        numbers = [self.read(name) for name in self.program.outputs if not self.shape(name)]
        numpy = self.numpy | self.room.functions
        imports = [wrapped("from numpy import ", sorted(numpy))]
        if used := self.used - numpy:
            imports += ["", f"from {self.runtime} import {', '.join(sorted(used))}"]
        head = [f"def {MAKE}({', '.join((*self.lengths.values(), 'dtype'))}):", *(f"    {line}" for line in self.room.lines)]
        inner = ['@errstate(all="ignore")', f"def {self.function}({', '.join(arguments)}):", *(f"    {line}" for line in self.body)]
        inner += [f"    return ({', '.join(numbers)}{',' if len(numbers) == 1 else ''})"]
        lines = [*imports, "", "", *head, "", *(f"    {line}" for line in inner), "", f"    return {self.function}", ""]
        return "\n".join(lines)

    # Steps of time.

    def declare_families(self) -> None:
        """Room for each step of a family; of numbers a list."""
        for name, family in self.program.families.items():
            if family.is_kept and not family.is_given:
                count = family.last - self.first(family) + 1
                self.room.steps(self.known[name], count, self.shape_text(family.shape) if family.shape else "")
        for name in self.program.arguments:
            place = self.program.places.get(name)
            if place and not self.program.families[place[0]].is_given:
                self._put(self.member(*place), self.known[name], self.shape(name))

    def _put(self, place: str, text: str, shape: Shape) -> None:
        if shape:
            self.numpy.add("copyto")
        self.emit(f"copyto({place}, {text})" if shape else f"{place} = {text}")

    def start(self, name: str) -> None:
        if not self.shape(name):
            super().start(name)
            return
        if name not in self.arrays_out:
            self.room.array(self.known[name], self.shape_text(self.shape(name)))
        self._put(self.known[name], self.room.constant("0.0"), self.shape(name))

    def add(self, name: str, tree: Tree) -> None:
        if not self.shape(name):
            super().add(name, tree)
            return
        self._begin(self.known[name])
        found = fold(tree, self.operand)
        self.step("subtract" if found.negated else "add", (self.own, found.piece.text), self.shape(name), self.own)
        self._finish({})

    # Lines.

    def _begin(self, name: str) -> None:
        self.own = name
        self.steps, self.shapes, self.fresh_arrays, self.places = [], {}, set(), 0

    def line(self, name: str, tree: Tree) -> None:
        self._begin(self.named_here(name))
        shape = self.shape(name)
        found = self.plain(fold(tree, self.operand))
        if not shape:
            self.assign(self.own, named(found.piece.text, self._finish({})))
            self.keep(name)
            return
        if found.shape != shape:
            found = self.spread(found, shape)
        place = self.program.places.get(name)
        if name in self.arrays_out:
            self._into_output(found)
        elif place and self.program.families[place[0]].is_kept:
            self.local[name] = self.own
            self.emit(f"{self.own} = {self.member(*place)}")
            self._into_output(found)
        elif found.own:
            self._finish({found.own: self.own})
            self._known_as(name, self.own)
        else:
            text = named(found.piece.text, self._finish({}))
            if text in self.room.names:  # read from there, so that views of it are known
                self.emit(f"# {self.own} is {text}")
                self._known_as(name, text)
            else:
                self.emit(f"{self.own} = {text}")
                self._known_as(name, self.own)

    def _known_as(self, name: str, text: str) -> None:
        (self.local if name in self.program.places else self.known)[name] = text

    def _into_output(self, found: Operand) -> None:
        """The last step writes to the output itself; an array that is something else as well is copied."""
        if found.own and found.own not in self.fresh_arrays:
            del self.shapes[found.own]
            self._finish({found.own: self.own})
        else:
            self.numpy.add("copyto")
            self.emit(f"copyto({self.own}, {named(found.piece.text, self._finish({}))})")

    def _finish(self, names: dict[str, str]) -> dict[str, str]:
        """The steps of a line, their room under its own names."""
        final = dict(names)
        for place in (*self.shapes, *self.fresh_arrays):
            if place not in final:
                final[place] = self.fresh("part")
        for place, shape in self.shapes.items():
            self.room.array(final[place], self.shape_text(shape))
        held: dict[str, str] = {}
        for step in self.steps:
            self.emit(named(step.text, final))
            held[step.target] = step.key
        for place, key in held.items():
            if key and place in final:  # not what is added up
                self.computed.setdefault(key, final[place])
        return final

    # Steps.

    def place(self, shape: Shape) -> str:
        """Room for one more array; it gets its name when the line is done."""
        name = self._next_place()
        self.shapes[name] = shape
        return name

    def _next_place(self) -> str:
        self.places += 1
        return f"\0{self.places}\0"

    def each(self, function: str, operands: Sequence[Operand], shape: Shape) -> Operand:
        """A function entry by entry, into the room of an operand if that is free."""
        arguments = tuple(map(self.taken_as, operands))
        target = next((operand.own for operand in operands if operand.own and operand.shape == shape), "")
        return self.step(function, arguments, shape, target, all(operand.shape == shape for operand in operands))

    def step(self, function: str, arguments: tuple[str, ...], shape: Shape, target: str = "", is_even: bool = False) -> Operand:
        """What an earlier line has computed is read from there; else a step, into new room unless a target is given."""
        key = f"{function}({', '.join(arguments)})"
        if key in self.computed:
            return Operand(Piece(self.computed[key], ATOM), shape)
        target = target or self.place(shape)
        self.numpy.add(function)
        self.steps.append(Step(function, arguments, target, "" if "\0" in key else key, is_even))
        return Operand(Piece(target, ATOM), shape, own=target)

    def function_call(self, function: str, operands: Sequence[Operand], shape: Shape, more: str = "") -> Operand:
        """A function of the runtime, which makes an array of its own."""
        self.used.add(function)
        name = self._next_place()
        text = f"{function}({', '.join(self.plain(operand).piece.text for operand in operands)}{more})"
        if not shape:
            return Operand(Piece(text, ATOM), shape)
        self.fresh_arrays.add(name)
        self.steps.append(Step(f"{name} = {text}", ()))
        return Operand(Piece(name, ATOM), shape, own=name)

    def taken_as(self, operand: Operand) -> str:
        """An operand as NumPy takes it."""
        return self.room.constant(operand.piece.text) if operand.fixed else operand.piece.text

    def plain(self, operand: Operand) -> Operand:
        """An operand with its sign."""
        if not operand.negated:
            return operand
        return self.each("negative", [operand._replace(negated=False)], operand.shape)

    @staticmethod
    def signed(operand: Operand, negated: bool) -> Operand:
        """An operand whose sign turns, a number at once."""
        if negated and not operand.shape:
            return operand._replace(piece=minus(operand.piece))
        return operand._replace(negated=negated)

    def spread(self, operand: Operand, shape: Shape) -> Operand:
        """An array of a larger shape."""
        target = self.place(shape)
        self.numpy.add("copyto")
        self.steps.append(Step(f"copyto({target}, {self.taken_as(operand)})", ()))
        return Operand(Piece(target, ATOM), shape, own=target)

    # Trees.

    def operand(self, node: Any, parts: list[Operand]) -> Operand:
        """The source of ``node``, given that of its children."""
        match node:
            case Name() | Derivative():
                return Operand(self.leaf(node), self.shape(node.name))
            case Ones():
                return self.ones(node.shape)
            case Length():
                return Operand(Piece(self.length(node.length), ATOM), SCALAR, fixed=True)
            case Number():
                return Operand(self.leaf(node), SCALAR, fixed=True)
            case Negative() if parts[0].shape:
                return parts[0]._replace(negated=not parts[0].negated)
            case MatMul() | Outer() | Transpose():
                negated = sum(part.negated for part in parts) % 2 == 1
                return self.signed(self.moved(node, [part._replace(negated=False) for part in parts]), negated)
            case Sum() if any(part.shape for part in parts):
                return self.added(parts)
            case Product() | Quotient() if any(part.shape for part in parts):
                negated = sum(part.negated for part in parts) % 2 == 1
                bare = [part._replace(negated=False) for part in parts]
                found = self.multiplied(bare) if isinstance(node, Product) else self.each("divide", bare, stretched(bare))
                return found._replace(negated=negated)
            case Reduce() | Mean() if parts[0].shape:
                return self.signed(self.reduced(node, parts[0]._replace(negated=False)), parts[0].negated)
        parts = [self.plain(part) for part in parts]
        if isinstance(node, Placed):
            index = f", ({', '.join(node.index)}{',' if len(node.index) == 1 else ''}), {self.shape_text(node.shape)}, dtype"
            return self.function_call("placed", parts, node.shape, index)
        if not any(part.shape for part in parts):
            own = self.print(node, [Part(part.piece, part.depth) for part in parts])
            fixed = all(part.fixed for part in parts) and not self._is_local(own.piece.text)
            return Operand(own.piece, SCALAR, own.depth, fixed=fixed)
        match node:
            case Power():
                return self.raised(node, parts)
            case Softmax():
                return self.softmax(parts[0], node.axis)
            case Element():
                return Operand(self.inner(node, [Part(parts[0].piece, 0)]), parts[0].shape[len(node.index) :])
            case Call():
                return self.mapped(node, parts)
        return parts[0]  # braces and marks

    def _is_local(self, text: str) -> bool:
        """Whether something in a text is known to the function only, and not to ``make``."""
        return any(word in self.taken and word not in self.lengths.values() for word in _WORD.findall(text))

    def ones(self, shape: Shape) -> Operand:
        return Operand(Piece(self.room.ones(self.shape_text(shape)), ATOM), shape)

    def moved(self, node: Any, parts: list[Operand]) -> Operand:
        """What mixes entries and keeps signs: products of matrices, outer products, transposes."""
        first = parts[0]
        match node:
            case Transpose() if len(first.shape) < 2:
                return first
            case Transpose():
                return Operand(Piece(self.room.view(first.piece.text, "T", "{}.T"), ATOM), first.shape[::-1])
            case Outer():
                left = self.room.view(first.piece.text, "column", "{}[:, None]")
                right = self.room.view(parts[1].piece.text, "row", "{}[None, :]")
                return self.product(left, right, (*first.shape, *parts[1].shape))
        shape = (*first.shape[:-1], *parts[1].shape[1:])
        left, right = (part.piece.at(ATOM) for part in parts)
        if left.endswith(".T") and len(parts[1].shape) == 1:  # Wᵀ δ is δ W, which needs no view
            return self.product(right, left.removesuffix(".T"), shape)
        return self.product(left, right, shape)

    def product(self, left: str, right: str, shape: Shape) -> Operand:
        if not shape:
            self.numpy.add("dot")
            return Operand(Piece(f"dot({left}, {right})", ATOM), SCALAR)
        return self.step("dot", (left, right), shape)

    def added(self, parts: list[Operand]) -> Operand:
        """a + b − c."""
        first, *others = parts
        if first.negated and (place := next((i for i, part in enumerate(others) if not part.negated), None)) is not None:
            first, others = others[place], [first, *others[:place], *others[place + 1 :]]
        total = self.plain(first)
        for other in others:
            shape = stretched([total, other])
            total = self.each("subtract" if other.negated else "add", [total, other._replace(negated=False)], shape)
        return total

    def multiplied(self, parts: list[Operand]) -> Operand:
        """a·b·c, what is a number last; ones only stretch."""
        numbers = [part for part in parts if not part.shape]
        arrays = [part for part in parts if part.shape]
        shape = stretched(parts)
        arrays = [part for part in arrays if part.piece.text not in self.room.of_ones] or arrays[:1]
        found: Operand | None = None
        for part in arrays:
            found = part if found is None else self.each("multiply", [found, part], stretched([found, part]))
        assert found is not None  # there is an array
        if numbers:
            factor = self.print(Product((ONE,) * len(numbers)), [Part(part.piece, part.depth) for part in numbers]).piece
            fixed = all(part.fixed for part in numbers)
            found = self.each("multiply", [found, Operand(factor, SCALAR, fixed=fixed)], found.shape)
        return found if found.shape == shape else self.spread(found, shape)

    def raised(self, node: Power, parts: list[Operand]) -> Operand:
        """x² and x³ as products, everything else by NumPy's power."""
        base = parts[0]
        exponent = node.exponent.value if isinstance(node.exponent, Number) else None
        if exponent not in (2, 3):
            return self.each("power", parts, stretched(parts))
        kept = base._replace(own="")
        square = self.each("multiply", [kept, kept], base.shape)
        return square if exponent == 2 else self.each("multiply", [square, kept], base.shape)

    def reduced(self, node: Reduce | Mean, body: Operand) -> Operand:
        """The sum of all entries or along an axis, by a product with ones; the mean divides it."""
        axis = node.axis
        if axis is None or len(body.shape) == 1:
            total = Operand(Piece(self.total(body), ATOM), SCALAR)
            addends: Sequence[int | str] = body.shape
        else:
            axis %= len(body.shape)
            rest = body.shape[:axis] + body.shape[axis + 1 :]
            addends = (body.shape[axis],)
            ones = self.ones(addends).piece.text
            total = self.product(ones, body.piece.text, rest) if axis == 0 else self.product(body.piece.text, ones, rest)
        if isinstance(node, Reduce):
            return total
        count = "*".join(map(self.length, addends))
        if not total.shape:
            return Operand(Piece(f"{total.piece.text}/({count})", PRODUCT), SCALAR)
        return self.each("divide", [total, self.number(count)], total.shape)

    def total(self, body: Operand) -> str:
        """The sum of all entries; of a product entry by entry without making it."""
        last = self.steps[-1] if self.steps else None
        if last and last.target == body.own and last.function == "multiply" and last.is_even:
            self.steps.pop()
            if last.target not in last.arguments:
                self.shapes.pop(last.target)
            self.numpy.add("vdot")
            return f"vdot({', '.join(last.arguments)})"
        self.numpy.add("add")
        return f"add.reduce({body.piece.text}, None)"

    def softmax(self, body: Operand, axis: int) -> Operand:
        """eˢ over its sum; less the greatest, so that nothing overflows."""
        axis %= len(body.shape)
        shape = (*body.shape[:axis], 1, *body.shape[axis + 1 :])
        greatest = self.place(shape)
        along = (str(axis), "None", greatest, "True")
        self.numpy.update(("maximum", "add"))
        self.steps.append(Step(f"maximum.reduce({', '.join((body.piece.text, *along))})", ()))
        below = self.each("subtract", [body, Operand(Piece(greatest, ATOM), shape)], body.shape)
        powers = self.each("exp", [below], body.shape)
        self.steps.append(Step(f"add.reduce({', '.join((powers.piece.text, *along))})", ()))
        return self.each("divide", [powers, Operand(Piece(greatest, ATOM), shape)], body.shape)

    def mapped(self, node: Call, parts: list[Operand]) -> Operand:
        """A function entry by entry."""
        name = node.function
        if name in FUNCTIONS:
            defaults = list(with_defaults(node).values())[len(parts) :]
            parts = [*parts, *(self.number(literal(default, self.own)) for default in defaults)]
        shape = stretched(parts)
        first = parts[0]
        match name:
            case "identity":
                return first
            case "relu":
                return self.each("maximum", [first, self.number("0.0")], shape)
            case "step":
                return self.each("greater", [first, self.number("0.0")], shape)
            case "sigmoid":
                return self.of_power(self.power_of(first))
            case complements.POWER:
                return self.power_of(first)
            case complements.OF_POWER:
                return self.of_power(first)
            case complements.SIGMOID_REST:  # 1 where the power is infinite and the product no number
                return self.each("fmin", [self.each("multiply", parts, shape), self.number("1.0")], shape)
            case complements.TANH_REST:
                return self.sech_squared(parts[1])
            case complements.SECH_SQUARED:
                return self.sech_squared(first)
            case "softmax" | straight_line.LOG_SOFTMAX if len(parts) > 1:  # of a unit and its layer
                return self.function_call(f"unit_{name}", parts, shape)
        if name in ONE_CALL:
            return self.each(ONE_CALL[name], parts, shape)
        return self.function_call(name, parts, shape)

    @staticmethod
    def number(text: str) -> Operand:
        return Operand(Piece(text, ATOM), SCALAR, fixed=True)

    def power_of(self, s: Operand) -> Operand:
        """e⁻ˢ."""
        return self.each("exp", [self.each("negative", [s], s.shape)], s.shape)

    def of_power(self, p: Operand) -> Operand:
        """1/(1 + p)."""
        return self.each("reciprocal", [self.each("add", [p, self.number("1.0")], p.shape)], p.shape)

    def sech_squared(self, s: Operand) -> Operand:
        """1 − tanh² s = 4p/(1 + p)² with p = e^−2|s|."""
        half = self.each("multiply", [self.each("absolute", [s], s.shape), self.number("-2.0")], s.shape)
        power = self.each("exp", [half], s.shape)
        below = self.each("add", [power._replace(own=""), self.number("1.0")], s.shape)
        once = self.each("divide", [power, below._replace(own="")], s.shape)
        return self.each("multiply", [self.each("divide", [once, below._replace(own="")], s.shape), self.number("4.0")], s.shape)
