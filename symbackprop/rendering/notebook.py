"""A Jupyter notebook: the worked solution in cells of text, and cells of code that compute the same."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..document import words
from ..document.fitting import fitted
from ..document.forward_part import nested_forms
from ..document.model import Document, Figure, Section
from ..errors import InputError, MissingToolError
from ..network import unchecked
from . import svg
from .markdown import MarkdownWriter

if TYPE_CHECKING:
    from ..derivation import Derivation

FIGURE_WIDTH = 130.0  # millimetres


class NotebookWriter(MarkdownWriter):
    """A notebook for Jupyter, whose MathJax knows no macros of ours. Nothing in it depends on when or where it was made."""

    template = "notebook/section.md.jinja"

    def inline(self, tex: str) -> str:
        return f"${tex}$"

    def words(self, text: str) -> str:
        return super().words(text).replace("<span>$</span>", r"\$")

    def display(self, body: str) -> str:
        return f"$$\n{body}\n$$"

    def figure(self, figure: Figure) -> str:
        """A figure with everything it needs in its address."""
        data = base64.b64encode(svg.svg(figure, FIGURE_WIDTH, alone=True).encode("utf-8")).decode("ascii")
        return f"![{self.words(figure.description)}](data:image/svg+xml;base64,{data})"

    def write(
        self, document: Document, progress: Callable[[Iterable[Section]], Iterator[Section]] = iter, template: str = ""
    ) -> str:
        """The notebook as JSON. Raises MissingToolError where the library for notebooks is not installed."""
        nbformat = require_nbformat()
        assert self.derivation is not None
        cells = [("markdown", self._fill("title.md", title=document.title))]
        code = list(_code(self.derivation))
        for number, section in enumerate(progress(fitted(document, self.in_text, self.width).sections)):
            cells.append(("markdown", self._fill("section.md", section=section)))
            if not number:
                cells.extend(self._cell(*code[0]))
        cells.append(("markdown", f"## {self.words(words.BY_COMPUTER)}"))
        for own in code[1:]:
            cells.extend(self._cell(*own))
        made = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
        notebook = nbformat.v4.new_notebook(
            cells=[made[sort](text.strip("\n"), id=f"cell-{number}") for number, (sort, text) in enumerate(cells, 1)],
            metadata={
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
                "title": document.title,
            },
        )
        return nbformat.writes(notebook) + "\n"

    def _cell(self, intro: str, name: str, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        yield "markdown", self.words(intro)
        yield "code", self._fill(f"{name}.py", **values)

    def _fill(self, name: str, **values: Any) -> str:
        return self.filled(f"notebook/{name}.jinja", **values)


def _code(derivation: Derivation) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What is said before each cell of code, its template and what that needs."""
    from ..numeric import evaluate

    given, network = derivation.given, derivation.network
    # A notation in a file of its own would have to be there too.
    alone = unchecked(given, notation="") if given.notation.endswith(".toml") else given
    yield words.LOADED, "load", {"network": alone.to_toml().strip("\n"), "arguments": _arguments(derivation)}
    if not network.is_array:
        closed = nested_forms(derivation.program.definitions)[1] is None
        intro = words.CLOSED_FORM if closed else words.IN_CACHED_TERMS
        yield intro, "partial", {"parameter": repr(derivation.parameters[0]), "closed": closed}
    try:
        evaluate(given)
    except InputError:
        return  # without numbers there is nothing to compute
    yield words.IN_NUMBERS, "numbers", {"objective": repr(derivation.objective)}
    yield words.DIFFERENCES, "differences", {}
    if derivation.updates and given.learning_rate is not None:
        rate = float(given.learning_rate.value)
        yield words.TEN_UPDATES, "updates", {"learning_rate": rate, "sign": "+" if given.ascent else "-"}


def _arguments(derivation: Derivation) -> str:
    """The arguments of ``derive`` that make this derivation again."""
    network, found = derivation.network, []
    if derivation.objective != network.objective:
        found.append(f"of={derivation.objective!r}")
    if derivation.wanted != network.parameters:
        found.append(f"by={list(derivation.wanted)!r}")
    if derivation.given.is_array:
        found.append(f'level="{"matrix" if network.is_array else "unit"}"')
    return "".join(f", {own}" for own in found)


def require_nbformat() -> Any:
    """The library for notebooks. Raises MissingToolError with what to install."""
    try:
        import nbformat
    except ImportError:
        raise MissingToolError("a notebook needs nbformat; install it with pip install 'symbackprop[notebook]'") from None
    return nbformat
