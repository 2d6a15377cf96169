"""Pages as files: LaTeX compiles without a complaint, HTML stands alone, Markdown is what GitHub draws, golden files."""

from __future__ import annotations

import html.parser
import re
import subprocess
from pathlib import Path

import pytest
from batch_compile import compile_log, complaints, faults
from test_equations import NETWORKS, SHIPPED

from symbackprop.derivation import derive
from symbackprop.network import Loss, Network, Unit
from symbackprop.reading import load
from symbackprop.rendering import render
from symbackprop.rendering.output import pages

GOLDEN = Path(__file__).parent / "golden"


def perceptron() -> Network:
    """A 3-4-2 network: sums that are wider than a line."""
    units: list[Unit] = []
    sources = ["x_1", "x_2", "x_3"]
    values: dict[str, object] = {"x_1": "0.5", "x_2": -1, "x_3": "0.25", "y_1": 1, "y_2": 0, "learning_rate": "0.1"}
    for layer, count in ((1, 4), (2, 2)):
        names = [f"h_{layer}{index}" for index in range(1, count + 1)]
        for place, name in enumerate(names, 1):
            weights = {source: f"w{layer}_{place}{index}" for index, source in enumerate(sources, 1)}
            bias = f"b{layer}_{place}"
            units.append(Unit(name, weights, "tanh" if layer == 1 else "sigmoid", bias=bias))
            values.update({weight: f"0.{3 * place + index}" for index, weight in enumerate([*weights.values(), bias], 1)})
        sources = names
    return Network(
        "A 3-4-2 perceptron",
        ("x_1", "x_2", "x_3"),
        tuple(units),
        Loss("squared_error", {"h_21": "y_1", "h_22": "y_2"}),
        values=values,
    )


HOSTILE = r"50 % & more_of {this} \input{/etc/passwd} $x$ #1 ~ ^ <script>alert(1)</script> «é» 中 ∂ | `*a*`"


def formulas() -> Network:
    """Equations whose nested form holds a fraction, a root and a maximum that are wider than a line."""
    text = "u = a*x**2 + b*x + c\nv = sqrt(abs(u)) + log(1 + exp(-u))\nr = maximum(u, v)\ng = sin(v)*cos(u) - tanh(a/b)\n"
    values = {"a": "0.5", "b": "-1.5", "c": 2, "x": 3, "learning_rate": "0.01"}
    return Network.from_equations(text + "f = r*g/(1 + x**2) + 2**(-x)", objective="f", values=values)


PAGES = {**NETWORKS, "perceptron": perceptron(), "formulas": formulas()}


VIEWS = {
    "003-split": {"cache": "signals", "numbers": "exact", "notation": "002"},
    "perceptron": {"cache": "none", "numbers": "display", "notation": "000"},
    "diamond": {"cache": "signals", "numbers": "carry", "notation": "004"},
}
BATCH = 5  # pages in one run of TeX
BATCHES = [list(PAGES)[first : first + BATCH] for first in range(0, len(PAGES), BATCH)]


@pytest.mark.needs_tex
@pytest.mark.parametrize("names", BATCHES, ids=" ".join)
def test_latex_compiles_cleanly(names: list[str], tmp_path: Path) -> None:
    texts = {name: render(derive(PAGES[name]), "tex", detail="full", prefix=f"n{place}") for place, name in enumerate(names)}
    assert faults(texts, tmp_path) == {}


@pytest.mark.needs_tex
def test_latex_compiles_in_other_views(tmp_path: Path) -> None:
    texts = {name: render(derive(PAGES[name]), "tex", prefix=name, **options) for name, options in VIEWS.items()}
    assert faults(texts, tmp_path) == {}


@pytest.mark.needs_tex
def test_latex_log_check_sees_faults(tmp_path: Path) -> None:
    tex = render(derive(load("chain")), "tex")
    wide = tex.replace(r"\end{document}", r"\noindent\rule{500pt}{1pt}\par see \ref{nowhere} \nosuchcommand \end{document}")
    found = "\n".join(complaints(compile_log(wide, tmp_path)))
    assert "Overfull" in found and "nowhere" in found and "Undefined control sequence" in found


@pytest.mark.needs_tex
@pytest.mark.needs_poppler
def test_hostile_titles_are_words(tmp_path: Path) -> None:
    network = Network(HOSTILE, ("x",), (Unit("u", {"x": "w"}),), Loss("half_squared_error", {"u": "y"}))
    made = pages(derive(network), ("tex", "html", "md", "pdf"))
    assert b"<script>alert" not in made["html"]
    (tmp_path / "page.pdf").write_bytes(made["pdf"])
    text = subprocess.run(["pdftotext", tmp_path / "page.pdf", "-"], capture_output=True, text=True).stdout
    assert "50 % & more_of {this}" in text and "/etc/passwd" in text and "root:" not in text and "U+4E2D" in text


def test_same_bytes_twice() -> None:
    derivation = derive(load("split"))
    assert pages(derivation, ("tex", "html", "md")) == pages(derive(load("split")), ("tex", "html", "md"))


class _Reader(html.parser.HTMLParser):
    """Collects the addresses a page asks for and its visible text outside mathematics."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.text: list[str] = []
        self.skip = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.skip += tag in ("math", "style", "script")
        self.addresses.extend(value or "" for key, value in attributes if key in ("src", "href"))

    def handle_endtag(self, tag: str) -> None:
        self.skip -= tag in ("math", "style", "script")

    def handle_data(self, data: str) -> None:
        if not self.skip:
            self.text.append(data)


@pytest.mark.parametrize("name", PAGES)
def test_html_stands_alone(name: str) -> None:
    page = render(derive(PAGES[name]), "html")
    reader = _Reader()
    reader.feed(page)
    assert reader.tags.count("script") == 1 and "math" in reader.tags
    assert all(address.startswith(("data:", "#")) for address in reader.addresses)
    assert not re.search(r"url\((?!\"data:)|@import", page)
    # Mathematics that was not drawn would show as TeX.
    assert not re.search(r"[\\$]|\{|\}", "".join(reader.text)), "raw TeX on the page"


@pytest.mark.parametrize(("name", "form"), [("003-chain", "md"), ("003-chain", "tex"), ("000", "md"), ("002-two-units", "md")])
def test_golden_files(name: str, form: str, pytestconfig: pytest.Config) -> None:
    made = render(derive(load(name)), form)
    path = GOLDEN / f"{name}.{form}"
    if pytestconfig.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SHIPPED)
def test_documents_print_their_numbers(name: str) -> None:
    """Every number that the document prints stands on the page with the document's digits."""
    network = load(name)
    page = render(derive(network), "md")
    for entry in network.source.printed if network.source else ():
        assert re.search(rf"(?<![\d.]){re.escape(entry.text)}(?!\d)", page), f"{entry.quantity} = {entry.text}"
