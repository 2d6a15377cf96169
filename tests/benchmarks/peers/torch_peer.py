"""PyTorch as it runs by default: each operation at once, and back through its tape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..cases import Case, Operations
from . import Contender

NEEDS = ("torch",)
NAME = "torch eager"


class _Torch(Operations):
    def __init__(self) -> None:
        import torch

        self.exp, self.log, self.tanh = torch.exp, torch.log, torch.tanh
        self.sigmoid = torch.sigmoid  # type: ignore[method-assign]
        self._affine = torch.nn.functional.linear

    def affine(self, z: Any, weights: Any, bias: Any) -> Any:
        return self._affine(z, weights, bias)


def contenders(case: Case) -> Iterator[Contender]:
    import torch

    torch.set_num_threads(1)
    m = _Torch()
    values = {name: torch.tensor(value, dtype=torch.float64) for name, value in case.given.items()}
    by = [values[name].requires_grad_() for name in case.parameters]

    def call() -> Any:
        loss = case.loss(m, values)
        return loss, torch.autograd.grad(loss, by)

    def result() -> tuple[float, np.ndarray]:
        loss, gradient = call()
        return float(loss.detach()), np.concatenate([np.ravel(own.numpy()) for own in gradient])

    yield Contender(NAME, call, result)
