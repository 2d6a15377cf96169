"""What generated NumPy makes once for all calls: room for arrays, views of it, and constants."""

from __future__ import annotations

from .source import free

# Constants that have names of their own.
_NAMED = {"0.0": "zero", "0.5": "half", "1.0": "one", "2.0": "two", "-2.0": "minus_two", "4.0": "four"}
RESERVED = (*_NAMED.values(), "constant", "ones_here", "dtype")


class Room:
    """The lines that make it, and what they need of NumPy. ``taken`` are the identifiers that mean something else."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self.counts: dict[str, int] = {}
        self.lines: list[str] = []
        self.functions: set[str] = set()  # of NumPy
        self.names: set[str] = set()
        self.of_ones: set[str] = set()
        self._known: dict[str, str] = {}  # constants, views and ones by their text

    def array(self, name: str, shape: str) -> None:
        """Room for an array; a second loop over time that makes the same has the same."""
        if name not in self.names:
            self._line(name, f"empty({shape}, dtype)", "empty")

    def steps(self, name: str, count: int, shape: str) -> None:
        """Room for an array, or a number, for each of so many steps."""
        if shape:
            self._line(name, f"[empty({shape}, dtype) for _ in range({count})]", "empty")
        else:
            self._line(name, f"[0.0]*{count}")

    def constant(self, text: str) -> str:
        """A number as an array of no axes, which NumPy takes in half the time of a number of Python."""
        return self._once(text, _NAMED.get(text, "constant"), f"array({text}, dtype)", "array")

    def ones(self, shape: str) -> str:
        name = self._once(f"ones({shape})", "ones_here", f"ones({shape}, dtype)", "ones")
        self.of_ones.add(name)
        return name

    def view(self, array: str, ending: str, text: str) -> str:
        """A view of an array: of room it is made once."""
        text = text.format(array)
        return self._once(text, f"{array}_{ending}", text) if array in self.names else text

    def free(self, wanted: str) -> str:
        return free(wanted, self.taken, self.counts)

    def reserved(self, wanted: str) -> str:
        """A name that nothing else gets."""
        name = self.free(wanted)
        self.taken.add(name)
        return name

    def _once(self, key: str, wanted: str, text: str, *functions: str) -> str:
        """The name of what a line makes, which is made when it is first asked for."""
        if key not in self._known:
            self._known[key] = self.free(wanted)
            self._line(self._known[key], text, *functions)
        return self._known[key]

    def _line(self, name: str, text: str, *functions: str) -> None:
        self.lines.append(f"{name} = {text}")
        self.names.add(name)
        self.taken.add(name)
        self.functions.update(functions)
