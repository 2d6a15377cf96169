"""The arithmetic in which pages are evaluated: many digits for numbers and small arrays, the processor's longest for large ones.

Functions are written here once more, in terms of exp, log and the like, with the slope of each of these: what the tables of
the package say of σ and σ′ is compared with it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

from ...errors import InputError
from .tape import Var, is_array, mapped, summed_like, value_of

MAX_ENTRIES = 4000  # of all arrays together, up to which they are computed with many digits


class Arithmetic:
    """Numbers of so many digits. ``tolerance`` is the relative difference of two that are equal."""

    many = True  # digits

    def __init__(self, digits: int, tolerance: float, name: str) -> None:
        import mpmath

        self.context: Any = mpmath.MPContext()
        self.context.dps = digits
        self.digits, self.name = digits, name
        self.tolerance = self.context.mpf(tolerance)
        self.one = self.context.mpf(1)
        self.zero = self.context.mpf(0)
        self._numbers: dict[Fraction | int, Any] = {0: self.zero, 1: self.one}
        self._own = {"step": self._step, "sign": self._sign, "log": self._log, "sqrt": self._root}

    def number(self, value: Fraction | int) -> Any:
        found = self._numbers.get(value)
        if found is None:
            whole = self.context.mpf(value.numerator)
            found = self._numbers[value] = whole if value.denominator == 1 else whole / value.denominator
        return found

    def exactly(self, number: Any) -> Any:
        """A number of another arithmetic."""
        return self.context.mpf(number) if hasattr(number, "_mpf_") else self.number(Fraction(*number.as_integer_ratio()))

    def array(self, entries: list[Any], shape: tuple[int, ...]) -> Any:
        import numpy

        found = numpy.empty(len(entries), dtype=object)
        found[:] = entries
        return found.reshape(shape)

    def each(self, name: str, value: Any) -> Any:
        """A function of the context, of a number or of every entry of an array."""
        own = self._functions(name)
        if not is_array(value):
            return own(value)
        import numpy

        return numpy.frompyfunc(own, 1, 1)(value)

    def _functions(self, name: str) -> Callable[[Any], Any]:
        return self._own.get(name) or getattr(self.context, name)

    def _step(self, value: Any) -> Any:
        return self.one if value > 0 else self.zero

    def _sign(self, value: Any) -> Any:
        return self.one if value > 0 else -self.one if value < 0 else self.zero

    def _log(self, value: Any) -> Any:
        if value <= 0:
            raise InputError("the logarithm of a number that is not positive has no value")
        return self.context.log(value)

    def _root(self, value: Any) -> Any:
        if value < 0:
            raise InputError("the square root of a negative number has no real value")
        return self.context.sqrt(value)

    def power(self, base: Any, exponent: Any) -> Any:
        """base ** exponent of two numbers."""
        if exponent == int(exponent):
            return base ** int(exponent)
        if base <= 0:
            raise InputError("a power of a number that is not positive has no value")
        return base**exponent


class Extended(Arithmetic):
    """The longest numbers that the processor computes with, for arrays that are too large for more."""

    many = False

    def __init__(self) -> None:
        import numpy

        self.context = numpy
        precision = int(numpy.finfo(numpy.longdouble).precision)
        self.digits, self.name = precision, f"{precision} digits"
        self.one, self.zero = numpy.longdouble(1), numpy.longdouble(0)
        self.tolerance = numpy.longdouble(10) ** (6 - precision)

    def number(self, value: Fraction | int) -> Any:
        import numpy

        if isinstance(value, int):
            return numpy.longdouble(value)
        return numpy.longdouble(value.numerator) / numpy.longdouble(value.denominator)

    def array(self, entries: list[Any], shape: tuple[int, ...]) -> Any:
        import numpy

        return numpy.array(entries, dtype=numpy.longdouble).reshape(shape)

    def each(self, name: str, value: Any) -> Any:
        import numpy

        match name:
            case "step":
                return (value > 0) * self.one
            case "sign" | "exp" | "cos" | "sin" | "tanh":
                return getattr(numpy, name)(value)
            case "log" | "sqrt":
                if numpy.any(value <= 0):
                    raise InputError(f"no value of {name}")
                return getattr(numpy, name)(value)
            case "ncdf" | "npdf":
                import math

                root = math.sqrt(2)
                own = (
                    (lambda s: (1 + math.erf(s / root)) / 2)
                    if name == "ncdf"
                    else (lambda s: math.exp(-s * s / 2) / math.sqrt(2 * math.pi))
                )
                return numpy.vectorize(own, otypes=[numpy.longdouble])(value)
        raise AssertionError(f"no function {name}")


@cache
def decimals(digits: int, tolerance: float) -> Arithmetic:
    return Arithmetic(digits, tolerance, f"{digits} digits")


extended = cache(Extended)

# Functions with kinks. Each asks for the sign of what decides its branch.
KINKED = {"relu", "leaky_relu", "elu", "abs", "maximum", "minimum", "step", "sign"}
_BORDER = 1e-12  # what decides between two branches is at least so far from 0


class Branches(Extended):
    """Few digits, and a note of the branches that functions with kinks have taken."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Any] = []
        self.on_border = False

    def each(self, name: str, value: Any) -> Any:
        if name in ("step", "sign"):
            self.taken.append(value > 0)
            self.on_border = self.on_border or bool((abs(value) < _BORDER).any())
        return super().each(name, value)


@cache
def sharper(own: Arithmetic) -> Arithmetic:
    """More digits, in which what is left of a rounding error of ``own`` is far smaller."""
    return decimals(own.digits + (80 if own.many else 42), 1e-40)


# Functions of numbers, arrays of numbers, and `Var`s of both.


def apply(own: Arithmetic, name: str, s: Any) -> Any:
    """A function with a slope of its own."""
    value = value_of(s)
    result = own.each(name, value)
    if not isinstance(s, Var):
        return result
    return mapped(s, result, lambda above: above * _SLOPES[name](own, value, result))


_SLOPES: dict[str, Callable[[Arithmetic, Any, Any], Any]] = {
    "exp": lambda own, s, z: z,
    "log": lambda own, s, z: 1 / s,
    "sqrt": lambda own, s, z: 1 / (2 * z),
    "sin": lambda own, s, z: own.each("cos", s),
    "cos": lambda own, s, z: -own.each("sin", s),
    "tanh": lambda own, s, z: 1 - z * z,
    "step": lambda own, s, z: 0 * s,
    "sign": lambda own, s, z: 0 * s,
    "ncdf": lambda own, s, z: own.each("npdf", s),
    "npdf": lambda own, s, z: -s * z,
}


def absolute(own: Arithmetic, s: Any) -> Any:
    return s * own.each("sign", value_of(s))


def maximum(own: Arithmetic, s: Any, t: Any) -> Any:
    """The larger one; of two equal ones the second, and its slope."""
    first = own.each("step", value_of(s) - value_of(t))
    return s * first + t * (1 - first)


def minimum(own: Arithmetic, s: Any, t: Any) -> Any:
    first = own.each("step", value_of(t) - value_of(s))
    return s * first + t * (1 - first)


def _sigmoid(own: Arithmetic, s: Any) -> Any:
    return 1 / (1 + apply(own, "exp", -s))


def _leaky(own: Arithmetic, s: Any, a: Any = None) -> Any:
    slope = own.number(1) / 100 if a is None else a
    positive = own.each("step", value_of(s))
    return s * positive + slope * s * (1 - positive)


def _elu(own: Arithmetic, s: Any) -> Any:
    positive = own.each("step", value_of(s))
    return s * positive + (apply(own, "exp", s * (1 - positive)) - 1) * (1 - positive)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{
        name: (lambda own, s, name=name: apply(own, name, s))
        for name in ("exp", "log", "sqrt", "sin", "cos", "tanh", "step", "sign")
    },
    "identity": lambda own, s: s,
    "sigmoid": _sigmoid,
    "relu": lambda own, s: s * own.each("step", value_of(s)),
    "leaky_relu": _leaky,
    "elu": _elu,
    "softplus": lambda own, s: apply(own, "log", 1 + apply(own, "exp", s)),
    "silu": lambda own, s: s * _sigmoid(own, s),
    "gelu": lambda own, s: s * apply(own, "ncdf", s),
    "normal_cdf": lambda own, s: apply(own, "ncdf", s),
    "normal_pdf": lambda own, s: apply(own, "npdf", s),
    "abs": absolute,
    "maximum": maximum,
    "minimum": minimum,
}


def power(own: Arithmetic, base: Any, exponent: Any) -> Any:
    """base ** exponent, entry by entry where one is an array; of a symbol as exponent by exp and log."""
    b, e = value_of(base), value_of(exponent)
    if isinstance(exponent, Var) or is_array(e):
        return apply(own, "exp", exponent * apply(own, "log", base))
    if is_array(b):
        import numpy

        result = numpy.frompyfunc(lambda x: own.power(x, e), 1, 1)(b) if b.dtype == object else b**e
        slope = (
            None
            if not isinstance(base, Var)
            else e * (numpy.frompyfunc(lambda x: own.power(x, e - 1), 1, 1)(b) if b.dtype == object else b ** (e - 1))
        )
        return mapped(base, result, lambda above: summed_like(above * slope, b))
    result = own.power(b, e)
    return mapped(base, result, lambda above: above * e * own.power(b, e - 1)) if isinstance(base, Var) else result


def softmax(own: Arithmetic, s: Any, axis: int) -> Any:
    """exp(s) over its sum along an axis."""
    powers = apply(own, "exp", s)
    return powers / total(powers, axis, keep=True)


def total(s: Any, axis: int | None, keep: bool = False) -> Any:
    """The sum of all entries, or along an axis."""
    value = value_of(s)
    if not is_array(value):
        return s
    result = value.sum(axis=axis, keepdims=keep)

    def pull(above: Any) -> Any:
        import numpy

        if axis is not None and not keep:
            above = numpy.expand_dims(above, axis)
        return above + 0 * value

    return mapped(s, result, pull)
