"""C source → a function, by the machine's own compiler and cffi; kept on disk by content.

A call releases Python's global lock, and every thread has room of its own for it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError, MissingToolError, SymbackpropError
from .bound import together
from .c_parts import CSource, output_sizes, over_samples
from .c_source import c_source
from .straight_line import StraightLine

# -ffp-contract=off: the same digits on every machine, whether or not it has a fused multiply-add.
FLAGS = ("-std=c11", "-O3", "-march=native", "-fopenmp-simd", "-ffp-contract=off", "-fno-math-errno", "-shared", "-fPIC")
MAX_STRAIGHT = 20_000  # lines from which on the compiler's time grows faster than they do; it then optimises less
COMPILERS = ("cc", "gcc", "clang")


def c_function(program: StraightLine, name: str) -> tuple[str, Callable[..., tuple[Any, ...]]]:
    """(source, function): one number or array per argument, and a tuple with one per output, as of the other back ends.

    Raises MissingToolError without cffi or a C compiler, InputError for a length that is not given.
    """
    source = c_source(program, name)
    return source.text, _Call(program, source, name)


class _Call:
    """The compiled function, with the arguments and outputs of Python."""

    def __init__(self, program: StraightLine, source: CSource, name: str) -> None:
        self.ffi, library = _loaded(source.text + over_samples(program, source, name), name)
        self.library, self.function, self.function_over = library, getattr(library, name), getattr(library, f"{name}_over")
        self.arguments, self.sizes = program.arguments, output_sizes(program)
        shapes = program.shapes
        self.scalars = [place for place, own in enumerate(program.arguments) if not shapes.get(own)]
        self.arrays = [place for place, own in enumerate(program.arguments) if shapes.get(own)]
        self.outputs = [tuple(map(int, shapes.get(own, ()))) for own in program.outputs]
        self.shapes = [shape for shape in self.outputs if shape]
        self.results = len(self.outputs) - len(self.shapes)
        self.work = source.work
        self.own = threading.local()

    def __call__(self, *values: Any) -> tuple[Any, ...]:
        if "room" not in self.own.__dict__:
            self.own.room = self._room()
        room = self.own.room
        held, made = self._filled(room, values)
        self.function(room.inputs, room.outputs, room.work)
        del held  # which had to live until here
        return together(self.ffi.unpack(room.results, self.results), made, self.outputs)

    def bound(self, *values: Any) -> tuple[Callable[[], Sequence[Any]], list[Any]]:
        """See `compiled.Compiled.bound`. Numbers keep their values; with room of its own it is for one thread.

        Raises InputError for arrays that are not of doubles or do not lie row by row.
        """
        room = self._room()
        for place in self.arrays:
            if not isinstance(values[place], np.ndarray) or values[place].dtype != float or not values[place].flags.c_contiguous:
                raise InputError(
                    "a bound function reads arrays of doubles that lie row by row in memory", f"value of {self.arguments[place]!r}"
                )
        held, made = self._filled(room, values)
        function, inputs, outputs, work = self.function, room.inputs, room.outputs, room.work
        unpack, results, count = self.ffi.unpack, room.results, self.results

        def call(_held: Any = (held, room)) -> Sequence[Any]:  # the arrays and the numbers live as long as the function
            function(inputs, outputs, work)
            return unpack(results, count)

        return call, made

    def over(self, fixed: Mapping[str, Any], varying: Mapping[str, Any], count: int, kept: Sequence[bool]) -> tuple[Any, ...]:
        """The outputs added up over so many samples; those that are ``kept`` with an axis of samples in front.

        ``varying`` values have that axis, ``fixed`` ones are the same in all samples.
        """
        names = [self.arguments[place] for place in self.scalars]
        scalars = np.empty((count if any(name in varying for name in names) else 1, len(names)))
        for place, name in enumerate(names):
            scalars[:, place] = varying[name] if name in varying else fixed[name]
        given = [(name, varying.get(name)) for name in (self.arguments[place] for place in self.arrays)]
        arrays = [np.ascontiguousarray(fixed[name] if own is None else own, dtype=float) for name, own in given]
        steps = [len(names) if len(scalars) > 1 else 0]
        steps += [0 if own is None else array.size // count for (_, own), array in zip(given, arrays, strict=True)]
        numbers = [own for own, shape in zip(kept, self.outputs, strict=True) if not shape]
        apart = [any(numbers), *(own for own, shape in zip(kept, self.outputs, strict=True) if shape)]
        made = [np.zeros((count if own else 1, size)) for own, size in zip(apart, self.sizes, strict=True)]
        new, buffer = self.ffi.new, self.ffi.from_buffer
        inputs = [buffer("double[]", array) for array in (scalars, *arrays)]
        outputs = [buffer("double[]", array, require_writable=True) for array in made]
        self.function_over(
            count,
            new("double *[]", inputs),
            new("long[]", steps),
            new("double *[]", outputs),
            new("long[]", apart),
            new("double[]", self.work + sum(self.sizes)),
        )
        columns = iter(made[0].T)
        wholes = iter(
            array.reshape(-1, *shape) if own else array.reshape(shape)
            for array, shape, own in zip(made[1:], self.shapes, apart[1:], strict=True)
        )
        found = (next(wholes) if shape else next(columns) for shape in self.outputs)
        return tuple(
            value if shape else (value.copy() if own else float(value.sum()))
            for value, shape, own in zip(found, self.outputs, kept, strict=True)
        )

    def _filled(self, room: _Room, values: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The buffers that the pointers of a room now lead to, and the arrays of the outputs."""
        buffer = self.ffi.from_buffer
        if self.scalars:
            room.scalars[0 : len(self.scalars)] = [values[place] for place in self.scalars]
        held = [buffer("double[]", np.ascontiguousarray(values[place], dtype=float)) for place in self.arrays]
        made = [np.empty(shape) for shape in self.shapes]
        own = [buffer("double[]", array, require_writable=True) for array in made]
        if held:
            room.inputs[1 : len(held) + 1] = held
        if own:
            room.outputs[1 : len(own) + 1] = own
        return [*held, *own], made

    def _room(self) -> _Room:
        """What a call writes to."""
        new = self.ffi.new
        scalars, results = new("double[]", max(1, len(self.scalars))), new("double[]", max(1, self.results))
        inputs, outputs = new("double *[]", len(self.arrays) + 1), new("double *[]", len(self.shapes) + 1)
        inputs[0], outputs[0] = scalars, results
        return _Room(inputs, outputs, scalars, results, new("double[]", max(1, self.work)))


class _Room(NamedTuple):
    """The pointers to arguments and outputs, the scalars among them, and the room for work."""

    inputs: Any
    outputs: Any
    scalars: Any
    results: Any
    work: Any


@cache
def _loaded(source: str, name: str) -> tuple[Any, Any]:
    """(cffi, the library) of a source; compiled unless it has been before, on a machine like this with this compiler."""
    try:
        from cffi import FFI
    except ImportError:
        raise MissingToolError("the back end 'c' needs cffi: pip install 'symbackprop[c]'") from None
    compiler, version = _compiler()
    flags = [("-O1" if flag == "-O3" and source.count("\n") > MAX_STRAIGHT else flag) for flag in FLAGS]
    content = "\n".join((source, version, *flags, _processor()))
    path = _folder() / f"{hashlib.sha256(content.encode()).hexdigest()}.so"
    if not path.exists():
        _compile(compiler, flags, source, path)
    ffi = FFI()
    ffi.cdef(f"void {name}(double **in, double **out, double *work);")
    ffi.cdef(f"void {name}_over(long count, double **in, long *step, double **out, long *kept, double *work);")
    try:
        return ffi, ffi.dlopen(str(path))
    except OSError:  # the file is damaged, as after a disk was full
        path.unlink()
        _compile(compiler, flags, source, path)
        return ffi, ffi.dlopen(str(path))


def _compile(compiler: str, flags: Sequence[str], source: str, path: Path) -> None:
    """The library at a path, which is there as a whole or not at all."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="building-") as name:
        folder = Path(name)
        (folder / "program.c").write_text(source, encoding="utf-8")
        command = [compiler, *flags, "-o", "program.so", "program.c", "-lm"]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if run.returncode:
            problem = next(
                (line for line in run.stderr.splitlines() if "error" in line), run.stderr[:200] or f"it ended with {run.returncode}"
            )
            raise SymbackpropError(f"{compiler} could not compile the program: {problem}")
        os.replace(folder / "program.so", path)


@cache
def _compiler() -> tuple[str, str]:
    """The C compiler, that of the variable CC first, and what it says of itself."""
    for name in filter(None, (os.environ.get("CC"), *COMPILERS)):
        if path := shutil.which(name):
            return path, subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    raise MissingToolError("the back end 'c' needs a C compiler; on Debian: apt-get install gcc libc6-dev")


@cache
def _processor() -> str:
    """What -march=native depends on."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.platform()
    return "\n".join(sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))}))


@cache
def _folder() -> Path:
    """Where libraries are kept: symbackprop in the user's cache, else a folder of this process."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "symbackprop"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="symbackprop-"))
