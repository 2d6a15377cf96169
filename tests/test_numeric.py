"""Functions, their source, and the evaluation of networks: documents' numbers, samples, updates, extremes, errors."""

from __future__ import annotations

import ast
import json
import math
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import mpmath
import numpy
import pytest
import sympy
from test_architecture import heavy_modules

from symbackprop import grammar
from symbackprop.derivation import derive
from symbackprop.errors import InputError
from symbackprop.functions import ARGUMENT_COUNTS
from symbackprop.network import Loss, Network, Unit
from symbackprop.numeric import evaluate
from symbackprop.numeric.callable import gradient_function
from symbackprop.numeric.source import MAX_TERMS, identifiers, python_source
from symbackprop.numeric.straight_line import StraightLine
from symbackprop.tree import Call, Name, Product, Sum


def chain(**keywords: Any) -> Network:
    """Document 003: 1-1-1-1."""
    units = (Unit("j", {"x_i": "w_in"}, "sigmoid"), Unit("k", {"j": "w_j"}, "sigmoid"), Unit("o", {"k": "w_k"}))
    values = {"x_i": 1, "w_in": 2, "w_j": 5, "w_k": 3, "y": 3, "learning_rate": 0.01}
    return Network(inputs=("x_i",), units=units, loss=Loss("half_squared_error", {"o": "y"}), **({"values": values} | keywords))


def split() -> Network:
    """Document 003: one unit feeds two, which meet again."""
    units = (
        Unit("i", {"x": "w_in"}, "sigmoid"),
        Unit("j", {"i": "w_ij"}, "sigmoid"),
        Unit("k", {"i": "w_ik"}, "sigmoid"),
        Unit("o", {"j": "w_j", "k": "w_k"}),
    )
    values = {"x": 1, "w_in": 2, "w_ij": 4, "w_ik": 6, "w_j": 5, "w_k": 3, "y": 8, "learning_rate": 0.01}
    return Network(inputs=("x",), units=units, loss=Loss("half_squared_error", {"o": "y"}), values=values)


def neuron(activation: str = "sigmoid", loss: str = "half_squared_error", reduction: str = "sum", **keywords: Any) -> Network:
    unit = Unit("o", {"x": "w"}, activation, bias="b")
    return Network(inputs=("x",), units=(unit,), loss=Loss(loss, {"o": "y"}, reduction=reduction), **keywords)


def as_printed(number: Any, text: str) -> bool:
    """Whether a number, rounded to the digits of ``text``, is ``text``."""
    decimals = len(text.partition(".")[2])
    return f"{number:.{decimals}f}" == text


# The documents' numbers, with every digit given there or recomputed independently ("Exact" in the list of facts).


def test_chain_of_document_003() -> None:
    found = evaluate(chain())
    assert as_printed(found.objective, "0.000656753")
    for name, text in {"z_j": "0.8808", "z_k": "0.9879", "z_o": "2.9638", "E": "0.0007"}.items():
        assert as_printed(found.values[name], text)
    for name, text in {"C_1": "-0.0362423322", "C_2": "0.0358044967", "C_3": "0.5249679270"}.items():
        assert as_printed(found.cached[name]["value"], text)
    for name, text in {"w_k": "-0.0358044967", "w_j": "-0.0011429562", "w_in": "-0.0006812186"}.items():
        assert as_printed(found.gradient[name], text)
        assert found.derivatives[name] == found.gradient[name]
    assert [entry["expression"] for entry in found.cached.values()] == ["z_o - y", "w_k*z_k*(1 - z_k)", "w_j*z_j*(1 - z_j)"]


def test_split_of_document_003() -> None:
    found = evaluate(split())
    for name, text in {"z_i": "0.8808", "z_j": "0.9713", "z_k": "0.9950", "z_o": "7.8416", "E": "0.0125"}.items():
        assert as_printed(found.values[name], text)
    signals = {"o": "-0.1584257615", "j": "-0.0220514659", "k": "-0.0023845377", "i": "-0.0107632168"}
    assert all(as_printed(found.error_signals[name], text) for name, text in signals.items())
    steps = {"w_j": "0.0015388534", "w_k": "0.0015762689", "w_ij": "0.0001942287", "w_ik": "0.0000210029", "w_in": "0.0001076322"}
    assert all(as_printed(found.updates[name], text) for name, text in steps.items())


def test_document_000() -> None:
    units = (Unit("h", {"x_1": "w_1", "x_2": "w_2"}, "sigmoid"), Unit("o", {"h": "W"}, "sigmoid"))
    values = {"x_1": 0.1, "x_2": 0.3, "w_1": 0.4, "w_2": -0.2, "W": 0.1, "y": 1, "learning_rate": 0.5}
    loss = Loss("half_squared_error", {"o": "y"})
    found = evaluate(Network(inputs=("x_1", "x_2"), units=units, loss=loss, values=values, signal_sign=-1))
    assert as_printed(found.values["s_h"], "-0.02")
    assert as_printed(found.values["z_h"], "0.4950001667")
    assert as_printed(found.values["z_o"], "0.5123724780")
    assert as_printed(found.error_signals["o"], "0.1218322354")
    assert as_printed(found.error_signals["h"], "0.0030455013")
    for name, text in {"W": "0.0301534884", "w_1": "0.0001522751", "w_2": "0.0004568252"}.items():
        assert as_printed(found.updates[name], text)
        assert found.updated[name] == float(Fraction(str(values[name]))) + found.updates[name]


# The contract of evaluate.


def test_json_object() -> None:
    found = json.loads(json.dumps(evaluate(chain(), of="z_o", wrt="w_j").to_dict(), allow_nan=False))
    symbols = ["x_i", "w_in", "w_j", "w_k", "y", "learning_rate", "s_j", "z_j", "s_k", "z_k", "s_o", "z_o", "E"]
    assert sorted(found["values"]) == sorted(found["derivatives"]) == sorted(symbols)
    assert found["derivatives"]["E"] == 1
    assert found["derivatives"]["learning_rate"] == 0
    assert found["values"]["E"] == found["objective"]
    assert list(found["error_signals"]) == ["j", "k", "o"]
    assert {*found["gradient"]} == {*found["updates"]} == {*found["updated"]} == {"w_in", "w_j", "w_k"}
    assert (found["of"], found["wrt"]) == ("z_o", "w_j")
    # ∂E/∂w_j = (z_o − y) ∂z_o/∂w_j
    assert found["derivative"] == pytest.approx(found["gradient"]["w_j"] / (found["values"]["z_o"] - 3), rel=1e-13)
    assert "of" not in evaluate(chain()).to_dict()


def test_cached_expressions_have_the_printed_value() -> None:
    """Reading the expression again and computing it with the printed values gives the printed value of C_i."""
    found = evaluate(split())
    known = {sympy.Symbol(name): value for name, value in found.values.items()}
    assert len(found.cached) >= 4
    for name, entry in found.cached.items():
        grammar.parse(entry["expression"], ARGUMENT_COUNTS)  # type: ignore[arg-type]
        again = sympy.sympify(entry["expression"]).subs(known)
        assert float(again) == pytest.approx(entry["value"], rel=1e-14)
        known[sympy.Symbol(name)] = entry["value"]  # type: ignore[assignment]


def test_without_learning_rate_there_are_no_updates() -> None:
    found = evaluate(Network(equations={"f": "x*y"}, values={"x": 2, "y": 3}))
    assert (found.updates, found.updated) == ({}, {})
    assert "learning_rate" not in found.values
    assert (found.gradient, found.error_signals) == ({"x": 3, "y": 2}, {})


@pytest.mark.parametrize(
    ("of", "wrt", "value"), [("E", "w_in", "gradient"), ("z_j", "z_j", 1), ("z_j", "w_k", 0), ("E", "learning_rate", 0)]
)
def test_one_derivative(of: str, wrt: str, value: Any) -> None:
    found = evaluate(chain(), of=of, wrt=wrt)
    assert found.derivative == (found.gradient[wrt] if value == "gradient" else value)
    assert evaluate(chain(), wrt="w_in").of == "E"


# Updates.


@pytest.mark.parametrize("ascent", [False, True])
def test_updates_are_simultaneous(ascent: bool) -> None:
    """Three updates by hand, every partial taken before any parameter moves, with the partials of E = ½(z − y)² written out."""
    network = neuron("identity", values={"x": 0.5, "y": -1, "w": 0.75, "b": 0.25, "learning_rate": 0.125}, ascent=ascent)
    w, b = Fraction(3, 4), Fraction(1, 4)
    for _ in range(3):
        signal = w / 2 + b + 1
        step = Fraction(1, 8) * (1 if ascent else -1)
        w, b = w + step * signal / 2, b + step * signal
    found = evaluate(network, updates=3)
    assert found.values["w"] == float(w)
    assert found.values["b"] == float(b)
    assert found.objective == pytest.approx(float((w / 2 + b + 1) ** 2 / 2), rel=1e-15)


def test_updates_add_up() -> None:
    once = evaluate(split())
    again = evaluate(split().with_values(once.updated))
    assert evaluate(split(), updates=1).to_dict() == again.to_dict()
    assert evaluate(split(), updates=0).to_dict() == once.to_dict()
    later = evaluate(split(), updates=50)
    assert later.objective < once.objective


# Samples.

XS, YS = [0.5, -1.25, 2.0], [1, 0, 1]


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_samples(reduction: str) -> None:
    """Everything is the sum (or mean) of what each sample gives alone."""
    fixed = {"w": 0.3, "b": -0.1, "learning_rate": 0.5}
    together = evaluate(neuron("tanh", reduction=reduction, values={**fixed, "x": XS, "y": YS}))
    alone = [evaluate(neuron("tanh", values={**fixed, "x": x, "y": y})) for x, y in zip(XS, YS, strict=True)]
    share = 3 if reduction == "mean" else 1
    assert together.objective == pytest.approx(sum(one.objective for one in alone) / share, rel=1e-14)
    for name in ("x", "y", "s_o", "z_o", "E"):
        assert together.values[name] == [one.values[name] for one in alone]
        assert together.derivatives[name] == pytest.approx([one.derivatives[name] / share for one in alone], rel=1e-14)  # type: ignore[operator]
    assert together.error_signals["o"] == together.derivatives["s_o"]
    for name in ("w", "b"):
        assert together.values[name] == fixed[name]
        assert together.gradient[name] == pytest.approx(sum(one.gradient[name] for one in alone) / share, rel=1e-14)
        assert together.derivatives[name] == together.gradient[name]
        assert together.updates[name] == -0.5 * together.gradient[name]
    for name, entry in together.cached.items():
        assert entry["value"] == [one.cached[name]["value"] for one in alone]


def test_what_does_not_depend_on_the_sample_is_one_number() -> None:
    equations = {"c": "w**2", "h": "c*x", "f": "h + c*x"}
    network = Network(equations=equations, parameters=("w",), values={"w": 3, "x": 1}, samples=({"x": 0.5}, {"x": 2.5}))
    found = evaluate(network)
    assert (found.values["c"], found.values["h"]) == (9, [4.5, 22.5])
    assert found.derivatives["c"] == 6  # ∂(c + 5c)/∂c
    assert found.derivatives["x"] == [18, 18]
    assert found.gradient["w"] == 36
    assert evaluate(network, of="c", wrt="w").derivative == 6
    assert evaluate(network, of="h", wrt="w").derivative == [3, 15]
    assert evaluate(network, of="f", wrt="w").derivative == 36
    total = gradient_function(derive(network))
    assert total() == (54, {"w": 36})
    assert total(x=1) == (18, {"w": 12})  # one value for all samples leaves one sample


def test_updates_over_samples() -> None:
    """Δ is accumulated over all samples before one update (document 001)."""
    network = neuron("identity", values={"x": [1, 2], "y": [1, 3], "w": 0, "b": 0, "learning_rate": 0.25})
    # by hand: δ = −1 and −3, ∂w = −1 − 6 = −7, ∂b = −4
    found = evaluate(network, updates=1)
    assert (found.values["w"], found.values["b"]) == (1.75, 1.0)


# The function.


def test_function_takes_values_and_keywords() -> None:
    f = derive(chain()).lambdify()
    objective, gradient = f()
    assert objective == evaluate(chain()).objective
    assert gradient == evaluate(chain()).gradient
    assert list(gradient) == ["w_in", "w_j", "w_k"]
    moved = chain().with_values({"w_j": 1, "x_i": -2})
    assert f({"w_j": 1}, x_i=-2) == (evaluate(moved).objective, evaluate(moved).gradient)
    assert f({"w_j": numpy.float64(1)}, x_i=sympy.Integer(-2)) == f({"w_j": Fraction(1)}, x_i=-2.0)


def test_function_descends_with_numpy() -> None:
    """The function serves an optimiser: objective and gradient agree to first order along a random line."""
    f = derive(split()).lambdify()
    names = list(f()[1])
    start, direction = numpy.full(len(names), 0.5), numpy.random.default_rng(1).normal(size=len(names))
    at = lambda step: f(dict(zip(names, start + step * direction, strict=True)))  # noqa: E731
    slope = float(numpy.dot([at(0)[1][name] for name in names], direction))
    errors = [abs((at(step)[0] - at(-step)[0]) / (2 * step) - slope) for step in (1e-2, 5e-3)]
    assert errors[1] == pytest.approx(errors[0] / 4, rel=0.05)  # a central difference converges with the square of the step


def test_function_of_other_partials() -> None:
    f = gradient_function(derive(chain(), by=["y", "s_k", "E", "w_j"]))
    everything = evaluate(chain()).derivatives
    assert f()[1] == {name: everything[name] for name in ("y", "s_k", "E", "w_j")}
    turned = gradient_function(derive(chain(signal_sign=-1), by=["s_k"]))
    assert turned()[1]["s_k"] == everything["s_k"]


def test_source_is_plain_python() -> None:
    """One line per definition that is needed, and the module runs by itself."""
    f = derive(chain()).lambdify()
    module = ast.parse(f.source)
    (function,) = [node for node in module.body if isinstance(node, ast.FunctionDef)]
    assigned = [node.targets[0].id for node in function.body if isinstance(node, ast.Assign)]  # type: ignore[attr-defined]
    assert len(assigned) == len(set(assigned))
    assert {"s_j", "z_j", "E", "delta_k", "dE_dw_in"} <= set(assigned)
    assert "dE_dx_i" not in assigned
    script = f.source + f"\nprint({function.name}(1.0, 2.0, 5.0, 3.0, 3.0)[0].hex())"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert float.fromhex(run.stdout.strip()) == f()[0]


def test_only_what_is_needed_is_computed() -> None:
    equations = {"a": "x*y", "b": "log(x - 5)", "f": "a + y"}
    f = gradient_function(derive(Network(equations=equations, objective="f", parameters=("y",))))
    assert "log" not in f.source
    assert f(x=2, y=3) == (9, {"y": 3})


def test_names_that_mean_something_in_python() -> None:
    """Python's own words, names of the runtime, and names that become equal once ∂E/∂x is written dE_dx."""
    equations = {"lambda": "divide*power", "None": "lambda + dE_dx*x", "E": "None**2 + __debug__"}
    names = ("divide", "power", "dE_dx", "x", "__debug__")
    values = {name: index + 2 for index, name in enumerate(names)}
    objective, gradient = gradient_function(derive(Network(equations=equations, objective="E", values=values)))()
    inner = 2 * 3 + 4 * 5
    assert objective == inner**2 + 6
    assert gradient == {"divide": 6 * inner, "power": 4 * inner, "dE_dx": 10 * inner, "x": 8 * inner, "__debug__": 1}


def test_identifiers_are_distinct() -> None:
    assert identifiers(["dE/dx", "dE_dx", "for", "log", "dE/dx"], ["log"]) == {
        "dE/dx": "dE_dx", "dE_dx": "dE_dx_2", "for": "for_2", "log": "log_2",
    }  # fmt: skip


# Size and depth.


def test_a_chain_of_1000_units() -> None:
    """w = 1 and identity throughout: every partial is the output error; then sigmoids against the product of their slopes."""
    count = 1000
    for activation in ("identity", "sigmoid"):
        names = ["x", *(f"u{index}" for index in range(count))]
        units = tuple(Unit(name, {before: f"w{name}"}, activation) for before, name in pairwise(names))
        values = {"x": 1, "y": -1, **{f"w{name}": 1 for name in names[1:]}}
        network = Network(inputs=("x",), units=units, loss=Loss("half_squared_error", {names[-1]: "y"}), values=values)
        found = evaluate(network)
        if activation == "identity":
            assert set(found.derivatives.values()) == {2, 1, -2}  # 2 by anything on the way, 1 by E, −2 by y
            continue
        z, outputs, slope = mpmath.mpf(1), [], mpmath.mpf(1)
        for _ in range(count):
            z = 1 / (1 + mpmath.exp(-z))
            outputs.append(z)
        for index in range(count - 1, count - 101, -1):
            slope *= outputs[index] * (1 - outputs[index])
            expected = (outputs[-1] + 1) * slope * outputs[index - 1]
            assert found.gradient[f"wu{index}"] == pytest.approx(float(expected), rel=1e-12)


def test_an_unrolled_program_of_10_000_definitions() -> None:
    """Back-propagation through time written out here with shared weights, in floating point."""
    steps, random = 10_000, Random(1)
    equations = {f"h{t}": f"tanh(w*x{t} + u*h{t - 1} + b)" for t in range(1, steps)} | {"E": f"(h{steps - 1} - y)**2"}
    values = {f"x{t}": random.uniform(-1, 1) for t in range(1, steps)} | {"h0": 0, "w": 0.8, "u": 0.9, "b": 0.05, "y": 1}
    network = Network(equations=equations, objective="E", parameters=("w", "u", "b"), values=values)
    objective, gradient = derive(network).lambdify()()

    h = [0.0]
    for t in range(1, steps):
        h.append(math.tanh(0.8 * values[f"x{t}"] + 0.9 * h[-1] + 0.05))
    signal, expected = 2 * (h[-1] - 1), {"w": 0.0, "u": 0.0, "b": 0.0}
    for t in range(steps - 1, 0, -1):
        local = signal * (1 - h[t] ** 2)
        for name, factor in (("w", values[f"x{t}"]), ("u", h[t - 1]), ("b", 1.0)):
            expected[name] += local * factor
        signal = local * 0.9
    assert objective == pytest.approx((h[-1] - 1) ** 2, rel=1e-12)
    assert gradient == pytest.approx(expected, rel=1e-11)


def test_long_sums_and_products_are_split() -> None:
    """A flat sum of thousands of terms overflows Python's parser, and nested parentheses do sooner."""
    count = 20 * MAX_TERMS
    inputs = tuple(f"x{index}" for index in range(count))
    unit = Unit("o", {name: f"w{index}" for index, name in enumerate(inputs)})
    values = dict.fromkeys(inputs, 0.5) | {f"w{index}": 2 for index in range(count)} | {"y": 0}
    wide = evaluate(Network(inputs=inputs, units=(unit,), loss=Loss("half_squared_error", {"o": "y"}), values=values))
    assert (wide.values["s_o"], wide.gradient["w7"]) == (count, count / 2)

    product = Product(tuple(Name("x") for _ in range(3 * MAX_TERMS)))
    long = Network(equations=(("f", Sum((product, Name("y")))),), parameters=("y",), values={"x": 1.001, "y": 1})
    assert evaluate(long, wrt="y").objective == pytest.approx(1.001 ** (3 * MAX_TERMS) + 1, rel=1e-12)


def test_deep_formulas_are_split() -> None:
    tree: Any = Name("x")
    expected = 1.0
    for _ in range(3000):
        tree = Call("sin", (tree,))
        expected = math.sin(expected)
    namespace: dict[str, Any] = {}
    exec(python_source(StraightLine(("x",), (("f", tree),), ("f",)), "deep"), namespace)
    assert namespace["deep"](1.0) == (expected,)


# Extremes: finite wherever the true value is.


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "negative_log_likelihood"])
@pytest.mark.parametrize(
    ("x", "y", "share"), [(800, 1, 0), (800, 0, 800), (-800, 1, 800), (-800, 0, 0), (800, 0.25, 600), (40, 1, math.exp(-40))]
)
def test_saturated_sigmoid_with_cross_entropy(loss: str, x: float, y: float, share: float) -> None:
    found = evaluate(neuron(loss=loss, values={"x": x, "y": y, "w": 1, "b": 0}))
    assert found.objective == pytest.approx(share, rel=1e-12, abs=0)
    output = 1 if x > 0 else 0
    assert found.gradient == {"w": pytest.approx((output - y) * x), "b": pytest.approx(output - y)}
    assert found.derivatives["y"] == -x
    if y == output:
        assert found.derivatives["z_o"] == pytest.approx(1 if y == 0 else -1, rel=1e-12)
    if x == 800 and y < 1:
        assert found.derivatives["z_o"] is None  # (1 − y) e⁸⁰⁰: no double


def test_cross_entropy_where_the_target_is_zero() -> None:
    found = evaluate(neuron(loss="cross_entropy", values={"x": -800, "y": 0, "w": 1, "b": 0}))
    assert (found.objective, found.gradient) == (0, {"w": 0, "b": 0})
    found = evaluate(neuron(loss="cross_entropy", values={"x": -800, "y": 1, "w": 1, "b": 0}))
    assert (found.objective, found.gradient) == (800, {"w": 800, "b": -1})


def test_cross_entropy_of_an_exact_output() -> None:
    """z = 1 exactly without a sigmoid, and the target 1: ∂E/∂z = −1, where (z − y)/(z (1 − z)) would be 0/0."""
    found = evaluate(neuron("relu", "binary_cross_entropy", values={"x": 1, "y": 1, "w": 1, "b": 0}))
    assert (found.objective, found.derivatives["z_o"], found.gradient) == (0, -1, {"w": -1, "b": -1})


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "sin"])
@pytest.mark.parametrize("x", [800, -800])
def test_every_activation_at_800(activation: str, x: int) -> None:
    found = evaluate(neuron(activation, values={"x": x, "y": 0, "w": 1, "b": 0}))
    assert all(math.isfinite(value) for value in (*found.gradient.values(), *found.derivatives.values()))  # type: ignore[arg-type]
    below, above = {"leaky_relu": (0.01, 1), "sigmoid": (0, 0), "tanh": (0, 0), "sin": (math.cos(800),) * 2}.get(activation, (0, 1))
    slope = above if x > 0 else below
    assert found.gradient["b"] == pytest.approx(slope * found.values["z_o"])  # type: ignore[operator]


def test_what_holds_at_a_kink() -> None:
    at_zero = {"x": 0, "y": 1, "w": 1, "b": 0}
    assert evaluate(neuron("relu", values=at_zero)).gradient["b"] == 0
    assert evaluate(neuron("leaky_relu", values=at_zero)).gradient["b"] == -0.01
    assert evaluate(neuron("identity", "absolute_error", values={**at_zero, "y": 0})).gradient["b"] == 0
    assert evaluate(Network(equations={"f": "maximum(x, y)"}, values={"x": 1, "y": 1})).gradient == {"x": 0, "y": 1}


# Errors: one line that says what and how to mend it.


def message(action: Any, *arguments: Any, **keywords: Any) -> str:
    with pytest.raises(InputError) as caught:
        action(*arguments, **keywords)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_missing_values() -> None:
    values = {"x_i": 1, "w_in": 2, "y": 3}
    text = message(evaluate, chain(values=values))
    assert "w_j, w_k have no values" in text
    assert "--set w_j=…" in text
    assert "w_k has no value; give it one" in message(evaluate, chain(values={**values, "w_j": 1}))
    assert "w_j, w_k" in message(derive(chain(values=values)).lambdify())
    derive(chain(values=values)).lambdify()(w_j=1, w_k=1)


@pytest.mark.parametrize("value", ["0.5", None, True, [1, 2], math.nan, math.inf, 1j, object(), 10**400])
def test_what_is_no_number(value: Any) -> None:
    assert "w_j" in message(derive(chain()).lambdify(), {"w_j": value})


def test_unknown_names() -> None:
    f = derive(chain()).lambdify()
    assert "did you mean 'w_in'?" in message(f, {"w_im": 1})
    assert "did you mean 'w_in'?" in message(f, w_im=1)
    assert "known: E, s_j" in message(evaluate, chain(), of="e", wrt="w_in")
    assert "did you mean 'w_in'?" in message(evaluate, chain(), wrt="w_im")
    assert "did you mean 'w_in'?" in message(evaluate, chain(), of="z_o", wrt="w_im")
    assert "--wrt" in message(evaluate, chain(), of="z_o")


def test_generic_activation_has_no_numbers() -> None:
    network = neuron("generic", values={"x": 1, "y": 1, "w": 1, "b": 0})
    for action in (evaluate, lambda network: derive(network).lambdify()):
        text = message(action, network)
        assert "unit 'o'" in text
        assert "name an activation or give a formula" in text


@pytest.mark.parametrize(
    ("equations", "values", "named", "reason"),
    [
        ({"a": "x - 1", "b": "log(a)", "f": "b + x"}, {"x": 1}, "b has no finite value", "logarithm of zero"),
        ({"a": "x - 1", "b": "1/a", "f": "b + x"}, {"x": 1}, "b has no finite value", "division by zero"),
        ({"a": "sqrt(x)", "f": "2*a"}, {"x": -1}, "a has no finite value", "square root of a negative"),
        ({"a": "x**0.5", "f": "2*a"}, {"x": -1}, "a has no finite value", "negative number"),
        ({"a": "exp(x)", "f": "1/a"}, {"x": 800}, "a has no finite value", "double precision"),
        ({"a": "x*x*x", "f": "1/a"}, {"x": 1e200}, "a has no finite value", "double precision"),
        ({"f": "sqrt(x)"}, {"x": 0}, "df/dx has no finite value", "division by zero"),
    ],
)
def test_not_finite(equations: Any, values: Any, named: str, reason: str) -> None:
    text = message(evaluate, Network(equations=equations, objective="f", values=values))
    assert named in text
    assert reason in text


def test_not_finite_in_a_sample() -> None:
    network = Network(equations={"f": "log(w*x)"}, parameters=("w",), values={"w": 1}, samples=({"x": 1}, {"x": 0}))
    assert message(evaluate, network).startswith("samples[1]: f has no finite value: the logarithm of zero")


@pytest.mark.parametrize("updates", [-1, 1.5, True, "2"])
def test_number_of_updates(updates: Any) -> None:
    assert "updates" in message(evaluate, chain(), updates=updates)


def test_updates_that_cannot_be() -> None:
    without = Network(equations={"f": "x**2"}, values={"x": 2})
    assert "learning_rate" in message(evaluate, without, updates=1)
    diverging = Network(equations={"f": "x**4"}, values={"x": 100, "learning_rate": 1})
    assert "smaller learning rate" in message(evaluate, diverging, updates=50)


def test_gradients_need_no_sympy() -> None:
    """A network of units from the tables is evaluated without the second it takes to load SymPy."""
    script = (
        "from symbackprop.network import Loss, Network, Unit\nfrom symbackprop.numeric import evaluate\n"
        "unit = Unit('o', {'x': 'w'}, 'sigmoid')\nloss = Loss('binary_cross_entropy', {'o': 'y'})\n"
        "evaluate(Network(inputs=('x',), units=(unit,), loss=loss, values={'x': 1, 'y': 1, 'w': 1}))\n"
    )
    assert not {"sympy", "mpmath", "numpy"} & {*heavy_modules(script)}
