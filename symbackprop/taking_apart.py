"""Array equations into definitions that each do one thing.

A formula like ``h = tanh(W @ x + b)`` mixes entries (W @ x) and goes entry by entry (tanh). Its parts become definitions
of their own, ``s_h = W @ x + b`` and ``h = tanh(s_h)``: then every definition has a simple rule, and what it passes back
is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain, count
from typing import Any, NamedTuple

from .array_program import ArrayForward, Linear, Pick, SoftmaxMap, Total
from .array_tree import Element, Length, MatMul, Mean, Outer, Reduce, Shape, Softmax, Transpose
from .fields import has_arrays
from .program import Formula
from .shapes import shape_of
from .tree import ONE, Name, Negative, Number, Product, Quotient, Sum, Tree, fold, names, negative, product, rebuild, total


class _Part(NamedTuple):
    """A subformula and what kind it is: ``entrywise``, ``linear`` (a sum of products of matrices), ``total``, or ``other``."""

    tree: Tree
    kind: str


def take_apart(
    name: str, unit: str, tree: Tree, shapes: dict[str, Shape], taken: Callable[[str], bool], rows: bool
) -> Iterator[Formula | ArrayForward]:
    """The definitions of ``name = tree``, the last named ``name``; the shapes of new ones are added to ``shapes``."""
    made: list[Formula | ArrayForward] = []
    base, bracket, step = name.partition("[")
    used: set[str] = set()

    def fresh(kind: str) -> str:
        """A net input is s_h, as everywhere; other parts of h are h_1, h_2, …"""
        numbered = (f"s_{base}_{index}" if kind == "linear" else f"{base}_{index}" for index in count(1))
        candidates = chain([f"s_{base}"] if kind == "linear" else [], numbered)
        own = next(own for candidate in candidates if not taken(own := f"{candidate}{bracket}{step}") and own not in used)
        used.add(own)  # a part that is a number has no shape by which it would be known as taken
        return own

    def define(part: _Part, own: str, of: str = "") -> Tree:
        shape = shape_of(part.tree, shapes)
        if shape:
            shapes[own] = shape
        made.append(_definition(own, of, part, shapes, rows))
        return Name(own)

    def named(part: _Part) -> Tree:
        return part.tree if isinstance(part.tree, Name) else define(part, fresh(part.kind))

    def factor(part: _Part) -> Tree:
        """A factor of a matrix product: a name, perhaps transposed."""
        if isinstance(part.tree, Transpose) and isinstance(part.tree.body, Name):
            return part.tree
        return named(part)

    def combine(node: Any, parts: list[_Part]) -> _Part:
        match node:
            case MatMul():
                return _Part(MatMul(factor(parts[0]), factor(parts[1])), "linear")
            case Outer():
                return _Part(Outer(named(parts[0]), named(parts[1])), "linear")
            case Transpose():
                if isinstance(parts[0].tree, Transpose):
                    return _Part(parts[0].tree.body, "entrywise")
                own = named(parts[0])
                return _Part(Transpose(own), "linear") if len(shape_of(own, shapes)) > 1 else _Part(own, "entrywise")
            case Softmax():
                return _Part(Softmax(named(parts[0])), "other")
            case Element():
                return _Part(Element(named(parts[0]), _counted(node.index, shape_of(parts[0].tree, shapes))), "other")
            case Reduce() | Mean() if not shape_of(parts[0].tree, shapes):
                return parts[0]  # of a number there is nothing to add
            case Reduce() | Mean():
                inner = parts[0].tree if parts[0].kind == "entrywise" else named(parts[0])
                if isinstance(node, Reduce):
                    return _Part(Reduce(inner, node.axis), "total")
                return _Part(product([_share(shape_of(inner, shapes), node.axis), Reduce(inner, node.axis)]), "total")
            case Sum() if any(part.kind == "linear" for part in parts):
                terms = [part.tree if part.kind == "linear" or _is_plain(part.tree) else named(part) for part in parts]
                return _Part(total(terms), "linear")
            case Negative() if parts[0].kind == "linear" and not isinstance(parts[0].tree, Sum):
                return _Part(negative(parts[0].tree), "linear")
            case Product() | Quotient() if _is_scaled(node, parts):
                return _Part(rebuild(node, [part.tree for part in parts]), parts[-1 if isinstance(node, Product) else 0].kind)
        plain = [part.tree if part.kind == "entrywise" else named(part) for part in parts]
        return _Part(rebuild(node, plain) if plain else node, "entrywise")

    define(fold(tree, combine), name, unit)
    yield from made


def _is_plain(tree: Tree) -> bool:
    """A term that a linear sum may hold as it is: a symbol or a number, with or without a minus."""
    return isinstance(tree.body if isinstance(tree, Negative) else tree, Name | Number)


def _is_scaled(node: Product | Quotient, parts: list[_Part]) -> bool:
    """c · A or A / c, with a number c and one product of matrices or one total A."""
    own, others = (parts[-1], parts[:-1]) if isinstance(node, Product) else (parts[0], parts[1:])
    whole = isinstance(own.tree, MatMul | Outer | Transpose | Reduce)
    return whole and all(_is_number(part.tree) for part in others)


def _is_number(tree: Tree) -> bool:
    """Whether a tree is a constant number: 1/2, sqrt(2)."""
    return not names(tree) and not has_arrays(tree)


def _counted(index: tuple[str, ...], shape: Shape) -> tuple[str, ...]:
    """Indices counted from the front: −1 is the last."""
    return tuple(
        str(int(own) + length) if own.startswith("-") and isinstance(length, int) else own
        for own, length in zip(index, shape, strict=False)
    )


def _share(shape: Shape, axis: int | None) -> Tree:
    """1 over the number of entries that a mean adds."""
    lengths = shape if axis is None else shape[axis : axis + 1]
    factors: list[Tree] = [Length(length) if isinstance(length, str) else Number(Fraction(length)) for length in lengths]
    if all(isinstance(own, Number) for own in factors):
        whole = Fraction(1)
        for own in factors:
            whole *= own.value  # type: ignore[union-attr]
        return ONE if whole == 1 else Quotient(ONE, Number(whole))
    return Quotient(ONE, product(factors))


def _definition(name: str, unit: str, part: _Part, shapes: dict[str, Shape], rows: bool) -> Formula | ArrayForward:
    tree = part.tree
    match tree:
        case Softmax(Name(argument)):
            return SoftmaxMap(name, unit, argument, shapes)
        case Element():
            return Pick(name, tree, shapes)
    if part.kind == "linear":
        return Linear(name, unit, tree, shapes, rows)
    if part.kind == "total":
        match tree:
            case Reduce():
                return Total(name, ONE, tree.body, tree.axis, shapes)
            case Product((*front, Reduce() as last)):
                return Total(name, product(front), last.body, last.axis, shapes)
            case Quotient(Reduce() as above, below):
                return Total(name, Quotient(ONE, below), above.body, above.axis, shapes)
    return Formula(name, unit, tree, shapes)
