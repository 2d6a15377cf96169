"""What may stand in a printed symbol, and plain names set from their spelling."""

from __future__ import annotations

import re

from ..errors import InputError, nearest
from .greek import GREEK
from .scripts import ACCENTS

MAX_SYMBOL = 200  # characters
_ALLOWED = {
    *GREEK.values(),
    *ACCENTS,
    "varepsilon",
    "vartheta",
    "varphi",
    "mathrm",
    "mathbf",
    "mathit",
    "boldsymbol",
    "prime",
    "ell",
    "to",
    "rightarrow",
    "circ",
    "ast",
    "star",
}
# Two carets are TeX's way to smuggle in any character; the rest is what neither TeX nor MathML can set.
_UNSETTABLE = re.compile(
    r"\^\^|[_^](?![A-Za-z0-9{\\])|^\s*[_^']|\{\s*[_^]"
    r"|\\(?:hat|bar|tilde|vec|dot|mathrm|mathbf|mathit|boldsymbol)(?!\{)"
    r"|([_^])(?:\{[^{}]*\}|\\[A-Za-z]+|[A-Za-z0-9])\s*\1|\^(?:\{[^{}]*\}|\\[A-Za-z]+|[A-Za-z0-9])\s*'|'\s*\^"
    r"|([_^])(?:\{[^{}]*\}|\\[A-Za-z]+|[A-Za-z0-9])[_^](?:\{[^{}]*\}|\\[A-Za-z]+|[A-Za-z0-9])\s*\2"
)
_SYMBOL = re.compile(r"\\(?P<command>[A-Za-z]+)|[A-Za-z0-9_^{}' ,.()\[\]+*-]")


def check_symbol(text: object, where: str) -> str:
    """``text`` if it is a harmless printed symbol: letters, digits, scripts, Greek, accents. InputError otherwise."""
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_SYMBOL:
        raise InputError("expected a printed symbol like 'z_j' or '\\hat{y}'", where)
    if _UNSETTABLE.search(text):
        raise InputError(f"{text!r} cannot be set: an index needs something before and behind it, an accent its braces", where)
    position, depth = 0, 0
    while position < len(text):
        match = _SYMBOL.match(text, position)
        if not match:
            raise InputError(f"{text[position]!r} cannot stand in a printed symbol", where)
        if match["command"] and match["command"] not in _ALLOWED:
            raise InputError(f"\\{match['command']} cannot stand in a printed symbol{nearest(match['command'], _ALLOWED)}", where)
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth < 0:
            break
        position = match.end()
    if depth:
        raise InputError(f"the braces of {text!r} do not match", where)
    return text


def spelled(name: str) -> str:
    """A plain name set from its spelling: ``w_in`` with an index, ``y_hat`` with a hat, ``delta_o`` Greek, ``x12`` with 12."""
    head, *rest = name.strip("_").split("_") or [name]
    accent = ""
    if rest and rest[0] in ACCENTS:
        accent = rest.pop(0)
    letters, digits = re.fullmatch(r"(.*?)(\d*)", head).groups()  # type: ignore[union-attr] # always matches
    if not letters:
        letters, digits = head, ""
    base = word(letters)
    if accent:
        base = rf"\{accent}{{{base}}}"
    indices = [digits] if digits else []
    indices.extend(word(part, index=True) for part in rest if part)
    return base + (f"_{{{','.join(indices)}}}" if indices else "")


def word(text: str, index: bool = False) -> str:
    """One part of a plain name: a letter, a Greek one, digits, or a word in upright letters."""
    # What TeX's fonts lack is spelled by its code.
    text = "".join(letter if letter.isascii() or letter in GREEK else f"U{ord(letter):X}" for letter in text)
    if text in GREEK.values():
        return rf"\{text}"
    if len(text) == 1:
        return rf"\{GREEK[text]}" if text in GREEK else text
    if text.isdigit() or (index and len(text) == 2 and text.isascii()):
        return text
    return rf"\mathrm{{{text}}}"


def unit_index(name: str) -> str:
    """The name of a unit as an index."""
    return ",".join(word(part, index=True) for part in name.split("_") if part)
