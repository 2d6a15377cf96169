"""Judged claims as lines of text, and as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .report import DOCUMENT_ERROR, FAIL, WORDING, Result

_INDENT = 20


def claim_lines(results: Iterable[Result], numbered: bool = False) -> Iterator[str]:
    """What each claim says, its verdict, where it was found, why it is wrong, and what is right."""
    for index, result in enumerate(results, 1):
        judged = result.judgement
        verdict = judged.verdict if judged is not None else WORDING
        mark = f"{index}. {verdict}" if numbered else verdict.upper() if result.verdict == FAIL else verdict
        place = f" ({result.place})" if result.place else ""
        yield f"  {mark:<{_INDENT - 2}}{result.name}{place}"
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
    """One claim as JSON has it; ``passed`` says whether its verdict is what its author expects."""
    judged = result.judgement
    return {
        "claim": result.statement,
        "says": result.name if result.name != result.statement else "",
        "place": result.place,
        "verdict": judged.verdict if judged is not None else WORDING,
        "proved": judged is not None and judged.is_proved,
        "found": judged.how if judged is not None else result.detail,
        "diagnosis": [{"kind": own.kind, "text": own.text} for own in judged.diagnosis] if judged is not None else [],
        "condition": judged.condition if judged is not None else "",
        "right": result.right,
        "passed": result.verdict != FAIL,
        "listed_as_error": result.verdict == DOCUMENT_ERROR,
    }
