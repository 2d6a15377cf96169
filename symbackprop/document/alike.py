"""No two things on a page print alike: symbols are refused, functions get another name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ..derivation import Derivation
from ..errors import InputError
from ..functions import FUNCTIONS, GENERIC
from ..network import LEARNING_RATE
from ..tree import Call, Tree
from .profile import Profile, function_symbols
from .scripts import split_scripts

if TYPE_CHECKING:
    from .notation import Notation


def check_distinct(notation: Notation, bases: Iterable[str], authors: Collection[str]) -> None:
    """Raise InputError where two names without their indices, or their entries, have one symbol.

    ``authors`` are the names that the network's author chose, for which ``[symbols]`` can give another symbol.
    """
    taken: dict[str, str] = {}
    for base in bases:
        for symbol in printed(notation, base):
            other = taken.setdefault(_normal(symbol), base)
            if other != base:
                raise _alike(notation, other, base, symbol, authors)


def printed(notation: Notation, base: str) -> Iterator[str]:
    """The symbols of a name: its own, and of an array that of its entries."""
    yield notation.symbol(base)
    shape = notation.shapes.get(base)
    if shape:
        yield notation.symbol(base + "".join(f"[{letter}]" for letter in "@#"[: len(shape)]))


def _normal(tex: str) -> str:
    """A symbol without what does not show: braces around one letter, the order of indices, spaces."""
    base, lower, upper = split_scripts(tex)
    return "\0".join(part.replace(" ", "").strip("{}") for part in (base, lower, upper))


def _alike(notation: Notation, one: str, two: str, symbol: str, authors: Collection[str]) -> InputError:
    own = next((name for name in (two, one) if name in authors), "")
    both = " and ".join(_described(name) for name in (one, two))
    where = "symbols" if own else "notation"
    problem = f"{both} would both be printed {symbol} in the notation {notation.profile.name!r}"
    if own:
        return InputError(f"{problem}; give {own!r} another symbol in [symbols] of the network file", where)
    return InputError(f"{problem}; change one of its symbols", where)


def _described(name: str) -> str:
    return "the learning rate" if name == LEARNING_RATE else repr(name)


def told_apart_functions(chosen: Profile, derivation: Derivation, letters: Collection[str]) -> Mapping[str, str]:
    """The name of each function that the notation names: its own, another one where a symbol or function of the page has that."""
    own = function_symbols(chosen)
    used = functions_of(derivation)
    taken = {*letters, *(FUNCTIONS[name].latex for name in used if name not in own)}
    found: dict[str, str] = {}
    for name in sorted(own, key=lambda name: (name != GENERIC, name)):
        candidates = (own[name], r"\sigma" if name == GENERIC else FUNCTIONS[name].latex, rf"\mathrm{{{name}}}")
        found[name] = next((symbol for symbol in candidates if symbol not in taken), candidates[-1])
        if name in used:
            taken.add(found[name])
    return found


def functions_of(derivation: Derivation) -> set[str]:
    """The functions in the definitions and in their slopes."""
    trees: list[Tree] = [definition.tree for definition in derivation.program.definitions]
    trees.extend(local.tree for local in derivation.local_derivatives.values())
    found: set[str] = set()
    while trees:
        node = trees.pop()
        if isinstance(node, Call):
            found.add(node.function)
        trees.extend(node.children)
    return found
