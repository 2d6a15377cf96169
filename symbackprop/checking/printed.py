"""The numbers that a source document prints, each against the value of its quantity.

A number printed under ``display`` is the value in full precision, rounded; under ``carry`` it follows only if each
rounded result goes into the next step, and the report then says what full precision gives instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from ..derivation import Derivation
from ..errors import InputError, nearest
from ..network import PrintedNumber
from ..numbers import worked_numbers
from ..precise import DIGITS, Value, as_mpf, context
from .report import FAIL, PASS, PRINTED, Result

_LONGEST = 10_000  # digits of a number that is written out
_DIGITS_IN_A_BIT = 0.30103


def check_printed(derivation: Derivation) -> Iterator[Result]:
    """One result per printed number. Raises InputError for a quantity that does not exist or a text that is no decimal."""
    source = derivation.network.source
    if source is None or not source.printed:
        return
    full = worked_numbers(derivation, policy="display")
    carried = worked_numbers(derivation, policy="carry") if any(number.policy == "carry" for number in source.printed) else full
    for index, number in enumerate(source.printed):
        where = f"document.printed[{index}]"
        if number.quantity not in full:
            raise InputError(f"there is no quantity {number.quantity!r}{nearest(number.quantity, full)}", f"{where}.quantity")
        if number.policy not in ("display", "carry"):
            raise InputError(f"{number.policy!r} is no policy for a printed number; write 'display' or 'carry'", f"{where}.policy")
        yield _compared(number, full[number.quantity].value, carried[number.quantity].value, where)


def _compared(number: PrintedNumber, full: Value, carried: Value, where: str) -> Result:
    printed = decimal_of(number.text, f"{where}.text")
    value = carried if number.policy == "carry" else full
    reached, precise = rounded_like(value, printed), rounded_like(full, printed)
    problems = []
    if reached != printed:
        how = "carrying rounded values" if number.policy == "carry" else "full precision"
        problems.append(f"printed {number.text}, but {how} gives {reached:f}")
    if number.exact:
        exact = decimal_of(number.exact, f"{where}.exact")
        found = rounded_like(full, exact)
        if found != exact:
            problems.append(f"the exact figure {number.exact} should be {found:f}")
    how = "rounded"
    if number.policy == "carry":
        how = "rounded values carried" + ("" if precise == printed else f"; full precision gives {precise:f}")
    cells = (number.quantity, number.text, shown_value(full), how)
    return Result(number.quantity, PRINTED, FAIL if problems else PASS, "; ".join(problems), cells)


def decimal_of(text: str, where: str) -> Decimal:
    """The decimal that ``text`` is, its digits kept. Raises InputError where it is none."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise InputError(f"{text!r} is not a decimal number", where)
    return found


def rounded_like(value: Value, pattern: Decimal) -> Decimal:
    """``value`` rounded, half up, to the last digit that ``pattern`` has."""
    last = int(pattern.as_tuple().exponent)
    size = context().mag(as_mpf(value)) * _DIGITS_IN_A_BIT if as_mpf(value) else last
    if size > last + _LONGEST:
        raise InputError(f"a value of more than {_LONGEST} digits is too long to be compared with printed ones")
    number: Any = context().nstr(as_mpf(value), DIGITS) if size > last - 2 else "0"
    digits = Context(prec=max(2 * DIGITS, int(size) - last + 2))
    return Decimal(number).quantize(Decimal(1).scaleb(last), ROUND_HALF_UP, digits)


def shown_value(value: Value) -> str:
    return str(context().nstr(as_mpf(value), 10))
