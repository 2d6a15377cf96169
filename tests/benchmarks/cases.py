"""The networks that are timed: ours, and their losses written once in the operations that every peer has.

A case has two forms of its loss: of arrays, for those that compute with arrays, and of scalars (nested lists), for those that
differentiate expressions. Textbook networks of units have only scalars. No formula here is made by the library that is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from symbackprop.network import Layer, Loss, Network, Unit
from symbackprop.reading import load

Values = Mapping[str, Any]
LossFormula = Callable[["Operations", Values], Any]


class Operations:
    """What a loss is written in. Sums, products and powers are Python's; peers replace what they have of their own."""

    exp: Callable[[Any], Any]
    log: Callable[[Any], Any]
    tanh: Callable[[Any], Any]

    def sigmoid(self, s: Any) -> Any:
        return 1 / (1 + self.exp(-s))

    def total(self, terms: Sequence[Any]) -> Any:
        """The sum of scalars."""
        return sum(terms[1:], terms[0])

    def affine(self, z: Any, weights: Any, bias: Any) -> Any:
        """A layer's net input: of one sample, or with a row for each."""
        return z @ weights.T + bias

    def half_squares(self, errors: Any) -> Any:
        """Half the sum of the squares of all entries."""
        return (errors**2).sum() / 2

    def recur(self, step: Callable[[Any, Any, Any], tuple[Any, Any]], start: Any, x: Any, y: Any) -> Any:
        """The sum of what ``step(state, x, y)`` → (state, term) gives over a sequence."""
        state, terms = start, []
        for index in range(len(x)):
            state, term = step(state, x[index], y[index])
            terms.append(term)
        return self.total(terms)


@dataclass(frozen=True)
class Case:
    """A network with values. ``given`` has them as peers take them, ``own`` as our network names them.

    ``parameters`` are names of ``given``, and ``wanted`` ours in the same order: laid end to end both give the same vector.
    """

    name: str
    network: Network
    given: Values
    parameters: tuple[str, ...]
    own: Values
    wanted: tuple[str, ...]
    loss: LossFormula
    scalar_loss: LossFormula
    kind: str  # "units", "perceptron" or "recurrent"
    widths: tuple[int, ...] = ()  # of a perceptron
    batch: int = 1

    @property
    def size(self) -> int:
        """The number of parameters."""
        return sum(np.size(self.given[name]) for name in self.parameters)

    def flat(self, values: Values) -> np.ndarray:
        """A gradient by name, in ours or in the peers' names, as one vector."""
        names = self.parameters if all(name in values for name in self.parameters) else self.wanted
        return np.concatenate([np.ravel(values[name]) for name in names])


def scalar_names(given: Values) -> dict[str, tuple[str, ...]]:
    """The names of the entries of each given value, row by row: W1_0_2."""
    return {
        name: tuple("_".join([name, *map(str, index)]) for index in np.ndindex(np.shape(value))) for name, value in given.items()
    }


def scalars(given: Values, make: Callable[[str], Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(given values as nested lists of symbols, the same symbols by name)."""
    flat: dict[str, Any] = {}
    nested: dict[str, Any] = {}
    for name, names in scalar_names(given).items():
        flat.update((own, make(own)) for own in names)
        entries = np.empty(len(names), dtype=object)
        entries[:] = [flat[own] for own in names]
        shape = np.shape(given[name])
        nested[name] = entries.reshape(shape).tolist() if shape else entries[0]
    return nested, flat


def scalar_values(given: Values) -> list[float]:
    """The numbers of all entries, in the order of `scalars`."""
    return [float(entry) for value in given.values() for entry in np.ravel(value)]


# Perceptrons: sigmoid layers, a linear output, half the squared error.


def _perceptron(m: Operations, v: Values, depth: int) -> Any:
    z = v["x"]
    for layer in range(1, depth + 1):
        s = m.affine(z, v[f"W{layer}"], v[f"b{layer}"])
        z = s if layer == depth else m.sigmoid(s)
    return m.half_squares(z - v["y"])


def _scalar_perceptron(m: Operations, v: Values, depth: int) -> Any:
    z = v["x"]
    for layer in range(1, depth + 1):
        rows = zip(v[f"W{layer}"], v[f"b{layer}"], strict=True)
        s = [m.total([*(weight * entry for weight, entry in zip(row, z, strict=True)), bias]) for row, bias in rows]
        z = s if layer == depth else [m.sigmoid(own) for own in s]
    return m.total([(own - target) ** 2 / 2 for own, target in zip(z, v["y"], strict=True)])


def layers_of(widths: Sequence[int]) -> Network:
    activations = ["sigmoid"] * (len(widths) - 2) + ["identity"]
    layers = tuple(Layer(width, own) for width, own in zip(widths[1:], activations, strict=True))
    return Network(inputs=widths[0], layers=layers, loss=Loss("half_squared_error"))


def units_of(widths: Sequence[int]) -> Network:
    """The same perceptron in single units, whose weights and biases have the names of `scalar_names`."""
    before = [f"x_{index}" for index in range(widths[0])]
    inputs, units = tuple(before), []
    for layer, width in enumerate(widths[1:], 1):
        activation = "identity" if layer == len(widths) - 1 else "sigmoid"
        for j in range(width):
            sources = {source: f"W{layer}_{j}_{i}" for i, source in enumerate(before)}
            units.append(Unit(f"u{layer}_{j}", sources, activation, f"b{layer}_{j}"))
        before = [f"u{layer}_{j}" for j in range(width)]
    targets = {unit: f"y_{index}" for index, unit in enumerate(before)}
    return Network(inputs=inputs, units=tuple(units), loss=Loss("half_squared_error", targets))


def _values_of(widths: Sequence[int], batch: int) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    draw = np.random.default_rng(sum(widths) + batch)
    shape = (batch,) if batch > 1 else ()
    given = {"x": draw.normal(size=(*shape, widths[0])), "y": draw.uniform(size=(*shape, widths[-1]))}
    for layer, (inner, outer) in enumerate(pairwise(widths), 1):
        given |= {f"W{layer}": draw.normal(size=(outer, inner)) / np.sqrt(inner), f"b{layer}": draw.normal(size=outer)}
    return given, tuple(name for name in given if name not in "xy")


def perceptron(*widths: int, batch: int = 1) -> Case:
    """A perceptron of layers."""
    given, parameters = _values_of(widths, batch)
    loss, scalar = (partial(form, depth=len(widths) - 1) for form in (_perceptron, _scalar_perceptron))
    name = "-".join(map(str, widths)) + (f" × {batch}" if batch > 1 else "")
    return Case(name, layers_of(widths), given, parameters, given, parameters, loss, scalar, "perceptron", widths, batch)


def perceptron_of_units(*widths: int) -> Case:
    """The same perceptron, which ours sees as single units."""
    case = perceptron(*widths)
    names = scalar_names(case.given)
    own = dict(zip([entry for entries in names.values() for entry in entries], scalar_values(case.given), strict=True))
    wanted = tuple(entry for name in case.parameters for entry in names[name])
    return replace(case, name=f"{case.name} of units", network=units_of(widths), own=own, wanted=wanted)


# Chains: one sigmoid unit behind the other.


def _chain(m: Operations, v: Values) -> Any:
    z = v["x"]
    for weight, bias in zip(v["w"], v["b"], strict=True):
        z = m.sigmoid(weight * z + bias)
    return (z - v["y"]) ** 2 / 2


def chain(count: int) -> Case:
    draw = np.random.default_rng(count)
    given = {"x": 0.5, "w": draw.normal(size=count) + 2, "b": draw.normal(size=count), "y": 0.25}
    names = scalar_names(given)
    places = [("x", "u0"), *pairwise(f"u{index}" for index in range(count))]
    units = tuple(
        Unit(name, {before: f"w_{index}"}, "sigmoid", f"b_{index}") for index, (before, name) in enumerate(places[:count])
    )
    network = Network(inputs=("x",), units=units, loss=Loss("half_squared_error", {units[-1].name: "y"}))
    own = dict(zip([entry for entries in names.values() for entry in entries], scalar_values(given), strict=True))
    return Case(f"chain of {count}", network, given, ("w", "b"), own, (*names["w"], *names["b"]), _chain, _chain, "chain")


# Recurrence: a tanh unit over a sequence, half the squared error at each step.


def _recurrent(m: Operations, v: Values) -> Any:
    def step(state: Any, x: Any, y: Any) -> tuple[Any, Any]:
        state = m.tanh(v["w"] * x + v["u"] * state + v["b"])
        return state, (state - y) ** 2 / 2

    return m.recur(step, v["h0"], v["x"], v["y"])


def recurrent_network(steps: int) -> Network:
    unit = Unit("h", {"x": "w", "h[t-1]": "u"}, "tanh", "b")
    return Network(inputs=("x",), steps=steps, units=(unit,), loss=Loss("half_squared_error", {"h": "y"}))


def recurrent_equations(steps: int) -> Network:
    text = "h[t] = tanh(w*x[t] + u*h[t-1] + b)\ne[t] = (h[t] - y[t])**2/2"
    return Network.from_equations(text, objective="e", steps=steps)


def recurrent(steps: int) -> Case:
    draw = np.random.default_rng(steps)
    given = {"x": draw.normal(size=steps), "y": draw.normal(size=steps), "h0": 0.1, "w": 0.3, "u": 0.5, "b": 0.1}
    own = {("h[0]" if name == "h0" else name): value for name, value in given.items()}
    wanted = ("w", "u", "b")
    return Case(f"{steps} steps", recurrent_network(steps), given, wanted, own, wanted, _recurrent, _recurrent, "recurrent")


# The textbook networks that ship with the package, written out by hand.


def _two_inputs(m: Operations, v: Values) -> Any:
    a = m.sigmoid(v["w_1"] * v["x_1"] + v["w_2"] * v["x_2"])
    return (m.sigmoid(v["W"] * a) - v["y"]) ** 2 / 2


def _two_in_a_row(m: Operations, v: Values) -> Any:
    return (v["w_k"] * m.sigmoid(v["w_j"] * m.sigmoid(v["w_in"] * v["x_i"])) - v["y"]) ** 2 / 2


def _split(m: Operations, v: Values) -> Any:
    z = m.sigmoid(v["w_in"] * v["x_i"])
    return (v["w_j"] * m.sigmoid(v["w_ij"] * z) + v["w_k"] * m.sigmoid(v["w_ik"] * z) - v["y"]) ** 2 / 2


def _probability(m: Operations, v: Values) -> Any:
    f1 = m.sigmoid(v["W1_11"] * v["x_1"] + v["W1_21"] * v["x_2"] + v["B1_1"])
    f2 = m.sigmoid(v["W1_12"] * v["x_1"] + v["W1_22"] * v["x_2"] + v["B1_2"])
    g1 = m.sigmoid(v["W2_11"] * f1 + v["W2_21"] * f2 + v["B2_1"])
    g2 = m.sigmoid(v["W2_12"] * f1 + v["W2_22"] * f2 + v["B2_2"])
    p = m.sigmoid(v["Wout_1"] * g1 + v["Wout_2"] * g2 + v["Bout"])
    return -(v["y"] * m.log(p) + (1 - v["y"]) * m.log(1 - p))


_TEXTBOOK = {"000": _two_inputs, "003-chain": _two_in_a_row, "003-split": _split, "004": _probability}


def textbook(name: str) -> Case:
    """A network of `symbackprop list`, with its own values."""
    network = load(name)
    given = {own: float(number.value) for own, number in network.values.items() if own != "learning_rate"}
    loss = _TEXTBOOK[name]
    return Case(name, network, given, network.parameters, given, network.parameters, loss, loss, "units")


def textbooks(widths: Iterable[tuple[int, ...]]) -> list[Case]:
    """All networks of scalar units: the shipped ones, and perceptrons of these widths."""
    return [*map(textbook, _TEXTBOOK), *(perceptron_of_units(*own) for own in widths)]
