"""Trees as TeX mathematics, in pieces between which a line may break.

Every format draws from this one printer: LaTeX as it is, MathML and Markdown through a `Dialect`
that says how colours and braces are spelled. The nodes that only arrays have are printed by `arraytex`.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cached_property
from typing import Any

from ..functions import FUNCTIONS
from ..tree import Braced, Call, Derivative, Marked, Name, Negative, Number, Power, Product, Quotient, Sum, Tree, fold
from .arraytex import array_box, leaf, printed_shape, shape_of_all
from .boxes import (
    ATOM,
    LATEX,
    OPEN,
    POWER,
    PRODUCT,
    SUM,
    Box,
    Dialect,
    Piece,
    Printed,
    deeper,
    fenced,
    marked,
    with_tex,
)
from .derivatives import derivative_box
from .metrics import width
from .notation import Notation

ROOM = 40.0  # em of a line where no other width is asked for
_WHOLE, _MOST_WHOLE = 0.6, 16.0  # share of a line, and em, of a fraction, a root or a base in parentheses that stands unbroken
_EXPONENT, _MOST_EXPONENT = 0.3, 10.0
# A number of more zeros than a reader counts, which has its power of ten instead: the same digits, the same value.
MANY_ZEROS = re.compile(r"(-?)0\.(0{11,})([1-9])(\d*)")
# Functions whose powers have the exponent behind the name: tanh²(s).
_RAISED = (r"\tanh", r"\sin", r"\cos", r"\ln")
_CACHED = re.compile(r"C_\d+")


def _with_exponent(match: re.Match[str]) -> str:
    sign, zeros, first, rest = match.groups()
    return f"{sign}{first}{'.' if rest else ''}{rest}e-{len(zeros) + 1}"


class Printer:
    """Prints trees in one notation and one dialect, for lines of ``room`` em; where ``shaped``, with its shape below each array."""

    def __init__(
        self, notation: Notation, dialect: Dialect = LATEX, inline: bool = False, shaped: bool = False, room: float = ROOM
    ) -> None:
        self.notation, self.dialect, self.inline, self.shaped, self.room = notation, dialect, inline, shaped, room
        self._leaves: dict[str, Box] = {}  # by name, as most are printed many times
        self._whole, self._exponent = min(_MOST_WHOLE, _WHOLE * room), min(_MOST_EXPONENT, _EXPONENT * room)

    @cached_property
    def with_shapes(self) -> Printer:
        """The same printer with shapes."""
        return Printer(self.notation, self.dialect, self.inline, True, self.room)

    def within(self, room: float) -> Printer:
        """The same printer for lines of another width."""
        return self if room == self.room else Printer(self.notation, self.dialect, self.inline, self.shaped, room)

    def width(self, box: Box) -> float:
        """The width of a box on one line, in em: in text, fractions are small."""
        return width(box.tex, not self.inline)

    def is_whole(self, box: Box) -> bool:
        """Whether a box may stand where no line can end."""
        return self.width(box) <= self._whole

    def scripted(self, box: Box, script: str) -> tuple[Piece, ...]:
        """The pieces of a box with an upper or lower index behind it."""
        if self.dialect.grouped and box.ends == "paren" and self.is_whole(box):
            return (Piece(f"{{{box.tex}}}{script}", box.pieces[0].depth),)
        *rest, last = box.pieces
        return (*rest, with_tex(last, last.tex + script))

    def box(self, tree: Tree) -> Box:
        if self.shaped and fold(tree, self._is_fraction_of_arrays)[0]:
            return Printer(self.notation, self.dialect, self.inline, room=self.room).box(
                tree
            )  # there is no room for shapes in a fraction
        return fold(tree, self._combine)

    def _is_fraction_of_arrays(self, node: Any, parts: list[tuple[bool, bool]]) -> tuple[bool, bool]:
        """(whether there is a fraction of arrays, whether there is an array) in a tree."""
        array = any(own for _, own in parts) or (isinstance(node, Name | Derivative) and bool(self._shape(node.name)))
        return any(found for found, _ in parts) or (isinstance(node, Quotient) and array), array

    def tex(self, tree: Tree) -> str:
        return self.box(tree).tex

    def hidden(self, digits: str) -> str:
        """The room of digits that are not shown."""
        return self.dialect.hidden(self._decimal(digits)) if digits else ""

    def _decimal(self, digits: str) -> str:
        # Braces take the space from behind the comma.
        return digits.replace(".", "{,}") if self.notation.profile.decimal == "," else digits

    def _combine(self, node: Any, parts: list[Box]) -> Box:
        match node:
            case Number():
                return self._number(node)
            case Name():
                if (known := self._leaves.get(node.name)) is None:
                    known = self._leaves[node.name] = self._name(node.name)
                return known
            case Derivative():
                return derivative_box(self, node, self._shape(node.name))
            case Sum():
                return self._sum(node, parts)
            case Product():
                return self._product(parts)
            case Negative():
                body = self._at_least(parts[0], OPEN)
                first = body.pieces[0]
                pieces = (Piece("-" + first.tex, first.depth), *body.pieces[1:])
                return Box(pieces, min(body.level, PRODUCT), body.height, minus=True, shape=body.shape, operation=body.operation)
            case Quotient():
                return self._quotient(node, parts)
            case Power():
                return self._power(node, *parts)
            case Call():
                return self._call(node, parts)
            case Braced():
                label = self.notation.symbol(node.label)
                body = fenced(parts[0]) if parts[0].level < PRODUCT or parts[0].minus else parts[0]
                return Box((Piece(self.dialect.brace(body.tex, self.dialect.role("cached", label))),), ATOM, 3, ends="brace")
            case Marked():
                return parts[0]._replace(pieces=tuple(marked(self.dialect, node.role, piece) for piece in parts[0].pieces))
        return array_box(self, node, parts)

    def _name(self, name: str) -> Box:
        symbol = self.notation.symbol(name)
        if _CACHED.fullmatch(name):
            return Box((Piece(self.dialect.role("cached", symbol)),), ATOM, ends="name")
        return leaf(self, symbol, self._shape(name))

    def _power(self, node: Power, base: Box, exponent: Box) -> Box:
        head = self.notation.function_symbol(node.base.function) if isinstance(node.base, Call) and not node.base.prime else ""
        first, *rest = base.pieces
        if head in _RAISED and not base.shape and exponent.digits == "whole" and first.tex.startswith(head):
            raised_head = with_tex(first, f"{head}^{{{exponent.tex}}}{first.tex.removeprefix(head)}")
            return Box((raised_head, *rest), POWER, base.height, ends="fence")
        closed = isinstance(node.base, Call) and base.tex.endswith(")")
        if base.level < ATOM or base.minus or ("^" in base.tex and not closed) or base.tex.startswith((r"\frac", r"\tfrac")):
            base = fenced(base)
        # W² of a matrix would be W W; entry by entry the exponent says so.
        mark = self.notation.hadamard + " " if base.shape else ""
        if base.bare and self.shaped:
            return leaf(self, f"{base.bare}^{{{mark}{exponent.tex}}}", base.shape, POWER, ends="fence")
        raised = self.scripted(base, f"^{{{mark}{exponent.tex}}}")
        return Box(raised, POWER, base.height, base.digits and "start", ends="fence", shape=base.shape)

    def _shape(self, name: str) -> Printed:
        return printed_shape(self.notation.shapes.get(name, ()), self.notation.rows)

    def _number(self, node: Number) -> Box:
        text = node.text
        if not text:
            value = node.value
            if value.denominator != 1:
                return self._fraction_number(value)
            text = str(value.numerator)
        mantissa, _, exponent = MANY_ZEROS.sub(_with_exponent, text).partition("e")
        if "/" in mantissa:
            return self._fraction_number(Fraction(mantissa))
        mantissa = self._decimal(mantissa)
        if exponent:
            power = str(int(exponent))
            tex = rf"{mantissa}\cdot 10^{{{power}}}"
            return Box((Piece(tex),), PRODUCT, 0, "whole", mantissa.startswith("-"))
        return Box((Piece(mantissa),), ATOM, 0, "whole", mantissa.startswith("-"))

    def _fraction_number(self, value: Fraction) -> Box:
        sign = "-" if value < 0 else ""
        above, below = str(abs(value.numerator)), str(value.denominator)
        return Box((Piece(rf"{sign}\tfrac{{{above}}}{{{below}}}"),), ATOM, 2, "", bool(sign), ends="small")

    def _sum(self, node: Sum, parts: list[Box]) -> Box:
        pieces: list[Piece] = []
        height = 0
        for index, (term, part) in enumerate(zip(node.terms, parts, strict=True)):
            sign = "+"
            if index and (isinstance(term, Negative) or part.level >= PRODUCT) and part.tex.startswith("-"):
                # The minus of a negative term, or of its first factor, becomes the operator.
                first = part.pieces[0]
                part = Box((Piece(first.tex[1:].lstrip(), first.depth), *part.pieces[1:]), part.level, part.height)
                sign = "-"
            elif index and part.minus:
                part = fenced(part)
            first = part.pieces[0]
            if index:
                # Without a term before it a sign would be set as a unary one; {} keeps its spaces.
                first = Piece(first.tex, first.depth, "sum", f" {sign} ", f"{{}} {sign} ")
            pieces.extend((first, *part.pieces[1:]))
            height = max(height, part.height)
        return Box(tuple(pieces), SUM, height, parts[0].digits and "start", parts[0].minus, shape=shape_of_all(parts))

    def _product(self, parts: list[Box]) -> Box:
        pieces: list[Piece] = []
        before: Box | None = None
        height = 0
        arrays = sum(bool(part.shape) for part in parts)
        last = parts[-1]
        for part in parts:
            leads = before is None and part.minus and part.level >= PRODUCT  # -a may begin a product
            loose = part.level < PRODUCT and not (part is last and part.level == OPEN and not part.minus)
            if part.operation == "matrix":
                loose = loose or arrays > 1 or not part.shape
            if not leads and (loose or part.minus or (part.level == PRODUCT and part.digits == "whole")):
                part = fenced(part)
            first = part.pieces[0]
            if before is not None and before.shape and part.shape:
                join = f" {self.notation.hadamard} "
                first = Piece(first.tex, first.depth, "product", join, "{}" + join)
            elif before is not None:
                numeric = part.ends == "small" and bool(before.digits)
                numeric = numeric or bool(part.digits) and (part.ends != "paren" or before.digits == "whole")
                tight = before.ends == "small" or (part.ends == "paren" and before.ends == "paren")
                join = r" \cdot " if numeric and (before.ends != "small" or part.digits) else "" if tight else r" \, "
                if part.ends == "prime" or (before.ends == "prime" and part.ends == "paren"):
                    join = r" \cdot "  # parentheses behind a symbol would make it a function
                if before.ends == part.ends == "brace":
                    join = r" \;\, "  # two brackets side by side must not touch
                first = Piece(first.tex, first.depth, "product", join, r"{} \cdot ")
            pieces.extend((first, *part.pieces[1:]))
            before, height = part, max(height, part.height)
        return Box(
            tuple(pieces),
            OPEN if last.level == OPEN and before is last else PRODUCT,
            height,
            parts[0].digits and "start",
            parts[0].minus and parts[0].level >= PRODUCT,
            before.ends if before else "",
            shape_of_all(parts),
            "entries" if arrays > 1 else last.operation if arrays else "",
        )

    def _quotient(self, node: Quotient, parts: list[Box]) -> Box:
        above, below = parts
        shape = shape_of_all(parts)
        if above.digits == "whole" and below.digits == "whole":
            return Box((Piece(rf"\tfrac{{{above.tex}}}{{{below.tex}}}"),), ATOM, 2, ends="small")
        fraction = rf"\frac{{{above.tex}}}{{{below.tex}}}"
        if width(fraction, not self.inline) > self._whole:
            # A fraction cannot be broken over lines; with a slash it can.
            above = self._at_least(above, PRODUCT)
            below = self._at_least(below, ATOM)
            first = below.pieces[0]
            slash = Piece(first.tex, first.depth, "product", "/", "{} / ")
            pieces = (*above.pieces, slash, *below.pieces[1:])
            return Box(pieces, PRODUCT, max(above.height, below.height), ends="fence", shape=shape)
        return Box((Piece(fraction),), ATOM, 3, ends="fence", shape=shape)

    def _call(self, node: Call, parts: list[Box]) -> Box:
        return self._function(node, parts)._replace(shape=shape_of_all(parts))

    def _function(self, node: Call, parts: list[Box]) -> Box:
        argument = parts[0]
        if node.function == "sqrt" and self.is_whole(argument):
            return Box((Piece(rf"\sqrt{{{argument.tex}}}"),), ATOM, max(argument.height, 1), ends="fence")
        if node.function == "sqrt":
            *rest, last = fenced(argument).pieces
            root = with_tex(last, last.tex + r"^{1/2}")
            return Box((*rest, root), POWER, max(argument.height, 1), ends="fence")
        if node.function == "abs" and not argument.shape:
            bars = fenced(argument, (r"\lvert ", r"\rvert"))
            return Box(bars.pieces, ATOM, bars.height, ends="fence")
        if node.function == "exp" and argument.height == 0 and self.width(argument) <= self._exponent and not node.prime:
            return Box((Piece(f"e^{{{argument.tex}}}"),), POWER, 1, ends="fence")
        if node.function == "step":
            first, *rest = argument.pieces
            *before, last = with_tex(first, rf"\mathbf{{1}}[{first.tex}"), *map(deeper, rest)
            return Box((*before, with_tex(last, last.tex + " > 0]")), ATOM, argument.height, ends="fence")
        head = self.notation.function_symbol(node.function) + ("'" if node.prime else "")
        constants = parts[1:] if node.function in FUNCTIONS and FUNCTIONS[node.function].defaults else []
        if constants:
            head += f"_{{{self.notation.profile.separator.join(constant.tex for constant in constants)}}}"
        shown = parts if not constants else [argument]
        inner = shown[0]
        for other in shown[1:]:
            # A line may end behind the separator.
            *before, last = inner.pieces
            comma = with_tex(last, last.tex + self.notation.profile.separator.strip())
            first = other.pieces[0]
            joined = Piece(first.tex, first.depth, "product", " ")
            inner = Box((*before, comma, joined, *other.pieces[1:]), SUM, max(inner.height, other.height))
        whole = fenced(inner)
        first = whole.pieces[0]
        space = " " if re.search(r"\\[A-Za-z]+$", head) and not first.tex.startswith(("(", "\\")) else ""
        pieces = (Piece(head + space + first.tex, first.depth), *whole.pieces[1:])
        return Box(pieces, ATOM, whole.height, ends="fence")

    def _at_least(self, box: Box, level: int) -> Box:
        return fenced(box) if box.level < level or box.minus else box
