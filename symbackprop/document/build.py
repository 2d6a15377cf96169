"""Derivation → document: the sections of a worked solution in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from . import matrix_part, words
from .backward_part import backward_section, terms_section
from .batch_part import batch_section
from .decimals import with_decimal_mark
from .figures import circuit_figure, network_figure, signals_figure, sizes_figure, slopes_figure, updates_figure
from .forward_part import closed_section, composite_section, forward_section, loss_section, slopes_section
from .given_part import given_section
from .levels import INDEX, MATRIX, UNIT
from .model import Document, Figure, Section
from .page import BRIEF, DETAILS, FULL, STANDARD, Page, has_many_steps
from .reading_part import bound_section, reading_section
from .result_part import result_section
from .signals_part import samples_section, signals_section, updates_section
from .symbols_part import notation_section
from .time_part import time_section
from .to_matrices_part import to_matrices_section

Make = Callable[[Page], Section | None]


class Part(NamedTuple):
    """A section, the lowest detail in which it is shown, and the figure that it ends with in full detail."""

    make: Make
    lowest: str
    figure: Callable[[Page], Figure | None] | None = None


_UNIT: tuple[Part, ...] = (
    Part(notation_section, STANDARD),
    Part(forward_section, BRIEF),
    Part(composite_section, STANDARD),
    Part(loss_section, BRIEF),
    Part(slopes_section, STANDARD, slopes_figure),
    Part(backward_section, BRIEF, circuit_figure),
    Part(terms_section, BRIEF),
    Part(signals_section, STANDARD, signals_figure),
    Part(time_section, STANDARD),
    Part(samples_section, BRIEF),
    Part(updates_section, STANDARD, updates_figure),
    Part(closed_section, FULL),
    Part(reading_section, FULL),
    Part(bound_section, FULL, sizes_figure),
    Part(to_matrices_section, STANDARD),
    Part(result_section, BRIEF),
)
_ARRAYS: tuple[Part, ...] = (
    Part(notation_section, STANDARD),
    Part(matrix_part.forward_section, BRIEF),
    Part(matrix_part.loss_section, BRIEF),
    Part(slopes_section, STANDARD, slopes_figure),
    Part(matrix_part.backward_section, BRIEF, signals_figure),
    Part(time_section, STANDARD),
    Part(to_matrices_section, STANDARD),
    Part(batch_section, STANDARD),
    Part(matrix_part.updates_section, STANDARD, updates_figure),
    Part(matrix_part.result_section, BRIEF),
)
_SECTIONS = {UNIT: _UNIT, INDEX: _ARRAYS, MATRIX: _ARRAYS}
_OF_SIGNALS = (signals_section, matrix_part.backward_section, time_section)  # in which error signals stand
# Of many steps only the general one is written out; what the steps have in common is what is read.
_MANY_STEPS: tuple[Part, ...] = (
    Part(notation_section, STANDARD),
    Part(slopes_section, STANDARD, slopes_figure),
    Part(time_section, BRIEF),
    Part(matrix_part.updates_section, BRIEF),
)

Progress = Callable[[Iterable[Part]], Iterator[Part]]


def build(page: Page, progress: Progress = iter) -> Document:
    """The worked solution. ``progress`` may wrap the iteration over sections to show how far it is."""
    title = page.derivation.network.title or words.TITLE
    diagram = network_figure(page)
    shown = DETAILS[: DETAILS.index(page.detail) + 1]
    parts = [part for part in (_MANY_STEPS if has_many_steps(page) else _SECTIONS[page.level]) if part.lowest in shown]
    signals = any(part.make in _OF_SIGNALS for part in parts)
    sections = [Section("", (given_section(page, diagram, signals), *([diagram] if diagram is not None else [])))]
    for part in progress(parts):
        section = part.make(page)
        if section is None:
            continue
        figure = part.figure(page) if part.figure is not None and page.detail == FULL else None
        sections.append(section if figure is None else replace(section, blocks=(*section.blocks, figure)))
    return Document(title, tuple(with_decimal_mark(section, page.notation.profile) for section in sections))
