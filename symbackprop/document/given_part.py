"""What is given: values of scalars, matrices of values, samples, what is differentiated by; and the shapes of all arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..array_program import Pick
from ..array_tree import Length, Matrix, Ones, Shape
from ..arrays import Array, element_name, indices
from ..arrays import Given as Value
from ..layered import LAYER_INPUT, bias, net_input, numbered, output, weights
from ..network import LEARNING_RATE, Network
from ..numbers import given_text
from ..tree import Name, Number, Tree
from . import words
from .array_numbers import fits_page, in_rows
from .array_symbols import IDENTITY, OF_ALL
from .arraytex import printed_shape
from .boxes import UNIT_AXIS
from .levels import INDEX, UNIT
from .model import Block, Equation, Equations, Given, Items, Math, Paragraph, Relation, Run, Section, Table, Text
from .page import Page, has_many_steps
from .scripts import split_index

_HADAMARD = {r"\odot": "⊙", r"\circ": "∘"}


def given_section(page: Page) -> Given:
    """The box of given values, the samples, and what is differentiated by."""
    derivation = page.derivation if page.arrays is None else page.arrays
    network = derivation.network
    values: dict[str, Value] = dict(network.values)
    if network.learning_rate is not None:
        values[LEARNING_RATE] = network.learning_rate
    blocks: list[Block] = []
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
            runs.extend([", "] if runs else [])
            runs.append(Relation(Name(name), "=", Number(value.value, given_text(value))))
    if runs:
        yield Paragraph(tuple(runs))
    arrays = {name: value for name, value in values.items() if isinstance(value, Array)}
    rows = [own for name, value in arrays.items() if (own := _array(page, name, value))]
    if rows:
        yield Equations(tuple(rows), packed=True)
    large = [Name(name) for name, value in arrays.items() if _array(page, name, value) is None]
    if large:
        yield Paragraph((words.TOO_MANY_VALUES, *_listed(list(large)), "."))


def _array(page: Page, name: str, value: Array) -> Equation | None:
    """name = its entries = their values; None where it is too large for the page."""
    numbers = in_rows(page, value.shape, [Number(entry.value, given_text(entry)) for entry in value.entries])
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
            yield Equations(tuple(own for own in rows if own), packed=True)
        else:
            yield Paragraph((words.TOO_MANY_SAMPLES.format(count=len(network.samples)),))
        return
    yield Table(
        "r" * (len(columns) + 1),
        ((words.SAMPLE,), *((Math(Name(name)),) for name in columns)),
        tuple(
            ((str(index),), *((Math(_shown(page, sample[name])),) for name in columns))
            for index, sample in enumerate(network.samples, 1)
        ),
    )


def _shown(page: Page, value: Value) -> Tree:
    if isinstance(value, Array):
        return in_rows(page, value.shape, [Number(entry.value, given_text(entry)) for entry in value.entries])
    return Number(value.value, given_text(value))


def _all_samples(page: Page, network: Network, name: str) -> Equation | None:
    """X = the values of all samples, one in each column, or in each row."""
    rows = []
    for sample in network.samples:
        value = sample[name]
        assert isinstance(value, Array)
        rows.append(tuple(Number(entry.value, given_text(entry)) for entry in value.entries))
    matrix = Matrix(tuple(rows) if page.notation.rows else tuple(zip(*rows, strict=True)))
    shape = (len(matrix.rows), len(matrix.rows[0]))
    return Equation(Name(name + OF_ALL), (("=", matrix),)) if fits_page(page, shape, matrix) else None


# Symbols and shapes.


def symbols_section(page: Page) -> Section | None:
    """What the letters mean: layout, entries, products entry by entry; and the shape of every array."""
    if page.arrays is None:
        return None
    items: list[Text] = [(words.ROWS if page.notation.rows else words.COLUMNS,)]
    if page.level != INDEX:
        items.append(words.fill(words.ENTRYWISE, hadamard=_HADAMARD[page.notation.hadamard], ones=Math(Ones((1,)))))
    example = next((name for name in page.arrays.parameters if page.notation.shapes.get(name)), None)
    if example is not None:
        first = element_name(example, tuple(range(len(page.notation.shapes[example]))))
        items.append(words.fill(words.COUNTING, entry=Math(Name(first)), name=first))
    if any(isinstance(definition, Pick) for definition in page.arrays.program.definitions):
        j, k = page.notation.letters[:2]
        if page.level == INDEX:
            items.append(words.fill(words.IDENTITY_ENTRIES, identity=Math(Name(element_name(IDENTITY, (j, k))))))
        else:
            items.append((words.UNIT_VECTORS,))
    if page.level == UNIT:
        return Section(words.SYMBOLS, (Items(tuple(items)),))
    head: list[Text] = [(words.SYMBOL,), (words.MEANING,), (words.INDICES if page.level == INDEX else words.SHAPE,)]
    rows = [_symbol_row(page, name, meaning) for name, meaning in _meanings(page) if page.notation.shapes.get(name)]
    if page.derivation.network.equations:  # whose symbols have no meaning that is known here
        head, rows = [head[0], head[2]], [(own[0], own[2]) for own in rows]
    return Section(words.SYMBOLS, (Items(tuple(items)), Table("l" * len(head), tuple(head), tuple(rows))))


def _symbol_row(page: Page, name: str, meaning: str) -> tuple[Text, ...]:
    shape = page.notation.shapes[name]
    if page.level != INDEX:
        return (Math(Name(name)),), (meaning,), _product(printed_shape(shape, page.notation.rows))
    index = page.index(shape)
    ranges: list[Run] = []
    for letter, length in zip(index, shape, strict=True):
        if letter.isdigit():
            continue
        ranges.extend([", ", Math(Name(letter))] if ranges else [Math(Name(letter))])
        ranges.extend([words.RANGES[length]] if length in words.RANGES else [words.RANGE, *_length(length)])
    return (Math(Name(element_name(name, index))),), (meaning,), tuple(ranges) or ("–",)


def _product(shape: Shape) -> Text:
    runs: list[Run] = []
    for length in shape:
        runs.extend([" × "] if runs else [])
        runs.extend(_length(1 if length == UNIT_AXIS else length))
    return tuple(runs)


def _length(length: int | str) -> Text:
    return (str(length),) if isinstance(length, int) else (Math(Length(length)),)


def _meanings(page: Page) -> Iterator[tuple[str, str]]:
    """(symbol, what it is): of layers in their order, of equations as they are met."""
    network, program = page.derivation.network, page.derivation.program
    if not network.layers:
        yield from ((name, "") for name in (*program.given, *program.by_name))
        return
    yield LAYER_INPUT, words.INPUT
    for number, _, _ in numbered(network):
        kinds = (weights, bias, net_input, output, lambda number: f"delta_{number}")
        meanings = (words.WEIGHTS, words.BIAS, words.NET_INPUT, words.OUTPUT, words.LAYER_SIGNAL_NAME)
        yield from ((kind(number), meaning.format(layer=number)) for kind, meaning in zip(kinds, meanings, strict=True))
    for _, target in network.loss.targets if network.loss else ():
        yield target, words.TARGET
