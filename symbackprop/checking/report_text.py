"""A report as text for a terminal: tables, the statements of the document, and a last line that sums up."""

from __future__ import annotations

import math
from collections.abc import Iterator

from .claims_text import claim_lines
from .points import shown
from .report import (
    CLAIM,
    DOCUMENT_ERROR,
    FAIL,
    LEVEL,
    PRINTED,
    ROUTES,
    WORDING,
    Differences,
    Measured,
    Report,
    Result,
    Row,
)

DIGITS = 8  # of a partial
_HEADS = {
    "central_differences": "differences",
    "complex_step": "complex step",
    "sympy": "SymPy",
    "autodiff": "library",
    "double": "double",
}


def lines(report: Report) -> Iterator[str]:
    yield report.title or "Untitled network"
    yield from _partials(report)
    yield from _routes(report)
    yield from _table("The matrix level", report.of_method(LEVEL), ("quantity", "route", "result"))
    document = f"document {report.document}" if report.document else "the document"
    yield from _table(f"Numbers printed in {document}", report.of_method(PRINTED), ("quantity", "printed", "full precision", "how"))
    claims = report.of_method(CLAIM, WORDING)
    title = f"Statements of {document}" if report.document else "Claims"
    yield from _statements(title, [claim for claim in claims if claim.verdict != DOCUMENT_ERROR])
    yield from _statements(f"Errors of {document}", [claim for claim in claims if claim.verdict == DOCUMENT_ERROR], numbered=True)
    yield ""
    yield report.summary


def _mark(verdict: str) -> str:
    return verdict.upper() if verdict == FAIL else verdict


def _partials(report: Report) -> Iterator[str]:
    """One row per partial: what the derivation gives, what each route gives, and the worst relative error."""
    if report.parameters or report.notes:
        yield ""
        yield f"Partials at {report.point}" if report.point else "Partials"
    if report.parameters:
        keys = [key for key in ROUTES if any(key in row.measured for row in report.parameters)]
        head = ("", "parameter", "derivation", *(_HEADS[key] for key in keys), "error", "order")
        yield from _aligned([head, *(_row(row, keys) for row in report.parameters)])
    for result in report.notes:
        yield f"  {_mark(result.verdict)}: {result.name}, {result.detail}"


def _row(row: Row, keys: list[str]) -> tuple[str, ...]:
    numbers = (_number(row.measured.get(key)) for key in keys)
    order = row.measured["central_differences"].order if "central_differences" in row.measured else None
    return (_mark(row.verdict), row.parameter, shown(row.analytic, DIGITS), *numbers, f"{row.error:.1e}", shown_order(order))


def _number(measured: Measured | None) -> str:
    return "" if measured is None or measured.numeric is None else shown(measured.numeric, DIGITS)


def shown_order(order: float | None) -> str:
    """The power of ε with which the error of central differences falls."""
    return "" if order is None else "exact" if order == math.inf else f"{order:.2f}"


def _routes(report: Report) -> Iterator[str]:
    if report.routes:
        yield ""
        yield "How they were compared"
        yield from _aligned([(ROUTES[route.key], route.how) for route in report.routes])
    if report.differences is not None:
        yield from _differences(report.differences)


def _differences(own: Differences) -> Iterator[str]:
    yield ""
    yield "Relative error of central differences along the gradient"
    rows: list[tuple[str, ...]] = [("epsilon", "fifty digits", "double precision")]
    rows += [
        (f"{step:.0e}", f"{exact:.1e}", f"{double:.1e}")
        for step, exact, double in zip(own.steps, own.exact, own.double, strict=True)
    ]
    yield from _aligned(rows)


def _aligned(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _table(title: str, results: tuple[Result, ...], header: tuple[str, ...]) -> Iterator[str]:
    """One row per result that has cells; what there is to say about any of them below the table."""
    if not results:
        return
    yield ""
    yield title
    filled = [result for result in results if result.cells]
    if filled:
        yield from _aligned([("", *header), *((_mark(result.verdict), *result.cells) for result in filled)])
    for result in results:
        if result.detail:
            yield f"  {_mark(result.verdict)}: {result.name}, {result.detail}"


def _statements(title: str, results: list[Result], numbered: bool = False) -> Iterator[str]:
    if results:
        yield ""
        yield title
        yield from claim_lines(results, numbered)
