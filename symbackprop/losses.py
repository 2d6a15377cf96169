"""The losses, as one table: what is summed over the outputs, and its slope.

``z`` is the output of a unit, ``y`` its target, ``n`` the number of outputs. A new loss is one entry;
``tests/test_functions.py`` proves each slope, and each simplified error signal, against SymPy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

from . import grammar
from .array_tree import Length
from .functions import ARGUMENT_COUNTS
from .tree import Name, Number, Tree, substitute


@dataclass(frozen=True, slots=True)
class SafeForm:
    """The same loss written so that it stays finite in double precision wherever its true value is finite.

    Pages never show it; generated functions compute it. ``share`` is what one output adds to E, coefficient included;
    ``by_output`` is its partial by z, ``by_target`` by y. Besides ``z`` and ``y`` the texts may read ``s``, the unit's
    net input, and call ``xlogy(a, b)`` = a ln b and ``xdivy(a, b)`` = a/b, which are 0 where a is 0, whatever b.
    """

    share: str
    by_output: str
    by_target: str


@dataclass(frozen=True, slots=True)
class LossFunction:
    """E = coefficient · Σ term over the outputs; ``slope`` is ∂E/∂z for one output, ``target_slope`` ∂E/∂y.

    ``simplified`` gives, by the activation of the output unit, ∂E/∂s where the product of
    ``slope`` and the activation's derivative cancels: sigmoid and binary cross-entropy leave z − y.
    ``safe`` holds numerically safe forms by the activation of the output unit; the one for "" serves all others.
    """

    name: str
    coefficient: str
    term: str
    slope: str
    target_slope: str
    simplified: Mapping[str, str] = field(default_factory=dict)
    safe: Mapping[str, SafeForm] = field(default_factory=dict)


_BERNOULLI = {"sigmoid": "z - y"}

# With z = σ(s): −ln z = softplus(−s), −ln(1 − z) = softplus(s), 1 − z = σ(−s). No term cancels against another, none overflows.
_BERNOULLI_SAFE = {
    "sigmoid": SafeForm("y*softplus(-s) + (1 - y)*softplus(s)", "xdivy(1 - y, sigmoid(-s)) - xdivy(y, z)", "-s"),
    "": SafeForm("-xlogy(y, z) - xlogy(1 - y, 1 - z)", "xdivy(1 - y, 1 - z) - xdivy(y, z)", "log(1 - z) - log(z)"),
}
_CATEGORICAL_SAFE = {
    "sigmoid": SafeForm("y*softplus(-s)", "-xdivy(y, z)", "softplus(-s)"),
    "softmax": SafeForm("-y*log_softmax(s)", "-xdivy(y, z)", "-log_softmax(s)"),
    "": SafeForm("-xlogy(y, z)", "-xdivy(y, z)", "-log(z)"),
}

_TABLE = (
    LossFunction("half_squared_error", "1/2", "(z - y)**2", "z - y", "y - z"),
    LossFunction("squared_error", "1", "(z - y)**2", "2*(z - y)", "2*(y - z)"),
    LossFunction("mean_squared_error", "1/n", "(z - y)**2", "2/n*(z - y)", "2/n*(y - z)"),
    LossFunction(
        "binary_cross_entropy",
        "-1",
        "y*log(z) + (1 - y)*log(1 - z)",
        "(z - y)/(z*(1 - z))",
        "log(1 - z) - log(z)",
        _BERNOULLI,
        safe=_BERNOULLI_SAFE,
    ),
    # The likelihood of independent yes/no targets, as document 004 has it.
    LossFunction(
        "negative_log_likelihood",
        "-1",
        "y*log(z) + (1 - y)*log(1 - z)",
        "(z - y)/(z*(1 - z))",
        "log(1 - z) - log(z)",
        _BERNOULLI,
        safe=_BERNOULLI_SAFE,
    ),
    LossFunction(
        "cross_entropy",
        "-1",
        "y*log(z)",
        "-y/z",
        "-log(z)",
        # Of softmax the targets of a sample sum to 1, which `network` sees to.
        {"sigmoid": "y*(z - 1)", "softmax": "z - y"},
        safe=_CATEGORICAL_SAFE,
    ),
    LossFunction(
        "absolute_error",
        "1",
        "abs(z - y)",
        "sign(z - y)",
        "sign(y - z)",
    ),
    LossFunction(
        "huber",
        "1",
        "minimum(abs(z - y), 1)*(abs(z - y) - minimum(abs(z - y), 1)/2)",
        "maximum(minimum(z - y, 1), -1)",
        "maximum(minimum(y - z, 1), -1)",
    ),
    LossFunction(
        "hinge",
        "1",
        "maximum(1 - y*z, 0)",
        "-y*step(1 - y*z)",
        "-z*step(1 - y*z)",
    ),
)

LOSSES: Mapping[str, LossFunction] = {loss.name: loss for loss in _TABLE}


_SAFE_COUNTS = {**ARGUMENT_COUNTS, "xlogy": (2,), "xdivy": (2,), "log_softmax": (1,)}


@cache
def _parsed(text: str) -> Tree:
    return grammar.parse(text, _SAFE_COUNTS, "losses.py")


def instantiate(text: str, output: str, target: str, count: int | str) -> Tree:
    """A text of the table for one output: ``z``, ``y`` and ``n`` replaced."""
    tree = _parsed(text.replace("2/n", "2") if count == 1 else text)
    return substitute(tree, {"z": Name(output), "y": Name(target), "n": _number_of(count)})


def coefficient(loss: LossFunction, count: int | str) -> Tree:
    """The factor in front of the sum."""
    if loss.coefficient == "1" or (loss.coefficient == "1/n" and count == 1):
        return Number(Fraction(1))
    return substitute(_parsed(loss.coefficient), {"n": _number_of(count)})


def _number_of(count: int | str) -> Tree:
    return Length(count) if isinstance(count, str) else Number(Fraction(count))


def instantiate_safe(text: str, output: str, target: str, net_input: str) -> Tree:
    """A text of a safe form for one output: ``z``, ``y`` and ``s`` replaced."""
    return substitute(_parsed(text), {"z": Name(output), "y": Name(target), "s": Name(net_input)})
