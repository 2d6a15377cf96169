"""The HTML page for its readers: on a phone, in the dark, with keyboard and screen reader, on paper, and with LaTeX to copy."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from batch_compile import compile_log, complaints
from browser_page import look, open_in_browser
from conftest import browser_path
from test_pages import formulas, perceptron

from symbackprop.derivation import derive
from symbackprop.network import Layer, Loss, Network
from symbackprop.reading import load
from symbackprop.rendering import render
from symbackprop.rendering import templates as shipped


def many_steps() -> Network:
    """A recurrent network over fifty steps."""
    values = {"x": [round((-1) ** step * step / 50, 2) for step in range(50)], "w": "0.5", "u": "0.9", "y": [0] * 50}
    equations = "h[t] = tanh(w*x[t] + u*h[t-1])\ne[t] = (h[t] - y[t])**2/2\nE = sum(e)"
    return Network.from_equations(equations, objective="E", steps=50, values={**values, "learning_rate": "0.1"})


def large() -> Network:
    """More parameters than a page writes out."""
    return Network("A large perceptron", inputs=20, layers=(Layer(15, "relu"), Layer(10, "softmax")), loss=Loss("cross_entropy"))


PAGES: dict[str, tuple[Network, dict[str, str]]] = {
    "chain": (load("chain"), {}),
    "split": (load("split"), {"cache": "none"}),
    "3-4-2": (perceptron(), {}),
    "formulas": (formulas(), {}),
    "attention": (load("attention"), {}),
    "perceptron": (load("perceptron"), {"detail": "full"}),
    "rnn": (load("rnn"), {}),
    "lstm": (load("lstm"), {"level": "index"}),
    "many steps": (many_steps(), {}),
    "large": (large(), {}),
}


LONG_AND_SHORT = [
    pytest.param(name, marks=pytest.mark.long) if name in ("split", "formulas", "attention", "lstm", "large") else name
    for name in PAGES
]


@cache
def page_of(name: str) -> str:
    network, options = PAGES[name]
    return render(derive(network), "html", **options)


class Outline(HTMLParser):
    """What assistive technology walks along: headings, ids, addresses inside the page, landmarks, table headers."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.anchors: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        own = dict(attributes)
        self.tags.append((tag, own))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if own.get("id"):
            self.ids.append(own["id"] or "")
        if (own.get("href") or "").startswith("#"):
            self.anchors.append((own["href"] or "")[1:])


@pytest.mark.parametrize("name", PAGES)
def test_structure(name: str) -> None:
    outline = Outline(page_of(name))
    assert outline.headings[0] == 1 and outline.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(outline.headings)), "a level of headings is left out"
    assert len(set(outline.ids)) == len(outline.ids)
    assert set(outline.anchors) <= set(outline.ids)
    names = [tag for tag, _ in outline.tags]
    assert names.count("main") == 1 and ("html", {"lang": "en"}) in outline.tags
    assert all(own.get("scope") in ("col", "row") for tag, own in outline.tags if tag == "th")
    assert names.count("th") > 0 and names.count("script") == 1 and "src" not in dict(outline.tags)["script"]


def test_long_pages_have_contents() -> None:
    outline = Outline(page_of("chain"))
    assert "nav" in dict(outline.tags) and len(outline.anchors) > 5
    short = Outline(render(derive(Network.from_equations("f = x*y")), "html"))
    assert "nav" not in dict(short.tags) and not short.anchors


# LaTeX to copy.


def sources(page: str) -> list[str]:
    """The LaTeX of all equations of a page."""
    found = re.findall(r'<annotation encoding="application/x-tex">(.*?)</annotation>', page, re.DOTALL)
    return [text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for text in found]


@pytest.mark.needs_tex
def test_copied_latex_needs_amsmath_only(tmp_path: Path) -> None:
    found = [source for page in map(page_of, PAGES) for source in sources(page)]
    assert len(found) > 40 and not any("color" in source or r"\sb" in source for source in found)
    body = "\n\n".join(found)
    head = "\\documentclass{article}\n\\usepackage{amsmath}\n\\allowdisplaybreaks\n\\begin{document}\n"
    tex = f"{head}{body}\n\\end{{document}}\n"
    assert complaints(compile_log(tex, tmp_path)) == []


@pytest.mark.parametrize("name", PAGES)
def test_every_equation_can_be_copied(name: str) -> None:
    boxes = re.findall(r'<div class="equations">(.*?)\n', page_of(name), re.DOTALL)
    assert boxes and all(box.count("<annotation") == 1 for box in boxes)


CLICK = """
let got = "";
Object.defineProperty(navigator, "clipboard", { value: { writeText: async text => { got = text; } }, configurable: true });
const box = document.querySelector(".equations"), button = box.querySelector("button");
const hidden = getComputedStyle(button).opacity, before = button.textContent;
button.style.transition = "none";
button.focus();
await new Promise(done => setTimeout(done, 500));
const shown = getComputedStyle(button).opacity;
button.click();
await new Promise(done => setTimeout(done, 100));
return { got, before, after: button.textContent, said: document.querySelector("[role=status]").textContent, hidden, shown,
  every: document.querySelectorAll(".equations").length === document.querySelectorAll(".equations > button").length };
"""


@pytest.mark.needs_browser
def test_the_button_copies(tmp_path: Path) -> None:
    found, console = look(page_of("chain"), CLICK, tmp_path)
    assert console == "" and found["every"]
    assert found["got"] == sources(page_of("chain"))[0]
    assert (found["before"], found["after"], found["said"]) == ("Copy LaTeX", "Copied", "Copied")
    assert (found["hidden"], found["shown"]) == ("0", "1")


# Widths.


@pytest.mark.needs_browser
@pytest.mark.parametrize("width", [380, pytest.param(1000, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", LONG_AND_SHORT)
def test_nothing_is_wider_than_the_screen(name: str, width: int, tmp_path: Path) -> None:
    found, console = open_in_browser(page_of(name), tmp_path, width)
    assert console == "" and found["asked"] == [] and found["font"] and found["drawn"] and not found["flat"]
    assert found["page"] == found["window"] == width, "the page scrolls sideways"
    assert found["wider"] == [] and found["small"] == 0
    assert found["seen"] == found["boxes"], "of each block one layout is seen"


@pytest.mark.needs_browser
def test_a_wide_equation_would_be_seen(tmp_path: Path) -> None:
    page = re.sub(r'class="(wide|narrow)" style="--em: [\d.]+"', 'style="--em: 5"', page_of("3-4-2"))
    found, _ = open_in_browser(page, tmp_path, 380)
    assert found["wider"] and found["seen"] > found["boxes"]


@pytest.mark.needs_browser
def test_the_browser_sees_faults(tmp_path: Path) -> None:
    faults = '<div style="width:3000px">x</div><img src="http://127.0.0.1:9/x.png" alt=""><script>console.error("fault")</script>'
    found, console = open_in_browser(page_of("chain").replace("</main>", f"{faults}</main>"), tmp_path, 500)
    assert "fault" in console and found["asked"] == ["http://127.0.0.1:9/x.png"] and found["page"] != found["window"]


# Accessibility, by axe-core.

AXE = """
const only = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
const found = await axe.run(document, { runOnly: only, resultTypes: ["violations"] });
return { bad: found.violations.map(rule => rule.id + ": " + rule.nodes[0].html.slice(0, 200)),
  passed: found.passes.map(rule => rule.id) };
"""


def without_mathematics(page: str) -> str:
    """The page with one letter for each formula: axe looks at each letter by itself, which takes minutes on a long page."""
    return re.sub("<math.*?</math>", "<math><mi>x</mi></math>", page, flags=re.DOTALL)


def axe(page: str, folder: Path, width: int = 1000, dark: bool = False) -> dict[str, Any]:
    library = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    found, console = look(page, AXE, folder, width, dark, library)
    assert console == ""
    return found  # type: ignore[no-any-return]


@pytest.mark.needs_browser
@pytest.mark.parametrize("dark", [False, True])
def test_accessible_letter_by_letter(dark: bool, tmp_path: Path) -> None:
    found = axe(render(derive(load("chain"), by=("w_k",)), "html", detail="brief"), tmp_path, dark=dark)
    assert found["bad"] == [] and {"color-contrast", "heading-order", "landmark-one-main"} <= set(found["passed"])


@pytest.mark.needs_browser
@pytest.mark.parametrize(
    ("name", "width", "dark"),
    [
        ("many steps", 380, False),
        ("large", 1000, True),
        *(
            pytest.param(name, 1000, dark, marks=pytest.mark.long)
            for name in ("perceptron", "many steps")
            for dark in (False, True)
        ),
        *(pytest.param(name, 380, False, marks=pytest.mark.long) for name in ("perceptron", "large")),
    ],
)
def test_accessible(name: str, width: int, dark: bool, tmp_path: Path) -> None:
    assert axe(without_mathematics(page_of(name)), tmp_path, width, dark)["bad"] == []


@pytest.mark.needs_browser
def test_the_accessibility_check_sees_faults(tmp_path: Path) -> None:
    page = page_of("chain").replace('<html lang="en">', "<html>").replace("--quiet: #5c5c5c", "--quiet: #b0b0b0")
    page = page.replace(
        "</main>", '<h5>x</h5><img src="data:,"><div style="overflow:auto;width:9px;height:9px">wide wide</div></main>'
    )
    bad = {line.partition(":")[0] for line in axe(without_mathematics(page), tmp_path)["bad"]}
    assert {"html-has-lang", "color-contrast", "heading-order", "image-alt"} <= bad


def luminance(colour: str) -> float:
    """WCAG 2.1, relative luminance."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_contrast_of_every_colour() -> None:
    """axe leaves single signs undecided: the colours themselves, on both backgrounds, in both schemes and on paper."""
    style = (shipped.folder() / "html" / "style.css").read_text(encoding="utf-8")
    schemes = [dict(re.findall(r"--(\w+): (#[0-9a-f]+)", rule)) for rule in re.findall(r":root \{(.*?)\}", style, re.DOTALL)]
    assert len(schemes) == 3
    for colours in schemes:
        for ink in ("ink", "quiet", "value", "gradient", "cached", "new"):
            for paper in ("paper", "soft"):
                low, high = sorted((luminance(colours[ink]), luminance(colours[paper])))
                assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, paper, colours)


@pytest.mark.needs_browser
@pytest.mark.needs_poppler
def test_on_paper(tmp_path: Path) -> None:
    path, paper = tmp_path / "page.html", tmp_path / "page.pdf"
    path.write_text(page_of("chain"), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--no-pdf-header-footer"]
    subprocess.run([str(browser_path()), *flags, f"--print-to-pdf={paper}", path.as_uri()], capture_output=True, timeout=60)
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True).stdout
    assert "Forward pass" in text and "Copy LaTeX" not in text and "Contents" not in text
