"""The slopes of a softmax, and how a loss and the activation of the last layer cancel until z − y is left, written in entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from ..array_program import SoftmaxMap
from ..array_tree import IndexSum
from ..arrays import element_name
from ..program import Activation, ErrorSignal
from ..tree import Call, Derivative, Name, Negative, Number, Power, Product, Quotient, Sum, Tree, negative, product
from . import words
from .array_rows import entry, ranges, signs_in_front, without_ones
from .array_symbols import IDENTITY
from .model import Block, Equation, Equations, Math, Paragraph
from .page import Page

_TWO = Number(Fraction(2))


class _Letters(NamedTuple):
    """Letters for the entries of a softmax: j and k along its axis, and ``at``, which gives the whole index."""

    j: str
    k: str
    other: str
    at: Callable[[str], tuple[str, ...]]
    length: int | str
    row: tuple[tuple[str, int | str], ...]  # the index of the row, of a matrix


def _letters(page: Page, own: SoftmaxMap) -> _Letters:
    shape = page.notation.shapes[own.name]
    if len(shape) == 1:
        j, k, other = page.notation.letters[:3]
        return _Letters(j, k, other, lambda letter: (letter,), shape[0], ())
    row, j, k, other = page.notation.letters[:4]
    axis = own.axis % 2
    at = (lambda letter: (row, letter)) if axis else (lambda letter: (letter, row))
    return _Letters(j, k, other, at, shape[axis], ((row, shape[1 - axis]),))


def softmax_slopes(page: Page) -> Iterator[Block]:
    """The Jacobian of the first softmax of a program: every output reads every net input."""
    own = next((d for d in page.derivation.program.definitions if isinstance(d, SoftmaxMap)), None)
    if own is None:
        return
    letters = _letters(page, own)
    s, z = _entries(own.argument, letters), _entries(own.name, letters)
    power = {letter: Call("exp", (Name(name),)) for letter, name in s.items()}
    equal = Name(element_name(IDENTITY, (letters.k, letters.j)))
    below = IndexSum(power[letters.other], letters.other, letters.length)
    both = product([power[letters.k], power[letters.j]])
    by_quotient_rule = Sum((Quotient(product([equal, power[letters.k]]), below), Negative(Quotient(both, Power(below, _TWO)))))
    steps = (by_quotient_rule, _jacobian(own, letters))
    over = (*letters.row, (letters.j, letters.length), (letters.k, letters.length))
    yield Paragraph(words.fill(words.SOFTMAX_JACOBIAN, identity=Math(equal)))
    yield Equations((Equation(Derivative(z[letters.k], s[letters.j]), _equal(steps), ranges=over),))


def _entries(name: str, letters: _Letters) -> dict[str, str]:
    return {letter: element_name(name, letters.at(letter)) for letter in (letters.j, letters.k, letters.other)}


def _jacobian(own: SoftmaxMap, letters: _Letters) -> Product:
    """∂z_k/∂s_j = z_k (I_kj − z_j)."""
    z = _entries(own.name, letters)
    equal = Name(element_name(IDENTITY, (letters.k, letters.j)))
    return Product((Name(z[letters.k]), Sum((equal, Negative(Name(z[letters.j]))))))


def steps_before(page: Page, signal: ErrorSignal) -> Iterator[Block]:
    """What leads to the error signal of a layer with a softmax, or of one whose activation cancels against the loss."""
    if len(signal.terms) != 1:
        return
    own = page.derivation.program.by_name.get(signal.terms[0].through)
    if isinstance(own, SoftmaxMap):
        yield from _through_softmax(page, signal, own)
    elif isinstance(own, Activation) and signal.simplified:
        yield from _entry_by_entry(page, signal, own)


def _entry_by_entry(page: Page, signal: ErrorSignal, own: Activation) -> Iterator[Block]:
    shape = page.notation.shapes[own.name]
    index = page.index(shape)
    s, z = element_name(own.argument, index), element_name(own.name, index)
    steps = (
        product([Derivative(signal.of, z), Derivative(z, s)]),
        product([_by_output(page, own.name, index), entry(page, own.slope(Name(own.name)), index)]),
        entry(page, signal.terms[0].factor, index),
    )
    yield Paragraph((words.CANCELS,))
    yield Equations((Equation(Derivative(signal.of, s), _equal(steps), ranges=ranges(index, shape)),))


def _through_softmax(page: Page, signal: ErrorSignal, own: SoftmaxMap) -> Iterator[Block]:
    """The chain rule over all outputs; with the cross-entropy it cancels, since the targets of a sample add up to 1."""
    letters = _letters(page, own)
    j, k = letters.j, letters.k
    s, z = _entries(own.argument, letters), _entries(own.name, letters)
    jacobian = _jacobian(own, letters)
    equal = Name(element_name(IDENTITY, (k, j)))

    def over_outputs(tree: Tree) -> Tree:
        return IndexSum(tree, k, letters.length)

    by_symbol = Derivative(signal.of, z[k])
    steps = [over_outputs(product([by_symbol, Derivative(z[k], s[j])]))]
    if signal.simplified:
        by_output = _by_output(page, own.name, letters.at(k))
        steps.append(over_outputs(product([by_output, jacobian])))
        *share, last = (
            by_output.body.factors if isinstance(by_output, Negative) and isinstance(by_output.body, Product) else (by_output,)
        )
        match last.body if isinstance(last, Negative) else last:
            case Quotient(Name() as target, Name(below)) if below == z[k] and isinstance(by_output, Negative):
                at_j = entry(page, Name(target.name.partition("[")[0]), letters.at(j))
                turned = over_outputs(product([target, Sum((Name(z[j]), Negative(equal)))]))
                collected = Sum((product([over_outputs(target), Name(z[j])]), Negative(at_j)))
                steps.extend((product([*share, turned]), product([*share, collected])))
        steps.append(entry(page, signal.terms[0].factor, letters.at(j)))
    else:
        steps.append(over_outputs(product([by_symbol, jacobian])))
        own_partial = without_ones(page.derivation, signal.tree)
        steps.append(entry(page, negative(own_partial) if signal.sign < 0 else own_partial, letters.at(j)))
    yield Paragraph((words.SOFTMAX_CANCELS if signal.simplified else words.SOFTMAX_CHAIN,))
    over = (*letters.row, (j, letters.length))
    yield Equations((Equation(Derivative(signal.of, s[j]), _equal(steps), ranges=over),))


def _by_output(page: Page, output: str, index: tuple[str, ...]) -> Tree:
    """The loss's partial by an entry of the last layer's output."""
    return entry(page, signs_in_front(without_ones(page.derivation, page.derivation.partials[output].tree)), index)


def _equal(trees: Sequence[Tree]) -> tuple[tuple[str, Tree], ...]:
    return tuple(("=", tree) for tree in trees)
