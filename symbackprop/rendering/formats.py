"""The table of text formats."""

from __future__ import annotations

from collections.abc import Callable

from .latex import LatexWriter
from .markdown import MarkdownWriter
from .webpage import HtmlWriter
from .writer import Writer

WRITERS: dict[str, Callable[..., Writer]] = {"tex": LatexWriter, "html": HtmlWriter, "md": MarkdownWriter}
