"""Runs exported files, many at once: Python in this process, JavaScript in one of Node, C in one program of all of them."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import FULL

LANGUAGES = ("python", "numpy", "c", "javascript")
_TOOLS = {"c": ("cc", "gcc", "apt-get install gcc libc6-dev"), "javascript": ("node", "node", "apt-get install nodejs")}
STRICT = ("-std=c11", "-Wall", "-Wextra", "-Wno-unused-function", "-pedantic", "-Werror")


class File(NamedTuple):
    """An exported file; ``label`` is its name where identifiers are wanted, and one of a kind."""

    label: str
    language: str
    text: str


def tool(language: str) -> str:
    """The program that runs a language; skips where it is missing, and fails where everything should be there."""
    if language not in _TOOLS:
        return ""
    *names, remedy = _TOOLS[language]
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        reason = f"there is no {names[0]}; {remedy}"
        assert not FULL, reason
        pytest.skip(reason)
    return found


def namespace(file: File) -> dict[str, Any]:
    """What a Python file defines; its self-check is not run."""
    found: dict[str, Any] = {"__name__": file.label}
    exec(compile(file.text, f"{file.label}.py", "exec"), found)
    return found


def self_checks(files: Iterable[File], folder: Path) -> dict[str, str]:
    """What the self-check of each file prints, by label and language; nothing where it did not end."""
    files = list(files)
    said = {f"{file.label} {file.language}": _in_python(file) for file in files if file.language in ("python", "numpy")}
    for language, together in (("javascript", _in_node), ("c", _in_c)):
        own = [file for file in files if file.language == language]
        if own and (program := tool(language)):
            outputs = re.split(r"^# (.*)\n", together(own, folder, program), flags=re.MULTILINE)
            said |= {f"{label} {language}": output for label, output in zip(outputs[1::2], outputs[2::2], strict=True)}
    return said


def _in_python(file: File) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as output:
        passed = namespace(file)["self_check"]()
    assert passed == ("wrong" not in output.getvalue())
    return output.getvalue()


def _in_node(files: list[File], folder: Path, node: str) -> str:
    for file in files:
        (folder / f"{file.label}.js").write_text(file.text, encoding="utf-8")
    calls = (f"console.log('# {file.label}'); require('./{file.label}.js').self_check();" for file in files)
    (folder / "all.js").write_text("\n".join(calls), encoding="utf-8")
    return _run(node, "all.js", folder=folder)


def _in_c(files: list[File], folder: Path, compiler: str) -> str:
    sources, calls = [], []
    for index, file in enumerate(files):
        (folder / f"{file.label}.h").write_text(file.text, encoding="utf-8")
        sources.append(f"own{index}.c")
        (folder / sources[-1]).write_text(f'#define SELF_CHECK\n#define main check{index}\n#include "{file.label}.h"\n')
        calls.append(f'puts("# {file.label}"); check{index}();')
    declared = "".join(f"int check{index}(void);\n" for index in range(len(files)))
    (folder / "all.c").write_text(f"#include <stdio.h>\n{declared}int main(void)\n{{\n{chr(10).join(calls)}\nreturn 0;\n}}\n")
    _run(compiler, *STRICT, *sources, "all.c", "-o", "all", "-lm", folder=folder)
    return _run(str(folder / "all"), folder=folder)


def _run(*command: str, folder: Path) -> str:
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[:3000]
    return run.stdout


def assert_passed(files: Iterable[File], folder: Path) -> None:
    """Every self-check ran and found nothing wrong."""
    files = list(files)
    said = self_checks(files, folder)
    assert said.keys() == {f"{file.label} {file.language}" for file in files}
    wrong = {label: output for label, output in said.items() if output.count(": ok") != 2 or "wrong" in output}
    assert wrong == {}


def in_node(code: str, folder: Path) -> Any:
    """What a piece of JavaScript gives: it puts its result into ``result``."""
    (folder / "piece.js").write_text(f"let result;\n{code}\nconsole.log(JSON.stringify(result));\n", encoding="utf-8")
    return json.loads(_run(tool("javascript"), "piece.js", folder=folder))


@functools.cache
def compiler() -> str:
    return tool("c")
