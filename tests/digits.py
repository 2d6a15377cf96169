"""Complex numbers of many digits that NumPy's functions take in arrays of objects: what the complex step computes with.

A function whose formula has branches goes by the real part, so f(θ + ih) is f at θ but for what h adds to the imaginary part, and
Im f / h is the slope without any difference of numbers that are nearly equal (Squire and Trapp, 1998). Where the real parts of two
compared numbers are equal, and the imaginary ones are not, the point is at a kink: it is noted, and the side is up to the caller.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import mpmath

DIGITS = 60
_EQUAL = 1e-45  # a decimal like 0.1 is off in the last digit
STEP_POWER = -40  # h = 10**-40: its square is far below the last digit that is compared

_context = mpmath.MPContext()
_context.dps = DIGITS


class _State:
    """What is compared here, and how."""

    side = 1  # 1: the branch above a kink along the direction, −1: the one below
    kinks = 0
    nearest = math.inf  # the least difference of two compared numbers


def _binary(operation: Callable[[Any, Any], Any]) -> Callable[[Digits, Any], Any]:
    """An operator of two numbers; of an array NumPy takes the entries."""

    def operator_(one: Digits, two: Any) -> Any:
        if getattr(two, "ndim", 0):
            return NotImplemented
        return Digits(operation(one.value, _value(two)))

    return operator_


class Digits:
    """A complex number; numbers of Python are taken by the decimals they print."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        if hasattr(value, "item"):  # what NumPy makes of a single number
            value = value.item()
        if isinstance(value, Digits):
            value = value.value
        if isinstance(value, Fraction):
            value = _context.mpf(value.numerator) / value.denominator
        self.value = value if isinstance(value, _context.mpf | _context.mpc) else _context.mpf(str(value))

    def __repr__(self) -> str:
        return f"Digits({_context.nstr(self.value, 20)})"

    __add__ = __radd__ = _binary(operator.add)
    __mul__ = __rmul__ = _binary(operator.mul)
    __sub__ = _binary(operator.sub)
    __rsub__ = _binary(lambda one, two: two - one)
    __truediv__ = _binary(operator.truediv)
    __rtruediv__ = _binary(lambda one, two: two / one)

    def __pow__(self, other: Any) -> Digits:
        return Digits(self.value ** _value(other))

    def __neg__(self) -> Digits:
        return Digits(-self.value)

    def __abs__(self) -> Digits:
        return self if self > 0 else -self

    def __gt__(self, other: Any) -> bool:
        difference = self.value - _value(other)
        if difference.imag != 0:
            _State.nearest = min(_State.nearest, float(abs(difference.real)))
            if abs(difference.real) < _EQUAL:
                _State.kinks += 1
                return bool(_State.side * difference.imag > 0)
        return bool(difference.real > 0)

    def __lt__(self, other: Any) -> bool:
        return Digits(other) > self if not isinstance(other, Digits) else other > self

    def __le__(self, other: Any) -> bool:
        return not self > other

    def exp(self) -> Digits:
        return Digits(_context.exp(self.value))

    def log(self) -> Digits:
        if self.value.real <= 0:
            raise ValueError("logarithm of a number that is not positive")
        return Digits(_context.log(self.value))

    def sqrt(self) -> Digits:
        if self.value.real <= 0:
            raise ValueError("root of a number that is not positive")
        return Digits(_context.sqrt(self.value))

    def sin(self) -> Digits:
        return Digits(_context.sin(self.value))

    def tanh(self) -> Digits:
        return Digits(_context.tanh(self.value))

    def erf(self) -> Digits:
        return Digits(_context.erf(self.value))

    def normal_cdf(self) -> Digits:
        return Digits(_context.erfc(-self.value / _context.sqrt(2)) / 2)

    @property
    def slope(self) -> Any:
        """What the direction adds to it."""
        return _context.mpf(self.value.imag) / _step()


def _value(other: Any) -> Any:
    return other.value if isinstance(other, Digits) else Digits(other).value


def _step() -> Any:
    return _context.mpf(10) ** STEP_POWER


def moved(number: Any, along: Any) -> Digits:
    """``number`` + i h ``along``."""
    return Digits(_context.mpc(Digits(number).value, _step() * Digits(along).value))


def slopes(function: Callable[[], Any]) -> tuple[Any, Any, int]:
    """Slope below, slope above and the kinks met; without kinks one call says it all."""
    _State.kinks, _State.side, _State.nearest = 0, 1, math.inf
    above = _slope(function())
    kinks = _State.kinks
    if not kinks:
        return above, above, 0
    _State.side = -1
    try:
        return _slope(function()), above, kinks
    finally:
        _State.side = 1


def nearest_tie() -> float:
    """How near to a kink the last call of `slopes` came."""
    return _State.nearest


def _slope(found: Any) -> Any:
    own = found.item() if hasattr(found, "item") else found
    return Digits(own).slope


@contextmanager
def digits(count: int) -> Iterator[None]:
    """So many digits inside."""
    before = _context.dps
    _context.dps = count
    try:
        yield
    finally:
        _context.dps = before
