"""Steps named by number, and the shapes of states: what is before the first step is refused, what can be told is told."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import symbackprop
from symbackprop import InputError, Network
from symbackprop.step_shapes import step_shapes

STATE = "h[t] = tanh(w*x[t] + u*h[t-1])\n"
VALUES: dict[str, Any] = {"w": 1, "u": "0.5", "x": [1, 2, 3]}


def network(equations: str, **values: Any) -> Network:
    return Network.from_equations(equations, steps=3, values=values)


def refused(equations: str, **values: Any) -> str:
    with pytest.raises(InputError) as caught:
        network(equations, **values)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("step", [-4, -5, -40])
def test_a_formula_cannot_count_back_beyond_the_first_step(step: int) -> None:
    message = refused(f"{STATE}E = h[{step}]**2", **VALUES)
    assert message == f"equations.E: h[{step}] is before the first step, which is h[1], or h[-3] from the end"


@pytest.mark.parametrize(("index", "step"), [(-1, 3), (-2, 2), (-3, 1), (1, 1), (3, 3)])
def test_the_steps_that_there_are(index: int, step: int) -> None:
    found = symbackprop.evaluate(network(f"{STATE}E = h[{index}]", **VALUES))
    assert found.objective == found.values[f"h[{step}]"]


def test_the_initial_value_can_be_read_where_there_is_one() -> None:
    assert symbackprop.evaluate(network(f"{STATE}E = h[0] + h[3]*0", **VALUES, **{"h[0]": 4})).objective == 4
    assert "x[0] is before the first step" in refused(f"{STATE}E = x[0]*h[3]", **VALUES)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("h[-1]", "is before h[0], the first that a step reads; only formulas count from the end"),
        ("h[-5]", "is before h[0], the first that a step reads"),
        ("h[2]", "is defined by the network"),
        ("x[2]", "is a step; give 'x' one array over time"),
        ("x[0]", "is before the first step, and no step reads x[t-1]"),
    ],
)
def test_values_are_for_steps_that_are_read(name: str, words: str) -> None:
    assert words in refused(f"{STATE}E = h[-1]", **VALUES, **{name: 1})


def test_a_longer_delay_reads_further_back() -> None:
    equations = "h[t] = w*x[t] + u*h[t-2]\nE = h[1]"
    assert symbackprop.evaluate(network(equations, **VALUES, **{"h[-1]": 4, "h[0]": 7})).objective == 1 + 4 / 2
    assert "is before h[-1], the first" in refused(equations, **VALUES, **{"h[-2]": 1})


# A vector with a number for each step, read as a whole.


@pytest.mark.parametrize("loss", ["sum((h[t] - y)**2)", "sum((-y + h[t])**2)", "sum(h[t] + 2*x[t] + y)"])
@pytest.mark.parametrize("chosen", [{}, {"inputs": ("x", "y")}, {"parameters": ("w", "u")}])
def test_a_target_without_its_step_is_refused(loss: str, chosen: Any) -> None:
    with pytest.raises(InputError, match=r"'y' has 3 numbers, .* write y\[t\]"):
        Network.from_equations(f"{STATE}e[t] = {loss}", steps=3, values={**VALUES, "y": [1, 2, 3]}, **chosen)


def test_one_of_data_in_a_product_too() -> None:
    values = {**VALUES, "y": [1, -1, 1]}
    with pytest.raises(InputError, match=r"write y\[t\]"):
        Network.from_equations(f"{STATE}e[t] = sum(maximum(1 - y*h[t], 0))", steps=3, values=values, inputs=("x", "y"))


def test_what_is_clear_is_taken() -> None:
    """A bias as long as there are steps, a vector of weights for a scalar input, a declared target, one number, y[t]."""
    vectors = {"W": numpy.eye(3), "b": [1, 2, 3], "x": [1, 2, 3]}
    net = network("h[t] = tanh(W @ h[t-1] + b + b*x[t])\nE = sum(h[-1])", **vectors)
    assert numpy.allclose(symbackprop.evaluate(net).values["h[1]"], numpy.tanh(numpy.array([1, 2, 3]) * 2))
    declared = {**VALUES, "y": [1, 2, 3]}
    net = Network.from_equations(f"{STATE}e[t] = sum((h[t] - y)**2)", steps=3, values=declared, shapes={"y": (3,)})
    h = symbackprop.evaluate(net).values["h[1]"]
    assert symbackprop.evaluate(net).values["e[1]"] == pytest.approx(sum((h - y) ** 2 for y in (1, 2, 3)))
    assert symbackprop.evaluate(net.with_values({"y": [2, 3, 4]})).objective > 0
    assert network(f"{STATE}e[t] = (h[t] - y)**2", **VALUES, y=1).given
    assert network(f"{STATE}e[t] = (h[t] - y[t])**2", **VALUES, y=[1, 2, 3]).given


def test_of_scalars_the_remedy_is_named() -> None:
    assert "write y[t] for a number at each step" in refused(f"{STATE}e[t] = (h[t] - y)**2", **VALUES, y=[1, 2, 3])


# The shapes of states that nothing declares.

W23, W33, W22 = numpy.ones((2, 3)), numpy.eye(3), numpy.eye(2)
STATES = (
    # states of different lengths, which one guess for all cannot give
    (
        "h[t] = tanh(A @ x[t] + B @ h[t-1])\nc[t] = tanh(C @ h[t] + D @ c[t-1])\nE = sum(c[-1])",
        {"A": W23, "B": W22, "C": W23.T, "D": W33, "x": W33},
        {"h": (2,), "c": (3,)},
    ),
    ("h[t] = A @ c[t-1]\nc[t] = C @ h[t-1]\nE = sum(c[-1])", {"A": W23, "C": W23.T}, {"h": (2,), "c": (3,)}),
    ("s[t] = r*s[t-1] + 1\nh[t] = tanh(A @ h[t-1] + s[t])\nE = sum(h[-1])", {"A": W22, "r": 1}, {"s": (), "h": (2,)}),
    ("h[t] = r*h[t-1] + b\nE = sum(h[-1])", {"r": 1, "b": [1, 2]}, {"h": (2,)}),
    ("h[t] = A @ h[t-1] + r\nE = sum(h[-1])", {"A": W22, "r": 1}, {"h": (2,)}),
    ("h[t] = h[t-1] @ A\nE = sum(h[-1])", {"A": W33}, {"h": (3,)}),
    # states that are matrices
    ("H[t] = A @ H[t-1] + X[t]\nE = sum(H[-1])", {"A": W22, "X": numpy.ones((3, 2, 3))}, {"H": (2, 3)}),
    ("S[t] = r*S[t-1] + outer(k[t], v[t])\nE = sum(S[-1])", {"r": 1, "k": W23.T, "v": W33}, {"S": (2, 3)}),
    # a state by its initial value
    ("h[t] = r*h[t-1]\nE = sum(h[-1])", {"r": 1, "h[0]": [1, 2]}, {"h": (2,)}),
    # and by an initial shape of a delay of two steps
    ("h[t] = r*h[t-2]\nE = sum(h[-1])", {"r": 1, "h[0]": [1, 2], "h[-1]": [3, 4]}, {"h": (2,)}),
    ("h[t] = r*h[t-1]\nE = h[-1]", {"r": 1}, {}),
)


@pytest.mark.parametrize(("equations", "values", "shapes"), STATES)
def test_the_shape_of_a_state(equations: str, values: Any, shapes: Any) -> None:
    values = {name: own.tolist() if hasattr(own, "tolist") else own for name, own in values.items()}
    net = network(equations, **values)
    found = step_shapes(net) if net.is_array else {}
    assert {name: found[name] for name in shapes} == shapes
    assert symbackprop.check(net).passed


def test_a_declared_initial_shape_tells() -> None:
    net = Network.from_equations("h[t] = r*h[t-1]\nE = sum(h[-1])", steps=3, shapes={"h[0]": (4,)})
    assert step_shapes(net)["h"] == (4,)


def test_what_cannot_be_told_says_what_to_give() -> None:
    message = refused("h[t] = softmax(h[t-1] + r)\nE = sum(h[-1])", r=1)
    assert "the shape of 'h' at a step cannot be told" in message
    assert "give h[0] a value, or its shape in [shapes]" in message


def test_what_does_not_fit_is_still_said() -> None:
    message = refused("h[t] = B @ h[t-1]\nc[t] = A @ h[t]\nE = sum(c)", A=W23.tolist(), B=W22.tolist())
    assert message.startswith("equations.c: 3 and 2 must be equal in A @ h")
