"""The points at which lines are evaluated: random values for all that is given, in each network that a line is about."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from math import prod
from typing import Any

from ...array_tree import Shape
from ...document.array_symbols import IDENTITY, OF_ALL
from ...given import adding_up_to_one
from ...network import LEARNING_RATE, NET_INPUT, Network
from ...program import Program
from ...terms import CachedTerm
from ...tree import ALL_SAMPLES, Quantity
from ...wellformed import parts_of_loss
from .arithmetic import MAX_ENTRIES, Arithmetic, apply, decimals, extended
from .formulas import Formulas
from .printed import Misfit, Printed
from .quantities import Quantities, Unknown
from .tape import is_array

DIGITS, TOLERANCE = 60, 1e-40  # of random values


@dataclass
class SampleWorld:
    """The values of one sample. ``whole``: derivatives go over all paths. Where there are ``several`` samples, a total has none."""

    formulas: Formulas
    quantities: Quantities
    rows: bool = False
    whole: bool = False
    several: bool = False
    net_input: Any = None
    terms: dict[str, Any] = field(default_factory=dict)

    def read(self, name: str) -> Any:
        if name in self.terms:
            return self.terms[name]
        if name == NET_INPUT and name not in self.quantities.values:
            return self.net_input
        return self.quantities.read(name)

    def derivative(self, of: str, by: str, direct: bool) -> Any:
        return self.quantities.derivative(of, by, direct, self.whole)

    def quantity(self, of: Quantity) -> Any:
        if of.sample and self.several and not is_parameter(self.quantities, of.name):
            raise Misfit(f"the number of {of.name} is of other samples")
        return self.named(of.name)

    def named(self, name: str) -> Any:
        """The value behind a plain name, which may be that of a derivative."""
        of, bar, by = name.partition("/d")
        return self.derivative(of[1:], by, False) if bar else self.read(name)


@dataclass
class TotalsWorld:
    """What adds up over samples, or is their mean: the objective, its partials, updates. All else differs from sample to sample."""

    samples: Sequence[SampleWorld]
    mean: bool

    @property
    def formulas(self) -> Formulas:
        return self.samples[0].formulas

    @property
    def rows(self) -> bool:
        return self.samples[0].rows

    @property
    def terms(self) -> Mapping[str, Any]:
        return {}

    def read(self, name: str) -> Any:
        own = self.samples[0].quantities
        if is_parameter(own, name):
            return own.read(name)
        kind, _, rest = name.partition("_")
        loss = own.network.loss
        if name == own.objective or (loss is not None and name in parts_of_loss(loss)):
            return self._total([world.read(name) for world in self.samples])
        if kind == "Delta":
            step = own.values[LEARNING_RATE] * self.derivative(own.objective, rest, False)
            return step if own.network.ascent else -step
        if kind == "new":
            return self.read(rest) + self.read(f"Delta_{rest}")
        raise Misfit(f"{name} differs from sample to sample")

    def derivative(self, of: str, by: str, direct: bool) -> Any:
        own = self.samples[0].quantities
        if of != own.objective or direct or not is_parameter(own, by):
            raise Misfit(f"d{of}/d{by} differs from sample to sample")
        return self._total([world.derivative(of, by, direct) for world in self.samples])

    def quantity(self, of: Quantity) -> Any:
        if of.sample != ALL_SAMPLES and not is_parameter(self.samples[0].quantities, of.name):
            raise Misfit(f"the number of {of.name} is that of one sample")
        return self.named(of.name)

    def named(self, name: str) -> Any:
        of, bar, by = name.partition("/d")
        return self.derivative(of[1:], by, False) if bar else self.read(name)

    def _total(self, values: list[Any]) -> Any:
        total = values[0]
        for value in values[1:]:
            total = total + value
        return total / self.formulas.own.number(len(values)) if self.mean else total


@dataclass
class BatchWorld:
    """All samples as one matrix: what is one for all samples has `OF_ALL` behind its name."""

    inner: SampleWorld

    @property
    def formulas(self) -> Formulas:
        return self.inner.formulas

    @property
    def rows(self) -> bool:
        return self.inner.rows

    @property
    def terms(self) -> Mapping[str, Any]:
        return {}

    def read(self, name: str) -> Any:
        return self.inner.read(_single(name))

    def derivative(self, of: str, by: str, direct: bool) -> Any:
        return self.inner.derivative(_single(of), _single(by), direct)

    def quantity(self, of: Quantity) -> Any:
        return self.inner.named(_single(of.name))


def _single(name: str) -> str:
    return name if name.startswith(IDENTITY) else name.replace(OF_ALL, "")


def is_parameter(quantities: Quantities, name: str) -> bool:
    """Whether a symbol is the same in all samples."""
    try:
        base, _ = quantities.place(name)
    except Unknown:
        return False
    return base == LEARNING_RATE or (base in quantities.program.given and base not in _data(quantities.network))


def _data(network: Network) -> set[str]:
    return set(network.samples[0]) if network.samples else set()


# Values of all that is given.

OWN_VALUES = -1  # the draw that takes the network's own values


@dataclass(frozen=True, slots=True)
class Setting:
    """A network whose points are drawn: each of so many samples, with numbers for letters that stand for lengths."""

    program: Program
    network: Network
    objective: str
    lengths: Mapping[str, int]
    samples: int = 1

    @property
    def entries(self) -> int:
        return sum(prod(_counted(shape, self.lengths)) for shape in self.program.shapes.values())

    @property
    def arithmetic(self) -> Arithmetic:
        return decimals(DIGITS, TOLERANCE) if self.entries <= MAX_ENTRIES else extended()

    @property
    def has_own_values(self) -> bool:
        return any(self._own(name, 0) is not None for name in self.program.given)

    def _own(self, name: str, sample: int) -> Any:
        network = self.network
        known = {**network.values, **(network.samples[sample % len(network.samples)] if network.samples else {})}
        return known.get(name)

    def at(self, draw: Draw, own: Arithmetic) -> list[SampleWorld]:
        """The samples of one point. Raises InputError where the network has no value there. The same draw gives the same point."""
        program, network, lengths = self.program, self.network, self.lengths
        source = random.Random(f"{draw.seed} {draw.point} {draw.attempt}")
        formulas = Formulas(own, lengths, _smooth(own, source))

        def number() -> Any:
            size = Fraction(source.randint(50, 999), 1000) * draw.scale
            return own.number(size if draw.positive else source.choice((-1, 1)) * size)

        taken: set[str] = set()  # the names that have a value of the network's own

        def value(name: str, sample: int) -> Any:
            shape = _counted(program.shapes.get(name, ()), lengths)
            given = self._own(name, sample) if draw.attempt == OWN_VALUES else None
            if given is not None and getattr(given, "shape", ()) == shape:
                taken.add(name)
                return own.array([own.number(entry.value) for entry in given.entries], shape) if shape else own.number(given.value)
            if not shape:
                return number()
            if prod(shape) > MAX_ENTRIES:
                return _many(source, shape, own)
            return own.array([number() for _ in range(prod(shape))], shape)

        data = _data(network)
        shared = {name: value(name, 0) for name in program.given if name not in data}
        shared[LEARNING_RATE] = own.number(Fraction(source.randint(50, 900), 1000))
        net_input = number()
        worlds = []
        for sample in range(self.samples):
            given = shared | {name: value(name, sample) for name in program.given if name in data}
            given |= _shares(network, given, own, taken)
            made = Quantities(program, network, self.objective, formulas, given)
            worlds.append(SampleWorld(formulas, made, network.layout == "row", net_input=net_input))
        return worlds


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw of random values: of which point and attempt, whether all are positive, and how large."""

    seed: int
    point: int = 0
    attempt: int = OWN_VALUES
    positive: bool = False
    scale: Fraction = Fraction(1)


def _many(source: random.Random, shape: tuple[int, ...], own: Arithmetic) -> Any:
    """Many random numbers, so small that sums over a long axis stay of size 1."""
    import numpy

    drawn = numpy.random.default_rng(source.randint(0, 10**9)).uniform(-1, 1, shape)
    if own.many:
        return own.array([own.context.mpf(entry) for entry in drawn.flat], shape) / own.each("sqrt", own.number(max(shape)))
    return drawn.astype(numpy.longdouble) / numpy.sqrt(own.number(max(shape)))


def _shares(network: Network, given: Mapping[str, Any], own: Arithmetic, taken: Collection[str]) -> dict[str, Any]:
    """Targets that must add up to 1 and do; of several samples at once along the axis of the units. Those ``taken`` stay."""
    found: dict[str, Any] = {}
    for group in adding_up_to_one(network):
        if all(name in taken for name in group):
            continue
        if len(group) == 1 and is_array(given[group[0]]):
            sizes = abs(given[group[0]])
            axis = -1 if network.layout == "row" or sizes.ndim == 1 else 0
            found[group[0]] = sizes / sizes.sum(axis=axis, keepdims=True)
            continue
        whole = sum((abs(given[name]) for name in group), own.zero)
        found |= {name: abs(given[name]) / whole for name in group}
    return found


def _smooth(own: Arithmetic, source: random.Random) -> Any:
    """a tanh(b s + c), to stand for the generic σ."""
    a, b, c = (own.number(Fraction(source.randint(200, 2000), 1000)) for _ in range(3))
    return lambda s: a * apply(own, "tanh", b * s + c)


def _counted(shape: Shape, lengths: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(lengths[length] if isinstance(length, str) else length for length in shape)


def chosen_lengths(shapes: Mapping[str, Shape]) -> dict[str, int]:
    """2, 3, … for the lengths that are not given."""
    names = dict.fromkeys(length for shape in shapes.values() for length in shape if isinstance(length, str) and length)
    return dict(zip(names, count(2), strict=False))


def name_terms(world: SampleWorld, terms: Sequence[CachedTerm]) -> None:
    """The values of cached terms: products of the partials that they stand for."""
    printed = Printed(world.formulas, world, world.rows)
    for term in terms:
        world.terms[term.name] = printed.value(term.chain)
