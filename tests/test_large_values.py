"""Values in bulk: exact where anybody reads them, and taken as fast as they can be looked at."""

from __future__ import annotations

import copy
import math
import pickle
import time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy
import pytest

import symbackprop
from symbackprop import InputError, Layer, Loss, Network
from symbackprop.arrays import Array, as_given
from symbackprop.fields import as_number
from symbackprop.tree import Number

KINDS: dict[str, list[Any]] = {
    "doubles": [0.1, -2.5, 1e-300, 1.7976931348623157e308, 5e-324, 0.0, -0.0, 1 / 3],
    "whole numbers": [0, -7, 2**53 + 1, 10**300],
    "decimals": [Decimal("0.30"), Decimal("-1e-20"), Decimal("0.1234567890123456789012345"), Decimal("0.00"), Decimal("7E+5")],
    "mixed": [1, 0.1, Decimal("0.10"), "1/3", Fraction(2, 7), numpy.float64(0.1), numpy.int64(3), Number(Fraction(1, 3))],
    "NumPy's doubles in a list": list(numpy.array([0.1, 0.2])),
}


@pytest.mark.parametrize("numbers", KINDS.values(), ids=KINDS)
def test_every_number_is_what_it_is_alone(numbers: list[Any]) -> None:
    """Value and digits of each entry, and its double, are those of the number by itself."""
    alone = [as_number(own, "") for own in numbers]
    found = as_given(numbers, "")
    assert isinstance(found, Array)
    assert list(found.entries) == alone
    assert [found.part(index) for index in range(len(numbers))] == alone
    assert found.doubles() == [float(own.value) for own in alone]
    matrix = as_given([numbers, numbers[::-1]], "")
    assert isinstance(matrix, Array)
    assert matrix.part(1) == as_given(numbers[::-1], "")
    assert matrix.nested() == [found.doubles(), found.doubles()[::-1]]


@pytest.mark.parametrize("kind", ["float64", "float32", "int8", "uint64"])
def test_numpys_arrays_are_their_lists(kind: str) -> None:
    array = (numpy.arange(12) * 1.1).reshape(3, 4).astype(kind)
    found = as_given(array, "")
    assert isinstance(found, Array)
    assert found == as_given(array.tolist(), "")
    assert [entry.value for entry in found.entries] == [Fraction(repr(own)) for own in array.ravel().tolist()]


@pytest.mark.parametrize(
    "wrong",
    [
        math.nan,
        math.inf,
        -math.inf,
        10**400,
        True,
        None,
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("1e400"),
        Decimal("1e-400"),
        1j,
        {},
    ],
)
@pytest.mark.parametrize("others", [[0.5, 1], [Decimal("0.5")], []])
def test_what_is_no_number_is_found_among_them(wrong: Any, others: list[Any]) -> None:
    with pytest.raises(InputError) as alone:
        as_number(wrong, "values.x")
    with pytest.raises(InputError) as caught:
        as_given([*others, wrong, *others], "values.x")
    assert str(caught.value) == str(alone.value)


def test_a_decimal_of_many_digits_is_refused_among_others() -> None:
    with pytest.raises(InputError, match=r"values\.x"):
        as_given([Decimal("0.5"), Decimal("0." + "1" * 10_000)], "values.x")


def test_equal_numbers_are_equal_arrays() -> None:
    assert as_given([0.5, 0.25], "") == as_given([Decimal("0.5"), "0.25"], "")
    assert as_given([0.5], "") != as_given([0.75], "")
    assert as_given([[1, 2]], "") != as_given([1, 2], "")
    assert len({as_given([1, 2], ""), as_given([1, 2], ""), as_given([2, 1], "")}) == 2
    array = as_given([0.1, 0.2], "")
    assert pickle.loads(pickle.dumps(array)) == copy.deepcopy(array) == array


def layers(values: Any) -> Network:
    return Network(inputs=512, layers=(Layer(400, "tanh"),), loss=Loss("squared_error"), values=values)


@pytest.mark.parametrize("listed", [False, True])
def test_two_hundred_thousand_numbers_take_less_than_a_microsecond_each(listed: bool) -> None:
    source = numpy.random.default_rng(0)
    values: dict[str, Any] = {
        name: source.normal(size=shape) for name, shape in (("x", 512), ("W1", (400, 512)), ("b1", 400), ("y", 400))
    }
    if listed:
        values = {name: own.tolist() for name, own in values.items()}
    took = []
    for _ in range(3):
        start = time.process_time()
        network = layers(values)
        took.append(time.process_time() - start)
    assert min(took) < 205_000 * 1e-6
    assert numpy.array_equal(symbackprop.evaluate(network).values["W1"], values["W1"])


def test_one_hot_targets_in_bulk() -> None:
    """They are looked at one by one, as they must be shares of 1, but need no fractions."""
    shares = numpy.eye(10)[numpy.arange(5000) % 10]
    values = {"x": numpy.ones((5000, 2)), "y": shares}
    start = time.process_time()
    Network(inputs=2, layers=(Layer(10, "softmax"),), loss=Loss("cross_entropy"), values=values)
    assert time.process_time() - start < 2
    shares[7, 3] = 0.5
    with pytest.raises(InputError, match=r"samples\[7\].y: .* add up to 1"):
        Network(inputs=2, layers=(Layer(10, "softmax"),), loss=Loss("cross_entropy"), values=values)


def test_shares_are_added_exactly() -> None:
    """0.1 + 0.2 + 0.7 is 1 as decimals; the doubles' sum is not."""
    for shares in ([0.1, 0.2, 0.7], [Decimal("0.1"), Decimal("0.2"), Decimal("0.7")], ["1/3", "1/3", "1/3"], [0, 1.0, 0]):
        values = {"x": [1], "y": shares}
        assert Network(inputs=1, layers=(Layer(3, "softmax"),), loss=Loss("cross_entropy"), values=values).values
