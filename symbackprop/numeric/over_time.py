"""Sequences: a person gives and reads one array over time, ``x``, a program knows its steps, ``x[1]``, ``x[2]``, …"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..arrays import element_name
from ..errors import InputError
from ..fields import describe
from ..network import Network
from ..time_steps import sequences


def merged(values: Mapping[str, Any] | None, named: Mapping[str, Any]) -> Mapping[str, Any]:
    """Values of a mapping and of keywords. Raises InputError for what is no mapping."""
    if values is None:
        return named
    if not isinstance(values, Mapping):
        raise InputError(f"expected values by name, a dict say, found {describe(values)}", "values")
    return {**values, **named} if named else values


def step_by_step(network: Network, passed: Mapping[str, Any]) -> dict[str, Any]:
    """Passed values with each sequence of a recurrent network taken apart into its steps, behind the axis of samples if it has one.

    Raises InputError for a sequence that has not as many values as there are steps.
    """
    if network.steps is None:
        return dict(passed)
    timed = sequences(network)
    found: dict[str, Any] = {}
    for name, value in passed.items():
        if name not in timed or not hasattr(value, "__len__") or isinstance(value, str):
            if name in timed and name in network.given and not isinstance(value, str):
                problem = f"{name!r} has a value at each of the {network.steps} steps; pass a list of them"
                raise InputError(problem, f"value of {name!r}")
            found[name] = value
            continue
        over_samples = _depth(value) > len(network.shapes.get(name, ())) + 1
        for length in {len(sample) for sample in value} if over_samples else {len(value)}:
            if length != network.steps:
                problem = f"{name!r} has {length} values over time, and the network has {network.steps} steps"
                raise InputError(problem, f"value of {name!r}")
        for step in range(network.steps):
            own = [sample[step] for sample in value] if over_samples else value[step]
            found[element_name(name, (step + 1,))] = own
    return found


def _depth(value: Any) -> int:
    """The number of axes of nested lists or of an array."""
    depth = 0
    while hasattr(value, "__len__") and not isinstance(value, str):
        depth += 1
        if not len(value):
            break
        value = value[0]
    return depth


def over_time(network: Network, found: Mapping[str, Any], varying: Collection[str]) -> dict[str, Any]:
    """Results by name with the steps of each given sequence in one list, behind the axis of samples where it has one."""
    if network.steps is None:
        return dict(found)
    timed = sequences(network)
    steps = {name: [element_name(name, (step,)) for step in range(1, network.steps + 1)] for name in network.given if name in timed}
    sequence_of = {own: name for name, names in steps.items() for own in names}
    joined: dict[str, Any] = {}
    for name, value in found.items():
        sequence = sequence_of.get(name)
        if sequence is None:
            joined[name] = value
        elif sequence not in joined and all(own in found for own in steps[sequence]):
            values = [found[own] for own in steps[sequence]]
            joined[sequence] = [list(sample) for sample in zip(*values, strict=True)] if name in varying else values
    return joined
