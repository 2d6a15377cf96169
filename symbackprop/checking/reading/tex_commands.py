"""The commands of LaTeX that are more than a sign: fractions, roots, sums, matrices, numbers; and what every command needs."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from ...grammar import number
from . import tex_tables as tables
from .functions import Function
from .names import Names
from .tex_items import Item, written
from .tex_symbols import read_scripts
from .tokens import Place, Token


class Commands(ABC):
    """Emits the tokens of commands; what a single item is, `one` says."""

    def __init__(self, place: Place, names: Names) -> None:
        self.place, self.names = place, names
        self.tokens: list[Token] = []
        self.in_partial = False  # in a fraction both of whose parts begin with a d or ∂

    @abstractmethod
    def one(self, items: list[Item], at: int) -> int:
        """Emit what begins at an item; the position behind it."""

    def put(self, kind: str, text: str, item: Item, value: object = None) -> None:
        self.tokens.append(Token(kind, text, item.column, value))

    def sign(self, text: str, item: Item) -> None:
        self.put("sign", text, item)

    def emit(self, items: list[Item]) -> None:
        at = 0
        while at < len(items):
            at = self.one(items, at)

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

    def enclosed(self, inside: list[Item], item: Item) -> None:
        self.sign("(", item)
        self.emit(inside)
        self.sign(")", item)

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

    def fraction(self, items: list[Item], at: int) -> int:
        item = items[at]
        above, below = self.argument(items, at + 1, item), self.argument(items, at + 2, item)
        behind = at + 3
        if self.begins_with_differential(above) and self.begins_with_differential(below):
            before, self.in_partial = self.in_partial, True
            self.sign("(", item)
            self.emit(above)
            if self.tokens[-1].text == "∂" and behind < len(items) and items[behind].text not in tables.HANDLERS:
                behind = self.one(items, behind)  # \frac{\partial}{\partial w} E
            self.sign("/", item)
            self.emit(below)
            self.sign(")", item)
            self.in_partial = before
            return behind
        self.sign("(", item)
        self.enclosed(above, item)
        self.sign("/", item)
        self.enclosed(below, item)
        self.sign(")", item)
        return behind

    def begins_with_differential(self, items: list[Item]) -> bool:
        at = next((position for position, own in enumerate(items) if own.text not in tables.SKIPPED), None)
        if at is None:
            return False
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
            and not {after} & {*tables.SIGNS, *tables.HANDLERS, *tables.SIZES, *tables.FUNCTIONS}
        )
