"""The Jinja2 templates: where they are, how an author's own replace them, and how they are filled.

``templates/`` lies inside the package in an installed wheel and beside it in a checkout. An author's folder has the same
layout and holds only the files that differ; ``default/NAME`` is always the template of the package.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from ..errors import InputError, MissingToolError, SymbackpropError, nearest

if TYPE_CHECKING:
    import jinja2

OPTION = "--templates"

_TEX_DELIMITERS = {
    "block_start_string": "<%", "block_end_string": "%>", "variable_start_string": "((", "variable_end_string": "))",
    "comment_start_string": "<#", "comment_end_string": "#>",
}  # fmt: skip


@cache
def folder() -> Path:
    """The folder of the package's templates. Raises MissingToolError for an installation without them."""
    package = Path(__file__).resolve().parent.parent
    for place in (package / "templates", package.parent / "templates"):
        if (place / "latex").is_dir():
            return place
    raise MissingToolError(f"the templates are missing from {package}; install symbackprop again")


def names() -> list[str]:
    """The files that an author may replace."""
    return [name for name in _files(folder()) if not name.startswith("fonts/")]


def _files(place: Path) -> list[str]:
    return sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())


def own_folder(place: str | Path) -> Path:
    """An author's folder of templates. Raises InputError where it is none, or replaces nothing."""
    own = Path(place)
    if not own.is_dir():
        raise InputError(f"{str(place)[:100]!r} is no folder; give the one that holds your templates", OPTION)
    known, found = names(), _files(own)
    for name in found:
        # What stands beside them may be a helper that other files include; a kind of block is one of the package's.
        if "/blocks/" in name and name not in known:
            raise InputError(f"{name!r} replaces no template{nearest(name, known)}", OPTION)
    if not set(found) & set(known):
        listed = nearest(found[0], known) if found else f"; known: {', '.join(known)}"
        raise InputError(f"no file in {str(place)[:100]!r} replaces a template{listed}", OPTION)
    return own


def _environment(tex: bool, own: Path | None) -> jinja2.Environment:
    """TeX is full of braces: its templates use (( … )) and <% … %>."""
    import jinja2

    from .sandbox import Sandbox, loader

    return Sandbox(
        loader=loader(folder(), own),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # every writer escapes words itself; markup from the writers must pass
        limited=own is not None,
        **(_TEX_DELIMITERS if tex else {}),
    )


_shipped = cache(lambda tex: _environment(tex, None))


def fill(name: str, own: Path | None = None, **values: Any) -> str:
    """A template, filled: that of the author's folder ``own`` where it has one, else the package's.

    A value that a template asks for and does not get is an error. An error in an author's template is an InputError with its
    file and line.
    """
    tex = name.startswith("latex/")
    if own is None:
        return _shipped(tex).get_template(name).render(**values)
    try:
        return _environment(tex, own).get_template(name).render(**values)
    except SymbackpropError:
        raise
    except Exception as error:
        raise _located(error, own) or error from None


def _located(error: Exception, own: Path) -> InputError | None:
    """``error`` with the last of the author's templates in which it happens; None where none of them is at work."""
    from jinja2 import TemplateNotFound, TemplateSyntaxError

    places = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    if isinstance(error, TemplateSyntaxError) and error.filename:
        places.append((error.filename, error.lineno))
    mine = [(Path(file), line) for file, line in places if Path(file).is_relative_to(own)]
    if not mine:
        return None
    file, line = mine[-1]
    reason = re.sub(r"'symbackprop[\w.]*\.(\w+) object'", r"\1", str(error)) or type(error).__name__
    if isinstance(error, TemplateNotFound):
        reason = f"there is no template {error.name!r} in the folder, and none of the package"
    return InputError(" ".join(reason.split()), f"{file.relative_to(own).as_posix()}, line {line}")


def base64_file(name: str) -> str:
    """A file of the package's templates as base64 text."""
    return base64.b64encode((folder() / name).read_bytes()).decode("ascii")
