"""Which line of a TOML file a key path like ``units[2].from`` stands on.

TOML readers do not keep positions, so the file is scanned lightly: table headers, and the keys that
begin a line. What the scan cannot find, a key inside an inline table say, gets the line of the
nearest thing around it that it can, or none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .equations import lines_of

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.[^=]*)?\s*=")
_SCANNED = 1000  # characters of a line; more cannot be a header or a key


def _inside(name: str, counts: Mapping[str, int]) -> str:
    """The path of a table, a.b say, in which a is the array of tables whose last one this is: a[2].b."""
    *outer, last = name.split(".")
    path = ""
    for part in outer:
        path += part
        path += f"[{counts[path]}]." if path in counts else "."
    return path + last


class Positions:
    """The lines of the tables and keys of one file, by path."""

    def __init__(self, text: str) -> None:
        self.lines = lines_of(text)
        self._found: dict[str, int] = {}
        counts: dict[str, int] = {}
        table, inside = "", ""
        for number, line in enumerate(self.lines, start=1):
            if inside:  # a text over several lines
                inside = "" if inside in line else inside
                continue
            for quotes in ('"""', "'''"):
                if line.count(quotes) == 1:
                    inside = quotes
            header = _HEADER.match(line[:_SCANNED])
            key = _KEY.match(line[:_SCANNED])
            if header and not key:
                table = _inside(header[2].replace(" ", ""), counts)
                if header[1] == "[[":
                    self._found.setdefault(table, number)
                    counts[table] = counts.get(table, -1) + 1
                    table = f"{table}[{counts[table]}]"
                self._found.setdefault(table, number)
            elif key:
                name = key[1].strip("\"'")
                self._found.setdefault(f"{table}.{name}" if table else name, number)

    def line(self, path: str) -> int | None:
        """The line of ``path``, or of the innermost table around it that can be found."""
        while path:
            if path in self._found:
                return self._found[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return None

    def equation_lines(self, text: str) -> int | None:
        """How many lines of the file come before the text of the equations; None if it does not stand there line by line."""
        start = self._found.get("equations")
        if start is None:
            return None
        own = lines_of(text)
        opening = re.search(r"=\s*(\"\"\"|''')", self.lines[start - 1])
        if opening is None:
            return None
        first = self.lines[start - 1][opening.end() :]
        before = start if not first.strip() else start - 1
        there = [first, *self.lines[start:]] if before == start - 1 else self.lines[start:]
        matches = all(line == found for line, found in zip(own[:-1], there, strict=False))
        return before if matches and len(there) >= len(own) and there[len(own) - 1].startswith(own[-1]) else None

    def equation(self, name: str, before: int, count: int) -> int | None:
        """The line on which an equation defines ``name``."""
        for number in range(before, min(before + count, len(self.lines))):
            if re.search(rf"(?:^|\"\"\"|''')\s*{re.escape(name.partition('[')[0])}\s*(?:\[t\]\s*)?=", self.lines[number]):
                return number + 1
        return None
