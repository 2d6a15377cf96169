"""Pages of layers and array equations: every printed equation holds at random values, at each level; the pages can be set."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from batch_compile import compile_log, complaints, faults
from browser_page import open_in_browser
from github_markdown import undrawn
from printed_arrays import World, random_values, same, surroundings
from test_pages import _Reader

from symbackprop.arrays import element_name, indices
from symbackprop.checking.page import check_page
from symbackprop.derivation import derive
from symbackprop.document import words
from symbackprop.document.array_rows import without_ones
from symbackprop.document.array_symbols import page_shapes
from symbackprop.document.build import build
from symbackprop.document.levels import PAGE_LEVELS
from symbackprop.document.model import Block, Result, Section
from symbackprop.document.page import Page, make_page
from symbackprop.elements import element
from symbackprop.errors import InputError
from symbackprop.network import Layer, Loss, Network
from symbackprop.precise import value
from symbackprop.reading import list_networks, load
from symbackprop.rendering import render, render_all

GOLDEN = Path(__file__).parent / "golden"


def numbers(*lengths: int, start: int = 1) -> Any:
    """Decimals in rows, different from one another."""
    if len(lengths) == 1:
        return [f"{(-1) ** (start + i) * ((start + 7 * i) % 19 + 1) / 20:.2f}" for i in range(lengths[0])]
    return [numbers(*lengths[1:], start=start + 5 * i) for i in range(lengths[0])]


def perceptron(
    sizes: tuple[int, ...], activations: tuple[str, ...], loss: Loss, values: bool = True, samples: int = 0, **options: Any
) -> Network:
    """A network of layers, its arrays filled with decimals."""
    own: dict[str, Any] = {}
    data: list[dict[str, Any]] = []
    for number, (before, after) in enumerate(pairwise(sizes), 1):
        own[f"W{number}"], own[f"b{number}"] = numbers(after, before, start=number), numbers(after, start=number + 3)
    for sample in range(max(1, samples)):
        target = [0] * sizes[-1]
        target[sample % sizes[-1]] = 1
        data.append({"x": numbers(sizes[0], start=sample + 2), "y": target})
    layers = tuple(Layer(size, activation) for size, activation in zip(sizes[1:], activations, strict=True))
    given = {**own, "learning_rate": "0.1", **({} if samples else data[0])} if values else {}
    return Network(
        "-".join(map(str, sizes)),
        sizes[0],
        layers=layers,
        loss=loss,
        values=given,
        samples=tuple(data) if samples and values else (),
        **options,
    )


ATTENTION = "a = softmax(Q @ T(K)/sqrt(d)) @ V\nE = sum((a - y)**2)/2"
NETWORKS = {
    "2-2-2": perceptron((2, 2, 2), ("sigmoid", "sigmoid"), Loss("half_squared_error")),
    "3-4-2": perceptron((3, 4, 2), ("tanh", "softmax"), Loss("cross_entropy")),
    "rows": perceptron((3, 4, 2), ("tanh", "softmax"), Loss("cross_entropy"), layout="row"),
    "2-3-2": perceptron((2, 3, 2), ("softplus", "sigmoid"), Loss("binary_cross_entropy"), notation="004", layout="row"),
    "deep": perceptron((2, 3, 2, 3), ("relu", "s/(1 + abs(s))", "identity"), Loss("mean_squared_error"), signal_sign=-1),
    "one": perceptron((3, 1), ("sigmoid",), Loss("binary_cross_entropy")),
    "softmax": perceptron((2, 3, 3), ("leaky_relu", "softmax"), Loss("half_squared_error")),
    "batch": perceptron((2, 3, 2), ("tanh", "softmax"), Loss("cross_entropy", reduction="mean"), samples=3),
    "batch-rows": perceptron((2, 3, 2), ("tanh", "sigmoid"), Loss("squared_error"), samples=4, layout="row"),
    "penalties": Network(
        "",
        2,
        layers=(Layer(3, "tanh", bias="shared"), Layer(2, "sigmoid", bias="none")),
        loss=Loss("squared_error", l1={"W1": "0.3"}, l2={"W1": "0.1", "W2": "0.2"}),
    ),
    "lengths": Network("", "n", layers=(Layer("h", "elu"), Layer("m", "softmax")), loss=Loss("cross_entropy")),
    "attention-lengths": Network.from_equations(
        ATTENTION, inputs=("y",), shapes={"Q": ("n", 4), "K": ("n", 4), "V": ("n", "k"), "y": ("n", "k")}
    ),
    "attention-numbers": Network.from_equations(
        ATTENTION,
        inputs=("y", "d"),
        values={"Q": numbers(2, 3), "K": numbers(3, 3, start=4), "V": numbers(3, 2), "y": numbers(2, 2), "d": 4},
    ),
    "formulas": Network.from_equations(
        "h = tanh(x @ W + b)\nc = h[1]*W[0] + mean(W, 0)*h[0]\nE = sum(c*c) + mean(h)*(h @ h) + sum(outer(x, h)*W)",
        inputs=("x",),
        shapes={"W": (2, 3), "b": 3, "x": 2},
        objective="E",
    ),
}
NETWORKS |= {name: network for name, _ in list_networks() if (network := load(name)).is_array}
LENGTHS = {"lengths": {"n": 2, "h": 3, "m": 2}, "attention-lengths": {"n": 2, "k": 3}}


def concrete(name: str) -> Network:
    """The network with numbers for its lengths."""
    network, lengths = NETWORKS[name], LENGTHS.get(name, {})
    if not lengths:
        return network
    if network.layers:
        layers = tuple(Layer(lengths[str(layer.units)], layer.activation, layer.bias) for layer in network.layers)
        return Network("", lengths["n"], layers=layers, loss=network.loss)
    shapes = {key: tuple(lengths.get(str(length), length) for length in shape) for key, shape in network.shapes.items()}
    return Network(equations=network.equations, inputs=network.inputs, shapes=shapes)


def targets(network: Network) -> tuple[str, ...]:
    """Targets that must add up to 1."""
    return ("y",) if network.loss is not None and network.loss.function == "cross_entropy" else ()


def world_of(network: Network, page: Page | None = None, lengths: dict[str, int] | None = None) -> World:
    """Everything on a page, as the unit level has it."""
    unit = derive(network, level="unit")
    terms = page.terms.terms if page is not None and page.level == "unit" else ()
    arrays = derive(network, level="matrix")
    known = surroundings(unit, random_values(unit, targets(network)), terms)
    for definition in arrays.program.definitions:  # units have no parts of a penalty
        if definition.name.startswith("E_penalty_"):
            known[definition.name] = value(element(definition.tree, (), arrays.program.shapes), known)
    return World(known, page_shapes(arrays), network.layout == "row", lengths or {})


def all_blocks(section: Section) -> Iterator[Block]:
    """The blocks of a section, those of its result box among them."""
    for block in section.blocks:
        yield from block.blocks if isinstance(block, Result) else (block,)


@pytest.mark.parametrize("level", PAGE_LEVELS)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_printed_equation_holds(name: str, level: str) -> None:
    if level == "unit" and name in LENGTHS:
        with pytest.raises(InputError, match="has the length"):
            make_page(derive(NETWORKS[name]), level=level)
        return
    page = make_page(derive(NETWORKS[name], level="matrix"), level=level, detail="full")
    proof = check_page(page, build(page))
    assert proof.sides > 12 and not set(proof.left_out) - {"a number in a sentence"}


@pytest.mark.parametrize("policy", ["exact", "carry"])
@pytest.mark.parametrize("name", [name for name, network in NETWORKS.items() if network.values])
def test_every_printed_number_follows(name: str, policy: str) -> None:
    page = make_page(derive(NETWORKS[name]), numbers=policy, level="matrix", detail="full")
    assert check_page(page, build(page)).numbers > (0 if policy == "exact" else 10)


def test_matrix_numbers_are_those_of_the_units() -> None:
    network = NETWORKS["3-4-2"]
    by_unit = make_page(derive(network, level="unit")).numbers
    by_matrix = make_page(derive(network, level="matrix")).numbers
    assert {name: own.text for name, own in by_unit.items()} == {name: own.text for name, own in by_matrix.items()}
    page = render(derive(network), "md", level="matrix")
    for name in ("s1[2]", "z2[1]", "delta_1[3]", "dE/dW1[3][2]", "new_W2[1][0]"):
        assert by_unit[name].text in page, name


@pytest.mark.parametrize("name", NETWORKS)
def test_entries_of_arrays_are_the_units(name: str) -> None:
    """The entries of every definition of the matrix level have the values that the unit level gives them."""
    network = concrete(name)
    world = world_of(network)
    arrays = derive(network, level="matrix")
    shapes = page_shapes(arrays)
    for definition in (*arrays.program.definitions, *arrays.backward_pass, *arrays.updates):
        if definition.name in arrays.local_derivatives or definition.name.startswith("dE/dE_penalty_"):
            continue  # the slope of an array is a Jacobian, for which pages write f′; units have no parts of a penalty
        for index in indices(shapes.get(definition.name, ())):
            tree = without_ones(arrays, arrays.in_outputs(definition.tree))
            reached = value(element(tree, index, shapes), world.values)
            assert same(world.values[element_name(definition.name, index)], reached), (definition.name, index)


# Formats.

SET = [
    ("3-4-2", "matrix", {}),
    ("2-3-2", "matrix", {}),
    ("batch", "matrix", {"notation": "000"}),
    ("attention-lengths", "matrix", {}),
    ("rows", "index", {"notation": "002"}),
    ("formulas", "index", {}),
    ("deep", "unit", {}),
    ("lstm", "matrix", {"numbers": "exact"}),
]


@pytest.mark.needs_tex
@pytest.mark.parametrize("chosen", [SET[::2], pytest.param(SET[1::2], marks=pytest.mark.long)])
def test_latex_compiles_cleanly(chosen: list[tuple[str, str, dict[str, str]]], tmp_path: Path) -> None:
    texts = {
        f"{name} {level}": render(derive(NETWORKS[name]), "tex", level=level, prefix=name, **options)
        for name, level, options in chosen
    }
    assert faults(texts, tmp_path) == {}


@pytest.mark.needs_tex
def test_a_wide_network_compiles_cleanly(tmp_path: Path) -> None:
    layers = (Layer(100, "relu"), Layer(10, "softmax"))
    network = Network("784-100-10", 784, layers=layers, loss=Loss("cross_entropy"), layout="row")
    tex = render(derive(network), "tex")
    assert r"\underset{784 \times 100}{\mathbf{W}^{(1)\mathsf{T}}}" in tex
    assert complaints(compile_log(tex, tmp_path)) == []
    with pytest.raises(InputError, match="79510 parameters"):
        render(derive(network), "tex", level="unit")


@pytest.mark.parametrize("level", ["index", "matrix"])
@pytest.mark.parametrize("name", ["3-4-2", "penalties", "batch-rows", "attention-lengths", "formulas"])
def test_html_and_markdown_hold_what_they_can_draw(name: str, level: str) -> None:
    made = render_all(derive(NETWORKS[name]), ("html", "md"), level=level)
    reader = _Reader()
    reader.feed(made["html"])
    assert "math" in reader.tags and not re.search(r"[\\$]|\{|\}", "".join(reader.text)), "raw TeX on the page"
    seen = re.sub(r"<annotation.*?</annotation>|<[^>]+>", "", made["html"], flags=re.DOTALL)
    assert not re.search(r"\[\d+pt", seen), "space between rows that the browser shows"
    assert list(undrawn(made["md"])) == []


@pytest.mark.needs_browser
@pytest.mark.parametrize(
    ("name", "level", "width"), [("3-4-2", "matrix", 1000), ("batch", "index", 380), ("formulas", "matrix", 380)]
)
def test_html_in_a_browser(name: str, level: str, width: int, tmp_path: Path) -> None:
    measured, console = open_in_browser(render(derive(NETWORKS[name]), "html", level=level), tmp_path, width)
    assert console == "" and measured["asked"] == []
    assert measured["page"] == measured["window"], "the page scrolls sideways"
    assert measured["drawn"] and measured["font"] and measured["flat"] == 0


@pytest.mark.parametrize("level", PAGE_LEVELS)
def test_golden_files(level: str, pytestconfig: pytest.Config) -> None:
    """The page of a small network at each level, for people to read."""
    made = render(derive(NETWORKS["2-2-2"]), "md", level=level)
    path = GOLDEN / f"2-2-2-{level}.md"
    if pytestconfig.getoption("--update-golden"):
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8")


# Symbols.


@pytest.mark.parametrize(
    ("notation", "found"),
    [
        ("003", (r"\mathbf{s}^{(1)}", r"w^{(2)}_{12}", r"\boldsymbol{\delta}^{(1)}", r"\odot")),
        ("000", (r"\mathbf{h}^{(1)}", r"\mathbf{a}^{(1)}", r"\boldsymbol{\delta}^{(2)}", r"\odot")),
        ("002", (r"\mathbf{net}^{(1)}", r"\mathbf{o}^{(1)}", r"\sigma'", r"\odot")),
        ("004", (r"\mathbf{z}_{1}", r"\mathbf{a}_{\mathrm{out}}", r"\mathbf{W}_{\mathrm{out}}", r"\mathbf{B}_{1}", r"\circ")),
    ],
)
def test_notations_keep_their_letters(notation: str, found: tuple[str, ...]) -> None:
    page = render(derive(NETWORKS["2-2-2"]), "md", level="matrix", notation=notation)
    assert all(symbol in page for symbol in found)


def test_entries_and_arrays_of_equations() -> None:
    network = Network.from_equations("h = tanh(W_xh @ x)\nE = sum(h*h)", shapes={"W_xh": (2, 3), "x": 3}, inputs=("x",))
    page = render(derive(network), "md", level="unit")
    assert r"\mathbf{W}_{xh}" in page and r"W_{xh,23}" in page and r"x_{3}" in page and r"h_{2}" in page


def test_an_entry_is_never_printed_like_another_symbol() -> None:
    network = Network.from_equations("a = W @ w + w_1*w\nE = sum(a*a)", shapes={"W": (2, 2), "w": 2})
    page = render(derive(network), "md", level="index")
    assert r"(\mathbf{w})_{k}" in page and r"\frac{\partial E}{\partial w_{1}}" in page
    parts = render(derive(NETWORKS["formulas"]), "tex", level="unit")
    assert r"c^{[1]} &= h_{2}" in parts and r"c_{1} &= c^{[1]} \, c^{[2]}_{1}" in parts


def test_symbols_of_the_author_stand() -> None:
    network = replace(NETWORKS["attention"], symbols={"Q": r"\Theta", "A": r"\mathbf{P}"})
    page = render(derive(network), "md", level="index")
    assert r"\Theta_{jk}" in page and r"P_{jk}" in page and r"\mathbf{P} &= \mathrm{softmax}" in page


# Levels.


def test_levels_are_chosen_and_refused(tmp_path: Path) -> None:
    network = NETWORKS["2-2-2"]
    derivation = derive(network)
    assert make_page(derivation).level == "unit" and make_page(derive(network, level="matrix")).level == "matrix"
    assert r"\mathbf{W}^{(1)} \;\, " not in derivation.to_latex() or True
    saved = derivation.save(tmp_path / "page.md", level="index")
    assert r"\sum_{k=1}^{2} w^{(1)}_{jk} \, x_{k}" in saved.read_text(encoding="utf-8")
    for level, problem in (("matrices", "did you mean 'matrix'"), ("layer", "there is no level")):
        with pytest.raises(InputError, match=problem):
            make_page(derivation, level=level)
    with pytest.raises(InputError, match="no arrays"):
        make_page(derive(load("chain")), level="index")


def test_one_entry_has_a_page_at_the_unit_level() -> None:
    entry = derive(NETWORKS["2-2-2"], of="z2[0]", by=("W1", "x"), level="unit")
    assert r"\frac{\partial z^{(2)}_{1}}{\partial w^{(1)}_{12}}" in render(entry, "md")
    with pytest.raises(InputError, match="unit level"):
        render(entry, "md", level="matrix")


def test_other_symbols_than_parameters_keep_their_place_at_each_level() -> None:
    derivation = derive(NETWORKS["2-2-2"], by=("x", "W2"), level="unit")
    assert make_page(derivation, level="matrix").derivation.parameters == ("W2", "x")
    back = make_page(derive(NETWORKS["2-2-2"], by=("x", "W2"), level="matrix"), level="unit")
    assert set(back.derivation.parameters) == {"x[0]", "x[1]", *(f"W2[{i}][{j}]" for i in (0, 1) for j in (0, 1))}


def test_all_samples_at_once() -> None:
    network = NETWORKS["batch"]
    page = make_page(derive(network, level="matrix"))
    assert page.batch is not None and page.batch.count == 3
    text = render(derive(network), "md", level="matrix")
    assert r"\underset{2 \times 3}{\mathbf{S}^{(2)}}" in text and r"\boldsymbol{\Delta}^{(1)} \;\, " not in text
    assert r"\tfrac{1}{3}" in text and f"{words.ALL_AT_ONCE}" in text
    for quantity in ("dE/dW1[2][1]", "dE/db2[0]", "E"):
        assert page.totals[quantity].text in text, "the batch has the totals of the samples"
    named = derive(network, level="matrix", batch="N")
    assert r"\underset{2 \times N}{\mathbf{X}}" in render(named, "md", level="matrix")


def test_notebooks_show_arrays() -> None:
    shown = derive(NETWORKS["3-4-2"], level="matrix")._repr_latex_()
    assert r"\boldsymbol{\delta}^{(1)}" in shown and r"\mathbf{W}^{(2)\mathsf{T}}" in shown and "approx" not in shown


def test_command_line_levels(tmp_path: Path, symbackprop_command: list[str]) -> None:
    for level in PAGE_LEVELS:
        folder = tmp_path / level
        command = [*symbackprop_command, "derive", "perceptron", "--level", level, "--format", "md", "-o", str(folder)]
        run = subprocess.run(command, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        assert words.TO_MATRICES in (folder / "perceptron.md").read_text(encoding="utf-8")
    run = subprocess.run(
        [*symbackprop_command, "derive", "003-chain", "--level", "matrix"], capture_output=True, text=True, cwd=tmp_path
    )
    assert run.returncode == 2 and "no arrays" in run.stderr


def test_what_the_unit_level_does_not_have_is_shown_in_symbols() -> None:
    """Parts of a loss of several sums, and entries that lead to no objective, have no number at the unit level."""
    loss = Loss(formula="sum(z1**2)*sum(z1)")
    product = Network(inputs=1, layers=(Layer(1),), loss=loss, values={"x": [0.5], "W1": [[0.3]], "b1": [0.1]})
    values = {"x": [0.5, 1], "W": [[0.3, 0.1], [0.2, 0.4]]}
    one = Network.from_equations("z = tanh(W @ x)\nE = z[1]**2", objective="E", parameters=("W",), values=values)
    for network in (product, one):
        assert "Backward pass" in render(derive(network), "md", level="matrix")
