"""A recurrent network as a graph: all steps side by side where they are few and simple, else one general step.

Of the general step, what comes from earlier steps is a node of its own, with the symbol that the formulas have for it.
"""

from __future__ import annotations

from ...array_tree import Element
from ...network import Network
from ...time_steps import TIME, delayed, is_time, per_step_loss, sequences, timed_reads
from ...tree import Name, Tree
from ..page import Page
from .graph import DOTS_ACROSS, MORE, Edge, Graph, Node
from .network_graph import Maker, late_ways

MOST_STEPS = 4  # that are drawn side by side; of more the first two and the last
_MOST_ROWS = 4


def time_graph(page: Page) -> tuple[Graph, bool]:
    """The graph, and whether it is that of the general step."""
    given = page.derivation.given
    assert given.steps is not None
    graph = _side_by_side(page, given, given.steps) if given.units else None
    return (graph, False) if graph is not None else (general_graph(page), True)


def _side_by_side(page: Page, given: Network, steps: int) -> Graph | None:
    """Steps as columns, units of a step as rows; None where an edge would run through a unit."""
    row = _rows(given)
    if row is None:
        return None
    shown = range(1, steps + 1) if steps <= MOST_STEPS else (1, 2, steps)
    column = {step: step if step <= 2 or steps <= MOST_STEPS else 4 for step in shown}
    outputs = {unit.name: unit.output for unit in given.units}
    maker = Maker(page)
    nodes = [maker.node(f"{name}[{step}]", "given", column[step], row=0) for step in shown for name in given.inputs]  # type: ignore[union-attr]
    links: list[tuple[str, str, str]] = []
    last: list[str] = []
    for step in shown:
        for unit in given.units:
            symbol = f"{unit.output}[{step}]"
            kind = "output" if unit.name in given.outputs else "unit"
            bias = [] if unit.bias is None else [unit.bias]
            nodes.append(maker.node(symbol, kind, column[step], bias, f"delta_{unit.name}[{step}]", row[unit.name]))
            for source, weight in unit.sources:
                name, delay = delayed(source)
                if step - (delay or 0) in shown:
                    links.append((f"{outputs.get(name, name)}[{step - (delay or 0)}]", symbol, weight))
            last += [symbol] if kind == "output" else []
    if steps > MOST_STEPS:
        nodes.append(Node("steps left out", DOTS_ACROSS, MORE, 3, row=row[given.units[0].name]))
    read = [name for name in last if name in page.derivation.program.by_name[given.objective].reads]
    if given.loss is not None and read:
        columns = [node.column for node in nodes if node.name in read]
        nodes.append(maker.node(given.objective, "loss", round(sum(columns) / len(columns)), row=max(row.values()) + 1))
        links.extend((name, given.objective, "") for name in read)
    return maker.finished(nodes, links)


def _rows(given: Network) -> dict[str, int] | None:
    """The row of each input and unit: one in each, read by the next, and by itself a step later. None for anything else."""
    timed = sequences(given)
    row = dict.fromkeys(given.inputs, 0)  # type: ignore[arg-type]  # units have names of inputs
    if len(row) > 1 or any(name not in timed for name in row):
        return None
    for unit in given.units:
        sources = [delayed(source) for source, _ in unit.sources]
        now = [name for name, delay in sources if not delay]
        row[unit.name] = max((row.get(name, -1) for name in now), default=0) + 1
        skips = any(row[unit.name] - row.get(name, -1) != 1 for name in now)
        if unit.formula is not None or skips or any(delay and (delay > 1 or name != unit.name) for name, delay in sources):
            return None
    return row if len(set(row.values())) == len(row) <= _MOST_ROWS else None


def general_graph(page: Page) -> Graph:
    """One step: earlier values, inputs and constants on the left, then the definitions in their order."""
    given = page.derivation.given
    maker = Maker(page)
    timed = sequences(given)
    parameters = set(given.parameters) | set(given.frozen)
    reads: dict[str, list[tuple[str, str]]] = {}
    stubs: dict[str, list[str]] = {}
    kinds: dict[str, str] = {}

    def at(name: str, delay: int | None) -> str:
        output = next((unit.output for unit in given.units if unit.name == name), name)
        if name not in timed and output not in timed and not any(unit.name == name for unit in given.units):
            return name
        return f"{output}[{TIME}{f'-{delay}' if delay else ''}]"

    for unit in given.units:
        own = at(unit.name, 0)
        kinds[own] = "output" if unit.name in given.outputs else "unit"
        if unit.formula is None:
            reads[own] = [(at(*delayed(source)), weight) for source, weight in unit.sources]
            stubs[own] = [unit.bias] if unit.bias is not None else []
        else:
            found = dict.fromkeys(timed_reads(unit.formula))
            reads[own] = [(at(name, delay), "") for name, delay in found if name not in parameters]
            stubs[own] = [name for name, _ in found if name in parameters]
    for name, tree in given.equations:
        if _is_at_a_step(tree):
            continue  # what is read at the last step is no part of a general one
        own = at(name, 0)
        found = dict.fromkeys(timed_reads(tree))
        kinds[own] = "loss" if name == given.objective else "unit"
        reads[own] = [(at(read, delay), "") for read, delay in dict.fromkeys(found) if read not in parameters]
        reads[own] = [link for link in dict.fromkeys(reads[own]) if link[0] != own]
        stubs[own] = list(dict.fromkeys(read for read, _ in found if read in parameters))
    order = list(dict.fromkeys([source for own in reads.values() for source, _ in own if source not in reads] + list(reads)))
    column = late_ways(order, {name: [source for source, _ in own] for name, own in reads.items()})
    nodes = [
        Node(name, maker.letters.tree(Name(name)), kinds.get(name, "given"), column[name], (), maker.listed(stubs.get(name, ())))
        for name in order
    ]
    if given.loss is not None and per_step_loss(given):
        outputs = [at(name, 0) for name in given.outputs]
        nodes.append(Node(given.objective, maker.letters.symbol(given.objective), "loss", max(column.values()) + 1))
        reads[given.objective] = [(name, "") for name in outputs]
    labelled = sum(bool(weight) for own in reads.values() for _, weight in own) <= 30
    edges = [
        Edge(source, name, maker.weight(weight, False) if weight and labelled else None)
        for name, own in reads.items()
        for source, weight in own
    ]
    return Graph(tuple(nodes), tuple(edges))


def _is_at_a_step(tree: Tree) -> bool:
    """Whether a formula reads something at a step that it names by its number."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Element) and isinstance(node.body, Name) and not is_time(node.index[0]):
            return True
        stack.extend(node.children)
    return False


def is_earlier(name: str) -> bool:
    """Whether a node of the general step comes from an earlier one."""
    return f"[{TIME}-" in name
