"""What is given: values of scalars, matrices of values, samples, what is differentiated by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..array_tree import Matrix
from ..arrays import Array, element_name, indices
from ..arrays import Given as Value
from ..network import LEARNING_RATE, Network
from ..numbers import given_text
from ..tree import ALL_SAMPLES, Name, Number, Quantity, Tree
from . import words
from .array_numbers import fits_page, in_rows
from .array_symbols import OF_ALL
from .diagrams.diagram import Diagram
from .levels import UNIT
from .model import OF_ARRAYS, OF_BATCH, Block, Equation, Equations, Figure, Given, Math, Paragraph, Relation, Run, Table
from .page import Page, has_many_steps
from .scripts import split_index


def given_section(page: Page, figure: Figure | None, signals: bool) -> Given:
    """The box of given values, the samples, and what is differentiated by.

    ``figure`` is the network below it, ``signals`` whether a section shows error signals.
    """
    derivation = page.derivation if page.arrays is None else page.arrays
    network = derivation.network
    values: dict[str, Value] = dict(network.values)
    if network.learning_rate is not None:
        values[LEARNING_RATE] = network.learning_rate
    blocks: list[Block] = [Paragraph((sentence,)) for sentence in _changes(page, figure, signals)]
    if has_many_steps(page):
        values = {name: value for name, value in values.items() if _is_shown_step(page, name)}
        blocks.append(Paragraph((words.FEW_OF_MANY_STEPS.format(steps=derivation.given.steps),)))
    if values:
        blocks.extend(_values(page, values))
    elif not network.samples:
        blocks.append(Paragraph((words.NO_VALUES,)))
    if network.samples:
        blocks.extend(_samples(page, network))
    blocks.append(Paragraph((words.PARAMETERS, *_listed([Name(name) for name in derivation.parameters]), ".")))
    return Given(tuple(blocks))


def _changes(page: Page, figure: Figure | None, signals: bool) -> Iterator[str]:
    """What the notation changes in the derivation, as far as the page shows it."""
    for kind in page.notation.changes:
        if kind != "sign" or signals:
            yield words.CHANGES[kind]
        elif figure is not None and isinstance(figure.picture, Diagram):
            # Without the section of error signals, the figure is the only place where they may stand.
            if any(note.role == "gradient" for node in figure.picture.graph.nodes for note in node.notes):
                yield words.SIGN_IN_FIGURE


def _is_shown_step(page: Page, name: str) -> bool:
    """Of what has a value at every one of many steps, the first and the last are shown."""
    base, index = split_index(name)
    return base not in page.notation.timed or index[0] in ("0", "1", "2", str(page.derivation.given.steps))


def _listed(trees: list[Tree]) -> list[Run]:
    runs: list[Run] = []
    for tree in trees:
        runs.extend([", ", Math(tree)] if runs else [Math(tree)])
    return runs


def _values(page: Page, values: Mapping[str, Value]) -> Iterator[Block]:
    """Numbers in a line, arrays as matrices; of one that is too large for the page, its shape alone."""
    runs: list[Run] = []
    for name, value in values.items():
        if isinstance(value, Number):
            runs.extend([page.notation.profile.separator] if runs else [])
            runs.append(Relation(Name(name), "=", _number(value, name)))
    if runs:
        yield Paragraph(tuple(runs))
    arrays = {name: value for name, value in values.items() if isinstance(value, Array)}
    rows = [own for name, value in arrays.items() if (own := _array(page, name, value))]
    if rows:
        yield Equations(tuple(rows), packed=True, holds=OF_ARRAYS)
    large = [Name(name) for name, value in arrays.items() if _array(page, name, value) is None]
    if large:
        yield Paragraph((words.TOO_MANY_VALUES, *_listed(list(large)), "."))


def _array(page: Page, name: str, value: Array) -> Equation | None:
    """name = its entries = their values; None where it is too large for the page."""
    numbers = _shown(page, name, value)
    if not fits_page(page, value.shape, numbers):
        return None
    symbols = in_rows(page, value.shape, [Name(element_name(name, index)) for index in indices(value.shape)])
    with_symbols = page.level == UNIT and fits_page(page, value.shape, symbols)
    return Equation(Name(name), (("=", symbols), ("=", numbers)) if with_symbols else (("=", numbers),))


def _samples(page: Page, network: Network) -> Iterator[Block]:
    columns = tuple(network.samples[0])
    in_columns = words.SAMPLES_IN_ROWS if page.notation.rows else words.SAMPLES_IN_COLUMNS
    yield Paragraph((in_columns if page.batch is not None else words.SAMPLE_VALUES,))
    if page.batch is not None:
        rows = [_all_samples(page, network, name) for name in columns]
        if all(rows):
            yield Equations(tuple(own for own in rows if own), packed=True, holds=OF_BATCH)
        else:
            yield Paragraph((words.TOO_MANY_SAMPLES.format(count=len(network.samples)),))
        return
    yield Table(
        "r" * (len(columns) + 1),
        ((words.SAMPLE,), *((Math(Name(name)),) for name in columns)),
        tuple(
            (
                (str(index + 1),),
                *((Math(_shown(page, name, sample[name], index), of=Name(name), sample=index),) for name in columns),
            )
            for index, sample in enumerate(network.samples)
        ),
    )


def _shown(page: Page, name: str, value: Value, sample: int = 0) -> Tree:
    if isinstance(value, Array):
        places = zip(value.entries, indices(value.shape), strict=True)
        return in_rows(page, value.shape, [_number(entry, element_name(name, index), sample) for entry, index in places])
    return _number(value, name, sample)


def _number(value: Number, name: str, sample: int = 0) -> Number:
    return Number(value.value, given_text(value), Quantity(name, sample))


def _all_samples(page: Page, network: Network, name: str) -> Equation | None:
    """X = the values of all samples, one in each column, or in each row."""
    rows = []
    for number, sample in enumerate(network.samples):
        value = sample[name]
        assert isinstance(value, Array)
        at = ((number, entry) if page.notation.rows else (entry, number) for entry in range(len(value.entries)))
        named = zip(value.entries, (element_name(name + OF_ALL, index) for index in at), strict=True)
        rows.append(tuple(_number(entry, own, ALL_SAMPLES) for entry, own in named))
    matrix = Matrix(tuple(rows) if page.notation.rows else tuple(zip(*rows, strict=True)))
    shape = (len(matrix.rows), len(matrix.rows[0]))
    return Equation(Name(name + OF_ALL), (("=", matrix),)) if fits_page(page, shape, matrix) else None
