"""Writes docs/documents.md: what the source documents state, with the verdict on each claim.

    python tests/tools/documents_table.py

judges all claims files that ship with the package and writes the page anew; look at the difference before you keep it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from symbackprop import derive, load  # noqa: E402 - of this checkout
from symbackprop.checking.claims import judged  # noqa: E402
from symbackprop.checking.claims_table import ClaimRow, claims_table  # noqa: E402
from symbackprop.checking.judge import Judge  # noqa: E402
from symbackprop.checking.levels import levels_of  # noqa: E402
from symbackprop.checking.report import Result  # noqa: E402
from symbackprop.network import Claim  # noqa: E402
from symbackprop.reading import ClaimsFile, list_claims, load_claims  # noqa: E402

PAGE = ROOT / "docs" / "documents.md"
INTRODUCTION = """\
# What the source documents state

The networks `000` to `004` come from five texts on back-propagation. Each formula and each number of those texts is a claim in
`symbackprop/examples/claims/`, said in our own words and with what we found by hand; `symbackprop check` judges them. This page
is made of the verdicts by `tests/tools/documents_table.py`.

Formulas are tested at random values, in fifty digits, and proved where that can be done; numbers are compared at their own digits.
What is true under a condition, or only where intermediate results are rounded, counts as an error unless the document says so. A
matter of wording is not for a program to decide: there the verdict is ours. A correction is the right statement, then why.
"""


Key = tuple[str, str, str]  # network, words and formula of a claim


class Judges:
    """Judges claims. What is known of a network is made once, and a claim whose result is ``known`` is not judged again."""

    def __init__(self, known: Mapping[Key, Result] | None = None) -> None:
        self._judges: dict[str, Judge] = {}
        self._known = dict(known or {})

    def results(self, file: ClaimsFile) -> list[tuple[Claim, Result]]:
        """Each claim of a file with its result."""
        return [(claim, self._result(claim, f"claims[{index}]")) for index, claim in enumerate(file.claims)]

    def _result(self, claim: Claim, where: str) -> Result:
        key = (claim.network, claim.says, " ".join(claim.states.split()))
        if key not in self._known:
            if claim.network not in self._judges:
                self._judges[claim.network] = Judge(levels_of(derive(load(claim.network))).unit)
            self._known[key] = judged(claim, self._judges[claim.network], where)
        return self._known[key]


def section(file: ClaimsFile, results: Iterable[tuple[Claim, Result]]) -> str:
    """What the page says of one document: its errors, then everything that it states."""
    rows = claims_table(file.document, results)
    errors = [row for row in rows if row.is_error]
    return "\n".join(
        (
            f"## Document {file.document}: {file.title[0].lower()}{file.title[1:]}\n",
            f"### Errors of {file.document}\n",
            *_table(("place", "claim", "verdict", "correction"), ((*cells(row), _correction(row)) for row in errors)),
            f"### All claims of {file.document}\n",
            *_table(("place", "claim", "verdict"), map(cells, rows)),
        )
    )


def page(sections: Iterable[str]) -> str:
    """The whole page; the overview needs no judge."""
    files = [load_claims(document) for document in list_claims()]
    counts = ((file.document, str(len(file.claims)), str(sum(not claim.holds for claim in file.claims))) for file in files)
    return "\n".join((INTRODUCTION, *_table(("document", "claims", "errors"), counts), *sections))


def cells(row: ClaimRow) -> tuple[str, str, str]:
    return row.place, _claim(row), row.verdict


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for cells in (header, ("---",) * len(header), *rows):
        yield "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"
    yield ""


def _claim(row: ClaimRow) -> str:
    return f"{row.claim}: `{row.statement}`" if row.statement else row.claim


def _correction(row: ClaimRow) -> str:
    formula, semicolon, reason = row.correction.partition(";")
    return f"`{formula}`{semicolon}{reason}" if row.statement else row.correction


if __name__ == "__main__":
    judges = Judges()
    found = [load_claims(document) for document in list_claims()]
    PAGE.write_text(page(section(file, judges.results(file)) for file in found), encoding="utf-8")
