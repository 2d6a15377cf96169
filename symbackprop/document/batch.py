"""All samples at once: the derivation over matrices with one sample in each column, or in each row, and its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..array_tree import Shape
from ..arrays import element_name, indices
from ..derivation import Derivation, derive
from ..elements import element
from ..numbers import NumberFormat, Worked, kind_of, printed
from ..precise import value
from ..program import ErrorSignal, LocalDerivative, Partial
from ..tree import ALL_SAMPLES, Derivative, Name, Quantity, Tree, derivative_name, fold, rebuild
from .array_symbols import OF_ALL, page_shapes
from .levels import MATRIX, is_batch


@dataclass(frozen=True)
class Batch:
    """The derivation of all samples. What is a matrix of samples in it has a name of its own, with `OF_ALL` behind it."""

    derivation: Derivation
    count: int
    changed: frozenset[str]
    shapes: Mapping[str, Shape]

    def name(self, name: str) -> str:
        return name + OF_ALL if name in self.changed else name

    def tree(self, tree: Tree) -> Tree:
        """``tree`` in the names of the batch."""

        def rename(node: Any, children: list[Tree]) -> Tree:
            match node:
                case Name():
                    return Name(self.name(node.name))
                case Derivative():
                    return Derivative(self.name(node.of), self.name(node.wrt), node.direct)
            return rebuild(node, children) if children else node

        return fold(tree, rename)


def batch_of(arrays: Derivation | None) -> Batch | None:
    """The batch of a network of layers with several samples."""
    if arrays is None or not arrays.network.layers or len(arrays.network.samples) < 2 or is_batch(arrays):
        return None
    count = len(arrays.network.samples)
    by = None if arrays.wanted == arrays.network.parameters else arrays.wanted
    own = derive(arrays.given, by=by, level=MATRIX, batch=count)
    single, several = page_shapes(arrays), page_shapes(own)
    changed = frozenset(name for name, shape in several.items() if single.get(name) != shape)
    found = Batch(own, count, changed, {})
    shapes = {found.name(name): shape for name, shape in several.items() if "/" not in name}
    for definition in own.backward_pass:
        if isinstance(definition, LocalDerivative):
            name = derivative_name(found.name(definition.of), found.name(definition.wrt))
            shapes[name] = several.get(definition.name, ())
        elif isinstance(definition, Partial | ErrorSignal):
            shapes[derivative_name(definition.of, found.name(definition.wrt))] = several.get(definition.name, ())
    return Batch(own, count, changed, {name: shape for name, shape in shapes.items() if shape})


def batch_numbers(batch: Batch, style: NumberFormat, samples: list[Mapping[str, Worked]], rows: bool) -> Mapping[str, Worked]:
    """The quantities of a batch worked out, by plain name; ``samples`` are the worked numbers of each sample."""
    own = batch.derivation
    found: dict[str, Worked] = {}
    for name in own.program.given:
        for index in indices(batch.shapes.get(batch.name(name), ())):
            key = element_name(batch.name(name), index)
            if name in batch.changed:
                sample, entry = index if rows else index[::-1]
                own_number = samples[int(sample)][element_name(name, (entry,))]
                found[key] = replace(own_number, of=Quantity(key, ALL_SAMPLES))
            else:
                found[key] = samples[0][key]
    lookup = {key: worked.value for key, worked in found.items()}
    for definition in (*own.program.definitions, *own.backward_pass):
        if isinstance(definition, LocalDerivative):
            continue
        left: Tree = Derivative(definition.of, definition.wrt) if isinstance(definition, Partial) else Name(definition.name)
        name = batch.tree(left).name  # type: ignore[union-attr]  # both have one
        tree, kind = batch.tree(own.in_outputs(definition.tree)), kind_of(definition)
        for index in indices(batch.shapes.get(name, ())):
            key = element_name(name, index)
            of = Quantity(key, ALL_SAMPLES)
            found[key] = printed(value(element(tree, index, batch.shapes), lookup), style.of(kind, key), style.policy, kind, of)
            lookup[key] = found[key].value
    return found
