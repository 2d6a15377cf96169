"""The backward pass parameter by parameter, and the table of cached terms."""

from __future__ import annotations

from collections.abc import Iterator

from ..derivation import Derivation
from ..program import ErrorSignal, SoftmaxUnit
from ..terms import MAX_EXPANDED
from ..tree import Braced, Derivative, Marked, Name, Negative, Quotient, Sum, Tree, derivative_name, names, product, total
from . import words
from .array_rows import signs_in_front
from .mathtex import Printer
from .model import Block, Coloured, Equation, Equations, Math, Paragraph, Run, Section, Table
from .page import Page, Steps

MAX_BRACED = 15.0  # em of a factor that is named in place, under a brace; a wider one is named before
_BRACED = 0.5  # share of a line
MAX_USES = 12  # parameters listed in the table for one term

_INTRO = {"factors": words.BACKWARD_FACTORS, "signals": words.BACKWARD_SIGNALS, "none": words.BACKWARD_NONE}


def backward_section(page: Page) -> Section:
    """For every parameter: the chain rule in named partials, the factors put in, the cached terms, the numbers."""
    intro = words.fill(_INTRO[page.view], new=Coloured(words.NEW, "new"), cached=Math(Name("C_1")))
    blocks: list[Block] = [Paragraph(intro), *_cancelling(page)]
    seen: set[str] = set()
    rows: list[Equation] = []
    for name in page.derivation.parameters:
        ahead, why = _named_before(page, name, seen)
        if ahead:
            if rows:
                blocks.append(Equations(tuple(rows)))
            rows = []
            blocks.extend((Paragraph((why,)), Equations(tuple(ahead))))
        if page.view == "none" and page.terms.expanded_sizes[name] > MAX_EXPANDED:
            blocks.extend([Equations(tuple(rows))] if rows else [])
            rows = [Equation(_partial(page, name), (("=", page.terms.chain(name)),))]
            blocks.extend((Equations(tuple(rows)), Paragraph((words.TOO_LONG.format(count=MAX_EXPANDED),))))
            rows = []
            continue
        rows.append(Equation(_partial(page, name), _steps(page, name, seen)))
    if rows:
        blocks.append(Equations(tuple(rows)))
    return Section(words.BACKWARD, tuple(blocks))


def _partial(page: Page, name: str) -> Tree:
    return Derivative(page.derivation.objective, name)


def _steps(page: Page, name: str, seen: set[str]) -> Steps:
    """The chain of equalities of one partial. ``seen`` are the terms that have been named; it grows."""
    chain = page.terms.chain(name)
    quantity = derivative_name(page.derivation.objective, name)
    if page.view == "none":
        written = page.slopes(page.terms.partial(name))
        return _distinct((("=", chain), ("=", written)), page.worked_out(written, quantity, "gradient"))

    def write(term: str) -> Tree:
        if term in seen:
            return Name(term)
        seen.add(term)
        return Braced(Marked(page.slopes(page.term[term].tree), "new"), term)

    fresh = [term for term in page.terms.terms_of(name) if term not in seen]
    in_terms = page.slopes(page.terms.partial(name))
    with_braces = page.slopes(page.terms.rewritten(name, write)) if fresh else in_terms
    symbolic = (("=", chain), ("=", with_braces), ("=", in_terms))
    if page.style.policy == "carry" and page.derivation.signals:
        # Rounded results carried on give one value by one route only: that of the error signals.
        return _distinct(symbolic, ())
    return _distinct(symbolic, page.worked_out(in_terms, quantity, "gradient"))


def _distinct(symbolic: Steps, numeric: Steps) -> Steps:
    """Without steps that repeat the one before."""
    steps = [symbolic[0]]
    for sign, tree in (*symbolic[1:], *numeric):
        if tree != steps[-1][1]:
            steps.append((sign, tree))
    return tuple(steps)


def _named_before(page: Page, name: str, seen: set[str]) -> tuple[list[Equation], str]:
    """Terms of a partial that must be named ahead of it: sums of paths, and factors too long for a brace."""
    if page.view == "none":
        return [], ""
    rows: list[Equation] = []
    why = ""
    for term in page.terms.terms_of(name):
        if term in seen:
            continue
        is_sum = page.view == "factors" and isinstance(page.term[term].chain, Derivative)
        is_sum = is_sum and any(other in page.term for other in _names(page, term))
        if not is_sum and page.view == "factors" and _width(page, term) <= min(MAX_BRACED, _BRACED * page.width):
            continue
        for earlier in _needed(page, term, seen):
            seen.add(earlier)
            rows.append(term_equation(page, earlier))
        why = words.MEET if is_sum else why or words.DEFINED_APART
    return rows, why


def _width(page: Page, term: str) -> float:
    return Printer(page.notation, room=page.width).box(page.slopes(page.term[term].tree)).width


def _names(page: Page, term: str) -> Iterator[str]:
    return iter(names(page.term[term].tree))


def _needed(page: Page, term: str, seen: set[str]) -> list[str]:
    """``term`` and the terms it reads that have not been named yet, each after what it reads."""
    order: dict[str, None] = {}
    stack = [(term, False)]
    while stack:
        name, ready = stack.pop()
        if name in seen or name in order:
            continue
        if ready:
            order[name] = None
            continue
        stack.append((name, True))
        stack.extend((other, False) for other in reversed([*_names(page, name)]) if other in page.term)  # the first is popped first
    return list(order)


def term_equation(page: Page, name: str) -> Equation:
    """C_i = the partials it stands for = its expression = its value."""
    term = page.term[name]
    written = page.slopes(term.tree)
    numeric = page.worked_out(written, name, "value")
    return Equation(Name(name), (("=", term.chain), ("=", written), *numeric))


def _cancelling(page: Page) -> Iterator[Block]:
    """Where the output's activation and the loss cancel: slope times slope, and what is left."""
    derivation = page.derivation
    rows: dict[str, list[Equation]] = {}
    for signal in derivation.backward_pass:
        if not isinstance(signal, ErrorSignal) or not signal.simplified:
            continue
        output = derivation.program.by_name[signal.terms[0].through]
        if isinstance(output, SoftmaxUnit):
            rows.setdefault(words.SOFTMAX_UNITS_CANCEL, []).append(_softmax_cancelling(derivation, signal, output))
            continue
        loss = derivation.objective
        slope = output.slope(Name(output.name))  # type: ignore[union-attr] # only an activation cancels otherwise
        steps = (
            ("=", product([Derivative(loss, output.name), Derivative(output.name, signal.wrt)])),
            ("=", product([derivation.partials[output.name].tree, slope])),
            ("=", signal.terms[0].factor),
        )
        rows.setdefault(words.CANCELS, []).append(Equation(Derivative(loss, signal.wrt), steps))
    for sentence, equations in rows.items():
        yield Paragraph((sentence,))
        yield Equations(tuple(equations))


def _softmax_cancelling(derivation: Derivation, signal: ErrorSignal, own: SoftmaxUnit) -> Equation:
    """The chain rule over all outputs of a softmax, each of which reads every net input."""
    loss, program = derivation.objective, derivation.program
    chains: list[Tree] = []
    slopes: list[Tree] = []
    targets: list[tuple[str, Tree]] = []
    for net_input, output in own.group:
        by_output = signs_in_front(derivation.partials[output].tree)
        chains.append(product([Derivative(loss, output), Derivative(output, signal.wrt)]))
        slopes.extend(product([by_output, slope.tree]) for _, slope in program.by_name[output].partials({signal.wrt}))  # type: ignore[union-attr]
        match by_output:
            case Negative(Quotient(Name() as target, Name())):  # the cross-entropy
                targets.append((net_input, target))
    steps = [total(chains), total(slopes)]
    own_target = dict(targets).get(signal.wrt)
    if own_target is not None and len(targets) == len(own.group):
        steps.append(Sum((product([total(target for _, target in targets), Name(own.name)]), Negative(own_target))))
    steps.append(signal.terms[0].factor)
    return Equation(Derivative(loss, signal.wrt), tuple(("=", tree) for tree in steps))


def terms_section(page: Page) -> Section | None:
    """The table of cached terms: expression, value, uses, operations."""
    terms = page.terms.terms
    if page.view == "none" or not terms:
        return None
    uses: dict[str, list[str]] = {term.name: [] for term in terms}
    listed = len(terms) <= 150
    if listed:
        for name in page.derivation.parameters:
            for used in page.terms.terms_of(name):
                uses[used].append(name)
        for reader in terms:
            for read in names(reader.tree):
                if read in uses:
                    uses[read].append(reader.name)
    head: list[tuple[Run, ...]] = [(words.TERM,), (words.EXPRESSION,)]
    with_values = bool(page.numbers)
    if with_values:
        head.append((words.VALUE,))
    if listed:
        head.append((words.USED_IN,))
    head.extend([(words.NAMED,), (words.EXPANDED,)])
    rows = []
    for term in terms:
        row: list[tuple[Run, ...]] = [(Math(Name(term.name)),), (Math(page.slopes(term.tree), of=Name(term.name)),)]
        if with_values:
            row.append((Math(page.numbers[term.name].number, of=Name(term.name)),))
        if listed:
            row.append(_uses(uses[term.name]))
        row.extend([(str(term.operations),), (str(term.operations * max(term.repeats, 1)),)])
        rows.append(tuple(row))
    once = sum(term.operations for term in terms)
    written = sum(term.operations * max(term.repeats, 1) for term in terms)
    columns = "lp" + ("r" if with_values else "") + ("p" if listed else "") + "rr"
    saving = Paragraph((words.SAVING.format(named=once, expanded=written),))
    return Section(words.CACHED, (Table(columns, tuple(head), tuple(rows), words.TERMS_CAPTION), saving))


def _uses(names: list[str]) -> tuple[Run, ...]:
    runs: list[Run] = []
    for index, name in enumerate(names[:MAX_USES]):
        runs.extend([", ", Math(Name(name))] if index else [Math(Name(name))])
    if len(names) > MAX_USES:
        runs.append(f", … ({len(names)})")
    return tuple(runs) or (words.NONE,)
