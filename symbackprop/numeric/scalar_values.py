"""The values of a network of scalars as doubles: its own, and those passed to a function."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

from ..arrays import Given
from ..errors import InputError, nearest
from ..fields import describe
from ..given import adding_up_to_one
from ..network import Network, as_number
from ..tree import Number
from .bound import Bound

_SHOWN = 8  # names in an error message
_NEARLY = 1e-6  # what numbers of single precision may miss


class ScalarValues:
    """The values of one network, made into doubles once, and what is passed to a function; ``initial`` ones are zero by default."""

    def __init__(self, network: Network, initial: Iterable[str] = ()) -> None:
        self.given = frozenset(network.given)
        self.shares = adding_up_to_one(network)
        self.data = self.given - {*network.parameters, *network.frozen}  # may differ between samples
        self.own = dict.fromkeys(initial, 0.0) | _doubles(network.values)
        samples = [_doubles(sample) for sample in network.samples]
        self.samples = {name: [sample[name] for sample in samples] for name in (samples[0] if samples else ())}
        self.count = len(samples) or None

    def bound(self, passed: Mapping[str, Any], needed: Iterable[str]) -> Bound:
        """What is passed, else the network's own values.

        Raises InputError for a name that the network does not have, a needed one without a value, what is no finite number,
        and arrays over samples of different lengths.
        """
        fixed, varying = dict(self.own), dict(self.samples)
        for name, value in passed.items():
            if name not in self.given:
                raise InputError(f"{name!r} is no given symbol of the network{nearest(str(name), self.given)}", "values")
            fixed.pop(name, None)
            varying.pop(name, None)
            if not hasattr(value, "__len__") or isinstance(value, str) or not getattr(value, "ndim", 1):
                fixed[name] = as_double(value, name)
            elif name in self.data:
                varying[name] = as_column(value, name)
            else:
                raise InputError(f"{name!r} is a parameter and takes one number, found {describe(value)}", f"value of {name!r}")
        refuse_missing([name for name in needed if name not in fixed and name not in varying])
        count = common_count({name: len(column) for name, column in varying.items()})
        for group in self.shares if passed else ():
            if all(name in fixed or name in varying for name in group):
                columns = [varying[name] if name in varying else repeat(fixed[name], count or 1) for name in group]
                check_shares(map(sum, zip(*columns, strict=True)), group)
        return Bound(fixed, varying, count)


def as_column(value: Any, name: str) -> Any:
    """Numbers over samples: an array of doubles is taken as it is. Raises InputError for what is no list of finite numbers."""
    if not len(value):
        raise InputError("the list of samples is empty; give one number for each", f"value of {name!r}")
    if getattr(value, "ndim", 1) != 1:
        problem = f"expected a number, or a list of numbers over samples, found an array of {value.ndim} axes"
        raise InputError(problem, f"value of {name!r}")
    if str(getattr(value, "dtype", "")) == "float64" and math.isfinite(value.sum()):
        return value
    return [as_double(entry, name) for entry in value]


def common_count(counts: Mapping[str, int]) -> int | None:
    """The number of samples of what has any. Raises InputError where there are several."""
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{name}: {count}" for name, count in counts.items())
        raise InputError(f"arrays over samples must be of one length ({listed})", "values")
    return next(iter(counts.values()), None)


def _doubles(values: Mapping[str, Given]) -> dict[str, float]:
    return {name: float(number.value) for name, number in values.items() if isinstance(number, Number)}


def check_shares(totals: Iterable[float], names: Sequence[str]) -> None:
    """Raise InputError where targets of softmax with cross-entropy do not add up to 1: the gradient is for such only."""
    for total in totals:
        if abs(total - 1.0) > _NEARLY:
            found = f"and add up to {total:g}"
            raise InputError(f"the targets of softmax with cross_entropy must add up to 1, {found}", f"value of {names[0]!r}")


def refuse_missing(names: Sequence[str]) -> None:
    """Raise InputError, with the remedy, where some given symbols have no value."""
    if names:
        shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        verb, them, number = ("has", "it", "value") if len(names) == 1 else ("have", "each", "values")
        raise InputError(f"{shown} {verb} no {number}; give {them} one in [values] or with --set {names[0]}=…", "values")


def as_double(value: Any, name: str) -> float:
    """A number from Python, NumPy or SymPy as a double. Raises InputError for anything else, NaN and infinity included."""
    if isinstance(value, float) and math.isfinite(value):  # NumPy's doubles are floats
        return float(value)
    if isinstance(value, str):
        raise InputError(f"expected a number, found the text {value[:40]!r}", f"value of {name!r}")
    return float(as_number(value, f"value of {name!r}").value)
