"""From plain names to printed symbols.

A notation is data: a TOML file in ``notations/`` or the author's own. It says how net inputs,
outputs and error signals are written and in which form a slope stands: ``output`` z(1 − z),
``function`` σ(s)(1 − σ(s)) or ``prime`` σ′(s); where a layer's number stands, and the sign of a product entry by entry.
Names that it does not cover are set from their spelling.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from ..array_tree import Shape
from ..derivation import Derivation
from ..errors import InputError, nearest
from ..functions import FUNCTIONS, GENERIC
from ..network import LEARNING_RATE
from ..program import Activation
from ..time_steps import sequences
from ..tree import Call, Name, Tree, names, substitute
from .array_symbols import IDENTITY, ArraySymbol, free_letters, layer_symbols, page_shapes
from .greek import GREEK
from .scripts import ACCENTS, bold, joined, plain_letter, shown_index, split_index, split_scripts, with_scripts

SLOPES = ("output", "function", "prime")
DEFAULT = "003"
_FOLDER = Path(__file__).parent.parent / "notations"

_ALLOWED = {
    *GREEK.values(),
    *ACCENTS,
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
    """How the symbols of one derivation are printed.

    ``entries`` has the letters of entries where they differ from the array's symbol, ``shapes`` says which names are arrays,
    ``rows`` whether vectors are rows; ``letters`` are free for indices. Names of ``timed`` have a step as their first index.
    """

    name: str
    slope: str
    function: str
    symbols: Mapping[str, str] = field(default_factory=dict)
    hadamard: str = r"\odot"
    entries: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    rows: bool = False
    letters: tuple[str, ...] = ()
    timed: frozenset[str] = frozenset()

    def symbol(self, name: str) -> str:
        """The LaTeX of a plain name."""
        if name in self.symbols:
            return self.symbols[name]
        if name.startswith("Delta_"):
            return rf"\Delta {self.symbol(name.removeprefix('Delta_'))}"
        base, index = split_index(name)
        step = ""
        if index and base in self.timed:
            step, index = f"({index[0]})", index[1:]
        if index:
            letter = self.entries.get(base) or plain_letter(self.symbols.get(base) or spelled(base))
            return with_scripts(letter, joined(tuple(map(shown_index, index))), step)
        own = self.symbols.get(base) or (bold(spelled(base)) if self.shapes.get(name) else spelled(base))
        return with_scripts(own, upper=step)

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
    if rest and rest[0] in ACCENTS:
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


def notation_for(
    derivation: Derivation,
    chosen: str | None = None,
    arrays: Derivation | None = None,
    of_batch: Mapping[str, Shape] = MappingProxyType({}),
) -> Notation:
    """The notation of a derivation: the chosen profile, else the network's own, else document 003's.

    The network's own [symbols] stand above the profile. ``arrays`` is the same derivation at the matrix level, if there is
    one, ``of_batch`` the shapes of what there is of all samples. Raises InputError for an unknown profile or symbol.
    """
    network = derivation.network
    name = chosen or network.notation or DEFAULT
    if name not in profiles():
        raise InputError(f"there is no notation {name!r}{nearest(name, profiles())}", "notation")
    table = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    symbols = dict(_symbols(derivation, table))
    shapes = {**page_shapes(arrays), **of_batch} if arrays is not None else {}
    of_arrays = dict(_array_symbols(arrays, shapes, table)) if arrays is not None else {}
    symbols.update({plain: own.whole for plain, own in of_arrays.items()})
    entries = {plain: own.entry for plain, own in of_arrays.items()}
    if not chosen or chosen == network.notation:
        known = set(symbols) | set(derivation.program.given) | set(derivation.by_name) | set(derivation.given.given)
        known |= set(arrays.by_name) if arrays is not None else set()
        for plain, printed in network.symbols.items():
            if plain not in known:
                raise InputError(f"{plain!r} is no symbol of the network{nearest(plain, known)}", "symbols")
            symbols[plain] = check_symbol(printed, f"symbols.{plain}")
            entries.pop(plain, None)
    found = Notation(
        name,
        table["slope"],
        table["function"],
        symbols,
        table["hadamard"],
        entries,
        shapes,
        derivation.given.layout == "row",
        free_letters(arrays if arrays is not None else derivation),
        _timed(derivation, arrays),
    )
    if arrays is None:
        return found
    return replace(found, entries={**entries, **_told_apart(found, (*arrays.program.given, *arrays.program.by_name))})


def _array_symbols(arrays: Derivation, shapes: Mapping[str, Shape], table: Mapping[str, str]) -> Iterator[tuple[str, ArraySymbol]]:
    yield IDENTITY, ArraySymbol(r"\mathbf{I}", "I")
    if arrays.given.layers:
        yield from layer_symbols(arrays.given, shapes, table)
    formulas = [split_index(name)[0] for name, _ in arrays.network.equations]
    for name in dict.fromkeys(split_index(name)[0] for name in arrays.program.by_name):
        base, _, number = name.rpartition("_")
        if name not in formulas and base in formulas and number.isdigit():  # a part of a formula: no index, which is an entry's
            letter = with_scripts(spelled(base), upper=f"[{number}]")
            is_array = any(shapes.get(own) for own in arrays.program.by_name if split_index(own)[0] == name)
            yield name, ArraySymbol(bold(letter) if is_array else letter, letter)


def _told_apart(notation: Notation, plain_names: Iterable[str]) -> dict[str, str]:
    """Letters of entries for arrays with an entry that would be printed like another symbol: (w)₁ beside w₁."""
    taken = {split_scripts(notation.symbol(name)) for name in plain_names if not notation.shapes.get(name)}
    found = {}
    for array in notation.shapes:
        if "/" in array or split_index(array)[1]:
            continue
        letter, lower, upper = split_scripts(notation.symbol(f"{array}[0]"))
        before = lower.removesuffix("1")
        if any(own[0] == letter and own[2] == upper and re.fullmatch(re.escape(before) + r"[\d,]+", own[1]) for own in taken):
            found[array] = f"({notation.symbol(array)})"
    return found


def _timed(derivation: Derivation, arrays: Derivation | None) -> frozenset[str]:
    """The names whose first index is a step, those of net inputs, outputs and error signals among them."""
    if derivation.given.steps is None:
        return frozenset()
    own = sequences(derivation.given)
    of_parts = {split_index(name)[0] for name in arrays.program.by_name if split_index(name)[1]} if arrays is not None else set()
    return own | of_parts | {f"{letter}_{name}" for name in own for letter in ("s", "z", "delta")}


def _symbols(derivation: Derivation, table: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield LEARNING_RATE, table["learning_rate"]
    if derivation.given.layers:
        return
    outputs = derivation.network.outputs
    for unit in derivation.network.units:
        name = split_index(unit.name)[0]  # of a recurrent unit: without its step
        index = ",".join(_word(part, index=True) for part in name.split("_") if part)
        for pattern, plain in (("net_input", unit.net_input), ("output", unit.output), ("error_signal", f"delta_{unit.name}")):
            yield split_index(plain)[0], table[pattern].replace("<unit>", index)
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
