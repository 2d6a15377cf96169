"""Trees to SymPy and back, and the derivative of a formula by SymPy.

SymPy is imported when the first of these functions is called, not before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from . import functions
from .array_tree import Length
from .errors import InputError
from .functions import FUNCTIONS, GENERIC
from .tree import (
    ONE,
    Braced,
    Call,
    Derivative,
    Marked,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Tree,
    fold,
    names,
    negative,
    product,
    quotient,
    rebuild,
    total,
)

if TYPE_CHECKING:
    import sympy

_OWN = "_own"  # in the partials of a formula: its own value
LONG_SUM = 32  # terms
_NATIVE = ("exp", "log", "sqrt", "sin", "cos", "tanh")


@cache
def head(name: str) -> Any:
    """The SymPy function that stands for a function of the language, ``sigmoid`` or ``relu`` say.

    It prints, differentiates by the table's partials, evaluates with ``evalf`` and rewrites itself
    in SymPy's own functions by ``rewrite(sympy.exp)`` or ``doit``.
    """
    import sympy

    if name in _NATIVE:
        return getattr(sympy, name)
    if name == GENERIC:
        return sympy.Function("sigma")
    function = FUNCTIONS[name]

    def fdiff(self: Any, argindex: int = 1) -> Any:
        tree = functions.partial(name, argindex - 1)
        replacements = dict(zip(function.arguments, self.args, strict=False)) | {functions.OUTPUT: self}
        return to_sympy(tree, replacements)

    def plain(self: Any) -> Any:
        return elementary(name, tuple(self.args))

    def latex(self: Any, printer: Any, exp: str | None = None) -> str:
        inner = ", ".join(printer._print(argument) for argument in self.args)
        return rf"{function.latex}{'^{' + exp + '}' if exp else ''}\left({inner}\right)"

    members = {
        "nargs": len(function.arguments),
        "fdiff": fdiff,
        "doit": lambda self, **hints: plain(self).doit(**hints),
        "_eval_rewrite": lambda self, rule, args, **hints: plain(self),
        "_eval_evalf": lambda self, prec: plain(self)._eval_evalf(prec),
        "_latex": latex,
        "__doc__": f"{name}, printed {function.latex}; see `symbackprop.functions`.",
    }
    for printer in ("_pythoncode", "_numpycode", "_scipycode", "_mpmathcode"):
        members[printer] = lambda self, code_printer, *ignored: code_printer._print(plain(self))
    return type(name, (sympy.Function,), members)


def elementary(name: str, arguments: tuple[Any, ...]) -> Any:
    """A function of the language in functions that SymPy itself knows."""
    import sympy

    if name in _NATIVE:
        return getattr(sympy, name)(*arguments)
    if name == GENERIC:
        return sympy.Function("sigma")(*arguments)
    defined = functions.definition(name)
    if defined is not None:
        return to_sympy(defined, dict(zip(FUNCTIONS[name].arguments, arguments, strict=False)), heads=False)
    s = arguments[0]
    match name:
        case "normal_cdf":
            return (1 + sympy.erf(s / sympy.sqrt(2))) / 2
        case "normal_pdf":
            return sympy.exp(-(s**2) / 2) / sympy.sqrt(2 * sympy.pi)
        case "abs":
            return sympy.Piecewise((s, s > 0), (-s, s < 0), (0, True))
        case "sign":
            return sympy.Piecewise((1, s > 0), (-1, s < 0), (0, True))
        case "step":
            return sympy.Piecewise((1, s > 0), (0, True))
        case "maximum":
            return sympy.Piecewise((s, s > arguments[1]), (arguments[1], True))
        case "minimum":
            return sympy.Piecewise((s, s < arguments[1]), (arguments[1], True))
    raise AssertionError(f"{name} has neither a definition nor a SymPy form")


def _generic_slope(argument: Any) -> Any:
    """σ′ at ``argument`` as SymPy's own chain rule writes it."""
    import sympy

    sigma = sympy.Function("sigma")
    if argument.is_Symbol:
        return sympy.Derivative(sigma(argument), argument)
    inner = sympy.Dummy("xi")
    return sympy.Subs(sympy.Derivative(sigma(inner), inner), inner, argument)


def to_sympy(
    tree: Tree,
    replacements: Mapping[str, Any] | None = None,
    heads: bool = True,
    otherwise: Callable[[Tree, list[Any]], Any] | None = None,
) -> Any:
    """The SymPy expression of ``tree``; a name becomes its replacement, or else a plain ``Symbol``.

    ``heads`` keeps σ, ReLU, … as functions of their own; without it they are written in SymPy's functions. ``otherwise`` makes
    what it wants of a node and the expressions of its children, and returns None for a node that is converted as always.
    """
    import sympy

    known = replacements or {}

    def convert(node: Any, children: list[Any]) -> Any:
        if otherwise is not None and (own := otherwise(node, children)) is not None:
            return own
        match node:
            case Number():
                return sympy.Rational(node.value.numerator, node.value.denominator)
            case Name() | Derivative():
                found = known.get(node.name)
                return sympy.Symbol(node.name) if found is None else found
            case Sum():
                return sympy.Add(*children)
            case Product():
                return sympy.Mul(*children)
            case Negative():
                return -children[0]
            case Quotient():
                return children[0] / children[1]
            case Power():
                return children[0] ** children[1]
            case Call():
                if node.prime and node.function == GENERIC:
                    return _generic_slope(children[0])
                call = functions.with_defaults(node)
                arguments = tuple(children) + tuple(to_sympy(extra) for extra in list(call.values())[len(children) :])
                if node.prime:
                    own = head(node.function) if heads else lambda *a: elementary(node.function, a)
                    table = dict(zip(call, arguments, strict=True)) | {functions.OUTPUT: own(*arguments)}
                    return to_sympy(functions.partial(node.function, 0), table, heads)
                return head(node.function)(*arguments) if heads else elementary(node.function, arguments)
            case Braced() | Marked():
                return children[0]
        raise AssertionError(f"no SymPy form for {type(node).__name__}")

    return fold(tree, convert)


def from_sympy(expression: sympy.Basic, order: tuple[str, ...] = ()) -> Tree:
    """The tree of a SymPy expression, names in the order of ``order`` where SymPy's own order is arbitrary.

    Raises InputError for what the equation language does not have.
    """
    import sympy

    rank = {name: index for index, name in enumerate(order)}

    def key(item: tuple[Any, Tree]) -> tuple[int, int, str]:
        expression, tree = item
        first = min((rank.get(name, len(rank)) for name in names(tree)), default=-1)
        return (1 if isinstance(tree, Negative) else 0, first, str(expression))

    stack: list[tuple[Any, bool]] = [(sympy.sympify(expression), False)]
    done: list[Tree] = []
    while stack:
        node, ready = stack.pop()
        if not ready and node.args and not node.is_Rational:
            stack.append((node, True))
            stack.extend((argument, False) for argument in reversed(node.args))
            continue
        count = 0 if node.is_Rational else len(node.args)
        children = done[len(done) - count :]
        del done[len(done) - count :]
        done.append(_node_from_sympy(node, children, key))
    return done[0]


def _node_from_sympy(node: Any, children: list[Tree], key: Any) -> Tree:
    import sympy

    if node.is_Rational:
        value = Number(Fraction(int(node.p), int(node.q)))
        return Negative(Number(-value.value)) if value.value < 0 else value
    if node.is_Float:
        # SymPy prints 15 digits of a double, which takes up to 17.
        return Number(Fraction(repr(float(node)) if node._prec <= 53 else str(node)))
    if node.is_Symbol:
        return Name(node.name)
    if node.is_Add:
        return total(tree for _, tree in sorted(zip(node.args, children, strict=True), key=key))
    if node.is_Mul:
        above: list[tuple[Any, Tree]] = []
        below: list[tuple[Any, Tree]] = []
        for argument, tree in zip(node.args, children, strict=True):
            if isinstance(tree, Quotient) and tree.numerator == ONE:
                below.append((argument, tree.denominator))
            else:
                above.append((argument, tree))
        # A rational coefficient goes first; the rest in the author's order.
        bottom = product(tree for _, tree in sorted(below, key=key))
        front = [tree for argument, tree in above if argument.is_Rational]
        rest = [item for item in above if not item[0].is_Rational]
        return quotient(product(front + [tree for _, tree in sorted(rest, key=key)]), bottom)
    if node.is_Pow:
        base, exponent = children
        if node.exp.is_Rational and node.exp.is_negative:
            flipped = negative(exponent)
            return Quotient(ONE, base if flipped == ONE else Power(base, flipped))
        if node.exp == sympy.Rational(1, 2):
            return Call("sqrt", (base,))
        return Power(base, exponent)
    if node == sympy.E:
        return Call("exp", (ONE,))
    if node.is_Function and node.func.__name__ in FUNCTIONS and len(children) in FUNCTIONS[node.func.__name__].counts:
        return Call(node.func.__name__, tuple(children))
    if isinstance(node, sympy.Abs):
        return Call("abs", tuple(children))
    if isinstance(node, sympy.Max | sympy.Min):
        name = "maximum" if isinstance(node, sympy.Max) else "minimum"
        tree = children[0]
        for child in children[1:]:
            tree = Call(name, (tree, child))
        return tree
    if isinstance(node, sympy.Function("sigma")) and len(children) == 1:
        return Call(GENERIC, tuple(children))
    raise InputError(f"the SymPy expression has {str(node)[:60]!r} ({type(node).__name__}), which a network cannot hold")


@cache
def differentiate(formula: Tree, name: str) -> Tree:
    """∂formula/∂name by SymPy, as a tree with the names in the formula's own order. Memoised.

    Product and sum rules of short formulas are SymPy's; the function heads differentiate by the table.
    """
    import sympy

    if formula == Name(name):
        return ONE
    try:
        expression = sympy.diff(to_sympy(formula), sympy.Symbol(name))
    except RecursionError:  # of SymPy, which goes down a tree call by call
        raise InputError("a formula is nested too deep to differentiate in one piece; give its parts names of their own") from None
    return from_sympy(expression, names(formula))


@cache
def template_partials(template: Tree) -> tuple[Tree, ...]:
    """The partial of a formula by each of its names, memoised on the formula with its names numbered.

    A function's partial is written in the function's own value, which goes by the name `_OWN`: tanh′ is 1 − own².
    """

    def in_own_value(node: Any, children: list[Tree]) -> Tree:
        rebuilt = rebuild(node, children) if children else node
        return Name(_OWN) if isinstance(rebuilt, Call) and rebuilt == template else rebuilt

    if isinstance(template, Sum) and len(template.terms) > LONG_SUM:
        return _termwise(template)
    return tuple(fold(differentiate(template, name), in_own_value) for name in names(template))


def _termwise(template: Sum) -> tuple[Tree, ...]:
    """The partials of a long sum, each from the terms that have the name: SymPy would look at all of them for each."""
    parts: dict[str, list[Tree]] = {name: [] for name in names(template)}
    for term in template.terms:
        for name in names(term):
            parts[name].append(differentiate(term, name))
    return tuple(total(own) for own in parts.values())


def formula_patterns(formula: Tree, reads: tuple[str, ...], value: Tree) -> tuple[tuple[Tree, ...], Mapping[str, Tree]]:
    """The pattern of a formula's partial by each of its names ``reads``, and what to put into the patterns.

    ``value`` stands for the formula's own value. Formulas of equal shape share their patterns: they are differentiated once.
    """
    numbered = {name: f"_{index}" for index, name in enumerate(reads)}
    put_in: dict[str, Tree] = {number: Name(name) for name, number in numbered.items()} | {_OWN: value}
    lengths: dict[str, Tree] = {}  # SymPy takes a length for a symbol

    def without_names(node: Any, children: list[Tree]) -> Tree:
        if isinstance(node, Name | Derivative):
            return Name(numbered[node.name]) if node.name in numbered else node
        if isinstance(node, Length):
            lengths[f"_length_{node.length}"] = node
            return Name(f"_length_{node.length}")
        return rebuild(node, children) if children else node

    template = fold(formula, without_names)
    partials = zip(names(template), template_partials(template), strict=True)
    return tuple(partial for name, partial in partials if name not in lengths), put_in | lengths
