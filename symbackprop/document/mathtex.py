"""Trees as TeX mathematics, in pieces between which a line may break, with their widths.

Every format draws from this one printer: LaTeX as it is, MathML and Markdown through a `Dialect`
that says how colours and braces are spelled. The nodes that only arrays have are printed by `arraytex`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from ..functions import FUNCTIONS
from ..tree import Braced, Call, Derivative, Marked, Name, Negative, Number, Power, Product, Quotient, Sum, Tree, fold
from .arraytex import array_box, leaf, printed_shape, shape_of_all, with_shape
from .boxes import (
    ATOM,
    BINARY,
    DOT,
    LATEX,
    MAX_WHOLE,
    OPEN,
    POWER,
    PRODUCT,
    SCRIPT,
    SUM,
    THIN,
    Box,
    Dialect,
    Piece,
    Printed,
    fenced,
    marked,
    scripted,
    symbol_width,
    with_tex,
)
from .notation import Notation

MAX_EXPONENT = 10.0
_LIMITS = 1.0
_CACHED = re.compile(r"C_\d+")


class Printer:
    """Prints trees in one notation and one dialect; where ``shaped``, with the shape of each array below it."""

    def __init__(self, notation: Notation, dialect: Dialect = LATEX, inline: bool = False, shaped: bool = False) -> None:
        self.notation, self.dialect, self.inline, self.shaped = notation, dialect, inline, shaped

    @cached_property
    def with_shapes(self) -> Printer:
        """The same printer with shapes."""
        return Printer(self.notation, self.dialect, self.inline, True)

    def box(self, tree: Tree) -> Box:
        if self.shaped and fold(tree, self._is_fraction_of_arrays)[0]:
            return Printer(self.notation, self.dialect, self.inline).box(tree)  # there is no room for shapes in a fraction
        return fold(tree, self._combine)

    def _is_fraction_of_arrays(self, node: Any, parts: list[tuple[bool, bool]]) -> tuple[bool, bool]:
        """(whether there is a fraction of arrays, whether there is an array) in a tree."""
        array = any(own for _, own in parts) or (isinstance(node, Name | Derivative) and bool(self._shape(node.name)))
        return any(found for found, _ in parts) or (isinstance(node, Quotient) and array), array

    def tex(self, tree: Tree) -> str:
        return self.box(tree).tex

    def _combine(self, node: Any, parts: list[Box]) -> Box:
        match node:
            case Number():
                return self._number(node)
            case Name():
                symbol = self.notation.symbol(node.name)
                if _CACHED.fullmatch(node.name):
                    symbol_tex = self.dialect.role("cached", symbol)
                    return Box((Piece(symbol_tex, symbol_width(symbol)),), ATOM, ends="name")
                return leaf(self, symbol, self._shape(node.name))
            case Derivative():
                above, below = self.notation.symbol(node.of), self.notation.symbol(node.wrt)
                shape = self._shape(node.name)
                if node.direct:
                    width = max(symbol_width(above), symbol_width(below)) + 0.53 + 0.24 + 2.2
                    tex = rf"\frac{{\partial {above}}}{{\partial {below}}}\Bigr|_{{\mathrm{{direct}}}}"
                    return Box((Piece(tex, width),), ATOM, height=3, ends="fence")
                if self.inline:
                    width = symbol_width(above) + symbol_width(below) + 2 * 0.53 + 0.5
                    return Box((Piece(rf"\partial {above}/\partial {below}", width),), PRODUCT, ends="name", shape=shape)
                width = max(symbol_width(above), symbol_width(below)) + 0.53 + 0.24
                tex = rf"\frac{{\partial {above}}}{{\partial {below}}}"
                own = Box((Piece(tex, width),), ATOM, height=3, ends="fence", shape=shape, bare=tex if shape else "")
                return with_shape(self, own)
            case Sum():
                return self._sum(node, parts)
            case Product():
                return self._product(parts)
            case Negative():
                body = self._at_least(parts[0], OPEN)
                first = body.pieces[0]
                pieces = (Piece("-" + first.tex, first.width + 0.78, first.depth), *body.pieces[1:])
                return Box(pieces, min(body.level, PRODUCT), body.height, minus=True, shape=body.shape, operation=body.operation)
            case Quotient():
                return self._quotient(node, parts)
            case Power():
                base = parts[0]
                if base.level < ATOM or base.minus or "^" in base.tex or base.tex.startswith((r"\frac", r"\tfrac")):
                    base = fenced(base)
                # W² of a matrix would be W W; entry by entry the exponent says so.
                mark = self.notation.hadamard + " " if base.shape else ""
                if base.bare and self.shaped:
                    return leaf(self, f"{base.bare}^{{{mark}{parts[1].tex}}}", base.shape, POWER, ends="fence")
                width = SCRIPT * (parts[1].width + bool(mark))
                raised = scripted(self.dialect, base, f"^{{{mark}{parts[1].tex}}}", width)
                return Box(raised, POWER, base.height, base.digits and "start", ends="fence", shape=base.shape)
            case Call():
                return self._call(node, parts)
            case Braced():
                label = self.notation.symbol(node.label)
                body = fenced(parts[0]) if parts[0].level < PRODUCT or parts[0].minus else parts[0]
                return Box(
                    (Piece(self.dialect.brace(body.tex, self.dialect.role("cached", label)), body.width),), ATOM, 3, ends="brace"
                )
            case Marked():
                return replace(parts[0], pieces=tuple(marked(self.dialect, node.role, piece) for piece in parts[0].pieces))
        return array_box(self, node, parts)

    def _shape(self, name: str) -> Printed:
        return printed_shape(self.notation.shapes.get(name, ()), self.notation.rows)

    def _number(self, node: Number) -> Box:
        text = node.text
        if not text:
            value = node.value
            if value.denominator != 1:
                return self._fraction_number(value)
            text = str(value.numerator)
        mantissa, _, exponent = text.partition("e")
        if "/" in mantissa:
            return self._fraction_number(Fraction(mantissa))
        width = sum(0.28 if letter == "." else 0.78 if letter == "-" else 0.5 for letter in mantissa)
        if exponent:
            power = str(int(exponent))
            tex = rf"{mantissa}\cdot 10^{{{power}}}"
            return Box((Piece(tex, width + DOT + 1 + 0.36 * len(power)),), PRODUCT, 0, "whole", mantissa.startswith("-"))
        return Box((Piece(mantissa, width),), ATOM, 0, "whole", mantissa.startswith("-"))

    def _fraction_number(self, value: Fraction) -> Box:
        sign = "-" if value < 0 else ""
        above, below = str(abs(value.numerator)), str(value.denominator)
        width = 0.36 * max(len(above), len(below)) + 0.24 + (0.78 if sign else 0)
        return Box((Piece(rf"{sign}\tfrac{{{above}}}{{{below}}}", width),), ATOM, 2, "", bool(sign), ends="small")

    def _sum(self, node: Sum, parts: list[Box]) -> Box:
        pieces: list[Piece] = []
        height = 0
        for index, (term, part) in enumerate(zip(node.terms, parts, strict=True)):
            sign = "+"
            if index and isinstance(term, Negative):
                # The minus of a negative term becomes the operator.
                first = part.pieces[0]
                part = Box(
                    (Piece(first.tex[1:].lstrip(), first.width - 0.78, first.depth), *part.pieces[1:]), part.level, part.height
                )
                sign = "-"
            elif index and part.minus:
                part = fenced(part)
            first = part.pieces[0]
            if index:
                # Without a term before it a sign would be set as a unary one; {} keeps its spaces.
                first = Piece(first.tex, first.width, first.depth, "sum", f" {sign} ", f"{{}} {sign} ", BINARY, BINARY)
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
                first = Piece(first.tex, first.width, first.depth, "product", join, "{}" + join, BINARY, BINARY)
            elif before is not None:
                numeric = part.ends == "small" and bool(before.digits)
                numeric = numeric or bool(part.digits) and (part.ends != "paren" or before.digits == "whole")
                tight = before.ends == "small" or (part.ends == "paren" and before.ends == "paren")
                join, width = (
                    (r" \cdot ", DOT)
                    if numeric and (before.ends != "small" or part.digits)
                    else ("", 0.0)
                    if tight
                    else (r" \, ", THIN)
                )
                if before.ends == part.ends == "brace":
                    join, width = r" \;\, ", 3 * THIN  # two brackets side by side must not touch
                first = Piece(first.tex, first.width, first.depth, "product", join, r"{} \cdot ", width, DOT)
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
            width = SCRIPT * max(above.width, below.width) + 0.24
            return Box((Piece(rf"\tfrac{{{above.tex}}}{{{below.tex}}}", width),), ATOM, 2, ends="small")
        # In a fraction the limits of a Σ stand beside it.
        width = max(part.width + _LIMITS * part.tex.count(r"\sum") for part in parts) + 0.24
        if width > MAX_WHOLE:
            # A fraction cannot be broken over lines; with a slash it can.
            above = self._at_least(above, PRODUCT)
            below = self._at_least(below, ATOM)
            first = below.pieces[0]
            slash = Piece("/" + first.tex, first.width + 0.5, first.depth)
            pieces = (*above.pieces, slash, *below.pieces[1:])
            return Box(pieces, PRODUCT, max(above.height, below.height), ends="fence", shape=shape)
        return Box((Piece(rf"\frac{{{above.tex}}}{{{below.tex}}}", width),), ATOM, 3, ends="fence", shape=shape)

    def _call(self, node: Call, parts: list[Box]) -> Box:
        return replace(self._function(node, parts), shape=shape_of_all(parts))

    def _function(self, node: Call, parts: list[Box]) -> Box:
        argument = parts[0]
        if node.function == "sqrt" and argument.width <= MAX_WHOLE:
            return Box((Piece(rf"\sqrt{{{argument.tex}}}", argument.width + 0.9),), ATOM, max(argument.height, 1), ends="fence")
        if node.function == "sqrt":
            *rest, last = fenced(argument).pieces
            root = with_tex(last, last.tex + r"^{1/2}", last.width + 1.1)
            return Box((*rest, root), POWER, max(argument.height, 1), ends="fence")
        if node.function == "abs" and not argument.shape:
            bars = fenced(argument, (r"\lvert ", r"\rvert"))
            return Box(bars.pieces, ATOM, bars.height, ends="fence")
        if node.function == "exp" and argument.height == 0 and argument.width <= MAX_EXPONENT and not node.prime:
            return Box((Piece(f"e^{{{argument.tex}}}", 0.47 + SCRIPT * argument.width),), POWER, 1, ends="fence")
        if node.function == "step":
            return Box((Piece(rf"\mathbf{{1}}[{argument.tex} > 0]", argument.width + 3.0),), ATOM, argument.height, ends="fence")
        head = self.notation.function_symbol(node.function) + ("'" if node.prime else "")
        constants = parts[1:] if node.function in FUNCTIONS and FUNCTIONS[node.function].defaults else []
        if constants:
            head += f"_{{{', '.join(constant.tex for constant in constants)}}}"
        shown = parts if not constants else [argument]
        inner = shown[0]
        for other in shown[1:]:
            # A line may end behind the comma.
            *before, last = inner.pieces
            comma = with_tex(last, last.tex + ",", last.width + 0.28)
            first = other.pieces[0]
            joined = Piece(first.tex, first.width, first.depth, "product", " ", "", 0.17)
            inner = Box((*before, comma, joined, *other.pieces[1:]), SUM, max(inner.height, other.height))
        whole = fenced(inner)
        first = whole.pieces[0]
        space = " " if re.search(r"\\[A-Za-z]+$", head) and not first.tex.startswith(("(", "\\")) else ""
        pieces = (Piece(head + space + first.tex, symbol_width(head) + first.width, first.depth), *whole.pieces[1:])
        return Box(pieces, ATOM, whole.height, ends="fence")

    def _at_least(self, box: Box, level: int) -> Box:
        return fenced(box) if box.level < level or box.minus else box
