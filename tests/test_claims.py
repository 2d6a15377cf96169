"""Claims written from knowledge of common mistakes: each wrong one is explained rightly, no true one is called wrong."""

from __future__ import annotations

import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from symbackprop import derive, load, loads
from symbackprop.checking.claims import judged_text
from symbackprop.checking.judge import Judge
from symbackprop.checking.judgement import CONDITIONAL, EQUAL, HOLDS, ROUNDED, WRONG

FILE = Path(__file__).with_name("claims.toml")
NETWORKS: list[dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))["networks"]
LONG = {"perceptron", "lstm", "five steps", "rnn", "003-chain"}  # every third of their claims is judged in each run
KINDS = (  # of the eleven that a diagnosis must know
    "sign", "factor", "missing slope", "slope at the wrong argument", "transposed", "wrong index", "lost path",
    "missing time steps", "averaged or summed", "weights updated too early", "learning rate",
)  # fmt: skip


@cache
def judge_of(network: str) -> Judge:
    table = next(own for own in NETWORKS if own["network"] == network)
    return Judge(derive(loads(table["text"]) if "text" in table else load(network), level="unit"))


def cases(key: str) -> list[Any]:
    found = []
    for table in NETWORKS:
        for index, claim in enumerate(table[key]):
            marks = [pytest.mark.long] if table["network"] in LONG and index % 3 else []
            found.append(pytest.param(table["network"], claim, marks=marks, id=f"{table['network']} | {claim['claim']}"))
    return found


@pytest.mark.parametrize(("network", "claim"), cases("wrong"))
def test_a_wrong_claim_is_explained(network: str, claim: dict[str, Any]) -> None:
    found = judged_text(claim["claim"], judge_of(network), "claim")
    assert found.verdict == WRONG, found
    kinds = claim.get("kind", [])
    if kinds:
        (reason,) = found.diagnosis
        assert reason.kind in ([kinds] if isinstance(kinds, str) else kinds), reason
        for word in claim.get("words", []):
            assert word in reason.text, reason


@pytest.mark.parametrize(("network", "claim"), cases("true"))
def test_a_true_claim_is_not_called_wrong(network: str, claim: dict[str, Any]) -> None:
    found = judged_text(claim["claim"], judge_of(network), "claim")
    assert found.verdict == claim["verdict"], found
    assert found.is_proved or not claim.get("proved"), found
    for word in claim.get("words", []):
        assert word in found.condition, found


def test_the_set_has_every_kind_of_mistake_and_every_verdict() -> None:
    kinds = Counter(claim.get("kind") for table in NETWORKS for claim in table["wrong"] if isinstance(claim.get("kind"), str))
    assert min(kinds[kind] for kind in KINDS) >= 4, kinds
    assert sum(len(table["wrong"]) for table in NETWORKS) >= 60
    verdicts = Counter(claim["verdict"] for table in NETWORKS for claim in table["true"])
    assert min(verdicts[own] for own in (EQUAL, HOLDS, ROUNDED, CONDITIONAL)) >= 3 and sum(verdicts.values()) >= 60
