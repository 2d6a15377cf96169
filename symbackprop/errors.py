"""Every error a user can meet. Each says in one line what is wrong, where, and how to mend it.

This module imports nothing of the package. The command line prints ``str(error)`` and
leaves with ``error.exit_code``; from Python the same errors are raised.
"""

from __future__ import annotations

from collections.abc import Iterable


class SymbackpropError(Exception):
    """Base of all errors that are the user's to mend."""

    exit_code = 2


class InputError(SymbackpropError):
    """The input is wrong: a file, a formula, a name or a value.

    ``where`` is the place as the user would look for it: ``net.toml, line 3`` or
    ``net.toml, units[2].activation``.
    """

    def __init__(self, message: str, where: str = "") -> None:
        self.message = " ".join(message.split())
        self.where = " ".join(where.split())
        super().__init__(f"{self.where}: {self.message}" if where else self.message)

    def at(self, place: str) -> InputError:
        """The same error with ``place`` put before what is known of the place so far."""
        return type(self)(self.message, f"{place}, {self.where}" if self.where else place)


class LineError(SymbackpropError):
    """A line of a page does not hold, so the page is not printed: a fault of the package, or of a template."""

    exit_code = 1

    def __init__(self, section: str, line: str, problem: str) -> None:
        self.section, self.line, self.problem = section, line, " ".join(problem.split())
        super().__init__(f"section {section or 'Given'!r}: {line} does not hold: {self.problem}")


class UncheckedWarning(UserWarning):
    """Lines of a page could not be evaluated: they may be right or wrong."""


class MissingToolError(SymbackpropError):
    """Something outside the package is not installed, for example a TeX for PDF output."""

    exit_code = 3


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that ends an error message: the known name most like ``name``, or all of a short list."""
    import difflib  # where something is wrong only, since it would slow down every start

    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    if 0 < len(names) <= 24:
        return "; known: " + ", ".join(names)
    return ""
