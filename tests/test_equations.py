"""Every equality on a page holds: symbols at random points, numbers from the digits that are printed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from symbackprop.checking.page import check_page
from symbackprop.derivation import derive
from symbackprop.document.build import build
from symbackprop.document.page import make_page
from symbackprop.network import Loss, Network, Unit
from symbackprop.precise import as_mpf
from symbackprop.reading import list_networks, load

SHIPPED = [name for name, _ in list_networks() if not load(name).is_array]  # of arrays: test_matrix_pages.py


def diamond() -> Network:
    """Fan-out, skip connections, a shared weight, several activations, two outputs."""
    return Network(
        title="diamond",
        inputs=("x_1", "x_2"),
        units=(
            Unit("a", {"x_1": "v", "x_2": "v_2"}, "tanh", bias="b_a"),
            Unit("b", {"a": "w_ab", "x_1": "v"}, "sigmoid"),
            Unit("c", {"a": "w_ac"}, "softplus", bias="b_c"),
            Unit("d", {"b": "w_bd", "c": "w_cd", "a": "w_ad"}, "relu", bias="b_d"),
            Unit("m", formula="b*c + d"),
            Unit("o", {"d": "w_do", "m": "w_mo"}, "sigmoid"),
            Unit("p", {"m": "w_mp"}, "s/(1 + abs(s))"),
        ),
        loss=Loss("mean_squared_error", {"o": "y_o", "p": "y_p"}),
        values={
            "x_1": "0.7", "x_2": -1, "v": "0.3", "v_2": "-0.25", "b_a": "0.1", "w_ab": 2, "w_ac": "-1.5",
            "b_c": "0.2", "w_bd": "0.8", "w_cd": "0.6", "w_ad": "1/3", "b_d": "0.05", "w_do": "-0.9", "w_mo": "1.1",
            "w_mp": "0.4", "y_o": 1, "y_p": 0, "learning_rate": "0.1",
        },
    )  # fmt: skip


def circuit() -> Network:
    return Network.from_equations("q = x + y\nr = q*z\nf = r**2 + exp(-q)*z", objective="f", values={"x": -2, "y": 5, "z": -4})


def twice() -> Network:
    """One weight on two connections of a unit, a bias that is a weight too; tanh under a brace, ascent, large steps, saturation."""
    return Network(
        title="twice",
        inputs=("x", "y"),
        units=(
            Unit("a", {"x": "u", "y": "u"}, "tanh", bias="b"),
            Unit("c", {"x": "b"}, "sigmoid"),
            Unit("o", {"a": "v", "c": "v"}, "softplus", bias="v"),
        ),
        loss=Loss("squared_error", {"o": "t"}),
        ascent=True,
        values={"x": 100, "y": "-99.5", "u": "0.3", "b": "1.1", "v": "231.7", "t": "33.25", "learning_rate": 1},
    )


NETWORKS = {**{name: load(name) for name in SHIPPED}, "diamond": diamond(), "circuit": circuit(), "twice": twice()}


def rounds_to(exact: object, text: str) -> bool:
    """Whether ``exact`` rounds (half up) to the digits of ``text``; written apart from the code under test."""
    mantissa, _, exponent = text.partition("e")
    decimals = len(mantissa.partition(".")[2]) - (int(exponent) if exponent else 0)
    if "." not in mantissa:
        decimals -= len(mantissa) - len(mantissa.rstrip("0"))  # zeros at the end of a whole number may stand for rounded digits
    half = Fraction(1, 2) / Fraction(10) ** decimals
    distance = abs(as_mpf(exact) - as_mpf(Fraction(text)))
    return bool(distance <= as_mpf(half) * (1 + as_mpf(Fraction(1, 10**20))))


@pytest.mark.parametrize("cache", ["factors", "signals", "none"])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_line_holds(name: str, cache: str) -> None:
    derivation = derive(NETWORKS[name])
    page = make_page(derivation, cache=cache, detail="full")
    proof = check_page(page, build(page))
    assert proof.sides > len(derivation.parameters) and not set(proof.left_out) - {"a number in a sentence"}


@pytest.mark.parametrize("policy", ["exact", "carry"])
@pytest.mark.parametrize("name", [name for name, network in NETWORKS.items() if network.values])
def test_every_number_holds(name: str, policy: str) -> None:
    derivation = derive(NETWORKS[name])
    for cache in ("factors", "signals", "none"):
        page = make_page(derivation, cache=cache, numbers=policy, detail="full")
        assert check_page(page, build(page)).numbers > len(derivation.program.definitions) / 2


@pytest.mark.parametrize("digits", [{"decimals": 2}, {"significant": 2}, {"decimals": 9}, {"significant": 6}])
def test_numbers_hold_at_other_digits(digits: dict[str, int]) -> None:
    for network in (diamond(), load("chain"), load("split")):
        page = make_page(derive(replace(network, numbers=digits)))
        assert check_page(page, build(page)).numbers > 10
