"""JAX: the loss compiled with its gradient by ``jit``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..cases import Case, Operations
from . import Contender

NEEDS = ("jax",)
NAME = "JAX"


class _Jax(Operations):
    def __init__(self) -> None:
        import jax

        self.jax = jax
        self.exp, self.log, self.tanh = jax.numpy.exp, jax.numpy.log, jax.numpy.tanh
        self.sigmoid = jax.nn.sigmoid  # type: ignore[method-assign]

    def recur(self, step: Any, start: Any, x: Any, y: Any) -> Any:
        return self.jax.lax.scan(lambda state, pair: step(state, *pair), start, (x, y))[1].sum()


def contenders(case: Case) -> Iterator[Contender]:
    import jax

    jax.config.update("jax_enable_x64", True)
    m = _Jax()
    small = case.kind == "units" and all(np.ndim(value) == 0 for value in case.given.values())
    data = {name: value for name, value in case.given.items() if name not in case.parameters}
    by = {name: case.given[name] for name in case.parameters}
    if small:
        # Many numbers as arguments would each cost as much as an array, so they come as one vector.
        def loss(parameters: Any, others: Any) -> Any:
            named = {name: parameters[place] for place, name in enumerate(by)}
            return case.loss(m, named | {name: others[place] for place, name in enumerate(data)})

        arguments: Any = [jax.numpy.array([float(own) for own in values.values()]) for values in (by, data)]
    else:

        def loss(parameters: Any, others: Any) -> Any:
            return case.loss(m, parameters | others)

        arguments = [{name: jax.numpy.array(own) for name, own in values.items()} for values in (by, data)]
    function = jax.jit(jax.value_and_grad(loss))  # what it compiles at the first call is not timed

    def call() -> Any:
        value, gradient = function(*arguments)
        value.block_until_ready()
        return value, gradient

    def result() -> tuple[float, np.ndarray]:
        value, gradient = call()
        found = [gradient] if small else [gradient[name] for name in case.parameters]
        return float(value), np.concatenate([np.ravel(np.asarray(own)) for own in found])

    yield Contender(NAME, call, result)
