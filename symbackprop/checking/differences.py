"""How the error of central differences depends on their step ε: with ε² as far as the digits reach.

Along the gradient, whose slope is its length, all partials at once. A wrong gradient leaves an error that no ε takes away.
"""

from __future__ import annotations

import math
from fractions import Fraction

from ..errors import InputError
from ..numeric.differences import difference_errors
from ..precise import as_mpf, context
from .gradients import central
from .report import Differences
from .setting import Setting

POWERS = range(-1, -16, -1)  # of ten: ε
MAX_WORK = 200_000  # leaves of formulas evaluated
_NOISE = 1e-250  # what is left of an error that is all rounding
_PARTS = 10**6  # of the largest partial: how finely a direction is given


def differences(setting: Setting) -> Differences | None:
    """The error at each ε; None where the gradient is zero, or the network too large or not finite there."""
    largest = max((abs(as_mpf(own)) for own in setting.analytic.values()), default=context().mpf(0))
    if not largest or setting.work * 2 * len(POWERS) > MAX_WORK:
        return None
    direction = {
        name: Fraction(int(context().nint(as_mpf(own) / largest * _PARTS)), _PARTS) for name, own in setting.analytic.items()
    }
    length = context().sqrt(context().fsum(as_mpf(part) ** 2 for part in direction.values()))
    slope = context().fsum(as_mpf(part) * as_mpf(setting.analytic[name]) for name, part in direction.items())
    unit = {name: part / Fraction(str(context().nstr(length, 20))) for name, part in direction.items()}
    scale = length / as_mpf(Fraction(str(context().nstr(length, 20))))
    slope = slope / length * scale
    exact = []
    for power in POWERS:
        try:
            found = central(setting, unit, Fraction(1, 10**-power))
        except InputError:
            return None
        error = abs(found - slope) / slope
        exact.append(error if error > _NOISE else context().mpf(0))
    own = dict(difference_errors(setting.derivation, POWERS)) if setting.point.is_own and setting.is_whole else {}
    steps = tuple(10.0**power for power in POWERS)
    last = exact[-2:]
    order = float(context().log10(last[0] / last[1])) if all(last) else math.inf
    return Differences(steps, tuple(map(float, exact)), tuple(own.get(step, math.nan) for step in steps), order)
