"""The sides of a line at one point, two by two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

from ...tree import Tree
from .formulas import Formulas
from .printed import (
    Letters,
    Printed,
    World,
    difference,
)
from .tape import is_array
from .worlds import SampleWorld


def with_argument(point: World, factor: int | None) -> Printed:
    """What evaluates lines at a point; with a factor, at another argument s of functions."""
    if factor is not None and isinstance(point, SampleWorld) and point.net_input is not None:
        point = SampleWorld(point.formulas, point.quantities, point.rows, net_input=point.net_input * factor)
    return Printed(point.formulas, point, point.rows)


@dataclass(frozen=True, slots=True)
class Compared:
    """Two values that a line compares, by = or ≤, or by the name of a brace."""

    sign: str
    sides: tuple[Any, Any]


def values_of(sides: Sequence[tuple[str, Tree]], point: World, factor: int | None, letters: Letters) -> list[Compared]:
    """What a line compares, at one point."""
    printed = with_argument(point, factor)
    values = [printed.value(tree, letters) for _, tree in sides]
    found = [Compared(label, (value, term)) for label, value, term in printed.braced]
    for (before, after), (sign, _) in zip(pairwise(values), sides[1:], strict=True):
        found.append(Compared("≤" if sign == "≤" else "=", (before, after)))
    return found


def gap_of(compared: Compared) -> tuple[Any, Any]:
    """Two values that are equal where what is compared is right."""
    one, two = compared.sides
    return (max(one, two), two) if compared.sign == "≤" else (one, two)


def worst_of(formulas: Formulas, compared: Compared) -> Any:
    """The difference of what is compared, relative to its size."""
    return difference(formulas, *gap_of(compared))


def value_text(formulas: Formulas, value: Any) -> str:
    """A value, shortened."""
    if is_array(value):
        shown = [value_text(formulas, entry) for entry in islice(value.flat, 4)]
        return f"[{', '.join(shown)}{', …' if value.size > len(shown) else ''}]"
    return f"{float(value):.8g}" if abs(value) < 1e300 else str(value)
