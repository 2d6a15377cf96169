"""The printed form of what only arrays have: products of matrices, transposes, ones, matrices of numbers, sums over indices.

Trees come here as `oriented` leaves them: vectors have a printed shape with a `UNIT_AXIS`, and products conform.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from ..array_tree import Element, IndexSum, Length, MatMul, Matrix, Ones, Placed, Shape, Softmax, Transpose
from .boxes import ATOM, OPEN, PRODUCT, SUM, UNIT_AXIS, Box, Piece, Printed, fenced, with_tex
from .metrics import width
from .profile import Profile
from .scripts import joined, raised, with_scripts
from .symbol_text import spelled

if TYPE_CHECKING:
    from .mathtex import Printer

TRANSPOSED = r"\mathsf{T}"
_BESIDE = 5.0  # em that a line needs beside a matrix: for a left side and a relation


def printed_shape(shape: Shape, rows: bool) -> Printed:
    """Rows and columns of an array: a vector is a column, or a row."""
    if len(shape) != 1:
        return shape
    return (UNIT_AXIS, shape[0]) if rows else (shape[0], UNIT_AXIS)


def array_box(printer: Printer, node: Any, parts: list[Box]) -> Box:
    """The box of a node of `array_tree`."""
    match node:
        case Length():
            return leaf(printer, length_tex(node.length), ())
        case Ones():
            ones = leaf(printer, r"\mathbf{1}", node.shape)
            # A row of ones among columns is the transpose of 1.
            turned = node.shape[0 if not printer.notation.rows else -1] == UNIT_AXIS
            return transposed_box(printer, leaf(printer, r"\mathbf{1}", node.shape[::-1])) if turned else ones
        case MatMul():
            return _product(printer, parts)
        case Transpose():
            return transposed_box(printer, parts[0])
        case IndexSum():
            return _index_sum(printer, node, parts[0])
        case Matrix():
            return _matrix(printer, node, parts)
        case Element():
            return _element(printer, node, parts[0])
        case Placed():
            return _placed(printer, node, parts[0])
        case Softmax():
            return _named(r"\mathrm{softmax}", parts[0], parts[0].shape)
    raise AssertionError(f"no TeX for {type(node).__name__}")


def length_tex(length: int | str) -> str:
    return str(length) if isinstance(length, int) else spelled(length)


def index_range(chosen: Profile, length: int | str) -> tuple[str, str]:
    """The first and the last index along an axis."""
    first = chosen.first_index
    last = length - 1 + first if isinstance(length, int) else length_tex(length) + ("-1" if first == 0 else "")
    return str(first), str(last)


def shape_tex(shape: Printed) -> str:
    """rows × columns."""
    return r" \times ".join("1" if length == UNIT_AXIS else length_tex(length) for length in shape)


def leaf(printer: Printer, tex: str, shape: Printed, level: int = ATOM, height: int = 0, ends: str = "name") -> Box:
    """A symbol, with its shape below it where shapes are shown."""
    return with_shape(printer, Box((Piece(tex),), level, height, ends=ends, shape=shape, bare=tex))


def with_shape(printer: Printer, box: Box) -> Box:
    """A box of one piece with its shape below it where shapes are shown."""
    if not printer.shaped or not box.shape:
        return box
    (piece,) = box.pieces
    own = with_tex(piece, rf"\underset{{{shape_tex(box.shape)}}}{{{piece.tex}}}")
    return Box((own,), box.level, max(box.height, 1), box.digits, box.minus, box.ends, box.shape, box.operation, box.bare)


def transposed_box(printer: Printer, box: Box) -> Box:
    """box ᵀ."""
    shape = box.shape[::-1]
    if box.bare and box.level == ATOM and box.height < 2:
        return leaf(printer, raised(box.bare, TRANSPOSED), shape, ends="fence")
    if box.bare:  # a derivative
        own = fenced(Box((Piece(box.bare),), box.level, box.height))
        return with_shape(printer, Box(_turned(printer, own), ATOM, own.height, ends="fence", shape=shape))
    whole = box if box.operation == "array" else fenced(box)
    return Box(_turned(printer, whole), ATOM, whole.height, ends="fence", shape=shape)


def _turned(printer: Printer, box: Box) -> tuple[Piece, ...]:
    return printer.scripted(box, f"^{{{TRANSPOSED}}}")


def _product(printer: Printer, parts: list[Box]) -> Box:
    """A B: matrices side by side."""
    pieces: list[Piece] = []
    join = r" \;\, " if printer.shaped else r" \, "  # room for the shapes
    for index, part in enumerate(parts):
        loose = (
            part.level < PRODUCT
            or part.operation == "entries"
            or part.minus
            or (part.level == PRODUCT and index and not part.operation)
        )
        own = fenced(part) if loose else part
        first = own.pieces[0]
        if index:
            first = Piece(first.tex, first.depth, "product", join, r"{} \cdot ")
        pieces.extend((first, *own.pieces[1:]))
    shape: Printed = (parts[0].shape[0], parts[-1].shape[-1]) if parts[0].shape and parts[-1].shape else ()
    if shape == (UNIT_AXIS, UNIT_AXIS):
        shape = ()  # the product of a row and a column
    height = max(part.height for part in parts)
    return Box(tuple(pieces), PRODUCT, height, ends=parts[-1].ends, shape=shape, operation="matrix")


def _index_sum(printer: Printer, node: IndexSum, body: Box) -> Box:
    if body.level == SUM or body.minus:
        body = fenced(body)
    start, last = index_range(printer.notation.profile, node.last)
    first, *rest = body.pieces
    own = Piece(rf"\sum_{{{node.index}={start}}}^{{{last}}} {first.tex}", first.depth)
    return Box((own, *rest), OPEN, 3, ends=body.ends, shape=body.shape)


def _matrix(printer: Printer, node: Matrix, parts: list[Box]) -> Box:
    columns = len(node.rows[0])
    rows = [parts[start : start + columns] for start in range(0, len(parts), columns)]
    space = 11 if any(r"\frac" in part.tex for part in parts) else 5 if any("_" in part.tex for part in parts) else 0
    end = printer.dialect.row(space) if space else r"\\"
    tex = _bracketed([[part.tex for part in row] for row in rows], end)
    if width(tex) > printer.room - _BESIDE:
        tex = _bracketed([[rf"\scriptstyle {part.tex}" for part in row] for row in rows], end)
    piece = Piece(tex)
    return Box((piece,), ATOM, 3 if len(rows) > 1 else 1, ends="fence", shape=(len(rows), columns), operation="array")


def _bracketed(rows: list[list[str]], end: str) -> str:
    body = f" {end} ".join(" & ".join(row) for row in rows)
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


def _element(printer: Printer, node: Element, body: Box) -> Box:
    """An entry of an expression, or a row of a matrix: A with an index, and a colon for what is left whole."""
    index = joined(tuple(printer.notation.profile.shown_index(own) for own in node.index))
    left = len([length for length in body.shape if length != UNIT_AXIS]) - len(node.index)
    lower = index + ",:" * left
    shape = printed_shape(body.shape[-1:], printer.notation.rows) if left else ()
    if body.bare and body.level == ATOM and body.height < 2:
        if TRANSPOSED not in body.bare:
            tex = with_scripts(body.bare, lower=lower)
            return Box((Piece(tex),), ATOM, ends="fence", shape=shape)
        body = body._replace(height=1)
    own = fenced(body)
    pieces = printer.scripted(own, f"_{{{lower}}}")
    return Box(pieces, ATOM, own.height, ends="fence", shape=shape)


def _placed(printer: Printer, node: Placed, body: Box) -> Box:
    """What stands at one place of an array of zeros: a multiple of a unit vector, or its product with a row."""
    units = [rf"\mathbf{{e}}_{{{printer.notation.profile.shown_index(own)}}}" for own in node.index]
    shape = printed_shape(node.shape, printer.notation.rows)
    vector = [
        leaf(printer, tex, printed_shape((length,), printer.notation.rows)) for tex, length in zip(units, node.shape, strict=False)
    ]
    turn = lambda box: transposed_box(printer, box)  # noqa: E731 - the same call four times
    rows = printer.notation.rows
    if len(node.index) == 2:
        units_product = _product(printer, [turn(vector[0]), vector[1]] if rows else [vector[0], turn(vector[1])])
        return _scaled(body, units_product)
    if len(node.shape) == 2:
        return _product(printer, [turn(vector[0]), body] if rows else [vector[0], turn(body)])
    return _scaled(body, Box(vector[0].pieces, ATOM, ends="name", shape=shape))


def _scaled(scalar: Box, array: Box) -> Box:
    own = fenced(scalar) if scalar.level < PRODUCT or scalar.minus else scalar
    first = array.pieces[0]
    joint = Piece(first.tex, first.depth, "product", r" \, ", r"{} \cdot ")
    return Box((*own.pieces, joint, *array.pieces[1:]), PRODUCT, max(own.height, array.height), ends="fence", shape=array.shape)


def _named(head: str, argument: Box, shape: Printed) -> Box:
    inner = fenced(argument)
    first = inner.pieces[0]
    pieces = (Piece(head + first.tex, first.depth), *inner.pieces[1:])
    return Box(pieces, ATOM, inner.height, ends="fence", shape=shape)


def shape_of_all(parts: list[Box]) -> Printed:
    """The shape of an operation that goes entry by entry."""
    return next(chain((part.shape for part in parts if part.shape), [()]))
