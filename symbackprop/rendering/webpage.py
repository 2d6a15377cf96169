"""One self-contained HTML file."""

from __future__ import annotations

import html

from ..document.model import Equations, Plot
from . import mathml, plots, templates
from .writer import Writer


class HtmlWriter(Writer):
    """One self-contained HTML file: MathML, an embedded font, no script, no request."""

    template = "html/document.html.jinja"
    dialect = mathml.DIALECT
    width = 44.0

    def words(self, text: str) -> str:
        return html.escape(text)

    def inline(self, tex: str) -> str:
        return mathml.convert(tex, block=False)

    def coloured(self, text: str, role: str) -> str:
        return f'<span class="{role}">{text}</span>'

    def display(self, block: Equations) -> list[str]:
        """A MathML table for a block of equations, so that all its relations stand under one another."""
        return [mathml.convert(rf"\begin{{aligned}}{body}\end{{aligned}}", block=True) for body in self.aligned(block)]

    def plot(self, plot: Plot) -> str:
        """A plot as SVG."""
        return plots.svg(plot)

    def style(self) -> str:
        """The style sheet with the mathematics font in it, so that the file needs no other."""
        return templates.read("html/style.css").replace("FONT", templates.base64_file("fonts/stix-two-math.woff2"))
