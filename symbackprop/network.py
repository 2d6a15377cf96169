"""What a network is: units, connections, a loss, or equations; and the numbers given with it.

The records are frozen and check themselves: a `Network` that exists is well formed. Files, formulas
and SymPy expressions become networks in ``reading``; `forward` turns a network into a program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from .array_tree import Shape
from .arrays import Given, as_given
from .errors import InputError, nearest
from .fields import (
    LEARNING_RATE,
    NET_INPUT,
    Value,
    activation_name,
    as_number,
    check_length,
    check_name,
    check_names,
    check_pairs,
    describe,
    has_arrays,
    parse_activation,
    parse_formula,
    refuse_arrays,
)
from .given import check_targets, checked_values
from .layered import LAYER_INPUT, OUTPUT_LAYER, check_shapes, checked_inputs
from .losses import LOSSES
from .step_shapes import check_recurrence
from .time_steps import check_steps, initial_names, sequences
from .tree import Name, Number, Tree, names
from .wellformed import check_penalties, check_structure, check_symbols, reads, uses

if TYPE_CHECKING:
    import sympy

__all__ = [
    "LEARNING_RATE",
    "NET_INPUT",
    "OBJECTIVE",
    "Claim",
    "Loss",
    "Network",
    "PrintedNumber",
    "Source",
    "Unit",
    "activation_name",
    "as_number",
    "check_name",
    "parse_activation",
    "parse_formula",
]

OBJECTIVE = "E"
Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: net input s = Σ weight · source + bias, or a formula; output z = activation(s).

    ``sources`` maps each source (an input or an earlier unit) to the name of its weight.
    ``activation`` is a name of `functions.ACTIVATIONS`, ``softmax``, ``generic``, or a formula in ``s``. Units with
    softmax share one denominator if they are of one ``group``.
    """

    name: str
    sources: tuple[tuple[str, str], ...] = ()
    activation: Tree = Name(NET_INPUT)
    bias: str | None = None
    formula: Tree | None = None
    group: str = ""

    def __post_init__(self) -> None:
        place = f"unit {describe(self.name)}"
        check_name(self.name, f"{place}.name")
        object.__setattr__(self, "sources", check_pairs(self.sources, f"{place}.from", '{ SOURCE = "WEIGHT" }', timed=True))
        object.__setattr__(self, "activation", parse_activation(self.activation, f"{place}.activation"))
        if self.formula is not None:
            formula = parse_formula(self.formula, f"{place}.formula")
            refuse_arrays(formula, "a unit's net input", f"{place}.formula")
            object.__setattr__(self, "formula", formula)
        if self.bias is not None:
            check_name(self.bias, f"{place}.bias")
        if bool(self.sources) == (self.formula is not None):
            found = "both were found" if self.sources else "neither was found"
            raise InputError(f"give either sources with weights (from), or a formula; {found}", place)
        if self.formula is not None and self.bias is not None:
            raise InputError("a formula has no bias; add it in the formula", f"{place}.bias")

    @property
    def net_input(self) -> str:
        return f"s{self._index}"

    @property
    def output(self) -> str:
        return f"z{self._index}"

    @property
    def _index(self) -> str:
        """Unit j has the net input s_j; unit 1[0], the first of layer 1, has s1[0]."""
        return self.name if self.name[0].isdigit() else f"_{self.name}"


@dataclass(frozen=True, slots=True)
class Layer:
    """One fully connected layer: s = W z + b, z = activation(s).

    ``units`` is their number, or a name for one that is not given. ``bias`` is ``unit`` (one for each unit), ``shared``
    (one for the layer) or ``none``.
    """

    units: int | str
    activation: Tree = Name(NET_INPUT)
    bias: str = "unit"

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", check_length(self.units, "layer.units"))
        object.__setattr__(self, "activation", parse_activation(self.activation, "layer.activation"))
        bias = {True: "unit", False: "none"}.get(self.bias, self.bias) if isinstance(self.bias, bool) else self.bias
        if bias not in BIASES:
            raise InputError(f"{describe(bias)} is no kind of bias; write true, false or 'shared'", "layer.bias")
        object.__setattr__(self, "bias", bias)


BIASES = ("unit", "shared", "none")


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss over the units with a target, by name or as a formula in the network's names.

    ``reduction`` says what becomes of several samples: their losses are summed, or averaged. Over layers ``targets`` is the
    name of the target vector, ``y`` if nothing is said. ``l1`` and ``l2`` add λ Σ |w| and ½ λ Σ w² for the parameters
    they name, once, whatever the number of samples. In a recurrent network ``steps`` says whether the loss counts at
    ``each`` step or at the ``last``; by default at each step for which there are targets.
    """

    function: str = ""
    targets: tuple[tuple[str, str], ...] = ()
    formula: Tree | None = None
    reduction: str = "sum"
    name: str = OBJECTIVE
    l1: tuple[tuple[str, Number], ...] = ()
    l2: tuple[tuple[str, Number], ...] = ()
    steps: str = ""

    def __post_init__(self) -> None:
        targets = ((OUTPUT_LAYER, self.targets),) if isinstance(self.targets, str) else self.targets
        object.__setattr__(self, "targets", check_pairs(targets, "loss.targets", '{ UNIT = "TARGET" }'))
        for key in ("l1", "l2"):
            object.__setattr__(self, key, _penalties(getattr(self, key), f"loss.{key}"))
        if self.formula is not None:
            object.__setattr__(self, "formula", parse_formula(self.formula, "loss.formula"))
        check_name(self.name, "loss.name")
        if self.reduction not in ("sum", "mean"):
            raise InputError(f"{describe(self.reduction)} is no reduction; write 'sum' or 'mean'", "loss.reduction")
        if self.steps not in ("", "each", "last"):
            raise InputError(f"{describe(self.steps)} says no steps; write 'each' or 'last'", "loss.steps")
        if bool(self.function) == (self.formula is not None):
            found = "both were found" if self.function else "neither was found"
            raise InputError(f"give either a function with targets, or a formula; {found}", "loss")
        if not isinstance(self.function, str):
            raise InputError(f"expected the name of a loss, found {describe(self.function)}", "loss.function")
        if self.function and self.function not in LOSSES:
            raise InputError(f"there is no loss {describe(self.function)}{nearest(self.function, LOSSES)}", "loss.function")


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
    ``network`` is what it is about, as `load` takes it, where a claims file says so.
    """

    says: str
    place: str = ""
    states: str = ""
    correct: str = ""
    holds: bool = False
    network: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The document that a network comes from.

    Its claims stand in ``claims``, or in the ``claims_file`` that is read when they are asked for (`reading.claims_of`);
    ``network`` is the shipped name or the path by which that file names this network.
    """

    name: str
    printed: tuple[PrintedNumber, ...] = ()
    claims: tuple[Claim, ...] = ()
    claims_file: str = ""
    network: str = ""


@dataclass(frozen=True)
class Network:
    """A network and what is given with it.

    Either ``units`` or ``layers`` with a ``loss`` (or an ``objective`` to differentiate instead), or ``equations`` with an
    ``objective``. Of layers ``inputs`` is the length of the input vector x, of equations it names given symbols that are
    data. ``parameters`` are what the objective is differentiated by; by default all weights and biases, or all other given
    symbols of equations, less the ``frozen`` ones.
    ``shapes`` declares the shapes of given symbols of equations; afterwards it holds those of every given array.
    ``layout`` says whether vectors are columns (W x) or rows (x Wᵀ); W is units × inputs either way,
    or inputs × units (s = Wᵀ x) where ``weight_order`` is "from to". ``values`` maps
    given symbols to exact numbers and arrays, ``samples`` holds one such mapping per sample for what differs.
    ``steps`` is the number of steps of a recurrent network: values of what is read at every step are arrays over time.
    ``ascent`` turns the sign of the update, ``signal_sign`` = −1 defines δ as −∂E/∂s as document 000 does.

    Raises InputError, with the place, for anything that is not well formed.
    """

    title: str = ""
    inputs: tuple[str, ...] | int | str = ()
    units: tuple[Unit, ...] = ()
    loss: Loss | None = None
    equations: tuple[tuple[str, Tree], ...] = ()
    objective: str = ""
    parameters: tuple[str, ...] = ()
    values: Mapping[str, Given] = field(default_factory=dict)
    samples: tuple[Mapping[str, Given], ...] = ()
    learning_rate: Number | None = None
    ascent: bool = False
    signal_sign: int = 1
    reduction: str = "sum"
    notation: str = ""
    symbols: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, Any] = field(default_factory=dict)
    source: Source | None = None
    layers: tuple[Layer, ...] = ()
    layout: str = "column"
    weight_order: str = "to from"
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    frozen: tuple[str, ...] = ()
    steps: int | None = None

    def __post_init__(self) -> None:
        put = lambda key, value: object.__setattr__(self, key, value)  # noqa: E731 - frozen: the one place that normalises
        for key in ("title", "objective", "notation"):
            if not isinstance(getattr(self, key), str):
                raise InputError(f"expected text in quotes, found {describe(getattr(self, key))}", key)
        put("layers", _records(self.layers, Layer, "layers"))
        put("inputs", checked_inputs(self))
        put("units", _records(self.units, Unit, "units"))
        if self.loss is not None and not isinstance(self.loss, Loss):
            raise InputError(f"expected a Loss, found {describe(self.loss)}", "loss")
        put("equations", _equations(self.equations))
        if self.loss is not None:
            if self.objective and self.objective != self.loss.name:
                raise InputError(f"the loss {self.loss.name!r} is the objective; give one of the two", "objective")
            if self.layers and self.loss.function and not self.loss.targets:
                put("loss", replace(self.loss, targets=((OUTPUT_LAYER, "y"),)))
            put("objective", self.loss.name)
            put("reduction", self.loss.reduction)
        elif self.equations and not self.objective:
            put("objective", self.equations[-1][0])
        put("steps", check_steps(self))
        check_structure(self)
        given = set(self.given)
        chosen = check_names(self.parameters, "parameters") or self._default_parameters()
        for name in chosen:
            if name not in given:
                raise InputError(f"{name!r} is no given symbol of the network{nearest(name, given)}", "parameters")
        if not chosen:
            raise InputError("there is nothing to differentiate by: no weight, no bias, no parameter of a formula", "parameters")
        put("frozen", check_names(self.frozen, "frozen"))
        for name in self.frozen:
            # A copy of this network has parameters without the frozen ones already.
            if name not in chosen and name not in self._default_parameters():
                raise InputError(f"{name!r} is no parameter of the network{nearest(name, chosen)}", "frozen")
        if set(chosen) <= set(self.frozen):
            raise InputError("every parameter is frozen; there is nothing left to differentiate by", "frozen")
        put("parameters", tuple(name for name in chosen if name not in self.frozen))
        check_penalties(self, self._default_parameters())
        check_symbols(self)
        declared = frozenset(self.shapes)
        for key, value in checked_values(self).items():
            put(key, value)
        check_targets(self)
        if self.steps is not None:
            check_recurrence(self, declared)
        elif self.is_array:
            check_shapes(self)

    @property
    def given(self) -> tuple[str, ...]:
        """The symbols without a definition, in the order in which the forward pass meets them."""
        cached: tuple[str, ...] | None = self.__dict__.get("_given")
        if cached is None:
            cached = tuple(dict.fromkeys(name for name, _, _ in uses(self)))
            object.__setattr__(self, "_given", cached)
        return cached

    @property
    def is_array(self) -> bool:
        """Whether the network's symbols are vectors and matrices: layers, or equations with an operation of arrays."""
        cached: bool | None = self.__dict__.get("_is_array")
        if cached is None:
            timed = sequences(self) if self.steps is not None and self.equations else ()
            cached = bool(self.layers or self.shapes) or any(has_arrays(tree, timed) for _, tree in self.equations)
            object.__setattr__(self, "_is_array", cached)
        return cached

    def numbers_of(self, sample: int = 0) -> dict[str, Number]:
        """The values that are numbers, with those of one sample."""
        own = self.samples[sample] if self.samples else {}
        return {name: value for name, value in {**self.values, **own}.items() if isinstance(value, Number)}

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the units that have a target; else of the units that feed no other."""
        if self.loss is not None and self.loss.targets:
            return tuple(unit for unit, _ in self.loss.targets)
        used = {source for unit in self.units for source in reads(unit)}
        return tuple(unit.name for unit in self.units if unit.name not in used)

    def _default_parameters(self) -> tuple[str, ...]:
        data = {LAYER_INPUT} if self.layers else set(self.inputs)  # type: ignore[arg-type]
        if self.loss is not None:
            data.update(target for _, target in self.loss.targets)
            if self.loss.formula is not None:
                own = {name for name, _, place in uses(self) if place.startswith("units")}
                data.update(name for name in names(self.loss.formula) if name not in own)
        if self.steps is not None:
            data |= sequences(self) | set(initial_names(self))
        return tuple(name for name in self.given if name not in data)

    def with_values(self, values: Mapping[str, Value]) -> Network:
        """The same network with some values replaced or added."""
        new = {name: as_given(value, f"value of {name!r}") for name, value in values.items()}
        rate = as_number(new.pop(LEARNING_RATE), LEARNING_RATE) if LEARNING_RATE in new else self.learning_rate
        samples = tuple({name: value for name, value in sample.items() if name not in new} for sample in self.samples)
        kept = samples if any(samples) else ()
        return replace(self, values={**self.values, **new}, learning_rate=rate, samples=kept)

    def composite(self) -> Any:
        """The outputs as one nested SymPy function of the given symbols: document 003's last line.

        One expression for one output, a ``sympy.Tuple`` for several. σ, ReLU, … stay functions of
        their own; ``.doit()`` writes them in SymPy's. A nested form can grow exponentially with depth.
        """
        from .closed_form import composite

        return composite(self)

    def to_toml(self) -> str:
        """The text of a network file that says the same. Raises InputError for units in groups, which no file can say."""
        from .reading.network_text import network_text

        return network_text(self)

    @classmethod
    def from_equations(cls, text: str, **keywords: Any) -> Network:
        """A network from lines ``name = formula``; keywords as for Network."""
        from .reading.equations import parse_equations

        return cls(equations=parse_equations(text, "equations"), **keywords)

    @classmethod
    def from_sympy(cls, expression: sympy.Expr, parameters: Any, **keywords: Any) -> Network:
        """A network from a plain SymPy expression and the symbols, or names, to differentiate by: one, or a list."""
        from .reading.sympy_expression import take_apart

        equations = take_apart(expression)
        chosen = parameters if isinstance(parameters, Iterable) and not isinstance(parameters, str) else (parameters,)
        return cls(equations=equations, objective=equations[-1][0], parameters=tuple(str(p) for p in chosen), **keywords)


def unchecked(record: Record, **changes: Any) -> Record:
    """A copy of a Network or Unit with some fields changed, without its checks: for what is made of a checked network."""
    copy: Record = object.__new__(type(record))
    for name in record.__dataclass_fields__:  # type: ignore[attr-defined]
        object.__setattr__(copy, name, changes[name] if name in changes else getattr(record, name))
    return copy


def _records(value: object, kind: type[Any], where: str) -> tuple[Any, ...]:
    records = tuple(value) if isinstance(value, Iterable) else (value,)
    for index, record in enumerate(records):
        if not isinstance(record, kind):
            raise InputError(f"expected a {kind.__name__}, found {describe(record)}", f"{where}[{index}]")
    return records


def _penalties(value: object, where: str) -> tuple[tuple[str, Number], ...]:
    """Parameter → weight of its penalty."""
    pairs = value.items() if isinstance(value, Mapping) else value
    if isinstance(pairs, str) or not isinstance(pairs, Iterable):
        raise InputError(f"expected {{ PARAMETER = weight }}, found {describe(value)}", where)
    found = []
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise InputError(f"expected {{ PARAMETER = weight }}, found {describe(pair)}", where)
        name = check_name(pair[0], where)
        weight = as_number(pair[1], f"{where}.{name}")
        if weight.value < 0:
            raise InputError("the weight of a penalty must not be negative", f"{where}.{name}")
        found.append((name, weight))
    return tuple(found)


def _equations(value: object) -> tuple[tuple[str, Tree], ...]:
    """Equations as pairs of a name and a tree, from pairs or a mapping with formulas or trees."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        found = f"found {describe(value)}"
        raise InputError(f"expected a mapping from names to formulas, {found}; for text use Network.from_equations", "equations")
    equations = []
    for pair in value.items() if isinstance(value, Mapping) else value:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise InputError(f"expected a name and a formula, found {describe(pair)}", "equations")
        name = check_name(pair[0], "equations")
        equations.append((name, parse_formula(pair[1], f"equations.{name}")))
    return tuple(equations)
