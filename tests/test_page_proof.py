"""Every fault in a page is found by evaluating its lines: each is made on purpose here, and the page is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

import pytest
from test_check import FAULTS, broken
from test_matrix_pages import NETWORKS as ARRAYS
from test_matrix_pages import perceptron

import symbackprop.document.build
import symbackprop.document.page
import symbackprop.document.time_part
import symbackprop.terms
from symbackprop import Layer, Loss, Network, Unit, derive, load
from symbackprop.array_tree import IndexSum, Transpose
from symbackprop.derivation import Derivation
from symbackprop.document.build import build
from symbackprop.document.model import Document, Equation, Math, Relation, Table
from symbackprop.document.page import make_page
from symbackprop.errors import LineError
from symbackprop.network import Network as Any_Network
from symbackprop.program import ErrorSignal, Partial, Term
from symbackprop.rendering import render
from symbackprop.tree import Name, Number, Quantity, Sum, Tree, fold, rebuild

SQUARE = perceptron((2, 2, 2), ("tanh", "sigmoid"), Loss("half_squared_error"))
Change = Callable[[Any], Any]


# Faults in what is on the page.


def rewritten(node: Any, change: Change) -> Any:
    """A document, or a part of one, with everything in it that ``change`` gives another for."""
    found = change(node)
    if found is not None:
        return found
    if isinstance(node, tuple):
        return tuple(rewritten(own, change) for own in node)
    if is_dataclass(node) and type(node).__module__ == "symbackprop.document.model" and type(node).__name__ != "Figure":
        values = {own.name: getattr(node, own.name) for own in fields(node)}
        changed = {name: rewritten(value, change) for name, value in values.items() if name != "where"}
        return replace(node, **{name: value for name, value in changed.items() if value is not values[name]})
    if hasattr(node, "children"):
        return in_tree(node, change)
    return node


def in_tree(tree: Tree, change: Change) -> Tree:
    def combine(node: Any, children: list[Tree]) -> Any:
        own = rebuild(node, children) if children else node
        found = change(own)
        return own if found is None else found

    return fold(tree, combine)


class Once:
    """A change that is made the first time that it can be."""

    def __init__(self, change: Change) -> None:
        self.change, self.done = change, False

    def __call__(self, node: Any) -> Any:
        found = None if self.done else self.change(node)
        self.done = self.done or found is not None
        return found


def is_result(node: Any) -> bool:
    return isinstance(node, Number) and node.of is not None and re.fullmatch(r"-?\d+\.\d{3,}", node.text) is not None


def other_digit(node: Any) -> Any:
    """The last digit but one more."""
    if not is_result(node):
        return None
    text = node.text[:-1] + str((int(node.text[-1]) + 1) % 10)
    return Number(Fraction(text), text, node.of)


def last_sign(wanted: str, other: str) -> Change:
    def change(node: Any) -> Any:
        if isinstance(node, Equation) and len(node.steps) > 1 and node.steps[-1][0] == wanted:
            return replace(node, steps=(*node.steps[:-1], (other, node.steps[-1][1])))
        return None

    return change


def in_cell(change: Change) -> Change:
    def of_table(node: Any) -> Any:
        if not isinstance(node, Table):
            return None
        once = Once(change)
        found = replace(node, rows=rewritten(node.rows, once))
        return found if once.done else None

    return of_table


def in_text(change: Change) -> Change:
    def of_relation(node: Any) -> Any:
        if not isinstance(node, Relation):
            return None
        once = Once(change)
        found = replace(node, right=in_tree(node.right, once))
        return found if once.done else None

    return of_relation


def swapped_factors(node: Any) -> Any:
    """w x with the numbers of x and w: the product, and with it the line, comes out right."""
    if not isinstance(node, Equation):
        return None
    found: list[Number] = []
    for _, tree in node.steps:
        fold(tree, lambda own, _: found.append(own) if is_given_number(own) else None)
    if len(found) < 2 or found[0].value == found[1].value:
        return None
    one, two = found[:2]
    put_in = {one.of: Number(two.value, two.text, one.of), two.of: Number(one.value, one.text, two.of)}
    return replace(
        node, steps=tuple((sign, in_tree(tree, lambda own: put_in.get(own.of) if is_given_number(own) else None)) for sign, tree in node.steps)
    )


def is_given_number(node: Any) -> bool:
    return isinstance(node, Number) and node.of is not None and node.of.name in ("w_in", "x_i")


def turned_index(node: Any) -> Any:
    return Name("W2[j][k]") if node == Name("W2[k][j]") else None


def shorter_sum(node: Any) -> Any:
    return replace(node, last=node.last - 1) if isinstance(node, IndexSum) and isinstance(node.last, int) and node.last > 2 else None


def longer_range(node: Any) -> Any:
    if isinstance(node, Equation) and node.ranges:
        (letter, last), *rest = node.ranges
        return replace(node, ranges=((letter, last + 1), *rest))
    return None


def without_transpose(node: Any) -> Any:
    return node.body if isinstance(node, Transpose) else None


def one_more_term(node: Any) -> Any:
    return Sum((*node.terms, Name("y"))) if isinstance(node, Sum) and len(node.terms) > 1 else None


def unnamed(node: Any) -> Any:
    """A number of which nothing says what it is."""
    return Number(node.value, node.text) if is_result(node) else None


ON_THE_PAGE: dict[str, tuple[str, str, dict[str, Any], Change]] = {
    "a wrong digit in a line": ("003-chain", "unit", {}, other_digit),
    "a wrong digit in a line that is carried": ("000", "unit", {"numbers": "carry"}, other_digit),
    "a wrong digit in a cell": ("003-chain", "unit", {}, in_cell(other_digit)),
    "a wrong digit in a cell of samples": ("001", "unit", {}, in_cell(other_digit)),
    "a wrong digit in a cell that is carried": ("000", "unit", {"numbers": "carry"}, in_cell(other_digit)),
    "a wrong digit in a sentence": ("003-chain", "unit", {"detail": "full"}, in_text(other_digit)),
    "a wrong digit in a matrix": ("perceptron", "matrix", {}, other_digit),
    "= where a number is rounded": ("003-chain", "unit", {}, last_sign("≈", "=")),
    "≈ where none is": ("003-chain", "unit", {}, last_sign("=", "≈")),
    "two numbers put in for one another": ("003-chain", "unit", {}, swapped_factors),
    "a number that is of nothing": ("003-chain", "unit", {}, unnamed),
    "a wrong index": ("perceptron", "index", {}, turned_index),
    "a sum that ends too early": ("perceptron", "index", {}, shorter_sum),
    "a range that is too long": ("perceptron", "index", {}, longer_range),
    "no transpose": ("perceptron", "matrix", {}, without_transpose),
    "no transpose of a square matrix": ("square", "matrix", {}, without_transpose),
    "no transpose among all samples": ("batch", "matrix", {}, without_transpose),
    "one term too many": ("003-chain", "unit", {}, one_more_term),
}


def network_of(name: str) -> Network:
    return SQUARE if name == "square" else ARRAYS[name] if name in ARRAYS else load(name)


@pytest.mark.parametrize("fault", ON_THE_PAGE)
def test_a_fault_on_the_page_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, level, options, change = ON_THE_PAGE[fault]
    derivation = derive(network_of(name))
    once = Once(change)
    monkeypatch.setattr(symbackprop.document.build, "build", lambda page, progress: rewritten(build(page, progress), once))
    if network_of(name).is_array:
        options = {**options, "level": level}
    with pytest.raises(LineError) as caught:
        render(derivation, "md", **options)
    assert once.done and "\n" not in str(caught.value) and "does not hold" in str(caught.value)
    assert caught.value.exit_code == 1
