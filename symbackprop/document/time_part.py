"""Back-propagation through time: the general step, sums over time, and how fast gradients grow or vanish."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from ..errors import InputError
from ..general_step import LAST, GeneralStep, OverTime, StepPartial, at_step, carried, general_step, renamed, summed
from ..numbers import printed
from ..precise import value
from ..time_steps import TIME, initial_names, longest_delays
from ..tree import ZERO, Braced, Derivative, Name, Product, Tree, derivative_name, negative, substitute, total
from . import words
from .drawing import in_words
from .model import OF_STATE, OF_STEP, Block, Equation, Equations, Figure, Math, Paragraph, Section, Table, Text
from .page import Page
from .plots.axes import number_lettering
from .plots.curves import over_names

DIRECT, LATER = "direct", "later"
MAX_ROWS, MAX_POINTS = 16, 100  # of the table and the curve over many steps


def time_section(page: Page) -> Section | None:
    """The formulas of a general step t, with the direct and the recursive part of each partial told apart."""
    network = page.derivation.given
    if network.steps is None:
        return None
    try:
        general = general_step(network)
    except InputError:  # a step in the middle is singled out
        return None
    if not any(partial.recursive != ZERO for partial in general.partials):
        return None
    blocks: list[Block] = [
        Paragraph(words.fill(words.TIME_INTRO, t=Math(Name(TIME)))),
        Equations(tuple(_forward(page, general)), holds=OF_STEP),
    ]
    has_both = any(partial.recursive != ZERO != partial.direct for partial in general.partials)
    back = words.TIME_BACK if has_both else words.TIME_BACK_LATER
    blocks.extend((Paragraph((back,)), Equations(tuple(_backward(page, general)), holds=OF_STEP)))
    ends = tuple(_ends(page, general))
    if ends:
        blocks.extend((Paragraph(words.fill(words.TIME_END, T=Math(Name(LAST)))), Equations(ends, holds=OF_STEP)))
    near = tuple(_ends_of(page, general, last=False))
    if near:
        blocks.extend((Paragraph((words.TIME_NEAR_END,)), Equations(near, holds=OF_STEP)))
    objective = general.derivation.objective
    before = set(initial_names(network))
    overs_of: dict[str, list[OverTime]] = {words.TIME_SUMS: [], words.TIME_ONCE: [], words.TIME_INITIAL: []}
    for over in general.parameters:
        once = words.TIME_ONCE if over.summand == ZERO else words.TIME_SUMS
        overs_of[words.TIME_INITIAL if over.parameter in before else once].append(over)
    for text, overs in overs_of.items():
        sums = tuple(Equation(Derivative(objective, over.parameter), (("=", page.oriented(summed(over))),)) for over in overs)
        blocks.extend((Paragraph((text,)), Equations(sums, holds=OF_STEP)) if sums else ())
    blocks.extend(_growth(page))
    blocks.extend(_curve(page))
    return Section(words.TIME, tuple(blocks))


def _forward(page: Page, general: GeneralStep) -> Iterator[Equation]:
    for name, tree in general.forward:
        yield Equation(Name(name), (("=", page.oriented(tree)),))


def _backward(page: Page, general: GeneralStep) -> Iterator[Equation]:
    """Each partial as the sum of what comes from its own step and what comes from later ones."""
    slopes = dict(general.slopes)
    objective = general.derivation.objective
    for partial in general.partials:
        parts = [
            Braced(page.oriented(own), label) if partial.recursive != ZERO != partial.direct else page.oriented(own)
            for own, label in ((partial.direct, DIRECT), (partial.recursive, LATER))
            if own != ZERO
        ]
        steps = [("=", total(parts))]
        opened = substitute(total([partial.direct, partial.recursive]), slopes)
        if partial.recursive == ZERO and opened != partial.direct:
            steps.append(("=", page.oriented(opened)))
        yield _equation(page, general, partial, objective, steps)


def _equation(page: Page, general: GeneralStep, partial: StepPartial, objective: str, steps: list[tuple[str, Tree]]) -> Equation:
    meaning: Tree = Derivative(objective, partial.name)
    if not partial.signal:
        return Equation(meaning, tuple(steps))
    sign = general.derivation.network.signal_sign
    return Equation(Name(partial.signal), (("=", meaning if sign > 0 else negative(meaning)), *steps))


def _growth(page: Page) -> Iterator[Block]:
    """The factor of one step back, where there is one state, and what the factors and their product are in numbers."""
    factors = carried(page.derivation.given)
    if len(factors) != 1:
        return
    ((state, tree),) = factors
    before = renamed(at_step(Name(state), 1), 2, TIME)
    yield Paragraph(words.fill(words.TIME_FACTOR, state=Math(Name(state))))
    assert isinstance(before, Name)
    yield Equations((Equation(Derivative(state, before.name), (("=", tree),)),), holds=OF_STATE)
    if not page.numbers:
        return
    yield Paragraph((words.TIME_GROWTH,))
    steps = _steps(page)
    values = {name: worked.value for name, worked in page.numbers.items()}
    rows: list[tuple[Text, ...]] = []
    whole: Any = Fraction(1)
    factors_of: list[Tree] = []
    for step in reversed(steps):
        factors_of.append(at_step(tree, step))
        own = value(factors_of[-1], values)
        whole = value(Product((Name("one"), Name("other"))), {"one": whole, "other": own})
        if (steps[-1] - step) % math.ceil(len(steps) / MAX_ROWS) == 0:
            product_of = Product(tuple(factors_of))
            rows.append(
                ((str(step),), (Math(_printed(page, own), of=factors_of[-1]),), (Math(_printed(page, whole), of=product_of),))
            )
    head: tuple[Text, ...] = ((words.STEP_COLUMN,), (words.FACTOR_COLUMN,), (words.PRODUCT_COLUMN,))
    yield Table("rrr", head, tuple(rows), words.GROWTH_CAPTION)


def _printed(page: Page, number: Any) -> Tree:
    return printed(number, page.style.of("local", ""), page.style.policy, "local").number


def _steps(page: Page) -> range:
    steps = page.derivation.given.steps
    return range(1, steps + 1) if steps is not None else range(0)


def _curve(page: Page) -> Iterator[Block]:
    """The size of the gradient by the first state at every step."""
    network = page.derivation.given
    states = [name for name in longest_delays(network) if name not in network.given]
    if not page.numbers or not states or len(_steps(page)) < 2:
        return
    state = f"z_{states[0]}" if network.units else states[0]
    objective = page.derivation.objective
    points = []
    is_array = False
    for step in _steps(page):
        symbol = f"{state}[{step}]"
        own = derivative_name(objective, symbol)
        found = [worked.value for name, worked in page.numbers.items() if name == own or name.startswith(f"{own}[")]
        is_array = is_array or own not in page.numbers
        if (step - 1) % math.ceil(len(_steps(page)) / MAX_POINTS):
            continue
        points.append((str(step), math.sqrt(sum(float(number) ** 2 for number in found))))
    caption = words.PLOT_NORM_CAPTION if is_array else words.PLOT_CAPTION
    partial = Math(Derivative(objective, f"{state}[{TIME}]"))
    sizes = [f"{size:.3g}" for _, size in points]
    description = words.PLOT_DESCRIPTION.format(first=points[0][0], last=points[-1][0], sizes=", ".join(sizes))
    axes = over_names([(number_lettering(step), size) for step, size in points], in_words(words.STEP_COLUMN))
    rows = tuple(((step,), (size,)) for (step, _), size in zip(points, sizes, strict=True))
    data = Table("lr", ((words.STEP_COLUMN,), (words.SIZE,)), rows)
    yield Figure(words.PLOT_TITLE, axes, words.fill(caption, partial=partial), description, data)


def _ends(page: Page, general: GeneralStep) -> Iterator[Equation]:
    """At the last step nothing comes from later ones."""
    objective = general.derivation.objective
    sign = general.derivation.network.signal_sign
    for name, signal, tree in general.ends:
        meaning: Tree = Derivative(objective, name)
        if signal:
            meant = ("=", meaning if sign > 0 else negative(meaning))
            yield Equation(Name(signal), (meant, ("=", page.oriented(tree))))
        else:
            yield Equation(meaning, (("=", page.oriented(tree)),))
    yield from _ends_of(page, general, last=True)


def _ends_of(page: Page, general: GeneralStep, last: bool) -> Iterator[Equation]:
    """The partials at the last step, or at those before it from which part of the later steps is missing."""
    for partial in general.partials:
        if partial.recursive != ZERO:
            for name, tree in partial.ends[:1] if last else partial.ends[1:]:
                yield Equation(Derivative(general.derivation.objective, name), (("=", page.oriented(tree)),))
