"""Every back end against fifty digits: whole networks, ordinary and saturated, to a few units in the last place.

The reference shares no code with the package: the forward pass in mpmath with a thousand digits, and central differences of it with
steps of 10⁻⁴⁰⁰, of which hundreds of digits are right.
"""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterable, Mapping
from random import Random
from types import SimpleNamespace
from typing import Any

import mpmath
import numpy
import pytest
from random_networks import random_case

from symbackprop import Layer, Loss, Network, Unit, derive
from symbackprop.numeric import c_library

mp = mpmath.mp.clone()
mp.dps = 1000  # 1 − σ(800) is 10⁻³⁴⁸
STEP = mp.mpf(10) ** -400
ROUNDING = 2.0**-53  # what one operation may do to its result
BACKENDS = ["math", "numpy", *(["c"] if any(map(shutil.which, c_library.COMPILERS)) else [])]
MP = SimpleNamespace(
    exp=mp.exp,
    log=mp.log,
    sqrt=mp.sqrt,
    sin=mp.sin,
    erf=mp.erf,
    half=mp.mpf(1) / 2,
    choose=lambda s, above, below: above if s > 0 else below,
)


pytestmark = pytest.mark.usefixtures("own_cache")


def partials(objective: Callable[[Mapping[str, Any]], Any], values: Mapping[str, float], names: Iterable[str]) -> dict[str, Any]:
    """By differences, of which hundreds of digits are right."""
    at = {name: mp.mpf(value) for name, value in values.items()}
    return {
        name: (objective({**at, name: at[name] + STEP}) - objective({**at, name: at[name] - STEP})) / (2 * STEP) for name in names
    }


def error(found: Mapping[str, float], true: Mapping[str, Any]) -> float:
    """The greatest error, in roundings of the greatest partial."""
    largest = max(map(abs, true.values()))
    return float(max(abs(mp.mpf(found[name]) - true[name]) for name in true) / max(largest, mp.mpf(10) ** -300) / ROUNDING)


@pytest.mark.parametrize("seed", range(10))
def test_networks_of_units(seed: int) -> None:
    case = random_case(Random(seed), 6)
    values = {name: float(text) for name, text in case.values.items()}
    network = case.network()
    true = partials(lambda own: case.forward(MP, own, {})["E"], values, network.parameters)
    for backend in BACKENDS:
        objective, found = derive(network).lambdify(backend)()
        whole = case.forward(MP, {name: mp.mpf(value) for name, value in values.items()}, {})["E"]
        assert abs(objective - whole) <= 4 * ROUNDING * abs(whole), backend
        assert error(found, true) <= 40, backend  # sums of the network's own in which digits cancel: 27 at most


SIZES = {"sigmoid": (3, 4, 2), "tanh": (3, 4, 2), "softmax": (3, 4, 3)}


def layers(kind: str, own: Mapping[str, Any]) -> Any:
    """Two layers written out: σ with the cross-entropy of two classes, tanh with squared errors, softmax with cross-entropy."""
    first, second, third = SIZES[kind]
    s1 = [mp.fdot((own[f"W1{j}{i}"], own[f"x{i}"]) for i in range(first)) + own[f"b1{j}"] for j in range(second)]
    z1 = [mp.tanh(s) if kind == "tanh" else 1 / (1 + mp.exp(-s)) for s in s1]
    s2 = [mp.fdot((own[f"W2{k}{j}"], z1[j]) for j in range(second)) + own[f"b2{k}"] for k in range(third)]
    y = [own[f"y{k}"] for k in range(third)]
    if kind == "softmax":
        total = mp.log(mp.fsum(map(mp.exp, s2)))
        return mp.fdot(y, [total - s for s in s2])
    if kind == "tanh":
        return mp.fsum((mp.tanh(s) - target) ** 2 for s, target in zip(s2, y, strict=True)) / 2
    return mp.fsum(t * mp.log(1 + mp.exp(-s)) + (1 - t) * mp.log(1 + mp.exp(s)) for s, t in zip(s2, y, strict=True))


@pytest.mark.parametrize("scale", [1.0, 30.0, 800.0, 1e4])
@pytest.mark.parametrize("kind", SIZES)
def test_layers_from_ordinary_to_extreme(kind: str, scale: float) -> None:
    """The weights of the last layer grow: net inputs up to ten thousand."""
    random = numpy.random.default_rng(7)
    first, second, third = SIZES[kind]
    arrays = {"x": random.uniform(-1, 1, first), "W1": random.uniform(-1, 1, (second, first)), "b1": random.uniform(-1, 1, second)}
    arrays |= {"W2": scale * random.uniform(-1, 1, (third, second)), "b2": random.uniform(-1, 1, third)}
    arrays["y"] = numpy.array([0.25, 0.5, 0.25][:third] if kind == "softmax" else [0.25, 1.0])
    values = {
        f"{name}{''.join(map(str, index))}": float(own[index]) for name, own in arrays.items() for index in numpy.ndindex(own.shape)
    }
    names = [name for name in values if name[0] in "Wb"]
    true = partials(lambda own: layers(kind, own), values, names)
    whole = layers(kind, {name: mp.mpf(value) for name, value in values.items()})
    activation, loss = {
        "sigmoid": ("sigmoid", "binary_cross_entropy"),
        "tanh": ("tanh", "half_squared_error"),
        "softmax": ("softmax", "cross_entropy"),
    }[kind]
    hidden = "tanh" if kind == "tanh" else "sigmoid"
    network = Network(inputs=first, layers=(Layer(second, hidden), Layer(third, activation)), loss=Loss(loss))
    # The slope of a saturated tanh changes by e² where s changes by 1, so that the rounding of s counts 2s times.
    amplified = 2 * numpy.abs(arrays["W2"]).sum(axis=1).max() if kind == "tanh" else 0.0
    for backend in BACKENDS:
        for samples in (False, True):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                data = {name: own[None] if samples and name in "xy" else own for name, own in arrays.items()}
                objective, gradient = derive(network).lambdify(backend)(data)
            found = {
                f"{name}{''.join(map(str, index))}": own[index]
                for name, own in gradient.items()
                for index in numpy.ndindex(own.shape)
            }
            assert abs(objective - whole) <= 4 * ROUNDING * abs(whole), backend
            assert error(found, true) <= 6 + amplified, backend


def test_a_slope_without_its_digits_is_seen() -> None:
    """1 − z² instead of what the functions compute, of a unit at s = 12."""
    s = 12.0
    true = {"w": 1 - mp.tanh(s) ** 2}
    assert error({"w": 1 - numpy.tanh(s) ** 2}, true) > 1e5
    assert error({"w": float(true["w"])}, true) <= 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_unit_that_is_nearly_right(backend: str) -> None:
    """σ − y for σ beside y = 0 or 1, relative to itself: from the loss of two classes, of a unit and of layers."""
    unit = Network(inputs=("x",), units=(Unit("o", {"x": "w"}, "sigmoid"),), loss=Loss("binary_cross_entropy", {"o": "y"}))
    layers = Network(inputs=1, layers=(Layer(1, "sigmoid", "none"),), loss=Loss("binary_cross_entropy"))
    one, many = derive(unit).lambdify(backend), derive(layers).lambdify(backend)
    for s in (5.0, 20.0, 36.9, 40.0, 700.0, -5.0, -40.0, -700.0):
        for y in (0.0, 1.0, 0.25):
            true = {"w": 1 / (1 + mp.exp(-mp.mpf(s))) - y}
            assert error({"w": one(x=1.0, w=s, y=y)[1]["w"]}, true) <= 3, (s, y)
            assert error({"w": many(x=[1.0], W1=[[s]], y=[y])[1]["W1"][0, 0]}, true) <= 3, (s, y)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_softmax_that_is_nearly_right(backend: str) -> None:
    """a − y of a layer, whole or of units, one sample or rows of them, relative to itself."""
    layers = Network(inputs=1, layers=(Layer(3, "softmax", "none"),), loss=Loss("cross_entropy"))
    units = tuple(Unit(name, {"x": f"w{name}"}, "softmax") for name in "abc")
    alone = Network(inputs=("x",), units=units, loss=Loss("cross_entropy", {name: f"y{name}" for name in "abc"}))
    whole, apart = derive(layers).lambdify(backend), derive(alone).lambdify(backend)
    for logits in ((20.0, 0.0, 0.0), (40.0, 3.0, 1.0), (700.0, 0.0, 0.0), (1e4, 0.0, -1e4), (-5.0, 7.0, 7.5)):
        powers = [mp.exp(mp.mpf(own)) for own in logits]
        for y in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)):
            true = [power / mp.fsum(powers) - target for power, target in zip(powers, y, strict=True)]
            weights = [[own] for own in logits]
            found = [whole(x=[1.0], y=y, W1=weights)[1]["W1"][:, 0], whole(x=[[1.0]], y=[y], W1=weights)[1]["W1"][:, 0]]
            named = {f"w{name}": own for name, own in zip("abc", logits, strict=True)}
            named |= {f"y{name}": own for name, own in zip("abc", y, strict=True)}
            found.append(list(apart(named, x=1.0)[1].values()))
            for own in found:
                for entry, exact in zip(own, true, strict=True):
                    assert error({"": entry}, {"": exact}) <= 4, (logits, y)
