"""Arrays of exact numbers, and the names of their entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from .array_tree import Shape
from .errors import InputError
from .fields import as_number
from .tree import Number

MAX_ENTRIES = 5_000_000


@dataclass(frozen=True, slots=True)
class Array:
    """Exact numbers in a shape; ``entries`` goes through the last axis first."""

    shape: tuple[int, ...]
    entries: tuple[Number, ...]

    def part(self, index: int) -> Array | Number:
        """The ``index``-th entry, row or part along the first axis."""
        length = len(self.entries) // self.shape[0]
        own = self.entries[index * length : (index + 1) * length]
        return Array(self.shape[1:], own) if len(self.shape) > 1 else own[0]

    def nested(self) -> list[Any]:
        """The entries as nested lists of doubles."""
        flat: list[Any] = [float(entry.value) for entry in self.entries]
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
        level = [entry for part in level for entry in part]
        if len(level) > MAX_ENTRIES:
            raise InputError(f"an array of more than {MAX_ENTRIES} numbers", where)
    for entry in level:
        if isinstance(entry, list | tuple):
            raise InputError("the rows of an array must be of one length, found numbers and arrays", where)
    return Array(tuple(shape), tuple(as_number(entry, where) for entry in level))


def element_name(name: str, index: tuple[int | str, ...]) -> str:
    """The plain name of an entry: ``W1[0][2]``."""
    return name + "".join(f"[{position}]" for position in index)


def indices(shape: Shape) -> Iterator[tuple[int, ...]]:
    """Every index of an array, through the last axis first. Every length must be a number."""
    return product(*(range(int(length)) for length in shape))


def element_names(name: str, shape: Shape) -> Iterator[str]:
    """The names of all entries; the name itself for a scalar."""
    return (element_name(name, index) for index in indices(shape))
