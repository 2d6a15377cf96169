"""Second derivatives: the backward pass is a program, too, and is derived once more by the same sweep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .backward import backward
from .derivation import Derivation, derive
from .errors import InputError, nearest
from .network import Network
from .program import ErrorSignal, Formula, LocalDerivative, Partial, Program
from .tree import Derivative, Name, Tree, derivative_name, fold, negative, rebuild, substitute


def derive_twice(network: Network, first: str, second: Iterable[str], of: str | None = None) -> Derivation:
    """The derivation of ∂(∂of/∂first)/∂second: its objective is ``dE/dfirst``, its forward program holds the first backward pass.

    Arrays are written out in entries. Raises InputError for a name that the network does not have. At a kink the second
    derivative is that of the stated first one: ReLU″ is 0 everywhere.
    """
    return derive_all_twice(network, [first], second, of)[0]


def derive_all_twice(network: Network, first: Iterable[str], second: Iterable[str], of: str | None = None) -> list[Derivation]:
    """`derive_twice` for each of several ``first``, with one forward program for all of them."""
    first, second = tuple(first), tuple(second)
    once = derive(network, of=of, by=first, level="unit")
    known = {*once.program.given, *once.program.by_name}
    for name in (*first, *second):
        if name not in known:
            raise InputError(f"{name!r} is no symbol of the network{nearest(name, known)}", "wrt")
    program = Program(once.program.given, (*once.program.definitions, *_as_formulas(once)))
    found = []
    for name in first:
        objective = derivative_name(once.objective, name)
        swept = backward(program, objective, second)
        found.append(Derivation(once.network, program, objective, second, swept, once.given))
    return found


def in_one(derivations: Sequence[Derivation]) -> Derivation:
    """One derivation whose forward program holds the backward passes of several derivations of one program."""
    first = derivations[0]
    formulas = {own.name: own for derivation in derivations for own in _as_formulas(derivation)}
    program = Program(first.program.given, (*first.program.definitions, *formulas.values()))
    return Derivation(first.network, program, first.objective, (), (), first.given)


def second_names(derivations: Iterable[Derivation]) -> list[str]:
    """The plain names of the second derivatives, those of the first derivation first."""
    return [derivative_name(derivation.objective, name) for derivation in derivations for name in derivation.wanted]


def _as_formulas(derivation: Derivation) -> Iterator[Formula]:
    """The backward pass as definitions like any other. An error signal goes by its true partial, ∂E/∂s."""
    partial_of: dict[str, Tree] = {}
    for definition in derivation.backward_pass:
        tree = _named(substitute(definition.tree, partial_of))
        name = definition.name
        if isinstance(definition, ErrorSignal):
            name = derivative_name(definition.of, definition.wrt)
            partial_of[definition.name] = Name(name) if definition.sign > 0 else negative(Name(name))
            tree = tree if definition.sign > 0 else negative(tree)
        assert isinstance(definition, ErrorSignal | Partial | LocalDerivative)
        yield Formula(name, "", tree)


def _named(tree: Tree) -> Tree:
    """Derivatives as plain names: here they are quantities that are differentiated themselves."""
    return fold(tree, lambda node, children: Name(node.name) if isinstance(node, Derivative) else rebuild(node, children))
