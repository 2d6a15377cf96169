"""How long the command and the import take, against bare Python, and what they load."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from .timing import interleaved, ratio
from .topics import Piece, Run

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("sympy", "numpy", "jinja2")
SCRIPT = "import sys; from symbackprop.cli import main; sys.exit(main())"  # the command that is installed
BARE = "python -c pass"
COMMANDS = {
    BARE: ("-c", "pass"),
    "import symbackprop": ("-c", "import symbackprop"),
    "symbackprop --help": ("-c", SCRIPT, "--help"),
}


def work(run: Run) -> Iterator[Piece]:
    yield "start-up", partial(measure, run)


def measure(run: Run) -> None:
    samples = interleaved({name: partial(_start, *arguments) for name, arguments in COMMANDS.items()}, min(run.rounds, 15))
    run.report.group("start-up", "a fresh Python", samples, baseline=BARE)
    for name in list(COMMANDS)[1:]:
        run.report.figure("startup", ratio(samples, name, BARE), name)
        loaded = heavy_modules(COMMANDS[name])
        run.report.figure("heavy modules", len(loaded), f"{name}: {', '.join(loaded) or 'none'}")


def _start(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, cwd=ROOT)


def heavy_modules(arguments: tuple[str, ...]) -> list[str]:
    """Which of HEAVY a fresh Python imports with these arguments, by its own account."""
    command = [sys.executable, "-X", "importtime", *arguments]
    found = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stderr
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in found.splitlines()}
    return [name for name in HEAVY if name in loaded]
