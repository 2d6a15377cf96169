"""Mathematics as SVG text: the TeX of symbols, numbers and short formulas → runs of letters, raised and lowered.

Letters are those of Unicode's mathematical alphabets; their widths are those of STIX Two Math, which an upper index needs to
stand above a lower one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..document.greek import GREEK
from ..errors import SymbackpropError

_TOKEN = re.compile(r"\\(?P<command>[A-Za-z]+|[,;:!|{}\\ ])|(?P<letter>\S)|\s+")
_SCRIPT, _RAISE, _LOWER = 0.7, 0.36, 0.2
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "vec": "\u20d7", "dot": "\u0307"}
_FACES = {
    "mathrm": "upright", "mathbf": "bold", "boldsymbol": "bolditalic", "mathit": "italic", "mathsf": "sans",
    "operatorname": "upright", "text": "upright",
}  # fmt: skip
_SPACES = {",": 0.167, ":": 0.22, ";": 0.28, "!": -0.167, " ": 0.25, "quad": 1.0, "qquad": 2.0}
_RELATIONS = {"approx": "≈", "le": "≤", "ge": "≥", "to": "→", "rightarrow": "→", "leftarrow": "←", "=": "=", "<": "<", ">": ">"}
_BINARY = {"cdot": "·", "times": "×", "odot": "⊙", "circ": "∘", "ast": "∗", "star": "∗", "+": "+", "-": "−", "/": "/"}
_PLAIN = {
    "partial": "∂", "nabla": "∇", "ell": "ℓ", "prime": "′", "ldots": "…", "dots": "…", "cdots": "⋯", "vdots": "⋮", "infty": "∞",
    "lvert": "|", "rvert": "|", "{": "{", "}": "}",
}  # fmt: skip
_WORDS = ("exp", "log", "ln", "sin", "cos", "tanh", "max", "min", "sqrt")
_NOTHING = ("bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "left", "right", "displaystyle", "textstyle", "bigm")
_HALVES = {("1", "2"): "½", ("1", "4"): "¼"}

_SMALL = (
    555, 518, 414, 556, 424, 577, 503, 569, 274, 431, 533, 278, 830,
    565, 486, 598, 517, 412, 386, 338, 565, 504, 727, 559, 510, 493,
)  # fmt: skip
_CAPITAL = (
    681, 593, 656, 702, 614, 583, 697, 757, 343, 398, 655, 569, 869,
    714, 707, 569, 707, 620, 534, 610, 731, 640, 913, 637, 607, 606,
)  # fmt: skip
_OTHER = {"(": 0.36, ")": 0.36, "[": 0.35, "]": 0.35, ",": 0.25, ".": 0.25, "/": 0.39, "|": 0.27, "′": 0.36, "·": 0.28, "⋮": 0.52}
_GREEK = {name: letter for letter, name in GREEK.items()}
# Where TeX's letter is not the one that has its name in Unicode, and the second forms: places behind the slanted alpha.
_FORMS = {"varepsilon": 4, "varphi": 21, "epsilon": 26, "vartheta": 27, "phi": 29, "varrho": 30, "varpi": 31}


class Unsettable(SymbackpropError):
    """TeX that this module does not know."""


@dataclass(frozen=True, slots=True)
class Run:
    """Letters of one size at one height; ``move`` is the space before them. All in em of the label."""

    text: str
    scale: float
    rise: float
    move: float
    width: float


def runs(tex: str) -> list[Run]:
    """The runs of a formula. Raises Unsettable for what is not known here."""
    tokens = [match for match in _TOKEN.finditer(tex) if match["command"] or match["letter"]]
    reader = _Reader([match["letter"] or "\\" + match["command"] for match in tokens])
    found = reader.row(None, "italic", 1.0, 0.0)
    return list(_joined(found))


def _joined(found: list[Run]) -> Iterator[Run]:
    """Neighbours of one size and height in one run."""
    last: Run | None = None
    for run in found:
        if last is not None and (last.scale, last.rise) == (run.scale, run.rise) and not run.move:
            last = Run(last.text + run.text, last.scale, last.rise, last.move, last.width + run.width)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


class _Reader:
    """Reads tokens into runs. ``space`` is what the next run is moved by."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.position, self.space = tokens, 0, 0.0

    def row(self, end: str | None, face: str, scale: float, rise: float) -> list[Run]:
        found: list[Run] = []
        operand = False  # whether something stands before a sign, which makes it one of an operation
        while self.position < len(self.tokens):
            token = self.tokens[self.position]
            if token == end:
                self.position += 1
                return found
            self.position += 1
            if token in ("_", "^"):
                raise Unsettable(f"{token} without a symbol before it")
            name = token.removeprefix("\\")
            if token.startswith("\\") and name in _SPACES:
                self.space += _SPACES[name] * scale
                continue
            if name in _RELATIONS or (name in _BINARY and name != "/"):
                wide = (0.28 if name in _RELATIONS else 0.2) * scale if operand and scale == 1.0 else 0.0
                self.space += wide
                found.append(self._run((_RELATIONS | _BINARY)[name], scale, rise))
                self.space += wide
                operand = False
                found.extend(self._scripts(scale, rise))
                continue
            base = self._atom(token, face, scale, rise)
            found.extend(base)
            found.extend(self._scripts(scale, rise))
            operand = operand or bool(base)
            if token == ",":
                self.space += 0.16 * scale
        if end is not None:
            raise Unsettable("a brace is missing")
        return found

    def _run(self, text: str, scale: float, rise: float, width: float | None = None) -> Run:
        own = width if width is not None else sum(map(_width, text))
        move, self.space = self.space, 0.0
        return Run(text, scale, rise, move, own * scale)

    def _atom(self, token: str, face: str, scale: float, rise: float) -> list[Run]:
        if token == "{":
            if self.tokens[self.position : self.position + 2] == [",", "}"]:  # a decimal comma
                self.position += 2
                return [self._run(",", scale, rise)]
            return self.row("}", face, scale, rise)
        if not token.startswith("\\"):
            if token == "'":  # the font's prime is one for upper indices
                return [self._run("′", scale * _SCRIPT, rise + _RAISE * scale)]
            return [self._run(letter(token, face), scale, rise)]
        name = token[1:]
        if name in _FACES:
            return self._argument(_FACES[name], scale, rise)
        if name in _ACCENTS:
            inner = self._argument(face, scale, rise)
            if len(inner) != 1:
                raise Unsettable(f"\\{name} over more than a letter")
            (own,) = inner
            return [Run(own.text + _ACCENTS[name], own.scale, own.rise, own.move, own.width)]
        if name in ("tfrac", "frac"):
            return self._fraction(face, scale, rise)
        if name in _WORDS and name != "sqrt":
            return [self._run(name, scale, rise, 0.5 * len(name))]
        if name in _NOTHING:
            return []
        if name in _PLAIN:
            return [self._run(_PLAIN[name], scale, rise)]
        if name in _GREEK or name in _FORMS:
            return [self._run(greek(name, face), scale, rise, 0.52)]
        raise Unsettable(f"\\{name}")

    def _argument(self, face: str, scale: float, rise: float) -> list[Run]:
        """A group in braces, or one token."""
        if self.position >= len(self.tokens):
            raise Unsettable("an argument is missing")
        token = self.tokens[self.position]
        self.position += 1
        return self._atom(token, face, scale, rise)

    def _fraction(self, face: str, scale: float, rise: float) -> list[Run]:
        """½, or a / b with parentheses where they are needed."""
        above = self._argument(face, scale, rise)
        below = self._argument(face, scale, rise)
        texts = "".join(run.text for run in above), "".join(run.text for run in below)
        if texts in _HALVES:
            return [Run(_HALVES[texts], scale, rise, above[0].move, 0.8 * scale)]
        return [*_grouped(above, scale, rise), Run("/", scale, rise, 0.0, 0.39 * scale), *_grouped(below, scale, rise)]

    def _scripts(self, scale: float, rise: float) -> list[Run]:
        """Upper and lower index of what stands before, one above the other; primes are upper indices."""
        parts: dict[str, list[Run]] = {}
        while self.position < len(self.tokens) and self.tokens[self.position] in ("_", "^"):
            mark = self.tokens[self.position]
            self.position += 1
            if mark in parts:
                raise Unsettable(f"two {mark} at one symbol")
            shift = _RAISE if mark == "^" else -_LOWER
            self.space = 0.03 * scale
            parts[mark] = self._argument("italic", scale * _SCRIPT, rise + shift * scale)
            self.space = 0.0
        upper, lower = parts.get("^", []), parts.get("_", [])
        if not (upper and lower):
            return upper or lower
        across, below = (sum(run.move + run.width for run in own) for own in (upper, lower))
        first = lower[0]
        lower = [Run(first.text, first.scale, first.rise, first.move - across, first.width), *lower[1:]]
        self.space += max(0.0, across - below)
        return [*upper, *lower]


def _grouped(own: list[Run], scale: float, rise: float) -> list[Run]:
    if len(own) == 1 and len(own[0].text) <= 2 or all(run.text.isdigit() for run in own):
        return own
    return [Run("(", scale, rise, 0.0, 0.36 * scale), *own, Run(")", scale, rise, 0.0, 0.36 * scale)]


def letter(text: str, face: str) -> str:
    """One letter in a face; digits and signs are upright."""
    if not (text.isascii() and text.isalpha()):
        bold = face in ("bold", "bolditalic") and text.isdigit()
        return chr(0x1D7CE + int(text)) if bold else text
    if face == "upright":
        return text
    if face == "sans":
        return "\U0001d5b3" if text == "T" else text
    if face == "italic" and text == "h":
        return "ℎ"
    small, capital = {"italic": (0x1D44E, 0x1D434), "bold": (0x1D41A, 0x1D400), "bolditalic": (0x1D482, 0x1D468)}[face]
    return chr(small + ord(text) - ord("a")) if text.islower() else chr(capital + ord(text) - ord("A"))


def greek(name: str, face: str) -> str:
    """A Greek letter: small ones slanted, capitals upright, both bold where the face is."""
    bold = face in ("bold", "bolditalic")
    if name[0].isupper():
        code = ord(_GREEK[name])
        return chr(0x1D6A8 + code - 0x391) if bold else chr(code)
    place = _FORMS[name] if name in _FORMS else ord(_GREEK[name]) - 0x3B1
    return chr((0x1D736 if bold else 0x1D6FC) + place)


def _width(character: str) -> float:
    code = ord(character)
    for first, widths in ((0x1D44E, _SMALL), (0x1D434, _CAPITAL), (0x61, _SMALL), (0x41, _CAPITAL)):
        if first <= code < first + 26:
            return widths[code - first] / 1000
    if character == "ℎ":
        return 0.57
    return _OTHER.get(character, 0.5 if character.isdigit() else 0.72 if character in "+−=×≈≤≥∘⊙∗" else 0.55)


def tspans(tex: str, size: float) -> str:
    """The formula as ``<tspan>`` elements for a ``<text>`` of this font size."""
    parts = []
    rise = 0.0
    for run in runs(tex):
        attributes = ""
        if run.move:
            attributes += f' dx="{run.move * size:.2f}"'
        if run.rise != rise:
            attributes += f' dy="{(rise - run.rise) * size:.2f}"'
            rise = run.rise
        if run.scale != 1.0:
            attributes += f' font-size="{run.scale * size:.2f}"'
        parts.append(f"<tspan{attributes}>{html.escape(run.text)}</tspan>")
    return "".join(parts)
