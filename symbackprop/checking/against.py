"""Claims as they are compared with what follows from a mistake: formulas at several points, numbers in their digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..precise import Value, as_mpf, value
from ..tree import Tree
from .points import Point

SIGN = "sign"
RATE = "learning rate"
OTHER = "another quantity"
MISSING_TERM = "missing term"
WRONG_FUNCTION = "wrong function"

_CLOSE = Fraction(1, 10**100)
_LEAST_LIVE = 2
_NEARLY = 1e-9
_LARGEST_DENOMINATOR = 64
_WITH_A_FACTOR = tuple(Fraction(own) for own in (1, -1, 2, "1/2", -2, "-1/2"))  # what a mistake may come together with

Column = list[Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """One point and every quantity there, sample by sample."""

    point: Point
    samples: list[dict[str, Any]]

    def column(self, trees: Sequence[Tree], samples: list[dict[str, Any]] | None = None) -> Column:
        """The values of some formulas, for every sample; ``samples`` may be those that follow from a mistake."""
        found = self.samples if samples is None else samples
        return [as_mpf(value(tree, sample, self.point.generic)) for sample in found for tree in trees]


class Formula:
    """A claim that some left sides are equal to some right ones, at several settings."""

    factors = _WITH_A_FACTOR

    def __init__(self, sides: Sequence[tuple[Tree, Tree]], settings: Sequence[Setting]) -> None:
        self.left, self.right = [left for left, _ in sides], [right for _, right in sides]
        self.settings = settings
        self.claimed = [setting.column(self.right) for setting in settings]

    def turned(self) -> Formula:
        """The same with its sides exchanged."""
        return Formula(list(zip(self.right, self.left, strict=True)), self.settings)

    def factor(self, left: Callable[[Setting], Column]) -> Fraction | None:
        """The factor, of the simple ones, by which the claim is off from some values everywhere."""
        found: Fraction | None = None
        live = 0  # where both sides are zero nothing is explained; at one point alone anything may be
        for setting, claimed in zip(reversed(self.settings), reversed(self.claimed), strict=True):
            own = left(setting)
            one, two = next(((one, two) for one, two in zip(claimed, own, strict=True) if one or two), (0, 0))
            if not one and not two:
                continue
            ratio = float(one / two) if two else 0.0
            factor = next((factor for factor in self.factors if abs(ratio - factor) < _NEARLY), None)
            if factor is None or found not in (None, factor) or not same(claimed, [as_mpf(factor) * number for number in own]):
                return None
            found, live = factor, live + 1
        return found if live >= min(_LEAST_LIVE, len(self.settings)) else None

    def is_true_with(self, left: Callable[[Setting], Column], right: Callable[[Setting], Column]) -> bool:
        """Whether the claim is true where both sides follow from a mistake."""
        columns = ((right(setting), left(setting)) for setting in reversed(self.settings))
        return all(any(one) and same(one, two) for one, two in columns)

    def ratio(self, left: Callable[[Setting], Column]) -> Fraction | None:
        """The fraction by which the claim is off from some values, if it is one and the same everywhere."""
        columns = [zip(claimed, left(setting), strict=True) for setting, claimed in zip(self.settings, self.claimed, strict=True)]
        pairs = [(one, two) for column in columns for one, two in column if one or two]
        if len(pairs) < 2 or not all(two for _, two in pairs):
            return None
        ratio = [one / two for one, two in pairs]
        return _fraction(ratio[0]) if same(ratio, [ratio[0]] * len(ratio)) else None


class PrintedNumbers:
    """A claim that some left sides have these digits, at the network's own values."""

    factors = _WITH_A_FACTOR[:2]

    def __init__(
        self,
        left: Sequence[Tree],
        has_digits: Callable[[int, Value], bool],
        together: Callable[[Column], Column],
        setting: Setting,
    ) -> None:
        self.left = list(left)
        self.right: list[Tree] = []
        self.settings, self.has_digits, self.together = [setting], has_digits, together

    def factor(self, left: Callable[[Setting], Column]) -> Fraction | None:
        """1 or −1, where some values or their negatives have the digits."""
        own = self.together(left(self.settings[0]))
        for factor in self.factors:
            if all(self.has_digits(index, as_mpf(factor) * number) for index, number in enumerate(own)):
                return factor
        return None

    def ratio(self, left: Callable[[Setting], Column]) -> Fraction | None:
        """A factor of two or a half, where some values have the digits with it."""
        own = self.together(left(self.settings[0]))
        for factor in _WITH_A_FACTOR:
            if all(self.has_digits(index, as_mpf(factor) * number) for index, number in enumerate(own)):
                return factor
        return None


def same(one: Column, two: Column) -> bool:
    """Whether two columns are equal to the digits that checks compute with."""
    return len(one) == len(two) and all(abs(a - b) <= as_mpf(_CLOSE) * max(abs(a), abs(b)) for a, b in zip(one, two, strict=True))


def _fraction(number: Any) -> Fraction | None:
    """The simple fraction that a number is, if it is one."""
    found = Fraction(float(number)).limit_denominator(_LARGEST_DENOMINATOR)
    return found if found and same([number], [as_mpf(found)]) else None
