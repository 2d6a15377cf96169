"""Claims about whole arrays and index forms, entry by entry in the names of the unit level."""

from __future__ import annotations

import pytest
from printed_arrays import random_values, surroundings
from test_claim_text import names_of, read, shown

from symbackprop.checking.claim_entries import entries, instances
from symbackprop.checking.claim_text import read_statement
from symbackprop.checking.reading.names import Names
from symbackprop.checking.statement import Range, ShapeMismatch, Statement
from symbackprop.derivation import derive
from symbackprop.document.levels import with_entries
from symbackprop.errors import InputError
from symbackprop.precise import as_mpf, value
from symbackprop.reading import loads
from symbackprop.tree import Derivative, Name

SMALL = """
inputs = 2
[[layers]]
units = 2
activation = "tanh"
[[layers]]
units = 1
[loss]
function = "half_squared_error"
"""
ROWS = 'layout = "row"\n' + SMALL


def written_out(text: str, network: str = "perceptron") -> list[Statement]:
    return list(entries(read(text, network), names_of(network)))


def holds(network: str, text: str) -> bool:
    """Whether every entry of a claim has equal sides at random values, as the unit level computes them."""
    scalars = with_entries(names_of(network).derivation)
    known = surroundings(scalars, random_values(scalars, ("y",) if network == "perceptron" else ()), scalars.terms().terms)
    sides = [(value(own.left, known), value(own.right, known)) for own in written_out(text, network)]
    assert sides
    return all(abs(as_mpf(one) - as_mpf(two)) <= 1e-30 * max(1, abs(as_mpf(one))) for one, two in sides)


TRUE = [
    ("perceptron", "dE/dW1 = outer(delta_1, x)"),
    ("perceptron", "delta_1 = T(W2) @ delta_2 * f'(s1)"),
    ("perceptron", "delta_1 = W2.T @ delta_2 * (1 - z1**2)"),
    ("perceptron", "delta_1 = delta_2 @ W2 * (1 - z1*z1)"),
    ("perceptron", "dE/dW1[i][j] = delta_1[i]*x[j]"),
    ("perceptron", "dE/dW1[i, j] = delta_1[i] x[j]"),
    ("perceptron", "delta_1[j] = f'(s1[j])*sum_k(W2[k][j]*delta_2[k])"),
    ("perceptron", "delta_1[j] = Σ_k W2[k][j]*delta_2[k]*f'(s1[j])"),
    ("perceptron", "dE/dW1[-1][1] = delta_1[2]*x[1]"),
    ("perceptron", "dE/dW1[0] = delta_1[0]*x"),
    ("perceptron", "delta_2 = yhat - y"),
    ("perceptron", "yhat_1 = z2[0]"),
    ("perceptron", "z2 = softmax(s2)"),
    ("perceptron", "s1 = W1 @ x + b1"),
    ("perceptron", "[delta_2[0], delta_2[1], delta_2[2]] = yhat - y"),
    ("perceptron", "dE/db2 = (z2[0] - y[0], z2[1] - y[1], z2[2] - y[2])"),
    ("perceptron", "sum(z2) = 1"),
    ("perceptron", "delta_1 - delta_1 = 0"),
    ("perceptron", r"\frac{\partial E}{\partial \mathbf{W}^{(2)}} = \boldsymbol{\delta}^{(2)} (\mathbf{z}^{(1)})^{\top}"),
    ("perceptron", r"\delta^{(1)}_j = (1 - (z^{(1)}_j)^2) \sum_k w^{(2)}_{kj} \delta^{(2)}_k"),
    ("perceptron", r"\delta^{(2)}_j = \sum_k \frac{\partial E}{\partial z^{(2)}_k} z^{(2)}_k (\delta_{kj} - z^{(2)}_j)"),
    ("perceptron", r"\mathbf{1}^{\top} \mathbf{z}^{(2)} = 1"),
    ("perceptron", r"\delta^{(l)} = (W^{(l+1)})^{\top} \delta^{(l+1)} \odot f'(s^{(l)})"),
    ("perceptron", r"\frac{\partial E}{\partial W^{(l)}} = \delta^{(l)} (z^{(l-1)})^{\top}"),
    ("perceptron", r"\frac{\partial E}{\partial w^{(l)}_{jk}} = z^{(l-1)}_k \delta^{(l)}_j"),
    ("perceptron", r"\delta^{(L)} = z^{(L)} - y"),
    ("rnn", "h[t] = tanh(s[t])"),
    ("rnn", "s[t] = W_xh @ x[t] + W_hh @ h[t-1] + b_h"),
    ("rnn", "dE/dW_hh = sum_t(outer(dE/ds[t], h[t-1]))"),
    ("rnn", "dE/dh[3] = T(W_hy) @ dE/do[3]"),
    ("rnn", "dE/dh[t] = T(W_hy) @ dE/do[t] + T(W_hh) @ dE/ds[t+1]"),
    ("rnn", r"\frac{\partial E}{\partial W_{hh}} = \sum_{t=1}^{3} \frac{\partial E}{\partial s^{(t)}} {h^{(t-1)}}^{\top}"),
    ("attention", "A = softmax(S)"),
    ("attention", "dE/dV = T(A) @ dE/dZ"),
]  # fmt: skip
WRONG = [
    ("perceptron", "delta_1 = T(W2) @ delta_2"),
    ("perceptron", "delta_2 = y - yhat"),
    ("perceptron", "delta_1[j] = f'(s1[j])*sum_k(W2[j][k]*delta_2[k])"),  # W2 is 3 × 3, so that the shapes do not tell
    ("perceptron", r"\boldsymbol\delta^{(1)} = W^{(2)} \delta^{(2)} \odot f'(s^{(1)})"),
    ("perceptron", r"\frac{\partial E}{\partial b^{(l)}} = \delta^{(l)} \odot \delta^{(l)}"),
    ("rnn", "dE/dW_hh = sum_t(outer(dE/ds[t], h[t]))"),
    ("rnn", "dE/dh[t] = T(W_hy) @ dE/do[t]"),
]


@pytest.mark.parametrize(("network", "text"), TRUE)
def test_true_claims_are_true_in_every_entry(network: str, text: str) -> None:
    assert holds(network, text)


@pytest.mark.parametrize(("network", "text"), WRONG)
def test_wrong_claims_are_wrong_in_some_entry(network: str, text: str) -> None:
    assert not holds(network, text)


def test_entries_have_the_names_of_the_unit_level() -> None:
    found = written_out("dE/dW1 = outer(delta_1, x)")
    assert [own.left for own in found] == [Derivative("E", f"W1[{i}][{j}]") for i in range(3) for j in range(2)]
    assert shown(found[3]) == "dE/dW1[1][1] = delta_1[1]*x[1]"
    assert all(not own.ranges for own in found)


def test_letters_have_ranges() -> None:
    statement = read("dE/dW1[i][j] = delta_1[i]*x[j]", "perceptron")
    assert statement.ranges == (Range("i", 0, 2), Range("j", 0, 1))
    assert [shown(own) for own in instances(statement, names_of("perceptron"))][-1] == "dE/dW1[2][1] = delta_1[2]*x[1]"
    assert read("h[t] = tanh(s[t])", "rnn").ranges == (Range("t", 1, 3),)
    assert read("dE/dh[t][i] = dE/ds[t+1][i]", "rnn").ranges == (Range("t", 1, 2), Range("i", 0, 1))


def test_a_claim_about_a_layer_is_one_about_each() -> None:
    text = r"\frac{\partial E}{\partial b^{(l)}} = \delta^{(l)}"
    assert [shown(own) for own in (read(text, "perceptron"), *read(text, "perceptron").others)] == [
        "dE/db1 = delta_1",
        "dE/db2 = delta_2",
    ]
    assert len(written_out(text)) == 6
    with pytest.raises(InputError, match="there is no quantity"):
        read(r"\delta^{(l+3)} = \delta^{(l)}", "perceptron")


def test_lists_keep_their_digits() -> None:
    found = written_out("b1 = [0.10, -0.2, 3]")
    assert [own.digits for own in found] == ["0.10", "-0.2", ""]
    assert [shown(own) for own in written_out("Delta_w = [0.00015, 0.00045]", "000")] == [
        "Delta_w_1 = 0.00015",
        "Delta_w_2 = 0.00045",
    ]
    assert [shown(own) for own in written_out("dE/dw = (1, 2)", "000")] == ["dE/dw_1 = 1", "dE/dw_2 = 2"]


def test_conditions_are_written_out_too() -> None:
    found = written_out("abs(delta_1[j]) <= 1 if abs(W2) <= 1")
    assert len(found) == 3
    assert all(len(own.conditions) == 9 for own in found)


def test_one_entry_and_a_number_are_the_same() -> None:
    for text in (SMALL, ROWS):
        names = Names(derive(loads(text)))

        (one,) = entries(read_statement("E = 1/2*(yhat - y)**2", names), names)
        assert shown(one) == "E = 1/2*(z2[0] - y[0])**2"
        (two,) = entries(read_statement("delta_2 = yhat - y", names), names)
        assert two.left == Name("delta_2[0]")


def test_vectors_may_be_rows() -> None:

    names = Names(derive(loads(ROWS)))
    statement = read_statement(r"\frac{\partial E}{\partial W^{(1)}} = {\delta^{(1)}}^{\top} x", names)
    assert shown(statement) == "dE/dW1 = outer(delta_1, x)"


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("dE/dW1 = outer(x, delta_1)", (3, 2), (2, 3)),
        ("b1 = [1, 2]", (3,), (2,)),
        ("dE/dW1 = delta_1", (3, 2), (3,)),
        ("E = b1", (), (3,)),
        ("b1 = E", (3,), ()),
        ("b1 = W1 @ delta_1", (), ()),
        ("b1 = T(W1) @ delta_1", (3,), (2,)),
    ],
)
def test_shapes_that_differ(text: str, left: tuple[int, ...], right: tuple[int, ...]) -> None:
    with pytest.raises(ShapeMismatch) as caught:
        written_out(text)
    assert (caught.value.left, caught.value.right) == (left, right)


def test_letters_on_axes_of_different_lengths() -> None:
    with pytest.raises(ShapeMismatch, match="'i' runs over 3 elsewhere and over 2 in x"):
        read("dE/dW1[i][j] = delta_1[j]*x[i]", "perceptron")


def test_a_claim_of_too_many_entries() -> None:
    text = "inputs = 784\n[[layers]]\nunits = 500\n[loss]\nfunction = 'half_squared_error'\n"
    names = Names(derive(loads(text)))

    statement = read_statement("dE/dW1[i][j] = delta_1[i]*x[j]", names)
    whole = read_statement("dE/dW1 = outer(delta_1, x)", names)
    with pytest.raises(InputError, match="stands for 392000 entries; at most 20000"):
        next(entries(whole, names))
    with pytest.raises(InputError, match="stands for 392000 entries; at most 20000"):
        next(entries(statement, names))
