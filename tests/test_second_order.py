"""Second derivatives against SymPy's own of the nested function, and what evaluation and the command line make of them."""

from __future__ import annotations

import json

import pytest
import sympy
from click.testing import CliRunner

import symbackprop
from symbackprop import InputError
from symbackprop.cli import main
from symbackprop.closed_form import closed_form, objective
from symbackprop.second_order import derive_twice

NETWORKS = ("003-chain", "003-split", "000")


@pytest.mark.parametrize("name", [*NETWORKS, pytest.param("004", marks=pytest.mark.long)])
def test_they_are_sympys(name: str) -> None:
    """At the network's values, to 25 digits, for every pair of some parameters."""
    network = symbackprop.load(name)
    nested = objective(symbackprop.derive(network))
    numbers = {sympy.Symbol(key): sympy.Rational(own.value) for key, own in network.values.items()}
    chosen = network.parameters[:2] if name == "004" else network.parameters[:4]  # SymPy nests 004 three times over
    for place, first in enumerate(chosen):
        twice = derive_twice(network, first, chosen)
        for second in chosen[place:]:
            ours = closed_form(twice, second).subs(numbers).evalf(30)
            theirs = sympy.diff(nested, sympy.Symbol(first), sympy.Symbol(second)).subs(numbers).evalf(30)
            assert abs(ours - theirs) <= sympy.Float("1e-25") * max(1, abs(theirs)), (first, second)


def test_a_wrong_one_is_refused() -> None:
    """The comparison above tells ∂²E/∂w_j² from ∂²E/∂w_j ∂w_k."""
    network = symbackprop.load("003-chain")
    found = symbackprop.evaluate(network, of="E", wrt=("w_j", "w_j")).derivative
    other = symbackprop.evaluate(network, of="E", wrt=("w_j", "w_k")).derivative
    assert found != pytest.approx(other)


@pytest.mark.parametrize("name", ["perceptron", "attention", "rnn", "004"])
def test_evaluation_is_the_slope_of_the_gradient(name: str) -> None:
    network = symbackprop.load(name)
    entries = {"perceptron": ("W1[0][1]", "W2[1][0]"), "attention": ("Q[0][1]", "K[2][0]"), "rnn": ("W_hh[0][1]", "b_h[1]")}
    first, second = entries.get(name, ("W1_11", "W2_12"))
    found = symbackprop.evaluate(network, of=network.objective, wrt=(first, second)).derivative
    swapped = symbackprop.evaluate(network, of=network.objective, wrt=(second, first)).derivative
    assert found == pytest.approx(swapped, rel=1e-10)

    def slope(shift: float) -> float:
        from symbackprop.expansion import expanded
        from symbackprop.unrolling import unrolled

        flat = expanded(unrolled(network))
        moved = flat.with_values({second: float(flat.values[second].value) + shift})
        return symbackprop.evaluate(moved, of=flat.objective, wrt=first).derivative

    step = 1e-5
    assert found == pytest.approx((slope(step) - slope(-step)) / (2 * step), rel=1e-6, abs=1e-9)


def test_the_command_takes_two_symbols() -> None:
    found = CliRunner().invoke(main, ["evaluate", "chain", "--json", "--of", "E", "--wrt", "w_in", "--wrt", "w_j"])
    answer = json.loads(found.stdout)
    assert answer["wrt"] == ["w_in", "w_j"]
    own = symbackprop.evaluate(symbackprop.load("chain"), of="E", wrt=("w_in", "w_j")).derivative
    assert answer["derivative"] == own


def test_what_cannot_be_is_said() -> None:
    network = symbackprop.load("chain")
    for wrt in (("w_in", "nothing"), ("nothing", "w_in"), ("w_in", "w_j", "w_k")):
        with pytest.raises(InputError) as caught:
            symbackprop.evaluate(network, of="E", wrt=wrt)
        assert "\n" not in str(caught.value)
