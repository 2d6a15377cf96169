"""Names of a program over time: which carry a step, and how they look relative to another: h[3] is ``h[t-1]`` for the step 4."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..network import Network
from ..time_steps import sequences
from ..tree import Derivative, Name, Tree, fold, rebuild

_INDEXED = re.compile(r"(\w+)\[(-?\d+|t[+-]?\d*)\](.*)")


class Steps:
    """Which names of a program carry a step, and how they look relative to another step."""

    def __init__(self, network: Network) -> None:
        timed = sequences(network)
        self._others = {*network.given, *(name for name, _ in network.equations)} - timed
        self._timed = timed | {f"{kind}_{name}" for name in timed for kind in "sz"} - self._others
        self._parts: dict[str, list[tuple[str, str, str]]] = {}
        self._known: dict[tuple[str, int], str] = {}
        self._places: dict[str, tuple[str, str] | None] = {}

    def parts(self, name: str) -> list[tuple[str, str, str]]:
        """A name as (before, step, after), once for each step that it carries; the last has an empty step.

        Names are those of symbols and definitions, of derivatives ``dE/dh[3]``, of error signals ``delta_h[3]``, and of what
        stands beside a value, ``h[3]/rest``.
        """
        if name not in self._parts:
            left, slash, right = name.partition("/")
            if slash and right.startswith("d"):
                plain = [(left[:1], left[1:]), ("/d", right[1:])]
            elif left.startswith("delta_") and left not in self._timed:
                plain = [("delta_", left.removeprefix("delta_")), (slash + right, "")]
            else:
                plain = [("", left), (slash + right, "")]
            found: list[tuple[str, str, str]] = []
            text = ""
            for prefix, own in plain:
                match = _INDEXED.fullmatch(own)
                if match and self._carries(match[1]):
                    found.append((f"{text}{prefix}{match[1]}[", match[2], "]"))
                    text = match[3]
                else:
                    text += prefix + own
            self._parts[name] = [*found, (text, "", "")]
        return self._parts[name]

    def _carries(self, base: str) -> bool:
        """Whether an index after this is a step: after a sequence, or a part of one, ``h_1``."""
        if base in self._others:
            return False
        return base in self._timed or re.sub(r"_\d+$", "", base) in self._timed

    def indices(self, name: str) -> list[str]:
        """What stands for the steps in a name, in order."""
        return [step for _, step, _ in self.parts(name)[:-1]]

    def of(self, name: str) -> int | None:
        """The step that a name carries, the first if there are several; None without one."""
        found = self.indices(name)
        return int(found[0]) if found else None

    def relative(self, name: str, step: int) -> str:
        """A name with ``t`` for a step: h[3] is h[t-1] for the step 4."""
        key = (name, step)
        if key not in self._known:
            self._known[key] = self.each(name, lambda index: timed(int(index) - step))
        return self._known[key]

    def each(self, name: str, change: Callable[[str], str]) -> str:
        """A name with other steps."""
        return "".join(before + (change(step) if step else "") + after for before, step, after in self.parts(name))

    def template(self, tree: Tree, step: int) -> Tree:
        """A tree with ``t`` for a step in all of its names."""
        return renamed(tree, lambda name: self.relative(name, step))

    def family(self, name: str) -> tuple[str, str] | None:
        """(family, step): of h[t-1] ``h[t]`` and ``t-1``, of h[3] ``h[t]`` and ``3``; None for a name without a step."""
        if name not in self._places:
            found = self.indices(name)
            first = offset(found[0]) if found else 0
            self._places[name] = (self.each(name, lambda index: timed(offset(index) - first)), found[0]) if found else None
        return self._places[name]

    def members(self, family: str, first: int, last: int) -> list[str]:
        """The names of a family with one index, from a step to another."""
        front, back = family.split(f"[{timed(0)}]")
        found = {f"{front}[{step}]{back}": (family, str(step)) for step in range(first, last + 1)}
        self._places |= found
        return list(found)


def timed(offset: int) -> str:
    """``t``, ``t-1``, ``t+2``."""
    return f"t{offset:+d}" if offset else "t"


def offset(index: str) -> int:
    """A step as a number, counted from t where it has that."""
    return int(index.removeprefix("t") or 0)


def renamed(tree: Tree, change: Callable[[str], str]) -> Tree:
    def at(node: Any, parts: list[Tree]) -> Tree:
        if isinstance(node, Name | Derivative):
            return Name(change(node.name))
        return rebuild(node, parts) if parts else node

    return fold(tree, at)
