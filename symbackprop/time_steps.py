"""Names over time: ``h[t]``, ``h[t-1]``, ``h[3]``, and which symbols of a recurrent network have a value at every step.

Steps are counted from 1 to T; ``h[0]`` is the initial value. A definition is made at every step if it reads time, or is read
at a time, or reads what is made at every step; all else, the weights above all, is the same at all steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .array_tree import Element, Mean, Reduce
from .errors import InputError
from .fields import check_length
from .tree import Name, Tree

if TYPE_CHECKING:
    from .network import Network

TIME = "t"
_TIMED = re.compile(r"(.+?)\[t(?:-(\d+))?\]")
_NUMBERED = re.compile(r"([^\[]+)\[(-?\d+)\]")


def delayed(source: str) -> tuple[str, int | None]:
    """The name and the delay of a source: ``h[t-1]`` is h one step before, ``h[t]`` and ``h`` have the delays 0 and None."""
    match = _TIMED.fullmatch(source)
    return (match[1], int(match[2] or 0)) if match else (source, None)


def base_of(name: str) -> str:
    """The name without its step: h for ``h[0]``."""
    return name.partition("[")[0]


def is_time(index: str) -> bool:
    return index.startswith(TIME)


def delay_of(index: str) -> int:
    """The delay that an index of time says: 1 for ``t-1``."""
    return int(index[2:] or 0)


def timed_reads(tree: Tree) -> Iterator[tuple[str, int | None]]:
    """(name, delay) of everything a formula reads; the delay is None for a name without an index of time."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Element) and isinstance(node.body, Name) and is_time(node.index[0]):
            yield node.body.name, delay_of(node.index[0])
        elif isinstance(node, Name):
            yield delayed(node.name)
        else:
            stack.extend(reversed(node.children))


def has_time(tree: Tree) -> bool:
    """Whether a formula reads anything at a time."""
    return any(delay is not None for _, delay in timed_reads(tree))


def same_step(tree: Tree) -> tuple[str, ...]:
    """The names that a formula reads at its own step."""
    return tuple(dict.fromkeys(name for name, delay in timed_reads(tree) if not delay))


def unit_reads(network: Network) -> Iterator[tuple[str, int | None]]:
    """(name, delay) of everything that units read."""
    for unit in network.units:
        if unit.formula is not None:
            yield from timed_reads(unit.formula)
        yield from (delayed(source) for source, _ in unit.sources)


def all_reads(network: Network) -> Iterator[tuple[str, int | None]]:
    """(name, delay) of everything that units and equations read."""
    yield from unit_reads(network)
    for _, tree in network.equations:
        yield from timed_reads(tree)


def longest_delays(network: Network) -> dict[str, int]:
    """How far back each name is read that is read at an earlier step."""
    found: dict[str, int] = {}
    for name, delay in all_reads(network):
        if delay:
            found[name] = max(delay, found.get(name, 0))
    return found


def initial_names(network: Network) -> tuple[str, ...]:
    """The given symbols before the first step: ``h[0]``, and ``h[-1]`` where a delay is 2."""
    return tuple(f"{name}[{-back}]" for name, delay in longest_delays(network).items() for back in range(delay))


def why_not_given(network: Network, name: str) -> str:
    """Why a symbol at a step takes no value: ``h[2]`` is computed, ``h[-5]`` is never read. Empty for other names."""
    match = _NUMBERED.fullmatch(name)
    if match is None or network.steps is None or match[1] not in sequences(network):
        return ""
    base, step = match[1], int(match[2])
    if step > 0:
        return (
            f"is a step; give {base!r} one array over time"
            if base in network.given
            else "is defined by the network and cannot be given"
        )
    known = [own for own in initial_names(network) if base_of(own) == base]
    reason = (
        f"is before {known[-1]}, the first that a step reads"
        if known
        else f"is before the first step, and no step reads {base}[t-1]"
    )
    return f"{reason}; only formulas count from the end" if step else reason


def sequences(network: Network) -> frozenset[str]:
    """The names that have a value at every step, given or defined."""
    if network.units:
        targets = [target for _, target in network.loss.targets] if network.loss and per_step_loss(network) else []
        data = {name for name in (*network.inputs, *targets) if not is_constant(network, name)}  # type: ignore[misc]
        timed = {name for name, delay in unit_reads(network) if delay is not None}
        return frozenset(data | timed | {unit.name for unit in network.units})
    found = {name for name, delay in all_reads(network) if delay is not None}
    grown = True
    while grown:
        grown = False
        for name, tree in network.equations:
            if name not in found and (has_time(tree) or not found.isdisjoint(bare_reads(tree))):
                found.add(name)
                grown = True
    return frozenset(found)


def bare_reads(tree: Tree) -> tuple[str, ...]:
    """The names that a formula reads without an index, and not as a whole: ``sum(e)`` adds over all steps."""
    found: dict[str, None] = {}
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Reduce | Mean) and isinstance(node.body, Name) and node.axis is None:
            continue
        if isinstance(node, Element) and isinstance(node.body, Name):
            continue
        if isinstance(node, Name):
            found[node.name] = None
        stack.extend(node.children)
    return tuple(found)


def per_step_loss(network: Network) -> bool:
    """Whether a loss over units counts at every step: as it says, else where the targets are sequences."""
    assert network.loss is not None
    if network.loss.steps:
        return network.loss.steps == "each"
    return not network.loss.targets or any(not is_constant(network, target) for _, target in network.loss.targets)


def is_constant(network: Network, name: str) -> bool:
    """Whether a given symbol has one number as its value, for all steps."""
    values = [own[name] for own in (network.values, *network.samples[:1]) if name in own]
    return bool(values) and not any(_is_array(value) for value in values)


def _is_array(value: object) -> bool:
    return bool(getattr(value, "shape", ())) or (hasattr(value, "__len__") and not isinstance(value, str))


def check_steps(network: Network) -> int | None:
    """The number of steps, checked. Raises InputError where time is read and there are none."""
    if network.steps is None:
        for name, delay in all_reads(network):
            if delay is not None:
                shown = f"{name}[t-{delay}]" if delay else f"{name}[t]"
                raise InputError(f"{shown!r} is read over time, so the network needs a number of steps; give steps = T", "steps")
        return None
    if network.layers:
        raise InputError("layers have no recurrence; write the recurrent network as units or equations", "steps")
    if isinstance(network.steps, str):
        raise InputError("expected a number of steps; the page of any number shows the general step", "steps")
    return int(check_length(network.steps, "steps"))
