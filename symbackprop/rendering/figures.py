"""Figures as files of their own: SVG, TikZ to put into a document, a LaTeX document, PDF."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..document.drawing import POINT
from ..document.figures import KINDS, figure
from ..document.fonts import EM
from ..document.line_width import line_width
from ..document.model import Figure
from ..document.page import make_page
from ..errors import InputError, nearest
from . import templates
from .output import write
from .pdf import compile_pdf, require_tex
from .svg import svg
from .tikz import tikz

if TYPE_CHECKING:
    from ..derivation import Derivation

FORMATS = ("svg", "tikz", "tex", "pdf")
WIDTH = 443.8  # points of the lines of a page


def figures(
    derivation: Derivation, kinds: Iterable[str], forms: Iterable[str], width: str | float | None = None, **options: Any
) -> dict[tuple[str, str], bytes]:
    """The figures of some kinds in some formats, by kind and format; without kinds all that the network has.

    ``width`` is the widest that a figure may be. Raises InputError for a kind that the network has not, or that there is not,
    and MissingToolError for pdf without TeX.
    """
    chosen = tuple(dict.fromkeys(forms))
    for form in chosen:
        if form not in FORMATS:
            raise InputError(f"there is no format {form!r} of figures{nearest(form, FORMATS)}", "--format")
    if "pdf" in chosen:
        require_tex()
    asked = tuple(dict.fromkeys(kinds))
    page = make_page(derivation, **options)
    room = (WIDTH if width is None else line_width(width) * EM) * POINT
    found: dict[tuple[str, str], bytes] = {}
    for kind in asked or KINDS:
        own = figure(page, kind)
        if own is not None:
            found.update(((kind, form), _file(own, form, room)) for form in chosen)
        elif asked:
            raise InputError(f"the network has no figure {kind!r}: {_REASONS[kind]}", "--kind")
    return found


# Why there may be none.
_REASONS = {
    "network": "it has too many definitions",
    "circuit": "it has too many definitions, or no end of them",
    "signals": "it has too many definitions",
    "slopes": "no unit has an activation that can be drawn",
    "sizes": "it needs values for all given symbols, and two layers or parameters",
    "check": "it needs one value for each parameter, and a gradient that is not zero",
    "updates": "it needs a learning rate and a value for all given symbols",
}


def _file(own: Figure, form: str, room: float) -> bytes:
    if form == "svg":
        return (svg(own, room, alone=True) + "\n").encode("utf-8")
    drawing = own.picture.drawing(room)
    name = "latex/figure-fragment.tex.jinja" if form == "tikz" else "latex/figure.tex.jinja"
    title, description = _comment(own.title), _comment(own.description)
    tex = templates.fill(name, title=title, description=description, drawing=tikz(drawing), size=drawing)
    return compile_pdf(tex) if form == "pdf" else tex.encode("utf-8")


def _comment(text: str) -> str:
    """Words on one line, for behind a percent sign."""
    return " ".join(text.split())


def save_figures(
    derivation: Derivation, folder: Path, stem: str, kinds: Iterable[str], forms: Iterable[str], force: bool = False, **options: Any
) -> list[Path]:
    """Write figures as ``STEM-KIND.FORM``; their paths."""
    made = figures(derivation, kinds, forms, **options)
    files = {folder / f"{stem}-{kind}.{form}": content for (kind, form), content in made.items()}
    write(files, force)
    return list(files)
