"""Entries of array expressions: of derivatives by what is smaller, of what stands at one place, counted from the end."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy
import pytest
from random_layers import random_equations, random_layers

from symbackprop import Layer, Loss, Network, derive, evaluate
from symbackprop.array_tree import Element, Placed, Shape
from symbackprop.arrays import indices
from symbackprop.checking.lines import lines_of
from symbackprop.checking.points import completed_point, evaluated
from symbackprop.derivation import Derivation
from symbackprop.elements import element
from symbackprop.precise import as_mpf, value
from symbackprop.program import ErrorSignal, Partial
from symbackprop.shapes import shape_of
from symbackprop.terms import opened
from symbackprop.tree import ZERO, Derivative, Name, derivative_name

SHAPES: dict[str, Shape] = {"h": (2, 3), "row": (3,), "one": (1, 3), "column": (2, 1), "W": (2, 3), "n": ("k", 3)}

BACKENDS = {"unit": "math", "matrix": "numpy"}  # at that level


@pytest.mark.parametrize(
    ("of", "wrt", "index", "expected"),
    [
        ("h", "W", (1, 2), "dh[1][2]/dW[1][2]"),
        ("h", "row", (1, 2), "dh[1][2]/drow[2]"),
        ("h", "one", (1, 2), "dh[1][2]/done[0][2]"),
        ("h", "column", (1, 2), "dh[1][2]/dcolumn[1][0]"),
        ("h", "c", (1, 2), "dh[1][2]/dc"),
        ("h", "row", ("i", "j"), "dh[i][j]/drow[j]"),
        ("h", "c", ("i", "j"), "dh[i][j]/dc"),
        ("E", "W", (1, 2), "dE/dW[1][2]"),
        ("E", "row", ("i",), "dE/drow[i]"),
        ("E", "c", (), "dE/dc"),
    ],
)
def test_a_derivative_by_what_is_smaller_has_the_index_that_it_reads(of: str, wrt: str, index: Any, expected: str) -> None:
    found = element(Derivative(of, wrt), index, SHAPES)
    assert isinstance(found, Derivative)
    assert found.name == expected


def test_what_is_placed_cannot_be_told_from_a_letter() -> None:
    placed = Placed(Name("a"), ("1",), (3,))
    assert [element(placed, (index,), {}) for index in range(3)] == [ZERO, Name("a"), ZERO]
    with pytest.raises(AssertionError, match="from a letter"):
        element(placed, ("i",), {})
    # A letter for an axis within what is placed is as good as a number.
    whole = Placed(Name("row"), ("1",), (2, 3))
    assert element(whole, (1, "j"), SHAPES) == Name("row[j]")
    assert element(whole, (0, "j"), SHAPES) == ZERO


def test_entries_are_counted_from_the_end() -> None:
    assert element(Element(Name("h"), ("-1",)), (2,), SHAPES) == Name("h[1][2]")
    assert element(Element(Name("h"), ("-2", "-1")), (), SHAPES) == Name("h[0][2]")


@pytest.mark.parametrize("level", ["unit", "matrix"])
def test_a_loss_of_the_last_output(level: str) -> None:
    values = {"x": [1, 2], "W1": [[1, 2], [3, 4]], "b1": [0.5, -0.5]}
    loss = Loss(formula="z1[-1]**2 + z1[0]")  # type: ignore[arg-type]
    objective, gradient = derive(Network(inputs=2, layers=(Layer(2),), loss=loss, values=values), level=level).lambdify(
        BACKENDS[level]
    )()
    assert objective == 10.5**2 + 5.5
    assert numpy.array_equal(gradient["b1"], [1, 21])


# Partials with what only they read put in place: a share of an array is filled in, not multiplied.


def compared(network: Network) -> int:
    """How many entries of opened partials were compared with those of the partials as they are."""
    derivation, unit = derive(network, level="matrix"), derive(network, level="unit")
    point = completed_point(unit.network, unit.program)
    assert point is not None
    lines = lines_of(derivation, {})
    values = evaluated((*lines.forward, *lines.backward), point.rows[0], point.generic)
    shapes = _all_shapes(derivation)
    count = 0
    for definition in derivation.backward_pass:
        if isinstance(definition, Partial | ErrorSignal):
            tree = opened(derivation, definition)
            assert shape_of(tree, shapes) == shape_of(definition.tree, shapes), definition.name
            for index in indices(shape_of(tree, shapes)):
                own, other = (as_mpf(value(element(found, index, shapes), values)) for found in (tree, definition.tree))
                assert abs(own - other) <= 1e-25 * max(1, abs(other)), (definition.name, index)
                count += 1
    return count


def _all_shapes(derivation: Derivation) -> dict[str, Shape]:
    own = derivation.program.shapes
    found = {**own, **{derivative_name(derivation.objective, name): shape for name, shape in own.items()}}
    found |= {signal.name: own.get(signal.wrt, ()) for signal in derivation.signals.values()}
    return found | {local.name: own.get(local.of, ()) for local in derivation.local_derivatives.values()}


@pytest.mark.parametrize("seed", range(12))
def test_opened_partials_of_equations(seed: int) -> None:
    assert compared(random_equations(Random(seed)).network())


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("sign", [1, -1])
def test_opened_partials_of_layers(seed: int, sign: int) -> None:
    assert compared(random_layers(Random(seed)).network(signal_sign=sign))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("sign", [1, -1])
def test_cached_terms_of_arrays_are_the_partials_that_they_stand_for(seed: int, sign: int) -> None:
    network = random_equations(Random(seed)).network(signal_sign=sign)
    found = evaluate(network)
    for term in derive(network, level="matrix").terms("signals").terms:
        if isinstance(term.chain, Derivative) and term.chain.wrt in found.derivatives:
            assert numpy.allclose(found.cached[term.name]["value"], found.derivatives[term.chain.wrt], rtol=1e-9, atol=1e-12)  # type: ignore[arg-type]
