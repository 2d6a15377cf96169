"""Document → text: each format is an escape function, a dialect of TeX mathematics and templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import InputError, UncheckedWarning, nearest

if TYPE_CHECKING:
    from pathlib import Path

    from ..derivation import Derivation
    from ..document.model import Document
    from ..document.page import Page

FORMATS = ("tex", "html", "md", "pdf", "fragment", "ipynb")


def render(derivation: Derivation, form: str, **options: Any) -> str:
    """The worked solution as text in one format of `FORMATS` (but pdf, which is made from tex).

    ``options`` are ``cache``, ``notation``, ``numbers``, ``level``, ``detail`` and ``verified``.
    """
    return render_all(derivation, (form,), **options)[form]


def prepare(derivation: Derivation, progress: Any = iter, verified: bool = False, **options: Any) -> tuple[Page, Document]:
    """The worked solution without a format: its page, and the document built from it, every line of which has been evaluated.

    Where ``verified``, a last section says how. Raises LineError for a line that does not hold, and warns of lines that cannot
    be evaluated.
    """
    import warnings

    from ..checking.page import check_page
    from ..checking.page.verified import with_proof
    from ..document.build import build
    from ..document.page import make_page

    page = make_page(derivation, **options)
    document = build(page, progress)
    proof = check_page(page, document, progress)
    if proof.unchecked:
        message = f"{proof.unchecked} lines could not be checked: no values were found at which all of them are finite"
        warnings.warn(UncheckedWarning(message), stacklevel=2)
    return page, with_proof(document, proof, page) if verified else document


def render_all(
    derivation: Derivation,
    forms: Iterable[str],
    progress: Any = iter,
    prefix: str = "",
    templates: str | Path | None = None,
    width: str | float | None = None,
    **options: Any,
) -> Mapping[str, str]:
    """The worked solution in several text formats: one document, printed in each.

    ``progress`` may wrap an iteration, to show how far it is; ``width`` is that of the lines, in points or like "84mm"; labels
    begin with ``prefix``, or else with the title. The folder ``templates`` holds templates that replace those of the package.
    """
    from ..collector import collector_paused
    from ..document.line_width import line_width
    from .formats import WRITERS
    from .templates import own_folder

    wanted = tuple(forms)
    for form in wanted:
        if form not in WRITERS:
            raise InputError(f"there is no text format {form!r}{nearest(form, WRITERS)}", "format")
    own = None if templates is None else own_folder(templates)
    with collector_paused():
        chosen = None if width is None else line_width(width)
        lines: dict[str, Any] = {} if chosen is None else {"width": chosen}
        page, document = prepare(derivation, progress, **options, **lines)
        return {form: WRITERS[form](page.notation, chosen, prefix, own, derivation).write(document, progress) for form in wanted}
