"""The plots of a page: activations with their slopes, gradients by layer, the error of differences, the loss over updates."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from ...errors import InputError
from ...functions import ACTIVATIONS, GENERIC
from ...network import NET_INPUT
from ...numeric import differences
from ...precise import as_mpf, value
from ...program import Activation, Formula
from ...tree import Call, Name, Tree
from .. import words
from ..drawing import Lettering, Letters, Point, in_words
from ..page import Page
from ..scripts import split_index
from .axes import LOGARITHMIC, Axes, Curve, Panels

_SPAN, _SAMPLES = 5.0, 80  # of the argument of an activation
_MOST_PANELS = 6
_STEPS = range(-1, -14, -1)  # powers of ten of ε
_ABOVE = 4.0  # by how much the lines of the expected slopes stand above the error
_JUMP, _HALVINGS = 4.0, 20  # how much larger than those around it a step is that may be a jump; how often its place is halved
UPDATES = 20


def activations(page: Page) -> dict[Tree, list[Activation]]:
    """The activations by formula, the identity left out, with the units that have them; in equations, those that they call."""
    derivation = page.entries or page.derivation
    found: dict[Tree, list[Activation]] = {}
    for definition in derivation.program.definitions:
        if isinstance(definition, Activation):
            if definition.template != Name(NET_INPUT) and definition.function != GENERIC:
                found.setdefault(definition.template, []).append(definition)
        elif isinstance(definition, Formula):
            for call in _calls(definition.tree):
                found.setdefault(Call(call.function, (Name(NET_INPUT), *call.arguments[1:])), [])
    return dict(list(found.items())[:_MOST_PANELS])


def _calls(tree: Tree) -> Iterator[Call]:
    """The activations that a formula calls."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Call) and node.function in ACTIVATIONS and node.function != GENERIC:
            yield node
        stack.extend(node.children)


def slope_panels(page: Page) -> Panels | None:
    """Each activation with its slope; dots where the units of the network are."""
    letters = Letters(page.notation)
    panels = []
    for template, units in activations(page).items():
        own = Activation("z", "", template, NET_INPUT)
        slope = own.slope(template)
        places = [_SPAN * (2 * index / _SAMPLES - 1) for index in range(_SAMPLES + 1)]
        curves: list[Curve] = []
        # The function above its slope, where they meet.
        for tree, role in ((slope, "gradient"), (template, "value")):
            *before, last = _continuous(tree, places)
            curves.extend(Curve(points, role) for points in before)
            curves.append(Curve(last, role, _named(letters, own, prime=role == "gradient")))
        marked: list[tuple[float, float, str]] = []
        for unit in units:
            if unit.argument in page.numbers and abs(page.numbers[unit.argument].value) <= _SPAN:
                place = float(page.numbers[unit.argument].value)
                marked.extend(((place, _at(template, place), "value"), (place, _at(slope, place), "gradient")))
        panels.append(Axes(tuple(curves), letters.symbol(NET_INPUT), in_words(""), marked=tuple(marked)))
    return Panels(tuple(panels)) if panels else None


def _continuous(tree: Tree, places: list[float]) -> list[tuple[Point, ...]]:
    """The points of a formula at some places, parted where it jumps: what is left of a step however near its two sides are."""
    points = [(place, _at(tree, place)) for place in places]
    steps = [abs(high - low) for (_, low), (_, high) in pairwise(points)]
    parts = [points[:1]]
    for index, (left, right) in enumerate(pairwise(points)):
        around = steps[max(0, index - 1) : index] + steps[index + 1 : index + 2]
        if len(around) == 2 and steps[index] > _JUMP * max(around):
            for _ in range(_HALVINGS):
                middle = (left[0] + right[0]) / 2
                point = middle, _at(tree, middle)
                is_left = abs(point[1] - left[1]) < abs(point[1] - right[1])
                left, right = (point, right) if is_left else (left, point)
            if abs(right[1] - left[1]) > steps[index] / 2:
                parts[-1].append(left)
                parts.append([right])
        parts[-1].append(points[index + 1])
    return [tuple(part) for part in parts]


def _named(letters: Letters, unit: Activation, prime: bool) -> Lettering:
    """σ and σ′; of a formula f and f′."""
    if unit.function:
        assert isinstance(unit.template, Call)
        return letters.tree(Call(unit.function, (Name(NET_INPUT), *unit.template.arguments[1:]), prime))
    mark = "'" if prime else ""
    return Lettering(f"f{mark}(s)", 1.9, f"f{mark}(s)")


def _at(tree: Tree, place: float) -> float:
    return float(as_mpf(value(tree, {NET_INPUT: Fraction(place)})))


# Gradients by layer.


def layer_sizes(page: Page) -> list[tuple[Lettering, float]]:
    """(label, length of the vector of error signals) of each layer, or of the units that are as far from the input.

    Without units: the partials by the parameters.
    """
    numbers, letters = page.numbers, Letters(page.notation)
    derivation = page.entries
    if not numbers or derivation is None:
        return []
    if not derivation.signals:
        found = []
        for name in page.derivation.given.parameters:
            own = [
                float(numbers[p.name].value)
                for w, p in derivation.partials.items()
                if split_index(w)[0] == name and p.name in numbers
            ]
            if own:
                found.append((letters.symbol(name), math.hypot(*own)))
        return found
    groups: dict[int, list[str]] = {}
    depth: dict[str, int] = {}
    for definition in derivation.program.definitions:
        reads = (depth[read] for read in definition.reads if read in depth)
        is_net_input = (
            getattr(definition, "unit", "") in derivation.signals
            and definition.name
            == derivation.signals[
                definition.unit  # type: ignore[union-attr]
            ].wrt
        )
        depth[definition.name] = max(reads, default=0) + is_net_input
        if is_net_input:
            groups.setdefault(depth[definition.name], []).append(definition.unit)  # type: ignore[union-attr]
    layers = derivation.given.layers
    result = []
    for number, units in sorted(groups.items()):
        signals = [f"delta_{unit}" for unit in units]
        size = math.hypot(*(float(numbers[name].value) for name in signals))
        result.append((letters.symbol(f"delta_{number}") if layers else _listed(letters, signals), size))
    return result


def _listed(letters: Letters, names: list[str]) -> Lettering:
    own = [letters.symbol(name) for name in names]
    if len(own) > 3:
        dots = Lettering(r"\ldots", 1.2, "...")
        own = [own[0], dots, own[-1]]
    return Lettering(
        ", ".join(letter.text for letter in own),
        sum(letter.width for letter in own) + 0.45 * len(own),
        ", ".join(letter.plain for letter in own),
    )


def size_axes(sizes: list[tuple[Lettering, float]]) -> Axes | None:
    """The sizes from the input to the output, on a scale of powers of ten where they differ much."""
    positive = [size for _, size in sizes if size > 0]
    if len(sizes) < 2 or not positive:
        return None
    return over_names(sizes, in_words(""))


def over_names(points: list[tuple[Lettering, float]], across: Lettering, upward: Lettering | None = None) -> Axes:
    """Sizes, which are not negative, each over its name."""
    sizes = [size for _, size in points]
    logarithmic = min(sizes) > 0 and max(sizes) / min(sizes) > LOGARITHMIC
    curve = Curve(tuple((float(index), size) for index, size in enumerate(sizes)), "gradient", dots=True)
    base = () if logarithmic else (Curve(((0.0, 0.0), (float(len(sizes) - 1), 0.0)), "quiet", style="hair"),)
    named = tuple((float(index), label) for index, (label, _) in enumerate(points))
    return Axes((*base, curve), across, upward or in_words(words.SIZE), named, (False, logarithmic))


# The gradient check.


def difference_errors(page: Page) -> list[tuple[float, float]]:
    """(ε, relative error of the central difference along the gradient) in double precision."""
    return [] if page.is_generic else differences.difference_errors(page.derivation, _STEPS)


def check_axes(errors: list[tuple[float, float]], exact: Sequence[tuple[float, float]] = ()) -> Axes | None:
    """The error over ε, with the two slopes that are expected: ε² where ε is large, 1/ε where it is small.

    ``exact`` is the error in many digits, in which it goes on falling.
    """
    if max(len(errors), len(exact)) < 4:
        return None
    lines = [] if exact else list(_expected(errors))
    lines += [Curve(tuple(reversed(own)), role, dots=True) for own, role in ((exact, "gradient"), (errors, "value")) if own]
    epsilon = Lettering(r"\varepsilon", 0.47, "epsilon")
    return Axes(tuple(lines), epsilon, in_words(words.RELATIVE_ERROR), logarithmic=(True, True))


def _expected(errors: list[tuple[float, float]]) -> Iterator[Curve]:
    """The two slopes, as lines above the error."""
    least = min(range(len(errors)), key=lambda index: errors[index][1])
    low, high = min(error for _, error in errors), max(error for _, error in errors)
    for power, inside, above, label, side in (
        (2, range(least + 1), errors[:1], Lettering(r"\varepsilon^{2}", 0.9, "ε^2"), "end"),
        # What rounding does is not regular: the line stands above all of it, and its label beside it.
        (-1, range(least, len(errors)), errors[least + 1 :], Lettering(r"1/\varepsilon", 1.5, "1/ε"), "start"),
    ):
        height = _ABOVE * max((error / step**power for step, error in above), default=0.0)
        points = [(errors[i][0], height * errors[i][0] ** power) for i in inside]
        points = [point for point in points if low <= point[1] <= high * 10]
        if len(points) > 1:
            yield Curve((points[0], points[-1]), "quiet", label, style="dashed", inside=side)


# The loss over updates.


def losses(page: Page) -> list[float]:
    """The loss before the first update, after it, and so on; fewer where the steps lead to what is not finite."""
    network = page.derivation.given
    prepared = None if page.is_generic else differences.prepared(page.derivation)
    if network.learning_rate is None or prepared is None:
        return []
    function, values, gradient = prepared
    rate = float(network.learning_rate.value) * (1 if network.ascent else -1)
    found = []
    try:
        for _ in range(UPDATES + 1):
            loss, partials = function(differences.plain(values))
            if not math.isfinite(loss):
                break
            found.append(loss)
            # All parameters move together (document 001).
            values = {name: own + rate * partials[name] if name in gradient else own for name, own in values.items()}
    except InputError:
        pass
    return found


def loss_axes(page: Page, found: list[float]) -> Axes | None:
    if len(found) < 3:
        return None
    logarithmic = min(found) > 0 and max(found) / min(found) > LOGARITHMIC
    curve = Curve(tuple((float(index), loss) for index, loss in enumerate(found)), "value", dots=True)
    return Axes(
        (curve,),
        in_words(words.NUMBER_OF_UPDATES),
        Letters(page.notation).symbol(page.derivation.objective),
        logarithmic=(False, logarithmic),
    )
