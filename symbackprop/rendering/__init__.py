"""Document → text: each format is an escape function, a dialect of TeX mathematics and templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import InputError, nearest

if TYPE_CHECKING:
    from ..derivation import Derivation

FORMATS = ("tex", "html", "md", "pdf")


def render(derivation: Derivation, form: str, progress: Any = iter, **options: Any) -> str:
    """The worked solution as text in a format of `FORMATS` (but pdf, which is made from tex).

    ``options`` are ``cache``, ``notation`` and ``numbers``. ``progress`` may wrap an iteration, to show how far it is.
    """
    from ..collector import collector_paused
    from ..document.build import build
    from ..document.page import make_page
    from .formats import WRITERS

    if form not in WRITERS:
        raise InputError(f"there is no text format {form!r}{nearest(form, WRITERS)}", "format")
    with collector_paused():
        page = make_page(derivation, **options)
        return WRITERS[form](page.notation).write(build(page, progress))
