"""From plain names to printed symbols.

A notation is data: a TOML file in ``notations/`` or the author's own. It says how net inputs,
outputs and error signals are written and in which form a slope stands: ``output`` z(1 − z),
``function`` σ(s)(1 − σ(s)) or ``prime`` σ′(s). Names that it does not cover are set from their spelling.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..derivation import Derivation
from ..errors import InputError, nearest
from ..functions import FUNCTIONS, GENERIC
from ..network import LEARNING_RATE
from ..program import Activation
from ..tree import Call, Name, Tree, names, substitute
from .greek import GREEK

SLOPES = ("output", "function", "prime")
DEFAULT = "003"
_FOLDER = Path(__file__).parent.parent / "notations"

_ACCENTS = ("hat", "bar", "tilde", "vec", "dot")
_ALLOWED = {
    *GREEK.values(),
    *_ACCENTS,
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


@dataclass(frozen=True)
class Notation:
    """How the symbols of one derivation are printed."""

    name: str
    slope: str
    function: str
    symbols: Mapping[str, str] = field(default_factory=dict)

    def symbol(self, name: str) -> str:
        """The LaTeX of a plain name."""
        if name not in self.symbols and name.startswith("Delta_"):
            return rf"\Delta {self.symbol(name.removeprefix('Delta_'))}"
        return self.symbols.get(name) or spelled(name)

    def function_symbol(self, name: str) -> str:
        """The LaTeX name of a function; the notation's own letter for the sigmoid and the generic activation."""
        if name in ("sigmoid", GENERIC):
            return self.function
        return FUNCTIONS[name].latex


def check_symbol(text: object, where: str) -> str:
    """``text`` if it is a harmless printed symbol: letters, digits, scripts, Greek, accents. InputError otherwise."""
    if not isinstance(text, str) or not text.strip() or len(text) > 200:
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
    if rest and rest[0] in _ACCENTS:
        accent = rest.pop(0)
    letters, digits = re.fullmatch(r"(.*?)(\d*)", head).groups()  # type: ignore[union-attr] # always matches
    if not letters:
        letters, digits = head, ""
    base = _word(letters)
    if accent:
        base = rf"\{accent}{{{base}}}"
    indices = [digits] if digits else []
    indices.extend(_word(part, index=True) for part in rest if part)
    return base + (f"_{{{','.join(indices)}}}" if indices else "")


def _word(text: str, index: bool = False) -> str:
    # What TeX's fonts lack is spelled by its code.
    text = "".join(letter if letter.isascii() or letter in GREEK else f"U{ord(letter):X}" for letter in text)
    if text in GREEK.values():
        return rf"\{text}"
    if len(text) == 1:
        return rf"\{GREEK[text]}" if text in GREEK else text
    if text.isdigit() or (index and len(text) == 2 and text.isascii()):
        return text
    return rf"\mathrm{{{text}}}"


def profiles() -> tuple[str, ...]:
    """The names of the notations that ship with the package."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def notation_for(derivation: Derivation, chosen: str | None = None) -> Notation:
    """The notation of a derivation: the chosen profile, else the network's own, else document 003's.

    The network's own [symbols] stand above the profile. Raises InputError for an unknown profile or symbol.
    """
    network = derivation.network
    name = chosen or network.notation or DEFAULT
    if name not in profiles():
        raise InputError(f"there is no notation {name!r}{nearest(name, profiles())}", "notation")
    table = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    symbols = dict(_symbols(derivation, table))
    if not chosen or chosen == network.notation:
        known = set(symbols) | set(derivation.program.given) | set(derivation.by_name)
        for plain, printed in network.symbols.items():
            if plain not in known:
                raise InputError(f"{plain!r} is no symbol of the network{nearest(plain, known)}", "symbols")
            symbols[plain] = check_symbol(printed, f"symbols.{plain}")
    return Notation(name, table["slope"], table["function"], symbols)


def _symbols(derivation: Derivation, table: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield LEARNING_RATE, table["learning_rate"]
    outputs = derivation.network.outputs
    for unit in derivation.network.units:
        index = ",".join(_word(part, index=True) for part in unit.name.split("_") if part)
        for pattern, plain in (("net_input", unit.net_input), ("output", unit.output), ("error_signal", f"delta_{unit.name}")):
            yield plain, table[pattern].replace("<unit>", index)
        if outputs == (unit.name,) and table["prediction"] and derivation.network.loss is not None:
            yield own_output(unit.output), table["output"].replace("<unit>", index)
            yield unit.output, table["prediction"]


def own_output(name: str) -> str:
    """The name under which the one output ŷ is printed as its unit's own output, z_o: the same quantity, another symbol."""
    return f"{name}'"


def show_slopes(derivation: Derivation, notation: Notation, tree: Tree) -> Tree:
    """``tree`` with each local derivative in the form that the notation gives to slopes."""
    replacements: dict[str, Tree] = {}
    for name in names(tree):
        local = derivation.local_derivatives.get(name)
        if local is None:
            continue
        replacements[name] = local.tree
        definition = derivation.program.by_name[local.of]
        if isinstance(definition, Activation) and notation.slope != "output":
            replacements[name] = slope_tree(definition, notation.slope)
    return substitute(tree, replacements)


def slope_tree(definition: Activation, form: str) -> Tree:
    """f′(s) of a unit in one of the forms of `SLOPES`. A formula has no name to put a prime on and is always written out."""
    if form == "prime" and definition.function:
        assert isinstance(definition.template, Call)
        return Call(definition.function, (Name(definition.argument), *definition.template.arguments[1:]), prime=True)
    return definition.slope(definition.tree if form == "function" and definition.function else Name(definition.name))
