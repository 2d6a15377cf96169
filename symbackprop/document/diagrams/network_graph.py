"""A network as a graph: units with their output symbols, weights on the edges, biases at short arrows.

Layers become columns, of units the column is the longest way from an input. Equations become the graph of their definitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...arrays import element_name
from ...layered import LAYER_INPUT, all_shapes, bias, numbered, output, weights
from ...tree import Name, names
from ..arraytex import length_tex
from ..drawing import Lettering, Letters
from ..page import Page
from .graph import DOTS, DOTS_ACROSS, MORE, Edge, Graph, Node, Note

MAX_LABELLED = 30  # edges up to which each has its weight
MAX_VALUED = 14  # edges up to which each has the weight's value, nodes up to which each has its own
MAX_ROWS, MAX_COLUMNS = 12, 12  # of layers that are drawn with all units


class Maker:
    """Makes nodes and edges in the symbols of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.letters = Letters(page.notation)

    def node(self, name: str, kind: str, column: int, stub: Iterable[str] = (), signal: str = "", row: float | None = None) -> Node:
        """The node of a symbol with its value, and with its error signal below."""
        notes = tuple(self._values(name, signal))
        return Node(name, self.letters.symbol(name), kind, column, notes, self.listed(stub), row)

    def _values(self, name: str, signal: str) -> Iterator[Note]:
        for own, role in ((name, "value"), (signal, "gradient")):
            if own in self.page.numbers:
                yield Note(self.letters.relation(Name(own), self.page.sign(own), self.page.numbers[own].number), role)

    def listed(self, symbols: Iterable[str]) -> Lettering | None:
        """Symbols with commas between them."""
        own = [self.letters.symbol(name) for name in symbols]
        if not own:
            return None
        width = sum(letters.width for letters in own) + 0.45 * (len(own) - 1)
        return Lettering(", ".join(letters.text for letters in own), width, ", ".join(letters.plain for letters in own))

    def weight(self, name: str, valued: bool) -> Note:
        numbers = self.page.numbers
        if valued and name in numbers:
            return Note(self.letters.relation(Name(name), self.page.sign(name), numbers[name].number))
        return Note(self.letters.symbol(name))

    def finished(self, nodes: list[Node], links: list[tuple[str, str, str]]) -> Graph:
        """The graph of nodes and (source, target, weight): few edges get their weights, few nodes their values."""
        labelled = sum(bool(weight) for _, _, weight in links) <= MAX_LABELLED
        valued = len(links) <= MAX_VALUED
        if not valued:
            nodes = [Node(n.name, n.label, n.kind, n.column, (), n.stub if labelled else None, n.row) for n in nodes]
        edges = (
            Edge(source, target, self.weight(weight, valued) if weight and labelled else None) for source, target, weight in links
        )
        return Graph(tuple(nodes), tuple(edges))


def network_graph(page: Page) -> Graph:
    """The graph of a page's network, as it was given. One over time is another function's: `time_graph.time_graph`."""
    given = page.derivation.given
    if given.layers:
        return _of_layers(page)
    return _of_equations(page) if given.equations else _of_units(page)


# Layers.


def shown(length: int | str, most: int) -> list[int | str | None]:
    """The indices of an axis that are shown, None for those left out; of an axis of no given length the last is its name."""
    if isinstance(length, str):
        return [0, 1, None, length]
    if length <= most:
        return list(range(length))
    return [*range(most - 3), None, length - 1]


def _of_layers(page: Page) -> Graph:
    given = page.derivation.given
    maker = Maker(page)
    lengths: list[int | str] = [given.inputs, *(layer.units for _, layer, _ in numbered(given))]  # type: ignore[list-item]
    nodes: list[Node] = []
    links: list[tuple[str, str, str]] = []
    before: list[tuple[int | str, str]] = []
    last = len(given.layers)
    biases = {number: layer.bias for number, layer, _ in numbered(given)}
    columns = shown(last + 1, MAX_COLUMNS)
    for number in columns:
        if number is None:
            nodes.append(Node("layers left out", DOTS_ACROSS, MORE, len(nodes) + 1000))
            before = []
            continue
        assert isinstance(number, int)
        column: list[tuple[int | str, str]] = []
        place = number if number <= len(columns) else 2000 + number
        for index in shown(lengths[number], MAX_ROWS):
            if index is None:
                nodes.append(Node(f"units left out of layer {number}", DOTS, MORE, place))
                continue
            name = element_name(output(number) if number else LAYER_INPUT, (index,))
            own = {"unit": [element_name(bias(number), (index,))], "shared": [bias(number)]}.get(biases.get(number, ""), [])
            signal = f"delta_{element_name(str(number), (index,))}" if number else ""
            nodes.append(maker.node(name, "given" if not number else "output" if number == last else "unit", place, own, signal))
            links.extend((source, name, element_name(weights(number), (index, other))) for other, source in before)
            column.append((index, name))
        before = column
    if given.loss is not None:
        nodes.append(maker.node(given.objective, "loss", 10000))
        links.extend((source, given.objective, "") for _, source in before)
    return maker.finished(nodes, links)


# Units.


def longest_ways(order: Iterable[str], reads: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """The longest way to each name from those that read nothing."""
    found: dict[str, int] = {}
    for name in order:
        found[name] = max((found[read] + 1 for read in reads.get(name, ()) if read in found), default=0)
    return found


def late_ways(order: Iterable[str], reads: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """The same, but each name as late as what reads it allows: side ways begin beside what they lead to."""
    names = list(order)
    found = longest_ways(names, reads)
    limit: dict[str, int] = {}
    for name in reversed(names):
        found[name] = limit.get(name, found[name])
        for read in reads.get(name, ()):
            limit[read] = min(limit.get(read, found[name] - 1), found[name] - 1)
    return found


def _of_units(page: Page) -> Graph:
    network, program = page.derivation.network, page.derivation.program
    maker = Maker(page)
    outputs = {unit.output for unit in network.units if unit.name in network.outputs}
    reads: dict[str, list[tuple[str, str]]] = {}
    stubs: dict[str, list[str]] = {}
    by_unit = {unit.name: unit.output for unit in network.units}
    of_units = {symbol for unit in network.units for symbol in (unit.net_input, unit.output)}
    drawn = {*network.inputs, *by_unit.values()}  # type: ignore[misc]  # units have names of inputs
    for unit in network.units:
        if unit.formula is None:
            reads[unit.output] = [(by_unit.get(source, source), weight) for source, weight in unit.sources]
            stubs[unit.output] = [unit.bias] if unit.bias is not None else []
        else:
            own = names(unit.formula)
            reads[unit.output] = [(name, "") for name in own if name in drawn]
            stubs[unit.output] = [name for name in own if name not in drawn]
    for definition in program.definitions:
        if definition.name not in of_units:
            found = [(name, "") for name in dict.fromkeys(definition.reads) if name in drawn or name in reads]
            if found:
                reads[definition.name] = found
    signals = {unit.output: f"delta_{unit.name}" for unit in network.units}
    used = {source for own in reads.values() for source, _ in own}
    order = [*(name for name in network.inputs if name in used), *reads]  # type: ignore[union-attr]
    column = longest_ways(order, {name: [source for source, _ in own] for name, own in reads.items()})
    nodes = []
    for name in order:
        kind = "given" if name not in reads else "output" if name in outputs else "unit" if name in signals else "loss"
        nodes.append(maker.node(name, kind, column[name], stubs.get(name, ()), signals.get(name, "")))
    links = [(source, name, weight) for name, own in reads.items() for source, weight in own]
    return maker.finished(nodes, links)


# Equations.


def _of_equations(page: Page) -> Graph:
    given = page.derivation.given
    maker = Maker(page)
    equations = dict(given.equations)
    reads = {name: [read for read in names(tree) if read != name] for name, tree in equations.items()}
    given_names = [name for name in given.given if any(name in own for own in reads.values())]
    column = late_ways([*given_names, *equations], reads)
    shapes = all_shapes(given) if given.is_array else {}
    nodes = []
    for name in (*given_names, *equations):
        kind = "given" if name not in equations else "loss" if name == page.derivation.objective else "unit"
        node = maker.node(name, kind, column[name])
        if shapes.get(name):
            node = Node(node.name, node.label, node.kind, node.column, (Note(shape_lettering(shapes[name]), "quiet"),))
        nodes.append(node)
    return maker.finished(nodes, [(read, name, "") for name, own in reads.items() for read in own])


def shape_lettering(shape: tuple[int | str, ...]) -> Lettering:
    parts = [length_tex(length) for length in shape]
    plain = " x ".join(map(str, shape))
    return Lettering(r" \times ".join(parts), 0.55 * sum(map(len, map(str, shape))) + 1.22 * (len(shape) - 1), plain)
