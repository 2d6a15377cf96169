"""Python files: of scalars on the standard library alone, of whole arrays on NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from ..numeric import array_runtime, runtime
from ..numeric.array_source import ArrayPrinter
from ..plain_text import Piece
from .printing import MOST_DIFFERENCES, WIDTH, Commented, fields, filled, header, nested
from .program import Exported, Result, Symbol
from .runtimes import part, python_functions
from .values import Nested, Numbers

FUNCTION = "objective_and_gradient"


class PythonPrinter(Commented):
    """Scalars in plain Python."""

    written_out: Mapping[str, str] = {}
    library = {"tanh": "math.tanh", "abs": "math.fabs"}  # noqa: RUF012
    further = ("math", "_")

    def opening(self) -> list[str]:
        """What the function does with its arguments first: arrays are taken apart."""
        read = set(self.program.arguments)
        apart = [symbol for symbol in self.exported.arguments if symbol.is_apart]
        return [row for symbol in apart for row in taken_apart(self, symbol, read)]

    def result(self, result: Result) -> str:
        """A part of the gradient as an expression."""
        return nested([self.known[line] for line in result.lines], result.shape)


class NumpyPrinter(Commented, ArrayPrinter):
    """Whole arrays in NumPy."""

    library = {  # noqa: RUF012
        name: f"np.{name}"
        for name in ("exp", "log", "sqrt", "sin", "cos", "tanh", "abs", "sign", "maximum", "minimum", "divide", "power")
    }
    rest = "np.fmin({0}*{1}, 1.0)"

    def called(self, function: str, pieces: list[Piece]) -> Piece:
        if function == "tanh_rest":  # of arrays the difference is never the better form
            return self.called("sech_squared", pieces[1:])
        return super().called(function, pieces)

    def opening(self) -> list[str]:
        names = [self.known[symbol.name] for symbol in self.exported.arguments]
        read = set(self.program.arguments)
        apart = [row for symbol in self.exported.arguments if symbol.is_apart for row in taken_apart(self, symbol, read)]
        return [*self._converted(names), *apart]

    def _converted(self, names: list[str]) -> list[str]:
        """Whatever the caller passes as arrays of doubles."""
        if len(names) == 1:
            return [f"{self.indent}{names[0]} = np.asarray({names[0]}, dtype=float)"]
        listed = ", ".join(names)
        whole = f"{self.indent}{listed} = (np.asarray(value, dtype=float) for value in ({listed}))"
        if len(whole) <= WIDTH:
            return [whole]
        return filled(f"[{listed}] = (np.asarray(value, dtype=float) for value in ({listed}))", self.indent, self.indent * 2)

    def result(self, result: Result) -> str:
        """A part of the gradient: an array of the caller's own, or an entry."""
        name = self.known[result.lines[0]]
        if result.name in self.exported.sequences:
            return f"np.array([{', '.join(self.known[line] for line in result.lines)}])"
        if result.at:
            return f"{name}[{', '.join(map(str, result.at))}]"
        return f"{name}.copy()" if result.shape else name


def taken_apart(printer: Commented, symbol: Symbol, read: set[str]) -> list[str]:
    """An assignment to the steps or entries of an argument; what nothing reads gets no name."""
    names = [printer.known[part] if part in read else "_" for part in symbol.parts]
    shape = symbol.shape[:1] if printer.exported.derivation.network.is_array else symbol.shape
    return filled(f"{nested(names, shape)} = {printer.known[symbol.name]}", printer.indent, printer.indent * 2)


def python_file(exported: Exported, numbers: Numbers) -> str:
    """The text of a file in plain Python."""
    return _file(PythonPrinter(exported, FUNCTION), numbers, "import math", runtime, "helpers_python.py.txt")


def numpy_file(exported: Exported, numbers: Numbers) -> str:
    """The text of a file on NumPy."""
    return _file(
        NumpyPrinter(exported, FUNCTION), numbers, "import math\n\nimport numpy as np", array_runtime, "helpers_numpy.py.txt"
    )


def _file(printer: PythonPrinter | NumpyPrinter, numbers: Numbers, imports: str, functions: ModuleType, helpers: str) -> str:
    function = _function(printer)  # first, as it finds what is used
    check = part("self_check.py.txt").replace("@HELPERS@", part(helpers).strip())
    text = [
        "\n".join(f"# {line}".rstrip() for line in header(printer, "python FILE.py")),
        imports,
        *(f"\n{own}" for own in python_functions(functions, printer.used)),
        f"\n{function}",
        f"\n{_data(printer, numbers)}",
        f"\n{check}",
    ]
    return "\n\n".join(text)


def _function(printer: PythonPrinter | NumpyPrinter) -> str:
    blocks = printer.blocks()
    known = printer.known
    objective = known[printer.exported.derivation.objective]
    arguments = ", ".join(known[symbol.name] for symbol in printer.exported.arguments)
    results = [f'"{known[result.name]}": {printer.result(result)}' for result in printer.exported.results]
    gradient = "{" + ", ".join(results) + "}"
    if len(gradient) > WIDTH - 20:
        gradient = "\n".join(["{", *(f"        {result}," for result in results), "    }"])
    lines = [
        *(['@np.errstate(all="ignore")'] if isinstance(printer, NumpyPrinter) else []),
        *filled(f"def {FUNCTION}({arguments}):", "", "    "),
        f'    """Return the objective {objective} and its gradient, by the name of the argument, for one sample."""',
        *printer.opening(),
        *printer.laid_out(blocks, "    "),
        "",
        f"    return {objective}, {gradient}",
    ]
    return "\n".join(lines)


def _data(printer: PythonPrinter | NumpyPrinter, numbers: Numbers) -> str:
    """The numbers of the self-check."""
    samples = [f"    {_dictionary(printer, sample, numbers, '    ')}," for sample in numbers.samples]
    share = "1.0 / len(SAMPLES)" if numbers.is_mean else "1.0"
    lines = [
        f"# The self-check: {numbers.origin}; the expected results were computed with 50 digits.",
        f"PARAMETERS = {_dictionary(printer, numbers.shared, numbers, '')}",
        "SAMPLES = [",
        *samples,
        "]",
        f"SHARE = {share}  # of each sample in the totals",
        f"EXPECTED_OBJECTIVE = {numbers.trial.objective!r}",
        f"OBJECTIVE_TOLERANCE = {numbers.trial.objective_tolerance!r}",
        f"EXPECTED_GRADIENT = {_dictionary(printer, numbers.gradient, numbers, '')}",
        f"GRADIENT_TOLERANCE = {numbers.trial.partials_tolerance!r}",
        f"STEP = {numbers.trial.step!r}  # of central differences, relative to values above 1",
        f"DIFFERENCE_TOLERANCE = {numbers.trial.differences_tolerance!r}",
        f"MOST_DIFFERENCES = {MOST_DIFFERENCES}  # partials compared with differences; of more, some evenly spread",
    ]
    return "\n".join(lines)


def _dictionary(printer: Commented, values: Mapping[str, Nested], numbers: Numbers, indent: str) -> str:
    """Values by the names of the arguments, nested as their shapes are."""
    return fields(values, lambda name: f'"{printer.known[name]}": ', numbers.shapes, indent, "{}")
