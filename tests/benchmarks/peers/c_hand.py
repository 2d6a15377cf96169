"""Back-propagation as one writes it by hand in C (`c_hand.c`), called through cffi."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ..cases import Case
from . import Contender

NEEDS = ("cffi",)
NAME = "hand C"
SOURCE = Path(__file__).with_suffix(".c")
FLAGS = ("-O3", "-march=native", "-ffast-math", "-fPIC")


def problem() -> str:
    return "" if shutil.which("cc") else "no C compiler"


@cache
def _library() -> tuple[Any, Any]:
    from cffi import FFI

    ffi = FFI()
    text = SOURCE.read_text(encoding="utf-8")
    ffi.cdef("\n".join(head.rstrip("{ \n") + ";" for head in _heads(text)))
    with tempfile.TemporaryDirectory() as folder:
        # In two steps: a library that is linked with -ffast-math makes the whole process round small numbers to zero.
        subprocess.run(["cc", *FLAGS, "-c", "-o", "hand.o", str(SOURCE)], cwd=folder, check=True)
        subprocess.run(["cc", "-shared", "-o", "hand.so", "hand.o", "-lm"], cwd=folder, check=True)
        return ffi, ffi.dlopen(f"{folder}/hand.so")


def _heads(text: str) -> Iterator[str]:
    """The head of each function: from ``void`` to the brace."""
    for part in text.split("\nvoid ")[1:]:
        yield "void " + part.split("{", 1)[0]


def contenders(case: Case) -> Iterator[Contender]:
    if case.kind not in ("perceptron", "recurrent") or case.batch > 1:
        return
    ffi, library = _library()
    parameters = np.concatenate([np.ravel(case.given[name]) for name in case.parameters]).astype(float)
    gradient, loss = np.empty_like(parameters), np.empty(1)
    x, y = (np.ascontiguousarray(case.given[name], dtype=float) for name in "xy")
    if case.kind == "perceptron":
        widths = np.array(case.widths, dtype=np.intc)
        outputs, deltas = (np.empty(sum(case.widths)) for _ in range(2))
        arrays = (widths, parameters, x, y, outputs, deltas, gradient, loss)
        call = _bound(ffi, library.perceptron, len(case.widths) - 1, arrays)
    else:
        states = np.empty(len(x) + 1)
        states[0] = case.given["h0"]
        call = _bound(ffi, library.recurrent, len(x), (parameters, x, y, states, gradient, loss))

    def result() -> tuple[float, np.ndarray]:
        call()
        return float(loss[0]), gradient.copy()

    yield Contender(NAME, call, result)


def _bound(ffi: Any, function: Callable[..., None], count: int, arrays: tuple[np.ndarray, ...]) -> Callable[[], None]:
    """The function with pointers to these arrays, which live as long as it."""
    pointers = [ffi.from_buffer("int[]" if own.dtype == np.intc else "double[]", own) for own in arrays]
    return lambda: function(count, *pointers)
