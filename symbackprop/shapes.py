"""Shapes of arrays: what an expression has, and what does not fit.

A shape is a tuple of lengths; a length that is not given is a name, and equal names are equal lengths.
Errors name both shapes and where they come from.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any, NamedTuple

from .array_tree import Element, IndexSum, Length, MatMul, Matrix, Mean, Ones, Outer, Placed, Reduce, Shape, Softmax, Transpose
from .errors import InputError
from .plain_text import plain_text
from .tree import Derivative, Name, Negative, Number, Tree, fold, names

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

    ``origin`` says where a name's shape comes from, `` from values.W`` say. Raises InputError, at ``where``, for shapes
    that do not fit.
    """
    complaint = _Complaint(shapes, origin, where)

    def combine(node: Any, parts: list[_Part]) -> _Part:
        return node, _node_shape(node, parts, shapes, complaint)

    return fold(tree, combine)[1]


_Part = tuple[Tree, Shape]


def shape_from_known(tree: Tree, shapes: Mapping[str, Shape], unknown: Container[str]) -> Shape | None:
    """The shape of ``tree`` as far as it follows without the shapes of the ``unknown`` names; None where nothing is known of it.

    What is unknown is taken to spread to what stands beside it, and a matrix times what is unknown to be a vector, where that fits.
    """
    say = _Complaint(shapes, lambda name: "", "")

    def combine(node: Any, parts: list[_Guess]) -> _Guess:
        if isinstance(node, Name) and node.name in unknown:
            return _Guess(node, None)
        if all(part.shape is not None and part.sure for part in parts):
            return _Guess(node, _node_shape(node, [(part.tree, part.shape or SCALAR) for part in parts], shapes, say), True)
        match node:
            case MatMul():
                left, right = (part.shape for part in parts)
                if left is not None and len(left) == 2 and (right is None or not parts[1].sure):
                    return _Guess(node, left[:-1])
                return _Guess(node, right[1:] if right is not None and len(right) == 2 else None)
            case Reduce() | Mean() if node.axis is None:
                return _Guess(node, SCALAR, True)
            case Outer() | Transpose() | Reduce() | Mean() | Softmax() | Element():
                return _Guess(node, None)
        found: Shape | None = None
        for part in sorted(parts, key=lambda part: not part.sure):
            if part.shape is not None:
                found = part.shape if found is None else broadcast(found, part.shape) or found
        return _Guess(node, found)

    try:
        return fold(tree, combine).shape
    except InputError:  # for `shape_of` to tell, which knows the place
        return None


class _Guess(NamedTuple):
    """A part of a formula and its shape, as far as it is known, and whether that is sure."""

    tree: Tree
    shape: Shape | None
    sure: bool = False


def _node_shape(node: Any, parts: list[_Part], shapes: Mapping[str, Shape], say: _Complaint) -> Shape:
    own = [shape for _, shape in parts]
    match node:
        case Number() | Length():
            return SCALAR
        case Name() | Derivative():
            return shapes.get(node.name, SCALAR)
        case Ones() | Placed():
            return node.shape
        case MatMul():
            return _product_shape(parts, say)
        case Transpose():
            return own[0][::-1]
        case Outer():
            if len(own[0]) != 1 or len(own[1]) != 1:
                raise say.error(f"outer takes two vectors; {say.all(parts)}")
            return (*own[0], *own[1])
        case Reduce() | Mean():
            if node.axis is None:
                return SCALAR
            if node.axis >= len(own[0]):
                raise say.error(f"there is no axis {node.axis}; {say.all(parts)}")
            return own[0][: node.axis] + own[0][node.axis + 1 :]
        case Softmax():
            if not own[0]:
                raise say.error(f"softmax takes a vector or a matrix; {say.all(parts)}")
            return own[0]
        case Element():
            return _element_shape(node, parts[0], say)
        case IndexSum():
            return own[0]
        case Matrix():
            return (len(node.rows), len(node.rows[0]))
    result: Shape = SCALAR
    for shape in own:
        joined = broadcast(result, shape)
        if joined is None:
            raise say.error(f"the shapes do not fit in {_text(node)}; {say.all(part for part in parts if part[1])}")
        result = joined
    return result


def _product_shape(parts: list[_Part], say: _Complaint) -> Shape:
    (_, left), (_, right) = parts
    if not left or not right:
        raise say.error(f"@ multiplies vectors and matrices; {say.all(parts)}; write * for a scalar")
    inner = right[0] if len(right) == 1 else right[-2]
    if left[-1] != inner:
        raise say.error(f"{left[-1]} and {inner} must be equal in {_text(parts[0][0])} @ {_text(parts[1][0])}; {say.all(parts)}")
    return (*left[:-1], *right[1:]) if len(right) > 1 else left[:-1]


def _element_shape(node: Element, part: _Part, say: _Complaint) -> Shape:
    shape, shown = part[1], f"[{']['.join(node.index)}]"
    if len(node.index) > len(shape):
        raise say.error(f"there is no element {shown}; {say.all([part])}")
    for index, length in zip(node.index, shape, strict=False):
        if not index.lstrip("-").isdigit():
            raise say.error(f"[{index}] is an index of time, and this network has no steps; give steps = T")
        if isinstance(length, int) and not -length <= int(index) < length:
            raise say.error(f"[{index}] is out of range, the indices are 0 to {length - 1}; {say.all([part])}")
    return shape[len(node.index) :]


def _text(tree: Tree) -> str:
    text = plain_text(tree)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


class _Complaint:
    """What does not fit, with the shapes of the parts and where they come from."""

    def __init__(self, shapes: Mapping[str, Shape], origin: Callable[[str], str], where: str) -> None:
        self.shapes, self.origin, self.where = shapes, origin, where

    def error(self, message: str) -> InputError:
        return InputError(message, self.where)

    def all(self, parts: Iterable[_Part]) -> str:
        """``W is 3 × 2 from values.W, x is a vector of 3 from values.x``; of a part with operations the names inside."""
        found = []
        for tree, shape in parts:
            body = tree.body if isinstance(tree, Negative) else tree
            inside = [self._one(name) for name in names(body) if self.origin(name)]
            if isinstance(body, Name):
                found.append(self._one(body.name))
            else:
                found.append(f"{_text(body)} is {show(shape)}" + (f" ({', '.join(inside)})" if inside else ""))
        return ", ".join(dict.fromkeys(found))

    def _one(self, name: str) -> str:
        return f"{name} is {show(self.shapes.get(name, SCALAR))}{self.origin(name)}"
