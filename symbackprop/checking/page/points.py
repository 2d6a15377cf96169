"""Which points lines are evaluated at: where all is finite, and where units that may be off are on, and off as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from typing import Any

from ...errors import InputError
from ...tree import Call
from .arithmetic import KINKED, Branches
from .quantities import is_finite
from .tape import is_array
from .worlds import OWN_VALUES, Draw, SampleWorld, Setting

FEW_ENTRIES = 150  # of all symbols, beyond which one point is enough
_TRIES = 24  # draws near 0 and 1
_WIDE = (10, 100, 1000, 100_000)  # sizes that are tried where a network has no value near 0, or a unit is never on
_CANDIDATES, _FEW_CANDIDATES = 12, 4  # draws among which the liveliest are chosen; of large networks
_MANY_DEFINITIONS = 400

Chosen = list[tuple[Draw, list[SampleWorld]]]


def chosen_points(setting: Setting, points: int, seed: int) -> Chosen:
    """So many points; fewer where the network has no finite value at those tried, one or two more where it has kinks."""
    points = points if setting.entries <= FEW_ENTRIES else 1
    if not _has_kinks(setting):
        found = [own for point in range(points) if (own := _first(setting, _near(seed, point))) is not None]
        if found:
            return found
        last = _first(setting, (draw for draw in _far(setting, seed) if _branches(setting, draw) is not None))
        return [] if last is None else [last]
    draws = _liveliest(setting, points, seed)
    return [(draw, setting.at(draw, setting.arithmetic)) for draw in draws]


def _first(setting: Setting, draws: Iterable[Draw]) -> tuple[Draw, list[SampleWorld]] | None:
    for draw in draws:
        try:
            worlds = setting.at(draw, setting.arithmetic)
        except (InputError, OverflowError, ZeroDivisionError):
            continue
        if all(is_finite(world.quantities) for world in worlds):
            return draw, worlds
    return None


def _near(seed: int, point: int) -> Iterator[Draw]:
    """Values near 0 and 1, every second time positive ones, where logarithms and roots are defined."""
    for attempt in range(_TRIES):
        positive = (point + attempt) % 2 == 1
        yield Draw(seed, point, attempt, positive, Fraction(1) if positive else Fraction(2, 1 + attempt // 4))


def _far(setting: Setting, seed: int) -> Iterator[Draw]:
    """The network's own values, and larger ones."""
    if setting.has_own_values:
        yield Draw(seed)
    for place, size in enumerate(_WIDE):
        for attempt in range(6):
            yield Draw(seed, 0, _TRIES + 6 * place + attempt, attempt % 2 == 0, Fraction(size))


def _has_kinks(setting: Setting) -> bool:
    stack = [definition.tree for definition in setting.program.definitions]
    while stack:
        node = stack.pop()
        if isinstance(node, Call) and node.function in KINKED:
            return True
        stack.extend(node.children)
    return False


# Units that may be off.


def _branches(setting: Setting, draw: Draw) -> Any:
    """What there is to see at a point, in few digits: which branches are taken, and which derivatives are not 0.

    None where a value is not finite, or one of the network's own on the border between two branches.
    """
    import numpy

    own = Branches()
    try:
        with numpy.errstate(all="ignore"):
            worlds = setting.at(draw, own)
            if (own.on_border and draw.attempt == OWN_VALUES) or not all(is_finite(world.quantities) for world in worlds):
                return None
            slopes = [_slopes(world) for world in worlds]
    except (InputError, OverflowError, ZeroDivisionError):
        return None
    taken = numpy.concatenate([numpy.ravel(branch) for branch in own.taken]) if own.taken else numpy.zeros(0, bool)
    return taken, numpy.concatenate([taken, ~taken, *chain.from_iterable(slopes)])


def _slopes(world: SampleWorld) -> list[Any]:
    """For every symbol, or entry of one, whether the objective changes with it."""
    import numpy

    own = world.quantities
    names = [*own.program.given, *own.program.by_name]
    found = [own.partial(own.objective, name) for name in names]
    return [numpy.ravel(value != 0) if is_array(value) else numpy.array([bool(value != 0)]) for value in found]


def _liveliest(setting: Setting, points: int, seed: int) -> list[Draw]:
    """Draws that together show as much as there is, those that show most first, and the network's own values behind them."""
    count = _CANDIDATES if len(setting.program.definitions) <= _MANY_DEFINITIONS else _FEW_CANDIDATES
    near = [draw for draw, _ in zip(_near(seed, 0), range(count), strict=False)]
    seen = {draw: found for draw in near if (found := _branches(setting, draw)) is not None}
    if not seen or not _all_on(seen.values()):
        seen |= {draw: found for draw in _far(setting, seed) if (found := _branches(setting, draw)) is not None}
    chosen: list[Draw] = []
    shown: Any = False
    while len(chosen) <= points:
        gains = {draw: int((found & ~shown).sum() if chosen else found.sum()) for draw, (_, found) in seen.items()}
        best = max(gains, key=gains.__getitem__, default=None)
        if best is None or (chosen and not gains[best]):
            break
        chosen.append(best)
        shown = seen[best][1] | shown
    own = Draw(seed)
    if points > 1 and own not in chosen and setting.has_own_values and (own in seen or _branches(setting, own) is not None):
        chosen.append(own)
    return chosen


def _all_on(found: Iterable[Any]) -> bool:
    """Whether every branch is taken somewhere."""
    import numpy

    return bool(numpy.any([taken for taken, _ in found], axis=0).all())
