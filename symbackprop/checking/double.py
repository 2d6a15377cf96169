"""The gradient in double precision against that of fifty digits: by the generated function, and by a library that differentiates.

Of a partial that is far smaller than what it is the difference of, no more is asked than its rounding error allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from ..arrays import element_name
from ..derivation import Derivation
from ..errors import InputError
from ..precise import as_mpf, context
from . import autodiff
from .complex_step import Steps
from .points import shown
from .report import AUTODIFF, DOUBLE, FAIL, NOT_CHECKED, PASS, Measured, Result
from .rounding import MARGIN, UNIT_ROUNDOFF, rounded

TOLERANCE = 1e-9  # relative
MAX_WORK = 100_000  # leaves of formulas that a library goes through
_NO_DIGITS = 0.1  # relative: a rounding error beyond it leaves nothing to compare


def check_double(steps: Steps) -> Iterator[Result]:
    """The gradient of the generated function, of arrays that on NumPy."""
    from ..numeric import evaluate

    derivation = steps.setting.derivation
    # A step of a sequence and an entry of an array look alike, so a recurrent network is taken step by step.
    network = derivation.given if derivation.given.steps is None else derivation.network
    try:
        gradient = evaluate(network).gradient
    except InputError as error:  # beyond double precision, but not beyond fifty digits
        yield Result("gradient", DOUBLE, NOT_CHECKED, error.message)
        return
    found = dict(chain.from_iterable(_entries(name, own) for name, own in gradient.items()))
    yield from _compared(steps, DOUBLE, "the evaluating function", found)


def check_autodiff(steps: Steps, library: str, matrix: Derivation | None) -> Iterator[Result]:
    """The forward definitions, those of whole arrays where there are, differentiated by a library."""
    setting = steps.setting
    program = setting.derivation.program if matrix is None else matrix.program
    if setting.work > MAX_WORK:
        yield Result("gradient", AUTODIFF, NOT_CHECKED, f"the network is too large for {library} to go through it entry by entry")
        return
    if isinstance(found := autodiff.gradient(library, setting, program), str):
        yield Result("gradient", AUTODIFF, NOT_CHECKED, found)
        return
    entries = dict(chain.from_iterable(_entries(name, own) for name, own in found.items()))
    yield from _compared(steps, AUTODIFF, library, entries)


def _entries(name: str, value: Any) -> Iterator[tuple[str, float]]:
    """The numbers of nested lists by the names of entries."""
    if not isinstance(value, list):
        yield name, value
        return
    for index, part in enumerate(value):
        yield from _entries(element_name(name, (index,)), part)


def _compared(steps: Steps, method: str, route: str, found: Mapping[str, float]) -> Iterator[Result]:
    setting = steps.setting
    for name, analytic in setting.analytic.items():
        if name not in found:
            continue
        exact, numeric = as_mpf(analytic), context().mpf(found[name])
        difference, size = abs(numeric - exact), abs(exact)
        measured = Measured.of(name, exact, numeric)
        if difference <= TOLERANCE * size:
            yield Result(name, method, PASS, measured=measured)
            continue
        if excuse := steps.excuse(name, analytic):
            yield Result(name, method, NOT_CHECKED, excuse, measured=measured)
            continue
        if method == AUTODIFF and not context().isfinite(numeric):
            yield Result(name, method, NOT_CHECKED, f"{route} gives no finite number", measured=measured)
            continue
        if setting.errors and size <= rounded([setting.errors[name]]):
            size = context().mpf(0)
        allowed = MARGIN * UNIT_ROUNDOFF * setting.errors[name] if setting.errors else context().mpf(0)
        if difference <= max(allowed, TOLERANCE * size):
            few = allowed > _NO_DIGITS * size and numeric and size
            detail = "at these values rounding leaves double precision no digits" if few else ""
            yield Result(name, method, NOT_CHECKED if few else PASS, detail, measured=measured)
            continue
        text = f"the derivation gives {shown(exact)}, {route} gives {shown(numeric, 16)}"
        yield Result(name, method, FAIL, text, measured=measured)
