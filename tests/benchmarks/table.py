"""What is to be reached, as data, and whether it was: one row for each comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Figure(NamedTuple):
    """One measured value of a row, and what it was measured on."""

    value: float
    case: str


@dataclass(frozen=True)
class Row:
    """``key`` names the figures of which the worst counts; ``at_most`` says which way."""

    key: str
    measure: str
    reach: float
    at_most: bool
    unit: str = "×"


SMALL = 150  # parameters of a network of which the calls, not the arithmetic, take the time

ROWS = (
    Row("growth in depth", "growth of deriving in depth, to 10 000 units", 1.1, True, ""),
    Row("growth in parameters", "growth of deriving in parameters, to 80 k", 1.1, True, ""),
    Row("growth in steps", "growth of deriving in steps, to 10 000", 1.1, True, ""),
    Row("casadi parameters", "all partials against CasADi SX, 784-100-10", 0.5, True),
    Row("casadi steps", "all partials against CasADi SX, 10 000 steps", 0.5, True),
    Row("naive", "to a callable on 4-8-8-3, faster than naive SymPy", 1000, False),
    Row("matrix level", "deriving at the matrix level, per layer", 1.0, True, " ms"),
    Row("operations casadi", "operations of loss + gradient against CasADi SX", 1.02, True),
    Row("operations tape", "operations of loss + gradient against a structural tape", 1.02, True),
    Row("lambdify", "textbook networks, default callable, against lambdify(cse=True)", 0.9, True),
    Row("jax", "textbook networks, default callable, faster than JAX", 20, False),
    Row("torch", "textbook networks, default callable, faster than torch eager", 100, False),
    Row("c small", "C callable (bound), one sample, against hand NumPy, to 1.4 k parameters", 0.1, True),
    Row("c large", "C callable (bound), one sample, against hand NumPy, 80 k parameters", 0.45, True),
    Row("numpy small", f"NumPy callable (bound) against hand NumPy, to {SMALL} parameters, batches of 1, 64, 1024", 0.8, True),
    Row("numpy large", "NumPy callable (bound) against hand NumPy, larger, batches of 1, 64, 1024", 1.02, True),
    Row("latex", "LaTeX of equations, faster than sympy.latex", 40, False),
    Row("heavy modules", "SymPy, NumPy or Jinja2 loaded by --help and import", 0, True, ""),
    Row("startup", "--help and import symbackprop against python -c pass", 5, True),
)


@dataclass(frozen=True)
class Reached:
    """A row with what was measured: the worst of its figures."""

    row: Row
    worst: Figure | None
    best: Figure | None = None
    quick: bool = False

    @property
    def verdict(self) -> str:
        if self.worst is None:
            return "not measured"
        reached = self.worst.value <= self.row.reach if self.row.at_most else self.worst.value >= self.row.reach
        return ("reached" if reached else "not reached") + (", small sizes only" if self.quick else "")

    def cells(self) -> tuple[str, str, str, str]:
        reach = f"{'≤' if self.row.at_most else '≥'} {self.row.reach:g}{_spaced(self.row.unit)}"
        if self.worst is None:
            return self.row.measure, "", reach, self.verdict
        text = f"{number(self.worst.value)}{_spaced(self.row.unit)}"
        if self.best is not None and self.best != self.worst:
            text += f" ({self.worst.case}; best {number(self.best.value)}, {self.best.case})"
        elif self.worst.case:
            text += f" ({self.worst.case})"
        return self.row.measure, text, reach, self.verdict


def _spaced(unit: str) -> str:
    return f" {unit.strip()}" if unit else ""


def number(value: float) -> str:
    """Three significant digits."""
    if value == int(value) and abs(value) < 1000:
        return f"{value:g}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def judged(figures: Mapping[str, Sequence[Figure]], quick: bool = False) -> list[Reached]:
    """Each row with the worst and the best of its figures. Raises KeyError for figures that no row has."""
    if unknown := set(figures) - {row.key for row in ROWS}:
        raise KeyError(f"no row for {', '.join(sorted(unknown))}")
    found = []
    for row in ROWS:
        ordered = sorted(figures.get(row.key, ()), key=lambda figure: figure.value, reverse=row.at_most)
        found.append(Reached(row, ordered[0] if ordered else None, ordered[-1] if ordered else None, quick))
    return found


HEAD = ("measure", "measured: the worst", "reach", "")


def as_text(rows: Sequence[Reached]) -> str:
    return columns([HEAD, *(row.cells() for row in rows)])


def as_markdown(rows: Sequence[Reached]) -> str:
    lines = [HEAD, ("---",) * len(HEAD), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Lines of cells below each other: the first column to the left, as is whatever is text."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
