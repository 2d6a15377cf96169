"""Line by line: the sides of each statement at random points, and its numbers from the digits that are printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import islice, pairwise
from itertools import product as choices
from typing import Any

from ...array_tree import Matrix
from ...arrays import element_names
from ...document.model import OF_STATE, OF_STEP
from ...document.page import Page
from ...errors import InputError, LineError
from ...general_step import LAST
from ...network import LEARNING_RATE, NET_INPUT
from ...numbers import Worked, accumulate, work
from ...time_steps import TIME
from ...tree import ALL_SAMPLES, Derivative, Name, Number, Quantity, Sum, Tree, names
from .compared import Compared, gap_of, value_text, values_of, worst_of
from .digits import Carried, OwnValues, are_equal, are_near, entries, printed_value, rounds_to
from .formulas import Formulas
from .printed import (
    Letters,
    Misfit,
    NoValue,
    Printed,
    World,
    as_symbols,
    is_numeric,
    is_rational,
    is_rounding,
    numbers_in,
)
from .proof import NO_VALUE
from .quantities import Unknown
from .statements import CELL, Statement
from .tape import is_array

MAX_INSTANCES, FEW_INSTANCES = 12, 4  # choices of the letters of an equation that are tried; among large arrays
# What a gap of the check raises: such a line counts as not evaluated, with the reason, and the page is printed.
GAPS = (ArithmeticError, AssertionError, AttributeError, InputError, LookupError, NoValue, TypeError, ValueError)
ARGUMENTS = (1, -1, 3, -2)  # factors of a random number, of which a function of s alone is tried


@dataclass
class Worlds:
    """The points at which statements of one kind are evaluated; the steps that t runs over, where there is one."""

    points: Sequence[World]
    steps: range = range(0)
    last: int = 0


@dataclass
class Counts:
    """What has been evaluated."""

    lines: int = 0
    sides: int = 0
    numbers: int = 0
    worst: Any = 0.0
    left_out: dict[str, int] = field(default_factory=dict)  # by the reason

    def leave_out(self, reason: str) -> None:
        self.left_out[reason] = self.left_out.get(reason, 0) + 1


class Lines:
    """Checks the statements of one page. ``worlds`` gives the points for what statements hold for, ``sharper`` in more digits."""

    def __init__(self, page: Page, worlds: Callable[[str], Worlds], sharper: Callable[[str], Worlds]) -> None:
        self.page, self.worlds, self.sharper = page, worlds, sharper
        self.counts = Counts()
        self.carry = page.style.policy == "carry"
        self.own = OwnValues(page)
        self.carried = Carried()
        self.unfollowed: dict[Quantity, Statement] = {}
        self.gaps: dict[str, None] = {}  # of the statement that is being checked, by the reason
        self.without: dict[str, str] = {}  # kinds of statements for which there are no points, and why
        self.right: set[tuple[Quantity, str, Any]] = set()  # numbers that have been compared with their quantities
        self.exact: dict[tuple[Quantity, Fraction], bool] = {}
        self.given = {*page.derivation.program.given, *(page.entries.program.given if page.entries else ()), LEARNING_RATE}

    def check(self, statement: Statement) -> None:
        """Raise LineError where a statement does not hold."""
        self.counts.lines += 1
        self.gaps.clear()
        try:
            self._is_evaluated(self._symbols, statement)
            self._is_evaluated(self._digits, statement)
        except (Misfit, Unknown) as error:
            reason = f"{error} means nothing there" if isinstance(error, Unknown) else str(error)
            raise LineError(statement.section, str(statement), reason) from None
        for reason in self.gaps:
            self.counts.leave_out(reason)

    def _is_evaluated(self, check: Callable[..., None], *given: Any) -> bool:
        """Check something; whether it could be evaluated. Raises Misfit where it was, and does not hold."""
        try:
            check(*given)
        except (LineError, Misfit, Unknown):
            raise
        except GAPS as error:
            self.gaps[_reason(error)] = None
            return False
        return True

    # As a line of symbols.

    def _symbols(self, statement: Statement) -> None:
        sides = self._sides(statement)
        if len(sides) < 2:
            return
        own = self.points(statement.holds)
        if not own.points:
            self.gaps[self.without.get(statement.holds, NO_VALUE)] = None
            return
        before, evaluated = dict(self.gaps), False
        of_function = NET_INPUT in names(statement.left) and not statement.ranges
        for place, point in enumerate(own.points):
            for letters in self._instances(statement, own, point.formulas):
                for factor in ARGUMENTS if of_function else (None,):
                    evaluated |= self._is_evaluated(self._at, place, point, statement.holds, sides, factor, letters)
        if evaluated:  # at some points: that it has no value at others is no gap
            self.gaps = before
            self.counts.sides += len(sides) - 1

    def _at(
        self, place: int, point: World, holds: str, sides: list[tuple[str, Tree]], factor: int | None, letters: Letters
    ) -> None:
        """Compare the sides at one point; where they differ, once more with more digits, which tells rounding from a fault."""
        found = values_of(sides, point, factor, letters)
        worst = max((worst_of(point.formulas, one) for one in found), default=0)
        if worst <= point.formulas.own.tolerance:
            self.counts.worst = max(self.counts.worst, float(worst))
            return
        finer = self.sharper(holds).points[place]
        self._more_digits(found, point.formulas, values_of(sides, finer, factor, letters), finer.formulas, letters)

    def points(self, holds: str) -> Worlds:
        """The points of statements of one kind; none, with the reason in `without`, where they cannot be made."""
        if holds not in self.without:
            try:
                return self.worlds(holds)
            except GAPS as error:
                self.without[holds] = _reason(error)
        return Worlds(())

    def _sides(self, statement: Statement) -> list[tuple[str, Tree]]:
        """The sides that are symbols; numbers that are values of quantities stand for these."""
        left = statement.left
        if statement.steps and statement.steps[0][0] == "←" and isinstance(left, Name):
            left = Name(f"new_{left.name}")
        kept = [
            (sign, tree)
            for sign, tree in statement.steps
            if not (sign == CELL and isinstance(tree, Number) and tree.of is None)
            and not (statement.sample and sign == CELL)
            and not self._is_spelled_out(statement.left, tree)
        ]
        if self.own.count > 1:
            return [("", left), *kept]
        # Numbers put in are the symbols of the side before, once more.
        found = [("", left)]
        before = as_symbols(left)
        for sign, tree in kept:
            symbols = as_symbols(tree)
            if sign == "≤" or symbols != before:
                found.append((sign, tree))
            before = symbols
        return found

    def _is_spelled_out(self, left: Tree, tree: Tree) -> bool:
        """Whether a side has nothing but the entries of the array on the left, each in its place."""
        if not isinstance(left, Name) or not isinstance(tree, Matrix):
            return False
        shape = self.page.notation.shapes.get(left.name, ())
        shape = tuple(length for length in shape if not isinstance(length, str))  # of a batch of any size one sample is given
        own = [(number.of.name if number.of else "") for number in entries(tree) or ()]
        size = (shape[0], 1) if len(shape) == 1 and not self.page.notation.rows else (1, *shape)[-2:]
        return own == list(element_names(left.name, shape)) and size == (len(tree.rows), len(tree.rows[0]))

    @staticmethod
    def _more_digits(
        found: Sequence[Compared], formulas: Formulas, finer: Sequence[Compared], sharp: Formulas, letters: Letters
    ) -> None:
        """Sides that differ, in more digits: a rounding error goes away, as where large terms cancel, a fault does not."""
        at = f" at {', '.join(f'{name} = {index}' for name, index in letters.items())}" if letters else ""
        for one, other in zip(found, finer, strict=True):
            if worst_of(formulas, one) <= formulas.own.tolerance:
                continue
            before, after = one.sides
            if not is_rounding(formulas.own, gap_of(one), sharp.own, gap_of(other)):
                if one.sign == "≤":
                    raise Misfit(f"{value_text(formulas, before)} is larger than {value_text(formulas, after)}{at}")
                if one.sign != "=":
                    raise Misfit(f"what stands over the brace is not {one.sign}{at}")
                raise Misfit(f"at random values the sides are {value_text(formulas, before)} and {value_text(formulas, after)}{at}")

    def _instances(self, statement: Statement, own: Worlds, formulas: Formulas) -> Iterator[dict[str, int]]:
        """The choices of the letters for which a statement holds, from all over their ranges where there are many."""
        letters = [letter for letter, _ in statement.ranges]
        lengths = [range(formulas.length(last)) for _, last in statement.ranges]
        fixed = {LAST: own.last} if own.last else {}
        if statement.holds in (OF_STEP, OF_STATE):
            letters, lengths = [*letters, TIME], [*lengths, own.steps]
        count = 1
        for length in lengths:
            count *= len(length)
        most = MAX_INSTANCES if formulas.own.many else FEW_INSTANCES
        stride = max(1, -(-count // most))
        if stride > 1 and lengths and stride % len(lengths[-1]) == 0:
            stride += 1  # else the last letter would stay as it is
        for chosen in islice(choices(*lengths), 0, None, stride):
            yield {**fixed, **dict(zip(letters, chosen, strict=True))}

    # As a line of numbers.

    def _digits(self, statement: Statement) -> None:
        sides = [("", statement.left), *statement.steps]
        numbers = [number for _, tree in sides for number in numbers_in(tree)]
        for number in numbers:
            self.counts.numbers += self._is_evaluated(self._number, number, statement)
        if statement.steps[0][0] == CELL:
            self._cell(statement)
            return
        for (_, before), (sign, after) in pairwise(sides):
            if sign not in ("=", "≈"):
                continue
            if is_numeric(before) and is_numeric(after):
                if self._is_evaluated(self._from_digits, before, sign, after):
                    self._follow(statement)
            else:
                self._is_evaluated(self._sign, sign, [*numbers_in(before), *numbers_in(after)])

    def _number(self, number: Number, statement: Statement) -> None:
        """A printed number is that of its quantity."""
        assert number.of is not None
        if statement.sample != number.of.sample and statement.steps[0][0] == CELL and not self._is_same(number.of):
            raise Misfit(f"{number.text} is the number of another sample")
        if self.carry and number.of.name not in self.given and "*" not in number.of.name:
            problem = self.carried.seen(number)
            if problem:
                raise Misfit(problem)
            if number.of not in self.carried.followed:
                self.unfollowed.setdefault(number.of, statement)
            return
        if (number.of, number.text, number.value) in self.right:
            return
        exact = self.own[number.of]
        if rounds_to(exact, number):
            self.right.add((number.of, number.text, number.value))
        else:
            raise Misfit(f"{number.text} is printed for {number.of.name}, whose value is {value_text(self.own.formulas, exact)}")

    def _is_same(self, of: Quantity) -> bool:
        """Whether a quantity is the same in all samples, or there is only one."""
        return self.own.count == 1 or of.name in self.given and of.name not in (self.own.entries.network.samples or ({},))[0]

    def _cell(self, statement: Statement) -> None:
        """A number in a table without a name of its own: the value of the expression that it is of."""
        number = statement.steps[0][1]
        if not isinstance(number, Number) or number.of is not None:
            return
        world = _Defined(_FromPage(self) if self.carry else self.own.sample(statement.sample), statement.where)
        exact = Printed(self.own.formulas, world, self.page.notation.rows).value(statement.left)
        if not rounds_to(exact, number):
            raise Misfit(f"{number.text} is printed, and the value is {value_text(self.own.formulas, exact)}")
        self.counts.numbers += 1

    def _from_digits(self, before: Tree, sign: str, after: Tree) -> None:
        """Both sides are numbers: = where they are the same, ≈ where the right one is the left one rounded."""
        one, two = printed_value(before), printed_value(after)
        left, right = ([*side.flat] if is_array(side) else [side] for side in (one, two))
        if len(left) != len(right):
            raise Misfit("the sides have different shapes")
        if any(are_near(a, b) for a, b in zip(left, right, strict=True)):
            one, two = printed_value(before, exactly=True), printed_value(after, exactly=True)
            left, right = ([*side.flat] if is_array(side) else [side] for side in (one, two))
        equal = all(are_equal(a, b) for a, b in zip(left, right, strict=True))
        if sign == "=" and not equal:
            raise Misfit(f"= stands between {value_text(self.own.formulas, one)} and {value_text(self.own.formulas, two)}")
        if sign == "≈":
            results = entries(after)
            if equal and is_rational(before):
                raise Misfit("≈ stands between equal numbers")
            for a, number in zip(left, results or (), strict=bool(results)):
                if not rounds_to(a, number):
                    raise Misfit(f"{value_text(self.own.formulas, a)} is not rounded to {number.text}")

    def _sign(self, sign: str, numbers: list[Number]) -> None:
        """Between symbols and numbers: = where every number is the exact value, ≈ where one is rounded."""
        inexact = [number for number in numbers if not self._is_exact(number)] if numbers else []
        if sign == "=" and inexact:
            raise Misfit(f"= stands before {inexact[0].text}, which is a rounded number")
        if sign == "≈" and not inexact and not self.carry and all(self.own.is_known(number.of) for number in numbers):
            raise Misfit("≈ stands between equal sides")

    def _is_exact(self, number: Number) -> bool:
        assert number.of is not None
        key = number.of, number.value
        if key not in self.exact:
            self.exact[key] = are_equal(self.own[number.of], self.own.formulas.own.number(number.value))
        return self.exact[key]

    # Results that are carried on.

    def _follow(self, statement: Statement) -> None:
        last = statement.steps[-1][1]
        for number in numbers_in(last):
            if number.of is not None:
                self.carried.followed.add(number.of)
                self.unfollowed.pop(number.of, None)

    def follow_symbols(self, found: Sequence[Statement]) -> None:
        """Carried numbers without a line of digits: some side of symbols gives them, at the numbers that the page prints.

        Where these are not printed, as of the samples behind the first, the whole chain of rounded results is worked out again.
        """
        if not self.unfollowed:
            return
        by_left: dict[str, list[Tree]] = {}
        for statement in found:
            if isinstance(statement.left, Name | Derivative):
                sides = (tree for _, tree in statement.steps if names(tree))
                by_left.setdefault(statement.left.name, []).extend(sides)
        for parameter in self.page.derivation.parameters if self.page.entries is None else self.page.entries.parameters:
            by_left.setdefault(f"new_{parameter}", []).append(Sum((Name(parameter), Name(f"Delta_{parameter}"))))
        printed = Printed(self.own.formulas, _FromPage(self), self.page.notation.rows)
        for of, statement in self.unfollowed.items():
            self.gaps.clear()
            self._is_evaluated(self._one_follows, of, statement, printed, by_left.get(of.name, ()))
            for reason in self.gaps:
                self.counts.leave_out(reason)

    def _one_follows(self, of: Quantity, statement: Statement, printed: Printed, trees: Sequence[Tree]) -> None:
        shown = self.carried.texts[of]
        number = Number(Fraction(shown), shown)
        if not (self._follows(printed, trees, number) or self._is_total(of, number) or self._is_reached(of, shown)):
            raise LineError(statement.section, str(statement), f"{shown} is printed for {of.name}, and does not follow")

    @staticmethod
    def _follows(printed: Printed, trees: Sequence[Tree], number: Number) -> bool:
        """Whether one of several sides gives a number."""
        for tree in trees:
            try:
                value = printed.value(tree)
            except (Misfit, NoValue):
                continue
            if not is_array(value) and rounds_to(value, number):
                return True
        return False

    def _is_total(self, of: Quantity, number: Number) -> bool:
        """Whether a number is the sum, or the mean, of what the samples have: their printed numbers, else those of the chain."""
        if of.sample != ALL_SAMPLES or self.own.count == 1 or of.name not in self.chain[0]:
            return False
        texts, add = self.carried.texts, self.own.formulas.own.number
        found = [texts.get(Quantity(of.name, index)) or self.chain[index][of.name].text for index in range(self.own.count)]
        share = Fraction(1, self.own.count) if self.page.derivation.network.reduction == "mean" else Fraction(1)
        return rounds_to(add(sum(map(Fraction, found), Fraction(0)) * share), number)

    def _is_reached(self, of: Quantity, shown: str) -> bool:
        """Whether the chain of rounded results leads to a number, near to the true one."""
        exact, own = self.own[of], self.own.formulas.own.number(Fraction(shown))
        reached = self.chain[of.sample].get(of.name)
        near = abs(exact - own) <= (max(abs(exact), abs(own)) if own else 1) / 2 or rounds_to(exact, Number(Fraction(shown), shown))
        return near and reached is not None and Fraction(reached.text) == Fraction(shown)

    @cached_property
    def chain(self) -> Mapping[int, Mapping[str, Worked]]:
        """Every sample worked out with rounded results, and their totals."""
        page = self.page
        assert page.entries is not None
        samples = [work(page.entries, page.style, index, page.view) for index in range(self.own.count)]
        totals = samples[0] if len(samples) == 1 else accumulate(page.entries, page.style, samples)
        return {**dict(enumerate(samples)), ALL_SAMPLES: totals}


class _FromPage:
    """The numbers that a page has printed, under their names; those that it has not, as its chain of results has them."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.formulas = lines.own.formulas
        self.rows = lines.page.notation.rows
        self.terms: Mapping[str, Any] = {}

    def read(self, name: str) -> Any:
        return self.named(name)

    def derivative(self, of: str, by: str, direct: bool) -> Any:
        try:
            return self.named(f"d{of}/d{by}")
        except Misfit:
            return self.lines.own.sample(0).derivative(of, by, direct)

    def named(self, name: str) -> Any:
        texts = self.lines.carried.texts
        for sample in (0, -1):
            if Quantity(name, sample) in texts:
                return self.formulas.own.number(Fraction(texts[Quantity(name, sample)]))
        if name in self.lines.given:
            return self.lines.own[Quantity(name)]
        if name in self.lines.chain[0]:
            return self.formulas.own.number(Fraction(self.lines.chain[0][name].text))
        raise Misfit(f"{name} is not printed")

    def quantity(self, of: Quantity) -> Any:
        return self.named(of.name)


class _Defined:
    """A world with further names, each defined by those before it."""

    def __init__(self, world: Any, where: tuple[tuple[str, Tree], ...]) -> None:
        self.world, self.formulas, self.rows, self.terms = world, world.formulas, world.rows, world.terms
        self.trees = dict(where)
        self.values: dict[str, Any] = {}

    def read(self, name: str) -> Any:
        if name not in self.trees:
            return self.world.read(name)
        if name not in self.values:
            for own, tree in self.trees.items():  # in order, so that nothing recurses
                if own not in self.values:
                    self.values[own] = Printed(self.formulas, self, self.rows).value(tree)
                if own == name:
                    break
        return self.values[name]

    def derivative(self, of: str, by: str, direct: bool) -> Any:
        return self.world.derivative(of, by, direct)

    def quantity(self, of: Quantity) -> Any:
        return self.world.quantity(of)


def _reason(error: Exception) -> str:
    """Why something was not evaluated."""
    if isinstance(error, NoValue | InputError):
        return f"a side without a value: {error}"
    return f"a line that the check has no value for ({type(error).__name__}: {error})"
