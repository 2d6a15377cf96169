"""How many operations loss and gradient take, and how many the loss alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import numpy as np

from .cases import Case, chain, perceptron, recurrent, textbook
from .peers import Count
from .topics import Piece, Run

NAIVE = 30  # given numbers up to which naive SymPy is counted
NAMES = {"ours": "ours", "casadi_peer": "CasADi SX", "sympy_peer": "naive SymPy, cse"}


def work(run: Run) -> Iterator[Piece]:
    cases = [*map(textbook, ("000", "003-chain", "003-split", "004")), perceptron(2, 2, 2), perceptron(4, 8, 8, 3)]
    cases += [chain(count) for count in (2, 8, 64)] + [recurrent(steps) for steps in (10, 64)]
    if not run.quick:
        cases += [perceptron(10, 10, 10, 10), perceptron(32, 32, 10), perceptron(784, 32, 10), chain(1024), recurrent(1024)]
    for case in cases:
        yield case.name, partial(measure, run, case)


def measure(run: Run, case: Case) -> None:
    found: dict[str, Count] = {}
    for name, shown in NAMES.items():
        if name in run.peers and (name != "sympy_peer" or sum(map(np.size, case.given.values())) <= NAIVE):
            found[shown] = run.peers[name].operations(case)
    if (tape := structural_tape(case)) is not None:
        found["tape"] = tape
    for who, count in found.items():
        run.report.counts.append(
            {"case": case.name, "size": case.size, "who": who, "kinds": count.kinds, "total": count.total, "forward": count.forward}
        )
    for key, other in (("operations casadi", "CasADi SX"), ("operations tape", "tape")):
        if other in found:
            run.report.figure(key, found["ours"].total / found[other].total, case.name)


def structural_tape(case: Case) -> Count | None:
    """What a tape needs that records each operation once and knows σ′ = z(1 − z) and tanh′ = 1 − z², counted by hand.

    σ(s) = 1/(1 + exp(−s)) is two additions, a quotient and a function; e²/2 two products. None for the textbook networks.
    """
    if case.kind == "perceptron":
        return _perceptron_tape(case.widths, linear=True)
    if case.kind == "chain":
        return _perceptron_tape((1,) * (case.size // 2 + 1), linear=False)
    if case.kind == "recurrent":
        steps = len(case.given["x"])
        # Forward w x + u h + b, tanh, the error and its half square; the sum of all.
        forward = {"mul": 4 * steps, "add": 3 * steps + steps - 1, "div": 0, "function": steps}
        # Back (e + u δ)(1 − h²), but at the last step no u δ; δ x and δ h, and three sums.
        backward = {"mul": 5 * steps - 1, "add": 2 * steps - 1 + 3 * (steps - 1), "div": 0, "function": 0}
        return _count(forward, backward)
    return None


def _perceptron_tape(widths: tuple[int, ...], linear: bool) -> Count:
    units = sum(widths[1:]) - (widths[-1] if linear else 0)  # those with a sigmoid
    connections = sum(inner * outer for inner, outer in pairwise(widths))
    inner_connections = connections - widths[0] * widths[1]
    outputs = widths[-1]
    forward = {"mul": connections + 2 * outputs, "add": connections + 2 * units + 2 * outputs - 1, "div": units, "function": units}
    # Each weight a product; each inner unit Σ δ w over the units above, and each sigmoid z(1 − z).
    sums = inner_connections - sum(widths[1:-1])
    backward = {"mul": connections + inner_connections + 2 * units, "add": sums + units, "div": 0, "function": 0}
    return _count(forward, backward)


def _count(forward: dict[str, int], backward: dict[str, int]) -> Count:
    return Count({kind: forward[kind] + backward[kind] for kind in forward}, sum(forward.values()))
