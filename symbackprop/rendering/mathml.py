"""TeX mathematics → MathML by math-core, with colours as classes so that light and dark pages both read well."""

from __future__ import annotations

import html
import re
from functools import cache
from typing import Any
from xml.etree import ElementTree

from ..document.boxes import Dialect
from ..errors import SymbackpropError

# math-core knows colours by name; each role borrows one, and its style becomes the role's class.
_BORROWED = {
    "value": ("blue", "#0000FF"),
    "gradient": ("red", "#FF0000"),
    "cached": ("green", "#03FF00"),
    "new": ("cyan", "#00B9F2"),
}

DIALECT = Dialect(
    lambda role, body: rf"\textcolor{{{_BORROWED[role][0]}}}{{{body}}}",
    lambda body, label: rf"{{\underbrace{{{body}}}_{{{label}}}}}",
    lambda points: r"\\",  # a browser keeps rows apart by itself
    grouped=True,
)

_ENTITY = re.compile(r"&(?!(?:lt|gt|amp);)[A-Za-z]\w*;")
_BRACE = "\u23df"
_DECIMAL = re.compile(r'<mn>(\d+)</mn><mo rspace="0">,</mo><mn>(\d+)</mn>')  # 0{,}5: one number, not a list


@cache
def _converter() -> Any:
    from math_core import LatexToMathML

    return LatexToMathML(fancy_error=False, max_expansions=1_000_000)


def convert(tex: str, block: bool, source: str = "") -> str:
    """The MathML element of ``tex``, annotated with the LaTeX ``source`` that a reader may copy."""
    from math_core import LatexError

    try:
        markup: str = _converter().convert_with_local_state(tex, displaystyle=block)
    except LatexError as error:
        raise SymbackpropError(f"the mathematics cannot be drawn in HTML: {error}; look at [symbols]") from None
    for role, (_, code) in _BORROWED.items():
        markup = markup.replace(f'style="color:{code};"', f'class="{role}"')
    markup = _DECIMAL.sub(r"<mn>\1,\2</mn>", markup)
    if _BRACE in markup:
        markup = _bracketed(markup)
    return _annotated(markup, source) if source else markup


def _annotated(markup: str, source: str) -> str:
    start, inner = markup.index(">") + 1, len(markup) - len("</math>")
    own = f'<annotation encoding="application/x-tex">{html.escape(source, quote=False)}</annotation>'
    return f"{markup[:start]}<semantics><mrow>{markup[start:inner]}</mrow>{own}</semantics>{markup[inner:]}"


def _bracketed(markup: str) -> str:
    """Braces as a class that the style sheet draws: Chromium cuts long stretched braces at the edges of its tiles."""
    # XML knows three of HTML's named entities; the others become the letters they stand for.
    root = ElementTree.fromstring(_ENTITY.sub(lambda match: html.unescape(match[0]), markup))
    for element in root.iter("munder"):
        if len(element) == 2 and element[1].text == _BRACE:
            element.tag = "mrow"
            element.attrib.clear()
            element.set("class", "named")
            element.remove(element[1])
    return ElementTree.tostring(root, encoding="unicode")
