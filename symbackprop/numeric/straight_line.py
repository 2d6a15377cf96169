"""Derivation → what a function has to compute: a list of assignments that any back end can print.

Only what the outputs need is kept, in the order of the derivation. Losses are replaced by their numerically
safe forms here, so that every back end computes the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from .. import losses
from ..derivation import Derivation
from ..errors import InputError
from ..functions import GENERIC
from ..program import Activation, Definition, ErrorSignal, LossSum, Partial, Program
from ..tree import ONE, Call, Name, Tree, derivative_name, negative, total


@dataclass(frozen=True, slots=True)
class StraightLine:
    """``arguments``: the given symbols that are read; ``lines``: (plain name, tree) to assign; ``outputs``: plain names."""

    arguments: tuple[str, ...]
    lines: tuple[tuple[str, Tree], ...]
    outputs: tuple[str, ...]


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
    for definition in (*program.definitions, *derivation.backward_pass):
        steps.append((definition.name, partial(_safe_tree, program, definition)))
        if isinstance(definition, ErrorSignal):
            steps.append((derivative_name(objective, definition.wrt), partial(_unsigned, definition)))
    steps.append((derivative_name(objective, objective), lambda: ONE))
    steps.extend((name, partial(_itself, tree)) for name, tree in extra)

    needed = set(outputs)
    lines: list[tuple[str, Tree]] = []
    for name, make in reversed(steps):
        if name in needed:
            tree = make()
            needed.update(_reads(tree, program))
            lines.append((name, tree))
    lines.reverse()
    return StraightLine(tuple(name for name in program.given if name in needed), tuple(lines), outputs)


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


def _safe_tree(program: Program, definition: Definition) -> Tree:
    """The tree of a definition, a loss and its slopes in their safe forms."""
    if isinstance(definition, LossSum):
        return _safe_loss(program, definition)
    if isinstance(definition, Partial | ErrorSignal):
        loss = program.by_name[definition.of]
        if isinstance(loss, LossSum) and losses.LOSSES[loss.function].safe:
            slopes = iter(_safe_slopes(program, loss, definition.wrt))
            terms = tuple(term._replace(factor=next(slopes)) if term.through == loss.name else term for term in definition.terms)
            return replace(definition, terms=terms).tree
    return definition.tree


def _safe_loss(program: Program, loss: LossSum) -> Tree:
    if not losses.LOSSES[loss.function].safe:
        return loss.tree
    shares = []
    for output, target in loss.outputs:
        form, net_input = _safe_form(program, loss, output)
        shares.append(losses.instantiate_safe(form.share, output, target, net_input))
    return total(shares)


def _safe_slopes(program: Program, loss: LossSum, wrt: str) -> Iterator[Tree]:
    """∂E/∂wrt by each use of ``wrt`` in the loss, in the order of `LossSum.partials`."""
    for output, target in loss.outputs:
        form, net_input = _safe_form(program, loss, output)
        if wrt == output:
            yield losses.instantiate_safe(form.by_output, output, target, net_input)
        if wrt == target:
            yield losses.instantiate_safe(form.by_target, output, target, net_input)


def _safe_form(program: Program, loss: LossSum, output: str) -> tuple[losses.SafeForm, str]:
    """The safe form for one output, and the name of its net input."""
    activation = program.by_name[output]
    assert isinstance(activation, Activation)  # a loss is over outputs of units
    forms = losses.LOSSES[loss.function].safe
    return forms.get(activation.function, forms[""]), activation.argument
