"""The shapes of recurrent equations at one step, and what makes a recurrence well formed.

What is read at an earlier step has the shape that its own equation gives it, which reads it: so what is known of the
equation decides, and the result is checked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .array_tree import Element, Shape
from .arrays import Array
from .errors import InputError
from .shapes import SCALAR, shape_from_known, shape_of, show
from .time_steps import bare_reads, base_of, initial_names, is_time, longest_delays, sequences, timed_reads
from .tree import Call, Name, Negative, Number, Power, Product, Quotient, Sum, Tree, fold, rebuild

if TYPE_CHECKING:
    from .network import Network


def step_shapes(network: Network) -> Mapping[str, Shape]:
    """The shape of every symbol of recurrent equations, at one step.

    A state has the shape of its initial value where that fits, or else that which its equation gives it. Raises InputError
    where that does not tell, and where shapes do not fit.
    """
    initial = dict(_initial_shapes(network))
    if initial:
        try:
            return _shapes_with(network, initial)
        except InputError:
            pass  # a wrong initial value must not be what tells the shape
    return _shapes_with(network, {})


def _shapes_with(network: Network, initial: Mapping[str, Shape]) -> Mapping[str, Shape]:
    timed = sequences(network)
    equations = {name: _timeless(tree, timed) for name, tree in network.equations}
    known = {**network.shapes, **initial}
    guesses = _guessed([name for name in longest_delays(network) if name in equations and name not in known], equations, known)
    found = {**known, **{name: shape or SCALAR for name, shape in guesses.items()}}
    for name, tree in equations.items():
        try:
            shape = shape_of(tree, found, where=f"equations.{name}")
        except InputError:
            if None in guesses.values():
                raise _unknown(next(name for name, guess in guesses.items() if guess is None)) from None
            raise
        if shape != found.get(name, shape):
            raise _unknown(name)
        found[name] = shape
    return found


def _initial_shapes(network: Network) -> Iterator[tuple[str, Shape]]:
    """The states whose initial value has a shape, declared or its own."""
    values = {**network.values, **(network.samples[0] if network.samples else {})}
    for name in initial_names(network):
        if name in network.shapes or isinstance(values.get(name), Number):
            yield base_of(name), network.shapes.get(name, SCALAR)


def _guessed(states: list[str], equations: Mapping[str, Tree], known: Mapping[str, Shape]) -> dict[str, Shape | None]:
    """The shape of each state as its equation tells it; None where none of them tells more."""
    guesses: dict[str, Shape | None] = dict.fromkeys(states)
    while None in guesses.values():
        shapes = {**known, **{name: shape for name, shape in guesses.items() if shape is not None}}
        unknown = {name for name, shape in guesses.items() if shape is None}
        for name, tree in equations.items():
            shape = shape_from_known(tree, shapes, unknown)
            if shape is None:
                unknown.add(name)
            else:
                shapes.setdefault(name, shape)
        new = {name: shapes[name] for name in states if guesses[name] is None and name in shapes}
        if not new:
            break
        guesses |= new
    return guesses


def _unknown(name: str) -> InputError:
    remedy = f"give {name}[0] a value, or its shape in [shapes]"
    return InputError(f"the shape of {name!r} at a step cannot be told from its equation; {remedy}", "shapes")


def _timeless(tree: Tree, timed: Collection[str]) -> Tree:
    """A formula with the indices of time left out, for its shape."""

    def leave_out(node: Any, children: list[Tree]) -> Tree:
        match node:
            case Element(Name(name), (index, *rest)) if name in timed or is_time(index):
                return Element(node.body, tuple(rest)) if rest else node.body
        return rebuild(node, children) if children else node

    return fold(tree, leave_out)


def check_recurrence(network: Network, declared: Collection[str]) -> None:
    """The shapes of a recurrent network fit, and the steps that it names exist. Raises InputError where they do not.

    ``declared`` are the names whose shape was given, not taken from a value.
    """
    assert network.steps is not None
    timed, initial = sequences(network), frozenset(initial_names(network))
    for name, tree in network.equations:
        stack = [tree]
        while stack:
            node = stack.pop()
            if isinstance(node, Element) and isinstance(node.body, Name) and node.body.name in timed and not is_time(node.index[0]):
                _check_step(network.steps, node.body.name, int(node.index[0]), initial, f"equations.{name}")
            stack.extend(node.children)
    shapes = step_shapes(network) if network.is_array else {}
    for name in initial:
        value = {**network.values, **(network.samples[0] if network.samples else {})}.get(name)
        own, wanted = value.shape if isinstance(value, Array) else (), shapes.get(base_of(name), ())
        if value is not None and own != wanted:
            raise InputError(
                f"{name!r} must be {show(wanted)} like {base_of(name)} at a step, and the value is {show(own)}", f"values.{name}"
            )
    if network.is_array:
        shape = shapes.get(network.objective)
        if shape:
            place = f"equations.{network.objective}"
            raise InputError(f"the objective {network.objective!r} must be a number, and is {show(shape)}; sum(…) adds up", place)
        _refuse_hidden_steps(network, timed, shapes, declared)


def _check_step(steps: int, name: str, step: int, initial: Collection[str], place: str) -> None:
    if step > steps:
        raise InputError(f"{name}[{step}] is after the last step, {steps}", place)
    if step < -steps:
        raise InputError(f"{name}[{step}] is before the first step, which is {name}[1], or {name}[-{steps}] from the end", place)
    if step == 0 and f"{name}[0]" not in initial:
        raise InputError(f"{name}[0] is before the first step, {name}[1], and no step reads {name}[t-1]", place)


def _refuse_hidden_steps(network: Network, timed: Collection[str], shapes: Mapping[str, Shape], declared: Collection[str]) -> None:
    """Raise InputError for a vector with a number for each step that is read as a whole where each step has a number.

    ``h[t] - y`` with T numbers in y means y[t]; a vector there would spread the number h[t]. A parameter may do so in a product.
    """
    parameters = {*network.parameters, *network.frozen}
    for place, tree in network.equations:
        if place not in timed:
            continue
        whole = {name for name in bare_reads(tree) if name not in timed and shapes.get(name) == (network.steps,)}
        whole -= {*declared, *shapes.keys() - network.shapes.keys()}
        stack = [_timeless(tree, timed)] if whole else []
        while stack:
            node = stack.pop()
            stack.extend(node.children)
            if not isinstance(node, Sum | Product | Quotient | Power | Call):
                continue
            numbers = [child for child in node.children if not shape_of(child, shapes)]
            if not any(name in timed for child in numbers for name, _ in timed_reads(child)):
                continue
            for child in node.children:
                body = child.body if isinstance(child, Negative) else child
                if isinstance(body, Name) and body.name in whole and (isinstance(node, Sum) or body.name not in parameters):
                    found = f"{body.name!r} has {network.steps} numbers, and there are as many steps"
                    remedy = f"write {body.name}[t] for the number of a step, or declare its shape in [shapes]"
                    raise InputError(f"{found}; {remedy}", f"equations.{place}")
