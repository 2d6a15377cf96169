"""Random networks of layers and random array equations, and both written a second time for an automatic differentiator.

The second writing shares no code with the package: it computes with whatever NumPy it is handed, `autograd.numpy` for
instance. The same seed always gives the same network.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import numpy
from autograd.extend import defvjp, primitive

from symbackprop.network import Layer, Loss, Network

Arrays = Any  # numpy, or autograd.numpy


def _of_each(method: str, function: Callable[[float], float]) -> Callable[[Any], Any]:
    """A function of doubles, entry by entry; numbers of other kinds bring their own as a ``method``."""

    def of_one(s: Any) -> Any:
        return getattr(s, method)() if hasattr(s, method) else function(s)

    def of_all(s: Any) -> Any:
        return numpy.vectorize(of_one, otypes=[object if numpy.asarray(s).dtype == object else float])(s)

    return of_all


normal_cdf = primitive(_of_each("normal_cdf", lambda s: math.erfc(-s / math.sqrt(2)) / 2))
defvjp(normal_cdf, lambda answer, s: lambda g: g * numpy.exp(-s * s / 2) / math.sqrt(2 * math.pi))

# name or formula → the same function in elementary mathematics
ACTIVATIONS: Mapping[str, Callable[[Arrays, Any], Any]] = {
    "identity": lambda np, s: s,
    "sigmoid": lambda np, s: 1 / (1 + np.exp(-s)),
    "tanh": lambda np, s: (np.exp(s) - np.exp(-s)) / (np.exp(s) + np.exp(-s)),
    "relu": lambda np, s: np.where(s > 0, s, 0 * s),
    "leaky_relu": lambda np, s: np.where(s > 0, s, s / 100),
    "elu": lambda np, s: np.where(s > 0, s, np.exp(s) - 1),
    "softplus": lambda np, s: np.log(1 + np.exp(s)),
    "silu": lambda np, s: s / (1 + np.exp(-s)),
    "gelu": lambda np, s: s * normal_cdf(s),
    "sin": lambda np, s: np.sin(s),
    "softmax": lambda np, s: np.exp(s) / np.sum(np.exp(s)),
    "s/(2 + s**2)": lambda np, s: s / (s * s + 2),
    "2*s": lambda np, s: s + s,
}

# loss → its value for one sample
LOSSES: Mapping[str, Callable[[Arrays, Any, Any], Any]] = {
    "half_squared_error": lambda np, z, y: np.sum((y - z) * (y - z)) / 2,
    "squared_error": lambda np, z, y: np.sum((y - z) * (y - z)),
    "mean_squared_error": lambda np, z, y: np.mean((y - z) * (y - z)),
    "binary_cross_entropy": lambda np, z, y: -np.sum(y * np.log(z) + (1 - y) * np.log(1 - z)),
    "negative_log_likelihood": lambda np, z, y: -np.sum(y * np.log(z) + (1 - y) * np.log(1 - z)),
    "cross_entropy": lambda np, z, y: -np.sum(y * np.log(z)),
    "absolute_error": lambda np, z, y: np.sum(np.where(z > y, z - y, y - z)),
    "huber": lambda np, z, y: np.sum(np.where((z - y) * (z - y) > 1, np.where(z > y, z - y, y - z) - 0.5, (z - y) * (z - y) / 2)),
    "hinge": lambda np, z, y: np.sum(np.where(1 - y * z > 0, 1 - y * z, 0 * z)),
    "sum((output - y)**2)/3 + (output @ y)**2": lambda np, z, y: np.sum((z - y) ** 2) / 3 + np.sum(z * y) ** 2,
}
FORMULA = "sum((output - y)**2)/3 + (output @ y)**2"  # "output" stands for the last layer's
NEEDS_PROBABILITY = {"binary_cross_entropy", "negative_log_likelihood", "cross_entropy"}


@dataclass(frozen=True)
class LayersCase:
    """Layers as plain data. ``values`` holds arrays; x and y have a leading axis where there are several samples."""

    widths: tuple[int, ...]  # of the input first
    activations: tuple[str, ...]
    biases: tuple[str, ...]
    loss: str
    reduction: str
    layout: str
    samples: int | None
    values: Mapping[str, Any]
    l1: Mapping[str, float] = field(default_factory=dict)
    l2: Mapping[str, float] = field(default_factory=dict)
    frozen: tuple[str, ...] = ()

    def network(self, **keywords: Any) -> Network:
        layers = tuple(map(Layer, self.widths[1:], self.activations, self.biases))  # type: ignore[arg-type]
        shares: Any = {"reduction": self.reduction, "l1": self.l1, "l2": self.l2}
        if self.loss == FORMULA:
            loss = Loss(formula=FORMULA.replace("output", f"z{len(layers)}"), targets="y", **shares)  # type: ignore[arg-type]
        else:
            loss = Loss(self.loss, **shares)
        values = {name: numpy.asarray(value).tolist() for name, value in self.values.items()}
        settings = {"values": values, "layout": self.layout, "frozen": self.frozen}
        return Network(inputs=self.widths[0], layers=layers, loss=loss, **(settings | keywords))

    @property
    def depth(self) -> int:
        return len(self.activations)

    def sample(self, np: Arrays, given: Mapping[str, Any], x: Any, y: Any, shift: Mapping[str, Any]) -> Any:
        """The loss of one sample. ``shift`` is added to net inputs and outputs: to differentiate by them."""
        z = x
        for number in range(1, self.depth + 1):
            rows = [np.sum(given[f"W{number}"][row] * z) for row in range(self.widths[number])]
            s = np.array(rows) + given.get(f"b{number}", 0) + shift.get(f"s{number}", 0)
            z = ACTIVATIONS[self.activations[number - 1]](np, s) + shift.get(f"z{number}", 0)
        return LOSSES[self.loss](np, z, y)

    def objective(self, np: Arrays, given: Mapping[str, Any], shifts: Any = None) -> Any:
        """E over all samples, penalties counted once."""
        if self.samples is None:
            total = self.sample(np, given, given["x"], given["y"], shifts or {})
        else:
            each = range(self.samples)
            total = sum(self.sample(np, given, given["x"][i], given["y"][i], shifts[i] if shifts else {}) for i in each)
            total = total / self.samples if self.reduction == "mean" else total
        for name, weight in self.l1.items():
            total = total + weight * np.sum(np.abs(given[name]))
        for name, weight in self.l2.items():
            total = total + weight * np.sum(given[name] * given[name]) / 2
        return total


def layers_case(
    random: Random, activations: tuple[str, ...], loss: str, samples: int | None, biases: tuple[str, ...] = (), **others: Any
) -> LayersCase:
    """A case with random widths and values, so tame that a loss of probabilities has an output between 0 and 1."""
    depth = len(activations)
    biases = biases or tuple(random.choice(["unit", "shared", "none"]) for _ in range(depth))
    if loss in NEEDS_PROBABILITY and activations[-1] not in ("sigmoid", "softmax") and biases[-1] == "none":
        biases = (*biases[:-1], "unit")
    widths = [random.randint(1, 5) for _ in range(depth + 1)]
    widths[1:] = (max(own, 2) if activation == "softmax" else own for own, activation in zip(widths[1:], activations, strict=True))

    def draw(*shape: int, size: float = 1.0) -> Any:
        drawn = numpy.array([random.uniform(0.02, size) * random.choice([-1, 1]) for _ in range(math.prod(shape))])
        return drawn.reshape(shape).round(6)

    over = () if samples is None else (samples,)
    values: dict[str, Any] = {"x": draw(*over, widths[0], size=1.5)}
    for number in range(1, depth + 1):
        values[f"W{number}"] = draw(widths[number], widths[number - 1])
        if biases[number - 1] != "none":
            values[f"b{number}"] = draw(*(() if biases[number - 1] == "shared" else (widths[number],)), size=0.5)
    if loss in NEEDS_PROBABILITY:
        targets = numpy.abs(draw(*over, widths[-1], size=0.9)) + 0.05
        if activations[-1] == "softmax":
            targets = _adding_up(targets)
        elif activations[-1] != "sigmoid":  # the net input stays near a third
            values[f"W{depth}"] = (values[f"W{depth}"] / 40).round(6)
            values[f"b{depth}"] = numpy.abs(values[f"b{depth}"]) / 10 + 0.3
    elif loss == "hinge":
        targets = numpy.sign(draw(*over, widths[-1]))
    else:
        targets = draw(*over, widths[-1], size=2.5)
    case = LayersCase(tuple(widths), activations, biases, loss, "sum", "column", samples, {**values, "y": targets})
    return replace(case, **others)


def _adding_up(targets: Any) -> Any:
    """Targets of six digits that add up to 1 in each row."""
    shares = (targets / targets.sum(axis=-1, keepdims=True)).round(6)
    shares[..., 0] = 0
    shares[..., 0] = (1 - shares.sum(axis=-1)).round(6)
    return shares


def random_layers(random: Random) -> LayersCase:
    """Depths from 1 to 4, widths from 1 to 5, and everything else that layers may have."""
    activations = tuple(random.choice(list(ACTIVATIONS)) for _ in range(random.randint(1, 4)))
    loss = random.choice(list(LOSSES))
    if random.random() < 0.15:
        activations, loss = (*activations[:-1], "softmax"), "cross_entropy"
    samples = random.choice([None, 1, 2, 5])
    case = layers_case(random, activations, loss, samples)
    parameters = [name for name in case.values if name not in ("x", "y")]
    penalised = [random.sample(parameters, random.randint(1, len(parameters))) if random.random() < 0.3 else [] for _ in range(2)]
    frozen = random.sample(parameters, random.randint(0, len(parameters) - 1)) if random.random() < 0.3 else []
    return replace(
        case,
        reduction=random.choice(["sum", "mean"]),
        layout=random.choice(["column", "row"]),
        l1=dict.fromkeys(penalised[0], 0.125),
        l2=dict.fromkeys(penalised[1], 0.3),
        frozen=tuple(frozen),
    )


# Array equations: text of the language, and the same in NumPy.

OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "{a} @ {b}": lambda np, a, b: np.dot(a, b),
    "T({a}) @ {b}": lambda np, a, b: np.dot(np.transpose(a), b),
    "{a} @ T({b})/3 + {c}": lambda np, a, b, c: np.dot(a, np.transpose(b)) / 3 + c,
    "{a} - ({b} + {b}) @ {c}": lambda np, a, b, c: a - 2 * np.dot(b, c),
    "-{a} @ {b} + 0.5*outer({c}, {d})": lambda np, a, b, c, d: np.dot(-a, b) + np.outer(c, d) / 2,
    "outer({a}, tanh({b}))": lambda np, a, b: np.outer(a, np.tanh(b)),
    "tanh({a} @ {b} + {c})": lambda np, a, b, c: np.tanh(np.dot(a, b) + c),
    "softmax({a} @ T({b})/2) @ {c}": lambda np, a, b, c: np.dot(_softmax(np, np.dot(a, np.transpose(b)) / 2), c),
    "softmax({a})*{b}": lambda np, a, b: _softmax(np, a) * b,
    "sum({a}, 0)": lambda np, a: np.sum(a, axis=0),
    "sum({a}*{b}, 1)": lambda np, a, b: np.sum(a * b, axis=1),
    "mean({a}, 0) + {b}": lambda np, a, b: np.mean(a, axis=0) + b,
    "mean({a}**2, 1)": lambda np, a: np.mean(a * a, axis=1),
    "mean({a})*{b}": lambda np, a, b: np.mean(a) * b,
    "{a} - sum({a})/4": lambda np, a: a - np.sum(a) / 4,
    "{a}[0] + {b}[-1]": lambda np, a, b: a[0] + b[-1],
    "{a}[1][0]*{b}": lambda np, a, b: a[1, 0] * b,
    "{a} + {b}": lambda np, a, b: a + b,
    "{a}*{b} - 2*{a}": lambda np, a, b: a * (b - 2),
    "sin({a})/(1 + {b}**2)": lambda np, a, b: np.sin(a) / (1 + b * b),
    "exp(-{a}**2)*T({b})": lambda np, a, b: np.exp(-a * a) * np.transpose(b),
    "{p}*{a} + relu({b})": lambda np, p, a, b: p * a + np.where(b > 0, b, 0 * b),
    "{a} + {p}": lambda np, a, p: a + p,
}
_SHAPES: tuple[tuple[int, ...], ...] = ((), (2,), (3,), (2, 3), (3, 2), (3, 3), (1, 3), (2, 1), (2, 2))


def _softmax(np: Arrays, s: Any) -> Any:
    powers = np.exp(s)
    return powers / np.sum(powers, axis=-1, keepdims=True)


@dataclass(frozen=True)
class EquationsCase:
    """Equations as plain data: (name, operation, the names it reads by letter); the objective adds up what nothing else reads."""

    lines: tuple[tuple[str, str, Mapping[str, str]], ...]
    ends: tuple[str, ...]
    values: Mapping[str, Any]

    def network(self, **keywords: Any) -> Network:
        equations = {name: operation.format(**reads) for name, operation, reads in self.lines}
        equations["E"] = " + ".join(f"sum({name}**2)/2 + mean({name})" for name in self.ends)
        values = {name: numpy.asarray(value).tolist() for name, value in self.values.items()}
        return Network(equations=equations, objective="E", values=values, **keywords)  # type: ignore[arg-type]

    def objective(self, np: Arrays, given: Mapping[str, Any]) -> Any:
        found = dict(given)
        for name, operation, reads in self.lines:
            found[name] = OPERATIONS[operation](np, **{letter: found[read] for letter, read in reads.items()})
        return sum(np.sum(found[name] ** 2) / 2 + np.mean(found[name]) for name in self.ends)


def random_equations(random: Random, first: str = "") -> EquationsCase:
    """A few operations on given arrays and on each other's results; ``first`` is sure to be one of them."""
    while True:
        values: dict[str, Any] = {}
        for index in range(random.randint(4, 6)):
            shape = random.choice(_SHAPES)
            size = math.prod(shape)
            values[f"v{index}"] = numpy.array([random.uniform(-1, 1) for _ in range(size)]).round(5).reshape(shape)
        known, lines = dict(values), []
        for operation in [*([first] if first else []), *(random.choice(list(OPERATIONS)) for _ in range(40))]:
            letters = [letter for letter in "abcdp" if f"{{{letter}}}" in operation]
            reads = {letter: random.choice(list(known)) for letter in letters}
            if not _is_allowed(operation, [known[name] for name in reads.values()]):
                continue
            try:
                result = numpy.asarray(OPERATIONS[operation](numpy, **{letter: known[name] for letter, name in reads.items()}))
            except (ValueError, IndexError):
                continue
            if result.ndim > 2 or numpy.abs(result).max() > 30:
                continue
            name = f"h{len(lines)}"
            lines.append((name, operation, reads))
            known[name] = result
            if len(lines) == 5:
                break
        if len(lines) == 5 and (not first or lines[0][1] == first):
            read = {name for _, _, reads in lines for name in reads.values()}
            given = {name: value for name, value in values.items() if name in read}
            return EquationsCase(tuple(lines), tuple(name for name, _, _ in lines if name not in read), given)


def _is_allowed(operation: str, arrays: list[Any]) -> bool:
    """What NumPy takes and the language does not: a scalar in a product of matrices, a softmax or an outer product of others."""
    least = 2 if "[1][0]" in operation or ", 1)" in operation else 1 if any(sign in operation for sign in ("@", "(", "[")) else 0
    if "outer" in operation and any(own.ndim != 1 for own in arrays[-2:]):
        return False
    if "softmax({a} @" in operation and all(own.ndim < 2 for own in arrays[:2]):
        return False
    if operation.startswith("{p}") and arrays[0].ndim:
        return False
    return all(own.ndim >= least for own in arrays if not operation.startswith("{p}") or own is not arrays[0])
