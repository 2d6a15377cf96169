"""What one field of a network may hold: a name, a number, a formula, an activation.

Each function takes what came from a file or from Python, and gives it back checked and in the
project's own terms, or raises InputError with the place.
"""

from __future__ import annotations

import math
import numbers
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args

from . import grammar
from .array_tree import ArrayTree, Element, Mean, Reduce, Softmax
from .errors import InputError, nearest
from .functions import ACTIVATIONS, ARGUMENT_COUNTS, GENERIC, GENERIC_NAMES
from .plain_text import plain_text
from .tree import Call, Name, Negative, Number, Power, Product, Quotient, Sum, Tree, fold, names

NET_INPUT = "s"  # in an activation's formula: the unit's own net input
LEARNING_RATE = "learning_rate"
MAX_NAME = 100
MAX_LENGTH = 1_000_000  # of one axis
_ACTIVATION_NAMES = (*ACTIVATIONS, "softmax", *GENERIC_NAMES)
_TIMED = re.compile(r"(.+?)\[t(?:-[1-9]\d{0,8})?\]")
_INDICES = re.compile(r"(\[-?\d{1,9}\])+$")  # of an entry, W1[0][2], or a step, h[3]
MAX_POWER = 1000  # a constant exponent
MAX_CONSTANT_BITS = 100_000  # of the exact value of a constant part of a formula

Value = int | float | str | Decimal | Fraction | Number


def describe(value: object) -> str:
    """What was found, for an error message: short whatever its size."""
    match value:
        case str():
            return repr(value if len(value) <= 40 else value[:37] + "...")
        case bool():
            return "true" if value else "false"
        case Mapping():
            return "a table"
        case list() | tuple():
            return "an array"
        case None:
            return "nothing"
        case int() if value.bit_length() > 100:
            return "a very large whole number"
        case Number():
            return value.text[:40] or str(value.value)[:40]
        case int() | float() | Decimal() | Fraction():
            return str(value)[:40]
    return f"something of type {type(value).__name__}"


def check_name(name: object, where: str) -> str:
    """``name`` if it can name a symbol; InputError otherwise."""
    if not isinstance(name, str):
        raise InputError(f"expected a name in quotes, found {describe(name)}", where)
    # Python reads x and its full-width form as one identifier, so only one of them may be a name.
    base = _INDICES.sub("", name)
    identifier = base.isidentifier() or (base.isdigit() and base != name)  # 2[0] is the first unit of layer 2
    if not identifier or len(name) > MAX_NAME or unicodedata.normalize("NFKC", name) != name:
        raise InputError(
            f"{name[:40]!r} cannot be a name; use letters, digits and _ (not first a digit), at most {MAX_NAME} characters", where
        )
    if re.fullmatch(r"C_\d+", name):
        raise InputError(f"{name!r} is kept for the cached terms C_1, C_2, …; choose another name", where)
    if name in ARGUMENT_COUNTS or name == LEARNING_RATE:
        meaning = "is a function" if name in ARGUMENT_COUNTS else "is the step size of the updates"
        raise InputError(f"{name!r} {meaning} and cannot name anything else; choose another name", where)
    return name


def check_names(value: object, where: str) -> tuple[str, ...]:
    """A list of distinct names."""
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise InputError(f"expected a list of names, found {describe(value)}", where)
    found = tuple(check_name(name, where) for name in value)
    seen: set[str] = set()
    for name in found:
        if name in seen:
            raise InputError(f"{name!r} is listed twice", where)
        seen.add(name)
    return found


def check_length(value: object, where: str) -> int | str:
    """The length of a vector: a positive whole number, or a name for one that is not given."""
    if isinstance(value, str):
        if value.strip().isdigit():
            raise InputError(f"expected a number without quotes, found {describe(value)}", where)
        return check_name(value, where)
    if isinstance(value, Number) and value.value.denominator == 1:
        value = int(value.value)
    elif isinstance(value, numbers.Integral) and not isinstance(value, bool):  # NumPy's as well
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"expected a whole number, or a name for one that is not given, found {describe(value)}", where)
    if not 0 < value <= MAX_LENGTH:
        raise InputError(f"expected a number from 1 to {MAX_LENGTH}, found {describe(value)}", where)
    return value


def check_pairs(value: object, where: str, wanted: str, timed: bool = False) -> tuple[tuple[str, str], ...]:
    """A mapping from name to name, or the pairs of one. ``wanted`` says in an error what stands for what.

    ``timed`` allows ``h[t-1]`` for what stands first.
    """
    pairs = value.items() if isinstance(value, Mapping) else value
    if isinstance(pairs, str) or not isinstance(pairs, Iterable):
        raise InputError(f"expected {wanted}, found {describe(value)}", where)
    pairs_found = []
    for pair in pairs:
        if isinstance(pair, str) or not isinstance(pair, Iterable) or len(both := tuple(pair)) != 2:
            raise InputError(f"expected {wanted}, found {describe(pair)}", where)
        if isinstance(both[1], Value) and not isinstance(both[1], str):
            found = f"found {describe(both[1])}"
            raise InputError(f"expected a name in quotes for {describe(both[0])}, {found}; numbers go in values", where)
        first = both[0]
        if timed and isinstance(first, str) and (match := _TIMED.fullmatch(first)):
            check_name(match[1], where)
        else:
            check_name(first, where)
        pairs_found.append((first, check_name(both[1], where)))
    return tuple(pairs_found)


def as_number(value: object, where: str) -> Number:
    """The exact number of a Python, NumPy, SymPy or TOML value: 0.1 is one tenth.

    Raises InputError for anything else, and for what is not finite or outside the range of double precision.
    """
    if hasattr(value, "tolist"):  # a NumPy scalar
        value = value.tolist()
    match value:
        case Number():
            grammar.check_range(value.value, "the number", where)
            return value
        case bool():
            pass
        case str():
            return grammar.number(value, where)
        case Decimal():
            return grammar.number(str(value), where)
        case numbers.Rational():
            exact = Fraction(int(value.numerator), int(value.denominator))
            grammar.check_range(exact, "the number", where)
            return Number(exact)
        case numbers.Real():
            return grammar.number(repr(float(value)), where)
    raise InputError(f"expected a number, found {describe(value)}", where)


def parse_formula(text: object, where: str) -> Tree:
    """A formula of the equation language: text, or a tree already."""
    if isinstance(text, get_args(Tree)):
        return text
    if not isinstance(text, str):
        raise InputError(f"expected a formula in quotes, found {describe(text)}", where)
    tree = grammar.parse(text.strip(), ARGUMENT_COUNTS, where)
    _check_constants(tree, where)
    return tree


def _check_constants(tree: Tree, where: str) -> None:
    """Refuse powers like 9**9**9, which exact arithmetic could not hold, and constants without a value."""

    # Of a node without names: how many bits its exact value takes at most, and about what it is. Of any other: None.
    def measure(node: Any, parts: list[tuple[float, float] | None]) -> tuple[float, float] | None:
        if isinstance(node, Number):
            return node.value.numerator.bit_length() + node.value.denominator.bit_length(), float(node.value)
        known = [part for part in parts if part is not None]
        if isinstance(node, Power) and parts[1] is not None and MAX_POWER < abs(parts[1][1]) < math.inf:
            raise InputError(f"an exponent of {parts[1][1]:g}; the limit is {MAX_POWER}", where)
        if isinstance(node, Quotient) and parts[1] is not None and parts[1][1] == 0:
            raise InputError("the formula divides by zero", where)
        if isinstance(node, Name) or len(known) < len(parts):
            return None
        if isinstance(node, Power) and known[0][1] == 0 > known[1][1]:
            raise InputError("the formula takes a negative power of zero", where)
        bits = known[0][0] * abs(known[1][1]) if isinstance(node, Power) else sum(part[0] for part in known)
        if bits > MAX_CONSTANT_BITS:
            raise InputError(f"a constant whose exact value takes more than {MAX_CONSTANT_BITS} bits; write a decimal", where)
        return max(bits, 1), _estimate(node, [part[1] for part in known])

    fold(tree, measure)


def _estimate(node: Any, values: list[float]) -> float:
    """The value of a constant node in double precision, infinite where it has none or is a function's."""
    value = math.inf
    try:
        match node:
            case Negative():
                value = -values[0]
            case Sum():
                value = sum(values)
            case Product():
                value = math.prod(values)
            case Quotient():
                value = values[0] / values[1]
            case Power():
                value = math.pow(values[0], values[1])
    except (ArithmeticError, ValueError):
        pass
    return math.inf if math.isnan(value) else value


def parse_activation(text: object, where: str) -> Tree:
    """An activation as a tree in the net input ``s``: the name of one, or a formula with one free name."""
    argument = Name(NET_INPUT)
    if isinstance(text, str):
        text = text.strip()
        if text in GENERIC_NAMES:
            return Call(GENERIC, (argument,))
        if text in ("identity", NET_INPUT):
            return argument
        if text == "softmax":
            return Softmax(argument)
        if text in ACTIVATIONS:
            return Call(text, (argument,))
        if text.isidentifier() or not text:
            raise InputError(f"there is no activation {describe(text)}{nearest(text, _ACTIVATION_NAMES)}", where)
    elif not isinstance(text, get_args(Tree)):
        raise InputError(f"expected the name of an activation or a formula, found {describe(text)}", where)
    tree = parse_formula(text, where)
    if names(tree) != (NET_INPUT,):
        shown = f" {describe(text)}" if isinstance(text, str) else ""
        raise InputError(f"the activation{shown} must be a formula in {NET_INPUT}, its net input, alone", where)
    if tree != Softmax(argument):
        refuse_arrays(tree, "an activation", where)
    return tree


def refuse_arrays(tree: Tree, what: str, where: str) -> None:
    """Raise InputError where a formula of scalars has an operation of arrays."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, get_args(ArrayTree)) and not _is_of_time(node):
            raise InputError(f"{what} is a formula of scalars and cannot have {plain_text(node)[:40]!r}", where)
        stack.extend(node.children)


def _is_of_time(node: Any) -> bool:
    """Whether a node is a symbol at a time, ``h[t-1]``, and not an entry of an array."""
    return isinstance(node, Element) and isinstance(node.body, Name) and len(node.index) == 1 and node.index[0].startswith("t")


def has_arrays(tree: Tree, timed: Collection[str] = ()) -> bool:
    """Whether a formula has an operation of arrays. A step of a ``timed`` name, ``h[3]``, or its sum over time is none."""
    stack = [tree]
    while stack:
        node = stack.pop()
        over_time = isinstance(node, Reduce | Mean | Element) and isinstance(node.body, Name) and node.body.name in timed
        if over_time and (not isinstance(node, Element) or len(node.index) == 1):
            continue
        if isinstance(node, get_args(ArrayTree)) and not _is_of_time(node):
            return True
        stack.extend(node.children)
    return False


def activation_name(template: Tree) -> str:
    """The name of the function that an activation is, ``identity`` and ``generic`` included; empty for a formula."""
    if template == Name(NET_INPUT):
        return "identity"
    if isinstance(template, Softmax):
        return "softmax"
    if isinstance(template, Call) and template.arguments[0] == Name(NET_INPUT):
        if all(isinstance(argument, Number) for argument in template.arguments[1:]):
            return template.function
    return ""
