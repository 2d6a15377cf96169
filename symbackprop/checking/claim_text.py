"""The text of a claim → a `Statement`: ``left RELATION right``, with conditions behind ``if`` and ``after 3 updates``.

A text with a backslash, a brace or a dollar sign is LaTeX, any other the equation language with what people type besides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

from ..array_tree import Matrix
from ..derivation import Derivation
from ..errors import InputError
from ..grammar import number
from ..tree import Negative, Number, Power, Product, Sum, Tree
from .claim_entries import free_ranges
from .reading import paper
from .reading.names import Names
from .reading.parser import Parser
from .reading.plain import plain_tokens
from .reading.tex import tex_tokens
from .reading.tokens import MAX_LENGTH, LayerLetter, Place
from .statement import Comparison, ShapeMismatch, Statement, digits_of

MAX_UPDATES = 10_000
_NEW, _LESS, _MORE = ":=", "-=", "+="  # of a parameter and its value after the update
_RELATIONS = {
    "==": "=", "!=": "!=", "<=": "<=", ">=": ">=", "=<": "<=", "=>": ">=", "~=": "≈",
    ":=": _NEW, "←": _NEW, "-=": _LESS, "+=": _MORE, "<": "<", ">": ">", "=": "=",
    "≤": "<=", "⩽": "<=", "≥": ">=", "⩾": ">=", "≠": "!=", "≈": "≈", "≃": "≈", "≅": "≈", "≡": "=",
    r"\leqslant": "<=", r"\geqslant": ">=", r"\leq": "<=", r"\geq": ">=", r"\le": "<=", r"\ge": ">=", r"\neq": "!=", r"\ne": "!=",
    r"\approx": "≈", r"\simeq": "≈", r"\cong": "≈", r"\equiv": "=",
    r"\coloneqq": _NEW, r"\leftarrow": _NEW, r"\gets": _NEW, r"\triangleq": "=", r"\lt": "<", r"\gt": ">",
}  # fmt: skip
_RELATION = re.compile(
    "|".join(re.escape(own) + ("(?![A-Za-z])" if own[0] == "\\" else "") for own in sorted(_RELATIONS, key=len, reverse=True))
)
_OPENING, _CLOSING = "([{", ")]}"
_COUNTS = {
    word: count
    for count, word in enumerate(("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"))
}
_COUNTS |= {"a": 1, "an": 1, "each": 1, "the": 1, "1st": 1, "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}
_UPDATES = re.compile(
    r"(?:[,;]\s*)?\b(?:after|in)\s+(?:the\s+)?(?P<count>[\w.]+)\s+(?:(?:simultaneous|gradient|full)\s+)*(?:updates?|steps?|iterations?|epochs?)\b"
    r"(?:\s+of\s+(?:gradient\s+descent|training))?"
)
_CONDITION = re.compile(
    r"(?:[,;]\s*)?(?<![\w\\])(if|where|when|whenever|provided(?:\s+that)?|assuming(?:\s+that)?|given(?:\s+that)?|with|for)(?!\w)"
)
_JOINT = re.compile(r"(?<!\w)and(?!\w)|[,;&∧]|\\land(?![A-Za-z])|\\wedge(?![A-Za-z])")
_ALL = re.compile(r"\s*(all|any|every|each)\b[\s\w,.\\]*")
_WORDS = re.compile(r"\\(?:text|textrm|mathrm|mbox|textit|intertext)\{([^{}\\]*)\}")
_DELIMITERS = re.compile(r"\$|(?<!\\)\\[()\[\]]")
_SPACES = re.compile(r"\\(?:quad|qquad|,|;|:|!| )(?![A-Za-z])")
_TEX = re.compile(r"[\\{}$]")


class _Span(NamedTuple):
    start: int
    end: int


def read_statement(text: str, derivation: Derivation | Names, where: str = "") -> Statement:
    """The statement that a claim makes about a derivation. Raises InputError, with the column, for what cannot be read.

    Whoever reads many claims hands over the `Names` of the derivation, which are made once.
    """
    names = derivation if isinstance(derivation, Names) else Names(derivation)
    if not isinstance(text, str) or not text.strip():
        raise InputError("a claim is empty; write left = right", where)
    if len(text) > MAX_LENGTH:
        raise InputError(f"a claim of {len(text)} characters; the limit is {MAX_LENGTH}", where)
    is_tex = _TEX.search(text) is not None
    shown = " ".join(text.split())
    text = _prepared(text, is_tex, names)
    place = Place(text, where)
    text, updates = _without_updates(place, names)

    def read(layer: int | None = None) -> Statement:
        place = Place(text, where, layer)
        body, spans = _parts(place, names)
        claim = _comparison(place, names, body, is_tex, "a claim")
        conditions = tuple(_comparison(place, names, span, is_tex, "a condition") for span in spans)
        statement = Statement(claim.left, claim.relation, claim.right, shown, conditions, updates)
        try:
            return replace(statement, ranges=free_ranges((claim, *conditions), names, where))
        except ShapeMismatch as error:
            error.statement = statement
            raise

    try:
        return read()
    except LayerLetter:
        return _for_each_layer(read, len(names.derivation.given.layers))


def _for_each_layer(read: Callable[[int], Statement], count: int) -> Statement:
    """The statement about a layer l in general, for each layer that has all that it names."""
    found: list[Statement] = []
    error: InputError | None = None
    for layer in range(1, count + 1):
        try:
            found.append(read(layer))
        except ShapeMismatch:
            raise
        except InputError as own:  # a layer before the first one, or behind the last
            error = error or own
    if not found:
        raise error or InputError("the claim is about no layer")
    return replace(found[0], others=tuple(found[1:]))


def _prepared(text: str, is_tex: bool, names: Names) -> str:
    """The text with words of LaTeX as plain words, each character where it was."""
    text = re.sub(r"\s", " ", text)
    if not is_tex:
        return text

    def words(match: re.Match[str]) -> str:
        if not (_CONDITION.search(match[1]) or _UPDATES.search(match[1]) or _JOINT.fullmatch(match[1].strip())):
            return match[0]
        return " " * (match.start(1) - match.start()) + match[1] + " "

    text = _DELIMITERS.sub(lambda match: " " * len(match[0]), text)
    return _WORDS.sub(words, text)


def _without_updates(place: Place, names: Names) -> tuple[str, int]:
    text, count = place.text, 0
    for match in _UPDATES.finditer(text):
        word = match["count"].lower()
        if not (word.isdigit() or word in _COUNTS):
            raise place.error(f"after how many updates? {match['count']!r} is no number", match.start("count") + 1)
        if count:
            raise place.error("the number of updates is said twice", match.start() + 1)
        count = int(word) if word.isdigit() else _COUNTS[word]
        if count > MAX_UPDATES:
            raise place.error(f"{count} updates; at most {MAX_UPDATES}", match.start("count") + 1)
        text = text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]
    return text, count


def _parts(place: Place, names: Names) -> tuple[_Span, list[_Span]]:
    """Where the claim stands in the text, and where its conditions do."""
    text = place.text
    cuts = [match for match in _outside(_CONDITION, text, _Span(0, len(text))) if match.start() and not names.has(match[1])]
    starts = [match.start() for match in cuts]
    body = _Span(0, starts[0] if starts else len(text))
    spans: list[_Span] = []
    for match, end in zip(cuts, (*starts[1:], len(text)), strict=False):
        start = match.end()
        everything = _ALL.fullmatch(text, start, end)
        if everything or not text[start:end].strip():
            if not everything:
                raise place.error(f"nothing stands behind {match[1]!r}", match.start(1) + 1)
            continue
        for joint in _outside(_JOINT, text, _Span(start, end)):
            spans.append(_Span(start, joint.start()))
            start = joint.end()
        spans.append(_Span(start, end))
    return body, [span for span in spans if _SPACES.sub("", text[span.start : span.end]).strip()]


def _depths(text: str, span: _Span) -> list[int]:
    """How many parentheses, brackets and braces are open at each place of a part, from its start."""
    steps = ((own in _OPENING) - (own in _CLOSING) for own in text[span.start : span.end])
    return list(accumulate(steps, initial=0))


def _outside(pattern: re.Pattern[str], text: str, span: _Span) -> Iterator[re.Match[str]]:
    """The matches in a part that do not stand in parentheses."""
    depths = _depths(text, span)
    return (match for match in pattern.finditer(text, *span) if not depths[match.start() - span.start])


def _comparison(place: Place, names: Names, span: _Span, is_tex: bool, what: str) -> Comparison:
    """``left RELATION right``, read from a part of the text."""
    found = list(_outside(_RELATION, place.text, span))
    inside = _RELATION.search(place.text, *span)
    if not found and inside is not None and not is_tex:
        raise place.error(f"the parentheses do not match: {inside[0]!r} stands inside some", inside.start() + 1)
    if not found:
        raise place.error(f"{what} is 'left = right' (or !=, <=, >=, <, >, ≈), and there is no relation", span.start + 1)
    if len(found) > 1:
        raise place.error(f"{what} has one relation; write a chain as claims of their own", found[1].start() + 1)
    relation = _RELATIONS[found[0][0]]

    def side(start: int, end: int, name: str) -> Tree:
        if not _SPACES.sub("", place.text[start:end]).strip():
            raise place.error(f"nothing stands {name} of {found[0][0]!r}", found[0].start() + 1)
        tokens = tex_tokens(place, names, start, end) if is_tex else plain_tokens(place, start, end)
        tree = Parser(tokens, place, names, is_tex, end).parse()
        if is_tex and names.arrays is not None:
            try:
                tree = paper.read(tree, names)
            except InputError as error:
                error.where = place.where
                raise
        return _with_exponent(tree)

    left = side(span.start, found[0].start(), "left")
    right = side(found[0].end(), span.end, "right")
    if relation in (_NEW, _LESS, _MORE):
        new = names.with_prefix("new_", left)
        if new is None and relation != _NEW:
            raise place.error(f"what stands left of {found[0][0]!r} must be a parameter that is updated", span.start + 1)
        if relation != _NEW:
            right = Sum((left, Negative(right) if relation == _LESS else right))
        left, relation = new or left, "="
    if relation in ("=", "≈") and digits_of(left) and not digits_of(right):
        left, right = right, left
    if relation == "≈" and not _is_printed(right):
        raise place.error("what stands behind ≈ must be a number with its digits", found[0].end() + 1)
    return Comparison(left, relation, right)


def _is_printed(tree: Tree) -> bool:
    inner = tree.body if isinstance(tree, Negative) else tree
    if isinstance(inner, Matrix):
        return all(_is_printed(entry) for row in inner.rows for entry in row)
    return isinstance(inner, Number)


def _with_exponent(tree: Tree) -> Tree:
    """``3.5*10**-4`` as the number that it is, so that its digits are known."""
    if isinstance(tree, Negative):
        return Negative(_with_exponent(tree.body))
    match tree:
        case Product((Negative(Number() as digits), Power() as scale)):
            return Negative(_with_exponent(Product((digits, scale))))
        case Product((Number() as digits, Power(Number(base, ""), exponent))) if digits.text and base == 10:
            power = exponent.body if isinstance(exponent, Negative) else exponent
            if isinstance(power, Number) and not power.text and power.value.denominator == 1 and abs(power.value) < Fraction(300):
                return number(f"{digits.text}e{'-' if isinstance(exponent, Negative) else ''}{power.value}")
    return tree
