"""Every choice that a page can be made with, and a small selection in which every two choices meet."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations, product

from symbackprop.document.levels import PAGE_LEVELS, UNIT
from symbackprop.document.page import DETAILS
from symbackprop.document.profile import profiles
from symbackprop.network import Network
from symbackprop.reading import list_networks, load
from symbackprop.rendering.formats import WRITERS

SHIPPED = tuple(name for name, _ in list_networks())
CACHES = ("factors", "signals", "none")
POLICIES = ("exact", "display", "carry")
WIDTHS = (444, 320, 240)

Choice = Mapping[str, str | int]

SPACE: dict[str, tuple[str | int, ...]] = {
    "network": SHIPPED,
    "level": PAGE_LEVELS,
    "detail": DETAILS,
    "notation": profiles(),
    "cache": CACHES,
    "numbers": POLICIES,
    "width": WIDTHS,
    "form": tuple(WRITERS),
}


@cache
def network(name: str) -> Network:
    return load(name)


def levels(name: str) -> tuple[str, ...]:
    """The levels that a shipped network has."""
    return PAGE_LEVELS if network(name).is_array else (UNIT,)


def is_possible(choice: Choice) -> bool:
    return "level" not in choice or "network" not in choice or choice["level"] in levels(str(choice["network"]))


def every(*keys: str) -> Iterator[Choice]:
    """Every possible choice of ``keys``."""
    for values in product(*(SPACE[key] for key in keys)):
        choice = dict(zip(keys, values, strict=True))
        if is_possible(choice):
            yield choice


def pairs_of(choice: Choice) -> set[frozenset[tuple[str, str | int]]]:
    return {frozenset(pair) for pair in combinations(choice.items(), 2)}


def all_pairs() -> set[frozenset[tuple[str, str | int]]]:
    """Every two values of different options that can stand together."""
    return {frozenset(choice.items()) for first, second in combinations(SPACE, 2) for choice in every(first, second)}


def size(choice: Choice) -> int:
    """How long the page is, roughly: what is left to choose is chosen so that pages are short."""
    entries = len(network(str(choice["network"])).parameters) if choice["level"] != UNIT else 40
    return entries + 10 * DETAILS.index(str(choice["detail"])) + 3 * CACHES.index(str(choice["cache"]))


def covering(seed: int = 1) -> list[Choice]:
    """Choices in which every possible pair of values occurs: greedily, each with as many new pairs as a few trials find."""
    chance = random.Random(seed)
    left = all_pairs()
    found: list[Choice] = []
    while left:
        start = min(left, key=sorted_key)
        trials = [choice for _ in range(24) if (choice := _grown(dict(start), left, chance)) is not None]
        best = max(trials, key=lambda choice: (len(pairs_of(choice) & left), -size(choice)))
        found.append(best)
        left -= pairs_of(best)
    return found


def sorted_key(pair: frozenset[tuple[str, str | int]]) -> list[tuple[str, str]]:
    return sorted((key, str(value)) for key, value in pair)


def _grown(choice: dict[str, str | int], left: set[frozenset[tuple[str, str | int]]], chance: random.Random) -> Choice | None:
    """``choice`` with a value for every other option, each with the most pairs that are still missing."""
    keys = [key for key in SPACE if key not in choice]
    chance.shuffle(keys)
    for key in keys:
        values = [value for value in SPACE[key] if is_possible({**choice, key: value})]
        if not values:
            return None
        chance.shuffle(values)
        choice[key] = max(values, key=lambda value: sum(frozenset(((key, value), own)) in left for own in choice.items()))
    return choice if is_possible(choice) else None
