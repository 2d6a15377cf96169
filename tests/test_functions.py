"""Every entry of the tables of functions and losses, proved against SymPy's own derivative at random points with 40 digits.

The elementary forms are written here a second time; SymPy differentiates them. A wrong entry is shown to be refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

import mpmath
import pytest
import sympy

from symbackprop import functions, grammar, losses
from symbackprop.document import words
from symbackprop.functions import FUNCTIONS, Function
from symbackprop.losses import LOSSES, LossFunction
from symbackprop.numeric import runtime
from symbackprop.symbolic import elementary, to_sympy

s, t, a, y, z = sympy.symbols("s t a y z", real=True)
DIGITS = 40


def _choose(condition: Any, above: Any, below: Any) -> Any:
    return sympy.Piecewise((above, condition), (below, True))


ELEMENTARY: Mapping[str, Any] = {
    "identity": s,
    "exp": sympy.exp(s),
    "log": sympy.log(s),
    "sqrt": s ** sympy.Rational(1, 2),
    "sin": sympy.sin(s),
    "cos": sympy.cos(s),
    "tanh": sympy.sinh(s) / sympy.cosh(s),
    "sigmoid": sympy.exp(s) / (sympy.exp(s) + 1),
    "relu": _choose(s > 0, s, 0),
    "leaky_relu": _choose(s > 0, s, a * s),
    "elu": _choose(s > 0, s, sympy.exp(s) - 1),
    "softplus": sympy.log(1 + sympy.exp(s)),
    "silu": s * sympy.exp(s) / (sympy.exp(s) + 1),
    "gelu": s * (1 + sympy.erf(s / sympy.sqrt(2))) / 2,
    "normal_cdf": (1 + sympy.erf(s / sympy.sqrt(2))) / 2,
    "normal_pdf": sympy.diff((1 + sympy.erf(s / sympy.sqrt(2))) / 2, s),
    "abs": _choose(s > 0, s, -s),
    "sign": _choose(s > 0, 1, -1),
    "step": _choose(s > 0, 1, 0),
    "maximum": _choose(s > t, s, t),
    "minimum": _choose(s > t, t, s),
}
SYMBOLS = {"s": s, "t": t, "a": a}
POSITIVE = {"log", "sqrt"}


def points(name: str, count: int = 40) -> list[dict[Any, Any]]:
    """Random points away from kinks, negative and positive, of small and of middling size."""
    random = Random(name)
    found = []
    while len(found) < count:
        values = {symbol: sympy.Rational(random.randint(-8000, 8000), 1009) for symbol in (s, t, a)}
        if name in POSITIVE:
            values[s] = abs(values[s])
        if values[s] != 0 and values[s] != values[t]:
            found.append(values)
    return found


def disagreement(form: Any, other: Any, at: list[dict[Any, Any]]) -> float:
    """The largest difference of two expressions at some points, relative where they are greater than 1."""
    # Quotients of great exponentials lose digits: computed with twice the digits that are compared.
    with mpmath.workdps(2 * DIGITS):
        both = sympy.lambdify(list(at[0]), [form, other], "mpmath")
        worst = mpmath.mpf(0)
        for point in at:
            one, two = both(*(mpmath.mpf(value.p) / value.q for value in point.values()))
            worst = max(worst, abs(one - two) / max(1, abs(two)))
        return float(worst)


def slope_error(function: Function, position: int) -> float:
    """How far a partial of the table is from SymPy's derivative of the elementary form."""
    true = ELEMENTARY[function.name]
    argument = SYMBOLS[function.arguments[position]]
    tree = grammar.parse(function.partials[position], functions.ARGUMENT_COUNTS)
    ours = to_sympy(tree, {**SYMBOLS, functions.OUTPUT: true}, heads=False)
    return disagreement(ours, sympy.diff(true, argument), points(function.name))


ALL_PARTIALS = [(name, position) for name, function in FUNCTIONS.items() for position in range(len(function.arguments))]


def test_every_function_is_covered() -> None:
    assert set(ELEMENTARY) == set(FUNCTIONS)
    assert all(len(function.partials) == len(function.arguments) for function in FUNCTIONS.values())


@pytest.mark.parametrize(("name", "position"), ALL_PARTIALS)
def test_partial(name: str, position: int) -> None:
    assert slope_error(FUNCTIONS[name], position) < 10.0 ** (1 - DIGITS)


@pytest.mark.parametrize("wrong", ["z*(1 - z) + 0.000000000001", "z*(1 + z)", "1 - z**2"])
def test_a_wrong_partial_is_refused(wrong: str) -> None:
    assert slope_error(replace(FUNCTIONS["sigmoid"], partials=(wrong,)), 0) > 1e-13


@pytest.mark.parametrize("name", FUNCTIONS)
def test_definition(name: str) -> None:
    """What the equation language means by a function."""
    arguments = tuple(SYMBOLS[argument] for argument in FUNCTIONS[name].arguments)
    assert disagreement(elementary(name, arguments), ELEMENTARY[name], points(name)) < 10.0 ** (1 - DIGITS)


@pytest.mark.parametrize("name", [name for name, function in FUNCTIONS.items() if function.between])
def test_step_between_definition_and_slope(name: str) -> None:
    tree = functions.between(name)
    assert tree is not None
    true = sympy.diff(ELEMENTARY[name], s)
    assert disagreement(to_sympy(tree, SYMBOLS, heads=False), true, points(name)) < 10.0 ** (1 - DIGITS)


# Kinks: what holds there is stated in the entries.


@pytest.mark.parametrize(
    ("name", "position", "point", "slope"),
    [
        ("relu", 0, {"s": 0}, 0),
        ("leaky_relu", 0, {"s": 0, "a": Fraction(1, 100)}, Fraction(1, 100)),
        ("abs", 0, {"s": 0}, 0),
        ("maximum", 0, {"s": 2, "t": 2}, 0),
        ("maximum", 1, {"s": 2, "t": 2}, 1),
        ("minimum", 0, {"s": 2, "t": 2}, 0),
        ("minimum", 1, {"s": 2, "t": 2}, 1),
    ],
)
def test_slope_at_a_kink(name: str, position: int, point: Mapping[str, Any], slope: Fraction) -> None:
    values = {key: sympy.Rational(Fraction(value)) for key, value in point.items()}
    assert to_sympy(functions.partial(name, position), values, heads=False) == sympy.Rational(Fraction(slope))
    assert name in words.KINKS


# The bound on the slope.


def bound_error(function: Function) -> str:
    """What is wrong with ``largest_slope``: exceeded somewhere, or never approached."""
    assert function.largest_slope is not None
    bound = function.largest_slope
    slope = sympy.lambdify([s], sympy.diff(ELEMENTARY[function.name], s), "mpmath")
    with mpmath.workdps(DIGITS):
        grid = [mpmath.mpf(step) / 16 for step in range(-640, 641)] + [mpmath.pi / 2, -mpmath.pi / 2]
        sizes = [abs(slope(point)) for point in grid if point != 0 or function.name not in words.KINKS]
        largest, limit = max(sizes), mpmath.mpf(bound.numerator) / bound.denominator
        if largest > limit * (1 + mpmath.mpf(10) ** (5 - DIGITS)):
            return "exceeded"
        return "" if largest > limit * (1 - mpmath.mpf(10) ** -9) else "not approached"


@pytest.mark.parametrize("name", [name for name, function in FUNCTIONS.items() if function.largest_slope is not None])
def test_largest_slope(name: str) -> None:
    assert bound_error(FUNCTIONS[name]) == ""


def test_a_wrong_bound_is_refused() -> None:
    sigmoid = FUNCTIONS["sigmoid"]
    assert bound_error(replace(sigmoid, largest_slope=Fraction(24, 100))) == "exceeded"
    assert bound_error(replace(sigmoid, largest_slope=Fraction(1, 2))) == "not approached"  # as document 004 has it


# Losses, for two outputs.

HALF = sympy.Rational(1, 2)

LOSS_TERMS: Mapping[str, Callable[[Any, Any], Any]] = {
    "half_squared_error": lambda z, y: (y - z) ** 2 / 2,
    "squared_error": lambda z, y: (y - z) ** 2,
    "mean_squared_error": lambda z, y: (y - z) ** 2 / 2,
    "binary_cross_entropy": lambda z, y: -sympy.log(z**y * (1 - z) ** (1 - y)),
    "negative_log_likelihood": lambda z, y: -sympy.log(z**y * (1 - z) ** (1 - y)),
    "cross_entropy": lambda z, y: y * sympy.log(1 / z),
    "absolute_error": lambda z, y: _choose(z > y, z - y, y - z),
    "huber": lambda z, y: _choose((z - y) ** 2 < 1, (y - z) ** 2 / 2, _choose(z > y, z - y - HALF, y - z - HALF)),
    "hinge": lambda z, y: _choose(y * z < 1, 1 - y * z, 0),
}
OUTPUTS = 2
SAFE_FUNCTIONS = {"xlogy": lambda a, b: a * sympy.log(b), "xdivy": lambda a, b: a / b}


def loss_points(loss: str) -> list[dict[Any, Any]]:
    random = Random(loss)
    probable = "entropy" in loss or "likelihood" in loss
    low, high = (1, 1008) if probable else (-3000, 3000)
    found = []
    for _ in range(40):
        found.append({z: sympy.Rational(random.randint(low, high), 1009), y: sympy.Rational(random.randint(low, high), 1013)})
    return found


def in_sympy(text: str, output: Any = z, net_input: Any = s) -> Any:
    """A text of the table of losses, read by SymPy itself for the sake of the safe forms."""
    kinked = ("maximum", "minimum", "abs", "sign", "step")
    language = {name: (lambda *arguments, name=name: elementary(name, arguments)) for name in kinked}
    language |= {name: (lambda argument, name=name: ELEMENTARY[name].subs(s, argument)) for name in ("sigmoid", "softplus")}
    names = {"z": output, "y": y, "n": sympy.Integer(OUTPUTS), "s": net_input}
    return sympy.sympify(text, locals={**language, **SAFE_FUNCTIONS, **names})


def loss_errors(loss: LossFunction) -> dict[str, float]:
    """How far each text of a loss is from what SymPy says of its term."""
    true, at = LOSS_TERMS[loss.name](z, y), loss_points(loss.name)
    errors = {
        "term": disagreement(in_sympy(f"({loss.coefficient})*({loss.term})"), true, at),
        "slope": disagreement(in_sympy(loss.slope), sympy.diff(true, z), at),
        "target_slope": disagreement(in_sympy(loss.target_slope), sympy.diff(true, y), at),
    }
    by_s = [{s: point[s], y: other[y]} for point, other in zip(points(loss.name), at, strict=True)]
    for activation, text in loss.simplified.items():
        if activation == "softmax":  # takes all units of a layer: below
            continue
        output = ELEMENTARY[activation]
        by_net_input = sympy.diff(LOSS_TERMS[loss.name](output, y), s)
        errors[f"simplified {activation}"] = disagreement(in_sympy(text, output), by_net_input, by_s)
    for activation, form in loss.safe.items():
        if activation == "softmax":
            continue
        output, where = (ELEMENTARY[activation], by_s) if activation else (z, at)
        for part, right in (("share", true), ("by_output", sympy.diff(true, z)), ("by_target", sympy.diff(true, y))):
            ours = in_sympy(getattr(form, part), output)
            errors[f"safe {activation} {part}"] = disagreement(ours, right.subs(z, output), where)
    return errors


def test_softmax_cancels_where_targets_add_up_to_one() -> None:
    """∂E/∂s_i = Σ_k ∂E/∂z_k ∂z_k/∂s_i over three units is z_i − y_i with y_3 = 1 − y_1 − y_2, and is not without."""
    net_inputs = sympy.symbols("s_1:4")
    below = sum(sympy.exp(own) for own in net_inputs)
    outputs = [sympy.exp(own) / below for own in net_inputs]
    free = sympy.symbols("y_1:4")
    for targets, holds in (((free[0], free[1], 1 - free[0] - free[1]), True), (free, False)):
        loss = sum(LOSS_TERMS["cross_entropy"](output, target) for output, target in zip(outputs, targets, strict=True))
        form = LOSSES["cross_entropy"].simplified["softmax"]
        for own, output, target in zip(net_inputs, outputs, targets, strict=True):
            ours = to_sympy(losses.instantiate(form, "out", "target", 3)).subs({"out": output, "target": target})
            assert (sympy.simplify(ours - sympy.diff(loss, own)) == 0) is holds


def test_every_loss_is_covered() -> None:
    assert set(LOSS_TERMS) == set(LOSSES)


@pytest.mark.parametrize("name", LOSSES)
def test_loss(name: str) -> None:
    errors = loss_errors(LOSSES[name])
    assert {part: error for part, error in errors.items() if not error < 10.0 ** (1 - DIGITS)} == {}


SAFE = LOSSES["binary_cross_entropy"].safe["sigmoid"]


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("term", {"term": "y*log(z) + y*log(1 - z)"}),
        ("slope", {"slope": "(z - y)/(z*(1 + z))"}),
        ("target_slope", {"target_slope": "log(z) - log(1 - z)"}),
        ("simplified sigmoid", {"simplified": {"sigmoid": "y - z"}}),
        ("safe sigmoid share", {"safe": {"sigmoid": replace(SAFE, share="softplus(-s) - y*s")}}),
    ],
)
def test_a_wrong_loss_is_refused(part: str, change: Mapping[str, Any]) -> None:
    errors = loss_errors(replace(LOSSES["binary_cross_entropy"], **change))
    assert [name for name, error in errors.items() if error > 1e-6] == [part]


def test_instantiated_texts() -> None:
    """The number of outputs and the names are put in; a mean over one output has no denominator."""
    loss = LOSSES["mean_squared_error"]
    p, q = sympy.symbols("p q")
    for count in (1, 2, 5):
        term = to_sympy(losses.coefficient(loss, count)) * to_sympy(losses.instantiate(loss.term, "p", "q", count))
        assert sympy.expand(term - (p - q) ** 2 / count) == 0
        assert sympy.expand(to_sympy(losses.instantiate(loss.slope, "p", "q", count)) - 2 * (p - q) / count) == 0


# The runtime: double precision against 40 digits.


@pytest.mark.parametrize("name", FUNCTIONS)
def test_runtime_is_accurate(name: str) -> None:
    """Within a few units in the last place (10⁻¹⁵, relative to the value or to 1 where that is greater)."""
    function, arguments = getattr(runtime, name), FUNCTIONS[name].arguments
    symbols = [SYMBOLS[argument] for argument in arguments]
    true = sympy.lambdify(symbols, ELEMENTARY[name], "mpmath")
    for point in points(name, 200):
        doubles = [float(point[symbol]) for symbol in symbols]
        with mpmath.workdps(DIGITS):
            expected = true(*map(mpmath.mpf, doubles))
            assert abs(function(*doubles) - expected) <= 2e-15 * max(1, abs(expected))


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("sigmoid", -700.0), ("sigmoid", -40.0), ("softplus", -700.0), ("silu", -700.0),
        ("elu", -1e-10), ("normal_cdf", -30.0), ("gelu", -30.0),
    ],
)  # fmt: skip
def test_runtime_keeps_the_digits_of_tails(name: str, argument: float) -> None:
    with mpmath.workdps(1000):
        expected = sympy.lambdify([s], ELEMENTARY[name], "mpmath")(mpmath.mpf(argument))
        assert abs(getattr(runtime, name)(argument) / expected - 1) < 1e-13


INFINITE = math.inf


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("exp", (800,), INFINITE),
        ("exp", (-800,), 0),
        ("exp", (-INFINITE,), 0),
        ("log", (0,), -INFINITE),
        ("log", (-0.0,), -INFINITE),
        ("log", (5e-324,), math.log(5e-324)),
        ("sigmoid", (800,), 1),
        ("sigmoid", (-800,), 0),
        ("sigmoid", (1e308,), 1),
        ("sigmoid", (-1e308,), 0),
        ("softplus", (800,), 800),
        ("softplus", (-800,), 0),
        ("softplus", (1e308,), 1e308),
        ("elu", (-800,), -1),
        ("elu", (800,), 800),
        ("silu", (-800,), 0),
        ("silu", (800,), 800),
        ("silu", (-INFINITE,), 0),
        ("gelu", (-800,), 0),
        ("gelu", (800,), 800),
        ("gelu", (-INFINITE,), 0),
        ("gelu", (1e200,), 1e200),
        ("normal_pdf", (1e200,), 0),
        ("normal_cdf", (1e308,), 1),
        ("tanh", (800,), 1),
        ("tanh", (-800,), -1),
        ("relu", (800,), 800),
        ("leaky_relu", (-800, 0.5), -400),
        ("sqrt", (0,), 0),
        ("divide", (1, 0), INFINITE),
        ("divide", (-1, 0), -INFINITE),
        ("divide", (1, -0.0), -INFINITE),
        ("divide", (1e308, 1e-308), INFINITE),
        ("power", (10, 400), INFINITE),
        ("power", (-10, 401), -INFINITE),
        ("power", (0, -1), INFINITE),
        ("power", (-2, 3), -8),
        ("power", (1e-200, 2), 0),
        ("xlogy", (0, 0), 0),
        ("xlogy", (2, 1), 0),
        ("xlogy", (1, 0), -INFINITE),
        ("xdivy", (0, 0), 0),
        ("xdivy", (3, 4), 0.75),
    ],
)
def test_runtime_at_the_extremes(name: str, arguments: tuple[float, ...], value: float) -> None:
    assert getattr(runtime, name)(*map(float, arguments)) == value


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("log", (-1,)), ("sqrt", (-1,)), ("sin", (INFINITE,)), ("cos", (-INFINITE,)), ("divide", (0, 0)), ("power", (-2, 0.5))],
)
def test_runtime_where_there_is_no_value(name: str, arguments: tuple[float, ...]) -> None:
    assert math.isnan(getattr(runtime, name)(*map(float, arguments)))
