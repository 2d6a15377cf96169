"""Back-propagation as one writes it by hand in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..cases import Case
from . import Contender

NEEDS = ("numpy",)
NAME = "hand NumPy"


def contenders(case: Case) -> Iterator[Contender]:
    make = {"perceptron": _perceptron, "recurrent": _recurrent}.get(case.kind)
    if make is None:
        return
    call = make(case)

    def result() -> tuple[float, np.ndarray]:
        loss, gradient = call()
        return float(loss), np.concatenate([np.ravel(own) for own in gradient])

    yield Contender(NAME, call, result)


def _perceptron(case: Case) -> Callable[[], tuple[Any, list[Any]]]:
    """Sigmoid layers and a linear output: for one sample outer products, for a batch a row for each."""
    x, y = case.given["x"], case.given["y"]
    depth = len(case.widths) - 1
    weights = [case.given[f"W{layer}"] for layer in range(1, depth + 1)]
    biases = [case.given[f"b{layer}"] for layer in range(1, depth + 1)]
    batch = case.batch > 1

    def call() -> tuple[Any, list[Any]]:
        outputs = [x]
        for layer in range(depth):
            s = outputs[-1] @ weights[layer].T + biases[layer] if batch else weights[layer].dot(outputs[-1]) + biases[layer]
            outputs.append(s if layer == depth - 1 else 1 / (1 + np.exp(-s)))
        delta = outputs[-1] - y
        loss = 0.5 * np.vdot(delta, delta)
        gradient: list[Any] = [None] * (2 * depth)
        for layer in range(depth - 1, -1, -1):
            z = outputs[layer]
            if batch:
                gradient[2 * layer : 2 * layer + 2] = delta.T @ z, delta.sum(axis=0)
            else:
                gradient[2 * layer : 2 * layer + 2] = delta[:, None] * z, delta
            if layer:
                delta = delta.dot(weights[layer]) * (z * (1 - z))
        return loss, gradient

    return call


def _recurrent(case: Case) -> Callable[[], tuple[Any, list[Any]]]:
    """The loop over time on Python's floats, everything else on arrays."""
    x, y, h0, w, u, b = (case.given[name] for name in ("x", "y", "h0", "w", "u", "b"))
    steps = len(x)

    def call() -> tuple[Any, list[Any]]:
        states = np.empty(steps + 1)
        states[0] = h0
        driven = w * x + b
        for step in range(steps):
            states[step + 1] = np.tanh(driven[step] + u * states[step])
        errors = states[1:] - y
        slopes = (1 - states[1:] ** 2).tolist()
        deltas, above = [0.0] * steps, 0.0
        for step, error in zip(range(steps - 1, -1, -1), reversed(errors.tolist()), strict=True):
            deltas[step] = above = (error + u * above) * slopes[step]
        delta = np.array(deltas)
        return 0.5 * errors.dot(errors), [delta.dot(x), delta.dot(states[:-1]), delta.sum()]

    return call
