"""The gradient at a glance, for Jupyter: the cached terms and each partial in them; of arrays, error signals and partials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..checking.page import check_page
from ..document.backward_part import term_equation
from ..document.boxes import Dialect
from ..document.layout import group
from ..document.levels import MATRIX
from ..document.mathtex import Printer
from ..document.matrix_part import gradient_rows
from ..document.model import Document, Equation, Equations, Section
from ..document.page import Page, make_page
from ..tree import Derivative

if TYPE_CHECKING:
    from ..derivation import Derivation

MAX_SHOWN = 60  # equations that a notebook still shows well
_WIDTH = 50.0

# MathJax in notebooks: no macros, no colours that a dark theme would swallow.
_PLAIN = Dialect(lambda role, body: body, lambda body, label: rf"{{\underbrace{{{body}}}_{{{label}}}}}")


def summary_latex(derivation: Derivation) -> str:
    """A displayed block of equations that a notebook draws."""
    page = make_page(derivation)
    equations = _equations(page)
    left_out = len(equations) - MAX_SHOWN
    shown = tuple(equations[:MAX_SHOWN])
    check_page(page, Document("", (Section("", (Equations(shown),)),)))
    blocks = group(shown, Printer(page.notation, _PLAIN, room=_WIDTH), _WIDTH)
    lines = [f"{line.left} &{line.right}" for block in blocks for line in block]
    if left_out > 0:
        lines.append(rf"&\text{{and {left_out} more}}")
    return "$$\n\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}\n$$"


def _equations(page: Page) -> list[Equation]:
    if page.level == MATRIX:
        return gradient_rows(page)
    terms = [term_equation(page, term.name) for term in page.terms.terms]
    objective = page.derivation.objective
    partials = [Equation(Derivative(objective, name), (("=", page.terms.partial(name)),)) for name in page.derivation.parameters]
    return [*terms, *partials]
