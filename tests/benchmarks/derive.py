"""How long a derivation takes, how that grows with size, and how it compares with naive SymPy in the same run.

    python tests/benchmarks/derive.py            # about three minutes
    python tests/benchmarks/derive.py --quick    # small sizes

``derive`` is the derivation of all partials from a network, ``function`` the generated callable on top of it. The growth
exponent is the slope of a straight line through log(time) over log(connections), or log(definitions) for equations. Naive
SymPy nests the whole network and calls ``diff`` for each parameter, then ``lambdify`` with common subexpressions taken out.
CasADi, where it is installed, builds and differentiates the same scalar networks, the two taking turns in one run.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import casadi_peer

from symbackprop.derivation import derive
from symbackprop.network import Layer, Loss, Network, Unit
from symbackprop.symbolic import to_sympy


@dataclass(frozen=True)
class Row:
    name: str
    size: int  # connections, or definitions
    derive: float  # seconds
    function: float


def chain(count: int) -> Network:
    names = ["x", *(f"u{index}" for index in range(count))]
    units = tuple(Unit(name, {before: f"w_{name}"}, "sigmoid") for before, name in pairwise(names))
    return Network(inputs=("x",), units=units, loss=Loss("half_squared_error", {names[-1]: "y"}))


def recurrent(steps: int) -> Network:
    unit = Unit("h", {"x": "w", "h[t-1]": "u"}, "tanh", "b")
    return Network(inputs=("x",), steps=steps, units=(unit,), loss=Loss("half_squared_error", {"h": "y"}))


def recurrent_equations(steps: int) -> Network:
    text = "h[t] = tanh(w*x[t] + u*h[t-1] + b)\ne[t] = (h[t] - y[t])**2/2"
    return Network.from_equations(text, objective="e", steps=steps)


def dense(*widths: int) -> Network:
    layers = tuple(Layer(width, "sigmoid") for width in widths[1:])
    return Network(inputs=widths[0], layers=layers, loss=Loss("half_squared_error"))


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result


def measure(name: str, size: int, network: Network, repeats: int, level: str = "unit") -> Row:
    derives, functions = [], []
    for _ in range(repeats):
        seconds, derivation = timed(lambda: derive(network, level=level))
        derives.append(seconds)
        functions.append(timed(derivation.lambdify)[0])
    return Row(name, size, statistics.median(derives), statistics.median(functions))


def exponent(rows: Sequence[Row]) -> float:
    """The slope of log(time to derive) over log(size), by least squares."""
    return statistics.linear_regression([math.log(row.size) for row in rows], [math.log(row.derive) for row in rows]).slope


def naive(network: Network) -> tuple[float, float]:
    """Seconds that SymPy takes to nest and differentiate, and then to make a function."""
    import sympy
    from sympy.core.cache import clear_cache

    # Not closed_form: naive code writes 1/(1 + exp(-s)) and substitutes nothing afterwards.
    derivation = derive(network, level="unit")
    parameters = [sympy.Symbol(name) for name in derivation.parameters]

    def slopes() -> list[Any]:
        nested: dict[str, Any] = {}
        for definition in derivation.program.definitions:
            nested[definition.name] = to_sympy(definition.tree, nested, heads=False)
        loss = nested[derivation.objective]
        return [loss, *(sympy.diff(loss, parameter) for parameter in parameters)]

    clear_cache()  # else the second run would be SymPy's memory of the first
    seconds, forms = timed(slopes)
    given = [sympy.Symbol(name) for name in derivation.program.given]
    return seconds, timed(lambda: sympy.lambdify(given, forms, "math", cse=True))[0]


def compare_with_casadi(quick: bool, repeats: int) -> None:
    """Our derivation of all partials against CasADi's, in turns."""
    if importlib.util.find_spec("casadi") is None:
        print("\nCasADi is not installed; pip install casadi, and it is timed beside ours")
        return
    steps, widths = (1000, (64, 16, 10)) if quick else (10_000, (784, 100, 10))
    pairs = {
        f"{steps} recurrent steps": (lambda: casadi_peer.recurrent(steps), lambda: derive(recurrent(steps))),
        "-".join(map(str, widths)): (lambda: casadi_peer.perceptron(*widths), lambda: derive(dense(*widths), level="unit")),
    }
    print(f"\n{'against CasADi SX':<26}{'CasADi ms':>12}{'ours ms':>14}{'ours / CasADi':>28}")
    for name, (theirs, ours) in pairs.items():
        both = [(timed(theirs)[0], timed(ours)[0]) for _ in range(repeats)]
        their, our = (statistics.median(column) for column in zip(*both, strict=True))
        print(f"  {name:<24}{their * 1e3:>12.1f}{our * 1e3:>14.1f}{our / their:>28.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time to derive all partials, its growth, and naive SymPy beside it.")
    parser.add_argument("--quick", action="store_true", help="small sizes only")
    parser.add_argument("--repeats", type=int, default=3, help="runs of which the median is taken (default 3)")
    options = parser.parse_args()

    derive(chain(3)).lambdify()
    derive(recurrent(3))  # SymPy is loaded once, before anything is timed

    lengths = (100, 300, 1000) if options.quick else (100, 300, 1000, 3000, 10_000)
    widths: list[tuple[int, ...]] = [(8, 8, 4), (64, 16, 10), (256, 32, 10)]
    if not options.quick:
        widths += [(784, 32, 10), (784, 100, 10)]
    series = {
        "chain of sigmoid units": [(f"{count} units", count, chain(count)) for count in lengths],
        "recurrent unit": [(f"{count} steps", count, recurrent(count)) for count in lengths],
        "recurrent equations": [(f"{count} steps", count, recurrent_equations(count)) for count in lengths],
        "dense units": [("-".join(map(str, size)), sum(a * b for a, b in pairwise(size)), dense(*size)) for size in widths],
    }
    print(f"median of {options.repeats} runs; Python {sys.version.split()[0]}")
    for title, networks in series.items():
        rows = [measure(name, size, network, options.repeats) for name, size, network in networks]
        print(f"\n{title:<26}{'derive ms':>12}{'function ms':>14}{'derive µs per unit of size':>28}")
        for row in rows:
            print(f"  {row.name:<24}{row.derive * 1e3:>12.2f}{row.function * 1e3:>14.2f}{row.derive * 1e6 / row.size:>28.2f}")
        # The first size is too small to be more than the cost of a call.
        print(f"  growth exponent from {rows[1].name}: {exponent(rows[1:]):.2f}")

    print(f"\n{'matrix level':<26}{'derive ms':>12}{'function ms':>14}{'derive ms per layer':>28}")
    for shape in [(2, 2, 2), (784, 100, 10), (784, *[100] * 99, 10)]:
        row = measure(f"{len(shape) - 1} layers, {max(shape)} wide", len(shape) - 1, dense(*shape), options.repeats, "matrix")
        print(f"  {row.name:<24}{row.derive * 1e3:>12.2f}{row.function * 1e3:>14.2f}{row.derive * 1e3 / row.size:>28.3f}")

    compare_with_casadi(options.quick, max(options.repeats, 5))

    small = [("chain of 4", chain(4)), ("2-2-2", dense(2, 2, 2)), ("5 steps", recurrent(5))]
    if not options.quick:
        small += [("chain of 8", chain(8)), ("chain of 16", chain(16)), ("3-3-2", dense(3, 3, 2)), ("4-4-3", dense(4, 4, 3))]
    columns = f"{'diff ms':>12}{'lambdify ms':>14}{'ours ms':>10}{'function ms':>13}{'ratio':>9}{'to a function':>15}"
    print(f"\n{'naive SymPy':<26}{columns}")
    for name, network in small:
        ours = measure(name, 1, network, max(options.repeats, 5))
        both = [naive(network) for _ in range(options.repeats)]
        slopes, function = (statistics.median(column) for column in zip(*both, strict=True))
        ratio, to_function = slopes / ours.derive, (slopes + function) / (ours.derive + ours.function)
        print(
            f"  {name:<24}{slopes * 1e3:>12.1f}{function * 1e3:>14.1f}{ours.derive * 1e3:>10.2f}{ours.function * 1e3:>13.2f}"
            f"{ratio:>8.0f}x{to_function:>14.0f}x"
        )


if __name__ == "__main__":
    main()
