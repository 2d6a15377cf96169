"""Arrays of exact numbers, and the names of their entries."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import chain, product
from typing import Any

from .array_tree import Shape
from .errors import InputError
from .fields import Value, as_number
from .tree import Number

MAX_ENTRIES = 5_000_000
_SHORT = 40  # characters of a decimal; a longer one may have too many


@dataclass(frozen=True, eq=False)
class Array:
    """Exact numbers in a shape, the last axis first. ``numbers`` are as they were given, each one that `as_number` takes."""

    shape: tuple[int, ...]
    numbers: tuple[Value, ...]

    @cached_property
    def entries(self) -> tuple[Number, ...]:
        """The numbers exact. Made when they are first read: of a large array that is only computed with they never are."""
        return tuple(as_number(own, "") for own in self.numbers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Array) and self.shape == other.shape and self.entries == other.entries

    def __hash__(self) -> int:
        return hash((self.shape, self.entries))

    def part(self, index: int) -> Array | Number:
        """The ``index``-th entry, row or part along the first axis."""
        length = len(self.numbers) // self.shape[0]
        own = self.numbers[index * length : (index + 1) * length]
        return Array(self.shape[1:], own) if len(self.shape) > 1 else as_number(own[0], "")

    def first(self, count: int) -> Array:
        """So many parts along the first axis."""
        length = len(self.numbers) // self.shape[0]
        return Array((count, *self.shape[1:]), self.numbers[: count * length])

    def doubles(self) -> list[float]:
        """The double next to each number."""
        return [float(own.value if isinstance(own, Number) else own) for own in self.numbers]

    def nested(self) -> list[Any]:
        """The entries as nested lists of doubles."""
        flat: list[Any] = self.doubles()
        for length in reversed(self.shape[1:]):
            flat = [flat[start : start + length] for start in range(0, len(flat), length)]
        return flat


Given = Number | Array  # the value of a given symbol


def as_given(value: object, where: str) -> Given:
    """The exact number or array of a Python, NumPy or TOML value. Raises InputError for ragged or empty lists."""
    if isinstance(value, Array):
        return value
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not isinstance(value, list | tuple):
        return as_number(value, where)
    shape: list[int] = []
    level: list[Any] = [value]
    while level and isinstance(level[0], list | tuple):
        lengths = {len(part) if isinstance(part, list | tuple) else None for part in level}
        if len(lengths) > 1:
            counts = sorted(length for length in lengths if length is not None)
            found = "numbers and arrays" if None in lengths else f"lengths from {counts[0]} to {counts[-1]}"
            raise InputError(f"the rows of an array must be of one length, found {found}", where)
        if 0 in lengths:
            raise InputError("an array must not be empty", where)
        shape.append(lengths.pop() or 0)
        level = list(chain.from_iterable(level))
        if len(level) > MAX_ENTRIES:
            raise InputError(f"an array of more than {MAX_ENTRIES} numbers", where)
    kinds = set(map(type, level))
    if not kinds.isdisjoint((list, tuple)):
        raise InputError("the rows of an array must be of one length, found numbers and arrays", where)
    if bool in kinds or not all(issubclass(kind, int | float | Decimal) for kind in kinds) or not _are_in_range(level, kinds):
        level = [as_number(entry, where) for entry in level]
    return Array(tuple(shape), tuple(level))


def _are_in_range(level: list[Any], kinds: set[type]) -> bool:
    """Whether every number is sure to be finite, and to have a double next to it. Looks at none longer than it must."""
    try:
        if not all(map(math.isfinite, level)):
            return False
        decimals = [own for own in level if isinstance(own, Decimal)] if Decimal in kinds else []
        return all(len(str(own)) <= _SHORT and (not own or float(own)) for own in decimals)
    except (OverflowError, ValueError):
        return False


def element_name(name: str, index: tuple[int | str, ...]) -> str:
    """The plain name of an entry: ``W1[0][2]``."""
    return name + "".join(f"[{position}]" for position in index)


def indices(shape: Shape) -> Iterator[tuple[int, ...]]:
    """Every index of an array, through the last axis first. Every length must be a number."""
    return product(*(range(int(length)) for length in shape))


def element_names(name: str, shape: Shape) -> Iterator[str]:
    """The names of all entries; the name itself for a scalar."""
    return (element_name(name, index) for index in indices(shape))
