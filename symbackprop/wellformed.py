"""What makes a network well formed: names with one meaning each, sources that exist and come earlier, values that fit.

The place in each error is the path of the offending key in a network file, ``units[2].from`` say,
so that a reader of files can put file and line in front.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .errors import InputError, nearest
from .fields import LEARNING_RATE, as_number, check_name, describe
from .tree import Number, names

if TYPE_CHECKING:
    from .network import Network, Unit

_SHOWN_OF_CYCLE = 8


def reads(unit: Unit) -> Iterable[str]:
    """The names that a unit reads: its sources, or every name of its formula."""
    return names(unit.formula) if unit.formula is not None else (source for source, _ in unit.sources)


def uses(network: Network) -> Iterator[tuple[str, str, str]]:
    """(name, role, place) of each use of a given symbol, in the order in which the forward pass meets them."""
    defined = {name for name, _ in network.equations}
    for equation, tree in network.equations:
        for name in names(tree):
            if name not in defined:
                yield name, "symbol", f"equations.{equation}"
    for name in network.inputs:
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
    if network.loss is not None:
        for _, target in network.loss.targets:
            yield target, "target", "loss.targets"
        if network.loss.formula is not None:
            symbols = _symbols(network)
            for name in names(network.loss.formula):
                if name not in symbols:
                    yield name, "symbol", "loss.formula"


def _symbols(network: Network) -> dict[str, str]:
    """The name of each net input and output, with its unit."""
    return {symbol: unit.name for unit in network.units for symbol in (unit.net_input, unit.output)}


def check_structure(network: Network) -> None:
    """Every source exists and comes earlier, no name has two meanings, there is something to differentiate."""
    if network.reduction not in ("sum", "mean"):
        raise InputError(f"{describe(network.reduction)} is no reduction; write 'sum' or 'mean'", "reduction")
    if network.equations and (network.units or network.loss or network.inputs):
        raise InputError("give either inputs, units and a loss, or equations, not both", "equations")
    if network.equations:
        _check_equations(network)
    else:
        _check_units(network)
        _check_loss(network)
    _check_meanings(network)


def _check_units(network: Network) -> None:
    if not network.units:
        raise InputError("the network has 0 units; add a [[units]] table, or equations", "units")
    inputs = set(network.inputs)
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


def _raise_source(network: Network, index: int, source: str, position: Mapping[str, int]) -> None:
    """Say what is wrong with a source that is no earlier unit: unknown, part of a cycle, or merely listed later."""
    unit = network.units[index]
    place = f"units[{index}].{'formula' if unit.formula is not None else 'from'}"
    if source not in position:
        known = [*network.inputs, *(earlier.name for earlier in network.units[:index])]
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
    symbols = _symbols(network)
    loss = network.loss
    if loss is None:
        if not network.objective:
            raise InputError('there is no loss; add a [loss] table, or objective = "z_UNIT"', "loss")
        if network.objective not in symbols:
            hint = nearest(network.objective, symbols)
            raise InputError(f"{network.objective!r} is no definition of the network{hint}", "objective")
        return
    known = set(units)
    for unit, _ in loss.targets:
        if unit not in known:
            raise InputError(f"there is no unit {unit!r}{nearest(unit, units)}", "loss.targets")
    if loss.formula is not None and not any(name in symbols for name in names(loss.formula)):
        raise InputError(f"the formula uses no unit's output; write z_{units[-1]} for the output of {units[-1]!r}", "loss.formula")


def _check_equations(network: Network) -> None:
    position: dict[str, int] = {}
    for index, (name, _) in enumerate(network.equations):
        if name in position:
            raise InputError(f"{name!r} is defined twice", f"equations.{name}")
        position[name] = index
    for index, (name, tree) in enumerate(network.equations):
        for read in names(tree):
            if position.get(read, -1) >= index:
                cycle = _cycle(name, read, {other: names(formula) for other, formula in network.equations})
                problem = f"the equations form a cycle: {cycle}" if cycle else f"{name!r} uses {read!r} before it is defined"
                raise InputError(f"{problem}; a definition may use earlier ones only", f"equations.{name}")
    if network.objective not in position:
        raise InputError(f"{network.objective!r} is not defined by an equation{nearest(network.objective, position)}", "objective")


def _check_meanings(network: Network) -> None:
    """One name, one meaning: a symbol that the derivation defines, or that plays another part, is nobody else's."""
    symbols = _symbols(network)
    taken = {symbol: f"the net input or output of unit {unit!r}" for symbol, unit in symbols.items()}
    taken |= {f"delta_{unit.name}": f"the error signal of unit {unit.name!r}" for unit in network.units}
    if network.loss is not None:
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
        if f"Delta_{name}" in everything:
            raise InputError(f"'Delta_{name}' is kept for the update of {name!r}; choose another name")


def check_symbols(network: Network) -> None:
    """Printed symbols are for names that the network or its derivation has."""
    known = {*network.given, *(name for name, _ in network.equations), *_symbols(network), network.objective, LEARNING_RATE}
    known |= {f"delta_{unit.name}" for unit in network.units} | {f"Delta_{name}" for name in network.parameters}
    for name, printed in network.symbols.items():
        if name not in known and not re.fullmatch(r"C_\d+|d\w+/d\w+", name):
            raise InputError(f"{name!r} is no symbol of the network{nearest(name, known)}", f"symbols.{name}")
        if not isinstance(printed, str):
            raise InputError(f"expected a printed symbol in quotes, found {describe(printed)}", f"symbols.{name}")


def _with_article(role: str) -> str:
    return f"an {role}" if role == "input" else f"a {role}"


def checked_values(network: Network) -> dict[str, Any]:
    """Values exact, for given symbols only; lists of inputs and targets become samples."""
    given, parameters = set(network.given), set(network.parameters)
    values: dict[str, Number] = {}
    columns: dict[str, list[Any]] = {}
    rate: object = network.learning_rate
    for name, value in _items(network.values, "values"):
        place = f"values.{name}"
        if name == LEARNING_RATE:
            rate = value
            continue
        if name not in given:
            defined = name in _symbols(network) or any(name == equation for equation, _ in network.equations)
            reason = "is defined by the network and cannot be given" if defined else "is no symbol of the network"
            raise InputError(f"{describe(name)} {reason}{nearest(str(name), (*given, LEARNING_RATE))}", place)
        if hasattr(value, "tolist"):  # a NumPy array or scalar
            value = value.tolist()
        if isinstance(value, list | tuple):
            if name in parameters:
                raise InputError(f"{name!r} is a parameter and takes one number, not an array of {len(value)}", place)
            columns[name] = list(value)
        else:
            values[name] = as_number(value, place)
    rows = [dict(_items(sample, f"samples[{index}]")) for index, sample in enumerate(network.samples)]
    if columns:
        rows = _rows(columns, rows)
    samples = []
    for index, row in enumerate(rows):
        if row.keys() != rows[0].keys():
            raise InputError("every sample must give the same symbols", f"samples[{index}]")
        for name in row:
            if name not in given or name in parameters:
                reason = "is a parameter, the same for all samples" if name in given else "is no symbol of the network"
                hint = "" if name in given else nearest(str(name), given)
                raise InputError(f"{describe(name)} {reason}{hint}", f"samples[{index}].{name}")
        samples.append(MappingProxyType({name: as_number(value, f"samples[{index}].{name}") for name, value in row.items()}))
    if network.signal_sign not in (1, -1):
        raise InputError(f"expected 1 or -1, found {describe(network.signal_sign)}", "signal_sign")
    return {
        "values": MappingProxyType(values),
        "samples": tuple(samples),
        "learning_rate": None if rate is None else as_number(rate, f"values.{LEARNING_RATE}"),
    }


def _items(value: object, place: str) -> Iterable[tuple[Any, Any]]:
    if not isinstance(value, Mapping):
        raise InputError(f"expected a mapping from names to numbers, found {describe(value)}", place)
    return value.items()


def _rows(columns: Mapping[str, list[Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Arrays over samples, turned into one mapping per sample."""
    lengths = {name: len(column) for name, column in columns.items()}
    if rows:
        raise InputError("give either arrays over samples, or [[samples]], not both", "values")
    if len(set(lengths.values())) > 1 or 0 in lengths.values():
        listed = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise InputError(f"arrays over samples must be of one length and not empty ({listed})", "values")
    return [{name: column[index] for name, column in columns.items()} for index in range(next(iter(lengths.values())))]
