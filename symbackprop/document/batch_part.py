"""The section in which all samples go through the network at once."""

from __future__ import annotations

from dataclasses import replace

from ..program import ErrorSignal, Partial
from ..tree import ONE, Derivative, Name, Tree, negative
from . import words
from .array_rows import partial_tree, row, with_primes, without_ones, working_tree
from .array_symbols import page_shapes
from .batch import batch_numbers
from .levels import INDEX
from .matrix_part import before_loss, loss_rows
from .model import OF_BATCH, Block, Equation, Equations, Paragraph, Section
from .page import Page


def batch_section(page: Page) -> Section | None:
    """Forward pass, loss, error signals and gradients of all samples; None where there are not several."""
    batch = page.batch
    if batch is None:
        return None
    notation = replace(page.notation, shapes=page_shapes(batch.derivation))
    own = replace(page, derivation=batch.derivation, notation=notation)  # in its own names; rows are printed in those of the batch
    worked = page.numbers and page.style.policy != "carry"
    numbers = batch_numbers(batch, page.style, page.samples, page.notation.rows) if worked else {}
    layouts = (words.SAMPLE_SECOND, words.SAMPLE_FIRST) if page.level == INDEX else (words.SAMPLE_COLUMNS, words.SAMPLE_ROWS)
    layout = layouts[page.notation.rows]
    blocks: list[Block] = [Paragraph((layout.format(count=batch.count),))]
    rows = [_row(page, d.name, [d.tree], "value", d.tree, numbers) for d in before_loss(own)]
    rows.extend(_row(page, name, [tree], "value", tree, numbers) for name, tree in loss_rows(own))
    blocks.append(Equations(tuple(rows), holds=OF_BATCH))
    reduction = page.derivation.network.reduction
    blocks.append(Paragraph((words.BATCH_BACK.format(reduction=words.BATCH_REDUCTION[reduction]),)))
    blocks.append(Equations(tuple(_backward_row(page, own, d, numbers) for d in _shown(own)), holds=OF_BATCH))
    of_bias = words.BIAS_INDEX if page.level == INDEX else words.BIAS_ROWS if page.notation.rows else words.BIAS_COLUMNS
    blocks.append(Paragraph((of_bias,)))
    return Section(words.ALL_AT_ONCE, tuple(blocks))


def _shown(own: Page) -> list[Partial | ErrorSignal]:
    return [
        d
        for d in own.derivation.backward_pass
        if isinstance(d, Partial | ErrorSignal) and d.terms and without_ones(own.derivation, d.tree) != ONE
    ]


def _row(page: Page, name: str, trees: list[Tree], role: str, working: Tree, numbers: object, shaped: int = 1) -> Equation:
    batch = page.batch
    assert batch is not None
    sides = [batch.tree(tree) for tree in trees]
    return row(page, batch.tree(Name(name)), sides, role, batch.tree(working), numbers, shaped)  # type: ignore[arg-type]


def _backward_row(page: Page, own: Page, definition: Partial | ErrorSignal, numbers: object) -> Equation:
    batch = page.batch
    assert batch is not None
    symbol = Derivative(definition.of, definition.wrt)
    signal = isinstance(definition, ErrorSignal)
    meaning: list[Tree] = [negative(symbol) if signal and definition.sign < 0 else symbol] if signal else []  # type: ignore[union-attr]
    sides = [*meaning, with_primes(own, definition), partial_tree(own, definition)]
    left = batch.tree(Name(definition.name) if signal else symbol)
    working = batch.tree(working_tree(own, definition))
    return row(page, left, map(batch.tree, sides), "gradient", working, numbers, 1 + len(meaning))  # type: ignore[arg-type]
