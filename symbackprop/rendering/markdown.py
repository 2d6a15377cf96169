"""Markdown with the mathematics that GitHub draws.

What GitHub draws: in ``$`…`$`` and fences of ``math`` it hands TeX on as it is, between plain dollars Markdown takes ``\\,`` and
``\\\\`` first. It forbids commands that define others or hide text. An expression costs one, and one for each opening brace in
it; where an expression costs more than a thousand, or all of a page more than two thousand, it is left undrawn. Of many
colours in one expression the last are not drawn either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from ..document import words
from ..document.boxes import Dialect
from ..document.model import Document, Equations, Figure, Section
from .escape import escape_markdown
from .writer import ROW_END, Writer

# Colours of the roles, neither too light for a white page nor too dark for a black one.
COLOURS = {"value": "2B78C5", "gradient": "D0453B", "cached": "20864E", "new": "2B78C5"}

MAX_COST = 2000  # of all expressions of a page
_MAX_BODY = 900  # of one expression, with some room
_MAX_COLOURS = 40


def _brace(body: str, label: str) -> str:
    return rf"{{\underbrace{{{body}}}_{{{label}}}}}"


DIALECT = Dialect(lambda role, body: rf"{{\color{{#{COLOURS[role]}}}{{{body}}}}}", _brace, hidden=lambda tex: "")
# Without colours what is new in a line is underlined.
PLAIN = Dialect(lambda role, body: rf"\underline{{{body}}}" if role == "new" else body, _brace, hidden=DIALECT.hidden)


class MarkdownWriter(Writer):
    """Markdown for GitHub; a page with too much mathematics for it goes without colours and spare braces."""

    template = "markdown/document.md.jinja"
    body = "markdown/body.md.jinja"
    dialect = DIALECT
    width = 44.0
    exceeds = False  # whether the page has more mathematics than GitHub draws

    def words(self, text: str) -> str:
        return escape_markdown(text)

    def inline(self, tex: str) -> str:
        return f"$`{tex}`$"

    def display(self, body: str) -> str:
        """Mathematics on lines of its own."""
        return f"```math\n{body}\n```"

    def coloured(self, text: str, role: str) -> str:
        # GitHub strips colours from words.
        return text

    def figure(self, figure: Figure) -> str:
        """Nothing: what GitHub draws is a file of its own."""
        return ""

    def bodies(self, block: Equations) -> list[str]:
        return [part for body in super().bodies(block) for part in _parts(body)]

    def write(
        self, document: Document, progress: Callable[[Iterable[Section]], Iterator[Section]] = iter, template: str = ""
    ) -> str:
        text = super().write(document, progress, template)
        if template or cost(text) <= MAX_COST:
            return text
        plain = _ThriftyWriter(self.printer.notation, self.width, self.prefix, self.own)
        text = plain.write(document, template=template or self.template)
        if cost(text) <= MAX_COST:
            return text
        plain.exceeds = True
        return plain.write(document, template=template or self.template)


class _ThriftyWriter(MarkdownWriter):
    """Without colours, and without braces that TeX does not need."""

    dialect = PLAIN

    def inline(self, tex: str) -> str:
        return super().inline(_thrifty(tex))

    def coloured(self, text: str, role: str) -> str:
        return self.words(words.UNCOLOURED.get(role, text))

    def bodies(self, block: Equations) -> list[str]:
        return [_thrifty(body) for body in super().bodies(block)]


def _thrifty(tex: str) -> str:
    """``tex`` without the braces that a single letter or digit does not need."""
    tex = re.sub(r"\\(t?frac)\{(\d)\}\{(\d)\}", r"\\\1\2\3", tex)
    tex = re.sub(r"([_^])\{([A-Za-z0-9])\}", r"\1\2", tex)
    return re.sub(r"\\(mathbf|mathsf|mathrm|hat|bar|tilde)\{([A-Za-z0-9])\}", r"\\\1 \2", tex)


def cost(text: str) -> int:
    """What the mathematics of a page costs."""
    found = re.findall(r"```math\n(.*?)```|\$`(.*?)`\$", text, re.DOTALL)
    return sum(1 + (fenced or inline).count("{") for fenced, inline in found)


def _parts(body: str) -> Iterator[str]:
    """The rows of a body in as many expressions as GitHub needs."""
    part, spent, colours = "", 0, 0
    for row in body.split(ROW_END):
        braces, tints = row.count("{"), row.count(r"\color")
        if part and (spent + braces > _MAX_BODY or colours + tints > _MAX_COLOURS):
            yield part
            part, spent, colours = "", 0, 0
        part = f"{part}{ROW_END}{row}" if part else row
        spent, colours = spent + braces, colours + tints
    yield part
