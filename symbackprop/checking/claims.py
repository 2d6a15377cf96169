"""What a source document states, put to the test.

A claim is ``left RELATION right`` with = , != , <= or >= between two formulas over the names of `quantities`. It holds if it is
true at the network's own values and at random ones, so that what is true of one set of numbers only does not pass. A generic σ
is replaced by random smooth functions, together with σ′. A right side that is a decimal is compared, to its own digits, at the
network's values. In formulas ``sigmoid_slope(x)`` is the derivative of sigmoid at any x, likewise for every function;
``sigma(x)`` and ``sigma_slope(x)`` are the generic activation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .. import grammar
from ..derivation import Derivation
from ..errors import InputError
from ..functions import ARGUMENT_COUNTS, GENERIC
from ..network import Claim
from ..reading import claims_of
from ..tree import Call, Tree, fold, rebuild
from .judge import CONDITIONAL, EQUAL, HOLDS, ROUNDED, UNDECIDED, Judge, Judgement
from .report import CLAIM, DOCUMENT_ERROR, FAIL, NOT_CHECKED, PASS, WORDING, Result
from .statement import Statement

_TRUE_ENOUGH = (EQUAL, HOLDS, ROUNDED, CONDITIONAL)
_WORDING_ONLY = "a matter of wording, which no calculation decides"

_RELATION = re.compile(r"<=|>=|!=|=")
_SLOPE = "_slope"
_FUNCTIONS: Mapping[str, Any] = {
    **ARGUMENT_COUNTS,
    **{name + _SLOPE: counts for name, counts in ARGUMENT_COUNTS.items()},
    "sigma": (1,),
    "sigma" + _SLOPE: (1,),
}


def parse_statement(text: str, where: str) -> Statement:
    """A statement from its text. Raises InputError where it is none."""
    parts = _RELATION.split(text)
    if len(parts) != 2:
        raise InputError(f"a statement is 'left = right' (or !=, <=, >=), not {' '.join(text.split())[:60]!r}", where)
    left, right = (_resolved(grammar.parse(part, _FUNCTIONS, where)) for part in parts)
    found = _RELATION.search(text)
    assert found is not None
    return Statement(left, found[0], right, " ".join(text.split()))


def _resolved(tree: Tree) -> Tree:
    """``f_slope(x)`` as the derivative of f, ``sigma`` as the generic activation."""

    def resolve(node: Any, children: list[Tree]) -> Tree:
        if not isinstance(node, Call):
            return rebuild(node, children) if children else node
        prime = node.function.endswith(_SLOPE)
        name = node.function.removesuffix(_SLOPE)
        return Call(GENERIC if name == "sigma" else name, tuple(children), prime)

    return fold(tree, resolve)


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
    return judge.judge(parse_statement(text, where), where)
