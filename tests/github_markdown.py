"""What GitHub leaves undrawn in a Markdown page, found by reading it as GitHub's own programs would.

Facts: GitHub's documentation of mathematical expressions ($`…`$ and fences of math are taken as they are); its list of forbidden
commands, which define others or hide text; issues 1658, 1688, 1714, 1741 and 1742 of github/markup; and the limits of its
renderer: an expression costs one and one for each opening brace, one may cost 1000, a page 2000; about fifty colours in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# The last ones belong to other packages than amsmath, or are our own.
FORBIDDEN = (
    "operatorname", "newcommand", "renewcommand", "providecommand", "def", "let", "gdef", "edef", "newenvironment",
    "renewenvironment", "DeclareMathOperator", "DeclarePairedDelimiters", "newtagform", "renewtagform", "colorbox", "fcolorbox",
    "definecolor", "phantom", "hphantom", "vphantom", "mathchoice", "unicode", "mmlToken", "Newextarrow", "bbox", "href",
    "require", "class", "style", "cssId", "toggle", "enclose", "columncolor", "mbox", "label", "ref", "eqref", "tag", "bm",
    "coloneqq", "prescript", "mathclap", "underbracket", "overbracket", "sbvalue", "sbgradient", "sbcached", "sbnew",
    "sbdefine", "footnotesize", "multicolumn",
)  # fmt: skip
MAX_PAGE, MAX_EXPRESSION, MAX_COLOURS = 2000, 1000, 49


def expressions(page: str) -> list[str]:
    return [fenced or inline for fenced, inline in re.findall(r"^```math\n(.*?)^```$|\$`(.*?)`\$", page, re.DOTALL | re.MULTILINE)]


def cost(expression: str) -> int:
    return 1 + expression.count("{")


def undrawn(page: str) -> Iterator[str]:
    """One line for each fault."""
    for own in expressions(page):
        yield from (f"forbidden: {name}" for name in re.findall(r"\\([A-Za-z]+)", own) if name in FORBIDDEN)
        if cost(own) > MAX_EXPRESSION:
            yield f"an expression costs {cost(own)}"
        if own.count(r"\color") > MAX_COLOURS:
            yield f"{own.count(chr(92) + 'color')} colours in an expression"
        if "<" in own or "`" in own or "$" in own or "\n\n" in own or own.count("{") != own.count("}"):
            yield f"Markdown takes a part of it: {own[:60]}"
    rest = re.sub(r"^```math\n.*?^```$", "", page, flags=re.DOTALL | re.MULTILINE)
    for line in rest.splitlines():
        if re.search(r"[A-Za-z0-9]\$`|`\$(?:[A-Za-z0-9]|\$)", line):
            yield f"mathematics touches a word: {line[:80]}"
        if line.startswith("|") and any("|" in own for own in re.findall(r"\$`(.*?)`\$", line)):
            yield f"a bar ends the cell: {line[:80]}"
        words = re.sub(r"\$`.*?`\$|<span>\$</span>|\\[^A-Za-z]", "", line)
        if re.search(r"[$<`]|\\[a-z]", words):
            yield f"mathematics outside its marks: {words[:80]}"
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        if len({row.count("|") for row in table.splitlines()}) != 1:
            yield f"rows of different lengths: {table[:80]}"
    if sum(map(cost, expressions(page))) > MAX_PAGE and "GitHub leaves out" not in page:
        yield f"the page costs {sum(map(cost, expressions(page)))}"
