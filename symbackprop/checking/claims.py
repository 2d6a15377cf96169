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
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .. import grammar
from ..derivation import Derivation
from ..errors import InputError, nearest
from ..functions import ARGUMENT_COUNTS, GENERIC
from ..network import Claim
from ..precise import Value, as_mpf, value
from ..tree import Call, Negative, Number, Tree, fold, names, rebuild
from .diagnosis import diagnose
from .points import Point, own_point, random_points, shown
from .printed import decimal_of, rounded_like
from .quantities import TOTAL, Vocabulary, quantities, vocabulary
from .report import CLAIM, DOCUMENT_ERROR, FAIL, NOT_CHECKED, PASS, WORDING, Result

POINTS = {"=": 16, "!=": 16, "<=": 160, ">=": 160}  # a bound that fails may do so in a corner only
ROWS = 3  # samples of a random point where a claim is about totals
SEED = 7
TOLERANCE = Fraction(1, 10**30)  # relative
FLOOR = Fraction(1, 10**40)
_MOST_SHOWN = 12  # values of a counterexample

_WORDING_ONLY = "a matter of wording, which no calculation decides"
Sample = Mapping[str, Any]  # every quantity of one sample by name, and the functions that stand for σ under GENERIC

_RELATION = re.compile(r"<=|>=|!=|=")
_SLOPE = "_slope"
_FUNCTIONS: Mapping[str, Any] = {
    **ARGUMENT_COUNTS,
    **{name + _SLOPE: counts for name, counts in ARGUMENT_COUNTS.items()},
    "sigma": (1,),
    "sigma" + _SLOPE: (1,),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """``left relation right`` as trees, and the text it was read from."""

    left: Tree
    relation: str
    right: Tree
    text: str

    @property
    def digits(self) -> str:
        """The decimal that the right side is, if it is one."""
        inner, sign = (self.right.body, "-") if isinstance(self.right, Negative) else (self.right, "")
        return sign + inner.text if isinstance(inner, Number) and inner.text and self.relation == "=" else ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a statement holds (None: it could not be evaluated); where it was found true, or how it fails."""

    holds: bool | None
    detail: str


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


class Judge:
    """Evaluates statements about one derivation; the points and all quantities there are made once."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.words: Vocabulary = vocabulary(derivation)
        own = own_point(derivation.network, derivation.program)
        self.own = [sample for point in self._evaluated([own] if own else []) for sample in point]
        self._tested: dict[tuple[int, int], list[list[Sample]]] = {}

    def find(self, statement: Statement, where: str) -> Finding:
        """Whether ``statement`` holds. Raises InputError for a name that does not exist."""
        used = {*names(statement.left), *names(statement.right)}
        self._check_names(used, where)
        constant = used <= self.words.constants.keys()
        if statement.digits and (self.own or constant):
            return _rounded(statement, self.own[0] if self.own else self.words.constants, where)
        if constant:
            sides = _sides(statement, self.words.constants)
            return Finding(_is_true(statement, *sides), f"{shown(sides[0], 6)} against {shown(sides[1], 6)}")
        return self._find_at_points(statement, ROWS if any(name.startswith(TOTAL) for name in used) else 0)

    def _find_at_points(self, statement: Statement, rows: int) -> Finding:
        points = self._points(POINTS[statement.relation], rows)
        samples = [*self.own, *(sample for point in points for sample in point)]
        sides = [(sample, both) for sample in samples if (both := _sides_if_finite(statement, sample)) is not None]
        if not sides:
            return Finding(None, "no finite value at any point tried")
        wrong = [(sample, both) for sample, both in sides if not _is_true(statement, *both)]
        if not wrong:
            return Finding(True, "true at " + ("the network's values and " if self.own else "") + f"{len(points)} random points")
        sample, (left, right) = wrong[0]
        detail = f"left {shown(left, 6)}, right {shown(right, 6)}"
        if statement.relation in ("<=", ">="):
            given = self.derivation.program.given[:_MOST_SHOWN]
            detail += " at " + ", ".join(f"{name} = {shown(sample[name], 4)}" for name in given)
        if self.own and all(one is not other for one, _ in wrong for other in self.own):
            detail = f"true at the network's own values, but not in general: {detail}"
        if statement.relation == "=":
            columns = [(*both, sample) for sample, both in sides]
            reasons = diagnose(columns, self.derivation, set(names(statement.left)), set(names(statement.right)))
            detail = "; ".join((detail, *reasons))
        return Finding(False, detail)

    def _check_names(self, used: set[str], where: str) -> None:
        points = self._points(POINTS["="], 0)
        sample = points[0][0] if points else self.own[0] if self.own else {}
        known = {name for name in sample if "/" not in name and name != GENERIC}
        for name in sorted(used - known if known else ()):
            raise InputError(f"there is no quantity {name!r}{nearest(name, known)}", where)

    def _points(self, count: int, rows: int) -> list[list[Sample]]:
        """The quantities at ``count`` random points, sample by sample."""
        if (count, rows) not in self._tested:
            points = random_points(self.derivation.network, self.derivation.program, count, SEED, rows)
            self._tested[count, rows] = self._evaluated(points)
        return self._tested[count, rows]

    def _evaluated(self, points: list[Point]) -> list[list[Sample]]:
        found: list[list[Sample]] = []
        for point in points:
            with suppress(InputError):  # a quantity that is not finite there
                samples = quantities(self.words, point)
                found.append([sample | {GENERIC: point.generic} for sample in samples])
        return found


def _sides(statement: Statement, sample: Sample) -> tuple[Value, Value]:
    generic = sample.get(GENERIC)
    return value(statement.left, sample, generic), value(statement.right, sample, generic)


def _sides_if_finite(statement: Statement, sample: Sample) -> tuple[Value, Value] | None:
    with suppress(InputError):
        return _sides(statement, sample)
    return None


def _is_true(statement: Statement, one: Value, two: Value) -> bool:
    left, right = as_mpf(one), as_mpf(two)
    allowed = as_mpf(TOLERANCE) * max(abs(left), abs(right)) + as_mpf(FLOOR)
    match statement.relation:
        case "=":
            return bool(abs(left - right) <= allowed)
        case "!=":
            return bool(abs(left - right) > allowed)
        case "<=":
            return bool(left - right <= allowed)
    return bool(right - left <= allowed)


def _rounded(statement: Statement, sample: Sample, where: str) -> Finding:
    """Whether the left side, rounded to the digits of the right one, is it."""
    left, _ = _sides(statement, sample)
    printed, full = decimal_of(statement.digits, where), shown(left, 10)
    reached = rounded_like(left, printed)
    return Finding(reached == printed, f"it is {full}" + ("" if full == f"{reached:f}" else f", to as many digits {reached:f}"))


def check_claims(derivation: Derivation) -> Iterator[Result]:
    """One result per claim of the network's document. Raises InputError for a claim that cannot be read."""
    source = derivation.network.source
    if source is None or not source.claims:
        return
    judge = Judge(derivation)
    for index, claim in enumerate(source.claims):
        yield _judged(claim, judge, f"document.claims[{index}]")


def _judged(claim: Claim, judge: Judge, where: str) -> Result:
    if not claim.states:
        verdict = NOT_CHECKED if claim.holds else DOCUMENT_ERROR
        return Result(claim.says, WORDING, verdict, "" if claim.correct else _WORDING_ONLY, place=claim.place, right=claim.correct)
    statement = parse_statement(claim.states, f"{where}.states")
    found = judge.find(statement, f"{where}.states")

    def result(verdict: str, detail: str) -> Result:
        right = claim.correct if verdict == DOCUMENT_ERROR else ""
        return Result(claim.says, CLAIM, verdict, detail, place=claim.place, statement=statement.text, right=right)

    if found.holds is None:
        return result(NOT_CHECKED, found.detail)
    if claim.holds:
        return result(PASS if found.holds else FAIL, found.detail if found.holds else f"wrong: {found.detail}")
    if found.holds:
        return result(FAIL, f"listed as an error of the document, but {found.detail}")
    # The right statement stands before the first semicolon, words about it after.
    correction = parse_statement(claim.correct.split(";")[0], f"{where}.correct")
    right = judge.find(correction, f"{where}.correct")
    if not right.holds:
        return result(FAIL, f"wrong, but so is its correction {correction.text}: {right.detail}")
    return result(DOCUMENT_ERROR, found.detail)
