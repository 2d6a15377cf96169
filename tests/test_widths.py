"""Widths: ours against TeX's own, no line wider than it may be, pages compiled in narrow columns, and the option itself."""

from __future__ import annotations

import importlib.util
import os
import random
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from batch_compile import faults
from printed_widths import too_wide
from test_pages import formulas, perceptron

from symbackprop.derivation import Derivation, derive
from symbackprop.document import layout, words
from symbackprop.document.fonts import EM
from symbackprop.document.line_width import line_width
from symbackprop.document.mathtex import Printer
from symbackprop.document.metrics import text_width
from symbackprop.document.metrics import width as width_of
from symbackprop.document.model import Document, Equation, Equations, Math, Section, Table
from symbackprop.document.page import Page
from symbackprop.errors import InputError
from symbackprop.network import Loss, Network, Unit
from symbackprop.reading import list_networks, load
from symbackprop.rendering import prepare, render
from symbackprop.tree import Name, product, total

WIDTHS = (444, 320, 240)
SHIPPED = [name for name, _ in list_networks()]
LARGE = ("attention", "gru", "lstm", "rnn", "perceptron")
HEAVY = ("gru", "lstm")  # whose partials written out fill a hundred pages: tests/tools/compile_all.py has them


def chain(length: int) -> Network:
    """Sigmoid units in a row, whose nested form has a parenthesis for each."""
    names = ["x", *(f"u_{index}" for index in range(1, length + 1))]
    units = tuple(Unit(own, {source: f"w_{own}"}, "sigmoid") for source, own in pairwise(names))
    values = {"x": "0.5", "y": 1, "learning_rate": "0.1"} | {f"w_{own}": "0.7" for own in names[1:]}
    return Network("A long chain", ("x",), units, Loss("half_squared_error", {names[-1]: "y"}), values=values)


def long_names() -> Network:
    hours, exam = "number_of_hours_studied_before_exam", "expected_result_of_examination"
    hidden, weight = "hidden_layer_representation", "weight_from_hours_to_hidden_layer"
    units = (Unit(hidden, {hours: weight}, "sigmoid", bias="bias_of_representation"), Unit("o", {hidden: "weight_to_output"}))
    values = {
        hours: "1.25",
        exam: 1,
        weight: "0.5",
        "bias_of_representation": "0.1",
        "weight_to_output": "0.3",
        "learning_rate": "0.1",
    }
    return Network("Long names", (hours,), units, Loss("half_squared_error", {"o": exam}), values=values)


LAYERS = """
inputs = {inputs}
[[layers]]
units = {units}
activation = "sigmoid"
{rest}
"""
PERCEPTRON = """[[layers]]
units = 2
activation = "sigmoid"
[loss]
function = "half_squared_error"
[values]
x = [0.5, -1.2, 0.25]
W1 = [[0.3, 0.1, -0.25], [-0.2, 0.4, 0.5], [0.1, 0.7, 0.1], [0.2, -0.7, 0.15]]
b1 = [0.0, 0.1, 0.2, 0.3]
W2 = [[0.3, 0.1, -0.25, 0.1], [-0.2, 0.4, 0.5, 0.2]]
b2 = [0.1, 0.2]
y = [0, 1]
learning_rate = 0.5"""
OF_FORMULA = """[loss]
formula = "sum(z1**2)*sum(z1)"
[values]
x = [0.5, -1.2]
W1 = [[0.3, 0.1], [-0.2, 0.4], [0.1, 0.7]]
b1 = [0.0, 0.1, 0.2]
learning_rate = 0.5"""


def of_layers(folder: Path, inputs: int, units: int, rest: str) -> Network:
    path = folder / "layers.toml"
    path.write_text(LAYERS.format(inputs=inputs, units=units, rest=rest))
    return load(str(path))


def pages_of(derivation: Derivation, width: float, **options: str) -> list[tuple[Page, Document]]:
    """The pages at every level that there is."""
    found = []
    for level in ("unit", "index", "matrix"):
        try:
            found.append(prepare(derivation, level=level, width=width, **options))
        except InputError:  # units have one level only
            continue
    assert found
    return found


# Our widths and TeX's.


def generator() -> object:
    path = Path(__file__).parent / "tools" / "font_widths.py"
    spec = importlib.util.spec_from_file_location("font_widths", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.needs_tex
def test_the_font_table_is_that_of_the_fonts() -> None:
    if not shutil.which("tftopl"):
        pytest.skip("there is no tftopl; apt-get install texlive-binaries")
    module = generator()
    assert module.font_widths() == module.TARGET.read_text(encoding="utf-8")  # type: ignore[attr-defined]


def widths_of_tex(pieces: list[str], folder: Path) -> list[float]:
    """What \\settowidth says of each piece, in points, below the preamble of our own pages."""
    preamble = render(derive(load("003-chain")), "tex").partition(r"\begin{document}")[0]
    lines = [rf"\setbox0\hbox{{{piece}}}\typeout{{WIDTH \the\wd0}}" for piece in pieces]
    (folder / "page.tex").write_text("\n".join([preamble, r"\begin{document}", *lines, r"\end{document}"]), encoding="utf-8")
    command = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-draftmode", "page.tex"]
    environment = {**os.environ, "max_print_line": "10000"}
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, stdin=subprocess.DEVNULL)
    found = re.findall(r"^WIDTH ([\d.]+)pt", (folder / "page.log").read_text(errors="replace"), re.M)
    assert len(found) == len(pieces)
    return [float(own) for own in found]


def printed(document: Document, page: Page, width: float) -> tuple[set[str], set[str]]:
    """(the sides of all lines, the mathematics in texts) of a page."""
    displayed: set[str] = set()
    in_text: set[str] = set()
    printer, inline = Printer(page.notation, room=width), Printer(page.notation, inline=True, room=width)
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Equations):
                lines = [
                    line for own in (layout.pack if block.packed else layout.group)(block.rows, printer, width) for line in own
                ]
                displayed.update(side for line in lines for side in (line.left, "{}" + line.right) if side)
            if isinstance(block, Table):
                in_text.update(inline.tex(run.tree) for row in block.rows for cell in row for run in cell if isinstance(run, Math))
    return displayed, in_text


@pytest.mark.needs_tex
def test_widths_are_those_of_tex(tmp_path: Path) -> None:
    displayed: set[str] = set()
    in_text: set[str] = set()
    for name in ("002-two-units", "003-split", "004", "attention", "perceptron", "rnn"):
        for width in (444 / EM, 240 / EM):
            for page, document in pages_of(derive(load(name)), width):
                own = printed(document, page, width)
                displayed |= own[0]
                in_text |= own[1]
    some = random.Random(3)
    of_lines, of_cells = (some.sample(sorted(own), min(len(own), 500)) for own in (displayed, in_text))
    sentences = [own for own in vars(words).values() if isinstance(own, str) and re.fullmatch(r"[A-Za-z ,.;:]+", own)]
    pieces = [rf"$\displaystyle {tex}$" for tex in of_lines] + [f"${tex}$" for tex in of_cells] + sentences
    ours = [*map(width_of, of_lines), *(width_of(tex, False) for tex in of_cells), *map(text_width, sentences)]
    wrong = []
    for piece, own, right in zip(pieces, ours, widths_of_tex(pieces, tmp_path), strict=True):
        if not 0.995 * right <= own * EM <= 1.01 * right:
            wrong.append(f"{own * EM:.2f} for {right:.2f}: {piece}")
    assert len(pieces) > 700 and wrong == []


# No line is too wide.


@pytest.mark.parametrize(
    ("name", "width"),
    [
        pytest.param(name, width, marks=[pytest.mark.long] if name in LARGE and (width != WIDTHS[-1] or name in HEAVY) else [])
        for name in SHIPPED
        for width in WIDTHS
    ],
)
def test_no_line_of_a_shipped_network_is_too_wide(name: str, width: int) -> None:
    derivation = derive(load(name))
    for cache in ("factors", "none", "signals"):
        if cache != "factors" and (name in (*HEAVY, "attention") or width != WIDTHS[-1]):
            continue
        for page, document in pages_of(derivation, width / EM, cache=cache):
            assert too_wide(document, page.notation, width / EM) == [], (page.level, cache)


@pytest.mark.parametrize("numbers", ["exact", "carry"])
@pytest.mark.parametrize("name", ["000", "003-split", "attention", "perceptron"])
def test_no_line_is_too_wide_under_any_policy(name: str, numbers: str) -> None:
    for page, document in pages_of(derive(load(name)), 240 / EM, numbers=numbers):
        assert too_wide(document, page.notation, 240 / EM) == [], page.level


@pytest.mark.parametrize("width", [pytest.param(width, marks=pytest.mark.long) for width in WIDTHS[:-1]] + [WIDTHS[-1]])
def test_no_line_of_a_wide_network_is_too_wide(width: int, tmp_path: Path) -> None:
    networks = {
        "chain": chain(50),
        "long names": long_names(),
        "perceptron of units": perceptron(),
        "formulas": formulas(),
        "3-4-2": of_layers(tmp_path, 3, 4, PERCEPTRON),
        "loss formula": of_layers(tmp_path, 2, 3, OF_FORMULA),
    }
    for name, network in networks.items():
        derivation = derive(network)
        for cache in ("factors", "none"):
            for page, document in pages_of(derivation, width / EM, cache=cache):
                assert too_wide(document, page.notation, width / EM) == [], (name, page.level, cache)


def test_a_line_that_is_too_wide_is_seen() -> None:
    page, _ = prepare(derive(load("003-chain")))
    wide = Name("x" * 60)
    table = Table("ll", (("a",), ("b",)), (((Math(wide),), (Math(wide),)),))
    blocks = (Equations((Equation(Name("y"), (("=", wide),)),)), table)
    found = too_wide(Document("", (Section("", blocks),)), page.notation, 20.0)
    assert any(line.startswith("line") for line in found) and any(line.startswith("in text") for line in found)


# Where lines end.


def lines_of(equation: Equation, width: float) -> list[layout.Line]:
    page, _ = prepare(derive(load("003-chain")))
    return layout.group([equation], Printer(page.notation), width)[0]


def test_a_wide_left_side_has_a_line_of_its_own() -> None:
    left = total([product([Name(f"a_{i}"), Name(f"b_{i}")]) for i in range(4)])
    lines = lines_of(Equation(left, (("=", Name("c")),)), 20.0)
    assert [line.left for line in lines] == ["", ""]
    assert lines[1].right == r"\mspace{18mu}= c"


def test_sums_break_before_products() -> None:
    terms = [product([Name(f"a_{i}"), Name(f"b_{i}"), Name(f"c_{i}")]) for i in range(6)]
    lines = lines_of(Equation(Name("s"), (("=", total(terms)),)), 20.0)
    assert len(lines) == 2 and "{} + " in lines[1].right


def test_deep_nesting_does_not_run_off_to_the_right() -> None:
    page, document = prepare(derive(chain(40)), width=240 / EM)
    printer = Printer(page.notation)
    indents = [
        int(own)
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Equations)
        for rows in layout.environments(block.rows)
        for lines in layout.group(rows, printer, 240 / EM)
        for line in lines
        for own in re.findall(r"\\mspace\{(\d+)mu\}", line.right)
    ]
    assert max(indents) <= 18 * 240 / EM * 0.3


# In TeX.


NARROW = {
    "000": {"numbers": "carry"},
    "003-split": {},
    "attention": {"level": "index"},
    "perceptron": {"level": "matrix"},
}
NARROW_AS_WELL = {
    "001": {"cache": "signals"},
    "004": {"cache": "none"},
    "attention": {"level": "unit"},
    "perceptron": {"level": "unit", "numbers": "exact"},
    "rnn": {"level": "matrix"},
    "gru": {"level": "index"},
}


@pytest.mark.needs_tex
@pytest.mark.parametrize("chosen", [NARROW, pytest.param(NARROW_AS_WELL, marks=pytest.mark.long)])
def test_narrow_pages_compile_cleanly(chosen: dict[str, dict[str, str]], tmp_path: Path) -> None:
    texts = {name: render(derive(load(name)), "tex", width=240, prefix=name, **options) for name, options in chosen.items()}
    assert faults(texts, tmp_path) == {}


@pytest.mark.long
@pytest.mark.needs_tex
def test_narrow_pages_of_wide_networks_compile_cleanly(tmp_path: Path) -> None:
    networks = (chain(45), long_names(), of_layers(tmp_path, 3, 4, PERCEPTRON), of_layers(tmp_path, 2, 3, OF_FORMULA))
    texts = {
        str(place): render(derive(network), "tex", width="240pt", level="unit", prefix=f"n{place}")
        for place, network in enumerate(networks)
    }
    assert faults(texts, tmp_path) == {}


# The option.


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("240pt", 240),
        ("240", 240),
        (240, 240),
        (320.5, 320.5),
        ("84mm", 84 * 72.27 / 25.4),
        ("8.4 cm", 8.4 * 72.27 / 2.54),
        ("3in", 216.81),
    ],
)
def test_widths_are_read(text: str | float, points: float) -> None:
    assert line_width(text) * EM == pytest.approx(points)


@pytest.mark.parametrize("text", ["", "wide", "240 px", "-240pt", "100pt", "1600", "2em", "1e3", "nan"])
def test_other_widths_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="width"):
        line_width(text)


def test_every_format_has_lines_of_the_width() -> None:
    derivation = derive(load("003-split"))
    for form in ("tex", "html", "md", "fragment"):
        assert render(derivation, form, width=200) != render(derivation, form)
    assert "textwidth=200.00pt" in render(derivation, "tex", width="200pt")
    assert "a4paper" not in render(derivation, "tex", width=700)
