"""The derivation's partials against SymPy's own ``diff`` of the composite objective.

SymPy differentiates the nested objective, written in its own elementary functions, and knows nothing of the backward pass.
Its result and the derivation's closed form are evaluated at random points in many digits, and where it is cheap their
difference is proved to be zero. A network with ReLU, max, |·| … is differentiated near each point, where it is smooth: SymPy's
nested Piecewise can take hours. Nested forms can grow exponentially with depth, so their size is counted before they are built.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from itertools import accumulate
from typing import Any, NamedTuple

from .. import closed_form
from ..derivation import Derivation
from ..errors import InputError
from ..functions import FUNCTIONS, definition
from ..precise import DIGITS, as_mpf, context
from ..symbolic import to_sympy
from ..tree import Call, Derivative, Name, Tree, fold
from .branches import smooth_near, tree_has_branches
from .complex_step import Steps
from .points import Point, forward_values, gradient, liveliest, random_points, reduced, relative_difference, shown, uses_generic
from .report import CLOSED_FORM, FAIL, NOT_CHECKED, PASS, Measured, Progress, Result

POINTS = 4
POINTS_DRAWN, POINTS_NEAR = 12, 3  # of a network with kinks; each of the second takes a differentiation of its own
WORKING_DIGITS = 4 * DIGITS  # 1 − σ(s) of a saturated unit loses many
SEED = 20
TOLERANCE = 1e-30  # relative, of the two values at a point
MAX_LEAVES = 1_000  # of the nested objective or of one nested partial
MAX_DEPTH = 80  # levels of the nested objective: SymPy recurses
MAX_WORK = 12_000  # leaves of all partials compared; of more a sample is drawn
MAX_GENERIC = 100  # leaves of a partial that is compared with an undefined σ, whose derivatives SymPy nests in Subs
MAX_PROOF = 120  # operations of a difference that is also proved zero

_UNCOUNTABLE = 10**12


def check_closed_forms(derivation: Derivation, progress: Progress = iter, steps: Steps | None = None) -> Iterator[Result]:
    """One result per partial by a given symbol that is small enough, and one for those that are not.

    With ``steps`` each has SymPy's value at their point as well.
    """
    program, given = derivation.program, set(derivation.program.given)
    sizes, depth = _nested_sizes(derivation)
    if sizes[derivation.objective] > MAX_LEAVES or depth > MAX_DEPTH:
        text = f"too large: the nested objective has {_many(sizes[derivation.objective])} leaves, {depth} levels deep"
        yield Result("closed forms", CLOSED_FORM, NOT_CHECKED, f"{text}; the limits are {MAX_LEAVES} and {MAX_DEPTH}")
        return
    partials = {name: sizes[partial.name] for name, partial in derivation.partials.items() if name in given}
    branches = any(tree_has_branches(step.tree) for step in program.definitions)
    near_points = branches or uses_generic(program)
    chosen = _within_budget(partials, MAX_WORK // (POINTS_NEAR if near_points else 1))
    wanted = [name for name in partials if name in chosen]
    if steps is not None and len(steps.setting.point.rows) > POINTS_NEAR:
        steps = None
    if near_points:
        provable = () if branches else tuple(name for name in wanted if partials[name] <= MAX_GENERIC)
        yield from _compared_near_points(derivation, wanted, provable, progress, steps)
    else:
        yield from _compared_everywhere(derivation, wanted, progress, steps)
    if len(wanted) < len(partials):
        text = f"too large: {len(partials) - len(wanted)} of {len(partials)} partials were left out"
        yield Result("closed forms", CLOSED_FORM, NOT_CHECKED, text)


def _result(derivation: Derivation, name: str, differences: list[Any], proved: bool, steps: Steps | None, own: list[Any]) -> Result:
    """What was found at random points, and with ``own``, SymPy's value for each sample, at the point of the other routes."""
    label = f"d{derivation.objective}/d{name}"
    measured = None
    if steps is not None and own and None not in own:
        exact, numeric = as_mpf(steps.setting.analytic[name]), as_mpf(reduced(derivation.network, own))
        at_kink = numeric != exact and steps.excuse(name, exact)
        found = [*differences] if at_kink else [*differences, relative_difference(exact, numeric)]
        measured = Measured(name, exact, numeric, float(max(found, default=0)), proved=proved)
        differences = found
    elif steps is not None:
        worst = float(max(differences, default=0))
        measured = Measured(name, as_mpf(steps.setting.analytic[name]), None, worst, proved=proved)
    worst = max(differences, default=as_mpf(Fraction(0)))
    verdict = FAIL if worst > TOLERANCE else PASS if differences or proved else NOT_CHECKED
    detail = "" if verdict == PASS else "no finite value at any point tried"
    if verdict == FAIL:
        detail = "the derivation and SymPy's diff of the composite objective differ"
        detail += f" by {shown(worst, 2)}, relative, at one of {len(differences)} points"
    return Result(label, CLOSED_FORM, verdict, detail, measured=measured)


def _compared_everywhere(derivation: Derivation, wanted: list[str], progress: Progress, steps: Steps | None) -> Iterator[Result]:
    """The derivation's closed form against SymPy's diff: as formulas, and at random points."""
    points = random_points(derivation.network, derivation.program, POINTS, SEED, rows=1)
    composite = closed_form.objective(derivation)
    own_rows = list(steps.setting.point.rows) if steps is not None else []
    for name in progress(wanted):
        both = _closed_and_direct(derivation, composite, name)
        found = _evaluated(both, derivation.program.given, [*(point.rows[0] for point in points), *own_rows])
        pairs = [pair for pair in found[: len(points)] if pair is not None]
        own = [None if pair is None else pair[1] for pair in found[len(points) :]]
        differences = [relative_difference(closed, direct) for closed, direct in pairs]
        yield _result(derivation, name, differences, _proved_equal(*both), steps, own)


def _closed_and_direct(derivation: Derivation, composite: Any, name: str) -> list[Any]:
    import sympy

    return [closed_form.closed_form(derivation, name), sympy.diff(composite, sympy.Symbol(name))]


def _compared_near_points(
    derivation: Derivation, wanted: list[str], provable: Collection[str], progress: Progress, steps: Steps | None
) -> Iterator[Result]:
    """The derivation's gradient at random points against SymPy's diff of the smooth, concrete composite near each.

    For the ``provable`` partials the formulas are compared as well, with an undefined σ.
    """
    differences: dict[str, list[Any]] = {name: [] for name in wanted}
    drawn = random_points(derivation.network, derivation.program, POINTS_DRAWN, SEED, rows=1)
    for point in progress(liveliest(derivation, drawn, POINTS_NEAR)):
        try:
            own = gradient(derivation, point)
        except InputError:
            continue
        if (slopes := _slopes_near(derivation, wanted, point, point.rows[0])) is not None:
            for name, slope in zip(wanted, slopes, strict=True):
                differences[name].append(relative_difference(own[name], slope))
    there = [_slopes_near(derivation, wanted, steps.setting.point, row) for row in steps.setting.point.rows] if steps else []
    composite = closed_form.objective(derivation) if provable else None
    for place, (name, found) in enumerate(differences.items()):
        proved = name in provable and _proved_equal(*_closed_and_direct(derivation, composite, name))
        yield _result(derivation, name, found, proved, steps, [None if row is None else row[place] for row in there])


def _slopes_near(derivation: Derivation, wanted: list[str], point: Point, row: Mapping[str, Any]) -> list[Any] | None:
    """SymPy's diff of the composite as it is near one sample of a point, in numbers; None where one is not finite."""
    import sympy

    program = derivation.program
    nested: dict[str, Any] = {}
    for name, tree in smooth_near(program.definitions, forward_values(program, row, point.generic), point).items():
        nested[name] = to_sympy(tree, nested, heads=False)
    slopes = [sympy.diff(nested[derivation.objective], sympy.Symbol(name)) for name in wanted]
    return _evaluated(slopes, program.given, [row])[0]


def _nested_sizes(derivation: Derivation) -> tuple[Mapping[str, int], int]:
    """How many leaves each definition has when all it reads is put in, and how deep the objective is; counted without doing it."""
    extents: dict[str, _Extent] = {}
    for step in (*derivation.program.definitions, *derivation.backward_pass):
        extents[step.name] = _extent(step.tree, extents)
    return {name: extent.leaves for name, extent in extents.items()}, extents[derivation.objective].depth


class _Extent(NamedTuple):
    leaves: int
    depth: int


def _extent(tree: Tree, known: Mapping[str, _Extent]) -> _Extent:
    """The size of ``tree`` with known names put in and functions written out: s Φ(s) has its argument twice."""

    def measure(node: Tree, parts: list[_Extent]) -> _Extent:
        if isinstance(node, Name | Derivative):
            return known.get(node.name, _Extent(1, 0))
        if isinstance(node, Call) and (defined := definition(node.function)) is not None:
            return _extent(defined, dict(zip(FUNCTIONS[node.function].arguments, parts, strict=False)))
        leaves = min(sum(part.leaves for part in parts) or 1, _UNCOUNTABLE)
        return _Extent(leaves, max((part.depth for part in parts), default=-1) + 1)

    return fold(tree, measure)


def _within_budget(partials: Mapping[str, int], budget: int) -> set[str]:
    """Partials that are small enough, drawn until their sizes add up to the budget."""
    small = [name for name, size in partials.items() if size <= MAX_LEAVES]
    random.Random(SEED).shuffle(small)
    spent = accumulate(partials[name] for name in small)
    return {name for name, work in zip(small, spent, strict=True) if work <= budget or name == small[0]}


def _many(count: int) -> str:
    return str(count) if count < 10**6 else "more than a million"


def _evaluated(expressions: list[Any], given: tuple[str, ...], rows: list[Mapping[str, Any]]) -> list[list[Any] | None]:
    """The values of some expressions at each row; None for a row at which one is not finite."""
    import mpmath
    import sympy

    function = sympy.lambdify([sympy.Symbol(name) for name in given], expressions, modules="mpmath", cse=True)
    found: list[list[Any] | None] = []
    with mpmath.workdps(WORKING_DIGITS):
        for row in rows:
            try:
                values = [mpmath.mpf(value) for value in function(*(mpmath.mpf(as_mpf(row[name])) for name in given))]
            except (ZeroDivisionError, OverflowError, TypeError):  # TypeError: a complex value
                found.append(None)
                continue
            finite = all(map(mpmath.isfinite, values))
            found.append([context().mpf(value) for value in values] if finite else None)
    return found


def _proved_equal(one: Any, two: Any) -> bool:
    """Whether the difference is zero as a rational function of its exponentials and other function values.

    That is a proof where it succeeds; where it does not, nothing is said.
    """
    import sympy

    difference = one - two
    if difference == 0:
        return True
    if difference.has(sympy.Piecewise) or difference.count_ops() > MAX_PROOF:
        return False
    # Outermost first, so that a function value is one unknown whatever is inside.
    calls = difference.atoms(sympy.Function, sympy.Subs, sympy.Derivative)
    for call in sorted(calls, key=lambda call: (-call.count_ops(), str(call))):
        difference = difference.xreplace({call: sympy.Dummy()})
    return bool(sympy.expand(sympy.fraction(sympy.together(difference))[0]) == 0)
