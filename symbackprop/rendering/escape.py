"""One escape function per format: words of a user's file never become markup."""

from __future__ import annotations

import unicodedata

from ..document.greek import GREEK

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    '"': r"\textquotedbl{}", "`": r"\textasciigrave{}", "–": "--", "—": "---", "…": r"\dots{}", "’": "'", "“": "``", "”": "''",
    "≈": r"$\approx$", "≤": r"$\le$", "≥": r"$\ge$", "−": "$-$", "×": r"$\times$", "·": r"$\cdot$", "→": r"$\to$",
    "∂": r"$\partial$", "∇": r"$\nabla$", "ℓ": r"$\ell$", "′": "$'$", "∗": r"$\ast$", "√": r"$\surd$",
    "∞": r"$\infty$", "←": r"$\leftarrow$",
    "⊙": r"$\odot$", "∘": r"$\circ$", "\u00a0": "~",
}  # fmt: skip
_MARKDOWN = set("\\`*_{}[]<>()#+-.!|$~&")


def escape_latex(text: str) -> str:
    """Words for LaTeX with T1 fonts. A letter that they lack is printed as its code, so that nothing is lost."""
    found = []
    for letter in text:
        if letter in _LATEX:
            found.append(_LATEX[letter])
        elif letter in GREEK:
            found.append(rf"$\{GREEK[letter]}$")
        elif " " <= letter <= "~" or ("\u00a1" <= letter <= "\u017f" and letter.isalpha() and letter not in "ĦħĸĿŀŉŦŧſ"):
            found.append(letter)
        elif letter.isspace() or unicodedata.category(letter).startswith("C"):
            found.append(" ")
        else:
            found.append(rf"\texttt{{U+{ord(letter):04X}}}")
    return "".join(found)


def escape_markdown(text: str) -> str:
    """Words for Markdown, on one line."""
    inner = "".join(letter if letter.isprintable() else " " for letter in text)
    # A full stop or a hyphen is markup only at the start of a line, parentheses only behind brackets. GitHub takes a dollar for
    # mathematics even behind a backslash, but not in an element of its own.
    escaped = "".join(f"\\{letter}" if letter in _MARKDOWN - set(".-()+!&#") else letter for letter in inner)
    return escaped.replace("&", "&amp;").replace("\\$", "<span>$</span>")
