"""What was done on each route, for the reader of a report."""

from __future__ import annotations

from collections.abc import Iterator

from ..precise import DIGITS
from . import closed_forms, complex_step, double, gradients, large
from .autodiff import installed_as
from .report import AUTODIFF, CLOSED_FORM, COMPLEX, DOUBLE, GRADIENT, ROUTES, Result, Route
from .setting import Setting

_DOUBLE_DIGITS = 16

# On a page eps is a letter, and 1e-10 a power.
DIFFERENCES = "(E(w + eps) - E(w - eps))/(2 eps) in fifty digits, eps = 1e-10 and 1e-15; the error must fall with the square of eps"
COMPLEX_STEP = "Im E(w + ih)/h in fifty digits, h = 1e-{step}, with complex forward definitions"
SYMPY = (
    "the nested objective, written in elementary functions, differentiated by SymPy; {proved} of {all} formulas proved equal, "
    "all compared at {points} random points and here"
)
LIBRARY = "{library} differentiates the forward definitions, in double precision"
FUNCTION = "the function that is generated from the derivation, in double precision"
LARGE = "(E(w + eps) - E(w - eps))/(2 eps) along one random direction for each parameter, in double precision"


def routes_of(setting: Setting, results: tuple[Result, ...], library: str) -> tuple[Route, ...]:
    """The routes that were gone."""
    rows = len(setting.point.rows)

    def found() -> Iterator[Route]:
        yield Route(_key(GRADIENT), DIFFERENCES, DIGITS, float(gradients.TOLERANCE), rows)
        yield Route(_key(COMPLEX), COMPLEX_STEP.format(step=complex_step.STEP), DIGITS, float(complex_step.TOLERANCE), rows)
        proofs = [own.measured.proved for own in results if own.method == CLOSED_FORM and own.measured is not None]
        count = closed_forms.POINTS
        text = SYMPY.format(points=count, proved=sum(proofs), all=len(proofs))
        yield Route(_key(CLOSED_FORM), text, DIGITS, closed_forms.TOLERANCE, count + rows)
        if library:
            yield Route(_key(AUTODIFF), LIBRARY.format(library=installed_as(library)), _DOUBLE_DIGITS, double.TOLERANCE, rows)
        yield Route(_key(DOUBLE), FUNCTION, _DOUBLE_DIGITS, double.TOLERANCE, rows)

    gone = {own.method for own in results if own.measured is not None}
    return tuple(route for route in found() if ROUTES[route.key] in gone)


def routes_of_large(library: str) -> tuple[Route, ...]:
    """The routes of a network too large to be written out."""
    own = (Route(_key(GRADIENT), LARGE, _DOUBLE_DIGITS, large.TOLERANCE, 1),)
    if not library:
        return own
    text = LIBRARY.format(library=installed_as(library))
    return (*own, Route(_key(AUTODIFF), text, _DOUBLE_DIGITS, large.LIBRARY_TOLERANCE, 1))


def _key(method: str) -> str:
    return next(key for key, own in ROUTES.items() if own == method)
