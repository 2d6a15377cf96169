"""Shapes of arrays: what an expression has, and what does not fit.

A shape is a tuple of lengths; a length that is not given is a name, and equal names are equal lengths.
Errors name both shapes and where they come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .array_tree import Element, IndexSum, Length, MatMul, Matrix, Mean, Ones, Outer, Placed, Reduce, Shape, Softmax, Transpose
from .errors import InputError
from .plain_text import plain_text
from .tree import Derivative, Name, Number, Tree, fold, names

MAX_RANK = 2
SCALAR: Shape = ()
_SHOWN = 60  # characters of an expression in an error


def show(shape: Shape) -> str:
    """A shape in words: ``3 × 2``, ``a vector of 3``, ``a scalar``."""
    if not shape:
        return "a scalar"
    return f"a vector of {shape[0]}" if len(shape) == 1 else " × ".join(map(str, shape))


def size(shape: Shape) -> int | None:
    """The number of entries; None where a length is not given."""
    count = 1
    for length in shape:
        if isinstance(length, str):
            return None
        count *= length
    return count


def broadcast(one: Shape, two: Shape) -> Shape | None:
    """The shape of an operation entry by entry, by NumPy's rule; None where the two do not fit."""
    longer, shorter = (one, two) if len(one) >= len(two) else (two, one)
    result = list(longer[: len(longer) - len(shorter)])
    for a, b in zip(longer[len(longer) - len(shorter) :], shorter, strict=True):
        if a != b and 1 not in (a, b):
            return None
        result.append(b if a == 1 else a)
    return tuple(result)


def shape_of(tree: Tree, shapes: Mapping[str, Shape], origin: Callable[[str], str] = lambda name: "", where: str = "") -> Shape:
    """The shape of ``tree``; names (and derivatives, by plain name) that ``shapes`` does not have are scalars.

    ``origin`` says where a name's shape comes from. Raises InputError, at ``where``, for shapes that do not fit.
    """

    def combine(node: Any, parts: list[tuple[Tree, Shape]]) -> tuple[Tree, Shape]:
        return node, _node_shape(node, parts, shapes, lambda message: InputError(message + _origins(parts, shapes, origin), where))

    return fold(tree, combine)[1]


def _node_shape(
    node: Any, parts: list[tuple[Tree, Shape]], shapes: Mapping[str, Shape], error: Callable[[str], InputError]
) -> Shape:
    own = [shape for _, shape in parts]
    match node:
        case Number() | Length():
            return SCALAR
        case Name() | Derivative():
            return shapes.get(node.name, SCALAR)
        case Ones() | Placed():
            return node.shape
        case MatMul():
            return _product_shape(parts, error)
        case Transpose():
            return own[0][::-1]
        case Outer():
            if len(own[0]) != 1 or len(own[1]) != 1:
                raise error(f"outer takes two vectors; {_both(parts)}")
            return (*own[0], *own[1])
        case Reduce() | Mean():
            if node.axis is None:
                return SCALAR
            if node.axis >= len(own[0]):
                raise error(f"there is no axis {node.axis}; {_is(parts[0])}")
            return own[0][: node.axis] + own[0][node.axis + 1 :]
        case Softmax():
            if not own[0]:
                raise error(f"softmax takes a vector or a matrix; {_is(parts[0])}")
            return own[0]
        case Element():
            return _element_shape(node, parts[0], error)
        case IndexSum():
            return own[0]
        case Matrix():
            return (len(node.rows), len(node.rows[0]))
    result: Shape = SCALAR
    for shape in own:
        joined = broadcast(result, shape)
        if joined is None:
            raise error(f"the shapes do not fit in {_text(node)}; {_both([part for part in parts if part[1]])}")
        result = joined
    return result


def _product_shape(parts: list[tuple[Tree, Shape]], error: Callable[[str], InputError]) -> Shape:
    (_, left), (_, right) = parts
    if not left or not right:
        raise error(f"@ multiplies vectors and matrices; {_both(parts)}; write * for a scalar")
    inner = right[0] if len(right) == 1 else right[-2]
    if left[-1] != inner:
        raise error(f"{left[-1]} and {inner} must be equal in {_text(parts[0][0])} @ {_text(parts[1][0])}; {_both(parts)}")
    return (*left[:-1], *right[1:]) if len(right) > 1 else left[:-1]


def _element_shape(node: Element, part: tuple[Tree, Shape], error: Callable[[str], InputError]) -> Shape:
    shape = part[1]
    if len(node.index) > len(shape):
        raise error(f"[{']['.join(node.index)}] takes {len(node.index)} indices; {_is(part)}")
    for index, length in zip(node.index, shape, strict=False):
        if not index.lstrip("-").isdigit():
            raise error(f"[{index}] is an index of time, and this network has no steps; give steps = T")
        if isinstance(length, int) and not -length <= int(index) < length:
            raise error(f"[{index}] is out of range, the indices are 0 to {length - 1}; {_is(part)}")
    return shape[len(node.index) :]


def _text(tree: Tree) -> str:
    text = plain_text(tree)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _is(part: tuple[Tree, Shape]) -> str:
    return f"{_text(part[0])} is {show(part[1])}"


def _both(parts: Iterable[tuple[Tree, Shape]]) -> str:
    return ", ".join(dict.fromkeys(_is(part) for part in parts))


def _origins(parts: Iterable[tuple[Tree, Shape]], shapes: Mapping[str, Shape], origin: Callable[[str], str]) -> str:
    """Where the shapes of the names come from, in brackets."""
    found = []
    for tree, _ in parts:
        for name in names(tree):
            text = origin(name)
            if text:
                found.append(f"{name}: {show(shapes.get(name, SCALAR))} from {text}")
    found = list(dict.fromkeys(found))
    return f" ({'; '.join(found)})" if found else ""
