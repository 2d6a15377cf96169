"""CasADi: SX, scalar by scalar, and MX, matrix by matrix."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..cases import Case, Operations, scalar_names, scalar_values, scalars
from . import Contender, Count

NEEDS = ("casadi",)
MOST_SCALARS = 1500  # parameters up to which a function of scalars is evaluated


class _CasADi(Operations):
    def __init__(self, batch: int = 1) -> None:
        import casadi

        self.casadi, self.batch = casadi, batch
        self.exp, self.log, self.tanh, self.half = casadi.exp, casadi.log, casadi.tanh, 0.5

    def affine(self, z: Any, weights: Any, bias: Any) -> Any:
        if self.batch == 1:
            return self.casadi.mtimes(weights, z) + bias
        return self.casadi.mtimes(z, weights.T) + self.casadi.repmat(bias.T, self.batch, 1)

    def half_squares(self, errors: Any) -> Any:
        return self.casadi.sumsqr(errors) / 2

    def recur(self, step: Any, start: Any, x: Any, y: Any) -> Any:
        state, loss = start, 0
        for index in range(len(x) if isinstance(x, list) else x.numel()):
            state, term = step(state, x[index], y[index])
            loss = loss + term
        return loss


class Derived(NamedTuple):
    symbols: Any
    loss: Any
    gradient: Any


def derive(case: Case) -> Derived:
    """With SX."""
    import casadi

    nested, flat = scalars(case.given, casadi.SX.sym)
    loss = case.scalar_loss(_CasADi(), nested)
    names = scalar_names(case.given)
    by = casadi.vertcat(*(flat[own] for parameter in case.parameters for own in names[parameter]))
    return Derived(casadi.vertcat(*flat.values()), loss, casadi.gradient(loss, by))


def to_function(case: Case, derived: Derived) -> Any:
    import casadi

    return casadi.Function("f", [derived.symbols], [derived.loss, derived.gradient])


def contenders(case: Case) -> Iterator[Contender]:
    if case.batch == 1 and case.size <= MOST_SCALARS:
        yield from _in_place(case, to_function(case, derive(case)), [np.array(scalar_values(case.given))], "CasADi SX")
    if case.kind == "perceptron":
        yield from _matrices(case)


def _in_place(case: Case, function: Any, inputs: list[np.ndarray], name: str) -> Iterator[Contender]:
    """Called through CasADi's buffers, its fastest way: it reads and writes arrays where they are."""
    buffer, trigger = function.buffer()
    loss = np.zeros(1)
    shapes = [function.size_out(place) for place in range(1, function.n_out())]
    gradients = [np.zeros(math.prod(shape)) for shape in shapes]
    for place, own in enumerate(inputs):
        buffer.set_arg(place, memoryview(own))
    for place, own in enumerate([loss, *gradients]):
        buffer.set_res(place, memoryview(own))

    def result(kept: Any = (buffer, inputs)) -> tuple[float, np.ndarray]:
        trigger()
        return float(loss[0]), np.concatenate(
            [own.reshape(shape, order="F").ravel() for own, shape in zip(gradients, shapes, strict=True)]
        )

    yield Contender(name, trigger, result)


def _matrices(case: Case) -> Iterator[Contender]:
    import casadi

    symbols = {name: casadi.MX.sym(name, *_shape(value)) for name, value in case.given.items()}
    loss = case.loss(_CasADi(case.batch), symbols)
    gradients = [casadi.gradient(loss, symbols[name]) for name in case.parameters]
    function = casadi.Function("f", list(symbols.values()), [loss, *gradients])
    # CasADi's matrices lie column by column.
    inputs = [np.ravel(value, order="F").astype(float) for value in case.given.values()]
    yield from _in_place(case, function, inputs, "CasADi MX")


def _shape(value: Any) -> tuple[int, ...]:
    return np.shape(value) if np.ndim(value) == 2 else (np.size(value), 1)


def operations(case: Case) -> Count:
    """The instructions of the function, those that only move numbers left out."""
    derived = derive(case)
    import casadi

    forward = casadi.Function("e", [derived.symbols], [derived.loss])
    return Count(_counted(to_function(case, derived)), sum(_counted(forward).values()))


def _counted(function: Any) -> dict[str, int]:
    import casadi

    place = {
        **dict.fromkeys((casadi.OP_INPUT, casadi.OP_OUTPUT, casadi.OP_CONST, casadi.OP_ASSIGN), ""),
        **dict.fromkeys((casadi.OP_MUL, casadi.OP_SQ, casadi.OP_TWICE), "mul"),
        **dict.fromkeys((casadi.OP_ADD, casadi.OP_SUB, casadi.OP_NEG), "add"),
        **dict.fromkeys((casadi.OP_DIV, casadi.OP_INV), "div"),
    }
    kinds = {"mul": 0, "add": 0, "div": 0, "function": 0}
    for index in range(function.n_instructions()):
        if kind := place.get(function.instruction_id(index), "function"):
            kinds[kind] += 1
    return kinds
