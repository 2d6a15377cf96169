"""Slopes of saturated units keep their digits: scalar and NumPy functions against mpmath, from 0 to ±700, to a few ulp."""

from __future__ import annotations

import ast
import inspect
import math
import runpy
import warnings
from collections.abc import Callable
from typing import Any

import mpmath
import numpy
import pytest
from conftest import ROOT

import symbackprop
from symbackprop import Layer, Loss, Network, Unit, derive
from symbackprop.numeric import array_runtime, normal, runtime

ULP = 2.0**-52
SMALLEST = 2.2250738585072014e-308  # the least double with all its digits
POINTS = [
    *numpy.linspace(-45, 45, 271).tolist(),
    *numpy.linspace(-700, 700, 141).tolist(),
    1e-300,
    -1e-9,
    0.0,
    800.0,
    -800.0,
    1e5,
    -1e300,
]

mp = mpmath.mp.clone()
mp.prec = 250

BACKENDS = {"unit": "math", "matrix": "numpy"}  # at that level


def _sigmoid(s: Any) -> Any:
    return 1 / (1 + mp.exp(-s))


VALUES: dict[str, Callable[[Any], Any]] = {
    "sigmoid": _sigmoid,
    "tanh": mp.tanh,
    "softplus": lambda s: mp.log1p(mp.exp(s)) if s < 100 else s + mp.log1p(mp.exp(-s)),
    "silu": lambda s: s * _sigmoid(s),
    "gelu": lambda s: s * mp.erfc(-s / mp.sqrt(2)) / 2,
    "elu": lambda s: s if s > 0 else mp.expm1(s),
}
SLOPES: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda s: _sigmoid(s) * _sigmoid(-s),
    "tanh": lambda s: mp.sech(s) ** 2,
    "softplus": _sigmoid,
    "silu": lambda s: _sigmoid(s) * (1 + s * _sigmoid(-s)),
    "gelu": lambda s: mp.erfc(-s / mp.sqrt(2)) / 2 + s * mp.exp(-s * s / 2) / mp.sqrt(2 * mp.pi),
    "elu": lambda s: mp.mpf(1) if s > 0 else mp.exp(s),
}
CURVED = {"silu": -1.2784645, "gelu": -0.7517916}  # where the slope is zero: the digits of s decide there


def error(found: float, true: Any, factor: float = 1) -> float:
    """In units of the last place; below the range of full digits absolute, times a ``factor`` by which that is multiplied."""
    return float(abs(mp.mpf(found) - true) / max(abs(true), SMALLEST * max(1.0, factor)) / ULP)


def scalar(name: str) -> Callable[[float], tuple[float, float]]:
    """(value, slope) by the generated scalar function, through the derivative of f = z by w, with s = w."""
    net = Network.from_equations(f"z = {name}(w)\nf = 1*z", objective="f")
    function = derive(net).lambdify()

    def found(s: float) -> tuple[float, float]:
        value, gradient = function({"w": s})
        return value, gradient["w"]

    return found


def unit(name: str) -> Callable[[float], tuple[float, float]]:
    """The same of a unit, whose slope is a local derivative of its own."""
    loss = Loss(formula="2*z_o - z_o")  # type: ignore[arg-type]
    function = derive(Network(inputs=("x",), units=(Unit("o", {"x": "w"}, name),), loss=loss, values={"x": 1})).lambdify()

    def found(s: float) -> tuple[float, float]:
        value, gradient = function({"w": s})
        return value, gradient["w"]

    return found


def arrays(name: str) -> Callable[[float], tuple[float, float]]:
    """The same on NumPy, all points at once."""
    net = Network.from_equations(f"z = {name}(w)\nf = sum(z)", objective="f", shapes={"w": (len(POINTS),)})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        slopes = derive(net, level="matrix").lambdify("numpy")({"w": POINTS})[1]["w"]
        with numpy.errstate(over="ignore"):
            values = getattr(array_runtime, name)(numpy.array(POINTS))
    place = {s: index for index, s in enumerate(POINTS)}
    return lambda s: (float(values[place[s]]), float(slopes[place[s]]))


@pytest.mark.parametrize("made", [scalar, unit, arrays])
@pytest.mark.parametrize("name", SLOPES)
def test_value_and_slope_have_their_digits(name: str, made: Any) -> None:
    function = made(name)
    for s in POINTS:
        value, slope = function(s)
        exact = mp.mpf(s)
        true = VALUES[name](exact) if abs(s) < 1e4 else None
        if true is not None:
            assert error(value, true, abs(s)) < 6, (name, s, value)
            root = CURVED.get(name)
            allowed = 6.0 if root is None or abs(s - root) > 1 else 6 * max(1.0, 0.3 / abs(float(SLOPES[name](exact))))
            assert error(slope, SLOPES[name](exact), abs(s)) < allowed, (name, s, slope)
        assert math.isfinite(slope)


def test_at_forty_a_sigmoid_still_learns() -> None:
    """z (1 − z) is 0 in doubles, the slope is 4e-18."""
    net = Network(
        inputs=("x",),
        units=(Unit("o", {"x": "w"}, "sigmoid"),),
        loss=Loss("squared_error", {"o": "y"}),
        values={"x": 1, "w": 40, "y": 0},
    )
    true = 2 * _sigmoid(mp.mpf(40)) ** 2 * _sigmoid(mp.mpf(-40))
    assert symbackprop.evaluate(net).gradient["w"] == pytest.approx(float(true), rel=1e-15)
    assert symbackprop.evaluate(net).derivatives["s_o"] == pytest.approx(float(true), rel=1e-15)


def test_a_layer_and_its_samples_too() -> None:
    x = numpy.array([[40.0], [-300.0], [5.0], [0.1]])
    values = {"x": x, "W1": [[1]], "b1": [0], "W2": [[1]], "b2": [0.5], "y": [[0]] * 4}
    layers = (Layer(1, "sigmoid"), Layer(1, "tanh"))
    for level in ("unit", "matrix"):
        net = Network(inputs=1, layers=layers, loss=Loss("squared_error"), values=values)
        found = derive(net, by=["x"], level=level).lambdify(BACKENDS[level])()[1]["x"]
        for own, s in zip(numpy.ravel(found), x.ravel(), strict=True):
            z = _sigmoid(mp.mpf(s))
            true = 2 * mp.tanh(z + mp.mpf(0.5)) * mp.sech(z + mp.mpf(0.5)) ** 2 * z * _sigmoid(-mp.mpf(s))
            assert error(own, true) < 12


def test_gates_that_are_shut() -> None:
    """1 − u of a saturated gate, in the forward pass of a formula, and the slopes through it."""
    net = Network.from_equations("u = sigmoid(a*x)\nh = (1 - u)*c\nf = h**2", objective="f", values={"a": 10, "x": 5, "c": 3})
    found = symbackprop.evaluate(net)
    rest = _sigmoid(mp.mpf(-50))
    assert error(found.values["h"], 3 * rest) < 4  # type: ignore[arg-type]
    assert error(found.gradient["a"], -2 * 9 * rest**2 * _sigmoid(mp.mpf(50)) * 5) < 8


def test_second_derivatives_of_saturated_units() -> None:
    """σ″ = σ′ (1 − 2σ), tanh″ = −2 tanh sech²."""
    for name, true in (
        ("sigmoid", lambda s: _sigmoid(s) * _sigmoid(-s) * (1 - 2 * _sigmoid(s))),
        ("tanh", lambda s: -2 * mp.tanh(s) * mp.sech(s) ** 2),
    ):
        for s in (-300.0, -40.0, 1.5, 40.0, 300.0):
            net = Network.from_equations(f"f = {name}(w)", values={"w": s})
            found = symbackprop.evaluate(net, of="f", wrt=("w", "w")).derivative
            assert error(found, true(mp.mpf(s))) < 12, (name, s)  # type: ignore[arg-type]


def test_other_differences_stay() -> None:
    """Only σ and tanh² are taken from 1 in another form: not tanh, not σ², not σ of a softmax or a plain symbol."""
    net = Network.from_equations("a = tanh(x)\nb = sigmoid(x)\nf = (1 - a)*(1 - b**2)*(1 - x)*(1 - b) + (b - 1)", objective="f")
    for s in (-2.0, 0.3, 1.7):
        a, b = math.tanh(s), 1 / (1 + math.exp(-s))
        value, _ = derive(net).lambdify()({"x": s})
        assert value == pytest.approx((1 - a) * (1 - b**2) * (1 - s) * (1 - b) + (b - 1), rel=1e-14)


# The normal distribution, of which neither NumPy has a function nor Python one that keeps its digits.


def test_the_tails_of_the_normal_distribution() -> None:
    grid = [*numpy.linspace(-39, 39, 469), 0.0, -0.0, 1e-300, 45.0, -45.0, 1e300, -1e300]
    cdf, pdf = array_runtime.normal_cdf(numpy.array(grid)), array_runtime.normal_pdf(numpy.array(grid))
    for s, one, other in zip(grid, cdf, pdf, strict=True):
        exact = mp.mpf(float(s))
        true = mp.erfc(-exact / mp.sqrt(2)) / 2 if abs(s) < 50 else mp.mpf(s > 0)
        bell = mp.exp(-exact * exact / 2) / mp.sqrt(2 * mp.pi) if abs(s) < 50 else mp.mpf(0)
        for found in (one, runtime.normal_cdf(float(s))):
            assert error(float(found), true) < 5, s
        for found in (other, runtime.normal_pdf(float(s))):
            assert error(float(found), bell) < 5, s


def test_the_ends_of_the_normal_distribution() -> None:
    for module in (runtime, array_runtime):
        assert [float(module.normal_cdf(s)) for s in (-math.inf, 0.0, math.inf)] == [0.0, 0.5, 1.0]
        assert [float(module.normal_pdf(s)) for s in (-math.inf, math.inf)] == [0.0, 0.0]
        assert math.isnan(module.normal_cdf(math.nan))
        assert math.isnan(module.normal_pdf(math.nan))


def test_the_coefficients_are_those_of_the_tool() -> None:
    tool = runpy.run_path(str(ROOT / "tests" / "tools" / "mills_ratio.py"))
    assert tuple(tool["coefficients"]()) == normal.MILLS
    assert (tool["K"], tool["LARGEST"]) == (normal.K, normal.LARGEST)


def test_numpy_goes_through_no_loop_over_entries() -> None:
    """Every function of arrays is made of NumPy's own; a loop over their entries takes several times as long."""
    text = inspect.getsource(array_runtime)
    assert "vectorize" not in text
    assert not [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute) and node.attr in ("tolist", "flat", "item")
    ]
