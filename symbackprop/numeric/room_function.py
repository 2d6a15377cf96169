"""A NumPy function with room made beforehand: room for each number of samples, and for each thread its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..shapes import SCALAR
from .bound import in_sequences, together
from .room_source import MAKE, room_source
from .straight_line import StraightLine

KEPT = 8  # numbers of samples whose room is kept
Function = Callable[..., tuple[Any, ...]]


def room_function(program: StraightLine, name: str, dtype: Any) -> tuple[str, Function]:
    """(source, function): one number or array of ``dtype`` per argument, and a tuple with one per output, new in each call."""
    source = room_source(program, name)
    return source, _Call(source, program, name, dtype)


class _Made(NamedTuple):
    """The function for given lengths, and the shapes of its arrays."""

    function: Function
    shapes: Sequence[tuple[int, ...]]


class _Call:
    """The function with arrays of its own for the outputs."""

    def __init__(self, source: str, program: StraightLine, name: str, dtype: Any) -> None:
        namespace: dict[str, Any] = {}
        exec(compile(source, f"<symbackprop: {name}>", "exec"), namespace)
        self.make, self.program = namespace[MAKE], program
        self.dtype = np.dtype(dtype)
        shapes = [program.shapes.get(own, SCALAR) for own in program.arguments]
        self.names = program.lengths
        # Where each length is read from: the place of an argument, and its axis.
        self.places = [
            next((place, own.index(length)) for place, own in enumerate(shapes) if length in own) for length in self.names
        ]
        self.outputs = [program.shapes.get(own, SCALAR) for own in program.outputs]
        self.number_first = not self.outputs[0] and all(self.outputs[1:])  # the objective and arrays, as of most networks
        self.own = threading.local()

    def __call__(self, *values: Any) -> tuple[Any, ...]:
        made = self._made(self._lengths(values))
        arrays = [np.empty(shape, self.dtype) for shape in made.shapes]
        numbers = made.function(*values, *arrays)
        return (*numbers, *arrays) if self.number_first else together(numbers, arrays, self.outputs)

    def bound(self, *values: Any) -> tuple[Callable[[], Sequence[Any]], list[Any]]:
        """See `compiled.Compiled.bound`."""
        function, shapes = self._new(self._lengths(values))
        arrays = [np.empty(shape, self.dtype) for shape in shapes]
        return partial(function, *values, *arrays), arrays

    def _lengths(self, values: Sequence[Any]) -> tuple[int, ...]:
        return tuple([values[place].shape[axis] for place, axis in self.places])

    def _made(self, lengths: tuple[int, ...]) -> _Made:
        """The function for these lengths, of this thread."""
        try:
            return self.own.made[lengths]
        except AttributeError:
            self.own.made = {}
        except KeyError:
            pass
        kept: dict[tuple[int, ...], _Made] = self.own.made
        while len(kept) >= KEPT:
            del kept[next(iter(kept))]
        return kept.setdefault(lengths, self._new(lengths))

    def _new(self, lengths: tuple[int, ...]) -> _Made:
        known = dict(zip(self.names, lengths, strict=True))
        shapes = [tuple(known[own] if isinstance(own, str) else own for own in shape) for shape in self.outputs if shape]
        return _Made(in_sequences(self.program, self.make(*lengths, self.dtype)), shapes)
