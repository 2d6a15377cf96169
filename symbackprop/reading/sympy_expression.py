"""A plain SymPy expression, taken apart into definitions that share what the expression shares.

Differentiating the nested expression would repeat the same factors again and again; its
definitions t_1, t_2, …, f form a straight-line program, whose chain rule repeats nothing.
A definition is a sum of products, one power or one function, of symbols and earlier definitions:

    1/(1 + exp(-(w*x + b)))   becomes   t_1 = w*x + b,  f = sigmoid(t_1)

Nothing here recurses, and each distinct subexpression is visited once.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING, Any

from .. import symbolic
from ..errors import InputError
from ..functions import FUNCTIONS
from ..grammar import check_range
from ..network import check_name
from ..tree import Tree

if TYPE_CHECKING:
    import sympy

MAX_TERMS = 32  # of one sum or product; longer ones are cut, so that the work stays linear


def take_apart(expression: sympy.Expr) -> tuple[tuple[str, Tree], ...]:
    """The definitions of ``expression`` in order; the last is the expression itself, named ``f`` or, if that is taken, ``f_1`` ….

    ``1/(1 + exp(-x))`` is read as ``sigmoid(x)``. Raises InputError for what the equation language does not have.
    """
    import sympy

    if not isinstance(expression, sympy.Expr):
        raise InputError(f"expected a SymPy expression, found something of type {type(expression).__name__}", "expression")
    nodes = _distinct(expression)
    taken = {node.head.name for node in nodes if isinstance(node.head, sympy.Symbol)}
    if not taken:
        raise InputError("the expression has no symbols, so there is nothing to differentiate by", "expression")
    local = (name for index in count(1) if (name := f"t_{index}") not in taken)
    last = next(name for name in ("f", *(f"f_{index}" for index in range(1, len(taken) + 2))) if name not in taken)
    definitions: list[tuple[str, Tree]] = []
    parents: list[list[_Node]] = [[] for _ in nodes]
    for node in nodes:
        for child in node.children:
            parents[child].append(node)
    written: list[Any] = []  # of each node, the SymPy expression that stands for it in its parents
    for index, node in enumerate(nodes):
        parts = [written[child] for child in node.children]
        if node.head in (sympy.Add, sympy.Mul):
            parts = _cut(node.head, parts, definitions, local)
        shown = node.head(*parts) if node.children else _leaf(node.head)
        if index == len(nodes) - 1:
            definitions.append((last, _tree(shown)))
        elif not _stays_inline(node, parents[index], nodes):
            name = next(local)
            definitions.append((name, _tree(shown)))
            shown = sympy.Symbol(name)
        written.append(shown)
    return tuple(definitions)


class _Node:
    """One distinct subexpression: the class that makes it of its children, or the leaf itself."""

    __slots__ = ("children", "head")

    def __init__(self, head: Any, children: tuple[int, ...]) -> None:
        self.head, self.children = head, children


def _distinct(expression: Any) -> list[_Node]:
    """The distinct subexpressions, each after what it is made of; equal ones are one node, even where SymPy holds two objects."""
    import sympy

    nodes: list[_Node] = []
    known: dict[tuple[Any, tuple[int, ...]], int] = {}
    place: dict[int, int] = {}  # id of a SymPy object → its node; `kept` holds the objects, so no id is used again
    kept: list[Any] = []
    symbols: dict[str, Any] = {}
    stack: list[tuple[Any, Any, bool]] = [(expression, expression, False)]
    while stack:
        original, node, ready = stack.pop()
        if not ready:
            if id(original) in place:
                continue
            kept.append(original)
            node = _as_sigmoid(original)
            kept.append(node)
            _check(node, symbols)
            stack.append((original, node, True))
            stack.extend((child, child, False) for child in (() if _is_leaf(node) else reversed(node.args)))
            continue
        children = () if _is_leaf(node) else tuple(place[id(child)] for child in node.args)
        head = node if not children else sympy.Max if isinstance(node, sympy.Max) else node.func
        key = (head, children)
        if key not in known:
            known[key] = len(nodes)
            nodes.append(_Node(head, children))
        place[id(original)] = known[key]
    return nodes


def _is_leaf(node: Any) -> bool:
    return not node.args or node.is_Rational


def _as_sigmoid(node: Any) -> Any:
    """σ(x)ⁿ for (1 + exp(−x))⁻ⁿ; any other node as it is."""
    import sympy

    if not (node.is_Pow and node.exp.is_Integer and node.exp.is_negative and node.base.is_Add and len(node.base.args) == 2):
        return node
    one, other = node.base.args
    if one != 1 or not isinstance(other, sympy.exp):
        return node
    return symbolic.head("sigmoid")(-other.args[0]) ** -node.exp


def _check(node: Any, symbols: dict[str, Any]) -> None:
    """Raise InputError for what the equation language does not have."""
    import sympy

    if isinstance(node, sympy.Symbol):
        check_name(node.name, "expression")
        if symbols.setdefault(node.name, node) != node:
            raise InputError(f"there are two different symbols named {node.name!r} in the expression", "expression")
        supported = node.is_commutative
    elif node.is_Rational or node.is_Float:
        check_range(Fraction(int(node.p), int(node.q)) if node.is_Rational else Fraction(str(node)), str(node)[:30], "expression")
        supported = True
    elif isinstance(node, sympy.Function) and not isinstance(node, sympy.Max | sympy.Min):
        name = node.func.__name__
        one_argument = name == "sigma" or isinstance(node, sympy.Abs)
        supported = len(node.args) in (FUNCTIONS[name].counts if name in FUNCTIONS else (1,) if one_argument else ())
    else:
        supported = node == sympy.E or isinstance(node, sympy.Add | sympy.Mul | sympy.Pow | sympy.Max | sympy.Min)
    if not supported:
        # Printing a deep expression would recurse.
        shown = f"{str(node)[:60]!r} ({type(node).__name__})" if not any(child.args for child in node.args) else type(node).__name__
        raise InputError(f"the SymPy expression has {shown}, which a network cannot hold", "expression")


def _leaf(node: Any) -> Any:
    """Symbols without the assumptions that the caller's may have: a network's symbols are plain."""
    import sympy

    return sympy.Symbol(node.name) if isinstance(node, sympy.Symbol) else node


def _stays_inline(node: _Node, parents: list[_Node], nodes: list[_Node]) -> bool:
    """Whether a subexpression is written inside its one parent: leaves, products in sums, powers of leaves, reciprocals, −x."""
    import sympy

    if not node.children:
        return True
    children = [nodes[child] for child in node.children]
    of_leaves = not any(child.children for child in children)
    if node.head == sympy.Mul and of_leaves and len(children) == 2 and children[0].head == -1:
        return True
    if of_leaves and not any(isinstance(child.head, sympy.Symbol) for child in children):
        return True  # a constant like log(2)
    if len(parents) != 1:
        return False
    if node.head == sympy.Mul:
        return parents[0].head == sympy.Add
    if node.head == sympy.Pow:
        exponent = children[1].head
        reciprocal = not children[1].children and exponent.is_Rational and exponent.is_negative
        return parents[0].head in (sympy.Add, sympy.Mul) and (of_leaves or reciprocal)
    return False


def _cut(head: Any, parts: list[Any], definitions: list[tuple[str, Tree]], local: Iterator[str]) -> list[Any]:
    """At most `MAX_TERMS` parts; longer sums and products get definitions for their pieces."""
    import sympy

    while len(parts) > MAX_TERMS:
        pieces = []
        for first in range(0, len(parts), MAX_TERMS):
            name = next(local)
            definitions.append((name, _tree(head(*parts[first : first + MAX_TERMS]))))
            pieces.append(sympy.Symbol(name))
        parts = pieces
    return parts


def _tree(shown: Any) -> Tree:
    """The tree of a small expression, names in the order a, b, …, t_1, t_2, …."""
    ordered = sorted((symbol.name for symbol in shown.free_symbols), key=lambda name: (name.startswith("t_"), len(name), name))
    return symbolic.from_sympy(shown, tuple(ordered))
