"""How far double precision may be from the truth: the rounding of every operation, carried on to all that reads its result.

Where large numbers cancel, a relative error says nothing; of a gradient that is exactly zero it is infinite. This is the
running error analysis of Wilkinson (*Rounding Errors in Algebraic Processes*, 1963) in its first order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import functions
from ..errors import InputError
from ..precise import Value, as_mpf, context, is_exact, value
from ..tree import Call, Derivative, Name, Negative, Power, Product, Quotient, Sum, fold, rebuild
from .points import Line

UNIT_ROUNDOFF = 2.0**-53
MARGIN = 30  # times the rounding error that is expected: functions are off by more than half a unit in the last place
_SMALLEST = 2.0**-1021  # times the roundoff: the spacing of doubles next to 0, where they underflow
_Part = tuple[Value, Any]  # a value and its error


def rounding_errors(definitions: Iterable[Line], values: Mapping[str, Value]) -> dict[str, Any]:
    """The error of each definition, by plain name, where every operation and every input is off by its own size at most.

    Times `UNIT_ROUNDOFF` it is that of double precision. ``values`` has every name that is read and every definition.
    """
    errors: dict[str, Any] = {}

    def carried(node: Any, parts: list[_Part]) -> _Part:
        if isinstance(node, Name | Derivative):
            return values[node.name], errors[node.name] if node.name in errors else _own(values[node.name])
        if not parts:
            return node.value, _own(node.value)
        numbered = {str(index): number for index, (number, _) in enumerate(parts)}
        result = value(rebuild(node, [Name(index) for index in numbered]), numbered)
        if isinstance(node, Negative):
            return result, parts[0][1]
        # Of a sum every partial sum is rounded, and none is larger than all terms together.
        rounded = sum(abs(as_mpf(number)) for number, _ in parts) if isinstance(node, Sum) else abs(as_mpf(result))
        return result, _SMALLEST + rounded + sum(_passed_on(node, place, parts, result) for place in range(len(parts)))

    for definition in definitions:
        if definition.name not in errors:
            errors[definition.name] = fold(definition.tree, carried)[1]
    return errors


def rounded(errors: Iterable[Any]) -> Any:
    """What numbers with these rounding errors may be off in the digits that checks compute with."""
    return MARGIN * context().eps * sum(errors)


def _own(number: Value) -> Any:
    """The error of an input: none where a double holds it."""
    return context().mpf(0) if is_exact(number) and _is_double(number) else _SMALLEST + abs(as_mpf(number))


def _is_double(number: Value) -> bool:
    try:
        return bool(float(number) == number)
    except OverflowError:
        return False


def _passed_on(node: Any, place: int, parts: list[_Part], result: Value) -> Any:
    """What the error of one child adds to that of ``node``: its size times that of the slope."""
    number, error = parts[place]
    if not error:
        return error
    others = [as_mpf(other) for index, (other, _) in enumerate(parts) if index != place]
    match node:
        case Product():
            slope: Any = context().fprod(others)
        case Quotient():
            slope = 1 / others[0] if place == 0 else as_mpf(result) / as_mpf(number)
        case Power() if number == 0:
            slope = int(place == 0 and others[0] == 1)
        case Power():
            slope = others[0] * as_mpf(result) / as_mpf(number) if place == 0 else as_mpf(result) * context().log(abs(others[0]))
        case Call():
            slope = _slope(node, place, [own for own, _ in parts], result)
        case _:
            slope = 1  # a term of a sum, or a mark
    return abs(slope) * error


def _slope(node: Call, place: int, arguments: list[Value], result: Value) -> Any:
    known = {name: value(tree, {}) for name, tree in list(functions.with_defaults(node).items())[len(arguments) :]}
    known |= dict(zip(functions.with_defaults(node), arguments, strict=False)) | {functions.OUTPUT: result}
    try:
        return as_mpf(value(functions.partial(node.function, place), known))
    except InputError:
        return context().inf  # sqrt at 0
