"""Derivatives as TeX, in the form that the notation has: fractions with ∂ or d, or a prime with the variable as an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..tree import Derivative
from .arraytex import with_shape
from .boxes import ATOM, POWER, PRODUCT, Box, Piece, Printed
from .scripts import split_scripts

if TYPE_CHECKING:
    from .mathtex import Printer

_SIGNS = {"partial": r"\partial ", "d": r"\mathrm{d} ", "italic d": "d "}
_DIRECT = r"\mathrm{direct}"


def derivative_box(printer: Printer, node: Derivative, shape: Printed) -> Box:
    """∂of/∂wrt; with a bar and a word where it is the direct part of one."""
    form = printer.notation.profile.derivative
    above, below = printer.notation.symbol(node.of), printer.notation.symbol(node.wrt)
    if form == "prime":
        return _primed(printer, node, above, below, shape)
    sign = _SIGNS[form]
    tex = rf"\frac{{{sign}{above}}}{{{sign}{below}}}"
    if node.direct:
        return Box((Piece(rf"{tex}\Bigr|_{{{_DIRECT}}}"),), ATOM, height=3, ends="fence")
    if printer.inline:
        return Box((Piece(f"{sign}{above}/{sign}{below}"),), PRODUCT, ends="name", shape=shape)
    return with_shape(printer, Box((Piece(tex),), ATOM, height=3, ends="fence", shape=shape, bare=tex if shape else ""))


def _primed(printer: Printer, node: Derivative, above: str, below: str, shape: Printed) -> Box:
    """E′_w; a symbol with indices of its own stands in parentheses: (z_j)′_s."""
    lower, upper = split_scripts(above)[1:]
    whole = f"({above})" if lower or upper or above.endswith("'") else above
    tex = f"{whole}'_{{{below}}}"
    if node.direct:
        return Box((Piece(rf"{tex}\bigr|_{{{_DIRECT}}}"),), ATOM, height=1, ends="prime")
    height = int(whole != above)
    return with_shape(printer, Box((Piece(tex),), POWER, height, ends="prime", shape=shape, bare=tex if shape else ""))
