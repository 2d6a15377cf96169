"""A graph → a drawing that fits a width: from left to right or from top to bottom, with as many labels as there is room for."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from ...errors import SymbackpropError
from ..drawing import POINT, SMALL_SIZE, TEXT_SIZE, Box, Drawing, Label, Lettering, Line, Mark, Shape, bounds, fitted
from .graph import MORE, SYMBOL, Graph, Node
from .placing import Columns, Extent, place
from .routing import Routed, border, placed_labels, route, sampled

MAX_HEIGHT = 190.0  # millimetres: what fits a page with its caption
_LEAST_EDGE, _BEST_EDGE = 7.0, 13.0
_STUB = 3.4  # length of the arrow of a bias
_BETWEEN_NOTES = 0.16  # of the size of notes, between the box of one and that of the next
_BESIDE = 0.6  # millimetres from a node to what stands beside it, where edges are level and upright
_MANY, _DENSE = 60, 3  # edges from which they are thin; between two columns, from which labels stand on them
_SCALES = (1.0, 0.86, 0.74)
_SPREADS = (1.0, 1.5, 2.1, 3.0)
# What counts against a layout beside each edge that a label hides: smaller letters, and more height than is needed.
_SMALLER, _TALLER, _LOW = 24.0, 0.12, 80.0
_LARGEST = 4.6  # half the width of letters in a circle
_LETTERS_ONLY = (SYMBOL, MORE)


@dataclass(frozen=True, slots=True)
class Diagram:
    """The picture of a graph."""

    graph: Graph

    def drawing(self, width: float) -> Drawing:
        """The largest of its versions that fits: labels go before nodes do."""
        for graph in self._versions():
            facts = _Facts(graph)
            ways = ((False, graph), (True, graph.turned()))
            best: tuple[float, Drawing] | None = None
            for scale in _SCALES:
                if best is not None and best[0] <= _SMALLER * (1 - scale):
                    break
                for turned, own in ways:
                    for spread in _SPREADS if facts.labelled else _SPREADS[:1]:
                        found = _Attempt(own, facts, width, turned, scale, spread).drawing()
                        if found is None:
                            continue
                        hidden, drawing = found
                        cost = hidden + _SMALLER * (1 - scale) + _TALLER * max(0.0, drawing.height - _LOW)
                        if best is None or cost < best[0]:
                            best = cost, drawing
                        if not hidden:
                            break  # further apart is only larger
            if best is not None:
                return best[1]
        raise SymbackpropError(f"the figure does not fit a width of {width:.0f} mm")

    def _versions(self) -> Iterator[Graph]:
        """The graph with less and less of it."""
        graph = self.graph
        yield graph
        if any(edge.notes for edge in graph.edges):
            yield graph.without_edge_notes()
        bare = graph.without_edge_notes().without_notes()
        yield bare
        rows, columns = max(map(len, graph.columns)), len(graph.columns)
        if any(node.row is not None for node in graph.nodes):
            rows = columns = 0
        while rows > 3 or columns > 3:
            rows, columns = max(3, rows - 1), max(3, columns - 1)
            yield bare.elided(rows, columns)
        yield bare.elided(3, 2)


class _Facts:
    """What all layouts of a graph have in common."""

    def __init__(self, graph: Graph) -> None:
        column = {node.name: node.column for node in graph.nodes}
        self.edges: Counter[int] = Counter(column[edge.source] for edge in graph.edges)  # that leave each column
        self.labels: Counter[int] = Counter()
        self.widest: dict[int, Lettering] = {}
        paired = False
        for edge in graph.edges:
            own = column[edge.source]
            notes = edge.notes
            paired = paired or len(notes) > 1
            for note in notes:
                self.labels[own] += 1
                if own not in self.widest or note.lettering.width > self.widest[own].width:
                    self.widest[own] = note.lettering
        self.labelled = bool(self.labels)
        self.many = len(graph.edges) > _MANY
        # Where so many edges run side by side that a label beside one could be taken for the other's, labels stand on them.
        self.on_line = not paired and max(self.labels.values(), default=0) > _DENSE
        self.tallest = max(map(len, graph.columns))
        self.columns = Columns(graph)


class _Attempt:
    """One layout of a graph; ``turned`` from top to bottom, ``spread`` is how far apart nodes of a column stand."""

    def __init__(self, graph: Graph, facts: _Facts, width: float, turned: bool, scale: float, spread: float) -> None:
        self.graph, self.facts, self.width, self.turned, self.scale, self.spread = graph, facts, width, turned, scale, spread
        self.small = SMALL_SIZE * scale
        self.halves = {node.name: half for column in graph.columns for node, half in self._halves(column)}
        # Where nodes have rows, edges are level and upright; some lead up to the left.
        self.has_rows = any(node.row is not None for node in graph.nodes)
        column = {node.name: node.column for node in graph.nodes}
        self.from_right = {edge.target for edge in graph.edges if column[edge.source] > column[edge.target]}

    def _size(self, node: Node) -> float:
        return TEXT_SIZE * self.scale

    def _halves(self, column: list[Node]) -> Iterator[tuple[Node, tuple[float, float]]]:
        """Half the width and height of each node: circles of one size; for longer letters boxes, of one width in a column."""
        radius = self._radius
        wide = [node for node in column if self._is_wide(node)]
        widest = max(map(self._width, wide), default=0.0) / 2 + 1.5 * self.scale
        for node in column:
            if node.kind in _LETTERS_ONLY:
                yield node, (self._width(node) / 2 + 0.4, 2.0 * self.scale)
            elif node in wide:
                yield node, (widest, 3.5 * self.scale)
            else:
                yield node, (radius, radius)

    @cached_property
    def _radius(self) -> float:
        """That of all circles."""
        widest = max(
            (self._width(n) for n in self.graph.nodes if n.kind not in _LETTERS_ONLY and not self._is_wide(n)), default=0.0
        )
        return max(3.4 * self.scale, widest / 2 + 0.9 * self.scale)

    def _is_wide(self, node: Node) -> bool:
        """Whether the letters of a node are too long for a circle."""
        return node.kind not in _LETTERS_ONLY and self._width(node) / 2 > _LARGEST * self.scale

    def _width(self, node: Node) -> float:
        return Label(0.0, 0.0, node.label, self._size(node)).width

    def drawing(self) -> tuple[int, Drawing] | None:
        """The drawing, and before it how much of it is hidden by labels; None where it does not fit."""
        if self.turned and self.has_rows:
            return None
        extents = {node.name: self._extent(node) for node in self.graph.nodes}
        gaps = self._gaps(extents)
        if gaps is None:
            return None
        between = (3.0 if self.facts.labelled else 2.2) * self.scale * self.spread
        if self.has_rows:  # between rows there are edges
            between = max(between, _LEAST_EDGE * self.scale)
        if self._stack(extents, between) > (self.width if self.turned else MAX_HEIGHT):
            return None
        places = place(self.graph, self.facts.columns, extents, gaps, between)
        shapes = {}
        for node in self.graph.nodes:
            x, y = self._turned(places.nodes[node.name])
            shapes[node.name] = Shape(x, y, *self.halves[node.name], node.kind)
        marks: list[Mark] = []
        routed = []
        for number, edge in enumerate(self.graph.edges):
            passing = [self._turned(point) for point in places.passing.get(number, ())]
            points, curved = route(shapes[edge.source], shapes[edge.target], passing, self.turned)
            routed.append(Routed(edge, points, curved, tuple(sampled(points, curved))))
        beside = [mark for node in self.graph.nodes for mark in self._beside(node, shapes[node.name])]
        obstacles = [bounds(mark).area for mark in (*shapes.values(), *beside)]
        placed = placed_labels(routed, obstacles, self.small, self.facts.on_line)
        if placed is None:
            return None
        labels, hidden = placed
        marks.extend(self._line(own) for own in routed)
        marks.extend(shape for name, shape in shapes.items() if shape.kind not in _LETTERS_ONLY)
        marks.extend(Label(shapes[n.name].x, shapes[n.name].y, n.label, self._size(n)) for n in self.graph.nodes)
        whole = fitted((*marks, *beside, *labels))
        return (hidden, whole) if whole.width <= self.width + 0.01 and whole.height <= MAX_HEIGHT else None

    def _stack(self, extents: dict[str, Extent], between: float) -> float:
        """The least length of the longest column."""
        return max(
            sum(extents[node.name].down + extents[node.name].up for node in column) + between * (len(column) - 1)
            for column in self.graph.columns
        )

    def _turned(self, point: tuple[float, float]) -> tuple[float, float]:
        along, across = point
        return (-across, -along) if self.turned else (along, across)

    def _extent(self, node: Node) -> Extent:
        """How far a node reaches, with its notes; in rows, what is to its side lies between the columns."""
        boxes = [bounds(mark) for mark in self._beside(node, Shape(0.0, 0.0, *self.halves[node.name]))]
        half_width, half_height = self.halves[node.name]
        boxes.append(Box(-half_width, -half_height, half_width, half_height))
        left, right = -min(box.left for box in boxes), max(box.right for box in boxes)
        down, up = -min(box.bottom for box in boxes), max(box.top for box in boxes)
        if self.has_rows:
            return Extent(half_width, half_width, down, up)
        return Extent(up, down, right, left) if self.turned else Extent(left, right, down, up)

    def _beside(self, node: Node, shape: Shape) -> Iterator[Mark]:
        """The notes of a node and its bias: below and above it, or to its sides where the graph goes downward.

        In rows they stand between the level edges and the upright ones.
        """
        sideways = self.turned or self.has_rows
        x = shape.x + (shape.half_width + (_BESIDE if self.has_rows else 0.9) if sideways else 0.0)
        notes = [
            Label(x, 0.0, note.lettering, self.small, note.role, "start" if sideways else "middle", not self.has_rows)
            for note in node.notes
        ]
        between = _BETWEEN_NOTES * self.small * POINT
        tall = sum(note.level.top - note.level.bottom for note in notes) + between * (len(notes) - 1)
        if self.has_rows:
            top = shape.y + _BESIDE + tall if node.name in self.from_right else shape.y - _BESIDE
        else:
            top = shape.y + tall / 2 if self.turned else shape.y - shape.half_height - 0.9
        for note in notes:
            placed = replace(note, y=top - note.level.top)
            yield placed
            top = placed.level.bottom - between
        if node.stub is not None:
            yield from self._bias(node.stub, shape)

    def _bias(self, lettering: Lettering, shape: Shape) -> Iterator[Mark]:
        """A short arrow into a node and its letters: from above, from the left, or in rows from between these."""
        across, up = (-math.sqrt(0.5), math.sqrt(0.5)) if self.has_rows else (-1.0, 0.0) if self.turned else (0.0, 1.0)
        far = Shape(shape.x, shape.y, shape.half_width + _STUB * self.scale, shape.half_height + _STUB * self.scale)
        start, end = (border(own, (shape.x + across, shape.y + up)) for own in (far, shape))
        yield Line((start, end), arrow=True)
        label = Label(start[0] - 0.15, start[1], lettering, self.small, anchor="end", on_line=True)
        if not self.turned:
            label = Label(start[0] - (0.4 if self.has_rows else 0.0), 0.0, lettering, self.small, on_line=not self.has_rows)
            label = replace(label, y=start[1] + 0.15 - label.level.bottom)
        yield label

    def _gaps(self, extents: dict[str, Extent]) -> list[float] | None:
        """The distances between columns: as long as labels need, shorter in a small width; None where it is too small."""
        columns = self.graph.columns
        if self.turned:
            return [self._need(first[0].column) * self._longer for first, _ in pairwise(columns)]
        solid = sum(max(extents[n.name].back for n in column) + max(extents[n.name].forth for n in column) for column in columns)
        needed = [self._need(first[0].column) for first, _ in pairwise(columns)]
        if self.has_rows:
            needed = [max(need, self._to_the_right(first)) for need, (first, _) in zip(needed, pairwise(columns), strict=True)]
            solid += self._to_the_right(columns[-1])
        wanted = [need * self._longer for need in needed]
        room = self.width - solid
        if sum(wanted) <= room:
            return wanted
        least = [need if self.facts.labelled or self.has_rows else min(_LEAST_EDGE * self.scale, need) for need in needed]
        if sum(least) > room:
            return None
        share = (room - sum(least)) / max(sum(wanted) - sum(least), 1e-9)
        return [low + (want - low) * share for low, want in zip(least, wanted, strict=True)]

    def _to_the_right(self, column: list[Node]) -> float:
        """The width of what stands to the right of the nodes of a column, with the room around it."""
        widest = max((note.lettering.width_at(self.small) for node in column for note in node.notes), default=0.0)
        return widest + 3 * _BESIDE if widest else 0.0

    @property
    def _longer(self) -> float:
        """What edges gain in length where nodes stand further apart."""
        return 1.0 + 0.4 * (self.spread - 1.0)

    def _need(self, column: int) -> float:
        """The length of the edges that leave a column: room for their labels."""
        facts = self.facts
        edges, labels = facts.edges[column], facts.labels[column]
        dense = facts.on_line and labels > _DENSE
        if self.turned:
            return ((26.0 if dense else 11.0) if labels else min(_BEST_EDGE + facts.tallest, 22.0)) * self.scale
        if not labels:
            return min(_BEST_EDGE + 0.8 * facts.tallest, 22.0) * self.scale if edges else 5.0 * self.scale
        widest = Label(0.0, 0.0, facts.widest[column], self.small).width
        beside = 20.0 if dense else 5.0 if labels == edges else 3.6 if edges == 1 else 7.0
        return max(12.0 * self.scale, widest + beside * self.scale)

    def _line(self, routed: Routed) -> Line:
        points = routed.points[::-1] if routed.edge.back else routed.points
        style = "hair" if self.facts.many else "normal"
        return Line(points, "quiet" if self.facts.many else "", style, not self.facts.many, routed.curved)
