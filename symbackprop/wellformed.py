"""What makes a network well formed: names with one meaning each, sources that exist and come earlier, values that fit.

The place in each error is the path of the offending key in a network file, ``units[2].from`` say,
so that a reader of files can put file and line in front.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from .array_tree import Softmax
from .errors import InputError, nearest
from .fields import LEARNING_RATE, check_name, describe, refuse_arrays
from .layered import LAYER_INPUT, OUTPUT_LAYER, layer_symbols, layer_uses, output
from .time_steps import delayed, initial_names, same_step
from .tree import names

if TYPE_CHECKING:
    from .network import Layer, Loss, Network, Unit

_SHOWN_OF_CYCLE = 8


def reads(unit: Unit) -> Iterable[str]:
    """The names that a unit reads at its own step: its sources, or every name of its formula."""
    if unit.formula is not None:
        return same_step(unit.formula)
    return (name for name, delay in (delayed(source) for source, _ in unit.sources) if not delay)


def uses(network: Network) -> Iterator[tuple[str, str, str]]:
    """(name, role, place) of each use of a given symbol, in the order in which the forward pass meets them."""
    defined = {name for name, _ in network.equations}
    for equation, tree in network.equations:
        for name in names(tree):
            if name not in defined:
                yield name, "symbol", f"equations.{equation}"
    if network.layers:
        yield from layer_uses(network)
    else:
        for name in network.inputs:  # type: ignore[union-attr]  # a length goes with layers
            yield name, "input", "inputs"
    units = {unit.name for unit in network.units}
    for index, unit in enumerate(network.units):
        if unit.formula is not None:
            for name in names(unit.formula):
                if name not in units:
                    yield name, "symbol", f"units[{index}].formula"
        for _, weight in unit.sources:
            yield weight, "weight", f"units[{index}].from"
        if unit.bias is not None:
            yield unit.bias, "bias", f"units[{index}].bias"
    for name in initial_names(network):
        yield name, "initial", "steps"
    if network.loss is not None:
        for _, target in network.loss.targets:
            yield target, "target", "loss.targets"
        if network.loss.formula is not None:
            symbols = symbols_of(network)
            for name in names(network.loss.formula):
                if name not in symbols:
                    yield name, "symbol", "loss.formula"


def symbols_of(network: Network) -> dict[str, str]:
    """The name of each net input and output, with its unit or layer."""
    if network.layers:
        return layer_symbols(network)
    return {symbol: unit.name for unit in network.units for symbol in (unit.net_input, unit.output)}


def check_structure(network: Network) -> None:
    """Every source exists and comes earlier, no name has two meanings, there is something to differentiate."""
    if network.reduction not in ("sum", "mean"):
        raise InputError(f"{describe(network.reduction)} is no reduction; write 'sum' or 'mean'", "reduction")
    if network.equations and (network.units or network.layers or network.loss):
        raise InputError("give either units or layers with a loss, or equations, not both", "equations")
    if network.layout not in ("column", "row"):
        raise InputError(f"{describe(network.layout)} is no layout; write 'column' or 'row'", "layout")
    if network.weight_order not in ("to from", "from to"):
        raise InputError(f"{describe(network.weight_order)} is no order; write 'to from' or 'from to'", "weight_order")
    if network.equations:
        _check_equations(network)
    else:
        if not network.layers:
            _check_units(network)
        _check_softmax(network)
        _check_loss(network)
    if network.shapes and network.units:
        raise InputError("the symbols of units are numbers and have no shapes", "shapes")
    _check_meanings(network)
    _check_lengths(network)


def _check_lengths(network: Network) -> None:
    """A length that is not given has a name of its own."""
    lengths = [(network.inputs, "inputs"), (network.steps, "steps")]
    lengths += [(layer.units, f"layers[{index}].units") for index, layer in enumerate(network.layers)]
    taken = symbol_names(network)
    for length, place in lengths:
        if isinstance(length, str) and length in taken:
            raise InputError(f"{length!r} names both a length and a symbol; choose another name", place)


def symbol_names(network: Network) -> set[str]:
    """Every name that a symbol of the network has."""
    return {*network.given, *symbols_of(network), *(name for name, _ in network.equations), network.objective}


def check_length_name(network: Network, batch: str) -> None:
    """Raise InputError where the name for the number of samples is one that the network has: equal names are equal lengths."""
    if batch in symbol_names(network) or batch == LEARNING_RATE:
        raise InputError(f"{batch!r} names both the number of samples and a symbol; choose another name", "batch")
    if batch in (network.inputs, *(layer.units for layer in network.layers), *chain.from_iterable(network.shapes.values())):
        raise InputError(f"{batch!r} names both the number of samples and another length; choose another name", "batch")


def _check_units(network: Network) -> None:
    if not network.units:
        raise InputError("the network has 0 units; add a [[units]] table, [[layers]], or equations", "units")
    inputs = set(network.inputs)  # type: ignore[arg-type]
    position: dict[str, int] = {}
    for index, unit in enumerate(network.units):
        if unit.name in position:
            raise InputError(f"two units are named {unit.name!r}", f"units[{index}].name")
        if unit.name in inputs:
            raise InputError(f"{unit.name!r} names both an input and a unit", f"units[{index}].name")
        position[unit.name] = index
    for index, unit in enumerate(network.units):
        for source in reads(unit):
            if unit.formula is not None and source not in position:
                continue  # a given symbol of the formula
            if source not in inputs and position.get(source, index) >= index:
                _raise_source(network, index, source, position)
        for source, _ in unit.sources:
            name, delay = delayed(source)
            if delay and name not in inputs and name not in position:
                raise InputError(f"there is no unit or input {name!r}{nearest(name, [*inputs, *position])}", f"units[{index}].from")
    _check_groups(network)


def _check_groups(network: Network) -> None:
    """A softmax is known when the net inputs of its whole group are: a unit that reads one comes after all of them."""
    last = {unit.group: unit for unit in network.units if is_softmax(unit)}
    open_units: dict[str, str] = {}
    for index, unit in enumerate(network.units):
        for source in reads(unit):
            if source in open_units:
                group = last[open_units[source]].name
                raise InputError(
                    f"{source!r} is one of several softmax units up to {group!r}; list {unit.name!r} after them", f"units[{index}]"
                )
        if is_softmax(unit):
            open_units[unit.name] = unit.group
        if last.get(unit.group) is unit:
            open_units = {name: group for name, group in open_units.items() if group != unit.group}


def _check_softmax(network: Network) -> None:
    """A softmax over one unit is 1 whatever its net input, so that nothing is learned: surely not what was meant."""
    if network.layers:
        alone = [f"layers[{index}]" for index, layer in enumerate(network.layers) if is_softmax(layer) and layer.units == 1]
    else:
        groups = Counter(unit.group for unit in network.units if is_softmax(unit))
        alone = [f"units[{index}]" for index, unit in enumerate(network.units) if is_softmax(unit) and groups[unit.group] == 1]
    if alone:
        remedy = "write sigmoid for one probability, or give the softmax another unit"
        raise InputError(f"a softmax over a single unit is always 1; {remedy}", f"{alone[0]}.activation")


def is_softmax(unit: Unit | Layer) -> bool:
    return isinstance(unit.activation, Softmax)


def _raise_source(network: Network, index: int, source: str, position: Mapping[str, int]) -> None:
    """Say what is wrong with a source that is no earlier unit: unknown, part of a cycle, or merely listed later."""
    unit = network.units[index]
    place = f"units[{index}].{'formula' if unit.formula is not None else 'from'}"
    if source not in position:
        known = [*network.given, *(earlier.name for earlier in network.units[:index])]
        raise InputError(f"there is no unit or input {source!r}{nearest(source, known)}", place)
    cycle = _cycle(unit.name, source, {other.name: reads(other) for other in network.units})
    if cycle:
        raise InputError(f"the units form a cycle: {cycle}; a network must be acyclic", place)
    raise InputError(f"unit {source!r} is used before it exists; list it before {unit.name!r}", place)


def _cycle(start: str, source: str, read_by: Mapping[str, Iterable[str]]) -> str:
    """How ``start``, which reads ``source``, comes to be read by it: then no order helps. Empty if it is not."""
    reader = {source: start}
    stack = [source]
    while stack:
        name = stack.pop()
        if name == start:
            path = [name]
            while len(path) == 1 or path[-1] != start:
                path.append(reader[path[-1]])
            return " -> ".join(path if len(path) <= _SHOWN_OF_CYCLE else [*path[: _SHOWN_OF_CYCLE - 2], "…", start])
        for earlier in read_by[name]:
            if earlier in read_by and earlier not in reader:
                reader[earlier] = name
                stack.append(earlier)
    return ""


def _check_loss(network: Network) -> None:
    units = [unit.name for unit in network.units]
    symbols = symbols_of(network)
    loss = network.loss
    if loss is None:
        if not network.objective:
            instead = "" if network.layers else ', or objective = "z_UNIT"'
            raise InputError(f"there is no loss; add a [loss] table{instead}", "loss")
        if network.objective not in symbols:
            hint = nearest(network.objective, symbols)
            raise InputError(f"{network.objective!r} is no definition of the network{hint}", "objective")
        return
    _check_outputs(network)
    if loss.formula is not None and not any(name in symbols for name in names(loss.formula)):
        last, what = (output(len(network.layers)), "the last layer") if network.layers else (f"z_{units[-1]}", repr(units[-1]))
        kind = "layer" if network.layers else "unit"
        raise InputError(f"the formula uses no {kind}'s output; write {last} for the output of {what}", "loss.formula")
    if loss.formula is not None and not network.layers:
        refuse_arrays(loss.formula, "the loss of units", "loss.formula")


def _check_outputs(network: Network) -> None:
    """The targets belong to units, or to the last layer."""
    loss = network.loss
    assert loss is not None
    if network.layers:
        for key, target in loss.targets:
            if len(loss.targets) > 1 or key != OUTPUT_LAYER:
                raise InputError('a loss over layers has one target vector; write targets = "y"', "loss.targets")
            last = network.layers[-1].units
            if target == LAYER_INPUT and last != network.inputs:
                found = f"{LAYER_INPUT!r} has the length {network.inputs}, and the last layer {last} units"
                raise InputError(f"the target must be as long as the output; {found}", "loss.targets")
        return
    units = [unit.name for unit in network.units]
    if loss.function and not loss.targets:
        raise InputError('no unit has a target; write targets = { UNIT = "y" }', "loss.targets")
    known = set(units)
    for unit, target in loss.targets:
        if unit == OUTPUT_LAYER and unit not in known:
            remedy = f"write targets = {{ {units[-1]} = {target!r} }}"
            raise InputError(f"a name alone is the target of layers; {remedy}", "loss.targets")
        if unit not in known:
            raise InputError(f"there is no unit {unit!r}{nearest(unit, units)}", "loss.targets")


def _check_equations(network: Network) -> None:
    position: dict[str, int] = {}
    for index, (name, _) in enumerate(network.equations):
        if name in position:
            raise InputError(f"{name!r} is defined twice", f"equations.{name}")
        position[name] = index
    for index, (name, tree) in enumerate(network.equations):
        for read in same_step(tree):
            if position.get(read, -1) >= index:
                cycle = _cycle(name, read, {other: same_step(formula) for other, formula in network.equations})
                problem = f"the equations form a cycle: {cycle}" if cycle else f"{name!r} uses {read!r} before it is defined"
                raise InputError(f"{problem}; a definition may use earlier ones only", f"equations.{name}")
    if network.objective not in position:
        raise InputError(f"{network.objective!r} is not defined by an equation{nearest(network.objective, position)}", "objective")


def _check_meanings(network: Network) -> None:
    """One name, one meaning: a symbol that the derivation defines, or that plays another part, is nobody else's."""
    symbols = symbols_of(network)
    whose = {unit: f"layer {unit}" if network.layers else f"unit {unit!r}" for unit in symbols.values()}
    taken = {symbol: f"the net input or output of {whose[unit]}" for symbol, unit in symbols.items()}
    taken |= {f"delta_{unit}": f"the error signal of {shown}" for unit, shown in whose.items()}
    if network.loss is not None:
        for part in parts_of_loss(network.loss) if network.loss.l1 or network.loss.l2 else ():
            taken[part] = "a part of the loss"
        if network.loss.name in taken:
            raise InputError(f"{network.loss.name!r} already names {taken[network.loss.name]}; choose another name", "loss.name")
        taken[network.loss.name] = "the loss"
    units = {unit.name for unit in network.units}
    roles: dict[str, str] = {}
    for name, role, place in uses(network):
        check_name(name, place)
        if name in taken:
            remedy = f"write {symbols[name]} for the output" if role == "symbol" and name in symbols else "choose another name"
            raise InputError(f"{name!r} already names {taken[name]}; {remedy}", place)
        if name in units:
            remedy = f"write z_{name} for its output" if role == "symbol" else "choose another name"
            raise InputError(f"{name!r} names both a unit and a {role}; {remedy}", place)
        before = roles.setdefault(name, role)
        if before != role and {before, role} & {"weight", "bias"} and {before, role} & {"input", "target"}:
            raise InputError(f"{name!r} names both {_with_article(before)} and {_with_article(role)}; choose another name", place)
        if before == "symbol":
            roles[name] = role
    everything = {**roles, **dict.fromkeys(name for name, _ in network.equations)}
    for name in roles:
        for kept, what in ((f"Delta_{name}", "the update"), (f"new_{name}", "the updated value")):
            if kept in everything:
                raise InputError(f"{kept!r} is kept for {what} of {name!r}; choose another name")


def check_penalties(network: Network, parameters: Collection[str]) -> None:
    """Penalties are on parameters, chosen or frozen, and on what could be one."""
    loss = network.loss
    if loss is None:
        return
    known = {*parameters, *network.parameters, *network.frozen}
    for key, penalties in (("l1", loss.l1), ("l2", loss.l2)):
        for name, _ in penalties:
            if name not in known:
                raise InputError(f"{name!r} is no parameter of the network{nearest(name, known)}", f"loss.{key}.{name}")


def check_symbols(network: Network) -> None:
    """Printed symbols are for names that the network or its derivation has."""
    known = {*network.given, *(name for name, _ in network.equations), *symbols_of(network), network.objective, LEARNING_RATE}
    known |= {f"delta_{unit}" for unit in symbols_of(network).values()} | {f"Delta_{name}" for name in network.parameters}
    for name, printed in network.symbols.items():
        if name not in known and not re.fullmatch(r"C_\d+|d\w+/d\w+", name):
            raise InputError(f"{name!r} is no symbol of the network{nearest(name, known)}", f"symbols.{name}")
        if not isinstance(printed, str):
            raise InputError(f"expected a printed symbol in quotes, found {describe(printed)}", f"symbols.{name}")


def _with_article(role: str) -> str:
    return f"an {role}" if role == "input" else f"a {role}"


def parts_of_loss(loss: Loss) -> tuple[str, str]:
    """The names of the data's part and the penalty's, where a loss has both."""
    return f"{loss.name}_data", f"{loss.name}_penalty"
