"""A report of a check as a page: the same document model, templates and notations as the worked solution."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..checking.points import shown
from ..checking.report import (
    CLAIM,
    DOCUMENT_ERROR,
    LEVEL,
    PRINTED,
    ROUTES,
    WORDING,
    Differences,
    Measured,
    Report,
    Result,
    Row,
)
from ..document import check_words, words
from ..document.decimals import with_decimal_mark
from ..document.figures import check_figure_of
from ..document.levels import symbols_of_arrays
from ..document.line_width import line_width
from ..document.model import Block, Document, Items, Math, Paragraph, Run, Section, Table, Text
from ..document.notation import Notation, chosen_profile, notation_for
from ..document.profile import DEFAULT, profile
from ..errors import InputError, nearest
from ..tree import Derivative, Name, Negative, Number, Power
from .formats import WRITERS
from .output import check_free, write
from .pdf import compile_pdf, require_tex
from .templates import own_folder
from .writer import slug

if TYPE_CHECKING:
    from ..derivation import Derivation

FORMATS = ("tex", "html", "md", "pdf")
_DIGITS = 5  # of a partial: as many as leave room for every route
_LEAST = 1e-50  # of a relative difference that is told
_FINITE = re.compile(r"-?\d+(\.\d*)?(e[+-]?\d+)?")
_EXPONENT = re.compile(r"1e-(\d+)")


def report_places(folder: Path, stem: str, forms: str, force: bool) -> dict[str, Path]:
    """The file of a report in each of some formats, which are separated by commas; none without formats.

    Raises InputError for a format that there is not and a file that is there already, MissingToolError for pdf without TeX.
    """
    if not forms:
        return {}
    found = {form: folder / f"{stem}-check.{form}" for form in _checked(form.strip() for form in forms.split(","))}
    check_free(found.values(), force)
    return found


def write_report(report: Report, places: dict[str, Path], force: bool = False, **options: Any) -> tuple[Path, ...]:
    """Write the report in the formats that have a place."""
    prefix = slug(next(iter(places.values())).stem)
    made = report_pages(report, places, prefix=prefix, **options)
    write({places[form]: content for form, content in made.items()}, force)
    return tuple(places.values())


def _checked(forms: Iterable[str]) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(forms))
    for form in chosen:
        if form not in FORMATS:
            raise InputError(f"there is no format {form!r} of a check{nearest(form, FORMATS)}", "--format")
    if "pdf" in chosen:
        require_tex()
    return chosen


def report_pages(
    report: Report,
    forms: Iterable[str],
    notation: str | None = None,
    width: str | float | None = None,
    templates: str | Path | None = None,
    prefix: str = "",
) -> dict[str, bytes]:
    """The report in several formats. ``width`` is that of the lines, ``templates`` a folder that replaces those of the package."""
    chosen = _checked(forms)
    derivation = report.derivation
    if derivation is None:  # claims about several networks
        symbols = Notation(profile(notation or DEFAULT))
    else:
        symbols = notation_for(derivation, chosen_profile(derivation.given, notation), _arrays(derivation))
    made = document(report, symbols)
    own = None if templates is None else own_folder(templates)
    room = None if width is None else line_width(width)
    texts = {form: "tex" if form == "pdf" else form for form in chosen}
    printed = {form: WRITERS[form](symbols, room, prefix, own).write(made, iter) for form in dict.fromkeys(texts.values())}
    return {form: compile_pdf(printed["tex"]) if form == "pdf" else printed[form].encode("utf-8") for form in chosen}


def _arrays(derivation: Derivation) -> Derivation | None:
    return derivation if derivation.network.is_array else symbols_of_arrays(derivation)


def save_report(report: Report, path: str | Path, force: bool = False, **options: Any) -> Path:
    """Write one page; the ending of ``path`` chooses the format."""
    target = Path(path)
    form = target.suffix.lstrip(".").lower()
    write({target: report_pages(report, (form,), prefix=slug(target.stem), **options)[form]}, force)
    return target


def document(report: Report, notation: Notation) -> Document:
    """What the page says."""
    sections = [Section("", tuple(_opening(report)))]
    sections += [section for section in _sections(report, notation) if section.blocks]
    title = check_words.TITLE.format(title=report.title) if report.title else check_words.UNTITLED
    return Document(title, tuple(with_decimal_mark(section, notation.profile) for section in sections))


def _sections(report: Report, notation: Notation) -> Iterator[Section]:
    of = report.derivation.objective if report.derivation is not None else ""
    yield Section(check_words.PARTIALS, tuple(_partials(report, of)))
    yield Section(check_words.HOW, (Items(tuple(_routes(report))),) if report.routes else ())
    if report.differences is not None:
        yield Section(check_words.SLOPE, tuple(_slope(report.differences)))
    levels = [result for result in report.of_method(LEVEL) if result.cells]
    yield Section(check_words.LEVELS, (_levels(levels, of),) if levels else ())
    name = check_words.DOCUMENT.format(name=report.document) if report.document else check_words.THE_DOCUMENT
    printed = report.of_method(PRINTED)
    yield Section(check_words.PRINTED.format(document=name), (_printed(printed, of),) if printed else ())
    claims = report.of_method(CLAIM, WORDING)
    right = [claim for claim in claims if claim.verdict != DOCUMENT_ERROR]
    wrong = [claim for claim in claims if claim.verdict == DOCUMENT_ERROR]
    title = check_words.STATEMENTS.format(document=name) if report.document else check_words.CLAIMS
    yield Section(title, (Items(tuple(map(_claim, right))),) if right else ())
    yield Section(check_words.ERRORS.format(document=name), (Items(tuple(map(_claim, wrong))),) if wrong else ())


def _opening(report: Report) -> Iterator[Block]:
    said = zip(check_words.COUNTS, report.counts.values(), strict=True)
    counts = ", ".join(text.format(count=count) for index, (text, count) in enumerate(said) if count or index < 2)
    sentence = (check_words.HOLDS if report.passed else check_words.FAILS).format(counts=counts)
    taken = check_words.TAKEN_AT.format(point=report.point) if report.point and report.parameters else ""
    yield Paragraph((f"{sentence} {taken}".strip(),))


def _partials(report: Report, of: str) -> Iterator[Block]:
    keys = [key for key in ROUTES if any(key in row.measured for row in report.parameters)]
    if report.parameters:
        head = (check_words.PARTIAL, check_words.DERIVATION, *(check_words.ROUTES[key] for key in keys))
        rows = tuple(
            (_symbol(of, row), _number(row.analytic), *(_value(row.measured.get(key)) for key in keys)) for row in report.parameters
        )
        yield Table("l" + "r" * (len(head) - 1), tuple((text,) for text in head), rows, check_words.NUMBERS_CAPTION)
        head = (check_words.PARTIAL, *(check_words.ROUTES[key] for key in keys), check_words.ORDER, check_words.VERDICT)
        rows = tuple(
            (_symbol(of, row), *(_error(row.measured.get(key)) for key in keys), _order(row), (check_words.VERDICTS[row.verdict],))
            for row in report.parameters
        )
        yield Table("l" + "r" * (len(head) - 2) + "l", tuple((text,) for text in head), rows, check_words.ERRORS_CAPTION)
    if report.notes:
        yield Items(tuple(_note(result) for result in report.notes))


def _symbol(of: str, row: Row) -> Text:
    known = not row.parameter.startswith("all ")  # all parameters at once, along one direction
    return (Math(Derivative(of, row.parameter)),) if known else (row.parameter,)


def _note(result: Result) -> Text:
    verdict = check_words.VERDICTS[result.verdict].capitalize()
    return (check_words.NOTE.format(verdict=verdict, name=result.name, detail=result.detail),)


def _number(number: Any) -> Text:
    """A value with so many significant digits."""
    text = shown(number, _DIGITS)
    return (Math(Number(Fraction(text), text)),) if _FINITE.fullmatch(text) else (words.NONE,)


def _value(measured: Measured | None) -> Text:
    return (words.NONE,) if measured is None or measured.numeric is None else _number(measured.numeric)


def _error(measured: Measured | None) -> Text:
    return (words.NONE,) if measured is None else _power(measured.error)


def _power(number: float) -> Text:
    """A small number with two digits and its power of ten."""
    if not math.isfinite(number):
        return (words.NONE,)
    text = f"{number:.1e}" if number > _LEAST else "0"
    mantissa, _, exponent = text.partition("e")
    text = f"{mantissa}e{int(exponent)}" if exponent else text
    return (Math(Number(Fraction(text), text)),)


def _order(row: Row) -> Text:
    own = row.measured.get("central_differences")
    if own is None or own.order is None:
        return (words.NONE,)
    return (check_words.EXACT,) if own.order == math.inf else (Math(Number(Fraction(f"{own.order:.2f}"), f"{own.order:.2f}")),)


def _routes(report: Report) -> Iterator[Text]:
    for route in report.routes:
        how = route.how.replace("eps", "ε").replace(" - ", " − ")
        yield (check_words.NAMES[route.key], *_with_powers(how), check_words.WITHIN, *_with_powers(f"{route.tolerance:.0e}"), ".")


def _with_powers(text: str) -> Iterator[Run]:
    """Words in which 1e-15 is a power of ten."""
    place = 0
    for found in _EXPONENT.finditer(text):
        yield text[place : found.start()]
        yield Math(Power(Number(Fraction(10)), Negative(Number(Fraction(int(found[1]))))))
        place = found.end()
    yield text[place:]


def _slope(own: Differences) -> Iterator[Block]:
    found = check_words.SLOPE_EXACT if own.order == math.inf else check_words.SLOPE_FOUND.format(order=f"{own.order:.2f}")
    yield Paragraph((check_words.SLOPE_TEXT + found,))
    double, exact = (
        [(step, error) for step, error in zip(own.steps, errors, strict=True) if error > 0] for errors in (own.double, own.exact)
    )
    figure = check_figure_of(double, exact, check_words.SLOPE_CAPTION)
    if figure is not None:
        yield figure


def _levels(results: list[Result], of: str) -> Table:
    head = (check_words.QUANTITY, check_words.FOUND, check_words.VERDICT)
    rows = [(_quantity(own.cells[0], of), (own.cells[2],), (check_words.VERDICTS[own.verdict],)) for own in results]
    return Table("lpl", tuple((text,) for text in head), tuple(rows))


def _printed(results: tuple[Result, ...], of: str) -> Block:
    head = (check_words.QUANTITY, check_words.PRINTED_NUMBER, check_words.FULL, check_words.HOW_ROUNDED, check_words.VERDICT)
    filled = [own for own in results if own.cells]
    if not filled:
        return Items(tuple(_note(own) for own in results))
    rows = [
        (_quantity(own.cells[0], of), *((cell,) for cell in own.cells[1:]), (check_words.VERDICTS[own.verdict],)) for own in filled
    ]
    return Table("lrrpl", tuple((text,) for text in head), tuple(rows))


def _quantity(name: str, of: str) -> Text:
    """A quantity by its symbol."""
    if " " in name:
        return (name,)
    wrt = name.removeprefix(f"d{of}/d")
    return (Math(Name(name) if wrt == name else Derivative(of, wrt)),)


def _claim(claim: Result) -> Text:
    place = check_words.PLACE.format(place=claim.place) if claim.place else ""
    text = f"{check_words.VERDICTS[claim.verdict].capitalize()}: {claim.name}{place}."
    for label, own in ((check_words.SAYS, claim.statement), (check_words.FOUND_IN, claim.detail), (check_words.RIGHT, claim.right)):
        if own:
            text += f" {label}{own}."
    return (text,)
