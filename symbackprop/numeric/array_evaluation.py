"""A network of arrays in numbers: what `evaluation` needs to know of arrays beyond doubles.

The matrix-level derivation is computed sample by sample, as it stands on the page.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..array_program import Total
from ..array_tree import Shape
from ..arrays import element_name, element_names, indices
from ..backward import backward
from ..derivation import Derivation, derive
from ..elements import element
from ..errors import InputError, nearest
from ..network import LEARNING_RATE
from ..program import Program
from ..second_order import derive_all_twice, in_one, second_names
from ..shapes import SCALAR, show
from ..tree import ONE, Name, Product, Tree, derivative_name, names
from .array_function import Index, part_of
from .array_values import NetworkValues, all_finite
from .compiled import compiled
from .evaluation import Numbers, Quantity, Raw

MAX_WORK = 200_000  # definitions of the second backward passes: about ten seconds


class ArrayNumbers(Numbers):
    """Numbers of arrays. A derivative that is the same in all samples is summed on the way and not kept for each."""

    level = "matrix"
    view = "signals"

    def compute(self, cached: Mapping[str, Tree]) -> None:
        program, objective = self.program, self.derivation.objective
        derivatives = {derivative_name(objective, name): name not in self.varying for name in self.derivation.wanted}
        function = compiled(self.derivation, (*program.by_name, *derivatives, *cached), "evaluate_all", cached.items())
        self.samples = list(NetworkValues(self.network).bound(self.parameters, function.arguments).samples())
        self.sums: dict[str, Raw] = {}
        for sample in self.samples:
            results = dict(zip(function.outputs, function.function(*map(sample.__getitem__, function.arguments)), strict=True))
            for name, is_summed in derivatives.items():
                if is_summed:
                    own = results.pop(name)
                    self.sums[name] = self.sums[name] + own if name in self.sums else own
            self.rows.append({**sample, **results})

    quiet = staticmethod(partial(np.errstate, all="ignore"))

    @staticmethod
    def is_finite(value: Raw) -> bool:
        return all_finite(value)

    @staticmethod
    def shown(value: Raw) -> Quantity:
        plain: Any = (np.asarray(value) + 0.0).tolist()  # −0 is 0
        return plain if np.isfinite(value).all() else _without_infinities(plain)

    @staticmethod
    def listed(value: Raw) -> Any:
        return np.asarray(value).tolist()

    def total(self, name: str) -> Raw:
        return self.sums[derivative_name(self.derivation.objective, name)] / self.count

    def one_derivative(self, of: str, wrt: str) -> Quantity:
        """∂of/∂wrt, where both may be whole arrays or entries: an array in the shape of the one followed by that of the other."""
        own, row = self._part(of, self.program.by_name, "of")
        shape = self.program.shapes.get(own, SCALAR)
        if wrt == LEARNING_RATE:
            return self.shown(np.zeros(shape[len(row) :]))
        read, column = self._part(wrt, (*self.program.given, *self.program.by_name), "wrt")
        if own == self.network.objective:
            if read not in self.varying:
                return self.shown(np.asarray(self.total(read))[column])
            slope = derivative_name(own, read)
            return [self.shown(np.asarray(sample[slope])[column] / self.count) for sample in self.rows]
        picked = (*[slice(None)] * (len(shape) - len(row)), *column)
        return self.spread(own, [jacobian[picked] for jacobian in self._jacobians(own, row, read)])

    def second_derivative(self, of: str, first: str, second: str) -> Quantity:
        """∂²of/∂first ∂second, an array in the three shapes one after the other. Entry by entry, as no matrix has its four axes."""
        known = (*self.program.given, *self.program.by_name)
        parts = [self._part(of, self.program.by_name, "of")]
        parts += [(name, ()) if name == LEARNING_RATE else self._part(name, known, "wrt") for name in (first, second)]
        rests = [self.program.shapes.get(base, SCALAR)[len(index) :] for base, index in parts]
        shape = tuple(int(length) for rest in rests for length in rest)
        if LEARNING_RATE in (first, second):
            return self.shown(np.zeros(shape))
        entries = [
            [element_name(name, own) for own in indices(rest)] for name, rest in zip((of, first, second), rests, strict=True)
        ]
        self._refuse_many(len(entries[0]) * len(entries[1]), shape)
        columns: list[list[float]] = [[] for _ in self.samples]
        for entry in entries[0]:
            twice = derive_all_twice(self.network, entries[1], entries[2], entry)
            function = compiled(in_one(twice), second_names(twice), "second_derivatives")
            for column, sample in zip(columns, self.samples, strict=True):
                written_out = self._written_out(sample)
                column.extend(function.function(*(written_out[name] for name in function.arguments)))
        arrays = [np.array(column).reshape(shape) for column in columns]
        return self.over_samples(parts[0][0], (parts[1][0], parts[2][0]), arrays)

    @staticmethod
    def summed(column: Sequence[Raw]) -> Raw:
        return sum(column)

    def _refuse_many(self, sweeps: int, shape: Shape) -> None:
        """Raise InputError where so many backward passes over all entries would take minutes."""
        entries = sum(
            math.prod(map(int, self.program.shapes.get(name, SCALAR))) for name in (*self.program.given, *self.program.by_name)
        )
        if sweeps * entries > MAX_WORK:
            raise InputError(
                f"the second derivative is {show(shape)}, and takes {sweeps} backward passes over {entries} entries, "
                "which is too much; name entries, like W[0][1]",
                "wrt",
            )

    def _written_out(self, sample: Mapping[str, Raw]) -> dict[str, float]:
        """The values of the given symbols by the names of their entries."""
        found: dict[str, float] = {}
        for name, value in sample.items():
            found.update(zip(element_names(name, np.shape(value)), np.ravel(value).tolist(), strict=True))
        return found

    def _part(self, name: str, known: Collection[str], where: str) -> tuple[str, Index]:
        """The symbol and the index that a name means. Raises InputError where there is none such."""
        base, index = part_of(name, self.program.shapes)
        if base not in known:
            kind = "definition" if where == "of" else "symbol"
            raise InputError(f"{name!r} is no {kind} of the network{nearest(name, known)}", where)
        shape = self.program.shapes.get(base, SCALAR)
        if len(index) > len(shape) or any(own >= int(length) for own, length in zip(index, shape, strict=False)):
            raise InputError(f"there is no {name}; {base} is {show(shape)}, and indices are counted from 0", where)
        return base, index

    def _jacobians(self, of: str, row: Index, wrt: str) -> Iterator[Raw]:
        """∂of[row]/∂wrt for each sample."""
        shape = self.program.shapes.get(of, SCALAR)
        if not shape:
            derivation, seed = derive(self.network, of, [wrt], self.level), ""
        else:
            derivation, seed = _seeded(self.derivation, of, wrt)
        function = compiled(derivation, [derivative_name(derivation.objective, wrt)], "jacobian")
        rest = shape[len(row) :]
        seeds = [_seed(shape, (*row, *index)) for index in indices(rest)]
        for sample in self.samples if of in self.varying else self.samples[:1]:
            rows = []
            for own in seeds:
                given = {**sample, seed: own}
                rows.append(function.function(*(given[name] for name in function.arguments))[0])
            yield np.array(rows).reshape(*rest, *np.shape(rows[0]))

    def entry(self, derivation: Derivation, name: str, row: Mapping[str, Raw]) -> tuple[str, Tree, Mapping[str, float]]:
        """The first entry that is not finite."""
        shapes = derivation.program.shapes
        value = np.asarray(row[name])
        index: Index = tuple(int(own) for own in np.argwhere(~np.isfinite(value))[0])
        tree = element(derivation.by_name[name].tree, index, shapes)
        known: dict[str, float] = {}
        for read in names(derivation.by_name[name].tree):
            own = np.asarray(row[read])
            known |= {element_name(read, at): float(own[at]) for at in np.ndindex(own.shape)}
        return element_name(name, index), tree, known


def _seeded(derivation: Derivation, of: str, wrt: str) -> tuple[Derivation, str]:
    """The derivation of Σ seed · of, entry by entry, by ``wrt``, and the name of the seed, which is given like any symbol.

    Where the seed is 1 at one entry of the array ``of`` and 0 at all others, the partial is that of this entry.
    """
    network, program = derivation.network, derivation.program
    seed, total = f"seed/{of}", f"seeded/{of}"  # no symbol has a name like these
    shapes = {**program.shapes, seed: program.shapes[of]}
    last = Total(total, ONE, Product((Name(seed), Name(of))), None, shapes)
    whole = Program((*program.given, seed), (*program.definitions, last), shapes)
    return Derivation(network, whole, total, (wrt,), backward(whole, total, (wrt,)), network), seed


def _seed(shape: Shape, index: Index) -> Raw:
    """The seed for one entry."""
    seed: Raw = np.zeros([int(length) for length in shape])
    seed[index] = 1.0
    return seed


def _without_infinities(value: Any) -> Any:
    """Nested lists with None for what is not finite."""
    if isinstance(value, list):
        return [_without_infinities(own) for own in value]
    return value if np.isfinite(value) else None
