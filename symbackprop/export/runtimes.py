"""The functions that a file calls, as source code: those that are used and what these call, in the order in which they stand."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from types import ModuleType
from typing import NamedTuple

from ..numeric import normal
from .printing import filled

_WORD = re.compile(r"(?<![.\w])\w+")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_C_OR_JAVASCRIPT = re.compile(r"(?:static inline \w+|function) (\w+)\(")


class Function(NamedTuple):
    """The text of a function, and the words of its code."""

    text: str
    words: set[str]


def part(name: str) -> str:
    """A text of the folder ``parts``."""
    return files("symbackprop.export").joinpath("parts", name).read_text(encoding="utf-8")


def python_functions(module: ModuleType, used: Iterable[str]) -> list[str]:
    """Functions of a module of Python, without annotations."""
    text = inspect.getsource(module)
    functions = {
        node.name: Function(_python_function(text, node), _read(node))
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef)
    }
    return _needed(functions, used, lambda name, value: filled(f"{name} = {value!r}", "", "    "))


def _read(function: ast.FunctionDef) -> set[str]:
    """The names that a function reads and does not make."""
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    return {node.id for node in names} - {node.id for node in names if isinstance(node.ctx, ast.Store)}


def _python_function(text: str, node: ast.FunctionDef) -> str:
    arguments = node.args
    for argument in (*arguments.args, *([arguments.vararg] if arguments.vararg else [])):
        argument.annotation = None
    body = (ast.get_source_segment(text, node) or "").split("\n", 1)[1]
    return f"def {node.name}({ast.unparse(arguments)}):\n{body}"


def other_functions(text: str, used: Iterable[str], constant: Callable[[str, object], list[str]]) -> list[str]:
    """Functions of a text in C or JavaScript, each with the comment above it; ``constant`` writes a constant of `normal`."""
    functions: dict[str, Function] = {}
    pending: list[str] = []
    name = ""
    for line in text.split("\n"):
        if match := _C_OR_JAVASCRIPT.match(line):
            name = match[1]
        pending = [*pending, line] if line else [] if not name else [*pending, line]
        if name and (line == "}" or (match and line.endswith("}"))):
            own = "\n".join(pending)
            functions[name] = Function(own, set(_WORD.findall(_COMMENT.sub("", own))))
            pending, name = [], ""
    return _needed(functions, used, constant)


def _needed(functions: Mapping[str, Function], used: Iterable[str], constant: Callable[[str, object], list[str]]) -> list[str]:
    """The functions that are used, and the constants and functions that they read."""
    found: set[str] = set()
    stack = list(used)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            words = functions[name].words if name in functions else ()
            stack.extend(word for word in words if word in functions or _is_constant(word))
    constants = [line for name in vars(normal) if name in found for line in constant(name, getattr(normal, name))]
    missing = found - functions.keys() - set(vars(normal))
    assert not missing, f"the runtime has no {missing}"
    return [*(["\n".join(constants)] if constants else []), *(own.text for name, own in functions.items() if name in found)]


def _is_constant(word: str) -> bool:
    return word.isupper() and hasattr(normal, word)
