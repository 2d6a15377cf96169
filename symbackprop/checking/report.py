"""What a check found, and how it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .judgement import Judgement

Progress = Callable[[Iterable[Any]], Iterator[Any]]  # wraps an iteration, to show how far it is

PASS = "pass"
FAIL = "fail"
DOCUMENT_ERROR = "document error"
NOT_CHECKED = "not checked"

GRADIENT = "central differences"
DOUBLE = "double precision"
CLOSED_FORM = "SymPy's diff"
LEVEL = "matrix level"
PRINTED = "printed number"
CLAIM = "claim"
WORDING = "wording"


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that was checked.

    ``verdict`` is ``pass``, ``fail``, ``document error`` (the source document is wrong, and the check knows how) or
    ``not checked`` (with the reason in ``detail``). ``cells`` are the columns of its row in the table of its method. A claim
    has the ``statement`` that was tested, the ``judgement`` on it, the ``place`` where its document makes it, and, if wrong, the
    ``right`` one.
    """

    name: str
    method: str
    verdict: str
    detail: str = ""
    cells: tuple[str, ...] = ()
    place: str = ""
    statement: str = ""
    right: str = ""
    judgement: Judgement | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All results of a check; ``str()`` is the text that the command line prints."""

    title: str
    document: str
    results: tuple[Result, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed. Errors of the document that are listed as such do not count."""
        return not self.of_verdict(FAIL)

    @property
    def document_errors(self) -> tuple[Result, ...]:
        return self.of_verdict(DOCUMENT_ERROR)

    def of_verdict(self, verdict: str) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.verdict == verdict)

    def of_method(self, *methods: str) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.method in methods)

    def __str__(self) -> str:
        return "\n".join(_lines(self)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield report.title or "Untitled network"
    yield from _table("Gradient", report.of_method(GRADIENT), ("parameter", "derivation", "central difference", "relative error"))
    yield from _table(
        "The same gradient by other routes", report.of_method(DOUBLE, CLOSED_FORM, LEVEL), ("quantity", "route", "result")
    )
    document = f"document {report.document}" if report.document else "the document"
    yield from _table(f"Numbers printed in {document}", report.of_method(PRINTED), ("quantity", "printed", "full precision", "how"))
    claims = report.of_method(CLAIM, WORDING)
    yield from _statements(
        f"Statements of {document}" if report.document else "Claims", [claim for claim in claims if claim.verdict != DOCUMENT_ERROR]
    )
    yield from _statements(f"Errors of {document}", [claim for claim in claims if claim.verdict == DOCUMENT_ERROR], numbered=True)
    yield ""
    yield _summary(report)


def _mark(verdict: str) -> str:
    return verdict.upper() if verdict == FAIL else verdict


def _table(title: str, results: tuple[Result, ...], header: tuple[str, ...]) -> Iterator[str]:
    """One row per result that has cells; what there is to say about any of them below the table."""
    if not results:
        return
    yield ""
    yield title
    filled = [result for result in results if result.cells]
    if filled:
        rows = [("", *header), *((_mark(result.verdict), *result.cells) for result in filled)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(header) + 1)]
        for row in rows:
            yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    for result in results:
        if result.detail:
            yield f"  {_mark(result.verdict)}: {result.name}, {result.detail}"


def _statements(title: str, results: list[Result], numbered: bool = False) -> Iterator[str]:
    from .claims_text import claim_lines

    if results:
        yield ""
        yield title
        yield from claim_lines(results, numbered)


def _summary(report: Report) -> str:
    passed, failed, skipped = (len(report.of_verdict(verdict)) for verdict in (PASS, FAIL, NOT_CHECKED))
    parts = [f"{passed} passed", f"{failed} failed"]
    if skipped:
        parts.append(f"{skipped} not checked")
    if report.document_errors:
        parts.append(f"{len(report.document_errors)} error(s) of the document named")
    return ("passed: " if report.passed else "FAILED: ") + ", ".join(parts)
