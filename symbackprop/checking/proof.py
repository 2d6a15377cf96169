"""A proof that two sides of a claim are the same formula.

The difference of the sides is written in the names of the derivation. The last of them is replaced by its definition, then the
next, until the difference is zero as a rational function of what is left: given symbols, outputs of units, values of
functions, powers whose exponent is no small whole number. That is a proof where it succeeds; where it does not, nothing is said.
Whether a difference can be zero is tried first at random whole numbers, which costs little.

What is proved is proved from the derivation's own definitions: the sides are equal if those are right, which the gradient check
tests. It is proved where both sides are defined: x/x = 1 is, and says nothing of x = 0.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from .. import functions
from ..functions import GENERIC
from ..program import Activation, SoftmaxUnit
from ..symbolic import to_sympy
from ..tree import Call, Derivative, Name, Negative, Power, Sum, Tree, names, substitute
from .quantities import Vocabulary
from .time_limit import Deadline, within

MAX_OPERATIONS = 3_000  # of a difference that is brought over one denominator
MAX_EXPONENT = 512  # of a power of powers all of them multiplied
_PRIME = 2_147_483_647
_TRIALS = 3


def proved(sides: Iterable[tuple[Tree, Tree]], words: Vocabulary, deadline: Deadline) -> bool:
    """Whether all pairs of sides are proved equal before the time is over."""
    pairs = list(sides)
    return bool(within(deadline.left, lambda: all(_Proof(words).equal(left, right) for left, right in pairs)))


class _Proof:
    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        self.order = {definition.name: index for index, definition in enumerate(words.definitions)}
        self.by_name = {definition.name: definition for definition in words.definitions}
        self.aliases = {own.name.replace("/", "_"): own.name for own in words.definitions}
        self.atoms: dict[tuple[str, Any], Any] = {}

    def equal(self, left: Tree, right: Tree) -> bool:
        difference = self._renamed(Sum((left, Negative(right))))
        for _ in range(len(self.order) + 1):
            expression = self._sympy(difference)
            if expression.count_ops() > MAX_OPERATIONS:
                return False
            if _can_be_zero(expression) and _is_zero(expression):
                return True
            last = self._last(difference)
            if last is None:
                return False
            difference = substitute(difference, {last: self._definition(last)})
        return False

    def _renamed(self, tree: Tree) -> Tree:
        """Every quantity under its plain name, cached terms and slopes written out."""
        put_in: dict[str, Tree] = {alias: Name(name) for alias, name in self.aliases.items()}
        put_in |= {**self.words.slopes, **self.words.terms}
        for definition in self.words.definitions:
            sign = getattr(definition, "sign", None)
            if sign is not None:  # ∂E/∂s by its error signal
                signal: Tree = Name(definition.name) if sign > 0 else Negative(Name(definition.name))
                plain = Derivative(definition.of, definition.wrt).name  # type: ignore[union-attr]
                put_in |= {plain: signal, plain.replace("/", "_"): signal}
        for update in self.words.updates:
            put_in |= {update.name: update.tree, f"new_{update.parameter}": Sum((Name(update.parameter), update.tree))}
        before: Tree | None = None
        while tree != before:  # updates read partials, terms read terms
            before, tree = tree, substitute(tree, put_in)
        return tree

    def _last(self, tree: Tree) -> str | None:
        """The name that is defined last, of those that have a definition to put in."""
        found = [name for name in names(tree) if name in self.order and not self._is_output(name)]
        return max(found, key=lambda name: self.order[name], default=None)

    def _is_output(self, name: str) -> bool:
        definition = self.by_name[name]
        return isinstance(definition, SoftmaxUnit) or isinstance(definition, Activation) and definition.function != "identity"

    def _definition(self, name: str) -> Tree:
        return self._renamed(self.by_name[name].tree)

    def _sympy(self, tree: Tree) -> Any:
        """``tree`` as a rational function: any other power is one symbol, and so is each value of a function."""

        def opaque(node: Tree, children: list[Any]) -> Any:
            match node:
                case Power():
                    return self._power(*children)
                case Call():
                    return self._call(node, children)
            return None

        return to_sympy(tree, otherwise=opaque)

    def _power(self, base: Any, exponent: Any) -> Any:
        if exponent.is_Integer and abs(exponent) * _height(base) <= MAX_EXPONENT:
            return base**exponent
        return self._atom("power", [base, exponent])  # of whole numbers it would have millions of digits, or be no fraction

    def _call(self, node: Call, arguments: list[Any]) -> Any:
        constants = (
            [self._sympy(extra) for extra in list(functions.with_defaults(node).values())[len(arguments) :]]
            if (node.function != GENERIC)
            else []
        )
        whole = [self._in_given(argument) for argument in (*arguments, *constants)]
        own = self._atom(node.function, whole)
        if not node.prime:
            return own
        if node.function == GENERIC:
            return self._atom(GENERIC + "'", whole)
        table = dict(zip(functions.with_defaults(node), whole, strict=True)) | {functions.OUTPUT: own}
        return self._sympy(functions.partial(node.function, 0)).xreplace({_symbol(name): one for name, one in table.items()})

    def _atom(self, function: str, arguments: list[Any]) -> Any:
        """The symbol of f(arguments): the output of the unit that is this, else one of its own."""
        import sympy

        if not self.atoms:
            for definition in self.words.definitions:
                if isinstance(definition, Activation) and definition.function not in ("", "identity"):
                    template = definition.template
                    extra = list(functions.with_defaults(template).values())[1:] if definition.function != GENERIC else []  # type: ignore[arg-type]
                    inner = self._in_given(_symbol(definition.argument))
                    key = (definition.function, (inner, *(self._sympy(tree) for tree in extra)))
                    self.atoms.setdefault(key, _symbol(definition.name))
        key = (function, tuple(sympy.expand(argument) for argument in arguments))
        if key not in self.atoms:
            self.atoms[key] = sympy.Dummy()
        return self.atoms[key]

    def _in_given(self, expression: Any) -> Any:
        """An argument with net inputs written out, so that the same argument is the same expression."""
        import sympy

        for _ in range(len(self.order) + 1):
            inner = [s for s in expression.free_symbols if s.name in self.order and not self._is_output(s.name)]
            if not inner:
                break
            expression = expression.xreplace({s: self._sympy(self._definition(s.name)) for s in inner})
        return sympy.expand(expression)


def _symbol(name: str) -> Any:
    import sympy

    return sympy.Symbol(name)


def _height(expression: Any) -> int:
    """By how much raising an expression to a power makes it longer, next to a symbol: its exponents, and digits of numbers."""
    if expression.is_Rational:
        return 1 + max(abs(expression.p), expression.q).bit_length() // 32
    if expression.is_Pow:
        return int(abs(expression.exp)) * _height(expression.base)
    return max(map(_height, expression.args), default=1)


def _can_be_zero(expression: Any) -> bool:
    """Whether a formula is zero at random whole numbers, computed exactly; one that is no rational function may be."""
    import sympy

    source = random.Random(1)
    symbols = sorted(expression.free_symbols, key=str)
    if not symbols:
        return bool(expression == 0)
    for _ in range(_TRIALS):
        at = {symbol: sympy.Integer(source.randint(2, _PRIME)) for symbol in symbols}
        found = expression.xreplace(at)
        if found.is_Rational and found != 0:
            return False
    return True


def _is_zero(expression: Any) -> bool:
    import sympy

    return bool(sympy.expand(sympy.fraction(sympy.together(expression))[0]) == 0)
