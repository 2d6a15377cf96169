"""Every way to compute a gradient function over samples: the batch is the sum of its samples; single precision; threads; limits."""

from __future__ import annotations

import math
import shutil
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import autograd
import autograd.numpy
import numpy
import pytest
from random_layers import random_equations
from random_networks import random_case

from symbackprop import InputError, Layer, Loss, Network, Unit, derive, load
from symbackprop.numeric import c_library, kernels

HAS_C = any(map(shutil.which, c_library.COMPILERS))
BACKENDS = [None, "math", "numpy", pytest.param("c", marks=pytest.mark.skipif(not HAS_C, reason="there is no C compiler"))]
TOLERANCE = 1e-13  # sums in another order, as a share of the greatest entry


pytestmark = pytest.mark.usefixtures("own_cache")


def message(call: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    with pytest.raises(InputError) as error:
        call(*arguments, **named)
    assert len(str(error.value).splitlines()) == 1
    return str(error.value)


def assert_same(found: Any, expected: Any, tolerance: float = TOLERANCE) -> None:
    """An objective and its gradient."""
    assert found[0] == pytest.approx(expected[0], rel=tolerance)
    assert found[1].keys() == expected[1].keys()
    for name, own in expected[1].items():
        assert numpy.shape(found[1][name]) == numpy.shape(own), name
        assert numpy.abs(found[1][name] - own).max() <= tolerance * numpy.abs(own).max(), name


def added(results: list[Any], apart: tuple[str, ...] = ()) -> Any:
    """The sum of the results of samples; the partials by what differs between them one after the other."""
    gradients = [gradient for _, gradient in results]
    joined = {
        name: numpy.array(column) if name in apart else sum(column)
        for name, column in ((name, [own[name] for own in gradients]) for name in gradients[0])
    }
    return math.fsum(objective for objective, _ in results), joined


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("count", [1, 3, 20])
@pytest.mark.parametrize("seed", range(4))
def test_units_over_samples(seed: int, count: int, backend: str | None) -> None:
    """Inputs that differ between samples, targets that do or do not; partials by inputs are told for each sample."""
    random = Random(seed)
    network = random_case(random, 6).network()
    names = (*network.parameters, *network.inputs)
    one = derive(network, by=names).lambdify("math")
    over = [*network.inputs, *(name for name in one.symbols if name.startswith("y"))]
    columns = {
        name: numpy.array([float(network.values[name].value) + random.uniform(-0.1, 0.1) for _ in range(count)]) for name in over
    }
    expected = added([one({name: float(own[index]) for name, own in columns.items()}) for index in range(count)], network.inputs)
    function = derive(network, by=names).lambdify(backend)
    assert_same(function(columns), expected)
    assert_same(function({name: own.tolist() for name, own in columns.items()}), expected)
    held = {name: own.copy() for name, own in columns.items()}
    bound = function.bound(held)
    for own in held.values():
        own += 1.0
    assert_same(bound(), function(held))  # read where they are
    for own in held.values():
        own -= 1.0
    assert_same(bound(), expected, 1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("count", [1, 2, 20])
@pytest.mark.parametrize("seed", [1, 3, 11, 17])
def test_equations_over_samples(seed: int, count: int, backend: str | None) -> None:
    """Arrays that are no parameters: one of them over samples."""
    case = random_equations(Random(seed))
    whole = case.network()
    arrays = [name for name, shape in derive(whole).lambdify().symbols.items() if shape]
    over, names = arrays[0], whole.parameters
    network = replace(whole, parameters=tuple(name for name in names if name != over))
    own = numpy.array(whole.values[over].nested())
    column = own + numpy.random.default_rng(seed).uniform(-0.01, 0.01, size=(count, *own.shape))
    one = derive(network, by=names).lambdify("math")
    expected = added([one({over: own}) for own in column], (over,))
    assert_same(derive(network, by=names).lambdify(backend)({over: column}), expected)


def test_the_kernel_is_chosen_by_size() -> None:
    """Units: numbers in Python for a few samples, arrays for many. Layers: in rows. Small equations: entry by entry over many."""

    def kind(function: Any, **values: Any) -> tuple[type, bool]:
        kernel = function.kernel(function.bound_values(values))
        return type(kernel), kernel.is_written_out

    units = derive(load("chain")).lambdify()
    assert kind(units) == kind(units, x_i=[1.0] * (kernels.MANY - 1)) == (kernels.Kernel, True)
    assert kind(units, x_i=[1.0] * kernels.MANY) == (kernels.OverSamples, True)
    layers = derive(load("perceptron")).lambdify()
    x, y = ([0.5, -1.0], [1.0, 0.0, 0.0])
    assert kind(layers, x=x, y=y) == (kernels.Kernel, False)
    assert kind(layers, x=[x], y=[y]) == (kernels.Batch, False)
    equations = derive(
        Network.from_equations("f = sum(tanh(W @ x))", values={"W": [[1, 2]]}, inputs=["x"], shapes={"x": 2})
    ).lambdify()
    assert kind(equations, x=[1, 2]) == kind(equations, x=[[1, 2]]) == (kernels.Kernel, False)
    assert kind(equations, x=[[1, 2]] * kernels.MANY) == (kernels.OverSamples, True)
    flat = equations.flat(x=[1, 2])
    assert equations.kernel(flat.rest, in_vector=True).is_written_out


@pytest.mark.parametrize(
    "activation", ["sigmoid", "tanh", "relu", "softplus", "gelu", "elu", "leaky_relu", "silu", "identity", "sin"]
)
@pytest.mark.parametrize("samples", [None, 3])
def test_single_precision(activation: str, samples: int | None) -> None:
    """Against double precision; arrays come in and go out as they are."""
    layers = (Layer(4, activation), Layer(3, "softmax"))
    network = Network(inputs=5, layers=layers, loss=Loss("cross_entropy", l1={"W1": 0.1}, l2={"W2": 0.2}))
    random = numpy.random.default_rng(0)
    over = () if samples is None else (samples,)
    values = {"x": random.normal(size=(*over, 5)), "W1": random.normal(size=(4, 5)), "b1": random.normal(size=4)}
    values |= {
        "W2": random.normal(size=(3, 4)),
        "b2": random.normal(size=3),
        "y": numpy.broadcast_to([0.25, 0.5, 0.25], (*over, 3)),
    }
    derivation = derive(network)
    expected = derivation.lambdify("numpy")(values)
    single = derivation.lambdify(dtype="float32")
    found = single({name: own.astype(numpy.float32) for name, own in values.items()})
    assert all(own.dtype == numpy.float32 for own in found[1].values()) and isinstance(found[0], float)
    assert_same(found, expected, 1e-5)
    assert_same(derivation.lambdify("numpy", numpy.float32)(values), expected, 1e-5)
    held = values["W1"].astype(numpy.float32)
    again = single.bound({**values, "W1": held})
    held += 1
    assert_same(again(), derivation.lambdify()({**values, "W1": held.astype(float)}), 1e-5)


def test_single_precision_of_units_and_equations() -> None:
    units = derive(load("chain")).lambdify("numpy", "float32")
    assert_same(units(x_i=[1, 2, 3]), derive(load("chain")).lambdify()(x_i=[1, 2, 3]), 1e-5)
    for name in ("attention", "rnn", "lstm", "gru"):
        found = derive(load(name)).lambdify(dtype=numpy.float32)()
        assert_same(found, derive(load(name)).lambdify("math")(), 2e-5)
        assert all(own.dtype == numpy.float32 for own in found[1].values() if numpy.ndim(own))


def test_what_there_is_not() -> None:
    derivation = derive(load("perceptron"))
    assert "numbers are of the types float64 or float32, not int64" in message(derivation.lambdify, dtype=int)
    assert "not float33" in message(derivation.lambdify, dtype="float33")
    for backend in ("c", "math"):
        assert f"only the back end 'numpy' computes in float32, and this is '{backend}'" in message(
            derivation.lambdify, backend, "float32"
        )
    text = "value of 'b1': expected finite numbers of float32, found 1e+300"
    assert message(derivation.lambdify(dtype="float32"), b1=[1e300, 0, 0]) == text


@pytest.mark.parametrize("backend", BACKENDS)
def test_wrong_values_of_units(backend: str | None) -> None:
    function = derive(load("chain")).lambdify(backend)
    assert "'w_q' is no given symbol of the network; did you mean" in message(function, w_q=1.0)
    assert "'w_j'" in message(function, w_j=math.nan) and "'x_i'" in message(function, x_i=[1.0, math.inf])
    assert "expected a number, found the text '1'" in message(function, w_j="1")
    assert "'w_j' is a parameter and takes one number" in message(function, w_j=[1.0, 2.0])
    assert "the list of samples is empty" in message(function, x_i=[]) and "empty" in message(function, x_i=numpy.zeros(0))
    assert "an array of 2 axes" in message(function, x_i=numpy.zeros((2, 2)))
    assert "of one length (x_i: 2, y: 3)" in message(function, x_i=[1, 2], y=[1, 2, 3])
    missing = derive(Network(inputs=("x",), units=(Unit("o", {"x": "w"}),), loss=Loss("squared_error", {"o": "y"})))
    assert "w, y have no values" in message(missing.lambdify(backend), x=1.0)
    # A read-only array, one that is not contiguous, integers, and numbers of NumPy: as a list of floats.
    wide = numpy.arange(6.0)
    wide.flags.writeable = False
    for own in (wide[::2], numpy.array([0, 2, 4]), (0, 2, 4), [numpy.float32(0), 2, 4.0]):
        assert_same(function(x_i=own), function(x_i=[0.0, 2.0, 4.0]))
    assert function(w_j=5) == function(w_j=5.0) == function(w_j=numpy.float64(5)) == function({"w_j": 5.0}) == function({}, w_j=5.0)


@pytest.mark.parametrize("backend", ["numpy", *BACKENDS[3:]])
def test_wrong_arrays(backend: str) -> None:
    function = derive(load("perceptron")).lambdify(backend)
    assert "the value is 0 × 2" in message(function, x=numpy.zeros((0, 2)))
    assert "expected finite numbers, found nan" in message(function, b1=[math.nan, 0, 0])
    assert "b2" in message(function, b2=[1.0])
    whole = numpy.random.default_rng(1).normal(size=(6, 4))
    transposed = numpy.asfortranarray(whole[::2, ::2])
    transposed.flags.writeable = False
    assert_same(function(W1=transposed), function(W1=transposed.tolist()), 1e-15)


@pytest.mark.parametrize("backend", ["math", "numpy", *BACKENDS[3:]])
def test_extreme_values_over_samples(backend: str) -> None:
    """Saturated units and great logits: finite, right, and without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        unit = Network(
            inputs=("x",),
            units=(Unit("o", {"x": "w"}, "sigmoid"),),
            loss=Loss("binary_cross_entropy", {"o": "y"}),
            values={"w": 1, "y": 1},
        )
        s = [-1e4, -800.0, -700.0, 0.0, 700.0, 800.0, 1e4]
        loss, gradient = derive(unit).lambdify(backend)(x=s)
        assert loss == pytest.approx(1e4 + 800 + 700 + math.log(2) + math.exp(-700), rel=1e-15)
        assert gradient["w"] == pytest.approx(1e4 + 800 + 700, rel=1e-15)
        logits = Network(
            inputs=3, layers=(Layer(3, "softmax", "none"),), loss=Loss("cross_entropy"), values={"W1": numpy.eye(3).tolist()}
        )
        x, y = [[1e4, 0, -1e4], [1e4, 1e4, 1e4], [-1e4, -1e4, 1e4]], [[0, 0, 1], [1, 0, 0], [0, 0, 1]]
        loss, gradient = derive(logits).lambdify(backend)(x=x, y=y)
        assert loss == pytest.approx(2e4 + math.log(3), rel=1e-15)
        third = 1e4 / 3
        assert gradient["W1"] == pytest.approx(
            numpy.array([[1e4 - 2 * third, -2 * third, -1e4 - 2 * third], [third] * 3, [-1e4 + third, third, 1e4 + third]]),
            rel=1e-14,
        )


@pytest.mark.parametrize("backend", BACKENDS)
def test_threads_have_room_of_their_own(backend: str | None) -> None:
    function = derive(load("perceptron")).lambdify(backend)
    weights = [numpy.full((3, 2), 0.1 * index) for index in range(4)]
    expected = [function(W1=own) for own in weights]
    failed: list[Any] = []

    def work(index: int) -> None:
        for _ in range(60):
            objective, gradient = function(W1=weights[index])
            if objective != expected[index][0] or any((gradient[name] != own).any() for name, own in expected[index][1].items()):
                failed.append(index)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_room_is_not_kept_for_ever() -> None:
    function = derive(load("perceptron")).lambdify("numpy")
    for count in range(1, 30):
        function(x=numpy.ones((count, 2)), y=numpy.tile([1.0, 0, 0], (count, 1)))
    call = function.kernel(function.bound_values({"x": [[0, 0]], "y": [[1, 0, 0]]})).compiled.function
    assert 1 <= len(call.own.made) <= 8


def test_forward_values() -> None:
    """Against NumPy, for one sample and for several."""
    network = load("perceptron")
    function = derive(network).lambdify()
    values: Mapping[str, Any] = function.values_of(("x", "W1", "b1", "W2", "b2"), {})
    s1 = values["x"] @ values["W1"].T + values["b1"]
    found = function.forward()
    assert numpy.allclose(found["s1"], s1, rtol=1e-14) and numpy.allclose(found["z1"], numpy.tanh(s1), rtol=1e-14)
    assert numpy.shape(found["E"]) == s1.shape[:-1]
    chain = derive(load("chain")).lambdify()
    z_j = 1 / (1 + math.exp(-2))
    assert chain.forward()["z_j"] == pytest.approx(z_j, rel=1e-15)
    assert chain.forward(x_i=[1.0, 0.0])["z_j"] == pytest.approx([z_j, 0.5], rel=1e-15)
    assert chain.forward(x_i=[1.0, 0.0]).keys() == chain.forward().keys() == {"s_j", "z_j", "s_k", "z_k", "s_o", "z_o", "E"}


def test_a_batch_against_autograd() -> None:
    """Layers in all kernels against a differentiator that shares no code."""
    network = Network(inputs=3, layers=(Layer(4, "tanh"), Layer(2, "sigmoid")), loss=Loss("half_squared_error", reduction="mean"))
    random = numpy.random.default_rng(5)
    values = {"x": random.normal(size=(20, 3)), "y": random.uniform(size=(20, 2)), "W1": random.normal(size=(4, 3))}
    values |= {"b1": random.normal(size=4), "W2": random.normal(size=(2, 4)), "b2": random.normal(size=2)}
    np = autograd.numpy

    def objective(own: Any) -> Any:
        hidden = np.tanh(np.dot(own["x"], own["W1"].T) + own["b1"])
        output = 1 / (1 + np.exp(-(np.dot(hidden, own["W2"].T) + own["b2"])))
        return np.sum((output - own["y"]) ** 2) / 2 / 20

    true = autograd.grad(objective)(values)
    for backend in (None, "math", "numpy", *(["c"] if HAS_C else [])):
        found = derive(network, by=tuple(values)).lambdify(backend)(values)
        assert_same(found, (objective(values), {name: true[name] for name in found[1]}), 1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_before_the_first_step_is_zero(backend: str | None) -> None:
    """Of a network without values; else what is passed."""
    network = Network.from_equations("h[t] = w*x[t] + u*h[t-1]\nE = h[2]**2", objective="E", steps=2)
    function = derive(network, by=["w", "u"]).lambdify(backend)
    loss, gradient = function(x=[1.0, 2.0], w=3.0, u=0.5)
    assert (loss, gradient) == (7.5**2, {"w": 2 * 7.5 * 2.5, "u": 2 * 7.5 * 3})
    assert function({"h[0]": 2.0}, x=[1.0, 2.0], w=3.0, u=0.5)[0] == 8.0**2
    arrays = Network.from_equations("h[t] = U @ h[t-1] + x[t]\nE = sum(h[2])", objective="E", steps=2, shapes={"U": (2, 2), "x": 2})
    loss, gradient = derive(arrays, by=["U"]).lambdify(backend)(U=numpy.eye(2) * 2, x=[[1, 2], [3, 4]])
    assert loss == 2 * 3 + 7 and gradient["U"].tolist() == [[1, 2], [1, 2]]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("count", [1, 3, 20])
def test_a_penalty_counts_once(count: int, backend: str | None) -> None:
    """Whatever the number of samples, and whatever samples the network has of its own. The data's loss is zero here."""
    unit = Unit("o", {"x": "w"}, "sigmoid", bias="b")
    loss = Loss("half_squared_error", {"o": "y"}, l1={"b": 3}, l2={"w": 2})
    values = {"w": 1, "b": 0}
    for samples in ((), [{"x": 0, "y": 0.5}] * 3):
        function = derive(Network(inputs=("x",), units=(unit,), loss=loss, values=values, samples=samples)).lambdify(backend)
        assert function(x=[0.0] * count, y=[0.5] * count) == function(x=0.0, y=0.5) == (1.0, {"w": 2.0, "b": 0.0})
        flat = function.flat(x=[0.0] * count, y=[0.5] * count)
        assert flat([2.0, 0.0])[0] == 4.0
    layers = (Layer(2, "sigmoid"),)
    network = Network(inputs=2, layers=layers, loss=Loss("half_squared_error", l2={"W1": 2}))
    found, gradient = derive(network).lambdify(backend)(W1=numpy.eye(2), b1=[0, 0], x=[[0, 0]] * count, y=[[0.5, 0.5]] * count)
    assert found == 2 and gradient["W1"].tolist() == [[2, 0], [0, 2]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_softmax_of_units_over_samples(backend: str | None) -> None:
    units = tuple(Unit(name, {"x": f"w{name}"}, "softmax") for name in "abc")
    network = Network(inputs=("x",), units=units, loss=Loss("cross_entropy", {name: f"y{name}" for name in "abc"}))
    function = derive(network).lambdify(backend)
    powers = numpy.exp([1.0, 2.0, 3.0])
    given = {"wa": 1, "wb": 2, "wc": 3, "yb": 0, "yc": 0}
    expected = -math.log(powers[0] / powers.sum())
    assert function(given, x=1, ya=1)[0] == pytest.approx(expected, rel=1e-15)
    loss, gradient = function(given, x=[1.0] * 40, ya=[1.0] * 40)
    assert loss == pytest.approx(40 * expected, rel=1e-14)
    assert list(gradient.values()) == pytest.approx(list(40 * (powers / powers.sum() - [1, 0, 0])), rel=1e-13)


def test_single_precision_of_scalars_and_vectors() -> None:
    """A sample alone, too, is computed in it, and a vector comes to it."""
    single, double = derive(load("chain")).lambdify(dtype="float32"), derive(load("chain")).lambdify()
    assert single()[0] != double()[0] and single()[0] == pytest.approx(double()[0], rel=1e-4)
    assert all(type(own) is float for own in single()[1].values())
    function = derive(Network.from_equations("E = sum(tanh(W @ v)**2)", objective="E", shapes={"W": (2, 3), "v": 3})).lambdify(
        dtype="float32"
    )
    values = {"W": [[1.0, 2.0, 0.5], [0.1, 0.2, 0.3]], "v": [0.3, -0.2, 0.1]}
    flat = function.flat(values)
    assert flat(flat.start)[0] == function(values)[0]
    assert flat.vector(function(values)[1]) == pytest.approx(flat(flat.start)[1], rel=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_no_values(backend: str | None) -> None:
    for name in ("chain", "perceptron"):
        assert "expected values by name, a dict say, found an array" in message(derive(load(name)).lambdify(backend), [1, 2])
    recurrent = Network.from_equations("h[t] = w*x[t] + h[t-1]\nE = h[-1]", objective="E", steps=3)
    text = "'x' has a value at each of the 3 steps; pass a list of them"
    assert text in message(derive(recurrent).lambdify(backend), x=0.5, w=1.0)
    chain = derive(load("chain"), by=["x_i", "w_j"]).lambdify(backend)
    assert "'x_i' has a value for each sample, and a vector one for all" in message(chain.flat, x_i=[1.0, 2.0])
    assert derive(load("chain")).lambdify(backend)(x_i=numpy.array(1.0)) == derive(load("chain")).lambdify(backend)(x_i=1.0)


def test_constant_factors() -> None:
    """A number of several parts is made where it is used."""
    for text, factor in (
        ("sum(v*(2 + 3)**2)", 25.0),
        ("sum(v*tanh(0.5)**2)", math.tanh(0.5) ** 2),
        ("sum(v/(1 + (-0.5)**2))", 0.8),
    ):
        network = Network.from_equations(f"E = {text}", objective="E", shapes={"v": 3})
        loss, gradient = derive(network).lambdify()(v=[1.0, 2.0, 3.0])
        assert loss == pytest.approx(6 * factor, rel=1e-15) and gradient["v"] == pytest.approx([factor] * 3, rel=1e-15)


def test_a_shared_bias_in_a_vector() -> None:
    network = Network(inputs=2, layers=(Layer(2, "tanh", "shared"),), loss=Loss("half_squared_error"))
    given = {"W1": numpy.eye(2), "b1": 0.1, "x": [[1, 2]] * 3, "y": [[0, 1]] * 3}
    for backend in (None, "math", "numpy"):
        function = derive(network).lambdify(backend)
        flat = function.flat(given)
        assert flat(flat.start)[0] == pytest.approx(function(given)[0], rel=1e-14)
