"""A program over many steps of time → the same with loops, whose size does not depend on the number of steps.

The network is derived over a few steps more than its delays reach. Where the lines of one step are those of the next with every
step moved by one, they become the body of a loop, and so do the terms of a long sum. What is found for two numbers of steps, and
differs in nothing but how far the loops go, holds for any greater one: a formula over time is the same at every step, so more steps
only make the loops longer, once the short programs are longer than all delays in a row. That everything read is made or given is
checked for the number of steps there is. In a body a name carries the step as ``h[t]``, ``h[t-1]``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from ..array_tree import Element, Shape
from ..arrays import Array, Given
from ..derivation import Derivation, derive
from ..network import Network, unchecked
from ..shapes import SCALAR
from ..shapes import shape_of as shape_of_tree
from ..time_steps import longest_delays, sequences
from ..tree import Derivative, Name, Number, Tree, fold, names, rebuild
from .loops import TURNS, rolled_up
from .straight_line import Add, Family, Item, Loop, Start, StraightLine, straight_line
from .time_names import Steps, offset

FEWEST = 12  # steps from which on there are loops; shorter programs are faster without


def rolled(derivation: Derivation, outputs: Sequence[str]) -> StraightLine | None:
    """The program for ``outputs`` with loops; None where there are too few steps, or no loops that hold for any number of them."""
    given = derivation.given
    if given.steps is None or given.steps < FEWEST:
        return None
    steps = Steps(given)
    # What the first steps and the last ones have of their own reaches as far as all delays in a row.
    short = _last_named(given) + sum(longest_delays(given).values()) + TURNS + 2
    if short + 2 > given.steps or any(steps.of(name) is not None for name in (derivation.objective, *derivation.wanted)):
        return None
    level = "matrix" if derivation.network.is_array else "unit"
    networks = (_shortened(given, count) for count in (short, short + 1))
    programs = [straight_line(derive(own, derivation.objective, derivation.wanted, level), outputs) for own in networks]
    found = [rolled_up(program, steps) for program in programs]
    return _Longer(steps, short, given.steps).program(programs, found)


def _shortened(network: Network, steps: int) -> Network:
    """The network over its first steps; what has one value for all of them keeps it."""
    timed = sequences(network)

    def cut(values: Mapping[str, Given]) -> dict[str, Given]:
        return {name: value.first(steps) if name in timed and isinstance(value, Array) else value for name, value in values.items()}

    return unchecked(network, steps=steps, values=cut(network.values), samples=tuple(map(cut, network.samples)))


def _last_named(network: Network) -> int:
    """The greatest step that a formula names by its number, from the beginning or from the end."""
    found = [0]
    formulas = [unit.formula for unit in network.units if unit.formula is not None]
    for tree in (*(tree for _, tree in network.equations), *formulas):
        stack: list[Tree] = [tree]
        while stack:
            node = stack.pop()
            if isinstance(node, Element):
                found += [abs(int(index)) for index in node.index if index.lstrip("-").isdigit()]
            stack.extend(node.children)
    return max(found)


class _Differs(Exception):
    """The two short programs are not the same but for how far they go."""


class _Longer:
    """The program of ``count`` steps, from those of ``short`` and of ``short`` + 1."""

    def __init__(self, steps: Steps, short: int, count: int) -> None:
        self.steps, self.short, self.count = steps, short, count

    def program(self, programs: Sequence[StraightLine], found: Sequence[tuple[Item, ...]]) -> StraightLine | None:
        one, two = programs
        if not any(isinstance(item, Loop) for item in found[0]) or one.outputs != two.outputs:
            return None
        try:
            items = tuple(self.item(*pair) for pair in zip(*found, strict=True))
            arguments = self.arguments(one.arguments, two.arguments)
        except (_Differs, ValueError):  # zip says by a ValueError that one has more
            return None
        if not _is_closed(items, arguments, self.steps):
            return None
        shape_of = {place[0]: shape for name, shape in one.shapes.items() if (place := self.steps.family(name))}
        families, places = _families(items, arguments, self.steps, shape_of)
        mentioned = (name for item in items for name in _mentioned(item))
        found_places = ((name, self.steps.family(name)) for name in dict.fromkeys((*arguments, *mentioned)))
        timed_shapes = {name: shape_of[place[0]] for name, place in found_places if place and place[0] in shape_of}
        shapes = {**one.shapes, **timed_shapes}
        for loop in items:
            for item in loop.items if isinstance(loop, Loop) else ():
                if isinstance(item, Add) and item.name not in shapes and (shape := shape_of_tree(item.tree, shapes)):
                    shapes[item.name] = shape
        return StraightLine(arguments, items, one.outputs, shapes, families, places)

    def item(self, one: Any, two: Any) -> Item:
        if type(one) is not type(two):
            raise _Differs
        if isinstance(one, Loop):
            if len(one.items) != len(two.items):
                raise _Differs
            items = tuple(self.item(*pair) for pair in zip(one.items, two.items, strict=True))
            return Loop(self.step(one.first, two.first), self.step(one.last, two.last), items)
        if isinstance(one, Start):
            return Start(self.name(one.name, two.name))
        line = self.name(one[0], two[0]), self.tree(one[1], two[1])
        return Add(*line) if isinstance(one, Add) else line

    def step(self, one: int, two: int) -> int:
        if two - one not in (0, 1):
            raise _Differs
        return one + (two - one) * (self.count - self.short)

    def name(self, one: str, two: str) -> str:
        if one == two:
            return one
        if self.steps.each(one, lambda index: "") != self.steps.each(two, lambda index: ""):
            raise _Differs
        others = iter(self.steps.indices(two))
        return self.steps.each(one, lambda index: str(self.step(int(index), int(next(others)))))

    def tree(self, one: Tree, two: Tree) -> Tree:
        others: list[Any] = []
        fold(two, lambda node, parts: others.append(node))
        rest = iter(others)

        def at(node: Any, parts: list[Tree]) -> Tree:
            other = next(rest, None)
            if isinstance(node, Name | Derivative) and isinstance(other, Name | Derivative):
                return Name(self.name(node.name, other.name))
            if isinstance(node, Number) and isinstance(other, Number) and node != other:
                return Number(self.number(node.value, other.value))
            if other is None or type(node) is not type(other) or rebuild(other, list(node.children)) != node:
                raise _Differs
            return rebuild(node, parts) if parts else node

        return fold(one, at)

    def number(self, one: Fraction, two: Fraction) -> Fraction:
        """A number that grows with the steps, or is one over such: only means over time put their number into a formula."""
        if two * self.short == one * (self.short + 1):
            return one * self.count / self.short
        if two * (self.short + 1) == one * self.short:
            return one * self.short / self.count
        raise _Differs

    def arguments(self, one: Sequence[str], two: Sequence[str]) -> tuple[str, ...]:
        """The arguments, those that differ in their step alone one after the other."""

        def places(names: Sequence[str]) -> Iterator[tuple[str, str]]:
            return (own for name in names if (own := self.steps.family(name)) is not None)

        both = [{key for key, _ in places(names)} | {name for name in names if self.steps.of(name) is None} for names in (one, two)]
        if both[0] != both[1]:
            raise _Differs
        found: dict[str, None] = {}
        for name in one:
            own = self.steps.family(name)
            if own is None:
                found[name] = None
                continue
            family = own[0]
            mine, others = (sorted({int(step) for key, step in places(names) if key == family}) for names in (one, two))
            first, last = self.step(mine[0], others[0]), self.step(mine[-1], others[-1])
            if mine != list(range(mine[0], mine[-1] + 1)) or others != list(range(others[0], others[-1] + 1)):
                raise _Differs
            found.update(dict.fromkeys(self.steps.members(family, first, last)))
        return tuple(found)


def _is_closed(items: Sequence[Item], arguments: Sequence[str], steps: Steps) -> bool:
    """Whether everything that is read at a step is made or given at that step."""
    known: dict[str, set[int]] = {}
    read: dict[str, set[int]] = {}
    for name in arguments:
        if place := steps.family(name):
            known.setdefault(place[0], set()).add(int(place[1]))
    for item in items:
        span = range(min(item.first, item.last), max(item.first, item.last) + 1) if isinstance(item, Loop) else range(1)
        for line in item.items if isinstance(item, Loop) else (item,):
            makes = [] if isinstance(line, Add) else [line[0]]
            reads = [] if isinstance(line, Start) else names(line[1])
            for found, own in ((known, makes), (read, reads)):
                for name in own:
                    if place := steps.family(name):
                        found.setdefault(place[0], set()).update(step + offset(place[1]) for step in span)
    return all(own <= known.get(family, set()) for family, own in read.items())


def _families(
    items: Sequence[Item], arguments: Sequence[str], steps: Steps, shape_of: Mapping[str, Shape]
) -> tuple[dict[str, Family], dict[str, tuple[str, str]]]:
    """What the loops read and write, and of each name of these its family and step."""
    spans: dict[str, list[int]] = {}
    places: dict[str, tuple[str, str]] = {}
    made: dict[str, list[range]] = {}  # in loops
    kept: set[str] = set()
    outside: list[tuple[str, int]] = []
    for item in items:
        if not isinstance(item, Loop):
            outside += [(place[0], int(place[1])) for name in _mentioned(item) if (place := steps.family(name))]
            continue
        own = {line[0] for line in item.items}
        for name in _mentioned(item):
            if place := steps.family(name):
                family, index = places[name] = place
                first, last = sorted((item.first + offset(index), item.last + offset(index)))
                spans.setdefault(family, []).extend((first, last))
                if name in own:
                    made.setdefault(family, []).append(range(first, last + 1))
                else:
                    kept.add(family)
    kept.update(family for family, step in outside if any(step in span for span in made.get(family, [])))
    given: dict[str, list[int]] = {}
    for name in arguments:
        if (place := steps.family(name)) and place[0] in kept:
            given.setdefault(place[0], []).append(int(place[1]))
    for family, step in outside:
        if family in kept:
            spans[family].append(step)
    names_outside = (name for item in items if not isinstance(item, Loop) for name in _mentioned(item))
    places |= {name: place for name in (*arguments, *names_outside) if (place := steps.family(name)) and place[0] in kept}
    families = {}
    for family, span in spans.items():
        own_steps = given.get(family, [])
        first, last = min((*span, *own_steps)), max((*span, *own_steps))
        is_given = own_steps == list(range(first, last + 1))
        families[family] = Family(first, last, is_given, family in kept, shape_of.get(family, SCALAR))
    return families, places


def _mentioned(item: Item) -> Iterator[str]:
    """Every name that is read or made."""
    for own in item.items if isinstance(item, Loop) else [item]:
        yield own[0]
        if not isinstance(own, Start):
            yield from names(own[1])
