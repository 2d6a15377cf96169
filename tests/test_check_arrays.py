"""The checks of layers and array equations: the matrix level against the unit level, and what is too large for that."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest

import symbackprop
from symbackprop import Loss, Network, checking
from symbackprop.array_tree import MatMul, Outer, Reduce, Softmax
from symbackprop.checking import Report, check
from symbackprop.checking.levels import check_levels, levels_of
from symbackprop.checking.report import DOUBLE, FAIL, GRADIENT, LEVEL, NOT_CHECKED, PASS, PRINTED, Result
from symbackprop.derivation import Derivation, derive
from symbackprop.network import Layer, PrintedNumber, Source
from symbackprop.program import Definition, ErrorSignal, LocalDerivative, Partial, Slope
from symbackprop.tree import Name, Number, negative

ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "elu", "softplus", "gelu", "softmax", "sigma", "s**2/(1 + s**2)")
LOSSES = ("half_squared_error", "mean_squared_error", "huber", "binary_cross_entropy", "cross_entropy")


def numbers(source: Random, *shape: int) -> Any:
    if not shape:
        return source.randint(-120, 120) / 100
    return [numbers(source, *shape[1:]) for _ in range(shape[0])]


def layers(source: Random, sizes: tuple[int, ...], samples: int = 0, **keywords: Any) -> Network:
    """Layers of these sizes, the first being the input, with values."""
    chosen = tuple(Layer(size, "tanh") for size in sizes[1:])
    values: dict[str, Any] = {}
    for number, (before, size) in enumerate(pairwise(sizes), 1):
        values |= {f"W{number}": numbers(source, size, before), f"b{number}": numbers(source, size)}
    leading = (samples,) if samples else ()
    values |= {"x": numbers(source, *leading, sizes[0]), "y": numbers(source, *leading, sizes[-1])}
    defaults: dict[str, Any] = {"layers": chosen, "loss": Loss("half_squared_error"), "values": values}
    return Network(inputs=sizes[0], **(defaults | keywords))


SQUARE = layers(Random(1), (3, 3, 3))
WIDE = layers(Random(2), (2, 3, 2))
SMALL = layers(Random(9), (2, 1))


def broken(derivation: Derivation, change: Callable[[Any], Definition | None]) -> Derivation:
    backward = tuple(change(definition) or definition for definition in derivation.backward_pass)
    assert backward != derivation.backward_pass
    return Derivation(derivation.network, derivation.program, derivation.objective, derivation.wanted, backward, derivation.given)


def with_factor(definition: Any, change: Callable[[Any], Any]) -> Definition:
    return replace(definition, terms=tuple(term._replace(factor=change(term.factor)) for term in definition.terms))


def transposed_share(definition: Any) -> Definition | None:
    """∂E/∂z1 = W2 δ2, with W2 not transposed."""
    if isinstance(definition, Partial) and definition.wrt == "z1":
        return with_factor(definition, lambda factor: MatMul(Name("W2"), factor.right))
    return None


def turned_outer_product(definition: Any) -> Definition | None:
    if isinstance(definition, Partial) and definition.wrt == "W1":
        return with_factor(definition, lambda factor: Outer(factor.right, factor.left))
    return None


def flipped_sign(definition: Any) -> Definition | None:
    if isinstance(definition, Partial) and definition.wrt == "b2":
        return with_factor(definition, negative)
    return None


def wrong_slope(definition: Any) -> Definition | None:
    if isinstance(definition, LocalDerivative) and definition.of == "z1":
        return replace(definition, slope=Slope(Name("z1"), {}))
    return None


def lost_slope(definition: Any) -> Definition | None:
    if isinstance(definition, ErrorSignal) and definition.unit == "1":
        return with_factor(definition, lambda factor: Number(factor.value) if isinstance(factor, Number) else Name("z1"))
    return None


def summed_bias(definition: Any) -> Definition | None:
    """One number for all units, as of a shared bias."""
    if isinstance(definition, Partial) and definition.wrt == "b1":
        return with_factor(definition, Reduce)
    return None


FAULTS: dict[Any, set[str]] = {
    transposed_share: {"W1", "b1"},
    turned_outer_product: {"W1"},
    flipped_sign: {"b2"},
    wrong_slope: {"W1", "b1"},
    lost_slope: {"W1", "b1"},
}


def of_levels(derivation: Derivation) -> list[Result]:
    return list(check_levels(levels_of(derivation)))


def failed(results: list[Result]) -> set[str]:
    return {result.name.removeprefix("dE/d") for result in results if result.verdict == FAIL}


@pytest.mark.parametrize(("fault", "wrong"), FAULTS.items())
def test_a_fault_at_the_matrix_level_is_found(fault: Any, wrong: set[str]) -> None:
    results = of_levels(broken(derive(SQUARE, level="matrix"), fault))
    assert failed(results) - {"all other lines"} == wrong


def test_a_fault_at_the_matrix_level_makes_the_check_fail() -> None:
    def off(definition: Any) -> Definition | None:
        return with_factor(definition, negative) if getattr(definition, "wrt", "") == "W1" else None

    report = check(broken(derive(SMALL, level="matrix"), off))
    assert not report.passed
    assert "FAILED" in str(report)
    assert failed(list(report.results)) == {"W1"}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_the_unit_level_is_not_hidden_by_the_matrix_level(fault: Any) -> None:
    """The levels differ whichever of them is wrong."""
    derivation = derive(SQUARE, level="unit")

    def one(definition: Any) -> Definition | None:
        return with_factor(definition, negative) if getattr(definition, "wrt", "") == "W1[0][2]" else None

    assert failed(of_levels(broken(derivation, one))) == {"W1"}


def test_a_share_of_the_wrong_shape_is_named() -> None:
    (result,) = of_levels(broken(derive(WIDE, level="matrix"), turned_outer_product))
    assert (result.verdict, result.detail) == (FAIL, "dE/dW1 must be 3 × 2, and its line gives 2 × 3")
    (result,) = of_levels(broken(derive(WIDE, level="matrix"), summed_bias))
    assert (result.verdict, result.detail) == (FAIL, "dE/db1 must be a vector of 3, and its line gives a scalar")


def test_a_share_that_does_not_fit_its_factors_is_named() -> None:
    (result,) = of_levels(broken(derive(WIDE, level="matrix"), transposed_share))
    assert result.verdict == FAIL
    assert result.detail == "3 and 2 must be equal in W2 @ delta_2; W2 is 2 × 3, delta_2 is a vector of 2"


@pytest.mark.parametrize("batch", [3, "N"])
def test_a_fault_with_several_samples_at_once_is_found(batch: int | str) -> None:
    derivation = derive(layers(Random(3), (3, 3, 3), samples=3), level="matrix", batch=batch)
    results = of_levels(derivation)
    assert {result.verdict for result in results} == {PASS}
    wrong = of_levels(broken(derivation, transposed_share))
    assert failed(wrong) == {"W1", "b1"}


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("layout", ["row", "column"])
def test_samples_at_once_give_the_gradient_of_all(layout: str, reduction: str) -> None:
    """The penalty counts once; each sample's part of it must not be lost or doubled."""
    loss = Loss("half_squared_error", reduction=reduction, l1={"W1": 0.1}, l2={"W1": 0.2, "b2": 1})
    network = layers(Random(4), (2, 3, 2), samples=5, loss=loss, layout=layout)
    results = of_levels(derive(network))
    together = [result for result in results if result.cells and "3 samples at once" in result.cells[1]]
    assert {result.verdict for result in results} == {PASS}
    assert [result.name for result in together] == ["dE/dW2", "dE/db2", "dE/dW1", "dE/db1"]


def test_a_penalty_for_a_number_of_samples_that_there_are_not() -> None:
    loss = Loss("half_squared_error", l2={"W1": 1})
    (result,) = (r for r in of_levels(derive(replace(WIDE, loss=loss), level="matrix", batch=7)) if r.verdict != PASS)
    assert (result.verdict, result.method) == (NOT_CHECKED, LEVEL)
    assert "does not have 7" in result.detail


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(4, 20))])
def test_random_layers_pass(seed: int) -> None:
    source = Random(seed)
    sizes = tuple(source.randint(1, 3) for _ in range(source.randint(2, 4)))
    chosen = [Layer(size, source.choice(ACTIVATIONS), source.choice((True, False, "shared"))) for size in sizes[1:]]
    function = LOSSES[seed % len(LOSSES)]
    if "entropy" in function:
        chosen[-1] = replace(chosen[-1], activation="softmax" if function == "cross_entropy" else "sigmoid")
    chosen = [replace(own, units=2) if own.units == 1 and own.activation == Softmax(Name("s")) else own for own in chosen]
    penalties = {"W1": 0.1} if source.random() < 0.5 else {}
    network = Network(
        inputs=sizes[0],
        layers=tuple(chosen),
        loss=Loss(function, l2=penalties, reduction=source.choice(("sum", "mean"))),
        layout=source.choice(("row", "column")),
        signal_sign=source.choice((1, -1)),
    )
    assert_all_pass(check(network))
    together = of_levels(derive(network, level="matrix", batch="N"))
    assert not failed(together)


def assert_all_pass(report: Report) -> None:
    """Everything is checked but closed forms that are too large, and at least one gradient at both levels."""
    assert report.passed, str(report)
    assert not [own for own in report.of_verdict(NOT_CHECKED) if "too large" not in own.detail], str(report)
    assert report.of_method(GRADIENT)
    assert report.of_method(LEVEL)


EQUATIONS = [
    "h = tanh(W @ x + b)\nf = u @ h",
    "f = sum((W @ x - b)**2)/2",
    "f = x @ A @ v + sum(T(A) @ v)",
    "f = sum(outer(u, x)*W) + sum(sum(W, 0)*v) + sum(mean(W, 1)*u)",
    "Q = W @ A\nS = softmax(Q @ T(W)/2)\nf = sum(S @ W)",
    "p = softmax(W @ x)\nf = -log(p[1]) + p[0]*c",
    "m = mean(x)\ns = mean((x - m)**2)\nf = sum((x - m)/sqrt(s + 0.1)*v)",
    "f = W[0] @ x + A[1][-1]*c + sum(W*c) + sum(exp(c)*x)",
    "f = sum((col + row)**2) + sum(col*W) + sum(W/row)",
    "f = sum(maximum(W @ x, b)) + sum(abs(x)*v)",
    "f = sum((W @ x - 0.25) + (W @ v + (b + W @ x)))",  # a sum in a sum
    "f = sum(-(-(W @ x)) - (-b))",
    "d = 2*c\nf = sum(d*d) + mean(d) + sum(W @ x)",  # of a number
    "h = W @ x\nf = x @ v",  # the objective does not depend on W
]
VALUES: dict[str, Any] = {
    "x": [0.3, -0.7, 1.2],
    "v": [0.5, -0.4, 0.9],
    "u": [1.1, -0.6],
    "b": [0.2, 0.4],
    "c": 0.7,
    "W": [[0.3, 0.1, -0.8], [-0.2, 0.4, 0.6]],
    "A": [[0.3, 0.1, -0.8], [-0.2, 0.4, 0.6], [1, 0.5, -0.5]],
    "row": [[0.4, 1.3, -0.9]],
    "col": [[0.8], [-1.1]],
}


@pytest.mark.parametrize("text", EQUATIONS)
def test_array_equations_pass(text: str) -> None:
    used = set(re.findall(r"\w+", text))
    report = check(Network.from_equations(text, values={name: value for name, value in VALUES.items() if name in used}))
    assert report.passed, str(report)
    assert {result.verdict for result in report.of_method(LEVEL, DOUBLE)} == {PASS}


def test_lengths_that_are_not_given_get_numbers() -> None:
    network = Network(inputs="n", layers=(Layer("m", "tanh"), Layer("k", "softmax")), loss=Loss("cross_entropy"))
    report = check(network)
    assert_all_pass(report)
    assert "taken with n = 2, m = 3, k = 4" in str(report)
    assert failed(of_levels(broken(derive(network), flipped_sign))) == {"b2"}
    equations = Network.from_equations("f = mean(W @ x) + mean(mean(W*x, 0)**2)", shapes={"W": ("m", "n"), "x": ("n",)})
    assert_all_pass(check(equations))


def test_a_recurrent_network_of_arrays() -> None:
    network = Network.from_equations(
        "h[t] = tanh(W @ h[t-1] + U @ x[t])\nf = sum(h[3]**2)",
        steps=3,
        values={"W": [[0.5, -0.2], [0.3, 0.4]], "U": [[1], [-0.5]], "x": [[1], [-1], [2]]},
    )
    report = check(network)
    assert_all_pass(report)
    assert {result.name for result in report.of_method(LEVEL)} == {"df/dW", "df/dU", "all other lines"}


def test_an_entry_has_no_matrix_level() -> None:
    (result,) = of_levels(derive(WIDE, of="z2[0]", level="unit"))
    assert (result.verdict, result.detail) == (
        NOT_CHECKED,
        "z2[0] is an entry of an array, which the matrix level does not differentiate",
    )


def test_a_network_of_scalars_has_no_levels() -> None:
    assert of_levels(derive(symbackprop.load("chain"))) == []


def test_both_levels_are_checked_whichever_is_given() -> None:
    reports = [check(derive(SMALL, level=level)) for level in ("unit", "matrix")]
    assert str(reports[0]) == str(reports[1]) == str(check(SMALL))


def test_targets_of_softmax_are_drawn_as_shares() -> None:
    """With targets that do not add up to 1 the slopes do not cancel to z − y; random ones, and completed ones, must."""
    for values in ({}, {"W1": [[1, 2], [0, 1], [-1, 0.5]]}):
        network = Network(inputs=2, layers=(Layer(3, "softmax"),), loss=Loss("cross_entropy"), values=values)
        assert_all_pass(check(network))
    units = tuple(symbackprop.Unit(name, {"x": f"w_{name}"}, "softmax") for name in "abc")
    loss = Loss("cross_entropy", {name: f"y_{name}" for name in "abc"})
    for given in ({}, {"y_a": 0.2}, {"y_a": 0.2, "y_b": 0.3}):
        report = check(Network(inputs=("x",), units=units, loss=loss, values=given))
        assert report.passed, str(report)


# What is too large.


def test_a_large_network_is_checked_in_double_precision() -> None:
    report = check(layers(Random(5), (300, 120, 5), samples=2, loss=Loss("half_squared_error", l2={"W1": 0.01})))
    assert report.passed
    assert {result.name for result in report.of_verdict(PASS)} == {"W1", "b1", "W2", "b2"}
    assert "the network has 37" in str(report)
    assert all(row.error < 1e-6 for row in report.parameters)


@pytest.mark.parametrize(("fault", "wrong"), FAULTS.items())
def test_a_fault_of_a_large_network_is_found(fault: Any, wrong: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MAX_WRITTEN_OUT", 10)
    assert failed(list(check(broken(derive(SQUARE, level="matrix"), fault)).results)) == wrong


def test_a_large_network_is_checked_at_kinks_and_without_slope(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MAX_WRITTEN_OUT", 10)
    network = layers(Random(6), (3, 4, 2), layers=(Layer(4, "relu"), Layer(2)))
    dead = network.with_values({"b1": [-100] * 4})
    for own in (network, dead):
        report = check(derive(own, level="matrix"))
        verdicts = {row.parameter: row.verdict for row in report.parameters}
        assert verdicts == dict.fromkeys(("W2", "b2", "W1", "b1"), PASS)


@pytest.mark.parametrize(
    ("network", "batch", "reason"),
    [
        (Network(inputs=1000, layers=(Layer(1000),), loss=Loss("half_squared_error")), None, "x has no value"),
        (Network(inputs="n", layers=(Layer(100_000),), loss=Loss("half_squared_error")), None, "x has no value"),
        (layers(Random(7), (200, 200)), 3, "x stands for several samples at once"),
        (layers(Random(8), (200, 200), layers=(Layer(200, "sigma"),)), None, "is undefined and has no numbers"),
    ],
)
def test_what_is_too_large_is_said(network: Network, batch: int | None, reason: str) -> None:
    report = check(derive(network, level="matrix", batch=batch))
    assert report.passed
    assert {result.verdict for result in report.results} == {NOT_CHECKED}
    assert reason in str(report)


def test_the_numbers_of_a_document_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MAX_WRITTEN_OUT", 10)
    network = replace(WIDE, source=Source("d", printed=(PrintedNumber("E", "1.0"),)))
    report = check(derive(network, level="matrix"))
    (result,) = report.of_method(PRINTED)
    assert result.verdict == NOT_CHECKED


def test_printed_numbers_of_layers() -> None:
    """They are those of the unit level."""
    exact = symbackprop.evaluate(SMALL).objective
    for text, verdict in ((f"{exact:.4f}", PASS), (f"{exact + 1:.4f}", FAIL)):
        printed = (PrintedNumber("E", text), PrintedNumber("x[1]", f"{SMALL.values['x'].nested()[1]}"))
        found = check(replace(SMALL, source=Source("d", printed=printed))).of_method(PRINTED)
        assert [result.verdict for result in found] == [verdict, PASS]
