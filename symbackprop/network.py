"""What a network is: units, connections, a loss, or equations; and the numbers given with it.

The records are frozen and check themselves: a `Network` that exists is well formed. Files, formulas
and SymPy expressions become networks in ``reading``; `forward` turns a network into a program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from . import grammar
from .errors import InputError, nearest
from .functions import ACTIVATIONS, ARGUMENT_COUNTS, GENERIC, GENERIC_NAMES
from .losses import LOSSES
from .tree import Call, Name, Number, Tree, names

if TYPE_CHECKING:
    import sympy

NET_INPUT = "s"  # in an activation's formula: the unit's own net input
LEARNING_RATE = "learning_rate"
OBJECTIVE = "E"
MAX_NAME = 100

Value = int | float | str | Decimal | Fraction | Number


def check_name(name: object, where: str) -> str:
    """``name`` if it can name a symbol; InputError otherwise."""
    if not isinstance(name, str):
        raise InputError(f"{name!r} is no name; write a name in quotes", where)
    if not name.isidentifier() or len(name) > MAX_NAME:
        raise InputError(
            f"{name[:40]!r} cannot be a name; use letters, digits and _ (not first a digit), at most {MAX_NAME} characters", where
        )
    if re.fullmatch(r"C_\d+", name):
        raise InputError(f"{name!r} is kept for the cached terms C_1, C_2, …; choose another name", where)
    if name in ARGUMENT_COUNTS or name == LEARNING_RATE:
        raise InputError(f"{name!r} has a meaning of its own; choose another name", where)
    return name


def as_number(value: object, where: str) -> Number:
    """The exact number of a Python or TOML value: 0.1 is one tenth. Raises InputError for anything else, NaN and infinity included."""
    if isinstance(value, Number):
        return value
    if isinstance(value, Fraction):
        return Number(value)
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise InputError(f"expected a number, found {str(value)[:40]!r}", where)
    return grammar.number(repr(value) if isinstance(value, float) else str(value), where)


def parse_formula(text: object, where: str) -> Tree:
    """A formula of the equation language."""
    if not isinstance(text, str):
        raise InputError(f"expected a formula in quotes, found {str(text)[:40]!r}", where)
    return grammar.parse(text, ARGUMENT_COUNTS, where)


def parse_activation(text: object, where: str) -> Tree:
    """An activation as a tree in the net input ``s``: the name of one, or a formula with one free name."""
    if not isinstance(text, str):
        raise InputError(f"expected the name of an activation or a formula, found {str(text)[:40]!r}", where)
    argument = Name(NET_INPUT)
    if text in GENERIC_NAMES:
        return Call(GENERIC, (argument,))
    if text == "identity":
        return argument
    if text in ACTIVATIONS:
        return Call(text, (argument,))
    if text.isidentifier():
        raise InputError(f"there is no activation {text!r}{nearest(text, (*ACTIVATIONS, *GENERIC_NAMES))}", where)
    tree = parse_formula(text, where)
    free = names(tree)
    if free != (NET_INPUT,):
        raise InputError(f"the activation {text!r} must be a formula in {NET_INPUT}, its net input, alone", where)
    return tree


def activation_name(template: Tree) -> str:
    """The name of the function that an activation is, ``identity`` and ``generic`` included; empty for a formula."""
    if template == Name(NET_INPUT):
        return "identity"
    if isinstance(template, Call) and template.arguments[0] == Name(NET_INPUT):
        if all(isinstance(argument, Number) for argument in template.arguments[1:]):
            return template.function
    return ""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: net input s = Σ weight · source + bias, or a formula; output z = activation(s).

    ``sources`` maps each source (an input or an earlier unit) to the name of its weight.
    ``activation`` is a name of `functions.ACTIVATIONS`, ``generic``, or a formula in ``s``.
    """

    name: str
    sources: tuple[tuple[str, str], ...] = ()
    activation: Tree = Name(NET_INPUT)
    bias: str | None = None
    formula: Tree | None = None

    def __post_init__(self) -> None:
        place = f"unit {self.name!r}"
        check_name(self.name, place)
        sources = self.sources.items() if isinstance(self.sources, Mapping) else self.sources
        object.__setattr__(self, "sources", tuple((check_name(a, place), check_name(w, place)) for a, w in sources))
        if isinstance(self.activation, str):
            object.__setattr__(self, "activation", parse_activation(self.activation, place))
        if isinstance(self.formula, str):
            object.__setattr__(self, "formula", parse_formula(self.formula, place))
        if self.bias is not None:
            check_name(self.bias, place)
        if bool(self.sources) == (self.formula is not None):
            raise InputError("give either sources with weights, or a formula", place)
        if self.formula is not None and self.bias is not None:
            raise InputError("a formula has no bias; add it in the formula", place)

    @property
    def net_input(self) -> str:
        return f"s_{self.name}"

    @property
    def output(self) -> str:
        return f"z_{self.name}"


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss over the units with a target, by name or as a formula in the network's names.

    ``reduction`` says what becomes of several samples: their losses are summed, or averaged.
    """

    function: str = ""
    targets: tuple[tuple[str, str], ...] = ()
    formula: Tree | None = None
    reduction: str = "sum"
    name: str = OBJECTIVE

    def __post_init__(self) -> None:
        targets = self.targets.items() if isinstance(self.targets, Mapping) else self.targets
        object.__setattr__(self, "targets", tuple((check_name(u, "loss.targets"), check_name(y, "loss.targets")) for u, y in targets))
        if isinstance(self.formula, str):
            object.__setattr__(self, "formula", parse_formula(self.formula, "loss.formula"))
        check_name(self.name, "loss.name")
        if self.reduction not in ("sum", "mean"):
            raise InputError(f"{self.reduction!r} is no reduction; write 'sum' or 'mean'", "loss.reduction")
        if bool(self.function) == (self.formula is not None):
            raise InputError("give either a function with targets, or a formula", "loss")
        if self.function and self.function not in LOSSES:
            raise InputError(f"there is no loss {self.function!r}{nearest(self.function, LOSSES)}", "loss.function")
        if self.function and not self.targets:
            raise InputError("no unit has a target; write targets = { UNIT = \"y\" }", "loss.targets")


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """A number that a source document prints: ``quantity`` by its plain name, the digits, and the policy that gives them."""

    quantity: str
    text: str
    exact: str = ""
    policy: str = "display"


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of a source document, and whether it holds.

    ``states`` is ``left = right`` in the equation language, over the network's and derivation's names
    (``delta_k``, ``dE_dw_k`` …); ``place`` is where the document says it, ``says`` what in words,
    ``correct`` the right statement. A claim without ``states`` is about wording, which no program can check.
    """

    says: str
    place: str = ""
    states: str = ""
    correct: str = ""
    holds: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """The document that a shipped network comes from."""

    name: str
    printed: tuple[PrintedNumber, ...] = ()
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class Network:
    """A network and what is given with it.

    Either ``units`` with a ``loss`` (or an ``objective`` to differentiate instead), or ``equations`` with an ``objective``.
    ``parameters`` are what the objective is differentiated by; by default all weights and biases, or all given symbols of
    equations. ``values`` maps given symbols to exact numbers, ``samples`` holds one such mapping per sample for what differs.
    ``ascent`` turns the sign of the update, ``signal_sign`` = −1 defines δ as −∂E/∂s as document 000 does.

    Raises InputError, with the place, for anything that is not well formed.
    """

    title: str = ""
    inputs: tuple[str, ...] = ()
    units: tuple[Unit, ...] = ()
    loss: Loss | None = None
    equations: tuple[tuple[str, Tree], ...] = ()
    objective: str = ""
    parameters: tuple[str, ...] = ()
    values: Mapping[str, Number] = field(default_factory=dict)
    samples: tuple[Mapping[str, Number], ...] = ()
    learning_rate: Number | None = None
    ascent: bool = False
    signal_sign: int = 1
    reduction: str = "sum"
    notation: str = ""
    symbols: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, Any] = field(default_factory=dict)
    source: Source | None = None

    def __post_init__(self) -> None:
        put = lambda key, value: object.__setattr__(self, key, value)  # noqa: E731 - frozen: the one place that normalises
        put("inputs", tuple(check_name(name, "inputs") for name in self.inputs))
        put("units", tuple(self.units))
        pairs = self.equations.items() if isinstance(self.equations, Mapping) else self.equations
        put(
            "equations",
            tuple(
                (check_name(name, "equations"), parse_formula(tree, f"equation {name!r}") if isinstance(tree, str) else tree)
                for name, tree in pairs
            ),
        )
        if self.loss is not None:
            put("objective", self.loss.name)
            put("reduction", self.loss.reduction)
        elif self.equations and not self.objective:
            put("objective", self.equations[-1][0])
        _check_structure(self)
        given = set(self.given)
        chosen = tuple(self.parameters) or self._default_parameters()
        for name in chosen:
            if name not in given:
                raise InputError(f"{name!r} is no given symbol of the network{nearest(name, given)}", "parameters")
        put("parameters", chosen)
        _check_values(self, put)

    @property
    def given(self) -> tuple[str, ...]:
        """The symbols without a definition, in the order in which the forward pass meets them."""
        cached: tuple[str, ...] | None = self.__dict__.get("_given")
        if cached is None:
            cached = tuple(_given(self))
            object.__setattr__(self, "_given", cached)
        return cached

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the units that have a target; else of the units that feed no other."""
        if self.loss is not None and self.loss.targets:
            return tuple(unit for unit, _ in self.loss.targets)
        used = {source for unit in self.units for source in _reads(unit)}
        return tuple(unit.name for unit in self.units if unit.name not in used)

    def _default_parameters(self) -> tuple[str, ...]:
        data = set(self.inputs)
        if self.loss is not None:
            data.update(target for _, target in self.loss.targets)
            if self.loss.formula is not None:
                weights = {w for unit in self.units for _, w in unit.sources} | {unit.bias for unit in self.units}
                data.update(name for name in names(self.loss.formula) if name not in weights)
        return tuple(name for name in self.given if name not in data)

    def with_values(self, values: Mapping[str, Value]) -> Network:
        """The same network with some values replaced or added."""
        new = {name: as_number(value, f"value of {name!r}") for name, value in values.items()}
        rate = new.pop(LEARNING_RATE, self.learning_rate)
        samples = tuple({name: value for name, value in sample.items() if name not in new} for sample in self.samples)
        return replace(self, values={**self.values, **new}, learning_rate=rate, samples=samples if any(samples) else ())

    def composite(self) -> Any:
        """The outputs as one nested SymPy function of the given symbols: document 003's last line.

        One expression for one output, a ``sympy.Tuple`` for several. σ, ReLU, … stay functions of
        their own; ``.doit()`` writes them in SymPy's. A nested form can grow exponentially with depth.
        """
        from .closed_form import composite

        return composite(self)

    @classmethod
    def from_equations(cls, text: str, **keywords: Any) -> Network:
        """A network from lines ``name = formula``; keywords as for Network."""
        from .reading.equations import parse_equations

        return cls(equations=parse_equations(text, "equations"), **keywords)

    @classmethod
    def from_sympy(cls, expression: sympy.Expr, parameters: Iterable[Any], **keywords: Any) -> Network:
        """A network from a plain SymPy expression and the symbols to differentiate by."""
        from .reading.sympy_expression import take_apart

        equations = take_apart(expression)
        return cls(equations=equations, objective=equations[-1][0], parameters=tuple(str(p) for p in parameters), **keywords)


def _reads(unit: Unit) -> Iterable[str]:
    return names(unit.formula) if unit.formula is not None else (source for source, _ in unit.sources)


def _given(network: Network) -> dict[str, None]:
    """Given symbols in the order of first use; a dict for its order."""
    found: dict[str, None] = {}
    if network.equations:
        defined = {name for name, _ in network.equations}
        for _, tree in network.equations:
            found.update(dict.fromkeys(name for name in names(tree) if name not in defined))
        return found
    found.update(dict.fromkeys(network.inputs))
    units = {unit.name for unit in network.units}
    for unit in network.units:
        if unit.formula is not None:
            found.update(dict.fromkeys(name for name in names(unit.formula) if name not in units))
        found.update(dict.fromkeys(weight for _, weight in unit.sources))
        if unit.bias is not None:
            found[unit.bias] = None
    if network.loss is not None:
        defined = {symbol for unit in network.units for symbol in (unit.net_input, unit.output)}
        found.update(dict.fromkeys(target for _, target in network.loss.targets))
        if network.loss.formula is not None:
            found.update(dict.fromkeys(name for name in names(network.loss.formula) if name not in defined))
    return found


def _check_structure(network: Network) -> None:
    """Every source exists and comes earlier, no name has two meanings, there is something to differentiate."""
    if network.equations and (network.units or network.loss or network.inputs):
        raise InputError("give either units with a loss, or equations, not both")
    if network.equations:
        _check_equations(network)
        return
    if not network.units:
        raise InputError("the network has 0 units; add a [[units]] table, or equations", "units")
    position: dict[str, int] = {}
    for index, unit in enumerate(network.units):
        if unit.name in position:
            raise InputError(f"two units are named {unit.name!r}", f"units[{index}].name")
        if unit.name in network.inputs:
            raise InputError(f"{unit.name!r} names both an input and a unit", f"units[{index}].name")
        position[unit.name] = index
    inputs = set(network.inputs)
    for index, unit in enumerate(network.units):
        for source in _reads(unit):
            if unit.formula is not None and source not in position:
                continue  # a given symbol of the formula
            if source not in inputs and position.get(source, index) >= index:
                _raise_source(network, index, source, position)
    for name, position_of in zip(network.inputs, range(len(network.inputs)), strict=True):
        if name in network.inputs[:position_of]:
            raise InputError(f"the input {name!r} is listed twice", "inputs")
    if network.loss is not None:
        for unit_name, _ in network.loss.targets:
            if unit_name not in position:
                raise InputError(f"there is no unit {unit_name!r}{nearest(unit_name, position)}", "loss.targets")
    elif not network.objective:
        raise InputError("there is no loss; add a [loss] table, or objective = \"z_UNIT\"", "loss")
    symbols = {symbol: unit.name for unit in network.units for symbol in (unit.net_input, unit.output)}
    if network.loss is None and network.objective not in symbols:
        raise InputError(f"{network.objective!r} is no definition of the network{nearest(network.objective, symbols)}", "objective")
    for name in network.given:
        if name in symbols:
            raise InputError(f"{name!r} already names the net input or output of unit {symbols[name]!r}; choose another name", name)
        if network.loss is not None and name == network.loss.name:
            raise InputError(f"{name!r} names both the loss and a given symbol; set name in [loss]", name)
        if name in position:
            raise InputError(f"{name!r} names both a unit and a weight, bias or target", name)


def _raise_source(network: Network, index: int, source: str, position: Mapping[str, int]) -> None:
    unit = network.units[index]
    place = f"units[{index}] ({unit.name!r})"
    if source not in position:
        known = [*network.inputs, *(earlier.name for earlier in network.units[:index])]
        raise InputError(f"there is no unit or input {source!r}{nearest(source, known)}", place)
    # Is the source reached from this unit? Then no order helps.
    seen, stack = {source}, [(source, (unit.name, source))]
    while stack:
        name, path = stack.pop()
        for earlier in _reads(network.units[position[name]]):
            if earlier == unit.name:
                raise InputError("the units form a cycle: " + " <- ".join((*path, unit.name)) + "; a network must be acyclic", place)
            if earlier in position and earlier not in seen:
                seen.add(earlier)
                stack.append((earlier, (*path, earlier)))
    raise InputError(f"unit {source!r} is used before it exists; list it before {unit.name!r}", place)


def _check_equations(network: Network) -> None:
    position: dict[str, int] = {}
    for index, (name, _) in enumerate(network.equations):
        if name in position:
            raise InputError(f"{name!r} is defined twice", "equations")
        position[name] = index
    for index, (name, tree) in enumerate(network.equations):
        for read in names(tree):
            if position.get(read, -1) >= index:
                problem = "is defined by itself" if read == name else f"uses {read!r} before it is defined"
                raise InputError(f"{name!r} {problem}; a definition may use earlier ones only", "equations")
    if network.objective not in position:
        raise InputError(f"{network.objective!r} is not defined by an equation{nearest(network.objective, position)}", "objective")


def _check_values(network: Network, put: Any) -> None:
    """Values exact, for given symbols only; lists of inputs and targets become samples."""
    given, parameters = set(network.given), set(network.parameters)
    values: dict[str, Number] = {}
    columns: dict[str, list[object]] = {}
    rate: object = network.learning_rate
    for name, value in dict(network.values).items():
        place = f"values.{name}"
        if name == LEARNING_RATE:
            rate = value
            continue
        if name not in given:
            defined = name in {symbol for unit in network.units for symbol in (unit.net_input, unit.output)}
            reason = "is defined by the network and cannot be given" if defined else "is no symbol of the network"
            raise InputError(f"{name!r} {reason}{nearest(name, (*given, LEARNING_RATE))}", place)
        if isinstance(value, list | tuple):
            if name in parameters:
                raise InputError(f"{name!r} is a parameter and takes one number, not {len(value)}", place)
            columns[name] = list(value)
        else:
            values[name] = as_number(value, place)
    rows = [dict(sample) for sample in network.samples]
    if columns:
        lengths = {name: len(column) for name, column in columns.items()}
        if rows or len(set(lengths.values())) > 1 or 0 in lengths.values():
            listed = ", ".join(f"{name}: {length}" for name, length in lengths.items())
            raise InputError(f"arrays over samples must be of one length, not empty, and without [[samples]] ({listed})", "values")
        rows = [{name: column[index] for name, column in columns.items()} for index in range(next(iter(lengths.values())))]  # type: ignore[misc]
    samples = []
    for index, row in enumerate(rows):
        for name in row:
            if name not in given or name in parameters:
                reason = "is a parameter, the same for all samples" if name in given else f"is no symbol of the network{nearest(name, given)}"
                raise InputError(f"{name!r} {reason}", f"samples[{index}].{name}")
            if row.keys() != rows[0].keys():
                raise InputError("every sample must give the same symbols", f"samples[{index}]")
        samples.append(MappingProxyType({name: as_number(value, f"samples[{index}].{name}") for name, value in row.items()}))
    put("values", MappingProxyType(values))
    put("samples", tuple(samples))
    put("learning_rate", None if rate is None else as_number(rate, f"values.{LEARNING_RATE}"))
    if network.signal_sign not in (1, -1):
        raise InputError("signal_sign is 1 or -1", "signal_sign")
