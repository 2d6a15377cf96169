"""What every format has in common: runs of text, mathematics and equations; the templates do the rest."""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..document import layout, words
from ..document.boxes import SIGNS, Dialect
from ..document.fitting import fitted
from ..document.mathtex import Printer
from ..document.model import Coloured, Document, Equations, Math, Relation, Section, Text
from ..document.notation import Notation
from ..errors import InputError
from . import templates
from .unchanged import Ledger

if TYPE_CHECKING:
    from ..derivation import Derivation

ROW_END = " \\\\\n"


class Writer(ABC):
    """Prints documents in one format."""

    template: str
    body: str  # the template of a solution without title, for a page of several
    dialect: Dialect
    width: float  # of a line, in em of the text size

    def __init__(
        self,
        notation: Notation,
        width: float | None = None,
        prefix: str = "",
        own: Path | None = None,
        derivation: Derivation | None = None,
    ) -> None:
        """``prefix`` is what labels inside the document begin with, else the title; ``own`` an author's folder of templates;
        ``derivation`` what is derived, for a format whose pages compute it again.

        Raises InputError for a prefix that no label can have.
        """
        if not re.fullmatch(r"[A-Za-z0-9:._-]*", prefix):
            raise InputError(f"{prefix[:40]!r} cannot begin a label; use letters, digits, and : . _ -", "prefix")
        if width is not None:
            self.width = width
        self.prefix = prefix
        self.own = own
        self.derivation = derivation
        self.ledger = Ledger()
        self.printer = Printer(notation, self.dialect, room=self.width)
        self.in_text = Printer(notation, self.dialect, inline=True, room=self.width)

    @abstractmethod
    def words(self, text: str) -> str:
        """Words, escaped."""

    @abstractmethod
    def inline(self, tex: str) -> str:
        """Mathematics inside a line."""

    @abstractmethod
    def coloured(self, text: str, role: str) -> str:
        """Words in the colour of a role."""

    def text(self, runs: Text) -> str:
        parts = []
        for run in runs:
            match run:
                case Math():
                    tex = self.in_text.tex(run.tree) + self.in_text.hidden(run.hidden)
                    parts.append(self.ledger.note(self.inline(tex)))
                case Relation():
                    sides = self.in_text.tex(run.left), self.in_text.tex(run.right)
                    parts.append(self.ledger.note(self.inline(f"{sides[0]} {SIGNS[run.sign]}{sides[1]}")))
                case Coloured():
                    parts.append(self.coloured(self.words(run.words), run.role))
                case str():
                    parts.append(self.words(run))
        return "".join(parts)

    def aligned(self, block: Equations) -> list[str]:
        """A block of equations as bodies of aligned environments, none with more rows than TeX or a browser sets with ease."""
        return [self.ledger.note(own) for own in self.bodies(block)]

    def bodies(self, block: Equations) -> list[str]:
        """What `aligned` gives to a template."""
        return [body(lines) for lines in self.lines(block, self.printer, self.width)]

    def lines(self, block: Equations, printer: Printer, width: float) -> Iterator[list[layout.Line]]:
        """A block of equations as a printer prints it, in lines of ``width`` em, by environments."""
        arrange = layout.pack if block.packed else layout.group
        for rows in layout.environments(block.rows):
            yield list(chain.from_iterable(arrange(rows, printer, width)))

    def label(self, title: str) -> str:
        """The label of a section of the document."""
        return f"{self.prefix}:sec:{slug(title)}"

    def write(
        self, document: Document, progress: Callable[[Iterable[Section]], Iterator[Section]] = iter, template: str = ""
    ) -> str:
        """The document as text; ``progress`` may wrap the iteration over sections."""
        self.prefix = self.prefix or slug(document.title) or slug(words.TITLE)
        document = fitted(document, self.in_text, self.width)
        values = {"document": document, "title": document.title, "sections": progress(document.sections)}
        return self.filled(template or self.template, **values)

    def filled(self, template: str, **values: Any) -> str:
        """A template, filled. Raises LineError where it has not printed what it was given, as it is."""
        text = templates.fill(template, self.own, **values, writer=self, words=words, kind=kind)
        self.ledger.check(text, self.own is not None)
        return text


def body(lines: Iterable[layout.Line]) -> str:
    """The body of an aligned environment."""
    return ROW_END.join(f"{line.left} &{line.right}" for line in lines)


def slug(text: str) -> str:
    """``text`` as a label: small letters and digits, a hyphen between words."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def kind(block: object) -> str:
    """The name by which a template knows a block."""
    return type(block).__name__.lower()
