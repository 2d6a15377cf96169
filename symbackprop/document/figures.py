"""The figures of a page, each from the derivation: network, circuit, flow of error signals, and plots."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..errors import InputError, nearest
from ..plain_text import plain_text
from . import words
from .diagrams.circuit_graph import circuit_graphs
from .diagrams.diagram import Diagram
from .diagrams.graph import Graph, Note
from .diagrams.network_graph import network_graph
from .diagrams.signal_graph import signal_graph
from .diagrams.time_graph import time_graph
from .diagrams.words_of import description
from .model import Figure, Table, Text
from .page import Page
from .plots import curves
from .plots.axes import Axes


def network_figure(page: Page) -> Figure | None:
    """Units with output symbols, weights and biases, as far as there is room with values and error signals."""
    if page.derivation.given.steps is None:
        graph, caption = network_graph(page), words.NETWORK_CAPTION
    else:
        graph, general = time_graph(page)
        caption = words.GENERAL_STEP_CAPTION if general else words.NETWORK_CAPTION
    if any(note.role == "gradient" for node in graph.nodes for note in node.notes):
        caption = words.NETWORK_VALUES
    return _diagram(page, words.NETWORK_FIGURE, graph, caption)


def circuit_figure(page: Page) -> Figure | None:
    """Every operation or definition a node, with forward values and gradients."""
    graphs = circuit_graphs(page)
    if not graphs:
        return None
    roles = {note.role for note in _notes(graphs[0])}
    caption = words.CIRCUIT_PLAIN
    if roles >= {"value", "gradient"}:
        caption = words.CIRCUIT_CAPTION if page.numbers else words.CIRCUIT_SYMBOLS
    elif "gradient" in roles:
        caption = words.CIRCUIT_ARRAYS
    return _diagram(page, words.CIRCUIT_FIGURE, graphs[0], caption, graphs[1] if len(graphs) > 1 else None)


def signals_figure(page: Page) -> Figure | None:
    """The network the other way round, each edge with the factor of the chain rule."""
    graph = signal_graph(page)
    if graph is None:
        return None
    caption = words.SIGNALS_ARRAYS if page.derivation.program.shapes else words.SIGNALS_CAPTION
    if not any(edge.notes for edge in graph.edges):
        caption = words.SIGNALS_PLAIN
    return _diagram(page, words.SIGNALS_FIGURE, graph, caption)


def _diagram(page: Page, title: str, graph: Graph, caption: str, coarser: Graph | None = None) -> Figure:
    has_numbers = any(note.role for note in _notes(graph)) and bool(page.numbers)
    runs: list[str] = [caption]
    if has_numbers and len(page.derivation.network.samples) > 1:
        runs.append(f" {words.FIRST_SAMPLE_SHORT}")
    return Figure(title, Diagram(graph, coarser), tuple(runs), description(graph))


def _notes(graph: Graph) -> Iterator[Note]:
    yield from (note for node in graph.nodes for note in node.notes)
    yield from (note for edge in graph.edges for note in edge.notes)


def slopes_figure(page: Page) -> Figure | None:
    """The activations that the network has, with their slopes."""
    panels = curves.slope_panels(page)
    if panels is None:
        return None
    marked = any(axes.marked for axes in panels.axes)
    functions = ", ".join(plain_text(template) for template in curves.activations(page))
    caption = words.SLOPES_MARKED if marked else words.SLOPES_CAPTION
    return Figure(words.SLOPES_FIGURE, panels, (caption,), words.SLOPES_DESCRIPTION.format(functions=functions))


def sizes_figure(page: Page) -> Figure | None:
    """The size of the gradient in each layer."""
    sizes = curves.layer_sizes(page)
    axes = curves.size_axes(sizes)
    if axes is None:
        return None
    caption = words.SIZES_CAPTION if page.derivation.signals else words.PARTIALS_CAPTION
    return _plot(words.SIZES_FIGURE, axes, caption, [(name, size) for _, size, name in sizes], words.LAYER_COLUMN, words.SIZE)


def check_figure(page: Page) -> Figure | None:
    """The error of central differences over their step."""
    errors = curves.difference_errors(page)
    axes = curves.check_axes(errors)
    if axes is None:
        return None
    rows = [(f"{step:.0e}", error) for step, error in errors]
    return _plot(words.CHECK_FIGURE, axes, words.CHECK_CAPTION, rows, "ε", words.RELATIVE_ERROR)


def updates_figure(page: Page) -> Figure | None:
    """The loss over the first updates."""
    found = curves.losses(page)
    axes = curves.loss_axes(page, found)
    if axes is None:
        return None
    rows = [(str(count), loss) for count, loss in enumerate(found)]
    caption = words.UPDATES_CAPTION.format(count=len(found) - 1)
    return _plot(words.UPDATES_FIGURE, axes, caption, rows, words.NUMBER_OF_UPDATES, page.derivation.objective)


def _plot(title: str, axes: Axes, caption: str, rows: list[tuple[str, float]], first: str, second: str) -> Figure:
    points = [(name, f"{size:.3g}") for name, size in rows]
    said = ", ".join(words.POINT_DESCRIPTION.format(name=name, size=size) for name, size in points)
    data: tuple[tuple[Text, ...], ...] = tuple(((name,), (size,)) for name, size in points)
    table = Table("lr", ((first,), (second,)), data)
    return Figure(title, axes, (caption,), words.POINTS_DESCRIPTION.format(points=said), table)


Make = Callable[[Page], "Figure | None"]
KINDS: dict[str, Make] = {
    "network": network_figure,
    "circuit": circuit_figure,
    "signals": signals_figure,
    "slopes": slopes_figure,
    "sizes": sizes_figure,
    "check": check_figure,
    "updates": updates_figure,
}


def figure(page: Page, kind: str) -> Figure | None:
    """The figure of one of `KINDS`; None where the network has none. Raises InputError for an unknown kind."""
    if kind not in KINDS:
        raise InputError(f"there is no figure {kind!r}{nearest(kind, KINDS)}", "kind")
    return KINDS[kind](page)
