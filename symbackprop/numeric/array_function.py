"""Derivation of arrays → function: the objective and its gradient as arrays, over all samples at once where that can be.

Layers with a loss of the table are computed in the batch form, one sample in each row, whose length is taken from the data,
whatever the level of the derivation. Everything else is computed sample by sample, by what the derivation says: with
arrays at the matrix level, entry by entry at the unit level.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..array_tree import Shape
from ..arrays import element_name, element_names, indices
from ..derivation import Derivation, derive
from ..errors import InputError
from ..forward import forward
from ..layered import all_shapes
from ..network import Network, unchecked
from ..shapes import SCALAR
from ..tree import derivative_name
from ..unrolling import unrolled
from ..wellformed import symbol_names
from .array_values import Bound, NetworkValues, Values, all_finite
from .callable import MATH, NUMPY, compiled, varying_names
from .flat import FlatFunction
from .over_time import step_by_step

Index = tuple[int, ...]


class ArrayFunction:
    """``f(values)`` → (objective, gradient by name), each partial an array in the shape of its symbol.

    ``values`` maps given symbols to lists or arrays, as do keywords; the network's own values stand for the rest. A symbol
    that is no parameter may have a leading axis over samples. Then the objective and the gradient are summed over them, or
    averaged where the network's reduction is ``mean``, and the partial by what differs between samples has that axis too.
    ``source`` is the generated code.
    """

    def __init__(self, derivation: Derivation, backend: str | None = None) -> None:
        self.recurrent = derivation.given
        self.network = network = unrolled(derivation.given)
        self.shapes = forward(network).shapes
        self.asked = dict(_asked(derivation.wanted, self.shapes))
        self.batch = _batch_name(network, derivation.objective) if backend in (None, NUMPY) else None
        by = dict.fromkeys(base for base, _ in self.asked.values())
        if self.batch is None and backend is not None:
            derivation = derive(network, derivation.objective, by, "unit" if backend == MATH else "matrix")
        elif self.batch is not None:
            derivation = derive(unchecked(network, layout="row"), by=by, level="matrix", batch=self.batch)
        self.program, self.wanted = derivation.program, derivation.wanted
        self.is_written_out = not derivation.network.is_array
        outputs = (derivation.objective, *(derivative_name(derivation.objective, name) for name in self.wanted))
        self.compiled = compiled(derivation, outputs, "objective_and_gradient", backend=backend or "")
        self.values = NetworkValues(network)
        read = {part_of(name, self.shapes)[0] for name in self.compiled.arguments}
        self.given = tuple(name for name in network.given if name in read)
        self.entries = {name: self._entries(name) for name in self.given}
        self._known_varying: dict[tuple[str, ...], Collection[str]] = {}

    def _entries(self, name: str) -> tuple[str, ...]:
        """The names by which the function knows a symbol: itself, or its entries."""
        return tuple(element_names(name, self.shapes.get(name, SCALAR))) if self.is_written_out else (name,)

    @property
    def source(self) -> str:
        """The generated code."""
        return self.compiled.source

    @np.errstate(all="ignore")
    def __call__(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> tuple[float, dict[str, Any]]:
        """Raises InputError for a name that the network does not have, a missing value, a wrong shape, and what is no number."""
        bound = self._bound({**(values or {}), **named})
        rows = self._rows(bound)
        total, *partials = self.totals(rows, self._varying(tuple(bound.varying)))
        found = dict(zip(self.wanted, partials, strict=True))
        taken = {id(value) for row in rows for value in row}
        gradient: dict[str, Any] = {}
        for name, (base, index) in self.asked.items():
            partial = self._gathered(found, name, base, index)
            if not isinstance(partial, np.ndarray) or not partial.ndim:
                gradient[name] = float(partial)
                continue
            if id(partial) in taken or not partial.flags.owndata:
                partial = partial.copy()  # the caller may change what it gets
            taken.add(id(partial))
            gradient[name] = partial
        return float(total), gradient

    def bound(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Callable[[], tuple[float, dict[str, Any]]]:
        """A function without arguments that reads the arrays passed where they are, for loops that change them in place.

        Nothing is checked after this, and a call may write to the arrays of the gradient that the call before gave. Raises
        InputError as a call does, and for several samples that are not computed at once.
        """
        given = self._bound({**(values or {}), **named})
        rows = self._rows(given)
        if len(rows) > 1 or self.is_written_out:
            raise InputError("only whole arrays are bound: of one sample, or of layers with the back end 'numpy'", "values")
        varying = self._varying(tuple(given.varying))
        function = self.compiled.bound(rows[0])
        entries = {name: (base, index) for name, (base, index) in self.asked.items() if index}

        def call() -> tuple[float, dict[str, Any]]:
            total, *partials = self._reduced([function()], 1, varying)
            gradient = dict(zip(self.wanted, partials, strict=True))
            if entries:
                gradient |= {name: self._gathered(gradient, name, base, index) for name, (base, index) in entries.items()}
                gradient = {name: gradient[name] for name in self.asked}
            return float(total), gradient

        return call

    def _varying(self, given: tuple[str, ...]) -> Collection[str]:
        """The names of the program that differ between samples where these symbols do."""
        if given not in self._known_varying:
            over = (entry for name in given if name in self.entries for entry in self.entries[name])
            self._known_varying[given] = varying_names(over, self.program)
        return self._known_varying[given]

    def _gathered(self, found: Mapping[str, Values], name: str, base: str, index: Index) -> Values:
        """A partial by its name, from the whole array or from its entries."""
        shape = self.shapes.get(base, SCALAR)
        if not self.is_written_out:
            return found[base][(..., *index)] if index else found[base]
        if index or not shape:
            return found[name]
        entries = np.stack([found[entry] for entry in element_names(base, shape)], axis=-1)
        return entries.reshape((*entries.shape[:-1], *shape))

    def __repr__(self) -> str:
        return f"<function of {', '.join(self.given)}: objective and gradient>"

    def flat(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> FlatFunction:
        """The same function of one vector of all that was differentiated by, as optimisers want it; the rest has these values."""
        return FlatFunction(self, {**(values or {}), **named})

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

    def rows(self, passed: Mapping[str, Any]) -> list[list[Values]]:
        """The arguments of the generated function: one row for all samples in the batch form, else one for each."""
        return self._rows(self._bound(passed))

    def _bound(self, passed: Mapping[str, Any]) -> Bound:
        return self.values.bound(step_by_step(self.recurrent, passed), self.given)

    def _rows(self, bound: Bound) -> list[list[Values]]:
        arguments = self.compiled.arguments
        if self.batch is not None:
            return [[self._in_rows(name, bound) for name in arguments]]
        samples = map(self._written_out, bound.samples()) if self.is_written_out else bound.samples()
        return [[sample[name] for name in arguments] for sample in samples]

    def _in_rows(self, name: str, bound: Bound) -> Values:
        """A value as the batch form takes it: data with a row for each sample."""
        if name in bound.varying:
            return bound.varying[name]
        value = bound.fixed[name]
        return np.broadcast_to(value, (bound.count or 1, *value.shape)) if self._is_batched(name) else value

    def _is_batched(self, name: str) -> bool:
        return self.batch in self.program.shapes.get(name, SCALAR)

    def _written_out(self, sample: Mapping[str, Values]) -> dict[str, float]:
        """The values of the entries, as doubles of Python."""
        found: dict[str, float] = {}
        for name, entries in self.entries.items():
            found.update(zip(entries, np.ravel(sample[name]).tolist(), strict=True))
        return found

    def totals(self, rows: Sequence[Sequence[Values]], varying: Collection[str] = ()) -> list[Values]:
        """The objective and its partials, reduced over the samples; a partial by something ``varying`` keeps them apart."""
        return self._reduced((self.compiled.function(*row) for row in rows), len(rows), varying)

    def _reduced(self, results: Iterable[tuple[Values, ...]], count: int, varying: Collection[str]) -> list[Values]:
        """What the function gives for each of so many samples, or for all at once, as one."""
        if self.batch is not None:
            ((objective, *partials),) = results
            summed = [self._is_batched(name) and name not in varying for name in self.wanted]
            return [objective, *(own.sum(axis=0) if over else own for own, over in zip(partials, summed, strict=True))]
        if count == 1 and not varying:
            (alone,) = results
            return list(alone)
        share = 1.0 / count if self.network.reduction == "mean" else 1.0
        apart = [False, *(name in varying for name in self.wanted)]
        columns: list[list[Values]] = [[] for _ in apart]
        for row in results:
            for column, own, kept in zip(columns, row, apart, strict=True):
                if kept or not column:
                    column.append(own)
                else:
                    column[0] = column[0] + own
        return [(np.stack(column) if kept else column[0]) * share for column, kept in zip(columns, apart, strict=True)]

    @staticmethod
    def is_finite(row: Iterable[Values]) -> bool:
        return all(map(all_finite, row))


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
