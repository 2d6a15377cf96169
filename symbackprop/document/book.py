"""What a book has beside worked solutions: the notation, what an exercise asks, and what the index points to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .. import functions
from ..derivation import derive
from ..functions import FUNCTIONS
from ..network import LEARNING_RATE, activation_name
from ..program import Activation
from ..reading.network_file import parse
from ..tree import Call, Derivative, Name, Tree, negative, substitute
from . import words
from .decimals import with_decimal_mark
from .diagrams.diagram import Diagram
from .diagrams.words_of import description
from .given_part import given_section
from .model import Block, Document, Equation, Equations, Figure, Math, Paragraph, Relation, Run, Section, Text
from .page import Page, make_page

MAX_ASKED = 6  # partials that a question names one by one

# The network on which the letters of a notation are shown: from unit j to unit k.
_SHOWN = """
inputs = ["x"]
values = { learning_rate = 1 }
[[units]]
name = "j"
from = { x = "w_j" }
activation = "sigmoid"
[[units]]
name = "k"
from = { j = "w_k" }
activation = "sigmoid"
bias = "b_k"
[loss]
function = "half_squared_error"
targets = { k = "y" }
"""


def notation_page(notation: str) -> tuple[Page, tuple[Text, ...]]:
    """The letters of one notation, a cell for each of ``words.NOTATION_ROWS``; a dash where it does not say."""
    page = make_page(derive(parse(_SHOWN, words.NOTATION)), notation=notation)
    derivation, profile = page.derivation, page.notation.profile
    loss, net_input = derivation.objective, Name("s_j")
    squared: Run = Relation(Name(loss), "=", derivation.program.by_name[loss].tree) if profile.half is not None else words.NONE
    by_net_input = Derivative(loss, net_input.name)
    signed = negative(by_net_input) if derivation.network.signal_sign < 0 else by_net_input
    signal: Run = Math(Name("delta_j")) if profile.delta is None else Relation(Name("delta_j"), "=", signed)
    letters: tuple[Tree, ...] = (
        Name("x"), Name("w_k"), Name("b_k"), net_input, Name("z_j"), Name("z_k"), Call("sigmoid", (net_input,)),
        Call("sigmoid", (net_input,), prime=True), Name("y"), Name(loss),
    )  # fmt: skip
    rest: tuple[Tree, ...] = (Name("C_1"), Name(LEARNING_RATE), Name("Delta_w_k"))
    runs = (*map(Math, letters), squared, Math(Derivative(loss, "w_k")), signal, *map(Math, rest))
    return page, tuple((run,) for run in runs)


def exercise(page: Page, solution: Document, task: str, asked: tuple[str, ...]) -> Document:
    """What an exercise shows: what is given, the network in symbols, and the task; nothing of the solution."""
    figures = [_bare(block) for block in solution.sections[0].blocks if isinstance(block, Figure)]
    given = Section("", (given_section(page, None, signals=False),))
    shown = [*with_decimal_mark(given, page.notation.profile).blocks, *figures]
    text = (task,) if task else _question(page, asked)
    return Document(solution.title, (Section("", (*shown, *_definitions(solution), *_activations(page), Paragraph(text))),))


def _bare(figure: Figure) -> Figure:
    """The network without what is to be found out: no outputs of its units, no error signals."""
    assert isinstance(figure.picture, Diagram)
    graph = figure.picture.graph
    bare = replace(graph, nodes=tuple(replace(node, notes=()) for node in graph.nodes))
    caption = (words.NETWORK_CAPTION,) if bare != graph else figure.caption
    return replace(figure, picture=Diagram(bare), caption=caption, description=description(bare))


def _definitions(solution: Document) -> Iterator[Block]:
    """The definitions of the network and of its loss, without what is worked out of them."""
    shown = [section for section in solution.sections if section.title in (words.FORWARD, words.LOSS)]
    for section in shown or [section for section in solution.sections if section.title == words.TIME]:
        for block in section.blocks:
            if isinstance(block, Equations):
                yield Equations(tuple(replace(row, steps=row.steps[:1]) for row in block.rows), block.packed)
                if not shown:
                    return  # of many steps the first equations are the definitions, the others the solution


def _activations(page: Page) -> Iterator[Block]:
    """What the letters of the activations stand for."""
    rows: dict[Tree, Equation] = {}
    for definition in page.derivation.program.definitions:
        template = definition.template if isinstance(definition, Activation) else None
        if isinstance(template, Call) and template.function in FUNCTIONS:
            written = functions.shown_definition(template.function)
            if written is not None:
                rows[template] = Equation(template, (("=", substitute(written, functions.with_defaults(template))),))
    if rows:
        yield Equations(tuple(rows.values()), packed=True)


def _question(page: Page, asked: tuple[str, ...]) -> tuple[Run, ...]:
    """Derive these partials; with numbers: and evaluate them."""
    derivation = page.derivation
    ending = words.TASK_EVALUATE if page.numbers else words.TASK_END
    names = asked or tuple(derivation.parameters)
    if len(names) > MAX_ASKED:
        return words.fill(words.TASK_ALL + ending, loss=Math(Name(derivation.objective)))
    runs: list[Run] = []
    for index, name in enumerate(names):
        between = words.AND if index == len(names) - 1 else words.COMMA
        runs.extend([between] if runs else [])
        runs.append(Math(Derivative(derivation.objective, name)))
    return (words.TASK, *runs, ending)


def index_terms(page: Page, document: Document) -> Iterator[tuple[str, str]]:
    """(term, title of the section that it leads to, empty for the whole solution) for the index."""
    yield document.title, ""
    network = page.derivation.given
    activations = (*(unit.activation for unit in network.units), *(layer.activation for layer in network.layers))
    for name in dict.fromkeys(map(activation_name, activations)):
        if name not in ("", "identity"):
            yield words.INDEX_ACTIVATION.format(name=words.activation_title(name)), ""
    for loss in (network.loss.function,) if network.loss else ():
        if loss in words.LOSS_TITLES:
            yield words.LOSS_TITLES[loss].removeprefix(words.THE), ""
    if network.steps is not None:
        yield words.INDEX_RECURRENT, ""
    if len(network.samples) > 1:
        yield words.INDEX_SAMPLES, ""
    for section in document.sections:
        if section.title in words.INDEX_SECTIONS:
            yield words.INDEX_SECTIONS[section.title], section.title
