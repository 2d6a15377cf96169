"""The mistakes that people make in a backward pass, each as the derivation would be with it.

A fault replaces a few definitions; what follows from them then says what its author would have found. Where a wrong claim is
what follows from a fault, the fault is its diagnosis. They come in the order of how often they are met.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from ..derivation import Derivation
from ..document.scripts import split_index
from ..fields import NET_INPUT, activation_name
from ..functions import FUNCTIONS, OUTPUT, partial
from ..plain_text import plain_text
from ..program import Activation, Definition, ErrorSignal, Formula, LocalDerivative, Partial, SoftmaxUnit
from ..rules import Slope
from ..symbolic import formula_patterns
from ..tree import ONE, ZERO, Call, Name, Negative, Sum, Tree, fold, names, product, rebuild, substitute, tidied
from .fault import (
    EXTRA_SLOPE,
    MISSING_SLOPE,
    MOST_OTHERS,
    SAMPLES,
    WRONG_ARGUMENT,
    WRONG_SLOPE,
    Fault,
    Pass,
)
from .faults_of_paths import (
    at_step,
    early_updates,
    factors_of_terms,
    lost_paths,
    missing_factors,
    of_time,
    signs_of_terms,
    times,
    transposed,
    wrong_indices,
)
from .quantities import Vocabulary

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
        of_time(passes, derivation),
        lost_paths(passes),
        transposed(passes, derivation),
        _other_slopes(local),
        _slopes_too_much(passes, derivation),
        early_updates(passes, derivation),
        missing_factors(passes),
        signs_of_terms(passes),
        factors_of_terms(passes),
        _slopes_elsewhere(local, derivation),
        wrong_indices(passes, derivation),
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
        for other in sorted(others, key=lambda name: split_index(name)[1] != index)[:MOST_OTHERS]:
            text = f"the slope of {own.whose} is taken at {other}, not at its net input {own.argument}"
            yield Fault(WRONG_ARGUMENT, text, _with_slope(own, _at(own, other)))
    for later, when in ((1, "later"), (-1, "earlier")) if derivation.given.steps is not None else ():
        for own in local:
            other = at_step(own.argument, later)
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
                yield Fault(EXTRA_SLOPE, text, {own.name: times(own, slope)})
    functions = {own.function for own in derivation.program.definitions if isinstance(own, Activation)} - {"", "identity"}
    for own in passes:
        for function in sorted(functions) if own.wrt in derivation.program.given else ():
            slope = Call(function, (Name(own.wrt),), prime=True)
            yield Fault(EXTRA_SLOPE, f"the slope {function}'({own.wrt}) stands too much", {own.name: times(own, slope)})
