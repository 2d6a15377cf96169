"""Pages of recurrent networks: the general step, the factors of growth, the curve; compiled and opened."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import pytest
from batch_compile import faults
from browser_page import open_in_browser

from symbackprop import InputError, Loss, Network, Unit, derive, load
from symbackprop.document.build import build
from symbackprop.document.drawing import Dot, in_words
from symbackprop.document.model import Equation, Equations, Figure, Section, Table
from symbackprop.document.page import MAX_STEPS, make_page
from symbackprop.document.plots.axes import Axes
from symbackprop.document.plots.curves import over_names
from symbackprop.document.time_part import MAX_ROWS
from symbackprop.rendering import render
from symbackprop.rendering.svg import svg
from symbackprop.rendering.tikz import tikz
from symbackprop.tree import Derivative, Name, derivative_name, names

TIME = "The general step"


def memory(steps: int, **keywords: object) -> Network:
    """One tanh unit over so many steps, its loss at the end."""
    unit = Unit("h", {"x": "w", "h[t-1]": "u"}, "tanh", "b")
    values = {"x": [0.5] * steps, "y": "0.3", "w": "0.5", "u": "0.8", "b": "0.1", "learning_rate": "0.1"}
    return Network("A memory", ("x",), (unit,), Loss("half_squared_error", {"h": "y"}), steps=steps, values=values, **keywords)


PAGES = {
    "memory": (memory(3), "unit"),
    "long": (memory(40), "unit"),
    "negative": (memory(4, signal_sign=-1), "unit"),
    "rnn": (load("rnn"), "matrix"),
    "rnn in entries": (load("rnn"), "unit"),
    "gru": (load("gru"), "matrix"),
    "lstm": (load("lstm"), "matrix"),
    "lstm with indices": (load("lstm"), "index"),
}


def section(network: Network, level: str) -> Section:
    (found,) = [own for own in build(make_page(derive(network, level="unit"), level=level)).sections if own.title == TIME]
    return found


@pytest.mark.needs_tex
@pytest.mark.parametrize("names", [list(PAGES)[::2], pytest.param(list(PAGES)[1::2], marks=pytest.mark.long)], ids=", ".join)
def test_latex_compiles_cleanly(names: list[str], tmp_path: Path) -> None:
    texts = {}
    for place, name in enumerate(names):
        network, level = PAGES[name]
        texts[name] = render(derive(network, level="unit"), "tex", level=level, prefix=f"n{place}")
        assert r"\begin{tikzpicture}" in texts[name]
    assert faults(texts, tmp_path) == {}


@pytest.mark.needs_browser
@pytest.mark.parametrize(("name", "width"), [("long", 380), ("gru", 1000)])
def test_html_in_a_browser(name: str, width: int, tmp_path: Path) -> None:
    network, level = PAGES[name]
    measured, console = open_in_browser(render(derive(network, level="unit"), "html", level=level), tmp_path, width)
    assert console == "" and measured["asked"] == []
    assert measured["inner"] == width and measured["page"] == measured["window"]
    assert measured["drawn"] and measured["flat"] == 0


def test_direct_and_recursive_parts_are_told_apart() -> None:
    """Of the vanilla network: ∂E/∂h(t) = W_hyᵀ ∂E/∂o(t) + W_hhᵀ ∂E/∂s(t+1), and at the end the first alone."""
    rows = [row for block in section(*PAGES["rnn"]).blocks if isinstance(block, Equations) for row in block.rows]
    by_left = {row.left: row for row in rows}
    whole = by_left[Derivative("E", "h[t]")].steps[0][1]
    assert set(names(whole)) == {"W_hy", "dE/do[t]", "W_hh", "dE/ds[t+1]"}
    last = by_left[Derivative("E", "h[T]")].steps[0][1]
    assert set(names(last)) == {"W_hy", "dE/do[T]"}
    weights = by_left[Derivative("E", "W_hh")].steps[0][1]
    assert set(names(weights)) == {"dE/ds[t]", "h[t-1]"}


def test_the_factors_of_growth() -> None:
    """u (1 − z²) at each step, and their product from the last step back, computed here by hand."""
    network = memory(3)
    found = section(network, "unit")
    (table,) = [block for block in found.blocks if isinstance(block, Table)]
    z, factors = 0.0, []
    for _ in range(3):
        z = math.tanh(0.5 * 0.5 + 0.8 * z + 0.1)
        factors.append(0.8 * (1 - z * z))
    shown = [(row[0][0], float(row[1][0].tree.text), float(row[2][0].tree.text)) for row in table.rows]
    whole = 1.0
    for (_, factor, product), own in zip(shown, reversed(factors), strict=True):
        whole *= own
        assert factor == pytest.approx(own, abs=5e-5)
        assert product == pytest.approx(whole, rel=1e-2)
    assert [step for step, _, _ in shown] == ["3", "2", "1"]


def test_the_curve_is_that_of_the_partials() -> None:
    (figure,) = [block for block in section(memory(5), "unit").blocks if isinstance(block, Figure)]
    page = make_page(derive(memory(5)))
    sizes = [abs(float(page.numbers[derivative_name("E", f"z_h[{step}]")].value)) for step in range(1, 6)]
    assert isinstance(figure.picture, Axes)
    assert [size for _, size in figure.picture.curves[-1].points] == pytest.approx(sizes)
    assert figure.data is not None
    assert [float(str(size[0])) for _, size in figure.data.rows] == pytest.approx(sizes, rel=5e-3)


def test_many_steps_are_not_written_out() -> None:
    page = make_page(derive(memory(MAX_STEPS + 30)))
    rows: list[Equation] = []
    for own in build(page).sections:
        for block in own.blocks:
            if isinstance(block, Equations):
                rows.extend(block.rows)
            if isinstance(block, Table) and own.title == TIME:
                assert len(block.rows) <= MAX_ROWS
    assert not any("[7]" in name for row in rows for name in names(row.left))
    assert any(row.left == Name("delta_h[t]") for row in rows)


def test_networks_without_a_general_step_have_no_such_section() -> None:
    middle = Network.from_equations("h[t] = w*h[t-1]\nE = h[2]", steps=4, objective="E", values={"w": 2, "h[0]": 1})
    titles = [own.title for own in build(make_page(derive(middle))).sections]
    assert TIME not in titles and len(titles) > 3
    assert TIME not in [own.title for own in build(make_page(derive(load("chain")))).sections]
    with pytest.raises(InputError):
        Network.from_equations("h[t] = w*h[t-1]\nE = h[5]", steps=4, objective="E")


@pytest.mark.parametrize(
    ("sizes", "logarithmic"), [((1.0, 2.0, 3.0), False), ((1.0, 1e-6), True), ((0.0, 5.0), False), ((0.0,), False)]
)
def test_plots_are_well_formed(sizes: tuple[float, ...], logarithmic: bool) -> None:
    axes = over_names([(in_words(str(index)), size) for index, size in enumerate(sizes)], in_words("step"))
    drawing = axes.drawing(120.0)
    dots = [mark for mark in drawing.marks if isinstance(mark, Dot)]
    assert len(dots) == len(sizes)
    assert ("10^{" in tikz(drawing)) is logarithmic
    assert [first.y < last.y for first, last in pairwise(dots)] == [first < last for first, last in pairwise(sizes)]
    assert all(0 <= dot.y <= drawing.height for dot in dots)
    figure = Figure("a <title>", axes, ("caption",), "what & where")
    tree = ElementTree.fromstring(svg(figure, 120.0))
    assert [child.text for child in tree][:2] == ["a <title>", "what & where"]
    assert len(tree.findall("{*}circle")) == len(sizes)
