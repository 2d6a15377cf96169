"""Trees as text, and back."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbackprop import grammar
from symbackprop.errors import InputError
from symbackprop.functions import ARGUMENT_COUNTS
from symbackprop.plain_text import number_text, plain_text
from symbackprop.precise import as_mpf, value
from symbackprop.tree import Braced, Call, Derivative, Marked, Name, Negative, Number, Power, Product, Quotient, Sum, Tree


def read(text: str) -> Tree:
    return grammar.parse(text, ARGUMENT_COUNTS)


# Texts in the form that is printed; the parser's tree is the expected one, structure and all.
@pytest.mark.parametrize(
    "text",
    [
        "w_k*z_k*(1 - z_k)", "a - (b - c)", "a - b + c", "(a*b)*c", "a*(b*c)", "a*(b/c)", "a*b/c", "a/b/c", "a/(b/c)",
        "a/(b*c)", "a/b*c", "-a*b", "-a + b", "a*(-b)", "a/(-b)", "-(a + b)", "a - (-b)",
        "-x**2", "(-x)**2", "x**-y", "x**-y**2", "(x**y)**2", "x**y**2",
        "x**(y/2)", "(a + b)**(c - 1)", "maximum(a - b, 0)*sigmoid(-(s + 1))", "0.30*x - 2", "x**0.5", "-(-a)",
    ],
)  # fmt: skip
def test_printed_form_is_read_and_printed_again(text: str) -> None:
    assert plain_text(read(text)) == text


ATOMS = st.one_of(
    st.sampled_from([Name(name) for name in "abc"]),
    st.fractions(min_value=-3, max_value=3, max_denominator=12).map(Number),
    st.sampled_from([Number(Fraction(3, 10), "0.30"), Number(Fraction(-1, 4), "-0.25")]),
)


def _branches(inner: Any) -> Any:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    exponent = st.sampled_from([Number(Fraction(2)), Number(Fraction(3)), Negative(Number(Fraction(2))), Number(Fraction(-1))])
    return st.one_of(
        several.map(Sum),
        several.map(Product),
        inner.map(Negative),
        st.builds(Quotient, inner, inner),
        st.builds(Power, inner, exponent),
        inner.map(lambda tree: Call("sin", (tree,))),
        inner.map(lambda tree: Call("leaky_relu", (tree, Number(Fraction(1, 5))))),
        inner.map(lambda tree: Braced(Marked(tree, "new"), "C_1")),
    )


@given(st.recursive(ATOMS, _branches, max_leaves=12))
def test_text_has_the_value_of_the_tree(tree: Tree) -> None:
    text = plain_text(tree)
    again = read(text)
    point = {"a": Fraction(7, 5), "b": Fraction(-9, 4), "c": Fraction(11, 3)}
    try:
        expected = as_mpf(value(tree, point))
    except InputError:  # a division by zero
        with pytest.raises(InputError):
            value(again, point)
    else:
        assert abs(as_mpf(value(again, point)) - expected) <= abs(expected) / 10**30
    assert plain_text(again) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(0), "0"), (Fraction(-12), "-12"), (Fraction(1, 10), "0.1"), (Fraction(-1, 8), "-0.125"), (Fraction(1, 3), "1/3"),
        (Fraction(-5, 6), "-5/6"), (Fraction(1, 10**30), "1e-30"), (Fraction(-21, 20), "-1.05"), (Fraction(10**25), "1" + "0" * 25),
    ],
)  # fmt: skip
def test_number_text(number: Fraction, text: str) -> None:
    assert number_text(number) == text
    assert Fraction(text) == number


def test_a_printed_digit_that_is_not_the_number_is_left_out() -> None:
    assert plain_text(Number(Fraction(2, 3), "0.667")) == "2/3"


def test_derivatives_have_a_name() -> None:
    assert plain_text(Product((Derivative("E", "z"), Call("generic", (Name("s"),), prime=True)))) == "dE/dz*generic'(s)"


def test_deep_trees_do_not_recurse() -> None:
    tree: Tree = Name("x")
    for _ in range(20_000):
        tree = Call("sin", (tree,))
    assert plain_text(tree) == "sin(" * 20_000 + "x" + ")" * 20_000
