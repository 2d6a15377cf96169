"""Every quantity that a claim may name, at one point.

Names, for each sample of the point: all given symbols and definitions; ``C_1`` …; ``delta_j``; ``dE/dw_j`` (or ``dE_dw_j``) for
the partial by any symbol, with the loss's own name; ``dz_j/ds_j`` for the partial of any definition by what it reads;
``slope_j`` = f′(s_j) and ``largest_slope_j`` = sup |f′| of a unit; ``learning_rate``; ``Delta_w`` and ``new_w``, which gather
all samples; ``total_NAME``, the sum of any of them over the samples; ``forward_operations`` and ``backward_operations``, the
operations of the two passes for one sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from ..derivation import Derivation, derive
from ..functions import FUNCTIONS
from ..network import LEARNING_RATE
from ..precise import Value, value
from ..program import Activation, Definition, ErrorSignal, LocalDerivative, Partial, Update
from ..rules import Slope
from ..tree import Name, Tree, derivative_name, names, operations
from .points import Point, evaluated, summed

TOTAL = "total_"
NEW = "new_"
Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is evaluated for the claims of one derivation.

    ``definitions`` are the derivation's own, and the partials by all symbols that it was not asked for. ``gather`` says how
    partials of several samples make the one of an update: their ``sum``, their ``mean``, or the ``first`` sample's alone.
    ``totals`` are the names whose sums over the samples are wanted.
    """

    definitions: tuple[Definition, ...]
    terms: Mapping[str, Tree]
    slopes: Mapping[str, Tree]
    updates: tuple[Update, ...]
    constants: Mapping[str, Value]
    gather: str
    totals: frozenset[str] = frozenset()

    def with_faults(self, replaced: Mapping[str, Definition], gather: str = "") -> tuple[Vocabulary, set[str]]:
        """What is not as before where a derivation has other definitions for some; and the names of all that is not."""
        changed: list[Definition] = []
        names_changed: set[str] = set()
        for definition in self.definitions:
            own = replaced.get(definition.name, definition)
            if own is not definition or not names_changed.isdisjoint(own.reads):
                changed.append(own)
                names_changed.update(_names_of(own))
        for table in (self.terms, self.slopes):
            names_changed.update(name for name, tree in table.items() if not names_changed.isdisjoint(names(tree)))
        for update in self.updates:
            if gather or update.gradient in names_changed:
                names_changed |= {update.name, NEW + update.parameter}
        names_changed |= {TOTAL + name for name in names_changed}
        return replace(self, definitions=tuple(changed), gather=gather or self.gather), names_changed

    def narrowed(self, wanted: Iterable[str]) -> Vocabulary:
        """What the quantities of some names need, and no more."""
        wanted = list(wanted)
        totals = frozenset(name.removeprefix(TOTAL) for name in wanted if name.startswith(TOTAL))
        base = [name.removeprefix(TOTAL) for name in wanted]
        updates = tuple(own for own in self.updates if own.name in base or NEW + own.parameter in base)
        open_names = [*base, *(read for update in updates for read in update.reads)]
        terms = {name: self.terms[name] for name in open_names if name in self.terms}
        slopes = {name: self.slopes[name] for name in open_names if name in self.slopes}
        open_names.extend(read for tree in (*terms.values(), *slopes.values()) for read in names(tree))
        needed = {*open_names, *(update.parameter for update in updates)}
        kept: list[Definition] = []
        for definition in reversed(self.definitions):
            if not needed.isdisjoint(_names_of(definition)):
                kept.append(definition)
                needed.update(definition.reads)
        return replace(self, definitions=tuple(reversed(kept)), terms=terms, slopes=slopes, updates=updates, totals=totals)

    @property
    def names(self) -> Iterator[str]:
        """Every name that a claim may use, beside the given symbols."""
        for definition in self.definitions:
            yield from _names_of(definition)
        yield from (*self.terms, *self.slopes, *self.constants)
        for update in self.updates:
            yield from (update.name, NEW + update.parameter)


def _names_of(definition: Definition) -> tuple[str, ...]:
    """The names by which a quantity may be called: ``delta_j``, ``dE/ds_j`` and ``dE_ds_j``."""
    match definition:
        case ErrorSignal():
            plain = derivative_name(definition.of, definition.wrt)
            return (definition.name, plain, plain.replace("/", "_"))
        case Partial() | LocalDerivative():
            return (definition.name, definition.name.replace("/", "_"))
    return (definition.name,)


def vocabulary(derivation: Derivation) -> Vocabulary:
    """The quantities of ``derivation`` and, beyond what it was asked for, the partials by every symbol."""
    network, program = derivation.network, derivation.program
    everything = [name for name in (*program.given, *program.by_name) if name != derivation.objective]
    wider = derive(network, derivation.objective, everything)
    own = {definition.name for definition in derivation.backward_pass}
    extra = [definition for definition in wider.backward_pass if definition.name not in own]
    known = own | {definition.name for definition in extra}
    local = [definition for definition in _local_derivatives(derivation) if definition.name not in known]
    activations = [definition for definition in program.definitions if isinstance(definition, Activation)]
    constants: dict[str, Value] = {
        "forward_operations": Fraction(sum(operations(definition.tree) for definition in program.definitions)),
        "backward_operations": Fraction(sum(operations(definition.tree) for definition in derivation.backward_pass)),
    }
    for activation in activations:
        function = FUNCTIONS.get(activation.function)
        if function is not None and function.largest_slope is not None:
            constants[f"largest_slope_{activation.unit}"] = function.largest_slope
    return Vocabulary(
        (*program.definitions, *derivation.backward_pass, *extra, *local),
        {term.name: term.tree for term in derivation.terms().terms},
        {f"slope_{activation.unit}": activation.slope(Name(activation.name)) for activation in activations},
        derivation.updates,
        constants,
        network.reduction,
    )


def _local_derivatives(derivation: Derivation) -> Iterator[LocalDerivative]:
    """The partial of each definition by each thing it reads once, those among them that the derivation has no name for."""
    everything = {*derivation.program.given, *derivation.program.by_name}
    for definition in derivation.program.definitions:
        found = list(definition.partials(everything))
        for read, slope in found:
            if [name for name, _ in found].count(read) == 1 and not hasattr(slope, "form"):
                own = slope if isinstance(slope, Slope) else Slope(slope, {})
                yield LocalDerivative(definition.name, read, own)


def quantities(words: Vocabulary, point: Point) -> list[dict[str, Value]]:
    """The value of every name, for each sample. Raises InputError where one is not finite."""
    rows = [_of_one_sample(words, row, point) for row in point.rows]
    shared = _of_all_samples(words, rows)
    for row in rows:
        for name, number in shared.items():
            row.setdefault(name, number)
    return rows


def _of_one_sample(words: Vocabulary, row: Row, point: Point) -> dict[str, Value]:
    found = evaluated(words.definitions, row, point.generic)
    for name, tree in (*words.slopes.items(), *words.terms.items()):
        found.setdefault(name, value(tree, found, point.generic))
    for definition in words.definitions:
        sign = definition.sign if isinstance(definition, ErrorSignal) else 1
        for name in _names_of(definition)[1:]:
            found.setdefault(name, sign * found[definition.name])
    return found


def _of_all_samples(words: Vocabulary, rows: list[dict[str, Value]]) -> dict[str, Value]:
    shared: dict[str, Value] = dict(words.constants)
    for name in words.totals:
        if name in rows[0]:
            shared[TOTAL + name] = summed([row[name] for row in rows])
    if LEARNING_RATE in rows[0]:
        for update in words.updates:
            gradient = gathered(words.gather, [row[update.gradient] for row in rows])
            step = value(update.tree, {LEARNING_RATE: rows[0][LEARNING_RATE], update.gradient: gradient})
            shared[update.name] = step
            shared[NEW + update.parameter] = summed([rows[0][update.parameter], step])
    return shared


def gathered(how: str, numbers: list[Value]) -> Value:
    """One number of those of all samples: their ``sum``, ``mean``, or that of the ``first``."""
    match how:
        case "first":
            return numbers[0]
        case "mean":
            return summed(numbers) / len(numbers)
    return summed(numbers)
