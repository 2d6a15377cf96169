"""Every partial against two independent oracles, on random networks.

Relative error of a and b is |a − b| / max(|a|, |b|, floor), the floor being a thousandth of the largest partial in the same
network: a partial that is smaller than that is a difference of large paths and cannot have more digits than they have.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import mpmath
import pytest
import sympy
from hypothesis import HealthCheck, assume, event, given, settings
from random_networks import ACTIVATIONS, FLOATS, FORMULAS, LOSSES, Case, UnitCase, cases

from symbackprop import functions, losses, precise, program
from symbackprop.derivation import derive
from symbackprop.network import Loss, Network, Unit
from symbackprop.numeric import evaluate
from symbackprop.plain_text import plain_text
from symbackprop.tree import names

autograd = pytest.importorskip("autograd")

TOLERANCE = 1e-12

# The same networks in every run; a network takes a while to draw and to differentiate.
STEADY = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def relative_errors(found: Mapping[str, float], true: Mapping[str, Any]) -> dict[str, float]:
    floor = max(abs(value) for value in true.values()) / 1000 or 1
    assert found.keys() == true.keys()
    return {name: float(abs(found[name] - true[name]) / max(abs(found[name]), abs(true[name]), floor)) for name in true}


def assert_close(found: Mapping[str, float], true: Mapping[str, Any]) -> None:
    wrong = {name: error for name, error in relative_errors(found, true).items() if not error <= TOLERANCE}
    assert not wrong, {name: (found[name], float(true[name]), error) for name, error in wrong.items()}


def our_partials(case: Case) -> dict[str, float]:
    derivatives = evaluate(case.network()).derivatives
    return {name: derivatives[name] for name in (*case.values, *case.inner)}  # type: ignore[misc]


# Oracle 1: SymPy differentiates the whole nested function, evaluated with 40 digits.

SYMPY = SimpleNamespace(
    exp=sympy.exp,
    log=sympy.log,
    sqrt=sympy.sqrt,
    sin=sympy.sin,
    erf=sympy.erf,
    half=sympy.Rational(1, 2),
    choose=lambda s, above, below: sympy.Piecewise((above, s > 0), (below, True)),
)


def sympy_partials(case: Case) -> dict[str, Any]:
    given = {name: sympy.Symbol(name) for name in case.values}
    shift = {name: sympy.Symbol(f"shift_{name}") for name in case.inner}
    loss = case.forward(SYMPY, given, shift)["E"]
    symbols = [*given.values(), *shift.values()]
    with mpmath.workdps(40):
        slopes = sympy.lambdify(symbols, [sympy.diff(loss, symbol) for symbol in symbols], "mpmath", cse=True)
        point = [mpmath.mpf(text) for text in case.values.values()] + [mpmath.mpf(0)] * len(shift)
        return dict(zip((*given, *shift), slopes(*point), strict=True))


@settings(STEADY, max_examples=25)
@given(cases(most_units=4))
def test_partials_against_sympy(case: Case) -> None:
    assert_close(our_partials(case), sympy_partials(case))


# Oracle 2: reverse-mode automatic differentiation of the forward pass in floating point.


def _autograd_mathematics() -> Any:
    import autograd.numpy as anp
    from autograd.extend import defvjp, primitive

    erf = primitive(math.erf)
    defvjp(erf, lambda answer, s: lambda g: g * 2 / math.sqrt(math.pi) * anp.exp(-s * s))
    choose = lambda s, above, below: above if s > 0 else below  # noqa: E731
    return SimpleNamespace(exp=anp.exp, log=anp.log, sqrt=anp.sqrt, sin=anp.sin, erf=erf, half=0.5, choose=choose)


AUTOGRAD = _autograd_mathematics()


def autograd_partials(case: Case) -> dict[str, float]:
    def loss(point: dict[str, float]) -> Any:
        return case.forward(AUTOGRAD, point, {name: point[f"shift_{name}"] for name in case.inner})["E"]

    point = {name: float(text) for name, text in case.values.items()} | {f"shift_{name}": 0.0 for name in case.inner}
    return {name.removeprefix("shift_"): float(slope) for name, slope in autograd.grad(loss)(point).items()}


@settings(STEADY, max_examples=200)
@given(cases(most_units=12))
def test_partials_against_autograd(case: Case) -> None:
    event(case.loss)
    assert_close(our_partials(case), autograd_partials(case))


def test_random_networks_cover_everything() -> None:
    """What the tests above draw from reaches every kind of unit and loss, and each kind of connection."""
    seen: set[str] = set()

    @settings(STEADY, max_examples=1000, database=None)
    @given(cases(most_units=12))
    def collect(case: Case) -> None:
        seen.add(case.loss)
        seen.update(unit.activation for unit in case.units)
        seen.update(unit.formula[0] for unit in case.units if unit.formula)
        weights = [weight for unit in case.units for _, weight in unit.sources]
        reads = [source for unit in case.units for source, _ in unit.sources]
        seen.update(["shared weight"] * (len(weights) > len(set(weights))))
        seen.update(["fan-out"] * (len(reads) > len(set(reads))))
        seen.update(["several outputs"] * (len(case.targets) > 1))
        seen.update("fan-in" for unit in case.units if len(unit.sources) > 1)
        seen.update("skip connection" for unit in case.units[2:] if any(source.startswith("x") for source, _ in unit.sources))

    collect()
    kinds = {"shared weight", "fan-out", "several outputs", "fan-in", "skip connection"}
    assert seen == {*LOSSES, *ACTIVATIONS, *FORMULAS, *kinds}
    assert set(losses.LOSSES) == set(LOSSES)
    assert set(functions.ACTIVATIONS) <= set(ACTIVATIONS)


def test_a_wrong_slope_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both comparisons fail where the table has a slightly wrong derivative."""
    unit = UnitCase("o", (("x0", "w0"),), None, None, "tanh")
    case = Case(("x0",), (unit,), "squared_error", (("o", "y0"),), {"x0": "0.3", "w0": "0.7", "y0": "1"})
    assert_close(our_partials(case), sympy_partials(case))
    assert_close(our_partials(case), autograd_partials(case))
    true_slope = functions.partial
    wrong = functions._parsed("1 - 1.000000001*z**2")
    monkeypatch.setattr(functions, "partial", lambda name, position: wrong if name == "tanh" else true_slope(name, position))
    monkeypatch.setattr(program, "_slope_pattern", program._slope_pattern.__wrapped__)  # nothing remembered from before
    for true in (sympy_partials(case), autograd_partials(case)):
        with pytest.raises(AssertionError):
            assert_close(our_partials(case), true)


# The same partial in other forms.


@settings(STEADY, max_examples=60)
@given(cases(most_units=5))
def test_views_have_the_value_of_the_gradient(case: Case) -> None:
    derivation = derive(case.network())
    gradient = evaluate(case.network()).gradient
    found = {name: precise.as_mpf(value.value) for name, value in derivation.network.values.items()}
    for definition in derivation.program.definitions:
        found[definition.name] = precise.value(definition.tree, found)
    for local in derivation.local_derivatives.values():
        found[local.name] = precise.value(local.tree, found)
    for kind in ("factors", "signals", "none"):
        view = derivation.terms(kind)
        known = dict(found)
        for term in view.terms:
            known[term.name] = precise.value(term.tree, known)
        assert_close(gradient, {name: precise.as_mpf(precise.value(view.partial(name), known)) for name in gradient})
        if kind == "none":
            assert not any(read.startswith("C_") for name in gradient for read in names(view.partial(name)))


def test_a_sum_of_paths_that_is_used_again_has_a_name() -> None:
    """A unit whose output the loss and a later unit read: the sum stands in one term, which all of its partials read."""
    units = (
        Unit("h", {"x": "w"}, "tanh", bias="b"),
        Unit("g", {"h": "m", "x": "k"}, "sigmoid", bias="c"),
        Unit("o", {"g": "v"}, "sigmoid"),
    )
    network = Network(inputs=("x",), units=units, loss=Loss("half_squared_error", {"g": "y", "o": "t"}))
    view = derive(network).terms("factors")
    trees = [*(term.tree for term in view.terms), *map(view.partial, network.parameters)]
    (summed,) = (tree for tree in trees if "+" in plain_text(tree))
    (name,) = (term.name for term in view.terms if term.tree is summed)
    assert all(name in view.terms_of(parameter) for parameter in ("w", "b", "m", "k", "c"))
    assert name not in view.terms_of("v")


@settings(STEADY, max_examples=15)
@given(cases(most_units=3))
def test_closed_forms_have_the_value_of_the_gradient(case: Case) -> None:
    assume(case.kinks <= 1)  # SymPy takes minutes over a Piecewise in the conditions of another
    derivation = derive(case.network())
    gradient = evaluate(case.network()).gradient
    point = {sympy.Symbol(name): sympy.Rational(text) for name, text in case.values.items()}
    closed = {name: derivation.closed_form(name) for name in gradient}
    assert all(form.free_symbols <= point.keys() for form in closed.values())
    assert_close(gradient, {name: form.xreplace(point).evalf(30) for name, form in closed.items()})


@settings(STEADY, max_examples=20)
@given(cases(most_units=5))
def test_error_signals_with_the_minus(case: Case) -> None:
    """With signal_sign −1 each δ is −∂E/∂s, and every derivative stays as it is."""
    plain, turned = evaluate(case.network()), evaluate(case.network(signal_sign=-1))
    assert_close(turned.gradient, plain.gradient)
    assert_close(turned.derivatives, plain.derivatives)  # type: ignore[arg-type]
    signals = {f"s_{name}": -value for name, value in turned.error_signals.items()}  # type: ignore[operator]
    assert_close(signals, {name: plain.derivatives[name] for name in signals})


@settings(STEADY, max_examples=20)
@given(cases(most_units=5))
def test_derivative_of_any_definition(case: Case) -> None:
    """∂z/∂x of the last unit against central differences of the second forward pass, extrapolated from two steps."""
    values = {name: float(text) for name, text in case.values.items()}
    of, wrt = f"z_{case.units[-1].name}", case.inputs[0]
    exact = evaluate(case.network(), of=of, wrt=wrt).derivative

    def slope(step: float) -> float:
        above, below = (case.forward(FLOATS, values | {wrt: values[wrt] + h}, {})[of] for h in (step, -step))
        return (above - below) / (2 * step)

    assert exact == pytest.approx((4 * slope(5e-5) - slope(1e-4)) / 3, rel=1e-6, abs=1e-8)


# Equations.

EQUATIONS = {
    "product of a sum": ("q = x + y\nf = q*z", ["x", "y", "z"]),
    "powers and quotients": ("a = x**3/y - 2*x*y\nb = a**2/(1 + x**2)\nf = b*z - a/z", ["x", "y", "z"]),
    "powers with a name in the exponent": ("a = (1 + x**2)**y\nf = log(a + z**2)*a**0.5", ["x", "y", "z"]),
    "functions": ("a = exp(-x**2)*sin(y)\nb = tanh(a + x*z)\nc = cos(b)*sqrt(1 + y**2)\nf = a*b*c + b", ["x", "y", "z"]),
    "a function of a formula": ("h = tanh(x*y + z)\ng = exp(x*h)\nf = sin(g*h)", ["x", "y", "z"]),
}


@pytest.mark.parametrize("text", EQUATIONS)
def test_equations_against_sympy(text: str) -> None:
    lines, symbols = EQUATIONS[text]
    values = {"x": "0.7", "y": "1.3", "z": "-0.6"}
    pairs = [line.split(" = ") for line in lines.splitlines()]
    found = evaluate(Network(equations=dict(pairs), parameters=tuple(symbols), values=values)).gradient
    nested: dict[str, Any] = {name: sympy.Symbol(name) for name in symbols}
    for name, formula in pairs:  # SymPy reads the text itself
        nested[name] = sympy.sympify(formula, locals=nested, rational=True)
    point = {sympy.Symbol(name): sympy.Rational(text) for name, text in values.items()}
    assert_close(found, {name: sympy.diff(nested["f"], sympy.Symbol(name)).xreplace(point).evalf(40) for name in symbols})
