"""What every section of a page needs: the derivation, the notation, the numbers, and the equality that ties them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ..derivation import Derivation
from ..network import activation_name
from ..numbers import NumberFormat, NumberLine, Worked, accumulate, number_line, work
from ..program import Activation
from ..terms import CachedTerm, TermsView
from ..tree import Marked, Tree
from .notation import Notation, notation_for, show_slopes

Steps = tuple[tuple[str, Tree], ...]

MAX_UNIT_LEVEL = 150  # parameters up to which each partial is followed back to the loss factor by factor


@dataclass(frozen=True)
class Page:
    """One page in the making. ``numbers`` is empty where the network has no values."""

    derivation: Derivation
    notation: Notation
    style: NumberFormat
    view: str

    @cached_property
    def numbers(self) -> Mapping[str, Worked]:
        network = self.derivation.network
        if not network.values and not network.samples or self.is_generic:
            return {}
        return work(self.derivation, self.style, view=self.view)

    @cached_property
    def samples(self) -> list[Mapping[str, Worked]]:
        """The worked numbers of every sample."""
        count = len(self.derivation.network.samples)
        return (
            [self.numbers, *(work(self.derivation, self.style, index, self.view) for index in range(1, count))]
            if self.numbers
            else []
        )

    @cached_property
    def totals(self) -> Mapping[str, Worked]:
        """The numbers of the update: those of the one sample, or accumulated over all."""
        if len(self.derivation.network.samples) < 2:
            return self.numbers
        return accumulate(self.derivation, self.style, self.samples) if self.numbers else {}

    @cached_property
    def is_generic(self) -> bool:
        """Whether an activation is the undefined σ, which has no values."""
        return any(
            isinstance(d, Activation) and activation_name(d.template) == "generic" for d in self.derivation.program.definitions
        )

    @cached_property
    def terms(self) -> TermsView:
        return self.derivation.terms(self.view)

    @cached_property
    def term(self) -> Mapping[str, CachedTerm]:
        return {term.name: term for term in self.terms.terms}

    def slopes(self, tree: Tree) -> Tree:
        """``tree`` with its local derivatives as the notation writes slopes."""
        return show_slopes(self.derivation, self.notation, tree)

    def worked_out(self, tree: Tree, name: str, role: str, among: Mapping[str, Worked] | None = None) -> Steps:
        """The steps from the symbols of ``tree`` over numbers to the printed value of the quantity ``name``."""
        numbers = self.numbers if among is None else among
        if name not in numbers:
            return ()
        line: NumberLine = number_line(tree, numbers[name], numbers, self.style.policy)
        steps: list[tuple[str, Tree]] = []
        first = line.first
        if line.substituted is not None:
            steps.append((first, line.substituted))
            first = line.second
        elif "≈" in (line.first, line.second):
            first = "≈"
        if line.result is not None:
            steps.append((first, Marked(line.result, role)))
        return tuple(steps)

    def value(self, name: str, role: str = "value") -> Tree:
        """The printed value of a quantity, coloured by its role."""
        return Marked(self.numbers[name].number, role)

    def sign(self, name: str) -> str:
        """= where the printed digits are the exact value, else ≈."""
        return "=" if self.numbers[name].exact else "≈"


def make_page(derivation: Derivation, cache: str = "factors", notation: str | None = None, numbers: str | None = None) -> Page:
    """The page of a derivation in a caching view, a notation (default: the network's own) and a number policy."""
    view = cache
    if cache == "factors" and len(derivation.parameters) > MAX_UNIT_LEVEL:
        # Paths grow with depth: a long derivation keeps what has been accumulated instead.
        view = "signals"
    return Page(derivation, notation_for(derivation, notation), NumberFormat.from_table(derivation.network.numbers, numbers), view)
