"""Numbers that remember how they were made, so that one sweep gives the derivative by everything that went in.

A `Var` holds a number or an array of numbers; each operation notes what it read and what it passes back for what comes from above.
That is all: nothing here knows of networks, and no rule is taken from the tables of functions and losses that pages are
made from. It is the second opinion on what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Pull = Callable[[Any], Any]  # what comes from above → what is passed back


class Var:
    """A number, or an array of numbers, with what it was computed from."""

    __slots__ = ("parents", "value")
    __array_ufunc__ = None  # an array beside a Var leaves the operation to it

    def __init__(self, value: Any, *parents: tuple[Var, Pull]) -> None:
        self.value, self.parents = value, parents

    def __add__(self, other: Any) -> Var:
        if not isinstance(other, Var):
            return Var(self.value + other, (self, _like(self.value)))
        return Var(self.value + other.value, (self, _like(self.value)), (other, _like(other.value)))

    __radd__ = __add__

    def __neg__(self) -> Var:
        return Var(-self.value, (self, lambda above: -above))

    def __sub__(self, other: Any) -> Var:
        return self + -other

    def __rsub__(self, other: Any) -> Var:
        return -self + other

    def __mul__(self, other: Any) -> Var:
        if not isinstance(other, Var):
            return Var(self.value * other, (self, _times(self.value, other)))
        return Var(self.value * other.value, (self, _times(self.value, other.value)), (other, _times(other.value, self.value)))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Var:
        if not isinstance(other, Var):
            return self * (1 / other)
        inverse = 1 / other.value
        return self * Var(inverse, (other, _times(other.value, -inverse * inverse)))

    def __rtruediv__(self, other: Any) -> Var:
        inverse = 1 / self.value
        return Var(other * inverse, (self, _times(self.value, -other * inverse * inverse)))

    def __matmul__(self, other: Any) -> Var:
        one, two = (own if isinstance(own, Var) else Var(own) for own in (self, other))
        return Var(one.value @ two.value, (one, _to_left(one.value, two.value)), (two, _to_right(one.value, two.value)))

    def __rmatmul__(self, other: Any) -> Var:
        return Var(other) @ self


def is_array(value: Any) -> bool:
    return hasattr(value, "shape") and value.shape != ()


def value_of(number: Any) -> Any:
    return number.value if isinstance(number, Var) else number


def mapped(number: Any, result: Any, pull: Pull) -> Any:
    """The ``result`` of an operation on one number, which passes ``pull`` back."""
    return Var(result, (number, pull)) if isinstance(number, Var) else result


def summed_like(above: Any, value: Any) -> Any:
    """What an array that was spread over a larger one gets back: the sum over its copies."""
    if not is_array(above):
        return above
    if not is_array(value):
        return above.sum()
    extra = above.ndim - value.ndim
    above = above.sum(axis=tuple(range(extra))) if extra else above
    axes = tuple(axis for axis, length in enumerate(value.shape) if length == 1 and above.shape[axis] > 1)
    return above.sum(axis=axes, keepdims=True) if axes else above


def _like(value: Any) -> Pull:
    return lambda above: summed_like(above, value)


def _times(value: Any, factor: Any) -> Pull:
    return lambda above: summed_like(above * factor, value)


def _to_left(one: Any, two: Any) -> Pull:
    match one.ndim, two.ndim:
        case 1, 1:
            return lambda above: above * two
        case 2, 1:
            return lambda above: above[:, None] * two[None, :]
        case 1, 2:
            return lambda above: two @ above
    return lambda above: above @ two.T


def _to_right(one: Any, two: Any) -> Pull:
    match one.ndim, two.ndim:
        case 1, 1:
            return lambda above: above * one
        case 2, 1:
            return lambda above: one.T @ above
        case 1, 2:
            return lambda above: one[:, None] * above[None, :]
    return lambda above: one.T @ above


def derivatives(result: Var, above: Any, leaves: Mapping[str, Var]) -> dict[str, Any]:
    """What each of the ``leaves`` gets back where ``above`` comes to the ``result``; nothing of those that it does not read."""
    shares: dict[int, Any] = {id(result): above}
    for var in reversed(_in_order(result)):
        share = shares.get(id(var))
        for parent, pull in var.parents:
            passed = pull(share)
            key = id(parent)
            shares[key] = shares[key] + passed if key in shares else passed
    return {name: shares[id(leaf)] for name, leaf in leaves.items() if id(leaf) in shares}


def _in_order(result: Var) -> list[Var]:
    """Everything that a result was computed from, each behind what it was computed from itself."""
    found: list[Var] = []
    seen: set[int] = set()
    stack: list[tuple[Var, Iterable[tuple[Var, Pull]]]] = [(result, iter(result.parents))]
    seen.add(id(result))
    while stack:
        var, rest = stack[-1]
        for parent, _ in rest:
            if id(parent) not in seen:
                seen.add(id(parent))
                stack.append((parent, iter(parent.parents)))
                break
        else:
            found.append(var)
            stack.pop()
    return found
