"""Networks and symbols that once broke a page: wide units, outputs that lead nowhere, awkward names, hostile symbols."""

from __future__ import annotations

import pytest

from symbackprop.checking import check
from symbackprop.derivation import derive
from symbackprop.document.notation import check_symbol
from symbackprop.errors import InputError
from symbackprop.network import Loss, Network, Unit
from symbackprop.numbers import Digits, rounded, worked_numbers
from symbackprop.precise import context
from symbackprop.reading import load
from symbackprop.rendering import render


def test_a_unit_with_many_inputs() -> None:
    inputs = tuple(f"x{index}" for index in range(40))
    first = Unit("a", {name: f"w{index}" for index, name in enumerate(inputs)}, "tanh")
    network = Network("wide", inputs, (first, Unit("b", {"a": "v"})), Loss("squared_error", {"b": "y"}))
    assert "80 symbols" in render(derive(network), "md")  # 40 products of two


def test_an_output_that_no_parameter_leads_to() -> None:
    units = (Unit("a", {"x": "w"}, "sigmoid"), Unit("b", {"x": "v"}, "sigmoid"))
    values = {"x": 1, "w": 2, "v": 3, "y": 1, "t": 0, "learning_rate": "0.1"}
    network = Network("", ("x",), units, Loss("squared_error", {"a": "y", "b": "t"}), parameters=("w",), values=values)
    page = render(derive(network), "md", detail="full")
    assert r"\partial E/\partial z_{a}" in page
    assert r"\partial E/\partial z_{b}" not in page


@pytest.mark.parametrize("cache", ["factors", "signals", "none"])
def test_names_like_cached_terms(cache: str) -> None:
    units = (Unit("a", {"x": "C_in"}, "tanh"), Unit("b", {"a": "C_w"}))
    page = render(derive(Network("", ("x",), units, Loss("squared_error", {"b": "y"}))), "md", cache=cache)
    assert "$`C_{w}`$" in page  # a weight, not in the colour of cached terms


def test_vanishing_gradients_have_pages() -> None:
    """Sixty sigmoid units: the first update has more than twenty zeros."""
    units = [Unit("u0", {"x": "w0"}, "sigmoid")]
    units += [Unit(f"u{index}", {f"u{index - 1}": f"w{index}"}, "sigmoid") for index in range(1, 60)]
    values = {"x": 2, "y": 1, "learning_rate": 1, **{f"w{index}": "1.5" for index in range(60)}}
    network = Network("", ("x",), tuple(units), Loss("half_squared_error", {"u59": "y"}), values=values)
    assert "e-" in worked_numbers(derive(network))["dE/dw0"].text
    assert "1.5" in render(derive(network), "md")


def test_a_saturated_unit_passes_the_check() -> None:
    values = {"x": 1, "w": 20, "y": 0, "learning_rate": 1}
    network = Network("", ("x",), (Unit("o", {"x": "w"}, "sigmoid"),), Loss("half_squared_error", {"o": "y"}), values=values)
    assert check(network).passed


def test_a_saturated_unit_has_a_slope_on_the_page() -> None:
    """σ′(150) is e^-150 to any digits that are printed, not zero."""
    values = {"x": 100, "w": "1.5", "y": 0, "learning_rate": 1}
    network = Network("", ("x",), (Unit("o", {"x": "w"}, "sigmoid"),), Loss("binary_cross_entropy", {"o": "y"}), values=values)
    worked = worked_numbers(derive(network))
    assert worked["E"].text == "150.0000"  # ln(1 + e^150)
    by_output = derive(network, by=("z_o", "w"))
    assert worked_numbers(by_output)["dE/dz_o"].text.endswith("e65")  # 1/(1 − z) = 1 + e^150


def test_worked_numbers_accumulate_samples() -> None:
    """Document 001: the update comes from all samples, not from the first."""
    worked = worked_numbers(derive(load("001")), "display")
    parts = [worked["Delta_w_1j"].value, worked["dE/dw_1j"].value, load("001").learning_rate.value]  # type: ignore[union-attr]
    assert abs(parts[0] + parts[1] * context().mpf(parts[2].numerator) / parts[2].denominator) < 1e-30
    assert worked["E"].text == "0.2999"


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [("9.9995", Digits(None, 4), "10.00"), ("0.00099996", Digits(None, 4), "0.001000"), ("1234.1", Digits(None, 3), "1230")],
)
def test_rounding_at_the_edge(number: str, digits: Digits, text: str) -> None:
    assert rounded(context().mpf(number), digits) == text


@pytest.mark.parametrize(
    "symbol",
    [
        "^^5cinput{x}",
        r"\input{x}",
        "x^",
        "x_",
        r"\hat",
        r"x^2^3",
        r"\mathrm_",
        "x^2'",
        "a_b_c",
        "_x",
        "x|y",
        "{x",
        "x}",
        "$x$",
        "%",
    ],
)
def test_symbols_that_cannot_be_set(symbol: str) -> None:
    with pytest.raises(InputError):
        check_symbol(symbol, "symbols.x")


@pytest.mark.parametrize(
    "symbol", [r"\hat{y}", r"\delta^{o}", "w_{1j}", r"a_{\mathrm{out}}", "x'", r"\mathrm{net}_k", "w_i^j", "z^{(2)}_1"]
)
def test_symbols_that_can(symbol: str) -> None:
    assert check_symbol(symbol, "symbols.x") == symbol


def test_a_formula_too_deep_for_sympy_is_refused_in_one_line() -> None:
    """SymPy goes down a formula call by call; what is too deep for it has parts that can have names."""
    deep = "x" + "".join(f" + sin({place}*(w" for place in range(1, 45)) + "))" * 44
    with pytest.raises(InputError, match="nested too deep to differentiate in one piece; give its parts names"):
        derive(Network.from_equations(f"f = {deep}", objective="f"))
