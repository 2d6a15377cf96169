"""JavaScript files: scalars, for Node and for browsers, without anything else."""

from __future__ import annotations

from collections.abc import Mapping

from ..numeric.source import identifiers
from ..plain_text import Piece, join_quotient
from .printing import MOST_DIFFERENCES, WIDTH, Commented, fields, filled, header, nested
from .program import Exported, Result
from .runtimes import other_functions, part
from .values import Nested, Numbers

FUNCTION = "objective_and_gradient"
WORDS = (
    *("arguments", "await", "boolean", "break", "case", "catch", "char", "class", "const", "continue", "debugger", "default"),
    *("delete", "do", "double", "else", "enum", "eval", "export", "extends", "false", "final", "finally", "float", "for"),
    *("function", "if", "implements", "import", "in", "instanceof", "int", "interface", "let", "new", "null", "package"),
    *("private", "protected", "public", "return", "static", "super", "switch", "this", "throw", "true", "try", "typeof"),
    *("undefined", "var", "void", "while", "with", "yield", "Array", "Infinity", "Math", "NaN", "Object", "console", "globalThis"),
    *("module", "process", "require", "window"),
)


class JavaScriptPrinter(Commented):
    """Scalars in JavaScript."""

    mark = "//"
    indent = "  "
    rest = "{1} > 0 ? {0}*{1} : 1"
    written_out: Mapping[str, str] = {}
    library = {  # noqa: RUF012
        **{name: f"Math.{name}" for name in ("exp", "log", "sqrt", "sin", "cos", "tanh", "abs", "sign")},
        "power": "Math.pow",
    }
    further = WORDS

    def assign(self, name: str, text: str) -> None:
        self.body.append(f"const {name} = {self.computed.get(text, text)};")
        self.computed.setdefault(text, name)

    def called(self, function: str, pieces: list[Piece]) -> Piece:
        return join_quotient(*pieces) if function == "divide" else super().called(function, pieces)

    def brackets(self, text: str) -> tuple[str, str]:
        return "", ""

    def opening(self) -> list[str]:
        """Arrays are taken apart."""
        read = set(self.program.arguments)
        rows = []
        for symbol in self.exported.arguments:
            if symbol.is_apart:
                names = [self.known[entry] if entry in read else "" for entry in symbol.parts]
                rows += filled(f"const {nested(names, symbol.shape)} = {self.known[symbol.name]};", self.indent, self.indent * 2)
        return rows

    def result(self, result: Result) -> str:
        return nested([self.known[line] for line in result.lines], result.shape)


def javascript_file(exported: Exported, numbers: Numbers) -> str:
    """The text of a file in JavaScript."""
    printer = JavaScriptPrinter(exported, FUNCTION)
    function = _function(printer)  # first, as it finds what is used
    (name,) = identifiers([exported.identifier], WORDS).values()
    functions = other_functions(part("runtime.js"), printer.used, _constant)
    listed = [
        "\n".join(f"// {line}".rstrip() for line in header(printer, "node FILE.js")),
        f'"use strict";\n\nconst {name} = (() => {{',
        *functions,
        function,
        _data(printer, numbers),
        part("self_check.js").strip(),
        f"return {{ {FUNCTION}, self_check }};\n}})();",
        f'if (typeof module === "object") {{\n  module.exports = {name};\n'
        f"  if (require.main === module) process.exitCode = {name}.self_check() ? 0 : 1;\n}}\n",
    ]
    return "\n\n".join(listed)


def _constant(name: str, value: object) -> list[str]:
    text = f"[{', '.join(map(repr, value))}]" if isinstance(value, tuple) else repr(value)
    return filled(f"const {name} = {text};", "", "  ")


def _function(printer: JavaScriptPrinter) -> str:
    blocks = printer.blocks()
    known = printer.known
    objective = known[printer.exported.derivation.objective]
    arguments = ", ".join(known[symbol.name] for symbol in printer.exported.arguments)
    gradient = [f"{known[result.name]}: {printer.result(result)}" for result in printer.exported.results]
    last = f"  return [{objective}, {{ {', '.join(gradient)} }}];"
    lines = [
        f"// The objective {objective} and its gradient, by the name of the argument, for one sample.",
        *filled(f"function {FUNCTION}({{ {arguments} }}) {{", "", "    "),
        *printer.opening(),
        *printer.laid_out(blocks, "  "),
        "",
        *([last] if len(last) <= WIDTH else [f"  return [{objective}, {{", *(f"    {own}," for own in gradient), "  }];"]),
        "}",
    ]
    return "\n".join(lines)


def _data(printer: JavaScriptPrinter, numbers: Numbers) -> str:
    """The numbers of the self-check."""

    def entries(values: Mapping[str, Nested], indent: str) -> str:
        return fields(values, lambda name: f"{printer.known[name]}: ", numbers.shapes, indent, "{}")

    lines = [
        f"// The self-check: {numbers.origin}; the expected results were computed with 50 digits.",
        f"const PARAMETERS = {entries(numbers.shared, '')};",
        "const SAMPLES = [",
        *(f"  {entries(sample, '  ')}," for sample in numbers.samples),
        "];",
        f"const SHARE = {'1/SAMPLES.length' if numbers.is_mean else '1'}; // of each sample in the totals",
        f"const EXPECTED_OBJECTIVE = {numbers.trial.objective!r}, OBJECTIVE_TOLERANCE = {numbers.trial.objective_tolerance!r};",
        f"const EXPECTED_GRADIENT = {entries(numbers.gradient, '')};",
        f"const GRADIENT_TOLERANCE = {numbers.trial.partials_tolerance!r};",
        f"const STEP = {numbers.trial.step!r}; // of central differences, relative to values above 1",
        f"const DIFFERENCE_TOLERANCE = {numbers.trial.differences_tolerance!r};",
        f"const MOST_DIFFERENCES = {MOST_DIFFERENCES}; // partials compared with differences; of more, some evenly spread",
    ]
    return "\n".join(lines)
