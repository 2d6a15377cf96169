"""Second derivatives of and by whole arrays, against autograd's of the same formula written in its NumPy; and what is refused."""

from __future__ import annotations

from typing import Any

import autograd
import autograd.numpy as anp
import numpy
import pytest

import symbackprop
from symbackprop import InputError, Layer, Loss, Network

VALUES: dict[str, Any] = {
    "W": [[0.1, 0.7, -0.3], [0.2, -0.35, 0.9]],
    "x": [[1.0, 0.5, -0.25], [0.3, -1.0, 0.8]],
    "b": [0.1, -0.2],
    "c": 0.75,
}
EQUATIONS = "h = tanh(W @ x + b)*c\nE = sum(h**2) + c*sum(exp(b))"


def network(samples: bool = False, **keywords: Any) -> Network:
    values = VALUES if samples else {**VALUES, "x": VALUES["x"][0]}
    return Network.from_equations(EQUATIONS, objective="E", inputs=("x",), shapes={"x": (3,)}, values=values, **keywords)


def h(given: dict[str, Any], x: Any) -> Any:
    return anp.tanh(anp.dot(given["W"], x) + given["b"]) * given["c"]


def objective(given: dict[str, Any], x: Any) -> Any:
    return anp.sum(h(given, x) ** 2) + given["c"] * anp.sum(anp.exp(given["b"]))


def theirs(of: Any, first: str, second: str, x: Any, values: dict[str, Any] = VALUES) -> Any:
    """∂²of/∂first ∂second by autograd: its axes are those of ``of``, ``first`` and ``second``."""
    given = {name: anp.array(own, dtype=float) for name, own in values.items()} | {"x": anp.array(x)}

    def put(name: str, value: Any, others: dict[str, Any]) -> dict[str, Any]:
        return {**others, name: value}

    def slope(value: Any) -> Any:
        others = put(second, value, given)
        return autograd.jacobian(lambda own: of(put(first, own, others), put(first, own, others)["x"]))(others[first])

    return autograd.jacobian(slope)(given[second])


NAMES = ("W", "b", "c", "x")


@pytest.mark.filterwarnings("ignore:Output seems independent")  # of h by c twice
@pytest.mark.parametrize("first", NAMES)
@pytest.mark.parametrize("second", NAMES)
@pytest.mark.parametrize("of", ["E", "h"])
def test_they_are_autograds(of: str, first: str, second: str) -> None:
    expected = theirs(objective if of == "E" else h, first, second, VALUES["x"][0])
    found = symbackprop.evaluate(network(), of=of, wrt=(first, second)).derivative
    assert numpy.shape(found) == expected.shape
    assert numpy.allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("of", "first", "second", "pick"),
    [
        ("E", "W[0]", "b", (0, ...)),
        ("E", "W", "W[1][2]", (..., 1, 2)),
        ("h[1]", "W", "c", (1, ...)),
        ("h", "W[1]", "W[0][2]", (slice(None), 1, slice(None), 0, 2)),
    ],
)
def test_parts_are_parts_of_the_whole(of: str, first: str, second: str, pick: Any) -> None:
    whole = numpy.array(symbackprop.evaluate(network(), of=of[0], wrt=(first[0], second[0])).derivative)
    found = symbackprop.evaluate(network(), of=of, wrt=(first, second)).derivative
    assert numpy.array_equal(found, whole[pick])


@pytest.mark.parametrize("updates", [0, 2])
def test_samples_are_added_up_for_the_objective_and_kept_apart_for_the_rest(updates: int) -> None:
    net = network(True, learning_rate="0.05")
    moved = symbackprop.evaluate(net, updates=updates).values
    values = {**VALUES, **{name: moved[name] for name in "Wbc"}}
    each = [theirs(objective, "W", "b", x, values) for x in VALUES["x"]]
    assert numpy.allclose(symbackprop.evaluate(net, updates, "E", ("W", "b")).derivative, sum(each), rtol=1e-11)
    each = [theirs(h, "W", "b", x, values) for x in VALUES["x"]]
    assert numpy.allclose(symbackprop.evaluate(net, updates, "h", ("W", "b")).derivative, each, rtol=1e-11)
    each = [theirs(objective, "W", "x", x, values) for x in VALUES["x"]]
    assert numpy.allclose(symbackprop.evaluate(net, updates, "E", ("W", "x")).derivative, each, rtol=1e-11)


def test_a_mean_is_a_mean() -> None:
    layers, values = (
        (Layer(2, "tanh"),),
        {"x": [[1, 2], [3, -1]], "W1": [[0.1, 0.2], [-0.3, 0.4]], "b1": [0, 1], "y": [[0, 0], [1, 1]]},
    )

    def hessian(reduction: str) -> Any:
        net = Network(inputs=2, layers=layers, loss=Loss("squared_error", reduction=reduction), values=values)
        return numpy.array(symbackprop.evaluate(net, of="E", wrt=("W1", "W1")).derivative)

    assert hessian("mean").shape == (2, 2, 2, 2)
    assert numpy.allclose(2 * hessian("mean"), hessian("sum"), rtol=1e-14)
    assert numpy.allclose(hessian("sum"), numpy.transpose(hessian("sum"), (2, 3, 0, 1)), rtol=1e-14)


def test_of_scalars_other_definitions_are_kept_apart_too() -> None:
    """∂²z/∂w² of each sample; of the objective their sum."""
    net = Network.from_equations("z = sin(w*x)\nE = z**2", objective="E", inputs=("x",), values={"x": [1, 2], "w": 0.5})
    x = numpy.array([1, 2])
    assert symbackprop.evaluate(net, of="z", wrt=("w", "w")).derivative == pytest.approx(-(x**2) * numpy.sin(x / 2), rel=1e-14)
    expected = float(numpy.sum(2 * x**2 * numpy.cos(x)))  # (sin²)″ = 2 cos 2u
    assert symbackprop.evaluate(net, of="E", wrt=("w", "w")).derivative == pytest.approx(expected, rel=1e-14)
    assert symbackprop.evaluate(net, of="E", wrt=("w", "learning_rate")).derivative == 0


def test_by_the_learning_rate_they_are_zero() -> None:
    found = symbackprop.evaluate(network(), of="h", wrt=("b", "learning_rate")).derivative
    assert found == [[0, 0], [0, 0]]


def refused(net: Network, of: str, *wrt: str) -> str:
    with pytest.raises(InputError) as caught:
        symbackprop.evaluate(net, of=of, wrt=wrt)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_not_there_is_said() -> None:
    assert "there is no W[5]" in refused(network(), "E", "W[5]", "b")
    assert "'w' is no symbol" in refused(network(), "E", "b", "w")
    assert "'c' is no definition" in refused(network(), "c", "b", "W")


def test_what_is_too_large_says_to_name_entries() -> None:
    values = {name: numpy.full(shape, 0.01) for name, shape in (("x", 300), ("W1", (60, 300)), ("b1", 60), ("y", 60))}
    net = Network(inputs=300, layers=(Layer(60, "tanh"),), loss=Loss("squared_error"), values=values)
    message = refused(net, "E", "W1", "W1")
    assert "60 × 300 × 60 × 300" in message
    assert "W[0][1]" in message


@pytest.mark.parametrize("wrt", [("x",), ("x[1]", "x"), ("h", "x[1]")])
@pytest.mark.parametrize("name", ["rnn", "memory"])
def test_a_sequence_names_its_steps(name: str, wrt: tuple[str, ...]) -> None:
    net = symbackprop.load("rnn")
    if name == "memory":
        equations = "h[t] = tanh(w*x[t] + u*h[t-1])\ne[t] = h[t]**2"
        net = Network.from_equations(equations, steps=7, values={"w": 1, "u": 0.5, "x": [1, 2, 3, 4, 5, 6, 7]})
    message = refused(net, net.objective, *wrt)
    shown = "[1], {0}[2], {0}[3]" if name == "rnn" else "[1], {0}[2], …, {0}[7]"
    sequence = "h" if "h" in wrt else "x"
    assert f"'{sequence}' has a value at every step" in message
    assert sequence + shown.format(sequence) in message


def test_of_a_sequence_names_its_steps_too() -> None:
    assert "write one of them: h[1], h[2], h[3]" in refused(symbackprop.load("rnn"), "h", "W_hh")
