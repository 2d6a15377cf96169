"""What every section of a page needs: the derivation, the notation, the numbers, and the equality that ties them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from ..array_tree import Shape
from ..derivation import Derivation, level_of
from ..errors import InputError, nearest
from ..network import activation_name
from ..numbers import NumberFormat, NumberLine, Worked, accumulate, number_line, work
from ..program import Activation
from ..shapes import size
from ..terms import CachedTerm, TermsView
from ..tree import Marked, Negative, Number, Tree
from . import words
from .batch import Batch, batch_of
from .conventions import in_conventions
from .levels import UNIT, is_batch, page_level, symbols_of_arrays, with_arrays, with_entries
from .mathtex import ROOM
from .notation import Notation, chosen_profile, notation_for, show_slopes
from .oriented import oriented
from .scripts import split_index

Steps = tuple[tuple[str, Tree], ...]

BRIEF, STANDARD, FULL = "brief", "standard", "full"
DETAILS = (BRIEF, STANDARD, FULL)

MAX_ENTRIES = 2000  # parameters of arrays up to which a page is written entry by entry
MAX_STEPS = 12  # of a recurrent network that are written out
MAX_UNIT_LEVEL = 150  # parameters up to which each partial is followed back to the loss factor by factor


@dataclass(frozen=True)
class Page:
    """One page in the making, at one of the `levels`.

    ``numbers`` is empty where the network has no values, or where they are too many to print. ``arrays`` is the derivation
    at the matrix level, ``batch`` that of all samples at once; None where there are no arrays, or not several samples.
    ``detail`` is one of `DETAILS`.
    """

    derivation: Derivation
    notation: Notation
    style: NumberFormat
    view: str
    level: str = UNIT
    detail: str = STANDARD
    arrays: Derivation | None = None
    batch: Batch | None = None
    width: float = ROOM  # of a line, in em

    @cached_property
    def entries(self) -> Derivation | None:
        """The derivation at the unit level, which has the numbers; None where it is too long to be read entry by entry."""
        if self.level == UNIT:
            return self.derivation
        whole = is_batch(self.derivation) or level_of(self.derivation.given, None) != UNIT
        return None if whole else with_entries(self.derivation)

    @cached_property
    def numbers(self) -> Mapping[str, Worked]:
        network = self.derivation.network
        if not network.values and not network.samples or self.is_generic or self.entries is None:
            return {}
        return work(self.entries, self.style, view=self.view)

    @cached_property
    def samples(self) -> list[Mapping[str, Worked]]:
        """The worked numbers of every sample."""
        if not self.numbers or self.entries is None:
            return []
        count = len(self.entries.network.samples)
        return [self.numbers, *(work(self.entries, self.style, index, self.view) for index in range(1, count))]

    @cached_property
    def totals(self) -> Mapping[str, Worked]:
        """The numbers of the update: those of the one sample, or accumulated over all."""
        if not self.numbers or self.entries is None or len(self.entries.network.samples) < 2:
            return self.numbers
        return accumulate(self.entries, self.style, self.samples)

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

    def unit(self, name: str) -> str:
        """The name of a unit in words: 1[0] is unit 1 of layer 1, h[3] is unit h at step 3."""
        base, index = split_index(name)
        if not index:
            return name
        if self.derivation.given.layers:
            return words.UNIT_OF_LAYER.format(unit=self.notation.profile.shown_index(index[0]), layer=base)
        return words.UNIT_AT_STEP.format(unit=base, step=index[0])

    def index(self, shape: Shape) -> tuple[str, ...]:
        """A letter for each axis of an array; along an axis of one entry, its index."""
        return tuple("0" if length == 1 else letter for letter, length in zip(self.notation.letters, shape, strict=False))

    def oriented(self, tree: Tree) -> Tree:
        """An expression of arrays as it is printed: vectors as columns or rows."""
        own = self.notation
        return oriented(tree, own.shapes, own.rows, own.letters) if own.shapes else tree

    def in_outputs(self, tree: Tree) -> Tree:
        """``tree`` with its local derivatives in the outputs of units, which is how numbers are worked out."""
        return self.derivation.in_outputs(tree)

    def slopes(self, tree: Tree) -> Tree:
        """``tree`` with its local derivatives as the notation writes slopes."""
        return show_slopes(self.derivation, self.notation, tree)

    def worked_out(self, tree: Tree, name: str, role: str, among: Mapping[str, Worked] | None = None) -> Steps:
        """The steps from the symbols of ``tree`` over numbers to the printed value of the quantity ``name``."""
        numbers = self.numbers if among is None else among
        if name not in numbers:
            return ()
        return number_steps(number_line(tree, numbers[name], numbers, self.style.policy), role)

    def value(self, name: str, role: str = "value") -> Tree:
        """The printed value of a quantity, coloured by its role."""
        return Marked(self.numbers[name].number, role)

    def sign(self, name: str) -> str:
        """= where the printed digits are the exact value, else ≈."""
        return "=" if self.numbers[name].exact else "≈"


def number_steps(line: NumberLine, role: str, put_in: bool = True) -> Steps:
    """The numbers put in, where ``put_in`` and they are not the result already, and the result in the colour of its role."""
    steps: list[tuple[str, Tree]] = []
    first = line.first
    if line.substituted is not None and put_in and not _is_same_number(line.substituted, line.result):
        steps.append((first, line.substituted))
        first = line.second
    elif "≈" in (line.first, line.second):
        first = "≈"
    if line.result is not None:
        steps.append((first, Marked(line.result, role)))
    return tuple(steps)


def _is_same_number(tree: Tree, result: Number | None) -> bool:
    """Whether ``tree`` is what ``result`` prints already: −(1.5) and −1.5."""
    if isinstance(tree, Negative) and isinstance(tree.body, Number) and result is not None:
        return f"-{tree.body.text}" == result.text
    return tree == result


def _check_size(derivation: Derivation, level: str) -> None:
    """Raise InputError for arrays with more entries than a page at the unit level can have."""
    sizes = [size(derivation.given.shapes.get(name, ())) for name in derivation.given.parameters]
    if level == UNIT and derivation.given.is_array and derivation.given.steps is None:
        count = sum(own for own in sizes if own is not None)
        if count > MAX_ENTRIES:
            problem = (
                f"the network has {count} parameters; entry by entry a page holds at most {MAX_ENTRIES}, so take index or matrix"
            )
            raise InputError(problem, "level")


def has_many_steps(page: Page) -> bool:
    """Whether a recurrent network has more steps than a reader would follow one by one."""
    steps = page.derivation.given.steps
    return steps is not None and steps > MAX_STEPS


def make_page(
    derivation: Derivation,
    cache: str = "factors",
    notation: str | None = None,
    numbers: str | None = None,
    level: str | None = None,
    detail: str = STANDARD,
    width: float = ROOM,
) -> Page:
    """The page of a derivation: caching view, notation (default: the network's own), number policy, level and detail.

    Raises InputError for one of them that there is not.
    """
    if detail not in DETAILS:
        raise InputError(f"there is no detail {detail!r}{nearest(detail, DETAILS)}", "detail")
    profile = chosen_profile(derivation.given, notation)
    derivation, changes = in_conventions(derivation, profile)
    chosen = page_level(derivation, level)
    arrays = with_arrays(derivation)
    _check_size(derivation, chosen)
    own = with_entries(derivation) if chosen == UNIT else arrays
    if own is None:
        raise InputError(f"{derivation.objective!r} is one entry; its page is at the unit level", "level")
    view = cache
    if cache == "factors" and len(own.parameters) > MAX_UNIT_LEVEL:
        # Paths grow with depth: a long derivation keeps what has been accumulated instead.
        view = "signals"
    style = NumberFormat.from_table(derivation.network.numbers, numbers)
    batch = batch_of(arrays)
    symbols = notation_for(own, profile, arrays or symbols_of_arrays(derivation), batch.shapes if batch is not None else {})
    symbols = replace(symbols, changes=changes)
    return Page(own, symbols, style, view, chosen, detail, arrays, batch, width)
