"""Derivation → document: the sections of a worked solution in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from . import words
from .backward_part import backward_section, terms_section
from .forward_part import composite_section, forward_section, given_section, loss_section, slopes_section
from .model import Document, Section
from .page import Page
from .reading_part import bound_section, reading_section
from .signals_part import samples_section, signals_section, updates_section

_SECTIONS: tuple[Callable[[Page], Section | None], ...] = (
    forward_section,
    composite_section,
    loss_section,
    slopes_section,
    backward_section,
    terms_section,
    signals_section,
    samples_section,
    updates_section,
    reading_section,
    bound_section,
)

Progress = Callable[[Iterable[Callable[[Page], Section | None]]], Iterator[Callable[[Page], Section | None]]]


def build(page: Page, progress: Progress = iter) -> Document:
    """The worked solution. ``progress`` may wrap the iteration over sections to show how far it is."""
    title = page.derivation.network.title or words.TITLE
    sections = [Section("", (given_section(page),))]
    for make in progress(_SECTIONS):
        section = make(page)
        if section is not None:
            sections.append(section)
    return Document(title, tuple(sections))
