"""How long a derivation takes, how that grows with size, and how it compares with naive SymPy in the same run.

    python tests/benchmarks/derive.py            # about two minutes
    python tests/benchmarks/derive.py --quick    # small sizes

``derive`` is the derivation of all partials from a network, ``function`` the generated callable on top of it. The growth
exponent is the slope of a straight line through log(time) over log(connections), or log(definitions) for equations. Naive
SymPy nests the whole network and calls ``diff`` for each parameter, then ``lambdify`` with common subexpressions taken out.
"""

from __future__ import annotations

import argparse
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

from symbackprop.derivation import derive
from symbackprop.network import Loss, Network, Unit
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
    equations = {f"h{t}": f"tanh(w*x{t} + u*h{t - 1} + b)" for t in range(1, steps)} | {"E": f"(h{steps - 1} - y)**2"}
    return Network(equations=equations, objective="E", parameters=("w", "u", "b"))


def dense(*widths: int) -> Network:
    before = [f"x{index}" for index in range(widths[0])]
    inputs, units = tuple(before), []
    for layer, width in enumerate(widths[1:], 1):
        names = [f"u{layer}_{index}" for index in range(width)]
        for name in names:
            units.append(Unit(name, {source: f"w_{name}_{source}" for source in before}, "sigmoid", f"b_{name}"))
        before = names
    return Network(inputs=inputs, units=tuple(units), loss=Loss("half_squared_error", {name: f"y_{name}" for name in before}))


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result


def measure(name: str, size: int, network: Network, repeats: int) -> Row:
    derives, functions = [], []
    for _ in range(repeats):
        seconds, derivation = timed(lambda: derive(network))
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
    derivation = derive(network)
    parameters = [sympy.Symbol(name) for name in network.parameters]

    def slopes() -> list[Any]:
        nested: dict[str, Any] = {}
        for definition in derivation.program.definitions:
            nested[definition.name] = to_sympy(definition.tree, nested, heads=False)
        loss = nested[derivation.objective]
        return [loss, *(sympy.diff(loss, parameter) for parameter in parameters)]

    clear_cache()  # else the second run would be SymPy's memory of the first
    seconds, forms = timed(slopes)
    given = [sympy.Symbol(name) for name in network.given]
    return seconds, timed(lambda: sympy.lambdify(given, forms, "math", cse=True))[0]


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
        "unrolled equations": [(f"{count} definitions", count, recurrent(count)) for count in lengths],
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

    small = [("chain of 4", chain(4)), ("2-2-2", dense(2, 2, 2)), ("5 steps", recurrent(6))]
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
