"""The value of a tree: an exact fraction where it is rational, else fifty digits and a guard.

This is what pages and checks compute with (and guard digits beyond, see `_GUARD`), so that a printed digit is never an artefact of
double precision. mpmath is imported on first use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from . import functions
from .errors import InputError
from .functions import FUNCTIONS, GENERIC
from .tree import Braced, Call, Derivative, Marked, Name, Negative, Number, Power, Product, Quotient, Sum, Tree, fold

DIGITS = 50
_GUARD = 350  # further digits inside: 1 − z of a unit saturated at s = 800 is 1e-348, and not zero
MAX_BITS_OF_EXPONENT = 64  # exp(exp(exp(9))) would be computed for hours, to no one's use
_TANH_IS_ONE = 12  # bits before the point; to its digits tanh is 1 from there on, and mpmath takes the longer the more there are
_NOISE_BITS = 1295  # what is left of a sum by 390 digits below its terms is their rounding: the sum is 0
_ROOTS = 12  # up to which a root of a fraction may be a fraction
MAX_EXACT_BITS = 4096  # a fraction longer than this goes on as a decimal

Value = Any  # Fraction or mpmath.mpf


@cache
def context() -> Any:
    """The mpmath context of the package: its precision is no one else's."""
    import mpmath

    own = mpmath.MPContext()
    own.dps = DIGITS + _GUARD
    return own


def as_mpf(value: Value) -> Any:
    """A value as a fifty-digit decimal."""
    if isinstance(value, Fraction):
        return context().mpf(value.numerator) / value.denominator
    return value


def is_exact(value: Value) -> bool:
    return isinstance(value, Fraction)


def value(
    tree: Tree, lookup: Mapping[str, Value], generic: tuple[Callable[[Value], Value], Callable[[Value], Value]] | None = None
) -> Value:
    """The value of ``tree``, names (and derivatives, by plain name) from ``lookup``.

    ``generic`` is a function and its derivative to stand for the undefined σ. Raises InputError where there is no
    finite real value, and for the generic σ without one; KeyError for a name that ``lookup`` does not have.
    """

    def evaluate(node: Any, parts: list[Value]) -> Value:
        match node:
            case Number():
                return node.value
            case Name() | Derivative():
                return lookup[node.name]
            case Sum():
                return _sum(parts)
            case Product():
                result = parts[0]
                for part in parts[1:]:
                    result = _times(result, part)
                return result
            case Negative():
                return -parts[0]
            case Quotient():
                if parts[1] == 0:
                    raise InputError("division by zero")
                if parts[0] == parts[1] and node.numerator == node.denominator:
                    return Fraction(1)  # the softmax of one entry
                return (
                    _short(parts[0] / parts[1])
                    if is_exact(parts[0]) and is_exact(parts[1])
                    else as_mpf(parts[0]) / as_mpf(parts[1])
                )
            case Power():
                return _power(parts[0], parts[1])
            case Call():
                return _call(node, parts, generic)
            case Braced() | Marked():
                return parts[0]
        raise AssertionError(f"no value for {type(node).__name__}")

    try:
        return fold(tree, evaluate)
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        raise InputError(f"no finite real value ({error})") from None


def _short(value: Fraction) -> Value:
    return value if value.denominator.bit_length() + value.numerator.bit_length() <= MAX_EXACT_BITS else as_mpf(value)


def _sum(parts: list[Value]) -> Value:
    exact = sum((part for part in parts if is_exact(part)), Fraction(0))
    inexact = [part for part in parts if not is_exact(part)]
    if not inexact:
        return _short(exact)
    own, terms = context(), [as_mpf(exact), *inexact]
    result = own.fsum(terms)
    return result if own.mag(result) > max(map(own.mag, terms)) - _NOISE_BITS else own.zero


def _times(left: Value, right: Value) -> Value:
    if is_exact(left) and is_exact(right):
        return _short(left * right)
    if left == 0 or right == 0:
        return Fraction(0)
    return as_mpf(left) * as_mpf(right)


def _power(base: Value, exponent: Value) -> Value:
    _check_size(exponent)
    if is_exact(exponent) and exponent.denominator == 1:
        if base == 0 and exponent < 0:
            raise InputError("division by zero")
        if is_exact(base) and abs(exponent) <= 1024:
            return _short(base ** int(exponent))
        return _checked_power(as_mpf(base) ** int(exponent))
    result = context().power(as_mpf(base), as_mpf(exponent))
    if not isinstance(result, context().mpf):
        raise InputError("a power of a negative number that is no integer has no real value")
    if is_exact(base) and is_exact(exponent) and exponent.denominator <= _ROOTS and abs(exponent.numerator) <= _ROOTS:
        near = Fraction(str(context().nstr(result, 30)))
        if near**exponent.denominator == base**exponent.numerator:
            return near  # 4**0.5 is 2
    return _checked_power(result)


def _checked_power(result: Value) -> Value:
    """A power, which may be the base of the next. InputError where its own exponent is too large to compute with."""
    if result and abs(context().mag(result)).bit_length() > MAX_BITS_OF_EXPONENT:
        raise InputError(f"a power whose exponent of 2 has more than {MAX_BITS_OF_EXPONENT} bits; it is too large to compute with")
    return result


def _check_size(exponent: Value) -> None:
    """Raise InputError for an exponent, or an angle, that is too large to compute with."""
    if context().mag(as_mpf(exponent)) > MAX_BITS_OF_EXPONENT:
        raise InputError(f"a value of more than {MAX_BITS_OF_EXPONENT} bits as an exponent or an angle; nothing is computed of it")


def _call(node: Call, parts: list[Value], generic: Any) -> Value:
    if node.function == GENERIC:
        if generic is None:
            raise InputError("the generic activation has no values; give the unit a formula to compute with numbers")
        return generic[1 if node.prime else 0](parts[0])
    call = functions.with_defaults(node)
    names = list(call)
    arguments = dict(zip(names, parts, strict=False))
    for extra in names[len(parts) :]:
        arguments[extra] = value(call[extra], {})
    if node.prime:
        own = _function(node.function, tuple(arguments.values()))
        return value(functions.partial(node.function, 0), arguments | {functions.OUTPUT: own})
    return _function(node.function, tuple(arguments.values()))


def _is_less(one: Value, two: Value) -> bool:
    """one < two; mpmath does not compare decimals with fractions."""
    return bool(one < two if is_exact(one) == is_exact(two) else as_mpf(one) < as_mpf(two))


def _function(name: str, arguments: tuple[Value, ...]) -> Value:
    defined = functions.definition(name)
    if defined is not None:
        return value(defined, dict(zip(FUNCTIONS[name].arguments, arguments, strict=True)))
    s = arguments[0]
    match name:
        case "maximum":
            return s if _is_less(arguments[1], s) else arguments[1]
        case "minimum":
            return s if _is_less(s, arguments[1]) else arguments[1]
        case "abs":
            return abs(s)
        case "sign":
            return Fraction((s > 0) - (s < 0))
        case "step":
            return Fraction(int(s > 0))
        case "exp" | "cos" if s == 0:
            return Fraction(1)
        case "sin" | "tanh" if s == 0:
            return Fraction(0)
        case "log":
            if s <= 0:
                raise InputError("the logarithm of zero or a negative number has no finite value")
            return Fraction(0) if s == 1 else context().log(as_mpf(s))
        case "sqrt":
            if s < 0:
                raise InputError("the square root of a negative number has no real value")
            root = context().sqrt(as_mpf(s))
            near = Fraction(str(context().nstr(root, 30))) if is_exact(s) else None
            return near if near is not None and near * near == s else root
        case "exp" | "sin" | "cos" | "normal_cdf" | "normal_pdf":
            _check_size(s)
    match name:
        case "normal_cdf":
            return context().ncdf(as_mpf(s))
        case "normal_pdf":
            return context().npdf(as_mpf(s))
        case "tanh" if context().mag(as_mpf(s)) > _TANH_IS_ONE:
            return as_mpf(Fraction(1 if s > 0 else -1))
    return getattr(context(), name)(as_mpf(s))
