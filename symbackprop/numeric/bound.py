"""Values by name, as kernels take them, and the outputs of functions that tell numbers and arrays apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from itertools import groupby
from typing import Any

from ..array_tree import Shape
from .straight_line import StraightLine

Values = Any  # a double, or an array of NumPy


@dataclass(frozen=True, slots=True)
class Bound:
    """Values by name: ``fixed`` the same for all samples, ``varying`` with an axis of ``count`` samples in front."""

    fixed: Mapping[str, Values]
    varying: Mapping[str, Values]
    count: int | None

    def samples(self) -> Iterator[dict[str, Values]]:
        """The values of each sample; once where there are none."""
        for index in range(self.count or 1):
            yield {**self.fixed, **{name: values[index] for name, values in self.varying.items()}}


def together(numbers: Iterable[Values], arrays: Iterable[Values], shapes: Iterable[Shape]) -> tuple[Values, ...]:
    """Outputs in their order, by their shapes."""
    number, array = iter(numbers), iter(arrays)
    return tuple(next(array) if shape else next(number) for shape in shapes)


def in_sequences(program: StraightLine, function: Callable[..., Values]) -> Callable[..., Values]:
    """A function of one value per argument, from one that takes the steps of a sequence together."""
    places: list[int | slice] = []
    first = 0
    for sequence, names in groupby(program.arguments, program.sequence):
        count = len(list(names))
        places += [slice(first, first + count)] if sequence else range(first, first + count)
        first += count
    if not any(isinstance(place, slice) for place in places):
        return function

    @wraps(function)
    def call(*values: Values) -> Values:
        return function(*[values[place] for place in places], *values[first:])

    return call
