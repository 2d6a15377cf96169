"""How the objective and its gradient are computed: for each sample, with numbers or whole arrays; for all at once; in C.

A kernel takes bound values and gives the objective and its partials over all samples. How values are passed and told, and which
kernel is the fastest, is the matter of `callable` and `array_function`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import repeat
from typing import Any

from ..derivation import Derivation, derive
from ..network import Network, unchecked
from ..program import Program
from ..tree import derivative_name
from ..wellformed import parts_of_loss
from .bound import Bound
from .compiled import NUMPY, C, compiled

Values = Any  # a double, or an array of NumPy
MANY = 16  # samples from which on NumPy is faster than a loop of Python over numbers


class Kernel:
    """Computes each sample by itself, with numbers or with whole arrays, and adds up."""

    def __init__(self, derivation: Derivation, backend: str = "", dtype: Any = float, over: Collection[str] = ()) -> None:
        self.program, self.wanted = derivation.program, derivation.wanted
        self.is_written_out = not derivation.network.is_array
        self.is_mean = derivation.network.reduction == "mean"
        outputs = (derivation.objective, *(derivative_name(derivation.objective, name) for name in self.wanted))
        self.compiled = compiled(derivation, outputs, "objective_and_gradient", backend=backend, dtype=dtype, over=over, loops=True)
        self._kept: dict[tuple[str, ...], list[bool]] = {}

    def totals(self, bound: Bound) -> list[Values]:
        """The objective and its partials, over all samples."""
        function = self.compiled.function
        return self.reduced([function(*row) for row in self.rows(bound)], bound)

    def bind(self, bound: Bound) -> Callable[[], tuple[Values, Sequence[Values]]]:
        """(objective, partials) as a function without arguments, which reads arrays where they are."""
        if self.is_as_it_is(bound):
            (row,) = self.rows(bound)
            call, arrays = self.compiled.bound(row)
            if self.writes_in_place(bound):
                return lambda: (call()[0], arrays)
            if not arrays:
                return lambda: ((found := call())[0], found[1:])

        def again() -> tuple[Values, Sequence[Values]]:
            objective, *partials = self.totals(bound)
            return objective, partials

        return again

    def rows(self, bound: Bound) -> list[Sequence[Values]]:
        """The arguments of the generated function, one row for each time that it is called."""
        arguments = self.compiled.arguments
        if bound.count is None:
            return [[bound.fixed[name] for name in arguments]]
        columns = (bound.varying[name] if name in bound.varying else repeat(bound.fixed[name], bound.count) for name in arguments)
        return list(zip(*columns, strict=True)) if arguments else [()] * bound.count

    def reduced(self, results: Sequence[Sequence[Values]], bound: Bound) -> list[Values]:
        """What the function gave for each sample, as one."""
        kept = self.kept(bound)
        if len(results) == 1 and not any(kept):
            return list(results[0])
        share = self.share(len(results))
        columns = zip(*results, strict=True)
        return [_stacked(column, share) if own else _added(column) * share for own, column in zip(kept, columns, strict=True)]

    def writes_in_place(self, bound: Bound) -> bool:
        """Whether the partials of a bound function are the same arrays in each call."""
        return self.is_as_it_is(bound) and not self.compiled.shapes[0] and all(self.compiled.shapes[1:])

    def is_as_it_is(self, bound: Bound) -> bool:
        """Whether what the function gives has not to be reduced."""
        return bound.count is None

    def share(self, count: int) -> float:
        """What each of so many samples counts."""
        return 1.0 / count if self.is_mean else 1.0

    def kept(self, bound: Bound) -> list[bool]:
        """Of the objective and each partial, whether it is told for each sample: by what differs between them."""
        over = tuple(bound.varying)
        if over not in self._kept:
            varying = varying_names(over, self.program) if over else set()
            self._kept[over] = [False, *(name in varying for name in self.wanted)]
        return self._kept[over]


class OverSamples(Kernel):
    """Computes scalars for all samples at once: what differs between them is an array over them."""

    def __init__(self, derivation: Derivation, dtype: Any, over: Collection[str]) -> None:
        super().__init__(derivation, NUMPY, dtype, over)
        self.dtype = dtype

    def rows(self, bound: Bound) -> list[Sequence[Values]]:
        import numpy as np

        number = np.dtype(self.dtype).type
        columns = {name: np.asarray(values, self.dtype) for name, values in bound.varying.items()}
        return [[columns[name] if name in columns else number(bound.fixed[name]) for name in self.compiled.arguments]]

    def reduced(self, results: Sequence[Sequence[Values]], bound: Bound) -> list[Values]:
        count = bound.count or 1
        share = self.share(count)
        found = []
        for own, value in zip(self.kept(bound), results[0], strict=True):
            if own:
                found.append(value * share)
            else:  # the same in all samples where it has no axis of them
                found.append((value.sum() if getattr(value, "ndim", 0) else value * count) * share)
        return found


class Batch(Kernel):
    """Computes layers with a row for each sample; ``batch`` is the name of their number."""

    def __init__(self, derivation: Derivation, dtype: Any, batch: str) -> None:
        super().__init__(derivation, NUMPY, dtype)
        self.batched = {name for name, shape in self.program.shapes.items() if batch in shape}

    def rows(self, bound: Bound) -> list[Sequence[Values]]:
        return [[self._in_rows(name, bound) for name in self.compiled.arguments]]

    def _in_rows(self, name: str, bound: Bound) -> Values:
        if name in bound.varying:
            return bound.varying[name]
        value = bound.fixed[name]
        if name not in self.batched:
            return value
        import numpy as np

        return np.broadcast_to(value, (bound.count or 1, *value.shape))

    def is_as_it_is(self, bound: Bound) -> bool:
        return self.batched.isdisjoint(self.wanted)

    def reduced(self, results: Sequence[Sequence[Values]], bound: Bound) -> list[Values]:
        """The network's reduction is in the program; what has a row for each sample is added up unless they differ in it."""
        objective, *partials = results[0]
        kept = self.kept(bound)[1:]
        summed = (name in self.batched and not own for name, own in zip(self.wanted, kept, strict=True))
        return [objective, *(own.sum(axis=0) if over else own for own, over in zip(partials, summed, strict=True))]


class InC(Kernel):
    """Computes each sample in C, which goes over them."""

    def __init__(self, derivation: Derivation) -> None:
        super().__init__(derivation, C)

    def totals(self, bound: Bound) -> list[Values]:
        if bound.count is None:
            return super().totals(bound)
        found = self.compiled.function.over(bound.fixed, bound.varying, bound.count, self.kept(bound))  # type: ignore[attr-defined]
        share = self.share(bound.count)
        return list(found) if share == 1.0 else [own * share for own in found]


class WithPenalty(Kernel):
    """Computes the loss of the data over samples, and the penalty, which counts once."""

    def __init__(self, data: Kernel, penalty: Kernel) -> None:
        self.data, self.penalty = data, penalty
        self.compiled, self.program, self.wanted = data.compiled, data.program, data.wanted
        self.is_written_out = data.is_written_out

    def totals(self, bound: Bound) -> list[Values]:
        once = self.penalty.totals(Bound(bound.fixed, {}, None))
        return [own + more for own, more in zip(self.data.totals(bound), once, strict=True)]

    def kept(self, bound: Bound) -> list[bool]:
        return self.data.kept(bound)

    def is_as_it_is(self, bound: Bound) -> bool:
        return False


def parts_with_penalty(network: Network, objective: str) -> tuple[str, str] | None:
    """The names of the loss of the data and of the penalty; None where the objective has none."""
    loss = network.loss
    if loss is None or not (loss.l1 or loss.l2) or objective != network.objective:
        return None
    return parts_of_loss(loss)


def of_one_sample(derivation: Derivation, signs: bool = True) -> Derivation:
    """The derivation with the whole penalty, of the first sample if there are any: with several it would be spread over them.

    Without ``signs`` error signals are partials, which saves turning the sign of −∂E/∂s back and forth.
    """
    given = own = derivation.given
    if parts_with_penalty(given, derivation.objective) is not None and len(given.samples) > 1:
        own = unchecked(own, samples=given.samples[:1])
    if not signs and given.signal_sign < 0 and derivation.objective == given.objective:
        own = unchecked(own, signal_sign=1)
    if own is given:
        return derivation
    return derive(own, derivation.objective, derivation.wanted, "matrix" if derivation.network.is_array else "unit")


def _stacked(column: Iterable[Values], share: float) -> Values:
    import numpy as np

    return np.stack([np.asarray(own) for own in column]) * share


def _added(column: Sequence[Values]) -> Values:
    """The sum over samples; of numbers to the last digit."""
    if isinstance(column[0], float) and all(map(math.isfinite, column)):
        return math.fsum(column)
    return sum(column[1:], start=column[0])


def varying_names(over: Iterable[str], program: Program) -> set[str]:
    """The names that differ between samples: the symbols ``over`` the samples and all that reads them."""
    found = set(over)
    for definition in program.definitions:
        if any(read in found for read in definition.reads):
            found.add(definition.name)
    return found
