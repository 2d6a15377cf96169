"""The partials by a complex step, Im E(θ + ih) / h: no numbers that are nearly equal are subtracted, so that no digits are lost.

The forward definitions are evaluated here in complex numbers; functions are written out until only exp, log, sin … are left, so
nothing of the derivation's derivatives is used. (Squire and Trapp, *Using complex variables to estimate derivatives of real
functions*, 1998.) A function with branches goes by the real part: |·| is no modulus. At a kink, where the real part is zero, the
imaginary part tells on which side a step along the direction leads; taken the other way round it gives the slope on the other side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .. import functions
from ..errors import InputError
from ..functions import FUNCTIONS, GENERIC
from ..precise import Value, as_mpf, context
from ..program import Forward, LossSum
from ..tree import Braced, Call, Derivative, Marked, Name, Negative, Number, Power, Product, Quotient, Sum, Tree, fold
from .points import SmoothFunction, relative_difference, shown
from .report import COMPLEX, FAIL, NOT_CHECKED, PASS, Measured, Result
from .rounding import rounded
from .setting import Direction, Setting, moved

STEP = 100  # h = 10**-100: h² is beyond all digits that are compared
TOLERANCE = Fraction(1, 10**45)  # relative
_EQUAL = 300  # digits in which two compared numbers agree that are equal
_NEAR = 1e-12  # to a kink: rounding may take the other side
_JUMPS = ("sign", "step")  # functions that jump where others bend


@dataclass(frozen=True, slots=True)
class Step:
    """The slope on both sides of the point, which function is at a kink in which definition, and how near the nearest one is."""

    below: Any
    above: Any
    kinks: tuple[str, ...] = ()
    jumps: bool = False
    nearest: Any = None

    @property
    def slope(self) -> Any:
        return (self.below + self.above) / 2

    def is_kink(self, taken: Any) -> bool:
        """Whether it has no one slope, or a convention makes another of it: ReLU(s) − ReLU(−s) at 0 is s, and has 0 + 0."""
        if not self.kinks:
            return False
        sides = (relative_difference(side, taken) for side in (self.below, self.above))
        return self.jumps or max(sides) > as_mpf(TOLERANCE)


class _Side:
    """Complex arithmetic on one side of every kink; notes what it meets."""

    def __init__(self, sign: int, smooth: SmoothFunction | None) -> None:
        self.sign = sign
        self.smooth = smooth
        self.place = ""  # the definition that is evaluated
        self.function = ""  # the function of the language that is written out
        self.kinks: dict[str, None] = {}
        self.jumps = False
        self.nearest: Any = None

    def of(self, definition: Forward, known: Mapping[str, Any]) -> Any:
        """The value of a definition; the kinks of a loss are called by its name."""
        self.place = definition.name
        self.function = definition.function if isinstance(definition, LossSum) else ""
        return self.value(definition.tree, known)

    def value(self, tree: Tree, known: Mapping[str, Any]) -> Any:
        def evaluate(node: Any, parts: list[Any]) -> Any:
            match node:
                case Number():
                    return as_mpf(node.value)
                case Name() | Derivative():
                    return as_mpf(known[node.name])
                case Sum():
                    return sum(parts[1:], parts[0])
                case Product():
                    result = parts[0]
                    for part in parts[1:]:
                        result = result * part
                    return result
                case Negative():
                    return -parts[0]
                case Quotient():
                    return parts[0] / parts[1]
                case Power():
                    return self._power(node, *parts)
                case Call():
                    return self._call(node, parts)
                case Braced() | Marked():
                    return parts[0]
            raise AssertionError(f"no value for {type(node).__name__}")

        return fold(tree, evaluate)

    def _power(self, node: Power, base: Any, exponent: Any) -> Any:
        if isinstance(node.exponent, Number) and node.exponent.value.denominator == 1:
            return base ** int(node.exponent.value)
        return context().exp(exponent * context().log(base)) if base != 0 else base**exponent

    def _call(self, node: Call, parts: list[Any]) -> Any:
        if node.function == GENERIC:
            assert self.smooth is not None
            return self.value(self.smooth.tree(Name("s")), {"s": parts[0]})
        defined = functions.definition(node.function)
        if defined is None:
            return self._primitive(node.function, parts)
        extra = list(functions.with_defaults(node).values())[len(parts) :]
        arguments = [*parts, *(self.value(tree, {}) for tree in extra)]
        outer, self.function = self.function, self.function or node.function
        result = self.value(defined, dict(zip(FUNCTIONS[node.function].arguments, arguments, strict=True)))
        self.function = outer
        return result

    def _primitive(self, name: str, parts: list[Any]) -> Any:
        s, own = parts[0], context()
        match name:
            case "maximum":
                return s if self._positive(s - parts[1], name) else parts[1]
            case "minimum":
                return parts[1] if self._positive(s - parts[1], name) else s
            case "abs":
                return s if self._positive(s, name) else -s
            case "sign":
                return own.mpf(1 if self._positive(s, name) else -1 if s.real else 0)
            case "step":
                return own.mpf(int(self._positive(s, name)))
            case "normal_cdf":
                return own.erfc(-s / own.sqrt(2)) / 2
            case "normal_pdf":
                return own.exp(-s * s / 2) / own.sqrt(2 * own.pi)
        return getattr(own, name)(s)

    def _positive(self, number: Any, function: str) -> bool:
        real, imaginary = number.real, number.imag
        if not imaginary:
            return bool(real > 0)
        self.nearest = abs(real) if self.nearest is None else min(self.nearest, abs(real))
        if abs(real) > context().mpf(10) ** -_EQUAL:
            return bool(real > 0)
        self.kinks[f"{self.function or function} in {self.place}"] = None
        self.jumps |= function in _JUMPS
        return bool(self.sign * imaginary > 0)


def complex_step(setting: Setting, direction: Direction) -> Step:
    """The slope of the objective along a direction. Raises InputError where there is none."""
    reached = setting.reached(direction)
    h = context().mpf(10) ** -STEP

    def on(sign: int) -> tuple[Any, _Side]:
        side = _Side(sign, setting.point.smooth)
        rows = []
        for row in setting.rows:
            changes = {name: context().mpc(as_mpf(row[name]), h * as_mpf(part)) for name, part in direction.items()}
            rows.append(moved(row, changes, reached, side.of))
        return as_mpf(setting.objective(rows)).imag / h, side

    try:
        above, side = on(1)
        if not side.kinks:
            return Step(above, above, nearest=side.nearest)
        return Step(on(-1)[0], above, tuple(side.kinks), side.jumps, side.nearest)
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        raise InputError(f"no finite value beside the point: {error}") from None


class Steps:
    """The complex steps at a point, each taken once: they say where there are kinks, which every route has to know."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._taken: dict[tuple[tuple[str, Fraction], ...], Step] = {}

    def along(self, direction: Direction) -> Step:
        """Raises InputError where there is no finite value."""
        key = tuple(direction.items())
        if key not in self._taken:
            self._taken[key] = complex_step(self.setting, direction)
        return self._taken[key]

    def excuse(self, name: str, taken: Value) -> str:
        """Why another route may find another partial by ``name``: a kink at the point, or too near for doubles. Or empty."""
        try:
            step = self.along({name: Fraction(1)})
        except InputError as error:
            return error.message
        if step.is_kink(as_mpf(taken)):
            return f"at a kink of {', '.join(step.kinks)}"
        return "too near a kink for double precision" if step.nearest is not None and step.nearest < _NEAR else ""


def check_complex_step(steps: Steps, name: str, direction: Direction, analytic: Value) -> Result:
    """The partial by ``name``, or the slope along a direction, against its complex step."""
    try:
        step = steps.along(direction)
    except InputError as error:
        return Result(name, COMPLEX, NOT_CHECKED, error.message)
    exact, numeric = as_mpf(analytic), step.slope
    measured = Measured.of(name, exact, numeric)
    if step.is_kink(exact):
        return Result(name, COMPLEX, NOT_CHECKED, kink_text(step.kinks, step.below, step.above, exact), measured=measured)
    difference = abs(exact - numeric)
    if difference <= as_mpf(TOLERANCE) * max(abs(exact), abs(numeric)):
        return Result(name, COMPLEX, PASS, measured=measured)
    # What cancels leaves the rounding of the digits computed with, and so does what is zero.
    errors = steps.setting.errors
    if errors and difference <= rounded(errors[own] for own in direction):
        return Result(name, COMPLEX, PASS, measured=Measured.of(name, context().mpf(0), context().mpf(0)))
    return Result(
        name, COMPLEX, FAIL, f"the derivation gives {shown(exact)}, a complex step gives {shown(numeric)}", measured=measured
    )


def kink_text(kinks: Iterable[str], below: Any, above: Any, taken: Any) -> str:
    """What there is to say of a point without a slope."""
    slopes = f"slope {shown(below, 6)} below, {shown(above, 6)} above, {shown(taken, 6)} taken"
    return f"at a kink of {', '.join(dict.fromkeys(kinks))}: {slopes}"
