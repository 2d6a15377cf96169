"""The table of text formats."""

from __future__ import annotations

from collections.abc import Callable

from .latex import FragmentWriter, LatexWriter
from .markdown import MarkdownWriter
from .notebook import NotebookWriter
from .webpage import HtmlWriter
from .writer import Writer

WRITERS: dict[str, Callable[..., Writer]] = {
    "tex": LatexWriter,
    "html": HtmlWriter,
    "md": MarkdownWriter,
    "fragment": FragmentWriter,
    "ipynb": NotebookWriter,
}
