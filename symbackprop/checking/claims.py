"""Claims, put to the test: those of a source document, and any others.

A claim is read by `claim_text`, taken apart into the entries of its arrays by `claim_entries` and judged by `judge`. In a network
file, or a file of claims, it stands with where its document makes it, whether its author expects it to hold, and what is right
instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..derivation import Derivation
from ..errors import InputError
from ..network import Claim
from ..reading import claims_of
from .claim_entries import entries
from .claim_text import read_statement
from .judge import CONDITIONAL, EQUAL, HOLDS, ROUNDED, UNDECIDED, WRONG, Judge, Judgement, of_shapes
from .report import CLAIM, DOCUMENT_ERROR, FAIL, NOT_CHECKED, PASS, WORDING, Progress, Result
from .statement import ShapeMismatch

_TRUE_ENOUGH = (EQUAL, HOLDS, ROUNDED, CONDITIONAL)
_WORDING_ONLY = "a matter of wording, which no calculation decides"


def check_claims(derivation: Derivation) -> Iterator[Result]:
    """One result per claim of the network's document. Raises InputError for a claim that cannot be read."""
    source = derivation.network.source
    claims = claims_of(source) if source is not None else ()
    if not claims:
        return
    judge = Judge(derivation)
    for index, claim in enumerate(claims):
        yield judged(claim, judge, f"document.claims[{index}]")


def judged(claim: Claim, judge: Judge, where: str) -> Result:
    """The result of one claim: whether it is what its author expects of it, and what is right in its place."""
    if not claim.states:
        verdict = NOT_CHECKED if claim.holds else DOCUMENT_ERROR
        return Result(claim.says, WORDING, verdict, "" if claim.correct else _WORDING_ONLY, place=claim.place, right=claim.correct)
    found = judged_text(claim.states, judge, f"{where}.states")

    def result(verdict: str, detail: str) -> Result:
        right = claim.correct if verdict == DOCUMENT_ERROR else ""
        text = " ".join(claim.states.split())
        return Result(claim.says, CLAIM, verdict, detail, place=claim.place, statement=text, right=right, judgement=found)

    if found.verdict == UNDECIDED:
        return result(NOT_CHECKED, found.text)
    as_said = found.verdict in _TRUE_ENOUGH if claim.holds else not found.holds
    if claim.holds:
        return result(PASS if as_said else FAIL, found.text if as_said else f"{found.verdict}: {found.text}")
    if not as_said:
        return result(FAIL, f"listed as an error of the document, but {found.text}")
    # The right statement stands before the first semicolon, words about it after.
    correction = claim.correct.split(";")[0]
    right = judged_text(correction, judge, f"{where}.correct")
    if not right.holds:
        return result(FAIL, f"wrong, but so is its correction {' '.join(correction.split())}: {right.text}")
    return result(DOCUMENT_ERROR, found.text)


def judged_text(text: str, judge: Judge, where: str) -> Judgement:
    """The verdict on the text of a claim. Raises InputError where it cannot be read."""
    try:
        parts = list(entries(read_statement(text, judge.names, where), judge.names))
    except ShapeMismatch as error:
        return of_shapes(error)
    if not parts:
        raise InputError("the claim stands for no entry: its letters have no values in common", where)
    return judge.judge(parts, where)


def check_texts(derivation: Derivation, texts: Iterable[str], progress: Progress = iter) -> Iterator[Result]:
    """One result per claim, which fails where it is wrong. Raises InputError for one that cannot be read, before any is judged."""
    judge = Judge(derivation)
    listed = [" ".join(text.split()) for text in texts]
    for index, text in enumerate(listed):
        read_statement(text, judge.names, f"claim {index + 1}" if len(listed) > 1 else "claim")
    for index, text in enumerate(progress(listed)):
        found = judged_text(text, judge, f"claim {index + 1}" if len(listed) > 1 else "claim")
        verdict = FAIL if found.verdict == WRONG else NOT_CHECKED if found.verdict == UNDECIDED else PASS
        yield Result(text, CLAIM, verdict, found.text, statement=text, right=found.right, judgement=found)
