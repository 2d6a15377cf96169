"""Document → text: each format is an escape function, a dialect of TeX mathematics and templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import InputError, nearest

if TYPE_CHECKING:
    from ..derivation import Derivation

FORMATS = ("tex", "html", "md", "pdf")


def render(derivation: Derivation, form: str, **options: Any) -> str:
    """The worked solution as text in one format of `FORMATS` (but pdf, which is made from tex).

    ``options`` are ``cache``, ``notation``, ``numbers`` and ``level``.
    """
    return render_all(derivation, (form,), **options)[form]


def render_all(derivation: Derivation, forms: Iterable[str], progress: Any = iter, **options: Any) -> Mapping[str, str]:
    """The worked solution in several text formats: one document, printed in each.

    ``progress`` may wrap an iteration, to show how far it is.
    """
    from ..collector import collector_paused
    from ..document.build import build
    from ..document.page import make_page
    from .formats import WRITERS

    wanted = tuple(forms)
    for form in wanted:
        if form not in WRITERS:
            raise InputError(f"there is no text format {form!r}{nearest(form, WRITERS)}", "format")
    with collector_paused():
        page = make_page(derivation, **options)
        document = build(page, progress)
        return {form: WRITERS[form](page.notation).write(document, progress) for form in wanted}
