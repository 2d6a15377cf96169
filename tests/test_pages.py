"""Pages as files: LaTeX compiles without a complaint, HTML stands alone, Markdown is what GitHub draws, golden files."""

from __future__ import annotations

import html
import html.parser
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from conftest import browser_path
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


def compile_log(tex: str, folder: Path) -> str:
    (folder / "page.tex").write_text(tex, encoding="utf-8")
    command = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "page.tex"]
    for _ in range(2):
        subprocess.run(
            command, cwd=folder, env={**os.environ, "max_print_line": "10000"}, capture_output=True, stdin=subprocess.DEVNULL
        )
    return (folder / "page.log").read_text(encoding="utf-8", errors="replace")


def complaints(log: str) -> list[str]:
    """Errors, undefined references and overfull boxes of a whole LaTeX log."""
    return [line for line in log.splitlines() if re.match(r"!|Overfull|LaTeX Warning|.*undefined", line)]


@pytest.mark.needs_tex
@pytest.mark.parametrize("name", PAGES)
def test_latex_compiles_cleanly(name: str, tmp_path: Path) -> None:
    assert complaints(compile_log(render(derive(PAGES[name]), "tex"), tmp_path)) == []


@pytest.mark.needs_tex
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("003-split", {"cache": "signals", "numbers": "exact", "notation": "002"}),
        ("perceptron", {"cache": "none", "numbers": "display", "notation": "000"}),
        ("diamond", {"cache": "signals", "numbers": "carry", "notation": "004"}),
    ],
)
def test_latex_compiles_in_other_views(name: str, options: dict[str, str], tmp_path: Path) -> None:
    assert complaints(compile_log(render(derive(PAGES[name]), "tex", **options), tmp_path)) == []


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
        self.skip += tag in ("math", "style")
        self.addresses.extend(value or "" for key, value in attributes if key in ("src", "href"))

    def handle_endtag(self, tag: str) -> None:
        self.skip -= tag in ("math", "style")

    def handle_data(self, data: str) -> None:
        if not self.skip:
            self.text.append(data)


@pytest.mark.parametrize("name", PAGES)
def test_html_stands_alone(name: str) -> None:
    page = render(derive(PAGES[name]), "html")
    reader = _Reader()
    reader.feed(page)
    assert "script" not in reader.tags and "math" in reader.tags
    assert all(address.startswith("data:") for address in reader.addresses)
    assert not re.search(r"url\((?!\"data:)|@import", page)
    # Mathematics that was not drawn would show as TeX.
    assert not re.search(r"[\\$]|\{|\}", "".join(reader.text)), "raw TeX on the page"


# A window has a least width: the page is measured in a frame, which has none.
FRAME = """<!DOCTYPE html><title></title><iframe style="border:0;width:%dpx;height:900px" srcdoc="%s"></iframe>
<script>addEventListener("load", () => { const inside = document.querySelector("iframe"), page = inside.contentDocument;
  const math = [...page.querySelectorAll("math")];
  inside.contentWindow.document.fonts.ready.then(() => { document.title = JSON.stringify({
    page: page.documentElement.scrollWidth, window: page.documentElement.clientWidth, inner: inside.contentWindow.innerWidth,
    asked: inside.contentWindow.performance.getEntriesByType("resource")
      .map(entry => entry.name).filter(name => !name.startsWith("data:")),
    font: page.fonts.check("16px 'STIX Two Math'"), drawn: math.length,
    flat: math.filter(m => m.getBoundingClientRect().height < 4).length
  }); }); });</script>"""


def open_in_browser(page: str, folder: Path, width: int) -> tuple[dict[str, object], str]:
    """What the page measures in headless Chromium (and which addresses it asked for), and what the console said."""
    (folder / "page.html").write_text(FRAME % (width, html.escape(page)), encoding="utf-8")
    command = [
        str(browser_path()),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-sync",
    ]
    command += ["--disable-background-networking", "--disable-component-update", f"--user-data-dir={folder / 'profile'}"]
    command += [
        "--enable-logging=stderr",
        "--window-size=1200,1000",
        "--virtual-time-budget=3000",
        "--dump-dom",
        f"file://{folder / 'page.html'}",
    ]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    title = re.search(r"<title>(.+?)</title>", run.stdout, re.S)
    assert title, run.stderr
    console = "\n".join(line for line in run.stderr.splitlines() if "CONSOLE" in line)
    return json.loads(html.unescape(title[1])), console


@pytest.mark.needs_browser
@pytest.mark.parametrize(("name", "width"), [("003-chain", 1000), ("003-split", 380), ("perceptron", 380), ("001", 380)])
def test_html_in_a_browser(name: str, width: int, tmp_path: Path) -> None:
    measured, console = open_in_browser(render(derive(PAGES[name]), "html"), tmp_path, width)
    assert console == "" and measured["asked"] == []
    assert measured["inner"] == width and measured["page"] == measured["window"], "the page scrolls sideways"
    assert measured["drawn"] and measured["font"] and measured["flat"] == 0


@pytest.mark.needs_browser
def test_browser_check_sees_faults(tmp_path: Path) -> None:
    page = render(derive(load("chain")), "html")
    broken = page.replace(
        "</main>",
        '<div style="width:3000px">x</div><img src="http://127.0.0.1:9/x.png" alt="">'
        '<script>console.error("fault")</script></main>',
    )
    measured, console = open_in_browser(broken, tmp_path, 500)
    assert "fault" in console and measured["asked"] == ["http://127.0.0.1:9/x.png"] and measured["page"] != measured["window"]


@pytest.mark.parametrize("name", PAGES)
def test_markdown_is_what_github_draws(name: str) -> None:
    page = render(derive(PAGES[name]), "md")
    for forbidden in (r"\operatorname", r"\newcommand", r"\sb", r"\mspace{-", r"\tag", r"\begin{align}", "<"):
        assert forbidden not in page.replace(r"\begin{aligned}", ""), forbidden
    assert page.count("$$") % 2 == 0
    for line in page.splitlines():
        assert len(re.findall(r"(?<!\\)\$", line)) % 2 == 0, line
        if line.startswith("|"):
            # A bar inside mathematics would end the table's cell.
            assert all("|" not in part for part in re.findall(r"\$([^$]*)\$", line)), line
    tables = re.findall(r"(?:^\|.*\n)+", page, re.M)
    assert all(len({row.count("|") for row in table.splitlines()}) == 1 for table in tables)


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
