"""The last section of a page that asks for it: how its lines have been checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from ...document import words
from ...document.decimals import with_decimal_mark
from ...document.model import Document, Items, Math, Paragraph, Section, Text
from ...document.page import Page
from ...tree import Number
from .digits import DIGITS
from .proof import PageProof


def with_proof(document: Document, proof: PageProof, page: Page) -> Document:
    """The document with a section behind all others that says what has been proved of it."""
    section = Section(
        words.VERIFIED, (Paragraph((words.VERIFIED_INTRO.format(lines=proof.lines - proof.unchecked),)), Items(tuple(_said(proof))))
    )
    return replace(document, sections=(*document.sections, with_decimal_mark(section, page.notation.profile)))


def _said(proof: PageProof) -> Iterator[Text]:
    if proof.sides:
        points = words.VERIFIED_POINTS[proof.points > 1].format(count=proof.points)
        worst = f"{proof.worst:.1e}".replace("e-0", "e-") if proof.worst else "0"
        error = Math(Number(Fraction(worst), worst))
        yield words.fill(words.VERIFIED_SYMBOLS, sides=str(proof.sides), points=points, digits=proof.arithmetic, error=error)
        yield (words.VERIFIED_DERIVATIVES,)
    if proof.numbers:
        yield (words.VERIFIED_NUMBERS.format(numbers=proof.numbers, digits=DIGITS),)
        yield (words.VERIFIED_SIGNS,)
    for reason, count in proof.left_out.items():
        yield (words.VERIFIED_NOT.format(count=count, reason=reason),)
    yield (words.VERIFIED_REFUSED,)
