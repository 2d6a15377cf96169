"""The sections of a page of arrays: forward pass, loss, backward pass and update, with whole arrays or with index letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..array_program import Linear, SoftmaxMap
from ..derivation import Derivation
from ..program import Activation, ErrorSignal, Forward, Partial
from ..tree import ONE, Derivative, Name, Sum, Tree, negative, substitute
from ..wellformed import parts_of_loss
from . import words
from .array_numbers import worked_out
from .array_rows import chain_rule_in_entries, entry, in_entries, partial_tree, row, with_primes, without_ones, working_tree
from .cancelling_part import steps_before
from .levels import INDEX
from .model import OF_TOTALS, Block, Equation, Equations, Math, Paragraph, Result, Section
from .page import Page


def forward_section(page: Page) -> Section:
    """Every definition but the loss; of equations, what they are taken apart into as well."""
    derivation = page.derivation
    blocks: list[Block] = []
    if derivation.network.layers:
        letter = Math(Name(page.notation.letters[0]))
        from_to = derivation.network.weight_order == "from to"
        adds_up = words.PER_LAYER_INDEX_FROM_TO if from_to else words.PER_LAYER_INDEX
        blocks.append(Paragraph(words.fill(adds_up, j=letter) if page.level == INDEX else (words.PER_LAYER,)))
    else:
        blocks.extend(_as_written(page))
    if page.numbers and derivation.network.samples:
        blocks.append(Paragraph((words.FIRST_SAMPLE,)))
    rows = tuple(row(page, Name(d.name), (d.tree,), "value") for d in before_loss(page))
    blocks.append(Equations(rows))
    if any(isinstance(d, SoftmaxMap) for d in derivation.program.definitions) and derivation.network.equations:
        blocks.append(Paragraph((words.SOFTMAX_ROWS,)))
    return Section(words.FORWARD, tuple(blocks))


def _as_written(page: Page) -> Iterator[Block]:
    """The equations as their author wrote them, where they are taken apart."""
    network, program = page.derivation.network, page.derivation.program
    if all(name in program.by_name and program.by_name[name].tree == tree for name, tree in network.equations):
        yield Paragraph((words.EQUATIONS_FORWARD,))
        return
    yield Paragraph((words.EQUATIONS_FORWARD,))
    yield Equations(tuple(Equation(Name(name), (("=", page.oriented(tree)),)) for name, tree in network.equations))
    yield Paragraph((words.TAKEN_APART,))


def before_loss(page: Page) -> list[Forward]:
    """The definitions of layers; of equations all."""
    own = {d.name for d in _of_loss(page)}
    return [d for d in page.derivation.program.definitions if d.name not in own]


def _of_loss(page: Page) -> list[Forward]:
    """The definitions behind the last layer: the loss, its parts and what these are taken apart into."""
    if not page.derivation.network.layers or page.derivation.network.loss is None:
        return []
    definitions = page.derivation.program.definitions
    last = max(index for index, d in enumerate(definitions) if isinstance(d, Activation | SoftmaxMap))
    return list(definitions[last + 1 :])


def loss_rows(page: Page) -> list[tuple[str, Tree]]:
    """The loss and its parts, with what they are taken apart into put in place."""
    loss = page.derivation.network.loss
    if loss is None:
        return []
    found = _of_loss(page)
    named = {loss.name, *parts_of_loss(loss)}
    inside = {d.name: d.tree for d in found if d.name not in named}
    return [(d.name, substitute(d.tree, inside)) for d in found if d.name in named]


def loss_section(page: Page) -> Section | None:
    """The loss and its parts; what holds at a kink."""
    network = page.derivation.network
    if not network.layers or network.loss is None:
        return None
    own = network.loss.function
    intro = words.loss_is(own, penalised=bool(network.loss.l1 or network.loss.l2))
    rows = tuple(row(page, Name(name), (tree,), "value") for name, tree in loss_rows(page))
    kinks = [words.KINKS[own]] if own in words.KINKS else []
    kinks.extend([words.KINK_OF_L1] if network.loss.l1 else [])
    return Section(words.LOSS, (Paragraph((intro,)), Equations(rows), *(Paragraph((kink,)) for kink in kinks)))


def backward_section(page: Page) -> Section:
    """Partials and error signals from the objective back, layer by layer."""
    derivation = page.derivation
    blocks: list[Block] = [Paragraph((words.BACKWARD_ARRAYS if derivation.signals else words.BACKWARD_EQUATIONS,))]
    if derivation.signals:
        negative_sign = derivation.network.signal_sign < 0
        blocks.append(Paragraph((words.LAYER_SIGNAL_NEGATIVE if negative_sign else words.LAYER_SIGNAL,)))
    rows: list[Equation] = []
    layer = ""
    for definition in derivation.backward_pass:
        if not isinstance(definition, Partial | ErrorSignal) or not definition.terms or _is_one(derivation, definition):
            continue
        own = _layer_of(derivation, definition)
        if own != layer and own:
            if rows:
                blocks.append(Equations(tuple(rows)))
            rows, layer = [], own
            blocks.append(Paragraph((words.LAYER_BACK.format(layer=own),)))
        before = list(steps_before(page, definition)) if isinstance(definition, ErrorSignal) else []
        if before:
            blocks.extend([Equations(tuple(rows)), *before] if rows else before)
            rows = []
        rows.append(_backward_row(page, definition))
    blocks.append(Equations(tuple(rows)))
    return Section(words.BACKWARD, tuple(blocks))


def _is_one(derivation: Derivation, definition: Partial | ErrorSignal) -> bool:
    return without_ones(derivation, definition.tree) == ONE


def _layer_of(derivation: Derivation, definition: Partial | ErrorSignal) -> str:
    """The layer that a definition of the backward pass belongs to; empty for an equation's."""
    if not derivation.network.layers:
        return ""
    reader = derivation.program.by_name.get(definition.wrt)
    if reader is None:  # a parameter: that of the layer that reads it
        units = [d.unit for d in derivation.program.definitions if isinstance(d, Linear) and definition.wrt in d.reads]
        return next(iter(units), "")
    return getattr(reader, "unit", "")


def gradient_rows(page: Page) -> list[Equation]:
    """Each partial and error signal in those before it, without chain rules and numbers."""
    shown = [d for d in page.derivation.backward_pass if isinstance(d, Partial | ErrorSignal) and not _is_one(page.derivation, d)]
    named = [(Name(d.name) if isinstance(d, ErrorSignal) else Derivative(d.of, d.wrt), d) for d in shown]
    return [row(page, left, (partial_tree(page, d),)) for left, d in named]


def _backward_row(page: Page, definition: Partial | ErrorSignal) -> Equation:
    """name = what it is = the chain rule = in what is known = in numbers."""
    symbol = Derivative(definition.of, definition.wrt)
    left, meaning = (
        (Name(definition.name), [negative(symbol) if definition.sign < 0 else symbol])
        if isinstance(definition, ErrorSignal)
        else (symbol, [])
    )
    sides = [with_primes(page, definition), partial_tree(page, definition)]
    if page.level == INDEX:
        index = page.index(page.notation.shapes.get(definition.wrt, ()))
        chain = chain_rule_in_entries(page, definition)
        if chain is not None and isinstance(definition, ErrorSignal) and definition.sign < 0:
            chain = negative(chain)
        return in_entries(
            page, left, sides, [*(entry(page, own, index) for own in meaning), *([chain] if chain is not None else [])]
        )
    return row(page, left, [*meaning, *sides], "gradient", working_tree(page, definition), shaped=1 + len(meaning))


def updates_section(page: Page) -> Section | None:
    """The rule, and each array's step and new values."""
    network, derivation = page.derivation.network, page.derivation
    if not derivation.updates or (network.equations and network.learning_rate is None):
        return None
    rule = words.UPDATE_RULE.format(
        direction=words.ASCENT if network.ascent else words.DESCENT, sign=words.UPHILL if network.ascent else words.DOWNHILL
    )
    blocks: list[Block] = [Paragraph((rule,))]
    if len(network.samples) > 1:
        blocks.append(Paragraph((words.OVER_SAMPLES.format(total=words.TOTAL[network.reduction]),)))
    totals = page.totals if network.learning_rate is not None else {}
    rows = []
    for update in derivation.updates:
        rows.append(row(page, Name(update.name), (update.tree,), "gradient", update.tree, totals, shaped=0))
    blocks.extend((Equations(tuple(rows), holds=OF_TOTALS), Paragraph((words.SIMULTANEOUS,))))
    if totals and page.level != INDEX:
        new = [_new_values(page, update.parameter, update.name) for update in derivation.updates]
        blocks.extend(
            (Paragraph((words.NEW_VALUES,)), Equations(tuple(own for own in new if own is not None), holds=OF_TOTALS))
            if any(new)
            else ()
        )
    return Section(words.UPDATES, tuple(blocks))


def result_section(page: Page) -> Section | None:
    """The gradient by each parameter, in what stands above it and as numbers; of several samples these are their totals."""
    derivation = page.derivation
    several = len(derivation.network.samples) > 1
    rows, totals = [], []
    for name in derivation.parameters:
        partial = derivation.partials[name]
        left = Derivative(derivation.objective, name)
        full = row(page, left, (partial_tree(page, partial),), "gradient", working_tree(page, partial), page.totals, shaped=0)
        symbolic, numeric = full.steps[:1], full.steps[1:]
        sign = "≈" if any(sign == "≈" for sign, _ in numeric) else "="
        result = tuple((sign, tree) for _, tree in numeric[-1:])
        if several and result:
            totals.append(Equation(full.left, result))
        rows.append(replace(full, steps=symbolic if several else (*symbolic, *result)))
    blocks: list[Block] = [Paragraph((words.EACH_SAMPLE,))] if several else []
    blocks.append(Equations(tuple(rows)))
    if totals:
        reduction = words.TOTAL[derivation.network.reduction]
        blocks.extend((Paragraph((words.ALL_SAMPLES.format(total=reduction),)), Equations(tuple(totals), holds=OF_TOTALS)))
    return Section(words.RESULT, (Result(tuple(blocks)),)) if rows else None


def _new_values(page: Page, parameter: str, update: str) -> Equation | None:
    """W ← W + ΔW in numbers."""
    moved = Sum((Name(parameter), Name(update)))
    steps = worked_out(page, moved, f"new_{parameter}", "value", page.totals)
    return Equation(Name(parameter), (("←", page.oriented(moved)), *steps)) if steps else None
