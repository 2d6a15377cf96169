"""Why an equation is wrong: its right side is another quantity, off by a factor, or a term is missing.

Each explanation must hold at every point tried, so none is found by chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from ..derivation import Derivation
from ..errors import InputError
from ..functions import GENERIC
from ..network import LEARNING_RATE
from ..precise import Value, as_mpf, value
from ..program import Activation
from ..tree import Call, Name
from .quantities import TOTAL

_CLOSE = Fraction(1, 10**25)
_LARGEST_DENOMINATOR = 64

Samples = list[tuple[Value, Value, Mapping[str, Any]]]  # left side, right side, all quantities
Column = list[Any]


def diagnose(samples: Samples, derivation: Derivation, on_left: set[str], on_right: set[str]) -> list[str]:
    """At most one explanation of why left = right is wrong; none where no simple one holds at every sample."""
    if len(samples) < 2:
        return []
    left, right = [as_mpf(sample[0]) for sample in samples], [as_mpf(sample[1]) for sample in samples]
    columns = {name: [sample[2].get(name) for sample in samples] for name in samples[0][2] if name != GENERIC and "/" not in name}
    known = {name: [as_mpf(number) for number in column] for name, column in columns.items() if None not in column}
    ratio = [one / two for one, two in zip(left, right, strict=True)] if all(left) and all(right) else []
    difference = [one - two for one, two in zip(left, right, strict=True)]
    inner = (name for name in known if name.startswith(("slope_", "z_")) and {name} != on_left)
    factors = (LEARNING_RATE, *derivation.program.given, *inner)
    explanations = (
        *_constant_factor(ratio),
        *_one_sample(right, known, on_left),
        *_factor(ratio, known, factors, lacking=True),
        *_other_quantity(right, known, on_right),
        *_factor(ratio, known, factors, lacking=False),
        *_wrong_argument(ratio, samples, derivation),
        *_missing_term(difference, known, on_left),
    )
    return list(explanations[:1])


def _constant_factor(ratio: Column) -> Iterator[str]:
    if ratio and _same(ratio, [ratio[0]] * len(ratio)):
        factor = _fraction(ratio[0])
        if factor == -1:
            yield "the sign is turned"
        elif factor is not None:
            yield f"the left side is {_signed(factor)} times the right side, the right side {_signed(1 / factor)} of the left"


def _other_quantity(right: Column, known: Mapping[str, Column], on_right: set[str]) -> Iterator[str]:
    signals = [name for name in known if name.startswith("delta_")]
    for name in (*signals, *(name for name in known if name.startswith("d") and "_d" in name)):
        if on_right == {name}:
            continue
        for sign, text in ((1, ""), (-1, "-")):
            if _same(right, [sign * number for number in known[name]]):
                yield f"the right side is {text}{name}"
                return


def _one_sample(right: Column, known: Mapping[str, Column], on_left: set[str]) -> Iterator[str]:
    for name in on_left:
        share = known.get(name.removeprefix(TOTAL))
        if len(on_left) == 1 and name.startswith(TOTAL) and share is not None and _same(right, share):
            yield f"the right side is {name.removeprefix(TOTAL)} of one sample, not the sum over the samples"


def _factor(ratio: Column, known: Mapping[str, Column], factors: Iterable[str], lacking: bool) -> Iterator[str]:
    """A named factor that the right side lacks, or has too much, alone or together with a constant."""
    for name in factors if ratio else ():
        column = known.get(name)
        if column is None or not all(column):
            continue
        quotient = [one / number if lacking else one * number for one, number in zip(ratio, column, strict=True)]
        factor = _fraction(quotient[0]) if _same(quotient, [quotient[0]] * len(quotient)) else None
        if factor is not None:
            rest = "" if factor == 1 else f", and lacks the factor {_signed(factor)}"
            yield f"the right side {'lacks' if lacking else 'has too much'} the factor {name}{rest}"
            return


def _wrong_argument(ratio: Column, samples: Samples, derivation: Derivation) -> Iterator[str]:
    """A slope too much, or a slope taken at the unit's output instead of at its net input."""
    if not ratio:
        return
    functions = {d.function: d for d in derivation.program.definitions if isinstance(d, Activation)}
    for activation in functions.values():
        if activation.function in ("", "identity"):
            continue
        for name in (*derivation.program.given, *derivation.program.by_name):
            slope = _slopes(activation, name, samples)
            if slope is None:
                continue
            if _same(ratio, [1 / number for number in slope]):
                yield f"the right side has too much the slope of {activation.function} at {name}"
                return
    for activation in (d for d in derivation.program.definitions if isinstance(d, Activation)):
        output, argument = activation.name, activation.argument
        at_output, at_input = (_slopes(activation, name, samples) for name in (output, argument))
        if at_output and at_input and _same(ratio, [one / two for one, two in zip(at_input, at_output, strict=True)]):
            yield f"the slope of unit {activation.unit} is taken at its output {output}, not at its net input {argument}"
            return


def _slopes(activation: Activation, name: str, samples: Samples) -> Column | None:
    call = activation.template
    if not isinstance(call, Call):
        return None
    tree = Call(call.function, (Name(name), *call.arguments[1:]), prime=True)
    try:
        found = [as_mpf(value(tree, sample[2], sample[2][GENERIC])) for sample in samples]
    except (InputError, KeyError):
        return None
    return found if all(found) else None


def _missing_term(difference: Column, known: Mapping[str, Column], on_left: set[str]) -> Iterator[str]:
    for name, column in known.items():
        if {name} == on_left or name.startswith(TOTAL):
            continue
        for sign, text in ((1, ""), (-1, "-")):
            if _same(difference, [sign * number for number in column]):
                yield f"the right side lacks the term {text}{name}"
                return


def _same(one: Column, two: Column) -> bool:
    return all(abs(a - b) <= as_mpf(_CLOSE) * max(abs(a), abs(b)) for a, b in zip(one, two, strict=True))


def _fraction(number: Any) -> Fraction | None:
    """The simple fraction that a number is, if it is one."""
    found = Fraction(float(number)).limit_denominator(_LARGEST_DENOMINATOR)
    return found if found and _same([number], [as_mpf(found)]) else None


def _signed(factor: Fraction) -> str:
    return f"({factor})" if factor < 0 or factor.denominator > 1 else str(factor)
