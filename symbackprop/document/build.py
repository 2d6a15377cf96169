"""Derivation → document: the sections of a worked solution in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from . import matrix_part, words
from .backward_part import backward_section, terms_section
from .batch_part import batch_section
from .forward_part import composite_section, forward_section, loss_section, slopes_section
from .given_part import given_section, symbols_section
from .levels import INDEX, MATRIX, UNIT
from .model import Document, Section
from .page import Page, has_many_steps
from .reading_part import bound_section, reading_section
from .signals_part import samples_section, signals_section, updates_section
from .time_part import time_section
from .to_matrices_part import to_matrices_section

Make = Callable[[Page], Section | None]

_UNIT: tuple[Make, ...] = (
    symbols_section,
    forward_section,
    composite_section,
    loss_section,
    slopes_section,
    backward_section,
    terms_section,
    signals_section,
    time_section,
    samples_section,
    updates_section,
    reading_section,
    bound_section,
    to_matrices_section,
)
_ARRAYS: tuple[Make, ...] = (
    symbols_section,
    matrix_part.forward_section,
    matrix_part.loss_section,
    slopes_section,
    matrix_part.backward_section,
    time_section,
    to_matrices_section,
    batch_section,
    matrix_part.updates_section,
)
_SECTIONS = {UNIT: _UNIT, INDEX: _ARRAYS, MATRIX: _ARRAYS}
# Of many steps only the general one is written out; what the steps have in common is what is read.
_MANY_STEPS: tuple[Make, ...] = (symbols_section, slopes_section, time_section, matrix_part.updates_section)

Progress = Callable[[Iterable[Make]], Iterator[Make]]


def build(page: Page, progress: Progress = iter) -> Document:
    """The worked solution. ``progress`` may wrap the iteration over sections to show how far it is."""
    title = page.derivation.network.title or words.TITLE
    sections = [Section("", (given_section(page),))]
    for make in progress(_MANY_STEPS if has_many_steps(page) else _SECTIONS[page.level]):
        section = make(page)
        if section is not None:
            sections.append(section)
    return Document(title, tuple(sections))
