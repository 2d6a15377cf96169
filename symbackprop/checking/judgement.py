"""The verdict on a claim."""

from __future__ import annotations

from dataclasses import dataclass

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
    is the number, or the formula, that is right in its place.
    """

    verdict: str
    how: str
    diagnosis: tuple[Diagnosis, ...] = ()
    condition: str = ""
    right: str = ""
    is_proved: bool = False

    @property
    def holds(self) -> bool | None:
        """Whether the statement is true as it stands; None where that could not be decided."""
        return None if self.verdict == UNDECIDED else self.verdict in (EQUAL, HOLDS)

    @property
    def text(self) -> str:
        """How it was found, and why it fails, in one line."""
        return "; ".join((self.how, *(own.text for own in self.diagnosis)))


def of_shapes(error: ShapeMismatch) -> Judgement:
    """The verdict on a claim whose shapes do not fit."""
    turned = bool(error.left) and error.left == error.right[::-1] and error.left != error.right
    reasons = (Diagnosis(TRANSPOSED, "one side is the transpose of the other's shape"),) if turned else ()
    return Judgement(WRONG, error.message, reasons)
