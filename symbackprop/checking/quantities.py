"""Every quantity that a claim may name, at one point.

Names, for each sample of the point: all given symbols and definitions; ``C_1`` …; ``delta_j``; ``dE_dw_j`` for the partial
by any symbol (with the loss's own name: ``dJ_dz_out``); ``slope_j`` = f′(s_j) and ``largest_slope_j`` = sup |f′| of a unit;
``learning_rate``; ``Delta_w`` and ``new_w``, which gather all samples; ``total_NAME``, the sum of any of them over the samples;
``forward_operations`` and ``backward_operations``, the operations of the two passes for one sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..derivation import Derivation, derive
from ..functions import FUNCTIONS
from ..network import LEARNING_RATE, Network
from ..precise import Value, value
from ..program import Activation, Definition, ErrorSignal, LocalDerivative, Partial, Update
from ..tree import Name, Tree, derivative_name, operations
from .points import Point, evaluated, reduced, summed

TOTAL = "total_"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is evaluated for the claims of one derivation.

    ``definitions`` are the derivation's own, and the partials by all symbols that it was not asked for.
    """

    network: Network
    definitions: tuple[Definition, ...]
    terms: tuple[tuple[str, Tree], ...]
    slopes: tuple[tuple[str, Tree], ...]
    updates: tuple[Update, ...]
    constants: Mapping[str, Value]


def vocabulary(derivation: Derivation) -> Vocabulary:
    """The quantities of ``derivation`` and, beyond what it was asked for, the partials by every symbol."""
    network, program = derivation.network, derivation.program
    everything = [name for name in (*program.given, *program.by_name) if name != derivation.objective]
    wider = derive(network, derivation.objective, everything)
    own = {definition.name for definition in derivation.backward_pass}
    extra = tuple(definition for definition in wider.backward_pass if definition.name not in own)
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
        network,
        (*program.definitions, *derivation.backward_pass, *extra),
        tuple((term.name, term.tree) for term in derivation.terms().terms),
        tuple((f"slope_{activation.unit}", activation.slope(Name(activation.name))) for activation in activations),
        derivation.updates,
        constants,
    )


def quantities(words: Vocabulary, point: Point) -> list[dict[str, Value]]:
    """The value of every name, for each sample. Raises InputError where one is not finite."""
    rows = [_of_one_sample(words, row, point) for row in point.rows]
    shared = _of_all_samples(words, rows)
    for row in rows:
        for name, number in shared.items():
            row.setdefault(name, number)
    return rows


def _of_one_sample(words: Vocabulary, row: Mapping[str, Value], point: Point) -> dict[str, Value]:
    found = evaluated(words.definitions, row, point.generic)
    for name, tree in (*words.slopes, *words.terms):
        found.setdefault(name, value(tree, found, point.generic))
    for definition in words.definitions:
        match definition:
            case ErrorSignal():
                name, number = derivative_name(definition.of, definition.wrt), definition.sign * found[definition.name]
            case Partial() | LocalDerivative():
                name, number = definition.name, found[definition.name]
            case _:
                continue
        found.setdefault(name.replace("/", "_"), number)
    return found


def _of_all_samples(words: Vocabulary, rows: list[dict[str, Value]]) -> dict[str, Value]:
    shared: dict[str, Value] = dict(words.constants)
    for name in rows[0]:
        if "/" not in name:  # dE/dw is dE_dw too, which a formula can name
            shared[TOTAL + name] = summed([row[name] for row in rows])
    if LEARNING_RATE in rows[0]:
        for update in words.updates:
            gradient = reduced(words.network, [row[update.gradient] for row in rows])
            step = value(update.tree, {LEARNING_RATE: rows[0][LEARNING_RATE], update.gradient: gradient})
            shared[update.name] = step
            shared[f"new_{update.parameter}"] = summed([rows[0][update.parameter], step])
    return shared
