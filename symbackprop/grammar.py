"""The equation language: a small safe grammar that turns text into a `tree.Tree`.

    sum      = product (("+" | "-") product)*
    product  = signed (("*" | "/" | "@") signed)*
    signed   = ("-" | "+") signed | power
    power    = element ["**" signed]
    element  = atom ("[" index "]")*
    index    = ["-"] digits | "t" ["-" digits]
    atom     = number | name | name "(" sum ("," sum)* ")" | "(" sum ")"

Precedence is Python's: ``-x**2`` is −(x²) and ``2**-1`` is one half. Arrays mean what NumPy means: ``@`` is the
matrix product, everything else goes entry by entry. Nothing is evaluated and no code runs. Numbers keep the
digits they were written with.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from .array_tree import Element, MatMul, Mean, Outer, Reduce, Softmax, Transpose
from .errors import InputError, nearest
from .tree import Call, Name, Negative, Number, Power, Product, Quotient, Sum, Tree

MAX_LENGTH = 100_000  # characters of one formula
MAX_NESTING = 100  # levels of parentheses, signs and exponents
MAX_DIGITS = 1000  # characters of one number
MAX_INDEX = 10**9
MAX_EXPONENT = 400  # decimal exponent of a number: beyond the range of double precision

# The functions of whole arrays, with the numbers of arguments they take; the second one of a sum or mean is an axis.
ARRAY_FUNCTIONS: Mapping[str, tuple[int, ...]] = {
    "sum": (1, 2),
    "mean": (1, 2),
    "T": (1,),
    "transpose": (1,),
    "outer": (2,),
    "softmax": (1,),
}

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*)|(?P<sign>\*\*|[-+*/@(),\[\]=])|(?P<bad>\S))"
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


def parse(text: str, functions: Mapping[str, Collection[int]], where: str = "") -> Tree:
    """The tree of ``text``. ``functions`` maps each known function to the numbers of arguments it takes.

    Raises InputError with the column of what could not be read.
    """
    return _Parser(text, functions, where).parse()


def number(text: str, where: str = "") -> Number:
    """The exact number that a decimal text or a fraction like ``1/3`` stands for.

    Raises InputError where it is none, or not finite, or out of the range of double precision.
    """
    stripped = text.strip().replace("_", "")
    match = re.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?|[+-]?\d+\s*/\s*\d+", stripped)
    if not match:
        kind = "not a finite number" if stripped.lower().strip("+-") in ("nan", "inf", "infinity") else "not a number"
        raise InputError(f"{text.strip()!r} is {kind}; write a decimal like 0.25 or a fraction like 1/3", where)
    if len(stripped) > MAX_DIGITS or match[1] is not None and abs(int(match[1])) > MAX_EXPONENT:
        raise InputError(f"{stripped[:30]} is outside the range of double precision", where)
    try:
        value = Fraction("".join(stripped.split()))
    except ZeroDivisionError:
        raise InputError(f"{stripped!r} divides by zero", where) from None
    check_range(value, stripped[:30], where)
    stripped = stripped if value else stripped.lstrip("-")  # zero has no sign
    keeps_digits = re.fullmatch(r"-?\d+\.\d+|-?\d+(\.\d+)?[eE][+-]?\d+", stripped)
    return Number(value, stripped.lower() if keeps_digits else "")


def check_range(value: Fraction, shown: str, where: str = "") -> None:
    """Raise InputError unless ``value`` is zero or has a double next to it: what is read must also be computable."""
    try:
        representable = not value or float(value) != 0
    except OverflowError:
        representable = False
    if not representable:
        raise InputError(f"{shown} is outside the range of double precision", where)


class _Parser:
    def __init__(self, text: str, functions: Mapping[str, Collection[int]], where: str) -> None:
        self.text, self.functions, self.where = text, functions, where
        if len(text) > MAX_LENGTH:
            raise InputError(f"a formula of {len(text)} characters; the limit is {MAX_LENGTH}", where)
        self.tokens: list[_Token] = []
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup
            if kind:
                self.tokens.append(_Token(kind, match[kind], match.start(kind) + 1))
        self.next = 0
        self.depth = 0
        for token in self.tokens:
            if token.kind == "bad":
                remedy = "; write ** for a power" if token.text == "^" else ""
                raise self.error(f"{token.text!r} has no meaning in a formula{remedy}", token)

    def error(self, message: str, token: _Token | None = None) -> InputError:
        column = token.column if token else len(self.text.rstrip()) + 1
        shown = self.text.strip() if len(self.text) <= 60 else self.text.strip()[:57] + "..."
        return InputError(f"{message} (column {column} of {shown!r})", self.where)

    def peek(self) -> str:
        if self.next < len(self.tokens) and self.tokens[self.next].kind == "sign":
            return self.tokens[self.next].text
        return ""

    def take(self) -> _Token:
        if self.next >= len(self.tokens):
            raise self.error("the formula ends where a number, a name or '(' is expected")
        self.next += 1
        return self.tokens[self.next - 1]

    def expect(self, sign: str) -> None:
        if self.peek() != sign:
            found = self.tokens[self.next] if self.next < len(self.tokens) else None
            raise self.error(f"expected {sign!r}, found {found.text!r}" if found else f"expected {sign!r} before the end", found)
        self.next += 1

    def parse(self) -> Tree:
        if not self.tokens:
            raise InputError("the formula is empty", self.where)
        tree = self.sum()
        if self.next < len(self.tokens):
            token = self.tokens[self.next]
            raise self.error(f"expected an operator or the end, found {token.text!r}", token)
        return tree

    def nest(self) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise InputError(f"a formula nested more than {MAX_NESTING} deep; give its parts names of their own", self.where)

    def sum(self) -> Tree:
        self.nest()
        terms = [self.product()]
        while self.peek() in ("+", "-"):
            sign = self.take().text
            term = self.product()
            terms.append(Negative(term) if sign == "-" else term)
        self.depth -= 1
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def product(self) -> Tree:
        factors = [self.signed()]
        while self.peek() in ("*", "/", "@"):
            sign = self.take().text
            if sign == "*":
                factors.append(self.signed())
            else:
                # a*b/c is read (a*b)/c, as in Python.
                before = factors[0] if len(factors) == 1 else Product(tuple(factors))
                factors = [(Quotient if sign == "/" else MatMul)(before, self.signed())]
        return factors[0] if len(factors) == 1 else Product(tuple(factors))

    def signed(self) -> Tree:
        if self.peek() not in ("+", "-"):
            return self.power()
        self.nest()
        sign = self.take().text
        body = self.signed()
        self.depth -= 1
        return Negative(body) if sign == "-" else body

    def power(self) -> Tree:
        base = self.element()
        if self.peek() != "**":
            return base
        self.nest()
        self.take()
        exponent = self.signed()
        self.depth -= 1
        return Power(base, exponent)

    def element(self) -> Tree:
        body = self.atom()
        index = []
        while self.peek() == "[":
            self.take()
            index.append(self.index())
            self.expect("]")
        return Element(body, tuple(index)) if index else body

    def index(self) -> str:
        """A whole number, counted from 0, or from the end with a minus; or the time ``t``, ``t-1``."""
        sign = ""
        if self.peek() == "-":
            sign = self.take().text
        token = self.take()
        if token.kind == "number" and token.text.isdigit() and int(token.text) <= MAX_INDEX:
            return sign + str(int(token.text))
        if token.text != "t" or sign:
            raise self.error(f"expected an index like 0, t or t-1, found {sign}{token.text}", token)
        if self.peek() != "-":
            return "t"
        self.take()
        delay = self.take()
        if delay.kind != "number" or not delay.text.isdigit() or not 0 < int(delay.text) <= MAX_INDEX:
            raise self.error(f"expected a delay like t-1, found t-{delay.text}", delay)
        return f"t-{int(delay.text)}"

    def atom(self) -> Tree:
        token = self.take()
        if token.kind == "number":
            return number(token.text, self.where)
        if token.kind == "name":
            return self.call(token) if self.peek() == "(" else Name(token.text)
        if token.text == "(":
            inner = self.sum()
            self.expect(")")
            return inner
        raise self.error(f"expected a number, a name or '(', found {token.text!r}", token)

    def call(self, token: _Token) -> Tree:
        known = {**self.functions, **ARRAY_FUNCTIONS}
        if token.text not in known:
            raise self.error(f"there is no function {token.text!r}" + nearest(token.text, known), token)
        self.expect("(")
        arguments = [self.sum()]
        while self.peek() == ",":
            self.take()
            arguments.append(self.sum())
        self.expect(")")
        allowed = known[token.text]
        if len(arguments) not in allowed:
            wanted = " or ".join(str(count) for count in sorted(allowed))
            raise self.error(f"{token.text} takes {wanted} argument(s), not {len(arguments)}", token)
        match token.text:
            case "T" | "transpose":
                return Transpose(arguments[0])
            case "outer":
                return Outer(arguments[0], arguments[1])
            case "softmax":
                return Softmax(arguments[0])
            case "sum":
                return Reduce(arguments[0], self.axis(arguments, token))
            case "mean":
                return Mean(arguments[0], self.axis(arguments, token))
        return Call(token.text, tuple(arguments))

    def axis(self, arguments: list[Tree], token: _Token) -> int | None:
        """The axis of a sum or mean, None for all entries."""
        if len(arguments) == 1:
            return None
        if arguments[1] not in (Number(Fraction(0)), Number(Fraction(1))):
            raise self.error(f"the axis of {token.text} must be 0 or 1", token)
        return int(arguments[1].value)
