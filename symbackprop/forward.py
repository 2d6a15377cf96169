"""Network → program: the forward pass as definitions, in the order of the network.

Units give a program of scalars, layers and array equations one of vectors and matrices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from .array_program import Linear, SoftmaxMap
from .array_tree import Length, MatMul, Ones, Outer, Reduce, Shape, Softmax, Transpose
from .layered import LAYER_INPUT, all_shapes, bias, net_input, numbered, output, weights
from .network import Loss, Network, Unit
from .program import Activation, Formula, Forward, LossSum, Program, SoftmaxUnit, WeightedSum
from .taking_apart import take_apart
from .time_steps import base_of
from .tree import ONE, Call, Name, Number, Power, Quotient, Sum, Tree, product, substitute, total
from .wellformed import is_softmax, parts_of_loss, symbols_of


def forward(network: Network, batch: int | str | None = None) -> Program:
    """The forward program: net input and output of each unit or layer, then the loss; or the equations.

    ``batch`` is the number of samples, or a name for it, that a network of layers takes at once: x and y are matrices then,
    with one sample in each column, or in each row where the layout is ``row``.
    """
    if network.is_array:
        return _Arrays(network, batch).program()
    if network.equations:
        return Program(network.given, tuple(Formula(name, "", tree) for name, tree in network.equations))
    return Program(network.given, (*_units(network), *_loss(network, dict.fromkeys(network.given, ()))))


def _units(network: Network) -> Iterator[Forward]:
    symbol = {unit.name: unit.output for unit in network.units}  # a source's name in the program
    outputs: dict[str, Tree] = {name: Name(output) for name, output in symbol.items()}
    groups: dict[str, list[Unit]] = {}
    for unit in network.units:
        if is_softmax(unit):
            groups.setdefault(unit.group, []).append(unit)
    for unit in network.units:
        if unit.formula is not None:
            yield Formula(unit.net_input, unit.name, substitute(unit.formula, outputs))
        else:
            terms = tuple((symbol.get(source, source), weight) for source, weight in unit.sources)
            yield WeightedSum(unit.net_input, unit.name, terms, unit.bias)
        if not is_softmax(unit):
            yield Activation(unit.output, unit.name, unit.activation, unit.net_input)
        elif groups[unit.group][-1] is unit:  # every net input of the group is known
            group = tuple((own.net_input, own.output) for own in groups[unit.group])
            yield from (SoftmaxUnit(own.output, own.name, own.net_input, group) for own in groups[unit.group])


def _loss(network: Network, shapes: Mapping[str, Shape]) -> Iterator[Forward]:
    """The loss of units; with penalties, the data's part, the penalty's and their sum."""
    loss = network.loss
    if loss is None:
        return
    name = _data_name(loss)
    if loss.formula is not None:
        yield Formula(name, "", loss.formula)
    else:
        symbol = {unit.name: unit.output for unit in network.units}
        yield LossSum(name, loss.function, tuple((symbol[unit], target) for unit, target in loss.targets))
    if name != loss.name:
        share = Quotient(ONE, Number(Fraction(len(network.samples)))) if _splits(network) else ONE
        data, penalty = parts_of_loss(loss)
        yield Formula(penalty, "", product([share, penalty_tree(loss, shapes)]))
        yield Formula(loss.name, "", Sum((Name(data), Name(penalty))))


def _splits(network: Network) -> bool:
    """Whether a penalty that counts once is spread over the samples, whose losses are added."""
    return len(network.samples) > 1 and network.reduction == "sum"


def _data_name(loss: Loss) -> str:
    return parts_of_loss(loss)[0] if loss.l1 or loss.l2 else loss.name


def penalty_tree(loss: Loss, shapes: Mapping[str, Shape]) -> Tree:
    """λ Σ |w| of the parameters in ``l1``, and ½ λ Σ w² of those in ``l2``."""

    def summed(tree: Tree, name: str) -> Tree:
        return Reduce(tree) if shapes.get(name) else tree

    terms: list[Tree] = []
    for name, weight in loss.l1:
        terms.append(product([weight, summed(Call("abs", (Name(name),)), name)]))
    for name, weight in loss.l2:
        terms.append(product([Quotient(weight, _TWO), summed(Power(Name(name), _TWO), name)]))
    return total(terms)


_TWO = Number(Fraction(2))


class _Arrays:
    """The program of layers or array equations."""

    def __init__(self, network: Network, batch: int | str | None) -> None:
        self.network, self.batch = network, batch
        self.rows = network.layout == "row"
        self.shapes: dict[str, Shape] = dict(all_shapes(network))
        if batch is not None:
            data = {LAYER_INPUT, *(target for _, target in network.loss.targets)} if network.loss else {LAYER_INPUT}
            for name in (*data, *symbols_of(network)):
                (length,) = self.shapes[name]
                self.shapes[name] = (batch, length) if self.rows else (length, batch)
        self.names = {*network.given, *(name for name, _ in network.equations), *symbols_of(network), network.objective}

    def program(self) -> Program:
        definitions = [*self._layers(), *self._equations(), *self._loss()]
        return Program(self.network.given, tuple(definitions), self.shapes)

    def _taken(self, name: str) -> bool:
        """Whether a part may not be called that: s_h[1] would also be an entry of a given s_h."""
        return name in self.names or name in self.shapes or base_of(name) in self.names

    def _equations(self) -> Iterator[Forward]:
        for name, tree in self.network.equations:
            yield from take_apart(name, "", tree, self.shapes, self._taken, self.rows)

    def _layers(self) -> Iterator[Forward]:
        for number, layer, _ in numbered(self.network):
            before, own = Name(output(number - 1)), Name(weights(number))
            turned = Transpose(own) if self.rows == (self.network.weight_order == "to from") else own
            terms: list[Tree] = [MatMul(before, turned) if self.rows else MatMul(turned, before)]
            if layer.bias != "none":
                terms.append(self._bias(Name(bias(number)), layer.bias))
            unit, s, z = str(number), net_input(number), output(number)
            yield Linear(s, unit, total(terms), self.shapes, self.rows)
            if isinstance(layer.activation, Softmax):
                yield SoftmaxMap(z, unit, s, self.shapes, -1 if self.rows or self.batch is None else 0)
            else:
                yield Activation(z, unit, layer.activation, s)

    def _bias(self, name: Name, kind: str) -> Tree:
        """b, added to every sample: in columns b 1ᵀ."""
        if kind == "unit" and self.batch is not None and not self.rows:
            return Outer(name, Ones((self.batch,)))
        return name

    def _loss(self) -> Iterator[Forward]:
        loss = self.network.loss
        if loss is None:
            return
        name = _data_name(loss)
        if loss.formula is not None:
            yield from take_apart(name, "", loss.formula, self.shapes, self._taken, self.rows)
        else:
            last = self.network.layers[-1].units
            pair = (output(len(self.network.layers)), loss.targets[0][1])
            yield LossSum(name, loss.function, (pair,), last, self._sample_share())
        if name != loss.name:
            data, penalty = parts_of_loss(loss)
            tree = penalty_tree(loss, self.shapes)
            if self.batch is None and _splits(self.network):
                tree = product([Quotient(ONE, Number(Fraction(len(self.network.samples)))), tree])
            yield from take_apart(penalty, "", tree, self.shapes, self._taken, self.rows)
            yield Formula(loss.name, "", Sum((Name(data), Name(penalty))), self.shapes)

    def _sample_share(self) -> Tree:
        if self.batch is None or self.network.reduction == "sum":
            return ONE
        return Quotient(ONE, Length(self.batch) if isinstance(self.batch, str) else Number(Fraction(self.batch)))
