"""The figures of a page, each from the derivation: network, circuit, flow of error signals, and plots."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from ..errors import InputError, nearest
from . import words
from .decimals import figure_with_decimal_mark
from .diagrams.circuit import Circuit
from .diagrams.circuit_graph import circuit_picture
from .diagrams.diagram import Diagram
from .diagrams.graph import Graph, Note
from .diagrams.network_graph import network_graph
from .diagrams.signal_graph import signal_graph
from .diagrams.time_graph import time_graph
from .diagrams.words_of import description
from .drawing import Letters
from .model import Coloured, Figure, Table, Text
from .page import Page
from .plots import curves
from .plots.axes import Axes, number_lettering, power_of_ten


def network_figure(page: Page) -> Figure | None:
    """Units with output symbols, weights and biases, as far as there is room with values and error signals."""
    if page.derivation.given.steps is None:
        graph, caption = network_graph(page), words.NETWORK_CAPTION
    else:
        graph, general = time_graph(page)
        caption = words.GENERAL_STEP_CAPTION if general else words.NETWORK_CAPTION
    if any(note.role == "gradient" for node in graph.nodes for note in node.notes):
        caption = words.NETWORK_VALUES
    return _figure(page, words.NETWORK_FIGURE, Diagram(graph), caption)


def circuit_figure(page: Page) -> Figure | None:
    """Every operation or definition a node, with forward values and gradients."""
    picture = circuit_picture(page)
    if picture is None:
        return None
    graph = picture.graph
    on_edges, in_nodes = ({note.role for own in marks for note in own.notes} for marks in (graph.edges, graph.nodes))
    captions = [words.CIRCUIT_PLAIN]
    if on_edges >= {"value", "gradient"}:
        captions = [words.CIRCUIT_CAPTION if page.numbers else words.CIRCUIT_SYMBOLS]
    elif "gradient" in on_edges:
        captions = [words.CIRCUIT_STEP if isinstance(picture, Diagram) else words.CIRCUIT_ARRAYS]
    elif "gradient" in in_nodes:
        captions = [words.CIRCUIT_VALUES]
    if isinstance(picture, Circuit) and picture.is_long:
        captions.append(words.CIRCUIT_ROWS)
    if isinstance(picture, Circuit) and picture.left_out:
        captions.append(words.CIRCUIT_LEFT_OUT)
    return _figure(page, words.CIRCUIT_FIGURE, picture, " ".join(captions))


def signals_figure(page: Page) -> Figure | None:
    """The network the other way round, each edge with the factor of the chain rule."""
    graph = signal_graph(page)
    if graph is None:
        return None
    caption = words.SIGNALS_ARRAYS if page.derivation.program.shapes else words.SIGNALS_CAPTION
    if not any(edge.notes for edge in graph.edges):
        caption = words.SIGNALS_PLAIN
    return _figure(page, words.SIGNALS_FIGURE, Diagram(graph), caption)


def _figure(page: Page, title: str, picture: Diagram | Circuit, caption: str) -> Figure:
    graph = picture.graph
    has_numbers = any(note.role for note in _notes(graph)) and bool(page.numbers)
    if has_numbers and len(page.derivation.network.samples) > 1:
        caption = f"{caption} {words.FIRST_SAMPLE_SHORT}"
    return Figure(title, picture, _coloured(caption), description(graph, page.notation.profile.separator))


def _coloured(caption: str) -> Text:
    """A caption that names the colours where there are any."""
    return words.fill(caption, **{role: Coloured(text, role) for role, text in words.IN_COLOUR.items()})


def _notes(graph: Graph) -> Iterator[Note]:
    yield from (note for node in graph.nodes for note in node.notes)
    yield from (note for edge in graph.edges for note in edge.notes)


def slopes_figure(page: Page) -> Figure | None:
    """The activations that the network has, with their slopes."""
    panels = curves.slope_panels(page)
    if panels is None:
        return None
    marked = any(axes.marked for axes in panels.axes)
    functions = ", ".join(Letters(page.notation).tree(template).plain for template in curves.activations(page))
    caption = words.SLOPES_MARKED if marked else words.SLOPES_CAPTION
    return Figure(words.SLOPES_FIGURE, panels, _coloured(caption), words.SLOPES_DESCRIPTION.format(functions=functions))


def sizes_figure(page: Page) -> Figure | None:
    """The size of the gradient in each layer."""
    sizes = curves.layer_sizes(page)
    axes = curves.size_axes(sizes)
    if axes is None:
        return None
    caption = words.SIZES_CAPTION if page.derivation.signals else words.PARTIALS_CAPTION
    return _plot(words.SIZES_FIGURE, axes, caption, [(label.plain, size) for label, size in sizes], words.LAYER_COLUMN, words.SIZE)


def check_figure(page: Page) -> Figure | None:
    """The error of central differences over their step."""
    return check_figure_of(curves.difference_errors(page), [], words.CHECK_CAPTION)


def check_figure_of(errors: list[tuple[float, float]], exact: list[tuple[float, float]], caption: str) -> Figure | None:
    """The error of central differences by their step, in double precision and where it is known in many digits."""
    axes = curves.check_axes(errors, exact)
    if axes is None:
        return None
    rows = [(power_of_ten(round(math.log10(step))).plain, error) for step, error in errors or exact]
    found = _plot(words.CHECK_FIGURE, axes, caption, rows, "ε", words.RELATIVE_ERROR)
    return replace(found, caption=_coloured(caption)) if exact else found


def updates_figure(page: Page) -> Figure | None:
    """The loss over the first updates."""
    found = curves.losses(page)
    axes = curves.loss_axes(page, found)
    if axes is None:
        return None
    rows = [(str(count), loss) for count, loss in enumerate(found)]
    caption = words.UPDATES_CAPTION.format(count=len(found) - 1)
    return _plot(words.UPDATES_FIGURE, axes, caption, rows, words.NUMBER_OF_UPDATES, axes.upward.plain)


def _plot(title: str, axes: Axes, caption: str, rows: list[tuple[str, float]], first: str, second: str) -> Figure:
    points = [(name, number_lettering(f"{size:.3g}").plain) for name, size in rows]
    said = "; ".join(words.POINT_DESCRIPTION.format(name=name, size=size) for name, size in points)
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
    found = KINDS[kind](page)
    return None if found is None else figure_with_decimal_mark(found, page.notation.profile)
