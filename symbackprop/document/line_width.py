"""The width of lines as an author gives it: points, or a number with a unit."""

from __future__ import annotations

import re

from ..errors import InputError
from .fonts import EM

_POINTS = {"pt": 1.0, "mm": 72.27 / 25.4, "cm": 72.27 / 2.54, "in": 72.27}
NARROWEST, WIDEST = 150.0, 1500.0


def line_width(given: str | float) -> float:
    """A width like ``"240pt"``, ``"84 mm"`` or 240 in em of the text.

    Raises InputError for anything else, and outside 150 to 1500 pt.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*(pt|mm|cm|in|)\s*", str(given))
    if not match or isinstance(given, bool):
        raise InputError(f"{str(given)[:40]!r} is no width; write one like 240pt, 84mm, 8.4cm or 3.3in", "width")
    points = float(match[1]) * _POINTS[match[2] or "pt"]
    if not NARROWEST <= points <= WIDEST:
        raise InputError(f"lines of {points:.6g} pt; they can have {NARROWEST:.0f} to {WIDEST:.0f}", "width")
    return points / EM
