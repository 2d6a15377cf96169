"""Why a claim is wrong: what follows from one mistake is what it says.

A mistake explains a formula only where it does so at every point tried, so none is found by chance. A number is compared in the
digits it is printed with; there chance is small from three digits on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import islice, takewhile
from typing import Any, NamedTuple

from ..derivation import Derivation
from ..document.scripts import split_index
from ..errors import InputError
from ..network import LEARNING_RATE
from ..precise import as_mpf
from ..program import Activation, WeightedSum
from ..tree import ZERO, Call, Derivative, Name, Sum, Tree, names, substitute, tidied
from .against import Column, Formula, PrintedNumbers, Setting, same
from .fault import FACTOR, MOVED, SAMPLES, TRANSPOSED, WRONG_INDEX, Fault
from .faults import faults
from .faults_of_paths import turned_name
from .points import Point
from .quantities import NEW, TOTAL, Vocabulary, quantities
from .time_limit import Deadline

SIGN = "sign"
RATE = "learning rate"
OTHER = "another quantity"
MISSING_TERM = "missing term"
WRONG_FUNCTION = "wrong function"

_MOST_OTHERS = 24  # names that are tried in the place of one
_USUAL = {"sigmoid", "tanh", "relu"}


class Diagnosis(NamedTuple):
    """Why a claim is wrong: a kind of mistake, and what it is in words."""

    kind: str
    text: str


class _Mistake(NamedTuple):
    """What the left side is with a mistake, at a setting; and the right side, where the mistake changes what it names."""

    kind: str
    text: str
    left: Callable[[Setting], Column]
    right: Callable[[Setting], Column] | None = None


def diagnose(claim: Formula | PrintedNumbers, words: Vocabulary, derivation: Derivation, deadline: Deadline) -> list[Diagnosis]:
    """At most one explanation of why a claim is wrong; none where no simple one holds at every setting."""
    if isinstance(claim, Formula) and not _is_derived(claim.left, derivation) and _is_derived(claim.right, derivation):
        claim = claim.turned()
    search = _Search(claim, words, derivation, deadline)
    combined: Diagnosis | None = None
    for mistake in search.mistakes():
        if deadline.over:
            break
        factor = None
        with suppress(InputError):  # a mistake may divide by zero
            factor = claim.factor(mistake.left)
            # Of an update both sides would be the old value where a mistake makes the partial zero.
            if factor is None and mistake.right is not None and isinstance(claim, Formula) and not search.is_update:
                factor = Fraction(1) if claim.is_true_with(mistake.left, mistake.right) else None
        if factor == 1:
            return [Diagnosis(mistake.kind, mistake.text)]
        if factor is None or mistake.kind == OTHER and abs(factor) != 1:
            continue
        if combined is None:
            more = "the sign is turned" if factor == -1 else _factor_text(factor)
            combined = Diagnosis(mistake.kind, f"{mistake.text}, and {more}")
            if mistake.kind == RATE:
                break
    if combined is not None:
        return [combined]
    if isinstance(claim, Formula) and (shifted := _one_unit_off(claim, derivation)):
        return [shifted]
    return list(islice(search.remainder(), 1)) if isinstance(claim, Formula) else []


def _is_derived(trees: Sequence[Tree], derivation: Derivation) -> bool:
    """Whether a side names what comes from the backward pass."""
    used = {name.removeprefix(TOTAL) for tree in trees for name in names(tree)}
    backward = {name for own in derivation.backward_pass for name in (own.name, own.name.replace("/", "_"))}
    return any(name in backward or name.startswith(("delta_", "d", "Delta_", NEW)) for name in used)


def _one_unit_off(claim: Formula, derivation: Derivation) -> Diagnosis | None:
    """Whether a claim is true with the error signal of the next unit, or of the one before, wherever it names one."""
    after: dict[str, str] = {}
    outputs = {own.name: own.unit for own in derivation.program.definitions if isinstance(own, Activation)}
    for own in derivation.program.definitions:
        for source, _ in own.terms if isinstance(own, WeightedSum) else ():
            if source in outputs:
                after[outputs[source]] = own.unit if isinstance(own, WeightedSum) and outputs[source] not in after else ""
    before = {unit: source for source, unit in after.items() if list(after.values()).count(unit) == 1}
    used = {name for tree in (*claim.left, *claim.right) for name in names(tree) if name.startswith("delta_")}
    for units in (after, before):
        put_in = {name: f"delta_{units.get(name.removeprefix('delta_'), '')}" for name in used}
        if used and all(
            new != "delta_" and all(new in s for own in claim.settings for s in own.samples) for new in put_in.values()
        ):
            renamed: dict[str, Tree] = {name: Name(new) for name, new in put_in.items()}
            sides = [(substitute(one, renamed), substitute(two, renamed)) for one, two in zip(claim.left, claim.right, strict=True)]
            if all(same(own.column([one for one, _ in sides]), own.column([two for _, two in sides])) for own in claim.settings):
                changes = ", ".join(f"{new} for {name}" for name, new in sorted(put_in.items()))
                return Diagnosis(WRONG_INDEX, f"error signals are named one unit off: it is true with {changes}")
    return None


class _Search:
    """The mistakes that may explain a claim, in the order in which they are tried."""

    def __init__(self, claim: Formula | PrintedNumbers, words: Vocabulary, derivation: Derivation, deadline: Deadline) -> None:
        self.claim, self.words, self.derivation, self.deadline = claim, words, derivation, deadline
        self.on_left = {name for tree in claim.left for name in names(tree)}
        self.on_right = {name for tree in claim.right for name in names(tree)}
        self.only = next(iter(self.on_left)) if len(self.on_left) == 1 else ""
        self.samples = max(len(setting.samples) for setting in claim.settings)

    @property
    def is_update(self) -> bool:
        return any(name.startswith((NEW, "Delta_")) for name in self.on_left)

    def mistakes(self) -> Iterator[_Mistake]:
        yield from self._constant_factor()
        yield from self._of_rates()
        yield from self._one_sample()
        yield from self._turned()
        yield from self._forward_pass()
        yield from self._faults()
        yield from self._other_updates()
        yield from self._other_quantities()

    def _true(self, setting: Setting) -> Column:
        return setting.column(self.claim.left)

    def _constant_factor(self) -> Iterator[_Mistake]:
        factor = self.claim.ratio(self._true)
        if factor is None or factor == 1:
            return
        scaled = lambda setting: [as_mpf(factor) * number for number in self._true(setting)]  # noqa: E731 - a closure
        if factor == -1:
            yield _Mistake(SIGN, "the sign is turned", scaled)
            return
        outputs, steps = len(self.derivation.network.outputs), self.derivation.given.steps
        text = _factor_text(factor)
        averaged = "averaged where they are to be summed" if abs(factor) < 1 else "summed where they are to be averaged"
        if self.samples > 1 and abs(factor) in (self.samples, Fraction(1, self.samples)):
            yield _Mistake(SAMPLES, f"{text}: the {self.samples} samples are {averaged}", scaled)
        elif outputs > 2 and abs(factor) in (outputs, Fraction(1, outputs)):  # of two the half may as well be that of the loss
            yield _Mistake(SAMPLES, f"{text}: the {outputs} outputs are {averaged}", scaled)
        elif isinstance(steps, int) and steps > 2 and abs(factor) in (steps, Fraction(1, steps)):
            yield _Mistake(SAMPLES, f"{text}: the {steps} steps are {averaged}", scaled)
        yield _Mistake(FACTOR, text, scaled)

    def _of_rates(self) -> Iterator[_Mistake]:
        """A learning rate that is missing, or that a partial has; the step in the place of the new value, and the other way."""
        if any(LEARNING_RATE not in sample for setting in self.claim.settings for sample in setting.samples):
            return

        def with_rate(change: Callable[[Any, Any], Any]) -> Callable[[Setting], Column]:
            def left(setting: Setting) -> Column:
                return [change(number, as_mpf(setting.samples[0][LEARNING_RATE])) for number in self._true(setting)]

            return left

        moved = [tree.name.removeprefix(NEW) for tree in self.claim.left if isinstance(tree, Name) and tree.name.startswith(NEW)]
        if len(moved) < len(self.claim.left):
            yield _Mistake(RATE, "the learning rate is missing", with_rate(lambda number, rate: number / rate))
            yield _Mistake(RATE, "the learning rate stands too much", with_rate(lambda number, rate: number * rate))
            return

        def with_step(change: Callable[[Any, Any, Any], Any]) -> Callable[[Setting], Column]:
            def left(setting: Setting) -> Column:
                rows = setting.samples
                olds = [as_mpf(row[parameter]) for row in rows for parameter in moved]
                rate = as_mpf(rows[0][LEARNING_RATE])
                return [change(old, new - old, rate) for old, new in zip(olds, self._true(setting), strict=True)]

            return left

        yield _Mistake(SIGN, "the update goes up the gradient, not down", with_step(lambda old, step, rate: old - step))
        yield _Mistake(RATE, "the learning rate is missing", with_step(lambda old, step, rate: old + step / rate))
        steps = ", ".join(dict.fromkeys(f"Delta_{split_index(parameter)[0]}" for parameter in moved))
        yield _Mistake(OTHER, f"this is the step {steps}, not the new value", with_step(lambda old, step, rate: step))

    def _one_sample(self) -> Iterator[_Mistake]:
        if isinstance(self.claim, PrintedNumbers) and self.samples > 1:
            mean = self.words.gather == "mean"
            text = "summed where the loss says their mean" if mean else "averaged where the loss says their sum"
            factor = Fraction(self.samples) if mean else Fraction(1, self.samples)
            scaled = lambda setting: [as_mpf(factor) * number for number in self._true(setting)]  # noqa: E731 - a closure
            yield _Mistake(SAMPLES, f"the samples are {text}", scaled)
        if self.only.startswith(TOTAL) and self.samples > 1:
            base = self.only.removeprefix(TOTAL)
            text = f"the right side is {base} of one sample, not the sum over the samples"
            yield _Mistake(SAMPLES, text, lambda setting: setting.column([Name(base)]))
        if self.samples > 1 and any(name.startswith(("Delta_", NEW)) for name in self.on_left):
            narrow = self.words.narrowed(self.on_left)

            def left(setting: Setting) -> Column:
                forward = self._forward(setting)
                alone = [quantities(narrow, replace(forward, rows=(row,)))[0] for row in forward.rows]
                return setting.column(self.claim.left, alone)

            yield _Mistake(SAMPLES, "only one sample is taken, and an update gathers all of them", left)

    def _turned(self) -> Iterator[_Mistake]:
        """The entries of a square matrix as those of its transpose."""
        turned = [_transposed(tree) for tree in self.claim.left]
        if len(turned) > 1 and set(turned) == set(self.claim.left) and turned != self.claim.left:
            yield _Mistake(TRANSPOSED, "it is the transpose of what is right", lambda setting: setting.column(turned))

    def _faults(self) -> Iterator[_Mistake]:
        """What the left side is where the derivation has a fault; faults next to what is claimed come first."""
        narrow = self.words.narrowed(self.on_left)
        place = {definition.name: index for index, definition in enumerate(reversed(narrow.definitions))}
        near = {name for own in narrow.definitions[-1:] for name in (own.name, *own.reads)}

        def distance(fault: Fault) -> int:
            return (
                0 if not fault.replaced or not near.isdisjoint(fault.replaced) else 1 + min(place[name] for name in fault.replaced)
            )

        possible = faults(narrow, self.derivation, len(self.claim.left) > 1)
        listed = list(takewhile(lambda _: not self.deadline.over, possible))
        if isinstance(self.claim, Formula):  # of numbers many are met by chance; there what is frequent comes first
            listed.sort(key=distance)
        wide = self.words.narrowed(self.on_left | self.on_right)
        bases = {id(setting): self._base(setting) for setting in self.claim.settings}
        for fault in listed:
            changed, gone = wide.with_faults(fault.replaced, fault.gather)
            if self.on_left.isdisjoint(gone):
                continue
            found: dict[int, list[dict[str, Any]]] = {}

            def world(
                setting: Setting,
                own: Vocabulary = changed,
                without: Set[str] = gone,
                known: dict[int, list[dict[str, Any]]] = found,
            ) -> list[dict[str, Any]]:
                if id(setting) not in known:
                    rows = tuple({name: one for name, one in row.items() if name not in without} for row in bases[id(setting)])
                    known[id(setting)] = quantities(own, replace(setting.point, rows=rows))
                return known[id(setting)]

            yield _Mistake(
                fault.kind,
                fault.text,
                lambda setting, here=world: setting.column(self.claim.left, here(setting)),  # type: ignore[misc]
                (lambda setting, here=world: setting.column(self.claim.right, here(setting)))  # type: ignore[misc]
                if not self.on_right.isdisjoint(gone)
                else None,
            )

    def _base(self, setting: Setting) -> list[dict[str, Any]]:
        """Everything of each sample, and the parameters as they are after the update."""
        moved = [own.parameter for own in self.derivation.updates]
        return [sample | {MOVED + name: sample[NEW + name] for name in moved if NEW + name in sample} for sample in setting.samples]

    def _forward(self, setting: Setting) -> Point:
        """The point with the forward values of each sample."""
        program = self.derivation.program
        kept = {*program.given, *program.by_name, LEARNING_RATE}
        rows = tuple({name: own for name, own in sample.items() if name in kept} for sample in setting.samples)
        return Point(setting.point.kind, rows, setting.point.smooth)

    def _forward_pass(self) -> Iterator[_Mistake]:
        """Of a definition of the forward pass: another function, a name in the place of another, a bias that is missing."""
        definition = self.derivation.program.by_name.get(self.only)
        if definition is None or len(self.claim.left) > 1:
            return
        tree = definition.tree
        if isinstance(definition, Activation):
            others = {own.function for own in self.derivation.program.definitions if isinstance(own, Activation)} | _USUAL
            for function in sorted(others - {definition.function, "identity", ""}):
                text = f"unit {definition.unit} has {definition.function or 'another function'}, not {function}"
                yield self._formula(WRONG_FUNCTION, text, Call(function, (Name(definition.argument),)))
        if isinstance(definition, WeightedSum) and definition.bias is not None:
            text = f"the bias {definition.bias} is missing"
            yield self._formula(MISSING_TERM, text, tidied(substitute(tree, {definition.bias: ZERO})))
        weights = set(self.derivation.network.parameters)
        sources = {*self.derivation.program.given, *self.derivation.program.by_name} - weights
        for name in names(tree):
            for other in sorted((weights if name in weights else sources) - {name, self.only})[:_MOST_OTHERS]:
                text = f"{other} stands where {name} belongs"
                yield self._formula(WRONG_INDEX, text, substitute(tree, {name: Name(other)}))

    def _formula(self, kind: str, text: str, tree: Tree) -> _Mistake:
        return _Mistake(kind, text, lambda setting: setting.column([tree]))

    def _other_updates(self) -> Iterator[_Mistake]:
        """The step of another parameter."""
        prefix = "Delta_" if self.only.startswith("Delta_") else NEW if self.only.startswith(NEW) else ""
        own = self.only.removeprefix(prefix)
        for update in self.derivation.updates[:_MOST_OTHERS] if prefix and len(self.claim.left) == 1 else ():
            if update.parameter != own:
                tree: Tree = Name(update.name)
                if prefix == NEW:
                    tree = Sum((Name(own), tree))
                yield self._formula(WRONG_INDEX, f"the partial by {update.parameter} stands where that by {own} belongs", tree)

    def _other_quantities(self) -> Iterator[_Mistake]:
        if len(self.claim.left) > 1 or not isinstance(self.claim.left[0], Name | Derivative):
            return
        bare = bool(self.claim.right) and isinstance(self.claim.right[0], Name | Derivative)
        if bare or self.on_right and not _is_derived(self.claim.left, self.derivation):
            return
        known = [name for name in self.words.names if name.startswith(("delta_", "d", "Delta_")) and name not in self.on_right]
        for name in sorted(dict.fromkeys(known), key=lambda own: (not own.startswith("delta_"), "/" not in own)):
            if name not in self.on_left and all(name in sample for s in self.claim.settings for sample in s.samples):
                side = "the right side is" if self.on_right else "this is"
                yield _Mistake(OTHER, f"{side} {name}", lambda setting, own=name: setting.column([Name(own)]))  # type: ignore[misc]

    # What is read off the two sides of a formula, where no mistake in the derivation explains them.

    def remainder(self) -> Iterator[Diagnosis]:
        """A named factor that the right side lacks or has too much, alone or with a constant; a term that it lacks."""
        assert isinstance(self.claim, Formula)
        known = [name for name in (*self.derivation.program.given, *self.words.names) if self._is_number(name)]
        inner = [name for name in known if name.startswith(("slope_", "z_")) and {name} != self.on_left]
        for name in (*self.derivation.program.given, *inner):
            if self.deadline.over:
                return
            for text, change in (("lacks", lambda t, c: t / c), ("has too much", lambda t, c: t * c)):
                ratio = None
                with suppress(ZeroDivisionError):
                    ratio = self.claim.ratio(self._joined(name, change))
                if ratio is not None:
                    more = "" if ratio == 1 else ", and the sign is turned" if ratio == -1 else f", and {_factor_text(ratio)}"
                    yield Diagnosis(FACTOR, f"the right side {text} the factor {name}{more}")
        for name in known:
            if {name} != self.on_left and not self.deadline.over:
                for text, change in ((name, lambda t, c: t - c), (f"-{name}", lambda t, c: t + c)):
                    if self.claim.factor(self._joined(name, change)) == 1:
                        yield Diagnosis(MISSING_TERM, f"the right side lacks the term {text}")

    def _is_number(self, name: str) -> bool:
        return all(name in sample for setting in self.claim.settings for sample in setting.samples)

    def _joined(self, name: str, change: Callable[[Any, Any], Any]) -> Callable[[Setting], Column]:
        """The left side changed by a quantity."""

        def left(setting: Setting) -> Column:
            others = [as_mpf(sample[name]) for sample in setting.samples for _ in self.claim.left]
            return [change(true, other) for true, other in zip(self._true(setting), others, strict=True)]

        return left


def _transposed(tree: Tree) -> Tree:
    """``W[i][j]`` for ``W[j][i]``; anything but an entry of a matrix as it is."""
    match tree:
        case Name():
            return Name(turned_name(tree.name))
        case Derivative():
            return Derivative(tree.of, turned_name(tree.wrt), tree.direct)
    return tree


def _factor_text(factor: Fraction) -> str:
    return f"it is {factor} of what is right" if factor.denominator > 1 else f"it is {factor} times what is right"
