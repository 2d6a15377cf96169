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
        program = (rolled(derivation, outputs) if loops else None) or straight_line(derivation, outputs, extra)
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
    """A program of scalars with an axis of samples for those ``over`` them and all that read such, in loops also later ones."""
    if not over:
        return program

    def key(name: str) -> str:
        return program.places[name][0] if name in program.places else name

    varying = {key(name) for name in program.arguments if name in over}
    lines = [(key(name), set(map(key, names(tree)))) for name, tree in program.assigned()]
    grown = bool(varying)
    while grown:
        before = len(varying)
        for name, read in lines:
            if not varying.isdisjoint(read):
                varying.add(name)
        grown = len(varying) > before and bool(program.families)
    named = {*program.arguments, *program.places, *(name for name, _ in program.assigned())}
    shapes: dict[str, Shape] = dict(program.shapes) | {name: _SAMPLES for name in named if key(name) in varying}
    for name in program.arguments:  # of a sequence those before the first step may be the same in all samples
        if name not in over:
            shapes.pop(name, None)
    families = {name: replace(own, shape=_SAMPLES) if name in varying else own for name, own in program.families.items()}
    return replace(program, shapes=shapes, families=families)


_SAMPLES: Shape = ("N",)
