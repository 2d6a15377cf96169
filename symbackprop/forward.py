"""Network → program: the forward pass as definitions, in the order of the network."""

from __future__ import annotations

from .network import Network
from .program import Activation, Formula, Forward, LossSum, Program, WeightedSum
from .tree import Name, substitute


def forward(network: Network) -> Program:
    """The forward program: s_j and z_j of each unit, then the loss; or the equations as they stand."""
    if network.equations:
        return Program(network.given, tuple(Formula(name, "", tree) for name, tree in network.equations))
    definitions: list[Forward] = []
    symbol = {unit.name: unit.output for unit in network.units}  # a source's name in the program
    outputs = {name: Name(output) for name, output in symbol.items()}
    for unit in network.units:
        if unit.formula is not None:
            definitions.append(Formula(unit.net_input, unit.name, substitute(unit.formula, outputs)))
        else:
            terms = tuple((symbol.get(source, source), weight) for source, weight in unit.sources)
            definitions.append(WeightedSum(unit.net_input, unit.name, terms, unit.bias))
        definitions.append(Activation(unit.output, unit.name, unit.activation, unit.net_input))
    if network.loss is not None:
        if network.loss.formula is not None:
            definitions.append(Formula(network.loss.name, "", network.loss.formula))
        else:
            pairs = tuple((symbol[unit], target) for unit, target in network.loss.targets)
            definitions.append(LossSum(network.loss.name, network.loss.function, pairs))
    return Program(network.given, tuple(definitions))
