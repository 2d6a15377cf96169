"""SymPy as one uses it: the network in one expression, ``diff`` for each parameter, ``lambdify`` with common parts taken out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..cases import Case, Operations, scalar_names, scalar_values, scalars
from . import Contender, Count

NEEDS = ("sympy",)
NAME = "lambdify(cse)"
MOST_PARAMETERS = 150  # beyond that it takes minutes


class Derived(NamedTuple):
    symbols: list[Any]
    loss: Any
    partials: list[Any]


class _SymPy(Operations):
    def __init__(self) -> None:
        import sympy

        self.exp, self.log, self.tanh, self._add = sympy.exp, sympy.log, sympy.tanh, sympy.Add

    def total(self, terms: Any) -> Any:
        return self._add(*terms)


def derive(case: Case) -> Derived:
    import sympy
    from sympy.core.cache import clear_cache

    clear_cache()  # else a second run would be SymPy's memory of the first
    nested, flat = scalars(case.given, sympy.Symbol)
    loss = case.scalar_loss(_SymPy(), nested)
    names = scalar_names(case.given)
    partials = [sympy.diff(loss, flat[own]) for parameter in case.parameters for own in names[parameter]]
    return Derived(list(flat.values()), loss, partials)


def to_function(case: Case, derived: Derived) -> Callable[..., list[float]]:
    import sympy

    return sympy.lambdify(derived.symbols, [derived.loss, *derived.partials], modules="math", cse=True)


class Made(NamedTuple):
    derive: float  # seconds
    function: float
    derived: Derived
    call: Callable[..., list[float]]


_MADE: dict[str, Made] = {}


def made(case: Case) -> Made:
    """What was made of a case, and how long it took; made once, as the larger ones take long."""
    if case.name not in _MADE:
        start = time.perf_counter()
        derived = derive(case)
        middle = time.perf_counter()
        call = to_function(case, derived)
        _MADE[case.name] = Made(middle - start, time.perf_counter() - middle, derived, call)
    return _MADE[case.name]


def contenders(case: Case) -> Iterator[Contender]:
    if case.network.is_array or case.size > MOST_PARAMETERS or case.kind == "recurrent":
        return
    call = partial(made(case).call, *scalar_values(case.given))

    def result() -> tuple[float, np.ndarray]:
        loss, *gradient = call()
        return loss, np.array(gradient)

    yield Contender(NAME, call, result)


def operations(case: Case) -> Count:
    """After ``cse``; a power with a small whole exponent is a product, a minus an addition."""
    import sympy

    derived = made(case).derived
    return Count(_counted(sympy.cse([derived.loss, *derived.partials])), sum(_counted(sympy.cse([derived.loss])).values()))


def _counted(shared: tuple[list[tuple[Any, Any]], list[Any]]) -> dict[str, int]:
    import sympy

    kinds = {"mul": 0, "add": 0, "div": 0, "function": 0}
    place = {"MUL": "mul", "POW": "mul", "ADD": "add", "SUB": "add", "NEG": "add", "DIV": "div"}
    replaced, reduced = shared
    for expression in (*(own for _, own in replaced), *reduced):
        for term in sympy.Add.make_args(sympy.count_ops(expression, visual=True)):
            number, kind = term.as_coeff_Mul()
            if number:
                kinds[place.get(str(kind), "function")] += int(number)
    return kinds
