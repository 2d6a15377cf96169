"""A network in numbers: forward values, every derivative, cached terms, error signals, updates.

All numbers come from one compiled function of the derivation, run once per sample.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..derivation import Derivation, derive
from ..errors import InputError, nearest
from ..network import LEARNING_RATE, Network
from ..plain_text import plain_text
from ..precise import value as precise_value
from ..program import Program
from ..tree import Product, Tree, derivative_name, fold, names, product, rebuild
from .callable import Compiled, all_function, argument_rows, compiled, gradient_function, reduced

Progress = Callable[[Iterable[int]], Iterator[int]]
Quantity = float | list[float | None] | None  # a list where it differs from sample to sample; None where it is no finite double


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every number of a network, by plain name.

    ``objective`` is summed over the samples, or averaged. With samples, whatever depends on them is a list over them: values,
    derivatives (of the objective over all samples: with a mean, each sample has its N-th share), error signals, cached
    values. Everything else, parameters above all, has one derivative, the total. A derivative or cached value beyond double
    precision is None. ``updates`` and ``updated`` are empty where there is no learning rate; the updates are simultaneous.
    ``of``, ``wrt`` and ``derivative`` hold the one derivative that was asked for: of the objective over all samples, of
    any other definition sample by sample.
    """

    objective: float
    values: Mapping[str, Quantity]
    derivatives: Mapping[str, Quantity]
    cached: Mapping[str, Mapping[str, str | Quantity]]
    error_signals: Mapping[str, Quantity]
    gradient: Mapping[str, float]
    updates: Mapping[str, float]
    updated: Mapping[str, float]
    of: str | None = None
    wrt: str | None = None
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
            result |= {"of": self.of, "wrt": self.wrt, "derivative": self.derivative}
        return result


def evaluate(
    network: Network, updates: int = 0, of: str | None = None, wrt: str | None = None, progress: Progress = iter
) -> Evaluation:
    """Evaluate ``network`` at its values, after so many simultaneous updates of its parameters.

    ``wrt`` asks for one more derivative, of the definition ``of`` (default: the objective) by any symbol.
    ``progress`` may wrap the iteration over updates, to show how far it is.
    Raises InputError for missing values, for an unknown name, and where a value of the forward pass or a
    partial by a parameter is not finite.
    """
    if isinstance(updates, bool) or not isinstance(updates, int) or updates < 0:
        raise InputError(f"the number of updates must be 0 or a positive whole number, not {updates!r}", "updates")
    if of is not None and wrt is None:
        raise InputError(f"a derivative of {of!r} by what? Give both, --of and --wrt", "wrt")
    plain = derive(network)
    parameters = _descend(plain, updates, progress) if updates else {}
    derivation = derive(network, by=(*plain.program.given, *plain.program.by_name))
    cached = {term.name: _tidied(plain.in_outputs(term.tree)) for term in plain.terms().terms}
    numbers = _Numbers(derivation, all_function(derivation, cached.items()), parameters)

    objective = plain.objective
    derivatives = {name: numbers.derivative(name) for name in plain.program.given}
    if network.learning_rate is not None:
        derivatives[LEARNING_RATE] = 0.0
    derivatives |= {name: numbers.derivative(name) for name in plain.program.by_name}
    gradient = {name: numbers.finite_derivative(name) for name in network.parameters}
    steps = _steps(network, gradient)
    asked: dict[str, Any] = {}
    if wrt is not None:
        of = of or objective
        asked = {"of": of, "wrt": wrt, "derivative": _one_derivative(network, parameters, numbers, of, wrt)}
    return Evaluation(
        objective=numbers.objective(),
        values=numbers.values(),
        derivatives=derivatives,
        cached={name: {"expression": plain_text(tree), "value": numbers.own(name, tree)} for name, tree in cached.items()},
        error_signals={unit.name: numbers.derivative(unit.net_input, network.signal_sign) for unit in network.units},
        gradient=gradient,
        updates=steps,
        updated={name: numbers.rows[0][name] + step for name, step in steps.items() if name in numbers.rows[0]},
        **asked,
    )


class _Numbers:
    """The results of one compiled function for every sample, and which names differ between samples."""

    def __init__(self, derivation: Derivation, function: Compiled, parameters: Mapping[str, float]) -> None:
        self.derivation, self.network = derivation, derivation.network
        self.program = derivation.program
        rows = argument_rows(self.network, function.arguments, parameters)
        self.rows = [
            dict(zip((*function.arguments, *function.outputs), (*row, *function.function(*row)), strict=True)) for row in rows
        ]
        self.varying = _varying(self.network, self.program)
        for index, row in enumerate(self.rows):
            if not all(math.isfinite(row[name]) for name in self.program.by_name):
                raise _not_finite(derivation, tuple(self.program.by_name), row, self.place(index))

    def place(self, sample: int) -> str:
        return f"samples[{sample}]" if self.network.samples else "values"

    def objective(self) -> float:
        return reduced(self.network, [(row[self.derivation.objective],) for row in self.rows])[0]

    def values(self) -> dict[str, Quantity]:
        """Each given symbol that has a value, the learning rate, each definition."""
        found: dict[str, Quantity] = {}
        for name in (*self.program.given, LEARNING_RATE, *self.program.by_name):
            if name in self.rows[0]:
                found[name] = self.spread(name, [row[name] for row in self.rows], reduce=False)
            elif name == LEARNING_RATE and self.network.learning_rate is not None:
                found[name] = float(self.network.learning_rate.value)
            elif name in self.network.values:  # an input that feeds nothing
                found[name] = float(self.network.values[name].value)
        return found

    def derivative(self, name: str, sign: int = 1) -> Quantity:
        """± ∂E/∂name, E being reduced over the samples."""
        column = derivative_name(self.derivation.objective, name)
        return self.spread(name, [sign * row[column] for row in self.rows])

    def finite_derivative(self, name: str) -> float:
        """∂E/∂name for a parameter. Raises InputError, with what went wrong on the way back, where it is not finite."""
        result = self.derivative(name)
        if isinstance(result, float):
            return result
        column = derivative_name(self.derivation.objective, name)
        index = next((index for index, row in enumerate(self.rows) if not math.isfinite(row[column])), 0)
        alone = derive(self.network, by=[name])
        backward = tuple(definition.name for definition in alone.backward_pass)
        function = compiled(alone, backward, "backward_pass")
        results = function.function(*(self.rows[index][argument] for argument in function.arguments))
        raise _not_finite(alone, backward, self.rows[index] | dict(zip(backward, results, strict=True)), self.place(index))

    def own(self, name: str, tree: Tree) -> Quantity:
        """The value of a cached term: that of its expression, never reduced."""
        if any(read in self.varying for read in names(tree)):
            self.varying.add(name)
        return self.spread(name, [row[name] for row in self.rows], reduce=False)

    def spread(self, name: str, column: Sequence[float], reduce: bool = True) -> Quantity:
        """One number per sample for what differs between samples, else one in all.

        ``reduce``: the column is each sample's share of something that is summed or averaged over them.
        """
        count = len(column) if reduce and self.network.reduction == "mean" else 1
        if name in self.varying:
            return [_finite(number / count) for number in column]
        if not reduce:
            return _finite(column[0])
        return _finite(math.fsum(column) / count) if all(map(math.isfinite, column)) else None


def _finite(number: float) -> float | None:
    return number + 0.0 if math.isfinite(number) else None  # and −0 is 0


def _varying(network: Network, program: Program) -> set[str]:
    """The names that differ between samples: the symbols of the samples and all that reads them."""
    found = set().union(*network.samples)
    for definition in program.definitions:
        if any(read in found for read in definition.reads):
            found.add(definition.name)
    return found


def _not_finite(derivation: Derivation, order: Sequence[str], row: Mapping[str, float], place: str) -> InputError:
    """The error that names the first of some definitions without a finite value, and the reason where there is a simple one."""
    name = next((name for name in order if not math.isfinite(row[name])), derivation.objective)
    tree = derivation.by_name[name].tree
    reason = "it is beyond double precision"
    try:
        precise_value(tree, {read: Fraction(row[read]) for read in names(tree)})
    except InputError as error:
        reason = error.message
    return InputError(f"{name} has no finite value: {reason}", place)


def _tidied(tree: Tree) -> Tree:
    """``tree`` with products inside products opened: w (z (1 − z)) is w z (1 − z)."""

    def open_up(node: Any, children: list[Tree]) -> Tree:
        if isinstance(node, Product):
            return product(children)
        return rebuild(node, children) if children else node

    return fold(tree, open_up)


def _steps(network: Network, gradient: Mapping[str, float]) -> dict[str, float]:
    """Δw = −η ∂E/∂w, or +η ∂E/∂w in ascent; nothing without a learning rate."""
    if network.learning_rate is None:
        return {}
    rate = float(network.learning_rate.value) * (1 if network.ascent else -1)
    return {name: rate * partial for name, partial in gradient.items()}


def _descend(derivation: Derivation, updates: int, progress: Progress) -> dict[str, float]:
    """The parameters after so many updates, each applied to all of them at once (document 001)."""
    network = derivation.network
    if network.learning_rate is None:
        raise InputError("updates need a learning rate; give it in [values] or with --set learning_rate=…", "values.learning_rate")
    function = gradient_function(derivation).compiled
    rows = argument_rows(network, function.arguments, {})
    column = {name: index for index, name in enumerate(function.arguments)}
    for done in progress(range(updates)):
        totals = reduced(network, [function.function(*row) for row in rows])
        for name, step in _steps(network, dict(zip(network.parameters, totals[1:], strict=True))).items():
            if name in column:
                for row in rows:
                    row[column[name]] += step
        if not all(map(math.isfinite, rows[0])):
            raise InputError(f"update {done + 1} leads to a parameter that is not finite; take a smaller learning rate", "updates")
    return {name: rows[0][column[name]] for name in network.parameters if name in column}


def _one_derivative(network: Network, parameters: Mapping[str, float], numbers: _Numbers, of: str, wrt: str) -> Quantity:
    """∂of/∂wrt: of the objective over all samples, of any other definition for each sample."""
    if wrt == LEARNING_RATE:
        return 0.0
    if of == network.objective:
        known = (*numbers.program.given, *numbers.program.by_name)
        if wrt not in known:
            raise InputError(f"{wrt!r} is no symbol of the network{nearest(wrt, known)}", "wrt")
        return numbers.derivative(wrt)
    derivation = derive(network, of=of, by=[wrt])
    function = gradient_function(derivation).compiled
    column = [function.function(*row)[1] for row in argument_rows(network, function.arguments, parameters)]
    return [_finite(number) for number in column] if of in numbers.varying else _finite(column[0])
