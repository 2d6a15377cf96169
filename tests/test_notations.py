"""Notations: what books print, symbols that are told apart, conventions that change the derivation, files that are wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from test_matrix_pages import NETWORKS as ARRAY_NETWORKS
from test_matrix_pages import all_blocks

from symbackprop.checking.page import check_page
from symbackprop.derivation import derive
from symbackprop.document import words
from symbackprop.document.boxes import LATEX
from symbackprop.document.build import build
from symbackprop.document.layout import group
from symbackprop.document.mathtex import Printer
from symbackprop.document.model import Document, Equation, Equations, Given, Math, Paragraph, Section, Table
from symbackprop.document.page import Page, make_page
from symbackprop.document.profile import profile, profiles
from symbackprop.document.scripts import split_index
from symbackprop.errors import InputError
from symbackprop.network import Layer, Loss, Network, Unit
from symbackprop.numeric import evaluate
from symbackprop.reading import list_networks, load
from symbackprop.tree import Call, Derivative, Name, Number, Power, Product, Tree, names

BOOKS = ("bishop", "goodfellow", "haykin", "mitchell", "ng", "nielsen", "rojas", "rumelhart")
SHIPPED = [name for name, _ in list_networks()]


def two_units() -> Network:
    """A hidden unit j and an output unit k with biases, in the names that the documentation uses."""
    return Network(
        inputs=("x_i",),
        units=(Unit("j", {"x_i": "w_ji"}, "sigmoid", bias="b_j"), Unit("k", {"j": "w_kj"}, "sigmoid", bias="b_k")),
        loss=Loss("half_squared_error", {"k": "y"}),
        values={"x_i": "0.5", "w_ji": "0.3", "b_j": "-0.1", "w_kj": "1.2", "b_k": "0.4", "y": 1, "learning_rate": "0.5"},
    )


def two_outputs() -> Network:
    return Network(
        inputs=("x",),
        units=(Unit("j", {"x": "w"}, "tanh"), Unit("k", {"j": "w_k"}), Unit("m", {"j": "w_m"})),
        loss=Loss("squared_error", {"k": "y_k", "m": "y_m"}),
    )


def perceptron(**options: Any) -> Network:
    return Network(
        inputs=2,
        layers=(Layer(3, "sigmoid"), Layer(2, "sigmoid")),
        loss=Loss("squared_error"),
        values={
            "x": ["0.5", -1],
            "W1": [["0.3", "0.1"], ["-0.2", "0.4"], ["0.6", "-0.7"]],
            "b1": ["0.1", "0.2", "-0.3"],
            "W2": [["0.5", "-0.4", "0.2"], ["0.9", "0.8", "-1.1"]],
            "b2": ["0.05", "-0.15"],
            "y": [1, 0],
            "learning_rate": "0.5",
        },
        **options,
    )


def symbol(page: Page, name: str) -> str:
    return page.notation.symbol(name)


@pytest.fixture
def own(tmp_path: Path) -> Any:
    """Writes a notation file and gives its name."""

    def write(text: str) -> str:
        path = tmp_path / "own.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


# What the books print, typed from their conventions.

UNITS = {  # net input and output of j, output of the last unit, target, δ of j, bias of j, loss, learning rate
    "000": ("h_{j}", "a_{j}", r"\hat{y}", "y", r"\delta^{j}", "b_{j}", "E", r"\eta"),
    "002": (r"\mathrm{net}_{j}", "o_{j}", "o_{k}", "y", r"\delta_{j}", "b_{j}", "E", r"\eta"),
    "003": ("s_{j}", "z_{j}", r"\hat{y}", "y", r"\delta_{j}", "b_{j}", "E", r"\eta"),
    "004": ("z_{j}", "a_{j}", "a_{k}", "y", r"\delta_{j}", "B_{j}", "J", r"\eta"),
    "bishop": ("a_{j}", "z_{j}", "y", "t", r"\delta_{j}", "w_{j0}", "E", r"\eta"),
    "goodfellow": ("a_{j}", "h_{j}", r"\hat{y}", "y", "g_{j}", "b_{j}", "J", r"\epsilon"),
    "haykin": ("v_{j}", "y_{j}", "y_{k}", "d", r"\delta_{j}", "w_{j0}", "E", r"\eta"),
    "mitchell": (r"\mathrm{net}_{j}", "o_{j}", "o_{k}", "t", r"\delta_{j}", "w_{j0}", "E", r"\eta"),
    "ng": ("z_{j}", "a_{j}", r"\hat{y}", "y", r"\delta_{j}", "b_{j}", "J", r"\alpha"),
    "nielsen": ("z_{j}", "a_{j}", "a_{k}", "y", r"\delta_{j}", "b_{j}", "C", r"\eta"),
    "rojas": (r"\mathrm{net}_{j}", "o_{j}", "o_{k}", "t", r"\delta_{j}", "w_{n+1,j}", "E", r"\gamma"),
    "rumelhart": (r"\mathrm{net}_{j}", "o_{j}", "o_{k}", "t", r"\delta_{j}", r"\theta_{j}", "E", r"\eta"),
}
PLAIN = ("s_j", "z_j", "z_k", "y", "delta_j", "b_j", "E", "learning_rate")

LAYERS = {  # W and b of layer 1 entry by entry (unit 1, input 2), net input of layer 1, output of the last, δ of layer 1
    "bishop": ("w^{(1)}_{12}", "w^{(1)}_{10}", "a^{(1)}_{1}", "y_{1}", r"\delta^{(1)}_{1}"),
    "goodfellow": ("W^{(1)}_{12}", "b^{(1)}_{1}", "a^{(1)}_{1}", r"\hat{y}_{1}", "g^{(1)}_{1}"),
    "haykin": ("w^{(1)}_{12}", "w^{(1)}_{10}", "v^{(1)}_{1}", "y^{(2)}_{1}", r"\delta^{(1)}_{1}"),
    "mitchell": ("w^{(1)}_{12}", "w^{(1)}_{10}", r"\mathrm{net}^{(1)}_{1}", "o^{(2)}_{1}", r"\delta^{(1)}_{1}"),
    "ng": ("W^{[1]}_{12}", "b^{[1]}_{1}", "z^{[1]}_{1}", r"\hat{y}_{1}", r"\delta^{[1]}_{1}"),
    "nielsen": ("w^{1}_{12}", "b^{1}_{1}", "z^{1}_{1}", "a^{L}_{1}", r"\delta^{1}_{1}"),
    "rojas": ("w^{(1)}_{21}", "w^{(1)}_{n+1,1}", r"\mathrm{net}^{(1)}_{1}", "o^{(2)}_{1}", r"\delta^{(1)}_{1}"),
    "rumelhart": ("w^{(1)}_{12}", r"\theta^{(1)}_{1}", r"\mathrm{net}^{(1)}_{1}", "o^{(2)}_{1}", r"\delta^{(1)}_{1}"),
}

SIGNS = {"000": -1, "bishop": 1, "goodfellow": 1, "haykin": -1, "mitchell": -1, "ng": 1, "nielsen": 1, "rojas": 1, "rumelhart": -1}
PRIMES = {"002", "bishop", "goodfellow", "haykin", "ng", "nielsen", "rumelhart"}  # that write f'(s)
FUNCTIONS = {"000": "f", "bishop": r"\sigma", "haykin": r"\varphi", "rojas": "s", "rumelhart": "f"}


def test_every_notation_is_held_to_its_book() -> None:
    assert set(UNITS) == set(profiles())
    assert set(BOOKS) == set(LAYERS)


@pytest.mark.parametrize("name", UNITS)
def test_units_in_the_letters_of_the_book(name: str) -> None:
    page = make_page(derive(two_units()), notation=name)
    assert tuple(symbol(page, plain) for plain in PLAIN) == UNITS[name]
    assert symbol(page, "x_i") == "x_{i}"
    assert symbol(page, "w_kj") in ("w_{kj}", "W_{kj}")
    assert page.derivation.network.signal_sign == SIGNS.get(name, 1)
    assert (profile(name).slope == "prime") == (name in PRIMES)
    assert page.notation.function_symbol("sigmoid") == FUNCTIONS.get(name, r"\sigma")


@pytest.mark.parametrize("name", LAYERS)
def test_layers_in_the_letters_of_the_book(name: str) -> None:
    page = make_page(derive(perceptron()), notation=name, level="unit")
    weight = "W1[1][0]" if name == "rojas" else "W1[0][1]"
    found = tuple(symbol(page, plain) for plain in (weight, "b1[0]", "s1[0]", "z2[0]", "delta_1[0]"))
    assert found == LAYERS[name]
    targets = {"bishop": "t_{1}", "haykin": "d_{1}", "mitchell": "t_{1}", "rojas": "t_{1}", "rumelhart": "t_{1}"}
    assert symbol(page, "y[0]") == targets.get(name, "y_{1}")


def test_several_outputs_have_their_index() -> None:
    page = make_page(derive(two_outputs()), notation="bishop")
    assert [symbol(page, name) for name in ("z_k", "z_m", "y_k", "y_m")] == ["y_{k}", "y_{m}", "t_{k}", "t_{m}"]


def test_an_index_of_several_digits_is_set_apart_from_the_0_of_a_bias() -> None:
    network = Network(inputs=1, layers=(Layer(12, "tanh"),), loss=Loss("squared_error"))
    page = make_page(derive(network), notation="bishop", level="unit")
    assert symbol(page, "b1[9]") == "w^{(1)}_{10,0}"
    assert symbol(page, "W1[9][0]") == "w^{(1)}_{10,1}"


# Every notation on every network: no two names with one symbol.


def trees(part: object) -> Iterator[Tree]:
    """All mathematics of a document, wherever it stands."""
    if isinstance(part, get_args(Tree)):
        yield part
    elif isinstance(part, tuple):
        for own in part:
            yield from trees(own)
    elif is_dataclass(part):
        for field in fields(part):
            yield from trees(getattr(part, field.name))


LONG = ("lstm", "gru", "rnn", "attention")
EVERYWHERE = "nielsen"  # the notation in which long networks have all their pages


def pages_of(name: str, **options: Any) -> Iterator[Page]:
    """The pages of a shipped network; of long ones that at the index level, but in one notation."""
    network = load(name)
    derivation = derive(network)
    for level in ("unit", "index", "matrix") if network.is_array else ("unit",):
        if level == "index" or name not in LONG or options.get("notation") == EVERYWHERE:
            yield make_page(derivation, level=level, detail="full", **options)


def printed_names(document: Document) -> set[str]:
    found: set[str] = set()
    for tree in trees(document.sections):
        for name in names(tree):
            found.update(name[1:].split("/d", 1) if "/d" in name and not name.endswith(" directly") else [name])
    return {name for name in found if not name.endswith(" directly")}


# A third of all pairs, in which every network and every notation is; the others where long runs are asked for.
PAIRS = [
    pytest.param(name, notation, marks=pytest.mark.long if (row + column) % 3 else ())
    for row, name in enumerate(SHIPPED)
    for column, notation in enumerate(profiles())
]


@pytest.mark.parametrize(("name", "notation"), PAIRS)
def test_no_two_names_print_alike(name: str, notation: str) -> None:
    for page in pages_of(name, notation=notation):
        document = build(page)
        printer = Printer(page.notation, LATEX)
        for tree in trees(document.sections):
            assert printer.tex(tree)
        shown: dict[str, str] = {}
        for plain in printed_names(document):
            if plain.startswith("new_"):
                continue
            other = shown.setdefault(symbol(page, plain), plain)
            # The output of the last unit is its own letter before it has that of the prediction.
            assert plain == other, f"{plain} and {other} are both {symbol(page, plain)}"
        functions = [page.notation.function_symbol(own) for own in {n.function for t in trees(document.sections) for n in calls(t)}]
        assert len(set(functions)) == len(functions)


def calls(tree: Tree) -> Iterator[Call]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Call):
            yield node
        stack.extend(node.children)


def test_a_function_gives_way_to_a_symbol() -> None:
    lstm = make_page(derive(load("lstm")), notation="rumelhart", level="matrix")
    assert symbol(lstm, "f[1]") == r"\mathbf{f}^{(1)}"
    assert lstm.notation.function_symbol("sigmoid") == r"\sigma"
    both = Network.from_equations("sigma = sigmoid(x)\nE = sigma**2", parameters=("x",))
    assert make_page(derive(both)).notation.function_symbol("sigmoid") == r"\mathrm{sigmoid}"


def test_names_that_print_alike_are_refused() -> None:
    alike = Network.from_equations("f = w1*w_1", parameters=("w1", "w_1"))
    with pytest.raises(InputError, match=r"'w1' and 'w_1' would both be printed w_\{1\}.*give 'w_1' another symbol in \[symbols\]"):
        make_page(derive(alike))
    page = make_page(derive(replace(alike, symbols={"w_1": r"\tilde{w}"})))
    assert (symbol(page, "w1"), symbol(page, "w_1")) == ("w_{1}", r"\tilde{w}")


def test_a_symbol_of_the_notation_beside_the_author_s_own() -> None:
    network = Network(inputs=("a_j",), units=(Unit("j", {"a_j": "w"}, "tanh"),), loss=Loss("squared_error", {"j": "y"}))
    make_page(derive(network))
    with pytest.raises(InputError, match=r"'a_j' and 's_j' would both be printed a_\{j\} in the notation 'bishop'; give 'a_j'"):
        make_page(derive(network), notation="bishop")
    page = make_page(derive(replace(network, symbols={"a_j": "x_j"})), notation="bishop")
    assert symbol(page, "a_j") == "x_j"


def test_symbols_of_the_network_stand_above_the_notation() -> None:
    network = replace(two_units(), notation="003", symbols={"w_ji": "v", "s_j": "u_j"})
    assert symbol(make_page(derive(network)), "s_j") == "u_j"
    other = make_page(derive(network), notation="bishop")
    assert (symbol(other, "s_j"), symbol(other, "w_ji")) == ("a_{j}", "v")  # its own names keep theirs in any notation


def test_letters_of_indices_are_no_symbols() -> None:
    network = Network.from_equations("h = W @ x\nE = sum(h*h)", shapes={"W": (2, 3), "x": 3}, symbols={"x": "j"})
    page = make_page(derive(network), level="index")
    assert "j" not in page.notation.letters


# Conventions: what is printed stays true.

CONVENTIONS = {
    "sign": 'delta = "negative"',
    "half": "half = true",
    "no half": "half = false",
    "all": 'base = "rojas"\ndelta = "negative"\nhalf = true\nfirst_index = 0\nbias = "b"\nderivative = "prime"\ndecimal = ","',
    "books": 'base = "bishop"\nderivative = "d"\ndecimal = ","',
}


@pytest.mark.parametrize("text", CONVENTIONS.values(), ids=CONVENTIONS)
@pytest.mark.parametrize("name", ["000", "chain", "split", "004", "two outputs"])
def test_every_line_holds_in_every_convention(name: str, text: str, own: Any) -> None:
    network = two_outputs() if name == "two outputs" else load(name)
    page = make_page(derive(network), notation=own(text), detail="full")
    proof = check_page(page, build(page))
    assert proof.sides > len(page.derivation.parameters) and proof.numbers > (10 if network.values else -1)


ORDER = 'weight_order = "from to"'
OF_ARRAYS = [(name, CONVENTIONS["all"]) for name in ("2-2-2", "3-4-2", "rows", "softmax", "batch", "batch-rows", "penalties")]


@pytest.mark.parametrize("level", ["unit", "index", "matrix"])
@pytest.mark.parametrize(("name", "text"), [*OF_ARRAYS, ("2-2-2", ORDER), ("batch-rows", ORDER)])
def test_every_line_of_arrays_holds_in_every_convention(name: str, text: str, level: str, own: Any) -> None:
    page = make_page(derive(ARRAY_NETWORKS[name], level="matrix"), notation=own(text), level=level, detail="full")
    changed = page.derivation.given
    assert changed.weight_order == "from to"
    assert check_page(page, build(page)).sides > 12


@cache
def values_of(half: bool) -> dict[str, Any]:
    own_loss = Loss("half_squared_error" if half else "squared_error")
    return evaluate(replace(perceptron(), loss=own_loss)).to_dict()


@pytest.mark.parametrize("half", [True, False])
@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_in_other_conventions_are_those_of_the_evaluator(half: bool, sign: int, own: Any) -> None:
    text = f'weight_order = "from to"\nhalf = {str(half).lower()}\ndelta = "{"gradient" if sign > 0 else "negative"}"'
    network = replace(perceptron(), numbers={"decimals": 9})
    numbers = make_page(derive(network), notation=own(text), level="matrix").numbers
    right = values_of(half)
    assert float(numbers["E"].text) == pytest.approx(right["objective"], abs=1e-8)
    for row, entries in enumerate(right["gradient"]["W1"]):
        for column, entry in enumerate(entries):
            assert float(numbers[f"dE/dW1[{column}][{row}]"].text) == pytest.approx(entry, abs=1e-8)
    for layer in ("1", "2"):
        for unit, entry in enumerate(right["error_signals"][layer]):
            assert float(numbers[f"delta_{layer}[{unit}]"].text) == pytest.approx(sign * entry, abs=1e-8)


def words_of(page: Page) -> list[object]:
    given = next(block for block in build(page).sections[0].blocks if isinstance(block, Given))
    return [run for block in given.blocks if isinstance(block, Paragraph) for run in block.text]


def test_a_changed_convention_is_said(own: Any) -> None:
    network = load("chain")  # half the squared error, δ without a minus
    assert words.WITHOUT_HALF in words_of(make_page(derive(network), notation=own("half = false")))
    assert words.WITH_HALF not in words_of(make_page(derive(network), notation=own("half = true")))
    assert words.SIGN_OF_NOTATION in words_of(make_page(derive(network), notation="haykin"))
    assert words.SIGN_OF_NOTATION not in words_of(make_page(derive(network), notation="bishop"))
    assert words.FROM_TO in words_of(make_page(derive(perceptron()), notation="rojas"))
    minus = make_page(derive(load("000")))
    assert words.SIGN_OF_NOTATION not in words_of(minus)


def test_shipped_notations_leave_the_loss_as_it_is() -> None:
    assert all(profile(name).half is None for name in profiles())


def test_a_formula_of_weights_follows_their_order() -> None:
    network = replace(perceptron(), loss=Loss(formula="sum((z2 - y)**2) + W1[0][1] + sum(T(W2)[0])"))
    turned = replace(network, numbers={"decimals": 9})
    page = make_page(derive(turned), notation="rojas", level="matrix")
    right = evaluate(network).to_dict()
    assert float(page.numbers["E"].text) == pytest.approx(right["objective"], abs=1e-8)
    assert float(page.numbers["dE/dW1[1][0]"].text) == pytest.approx(right["gradient"]["W1"][0][1], abs=1e-8)


def test_digits_of_single_weights_follow_their_order() -> None:
    network = replace(perceptron(), numbers={"quantity": {"dE/dW1[0][1]": {"decimals": 9}}})
    page = make_page(derive(network), notation="rojas", level="unit")
    assert len(page.numbers["dE/dW1[1][0]"].text.partition(".")[2]) == 9
    assert len(page.numbers["dE/dW1[0][1]"].text.partition(".")[2]) < 9


def test_one_partial_can_be_asked_for_in_any_order_of_indices() -> None:
    derivation = derive(perceptron(), by=("W1[0][1]",), level="unit")
    assert make_page(derivation, notation="rojas").derivation.parameters == ("W1[1][0]",)


# Forms of derivatives, decimal marks, indices.


def tex(page: Page, tree: Tree, inline: bool = False) -> str:
    return Printer(page.notation, LATEX, inline=inline).tex(tree)


DERIVATIVES = {
    "partial": (r"\frac{\partial z_{j}}{\partial s_{j}}", r"\partial E/\partial w_{kj}"),
    "d": (r"\frac{\mathrm{d} z_{j}}{\mathrm{d} s_{j}}", r"\mathrm{d} E/\mathrm{d} w_{kj}"),
    "italic d": (r"\frac{d z_{j}}{d s_{j}}", "d E/d w_{kj}"),
    "prime": ("(z_{j})'_{s_{j}}", "E'_{w_{kj}}"),
}


@pytest.mark.parametrize("form", DERIVATIVES)
def test_forms_of_derivatives(form: str, own: Any) -> None:
    page = make_page(derive(two_units()), notation=own(f'derivative = "{form}"'))
    shown, in_text = DERIVATIVES[form]
    assert tex(page, Derivative("z_j", "s_j")) == shown
    assert tex(page, Derivative("E", "w_kj"), inline=True) == in_text


def test_primes_keep_apart_from_what_stands_beside_them(own: Any) -> None:
    page = make_page(derive(two_units()), notation=own('derivative = "prime"'))
    chain = Product((Derivative("E", "z_k"), Derivative("z_k", "s_k"), Name("w_kj"), Derivative("z_j", "s_j")))
    assert tex(page, chain) == r"E'_{\hat{y}} \cdot \hat{y}'_{s_{k}} \, w_{kj} \cdot (z_{j})'_{s_{j}}"
    assert tex(page, Power(Derivative("E", "s_k"), Number(Fraction(2)))) == "(E'_{s_{k}})^{2}"
    matrix = make_page(derive(perceptron()), notation=own('derivative = "prime"'), level="matrix")
    lines = [line.left + line.right for block in displayed(matrix) for line in block]
    assert any(r"E'_{\mathbf{W}^{(1)}}" in line for line in lines) and not any(r"\partial" in line for line in lines)


def displayed(page: Page) -> Iterator[list[Any]]:
    printer = Printer(page.notation, LATEX)
    for section in build(page).sections:
        for block in all_blocks(section):
            if isinstance(block, Equations):
                yield from group(block.rows, printer, 39.0)


NUMBER = re.compile(r"(?<![\d_{])\d+\.\d+")


@pytest.mark.parametrize("name", ["chain", "perceptron", "001"])
def test_a_decimal_comma_everywhere(name: str, own: Any) -> None:
    notation = own('decimal = ","')
    for page in pages_of(name, notation=notation):
        document = build(page)
        printer = Printer(page.notation, LATEX)
        shown = [printer.tex(tree) for tree in trees(document.sections)]
        assert any(re.search(r"\d\{,\}\d", own_tex) for own_tex in shown)
        assert not any(NUMBER.search(own_tex) for own_tex in shown)
        assert not any(re.search(r"\d\.\d", text) for text in strings(document.sections))


def strings(part: object) -> Iterator[str]:
    """All words of a document."""
    if isinstance(part, get_args(Tree)):
        return
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for own_part in part:
            yield from strings(own_part)
    elif is_dataclass(part):
        for field in fields(part):
            if field.name != "picture":  # letters beside their TeX
                yield from strings(getattr(part, field.name))


def test_a_decimal_comma_is_no_separator(own: Any) -> None:
    page = make_page(derive(load("chain")), notation=own('decimal = ","'))
    given = next(block for block in build(page).sections[0].blocks if isinstance(block, Given))
    values = next(block for block in given.blocks if isinstance(block, Paragraph) and len(block.text) > 3)
    assert "; " in values.text and ", " not in values.text
    call = Call("maximum", (Number(Fraction(1, 2), "0.5"), Number(Fraction(12, 10), "1.2")))
    assert tex(page, call) == r"\max(0{,}5; 1{,}2)"
    leaky = Call("leaky_relu", (Name("s_j"), Number(Fraction(1, 100), "0.01")))
    assert "0{,}01" in tex(page, leaky)
    assert tex(page, Number(Fraction("1.25e-9"), "1.25e-9")) == r"1{,}25\cdot 10^{-9}"


def test_indices_from_0(own: Any) -> None:
    notation = own("first_index = 0")
    unit = make_page(derive(perceptron()), notation=notation, level="unit")
    assert [symbol(unit, name) for name in ("W1[0][1]", "b1[2]", "x[0]")] == ["w^{(1)}_{01}", "b^{(1)}_{2}", "x_{0}"]
    index = make_page(derive(perceptron()), notation=notation, level="index")
    lines = " ".join(line.left + line.right for block in displayed(index) for line in block)
    assert r"\sum_{k=0}^{1}" in lines and r"\sum_{k=0}^{2}" in lines and r"j = 0, \dots, 2" in lines and "=1}" not in lines
    counting = next(text for text in strings(build(index).sections) if text.startswith("Indices count"))
    assert counting.startswith("Indices count from 0")
    lengths = Network(inputs="n", layers=(Layer("m", "tanh"),), loss=Loss("squared_error"))
    named = make_page(derive(lengths), notation=notation, level="index")
    assert r"\sum_{k=0}^{n-1}" in " ".join(line.right for block in displayed(named) for line in block)


def test_counting_names_the_entry_as_programs_do() -> None:
    network = perceptron()
    page = make_page(derive(network), notation="rojas", level="index")
    texts = [run for section in build(page).sections for tree in trees(section) for run in names(tree)]
    assert "W2[0][1]" in texts or "W1[0][1]" in texts
    counting = [text for text in strings(build(page).sections) if re.search(r"W[12]\[1\]\[0\]", text)]
    assert counting, "w_12 leads from 1 to 2: programs, whose rows are units, call it W[1][0]"


# The table of symbols.


def table(page: Page) -> list[tuple[str, str]]:
    section = next(own for own in build(page).sections if own.title == words.SYMBOLS)
    found = next(block for block in section.blocks if isinstance(block, Table))
    printer = Printer(page.notation, LATEX, inline=True)
    text = lambda cell: "".join(run if isinstance(run, str) else shown(run, printer) for run in cell)  # noqa: E731
    return [(text(row[0]), text(row[1])) for row in found.rows]


def shown(run: Any, printer: Printer) -> str:
    return printer.tex(run.tree) if isinstance(run, Math) else f"{printer.tex(run.left)} {run.sign} {printer.tex(run.right)}"


def test_the_table_has_what_the_page_has() -> None:
    page = make_page(derive(two_units()), notation="haykin", detail="full")
    rows = dict(table(page))
    assert rows["v_{j}, v_{k}"] == "net inputs of the units j, k"
    assert rows["w_{j0}, w_{k0}"] == "biases"
    assert rows["d"] == "target"
    assert rows[r"\delta_{j}, \delta_{k}"] == r"error signals, \delta_{k} = -\partial E/\partial v_{k} and so on"
    assert rows[r"\varphi(v)"] == "activation, sigmoid"
    plain = dict(table(make_page(derive(Network.from_equations("f = x*y", inputs=("x",))), detail="full")))
    assert plain == {"x": "given", "y": "parameter", "f": "objective", r"\sbcached{C_{1}}": "cached term"} or "f" in plain


def test_the_table_has_one_row_for_all_steps() -> None:
    page = make_page(derive(load("rnn")), level="matrix")
    symbols = [row[0] for row in table(page)]
    assert r"\mathbf{x}^{(t)}" in symbols and r"\mathbf{h}^{(t)}" in symbols
    assert len(symbols) == len(set(symbols)) and not any("^{(2)}" in own_symbol for own_symbol in symbols)


def test_the_table_has_no_symbol_that_the_page_has_not() -> None:
    for name in SHIPPED:
        for page in pages_of(name):
            document = build(page)
            section = next((own for own in document.sections if own.title == words.SYMBOLS), None)
            if section is None:
                continue
            others = [own for own in document.sections if own is not section]
            used = {re.sub(r"\[[^\]]*\]", "", plain) for own in others for tree in trees(own) for plain in _parts(tree)}
            own_table = next(block for block in section.blocks if isinstance(block, Table))
            for row in own_table.rows:
                for tree in trees(row[0]):
                    for plain in names(tree):
                        assert split_index(plain)[0] in used | {"s"}, (name, page.level, plain)


def _parts(tree: Tree) -> set[str]:
    found: set[str] = set()
    for name in names(tree):
        found.update({name, *re.split(r"/d|^d", name), name.removeprefix("Delta_").removeprefix("new_"), name.removesuffix("'")})
    return found


# Files of one's own.

BAD = {
    "outptu = 'z_{<unit>}'": "unknown key 'outptu'; did you mean 'output'",
    "output = 'z'": "expected a symbol with the unit in an index",
    "output = 'z_{<unit>}<unit>'": "expected a symbol with the unit in an index",
    "output = '\\input_{<unit>}'": r"\\input cannot stand in a printed symbol",
    "function = '\\sigam'": r"\\sigam cannot stand in a printed symbol; did you mean 'sigma'",
    "loss = '$E$'": r"'\$' cannot stand in a printed symbol",
    "loss = ''": "expected a printed symbol",
    f"loss = '{'E' * 300}'": "expected a printed symbol",
    "loss = 3": "expected text in quotes, found 3",
    "slope = 'primed'": "expected 'output' or 'function' or 'prime', found 'primed'",
    "derivative = 'D'": "expected 'partial' or 'd' or 'italic d' or 'prime', found 'D'",
    "decimal = ';'": "expected '.' or ',', found ';'",
    "delta = 'minus'": "expected 'gradient' or 'negative'",
    "half = 1": "expected true or false",
    "first_index = 2": "expected 0 or 1, found 2",
    "first_index = true": "expected 0 or 1, found true",
    "layer = '^{(1)}'": "expected an index with the layer in it",
    "layer = '<layer>'": "expected an index with the layer in it",
    "base = 'bishopp'": "there is no notation 'bishopp'; did you mean 'bishop'",
    "net_input = 'a_{<unit>}'\noutput = 'a_{<unit>}'": "output and net_input are both printed",
    "bias = 'w_{<unit>0}'\nfirst_index = 0": "a bias with the index 0 would print like the weight of unit 0",
    "[functions]\nsigmiod = 'f'": "unknown key 'sigmiod'; did you mean 'sigmoid'",
    "[functions]\ntanh = '}'": "braces",
    "title = ": "no TOML that can be read",
}


@pytest.mark.parametrize("text", BAD)
def test_bad_files_are_refused_in_one_line(text: str, own: Any) -> None:
    name = own(text)
    with pytest.raises(InputError, match=BAD[text]) as caught:
        make_page(derive(load("chain")), notation=name)
    shown_text = str(caught.value)
    assert "\n" not in shown_text and shown_text.startswith(name) and len(shown_text) < 600


def test_errors_name_the_line(own: Any) -> None:
    with pytest.raises(InputError, match=r"own\.toml, line 2, decimal: expected"):
        profile(own('title = "mine"\ndecimal = "x"\n'))


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the notation cannot be read: No such file"):
        profile(str(tmp_path / "none.toml"))
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        profile(str(tmp_path / "folder.toml"))
    (tmp_path / "large.toml").write_text("#" * 200_000)
    with pytest.raises(InputError, match="more than 100 kB"):
        profile(str(tmp_path / "large.toml"))
    (tmp_path / "latin.toml").write_bytes(b"title = '\xe9'")
    with pytest.raises(InputError, match="not UTF-8"):
        profile(str(tmp_path / "latin.toml"))
    with pytest.raises(InputError, match=r"there is no notation 'bishpo'; did you mean 'bishop'"):
        profile("bishpo")


def test_a_network_file_names_a_notation_beside_it(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('base = "bishop"\noutput = "u_{<unit>}"\n')
    units = '[[units]]\nname = "j"\nfrom = {{ x = "w" }}\n[[units]]\nname = "o"\nfrom = {{ j = "v" }}\n'
    network = 'notation = "{}"\ninputs = ["x"]\n' + units
    file = tmp_path / "net.toml"
    file.write_text(
        network.format("mine.toml") + '[loss]\nfunction = "squared_error"\ntargets = { o = "y" }\n[symbols]\ns_j = "q"\n'
    )
    page = make_page(derive(load(file)))
    assert (symbol(page, "z_j"), symbol(page, "y"), symbol(page, "s_j")) == ("u_{j}", "t", "q")
    for outside in ("/etc/mine.toml", "../mine.toml"):
        file.write_text(network.format(outside) + '[loss]\nfunction = "squared_error"\ntargets = { o = "y" }\n')
        with pytest.raises(InputError, match="must lie beside the network file"):
            load(file)


def test_equations_keep_their_author_s_names() -> None:
    network = Network.from_equations("s = w*x + b\nE = (s - y)**2", parameters=("w", "b"))
    page = make_page(derive(network), notation="haykin")
    assert [symbol(page, name) for name in ("s", "w", "b", "x", "y", "E")] == ["s", "w", "b", "x", "y", "E"]


def test_other_letters_of_an_author_stand() -> None:
    network = Network(
        inputs=("p",),
        units=(Unit("o", {"p": "theta"}, "sigmoid", bias="c"),),
        loss=Loss("squared_error", {"o": "goal"}, name="L"),
    )
    page = make_page(derive(network), notation="nielsen")
    assert [symbol(page, name) for name in ("p", "theta", "c", "goal", "L")] == ["p", r"\theta", "c", r"\mathrm{goal}", "L"]


def test_the_general_argument_is_the_net_input() -> None:
    page = make_page(derive(two_units()), notation="bishop")
    slopes: Section = next(own for own in build(page).sections if own.title == words.SLOPES)
    rows: list[Equation] = [row for block in slopes.blocks if isinstance(block, Equations) for row in block.rows]
    assert tex(page, rows[0].left) == r"\sigma(a)"
