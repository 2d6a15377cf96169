"""A circuit cut into rows: what a row ends with, the row that needs it begins with.

Symbols that are given stand beside the operations that read them, so one may stand in several places.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from ..drawing import Lettering
from .graph import SYMBOL, Edge, Graph, Node, Note

_ROW, _NAMELESS, _RAGGED = 10.0, 4.0, 3.0  # what counts against a cut beside each value that it hands on
_SOME_NUMBER = 10  # as wide as any that a row can end with


@dataclass(frozen=True, slots=True)
class End:
    """What a row says of a node that later ones read: its symbol, if it has one, and what goes forward.

    ``below`` is what comes back from some of the nodes that read it.
    """

    label: Lettering | None
    above: Note | None
    below: Callable[[tuple[str, ...]], Note | None]


def always(note: Note | None) -> Callable[[tuple[str, ...]], Note | None]:
    """What comes back where that is the same from all."""
    return lambda _: note


def _number(number: int) -> Lettering:
    """What a row ends with where that has no symbol."""
    sign = f"({number})"
    return Lettering(sign, 0.28 + 0.5 * len(sign), sign)


class Cuts:
    """All ways to cut a graph between its columns of operations."""

    def __init__(self, graph: Graph, ends: Mapping[str, End]) -> None:
        self.graph, self.ends = graph, ends
        self.nodes = {node.name: node for node in graph.nodes}
        self.columns = sorted({node.column for node in graph.nodes if node.kind != SYMBOL})
        self.readers: dict[str, list[Node]] = {}
        for edge in graph.edges:
            self.readers.setdefault(edge.source, []).append(self.nodes[edge.target])

    def part(self, first: int, last: int, numbers: Mapping[str, int]) -> Graph:
        """The row of some neighbouring columns of operations; ``numbers`` has those of ends without a symbol."""
        inside = self._inside(first, last)
        nodes = {name: self.nodes[name] for name in self.nodes if name in inside}
        edges = []
        for edge in self.graph.edges:
            target = self.nodes[edge.target]
            if target.kind == SYMBOL and edge.source in inside:  # the end of the whole
                nodes[edge.target] = target
                edges.append(edge)
            elif edge.target in inside:
                source = edge.source if edge.source in inside else f"{edge.source} before column {target.column}"
                if source not in nodes:
                    nodes[source] = self._beginning(self.nodes[edge.source], source, target.column - 1, numbers)
                edges.append(replace(edge, source=source))
        for name in self._handed_on(inside):
            end, goes_on = self.ends[name], f"{name} goes on"
            nodes[goes_on] = Node(goes_on, self._label(name, numbers), SYMBOL, self.nodes[name].column + 1)
            later = tuple(node.name for node in self.readers[name] if node.name not in inside)
            edges.append(Edge(name, goes_on, end.above, end.below(later)))
        return Graph(tuple(nodes.values()), tuple(edges))

    def _beginning(self, node: Node, name: str, column: int, numbers: Mapping[str, int]) -> Node:
        if node.kind == SYMBOL:
            return replace(node, name=name, column=column)
        return Node(name, self._label(node.name, numbers), SYMBOL, column)

    def _label(self, name: str, numbers: Mapping[str, int]) -> Lettering:
        return self.ends[name].label or _number(numbers.get(name, _SOME_NUMBER))

    def _handed_on(self, inside: set[str]) -> Iterator[str]:
        """The operations of a row that another one reads."""
        for name in self.nodes:
            if name in inside and any(node.kind != SYMBOL and node.name not in inside for node in self.readers.get(name, ())):
                yield name

    def _inside(self, first: int, last: int) -> set[str]:
        """The operations of some neighbouring columns."""
        low, high = self.columns[first], self.columns[last]
        return {node.name for node in self.nodes.values() if node.kind != SYMBOL and low <= node.column <= high}

    def _cost(self, first: int, last: int) -> float:
        return sum(_NAMELESS if self.ends[name].label is None else 1.0 for name in self._handed_on(self._inside(first, last)))

    def rows(self, room: float, width: Callable[[Graph], float]) -> list[Graph] | None:
        """The best rows, few ones and of like widths; None where a column is too wide for a row."""
        count = len(self.columns)
        best = [(0.0, count)] * (count + 1)  # of all from a column on: the cost, and the last column of their first row
        for first in reversed(range(count)):
            found = (math.inf, first)
            for last in range(first, count):
                wide = width(self.part(first, last, {}))
                if wide > room:
                    break
                own = _ROW + self._cost(first, last) + _RAGGED * (1 - wide / room) ** 2
                found = min(found, (own + best[last + 1][0], last))
            best[first] = found
        if math.isinf(best[0][0]):
            return None
        spans, first = [], 0
        while first < count:
            spans.append((first, best[first][1]))
            first = spans[-1][1] + 1
        ends = (name for span in spans for name in self._handed_on(self._inside(*span)))
        numbers = {name: number for number, name in enumerate((name for name in ends if self.ends[name].label is None), 1)}
        return [self.part(*span, numbers) for span in spans]
