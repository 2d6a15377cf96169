"""A graph with labels, in columns from left to right; and smaller versions of it, for a narrow page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..drawing import Lettering

DOTS = Lettering(r"\vdots", 0.3, "...")
DOTS_ACROSS = Lettering(r"\cdots", 1.2, "...")
MORE = "more"  # the kind of a node that stands for some that are left out
SYMBOL = "text"  # the kind of a node that is letters alone: of a circuit what is given, and where a row ends


@dataclass(frozen=True, slots=True)
class Note:
    """Small letters beside a node or an edge, in the colour of a role."""

    lettering: Lettering
    role: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A node in a column. ``notes`` stand below it, ``stub`` at a short arrow into it: its bias.

    ``row`` fixes its place in the column, counted upward; where one node of a graph has a row, all have.
    """

    name: str
    label: Lettering
    kind: str  # "given", "unit", "output", "loss", "operation", `SYMBOL` or `MORE`
    column: int
    notes: tuple[Note, ...] = ()
    stub: Lettering | None = None
    row: float | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge from a node of an earlier column to one of a later; ``back`` turns its arrow round."""

    source: str
    target: str
    above: Note | None = None
    below: Note | None = None
    back: bool = False

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(note for note in (self.above, self.below) if note is not None)


@dataclass(frozen=True, slots=True)
class Graph:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def columns(self) -> list[list[Node]]:
        found: dict[int, list[Node]] = {}
        for node in self.nodes:
            found.setdefault(node.column, []).append(node)
        return [found[column] for column in sorted(found)]

    @property
    def labels(self) -> tuple[Lettering, ...]:
        """Everything that is written in the graph."""
        inner = (node.label for node in self.nodes)
        beside = (note.lettering for node in self.nodes for note in node.notes)
        stubs = (node.stub for node in self.nodes if node.stub is not None)
        return (*inner, *beside, *stubs, *(note.lettering for edge in self.edges for note in edge.notes))

    def without_edge_notes(self) -> Graph:
        return replace(self, edges=tuple(replace(edge, above=None, below=None) for edge in self.edges))

    def without_notes(self) -> Graph:
        """Symbols only: no values, no biases."""
        return replace(self, nodes=tuple(replace(node, notes=(), stub=None) for node in self.nodes))

    def turned(self) -> Graph:
        """The graph for a layout from top to bottom: its dots lie the other way."""
        other = {DOTS: DOTS_ACROSS, DOTS_ACROSS: DOTS}
        return replace(self, nodes=tuple(replace(n, label=other[n.label]) if n.kind == MORE else n for n in self.nodes))

    def elided(self, most_rows: int, most_columns: int) -> Graph:
        """At most so many nodes in a column and so many columns; dots stand for the rest."""
        return self._fewer_columns(most_columns)._fewer_rows(most_rows)

    def _fewer_columns(self, most: int) -> Graph:
        columns = self.columns
        if len(columns) <= most:
            return self
        gap = next((index for index, column in enumerate(columns) if [node.kind for node in column] == [MORE]), None)
        # Where columns are left out already, the new gap takes in the old one.
        last = (most - 1) // 2 if gap is None else min(len(columns) - gap - 1, (most - 1) // 2)
        first = most - 1 - last
        if gap is not None:
            first = min(first, gap)
        start, end = columns[first][0].column, columns[len(columns) - last][0].column
        kept = [node for column in (*columns[:first], *columns[len(columns) - last :]) for node in column]
        dots = Node("columns left out", DOTS_ACROSS, MORE, start)
        moved = [replace(node, column=node.column if node.column < start else node.column - end + start + 1) for node in kept]
        names = {node.name for node in kept}
        # An edge from before the gap to behind it would run through the dots.
        before = {node.name for node in kept if node.column < start}
        edges = [e for e in self.edges if e.source in names and e.target in names and (e.source in before) == (e.target in before)]
        return Graph(
            (*(node for node in moved if node.column < start), dots, *(n for n in moved if n.column > start)), tuple(edges)
        )

    def _fewer_rows(self, most: int) -> Graph:
        nodes: list[Node] = []
        for column in self.columns:
            nodes.extend(_shortened(column, most))
        names = {node.name for node in nodes}
        return Graph(tuple(nodes), tuple(edge for edge in self.edges if edge.source in names and edge.target in names))


def _shortened(column: list[Node], most: int) -> Iterator[Node]:
    """The first nodes of a column, dots, and the last."""
    if len(column) <= most:
        yield from column
        return
    before = [node for node in column[:-1] if node.kind != MORE][: most - 2]
    yield from before
    yield Node(f"nodes left out of column {column[0].column}", DOTS, MORE, column[0].column)
    yield column[-1]
