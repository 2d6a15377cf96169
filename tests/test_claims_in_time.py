"""Values after updates against a program of its own in plain floats; claims that would take forever are given up in time."""

from __future__ import annotations

import time
from contextlib import suppress
from math import exp

import pytest

from symbackprop import derive, load, loads
from symbackprop.checking.claims import judged_text
from symbackprop.checking.judge import Judge
from symbackprop.checking.judgement import EQUAL, WRONG
from symbackprop.errors import InputError

SAMPLES = [(1, 0.5, 1), (-0.5, 1, 0), (0.5, -1, 1)]  # of network 001
START = {"w_1j": 0.5, "w_2j": -0.3, "w_1k": 0.2, "w_2k": 0.8, "w_jo": 0.7, "w_ko": -0.4, "b_j": 0.1, "b_k": -0.2, "b_o": 0.3}


def squashed(s: float) -> float:
    return 1 / (1 + exp(-s))


def chain(updates: int, way: str) -> list[float]:
    """w_k, w_j, w_in of 003-chain, by hand."""
    weights, rate = [3.0, 5.0, 2.0], {"uphill": -0.01, "no rate": 1.0}.get(way, 0.01)

    def gradient() -> list[float]:
        z_j = squashed(weights[2])
        z_k = squashed(weights[1] * z_j)
        miss = weights[0] * z_k - 3
        delta_k = miss * weights[0] * z_k * (1 - z_k)
        return [miss * z_k, delta_k * z_j, delta_k * weights[1] * z_j * (1 - z_j)]

    for _ in range(updates):
        if way == "one by one":
            for index in range(3):
                weights[index] -= rate * gradient()[index]
        else:
            weights = [own - rate * step for own, step in zip(weights, gradient(), strict=True)]
    return weights


def gathered(updates: int, way: str) -> dict[str, float]:
    """The parameters of 001, whose samples are summed, by hand."""
    own = dict(START)

    def gradient(x_1: float, x_2: float, y: float) -> dict[str, float]:
        z_j = squashed(own["w_1j"] * x_1 + own["w_2j"] * x_2 + own["b_j"])
        z_k = squashed(own["w_1k"] * x_1 + own["w_2k"] * x_2 + own["b_k"])
        z_o = squashed(own["w_jo"] * z_j + own["w_ko"] * z_k + own["b_o"])
        o = (z_o - y) * z_o * (1 - z_o)
        j, k = o * own["w_jo"] * z_j * (1 - z_j), o * own["w_ko"] * z_k * (1 - z_k)
        return {"w_1j": j * x_1, "w_2j": j * x_2, "w_1k": k * x_1, "w_2k": k * x_2, "w_jo": o * z_j, "w_ko": o * z_k} | {
            "b_j": j, "b_k": k, "b_o": o
        }  # fmt: skip

    for _ in range(updates):
        for batch in [[sample] for sample in SAMPLES] if way == "each" else [SAMPLES]:
            steps = [gradient(*sample) for sample in batch]
            share = 3 if way == "mean" else 1
            own = {name: own[name] - 0.5 * sum(step[name] for step in steps) / share for name in own}
    return own


@pytest.fixture(scope="module")
def of_chain() -> Judge:
    return Judge(derive(load("003-chain"), level="unit"))


@pytest.fixture(scope="module")
def of_samples() -> Judge:
    return Judge(derive(load("001"), level="unit"))


@pytest.mark.parametrize("updates", [1, 2, 5])
def test_values_after_updates_of_a_chain(of_chain: Judge, updates: int) -> None:
    for name, number in zip(("w_k", "w_j", "w_in"), chain(updates, ""), strict=True):
        assert judged_text(f"{name} = {number:.12f} after {updates} updates", of_chain, "").verdict == EQUAL
    ways = {"uphill": "sign", "no rate": "learning rate", "one by one": "weights updated too early"}
    for way, kind in ways.items():
        found = judged_text(f"w_in = {chain(updates, way)[2]:.12f} after {updates} updates", of_chain, "")
        assert found.verdict == WRONG and found.diagnosis[0].kind == kind, (way, found)
    for other in {updates + 1, updates - 1} - {0}:
        found = judged_text(f"w_in = {chain(other, '')[2]:.12f} after {updates} updates", of_chain, "")
        assert found.verdict == WRONG and found.diagnosis[0].kind == "number of updates", found


@pytest.mark.parametrize("updates", [1, 2])
def test_values_after_updates_of_several_samples(of_samples: Judge, updates: int) -> None:
    for name, number in gathered(updates, "").items():
        assert judged_text(f"{name} = {number:.10f} after {updates} updates", of_samples, "").verdict == EQUAL, name
    for way in ("mean", "each"):
        found = judged_text(f"b_k = {gathered(updates, way)['b_k']:.10f} after {updates} updates", of_samples, "")
        assert found.verdict == WRONG and found.diagnosis[0].kind == "averaged or summed", (way, found)


ENDLESS = [
    "dE/dw_k = exp(exp(exp(exp(exp(w_in*9)))))",
    "dE/dw_k = w_j**w_k**w_in**9**9",
    "exp(w_k)**(w_in**w_in) = exp(w_k*w_in**w_in)",
    "dE/dw_k = 9**9**9**9",
    "w_k = 3.5 after 10000 updates",
    "dE/dw_k = " + " + ".join(["(yhat - y)*z_k"] * 300) + " - 299*(yhat - y)*z_k",
    "dE/dw_k <= 10**9 if exp(exp(exp(exp(w_in)))) <= 3",
]


@pytest.mark.parametrize("claim", ENDLESS, ids=lambda claim: claim[:40])
def test_nothing_takes_forever(claim: str) -> None:
    judge = Judge(derive(load("003-chain"), level="unit"), seconds=1)
    start = time.monotonic()
    with suppress(InputError):  # a number too large to compute with
        judged_text(claim, judge, "claim")
    assert time.monotonic() - start < 8  # about 2 s on an idle machine


def test_a_deep_network_is_given_up_in_time() -> None:
    units = "".join(
        f'[[units]]\nname = "u{i}"\nfrom = {{ {f"u{i - 1}" if i else "x"} = "w{i}" }}\nactivation = "tanh"\n' for i in range(60)
    )
    text = f'inputs = ["x"]\n{units}[loss]\nfunction = "half_squared_error"\ntargets = {{ u59 = "y" }}\n'
    judge = Judge(derive(loads(text), level="unit"), seconds=1)
    start = time.monotonic()
    found = judged_text("delta_u0 = delta_u1*w1", judge, "claim")
    assert found.verdict in (WRONG, "not decided") and time.monotonic() - start < 8
