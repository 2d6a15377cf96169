"""A network file: TOML text into a `Network`, with errors that point at line and key.

A file says a network as units with a loss, or as equations with an objective, and gives values,
signs, printed symbols and the numbers of the document that it comes from.
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal, InvalidOperation
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from .. import grammar
from ..errors import InputError, nearest
from ..fields import as_number, describe
from ..network import Claim, Layer, Loss, Network, PrintedNumber, Source, Unit
from ..tree import Number
from .equations import lines_of, parse_equations
from .positions import Positions
from .tables import Table

MAX_BYTES = 20_000_000

_TOP = (
    "title", "inputs", "units", "layers", "layout", "loss", "equations", "objective", "parameters", "frozen", "shapes", "steps",
    "values", "samples", "update", "delta", "notation", "symbols", "numbers", "document",
)  # fmt: skip
_UNIT = ("name", "from", "activation", "bias", "formula")
_LAYER = ("units", "activation", "bias")
_LOSS = ("function", "targets", "formula", "reduction", "name", "l1", "l2", "steps")
_DOCUMENT = ("name", "printed", "claims")
_PRINTED = ("quantity", "text", "exact", "policy")
_CLAIM = ("says", "place", "states", "correct", "holds")
_POLICIES = ("display", "exact", "carry")
_SHOWN_OF_PATH = 120  # characters of a key path in an error


def parse(text: str, place: str) -> Network:
    """The network that the TOML ``text`` describes; ``place`` is the file's name for errors.

    Raises InputError for anything that is not such a network.
    """
    if len(text) > MAX_BYTES:
        raise InputError(f"the file has {len(text)} characters; the limit is {MAX_BYTES}", place)
    top = Table(toml_entries(text, place, "a network needs units or layers with a loss, or equations"))
    positions = Positions(text)
    try:
        return _network(top, positions, place)
    except InputError as error:
        raise _located(error, top, positions, place) from None


def file_text(file: Path | Traversable, shown: str) -> str:
    """The text of a file that is ``shown`` so. Raises InputError where it cannot be read, is too long or no UTF-8."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 text (byte {error.start + 1}); save the file as UTF-8", shown) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", shown) from None
    except ValueError as error:
        raise InputError(f"{shown!r} is no file name: {error}") from None
    if len(text) > MAX_BYTES:
        raise InputError(f"the file has {len(text)} characters; the limit is {MAX_BYTES}", shown)
    return text


def toml_entries(text: str, place: str, needs: str) -> dict[str, Any]:
    """The content of a TOML file, which must not be empty. Numbers with a point are read exactly: 0.30 keeps its digits."""
    try:
        entries = tomllib.loads(text, parse_float=_exact)
    except RecursionError:
        raise InputError("arrays or tables are nested too deep", place) from None
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(str(error), text, place) from None
    except ValueError:  # a whole number with thousands of digits; Python does not say which
        line = next((number for number, own in enumerate(lines_of(text), start=1) if re.search("[0-9_]{4000}", own)), None)
        where = f"{place}, line {line}" if line else place
        raise InputError("a number is outside the range of double precision", where) from None
    if not entries:
        raise InputError(f"the file is empty; {needs}", place)
    return entries


def _exact(text: str) -> Number | Decimal:
    """A TOML float; what is no good number stays a Decimal, to be refused where its key is known."""
    try:
        return grammar.number(text)
    except InputError:
        try:
            return Decimal(text)
        except InvalidOperation:  # an exponent that not even Decimal holds
            return Decimal("1E+99999")


def _syntax_error(message: str, text: str, place: str) -> InputError:
    """tomllib's message with line and column in front."""
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message, re.DOTALL)
    if not found:
        return InputError(f"not valid TOML: {message}", place)
    reason = found[1][0].lower() + found[1][1:]
    if found[2] is None:
        return InputError(f"not valid TOML: {reason}", f"{place}, end of the file")
    if reason == "cannot overwrite a value":
        key = lines_of(text)[int(found[2]) - 1].partition("=")[0].strip()
        reason = f"the key {describe(key)} is given twice"
    return InputError(f"not valid TOML: {reason}", f"{place}, line {found[2]}, column {found[3]}")


def _located(error: InputError, top: Table, positions: Positions, place: str) -> InputError:
    """``error`` with the file, and the line of its key path, in front."""
    if error.where.startswith(f"{place}, line "):
        return error
    key = error.where.removeprefix("values.")
    if key in _TOP and key != error.where:  # TOML gives what follows [values] to values
        message = f"{key!r} is a key of the whole file; move it above the first [table]"
        error = InputError(message, error.where)
    # The samples may stand in [values], as arrays over samples.
    line = positions.line(error.where) or positions.line(re.sub(r"^samples\[\d+\]", "values", error.where))
    if error.where.startswith("equations."):
        text = top.entries["equations"]
        before = positions.equation_lines(text)
        if before is not None:
            line = positions.equation(error.where.partition(".")[2], before, len(lines_of(text))) or line
    return InputError(error.message, error.where[:_SHOWN_OF_PATH]).at(f"{place}, line {line}" if line else place)


def _network(top: Table, positions: Positions, place: str) -> Network:
    _only_known(top)
    values = top.table("values")
    if "loss" in top.entries and "objective" in top.entries:
        raise InputError("the loss is the objective; give [loss] or objective, not both", "objective")
    return Network(
        title=top.text("title"),
        inputs=top.entries.get("inputs", ()) if "layers" in top.entries else tuple(top.array("inputs")),
        units=tuple(_unit(table) for table in top.tables("units")),
        layers=tuple(_layer(table) for table in top.tables("layers")),
        loss=_loss(top.table("loss")) if "loss" in top.entries else None,
        equations=_equations(top, positions, place),
        objective=top.text("objective"),
        parameters=tuple(top.array("parameters")),
        frozen=tuple(top.array("frozen")),
        shapes=top.table("shapes").entries,
        layout=top.text("layout") or "column",
        steps=top.entries.get("steps"),
        values=values.entries,
        samples=tuple(table.entries for table in top.tables("samples")),
        ascent=top.choice("update", ("descent", "ascent"), "descent") == "ascent",
        signal_sign=-1 if top.choice("delta", ("gradient", "negative"), "gradient") == "negative" else 1,
        notation=top.text("notation"),
        symbols=_symbols(top.table("symbols")),
        numbers=top.table("numbers").shallow(),
        source=_source(top.table("document")) if "document" in top.entries else None,
    )


def _only_known(top: Table) -> None:
    """Unknown keys at the top, with the table in which a key would be at home."""
    homes = {"learning_rate": "[values]"}
    homes |= {"from": "a [[units]] table"} | dict.fromkeys(("activation", "bias"), "a [[units]] or [[layers]] table")
    homes |= dict.fromkeys(("function", "targets", "reduction", "l1", "l2"), "[loss]")
    homes |= dict.fromkeys(("printed", "claims"), "[document]")
    for key in top.entries:
        if key not in _TOP:
            hint = f"; it belongs in {homes[key]}" if key in homes else nearest(key, _TOP)
            raise InputError(f"unknown key {describe(key)}{hint}", key)


def _equations(top: Table, positions: Positions, place: str) -> tuple[Any, ...]:
    if "equations" not in top.entries:
        return ()
    text = top.text("equations")
    before = positions.equation_lines(text)
    place_of = None if before is None else lambda line: f"{place}, line {before + line}"
    return parse_equations(text, "equations", place_of)


def _unit(table: Table) -> Unit:
    table.only(_UNIT)
    name = table.needed_text("name")
    for key in ("activation", "bias", "formula"):
        table.text(key)
    try:
        return Unit(
            name=name,
            sources=table.table("from").entries,  # type: ignore[arg-type]  # Unit takes a mapping, and text, as well
            activation=table.text("activation", "identity"),  # type: ignore[arg-type]
            bias=table.entries.get("bias"),
            formula=table.entries.get("formula"),
        )
    except InputError as error:
        raise InputError(error.message, error.where.replace(f"unit {describe(name)}", table.path, 1)) from None


def _layer(table: Table) -> Layer:
    table.only(_LAYER)
    units, activation = table.needed("units"), table.text("activation", "identity")
    try:
        return Layer(units, activation, table.entries.get("bias", True))  # type: ignore[arg-type]  # Layer takes text as well
    except InputError as error:
        raise InputError(error.message, error.where.replace("layer", table.path, 1)) from None


def _loss(table: Table) -> Loss:
    table.only(_LOSS)
    named = isinstance(table.entries.get("targets"), str)  # the target of layers
    return Loss(
        function=table.text("function"),
        targets=table.text("targets") if named else table.table("targets").entries,  # type: ignore[arg-type]
        formula=table.entries.get("formula"),
        reduction=table.text("reduction", "sum"),
        name=table.text("name", "E"),
        l1=table.table("l1").entries,  # type: ignore[arg-type]
        l2=table.table("l2").entries,  # type: ignore[arg-type]
        steps=table.text("steps"),
    )


def _symbols(table: Table) -> dict[str, str]:
    return {name: table.needed_text(name) for name in table.entries}


def _source(table: Table) -> Source:
    table.only(_DOCUMENT)
    in_a_file = isinstance(table.entries.get("claims"), str)
    return Source(
        name=table.needed_text("name"),
        printed=tuple(_printed(entry) for entry in table.tables("printed")),
        claims=() if in_a_file else tuple(claim(entry) for entry in table.tables("claims")),
        claims_file=table.needed_text("claims") if in_a_file else "",
    )


def _printed(table: Table) -> PrintedNumber:
    table.only(_PRINTED)
    text, exact = table.needed_text("text"), table.text("exact")
    as_number(text, table.place("text"))
    if exact:
        as_number(exact, table.place("exact"))
    return PrintedNumber(table.needed_text("quantity"), text, exact, table.choice("policy", _POLICIES, "display"))


def claim(table: Table, more: tuple[str, ...] = ()) -> Claim:
    """The claim of one table, which may have ``more`` keys than those that every claim has."""
    table.only((*_CLAIM, *more))
    states, correct = table.text("states"), table.text("correct")
    return Claim(
        says=table.text("says") or " ".join(states.split()) or table.needed_text("says"),
        place=table.text("place"),
        states=states,
        correct=correct,
        holds=table.truth("holds", not correct),
    )
