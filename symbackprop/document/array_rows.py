"""Equations of arrays, written with whole arrays (matrix level) or with their entries and letters for indices (index level)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise

from ..array_tree import IndexSum, Outer, Placed, Shape
from ..arrays import element_name
from ..derivation import Derivation
from ..elements import Index, element
from ..numbers import Worked
from ..program import Activation, ErrorSignal, Partial
from ..shapes import shape_of
from ..terms import opened
from ..tree import (
    ONE,
    Derivative,
    Name,
    Negative,
    Product,
    Quotient,
    Tree,
    fold,
    names,
    product,
    rebuild,
    substitute,
    tidied,
    total,
)
from .array_numbers import worked_out
from .array_symbols import IDENTITY
from .levels import INDEX
from .model import Equation
from .notation import slope_tree
from .oriented import sums
from .page import Page, Steps
from .scripts import split_index


def row(
    page: Page,
    left: Tree,
    trees: Iterable[Tree],
    role: str = "",
    working: Tree | None = None,
    among: Mapping[str, Worked] | None = None,
    shaped: int = 1,
) -> Equation:
    """left = tree = tree …, each of arrays.

    Where ``role`` is a colour, numbers follow at the matrix level, worked out by ``working`` (by default the last tree).
    ``shaped`` is the number of the tree, from 1, that is shown with shapes.
    """
    sides = list(trees)
    if page.level == INDEX:
        return in_entries(page, left, sides)
    shown = _distinct([page.oriented(left), *map(page.oriented, sides)])
    steps: Steps = tuple(("=", tree) for tree in shown[1:])
    if role and isinstance(left, Name | Derivative):
        own = working if working is not None else page.in_outputs(sides[-1])
        steps = (*steps, *worked_out(page, own, left.name, role, page.numbers if among is None else among))
    return Equation(shown[0], steps, shaped)


def in_entries(page: Page, left: Tree, trees: Iterable[Tree], written: Iterable[Tree] = ()) -> Equation:
    """The same in entries: letters for the indices, Σ for the sums; ``written`` are sides that are in these letters already."""
    shape = shape_of(left, page.notation.shapes)
    index = page.index(shape)
    sides = _distinct([entry(page, left, index), *written, *(entry(page, tree, index) for tree in trees)])
    return Equation(sides[0], tuple(("=", tree) for tree in sides[1:]), ranges=ranges(index, shape))


def ranges(index: tuple[str, ...], shape: Shape) -> tuple[tuple[str, int | str], ...]:
    """What each letter of an index runs to."""
    return tuple((letter, length) for letter, length in zip(index, shape, strict=True) if not letter.isdigit())


def entry(page: Page, tree: Tree, index: Index) -> Tree:
    """The entry of ``tree`` at ``index``, with sums as Σ; of a smaller array the entry that stands there."""
    placed = {f"{IDENTITY}{at}": (length,) for node in _placed(tree) for at, length in zip(node.index, node.shape, strict=False)}
    shapes = {**page.notation.shapes, **placed}
    own = shape_of(tree, shapes)
    where = tuple(0 if length == 1 else i for length, i in zip(own, index[len(index) - len(own) :], strict=True))
    rest = iter(letter for letter in page.notation.letters if letter not in index)
    found = tidied(element(_in_unit_vectors(tree) if placed else tree, where, shapes, sums(rest)))
    units = {name: split_index(name) for name in names(found) if split_index(name)[0] in placed}
    columns = {name: element_name(IDENTITY, (own[0], base.removeprefix(IDENTITY))) for name, (base, own) in units.items()}
    return _relettered(substitute(found, {name: Name(column) for name, column in columns.items()}), page.notation.letters, index)


def _relettered(tree: Tree, letters: Index, taken: Index) -> Tree:
    """``tree`` with the first letters that are free for each sum: sums beside one another have the same ones.

    Recurses as deep as sums are nested in one formula.
    """

    def again(node: Tree, used: Index) -> Tree:
        if not isinstance(node, IndexSum):
            return rebuild(node, [again(child, used) for child in node.children]) if node.children else node
        letter = next(str(own) for own in letters if own not in used)
        return IndexSum(again(_with_letter(node.body, node.index, letter), (*used, letter)), letter, node.last)

    return again(tree, taken)


def _with_letter(tree: Tree, old: str, new: str) -> Tree:
    """``tree`` with one letter of its indices in the place of another."""

    def name(own: str) -> str:
        base, index = split_index(own)
        return element_name(base, tuple(new if letter == old else letter for letter in index))

    def write(node: Tree, children: list[Tree]) -> Tree:
        match node:
            case Name():
                return Name(name(node.name))
            case Derivative():
                return Derivative(name(node.of), name(node.wrt), node.direct)
        return rebuild(node, children) if children else node

    return fold(tree, write)


def _placed(tree: Tree) -> list[Placed]:
    found, stack = [], [tree]
    while stack:
        node = stack.pop()
        found.extend([node] if isinstance(node, Placed) else [])
        stack.extend(node.children)
    return found


def _in_unit_vectors(tree: Tree) -> Tree:
    """What stands at one place of an array of zeros as a product with unit vectors, whose entries letters can name."""

    def write(node: Tree, children: list[Tree]) -> Tree:
        if not isinstance(node, Placed):
            return rebuild(node, children) if children else node
        units = [Name(f"{IDENTITY}{at}") for at in node.index]
        if len(units) < len(node.shape):
            return Outer(units[0], children[0])
        return Product((children[0], units[0] if len(units) == 1 else Outer(units[0], units[1])))

    return fold(tree, write)


def _distinct(trees: list[Tree]) -> list[Tree]:
    return [trees[0], *(after for before, after in pairwise(trees) if after != before)]


# What the backward pass says, without the ones that a sum of losses leaves behind.


def partial_tree(page: Page, definition: Partial | ErrorSignal) -> Tree:
    """The partial or error signal in the error signals and partials that it reads, slopes as the notation has them."""
    return page.slopes(signs_in_front(without_ones(page.derivation, _opened(page.derivation, definition))))


def with_primes(page: Page, definition: Partial | ErrorSignal) -> Tree:
    """The same with f′(s) for the slopes of activations that have a name."""
    derivation = page.derivation
    tree = signs_in_front(without_ones(derivation, _opened(derivation, definition)))
    primes: dict[str, Tree] = {}
    for name in names(tree):
        local = derivation.local_derivatives.get(name)
        own = derivation.program.by_name[local.of] if local is not None else None
        if isinstance(own, Activation) and own.function:
            primes[name] = slope_tree(own, "prime")
    return page.slopes(substitute(tree, primes))


def working_tree(page: Page, definition: Partial | ErrorSignal) -> Tree:
    """The expression by which numbers are worked out: slopes in the outputs of units."""
    return page.in_outputs(without_ones(page.derivation, _opened(page.derivation, definition)))


def _opened(derivation: Derivation, definition: Partial | ErrorSignal) -> Tree:
    """An error signal with the partial by its own layer's output put in place, where that is one factor."""
    if isinstance(definition, ErrorSignal) and not any(term.is_form for term in definition.terms):
        return opened(derivation, definition)
    return definition.tree


def signs_in_front(tree: Tree) -> Tree:
    """−(y/z) for (−y)/z, so that two signs can meet."""

    def move(node: Tree, children: list[Tree]) -> Tree:
        if isinstance(node, Quotient) and isinstance(children[0], Negative):
            return Negative(Quotient(children[0].body, children[1]))
        return rebuild(node, children) if children else node

    return tidied(fold(tree, move))


def without_ones(derivation: Derivation, tree: Tree) -> Tree:
    """``tree`` without the partials that are 1, those of the parts of a loss that are added."""
    ones = _ones(derivation)
    return tidied(substitute(tree, ones)) if ones else tree


@lru_cache(maxsize=4)
def _ones(derivation: Derivation) -> Mapping[str, Tree]:
    ones: dict[str, Tree] = {}
    for definition in derivation.backward_pass:
        if isinstance(definition, Partial) and substitute(definition.tree, ones) == ONE:
            ones[definition.name] = ONE
    return ones


def chain_rule_in_entries(page: Page, definition: Partial | ErrorSignal) -> Tree | None:
    """Σ over what reads a symbol of (partial by the reader) · (the reader's partial by the symbol), in index letters.

    Which indices are summed over is read from the readers' own entries: s_j = Σ_k w_jk z_k reads z_k in every row j, and
    w_jk in row j only. None where a reader reads the symbol in two ways, or is the objective itself.
    """
    shapes, letters = page.notation.shapes, page.notation.letters
    read = definition.wrt
    target = page.index(shapes.get(read, ()))
    parts = []
    for through in dict.fromkeys(term.through for term in definition.terms):
        reader = page.derivation.program.by_name[through]
        if through == definition.of or not shapes.get(through):
            return None
        free = letters[len(target) :]
        own = tuple("0" if length == 1 else letter for letter, length in zip(free, shapes[through], strict=False))
        body = element(reader.tree, own, shapes, sums(iter(free[len(own) :])))
        places = {index for base, index in map(split_index, names(body)) if base == read}
        if not places or any(place != target and _is_fixed(place, target) for place in places):
            return None
        bound = min(({letter: where for letter, where in zip(p, target, strict=True) if letter in own} for p in places), key=len)
        if any(not _covers(bound, place, target, own) for place in places):
            return None
        bound["0"] = "0"
        summed = dict(zip((letter for letter in own if letter not in bound), free, strict=False))
        index = tuple(bound.get(letter) or summed[letter] for letter in own)
        upper, lower = element_name(through, index), element_name(read, target)
        part: Tree = product([Derivative(definition.of, upper), Derivative(upper, lower)])
        for letter, length in reversed(list(zip(own, shapes[through], strict=True))):
            if letter in summed:
                part = IndexSum(part, summed[letter], length)
        parts.append(part)
    return total(parts)


def _is_fixed(place: Index, target: Index) -> bool:
    """Whether a symbol is read at one index only, where it has several."""
    return any(str(own).isdigit() and own != wanted for own, wanted in zip(place, target, strict=True))


def _covers(bound: Mapping[str, str], place: Index, target: Index, own: Shape) -> bool:
    """Whether a sum over the reader's indices that are not ``bound`` reaches a ``place`` at which the symbol is read."""
    here = {letter: where for letter, where in zip(place, target, strict=True) if letter in own}
    return all(here.get(letter) == where for letter, where in bound.items())
