"""Gradients that are zero, or nearly, pass for what they are; faults of one part in a million are still found."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import mpmath
import pytest

import symbackprop
from symbackprop import Loss, Network, Unit
from symbackprop.checking import check, gradients
from symbackprop.checking.gradients import check_gradients
from symbackprop.checking.report import COMPLEX, DOUBLE, FAIL, GRADIENT, NOT_CHECKED, PASS
from symbackprop.checking.rounding import UNIT_ROUNDOFF, rounding_errors
from symbackprop.derivation import Derivation, derive
from symbackprop.grammar import number, parse
from symbackprop.precise import value
from symbackprop.program import Formula, Partial
from symbackprop.tree import product


def shares(seed: int, formula: str = "sum(W/sum(W))") -> Network:
    """An objective that is 1 whatever W is: its gradient is exactly zero."""
    source = random.Random(seed)
    rows, columns = source.randint(1, 3), source.randint(2, 3)
    values = [[round(source.uniform(0.001, 0.1), 3) for _ in range(columns)] for _ in range(rows)]
    return Network.from_equations(f"E = {formula}", values={"W": values})


@pytest.mark.parametrize("seed", range(12))
def test_a_gradient_that_is_exactly_zero_passes(seed: int) -> None:
    report = check(shares(seed))
    assert report.passed, str(report)


def test_a_zero_that_no_fraction_gives_passes() -> None:
    """exp is irrational, so that both sides are zero but for the last of the digits computed with."""
    report = check(shares(3, "sum(exp(9*W)/sum(exp(9*W)))"))
    assert report.passed
    assert not report.of_verdict(NOT_CHECKED), str(report)
    measured = [result.measured for result in report.of_method(GRADIENT, COMPLEX) if result.measured]
    assert measured
    assert {float(number) for own in measured for number in (own.analytic, own.numeric, own.error)} == {0.0}


def double(derivation: Derivation, monkeypatch: pytest.MonkeyPatch, change: Any) -> str:
    """The verdict on the double precision gradient when ``change`` has been at it."""
    import symbackprop.numeric

    monkeypatch.setattr(gradients, "MAX_WORK", 1)  # of the central differences, which are not looked at
    found = symbackprop.evaluate(derivation.network)
    off = replace(found, gradient={name: change(name, number) for name, number in found.gradient.items()})
    monkeypatch.setattr(symbackprop.numeric, "evaluate", lambda network: off)
    verdicts = {result.verdict for result in check_gradients(derivation) if result.method == DOUBLE}
    return FAIL if FAIL in verdicts else PASS if verdicts == {PASS} else NOT_CHECKED


@pytest.mark.parametrize("network", ["000", "003-split", "perceptron"])
@pytest.mark.parametrize("factor", [1 + 1e-6, 1 - 1e-6, 1 + 2e-9])
def test_a_small_fault_of_any_partial_is_found(network: str, factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    derivation = derive(symbackprop.load(network))
    assert double(derivation, monkeypatch, lambda name, number: number) == PASS
    for wrong in derivation.parameters:
        assert double(derivation, monkeypatch, lambda name, own, wrong=wrong: own * factor if name == wrong else own) == FAIL


def test_what_is_no_zero_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the partial is zero, a millionth of the terms that cancel is a fault."""
    derivation = derive(shares(3), level="unit")
    assert double(derivation, monkeypatch, lambda name, number: 0.0) == PASS
    assert double(derivation, monkeypatch, lambda name, number: 1e-6) == FAIL
    assert double(derivation, monkeypatch, lambda name, number: 1e-11) == FAIL


@pytest.mark.parametrize("size", ["1", "1e-8", "1e-14"])
def test_the_size_of_a_partial_does_not_excuse_it(size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A partial far smaller than another is judged by itself, as long as nothing cancels in it."""
    network = Network.from_equations(f"f = 3*a + {size}*b**2", values={"a": "1.7", "b": "0.3"})
    assert double(derive(network), monkeypatch, lambda name, own: own * (1 + 1e-6) if name == "b" else own) == FAIL


def test_central_differences_find_a_millionth() -> None:
    derivation = derive(symbackprop.load("003-split"))
    for wrong in derivation.parameters:

        def off(definition: Any, wrong: str = wrong) -> Any:
            if not isinstance(definition, Partial) or definition.wrt != wrong:
                return definition
            factor = number("1.000001", "")
            return replace(
                definition, terms=tuple(term._replace(factor=product([term.factor, factor])) for term in definition.terms)
            )

        backward = tuple(map(off, derivation.backward_pass))
        broken = Derivation(
            derivation.network, derivation.program, derivation.objective, derivation.wanted, backward, derivation.given
        )
        verdicts = {result.name: result.verdict for result in check_gradients(broken) if result.method == GRADIENT}
        assert [name for name, verdict in verdicts.items() if verdict == FAIL] == [wrong]


def test_saturated_units_pass() -> None:
    """1 − z of a saturated unit has few digits in double precision, and none further on."""
    for weight in (3, 30, 300, 700):
        units = (Unit("j", {"x": "w"}, "sigmoid"), Unit("o", {"j": "v"}, "tanh", bias="b"))
        values = {"x": 1, "w": weight, "v": "0.3", "b": weight, "y": "0.1"}
        report = check(Network(inputs=("x",), units=units, loss=Loss("squared_error", {"o": "y"}), values=values))
        assert report.passed, str(report)


FORMULAS = (
    "a + b - a*(1 + b)",
    "exp(a) - exp(b)",
    "a/(a - b)",
    "(a - 0.3)**5 + b**(a*7)",
    "sqrt(a - b) + log(a/b)",
    "1 - sigmoid(40*a)",
    "normal_cdf(-20*a)*gelu(b) + softplus(a) - a",
    "sin(100*a)/cos(b) + leaky_relu(b - a, 0.2)",
)


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_rounding_error_bounds_what_is_found(formula: str) -> None:
    """Against the same formula computed in 40, 60, … bits: the error stays below the bound, and is no thousandth of it."""
    definition = Formula("f", "", parse(formula, {"exp": (1,), **dict.fromkeys(_names(formula), (1, 2))}, ""))
    values: dict[str, Any] = {"a": number("0.731", "").value, "b": number("0.29", "").value}
    exact = value(definition.tree, values)
    (bound,) = rounding_errors([definition], {**values, "f": exact}).values()
    worst = max(_error(formula, bits, exact) for bits in range(40, 400, 20))
    assert 1e-3 * float(bound) < worst <= float(bound)
    assert UNIT_ROUNDOFF == 2.0**-53


def _names(formula: str) -> list[str]:
    from symbackprop.functions import FUNCTIONS

    return [name for name in FUNCTIONS if name in formula]


def _error(formula: str, bits: int, exact: Any) -> float:
    """What the formula in mpmath is off, every operation rounded to so many bits, in units of the last of them."""
    known = {
        "a": lambda: mpmath.mpf("0.731"),
        "b": lambda: mpmath.mpf("0.29"),
        "exp": mpmath.exp,
        "sqrt": mpmath.sqrt,
        "log": mpmath.log,
        "sin": mpmath.sin,
        "cos": mpmath.cos,
        "sigmoid": lambda s: 1 / (1 + mpmath.exp(-s)),
        "normal_cdf": mpmath.ncdf,
        "gelu": lambda s: s * mpmath.ncdf(s),
        "softplus": lambda s: mpmath.log(1 + mpmath.exp(s)),
        "leaky_relu": lambda s, slope: s if s > 0 else slope * s,
    }
    with mpmath.workprec(bits):
        names = {name: own() if name in "ab" else own for name, own in known.items()}
        text = formula.replace("0.3", "mpf('0.3')").replace("0.2", "mpf('0.2')")
        found = eval(text, {"mpf": mpmath.mpf, **names})
    with mpmath.workprec(2000):
        return float(abs(found - mpmath.mpf(str(exact))) * mpmath.mpf(2) ** bits)
