"""The verdict on a statement about a derivation: numbers first, a proof after, a diagnosis where it is wrong.

A formula is tested at the network's own values and at random ones, so that what is true of one set of numbers only does not
pass. A generic σ is replaced by random smooth functions, together with σ′. A number is compared, to its own digits, at the
network's values; of several samples with what all of them make together, then with each alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from ..derivation import Derivation
from ..errors import InputError, nearest
from ..network import LEARNING_RATE
from . import training
from .case import ROWS, SECONDS, SEED, Case
from .conditions import spread
from .judgement import UNDECIDED, Judgement, joined
from .points import Point, own_point, random_points
from .quantities import TOTAL, Vocabulary, quantities, vocabulary
from .reading.names import Names
from .statement import Comparison, Statement
from .time_limit import Deadline, OutOfTime


class Judge:
    """Judges statements about one derivation of scalars; the points and all quantities there are made once."""

    def __init__(self, derivation: Derivation, seconds: float | None = SECONDS) -> None:
        self.derivation, self.seconds = derivation, seconds
        self.words: Vocabulary = vocabulary(derivation)
        self.own = own_point(derivation.network, derivation.program)
        self.few = replace(self.own, rows=self.own.rows[:ROWS]) if self.own is not None else None  # of its samples
        self.known = {*derivation.program.given, *self.words.names, LEARNING_RATE}
        self.trainings: dict[int, training.Training] = {}
        self._drawn: dict[int, list[Point]] = {}
        self._found: dict[int, list[dict[str, Any]]] = {}  # what is known at the points that claims share, by the point's id

    @cached_property
    def names(self) -> Names:
        """What claims about the derivation can name."""
        return Names(self.derivation)

    def random_points(self, count: int, rows: int) -> list[Point]:
        """The random points at which all claims are tested that are about so many samples."""
        drawn = self._drawn.get(rows, [])
        if len(drawn) < count:
            more = random_points(self.derivation.network, self.derivation.program, count - len(drawn), SEED + len(drawn), rows)
            drawn = self._drawn[rows] = [*drawn, *more]
        return drawn[:count]

    def far_points(self, count: int, rows: int) -> list[Point]:
        """Points with values of all sizes: where weights are large, units saturated, and branches taken that are seldom."""
        near = self.random_points(count, rows)
        return [spread(point, self.derivation, index) for index, point in enumerate(near)]

    def quantities(self, words: Vocabulary, point: Point) -> list[dict[str, Any]]:
        """The value of every name of ``words`` at a point; at the points that claims share each is computed once."""
        known = self._found.get(id(point))
        found = quantities(words, replace(point, rows=tuple(known)) if known else point)
        if point is self.own or point is self.few or any(point is own for drawn in self._drawn.values() for own in drawn):
            self._found[id(point)] = found
        return found

    def judge(self, parts: Sequence[Statement], where: str = "") -> Judgement:
        """The verdict on a statement, taken apart into one for each entry of its arrays.

        Raises InputError for a name that does not exist, and for updates without a learning rate.
        """
        deadline = Deadline(self.seconds)
        groups: dict[tuple[Comparison, ...], list[Statement]] = {}
        for part in parts:  # with an index in its condition, each entry has one of its own
            groups.setdefault(part.conditions, []).append(part)
        try:
            return joined([Case(self, group, where, deadline).verdict() for group in groups.values()])
        except InputError as error:
            raise error if error.where else InputError(error.message, where) from None
        except OutOfTime:
            return Judgement(UNDECIDED, f"not decided within {self.seconds:g} s")

    def check_names(self, used: Iterable[str], where: str) -> None:
        """Raise InputError for a name that stands for nothing."""
        for name in used:
            if name.removeprefix(TOTAL) not in self.known:
                raise InputError(f"there is no quantity {name!r}{nearest(name, sorted(self.known))}", where)
