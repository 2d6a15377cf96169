"""A gradient function in the forms that others want it in: of one vector, of PyTorch, of JAX."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .over_time import merged

if TYPE_CHECKING:
    from .flat import FlatFunction


class Forms:
    """What `callable.GradientFunction` and `array_function.ArrayFunction` offer beside the call by name.

    Each takes the values of all that was not differentiated by, which hold for every call.
    """

    def flat(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> FlatFunction:
        """The function of one vector of all that was differentiated by, as optimisers want it."""
        from .flat import FlatFunction

        return FlatFunction(self, merged(values, named))  # type: ignore[arg-type] # it is one of the two

    def torch(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Callable[..., Any]:
        """The loss as a function of PyTorch, by name of what was differentiated by, with the derived gradient."""
        from .frameworks import torch_function

        return torch_function(self, merged(values, named))  # type: ignore[arg-type]

    def jax(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Callable[..., Any]:
        """The same of JAX."""
        from .frameworks import jax_function

        return jax_function(self, merged(values, named))  # type: ignore[arg-type]
