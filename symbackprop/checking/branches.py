"""Functions with two branches: max, min, |·|, sign and step, and every function defined by them.

Two questions about a formula at a point: which conditions decide its branches, and what smooth formula is it near the point.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from .. import functions
from ..functions import GENERIC
from ..precise import Value, as_mpf, value
from ..program import Forward
from ..tree import ONE, ZERO, Call, Negative, Sum, Tree, fold, negative, rebuild, substitute
from .points import Point

_TWO_ARGUMENTS = ("maximum", "minimum")
_ONE_ARGUMENT = ("abs", "sign", "step")


@cache
def has_branches(function: str) -> bool:
    """Whether a function of the language is one of the five, or defined by one."""
    if function in _TWO_ARGUMENTS or function in _ONE_ARGUMENT:
        return True
    defined = functions.definition(function)
    return defined is not None and tree_has_branches(defined)


def tree_has_branches(tree: Tree) -> bool:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Call) and has_branches(node.function):
            return True
        stack.extend(node.children)
    return False


class Condition(NamedTuple):
    """An expression whose sign decides a branch of ``function``."""

    function: str
    tree: Tree


def conditions(tree: Tree) -> list[Condition]:
    """What decides the branches of ``tree``, functions written out."""
    found: list[Condition] = []

    def note(node: Any, children: list[Tree]) -> Tree:
        if not isinstance(node, Call) or not has_branches(node.function):
            return rebuild(node, children) if children else node
        call = Call(node.function, tuple(children), node.prime)
        defined = functions.definition(node.function)
        if defined is not None:
            arguments = functions.with_defaults(call)
            found.extend(Condition(node.function, substitute(inner.tree, arguments)) for inner in conditions(defined))
        elif node.function in _TWO_ARGUMENTS:
            found.append(Condition(node.function, Sum((children[0], Negative(children[1])))))
        else:
            found.append(Condition(node.function, children[0]))
        return call

    fold(tree, note)
    return found


def smooth_near(definitions: tuple[Forward, ...], values: Mapping[str, Value], point: Point) -> dict[str, Tree]:
    """The tree of each definition near ``values``: of two branches the one taken there, for the generic σ the point's function."""
    return {definition.name: _branch_taken(definition.tree, values, point) for definition in definitions}


def _branch_taken(tree: Tree, values: Mapping[str, Value], point: Point) -> Tree:
    def choose(node: Any, children: list[Tree]) -> Tree:
        if isinstance(node, Call) and node.function == GENERIC and point.smooth is not None:
            return point.smooth.tree(children[0])
        if not isinstance(node, Call) or not has_branches(node.function):
            return rebuild(node, children) if children else node
        call = Call(node.function, tuple(children))
        defined = functions.definition(node.function)
        if defined is not None:
            return _branch_taken(substitute(defined, functions.with_defaults(call)), values, point)
        first, *others = (as_mpf(value(child, values, point.generic)) for child in children)
        match node.function:
            case "maximum":
                return children[0] if first > others[0] else children[1]
            case "minimum":
                return children[0] if first < others[0] else children[1]
            case "abs":
                return children[0] if first > 0 else negative(children[0]) if first < 0 else ZERO
            case "sign":
                return ONE if first > 0 else negative(ONE) if first < 0 else ZERO
        return ONE if first > 0 else ZERO

    return fold(tree, choose)
