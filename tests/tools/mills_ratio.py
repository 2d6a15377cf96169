"""Makes the coefficients of `numeric/normal.py`: (u + K) e^(u²/2) Φ(−u) as a polynomial in t = (u − K)/(u + K), 0 ≤ u ≤ LARGEST.

The Chebyshev series of that function, cut where what is left is below the rounding of doubles, in powers of t.
"""

from __future__ import annotations

import mpmath

K, LARGEST, DEGREE, POINTS = 4, 40, 22, 64


def ratio(u: mpmath.mpf) -> mpmath.mpf:
    """Mills' ratio Φ(−u)/φ(u), over √(2π)."""
    return mpmath.exp(u * u / 2) * mpmath.erfc(u / mpmath.sqrt(2)) / 2


def coefficients() -> list[float]:
    """Those of the powers of t, the highest first."""
    with mpmath.workdps(60):
        middle, half = _middle_and_half()
        angles = [mpmath.pi * (2 * j + 1) / (2 * POINTS) for j in range(POINTS)]
        values = [_scaled(middle + half * mpmath.cos(angle)) for angle in angles]
        series = [
            2 * mpmath.fsum(v * mpmath.cos(i * a) for v, a in zip(values, angles, strict=True)) / POINTS for i in range(DEGREE + 1)
        ]
        series[0] /= 2
        return [float(own) for own in _in_powers(series, middle, half)]


def _middle_and_half() -> tuple[mpmath.mpf, mpmath.mpf]:
    last = mpmath.mpf(LARGEST - K) / (LARGEST + K)
    return (last - 1) / 2, (last + 1) / 2


def _scaled(t: mpmath.mpf) -> mpmath.mpf:
    u = K * (1 + t) / (1 - t)
    return (u + K) * ratio(u)


def _in_powers(series: list[mpmath.mpf], middle: mpmath.mpf, half: mpmath.mpf) -> list[mpmath.mpf]:
    """Σ c_i T_i((t − middle)/half) in powers of t, the highest first."""
    x = [1 / half, -middle / half]
    before, own = [mpmath.mpf(1)], x
    total = _plus([series[0]], [series[1] * c for c in x])
    for c in series[2:]:
        before, own = own, _plus([2 * p for p in _times(x, own)], [-p for p in before])
        total = _plus(total, [c * p for p in own])
    return total


def _times(a: list[mpmath.mpf], b: list[mpmath.mpf]) -> list[mpmath.mpf]:
    found = [mpmath.mpf(0)] * (len(a) + len(b) - 1)
    for i, p in enumerate(a):
        for j, q in enumerate(b):
            found[i + j] += p * q
    return found


def _plus(a: list[mpmath.mpf], b: list[mpmath.mpf]) -> list[mpmath.mpf]:
    length = max(len(a), len(b))
    padded = [[mpmath.mpf(0)] * (length - len(own)) + own for own in (a, b)]
    return [p + q for p, q in zip(*padded, strict=True)]


if __name__ == "__main__":
    print(",\n".join(map(repr, coefficients())))
