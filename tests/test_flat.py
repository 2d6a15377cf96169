"""The gradient function over one vector: its order, its values, an optimiser that uses it, and wrong vectors."""

from __future__ import annotations

import math

import numpy
import pytest

import symbackprop
from symbackprop import InputError, Layer, Loss, Network, derive, load

NETWORKS = ["003-split", "004", "001", "perceptron", "attention", "rnn", "gru"]

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradient_is_the_slope_of_the_objective(name: str) -> None:
    """Central differences along random directions, extrapolated from two steps."""
    flat = derive(load(name)).lambdify().flat()
    random = numpy.random.default_rng(1)
    start = flat.start
    objective, gradient = flat(start)
    assert isinstance(objective, float) and gradient.shape == start.shape == (flat.size,)
    for _ in range(3):
        direction = random.normal(size=flat.size)

        def slope(step: float, direction: numpy.ndarray = direction) -> float:
            return (flat(start + step * direction)[0] - flat(start - step * direction)[0]) / (2 * step)

        assert (4 * slope(5e-5) - slope(1e-4)) / 3 == pytest.approx(gradient @ direction, rel=1e-6, abs=1e-9)


def test_the_order_is_that_of_the_gradient() -> None:
    function = derive(load("perceptron")).lambdify()
    flat = function.flat()
    _, gradient = function()
    assert list(flat.shapes) == list(gradient)
    assert flat(flat.start)[1] == pytest.approx(numpy.concatenate([numpy.ravel(own) for own in gradient.values()]), rel=1e-13)
    named = flat.named(numpy.arange(flat.size))
    assert named["W1"].tolist() == [[0, 1], [2, 3], [4, 5]] and named["b1"].tolist() == [6, 7, 8]
    assert numpy.array_equal(flat.vector(named), numpy.arange(flat.size))


def test_what_is_passed_holds_for_every_call() -> None:
    network = Network(inputs=2, layers=(Layer(1, "tanh"),), loss=Loss("half_squared_error"))
    flat = derive(network).lambdify().flat({"x": [[1, 2], [3, 4]], "W1": [[0.1, 0.2]]}, b1=[0.5], y=[[1], [0]])
    assert flat.start.tolist() == [0.1, 0.2, 0.5]
    expected = sum((math.tanh(0.1 * a + 0.2 * b + 0.5) - y) ** 2 / 2 for a, b, y in ((1, 2, 1), (3, 4, 0)))
    assert flat(flat.start)[0] == pytest.approx(expected, rel=1e-14)


def test_an_optimiser_takes_it() -> None:
    """A line through three points, whose least squares are known."""
    optimize = pytest.importorskip("scipy.optimize")
    samples = [{"x": x, "y": y} for x, y in ((0, 1), (1, 3), (2, 4))]
    unit = symbackprop.Unit("o", {"x": "w"}, "identity", bias="b")
    network = Network("A line", ("x",), (unit,), Loss("squared_error", {"o": "y"}), values={"w": 0, "b": 0}, samples=samples)
    flat = derive(network).lambdify().flat()
    found = optimize.minimize(flat, flat.start, jac=True)
    assert found.success
    assert flat.named(found.x) == pytest.approx({"w": 1.5, "b": 7 / 6}, abs=1e-6)


@pytest.mark.parametrize(
    ("vector", "said"),
    [
        ([1.0], "the vector must have 3 entries, and its shape is (1,)"),
        ([[1.0, 2.0, 3.0]], "the vector must have 3 entries, and its shape is (1, 3)"),
        ([1.0, math.nan, 2.0], "value of 'w_j'"),
    ],
)
def test_a_wrong_vector(vector: list[float], said: str) -> None:
    with pytest.raises(InputError) as error:
        derive(load("chain")).lambdify().flat()(vector)
    assert said in str(error.value)


def test_what_has_no_vector() -> None:
    with pytest.raises(InputError, match="a vector holds whole arrays"):
        derive(load("perceptron"), by=["W1[0][1]"]).lambdify().flat()
    network = Network(inputs="n", layers=(Layer("m"),), loss=Loss("squared_error"))
    with pytest.raises(InputError, match="lengths of 'W1' are not given"):
        derive(network).lambdify().flat()
    unit = derive(Network("", ("x",), (symbackprop.Unit("o", {"x": "w"}),), Loss("squared_error", {"o": "y"}))).lambdify()
    with pytest.raises(InputError, match="x, y have no values"):
        unit.flat()
    with pytest.raises(InputError, match="w has no value"):
        _ = unit.flat(x=1, y=2).start
    assert unit.flat(x=1, y=2)([5]) == (9, [6])


@pytest.mark.parametrize("name", ["chain", "001", "perceptron", "attention", "rnn"])
@pytest.mark.parametrize("backend", [None, "math", "numpy", "c"])
def test_every_kernel_takes_a_vector(name: str, backend: str | None) -> None:
    """The vector comes to the same as the values by name."""
    function = derive(load(name)).lambdify(backend)
    objective, gradient = function()
    flat = function.flat()
    for _ in range(2):  # nothing is left of the first call
        found = flat(flat.start)
        assert found[0] == pytest.approx(objective, rel=1e-13)
        expected = numpy.concatenate([numpy.ravel(own) for own in gradient.values()])
        assert numpy.abs(found[1] - expected).max() <= 1e-13 * numpy.abs(expected).max()
        assert flat(flat.start * 0 + 0.5)[0] != found[0]


def test_targets_in_a_vector() -> None:
    """Those of softmax with cross-entropy must still add up to 1."""
    layers = (symbackprop.Layer(2, "softmax"),)
    network = Network(inputs=1, layers=layers, loss=Loss("cross_entropy"), values={"x": [1], "b1": [0, 0], "W1": [[1], [2]]})
    flat = derive(network, by=["y"]).lambdify().flat()
    assert flat([0.25, 0.75])[0] == pytest.approx(0.25 * math.log(1 + math.e) + 0.75 * math.log(1 + 1 / math.e), rel=1e-14)
    with pytest.raises(InputError, match="must add up to 1"):
        flat([0.25, 0.5])
