"""A `Network` into the text of a network file, from which `network_file.parse` makes the same network again.

Only what the network's document prints and claims is left out: it belongs to the document, not to the network.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from ..arrays import Array
from ..errors import InputError
from ..fields import LEARNING_RATE, NET_INPUT
from ..functions import GENERIC
from ..network import Layer, Loss, Network, Unit
from ..plain_text import number_text, plain_text
from ..time_steps import sequences
from ..tree import Call, Name, Number, Tree

_DECIMAL = re.compile(r"[+-]?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_DEFAULTS: Mapping[str, Any] = {"title": "", "layout": "column", "steps": None, "frozen": (), "notation": ""}


def network_text(network: Network) -> str:
    """The network as TOML. Raises InputError for units in groups, which no file can say."""
    return "\n".join(_lines(network)) + "\n"


def _lines(network: Network) -> Iterator[str]:
    for key, default in _DEFAULTS.items():
        if getattr(network, key) != default:
            yield f"{key} = {_value(getattr(network, key))}"
    if network.inputs:
        yield f"inputs = {_value(network.inputs)}"
    if network.equations:
        timed = sequences(network) if network.steps is not None else set()
        rows = (f"{name}{'[t]' if name in timed else ''} = {plain_text(tree)}" for name, tree in network.equations)
        yield "\n".join(('equations = """', *rows, '"""'))
    if network.loss is None:
        yield f"objective = {_value(network.objective)}"
    yield f"parameters = {_value(network.parameters)}"
    if network.ascent:
        yield 'update = "ascent"'
    if network.signal_sign < 0:
        yield 'delta = "negative"'
    for unit in network.units:
        yield from _table("[[units]]", _unit(unit))
    for layer in network.layers:
        yield from _table("[[layers]]", _layer(layer))
    if network.loss is not None:
        yield from _table("[loss]", _loss(network.loss, bool(network.layers)))
    if network.equations and network.shapes:
        yield from _table("[shapes]", network.shapes)
    rate = {} if network.learning_rate is None else {LEARNING_RATE: network.learning_rate}
    yield from _table("[values]", {**network.values, **rate})
    for sample in network.samples:
        yield from _table("[[samples]]", sample)
    yield from _table("[symbols]", network.symbols)
    yield from _table("[numbers]", network.numbers)


def _table(head: str, entries: Mapping[str, Any]) -> Iterator[str]:
    if entries:
        yield f"\n{head}"
        yield from (f"{_key(key)} = {_value(value)}" for key, value in entries.items())


def _unit(unit: Unit) -> dict[str, Any]:
    if unit.group:
        raise InputError("units in groups cannot be written to a file; write them as a layer", f"unit {unit.name!r}")
    own: dict[str, Any] = {"name": unit.name}
    own |= {"from": dict(unit.sources)} if unit.formula is None else {"formula": plain_text(unit.formula)}
    own["activation"] = _activation(unit.activation)
    return own if unit.bias is None else own | {"bias": unit.bias}


def _layer(layer: Layer) -> dict[str, Any]:
    biases: dict[str, bool | str] = {"unit": True, "none": False}
    return {"units": layer.units, "activation": _activation(layer.activation), "bias": biases.get(layer.bias, layer.bias)}


def _activation(template: Tree) -> str:
    if template == Name(NET_INPUT):
        return "identity"
    if isinstance(template, Call) and template.arguments == (Name(NET_INPUT),):
        return "generic" if template.function == GENERIC else template.function
    return plain_text(template)


def _loss(loss: Loss, of_layers: bool) -> dict[str, Any]:
    own: dict[str, Any] = {"function": loss.function} if loss.function else {"formula": plain_text(loss.formula)}  # type: ignore[arg-type]
    if of_layers and loss.targets:
        own["targets"] = loss.targets[0][1]
    elif loss.targets:
        own["targets"] = dict(loss.targets)
    rest = {"reduction": loss.reduction, "name": loss.name, "l1": dict(loss.l1), "l2": dict(loss.l2), "steps": loss.steps}
    return own | {key: value for key, value in rest.items() if value}


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _text(text: str) -> str:
    """A TOML string on one line, which may stand inside a Python string of three quotes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", r"\u007f").replace("'''", r"''\u0027")


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case int():
            return str(value)
        case Number():
            return _number(value)
        case Array():
            return _value([value.part(index) for index in range(value.shape[0])])
        case Mapping():
            return f"{{ {', '.join(f'{_key(key)} = {_value(own)}' for key, own in value.items())} }}"
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
    raise AssertionError(f"no text for {type(value).__name__}")


def _number(number: Number) -> str:
    """As it was given; a fraction or an odd spelling as text in quotes."""
    text = number.text if number.text and Fraction(number.text) == number.value else ""
    if text:
        return text if _DECIMAL.fullmatch(text) and not text.lstrip("+-").isdigit() else _text(text)
    return str(number.value.numerator) if number.value.denominator == 1 else _text(number_text(number.value))
