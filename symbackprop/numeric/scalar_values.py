"""The values of a network of scalars as doubles: its own, and those passed to a function."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..arrays import Given
from ..errors import InputError, nearest
from ..given import adding_up_to_one
from ..network import Network, as_number
from ..tree import Number

_SHOWN = 8  # names in an error message
_NEARLY = 1e-6  # what numbers of single precision may miss


class ScalarValues:
    """The arguments of one function, from a network's own values, which are made into doubles once, and from what is passed."""

    def __init__(self, network: Network, arguments: Sequence[str]) -> None:
        self.network = network
        self.given = frozenset(network.given)
        self.place = {name: place for place, name in enumerate(arguments)}
        self.shares = adding_up_to_one(network)
        own = _doubles(network.values)
        self.samples = [own | _doubles(sample) for sample in network.samples]
        self.own = own
        self.over_samples = frozenset(network.samples[0]) if network.samples else frozenset()
        self._rows = [[values.get(name, math.nan) for name in arguments] for values in (self.samples or [own])]
        self.missing = [name for name in arguments if name not in (self.samples or [own])[0]]

    def rows(self, passed: Mapping[str, Any]) -> list[list[float]]:
        """The arguments for each sample, one row where there are none: what is passed, else the network's own values.

        Raises InputError for a name that the network does not have, a missing value, and what is no finite number.
        """
        found = self._rows
        if self.over_samples and passed.keys() >= self.over_samples:
            found = found[:1]  # what is passed stands for the samples
        rows = [row.copy() for row in found]
        for name, value in passed.items():
            place = self.place.get(name)
            if place is None and name not in self.given:
                raise InputError(f"{name!r} is no given symbol of the network{nearest(str(name), self.given)}", "values")
            double = value if type(value) is float and math.isfinite(value) else as_double(value, name)
            if place is not None:
                for row in rows:
                    row[place] = double
        if self.missing:
            refuse_missing([name for name in self.missing if name not in passed])
        if self.shares and passed:
            self._check_shares(passed)
        return rows

    def _check_shares(self, passed: Mapping[str, Any]) -> None:
        given = {name: as_double(value, name) for name, value in passed.items()}
        known = [values | given for values in (self.samples or [self.own])]
        for group in self.shares:
            check_shares((sum(values[name] for name in group) for values in known if values.keys() >= {*group}), group)


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
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, str):
        raise InputError(f"expected a number, found the text {value[:40]!r}", f"value of {name!r}")
    return float(as_number(value, f"value of {name!r}").value)
