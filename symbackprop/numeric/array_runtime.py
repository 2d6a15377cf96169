"""The functions of the language on arrays of doubles, one per name in `functions.FUNCTIONS`: entry by entry what `runtime` gives.

Written so that they are finite and accurate wherever the true value is a finite double. Where IEEE 754 has an infinity or
nan they give that, and NumPy warns unless the caller says otherwise, as generated functions do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from .normal import LARGEST, MILLS, NORMAL, TO_SIXTEENTHS, K

Values = Any  # an array of doubles, or a double of NumPy

exp, log, sqrt, sin, cos, tanh = np.exp, np.log, np.sqrt, np.sin, np.cos, np.tanh
abs, sign, maximum, minimum = np.abs, np.sign, np.maximum, np.minimum
divide, power = np.divide, np.power


def identity(s: Values) -> Values:
    """s."""
    return s


def sigmoid(s: Values) -> Values:
    """1/(1 + e⁻ˢ); where the exponential is infinite, the quotient is 0, as σ nearly is."""
    return 1.0 / (1.0 + np.exp(-s))


def relu(s: Values) -> Values:
    """max(s, 0)."""
    return np.maximum(s, 0.0)


def leaky_relu(s: Values, a: Values) -> Values:
    """s for positive s, a·s otherwise."""
    return np.where(s > 0.0, s, a * s)


def elu(s: Values) -> Values:
    """s for positive s, eˢ − 1 otherwise; ``expm1`` keeps the digits near 0."""
    return np.where(s > 0.0, s, np.expm1(np.minimum(s, 0.0)))


def softplus(s: Values) -> Values:
    """ln(1 + eˢ) = max(s, 0) + ln(1 + e^−|s|)."""
    return np.maximum(s, 0.0) + np.log1p(np.exp(-np.abs(s)))


def silu(s: Values) -> Values:
    """s·σ(s)."""
    return np.where(s == -np.inf, -0.0, s * sigmoid(s))


def normal_cdf(s: Values) -> Values:
    """Φ(s), which keeps the digits of the lower tail."""
    u = np.minimum(np.abs(s), LARGEST)
    above = u + K
    t = (u - K) / above
    ratio = MILLS[0] * t + MILLS[1]
    for coefficient in MILLS[2:]:
        ratio *= t
        ratio += coefficient
    tail = _bell(u) * (ratio / above)
    return np.where(s < 0.0, tail, 1.0 - tail)


def normal_pdf(s: Values) -> Values:
    """φ(s) = e^(−s²/2)/√(2π)."""
    return NORMAL * _bell(np.minimum(np.abs(s), LARGEST))


def _bell(u: Values) -> Values:
    """e^(−u²/2)."""
    near = (u + TO_SIXTEENTHS) - TO_SIXTEENTHS
    return np.exp(-0.5 * near * near) * np.exp(-0.5 * (u - near) * (u + near))


def gelu(s: Values) -> Values:
    """s·Φ(s)."""
    return np.where(s == -np.inf, -0.0, s * normal_cdf(s))


def step(s: Values) -> Values:
    """1 for positive s, 0 otherwise."""
    return np.where(s > 0.0, np.ones_like(s), 0.0)


# What only arrays have, and the operations of the safe forms of softmax and losses.


def placed(part: Values, index: tuple[int, ...], shape: int | tuple[int, ...], dtype: Any = float) -> Values:
    """An array of zeros with ``part`` where ``index`` says."""
    whole = np.zeros(shape, dtype)
    whole[index] = part
    return whole


def softmax(s: Values, axis: int = -1) -> Values:
    """eˢ over its sum along an axis; less the greatest, so that nothing overflows."""
    powers = np.exp(s - np.maximum.reduce(s, axis=axis, keepdims=True))
    return powers / np.add.reduce(powers, axis=axis, keepdims=True)


def log_softmax(s: Values) -> Values:
    """ln softmax(s) along the last axis; ``log1p`` keeps the digits where the greatest is far above the others."""
    below = s - np.maximum.reduce(s, axis=-1, keepdims=True)
    greatest = below == 0.0
    others = np.add.reduce(np.exp(below) - greatest, axis=-1, keepdims=True)
    return below - np.log1p(others + (np.add.reduce(greatest, axis=-1, keepdims=True) - 1.0))


def softmax_rest(z: Values) -> Values:
    """1 − z of z = softmax(s) along the last axis; of one above ½, which there is once at most, the sum of the others."""
    greatest = z > 0.5
    return np.where(greatest, np.add.reduce(np.where(greatest, 0.0, z), axis=-1, keepdims=True), 1.0 - z)


def unit_softmax(s: Values, *layer: Values) -> Values:
    """eˢ over the sum of the exponentials of the layer's units, to which ``s`` belongs, for each sample."""
    greatest = _greatest(layer)
    return np.exp(s - greatest) / _added(np.exp(own - greatest) for own in layer)


def unit_log_softmax(s: Values, *layer: Values) -> Values:
    """ln of `unit_softmax`, with the digits of `log_softmax`."""
    greatest = _greatest(layer)
    below = [own - greatest for own in layer]
    top = _added((own == 0.0) * 1.0 for own in below)
    others = _added(np.exp(own) - (own == 0.0) for own in below)
    return s - greatest - np.log1p(others + (top - 1.0))


def _greatest(layer: Sequence[Values]) -> Values:
    return reduce(np.maximum, layer)


def _added(terms: Iterable[Values]) -> Values:
    return reduce(np.add, terms)


def sigmoid_power(s: Values) -> Values:
    """p = e⁻ˢ."""
    return np.exp(-s)


def sigmoid_of_power(p: Values) -> Values:
    """σ(s) = 1/(1 + p)."""
    return 1.0 / (1.0 + p)


def sigmoid_rest(p: Values, z: Values) -> Values:
    """1 − σ(s) = p z of z = σ(s); 1 where p is infinite and the product no number."""
    return np.fmin(p * z, 1.0)


def tanh_rest(z: Values, s: Values) -> Values:
    """1 − z² of z = tanh s."""
    return sech_squared(s)


def sech_squared(s: Values) -> Values:
    """1 − tanh² s."""
    power = np.exp(-2.0 * np.abs(s))
    return 4.0 * power / np.square(1.0 + power)


def xlogy(a: Values, b: Values) -> Values:
    """a·ln b, and 0 where a is 0: what is not the case adds nothing to a likelihood."""
    return np.where(a != 0.0, a * np.log(b), 0.0)


def xdivy(a: Values, b: Values) -> Values:
    """a/b, and 0 where a is 0: the slope of `xlogy`."""
    return np.where(a != 0.0, np.divide(a, b), 0.0)
