"""Matrices with numbers: the values of the unit level, in rows and columns, with enough digits that each line recomputes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ..array_tree import IndexSum, Matrix, Shape, Transpose
from ..arrays import element_name, indices
from ..elements import element
from ..numbers import Digits, Worked, is_exactly, number_line, rounded
from ..precise import is_exact, value
from ..tree import Marked, Quotient, Tree, fold, names, rebuild, substitute
from .boxes import UNIT_AXIS
from .mathtex import Printer
from .page import Page, Steps, number_steps

MAX_ROWS = 12
MAX_WIDTH = 30.0  # em of a matrix of numbers
_BESIDE = 4.5  # em of a line that stand beside it at least
_MAX_TERMS = 8  # numbers of a sum that is written out
_MOST_GUARD_DIGITS = 30


def worked_out(page: Page, tree: Tree, name: str, role: str, numbers: Mapping[str, Worked]) -> Steps:
    """The steps from an expression of arrays over matrices of numbers to the printed value of the quantity ``name``.

    Empty where there are no numbers, or too many for a matrix on the page.
    """
    shape = page.notation.shapes.get(name, ())
    if not numbers or not _is_low(shape):
        return ()
    keys = tuple(_entries(name, shape))
    if any(key not in numbers for key in keys):
        return ()
    if not shape:
        return _scalar(page, tree, name, role, numbers)
    result = Marked(in_rows(page, shape, [numbers[key].number for key in keys]), role)
    exact = all(numbers[key].exact for key in keys)
    if not _is_narrow(page, result):
        return ()
    found = _put_in(page, tree, shape, [numbers[key] for key in keys], numbers)
    if found is None:
        return () if page.style.policy == "carry" else (("=" if exact else "≈", result),)
    substituted, first, second = found
    if not _is_narrow(page, substituted):
        return (("=" if exact else "≈", result),)
    if substituted == result.body or _has_fraction_of_arrays(substituted):
        return (("=" if exact else "≈", result),)
    return ((first, substituted), (second, result))


def _scalar(page: Page, tree: Tree, name: str, role: str, numbers: Mapping[str, Worked]) -> Steps:
    """A number, a sum over entries written out where it is short."""
    written = element(tree, (), page.notation.shapes)
    if any(read not in numbers for read in names(written)):
        return ()
    line = number_line(written, numbers[name], numbers, page.style.policy)
    return number_steps(line, role, put_in=sum(own in numbers for own in names(written)) <= _MAX_TERMS)


def _put_in(
    page: Page, tree: Tree, shape: Shape, results: list[Worked], numbers: Mapping[str, Worked]
) -> tuple[Tree, str, str] | None:
    """(the expression with numbers, the relation before it, the one behind it) with digits from which the results follow."""
    shapes = page.notation.shapes
    formula = page.oriented(tree)
    if _has_sum(formula) or any(not _is_low(shapes.get(read, ())) for read in names(formula)):
        return None
    keys = {read: tuple(_entries(read, shapes.get(read, ()))) for read in names(formula)}
    keys = {read: own for read, own in keys.items() if all(key in numbers for key in own)}
    exact_only = page.style.policy == "exact"
    if exact_only:
        keys = {read: own for read, own in keys.items() if all(numbers[key].exact for key in own)}
    entries = [element(tree, index, shapes) for index in indices(shape)]
    for extra in range(_MOST_GUARD_DIGITS):
        texts = {key: _text(numbers[key], extra, page.style.policy) for own in keys.values() for key in own}
        put_in = {
            read: in_rows(page, shapes.get(read, ()), [numbers[key].as_number(texts[key]) for key in own])
            for read, own in keys.items()
        }
        substituted = turned(substitute(formula, put_in))
        approximate = any(not is_exactly(numbers[key], text, page.style.policy) for key, text in texts.items())
        if exact_only:
            return (substituted, "=", "=" if all(own.exact for own in results) else "≈") if put_in else None
        lookup = {key: numbers[key].value for key in numbers} | {key: Fraction(text) for key, text in texts.items()}
        if any(read not in lookup for entry in entries for read in names(entry)):
            return None  # the unit level does not have all of it: what leads to no objective, parts of a loss
        reached = [value(entry, lookup) for entry in entries]
        if all(_gives(own, worked) for own, worked in zip(reached, results, strict=True)):
            exactly = all(is_exact(own) and own == Fraction(worked.text) for own, worked in zip(reached, results, strict=True))
            return substituted, "≈" if approximate else "=", "=" if exactly else "≈"
        if page.style.policy == "carry":
            return None
    return None


def _text(worked: Worked, extra: int, policy: str) -> str:
    """The printed digits of a value, with so many further ones where it is put into a formula."""
    if worked.exact or policy == "carry" or not extra:
        return worked.text
    return rounded(worked.value, Digits(_places(worked.text) + extra, None))


def _gives(reached: Any, worked: Worked) -> bool:
    """Whether what a reader computes from the printed numbers is the printed result, rounded."""
    if not worked.exact and rounded(reached, worked.digits) == worked.text:
        return True
    return Fraction(rounded(reached, Digits(_places(worked.text), None, 1))) == Fraction(worked.text)


def _places(text: str) -> int:
    return max(0, -int(Decimal(text).as_tuple().exponent))


def _entries(name: str, shape: Shape) -> Iterator[str]:
    return (element_name(name, index) for index in indices(shape))


def in_rows(page: Page, shape: Shape, entries: Sequence[Tree]) -> Tree:
    """Entries as their array stands on the page: a vector as a column or a row, a number as itself."""
    if not shape:
        return entries[0]
    width = int(shape[1]) if len(shape) > 1 else len(entries) if page.notation.rows else 1
    return Matrix(tuple(tuple(entries[start : start + width]) for start in range(0, len(entries), width)))


def fits_page(page: Page, shape: Shape, tree: Tree) -> bool:
    """Whether an array of a shape has its place on the page, and every matrix of an expression its place in a line."""
    return _is_low(shape) and _is_narrow(page, tree)


def turned(tree: Tree) -> Tree:
    """Transposes of matrices of numbers carried out."""

    def turn(node: Tree, children: list[Tree]) -> Tree:
        if isinstance(node, Transpose) and isinstance(children[0], Matrix):
            return Matrix(tuple(zip(*children[0].rows, strict=True)))
        return rebuild(node, children) if children else node

    return fold(tree, turn)


def _has_sum(tree: Tree) -> bool:
    return fold(tree, lambda node, below: any(below) or isinstance(node, IndexSum))


def _has_fraction_of_arrays(tree: Tree) -> bool:
    """Whether matrices of numbers stand above one another in a fraction, where nobody can read them."""
    return fold(tree, lambda node, below: any(below) or (isinstance(node, Quotient) and _has_matrix(node.denominator)))


def _has_matrix(tree: Tree) -> bool:
    return fold(tree, lambda node, below: any(below) or isinstance(node, Matrix))


def _is_low(shape: Shape) -> bool:
    return all(isinstance(length, int) and length <= MAX_ROWS for length in shape if length != UNIT_AXIS)


def _is_narrow(page: Page, tree: Tree) -> bool:
    """Whether every matrix of an expression has its place in a line."""
    return widest_matrix(page, tree) <= min(MAX_WIDTH, page.width - _BESIDE)


def widest_matrix(page: Page, tree: Tree) -> float:
    """The width in em of the widest matrix of an expression."""
    printer = Printer(page.notation, room=page.width)

    def widest(node: Any, below: list[float]) -> float:
        return printer.box(node).width if isinstance(node, Matrix) else max(below, default=0.0)

    return fold(tree, widest)
