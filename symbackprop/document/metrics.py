"""The width of TeX mathematics, as TeX itself sets it: fonts at three sizes, spaces by class, indices, fractions, matrices.

The rules are those of Appendix G of The TeXbook, as far as they concern widths; of heights only what chooses between the sizes of
brackets and roots. Widths are in em of the text size.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from .fonts import (
    BIG,
    BIN,
    CLOSE,
    COMMANDS,
    DELIMITERS,
    EM,
    INNER,
    LETTERS,
    NAMED,
    OP,
    OPEN,
    OPERATORS,
    ORD,
    PUNCT,
    RADICAL,
    REL,
    Glyph,
    fonts,
)
from .scripts import ACCENTS

DISPLAY, TEXT, SCRIPT, SCRIPT_SCRIPT = range(4)
_SIZE = (0, 0, 1, 2)
_SMALLER = (SCRIPT, SCRIPT, SCRIPT_SCRIPT, SCRIPT_SCRIPT)
_IN_FRACTION = (TEXT, SCRIPT, SCRIPT_SCRIPT, SCRIPT_SCRIPT)
_SPACE = -1  # the class of what is no atom

_SCRIPT_SPACE = 0.5  # points behind indices
_NULL = 1.2  # points on either side of a fraction
_COLUMN_GAP = 5.0  # points on either side of a column of a matrix
_ROW, _RAISED_ROW, _TALL_ROW = 13.6, 14.6, 17.0  # points of a row: plain, with both indices, with a fraction

# Spaces between classes, in the order of `fonts`: 1 thin, 2 medium, 3 thick; 0 none; negative ones not in indices.
_SPACES = (
    (0, 1, -2, -3, 0, 0, 0, -1),
    (1, 1, 0, -3, 0, 0, 0, -1),
    (-2, -2, 0, 0, -2, 0, 0, -2),
    (-3, -3, 0, 0, -3, 0, 0, -3),
    (0, 0, 0, 0, 0, 0, 0, 0),
    (0, 1, -2, -3, 0, 0, 0, -1),
    (-1, -1, 0, -1, -1, -1, -1, -1),
    (-1, 1, -2, -3, -1, 0, -1, -1),
)
_MU = (0, 3, 4, 5)
_KERNS = {",": 3, ":": 4, ">": 4, ";": 5, "!": -3, "quad": 18, "qquad": 36, "thinspace": 3}
_FAMILIES = {
    "mathrm": "roman", "operatorname": "roman", "mathbf": "bold", "mathsf": "sans", "mathit": "text italic", "mathnormal": "italic",
}  # fmt: skip
_STYLES = {"displaystyle": DISPLAY, "textstyle": TEXT, "scriptstyle": SCRIPT, "scriptscriptstyle": SCRIPT_SCRIPT}
_UPRIGHT = ("roman", "bold", "sans", "text italic")  # fonts for words: their italic corrections stand at the end of a word
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[^\s]")
_FLAT = re.compile(r"(?:[acemnorsuvwxz]|[0-9acegmnopqrsuvwxyz](?:_[a-z0-9])?|[0-9bdhkl])+")
_ENDS = frozenset({"}", "&", r"\\", r"\end"})


class Item(NamedTuple):
    """An atom or a space. ``italic`` is what a letter leans over; a character has a ``glyph``, and is ``bare`` without indices."""

    kind: int
    width: float
    italic: float = 0.0
    glyph: Glyph | None = None
    bare: bool = False


class Measured(NamedTuple):
    """The width of TeX mathematics in em, and the class of its last atom."""

    width: float
    last: int


@lru_cache(maxsize=1 << 16)
def measured(tex: str, display: bool = True, behind: int | None = None) -> Measured:
    """TeX mathematics measured; ``behind`` is the class of what it stands behind, the space between them is counted."""
    style = DISPLAY if display else TEXT
    items = _Setter(tex).items(style, "")
    last = next((item.kind for item in reversed(items) if item.kind != _SPACE), ORD if behind is None else behind)
    return Measured(_spread(items, style, behind) / EM, last)


def width(tex: str, display: bool = True) -> float:
    """The width of TeX mathematics in em."""
    return measured(tex, display).width


@lru_cache(maxsize=1 << 14)
def text_width(words: str) -> float:
    """The width of words in em; a letter that the fonts lack is as wide as its code."""
    font = fonts()["roman"]
    widths, total = font.widths[0], 0.0
    before = 0
    for letter in words:
        code = ord(unicodedata.normalize("NFD", letter)[0])
        if letter.isspace():
            total += EM / 3 + (EM / 9 if before in _LONG_STOPS else 0.0)
        elif letter in _WORDS:
            total += _WORDS[letter] * EM
        elif 32 < code < 127:
            total += widths[code] + EM * font.kerns.get((before, code), 0.0)
        else:
            total += 0.525 * EM * len(f"U+{ord(letter):04X}")
        before = 0 if letter.isspace() else code  # the fonts have another character in the place of the space
    return total / EM


_LONG_STOPS = tuple(map(ord, ".:?!"))  # behind which a space is wider
# Characters of words that are no letters, in em.
_WORDS = {
    "–": 0.5,
    "—": 1.0,
    "…": 1.1667,
    "’": 0.2778,
    "“": 0.5,
    "”": 0.5,
    "_": 0.5,
    "−": 0.7778,
    "×": 0.7778,
    "≈": 0.7778,
    "≤": 0.7778,
}
_WORDS |= {"≥": 0.7778, "·": 0.2778, "→": 1.0, "⊙": 0.7778, "∘": 0.5, "Σ": 0.7222, "σ": 0.6073, "δ": 0.4801, "η": 0.5323, "ŷ": 0.53}


def _spread(items: list[Item], style: int, behind: int | None = None) -> float:
    """The width of a list, with the spaces between its atoms."""
    size = _SIZE[style]
    mu = fonts()["symbols"].quads[size] / 18
    total, before = 0.0, behind
    kinds = _kinds(items, behind)
    for index, item in enumerate(items):
        total += item.width
        kind = kinds[index]
        if kind == _SPACE:
            continue
        if before is not None:
            space = _SPACES[before][kind]
            total += _MU[space] * mu if space > 0 else _MU[-space] * mu if style < SCRIPT else 0.0
        before = kind
        following = items[index + 1].glyph if item.bare and index + 1 < len(items) else None
        if item.glyph is not None and following is not None and following.font == item.glyph.font:
            own = fonts()[item.glyph.font]
            total += own.kerns.get((item.glyph.code, following.code), 0.0) * _points(size)
            if item.glyph.font in _UPRIGHT:
                continue
        total += item.italic
    return total


def _points(size: int) -> float:
    return (EM, 8.0, 6.0)[size]


def _kinds(items: list[Item], behind: int | None) -> list[int]:
    """The classes of a list: a binary operator without something on both sides is an ordinary symbol."""
    kinds = [item.kind for item in items]
    before, last = behind, -1
    for index, kind in enumerate(kinds):
        if kind == _SPACE:
            continue
        if kind == BIN and before in (None, BIN, OP, REL, OPEN, PUNCT):
            kinds[index] = ORD
        elif kind in (REL, CLOSE, PUNCT) and before == BIN and last >= 0:
            kinds[last] = ORD
        before, last = kinds[index], index
    if last >= 0 and kinds[last] == BIN:
        kinds[last] = ORD
    return kinds


class _Setter:
    """Reads TeX and adds up what it finds."""

    def __init__(self, tex: str) -> None:
        self.tokens: list[str] = _TOKEN.findall(tex)
        self.at = 0
        self.style = DISPLAY  # at the end of the last list

    def items(self, style: int, family: str) -> list[Item]:
        """The atoms up to the end of the group, cell or environment."""
        found: list[Item] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token in _ENDS:
                break
            self.at += 1
            if token[0] == "\\" and token[1:] in _STYLES:
                style = _STYLES[token[1:]]
            elif token == r"\color":
                self._argument_text()
            else:
                item = self._nucleus(token, style, family)
                found.append(self._with_scripts(item, style, token) if item.kind != _SPACE else item)
        self.style = style
        return found

    def _group(self, style: int, family: str = "") -> Item:
        """The argument that comes next: one token, or what stands in braces. A lone letter stays one."""
        if self.at >= len(self.tokens):
            return Item(ORD, 0.0)
        token = self.tokens[self.at]
        self.at += 1
        if token != "{":
            return self._nucleus(token, style, family)
        items = self.items(style, family)
        self.at += 1
        if len(items) == 1 and items[0].kind == ORD and items[0].bare:
            return items[0]
        return Item(ORD, _spread(items, style))

    def _wide(self, style: int, family: str = "") -> float:
        """The width of the argument that comes next."""
        own = self._group(style, family)
        return own.width + own.italic

    def _argument_text(self) -> str:
        """The tokens of the argument that comes next, unread."""
        start = self.at + 1
        self.at = self.tokens.index("}", start) + 1
        return "".join(self.tokens[start : self.at - 1])

    def _nucleus(self, token: str, style: int, family: str) -> Item:
        if token == "{":
            self.at -= 1
            return self._group(style, family)
        if token[0] != "\\":
            return self._glyph(LETTERS.get(token) or Glyph(ORD, "roman", ord("M")), style, family)
        return self._command(token[1:], style, family)

    def _glyph(self, glyph: Glyph, style: int, family: str = "") -> Item:
        """A character, in another font where the letters around it are in that."""
        kind, name, code = glyph
        if family and (name == "roman" and (code < 11 or 47 < code < 58) or name == "italic" and chr(code).isalpha()):
            # Of these fonts the bold italic alone has no digits and capital Greek letters.
            name = "bold" if family == "bold italic" and glyph.font == "roman" else family
        elif family == "bold italic" and name == "italic":
            name = family
        font, size = fonts()[name], _SIZE[style]
        return Item(kind, font.widths[size][code], font.italics[size].get(code, 0.0), Glyph(kind, name, code), True)

    def _with_scripts(self, item: Item, style: int, token: str) -> Item:
        """An atom with the indices that follow it, above one another."""
        above, below, primes = None, None, 0
        smaller = _SMALLER[style]
        while self.at < len(self.tokens) and (mark := self.tokens[self.at]) in ("'", "^", "_"):
            self.at += 1
            if mark == "'":
                primes += 1
            elif mark == "^":
                above = self._wide(smaller)
            else:
                below = self._wide(smaller)
        if primes:
            prime = fonts()["symbols"].widths[_SIZE[smaller]][COMMANDS["prime"].code]
            above = (above or 0.0) + primes * prime
        if above is None and below is None:
            return item
        if style == DISPLAY and token[0] == "\\" and (token[1:] in OPERATORS or token in (r"\max", r"\min")):
            return Item(item.kind, max(item.width, above or 0.0, below or 0.0))
        if token in (r"\underbrace", r"\underbracket"):
            return Item(item.kind, max(item.width, below or 0.0))
        raised = item.italic + above if above is not None else 0.0
        return Item(item.kind, item.width + max(raised, below or 0.0) + _SCRIPT_SPACE, 0.0, item.glyph)

    def _command(self, name: str, style: int, family: str) -> Item:
        if name in COMMANDS:
            return self._glyph(COMMANDS[name], style, family)
        if name in _KERNS:
            quad = fonts()["symbols"].quads[0 if "quad" in name else _SIZE[style]]
            return Item(_SPACE, _KERNS[name] * quad / 18)
        if name in ("frac", "tfrac", "dfrac"):
            own = _IN_FRACTION[{"tfrac": TEXT, "dfrac": DISPLAY}.get(name, style)]
            return Item(ORD, max(self._wide(own), self._wide(own)) + 2 * _NULL)
        if name in _FAMILIES:
            own_item = self._group(style, _FAMILIES[name])
            return Item(OP, own_item.width + own_item.italic) if name == "operatorname" else own_item
        if name in ACCENTS:
            return self._group(style, family)
        if name in NAMED:
            return Item(OP, _spread([self._glyph(Glyph(ORD, "roman", ord(letter)), style) for letter in name], style))
        return self._structure(name, style, family)

    def _structure(self, name: str, style: int, family: str) -> Item:
        """What is made of several boxes."""
        if name == "boldsymbol":
            return Item(ORD, self._wide(style, "bold italic"))
        if name == "sbdefine":
            return Item(ORD, max(self._wide(DISPLAY), self._wide(TEXT)))
        if name in ("underset", "overset"):
            return Item(ORD, max(self._wide(_SMALLER[style]), self._wide(style, family)))
        if name in ("underbrace", "underbracket"):
            return Item(OP, self._wide(DISPLAY))
        if name in OPERATORS:
            return Item(OP, fonts()["large"].widths[0][OPERATORS[name][style == DISPLAY]])
        if name == "sqrt":
            start = self.at
            inside = self._wide(style)
            body = "".join(self.tokens[start : self.at]).removeprefix("{").removesuffix("}")
            flat = style > DISPLAY or _FLAT.fullmatch(body)
            sign = fonts()["symbols"].widths[_SIZE[style]] if flat and _FLAT.fullmatch(body) else fonts()["large"].widths[0]
            return Item(ORD, inside + sign[RADICAL])
        if name == "textcolor":
            self._argument_text()
            return self._group_as_box(style)
        if name in ("sbvalue", "sbgradient", "sbcached", "sbnew", "underline", "phantom"):
            return self._group_as_box(style)
        if name in ("dots", "ldots", "cdots", "dotsc"):
            font = fonts()
            dot = font["italic"].widths[_SIZE[style]][0x3A]
            return Item(INNER, 3 * dot + (2 * 3 * font["symbols"].quads[_SIZE[style]] / 18 if style < SCRIPT else 0.0))
        if name == "mspace":
            return Item(_SPACE, float(self._argument_text().removesuffix("mu")) * fonts()["symbols"].quads[_SIZE[style]] / 18)
        if name == "begin":
            return self._environment(style)
        base = name[:-1] if name[-1:] in ("l", "r", "m") and name[:-1] in BIG else name
        if base in BIG:
            own = DELIMITERS[self.tokens[self.at]][BIG[base]]
            self.at += 1
            kind = {"l": OPEN, "r": CLOSE}.get(name[len(base) :], ORD)
            return Item(kind, fonts()["large"].widths[0][own])
        raise AssertionError(f"no width for \\{name}")

    def _group_as_box(self, style: int) -> Item:
        own = self._group(style)
        return Item(ORD, own.width + own.italic)

    def _environment(self, style: int) -> Item:
        """A matrix between brackets."""
        self._argument_text()
        columns: list[float] = []
        rows, height, column = 1, 0.0, 0
        start = self.at
        while True:
            cell = _spread(self.items(TEXT, ""), self.style)
            if column == len(columns):
                columns.append(0.0)
            columns[column] = max(columns[column], cell)
            token = self.tokens[self.at]
            self.at += 1
            column += 1
            if token == "&":
                continue
            row = self.tokens[start : self.at]
            tall = any(own in (r"\frac", r"\tfrac") for own in row)
            height += _TALL_ROW if tall else _RAISED_ROW if "^" in row and "_" in row else _ROW
            if token == r"\end":
                self._argument_text()
                break
            rows, column, start = rows + 1, 0, self.at
            height += self._points_of_space()
        return Item(INNER, sum(columns) + 2 * _COLUMN_GAP * (len(columns) - 1) + 2 * self._grown("[", height))

    def _points_of_space(self) -> float:
        """[5pt] behind the end of a row."""
        if self.at >= len(self.tokens) or self.tokens[self.at] != "[":
            return 0.0
        end = self.tokens.index("]", self.at)
        text = "".join(self.tokens[self.at + 1 : end])
        self.at = end + 1
        return float(text.removesuffix("pt"))

    def _grown(self, delimiter: str, height: float) -> float:
        """The width of a delimiter around something of a height in points, on both sides of the axis alike."""
        needed = max(0.901 * height, height - 5)
        large = fonts()["large"].widths[0]
        codes = DELIMITERS[delimiter]
        return next((large[code] for code, size in zip(codes, (12, 18, 24, 30), strict=False) if size >= needed), large[codes[4]])
