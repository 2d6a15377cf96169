"""The flow of error signals: the network the other way round, each edge with the factor by which what arrives is multiplied.

An error signal is the sum over the arrows that reach it: the signal at the other end times the factor. Where there are no
units, the partials of all definitions take the place of error signals; of whole arrays an arrow has the whole share.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from ...derivation import Derivation
from ...numbers import printed
from ...precise import value
from ...program import Activation, ErrorSignal, Partial, Term, upstream_factor
from ...tree import ONE, Derivative, Name, Tree, negative, product, total
from ..levels import MATRIX
from ..notation import slope_tree
from ..page import Page
from .graph import Edge, Graph, Node, Note
from .network_graph import MAX_LABELLED, MAX_VALUED, Maker, longest_ways
from .time_graph import general_graph, is_earlier

_MOST_NODES = 60
_LONGEST = 13.0  # em of a factor; a longer one is written with the symbol of its derivative


class Way(NamedTuple):
    """One way back: from the error signal or partial ``start`` (the objective itself where it is empty), times a factor."""

    start: str
    factor: Tree  # as it is printed
    worked: Tree  # the same, written out for its value


def signal_graph(page: Page) -> Graph | None:
    """The graph of what flows back; None where there is too much of it, or nothing."""
    given = page.derivation.given
    if given.equations and given.steps is not None:
        return _of_step(page)
    if given.equations and page.arrays is not None and page.derivation is not page.arrays:
        page = replace(page, derivation=page.arrays, level=MATRIX)
    derivation = page.derivation
    quantities = _quantities(derivation)
    if not quantities or len(quantities) > _MOST_NODES:
        return None
    ways = {own.name: list(_merged(page, own)) for own in quantities}
    count = sum(map(len, ways.values()))
    objective = derivation.objective
    depth = longest_ways([own.name for own in quantities], {name: [way.start for way in own] for name, own in ways.items()})
    deepest = max(depth.values())
    maker = Maker(page)
    numeric = count <= MAX_VALUED and not is_dense(ways.values())
    nodes = [Node(objective, maker.letters.symbol(objective), "loss", deepest + 1)]
    edges = []
    for own in quantities:
        label = Name(own.name) if isinstance(own, ErrorSignal) else Derivative(own.of, own.wrt)
        nodes.append(
            Node(own.name, maker.letters.tree(label), "unit", deepest - depth[own.name], tuple(_value(page, own.name, count)))
        )
        for way in ways[own.name]:
            above = _factor(maker, page, way, own) if count <= MAX_LABELLED else None
            below = _factor_value(page, way) if numeric else None
            edges.append(Edge(own.name, way.start or objective, above, below, back=True))
    return Graph(tuple(reversed(nodes)), tuple(edges))


def _of_step(page: Page) -> Graph:
    """The general step the other way round: the gradient by each definition, and by what comes from earlier steps."""
    graph = general_graph(page)
    letters, objective = Maker(page).letters, page.derivation.given.objective
    nodes = [
        Node(
            node.name,
            letters.tree(Derivative(objective, node.name) if node.name != objective else Name(objective)),
            node.kind,
            node.column,
        )
        for node in graph.nodes
        if node.kind != "given" or is_earlier(node.name)
    ]
    names = {node.name for node in nodes}
    edges = (Edge(edge.source, edge.target, back=True) for edge in graph.edges if {edge.source, edge.target} <= names)
    return Graph(tuple(nodes), tuple(edges))


def _quantities(derivation: Derivation) -> list[ErrorSignal | Partial]:
    """The error signals; without units the partials of definitions."""
    if derivation.signals:
        return list(derivation.signals.values())
    return [
        own
        for own in derivation.backward_pass
        if isinstance(own, Partial) and (own.wrt in derivation.program.by_name or not derivation.program.shapes)
    ]


def _value(page: Page, name: str, count: int) -> Iterator[Note]:
    if name in page.numbers and count <= MAX_VALUED:
        yield Note(Maker(page).letters.relation(_symbol(page, name), page.sign(name), page.numbers[name].number), "gradient")


def _symbol(page: Page, name: str) -> Tree:
    own = page.derivation.by_name[name]
    return Derivative(own.of, own.wrt) if isinstance(own, Partial) else Name(name)


def _merged(page: Page, quantity: ErrorSignal | Partial) -> Iterator[Way]:
    """The ways into a quantity, those from the same start added."""
    found: dict[str, list[Way]] = {}
    sign = quantity.sign if isinstance(quantity, ErrorSignal) else 1
    for way in _ways(page, quantity.terms):
        found.setdefault(way.start, []).append(way if sign * _sign_of(page, way) > 0 else _turned(way))
    for start, own in found.items():
        yield Way(start, total(way.factor for way in own), total(way.worked for way in own)) if len(own) > 1 else own[0]


def _sign_of(page: Page, way: Way) -> int:
    """−1 where what starts there is an error signal defined with a minus."""
    own = page.derivation.by_name.get(way.start)
    return own.sign if isinstance(own, ErrorSignal) else 1


def _turned(way: Way) -> Way:
    return Way(way.start, negative(way.factor), negative(way.worked))


def _ways(page: Page, terms: tuple[Term, ...]) -> Iterator[Way]:
    """Terms followed back through partials that are no node of their own: through the outputs of units."""
    derivation = page.derivation
    for term in terms:
        upstream = derivation.by_name.get(term.upstream)
        through_unit = isinstance(upstream, Partial) and bool(derivation.signals)
        if term.is_form:
            share = term.share(upstream_factor(derivation.objective, term))
            yield Way(_start(derivation, term), page.oriented(page.slopes(share)), share)
            continue
        shown, worked = _slope(page, term.factor), derivation.in_outputs(term.factor)
        if through_unit:
            assert isinstance(upstream, Partial)
            for way in _ways(page, upstream.terms):
                yield Way(way.start, product([way.factor, shown]), product([way.worked, worked]))
        else:
            yield Way(term.upstream, shown, worked)


def _start(derivation: Derivation, term: Term) -> str:
    """The error signal or partial that a share of arrays begins with."""
    upstream = derivation.by_name.get(term.upstream)
    while isinstance(upstream, Partial) and derivation.signals:
        (term, *_) = upstream.terms
        upstream = derivation.by_name.get(term.upstream)
    return term.upstream


def _slope(page: Page, factor: Tree) -> Tree:
    """A factor with slopes as σ′(s)."""
    local = page.derivation.local_derivatives.get(factor.name) if isinstance(factor, Derivative) else None
    if local is None:
        return factor
    definition = page.derivation.program.by_name[local.of]
    if isinstance(definition, Activation) and definition.function:
        return slope_tree(definition, "prime")
    return local.tree


def is_dense(ways: Iterable[list[Way]]) -> bool:
    """Whether several units each hear from several: then an edge has room for one label."""
    return sum(len(own) > 1 for own in ways) > 1


def _factor(maker: Maker, page: Page, way: Way, quantity: ErrorSignal | Partial) -> Note | None:
    """A factor in letters; where it is too long, the symbol of the derivative, unless that is no factor."""
    own = maker.letters.tree(way.factor)
    if own.width <= _LONGEST and not re.search(r"\\(frac|sqrt|sum)", own.text):
        return Note(own)
    if not way.start or page.derivation.program.shapes:
        return None
    upstream = page.derivation.by_name[way.start]
    assert isinstance(upstream, ErrorSignal | Partial)
    return Note(maker.letters.tree(Derivative(upstream.wrt, quantity.wrt)))


def _factor_value(page: Page, way: Way) -> Note | None:
    if not page.numbers or way.worked == ONE or page.derivation.program.shapes:
        return None
    found = value(page.derivation.in_outputs(way.worked), {name: worked.value for name, worked in page.numbers.items()})
    number = printed(found, page.style.of("cached", ""), page.style.policy, "cached").number
    return Note(Maker(page).letters.tree(number))
