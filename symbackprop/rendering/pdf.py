"""LaTeX → PDF by the machine's own TeX, in a folder of its own, without shell escape."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from ..errors import MissingToolError, SymbackpropError

MAX_RUNS = 4
PACKAGES = "texlive-latex-recommended texlive-pictures texlive-latex-extra lmodern"


def require_tex() -> str:
    """The path of pdflatex. Raises MissingToolError with what to install."""
    program = shutil.which("pdflatex")
    if program is None:
        raise MissingToolError(f"PDF needs a TeX with pdflatex; on Debian: apt-get install --no-install-recommends {PACKAGES}")
    return program


def compile_pdf(tex: str, progress: Callable[[range], Iterator[int]] = iter) -> bytes:
    """The PDF of a LaTeX document; the same bytes for the same text. ``progress`` may wrap the iteration over the runs of TeX.

    Raises MissingToolError where TeX or a package of it is missing.
    """
    program = require_tex()
    # A fixed date keeps the output free of the time of the run; long log lines keep messages whole.
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": "0",
        "FORCE_SOURCE_DATE": "1",
        "max_print_line": "10000",
        "openout_any": "p",
        "openin_any": "p",
    }
    with tempfile.TemporaryDirectory(prefix="symbackprop-") as name:
        folder = Path(name)
        (folder / "page.tex").write_text(tex, encoding="utf-8")
        command = [program, "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
        before = None
        for run in progress(range(MAX_RUNS)):
            # The first run only finds out where everything stands; the last one finds it where the run before left it.
            _run([*command[:-1], "-draftmode", command[-1]] if not run else command, folder, environment)
            found = (folder / "page.aux").read_bytes()
            if found == before:
                break
            before = found
        return (folder / "page.pdf").read_bytes()


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    if not run.returncode:
        return
    log = run.stdout.decode("utf-8", "replace")
    missing = next((line for line in log.splitlines() if ".sty' not found" in line), "")
    if missing:
        raise MissingToolError(f"{missing.lstrip('! ').strip()} On Debian: apt-get install --no-install-recommends {PACKAGES}")
    problem = next((line for line in log.splitlines() if line.startswith("!")), "unknown error")
    raise SymbackpropError(f"pdflatex could not set the page: {problem}; save it as .tex to see where")
