"""Typed access to the tables of a TOML file. Each error names the path of the key, ``units[2].from`` say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InputError, nearest
from ..fields import describe

MAX_NESTING = 8  # tables in tables, of what is passed on as it stands


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the file and its path; the top of the file has an empty path."""

    entries: Mapping[str, Any]
    path: str = ""

    def place(self, key: str) -> str:
        """The path of one of its keys."""
        return f"{self.path}.{key}" if self.path else key

    def only(self, known: Collection[str]) -> None:
        """Raise InputError for a key that is not among ``known``."""
        for key in self.entries:
            if key not in known:
                raise InputError(f"unknown key {describe(key)}{nearest(key, known)}", self.place(key))

    def text(self, key: str, default: str = "") -> str:
        """A text, or ``default`` if the key is missing."""
        value = self.entries.get(key, default)
        if not isinstance(value, str):
            raise InputError(f"expected text in quotes, found {describe(value)}", self.place(key))
        return value

    def needed(self, key: str) -> Any:
        """What stands under a key that must be there."""
        if key not in self.entries:
            raise InputError(f"the key {key!r} is missing", self.path or key)
        return self.entries[key]

    def needed_text(self, key: str) -> str:
        """A text that must be there and not be empty."""
        if not self.text(key):
            raise InputError(f"the key {key!r} is missing or empty", self.path or key)
        return self.text(key)

    def choice(self, key: str, options: Collection[str], default: str) -> str:
        """One of ``options``."""
        value = self.text(key, default)
        if value not in options:
            listed = " or ".join(repr(option) for option in options)
            raise InputError(f"expected {listed}, found {describe(value)}", self.place(key))
        return value

    def truth(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self.entries.get(key, default)
        if not isinstance(value, bool):
            raise InputError(f"expected true or false, found {describe(value)}", self.place(key))
        return value

    def array(self, key: str) -> list[Any]:
        """An array, empty if the key is missing."""
        value = self.entries.get(key, [])
        if not isinstance(value, list):
            raise InputError(f"expected an array, found {describe(value)}", self.place(key))
        return value

    def table(self, key: str) -> Table:
        """A table, empty if the key is missing."""
        value = self.entries.get(key, {})
        if not isinstance(value, dict):
            raise InputError(f"expected a table, found {describe(value)}", self.place(key))
        return Table(value, self.place(key))

    def tables(self, key: str) -> list[Table]:
        """An array of tables, ``[[key]]`` in the file."""
        found = []
        value = self.entries.get(key, [])
        if isinstance(value, dict):
            raise InputError(f"expected an array of tables; write [[{self.place(key)}]] with two brackets", self.place(key))
        for index, entry in enumerate(self.array(key)):
            path = f"{self.place(key)}[{index}]"
            if not isinstance(entry, dict):
                raise InputError(f"expected a table, found {describe(entry)}", path)
            found.append(Table(entry, path))
        return found

    def shallow(self) -> Mapping[str, Any]:
        """The entries as they stand, once it is sure that they are not nested without end."""
        stack: list[tuple[object, int]] = [(self.entries, 0)]
        while stack:
            value, depth = stack.pop()
            if depth > MAX_NESTING:
                raise InputError(f"tables nested more than {MAX_NESTING} deep", self.path)
            inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
            stack.extend((entry, depth + 1) for entry in inner)
        return self.entries
