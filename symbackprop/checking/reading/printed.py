"""Printed symbols → plain names: the notations read backwards.

The network's own notation comes first, then that of document 003 and the plain names set from their spelling; a symbol of any
other notation that ships with the package counts where all that have it mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ...document.notation import Notation, chosen_profile, notation_for
from ...document.profile import DEFAULT, Profile, profile, profiles
from ...document.scripts import split_index, split_scripts
from ...document.symbol_text import spelled
from ...errors import InputError
from ...layered import LAYER_INPUT
from ...network import NET_INPUT
from ...tree import Tree

if TYPE_CHECKING:
    from .names import Index, Names

_FONT = re.compile(
    r"\\(?:mathrm|mathbf|mathit|mathsf|mathcal|mathscr|mathbb|boldsymbol|bm|text|textrm|textbf|textit|operatorname|rm|bf)\{([^{}]*)\}"
)
_LAST = "T"  # the last step, in a general formula
_FIRST, _SECOND, _THIRD = "@", "#", "&"  # what stands for an index in the symbol of an entry
_MARKS = (_FIRST, _SECOND, _THIRD)


class Key(NamedTuple):
    """A symbol without what does not show: fonts, spaces, braces, and the order of its indices."""

    base: str
    lower: str
    upper: str


def key_of(tex: str) -> Key:
    """The key of a symbol's TeX."""
    return Key(*map(_bare, split_scripts(tex.strip())))


def _bare(tex: str) -> str:
    before = ""
    while tex != before:
        before, tex = tex, _FONT.sub(r"\1", tex)
    tex = re.sub(r"\\[,;:! ]|\s+|~", "", re.sub(r"(\\[A-Za-z]+)\s+(?=[A-Za-z])", r"\1{}", tex))
    tex = tex.replace("{,}", ",")
    tex = re.sub(r"\{\}(?![A-Za-z])", "", tex)
    while re.fullmatch(r"\{[^{}]*\}", tex):
        tex = tex[1:-1]
    return tex


class _Pattern(NamedTuple):
    """The symbol of an entry of ``base``, or of what has a step: expressions with a group for each index."""

    base: str
    letter: str
    forms: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]  # of the lower and the upper index
    order: tuple[str, ...]  # the marks in the order of the groups
    timed: bool
    first_index: int
    last_step: int


class _Book:
    """The symbols of one notation."""

    def __init__(self, names: Names, notation: Notation | None, name: str) -> None:
        self.names, self.notation, self.name = names, notation, name
        self.exact: dict[Key, set[str]] = {}
        self.loose: dict[Key, set[str]] = {}  # without commas between indices
        self.fonts: dict[str, set[str]] = {}
        self.patterns: list[_Pattern] = []
        for plain, tex in self._symbols():
            key = key_of(tex)
            self.exact.setdefault(key, set()).add(plain)
            self.loose.setdefault(_loose(key), set()).add(plain)
            self.fonts.setdefault(tex.replace(" ", ""), set()).add(plain)
        self.patterns.extend(self._entries())
        self._number_layers()

    def _number_layers(self) -> None:
        """Every layer by its number, also where the notation has another mark for the last one; z⁽⁰⁾ is the input."""
        count = len(self.names.derivation.given.layers)
        if count < 2 or self.notation is None:
            return
        exact = {plain: key for key, own in self.exact.items() for plain in own}
        patterns = {own.base: own for own in self.patterns}
        for stem in ("W", "b", "s", "z", "delta_"):
            first = exact.get(f"{stem}1")
            for number in range(0 if stem == "z" else 1, count + 1):
                name = f"{stem}{number}" if number else LAYER_INPUT
                if first is not None and "1" in first.lower + first.upper:
                    self.exact.setdefault(_renumbered(first, number), {name})
                entry = patterns.get(f"{stem}1")
                if entry is not None and name != entry.base and name in self.names.shapes:
                    self.patterns.append(
                        entry._replace(
                            base=name,
                            forms=tuple((_with_number(lower, number), _with_number(upper, number)) for lower, upper in entry.forms),
                        )
                    )

    def _symbol(self, name: str) -> str:
        if self.notation is None:
            base, index = split_index(name)
            return spelled(base) + ("_{" + "".join(index) + "}" if index else "")
        return self.notation.symbol(name)

    def _symbols(self) -> Iterator[tuple[str, str]]:
        names = self.names
        for name in dict.fromkeys((*names.own, *names.shapes)):
            base, index = split_index(name)
            if base in names.shapes and index or any("t" in own for own in index):
                continue  # entries, which the patterns of their array have
            yield name, self._symbol(name)
            if self.notation is not None and f"{name}'" in self.notation.symbols:
                yield name, self._symbol(f"{name}'")
        if names.any_net_input and self.notation is not None:
            yield names.any_net_input, self._symbol(NET_INPUT)
        if self.notation is not None and self.notation.cached != "C":
            for term in names.derivation.terms().terms:
                yield term.name, self._symbol(term.name)

    def _entries(self) -> Iterator[_Pattern]:
        names = self.names
        first = self.notation.profile.first_index if self.notation is not None else 0
        for base in names.bases:
            if base.startswith(("Delta_", "new_")):
                continue
            timed = base in names.steps
            rank = len(names.shape(f"{base}[t]") if timed else names.shape(base))
            if not rank and not timed:
                continue
            for count in range(1, rank + 2) if timed and rank else (1,) if timed else (rank,):
                marks = _MARKS[:count]
                base_tex, lower, upper = split_scripts(self._symbol(base + "".join(f"[{mark}]" for mark in marks)))
                own = Key(_bare(base_tex), _bare(lower), _bare(upper))
                order = tuple(mark for mark in re.findall("[@#&]", own.lower + own.upper))
                if sorted(order) != sorted(marks):
                    continue
                forms = tuple((_expression(own.lower, wide), _expression(own.upper, wide)) for wide in (False, True))
                last = names.steps[base][-1] if timed else 0
                yield _Pattern(base, own.base, forms, order, timed, first, last)

    def find(self, key: Key, tex: str) -> Iterator[tuple[str, Index]]:
        """(name, indices) of everything that is printed like this."""
        found = self.exact.get(key) or self.loose.get(_loose(key)) or ()
        if len(found) > 1:
            found = self.fonts.get(tex.replace(" ", "")) or found
        if found:
            yield from (split_index(name) for name in sorted(found))
            return
        matches = [
            (pattern.base, index)
            for pattern in self.patterns
            if pattern.letter == key.base and (index := _matched(pattern, key)) is not None
        ]
        fewest = min((len(index) for _, index in matches), default=0)  # w_{n+1,j} may be a bias of its own
        yield from (own for own in matches if len(own[1]) == fewest)


def _renumbered(key: Key, number: int) -> Key:
    """The key of a symbol of layer 1, with another layer."""
    return Key(key.base, key.lower.replace("1", str(number)), key.upper.replace("1", str(number)))


def _with_number(form: re.Pattern[str], number: int) -> re.Pattern[str]:
    """The expression for an index of a symbol of layer 1, with another layer."""
    return re.compile(re.sub(r"(?<![\w-])1(?!\w)", str(number), form.pattern))


def _loose(key: Key) -> Key:
    return Key(key.base, key.lower.replace(",", ""), key.upper.replace(",", ""))


def _expression(text: str, wide: bool) -> re.Pattern[str]:
    """The expression for an index with marks in it: single characters side by side, or any between commas."""
    one = r"([A-Za-z]|\\d+(?:[+-]\\d+)?|[A-Za-z][+-]\\d+)".replace("\\\\", "\\")
    pieces = []
    for position, own in enumerate(text):
        after = text[position + 1 : position + 2]
        if own in _MARKS:
            alone = not any(other in text.replace(own, "") for other in _MARKS) and text in (own, f"({own})", f"[{own}]")
            pieces.append(one if wide or alone else r"([A-Za-z0-9])")
            if wide and after in _MARKS and after:
                pieces.append(",")
        else:
            pieces.append(",?" if own == "," and not wide else re.escape(own))
    return re.compile("".join(pieces))


def _matched(pattern: _Pattern, key: Key) -> Index | None:
    for lower, upper in pattern.forms:
        one, two = lower.fullmatch(key.lower), upper.fullmatch(key.upper)
        if one is None or two is None:
            continue
        found = dict(zip(pattern.order, (*one.groups(), *two.groups()), strict=True))
        index = []
        for position, mark in enumerate(_MARKS[: len(found)]):
            own = found[mark]
            if pattern.timed and not position:
                own = str(pattern.last_step) if own == _LAST else own
            elif own.isdigit():
                if int(own) < pattern.first_index:
                    return None
                own = str(int(own) - pattern.first_index)
            index.append(own)
        return tuple(index)
    return None


class Printed:
    """What printed symbols mean for one derivation."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._found: dict[tuple[str, bool], Tree | None] = {}
        self.own_profile: Profile = chosen_profile(names.derivation.given, None)

    def _notation(self, chosen: Profile) -> Notation | None:
        """None where the notation would print two names of this network alike."""
        try:
            return notation_for(self.names.derivation, chosen, self.names.arrays)
        except InputError:
            return None

    @cached_property
    def own(self) -> Notation | None:
        return self._notation(self.own_profile)

    @cached_property
    def first(self) -> tuple[_Book, ...]:
        """The books that are asked one after the other: the network's own, the default one, the plain names as spelled."""
        chosen = dict.fromkeys((self.own_profile.name, DEFAULT))
        found = [_Book(self.names, own, name) for name in chosen if (own := self._of(name)) is not None]
        return (*found, _Book(self.names, None, "the plain names"))

    def _of(self, name: str) -> Notation | None:
        return self.own if name == self.own_profile.name else self._notation(profile(name))

    @cached_property
    def others(self) -> tuple[_Book, ...]:
        network = self.names.derivation.given
        found = (
            (name, self._of(name))
            for name in profiles()
            if name not in (self.own_profile.name, DEFAULT)
            and not (network.layers and profile(name).weight_order != network.weight_order)
        )
        return tuple(_Book(self.names, own, name) for name, own in found if own is not None)

    @cached_property
    def functions(self) -> Mapping[str, str]:
        """Printed letter → function, of the functions that the network has, in its own notation."""
        if self.own is None:
            return {}
        return {key_of(tex).base: name for name, tex in self.own.functions.items() if name in self.names.used}

    def find(self, tex: str, foreign: bool = True) -> Tree | None:
        """The tree of a symbol's TeX; None where no notation has it. InputError where it could be two things.

        ``foreign`` says whether notations count that are neither the network's own nor the default.
        """
        if (tex, foreign) not in self._found:
            self._found[tex, foreign] = self._find(tex, foreign)
        return self._found[tex, foreign]

    def _find(self, tex: str, foreign: bool) -> Tree | None:
        key = key_of(tex)
        for book in self.first:
            found = [tree for base, index in book.find(key, tex) if (tree := self.names.leaf(base, index)) is not None]
            if len(set(found)) > 1:
                raise InputError(f"{tex} could be {_listed(found)}; use the plain name")
            if found:
                return found[0]
        if not foreign:
            return None
        meanings: dict[Tree, list[str]] = {}
        for book in self.others:
            for base, index in book.find(key, tex):
                if (tree := self.names.leaf(base, index)) is not None:
                    meanings.setdefault(tree, []).append(book.name)
        if len(meanings) > 1:
            each = [f"{_listed([tree])} (as in notation {books[0]})" for tree, books in meanings.items()]
            raise InputError(f"{tex} could be {' or '.join(each)}; use the plain name")
        return next(iter(meanings), None)

    def is_own(self, tex: str) -> bool:
        """Whether the network's own notation has a symbol."""
        return self.own is not None and any(self.first[0].find(key_of(tex), tex))

    def word(self, word: str, index: Index) -> Tree | None:
        """The tree of a plain word that some notation prints: ``net_k``, ``o_k``, ``a_out``."""
        if not re.fullmatch(r"\w+", word) or not word.strip("_"):
            return None
        tex = spelled(word)
        found = self.find(tex)
        if found is None or not index:
            return found
        return self.names.leaf(found.name, index) if hasattr(found, "name") else None


def _listed(trees: list[Tree]) -> str:
    from ...plain_text import plain_text

    return " or ".join(plain_text(tree) for tree in trees)
