"""What has been proved of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NO_VALUE = "because no values were found at which all is finite"


@dataclass(frozen=True, slots=True)
class PageProof:
    """What was evaluated on a page: lines, sides of symbols, numbers; at how many points, in which arithmetic, and the worst error.

    ``left_out`` counts what could not be evaluated, by the reason.
    """

    lines: int
    sides: int
    numbers: int
    points: int
    arithmetic: str
    worst: float
    left_out: Mapping[str, int]

    @property
    def unchecked(self) -> int:
        """The lines of symbols that could not be evaluated at any point."""
        return self.left_out.get(NO_VALUE, 0)
