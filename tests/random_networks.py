"""Random networks of units for the tests, and their forward pass written a second time.

The second forward pass shares no code with the package: it walks the plain `Case` and computes with whatever
mathematics it is handed (SymPy's, autograd's, ``math``), so that each of these is an oracle of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from types import SimpleNamespace
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from symbackprop.network import Loss, Network, Unit

Mathematics = Any  # exp, log, sqrt, sin, erf, the number half, and choose(s, above, below): above where s is positive

# name or formula → the same function in elementary mathematics
ACTIVATIONS: Mapping[str, Callable[[Mathematics, Any], Any]] = {
    "identity": lambda m, s: s,
    "sigmoid": lambda m, s: 1 / (1 + m.exp(-s)),
    "tanh": lambda m, s: (m.exp(s) - m.exp(-s)) / (m.exp(s) + m.exp(-s)),
    "relu": lambda m, s: m.choose(s, s, 0 * s),
    "leaky_relu": lambda m, s: m.choose(s, s, s / 100),
    "elu": lambda m, s: m.choose(s, s, m.exp(s) - 1),
    "softplus": lambda m, s: m.log(1 + m.exp(s)),
    "silu": lambda m, s: s / (1 + m.exp(-s)),
    "gelu": lambda m, s: s * (1 + m.erf(s / m.sqrt(2))) / 2,
    "sin": lambda m, s: m.sin(s),
    "s/(1 + abs(s))": lambda m, s: m.choose(s, s / (1 + s), s / (1 - s)),
    "s**3/10 - s": lambda m, s: s * s * s / 10 - s,
    "1/(1 + s**2)": lambda m, s: 1 / (1 + s * s),
    "leaky_relu(s, 0.2)": lambda m, s: m.choose(s, s, s / 5),
}
KINKED = {"relu", "leaky_relu", "elu", "s/(1 + abs(s))", "leaky_relu(s, 0.2)"}

# formula of two sources a, b and a parameter p → the same
FORMULAS: Mapping[str, Callable[[Mathematics, Any, Any, Any], Any]] = {
    "{a}*{b} + {p}": lambda m, a, b, p: p + b * a,
    "{p}*{a}/(1 + {b}**2)": lambda m, a, b, p: p * a / (b * b + 1),
    "{a} + {p}*sin({b})": lambda m, a, b, p: a + m.sin(b) * p,
    "sqrt({a}**2 + {b}**2 + 1)*{p}": lambda m, a, b, p: p * m.sqrt(1 + b * b + a * a),
    "{p} - exp(-{a}**2)*{b}": lambda m, a, b, p: p - b / m.exp(a * a),
    "log(2 + {a}**2) - {b}*{p}": lambda m, a, b, p: m.log(a * a + 2) - p * b,
    "(2 + {a}**2)**{p} + {b}": lambda m, a, b, p: m.exp(p * m.log(2 + a * a)) + b,
    "{p}*maximum({a}, {b} + 5)": lambda m, a, b, p: p * m.choose(a - b - 5, a, b + 5),
}

# loss → its share for one output, of so many outputs
LOSSES: Mapping[str, Callable[[Mathematics, Any, Any, int], Any]] = {
    "half_squared_error": lambda m, z, y, n: (y - z) * (y - z) / 2,
    "squared_error": lambda m, z, y, n: (y - z) * (y - z),
    "mean_squared_error": lambda m, z, y, n: (y - z) * (y - z) / n,
    "binary_cross_entropy": lambda m, z, y, n: -y * m.log(z) - (1 - y) * m.log(1 - z),
    "negative_log_likelihood": lambda m, z, y, n: -y * m.log(z) - (1 - y) * m.log(1 - z),
    "cross_entropy": lambda m, z, y, n: -y * m.log(z),
    "absolute_error": lambda m, z, y, n: m.choose(z - y, z - y, y - z),
    "huber": lambda m, z, y, n: m.choose((z - y) * (z - y) - 1, m.choose(z - y, z - y, y - z) - m.half, (z - y) * (z - y) / 2),
    "hinge": lambda m, z, y, n: m.choose(1 - y * z, 1 - y * z, 0 * z),
}
NEEDS_PROBABILITY = {"binary_cross_entropy", "negative_log_likelihood", "cross_entropy"}

FLOATS = SimpleNamespace(
    exp=math.exp,
    log=math.log,
    sqrt=math.sqrt,
    sin=math.sin,
    erf=math.erf,
    half=0.5,
    choose=lambda s, above, below: above if s > 0 else below,
)


@dataclass(frozen=True)
class UnitCase:
    name: str
    sources: tuple[tuple[str, str], ...]
    bias: str | None
    formula: tuple[str, str, str, str] | None  # template, a, b, p
    activation: str


@dataclass(frozen=True)
class Case:
    """A network as plain data, and its values as decimal texts."""

    inputs: tuple[str, ...]
    units: tuple[UnitCase, ...]
    loss: str
    targets: tuple[tuple[str, str], ...]
    values: Mapping[str, str]

    def network(self, **keywords: Any) -> Network:
        units = []
        for unit in self.units:
            if unit.formula:
                template, a, b, p = unit.formula
                units.append(Unit(unit.name, activation=unit.activation, formula=template.format(a=a, b=b, p=p)))
            else:
                units.append(Unit(unit.name, unit.sources, unit.activation, unit.bias))
        loss = Loss(self.loss, self.targets)
        return Network(inputs=self.inputs, units=tuple(units), loss=loss, **({"values": self.values} | keywords))

    def forward(self, m: Mathematics, given: Mapping[str, Any], shift: Mapping[str, Any]) -> dict[str, Any]:
        """Everything the forward pass computes. ``shift`` is added to net inputs and outputs: to differentiate by them."""
        found: dict[str, Any] = dict(given)
        for unit in self.units:
            look = lambda name: found[f"z_{name}"] if f"z_{name}" in found else found[name]  # noqa: E731
            if unit.formula:
                template, a, b, p = unit.formula
                s = FORMULAS[template](m, look(a), look(b), look(p))
            else:
                s = sum(look(source) * found[weight] for source, weight in unit.sources)
                s = s if unit.bias is None else s + found[unit.bias]
            found[f"s_{unit.name}"] = s + shift.get(f"s_{unit.name}", 0)
            found[f"z_{unit.name}"] = ACTIVATIONS[unit.activation](m, found[f"s_{unit.name}"]) + shift.get(f"z_{unit.name}", 0)
        count = len(self.targets)
        found["E"] = sum(LOSSES[self.loss](m, found[f"z_{unit}"], found[target], count) for unit, target in self.targets)
        return found

    @property
    def inner(self) -> tuple[str, ...]:
        """Every net input and output."""
        return tuple(f"{kind}_{unit.name}" for unit in self.units for kind in "sz")

    @property
    def kinks(self) -> int:
        """How many functions with a kink are in it."""
        units = sum((unit.activation in KINKED) + bool(unit.formula and "maximum" in unit.formula[0]) for unit in self.units)
        return units + (self.loss in ("absolute_error", "huber", "hinge")) * len(self.targets)

    def is_tame(self) -> bool:
        """No net input near a kink or so great that 1 − σ(s) loses its digits; no loss near its kink."""
        try:
            found = self.forward(FLOATS, {name: float(text) for name, text in self.values.items()}, {})
        except OverflowError:
            return False
        for unit in self.units:
            s = found[f"s_{unit.name}"]
            if abs(s) > 5 or (unit.activation in KINKED and abs(s) < 1e-3):
                return False
            if unit.formula and "maximum" in unit.formula[0]:
                a, b = (found.get(f"z_{name}", found.get(name)) for name in unit.formula[1:3])
                if abs(a - b - 5) < 1e-3:
                    return False
        for name, target in self.targets:
            z, y = found[f"z_{name}"], found[target]
            margins = {"absolute_error": (z - y,), "huber": (abs(z - y) - 1,), "hinge": (1 - y * z,)}.get(self.loss, ())
            if any(abs(margin) < 1e-3 for margin in margins):
                return False
        return True


def random_case(random: Random, most_units: int) -> Case:
    """Fan-in, fan-out, skip connections, shared weights, biases, formula units, several outputs."""
    inputs = tuple(f"x{index}" for index in range(random.randint(1, 3)))
    units: list[UnitCase] = []
    weights: list[str] = []
    count = random.randint(1, most_units)
    outputs = random.randint(1, min(3, count))
    loss = random.choice(list(LOSSES))
    for index in range(count):
        sources = [*inputs, *(unit.name for unit in units)]
        is_output = index >= count - outputs
        activation = random.choice(["sigmoid", "sigmoid", "softplus"] if loss == "cross_entropy" else ["sigmoid"])
        if not (is_output and loss in NEEDS_PROBABILITY):
            activation = random.choice(list(ACTIVATIONS))
        if random.random() < 0.25:
            a, b = random.choice(sources), random.choice(sources)
            formula = (random.choice(list(FORMULAS)), a, b, f"p{index}")
            units.append(UnitCase(f"u{index}", (), None, formula, activation))
            continue
        chosen = random.sample(sources, random.randint(1, min(3, len(sources))))
        if units and units[-1].name not in chosen:
            chosen.append(units[-1].name)
        pairs = []
        for source in chosen:
            weight = random.choice(weights) if weights and random.random() < 0.2 else f"w{len(weights)}"
            if weight not in weights:
                weights.append(weight)
            pairs.append((source, weight))
        bias = random.choice([None, f"b{index}", "b_shared"])
        units.append(UnitCase(f"u{index}", tuple(pairs), bias, None, activation))
    targets = tuple((unit.name, f"y{index}") for index, unit in enumerate(units[-outputs:]))
    values: dict[str, str] = {name: _decimal(random, 1.5) for name in inputs}
    for unit in units:
        for _, weight in unit.sources:
            values.setdefault(weight, _decimal(random, 1.2))
        if unit.bias:
            values.setdefault(unit.bias, _decimal(random, 0.5))
        if unit.formula:
            values[unit.formula[3]] = _decimal(random, 1.2)
    for _, target in targets:
        probability = f"{random.uniform(0.05, 0.95):.2f}" if loss in NEEDS_PROBABILITY else _decimal(random, 1.5)
        values[target] = random.choice(["1", "-1"]) if loss == "hinge" else probability
    return Case(inputs, tuple(units), loss, targets, values)


def _decimal(random: Random, largest: float) -> str:
    text = f"{random.uniform(-largest, largest):.3f}"
    return text if abs(float(text)) > 0.01 else "0.137"


@st.composite
def cases(draw: st.DrawFn, most_units: int) -> Case:
    """Tame random networks of at most so many units."""
    case = random_case(draw(st.randoms(use_true_random=False)), most_units)
    assume(case.is_tame())
    return case
