"""The examples in README.md and docs/, as they are run by the tests.

``console``
    ``$ command`` lines, each followed by what it prints, standard error included. All blocks of a page run
    in one directory, in order. ``...`` stands for anything, on a line of its own for any lines.
``python``
    ``>>>`` examples, as `doctest` has them; all blocks of a page share their names.
``toml title="net.toml"``
    a file that the later examples of the page find under that name.

    python tests/tools/doc_blocks.py README.md docs/index.md

writes what the commands print today into the pages; look at the difference before you keep it. Output with
``...`` in it, and Python examples, stay as they are.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its title if any, its text, and where that text begins in the page."""

    language: str
    title: str
    body: str
    start: int


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a console block and the output that the page shows for it."""

    text: str
    shown: str


def blocks(text: str) -> list[Block]:
    return [Block(m["language"], m["title"] or "", m["body"], m.start("body")) for m in FENCE.finditer(text)]


def commands(body: str) -> Iterator[Command]:
    """The commands of a console block. Raises ValueError for output before the first of them."""
    before, *parts = re.split(r"^\$ ", body, flags=re.MULTILINE)
    if before.strip():
        raise ValueError(f"output without a command: {before!r}")
    for part in parts:
        lines = part.splitlines(keepends=True)
        end = next(index for index, line in enumerate(lines, start=1) if not line.endswith("\\\n"))
        yield Command("".join(lines[:end]).rstrip("\n"), "".join(lines[end:]))


def same(shown: str, printed: str) -> bool:
    """Whether a command printed what the page shows, ``...`` being anything."""

    def lines(text: str) -> str:
        return "".join(line.rstrip() + "\n" for line in text.rstrip().splitlines())

    return doctest.OutputChecker().check_output(lines(shown), lines(printed), doctest.ELLIPSIS)


class Shell:
    """Runs the commands of one page in one directory, where ``symbackprop`` and ``python3`` are this Python's."""

    def __init__(self, folder: Path) -> None:
        self.work, programs = folder / "work", folder / "programs"
        self.work.mkdir()
        programs.mkdir()
        for name, words in {"symbackprop": "-m symbackprop", "python3": ""}.items():
            program = programs / name
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
            program.chmod(0o755)
        paths = [str(ROOT), *(entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry)]
        self.environment = os.environ | {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(paths),
            "COLUMNS": "100",
        }

    def run(self, command: str) -> str:
        """What ``command`` prints, errors included."""
        run = subprocess.run(
            command, shell=True, cwd=self.work, env=self.environment, text=True, encoding="utf-8",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
        )  # fmt: skip
        return run.stdout


def run_page(text: str, folder: Path) -> list[str]:
    """Run all examples of a page; what differs from the page, as text to read."""
    shell, names, problems = Shell(folder), {"__name__": "__main__"}, []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    before = Path.cwd()
    for number, block in enumerate(blocks(text), start=1):
        if block.language == "toml" and block.title:
            (shell.work / block.title).write_text(block.body, encoding="utf-8")
        elif block.language == "console":
            for command in commands(block.body):
                printed = shell.run(command.text)
                if not same(command.shown, printed):
                    problems.append(f"$ {command.text}\nshown:\n{command.shown}\nprinted:\n{printed}")
        elif block.language == "python":
            example = doctest.DocTestParser().get_doctest(block.body, names, f"block {number}", None, None)
            if not example.examples:
                problems.append(f"block {number} has no >>> example")
            os.chdir(shell.work)
            try:
                runner.run(example, out=problems.append, clear_globs=False)
            finally:
                os.chdir(before)
            names = example.globs
    return problems


def rewritten(text: str, folder: Path) -> str:
    """The page with what its commands print today."""
    shell, parts, place = Shell(folder), [], 0
    for block in blocks(text):
        if block.language == "toml" and block.title:
            (shell.work / block.title).write_text(block.body, encoding="utf-8")
        if block.language != "console":
            continue
        parts.append(text[place : block.start])
        for command in commands(block.body):
            printed = shell.run(command.text).rstrip("\n")
            gap = "\n" if command.shown == "\n" or command.shown.endswith("\n\n") else ""
            fresh = command.shown if "..." in command.shown else f"{printed}\n{gap}" if printed else gap
            parts.append(f"$ {command.text}\n{fresh}")
        place = block.start + len(block.body)
    return "".join(parts) + text[place:]


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        page = Path(argument)
        with tempfile.TemporaryDirectory() as scratch:
            page.write_text(rewritten(page.read_text(encoding="utf-8"), Path(scratch)), encoding="utf-8")
