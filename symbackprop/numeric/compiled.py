"""Derivation → a compiled function of numbers or arrays, by one of the back ends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..array_tree import Shape
from ..collector import collector_paused
from ..derivation import Derivation
from ..shapes import SCALAR
from ..tree import Tree, names
from .bound import in_sequences
from .rolled import rolled
from .source import python_source
from .straight_line import StraightLine, straight_line

MATH, NUMPY, C = BACKENDS = ("math", "numpy", "c")


@dataclass(frozen=True, slots=True)
class Compiled:
    """``function`` takes one number, or array, per name of ``arguments``, in order, and returns one per name of ``outputs``."""

    source: str
    function: Callable[..., tuple[Any, ...]]
    arguments: tuple[str, ...]
    outputs: tuple[str, ...]
    shapes: tuple[Shape, ...]  # of the outputs

    def bound(self, values: Sequence[Any]) -> tuple[Callable[[], Sequence[Any]], list[Any]]:
        """(call, arrays): ``call()`` reads the arrays of ``values`` where they are, gives the outputs that are numbers, and fills
        ``arrays``, those that are arrays, which it always writes to. Of a function of numbers all outputs are numbers."""
        own = getattr(self.function, "bound", None)
        return own(*values) if own else (partial(self.function, *values), [])


def compiled(
    derivation: Derivation,
    outputs: Iterable[str],
    name: str,
    extra: Iterable[tuple[str, Tree]] = (),
    backend: str = "",
    dtype: Any = float,
    over: Collection[str] = (),
    loops: bool = False,
) -> Compiled:
    """The compiled source for ``outputs``; see `straight_line.straight_line` for what they may be.

    ``backend`` is ``c``, ``numpy`` with room made beforehand and arrays of ``dtype``, or else one readable function of Python,
    with NumPy where there are arrays. For ``numpy`` the scalars ``over`` the samples, and what reads them, are arrays over them.
    With ``loops`` a program over many steps of time is as short as one over few.
    """
    with collector_paused():
        outputs = tuple(outputs)
        looped = rolled(derivation, outputs) if loops else None
        program = looped or straight_line(derivation, outputs, extra)
        if backend == C:
            from .c_library import c_function

            source, function = c_function(program, name)
        elif backend == NUMPY:
            from .room_function import room_function

            program = _over_samples(program, over)
            source, function = room_function(program, name, dtype)
        else:
            if derivation.network.is_array:
                from .array_source import array_source

                source = array_source(program, name)
            else:
                source = python_source(program, name)
            namespace: dict[str, Any] = {}
            exec(compile(source, f"<symbackprop: {name}>", "exec"), namespace)
            function = in_sequences(program, namespace[name])
    shapes = tuple(program.shapes.get(own, SCALAR) for own in program.outputs)
    return Compiled(source, function, program.arguments, program.outputs, shapes)


def _over_samples(program: StraightLine, over: Collection[str]) -> StraightLine:
    """A program of scalars with an axis of samples for those ``over`` them and for all lines that read such."""
    shape: Shape = ("N",)
    shapes = dict(program.shapes) | dict.fromkeys((name for name in program.arguments if name in over), shape)
    for name, tree in program.assigned() if over else ():
        if any(read in shapes for read in names(tree)):
            shapes[name] = shape
    return replace(program, shapes=shapes)
