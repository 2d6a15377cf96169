"""Plain text → tokens: the equation language, with the signs and letters that people type besides."""

from __future__ import annotations

import re

from ...grammar import number
from .tokens import Place, Token

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<sum>(?:sum|Σ|∑)_?(?P<letter>[A-Za-z]))(?=\s*\(|\s+\w)"
    r"|(?P<name>(?:(?![½¼²³])[^\W\d])(?:(?![½¼²³₀-ₜᵢᵣᵤᵥⱼ])\w)*[₀-ₜᵢᵣᵤᵥⱼ]*)|(?P<transposed>\.T\b|\^T\b|ᵀ)|(?P<sign>\*\*|[-+*/@()\[\],|'⊙∂])|(?P<bad>\S))"
)
# One sign for those that mean the same, each of one character, so that columns stay.
_SAME = str.maketrans({
    "·": "*", "×": "*", "⋅": "*", "∗": "*", "•": "*", "−": "-", "–": "-", "÷": "/", "⁄": "/", "∘": "⊙",
    "′": "'", "’": "'", "´": "'", "\N{NO-BREAK SPACE}": " ", "\N{THIN SPACE}": " ", "𝜕": "∂",
})  # fmt: skip
_POWERS = {"^": "", "²": "2", "³": "3"}
_FRACTIONS = {"½": ("1", "2"), "¼": ("1", "4")}


def plain_tokens(place: Place, start: int, end: int) -> list[Token]:
    """The tokens of a part of a text. InputError for a character without a meaning."""
    text = place.text.translate(_SAME)
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text, start, end):
        kind = match.lastgroup or ""
        if match["sum"]:
            kind = "sum"
        if not kind:
            continue
        own, column = match[kind], match.start(kind) + 1
        match kind:
            case "number":
                tokens.append(Token("number", own, column, number(own, place.where)))
            case "sum":
                tokens.append(Token("sum", own, column, ((match["letter"], None, None),)))
            case "transposed":
                tokens.append(Token("sign", "ᵀ", column))
            case "bad" if own in _POWERS:
                tokens.append(Token("sign", "**", column))
                if _POWERS[own]:
                    tokens.append(Token("number", own, column, number(_POWERS[own])))
            case "bad" if own in _FRACTIONS:
                above, below = (Token("number", own, column, number(digit)) for digit in _FRACTIONS[own])
                tokens += (Token("sign", "(", column), above, Token("sign", "/", column), below, Token("sign", ")", column))
            case "bad" if own == "√":
                tokens.append(Token("name", "sqrt", column))
            case "bad":
                raise place.error(f"{own!r} has no meaning in a claim", column)
            case _:
                tokens.append(Token(kind, own, column))
    return tokens
