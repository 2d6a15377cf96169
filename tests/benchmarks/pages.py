"""The page of the documentation: its prose stays, the table, the notes and the machine are those of a report."""

from __future__ import annotations

import re
from pathlib import Path

from .plots import draw
from .report import Report, machine_text
from .table import as_markdown

PAGE, PLOTS = "benchmarks.md", "benchmarks"
BEGIN, END = "<!-- from here on written by tests/benchmarks/run.py -->", "<!-- to here -->"


def write_docs(report: Report, folder: Path) -> list[Path]:
    """The table into the page of a folder, and the plots beside it."""
    write_table(report, folder / PAGE)
    return [folder / PAGE, *draw(report, folder / PLOTS)]


def write_table(report: Report, page: Path) -> None:
    """The table between the marks of a page. Raises ValueError where it has none."""
    text = page.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise ValueError(f"{page} has no lines {BEGIN} and {END}")
    blocks = [
        BEGIN,
        as_markdown(report.table()),
        "\n".join(f"- {note}" for note in report.notes),
        machine_text(report.machine) + ".",
        END,
    ]
    own = "\n\n".join(filter(None, blocks))
    page.write_text(re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: own, text, flags=re.DOTALL), encoding="utf-8")
