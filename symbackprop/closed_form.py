"""Nested closed forms as SymPy expressions, built bottom-up on demand, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .expansion import expanded
from .forward import forward
from .network import Network
from .program import Definition
from .symbolic import to_sympy
from .tree import names
from .unrolling import unrolled

if TYPE_CHECKING:
    from .derivation import Derivation


def composite(network: Network) -> Any:
    """The outputs of the network (the objective, for equations) as nested SymPy functions of the given symbols."""
    import sympy

    network = expanded(unrolled(network))
    symbols = {unit.name: unit.output for unit in network.units}
    wanted = [symbols[unit] for unit in network.outputs] or [network.objective]
    nested = _nest(forward(network).definitions, wanted, heads=True)
    return nested[wanted[0]] if len(wanted) == 1 else sympy.Tuple(*(nested[name] for name in wanted))


def objective(derivation: Derivation) -> Any:
    """The objective as one plain SymPy expression of the given symbols."""
    return _nest(derivation.program.definitions, [derivation.objective], heads=False)[derivation.objective]


def closed_form(derivation: Derivation, name: str) -> Any:
    """∂objective/∂name as one plain SymPy expression of the given symbols."""
    definition = derivation.partials[name]
    nested = _nest((*derivation.program.definitions, *derivation.backward_pass), [definition.name], heads=False)
    sign = getattr(definition, "sign", 1)
    return sign * nested[definition.name]


def _nest(definitions: tuple[Definition, ...], wanted: list[str], heads: bool) -> dict[str, Any]:
    """Each wanted definition with everything it reads put in, from the first definition on: no recursion."""
    needed = set(wanted)
    used: list[Definition] = []
    for definition in reversed(definitions):
        if definition.name in needed:
            used.append(definition)
            needed.update(names(definition.tree))
    nested: dict[str, Any] = {}
    for definition in reversed(used):
        nested[definition.name] = to_sympy(definition.tree, nested, heads)
    return nested
