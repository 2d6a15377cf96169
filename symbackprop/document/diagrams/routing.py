"""Edges between the borders of their nodes, and places for the labels of edges where they hide nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ..drawing import Area, Label, Point, Shape
from .graph import Edge

_CLEAR = 0.35  # millimetres between an arrow and its node
_OFF = 0.5  # between a label and its edge
_STEEPEST = 62.0  # degrees of an edge whose labels lie along it
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
    return shape.x + across * (reach + _CLEAR), shape.y + up * (reach + _CLEAR)


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


def placed_labels(edges: Sequence[Routed], obstacles: Sequence[Area], size: float, on_line: bool) -> tuple[list[Label], int] | None:
    """A place for every label of the edges, away from nodes and other labels, and how many other edges they hide.

    None where there is no such place.
    """
    free = _Free(edges, obstacles)
    total = 0
    for number, routed in enumerate(edges):
        if not routed.edge.notes:
            continue
        choices = [list(_labels(routed, share, size, on_line)) for share in _ALONG]
        hidden = free.take(number, choices)
        if hidden is None and len(routed.edge.notes) > 1:
            # Not one above the other: each for itself.
            first = free.take(number, [own[:1] for own in choices])
            last = free.take(number, [own[1:] for own in choices])
            hidden = None if first is None or last is None else first + last
        if hidden is None:
            return None
        total += hidden
    return free.labels, total


class _Free:
    """What is still free between nodes, edges and the labels that have a place."""

    def __init__(self, edges: Sequence[Routed], obstacles: Sequence[Area]) -> None:
        self.obstacles = obstacles
        self.pieces = [[Area(piece) for piece in pairwise(routed.pieces)] for routed in edges]
        self.labels: list[Label] = []
        self.taken: list[Area] = []

    def take(self, number: int, choices: Sequence[list[Label]]) -> int | None:
        """Place the best choice of labels for an edge, the first ones being better; how many other edges it hides."""
        best: tuple[float, int, list[Label]] | None = None
        for rank, own in enumerate(choices):
            later = rank / 20
            if best is not None and best[0] <= later:
                break
            hidden = self._hidden(number, own)
            if hidden is not None and (best is None or hidden + later < best[0]):
                best = hidden + later, hidden, own
        if best is None:
            return None
        _, hidden, labels = best
        self.labels.extend(labels)
        self.taken.extend(label.area for label in labels)
        return hidden

    def _hidden(self, number: int, labels: Sequence[Label]) -> int | None:
        """How many other edges some labels hide; None where they meet a node or a label."""
        areas = [label.area for label in labels]
        around = areas[0].box if len(areas) == 1 else areas[0].box.with_box(areas[1].box)
        if any(area.meets(other, _NEAR) for area in areas for other in self.obstacles):
            return None
        if any(area.meets(other, _APART) for area in areas for other in self.taken):
            return None
        others = (own for index, own in enumerate(self.pieces) if index != number)
        return sum(any(around.meets(piece.box) and any(area.meets(piece) for area in areas) for piece in own) for own in others)


def _labels(routed: Routed, share: float, size: float, on_line: bool) -> Iterator[Label]:
    """The labels of an edge at a share of its length: on it, or on its two sides; along it, if it is not steep."""
    point, direction = _at(routed.pieces, share)
    angle = math.degrees(math.atan2(direction[1], direction[0]))
    angle -= 180 * round(angle / 180)
    angle = angle if abs(angle) <= _STEEPEST else 0.0
    if on_line:
        (only,) = routed.edge.notes
        yield _centred(Label(0.0, 0.0, only.lettering, size, only.role, on_line=True, angle=angle), point)
        return
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
