"""Claims, put to the test: those of a source document, and any others.

A claim is read by `claim_text`, taken apart into the entries of its arrays by `claim_entries` and judged by `judge`. In a network
file, or a file of claims, it stands with where its document makes it, whether its author expects it to hold, and what is right
instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from ..derivation import Derivation, derive
from ..document.conventions import in_conventions
from ..document.notation import chosen_profile
from ..errors import InputError
from ..network import Claim, Network
from ..reading import claims_of, load, load_claims
from ..shapes import size
from .claim_entries import entries, free_ranges
from .claim_text import read_statement
from .diagnosis import Diagnosis
from .fault import TRANSPOSED
from .judge import Judge
from .judgement import ROUNDED, UNDECIDED, Judgement, of_shapes
from .levels import MAX_WRITTEN_OUT, levels_of
from .report import CLAIM, DOCUMENT_ERROR, FAIL, NOT_CHECKED, PASS, WORDING, Progress, Report, Result
from .statement import Comparison, ShapeMismatch, Statement
from .time_limit import Deadline
from .turned import turned

_WORDING_ONLY = "a matter of wording, which no calculation decides"


def check_own_claims(derivation: Derivation) -> Iterator[Result]:
    """One result per claim of the network's document. Raises InputError for a claim that cannot be read."""
    source = derivation.network.source
    claims = claims_of(source) if source is not None else ()
    if not claims:
        return
    judge = _judge_of(derivation)
    for index, claim in enumerate(claims):
        yield judged(claim, judge, f"document.claims[{index}]")


def _judge_of(derivation: Derivation) -> Judge:
    """The judge of a derivation in the conventions of its network's notation, which are those of its pages."""
    chosen, _ = in_conventions(derivation, chosen_profile(derivation.given, None))
    return Judge(levels_of(chosen).unit)


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
    as_said = _is_true_enough(found) if claim.holds else not found.holds
    if claim.holds:
        return result(PASS if as_said else FAIL, found.text if as_said else f"{found.verdict}: {found.text}")
    if not as_said:
        return result(FAIL, f"listed as an error of the document, but {found.text}")
    # The right statement stands before the first semicolon, words about it after.
    correction = claim.correct.split(";")[0]
    right = judged_text(correction, judge, f"{where}.correct")
    if not (right.holds or right.is_stated):
        return result(FAIL, f"wrong, but so is its correction {' '.join(correction.split())}: {right.text}")
    return result(DOCUMENT_ERROR, found.text)


def _is_true_enough(found: Judgement) -> bool:
    """Whether a claim may stand as it is: true, true of rounded results, or true under the condition that it states."""
    return bool(found.holds) or found.verdict == ROUNDED or found.is_stated


def judged_text(text: str, judge: Judge, where: str) -> Judgement:
    """The verdict on the text of a claim. Raises InputError where it cannot be read."""
    statement: Statement | None = None
    try:
        statement = read_statement(text, judge.names, where)
        parts = list(entries(statement, judge.names))
    except ShapeMismatch as error:
        return _of_shapes(error, statement or error.statement, judge)
    if not parts:
        raise InputError("the claim stands for no entry: its letters have no values in common", where)
    return judge.judge(parts, where)


def _of_shapes(error: ShapeMismatch, statement: Statement | None, judge: Judge) -> Judgement:
    """The verdict on a claim whose shapes do not fit: wrong, and where a transpose makes it true, that is why."""
    found = of_shapes(error)
    deadline = Deadline(judge.seconds)
    for text, changed in turned(statement, judge.names) if statement is not None and not found.diagnosis else ():
        if deadline.over:
            break
        with suppress(InputError):
            ranges = free_ranges((Comparison(changed.left, changed.relation, changed.right), *changed.conditions), judge.names, "")
            parts = list(entries(replace(changed, ranges=ranges), judge.names))
            if parts and judge.judge(parts).holds:
                return replace(found, diagnosis=(Diagnosis(TRANSPOSED, f"it is transposed: {text}"),))
    return found


def check_claims(
    subject: Derivation | Network | None, *texts: str, files: Iterable[str | Path] = (), progress: Progress = iter
) -> Report:
    """Judge claims about a derivation, or the derivation of a network: some texts, and those of claims files.

    A text is ``dE/dw_j = (yhat - y)*w_k*z_j`` or the same in LaTeX, see `claim_text`; it fails where it is wrong. ``files`` are
    claims files, or names of documents whose claims ship with the package; a claim that names no network is about ``subject``.
    Raises InputError for a claim that cannot be read, before any is judged, and for one about no network.
    """
    judges, files = _Judges(subject), list(files)
    asked: list[tuple[Claim | str, Judge, str, str]] = []
    for index, text in enumerate(texts):
        where = f"claim {index + 1}" if len(texts) > 1 else "claim"
        asked.append((" ".join(str(text).split()), judges.of("", where), where, ""))
    documents = [load_claims(file) for file in files]
    for file, document in zip(files, documents, strict=True):
        for index, claim in enumerate(document.claims):
            place = f"claims[{index}]"
            with _in_file(str(file)):
                asked.append((claim, judges.of(claim.network, place), place, str(file)))
    results: list[Result] = []
    for own, judge, where, shown in asked:  # nothing is judged before all can be read
        with _in_file(shown):
            _read(own, judge, where)
    for own, judge, where, shown in progress(asked):
        with _in_file(shown):
            results.append(judged(own, judge, where) if isinstance(own, Claim) else _judged_as_is(own, judge, where))
    title = judges.title or next((document.title for document in documents), "")
    return Report(title, next((document.document for document in documents), ""), tuple(results))


def _read(claim: Claim | str, judge: Judge, where: str) -> None:
    states, place = (claim, where) if isinstance(claim, str) else (claim.states, f"{where}.states")
    with suppress(ShapeMismatch):  # which is a verdict, not a fault of reading
        if states:
            read_statement(states, judge.names, place)


def _judged_as_is(text: str, judge: Judge, where: str) -> Result:
    """A claim of which nothing is expected but that it is not wrong."""
    found = judged_text(text, judge, where)
    verdict = NOT_CHECKED if found.verdict == UNDECIDED else PASS if _is_true_enough(found) else FAIL
    return Result(text, CLAIM, verdict, found.text, statement=text, right=found.right, judgement=found)


@contextmanager
def _in_file(shown: str) -> Iterator[None]:
    """Errors inside belong to a claims file, if it has a name."""
    try:
        yield
    except InputError as error:
        raise error.at(shown) if shown else error from None


class _Judges:
    """The judge of each network, made once."""

    def __init__(self, subject: Derivation | Network | None) -> None:
        self.subject = subject
        self.found: dict[str, Judge] = {}
        given = subject.given if isinstance(subject, Derivation) else subject
        self.title = given.title if given is not None else ""

    def of(self, network: str, where: str) -> Judge:
        """The judge of a network by name, or of the subject. Raises InputError where there is none."""
        if network not in self.found:
            subject = load(network) if network else self.subject
            if subject is None:
                raise InputError("the claim is about no network; name one in front, or write network = ... in the file", where)
            derivation = subject if isinstance(subject, Derivation) else derive(subject)
            symbols = sum(size(shape) or 0 for shape in derivation.program.shapes.values())
            if symbols > MAX_WRITTEN_OUT:
                raise InputError(f"the network has {symbols} symbols; claims are judged for up to {MAX_WRITTEN_OUT}", where)
            self.found[network] = _judge_of(derivation)
        return self.found[network]
