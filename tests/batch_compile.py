"""Many LaTeX pages in one run of pdflatex, with the complaints of the whole log page by page."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

COMPLAINT = re.compile(r"^(!|Overfull|LaTeX Warning|.*undefined|.*multiply defined)")
RUNS = 2  # the second has the references
_START, _END = r"\begin{document}", r"\end{document}"
_MARK = "=== page "
_LAST = "=== end"


def compile_together(pages: Mapping[str, str], folder: Path) -> dict[str, list[str]]:
    """The complaints about each page, by its name; pages are whole documents for lines of one width, with labels of their own.

    The preamble is that of the first. What the log says outside all pages belongs to the name "".
    """
    preamble = next(iter(pages.values())).split(_START)[0]
    parts = [preamble, _START]
    for name, page in pages.items():
        body = page.split(_START, 1)[1].rsplit(_END, 1)[0]
        parts.append(rf"\clearpage\typeout{{{_MARK}{name}}}\setcounter{{section}}{{0}}{body}")
    parts.extend((rf"\clearpage\typeout{{{_LAST}}}", _END))
    log = compile_log("\n".join(parts), folder)
    found: dict[str, list[str]] = {"": [], **{name: [] for name in pages}}
    current, seen, ended = "", 0, False
    for line in log.splitlines():
        if line.startswith(_MARK):
            current, seen = line.removeprefix(_MARK), seen + 1
        elif line.startswith(_LAST):
            current, ended = "", True
        elif COMPLAINT.match(line):
            found[current].append(line)
    if seen != len(pages) or not ended:
        found[""].append(f"only {seen} of {len(pages)} pages were set")
    return found


def compile_log(tex: str, folder: Path) -> str:
    """The whole log of the last run of pdflatex; no PDF is written."""
    (folder / "page.tex").write_text(tex, encoding="utf-8")
    command = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-draftmode", "page.tex"]
    for _ in range(RUNS):
        environment = {**os.environ, "max_print_line": "10000"}
        subprocess.run(command, cwd=folder, env=environment, capture_output=True, stdin=subprocess.DEVNULL)
    return (folder / "page.log").read_text(encoding="utf-8", errors="replace")
