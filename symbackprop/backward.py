"""Program → the backward pass: one chain rule, from the objective back to whatever was asked for.

The sweep visits each definition once, last to first. When a definition is reached, every definition
that reads it has been visited, so its partial is complete; it is then passed on, times the local
derivative, to each thing the definition reads. Linear in the number of reads; nothing is computed
for symbols that lead to nothing asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

from .array_program import Linear, SoftmaxMap, Total
from .program import (
    Activation,
    Definition,
    ErrorSignal,
    Formula,
    Forward,
    LocalDerivative,
    LossSum,
    Partial,
    Program,
    SoftmaxUnit,
    Term,
    WeightedSum,
)
from .rules import Share, Slope
from .tree import ONE, Derivative, Tree, derivative_name, substitute


def backward(
    program: Program, objective: str, wanted: Iterable[str], signal_sign: int = 1, in_order: bool = False
) -> tuple[Definition, ...]:
    """The definitions of the backward pass, in an order in which each reads earlier ones only.

    ``wanted`` are names to differentiate by, given or defined. Net inputs get an `ErrorSignal` (with δ = signal_sign · ∂E/∂s),
    everything else a `Partial`; wanted names on which the objective does not depend get a `Partial` without terms, zero.
    Terms come from the last reader to the first, or ``in_order`` from the first to the last: δ_1 x_1 + δ_2 x_2 + … over time.
    """
    position = {definition.name: index for index, definition in enumerate(program.definitions)} if in_order else {}
    wanted = list(dict.fromkeys(wanted))
    needed = set(wanted)
    first_reader: dict[str, str] = {}
    for definition in program.definitions:
        for name in definition.reads:
            first_reader.setdefault(name, definition.name)
            if name in needed:
                needed.add(definition.name)
    given = set(wanted).difference(program.by_name)
    emitted: list[Definition] = []
    shares: dict[str, list[Term]] = {}
    done: set[str] = {objective}
    together: set[str] = set()  # outputs whose slope has cancelled against the loss

    for definition in reversed(program.definitions):
        name = definition.name
        terms = _sorted(shares.pop(name, None), position)
        if name == objective or terms is not None:
            upstream, sign = "", 1
            if terms is not None:
                partial = _partial(objective, definition, tuple(terms), signal_sign)
                emitted.append(partial)
                done.add(name)
                upstream, sign = partial.name, signal_sign if isinstance(partial, ErrorSignal) else 1
                if isinstance(definition, LossSum | Total) and partial.tree == ONE:
                    upstream = ""  # a part of the objective that is added to the rest: as good as the objective itself
            cancelled = _cancelled(program, definition, terms, shares, together)
            if cancelled is not None:
                together.add(name)
                shares.setdefault(definition.argument, []).append(Term("", cancelled, name))  # type: ignore[union-attr]
            else:
                for read, passed in definition.partials(needed):
                    form, slope = (passed.form, passed.slope) if isinstance(passed, Share) else (None, passed)
                    factor = form if form is not None else slope
                    if isinstance(slope, Slope):
                        if upstream:
                            emitted.append(LocalDerivative(name, read, slope))
                            local: Tree = Derivative(name, read)
                        else:  # the objective's own derivative is the partial itself and needs no other name
                            local = slope.tree
                        factor = local if form is None else substitute(form, {derivative_name(name, read): local})
                    assert not isinstance(factor, Slope) and factor is not None
                    shares.setdefault(read, []).append(Term(upstream, factor, name, sign, form is not None))
        for read in definition.reads:
            if read in given and first_reader[read] == name and read in shares:
                emitted.append(Partial(objective, read, tuple(_sorted(shares.pop(read), position) or ())))
                done.add(read)
    emitted.extend(Partial(objective, name, ()) for name in wanted if name not in done)
    return tuple(emitted)


def _sorted(terms: list[Term] | None, position: dict[str, int]) -> list[Term] | None:
    """Terms in the order of the definitions that they come through, where there is a ``position`` for each."""
    if terms is None or not position or len(terms) == 1:
        return terms
    return sorted(terms, key=lambda term: position[term.through])


def _partial(objective: str, definition: Forward, terms: tuple[Term, ...], signal_sign: int) -> Partial | ErrorSignal:
    """The objective's partial by a definition: an error signal where it is the net input of a unit."""
    unit = definition.unit if isinstance(definition, WeightedSum | Formula | Linear) else ""
    if not unit:
        return Partial(objective, definition.name, terms)
    simplified = len(terms) == 1 and not terms[0].upstream and terms[0].through != objective
    return ErrorSignal(objective, definition.name, unit, terms, signal_sign, simplified)


def _cancelled(
    program: Program, definition: Forward, terms: list[Term] | None, shares: dict[str, list[Term]], together: set[str]
) -> Tree | None:
    """∂E/∂s of an output unit where its activation's slope cancels against the loss; None elsewhere.

    The units of a softmax cancel together: each gets the whole of what the layer passes to its net input.
    """
    if not isinstance(definition, Activation | SoftmaxUnit | SoftmaxMap) or terms is None or len(terms) != 1 or terms[0].upstream:
        return None
    loss = program.by_name[terms[0].through]
    if not isinstance(loss, LossSum):
        return None
    if isinstance(definition, SoftmaxUnit):
        for _, output in definition.group:
            own = shares.get(output, [])
            alone = len(own) == 1 and not own[0].upstream
            if output not in loss.target_of or not (output in together or output == definition.name or alone):
                return None
    return loss.simplified(definition.name, definition.function)
