"""The mistakes that people make in a backward pass, each as the derivation would be with it.

A fault replaces a few definitions; what follows from them then says what its author would have found. Where a wrong claim is
what follows from a fault, the fault is its diagnosis. They come in the order of how often they are met.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

from ..arrays import element_name
from ..derivation import Derivation
from ..document.scripts import split_index
from ..fields import NET_INPUT, activation_name
from ..functions import FUNCTIONS, OUTPUT, partial
from ..plain_text import plain_text
from ..program import Activation, Definition, ErrorSignal, Formula, LocalDerivative, Partial, SoftmaxUnit, Term, WeightedSum
from ..rules import Slope
from ..symbolic import formula_patterns
from ..tree import ONE, ZERO, Call, Name, Negative, Number, Sum, Tree, fold, names, product, rebuild, substitute, tidied
from .quantities import Vocabulary

Pass = Partial | ErrorSignal

MISSING_SLOPE = "missing slope"
WRONG_ARGUMENT = "slope at the wrong argument"
WRONG_SLOPE = "wrong slope"
EXTRA_SLOPE = "slope too much"
LOST_PATH = "lost path"
MISSING_STEPS = "missing time steps"
TRANSPOSED = "transposed"
MISSING_FACTOR = "missing factor"
WRONG_INDEX = "wrong index"
EARLY_UPDATE = "weights updated too early"
SAMPLES = "averaged or summed"
SIGN_OF_TERM = "sign of a term"
FACTOR = "factor"

_INDEX = re.compile(r"(\[[^\]]*\])")
# What faults that belong together have in common: all but the indices behind the first (which is a step of time), all but the
# indices, all but those of what is computed.
_ALIKE = (
    (re.compile(r"(\[[^\]]*\])\[[^\]]*\]"), r"\1"),
    (_INDEX, ""),
    (re.compile(r"(/d[^\s\[]*)(?:\[[^\]]*\])+"), r"\1"),
)
_UNIT = re.compile(r"unit(?= \d+\b(?!\[))")  # a unit of a layer without its index is the layer
_CALLED = "called "  # the value of a function inside a formula; no name of a network has a space
MOVED = "moved "  # before the name of a parameter: its value after the update
_MOST_OTHERS = 24  # names that are tried in the place of one
_MOST_SWAPPED = 8  # weights of one sum of which each two are exchanged


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake: its kind, what it is in words, the definitions as they are with it, and how it gathers samples.

    Faults whose texts differ in indices only are one fault of all entries, if they have the same ``kin`` as well.
    """

    kind: str
    text: str
    replaced: Mapping[str, Definition] = field(default_factory=dict)
    gather: str = ""
    kin: str = ""


class _Local(NamedTuple):
    """A slope that the backward pass reads: f′ at ``argument`` of ``output`` = f(argument), which is of a unit or an equation."""

    definition: LocalDerivative
    output: str
    argument: str
    template: Tree  # f in the local name ``s``
    whose: str

    @property
    def function(self) -> str:
        """The function's name; empty for a formula."""
        return activation_name(self.template)

    @property
    def text(self) -> str:
        return f"{self.function or 'f'}'({self.argument})"


def faults(words: Vocabulary, derivation: Derivation, whole: bool = False) -> Iterator[Fault]:
    """Every fault that changes a definition of ``words``; in arrays as a ``whole`` where a claim is about all entries."""
    passes = [own for own in words.definitions if isinstance(own, Partial | ErrorSignal)]
    local = list(_slopes(words, derivation))
    kinds = (
        _of_samples(words, derivation),
        _missing_slopes(local, passes),
        _slopes_inside(words, derivation),
        _slopes_at_outputs(local),
        _of_time(passes, derivation),
        _lost_paths(passes),
        _transposed(passes, derivation),
        _other_slopes(local),
        _slopes_too_much(passes, derivation),
        _early_updates(passes, derivation),
        _missing_factors(passes),
        _signs_of_terms(passes),
        _factors_of_terms(passes),
        _slopes_elsewhere(local, derivation),
        _wrong_indices(passes, derivation),
    )
    for kind in kinds:
        yield from _together(kind, whole, bool(derivation.given.layers))


def _together(found: Iterable[Fault], whole: bool, layers: bool) -> Iterator[Fault]:
    """Before faults of single entries, or single steps of time, the same fault in all of them.

    Of a claim about ``whole`` arrays no fault of a single entry is tried where others could have the same.
    """
    alone = list(found)
    tried: set[tuple[int, ...]] = set()
    for own_part, kept in _ALIKE:
        groups: dict[tuple[str, str], list[int]] = {}
        for index, fault in enumerate(alone):
            groups.setdefault((own_part.sub(kept, fault.text), fault.kin), []).append(index)
        for members in groups.values():
            replaced = {name: own for index in members for name, own in alone[index].replaced.items()}
            # Where one definition has several replacements, they are different faults.
            if len(members) > 1 and len(replaced) == sum(len(alone[index].replaced) for index in members):
                if tuple(members) not in tried:
                    tried.add(tuple(members))
                    text = _common_text([alone[index].text for index in members])
                    yield Fault(alone[members[0]].kind, _UNIT.sub("layer", text) if layers else text, replaced)
    yield from (fault for fault in alone if not whole or not _INDEX.search(fault.text))


def _common_text(texts: list[str]) -> str:
    """Texts that differ in indices as one, with the indices that all of them have."""
    parts = [_INDEX.split(text) for text in texts]
    same = [all(own[at : at + 1] == parts[0][at : at + 1] for own in parts) for at in range(len(parts[0]))]
    return "".join(part for at, part in enumerate(parts[0]) if at % 2 == 0 or same[at])


def _of_samples(words: Vocabulary, derivation: Derivation) -> Iterator[Fault]:
    if words.updates and len(derivation.network.samples) > 1:
        yield Fault(SAMPLES, "only the first sample is taken", gather="first")
        if words.gather == "mean":
            yield Fault(SAMPLES, "the samples are summed where the loss says their mean", gather="sum")
        else:
            yield Fault(SAMPLES, "the samples are averaged where the loss says their sum", gather="mean")


# Slopes.


def _slopes(words: Vocabulary, derivation: Derivation) -> Iterator[_Local]:
    for own in words.definitions:
        of = derivation.program.by_name.get(own.of) if isinstance(own, LocalDerivative) else None
        assert not of or isinstance(own, LocalDerivative)
        match of:
            case Activation():
                yield _Local(own, of.name, of.argument, of.template, f"unit {of.unit}")  # type: ignore[arg-type]
            case Formula(tree=Call(arguments=(Name(argument), *others)) as call) if call.function in FUNCTIONS:
                template = Call(call.function, (Name(NET_INPUT), *others))
                yield _Local(own, of.name, argument, template, of.name)  # type: ignore[arg-type]


def _with_slope(local: _Local, slope: Tree) -> dict[str, Definition]:
    return {local.definition.name: replace(local.definition, slope=Slope(slope, {}))}


def _missing_slopes(local: list[_Local], passes: list[Pass]) -> Iterator[Fault]:
    for own in local:
        yield Fault(MISSING_SLOPE, f"the slope {own.text} of {own.whose} is missing", _with_slope(own, ONE))
    for signal in passes:  # those of all units that one feeds
        through = {term.through for term in signal.terms}
        members = [own for own in local if own.argument in through]
        if 1 < len(members) < len(local):
            replaced = {name: new for own in members for name, new in _with_slope(own, ONE).items()}
            whose = ", ".join(own.whose for own in members)
            yield Fault(MISSING_SLOPE, f"the slopes of {whose} are missing", replaced)
    if len(local) > 1:
        replaced = {name: new for own in local for name, new in _with_slope(own, ONE).items()}
        yield Fault(MISSING_SLOPE, "all slopes of activations are missing", replaced)


def _slopes_inside(words: Vocabulary, derivation: Derivation) -> Iterator[Fault]:
    """Of a formula that calls a function beside other things, o*tanh(c) say, the slope of the function alone."""
    for own in words.definitions:
        of = derivation.program.by_name.get(own.of) if isinstance(own, LocalDerivative) else None
        if not isinstance(own, LocalDerivative) or not isinstance(of, Formula) or isinstance(of.tree, Call):
            continue
        for call in _calls(of.tree):
            inner = names(call)
            if call.function in FUNCTIONS and own.wrt in inner and of.shapes is None:
                outer = _replaced(of.tree, call, Name(_CALLED))
                share = product([_partial(outer, _CALLED), _partial(call.arguments[0], own.wrt)])
                slope = substitute(tidied(Sum((_partial(outer, own.wrt), share))), {_CALLED: call})
                text = f"the slope {call.function}'({plain_text(call.arguments[0])}) in {of.name} is missing"
                yield Fault(MISSING_SLOPE, text, {own.name: replace(own, slope=Slope(slope, {}))})


def _calls(tree: Tree) -> Iterator[Call]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Call):
            yield node
        stack.extend(node.children)


def _replaced(tree: Tree, part: Tree, new: Tree) -> Tree:
    return fold(tree, lambda node, children: new if node == part else rebuild(node, children) if children else node)


def _partial(tree: Tree, name: str) -> Tree:
    """The partial of a formula by one of its names; 0 where it does not have it."""
    reads = names(tree)
    if name not in reads:
        return ZERO
    patterns, put_in = formula_patterns(tree, reads, tree)
    return substitute(patterns[reads.index(name)], put_in)


def _at(local: _Local, argument: str) -> Tree:
    """The slope as a formula of another argument."""
    template = local.template
    if isinstance(template, Call):
        return Call(template.function, (Name(argument), *template.arguments[1:]), prime=True)
    pattern = local.definition.slope.pattern
    inside = {NET_INPUT: Name(argument), OUTPUT: substitute(template, {NET_INPUT: Name(argument)})}
    return substitute(pattern, inside)


def _slopes_at_outputs(local: list[_Local]) -> Iterator[Fault]:
    def fault(members: list[_Local], text: str) -> Fault:
        return Fault(WRONG_ARGUMENT, text, {n: d for own in members for n, d in _with_slope(own, _at(own, own.output)).items()})

    for own in local:
        what = f"the slope of {own.whose} is taken at its output {own.output}, not at its net input {own.argument}"
        yield fault([own], what)
    if len(local) > 1:
        yield fault(local, "slopes are taken at the outputs of units, not at their net inputs")


def _slopes_elsewhere(local: list[_Local], derivation: Derivation) -> Iterator[Fault]:
    arguments = dict.fromkeys(own.argument for own in derivation.program.definitions if isinstance(own, Activation))
    arguments |= dict.fromkeys(own.argument for own in local)
    for own in local:
        index = split_index(own.argument)[1]
        others = [other for other in (*arguments, *derivation.program.given) if other not in (own.argument, own.output)]
        for other in sorted(others, key=lambda name: split_index(name)[1] != index)[:_MOST_OTHERS]:
            text = f"the slope of {own.whose} is taken at {other}, not at its net input {own.argument}"
            yield Fault(WRONG_ARGUMENT, text, _with_slope(own, _at(own, other)))
    for later, when in ((1, "later"), (-1, "earlier")) if derivation.given.steps is not None else ():
        for own in local:
            other = _at_step(own.argument, later)
            if other in arguments:
                text = f"the slope of {own.whose} is taken one step {when}, at {other}, not at its net input {own.argument}"
                yield Fault(WRONG_ARGUMENT, text, _with_slope(own, _at(own, other)))


def _other_slopes(local: list[_Local]) -> Iterator[Fault]:
    def everywhere(make: Callable[[Tree], Tree], text: Callable[[_Local], str]) -> Iterator[Fault]:
        for own in local:
            yield Fault(WRONG_SLOPE, text(own), _with_slope(own, make(Name(own.output))))
        if len(local) > 1:
            replaced = {name: new for own in local for name, new in _with_slope(own, make(Name(own.output))).items()}
            yield Fault(WRONG_SLOPE, text(local[0]) + ", and so for the other units", replaced)

    yield from everywhere(lambda z: z, lambda own: f"the output {own.output} stands in place of the slope {own.text}")
    yield from everywhere(
        lambda z: Sum((ONE, Negative(z))), lambda own: f"1 - {own.output} stands in place of the slope {own.text}"
    )
    for function in ("sigmoid", "tanh"):
        pattern = partial(function, 0)
        for own in local:
            if own.function != function:
                wrong = substitute(pattern, {OUTPUT: Name(own.output)})
                text = f"the slope of {function}, {plain_text(wrong)}, stands in place of {own.text}"
                yield Fault(WRONG_SLOPE, text, _with_slope(own, wrong))
    for own in local:
        tree = own.definition.tree
        yield Fault(EXTRA_SLOPE, f"the slope {own.text} stands twice", _with_slope(own, product([tree, tree])))


def _slopes_too_much(passes: list[Pass], derivation: Derivation) -> Iterator[Fault]:
    """The slope of an output unit that has cancelled against the loss; a slope at a symbol that no unit squashes."""
    for own in passes:
        if isinstance(own, ErrorSignal) and own.simplified:
            activation = derivation.program.by_name[own.terms[0].through]
            if isinstance(activation, Activation | SoftmaxUnit):
                output = Name(activation.name)
                slope = product([output, Sum((ONE, Negative(output)))])
                if isinstance(activation, Activation):
                    slope = activation.slope(output)
                text = f"the slope of unit {own.unit} stands too much: it has cancelled against the loss"
                yield Fault(EXTRA_SLOPE, text, {own.name: _times(own, slope)})
    functions = {own.function for own in derivation.program.definitions if isinstance(own, Activation)} - {"", "identity"}
    for own in passes:
        for function in sorted(functions) if own.wrt in derivation.program.given else ():
            slope = Call(function, (Name(own.wrt),), prime=True)
            yield Fault(EXTRA_SLOPE, f"the slope {function}'({own.wrt}) stands too much", {own.name: _times(own, slope)})


# Paths.


def _with_factors(own: Pass, change: Callable[[Tree], Tree]) -> Pass:
    return replace(own, terms=tuple(term._replace(factor=change(term.factor)) for term in own.terms))


def _with_factor(own: Pass, name: str, new: Tree) -> Pass:
    return _with_factors(own, lambda tree: tidied(substitute(tree, {name: new})))


def _times(own: Pass, factor: Tree) -> Pass:
    return _with_factors(own, lambda tree: product([tree, factor]))


def _through(term: Term) -> str:
    name = term.through
    return f"unit {name[2:]}" if name.startswith(("s_", "z_")) else name


def _lost_paths(passes: list[Pass]) -> Iterator[Fault]:
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


def _at_step(name: str, later: int) -> str:
    """``s_h[4]`` of ``s_h[3]``, one step later."""
    base, index = split_index(name)
    return element_name(base, (str(int(index[0]) + later), *index[1:])) if index and index[0].isdigit() else ""


def _of_time(passes: list[Pass], derivation: Derivation) -> Iterator[Fault]:
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


def _transposed(passes: list[Pass], derivation: Derivation) -> Iterator[Fault]:
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


def _early_updates(passes: list[Pass], derivation: Derivation) -> Iterator[Fault]:
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


def _missing_factors(passes: list[Pass]) -> Iterator[Fault]:
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


def _signs_of_terms(passes: list[Pass]) -> Iterator[Fault]:
    for own in passes:
        if len(own.terms) > 1:
            for index, term in enumerate(own.terms):
                turned = (*own.terms[:index], term._replace(sign=-term.sign), *own.terms[index + 1 :])
                text = f"of d{own.of}/d{own.wrt} the sign of the path through {_through(term)} is turned"
                yield Fault(SIGN_OF_TERM, text, {own.name: replace(own, terms=turned)})


def _factors_of_terms(passes: list[Pass]) -> Iterator[Fault]:
    for own in passes:
        for index, term in enumerate(own.terms if len(own.terms) > 1 else ()):
            for factor in (Fraction(2), Fraction(1, 2)):
                scaled = term._replace(factor=product([Number(factor), term.factor]))
                text = f"of d{own.of}/d{own.wrt} what comes through {_through(term)} is {factor} times what is right"
                yield Fault(FACTOR, text, {own.name: replace(own, terms=(*own.terms[:index], scaled, *own.terms[index + 1 :]))})


def _wrong_indices(passes: list[Pass], derivation: Derivation) -> Iterator[Fault]:
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
        for turned, text in _other_arrays(read, weights, sources):
            yield Fault(WRONG_INDEX, f"of d{own.of}/d{own.wrt} {text}", dict(_with_names([own], turned)))
        for name in read:
            group = weights if name in weights else sources
            for other in sorted(group - {name}, key=lambda other: (_nearness(name, other), other))[:_MOST_OTHERS]:
                changed = {own.name: _with_factor(own, name, Name(other))}
                text = f"of d{own.of}/d{own.wrt} {other} stands where {name} belongs"
                yield Fault(WRONG_INDEX, text, changed, kin="" if _same_entry(name, other) else "another entry")
        signals = signals[-_MOST_OTHERS:]
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


def _other_arrays(read: list[str], weights: set[str], sources: set[str]) -> Iterator[tuple[dict[str, Tree], str]]:
    """All entries of one array in the place of those of another; all values of one step too early or too late."""
    groups: dict[str, list[str]] = {}
    for name in read:
        if split_index(name)[1]:
            groups.setdefault(split_index(name)[0], []).append(name)
    for base, members in groups.items():
        group = weights if members[0] in weights else sources
        others = dict.fromkeys(split_index(name)[0] for name in sorted(group) if split_index(name)[1])
        for other in others:
            turned: dict[str, Tree] = {name: Name(element_name(other, split_index(name)[1])) for name in members}
            if other != base and len(members) > 1 and all(new.name in group for new in turned.values()):
                yield turned, f"{other} stands where {base} belongs"
        for later, when in ((1, "later"), (-1, "earlier")):
            start = [name for name in read if f"z_{split_index(name)[0]}" == base]  # h[0], what z_h is before the first step
            turned = {name: Name(_at_step(name, later)) for name in members}
            turned |= {name: Name(_at_step(f"z_{name}", later)) for name in start}
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
