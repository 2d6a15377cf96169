"""Timing side by side: in every round each contender has its turn, so that whatever else the machine does meets all of them.

Importing this module before NumPy keeps linear algebra to one thread.
"""

from __future__ import annotations

import gc
import itertools
import math
import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

for _library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")

Samples = dict[str, list[float]]

LONG = 1.0  # seconds from which on nothing is called to warm up, and the call that tells how long one takes is a round
ENOUGH, FEWEST = 6.0, 5  # seconds, rounds


@contextmanager
def collector_off() -> Iterator[None]:
    """Python's collector of cycles is off inside, and on again behind it where it was on."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def seconds(action: Callable[[], Any], calls: int = 1) -> float:
    """Seconds of one call, from so many in a row."""
    repeat = itertools.repeat(None, calls)
    start = time.perf_counter()
    for _ in repeat:
        action()
    return (time.perf_counter() - start) / calls


def interleaved(contenders: Mapping[str, Callable[[], Any]], rounds: int, turn: float = 0.003) -> Samples:
    """Seconds per call of each contender in each round. A turn is about ``turn`` seconds long, and at least one call.

    Each round begins with another contender, so that none is always behind the same one. After ``ENOUGH`` seconds no
    round begins but the first ``FEWEST``.
    """
    samples: Samples = {name: [] for name in contenders}
    calls: dict[str, int] = {}
    with collector_off():
        for name, action in contenders.items():
            once = seconds(action)
            if once < LONG:
                once = seconds(action)
            else:
                samples[name].append(once)
            calls[name] = max(1, min(100_000, math.ceil(turn / max(once, 1e-9))))
        order = list(contenders)
        start = time.perf_counter()
        for done in range(rounds):
            if done >= FEWEST and time.perf_counter() - start > ENOUGH:
                break
            if min(calls.values()) == 1:
                gc.collect()
            for name in order:
                if len(samples[name]) < rounds:
                    samples[name].append(seconds(contenders[name], calls[name]))
            order.append(order.pop(0))
    fewest = min(map(len, samples.values()))
    return {name: own[:fewest] for name, own in samples.items()}


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def ratio(samples: Samples, name: str, other: str) -> float:
    """How many times as long ``name`` takes as ``other``: the median over the rounds."""
    return median([own / theirs for own, theirs in zip(samples[name], samples[other], strict=True)])


def exponent(sizes: Sequence[float], times: Sequence[float]) -> float:
    """The slope of a straight line through log(time) over log(size), by least squares."""
    return statistics.linear_regression([math.log(size) for size in sizes], [math.log(own) for own in times]).slope
