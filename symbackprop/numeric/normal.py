"""What the normal distribution's functions share, of doubles and of arrays of them.

erfc(s/√2) loses digits as s grows, since the error of its argument counts s² times. So the tail Φ(−u) is e^(−u²/2) times what
hardly changes with the rounding of u, Mills' ratio over √(2π); and e^(−u²/2) is taken in two factors, exp(−n²/2)
exp(−(u − n)(u + n)/2), of which n² is exact (W. J. Cody, 1969). `tests/tools/mills_ratio.py` makes the coefficients.
"""

from __future__ import annotations

import math

NORMAL = 1.0 / math.sqrt(2.0 * math.pi)
LARGEST = 40.0  # from here on φ is 0 in double precision
TO_SIXTEENTHS = 1.5 * 2.0**48  # added and taken away again, it rounds to sixteenths
K = 4.0
# (u + K) e^(u²/2) Φ(−u) in powers of (u − K)/(u + K), the highest first
MILLS = (
    -9.980506307421181e-10,
    -1.6904895990737818e-12,
    1.3986583157423724e-08,
    1.4819187205366758e-08,
    -7.638780071099257e-08,
    -1.545960561267951e-07,
    2.636049859619469e-07,
    1.02006245227217e-06,
    -6.250416385427661e-07,
    -5.919015209412098e-06,
    7.149560534099624e-07,
    3.514421814408921e-05,
    -1.9078511505373103e-06,
    -0.00023109482540061889,
    0.00013334425123984387,
    0.001630818442720791,
    -0.0034796923619626855,
    -0.007540188965648078,
    0.06039657489068552,
    -0.18652185795969242,
    0.38713740074221914,
    -0.6078966419718917,
    0.7552851304157515,
)
