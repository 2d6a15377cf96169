"""The sweep of random networks in small: nothing differs, every kind is drawn, and a fault of the engine is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import random_sweep
from random_sweep import KINDS, TOLERANCE, outcome

from symbackprop import loads, program
from symbackprop.grammar import parse
from symbackprop.tree import Call

NETWORKS, SEED = 75, 2


def test_no_random_network_differs() -> None:
    found = [outcome(SEED, index) for index in range(NETWORKS)]
    assert [own.mismatches for own in found if own.mismatches] == []
    assert len({own.kind for own in found}) == len(KINDS)
    assert max(own.worst for own in found) <= TOLERANCE
    assert sum(own.double for own in found) > 0.8 * NETWORKS


def mismatches(count: int, kind: int) -> Iterator[Any]:
    """The outcomes of networks of one kind that differ."""
    for number in range(count):
        if (own := outcome(SEED, number * len(KINDS) + kind)).mismatches:
            yield own


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_a_wrong_slope_is_found(kind: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """tanh′ as 1 − z instead of 1 − z²: both the complex step and autograd see it, and the text says which network it is."""
    right = program._slope_pattern

    def wrong(template: Any) -> Any:
        is_tanh = isinstance(template, Call) and template.function == "tanh"
        return parse("1 - z", {}, "") if is_tanh else right(template)

    monkeypatch.setattr(program, "_slope_pattern", wrong)
    own = next(mismatches(40, kind))
    assert any(text.startswith("unit level") for text in own.mismatches)
    assert any(text.startswith("autograd") for text in own.mismatches)
    assert loads(own.text).to_toml() == own.text


def test_a_lost_share_of_the_matrix_level_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """One entry of one partial of arrays in a thousand million off."""
    right = random_sweep._matrix_gradient

    def off(*arguments: Any) -> Any:
        found = dict(right(*arguments))
        name = next(iter(found))
        return found | {name: found[name] + random_sweep.as_mpf(found[name]) * 1e-9 + 1e-12}

    monkeypatch.setattr(random_sweep, "_matrix_gradient", off)
    own = next(mismatches(5, 3))
    assert all(text.startswith("matrix level") for text in own.mismatches)


def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util
    import sys

    path = Path(__file__).parent / "tools" / "sweep.py"
    spec = importlib.util.spec_from_file_location("sweep", path)
    assert spec is not None
    assert spec.loader is not None
    sweep = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sweep)
    monkeypatch.setattr(sys, "argv", ["sweep.py", "--networks", "5", "--seed", "3"])
    with pytest.raises(SystemExit) as ended:
        sweep.main()
    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("5 networks, seed 3")
    assert lines[-1].split()[:2] == ["all", "5"]
