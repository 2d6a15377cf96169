"""Every equality on a page holds: symbols at random points, numbers from the digits that are printed."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from symbackprop.derivation import Derivation, derive
from symbackprop.document.build import build
from symbackprop.document.model import Equation, Equations, Given, Result, Section
from symbackprop.document.notation import own_output
from symbackprop.document.page import Page, make_page
from symbackprop.network import Loss, Network, Unit
from symbackprop.precise import as_mpf, is_exact, value
from symbackprop.reading import list_networks, load
from symbackprop.tree import Call, Derivative, Marked, Name, Number, Sum, Tree, derivative_name, fold, names, plain

SHIPPED = [name for name, _ in list_networks() if not load(name).is_array]  # of arrays: test_matrix_pages.py
GENERIC = (lambda s: as_mpf(s) ** 3 / 7 + as_mpf(s), lambda s: 3 * as_mpf(s) ** 2 / 7 + 1)  # any smooth function and its slope


def diamond() -> Network:
    """Fan-out, skip connections, a shared weight, several activations, two outputs."""
    return Network(
        title="diamond",
        inputs=("x_1", "x_2"),
        units=(
            Unit("a", {"x_1": "v", "x_2": "v_2"}, "tanh", bias="b_a"),
            Unit("b", {"a": "w_ab", "x_1": "v"}, "sigmoid"),
            Unit("c", {"a": "w_ac"}, "softplus", bias="b_c"),
            Unit("d", {"b": "w_bd", "c": "w_cd", "a": "w_ad"}, "relu", bias="b_d"),
            Unit("m", formula="b*c + d"),
            Unit("o", {"d": "w_do", "m": "w_mo"}, "sigmoid"),
            Unit("p", {"m": "w_mp"}, "s/(1 + abs(s))"),
        ),
        loss=Loss("mean_squared_error", {"o": "y_o", "p": "y_p"}),
        values={
            "x_1": "0.7", "x_2": -1, "v": "0.3", "v_2": "-0.25", "b_a": "0.1", "w_ab": 2, "w_ac": "-1.5",
            "b_c": "0.2", "w_bd": "0.8", "w_cd": "0.6", "w_ad": "1/3", "b_d": "0.05", "w_do": "-0.9", "w_mo": "1.1",
            "w_mp": "0.4", "y_o": 1, "y_p": 0, "learning_rate": "0.1",
        },
    )  # fmt: skip


def circuit() -> Network:
    return Network.from_equations("q = x + y\nr = q*z\nf = r**2 + exp(-q)*z", objective="f", values={"x": -2, "y": 5, "z": -4})


def twice() -> Network:
    """One weight on two connections of a unit, a bias that is a weight too; tanh under a brace, ascent, large steps, saturation."""
    return Network(
        title="twice",
        inputs=("x", "y"),
        units=(
            Unit("a", {"x": "u", "y": "u"}, "tanh", bias="b"),
            Unit("c", {"x": "b"}, "sigmoid"),
            Unit("o", {"a": "v", "c": "v"}, "softplus", bias="v"),
        ),
        loss=Loss("squared_error", {"o": "t"}),
        ascent=True,
        values={"x": 100, "y": "-99.5", "u": "0.3", "b": "1.1", "v": "231.7", "t": "33.25", "learning_rate": 1},
    )


NETWORKS = {**{name: load(name) for name in SHIPPED}, "diamond": diamond(), "circuit": circuit(), "twice": twice()}


def equations(page: Page) -> list[Equation]:
    found: list[Equation] = []
    for section in build(page).sections:
        found.extend(_equations(section))
    return found


def _equations(container: Section | Given | Result) -> list[Equation]:
    found: list[Equation] = []
    for block in container.blocks:
        if isinstance(block, Equations):
            found.extend(block.rows)
        elif isinstance(block, Given | Result):
            found.extend(_equations(block))
    return found


def is_numeric(tree: Tree) -> bool:
    return not names(tree) and not fold(
        tree, lambda node, below: any(below) or (isinstance(node, Call) and node.function == "generic")
    )


def has_printed_number(tree: Tree) -> bool:
    return fold(tree, lambda node, below: any(below) or isinstance(node, Marked) and node.role in ("value", "gradient"))


def surroundings(derivation: Derivation, page: Page) -> dict[str, object]:
    """Values for everything that may stand in an equation, computed from random given values and the definitions' own rules."""
    seeded = random.Random(7)
    known: dict[str, object] = {name: Fraction(seeded.randint(1, 19), 10) for name in derivation.program.given}
    known["learning_rate"] = Fraction(1, 10)
    known["s"] = Fraction(3, 10)  # the argument of the activations in general
    for definition in derivation.program.definitions:
        known[definition.name] = value(definition.tree, known, GENERIC)
        known[own_output(definition.name)] = known[definition.name]
    everything = set(known)
    program = derivation.program
    for definition in program.definitions:
        for read in set(definition.reads):
            known[derivative_name(definition.name, read)] = Fraction(0)
        for read, slope in definition.partials(everything):
            # A symbol that is read twice has the sum of both.
            known[derivative_name(definition.name, read)] += value(getattr(slope, "tree", slope), known, GENERIC)
            known[Derivative(definition.name, read, direct=True).name] = known[derivative_name(definition.name, read)]
    for definition in program.definitions:
        output = program.by_name.get(f"z_{getattr(definition, 'unit', '')}")
        if output is not None and getattr(output, "function", "") == "identity":  # ŷ for s_o
            for read in definition.reads:
                name = derivative_name(definition.name, read)
                if name in known:
                    known[derivative_name(output.name, read)] = known[name]
    for definition in derivation.backward_pass:
        known[definition.name] = value(definition.tree, known, GENERIC)
        if hasattr(definition, "sign"):
            known[derivative_name(definition.of, definition.wrt)] = definition.sign * known[definition.name]
    for term in page.terms.terms:
        known[term.name] = value(term.tree, known, GENERIC)
    for update in derivation.updates:
        known[update.name] = value(update.tree, known, GENERIC)
    return known


def close(left: object, right: object) -> bool:
    difference = abs(as_mpf(left) - as_mpf(right))
    return bool(difference <= 1e-30 * max(1, abs(as_mpf(left))))


def check_symbolic(equation: Equation, known: dict[str, object]) -> int:
    """Compare all symbolic sides of one chain; the number of comparisons."""
    sides = [equation.left, *(tree for sign, tree in equation.steps if sign != "≤" and not has_printed_number(tree))]
    sides = [tree for tree in sides if not (is_numeric(tree) and isinstance(tree, Number))]
    reached = [value(tree, known, GENERIC) for tree in sides if names(tree) and not has_decimals(tree)]
    for other in reached[1:]:
        assert close(reached[0], other), equation
    for before, (sign, tree) in pairwise(equation.steps):
        if sign == "≤":
            assert as_mpf(value(before[1], known, GENERIC)) <= as_mpf(value(tree, known, GENERIC)) + as_mpf(Fraction(1, 10**30))
    return len(reached) - 1


def has_decimals(tree: Tree) -> bool:
    """Whether numbers have been put in for symbols: those carry their printed digits."""
    return fold(tree, lambda node, below: any(below) or (isinstance(node, Number) and bool(node.text)))


def rounds_to(exact: object, text: str) -> bool:
    """Whether ``exact`` rounds (half up) to the digits of ``text``; written apart from the code under test."""
    mantissa, _, exponent = text.partition("e")
    decimals = len(mantissa.partition(".")[2]) - (int(exponent) if exponent else 0)
    if "." not in mantissa:
        decimals -= len(mantissa) - len(mantissa.rstrip("0"))  # zeros at the end of a whole number may stand for rounded digits
    half = Fraction(1, 2) / Fraction(10) ** decimals
    distance = abs(as_mpf(exact) - as_mpf(Fraction(text)))
    return bool(distance <= as_mpf(half) * (1 + as_mpf(Fraction(1, 10**20))))


def check_numeric(equation: Equation) -> int:
    """Compare every numeric side with the next, from the printed digits alone; the number of comparisons."""
    steps = [(sign, plain(tree)) for sign, tree in equation.steps]
    count = 0
    for (_, left), (sign, right) in pairwise(steps):
        if not is_numeric(left) or not isinstance(right, Number):
            continue
        reached = value(left, {})
        if sign == "=":
            assert is_exact(reached) and reached == right.value, equation
        else:
            assert sign == "≈"
            assert rounds_to(reached, right.text), equation
        count += 1
    return count


@pytest.mark.parametrize("cache", ["factors", "signals", "none"])
@pytest.mark.parametrize("name", NETWORKS)
def test_symbolic_equalities(name: str, cache: str) -> None:
    derivation = derive(NETWORKS[name])
    page = make_page(derivation, cache=cache, detail="full")
    known = surroundings(derivation, page)
    compared = sum(check_symbolic(equation, known) for equation in equations(page))
    assert compared > len(derivation.parameters)


@pytest.mark.parametrize("policy", ["exact", "display", "carry"])
@pytest.mark.parametrize("name", [name for name, network in NETWORKS.items() if network.values])
def test_numeric_equalities(name: str, policy: str) -> None:
    derivation = derive(NETWORKS[name])
    for cache in ("factors", "signals", "none"):
        page = make_page(derivation, cache=cache, numbers=policy, detail="full")
        compared = sum(check_numeric(equation) for equation in equations(page))
        assert compared >= 1 if policy == "exact" else compared > len(derivation.program.definitions) / 2


@pytest.mark.parametrize("digits", [{"decimals": 2}, {"significant": 2}, {"decimals": 9}, {"significant": 6}])
def test_numeric_equalities_at_other_digits(digits: dict[str, int]) -> None:
    for network in (diamond(), load("chain"), load("split")):
        page = make_page(derive(replace(network, numbers=digits)))
        assert sum(check_numeric(equation) for equation in equations(page)) > 10


def test_the_checks_refuse_what_does_not_hold() -> None:
    derivation = derive(load("chain"))
    page = make_page(derivation)
    known = surroundings(derivation, page)
    right = Equation(Name("s_j"), (("=", derivation.program.by_name["s_j"].tree),))
    check_symbolic(right, known)
    wrong = Equation(Name("s_j"), (("=", Sum((derivation.program.by_name["s_j"].tree, Name("y")))),))
    with pytest.raises(AssertionError):
        check_symbolic(wrong, known)
    three = Number(Fraction(3))
    good = Equation(Name("s_o"), (("≈", Number(Fraction("2.96384"), "2.96384")), ("≈", Number(Fraction("2.9638"), "2.9638"))))
    assert check_numeric(good) == 1
    bad = Equation(Name("s_o"), (("=", three), ("≈", Number(Fraction("2.9638"), "2.9638"))))
    with pytest.raises(AssertionError):
        check_numeric(bad)
    not_exact = Equation(Name("s_o"), (("=", Number(Fraction("2.96381"), "2.96381")), ("=", Number(Fraction("2.9638"), "2.9638"))))
    with pytest.raises(AssertionError):
        check_numeric(not_exact)
