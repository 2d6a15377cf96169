"""What the factors say: sign and size of each in a sentence, and how fast the gradient can vanish."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ..derivation import Derivation
from ..functions import FUNCTIONS
from ..network import NET_INPUT
from ..numbers import Digits, printed, rounded
from ..precise import as_mpf, value
from ..program import Activation, ErrorSignal, LossSum, SoftmaxUnit, Term, WeightedSum
from ..tree import (
    Call,
    Derivative,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Tree,
    derivative_name,
    names,
    product,
    substitute,
    total,
)
from . import words
from .model import OF_TOTALS, Block, Equation, Equations, Items, Math, Paragraph, Relation, Section, Table, Text
from .page import Page

MAX_READ = 40  # parameters up to which every factor gets its sentence
_TINY = 1e-4  # a share that is not worth its digits
_SATURATED, _STEEP = Fraction(1, 10), Fraction(4, 5)  # shares of the largest slope


def reading_section(page: Page) -> Section | None:
    """Each factor of the partials in a sentence; in general terms where there are no numbers."""
    derivation = page.derivation
    if not derivation.signals or len(derivation.parameters) > MAX_READ:
        return None
    if not page.numbers:
        return Section(words.READING, (Items(tuple((sentence,) for sentence in words.READING_GENERAL)),))
    items: list[Text] = [*_outputs(page), *_slopes(page), *_weights(page), *_partials(page)]
    return Section(words.READING, (Paragraph((words.READING_INTRO,)), Items(tuple(items))))


def _relation(page: Page, left: Tree, name: str) -> Relation:
    return Relation(left, page.sign(name), page.numbers[name].number)


def _outputs(page: Page) -> list[Text]:
    found = []
    loss = page.derivation.program.by_name[page.derivation.objective]
    if not isinstance(loss, LossSum):
        return []
    for output, _ in loss.outputs:
        name = derivative_name(loss.name, output)
        if name not in page.numbers:  # an output that none of the parameters leads to
            continue
        if isinstance(page.derivation.program.by_name[output], SoftmaxUnit):  # which cannot rise alone
            continue
        size = page.numbers[name].value
        sentence = words.OUTPUT_ZERO if size == 0 else words.OUTPUT_NEGATIVE if size < 0 else words.OUTPUT_POSITIVE
        found.append(words.fill(sentence, partial=_relation(page, Derivative(loss.name, output), name), output=Math(Name(output))))
    return found


def _slopes(page: Page) -> list[Text]:
    found = []
    for local in page.derivation.local_derivatives.values():
        definition = page.derivation.program.by_name[local.of]
        if not isinstance(definition, Activation):
            continue
        size = page.numbers[local.name].value
        slope = _relation(page, Derivative(local.of, local.wrt), local.name)
        largest = FUNCTIONS[definition.function].largest_slope if definition.function else None
        if size == 0:
            found.append(words.fill(words.SLOPE_ZERO, slope=slope, unit=page.unit(definition.unit)))
        elif largest is not None and 0 < size != largest:
            share = as_mpf(size) / as_mpf(largest)
            state = words.SATURATED if share < as_mpf(_SATURATED) else words.STEEP if share > as_mpf(_STEEP) else ""
            percent = f"{rounded(share * 100, Digits(None, 2))} %" if share > _TINY else words.ALMOST_NOTHING
            state = state.format(unit=page.unit(definition.unit))
            found.append(words.fill(words.SLOPE_SHARE, slope=slope, percent=percent, largest=Math(Number(largest)), state=state))
        else:
            effect = words.KEEPS if size > 0 else words.TURNS
            found.append(words.fill(words.SLOPE_PLAIN, slope=slope, effect=effect))
    return found


def _weights(page: Page) -> list[Text]:
    """The weights that an error signal passes on its way back: those between units."""
    program = page.derivation.program
    passed = dict.fromkeys(
        weight
        for definition in reversed(program.definitions)
        if isinstance(definition, WeightedSum)
        for source, weight in definition.terms
        if source in program.by_name
    )
    found = []
    for weight in passed:
        size = page.numbers[weight].value
        relation = _relation(page, Name(weight), weight)
        if size == 0:
            found.append(words.fill(words.WEIGHT_ZERO, weight=relation))
            continue
        effect = words.PASSES if abs(size) == 1 else words.MAGNIFIES if abs(size) > 1 else words.WEAKENS
        found.append(words.fill(words.WEIGHT, weight=relation, sign=words.KEEPS if size > 0 else words.TURNS, size=effect))
    return found


def _partials(page: Page) -> list[Text]:
    objective = page.derivation.objective
    found = []
    for parameter in page.derivation.parameters:
        name = derivative_name(objective, parameter)
        size = page.totals[name].value
        sentence = words.PARTIAL_ZERO if size == 0 else words.PARTIAL_NEGATIVE if size < 0 else words.PARTIAL_POSITIVE
        own = page.totals[name]
        relation = Relation(Derivative(objective, parameter), "=" if own.exact else "≈", own.number, OF_TOTALS)
        ascent = page.derivation.network.ascent
        moves = words.RAISES if (size > 0) == ascent else words.LOWERS
        direction = words.ASCENT if ascent else words.DESCENT
        found.append(words.fill(sentence, partial=relation, parameter=Math(Name(parameter)), direction=direction, moves=moves))
    return found


# The slopes' bounds, and those of the error signals that follow from them.

_BOUND, _PLAIN_BOUND = "bound of ", "plain bound of "
_QUARTER = Quotient(Number(Fraction(1)), Number(Fraction(4)))
_HALF = Quotient(Number(Fraction(1)), Number(Fraction(2)))


def _slope_rows(functions: set[str]) -> list[Equation]:
    """max σ′ = ¼ by completing the square, max tanh′ = 1; document 000 and 004 use the first."""
    rows = []
    argument = (Name(NET_INPUT),)
    two = Number(Fraction(2))
    one = Number(Fraction(1))
    if "sigmoid" in functions:
        z = Call("sigmoid", argument)
        square = Power(Sum((z, Negative(_HALF))), two)
        rows.append(
            Equation(
                Call("sigmoid", argument, True),
                (("=", Product((z, Sum((one, Negative(z)))))), ("=", Sum((_QUARTER, Negative(square)))), ("≤", _QUARTER)),
            )
        )
    if "tanh" in functions:
        z = Call("tanh", argument)
        rows.append(Equation(Call("tanh", argument, True), (("=", Sum((one, Negative(Power(z, two))))), ("≤", one))))
    return rows


def _readers(derivation: Derivation, signal: ErrorSignal) -> tuple[Term, ...]:
    """The paths into an error signal: the readers of the unit's output."""
    if len(signal.terms) == 1 and signal.terms[0].upstream:
        return derivation.partials[signal.terms[0].through].terms
    return signal.terms


def bound_section(page: Page) -> Section | None:
    """|δ_j| ≤ max f′ · Σ_k |w_k| |δ_k| per unit, with the weights in it, for networks of sigmoid-like units."""
    derivation = page.derivation
    program = derivation.program
    activations = {d.unit: d for d in program.definitions if isinstance(d, Activation)}
    functions = {activation.function for activation in activations.values()}
    bounded = all(name in FUNCTIONS and FUNCTIONS[name].largest_slope is not None for name in functions)
    bounded = bounded and derivation.signals.keys() <= activations.keys()
    plain_sums = all(isinstance(program.by_name[signal.wrt], WeightedSum) for signal in derivation.signals.values())
    of_the_loss = isinstance(program.by_name[derivation.objective], LossSum)
    if not of_the_loss or len(derivation.signals) < 2 or not bounded or not plain_sums or not functions & {"sigmoid", "tanh"}:
        return None
    rows: list[Equation] = []
    trees: dict[str, Tree] = {}
    depth: dict[str, int] = {}
    plain: dict[str, Tree] = {}
    for unit, signal in derivation.signals.items():
        largest = FUNCTIONS[activations[unit].function].largest_slope or Fraction(1)
        slope: Tree = (
            Quotient(Number(Fraction(largest.numerator)), Number(Fraction(largest.denominator)))
            if largest != 1
            else Number(largest)
        )
        terms = _readers(derivation, signal)
        if terms is signal.terms:  # no slope stands between the readers and the net input
            slope = Number(Fraction(1))
        parts: list[Tree] = []
        plain_parts: list[Tree] = []
        back = 0
        for term in terms:
            if term.upstream.startswith("delta_"):
                parts.append(Product((Call("abs", (term.factor,)), Call("abs", (Name(term.upstream),)))))
                plain_parts.append(Name(term.upstream))
                back = max(back, depth[term.upstream] + 1)
            else:
                derivative = Call("abs", (term.factor,))
                parts.append(derivative)
                plain_parts.append(derivative)
        depth[signal.name] = back
        trees[signal.name] = product([slope, total(parts)])
        plain[signal.name] = product([slope, total(plain_parts)])
        rows.append(Equation(Call("abs", (Name(signal.name),)), (("≤", trees[signal.name]),)))
    blocks: list[Block] = [Paragraph((words.BOUND_RULE,)), Equations(tuple(_slope_rows(functions)))]
    one_reader = all(len(_readers(derivation, signal)) < 2 for signal in derivation.signals.values())
    if functions <= {"sigmoid", "identity"} and one_reader:
        blocks.append(Paragraph((words.BOUND_SIGMOID,)))
    blocks.extend((Paragraph((words.BOUND_STEP,)), Equations(tuple(rows))))
    if page.numbers:
        blocks.append(_bound_table(page, trees, plain, depth))
    return Section(words.BOUND, tuple(blocks))


def _bound_table(page: Page, trees: Mapping[str, Tree], plain: Mapping[str, Tree], depth: Mapping[str, int]) -> Table:
    """The bounds in numbers: each unit's bound is computed from the bounds of its readers."""
    known = {name: worked.value for name, worked in page.numbers.items()}
    with_weights: dict[str, Any] = {}
    without: dict[str, Any] = {}
    rows: list[tuple[Text, ...]] = []
    where: list[tuple[str, Tree]] = []
    for signal in page.derivation.signals.values():
        name = signal.name
        size = abs(page.numbers[name].value)
        with_weights[name] = value(trees[name], ChainMap(with_weights, known))
        without[name] = value(plain[name], ChainMap(without, known))
        numbers = [
            printed(number, page.style.of("error_signal", ""), "display", "error_signal").number
            for number in (size, with_weights[name], without[name])
        ]
        bounds = [Name(_BOUND + name), Name(_PLAIN_BOUND + name)]
        where.extend(
            (own.name, _bounded(tree, own.name.removesuffix(name)))
            for own, tree in zip(bounds, (trees[name], plain[name]), strict=True)
        )
        shown: tuple[Tree, ...] = (Call("abs", (Name(name),)), *bounds)
        cells = zip(numbers, shown, strict=True)
        rows.append(((page.unit(signal.unit),), (str(depth[name]),), *((Math(number, of=own),) for number, own in cells)))
    head = ((words.UNIT,), (words.DEPTH,), (words.SIGNAL_SIZE,), (words.BOUND_SIZE,), (words.PLAIN_BOUND,))
    return Table("lrrrr", head, tuple(rows), words.BOUND_CAPTION, tuple(where))


def _bounded(tree: Tree, prefix: str) -> Tree:
    """A bound with those of the readers' error signals in their place."""
    return substitute(tree, {name: Name(prefix + name) for name in names(tree) if name.startswith("delta_")})
