"""Pages of layers and array equations: every printed equation holds at random values, at each level; the pages can be set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from printed_arrays import World, evaluate, instances, of_all_samples, random_values, same, surroundings
from test_equations import rounds_to

from symbackprop.arrays import element_name, indices
from symbackprop.derivation import derive
from symbackprop.document import words
from symbackprop.document.array_rows import without_ones
from symbackprop.document.array_symbols import page_shapes
from symbackprop.document.build import build
from symbackprop.document.levels import PAGE_LEVELS
from symbackprop.document.model import Equation, Equations, Paragraph
from symbackprop.document.page import Page, make_page
from symbackprop.document.small_case import small_case
from symbackprop.elements import element
from symbackprop.errors import InputError
from symbackprop.network import Layer, Loss, Network
from symbackprop.precise import is_exact, value
from symbackprop.reading import list_networks, load
from symbackprop.rendering import render
from symbackprop.tree import Marked, Name, Negative, Number, Sum, Tree, fold, names, plain

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
    for number, (before, after) in enumerate(zip(sizes, sizes[1:], strict=False), 1):
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


def batch_world(network: Network, page: Page) -> World:
    unit = derive(network, level="unit")
    count = len(network.samples)
    given = random_values(unit, targets(network))
    data = {"x", "y"}
    worlds = []
    for sample in range(count):
        own = {n: v * (1 + Fraction(sample, 7)) if n[0] == "x" else v for n, v in given.items() if n[0] in data}
        worlds.append(surroundings(unit, {**given, **own}))
    share = Fraction(1, count) if network.reduction == "mean" else Fraction(1)
    shapes = page.notation.shapes
    return World(of_all_samples(worlds, share, shapes, network.layout == "row"), shapes, network.layout == "row")


def small_world(page: Page) -> World:
    small = small_case(page.arrays)  # type: ignore[arg-type]
    return world_of(small.given) if small is not None else World({}, {})


def worlds_of(name: str, level: str) -> Iterator[tuple[Equation, World]]:
    """Every equation of a page, with the values for which it should hold."""
    network = NETWORKS[name]
    page = make_page(derive(network, level="matrix"), level=level)
    own = world_of(concrete(name), page, LENGTHS.get(name))
    for section in build(page).sections:
        if section.title == words.TIME:
            continue  # of a general step, which no network of steps has; test_recurrence.py
        world = own
        if section.title == words.ALL_AT_ONCE:
            world = batch_world(network, page)
        if section.title == words.TO_MATRICES:
            world = small_world(page)
        for block in section.blocks:
            if isinstance(block, Paragraph) and block.text == (words.GENERAL,):
                world = own
            if isinstance(block, Equations):
                yield from ((equation, world) for equation in block.rows)


def has_digits(tree: Tree) -> bool:
    """Whether numbers have been put in for symbols."""
    marked = lambda node: isinstance(node, Marked) and node.role in ("value", "gradient")  # noqa: E731
    return fold(tree, lambda node, below: any(below) or marked(node) or (isinstance(node, Number) and bool(node.text)))


def check_symbolic(equation: Equation, world: World) -> int:
    """Compare the sides of an equation that are symbols, for every choice of its letters; the number of comparisons."""
    symbols = [tree for sign, tree in equation.steps if sign not in "≤←" and (names(tree) or not has_digits(tree))]
    sides = [equation.left, *symbols]
    for letters in instances(equation, world):
        reached = [evaluate(tree, world, letters) for tree in sides]
        for tree, other in zip(sides[1:], reached[1:], strict=True):
            assert same(reached[0], other), f"{equation.left} is not {tree} at {letters}: {reached[0]}, {other}"
    return len(sides) - 1


def flat(side: Any) -> list[Any]:
    return [entry for row in side for entry in row] if isinstance(side, list) else [side]


def check_numeric(equation: Equation) -> int:
    """Compare every side of numbers alone with the next, from the printed digits; the number of comparisons."""
    empty = World({}, {})
    count = 0
    for (_, left), (sign, right) in pairwise(equation.steps):
        printed = plain(right)
        if names(left) or names(right) or not has_digits(right):
            continue
        results = [entry for row in printed.rows for entry in row] if hasattr(printed, "rows") else [printed]
        if not all(isinstance(entry, Number) for entry in results):
            continue
        for exact, entry in zip(flat(evaluate(left, empty)), results, strict=True):
            if sign == "=":
                assert is_exact(exact) and exact == entry.value, equation
            else:
                assert sign == "≈" and rounds_to(exact, entry.text), equation
            count += 1
    return count


@pytest.mark.parametrize("level", PAGE_LEVELS)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_printed_equation_holds(name: str, level: str) -> None:
    if level == "unit" and name in LENGTHS:
        with pytest.raises(InputError, match="has the length"):
            make_page(derive(NETWORKS[name]), level=level)
        return
    compared = sum(check_symbolic(equation, world) for equation, world in worlds_of(name, level))
    assert compared > 12


@pytest.mark.parametrize("policy", ["display", "exact", "carry"])
@pytest.mark.parametrize("name", [name for name, network in NETWORKS.items() if network.values])
def test_every_printed_number_follows(name: str, policy: str) -> None:
    page = make_page(derive(NETWORKS[name]), numbers=policy, level="matrix")
    rows = [e for s in build(page).sections for block in s.blocks if isinstance(block, Equations) for e in block.rows]
    compared = sum(check_numeric(equation) for equation in rows)
    assert compared > (0 if policy == "exact" else 10)


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


def test_the_check_refuses_what_does_not_hold() -> None:
    page = make_page(derive(NETWORKS["3-4-2"], level="matrix"))
    found = list(worlds_of("3-4-2", "matrix"))
    transposed = [(e, w) for e, w in found if "W2" in names(e.steps[0][1]) and "dE/dz1" in names(e.left)]
    equation, world = transposed[-1]
    assert check_symbolic(equation, world)
    (_, right), *_ = equation.steps
    forward = page.oriented(page.arrays.program.by_name["s2"].tree)  # type: ignore[union-attr]
    for wrong in (Negative(right), Sum((right, right)), plain(right).right, forward):  # type: ignore[union-attr]
        with pytest.raises(AssertionError):
            check_symbolic(replace(equation, steps=(("=", wrong),)), world)
    untransposed = replace(right, left=right.left.body)  # type: ignore[union-attr, arg-type, type-var]
    with pytest.raises(AssertionError, match="times"):
        check_symbolic(replace(equation, steps=(("=", untransposed),)), world)
    indexed = next((e, w) for e, w in worlds_of("3-4-2", "index") if e.ranges and len(e.steps) > 1 and "W2[k][j]" in names(e.steps[-1][1]))
    swapped = fold(indexed[0].steps[-1][1], lambda node, parts: Name("W2[j][k]") if node == Name("W2[k][j]") else _rebuilt(node, parts))
    with pytest.raises((AssertionError, KeyError)):
        check_symbolic(replace(indexed[0], steps=(("=", swapped),)), indexed[1])


def _rebuilt(node: Any, parts: list[Tree]) -> Tree:
    from symbackprop.tree import rebuild

    return rebuild(node, parts) if parts else node
