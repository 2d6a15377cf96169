"""The sections before the backward pass: the forward pass, one function, the loss, the slopes."""

from __future__ import annotations

from collections.abc import Iterable

from .. import functions
from ..arrays import element_name
from ..functions import FUNCTIONS
from ..network import NET_INPUT
from ..program import Activation, Forward, LossSum, WeightedSum
from ..tree import Call, Derivative, Name, Tree, fold, names, substitute
from . import words
from .array_rows import entry, ranges
from .cancelling_part import softmax_slopes
from .model import Block, Equation, Equations, Items, Math, Paragraph, Section
from .notation import own_output
from .page import Page

MAX_NESTED = 60  # symbols of a nested form that is still written


def forward_section(page: Page) -> Section:
    """Every definition but the loss: symbols, numbers put in, value."""
    network = page.derivation.network
    intro = words.PER_UNIT if network.units else words.EQUATIONS_FORWARD
    rows = tuple(_row(page, definition) for definition in _before_loss(page))
    blocks: list[Block] = [Paragraph((intro,))]
    if page.numbers and network.samples:
        blocks.append(Paragraph((words.FIRST_SAMPLE,)))
    return Section(words.FORWARD, (*blocks, Equations(rows)))


def _before_loss(page: Page) -> list[Forward]:
    return [
        d for d in page.derivation.program.definitions if d.name != page.derivation.objective or not page.derivation.network.units
    ]


def _row(page: Page, definition: Forward) -> Equation:
    tree = definition.tree
    return Equation(Name(definition.name), (("=", tree), *page.worked_out(tree, definition.name, "value")))


def composite_section(page: Page) -> Section | None:
    """Each line put into the next, up to the nested composite function: document 003's seven lines for its chain."""
    definitions = _before_loss(page)
    if len(definitions) < 2:
        return None
    nested, too_long = nested_forms(definitions)
    rows: list[Equation] = []
    for definition in definitions:
        if definition.name not in nested:
            continue
        is_identity = isinstance(definition, Activation) and definition.function == "identity"
        if isinstance(definition, WeightedSum) or is_identity:
            raw = own_output(definition.name) if own_output(definition.name) in page.notation.symbols else definition.name
            rows.append(Equation(Name(raw if is_identity else definition.name), (("=", definition.tree),)))
        if not isinstance(definition, WeightedSum):
            rows.append(Equation(Name(definition.name), (("=", nested[definition.name]),)))
    blocks: list[Block] = [Paragraph((words.NESTED,)), Equations(tuple(rows))] if rows else []
    if too_long:
        name, count = too_long
        blocks.append(Paragraph(words.fill(words.NESTED_TOO_LONG, name=Math(Name(name)), count=str(count))))
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
    if not page.derivation.network.units or page.derivation.network.loss is None:
        return None
    definition = page.derivation.program.by_name[page.derivation.objective]
    intro = (
        words.LOSS_IS.format(name=words.LOSS_TITLES[definition.function]) if isinstance(definition, LossSum) else words.LOSS_FORMULA
    )
    blocks: list[Block] = [Paragraph((intro,)), Equations((_row(page, definition),))]
    if isinstance(definition, LossSum) and definition.function in words.KINKS:
        blocks.append(Paragraph((words.KINKS[definition.function],)))
    return Section(words.LOSS, tuple(blocks))


def slopes_section(page: Page) -> Section | None:
    """The derivative of each activation used, in general; what holds at a kink."""
    rows: list[Equation] = []
    kinks: list[str] = []
    seen: set[Tree] = {Name(NET_INPUT)}
    for definition in page.derivation.program.definitions:
        if not isinstance(definition, Activation) or definition.template in seen:
            continue
        template = definition.template
        seen.add(template)
        if not isinstance(template, Call) or not definition.function:
            # A formula has no name of its own: it is shown as the unit has it, or an entry of the layer.
            slope = definition.slope(Name(definition.name))
            shape = page.notation.shapes.get(definition.name, ())
            index = page.index(shape)
            by = Derivative(element_name(definition.name, index), element_name(definition.argument, index))
            rows.append(Equation(by, (("=", entry(page, slope, index)),), ranges=ranges(index, shape)))
            continue
        if template.function not in FUNCTIONS:
            continue
        defined = functions.definition(template.function)
        arguments = functions.with_defaults(template)
        if defined is not None:
            rows.append(Equation(template, (("=", substitute(defined, arguments)),)))
        slope = substitute(functions.partial(template.function, 0), arguments | {functions.OUTPUT: template})
        between = functions.between(template.function)
        steps = ((("=", substitute(between, arguments)),) if between else ()) + (("=", slope),)
        rows.append(Equation(Call(template.function, template.arguments, prime=True), steps))
        if template.function in words.KINKS:
            kinks.append(words.KINKS[template.function])
    softmax = list(softmax_slopes(page)) if page.derivation.network.is_array else []
    if not rows and not softmax:
        return None
    intro = words.SLOPES_INTRO if len(rows) < 3 else words.SLOPES_INTRO_MANY
    blocks: list[Block] = [Paragraph((intro,)), Equations(tuple(rows))] if rows else []
    if kinks:
        blocks.append(Items(tuple((kink,) for kink in kinks)))
    blocks.extend(softmax)
    return Section(words.SLOPES, tuple(blocks))
