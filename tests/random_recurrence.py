"""Random recurrent networks for the tests, of units and of array equations, and both written a second time as plain loops.

The loops share no code with the package. They compute with whatever numbers they are handed: autograd's, or those of `digits`.
The same seed always gives the same network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import autograd.numpy as anp

from symbackprop import Loss, Network, Unit

ACTIVATIONS: Mapping[str, Callable[[Any], Any]] = {
    "identity": lambda s: s,
    "sigmoid": lambda s: 1 / (1 + anp.exp(-s)),
    "tanh": anp.tanh,
    "softplus": lambda s: anp.log(1 + anp.exp(s)),
    "sin": anp.sin,
    "s/(1 + s**2)": lambda s: s / (1 + s * s),
}

# loss → its share for one output at one step, of so many in all
LOSSES: Mapping[str, Callable[[Any, Any, int], Any]] = {
    "half_squared_error": lambda z, y, n: (z - y) ** 2 / 2,
    "squared_error": lambda z, y, n: (z - y) ** 2,
    "mean_squared_error": lambda z, y, n: (z - y) ** 2 / n,
    "huber": lambda z, y, n: anp.where(anp.abs(z - y) <= 1, (z - y) ** 2 / 2, anp.abs(z - y) - 0.5),
    "absolute_error": lambda z, y, n: anp.abs(z - y),
    "binary_cross_entropy": lambda z, y, n: -y * anp.log(z) - (1 - y) * anp.log(1 - z),
}


@dataclass(frozen=True)
class RecurrentCase:
    """Units in order; each reads (name, delay, weight)."""

    steps: int
    units: tuple[tuple[str, tuple[tuple[str, int, str], ...], str | None, str], ...]
    at: str
    function: str
    targets: tuple[tuple[str, str], ...]
    values: Mapping[str, Any]

    def network(self) -> Network:
        units = tuple(
            Unit(name, [(f"{read}[t-{delay}]" if delay else read, weight) for read, delay, weight in sources], activation, bias)
            for name, sources, bias, activation in self.units
        )
        loss = Loss(self.function, self.targets, steps=self.at)
        return Network(inputs=("x_1", "x_2"), units=units, loss=loss, steps=self.steps, values=self.values)

    def loss(self, parameters: Mapping[str, Any]) -> Any:
        """The loss by a plain loop over the steps."""
        given = {**self.values, **parameters}
        made: dict[tuple[str, int], Any] = {}

        def look(name: str, step: int) -> Any:
            if name.startswith("x"):
                return given[name][step - 1] if step > 0 else given.get(f"{name}[{step}]", 0.0)
            return made[name, step] if step > 0 else given.get(f"{name}[{step}]", 0.0)

        total: Any = 0.0
        for step in range(1, self.steps + 1):
            for name, sources, bias, activation in self.units:
                s = sum(look(source, step - delay) * given[weight] for source, delay, weight in sources)
                made[name, step] = ACTIVATIONS[activation](s if bias is None else s + given[bias])
            for unit, target in self.targets:
                if self.at == "each" or step == self.steps:
                    y = given[target][step - 1] if self.at == "each" else given[target]
                    count = len(self.targets) * (self.steps if self.at == "each" else 1)
                    total = total + LOSSES[self.function](made[unit, step], y, count)
        return total


def random_case(seed: int, fewest: int = 1, most: int = 6) -> RecurrentCase:
    draw = Random(seed)
    steps, count = draw.randint(fewest, most), draw.randint(1, 4)
    names = [f"u_{index}" for index in range(count)]
    number = lambda: round(draw.uniform(-1, 1), 3)  # noqa: E731
    values: dict[str, Any] = {name: [number() for _ in range(steps)] for name in ("x_1", "x_2")}
    function = draw.choice(list(LOSSES))
    units = []
    for index, name in enumerate(names):
        sources: dict[tuple[str, int], str] = {}
        for _ in range(draw.randint(1, 4)):
            if draw.random() < 0.5:
                source = (draw.choice(["x_1", "x_2", *names[:index]]), 0)
            else:
                source = (draw.choice(["x_1", *names]), draw.randint(1, 2))
            weight = f"w_{draw.randint(1, 4)}"  # shared between units, too
            sources.setdefault(source, weight)
        bias = draw.choice([None, f"b_{name}"])
        for key in (*sources.values(), bias):
            if key:
                values.setdefault(key, number())
        activation = "sigmoid" if function == "binary_cross_entropy" else draw.choice(list(ACTIVATIONS))
        units.append((name, tuple((*key, weight) for key, weight in sources.items()), bias, activation))
    at = draw.choice(["each", "last"])
    targets = tuple((name, f"y_{name}") for name in draw.sample(names, draw.randint(1, count)))
    for _, target in targets:
        values[target] = [abs(number()) for _ in range(steps)] if at == "each" else abs(number())
    delayed = {(source, delay) for _, sources, _, _ in units for source, delay, _ in sources if delay}
    for source, delay in sorted(delayed):
        if draw.random() < 0.5:
            values[f"{source}[{draw.randint(1 - delay, 0)}]"] = number()
    return RecurrentCase(steps, tuple(units), at, function, targets, values)


# Array equations over time: a cell, written in the language and as one step of a loop.


def _sigmoid(np: Any, s: Any) -> Any:
    return 1 / (1 + np.exp(-s))


def _tanh(np: Any, s: Any) -> Any:
    return (np.exp(s) - np.exp(-s)) / (np.exp(s) + np.exp(-s))


def _softmax(np: Any, s: Any) -> Any:
    return np.exp(s) / np.sum(np.exp(s))


FUNCTIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "softplus": lambda np, s: np.log(1 + np.exp(s)),
    "sin": lambda np, s: np.sin(s),
    "softmax": _softmax,
    "relu": lambda np, s: np.where(s > 0, s, 0 * s),
    "leaky_relu": lambda np, s: np.where(s > 0, s, s / 100),
}


@dataclass(frozen=True)
class CellCase:
    """A state h, read ``delay`` steps back as well where it is more than 1, a gate, a second state c, and what is read out."""

    steps: int
    inner: str  # functions of `FUNCTIONS`
    outer: str
    gated: bool
    memory: bool
    delay: int
    read_out: bool
    at: str
    values: Mapping[str, Any]

    @property
    def equations(self) -> str:
        own = [f"s[t] = W @ x[t] + U @ h[t-1] + {'V @ h[t-2] + ' if self.delay == 2 else ''}b"]
        if self.gated:
            own.append("g[t] = sigmoid(G @ h[t-1] + d*x[t][0])")
        fresh = f"{self.inner}(s[t])"
        if self.memory:
            own.append(f"c[t] = {'g[t]*c[t-1]' if self.gated else 'p*c[t-1]'} + {fresh}")
            own.append(f"h[t] = {self.outer}(c[t])")
        elif self.gated:
            own.append(f"h[t] = g[t]*h[t-1] + (1 - g[t])*{fresh}")
        else:
            own.append(f"h[t] = {fresh}")
        out = "o" if self.read_out else "h"
        if self.read_out:
            own.append("o[t] = R @ h[t] + e")
        if self.at == "each":
            own += [f"l[t] = sum(({out}[t] - y[t])**2)/2", "E = sum(l)"]
        elif self.at == "mean":
            own += [f"l[t] = mean(({out}[t] - y[t])**2)", f"E = sum(l)/{self.steps}"]
        else:
            own.append(f"E = sum(({out}[{self.steps}] - y)**2)/2")
        return "\n".join(own)

    def network(self) -> Network:
        parameters = tuple(name for name in self.values if name not in ("x", "y") and "[" not in name)
        values = {name: own.tolist() if hasattr(own, "tolist") else own for name, own in self.values.items()}
        return Network.from_equations(self.equations, steps=self.steps, objective="E", parameters=parameters, values=values)

    def objective(self, np: Any, given: Mapping[str, Any]) -> Any:
        p = {**self.values, **given}
        zero = 0 * p["b"]
        states = [p.get("h[-1]", zero), p.get("h[0]", zero)]
        c, total = p.get("c[0]", zero), 0
        for step in range(self.steps):
            x, h = p["x"][step], states[-1]
            s = np.dot(p["W"], x) + np.dot(p["U"], h) + p["b"]
            if self.delay == 2:
                s = s + np.dot(p["V"], states[-2])
            fresh = FUNCTIONS[self.inner](np, s)
            gate = _sigmoid(np, np.dot(p["G"], h) + p["d"] * x[0]) if self.gated else None
            if self.memory:
                c = (p["p"] if gate is None else gate) * c + fresh
                h = FUNCTIONS[self.outer](np, c)
            elif gate is not None:
                h = gate * h + (1 - gate) * fresh
            else:
                h = fresh
            states.append(h)
            out = np.dot(p["R"], h) + p["e"] if self.read_out else h
            if self.at == "each":
                total = total + np.sum((out - p["y"][step]) ** 2) / 2
            elif self.at == "mean":
                total = total + np.mean((out - p["y"][step]) ** 2) / self.steps
            elif step == self.steps - 1:
                total = total + np.sum((out - p["y"]) ** 2) / 2
        return total


def random_cell(draw: Random) -> CellCase:
    """Cells from a plain one to one with a gate, a memory, two delays and a read-out; given and zero first states."""
    import numpy

    steps, inputs, width, outputs = draw.randint(1, 4), draw.randint(1, 3), draw.randint(2, 3), draw.randint(1, 3)
    gated, memory, read_out = (draw.random() < 0.5 for _ in range(3))
    delay, at = draw.choice([1, 1, 2]), draw.choice(["each", "last", "mean"])

    def array(*shape: int) -> Any:
        drawn = [draw.uniform(-1, 1) for _ in range(int(numpy.prod(shape)))]
        return numpy.array(drawn).round(4).reshape(shape)

    values: dict[str, Any] = {"x": array(steps, inputs), "W": array(width, inputs), "U": array(width, width), "b": array(width)}
    if delay == 2:
        values["V"] = array(width, width)
    if gated:
        values |= {"G": array(width, width), "d": array(width)}
    if memory and not gated:
        values["p"] = array(width)
    if read_out:
        values |= {"R": array(outputs, width), "e": array(outputs)}
    count = outputs if read_out else width
    values["y"] = array(count) if at == "last" else array(steps, count)
    for name in ("h[0]", *(["h[-1]"] if delay == 2 else []), *(["c[0]"] if memory else [])):
        if draw.random() < 0.5:
            values[name] = array(width)
    inner, outer = draw.choice(list(FUNCTIONS)), draw.choice(["tanh", "sigmoid", "sin", "softmax"])
    return CellCase(steps, inner, outer, gated, memory, delay, read_out, at, values)
