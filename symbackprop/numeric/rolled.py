"""A program over many steps of time → the same with loops, whose size does not depend on the number of steps.

The network is derived over a few steps more than its delays reach. Where the lines of one step are those of the next with every
step moved by one, they become the body of a loop, and so do the terms of a long sum. What is found for two numbers of steps, and
differs in nothing but how far the loops go, holds for any greater one: a formula over time is the same at every step, so more steps
only make the loops longer. In a body a name carries the step as ``h[t]``, ``h[t-1]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any

from ..array_tree import Element, Shape
from ..derivation import Derivation, derive
from ..network import Network, unchecked
from ..shapes import SCALAR
from ..shapes import shape_of as shape_of_tree
from ..time_steps import longest_delays, sequences
from ..tree import Derivative, Name, Number, Sum, Tree, fold, names, rebuild, total
from .straight_line import Add, Family, Item, Loop, Start, StraightLine, straight_line

FEWEST = 12  # steps from which on there are loops; shorter programs are faster without
TURNS = 4  # of the loops of the short program
_TOKEN = re.compile(r"(\w+)\[(-?\d+|t[+-]?\d*)\]")


class Steps:
    """Which names of a program carry a step, and how they look relative to another step."""

    def __init__(self, network: Network) -> None:
        timed = sequences(network)
        self._timed = timed | {f"{kind}_{name}" for name in timed for kind in "sz"}
        self._others = {*network.given, *(name for name, _ in network.equations)} - timed
        self._carries: dict[str, bool] = {}
        self._known: dict[tuple[str, int], str] = {}
        self._places: dict[str, tuple[str, str] | None] = {}

    def carries(self, base: str) -> bool:
        """Whether an index after this is a step: after a sequence, a part of one (``h_1``), its derivative or error signal."""
        if base not in self._carries:
            bare = base.removeprefix("delta_") if base.startswith("delta_") else base
            own = {bare, bare.removeprefix("d")}
            own |= {re.sub(r"_\d+$", "", name) for name in own if name not in self._others}
            self._carries[base] = base not in self._others and not own.isdisjoint(self._timed)
        return self._carries[base]

    def indices(self, name: str) -> list[str]:
        """What stands for the steps in a name, in order."""
        return [index for base, index in _TOKEN.findall(name) if self.carries(base)]

    def of(self, name: str) -> int | None:
        """The step that a name carries, the first if there are several; None without one."""
        found = self.indices(name)
        return int(found[0]) if found else None

    def relative(self, name: str, step: int) -> str:
        """A name with ``t`` for a step: h[3] is h[t-1] for the step 4."""
        key = (name, step)
        if key not in self._known:
            self._known[key] = self.each(name, lambda index: timed(int(index) - step))
        return self._known[key]

    def each(self, name: str, change: Callable[[str], str]) -> str:
        """A name with other steps."""
        return _TOKEN.sub(lambda found: f"{found[1]}[{change(found[2])}]" if self.carries(found[1]) else found[0], name)

    def template(self, tree: Tree, step: int) -> Tree:
        """A tree with ``t`` for a step in all of its names."""
        return renamed(tree, lambda name: self.relative(name, step))

    def family(self, name: str) -> tuple[str, str] | None:
        """(family, step): of h[t-1] ``h[t]`` and ``t-1``, of h[3] ``h[t]`` and ``3``; None for a name without a step."""
        if name not in self._places:
            found = self.indices(name)
            first = offset(found[0]) if found else 0
            self._places[name] = (self.each(name, lambda index: timed(offset(index) - first)), found[0]) if found else None
        return self._places[name]

    def members(self, family: str, first: int, last: int) -> list[str]:
        """The names of a family with one index, from a step to another."""
        front, back = family.split(f"[{timed(0)}]")
        found = {f"{front}[{step}]{back}": (family, str(step)) for step in range(first, last + 1)}
        self._places |= found
        return list(found)


def timed(offset: int) -> str:
    """``t``, ``t-1``, ``t+2``."""
    return f"t{offset:+d}" if offset else "t"


def offset(index: str) -> int:
    """A step as a number, counted from t where it has that."""
    return int(index.removeprefix("t") or 0)


def renamed(tree: Tree, change: Callable[[str], str]) -> Tree:
    def at(node: Any, parts: list[Tree]) -> Tree:
        if isinstance(node, Name | Derivative):
            return Name(change(node.name))
        return rebuild(node, parts) if parts else node

    return fold(tree, at)


def rolled(derivation: Derivation, outputs: Sequence[str]) -> StraightLine | None:
    """The program for ``outputs`` with loops; None where there are too few steps, or no loops that hold for any number of them."""
    given = derivation.given
    if given.steps is None or given.steps < FEWEST:
        return None
    steps = Steps(given)
    short = _last_named(given) + max(longest_delays(given).values(), default=0) + TURNS + 2
    if short + 2 > given.steps or any(steps.of(name) is not None for name in (derivation.objective, *derivation.wanted)):
        return None
    level = "matrix" if derivation.network.is_array else "unit"
    programs = []
    for count in (short, short + 1):
        network = unchecked(given, steps=count, values={}, samples=())
        programs.append(straight_line(derive(network, derivation.objective, derivation.wanted, level), outputs))
    found = [_roll(program, steps) for program in programs]
    return _Longer(steps, short, given.steps).program(programs, found)


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


# Loops of one program.


def _roll(program: StraightLine, steps: Steps) -> tuple[Item, ...]:
    lines: list[Any] = []
    for name, tree in program.assigned():
        lines.extend(_with_sums(name, tree, steps))
    items: list[Item] = []
    blocks = [(step, tuple(block)) for step, block in groupby(lines, lambda item: steps.of(item[0]) if _is_line(item) else None)]
    for is_loop, run in _runs(blocks, steps):
        first, last = run[0][0], run[-1][0]
        if is_loop and first is not None and last is not None:
            body = tuple((steps.relative(name, first), steps.template(tree, first)) for name, tree in run[0][1])
            items.append(Loop(first, last, body))
        else:
            items.extend(item for _, block in run for item in block)
    return tuple(_joined(items))


def _is_line(item: Item) -> bool:
    return type(item) is tuple


Block = tuple[int | None, tuple[Any, ...]]


def _runs(blocks: Sequence[Block], steps: Steps) -> Iterator[tuple[bool, list[Block]]]:
    """Blocks of lines, one step each, put together where each is the one before with its steps moved by one."""

    def shape(block: Block) -> Any:
        step, lines = block
        return None if step is None else tuple((steps.relative(name, step), steps.template(tree, step)) for name, tree in lines)

    yield from _alike(blocks, shape, lambda block: block[0])


def _alike(
    items: Sequence[Any], shape: Callable[[Any], Any], step: Callable[[Any], int | None]
) -> Iterator[tuple[bool, list[Any]]]:
    """(whether it is a loop, items): the longest runs of one shape whose steps go up, or down, by one."""
    run: list[Any] = []
    known: Any = None
    direction = 0
    for item in items:
        own, number = shape(item), step(item)
        if run and own is not None and own == known:
            before = step(run[-1])
            move = number - before if number is not None and before is not None else 0
            if abs(move) == 1 and direction in (0, move):
                run.append(item)
                direction = move
                continue
        if run:
            yield len(run) >= TURNS, run
        run, known, direction = [item], own, 0
    if run:
        yield len(run) >= TURNS, run


def _with_sums(name: str, tree: Tree, steps: Steps) -> Iterator[Item]:
    """A line; before it, the loops of what it adds up over many steps."""
    before: list[Item] = []

    def first_step(term: Tree) -> int | None:
        return next((step for own in names(term) if (step := steps.of(own)) is not None), None)

    def shape(block: tuple[int | None, tuple[Tree, ...]]) -> Any:
        step, terms = block
        return None if step is None else tuple(steps.template(term, step) for term in terms)

    def take(node: Any, parts: list[Tree]) -> Tree:
        if not isinstance(node, Sum) or len(parts) < TURNS:
            return rebuild(node, parts) if parts else node
        terms: list[Tree] = []
        blocks = [(step, tuple(block)) for step, block in groupby(parts, first_step)]
        for is_loop, run in _alike(blocks, shape, lambda block: block[0]):
            first, last = run[0][0], run[-1][0]
            if not is_loop or first is None or last is None:
                terms.extend(term for _, block in run for term in block)
                continue
            place = f"{name}/sum" + (f"_{len(before)}" if before else "")
            added = total([steps.template(term, first) for term in run[0][1]])
            before.extend((Start(place), Loop(first, last, (Add(place, added),))))
            terms.append(Name(place))
        return total(terms)

    found = fold(tree, take) if steps.of(name) is None else tree
    if before and found == Name(f"{name}/sum"):  # the line is the sum: it adds up under its own name
        (_, loop) = before
        assert isinstance(loop, Loop)
        yield Start(name)
        yield loop._replace(items=tuple(Add(name, item.tree) for item in loop.items if isinstance(item, Add)))
        return
    yield from before
    yield name, found


def _joined(items: Iterable[Item]) -> Iterator[Item]:
    """Loops that add up over the same steps become one."""
    starts: list[Item] = []
    loop: Loop | None = None
    for item in items:
        if isinstance(item, Start):
            starts.append(item)
            continue
        if isinstance(item, Loop) and isinstance(item.items[0], Add):
            if loop is not None and (loop.first, loop.last) == (item.first, item.last) and not _reads(item, loop):
                loop = loop._replace(items=(*loop.items, *item.items))
                continue
            held, starts = starts[-1:], starts[:-1]
            yield from starts
            yield from [loop] if loop is not None else []
            starts, loop = held, item
            continue
        yield from starts
        yield from [loop] if loop is not None else []
        starts, loop = [], None
        yield item
    yield from starts
    yield from [loop] if loop is not None else []


def _reads(loop: Loop, other: Loop) -> bool:
    """Whether a loop reads what another adds up."""
    return not {own.name for own in other.items}.isdisjoint(name for own in loop.items for name in names(own.tree))


# From two short programs to a longer one.


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
        """A number that grows with the steps, or is one over such, as in a mean over time."""
        if two * self.short == one * (self.short + 1):
            return one * self.count / self.short
        if two * (self.short + 1) == one * self.short:
            return one * self.short / self.count
        raise _Differs

    def arguments(self, one: Sequence[str], two: Sequence[str]) -> tuple[str, ...]:
        """The arguments, those that differ in their step alone one after the other."""

        def places(names: Sequence[str]) -> Iterator[tuple[str, str]]:
            return (own for name in names if (own := self.steps.family(name)) is not None)

        found: dict[str, None] = {}
        for name in one:
            own = self.steps.family(name)
            if own is None or int(own[1]) < 1:  # what is before the first step stays
                found[name] = None
                continue
            family = own[0]
            mine, others = (sorted({int(step) for key, step in places(names) if key == family}) for names in (one, two))
            first, last = self.step(mine[0], others[0]), self.step(mine[-1], others[-1])
            if mine != list(range(mine[0], mine[-1] + 1)) or others != list(range(others[0], others[-1] + 1)):
                raise _Differs
            found.update(dict.fromkeys(self.steps.members(family, first, last)))
        return tuple(found)


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
