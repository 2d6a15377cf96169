"""How fast equations become LaTeX: our trees by our printer, the same expressions of SymPy by ``sympy.latex``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from symbackprop.derivation import derive
from symbackprop.document.mathtex import Printer
from symbackprop.document.notation import notation_for
from symbackprop.document.profile import DEFAULT, profile
from symbackprop.symbolic import to_sympy

from .cases import Case, perceptron_of_units, recurrent
from .timing import interleaved, median, ratio
from .topics import Piece, Run

OURS, SYMPY = "ours", "sympy.latex"


def work(run: Run) -> Iterator[Piece]:
    cases = [perceptron_of_units(2, 2, 2), perceptron_of_units(4, 8, 8, 3), recurrent(16)]
    if not run.quick:
        cases += [perceptron_of_units(32, 32, 10), recurrent(256)]
    for case in cases:
        yield case.name, partial(measure, run, case)


def measure(run: Run, case: Case) -> None:
    """The right-hand side of every equation, forward and backward; our symbols are spelled anew each time."""
    import sympy

    derivation = derive(case.network, level="unit")
    notation = notation_for(derivation, profile(DEFAULT))
    trees = [definition.tree for definition in (*derivation.program.definitions, *derivation.backward_pass)]
    expressions = [to_sympy(tree) for tree in trees]
    nodes = sum(1 for expression in expressions for _ in sympy.preorder_traversal(expression))

    def ours() -> list[str]:
        printer = Printer(replace(notation))
        return [printer.tex(tree) for tree in trees]

    def theirs() -> list[str]:
        return [sympy.latex(expression) for expression in expressions]

    samples = interleaved({OURS: ours, SYMPY: theirs}, min(run.rounds, 7), run.turn)
    run.report.group("LaTeX", f"{case.name}, {nodes} nodes", samples, size=nodes, baseline=SYMPY)
    run.report.figure("latex", ratio(samples, SYMPY, OURS), case.name)
    speeds = ", ".join(f"{name} {nodes / median(own) / 1e3:.0f} k nodes/s" for name, own in samples.items())
    run.report.notes.append(f"LaTeX of {case.name}: {speeds}")
