"""What stands around a generated function in C: the functions of the language before it, and a loop over samples after it."""

from __future__ import annotations

from importlib.resources import files
from math import prod
from typing import NamedTuple

from .normal import LARGEST, MILLS, NORMAL, TO_SIXTEENTHS, K
from .straight_line import StraightLine

RUNTIME = "runtime.c"


class CSource(NamedTuple):
    """A C file with one function, and how many doubles of room it needs for work."""

    text: str
    work: int


def runtime() -> str:
    """The functions that generated C calls."""
    own = files("symbackprop.numeric").joinpath(RUNTIME).read_text(encoding="utf-8")
    constants = {"NORMAL": NORMAL, "LARGEST": LARGEST, "TO_SIXTEENTHS": TO_SIXTEENTHS, "K": K}
    head = "".join(f"static const double {name} = {value!r};\n" for name, value in constants.items())
    series = ", ".join(map(repr, MILLS))
    return f"#include <math.h>\n\n{head}static const double MILLS[{len(MILLS)}] = {{{series}}};\n\n{own}"


def over_samples(program: StraightLine, source: CSource, name: str) -> str:
    """A function ``name_over`` that calls ``name`` for each sample and adds up its outputs.

    ``step`` tells how far apart the samples of an input lie, 0 where it is the same in all; outputs that are ``kept`` are not
    added up but lie one after the other. After the room for work there must be room for the outputs of one sample.
    """
    inputs = 1 + sum(1 for own in program.arguments if program.shapes.get(own))
    sizes = output_sizes(program)
    return _OVER.format(name=name, inputs=inputs, outputs=len(sizes), sizes=", ".join(map(str, sizes)), work=source.work)


def output_sizes(program: StraightLine) -> list[int]:
    """How many numbers each pointer of ``out`` leads to: the scalars, then each array."""
    shapes = [program.shapes.get(own, ()) for own in program.outputs]
    return [sum(not shape for shape in shapes), *(prod(map(int, shape)) for shape in shapes if shape)]


_OVER = """
void {name}_over(long count, const double *const *in, const long *step, double *const *out, const long *kept, double *restrict work)
{{
    static const long sizes[{outputs}] = {{{sizes}}};
    const double *at[{inputs}];
    double *to[{outputs}], *room = work + {work};
    for (int place = 0; place < {outputs}; place++) {{
        to[place] = room;
        room += sizes[place];
    }}
    for (long sample = 0; sample < count; sample++) {{
        for (int place = 0; place < {inputs}; place++) at[place] = in[place] + sample*step[place];
        for (int place = 0; place < {outputs}; place++) if (kept[place]) to[place] = out[place] + sample*sizes[place];
        {name}(at, to, work);
        for (int place = 0; place < {outputs}; place++)
            for (long k = 0; !kept[place] && k < sizes[place]; k++) out[place][k] += to[place][k];
    }}
}}
"""
