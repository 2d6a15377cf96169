"""Derivation of arrays → function: the objective and its gradient as arrays, over all samples at once where that can be.

Whatever the level of the derivation, the kernel is chosen by what is to be computed: layers with a loss of the table in the batch
form with one sample in each row, small networks of equations entry by entry over many samples, everything else by whole arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import cached_property, partial
from math import prod
from typing import Any

import numpy as np

from ..array_tree import Shape
from ..arrays import element_name, element_names, indices
from ..derivation import MAX_UNIT_LEVEL, Derivation, derive
from ..errors import InputError
from ..forward import forward
from ..layered import all_shapes
from ..network import Network, unchecked
from ..shapes import SCALAR, size
from ..time_steps import initial_names
from ..unrolling import unrolled
from ..wellformed import symbol_names
from .array_values import NetworkValues, Values, all_finite
from .bound import Bound
from .callable import shown
from .compiled import MATH, NUMPY, Compiled, compiled
from .forms import Forms
from .kernels import MANY, Batch, InC, Kernel, OverSamples, WithPenalty, of_one_sample, parts_with_penalty, varying_names
from .over_time import merged, step_by_step

Index = tuple[int, ...]
Place = tuple[int | slice, Index, Shape]  # of a partial: which of the kernel's it is, the entry of that, the shape of its own


class ArrayFunction(Forms):
    """``f(values)`` → (objective, gradient by name), each partial an array in the shape of its symbol.

    ``values`` maps given symbols to lists or arrays, as do keywords; the network's own values stand for the rest. A symbol
    that is no parameter may have a leading axis over samples. Then the objective and the gradient are summed over them, or
    averaged where the network's reduction is ``mean``, and the partial by what differs between samples has that axis too.
    ``source`` is the generated code.
    """

    def __init__(self, derivation: Derivation, backend: str | None = None, dtype: Any = float) -> None:
        self.derivation, self.recurrent = of_one_sample(derivation, signs=False), derivation.given
        self.network = network = unrolled(derivation.given)
        self.objective, self.backend, self.dtype = derivation.objective, backend, dtype
        self.shapes = forward(network).shapes
        self.asked = dict(_asked(derivation.wanted, self.shapes))
        self.has_entries = any(index for _, index in self.asked.values())
        self.by = tuple(dict.fromkeys(base for base, _ in self.asked.values()))
        self.batch = _batch_name(network, derivation.objective)
        self.parameters = _entries_of_all(network.parameters, self.shapes)
        self.values = NetworkValues(network, dtype, initial_names(derivation.given))
        self._kernels: dict[Any, Kernel] = {}
        self._known_places: dict[Kernel, dict[str, Place]] = {}
        own = self.kernel(self.values.own)
        self.compiled: Compiled = own.compiled
        read = {part_of(name, self.shapes)[0] for name in self.compiled.arguments}
        self.given = tuple(name for name in network.given if name in read)

    @property
    def source(self) -> str:
        """The generated code."""
        return self.compiled.source

    def __call__(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> tuple[float, dict[str, Any]]:
        """Raises InputError for a name that the network does not have, a missing value, a wrong shape, and what is no number."""
        return self.at(self.bound_values(merged(values, named)))

    def at(self, bound: Bound) -> tuple[float, dict[str, Any]]:
        """A call with values that have been checked."""
        kernel = self.kernel(bound)
        with nullcontext() if bound.count is None else np.errstate(all="ignore"):
            total, *partials = kernel.totals(self.in_entries(bound) if kernel.is_written_out else bound)
        gradient = self._gradient(kernel, partials)
        for name, (_, index) in self.asked.items() if self.has_entries else ():
            if index and isinstance(own := gradient[name], np.ndarray):
                gradient[name] = own.copy()  # the caller may change what it gets
        return float(total), gradient

    def bound(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Callable[[], tuple[float, dict[str, Any]]]:
        """A function without arguments that reads the arrays passed where they are, for loops that change them in place.

        Nothing is checked after this, and a call may write to the arrays of the gradient that the call before gave. Arrays are read
        where they are if they are of the function's type; others, and lists, keep their values. Raises InputError as a call does.
        """
        bound = self.bound_values(merged(values, named))
        kernel = self.kernel(bound)
        if kernel.is_written_out:
            return lambda: self.at(bound)
        call = kernel.bind(bound)
        if kernel.writes_in_place(bound):
            gradient = self._gradient(kernel, call()[1])
            if all(isinstance(own, np.ndarray) for own in gradient.values()):
                return lambda: (float(call()[0]), gradient)

        def again() -> tuple[float, dict[str, Any]]:
            total, partials = call()
            return float(total), self._gradient(kernel, partials)

        return again

    def kernel(self, bound: Bound, in_vector: bool = False) -> Kernel:
        """What computes such values: as was asked for, else by how many samples and parameters there are.

        Of what comes and goes ``in_vector`` the entries need no arrays.
        """
        way = self._way(bound, in_vector)
        key = way, bound.count is not None
        if key not in self._kernels:
            self._kernels[key] = self._over_samples(way) if key[1] else self._made(way, self._at_level)
        return self._kernels[key]

    def _over_samples(self, way: Any) -> Kernel:
        parts = parts_with_penalty(self.recurrent, self.objective)
        if parts is None or way == (NUMPY, self.batch):  # a batch has its own way with penalties
            return self._made(way, self._at_level)
        alone = unchecked(self.recurrent, samples=())
        data, penalty = (partial(derive, alone, own, self.by) for own in parts)
        made = self._made(way, data)
        # The penalty as the data: by numbers or by whole arrays.
        return WithPenalty(made, self._made(MATH if made.is_written_out else NUMPY, penalty))

    def _way(self, bound: Bound, in_vector: bool) -> Any:
        if self.backend is not None:
            return (NUMPY, self.batch) if self.backend == NUMPY and self.batch and bound.count is not None else self.backend
        if self.objective != self.network.objective:  # at its own level, since there need not be another
            return NUMPY if self.derivation.network.is_array else MATH
        is_small = self.parameters is not None and self.parameters <= MAX_UNIT_LEVEL
        if is_small and in_vector and bound.count is None:
            return MATH
        if self.batch and bound.count is not None:
            return NUMPY, self.batch
        if is_small and bound.count is not None and bound.count >= MANY:
            return OverSamples, frozenset(self.in_entries(bound).varying)
        return NUMPY

    def _made(self, way: Any, at_level: Callable[..., Derivation]) -> Kernel:
        match way:
            case ("numpy", batch):
                by_rows = derive(unchecked(self.network, layout="row"), by=self.by, level="matrix", batch=batch)
                return Batch(by_rows, self.dtype, batch)
            case (_, over):
                return OverSamples(at_level(level="unit"), self.dtype, over)
            case "math":
                return Kernel(at_level(level="unit"))
            case "c":
                return InC(at_level(level="matrix"))
        return Kernel(at_level(level="matrix"), NUMPY, self.dtype)

    def _at_level(self, level: str) -> Derivation:
        """The derivation at a level: as it was given, if that is its own."""
        if self.derivation.network.is_array == (level == "matrix"):
            return self.derivation
        return derive(self.derivation.given, self.objective, self.by, level)

    def in_entries(self, bound: Bound) -> Bound:
        """The values of the entries of all arrays, as numbers of Python, or over samples as arrays."""
        fixed: dict[str, Any] = {}
        varying: dict[str, Any] = {}
        for name, entries in self._names.items():
            if name in bound.varying:
                varying.update(zip(entries, bound.varying[name].reshape(bound.count, -1).T, strict=True))
            else:
                fixed.update(zip(entries, np.ravel(bound.fixed[name]).tolist(), strict=True))
        return Bound(fixed, varying, bound.count)

    @cached_property
    def _names(self) -> dict[str, tuple[str, ...]]:
        """The names of the entries of each symbol."""
        return {name: tuple(element_names(name, self.shapes.get(name, SCALAR))) for name in self.given}

    def _gradient(self, kernel: Kernel, partials: Sequence[Values]) -> dict[str, Any]:
        """The partials by name, those of entries put together or taken apart."""
        gradient: dict[str, Any] = {}
        for name, (own, index, shape) in self._places(kernel).items():
            if isinstance(own, slice):  # entries
                entries = np.array(partials[own])
                lengths = tuple(map(int, shape))
                value = entries.reshape(lengths) if entries.ndim == 1 else np.moveaxis(entries, 0, -1).reshape((-1, *lengths))
            else:
                value = partials[own][(..., *index)] if index else partials[own]
            gradient[name] = value if isinstance(value, np.ndarray) and value.ndim else float(value)
        return gradient

    def _places(self, kernel: Kernel) -> dict[str, Place]:
        """Of each name of the gradient: which partials of the kernel it is, the entry of that, the shape of its own."""
        if kernel not in self._known_places:
            place = {name: place for place, name in enumerate(kernel.wanted)}
            found: dict[str, Place] = {}
            for name, (base, index) in self.asked.items():
                shape = self.shapes.get(base, SCALAR)
                if not kernel.is_written_out:
                    found[name] = place[base], index, shape
                elif index or not shape:
                    found[name] = place[name], (), shape
                else:  # one after the other, as entries are asked for
                    places = [place[entry] for entry in element_names(base, shape)]
                    assert places == list(range(places[0], places[0] + len(places)))
                    found[name] = slice(places[0], places[-1] + 1), (), shape
            self._known_places[kernel] = found
        return self._known_places[kernel]

    def __repr__(self) -> str:
        return shown(self.recurrent.given)

    def forward(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> dict[str, Any]:
        """The value of every definition of the forward pass by name, with an axis of samples where it differs between them."""
        bound = self.bound_values(merged(values, named))
        function = self._forward
        varying = varying_names(bound.varying, self._whole.program)
        rows = [function.function(*(sample[name] for name in function.arguments)) for sample in bound.samples()]
        columns = zip(function.outputs, zip(*rows, strict=True), strict=True)
        return {name: np.stack(column) if name in varying else column[0] for name, column in columns}

    @cached_property
    def _whole(self) -> Derivation:
        return derive(self.network, by=(), level="matrix")

    @cached_property
    def _forward(self) -> Compiled:
        return compiled(self._whole, (own.name for own in self._whole.program.definitions), "forward_pass")

    @property
    def symbols(self) -> dict[str, Shape]:
        """What the gradient is by, with the shapes of its parts."""
        for name, (base, index) in self.asked.items():
            if index:
                raise InputError(f"a vector holds whole arrays, and {name!r} is an entry; differentiate by {base!r}", "by")
        return {name: self.shapes.get(name, SCALAR) for name in self.asked}

    def values_of(self, names: Iterable[str], passed: Mapping[str, Any]) -> dict[str, Values]:
        """The values of given symbols: what is passed, else the network's own. Raises InputError where one has none."""
        bound = self.values.bound(step_by_step(self.recurrent, passed), names := tuple(names))
        return {name: bound.fixed[name] if name in bound.fixed else bound.varying[name] for name in names}

    def bound_values(self, passed: Mapping[str, Any]) -> Bound:
        """The values of a call, checked."""
        return self.values.bound(step_by_step(self.recurrent, passed), self.given)

    is_finite = staticmethod(all_finite)


def _entries_of_all(names: Iterable[str], shapes: Mapping[str, Shape]) -> int | None:
    """How many numbers the symbols hold; None where a length is not given."""
    sizes = [size(shape) for shape in shapes.values()]
    return None if None in sizes else sum(prod(map(int, shapes.get(name, SCALAR))) for name in names)


def part_of(name: str, shapes: Mapping[str, Shape]) -> tuple[str, Index]:
    """The symbol and the index that a name means: ``W1[0][2]`` is an entry of W1, ``W1[0]`` its first row; h[2] may be a symbol."""
    base = name
    index: list[int] = []
    while base not in shapes:
        front, bracket, last = base.rpartition("[")
        if not bracket or not last.removesuffix("]").isdigit():
            return name, ()
        base = front
        index.insert(0, int(last.removesuffix("]")))
    return base, tuple(index)


def _asked(wanted: Iterable[str], shapes: Mapping[str, Shape]) -> Iterator[tuple[str, tuple[str, Index]]]:
    """(name, (symbol, index)) of what the gradient holds: entries, but the whole array where all of its entries are wanted."""
    parts: dict[str, list[Index]] = {}
    for name in wanted:
        base, index = part_of(name, shapes)
        parts.setdefault(base, []).append(index)
    for base, own in parts.items():
        if () in own or set(own) >= set(indices(shapes.get(base, SCALAR))):
            yield base, (base, ())
        else:
            yield from ((element_name(base, index), (base, index)) for index in own)


def _batch_name(network: Network, objective: str) -> str | None:
    """A name for the number of samples, which nothing else has; None where they cannot be taken at once."""
    if not network.layers or objective != network.objective or not (network.loss and network.loss.function):
        return None
    taken = {*symbol_names(network), *(length for shape in all_shapes(network).values() for length in shape)}
    name = "N"
    while name in taken:
        name += "N"
    return name
