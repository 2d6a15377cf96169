"""Trees as TeX mathematics, in pieces between which a line may break, with their widths.

Every format draws from this one printer: LaTeX as it is, MathML and Markdown through a `Dialect`
that says how colours and braces are spelled. Widths are in em of the text size, from the widths
of Computer Modern's letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..functions import FUNCTIONS
from ..tree import Braced, Call, Derivative, Marked, Name, Negative, Number, Power, Product, Quotient, Sum, Tree, fold
from .notation import Notation

# How tightly a piece binds: what is below the level asked for gets parentheses.
SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4

# Heights of parentheses: plain, around parentheses, around a small fraction, around a fraction.
_SIZES = (("", ""), (r"\bigl", r"\bigr"), (r"\Bigl", r"\Bigr"), (r"\biggl", r"\biggr"))
_PAREN_WIDTHS = (0.39, 0.46, 0.6, 0.74)

_LETTERS = {
    "a": 0.53, "b": 0.43, "c": 0.43, "d": 0.52, "e": 0.47, "f": 0.6, "g": 0.51, "h": 0.58, "i": 0.34, "j": 0.47,
    "k": 0.55, "l": 0.32, "m": 0.88, "n": 0.6, "o": 0.48, "p": 0.5, "q": 0.48, "r": 0.48, "s": 0.47, "t": 0.36,
    "u": 0.57, "v": 0.52, "w": 0.72, "x": 0.57, "y": 0.53, "z": 0.51, "A": 0.75, "B": 0.81, "C": 0.79, "D": 0.83,
    "E": 0.8, "J": 0.65, "L": 0.68, "W": 1.08, "M": 1.08, "N": 0.91, ".": 0.28, ",": 0.45, "(": 0.39, ")": 0.39,
    "[": 0.28, "]": 0.28, "'": 0.28, "-": 0.78, "|": 0.28,
}  # fmt: skip
MAX_WHOLE = 16.0  # em of a fraction or root that may stand unbroken
MAX_EXPONENT = 10.0
_CACHED = re.compile(r"C_\d+")
_SCRIPT = 0.72  # size of an index against the text
BINARY = 1.22  # a plus or minus with its spaces
RELATION = 1.34
DOT = 0.72
THIN = 0.17


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one format spells what TeX dialects spell differently."""

    role: Callable[[str, str], str]
    brace: Callable[[str, str], str]


def _latex_brace(body: str, label: str) -> str:
    return rf"\sbdefine{{{body}}}{{{label}}}"


LATEX = Dialect(lambda role, body: rf"\sb{role}{{{body}}}", _latex_brace)


@dataclass(frozen=True, slots=True)
class Piece:
    """TeX between two possible line breaks. ``join`` is what stands before it inside a line,
    ``lead`` what stands before it where it starts a line; an empty ``kind`` allows no break before it."""

    tex: str
    width: float
    depth: int = 0
    kind: str = ""  # "", "sum" or "product"
    join: str = ""
    lead: str = ""
    join_width: float = 0.0
    lead_width: float = 0.0


@dataclass(frozen=True, slots=True)
class Box:
    """A printed tree."""

    pieces: tuple[Piece, ...]
    level: int
    height: int = 0
    digits: str = ""  # "" , "start" or "whole": whether it begins with a digit, or is a number
    minus: bool = False
    ends: str = ""  # "name" or "fence": what the next factor stands against

    @property
    def tex(self) -> str:
        """All pieces on one line."""
        first, *rest = self.pieces
        return first.tex + "".join(piece.join + piece.tex for piece in rest)

    @property
    def width(self) -> float:
        first, *rest = self.pieces
        return first.width + sum(piece.join_width + piece.width for piece in rest)


def symbol_width(tex: str) -> float:
    """The width of a printed symbol with its indices."""
    total, scale, depth, script_depth = 0.0, 1.0, 0, -1
    for token in re.findall(r"\\[A-Za-z]+|.", tex):
        if token == "{":
            depth += 1
        elif token == "}":
            depth -= 1
            if depth == script_depth:
                scale, script_depth = 1.0, -1
        elif token in "_^":
            if script_depth < 0:
                scale, script_depth = _SCRIPT, depth
                total += 0.05
        elif token.startswith("\\"):
            total += _command_width(token[1:]) * scale
        else:
            total += _LETTERS.get(token, 0.5 if token.isdigit() else 0.75 if token.isupper() else 0.56) * scale
            if depth == script_depth:
                scale, script_depth = 1.0, -1
    return total


def _command_width(name: str) -> float:
    if name in ("mathrm", "mathbf", "mathit", "boldsymbol", "hat", "bar", "tilde", "vec", "dot"):
        return 0.0
    return 0.52 * len(name) if name in ("max", "min", "exp", "ln", "sin", "cos", "tanh") else 0.6


class Printer:
    """Prints trees in one notation and one dialect."""

    def __init__(self, notation: Notation, dialect: Dialect = LATEX, inline: bool = False) -> None:
        self.notation, self.dialect, self.inline = notation, dialect, inline

    def box(self, tree: Tree) -> Box:
        return fold(tree, self._combine)

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
                return Box((Piece(symbol, symbol_width(symbol)),), ATOM, ends="name")
            case Derivative():
                above, below = self.notation.symbol(node.of), self.notation.symbol(node.wrt)
                if node.direct:
                    width = max(symbol_width(above), symbol_width(below)) + 0.53 + 0.24 + 2.2
                    tex = rf"\frac{{\partial {above}}}{{\partial {below}}}\Bigr|_{{\mathrm{{direct}}}}"
                    return Box((Piece(tex, width),), ATOM, height=3, ends="fence")
                if self.inline:
                    width = symbol_width(above) + symbol_width(below) + 2 * 0.53 + 0.5
                    return Box((Piece(rf"\partial {above}/\partial {below}", width),), PRODUCT, ends="name")
                width = max(symbol_width(above), symbol_width(below)) + 0.53 + 0.24
                return Box((Piece(rf"\frac{{\partial {above}}}{{\partial {below}}}", width),), ATOM, height=3, ends="fence")
            case Sum():
                return self._sum(node, parts)
            case Product():
                return self._product(parts)
            case Negative():
                body = self._at_least(parts[0], PRODUCT)
                first = body.pieces[0]
                pieces = (Piece("-" + first.tex, first.width + 0.78, first.depth), *body.pieces[1:])
                return Box(pieces, PRODUCT, body.height, minus=True)
            case Quotient():
                return self._quotient(node, parts)
            case Power():
                base = parts[0]
                if base.level < ATOM or base.minus or "^" in base.tex or base.tex.startswith((r"\frac", r"\tfrac")):
                    base = _fenced(base)
                last = base.pieces[-1]
                raised = _replace(last, f"{last.tex}^{{{parts[1].tex}}}", last.width + _SCRIPT * parts[1].width)
                return Box((*base.pieces[:-1], raised), POWER, base.height, base.digits and "start", ends="fence")
            case Call():
                return self._call(node, parts)
            case Braced():
                label = self.notation.symbol(node.label)
                body = _fenced(parts[0]) if parts[0].level < PRODUCT or parts[0].minus else parts[0]
                return Box(
                    (Piece(self.dialect.brace(body.tex, self.dialect.role("cached", label)), body.width),), ATOM, 3, ends="brace"
                )
            case Marked():
                return Box(tuple(_marked(self.dialect, node.role, piece) for piece in parts[0].pieces), *_rest(parts[0]))
        raise AssertionError(f"no TeX for {type(node).__name__}")

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
                part = _fenced(part)
            first = part.pieces[0]
            if index:
                # Without a term before it a sign would be set as a unary one; {} keeps its spaces.
                first = Piece(first.tex, first.width, first.depth, "sum", f" {sign} ", f"{{}} {sign} ", BINARY, BINARY)
            pieces.extend((first, *part.pieces[1:]))
            height = max(height, part.height)
        return Box(tuple(pieces), SUM, height, parts[0].digits and "start", parts[0].minus)

    def _product(self, parts: list[Box]) -> Box:
        pieces: list[Piece] = []
        before: Box | None = None
        height = 0
        for part in parts:
            leads = before is None and part.minus and part.level >= PRODUCT  # -a may begin a product
            if not leads and (part.level < PRODUCT or part.minus or (part.level == PRODUCT and part.digits == "whole")):
                part = _fenced(part)
            first = part.pieces[0]
            if before is not None:
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
            PRODUCT,
            height,
            parts[0].digits and "start",
            parts[0].minus and parts[0].level >= PRODUCT,
            before.ends if before else "",
        )

    def _quotient(self, node: Quotient, parts: list[Box]) -> Box:
        above, below = parts
        if above.digits == "whole" and below.digits == "whole":
            width = _SCRIPT * max(above.width, below.width) + 0.24
            return Box((Piece(rf"\tfrac{{{above.tex}}}{{{below.tex}}}", width),), ATOM, 2, ends="small")
        width = max(above.width, below.width) + 0.24
        if width > MAX_WHOLE:
            # A fraction cannot be broken over lines; with a slash it can.
            above = self._at_least(above, PRODUCT)
            below = self._at_least(below, ATOM)
            first = below.pieces[0]
            slash = Piece("/" + first.tex, first.width + 0.5, first.depth)
            return Box((*above.pieces, slash, *below.pieces[1:]), PRODUCT, max(above.height, below.height), ends="fence")
        return Box((Piece(rf"\frac{{{above.tex}}}{{{below.tex}}}", width),), ATOM, 3, ends="fence")

    def _call(self, node: Call, parts: list[Box]) -> Box:
        argument = parts[0]
        if node.function == "sqrt" and argument.width <= MAX_WHOLE:
            return Box((Piece(rf"\sqrt{{{argument.tex}}}", argument.width + 0.9),), ATOM, max(argument.height, 1), ends="fence")
        if node.function == "sqrt":
            *rest, last = _fenced(argument).pieces
            root = _replace(last, last.tex + r"^{1/2}", last.width + 1.1)
            return Box((*rest, root), POWER, max(argument.height, 1), ends="fence")
        if node.function == "abs":
            bars = _fenced(argument, (r"\lvert ", r"\rvert"))
            return Box(bars.pieces, ATOM, bars.height, ends="fence")
        if node.function == "exp" and argument.height == 0 and argument.width <= MAX_EXPONENT and not node.prime:
            return Box((Piece(f"e^{{{argument.tex}}}", 0.47 + _SCRIPT * argument.width),), POWER, 1, ends="fence")
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
            comma = _replace(last, last.tex + ",", last.width + 0.28)
            first = other.pieces[0]
            joined = Piece(first.tex, first.width, first.depth, "product", " ", "", 0.17)
            inner = Box((*before, comma, joined, *other.pieces[1:]), SUM, max(inner.height, other.height))
        fenced = _fenced(inner)
        first = fenced.pieces[0]
        space = " " if re.search(r"\\[A-Za-z]+$", head) and not first.tex.startswith(("(", "\\")) else ""
        pieces = (Piece(head + space + first.tex, symbol_width(head) + first.width, first.depth), *fenced.pieces[1:])
        return Box(pieces, ATOM, fenced.height, ends="fence")

    def _at_least(self, box: Box, level: int) -> Box:
        return _fenced(box) if box.level < level or box.minus else box


def _fenced(box: Box, fences: tuple[str, str] = ("(", ")")) -> Box:
    """A box between parentheses (or other fences) of its height."""
    size = min(box.height, 3)
    left, right = _SIZES[size][0] + fences[0], _SIZES[size][1] + fences[1]
    if right.startswith("\\") and not size:
        right = " " + right
    width = _PAREN_WIDTHS[size]
    first, *rest = box.pieces
    if not rest:
        inner = [Piece(left + first.tex + right, first.width + 2 * width, first.depth)]
    else:
        inner = [_replace(first, left + first.tex, first.width + width), *(_deeper(piece) for piece in rest)]
        inner[-1] = _replace(inner[-1], inner[-1].tex + right, inner[-1].width + width)
    return Box(tuple(inner), ATOM, max(size, 1), box.digits and "start", ends="paren")


def _replace(piece: Piece, tex: str, width: float) -> Piece:
    return Piece(tex, width, piece.depth, piece.kind, piece.join, piece.lead, piece.join_width, piece.lead_width)


def _deeper(piece: Piece) -> Piece:
    return Piece(piece.tex, piece.width, piece.depth + 1, piece.kind, piece.join, piece.lead, piece.join_width, piece.lead_width)


def _marked(dialect: Dialect, role: str, piece: Piece) -> Piece:
    if piece.kind != "sum":
        return _replace(piece, dialect.role(role, piece.tex), piece.width)
    # The sign belongs to the term behind it and has its colour.
    tex = dialect.role(role, piece.lead + piece.tex)
    return Piece(tex, piece.width + piece.lead_width, piece.depth, piece.kind)


def _rest(box: Box) -> tuple[int, int, str, bool, str]:
    return box.level, box.height, box.digits, box.minus, box.ends
