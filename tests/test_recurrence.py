"""Recurrent networks: back-propagation through time against loops written with autograd, which share no code with the package."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

import autograd
import autograd.numpy as anp
import pytest
from random_recurrence import ACTIVATIONS, random_case

import symbackprop
from symbackprop import InputError, Loss, Network, Unit
from symbackprop.elements import element
from symbackprop.general_step import general_step, renamed, summed
from symbackprop.plain_text import plain_text
from symbackprop.precise import value
from symbackprop.time_steps import longest_delays
from symbackprop.tree import Name, derivative_name
from symbackprop.unrolling import unrolled

BACKENDS = {"unit": "math", "matrix": "numpy"}  # at that level


def assert_close(ours: Mapping[str, float], theirs: Mapping[str, float]) -> None:
    """To 1e-12 relative, a partial far below the largest one against a thousandth of that."""
    largest = max([abs(own) for own in theirs.values()], default=0.0)
    for name, own in theirs.items():
        assert abs(ours[name] - own) <= 1e-12 * max(abs(own), abs(ours[name]), largest / 1000), name


@pytest.mark.parametrize("seed", range(150))
def test_units_agree_with_a_loop(seed: int) -> None:
    case = random_case(seed)
    network = case.network()
    given = {name: case.values[name] for name in network.parameters}
    theirs = autograd.grad(case.loss)(given)
    found = symbackprop.evaluate(network)
    assert found.objective == pytest.approx(case.loss({}), rel=1e-12)
    assert_close(found.gradient, theirs)


def test_a_fault_is_found() -> None:
    """The comparison refuses a gradient in which the last step is missing."""
    cases = map(random_case, range(100))
    case = next(own for own in cases if own.at == "each" and own.steps > 2 and own.function == "half_squared_error")
    network = case.network()
    theirs = autograd.grad(case.loss)({name: case.values[name] for name in network.parameters})
    short = unrolled(network)
    kept = short.loss.targets[:-1]
    values = {name: own for name, own in short.values.items() if name != short.loss.targets[-1][1]}
    truncated = Network(inputs=short.inputs, units=short.units, loss=Loss("half_squared_error", kept), values=values)
    with pytest.raises(AssertionError):
        assert_close(symbackprop.evaluate(truncated).gradient, theirs)


def vanilla(p: Mapping[str, Any]) -> Any:
    h, loss = anp.zeros(2), 0.0
    for x, y in zip(p["x"], p["y"], strict=True):
        h = anp.tanh(p["W_xh"] @ x + p["W_hh"] @ h + p["b_h"])
        loss = loss + anp.sum((p["W_hy"] @ h + p["b_y"] - y) ** 2) / 2
    return loss


def lstm(p: Mapping[str, Any]) -> Any:
    h, c = anp.zeros(2), anp.zeros(2)
    sigmoid = ACTIVATIONS["sigmoid"]
    for x in p["x"]:
        i, f, o = (sigmoid(p[f"W_{k}"] @ x + p[f"U_{k}"] @ h + p[f"b_{k}"]) for k in "ifo")
        c = f * c + i * anp.tanh(p["W_g"] @ x + p["U_g"] @ h + p["b_g"])
        h = o * anp.tanh(c)
    return anp.sum((h - p["y"]) ** 2) / 2


def gru(p: Mapping[str, Any]) -> Any:
    h = anp.zeros(2)
    sigmoid = ACTIVATIONS["sigmoid"]
    for x in p["x"]:
        r, u = (sigmoid(p[f"W_{k}"] @ x + p[f"U_{k}"] @ h + p[f"b_{k}"]) for k in "ru")
        h = u * h + (1 - u) * anp.tanh(p["W_g"] @ x + p["U_g"] @ (r * h) + p["b_g"])
    return anp.sum((h - p["y"]) ** 2) / 2


ORACLES = {"rnn": vanilla, "lstm": lstm, "gru": gru}


def own_values(network: Network) -> dict[str, Any]:
    return {name: anp.array(own.nested()) if hasattr(own, "nested") else float(own.value) for name, own in network.values.items()}


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("level", ["unit", "matrix"])
@pytest.mark.parametrize("layout", ["column", "row"])
def test_shipped_networks_agree_with_a_loop(name: str, level: str, layout: str) -> None:
    network = replace(symbackprop.load(name), layout=layout)
    values = own_values(network)
    theirs = autograd.grad(ORACLES[name])(values)
    loss, gradient = symbackprop.derive(network, level=level).lambdify(BACKENDS[level])({})
    assert loss == pytest.approx(ORACLES[name](values), rel=1e-13)
    assert set(gradient) == set(network.parameters)
    for parameter, own in gradient.items():
        assert anp.allclose(own, theirs[parameter], rtol=1e-12, atol=1e-15), parameter
        assert own.shape == theirs[parameter].shape


@pytest.mark.parametrize("name", [*ORACLES, "units"])
def test_the_general_step_is_every_step(name: str) -> None:
    """With t put in, the general formulas are those of the unrolled network: forward, partials, and the sums over time."""
    network = random_case(11).network() if name == "units" else symbackprop.load(name)
    steps = network.steps
    general = general_step(network)
    derivation = symbackprop.derive(network, level="matrix" if network.is_array else "unit")
    # A unit's value before the first step is a given symbol and has another name.
    first = 1 + max(longest_delays(network).values()) if name == "units" else 1
    assert first < steps
    for t in range(first, steps + 1):
        for own, tree in general.forward:
            assert derivation.by_name[own.replace("[t]", f"[{t}]")].tree == at_step(tree, t)
    draw = Random(5)
    numbers: dict[str, Any] = {}

    def look(tree: Any, index: tuple[int, ...]) -> Any:
        entry = element(tree, index, derivation.program.shapes | partial_shapes(derivation))
        for read in names_of(entry):
            numbers.setdefault(read, draw.randint(-9, 9))
        return value(entry, numbers)

    for partial in general.partials:
        for t in range(first, steps - first + 1):
            wrt = partial.name.replace("[t]", f"[{t}]")
            own = derivation.partials[wrt]
            shape = derivation.program.shapes.get(wrt, ())
            index = tuple(0 for _ in shape)
            whole = look(at_step(partial.direct, t), index) + look(at_step(partial.recursive, t), index)
            assert whole == look(own.tree, index), partial.name
    for over in general.parameters:
        own = derivation.partials[over.parameter]
        index = tuple(0 for _ in derivation.program.shapes.get(over.parameter, ()))
        if name != "units":
            total = sum(look(at_step(over.summand, t), index) for t in range(over.first, steps + 1))
            assert total == look(own.tree, index), over.parameter


def at_step(tree: Any, step: int) -> Any:
    """``tree`` with a number for t."""
    from symbackprop.tree import Derivative, fold, rebuild

    def put(text: str) -> str:
        for away in range(-3, 4):
            text = text.replace(f"[t{away:+d}]" if away else "[t]", f"[{step + away}]")
        return text

    def swap(node: Any, children: list[Any]) -> Any:
        if isinstance(node, Name):
            return Name(put(node.name))
        if isinstance(node, Derivative):
            return Derivative(put(node.of), put(node.wrt), node.direct)
        return rebuild(node, children) if children else node

    return fold(tree, swap)


def names_of(tree: Any) -> tuple[str, ...]:
    from symbackprop.tree import names

    return names(tree)


def partial_shapes(derivation: Any) -> dict[str, Any]:
    """Shapes of the names of partials and local derivatives."""
    shapes = derivation.program.shapes
    found = {derivative_name(derivation.objective, name): shape for name, shape in shapes.items()}
    found |= {name: shapes.get(local.of, ()) for name, local in derivation.local_derivatives.items()}
    return found


def test_ten_thousand_steps_need_no_recursion() -> None:
    limit = sys.getrecursionlimit()
    unit = Unit("h", {"x": "w", "h[t-1]": "u"}, "tanh", "b")
    network = Network(inputs=("x",), steps=10_000, units=(unit,), loss=Loss("half_squared_error", {"h": "y"}))
    derivation = symbackprop.derive(network)
    assert sys.getrecursionlimit() == limit
    assert len(derivation.partials["u"].terms) == 10_000
    assert len(derivation.signals) == 10_000


def test_initial_values_are_zero_or_given() -> None:
    text = "h[t] = w*h[t-1] + x[t]\nE = h[2]"
    zero = Network.from_equations(text, steps=2, objective="E", values={"w": 3, "x": [1, 2]})
    given = Network.from_equations(text, steps=2, objective="E", values={"w": 3, "x": [1, 2], "h[0]": 5})
    assert symbackprop.evaluate(zero).objective == 3 * 1 + 2
    assert symbackprop.evaluate(given).objective == 3 * (3 * 5 + 1) + 2
    assert symbackprop.evaluate(given).gradient["w"] == 2 * 3 * 5 + 1


def test_samples_come_before_time() -> None:
    units = (Unit("h", {"x": "w", "h[t-1]": "u"}, "tanh"),)
    values = {"w": 0.5, "u": 0.25, "x": [[1, 2], [3, -1], [0, 1]], "y": [[0, 1], [1, 0], [0, 0]]}
    network = Network(inputs=("x",), steps=2, units=units, loss=Loss("half_squared_error", {"h": "y"}), values=values)
    assert len(network.samples) == 3
    single = [
        symbackprop.evaluate(
            Network(
                inputs=("x",),
                steps=2,
                units=units,
                loss=Loss("half_squared_error", {"h": "y"}),
                values={"w": 0.5, "u": 0.25, "x": x, "y": y},
            )
        )
        for x, y in zip(values["x"], values["y"], strict=True)
    ]
    total = sum(own.gradient["u"] for own in single)
    assert symbackprop.evaluate(network).gradient["u"] == pytest.approx(total, rel=1e-14)
    mean = replace(network, loss=replace(network.loss, reduction="mean"))
    assert symbackprop.evaluate(mean).gradient["u"] == pytest.approx(total / 3, rel=1e-14)


def test_one_target_is_the_loss_at_the_end() -> None:
    units = (Unit("h", {"x": "w", "h[t-1]": "u"}),)
    values = {"w": 1, "u": 2, "x": [1, 1, 1], "y": 0}
    network = Network(inputs=("x",), steps=3, units=units, loss=Loss("squared_error", {"h": "y"}), values=values)
    assert symbackprop.evaluate(network).objective == 7**2


@pytest.mark.parametrize(
    ("text", "keywords", "message"),
    [
        ("h[t] = w*h[t-1]\nE = h[4]", {"steps": 3}, "equations.E: h[4] is after the last step, 3"),
        ("h[t] = w*h[t-1]\nE = h[3]", {}, "steps: 'h[t-1]' is read over time, so the network needs a number of steps"),
        ("h[t] = w*h[t-1] + x[t]\nE = h[2]", {"steps": 2, "values": {"x": [1, 2, 3]}}, "x"),
        ("h[t] = w*h[t-1]\nE = h[2]", {"steps": 0}, "steps: expected a number from 1"),
        ("h[t] = W @ h[t-1]\nE = sum(h[2])", {"steps": 2, "values": {"W": [[1, 2, 3], [4, 5, 6]]}}, "h"),
    ],
)
def test_what_does_not_fit_is_said(text: str, keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Network.from_equations(text, objective="E", **keywords)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_step_in_the_middle_has_no_general_form() -> None:
    network = Network.from_equations("h[t] = w*h[t-1]\nE = h[2]", steps=4, objective="E")
    with pytest.raises(InputError, match="in the middle"):
        general_step(network)


def test_renaming_keeps_what_is_no_step() -> None:
    assert renamed(Name("h[3]"), 2, "t") == Name("h[t+1]")
    assert renamed(Name("w"), 2, "t") == Name("w")


def test_what_comes_once_stands_beside_the_sum() -> None:
    """A loss at the last step, a penalty, and a parameter that the objective also reads outside time."""
    units = (Unit("h", {"x": "w", "h[t-1]": "u"}, "tanh"), Unit("o", {"h": "p"}))
    loss = Loss("half_squared_error", {"o": "y"}, steps="last", l2={"u": 0.3})
    general = general_step(Network(inputs=("x",), units=units, loss=loss, steps=5))
    found = {over.parameter: plain_text(summed(over)) for over in general.parameters}
    assert found == {
        "p": "delta_o[T]*z_h[T]",
        "w": "sum_t(delta_h[t]*x[t])",
        "u": "sum_t(delta_h[t]*z_h[t-1]) + 0.3*u",
    }
    assert [(name, signal) for name, signal, _ in general.ends] == [("z_o[T]", ""), ("s_o[T]", "delta_o[T]")]
    for objective in ("mean(h)", "h[-1]*h[0]"):
        with pytest.raises(InputError, match="no general step"):
            general_step(Network.from_equations(f"h[t] = u*h[t-1] + x[t]\nE = {objective}", steps=3, objective="E"))


def test_an_initial_value_has_the_shape_of_its_state() -> None:
    network = symbackprop.load("rnn")
    for wrong in ([1], [[1, 2]], 3):
        with pytest.raises(InputError, match="must be a vector of 2 like h at a step"):
            network.with_values({"h[0]": wrong})


def test_what_is_known_after_all_steps_is_not_read_at_a_step() -> None:
    """A mean over time inside a later formula of time: one line, in the place of a name that is not there yet."""
    text = "h[t] = tanh(w*x[t] + u*h[t-1])\nm = mean(h)\nv[t] = (h[t] - m)**2\nE = sum(v)"
    network = Network.from_equations(text, objective="E", steps=3)
    with pytest.raises(InputError, match=r"equations\.v: v at a step reads m, which is defined after all steps"):
        symbackprop.derive(network)
