"""The same networks written for CasADi SX, to be timed beside ours: all partials of the loss by weights and biases."""

from __future__ import annotations

from typing import Any


def recurrent(steps: int) -> Any:
    """A tanh unit over so many steps with half the squared error at each."""
    import casadi

    inputs, targets = ([casadi.SX.sym(f"{name}{step}") for step in range(steps)] for name in "xy")
    w, u, b, h = (casadi.SX.sym(name) for name in ("w", "u", "b", "h0"))
    loss = 0
    for x, y in zip(inputs, targets, strict=True):
        h = casadi.tanh(w * x + u * h + b)
        loss = loss + (h - y) ** 2 / 2
    return casadi.gradient(loss, casadi.vertcat(w, u, b))


def perceptron(*widths: int) -> Any:
    """Sigmoid layers with half the squared error, scalar by scalar."""
    import casadi

    parameters: list[Any] = []
    outputs = [casadi.SX.sym(f"x{index}") for index in range(widths[0])]
    for layer, width in enumerate(widths[1:], 1):
        before, outputs = outputs, []
        for unit in range(width):
            weights = [casadi.SX.sym(f"w{layer}_{unit}_{source}") for source in range(len(before))]
            net_input = casadi.SX.sym(f"b{layer}_{unit}")
            parameters.extend((*weights, net_input))
            for weight, source in zip(weights, before, strict=True):
                net_input = net_input + weight * source
            outputs.append(1 / (1 + casadi.exp(-net_input)))
    loss = 0
    for index, output in enumerate(outputs):
        loss = loss + (output - casadi.SX.sym(f"y{index}")) ** 2 / 2
    return casadi.gradient(loss, casadi.vertcat(*parameters))
