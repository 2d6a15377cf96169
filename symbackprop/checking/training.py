"""Where the parameters are after some updates, and where they would be by common mistakes.

All updates are simultaneous: no parameter moves until all partials are known (document 001).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from ..derivation import Derivation
from ..errors import InputError
from ..network import LEARNING_RATE
from ..numbers import NumberFormat, accumulate, work
from ..precise import Value, as_mpf, context, value
from ..program import Update
from .diagnosis import RATE, SIGN
from .fault import EARLY_UPDATE, SAMPLES
from .points import Point, evaluated, summed
from .quantities import NEW, gathered
from .time_limit import Deadline

NUMBER_OF_UPDATES = "number of updates"
_EXACT = 200  # digits; exact fractions would double in length with every update

Rows = tuple[dict[str, Value], ...]
Step = Callable[[Derivation, Rows, Deadline], Rows]  # the rows after one update


class Mistake(NamedTuple):
    """A wrong way to train: its kind, what it is in words, and where it ends."""

    kind: str
    text: str
    point: Point


class Training:
    """Where ``updates`` lead from a point: ``right`` is the point after them.

    Raises InputError without a learning rate, OutOfTime where it takes too long.
    """

    def __init__(self, derivation: Derivation, point: Point, updates: int, deadline: Deadline) -> None:
        self.derivation, self.start, self.updates = derivation, point, updates
        self.right = _after(derivation, point, updates, deadline, _simultaneous)
        self._wrong: list[Mistake] = []

    def mistakes(self, deadline: Deadline) -> Iterator[Mistake]:
        """Where training ends by the mistakes that are met most often; each is followed once."""
        ways = _ways(self.derivation, len(self.start.rows), self.updates)
        for index, (kind, text, step, count) in enumerate(ways):
            if index == len(self._wrong):
                self._wrong.append(Mistake(kind, text, _after(self.derivation, self.start, count, deadline, step)))
            yield self._wrong[index]


def _after(derivation: Derivation, point: Point, updates: int, deadline: Deadline, step: Step) -> Point:
    if updates and LEARNING_RATE not in point.rows[0]:
        raise InputError("updates need a learning rate; give one in [values]", "learning_rate")
    rows: Rows = tuple(dict(row) for row in point.rows)
    for _ in range(updates):
        rows = step(derivation, rows, deadline)
    return replace(point, rows=rows)


def _partials(derivation: Derivation, rows: Rows) -> list[dict[str, Value]]:
    definitions = (*derivation.program.definitions, *derivation.backward_pass)
    return [evaluated(definitions, row) for row in rows]


def _moved(rows: Rows, new: dict[str, Value]) -> Rows:
    short = {name: _shortened(number) for name, number in new.items()}
    return tuple({**row, **short} for row in rows)


def _shortened(number: Value) -> Value:
    return context().mpf(as_mpf(number)) if isinstance(number, Fraction) and number.denominator.bit_length() > _EXACT else number


def _new_value(update: Update, row: dict[str, Value], gradient: Value) -> Value:
    step = value(update.tree, {LEARNING_RATE: row[LEARNING_RATE], update.gradient: gradient})
    return summed([row[update.parameter], step])


def _simultaneous(derivation: Derivation, rows: Rows, deadline: Deadline, how: str = "") -> Rows:
    deadline.check()
    found = _partials(derivation, rows)
    reduction = how or derivation.network.reduction
    return _moved(
        rows,
        {
            update.parameter: _new_value(update, rows[0], gathered(reduction, [own[update.gradient] for own in found]))
            for update in derivation.updates
        },
    )


def _one_after_the_other(derivation: Derivation, rows: Rows, deadline: Deadline) -> Rows:
    """Each parameter moves at once, from the output back, and the partials of the next are taken with it."""
    for update in derivation.updates:
        deadline.check()
        found = _partials(derivation, rows)
        gradient = gathered(derivation.network.reduction, [own[update.gradient] for own in found])
        rows = _moved(rows, {update.parameter: _new_value(update, rows[0], gradient)})
    return rows


def _through_moved_weights(derivation: Derivation, rows: Rows, deadline: Deadline) -> Rows:
    """The forward pass is not repeated, but error signals go back through weights that have moved: what a loop over layers does."""
    deadline.check()
    forward = derivation.program.definitions
    moved = [evaluated(forward, row) for row in rows]
    reduction = derivation.network.reduction
    new: dict[str, Value] = {}
    for update in derivation.updates:
        found = [evaluated(derivation.backward_pass, {**row, **new}) for row in moved]
        new[update.parameter] = _new_value(update, rows[0], gathered(reduction, [own[update.gradient] for own in found]))
    return _moved(rows, new)


def _sample_by_sample(derivation: Derivation, rows: Rows, deadline: Deadline) -> Rows:
    for index in range(len(rows)):
        deadline.check()
        (found,) = _partials(derivation, (rows[index],))
        new = {update.parameter: _new_value(update, rows[0], found[update.gradient]) for update in derivation.updates}
        rows = _moved(rows, new)
    return rows


def _without_rate(derivation: Derivation, rows: Rows, deadline: Deadline) -> Rows:
    one = tuple({**row, LEARNING_RATE: Fraction(1)} for row in rows)
    new = _simultaneous(derivation, one, deadline)
    return tuple({**row, LEARNING_RATE: rows[0][LEARNING_RATE]} for row in new)


def _uphill(derivation: Derivation, rows: Rows, deadline: Deadline) -> Rows:
    turned = tuple({**row, LEARNING_RATE: -row[LEARNING_RATE]} for row in rows)
    new = _simultaneous(derivation, turned, deadline)
    return tuple({**row, LEARNING_RATE: rows[0][LEARNING_RATE]} for row in new)


def _ways(derivation: Derivation, samples: int, updates: int) -> list[tuple[str, str, Step, int]]:
    """Kind, words, what one update does, and the number of updates, of each mistake."""
    ways: list[tuple[str, str, Step, int]] = [
        (SIGN, "each update goes up the gradient, not down", _uphill, updates),
        (RATE, "the learning rate is left out of each update", _without_rate, updates),
        (
            EARLY_UPDATE,
            "each weight moves before the partials of the others are taken",
            _one_after_the_other,
            updates,
        ),
        (
            EARLY_UPDATE,
            "error signals are passed back through weights that have moved already",
            _through_moved_weights,
            updates,
        ),
    ]
    if derivation.network.ascent:
        ways[0] = (SIGN, "each update goes down the gradient, not up", _uphill, updates)
    if samples > 1:
        other = "mean" if derivation.network.reduction == "sum" else "sum"
        words = "averaged" if other == "mean" else "summed"
        gather = lambda d, rows, deadline: _simultaneous(d, rows, deadline, other)  # noqa: E731 - one line of a table
        ways.append((SAMPLES, f"the partials of the samples are {words}", gather, updates))
        ways.append((SAMPLES, "each sample makes an update of its own", _sample_by_sample, updates))
    ways.append((NUMBER_OF_UPDATES, f"these are the values after {_counted(updates + 1)}", _simultaneous, updates + 1))
    if updates > 1:
        ways.append((NUMBER_OF_UPDATES, f"these are the values after {_counted(updates - 1)}", _simultaneous, updates - 1))
    return ways


def _counted(updates: int) -> str:
    return "no update" if updates == 0 else "1 update" if updates == 1 else f"{updates} updates"


def carried(derivation: Derivation, style: NumberFormat, updates: int) -> dict[str, Value]:
    """Every quantity after updates by hand, where each result is rounded and goes on rounded."""
    network = derivation.network
    for left in range(updates, -1, -1):
        own = Derivation(
            network, derivation.program, derivation.objective, derivation.wanted, derivation.backward_pass, derivation.given
        )
        samples = [work(own, style, index) for index in range(max(1, len(network.samples)))]
        found = samples[0] if len(samples) == 1 else {**samples[0], **accumulate(own, style, samples)}
        if left:
            network = network.with_values({update.parameter: found[NEW + update.parameter].number for update in own.updates})
    return {name: worked.value for name, worked in found.items()}
