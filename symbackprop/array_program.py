"""The kinds of definition of which an array program is made, beside `program.Formula`, which goes entry by entry.

Each passes back its share in matrix form: for s = W x + b it is Wᵀ δ to x, δ xᵀ to W and δ to b. The rules are those of
the matrix differential, as in Goodfellow, Bengio and Courville, *Deep Learning* (2016), section 6.5.6.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field

from . import symbolic
from .array_tree import Element, MatMul, Ones, Outer, Placed, Reduce, Shape, Softmax, Transpose
from .rules import UPSTREAM, Partials, Share, gathered, spread, times
from .shapes import shape_of
from .tree import ONE, ZERO, Name, Negative, Product, Quotient, Sum, Tree, names, negative, product, substitute, transposed


@dataclass(frozen=True)
class Linear:
    """name = Σ ± c · term, each term a name, a transpose, A @ B, or an outer product: s = W x + b.

    ``unit`` is the layer whose net input it is, empty for an equation. ``rows`` says that vectors are rows (x Wᵀ) in what
    is passed back; it decides between forms of equal value only.
    """

    name: str
    unit: str
    tree: Tree
    shapes: Mapping[str, Shape]
    rows: bool = False
    reads: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", names(self.tree))

    def partials(self, needed: Container[str]) -> Partials:
        own = self.shapes.get(self.name, ())
        for coefficient, core in linear_terms(self.tree):
            if not any(name in needed for name in names(core)):
                continue
            upstream = gathered(Name(UPSTREAM), own, shape_of(core, self.shapes))
            for name, form in self._passed(core, upstream):
                if name in needed:
                    yield name, Share(scaled(coefficient, form))

    def _passed(self, core: Tree, upstream: Tree) -> Iterator[tuple[str, Tree]]:
        match core:
            case Name():
                yield core.name, upstream
            case Transpose():
                yield from self._to_factor(core, transposed(upstream))
            case MatMul():
                to_left, to_right = self._through_product(core, upstream)
                yield from self._to_factor(core.left, to_left if isinstance(core.left, Name) else transposed(to_left))
                yield from self._to_factor(core.right, to_right if isinstance(core.right, Name) else transposed(to_right))
            case Outer():
                yield from self._to_factor(core.left, MatMul(upstream, core.right))
                yield from self._to_factor(
                    core.right, MatMul(core.left, upstream) if self.rows else MatMul(transposed(upstream), core.left)
                )

    @staticmethod
    def _to_factor(factor: Tree, form: Tree) -> Iterator[tuple[str, Tree]]:
        """A factor is a name, a name transposed, or ones."""
        body = factor.body if isinstance(factor, Transpose) else factor
        if isinstance(body, Name):
            yield body.name, form

    def _through_product(self, core: MatMul, upstream: Tree) -> tuple[Tree, Tree]:
        """The shares of A and B in A @ B, by the numbers of their axes."""
        left, right = core.left, core.right
        match len(shape_of(left, self.shapes)), len(shape_of(right, self.shapes)):
            case 1, 1:
                return product([upstream, right]), product([upstream, left])
            case 2, 1:
                to_right = MatMul(upstream, left) if self.rows else MatMul(transposed(left), upstream)
                return Outer(upstream, right), to_right
            case 1, 2:
                to_left = MatMul(upstream, transposed(right)) if self.rows else MatMul(right, upstream)
                return to_left, Outer(left, upstream)
        return MatMul(upstream, transposed(right)), MatMul(transposed(left), upstream)


def linear_terms(tree: Tree) -> Iterator[tuple[Tree, Tree]]:
    """(coefficient, term) of a sum of scaled terms: what `Linear` holds."""
    for term in tree.terms if isinstance(tree, Sum) else (tree,):
        sign = isinstance(term, Negative)
        body = term.body if isinstance(term, Negative) else term
        coefficient: Tree = ONE
        if isinstance(body, Product):
            *front, body = body.factors
            coefficient = product(front)
        elif isinstance(body, Quotient):
            coefficient, body = Quotient(ONE, body.denominator), body.numerator
        yield negative(coefficient) if sign else coefficient, body


def scaled(coefficient: Tree, tree: Tree) -> Tree:
    """coefficient · tree; a sign alone goes in front."""
    return tree if coefficient == ONE else product([coefficient, tree])


@dataclass(frozen=True)
class Total:
    """name = c · Σ of a formula that goes entry by entry, over all entries or along an axis: E = ½ Σ (z − y)²."""

    name: str
    coefficient: Tree
    inner: Tree
    axis: int | None
    shapes: Mapping[str, Shape]
    reads: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", names(self.inner))

    @property
    def tree(self) -> Tree:
        return scaled(self.coefficient, Reduce(self.inner, self.axis))

    def partials(self, needed: Container[str]) -> Partials:
        formula = scaled(self.coefficient, self.inner)
        patterns, put_in = symbolic.formula_patterns(formula, self.reads, formula)
        whole = shape_of(self.inner, self.shapes)
        upstream = spread(Name(UPSTREAM), self.axis, whole)
        shapes = {**self.shapes, UPSTREAM: self.shapes.get(self.name, ())}
        for name, pattern in zip(self.reads, patterns, strict=True):
            if name in needed and pattern != ZERO:
                form = times(upstream, substitute(pattern, put_in), whole, shapes)
                yield name, Share(gathered(form, whole, self.shapes.get(name, ())))


@dataclass(frozen=True)
class SoftmaxMap:
    """z = softmax(s) along the last axis, or along ``axis``. Its Jacobian diag(z) − z zᵀ passes back z ⊙ (δ − (δᵀ z) 1)."""

    name: str
    unit: str
    argument: str
    shapes: Mapping[str, Shape]
    axis: int = -1

    function = "softmax"

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.argument,)

    @property
    def tree(self) -> Tree:
        return Softmax(Name(self.argument), self.axis)

    def partials(self, needed: Container[str]) -> Partials:
        if self.argument in needed:
            own, upstream = Name(self.name), Name(UPSTREAM)
            shape = self.shapes[self.name]
            if len(shape) == 1:
                weighted: Tree = MatMul(upstream, own)
            elif self.axis == 0:
                weighted = Outer(Ones(shape[:1]), Reduce(Product((upstream, own)), 0))
            else:
                weighted = Outer(Reduce(Product((upstream, own)), 1), Ones(shape[1:]))
            yield self.argument, Share(Product((own, Sum((upstream, Negative(weighted))))))


@dataclass(frozen=True)
class Pick:
    """name = a[i], or a[i][j]: an entry or a row."""

    name: str
    tree: Element
    shapes: Mapping[str, Shape]

    @property
    def reads(self) -> tuple[str, ...]:
        return names(self.tree)

    def partials(self, needed: Container[str]) -> Partials:
        (read,) = self.reads
        if read in needed:
            yield read, Share(Placed(Name(UPSTREAM), self.tree.index, self.shapes[read]))


ArrayForward = Linear | Total | SoftmaxMap | Pick
