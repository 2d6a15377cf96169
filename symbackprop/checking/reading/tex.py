"""LaTeX → tokens. Symbols are looked up here, since only then it can be told whether w_j^2 has an index or an exponent."""

from __future__ import annotations

import re

from ...document.greek import GREEK
from ...document.scripts import ACCENTS
from ...errors import InputError, nearest
from ...grammar import number
from ...tree import Name, Tree
from . import tex_tables as tables
from .functions import Function, function_of
from .names import Names, split_index
from .tex_items import Item, items_of, written
from .tex_symbols import Scripts, is_transpose, read_scripts
from .tokens import Place, Token

MAX_TOKENS = 5000


def tex_tokens(place: Place, names: Names, start: int, end: int) -> list[Token]:
    """The tokens of a part of a LaTeX text. InputError for a command or symbol that has no meaning."""
    lexer = _Lexer(place, names)
    lexer.emit(items_of(place, start, end))
    return lexer.tokens


class _Lexer:
    def __init__(self, place: Place, names: Names) -> None:
        self.place, self.names = place, names
        self.tokens: list[Token] = []

    def put(self, kind: str, text: str, item: Item, value: object = None) -> None:
        if len(self.tokens) >= MAX_TOKENS:
            raise self.place.error(f"a formula of more than {MAX_TOKENS} signs", item.column)
        self.tokens.append(Token(kind, text, item.column, value))

    def sign(self, text: str, item: Item) -> None:
        self.put("sign", text, item)

    def emit(self, items: list[Item]) -> None:
        at = 0
        while at < len(items):
            at = self.one(items, at)

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
            return getattr(self, handler)(items, at)  # type: ignore[no-any-return]
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
        if text in (r"\partial", "d", r"\mathrm", r"\text", r"\operatorname") and self.is_differential(items, at):
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

    # Arguments.

    def argument(self, items: list[Item], at: int, item: Item) -> list[Item]:
        """The items of an argument: those in braces, or the one item."""
        if at >= len(items):
            raise self.place.error(f"{item.text} has nothing behind it", item.column)
        return items[at].inside if items[at].is_group else [items[at]]

    def skip_arguments(self, items: list[Item], at: int, count: int) -> int:
        for _ in range(count):
            if at < len(items) and items[at].text == "[":
                while at < len(items) and items[at].text != "]":
                    at += 1
                at += 1
            at += 1
        return at

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

    def enclosed(self, inside: list[Item], item: Item) -> None:
        self.sign("(", item)
        self.emit(inside)
        self.sign(")", item)

    # Numbers and delimiters.

    def number(self, items: list[Item], at: int) -> int:
        first, text = items[at], ""
        while at < len(items):
            item = items[at]
            comma = item.is_group and [own.text for own in item.inside] == [","]
            if not (item.text.isdigit() or item.text == "." or comma):
                break
            text += "." if comma else item.text
            at += 1
        behind = self.exponent(items, at)
        if behind is not None:
            at, power = behind
            text += f"e{power}"
        self.put("number", text, first, number(text.rstrip(".") if text.endswith(".") else text, self.place.where))
        return at

    def exponent(self, items: list[Item], at: int) -> tuple[int, str] | None:
        """The exponent of ``\\cdot 10^{-3}``, and the position behind it."""
        rest = [item for item in items[at : at + 5] if item.text not in (r"\,", r"\;")]
        skipped = len(items[at : at + 5]) - len(rest)
        if (
            [own.text for own in rest[1:4]] != ["1", "0", "^"]
            or rest[0].text not in (r"\cdot", r"\times")
            or len(rest) < 5
            and skipped
        ):
            return None
        if at + 4 + skipped >= len(items):
            return None
        power = written(self.argument(items, at + 4 + skipped, items[at]))
        return (at + 5 + skipped, power) if re.fullmatch(r"[+-]?\d{1,3}", power) else None

    def delimiter(self, items: list[Item], at: int) -> int:
        """What stands behind ``\\left`` or ``\\bigl``."""
        if at >= len(items):
            raise self.place.error(f"{items[at - 1].text} has nothing behind it", items[at - 1].column)
        item = items[at]
        if item.text == ".":
            return at + 1
        if item.text == "|" and at + 1 < len(items) and items[at + 1].text == "_":
            if "direct" not in written(self.argument(items, at + 2, item)):
                raise self.place.error(
                    "a bar with an index has no meaning in a claim; write the value into the formula", item.column
                )
            self.sign("|direct", item)
            return at + 3
        if item.text == "/":
            self.sign("/", item)
            return at + 1
        if item.text not in tables.SIGNS:
            raise self.place.error(f"{item.text!r} is no parenthesis", item.column)
        self.sign(tables.SIGNS[item.text], item)
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
            while inside and inside[0].text in (r"\odot", r"\circ", r"\ast"):
                inside = inside[1:]
            self.sign("**", item)
            self.enclosed(inside, item)
        return at + 2

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

    # Commands.

    def fraction(self, items: list[Item], at: int) -> int:
        item = items[at]
        above, below = self.argument(items, at + 1, item), self.argument(items, at + 2, item)
        behind = at + 3
        starts = next((position for position, own in enumerate(above) if own.text not in tables.SKIPPED), 0)
        if above and self.is_differential_sign(above, starts):
            self.sign("(", item)
            self.emit(above)
            if self.tokens[-1].text == "∂":  # \frac{\partial}{\partial w} E
                behind = self.one(items, behind) if behind < len(items) else behind
            self.sign("/", item)
            self.emit(below)
            self.sign(")", item)
            return behind
        self.sign("(", item)
        self.enclosed(above, item)
        self.sign("/", item)
        self.enclosed(below, item)
        self.sign(")", item)
        return behind

    def is_differential_sign(self, items: list[Item], at: int) -> bool:
        return len(items) == at + 1 and items[at].text in (r"\partial", "d") or self.is_differential(items, at)

    def root(self, items: list[Item], at: int) -> int:
        item = items[at]
        degree: list[Item] = []
        if at + 1 < len(items) and items[at + 1].text == "[":
            end = next((position for position in range(at, len(items)) if items[position].text == "]"), len(items) - 1)
            degree, at = items[at + 2 : end], end
        inside = self.argument(items, at + 1, item)
        if degree and written(degree) != "2":
            self.enclosed(inside, item)
            self.sign("**", item)
            self.sign("(", item)
            self.put("number", "1", item, number("1"))
            self.sign("/", item)
            self.emit(degree)
            self.sign(")", item)
        else:
            self.put("function", "sqrt", item, Function("sqrt", r"\sqrt"))
            self.enclosed(inside, item)
        return at + 2

    def sum_sign(self, items: list[Item], at: int) -> int:
        item = items[at]
        scripts, behind = read_scripts(items, at + 1)
        lower, upper = written(scripts.lower).replace(" ", ""), written(scripts.upper).replace(" ", "")
        letters = re.match(r"([A-Za-z](?:,?[A-Za-z])*)(?:=(\d+))?(?:\\in.*)?$", lower)
        if not letters:
            raise self.place.error(r"a sum needs its index, \sum_{k} or \sum_{k=1}^{3}", item.column)
        start = int(letters[2]) if letters[2] else None
        last = int(upper) if upper.isdigit() else None
        names = [own for own in letters[1] if own.isalpha()]
        if last is not None and (start is None or len(names) > 1):
            raise self.place.error(r"say where the sum begins, \sum_{k=1}^{3}", item.column)
        own = self.names.printed.own
        first = own.profile.first_index if own is not None else 1
        if start is not None and last is not None:
            if start != first:
                raise self.place.error(f"a sum goes over the whole axis, from {first}", item.column)
            last = last - start + 1
        self.put("sum", r"\sum", item, tuple((name, start, last) for name in names))
        return behind

    def indicator(self, items: list[Item], at: int) -> int:
        """``\\mathbf{1}[s > 0]``: the step function."""
        item = items[at]
        self.put("function", "step", item, Function("step", "step"))
        at += 2
        depth, inside = 0, []
        while at < len(items):
            own = items[at]
            depth += {"[": 1, "]": -1}.get(own.text, 0)
            at += 1
            inside.append(own)
            if not depth and own.text == "]":
                break
        texts = [own.text for own in inside]
        sizes = [own for own in inside if own.text in tables.SIZES]
        inside = [own for own in inside if own not in sizes]
        texts = [own.text for own in inside]
        if texts[-3:] != [">", "0", "]"] or texts[:1] != ["["]:
            raise self.place.error("a step is written \\mathbf{1}[s > 0]", item.column)
        self.enclosed(inside[1:-3], item)
        return at

    def environment(self, items: list[Item], at: int) -> int:
        item = items[at]
        name = written(self.argument(items, at + 1, item)).rstrip("*")
        depth, end = 1, at + 2
        while end < len(items):
            depth += {r"\begin": 1, r"\end": -1}.get(items[end].text, 0)
            if not depth:
                break
            end += 1
        if depth:
            raise self.place.error(rf"\begin{{{name}}} without its \end", item.column)
        inside = items[at + 2 : end]
        if name in tables.WRAPPERS:
            self.emit([own for own in inside if own.text not in ("&", "\\\\")])
            return end + 2
        if name not in tables.MATRICES:
            raise self.place.error(rf"\begin{{{name}}} has no meaning in a claim; one claim is one line", item.column)
        if name == "array":
            inside = inside[1:]
        self.sign("⟦", item)
        depth, position = 0, 0
        while position < len(inside):
            own = inside[position]
            depth += {r"\begin": 1, r"\end": -1}.get(own.text, 0)
            if own.text == "\\\\" or own.text == "&":
                self.sign(own.text, own)
                position += 1
                if own.text != "&" and position < len(inside) and inside[position].text == "[":
                    while position < len(inside) and inside[position].text != "]":
                        position += 1
                    position += 1
            else:
                position = self.one(inside, position)
        self.sign("⟧", item)
        return end + 2

    def is_differential(self, items: list[Item], at: int) -> bool:
        """Whether a d or ∂ stands here, with a symbol behind it."""
        text = items[at].text
        if text == r"\partial":
            return True
        behind = at + 1
        if text in (r"\mathrm", r"\text", r"\operatorname"):
            if behind >= len(items) or written(items[behind : behind + 1]).strip("{}") != "d":
                return False
            behind += 1
        elif text != "d":
            return False
        while behind < len(items) and items[behind].text in tables.SKIPPED:
            behind += 1
        if behind >= len(items):
            return False
        after = items[behind].text
        return (
            items[behind].is_group
            or after.isalpha()
            or items[behind].is_command
            and after not in tables.SIGNS
            and after not in tables.HANDLERS
        )

    def delta(self, items: list[Item], at: int) -> int:
        """Δ in front of a parameter; else a symbol of its own."""
        behind = at + 1
        while behind < len(items) and items[behind].text in tables.SKIPPED:
            behind += 1
        count = len(self.tokens)
        if behind < len(items) and items[behind].text not in ("_", "^", "'") and items[behind].text not in tables.SIGNS:
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

    # Symbols.

    def symbol(self, items: list[Item], at: int) -> int:
        """A letter, with what stands around it as far as it is one symbol or function."""
        item = items[at]
        if item.text == r"\mathbf" and at + 2 < len(items) and written(items[at + 1 : at + 2]) == "{1}":
            following = next((own.text for own in items[at + 2 : at + 4] if own.text not in tables.SIZES), "")
            if following == "[":
                return self.indicator(items, at)
        base, behind = self.base(items, at)
        for length in self.runs(items, at):
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
        raise self.place.error(f"there is no quantity {shown}{nearest(_plain(shown), known)}", item.column)

    def runs(self, items: list[Item], at: int) -> list[int]:
        """Lengths of runs of letters that could be one word: ``delta``, ``net``, ``yhat``."""
        length = 0
        while at + length < len(items) and items[at + length].text.isalpha() and not items[at + length].is_group:
            length += 1
        found = []
        for own in range(length, 1, -1):
            run = "".join(item.text for item in items[at : at + own])
            if run in GREEK.values() or self.names.has(run) or run in tables.WORDS or function_of(self.names, run) and len(run) > 2:
                found.append(own)
        return found

    def base(self, items: list[Item], at: int) -> tuple[str, int]:
        """The TeX of a symbol's letter, and the position behind it."""
        item = items[at]
        if item.text in tables.FONTS or item.text.lstrip("\\") in ACCENTS or item.text in tables.ACCENTS:
            inside = self.argument(items, at + 1, item)
            name = tables.ACCENTS.get(item.text, item.text)
            if item.text in tables.FONTS:
                return f"{name}{{{written(inside)}}}", at + 2
            return f"{name}{{{written(inside)}}}", at + 2
        return item.text, at + 1

    def try_symbol(self, base: str, word: str, items: list[Item], at: int, behind: int) -> int | None:
        """Emit the symbol or function with this letter; None where there is none."""
        item = items[at]
        scripts, end = read_scripts(items, behind)
        calls = self.opens(items, end)
        word = _plain_function(word)
        if calls or word in tables.FUNCTIONS or _named_function(word):
            function = self.function(word, scripts)
            known = self.find(base, scripts, item) if not _named_function(word) else None
            if function is not None and known is None:
                return self.put_function(function, word, scripts, item, end)
        found = self.find(base, scripts, item)
        if found is None and scripts.lower and not scripts.grouped:
            run_end, longer = self.longer_index(items, end, scripts)
            if longer is not None and (found := self.find(base, longer, item)) is not None:
                scripts, end = longer, run_end
        if found is None:
            slope = self.slope(word, scripts)
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
            self.sign("**", item)
            self.enclosed(left.upper, item)
        return end

    def opens(self, items: list[Item], at: int) -> bool:
        while at < len(items) and (items[at].text in tables.SIZES or items[at].text in tables.SKIPPED):
            at += 1
        return at < len(items) and items[at].text in ("(", r"\{", "[")

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
        own = function_of(self.names, f"{_letter(word)}_{unit}")
        return own if own is not None and own.unit else None

    def put_function(self, function: Function, word: str, scripts: Scripts, item: Item, end: int) -> int:
        if scripts.transposed:
            raise self.place.error(f"{word} is a function and has no transpose", item.column)
        self.put("function", word, item, function._replace(primes=function.primes + scripts.primes))
        if scripts.upper:
            self.sign("**", item)
            self.emit(scripts.upper)
        return end

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
        under = f"_{{{lower}}}" if lower else ""
        try:
            if scripts.primes and lower and (partial := self.primed(base, lower)) is not None:
                return partial, Scripts(upper=scripts.upper, transposed=scripts.transposed)
            if upper:
                found = self.names.printed.find(f"{base}{under}^{{{upper}}}", foreign=not re.fullmatch(r"\d+", upper))
                if found is not None:
                    return found, Scripts(primes=scripts.primes, transposed=scripts.transposed)
            found = self.names.printed.find(base + under) or self.by_word(base, lower)
        except InputError as error:
            raise self.place.error(error.message, item.column) from None
        return (
            None if found is None else (found, Scripts(upper=scripts.upper, primes=scripts.primes, transposed=scripts.transposed))
        )

    def by_word(self, base: str, lower: str) -> Tree | None:
        word = _letter(base)
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


def _letter(tex: str) -> str:
    """A word for a letter's TeX: ``yhat``, ``delta``."""
    accent = re.fullmatch(r"\\(hat|bar|tilde)\{(.*)\}", tex)
    if accent:
        return f"{_letter(accent[2])}_{accent[1]}"
    inner = re.fullmatch(r"\\[A-Za-z]+\{(.*)\}", tex)
    return (inner[1] if inner else tex).strip("\\ ")


def _plain(tex: str) -> str:
    return re.sub(r"[{}\\]", "", tex)


def _plain_function(word: str) -> str:
    inner = re.fullmatch(r"\\(?:mathrm|operatorname|text|mathit|textrm)\*?\{(.*)\}", word)
    return inner[1] if inner else word


def _named_function(word: str) -> bool:
    return word in tables.FUNCTIONS or word in tables.FUNCTION_WORDS
