"""Checks of a derivation and of the document it comes from: ``check(network)`` → `Report`.

The routes to a partial share no code with the backward pass: central differences in fifty digits (`gradients`), a complex step
(`complex_step`), SymPy's own ``diff`` of the composite objective (`closed_forms`), the forward definitions differentiated by a
library (`autodiff`). The gradient function is compared in double precision (`double`), of arrays the matrix level with the unit
level (`levels`). Then come the numbers a document prints (`printed`) and the statements it makes (`claims`).
An error of a document is named with the right statement beside it; it does not make the check fail. What does: a wrong
partial, a number that does not follow, a statement said to hold that is wrong, an alleged error that is true.
"""

from __future__ import annotations

from ..derivation import Derivation, derive
from ..network import Network
from ..shapes import size
from .autodiff import chosen_library
from .claims import check_claims, check_own_claims
from .closed_forms import check_closed_forms
from .complex_step import Steps
from .differences import differences
from .gradients import check_at
from .large import check_large
from .levels import MAX_WRITTEN_OUT, check_levels, levels_of
from .printed import check_printed
from .report import Progress, Report, Result
from .routes import routes_of, routes_of_large
from .setting import setting_of

__all__ = ["Report", "Result", "check", "check_claims"]


def check(subject: Derivation | Network, progress: Progress = iter, library: str | None = None) -> Report:
    """Check a derivation, or the derivation of a network, in every way that applies to it.

    ``progress`` may wrap an iteration, to show how far it is. ``library`` differentiates the forward pass: ``autograd``, ``jax``,
    ``torch`` or ``none``; by default autograd if it is installed.
    Raises InputError where the network's values give no finite objective, and for a number or claim of its document
    that cannot be read.
    """
    derivation = subject if isinstance(subject, Derivation) else derive(subject)
    library = chosen_library(library)
    source = derivation.given.source
    title, document = derivation.given.title, source.name if source else ""
    symbols = sum(size(shape) or 0 for shape in derivation.program.shapes.values())
    if symbols > MAX_WRITTEN_OUT:
        results = tuple(check_large(derivation, symbols, progress, library))
        return Report(title, document, results, "the network's values", routes_of_large(library), derivation=derivation)
    levels = levels_of(derivation)
    unit, setting = levels.unit, setting_of(levels.unit)
    steps = None if isinstance(setting, Result) else Steps(setting)
    matrix = None if levels.lengths or levels.is_batch else levels.matrix
    results = (
        *([setting] if isinstance(setting, Result) else check_at(setting, progress, library, matrix)),
        *check_closed_forms(unit, progress, steps),
        *check_levels(levels, progress),
        *check_printed(unit),
        *check_own_claims(unit),
    )
    if steps is None:
        return Report(title, document, results, derivation=unit)
    setting = steps.setting
    routes = routes_of(setting, results, library)
    return Report(title, document, results, setting.point.kind, routes, differences(setting), unit)
