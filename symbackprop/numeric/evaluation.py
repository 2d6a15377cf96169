"""A network in numbers: forward values, every derivative, cached terms, error signals, updates.

All numbers come from one compiled function of the derivation, run once per sample; updates come from its gradient function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..derivation import Derivation, derive
from ..errors import InputError, nearest
from ..layered import net_input, numbered
from ..network import LEARNING_RATE, Network
from ..plain_text import plain_text
from ..precise import value as precise_value
from ..second_order import derive_twice, second_names
from ..tree import Product, Tree, derivative_name, fold, names, product, rebuild
from ..unrolling import unrolled
from .callable import all_function, gradient_function
from .compiled import MATH, NUMPY, compiled
from .kernels import varying_names
from .over_time import over_time
from .scalar_values import ScalarValues

Progress = Callable[[Iterable[int]], Iterator[int]]
# A number, None where it is no finite double; nested lists for an array, and for what differs from sample to sample.
Quantity = float | list[Any] | None
Raw = Any  # a double, or an array of NumPy
_SHOWN = 4  # steps in an error message


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every number of a network, by plain name; of an array, nested lists in its shape.

    ``objective`` is summed over the samples, or averaged. With samples, whatever depends on them is a list over them: values,
    derivatives (of the objective over all samples: with a mean, each sample has its N-th share), error signals, cached
    values. Everything else, parameters above all, has one derivative, the total. A derivative or cached value beyond double
    precision is None. ``updates`` and ``updated`` are empty where there is no learning rate; the updates are simultaneous.
    ``of``, ``wrt`` and ``derivative`` hold the one derivative that was asked for: of the objective over all samples, of
    any other definition sample by sample; of an array by an array in the shape of the one followed by that of the other.
    """

    objective: float
    values: Mapping[str, Quantity]
    derivatives: Mapping[str, Quantity]
    cached: Mapping[str, Mapping[str, str | Quantity]]
    error_signals: Mapping[str, Quantity]
    gradient: Mapping[str, Any]
    updates: Mapping[str, Any]
    updated: Mapping[str, Any]
    of: str | None = None
    wrt: str | tuple[str, str] | None = None
    derivative: Quantity = None

    def to_dict(self) -> dict[str, Any]:
        """The object that ``evaluate --json`` prints; None becomes null."""
        result: dict[str, Any] = {
            "objective": self.objective,
            "values": dict(self.values),
            "derivatives": dict(self.derivatives),
            "cached": {name: dict(entry) for name, entry in self.cached.items()},
            "error_signals": dict(self.error_signals),
            "gradient": dict(self.gradient),
            "updates": dict(self.updates),
            "updated": dict(self.updated),
        }
        if self.of is not None:
            wrt = list(self.wrt) if isinstance(self.wrt, tuple) else self.wrt
            result |= {"of": self.of, "wrt": wrt, "derivative": self.derivative}
        return result

    def __str__(self) -> str:
        """The same as text: one line a quantity, in the order of the JSON object."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        for key, entry in self.to_dict().items():
            if not isinstance(entry, dict):
                yield f"{key}  {_shown(entry)}"
                continue
            if entry:
                yield key
            width = max(map(len, entry), default=0)
            for name, value in entry.items():
                own, formula = (value["value"], f"  = {value['expression']}") if isinstance(value, dict) else (value, "")
                yield f"  {name:<{width}}  {_shown(own)}{formula}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def evaluate(
    network: Network,
    updates: int = 0,
    of: str | None = None,
    wrt: str | Sequence[str] | None = None,
    progress: Progress = iter,
) -> Evaluation:
    """Evaluate ``network`` at its values, after so many simultaneous updates of its parameters.

    ``wrt`` asks for one more derivative, of the definition ``of`` (default: the objective) by any symbol; two symbols ask
    for the second derivative.
    ``progress`` may wrap the iteration over updates, to show how far it is.
    Raises InputError for missing values, for an unknown name, and where a value of the forward pass or a
    partial by a parameter is not finite.
    """
    if isinstance(updates, bool) or not isinstance(updates, int) or updates < 0:
        raise InputError(f"the number of updates must be 0 or a positive whole number, not {updates!r}", "updates")
    if of is not None and wrt is None:
        raise InputError(f"a derivative of {of!r} by what? Give both, --of and --wrt", "wrt")
    asked = (wrt,) if isinstance(wrt, str) else tuple(wrt or ())
    if len(asked) > 2:
        raise InputError("a derivative by more than two symbols; give one or two", "wrt")
    kind = _kind(unrolled(network))
    with kind.quiet():
        return _evaluation(network, kind, updates, of, asked, progress)


def _evaluation(
    given: Network, kind: type[Numbers], updates: int, of: str | None, wrt: tuple[str, ...], progress: Progress
) -> Evaluation:
    network = unrolled(given)
    plain = derive(network, level=kind.level)
    parameters = _descend(plain, updates, progress) if updates else {}
    derivation = derive(network, by=(*plain.program.given, *plain.program.by_name), level=kind.level)
    cached = {term.name: _tidied(plain.in_outputs(term.tree)) for term in plain.terms(kind.view).terms}
    numbers = kind(derivation, cached, parameters)

    objective = plain.objective
    derivatives = {name: numbers.derivative(name) for name in plain.program.given}
    if network.learning_rate is not None:
        derivatives[LEARNING_RATE] = 0.0
    derivatives |= {name: numbers.derivative(name) for name in plain.program.by_name}
    gradient = {name: numbers.finite_derivative(name) for name in network.parameters}
    steps = _steps(network, gradient)
    asked: dict[str, Any] = {}
    for name in (of, *wrt):
        _refuse_sequence(given, plain, name)
    if len(wrt) == 1:
        asked = {"of": of or objective, "wrt": wrt[0], "derivative": numbers.one_derivative(of or objective, wrt[0])}
    elif wrt:
        asked = {"of": of or objective, "wrt": wrt, "derivative": numbers.second_derivative(of or objective, *wrt)}
    listed = numbers.listed
    return Evaluation(
        objective=numbers.objective(),
        values=over_time(given, numbers.values(), numbers.varying),
        derivatives=over_time(given, derivatives, numbers.varying),
        cached={name: {"expression": plain_text(tree), "value": numbers.own(name, tree)} for name, tree in cached.items()},
        error_signals={unit: numbers.derivative(own, network.signal_sign) for unit, own in _net_inputs(network)},
        gradient={name: listed(partial) for name, partial in gradient.items()},
        updates={name: listed(step) for name, step in steps.items()},
        updated={name: listed(numbers.rows[0][name] + step) for name, step in steps.items() if name in numbers.rows[0]},
        **asked,
    )


def _refuse_sequence(network: Network, plain: Derivation, name: str | None) -> None:
    """Raise InputError for a name that only its steps have, with what to write."""
    known = {*plain.program.given, *plain.program.by_name}
    if network.steps is not None and name not in known and f"{name}[1]" in known:
        steps = [f"{name}[{step}]" for step in range(1, network.steps + 1)]
        listed = ", ".join(steps if len(steps) <= _SHOWN else [*steps[: _SHOWN - 2], "…", steps[-1]])
        raise InputError(f"{name!r} has a value at every step; write one of them: {listed}")


def _kind(network: Network) -> type[Numbers]:
    if network.is_array:
        from .array_evaluation import ArrayNumbers

        return ArrayNumbers
    return Numbers


def _net_inputs(network: Network) -> Iterator[tuple[str, str]]:
    """(unit or layer, its net input)."""
    yield from ((unit.name, unit.net_input) for unit in network.units)
    yield from ((str(number), net_input(number)) for number, _, _ in numbered(network))


class Numbers:
    """The results of one compiled function for every sample, and which names differ between samples."""

    level = "unit"
    view = "factors"  # of the cached terms

    def __init__(self, derivation: Derivation, cached: Mapping[str, Tree], parameters: Mapping[str, Raw]) -> None:
        self.derivation, self.network, self.program = derivation, derivation.network, derivation.program
        self.parameters = parameters
        self.rows: list[dict[str, Raw]] = []
        self.varying = varying_names(set().union(*self.network.samples), self.program)
        self.compute(cached)
        for index, row in enumerate(self.rows):
            if not all(self.is_finite(row[name]) for name in self.program.by_name):
                raise self.not_finite(derivation, tuple(self.program.by_name), row, index)

    def compute(self, cached: Mapping[str, Tree]) -> None:
        """Fill ``rows``: every value, derivative and cached term by name, for each sample."""
        function = all_function(self.derivation, cached.items())
        for sample in ScalarValues(self.network).bound(self.parameters, function.arguments).samples():
            row = [sample[name] for name in function.arguments]
            results = function.function(*row)
            self.rows.append(dict(zip((*function.arguments, *function.outputs), (*row, *results), strict=True)))

    # A double and how it is shown; arrays have their own way with these.

    quiet: Callable[[], AbstractContextManager[Any]] = nullcontext  # in which NumPy does not warn of infinities

    @staticmethod
    def is_finite(value: Raw) -> bool:
        return math.isfinite(value)

    @staticmethod
    def shown(value: Raw) -> Quantity:
        """None for what is not finite, and 0 for −0."""
        return value + 0.0 if math.isfinite(value) else None

    @staticmethod
    def listed(value: Raw) -> Any:
        return value

    @staticmethod
    def summed(column: Sequence[Raw]) -> Raw:
        return math.fsum(column) if all(map(math.isfinite, column)) else math.nan

    def objective(self) -> float:
        return float(self.summed([row[self.derivation.objective] for row in self.rows]) / self.count)

    def values(self) -> dict[str, Quantity]:
        """Each given symbol that has a value, the learning rate, each definition."""
        found: dict[str, Quantity] = {}
        for name in (*self.program.given, LEARNING_RATE, *self.program.by_name):
            if name in self.rows[0]:
                found[name] = self.spread(name, [row[name] for row in self.rows])
            elif name == LEARNING_RATE and self.network.learning_rate is not None:
                found[name] = float(self.network.learning_rate.value)
            elif name in self.network.values:  # an input that feeds nothing
                found[name] = float(self.network.numbers_of()[name].value)
        return found

    def total(self, name: str) -> Raw:
        """∂E/∂name for what is the same in all samples: the sum of what each sample gives, or the mean."""
        column = derivative_name(self.derivation.objective, name)
        return self.summed([row[column] for row in self.rows]) / self.count

    @property
    def count(self) -> int:
        """By what a sum over the samples is divided."""
        return len(self.rows) if self.network.reduction == "mean" else 1

    def derivative(self, name: str, sign: int = 1) -> Quantity:
        """± ∂E/∂name, E being reduced over the samples; for each sample its share where ``name`` differs between them."""
        if name not in self.varying:
            return self.shown(sign * self.total(name))
        column = derivative_name(self.derivation.objective, name)
        return [self.shown(sign * row[column] / self.count) for row in self.rows]

    def finite_derivative(self, name: str) -> Raw:
        """∂E/∂name for a parameter. Raises InputError, with what went wrong on the way back, where it is not finite."""
        result = self.total(name) + 0.0
        if self.is_finite(result):
            return result
        alone = derive(self.network, by=[name], level=self.level)
        backward = tuple(definition.name for definition in alone.backward_pass)
        function = compiled(alone, backward, "backward_pass")
        column = derivative_name(alone.objective, name)
        for index, row in enumerate(self.rows):
            results = dict(zip(backward, function.function(*(row[argument] for argument in function.arguments)), strict=True))
            if not self.is_finite(results[column]) or index == len(self.rows) - 1:
                break
        raise self.not_finite(alone, backward, row | results, index)

    def own(self, name: str, tree: Tree) -> Quantity:
        """The value of a cached term: that of its expression, never reduced."""
        if any(read in self.varying for read in names(tree)):
            self.varying.add(name)
        return self.spread(name, [row[name] for row in self.rows])

    def spread(self, name: str, column: Sequence[Raw]) -> Quantity:
        """One value per sample for what differs between samples, else one in all."""
        return [self.shown(value) for value in column] if name in self.varying else self.shown(column[0])

    def one_derivative(self, of: str, wrt: str) -> Quantity:
        """∂of/∂wrt: of the objective over all samples, of any other definition for each sample."""
        if wrt == LEARNING_RATE:
            return 0.0
        if of == self.network.objective:
            known = (*self.program.given, *self.program.by_name)
            if wrt not in known:
                raise InputError(f"{wrt!r} is no symbol of the network{nearest(wrt, known)}", "wrt")
            return self.derivative(wrt)
        function = gradient_function(derive(self.network, of=of, by=[wrt])).compiled
        samples = ScalarValues(self.network).bound(self.parameters, function.arguments).samples()
        return self.spread(of, [function.function(*(sample[name] for name in function.arguments))[1] for sample in samples])

    def second_derivative(self, of: str, first: str, second: str) -> Quantity:
        """∂²of/∂first ∂second: of the objective over all samples, of any other definition for each sample."""
        if LEARNING_RATE in (first, second):
            return 0.0
        twice = derive_twice(self.network, first, [second], of)
        function = compiled(twice, second_names([twice]), "second_derivative")
        column = [function.function(*(row[name] for name in function.arguments))[0] for row in self.rows]
        return self.over_samples(of, (first, second), column)

    def over_samples(self, of: str, wrt: Iterable[str], column: Sequence[Raw]) -> Quantity:
        """A derivative of each sample as it is told: of the objective one in all, unless it is by what differs between samples."""
        if of != self.network.objective:
            return self.spread(of, column)
        if self.varying.isdisjoint(wrt):
            return self.shown(self.summed(column) / self.count)
        return [self.shown(value / self.count) for value in column]

    def not_finite(self, derivation: Derivation, order: Sequence[str], row: Mapping[str, Raw], sample: int) -> InputError:
        """The error that names the first of some definitions without a finite value, and the reason where there is a simple one."""
        name = next((name for name in order if not self.is_finite(row[name])), derivation.objective)
        entry, tree, known = self.entry(derivation, name, row)
        reason = "it is beyond double precision"
        try:
            precise_value(tree, {read: Fraction(known[read]) for read in names(tree)})
        except InputError as error:
            reason = error.message
        place = f"samples[{sample}]" if self.network.samples else "values"
        return InputError(f"{entry} has no finite value: {reason}", place)

    def entry(self, derivation: Derivation, name: str, row: Mapping[str, Raw]) -> tuple[str, Tree, Mapping[str, float]]:
        """What is not finite in a definition, its expression, and the values that this reads."""
        return name, derivation.by_name[name].tree, row


def _tidied(tree: Tree) -> Tree:
    """``tree`` with products inside products opened: w (z (1 − z)) is w z (1 − z)."""

    def open_up(node: Any, children: list[Tree]) -> Tree:
        if isinstance(node, Product):
            return product(children)
        return rebuild(node, children) if children else node

    return fold(tree, open_up)


def _steps(network: Network, gradient: Mapping[str, Raw]) -> dict[str, Raw]:
    """Δw = −η ∂E/∂w, or +η ∂E/∂w in ascent; nothing without a learning rate."""
    if network.learning_rate is None:
        return {}
    rate = float(network.learning_rate.value) * (1 if network.ascent else -1)
    return {name: rate * partial for name, partial in gradient.items()}


def _descend(derivation: Derivation, updates: int, progress: Progress) -> dict[str, Raw]:
    """The parameters after so many updates, each applied to all of them at once (document 001)."""
    network = derivation.network
    if network.learning_rate is None:
        raise InputError("updates need a learning rate; give it in [values] or with --set learning_rate=…", "values.learning_rate")
    # What is derived at the matrix level is computed by whole arrays, everything else by numbers.
    function = gradient_function(derivation, NUMPY if derivation.network.is_array else MATH)
    # Copies, since an array is changed in place.
    parameters = {name: copy(value) for name, value in function.values_of(network.parameters, {}).items()}
    for done in progress(range(updates)):
        for name, step in _steps(network, function(parameters)[1]).items():
            parameters[name] += step
        if not all(map(function.is_finite, parameters.values())):
            raise InputError(f"update {done + 1} leads to a parameter that is not finite; take a smaller learning rate", "updates")
    return parameters
