"""Assignments over many steps of time → the same as loops: what repeats with its steps moved by one becomes the body of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from ..tree import Name, Sum, Tree, fold, names, rebuild, total
from .straight_line import Add, Item, Loop, Start, StraightLine
from .time_names import Steps

TURNS = 4  # that a loop must have


def rolled_up(program: StraightLine, steps: Steps) -> tuple[Item, ...]:
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
