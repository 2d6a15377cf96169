"""Printed digits: what they round, whether a relation is = or ≈, and whether a number is that of its quantity."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

from ...array_tree import Matrix
from ...derivation import Derivation
from ...document.array_symbols import OF_ALL
from ...document.page import Page
from ...document.scripts import split_index
from ...forward import forward
from ...network import LEARNING_RATE
from ...tree import ALL_SAMPLES, Number, Quantity, Tree, plain
from .arithmetic import decimals
from .formulas import Formulas
from .printed import Printed, is_rational
from .quantities import Quantities
from .worlds import SampleWorld, TotalsWorld, name_terms

DIGITS = 400  # 1 − z of a saturated unit is not zero
_EQUAL = 360  # decimals in which equal numbers agree
_SLACK = 20
FEW_DIGITS, _NEAR = 60, 1e-30  # enough to tell most numbers from each other


def own_arithmetic() -> Any:
    return decimals(DIGITS, 10.0**-300)


def entries(tree: Tree) -> list[Number] | None:
    """The numbers of a side that is a number or a matrix of numbers, in rows; None for any other."""
    bare = plain(tree)
    found = [entry for row in bare.rows for entry in row] if isinstance(bare, Matrix) else [bare]
    return found if all(isinstance(entry, Number) for entry in found) else None  # type: ignore[return-value]


def are_equal(one: Any, two: Any) -> bool:
    """Whether two numbers of `DIGITS` digits are the same number."""
    return bool(one == two or abs(one - two) <= _least() * max(1, abs(one)))


def are_near(one: Any, two: Any) -> bool:
    """Whether `FEW_DIGITS` may not tell two numbers from each other, or from 0."""
    return bool(abs(one - two) <= _NEAR * max(1, abs(one)) or abs(one) <= _NEAR)


@cache
def _least() -> Any:
    return own_arithmetic().context.mpf(10) ** -_EQUAL


def rounds_to(exact: Any, number: Number) -> bool:
    """Whether ``exact``, rounded half up, has the digits of a printed number; zeros that end a whole number may stand for any.

    A lone 0 is no rounded number, which would show decimals or a power of ten: it stands for zero alone.
    """
    own = own_arithmetic()
    mantissa, _, exponent = (number.text or str(number.value)).partition("e")
    if "/" in mantissa or mantissa == "0":
        return are_equal(exact, own.number(number.value))
    places = len(mantissa.partition(".")[2]) - (int(exponent) if exponent else 0)
    if "." not in mantissa:
        places -= len(mantissa) - len(mantissa.rstrip("0"))
    half, slack = _half(places)
    shown = own.number(number.value)
    distance = abs(exact - shown)
    return bool(distance < half - slack or (distance <= half + slack and abs(shown) >= abs(exact) - slack))


@cache
def _half(places: int) -> tuple[Any, Any]:
    """Half of the last of so many decimals, and how far from it is still taken for it."""
    own = own_arithmetic()
    half = own.number(Fraction(1, 2) / Fraction(10) ** places)
    return half, half * own.context.mpf(10) ** -_SLACK


@dataclass
class OwnValues:
    """The quantities of a page at the network's own values, by the tape, in `DIGITS` digits."""

    page: Page
    _found: dict[Quantity, Any] = field(default_factory=dict)

    @cached_property
    def entries(self) -> Derivation:
        assert self.page.entries is not None
        return self.page.entries

    @cached_property
    def formulas(self) -> Formulas:
        return Formulas(own_arithmetic(), {}, lambda s: s)

    @cached_property
    def count(self) -> int:
        return max(1, len(self.page.derivation.network.samples))

    @cached_property
    def _samples(self) -> dict[int, SampleWorld]:
        return {}

    def sample(self, index: int) -> SampleWorld:
        """All values of one sample."""
        if index not in self._samples:
            network, own = self.entries.network, own_arithmetic()
            given = {name: own.number(number.value) for name, number in network.numbers_of(index).items()}
            if network.learning_rate is not None:
                given[LEARNING_RATE] = own.number(network.learning_rate.value)
            made = Quantities(forward(self.entries.network), network, self.entries.objective, self.formulas, given)
            world = SampleWorld(self.formulas, made)
            name_terms(world, self.entries.terms(self.page.view).terms if self.page.view != "none" else ())
            self._samples[index] = world
        return self._samples[index]

    def is_known(self, of: Quantity | None) -> bool:
        """Whether a quantity is a fraction for certain: given, or computed from such by the four operations."""
        if self.page.entries is None or of is None:
            return True
        return self._all_known or of.name in self._known

    @cached_property
    def _known(self) -> set[str]:
        known = {*self.entries.program.given, LEARNING_RATE}
        for definition in forward(self.entries.network).definitions:
            if is_rational(definition.tree) and known.issuperset(definition.reads):
                known.add(definition.name)
        return known

    @cached_property
    def _all_known(self) -> bool:
        return all(definition.name in self._known for definition in self.entries.program.definitions)

    @cached_property
    def totals(self) -> TotalsWorld:
        return TotalsWorld([self.sample(index) for index in range(self.count)], self.entries.network.reduction == "mean")

    def __getitem__(self, of: Quantity) -> Any:
        if of not in self._found:
            self._found[of] = self._value(of)
        return self._found[of]

    def _value(self, of: Quantity) -> Any:
        if self.page.entries is None:
            return own_arithmetic().number(self._given(of))
        if OF_ALL in of.name:
            return self._of_batch(of.name)
        if of.sample == ALL_SAMPLES and self.count > 1:
            return self.totals.named(of.name)
        return self.sample(max(of.sample, 0)).named(of.name)

    def _given(self, of: Quantity) -> Fraction:
        """A given number of a network that is not written out entry by entry; nothing else is printed there."""
        network = self.page.derivation.network
        if of.name == LEARNING_RATE and network.learning_rate is not None:
            return network.learning_rate.value
        base, index = split_index(of.name)
        known = {**network.values, **(network.samples[max(of.sample, 0)] if network.samples else {})}
        own = known[of.name if of.name in known else base]
        if isinstance(own, Number):
            return own.value
        place = 0
        for at, length in zip(index, own.shape, strict=True):
            place = place * length + int(at)
        return own.entries[place].value

    def _of_batch(self, name: str) -> Any:
        """An entry of a matrix of all samples: its index says which sample; what comes back has the share of a sample."""
        base, index = split_index(name)
        sample, rest = (index[0], index[1:]) if self.page.notation.rows else (index[-1], index[:-1])
        own = base.replace(OF_ALL, "") + "".join(f"[{place}]" for place in rest)
        value = self.sample(int(sample)).named(own)
        back = base.startswith("delta_") or "/d" in base
        return value / self.count if back and self.totals.mean else value


class Carried:
    """Under ``carry`` a rounded result is what the next steps compute with: a name has one printed number on the whole page."""

    def __init__(self) -> None:
        self.texts: dict[Quantity, str] = {}
        self.followed: set[Quantity] = set()

    def seen(self, number: Number) -> str:
        """Note a number; what is wrong where it was another before."""
        assert number.of is not None
        before = self.texts.setdefault(number.of, number.text)
        if before != number.text and Fraction(before) != Fraction(number.text):
            return f"{number.of.name} is {number.text} here and {before} before"
        return ""


def printed_value(tree: Tree, exactly: bool = False) -> Any:
    """What a reader computes from the digits of a side."""
    return _reader(exactly).value(tree)


@cache
def _reader(exactly: bool) -> Printed:
    return Printed(Formulas(own_arithmetic() if exactly else decimals(FEW_DIGITS, 1.0), {}, lambda s: s))
