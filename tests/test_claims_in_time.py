"""Values after updates against a program of its own in plain floats; claims that would take forever are given up in time."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from math import exp
from typing import Any

import pytest

from symbackprop import derive, load, loads
from symbackprop.checking.claims import judged_text
from symbackprop.checking.judge import Judge
from symbackprop.checking.judgement import EQUAL, WRONG
from symbackprop.checking.printed import rounded_like
from symbackprop.checking.time_limit import Deadline, within
from symbackprop.errors import InputError
from symbackprop.precise import context

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
    "E = w_k**w_k**w_k**w_k**w_k",
    "E = sqrt(exp(10**15))",
    "E = tanh(exp(exp(exp(w_k))))",
    "((9**512)**512)**512*E = E*((9**512)**512)**512",
    "((9**512*w_k)**512)**512*E = E*((9**512*w_k)**512)**512",
    "exp(10**18)*E = 3.5",
    "E = ((w_k**10**18)**10**18)**10**18",
    "dE/dw_k <= 10**9 if exp(exp(exp(exp(w_in)))) <= 3",
]


@pytest.mark.parametrize("claim", ENDLESS, ids=lambda claim: claim[:40])
def test_nothing_takes_forever(claim: str) -> None:
    judge = Judge(derive(load("003-chain"), level="unit"), seconds=1)
    start = time.monotonic()
    with suppress(InputError):  # a number too large to compute with
        judged_text(claim, judge, "claim")
    assert time.monotonic() - start < 8  # about 2 s on an idle machine


def test_a_symbol_as_exponent_is_not_replaced_by_a_number() -> None:
    judge = Judge(derive(loads('equations = "f = x**n"\nobjective = "f"\nparameters = ["x", "n"]\n[values]\nx = 2\nn = 3\n')))
    start = time.monotonic()
    for claim in ("df/dx = n*x**(n-1)", "f*x**(n-2) = x**(2*n-2)", "df/dn = x**n*log(x)"):
        assert judged_text(claim, judge, "claim").verdict == EQUAL
    assert judged_text("df/dn = f*log(x)", judge, "claim").is_proved
    assert not judged_text("df/dx = n*x**(n+1)", judge, "claim").holds
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    ("value", "printed", "rounded"),
    [
        (Fraction(1, 2), "1", "1"),
        (Fraction(49, 100), "1", "0"),
        (Fraction(-5), "1e1", "-1e1"),
        (Fraction(4999, 100000), "0.1", "0"),
        (Fraction(10) ** 120, "1.0", "1e120"),
        (context().exp(-(10**18)), "3.5", "0"),
    ],
)
def test_numbers_of_any_size_are_compared_with_printed_ones(value: Any, printed: str, rounded: str) -> None:
    assert rounded_like(value, Decimal(printed)) == Decimal(rounded)


def busy(seconds: float) -> str:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
    return "done"


def test_a_limit_counts_the_work_that_is_waited_for() -> None:
    whole = Deadline(2)
    assert within(1, lambda: busy(0.1)) == "done"
    assert within(0.1, lambda: busy(9)) is None
    left = whole.left
    assert left is not None and 1 < left < 1.9
    threading.Thread(target=busy, args=(0.5,), daemon=True).start()  # what other threads compute is not counted
    time.sleep(0.3)
    assert whole.left is not None and left - whole.left < 0.1


def test_work_that_catches_everything_is_told_again() -> None:
    caught: list[Exception] = []

    def stubborn() -> None:
        end = time.thread_time() + 9
        while len(caught) < 3:
            try:
                busy(end - time.thread_time())
            except Exception as error:
                caught.append(error)

    assert within(0.05, stubborn) is None and len(caught) == 3


def test_no_exception_gets_out_of_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    out: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", out.append)
    for index in range(200):  # the time is over about when the work is done
        within(0.0005, lambda: busy(0.0005 + (index % 20) / 1e5))  # noqa: B023 - it is called at once
    assert not out
    with pytest.raises(ValueError, match="invalid literal"):
        within(1, lambda: int("x"))


def test_a_deep_network_is_given_up_in_time() -> None:
    units = "".join(
        f'[[units]]\nname = "u{i}"\nfrom = {{ {f"u{i - 1}" if i else "x"} = "w{i}" }}\nactivation = "tanh"\n' for i in range(60)
    )
    text = f'inputs = ["x"]\n{units}[loss]\nfunction = "half_squared_error"\ntargets = {{ u59 = "y" }}\n'
    judge = Judge(derive(loads(text), level="unit"), seconds=1)
    start = time.monotonic()
    found = judged_text("delta_u0 = delta_u1*w1", judge, "claim")
    assert found.verdict in (WRONG, "not decided") and time.monotonic() - start < 8
