"""A mistake in a backward pass, and the kinds of mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..program import Definition, ErrorSignal, Partial

Pass = Partial | ErrorSignal

MISSING_SLOPE = "missing slope"
WRONG_ARGUMENT = "slope at the wrong argument"
WRONG_SLOPE = "wrong slope"
EXTRA_SLOPE = "slope too much"
LOST_PATH = "lost path"
MISSING_STEPS = "missing time steps"
TRANSPOSED = "transposed"
MISSING_FACTOR = "missing factor"
WRONG_INDEX = "wrong index"
EARLY_UPDATE = "weights updated too early"
SAMPLES = "averaged or summed"
SIGN_OF_TERM = "sign of a term"
FACTOR = "factor"

MOVED = "moved "  # before the name of a parameter: its value after the update
MOST_OTHERS = 24  # names that are tried in the place of one


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake: its kind, what it is in words, the definitions as they are with it, and how it gathers samples.

    Faults whose texts differ in indices only are one fault of all entries, if they have the same ``kin`` as well.
    """

    kind: str
    text: str
    replaced: Mapping[str, Definition] = field(default_factory=dict)
    gather: str = ""
    kin: str = ""
