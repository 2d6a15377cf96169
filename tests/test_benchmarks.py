"""The benchmark suite: its table, its comparison of results, and a tiny run of each topic. Nothing here asserts a time."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from benchmarks import cases, derive, evaluate, latex, operations, pages, peers, startup, table, timing
from benchmarks.peers import Contender, WrongResult, compare, ours
from benchmarks.report import Report, this_machine
from benchmarks.suite import TOPICS, main
from benchmarks.topics import Run

import symbackprop

ROOT = Path(__file__).resolve().parents[1]


# Results are compared before anything is timed.


def contenders(case: cases.Case) -> list[Contender]:
    found, _ = peers.available()
    return [own for name, peer in found.items() if name in ("ours", "numpy_hand", "c_hand") for own in peer.contenders(case)]


@pytest.mark.parametrize(
    "make", [lambda: cases.perceptron(3, 4, 2), lambda: cases.perceptron(3, 4, 2, batch=5), lambda: cases.recurrent(6)]
)
def test_all_ways_agree(make) -> None:
    case = make()
    found = contenders(case)
    assert {"ours, default", "hand NumPy"} <= {own.name for own in found}
    compare(case, found)


def test_small_numbers_stay() -> None:
    """Code compiled for speed must not change how the process rounds."""
    contenders(cases.perceptron(2, 2, 2))
    assert float(np.float64(1e-310) / 2) > 0.0


@pytest.mark.parametrize("name", ["000", "003-chain", "003-split", "004"])
def test_textbook_losses_are_those_of_the_networks(name: str) -> None:
    """The hand-written loss, by central differences, against our gradient."""
    case = cases.textbook(name)
    m = cases.Operations()
    m.exp, m.log = np.exp, np.log
    loss, gradient = next(iter(ours.contenders(case))).result()
    assert case.loss(m, case.given) == pytest.approx(loss, rel=1e-12)
    for parameter, partial in zip(case.parameters, gradient, strict=True):
        up, down = (case.loss(m, {**case.given, parameter: case.given[parameter] + step}) for step in (1e-6, -1e-6))
        assert (up - down) / 2e-6 == pytest.approx(partial, rel=1e-6, abs=1e-9)


def test_bound_function_keeps_its_numbers() -> None:
    """Of scalars in C: what is made meanwhile does not get into the memory of its arguments."""
    case = cases.perceptron_of_units(2, 2, 2)
    function = symbackprop.derive(case.network).lambdify("c")
    right = function(case.own)
    calls = [function.bound(case.own) for _ in range(30)]
    others = [function.bound(dict.fromkeys(case.own, 0.125)) for _ in range(30)]
    assert all(call() == right for call in calls)
    assert all(call() != right for call in others)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda loss, gradient: (loss + 1e-7, gradient), "wrong and ours, default.* differ by"),
        (lambda loss, gradient: (loss, gradient + 1e-7 * (np.arange(gradient.size) == 2)), "differ by"),
        (lambda loss, gradient: (loss, gradient * np.nan), "differ by nan"),
        (lambda loss, gradient: (loss, gradient[1:]), "wrong has 21 partials"),
        (lambda loss, gradient: (loss, np.roll(gradient, 1)), "differ by"),
    ],
)
def test_wrong_contender_is_refused(change, problem: str) -> None:
    case = cases.perceptron(2, 4, 2)
    right = contenders(case)
    compare(case, right)
    wrong = Contender("wrong", lambda: None, lambda: change(*right[0].result()))
    with pytest.raises(WrongResult, match=problem):
        compare(case, [*right, wrong])


def test_wrong_contender_stops_the_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """One sign in the hand-written gradient."""
    from benchmarks.peers import numpy_hand

    right = numpy_hand.contenders

    def wrong(case):
        for own in right(case):
            yield replace(own, result=lambda own=own: (own.result()[0], -own.result()[1]))

    monkeypatch.setattr(numpy_hand, "contenders", wrong)
    monkeypatch.setattr("benchmarks.suite.PEERS", ("ours", "numpy_hand"))
    monkeypatch.setattr(evaluate, "textbooks", lambda widths: [])
    assert main(["--quick", "--rounds", "1", "--only", "evaluate"]) == 1
    assert "wrong result" in capsys.readouterr().err


def test_missing_peer_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.peers import jax_peer

    monkeypatch.setattr(jax_peer, "NEEDS", ("no_such_package",))
    found, missing = peers.available(("ours", "jax_peer"))
    assert list(found) == ["ours"]
    assert missing == {"jax_peer": "no_such_package not installed"}


# Counting.


@pytest.mark.parametrize(
    ("case", "forward", "total"),
    [
        (cases.perceptron(2, 2, 2), 31, 51),
        (cases.perceptron(4, 8, 8, 3), 315, 643),
        (cases.perceptron(32, 32, 10), 2855, 4903),
        (cases.chain(2), 15, 24),
        (cases.chain(8), 51, 90),
        (cases.recurrent(16), 143, 298),
    ],
    ids=lambda own: getattr(own, "name", None),
)
def test_tape_has_the_counts_of_a_recording(case: cases.Case, forward: int, total: int) -> None:
    """What tapes of SymPy objects were counted to take."""
    tape = operations.structural_tape(case)
    assert tape is not None
    assert (tape.forward, tape.total) == (forward, total)


def test_running_operations_are_counted() -> None:
    namespace: dict = {"math_exp": math.exp}
    exec("def f(x, y):\n    t = (x*y if x > 0.0 else 1.0)\n    return -t + 2.0*t**2 - math_exp(x)/y", namespace)
    assert ours.counted(namespace["f"], [3.0, 2.0]) == {"mul": 3, "add": 3, "div": 1, "function": 1}
    assert ours.counted(namespace["f"], [-3.0, 2.0]) == {
        "mul": 0,
        "add": 1,
        "div": 1,
        "function": 1,
    }  # 1.0 is no number of the network
    assert namespace["math_exp"] is math.exp


# The table.


def figures(**own: float) -> dict[str, list[table.Figure]]:
    return {key.replace("_", " "): [table.Figure(value, "a case")] for key, value in own.items()}


def test_every_row_says_whether_it_is_reached() -> None:
    for row in table.ROWS:
        for value, verdict in ((row.reach, "reached"), (row.reach + (0.01 if row.at_most else -0.01), "not reached")):
            (found,) = [own for own in table.judged({row.key: [table.Figure(value, "")]}) if own.row is row]
            assert found.verdict == verdict
    assert {own.verdict for own in table.judged({})} == {"not measured"}
    assert len({row.key for row in table.ROWS}) == len(table.ROWS)


def test_the_worst_case_counts() -> None:
    one = {
        "lambdify": [table.Figure(0.5, "good"), table.Figure(0.95, "bad")],
        "jax": [table.Figure(30, "good"), table.Figure(19, "bad")],
    }
    found = {own.row.key: own for own in table.judged(one)}
    assert found["lambdify"].verdict == found["jax"].verdict == "not reached"
    assert found["lambdify"].cells()[1] == "0.95 × (bad; best 0.5, good)"
    assert found["jax"].cells()[1] == "19 × (bad; best 30, good)"
    assert "small sizes only" in table.judged(one, quick=True)[9].verdict


def test_unknown_figures_are_refused() -> None:
    with pytest.raises(KeyError, match="no row for speed"):
        table.judged(figures(speed=1))


def test_rows_read_as_text_and_as_markdown() -> None:
    rows = table.judged(figures(latex=12.345))
    assert "12.3 × (a case)" in table.as_text(rows)
    lines = table.as_markdown(rows).splitlines()
    assert len(lines) == len(table.ROWS) + 2
    assert {line.count("|") for line in lines} == {5}


# Small runs.


@pytest.fixture(scope="module")
def report() -> Report:
    """Every topic once, with what the tests need installed anyway."""
    found, _ = peers.available(("ours", "numpy_hand", "c_hand", "sympy_peer"))
    run = Run(Report(quick=True, machine=this_machine()), found, quick=True, rounds=1, turn=1e-5)
    for case in (cases.perceptron(2, 2, 2), cases.perceptron(2, 2, 2, batch=4), cases.textbook("000")):
        evaluate.measure(run, case)
    for case in (cases.chain(2), cases.recurrent(3), cases.perceptron(2, 2, 2)):
        operations.measure(run, case)
    derive.growth(run, "growth in depth", "chain", [(size, cases.chain(size).network) for size in (2, 4, 8)])
    for size in (2, 4):
        derive.derive_and_call(run, cases.chain(size), {"ours": found["ours"], "naive SymPy": found["sympy_peer"]})
    derive.matrix_level(run)
    derive.against_naive(run, cases.perceptron_of_units(1, 1))
    latex.measure(run, cases.perceptron_of_units(2, 2, 2))
    startup.measure(run)
    return run.report


def test_every_topic_runs(report: Report) -> None:
    topics = {group.topic for group in report.groups}
    assert topics == {"evaluating", "deriving", "to a callable", "matrix level", "LaTeX", "start-up"}
    assert {count["who"] for count in report.counts} == {"ours", "tape", "naive SymPy, cse"}
    for group in report.groups:
        for name, samples in group.samples.items():
            assert samples and all(own > 0 for own in samples), (group.case, name)
    assert {"lambdify", "numpy small", "latex", "startup", "heavy modules", "operations tape"} <= set(report.figures)


def test_nothing_heavy_is_loaded(report: Report) -> None:
    assert [figure.value for figure in report.figures["heavy modules"]] == [0, 0]
    assert startup.heavy_modules(("-c", "import jinja2")) == ["jinja2"]


def test_topics_name_their_work() -> None:
    found, _ = peers.available(("ours", "numpy_hand"))
    for quick in (True, False):
        for topic in TOPICS.values():
            names = [what for what, _ in topic(Run(Report(), found, quick, rounds=1))]
            assert names and len(names) == len(set(names))


def test_json_is_read_again(report: Report, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.json"
    report.save(path)
    found = json.loads(path.read_text(encoding="utf-8"))
    assert len(found["table"]) == len(table.ROWS)
    assert found["machine"]["versions"]["sympy"]
    assert Report.load(path).text() == report.text()
    assert main(["--from", str(path)]) == 0
    assert capsys.readouterr().out == report.text() + "\n"


@pytest.mark.parametrize("text", ["{}", "[]", "not json", None])
def test_other_files_are_refused(text: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "other.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SystemExit) as end:
        main(["--from", str(path)])
    assert end.value.code == 2
    assert "error: " + str(path) in capsys.readouterr().err


def test_table_goes_into_the_page(report: Report, tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text((ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8"), encoding="utf-8")
    pages.write_table(report, page)
    pages.write_table(report, page)
    text = page.read_text(encoding="utf-8")
    assert text.count(table.as_markdown(report.table())) == 1
    before = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert [part.split(pages.END)[-1] for part in text.split(pages.BEGIN)] == [
        part.split(pages.END)[-1] for part in before.split(pages.BEGIN)
    ]
    page.write_text("nothing")
    with pytest.raises(ValueError, match="no lines"):
        pages.write_table(report, page)


def test_plots_are_drawn(report: Report, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from benchmarks import plots

    written = plots.draw(report, tmp_path)
    assert {path.name for path in written} == {"deriving.svg", "evaluating.svg", "operations.svg"}
    first = [path.read_bytes() for path in written]
    assert [path.read_bytes() for path in plots.draw(report, tmp_path)] == first
    assert all(b"hand NumPy" in own or b"ours" in own for own in first)


def test_page_shows_every_plot() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    drawn = {path.name for path in (ROOT / "docs" / "benchmarks").glob("*.svg")}
    assert set(re.findall(r"\(benchmarks/([\w.]+)\)", page)) == drawn == {"deriving.svg", "evaluating.svg", "operations.svg"}
    assert all((ROOT / "docs" / "benchmarks" / name).stat().st_size < 60_000 for name in drawn)


def test_all_take_turns() -> None:
    seen: list[str] = []
    samples = timing.interleaved({"a": lambda: seen.append("a"), "b": lambda: seen.append("b")}, rounds=3, turn=1e-5)
    assert "".join(name for name, _ in groupby(seen)).endswith("abab")
    assert [len(own) for own in samples.values()] == [3, 3]
    assert timing.ratio({"a": [2.0, 4.0, 9.0], "b": [1.0, 2.0, 3.0]}, "a", "b") == 2.0
    assert timing.exponent([1, 10, 100], [2, 200, 20_000]) == pytest.approx(2)
