"""What a template has printed: the mathematics of the document, letter for letter, and no numbers of its own."""

from __future__ import annotations

import re

from ..errors import LineError

_SHOWN = 80  # letters of a formula in a message

# A relation to a number, in the mathematics of each format.
_MATHEMATICS = re.compile(
    r"\\begin\{(align|aligned|equation|gather|multline)(\*?)\}.*?\\end\{\1\2\}|```math.*?```|\$\$.*?\$\$|\\\[.*?\\\]"
    r"|\\\(.*?\\\)|\$[^$]*\$|<math\b.*?</math>",
    re.DOTALL,
)
_NUMBER = re.compile(r"(=|≈|\\approx|<mo[^>]*>[=≈]</mo>)[\s&{}]*(<[a-z][^>]*>)*\s*[-−]?\s*\d")
_GONE = "\N{OBJECT REPLACEMENT CHARACTER}"  # in the place of what is the document's


class Ledger:
    """The mathematics that a writer has handed to its templates, in order."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.allowed: list[str] = []

    def note(self, piece: str) -> str:
        """A formula that the template prints."""
        self.pieces.append(piece)
        return piece

    def allow(self, piece: str) -> str:
        """What has formulas in it, and need not be printed: a figure, a layout for a phone."""
        self.allowed.append(piece)
        return piece

    def check(self, text: str, has_own: bool) -> None:
        """Raise LineError where a piece is missing in ``text``; of an author's own templates, too, where they add numbers."""
        end = 0
        for piece in self.pieces:
            at = text.find(piece, end)
            if at < 0 and piece not in text:
                raise LineError("Template", _short(piece), "the template has not printed it as the document has it")
            end = at + len(piece) if at >= 0 else end
        if has_own:
            for piece in sorted({*self.pieces, *filter(None, self.allowed)}, key=len, reverse=True):
                text = text.replace(piece, _GONE)
            for found in _MATHEMATICS.finditer(text):
                if _NUMBER.search(found[0]):
                    raise LineError("Template", _short(found[0]), "the template has numbers that are not those of the document")
        self.pieces.clear()
        self.allowed.clear()


def _short(text: str) -> str:
    found = " ".join(text.split())
    return found if len(found) <= _SHOWN else f"{found[: _SHOWN - 1]}…"
