"""What the printers of all languages have in common: lines with their headings and comments, and nested lists of numbers."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .. import __version__
from ..array_tree import Shape
from ..numeric import complements
from ..numeric.complements import owner_and_kind
from ..numeric.source import Printer, identifiers
from ..plain_text import ATOM, SUM, Piece, join_quotient, join_sum, minus, signed
from .comments import Comments, one_line
from .program import Exported

WIDTH = 100  # columns of the lines of a file
COLUMN = 44  # where the comments beside the lines begin at the latest
MOST_DIFFERENCES = 400  # partials that a self-check compares with differences
MOST_NAMES = 12  # in the header
MOST_BESIDE = 250  # lines; a longer function has headings only

_PLACES = re.compile(r" [+-] ")


class Block(NamedTuple):
    """The source lines of one assignment, by its plain name."""

    name: str
    lines: tuple[str, ...]


class Commented(Printer):
    """A printer that keeps the lines of each assignment together and gives them names that say what they are.

    It goes before the printer of the language's own operations in the bases of a class.
    """

    mark = "#"
    indent = "    "
    rest = "{0}*{1} if {1} > 0.0 else 1.0"  # 1 − σ = p σ, where p may be infinite and σ zero
    library: Mapping[str, str] = {}  # functions that the language has itself
    further: tuple[str, ...] = ()  # words that no name may be

    def __init__(self, exported: Exported, function: str) -> None:
        self.exported = exported
        self.comments = Comments(exported.derivation)
        self.exponents = _exponents(exported)
        super().__init__(exported.program, function)

    def identified(self, names: Iterable[str]) -> dict[str, str]:
        own = (*(symbol.name for symbol in self.exported.arguments), *(result.name for result in self.exported.results))
        return identifiers((*own, *names), (*self.reserved, *self.further, self.function), self._readable)

    def _readable(self, name: str) -> str:
        """The name of a line of `complements` in words."""
        owner, kind = owner_and_kind(name)
        match kind:
            case "":
                return name
            case complements.REST:
                return f"one_minus_{owner}{'_squared' if self.comments.values[owner].function == 'tanh' else ''}"
            case complements.EXPONENTIAL:
                return f"exp_minus_{self.exponents.get(owner, owner)}"
        return f"{owner}_{kind}"

    def called(self, function: str, pieces: list[Piece]) -> Piece:
        match function:
            case "sigmoid_power":
                return self.called("exp", [minus(pieces[0])])
            case "sigmoid_of_power":
                one = signed("1.0")
                return join_quotient(one, join_sum([one, pieces[0]]))
            case "sigmoid_rest":
                return Piece(self.rest.format(*(piece.text for piece in pieces)), SUM)
        if function in self.library:
            return Piece(f"{self.library[function]}({', '.join(piece.text for piece in pieces)})", ATOM)
        return super().called(function, pieces)

    # The function's lines.

    def blocks(self) -> list[Block]:
        """All assignments, printed."""
        found = [Block("", tuple(self.body))] if self.body else []
        for name, tree in self.program.assigned():
            start = len(self.body)
            self.line(name, tree)
            found.append(Block(name, tuple(self.body[start:])))
        return found

    def laid_out(self, blocks: Sequence[Block], indent: str) -> list[str]:
        """The lines of the function, in two passes, each with headings for its layers or steps."""
        found: list[str] = []
        section = heading = ""
        headings = {self.comments.heading(block.name) for block in blocks if block.name} - {""}
        beside = len(blocks) <= MOST_BESIDE
        shown = [self._shown(block, indent, beside) for block in blocks]
        column = min(COLUMN, max((len(lines[0]) for lines, _ in shown if len(lines) == 1), default=0))
        for block, (lines, comment) in zip(blocks, shown, strict=True):
            if block.name and (own := self.comments.section(block.name)) != section:
                found += ["", f"{indent}{self.mark} {own.capitalize()}"]
                section, heading = own, ""
            if block.name and len(headings) > 1 and (own := self.comments.heading(block.name)) and own != heading:
                found += [*([""] if heading else []), f"{indent}{self.mark} {own}"]
                heading = own
            line = f"{lines[0].ljust(column)}  {self.mark} {comment}"
            if not comment:
                found += lines
            elif len(lines) == 1 and len(line) <= WIDTH:
                found.append(line)
            else:
                found += [f"{indent}{self.mark} {comment}", *lines]
        return found

    def _shown(self, block: Block, indent: str, beside: bool) -> tuple[list[str], str]:
        lines = [part for line in block.lines for part in self.broken(indent + line, indent)]
        return lines, self.comments.beside(block.name) if beside and block.name else ""

    def broken(self, line: str, indent: str) -> list[str]:
        """A line in several where its sum is long."""
        name, sign, text = line.partition(" = ")
        if len(line) <= WIDTH or not sign or not (places := list(_outer(text))):
            return [line]
        opening, closing = self.brackets(text)
        rows, start, before = [], 0, f"{name} = {opening}"
        for place, following in zip(places, [*places[1:], len(text)], strict=True):
            if len(before) + following - start > WIDTH and place > start:
                rows.append(before + text[start:place])
                before, start = f"{indent}{self.indent}", place + 1
        return [*rows, before + text[start:] + closing]

    def brackets(self, text: str) -> tuple[str, str]:
        """What a text needs around it to go over several lines."""
        return "(", ")"


def _exponents(exported: Exported) -> dict[str, str]:
    """The argument of each σ, where it has a name."""
    found = {}
    for name, tree in exported.program.assigned():
        owner, kind = owner_and_kind(name)
        if kind == complements.EXPONENTIAL:
            (argument,) = tree.children
            found[owner] = getattr(argument, "name", owner).replace("/", "_")
    return found


def _outer(text: str) -> Iterator[int]:
    """The places of + and − outside of all parentheses, with a space before and after."""
    depth, places = 0, {match.start() for match in _PLACES.finditer(text)}
    for place, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and place in places:
            yield place


def nested(parts: Sequence[str], shape: Shape, brackets: str = "[]") -> str:
    """Nested lists of parts, on one line."""
    if not shape:
        return parts[0]
    if len(shape) == 1:
        return f"{brackets[0]}{', '.join(parts)}{brackets[1]}"
    size = len(parts) // int(shape[0])
    rows = [nested(parts[start : start + size], shape[1:], brackets) for start in range(0, len(parts), size)]
    return f"{brackets[0]}{', '.join(rows)}{brackets[1]}"


def filled(text: str, indent: str, more: str) -> list[str]:
    """A long list on several lines, broken after commas; ``more`` stands before each further line."""
    rows = [indent]
    for word in re.split(r"(?<=,) ", text):
        if len(rows[-1]) + len(word) + 1 > WIDTH and rows[-1].strip():
            rows.append(more)
        rows[-1] += (" " if rows[-1].strip() else "") + word
    return rows


def fields(
    values: Mapping[str, Any],
    label: Callable[[str], str],
    shapes: Mapping[str, Shape],
    indent: str,
    braces: str,
    brackets: str = "[]",
) -> str:
    """Named numbers and nested lists of them, on one line if they fit; a long matrix has each row on lines of its own."""
    items = [(label(name), value, shapes[name]) for name, value in values.items()]
    line = ", ".join(head + nested(list(map(repr, flat(value))), shape, brackets) for head, value, shape in items)
    if len(line) + len(indent) + 24 <= WIDTH:
        return braces[0] + line + braces[1]
    rows = [row for head, value, shape in items for row in _rows(head, value, shape, f"{indent}    ", brackets)]
    return "\n".join([braces[0], *rows, indent + braces[1]])


def _rows(head: str, value: Any, shape: Shape, indent: str, brackets: str) -> list[str]:
    """Nested lists, closed by a comma."""
    text = f"{head}{nested(list(map(repr, flat(value))), shape, brackets)},"
    if len(shape) < 2 or len(indent + text) <= WIDTH:
        return filled(text, indent, f"{indent}    ")
    inner = [row for part in value for row in _rows("", part, shape[1:], f"{indent}    ", brackets)]
    return [f"{indent}{head}{brackets[0]}", *inner, f"{indent}{brackets[1]},"]


def flat(value: Any) -> list[float]:
    """The numbers of nested lists, in order."""
    return [number for part in value for number in flat(part)] if isinstance(value, list) else [value]


def header(printer: Commented, run: str) -> list[str]:
    """What stands above everything: what the file is, and how its self-check is run, by a command with FILE for its name."""
    exported = printer.exported
    objective = exported.derivation.objective
    names = [printer.known[result.name] for result in exported.results]
    by = ", ".join(names[:MOST_NAMES]) + (f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else "")
    arrays = [f"{printer.known[own.name]} ({' x '.join(map(str, own.shape))})" for own in exported.arguments if own.shape]
    return [
        exported.title,
        "",
        *filled(f"{printer.function} gives the objective {objective} and its gradient by {by}, for one sample.", "", ""),
        *(filled(f"Arrays: {', '.join(arrays)}.", "", "") if arrays else []),
        f"The self-check is run by: {run.replace('FILE', one_line(shlex.quote(exported.name)))}",
        f"Made by symbackprop {__version__}.",
    ]
