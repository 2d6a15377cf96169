"""The kinds of definition that a derivation is made of, each with its local rule.

A program is an ordered list of definitions, forward and then backward; each knows its name,
what it reads, its expression (a tree, built on demand) and, going forward, its partial by each
thing it reads. That local rule is all that `backward` needs of a definition: a new kind, of
whatever shape, is one more class with a rule of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from . import functions, losses, symbolic
from .array_program import Linear, Pick, SoftmaxMap, Total
from .array_tree import Reduce, Shape
from .fields import NET_INPUT, activation_name
from .rules import UPSTREAM, Partials, Share, Slope, gathered, times
from .tree import (
    ONE,
    ZERO,
    Call,
    Derivative,
    Name,
    Negative,
    Product,
    Quotient,
    Sum,
    Tree,
    derivative_name,
    names,
    negative,
    product,
    substitute,
    tidied,
    total,
)


@dataclass(frozen=True, slots=True)
class WeightedSum:
    """s_j = Σ_i w_i z_i + b_j. Its partials are read from its structure: ∂s/∂w_i = z_i, ∂s/∂z_i = w_i, ∂s/∂b = 1."""

    name: str
    unit: str
    terms: tuple[tuple[str, str], ...]  # (source, weight)
    bias: str | None

    @property
    def reads(self) -> Iterator[str]:
        for source, weight in self.terms:
            yield weight
            yield source
        if self.bias is not None:
            yield self.bias

    @property
    def tree(self) -> Tree:
        terms: list[Tree] = [Product((Name(weight), Name(source))) for source, weight in self.terms]
        if self.bias is not None:
            terms.append(Name(self.bias))
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def partials(self, needed: Container[str]) -> Partials:
        for source, weight in self.terms:
            if source in needed:
                yield source, Name(weight)
            if weight in needed:
                yield weight, Name(source)
        if self.bias is not None and self.bias in needed:
            yield self.bias, ONE


@dataclass(frozen=True, slots=True)
class Activation:
    """z_j = f(s_j). ``template`` is f in the local name ``s``; f′ is written in z_j where that is shorter."""

    name: str
    unit: str
    template: Tree
    argument: str

    @property
    def function(self) -> str:
        """The function's name; empty for a formula."""
        return activation_name(self.template)

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.argument,)

    @property
    def tree(self) -> Tree:
        return substitute(self.template, {NET_INPUT: Name(self.argument)})

    def slope(self, output: Tree) -> Tree:
        """f′(s_j), with ``output`` for the unit's own output: its name, or f(s_j) written out."""
        return substitute(_slope_pattern(self.template), {NET_INPUT: Name(self.argument), functions.OUTPUT: output})

    def partials(self, needed: Container[str]) -> Partials:
        if self.argument in needed:
            pattern = _slope_pattern(self.template)
            put_in = {NET_INPUT: Name(self.argument), functions.OUTPUT: Name(self.name)}
            yield self.argument, pattern if pattern == ONE else Slope(pattern, put_in)


@cache
def _slope_pattern(template: Tree) -> Tree:
    """f′ in the local names ``s`` and ``z``, the unit's net input and output."""
    if template == Name(NET_INPUT):
        return ONE
    name = activation_name(template)
    if name:
        assert isinstance(template, Call)
        return substitute(functions.partial(name, 0), functions.with_defaults(template))
    return symbolic.differentiate(template, NET_INPUT)


@dataclass(frozen=True, slots=True)
class Formula:
    """name = any formula of earlier names. SymPy differentiates it, once for all formulas of equal form.

    Of arrays it goes entry by entry; ``shapes`` are those of the program, None where all are scalars.
    """

    name: str
    unit: str  # the unit whose net input it is; empty for an equation
    tree: Tree
    shapes: Mapping[str, Shape] | None = None
    reads: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", names(self.tree))

    def partials(self, needed: Container[str]) -> Partials:
        patterns, put_in = symbolic.formula_patterns(self.tree, self.reads, Name(self.name))
        for name, pattern in zip(self.reads, patterns, strict=True):
            if name not in needed or pattern == ZERO:
                continue
            slope = Slope(pattern, put_in) if pattern.children else substitute(pattern, put_in)
            own, read = (self.shapes.get(self.name, ()), self.shapes.get(name, ())) if self.shapes else ((), ())
            if own == read:
                yield name, slope
                continue
            assert self.shapes is not None
            factor = Derivative(self.name, name) if isinstance(slope, Slope) else slope
            form = times(Name(UPSTREAM), factor, own, {**self.shapes, UPSTREAM: own, derivative_name(self.name, name): own})
            yield name, Share(gathered(form, own, read), slope if isinstance(slope, Slope) else None)


@dataclass(frozen=True, slots=True)
class LossSum:
    """E = coefficient · Σ_o term(z_o, y_o), from the table of losses.

    Over a layer there is one pair, of arrays, and ``width`` is its number of units. ``share`` is the weight of each sample
    where E is a mean over several.
    """

    name: str
    function: str
    outputs: tuple[tuple[str, str], ...]  # (output symbol, target)
    width: int | str = 0
    share: Tree = ONE
    target_of: Mapping[str, str] = field(init=False, repr=False, compare=False)
    repeated: frozenset[str] = field(init=False, repr=False, compare=False)  # outputs with more than one target

    def __post_init__(self) -> None:
        object.__setattr__(self, "target_of", dict(self.outputs))
        counts = Counter(output for output, _ in self.outputs)
        object.__setattr__(self, "repeated", frozenset(output for output, count in counts.items() if count > 1))

    @property
    def reads(self) -> tuple[str, ...]:
        return tuple(name for pair in self.outputs for name in pair)

    @property
    def count(self) -> int | str:
        """The number of outputs of one sample."""
        return self.width or len(self.outputs)

    @property
    def coefficient(self) -> Tree:
        return product([self.share, losses.coefficient(losses.LOSSES[self.function], self.count)])

    @property
    def tree(self) -> Tree:
        loss = losses.LOSSES[self.function]
        terms = [losses.instantiate(loss.term, output, target, self.count) for output, target in self.outputs]
        return product([self.coefficient, Reduce(terms[0]) if self.width else total(terms)])

    def partials(self, needed: Container[str]) -> Partials:
        loss = losses.LOSSES[self.function]
        for output, target in self.outputs:
            for name, text in ((output, loss.slope), (target, loss.target_slope)):
                if name in needed:
                    yield name, self._slope(text, output, target)

    def _slope(self, text: str, output: str, target: str) -> Tree | Share:
        slope = product([self.share, losses.instantiate(text, output, target, self.count)])
        return Share(product([Name(UPSTREAM), slope])) if self.width else slope

    def simplified(self, output: str, activation: str) -> Tree | None:
        """∂E/∂s of an output unit where loss and activation cancel, as sigmoid and cross-entropy do; else None."""
        text = losses.LOSSES[self.function].simplified.get(activation)
        if text is None or output in self.repeated:
            return None
        return product([self.share, losses.instantiate(text, output, self.target_of[output], self.count)])


@dataclass(frozen=True, slots=True)
class SoftmaxUnit:
    """z_j = exp(s_j) / Σ_k exp(s_k) over a layer. ∂z_j/∂s_j = z_j (1 − z_j), ∂z_j/∂s_k = −z_j z_k."""

    name: str
    unit: str
    argument: str
    group: tuple[tuple[str, str], ...]  # (net input, output) of each unit of the layer

    function = "softmax"

    @property
    def reads(self) -> tuple[str, ...]:
        return tuple(net_input for net_input, _ in self.group)

    @property
    def tree(self) -> Tree:
        powers = {net_input: Call("exp", (Name(net_input),)) for net_input, _ in self.group}
        return Quotient(powers[self.argument], total(powers.values()))

    def partials(self, needed: Container[str]) -> Partials:
        for net_input, output in self.group:
            if net_input in needed:
                own, other = {"_own": Name(self.name)}, {"_own": Name(self.name), "_other": Name(output)}
                yield net_input, Slope(_SOFTMAX_OWN, own) if net_input == self.argument else Slope(_SOFTMAX_OTHER, other)


_SOFTMAX_OWN = Product((Name("_own"), Sum((ONE, Negative(Name("_own"))))))
_SOFTMAX_OTHER = Negative(Product((Name("_own"), Name("_other"))))


Forward = WeightedSum | Activation | Formula | LossSum | SoftmaxUnit | Linear | Total | SoftmaxMap | Pick


class Term(NamedTuple):
    """One path's share of a partial: sign · upstream · factor.

    ``upstream`` is the partial by the definition ``through`` that reads the differentiated symbol; it is empty
    where that is the objective itself. ``sign`` is −1 where the upstream is an error signal defined as −∂E/∂s.
    Where ``is_form``, the factor is no factor but the whole share, with `rules.UPSTREAM` in the place of the upstream.
    """

    upstream: str
    factor: Tree
    through: str
    sign: int = 1
    is_form: bool = False

    def share(self, upstream: Tree) -> Tree:
        """What arrives through this path, for what comes from above; the sign is not in it."""
        if self.is_form:
            return filled(self.factor, upstream)
        return product([upstream, self.factor])


def filled(form: Tree, upstream: Tree) -> Tree:
    """A share with what comes from above in its place; a factor 1 from the objective itself goes."""
    return tidied(substitute(form, {UPSTREAM: upstream}))


@dataclass(frozen=True, slots=True)
class LocalDerivative:
    """∂of/∂wrt of one definition by one thing it reads, where it is more than a name or a number."""

    of: str
    wrt: str
    slope: Slope

    @property
    def name(self) -> str:
        return derivative_name(self.of, self.wrt)

    @property
    def tree(self) -> Tree:
        return self.slope.tree

    @property
    def reads(self) -> tuple[str, ...]:
        return names(self.tree)


@dataclass(frozen=True, slots=True)
class Partial:
    """∂objective/∂wrt = Σ over the definitions that read wrt: (partial by the definition) · (its local derivative)."""

    of: str
    wrt: str
    terms: tuple[Term, ...]

    @property
    def name(self) -> str:
        return derivative_name(self.of, self.wrt)

    @property
    def reads(self) -> tuple[str, ...]:
        return names(self.tree)

    @property
    def tree(self) -> Tree:
        return chain_rule(self.of, self.terms)


@dataclass(frozen=True, slots=True)
class ErrorSignal:
    """δ_j = ∂E/∂s_j, or −∂E/∂s_j with ``sign`` −1: what the loss feels of unit j's net input. Document 003; 000 with the minus."""

    of: str
    wrt: str
    unit: str
    terms: tuple[Term, ...]
    sign: int = 1  # δ = sign · ∂E/∂s
    simplified: bool = False  # loss and activation cancelled

    @property
    def name(self) -> str:
        return f"delta_{self.unit}"

    @property
    def reads(self) -> tuple[str, ...]:
        return names(self.tree)

    @property
    def tree(self) -> Tree:
        return chain_rule(self.of, self.terms, self.sign)


def upstream_factor(of: str, term: Term) -> Tree:
    """The first factor of a term: the error signal or partial by the definition it comes through; 1 from the objective itself."""
    if not term.upstream:
        return ONE
    by_definition = Derivative(of, term.through)
    return by_definition if by_definition.name == term.upstream else Name(term.upstream)


def chain_rule(of: str, terms: tuple[Term, ...], sign: int = 1) -> Tree:
    """sign · Σ over the terms: (partial by the reader) · (the reader's local derivative)."""
    parts = []
    for term in terms:
        part = term.share(upstream_factor(of, term)) if term.upstream or term.is_form else term.factor
        parts.append(negative(part) if term.sign * sign < 0 else part)
    return total(parts)


@dataclass(frozen=True, slots=True)
class Update:
    """Δw = −η ∂E/∂w (+η in ascent). All updates are simultaneous: none is applied before all partials are known (document 001)."""

    parameter: str
    objective: str
    ascent: bool

    @property
    def name(self) -> str:
        return f"Delta_{self.parameter}"

    @property
    def gradient(self) -> str:
        return derivative_name(self.objective, self.parameter)

    @property
    def reads(self) -> tuple[str, ...]:
        return ("learning_rate", self.gradient)

    @property
    def tree(self) -> Tree:
        step = Product((Name("learning_rate"), Derivative(self.objective, self.parameter)))
        return step if self.ascent else negative(step)


Definition = Forward | LocalDerivative | Partial | ErrorSignal | Update


@dataclass(frozen=True)
class Program:
    """The forward pass: definitions in order, each reading given symbols and earlier definitions only."""

    given: tuple[str, ...]
    definitions: tuple[Forward, ...]
    shapes: Mapping[str, Shape] = field(default_factory=dict)  # of every symbol of an array program; empty where all are scalars

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {definition.name: definition for definition in self.definitions})

    by_name: Mapping[str, Forward] = None  # type: ignore[assignment]  # set above
