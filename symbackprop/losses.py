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
from .functions import ARGUMENT_COUNTS
from .tree import Name, Number, Tree, substitute


@dataclass(frozen=True, slots=True)
class LossFunction:
    """E = coefficient · Σ term over the outputs; ``slope`` is ∂E/∂z for one output.

    ``simplified`` gives, by the activation of the output unit, ∂E/∂s where the product of
    ``slope`` and the activation's derivative cancels: sigmoid and cross-entropy leave z − y.
    """

    name: str
    coefficient: str
    term: str
    slope: str
    title: str
    simplified: Mapping[str, str] = field(default_factory=dict)
    kink: str = ""


_BERNOULLI = {"sigmoid": "z - y"}

_TABLE = (
    LossFunction("half_squared_error", "1/2", "(z - y)**2", "z - y", "half the squared error"),
    LossFunction("squared_error", "1", "(z - y)**2", "2*(z - y)", "squared error"),
    LossFunction("mean_squared_error", "1/n", "(z - y)**2", "2/n*(z - y)", "mean squared error"),
    LossFunction(
        "binary_cross_entropy", "-1", "y*log(z) + (1 - y)*log(1 - z)", "(z - y)/(z*(1 - z))", "binary cross-entropy", _BERNOULLI,
    ),
    # The likelihood of independent yes/no targets, as document 004 has it.
    LossFunction(
        "negative_log_likelihood", "-1", "y*log(z) + (1 - y)*log(1 - z)", "(z - y)/(z*(1 - z))", "negative log-likelihood", _BERNOULLI,
    ),
    LossFunction("cross_entropy", "-1", "y*log(z)", "-y/z", "cross-entropy"),
    LossFunction(
        "absolute_error", "1", "abs(z - y)", "sign(z - y)", "absolute error",
        kink="The absolute error has a kink at 0; its derivative there is taken to be 0.",
    ),
    LossFunction(
        "huber", "1", "minimum(abs(z - y), 1)*(abs(z - y) - minimum(abs(z - y), 1)/2)", "maximum(minimum(z - y, 1), -1)", "Huber loss",
    ),
    LossFunction(
        "hinge", "1", "maximum(1 - y*z, 0)", "-y*step(1 - y*z)", "hinge loss",
        kink="The hinge loss has a kink at margin 1; its derivative there is taken to be 0.",
    ),
)

LOSSES: Mapping[str, LossFunction] = {loss.name: loss for loss in _TABLE}


@cache
def _parsed(text: str) -> Tree:
    return grammar.parse(text, ARGUMENT_COUNTS, "losses.py")


def instantiate(text: str, output: str, target: str, count: int) -> Tree:
    """A text of the table for one output: ``z``, ``y`` and ``n`` replaced."""
    tree = _parsed(text.replace("2/n", "2") if count == 1 else text)
    return substitute(tree, {"z": Name(output), "y": Name(target), "n": Number(Fraction(count))})


def coefficient(loss: LossFunction, count: int) -> Tree:
    """The factor in front of the sum."""
    if loss.coefficient == "1" or (loss.coefficient == "1/n" and count == 1):
        return Number(Fraction(1))
    return substitute(_parsed(loss.coefficient), {"n": Number(Fraction(count))})
