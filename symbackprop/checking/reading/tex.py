"""LaTeX → tokens. Symbols are looked up here, since only then it can be told whether w_j^2 has an index or an exponent."""

from __future__ import annotations

import re

from ...document.scripts import ACCENTS
from ...errors import InputError, nearest
from ...fields import MAX_NAME
from ...tree import Name
from . import paper
from . import tex_tables as tables
from .functions import Function
from .names import Names
from .printed import key_of
from .tex_commands import Commands
from .tex_items import Item, items_of, written
from .tex_lookup import Lookup, bare_function, is_named_function, plain
from .tex_symbols import Scripts, is_transpose, read_scripts
from .tokens import Place, Token


def tex_tokens(place: Place, names: Names, start: int, end: int) -> list[Token]:
    """The tokens of a part of a LaTeX text. InputError for a command or symbol that has no meaning."""
    lexer = _Lexer(place, names)
    lexer.emit(items_of(place, start, end))
    return lexer.tokens


class _Lexer(Commands):
    def __init__(self, place: Place, names: Names) -> None:
        super().__init__(place, names)
        self.lookup = Lookup(place, names)

    def one(self, items: list[Item], at: int) -> int:
        """Emit what begins at an item; the position behind it."""
        item = items[at]
        text = item.text
        if item.is_group:
            return self.group(items, at)
        if text.isdigit() or text == "." and at + 1 < len(items) and items[at + 1].text.isdigit():
            return self.number(items, at)
        if text in tables.SKIPPED:
            return at + 1
        if text in tables.SIGNS:
            self.sign(tables.SIGNS[text], item)
            return at + 1
        if text in tables.SIZES:
            return self.delimiter(items, at + 1)
        if text in "'^_" or text == r"\prime":
            return self.script(items, at)
        handler = tables.HANDLERS.get(text)
        if handler is not None:
            return getattr(self, handler)(items, at)
        if text in tables.ROLES:
            skipped, shown = tables.ROLES[text]
            at = self.skip_arguments(items, at + 1, skipped)
            if shown:
                self.emit(self.argument(items, at, item))
                at += 1
                if text in tables.BRACES and at + 1 < len(items) and items[at].text in ("_", "^"):
                    at += 2  # what stands at the brace is a name
                elif text in tables.LABELLED:
                    at += 1
            return at
        if text == r"\Delta":
            return self.delta(items, at)
        if (
            text in (r"\partial", "d", r"\mathrm", r"\text", r"\operatorname")
            and self.is_differential(items, at)
            and (text != "d" or self.in_partial or self.is_no_letter(items, at))
        ):
            self.sign("∂", item)
            return at + (1 if text in (r"\partial", "d") else 2)
        if (
            text.isalpha()
            or text in tables.LETTERS
            or text in tables.FONTS
            or text.lstrip("\\") in ACCENTS
            or text in tables.ACCENTS
        ):
            return self.symbol(items, at)
        if text in tables.FUNCTIONS:
            return self.symbol(items, at)
        raise self.unknown(item)

    def unknown(self, item: Item) -> InputError:
        if not item.is_command:
            return self.place.error(f"{item.text!r} has no meaning in a claim", item.column)
        known = {*tables.LETTERS, *tables.FONTS, *tables.FUNCTIONS, *tables.HANDLERS, *tables.SIGNS}
        hint = nearest(item.text, known)
        return self.place.error(f"{item.text} has no meaning in a claim{hint if 'did you' in hint else ''}", item.column)

    def group(self, items: list[Item], at: int) -> int:
        """Braces hold together what they enclose, unless a sign stands at one of their ends."""
        inside = items[at].inside
        signs = [own for own in inside if own.text in ("+", "-")]
        whole = bool(signs) and inside[0].text not in ("+", "-") and inside[-1].text not in ("+", "-")
        if whole and not (len(inside) > 1 and inside[0].is_group and not inside[0].inside):
            self.sign("(", items[at])
        else:
            whole = False
        self.emit(inside)
        if whole:
            self.sign(")", items[at])
        return at + 1

    def script(self, items: list[Item], at: int) -> int:
        """An index or exponent behind parentheses or a function."""
        item = items[at]
        if item.text in ("'", r"\prime"):
            self.sign("'", item)
            return at + 1
        inside = self.argument(items, at + 1, item)
        if not self.tokens or self.tokens[-1].kind == "sign" and self.tokens[-1].text not in (")", "]", "|", "⟧", "ᵀ", "'"):
            raise self.place.error(f"{item.text} needs something before it", item.column)
        if item.text == "_":
            return self.lower_index(inside, item, at + 2)
        if is_transpose(inside):
            self.sign("ᵀ", item)
        elif inside and all(own.text in ("'", r"\prime") for own in inside):
            for own in inside:
                self.sign("'", own)
        else:
            self.power(inside, item)
        return at + 2

    def power(self, exponent: list[Item], item: Item) -> None:
        """An exponent; of a power entry by entry, ``^{\\odot 2}``, without its sign."""
        while exponent and exponent[0].text in (r"\odot", r"\circ", r"\ast"):
            exponent = exponent[1:]
        self.sign("**", item)
        self.enclosed(exponent, item)

    def lower_index(self, inside: list[Item], item: Item, behind: int) -> int:
        own = self.names.printed.own
        first = own.profile.first_index if own is not None else 1
        text = written(inside).replace(" ", "").replace(",:", "")
        parts = text.split(",") if "," in text else list(text)
        if not all(re.fullmatch(r"\d+|[A-Za-z]", part) for part in parts):
            raise self.place.error(f"expected indices behind _, found {text!r}", item.column)
        index = tuple(str(int(part) - first) if part.isdigit() else part for part in parts)
        self.put("sign", "⌊", item, index)
        return behind

    def is_no_letter(self, items: list[Item], at: int) -> bool:
        """Whether the d that stands here is neither a symbol nor the beginning of a word."""
        return not self.lookup.runs(items, at) and self.names.printed.find("d", foreign=False) is None

    def delta(self, items: list[Item], at: int) -> int:
        """Δ in front of a parameter; else a symbol of its own."""
        behind = at + 1
        while behind < len(items) and items[behind].text in tables.SKIPPED:
            behind += 1
        count = len(self.tokens)
        if behind < len(items) and items[behind].text not in ("_", "^", "'", r"\Delta") and items[behind].text not in tables.SIGNS:
            end = self.one(items, behind)
            if len(self.tokens) > count and self.tokens[count].kind == "symbol":
                token = self.tokens[count]
                found = self.names.with_prefix("Delta_", token.value)
                if found is None:
                    raise self.place.error(f"there is no update of {written(items[behind:end])}", token.column)
                self.tokens[count] = Token("symbol", token.text, token.column, found)
                return end
            del self.tokens[count:]
        return self.symbol(items, at)

    def symbol(self, items: list[Item], at: int) -> int:
        """A letter, with what stands around it as far as it is one symbol or function."""
        item = items[at]
        if item.text == r"\mathbf" and written(items[at + 1 : at + 2]) == "{1}":
            following = next((own.text for own in items[at + 2 : at + 4] if own.text not in tables.SIZES), "")
            if following == "[":
                return self.indicator(items, at)
            if self.names.arrays is not None:
                self.put("symbol", r"\mathbf{1}", item, paper.ONES)
                return at + 2
        base, behind = self.base(items, at)
        for length in self.lookup.runs(items, at):
            run = "".join(own.text for own in items[at : at + length])
            end = self.try_symbol(run if run.startswith("\\") else rf"\mathrm{{{run}}}", run, items, at, at + length)
            if end is not None:
                return end
        end = self.try_symbol(base, base, items, at, behind)
        if end is not None:
            return end
        if base == "e" and behind < len(items) and items[behind].text == "^":
            self.put("function", "exp", item, Function("exp", "exp"))
            self.enclosed(self.argument(items, behind + 1, item), item)
            return behind + 2
        scripts, behind = read_scripts(items, behind)
        shown = base + scripts.tex
        known = [name for name in self.names.all_words() if "/" not in name]
        raise self.place.error(f"there is no quantity {shown}{nearest(plain(shown)[:MAX_NAME], known)}", item.column)

    def base(self, items: list[Item], at: int) -> tuple[str, int]:
        """The TeX of a symbol's letter, and the position behind it."""
        item = items[at]
        if item.text in tables.FONTS or item.text.lstrip("\\") in ACCENTS or item.text in tables.ACCENTS:
            inside = self.argument(items, at + 1, item)
            name = tables.ACCENTS.get(item.text, item.text)
            return f"{name}{{{written(inside)}}}", at + 2
        return item.text, at + 1

    def try_symbol(self, base: str, word: str, items: list[Item], at: int, behind: int) -> int | None:
        """Emit the symbol or function with this letter; None where there is none."""
        item = items[at]
        scripts, end = read_scripts(items, behind)
        calls = self.opens(items, end)
        word = bare_function(word)
        if calls or word in tables.FUNCTIONS or is_named_function(word):
            function = self.lookup.function(word, scripts)
            own = is_named_function(word) or key_of(base).base in self.names.printed.functions
            known = None if own else self.lookup.find(base, scripts, item)
            if function is not None and known is None:
                return self.put_function(function, word, scripts, item, end)
        found = self.lookup.find(base, scripts, item)
        if found is None and scripts.lower and not scripts.grouped:
            run_end, longer = self.lookup.longer_index(items, end, scripts)
            if longer is not None and (found := self.lookup.find(base, longer, item)) is not None:
                scripts, end = longer, run_end
        if found is None:
            slope = self.lookup.slope(word, scripts)
            if slope is None:
                return None
            found = (slope, Scripts())
        tree, left = found
        self.put("symbol", base, item, tree)
        if left.primes == 1 and isinstance(tree, Name):
            renewed = self.names.with_prefix("new_", tree)
            if renewed is None:
                raise self.place.error(
                    f"{base}' has no meaning: a prime marks the derivative of a function, or a new weight", item.column
                )
            self.tokens[-1] = Token("symbol", base, item.column, renewed)
        if left.transposed:
            self.sign("ᵀ", item)
        if left.upper:
            self.power(left.upper, item)
        return end

    def opens(self, items: list[Item], at: int) -> bool:
        while at < len(items) and (items[at].text in tables.SIZES or items[at].text in tables.SKIPPED):
            at += 1
        return at < len(items) and items[at].text in ("(", r"\{", "[")

    def put_function(self, function: Function, word: str, scripts: Scripts, item: Item, end: int) -> int:
        if scripts.transposed:
            raise self.place.error(f"{word} is a function and has no transpose", item.column)
        self.put("function", word, item, function._replace(primes=function.primes + scripts.primes))
        if scripts.upper:
            self.sign("**", item)
            self.emit(scripts.upper)
        return end
