"""The Jinja2 templates: where they are, and how they are filled.

``templates/`` lies inside the package in an installed wheel and beside it in a checkout.
"""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import MissingToolError

if TYPE_CHECKING:
    import jinja2


@cache
def folder() -> Path:
    """The folder of the templates. Raises MissingToolError for an installation without them."""
    package = Path(__file__).resolve().parent.parent
    for place in (package / "templates", package.parent / "templates"):
        if (place / "latex").is_dir():
            return place
    raise MissingToolError(f"the templates are missing from {package}; install symbackprop again")


@cache
def _environment(tex: bool) -> jinja2.Environment:
    """TeX is full of braces: its templates use (( … )) and <% … %>."""
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    delimiters: dict[str, Any] = {}
    if tex:
        delimiters = {
            "block_start_string": "<%", "block_end_string": "%>", "variable_start_string": "((", "variable_end_string": "))",
            "comment_start_string": "<#", "comment_end_string": "#>",
        }  # fmt: skip
    return ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(folder()),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # every writer escapes words itself; markup from the writers must pass
        **delimiters,
    )


def fill(name: str, **values: Any) -> str:
    """A template, filled. A value that it asks for and does not get is an error."""
    return _environment(name.startswith("latex/")).get_template(name).render(**values)


def base64_file(name: str) -> str:
    """A file of the template folder as base64 text."""
    return base64.b64encode((folder() / name).read_bytes()).decode("ascii")


def read(name: str) -> str:
    """A file of the template folder as text."""
    return (folder() / name).read_text(encoding="utf-8")
