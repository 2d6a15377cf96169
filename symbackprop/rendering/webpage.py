"""One self-contained HTML file."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cached_property

from ..document.boxes import Dialect
from ..document.layout import Line
from ..document.mathtex import Printer
from ..document.model import Document, Equations, Figure
from . import mathml, svg, templates
from .writer import Writer, body, slug

# What a reader copies: LaTeX that needs amsmath only, without colours.
COPIED = Dialect(lambda role, body: body, lambda body, label: rf"{{\underbrace{{{body}}}_{{{label}}}}}")
COPIED_WIDTH = 33.5  # em of the lines of the class article, with a little air

FIGURE_WIDTH = 160.0  # millimetres of a figure on a wide page; on a phone it can be scrolled
PHONE = 22.0  # em of the lines of the narrow layout
MIN_CONTENTS = 6  # sections from which a page has a table of contents


@dataclass(frozen=True, slots=True)
class Layout:
    """Equations as MathML, and how many em they need."""

    mathml: str
    width: float


@dataclass(frozen=True, slots=True)
class Displayed:
    """Equations for a wide page, with their LaTeX, and for a phone; ``narrow`` is None where the wide layout fits it."""

    wide: Layout
    narrow: Layout | None


class HtmlWriter(Writer):
    """One self-contained HTML file: MathML, an embedded font, no request. A small script adds buttons, nothing else."""

    template = "html/document.html.jinja"
    body = "html/body.html.jinja"
    dialect = mathml.DIALECT
    width = 44.0

    @cached_property
    def _copied(self) -> Printer:
        return Printer(self.printer.notation, COPIED)

    def words(self, text: str) -> str:
        return html.escape(text)

    def inline(self, tex: str) -> str:
        return mathml.convert(tex, block=False)

    def coloured(self, text: str, role: str) -> str:
        return f'<span class="{role}">{text}</span>'

    def display(self, block: Equations) -> list[Displayed]:
        """MathML tables for a block of equations, so that all its relations stand under one another."""
        found = []
        layouts = (self.lines(block, self.printer, width) for width in (self.width, min(PHONE, self.width)))
        for wide, narrow, copied in zip(*layouts, self.lines(block, self._copied, COPIED_WIDTH), strict=True):
            source = f"\\begin{{align*}}\n{body(copied)}\n\\end{{align*}}"
            shown = Displayed(_layout(wide, source), None if narrow == wide else _layout(narrow))
            self.ledger.note(shown.wide.mathml)
            self.ledger.allow(shown.narrow.mathml if shown.narrow else "")
            found.append(shown)
        return found

    def label(self, title: str) -> str:
        return f"{self.prefix}-{slug(title)}"

    def needs_contents(self, document: Document) -> bool:
        """Whether the page is so long that it begins with a table of contents."""
        return sum(bool(section.title) for section in document.sections) >= MIN_CONTENTS

    def figure(self, figure: Figure) -> str:
        """A figure as SVG."""
        return self.ledger.allow(svg.svg(figure, FIGURE_WIDTH))

    def font(self) -> str:
        """The mathematics font for the style sheet, so that the file needs no other."""
        return templates.base64_file("fonts/stix-two-math.woff2")


def _layout(lines: list[Line], source: str = "") -> Layout:
    width = max(line.left_width for line in lines) + max(line.width for line in lines)
    return Layout(mathml.convert(rf"\begin{{aligned}}{body(lines)}\end{{aligned}}", True, source), width)
