"""What a topic of the suite is: pieces of work, each of which writes to the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType

from .report import Report

Piece = tuple[str, Callable[[], None]]  # what it is, for the progress; the work


@dataclass(frozen=True)
class Run:
    """How thoroughly to measure, with whom, and where to write."""

    report: Report
    peers: Mapping[str, ModuleType]
    quick: bool
    rounds: int
    turn: float = 0.003  # seconds of a turn

    def has(self, *names: str) -> bool:
        return all(name in self.peers for name in names)


Topic = Callable[[Run], Iterator[Piece]]
