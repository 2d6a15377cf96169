"""Gradient functions as functions of PyTorch and JAX: the loss is a node of theirs, its gradient the derived one.

Both take what was differentiated by, by name; everything else has the values it was made with. The numbers go through NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, MissingToolError, nearest
from .over_time import merged

if TYPE_CHECKING:
    from .array_function import ArrayFunction
    from .callable import GradientFunction


class _Loss:
    """The loss at named arrays, and its gradient as arrays of the same shapes, in their order."""

    def __init__(self, function: GradientFunction | ArrayFunction, passed: Mapping[str, Any]) -> None:
        self.function, self.passed = function, dict(passed)
        self.symbols = function.symbols

    def named(self, values: Mapping[str, Any] | None, named: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a call has passed. Raises InputError for nothing, and for what was not differentiated by."""
        found = merged(values, named)
        if not found:
            raise InputError(f"pass at least one of {', '.join(self.symbols)}", "values")
        for name in found:
            if name not in self.symbols:
                hint = nearest(name, self.symbols)
                raise InputError(
                    f"{name!r} is no symbol that was differentiated by; pass it when the function is made{hint}", "values"
                )
        return found

    def at(self, names: tuple[str, ...], arrays: list[Any]) -> tuple[float, list[Any]]:
        given = {name: array if array.ndim else float(array) for name, array in zip(names, arrays, strict=True)}
        objective, gradient = self.function({**self.passed, **given})
        return objective, [np.asarray(gradient[name]) for name in names]


def torch_function(function: GradientFunction | ArrayFunction, passed: Mapping[str, Any]) -> Callable[..., Any]:
    """``loss(values)`` → a tensor without axes, of which PyTorch's autograd takes the derived gradient.

    Raises MissingToolError without PyTorch; a call raises InputError as one of ``function`` does.
    """
    try:
        import torch
    except ImportError:
        raise MissingToolError("a function of PyTorch needs PyTorch: pip install 'symbackprop[torch]'") from None
    loss = _Loss(function, passed)

    class Derived(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(context: Any, names: tuple[str, ...], *tensors: Any) -> Any:
            objective, gradient = loss.at(names, [tensor.detach().cpu().numpy() for tensor in tensors])
            context.save_for_backward(*(torch.as_tensor(own).to(tensor) for own, tensor in zip(gradient, tensors, strict=True)))
            return tensors[0].new_tensor(objective)

        @staticmethod
        @torch.autograd.function.once_differentiable  # type: ignore[untyped-decorator]
        def backward(context: Any, upstream: Any) -> Any:
            return None, *(upstream * own for own in context.saved_tensors)

    def call(values: Mapping[str, Any] | None = None, /, **named: Any) -> Any:
        found = {name: torch.as_tensor(own) for name, own in loss.named(values, named).items()}
        return Derived.apply(tuple(found), *found.values())

    return call


def jax_function(function: GradientFunction | ArrayFunction, passed: Mapping[str, Any]) -> Callable[..., Any]:
    """``loss(values)`` → a number of JAX with the derived gradient, for ``jax.grad`` and inside ``jax.jit``.

    Raises MissingToolError without JAX; a call raises InputError as one of ``function`` does.
    """
    try:
        import jax
    except ImportError:
        raise MissingToolError("a function of JAX needs JAX: pip install 'symbackprop[jax]'") from None
    loss = _Loss(function, passed)

    def with_gradient(values: dict[str, Any]) -> Any:
        names = tuple(values)
        number = jax.numpy.result_type(float, *values.values())
        shapes = [jax.ShapeDtypeStruct(own.shape, own.dtype) for own in values.values()]

        def host(*arrays: Any) -> Any:
            objective, gradient = loss.at(names, [np.asarray(array) for array in arrays])
            return np.asarray(objective, number), [own.astype(like.dtype) for own, like in zip(gradient, shapes, strict=True)]

        found, gradient = jax.pure_callback(host, (jax.ShapeDtypeStruct((), number), shapes), *values.values())
        return found, dict(zip(names, gradient, strict=True))

    derived = jax.custom_vjp(lambda values: with_gradient(values)[0])
    derived.defvjp(with_gradient, lambda gradient, upstream: (jax.tree.map(lambda own: upstream * own, gradient),))

    def call(values: Mapping[str, Any] | None = None, /, **named: Any) -> Any:
        return derived({name: jax.numpy.asarray(own, float) for name, own in loss.named(values, named).items()})

    return call
