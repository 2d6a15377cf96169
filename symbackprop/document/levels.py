"""One derivation at its three levels: every entry a symbol (unit), entries with letters as indices (index), whole arrays."""

from __future__ import annotations

from ..derivation import Derivation, derive, level_of
from ..errors import InputError, nearest
from ..layered import LAYER_INPUT

UNIT, INDEX, MATRIX = "unit", "index", "matrix"
PAGE_LEVELS = (UNIT, INDEX, MATRIX)


def page_level(derivation: Derivation, chosen: str | None) -> str:
    """The level of a page: the chosen one, else that of the derivation. Raises InputError for one that it cannot have."""
    if chosen is None:
        return MATRIX if derivation.network.is_array else UNIT
    if chosen not in PAGE_LEVELS:
        raise InputError(f"there is no level {chosen!r}{nearest(chosen, PAGE_LEVELS)}", "level")
    level_of(derivation.given, MATRIX if chosen == INDEX else chosen)
    return chosen


def with_arrays(derivation: Derivation) -> Derivation | None:
    """The derivation at the matrix level; None where there is none: without arrays, or of a single entry."""
    if derivation.network.is_array:
        return derivation
    given = derivation.given
    if not given.is_array or derivation.objective != given.objective:
        return None
    if derivation.wanted == derivation.network.parameters:
        return derive(given, level=MATRIX)
    known = derive(given, level=MATRIX).program
    by = dict.fromkeys(_array_of(name, {*known.given, *known.by_name}) for name in derivation.wanted)
    return derive(given, by=by, level=MATRIX)


def symbols_of_arrays(derivation: Derivation) -> Derivation | None:
    """A derivation with all symbols that a network of arrays has, whatever is derived; None where there are no arrays."""
    return derive(derivation.given, level=MATRIX) if derivation.given.is_array else None


def with_entries(derivation: Derivation) -> Derivation:
    """The derivation at the unit level. Raises InputError where a length is not given."""
    if not derivation.network.is_array:
        return derivation
    by = None if derivation.wanted == derivation.network.parameters else derivation.wanted
    return derive(derivation.given, of=derivation.objective, by=by, level=UNIT)


def is_batch(derivation: Derivation) -> bool:
    """Whether layers take several samples at once: then the input is a matrix."""
    return len(derivation.program.shapes.get(LAYER_INPUT, ())) > 1 and bool(derivation.network.layers)


def _array_of(name: str, known: set[str]) -> str:
    """The array that an entry belongs to."""
    while name not in known:
        name = name.rpartition("[")[0]
    return name
