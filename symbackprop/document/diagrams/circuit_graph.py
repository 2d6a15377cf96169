"""A network as a circuit: each operation a node, forward values above the edges, gradients below.

Operations get names and become equations of their own, so that the derivation of that network gives every gradient there is.
Of many operations the definitions are the nodes, of arrays their equations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

from ...derivation import Derivation, derive
from ...functions import FUNCTIONS, GENERIC
from ...network import Network
from ...numbers import NumberFormat, Worked, printed, whole, work
from ...precise import value
from ...program import chain_rule
from ...tree import (
    ONE,
    Call,
    Derivative,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Tree,
    derivative_name,
    fold,
    names,
    rebuild,
)
from ..drawing import Lettering, in_words
from ..page import Page
from ..scripts import split_index
from .circuit import Circuit
from .diagram import Diagram
from .graph import SYMBOL, Edge, Graph, Node, Note
from .network_graph import Maker, late_ways, shape_lettering
from .rows import End, always
from .time_graph import general_graph, is_earlier

MAX_OPERATIONS, MAX_DEFINITIONS = 20, 40
MAX_GIVEN = 10  # given symbols beside definitions; of more the parameters are left out
_SIMPLE, _DECIMALS = 4, 6  # up to which denominator a factor is a fraction, and up to how many decimals else a decimal
_SHORT = {"sigmoid", GENERIC}


def circuit_picture(page: Page) -> Circuit | Diagram | None:
    """The circuit of operations, if they are few, or of definitions; None where there are too many of these."""
    given = page.derivation.given
    entries = page.entries
    definitions = _leading(entries) if entries is not None else {}
    if given.steps is not None and given.equations and not 0 < len(definitions) <= MAX_DEFINITIONS:
        return Diagram(_of_step(page))
    if page.arrays is not None and page.arrays.network.equations:
        return _of_arrays(page, page.arrays)
    if entries is None or len(definitions) > MAX_DEFINITIONS:
        return _of_arrays(page, page.arrays) if page.arrays is not None else None
    operations = _Parts(entries, definitions)
    if len(operations.equations) <= MAX_OPERATIONS:
        return _Circuit(page, entries, operations).picture()
    return _Circuit(page, entries, _Parts(entries, definitions, whole=True)).picture()


def _of_step(page: Page) -> Graph:
    """The general step, with the gradient by each definition along its edges."""
    graph = general_graph(page)
    letters, objective = Maker(page).letters, page.derivation.given.objective
    kinds = {node.name: node.kind for node in graph.nodes}

    def back(edge: Edge) -> Edge:
        flows = kinds[edge.source] != "given" or is_earlier(edge.source)
        return replace(edge, below=Note(letters.tree(Derivative(objective, edge.source)), "gradient") if flows else None)

    return replace(graph, edges=tuple(map(back, graph.edges)))


def _of_arrays(page: Page, arrays: Derivation) -> Circuit | None:
    """Definitions of arrays, with the gradient by each along its edges."""
    definitions = _leading(arrays)
    if len(definitions) > MAX_DEFINITIONS:
        return None
    maker = Maker(page)
    reads = {name: names(tree) for name, tree in definitions.items()}
    given = [name for name in arrays.program.given if any(name in own for own in reads.values())]
    column = late_ways([*given, *reads], reads)
    nodes = []
    for name in (*given, *reads):
        shape = arrays.program.shapes.get(name)
        notes = (Note(shape_lettering(shape), "quiet"),) if shape else ()
        nodes.append(Node(name, maker.letters.symbol(name), "operation" if name in reads else SYMBOL, column[name], notes))
    known = arrays.partials
    back = {
        name: Note(maker.letters.tree(Derivative(arrays.objective, name)), "gradient") for name in (*given, *reads) if name in known
    }
    edges = (Edge(read, name, None, back.get(read)) for name, own in reads.items() for read in own)
    # It is the symbol of the whole on each edge.
    ends = {name: End(maker.letters.symbol(name), None, always(back.get(name))) for name in reads}
    return Circuit(Graph(tuple(nodes), tuple(edges)), ends)


def _leading(derivation: Derivation) -> dict[str, Tree]:
    """The definitions on which the objective depends."""
    needed = {derivation.objective}
    for definition in reversed(derivation.program.definitions):
        if definition.name in needed:
            needed.update(definition.reads)
    return {d.name: d.tree for d in derivation.program.definitions if d.name in needed}


class _Parts:
    """Definitions taken apart into operations, each an equation with a name; where ``whole``, left as they are."""

    def __init__(self, derivation: Derivation, definitions: Mapping[str, Tree], whole: bool = False) -> None:
        self.taken = {*derivation.program.given, *derivation.program.by_name}
        self.equations: dict[str, Tree] = {}
        self.same: dict[str, str] = {}  # definitions that are only passed on, and the name of what passes them
        self.whole = whole
        for name, tree in definitions.items():
            tree = fold(tree, lambda node, parts: self._reading(node, parts))
            if isinstance(tree, Name) and tree.name in self.equations:
                # One node, with the later name: the prediction rather than the net input that it is equal to.
                self.equations[name] = self.equations.pop(tree.name)
                self.same[tree.name] = name
            elif whole:
                self.equations[name] = tree
            else:
                self._define(name, tree)
        self.prune(derivation.objective)

    def _reading(self, node: Any, parts: list[Tree]) -> Tree:
        if isinstance(node, Name):
            return Name(self.same.get(node.name, node.name))
        return rebuild(node, parts) if parts else node

    def _define(self, name: str, tree: Tree) -> None:
        """The equations of one definition, its own last."""
        top = fold(tree, self._operand)
        if not isinstance(top, Name):
            self.equations[name] = top
        elif top.name in self.equations and top.name not in self.taken:
            self.equations[name] = self.equations.pop(top.name)
        else:
            self.equations[name] = top

    def _operand(self, node: Any, parts: list[Tree]) -> Tree:
        """A name for an operation on names and numbers; numbers stay in the operation that uses them."""
        if isinstance(node, Name | Number):
            return node
        if all(isinstance(part, Number) for part in parts):
            return Number(value(rebuild(node, parts), {})) if isinstance(node, Quotient | Negative) else rebuild(node, parts)
        power = self.equations.get(getattr(parts[-1], "name", ""))
        if isinstance(node, Product) and len(parts) == 2 and isinstance(parts[0], Number) and isinstance(power, Power):
            # ½ (·)² is one operation.
            self.equations[parts[1].name] = Product((parts[0], power))  # type: ignore[union-attr]
            return parts[1]
        if self._is_difference(node):
            return self._named(node)
        if isinstance(node, Quotient) and not any(isinstance(part, Number) for part in parts):
            # Which of two edges is the denominator could not be seen.
            return self._named(Product((parts[0], self._named(Quotient(ONE, parts[1])))))
        return self._named(rebuild(node, parts))

    def _is_difference(self, node: Tree) -> bool:
        """Whether an operation is a − b of two symbols: then their names say which is which."""
        match node:
            case Sum((Name(first), Negative(Name(last)))):
                return {first, last} <= self.taken
        return False

    def _named(self, tree: Tree) -> Name:
        name = f"op{len(self.equations) + 1}"
        while name in self.taken or name in self.equations:
            name += "_"
        self.equations[name] = tree
        return Name(name)

    def prune(self, objective: str) -> None:
        """Drop the operations that another has taken in."""
        needed = {objective}
        for name in reversed(self.equations):
            if name in needed:
                needed.update(names(self.equations[name]))
        self.equations = {name: tree for name, tree in self.equations.items() if name in needed}


class _Circuit:
    """The graph of equations, with the values of a derivation of them."""

    def __init__(self, page: Page, entries: Derivation, parts: _Parts) -> None:
        self.page, self.entries, self.parts = page, entries, parts
        self.maker = Maker(page)
        self.equations = parts.equations
        read = {name for tree in parts.equations.values() for name in names(tree)}
        self.given = [name for name in entries.program.given if name in read]
        self.shown = self.given
        if parts.whole and len(self.given) > MAX_GIVEN:
            constants = {*page.derivation.given.parameters, *page.derivation.given.frozen}
            self.shown = [name for name in self.given if split_index(name)[0] not in constants]
        self.numbers: Mapping[str, Worked] = {}
        self.derivation: Derivation | None = None
        if page.numbers:
            values = {name: number for name, number in entries.network.numbers_of().items() if name in self.given}
            equations = tuple(parts.equations.items())
            network = Network(equations=equations, objective=entries.objective, parameters=tuple(self.given), values=values)
            self.derivation = derive(network, by=(*self.given, *parts.equations))
            style = replace(page.style, policy="display") if page.style.policy == "carry" else page.style
            found = dict(work(self.derivation, style, view="none"))
            # What the page has already is printed as there.
            found.update({name: own for name, own in page.numbers.items() if name in found})
            found.update(self._signals())
            self.numbers = found

    def _signals(self) -> Iterator[tuple[str, Worked]]:
        """∂E/∂s where the page has it as an error signal."""
        for signal in self.entries.signals.values():
            own = self.page.numbers.get(signal.name)
            if own is not None and signal.wrt in self.equations and signal.sign > 0:
                yield derivative_name(signal.of, signal.wrt), own

    def picture(self) -> Circuit:
        return Circuit(self._graph(), dict(self._ends()), self.shown != self.given)

    def _graph(self) -> Graph:
        drawn = {*self.shown, *self.equations}
        reads = {name: [read for read in names(tree) if read in drawn] for name, tree in self.equations.items()}
        column = late_ways([*self.shown, *self.equations], reads)
        objective = self.entries.objective
        nodes = [Node(name, self.maker.letters.symbol(name), SYMBOL, column[name], self._notes(name)) for name in self.shown]
        for name, tree in self.equations.items():
            label = self.maker.letters.symbol(name) if self.parts.whole else operation(self.maker, tree)
            nodes.append(Node(name, label, "operation", column[name], self._notes(name)))
        if self.parts.whole:
            return Graph(tuple(nodes), tuple(Edge(read, name) for name, own in reads.items() for read in own))
        nodes.append(Node("the objective", self.maker.letters.symbol(objective), SYMBOL, max(column.values()) + 1))
        edges = [self._edge(read, name) for name, own in reads.items() for read in own]
        edges.append(Edge(objective, "the objective", self._value(objective), self._gradient(objective)))
        return Graph(tuple(nodes), tuple(edges))

    def _ends(self) -> Iterator[tuple[str, End]]:
        """What stands where a row ends."""
        for name in self.equations:
            label = self.maker.letters.symbol(name) if name in self.parts.taken else None
            if self.parts.whole:
                yield name, End(label, None, always(None))
            else:
                yield name, End(label, self._value(name), cache(partial(self._share, name)))

    def _notes(self, name: str) -> tuple[Note, ...]:
        """Where there is no room on the edges: value and gradient below the node."""
        found = (self._value(name), self._gradient(name)) if self.parts.whole and self.numbers else ()
        return tuple(note for note in found if note is not None)

    def _edge(self, read: str, name: str) -> Edge:
        return Edge(read, name, self._value(read), self._share(read, (name,)))

    def _value(self, name: str) -> Note | None:
        if self.numbers:
            return Note(self.maker.letters.tree(self.numbers[name].number), "value")
        return Note(self.maker.letters.symbol(name), "value") if name in self.parts.taken and name not in self.given else None

    def _gradient(self, name: str) -> Note | None:
        objective = self.entries.objective
        if name == objective and self.numbers:
            return Note(Lettering("1", 0.5, "1"), "gradient")
        own = derivative_name(objective, name)
        if self.numbers:
            return Note(self.maker.letters.tree(self.numbers[own].number), "gradient") if own in self.numbers else None
        if name in self.parts.taken and name != objective:
            return Note(self.maker.letters.tree(Derivative(objective, name)), "gradient")
        return None

    def _share(self, read: str, readers: tuple[str, ...]) -> Note | None:
        """The gradient along the edges to some of the nodes that read another: their share where it has more."""
        if all(name in readers for name, tree in self.equations.items() if read in names(tree)):
            return self._gradient(read)
        if self.derivation is None:
            return None
        own = self.derivation.partials.get(read)
        if own is None:
            return None
        terms = tuple(term for term in own.terms if term.through in readers)
        tree = self.derivation.in_outputs(chain_rule(self.entries.objective, terms))
        found = value(tree, {own: worked.value for own, worked in self.numbers.items()})
        style: NumberFormat = self.page.style
        return Note(self.maker.letters.tree(printed(found, style.of("partial", ""), "display", "partial").number), "gradient")


def _short(number: Number) -> Number:
    """A number as a decimal, where that is exact; a half, a quarter and such stay as they are."""
    decimal = None if number.text or number.value.denominator <= _SIMPLE else whole(number.value, _DECIMALS)
    return number if decimal is None else replace(number, text=decimal)


def operation(maker: Maker, tree: Tree) -> Lettering:
    """The sign of an operation; numbers that it has are with it."""
    numbers = [_short(part) for part in tree.children if isinstance(part, Number)]
    number = maker.letters.tree(numbers[0]) if numbers else None
    match tree:
        case Sum() if number is not None:
            sign = "" if number.text.startswith("-") else "+"
            return Lettering(f"{sign}{number.text}", number.width + 0.8, f"{sign}{number.plain}")
        case Sum((Name(), Negative(Name()))):
            return maker.letters.tree(tree)
        case Sum():
            return Lettering("+", 0.78, "plus")
        case Product((Number(), Power(_, Number() as exponent))) if number is not None:
            power = maker.letters.tree(exponent)
            text = rf"{number.text}(\cdot)^{{{power.text}}}"
            return Lettering(text, number.width + 1.3 + 0.7 * power.width, f"{number.plain} times the power {power.plain}")
        case Product() if number is not None:
            return Lettering(rf"\times {number.text}", number.width + 0.9, f"times {number.plain}")
        case Product():
            return Lettering(r"\times", 0.78, "times")
        case Negative():
            return Lettering(r"\times{-}1", 2.1, "times -1")
        case Quotient(Number(), _) if number is not None:
            return Lettering(rf"{number.text}/\cdot", number.width + 0.9, f"{number.plain} over")
        case Quotient() if number is not None:
            return Lettering(rf"\cdot/{number.text}", number.width + 0.9, f"over {number.plain}")
        case Power(_, Number()) if number is not None:
            return Lettering(rf"(\cdot)^{{{number.text}}}", 1.3 + 0.7 * number.width, f"to the power {number.plain}")
        case Power():
            return Lettering(r"(\cdot)^{\cdot}", 1.5, "power")
        case Call(function) if function in FUNCTIONS or function == GENERIC:
            text = maker.page.notation.function_symbol(function)
            return Lettering(text, 0.6 if function in _SHORT else 0.52 * len(function), function)
        case Name():
            return Lettering("=", 0.78, "equals")
    return in_words("f")
