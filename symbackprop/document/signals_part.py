"""Error signals, one line per path; partials from them; updates; several samples."""

from __future__ import annotations

from fractions import Fraction

from ..numbers import printed, working_tree
from ..precise import value
from ..program import ErrorSignal, Term, upstream_factor
from ..terms import opened
from ..tree import ALL_SAMPLES, ONE, Derivative, Name, Number, Tree, derivative_name, negative, product, total
from . import words
from .model import OF_TOTALS, Block, Equation, Equations, Math, Paragraph, Run, Section, Table
from .page import Page

MAX_COLUMNS = 6  # samples in one table


def signals_section(page: Page) -> Section | None:
    """δ of every unit from the output back, with sums over fan-out, then the partials δ · source."""
    derivation = page.derivation
    if not derivation.signals:
        return None
    negative_sign = derivation.network.signal_sign < 0
    blocks: list[Block] = [Paragraph((words.SIGNAL_MEANING_NEGATIVE if negative_sign else words.SIGNAL_MEANING,))]
    blocks.append(Paragraph((words.SIGNAL_RULE,)))
    rows: list[Equation] = []
    for signal in derivation.signals.values():
        rows.append(_signal_row(page, signal))
        paths = _paths(page, signal)
        if paths is not None:
            blocks.extend((Equations(tuple(rows)), paths))
            rows = []
    if rows:
        blocks.append(Equations(tuple(rows)))
    partials = []
    for name in derivation.parameters:
        partial = derivation.partials[name]
        tree = partial.tree
        quantity = derivative_name(derivation.objective, name)
        partials.append(
            Equation(Derivative(derivation.objective, name), (("=", tree), *page.worked_out(tree, quantity, "gradient")))
        )
    blocks.extend((Paragraph((words.SIGNAL_PARTIALS,)), Equations(tuple(partials))))
    return Section(words.SIGNALS, tuple(blocks))


def _signal_row(page: Page, signal: ErrorSignal) -> Equation:
    derivation = page.derivation
    tree = opened(derivation, signal)
    definition: Tree = Derivative(signal.of, signal.wrt)
    steps = [("=", negative(definition) if signal.sign < 0 else definition), ("=", page.slopes(tree))]
    shown = working_tree(derivation, signal) if page.numbers else tree
    return Equation(Name(signal.name), (*steps, *page.worked_out(shown, signal.name, "gradient")))


def _path_terms(page: Page, signal: ErrorSignal) -> tuple[tuple[Term, ...], Tree]:
    """The paths into a unit's error signal and the slope they share."""
    if len(signal.terms) == 1 and signal.terms[0].upstream:
        return page.derivation.partials[signal.terms[0].through].terms, signal.terms[0].factor
    return signal.terms, ONE


def _paths(page: Page, signal: ErrorSignal) -> Table | None:
    """Where several units read this one: one line per path with its share, then the sum."""
    terms, slope = _path_terms(page, signal)
    if len(terms) < 2:
        return None
    rows: list[tuple[tuple[Run, ...], ...]] = []
    shares: list[Number] = []
    shown: list[Tree] = []
    head: list[tuple[Run, ...]] = [(words.PATH,), (words.SHARE,)]
    if page.numbers:
        head.append((words.VALUE,))
    for term in terms:
        part = product([upstream_factor(signal.of, term), term.factor, slope])
        if term.sign * signal.sign < 0:
            part = negative(part)
        shown.append(part)
        row: list[tuple[Run, ...]] = [(Math(Name(term.through)),), (Math(page.slopes(part), of=part),)]
        if page.numbers:
            shares.append(_share(page, part))
            row.append((Math(shares[-1], of=page.in_outputs(part)),))
        rows.append(tuple(row))
    if page.numbers:
        rows.append(((words.SUM,), (Math(Name(signal.name)),), (Math(page.value(signal.name, "gradient"), of=total(shown)),)))
    caption = words.PATHS_CAPTION.format(unit=page.unit(signal.unit))
    if page.numbers and sum(Fraction(share.text) for share in shares) != Fraction(page.numbers[signal.name].text):
        caption += words.ROUNDED_SHARES
    return Table("lp" + ("r" if page.numbers else ""), tuple(head), tuple(rows), caption)


def _share(page: Page, part: Tree) -> Number:
    """The value of one path's share, at the digits of error signals."""
    exact = value(page.derivation.in_outputs(part), {name: worked.value for name, worked in page.numbers.items()})
    return printed(exact, page.style.of("error_signal", ""), page.style.policy, "error_signal").number


def updates_section(page: Page) -> Section | None:
    """The rule, each parameter's step, the table of old and new values; equations have none unless a learning rate is given."""
    network, derivation = page.derivation.network, page.derivation
    if not derivation.updates or (network.equations and network.learning_rate is None):
        return None
    rule = words.UPDATE_RULE.format(
        direction=words.ASCENT if network.ascent else words.DESCENT, sign=words.UPHILL if network.ascent else words.DOWNHILL
    )
    rows = []
    totals = page.totals if network.learning_rate is not None else {}
    for update in derivation.updates:
        tree = working_tree(derivation, update)
        steps = (("=", update.tree),) if tree == update.tree else (("=", update.tree), ("=", tree))
        rows.append(Equation(Name(update.name), (*steps, *page.worked_out(tree, update.name, "gradient", totals))))
    blocks: list[Block] = [Paragraph((rule,))]
    if len(network.samples) > 1:
        blocks.append(Paragraph((words.OVER_SAMPLES.format(total=words.TOTAL[network.reduction]),)))
    blocks.extend((Equations(tuple(rows), holds=OF_TOTALS), Paragraph((words.SIMULTANEOUS,))))
    return Section(words.UPDATES, tuple(blocks))


def samples_section(page: Page) -> Section | None:
    """The partials of every sample, their sum or mean, and the one update (document 001's last step)."""
    derivation, network = page.derivation, page.derivation.network
    if len(network.samples) < 2 or not page.numbers:
        return None
    objective = derivation.objective
    quantities = [objective, *(derivative_name(objective, name) for name in derivation.parameters)]
    symbols: tuple[Tree, ...] = (Name(objective), *(Derivative(objective, name) for name in derivation.parameters))
    tables: list[Block] = []
    for first in range(0, len(page.samples), MAX_COLUMNS):
        shown = page.samples[first : first + MAX_COLUMNS]
        last = first + len(shown) == len(page.samples)
        head: list[tuple[Run, ...]] = [(words.SAMPLE,), *((str(first + index),) for index in range(1, len(shown) + 1))]
        rows = []
        for quantity, symbol in zip(quantities, symbols, strict=True):
            row: list[tuple[Run, ...]] = [
                (Math(symbol),),
                *((Math(numbers[quantity].number, of=symbol, sample=index),) for index, numbers in enumerate(shown, first)),
            ]
            whole: list[tuple[Run, ...]] = [(Math(page.totals[quantity].number, of=symbol, sample=ALL_SAMPLES),)] if last else []
            rows.append(tuple(row + whole))
        if last:
            head.append((words.TOTAL[network.reduction],))
        tables.append(Table("l" + "r" * (len(head) - 1), tuple(head), tuple(rows), words.SAMPLES_CAPTION))
    text = words.ACCUMULATED.format(reduction=words.REDUCED[network.reduction])
    return Section(words.SAMPLES, (Paragraph((text,)), *tables))
