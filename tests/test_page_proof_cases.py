"""Ordinary networks whose pages the check once refused, or could not read: each is printed, with every line of it evaluated."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from test_page_proof import rewritten

import symbackprop.checking.page.compared
import symbackprop.checking.page.printed
import symbackprop.rendering
from symbackprop import derive, loads
from symbackprop.checking.page import PageProof, check_page
from symbackprop.checking.page.digits import own_arithmetic, rounds_to
from symbackprop.document.build import build
from symbackprop.document.model import Document
from symbackprop.document.page import Page, make_page
from symbackprop.errors import LineError
from symbackprop.fields import parse_formula
from symbackprop.general_step import carried
from symbackprop.network import unchecked
from symbackprop.precise import as_mpf, value
from symbackprop.tree import Number

ONE_UNIT = """
inputs = 2
[[layers]]
units = 1
activation = "tanh"
[[layers]]
units = 2
[loss]
function = "half_squared_error"
[values]
x = [1.5, 0.4]
y = [0.3, 0.2]
W1 = [[-0.1, 0.75]]
b1 = [0.1]
W2 = [[0.5], [0.2]]
b2 = [0.1, 0.2]
"""
RECURRENT = """
inputs = ["x"]
steps = 3
[[units]]
name = "h"
from = { x = "w", "h[t-1]" = "u" }
activation = "tanh"
[loss]
function = "half_squared_error"
targets = { h = "y" }
[values]
x = [1, 0.5, -1]
y = [0.5, 0.25, -0.5]
w = 0.5
u = 0.8
"""
MEAN_OVER_STEPS = RECURRENT.replace("half_squared_error", "mean_squared_error")
DELAYED_INPUT = RECURRENT.replace("{ x = ", '{ "x[t-1]" = ') + '"x[0]" = 0.5\n'
SHARED_BIAS = """
inputs = 2
[[layers]]
units = 2
activation = "softmax"
bias = "shared"
[loss]
function = "cross_entropy"
[values]
x = [0.5, -1.2]
W1 = [[0.3, 0.1], [-0.2, 0.4]]
b1 = 0.1
y = [0, 1]
"""
SAMPLES_AND_PENALTY = """
inputs = 2
[[layers]]
units = 2
activation = "softmax"
[loss]
function = "cross_entropy"
reduction = "mean"
l2 = { W1 = 0.1 }
[values]
x = [[0.5, -1.2], [1, 0.5]]
W1 = [[0.3, 0.1], [-0.2, 0.4]]
b1 = [0.1, 0.2]
y = [[0, 1], [1, 0]]
"""
CENTRED = """
equations = '''
H = X @ T(W) + b
m = mean(H, 1)
N = H - outer(m, one)
P = softmax(N)
E = -sum(Y*log(P))
'''
objective = "E"
parameters = ["W", "b", "X"]
[values]
X = [[1, 0.5, 2], [0.25, -1, 0.5]]
W = [[0.1, 0.2, 0.3], [-0.1, 0.5, 0.25]]
b = [0.1, -0.2]
one = [1, 1]
Y = [[1, 0], [0, 1]]
"""
ONE_HOT = """
equations = '''
p = softmax(W @ x)
E = -sum(y*log(p))
'''
objective = "E"
parameters = ["W"]
[values]
x = [1, 2]
W = [[0.1, 0.2], [0.3, -0.5], [0.5, 0.25]]
y = [0, 1, 0]
"""
HUGE = """
inputs = ["x"]
[[units]]
name = "h"
from = { x = "w" }
activation = "tanh"
[[units]]
name = "o"
from = { h = "v" }
[loss]
function = "half_squared_error"
targets = { o = "y" }
[values]
x = 1e-9
w = 12345678.9
v = 1e12
y = 1e-7
learning_rate = 1e-6
"""
TWO_TARGETS = """
inputs = ["x"]
[[units]]
name = "a"
from = { x = "w" }
activation = "tanh"
[[units]]
name = "o"
from = { a = "v" }
activation = "sigmoid"
[loss]
function = "mean_squared_error"
targets = { o = "y", a = "q" }
[values]
x = 0.713
w = 1.337
v = -0.771
y = 0.915
q = -0.333
learning_rate = 0.1
"""
ONE_COLUMN = """
equations = '''
h = softmax(v)*v
E = sum(h**2)/2
'''
objective = "E"
parameters = ["v"]
[values]
v = [[0.5], [-0.25]]
"""
SUM_OF_A_NUMBER = """
equations = '''
h = u*v
E = sum(h**2)/2 + mean(h) + sum(r*c, 1)[0]
'''
objective = "E"
parameters = ["u", "v", "c"]
[values]
u = 0.5
v = -2
r = [[1, 0.5, -1], [0.25, 1, 2]]
c = [[0.75], [0.5]]
"""
ROW_AND_COLUMN = """
equations = '''
h = c*r - 2*c
g = (r + k) + k
E = sum(h**2)/2 + mean(h) + sum(g**2)
'''
objective = "E"
parameters = ["c", "r", "k"]
[values]
c = [[0.5], [0.25]]
r = [[1, -0.5, 2]]
k = 0.75
"""
CASES: dict[str, tuple[str, dict[str, str]]] = {
    "a layer of one unit": (ONE_UNIT, {"level": "unit"}),
    "a layer of one unit, indices": (ONE_UNIT, {"level": "index", "numbers": "exact"}),
    "a layer of one unit, matrices": (ONE_UNIT, {"level": "matrix"}),
    "negative error signals over time": (RECURRENT, {"notation": "000"}),
    "a loss that is a mean over steps": (MEAN_OVER_STEPS, {}),
    "zeros in a matrix": (SHARED_BIAS, {"level": "matrix"}),
    "several samples and a penalty": (SAMPLES_AND_PENALTY, {"level": "matrix"}),
    "an exact zero of inexact numbers": (CENTRED, {"level": "unit"}),
    "zero over a number": (ONE_HOT, {"level": "unit", "numbers": "exact"}),
    "carried numbers that cancel": (HUGE, {"numbers": "carry"}),
    "a carried loss of two units": (TWO_TARGETS, {"numbers": "carry"}),
    "an input that is read later": (DELAYED_INPUT, {"detail": "full"}),
    "softmax of single entries": (ONE_COLUMN, {"level": "matrix"}),
    "softmax of single entries, indices": (ONE_COLUMN, {"level": "index"}),
    "softmax of single entries, units": (ONE_COLUMN, {"level": "unit", "numbers": "exact"}),
    "the sum of a number": (SUM_OF_A_NUMBER, {"level": "matrix"}),
    "the sum of a number, indices": (SUM_OF_A_NUMBER, {"level": "index"}),
    "a row and a column": (ROW_AND_COLUMN, {"level": "matrix", "detail": "full"}),
}


def made(text: str, **options: Any) -> tuple[Page, Document]:
    page = make_page(derive(loads(text)), **options)
    return page, build(page)


def proof(text: str, **options: Any) -> PageProof:
    return check_page(*made(text, **options))


@pytest.mark.parametrize("name", CASES)
def test_every_line_is_evaluated_and_holds(name: str) -> None:
    text, options = CASES[name]
    found = proof(text, **options)
    assert found.sides > 3 and found.numbers > 0
    assert not set(found.left_out) - {"a number in a sentence"}
    derivation = derive(loads(text))
    for form in ("md", "tex"):  # a tree that no format can print is found here
        assert symbackprop.rendering.render(derivation, form, **options)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_factor_of_one_step_does_not_depend_on_the_sign_of_delta(sign: int) -> None:
    ((_, tree),) = carried(unchecked(loads(RECURRENT), signal_sign=sign))
    assert value(tree, {"z_h[t]": Fraction(1, 2), "u": Fraction(4, 5)}) == Fraction(3, 5)  # (1 - z^2) u


def test_an_input_that_is_read_later_has_no_factor() -> None:
    assert [state for state, _ in carried(loads(DELAYED_INPUT))] == ["z_h[t]"]


# A zero, and what is only small.


def test_what_rounding_leaves_of_a_sum_is_zero() -> None:
    assert value(parse_formula("exp(1)*exp(2) - exp(3)", ""), {}) == 0
    assert 0 < value(parse_formula("1 - sigmoid(800)", ""), {}) < as_mpf(Fraction(1, 10**340))


def test_a_lone_zero_stands_for_zero_alone() -> None:
    own = own_arithmetic()
    zero, one = Number(Fraction(0), "0"), own.one
    assert rounds_to(own.zero, zero) and rounds_to(one / 3 * 3 - one, zero)
    assert not rounds_to(3 * one, zero) and not rounds_to(one / 1000, zero)
    assert rounds_to(one / 100000, Number(Fraction(0), "0.0000"))


def with_number(document: Document, name: str, text: str) -> Document:
    """A document that prints other digits for a quantity."""

    def change(node: Any) -> Any:
        if isinstance(node, Number) and node.of is not None and node.of.name == name:
            return Number(Fraction(text), text, node.of)
        return None

    return rewritten(document, change)


@pytest.mark.parametrize(
    ("text", "options", "name", "digits"),
    [
        (CENTRED, {"level": "unit"}, "C_19", "0.0001"),
        (SHARED_BIAS, {"level": "matrix"}, "dE/db1", "0.0001"),
        (HUGE, {"numbers": "carry"}, "new_w", "45678.8"),
        (HUGE, {"numbers": "carry"}, "new_v", "0"),
        (ONE_HOT, {"level": "unit", "numbers": "exact"}, "dE/dW[0][0]", "0"),
    ],
)
def test_another_number_there_is_refused(text: str, options: dict[str, str], name: str, digits: str) -> None:
    page, document = made(text, **options)
    other = with_number(document, name, digits)
    is_other = other != document  # not in the assert, which would print both
    assert is_other
    with pytest.raises(LineError):
        check_page(page, other)


# Gaps of the check.


@pytest.mark.parametrize("error", [TypeError, AssertionError, KeyError, ZeroDivisionError])
def test_a_gap_of_the_check_refuses_no_page_and_is_named(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def broken(*given: object) -> None:
        raise error("no such case")

    page, document = made(ONE_UNIT, level="unit")
    whole = check_page(page, document)
    monkeypatch.setattr(symbackprop.checking.page.compared, "difference", broken)
    found = check_page(page, document)
    (reason,) = set(found.left_out) - set(whole.left_out)
    assert error.__name__ in reason and "no such case" in reason
    assert found.sides == 0 and found.numbers == whole.numbers and found.left_out[reason] > 10
    with pytest.raises(LineError):  # what can be evaluated still is
        check_page(page, with_number(document, "z1[0]", "0.123"))


def test_a_fault_behind_a_gap_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one side has no value, the sides before it are compared all the same, and so are all other lines."""
    page, document = made(ONE_UNIT, level="unit")
    own = symbackprop.checking.page.printed.Printed.value
    calls = []

    def rarely(self: Any, tree: Any, letters: Any = None) -> Any:
        calls.append(tree)
        if len(calls) % 7 == 0:
            raise TypeError("no such case")
        return own(self, tree, letters)

    monkeypatch.setattr(symbackprop.checking.page.printed.Printed, "value", rarely)
    assert check_page(page, document).sides > 10
    with pytest.raises(LineError):
        check_page(page, with_number(document, "dE/db1[0]", "0.5"))
