"""Values after N updates, against training written by hand in plain NumPy: right ones are equal, wrong ones are explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy
import pytest

from symbackprop import derive, load
from symbackprop.checking.claims import judged_text
from symbackprop.checking.judge import Judge
from symbackprop.network import Network

X = numpy.array([[1, 0.5], [-0.5, 1], [0.5, -1]])
Y = numpy.array([1.0, 0, 1])
START = (
    numpy.array([[0.5, -0.3, 0.1], [0.2, 0.8, -0.2]]),
    numpy.array([0.7, -0.4, 0.3]),
)  # hidden: w_1, w_2, b; output: w_j, w_k, b
RATE = 0.5


def sigmoid(s: numpy.ndarray) -> numpy.ndarray:
    return 1 / (1 + numpy.exp(-s))


def gradient(hidden: numpy.ndarray, output: numpy.ndarray, rows: list[int]) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The gradient summed over some samples of E = ½ (ŷ − y)²."""
    by_hidden, by_output = numpy.zeros_like(hidden), numpy.zeros_like(output)
    for row in rows:
        x = numpy.append(X[row], 1)
        z = numpy.append(sigmoid(hidden @ x), 1)
        guess = sigmoid(output @ z)
        delta = (guess - Y[row]) * guess * (1 - guess)
        by_output += delta * z
        by_hidden += numpy.outer(delta * output[:2] * z[:2] * (1 - z[:2]), x)
    return by_hidden, by_output


ALL = [0, 1, 2]


def together(share: float, sign: float = -1, rate: float = RATE) -> Callable[[int], tuple[numpy.ndarray, numpy.ndarray]]:
    def train(updates: int) -> tuple[numpy.ndarray, numpy.ndarray]:
        hidden, output = START
        for _ in range(updates):
            by_hidden, by_output = gradient(hidden, output, ALL)
            hidden, output = hidden + sign * rate * share * by_hidden, output + sign * rate * share * by_output
        return hidden, output

    return train


def one_by_one(updates: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    hidden, output = START
    for _ in range(updates):
        for row in ALL:
            by_hidden, by_output = gradient(hidden, output, [row])
            hidden, output = hidden - RATE * by_hidden, output - RATE * by_output
    return hidden, output


def mean_network() -> Network:
    network = load("001")
    assert network.loss is not None
    return replace(network, loss=replace(network.loss, reduction="mean"), source=None)


@pytest.fixture(scope="module")
def judges() -> dict[str, Judge]:
    return {"sum": Judge(derive(load("001"))), "mean": Judge(derive(mean_network()))}


@pytest.mark.parametrize("updates", [1, 2, pytest.param(5, marks=pytest.mark.long)])
@pytest.mark.parametrize(("reduction", "share"), [("sum", 1.0), ("mean", 1 / 3)])
def test_numbers_after_updates(judges: dict[str, Judge], reduction: str, share: float, updates: int) -> None:
    judge = judges[reduction]
    right = together(share)

    def verdict(way: Callable[[int], tuple[numpy.ndarray, numpy.ndarray]], count: int = updates) -> tuple[str, str]:
        hidden, output = way(count)
        found = [
            judged_text(f"{name} = {number:.8f} after {updates} updates", judge, "")
            for name, number in (("w_1j", hidden[0, 0]), ("w_jo", output[0]), ("b_o", output[2]))
        ]
        assert len({own.verdict for own in found}) == 1, found
        return found[0].verdict, "; ".join(sorted({reason.kind for own in found for reason in own.diagnosis}))

    assert verdict(right) == ("equal", "")
    assert verdict(together(1 / 3 if share == 1 else 1.0)) == ("wrong", "averaged or summed")
    assert verdict(together(share, sign=1)) == ("wrong", "sign")
    assert verdict(together(share, rate=1.0)) == ("wrong", "learning rate")
    assert verdict(right, updates + 1) == ("wrong", "number of updates")
    if reduction == "sum":
        assert verdict(one_by_one) == ("wrong", "averaged or summed")


def test_layers_after_updates() -> None:
    """Softmax over three classes: δ = a − y at the output, by hand."""
    network = load("perceptron")
    given = {name: numpy.array(own.nested(), dtype=float) for name, own in network.values.items() if hasattr(own, "nested")}
    judge = Judge(derive(network, level="unit"))
    own = {name: value.copy() for name, value in given.items()}
    for updates in range(1, 4):
        hidden = numpy.tanh(own["W1"] @ own["x"] + own["b1"])
        powers = numpy.exp(own["W2"] @ hidden + own["b2"])
        delta = powers / powers.sum() - own["y"]
        before = (own["W2"].T @ delta) * (1 - hidden**2)
        own["W2"] = own["W2"] - 0.5 * numpy.outer(delta, hidden)
        own["b2"] = own["b2"] - 0.5 * delta
        own["W1"] = own["W1"] - 0.5 * numpy.outer(before, own["x"])
        own["b1"] = own["b1"] - 0.5 * before
        for entry in ("W1[0][1]", "W2[2][0]", "b1[1]"):
            base, *index = entry.replace("]", "").split("[")
            number = own[base][tuple(map(int, index))]
            assert judged_text(f"{entry} = {number:.8f} after {updates} updates", judge, "").verdict == "equal"
            assert judged_text(f"{entry} = {number + 3e-8:.8f} after {updates} updates", judge, "").verdict == "wrong"
