"""1 − σ(s) and 1 − tanh² s without cancellation.

In the slope z (1 − z) of a saturated unit the difference has no digits left. It is computed from the net input instead:
1 − σ(s) is σ(−s), and 1 − tanh² s is sech² s. That of a value has a line of its own, ``z_j/rest``. With p = e⁻ˢ, in the line
``z_j/power``, σ(s) is 1/(1 + p) and the rest p σ(s), which takes no second exponential; that of tanh gets the value as well,
since the difference is cheaper where it has its digits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from ..array_program import SoftmaxMap
from ..array_tree import Transpose
from ..program import Activation, Formula, Program, SoftmaxUnit
from ..tree import ONE, Call, Name, Negative, Number, Power, Product, Sum, Tree, fold, negative, rebuild, total

SECH_SQUARED = "sech_squared"
SOFTMAX_REST = "softmax_rest"
POWER, OF_POWER, SIGMOID_REST, TANH_REST = "sigmoid_power", "sigmoid_of_power", "sigmoid_rest", "tanh_rest"
REST, EXPONENTIAL, ARGUMENT = "rest", "power", "argument"  # the further lines of a value
_EXPONENTS = {"sigmoid": 1, "tanh": 2}  # of what is taken from 1


class Complements:
    """The values of σ and tanh in a program, by plain name, and what is missing to 1."""

    def __init__(self, program: Program) -> None:
        self.calls: dict[str, Call] = {}
        self.softmax = {own.name: own for own in program.definitions if isinstance(own, SoftmaxUnit | SoftmaxMap)}
        for definition in program.definitions:
            if isinstance(definition, Activation) and definition.function in _EXPONENTS:
                self.calls[definition.name] = Call(definition.function, (Name(definition.argument),))
            elif isinstance(definition, Formula) and isinstance(definition.tree, Call) and definition.tree.function in _EXPONENTS:
                self.calls[definition.name] = definition.tree

    def steps(self, name: str) -> Iterator[tuple[str, Tree]]:
        """The further lines of the value ``name``: its argument, if worth a line, its power, and what is missing to 1."""
        if name in self.calls:
            call = self.calls[name]
            if not isinstance(call.arguments[0], Name | Number):
                yield _argument(name), call.arguments[0]
                call = Call(call.function, (Name(_argument(name)),))
            if call.function == "sigmoid":
                yield _power(name), Call(POWER, call.arguments)
                yield _rest(name), Call(SIGMOID_REST, (Name(_power(name)), Name(name)))
            else:
                yield _rest(name), Call(TANH_REST, (Name(name), *call.arguments))

    def shortened(self, name: str, tree: Tree, needed: Collection[str]) -> Tree:
        """``tree``, the value of ``name``, with its argument or its power from the line that this has."""
        if _power(name) in needed:
            return Call(OF_POWER, (Name(_power(name)),))
        return Call(tree.function, (Name(_argument(name)),)) if isinstance(tree, Call) and _argument(name) in needed else tree

    def used_in(self, tree: Tree) -> Tree:
        """``tree`` with 1 − z and 1 − z² of such a value, be it a name or a call, in their own form."""
        if not any(isinstance(node, Sum) and len(node.terms) == 2 and ONE in map(_unsigned, node.terms) for node in _nodes(tree)):
            return tree

        def swap(node: Any, children: list[Tree]) -> Tree:
            match rebuilt := rebuild(node, children) if children else node:
                case Sum((first, Negative(second))) if first == ONE and (found := self._missing(second)) is not None:
                    return found
                case Sum((first, Negative(second))) if second == ONE and (found := self._missing(first)) is not None:
                    return negative(found)
            return rebuilt

        return fold(tree, swap)

    def apart(self, tree: Tree) -> Tree:
        """z − y, which loss and activation leave of each other, as (1 − y) z − y (1 − z), which keeps its digits near 0."""

        def swap(node: Any, children: list[Tree]) -> Tree:
            match rebuilt := rebuild(node, children) if children else node:
                case Sum((Name() as value, Negative(Name() as target))) if (rest := self._rest_of(value)) is not None:
                    return Sum((Product((Sum((ONE, Negative(target))), value)), Negative(Product((target, rest)))))
            return rebuilt

        return fold(tree, swap)

    def _rest_of(self, value: Name) -> Tree | None:
        """1 − z of σ, and of softmax, where the others are what is missing; None for anything else."""
        if self._is_sigmoid(value.name):
            return Name(_rest(value.name))
        match self.softmax.get(value.name):
            case SoftmaxUnit() as unit:
                return total([Name(output) for _, output in unit.group if output != value.name])
            case SoftmaxMap(axis=0):
                return Transpose(Call(SOFTMAX_REST, (Transpose(value),)))
            case SoftmaxMap():
                return Call(SOFTMAX_REST, (value,))
        return None

    def _is_sigmoid(self, name: str) -> bool:
        return name in self.calls and self.calls[name].function == "sigmoid"

    def _missing(self, tree: Tree) -> Tree | None:
        """What ``tree``, which is σ, or tanh², leaves of 1; None for anything else."""
        exponent = 1
        match tree:
            case Power(base, Number(value)) if value == 2:
                tree, exponent = base, 2
        call = self.calls.get(tree.name) if isinstance(tree, Name) else tree
        if not isinstance(call, Call) or call.prime or _EXPONENTS.get(call.function) != exponent:
            return None
        return Name(_rest(tree.name)) if isinstance(tree, Name) else _complement(call)


def _complement(call: Call) -> Call:
    (argument,) = call.arguments
    return Call("sigmoid", (negative(argument),)) if call.function == "sigmoid" else Call(SECH_SQUARED, (argument,))


def owner_and_kind(name: str) -> tuple[str, str]:
    """The value to which a line belongs, and what it is of it: `REST`, `EXPONENTIAL` or `ARGUMENT`; nothing for any other line."""
    owner, _, kind = name.rpartition("/")
    return (owner, kind) if kind in (REST, EXPONENTIAL, ARGUMENT) else (name, "")


def _rest(name: str) -> str:
    return f"{name}/{REST}"  # no symbol has a name like this


def _power(name: str) -> str:
    return f"{name}/{EXPONENTIAL}"


def _argument(name: str) -> str:
    return f"{name}/{ARGUMENT}"


def _unsigned(tree: Tree) -> Tree:
    return tree.body if isinstance(tree, Negative) else tree


def _nodes(tree: Tree) -> Iterator[Tree]:
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(node.children)
