"""The names that a claim about one derivation may use, and what people call them otherwise.

Plain names are those of the derivation and of `quantities`: all symbols and definitions, ``delta_j``, ``slope_j``, ``C_1``,
``learning_rate``, ``Delta_w``, ``new_w``, ``total_NAME``. Arrays have their own names and those of their entries, ``W1[0][2]``; an
index may be a letter. Other words (``yhat``, ``eta``, a symbol of some notation) stand for one of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

from ...array_tree import Element, Matrix, Shape
from ...arrays import element_name
from ...derivation import Derivation
from ...document.array_symbols import page_shapes
from ...document.greek import GREEK
from ...document.levels import symbols_of_arrays
from ...document.scripts import split_index
from ...errors import InputError
from ...fields import activation_name
from ...functions import ACTIVATIONS
from ...layered import net_input, numbered, output
from ...network import LEARNING_RATE, NET_INPUT
from ...program import Activation
from ...shapes import SCALAR
from ...tree import Call, Derivative, Name, Tree, derivative_name
from ..quantities import TOTAL
from .printed import Key, Printed, key_of

Index = tuple[str, ...]

_PREFIXES = ("Delta_", "new_", TOTAL)
_LOSSES = ("E", "J", "L", "C", "loss", "Loss", "cost", "Cost", "error", "Err")
_RATES = ("eta", "lr", "alpha", "rate", "learningrate", "step_size")
_OUTPUTS = ("yhat", "y_hat", "out", "output", "prediction", "pred")
_CACHED = re.compile(r"C_?([1-9]\d*)")
_LETTER = re.compile(r"([A-Za-z])(?:([+-])(\d+))?")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789aehijklmnoprstuvx")
_SUBSCRIPT = re.compile(r"[₀-₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]+")
_HAT = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde"}


def is_letter(index: str) -> bool:
    """Whether an index is a letter, ``j`` or ``t-1``, and not a number."""
    return not index.lstrip("-").isdigit()


def letter_of(index: str) -> tuple[str, int]:
    """(letter, what is added to it) of an index: (t, -1) for ``t-1``."""
    match = _LETTER.fullmatch(index)
    assert match is not None
    return match[1], int(f"{match[2]}{match[3]}") if match[2] else 0


def spelled_out(text: str) -> str:
    """A word in plain letters: Greek by name, a hat as ``_hat``, lower letters behind ``_``: ``Delta_w_j`` of ``Δwⱼ``."""
    text = _SUBSCRIPT.sub(lambda found: "_" + found[0].translate(_SUBSCRIPTS), text)
    for mark, word in _HAT.items():
        text = "".join(f"{parts[0]}_{word}" if (parts := unicodedata.normalize("NFD", own))[1:] == mark else own for own in text)
    if text.startswith(("Δ", "∆")):
        text = f"Delta_{text[1:].lstrip('_')}"
    return "".join(GREEK.get(letter, letter) for letter in text)


class Names:
    """Everything that a claim about one derivation can name. Made once for all claims of a file."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.arrays = symbols_of_arrays(derivation)
        self.objective = derivation.objective
        known = dict.fromkeys((*derivation.program.given, *derivation.program.by_name, LEARNING_RATE))
        if self.arrays is not None:
            known |= dict.fromkeys((*self.arrays.program.given, *self.arrays.program.by_name))
        known |= dict.fromkeys(f"delta_{unit.name}" for unit in derivation.network.units)
        self.own = tuple(known)  # those that have a symbol of their own
        self.defined = {*derivation.program.by_name, *(self.arrays.program.by_name if self.arrays is not None else ())}
        moved = [update.parameter for update in (*derivation.updates, *(self.arrays.updates if self.arrays is not None else ()))]
        known |= {f"{prefix}{name}": None for name in moved for prefix in ("Delta_", "new_")}
        known |= dict.fromkeys(("forward_operations", "backward_operations"))
        for definition in derivation.program.definitions:
            if isinstance(definition, Activation):
                known |= dict.fromkeys((f"slope_{definition.unit}", f"largest_slope_{definition.unit}"))
        self.known = known
        self.shapes: Mapping[str, Shape] = (
            {name: shape for name, shape in page_shapes(self.arrays).items() if "/" not in name} if self.arrays is not None else {}
        )

    @cached_property
    def starts(self) -> Mapping[str, str]:
        """``z_h[0]`` → ``h[0]``: what the output of a unit is before the first step, by both of its names."""
        units = {unit.name for unit in self.derivation.given.units}
        return {f"z_{name}": name for name in self.known if split_index(name)[0] in units and split_index(name)[1]}

    @cached_property
    def steps(self) -> Mapping[str, tuple[int, ...]]:
        """Of each name with a value at every step, its steps."""
        found: dict[str, set[int]] = {}
        for name in (*self.known, *self.shapes):
            base, index = split_index(name)
            if index and base not in self.shapes and not is_letter(index[0]):
                found.setdefault(base, set()).add(int(index[0]))
        for start in self.starts:
            base, index = split_index(start)
            found[base].add(int(index[0]))
        return {base: tuple(sorted(steps)) for base, steps in found.items()}

    @cached_property
    def bases(self) -> frozenset[str]:
        """All names without their indices."""
        return frozenset(split_index(name)[0] for name in (*self.known, *self.shapes))

    @cached_property
    def printed(self) -> Printed:
        return Printed(self)

    # Plain names.

    def has(self, base: str) -> bool:
        """Whether a word is a plain name of something, without or with an index."""
        return base in self.bases or self._cached_term(base) is not None

    def _cached_term(self, word: str) -> str | None:
        match = _CACHED.fullmatch(word)
        if match is None or int(match[1]) > len(self.derivation.terms().terms):
            return None
        return f"C_{match[1]}"

    def shape(self, name: str) -> Shape:
        """The shape of a name, an index of time in it a number or a letter."""
        if name in self.shapes:
            return self.shapes[name]
        base, index = split_index(name)
        if index and base in self.steps and is_letter(index[0]):
            return next((self.shape(element_name(base, (step, *index[1:]))) for step in reversed(self.steps[base])), SCALAR)
        return SCALAR

    def leaf(self, base: str, index: Index = ()) -> Tree | None:
        """The tree of a plain name with its indices; None where there is no such thing. InputError for an index out of range."""
        if base.startswith(TOTAL) and base not in self.bases:
            return self._total(base, index)
        if base not in self.bases:
            term = self._cached_term(base)
            return Name(term) if term and not index else self._joined_partial(base, index)
        whole = element_name(base, index)
        if whole in self.starts:
            return Name(self.starts[whole])
        if whole in self.known or whole in self.shapes:
            return Name(whole)
        step = 1 if base in self.steps else 0
        if step and not index:
            return Name(base) if base in self.shapes else None
        if step and (is_letter(index[0]) or self._has_step(base, index[0])):
            prefix = element_name(base, index[:1])
        elif step:
            return None
        else:
            prefix = base
        shape, rest = self.shape(prefix), index[step:]
        if len(rest) > len(shape):
            return None
        rest = tuple(_in_range(own, length, whole) for own, length in zip(rest, shape, strict=False))
        return Element(Name(prefix), rest) if rest and len(rest) < len(shape) else Name(element_name(prefix, rest))

    def _has_step(self, base: str, step: str) -> bool:
        return int(step) in self.steps[base]

    def _total(self, base: str, index: Index) -> Tree | None:
        inner = self.leaf(base.removeprefix(TOTAL), index)
        match inner:
            case Name(name):
                return Name(TOTAL + name)
            case Derivative():
                return Name(TOTAL + inner.name.replace("/", "_"))
        return None

    def _joined_partial(self, word: str, index: Index) -> Tree | None:
        """``dE_dw_j`` as ∂E/∂w_j."""
        if not word.startswith("d"):
            return None
        for match in re.finditer("_d", word):
            above, below = word[1 : match.start()], word[match.end() :]
            if above in self.bases and below in self.bases and (found := self.partial(self.leaf(above), self.leaf(below, index))):
                return found
        return None

    def partial(self, of: Tree | None, wrt: Tree | None) -> Tree | None:
        """∂of/∂wrt of two names, or rows of arrays; None where one of them is no name, or nothing is computed as ``of``."""
        if isinstance(wrt, Matrix):
            rows = tuple(tuple(self.partial(of, own) for own in row) for row in wrt.rows)
            return Matrix(rows) if all(own is not None for row in rows for own in row) else None  # type: ignore[arg-type]
        if isinstance(wrt, Element) and (whole := self.partial(of, wrt.body)) is not None:
            return Element(whole, wrt.index)
        if not isinstance(of, Name) or not isinstance(wrt, Name):
            return None
        if (
            not self.is_defined(of.name)
            or wrt.name.startswith(_PREFIXES)
            or _CACHED.fullmatch(wrt.name)
            or wrt.name == LEARNING_RATE
        ):
            return None
        return Derivative(of.name, wrt.name)

    def is_defined(self, name: str) -> bool:
        """Whether a name, or the array that it is an entry of, has a definition."""
        base, index = split_index(name)
        if index and base in self.steps:
            at = index[0] if not is_letter(index[0]) else str(self.steps[base][-1])
            return any(element_name(base, own) in self.defined for own in ((at,), (at, *index[1:])))
        return name in self.defined or base in self.defined

    # Other words.

    def word(self, text: str, index: Index = ()) -> Tree | None:
        """The tree of a word that people write, a plain name or not. InputError where it could be two things."""
        found = self.leaf(text, index)
        if found is not None:
            return found
        for own in dict.fromkeys((text, spelled_out(text))):
            if (found := self.leaf(own, index)) is not None:
                return found
            for prefix in _PREFIXES:
                rest = own.removeprefix(prefix)
                if rest != own and (inner := self.word(rest, index)) is not None:
                    return self.with_prefix(prefix, inner)
        own = spelled_out(text)
        return self.alias(own, index) or self.printed.word(own, index) or (None if index else self.family(own))

    def family(self, word: str) -> Matrix | None:
        """w_1, w_2, … as a list, where w itself is no name; also their updates."""
        rows: list[tuple[Tree, ...]] = []
        while (own := f"{word}_{len(rows) + 1}") in self.known:
            rows.append((Name(own),))
        return Matrix(tuple(rows)) if len(rows) > 1 else None

    def with_prefix(self, prefix: str, inner: Tree) -> Tree | None:
        """Delta_w of w; None where there is no such thing."""
        match inner:
            case Name(name):
                base, index = split_index(name)
                return self.leaf(prefix + base, index)
            case Element(Name(name), index):
                return self.leaf(prefix + name, index)
            case Derivative() if prefix == TOTAL:
                return Name(TOTAL + inner.name.replace("/", "_"))
            case Matrix():
                rows = tuple(tuple(self.with_prefix(prefix, own) for own in row) for row in inner.rows)
                return Matrix(rows) if all(own is not None for row in rows for own in row) else None  # type: ignore[arg-type]
        return None

    def alias(self, word: str, index: Index) -> Tree | None:
        """The loss, the learning rate and the output under names that they often have."""
        if word in _LOSSES and not index:
            return self.leaf(self.objective)
        if word in _RATES and not index:
            return Name(LEARNING_RATE)
        if word in _OUTPUTS:
            return self.output_of("", index)
        if word == NET_INPUT and self.any_net_input:
            return self.leaf(self.any_net_input, index)
        if word in self.single:
            return self.leaf(self.single[word], index)
        head, _, rest = word.rpartition("_")
        return self.output_of(rest, index) if head in _OUTPUTS else None

    def output_of(self, which: str, index: Index = ()) -> Tree | None:
        """The output of the output unit; of several the one with a name, or a number from 1."""
        if which.isdigit() and self.derivation.given.layers and not index:
            return self.leaf(self.outputs[0], (str(int(which) - 1),)) if which != "0" else None
        if not which:
            return self.leaf(self.outputs[0], index) if len(self.outputs) == 1 else None
        if f"z_{which}" in self.outputs:
            return self.leaf(f"z_{which}", index)
        if which.isdigit() and 0 < int(which) <= len(self.outputs):
            return self.leaf(self.outputs[int(which) - 1], index)
        return None

    @cached_property
    def single(self) -> Mapping[str, str]:
        """x and y, where units have one input or one target, whatever its name."""
        network = self.derivation.given
        targets = [target for _, target in network.loss.targets] if network.loss is not None else []
        inputs = network.inputs if isinstance(network.inputs, tuple) else ()
        return {word: own[0] for word, own in (("x", inputs), ("y", targets)) if network.units and len(own) == 1}

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """The outputs of the network, by name without a step."""
        network = self.derivation.given
        if network.layers:
            return (output(len(network.layers)),)
        return tuple(f"z_{unit}" for unit in network.outputs) if network.units else ()

    # Functions.

    @cached_property
    def activations(self) -> Mapping[str, Tree]:
        """The activation of each net input and output, by name without indices, as a formula in ``s``."""
        network = self.derivation.given
        found: dict[str, Tree] = {}
        for unit in network.units:
            found[unit.net_input] = found[unit.output] = unit.activation
        for number, layer, _ in numbered(network):
            found[net_input(number)] = found[output(number)] = layer.activation
        return found

    @cached_property
    def any_net_input(self) -> str:
        """The name that an s without an index stands for, the argument of activations in general: a net input that one has."""
        squashed = (
            name for name, own in self.activations.items() if activation_name(own) != "identity" and name.startswith(NET_INPUT)
        )
        return next((name for name in squashed if name in self.known or name in self.shapes), "")

    @cached_property
    def used(self) -> Collection[str]:
        """The functions that are an activation somewhere, but for the identity; of equations those that could be one."""
        found = {activation_name(template) for template in self.activations.values()} - {"identity"}
        if not self.activations:
            for definition in self.derivation.program.definitions:
                found |= {own for own in _calls(definition.tree) if own in ACTIVATIONS}
        return found

    def all_words(self) -> Iterator[str]:
        """The plain names, for hints."""
        yield from self.bases
        yield from (derivative_name(self.objective, name) for name in self.bases if name in self.derivation.network.parameters)


def _calls(tree: Tree) -> Iterator[str]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Call):
            yield node.function
        stack.extend(node.children)


def _in_range(index: str, length: int | str, whole: str) -> str:
    """An index counted from the front. InputError where the axis is shorter."""
    if is_letter(index) or isinstance(length, str):
        return index
    own = int(index)
    if not -length <= own < length:
        raise InputError(f"{whole} is out of range; the indices are 0 to {length - 1}")
    return str(own % length)


__all__ = ["Index", "Key", "Names", "is_letter", "key_of", "letter_of", "spelled_out"]
