"""Where a notation changes the derivation: the sign of δ, the ½ of a squared error, the order of a weight's indices.

The network is put into these conventions and derived again, so that nothing on a page is turned about afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..array_tree import Element, Transpose
from ..arrays import Array
from ..derivation import Derivation, derive
from ..layered import LAYER_INPUT, numbered, weights
from ..network import Network
from ..tree import Name, Tree, fold, rebuild
from .levels import MATRIX, UNIT, is_batch
from .profile import Profile

_SIGNS = {"gradient": 1, "negative": -1}
_SQUARED = {True: "half_squared_error", False: "squared_error"}
_WEIGHT = re.compile(r"(?<![A-Zabce-z0-9])(W[1-9]\d*)\[(\w+)\]\[(\w+)\]")  # in dE/dW1[0][2] and Delta_W1[0][2] as well


def in_conventions(derivation: Derivation, chosen: Profile) -> tuple[Derivation, tuple[str, ...]]:
    """The derivation in the conventions of a notation, and what they have changed, as `words.CHANGES` names it."""
    network = derivation.given
    changed, kinds = network, []
    sign = _SIGNS.get(chosen.delta or "", network.signal_sign)
    if sign != network.signal_sign and derivation.signals:
        changed = replace(changed, signal_sign=sign)
        kinds.append("sign")
    loss = network.loss
    if loss is not None and chosen.half is not None and loss.function == _SQUARED[not chosen.half]:
        changed = replace(changed, loss=replace(loss, function=_SQUARED[chosen.half]))
        kinds.append("half" if chosen.half else "whole")
    if network.layers and chosen.weight_order != network.weight_order:
        changed = _turned(changed, chosen.weight_order)
        kinds.append(chosen.weight_order)
    if changed is network:
        return derivation, ()
    return _again(derivation, changed), tuple(kinds)


def _again(derivation: Derivation, changed: Network) -> Derivation:
    """The same question asked of another network: of, by, level and batch are those of ``derivation``."""
    own = derivation.network
    turned = changed.weight_order != derivation.given.weight_order
    wanted = tuple(swapped(name) for name in derivation.wanted) if turned else derivation.wanted
    level = (MATRIX if own.is_array else UNIT) if changed.is_array else None
    batch = derivation.program.shapes[LAYER_INPUT][0 if own.layout == "row" else 1] if is_batch(derivation) else None
    by = None if derivation.wanted == own.parameters else wanted
    return derive(changed, of=derivation.objective, by=by, level=level, batch=batch)


def _turned(network: Network, order: str) -> Network:
    """The same layers with every matrix of weights transposed, and what names its entries with it."""
    matrices = {weights(number) for number, _, _ in numbered(network)}
    loss = network.loss
    if loss is not None and loss.formula is not None:
        loss = replace(loss, formula=_with_transposes(loss.formula, matrices))
    return replace(
        network,
        weight_order=order,
        loss=loss,
        values=_values(network.values, matrices),
        samples=tuple(_values(sample, matrices) for sample in network.samples),
        shapes={},
        numbers=_digits(network.numbers),
    )


def _values(values: Mapping[str, Any], matrices: set[str]) -> dict[str, Any]:
    return {name: _transposed(value) if name in matrices else value for name, value in values.items()}


def _transposed(matrix: Array) -> Array:
    rows, columns = matrix.shape
    return Array((columns, rows), tuple(matrix.entries[row * columns + column] for column in range(columns) for row in range(rows)))


def _digits(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """A [numbers] table, in which single quantities may be named."""
    own = numbers.get("quantity")
    return (
        {**numbers, "quantity": {swapped(name): digits for name, digits in own.items()}}
        if isinstance(own, Mapping)
        else {**numbers}
    )


def swapped(name: str) -> str:
    """A name with the indices of a weight the other way round: W1[0][2] as W1[2][0]."""
    return _WEIGHT.sub(r"\1[\3][\2]", name)


def _with_transposes(tree: Tree, matrices: set[str]) -> Tree:
    """A formula with the transpose of each matrix of weights in its place."""

    def write(node: Any, children: list[Tree]) -> Tree:
        match node:
            case Name() if node.name in matrices:
                return Transpose(node)
            case Element() if len(node.index) == 2 and isinstance(children[0], Transpose):
                return Element(children[0].body, node.index[::-1])
            case Transpose() if isinstance(children[0], Transpose):
                return children[0].body
        return rebuild(node, children) if children else node

    return fold(tree, write)
