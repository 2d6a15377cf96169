"""C files: one function of C11 for a network of scalars or of arrays, which lie row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod

from ..array_tree import Shape
from ..numeric.c_parts import runtime
from ..numeric.c_source import LIBRARY, CPrinter, Lengths
from .printing import MOST_DIFFERENCES, Block, Commented, fields, filled, flat, header
from .program import Exported, Result, Symbol
from .runtimes import other_functions, part
from .values import Nested, Numbers

ON_STACK = 4096  # doubles; a larger array is static, one for each thread
_FUNCTIONS = frozenset(re.findall(r"\bsb_\w+(?=\()", runtime()))
_WORD = re.compile(r"\w+")


class CFilePrinter(Commented, CPrinter):
    """C with structures for the values and the gradient, and local arrays."""

    mark = "//"
    rest = "{1} > 0.0 ? {0}*{1} : 1.0"
    library = LIBRARY
    further = (
        *("values", "gradient", "NULL", "fmax", "printf", "size_t", "ptrdiff_t"),
        *sorted(_FUNCTIONS),
    )

    def __init__(self, exported: Exported, function: str) -> None:
        super().__init__(exported, function)
        self.level = 0
        self.arrays_out = {}
        self.outputs: list[str] = []
        for result in exported.results:
            if not result.at and self.shape(result.lines[0]):
                size = prod(self.shape(result.lines[0]))
                for place, line in enumerate(result.lines):
                    self.arrays_out[line] = len(self.outputs)
                    self.outputs.append(f"gradient->{self.known[result.name]}{_behind(place * size)}")

    @contextmanager
    def loop(self, variable: str, length: int, simd: str = "") -> Iterator[None]:
        with super().loop(variable, length):  # nothing may change the order of a sum
            yield

    def array(self, name: str, shape: Lengths, output: int | None = None) -> str:
        if output is not None:
            self.emit(f"double *const {name} = {self.outputs[output]};")
        else:
            size = prod(shape)
            self.emit(f"{'static _Thread_local ' if size > ON_STACK else ''}double {name}[{size}];")
        return name

    def brackets(self, text: str) -> tuple[str, str]:
        return "", ""

    def opening(self) -> list[str]:
        """The arguments that are read, from the structure."""
        read = set(self.program.arguments)
        lines = []
        for symbol in self.exported.arguments:
            where = f"values->{self.known[symbol.name]}"
            for place, name in enumerate(symbol.parts):
                if name in read:
                    own, shape = self.known[name], self.shape(name)
                    text = (
                        f"*const {own} = {where}{_behind(place * prod(shape))}"
                        if shape
                        else f"{own} = {where}{self._at(symbol, place)}"
                    )
                    lines.append(f"{self.indent}const double {text};")
                    self.values[name] = self.stored(own, shape)
        return lines

    @staticmethod
    def _at(own: Symbol | Result, place: int) -> str:
        """The place of a number in a field of a structure; nothing for the only one."""
        return f"[{place}]" if own.shape else ""

    def results(self) -> list[str]:
        """What is put into the structure of the gradient; arrays are there already."""
        return [
            f"{self.indent}gradient->{self.known[own.name]}{self._at(own, place)} = {self._entry(own, line)};"
            for own in self.exported.results
            for place, line in enumerate(own.lines)
            if line not in self.arrays_out
        ]

    def _entry(self, result: Result, line: str) -> str:
        name = self.known[line]
        if not result.at:
            return name
        place = 0
        for position, length in zip(result.at, self.shape(line), strict=True):
            place = place * length + position
        return f"{name}[{place}]"


def _behind(place: int) -> str:
    return f" + {place}" if place else ""


def c_file(exported: Exported, numbers: Numbers) -> str:
    """The text of a file in C."""
    printer = CFilePrinter(exported, f"{exported.identifier}_objective_and_gradient")
    opening = printer.opening()  # first, as the lines read what it declares
    function = _function(printer, opening, printer.blocks())
    functions = other_functions(runtime(), _FUNCTIONS.intersection(_WORD.findall(function)), _constant)
    put_in = {"NAME": exported.identifier, "FUNCTION": printer.function}
    check = part("self_check.c.txt").strip()
    for word, text in put_in.items():
        check = check.replace(f"@{word}@", text)
    listed = [
        "\n".join(f"// {line}".rstrip() for line in header(printer, "cc -std=c11 -DSELF_CHECK FILE.c -lm && ./a.out")),
        "#include <math.h>",
        _structures(printer),
        *functions,
        function,
        "#ifdef SELF_CHECK\n#include <stddef.h>\n#include <stdio.h>",
        _data(printer, numbers),
        check,
        "#endif\n",
    ]
    return "\n\n".join(listed)


def _structures(printer: CFilePrinter) -> str:
    """The structures of the values and of the gradient."""
    exported = printer.exported
    lines = []
    for kind, own in (("values", exported.arguments), ("gradient", exported.results)):
        declared = (f"    double {printer.known[field.name]}{_lengths(field.shape)};" for field in own)
        lines += [f"struct {exported.identifier}_{kind} {{", *declared, "};", ""]
    return "\n".join(lines[:-1])


def _lengths(shape: Shape) -> str:
    """What stands behind the name of an array."""
    return f"[{'*'.join(map(str, shape))}]" if shape else ""


def _function(printer: CFilePrinter, opening: Sequence[str], blocks: Sequence[Block]) -> str:
    name = printer.exported.identifier
    objective = printer.known[printer.exported.derivation.objective]
    lines = [
        f"// Return the objective {objective} and put its gradient, by the name of the value, for one sample.",
        f"double {printer.function}(const struct {name}_values *values, struct {name}_gradient *gradient)",
        "{",
        *opening,
        *printer.laid_out(blocks, printer.indent),
        "",
        *printer.results(),
        f"    return {objective};",
        "}",
    ]
    return "\n".join(lines)


def _constant(name: str, value: object) -> list[str]:
    if isinstance(value, tuple):
        return filled(f"static const double {name}[{len(value)}] = {{{', '.join(map(repr, value))}}};", "", "    ")
    return [f"static const double {name} = {value!r};"]


def _data(printer: CFilePrinter, numbers: Numbers) -> str:
    """The numbers of the self-check."""
    name, known = printer.exported.identifier, printer.known
    values = {**numbers.shared, **numbers.samples[0]}
    arguments = {symbol.name for symbol in printer.exported.arguments}

    def initial(own: Mapping[str, Nested]) -> str:
        rows = {key: flat(value) if isinstance(value, list) else value for key, value in own.items()}
        shapes = {key: (len(value),) if isinstance(value, list) else () for key, value in rows.items()}
        return fields(rows, lambda key: f".{known[key]} = ", shapes, "", "{}", "{}")

    table = [
        f'    {{"{known[own.name]}", '
        + (f"offsetof(struct {name}_values, {known[own.name]})/sizeof(double)" if own.name in arguments else "-1")
        + f", {prod(map(int, own.shape))}}},"
        for own in printer.exported.results
    ]
    lines = [
        f"// The self-check: {numbers.origin}; the expected results were computed with 50 digits.",
        f"static const struct {name}_values VALUES = {initial(values)};",
        f"static const struct {name}_gradient EXPECTED_GRADIENT = {initial(numbers.gradient)};",
        f"static const double EXPECTED_OBJECTIVE = {numbers.trial.objective!r};",
        f"static const double OBJECTIVE_TOLERANCE = {numbers.trial.objective_tolerance!r};",
        f"static const double GRADIENT_TOLERANCE = {numbers.trial.partials_tolerance!r};",
        f"static const double STEP = {numbers.trial.step!r}; // of central differences, relative to values above 1",
        f"static const double DIFFERENCE_TOLERANCE = {numbers.trial.differences_tolerance!r};",
        "",
        "enum {",
        f"    COUNT = {len(numbers.samples)}, // of samples",
        f"    PARTIALS = sizeof(struct {name}_gradient)/sizeof(double),",
        f"    MOST_DIFFERENCES = {MOST_DIFFERENCES} // partials compared with differences; of more, some evenly spread",
        "};",
        f"static const double SHARE = {'1.0/COUNT' if numbers.is_mean else '1.0'}; // of each sample in the totals",
        "",
        "// Each part of the gradient, and where it lies in the values.",
        "static const struct { const char *name; ptrdiff_t at; size_t count; } FIELDS[] = {",
        *table,
        "};",
        "",
        *_sample(printer, numbers),
    ]
    return "\n".join(lines)


def _sample(printer: CFilePrinter, numbers: Numbers) -> list[str]:
    """The function that puts a sample into the values."""
    name = printer.exported.identifier
    head = [f"static void set_sample(struct {name}_values *values, int sample)", "{"]
    if len(numbers.samples) == 1:
        return [*head, "    (void)values; // one sample only, which is there already", "    (void)sample;", "}"]
    rows = [flat(list(sample.values())) for sample in numbers.samples]
    lines = [*head, f"    static const double SAMPLES[COUNT][{len(rows[0])}] = {{"]
    for row in rows:
        lines += filled(f"{{{', '.join(map(repr, row))}}},", "        ", "            ")
    lines.append("    };")
    place = 0
    for key, value in numbers.samples[0].items():
        own = printer.known[key]
        if isinstance(value, list):
            count = len(flat(value))
            lines.append(
                f"    for (int place = 0; place < {count}; place++) values->{own}[place] = SAMPLES[sample][{place} + place];"
            )
        else:
            count = 1
            lines.append(f"    values->{own} = SAMPLES[sample][{place}];")
        place += count
    return [*lines, "}"]
