"""A notation as data: one TOML file in ``notations/``, or an author's own.

It says in which letters the parts of any network are printed, in which form slopes and derivatives stand, where indices begin,
and the conventions that change the derivation itself: the sign of δ, the ½ of a squared error, the order of a weight's indices.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..errors import InputError, nearest
from ..fields import describe
from ..functions import ACTIVATIONS, GENERIC
from ..reading.positions import Positions
from ..reading.tables import Table
from .scripts import split_scripts, with_scripts
from .symbol_text import check_symbol

SLOPES = ("output", "function", "prime")
DERIVATIVES = ("partial", "d", "italic d", "prime")
DECIMALS = (".", ",")
SIGNS = ("gradient", "negative")
WEIGHT_ORDERS = ("to from", "from to")
HADAMARDS = (r"\odot", r"\circ", r"\ast")
DEFAULT = "003"
MAX_BYTES = 100_000
UNIT, LAYER = "<unit>", "<layer>"
ENDING = ".toml"

_FOLDER = Path(__file__).parent.parent / "notations"
_PATTERNS = ("net_input", "output", "error_signal")
_LETTERS = ("input", "target", "loss", "weights", "learning_rate", "function", "generic", "cached")
_CHOICES = {
    "slope": SLOPES,
    "derivative": DERIVATIVES,
    "decimal": DECIMALS,
    "delta": SIGNS,
    "weight_order": WEIGHT_ORDERS,
    "hadamard": HADAMARDS,
}
_KEYS = (
    "title", "base", *_PATTERNS, *_LETTERS, *_CHOICES,
    "prediction", "bias", "layer", "last_layer", "first_index", "half", "functions",
)  # fmt: skip
_FUNCTIONS = tuple(name for name in ACTIVATIONS if name != "identity")


@dataclass(frozen=True)
class Profile:
    """The conventions of one notation. What has no default stands in every file of ``notations/`` or in its base.

    ``delta``, ``half`` and ``weight_order`` are None where the notation leaves them as the network has them.
    """

    name: str
    title: str
    net_input: str
    output: str
    error_signal: str
    prediction: str
    input: str
    target: str
    loss: str
    weights: str
    bias: str
    learning_rate: str
    function: str
    generic: str
    cached: str
    layer: str
    last_layer: str
    slope: str
    derivative: str
    decimal: str
    hadamard: str
    first_index: int
    weight_order: str
    delta: str | None = None
    half: bool | None = None
    functions: Mapping[str, str] = field(default_factory=dict)

    def number(self, text: str) -> str:
        """Words with the decimal mark of this notation in their numbers."""
        return re.sub(r"(?<=\d)\.(?=\d)", self.decimal, text)

    @property
    def separator(self) -> str:
        """What stands between numbers in a line: no comma where that is the decimal mark."""
        return "; " if self.decimal == "," else ", "

    def shown_index(self, index: str) -> str:
        """An index as the page has it: names count from 0, pages from ``first_index``; a letter as it is."""
        return str(int(index) + self.first_index) if index.isdigit() else index

    def layer_mark(self, number: int, last: bool) -> tuple[str, str]:
        """(lower index, upper index) that say which layer it is."""
        text = self.last_layer if last and self.last_layer else str(number)
        _, lower, upper = split_scripts(f".{self.layer.replace(LAYER, text)}")
        return lower, upper


def profiles() -> tuple[str, ...]:
    """The names of the notations that ship with the package."""
    return tuple(sorted(path.stem for path in _FOLDER.glob(f"*{ENDING}")))


def list_notations() -> list[tuple[str, str]]:
    """(name, title) of each notation that ships with the package."""
    return [(name, profile(name).title) for name in profiles()]


def profile(chosen: str) -> Profile:
    """The notation of a name, or of a file of one's own, whose name ends in .toml. InputError where there is none, or a bad one."""
    if chosen in profiles():
        return _shipped(chosen)
    if chosen.endswith(ENDING):
        return _from_text(_content(Path(chosen)), Path(chosen).stem, chosen)
    hint = nearest(chosen, profiles())
    raise InputError(
        f"there is no notation {describe(chosen)}{hint}; a file of your own is named with its ending {ENDING}", "notation"
    )


@cache
def _shipped(name: str) -> Profile:
    return _from_text((_FOLDER / f"{name}{ENDING}").read_text(encoding="utf-8"), name, f"{name}{ENDING}")


def _content(path: Path) -> str:
    shown = str(path)[:200]
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise InputError(f"the file has more than {MAX_BYTES // 1000} kB, the limit of a notation", shown)
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 text (byte {error.start + 1}); save the file as UTF-8", shown) from None
    except OSError as error:
        raise InputError(f"the notation cannot be read: {error.strerror or error}", shown) from None
    except ValueError as error:
        raise InputError(f"{shown!r} is no file name: {error}", "notation") from None


def _from_text(text: str, name: str, place: str) -> Profile:
    """The notation that a file describes; an error names the file and the line."""
    try:
        entries = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a TOMLDecodeError is a ValueError
        raise InputError(f"no TOML that can be read: {error}", place) from None
    try:
        return _profile(Table(entries), name)
    except InputError as error:
        line = Positions(text).line(error.where)
        raise error.at(f"{place}, line {line}" if line else place) from None


def _profile(table: Table, name: str) -> Profile:
    table.only(_KEYS)
    own: dict[str, Any] = {"name": name, "title": table.text("title") or name}
    for key in _PATTERNS:
        if key in table.entries:
            own[key] = _pattern(table, key)
    for key in _LETTERS:
        if key in table.entries:
            own[key] = check_symbol(table.text(key), key)
    for key, options in _CHOICES.items():
        if key in table.entries:
            own[key] = table.choice(key, options, "")
    for key in ("prediction", "bias"):
        if key in table.entries:
            has_unit = UNIT in table.text(key)
            empty = key == "prediction" and not table.text(key)  # the last unit is printed like any other
            own[key] = "" if empty else _pattern(table, key) if has_unit else check_symbol(table.text(key), key)
    if "layer" in table.entries:
        own["layer"] = _layer(table)
    if "last_layer" in table.entries:
        own["last_layer"] = check_symbol(table.text("last_layer"), "last_layer") if table.text("last_layer") else ""
    if "first_index" in table.entries:
        own["first_index"] = _first_index(table)
    if "half" in table.entries:
        own["half"] = table.truth("half", True)
    if "functions" in table.entries:
        own["functions"] = MappingProxyType(_functions(table.table("functions")))
    if name == DEFAULT and "base" not in table.entries:
        return Profile(**own)
    found = replace(_base(table), **own)
    _check(found)
    return found


def _base(table: Table) -> Profile:
    """What a file leaves out: that of its base, by default document 003's."""
    base = table.text("base", DEFAULT)
    if base not in profiles():
        raise InputError(f"there is no notation {describe(base)}{nearest(base, profiles())}", "base")
    return _shipped(base)


def _pattern(table: Table, key: str) -> str:
    text = table.text(key)
    if text.count(UNIT) != 1 or UNIT not in "".join(split_scripts(text)[1:]):
        raise InputError(f"expected a symbol with the unit in an index, 'z_{{{UNIT}}}' say, found {describe(text)}", key)
    check_symbol(text.replace(UNIT, "j"), key)
    return text


def _layer(table: Table) -> str:
    text = table.text("layer")
    lower, upper = split_scripts(f".{text}")[1:]
    if text.count(LAYER) != 1 or LAYER not in lower + upper:
        raise InputError(f"expected an index with the layer in it, '^{{({LAYER})}}' say, found {describe(text)}", "layer")
    check_symbol(f"z{text.replace(LAYER, '1')}", "layer")
    return text


def _first_index(table: Table) -> int:
    value = table.entries["first_index"]
    if isinstance(value, bool) or value not in (0, 1):
        raise InputError(f"expected 0 or 1, found {describe(value)}", "first_index")
    return int(value)


def _functions(table: Table) -> dict[str, str]:
    table.only(_FUNCTIONS)
    return {name: check_symbol(table.text(name), table.place(name)) for name in table.entries}


def _check(found: Profile) -> None:
    """Symbols of one notation that would print alike. InputError names the later key."""
    taken: dict[str, str] = {}
    for key in ("net_input", "output", "error_signal", "bias"):
        pattern = getattr(found, key)
        if UNIT not in pattern:
            continue
        if pattern in taken:
            raise InputError(f"{key} and {taken[pattern]} are both printed {pattern!r}; choose another symbol for one of them", key)
        taken[pattern] = key
    if found.first_index == 0 and UNIT in found.bias and re.search(r"\b0|(?<=>)0", split_scripts(found.bias)[1]):
        raise InputError("a bias with the index 0 would print like the weight of unit 0; count from 1 (first_index = 1)", "bias")


def whole(pattern: str) -> str:
    """A symbol without the unit's index: that of the array whose entries are the units'."""
    if UNIT not in pattern:
        return pattern
    base, lower, upper = split_scripts(pattern)
    return with_scripts(base, _without(lower), _without(upper))


def _without(index: str) -> str:
    return ",".join(part.strip(",") for part in index.split(UNIT) if part.strip(","))


def placed(pattern: str, index: str) -> str:
    """A symbol with an index at its place; commas where the pattern has them, or one part has several characters."""
    base, lower, upper = split_scripts(pattern)
    return with_scripts(base, _filled(lower, index), _filled(upper, index))


def _filled(text: str, index: str) -> str:
    if UNIT not in text:
        return text
    before, after = text.split(UNIT)
    parts = [part for part in (before.strip(","), index, after.strip(",")) if part]
    between = "" if all(len(part) == 1 for part in parts) else ","
    first = "," if before.endswith(",") else between
    last = "," if after.startswith(",") else between
    return (before.strip(",") + first if before else "") + index + (last + after.strip(",") if after else "")


def function_symbols(found: Profile) -> dict[str, str]:
    """The letters of functions: those of the notation, and that of the sigmoid and of the undefined activation."""
    return {"sigmoid": found.function, GENERIC: found.generic or found.function, **found.functions}
