"""What a verdict says of points, digits and formulas."""

from __future__ import annotations

from collections.abc import Sequence

from ..derivation import Derivation
from ..numbers import working_tree
from ..plain_text import plain_text
from ..precise import Value
from ..program import Update
from ..tree import size
from .against import Setting
from .points import OWN, Point
from .printed import decimal_of, rounded_like

_LONGEST = 40  # leaves of a formula that is shown


def has_digits(number: Value, digits: str, where: str) -> bool:
    """Whether a value, rounded to the digits that are printed, is what is printed."""
    printed = decimal_of(digits, where)
    return rounded_like(number, printed) == printed


def significant(digits: str) -> int:
    """The number of significant digits."""
    mantissa = digits.lower().partition("e")[0].lstrip("-").replace(".", "").lstrip("0")
    return len(mantissa)


def points_text(settings: Sequence[Setting], point: Point | None) -> str:
    """The points at which a claim was tried, ``point`` being the network's own values."""
    own = any(setting.point is point or setting.point.kind == OWN for setting in settings)
    random = sum(setting.point.kind != OWN for setting in settings)
    parts = [*(["the network's values"] if own else []), *([f"{random} random points"] if random else [])]
    return " and ".join(parts)


def updates_text(count: int) -> str:
    return "1 update" if count == 1 else f"{count} updates"


def formula_of(name: str, derivation: Derivation) -> str:
    """The derivation's own formula for a quantity, if it is short."""
    plain = {own.replace("/", "_"): own for own in derivation.by_name} | {own: own for own in derivation.by_name}
    definition = derivation.by_name.get(plain.get(name, ""))
    if definition is None:
        return ""
    if isinstance(definition, Update) and len(derivation.network.samples) > 1:
        share = "/" + str(len(derivation.network.samples)) if derivation.network.reduction == "mean" else ""
        sign = "" if definition.ascent else "-"
        return f"{name} = {sign}learning_rate*total_{definition.gradient.replace('/', '_')}{share}"
    tree = working_tree(derivation, definition)
    return f"{name} = {plain_text(tree)}" if size(tree) <= _LONGEST else ""
