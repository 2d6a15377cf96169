"""What a symbol of LaTeX means: a quantity with some of its scripts, or a function."""

from __future__ import annotations

import re

from ...arrays import element_name
from ...document.greek import GREEK
from ...document.scripts import split_index
from ...errors import InputError
from ...grammar import number
from ...tree import Name, Tree
from . import tex_tables as tables
from .functions import Function, function_of
from .names import Names
from .paper import KRONECKER
from .printed import key_of
from .tex_items import Item, written
from .tex_symbols import Scripts, read_scripts
from .tokens import LayerLetter, Place

_LAYER = re.compile(r"(?<![A-Za-z\\])(l|L|\\ell)([+-]\d)?(?![A-Za-z])")
_LONGEST = 30  # letters of a word


class Lookup:
    """Asks the names of a derivation what the symbols of one text are."""

    def __init__(self, place: Place, names: Names) -> None:
        self.place, self.names = place, names
        self._words: dict[str, bool] = {}

    def runs(self, items: list[Item], at: int) -> list[int]:
        """Lengths of runs of letters that could be one word: ``delta``, ``net``, ``yhat``."""
        length = 0
        while (
            length < _LONGEST and at + length < len(items) and items[at + length].text.isalpha() and not items[at + length].is_group
        ):
            length += 1
        found = []
        for own in range(length, 1, -1):
            run = "".join(item.text for item in items[at : at + own])
            if self.is_word(run):
                found.append(own)
        return found

    def is_word(self, run: str) -> bool:
        if run not in self._words:
            known = run in GREEK.values() or run in tables.WORDS or self.names.has(run)
            self._words[run] = known or len(run) > 2 and function_of(self.names, run) is not None
        return self._words[run]

    def function(self, word: str, scripts: Scripts) -> Function | None:
        """The function of a letter, with an index that is a unit or a constant."""
        found = function_of(self.names, word)
        if found is None or not scripts.lower:
            return found
        lower = written(scripts.lower).replace("{,}", ".")
        constant = lower.replace(",", ".")
        if re.fullmatch(r"-?\d*\.?\d+", constant) and found.name == "leaky_relu":
            return found._replace(constants=(number(constant),))
        unit = re.sub(r"[{}\s]", "", lower).replace(r"\mathrm", "").replace(",", "_")
        own = function_of(self.names, f"{letter(word)}_{unit}")
        return own if own is not None and own.unit else None

    def slope(self, word: str, scripts: Scripts) -> Tree | None:
        """``f'_j`` without an argument."""
        if scripts.primes != 1 or not scripts.lower:
            return None
        if (function := self.function(word, scripts)) is not None and function.unit:
            return self.names.leaf(f"slope_{function.unit.removeprefix('s_')}")
        return None

    def find(self, base: str, scripts: Scripts, item: Item) -> tuple[Tree, Scripts] | None:
        """The tree of a symbol, and those of its scripts that are no indices of it."""
        lower, upper = written(scripts.lower), written(scripts.upper)
        try:
            layered = self.names.derivation.given.layers and _LAYER.search(lower + " " + upper)
            found = self.with_scripts(base, lower, upper, scripts, whole=bool(layered and upper))
            if found is None and layered:
                found = self.with_scripts(base, self.in_layer(lower), self.in_layer(upper), scripts)
        except LayerLetter:
            raise
        except InputError as error:
            raise self.place.error(error.message, item.column) from None
        return found

    def in_layer(self, script: str) -> str:
        """An index with a number for the layer l, l+1 or L. Raises LayerLetter where the number of l is not known."""

        def number_of(match: re.Match[str]) -> str:
            if match[1] != "L" and self.place.layer is None:
                raise LayerLetter("the claim is about a layer l in general", self.place.where)
            own = len(self.names.derivation.given.layers) if match[1] == "L" else self.place.layer
            return str((own or 0) + int(match[2] or 0))

        return _LAYER.sub(number_of, script)

    def with_scripts(self, base: str, lower: str, upper: str, scripts: Scripts, whole: bool = False) -> tuple[Tree, Scripts] | None:
        """`find` with these indices; where ``whole``, the upper one is no exponent."""
        under = f"_{{{lower}}}" if lower else ""
        if scripts.primes and lower and (partial := self.primed(base, lower)) is not None:
            return partial, Scripts(upper=scripts.upper, transposed=scripts.transposed)
        mark = key_of(upper).base if upper else ""
        if mark in tables.NEW or mark in tables.OLD:
            if (marked := self.at_update(base + under, mark)) is not None:
                return marked, Scripts(transposed=scripts.transposed)
        if upper:
            found = self.names.printed.find(f"{base}{under}^{{{upper}}}", foreign=not re.fullmatch(r"\d+", upper))
            if found is not None:
                return found, Scripts(primes=scripts.primes, transposed=scripts.transposed)
            if whole:
                return None
        if (layered := self.in_numbered_layer(base, under, upper)) is not None:
            return layered, Scripts(primes=scripts.primes, transposed=scripts.transposed)
        found = self.names.printed.find(base + under) or self.by_word(base, lower) or self.kronecker(base, lower)
        if found is None:
            return None
        return found, Scripts(upper=scripts.upper, primes=scripts.primes, transposed=scripts.transposed)

    def in_numbered_layer(self, base: str, under: str, upper: str) -> Tree | None:
        """``W^2`` as W of layer 2, where there is no W to be squared; None for a power. An s alone is that of any layer."""
        printed = self.names.printed
        if not (upper.isdigit() and self.names.derivation.given.layers):
            return None
        alone = printed.find(base, foreign=False) or self.by_word(base, "")
        if alone is not None and alone != Name(self.names.any_net_input) or under and printed.is_own(base + under):
            return None
        return printed.find(f"{base}{under}^{{({upper})}}", foreign=False)

    def kronecker(self, base: str, lower: str) -> Tree | None:
        """``\\delta_{jk}`` or ``I_{jk}``: 1 where the two indices are equal."""
        letters = re.fullmatch(r"([A-Za-z]),?([A-Za-z])", lower)
        if letters is None or key_of(base).base not in (r"\delta", "I") or self.names.arrays is None:
            return None
        return Name(element_name(KRONECKER, letters.groups()))

    def at_update(self, tex: str, mark: str) -> Tree | None:
        """``w^{(t+1)}``, ``w^{\\text{new}}``: a parameter before or after an update."""
        found = self.names.printed.find(tex)
        new = self.names.with_prefix("new_", found) if found is not None else None
        return None if new is None else new if mark in tables.NEW else found

    def by_word(self, base: str, lower: str) -> Tree | None:
        word = letter(base)
        lower = re.sub(r"[{}\s]|\\mathrm|\\text", "", lower).replace(",", "_")
        if (found := self.names.leaf(f"{word}_{lower}" if lower else word)) is not None:
            return found
        return self.names.alias(f"{word}_{lower}" if lower else word, ())

    def primed(self, base: str, lower: str) -> Tree | None:
        """``E'_{w}``, the partial of E by w."""
        of = self.names.printed.find(base) or self.by_word(base, "")
        if not isinstance(of, Name) or split_index(of.name)[0] not in self.names.defined:
            return None
        return self.names.partial(of, self.names.printed.find(lower))

    def longer_index(self, items: list[Item], end: int, scripts: Scripts) -> tuple[int, Scripts | None]:
        """``w_in`` for ``w_{in}``, as people write it."""
        longer = list(scripts.lower)
        while end < len(items) and items[end].text.isalnum() and len(items[end].text) == 1 and not items[end].is_group:
            longer.append(items[end])
            end += 1
        if len(longer) == len(scripts.lower):
            return end, None
        more, end = read_scripts(items, end)
        return end, Scripts(lower=longer, upper=more.upper, primes=more.primes, transposed=more.transposed, grouped=True)


def letter(tex: str) -> str:
    """A word for a letter's TeX: ``yhat``, ``delta``."""
    accent = re.fullmatch(r"\\(hat|bar|tilde)\{(.*)\}", tex)
    if accent:
        return f"{letter(accent[2])}_{accent[1]}"
    inner = re.fullmatch(r"\\[A-Za-z]+\{(.*)\}", tex)
    return (inner[1] if inner else tex).strip("\\ ")


def plain(tex: str) -> str:
    """TeX without its marks, for hints."""
    return re.sub(r"[{}\\]", "", tex)


def bare_function(word: str) -> str:
    """The word in a font command, ``ReLU`` of ``\\mathrm{ReLU}``."""
    inner = re.fullmatch(r"\\(?:mathrm|operatorname|text|mathit|textrm)\*?\{(.*)\}", word)
    return inner[1] if inner else word


def is_named_function(word: str) -> bool:
    """Whether a word is the name of a function whatever stands behind it."""
    return word in tables.FUNCTIONS or word in tables.FUNCTION_WORDS
