"""The end of a page at the unit level: each parameter with its partial, its step and its new value."""

from __future__ import annotations

from ..tree import ALL_SAMPLES, Derivative, Name, Tree, derivative_name
from . import words
from .columns import MAX_ROWS
from .model import Equation, Equations, Math, Result, Section, Table, Text
from .page import Page


def result_section(page: Page) -> Section | None:
    """The gradient: as numbers, with the update where there is a learning rate; without numbers in the terms named before."""
    if not page.derivation.parameters:
        return None
    if not page.totals:
        return Section(words.RESULT, (Result((Equations(_in_terms(page)),)),))
    table = _table(page)
    # A box does not go over several pages.
    return Section(words.RESULT, (table if len(table.rows) > MAX_ROWS else Result((table,)),))


def _in_terms(page: Page) -> tuple[Equation, ...]:
    """Each partial as a product of cached terms, or of an error signal where nothing is named."""
    derivation = page.derivation
    found = []
    for name in derivation.parameters:
        tree = derivation.partials[name].tree if page.view == "none" else page.slopes(page.terms.partial(name))
        found.append(Equation(Derivative(derivation.objective, name), (("=", tree),)))
    return tuple(found)


def _table(page: Page) -> Table:
    """Parameter, value, partial; with a learning rate also step and new value. Several samples give the totals."""
    derivation = page.derivation
    heads = [words.PARAMETER, words.VALUE, words.PARTIAL]
    moved = {update.parameter: update.name for update in derivation.updates if update.name in page.totals}
    if moved:
        heads.extend((words.STEP, words.NEW_VALUE))
    rows: list[tuple[Text, ...]] = []
    for name in derivation.parameters:
        quantities = [name, derivative_name(derivation.objective, name)]
        symbols: list[Tree] = [Name(name), Derivative(derivation.objective, name)]
        if moved:
            quantities.extend((moved[name], f"new_{name}") if name in moved else ("", ""))
            symbols.extend(map(Name, quantities[2:]))
        cells = zip(quantities, symbols, strict=True)
        rows.append(((Math(Name(name)),), *(_number(page, quantity, symbol) for quantity, symbol in cells)))
    caption = words.UPDATE_CAPTION if moved else words.GRADIENT_CAPTION
    return Table("l" + "r" * (len(heads) - 1), tuple((head,) for head in heads), tuple(rows), caption)


def _number(page: Page, quantity: str, symbol: Tree) -> Text:
    """A printed number; a dash where there is none."""
    return (Math(page.totals[quantity].number, of=symbol, sample=ALL_SAMPLES),) if quantity in page.totals else (words.NONE,)
