"""One statement before the judge: numbers first, a proof after, a diagnosis where it is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..network import LEARNING_RATE
from ..numbers import Digits, NumberFormat
from ..plain_text import plain_text
from ..precise import Value, as_mpf, is_exact, value
from ..tree import Call, Derivative, Name, Number, Tree, names
from . import training
from .against import Formula, PrintedNumbers, Setting
from .conditions import is_true, is_true_at, point_where, points_where
from .diagnosis import Diagnosis, diagnose
from .judgement import CONDITIONAL, EQUAL, HOLDS, ROUNDED, UNDECIDED, WRONG, Judgement
from .points import Point, reduced, shown
from .printed import decimal_of, rounded_like
from .proof import proved
from .quantities import NEW, TOTAL
from .statement import Comparison, Statement
from .time_limit import Deadline, OutOfTime
from .verdict_words import formula_of, has_digits, points_text, significant, updates_text

if TYPE_CHECKING:
    from .judge import Judge

POINTS = {"=": 16, "!=": 16}
POINTS_OF_BOUNDS = 160  # a bound that fails may do so in a corner only
ROWS = 3  # samples of a random point where a claim is about totals
SEED = 7
_STRICT = ("<", ">")
_FAR = 4  # points of far values, and live points, that an equality is tried at
SECONDS = 10.0  # for one claim
_MOST_SHOWN = 12  # values of a counterexample
_FAILURES_MISSED = 12  # failures that a condition must avoid before it is said to do so
_LEAST_DIGITS = 3  # of a number whose mistake is looked for: fewer are met by chance
_MOST_CARRIED = 20  # updates that are followed by hand


class Case:
    """One statement, entry by entry, before the judge."""

    def __init__(self, judge: Judge, parts: Sequence[Statement], where: str, deadline: Deadline) -> None:
        self.judge, self.parts, self.where, self.deadline = judge, parts, where, deadline
        self.derivation, self.statement = judge.derivation, parts[0]
        self.relation = self.statement.relation
        self.sides = [(part.left, part.right) for part in parts]
        sides = [*self.sides, *((own.left, own.right) for own in self.statement.conditions)]
        self.used = frozenset(name for pair in sides for side in pair for name in names(side))
        judge.check_names(sorted(self.used), where)
        self.narrow = judge.words.narrowed(self.used)

    def verdict(self) -> Judgement:
        point = self._own_point()
        right_names = {name for _, right in self.sides for name in names(right)}
        if self.used <= self.judge.words.constants.keys():
            return self._of_constants()
        if self.relation in ("=", "≈") and not right_names and point is not None:
            return self._of_numbers(point)
        if self.statement.updates and point is None:
            return Judgement(UNDECIDED, "the values after an update need values to begin with; give them in [values]")
        return self._of_formulas(point)

    def _own_point(self) -> Point | None:
        """The network's own values with those that the statement assumes, after its updates; None where they do not go together."""
        point = self.judge.own
        if point is not None and self.statement.conditions:
            point = point_where(self.statement.conditions, self.judge.words, point)
        if point is None or not self.statement.updates:
            return point
        return self._training(point).right

    def _training(self, point: Point) -> training.Training:
        """The training run that the statement speaks of; that from the network's own values is shared by all claims."""
        updates, known = self.statement.updates, self.judge.trainings
        if point is not self.judge.own:
            return training.Training(self.derivation, point, updates, self.deadline)
        if updates not in known:
            known[updates] = training.Training(self.derivation, point, updates, self.deadline)
        return known[updates]

    def _of_constants(self) -> Judgement:
        constants = self.judge.words.constants
        for part, (left, right) in zip(self.parts, self.sides, strict=True):
            one, two = value(left, constants), value(right, constants)
            digits = part.digits
            if digits and not has_digits(one, digits, self.where) or not digits and not self._is_true(one, two):
                return Judgement(WRONG, f"{shown(one, 6)} against {shown(two, 6)}", right=shown(one, 10))
        exact = all(is_exact(value(side, constants)) for pair in self.sides for side in pair)
        return Judgement(self._true_verdict(), "computed", is_proved=exact)

    def _is_true(self, one: Value, two: Value, scale: Value = Fraction(1)) -> bool:
        return is_true(self.relation, one, two, scale)

    @property
    def _condition(self) -> str:
        """What the statement assumes, in the equation language."""
        own = (f"{plain_text(one.left)} {one.relation} {plain_text(one.right)}" for one in self.statement.conditions)
        return " and ".join(dict.fromkeys(own))

    def _true_verdict(self) -> str:
        return EQUAL if self.relation in ("=", "≈") else HOLDS

    # Formulas.

    def _of_formulas(self, point: Point | None) -> Judgement:
        samples = len(self.derivation.network.samples)
        if any(name.startswith((TOTAL, NEW, "Delta_")) for name in self.used):
            rows = ROWS if samples < 2 and any(name.startswith(TOTAL) for name in self.used) else 0
        else:  # of each sample alone, so a few of them say as much as all
            rows = min(max(1, samples), ROWS)
            point = self.judge.few if point is self.judge.own else point
        count = POINTS.get(self.relation, POINTS_OF_BOUNDS)
        settings = self._settings(point, [] if self.statement.updates else self.judge.random_points(count, rows))
        wrong = self._wrong_at(settings)
        if not wrong and not self.statement.updates and self.relation != "!=":
            far = self._settings(None, self.judge.far_points(max(_FAR, count // 2), rows))
            if self.relation == "=" and self._live(settings) < _FAR:  # rectified units are off, or a partial vanishes
                far += self._settings(None, self.judge.random_points(count + POINTS_OF_BOUNDS, rows)[count:])
            wrong = self._wrong_at(far) or wrong
            settings = [*settings, *far]
        if wrong is None:
            return Judgement(UNDECIDED, "no finite value at any point tried")
        if not wrong:
            return self._true(settings, point)
        if self.statement.conditions:
            return self._under_its_conditions(rows, count)
        if self._is_true_at_own_rate(count, rows):
            return Judgement(EQUAL, f"true at {count} random points with the network's learning rate")
        return self._false(settings, wrong, point)

    def _live(self, settings: list[Setting]) -> int:
        """At how many points some side is not zero."""
        sides = [side for pair in self.sides for side in pair]
        return sum(any(setting.column(sides)) for setting in settings)

    def _is_true_at_own_rate(self, count: int, rows: int) -> bool:
        """Whether an update that has a number for the learning rate has that of the network."""
        rate = self.derivation.network.learning_rate
        if (
            rate is None
            or rate.value == 1
            or self.relation != "="
            or LEARNING_RATE in self.used
            or not any(name.startswith((NEW, "Delta_")) for name in self.used)
        ):
            return False
        points = (
            replace(point, rows=tuple({**row, LEARNING_RATE: rate.value} for row in point.rows))
            for point in self.judge.random_points(count, rows)
        )
        settings = self._settings(None, points)
        return len(settings) > 1 and self._wrong_at(settings) == []

    def _settings(self, point: Point | None, random: Iterable[Point]) -> list[Setting]:
        """What is used of all quantities, at a point of the network's own values and at random ones, where all are finite."""
        found = []
        for own in (*([point] if point is not None else []), *random):
            self.deadline.check()
            with suppress(InputError):
                found.append(Setting(own, self.judge.quantities(self.narrow, own)))
        return found

    def _wrong_at(self, settings: list[Setting]) -> list[tuple[Setting, Mapping[str, Any], Value, Value]] | None:
        """Where the statement fails; None where it has no finite value anywhere."""
        found: list[tuple[Setting, Mapping[str, Any], Value, Value]] = []
        tried = False
        for setting in list(settings):
            finite = True
            failures: list[tuple[Setting, Mapping[str, Any], Value, Value]] = []
            for sample in setting.samples:
                numbers = (own for own in sample.values() if not isinstance(own, tuple))
                scale = max((abs(as_mpf(own)) for own in numbers if own is not None), default=Fraction(1))
                for left, right in self.sides:
                    try:
                        one, two = (value(side, sample, setting.point.generic) for side in (left, right))
                    except InputError:
                        finite = False
                        continue
                    if self.relation in _STRICT and not is_exact(one) and is_true("=", one, two, scale):
                        continue  # 1 - z of a saturated unit is below all digits
                    tried = True
                    if not self._is_true(one, two, scale):
                        failures.append((setting, sample, one, two))
            if not finite:
                settings.remove(setting)
            found.extend(failures)
        return found if tried else None

    def _true(self, settings: list[Setting], point: Point | None) -> Judgement:
        where = points_text(settings, point)
        if self.relation == "=" and not self.statement.updates:
            if proved(self.sides, self.narrow, self.deadline):
                return Judgement(EQUAL, f"proved; true at {where}", is_proved=True)
            if not self._live(settings):
                return Judgement(UNDECIDED, "both sides are zero at every point that was tried")
        needless = "; it needs no condition" if self.statement.conditions else ""
        return Judgement(self._true_verdict(), f"true at {where}{needless}")

    def _under_its_conditions(self, rows: int, count: int) -> Judgement:
        condition = self._condition
        points = points_where(self.statement.conditions, self.judge.words, self.derivation, count, SEED, rows)
        settings = self._settings(None, points)
        if len(settings) < 2:
            return Judgement(UNDECIDED, "no point was found at which its condition is true", condition=condition)
        wrong = self._wrong_at(settings)
        if wrong is None:
            return Judgement(UNDECIDED, "no finite value where its condition is true", condition=condition)
        if not wrong:
            return Judgement(
                CONDITIONAL,
                f"true at {points_text(settings, None)} where its condition is, not elsewhere",
                condition=condition,
                is_stated=True,
            )
        return self._false(settings, wrong, None)

    def _false(
        self, settings: list[Setting], wrong: list[tuple[Setting, Mapping[str, Any], Value, Value]], point: Point | None
    ) -> Judgement:
        _setting, sample, one, two = wrong[0]
        how = f"left {shown(one, 6)}, right {shown(two, 6)}"
        if self.relation in ("<=", ">=", "<", ">"):
            given = [name for name in self.derivation.program.given if name in sample][:_MOST_SHOWN]
            how += " at " + ", ".join(f"{name} = {shown(sample[name], 4)}" for name in given)
        if point is not None and all(own.point is not point for own, *_ in wrong):
            how = f"true at the network's own values, but not in general: {how}"
        reasons: list[Diagnosis] = []
        # What is wrong stays wrong, whatever time there is to find out why.
        if self.relation == "=" and len(settings) > 1:
            with suppress(OutOfTime):
                claim = Formula(self.sides, self._for_diagnosis(settings))
                reasons = diagnose(claim, self.judge.words, self.derivation, self.deadline)
        condition, failing = "", {id(own) for own, *_ in wrong}
        if not reasons:
            with suppress(OutOfTime):
                condition = self._needed_condition(Fraction(len(failing), len(settings)))
        if condition:
            return Judgement(CONDITIONAL, f"true only if {condition}; elsewhere {how}", (), condition, self._right())
        return Judgement(WRONG, how, tuple(reasons), right=self._right())

    def _for_diagnosis(self, settings: list[Setting]) -> list[Setting]:
        """A few settings with every quantity, those where the claim fails last."""
        random = [own for own in settings[1:] if self._wrong_at([own])] or settings[1:]
        chosen = [*settings[:1], *random[:3]]
        return [Setting(own.point, self._everything(own.point)) for own in chosen]

    def _everything(self, point: Point) -> list[dict[str, Any]]:
        return self.judge.quantities(replace(self.judge.words, totals=self.narrow.totals), point)

    def _needed_condition(self, failures: Fraction) -> str:
        """A simple condition on one given symbol that makes the statement true, and not because both sides are zero.

        ``failures`` is the share of points at which it fails: where that is small, a condition would seem to help by chance.
        """
        symbols = [name for name in self.derivation.program.given if name in self._inputs()][:_MOST_SHOWN]
        if self.relation in ("=", "≈"):
            tried = [(name, "=", number) for number in (1, -1, 0) for name in symbols]
            count = 6
        else:
            tried = [*((name, "abs", 1) for name in symbols), *((name, sign, 0) for sign in (">=", "<=") for name in symbols)]
            count = int(_FAILURES_MISSED / failures)
        for name, relation, number in tried if count <= POINTS_OF_BOUNDS else ():
            if self.deadline.over:
                break
            side: Tree = Call("abs", (Name(name),)) if relation == "abs" else Name(name)
            condition = Comparison(side, "<=" if relation == "abs" else relation, Number(Fraction(number)))
            if self._is_enough(condition, max(count, 6)):
                return f"abs({name}) <= 1" if relation == "abs" else f"{name} {relation} {number}"
        return ""

    def _is_enough(self, condition: Comparison, count: int) -> bool:
        """Whether the statement is true wherever a condition is, and not only because what it names is zero there."""
        settings: list[Setting] = []
        for point in points_where([condition], self.judge.words, self.derivation, count, SEED, 0):
            here = self._settings(None, [point])
            if not here or self._wrong_at(here) != []:
                return False
            settings += here
        far = (point for point in self.judge.far_points(count, 0) if is_true_at([condition], point))
        if self._wrong_at(self._settings(None, far)):
            return False
        free = self.used - set(names(condition.left))
        return len(settings) > 5 and all(any(sample[name] for own in settings for sample in own.samples) for name in free)

    def _inputs(self) -> set[str]:
        """The given symbols that the statement depends on."""
        return {*self.used, *(read for definition in self.narrow.definitions for read in definition.reads)}

    def _right(self) -> str:
        """The right formula for a single quantity of the backward pass, in the derivation's own names."""
        left = self.sides[0][0]
        if self.relation != "=" or len(self.sides) > 1 or not isinstance(left, Name | Derivative):
            return ""
        return formula_of(left.name, self.derivation)

    # Numbers.

    def _of_numbers(self, point: Point) -> Judgement:
        (setting,) = self._settings(point, []) or (None,)
        if setting is None:
            return Judgement(UNDECIDED, "no finite value at the network's values")
        after = f" after {updates_text(self.statement.updates)}" if self.statement.updates else ""
        together = self._together(setting)
        if self._all_have_digits(together):
            exact = all(number == value(right, {}) for number, (_, right) in zip(together, self.sides, strict=True))
            return Judgement(EQUAL, f"exactly{after}" if exact else f"rounded from {self._shown(together)}{after}")
        for index, sample in enumerate(setting.samples if len(setting.samples) > 1 else ()):
            own = [value(left, sample) for left, _ in self.sides]
            if self._all_have_digits(own):
                text = f"true of sample {index + 1} alone; all samples together give {self._shown(together)}"
                return Judgement(CONDITIONAL, text, (), f"only sample {index + 1} is taken", self._rounded_text(together))
        carried = self._carried()
        right = self._rounded_text(together)
        if carried:
            return Judgement(ROUNDED, f"follows only where {carried}; full precision gives {right}{after}", right=right)
        reasons: list[Diagnosis] = []
        with suppress(OutOfTime):
            reasons = self._why_not(setting)
        return Judgement(WRONG, f"it is {self._shown(together)}{after}, to as many digits {right}", tuple(reasons), right=right)

    def _together(self, setting: Setting) -> list[Value]:
        """The left sides for all samples together: the objective and its partials are gathered, the rest is the first sample's."""
        return self._gathered([value(left, sample, setting.point.generic) for sample in setting.samples for left, _ in self.sides])

    def _gathered(self, column: Sequence[Value]) -> list[Value]:
        """One number for each left side, of one for each sample and left side."""
        gathered = {self.derivation.objective}
        for name in self.derivation.partials:
            plain = Derivative(self.derivation.objective, name).name
            gathered |= {plain, plain.replace("/", "_")} if name in self.derivation.program.given else set()
        count = len(self.sides)
        together = [len(column) > count and set(names(left)) <= gathered for left, _ in self.sides]
        return [
            reduced(self.derivation.network, column[index::count]) if together[index] else column[index] for index in range(count)
        ]

    def _has(self, index: int, number: Value) -> bool:
        digits = self.parts[index].digits
        if digits:
            return has_digits(number, digits, self.where)
        return is_true("=", number, value(self.sides[index][1], {}))

    def _all_have_digits(self, numbers: Sequence[Value]) -> bool:
        return all(self._has(index, number) for index, number in enumerate(numbers))

    def _shown(self, numbers: Sequence[Value]) -> str:
        return ", ".join(shown(number, 10) for number in numbers[:_MOST_SHOWN])

    def _rounded_text(self, numbers: Sequence[Value]) -> str:
        texts = []
        for part, number in zip(self.parts, numbers, strict=True):
            digits = part.digits
            texts.append(f"{rounded_like(number, decimal_of(digits, self.where)):f}" if digits else shown(number, 10))
        return ", ".join(texts[:_MOST_SHOWN])

    def _carried(self) -> str:
        """How intermediate results must be rounded for the digits to follow; empty where no usual way leads there."""
        if self.statement.updates > _MOST_CARRIED or not any(part.digits for part in self.parts):
            return ""
        table = {key: own for key, own in self.derivation.network.numbers.items() if key != "policy"}
        ways = [(NumberFormat.from_table(table, "carry"), "each result is rounded as the network's numbers are")]
        least = max(len(part.digits.partition(".")[2].rstrip("e")) for part in self.parts)
        ways += [
            (NumberFormat("carry", Digits(count, None, 1)), f"each result is rounded to {count} decimals")
            for count in (2, 3, 4, 5, 6)
        ]
        ways += [
            (NumberFormat("carry", Digits(None, count)), f"each result is rounded to {count} significant digits")
            for count in (2, 3, 4, 5, 6)
        ]
        for style, text in ways:
            self.deadline.check()
            count = style.digits.decimals or style.digits.significant or 0
            if count > least + 2 or self.statement.updates and style is not ways[0][0] and count < least - 2:
                continue  # people round to about as many digits as they say in the end
            with suppress(InputError, KeyError):
                if any(self._all_have_digits(numbers) for numbers in self._by_hand(style)):
                    return text
        return ""

    def _by_hand(self, style: NumberFormat) -> Iterator[list[Value]]:
        """The left sides where each result is rounded; and where the last one is not, so that it has all its digits."""
        found = training.carried(self.derivation, style, self.statement.updates)
        found |= {name.replace("/", "_"): number for name, number in found.items() if "/" in name}
        yield [value(left, found) for left, _ in self.sides]
        last = {name: self.derivation.by_name[name].tree for name in self.used if name in self.derivation.by_name}
        last |= {own.name: own.tree for own in self.derivation.updates if own.name in self.used}
        yield [value(left, found | {name: value(tree, found) for name, tree in last.items()}) for left, _ in self.sides]

    def _why_not(self, setting: Setting) -> list[Diagnosis]:
        texts = (part.digits or shown(value(right, {}), 10) for part, (_, right) in zip(self.parts, self.sides, strict=True))
        if max(map(significant, texts)) < _LEAST_DIGITS and len(self.parts) == 1:
            return []
        if self.statement.updates:
            return self._why_not_trained()
        whole = Setting(setting.point, self._everything(setting.point))
        claim = PrintedNumbers([left for left, _ in self.sides], self._has, self._gathered, whole)
        return diagnose(claim, self.judge.words, self.derivation, self.deadline)

    def _why_not_trained(self) -> list[Diagnosis]:
        assert self.judge.own is not None
        for kind, text, point in self._training(self.judge.own).mistakes(self.deadline):
            settings = self._settings(point, [])
            if settings and self._all_have_digits(self._together(settings[0])):
                return [Diagnosis(kind, text)]
        return []
