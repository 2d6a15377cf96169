"""The value of formulas of a network, as a program has them: NumPy's meaning for vectors and matrices.

What is read may be `Var`s, so that a formula gives its derivatives as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...array_tree import Element, Length, MatMul, Mean, Ones, Outer, Placed, Reduce, Softmax, Transpose
from ...errors import InputError
from ...functions import GENERIC
from ...tree import Braced, Call, Derivative, Marked, Name, Negative, Number, Power, Product, Quotient, Sum, Tree, fold
from .arithmetic import FUNCTIONS, Arithmetic, power, softmax, total
from .tape import Var, derivatives, is_array, mapped, value_of

Smooth = Callable[[Any], Any]  # what stands for the generic σ


class Formulas:
    """Evaluates formulas in an arithmetic; letters that stand for lengths have numbers."""

    def __init__(self, own: Arithmetic, lengths: Mapping[str, int], smooth: Smooth) -> None:
        self.own, self.lengths, self.smooth = own, lengths, smooth

    def length(self, length: int | str) -> int:
        return length if isinstance(length, int) else self.lengths[length] if length else 1

    def value(self, tree: Tree, read: Callable[[str], Any]) -> Any:
        """The value of a formula. Raises InputError where it has none."""

        def combine(node: Any, parts: list[Any]) -> Any:
            if isinstance(node, Name | Derivative):
                return read(node.name)
            return self.node(node, parts)

        try:
            return fold(tree, combine)
        except ZeroDivisionError:
            raise InputError("division by zero") from None

    def node(self, node: Any, parts: list[Any]) -> Any:
        """The value of a node by those of its children."""
        match node:
            case Number():
                return self.own.number(node.value)
            case Product():
                result = parts[0]
                for part in parts[1:]:
                    result = result * part
                return result
            case Sum():
                result = parts[0]
                for part in parts[1:]:
                    result = result + part
                return result
            case Negative():
                return -parts[0]
            case Quotient():
                if not is_array(value_of(parts[1])) and value_of(parts[1]) == 0:
                    raise InputError("division by zero")
                return parts[0] / parts[1]
            case Power():
                return power(self.own, parts[0], parts[1])
            case Call():
                return self.called(node, parts)
            case Braced() | Marked():
                return parts[0]
            case Length():
                return self.own.number(self.length(node.length))
            case Ones():
                return self.ones(tuple(map(self.length, node.shape)))
            case MatMul():
                return parts[0] @ parts[1]
            case Transpose():
                return mapped(parts[0], value_of(parts[0]).T, lambda above: above.T)
            case Outer():
                return _outer(*parts)
            case Reduce():
                return total(parts[0], node.axis)
            case Mean():
                value = value_of(parts[0])
                count = (value.size if node.axis is None else value.shape[node.axis]) if is_array(value) else 1
                return total(parts[0], node.axis) / self.own.number(count)
            case Softmax():
                return softmax(self.own, parts[0], node.axis)
            case Element():
                return _picked(parts[0], tuple(map(int, node.index)))
            case Placed():
                return self.placed(node, parts[0])
        raise AssertionError(f"no value for {type(node).__name__}")

    def ones(self, shape: tuple[int, ...]) -> Any:
        count = 1
        for length in shape:
            count *= length
        return self.own.array([self.own.one] * count, shape)

    def placed(self, node: Placed, body: Any) -> Any:
        found = 0 * self.ones(tuple(map(self.length, node.shape)))
        found[tuple(map(int, node.index))] = body
        return found

    def called(self, node: Call, parts: list[Any]) -> Any:
        """A function of its arguments; its slope where there is a prime, by a sweep over the function itself."""
        own = (lambda s, *more: self.smooth(s)) if node.function == GENERIC else FUNCTIONS[node.function]
        arguments = parts if node.function == GENERIC else [self.own, *parts]
        if not node.prime:
            return own(*arguments)
        place = len(arguments) - len(parts)
        variable = Var(parts[0])
        result = own(*arguments[:place], variable, *parts[1:])
        if not isinstance(result, Var):
            return 0 * parts[0]
        ones = 1 + 0 * parts[0]
        return derivatives(result, ones, {"s": variable}).get("s", 0 * parts[0])


def _outer(left: Any, right: Any) -> Any:
    a, b = value_of(left), value_of(right)
    parents = []
    if isinstance(left, Var):
        parents.append((left, lambda above: above @ b))
    if isinstance(right, Var):
        parents.append((right, lambda above: a @ above))
    result = a[:, None] * b[None, :]
    return Var(result, *parents) if parents else result


def _picked(array: Any, index: tuple[int, ...]) -> Any:
    value = value_of(array)

    def pull(above: Any) -> Any:
        found = 0 * value
        found[index] = above
        return found

    return mapped(array, value[index], pull)
