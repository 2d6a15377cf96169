"""Writes docs/documents.md: what the source documents state, with the verdict on each claim.

    python tests/tools/documents_table.py

judges all claims files that ship with the package and writes the page anew; look at the difference before you keep it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from symbackprop import derive, load  # noqa: E402 - of this checkout
from symbackprop.checking.claims import judged_text  # noqa: E402
from symbackprop.checking.claims_table import ClaimRow, claims_table  # noqa: E402
from symbackprop.checking.judge import Judge  # noqa: E402
from symbackprop.checking.levels import levels_of  # noqa: E402
from symbackprop.network import Claim  # noqa: E402
from symbackprop.reading import ClaimsFile, list_claims, load_claims  # noqa: E402

PAGE = ROOT / "docs" / "documents.md"
INTRODUCTION = """\
# What the source documents state

The networks `000` to `004` come from five texts on back-propagation. Each formula and each number of those texts is a claim in
`symbackprop/examples/claims/`, said in our own words and with what we found by hand; `symbackprop check` judges them. This page
is made of the verdicts by `tests/tools/documents_table.py`.

Formulas are tested at random values, in fifty digits; numbers are compared at their own digits. A matter of wording is not for a
program to decide: there the verdict is ours.
"""


TRUE = ("equal", "holds")


class Judges:
    """Judges claims; what is known of a network is made once."""

    def __init__(self) -> None:
        self._judges: dict[str, Judge] = {}
        self._known: dict[tuple[str, str], str] = {}

    def of(self, network: str) -> Judge:
        if network not in self._judges:
            self._judges[network] = Judge(levels_of(derive(load(network))).unit)
        return self._judges[network]

    def verdict(self, claim: Claim, where: str = "") -> str:
        """The verdict on one claim, in a word."""
        if not claim.states:
            return "wording"
        key = (claim.network, claim.states)
        if key not in self._known:
            self._known[key] = judged_text(claim.states, self.of(claim.network), where).verdict
        return self._known[key]

    def judged(self, file: ClaimsFile) -> list[tuple[Claim, str]]:
        return [(claim, self.verdict(claim, f"claims[{index}]")) for index, claim in enumerate(file.claims)]


def page(rows: dict[str, tuple[ClaimRow, ...]], titles: dict[str, str]) -> str:
    """The page of all documents: first their errors, then everything that each of them states."""
    return "\n".join([INTRODUCTION, *_errors([row for own in rows.values() for row in own]), *_all(rows, titles)])


def _errors(rows: list[ClaimRow]) -> Iterator[str]:
    errors = [row for row in rows if row.is_error]
    yield "## Errors\n"
    yield f"{len(errors)} of {len(rows)} claims are not true as they stand. A correction is the right statement, then why.\n"
    header = ("document", "place", "claim", "verdict", "correction")
    yield from _table(header, ((row.document, row.place, _claim(row), row.verdict, _correction(row)) for row in errors))


def _all(rows: dict[str, tuple[ClaimRow, ...]], titles: dict[str, str]) -> Iterator[str]:
    for document, own in rows.items():
        errors = sum(row.is_error for row in own)
        yield f"## Document {document}\n\n{titles[document]}: {len(own)} claims, {errors} of them errors.\n"
        yield from _table(("place", "claim", "verdict"), ((row.place, _claim(row), row.verdict) for row in own))


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for cells in (header, ("---",) * len(header), *rows):
        yield "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"
    yield ""


def _claim(row: ClaimRow) -> str:
    return f"{row.claim}: `{row.statement}`" if row.statement else row.claim


def _correction(row: ClaimRow) -> str:
    formula, semicolon, reason = row.correction.partition(";")
    return f"`{formula}`{semicolon}{reason}" if row.statement else row.correction


def fresh(judges: Judges) -> str:
    """The page as the verdicts of today make it."""
    files = {document: load_claims(document) for document in list_claims()}
    return page(
        {document: claims_table(document, judges.judged(file)) for document, file in files.items()},
        {document: file.title for document, file in files.items()},
    )


if __name__ == "__main__":
    PAGE.write_text(fresh(Judges()), encoding="utf-8")
