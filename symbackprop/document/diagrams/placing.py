"""Where the nodes of a graph stand: the order within each column, then places that keep edges short and straight.

Layers by crossings and medians as in Sugiyama, Tagawa and Toda (1981). Edges over several columns get a passing place in each
column between, so that they run around its nodes. Directions are called along (from column to column) and across.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from .graph import Edge, Graph

_SWEEPS = 8
_SETTLING, _SETTLED = 64, 0.02  # sweeps at the most, millimetres that places still move in the last two
_MOST_COUNTED = 300  # edges up to which columns are sorted; of more, no order is free of many crossings
_TRIES, _FEW = 6, 60  # further orders to begin with, of so few edges
_STRAIGHT = 4.0  # how much more a passing place counts than a node: long edges run straight


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a node with its notes reaches from its middle: along back and forth, across down and up."""

    back: float
    forth: float
    down: float
    up: float


PASSING = Extent(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Places:
    """The middle of each node, (along, across), and the passing places of each edge by its number."""

    nodes: Mapping[str, tuple[float, float]]
    passing: Mapping[int, tuple[tuple[float, float], ...]]


class Columns:
    """The items of every column in their order: names of nodes, and (edge, column) for edges that pass."""

    def __init__(self, graph: Graph) -> None:
        self.items: list[list[object]] = [[node.name for node in column] for column in graph.columns]
        numbers = {node.column: index for index, node in enumerate(column[0] for column in graph.columns)}
        self.column = {node.name: numbers[node.column] for node in graph.nodes}
        self.links: list[tuple[object, object]] = []
        for number, edge in enumerate(graph.edges):
            path = list(self.path(number, edge))
            self.links.extend(pairwise(path))
            for item in path[1:-1]:
                self.items[item[1]].append(item)  # type: ignore[index]
        self.before: dict[object, list[object]] = {}
        self.after: dict[object, list[object]] = {}
        for first, last in self.links:
            self.after.setdefault(first, []).append(last)
            self.before.setdefault(last, []).append(first)
        self.rows = {node.name: node.row for node in graph.nodes if node.row is not None}
        if not self.rows and len(self.links) <= _MOST_COUNTED:
            self._sort()
        chance = Random(0)
        for _ in range(_TRIES if not self.rows and len(self.links) <= _FEW else 0):
            best, fewest = self.items, self._crossings()
            if not fewest:
                break
            # From another order the sweeps may find one with fewer crossings.
            self.items = [chance.sample(column, len(column)) for column in best]
            self._sort()
            if self._crossings() >= fewest:
                self.items = best

    def path(self, number: int, edge: Edge) -> Iterator[object]:
        yield edge.source
        for column in range(self.column[edge.source] + 1, self.column[edge.target]):
            yield number, column
        yield edge.target

    def _sort(self) -> None:
        """Order each column by its neighbours, back and forth, and keep the order with the fewest crossings."""
        best, fewest = [list(column) for column in self.items], self._crossings()
        for sweep in range(_SWEEPS):
            if not fewest:
                break
            forth = sweep % 2 == 0
            neighbours = self.before if forth else self.after
            order = range(1, len(self.items)) if forth else range(len(self.items) - 2, -1, -1)
            for column in order:
                other = {item: index for index, item in enumerate(self.items[column - 1 if forth else column + 1])}
                own = self.items[column]
                keys = {}
                for index, item in enumerate(own):
                    found = [other[near] for near in neighbours.get(item, ()) if near in other]
                    keys[item] = sum(found) / len(found) if found else index * len(other) / len(own)
                own.sort(key=keys.__getitem__)
            count = self._crossings()
            if count < fewest:
                best, fewest = [list(column) for column in self.items], count
        self.items = best

    def _crossings(self) -> int:
        place = {item: index for column in self.items for index, item in enumerate(column)}
        by_column: dict[int, list[tuple[int, int]]] = {}
        for first, last in self.links:
            column = self.column[first] if isinstance(first, str) else first[1]  # type: ignore[index]
            by_column.setdefault(column, []).append((place[first], place[last]))
        return sum(
            (a - c) * (b - d) < 0 for pairs in by_column.values() for index, (a, b) in enumerate(pairs) for c, d in pairs[:index]
        )


def place(graph: Graph, columns: Columns, extents: Mapping[str, Extent], gaps: Sequence[float], between: float) -> Places:
    """Places for all nodes: ``gaps`` are the distances between neighbouring columns, ``between`` that between nodes of a column."""
    fixed = columns.rows
    extent = {item: extents[item] if isinstance(item, str) else PASSING for column in columns.items for item in column}
    across = _rows(fixed, extent, between) if fixed else _across(columns, extent, between)
    along: list[float] = []
    position = 0.0
    for index, column in enumerate(columns.items):
        back = max(extent[item].back for item in column)
        position = (
            along[-1] + max(extent[item].forth for item in columns.items[index - 1]) + gaps[index - 1] + back if along else 0.0
        )
        along.append(position)
    nodes = {name: (along[columns.column[name]], across[name]) for name in extents}
    passing = {}
    for number, edge in enumerate(graph.edges):
        inner = list(columns.path(number, edge))[1:-1]
        if inner and not fixed:
            passing[number] = tuple((along[item[1]], across[item]) for item in inner)  # type: ignore[index]
    return Places(nodes, passing)


def _rows(fixed: Mapping[str, float], extent: Mapping[object, Extent], between: float) -> dict[object, float]:
    """Rows at equal distances, wide enough for the tallest neighbours."""
    pitch = max(own.down for own in extent.values()) + max(own.up for own in extent.values()) + between
    return {name: row * pitch for name, row in fixed.items()}


def _across(columns: Columns, extent: Mapping[object, Extent], between: float) -> dict[object, float]:
    """Each item near the mean of its neighbours, as far as the distances within its column allow."""
    place: dict[object, float] = {}
    offsets: list[list[float]] = []
    for column in columns.items:
        offset = [0.0]
        for above, below in pairwise(column):
            gap = between if isinstance(above, str) or isinstance(below, str) else 0.0
            offset.append(offset[-1] + extent[above].down + gap + extent[below].up)
        offsets.append(offset)
        place.update((item, offset[-1] / 2 - down) for item, down in zip(column, offset, strict=True))
    before: dict[object, float] = {}
    for sweep in range(_SETTLING):
        forth = sweep % 2 == 0
        if forth and sweep > _SWEEPS:
            if all(abs(place[item] - before[item]) < _SETTLED for item in place):
                break
        before = dict(place) if forth else before
        order = range(len(columns.items)) if forth else range(len(columns.items) - 1, -1, -1)
        for number in order:
            column = columns.items[number]
            wanted = []
            weights = []
            for item in column:
                # The last sweeps look at both sides.
                near = [*columns.before.get(item, ())] if forth or sweep >= _SWEEPS else []
                near += [*columns.after.get(item, ())] if not forth or sweep >= _SWEEPS else []
                wanted.append(sum(place[other] for other in near) / len(near) if near else place[item])
                weights.append(1.0 if isinstance(item, str) else _STRAIGHT)
            place.update(zip(column, _descending(wanted, weights, offsets[number]), strict=True))
    return place


def _descending(wanted: Sequence[float], weights: Sequence[float], offsets: Sequence[float]) -> list[float]:
    """The places nearest to those wanted, each at its distance below the one before: isotonic regression by pooling neighbours."""
    pools: list[list[float]] = []  # mean, weight, count
    for want, weight, offset in zip(wanted, weights, offsets, strict=True):
        pools.append([want + offset, weight, 1])
        while len(pools) > 1 and pools[-2][0] <= pools[-1][0]:
            mean, weight_of, count = pools.pop()
            before = pools[-1]
            before[0] = (before[0] * before[1] + mean * weight_of) / (before[1] + weight_of)
            before[1] += weight_of
            before[2] += count
    levels = [mean for mean, _, count in pools for _ in range(int(count))]
    return [level - offset for level, offset in zip(levels, offsets, strict=True)]
