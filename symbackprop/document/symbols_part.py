"""What the symbols mean: a table of those that the page has, and how arrays and their entries are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..array_program import Pick
from ..array_tree import Length, Ones, Shape
from ..arrays import element_name
from ..functions import GENERIC
from ..layered import LAYER_INPUT, bias, net_input, numbered, output, weights
from ..network import LEARNING_RATE, NET_INPUT
from ..time_steps import TIME
from ..tree import Call, Derivative, Name, Tree, negative
from ..wellformed import parts_of_loss
from . import words
from .alike import functions_of
from .array_symbols import IDENTITY
from .arraytex import index_range, printed_shape
from .boxes import UNIT_AXIS
from .conventions import swapped
from .levels import INDEX, MATRIX, UNIT
from .model import OF_PAGE, OF_STEP, Block, Items, Math, Relation, Run, Section, Table, Text
from .page import FULL, Page
from .scripts import split_index

MAX_LISTED = 4  # symbols and units that one row lists; of more the first and the last
SHORT = 12  # rows of a table that is shown where not everything is
_HADAMARD = {r"\odot": "⊙", r"\circ": "∘", r"\ast": "∗"}


class _Row(NamedTuple):
    """Symbols of one kind, what they are, and the shape of the array."""

    symbols: tuple[Tree, ...]
    meaning: Text
    shape: Shape = ()


def notation_section(page: Page) -> Section | None:
    """The table of the symbols on the page; with arrays, how they and their entries are written."""
    if page.arrays is None:
        rows = [(_symbols(row), row.meaning) for row in _rows(page)] if not page.derivation.given.is_array else []
        if not rows or (len(rows) > SHORT and page.detail != FULL):
            return None
        return Section(words.SYMBOLS, (Table("ll", ((words.SYMBOL,), (words.MEANING,)), tuple(rows)),))
    of_entries = page.level != MATRIX
    head = (words.SYMBOL,), (words.MEANING,), (words.INDICES if of_entries else words.SHAPE,)
    rows_of_arrays = [(_symbols(row, page), row.meaning, _shape(page, row.shape, of_entries)) for row in _rows(page)]
    blocks: list[Block] = [Items(tuple(_how_arrays_are_written(page))), Table("lll", head, tuple(rows_of_arrays))]
    return Section(words.SYMBOLS, tuple(blocks))


def _how_arrays_are_written(page: Page) -> Iterator[Text]:
    assert page.arrays is not None
    profile = page.notation.profile
    yield (words.ROWS if page.notation.rows else words.COLUMNS,)
    if page.level != INDEX:
        yield words.fill(words.ENTRYWISE, hadamard=_HADAMARD[page.notation.hadamard], ones=Math(Ones((1,))))
    example = next((name for name in page.arrays.parameters if page.notation.shapes.get(name)), None)
    if example is not None:
        shape = page.notation.shapes[example]
        turned = page.arrays.network.weight_order == "from to" and len(shape) == 2
        first = element_name(example, (0, int(shape[1] != 1)) if turned else (0,) * len(shape))
        counting = words.COUNTING if profile.first_index else words.COUNTING_FROM_0
        yield words.fill(counting, entry=Math(Name(first)), name=swapped(first) if turned else first)
    if any(isinstance(definition, Pick) for definition in page.arrays.program.definitions):
        j, k = page.notation.letters[:2]
        if page.level == INDEX:
            yield words.fill(words.IDENTITY_ENTRIES, identity=Math(Name(element_name(IDENTITY, (j, k)))))
        else:
            yield (words.UNIT_VECTORS,)


# The columns.


def _symbols(row: _Row, page: Page | None = None) -> Text:
    """The symbols of a row; of an array its entry with letters, where the page is written in entries."""
    symbols = row.symbols
    if page is not None and page.level != MATRIX and row.shape:
        symbols = tuple(Name(element_name(own.name, page.index(row.shape))) for own in symbols if isinstance(own, Name))
    if len(symbols) > MAX_LISTED:
        return (Math(symbols[0]), ", …, ", Math(symbols[-1]))
    return _listed(symbols)


def _listed(trees: tuple[Tree, ...]) -> Text:
    runs: list[Run] = []
    for tree in trees:
        runs.extend([", ", Math(tree)] if runs else [Math(tree)])
    return tuple(runs)


def _shape(page: Page, shape: Shape, of_entries: bool) -> Text:
    if not shape:
        return ("–",)
    if not of_entries:
        return _product(printed_shape(shape, page.notation.rows))
    ranges: list[Run] = []
    for letter, length in zip(page.index(shape), shape, strict=True):
        if letter.isdigit():
            continue
        first, last = index_range(page.notation.profile, length)
        ranges.extend([", ", Math(Name(letter))] if ranges else [Math(Name(letter))])
        own: list[Run] = [last] if isinstance(length, int) else [Math(Length(length)), *([" − 1"] if first == "0" else [])]
        ranges.extend([words.BOTH.format(first=first, last=last)] if length == 2 else [words.RANGE.format(first=first), *own])
    return tuple(ranges) or ("–",)


def _product(shape: Shape) -> Text:
    runs: list[Run] = []
    for length in shape:
        runs.extend([words.TIMES] if runs else [])
        own = 1 if length == UNIT_AXIS else length
        runs.append(str(own) if isinstance(own, int) else Math(Length(own)))
    return tuple(runs)


# The rows.


def _rows(page: Page) -> Iterator[_Row]:
    network = page.derivation.given
    if network.layers:
        yield from _of_layers(page)
    elif network.units:
        yield from _of_units(page)
    else:
        yield from _of_equations(page)
    if network.loss is not None:
        own = network.loss.function
        meaning = words.LOSS_WITH_NAME.format(name=words.LOSS_TITLES[own]) if own else words.THE_LOSS
        data, penalty = parts_of_loss(network.loss)
        if penalty in page.derivation.program.by_name:
            yield _Row((Name(network.loss.name),), (words.LOSS_WITH_PENALTY,))
            yield _Row((Name(data),), (meaning,))
            yield _Row((Name(penalty),), (words.PENALTY,))
        else:
            yield _Row((Name(network.loss.name),), (meaning,))
    yield from _functions(page)
    if page.derivation.updates and (network.learning_rate is not None or not network.equations):
        yield _Row((Name(LEARNING_RATE),), (words.LEARNING_RATE,))
    terms = page.terms.terms if page.level == UNIT and page.view != "none" else ()
    if terms:
        yield _Row(tuple(Name(term.name) for term in terms), _counted(words.CACHED_TERM, len(terms)))


def _counted(forms: tuple[str, str], count: int) -> Text:
    return (forms[count > 1],)


def _functions(page: Page) -> Iterator[_Row]:
    """The functions that have a letter of the notation's."""
    used = functions_of(page.derivation if page.arrays is None else page.arrays)
    for name in page.notation.functions:
        if name in used:
            meaning = words.ANY_ACTIVATION if name == GENERIC else words.ACTIVATION.format(name=words.activation_title(name))
            yield _Row((Call(name, (Name(NET_INPUT),)),), (meaning,))


def _of_layers(page: Page) -> Iterator[_Row]:
    own = page.arrays or page.derivation
    network, known = own.network, {*own.program.given, *own.by_name}
    shapes = page.notation.shapes
    yield _Row((Name(LAYER_INPUT),), (words.INPUT,), shapes.get(LAYER_INPUT, ()))
    for number, _, _ in numbered(network):
        kinds = (weights, bias, net_input, output, lambda number: f"delta_{number}")
        meanings = (words.WEIGHTS, words.BIAS, words.NET_INPUT, words.OUTPUT, words.LAYER_SIGNAL_NAME)
        for kind, meaning in zip(kinds, meanings, strict=True):
            name = kind(number)
            if name in known:
                yield _Row((Name(name),), (meaning.format(layer=number),), shapes.get(name, ()))
    for _, target in network.loss.targets if network.loss else ():
        yield _Row((Name(target),), (words.TARGET,), shapes.get(target, ()))


def _of_units(page: Page) -> Iterator[_Row]:
    network, derivation = page.derivation.given, page.derivation
    given = {split_index(name)[0] for name in derivation.program.given}
    sources = dict.fromkeys(weight for unit in network.units for _, weight in unit.sources)
    biases = dict.fromkeys(unit.bias for unit in network.units if unit.bias is not None and unit.bias not in sources)
    inputs = dict.fromkeys(name for name in network.inputs if name not in sources)  # type: ignore[union-attr] # names, of units
    for names_of, forms in ((inputs, words.INPUTS), (sources, words.CONNECTION_WEIGHTS), (biases, words.BIASES)):
        shown = [name for name in names_of if name in given]
        if shown:
            yield _Row(_timed(page, shown), _counted(forms, len(shown)))
    loss = network.loss
    outputs = [unit for unit, _ in loss.targets] if loss is not None else []
    hidden = [unit.name for unit in network.units if unit.name not in outputs]
    every = [unit.name for unit in network.units]
    named = {unit.name: unit for unit in network.units}
    yield _Row(_timed(page, [named[name].net_input for name in every]), _of(words.NET_INPUTS, every))
    if hidden:
        yield _Row(_timed(page, [named[name].output for name in hidden]), _of(words.OUTPUTS, hidden))
    if outputs:
        yield _Row(_timed(page, [named[name].output for name in outputs]), _of(words.PREDICTIONS, outputs))
    targets = dict.fromkeys(target for _, target in loss.targets) if loss is not None else {}
    if targets:
        yield _Row(_timed(page, list(targets)), _counted(words.TARGETS, len(targets)))
    others = given.difference(sources, biases, inputs, targets)
    rest = [name for name in derivation.program.given if split_index(name)[0] in others]
    initial = [name for name in rest if _is_initial(page, name)]
    if initial:
        yield _Row(tuple(map(Name, initial)), _counted(words.INITIAL_VALUES, len(initial)))
    shown = list(dict.fromkeys(split_index(name)[0] for name in rest if name not in initial))
    if shown:
        yield _Row(_timed(page, shown), (words.OTHER_GIVEN,))
    signals = list(dict.fromkeys(split_index(name)[0] for name in derivation.signals))
    if signals:
        first = next(iter(derivation.signals.values()))
        symbols = _timed(page, [f"delta_{name}" for name in reversed(signals)])
        (by,) = _timed(page, [split_index(derivation.signals[first.unit].wrt)[0]])
        partial = Derivative(first.of, by.name)
        is_last = Relation(
            _timed(page, [f"delta_{signals[0]}"])[0],
            "=",
            negative(partial) if first.sign < 0 else partial,
            OF_STEP if page.notation.timed else OF_PAGE,
        )
        yield _Row(symbols, words.fill(words.SIGNALS_ARE[len(signals) > 1], relation=is_last))


def _timed(page: Page, names: list[str]) -> tuple[Name, ...]:
    """Names as symbols; of what is made or read at every step, the symbol at step t."""
    return tuple(Name(element_name(name, (TIME,)) if name in page.notation.timed else name) for name in names)


def _of(forms: tuple[str, str, str], units: list[str]) -> Text:
    """A kind of quantity with the units that have it, where they are few."""
    if len(units) > MAX_LISTED:
        return (forms[2],)
    return (forms[len(units) > 1].format(units=", ".join(units)),)


def _of_equations(page: Page) -> Iterator[_Row]:
    """Of equations nothing is known but what is differentiated by, what is given, and what follows."""
    own = page.arrays or page.derivation
    network = page.derivation.given
    defined = [name for name in own.program.by_name if split_index(name)[0] in dict(network.equations)]
    parameters = [name for name in own.program.given if name in network.parameters]
    given = [name for name in own.program.given if name not in network.parameters]
    objective = [name for name in defined if name == own.objective]
    before = [name for name in defined if name != own.objective]
    kinds = (
        (given, words.GIVEN_SYMBOLS),
        (parameters, words.PARAMETERS_ARE),
        (before, words.DEFINED),
        (objective, words.OBJECTIVES),
    )
    for names_of, forms in kinds:
        shapes = {_at_any_step(page, name): page.notation.shapes.get(name, ()) for name in names_of}
        yield from (_Row((Name(name),), _counted(forms, 1), shape) for name, shape in shapes.items() if shape)
        scalars = [name for name, shape in shapes.items() if not shape]
        if scalars:
            yield _Row(tuple(Name(name) for name in scalars), _counted(forms, len(scalars)))


def _at_any_step(page: Page, name: str) -> str:
    """A name at step t for one at a step: h[t] for h[3]; the initial value, which is given, stays."""
    base, index = split_index(name)
    return element_name(base, (TIME, *index[1:])) if index and base in page.notation.timed and not _is_initial(page, name) else name


def _is_initial(page: Page, name: str) -> bool:
    """Whether a name is that of a value before the first step."""
    base, index = split_index(name)
    return base in page.notation.timed and bool(index) and index[0].removeprefix("-").isdigit() and int(index[0]) < 1
