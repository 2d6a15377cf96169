"""A graph in words, for who cannot see it: its nodes column by column, then its edges."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from .. import words
from .graph import MORE, Edge, Graph, Node, Note

_MOST = 40  # edges that are named one by one
_NUMBER = re.compile(r"−?[\d.,]+(·10\^−?\d+)?")


def description(graph: Graph, separator: str = ", ") -> str:
    """What a graph shows, in the symbols of its labels; ``separator`` stands between numbers."""
    called = _called(graph)
    columns = ["; ".join(_node(node, called[node.name], separator) for node in column) for column in graph.columns]
    parts = [words.DIAGRAM_COLUMNS.format(columns=words.NEXT_COLUMN.join(columns))]
    if len(graph.edges) <= _MOST:
        parts.extend(_edge(edge, called, separator) for edge in graph.edges)
    else:
        parts.append(words.DIAGRAM_EDGES.format(count=len(graph.edges)))
    return " ".join(parts)


def _called(graph: Graph) -> dict[str, str]:
    """What each node is called: its label, with a number where several have the same."""
    count = Counter(node.label.plain for node in graph.nodes)
    seen: Counter[str] = Counter()
    found = {}
    for column in graph.columns:
        for node in column:
            label = node.label.plain
            seen[label] += 1
            found[node.name] = label if count[label] == 1 else words.DIAGRAM_SAME.format(label=label, number=seen[label])
    return found


def _node(node: Node, label: str, separator: str) -> str:
    if node.kind == MORE:
        return words.LEFT_OUT
    beside = [_note(note) for note in node.notes]
    beside += [words.WITH_BIAS.format(bias=node.stub.plain)] if node.stub is not None else []
    return f"{label} ({separator.join(beside)})" if beside else label


def _note(note: Note) -> str:
    """A number alone says what it is; a symbol says it itself."""
    plain = note.lettering.plain
    says = words.DIAGRAM_ROLES.get(note.role) if _NUMBER.fullmatch(plain) else None
    return plain if says is None else says.format(number=plain)


def _edge(edge: Edge, called: Mapping[str, str], separator: str) -> str:
    ends = (edge.target, edge.source) if edge.back else (edge.source, edge.target)
    beside = separator.join(map(_note, edge.notes))
    return words.DIAGRAM_EDGE.format(first=called[ends[0]], last=called[ends[1]]) + (f": {beside}." if beside else ".")
