"""The routes to a partial: each finds faults by itself, tells with which power of ε its error falls, and knows a kink."""

from __future__ import annotations

import importlib.util
import math
import re
from dataclasses import replace
from typing import Any

import mpmath
import pytest
import test_check_arrays as arrays
from test_check import FAULTS, broken

import symbackprop
from symbackprop import InputError, Loss, Network, Unit
from symbackprop import checking as checking_package
from symbackprop.checking import autodiff, check
from symbackprop.checking.autodiff import chosen_library
from symbackprop.checking.complex_step import Steps
from symbackprop.checking.gradients import check_at
from symbackprop.checking.report import AUTODIFF, COMPLEX, DOUBLE, FAIL, GRADIENT, NOT_CHECKED, PASS, Result
from symbackprop.checking.setting import Setting, setting_of
from symbackprop.derivation import Derivation, derive
from symbackprop.errors import MissingToolError
from symbackprop.grammar import number
from symbackprop.network import Layer
from symbackprop.precise import context
from symbackprop.program import Partial
from symbackprop.tree import product

POINT_ROUTES = (GRADIENT, COMPLEX, AUTODIFF, DOUBLE)


def setting(derivation: Derivation) -> Setting:
    found = setting_of(derivation)
    assert isinstance(found, Setting)
    return found


def by_method(derivation: Derivation, library: str = "autograd") -> dict[str, dict[str, Result]]:
    """The results of each route by parameter."""
    found: dict[str, dict[str, Result]] = {method: {} for method in POINT_ROUTES}
    for result in check_at(setting(derivation), library=library):
        found[result.method][result.name] = result
    return found


@pytest.fixture(scope="module")
def split() -> Derivation:
    return derive(symbackprop.load("003-split"))


@pytest.mark.parametrize(("fault", "wrong"), FAULTS.items())
def test_every_route_finds_a_fault_by_itself(split: Derivation, fault: Any, wrong: set[str]) -> None:
    for method, results in by_method(broken(split, fault)).items():
        assert {name for name, result in results.items() if result.verdict == FAIL} == wrong, method
        assert {name for name, result in results.items() if result.verdict == PASS} == set(split.parameters) - wrong, method


def off_by(derivation: Derivation, wrong: str, factor: str) -> Derivation:
    """The derivation with one partial times a factor."""

    def change(definition: Any) -> Any:
        if not isinstance(definition, Partial) or definition.wrt != wrong:
            return None
        own = number(factor, "")
        return replace(definition, terms=tuple(term._replace(factor=product([term.factor, own])) for term in definition.terms))

    return broken(derivation, change)


def test_a_fault_too_small_for_the_tolerance_is_found_by_the_order(split: Derivation) -> None:
    """One part in 10²⁰ is far below the tolerance of 10⁻¹⁵, but its error does not fall with ε."""
    results = by_method(off_by(split, "w_in", "1.00000000000000000001"))
    assert [name for name, result in results[GRADIENT].items() if result.verdict == FAIL] == ["w_in"]
    assert "does not fall with the square of epsilon" in results[GRADIENT]["w_in"].detail
    assert [name for name, result in results[COMPLEX].items() if result.verdict == FAIL] == ["w_in"]
    assert all(result.verdict == PASS for method in (AUTODIFF, DOUBLE) for result in results[method].values())


@pytest.mark.parametrize(
    ("formula", "value", "order"),
    [
        ("w**2 - 3*w", "0.7", math.inf),  # no third derivative: (E(w + ε) − E(w − ε))/2ε is the slope itself
        ("w**3", "0.7", 2),
        ("w**5 + w", "0", 4),  # the third derivative is zero at 0, the fifth is not
        ("exp(w)", "1.3", 2),
        ("sin(w)*0.00000000000000000000000001", "0.3", 2),  # a small partial is judged like a large one
    ],
)
def test_the_order_is_measured(formula: str, value: str, order: float) -> None:
    derivation = derive(Network.from_equations(f"E = {formula}", values={"w": value}))
    result = by_method(derivation)[GRADIENT]["w"]
    assert result.verdict == PASS
    assert result.measured is not None
    assert result.measured.order == pytest.approx(order, abs=1e-6)


def test_the_curve_falls_with_the_square() -> None:
    report = check(Network.from_equations("E = exp(w)*v", values={"w": 1, "v": 2}), library="none")
    curve = report.differences
    assert curve is not None
    assert curve.order == pytest.approx(2, abs=1e-6)
    for wide, small in zip(curve.exact[3:], curve.exact[4:], strict=False):
        assert math.log10(wide / small) == pytest.approx(2, abs=1e-3)
    # In double precision rounding stops it: between 1e-8 and 1e-15 it is far above the truncation error.
    assert min(error for error in curve.double if math.isfinite(error)) > 1e-14
    straight = check(Network.from_equations("E = 3*w", values={"w": 1}), library="none").differences
    assert straight is not None
    assert straight.order == math.inf


# formula → (parameter, function, slope below, slope above), worked out by hand
KINKS = {
    "relu(w)": ("w = 0", "relu", 0, 1),
    "leaky_relu(w, 1/4)": ("w = 0", "leaky_relu", 0.25, 1),
    "3*abs(w)": ("w = 0", "abs", -3, 3),
    "maximum(w, 2*v)": ("w = 2*v", "maximum", 0, 1),
    "minimum(w, 2*v)": ("w = 2*v", "minimum", 1, 0),
    "relu(w) - relu(-w)": ("w = 0, and yet its slope is 1", "relu", 1, 1),
    "step(w)*v": ("a jump", "step", 0, 0),
    "sign(w)*v": ("a jump", "sign", 0, 0),
}


@pytest.mark.parametrize("formula", KINKS)
def test_kinks_are_reported(formula: str) -> None:
    where, function, below, above = KINKS[formula]
    network = Network.from_equations(f"E = {formula} + v**2", values={"w": "0.6" if "v)" in where + formula else 0, "v": "0.3"})
    results = by_method(derive(network))
    complex_step = results[COMPLEX]["w"]
    assert complex_step.verdict == NOT_CHECKED
    assert f"at a kink of {function} in " in complex_step.detail
    assert f"slope {float(below)} below, {float(above)} above" in complex_step.detail.replace("-0.0", "0.0")
    assert all(own["w"].verdict in (NOT_CHECKED, PASS) for own in results.values())
    assert results[GRADIENT]["w"].verdict == NOT_CHECKED
    if "jump" not in where:
        assert complex_step.detail == results[GRADIENT]["w"].detail or "0.0" in complex_step.detail


@pytest.mark.parametrize(
    ("loss", "output", "target", "verdict"),
    [("hinge", 1, 1, NOT_CHECKED), ("absolute_error", 1, 1, NOT_CHECKED), ("huber", 3, 2, PASS), ("huber", 1, 1, PASS)],
)
def test_kinks_of_losses_and_the_joint_of_huber(loss: str, output: int, target: int, verdict: str) -> None:
    """A hinge bends at its margin; Huber's loss has one slope where its parabola meets its line."""
    values = {"x": 1, "w": output, "y": target}
    results = by_method(derive(Network(inputs=("x",), units=(Unit("o", {"x": "w"}),), loss=Loss(loss, {"o": "y"}), values=values)))
    assert {own["w"].verdict for own in (results[GRADIENT], results[COMPLEX])} == {verdict}
    if verdict == NOT_CHECKED:
        assert f"at a kink of {loss} in E" in results[COMPLEX]["w"].detail
        assert f"at a kink of {loss} in E" in results[GRADIENT]["w"].detail


def test_elu_is_smooth_at_zero() -> None:
    results = by_method(derive(Network.from_equations("E = elu(w)*2", values={"w": 0})))
    assert {own["w"].verdict for own in (results[GRADIENT], results[COMPLEX])} == {PASS}


def test_a_tie_in_decimals_does_not_fail_in_doubles() -> None:
    """0.1 · 3 − 0.3 is zero, and 5.6e-17 in double precision: at the kink, or a hair above it."""
    values = {"w": "0.1", "x": 3, "b": "-0.3"}
    report = check(Network.from_equations("s = w*x + b\nE = relu(s) + w", values=values))
    assert report.passed, str(report)
    beside = check(Network.from_equations("s = w*x + b\nE = relu(s) + w", values=values | {"b": "-0.30000000000000000001"}))
    assert beside.passed, str(beside)
    assert {own.verdict for own in beside.of_method(COMPLEX, GRADIENT)} == {PASS}


@pytest.mark.parametrize(
    "function", ["gelu", "normal_cdf", "normal_pdf", "softplus", "silu", "tanh", "sigmoid", "elu", "sqrt", "log"]
)
def test_the_complex_step_has_all_digits(function: str) -> None:
    """Against the derivative that mpmath finds by itself, at a point where every function is smooth."""
    derivation = derive(Network.from_equations(f"E = {function}(w)", values={"w": "0.7"}))
    found = Steps(setting(derivation)).along({"w": number("1", "").value}).slope
    own = {
        "gelu": lambda s: s * mpmath.ncdf(s),
        "normal_cdf": mpmath.ncdf,
        "normal_pdf": mpmath.npdf,
        "softplus": lambda s: mpmath.log(1 + mpmath.exp(s)),
        "silu": lambda s: s / (1 + mpmath.exp(-s)),
        "sigmoid": lambda s: 1 / (1 + mpmath.exp(-s)),
        "elu": lambda s: s,
    }
    with mpmath.workdps(80):
        expected = mpmath.diff(own.get(function) or getattr(mpmath, function), mpmath.mpf("0.7"))
        assert abs(expected - mpmath.mpf(context().nstr(found, 75))) < mpmath.mpf(10) ** -55


# Libraries.


LIBRARIES = [
    "autograd",
    pytest.param("jax", marks=pytest.mark.long),
    pytest.param("torch", marks=pytest.mark.long),
]


@pytest.mark.parametrize("library", LIBRARIES)
def test_libraries_agree_on_units_and_arrays(library: str) -> None:
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"there is no {library}")
    for function in ("relu", "elu", "gelu", "softplus", "silu", "leaky_relu", "tanh", "sin"):
        network = Network(
            inputs=("x",), units=(Unit("j", {"x": "w"}, function), Unit("o", {"j": "v"}, "sigmoid")),
            loss=Loss("binary_cross_entropy", {"o": "y"}), values={"x": "0.8", "w": "-0.7", "v": "0.4", "y": "0.3"},
        )  # fmt: skip
        assert {own.verdict for own in by_method(derive(network), library)[AUTODIFF].values()} == {PASS}, function
    for text in ("Q = W @ A\nS = softmax(Q @ T(W)/2)\nf = sum(S @ W)", *arrays.EQUATIONS[2:10:3]):
        used = {name: value for name, value in arrays.VALUES.items() if name in re.findall(r"\w+", text)}
        derivation = derive(Network.from_equations(text, values=used), level="matrix")
        values = {name: arrays_of(own) for name, own in used.items()}
        found = autodiff.gradient_at(library, derivation.program, "f", values, list(derivation.parameters))
        assert isinstance(found, dict)
        _, ours = derivation.lambdify("numpy")({})
        for name, own in ours.items():
            assert arrays_of(found[name]) == pytest.approx(arrays_of(own), rel=1e-12, abs=1e-14), name


def arrays_of(value: Any) -> Any:
    import numpy

    return numpy.asarray(value, dtype=float)


def test_which_library_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen_library("none") == ""
    assert chosen_library(None) == "autograd"
    with pytest.raises(InputError, match="did you mean 'torch'"):
        chosen_library("toch")
    monkeypatch.setattr(autodiff, "find_spec", lambda name: None)
    assert chosen_library(None) == ""
    with pytest.raises(MissingToolError, match="pip install jax"):
        chosen_library("jax")


def test_a_library_without_a_function_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network.from_equations("E = gelu(w)", values={"w": "0.3"})
    monkeypatch.setattr(autodiff, "find_spec", lambda name: None if name == "scipy" else object())
    (result,) = by_method(derive(network))[AUTODIFF].values()
    assert result.verdict == NOT_CHECKED
    assert "SciPy" in result.detail


def test_a_library_that_overflows_is_no_fault() -> None:
    """exp(800) has no double; fifty digits have it."""
    report = check(Network.from_equations("E = exp(w)/(1 + exp(w))*v", values={"w": 800, "v": 1}), library="autograd")
    assert {own.verdict for own in report.of_method(AUTODIFF)} <= {PASS, NOT_CHECKED}
    assert {own.verdict for own in report.of_method(COMPLEX)} == {PASS}
    assert {own.verdict for own in report.of_method(DOUBLE)} == {NOT_CHECKED}
    assert report.passed


# Large networks.


@pytest.mark.parametrize(("fault", "wrong"), arrays.FAULTS.items())
def test_a_library_finds_a_fault_of_the_matrix_level(fault: Any, wrong: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Transposed factors, flipped signs …: whole arrays against whole arrays."""
    monkeypatch.setattr(checking_package, "MAX_WRITTEN_OUT", 10)
    report = check(arrays.broken(derive(arrays.SQUARE, level="matrix"), fault))
    assert {own.name for own in report.of_method(AUTODIFF) if own.verdict == FAIL} == wrong


def test_a_zero_gradient_of_a_large_network_has_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Softmax does not change where all its net inputs grow alike: the partial by a shared bias is zero but for rounding."""
    monkeypatch.setattr(checking_package, "MAX_WRITTEN_OUT", 5)
    values = {
        "x": ["0.3", "-0.7"],
        "W1": [["0.3", "0.1"], ["-0.2", "0.4"], ["0.7", "0.2"]],
        "b1": "0.1",
        "y": ["0.2", "0.3", "0.5"],
    }
    network = Network(inputs=2, layers=(Layer(3, "softmax", "shared"),), loss=Loss("cross_entropy"), values=values)
    report = check(derive(network, level="matrix"))
    assert {row.parameter: row.verdict for row in report.parameters} == {"W1": PASS, "b1": PASS}
    assert {own.verdict for own in report.of_method(GRADIENT) if own.measured} == {PASS}
