"""From units to matrices: one product of the network entry by entry, with indices, and as a product of arrays.

This is where the transposes come from. Every equation is read from a derivation: those with entries from that of a small
network of the same kind, those with indices and arrays from the network's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..array_tree import Element, IndexSum, MatMul, Shape, Transpose
from ..arrays import element_name, indices
from ..derivation import Derivation
from ..elements import element
from ..program import ErrorSignal, Partial
from ..tree import Derivative, Name, Sum, Tree, fold, names, negative, product, rebuild, substitute, total
from . import words
from .array_numbers import in_rows, turned, widest_matrix
from .array_rows import chain_rule_in_entries, entry, in_entries, partial_tree, row, with_primes, without_ones
from .array_symbols import page_shapes
from .levels import MATRIX, is_batch
from .model import OF_ARRAYS, OF_SMALL, Block, Equation, Equations, Math, Paragraph, Section
from .oriented import oriented
from .page import Page
from .scripts import split_index
from .small_case import Connection, connection, has, small_case

MAX_LINE = 36.0  # em of two matrices that stand on the two sides of a relation
_RELATION = 2.0  # em of a line that they leave for it
_TURNED = "transpose of "  # stands before a name for its transpose, until the entries are written


def to_matrices_section(page: Page) -> Section | None:
    """The section; None where no product of matrices is differentiated."""
    arrays = page.arrays
    found = None if arrays is None or is_batch(arrays) else connection(arrays)
    if arrays is None or found is None:
        return None
    own = replace(page, derivation=arrays, level=MATRIX)
    small = small_case(arrays)
    blocks: list[Block] = [Paragraph((words.TO_MATRICES_INTRO,))]
    if small is not None:
        blocks.extend(_entry_by_entry(own, small, found))
    blocks.extend(_with_indices(own, found))
    blocks.extend(_as_arrays(own, found))
    return Section(words.TO_MATRICES, tuple(blocks))


def _readers(derivation: Derivation, found: Connection) -> list[str]:
    """Every definition through which the first factor acts; a factor that several read gets a share from each."""
    through = dict.fromkeys(term.through for term in derivation.partials[found.reads[0]].terms)
    return [name for name in through if derivation.program.shapes.get(name)]


# Entry by entry.


def _entry_by_entry(page: Page, small: Derivation, found: Connection) -> Iterator[Block]:
    shapes = page_shapes(small)
    program = small.program.by_name
    if shapes[found.reader] == page.notation.shapes[found.reader]:
        yield Paragraph((words.SMALL_FORWARD,))
    else:
        lengths = {name: words.TIMES.join(map(str, shapes[name])) for name in (found.reader, found.reads[0])}
        names_of = {"reader": Math(Name(found.reader)), "read": Math(Name(found.reads[0]))}
        sizes = {"reader_size": lengths[found.reader], "read_size": lengths[found.reads[0]]}
        yield Paragraph(words.fill(words.SMALL_NETWORK, **names_of, **sizes))
    rows: list[Equation] = []
    for reader in _readers(small, found):
        own = [(element_name(reader, index), index) for index in indices(shapes[reader])]
        rows.extend(Equation(Name(name), (("=", element(program[reader].tree, index, shapes)),)) for name, index in own)
    yield Equations(tuple(rows), holds=OF_SMALL)
    for read in found.reads:
        yield from _backward_entries(page, small, read, shapes)


def _backward_entries(page: Page, small: Derivation, read: str, shapes: Mapping[str, Shape]) -> Iterator[Block]:
    partial = small.partials[read]
    tree = without_ones(small, partial.tree)
    left, right, rows = [], [], []
    several = False
    for index in indices(shapes.get(read, ())):
        name = element_name(read, index)
        left.append(Derivative(partial.of, name))
        right.append(element(tree, index, shapes))
        chain = _chain_rule(small, partial, name, shapes)
        several = several or isinstance(chain, Sum)
        rows.append(Equation(left[-1], tuple(("=", side) for side in (chain, right[-1]) if side is not None)))
    yield Paragraph(words.fill(words.SMALL_BACKWARD if several else words.SMALL_BACKWARD_ONE, read=Math(Name(read))))
    yield Equations(tuple(rows), holds=OF_SMALL)
    collected = _in_matrices(page, tree, shapes)
    places, results = in_rows(page, shapes[read], left), in_rows(page, shapes[read], right)
    room = min(MAX_LINE, page.width - _RELATION) - widest_matrix(page, places)
    if collected is not None and widest_matrix(page, collected) <= room:
        sides = (results, collected) if widest_matrix(page, results) <= room else (collected,)
        yield Paragraph(words.fill(words.SMALL_COLLECTED, read=Math(Name(read))))
        yield Equations((Equation(places, tuple(("=", side) for side in sides)),), holds=OF_SMALL)


def _chain_rule(small: Derivation, definition: Partial | ErrorSignal, name: str, shapes: Mapping[str, Shape]) -> Tree | None:
    """One product for each entry that reads ``name``; None where the objective itself does."""
    parts = []
    for through in dict.fromkeys(term.through for term in definition.terms):
        if through == definition.of or not shapes.get(through):
            return None
        reader = small.program.by_name[through]
        for index in indices(shapes[through]):
            if name in names(element(reader.tree, index, shapes)):
                upper = element_name(through, index)
                parts.append(product([Derivative(definition.of, upper), Derivative(upper, name)]))
    return total(parts)


def _in_matrices(page: Page, tree: Tree, shapes: Mapping[str, Shape]) -> Tree | None:
    """A product of arrays with each array as the matrix of its entries; None where there is no product."""
    formula = oriented(tree, shapes, page.notation.rows, page.notation.letters)
    if not has(formula, MatMul) or has(formula, IndexSum):
        return None

    def write(node: Tree, children: list[Tree]) -> Tree:
        shape = shapes.get(node.name, ()) if isinstance(node, Name | Derivative) else ()
        if shape:
            return in_rows(page, shape, [element(node, index, shapes) for index in indices(shape)])
        return rebuild(node, children) if children else node

    return turned(fold(formula, write))


# With indices, and as arrays.


def _with_indices(page: Page, found: Connection) -> Iterator[Block]:
    """The same for any unit: the chain rule as a sum, and the sum read as a product of arrays."""
    program = page.derivation.program.by_name
    yield Paragraph((words.GENERAL,))
    rows = [in_entries(page, Name(reader), [program[reader].tree]) for reader in _readers(page.derivation, found)]
    turned_about = False
    for read in found.reads:
        partial = page.derivation.partials[read]
        tree = without_ones(page.derivation, partial.tree)
        shape = page.notation.shapes.get(read, ())
        index = page.index(shape)
        chain = chain_rule_in_entries(page, partial)
        plain = entry(page, tree, index)
        sides = [*([chain] if chain is not None else []), plain]
        if shape and has(page.oriented(tree), MatMul):
            in_transposes = _with_transposes(page, tree, index)
            turned_about = turned_about or in_transposes != plain
            sides.extend([in_transposes] if in_transposes != plain else [])
            sides.append(Element(page.oriented(tree), index))
        rows.append(in_entries(page, Derivative(partial.of, read), [], sides))
    yield Equations(tuple(rows), holds=OF_ARRAYS)
    from_to = page.derivation.network.weight_order == "from to" and page.derivation.network.layers
    about = words.TURNED_ABOUT_FROM_TO if from_to else words.TURNED_ABOUT
    yield Paragraph((about if turned_about else words.INNER_INDEX,))


def _with_transposes(page: Page, tree: Tree, index: tuple[str, ...]) -> Tree:
    """The entry with (Wᵀ)_jk where W_kj stands: then the sum runs over indices side by side, as in a product of matrices."""
    shapes = {**page.notation.shapes, **{_TURNED + name: shape[::-1] for name, shape in page.notation.shapes.items()}}

    def mark(node: Tree, children: list[Tree]) -> Tree:
        match node:
            case Transpose(Name(name)):
                return Name(_TURNED + name)
        return rebuild(node, children) if children else node

    marked = entry(replace(page, notation=replace(page.notation, shapes=shapes)), fold(tree, mark), index)
    put_in: dict[str, Tree] = {}
    for name in names(marked):
        if name.startswith(_TURNED):
            base, own = split_index(name.removeprefix(_TURNED))
            put_in[name] = Element(Transpose(Name(base)), own)
    return substitute(marked, put_in)


def _as_arrays(page: Page, found: Connection) -> Iterator[Block]:
    """The whole arrays, and the error signal that comes next."""
    derivation = page.derivation
    program = derivation.program.by_name
    yield Paragraph((words.WHOLE_ARRAYS,))
    rows = [row(page, Name(reader), (program[reader].tree,)) for reader in _readers(derivation, found)]
    for read in found.reads:
        partial = derivation.partials[read]
        rows.append(row(page, Derivative(partial.of, read), (without_ones(derivation, partial.tree),)))
    signals = [d for d in derivation.backward_pass if isinstance(d, ErrorSignal) and any(t.through in found.reads for t in d.terms)]
    for signal in signals:
        symbol = Derivative(signal.of, signal.wrt)
        sides = (negative(symbol) if signal.sign < 0 else symbol, with_primes(page, signal), partial_tree(page, signal))
        rows.append(row(page, Name(signal.name), sides[:2] if sides[1] != sides[2] else (sides[0], sides[2]), shaped=2))
    yield Equations(tuple(rows), holds=OF_ARRAYS)
