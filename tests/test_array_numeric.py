"""Functions, source and evaluation of networks of arrays: against automatic differentiation, at both levels and in batches."""

from __future__ import annotations

import itertools
import json
import math
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

import numpy
import pytest
import sympy

pytest.importorskip("autograd")

import autograd
import autograd.numpy
from random_layers import (
    ACTIVATIONS,
    LOSSES,
    OPERATIONS,
    EquationsCase,
    LayersCase,
    layers_case,
    random_equations,
    random_layers,
)
from test_architecture import heavy_modules
from test_numeric import message

from symbackprop import functions, load, losses
from symbackprop.array_program import Linear
from symbackprop.arrays import Array
from symbackprop.derivation import Derivation, derive
from symbackprop.expansion import entries_of, expanded
from symbackprop.layered import all_shapes
from symbackprop.network import Layer, Loss, Network
from symbackprop.numeric import array_runtime, evaluate, kernels, runtime
from symbackprop.numeric.array_function import part_of
from symbackprop.numeric.compiled import compiled
from symbackprop.numeric.source import OPERATIONS as OPERATIONS_OF_SAFE_FORMS
from symbackprop.plain_text import plain_text
from symbackprop.program import WeightedSum
from symbackprop.second_order import derive_twice
from symbackprop.tree import Number, derivative_name, product

TOLERANCE = 1e-12

BACKENDS = {"unit": "math", "matrix": "numpy"}  # at that level


def relative_errors(found: Mapping[str, Any], true: Mapping[str, Any]) -> dict[str, float]:
    """The measure of test_derivatives, |a − b| / max(|a|, |b|, a thousandth of the largest true one): the worst entry of each."""
    assert found.keys() <= true.keys()
    floor = max(float(numpy.abs(value).max()) for value in true.values()) / 1000 or 1.0
    errors = {}
    for name in found:
        one, two = numpy.asarray(found[name], dtype=float), numpy.asarray(true[name], dtype=float)
        assert one.shape == two.shape, name
        errors[name] = float((numpy.abs(one - two) / numpy.maximum(numpy.maximum(numpy.abs(one), numpy.abs(two)), floor)).max())
    return errors


def assert_close(found: Mapping[str, Any], true: Mapping[str, Any]) -> None:
    wrong = {name: error for name, error in relative_errors(found, true).items() if not error <= TOLERANCE}
    assert not wrong, {name: (found[name], true[name], error) for name, error in wrong.items()}


# Layers.


def true_partials(case: LayersCase) -> dict[str, Any]:
    """∂E by every given symbol, and by every net input and output of each sample."""
    np = autograd.numpy
    inner = {f"{kind}{number}": case.widths[number] for number in range(1, case.depth + 1) for kind in "sz"}
    shifts = [{name: numpy.zeros(width) for name, width in inner.items()} for _ in range(case.samples or 1)]

    def objective(point: Any) -> Any:
        return case.objective(np, point[0], point[1] if case.samples is not None else point[1][0])

    given, shifted = autograd.grad(objective)([dict(case.values), shifts])
    by_sample = {name: numpy.array([own[name] for own in shifted]) for name in inner}
    return {**given, **{name: partial if case.samples is not None else partial[0] for name, partial in by_sample.items()}}


def regrouped(network: Network, derivatives: Mapping[str, Any], names: Any) -> dict[str, Any]:
    """Derivatives by entries as arrays; the axis over samples goes first."""
    shapes = all_shapes(network)
    found = {}
    for name in names:
        own = numpy.array([derivatives[entry] for entry in entries_of([name], shapes)])
        found[name] = numpy.moveaxis(own, 0, -1).reshape((*own.shape[1:], *shapes.get(name, ())))
    return found


def batch_gradient(network: Network, case: LayersCase, names: tuple[str, ...]) -> dict[str, Any]:
    """The gradient by the batch form in the network's own layout, straight from the generated function."""
    derivation = derive(network, by=names, level="matrix", batch="N")
    function = compiled(derivation, [derivative_name("E", name) for name in names], "batch")
    turned = (lambda data: data) if case.layout == "row" else numpy.transpose
    values = {name: numpy.asarray(value) for name, value in case.values.items()}
    data = {name: turned(numpy.atleast_2d(values[name])) for name in ("x", "y")}
    results = function.function(*({**values, **data}[name] for name in function.arguments))
    found = {name: turned(own) if name in data else own for name, own in zip(names, results, strict=True)}
    return {name: own[0] if name in data and case.samples is None else own for name, own in found.items()}


def compare_everywhere(case: LayersCase) -> None:
    """Unit level, matrix level sample by sample, and in a batch: all partials of all symbols are the true ones."""
    network = case.network()
    true = true_partials(case)
    parameters = {*case.values} - {"x", "y", *case.frozen}

    matrix = evaluate(network)
    assert matrix.objective == pytest.approx(float(case.objective(numpy, case.values)), rel=1e-13)
    assert_close({name: matrix.derivatives[name] for name in true}, true)
    assert matrix.gradient == {name: matrix.derivatives[name] for name in parameters}

    unit = evaluate(expanded(network))
    assert unit.objective == pytest.approx(matrix.objective, rel=1e-13)
    assert_close(regrouped(network, unit.derivatives, true), true)

    for backend in ("math", "numpy"):
        loss, gradient = derive(network).lambdify(backend)()
        assert loss == pytest.approx(matrix.objective, rel=1e-13)
        assert gradient.keys() == parameters
        assert_close(gradient, true)
    if network.loss is not None and network.loss.function:
        assert_close(batch_gradient(network, case, tuple(case.values)), true)


def compare_batch(case: LayersCase) -> None:
    assert_close(batch_gradient(case.network(), case, tuple(case.values)), true_partials(case))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_with_every_loss(activation: str, loss: str) -> None:
    random = Random(f"{activation} {loss}")
    inner = random.choice(list(ACTIVATIONS))
    case = layers_case(random, (inner, activation), loss, random.choice([None, 3]), reduction=random.choice(["sum", "mean"]))
    compare_everywhere(case)


SEEDS = range(60)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_layers(seed: int) -> None:
    compare_everywhere(random_layers(Random(seed)))


def test_random_layers_cover_everything() -> None:
    seen: set[Any] = set()
    for seed in SEEDS:
        case = random_layers(Random(seed))
        seen |= {case.loss, case.reduction, case.layout, case.samples, len(case.activations), *case.activations, *case.biases}
        seen |= {("width", width) for width in case.widths}
        seen |= {"l1"} if case.l1 else set()
        seen |= {"l2"} if case.l2 else set()
        seen |= {"frozen"} if case.frozen else set()
        seen |= {"softmax with cross-entropy"} if (case.activations[-1], case.loss) == ("softmax", "cross_entropy") else set()
    kinds = {"sum", "mean", "row", "column", "unit", "shared", "none", None, 1, 2, 3, 4, 5, "l1", "l2", "frozen"}
    kinds |= {("width", width) for width in range(1, 6)} | {"softmax with cross-entropy"}
    assert seen == {*ACTIVATIONS, *LOSSES, *kinds}
    assert {*losses.LOSSES} < {*LOSSES}
    assert {*functions.ACTIVATIONS} < {*ACTIVATIONS}


# Array equations.


def compare_equations(case: EquationsCase) -> None:
    true = autograd.grad(lambda point: case.objective(autograd.numpy, point))(dict(case.values))
    network = case.network()
    matrix = evaluate(network)
    assert matrix.objective == pytest.approx(float(case.objective(numpy, case.values)), rel=1e-12)
    assert matrix.gradient.keys() == true.keys()
    assert_close(matrix.gradient, true)
    for level in ("unit", "matrix"):
        objective, gradient = derive(network, level=level).lambdify(BACKENDS[level])()
        assert objective == pytest.approx(matrix.objective, rel=1e-13)
        assert_close(gradient, true)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_of_arrays(operation: str) -> None:
    for seed in range(2):
        compare_equations(random_equations(Random(f"{operation} {seed}"), operation))


@pytest.mark.parametrize("seed", range(40))
def test_random_equations(seed: int) -> None:
    compare_equations(random_equations(Random(seed)))


def test_equations_over_samples() -> None:
    """Equations are computed sample by sample; each partial is the sum, or the mean, of what each sample gives."""
    text = "h = tanh(W @ x + b)\nA = outer(h, x)\nE = sum(A**2)/2 + mean(h) + sum(c**2)"
    random = numpy.random.default_rng(1)
    fixed = {"W": random.normal(size=(3, 2)), "b": random.normal(size=3), "c": random.normal(size=2)}
    xs = random.normal(size=(4, 2))

    def total(point: Any) -> Any:
        np = autograd.numpy
        h = [np.tanh(np.dot(point["W"], x) + point["b"]) for x in point["x"]]
        pairs = zip(h, point["x"], strict=True)
        each = [np.sum(np.outer(own, x) ** 2) / 2 + np.mean(own) + np.sum(point["c"] ** 2) for own, x in pairs]
        return sum(each) / point["share"]

    for reduction, share in (("sum", 1.0), ("mean", 4.0)):
        settings: Any = {"inputs": ("x",), "shapes": {"x": 2}, "reduction": reduction}
        network = Network.from_equations(text, values={**fixed, "x": xs}, **settings)
        true = autograd.grad(total)({**fixed, "x": xs, "share": share})
        true.pop("share")
        found = evaluate(network)
        assert_close({name: found.derivatives[name] for name in true}, true)
        for level in ("unit", "matrix"):
            function = derive(network, by=("W", "b", "c", "x"), level=level).lambdify(BACKENDS[level])
            assert_close(function()[1], true)
            assert_close(function(x=xs)[1], true)
            alone = function(x=xs[0])
            assert alone[0] == pytest.approx(found.values["E"][0], rel=1e-13)  # type: ignore[index]
            assert alone[1]["x"].shape == (2,)


@pytest.mark.parametrize("level", ["unit", "matrix", "batch"])
def test_a_wrong_gradient_is_found(level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison fails where a share is wrong in the ninth digit, at each of the levels."""
    case = layers_case(Random(5), ("tanh", "sigmoid"), "half_squared_error", 3, ("unit", "unit"))
    compare_everywhere(case)
    wrong = Number(Fraction(1_000_000_001, 1_000_000_000))
    if level == "unit":
        true_partials_of = WeightedSum.partials
        slightly = lambda self, needed: ((name, product([wrong, own])) for name, own in true_partials_of(self, needed))  # noqa: E731
        monkeypatch.setattr(WeightedSum, "partials", slightly)
    else:
        through = Linear._through_product
        monkeypatch.setattr(Linear, "_through_product", lambda self, *own: tuple(product([wrong, t]) for t in through(self, *own)))
    compare = compare_everywhere if level != "batch" else compare_batch
    with pytest.raises(AssertionError):
        compare(case)


# The function of arrays.


def perceptron(**keywords: Any) -> Network:
    """2-3-2, with three samples."""
    values = {
        "x": [[0.5, -1.25], [1, 2], [0, -0.75]],
        "y": [[1, 0], [0.5, 0.25], [0, 1]],
        "W1": [[0.1, 0.2], [-0.3, 0.4], [0.5, -0.6]],
        "b1": [0.1, -0.2, 0.3],
        "W2": [[0.3, -0.2, 0.1], [1, -2, 0.5]],
        "b2": 0.5,
        "learning_rate": 0.25,
    }
    layers = (Layer(3, "tanh"), Layer(2, "sigmoid", "shared"))  # type: ignore[arg-type]
    settings: Any = {"inputs": 2, "layers": layers, "loss": Loss("half_squared_error", reduction="mean"), "values": values}
    return Network(**(settings | keywords))


def same(one: Any, two: Any) -> bool:
    """Whether two results of a function, objective and gradient, are equal but for rounding."""
    if one[0] != pytest.approx(two[0], rel=1e-14):
        return False
    pairs = [(own[name], other[name]) for own, other in zip(one[1:], two[1:], strict=True) for name in {**own, **other}]
    return all(numpy.allclose(own, other, rtol=1e-13, atol=1e-15) for own, other in pairs)


@pytest.mark.parametrize("backend", ["math", "numpy"])
def test_what_a_value_may_be(backend: str) -> None:
    function = derive(perceptron()).lambdify(backend)
    weights = numpy.array([[1.0, 2.0], [-3.0, 0.0], [4.0, 5.0]])
    expected = function({"W1": weights})
    read_only = weights.copy()
    read_only.flags.writeable = False
    strided = numpy.zeros((6, 4))
    strided[::2, ::2] = weights
    others = [
        weights.tolist(), [[1, 2], (-3, Fraction(0)), [4, 5]], weights.astype(numpy.int8), weights.astype(numpy.float32),
        numpy.asfortranarray(weights), read_only, strided[::2, ::2], weights.astype(object), sympy.Matrix(weights.astype(int)),
    ]  # fmt: skip
    for other in others:
        assert same(function({"W1": other}), expected)
        assert same(function(W1=other), expected)
    assert not same(function(), expected)
    assert function(b2=numpy.int64(2))[0] == function(b2=[2][0])[0] == function(b2=numpy.array(2.0))[0]


def test_results_are_the_caller_s() -> None:
    """Changing what comes out changes neither what went in nor the next result."""
    network = Network.from_equations("f = x @ v + sum(A*B)", shapes={"x": 2, "v": 2, "A": (2, 2), "B": (2, 2)})
    given = {"x": numpy.array([1.0, 2.0]), "v": numpy.array([3.0, 4.0]), "A": numpy.eye(2), "B": numpy.ones((2, 2))}
    before = {name: value.copy() for name, value in given.items()}
    for level in ("unit", "matrix"):
        function = derive(network, level=level).lambdify(BACKENDS[level])
        objective, gradient = function(given)
        assert objective == 1 * 3 + 2 * 4 + 2
        for own in gradient.values():
            own += 100.0
        assert all((given[name] == before[name]).all() for name in given)
        assert (function(given)[1]["x"] == before["v"]).all()


@pytest.mark.parametrize("backend", ["math", "numpy", None])
def test_one_function_for_any_number_of_samples(backend: str | None) -> None:
    function = derive(perceptron(), by=("W1", "b1", "W2", "b2", "x", "y", "s1")).lambdify(backend)
    x, y = (numpy.array(perceptron().samples[0][name].nested()) for name in "xy")
    xs, ys = (numpy.array([sample[name].nested() for sample in perceptron().samples]) for name in "xy")
    assert same(function(), function(x=xs, y=ys))
    each = [function(x=one, y=two) for one, two in zip(xs, ys, strict=True)]
    objective, gradient = function()
    assert objective == pytest.approx(sum(own for own, _ in each) / 3, rel=1e-14)
    for name in ("W1", "b1", "W2", "b2"):
        assert numpy.allclose(gradient[name], sum(own[name] for _, own in each) / 3, rtol=1e-13)
    for name in ("x", "y", "s1"):  # each sample's own, with its share
        assert numpy.allclose(gradient[name], numpy.array([own[name] for _, own in each]) / 3, rtol=1e-13)
    assert same(function(x=numpy.tile(xs, (50, 1)), y=numpy.tile(ys, (50, 1)))[:1], (objective,))
    one_row = function(x=[x], y=[y])
    assert one_row[1]["x"].shape == (1, 2)
    assert function(x=x, y=y)[1]["x"].shape == (2,)
    # One target for all samples: its partial is the total.
    together = function(x=xs, y=y)
    assert numpy.allclose(together[1]["y"], sum(function(x=one, y=y)[1]["y"] for one in xs) / 3, rtol=1e-13)
    assert isinstance(together[1]["b2"], float)


@pytest.mark.parametrize("level", ["unit", "matrix"])
def test_partials_have_the_shape_of_their_symbol(level: str) -> None:
    """Where broadcasting would do, and where the objective does not depend on the symbol at all."""
    text = "a = sum(A) + sum(v, 0)\nb = sum(B @ v)\nc = A + v\nd = sum(c, 0) @ w\nf = a + d"
    shapes = {"A": (2, 3), "v": 3, "B": (2, 3), "w": 3, "m": (1, 3)}
    values = {name: numpy.ones(shape) for name, shape in shapes.items() if name != "m"}
    network = Network.from_equations(text, objective="f", values=values)
    names = ("A", "v", "B", "w", "c", "b")
    _, gradient = derive(network, by=names, level=level).lambdify(BACKENDS[level])()
    assert {name: numpy.shape(own) for name, own in gradient.items()} == {
        "A": (2, 3), "v": (3,), "B": (2, 3), "w": (3,), "c": (2, 3), "b": (),
    }  # fmt: skip
    assert (gradient["A"] == 2).all() and (gradient["v"] == 3).all() and (gradient["w"] == 4).all()
    assert (gradient["B"] == 0).all() and gradient["b"] == 0


def test_derivations_of_entries() -> None:
    network = perceptron()
    function = derive(network, of="z1[1]", by=["W1[1][0]", "W1[0][0]", "b1"], level="unit").lambdify()
    objective, gradient = function(x=[0.5, -1])
    z = math.tanh(-0.3 * 0.5 + 0.4 * -1 - 0.2)
    assert objective == pytest.approx(z, rel=1e-15)
    assert list(gradient) == ["W1[1][0]", "W1[0][0]", "b1"]
    assert gradient["W1[1][0]"] == pytest.approx((1 - z * z) * 0.5, rel=1e-14)
    assert gradient["W1[0][0]"] == 0
    assert gradient["b1"] == pytest.approx([0, 1 - z * z, 0], rel=1e-14)


def test_second_derivatives() -> None:
    """A row of the Hessian against central differences of the gradient, extrapolated from two steps."""
    network = perceptron()
    function = derive(network).lambdify()
    second = derive_twice(network, "W1[1][0]", [f"b1[{index}]" for index in range(3)]).lambdify()
    value, row = second()
    assert value == pytest.approx(function()[1]["W1"][1, 0], rel=1e-13)
    b1 = numpy.array([0.1, -0.2, 0.3])

    def slope(index: int, step: float) -> float:
        moved = step * numpy.eye(3)[index]
        return (function(b1=b1 + moved)[1]["W1"][1, 0] - function(b1=b1 - moved)[1]["W1"][1, 0]) / (2 * step)

    expected = [(4 * slope(index, 5e-4) - slope(index, 1e-3)) / 3 for index in range(3)]
    assert row["b1"] == pytest.approx(expected, rel=1e-8)


def test_recurrence_of_arrays() -> None:
    """A vanilla recurrent network against automatic differentiation through its steps."""
    network = load("rnn")
    found = evaluate(network)
    np = autograd.numpy
    given = {name: numpy.array(value.nested()) for name, value in network.values.items() if name not in ("x", "y")}  # type: ignore[union-attr]
    xs, ys = (numpy.array(network.values[name].nested()) for name in "xy")  # type: ignore[union-attr]

    def objective(point: Any) -> Any:
        h, total = numpy.zeros(2), 0.0
        for x, y in zip(xs, ys, strict=True):
            h = np.tanh(np.dot(point["W_xh"], x) + np.dot(point["W_hh"], h) + point["b_h"])
            total = total + np.sum((np.dot(point["W_hy"], h) + point["b_y"] - y) ** 2) / 2
        return total

    assert found.objective == pytest.approx(objective(given), rel=1e-14)
    assert_close(found.gradient, autograd.grad(objective)(given))
    assert len(found.values["h[3]"]) == 2  # type: ignore[arg-type]
    for level in ("unit", "matrix"):
        assert_close(derive(network, level=level).lambdify(BACKENDS[level])()[1], autograd.grad(objective)(given))


# The source.


def test_source_is_readable() -> None:
    """Every array into room of its own; the same room is read by all that is the same."""
    assert (
        derive(perceptron()).lambdify("numpy").source
        == """from numpy import (
    absolute, add, array, divide, dot, empty, errstate, exp, fmin, multiply, negative, ones, reciprocal, subtract, tanh, vdot,
)


def make(N, dtype):
    s1 = empty((N, 3), dtype)
    z1 = empty((N, 3), dtype)
    minus_two = array(-2.0, dtype)
    one = array(1.0, dtype)
    four = array(4.0, dtype)
    z1_rest = empty((N, 3), dtype)
    z1_rest_part = empty((N, 3), dtype)
    s2 = empty((N, 2), dtype)
    z2_power = empty((N, 2), dtype)
    z2 = empty((N, 2), dtype)
    z2_rest = empty((N, 2), dtype)
    E_part = empty((N, 2), dtype)
    constant = array(1.0/N, dtype)
    dE_dz2 = empty((N, 2), dtype)
    dz2_ds2 = empty((N, 2), dtype)
    delta_2 = empty((N, 2), dtype)
    delta_2_T = delta_2.T
    dE_dz1 = empty((N, 3), dtype)
    delta_1 = empty((N, 3), dtype)
    delta_1_T = delta_1.T
    ones_here = ones(N, dtype)

    @errstate(all="ignore")
    def objective_and_gradient(x, W1, b1, W2, b2, y, dE_dW1, dE_db1, dE_dW2):
        dot(x, W1.T, s1)
        add(s1, b1, s1)
        tanh(s1, z1)
        absolute(s1, z1_rest)
        multiply(z1_rest, minus_two, z1_rest)
        exp(z1_rest, z1_rest)
        add(z1_rest, one, z1_rest_part)
        divide(z1_rest, z1_rest_part, z1_rest)
        divide(z1_rest, z1_rest_part, z1_rest)
        multiply(z1_rest, four, z1_rest)
        dot(z1, W2.T, s2)
        add(s2, b2, s2)
        negative(s2, z2_power)
        exp(z2_power, z2_power)
        add(z2_power, one, z2)
        reciprocal(z2, z2)
        multiply(z2_power, z2, z2_rest)
        fmin(z2_rest, one, z2_rest)
        subtract(z2, y, E_part)
        E = 1.0/N*0.5*vdot(E_part, E_part)
        multiply(E_part, constant, dE_dz2)
        multiply(z2, z2_rest, dz2_ds2)
        multiply(dE_dz2, dz2_ds2, delta_2)
        dot(delta_2_T, z1, dE_dW2)
        dE_db2 = add.reduce(delta_2, None)
        dot(delta_2, W2, dE_dz1)
        # dz1_ds1 is z1_rest
        multiply(dE_dz1, z1_rest, delta_1)
        dot(delta_1_T, x, dE_dW1)
        dot(ones_here, delta_1, dE_db1)
        return (E, dE_db2)

    return objective_and_gradient
"""
    )


def test_source_runs_by_itself() -> None:
    function = derive(perceptron()).lambdify("numpy")
    arguments = "np.array([[.5, -1], [1, 2]]), np.ones((3, 2)), np.zeros(3), np.ones((2, 3)), 0.5, np.ones((2, 2))"
    outputs = "np.empty((3, 2)), np.empty(3), np.empty((2, 3))"
    call = f"make(2, float)({arguments}, {outputs})"
    script = f"import numpy as np\n{function.source}\nprint(float({call}[0]).hex())"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    values = {"W1": numpy.ones((3, 2)), "b1": [0, 0, 0], "W2": numpy.ones((2, 3)), "b2": 0.5, "y": numpy.ones((2, 2))}
    assert float.fromhex(run.stdout.strip()) == function(values, x=[[0.5, -1], [1, 2]])[0]


def test_names_that_mean_something_in_the_source() -> None:
    """Names of NumPy's module, of the runtime, and of a length that is taken from the data."""
    text = "N = np @ placed + sum(lambda_)\nE = N**2 + sum(x_)*softplus_[0] + mean(placed)"
    shapes = {"np": 2, "placed": 2, "lambda_": 3, "x_": "E_part", "softplus_": 2}
    network = Network.from_equations(text, shapes=shapes)
    given = {"np": [1, 2], "placed": [3, 4], "lambda_": [0, 0, 1], "x_": [1, 1, 1, 1], "softplus_": [2, 5]}
    objective, gradient = derive(network, level="matrix").lambdify("numpy")(given)
    assert objective == 12**2 + 4 * 2 + 3.5
    assert gradient["np"].tolist() == [24 * 3, 24 * 4]
    assert gradient["placed"].tolist() == [24 + 0.5, 48 + 0.5]
    assert gradient["x_"].tolist() == [2, 2, 2, 2]
    assert gradient["softplus_"].tolist() == [4, 0]


def test_lengths_that_are_not_given() -> None:
    layers = (Layer("m", "relu"), Layer(2, "softmax"))  # type: ignore[arg-type]
    network = Network(inputs="n", layers=layers, loss=Loss("cross_entropy", reduction="mean"))
    function = derive(network).lambdify()
    values = {
        "x": numpy.ones((5, 3)), "y": [[1, 0]] * 5,
        "W1": numpy.eye(4, 3), "b1": numpy.zeros(4), "W2": numpy.ones((2, 4)), "b2": [0, 0],
    }  # fmt: skip
    objective, gradient = function(values)
    assert objective == pytest.approx(math.log(2), rel=1e-15)
    assert gradient["W1"].shape == (4, 3)
    wider = {"x": numpy.ones(7), "y": [0, 1], "W1": numpy.ones((1, 7)), "b1": [1], "W2": [[1], [1]], "b2": [0, 0]}
    assert function(wider)[0] == pytest.approx(math.log(2), rel=1e-15)
    text = message(function, {**values, "W1": numpy.ones((4, 2))})
    assert "'W1' must be m × n, with n = 3 from x, and the value is 4 × 2" in text
    means = Network.from_equations("f = mean(v) + mean(A, 1) @ w", shapes={"v": "n", "A": ("m", "n"), "w": "m"})
    given = {"v": [1, 2, 3, 6], "A": numpy.ones((2, 4)), "w": [2, 3]}
    objective, gradient = derive(means).lambdify()(given)
    assert objective == 8
    assert gradient["v"].tolist() == [0.25] * 4
    assert gradient["A"].tolist() == [[0.5] * 4, [0.75] * 4]


# Extremes: finite wherever the true value is, and NumPy does not warn.

QUIET = pytest.mark.filterwarnings("error")


@QUIET
@pytest.mark.parametrize("name", functions.FUNCTIONS)
def test_functions_of_arrays_have_the_values_of_scalars(name: str) -> None:
    points = [
        -math.inf,
        -1e4,
        -800.0,
        -745.2,
        -40.0,
        -3.0,
        -0.5,
        -1e-9,
        -0.0,
        0.0,
        1e-9,
        0.5,
        3.0,
        40.0,
        700.0,
        800.0,
        1e4,
        math.inf,
    ]
    count = len(functions.FUNCTIONS[name].arguments)
    with numpy.errstate(all="ignore"):
        for own in itertools.product(points, repeat=count):
            expected = getattr(runtime, name)(*own)
            found = getattr(array_runtime, name)(*(numpy.array([value, 1.0]) for value in own))
            assert found.shape == (2,)
            assert found[0] == pytest.approx(expected, rel=1e-14, abs=1e-307, nan_ok=True), own
            assert float(getattr(array_runtime, name)(*map(numpy.float64, own))) == pytest.approx(float(found[0]), nan_ok=True)


@pytest.mark.parametrize("name", OPERATIONS_OF_SAFE_FORMS)
def test_operations_of_safe_forms_have_the_values_of_scalars(name: str) -> None:
    points = [-800.0, -2.0, -0.5, 0.0, 0.5, 1.0, 2.0, 800.0]
    of_one = {  # what these operations get belongs together
        "sech_squared": lambda s: (s,),
        "sigmoid_power": lambda s: (s,),
        "sigmoid_of_power": lambda s: (runtime.sigmoid_power(s),),
        "sigmoid_rest": lambda s: (runtime.sigmoid_power(s), runtime.sigmoid(s)),
        "tanh_rest": lambda s: (math.tanh(s), s),
    }
    several = itertools.product(points, repeat=3 if "softmax" in name else 2)
    with numpy.errstate(all="ignore"):
        for own in map(of_one[name], points) if name in of_one else several:
            if name in ("softmax", "log_softmax"):
                expected = [getattr(runtime, name)(value, *own) for value in own]
                found = getattr(array_runtime, name)(numpy.array([own, own]))[1].tolist()
            else:
                expected = [getattr(runtime, name)(*own)]
                found = [float(getattr(array_runtime, name)(*map(numpy.float64, own)))]
            assert found == pytest.approx(expected, rel=1e-14, abs=0, nan_ok=True), own


def single(activation: str, loss: str, samples: Any, targets: Any, **keywords: Any) -> Network:
    """One layer with the unit matrix for weights: the net inputs are the inputs."""
    width = len(samples[0])
    values = {"x": samples, "y": targets, "W1": numpy.eye(width).tolist(), "b1": [0] * width}
    return Network(inputs=width, layers=(Layer(width, activation),), loss=Loss(loss), values=values, **keywords)  # type: ignore[arg-type]


@QUIET
def test_saturated_sigmoids() -> None:
    network = single("sigmoid", "binary_cross_entropy", [[800, -800], [-800, 800], [40, -40]], [[1, 0], [1, 0.25], [1, 0]])
    expected = [0, 800 + 600, 2 * math.exp(-40)]
    for found in (evaluate(network), evaluate(expanded(network))):
        assert found.values["E"] == pytest.approx(expected, rel=1e-12, abs=0)
    objective, gradient = derive(network).lambdify()()
    assert objective == pytest.approx(sum(expected), rel=1e-12)
    assert gradient["b1"] == pytest.approx([-1 - math.exp(-40) + math.exp(-40), 0.75], abs=1e-12)


@QUIET
def test_great_logits() -> None:
    network = single("softmax", "cross_entropy", [[1e4, -1e4, 0], [50, 0, 5]], [[0, 1, 0], [1, 0, 0]])
    expected = [2e4, math.log1p(math.exp(-50) + math.exp(-45))]
    for found in (evaluate(network), evaluate(expanded(network))):
        assert found.values["E"] == pytest.approx(expected, rel=1e-12, abs=0)
    objective, gradient = derive(network).lambdify()()
    assert objective == pytest.approx(2e4, rel=1e-12)
    assert gradient["b1"] == pytest.approx([1, -1, math.exp(-45)], rel=1e-12, abs=1e-15)
    squared = single("softmax", "half_squared_error", [[1e4, -1e4, 0]], [[0, 1, 0]])
    for found in (evaluate(squared), evaluate(expanded(squared))):
        assert found.objective == 1


@QUIET
@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name.isidentifier()])
def test_every_activation_at_800(activation: str) -> None:
    network = single(activation, "half_squared_error", [[800, -800, 0]], [[0, 0, 0]])
    found = derive(network).lambdify()
    assert math.isfinite(found()[0])
    assert all(numpy.isfinite(own).all() for own in found()[1].values())


def test_what_holds_at_a_kink() -> None:
    gradient = derive(single("relu", "half_squared_error", [[0, 1]], [[1, 0]])).lambdify()()[1]
    assert gradient["b1"].tolist() == [0, 1]
    gradient = derive(single("identity", "absolute_error", [[0, 1]], [[0, 0]])).lambdify()()[1]
    assert gradient["b1"].tolist() == [0, 1]


# Evaluation.


def test_json_object() -> None:
    found = json.loads(json.dumps(evaluate(perceptron(), of="z2", wrt="b2").to_dict(), allow_nan=False))
    symbols = ["x", "W1", "b1", "W2", "b2", "y", "learning_rate", "s1", "z1", "s2", "z2", "E"]
    assert list(found["values"]) == list(found["derivatives"]) == symbols
    assert {*found["gradient"]} == {*found["updates"]} == {*found["updated"]} == {"W1", "b1", "W2", "b2"}
    for name, shape in {"W1": (3, 2), "b1": (3,), "b2": (), "s1": (3, 3), "z2": (3, 2), "E": (3,), "x": (3, 2)}.items():
        assert numpy.shape(found["values"][name]) == numpy.shape(found["derivatives"][name]) == shape
    assert found["objective"] == pytest.approx(sum(found["values"]["E"]) / 3, rel=1e-15)
    assert found["derivatives"]["E"] == [1 / 3] * 3
    assert list(found["error_signals"]) == ["1", "2"]
    assert found["error_signals"]["2"] == found["derivatives"]["s2"]
    assert found["updated"]["b1"] == [b - 0.25 * g for b, g in zip([0.1, -0.2, 0.3], found["gradient"]["b1"], strict=True)]
    assert numpy.shape(found["derivative"]) == (3, 2)
    turned = evaluate(perceptron(signal_sign=-1))
    assert_close(turned.gradient, found["gradient"])
    assert numpy.allclose(turned.error_signals["1"], -numpy.array(found["error_signals"]["1"]))
    one = evaluate(perceptron(samples=(), values={**perceptron().values, "x": [0.5, -1], "y": [1, 0]}))
    assert numpy.shape(one.values["s1"]) == (3,)
    assert one.values["E"] == one.objective


def test_frozen_parameters_are_valued_and_not_moved() -> None:
    found = evaluate(perceptron(frozen=("W1", "b2")), updates=3)
    assert found.gradient.keys() == found.updates.keys() == found.updated.keys() == {"b1", "W2"}
    assert found.values["W1"] == [[0.1, 0.2], [-0.3, 0.4], [0.5, -0.6]]
    assert numpy.abs(found.derivatives["W1"]).min() > 0  # type: ignore[arg-type]


TEXTS: Mapping[str, Any] = {
    "T": numpy.transpose, "outer": numpy.multiply.outer, "sum": numpy.sum, "sign": numpy.sign, "ones": numpy.ones,
}  # fmt: skip


@pytest.mark.parametrize("softmax", [False, True])
def test_cached_terms_have_the_printed_value(softmax: bool) -> None:
    """The expression of each C_i, computed with the printed values, gives the printed value; and C_i are the error signals."""
    layers = (Layer(3, "tanh"), Layer(2, "softmax"), Layer(2, "softmax" if softmax else "sigmoid"))  # type: ignore[arg-type]
    values = {**perceptron().values, "W3": [[1, 0.5], [-0.5, 2]], "b3": [0, 0.5], "b2": [0.5, 0], "x": [0.5, -1], "y": [1, 0]}
    network = perceptron(layers=layers, samples=(), values=values, loss=Loss("half_squared_error", l2={"W1": 0.5}))
    found = evaluate(network)
    known = {name: numpy.array(value) for name, value in found.values.items()}
    for name, entry in found.cached.items():
        known[name] = eval(entry["expression"], {**TEXTS, **known})  # type: ignore[arg-type]
        assert numpy.allclose(known[name], entry["value"], rtol=1e-13)
        assert "_upstream" not in entry["expression"]  # type: ignore[operator]
    signals = [numpy.array(entry["value"]) for entry in found.cached.values()]
    for own in found.error_signals.values():
        assert any(own_signal.shape == numpy.shape(own) and numpy.allclose(own_signal, own) for own_signal in signals)
    for level in ("unit", "matrix"):
        check_terms(derive(network, level=level), found.gradient)


def check_terms(derivation: Derivation, gradient: Mapping[str, Any]) -> None:
    """In every view the partials in cached terms have the value of the gradient."""
    numbers = evaluate(derivation.network).values
    for kind in ("factors", "signals", "none"):
        view = derivation.terms(kind)
        known = {_flat_name(name): numpy.array(value) for name, value in numbers.items()}
        texts = {"exp": numpy.exp, "abs": numpy.abs, **TEXTS}
        for term in view.terms:
            known[term.name] = eval(_flat_name(plain_text(derivation.in_outputs(term.tree))), {**texts, **known})
        for name in derivation.parameters:
            own = eval(_flat_name(plain_text(derivation.in_outputs(view.partial(name)))), {**texts, **known})
            base, index = part_of(name, all_shapes(derivation.given))
            assert numpy.allclose(own, numpy.array(gradient[base])[index], rtol=1e-12, atol=1e-15), (kind, name)


def _flat_name(text: str) -> str:
    return re.sub(r"(?<=[a-zA-Z0-9])\[(\d+)\](?:\[(\d+)\])?", r"_\1_\2", text)


def forward_of_perceptron(np: Any, point: Mapping[str, Any], fixed: Mapping[str, Any]) -> dict[str, Any]:
    """What `perceptron` defines, some of it ``fixed``: to differentiate by."""
    found: dict[str, Any] = {}
    for name, formula in {
        "s1": lambda: np.dot(point["W1"], point["x"]) + point["b1"],
        "z1": lambda: np.tanh(found["s1"]),
        "s2": lambda: np.dot(point["W2"], found["z1"]) + point["b2"],
        "z2": lambda: 1 / (1 + np.exp(-found["s2"])),
    }.items():
        found[name] = fixed[name] if name in fixed else formula()
    return found


JACOBIANS = [
    ("z2", "W1"), ("z2", "x"), ("s2", "z1"), ("z1", "z1"), ("z2", "b2"), ("z2[1]", "W1[2][0]"), ("z1", "b1[1]"), ("z2[0]", "W1"),
    ("s1", "W1[1]"), ("z1", "W2"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Output seems independent")
@pytest.mark.parametrize(("of", "wrt"), JACOBIANS)
def test_derivative_of_arrays_by_arrays(of: str, wrt: str) -> None:
    """Jacobians in the shape of the one followed by that of the other, for each sample."""
    network = perceptron()
    given = {name: numpy.array(value.nested()) for name, value in network.values.items() if isinstance(value, Array)} | {"b2": 0.5}
    shapes = {**all_shapes(network), "b2": ()}
    own, row = part_of(of, shapes)
    read, column = part_of(wrt, shapes)
    picked = (*[slice(None)] * (len(shapes[own]) - len(row)), *column)
    expected = []
    for sample in network.samples:
        point = {**given, "x": numpy.array(sample["x"].nested())}  # type: ignore[union-attr]
        point |= forward_of_perceptron(numpy, point, {})
        moved = lambda value, point=point: forward_of_perceptron(autograd.numpy, {**point, read: value}, {read: value})[own]  # noqa: E731
        expected.append(autograd.jacobian(moved)(numpy.array(point[read], dtype=float))[row][picked])
    found = evaluate(network, of=of, wrt=wrt)
    assert (found.of, found.wrt) == (of, wrt)
    assert_close({"derivative": found.derivative}, {"derivative": numpy.array(expected)})
    if not row or not column:
        return
    alone = derive(network, of=of, by=[wrt], level="unit").lambdify()
    for sample, own_derivative in zip(network.samples, expected, strict=True):
        assert alone(x=sample["x"])[1][wrt] == pytest.approx(float(own_derivative), rel=1e-13)


def test_derivative_of_the_objective_by_entries() -> None:
    found = evaluate(perceptron())
    assert evaluate(perceptron(), wrt="W1[2][0]").derivative == found.gradient["W1"][2][0]
    assert evaluate(perceptron(), of="E", wrt="W1[2]").derivative == found.gradient["W1"][2]
    assert evaluate(perceptron(), wrt="z1[1]").derivative == [own[1] for own in found.derivatives["z1"]]  # type: ignore[union-attr,index]
    assert evaluate(perceptron(), wrt="learning_rate").derivative == 0
    assert evaluate(perceptron(), of="z2", wrt="learning_rate").derivative == [0, 0]
    penalised = perceptron(loss=Loss("half_squared_error", l2={"W1": 1}))
    assert evaluate(penalised, of="E_penalty", wrt="W1[0]").derivative == [
        0.1 / 3,
        0.2 / 3,
    ]


# Updates.


@pytest.mark.parametrize("ascent", [False, True])
def test_updates_are_those_of_the_true_gradient(ascent: bool) -> None:
    case = layers_case(Random(3), ("tanh", "softmax"), "cross_entropy", 4, reduction="mean", l2={"W1": 0.25})
    point = dict(case.values)
    for _ in range(5):
        slopes = autograd.grad(lambda own: case.objective(autograd.numpy, own))(point)
        point |= {name: point[name] + (0.5 if ascent else -0.5) * slopes[name] for name in case.network().parameters}
    found = evaluate(
        case.network(values={**{k: v.tolist() for k, v in case.values.items()}, "learning_rate": 0.5}, ascent=ascent), 5
    )
    assert_close({name: found.values[name] for name in case.network().parameters}, point)
    assert found.objective == pytest.approx(float(case.objective(numpy, point)), rel=1e-13)
    nothing = evaluate(case.network(learning_rate=Number(Fraction(1, 2))))
    assert nothing.to_dict() == evaluate(case.network(learning_rate=Number(Fraction(1, 2))), updates=0).to_dict()


def test_an_update_is_one_call_for_all_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    compile_once = kernels.compiled

    def counted(*arguments: Any, **keywords: Any) -> Any:
        made = compile_once(*arguments, **keywords)
        calls.append(arguments[2])
        return replace(made, function=lambda *row: calls.append("call") or made.function(*row))

    monkeypatch.setattr(kernels, "compiled", counted)
    evaluate(perceptron(), updates=7)
    assert calls == ["objective_and_gradient", *["call"] * 7]


def test_updates_lower_the_loss_of_a_wide_network() -> None:
    random = numpy.random.default_rng(2)
    labels = numpy.eye(10)[random.integers(0, 10, 16)].astype(int)
    values = {
        "x": random.normal(size=(16, 40)).round(3), "y": labels, "learning_rate": 0.5, "b1": [0] * 30, "b2": [0] * 10,
        "W1": random.normal(size=(30, 40)).round(3) / 8, "W2": random.normal(size=(10, 30)).round(3) / 8,
    }  # fmt: skip
    layers = (Layer(30, "relu"), Layer(10, "softmax"))  # type: ignore[arg-type]
    network = Network(inputs=40, layers=layers, loss=Loss("cross_entropy", reduction="mean"), values=values)
    assert evaluate(network, updates=200).objective < 0.05 < evaluate(network).objective


# Errors: one line that names the symbol, its shape and the expected one.


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"W1": [[1, 2, 3], [4, 5, 6]]}, "'W1' must be 3 × 2, and the value is 2 × 3"),
        ({"W1": numpy.ones((4, 3, 2))}, "'W1' must be 3 × 2, and the value is 4 × 3 × 2"),
        ({"b1": 1}, "'b1' must be a vector of 3, and the value is a scalar"),
        ({"b2": [1, 2, 3]}, "'b2' must be a scalar, and the value is a vector of 3"),
        ({"x": [1, 2, 3]}, "'x' must be a vector of 2 or N × 2 for N samples, and the value is a vector of 3"),
        ({"x": numpy.ones((5, 3))}, "'x' must be a vector of 2 or N × 2 for N samples, and the value is 5 × 3"),
        ({"x": []}, "'x' must be a vector of 2"),
        ({"x": numpy.ones((0, 2))}, "the value is 0 × 2"),
        ({"x": [[1, 2], [3, 4]]}, "arrays over samples must be of one length (y: 3, x: 2)"),
        ({"x": [[1, 2], [3]]}, "value of 'x': the rows of an array must be of one length"),
        ({"x": ["1", "2"]}, "value of 'x': expected numbers, found '1'"),
        ({"x": [True, False]}, "value of 'x': expected numbers, found true"),
        ({"x": [1, None]}, "value of 'x': expected a number, found nothing"),
        ({"x": [1, 2j]}, "value of 'x': expected numbers"),
        ({"x": [1, math.nan]}, "value of 'x': expected finite numbers, found nan"),
        ({"x": numpy.array([1, -math.inf])}, "value of 'x': expected finite numbers, found -inf"),
        ({"x": [10**400, 1]}, "value of 'x'"),
        ({"x": {"a": 1}}, "value of 'x'"),
        ({"b2": "0.5"}, "value of 'b2': expected numbers, found '0.5'"),
        ({"w1": 1}, "'w1' is no given symbol of the network; known: W1"),
        ({"z1": [1, 2, 3]}, "'z1' is no given symbol of the network"),
    ],
)
def test_wrong_values(values: Any, words: str) -> None:
    for level in ("unit", "matrix"):
        assert words in message(derive(perceptron(), level=level).lambdify(BACKENDS[level]), values)


def test_missing_values() -> None:
    network = perceptron(values={"W1": numpy.ones((3, 2)), "b2": 1})
    assert "x, b1, W2, y have no values" in message(derive(network).lambdify())
    assert "x, b1, W2, y have no values" in message(evaluate, network)
    assert "y has no value" in message(derive(network).lambdify(), x=[1, 2], b1=[1, 2, 3], W2=numpy.ones((2, 3)))


def test_targets_of_softmax_add_up_to_one() -> None:
    """The gradient z − y is for such targets only; numbers of single precision are near enough."""
    function = derive(single("softmax", "cross_entropy", [[1, 2]], [[1, 0]])).lambdify()
    assert "must add up to 1, and add up to 0.9" in message(function, y=[0.5, 0.4])
    assert "value of 'y'" in message(function, y=[[1, 0], [1, 1]], x=[[1, 2], [1, 2]])
    thirds = numpy.array([1 / 3, 2 / 3], dtype=numpy.float32)
    assert function(y=thirds)[0] == pytest.approx(function(y=[1 / 3, 2 / 3])[0], rel=1e-6)
    entries = derive(expanded(single("softmax", "cross_entropy", [[1, 2]], [[1, 0]]))).lambdify()
    assert "must add up to 1" in message(entries, {"y[0]": 0.5})


def test_unknown_derivatives() -> None:
    assert "did you mean 'W2'?" in message(evaluate, perceptron(), wrt="W")
    assert "'x' is no definition of the network" in message(evaluate, perceptron(), of="x", wrt="W1")
    assert "there is no W1[3][0]; W1 is 3 × 2" in message(evaluate, perceptron(), wrt="W1[3][0]")
    assert "there is no z2[0][0]; z2 is a vector of 2" in message(evaluate, perceptron(), of="z2[0][0]", wrt="W1")


def test_generic_activation_has_no_numbers() -> None:
    layers = (Layer(3, "generic"), Layer(2, "sigmoid", "shared"))  # type: ignore[arg-type]
    assert "unit '1'" in message(derive(perceptron(layers=layers), level="matrix").lambdify)
    assert "name an activation" in message(evaluate, perceptron(layers=layers))


@pytest.mark.parametrize(
    ("text", "values", "named", "reason"),
    [
        (
            "a = W @ x\nb = log(a)\nf = sum(b)",
            {"W": [[1, 2], [1, -1]], "x": [1, 1]},
            "b[1] has no finite value",
            "logarithm of zero",
        ),
        ("a = 1/x\nf = sum(a)", {"x": [[1, 2], [0, 1]]}, "a[1][0] has no finite value", "division by zero"),
        ("a = exp(x)\nf = sum(1/a)", {"x": [1, 800]}, "a[1] has no finite value", "double precision"),
        ("f = sum(sqrt(x))", {"x": [1, 0]}, "df/dx[1] has no finite value", "division by zero"),
    ],
)
def test_not_finite(text: str, values: Any, named: str, reason: str) -> None:
    found = message(evaluate, Network.from_equations(text, values=values))
    assert named in found
    assert reason in found


def test_updates_that_diverge() -> None:
    values = {**perceptron().values, "x": [1e200, 1], "y": [1, 0], "learning_rate": 1e200}
    layers = (Layer(3), Layer(2, bias="shared"))
    network = perceptron(layers=layers, samples=(), values=values)
    assert "smaller learning rate" in message(evaluate, network, updates=3)


def test_no_numpy_for_scalars() -> None:
    """A network of units is evaluated without NumPy, one of layers without SymPy."""
    script = (
        "from symbackprop.network import Layer, Loss, Network\nfrom symbackprop.numeric import evaluate\n"
        "assert 'numpy' not in sys.modules\n"
        "values = {'x': [1], 'y': [1], 'W1': [[1]], 'b1': [0]}\n"
        "evaluate(Network(inputs=1, layers=(Layer(1, 'sigmoid'),), loss=Loss('binary_cross_entropy'), values=values))\n"
    )
    assert {"sympy", "mpmath", "numpy"} & {*heavy_modules(script)} == {"numpy"}
