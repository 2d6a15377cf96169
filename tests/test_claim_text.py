"""The text of a claim, as people type it, and the statement that it is read as."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbackprop.checking.claim_text import read_statement
from symbackprop.checking.reading.names import Names
from symbackprop.checking.statement import Statement
from symbackprop.derivation import derive
from symbackprop.errors import InputError
from symbackprop.functions import ARGUMENT_COUNTS
from symbackprop.grammar import parse
from symbackprop.network import Loss, Network, Unit
from symbackprop.plain_text import plain_text
from symbackprop.reading import load, loads
from symbackprop.tree import Call, Derivative, Name, Negative, Number, Product, Sum, Tree, fold, rebuild

CIRCUIT = """
equations = \"\"\"
q = x + y
dx = x*y
f = q*z + dx
\"\"\"
objective = "f"
"""
MIXED = Network(
    "mixed",
    ("x",),
    units=(
        Unit("a", {"x": "w_a"}, "tanh"),
        Unit("b", {"a": "w_b"}, "sigmoid"),
        Unit("c", {"b": "w_c"}, "s**3"),
        Unit("o", {"c": "v"}, "leaky_relu(s, 0.2)"),
    ),
    loss=Loss("half_squared_error", {"o": "y"}),
)


@cache
def names_of(network: str) -> Names:
    net = {"circuit": lambda: loads(CIRCUIT), "mixed": lambda: MIXED}.get(network, lambda: load(network))()
    return Names(derive(net))


def read(text: str, network: str = "chain") -> Statement:
    return read_statement(text, names_of(network), "here")


def shown(statement: Statement) -> str:
    return f"{plain_text(statement.left)} {statement.relation} {plain_text(statement.right)}"


@pytest.mark.parametrize(
    ("network", "text", "meaning"),
    [
        # Partials, and the products that they stand in.
        ("chain", "dE/dw_j = (yhat - y)*w_k*z_j", "dE/dw_j = (z_o - y)*w_k*z_j"),
        ("chain", "∂E/∂w_j = δ_k z_j", "dE/dw_j = delta_k*z_j"),
        ("chain", "dE / dw_j = 1", "dE/dw_j = 1"),
        ("chain", "d(E)/d(w_j) = 1", "dE/dw_j = 1"),
        ("chain", "(∂E)/(∂w_j) = 1", "dE/dw_j = 1"),
        ("chain", "x_i*dE/dw_j = 1", "x_i*(dE/dw_j) = 1"),
        ("chain", "x_i/dE/dw_j*y = 1", "x_i/(dE/dw_j)*y = 1"),
        ("chain", "dE/dz_o*dz_o/ds_o*ds_o/dw_k = dE/dw_k", "dE/dz_o*(dz_o/ds_o)*(ds_o/dw_k) = dE/dw_k"),
        ("chain", "dE_dw_k = dz_o_ds_o", "dE/dw_k = dz_o/ds_o"),
        ("chain", "total_dE_dw_k = total_y", "total_dE_dw_k = total_y"),
        ("chain", "total_dE/dw_k = 1", "total_dE_dw_k = 1"),
        ("chain", "dL/dŷ = 1", "dE/dz_o = 1"),
        ("circuit", "dx/y = x", "dx/y = x"),  # dx is a name of this network
        ("circuit", "df/dx = z + y", "df/dx = z + y"),
        ("circuit", "f/(x + y) = z", "f/(x + y) = z"),
        ("chain", "d/dw_j E = d/dw_j(E)", "dE/dw_j = dE/dw_j"),
        ("chain", "∂/∂w_j E = 1", "dE/dw_j = 1"),
        ("chain", "dw_j = dz_k*z_j", "dE/dw_j = dE/dz_k*z_j"),  # as Ng writes partials of the loss
        # Primes, and which function a letter is.
        ("chain", "δ_j = δ_k*w_k*σ'(s_j)", "delta_j = delta_k*w_k*sigmoid'(s_j)"),
        ("chain", "sigmoid'(s_k) = sigmoid_slope(s_k)", "sigmoid'(s_k) = sigmoid'(s_k)"),
        ("chain", "f'(net_k) = f_k'(s_k)", "sigmoid'(s_k) = sigmoid'(s_k)"),
        ("chain", "f'_k = slope_k", "slope_k = slope_k"),
        ("chain", "f'(s_o) = 1", "identity'(s_o) = 1"),
        ("chain", "sigma'(z_k) = sigma_prime(w_j*z_j)", "sigmoid'(z_k) = sigmoid'(w_j*z_j)"),
        ("002-two-units", "o_k = σ(net_k)", "z_k = generic(s_k)"),
        ("002-two-units", "sigma_slope(s_k) = f'(s_j)", "generic'(s_k) = generic'(s_j)"),
        ("mixed", "f(s_a) = f(s_b)", "tanh(s_a) = sigmoid(s_b)"),
        ("mixed", "f(s_c) = f'(s_c)", "s_c**3 = 3*s_c**2"),
        ("mixed", "φ'(s_o) = σ(s_a)", "leaky_relu'(s_o, 0.2) = sigmoid(s_a)"),
        ("mixed", "ReLU(s_o) = max(s_o, 0)", "relu(s_o) = maximum(s_o, 0)"),
        # Other names of what there is.
        ("chain", "Δw_j = -η*δ_k*z_j", "Delta_w_j = -learning_rate*delta_k*z_j"),
        ("chain", "Delta w_j = -lr dE/dw_j", "Delta_w_j = -learning_rate*(dE/dw_j)"),
        ("chain", "new_w_j = w_j + Δ w_j", "new_w_j = w_j + Delta_w_j"),
        ("chain", "w_j' = w_j", "new_w_j = w_j"),
        ("chain", "w_j := w_j - η*dE/dw_j", "new_w_j = w_j - learning_rate*(dE/dw_j)"),
        ("chain", "w_j ← w_j + Δw_j", "new_w_j = w_j + Delta_w_j"),
        ("chain", "w_j -= η*dE/dw_j", "new_w_j = w_j - learning_rate*(dE/dw_j)"),
        ("chain", "w_j += Δw_j", "new_w_j = w_j + Delta_w_j"),
        ("chain", "δ_j := 1", "delta_j = 1"),
        ("chain", "net_k = w_k*o_j", "s_k = w_k*z_j"),
        ("chain", "C1 = y_hat - t", "C_1 = z_o - y"),
        ("chain", "wⱼ = w_j", "w_j = w_j"),
        ("000", "h = w₁x₁ + w₂x₂", "s_h = w_1*x_1 + w_2*x_2"),
        ("000", "a = f(h)", "z_h = sigmoid(s_h)"),
        ("004", "dJ/dWout_1 = a_out*a_21", "dJ/dWout_1 = z_out*z_g1"),
        ("004", "dE/dBout = yhat - y", "dJ/dBout = z_out - y"),
        # Signs.
        ("chain", "E = ½(y - z_o)²", "E = 1/2*(y - z_o)**2"),
        ("chain", "E = 1/2 (y - z_o)^2", "E = 1/2*(y - z_o)**2"),
        ("chain", "2 z_k w_k(1 − z_k) ≠ z_k·w_k×y", "2*z_k*w_k*(1 - z_k) != z_k*w_k*y"),
        ("chain", "|δ_j| ≤ 0.25 |δ_k|", "abs(delta_j) <= 0.25*abs(delta_k)"),
        ("chain", "|w_j||w_k| > |w_j w_k - 1|", "abs(w_j)*abs(w_k) > abs(w_j*w_k - 1)"),
        ("chain", "e^(-s_j) = √(w_j)", "exp(-s_j) = sqrt(w_j)"),
        ("chain", "z_k == ln(y)", "z_k = log(y)"),
    ],
)
def test_what_people_type(network: str, text: str, meaning: str) -> None:
    assert shown(read(text, network)) == meaning


def test_partials_are_derivatives_and_slopes_are_calls() -> None:
    statement = read("dE/dw_j = σ'(s_k)")
    assert statement.left == Derivative("E", "w_j")
    assert statement.right == Call("sigmoid", (Name("s_k"),), prime=True)
    assert statement.text == "dE/dw_j = σ'(s_k)"


@pytest.mark.parametrize(
    ("text", "digits", "relation"),
    [
        ("dE/dw_k = -0.0358", "-0.0358", "="),
        ("dE/dw_k ≈ -0.0358", "-0.0358", "≈"),
        ("-0.0358 = dE/dw_k", "-0.0358", "="),
        ("w_k = 0.30", "0.30", "="),
        ("E = 6.57e-4", "6.57e-4", "="),
        ("E = 6.57*10**-4", "6.57e-4", "="),
        ("E = 6.57·10^-4", "6.57e-4", "="),
        ("E <= 0.25", "", "<="),
        ("E = 1/4", "", "="),
        ("E = y", "", "="),
    ],
)
def test_printed_digits(text: str, digits: str, relation: str) -> None:
    statement = read(text)
    assert (statement.digits, statement.relation) == (digits, relation)


@pytest.mark.parametrize(
    ("text", "conditions", "updates"),
    [
        ("w_k = 3.0004 after 3 updates", [], 3),
        ("w_k = 3.0004 after one update", [], 1),
        ("w_k = 3.0004 after the second update", [], 2),
        ("w_k = 3.0004 after 2 steps of gradient descent if x_i = 1", ["x_i = 1"], 2),
        ("dE/dw_j <= 1 if abs(w_k) <= 1", ["abs(w_k) <= 1"], 0),
        ("dE/dw_j = 1 where y = 1 and x_i = 1", ["y = 1", "x_i = 1"], 0),
        ("dE/dw_j = 1 for w_j > 0, w_k > 0", ["w_j > 0", "w_k > 0"], 0),
        ("dE/dw_j = 1, when max(w_j, 1) = 1", ["maximum(w_j, 1) = 1"], 0),
        ("dE/dw_j = 1 if y = 1 where x_i = 1", ["y = 1", "x_i = 1"], 0),
        ("dE/dw_j = 1 for all x_i, y", [], 0),
    ],
)
def test_conditions_and_updates(text: str, conditions: list[str], updates: int) -> None:
    statement = read(text)
    found = [f"{plain_text(own.left)} {own.relation} {plain_text(own.right)}" for own in statement.conditions]
    assert (found, statement.updates) == (conditions, updates)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "a claim is empty"),
        ("   ", "a claim is empty"),
        ("dE/dw_j", "there is no relation (column 1"),
        ("a = b = c", "one relation; write a chain as claims of their own (column 7"),
        ("= 3", "nothing stands left of '='"),
        ("E = ", "nothing stands right of '='"),
        ("dE/dw_q = 1", "there is no quantity 'w_q'; did you mean 'w_k'? (column 4"),
        ("dQ/dw_j = 1", "there is no quantity 'Q'"),
        ("dw_j/dE = 1", "there is no partial of w_j by that"),
        ("dE/3 = 1", "there is no quantity 'dE'"),
        ("detla_j = 1", "there is no quantity 'detla_j'; did you mean 'delta_j'?"),
        ("sigmiod(s_j) = 1", "there is no function and no quantity 'sigmiod'"),
        ("sigmoid(s_j, 2) = 1", "sigmoid takes 1 argument(s), not 2"),
        ("σ''(s_j) = 1", "two primes is a second derivative"),
        ("z_k' = 1", 'there is no quantity "z_k\'"'),
        ("h_j = 1", "h_{j} could be s_j (as in notation 000) or z_j (as in notation goodfellow); use the plain name"),
        ("1/x_i z_j = 1", "above or below the slash?"),
        ("(E = 1", "the parentheses do not match: '=' stands inside some (column 4"),
        ("E) = 1", "the parentheses do not match"),
        ("E = 1)", "expected an operator or the end, found ')'"),
        ("E = 1 +", "a formula ends where"),
        ("E = 1 ? 2", "'?' has no meaning in a claim (column 7"),
        ("E = 1 if", "nothing stands behind 'if'"),
        ("E = 1 if y", "a condition is 'left = right'"),
        ("E = 1 after many updates", "'many' is no number"),
        ("E = 1 after 2 updates after 3 steps", "is said twice"),
        ("E = 1 after 99999999 updates", "at most 10000"),
        ("E = 1 after 2.5 updates", "'2.5' is no number"),
        ("x_i -= 1", "what stands left of '-=' must be a parameter that is updated (column 1"),
        ("dE = 1", "there is no quantity 'dE'"),
        ("E ≈ y", "must be a number with its digits"),
        ("E = 1e999", "outside the range of double precision"),
        ("E = " + "(" * 200 + "1" + ")" * 200, "nested more than 60 deep"),
        ("E = " + "-" * 200 + "1", "nested more than 60 deep"),
        ("E = " + "1+" * 20_000 + "1", "the limit is 5000"),
        ("E = x[0]", "there is no quantity 'x[0]'"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(text: str, complaint: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text)
    assert complaint in str(caught.value)
    assert str(caught.value).startswith("here: ")
    assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)


def test_an_ambiguous_activation_is_not_guessed() -> None:
    with pytest.raises(InputError, match="f could be a formula or leaky_relu or sigmoid or tanh; write the function's name"):
        read("f(w_a*x) = 1", "mixed")


LEAVES = st.sampled_from(
    [Name("w_j"), Name("z_k"), Name("delta_j"), Derivative("E", "w_j"), Derivative("z_o", "s_o"), Number(Fraction(2))]
)


def _bigger(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda own: Sum(tuple(own))),
        st.lists(inner, min_size=2, max_size=3).map(lambda own: Product(tuple(own))),
        inner.map(Negative),
        inner.map(lambda own: Call("tanh", (own,))),
        inner.map(lambda own: Call("sigmoid", (own,), prime=True)),
    )


@settings(max_examples=150, deadline=None)
@given(st.recursive(LEAVES, _bigger, max_leaves=12))
def test_every_printed_tree_is_read_again(tree: Tree) -> None:
    """The text of a tree, partials and slopes among it, has the tree's value."""
    back = read(f"E = {plain_text(tree)}").right
    assert plain_text(_named(back)) == plain_text(_named(parse(plain_text(_named(tree)), ARGUMENT_COUNTS)))


def _named(tree: Tree) -> Tree:
    """Partials and slopes as plain names and calls, which the grammar of networks can read."""

    def name(node: Tree, parts: list[Tree]) -> Tree:
        match node:
            case Derivative():
                return Name(node.name.replace("/", "_"))
            case Call(prime=True):
                return Call("tanh", (Call("exp", tuple(parts)),))
        return rebuild(node, parts) if parts else node

    return fold(tree, name)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="dE/w_jk=()[]'*+-^|1.5 σδ∂,≤<>√{}\\fracpil&", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        read(text)
