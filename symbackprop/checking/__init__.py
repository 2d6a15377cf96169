"""Checks of a derivation and of the document it comes from: ``check(network)`` → `Report`.

Four methods, independent of one another: central differences in fifty digits (`gradients`), SymPy's own ``diff`` of the
composite objective (`closed_forms`), the numbers a document prints (`printed`) and the statements it makes (`claims`).
An error of a document is named with the right statement beside it; it does not make the check fail. What does: a wrong
partial, a number that does not follow, a statement said to hold that is wrong, an alleged error that is true.
"""

from __future__ import annotations

from ..derivation import Derivation, derive
from ..network import Network
from .claims import check_claims
from .closed_forms import check_closed_forms
from .gradients import check_gradients
from .printed import check_printed
from .report import Progress, Report, Result

__all__ = ["Report", "Result", "check"]


def check(subject: Derivation | Network, progress: Progress = iter) -> Report:
    """Check a derivation, or the derivation of a network, in every way that applies to it.

    ``progress`` may wrap an iteration, to show how far it is.
    Raises InputError where the network's values give no finite objective, and for a number or claim of its document
    that cannot be read.
    """
    derivation = subject if isinstance(subject, Derivation) else derive(subject)
    results = (
        *check_gradients(derivation, progress),
        *check_closed_forms(derivation, progress),
        *check_printed(derivation),
        *check_claims(derivation),
    )
    source = derivation.network.source
    return Report(derivation.network.title, source.name if source else "", results)
