"""Mistakes in what comes to a symbol through the definitions that read it: its paths, their weights, their steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

from ..arrays import element_name
from ..derivation import Derivation
from ..document.scripts import split_index
from ..program import Activation, Definition, ErrorSignal, Term, WeightedSum
from ..tree import ONE, Name, Number, Tree, names, product, substitute, tidied
from .fault import (
    EARLY_UPDATE,
    FACTOR,
    LOST_PATH,
    MISSING_FACTOR,
    MISSING_STEPS,
    MOST_OTHERS,
    MOVED,
    SIGN_OF_TERM,
    TRANSPOSED,
    WRONG_INDEX,
    Fault,
    Pass,
)

_MOST_SWAPPED = 8  # weights of one sum of which each two are exchanged


def _with_factors(own: Pass, change: Callable[[Tree], Tree]) -> Pass:
    return replace(own, terms=tuple(term._replace(factor=change(term.factor)) for term in own.terms))


def _with_factor(own: Pass, name: str, new: Tree) -> Pass:
    return _with_factors(own, lambda tree: tidied(substitute(tree, {name: new})))


def times(own: Pass, factor: Tree) -> Pass:
    return _with_factors(own, lambda tree: product([tree, factor]))


def _through(term: Term) -> str:
    name = term.through
    return f"unit {name[2:]}" if name.startswith(("s_", "z_")) else name


def lost_paths(passes: list[Pass]) -> Iterator[Fault]:
    for own in passes:
        if len(own.terms) < 2:
            continue
        for index, term in enumerate(own.terms):
            kept = own.terms[:index] + own.terms[index + 1 :]
            text = f"of d{own.of}/d{own.wrt} the path through {_through(term)} is missing"
            yield Fault(LOST_PATH, text, {own.name: replace(own, terms=kept)})
        if len(own.terms) > 2:
            for term in own.terms:
                text = f"of d{own.of}/d{own.wrt} only the path through {_through(term)} is taken"
                yield Fault(LOST_PATH, text, {own.name: replace(own, terms=(term,))})


def _step(name: str) -> int | None:
    """The step of time in the name of a quantity: 3 of ``s_h[3]``, ``delta_h[3]``."""
    index = split_index(name)[1]
    return int(index[0]) if index and index[0].isdigit() else None


def at_step(name: str, later: int) -> str:
    """``s_h[4]`` of ``s_h[3]``, one step later."""
    base, index = split_index(name)
    return element_name(base, (str(int(index[0]) + later), *index[1:])) if index and index[0].isdigit() else ""


def of_time(passes: list[Pass], derivation: Derivation) -> Iterator[Fault]:
    if derivation.given.steps is None:
        return
    cut: dict[str, Definition] = {}
    for own in passes:
        at = _step(own.wrt)
        if at is not None and own.wrt in derivation.program.by_name:
            kept = tuple(term for term in own.terms if _step(term.through) in (at, None))
            if kept != own.terms:
                cut[own.name] = replace(own, terms=kept)
    shared = [own for own in passes if own.wrt in derivation.program.given and len({_step(t.through) for t in own.terms}) > 1]
    for own in shared:
        steps = sorted({step for term in own.terms if (step := _step(term.through)) is not None})
        for kept_steps, text in _shares(steps):
            kept = tuple(term for term in own.terms if _step(term.through) in (*kept_steps, None))
            yield Fault(MISSING_STEPS, f"of d{own.of}/d{own.wrt} {text}", {own.name: replace(own, terms=kept)})
    if cut:
        yield Fault(MISSING_STEPS, "error signals are not passed back from step to step", cut)


def _shares(steps: list[int]) -> Iterator[tuple[list[int], str]]:
    """Parts of the steps that are taken for all: the last alone, all but the last, the last few …"""
    last = len(steps)
    yield steps[-1:], f"only step {steps[-1]} is taken; the steps {steps[0]} to {steps[-1]} all share it"
    for count in range(1, last):
        yield steps[:-count], f"{_steps_text(steps[-count:])} missing"
    for count in range(1, last - 1):
        yield steps[count:], f"{_steps_text(steps[:count])} missing"


def _steps_text(steps: list[int]) -> str:
    if len(steps) == 1:
        return f"step {steps[0]} is"
    return f"the steps {steps[0]} to {steps[-1]} are"


def transposed(passes: list[Pass], derivation: Derivation) -> Iterator[Fault]:
    """Each matrix read as its transpose, W2[j][k] for W2[k][j]; of a matrix that is not square as far as the entry exists."""
    entries = {name for own in passes for term in own.terms for name in names(term.factor) if len(split_index(name)[1]) == 2}
    for matrix in dict.fromkeys(split_index(name)[0] for name in sorted(entries)):
        turned = {name: Name(turned_name(name)) for name in entries if split_index(name)[0] == matrix}
        if all(other.name in derivation.program.given for other in turned.values()):
            yield Fault(TRANSPOSED, f"{matrix} is transposed", dict(_with_names(passes, turned)))


def turned_name(name: str) -> str:
    """``W[j][i]`` for ``W[i][j]``, whatever index of time stands before."""
    base, index = split_index(name)
    return element_name(base, (*index[:-2], index[-1], index[-2])) if len(index) > 1 else name


def _with_names(passes: Iterable[Pass], turned: Mapping[str, Tree]) -> Iterator[tuple[str, Definition]]:
    for own in passes:
        changed = _with_factors(own, lambda tree: substitute(tree, turned))
        if changed != own:
            yield own.name, changed


def early_updates(passes: list[Pass], derivation: Derivation) -> Iterator[Fault]:
    """Weights as they are after the update, in the whole backward pass, or where one partial is formed of right ones."""
    turned: dict[str, Tree] = {update.parameter: Name(MOVED + update.parameter) for update in derivation.updates}
    replaced = dict(_with_names([own for own in passes if own.wrt in derivation.program.by_name], turned))
    if replaced:
        text = f"error signals are passed back through weights that have moved already: {_moved_in(replaced.values())}"
        yield Fault(EARLY_UPDATE, text, replaced)
    for name, changed in replaced.items() if len(replaced) > 1 else ():
        yield Fault(EARLY_UPDATE, f"in {name} stand weights that have moved already: {_moved_in([changed])}", {name: changed})


def _moved_in(changed: Iterable[Definition]) -> str:
    """The parameters that stand with their values after the update, arrays by their names."""
    found = [name.removeprefix(MOVED) for own in changed for name in own.reads if name.startswith(MOVED)]
    return ", ".join(sorted({split_index(name)[0] for name in found}))


def missing_factors(passes: list[Pass]) -> Iterator[Fault]:
    for own in passes:
        if len(own.terms) > 1:
            changed = _with_factors(own, lambda tree: ONE if isinstance(tree, Name) else tree)
            yield Fault(MISSING_FACTOR, f"of d{own.of}/d{own.wrt} the weights of all paths are missing", {own.name: changed})
            base, index = split_index(own.wrt)
            same = [term for term in own.terms if index and split_index(term.through)[1] == index]
            if len(same) == 1 and split_index(same[0].through)[0] != base:
                bare = replace(own, terms=(same[0]._replace(factor=ONE),))
                yield Fault(MISSING_FACTOR, f"of d{own.of}/d{own.wrt} the matrix of weights is missing", {own.name: bare})
        for name in dict.fromkeys(term.factor.name for term in own.terms if isinstance(term.factor, Name) and term.upstream):
            changed = _with_factor(own, name, ONE)
            yield Fault(MISSING_FACTOR, f"of d{own.of}/d{own.wrt} the factor {name} is missing", {own.name: changed})


def signs_of_terms(passes: list[Pass]) -> Iterator[Fault]:
    for own in passes:
        if len(own.terms) > 1:
            for index, term in enumerate(own.terms):
                turned = (*own.terms[:index], term._replace(sign=-term.sign), *own.terms[index + 1 :])
                text = f"of d{own.of}/d{own.wrt} the sign of the path through {_through(term)} is turned"
                yield Fault(SIGN_OF_TERM, text, {own.name: replace(own, terms=turned)})


def factors_of_terms(passes: list[Pass]) -> Iterator[Fault]:
    for own in passes:
        for index, term in enumerate(own.terms if len(own.terms) > 1 else ()):
            for factor in (Fraction(2), Fraction(1, 2)):
                scaled = term._replace(factor=product([Number(factor), term.factor]))
                text = f"of d{own.of}/d{own.wrt} what comes through {_through(term)} is {factor} times what is right"
                yield Fault(FACTOR, text, {own.name: replace(own, terms=(*own.terms[:index], scaled, *own.terms[index + 1 :]))})


def wrong_indices(passes: list[Pass], derivation: Derivation) -> Iterator[Fault]:
    """A weight in the place of another, a value in the place of another; an error signal of another unit."""
    program = derivation.program
    weights = set(derivation.network.parameters)
    sources = {*program.given, *program.by_name} - weights - {derivation.objective}
    leading_out = _leading_out(derivation)
    for own in passes:
        turned: dict[str, Tree] = {
            name: Name(leading_out[term.through])
            for term in own.terms
            for name in names(term.factor)
            if term.through in leading_out
        }
        if len(own.terms) > 1 and turned.keys() <= weights and turned:
            text = f"in d{own.of}/d{own.wrt} stand the weights that lead out of the units, not those that lead into them"
            yield Fault(WRONG_INDEX, text, dict(_with_names([own], turned)))
    place = {own.name: index for index, own in enumerate(derivation.backward_pass)}
    signals_of_all = [own.name for own in derivation.backward_pass if isinstance(own, ErrorSignal)]
    for own in passes:
        # A partial by a given symbol may be formed with any error signal; what others are formed of only with those before.
        before = len(place) if own.wrt in program.given else place.get(own.name, 0)
        signals = [name for name in signals_of_all if place[name] < before]
        read = [name for name in dict.fromkeys(n for term in own.terms for n in names(term.factor)) if name in weights | sources]
        yield from _exchanged(own, [name for name in read if name in weights])
        for others, text in _other_arrays(read, weights, sources):
            yield Fault(WRONG_INDEX, f"of d{own.of}/d{own.wrt} {text}", dict(_with_names([own], others)))
        for name in read:
            group = weights if name in weights else sources
            for other in sorted(group - {name}, key=lambda other: (_nearness(name, other), other))[:MOST_OTHERS]:
                changed = {own.name: _with_factor(own, name, Name(other))}
                text = f"of d{own.of}/d{own.wrt} {other} stands where {name} belongs"
                yield Fault(WRONG_INDEX, text, changed, kin="" if _same_entry(name, other) else "another entry")
        signals = signals[-MOST_OTHERS:]
        for index, term in enumerate(own.terms):
            for signal in signals if term.upstream.startswith("delta_") else ():
                if signal != term.upstream:
                    terms = (*own.terms[:index], term._replace(upstream=signal), *own.terms[index + 1 :])
                    text = f"of d{own.of}/d{own.wrt} {signal} stands where {term.upstream} belongs"
                    yield Fault(WRONG_INDEX, text, {own.name: replace(own, terms=terms)})


def _nearness(name: str, other: str) -> int:
    """How far a name is from another: an entry of the same array, the same entry of another one, anything else."""
    (base, index), (base_of_other, index_of_other) = split_index(name), split_index(other)
    return 0 if base == base_of_other else 1 if index == index_of_other and index else 2


def _same_entry(name: str, other: str) -> bool:
    """Whether two names have the same index, or differ in the step of time only."""
    one, two = split_index(name)[1], split_index(other)[1]
    return one == two or len(one) == len(two) > 1 and one[1:] == two[1:]


def _exchanged(own: Pass, weights: list[str]) -> Iterator[Fault]:
    for one, two in combinations(weights[:_MOST_SWAPPED], 2):
        turned: dict[str, Tree] = {one: Name(two), two: Name(one)}
        text = f"of d{own.of}/d{own.wrt} the weights {one} and {two} are exchanged"
        yield Fault(WRONG_INDEX, text, dict(_with_names([own], turned)))


def _other_arrays(read: list[str], weights: set[str], sources: set[str]) -> Iterator[tuple[dict[str, Name], str]]:
    """All entries of one array in the place of those of another; all values of one step too early or too late."""
    groups: dict[str, list[str]] = {}
    for name in read:
        if split_index(name)[1]:
            groups.setdefault(split_index(name)[0], []).append(name)
    for base, members in groups.items():
        group = weights if members[0] in weights else sources
        others = dict.fromkeys(split_index(name)[0] for name in sorted(group) if split_index(name)[1])
        for other in others:
            turned: dict[str, Name] = {name: Name(element_name(other, split_index(name)[1])) for name in members}
            if other != base and len(members) > 1 and all(new.name in group for new in turned.values()):
                yield turned, f"{other} stands where {base} belongs"
        for later, when in ((1, "later"), (-1, "earlier")):
            start = [name for name in read if f"z_{split_index(name)[0]}" == base]  # h[0], what z_h is before the first step
            turned = {name: Name(at_step(name, later)) for name in members}
            turned |= {name: Name(at_step(f"z_{name}", later)) for name in start}
            if len(members) > 1 and all(new.name in group for new in turned.values()):
                yield turned, f"{base} stands one step {when} than it belongs"


def _leading_out(derivation: Derivation) -> dict[str, str]:
    """By the net input of each unit that feeds one other: the weight that leads out of it."""
    outputs = {own.name: own.argument for own in derivation.program.definitions if isinstance(own, Activation)}
    found: dict[str, list[str]] = {}
    for own in derivation.program.definitions:
        for source, weight in own.terms if isinstance(own, WeightedSum) else ():
            if source in outputs:
                found.setdefault(outputs[source], []).append(weight)
    return {name: weights[0] for name, weights in found.items() if len(weights) == 1}
