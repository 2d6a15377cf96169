"""Equations as text, one definition a line, into pairs of a name and a tree."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import InputError
from ..network import check_name, parse_formula
from ..tree import Tree

MAX_TEXT = 20_000_000  # characters
MAX_DEFINITIONS = 200_000


def lines_of(text: str) -> list[str]:
    """The lines of ``text`` as an editor counts them."""
    return text.replace("\r\n", "\n").split("\n")


def parse_equations(text: str, where: str, place_of: Callable[[int], str] | None = None) -> tuple[tuple[str, Tree], ...]:
    """The definitions of ``text``, lines ``name = formula``; blank lines and what follows a ``#`` mean nothing.

    ``place_of`` gives the place of a line (the first is 1) for an error; by default it is ``where, line 3``.
    Raises InputError for a line that is no definition, or defines a name again.
    """
    if not isinstance(text, str):
        raise InputError("expected equations as text, one a line", where)
    if len(text) > MAX_TEXT:
        raise InputError(f"equations of {len(text)} characters; the limit is {MAX_TEXT}", where)
    place_of = place_of or (lambda line: f"{where}, line {line}" if where else f"line {line}")
    defined: dict[str, int] = {}
    equations = []
    for number, line in enumerate(lines_of(text), start=1):
        content = line.partition("#")[0].strip()
        if not content:
            continue
        place = place_of(number)
        name, sign, formula = content.partition("=")
        if not sign:
            raise InputError(f"expected name = formula, found {content[:40]!r}", place)
        name = check_name(name.strip().removesuffix("[t]").rstrip(), place)
        if name in defined:
            raise InputError(f"{name!r} is defined twice, first in {place_of(defined[name])}", place)
        defined[name] = number
        equations.append((name, parse_formula(formula, place)))
        if len(equations) > MAX_DEFINITIONS:
            raise InputError(f"more than {MAX_DEFINITIONS} definitions", place)
    if not equations:
        raise InputError("there are no equations; write lines like f = q*z", where)
    return tuple(equations)
