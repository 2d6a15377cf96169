"""Checks of a derivation and of the document it comes from: ``check(network)`` → `Report`.

Five methods, independent of one another: central differences in fifty digits (`gradients`), SymPy's own ``diff`` of the
composite objective (`closed_forms`), of arrays the matrix level against the unit level (`levels`), the numbers a document
prints (`printed`) and the statements it makes (`claims`). All but the third look at the unit level.
An error of a document is named with the right statement beside it; it does not make the check fail. What does: a wrong
partial, a number that does not follow, a statement said to hold that is wrong, an alleged error that is true.
"""

from __future__ import annotations

from ..derivation import Derivation, derive
from ..network import Network
from ..shapes import size
from .claims import check_claims, check_own_claims
from .closed_forms import check_closed_forms
from .gradients import check_gradients
from .large import check_large
from .levels import MAX_WRITTEN_OUT, check_levels, levels_of
from .printed import check_printed
from .report import Progress, Report, Result

__all__ = ["Report", "Result", "check", "check_claims"]


def check(subject: Derivation | Network, progress: Progress = iter) -> Report:
    """Check a derivation, or the derivation of a network, in every way that applies to it.

    ``progress`` may wrap an iteration, to show how far it is.
    Raises InputError where the network's values give no finite objective, and for a number or claim of its document
    that cannot be read.
    """
    derivation = subject if isinstance(subject, Derivation) else derive(subject)
    source = derivation.given.source
    symbols = sum(size(shape) or 0 for shape in derivation.program.shapes.values())
    if symbols > MAX_WRITTEN_OUT:
        results = tuple(check_large(derivation, symbols, progress))
    else:
        levels = levels_of(derivation)
        unit = levels.unit
        results = (
            *check_gradients(unit, progress),
            *check_closed_forms(unit, progress),
            *check_levels(levels, progress),
            *check_printed(unit),
            *check_own_claims(unit),
        )
    return Report(derivation.given.title, source.name if source else "", results)
