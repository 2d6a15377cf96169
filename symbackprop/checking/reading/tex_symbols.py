"""The indices, primes and marks of transposition behind a symbol."""

from __future__ import annotations

from dataclasses import dataclass, field

from .tex_items import Item, written

_TRANSPOSES = (
    r"\top",
    "T",
    r"\intercal",
    r"\tr",
    *(rf"\{font}{{T}}" for font in ("mathsf", "mathrm", "text", "mathit", "mathbf", "intercal")),
)
_SPACES = (r"\,", r"\;", r"\!", r"\:", "~")


@dataclass(slots=True)
class Scripts:
    """What stands behind a letter. ``grouped`` says that the lower index stands in braces."""

    lower: list[Item] = field(default_factory=list)
    upper: list[Item] = field(default_factory=list)
    primes: int = 0
    transposed: bool = False
    grouped: bool = False

    @property
    def tex(self) -> str:
        lower, upper = written(self.lower), written(self.upper)
        return (f"_{{{lower}}}" if lower else "") + (f"^{{{upper}}}" if upper else "") + "'" * self.primes


def is_transpose(items: list[Item]) -> bool:
    """Whether an upper index is the mark of a transpose."""
    return written(items) in _TRANSPOSES


def read_scripts(items: list[Item], at: int) -> tuple[Scripts, int]:
    """The scripts that begin at a position, and the position behind them."""
    found = Scripts()
    end = at
    while at < len(items):
        text = items[at].text
        if text in ("'", r"\prime"):
            found.primes += 1
            at += 1
        elif text in ("_", "^") and at + 1 < len(items):
            if text == "_" and found.lower or text == "^" and found.transposed and found.upper:
                break
            inside = items[at + 1].inside if items[at + 1].is_group else _whole(items, at + 1)
            at += 2 if items[at + 1].is_group or len(inside) == 1 else 3
            if text == "_":
                found.lower = [own for own in inside if own.text not in _SPACES]
                found.grouped = items[at - 1].is_group
            else:
                _put_upper(found, [own for own in inside if own.text not in _SPACES])
        elif items[at].is_group and not items[at].inside and at + 1 < len(items) and items[at + 1].text in ("_", "^"):
            at += 1  # {}
        else:
            break
        end = at
    return found, end


def _whole(items: list[Item], at: int) -> list[Item]:
    """The one item of a script without braces; a font command has its argument with it."""
    if items[at].text in (r"\mathsf", r"\mathrm", r"\text", r"\mathbf", r"\mathit") and at + 1 < len(items):
        return items[at : at + 2]
    return [items[at]]


def _put_upper(found: Scripts, inside: list[Item]) -> None:
    while inside and inside[-1].text in ("'", r"\prime"):
        found.primes += 1
        inside = inside[:-1]
    for length in (1, 2):
        if len(inside) >= length and is_transpose(inside[-length:]):
            if not (length == 1 and len(inside) > 1 and inside[-1].text == "T"):
                inside, found.transposed = inside[:-length], True
                break
            if inside[-2].text in (")", "]") or inside[-2].text.isdigit():
                inside, found.transposed = inside[:-1], True
                break
    if inside:
        found.upper = inside
