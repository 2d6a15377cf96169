"""Markdown holds nothing that GitHub does not draw; a page too long for it says so."""

from __future__ import annotations

import pytest
from github_markdown import FORBIDDEN, MAX_PAGE, cost, expressions, undrawn
from test_equations import SHIPPED
from test_pages import HOSTILE, PAGES

from symbackprop.derivation import derive
from symbackprop.network import Loss, Network, Unit
from symbackprop.reading import load
from symbackprop.rendering import render


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_units(name: str) -> None:
    assert list(undrawn(render(derive(PAGES[name]), "md"))) == []


@pytest.mark.parametrize("level", ["unit", "index", "matrix"])
@pytest.mark.parametrize("name", ["perceptron", "attention", "rnn", "gru"])
def test_pages_of_arrays(name: str, level: str) -> None:
    assert list(undrawn(render(derive(load(name)), "md", level=level))) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_a_page_says_so_if_it_is_too_long_for_github(name: str) -> None:
    page = render(derive(load(name)), "md")
    spent = sum(map(cost, expressions(page)))
    assert ("GitHub leaves out" in page) == (spent > MAX_PAGE)
    assert r"\color" in page or spent > 0.6 * MAX_PAGE, "colours go only where they cost too much"


def test_without_colours_words_name_none() -> None:
    page = render(derive(load("perceptron"), level="unit"), "md", level="unit")
    assert r"\color" not in page and r"\underline{" in page and "blue" not in page


def test_hostile_words_stay_words() -> None:
    network = Network(HOSTILE + " $`x`$ costs 5$ or $6", ("x",), (Unit("u", {"x": "w"}),), Loss("half_squared_error", {"u": "y"}))
    page = render(derive(network), "md")
    assert list(undrawn(page)) == [] and "<script" not in page.replace(r"\<script", "")


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        *((f"$`\\{name}{{x}}`$", "forbidden") for name in FORBIDDEN[:6]),
        ("x$`y`$", "touches"),
        ("$`a`$$`b`$", "touches"),
        ("$`a<b`$", "takes a part"),
        ("| $`|x|`$ |", "a bar"),
        ("$x_i$", "outside"),
        ("\\alpha", "outside"),
        ("| a |\n| b | c |\n", "rows of different"),
        ("```math\n" + r"\frac{a}{b}" * 501 + "\n```", "an expression costs"),
        ("```math\n" + r"\color{red}" * 50 + "\n```", "50 colours"),
        ("\n".join(r"$`\frac{a}{b}`$" for _ in range(700)), "the page costs 2100"),
    ],
)
def test_faults_are_seen(fault: str, problem: str) -> None:
    assert any(line.startswith(problem) or problem in line for line in undrawn(fault + "\n"))
