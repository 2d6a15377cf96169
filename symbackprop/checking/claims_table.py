"""What a document states, as a table: where it says what, whether that is true, and what is right instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..network import Claim
from .report import FAIL, WORDING, Result


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim of a document.

    ``statement`` is the formula that was judged, if there is one; ``correction`` stands beside what is wrong.
    """

    document: str
    place: str
    claim: str
    statement: str
    verdict: str
    correction: str

    @property
    def is_error(self) -> bool:
        return bool(self.correction)


def claims_table(document: str, results: Iterable[tuple[Claim, Result]]) -> tuple[ClaimRow, ...]:
    """A row for each claim of a document and what a check made of it, in the document's order."""
    return tuple(
        ClaimRow(document, claim.place, claim.says, result.statement, _verdict(result), "" if claim.holds else claim.correct)
        for claim, result in results
    )


def _verdict(result: Result) -> str:
    """The verdict in words: that of the judge, unless the check failed."""
    if result.verdict == FAIL:
        return f"{FAIL}: {result.detail}"
    if result.judgement is None:
        return WORDING
    return (
        f"{result.judgement.verdict}, proved" if result.judgement.is_proved and result.judgement.holds else result.judgement.verdict
    )
