"""A graph in words, for who cannot see it: its nodes column by column, then its edges."""

from __future__ import annotations

from .. import words
from .graph import MORE, Edge, Graph, Node

_MOST = 40  # edges that are named one by one


def description(graph: Graph) -> str:
    """What a graph shows, in plain names."""
    columns = ["; ".join(map(_node, column)) for column in graph.columns]
    parts = [words.DIAGRAM_COLUMNS.format(columns=words.NEXT_COLUMN.join(columns))]
    if len(graph.edges) <= _MOST:
        parts.extend(_edge(edge) for edge in graph.edges)
    else:
        parts.append(words.DIAGRAM_EDGES.format(count=len(graph.edges)))
    return " ".join(parts)


def _node(node: Node) -> str:
    if node.kind == MORE:
        return words.LEFT_OUT
    beside = [note.lettering.plain for note in node.notes]
    beside += [words.WITH_BIAS.format(bias=node.stub.plain)] if node.stub is not None else []
    return f"{node.label.plain} ({', '.join(beside)})" if beside else node.label.plain


def _edge(edge: Edge) -> str:
    ends = (edge.target, edge.source) if edge.back else (edge.source, edge.target)
    beside = ", ".join(note.lettering.plain for note in edge.notes)
    return words.DIAGRAM_EDGE.format(first=ends[0], last=ends[1]) + (f": {beside}." if beside else ".")
