"""A circuit → a drawing: rows from left to right, with a lane for every edge that has numbers, so that no edge runs through one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from ..drawing import POINT, SMALL_SIZE, TEXT_SIZE, Drawing, Label, Line, Mark, Point, Shape, bounds, fitted, moved
from .diagram import MAX_HEIGHT, Diagram
from .graph import SYMBOL, Edge, Graph, Node, Note
from .placing import Columns, Extent, place
from .routing import CLEAR, route
from .rows import Cuts, End

_SCALES = (1.0, 0.9, 0.8, 0.7)
_SMALLER, _TALLER, _TALL = (
    7.0,
    0.05,
    120.0,
)  # against smaller letters and a height above the third: beside one for each row
_BETWEEN_ROWS = 7.0
_OFF = 0.5  # millimetres between a number and its edge
_LARGEST, _RADIUS = 2.6, 3.4  # half the width of letters in a circle, and its radius
_TITLE, _LINE = 1.3, 1.18  # of the size of a symbol and of the notes below it, from one line to the next
_LANE = "lane"
_NARROW = 84.0  # millimetres of a narrow column


@dataclass(frozen=True, slots=True)
class Circuit:
    """The picture of a circuit; ``ends`` says of every operation what stands where a row is cut behind it."""

    graph: Graph
    ends: Mapping[str, End]
    left_out: bool = False  # whether parameters are

    @property
    def is_long(self) -> bool:
        """Whether a narrow column has no room for it in one row."""
        return _Row(self.graph, 1.0).width > _NARROW

    def drawing(self, width: float) -> Drawing:
        """In letters and rows that fit; where nothing does, as a diagram of what there is room for."""
        cuts = Cuts(self.graph, self.ends)
        best: tuple[float, Drawing] | None = None
        for scale in _SCALES:
            if best is not None and best[0] <= 1.0 + _SMALLER * (1 - scale):
                break
            rows = cuts.rows(width, lambda part: _Row(part, scale).width)  # noqa: B023 - used at once
            if rows is None:
                continue
            drawing = _stacked([_Row(part, scale).drawing() for part in rows], _BETWEEN_ROWS * scale)
            cost = len(rows) + _SMALLER * (1 - scale) + _TALLER * max(0.0, drawing.height - _TALL)
            if drawing.width <= width + 0.01 and drawing.height <= MAX_HEIGHT and (best is None or cost < best[0]):
                best = cost, drawing
        return best[1] if best is not None else Diagram(self.graph).drawing(width)


def _stacked(rows: list[Drawing], between: float) -> Drawing:
    """Drawings below one another."""
    marks: list[Mark] = []
    top = 0.0
    for row in rows:
        marks.extend(moved(mark, 0.0, top - row.height) for mark in row.marks)
        top -= row.height + between
    return fitted(marks)


class _Row:
    """The layout of one row. Behind a column whose nodes are read more than once every edge has a lane of its own."""

    def __init__(self, graph: Graph, scale: float) -> None:
        self.graph, self.scale = graph, scale
        self.small, self.size = SMALL_SIZE * scale, TEXT_SIZE * scale
        self.own = graph.columns
        self.number = {node.name: index for index, column in enumerate(self.own) for node in column}
        labelled = Counter(edge.source for edge in graph.edges if edge.notes)
        self.lanes = {index for index, column in enumerate(self.own) if any(labelled[node.name] > 1 for node in column)}
        self.halves = {node.name: half for column in self.own for node, half in self._halves(column)}
        self.solid = [max(self.halves[node.name][0] for node in column) for column in self.own]
        self.lane = [0.0] * len(self.own)  # the width of the numbers behind each column
        for edge in graph.edges:
            index = self.number[edge.source]
            self.lane[index] = max(self.lane[index], *(self._width(note) + 1.6 * scale for note in edge.notes), 0.0)

    def _title(self, node: Node) -> float:
        return node.label.width_at(self.size)

    def _width(self, note: Note) -> float:
        return note.lettering.width_at(self.small)

    def _halves(self, column: list[Node]) -> Iterator[tuple[Node, tuple[float, float]]]:
        """Half the width and height of each node with its notes: circles, boxes of one width, and letters alone."""
        half = {node.name: max(self._title(node), *map(self._width, node.notes), 0.0) / 2 for node in column}
        boxes = [node for node in column if node.kind != SYMBOL and (node.notes or half[node.name] > _LARGEST * self.scale)]
        widest = max((half[node.name] for node in boxes), default=0.0) + 1.3 * self.scale
        radius = _RADIUS * self.scale
        for node in column:
            if node.kind == SYMBOL:
                yield node, (half[node.name] + 0.4, self._block(node) / 2)
            elif node in boxes:
                yield node, (widest, max(radius, self._block(node) / 2 + 0.7 * self.scale))
            else:
                yield node, (radius, radius)

    def _block(self, node: Node) -> float:
        """The height of a symbol with its notes."""
        return (_TITLE * self.size + _LINE * self.small * len(node.notes)) * POINT

    def _zone(self, items: int, has_numbers: bool) -> float:
        """The room in which edges go up and down between two columns."""
        return (4.6 + (0.0 if has_numbers else 2.0) + 0.55 * max(0, min(items, 14) - 2)) * self.scale

    @cached_property
    def _gaps(self) -> list[float]:
        """The distances between the columns of nodes and lanes."""
        reads = Counter(self.number[edge.source] for edge in self.graph.edges)
        gaps = []
        for index in range(len(self.own) - 1):
            items = max(reads[index], len(self.own[index]), len(self.own[index + 1]))
            if index in self.lanes:
                gaps.append(self._zone(items, True) - 1.2 * self.scale)
            gaps.append(self._zone(items, bool(self.lane[index])))
        return gaps

    @property
    def width(self) -> float:
        return 2 * sum(self.solid) + sum(self.lane) + sum(self._gaps)

    def drawing(self) -> Drawing:
        layered, names = self._with_lanes()
        columns = Columns(layered)
        extents = {node.name: self._extent(node) for node in self.graph.nodes}
        extents |= {name: self._lane_extent(self.graph.edges[number]) for number, name in names.items()}
        places = place(layered, columns, extents, self._gaps, 1.7 * self.scale)
        edge_of = {(edge.source, edge.target): number for number, edge in enumerate(layered.edges)}
        left, right = self._sides(layered, columns, places.nodes, extents)
        shapes = {node.name: Shape(*places.nodes[node.name], *self.halves[node.name], node.kind) for node in self.graph.nodes}
        arrivals = self._arrivals(shapes)
        lines: list[Mark] = []
        labels: list[Mark] = []
        for number, edge in enumerate(self.graph.edges):
            source = shapes[edge.source]
            column = columns.column[edge.source]
            passing: list[Point] = [(right[column], source.y)]
            stops = [edge.source, *([names[number]] if number in names else []), edge.target]
            middle = (source.x + self.solid[self.number[edge.source]] + right[column]) / 2, source.y
            for first, last in pairwise(stops):
                if first != edge.source:
                    own, middle = columns.column[first], places.nodes[first]
                    passing.extend(((left[own], middle[1]), (right[own], middle[1])))
                inner = range(columns.column[first] + 1, columns.column[last])
                for at, (_, y) in zip(inner, places.passing.get(edge_of[first, last], ()), strict=True):
                    passing.extend(((left[at], y), (right[at], y)))
            points, curved = route(source, arrivals[number], passing, False)
            lines.append(Line(points, arrow=True, curved=curved))
            labels.extend(self._beside(edge, middle))
        letters = [mark for node in self.graph.nodes for mark in self._letters(node, shapes[node.name])]
        return fitted((*lines, *(shape for shape in shapes.values() if shape.kind != SYMBOL), *letters, *labels))

    def _with_lanes(self) -> tuple[Graph, dict[int, str]]:
        """The graph with a node for each lane, and the lane of each edge by its number."""
        nodes = [replace(node, column=2 * self.number[node.name]) for node in self.graph.nodes]
        edges: list[Edge] = []
        names: dict[int, str] = {}
        for number, edge in enumerate(self.graph.edges):
            index = self.number[edge.source]
            if index in self.lanes and edge.notes:
                names[number] = f"{_LANE} {number}"
                nodes.append(Node(names[number], edge.notes[0].lettering, _LANE, 2 * index + 1))
                edges.extend((Edge(edge.source, names[number], edge.above, edge.below), Edge(names[number], edge.target)))
            else:
                edges.append(edge)
        return Graph(tuple(nodes), tuple(edges)), names

    def _lane_extent(self, edge: Edge) -> Extent:
        """How far a lane with its numbers reaches."""
        half = self.lane[self.number[edge.source]] / 2
        return Extent(half, half, *self._heights([edge]))

    def _extent(self, node: Node) -> Extent:
        """How far a node reaches; where there are no lanes behind it, the numbers of its edges are its own."""
        index = self.number[node.name]
        half = self.halves[node.name][1] + 0.3 * self.scale
        edges = [] if index in self.lanes else [edge for edge in self.graph.edges if edge.source == node.name]
        down, up = self._heights(edges)
        beside = 0.0 if index in self.lanes else self.lane[index]
        return Extent(self.solid[index], self.solid[index] + beside, max(half, down), max(half, up))

    def _heights(self, edges: list[Edge]) -> tuple[float, float]:
        """How far the numbers of edges reach below and above them."""
        line = _LINE * self.small * POINT + _OFF
        return (line if any(edge.below for edge in edges) else 0.6), (line if any(edge.above for edge in edges) else 0.6)

    @staticmethod
    def _sides(
        graph: Graph, columns: Columns, places: Mapping[str, Point], extents: Mapping[str, Extent]
    ) -> tuple[list[float], list[float]]:
        """The left and the right end of each column."""
        left, right = [], []
        for column in graph.columns:
            x = places[column[0].name][0]
            left.append(x - max(extents[node.name].back for node in column))
            right.append(x + max(extents[node.name].forth for node in column))
        return left, right

    def _arrivals(self, shapes: Mapping[str, Shape]) -> list[Shape]:
        """What each edge points at: a circle, or a place at the left side of anything else, those from above being higher."""
        into: dict[str, list[int]] = {}
        for number, edge in enumerate(self.graph.edges):
            into.setdefault(edge.target, []).append(number)
        found = [shapes[edge.target] for edge in self.graph.edges]
        for name, numbers in into.items():
            shape = shapes[name]
            if shape.half_width == shape.half_height:
                continue
            numbers.sort(key=lambda number: -shapes[self.graph.edges[number].source].y)
            step = min(2.4 * self.scale, 1.6 * shape.half_height / len(numbers))
            for index, number in enumerate(numbers):
                y = shape.y + step * ((len(numbers) - 1) / 2 - index)
                found[number] = Shape(shape.x - shape.half_width + CLEAR, y, CLEAR, CLEAR)
        return found

    def _letters(self, node: Node, shape: Shape) -> Iterator[Label]:
        """The symbol of a node and the notes below it."""
        top = shape.y + self._block(node) / 2
        first, line = _TITLE * self.size * POINT, _LINE * self.small * POINT
        yield Label(shape.x, top - first / 2 if node.notes else shape.y, node.label, self.size)
        for index, note in enumerate(node.notes):
            yield Label(shape.x, top - first - line * (index + 0.5), note.lettering, self.small, note.role)

    def _beside(self, edge: Edge, middle: Point) -> Iterator[Label]:
        """The numbers of an edge above and below the middle of its lane."""
        for note, side in ((edge.above, 1), (edge.below, -1)):
            if note is not None:
                label = Label(middle[0], middle[1], note.lettering, self.small, note.role)
                box = bounds(label)
                off = (box.top - box.bottom) / 2 + _OFF
                yield replace(label, y=2 * middle[1] - (box.top + box.bottom) / 2 + side * off)
