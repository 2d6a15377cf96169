"""The TeX of symbols, numbers and short formulas as text to be read or heard: δ_j ≈ −0.5, w^(1)_12."""

from __future__ import annotations

import re

from .greek import GREEK
from .scripts import ACCENTS

_COMMANDS = {
    **{name: letter for letter, name in GREEK.items()},
    "varepsilon": "ε", "varphi": "φ", "vartheta": "θ", "varrho": "ρ", "varpi": "π", "partial": "∂", "nabla": "∇", "ell": "ℓ",
    "prime": "′", "approx": "≈", "le": "≤", "ge": "≥", "to": "→", "rightarrow": "→", "leftarrow": "←", "cdot": "·", "times": "×",
    "odot": "⊙", "circ": "∘", "ast": "∗", "star": "∗", "infty": "∞", "lvert": "|", "rvert": "|", "ldots": "…", "dots": "…",
    "cdots": "…", "vdots": "…",
}  # fmt: skip
_SIGNS = {"-": "−", "'": "′"}
_SPACES = (",", ";", ":", " ", "quad", "qquad")
_TOKEN = re.compile(r"\\([A-Za-z]+|.)|(\s+)|(.)", re.DOTALL)


def readable(tex: str) -> str:
    """A formula in letters of Unicode; indices of several characters are in parentheses, but not those of one word or number."""
    tokens = [(match[1] or "", match[3] or "") for match in _TOKEN.finditer(tex) if not match[2]]
    text, _ = _row(tokens, 0)
    return re.sub(r" {2,}", " ", re.sub(r" ?([≈=≤≥]) ?", r" \1 ", text)).strip()


def _row(tokens: list[tuple[str, str]], start: int) -> tuple[str, int]:
    """The text up to the brace that closes, and the place behind it."""
    found, place = "", start
    while place < len(tokens):
        if tokens[place] == ("", "}"):
            return found, place + 1
        if tokens[place][1] in ("_", "^"):
            mark = tokens[place][1]
            inner, place = _atom(tokens, place + 1)
            found += inner if inner == "′" else f"{mark}{_grouped(inner)}"
            continue
        atom, place = _atom(tokens, place)
        found += atom
    return found, place


def _atom(tokens: list[tuple[str, str]], place: int) -> tuple[str, int]:
    """A letter, a command with what belongs to it, or a group in braces."""
    if place >= len(tokens):
        return "", place
    command, letter = tokens[place]
    if letter:
        return _row(tokens, place + 1) if letter == "{" else (_SIGNS.get(letter, letter), place + 1)
    if command in ("frac", "tfrac"):
        above, place = _atom(tokens, place + 1)
        below, place = _atom(tokens, place)
        return f"{_grouped(above)}/{_grouped(below)}", place
    if command == "sqrt":
        inner, place = _atom(tokens, place + 1)
        return f"√({inner})", place
    if command in ACCENTS:
        inner, place = _atom(tokens, place + 1)
        return f"{inner} {command}", place
    if command in _SPACES:
        return " ", place + 1
    if command == "mathsf" and tokens[place + 1 : place + 4] == [("", "{"), ("", "T"), ("", "}")]:
        return "T", place + 4
    if command.startswith(("math", "bold", "operatorname", "text")):  # the face of the letters behind it
        return _atom(tokens, place + 1)
    return _COMMANDS.get(command, command if command in _WORDS else ""), place + 1


_WORDS = ("exp", "log", "ln", "sin", "cos", "tanh", "max", "min", "sum")


def _grouped(text: str) -> str:
    return text if re.fullmatch(r"\(.*\)|−?[\w.′]*", text) else f"({text})"
