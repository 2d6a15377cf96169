"""A book file: TOML text into a `Book` of loaded networks, with errors that point at line, chapter and network.

Options of a page stand at the top for the whole book, in a chapter, or beside one network; the innermost one counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..fields import describe
from ..network import Network
from .library import load
from .network_file import file_text, toml_entries
from .positions import Positions
from .tables import Table

MAX_NETWORKS = 5000

_BOOK = ("title", "author", "date", "intro", "chapters")
_CHAPTER = ("title", "intro", "networks", "exercises")
_NETWORK = ("network", "title", "intro")
_EXERCISE = ("network", "title", "task", "of")
_SWITCHES = ("verified",)  # options that are true or false
_PATTERN = "*?["


@dataclass(frozen=True, slots=True)
class Entry:
    """A network in a book, worked out on its pages or, with a ``task`` or ``of``, set as an exercise.

    ``place`` is where the book file names it, ``options`` are those of its page, ``of`` the parameters that are asked for.
    """

    network: Network
    place: str
    title: str
    intro: str = ""
    task: str = ""
    of: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chapter:
    title: str
    intro: str
    networks: tuple[Entry, ...]
    exercises: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Book:
    title: str
    author: str
    date: str
    intro: str
    chapters: tuple[Chapter, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All networks, then the exercises of each chapter, in their order."""
        return tuple(entry for chapter in self.chapters for entry in (*chapter.networks, *chapter.exercises))


def load_book(path: Path, options: Collection[str]) -> Book:
    """The book that a file describes, its networks loaded; ``options`` are the known options of a page.

    Raises InputError, in one line, for whatever cannot be found, read or understood.
    """
    shown = str(path)[:200]
    text = file_text(path, shown)
    top = Table(toml_entries(text, shown, "a book needs a title and [[chapters]]"))
    reader = _Reader(path, shown, Positions(text), tuple(options))
    try:
        return reader.book(top)
    except InputError as error:
        raise error if error.where.startswith(shown) else reader.located(error) from None


@dataclass(frozen=True, slots=True)
class _Reader:
    path: Path
    shown: str
    positions: Positions
    known: tuple[str, ...]

    def located(self, error: InputError) -> InputError:
        """``error`` with the book file, and the line of its key path, in front."""
        return error.at(self.place(error.where))

    def place(self, key: str) -> str:
        line = self.positions.line(key)
        return f"{self.shown}, line {line}" if line else self.shown

    def book(self, top: Table) -> Book:
        top.only((*_BOOK, *self.known))
        chapters = top.tables("chapters")
        if not chapters:
            raise InputError("the book has no chapters; add [[chapters]] with networks", "chapters")
        options = self.options(top, {})
        read = tuple(self.chapter(table, options) for table in chapters)
        book = Book(top.needed_text("title"), top.text("author"), _date(top), top.text("intro"), read)
        if len(book.entries) > MAX_NETWORKS:
            raise InputError(f"the book has {len(book.entries)} networks; the limit is {MAX_NETWORKS}", "chapters")
        return book

    def chapter(self, table: Table, outer: Mapping[str, Any]) -> Chapter:
        table.only((*_CHAPTER, *self.known))
        options = self.options(table, outer)
        networks = tuple(self.entries(table, "networks", options))
        exercises = tuple(self.entries(table, "exercises", options))
        if not networks and not exercises:
            raise InputError("the chapter has neither networks nor exercises", table.path)
        return Chapter(table.needed_text("title"), table.text("intro"), networks, exercises)

    def options(self, table: Table, outer: Mapping[str, Any]) -> Mapping[str, Any]:
        """The options of a table, over those of what is around it."""
        for key in self.known:
            value = table.entries.get(key, "")
            if key in _SWITCHES:
                if key in table.entries and not isinstance(value, bool):
                    raise InputError(f"expected true or false, found {describe(value)}", table.place(key))
            elif not isinstance(value, str | int) or isinstance(value, bool):
                raise InputError(f"expected text in quotes or a whole number, found {describe(value)}", table.place(key))
        own = {key: table.entries[key] for key in self.known if key in table.entries}
        if str(own.get("notation", "")).endswith(".toml"):  # the author's own, a file beside the book
            own["notation"] = str(self.path.parent / own["notation"])
        return {**outer, **own}

    def entries(self, chapter: Table, key: str, options: Mapping[str, Any]) -> Iterator[Entry]:
        """The networks or exercises of a chapter: names, files, patterns of files, or tables with more to say."""
        for index, item in enumerate(chapter.array(key)):
            path = f"{chapter.place(key)}[{index}]"
            if isinstance(item, str):
                item = {"network": item}
            if not isinstance(item, dict):
                raise InputError(f"expected the name of a network, a file or a table, found {describe(item)}", path)
            table = Table(item, path)
            table.only((*(_EXERCISE if key == "exercises" else _NETWORK), *self.known))
            source = table.needed_text("network")
            for name in self.matching(source, table) if any(letter in source for letter in _PATTERN) else [source]:
                yield self.entry(name, table, self.options(table, options))

    def matching(self, pattern: str, table: Table) -> list[str]:
        """The files of a pattern like ``nets/*.toml``, in the order of their names."""
        try:
            files = [file for file in self.path.parent.glob(pattern) if file.is_file()]
        except (NotImplementedError, ValueError):
            raise InputError(f"{describe(pattern)} is no pattern of files below the book's folder", table.path) from None
        if not files:
            raise InputError(f"no file below {str(self.path.parent)[:100]!r} matches {describe(pattern)}", table.path)
        return sorted(file.relative_to(self.path.parent).as_posix() for file in files)

    def entry(self, name: str, table: Table, options: Mapping[str, Any]) -> Entry:
        place = f"{self.place(table.path)}, {table.path} ({name[:60]})"
        if name == "-":
            raise InputError("a book's networks are names and files, not standard input", table.path)
        is_file = name.endswith(".toml") or "/" in name or "\\" in name
        of = table.array("of")
        if not all(isinstance(parameter, str) for parameter in of):
            raise InputError("expected a list of parameters in quotes", table.place("of"))
        try:
            network = load(self.path.parent / name if is_file else name)
            if of:
                network = replace(network, parameters=tuple(of))
        except InputError as error:
            raise error.at(place) from None
        title = table.text("title") or network.title or Path(name).stem
        return Entry(network, place, title, table.text("intro"), table.text("task"), tuple(of), options)


def _date(top: Table) -> str:
    """The date as it is given: text, or a date of TOML."""
    value = top.entries.get("date", "")
    return value.isoformat() if isinstance(value, date) else top.text("date")
