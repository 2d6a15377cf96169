"""Everything that is timed, ours included, behind one interface.

A module of this package has ``NEEDS``, the packages without which it is skipped, and some of

- ``contenders(case)``: the ways in which it computes the loss and its gradient of a case; none where it cannot;
- ``derive(case)``: all partials as expressions, and ``to_function(case, derived)``: a callable of them;
- ``operations(case)``: how many operations loss and gradient take, and the loss alone.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from ..cases import Case

OURS = "ours"
PEERS = (OURS, "numpy_hand", "c_hand", "sympy_peer", "symengine_peer", "casadi_peer", "jax_peer", "torch_peer")
TOLERANCE = 1e-9


class Missing(Exception):
    """A peer that cannot be had on this machine, with the reason."""


class WrongResult(Exception):
    """A contender that computes something else than the others."""


@dataclass(frozen=True)
class Contender:
    """``call`` is timed; ``result`` gives its loss and its gradient as one vector, to be compared."""

    name: str
    call: Callable[[], Any]
    result: Callable[[], tuple[float, np.ndarray]]


@dataclass(frozen=True)
class Count:
    """Operations of loss and gradient, by kind, and of the loss alone."""

    kinds: dict[str, int]
    forward: int

    @property
    def total(self) -> int:
        return sum(self.kinds.values())


def peer(name: str) -> ModuleType:
    """A module of this package. Raises Missing where what it needs is not installed."""
    found = importlib.import_module(f"{__name__}.{name}")
    if absent := [need for need in found.NEEDS if importlib.util.find_spec(need) is None]:
        raise Missing(f"{', '.join(absent)} not installed")
    if problem := getattr(found, "problem", lambda: "")():
        raise Missing(problem)
    return found


def available(names: Sequence[str] = PEERS) -> tuple[dict[str, ModuleType], dict[str, str]]:
    """(peers that are here, the reason for each that is not)."""
    found: dict[str, ModuleType] = {}
    missing: dict[str, str] = {}
    for name in names:
        try:
            found[name] = peer(name)
        except Missing as reason:
            missing[name] = str(reason)
    return found, missing


def compare(case: Case, contenders: Sequence[Contender]) -> None:
    """Raises WrongResult unless all have the same loss and the same gradient."""
    first, *others = contenders
    expected = _joined(first)
    scale = max(1.0, float(np.abs(expected).max()))
    for other in others:
        found = _joined(other)
        if found.shape != expected.shape:
            raise WrongResult(f"{case.name}: {other.name} has {found.size - 1} partials, {first.name} {expected.size - 1}")
        error = float(np.max(np.abs(found - expected))) / scale
        if not error <= TOLERANCE:  # of a NaN as well
            raise WrongResult(f"{case.name}: {other.name} and {first.name} differ by {error:.1e}, relatively")


def _joined(contender: Contender) -> np.ndarray:
    loss, gradient = contender.result()
    return np.concatenate([[loss], gradient])
