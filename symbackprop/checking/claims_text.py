"""Judged claims as lines of text, and as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .report import DOCUMENT_ERROR, FAIL, Result

_INDENT = 16


def claim_lines(results: Iterable[Result], numbered: bool = False) -> Iterator[str]:
    """What each claim says, its verdict, where it was found, why it is wrong, and what is right."""
    for index, result in enumerate(results, 1):
        judged = result.judgement
        verdict = judged.verdict if judged is not None else result.verdict
        mark = (
            f"{index}. {verdict}" if numbered else result.verdict.upper() if result.verdict == FAIL and judged is None else verdict
        )
        place = f" ({result.place})" if result.place else ""
        yield f"  {mark.upper() if result.verdict == FAIL else mark:<{_INDENT - 2}}{result.name}{place}"
        for label, text in _parts(result):
            if text:
                yield f"{'':{_INDENT}}{label:<6}{text}"


def _parts(result: Result) -> Iterator[tuple[str, str]]:
    judged = result.judgement
    if result.statement != result.name:
        yield "says", result.statement
    if judged is None:
        yield "found", result.detail
    else:
        # What was found, and why; where that is not all, what the author of the claim expected.
        yield "found", judged.how
        for reason in judged.diagnosis:
            yield "why", reason.text
        if result.detail not in (judged.text, f"{judged.verdict}: {judged.text}"):
            yield "but", result.detail
    yield "right", result.right


def claim_data(result: Result) -> dict[str, Any]:
    """One claim as JSON has it."""
    found: dict[str, Any] = {"claim": result.statement or result.name, "verdict": result.verdict}
    judged = result.judgement
    if judged is not None:
        found |= {
            "verdict": judged.verdict,
            "proved": judged.is_proved,
            "found": judged.how,
            "diagnosis": [{"kind": own.kind, "text": own.text} for own in judged.diagnosis],
            "condition": judged.condition,
        }
    else:
        found |= {"found": result.detail}
    found["right"] = result.right
    if result.name != found["claim"]:
        found["says"] = result.name
    if result.place:
        found["place"] = result.place
    if judged is not None:
        # Whether that is what was to be expected: an error that its file lists as one is.
        found["passed"] = result.verdict != FAIL
        found["listed_as_error"] = result.verdict == DOCUMENT_ERROR
    return found
