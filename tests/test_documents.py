"""The networks of the source documents: their numbers, as printed and in full. What they state is in test_document_claims.py.

The figures below are the documents' own and full-precision recomputations of them, written down before there was a program.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest

import symbackprop

NETWORKS = ("000", "001", "002-base", "002-two-units", "003-chain", "003-split", "004")

# network, quantity, digits as printed, digits in full precision ("" where only one of them is known)
NUMBERS = [
    ("000", "s_h", "-0.02", "-0.02"),
    ("000", "z_h", "0.495", "0.4950001667"),
    ("000", "z_o", "0.512", "0.5123724780"),
    ("000", "delta_o", "0.122", "0.1218322354"),
    ("000", "delta_h", "0.003", "0.0030455013"),
    ("000", "Delta_W", "0.0302", "0.0301534884"),
    ("000", "Delta_w_1", "0.00015", "0.0001522751"),
    ("000", "Delta_w_2", "", "0.0004568252"),  # printed 0.00045: follows from carried values only, see below
    ("003-chain", "z_j", "0.8808", ""),
    ("003-chain", "z_k", "0.9879", ""),
    ("003-chain", "z_o", "2.9638", ""),
    ("003-chain", "E", "0.0007", "0.000656753"),
    ("003-chain", "C_1", "-0.0362", "-0.0362423322"),
    ("003-chain", "C_2", "0.0358", "0.0358044967"),
    ("003-chain", "C_3", "0.5250", "0.5249679270"),
    ("003-chain", "dE/dw_k", "-0.0358", "-0.0358044967"),
    ("003-chain", "dE/dw_j", "-0.0011", "-0.0011429562"),
    ("003-chain", "dE/dw_in", "-0.000681", "-0.0006812186"),
    ("003-split", "z_i", "0.8808", ""),
    ("003-split", "z_j", "0.9713", ""),
    ("003-split", "z_k", "0.9950", ""),
    ("003-split", "z_o", "7.8416", ""),
    ("003-split", "E", "0.0125", ""),
    ("003-split", "delta_o", "", "-0.1584257615"),
    ("003-split", "delta_j", "", "-0.0220514659"),
    ("003-split", "delta_k", "", "-0.0023845377"),
    ("003-split", "delta_i", "", "-0.0107632168"),
    ("003-split", "Delta_w_j", "", "0.0015388534"),
    ("003-split", "Delta_w_k", "", "0.0015762689"),
    ("003-split", "Delta_w_ij", "", "0.0001942287"),
    ("003-split", "Delta_w_ik", "", "0.0000210029"),
    ("003-split", "Delta_w_in", "", "0.0001076322"),
]

# Carrying values rounded to three decimals, document 000.
CARRIED = {
    "z_h": "0.495",
    "z_o": "0.512",
    "delta_o": "0.122",
    "delta_h": "0.003",
    "Delta_W": "0.0302",  # from 0.030195
    "Delta_w_1": "0.00015",
    "Delta_w_2": "0.00045",
}


def evaluated(network: str) -> dict[str, float]:
    """Every number of `evaluate`, by the names of the table."""
    found = symbackprop.evaluate(symbackprop.load(network))
    result: dict[str, float] = {"E": found.objective}
    result |= found.values  # type: ignore[arg-type]
    result |= {f"delta_{unit}": number for unit, number in found.error_signals.items()}  # type: ignore[misc]
    result |= {name: entry["value"] for name, entry in found.cached.items()}  # type: ignore[misc]
    result |= {f"dE/d{name}": number for name, number in found.gradient.items()}
    result |= {f"Delta_{name}": number for name, number in found.updates.items()}
    return result


def rounded(number: float | Fraction, like: str) -> str:
    exact = Fraction(number)
    decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
    return f"{decimal.quantize(Decimal(1).scaleb(Decimal(like).as_tuple().exponent), ROUND_HALF_UP):f}"  # type: ignore[arg-type]


@pytest.mark.parametrize(("network", "quantity", "printed", "exact"), NUMBERS)
def test_evaluation_gives_the_documents_numbers(network: str, quantity: str, printed: str, exact: str) -> None:
    number = evaluated(network)[quantity]
    for text in filter(None, (printed, exact)):
        assert rounded(number, text) == text


@pytest.mark.parametrize(("quantity", "text"), CARRIED.items())
def test_document_000_follows_from_carried_values(quantity: str, text: str) -> None:
    from symbackprop.numbers import worked_numbers

    carried = worked_numbers(symbackprop.derive(symbackprop.load("000")), policy="carry")
    assert rounded(carried[quantity].value, text) == text


def test_the_second_step_of_document_000_is_a_rounding_artefact() -> None:
    assert rounded(evaluated("000")["Delta_w_2"], "0.00000") == "0.00046"


@pytest.mark.parametrize("network", NETWORKS)
def test_printed_numbers_are_in_the_file(network: str) -> None:
    """The file carries the table's printed numbers, so that `check` tests them too."""
    source = symbackprop.load(network).source
    assert source is not None
    listed = {number.quantity: number.text for number in source.printed}
    table = {quantity: printed for name, quantity, printed, _ in NUMBERS if name == network and printed}
    if network == "000":
        table["Delta_w_2"] = "0.00045"
    assert listed == table


def test_shipped_networks_are_listed() -> None:
    listed = [name for name, _ in symbackprop.list_networks()]
    assert [name for name in listed if symbackprop.load(name).source] == list(NETWORKS)
    assert all(title for _, title in symbackprop.list_networks())
