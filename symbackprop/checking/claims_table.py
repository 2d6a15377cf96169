"""What a document states, as a table: where it says what, whether that is true, and what is right instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..network import Claim


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


def claims_table(document: str, judged: Iterable[tuple[Claim, str]]) -> tuple[ClaimRow, ...]:
    """A row for each claim of a document with its verdict, in the document's order."""
    return tuple(
        ClaimRow(document, claim.place, claim.says, " ".join(claim.states.split()), verdict, "" if claim.holds else claim.correct)
        for claim, verdict in judged
    )
