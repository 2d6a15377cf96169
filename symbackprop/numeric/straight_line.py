"""Derivation → what a function has to compute: a list of assignments that any back end can print.

Only what the outputs need is kept, in the order of the derivation. Losses, softmax and the slopes of saturated units are
replaced by their numerically safe forms here, so that every back end computes the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from .. import losses
from ..array_program import Linear, SoftmaxMap
from ..array_tree import Ones, Reduce, Shape, Transpose
from ..derivation import Derivation
from ..errors import InputError
from ..functions import GENERIC
from ..program import Activation, Definition, ErrorSignal, LossSum, Partial, Program, SoftmaxUnit, Term, WeightedSum
from ..rules import UPSTREAM
from ..shapes import shape_of
from ..tree import ONE, Call, Name, Product, Tree, derivative_name, fold, negative, product, rebuild, total
from .complements import Complements

SOFTMAX, LOG_SOFTMAX = "softmax", "log_softmax"


class Add(NamedTuple):
    """``name`` gets ``tree`` added."""

    name: str
    tree: Tree


class Start(NamedTuple):
    """``name``, to which a loop adds, is zero."""

    name: str


class Loop(NamedTuple):
    """``items`` for every step of time from ``first`` to ``last``, which may be the earlier one; see `rolled`."""

    first: int
    last: int
    items: tuple[Any, ...]


Line = tuple[str, Tree]
Item = Line | Add | Start | Loop


@dataclass(frozen=True, slots=True)
class Family:
    """Names that differ in their step alone, from the ``first`` to the ``last``; ``is_given``: arguments; ``shape``: of each.

    ``is_kept`` says that they are read beyond the step that makes them.
    """

    first: int
    last: int
    is_given: bool
    is_kept: bool
    shape: Shape = ()


@dataclass(frozen=True, slots=True)
class StraightLine:
    """``arguments``: the given symbols that are read; ``lines``: (plain name, tree) to assign; ``outputs``: plain names.

    ``shapes`` holds those of the arguments and lines that are arrays. A program with loops has items among the lines; what these
    read and write are ``families``, by the name with ``t`` for its step, and ``places`` tells the family and the step of a name.
    """

    arguments: tuple[str, ...]
    lines: tuple[Item, ...]
    outputs: tuple[str, ...]
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    families: Mapping[str, Family] = field(default_factory=dict)
    places: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def lengths(self) -> tuple[str, ...]:
        """The lengths that are not given, in the order in which the arguments have them."""
        shapes = (self.shapes.get(name, ()) for name in self.arguments)
        return tuple(dict.fromkeys(length for shape in shapes for length in shape if isinstance(length, str)))

    def sequence(self, name: str) -> str:
        """The family that a name belongs to, if all of its members are arguments; else empty."""
        place = self.places.get(name)
        return place[0] if place and self.families[place[0]].is_given else ""

    def assigned(self) -> Iterator[Line | Add]:
        """Every line, those of loops included."""
        stack = list(reversed(self.lines))
        while stack:
            item = stack.pop()
            if isinstance(item, Loop):
                stack.extend(reversed(item.items))
            elif not isinstance(item, Start):
                yield item


def straight_line(derivation: Derivation, outputs: Iterable[str], extra: Iterable[tuple[str, Tree]] = ()) -> StraightLine:
    """The assignments that compute ``outputs``: definitions, partials as ``dE/dw``, or names of ``extra``.

    ``dE/ds_j`` is the true partial, whatever the sign of δ_j. ``extra`` are further (name, tree) that may read
    forward definitions, local derivatives and each other in order.
    Raises InputError where an output needs the undefined generic activation, which has no numbers.
    """
    outputs = tuple(outputs)
    objective = derivation.objective
    program = derivation.program
    steps: list[tuple[str, Callable[[], Tree]]] = []
    safe = {loss.name: loss for loss in program.definitions if isinstance(loss, LossSum) and losses.LOSSES[loss.function].safe}
    complements = Complements(program)
    for definition in (*program.definitions, *derivation.backward_pass):
        beside = [(name, partial(_itself, tree)) for name, tree in complements.steps(definition.name)]
        steps += (*beside[:-1], (definition.name, partial(_safe_tree, program, safe, definition)), *beside[-1:])
        if isinstance(definition, ErrorSignal):
            steps.append((derivative_name(objective, definition.wrt), partial(_unsigned, definition)))
    steps.append((derivative_name(objective, objective), lambda: ONE))
    steps.extend((name, partial(_itself, tree)) for name, tree in extra)

    needed = set(outputs)
    # Sums of products of names, which are the longest lines and have no such difference.
    whole = {own.name for own in (*program.definitions, *derivation.backward_pass) if _is_of_products(own)}
    cancelled = {own.name for own in derivation.backward_pass if isinstance(own, ErrorSignal) and own.simplified}
    lines: list[Line] = []
    for name, make in reversed(steps):
        if name in needed:
            tree = complements.shortened(name, make(), needed)
            if name in cancelled:
                tree = complements.apart(tree)
            elif name not in whole:
                tree = complements.used_in(tree)
            needed.update(_reads(tree, program))
            lines.append((name, tree))
    lines.reverse()
    arguments = tuple(name for name in program.given if name in needed)
    if not program.shapes:
        return StraightLine(arguments, tuple(lines), outputs)
    shapes = dict(program.shapes)
    return StraightLine(arguments, tuple(_shaped(lines, derivation, shapes)), outputs, shapes)


def _shaped(lines: list[tuple[str, Tree]], derivation: Derivation, shapes: dict[str, Shape]) -> Iterator[tuple[str, Tree]]:
    """The lines, each partial in the shape of its symbol where its tree is smaller; ``shapes`` gets those of the lines."""
    full = {derivative_name(derivation.objective, name): shape for name, shape in shapes.items()}
    full |= {signal.name: shapes[signal.wrt] for signal in derivation.signals.values()}
    for name, tree in lines:
        shape = shape_of(tree, shapes)
        shapes[name] = full.get(name, shape)
        yield name, tree if shape == shapes[name] else Product((tree, Ones(shapes[name])))


def _reads(tree: Tree, program: Program) -> Iterator[str]:
    """The names that ``tree`` reads, repetitions included. Refuses the generic activation."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Call) and node.function == GENERIC:
            remedy = "name an activation or give a formula in s"
            raise InputError(f"the activation σ is undefined and has no numbers; {remedy}", _generic(program))
        if node.children:
            stack.extend(node.children)
        elif name := getattr(node, "name", ""):  # a name or a derivative; numbers have none
            yield name


def _is_of_products(definition: Definition) -> bool:
    if isinstance(definition, Partial | ErrorSignal):
        return all(term.upstream and not term.is_form for term in definition.terms)
    return isinstance(definition, WeightedSum | Linear)


def _generic(program: Program) -> str:
    """Where the first generic activation stands."""
    for definition in program.definitions:
        stack = [definition.tree]
        while stack:
            node = stack.pop()
            if isinstance(node, Call) and node.function == GENERIC:
                unit = getattr(definition, "unit", "")
                return f"unit {unit!r}" if unit else definition.name
            stack.extend(node.children)
    return ""


def _itself(tree: Tree) -> Tree:
    return tree


def _unsigned(signal: ErrorSignal) -> Tree:
    return Name(signal.name) if signal.sign > 0 else negative(Name(signal.name))


def _safe_tree(program: Program, safe: Mapping[str, LossSum], definition: Definition) -> Tree:
    """The tree of a definition; of softmax and of the losses in ``safe``, their slopes included, the safe form."""
    if isinstance(definition, SoftmaxUnit):
        return Call(SOFTMAX, (Name(definition.argument), *map(Name, definition.reads)))
    if definition.name in safe:
        return _safe_loss(program, safe[definition.name])
    if safe and isinstance(definition, Partial | ErrorSignal) and any(term.through in safe for term in definition.terms):
        return replace(definition, terms=tuple(_safe_terms(program, safe, definition))).tree
    return definition.tree


def _safe_loss(program: Program, loss: LossSum) -> Tree:
    shares = [_instantiated(program, loss, pair, "share") for pair in loss.outputs]
    return product([loss.share, Reduce(shares[0])]) if loss.width else total(shares)


def _safe_terms(program: Program, safe: Mapping[str, LossSum], definition: Partial | ErrorSignal) -> Iterator[Term]:
    """The terms of a partial, those through a loss with its safe slopes."""
    slopes = {name: _safe_slopes(program, loss, definition.wrt) for name, loss in safe.items()}
    for term in definition.terms:
        if term.through in safe:
            slope = next(slopes[term.through])
            share = safe[term.through].share
            term = term._replace(factor=product([Name(UPSTREAM), share, slope]) if term.is_form else slope)
        yield term


def _safe_slopes(program: Program, loss: LossSum, wrt: str) -> Iterator[Tree]:
    """∂E/∂wrt by each use of ``wrt`` in the loss, in the order of `LossSum.partials`."""
    for output, target in loss.outputs:
        if wrt == output:
            yield _instantiated(program, loss, (output, target), "by_output")
        if wrt == target:
            yield _instantiated(program, loss, (output, target), "by_target")


def _instantiated(program: Program, loss: LossSum, pair: tuple[str, str], part: str) -> Tree:
    """A part of the safe form of a loss, for one output and its target."""
    output, target = pair
    activation = program.by_name[output]
    assert isinstance(activation, Activation | SoftmaxUnit | SoftmaxMap)  # a loss is over outputs of units
    forms = losses.LOSSES[loss.function].safe
    text: str = getattr(forms.get(activation.function, forms[""]), part)
    tree = losses.instantiate_safe(text, output, target, activation.argument)
    return _log_softmax(tree, activation) if LOG_SOFTMAX in text else tree


def _log_softmax(tree: Tree, activation: Activation | SoftmaxUnit | SoftmaxMap) -> Tree:
    """``tree`` with ln softmax(s) written for its layer: of a unit the others are read as well, of an array the axis counts."""

    def write(node: Any, children: list[Tree]) -> Tree:
        if not isinstance(node, Call) or node.function != LOG_SOFTMAX:
            return rebuild(node, children) if children else node
        if isinstance(activation, SoftmaxUnit):
            return Call(LOG_SOFTMAX, (*children, *map(Name, activation.reads)))
        if isinstance(activation, SoftmaxMap) and activation.axis == 0:
            return Transpose(Call(LOG_SOFTMAX, tuple(map(Transpose, children))))
        return Call(LOG_SOFTMAX, tuple(children))

    return fold(tree, write)
