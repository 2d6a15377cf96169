"""Our own functions: each back end, called by name with checks, by position, and bound to arrays in place."""

from __future__ import annotations

import inspect
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import BuiltinFunctionType, SimpleNamespace
from typing import Any, ClassVar
from unittest.mock import patch

import numpy as np

from symbackprop.derivation import Derivation
from symbackprop.derivation import derive as symbackprop_derive
from symbackprop.errors import InputError, MissingToolError
from symbackprop.numeric import runtime
from symbackprop.numeric.compiled import compiled

from ..cases import Case
from . import Contender, Count

NEEDS = ()
MOST_WRITTEN_OUT = 1500  # parameters up to which every entry is made a variable of Python


def derive(case: Case) -> Derivation:
    return symbackprop_derive(case.network, level="unit")


def to_function(case: Case, derived: Derivation) -> Any:
    return derived.lambdify()


def contenders(case: Case) -> Iterator[Contender]:
    """The default back end, and each that can be asked for by name."""
    derivation = symbackprop_derive(case.network)
    scalar = case.kind != "perceptron" or not case.network.is_array
    backends: list[str | None] = [None, "c"] if scalar else [None, "c", "numpy"]
    if not scalar and case.batch == 1 and case.size <= MOST_WRITTEN_OUT:
        backends += ["math"]
    for backend in backends:
        try:
            function = derivation.lambdify(backend)
        except MissingToolError:  # no compiler, or no cffi
            continue
        yield from _ways(case, function, f"ours, {backend or 'default'}")


def _ways(case: Case, function: Any, name: str) -> Iterator[Contender]:
    def named(found: tuple[float, dict[str, Any]]) -> tuple[float, np.ndarray]:
        return found[0], case.flat(found[1])

    call = partial(function, case.own)
    yield Contender(f"{name}, f(values)", call, lambda: named(call()))
    kernel, rows = _rows(case, function)
    if len(rows) == 1:
        positional: Callable[[], Any] = partial(kernel.compiled.function, *rows[0])
        yield Contender(name, positional, lambda: _positional_result(case, kernel.wanted, positional()))
    try:
        bound = function.bound(case.own)
    except (AttributeError, InputError):
        return
    yield Contender(f"{name}, bound", bound, lambda: named(bound()))


def _rows(case: Case, function: Any) -> tuple[Any, list[Sequence[Any]]]:
    """What computes these values, and the arguments that it passes to the generated function by position, for each call."""
    bound = function.bound_values(case.own)
    kernel = function.kernel(bound)
    return kernel, kernel.rows(function.in_entries(bound) if kernel.is_written_out else bound)


def _positional_result(case: Case, wanted: Sequence[str], found: Sequence[Any]) -> tuple[float, np.ndarray]:
    """By name: entries gathered, and of a batch what has a row for each sample added up, as `f(values)` does."""
    loss, *partials = found
    by_name = dict(zip(wanted, partials, strict=True))
    for parameter in case.wanted:
        if parameter not in by_name:  # an array whose entries are written out
            entries = [own for name, own in by_name.items() if name.partition("[")[0] == parameter]
            by_name[parameter] = np.array(entries)
        elif case.batch > 1 and np.ndim(by_name[parameter]) > np.ndim(case.own[parameter]):
            by_name[parameter] = np.sum(by_name[parameter], axis=0)
    return float(loss), case.flat(by_name)


# Counting.


class Counted(float):
    """A number that counts what is done with it. A minus counts as an addition, a power as a product; comparisons do not count."""

    kinds: ClassVar[Counter[str]] = Counter()


def _counting(kind: str, method: str) -> Callable[..., Any]:
    plain = getattr(float, method)

    def operation(*operands: Any) -> Any:
        Counted.kinds[kind] += 1
        return Counted(plain(*operands))

    return operation


for _kind, _names in {"mul": ("mul", "pow"), "add": ("add", "sub"), "div": ("truediv",)}.items():
    for _name in _names:
        for _method in (f"__{_name}__", f"__r{_name}__"):
            setattr(Counted, _method, _counting(_kind, _method))
Counted.__neg__ = _counting("add", "__neg__")  # type: ignore[method-assign]
Counted.__abs__ = _counting("function", "__abs__")  # type: ignore[method-assign]

_TESTS = ("isfinite", "isnan", "isinf")


def _counting_call(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        Counted.kinds["function"] += 1
        return Counted(function(*arguments))

    return call


def _counting_names(names: Mapping[str, Any]) -> dict[str, Any]:
    """Those of ``names`` that are functions of ``math``, counting."""
    return {
        name: _counting_call(own)
        for name, own in names.items()
        if isinstance(own, BuiltinFunctionType) and own.__module__ == "math" and own.__name__ not in _TESTS
    }


def counted(function: Callable[..., Any], values: Sequence[float]) -> dict[str, int]:
    """What one call of a generated function of scalars does, by kind of operation: that of the functions that it calls included."""
    counting_math = SimpleNamespace(**{**vars(math), **_counting_names(vars(math))})
    generated = inspect.unwrap(function).__globals__  # type: ignore[attr-defined]
    Counted.kinds = Counter(mul=0, add=0, div=0, function=0)
    in_runtime = {**_counting_names(vars(runtime)), "math": counting_math}
    with patch.dict(vars(runtime), in_runtime), patch.dict(generated, _counting_names(generated)):
        function(*map(Counted, values))
    return dict(Counted.kinds)


def operations(case: Case) -> Count:
    """Counted while the generated functions run: what is printed once and used twice is done once."""
    derivation = derive(case)
    kernel, (row,) = _rows(case, derivation.lambdify("math"))
    values = dict(zip(kernel.compiled.arguments, row, strict=True))
    forward = compiled(derivation, (derivation.objective,), "loss")
    whole = counted(kernel.compiled.function, row)
    return Count(whole, sum(counted(forward.function, [values[name] for name in forward.arguments]).values()))
