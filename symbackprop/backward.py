"""Program → the backward pass: one chain rule, from the objective back to whatever was asked for.

The sweep visits each definition once, last to first. When a definition is reached, every definition
that reads it has been visited, so its partial is complete; it is then passed on, times the local
derivative, to each thing the definition reads. Linear in the number of reads; nothing is computed
for symbols that lead to nothing asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

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
    Slope,
    Term,
    WeightedSum,
)
from .tree import Derivative, Tree


def backward(program: Program, objective: str, wanted: Iterable[str], signal_sign: int = 1) -> tuple[Definition, ...]:
    """The definitions of the backward pass, in an order in which each reads earlier ones only.

    ``wanted`` are names to differentiate by, given or defined. Net inputs get an `ErrorSignal` (with δ = signal_sign · ∂E/∂s),
    everything else a `Partial`; wanted names on which the objective does not depend get a `Partial` without terms, zero.
    """
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

    for definition in reversed(program.definitions):
        name = definition.name
        terms = shares.pop(name, None)
        if name == objective or terms is not None:
            upstream, sign = "", 1
            if terms is not None:
                partial = _partial(objective, definition, tuple(terms), signal_sign)
                emitted.append(partial)
                done.add(name)
                upstream, sign = partial.name, signal_sign if isinstance(partial, ErrorSignal) else 1
            cancelled = _cancelled(program, definition, terms)
            if cancelled is not None:
                shares.setdefault(next(iter(definition.reads)), []).append(Term("", cancelled, name))
            else:
                for read, slope in definition.partials(needed):
                    if not isinstance(slope, Slope):
                        factor = slope
                    elif upstream:
                        emitted.append(LocalDerivative(name, read, slope))
                        factor = Derivative(name, read)
                    else:  # the objective's own derivative is the partial itself and needs no other name
                        factor = slope.tree
                    shares.setdefault(read, []).append(Term(upstream, factor, name, sign))
        for read in definition.reads:
            if read in given and first_reader[read] == name and read in shares:
                emitted.append(Partial(objective, read, tuple(shares.pop(read))))
                done.add(read)
    emitted.extend(Partial(objective, name, ()) for name in wanted if name not in done)
    return tuple(emitted)


def _partial(objective: str, definition: Forward, terms: tuple[Term, ...], signal_sign: int) -> Partial | ErrorSignal:
    """The objective's partial by a definition: an error signal where it is the net input of a unit."""
    unit = definition.unit if isinstance(definition, WeightedSum | Formula) else ""
    if not unit:
        return Partial(objective, definition.name, terms)
    simplified = len(terms) == 1 and not terms[0].upstream and terms[0].through != objective
    return ErrorSignal(objective, definition.name, unit, terms, signal_sign, simplified)


def _cancelled(program: Program, definition: Forward, terms: list[Term] | None) -> Tree | None:
    """∂E/∂s of an output unit where its activation's slope cancels against the loss; None elsewhere."""
    if not isinstance(definition, Activation) or terms is None or len(terms) != 1 or terms[0].upstream:
        return None
    loss = program.by_name[terms[0].through]
    return loss.simplified(definition.name, definition.function) if isinstance(loss, LossSum) else None
