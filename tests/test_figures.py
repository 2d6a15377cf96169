"""Figures: symbols and numbers of the page, labels that touch nothing, and files that TeX and browsers take."""

from __future__ import annotations

import base64
import json
import math
import os
import random
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from random_networks import Case, cases

from symbackprop import Loss, Network, derive, load
from symbackprop.cli import main
from symbackprop.document import words
from symbackprop.document.diagrams.circuit import Circuit
from symbackprop.document.diagrams.circuit_graph import circuit_picture
from symbackprop.document.diagrams.diagram import Diagram
from symbackprop.document.diagrams.graph import MORE, Edge, Graph, Node, Note
from symbackprop.document.diagrams.network_graph import network_graph
from symbackprop.document.diagrams.rows import Cuts
from symbackprop.document.diagrams.signal_graph import signal_graph
from symbackprop.document.drawing import Drawing, Label, Letters, Line, Mark, Shape
from symbackprop.document.figures import KINDS, figure
from symbackprop.document.model import Figure
from symbackprop.document.page import Page, make_page
from symbackprop.document.plots.axes import Axes, Panels
from symbackprop.document.plots.curves import difference_errors, losses
from symbackprop.document.profile import profiles
from symbackprop.errors import InputError
from symbackprop.network import Layer
from symbackprop.numeric import evaluate
from symbackprop.reading import list_networks, loads
from symbackprop.rendering import render, templates
from symbackprop.rendering.figures import figures
from symbackprop.rendering.svg import SCALE, svg
from symbackprop.rendering.svg_math import Unsettable, runs, tspans
from symbackprop.rendering.tikz import tikz

SHIPPED = [name for name, _ in list_networks()]
WIDTHS = (156.0, 112.4, 84.3)  # millimetres: 444, 320 and 240 pt
DIAGRAMS = ("network", "circuit", "signals")


def layers(*sizes: int | str, valued: bool = False) -> Network:
    own = Network(inputs=sizes[0], layers=tuple(Layer(size, "sigmoid") for size in sizes[1:]), loss=Loss("half_squared_error", "y"))
    if not valued:
        return own
    chance = random.Random(1)

    def some(*shape: int | str) -> object:
        """Nested lists of numbers."""
        return [some(*shape[1:]) for _ in range(int(shape[0]))] if shape else round(chance.uniform(-1, 1), 2)

    values = {"x": some(sizes[0]), "y": some(sizes[-1]), "learning_rate": 0.1}
    for number, (before, size) in enumerate(pairwise(sizes), 1):
        values |= {f"W{number}": some(size, before), f"b{number}": some(size)}
    return own.with_values(values)


NETWORKS = {
    **{name: (lambda name=name: load(name)) for name in SHIPPED},
    "2-2-2": lambda: layers(2, 2, 2, valued=True),
    "3-4-2": lambda: layers(3, 4, 2),
    "10x10": lambda: layers(*[10] * 11),
    "n-m-k": lambda: layers("n", "m", "k"),
    "many": lambda: layers(*[300] * 40),
    "time": lambda: loads(TIME),
    "steps": lambda: loads(STEPS),
    "skip": lambda: loads(SKIP),
}
SLOW = ("10x10", "lstm", "attention", "n-m-k")  # of a kind with others that are quicker
FREE = ("000", "001", "003-chain", "003-split", "steps", "skip")  # with room for every label
STEPS = """
steps = 4
inputs = ["x"]
[[units]]
name = "h"
from = { x = "w", "h[t-1]" = "u" }
bias = "b"
activation = "tanh"
[[units]]
name = "o"
from = { h = "v" }
[loss]
function = "half_squared_error"
targets = { o = "y" }
[values]
x = [1, 0.5, -1, 0.25]
y = [0.3, 0.1, -0.2, 0.4]
w = 0.6
u = -0.85
b = 0.05
v = 1.2
"""
SKIP = """
inputs = ["x"]
[[units]]
name = "a"
from = { x = "w" }
bias = "b_a"
activation = "tanh"
[[units]]
name = "c"
from = { a = "w", x = "v" }
bias = "b_c"
activation = "sigmoid"
[[units]]
name = "o"
from = { c = "u", a = "r", x = "q" }
[loss]
function = "squared_error"
targets = { o = "y" }
[values]
x = 0.75
w = -1.25
v = 2.5
b_a = 0.1
b_c = -0.3
u = 1.5
r = -0.45
q = 0.2
y = 1
"""
TIME = """
steps = 3
inputs = ["x"]
[[units]]
name = "h"
from = { x = "w", "h[t-1]" = "u", "g[t-1]" = "k" }
activation = "tanh"
[[units]]
name = "g"
from = { h = "m" }
bias = "b"
[loss]
function = "half_squared_error"
targets = { g = "y" }
[values]
x = [1, 0.5, -1]
y = [0.5, 0.2, 0.9]
w = 0.5
u = 0.8
k = -0.3
m = 1.1
b = -0.1
"""


@cache
def pages(name: str, **options: str) -> Page:
    return make_page(derive(NETWORKS[name]()), **options)


def drawn(page: Page, kinds: tuple[str, ...] = tuple(KINDS), widths: tuple[float, ...] = WIDTHS) -> Iterator[tuple[str, Drawing]]:
    for kind in kinds:
        own = figure(page, kind)
        if own is not None:
            yield from ((f"{kind} in {width:.0f} mm", own.picture.drawing(width)) for width in widths)


# A second opinion on what touches what: corners turned by hand, and the area that two polygons share.

Polygon = list[tuple[float, float]]


def reaches(text: str) -> tuple[float, float]:
    """How far letters of 7.5 points reach above and below their baseline, in em, as TeX measures them."""
    stacked = re.search(r"[}\w]_(\w|\{[^{}]*\})\^|\^(\w|\{[^{}]*\})_", text)
    above = 1.04 if stacked else 0.81 if "^" in text else 0.64
    return above, 0.31 if stacked else 0.12 if "_" in text else 0.0


def corners(mark: Label | Shape) -> Polygon:
    if isinstance(mark, Shape):
        across, up = mark.half_width, mark.half_height
        return [(mark.x + a * across, mark.y + b * up) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    em = mark.size * 0.3515
    left = {"start": 0.0, "middle": -mark.width / 2, "end": -mark.width}[mark.anchor]
    turn = math.radians(mark.angle)
    above, below = reaches(mark.lettering.text)
    low, high = (-0.26 - below) * em, (above - 0.26) * em  # the baseline is a little below the middle
    inner = [(left, low), (left + mark.width, low), (left + mark.width, high), (left, high)]
    return [(mark.x + x * math.cos(turn) - y * math.sin(turn), mark.y + x * math.sin(turn) + y * math.cos(turn)) for x, y in inner]


def shared(first: Polygon, last: Polygon) -> float:
    """The area of the intersection of two convex polygons, cut side by side."""
    rest = first
    for (ax, ay), (bx, by) in zip(last, [*last[1:], last[0]], strict=True):
        inside = lambda point: (bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax) >= 0  # noqa: B023, E731 - used at once
        cut: Polygon = []
        for start, end in zip(rest, [*rest[1:], *rest[:1]], strict=True):
            if inside(start):
                cut.append(start)
            if inside(start) != inside(end):
                from_, to = (
                    (bx - ax) * (start[1] - ay) - (by - ay) * (start[0] - ax),
                    (bx - ax) * (end[1] - ay) - (by - ay) * (end[0] - ax),
                )
                t = from_ / (from_ - to)
                cut.append((start[0] + (end[0] - start[0]) * t, start[1] + (end[1] - start[1]) * t))
        rest = cut
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(rest, [*rest[1:], *rest[:1]], strict=True))) / 2 if rest else 0.0


def overlaps(drawing: Drawing) -> list[str]:
    """Which labels and nodes lie on one another; a node's own symbol and numbers are inside it."""
    labels = [mark for mark in drawing.marks if isinstance(mark, Label)]
    shapes = [mark for mark in drawing.marks if isinstance(mark, Shape)]
    found = [
        f"{a.lettering.text} on {b.lettering.text}" for a, b in combinations(labels, 2) if shared(corners(a), corners(b)) > 0.01
    ]
    for label in labels:
        for shape in shapes:
            own = abs(label.x - shape.x) < 1e-6 and shared(corners(label), corners(shape)) > 0
            if own and label.width > 2 * shape.half_width:
                found.append(f"{label.lettering.text} does not fit its node")
            low, high = (pick(y for _, y in corners(label)) for pick in (min, max))
            if own and (low < shape.y - shape.half_height or high > shape.y + shape.half_height):
                found.append(f"{label.lettering.text} does not fit its node")
            if not own and shared(corners(label), corners(shape)) > 0.01:
                found.append(f"{label.lettering.text} on a node")
    found.extend("two nodes" for a, b in combinations(shapes, 2) if shared(corners(a), corners(b)) > 0.01)
    return found


def outside(drawing: Drawing) -> list[Mark]:
    """What reaches beyond the rectangle of the drawing."""

    def points(mark: Mark) -> Polygon:
        if isinstance(mark, Line):
            return list(mark.points[:: 3 if mark.curved else 1])
        return corners(mark) if isinstance(mark, Label | Shape) else [(mark.x, mark.y)]

    return [
        mark
        for mark in drawing.marks
        if any(not (-1e-6 <= x <= drawing.width + 1e-6 and -1e-6 <= y <= drawing.height + 1e-6) for x, y in points(mark))
    ]


@pytest.mark.parametrize("name", [pytest.param(own, marks=pytest.mark.long if own in SLOW else ()) for own in NETWORKS])
def test_nothing_overlaps_and_everything_is_inside(name: str) -> None:
    page = pages(name)
    checked = 0
    kinds = {kind: figure(page, kind) for kind in KINDS}
    for title, drawing in drawn(page):
        # Where many edges cross, a label beside one may lie on another; never what belongs to a node.
        graph = getattr(kinds[title.split()[0]].picture, "graph", None)
        crossed = {note.lettering.text for edge in graph.edges for note in edge.notes} if graph and name not in FREE else set()
        assert set(struck(drawing)) <= crossed, title
        assert overlaps(drawing) == [], title
        assert outside(drawing) == [], title
        assert drawing.width <= float(re.search(r"(\d+) mm", title)[1]) + 0.7, title  # type: ignore[index]
        assert drawing.height <= 195, title
        checked += 1
    assert checked >= 3


@settings(max_examples=10)
@given(cases(most_units=6))
def test_random_networks_are_drawn_without_overlaps(case: Case) -> None:
    page = make_page(derive(case.network()))
    for title, drawing in drawn(page, DIAGRAMS, (156.0,)):
        assert overlaps(drawing) == [], title
        assert outside(drawing) == [], title


def test_the_checkers_see_what_is_wrong() -> None:
    symbol = Letters(pages("003-chain").notation).symbol("z_j")
    first = Label(10, 10, symbol)
    assert overlaps(Drawing(20, 20, (first, Label(11, 10, symbol))))
    assert overlaps(Drawing(20, 20, (first, replace(first, x=12.5, angle=60.0, y=12.0), replace(first, x=11.5))))
    assert overlaps(Drawing(20, 20, (first, Shape(12, 11, 3, 3))))
    assert overlaps(Drawing(20, 20, (first, Shape(10, 10, 0.5, 3))))
    assert overlaps(Drawing(20, 20, (Shape(5, 5, 3, 3), Shape(9, 5, 3, 3))))
    assert not overlaps(Drawing(40, 20, (first, Shape(10, 10, 3, 3), Label(20, 10, symbol))))
    assert outside(Drawing(9, 20, (first,))) and outside(Drawing(20, 9, (first,)))
    assert outside(Drawing(20, 20, (Line(((0, 0), (21, 5))),)))


def test_long_names_do_not_collide() -> None:
    text = """
    inputs = ["a_very_long_name_of_an_input", "another_even_longer_name"]
    [[units]]
    name = "the_hidden_unit_in_the_middle"
    from = { a_very_long_name_of_an_input = "weight_of_the_first_connection", another_even_longer_name = "weight_of_the_second" }
    activation = "sigmoid"
    bias = "bias_of_the_hidden_unit"
    [loss]
    function = "half_squared_error"
    targets = { the_hidden_unit_in_the_middle = "what_it_should_be" }
    """
    page = make_page(derive(loads(text)))
    for title, drawing in drawn(page, DIAGRAMS):
        assert overlaps(drawing) == [], title


# Symbols and numbers.


def circuit_graph(page: Page) -> Graph:
    picture = circuit_picture(page)
    assert picture is not None
    return picture.graph


def math_labels(graph: Graph) -> set[str]:
    return {lettering.text for lettering in graph.labels if lettering.is_math}


@pytest.mark.parametrize("notation", [None, "000", "004"])
@pytest.mark.parametrize("name", ["000", "003-split", "perceptron", "3-4-2"])
def test_symbols_are_those_of_the_equations(name: str, notation: str | None) -> None:
    page = pages(name, notation=notation, level="unit") if notation else pages(name)
    text = render(derive(NETWORKS[name]()), "tex", notation=notation)
    for node in network_graph(page).nodes:
        assert node.label.text == page.notation.symbol(node.name)
        assert node.label.text in text, node.name
    for edge in network_graph(page).edges:
        for note in edge.notes:
            assert note.lettering.text.split(" = ")[0] in text


@pytest.mark.parametrize("name", ["000", "001", "003-chain", "003-split", "004", "2-2-2"])
@pytest.mark.parametrize("kind", DIAGRAMS)
def test_values_are_those_of_the_page(name: str, kind: str) -> None:
    """Every number that stands alone or behind a symbol of the network is printed so on the page."""
    page = pages(name)
    own = figure(page, kind)
    assert own is not None
    by_symbol = {page.notation.symbol(plain): worked.text for plain, worked in page.numbers.items() if not plain.startswith("d")}
    by_symbol |= {page.notation.symbol(f"delta_{unit}"): page.numbers[f"delta_{unit}"].text for unit in page.derivation.signals}
    graph = own.picture.graph  # type: ignore[attr-defined]
    seen = 0
    for lettering in graph.labels:
        match = re.fullmatch(r"(.+?) (?:= |\\approx )(-?[\d.]+)", lettering.text)
        if match:
            assert by_symbol[match[1]] == match[2], lettering.text
            seen += 1
    assert seen >= (2 if kind != "circuit" else 0)


@pytest.mark.parametrize("name", ["000", "003-chain", "003-split", "001"])
def test_circuits_have_the_right_values_and_gradients(name: str) -> None:
    """What leaves a given symbol along all its edges adds up to its partial, by an evaluation that knows no circuits."""
    page = pages(name)
    graph = circuit_graph(page)
    network = page.derivation.network
    found = evaluate(
        load(name) if len(network.samples) < 2 else replace(network, samples=(), values={**network.values, **network.samples[0]})
    )
    for symbol in page.derivation.program.given:
        edges = [edge for edge in graph.edges if edge.source == symbol]
        assert edges
        for edge in edges:
            assert edge.above is not None
            assert number(edge.above) == pytest.approx(found.values[symbol], rel=1e-9)
        total = sum(number(edge.below) for edge in edges if edge.below is not None)
        assert total == pytest.approx(found.derivatives[symbol], rel=0.02, abs=2e-4)


def number(note: Note) -> float:
    mantissa, _, power = note.lettering.text.partition(r"\cdot 10^")
    return float(mantissa) * 10.0 ** float(power.strip("{}") or 0)


@pytest.mark.parametrize("name", ["000", "003-chain", "003-split", "001"])
def test_error_signals_are_sums_over_arrows(name: str) -> None:
    page = pages(name)
    graph = signal_graph(page)
    assert graph is not None
    value = {node.name: float(node.notes[0].lettering.text.split()[-1]) for node in graph.nodes if node.notes}
    for unit in page.derivation.signals:
        own = f"delta_{unit}"
        arrows = [edge for edge in graph.edges if edge.source == own]
        assert all(edge.back and edge.below is not None for edge in arrows)
        total = sum(number(edge.below) * value.get(edge.target, 1.0) for edge in arrows if edge.below)  # from E with the factor 1
        assert total == pytest.approx(value[own], rel=0.03, abs=3e-4)


def test_plots_show_what_they_say() -> None:
    page = pages("003-chain")
    errors = difference_errors(page)
    slope = lambda a, b: math.log10(b[1] / a[1]) / math.log10(b[0] / a[0])  # noqa: E731
    assert slope(errors[0], errors[2]) == pytest.approx(2, abs=0.1)
    assert slope(errors[-1], errors[6]) == pytest.approx(-1, abs=0.35)
    found = losses(page)
    assert len(found) == 21
    for count in (0, 1, 7, 20):
        assert found[count] == pytest.approx(evaluate(load("chain"), updates=count).objective, rel=1e-12)
    sizes = figure(page, "sizes")
    assert sizes is not None and isinstance(sizes.picture, Axes) and sizes.data is not None
    signals = [abs(float(page.numbers[f"delta_{unit}"].value)) for unit in "jko"]
    assert [size for _, size in sizes.picture.curves[-1].points] == pytest.approx(signals)
    slopes = figure(page, "slopes")
    assert slopes is not None and isinstance(slopes.picture, Panels)
    (axes,) = slopes.picture.axes
    under, above = axes.curves
    assert (under.role, above.role) == ("gradient", "value")
    for (x, y), (_, slope_there) in zip(above.points, under.points, strict=True):
        assert y == pytest.approx(1 / (1 + math.exp(-x)))
        assert slope_there == pytest.approx(y * (1 - y))
    assert {place for place, _, _ in axes.marked} == {float(page.numbers[f"s_{unit}"].value) for unit in "jk"}


def test_a_jump_is_no_line() -> None:
    """The slope of ReLU in two curves, one label; that of ELU bends, and is one."""
    for function, parts in (("relu", [0.0, 1.0]), ("leaky_relu", [0.01, 1.0]), ("elu", None), ("sigmoid", None)):
        found = figure(make_page(derive(replace(layers(1, 1), layers=(Layer(1, function),)))), "slopes")
        assert found is not None and isinstance(found.picture, Panels)
        *under, above = found.picture.axes[0].curves
        assert (
            len(under) == (2 if parts else 1) and [curve.label is not None for curve in under][::-1] == [True, False][: len(under)]
        )
        if parts:
            assert [sorted({y for _, y in curve.points}) for curve in under] == [[part] for part in parts]
            assert under[0].points[-1][0] == pytest.approx(0, abs=1e-5) and under[1].points[0][0] == pytest.approx(0, abs=1e-5)
        assert above.role == "value" and len(above.points) == 81


def test_figures_are_there_only_where_they_can_be() -> None:
    generic = pages("002-base")
    assert [kind for kind in KINDS if figure(generic, kind) is not None] == ["network", "circuit", "signals"]
    bare = make_page(derive(layers(2, 2)))
    assert figure(bare, "updates") is None and figure(bare, "check") is None and figure(bare, "sizes") is None
    with pytest.raises(InputError, match="did you mean 'signals'"):
        figure(generic, "signal")


# Elision.


def test_ten_layers_of_ten_units_are_drawn_whole() -> None:
    page = pages("10x10")
    graph = network_graph(page)
    assert len(graph.nodes) == 111 and not any(node.kind == MORE for node in graph.nodes)
    drawing = Diagram(graph).drawing(156.0)
    symbols = {mark.lettering.text for mark in drawing.marks if isinstance(mark, Label)}
    assert symbols == {node.label.text for node in graph.nodes}
    assert sum(isinstance(mark, Line) for mark in drawing.marks) == 1010


def test_what_does_not_fit_is_left_out_and_said_so() -> None:
    for name in ("many", "10x10"):
        drawing = Diagram(network_graph(pages(name))).drawing(60.0)
        symbols = [mark.lettering.text for mark in drawing.marks if isinstance(mark, Label)]
        assert r"\cdots" in symbols or r"\vdots" in symbols
        assert "E" in symbols and any("x_" in symbol for symbol in symbols)
    many = figure(pages("many"), "network")
    assert many is not None and "left out" in many.description
    named = network_graph(pages("n-m-k"))
    assert {"x_{n}", "x_{1}"} <= math_labels(named)


def test_columns_left_out_twice_leave_one_gap() -> None:
    symbol = Letters(pages("003-chain").notation).symbol("z_j")
    nodes = tuple(Node(f"n{index}", symbol, "unit", index) for index in range(9))
    graph = Graph(nodes, tuple(Edge(f"n{index}", f"n{index + 1}") for index in range(8)))
    once = graph.elided(5, 6)
    assert sum(node.kind == MORE for node in once.nodes) == 1 and len(once.columns) == 6
    twice = once.elided(5, 4)
    assert sum(node.kind == MORE for node in twice.nodes) == 1 and len(twice.columns) == 4
    assert {node.name for node in twice.nodes} >= {"n0", "n8"}
    assert all({edge.source, edge.target} <= {node.name for node in twice.nodes} for edge in twice.edges)


# Files.


@cache
def gallery() -> tuple[tuple[str, Figure], ...]:
    return tuple(_gallery())


def _gallery() -> Iterator[tuple[str, Figure]]:
    for name in ("000", "001", "004", "perceptron", "attention", "lstm", "n-m-k"):
        page = pages(name)
        for kind in KINDS:
            own = figure(page, kind)
            if own is not None:
                yield f"{name}-{kind}", own


@pytest.mark.needs_tex
def test_tex_sets_all_figures(tmp_path: Path) -> None:
    """One run over many figures in the narrowest column: nothing overfull, and labels as wide as they were taken to be."""
    body = [r"\newwrite\widths\immediate\openout\widths=widths.txt"]
    expected: list[tuple[str, float, float]] = []
    boxes: list[tuple[str, float, float, float]] = []
    for _, own in gallery():
        drawing = own.picture.drawing(84.3)
        body.append(
            rf"\begin{{center}}\begin{{tikzpicture}}[x=1mm,y=1mm]{tikz(drawing)}\end{{tikzpicture}}\end{{center}}\clearpage"
        )
        for mark in drawing.marks:
            if isinstance(mark, Label) and mark.lettering.is_math and len(expected) < 400:
                expected.append((mark.lettering.text, mark.size, mark.width / 0.3515))
                size = rf"\fontsize{{{mark.size:.1f}}}{{9}}\selectfont"
                body.append(rf"\setbox0\hbox{{{size}${mark.lettering.text}$}}")
                body.append(r"\immediate\write\widths{\the\wd0,\the\ht0,\the\dp0}")
                level, foot = replace(mark, angle=0.0).level, replace(mark, angle=0.0).foot[1]
                boxes.append((mark.lettering.text, (level.top - foot) / 0.3515, (foot - level.bottom) / 0.3515, mark.size))
    text = (
        r"\documentclass[11pt]{article}\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}\usepackage{lmodern,amsmath,tikz}"
        r"\usepackage[textwidth=240pt,textheight=200mm]{geometry}"
        r"\definecolor{sbvalue}{HTML}{1B5E9B}\definecolor{sbgradient}{HTML}{B3261E}\definecolor{sbcached}{HTML}{1E7A46}"
        "\\begin{document}\n" + "\n".join(body) + "\n\\end{document}\n"
    )
    (tmp_path / "figures.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-draftmode", "figures.tex"]
    environment = {**os.environ, "max_print_line": "10000"}
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment, errors="replace")
    assert run.returncode == 0, run.stdout[-2000:]
    log = (tmp_path / "figures.log").read_text(encoding="utf-8", errors="replace")
    assert re.findall(r"^Overfull.*|.*undefined.*", log, re.MULTILINE) == []
    lines = (tmp_path / "widths.txt").read_text().split()
    widths, heights, depths = zip(*([float(part.removesuffix("pt")) for part in line.split(",")] for line in lines), strict=True)
    assert len(widths) == len(expected) > 100
    assert [own for own, true in zip(expected, widths, strict=True) if true > own[2] * 1.03 + 0.8] == []
    for (text, above, below, size), height, depth in zip(boxes, heights, depths, strict=True):
        assert above + 0.02 * size >= height and below + 0.1 * size >= depth, text
        own = reaches(text)
        assert own[0] * size <= height + 0.25 * size and own[1] * size <= depth + 0.06 * size, text


def problems_of(text: str) -> list[str]:
    """What is wrong with an SVG file."""
    tree = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    found = []
    if tree.get("role") != "img":
        found.append("no role")
    parts = {element.get("id"): element.tag.removeprefix(space) for element in tree if element.get("id")}
    if sorted(parts.get(name, "") for name in tree.get("aria-labelledby", "").split()) != ["desc", "title"]:
        found.append("not labelled")
    if any(not (tree.findtext(f"{space}{part}") or "").strip() for part in ("title", "desc")):
        found.append("nothing said")
    if any("\\" in "".join(element.itertext()) for element in tree.iter(f"{space}text")):
        found.append("raw TeX")
    if "http" in re.sub(r'xmlns="[^"]*"', "", text):
        found.append("asks for something")
    return found


def test_svg_is_well_formed_and_says_what_it_shows() -> None:
    names = set()
    for title, own in gallery():
        text = svg(own, 156.0)
        assert problems_of(text) == [], title
        names.add(re.search(r'id="(\w+)-t"', text)[1])  # type: ignore[index]
    assert len(names) > 30  # each figure has names of its own
    assert svg(own, 156.0) == svg(own, 156.0)
    alone = svg(own, 156.0, alone=True)
    assert problems_of(alone) == [] and "@font-face" in alone and "prefers-color-scheme: dark" in alone


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('role="img"', "", "no role"),
        ("<title id=", "<title name=", "not labelled"),
        ("The network</title>", "</title>", "nothing said"),
        ("<tspan>", "<tspan>\\alpha", "raw TeX"),
        ("<desc", '<image href="http://example.org/x.png"/><desc', "asks for something"),
    ],
)
def test_wrong_svg_is_refused(before: str, after: str, problem: str) -> None:
    own = figure(pages("003-chain"), "network")
    assert own is not None
    text = svg(own, 156.0)
    assert before in text
    assert problem in problems_of(text.replace(before, after, 1))


def test_symbols_of_all_notations_are_set_in_svg() -> None:
    for row, name in enumerate(SHIPPED):
        for notation in list(profiles())[row % 3 :: 3]:  # a third of all pairs, every one of both
            own = figure(pages(name, notation=notation), "network")
            assert own is not None
            for text in math_labels(own.picture.graph):  # type: ignore[attr-defined]
                assert runs(text), text


@pytest.mark.parametrize(
    ("tex", "letters"),
    [
        ("z_{j}", "𝑧𝑗"),
        (r"\hat{y}", "𝑦̂"),
        (r"w^{(1)}_{12}", "𝑤(1)12"),
        (r"\mathbf{W}", "𝐖"),
        (r"\boldsymbol{\delta}", "𝜹"),
        (r"\mathrm{net}_{k}", "net𝑘"),
        (r"\delta_j \approx -0.5", "𝛿𝑗≈−0.5"),
        (r"\partial E/\partial w", "∂𝐸/∂𝑤"),
        (r"1.2\cdot 10^{-5}", "1.2·10−5"),
        (r"0{,}88", "0,88"),
        (r"\tfrac{1}{2}", "½"),
        (r"\frac{1}{n+1}", "1/(𝑛+1)"),
        (r"\sigma'(h)", "𝜎′(ℎ)"),
        (r"\mathbf{V}^{\mathsf{T}}", "𝐕𝖳"),
    ],
)
def test_tex_becomes_letters(tex: str, letters: str) -> None:
    assert "".join(run.text for run in runs(tex)) == letters
    ElementTree.fromstring(f"<text>{tspans(tex, 10.0)}</text>")


def test_upper_and_lower_index_stand_above_one_another() -> None:
    base, upper, lower = runs("w^{(1)}_{12}")
    assert upper.rise > base.rise > lower.rise
    assert upper.move + upper.width + lower.move == pytest.approx(0.03 * 1.0, abs=0.02)
    (after,) = [run for run in runs("w^{(1)}_{1}a") if run.text == "𝑎"]
    assert after.move > 0


@pytest.mark.parametrize("tex", [r"\int x", "^2", "{a", r"\hat{ab}", r"a_b_c", r"\frac{1}"])
def test_unknown_tex_is_not_set_wrongly(tex: str) -> None:
    with pytest.raises(Unsettable):
        runs(tex)


@pytest.mark.needs_browser
def test_a_browser_draws_every_label_inside_its_figure(browser: str, tmp_path: Path) -> None:
    font = templates.base64_file("fonts/stix-two-math.woff2")
    style = templates.fill("svg/alone.css", font=font)
    body = "".join(svg(own, 156.0) for _, own in gallery())
    script = """
    document.fonts.ready.then(() => {
      const found = [];
      let count = 0;
      for (const figure of document.querySelectorAll('svg')) {
        const frame = figure.getBoundingClientRect();
        for (const text of figure.querySelectorAll('text')) {
          const box = text.getBoundingClientRect();
          count += 1;
          if (!box.width || box.left < frame.left - 3 || box.right > frame.right + 3 || box.top < frame.top - 4
              || box.bottom > frame.bottom + 4) found.push(text.textContent);
        }
      }
      document.body.textContent = 'MEASURED' + JSON.stringify({count, found}) + 'END';
    });"""
    path = tmp_path / "figures.html"
    path.write_text(
        f"<!DOCTYPE html><meta charset=utf-8><style>{style}</style><body>{body}<script>{script}</script>", encoding="utf-8"
    )
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=4000", "--window-size=900,900", "--dump-dom"]
    run = subprocess.run([browser, *options, path.as_uri()], capture_output=True, text=True, timeout=120)
    measured = json.loads(re.findall(r"MEASURED(\{.*?\})END", run.stdout)[-1])  # type: ignore[index]
    assert measured["count"] > 300
    assert measured["found"] == []


def test_svg_and_tikz_draw_the_same_marks() -> None:
    own = figure(pages("003-split"), "network")
    assert own is not None
    drawing = own.picture.drawing(156.0)
    tree = ElementTree.fromstring(svg(own, 156.0))
    labels = [mark for mark in drawing.marks if isinstance(mark, Label)]
    circles = [mark for mark in drawing.marks if isinstance(mark, Shape)]
    assert len(tree.findall("{*}text")) == tikz(drawing).count(r"\node[") == len(labels)
    assert len(tree.findall("{*}circle")) == tikz(drawing).count("circle[") == len(circles)
    for element, mark in zip(tree.findall("{*}circle"), circles, strict=True):
        assert float(element.get("cx", "")) / SCALE == pytest.approx(mark.x, abs=0.05)
        assert drawing.height - float(element.get("cy", "")) / SCALE == pytest.approx(mark.y, abs=0.05)


def test_the_command_writes_figures(tmp_path: Path) -> None:
    chain = NETWORKS["003-chain"]()
    runner = CliRunner()
    result = runner.invoke(main, ["figure", "chain", "-o", str(tmp_path), "--kind", "network,updates", "--format", "svg,tikz,tex"])
    assert result.exit_code == 0, result.output
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == [f"chain-{kind}.{form}" for kind in ("network", "updates") for form in ("svg", "tex", "tikz")]
    assert problems_of((tmp_path / "chain-network.svg").read_text(encoding="utf-8")) == []
    assert r"\hat{y}" in (tmp_path / "chain-network.tikz").read_text(encoding="utf-8")
    again = runner.invoke(main, ["figure", "chain", "-o", str(tmp_path), "--kind", "network"])
    assert again.exit_code == 2 and "--force" in again.output
    assert figures(derive(chain), ["network"], ["svg"]) == figures(derive(chain), ["network"], ["svg"])
    for arguments, problem in (
        (["--kind", "netwrk"], "did you mean 'network'"),
        (["--format", "png"], "no format 'png'"),
        (["--width", "3"], "3 pt"),
        (["--notation", "x"], "no notation"),
    ):
        refused = runner.invoke(main, ["figure", "chain", "-o", str(tmp_path / "new"), *arguments])
        assert refused.exit_code == 2 and problem in refused.output and refused.output.count("\n") == 1
    lacking = runner.invoke(main, ["figure", "002-base", "-o", str(tmp_path / "new"), "--kind", "updates"])
    assert lacking.exit_code == 2 and "learning rate" in lacking.output
    assert not (tmp_path / "new").exists()


@pytest.mark.needs_tex
def test_figures_become_pdf() -> None:
    found = figures(derive(load("chain")), ["network"], ["pdf", "tex"], width="240pt")
    assert found["network", "pdf"].startswith(b"%PDF")


def test_descriptions_name_what_is_there() -> None:
    own = figure(pages("003-chain"), "network")
    assert own is not None
    for part in ("x_i", "z_j", "w_in = 2", "z_k ≈ 0.9879", "δ_o ≈ −0.0362"):
        assert part in own.description
    plot = figure(pages("003-chain"), "updates")
    assert plot is not None and plot.data is not None and len(plot.data.rows) == 21


def test_graphs_keep_to_their_network() -> None:
    """Every connection of the network is an edge, and no other."""
    network = load("split")
    graph = network_graph(make_page(derive(network)))
    expected = {
        (next((u.output for u in network.units if u.name == s), s), unit.output) for unit in network.units for s, _ in unit.sources
    }
    assert {(edge.source, edge.target) for edge in graph.edges if edge.target != "E"} == expected


def struck(drawing: Drawing) -> list[str]:
    """The labels and nodes that a line runs through."""
    found = []
    # A label on an edge interrupts it.
    solid = [mark for mark in drawing.marks if isinstance(mark, Shape) or (isinstance(mark, Label) and not mark.on_line)]
    outlines = [(mark, corners(mark)) for mark in solid]
    # The hairs of a dense figure lie under its nodes.
    for line in (mark for mark in drawing.marks if isinstance(mark, Line) and mark.style != "hair"):
        left, right = min(x for x, _ in line.points), max(x for x, _ in line.points)
        low, high = min(y for _, y in line.points), max(y for _, y in line.points)
        points: Polygon = []
        for mark, outline in outlines:
            if not any(left <= x for x, _ in outline) or not any(x <= right for x, _ in outline):
                continue
            if not any(low <= y for _, y in outline) or not any(y <= high for _, y in outline):
                continue
            points = points or list(bezier(line.points) if line.curved else straight(line.points))
            if any(within(point, mark, outline) for point in points):
                found.append(mark.lettering.text if isinstance(mark, Label) else f"node at {mark.x:.0f}, {mark.y:.0f}")
    return found


def within(point: tuple[float, float], mark: Label | Shape, outline: Polygon) -> bool:
    """Whether a place lies inside a label or a node; the corners of a box are round, and an arrow ends at its border."""
    x, y = point
    if isinstance(mark, Shape):
        if mark.half_width == mark.half_height:
            return math.dist(point, (mark.x, mark.y)) < mark.half_width - 0.1
        return abs(x - mark.x) < mark.half_width - 0.8 and abs(y - mark.y) < mark.half_height - 0.8
    sides = pairwise([*outline, outline[0]])
    return all((bx - ax) * (y - ay) > (by - ay) * (x - ax) for (ax, ay), (bx, by) in sides)


def straight(points: tuple[tuple[float, float], ...]) -> Iterator[tuple[float, float]]:
    """Places on lines, a third of a millimetre apart."""
    for (ax, ay), (bx, by) in pairwise(points):
        count = math.ceil(math.dist((ax, ay), (bx, by)) * 3) + 1
        yield from ((ax + (bx - ax) * index / count, ay + (by - ay) * index / count) for index in range(count + 1))


def bezier(points: tuple[tuple[float, float], ...]) -> Iterator[tuple[float, float]]:
    for start in range(0, len(points) - 1, 3):
        a, b, c, d = points[start : start + 4]
        for t in (index / 40 for index in range(41)):
            u = 1 - t
            x, y = (u**3 * a[i] + 3 * u * u * t * b[i] + 3 * u * t * t * c[i] + t**3 * d[i] for i in (0, 1))
            yield x, y


def test_the_checker_sees_a_struck_number() -> None:
    label = Label(10, 10, Letters(pages("003-chain").notation).symbol("z_j"))
    across = Line(((0, 10), (7, 10), (13, 10), (20, 10)), curved=True)
    level = replace(across, points=((0, 10), (20, 10)), curved=False)
    assert struck(Drawing(20, 20, (label, level))) and not struck(Drawing(20, 20, (replace(label, on_line=True), level)))
    assert struck(Drawing(20, 20, (label, across))) and struck(Drawing(20, 20, (Shape(10, 10, 3, 3), across)))
    assert not struck(Drawing(20, 20, (replace(label, y=13), across)))


def test_figures_have_the_decimal_mark_of_the_notation(tmp_path: Path) -> None:
    path = tmp_path / "comma.toml"
    path.write_text('decimal = ","\n', encoding="utf-8")
    page = make_page(derive(load("chain")), notation=str(path))
    for kind in KINDS:
        own = figure(page, kind)
        assert own is not None
        said = [own.description, *(str(cell[0]) for row in own.data.rows for cell in row)] if own.data else [own.description]
        labels = [mark.lettering for mark in own.picture.drawing(156.0).marks if isinstance(mark, Label)]
        assert not any(re.search(r"\d\.\d", text) for text in (*said, *(label.text for label in labels))), kind
        # Where a comma is the decimal mark, it does not stand between numbers.
        assert not re.search(r"\d, [−\d]", own.description), kind
        assert all("," not in label.text or "{,}" in label.text for label in labels if label.text[0].isdigit()), kind
    assert "z_j ≈ 0,8808; δ_j" in figure(page, "network").description  # type: ignore[union-attr]


def test_captions_name_colours_only_where_there_are_any() -> None:
    derivation = derive(load("chain"))
    assert not re.search(r"\(in (blue|red)\)", render(derivation, "md", detail="full"))
    fragment = render(derivation, "fragment", detail="full")
    assert "(in blue)" in fragment
    assert "(in blue)" not in re.sub(r"\\sbword\{\w+\}\{[^}]*\}", "", fragment)
    # Without pictures a figure's caption is set without colours.
    assert re.search(r"sb@coloursfalse\\sb@caption\{#1\}", templates.fill("latex/style.tex.jinja"))
    assert '<span class="value">\u00a0(in blue)</span>' in render(derivation, "html", detail="full")


def test_notebooks_have_their_figures() -> None:
    made = json.loads(render(derive(load("chain")), "ipynb", detail="full"))
    text = "".join("".join(cell["source"]) for cell in made["cells"])
    found = re.findall(r"!\[(.*?)\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)", text)
    assert len(found) >= 5
    assert all(problems_of(base64.b64decode(data).decode("utf-8")) == [] for _, data in found)


def test_small_labels_can_be_read_on_a_phone() -> None:
    for title, own in gallery():
        text = svg(own, 156.0)
        wide = float(re.search(r'viewBox="\S+ \S+ (\S+) ', text)[1])  # type: ignore[index]
        least = float(re.search(r"min-width:(\d+)px", text)[1])  # type: ignore[index]
        smallest = min(float(size) for size in re.findall(r'<text[^>]* font-size="([\d.]+)"', text))
        assert smallest * least / wide >= 9.9 or least >= 800, title


def test_a_narrow_circuit_has_more_rows_and_hands_on_what_they_need() -> None:
    """Every row begins with what an earlier one ends with, and no operation is lost."""
    own = figure(pages("001"), "circuit")
    assert own is not None and isinstance(own.picture, Circuit)
    drawings = [own.picture.drawing(width) for width in (400.0, 84.3)]
    wide, narrow = ([m for m in drawing.marks if isinstance(m, Shape)] for drawing in drawings)
    assert len(wide) == len(narrow) == sum(node.kind == "operation" for node in own.picture.graph.nodes)
    symbols = [Counter(m.lettering.text for m in drawing.marks if isinstance(m, Label) and not m.role) for drawing in drawings]
    handed_on = symbols[1] - symbols[0]
    assert handed_on and all(count >= 2 for count in handed_on.values())


@pytest.mark.parametrize("name", ["000", "001", "skip"])
def test_cut_rows_bring_back_the_whole_gradient(name: str) -> None:
    """What comes back over all edges of a node, in the row that it stands in, adds up to the gradient by it."""
    own = figure(pages(name), "circuit")
    assert own is not None and isinstance(own.picture, Circuit)
    whole = own.picture.graph
    total = {node.name: sum(number(e.below) for e in whole.edges if e.source == node.name and e.below) for node in whole.nodes}
    cuts = Cuts(whole, own.picture.ends)
    parted = 0
    for room in (60.0, 90.0, 130.0):
        rows = cuts.rows(room, lambda part: 18.0 * len(part.columns))
        assert rows is not None
        numbered: list[str] = []
        for row in rows:
            for node in (node for node in row.nodes if node.kind == "operation"):
                edges = [edge for edge in row.edges if edge.source == node.name]
                assert sum(number(edge.below) for edge in edges if edge.below) == pytest.approx(total[node.name], abs=1.6e-4)
                parted += len(edges) > 1 and any(edge.target.endswith(" goes on") for edge in edges)
            ends = [node.label.text for node in row.nodes if node.name.endswith(" goes on")]
            numbered.extend(end for end in ends if re.fullmatch(r"\(\d+\)", end))
        assert numbered == [f"({index})" for index in range(1, len(numbered) + 1)]
    assert parted or name != "skip"
    assert words.CIRCUIT_ROWS in str(own.caption[-1])


def test_a_circuit_in_time_has_the_numbers_of_its_steps() -> None:
    page = pages("time")
    own = figure(page, "circuit")
    assert own is not None
    found = evaluate(NETWORKS["time"]())
    nodes = [node for node in own.picture.graph.nodes if node.name in found.values]  # type: ignore[attr-defined]
    assert len(nodes) >= 12
    for node in nodes:
        value, gradient = node.notes
        assert number(value) == pytest.approx(found.values[node.name], abs=6e-5)
        assert number(gradient) == pytest.approx(found.derivatives[node.name], rel=2e-2, abs=6e-5)
    # Where there is only the general step, there is no number, and the caption says so.
    general = figure(pages("lstm"), "circuit")
    assert general is not None and general.caption[0] == words.CIRCUIT_STEP.partition("{")[0]


def test_many_given_symbols_leave_the_parameters_out() -> None:
    own = figure(pages("3-4-2", level="unit"), "circuit")
    assert own is not None and str(own.caption[-1]).endswith(words.CIRCUIT_LEFT_OUT)
    assert not any(node.name.startswith(("W", "b")) for node in own.picture.graph.nodes)  # type: ignore[attr-defined]


def test_a_derivation_hands_out_its_figures() -> None:
    text = derive(load("chain")).figure("signals", notation="000")
    assert problems_of(text) == [] and "δ^o" in text
    with pytest.raises(InputError, match="learning rate"):
        derive(load("002-base")).figure("updates")
