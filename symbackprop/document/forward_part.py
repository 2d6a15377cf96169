"""The sections before the backward pass: the forward pass, one function, the loss, the slopes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from .. import functions
from ..arrays import element_name
from ..functions import FUNCTIONS
from ..network import NET_INPUT
from ..program import Activation, Forward, LossSum, WeightedSum
from ..tree import Call, Derivative, Name, Tree, fold, names, substitute
from ..wellformed import parts_of_loss
from . import words
from .array_rows import entry, ranges
from .cancelling_part import softmax_slopes
from .layout import group
from .mathtex import Printer
from .model import Block, Equation, Equations, Items, Math, Paragraph, Section, Text
from .notation import own_output
from .page import BRIEF, Page

MAX_NESTED, MAX_LINES = 60, 4  # symbols and lines of a nested form that is still written


def forward_section(page: Page) -> Section:
    """Every definition but the loss: symbols, numbers put in, value."""
    network = page.derivation.network
    intro = words.PER_UNIT if network.units else words.EQUATIONS_FORWARD
    definitions = _before_loss(page)
    rows = [_row(page, definition) for definition in definitions]
    if page.detail == BRIEF:
        beside = [isinstance(own, Activation) and own.argument == before.name for before, own in pairwise(definitions)]
        rows = [replace(row, beside=own) for row, own in zip(rows, [False, *beside], strict=True)]
    blocks: list[Block] = [Paragraph((intro,))]
    if page.numbers and network.samples:
        blocks.append(Paragraph((words.FIRST_SAMPLE,)))
    return Section(words.FORWARD, (*blocks, Equations(tuple(rows))))


def _before_loss(page: Page) -> list[Forward]:
    of_loss = {definition.name for definition in _of_loss(page)}
    return [d for d in page.derivation.program.definitions if d.name not in of_loss]


def _of_loss(page: Page) -> list[Forward]:
    """The loss, before it its parts where it has a penalty; nothing of equations."""
    loss = page.derivation.network.loss
    if not page.derivation.network.units or loss is None:
        return []
    known = page.derivation.program.by_name
    return [known[name] for name in (*parts_of_loss(loss), page.derivation.objective) if name in known]


def _row(page: Page, definition: Forward) -> Equation:
    tree = definition.tree
    return Equation(Name(definition.name), (("=", tree), *page.worked_out(tree, definition.name, "value")))


def composite_section(page: Page) -> Section | None:
    """Net inputs as they are, outputs with all before put in while they are short: document 003's seven lines for its chain."""
    definitions = _before_loss(page)
    if len(definitions) < 2:
        return None
    nested, too_long = nested_forms(definitions)
    stop = words.fill(words.NESTED_TOO_LONG, name=Math(Name(too_long[0])), count=str(too_long[1])) if too_long else ()
    rows: list[Equation] = []
    printer = Printer(page.notation, room=page.width)
    for definition in definitions:
        if definition.name not in nested:
            continue
        is_identity = isinstance(definition, Activation) and definition.function == "identity"
        own: list[Equation] = []
        if isinstance(definition, WeightedSum) or is_identity:
            raw = own_output(definition.name)
            if not is_identity:
                own.append(Equation(Name(definition.name), (("=", definition.tree),)))
            elif page.notation.symbols.get(raw, "") not in ("", page.notation.symbol(definition.name)):
                own.append(Equation(Name(raw), (("=", definition.tree),)))  # the prediction has a letter of its own
        if not isinstance(definition, WeightedSum):
            own.append(Equation(Name(definition.name), (("=", nested[definition.name]),)))
            (lines,) = group(own[-1:], printer, page.width)
            if len(lines) > MAX_LINES:
                stop = words.fill(words.NESTED_TOO_TALL, name=Math(Name(definition.name)), count=str(len(lines)))
                break
        rows.extend(own)
    intro = words.NESTED if page.derivation.network.units else words.NESTED_DEFINITIONS
    blocks: list[Block] = [Paragraph((intro,)), Equations(tuple(rows))] if rows else []
    if stop:
        blocks.append(Paragraph(stop))
    return Section(words.COMPOSITE, tuple(blocks))


def nested_forms(definitions: Iterable[Forward]) -> tuple[dict[str, Tree], tuple[str, int] | None]:
    """Definitions with all that they read put into them, and the first with more than `MAX_NESTED` symbols with their number."""
    nested: dict[str, Tree] = {}
    counts: dict[str, int] = {}
    too_long: tuple[str, int] | None = None
    for definition in definitions:
        count = fold(definition.tree, lambda node, sizes: sum(sizes) if sizes else counts.get(getattr(node, "name", ""), 1))
        counts[definition.name] = count
        if count > MAX_NESTED or any(name in counts and name not in nested for name in names(definition.tree)):
            too_long = too_long or (definition.name, count)
        else:
            nested[definition.name] = substitute(definition.tree, nested)
    return nested, too_long


def closed_section(page: Page) -> Section | None:
    """Each partial as a function of the given symbols alone, where that is short enough to be read."""
    derivation = page.derivation
    if not derivation.network.units:
        return None
    nested, _ = nested_forms(derivation.program.definitions)
    expanded = derivation.terms("none")
    rows: list[Equation] = []
    left_out: list[str] = []
    for name in derivation.parameters:
        left_out.append(name)
        if expanded.expanded_sizes[name] > MAX_NESTED:
            continue
        written = page.slopes(expanded.partial(name))
        if any(read not in nested for read in names(written) if read in derivation.program.by_name):
            continue
        closed = substitute(written, nested)
        if fold(closed, lambda node, sizes: sum(sizes) if sizes else 1) <= MAX_NESTED:
            rows.append(Equation(Derivative(derivation.objective, name), (("=", closed),)))
            left_out.pop()
    if not rows:
        return None
    blocks: list[Block] = [Paragraph((words.CLOSED_INTRO,)), Equations(tuple(rows))]
    if left_out:
        listed = [run for name in left_out for run in (", ", Math(Name(name)))][1:]
        blocks.append(Paragraph((words.CLOSED_TOO_LONG.format(count=MAX_NESTED), *listed, ".")))
    return Section(words.CLOSED, tuple(blocks))


def loss_section(page: Page) -> Section | None:
    """The loss, in symbols and numbers."""
    definitions = _of_loss(page)
    if not definitions:
        return None
    own = next((definition.function for definition in definitions if isinstance(definition, LossSum)), "")
    intro = words.loss_is(own, penalised=len(definitions) > 1)
    rows = tuple(_row(page, definition) for definition in definitions)
    kinks = [Paragraph((words.KINKS[own],))] if own in words.KINKS else []
    return Section(words.LOSS, (Paragraph((intro,)), Equations(rows), *kinks))


def slopes_section(page: Page) -> Section | None:
    """Each activation used and its derivative, in general; what holds at a kink."""
    used: dict[Tree, Activation] = {}
    for definition in page.derivation.program.definitions:
        if isinstance(definition, Activation) and definition.template != Name(NET_INPUT):
            used.setdefault(definition.template, definition)
    rows: list[Equation] = []
    explained: list[Text] = []
    kinks: list[Text] = []
    defined: set[str] = set()
    for template, definition in used.items():
        if not isinstance(template, Call) or not definition.function:
            rows.append(_slope_of_formula(page, definition))
        elif template.function in FUNCTIONS:
            for call in (*(Call(name, (Name(NET_INPUT),)) for name in _helpers(template.function)), template):
                if call.function in defined:
                    continue
                defined.add(call.function)
                own = functions.shown_definition(call.function)
                if own is not None:
                    rows.append(Equation(call, (("=", substitute(own, functions.with_defaults(call))),)))
                elif call.function in words.FUNCTION_MEANINGS:
                    explained.append(_meaning(words.FUNCTION_MEANINGS[call.function]))
            rows.append(_slope_of_call(template))
            if template.function in words.KINKS:
                kinks.append((words.KINKS[template.function],))
    arrays = page.arrays if page.arrays is not None else page.derivation
    softmax = list(softmax_slopes(replace(page, derivation=arrays))) if arrays.network.is_array else []
    if not rows and not softmax:
        return None
    intro = words.SLOPES_INTRO if len(used) < 2 else words.SLOPES_INTRO_MANY
    blocks: list[Block] = [Paragraph((intro,)), Equations(tuple(rows))] if rows else []
    if explained or kinks:
        blocks.append(Items((*explained, *kinks)))
    blocks.extend(softmax)
    return Section(words.SLOPES, tuple(blocks))


def _slope_of_formula(page: Page, definition: Activation) -> Equation:
    """A formula has no name of its own: it is shown as the unit has it, or an entry of the layer."""
    shape = page.notation.shapes.get(definition.name, ())
    index = page.index(shape)
    by = Derivative(element_name(definition.name, index), element_name(definition.argument, index))
    return Equation(by, (("=", entry(page, definition.slope(Name(definition.name)), index)),), ranges=ranges(index, shape))


def _slope_of_call(template: Call) -> Equation:
    """f′(s) of a function of the table, with the step before it where there is one."""
    arguments = functions.with_defaults(template)
    slope = substitute(functions.partial(template.function, 0), arguments | {functions.OUTPUT: template})
    between = functions.between(template.function)
    steps = ((("=", substitute(between, arguments)),) if between else ()) + (("=", slope),)
    return Equation(Call(template.function, template.arguments, prime=True), steps)


def _helpers(function: str) -> list[str]:
    """The functions that the definition and the slope of another one read."""
    return sorted({*_functions(functions.shown_definition(function)), *_functions(functions.partial(function, 0))})


def _functions(tree: Tree | None) -> set[str]:
    """The functions in a formula of the table."""
    if tree is None:
        return set()
    return fold(tree, lambda node, below: set().union(*below, {node.function} if isinstance(node, Call) else set()))


def _meaning(sentence: str) -> Text:
    """A sentence in which the names of functions stand for their values at s."""
    s = Name(NET_INPUT)
    return words.fill(sentence, s=Math(s), **{name: Math(Call(name, (s,))) for name in ("step", "normal_cdf", "normal_pdf")})
