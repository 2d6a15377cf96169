"""Compares the gradients of thousands of random networks with oracles that share no code with the engine.

    python tests/tools/sweep.py --networks 10000 --seed 1 --jobs 2

Units, layers, recurrent units, array equations and recurrent cells take turns; see `random_sweep` for what is compared. Prints
a line for each kind. Exit code 1 where a gradient is wrong by more than the tolerance, with the network as TOML.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from random_sweep import DOUBLE_TOLERANCE, TOLERANCE, Outcome, outcome
from tqdm import tqdm

HEAD = ("kind", "networks", "partials", "worst error", "in double precision", "worst error", "at kinks", "mismatches")
_CHUNK = 20  # networks handed to a process at once


def rows(outcomes: Iterable[Outcome]) -> Iterator[tuple[str, ...]]:
    """A row for each kind, and one for all."""
    found = list(outcomes)
    for kind in (*dict.fromkeys(own.kind for own in found), "all"):
        of_kind = [own for own in found if kind in (own.kind, "all")]
        compared = [own for own in of_kind if own.double]
        yield (
            kind,
            str(len(of_kind)),
            str(sum(own.parameters for own in of_kind)),
            f"{max(own.worst for own in of_kind):.1e}",
            str(len(compared)),
            f"{max((own.worst_double for own in compared), default=0.0):.1e}",
            str(sum(own.kinks > 0 for own in of_kind)),
            str(sum(bool(own.mismatches) for own in of_kind)),
        )


def table(outcomes: Iterable[Outcome]) -> str:
    lines = [HEAD, *rows(outcomes)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def run(networks: int, seed: int, jobs: int) -> Iterator[Outcome]:
    """The outcomes in order."""
    if jobs == 1:
        yield from map(partial(outcome, seed), range(networks))
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(partial(outcome, seed), range(networks), chunksize=_CHUNK)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--networks", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    chosen = parser.parse_args()
    start = time.monotonic()
    found = list(tqdm(run(chosen.networks, chosen.seed, chosen.jobs), total=chosen.networks, disable=None))
    print(f"{chosen.networks} networks, seed {chosen.seed}, {time.monotonic() - start:.0f} s")
    print(f"tolerance: {TOLERANCE:g} relative in sixty digits, {DOUBLE_TOLERANCE:g} or what rounding allows in double precision")
    print(table(found))
    for own in (own for own in found if own.mismatches):
        print(f"\nMISMATCH ({own.kind})", *own.mismatches, own.text, sep="\n")
    sys.exit(1 if any(own.mismatches for own in found) else 0)


if __name__ == "__main__":
    main()
