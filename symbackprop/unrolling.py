"""A recurrent network → the same network with every step written out.

``h`` at step 3 becomes ``h[3]``. Weights are shared: one symbol at all steps, so its partial is the sum over the steps, as the
chain rule has it for any symbol that is used several times (document 001, back-propagation through time).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from math import prod
from typing import Any

from .array_tree import Element, Mean, Reduce, Shape
from .arrays import Array, Given, element_name
from .errors import InputError
from .network import Loss, Network, Unit, unchecked
from .step_shapes import step_shapes
from .time_steps import bare_reads, base_of, delay_of, delayed, initial_names, is_time, per_step_loss, sequences
from .tree import Name, Number, Quotient, Sum, Tree, fold, rebuild, substitute, total


def unrolled(network: Network) -> Network:
    """The network without recurrence that a recurrent one stands for; one without steps is returned as it is."""
    if network.steps is None:
        return network
    return _Unrolled(network, network.steps).network()


class _Unrolled:
    def __init__(self, network: Network, steps: int) -> None:
        self.given, self.steps = network, steps
        self.sequences = sequences(network)
        self.initial = initial_names(network)
        self._all_shapes: Mapping[str, Shape] | None = None

    def network(self) -> Network:
        given = self.given
        changes: dict[str, Any] = {
            "steps": None,
            "values": {**dict(self._values(given.values)), **dict(self._initial_values())},
            "samples": tuple(dict(self._values(sample)) for sample in given.samples),
            "parameters": tuple(self._names(given.parameters)),
            "frozen": tuple(self._names(given.frozen)),
            "shapes": self._given_shapes(),
        }
        if given.units:
            inputs = (*self._names(given.inputs), *self.initial)  # type: ignore[arg-type]  # units have names of inputs
            return unchecked(given, **changes, inputs=inputs, units=tuple(self._units()), loss=self._loss())
        equations = tuple(self._equations())
        objective = given.objective
        if objective in self.sequences:
            equations = (*equations, (objective, total(Name(name) for name in self._names([objective]))))
        inputs = tuple(self._names(given.inputs))  # type: ignore[arg-type]
        return unchecked(given, **changes, inputs=inputs, equations=equations, objective=objective)

    def _at(self, name: str, step: int) -> str:
        """The name of a symbol at a step."""
        return element_name(name, (step,)) if name in self.sequences else name

    def _names(self, names: Iterable[str]) -> Iterator[str]:
        for name in names:
            if name in self.sequences:
                yield from (element_name(name, (step,)) for step in range(1, self.steps + 1))
            else:
                yield name

    # Units.

    def _units(self) -> Iterator[Unit]:
        for step in range(1, self.steps + 1):
            for unit in self.given.units:
                sources = tuple((self._source(source, step), weight) for source, weight in unit.sources)
                formula = None if unit.formula is None else self._tree(unit.formula, step)
                group = element_name(unit.group, (step,))
                yield unchecked(unit, name=element_name(unit.name, (step,)), sources=sources, formula=formula, group=group)

    def _source(self, source: str, step: int) -> str:
        name, delay = delayed(source)
        return self._at(name, step - (delay or 0))

    def _loss(self) -> Loss | None:
        loss = self.given.loss
        if loss is None:
            return None
        steps = range(1, self.steps + 1) if per_step_loss(self.given) else (self.steps,)
        if loss.formula is None:
            pairs = ((step, unit, target) for step in steps for unit, target in loss.targets)
            targets = tuple((element_name(unit, (step,)), self._at(target, step)) for step, unit, target in pairs)
            return unchecked(loss, targets=targets, steps="")
        symbols = {symbol for unit in self.given.units for symbol in (unit.net_input, unit.output)}
        terms = []
        for step in steps:
            put_in: dict[str, Tree] = {symbol: Name(element_name(symbol, (step,))) for symbol in symbols}
            put_in |= {name: Name(self._at(name, step)) for name in self.sequences}
            terms.append(substitute(loss.formula, put_in))
        return unchecked(loss, formula=total(terms), steps="")

    # Equations.

    def _equations(self) -> Iterator[tuple[str, Tree]]:
        """The definitions of every step, then those that are made once; these may come first where no step is read."""
        timed = [(name, tree) for name, tree in self.given.equations if name in self.sequences]
        once = [(name, tree) for name, tree in self.given.equations if name not in self.sequences]
        first = next((index for index, (name, _) in enumerate(self.given.equations) if name in self.sequences), 0)
        before = {name for name, _ in self.given.equations[:first]}
        after = {name for name, _ in once} - before
        for name, tree in timed:
            if late := next((own for own in bare_reads(tree) if own in after), None):
                problem = f"{name} at a step reads {late}, which is defined after all steps; define it before them, or at a step"
                raise InputError(problem, f"equations.{name}")
        yield from ((name, self._tree(tree, self.steps)) for name, tree in once if name in before)
        for step in range(1, self.steps + 1):
            yield from ((element_name(name, (step,)), self._tree(tree, step)) for name, tree in timed)
        yield from ((name, self._tree(tree, self.steps)) for name, tree in once if name not in before)

    def _tree(self, tree: Tree, step: int) -> Tree:
        """A formula at a step: names of that step, delayed ones of earlier steps, sums over time written out."""

        def at_step(node: Any, children: list[Tree]) -> Tree:
            match node:
                case Element(Name(name), (index, *rest)) if is_time(index):
                    return self._picked(Name(self._at(name, step - delay_of(index))), rest)
                case Element(Name(name), (index, *rest)) if name in self.sequences:
                    own = int(index) if int(index) >= 0 else self.steps + 1 + int(index)
                    return self._picked(Name(element_name(name, (own,))), rest)
                case Element(Name(), index):
                    return Element(node.body, index)
                case Reduce(Name(name), None) | Mean(Name(name), None) if name in self.sequences:
                    terms = [Name(own) for own in self._names([name])]
                    whole = total(terms) if not self._shapes().get(name) else Sum(tuple(Reduce(own) for own in terms))
                    return whole if isinstance(node, Reduce) else Quotient(whole, Number(Fraction(self.steps)))
                case Name(name):
                    return Name(self._at(*self._split(name, step)))
            return rebuild(node, children) if children else node

        return fold(tree, at_step)

    def _split(self, name: str, step: int) -> tuple[str, int]:
        own, delay = delayed(name)
        return own, step - (delay or 0)

    @staticmethod
    def _picked(name: Name, rest: list[str]) -> Tree:
        return Element(name, tuple(rest)) if rest else name

    # Values and shapes.

    def _shapes(self) -> Mapping[str, Shape]:
        """The shapes of given symbols and of what is made at every step, at one step."""
        if self._all_shapes is None:
            self._all_shapes = step_shapes(self.given) if self.given.is_array else {}
        return self._all_shapes

    def _given_shapes(self) -> dict[str, Shape]:
        """The shapes of the given symbols of the unrolled network, as far as they are arrays."""
        shapes = self._shapes()
        found = {own: shapes[name] for name in self.given.shapes if shapes.get(name) for own in self._names([name])}
        return found | {name: shape for name in self.initial if (shape := shapes.get(base_of(name)))}

    def _values(self, values: Mapping[str, Given]) -> Iterator[tuple[str, Given]]:
        for name, value in values.items():
            if name in self.sequences and isinstance(value, Array):
                yield from ((element_name(name, (step,)), value.part(step - 1)) for step in range(1, self.steps + 1))
            else:
                yield name, value

    def _initial_values(self) -> Iterator[tuple[str, Given]]:
        """What is before the first step is zero where nothing is given."""
        given = self.given
        if not given.values and not given.samples:
            return
        known = {*given.values, *(given.samples[0] if given.samples else ())}
        for name in self.initial:
            if name not in known:
                shape = tuple(int(length) for length in self._shapes().get(base_of(name), ()))
                yield name, Array(shape, (_ZERO,) * prod(shape)) if shape else _ZERO


_ZERO = Number(Fraction(0))
