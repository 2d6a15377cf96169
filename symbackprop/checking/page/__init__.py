"""Every printed line is evaluated again, from what is printed: ``check_page(page, document)`` → `PageProof`.

A line of symbols is evaluated at random values of all that is given, a number against its quantity and against the digits beside
it. The values come from a tape over the forward pass (`quantities`), which shares nothing with the backward pass that the
page shows. A line that does not hold raises LineError, so that no page with one is printed.
"""

from __future__ import annotations

from functools import cached_property

from ...derivation import Derivation
from ...document.levels import UNIT, is_batch
from ...document.model import OF_PAGE, Document
from ...document.page import Page, has_many_steps
from ...document.small_case import small_case
from ...errors import InputError
from ...forward import forward
from ...general_step import LAST, general_step
from ...layered import LAYER_INPUT
from ...network import unchecked
from ...time_steps import longest_delays
from ...unrolling import unrolled
from ..report import Progress
from .arithmetic import sharper
from .headings import check_headings
from .lines import Lines, Worlds
from .points import chosen_points
from .proof import PageProof
from .statements import loose_numbers, statements
from .worlds import DIGITS, BatchWorld, Draw, SampleWorld, Setting, TotalsWorld, chosen_lengths, name_terms

__all__ = ["PageProof", "check_page"]

POINTS = 2
FEW_LINES = 400  # lines of a page up to which each is evaluated at `POINTS` points, of more at one
SEED = 6


def check_page(page: Page, document: Document, progress: Progress = iter) -> PageProof:
    """Evaluate every line of a document again. Raises LineError for the first that does not hold.

    ``progress`` may wrap an iteration, to show how far it is.
    """
    found = list(statements(document))
    worlds = _Worlds(page, POINTS if len(found) <= FEW_LINES else 1)
    check_headings(page, document)
    lines = Lines(page, worlds.of, worlds.sharper.of)
    for statement in progress(found):
        lines.check(statement)
    lines.follow_symbols(found)
    counts = lines.counts
    loose = sum(loose_numbers(section.blocks) for section in document.sections)
    left_out = {**counts.left_out, **({"a number in a sentence": loose} if loose else {})}
    points = lines.points(OF_PAGE).points
    arithmetic = points[0].formulas.own.name if points else f"{DIGITS} digits"
    return PageProof(counts.lines, counts.sides, counts.numbers, len(points), arithmetic, counts.worst, left_out)


class _Worlds:
    """The points of a page, those of each kind made when a line first needs them; or the same points in more digits."""

    def __init__(self, page: Page, points: int, coarse: _Worlds | None = None) -> None:
        self.given, self.points = page, points
        self.sharp = coarse is not None
        self.draws: dict[str, list[Draw]] = {} if coarse is None else coarse.draws

    @cached_property
    def sharper(self) -> _Worlds:
        return _Worlds(self.given, self.points, self)

    def of(self, holds: str) -> Worlds:
        made: Worlds = getattr(self, holds)  # one method for each
        return made

    def _drawn(self, kind: str, setting: Setting) -> list[list[SampleWorld]]:
        if self.sharp:
            own = sharper(setting.arithmetic)
            return [setting.at(draw, own) for draw in self.draws[kind]]
        found = chosen_points(setting, self.points, SEED)
        self.draws[kind] = [draw for draw, _ in found]
        return [worlds for _, worlds in found]

    def _random(self, kind: str, derivation: Derivation, samples: int = 1) -> list[list[SampleWorld]]:
        """Points of a derivation's own network, whose forward pass is made anew."""
        program = forward(derivation.network, _batch_of(derivation))
        lengths = chosen_lengths(program.shapes)
        return self._drawn(kind, Setting(program, derivation.network, derivation.objective, lengths, samples))

    @cached_property
    def page(self) -> Worlds:
        page = self.given
        if has_many_steps(page):  # whose lines are about symbols that a few steps have as well
            return self._over_time(whole=False)
        points = self._random("page", page.derivation)
        terms = page.terms.terms if page.level == UNIT and page.view != "none" else ()
        for (world,) in points:
            world.several = len(page.derivation.network.samples) > 1
            name_terms(world, terms)
        return Worlds([world for (world,) in points])

    @cached_property
    def totals(self) -> Worlds:
        network = self.given.derivation.network
        if len(network.samples) < 2:
            return self.page
        points = self._random("totals", self.given.derivation, 2)
        return Worlds([TotalsWorld(samples, network.reduction == "mean") for samples in points])

    @cached_property
    def arrays(self) -> Worlds:
        page = self.given
        if page.level != UNIT or page.arrays is None:
            return self.page
        points = self._random("arrays", page.arrays)
        return Worlds([world for (world,) in points])

    @cached_property
    def batch(self) -> Worlds:
        batch = self.given.batch
        assert batch is not None
        points = self._random("batch", batch.derivation)
        return Worlds([BatchWorld(world) for (world,) in points])

    @cached_property
    def small(self) -> Worlds:
        arrays = self.given.arrays
        small = None if arrays is None else small_case(arrays)
        assert small is not None
        points = self._random("small", small)
        return Worlds([world for (world,) in points])

    @cached_property
    def step(self) -> Worlds:
        return self._over_time(whole=False)

    @cached_property
    def state(self) -> Worlds:
        return self._over_time(whole=True)

    def _over_time(self, whole: bool) -> Worlds:
        """The network over more steps than its general step was read from."""
        given = self.given.derivation.given
        assert given.steps is not None
        delay = max(longest_delays(given).values(), default=1)
        try:
            few = general_step(given).derivation.given
            assert few.steps is not None
            last = few.steps + delay
            if given.loss is not None and given.loss.function == "mean_squared_error":  # the share of a step is 1/n of all
                few, last = given, given.steps
        except InputError:  # a step in the middle is singled out, so that no other number of steps would do
            few, last = given, given.steps
        network = unrolled(unchecked(few, steps=last, values={}, samples=()))
        program = forward(network)
        lengths = {**chosen_lengths(program.shapes), LAST: last}
        points = self._drawn("state" if whole else "step", Setting(program, network, network.objective, lengths))
        for (world,) in points:
            world.whole = whole
        first = 2 if whole else 1
        return Worlds([world for (world,) in points], range(first, last - delay + 1), last)


def _batch_of(derivation: Derivation) -> int | str | None:
    """The number of samples, or its name, that a derivation takes at once."""
    if not is_batch(derivation):
        return None
    return derivation.program.shapes[LAYER_INPUT][0 if derivation.network.layout == "row" else 1]
