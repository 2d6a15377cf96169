"""The matrix level against the unit level: every line of the one, entry by entry, against the same quantity of the other.

The unit level is a derivation of its own, of the network written out in scalars; the matrix level is evaluated through the
entries of its own lines. Layers with several samples are also derived for some of them at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from ..arrays import element_name
from ..derivation import Derivation, derive
from ..errors import InputError
from ..expansion import entries_of
from ..layered import LAYER_INPUT, all_shapes
from ..network import Network
from ..precise import Value, context
from ..shapes import SCALAR
from .lines import Lengths, Lines, lines_of
from .points import Point, completed_point, evaluated, few, random_points, reduced, relative_difference, shown
from .report import FAIL, LEVEL, NOT_CHECKED, PASS, Progress, Result

RANDOM_POINTS = 2  # beside the network's own values
SMALL = 5_000  # lines; of a larger network one point is tried
MAX_WRITTEN_OUT = 30_000  # symbols of arrays; beyond them exact arithmetic takes minutes
MAX_BATCH = 3  # samples taken at once
SEED = 40
TOLERANCE = 1e-30  # relative

_OTHERS = "all other lines"


@dataclass(frozen=True, slots=True)
class Levels:
    """A derivation at both levels, and the numbers that stand for lengths that are not given.

    ``matrix`` is None where the network, or what is differentiated, has no matrix level.
    """

    unit: Derivation
    matrix: Derivation | None = None
    lengths: Lengths = field(default_factory=dict)

    @property
    def is_batch(self) -> bool:
        """Whether the matrix level takes several samples at once."""
        return self.matrix is not None and _batch_of(self.matrix, self.lengths) > 0


def levels_of(derivation: Derivation) -> Levels:
    """Both levels of a derivation, which is one of the two."""
    given = derivation.given
    if not given.is_array:
        return Levels(derivation)
    if derivation.network.is_array:
        lengths = _chosen_lengths(derivation)
        network = _with_lengths(given, lengths)
        return Levels(derive(network, derivation.objective, derivation.wanted, "unit"), derivation, lengths)
    whole = derive(given, level="matrix").program
    if derivation.objective not in whole.by_name:  # an entry of an array
        return Levels(derivation)
    base = {entry: name for name in (*whole.given, *whole.by_name) for entry in entries_of([name], whole.shapes)}
    by = dict.fromkeys(base[name] for name in derivation.wanted)
    return Levels(derivation, derive(given, derivation.objective, by, "matrix"))


def _chosen_lengths(derivation: Derivation) -> Lengths:
    """2, 3, … for the lengths, and the number of samples, that are not given."""
    shapes = (*all_shapes(derivation.network).values(), *derivation.program.shapes.values())
    names = dict.fromkeys(length for shape in shapes for length in shape if isinstance(length, str))
    return dict(zip(names, count(2), strict=False))


def _with_lengths(network: Network, lengths: Lengths) -> Network:
    """The network with numbers for the lengths that it does not give."""
    if not lengths:
        return network

    def put(length: Any) -> Any:
        return lengths.get(length, length)

    shapes = {name: tuple(map(put, shape)) for name, shape in network.shapes.items()}
    layers = tuple(replace(layer, units=put(layer.units)) for layer in network.layers)
    return replace(network, inputs=put(network.inputs), layers=layers, shapes=shapes)


def check_levels(levels: Levels, progress: Progress = iter) -> Iterator[Result]:
    """One result per partial by a given array or number, and one for all other lines; nothing for a network of scalars."""
    unit, matrix = levels.unit, levels.matrix
    if matrix is None:
        if unit.given.is_array:
            text = f"{unit.objective} is an entry of an array, which the matrix level does not differentiate"
            yield Result("matrix level", LEVEL, NOT_CHECKED, text)
        return
    if levels.lengths:
        lengths = ", ".join(f"{name} = {length}" for name, length in levels.lengths.items())
        yield Result("lengths", LEVEL, PASS, f"taken with {lengths}, as the network does not give them all")
    samples = _batch_of(matrix, levels.lengths)
    if samples:
        yield from _check_batch(unit, matrix, levels.lengths, samples)
        return
    yield from _check_entries(unit, matrix, levels.lengths, progress)
    network = unit.given
    if network.layers and network.loss is not None and network.loss.function and len(network.samples) > 1:
        samples = min(len(network.samples), MAX_BATCH)
        together = derive(network, unit.objective, matrix.wanted, "matrix", samples)
        yield from _check_batch(unit, together, {}, samples)


def _batch_of(matrix: Derivation, lengths: Lengths) -> int:
    """The number of samples that a derivation takes at once; 0 if it takes one by one."""
    shape = matrix.program.shapes.get(LAYER_INPUT, SCALAR)
    if not matrix.network.layers or len(shape) < 2:
        return 0
    length = shape[0 if matrix.network.layout == "row" else 1]
    return lengths[length] if isinstance(length, str) else length


def _check_entries(unit: Derivation, matrix: Derivation, lengths: Lengths, progress: Progress) -> Iterator[Result]:
    lines = _lines_or_fault(matrix, lengths)
    if isinstance(lines, Result):
        yield lines
        return
    groups = _groups(matrix, lines)
    others = {step.name for step in (*unit.program.definitions, *unit.backward_pass)}.difference(*groups.values())
    groups[_OTHERS] = [line.name for line in (*lines.forward, *lines.backward) if line.name in others]
    comparison = _Comparison(groups)
    points = list(_points(unit, len(lines.forward) + len(lines.backward)))
    for point in progress(points):
        for row in point.rows:
            reference = evaluated((*unit.program.definitions, *unit.backward_pass), row, point.generic)
            comparison.add(_values(lines, row, point), reference)
    yield from comparison.results("the matrix level, entry by entry")


def _lines_or_fault(matrix: Derivation, lengths: Lengths) -> Lines | Result:
    try:
        return lines_of(matrix, lengths)
    except InputError as error:
        return Result("matrix level", LEVEL, FAIL, error.message)


def _points(unit: Derivation, lines: int) -> Iterator[Point]:
    """The network's own values, completed with random ones, and random points, where every line is finite."""
    own = completed_point(unit.network, unit.program)
    points = [few(own, lines)] if own is not None else []
    if lines <= SMALL:
        points += random_points(unit.network, unit.program, RANDOM_POINTS, SEED, rows=1)
    for point in points:
        try:
            for row in point.rows:
                evaluated((*unit.program.definitions, *unit.backward_pass), row, point.generic)
        except InputError:
            continue
        yield point


def _check_batch(unit: Derivation, together: Derivation, lengths: Lengths, samples: int) -> Iterator[Result]:
    """The gradient of so many samples at once against the sum, or the mean, of their gradients at the unit level."""
    network = unit.given
    if len(network.samples) >= samples > 1:
        network = replace(network, samples=network.samples[:samples])
        unit = derive(network, unit.objective, together.wanted, "unit")
    elif samples > 1 and network.loss is not None and (network.loss.l1 or network.loss.l2):
        text = f"the penalty counts once for all samples, and the network does not have {samples}"
        yield Result("matrix level", LEVEL, NOT_CHECKED, text)
        return
    own = completed_point(unit.network, unit.program)
    points = [own] if own is not None and len(own.rows) == samples else []
    points += random_points(unit.network, unit.program, 1, SEED, rows=samples)
    lines = _lines_or_fault(together, lengths)
    if isinstance(lines, Result):
        yield lines
        return
    groups = _groups(together, lines)
    comparison = _Comparison(groups)
    for point in points:
        rows = [evaluated((*unit.program.definitions, *unit.backward_pass), row, point.generic) for row in point.rows]
        wanted = [name for entries in groups.values() for name in entries if name in rows[0]]
        reference = {name: reduced(unit.network, [row[name] for row in rows]) for name in wanted}
        comparison.add(_values(lines, _merged(unit, together, point), point), reference)
    yield from comparison.results(f"the matrix level, {samples} samples at once")


def _merged(unit: Derivation, together: Derivation, point: Point) -> dict[str, Value]:
    """The samples of a point as one: the entries of data carry the number of their sample."""
    merged = dict(point.rows[0])
    shapes = all_shapes(unit.given)
    in_rows = together.network.layout == "row"
    for name in together.program.given:
        if len(together.program.shapes.get(name, SCALAR)) > len(shapes.get(name, SCALAR)):
            for sample, row in enumerate(point.rows):
                for position, entry in enumerate(entries_of([name], shapes)):
                    merged[element_name(name, (sample, position) if in_rows else (position, sample))] = row[entry]
    return merged


def _groups(matrix: Derivation, lines: Lines) -> dict[str, Collection[str]]:
    """The entries of each partial by a given symbol, under its name."""
    return {f"d{matrix.objective}/d{name}": entries for name, entries in lines.partials.items()}


def _values(lines: Lines, row: Mapping[str, Value], point: Point) -> Mapping[str, Value]:
    """The value of every line; nothing where one has none, or reads what is not there."""
    try:
        return evaluated((*lines.forward, *lines.backward), row, point.generic)
    except (InputError, KeyError):
        return {}


class _Comparison:
    """The worst difference in each group of quantities, over all points."""

    def __init__(self, groups: Mapping[str, Collection[str]]) -> None:
        self.groups = groups
        self.worst: dict[str, Any] = {}
        self.at: dict[str, str] = {}
        self.points = 0

    def add(self, found: Mapping[str, Value], reference: Mapping[str, Value]) -> None:
        self.points += 1
        for label, names in self.groups.items():
            for name in names:
                there = name in found and name in reference
                difference = relative_difference(found[name], reference[name]) if there else context().mpf(1)
                if difference >= self.worst.get(label, 0):
                    self.worst[label], self.at[label] = difference, name

    def results(self, route: str) -> Iterator[Result]:
        for label, names in self.groups.items():
            if label not in self.worst:
                yield Result(label, LEVEL, NOT_CHECKED, "no finite value at any point tried")
                continue
            worst = self.worst[label]
            text = f"worst relative difference {shown(worst, 2)}, {_counted(len(names), 'entry', 'entries')}"
            text += f" at {_counted(self.points, 'point', 'points')}"
            wrong = worst > TOLERANCE
            detail = f"the matrix level and the unit level differ at {self.at[label]}" if wrong else ""
            yield Result(label, LEVEL, FAIL if wrong else PASS, detail, (label, route, text))


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"
