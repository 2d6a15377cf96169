"""The pieces of a claim's text, which plain text and LaTeX are both taken apart into."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ...errors import InputError

MAX_LENGTH = 5000  # characters of one claim
_SHOWN = 60
_LONG = re.compile(rf"\S{{{_SHOWN + 1},}}")


@dataclass(frozen=True, slots=True)
class Token:
    """One piece. ``kind`` is number, name, symbol (of TeX), function, sum or sign; ``value`` what the kind needs besides."""

    kind: str
    text: str
    column: int
    value: Any = None


class LayerLetter(InputError):
    """A claim about a layer l in general, which has to be read once for every layer."""


@dataclass(frozen=True, slots=True)
class Place:
    """The text that is read, and where it comes from, for errors; ``layer`` is the number that an l stands for as a layer."""

    text: str
    where: str
    layer: int | None = None

    def error(self, message: str, column: int | None = None) -> InputError:
        message = _LONG.sub(lambda word: word[0][: _SHOWN - 3] + "...", message)
        at = len(self.text.rstrip()) + 1 if column is None else column
        shown = self.text.strip()
        if len(shown) > _SHOWN:  # what is around the place
            start = max(0, min(at - 1 - _SHOWN // 2, len(self.text) - _SHOWN))
            shown = (
                ("..." if start else "")
                + self.text[start : start + _SHOWN].strip()
                + ("..." if start + _SHOWN < len(self.text) else "")
            )
        return InputError(f"{message} (column {at} of {shown!r})", self.where)
