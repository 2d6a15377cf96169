"""Each checker passes what is right and refuses what is wrong: every one is shown to fail on a broken input."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import symbackprop
from symbackprop import Loss, Network, Unit, functions
from symbackprop.checking import Report, check, closed_forms, gradients, points
from symbackprop.checking.claim_text import read_statement
from symbackprop.checking.claims import check_own_claims
from symbackprop.checking.closed_forms import check_closed_forms
from symbackprop.checking.gradients import check_gradients
from symbackprop.checking.printed import check_printed
from symbackprop.checking.report import CLOSED_FORM, DOUBLE, FAIL, GRADIENT, NOT_CHECKED, PASS, Result
from symbackprop.derivation import Derivation, derive
from symbackprop.errors import InputError
from symbackprop.network import Claim, PrintedNumber, Source
from symbackprop.program import Definition, ErrorSignal, LocalDerivative, Partial, Slope
from symbackprop.tree import Name, negative


def broken(derivation: Derivation, change: Callable[[Any], Definition | None]) -> Derivation:
    """The derivation with entries of its backward pass replaced where ``change`` gives a new one."""
    backward = tuple(change(definition) or definition for definition in derivation.backward_pass)
    assert backward != derivation.backward_pass
    return Derivation(derivation.network, derivation.program, derivation.objective, derivation.wanted, backward, derivation.given)


def drop_a_path(definition: Any) -> Definition | None:
    if isinstance(definition, Partial) and len(definition.terms) > 1:
        return replace(definition, terms=definition.terms[:1])
    return None


def flip_a_sign(definition: Any) -> Definition | None:
    if isinstance(definition, ErrorSignal) and definition.unit == "j":
        return replace(definition, terms=tuple(term._replace(factor=negative(term.factor)) for term in definition.terms))
    return None


def wrong_local_derivative(definition: Any) -> Definition | None:
    if isinstance(definition, LocalDerivative) and definition.of == "z_i":
        return replace(definition, slope=Slope(Name("z_i"), {}))  # σ′ = z instead of z (1 − z)
    return None


def wrong_source(definition: Any) -> Definition | None:
    if isinstance(definition, Partial) and definition.wrt == "w_ij":
        return replace(definition, terms=tuple(term._replace(factor=Name("z_j")) for term in definition.terms))
    return None


FAULTS = {
    drop_a_path: {"w_in"},
    flip_a_sign: {"w_ij", "w_in"},
    wrong_local_derivative: {"w_in"},
    wrong_source: {"w_ij"},
}


@pytest.fixture(scope="module")
def split() -> Derivation:
    return derive(symbackprop.load("003-split"))


@pytest.mark.parametrize(("fault", "wrong"), FAULTS.items())
def test_central_differences_find_a_fault(split: Derivation, fault: Any, wrong: set[str]) -> None:
    results = [result for result in check_gradients(broken(split, fault)) if result.method == GRADIENT]
    assert {result.name for result in results if result.verdict == FAIL} == wrong
    assert {result.name for result in results if result.verdict == PASS} == set(split.parameters) - wrong


@pytest.mark.parametrize(("fault", "wrong"), FAULTS.items())
def test_sympys_diff_finds_a_fault(split: Derivation, fault: Any, wrong: set[str]) -> None:
    results = list(check_closed_forms(broken(split, fault)))
    assert {result.name for result in results if result.verdict == FAIL} == {f"dE/d{name}" for name in wrong}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_derivation_does_not_pass(split: Derivation, fault: Any) -> None:
    report = check(broken(split, fault))
    assert not report.passed
    assert "FAILED" in str(report)
    assert "FAIL " in str(report)


def test_a_fault_is_found_where_sigma_is_generic() -> None:
    derivation = derive(symbackprop.load("002-two-units"))
    wrong = broken(derivation, flip_a_sign)
    for results in (check_gradients(wrong), check_closed_forms(wrong)):
        assert {result.name.removeprefix("dE/d") for result in results if result.verdict == FAIL} == {"w_j", "b_j"}


def test_a_fault_is_found_with_several_samples() -> None:
    derivation = derive(symbackprop.load("001"))
    results = [result for result in check_gradients(broken(derivation, flip_a_sign)) if result.method == GRADIENT]
    assert {result.name for result in results if result.verdict == FAIL} == {"w_1j", "w_2j", "b_j"}


def test_a_fault_is_found_beside_kinks() -> None:
    network = Network(
        inputs=("x",),
        units=(Unit("j", {"x": "v"}, "leaky_relu"), Unit("k", {"j": "w", "x": "u"}, "relu", "b"), Unit("o", {"k": "a"}, "elu")),
        loss=Loss("huber", {"o": "y"}),
    )
    derivation = derive(network)
    assert check(derivation).passed
    assert not check(derivation).of_verdict(NOT_CHECKED)
    wrong = broken(derivation, flip_a_sign)
    for results in (check_gradients(wrong), check_closed_forms(wrong)):
        assert {result.name.removeprefix("dE/d") for result in results if result.verdict == FAIL} == {"v"}


ACTIVATIONS = (*functions.ACTIVATIONS, functions.GENERIC, "s**2/(1 + s**2)")
LOSSES = ("half_squared_error", "squared_error", "mean_squared_error", "absolute_error", "huber", "hinge")


@pytest.mark.parametrize("seed", range(8))
def test_random_networks_pass(seed: int) -> None:
    """Fan-in, fan-out, shared weights, biases, every activation, both signs of δ: nothing fails and nothing is left out."""
    source = random.Random(seed)
    units: list[Unit] = []
    sources, weights = ["x0", "x1"], ["w0"]
    for index in range(source.randint(2, 5)):
        chosen = {}
        for name in source.sample(sources, source.randint(1, min(3, len(sources)))):
            weights.append(f"w{len(weights)}")
            chosen[name] = source.choice(weights) if source.random() < 0.2 else weights[-1]
        units.append(Unit(f"u{index}", chosen, source.choice(ACTIVATIONS), f"b{index}" if source.random() < 0.5 else None))
        sources.append(f"u{index}")
    loss = Loss(source.choice(LOSSES), {unit.name: f"y_{unit.name}" for unit in units[-2:]})
    report = check(Network(inputs=("x0", "x1"), units=tuple(units), loss=loss, signal_sign=source.choice((1, -1))))
    assert report.passed, str(report)
    assert not report.of_verdict(NOT_CHECKED), str(report)


def test_a_double_precision_gradient_that_differs_fails(split: Derivation, monkeypatch: pytest.MonkeyPatch) -> None:
    import symbackprop.numeric

    found = symbackprop.evaluate(split.network)
    off = replace(found, gradient={**found.gradient, "w_in": found.gradient["w_in"] * (1 + 1e-6)})
    monkeypatch.setattr(symbackprop.numeric, "evaluate", lambda network: off)
    results = [result for result in check_gradients(split) if result.method == DOUBLE]
    assert [result.name for result in results if result.verdict == FAIL] == ["w_in"]


def with_source(name: str, **parts: Any) -> Derivation:
    return derive(replace(symbackprop.load(name), source=Source("test", **parts)))


@pytest.mark.parametrize(
    ("network", "number", "problem"),
    [
        ("003-chain", PrintedNumber("z_j", "0.8808"), ""),
        ("003-chain", PrintedNumber("z_j", "0.8809"), "printed 0.8809, but full precision gives 0.8808"),
        ("003-chain", PrintedNumber("z_j", "0.88080"), ""),
        ("003-chain", PrintedNumber("z_j", "0.88081"), "gives 0.88080"),
        ("003-chain", PrintedNumber("C_1", "0.0362"), "gives -0.0362"),
        ("003-chain", PrintedNumber("dE/dw_in", "-0.000681", exact="-0.0006812187"), "-0.0006812187 should be -0.0006812186"),
        ("000", PrintedNumber("Delta_w_2", "0.00045", policy="carry"), ""),
        ("000", PrintedNumber("Delta_w_2", "0.00046", policy="carry"), "carrying rounded values gives 0.00045"),
        ("000", PrintedNumber("Delta_w_2", "0.00045"), "full precision gives 0.00046"),
    ],
)
def test_printed_numbers(network: str, number: PrintedNumber, problem: str) -> None:
    (result,) = check_printed(with_source(network, printed=(number,)))
    assert result.verdict == (FAIL if problem else PASS)
    assert problem in result.detail


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (PrintedNumber("z_jj", "0.8808"), "document.printed[0].quantity: there is no quantity 'z_jj'; did you mean 'z_j'?"),
        (PrintedNumber("z_j", "0.88o8"), "document.printed[0].text: '0.88o8' is not a decimal number"),
        (PrintedNumber("z_j", "nan"), "document.printed[0].text: 'nan' is not a decimal number"),
        (PrintedNumber("z_j", "0.8808", policy="guess"), "document.printed[0].policy"),
    ],
)
def test_unreadable_numbers(number: PrintedNumber, message: str) -> None:
    with pytest.raises(InputError) as caught:
        check(with_source("003-chain", printed=(number,)))
    assert message in str(caught.value)


def judged(network: str, **parts: Any) -> Result:
    (result,) = check_own_claims(with_source(network, claims=(Claim("a statement", **parts),)))
    return result


@pytest.mark.parametrize(
    ("network", "states"),
    [
        ("003-split", "delta_i = (delta_j*w_ij + delta_k*w_ik)*slope_i"),
        ("003-split", "Delta_w_ij = -learning_rate*delta_j*z_i"),
        ("003-split", "new_w_ij = w_ij - learning_rate*dE_dw_ij"),
        ("003-split", "dE_dz_i = delta_j*w_ij + delta_k*w_ik"),
        ("003-split", "dE_dy = y - z_o"),
        ("003-split", "abs(delta_j) <= 0.25*abs(w_j*delta_o)"),
        ("003-split", "E >= 0"),
        ("003-split", "z_j != z_k"),
        ("000", "dE_ds_h = -delta_h"),
        ("002-two-units", "dE_dw_j = 2*(z_k - y)*sigma_slope(s_k)*w_k*sigma_slope(s_j)*x"),
        ("002-two-units", "z_k = sigma(w_k*sigma(w_j*x + b_j) + b_k)"),
        ("001", "Delta_b_o = -learning_rate*total_delta_o"),
        ("004", "largest_slope_g2 = 0.25"),
    ],
)
def test_true_statements(network: str, states: str) -> None:
    assert judged(network, states=states, holds=True).verdict == PASS
    listed_as_error = judged(network, states=states, correct=states, holds=False)
    assert listed_as_error.verdict == FAIL
    assert "listed as an error of the document, but" in listed_as_error.detail


@pytest.mark.parametrize(
    ("network", "states", "reason"),
    [
        ("003-split", "delta_i = (delta_j + delta_k)*slope_i", "the weights of all paths are missing"),
        ("003-split", "delta_j = -delta_o*w_j*slope_j", "the sign is turned"),
        ("003-split", "E = (z_o - y)**2", "it is 2 times what is right"),
        ("003-split", "delta_j = delta_o*w_j", "the slope sigmoid'(s_j) of unit j is missing"),
        ("003-split", "delta_j = delta_o*slope_j", "of dE/dz_j the factor w_j is missing"),
        ("003-split", "delta_o = (z_o - y)*z_o", "the right side has too much the factor z_o"),
        ("003-split", "s_j = w_ij*z_i + w_in", "the right side lacks the term -w_in"),
        ("003-split", "dE_dw_j = delta_o*w_j*slope_j", "the right side is delta_j"),
        ("003-split", "Delta_w_j = learning_rate*dE_dw_j", "the sign is turned"),
        ("003-split", "w_in = 2*x_i", "true at the network's own values, but not in general"),
        ("003-split", "z_o >= 0", "true at the network's own values, but not in general"),
        ("003-split", "s_o != z_o", "left"),
        ("003-split", "z_i = 0.8809", "it is 0.880797078, to as many digits 0.8808"),
        ("002-base", "slope_k = z_k*(1 - z_k)", "left"),  # true of the sigmoid, not of any σ
        ("002-base", "delta_k = (z_k - y)*slope_k", "it is 1/2 of what is right"),
        ("001", "Delta_b_o = -learning_rate*delta_o", "only one sample is taken"),
        ("001", "total_dE_db_o = delta_o", "the right side is dE_db_o of one sample, not the sum over the samples"),
        ("004", "backward_operations <= forward_operations", "against"),
    ],
)
def test_wrong_statements(network: str, states: str, reason: str) -> None:
    said_to_hold = judged(network, states=states, holds=True)
    assert said_to_hold.verdict == FAIL
    assert said_to_hold.detail.startswith("wrong: ")
    assert reason in said_to_hold.detail


def test_a_correction_must_hold_itself() -> None:
    parts = {"states": "delta_j = delta_o*w_j", "holds": False}
    assert judged("003-split", correct="delta_j = delta_o*w_j*slope_j; with the slope", **parts).verdict == "document error"
    wrong = judged("003-split", correct="delta_j = delta_o*slope_j", **parts)
    assert wrong.verdict == FAIL
    assert "so is its correction" in wrong.detail
    with pytest.raises(InputError, match=r"document.claims\[0\].correct"):
        judged("003-split", correct="", **parts)


def test_wording_is_not_calculated() -> None:
    assert judged("003-split", correct="another word").verdict == "document error"
    assert judged("003-split", holds=True).verdict == NOT_CHECKED


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ("delta_j", "a claim is 'left = right'"),
        ("delta_j = z_j = 3", "a claim has one relation"),
        ("delta_q = z_j", "there is no quantity 'delta_q'"),
        ("delta_j = sigmid(z_j)", "there is no function and no quantity 'sigmid'"),
        ("delta_j = (z_j", "expected ')'"),
        ("delta_j = ", "nothing stands right of '='"),
    ],
)
def test_unreadable_statements(states: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        judged("003-split", states=states, holds=True)
    assert message in str(caught.value)
    assert str(caught.value).startswith("document.claims[0].states: ")
    assert "\n" not in str(caught.value)


def test_relations(split: Derivation) -> None:
    assert [read_statement(f"z_j {sign} z_k", split).relation for sign in ("=", "!=", "<=", ">=")] == ["=", "!=", "<=", ">="]


def relu_network(bias: float) -> Network:
    """h = ReLU(w x + b) at x = 1, w = 1: b = −1 puts the unit at its kink."""
    return Network(
        title="one rectified unit",
        inputs=("x",),
        units=(Unit("h", {"x": "w"}, "relu", "b"), Unit("o", {"h": "v"})),
        loss=Loss("half_squared_error", {"o": "y"}),
        values={"x": 1, "w": 1, "b": bias, "v": 2, "y": 3},
    )


def test_a_kink_is_reported() -> None:
    report = check(relu_network(-1))
    results = {result.name: result for result in report.of_method(GRADIENT)}
    assert report.passed
    assert {name for name, result in results.items() if result.verdict == NOT_CHECKED} == {"w", "b"}
    # E = ½ (2 ReLU(s) − 3)²: no slope for s < 0, (0 − 3) · 2 = −6 for s > 0.
    assert results["b"].detail == "at a kink of relu in z_h: slope 0.0 below, -6.0 above, 0.0 taken"
    assert results["v"].verdict == PASS


@pytest.mark.parametrize("bias", [-0.5, -1.5])
def test_beside_a_kink_the_slope_is_checked(bias: float) -> None:
    report = check(relu_network(bias))
    assert report.passed
    assert not report.of_verdict(NOT_CHECKED)


def test_a_vanishing_gradient_is_not_said_to_be_checked() -> None:
    unit, loss = Unit("o", {"x": "w"}, "sigmoid"), Loss("squared_error", {"o": "y"})
    network = Network(inputs=("x",), units=(unit,), loss=loss, values={"x": 1, "w": 880, "y": 0})
    (result,) = (result for result in check_gradients(derive(network)) if result.method == GRADIENT)
    assert (result.verdict, result.detail) == (NOT_CHECKED, "too small for a difference quotient to tell")


def test_functions_with_inner_branches_have_kinks() -> None:
    network = Network.from_equations("f = leaky_relu(a, 1/10) + abs(b) + maximum(a, b)*c", values={"a": 0, "b": 0, "c": 1})
    results = {result.name: result.verdict for result in check_gradients(derive(network)) if result.method == GRADIENT}
    assert results == {"a": NOT_CHECKED, "b": NOT_CHECKED, "c": PASS}


def test_missing_values_are_random_and_the_report_says_so() -> None:
    network = replace(relu_network(-1), values={"x": relu_network(-1).values["x"]})
    report = check(network)
    assert report.passed
    assert "taken at the network's values, random where there are none" in str(report)
    assert "taken at random values" in str(check(symbackprop.load("002-base")))


def test_equations_and_domains() -> None:
    """Random points are looked for where logarithms and roots are defined."""
    network = Network.from_equations("u = log(a)*sqrt(b)\nf = u/(1 - c) + log(1 - a)", objective="f")
    report = check(network)
    assert report.passed
    assert not report.of_verdict(NOT_CHECKED)
    assert len(report.of_method(CLOSED_FORM)) == 3


def test_nothing_finite_is_not_checked() -> None:
    (result,) = check_gradients(derive(Network.from_equations("f = log(-1 - a**2)")))
    assert result.verdict == NOT_CHECKED


def test_own_values_without_a_finite_objective_are_an_input_error() -> None:
    with pytest.raises(InputError):
        check(Network.from_equations("f = log(a)", values={"a": -1}))


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_samples_are_summed_or_averaged(reduction: str) -> None:
    base = symbackprop.load("001")
    assert base.loss is not None
    network = replace(base, loss=replace(base.loss, reduction=reduction), source=None)
    assert check(network).passed


def deep(count: int) -> Network:
    """Each unit reads the one before it twice over, so that nested forms double with every unit."""
    units = [Unit("u0", {"x": "w0"}, "tanh")]
    for index in range(1, count):
        units.append(Unit(f"p{index}", {f"u{index - 1}": f"a{index}"}, "tanh"))
        units.append(Unit(f"q{index}", {f"u{index - 1}": f"b{index}"}, "tanh"))
        units.append(Unit(f"u{index}", {f"p{index}": f"c{index}", f"q{index}": f"d{index}"}, "tanh"))
    return Network(inputs=("x",), units=tuple(units), loss=Loss("half_squared_error", {f"u{count - 1}": "y"}))


def test_what_is_too_large_is_said_not_tried() -> None:
    (result,) = check_closed_forms(derive(deep(60)))
    assert result.verdict == NOT_CHECKED
    assert "the nested objective has more than a million leaves" in result.detail


def test_a_large_network_is_checked_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    derivation = derive(deep(5))
    monkeypatch.setattr(gradients, "MAX_WORK", 1000)
    monkeypatch.setattr(closed_forms, "MAX_WORK", 1000)
    for results in (list(check_gradients(derivation)), list(check_closed_forms(derivation))):
        (skipped,) = (result for result in results if result.verdict == NOT_CHECKED)
        single = [result for result in results if result.name.removeprefix("dE/d") in derivation.parameters]
        compared = [result for result in single if result.verdict == PASS and result.method in (GRADIENT, CLOSED_FORM)]
        assert f"{len(derivation.parameters) - len(compared)} of {len(derivation.parameters)} " in skipped.detail
        assert 0 < len(compared) < len(derivation.parameters)


def test_a_fault_is_found_in_a_parameter_that_is_not_moved_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one parameter is moved alone; a direction in which all of them move finds what is wrong with any other."""
    derivation = derive(deep(5))
    monkeypatch.setattr(gradients, "MAX_WORK", 1)
    alone, together, skipped, _ = (result for result in check_gradients(derivation) if result.method == GRADIENT)
    assert (alone.verdict, together.verdict, skipped.verdict) == (PASS, PASS, NOT_CHECKED)
    assert together.name == f"all {len(derivation.parameters)} at once"
    for name in derivation.parameters:

        def off(definition: Any, name: str = name) -> Definition | None:
            if not isinstance(definition, Partial) or definition.wrt != name:
                return None
            return replace(definition, terms=tuple(term._replace(factor=negative(term.factor)) for term in definition.terms))

        verdicts = {result.name: result.verdict for result in check_gradients(broken(derivation, off))}
        assert verdicts[together.name] == FAIL


def test_of_many_samples_some_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    network = replace(symbackprop.load("001"), source=None)
    monkeypatch.setattr(points, "_MAX_WORK", 1)
    results = list(check_gradients(derive(network)))
    assert f"{len(network.samples) - 1} of {len(network.samples)} samples were left out" in results[-1].detail
    assert not [result for result in results if result.verdict == FAIL]


def test_a_simplified_error_signal_is_proved() -> None:
    """Sigmoid and likelihood leave a − y; SymPy's diff has neither cancelled."""
    network = Network(inputs=("x",), units=(Unit("o", {"x": "w"}, "sigmoid"),), loss=Loss("negative_log_likelihood", {"o": "y"}))
    (result,) = check(network).of_method(CLOSED_FORM)
    assert result.verdict == PASS
    assert result.measured is not None and result.measured.proved


def test_the_report_is_a_readable_text() -> None:
    text = str(symbackprop.check(symbackprop.load("003-chain")))
    lines = text.splitlines()
    assert lines[0] == "A chain of two sigmoid units and a linear output"
    assert lines[-1].startswith("passed: ")
    (row,) = (line for line in lines if line.startswith("  pass  w_j "))
    assert set(row.split()[2:-2]) == {"-0.0011429562"}
    assert float(row.split()[4]) < 1e-20
    assert not [line for line in lines if line != line.rstrip()]


def test_a_report_counts_its_verdicts() -> None:
    results = tuple(Result(str(index), GRADIENT, verdict) for index, verdict in enumerate((PASS, PASS, NOT_CHECKED)))
    assert Report("t", "", results).passed
    assert not Report("t", "", (*results, Result("bad", GRADIENT, FAIL, "off"))).passed
    assert str(Report("t", "", results)).endswith("passed: 2 passed, 0 failed, 1 not checked\n")
