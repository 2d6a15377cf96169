"""The functions of the equation language, activations among them, as one table.

A new function is one entry: its definition in other functions, its partial by each argument,
how it is printed. In a partial, ``z`` stands for the function's own value, so that σ′ is
written z(1 − z) and costs no second exponential. ``tests/test_functions.py`` proves every
entry against SymPy's own derivative.

At a kink the partial is what the entry says: ReLU′(0) = 0, |0|′ = 0, max gives a tie to its second argument.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from . import grammar
from .tree import Call, Name, Tree


@dataclass(frozen=True, slots=True)
class Function:
    """One function.

    ``definition`` is empty for a primitive, which `symbolic` and the numeric runtime know by name.
    ``latex`` is the printed name, ``largest_slope`` the supremum of the slope's size, ``between`` a step from definition to slope
    that the page shows, ``shown`` what it shows as the definition of a primitive. What the page says of a kink stands in
    `document.words`.
    """

    name: str
    arguments: tuple[str, ...]
    partials: tuple[str, ...]
    latex: str
    definition: str = ""
    defaults: tuple[str, ...] = ()
    largest_slope: Fraction | None = None
    between: str = ""
    shown: str = ""

    @property
    def counts(self) -> tuple[int, ...]:
        """The numbers of arguments it may be called with."""
        return tuple(range(len(self.arguments) - len(self.defaults), len(self.arguments) + 1))


_ONE = Fraction(1)

_TABLE = (
    Function("identity", ("s",), ("1",), r"\mathrm{id}", "s", largest_slope=_ONE),
    Function("exp", ("s",), ("z",), r"\exp"),
    Function("log", ("s",), ("1/s",), r"\ln"),
    Function("sqrt", ("s",), ("1/(2*z)",), r"\sqrt"),
    Function("sin", ("s",), ("cos(s)",), r"\sin", largest_slope=_ONE),
    Function("cos", ("s",), ("-sin(s)",), r"\cos", largest_slope=_ONE),
    Function("tanh", ("s",), ("1 - z**2",), r"\tanh", largest_slope=_ONE, shown="(exp(s) - exp(-s))/(exp(s) + exp(-s))"),
    Function(
        "sigmoid",
        ("s",),
        ("z*(1 - z)",),
        r"\sigma",
        "1/(1 + exp(-s))",
        largest_slope=Fraction(1, 4),
        between="exp(-s)/(1 + exp(-s))**2",
    ),
    Function(
        "relu",
        ("s",),
        ("step(s)",),
        r"\mathrm{ReLU}",
        "maximum(s, 0)",
        largest_slope=_ONE,
    ),
    Function(
        "leaky_relu",
        ("s", "a"),
        ("a + (1 - a)*step(s)", "minimum(s, 0)"),
        r"\mathrm{LReLU}",
        "maximum(s, 0) + a*minimum(s, 0)",
        defaults=("0.01",),
    ),
    Function("elu", ("s",), ("exp(minimum(s, 0))",), r"\mathrm{ELU}", "maximum(s, 0) + exp(minimum(s, 0)) - 1", largest_slope=_ONE),
    Function("softplus", ("s",), ("sigmoid(s)",), r"\mathrm{softplus}", "log(1 + exp(s))", largest_slope=_ONE),
    Function("silu", ("s",), ("sigmoid(s) + z*(1 - sigmoid(s))",), r"\mathrm{SiLU}", "s*sigmoid(s)"),
    Function("gelu", ("s",), ("normal_cdf(s) + s*normal_pdf(s)",), r"\mathrm{GELU}", "s*normal_cdf(s)"),
    Function("normal_cdf", ("s",), ("normal_pdf(s)",), r"\Phi"),
    Function("normal_pdf", ("s",), ("-s*z",), r"\varphi"),
    Function(
        "abs",
        ("s",),
        ("sign(s)",),
        r"\mathrm{abs}",
        largest_slope=_ONE,
    ),
    Function("sign", ("s",), ("0",), r"\mathrm{sgn}"),
    Function("step", ("s",), ("0",), r"\mathbf{1}"),
    Function(
        "maximum",
        ("s", "t"),
        ("step(s - t)", "1 - step(s - t)"),
        r"\max",
    ),
    Function(
        "minimum",
        ("s", "t"),
        ("step(t - s)", "1 - step(t - s)"),
        r"\min",
    ),
)

FUNCTIONS: Mapping[str, Function] = {function.name: function for function in _TABLE}

ARGUMENT_COUNTS: Mapping[str, tuple[int, ...]] = {name: function.counts for name, function in FUNCTIONS.items()}

ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "sin")

# Names under which a unit's activation stays an undefined function, printed σ.
GENERIC = "generic"
GENERIC_NAMES = (GENERIC, "sigma")

OUTPUT = "z"  # in a partial of the table: the function's own value


@cache
def _parsed(text: str) -> Tree:
    return grammar.parse(text, ARGUMENT_COUNTS, "functions.py")


@cache
def definition(name: str) -> Tree | None:
    """The definition of a function in its argument names; None for a primitive and for the generic function."""
    function = FUNCTIONS.get(name)
    return _parsed(function.definition) if function and function.definition else None


@cache
def shown_definition(name: str) -> Tree | None:
    """The definition of a function as a page shows it, in its argument names; None where its name says everything."""
    function = FUNCTIONS.get(name)
    return _parsed(function.shown) if function and function.shown else definition(name)


@cache
def between(name: str) -> Tree | None:
    """The step that the page shows between a function's definition and its slope, if any."""
    function = FUNCTIONS.get(name)
    return _parsed(function.between) if function and function.between else None


@cache
def partial(name: str, position: int) -> Tree:
    """The partial by one argument, in the argument names and ``z``; f′(s) for the generic function."""
    if name == GENERIC:
        return Call(GENERIC, (Name("s"),), prime=True)
    return _parsed(FUNCTIONS[name].partials[position])


def with_defaults(call: Call) -> dict[str, Tree]:
    """The arguments of a call by name, defaults filled in."""
    if call.function == GENERIC:
        return {"s": call.arguments[0]}
    function = FUNCTIONS[call.function]
    missing = len(function.arguments) - len(call.arguments)
    extra = tuple(_parsed(text) for text in function.defaults[len(function.defaults) - missing :]) if missing else ()
    return dict(zip(function.arguments, (*call.arguments, *extra), strict=True))
