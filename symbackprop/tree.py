"""Expressions: one small immutable tree, both for formulas and for what stands on the page.

SymPy reorders terms, drops zeros and prints d for ∂; a page must not. So a formula stays the
tree its author wrote, with numbers as the digits that are printed, and marks (a brace with a
name, a colour role) are nodes of the same tree. Every tree has a value: ``numbers.value`` gives
it as a number and ``symbolic.to_sympy`` as a SymPy expression, so that each printed line can be evaluated again.

Trees are walked by `fold`, which does not recurse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import chain
from typing import Any, TypeVar

from .array_tree import (
    ArrayTree,
    Element,
    IndexSum,
    Leaf,
    MatMul,
    Matrix,
    Mean,
    OfOne,
    Outer,
    Placed,
    Reduce,
    Softmax,
    Transpose,
)

Result = TypeVar("Result")


ALL_SAMPLES = -1


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a printed number is the value of: a plain name, in which sample, from 0, or summed up over `ALL_SAMPLES`."""

    name: str
    sample: int = 0


@dataclass(frozen=True, slots=True)
class Number(Leaf):
    """A rational number. ``text`` is how it is printed; empty means as short as possible.

    Where it stands for the value of a quantity, ``of`` says which.
    """

    value: Fraction
    text: str = ""
    of: Quantity | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Name(Leaf):
    """A symbol of the network (``w_in``, ``z_j``) or of its derivation (``C_1``, ``delta_j``)."""

    name: str


@dataclass(frozen=True, slots=True)
class Derivative(Leaf):
    """The symbol ∂of/∂wrt, printed as a fraction. Its value is looked up like a name's.

    ``direct`` tells the objective's own dependence on a symbol from its whole partial, which has other paths too.
    """

    of: str
    wrt: str
    direct: bool = False

    @property
    def name(self) -> str:
        return derivative_name(self.of, self.wrt) + (" directly" if self.direct else "")


@dataclass(frozen=True, slots=True)
class Sum:
    """term + term + …; a `Negative` term is printed with a minus sign."""

    terms: tuple[Tree, ...]

    @property
    def children(self) -> tuple[Tree, ...]:
        return self.terms


@dataclass(frozen=True, slots=True)
class Product:
    """factor · factor · … in the author's order."""

    factors: tuple[Tree, ...]

    @property
    def children(self) -> tuple[Tree, ...]:
        return self.factors


@dataclass(frozen=True, slots=True)
class Negative(OfOne):
    """−body."""

    body: Tree


@dataclass(frozen=True, slots=True)
class Quotient:
    """numerator / denominator."""

    numerator: Tree
    denominator: Tree

    @property
    def children(self) -> tuple[Tree, ...]:
        return (self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class Power:
    """base ** exponent."""

    base: Tree
    exponent: Tree

    @property
    def children(self) -> tuple[Tree, ...]:
        return (self.base, self.exponent)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `functions.FUNCTIONS`, or a generic one; with ``prime`` its derivative by the first argument."""

    function: str
    arguments: tuple[Tree, ...]
    prime: bool = False

    @property
    def children(self) -> tuple[Tree, ...]:
        return self.arguments


@dataclass(frozen=True, slots=True)
class Braced(OfOne):
    """``body`` over a brace that carries the name of a cached term. Its value is the body's."""

    body: Tree
    label: str


@dataclass(frozen=True, slots=True)
class Marked(OfOne):
    """``body`` in the colour of a role: ``new``, ``value``, ``gradient`` or ``cached``."""

    body: Tree
    role: str


Tree = Number | Name | Derivative | Sum | Product | Negative | Quotient | Power | Call | Braced | Marked | ArrayTree

ZERO = Number(Fraction(0))
ONE = Number(Fraction(1))


def derivative_name(of: str, wrt: str) -> str:
    """The plain name of ∂of/∂wrt, as in ``dE/dw_in``."""
    return f"d{of}/d{wrt}"


def fold(tree: Tree, combine: Callable[[Any, list[Result]], Result]) -> Result:
    """Evaluate ``combine(node, results of its children)`` from the leaves up, without recursion."""
    if not (children := tree.children):
        return combine(tree, [])
    # Each open node, its children still to come and their results; leaves, most of all nodes, are never opened.
    node, rest = tree, iter(children)
    results: list[Result] = []
    above: list[tuple[Tree, Iterator[Tree], list[Result]]] = []
    while True:
        for child in rest:
            if children := child.children:
                above.append((node, rest, results))
                node, rest, results = child, iter(children), []
                break
            results.append(combine(child, []))
        else:
            value = combine(node, results)
            if not above:
                return value
            node, rest, results = above.pop()
            results.append(value)


def rebuild(node: Any, children: list[Tree]) -> Tree:
    """``node`` with other children; a product in a product is opened."""
    match node:
        case Sum():
            return Sum(tuple(children))
        case Product():
            return Product(tuple(chain.from_iterable(c.factors if isinstance(c, Product) else (c,) for c in children)))
        case Call():
            return Call(node.function, tuple(children), node.prime)
        case Negative():
            return Negative(children[0])
        case Quotient():
            return Quotient(children[0], children[1])
        case Power():
            return Power(children[0], children[1])
        case Braced():
            return Braced(children[0], node.label)
        case Marked():
            return Marked(children[0], node.role)
        case MatMul():
            return MatMul(children[0], children[1])
        case Outer():
            return Outer(children[0], children[1])
        case Matrix():
            width = len(node.rows[0])
            return Matrix(tuple(tuple(children[start : start + width]) for start in range(0, len(children), width)))
        case Transpose():
            return Transpose(children[0])
        case Softmax() | Reduce() | Mean() | Element() | Placed() | IndexSum():
            return replace(node, body=children[0])
    return node


def substitute(tree: Tree, replacements: Mapping[str, Tree]) -> Tree:
    """``tree`` with every name (or derivative, by its plain name) that has a replacement replaced, all at once."""

    def swap(node: Any, children: list[Tree]) -> Tree:
        if isinstance(node, Name | Derivative):
            return replacements.get(node.name, node)
        return rebuild(node, children) if children else node

    return fold(tree, swap)


def names(tree: Tree) -> tuple[str, ...]:
    """The distinct names (and plain names of derivatives) in ``tree``, in reading order."""
    found: dict[str, None] = {}
    stack: list[Tree] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Name | Derivative):
            found[node.name] = None
        else:
            stack.extend(reversed(node.children))
    return tuple(found)


def plain(tree: Tree) -> Tree:
    """``tree`` without its marks."""

    def strip(node: Any, children: list[Tree]) -> Tree:
        if isinstance(node, Braced | Marked):
            return children[0]
        return rebuild(node, children) if children else node

    return fold(tree, strip)


def size(tree: Tree) -> int:
    """The number of leaves."""
    return fold(tree, lambda node, sizes: sum(sizes) or 1)


def operations(tree: Tree) -> int:
    """Arithmetic operations and function calls that one evaluation takes (a minus in a sum is free)."""

    def count(node: Any, counts: list[int]) -> int:
        match node:
            case Sum() | Product():
                return sum(counts) + len(counts) - 1
            case Quotient() | Power() | Call():
                return sum(counts) + 1
            case _:
                return sum(counts)

    return fold(tree, count)


# Builders that keep trees tidy: the obvious zeros and ones go, nothing is reordered.


def total(terms: Iterable[Tree]) -> Tree:
    """The sum of ``terms``, nested sums opened, zeros left out."""
    flat: list[Tree] = []
    for term in terms:
        if isinstance(term, Sum):
            flat.extend(term.terms)
        elif term != ZERO:
            flat.append(term)
    if not flat:
        return ZERO
    return flat[0] if len(flat) == 1 else Sum(tuple(flat))


def product(factors: Iterable[Tree]) -> Tree:
    """The product of ``factors``, nested products opened, ones left out, signs gathered in front."""
    flat: list[Tree] = []
    sign = False
    for factor in factors:
        if isinstance(factor, Negative):
            sign = not sign
            factor = factor.body
        if isinstance(factor, Product):
            flat.extend(factor.factors)
        elif isinstance(factor, Number) and not factor.text and factor.value == -1:
            sign = not sign
        elif isinstance(factor, Number) and not factor.text and factor.value == 1:
            continue
        elif factor == ZERO:
            return ZERO
        else:
            flat.append(factor)
    body = ONE if not flat else flat[0] if len(flat) == 1 else Product(tuple(flat))
    return negative(body) if sign else body


def transposed(tree: Tree) -> Tree:
    """The transpose of ``tree``, taken to the names: (AB)ᵀ is BᵀAᵀ, (Aᵀ)ᵀ is A."""
    match tree:
        case Transpose():
            return tree.body
        case MatMul():
            return MatMul(transposed(tree.right), transposed(tree.left))
        case Outer():
            return Outer(tree.right, tree.left)
        case Negative():
            return Negative(transposed(tree.body))
    return Transpose(tree)


def negative(tree: Tree) -> Tree:
    """−tree; a difference is turned round (−(a − b) is b − a), a double minus goes."""
    if isinstance(tree, Negative):
        return tree.body
    if tree == ZERO:
        return ZERO
    if isinstance(tree, Number) and not tree.text:
        return Number(-tree.value)
    if isinstance(tree, Sum) and len(tree.terms) == 2 and isinstance(tree.terms[1], Negative):
        first = tree.terms[0]  # of a number the sign stays a sign: z − 1, not z + (−1)
        return Sum((tree.terms[1].body, Negative(first) if isinstance(first, Number) and first.value > 0 else negative(first)))
    if isinstance(tree, Product):
        for index, factor in enumerate(tree.factors):
            if isinstance(factor, Sum) and len(factor.terms) == 2 and isinstance(factor.terms[1], Negative):
                turned = negative(factor)
                return Product((*tree.factors[:index], turned, *tree.factors[index + 1 :]))
    return Negative(tree)


def tidied(tree: Tree) -> Tree:
    """``tree`` with ones, zeros and nested products and sums gone that a substitution left behind."""

    def tidy(node: Any, children: list[Tree]) -> Tree:
        match node:
            case Product():
                return product(children)
            case Sum():
                return total(children)
            case Negative():
                return negative(children[0])
        return rebuild(node, children) if children else node

    return fold(tree, tidy)


def quotient(numerator: Tree, denominator: Tree) -> Tree:
    """numerator / denominator, as the numerator alone where the denominator is one."""
    return numerator if denominator == ONE else Quotient(numerator, denominator)
