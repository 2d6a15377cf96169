"""Programs with loops over time: the same numbers as loops with autograd, and as the program written out; of constant size."""

from __future__ import annotations

import re
import shutil
from typing import Any

import autograd
import autograd.numpy as anp
import numpy
import pytest
from random_recurrence import random_case
from test_recurrence import assert_close

from symbackprop import Loss, Network, Unit, derive, load, loads
from symbackprop.numeric import c_library, compiled
from symbackprop.numeric.c_source import c_source
from symbackprop.numeric.rolled import FEWEST, rolled
from symbackprop.numeric.room_source import room_source
from symbackprop.numeric.source import python_source
from symbackprop.numeric.straight_line import Loop, StraightLine
from symbackprop.tree import derivative_name

BACKENDS = ["math", "numpy", *(["c"] if any(map(shutil.which, c_library.COMPILERS)) else [])]
STEPS = (FEWEST, 30)


pytestmark = pytest.mark.usefixtures("own_cache")


def program_of(network: Network, level: str | None = None, **options: Any) -> StraightLine | None:
    """The program of the objective and its gradient with loops, if it has such."""
    derivation = derive(network, level=level, **options)
    partials = (derivative_name(derivation.objective, name) for name in derivation.wanted)
    return rolled(derivation, (derivation.objective, *partials))


def loops(network: Network, **options: Any) -> list[Loop]:
    program = program_of(network, **options)
    return [] if program is None else [item for item in program.lines if isinstance(item, Loop)]


@pytest.mark.parametrize("seed", range(40))
def test_units_agree_with_a_loop(seed: int) -> None:
    case = random_case(seed, *STEPS)
    network = case.network()
    given = {name: case.values[name] for name in network.parameters}
    theirs = autograd.grad(case.loss)(given)
    for backend in BACKENDS[: 3 if seed < 6 else 2]:
        objective, gradient = derive(network).lambdify(backend)()
        assert objective == pytest.approx(case.loss({}), rel=1e-12)
        assert_close(gradient, theirs)


def test_most_of_these_have_loops() -> None:
    """Those that are read at every second step only, up to a last one, are written out."""
    found = [bool(loops(random_case(seed, *STEPS).network())) for seed in range(15)]
    assert 6 <= sum(found) < 15


TEXTS = {
    "one state": "h[t] = tanh(W @ x[t] + U @ h[t-1] + b)\nE = sum((V @ h[-1] - Y)**2)",
    "two delays": "h[t] = tanh(W @ x[t] + U @ h[t-2])*h[t-1] + b\nE = mean(h[-1]*b)",
    "two states": "c[t] = c[t-1]*tanh(x[t] @ T(W)) + x[t] @ T(W)\nh[t] = tanh(U @ h[t-1] + c[t])\nE = sum(h[-1]) + sum(c[3]*b)",
    "at each step": "h[t] = tanh(W @ x[t] + U @ h[t-1])\ne[t] = sum((V @ h[t])**2)\nE = mean(e)",
    "a gate": "g[t] = sigmoid(W @ x[t] + U @ h[t-1])\nh[t] = g[t]*h[t-1] + (1 - g[t])*tanh(W @ x[t] + b)\nE = sum(h[-1]) + h[2][0]",
}
TEXTS |= {
    "delayed inputs": "h[t] = tanh(W @ x[t-1] + U @ h[t-1] + W @ x[t-2])\nE = sum(h[-1]**2)",
    "a chain of delays": "d[t] = x[t]**2\nc[t] = d[t-2] + x[t]\nh[t] = U[0][0]*c[t-3] + x[t]\ne[t] = sum(h[t]*c[t])\nE = sum(e)",
    "a step by its number": "g[t] = U @ h[t-1] + b\nq[t] = outer(g[t], g[t])\nh[t] = tanh(q[t] @ b + T(q[t]) @ (W @ x[t]))\n"
    "E = sum(h[-1]) + sum(h[7]*b)",
    "names that look alike": "dh[t] = tanh(W @ x[t] + U @ dh[t-1])\nE = sum(dh[-1]) + sum(h*s_dh)*sum(dh_1)*delta_dh",
}
SHAPES = {"h": 3, "delta_dh": (), "s_dh": 3, "dh_1": 2, "x": 2, "W": (3, 2), "U": (3, 3), "b": 3, "V": (2, 3), "Y": 2}


@pytest.mark.parametrize("steps", [FEWEST, 13, 25])
@pytest.mark.parametrize("name", TEXTS)
def test_equations_agree_with_the_program_written_out(name: str, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = {key: shape for key, shape in SHAPES.items() if re.search(rf"\b{key}\b", TEXTS[name])}
    if re.search(r"\bh\[t\] =", TEXTS[name]):
        del shapes["h"]
    network = Network.from_equations(TEXTS[name], objective="E", steps=steps, shapes=shapes, inputs=["x"])
    random = numpy.random.default_rng(steps)
    values = {key: random.normal(size=shape) / 2 for key, shape in shapes.items() if key != "x"} | {
        "x": random.normal(size=(steps, 2))
    }
    assert steps < 25 or loops(network, level="matrix") or "s_dh" in shapes  # whose parts are told from steps by nothing
    found = {backend: derive(network).lambdify(backend)(values) for backend in BACKENDS[: 3 if steps == 25 else 2]}
    monkeypatch.setattr(compiled, "rolled", lambda *arguments: None)
    objective, gradient = derive(network).lambdify("math")(values)
    for backend, (own, partials) in found.items():
        assert own == pytest.approx(objective, rel=1e-13), backend
        for key, partial in gradient.items():
            assert numpy.abs(partials[key] - partial).max() <= 1e-12 * numpy.abs(partial).max(), (backend, key)


def long(name: str, steps: int) -> Network:
    """A shipped network over more steps, with the loss at the last, without its values."""
    text = load(name).to_toml().partition("[values]")[0]
    return loads(text.replace("steps = 3", f"steps = {steps}").replace("h[3]", "h[-1]"))


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_the_size_does_not_depend_on_the_steps(name: str) -> None:
    """The sources for 40 and for 100 steps are the same but for numbers."""
    for level, printers in (("unit", (python_source, c_source)), ("matrix", (room_source, c_source))):
        programs = [program for steps in (40, 100) if (program := program_of(long(name, steps), level))]
        assert len(programs) == 2
        for printer in printers:
            short, longer = (re.sub(r"\d+", "0", getattr(text := printer(own, "f"), "text", text)) for own in programs)
            assert short == longer


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_long_shipped_networks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole arrays with loops against entries written out."""
    network = long(name, 20)
    function = derive(network, level="matrix").lambdify("numpy")
    random = numpy.random.default_rng(1)
    values = {
        key: random.normal(size=tuple(map(int, function.shapes.get(key, ())))) / 2
        for key in network.given
        if key in function.shapes
    }
    values |= {
        key: random.normal(size=(20, *function.shapes[f"{key}[1]"])) for key in network.given if f"{key}[1]" in function.shapes
    }
    found = [derive(network).lambdify(backend)(values) for backend in BACKENDS[: 3 if name == "rnn" else 2]]
    monkeypatch.setattr(compiled, "rolled", lambda *arguments: None)
    objective, gradient = derive(network).lambdify("math")(values)
    for own, partials in found:
        assert own == pytest.approx(objective, rel=1e-12)
        for key, partial in gradient.items():
            assert numpy.abs(partials[key] - partial).max() <= 1e-12 * numpy.abs(partial).max(), key


def test_a_thousand_steps_against_autograd() -> None:
    steps = 1000
    unit = Unit("h", {"x": "w", "h[t-1]": "u"}, "tanh", "b")
    network = Network(inputs=("x",), steps=steps, units=(unit,), loss=Loss("half_squared_error", {"h": "y"}))
    random = numpy.random.default_rng(2)
    x, y = random.normal(size=steps), random.normal(size=steps)

    def loss(parameters: Any) -> Any:
        h, total = 0.0, 0.0
        for index in range(steps):
            h = anp.tanh(parameters["w"] * x[index] + parameters["u"] * h + parameters["b"])
            total = total + (h - y[index]) ** 2 / 2
        return total

    at = {"w": 0.3, "u": 0.9, "b": 0.1}
    true = {name: float(own) for name, own in autograd.grad(loss)(at).items()}
    for backend in BACKENDS:
        objective, gradient = derive(network).lambdify(backend)(x=x.tolist(), y=y.tolist(), **at)
        assert objective == pytest.approx(loss(at), rel=1e-13)
        assert gradient == pytest.approx(true, rel=1e-11)


@pytest.mark.parametrize("backend", [None, *BACKENDS])
@pytest.mark.parametrize(
    "text", ["h[t] = tanh(w*x[t] + u*h[t-1])\nE = h[-1]**2", "h[t] = sigmoid(w*x[t-1])*h[t-1] + u\nE = sum(h)"]
)
def test_loops_inside_samples(text: str, backend: str | None) -> None:
    """Loops over time for all samples at once, in C, or one after the other; h[0] is an argument that the loop reads."""
    network = Network.from_equations(text, objective="E", steps=20, inputs=["x"])
    assert loops(network, by=["w", "u"])
    random = numpy.random.default_rng(3)
    x = random.normal(size=(20, 20))
    function = derive(network, by=["w", "u"]).lambdify(backend)
    objective, gradient = function({"h[0]": 0.5}, x=x.tolist(), w=0.7, u=0.9)

    def loss(at: Any) -> Any:
        total = 0.0
        for row in x:
            h, states = 0.5, []
            for index, own in enumerate(row):
                if "tanh" in text:
                    h = anp.tanh(at["w"] * own + at["u"] * h)
                else:
                    h = 1 / (1 + anp.exp(-at["w"] * (row[index - 1] if index else 0.0))) * h + at["u"]
                states.append(h)
            total = total + (h**2 if "tanh" in text else sum(states))
        return total

    at = {"w": 0.7, "u": 0.9}
    assert objective == pytest.approx(loss(at), rel=1e-12)
    assert gradient == pytest.approx({name: float(own) for name, own in autograd.grad(loss)(at).items()}, rel=1e-11)


def test_a_target_that_is_the_same_at_all_steps() -> None:
    """One number in the file: the loss is at the last step, and the loops are there."""
    unit = Unit("h", {"x": "w", "h[t-1]": "u"}, "tanh")
    values = {"x": [0.1] * 30, "y": 1, "w": 0.5, "u": 0.4}
    network = Network(inputs=("x",), steps=30, units=(unit,), loss=Loss("half_squared_error", {"h": "y"}), values=values)
    assert loops(network)
    h = 0.0
    for _ in range(30):
        h = numpy.tanh(0.05 + 0.4 * h)
    assert derive(network).lambdify()()[0] == pytest.approx((h - 1) ** 2 / 2, rel=1e-13)


def test_what_has_no_loops() -> None:
    """Few steps; partials by what is at every step."""
    text = "h[t] = tanh(w*x[t] + u*h[t-1])\nE = sum(h)"
    assert loops(Network.from_equations(text, objective="E", steps=30))
    assert not loops(Network.from_equations(text, objective="E", steps=FEWEST - 1))
    assert not loops(Network.from_equations(text, objective="E", steps=30), by=["x[1]"])
