"""TeX symbols taken apart and put together: letter, lower and upper index; bold and plain letters."""

from __future__ import annotations

import re

from .greek import GREEK

ACCENTS = ("hat", "bar", "tilde", "vec", "dot")
_GREEK_COMMANDS = {*(f"\\{name}" for name in GREEK.values()), r"\ell"}
_WRAPPED = re.compile(r"\\(mathrm|mathit|mathbf|boldsymbol)\{(.*)\}")
_ACCENTED = re.compile(rf"\\({'|'.join(ACCENTS)})\{{(.*)\}}")


def split_scripts(tex: str) -> tuple[str, str, str]:
    """(letter, lower index, upper index) of a symbol; of anything else the whole as a letter."""
    start = _first_script(tex)
    if start is None:
        return tex, "", ""
    found = {"_": "", "^": ""}
    position = start
    while position < len(tex):
        mark = tex[position]
        end = _end_of_argument(tex, position + 1)
        if mark not in found or found[mark] or end is None:
            return tex, "", ""
        argument = tex[position + 1 : end]
        found[mark] = argument[1:-1] if argument.startswith("{") else argument
        position = end
    return tex[:start], found["_"], found["^"]


def _first_script(tex: str) -> int | None:
    depth = 0
    for position, letter in enumerate(tex):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter in "_^" and not depth:
            return position
    return None


def _end_of_argument(tex: str, start: int) -> int | None:
    if start >= len(tex):
        return None
    if tex[start] == "\\":
        match = re.compile(r"\\[A-Za-z]+").match(tex, start)
        return match.end() if match else None
    if tex[start] != "{":
        return start + 1
    depth = 0
    for position in range(start, len(tex)):
        depth += {"{": 1, "}": -1}.get(tex[position], 0)
        if not depth:
            return position + 1
    return None


def raised(tex: str, mark: str) -> str:
    """``tex`` with a mark as its last upper index, which is no index itself and takes no comma: ᵀ."""
    base, lower, upper = split_scripts(tex)
    return with_scripts(base, lower, upper + mark)


def with_scripts(tex: str, lower: str = "", upper: str = "") -> str:
    """``tex`` with further indices, behind a comma where there are some already."""
    base, below, above = split_scripts(tex)
    if below and lower:
        lower = f"{below},{lower}"
    if above and upper:
        upper = f"{above},{upper}"
    lower, upper = lower or below, upper or above
    if upper and base.endswith("'"):
        base = f"{{{base}}}"  # a prime is an upper index of its own
    return base + (f"^{{{upper}}}" if upper else "") + (f"_{{{lower}}}" if lower else "")


def bold(tex: str) -> str:
    """A symbol in bold, as arrays are printed; its indices stay as they are."""
    base, lower, upper = split_scripts(tex)
    return with_scripts(_bold_letter(base), lower, upper)


def _bold_letter(base: str) -> str:
    accent = _ACCENTED.fullmatch(base)
    if accent:
        return rf"\{accent[1]}{{{_bold_letter(accent[2])}}}"
    wrapped = _WRAPPED.fullmatch(base)
    inner = wrapped[2] if wrapped else base
    return rf"\boldsymbol{{{inner}}}" if "\\" in inner else rf"\mathbf{{{inner}}}"


def plain_letter(tex: str) -> str:
    """A symbol that its author made bold, without the bold: so its entries are printed."""
    base, lower, upper = split_scripts(tex)
    wrapped = re.fullmatch(r"\\(mathbf|boldsymbol)\{(.*)\}", base)
    if not wrapped:
        return tex
    inner = wrapped[2]
    return with_scripts(inner if len(inner) == 1 or "\\" in inner else rf"\mathrm{{{inner}}}", lower, upper)


def capital(tex: str) -> str:
    """The letter of a matrix whose columns or rows the letter names: X of x, Δ of δ."""
    wrapped = _WRAPPED.fullmatch(tex)
    if wrapped:
        return rf"\{wrapped[1]}{{{wrapped[2][:1].upper()}{wrapped[2][1:]}}}"
    accent = _ACCENTED.fullmatch(tex)
    if accent:
        return rf"\{accent[1]}{{{capital(accent[2])}}}"
    base, lower, upper = split_scripts(tex)
    if base in _GREEK_COMMANDS:
        name = base[1:].capitalize()
        return with_scripts(rf"\{name}" if name in GREEK.values() else base, lower, upper)
    return with_scripts(base.upper() if len(base) == 1 else base, lower, upper)


def split_index(name: str) -> tuple[str, tuple[str, ...]]:
    """``W1[0][j]`` → (W1, (0, j))."""
    base, bracket, rest = name.partition("[")
    return (base, tuple(rest[:-1].split("]["))) if bracket and name.endswith("]") else (name, ())


def joined(indices: tuple[str, ...]) -> str:
    """Indices one after the other, with commas where one has several characters."""
    return ("" if all(len(index) == 1 for index in indices) else ",").join(indices)
