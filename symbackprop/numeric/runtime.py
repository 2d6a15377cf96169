"""The functions of the language in double precision, one per name in `functions.FUNCTIONS`, on ``math`` alone.

They follow IEEE 754 where ``math`` raises: exp(1000) is inf, log(0) is −inf, log(−1) is nan, 1/0 is inf.
Each is written so that it is finite and accurate wherever its true value is a finite double.
"""

from __future__ import annotations

import math

from .normal import LARGEST, MILLS, NORMAL, TO_SIXTEENTHS, K


def identity(s: float) -> float:
    """s."""
    return s


def exp(s: float) -> float:
    """eˢ; inf where it exceeds double precision."""
    try:
        return math.exp(s)
    except OverflowError:
        return math.inf


def log(s: float) -> float:
    """ln s; −inf at 0, nan below."""
    if s > 0.0:
        return math.log(s)
    return -math.inf if s == 0.0 else math.nan


def sqrt(s: float) -> float:
    """√s; nan below 0."""
    return math.sqrt(s) if s >= 0.0 else math.nan


def sin(s: float) -> float:
    """sin s; nan at ±inf."""
    return math.sin(s) if math.isfinite(s) else math.nan


def cos(s: float) -> float:
    """cos s; nan at ±inf."""
    return math.cos(s) if math.isfinite(s) else math.nan


tanh = math.tanh  # total and safe as it is

# For arguments at which they cannot raise, which generated code makes sure of.
inf = math.inf
math_exp, math_log, log1p = math.exp, math.log, math.log1p


def sigmoid(s: float) -> float:
    """1/(1 + e⁻ˢ), with the exponential of a negative number only, so that nothing overflows."""
    if s >= 0.0:
        return 1.0 / (1.0 + math.exp(-s))
    power = math.exp(s)
    return power / (1.0 + power)


def relu(s: float) -> float:
    """max(s, 0)."""
    return s if s > 0.0 else 0.0


def leaky_relu(s: float, a: float) -> float:
    """s for positive s, a·s otherwise."""
    return s if s > 0.0 else a * s


def elu(s: float) -> float:
    """s for positive s, eˢ − 1 otherwise; ``expm1`` keeps the digits near 0."""
    return s if s > 0.0 else math.expm1(s)


def softplus(s: float) -> float:
    """ln(1 + eˢ) = max(s, 0) + ln(1 + e^−|s|)."""
    return (s if s > 0.0 else 0.0) + math.log1p(math.exp(-math.fabs(s)))


def silu(s: float) -> float:
    """s·σ(s)."""
    return s * sigmoid(s) if s != -math.inf else -0.0


def normal_cdf(s: float) -> float:
    """Φ(s), which keeps the digits of the lower tail."""
    u = min(math.fabs(s), LARGEST)
    t = (u - K) / (u + K)
    ratio = 0.0
    for coefficient in MILLS:
        ratio = ratio * t + coefficient
    tail = _bell(u) * (ratio / (u + K))
    return tail if s < 0.0 else 1.0 - tail


def normal_pdf(s: float) -> float:
    """φ(s) = e^(−s²/2)/√(2π)."""
    return NORMAL * _bell(min(math.fabs(s), LARGEST))


def _bell(u: float) -> float:
    """e^(−u²/2)."""
    near = (u + TO_SIXTEENTHS) - TO_SIXTEENTHS
    return math.exp(-0.5 * near * near) * math.exp(-0.5 * (u - near) * (u + near))


def gelu(s: float) -> float:
    """s·Φ(s)."""
    return s * normal_cdf(s) if s != -math.inf else -0.0


abs = math.fabs


def sign(s: float) -> float:
    """−1, 0 or 1."""
    return 1.0 if s > 0.0 else -1.0 if s < 0.0 else 0.0


def step(s: float) -> float:
    """1 for positive s, 0 otherwise."""
    return 1.0 if s > 0.0 else 0.0


def maximum(s: float, t: float) -> float:
    """The greater of two numbers."""
    return s if s > t else t


def minimum(s: float, t: float) -> float:
    """The lesser of two numbers."""
    return s if s < t else t


# Operations that raise in Python where IEEE 754 has a value, and those of the safe forms of softmax and losses.


def divide(a: float, b: float) -> float:
    """a/b; ±inf at b = 0, nan for 0/0."""
    if b != 0.0:
        return a / b
    return math.nan if a == 0.0 or a != a else math.copysign(math.inf, a) * math.copysign(1.0, b)


def power(base: float, exponent: float) -> float:
    """base ** exponent; ±inf where it overflows or divides by 0, nan where it is no real number."""
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0.0 and exponent % 2.0 == 1.0 else math.inf
    except ValueError:
        return math.inf if base == 0.0 else math.nan


def sigmoid_power(s: float) -> float:
    """p = e⁻ˢ; inf where it exceeds double precision."""
    return math.inf if s < -709.0 else math.exp(-s)


def sigmoid_of_power(p: float) -> float:
    """σ(s) = 1/(1 + p)."""
    return 1.0 / (1.0 + p)


def sigmoid_rest(p: float, z: float) -> float:
    """1 − σ(s) = p z of z = σ(s)."""
    return p * z if z else 1.0


def tanh_rest(z: float, s: float) -> float:
    """1 − z² of z = tanh s; from s where the difference would lose digits."""
    return 1.0 - z * z if -0.75 < z < 0.75 else sech_squared(s)


def sech_squared(s: float) -> float:
    """1 − tanh² s."""
    power = math.exp(-2.0 * math.fabs(s))
    return 4.0 * power / ((1.0 + power) * (1.0 + power))


def xlogy(a: float, b: float) -> float:
    """a·ln b, and 0 where a is 0: what is not the case adds nothing to a likelihood."""
    return a * log(b) if a != 0.0 else 0.0


def softmax(s: float, *layer: float) -> float:
    """eˢ over the sum of the exponentials of the layer, to which ``s`` belongs; less the greatest, so that nothing overflows."""
    greatest = max(layer)
    return math.exp(s - greatest) / math.fsum(math.exp(own - greatest) for own in layer)


def log_softmax(s: float, *layer: float) -> float:
    """ln softmax(s); ``log1p`` keeps the digits where the greatest is far above the others."""
    first, *others = sorted(layer, reverse=True)
    return s - first - math.log1p(math.fsum(math.exp(own - first) for own in others))


def xdivy(a: float, b: float) -> float:
    """a/b, and 0 where a is 0: the slope of `xlogy`."""
    return divide(a, b) if a != 0.0 else 0.0
