"""How long a derivation takes, how that grows with size, and how it compares with CasADi, SymEngine and naive SymPy.

``derive`` is the derivation of all partials from a network, ``callable`` that and the generated function. The growth exponent is
the slope of a straight line through log(time) over log(size), without the first size, which is little more than the cost of a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from types import ModuleType
from typing import Any

from symbackprop.derivation import derive as symbackprop_derive
from symbackprop.network import Network

from .cases import Case, chain, layers_of, perceptron, perceptron_of_units, recurrent, recurrent_equations, recurrent_network
from .timing import exponent, interleaved, median, ratio
from .topics import Piece, Run

OURS, CASADI, SYMENGINE, NAIVE = "ours", "CasADi SX", "SymEngine", "naive SymPy"
MODULES = {OURS: "ours", CASADI: "casadi_peer", SYMENGINE: "symengine_peer", NAIVE: "sympy_peer"}
FEW = 3  # rounds of what takes long
TURNS = 5  # rounds of a series of sizes


def work(run: Run) -> Iterator[Piece]:
    lengths = (30, 100, 300) if run.quick else (100, 300, 1000, 3000, 10_000)
    widths: list[tuple[int, ...]] = [(8, 8, 4), (64, 16, 10), (256, 32, 10)]
    if not run.quick:
        widths += [(784, 32, 10), (784, 100, 10)]
    by_length: list[tuple[str, str, Callable[[int], Network]]] = [
        ("growth in depth", "chain of sigmoid units", lambda count: chain(count).network),
        ("growth in steps", "recurrent unit", recurrent_network),
        ("growth in steps", "recurrent equations", recurrent_equations),
    ]
    series: list[tuple[str, str, list[tuple[int, Network]]]] = [
        (key, title, [(count, make(count)) for count in lengths]) for key, title, make in by_length
    ]
    connections = [(sum(inner * outer for inner, outer in pairwise(own)), layers_of(own)) for own in widths]
    series.append(("growth in parameters", "units of layers", connections))
    for key, title, networks in series:
        yield title, partial(growth, run, key, title, networks)
    yield "matrix level", partial(matrix_level, run)
    yield from _against_casadi(run)
    yield from _sizes(run)
    naive = perceptron_of_units(2, 2, 2) if run.quick else perceptron_of_units(4, 8, 8, 3)
    if run.has("sympy_peer"):
        yield f"naive SymPy, {naive.name}", partial(against_naive, run, naive)


def growth(run: Run, key: str, title: str, networks: Sequence[tuple[int, Network]]) -> None:
    """The time to derive each of a series, and to make a function of it. The sizes take turns, and each round has its exponent."""
    sizes = [size for size, _ in networks]

    def whole(network: Network) -> Any:
        return symbackprop_derive(network, level="unit").lambdify("math" if network.is_array else None)

    actions: dict[str, Callable[[Network], Any]] = {"derive": partial(symbackprop_derive, level="unit"), "callable": whole}
    slopes: dict[str, float] = {}
    by_action: dict[str, dict[str, list[float]]] = {}
    for name, action in actions.items():
        samples = interleaved({str(size): partial(action, network) for size, network in networks}, TURNS, run.turn)
        rounds = zip(*(samples[str(size)] for size in sizes[1:]), strict=True)
        slopes[name] = median([exponent([float(size) for size in sizes[1:]], own) for own in rounds])
        by_action[name] = samples
    for size in sizes:
        run.report.group("deriving", f"{title}, {size}", {name: own[str(size)] for name, own in by_action.items()}, size=size)
    run.report.figure(key, slopes["derive"], title)
    run.report.notes.append(f"growth exponent, {title}: {slopes['derive']:.2f} to derive, {slopes['callable']:.2f} to a callable")


def matrix_level(run: Run) -> None:
    """Milliseconds per layer, narrow, wide and deep."""
    shapes = [(2, 2, 2), (784, 100, 10), (784, 1000, 1000, 10), (784, *[100] * 99, 10)]
    for widths in shapes:
        network, depth = layers_of(widths), len(widths) - 1
        samples = interleaved({"derive": partial(symbackprop_derive, network, level="matrix")}, run.rounds, run.turn)
        case = f"{depth} layers, {max(widths)} wide"
        run.report.group("matrix level", case, samples, size=depth)
        run.report.figure("matrix level", median(samples["derive"]) * 1e3 / depth, case)


def _against_casadi(run: Run) -> Iterator[Piece]:
    if not run.has("casadi_peer"):
        return
    pairs = {"casadi steps": recurrent(1000 if run.quick else 10_000)}
    if not run.quick:
        pairs["casadi parameters"] = perceptron(784, 100, 10)
    for key, case in pairs.items():
        yield f"CasADi SX, {case.name}", partial(_pair, run, key, case)


def _pair(run: Run, key: str, case: Case) -> None:
    samples = interleaved(
        {name: partial(run.peers[MODULES[name]].derive, case) for name in (OURS, CASADI)}, FEW if run.quick else 5, run.turn
    )
    run.report.group("deriving", f"{case.name}, side by side", samples, size=case.size, baseline=CASADI)
    if not run.quick:
        run.report.figure(key, ratio(samples, OURS, CASADI), case.name)


def _sizes(run: Run) -> Iterator[Piece]:
    """Chains of growing length, by everyone who still gets through; for the plot."""
    most = {NAIVE: 4, SYMENGINE: 32} if run.quick else {NAIVE: 16, SYMENGINE: 128}
    for count in (2, 4, 8, 16, 32, 64) if run.quick else (2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096):
        case = chain(count)
        peers = {name: run.peers[module] for name, module in MODULES.items() if run.has(module) and count <= most.get(name, count)}
        yield case.name, partial(derive_and_call, run, case, peers)


def derive_and_call(run: Run, case: Case, peers: dict[str, ModuleType]) -> None:
    """All partials and a callable of them, by each of these."""

    def all_of(peer: ModuleType) -> Any:
        return peer.to_function(case, peer.derive(case))

    samples = interleaved({name: partial(all_of, peer) for name, peer in peers.items()}, FEW, run.turn)
    run.report.group("to a callable", case.name, samples, size=case.size)


def against_naive(run: Run, case: Case) -> None:
    """To a callable: naive SymPy once, as it takes long, ours between."""
    ours, sympy_peer = run.peers["ours"], run.peers["sympy_peer"]
    own = {OURS: lambda: ours.to_function(case, ours.derive(case))}
    before = interleaved(own, run.rounds, run.turn)[OURS]
    made = sympy_peer.made(case)
    after = interleaved(own, run.rounds, run.turn)[OURS]
    samples = {OURS: [*before, *after], NAIVE: [made.derive + made.function]}
    run.report.group("to a callable", f"{case.name}, naive SymPy once", samples, size=case.size)
    if not run.quick:
        run.report.figure("naive", samples[NAIVE][0] / median(samples[OURS]), case.name)
