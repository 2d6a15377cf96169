"""The verdict on a claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .diagnosis import Diagnosis
from .fault import TRANSPOSED
from .statement import ShapeMismatch

EQUAL = "equal"
HOLDS = "holds"
ROUNDED = "rounded"
CONDITIONAL = "conditional"
WRONG = "wrong"
UNDECIDED = "not decided"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one statement, and how it was found.

    ``how`` says where it was found true, or how it fails; ``diagnosis`` why; ``condition`` what it needs to be true; ``right``
    is the number, or the formula, that is right in its place. A claim that is true only under a condition which it does not
    state is not true as it stands.
    """

    verdict: str
    how: str
    diagnosis: tuple[Diagnosis, ...] = ()
    condition: str = ""
    right: str = ""
    is_proved: bool = False
    is_stated: bool = False  # whether the condition is the claim's own, not one that was found

    @property
    def holds(self) -> bool | None:
        """Whether the statement is true as it stands; None where that could not be decided."""
        return None if self.verdict == UNDECIDED else self.verdict in (EQUAL, HOLDS)

    @property
    def text(self) -> str:
        """How it was found, and why it fails, in one line."""
        return "; ".join((self.how, *(own.text for own in self.diagnosis)))


def joined(parts: Sequence[Judgement]) -> Judgement:
    """The verdict on a claim that stands for several: the first that is not true, else what is true of all."""
    for verdict in (WRONG, UNDECIDED, CONDITIONAL, ROUNDED):
        if found := next((own for own in parts if own.verdict == verdict), None):
            return found
    return replace(parts[0], is_proved=all(own.is_proved for own in parts))


def of_shapes(error: ShapeMismatch) -> Judgement:
    """The verdict on a claim whose shapes do not fit."""
    turned = bool(error.left) and error.left == error.right[::-1] and error.left != error.right
    reasons = (Diagnosis(TRANSPOSED, "one side is the transpose of the other's shape"),) if turned else ()
    return Judgement(WRONG, error.message, reasons)
