"""The value of every symbol of a derivation at one point: forward definitions, and all derivatives by sweeps over their numbers.

Only the forward pass is taken from the package. What the backward pass says is not read: ∂E/∂w comes from a tape, δ and C_i
are what they are defined to be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...arrays import element_name, indices
from ...document.array_symbols import IDENTITY
from ...network import LEARNING_RATE, Network
from ...program import Program
from ...tree import derivative_name
from .formulas import Formulas
from .tape import Var, derivatives, is_array

_STEP_BEFORE = re.compile(r"z_([^\[]+\[-?\d+\])")  # the output before the first step is given, under the name of the unit


class Unknown(Exception):
    """A name that means nothing where it stands."""


class Quantities:
    """All values of one sample. ``given`` has numbers and arrays for the given symbols and the learning rate."""

    def __init__(self, program: Program, network: Network, objective: str, formulas: Formulas, given: Mapping[str, Any]) -> None:
        self.program, self.network, self.objective, self.formulas = program, network, objective, formulas
        self.values: dict[str, Any] = dict(given)
        self._made: dict[str, tuple[Var, dict[str, Var]]] = {}
        self._swept: dict[str, dict[str, Any]] = {}
        self._local: dict[str, dict[str, Any]] = {}
        self._net_inputs = {
            unit: d.name for d in program.definitions if (unit := getattr(d, "unit", "")) and d.name not in self._outputs(d)
        }
        for definition in program.definitions:
            leaves = {name: Var(self.values[name]) for name in definition.reads}
            result = formulas.value(definition.tree, leaves.__getitem__)
            self._made[definition.name] = (result if isinstance(result, Var) else Var(result)), leaves
            self.values[definition.name] = self._made[definition.name][0].value

    @staticmethod
    def _outputs(definition: Any) -> tuple[str, ...]:
        """The name of a definition that is a unit's output: it has an argument, its net input has none."""
        return (definition.name,) if hasattr(definition, "argument") else ()

    # Names.

    def place(self, name: str) -> tuple[str, tuple[int, ...]]:
        """The number or array that a name belongs to, and its place there."""
        base = name
        index: list[int] = []
        while base not in self.values:
            base, bracket, last = base.rpartition("[")
            if not bracket or not last[:-1].lstrip("-").isdigit():
                raise Unknown(name)
            index.insert(0, int(last[:-1]))
        return base, tuple(index)

    def read(self, name: str) -> Any:
        """The value of a symbol, a number or an array. Raises Unknown for a name that means nothing."""
        if name in self.values:
            return self.values[name]
        if name.endswith("'"):
            return self.read(name[:-1])
        for find in (self._entry, self._before_first, self._special):
            try:
                return find(name)
            except Unknown:
                continue
        raise Unknown(name)

    def _entry(self, name: str) -> Any:
        base, index = self.place(name)
        return self.values[base][index] if index else self.values[base]

    def _before_first(self, name: str) -> Any:
        match = _STEP_BEFORE.fullmatch(name)
        if match is None:
            raise Unknown(name)
        return self._entry(match[1])

    def _special(self, name: str) -> Any:
        kind, _, rest = name.partition("_")
        if kind == "delta":
            unit, index = rest, ""
            while unit not in self._net_inputs:  # the entry of a layer
                unit, bracket, last = unit.rpartition("[")
                if not bracket:
                    raise Unknown(name)
                index = f"[{last}{index}"
            return self.network.signal_sign * self.partial(self.objective, self._net_inputs[unit] + index)
        if kind == "Delta":
            step = self.values[LEARNING_RATE] * self.partial(self.objective, rest)
            return step if self.network.ascent else -step
        if kind == "new":
            return self.read(rest) + self.read(f"Delta_{rest}")
        if name.startswith(IDENTITY):
            one, two = name.removeprefix(IDENTITY)[1:-1].split("][")
            return self.formulas.own.number(int(one == two))
        raise Unknown(name)

    # Derivatives.

    def partial(self, of: str, by: str) -> Any:
        """∂of/∂by over all paths: a number or an array, 0 where there is no path."""
        if of not in self._swept:
            self._swept[of] = self._sweep(of)
        base, index = self.place(by) if self._is_known(by) else self.place(_STEP_BEFORE.sub(r"\1", by))
        found = self._swept[of].get(base)
        if found is None:
            found = 0 * self.values[base]
        return found[index] if index else found

    def _is_known(self, name: str) -> bool:
        try:
            self.place(name)
        except Unknown:
            return False
        return True

    def _sweep(self, of: str) -> dict[str, Any]:
        base, index = self.place(of)
        found: dict[str, Any] = {base: self._seed(base, index)}
        for definition in reversed(self.program.definitions):
            above = found.get(definition.name)
            if above is None:
                continue
            result, leaves = self._made[definition.name]
            for read, share in derivatives(result, above, leaves).items():
                found[read] = found[read] + share if read in found else share
        return found

    def _seed(self, base: str, index: tuple[int, ...]) -> Any:
        seed = 0 * self.values[base]
        if not index:
            return seed + self.formulas.own.one
        seed[index] = self.formulas.own.one
        return seed

    def local(self, of: str, by: str) -> Any:
        """∂of/∂by as one definition has it, all else that it reads held fixed."""
        base, index = self.place(of)
        read, at = self.place(by)
        shape = getattr(self.values[base], "shape", ())
        if len(index) < len(shape) and not at and shape != getattr(self.values[read], "shape", ()):
            return self._spread(of, by, shape[len(index) :], getattr(self.values[read], "shape", ()))
        if base not in self._made:
            raise Unknown(derivative_name(of, by))
        result, leaves = self._made[base]
        if read not in leaves:
            own = self.program.by_name[base]
            if getattr(own, "function", None) == "identity" and hasattr(own, "argument"):  # ŷ stands for its net input
                return self.local(own.argument + of[len(base) :], by)
            if base == self.objective or read not in self._ancestors(base):
                return 0 * self._entry(by)
            raise Unknown(derivative_name(of, by))
        if of not in self._local:
            self._local[of] = derivatives(result, self._seed(base, index), leaves)
        found = self._local[of].get(read)
        if found is None:
            found = 0 * self.values[read]
        return found[at] if at else found

    def _spread(self, of: str, by: str, shape: tuple[int, ...], read: tuple[int, ...]) -> Any:
        """The slopes of an array that goes entry by entry, each by the entry that NumPy spreads to its place."""
        found = []
        for index in indices(shape):
            at = (0 if length == 1 else place for length, place in zip(read, index[len(index) - len(read) :], strict=True))
            found.append(self.local(element_name(of, index), element_name(by, tuple(at))))
        return self.formulas.own.array(found, shape)

    def _ancestors(self, name: str) -> set[str]:
        found: set[str] = set()
        stack = [name]
        while stack:
            own = self.program.by_name.get(stack.pop())
            for read in () if own is None else own.reads:
                if read not in found:
                    found.add(read)
                    stack.append(read)
        return found

    def derivative(self, of: str, by: str, direct: bool = False, whole: bool = False) -> Any:
        """The value of ∂of/∂by as a page means it: of the objective over all paths, of all else in one definition."""
        of, by = of.removesuffix("'"), by.removesuffix("'")
        if whole or (of == self.objective and not direct):
            return self.partial(of, by)
        return self.local(of, by)


def is_finite(quantities: Quantities) -> bool:
    """Whether every value is a finite number."""
    own = quantities.formulas.own.context
    for definition in quantities.program.definitions:
        value = quantities.values[definition.name]
        if is_array(value) and value.dtype == object:
            finite = all(map(own.isfinite, value.flat))
        else:
            finite = bool(own.isfinite(value).all()) if is_array(value) else bool(own.isfinite(value))
        if not finite:
            return False
    return True
