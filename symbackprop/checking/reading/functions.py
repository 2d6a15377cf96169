"""Which function a word means in a claim: by its name, by a letter of the notation, or the activation of a unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...array_tree import Element, Softmax
from ...document.scripts import split_index
from ...errors import InputError
from ...fields import activation_name
from ...functions import ARGUMENT_COUNTS, FUNCTIONS, GENERIC
from ...network import NET_INPUT
from ...program import Activation
from ...tree import Call, Name, Tree, substitute
from .names import Names
from .printed import key_of

SOFTMAX = "softmax"
_SUFFIXES = ("_slope", "_prime", "_derivative")
_OTHER_NAMES = {
    "ln": "log", "max": "maximum", "min": "minimum", "sgn": "sign", "ReLU": "relu", "logistic": "sigmoid", "Sigmoid": "sigmoid",
    "heaviside": "step", "Phi": "normal_cdf", "id": "identity",
}  # fmt: skip
_SIGMA = ("sigma", "σ", r"\sigma")
_ANY = (*_SIGMA, "f", "g", "phi", "φ", "act", "varphi", "h", r"\phi", r"\varphi", "a")  # letters that stand for an activation
_TEX: Mapping[str, str] = {
    **{key_of(own.latex).base: own.name for own in FUNCTIONS.values() if own.name != "sigmoid"},
    r"\log": "log",
}


class Function(NamedTuple):
    """A word that is a function: its name, empty for the activation of the unit that the argument belongs to.

    ``unit`` is the unit that an index of the word names, ``constants`` are arguments that stand as its index.
    """

    name: str
    word: str
    unit: str = ""
    primes: int = 0
    constants: tuple[Tree, ...] = ()


def function_of(names: Names, word: str) -> Function | None:
    """The function that a plain word or the TeX of a letter means; None where it means none."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and (inner := function_of(names, word.removesuffix(suffix))) is not None:
            return inner._replace(primes=inner.primes + 1)
    if word in ARGUMENT_COUNTS or word == SOFTMAX:
        return Function(word, word)
    if (found := _OTHER_NAMES.get(word)) is not None:
        return Function(found, word)
    letter = key_of(word).base
    if letter in names.printed.functions:
        return Function(names.printed.functions[letter], word)
    if word in _SIGMA and (known := next((own for own in (GENERIC, "sigmoid") if own in names.used), None)):
        return Function(known, word)
    if word in _ANY:
        if r"\varphi" in word and "gelu" in names.used:
            return Function("normal_pdf", word)
        return Function(GENERIC if word in _SIGMA and not names.used else "", word)
    if letter in _TEX:
        return Function(_TEX[letter], word)
    head, _, unit = word.rpartition("_")
    if head and (f"s_{unit}" in names.activations or f"s{unit}" in names.activations):
        inner = function_of(names, head)
        if inner is not None and head in (*_ANY, *names.printed.functions):
            return inner._replace(name="", unit=f"s_{unit}" if f"s_{unit}" in names.activations else f"s{unit}")
    return None


def called(names: Names, function: Function, arguments: tuple[Tree, ...], primes: int) -> Tree:
    """A function of arguments; with a prime its derivative. InputError where the word could be several functions."""
    primes += function.primes
    if primes > 1:
        raise InputError(f"{function.word} with two primes is a second derivative, which a claim cannot be about")
    if function.name == SOFTMAX and not primes and len(arguments) == 1:
        return Softmax(arguments[0])
    if function.name:
        allowed = ARGUMENT_COUNTS.get(function.name, (1,))
        arguments = (*arguments, *function.constants)
        if len(arguments) not in allowed:
            wanted = " or ".join(map(str, allowed))
            raise InputError(f"{function.word} takes {wanted} argument(s), not {len(arguments)}")
        return Call(function.name, arguments, bool(primes))
    if len(arguments) != 1:
        raise InputError(f"the activation {function.word} takes one argument, not {len(arguments)}")
    return _activated(_template(names, function, arguments[0]), arguments[0], bool(primes), function.word)


def _template(names: Names, function: Function, argument: Tree) -> Tree:
    """The activation as a formula in ``s``."""
    if function.unit:
        return names.activations[function.unit]
    inner = argument.body if isinstance(argument, Element) else argument
    if isinstance(inner, Name) and (own := names.activations.get(split_index(inner.name)[0])) is not None:
        return own
    used = sorted(names.used)
    if len(used) == 1 and used[0]:
        return next(
            (own for own in names.activations.values() if activation_name(own) == used[0]), Call(used[0], (Name(NET_INPUT),))
        )
    if not used:
        raise InputError(f"{function.word} is no function of this network; write its name, sigmoid say")
    raise InputError(f"{function.word} could be {' or '.join(own or 'a formula' for own in used)}; write the function's name")


def _activated(template: Tree, argument: Tree, prime: bool, word: str) -> Tree:
    put_in = {NET_INPUT: argument}
    if template == Name(NET_INPUT):
        return Call("identity", (argument,), prime)
    if isinstance(template, Softmax):
        if prime:
            raise InputError(f"the softmax {word} has no derivative of one argument; write the partial of an output")
        return Softmax(argument)
    if activation_name(template) and isinstance(template, Call):
        return Call(template.function, (argument, *template.arguments[1:]), prime)
    if prime:
        return substitute(Activation("", "", template, NET_INPUT).slope(template), put_in)
    return substitute(template, put_in)
