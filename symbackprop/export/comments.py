"""What is said beside the lines of a file: what each of them is, and under which heading it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..array_program import Linear, SoftmaxMap
from ..derivation import Derivation
from ..numeric.complements import ARGUMENT, REST, Complements, owner_and_kind
from ..program import Activation, ErrorSignal, Formula, LocalDerivative, LossSum, Partial, SoftmaxUnit, WeightedSum

FORWARD, BACKWARD = "forward pass", "backward pass"
_STEP = re.compile(r"(.+)\[(-?\d+)\]$")


def one_line(text: str) -> str:
    """A text that can stand in a comment of any language."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(line.split()).replace("*/", "* /").replace("\\", "/").replace("??/", "?? /")


class Comments:
    """The comments of one derivation, for its lines by plain name."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.program = derivation.program
        self.is_layered = bool(derivation.given.layers)
        self.is_timed = derivation.given.steps is not None
        self.definitions: Mapping[str, object] = {
            **{definition.name: definition for definition in derivation.backward_pass},
            **self.program.by_name,
        }
        self.given = frozenset(self.program.given)
        self.values = Complements(self.program).calls

    def section(self, name: str) -> str:
        """The pass to which a line belongs."""
        return FORWARD if owner_and_kind(name)[0] in self.program.by_name else BACKWARD

    def heading(self, name: str) -> str:
        """The layer or step of a line; empty where the line goes on with what the one before is about."""
        definition = self.definitions.get(owner_and_kind(name)[0])
        if isinstance(definition, Partial) and definition.wrt in self.given:
            return ""
        of = definition.wrt if isinstance(definition, Partial | ErrorSignal | LocalDerivative) else owner_and_kind(name)[0]
        own = self.program.by_name.get(of)
        if self.is_layered and (unit := getattr(own, "unit", "")):
            return f"layer {unit.split('[')[0]}"
        if self.is_layered and isinstance(own, LossSum):
            return "loss"
        step = _STEP.match(of) if self.is_timed and not self.is_layered else None
        while step and self.derivation.network.is_array is False and (before := _STEP.match(step[1])):
            step = before  # h[2][0] is an entry of step 2
        return f"step {step[2]}" if step else ""

    def beside(self, name: str) -> str:
        """What a line is."""
        owner, kind = owner_and_kind(name)
        if kind:
            return self._beside_value(owner, kind)
        definition = self.definitions.get(name)
        match definition:
            case WeightedSum() | Linear() if definition.unit:
                return f"net input of {self.unit(definition.unit)}"
            case Formula() if definition.unit:
                return f"net input of {self.unit(definition.unit)}"
            case Activation() | SoftmaxUnit() | SoftmaxMap() if definition.unit:
                return f"output of {self.unit(definition.unit)}{f', {own}' if (own := definition.function) else ''}"
            case LossSum():
                return f"loss, {definition.function.replace('_', ' ')}"
            case LocalDerivative():
                of = self.program.by_name[definition.of]
                slope = isinstance(of, Activation) and of.unit
                return f"slope of {self.unit(of.unit)}, {name}" if slope else name  # type: ignore[union-attr]
            case ErrorSignal():
                sign = "-" if definition.sign < 0 else ""
                return f"error signal of {self.unit(definition.unit)}, {sign}d{definition.of}/d{definition.wrt}"
            case Partial():
                return self._partial(definition.wrt)
        return name if "/" in name else ""

    def _partial(self, by: str) -> str:
        if by in self.given:
            return f"gradient by {by}"
        own = self.program.by_name[by]
        is_output = isinstance(own, Activation | SoftmaxUnit | SoftmaxMap) and own.unit
        return f"partial by the output of {self.unit(own.unit)}" if is_output else f"partial by {by}"  # type: ignore[union-attr]

    def _beside_value(self, owner: str, kind: str) -> str:
        function = self.values[owner].function
        if kind == REST:
            return f"1 - {owner}{'**2' if function == 'tanh' else ''}, no digits lost"
        return f"argument of {function}" if kind == ARGUMENT else ""

    def unit(self, name: str) -> str:
        """A unit in words: ``unit 0 of layer 1``."""
        match = _STEP.match(name)
        if self.is_layered:
            return f"unit {match[2]} of layer {match[1]}" if match else f"layer {name}"
        if self.is_timed and match:
            return f"unit {match[1]} at step {match[2]}"
        return f"unit {name}"
