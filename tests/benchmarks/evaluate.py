"""How long one evaluation of loss and gradient takes: ours against everything else a user might take."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from .cases import Case, perceptron, recurrent, textbooks
from .peers import Contender, compare
from .table import SMALL
from .timing import interleaved, ratio
from .topics import Piece, Run

TOPIC = "evaluating"


def work(run: Run) -> Iterator[Piece]:
    small, steps = [(2, 2, 2)], [10]
    sizes, batches = [(2, 2, 2), (4, 8, 8, 3), (32, 32, 10)], [1, 64]
    if not run.quick:
        small.append((4, 8, 8, 3))
        sizes.append((784, 100, 10))
        batches.append(1024)
        steps.append(100)
    cases = [
        *textbooks(small),
        *(perceptron(*widths, batch=batch) for widths in sizes for batch in batches),
        *map(recurrent, steps),
    ]
    for case in cases:
        yield case.name, partial(measure, run, case)


def measure(run: Run, case: Case) -> None:
    """Compare the results of all, time them in turns, and draw the ratios of the table."""
    contenders: list[Contender] = [
        own for peer in run.peers.values() if hasattr(peer, "contenders") for own in peer.contenders(case)
    ]
    compare(case, contenders)
    samples = interleaved({own.name: own.call for own in contenders}, run.rounds, run.turn)
    run.report.group(TOPIC, case.name, samples, size=case.size, batch=case.batch, baseline="ours, default")

    def figure(key: str, name: str, other: str, inverse: bool = False) -> None:
        if name in samples and other in samples:
            run.report.figure(key, ratio(samples, other, name) if inverse else ratio(samples, name, other), case.name)

    if not case.network.is_array and case.kind != "recurrent":
        figure("lambdify", "ours, default", "lambdify(cse)")
        figure("jax", "ours, default", "JAX", inverse=True)
        figure("torch", "ours, default", "torch eager", inverse=True)
    elif case.kind == "perceptron":
        size = "small" if case.size <= SMALL else "large"
        figure(f"numpy {size}", _in_place(samples, "ours, numpy"), "hand NumPy")
        if case.batch == 1:
            figure(f"c {'large' if case.size > 10_000 else 'small'}", _in_place(samples, "ours, c"), "hand NumPy")


def _in_place(samples: dict[str, list[float]], name: str) -> str:
    """The bound function where there is one: hand-written NumPy also reads its arrays where they are."""
    return f"{name}, bound" if f"{name}, bound" in samples else name
