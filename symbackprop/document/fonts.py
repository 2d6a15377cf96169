"""The fonts of LaTeX pages: how wide each character is, and which character of which font a TeX command stands for."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import NamedTuple

SIZES = (10.95, 8.0, 6.0)  # points of text, of indices and of their indices, in a document of 11 pt
LARGE = 10.0  # points of large symbols, which have one size
EM = SIZES[0]

ORD, OP, BIN, REL, OPEN, CLOSE, PUNCT, INNER = range(8)
_CLASSES = {"ord": ORD, "bin": BIN, "rel": REL, "open": OPEN, "close": CLOSE, "punct": PUNCT}


class Glyph(NamedTuple):
    """A character: its class in mathematics, its font and its code there."""

    kind: int
    font: str
    code: int


class Font(NamedTuple):
    """The characters of a font at the sizes of text and indices, in points."""

    widths: tuple[tuple[float, ...], ...]
    italics: tuple[dict[int, float], ...]  # italic corrections, where there are some
    quads: tuple[float, ...]
    kerns: dict[tuple[int, int], float]  # in em


@cache
def fonts() -> dict[str, Font]:
    """All fonts by name."""
    data = json.loads((files(__package__) / "font_widths.json").read_text(encoding="utf-8"))
    found = {}
    for name, own in data.items():
        sizes = SIZES if len(own["sizes"]) > 1 else (LARGE,)
        tables = list(zip(sizes, own["sizes"], strict=True))
        widths = tuple(tuple(size * width / 1e4 for width in table["widths"]) for size, table in tables)
        italics = tuple({int(code): size * width / 1e4 for code, width in table["italics"].items()} for size, table in tables)
        kerns = {(ord(pair[0]), ord(pair[1])): kern / 1e4 for pair, kern in own.get("kerns", {}).items()}
        if kerns and name != "italic":
            kerns |= _ligatures(widths[0])
        found[name] = Font(widths, italics, tuple(size * table["quad"] / 1e4 for size, table in tables), kerns)
    return found


def _ligatures(widths: tuple[float, ...]) -> dict[tuple[int, int], float]:
    """ff, fi and fl as kerns: what the ligature is narrower than its letters."""
    f = ord("f")
    return {(f, own): (widths[code] - widths[f] - widths[own]) / EM for code, own in ((11, f), (12, ord("i")), (13, ord("l")))}


_GREEK = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega
varepsilon vartheta varpi varrho varsigma varphi""".split()  # noqa: SIM905 - read as a line
_CAPITALS = "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()  # noqa: SIM905
# Class: name, code, name, code, … in the font of symbols.
_SYMBOLS = {
    "bin": "cdot 01 times 02 ast 03 div 04 pm 06 mp 07 oplus 08 ominus 09 otimes 0A odot 0C bigcirc 0D circ 0E bullet 0F cup 5B "
    "cap 5C wedge 5E vee 5F setminus 6E",
    "rel": "equiv 11 subseteq 12 le 14 leq 14 ge 15 geq 15 sim 18 approx 19 subset 1A ll 1C gg 1D leftarrow 20 gets 20 "
    "rightarrow 21 to 21 leftrightarrow 24 simeq 27 Leftarrow 28 Rightarrow 29 Leftrightarrow 2C propto 2F in 32 mapsto 21 mid 6A "
    "parallel 6B perp 3F",
    "ord": "prime 30 infty 31 forall 38 exists 39 emptyset 3B top 3E bot 3F nabla 72 vert 6A Vert 6B dagger 79",
    "open": "lvert 6A lVert 6B langle 68 lfloor 62 lceil 64 lbrace 66 { 66",
    "close": "rvert 6A rVert 6B rangle 69 rfloor 63 rceil 65 rbrace 67 } 67",
}


def _commands() -> dict[str, Glyph]:
    found = {name: Glyph(ORD, "italic", 0x0B + index) for index, name in enumerate(_GREEK)}
    found |= {name: Glyph(ORD, "roman", index) for index, name in enumerate(_CAPITALS)}
    for kind, text in _SYMBOLS.items():
        parts = text.split()
        found |= {name: Glyph(_CLASSES[kind], "symbols", int(code, 16)) for name, code in zip(parts[::2], parts[1::2], strict=True)}
    found |= {"partial": Glyph(ORD, "italic", 0x40), "ell": Glyph(ORD, "italic", 0x60), "star": Glyph(BIN, "italic", 0x3F)}
    found |= {name: Glyph(REL, "roman", ord("=")) for name in ("ne", "neq")}  # a stroke of no width through it
    return found | {"#": Glyph(ORD, "roman", 35), "%": Glyph(ORD, "roman", 37), "&": Glyph(ORD, "roman", 38)}


def _letters() -> dict[str, Glyph]:
    found = {letter: Glyph(ORD, "italic", ord(letter)) for letter in map(chr, (*range(65, 91), *range(97, 123)))}
    found |= {digit: Glyph(ORD, "roman", ord(digit)) for digit in "0123456789!?@"}
    found |= {
        "+": Glyph(BIN, "roman", 43),
        "=": Glyph(REL, "roman", 61),
        ":": Glyph(REL, "roman", 58),
        ";": Glyph(PUNCT, "roman", 59),
    }
    found |= {
        "(": Glyph(OPEN, "roman", 40),
        "[": Glyph(OPEN, "roman", 91),
        ")": Glyph(CLOSE, "roman", 41),
        "]": Glyph(CLOSE, "roman", 93),
    }
    found |= {"-": Glyph(BIN, "symbols", 0), "*": Glyph(BIN, "symbols", 3), "|": Glyph(ORD, "symbols", 0x6A)}
    found |= {".": Glyph(ORD, "italic", 0x3A), ",": Glyph(PUNCT, "italic", 0x3B), "/": Glyph(ORD, "italic", 0x3D)}
    return found | {"<": Glyph(REL, "italic", 0x3C), ">": Glyph(REL, "italic", 0x3E)}


COMMANDS = _commands()  # by name, without the backslash
LETTERS = _letters()

# Functions with a name in roman letters, set as operators.
NAMED = frozenset(
    "arccos arcsin arctan cos cosh cot det dim exp ker lg ln log max min sec sin sinh sup inf lim tan tanh Pr arg".split()  # noqa: SIM905
)
# Of large operators: codes in text and in display.
OPERATORS = {"sum": (0x50, 0x58), "prod": (0x51, 0x59)}
# Of delimiters: codes of the sizes \big, \Big, \bigg, \Bigg, and of the one that grows.
DELIMITERS = {
    "(": (0x00, 0x10, 0x12, 0x20, 0x30),
    ")": (0x01, 0x11, 0x13, 0x21, 0x31),
    "[": (0x02, 0x68, 0x14, 0x22, 0x32),
    "]": (0x03, 0x69, 0x15, 0x23, 0x33),
    **dict.fromkeys(("|", r"\vert", r"\lvert", r"\rvert"), (0x0C,) * 5),
    **dict.fromkeys((r"\Vert", r"\lVert", r"\rVert"), (0x0D,) * 5),
    **dict.fromkeys((r"\{", r"\lbrace"), (0x08, 0x6E, 0x1A, 0x28, 0x38)),
    **dict.fromkeys((r"\}", r"\rbrace"), (0x09, 0x6F, 0x1B, 0x29, 0x3A)),
}
BIG = {"big": 0, "Big": 1, "bigg": 2, "Bigg": 3}
RADICAL = 0x70
