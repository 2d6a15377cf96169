"""LaTeX of claims: as textbooks write it, and as our own pages print it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from printed_arrays import GENERIC, World, evaluate, random_values, surroundings
from test_claim_text import read, shown

from symbackprop.checking.claim_entries import entries
from symbackprop.checking.claim_text import read_statement
from symbackprop.checking.reading.names import Names
from symbackprop.derivation import derive
from symbackprop.document.array_symbols import page_shapes
from symbackprop.document.levels import with_entries
from symbackprop.document.mathtex import Printer
from symbackprop.document.model import Equation, Math, Relation
from symbackprop.document.profile import profiles
from symbackprop.errors import InputError
from symbackprop.plain_text import plain_text
from symbackprop.precise import as_mpf, value
from symbackprop.reading import load
from symbackprop.rendering import prepare
from symbackprop.tree import Derivative, Name, Tree, fold, names, plain, rebuild

TEXTBOOK = [
    # A chain of units, in the letters of document 003.
    (
        "chain",
        r"\frac{\partial E}{\partial w_{j}} = (\hat{y} - y)\, w_k\, \sigma'(s_k)\, z_j",
        "dE/dw_j = (z_o - y)*w_k*sigmoid'(s_k)*z_j",
    ),
    (
        "chain",
        r"\dfrac{dE}{dw_j} = \left(\hat y-y\right) w_k\sigma(s_k)\bigl(1-\sigma(s_k)\bigr)z_j",
        "dE/dw_j = (z_o - y)*w_k*sigmoid(s_k)*(1 - sigmoid(s_k))*z_j",
    ),
    ("chain", r"$\delta_j = \delta_k w_k \sigma^\prime(s_j)$", "delta_j = delta_k*w_k*sigmoid'(s_j)"),
    ("chain", r"\(\delta_{j} = \delta_{k}\cdot w_{k}\times\sigma^{\prime}(s_{j})\)", "delta_j = delta_k*w_k*sigmoid'(s_j)"),
    ("chain", r"\partial E / \partial w_j = C_1 C_2 z_j", "dE/dw_j = C_1*C_2*z_j"),
    ("chain", r"\Delta w_k = -\eta \delta_o z_k", "Delta_w_k = -learning_rate*delta_o*z_k"),
    ("chain", r"\Delta w_k = -\eta \, \frac{\partial E}{\partial w_k}", "Delta_w_k = -learning_rate*(dE/dw_k)"),
    ("chain", r"w_k^{(t+1)} = w_k^{(t)} - \alpha \frac{\partial E}{\partial w_k}", "new_w_k = w_k - learning_rate*(dE/dw_k)"),
    ("chain", r"w_k^{+} = w_k - \epsilon \frac{\partial E}{\partial w_k}", "new_w_k = w_k - learning_rate*(dE/dw_k)"),
    ("chain", r"w_k^{\text{new}} = w_k^{\text{old}} + \Delta w_k", "new_w_k = w_k + Delta_w_k"),
    ("chain", r"w_k \leftarrow w_k - \eta \frac{\partial E}{\partial w_k}", "new_w_k = w_k - learning_rate*(dE/dw_k)"),
    ("chain", r"E = \tfrac12 (\hat{y}-y)^2", "E = 1/2*(z_o - y)**2"),
    ("chain", r"E = \frac{1}{2}\left\lbrack y-\hat{y}\right\rbrack^{2}", "E = 1/2*(y - z_o)**2"),
    ("chain", r"z_j = \frac{1}{1+e^{-s_j}} ", "z_j = 1/(1 + exp(-s_j))"),
    ("chain", r"z_j = {1 + \exp(-s_j)}^{-1}", "z_j = (1 + exp(-s_j))**-1"),
    ("chain", r"\sigma'(s) = \sigma(s)(1 - \sigma(s))", "sigmoid'(s_j) = sigmoid(s_j)*(1 - sigmoid(s_j))"),
    ("chain", r"\sigma'(s_j) \le \frac14", "sigmoid'(s_j) <= 1/4"),
    (
        "chain",
        r"\left|\delta_j\right| \leqslant \tfrac{1}{4} |\delta_k| \quad\text{if } \lvert w_k \rvert \leq 1",
        "abs(delta_j) <= 1/4*abs(delta_k)",
    ),
    ("chain", r"\frac{\mathrm{d}E}{\mathrm{d}w_{in}} \approx -6.81 \cdot 10^{-4}", "dE/dw_in ≈ -6.81e-4"),
    ("chain", r"\frac{\partial E}{\partial w_{\mathrm{in}}} = -0{,}000681", "dE/dw_in = -0.000681"),
    (
        "chain",
        r"\frac{\partial}{\partial w_j} E = \frac{\partial E}{\partial \hat{y}} \frac{\partial \hat{y}}{\partial s_o} w_j",
        "dE/dw_j = dE/dz_o*(dz_o/ds_o)*w_j",
    ),
    ("chain", r"C_1 = \underbrace{(\hat y - y)}_{C_1}", "C_1 = z_o - y"),
    ("chain", r"\color{red} \textcolor{blue}{w_k} z_k + {} 1 = \boxed{\hat{y}}", "w_k*z_k + 1 = z_o"),
    ("chain", r"\hat y = w_k\,\sigma\bigl(w_j\,\sigma(w_{in}\,x_i)\bigr)", "z_o = w_k*sigmoid(w_j*sigmoid(w_in*x_i))"),
    ("chain", r"w_k(z_k + 1) = w_k z_k + w_k", "w_k*(z_k + 1) = w_k*z_k + w_k"),
    ("chain", r"\tanh^2(s_j) + \tanh s_j = \ln\left(1 + e^{x_i}\right)", "tanh(s_j)**2 + tanh(s_j) = log(1 + exp(x_i))"),
    ("chain", r"\sqrt{z_j} \neq z_j^{1/2} w_j^2", "sqrt(z_j) != z_j**(1/2)*w_j**2"),
    ("chain", r"\operatorname{ReLU}(s_j) = \max(0, s_j)", "relu(s_j) = maximum(0, s_j)"),
    ("chain", r"\mathrm{ReLU}'(s_j) = \mathbf{1}[s_j > 0]", "relu'(s_j) = step(s_j)"),
    ("chain", r"w_k = 3.0004 \text{ after 2 updates}", "w_k = 3.0004"),
    ("chain", r"dE/dw_{in} = \delta_j x_i", "dE/dw_in = delta_j*x_i"),
    ("chain", r"delta_j = w_k \sigma_j'", "delta_j = w_k*slope_j"),
    # In the letters of others.
    ("chain", r"\mathrm{net}_k = w_k o_j", "s_k = w_k*z_j"),
    ("chain", r"\varphi'(v_k) = y_k (1 - y_k)", "sigmoid'(s_k) = z_k*(1 - z_k)"),
    ("002-two-units", r"\delta_k = 2(o_k - y)\,\sigma'(\mathrm{net}_k)", "delta_k = 2*(z_k - y)*generic'(s_k)"),
    (
        "002-two-units",
        r"\frac{\partial E}{\partial w_j} = 2(o_k - y)\sigma'(net_k) w_k \sigma'(net_j) x",
        "dE/dw_j = 2*(z_k - y)*generic'(s_k)*w_k*generic'(s_j)*x",
    ),
    ("000", r"\delta^{h} = W \delta^{o} f'(h)", "delta_h = W*delta_o*sigmoid'(s_h)"),
    ("000", r"\Delta w_2 = \eta\,\delta^h x_2", "Delta_w_2 = learning_rate*delta_h*x_2"),
    ("004", r"\frac{\partial J}{\partial W_{\mathrm{out},1}} = a_{2,1}(a_{\text{out}}-y)", "dJ/dWout_1 = z_g1*(z_out - y)"),
    (
        "004",
        r"\frac{\partial J}{\partial W_{2,11}} = a_{1,1} \sigma'(z_{2,1}) (a_{out} - y) W_{out,1}",
        "dJ/dW2_11 = z_f1*sigmoid'(s_g1)*(z_out - y)*Wout_1",
    ),
    # Layers.
    (
        "perceptron",
        r"\frac{\partial E}{\partial \mathbf{W}^{(1)}} = \boldsymbol{\delta}^{(1)} \mathbf{x}^{\top}",
        "dE/dW1 = outer(delta_1, x)",
    ),
    (
        "perceptron",
        r"\boldsymbol\delta^{(1)} = (\mathbf{W}^{(2)})^{T} \boldsymbol\delta^{(2)} \odot f'(\mathbf{s}^{(1)})",
        "delta_1 = (T(W2) @ delta_2)*tanh'(s1)",
    ),
    (
        "perceptron",
        r"\delta^{(1)} = W^{(2)\mathsf{T}} \delta^{(2)} \circ (1 - z^{(1)} \odot z^{(1)})",
        "delta_1 = (T(W2) @ delta_2)*(1 - z1*z1)",
    ),
    # A layer without parentheses, where there is nothing of that name to be raised to a power.
    ("perceptron", r"\delta^1 = (W^2)^T \delta^2 \odot f'(s^1)", "delta_1 = (T(W2) @ delta_2)*tanh'(s1)"),
    ("perceptron", r"\delta^1 = W^{2\top} \delta^2 \odot (1 - (z^1)^2)", "delta_1 = (T(W2) @ delta_2)*(1 - z1**2)"),
    ("perceptron", r"\frac{\partial E}{\partial w^1_{12}} = \delta^1_1 x_2 + y_1^2", "dE/dW1[0][1] = delta_1[0]*x[1] + y[0]**2"),
    ("perceptron", r"\hat y^2 = y^2", "z2**2 = y**2"),
    ("perceptron", r"{\delta^{(1)}}^{\top} = {\delta^{(2)}}^{\top} \, W^{(2)}", "delta_1 = delta_2 @ W2"),
    (
        "perceptron",
        r"\delta^{(1)}_j = f'(s^{(1)}_j) \sum_{k=1}^{3} w^{(2)}_{kj} \delta^{(2)}_k",
        "delta_1[j] = tanh'(s1[j])*sum_k(W2[k][j]*delta_2[k])",
    ),
    ("perceptron", r"\frac{\partial E}{\partial w^{(1)}_{12}} = \delta_1^{(1)} x_2", "dE/dW1[0][1] = delta_1[0]*x[1]"),
    ("perceptron", r"\frac{\partial E}{\partial w_{i,j}^{(1)}} = \delta^{(1)}_{i} x_{j}", "dE/dW1[i][j] = delta_1[i]*x[j]"),
    ("perceptron", r"\delta^{(2)} = \hat{y} - y", "delta_2 = z2 - y"),
    ("perceptron", r"E = -\sum_k y_k \ln \hat{y}_k", "E = -sum_k(y[k]*log(z2[k]))"),
    ("perceptron", r"E = -y^{\top} \ln \hat{y}", "E = -y @ log(z2)"),
    (
        "perceptron",
        r"\frac{\partial z^{(2)}_k}{\partial s^{(2)}_j} = z^{(2)}_k (\delta_{kj} - z^{(2)}_j)",
        "dz2[k]/ds2[j] = z2[k]*(identity*[k][j] - z2[j])",
    ),
    ("perceptron", r"\mathbf{b}^{(1)} = \begin{bmatrix} 0.1 \\ -0.2 \\ 3 \end{bmatrix}", "b1 = [[0.1], [-0.2], [3]]"),
    ("rnn", r"\mathbf h^{(3)} = \tanh(\mathbf{s}^{(3)})", "h[3] = tanh(s[3])"),
    (
        "rnn",
        r"\frac{\partial E}{\partial W_{hh}} = \sum_{t=1}^{3} \frac{\partial E}{\partial s^{(t)}} {h^{(t-1)}}^{\top}",
        "dE/dW_hh = sum_t(outer(dE/ds[t], h[t-1]))",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("network", "text", "meaning"), TEXTBOOK)
def test_as_textbooks_write_it(network: str, text: str, meaning: str) -> None:
    assert shown(read(text, network)) == meaning


def test_conditions_and_updates_in_latex() -> None:
    statement = read(r"|\delta_j| \le \frac14 |\delta_k| \quad \text{if } |w_k| \le 1 \text{ and } y = 1 \text{ after 3 updates}")
    assert len(statement.conditions) == 2
    assert statement.updates == 3


@pytest.mark.parametrize(
    ("network", "text", "complaint"),
    [
        ("chain", r"\frac{\partial E}{\partial w_q} = 1", "there is no quantity w_{q}; did you mean 'w_k'? (column 28"),
        ("chain", r"\foo = 1", r"\foo has no meaning in a claim"),
        ("chain", r"\frac{E}{w_j = 1", "there is no relation"),
        ("chain", r"E = \frac{1}{2", "a '{' without a '}'"),
        ("chain", r"E = \frac{1}2}", "a '}' without a '{'"),
        ("chain", r"E = \frac{1}", r"\frac has nothing behind it"),
        ("chain", r"E = \sigma + \eta", r"there is no quantity \sigma"),
        ("chain", r"E = \sum z_k", r"a sum needs its index"),
        ("chain", r"E = \sum_l z_k", "the sum over 'l' has no index 'l' behind it"),
        ("chain", r"E = \begin{cases} 1 \end{cases}", r"\begin{cases} has no meaning"),
        ("chain", r"E = \begin{bmatrix} 1", r"\begin{bmatrix} without its \end"),
        ("chain", r"E = \begin{bmatrix} 1 & 2 \\ 3 \end{bmatrix}", "the rows of a matrix must be of one length"),
        ("chain", r"E = \tanh 2 z_k", r"where does the argument of \tanh end?"),
        ("chain", r"E = \tanh", r"\tanh needs an argument"),
        ("chain", r"E = \eta + ^2", "^ needs something before it"),
        ("chain", r"E = \eta z_k^", "^ has nothing behind it"),
        ("chain", r"h_{j} = 1", "could be s_j (as in notation 000) or z_j (as in notation goodfellow)"),
        ("chain", r"E = \sigma''(s_j)", "two primes"),
        ("chain", r"E = \int z_k", r"\int has no meaning"),
        ("chain", "E = " + "{" * 100 + r"\eta" + "}" * 100, "braces nested more than 40 deep"),
        ("chain", "E = " + r"\eta" * 6000, "a claim of 24004 characters; the limit is 5000"),
        ("chain", r"\eta = " + r"\sum_k" * 500, "nested more than 60 deep"),
        ("chain", "E = " + r"\frac{\partial}{\partial w_j}" * 150, ""),
        ("chain", "E = " + r"\Delta" * 700, ""),
        ("perceptron", r"\delta^{(1)} x = 1", "a column of 3 and a column of 2 side by side do not fit; is a transpose missing"),
        ("perceptron", r"\delta^{(1)}_i = x_i", "'i' runs over 3 elsewhere and over 2 in x[i]"),
        ("perceptron", r"w^{(1)}_{17} = 1", "out of range; the indices are 0 to 1"),
        ("perceptron", r"\delta^{(1)}_{1} = \sum_{k=2}^{3} x_k", "goes over the whole axis, from 1"),
    ],
)
def test_latex_that_cannot_be_read_is_refused_in_one_line(network: str, text: str, complaint: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text, network)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


PIECES = [
    r"\frac", "{", "}", r"\partial", "E", "w_k", "_", "^", "'", r"\sigma", "(", ")", r"\left(", "|", r"\sum_k", "1", ".", r"\Delta",
    r"\begin{bmatrix}", r"\end{bmatrix}", "&", r"\\", r"\mathbf", "d", "=", "+", "-", r"\cdot", "10^", r"\text{if}",
    "e^", r"\sqrt", "[",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25), st.sampled_from(["chain", "perceptron"]))
def test_any_latex_is_read_or_refused(pieces: list[str], network: str) -> None:
    with suppress(InputError):
        read(" ".join(["E = ", *pieces]), network)
    with suppress(InputError):
        read(r"\eta = " + "".join(pieces), network)


# Our own pages.


def _trees(node: Any) -> Iterator[Tree]:
    """All mathematics of a document."""
    match node:
        case Equation():
            yield node.left
            yield from (tree for _, tree in node.steps)
        case Math():
            yield node.tree
        case Relation():
            yield from (node.left, node.right)
        case tuple():
            for own in node:
                yield from _trees(own)
        case _ if is_dataclass(node):
            for field in fields(node):
                yield from _trees(getattr(node, field.name))


class Printed:
    """A page, the values of everything on it, and what is read of what it prints."""

    def __init__(self, network: str, notation: str, level: str) -> None:
        net = load(network)
        symbols = net.symbols if net.notation == notation else {}  # which are made for the network's own notation
        self.page, self.document = prepare(derive(replace(net, notation=notation, symbols=symbols)), level=level)
        self.names = Names(self.page.derivation)
        scalars = with_entries(self.page.derivation)
        terms = scalars.terms().terms
        self.values = surroundings(scalars, random_values(scalars), terms)
        shapes = {**page_shapes(self.names.arrays), **self.page.notation.shapes} if self.names.arrays is not None else {}
        self.world = World(self.values, shapes, self.page.derivation.given.layout == "row")
        self.printer = Printer(self.page.notation)

    def texts(self) -> Iterator[tuple[str, Tree]]:
        """Each piece of mathematics that has a value, as it is printed."""
        found = {self.printer.tex(tree): plain(tree) for tree in _trees(self.document)}
        for tex, tree in found.items():
            letters = {name for name in names(tree) if len(name) == 1 and not self.names.has(name)}
            if (
                letters - ({"s"} if self.names.arrays is None else set())
                or tex == r"\mathbf{1}"
                or "identity*" in "".join(names(tree))
            ):
                continue  # words about an index, and what has no value
            yield tex, self._with_a_net_input(tree)

    def _with_a_net_input(self, tree: Tree) -> Tree:
        """``tree`` with the net input of a unit for the s of activations in general."""
        own = self.names.any_net_input
        put = lambda node, parts: Name(own) if node == Name("s") and own else rebuild(node, parts) if parts else node  # noqa: E731
        return fold(tree, put)

    def read(self, tex: str) -> Iterator[tuple[dict[str, int], list[Any]]]:
        """For every value of the letters: the entries of what is read."""
        statement = read_statement(f"0 = {tex} {{}}", self.names)
        letters = [own.letter for own in statement.ranges]
        for chosen in product(*(range(own.first, own.last + 1) for own in statement.ranges)):
            placed = dict(zip(letters, chosen, strict=True))
            one = replace(
                statement, ranges=tuple(own._replace(first=placed[own.letter], last=placed[own.letter]) for own in statement.ranges)
            )
            yield placed, [value(own.right, self.values, GENERIC) for own in entries(one, self.names)]

    def expected(self, tree: Tree, letters: dict[str, int]) -> list[Any] | None:
        """The entries of what is printed; None for the slope of an array, which the other reader does not know."""
        try:
            found = evaluate(_at_step(tree, letters), self.world, letters)
        except KeyError:
            return None
        return [entry for row in found for entry in row] if isinstance(found, list) else [found]


def _at_step(tree: Tree, letters: dict[str, int]) -> Tree:
    """``tree`` with numbers for t-1 and t+1, which the other reader of printed arrays does not know."""

    def number(name: str) -> str:
        for shift in (-1, 1):
            name = name.replace(f"[t{shift:+}]", f"[{letters['t'] + shift}]") if "t" in letters else name
        return name

    def put(node: Tree, parts: list[Tree]) -> Tree:
        match node:
            case Name():
                return Name(number(node.name))
            case Derivative():
                return Derivative(number(node.of), number(node.wrt), node.direct)
        return rebuild(node, parts) if parts else node

    return fold(tree, put)


PAGES = [
    ("chain", "003", "unit"), ("chain", "rojas", "unit"), ("chain", "haykin", "unit"), ("000", "000", "unit"),
    ("split", "goodfellow", "unit"),
    ("002-two-units", "002", "unit"), ("004", "004", "unit"), ("perceptron", "003", "matrix"), ("perceptron", "004", "matrix"),
    ("perceptron", "nielsen", "index"), ("rnn", "ng", "matrix"),
]  # fmt: skip


@pytest.mark.parametrize(("network", "notation", "level"), PAGES)
def test_what_a_page_prints_is_read_again(network: str, notation: str, level: str) -> None:
    check_page(network, notation, level)


@pytest.mark.long
@pytest.mark.parametrize("notation", profiles())
@pytest.mark.parametrize(
    ("network", "levels"),
    [("chain", "unit"), ("000", "unit"), ("001", "unit"), ("split", "unit"), ("002-base", "unit"), ("004", "unit"),
     ("perceptron", "index matrix"), ("rnn", "index matrix"), ("attention", "index matrix")],
)  # fmt: skip
def test_what_any_page_prints_is_read_again(network: str, levels: str, notation: str) -> None:
    for level in levels.split():
        check_page(network, notation, level)


def check_page(network: str, notation: str, level: str) -> None:
    printed = Printed(network, notation, level)
    count = 0
    for tex, tree in printed.texts():
        if _repeats_a_vector(tree):
            continue
        found = list(printed.read(tex))
        for letters, own in found:
            wanted = printed.expected(tree, letters)
            if wanted is None:
                continue
            assert len(own) == len(wanted), tex
            for one, two in zip(own, wanted, strict=True):
                assert abs(as_mpf(one) - as_mpf(two)) <= 1e-30 * max(1, abs(as_mpf(two))), (tex, letters)
            count += 1
    assert count > 30


def _repeats_a_vector(tree: Tree) -> bool:
    """Whether a vector stands beside a row of ones, which a claim cannot say."""
    return r"ones" in plain_text(tree) and "@ T(ones" in plain_text(tree)
