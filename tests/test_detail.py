"""The three details of a page: each shows what the one below it shows, and all end in the gradient."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from symbackprop.derivation import derive
from symbackprop.document import words
from symbackprop.document.build import build
from symbackprop.document.model import Block, Equations, Result, Section, Table
from symbackprop.document.page import DETAILS, Page, make_page
from symbackprop.errors import InputError
from symbackprop.reading import list_networks, load
from symbackprop.tree import Derivative

SHIPPED = [name for name, _ in list_networks()]


def blocks(section: Section) -> Iterator[Block]:
    """The blocks of a section, those of its result box among them."""
    for block in section.blocks:
        yield from block.blocks if isinstance(block, Result) else (block,)


def titles(page: Page) -> list[str]:
    return [section.title for section in build(page).sections if section.title]


@pytest.mark.parametrize("level", ["unit", "matrix"])
@pytest.mark.parametrize("name", SHIPPED)
def test_each_detail_adds_to_the_one_below(name: str, level: str) -> None:
    derivation = derive(load(name))
    if level == "matrix" and not derivation.given.is_array:
        pytest.skip("a network of scalars")
    brief, standard, full = (titles(make_page(derivation, detail=detail, level=level)) for detail in DETAILS)
    assert [title for title in standard if title in brief] == brief
    assert [title for title in full if title in standard] == standard
    assert len(brief) < len(standard)
    assert words.BACKWARD in brief


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("name", SHIPPED)
def test_a_page_ends_in_the_gradient(name: str, detail: str) -> None:
    """The result has every parameter, as a row of its table or as an equation; with numbers they are those of the page."""
    page = make_page(derive(load(name)), detail=detail)
    (block,) = blocks(build(page).sections[-1])  # a table that is too long for a box stands alone
    if isinstance(block, Table):
        assert [row[0][0].tree.name for row in block.rows] == list(page.derivation.parameters)
        for row, name in zip(block.rows, page.derivation.parameters, strict=True):
            assert row[2][0].tree == page.totals[Derivative(page.derivation.objective, name).name].number
    else:
        assert isinstance(block, Equations)
        assert [row.left for row in block.rows] == [
            page.oriented(Derivative(page.derivation.objective, name)) for name in page.derivation.parameters
        ]


def test_an_unknown_detail_is_refused() -> None:
    with pytest.raises(InputError, match=r"detail: there is no detail 'ful'; did you mean 'full'\?"):
        make_page(derive(load("chain")), detail="ful")
