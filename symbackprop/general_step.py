"""Back-propagation through time at a general step t, read from a derivation over a few steps.

Away from both ends every step has the same formulas but for the numbers of the steps; so an inner step, with its number
called t, is the general one. What comes from the same step is the direct part of a partial, what comes from later steps
the recursive part (document 001; Goodfellow, Bengio and Courville, *Deep Learning* (2016), section 10.2.2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from .array_tree import Element, IndexSum, Mean
from .derivation import Derivation, derive
from .errors import InputError
from .network import Network, unchecked
from .program import ErrorSignal, LocalDerivative, Partial, Term, chain_rule
from .time_steps import TIME, delayed, is_time, longest_delays, per_step_loss, sequences, timed_reads
from .tree import ZERO, Derivative, Name, Number, Quotient, Tree, fold, names, rebuild, substitute, tidied, total

_STEP = re.compile(r"\[(-?\d+)\]")
_LETTER = re.compile(r"\[t([+-]\d+)?\]")
LAST = "T"


@dataclass(frozen=True, slots=True)
class StepPartial:
    """∂E/∂name[t]: what comes from the same step and from later ones, and the whole at the last steps."""

    name: str  # at step t
    direct: Tree
    recursive: Tree
    ends: tuple[tuple[str, Tree], ...]  # (name, whole) at step T, which no later step reads, and at T-1, … where some are missing
    signal: str  # the error signal's name, empty for other symbols


@dataclass(frozen=True, slots=True)
class OverTime:
    """∂E/∂parameter = Σ_t of ``summand``, the share of one step, + ``once``, what comes through the ends or no step at all.

    ``first`` is the first step that has a share.
    """

    parameter: str
    summand: Tree
    first: int
    once: Tree = ZERO


@dataclass(frozen=True, slots=True)
class GeneralStep:
    """The formulas of one general step: forward pass, local derivatives, partials from the last definition back, parameters."""

    derivation: Derivation  # over a few steps, that the formulas were read from
    forward: tuple[tuple[str, Tree], ...]
    slopes: tuple[tuple[str, Tree], ...]
    partials: tuple[StepPartial, ...]
    ends: tuple[tuple[str, str, Tree], ...]  # (name, error signal or empty, ∂E/∂name) of what has a partial at step T alone
    parameters: tuple[OverTime, ...]


def general_step(network: Network) -> GeneralStep:
    """The general step of a recurrent network, at the matrix level where it has arrays. Raises InputError for one without steps."""
    if network.steps is None:
        raise InputError("the network has no steps, so there is no general one", "steps")
    delay = max(longest_delays(network).values(), default=0)
    inner = delay + 1  # whatever it reads, no initial value is among it
    last = inner + delay + 1 + _way_to_objective(network)  # so that what is read at a later step still reaches the end
    few = _over(network, last)
    level = "matrix" if network.is_array else "unit"
    derivation = derive(few, level=level)
    derivation = _with_share(derivation, network, last)
    at_inner = lambda tree: renamed(tree, inner, TIME)  # noqa: E731 - the same step throughout
    forward, slopes, partials, ends = [], [], [], []
    for definition in derivation.program.definitions:
        if _step_of(definition.name) == inner:
            forward.append((_renamed_text(definition.name, inner, TIME), at_inner(definition.tree)))
    for own in derivation.backward_pass:
        match own:
            case LocalDerivative() if _step_of(own.of) == inner:
                slopes.append((_renamed_text(own.name, inner, TIME), at_inner(own.tree)))
            case Partial() | ErrorSignal() if _step_of(own.wrt) == inner and own.wrt in derivation.program.by_name:
                partials.append(_step_partial(derivation, own, inner, last, delay))
            case Partial() | ErrorSignal() if _step_of(own.wrt) == last and own.wrt in derivation.program.by_name:
                if _renamed_text(own.wrt, last, str(inner), shift=False) not in derivation.partials:
                    signal = _renamed_text(own.name, last, LAST) if isinstance(own, ErrorSignal) else ""
                    ends.append((_renamed_text(own.wrt, last, LAST), signal, renamed(own.tree, last, LAST)))
    # What has no step is put in place, so that a penalty stands as λ w.
    known = {
        d.name: d.tree
        for d in derivation.backward_pass
        if isinstance(d, LocalDerivative | Partial) and _step_of(d.name) is None and _step_of(d.wrt) is None
        and (isinstance(d, LocalDerivative) or d.wrt in derivation.program.by_name)
    }  # fmt: skip
    parameters = tuple(
        _over_time(own, inner, last, known)
        for own in derivation.backward_pass
        if isinstance(own, Partial) and own.wrt in derivation.parameters
    )
    return GeneralStep(derivation, tuple(forward), tuple(slopes), tuple(partials), tuple(ends), parameters)


def _with_share(derivation: Derivation, network: Network, last: int) -> Derivation:
    """A mean over all outputs of all steps has the share 1/n of the network's own number of steps, not of these few."""
    if network.loss is None or network.loss.function != "mean_squared_error" or not per_step_loss(network):
        return derivation
    outputs = len(network.loss.targets)
    few, own = (Quotient(Number(Fraction(2)), Number(Fraction(outputs * steps))) for steps in (last, network.steps or last))

    def write(node: Any, children: list[Tree]) -> Tree:
        return own if node == few else rebuild(node, children) if children else node

    def shared(definition: Any) -> Any:
        if not isinstance(definition, Partial | ErrorSignal):
            return definition
        terms = tuple(term._replace(factor=fold(term.factor, write)) for term in definition.terms)
        return replace(definition, terms=terms)

    passes = tuple(map(shared, derivation.backward_pass))
    program, wanted = derivation.program, derivation.wanted
    return Derivation(derivation.network, program, derivation.objective, wanted, passes, derivation.given)


def _way_to_objective(network: Network) -> int:
    """The number of steps that a value needs at least until the objective can read it, of the value that needs most."""
    timed = sequences(network)
    reads: dict[str, list[tuple[str, int | None]]] = {}
    for unit in network.units:
        formula = () if unit.formula is None else timed_reads(unit.formula)
        reads[unit.name] = [*(delayed(source) for source, _ in unit.sources), *formula]
    for name, tree in network.equations:
        reads[name] = list(timed_reads(tree))
    steps = {name: 0 for name in reads if name not in timed or name == network.objective}
    if network.loss is not None:
        steps.update((unit, 0) for unit, _ in network.loss.targets)
        if network.loss.formula is not None:
            read = set(names(network.loss.formula))
            steps.update((unit.name, 0) for unit in network.units if {unit.net_input, unit.output} & read)
    waiting = list(steps)
    while waiting:
        reader = waiting.pop()
        for name, delay in reads.get(reader, ()):
            needed = steps[reader] + (delay or 0)
            if name in reads and needed < steps.get(name, needed + 1):
                steps[name] = needed
                waiting.append(name)
    return max(steps.values(), default=0)


def _over(network: Network, steps: int) -> Network:
    """The same network over a few steps, its last step being the last of these. Single numbers stay: they mark what is constant."""
    values = {name: value for name, value in network.values.items() if isinstance(value, Number)}
    loss = network.loss and unchecked(network.loss, steps="each" if per_step_loss(network) else "last")
    timed = sequences(network)

    def at_end(node: Any, children: list[Tree]) -> Tree:
        match node:
            case Mean(Name(name)) if name in timed:
                raise InputError(
                    f"the mean of {name!r} over time depends on the number of steps, so there is no general step", "steps"
                )
            case Element(Name(name), (index, *rest)) if name in timed and not is_time(index) and index != "-1":
                if int(index) != network.steps:
                    raise InputError(f"{name}[{index}] is read at one step in the middle, so there is no general step", "steps")
                return Element(node.body, ("-1", *rest))
        return rebuild(node, children) if children else node

    equations = tuple((name, fold(tree, at_end)) for name, tree in network.equations)
    return unchecked(network, steps=steps, values=values, samples=(), loss=loss, equations=equations)


def _step_partial(derivation: Derivation, own: Partial | ErrorSignal, inner: int, last: int, delay: int) -> StepPartial:
    sign = own.sign if isinstance(own, ErrorSignal) else 1
    steps = [_step_of(term.through) for term in own.terms]
    here = tuple(term for term, step in zip(own.terms, steps, strict=True) if step in (inner, None))
    later = tuple(term for term, step in zip(own.terms, steps, strict=True) if step not in (inner, None))

    def part(terms: tuple[Term, ...]) -> Tree:
        return renamed(chain_rule(own.of, terms, sign), inner, TIME)

    ends = []
    for step in range(last, last - max(delay, 1), -1):
        end = derivation.partials.get(_renamed_text(own.wrt, inner, str(step), shift=False))
        tree = end.tree if end is not None else chain_rule(own.of, ())
        if step == last or renamed(tree, step, TIME) != renamed(own.tree, inner, TIME):
            ends.append((_renamed_text(own.wrt, inner + last - step, LAST), renamed(tree, last, LAST)))
    signal = _renamed_text(own.name, inner, TIME) if isinstance(own, ErrorSignal) else ""
    return StepPartial(_renamed_text(own.wrt, inner, TIME), part(here), part(later), tuple(ends), signal)


def _over_time(own: Partial, inner: int, last: int, known: Mapping[str, Tree]) -> OverTime:
    """The share of one step, and what has none. Raises InputError where the last step is neither like the others nor alone.

    An initial value has its share at the first steps alone, which keep their numbers.
    """
    steps: dict[int | None, list[Term]] = {}
    for term in own.terms:
        steps.setdefault(_step_of(term.through), []).append(term)
    once = [tidied(substitute(chain_rule(own.of, tuple(steps.pop(None, ()))), known))]

    def parts(step: int) -> set[Tree]:
        return {renamed(chain_rule(own.of, (term,)), step, TIME) for term in steps.get(step, ())}

    shares = {step: chain_rule(own.of, tuple(terms)) for step, terms in sorted(steps.items(), key=lambda own: own[0] or 0)}
    summand = renamed(shares.get(inner, ZERO), inner, TIME)
    if summand == ZERO:
        if any(inner < step < last for step in shares if step is not None):
            raise InputError(f"dE/d{own.wrt} has a share of one step in the middle, so there is no general step", "steps")
        once[:0] = [renamed(share, last, LAST) if step == last else share for step, share in shares.items()]
    elif not parts(last) <= parts(inner):  # what is missing there has a partial that is 0
        raise InputError(f"the last step has another share in dE/d{own.wrt} than the others, so there is no general step", "steps")
    return OverTime(own.wrt, summand, min((step for step in shares if step is not None), default=1), total(once))


def carried(network: Network) -> tuple[tuple[str, Tree], ...]:
    """(state, ∂state[t]/∂state[t−1]) for each scalar state that a step takes from the one before: the factor of one step back.

    A gradient that goes back k steps through a state has k of these factors; where they stay below 1 in size it vanishes, above
    1 it grows (Bengio, Simard and Frasconi, 1994). The factor is that of all paths within one step.
    """
    if network.is_array or any(delay > 1 for delay in longest_delays(network).values()):
        return ()
    few = _over(network, 3)
    found = []
    for state in longest_delays(network):
        if state in network.given:  # an input that is read later
            continue
        now, before = (f"z_{state}[{step}]" if network.units else f"{state}[{step}]" for step in (2, 1))
        own = derive(few, of=now, by=[before], level="unit")
        written: dict[str, Tree] = {}
        for definition in own.backward_pass:
            written[definition.name] = substitute(definition.tree, written)  # where δ is −∂E/∂s, its readers turn the sign back
        tree = written[own.partials[before].name]
        if tree != ZERO:
            found.append((_renamed_text(now, 2, TIME), renamed(tidied(tree), 2, TIME)))
    return tuple(found)


def summed(over: OverTime) -> Tree:
    """Σ_t of a parameter's shares, and what comes once."""
    whole = [] if over.summand == ZERO else [IndexSum(over.summand, TIME, LAST)]
    return total([*whole, over.once])


def _step_of(name: str) -> int | None:
    """The step in a name, of ``h[2]`` 2; None for a name without."""
    match = _STEP.search(name)
    return int(match[1]) if match else None


def renamed(tree: Tree, step: int, letter: str) -> Tree:
    """``tree`` with its steps told from ``step``, which is called ``letter``: with 2 as t, h[3] is h[t+1]."""
    return _with_names(tree, lambda name: _renamed_text(name, step, letter))


def general_names(name: str, delay: int) -> Iterator[str]:
    """The names that a step's symbol has in the general formulas, up to ``delay`` steps away: h[t], h[t+1], h[T], …"""
    step = _step_of(name)
    if step is not None:
        for away in range(-delay, delay + 1):
            yield _renamed_text(name, step - away, TIME)
        for back in range(delay + 1):
            yield _renamed_text(name, step + back, LAST)


def at_step(tree: Tree, step: int) -> Tree:
    """``tree`` with a number for t: with 2, h[t+1] is h[3]."""
    return _with_names(tree, lambda name: _LETTER.sub(lambda match: f"[{step + int(match[1] or 0)}]", name))


def _with_names(tree: Tree, change: Callable[[str], str]) -> Tree:
    def rename(node: Any, children: list[Tree]) -> Tree:
        match node:
            case Name():
                return Name(change(node.name))
            case Derivative():
                return Derivative(change(node.of), change(node.wrt), node.direct)
        return rebuild(node, children) if children else node

    return fold(tree, rename)


def _renamed_text(name: str, step: int, letter: str, shift: bool = True) -> str:
    def replaced(match: re.Match[str]) -> str:
        away = int(match[1]) - step
        return f"[{letter}{away:+d}]" if away and shift else f"[{letter}]"

    return _STEP.sub(replaced, name)
