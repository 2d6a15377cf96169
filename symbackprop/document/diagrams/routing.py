"""Edges between the borders of their nodes, and places for the labels of edges where they hide nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from ..drawing import Area, Label, Point, Shape
from .graph import Edge

CLEAR = 0.35  # millimetres between an arrow and its node
_OFF = 0.5  # between a label and its edge
_STEEPEST, _STEEP = 62.0, 45.0  # degrees of an edge whose labels beside it lie along it, and whose label on it does
_BESIDE, _PASSES = 0.5, 3  # millimetres from a label on an edge to other edges; how often labels look for a better place
_OTHER = 0.3  # what counts against a label on an edge that lies the other way
_APART, _NEAR = 0.9, 0.4  # between two labels, between a label and a node
_SAMPLES = 10  # straight pieces of a curve
# Where on an edge a label may stand, the best place first.
_ALONG = (0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75, 0.2, 0.8, 0.15, 0.85)


def border(shape: Shape, towards: Point) -> Point:
    """Where an edge that goes from the middle of a node ``towards`` a point leaves the node."""
    across, up = towards[0] - shape.x, towards[1] - shape.y
    length = math.hypot(across, up) or 1.0
    across, up = across / length, up / length
    if math.isclose(shape.half_width, shape.half_height):
        reach = shape.half_width
    else:
        reach = min(shape.half_width / abs(across) if across else math.inf, shape.half_height / abs(up) if up else math.inf)
    return shape.x + across * (reach + CLEAR), shape.y + up * (reach + CLEAR)


def route(source: Shape, target: Shape, passing: Sequence[Point], turned: bool) -> tuple[tuple[Point, ...], bool]:
    """The points of an edge and whether they are those of a curve: straight, or smooth through its passing places."""
    if not passing:
        middle = (target.x, target.y)
        return (border(source, middle), border(target, (source.x, source.y))), False
    points = [border(source, passing[0]), *passing, border(target, passing[-1])]
    curve = [points[0]]
    for index, (first, last) in enumerate(pairwise(points)):
        reach = (last[1] - first[1] if turned else last[0] - first[0]) / 2.4
        step = (0.0, reach) if turned else (reach, 0.0)
        # At its two ends the edge points straight at its nodes.
        leave = first if index == 0 else (first[0] + step[0], first[1] + step[1])
        arrive = last if index == len(points) - 2 else (last[0] - step[0], last[1] - step[1])
        if index == 0:
            leave = _between(first, arrive, 0.4)
        if index == len(points) - 2:
            arrive = _between(last, leave, 0.4)
        curve.extend((leave, arrive, last))
    return tuple(curve), True


def _between(first: Point, last: Point, share: float) -> Point:
    return first[0] + (last[0] - first[0]) * share, first[1] + (last[1] - first[1]) * share


def sampled(points: Sequence[Point], curved: bool) -> list[Point]:
    """An edge as short straight pieces."""
    if not curved:
        return list(points)
    found = [points[0]]
    for start in range(0, len(points) - 1, 3):
        a, b, c, d = points[start : start + 4]
        for index in range(1, _SAMPLES + 1):
            t = index / _SAMPLES
            u = 1 - t
            found.append(
                tuple(u**3 * a[i] + 3 * u * u * t * b[i] + 3 * u * t * t * c[i] + t**3 * d[i] for i in (0, 1))  # type: ignore[arg-type]
            )
    return found


@dataclass(frozen=True, slots=True)
class Routed:
    """An edge with its points."""

    edge: Edge
    points: tuple[Point, ...]
    curved: bool
    pieces: tuple[Point, ...]


class Choice:
    """A place for labels of an edge; ``cost`` is what counts against it."""

    def __init__(self, cost: float, labels: list[Label]) -> None:
        self.cost, self.labels = cost, labels

    @cached_property
    def areas(self) -> list[Area]:
        return [label.area for label in self.labels]


Choices = Sequence[Choice]  # those that cost less first


def placed_labels(edges: Sequence[Routed], obstacles: Sequence[Area], size: float, on_line: bool) -> tuple[list[Label], int] | None:
    """A place for every label of the edges, away from nodes and other labels, and how many other edges they hide.

    None where there is no such place.
    """
    free = _Free(edges, obstacles, on_line)
    taken: list[tuple[int, Choices]] = []
    for number, routed in enumerate(edges):
        if not routed.edge.notes:
            continue
        choices = _choices(routed, size, on_line)
        parts = [choices]
        if free.take(len(taken), number, choices) is None:
            if len(routed.edge.notes) == 1:
                return None
            # Not one above the other: each for itself.
            parts = [[Choice(own.cost, own.labels[part]) for own in choices] for part in (slice(1), slice(1, None))]
            if any(free.take(len(taken) + index, number, part) is None for index, part in enumerate(parts)):
                return None
        taken.extend((number, part) for part in parts)
    # What came first may have taken the only place of what came later.
    for _ in range(_PASSES if on_line else 0):
        for key, (number, part) in enumerate(taken):
            free.take(key, number, part)
    return [label for _, choice in free.placed.values() for label in choice.labels], sum(
        hidden for hidden, _ in free.placed.values()
    )


def _choices(routed: Routed, size: float, on_line: bool) -> Choices:
    """The places at which the labels of an edge may stand."""
    places = [(rank / 20, share) for rank, share in enumerate(_ALONG)]
    if not on_line:
        return [Choice(cost, list(_labels_beside(routed, share, size))) for cost, share in places]
    both = (
        Choice(cost + other, [_label_on(routed, share, size, bool(other))]) for cost, share in places for other in (0.0, _OTHER)
    )
    return sorted(both, key=lambda choice: choice.cost)


class _Free:
    """What is still free between nodes, edges and the labels that have a place."""

    def __init__(self, edges: Sequence[Routed], obstacles: Sequence[Area], on_line: bool) -> None:
        self.obstacles, self.on_line = obstacles, on_line
        self.gap = _BESIDE if on_line else 0.0  # that labels keep from edges
        self.pieces = [[Area(piece) for piece in pairwise(routed.pieces)] for routed in edges]
        self.placed: dict[int, tuple[int, Choice]] = {}  # by key: how many edges it hides, the choice
        self.hides: dict[Choice, int | None] = {}

    def take(self, key: int, number: int, choices: Choices) -> int | None:
        """Place the best choice of labels for an edge, instead of the one that it has; how many other edges it hides."""
        best: tuple[float, int, Choice] | None = None
        taken = [area for other, (_, choice) in self.placed.items() if other != key for area in choice.areas]
        for own in choices:
            if best is not None and best[0] <= own.cost:
                break
            if own not in self.hides:
                self.hides[own] = self._hidden(number, own.areas)
            hidden = self.hides[own]
            if hidden is None or (best is not None and hidden + own.cost >= best[0]):
                continue
            if not any(area.meets(other, _APART) for area in own.areas for other in taken):
                best = hidden + own.cost, hidden, own
        if best is None:
            return None
        self.placed[key] = best[1:]
        return best[1]

    def _hidden(self, number: int, areas: Sequence[Area]) -> int | None:
        """How many edges some labels hide, their own where it bends into them; None where they meet a node."""
        around = areas[0].box if len(areas) == 1 else areas[0].box.with_box(areas[1].box)
        if any(area.meets(other, _NEAR) for area in areas for other in self.obstacles):
            return None
        # A label on its edge hides that in any case.
        others = (own for index, own in enumerate(self.pieces) if index != number or not self.on_line)
        gap = self.gap
        return sum(
            any(around.meets(piece.box, gap) and any(area.meets(piece, gap) for area in areas) for piece in own) for own in others
        )


def _label_on(routed: Routed, share: float, size: float, other: bool) -> Label:
    """The label of an edge on it, at a share of its length: along it, upright if it is steep, or the ``other`` of these."""
    (note,) = routed.edge.notes
    point, direction = _at(routed.pieces, share)
    angle = _tilt(direction)
    angle = angle if (abs(angle) <= _STEEP) is not other else 0.0
    return _centred(Label(0.0, 0.0, note.lettering, size, note.role, on_line=True, angle=angle), point)


def _tilt(direction: Point) -> float:
    """Degrees by which a label along a direction is turned."""
    angle = math.degrees(math.atan2(direction[1], direction[0]))
    return angle - 180 * round(angle / 180)


def _labels_beside(routed: Routed, share: float, size: float) -> Iterator[Label]:
    """The labels of an edge at a share of its length on its two sides; along it, if it is not steep."""
    point, direction = _at(routed.pieces, share)
    angle = _tilt(direction)
    angle = angle if abs(angle) <= _STEEPEST else 0.0
    normal = (-direction[1], direction[0])
    # The first side is above the edge; of an upright edge, to its left.
    if normal[1] < -0.05 or (abs(normal[1]) <= 0.05 and normal[0] > 0):
        normal = (-normal[0], -normal[1])
    for note, side in ((routed.edge.above, 1), (routed.edge.below, -1)):
        if note is None:
            continue
        label = Label(0.0, 0.0, note.lettering, size, note.role, angle=angle)
        level = label.level
        half_width, half_height = (level.right - level.left) / 2, (level.top - level.bottom) / 2
        # No corner touches the edge.
        reach = half_height + _OFF if angle else half_width * abs(normal[0]) + half_height * abs(normal[1]) + _OFF
        yield _centred(label, (point[0] + normal[0] * side * reach, point[1] + normal[1] * side * reach))


def _centred(label: Label, middle: Point) -> Label:
    """The label with the middle of its box at a point."""
    box = label.box
    return replace(label, x=middle[0] - (box.left + box.right) / 2, y=middle[1] - (box.bottom + box.top) / 2)


def _at(pieces: Sequence[Point], share: float) -> tuple[Point, Point]:
    """The point at a share of a line's length and the direction there, of length 1."""
    lengths = [math.dist(first, last) for first, last in pairwise(pieces)]
    left = share * sum(lengths)
    for (first, last), length in zip(pairwise(pieces), lengths, strict=True):
        if left <= length and length:
            direction = ((last[0] - first[0]) / length, (last[1] - first[1]) / length)
            return _between(first, last, left / length), direction
        left -= length
    return pieces[-1], (1.0, 0.0)
