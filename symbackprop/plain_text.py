"""Trees as text of the equation language: ``w_k*z_k*(1 - z_k)``.

The text can be read again by `grammar.parse` and has the same value. Precedence is Python's, so that
printers of source code use the same pieces and differ in numbers, calls and names only.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from .array_tree import Element, IndexSum, Length, MatMul, Matrix, Mean, Ones, Outer, Placed, Reduce, Softmax, Transpose
from .tree import Braced, Call, Derivative, Marked, Name, Negative, Number, Power, Product, Quotient, Sum, Tree, fold

# How tightly a text holds together: what stands in a tighter place needs parentheses.
SUM, PRODUCT, SIGN, POWER, ATOM = range(5)

MAX_DECIMALS = 20  # beyond that a number is written with an exponent


class Piece(NamedTuple):
    """The text of a subtree, and the level of its loosest operator."""

    text: str
    level: int

    def at(self, level: int) -> str:
        """The text for a place that takes ``level`` or tighter."""
        return self.text if self.level >= level else f"({self.text})"


def plain_text(tree: Tree) -> str:
    """``tree`` in the equation language.

    Marks are left out. A derivative is written ``dz_j/ds_j`` and the slope of the generic function ``generic'(s)``; only texts
    with these, and with the nodes that only a derivation makes (`Ones`, `Placed`, `IndexSum`, `Matrix`), cannot be read again.
    """
    return fold(tree, _piece).text


def number_text(value: Fraction) -> str:
    """A rational number exactly: as a decimal where it ends, else as a fraction in lowest terms."""
    twos, fives, rest = 0, 0, value.denominator
    while rest % 2 == 0:
        twos, rest = twos + 1, rest // 2
    while rest % 5 == 0:
        fives, rest = fives + 1, rest // 5
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    decimals = max(twos, fives)
    digits = str(abs(value.numerator) * (10**decimals // value.denominator))
    sign = "-" if value < 0 else ""
    if decimals > MAX_DECIMALS:
        return f"{sign}{digits}e-{decimals}"
    if decimals == 0:
        return sign + digits
    digits = digits.zfill(decimals + 1)
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def signed(text: str) -> Piece:
    """The piece of a number's text: looser where it has a sign or a bar."""
    return Piece(text, PRODUCT if "/" in text else SIGN if text.startswith("-") else ATOM)


def join_sum(pieces: Sequence[Piece]) -> Piece:
    """a + b − c."""
    if not pieces:
        return Piece("0", ATOM)
    parts = [pieces[0].at(PRODUCT)]
    for piece in pieces[1:]:
        text = piece.at(PRODUCT)
        parts.append(f" - {text[1:]}" if text.startswith("-") else f" + {text}")
    return Piece("".join(parts), SUM)


def join_product(pieces: Sequence[Piece]) -> Piece:
    """a*b*c."""
    if not pieces:
        return Piece("1", ATOM)
    return Piece("*".join([pieces[0].at(PRODUCT), *(piece.at(POWER) for piece in pieces[1:])]), PRODUCT)


def join_quotient(numerator: Piece, denominator: Piece) -> Piece:
    """a/b."""
    return Piece(f"{numerator.at(PRODUCT)}/{denominator.at(POWER)}", PRODUCT)


def minus(piece: Piece) -> Piece:
    """−a."""
    if piece.level == SUM or piece.text.startswith("-"):
        return Piece(f"-({piece.text})", SIGN)
    return Piece(f"-{piece.text}", min(piece.level, SIGN))


def _piece(node: Any, children: list[Piece]) -> Piece:
    match node:
        case Number():
            return signed(node.text if node.text and Fraction(node.text) == node.value else number_text(node.value))
        case Name():
            return Piece(node.name, ATOM)
        case Derivative():
            return Piece(node.name, PRODUCT)
        case Sum():
            return join_sum(children)
        case Product():
            if children and isinstance(node.factors[0], Product | MatMul):  # keeps (a*b)*c and (A @ b)*c grouped
                children[0] = Piece(f"({children[0].text})", ATOM)
            return join_product(children)
        case Negative():
            return minus(children[0])
        case Quotient():
            return join_quotient(*children)
        case Power():
            return Piece(f"{children[0].at(ATOM)}**{children[1].at(SIGN)}", POWER)
        case Call():
            prime = "'" if node.prime else ""
            return Piece(f"{node.function}{prime}({', '.join(child.text for child in children)})", ATOM)
        case Braced() | Marked():
            return children[0]
        case MatMul():
            return Piece(f"{children[0].at(PRODUCT)} @ {children[1].at(POWER)}", PRODUCT)
        case Transpose():
            return Piece(f"T({children[0].text})", ATOM)
        case Outer() | Softmax():
            return Piece(f"{type(node).__name__.lower()}({', '.join(child.text for child in children)})", ATOM)
        case Reduce() | Mean():
            axis = "" if node.axis is None else f", {node.axis}"
            return Piece(f"{'sum' if isinstance(node, Reduce) else 'mean'}({children[0].text}{axis})", ATOM)
        case Element():
            return Piece(f"{children[0].at(ATOM)}[{']['.join(node.index)}]", ATOM)
        case Length():
            return Piece(str(node.length), ATOM)
        case Ones():
            return Piece(f"ones({', '.join(map(str, node.shape))})", ATOM)
        case Placed():
            return Piece(f"placed({children[0].text}, [{']['.join(node.index)}])", ATOM)
        case IndexSum():
            return Piece(f"sum_{node.index}({children[0].text})", ATOM)
        case Matrix():
            width = len(node.rows[0])
            rows = [", ".join(child.text for child in children[at : at + width]) for at in range(0, len(children), width)]
            return Piece(f"[{', '.join(f'[{row}]' for row in rows)}]", ATOM)
    raise AssertionError(f"no text for {type(node).__name__}")
