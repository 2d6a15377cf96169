"""What a check found: results one by one, the partials by every route, and the same as plain data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from ..derivation import Derivation
    from .judgement import Judgement

Progress = Callable[[Iterable[Any]], Iterator[Any]]  # wraps an iteration, to show how far it is

PASS = "pass"
FAIL = "fail"
DOCUMENT_ERROR = "document error"
NOT_CHECKED = "not checked"

GRADIENT = "central differences"
COMPLEX = "complex step"
CLOSED_FORM = "SymPy's diff"
AUTODIFF = "automatic differentiation"
DOUBLE = "double precision"
LEVEL = "matrix level"
PRINTED = "printed number"
CLAIM = "claim"
WORDING = "wording"

# The routes to a partial, by their keys as plain data, in the order of the columns.
ROUTES: Mapping[str, str] = {
    "central_differences": GRADIENT,
    "complex_step": COMPLEX,
    "sympy": CLOSED_FORM,
    "autodiff": AUTODIFF,
    "double": DOUBLE,
}


@dataclass(frozen=True, slots=True)
class Measured:
    """A partial as the derivation and as another route give it.

    ``error`` is their relative difference. Of central differences ``order`` is the power of ε with which it falls, infinite
    where it is all rounding. SymPy's formula may be ``proved`` equal to the derivation's; it may have no ``numeric`` value.
    """

    parameter: str
    analytic: Any
    numeric: Any
    error: float
    order: float | None = None
    proved: bool = False

    @classmethod
    def of(cls, parameter: str, analytic: Any, numeric: Any, order: float | None = None) -> Measured:
        difference, largest = abs(analytic - numeric), max(abs(analytic), abs(numeric))
        return cls(parameter, analytic, numeric, float(difference / largest) if difference else 0.0, order)


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that was checked.

    ``verdict`` is ``pass``, ``fail``, ``document error`` (the source document is wrong, and the check knows how) or
    ``not checked`` (with the reason in ``detail``). ``cells`` are the columns of its row in the table of its method; a partial
    by one of the `ROUTES` has what was ``measured`` instead. A claim has the ``statement`` that was tested, the ``judgement``
    on it, the ``place`` where its document makes it, and, if wrong, the ``right`` one.
    """

    name: str
    method: str
    verdict: str
    detail: str = ""
    cells: tuple[str, ...] = ()
    place: str = ""
    statement: str = ""
    right: str = ""
    judgement: Judgement | None = None
    measured: Measured | None = None


@dataclass(frozen=True)
class Row:
    """One partial by every route that there is for it."""

    parameter: str
    routes: Mapping[str, Result]  # by key of `ROUTES`

    @cached_property
    def measured(self) -> Mapping[str, Measured]:
        return {key: own.measured for key, own in self.routes.items() if own.measured is not None}

    @property
    def analytic(self) -> Any:
        return next(iter(self.measured.values())).analytic

    @property
    def error(self) -> float:
        """The worst relative error; that of a route that did not pass does not count unless it failed."""
        counted = [own.measured.error for own in self.routes.values() if own.verdict != NOT_CHECKED and own.measured]
        return max(counted, default=0.0)

    @property
    def verdict(self) -> str:
        """Fail if any route fails. At a kink neither differences nor complex steps have a slope, whatever the others take there."""
        verdicts = {key: own.verdict for key, own in self.routes.items()}
        if FAIL in verdicts.values():
            return FAIL
        if "complex_step" in verdicts:
            verdicts = {key: verdicts[key] for key in ("central_differences", "complex_step")}
        return PASS if PASS in verdicts.values() else NOT_CHECKED


@dataclass(frozen=True, slots=True)
class Route:
    """How a route was gone: in how many digits, at how many points, with what tolerance."""

    key: str
    how: str
    digits: int
    tolerance: float
    points: int


@dataclass(frozen=True, slots=True)
class Differences:
    """The relative error of the central difference along the gradient, by its step ε: in fifty digits and in double precision.

    ``order`` is the power of ε with which it falls in fifty digits, infinite where it is zero.
    """

    steps: tuple[float, ...]
    exact: tuple[float, ...]
    double: tuple[float, ...]
    order: float


@dataclass(frozen=True)
class Report:
    """All results of a check; ``str()`` is the text that the command line prints, `to_dict` the same as plain data."""

    title: str
    document: str
    results: tuple[Result, ...]
    point: str = ""  # what the partials were taken at
    routes: tuple[Route, ...] = ()
    differences: Differences | None = None
    derivation: Derivation | None = field(default=None, repr=False, compare=False)

    @property
    def passed(self) -> bool:
        """Whether nothing failed. Errors of the document that are listed as such do not count."""
        return not self.of_verdict(FAIL)

    @property
    def document_errors(self) -> tuple[Result, ...]:
        return self.of_verdict(DOCUMENT_ERROR)

    def of_verdict(self, verdict: str) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.verdict == verdict)

    def of_method(self, *methods: str) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.method in methods)

    @cached_property
    def parameters(self) -> tuple[Row, ...]:
        """Every partial that was compared, in the order of the derivation."""
        keys = {method: key for key, method in ROUTES.items()}
        rows: dict[str, dict[str, Result]] = {}
        for result in self.results:
            if result.measured is not None:
                rows.setdefault(result.measured.parameter, {})[keys[result.method]] = result
        return tuple(Row(name, routes) for name, routes in rows.items())

    @property
    def notes(self) -> tuple[Result, ...]:
        """What there is to say of the routes: of a partial once, however many routes say it."""
        found = {(own.name, own.detail): own for own in reversed(self.of_method(*ROUTES.values())) if own.detail}
        return tuple(reversed(found.values()))

    @property
    def counts(self) -> dict[str, int]:
        verdicts = {"passed": PASS, "failed": FAIL, "not_checked": NOT_CHECKED, "document_errors": DOCUMENT_ERROR}
        return {key: len(self.of_verdict(verdict)) for key, verdict in verdicts.items()}

    @property
    def summary(self) -> str:
        """The last line of the text."""
        counts = self.counts
        parts = [f"{counts['passed']} passed", f"{counts['failed']} failed"]
        if counts["not_checked"]:
            parts.append(f"{counts['not_checked']} not checked")
        if counts["document_errors"]:
            parts.append(f"{counts['document_errors']} error(s) of the document named")
        return ("passed: " if self.passed else "FAILED: ") + ", ".join(parts)

    def __str__(self) -> str:
        from .report_text import lines

        return "\n".join(lines(self)) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON has it: strings, lists and finite numbers; None where a number has no double."""
        from .claims_text import claim_data  # which reads results

        return {
            "title": self.title,
            "document": self.document,
            "passed": self.passed,
            "counts": self.counts,
            "point": self.point,
            "parameters": {row.parameter: _partial(row) for row in self.parameters},
            "routes": {route.key: self._route(route) for route in self.routes},
            "differences": None if self.differences is None else _differences(self.differences),
            "notes": [_plain(own, "name", "method", "verdict", "detail") for own in self.notes],
            "levels": [
                _plain(own, "name", "verdict", "detail") | {"found": "".join(own.cells[-1:])} for own in self.of_method(LEVEL)
            ],
            "printed": [
                _plain(own, "name", "verdict", "detail") | dict(zip(("printed", "value", "how"), own.cells[1:], strict=False))
                for own in self.of_method(PRINTED)
            ],
            "claims": [claim_data(own) | {"outcome": own.verdict} for own in self.of_method(CLAIM, WORDING)],
        }

    def _route(self, route: Route) -> dict[str, Any]:
        results = self.of_method(ROUTES[route.key])
        verdicts = {"passed": PASS, "failed": FAIL, "not_checked": NOT_CHECKED}
        return {
            "how": route.how,
            "digits": route.digits,
            "tolerance": route.tolerance,
            "points": route.points,
            **{key: sum(own.verdict == verdict for own in results) for key, verdict in verdicts.items()},
        }

    def save(self, path: str | Path, force: bool = False, **options: Any) -> Path:
        """Write the report as a page; the ending of ``path`` chooses the format: .html, .tex, .md or .pdf.

        ``options`` are those of a page: ``notation``, ``width``, ``templates``.
        """
        from ..rendering.check_page import save_report

        return save_report(self, path, force, **options)


def _partial(row: Row) -> dict[str, Any]:
    order = row.measured["central_differences"].order if "central_differences" in row.measured else None
    return {
        "analytic": _double(row.analytic),
        **{key: _double(own.numeric) for key, own in row.measured.items()},
        "relative_error": _double(row.error),
        "relative_errors": {key: _double(own.error) for key, own in row.measured.items()},
        "order": "exact" if order == math.inf else _double(order),
        "proved": any(own.proved for own in row.measured.values()),
        "verdict": row.verdict,
        "verdicts": {key: own.verdict for key, own in row.routes.items()},
    }


def _differences(own: Differences) -> dict[str, Any]:
    return {
        "steps": list(own.steps),
        "errors": [_double(error) for error in own.exact],
        "errors_in_double": [_double(error) for error in own.double],
        "order": "exact" if own.order == math.inf else _double(own.order),
    }


def _plain(result: Result, *names: str) -> dict[str, Any]:
    return {name: getattr(result, name) for name in names}


def _double(number: Any) -> float | None:
    """A number as JSON can hold it."""
    if number is None:
        return None
    found = float(number)
    return found if math.isfinite(found) else None
