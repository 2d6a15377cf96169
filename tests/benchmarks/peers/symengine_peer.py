"""SymEngine, SymPy's expressions in C++, used in the same way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..cases import Case, Operations, scalar_names, scalar_values, scalars
from . import Contender

NEEDS = ("symengine",)
NAME = "SymEngine"
MOST_PARAMETERS = 150


class Derived(NamedTuple):
    symbols: list[Any]
    outputs: list[Any]


class _SymEngine(Operations):
    def __init__(self) -> None:
        import symengine

        self.exp, self.log, self.tanh, self._add = symengine.exp, symengine.log, symengine.tanh, symengine.Add

    def total(self, terms: Any) -> Any:
        return self._add(*terms)


def derive(case: Case) -> Derived:
    import symengine

    nested, flat = scalars(case.given, symengine.Symbol)
    loss = case.scalar_loss(_SymEngine(), nested)
    names = scalar_names(case.given)
    partials = [loss.diff(flat[own]) for parameter in case.parameters for own in names[parameter]]
    return Derived(list(flat.values()), [loss, *partials])


def to_function(case: Case, derived: Derived) -> Any:
    import symengine

    return symengine.Lambdify(derived.symbols, derived.outputs, cse=True, real=True)


def contenders(case: Case) -> Iterator[Contender]:
    if case.batch > 1 or case.size > MOST_PARAMETERS or case.kind == "recurrent":
        return
    function, values = to_function(case, derive(case)), np.array(scalar_values(case.given))

    def result() -> tuple[float, np.ndarray]:
        found = np.ravel(function(values))
        return float(found[0]), found[1:]

    yield Contender(NAME, lambda: function(values), result)
