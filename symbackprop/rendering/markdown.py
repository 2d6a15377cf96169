"""Markdown with the mathematics that GitHub draws."""

from __future__ import annotations

from ..document.boxes import Dialect
from .escape import escape_markdown
from .writer import COLOURS, Writer

DIALECT = Dialect(
    lambda role, body: rf"{{\color{{#{COLOURS[role]}}}{body}}}", lambda body, label: rf"{{\underbrace{{{body}}}_{{{label}}}}}"
)


class MarkdownWriter(Writer):
    """Markdown with the mathematics that GitHub draws."""

    template = "markdown/document.md.jinja"
    dialect = DIALECT
    width = 44.0

    def words(self, text: str) -> str:
        return escape_markdown(text)

    def inline(self, tex: str) -> str:
        return f"${tex}$"

    def coloured(self, text: str, role: str) -> str:
        return text  # GitHub strips colours from words
