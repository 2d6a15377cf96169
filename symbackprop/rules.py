"""What a definition tells the backward pass about each thing it reads.

A scalar definition gives a local derivative, which multiplies what comes from above. An array's share is not always
such a product: W x passes Wᵀ δ back. Then the definition gives the whole share, as a tree in which a name stands for
what comes from above.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .array_tree import Ones, Outer, Reduce, Shape
from .shapes import shape_of
from .tree import Product, Tree, product, substitute

UPSTREAM = "_upstream"  # in a share: the objective's partial by the definition, an array of the definition's shape


class Slope(NamedTuple):
    """A local derivative as a pattern and what to put into it: the tree is made when someone reads it, not before."""

    pattern: Tree
    put_in: Mapping[str, Tree]

    @property
    def tree(self) -> Tree:
        return substitute(self.pattern, self.put_in)


class Share(NamedTuple):
    """What a read symbol gets, as a tree in `UPSTREAM`; ``slope``, if any, is what the local derivative in it stands for."""

    form: Tree
    slope: Slope | None = None


# (what is read, the derivative by it) for each symbol that a definition reads and that is needed.
Partials = Iterable[tuple[str, "Tree | Slope | Share"]]


def gathered(tree: Tree, have: Shape, want: Shape) -> Tree:
    """The reverse of broadcasting: what arrives at an array of shape ``want`` that was spread to ``have`` is summed."""
    if have == want:
        return tree
    if not want:
        return Reduce(tree)
    if len(have) > len(want):
        return gathered(Reduce(tree, 0), have[1:], want)
    if len(have) == 1 or want == (1, 1):
        return Product((Reduce(tree), Ones(want)))
    return Outer(Reduce(tree, 1), Ones((1,))) if want[1] == 1 else Outer(Ones((1,)), Reduce(tree, 0))


def spread(tree: Tree, axis: int | None, shape: Shape) -> Tree:
    """The reverse of a sum: what arrives at the sum along ``axis`` goes to each summand of an array of ``shape``."""
    if axis == 1:
        return Outer(tree, Ones(shape[1:]))
    return tree  # broadcasting does the rest


def times(upstream: Tree, slope: Tree, shape: Shape, shapes: Mapping[str, Shape]) -> Tree:
    """upstream · slope entry by entry, brought to ``shape`` where both are smaller. ``shapes`` must know `UPSTREAM`."""
    result = product([upstream, slope])
    return result if shape_of(result, shapes) == shape else product([result, Ones(shape)])
