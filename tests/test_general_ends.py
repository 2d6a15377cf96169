"""The general step at both ends of time: what reads two steps back or more, and parameters that are initial values.

Each formula is held against the derivation over seven steps, of which it must be the line at its own step.
"""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Any

import pytest

import symbackprop
from symbackprop import Loss, Network, Unit, derive
from symbackprop.general_step import at_step, general_step, renamed, summed
from symbackprop.plain_text import plain_text
from symbackprop.precise import as_mpf, value
from symbackprop.rendering import render
from symbackprop.tree import ZERO, Tree, fold, rebuild

STEPS = 7
X = [0.3, -0.7, 0.2, 0.9, -0.4, 0.6, 0.1]
Y = [0.1, 0.2, -0.1, 0.4, 0.3, -0.2, 0.5]
VALUES: dict[str, Any] = {"w": 0.7, "u": 0.5, "v": -0.3, "r": 0.2, "x": X, "y": Y}
LOSS = "\ne[t] = (h[t] - y[t])**2"


def equations(state: str, **others: Any) -> Network:
    names = {name for name in VALUES if f"{name}*" in state or f"{name}[t" in state + LOSS}
    return Network.from_equations(f"{state}{LOSS}", steps=STEPS, values={name: VALUES[name] for name in names}, **others)


def units(**others: Any) -> Network:
    unit = Unit("h", {"x": "w", "h[t-1]": "u", "h[t-2]": "v"}, "tanh")
    values = {name: own for name, own in VALUES.items() if name != "r"}
    return Network(inputs=("x",), units=(unit,), loss=Loss("squared_error", {"h": "y"}), steps=STEPS, values=values, **others)


NETWORKS = {
    "two back": equations("h[t] = tanh(w*x[t] + u*h[t-1] + v*h[t-2])"),
    "three back": equations("h[t] = tanh(w*x[t] + u*h[t-1] + v*h[t-3])"),
    "only two back": equations("h[t] = tanh(w*x[t] + v*h[t-2])"),
    "two states": equations("g[t] = tanh(r*x[t] + u*g[t-1])\nh[t] = tanh(w*x[t] + v*g[t-2] + u*h[t-1])"),
    "units": units(),
    "units with δ turned": units(signal_sign=-1),
}


def at_last(tree: Tree) -> Tree:
    """With T = 7: ``h[T-1]`` is h[6]."""
    return at_step(fold(tree, _as_t), STEPS)


def _as_t(node: Any, children: list[Tree]) -> Tree:
    if hasattr(node, "wrt"):
        return type(node)(node.of.replace("[T", "[t"), node.wrt.replace("[T", "[t"), node.direct)
    if hasattr(node, "name"):
        return type(node)(node.name.replace("[T", "[t"))
    return rebuild(node, children) if children else node


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_every_step_has_its_formula(network: Network) -> None:
    """The last steps by their own formula, where they have one, the others by the general one."""
    general, whole = general_step(network), derive(network)
    compared = 0
    for over in general.parameters:  # and the sums over them are the gradient
        found = symbackprop.evaluate(network).gradient[over.parameter]
        terms = [value(at_step(over.summand, step), _numbers(network)) for step in range(over.first, STEPS + 1)]
        assert sum(terms) + value(over.once, _numbers(network)) == pytest.approx(found, rel=1e-12)
    for partial in general.partials:
        ends = dict(partial.ends)
        for step in range(STEPS, 0, -1):
            name = partial.name.replace("[t]", f"[{step}]")
            own = whole.partials.get(name)
            back = STEPS - step
            end = partial.name.replace("[t]", f"[T-{back}]" if back else "[T]")
            if own is None:  # nothing later reads it
                assert ends[end] == ZERO
            elif end in ends:
                assert plain_text(at_last(ends[end])) == plain_text(own.tree), name
            else:
                direct, recursive = (at_step(tree, step) for tree in (partial.direct, partial.recursive))
                found = {value(tree, _numbers(network)) for tree in (own.tree,)}
                assert value(direct, _numbers(network)) + value(recursive, _numbers(network)) == pytest.approx(found.pop())
            compared += 1
    assert compared > STEPS


class _Quantities(dict[str, Any]):
    """A local derivative that the derivation did not need is a factor of zero."""

    def __missing__(self, name: str) -> Any:
        assert name.startswith("dg[")
        return Fraction(0)


_KNOWN: dict[int, dict[str, Any]] = {}


def _numbers(network: Network) -> dict[str, Any]:
    """Every quantity of the derivation over all steps."""
    if id(network) not in _KNOWN:
        from symbackprop.numbers import worked_numbers

        everything = derive(network)
        wider = derive(network, by=[*everything.program.given, *everything.program.by_name])
        found = {name: as_mpf(own.value) for name, own in worked_numbers(wider, "exact").items()}
        # Of units z_h[t-1] stands for the initial value too.
        _KNOWN[id(network)] = _Quantities(
            found | {f"z_h[{step}]": found[f"h[{step}]"] for step in (0, -1) if f"h[{step}]" in found}
        )
    return _KNOWN[id(network)]


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("two back", ["h[T]", "h[T-1]"]),
        ("three back", ["h[T]", "h[T-1]", "h[T-2]"]),
        ("only two back", ["h[T]", "h[T-1]"]),
        ("units", ["z_h[T]", "z_h[T-1]"]),
    ],
)
def test_the_steps_that_are_unlike_the_others_are_named(name: str, ends: list[str]) -> None:
    (found,) = ([end for end, _ in own.ends] for own in general_step(NETWORKS[name]).partials if own.name in ("h[t]", "z_h[t]"))
    assert found == ends


def test_one_step_back_has_one_end() -> None:
    for partial in general_step(equations("h[t] = tanh(w*x[t] + u*h[t-1])")).partials:
        assert len(partial.ends) == 1


def test_the_page_shows_them() -> None:
    page = render(derive(NETWORKS["two back"]), "md")
    assert "Just before it there are fewer later steps to come back from:" in page
    assert "Just before it" not in render(derive(equations("h[t] = tanh(w*x[t] + u*h[t-1])")), "md")


# Initial values as parameters.


def test_the_page_does_not_say_that_they_are_used_at_every_step() -> None:
    network = equations("h[t] = tanh(w*x[t] + u*h[t-1])", parameters=("w", "h[0]"))
    before, _, after = render(derive(network), "md").partition("An initial value is read by the first steps only:")
    assert after
    assert "A parameter is used at every step" in before
    only = render(derive(equations("h[t] = tanh(w*x[t] + u*h[t-1])", parameters=("h[0]",))), "md")
    assert "used at every step" not in only


@pytest.mark.parametrize(
    ("state", "initial", "expected"),
    [
        ("h[t] = tanh(w*x[t] + u*h[t-1])", "h[0]", "de/dh[1]*(dh[1]/dh[0])"),
        ("h[t] = tanh(w*x[t] + v*h[t-2])", "h[-1]", "de/dh[1]*(dh[1]/dh[-1])"),
        ("h[t] = tanh(w*x[t] + u*h[t-1] + v*h[t-2])", "h[0]", "de/dh[1]*(dh[1]/dh[0]) + de/dh[2]*(dh[2]/dh[0])"),
    ],
)
def test_an_initial_value_has_its_share_at_the_first_steps(state: str, initial: str, expected: str) -> None:
    network = equations(state, parameters=("w", initial))
    (over,) = (own for own in general_step(network).parameters if own.parameter == initial)
    assert plain_text(summed(over)) == expected
    found = symbackprop.evaluate(network)
    assert value(summed(over), _numbers(network)) == pytest.approx(found.gradient[initial], rel=1e-12)
    assert found.gradient[initial] != 0


def test_a_long_file_of_equations_is_linear_in_its_length() -> None:
    """Which names have a value at every step is found once, not for every name."""

    def seconds(count: int) -> float:
        lines = [f"h{i}[t] = tanh(w{i}*{f'h{i - 1}' if i else 'x'}[t] + u{i}*h{i}[t-1])" for i in range(count)]
        values = {f"{kind}{i}": 0.5 for i in range(count) for kind in "wu"} | {"x": [1, 2, 3]}
        text = "\n".join([*lines, f"E = h{count - 1}[-1]"])
        start = time.process_time()
        Network.from_equations(text, steps=3, values=values)
        return time.process_time() - start

    small, large = min(seconds(50) for _ in range(3)), min(seconds(400) for _ in range(2))
    assert large < 20 * small  # eight times as long; quadratic would be 64


def test_renaming_is_undone_by_a_number() -> None:
    tree = derive(NETWORKS["two back"]).partials["h[4]"].tree
    assert at_step(renamed(tree, 4, "t"), 4) == tree
