"""A book file's networks → one document: every solution is printed as a page of its own would be, then bound together."""

from __future__ import annotations

import inspect
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..collector import collector_paused
from ..derivation import derive
from ..document import words
from ..document.book import exercise, index_terms, notation_page
from ..document.columns import GAP, run_width
from ..document.layout import MARGIN
from ..document.line_width import line_width
from ..document.metrics import text_width
from ..document.model import Document, Text
from ..document.page import Page, make_page
from ..document.profile import DEFAULT
from ..errors import InputError, nearest
from ..reading.book_file import Book, Chapter, Entry
from . import prepare, templates
from .formats import WRITERS
from .pdf import compile_pdf, require_tex
from .writer import Writer, slug

FORMS = {
    "tex": "latex/book.tex.jinja",
    "fragment": "latex/book-fragment.tex.jinja",
    "html": "html/book.html.jinja",
    "md": "markdown/book.md.jinja",
}
VERIFIED = "verified"
MAX_NOTATIONS = 6  # side by side in a table

Progress = Callable[[Iterable[Any]], Iterator[Any]]


def page_options() -> tuple[str, ...]:
    """The options that a book may give to its pages."""
    return (*tuple(inspect.signature(make_page).parameters)[1:], VERIFIED)


@dataclass(frozen=True, slots=True)
class Bound:
    """A network as it stands in the book. ``body``, and ``task``, which is what an exercise shows, are text of the format;
    ``number`` counts the exercises of a chapter."""

    label: str
    title: str
    intro: tuple[str, ...]
    body: str
    number: str = ""
    task: str = ""

    @property
    def solution(self) -> str:
        """The label of an exercise's solution."""
        return f"{self.label}:solution"


@dataclass(frozen=True, slots=True)
class BoundChapter:
    label: str
    title: str
    intro: tuple[str, ...]
    networks: tuple[Bound, ...]
    exercises: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A term, and the labels of the places that it leads to, with the title of what stands there."""

    term: str
    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NotationTable:
    """(name, title) of some notations, and rows of a meaning and its symbol in each of them, as text of the format."""

    notations: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


class _Binder:
    """Prints the networks of one book in one format, and keeps what the index needs."""

    def __init__(self, form: str, own: Path | None) -> None:
        self.form, self.own = form, own
        self.terms: dict[str, dict[str, str]] = defaultdict(dict)
        self.of_solutions: dict[str, dict[str, str]] = defaultdict(dict)

    def writer(self, page: Page, label: str, entry: Entry | None = None) -> Writer:
        width = _width(entry.options) if entry is not None else None
        return WRITERS[self.form](page.notation, width, label, self.own)

    def entry(self, entry: Entry, page: Page, document: Document, label: str, number: str) -> Bound:
        """One network, or one exercise where there is a ``number``."""
        own = f"{label}:solution" if number else label
        writer = self.writer(page, own, entry)
        body = writer.write(document, template=writer.body)
        places = self.of_solutions if number else self.terms
        for term, section in index_terms(page, document):
            named = entry.title if term == document.title else term
            places[named].setdefault(writer.label(section) if section else own, entry.title)
        asked = exercise(page, document, entry.task, entry.of)
        task = self.writer(page, label, entry).write(asked, template=writer.body) if number else ""
        return Bound(label, entry.title, _paragraphs(entry.intro), body, number, task)

    def index(self) -> list[IndexEntry]:
        """The terms in alphabetical order. Solutions stand behind all chapters, so their places come last."""
        terms = sorted({*self.terms, *self.of_solutions}, key=lambda term: (slug(term), term))
        return [IndexEntry(_capital(term), (*self.terms[term].items(), *self.of_solutions[term].items())) for term in terms]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of an author's text, which are divided by empty lines."""
    return tuple(" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip())


def render_book(
    book: Book, forms: Iterable[str], progress: Progress = iter, templates_folder: str | Path | None = None
) -> dict[str, str]:
    """The book as text in several formats of `FORMS`.

    Raises InputError with the place in the book file for a network that cannot be derived or printed as its options say,
    before any of them is printed.
    """
    own = None if templates_folder is None else templates.own_folder(templates_folder)
    with collector_paused():
        prepared = [_prepared(entry) for entry in progress(book.entries)]
        labels = _labels(book)
        found = {}
        for form in forms:
            binder = _Binder(form, own)
            pages = iter(zip(prepared, progress(labels), strict=True))
            chapters = [_chapter(binder, number, chapter, pages) for number, chapter in enumerate(book.chapters, start=1)]
            found[form] = templates.fill(FORMS[form], own, **_values(book, binder, chapters, _notations(book, prepared, binder)))
    return found


def book_pages(book: Book, forms: tuple[str, ...], progress: Progress = iter, own: str | Path | None = None) -> dict[str, bytes]:
    """The book in several formats; see `render_book`. Raises MissingToolError for pdf without TeX, before any work."""
    for form in forms:
        if form != "pdf" and form not in FORMS:
            raise InputError(f"there is no format {form!r} of a book{nearest(form, (*FORMS, 'pdf'))}", "--format")
    if "pdf" in forms:
        require_tex()
    texts = render_book(book, dict.fromkeys("tex" if form == "pdf" else form for form in forms), progress, own)
    return {form: compile_pdf(texts["tex"], progress) if form == "pdf" else texts[form].encode("utf-8") for form in forms}


def _prepared(entry: Entry) -> tuple[Page, Document]:
    try:
        width = _width(entry.options)
        return prepare(derive(entry.network), **{**entry.options, **({} if width is None else {"width": width})})
    except InputError as error:
        raise error.at(entry.place) from None


def _width(options: Mapping[str, Any]) -> float | None:
    """The width of lines in em; None where each format has its own."""
    return line_width(options["width"]) if "width" in options else None


def _labels(book: Book) -> list[str]:
    """A label for each entry: that of its title, with a number where several have one title."""
    found: list[str] = []
    counts: dict[str, int] = defaultdict(int)
    for entry in book.entries:
        label = slug(entry.title) or slug(words.TITLE)
        counts[label] += 1
        found.append(label if counts[label] == 1 else f"{label}.{counts[label]}")
    return found


def _chapter(binder: _Binder, number: int, chapter: Chapter, pages: Iterator[tuple[tuple[Page, Document], str]]) -> BoundChapter:
    networks = tuple(_entry(binder, entry, pages, "") for entry in chapter.networks)
    exercises = tuple(_entry(binder, entry, pages, f"{number}.{index}") for index, entry in enumerate(chapter.exercises, start=1))
    return BoundChapter(f"chapter-{number}", chapter.title, _paragraphs(chapter.intro), networks, exercises)


def _entry(binder: _Binder, entry: Entry, pages: Iterator[tuple[tuple[Page, Document], str]], number: str) -> Bound:
    (page, document), label = next(pages)
    return binder.entry(entry, page, document, label, number)


def _notations(book: Book, prepared: list[tuple[Page, Document]], binder: _Binder) -> list[NotationTable]:
    """The letters of every notation that a page uses."""
    chosen: dict[str, str] = {}
    for entry, (page, _) in zip(book.entries, prepared, strict=True):
        name = page.notation.profile.name
        chosen.setdefault(name, entry.options.get("notation") or name)
    columns = []
    for name in sorted(chosen):
        page, cells = notation_page(chosen[name])
        writer = binder.writer(page, "")
        width = max(text_width(name), *(run_width(run, writer.in_text) for cell in cells for run in cell))
        columns.append(_Column(name, page.notation.profile.title, width, tuple(map(writer.text, cells)), cells))
    return [_table(part) for part in _beside(columns, binder.writer(page, "").width)] if columns else []


class _Column(NamedTuple):
    """One notation of the table: its widest cell in em, its cells as text of the format, and as they are."""

    name: str
    title: str
    width: float
    texts: tuple[str, ...]
    cells: tuple[Text, ...]


def _beside(columns: list[_Column], width: float) -> Iterator[list[_Column]]:
    """The notations in groups that have room beside the meanings."""
    first = max(map(text_width, words.NOTATION_ROWS))
    part: list[_Column] = []
    for column in columns:
        if part and (first + sum(own.width + GAP for own in (*part, column)) > MARGIN * width or len(part) == MAX_NOTATIONS):
            yield part
            part = []
        part.append(column)
    yield part


def _table(part: list[_Column]) -> NotationTable:
    """The rows of some notations, without those of which none of them says anything."""
    rows = zip(
        words.NOTATION_ROWS,
        zip(*(own.cells for own in part), strict=True),
        zip(*(own.texts for own in part), strict=True),
        strict=True,
    )
    shown = tuple((meaning, texts) for meaning, cells, texts in rows if any(cell != (words.NONE,) for cell in cells))
    return NotationTable(tuple((own.name, own.title) for own in part), shown)


def _values(book: Book, binder: _Binder, chapters: list[BoundChapter], notations: list[NotationTable]) -> dict[str, Any]:
    return {
        "title": book.title,
        "author": book.author,
        "date": book.date,
        "intro": _paragraphs(book.intro),
        "chapters": chapters,
        "exercises": [exercise for chapter in chapters for exercise in chapter.exercises],
        "notations": notations,
        "index": binder.index(),
        "writer": binder.writer(notation_page(DEFAULT)[0], ""),
        "words": words,
    }
