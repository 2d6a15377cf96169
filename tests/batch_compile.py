"""pdflatex and what its whole log complains of; many pages in one run, with the complaints page by page."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

COMPLAINT = re.compile(r"!|Overfull|LaTeX Warning(?!: Label\(s\) may have changed)|.*undefined|.*multiply.defined")
# What another run may settle; it also tells of labels that are there twice. Labels that nothing refers to need none.
UNSETTLED = re.compile(r"^(LaTeX Warning: (Reference|There were undefined)|.*[Ww]idths have changed|No file page\.(toc|ind))", re.M)
RUNS = 3  # contents move what follows them, once
_START, _END = r"\begin{document}", r"\end{document}"
_MARK = "=== page "
_TITLES = re.compile(r"^.*(\\title|pdftitle).*$", re.M)
_LAST = "=== end"


def compile_together(pages: Mapping[str, str], folder: Path) -> dict[str, list[str]]:
    """The complaints about each page, by its name; pages are whole documents for lines of one width, with labels of their own.

    The preamble is that of the first. What the log says outside all pages belongs to the name "".
    """
    preamble = next(iter(pages.values())).split(_START)[0]
    heads = {_TITLES.sub("", page.split(_START)[0]) for page in pages.values()}
    assert len(heads) == 1, "pages that are set together must differ in their titles alone"
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


def faults(pages: Mapping[str, str], folder: Path) -> dict[str, list[str]]:
    """What `compile_together` finds, without the pages that are as they should be."""
    return {name: lines for name, lines in compile_together(pages, folder).items() if lines}


def complaints(log: str) -> list[str]:
    """Errors, undefined references, labels that are there twice and overfull boxes of a whole log."""
    return [line for line in log.splitlines() if COMPLAINT.match(line)]


def compile_log(tex: str, folder: Path, pdf: bool = False) -> str:
    """The whole log of the last run of pdflatex, of as many as references, tables and contents need; page.pdf if asked for."""
    (folder / "page.tex").write_text(tex, encoding="utf-8")
    log = ""
    for _ in range(RUNS):
        log = _run(folder, "-draftmode")
        found = folder / "page.aux"  # which an error in the preamble keeps from being there
        text = found.read_text(encoding="utf-8", errors="replace") if found.exists() else ""
        labels = re.findall(r"^\\newlabel\{([^}]*)\}", text, re.M)
        if not UNSETTLED.search(log) and len(labels) == len(set(labels)):
            break
    else:
        log += f"\n! not settled after {RUNS} runs\n"
    return log + _run(folder) if pdf else log


def _run(folder: Path, *options: str) -> str:
    command = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", *options, "page.tex"]
    environment = {**os.environ, "max_print_line": "10000"}
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, stdin=subprocess.DEVNULL)
    return (folder / "page.log").read_text(encoding="utf-8", errors="replace")
