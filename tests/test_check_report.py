"""A report as plain data, as a page in every format, and from the command line."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from batch_compile import faults
from browser_page import look
from click.testing import CliRunner
from test_check import broken, flip_a_sign, relu_network

import symbackprop
from symbackprop import InputError, Loss, Network
from symbackprop.checking import check
from symbackprop.checking.report import NOT_CHECKED, PASS, ROUTES, Report
from symbackprop.cli import main
from symbackprop.derivation import derive
from symbackprop.network import Claim, Layer, Source

SMALL = """
title = "One unit"
inputs = ["x"]
[[units]]
name = "o"
from = { x = "w" }
bias = "b"
activation = "sigmoid"
[loss]
function = "half_squared_error"
targets = { o = "y" }
[values]
x = 0.5
w = -1.5
b = 0.25
y = 1
"""
VERDICTS = {"pass", "fail", "not checked", "document error"}
NUMBER = (int, float)


@pytest.fixture(scope="module")
def report() -> Report:
    """With the document's numbers, and a claim of each kind."""
    network = symbackprop.load("003-split")
    assert network.source is not None
    claims = (
        Claim("the signal of the output", states="delta_o = z_o - y", holds=True),
        Claim("the signal of unit j", states="delta_j = delta_o*w_j", correct="delta_j = delta_o*w_j*slope_j", holds=False),
    )
    return check(replace(network, source=Source("003", printed=network.source.printed, claims=claims)))


@pytest.fixture(scope="module")
def small() -> Network:
    return symbackprop.loads(SMALL)


@pytest.fixture(scope="module")
def failing() -> Report:
    return check(broken(derive(replace(symbackprop.load("003-split"), source=None)), flip_a_sign))


def assert_follows_the_schema(found: dict[str, Any]) -> None:
    """The keys that docs/index.md promises, with what they hold; strict JSON all of it."""
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    keys = "title document passed counts point parameters routes differences notes levels printed claims"
    assert list(found) == keys.split()
    assert isinstance(found["passed"], bool)
    assert list(found["counts"]) == ["passed", "failed", "not_checked", "document_errors"]
    for own in found["parameters"].values():
        routes = own["verdicts"]
        assert set(routes) <= set(ROUTES)
        assert set(routes.values()) | {own["verdict"]} <= VERDICTS
        assert set(own) == {"analytic", "relative_error", "relative_errors", "order", "proved", "verdict", "verdicts", *routes}
        for key in ("analytic", "relative_error", *routes):
            assert own[key] is None or isinstance(own[key], NUMBER)
        assert own["order"] in ("exact", None) or isinstance(own["order"], float)
    for key, own in found["routes"].items():
        assert key in ROUTES
        assert set(own) == {"how", "digits", "tolerance", "points", "passed", "failed", "not_checked"}
    curve = found["differences"]
    if curve is not None:
        assert set(curve) == {"steps", "errors", "errors_in_double", "order"}
        assert len(curve["steps"]) == len(curve["errors"]) == len(curve["errors_in_double"])
    for key in ("notes", "levels", "printed"):
        assert all(own["verdict"] in VERDICTS for own in found[key])
    assert all(own["outcome"] in VERDICTS and own["claim"] for own in found["claims"])


def test_the_report_as_plain_data(report: Report) -> None:
    found = report.to_dict()
    assert_follows_the_schema(found)
    assert found["passed"]
    exact = symbackprop.evaluate(symbackprop.load("003-split")).gradient
    for name, own in found["parameters"].items():
        assert [own[key] for key in ROUTES] == pytest.approx([exact[name]] * len(ROUTES), rel=1e-14)
        assert own["verdict"] == PASS
    assert found["parameters"]["w_j"]["order"] == "exact"  # the output is linear in w_j, the loss quadratic
    assert found["parameters"]["w_in"]["order"] == pytest.approx(2, abs=1e-6)
    assert sum(found["counts"].values()) == len(report.results)


def test_every_kind_of_network_follows_the_schema(small: Network) -> None:
    layers = Network(inputs=1, layers=(Layer(2, "tanh"),), loss=Loss("squared_error"))
    recurrent = Network.from_equations("h[t] = tanh(w*x[t] + u*h[t-1])\nE = h[2]**2", steps=2, values={"x": [1, 2], "w": 1, "u": 2})
    generic = replace(symbackprop.load("002-base"), source=None)
    for network in (small, layers, recurrent, generic):
        assert_follows_the_schema(check(network).to_dict())


def test_a_failure_is_in_the_data(failing: Report) -> None:
    found = failing.to_dict()
    assert_follows_the_schema(found)
    assert not found["passed"]
    wrong = {name for name, own in found["parameters"].items() if own["verdict"] == "fail"}
    assert wrong == {"w_ij", "w_in"}
    for name in wrong:
        assert found["parameters"][name]["relative_error"] > 0.1
        assert set(found["parameters"][name]["verdicts"].values()) == {"fail"}


def test_kinks_are_in_the_data() -> None:
    found = check(relu_network(-1)).to_dict()
    assert_follows_the_schema(found)
    assert {name: own["verdict"] for name, own in found["parameters"].items()} == {"w": NOT_CHECKED, "b": NOT_CHECKED, "v": PASS}
    assert any(own["detail"].startswith("at a kink of relu in z_h: slope 0") for own in found["notes"])


def test_the_text_has_a_row_for_each_partial(report: Report) -> None:
    lines = str(report).splitlines()
    (head,) = (line for line in lines if "derivation" in line and "complex step" in line)
    for name in report.derivation.parameters if report.derivation else ():
        (row,) = (line for line in lines if line.startswith(f"  pass  {name} "))
        assert len(row.split()) == len(head.replace("complex step", "complex").split()) + 1
    assert max(map(len, lines[: lines.index("How they were compared")])) <= 130


# The command.


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["check", "-", *arguments], input=SMALL)
    assert result.exit_code == code, result.output
    return result.output


def test_the_command_prints_json() -> None:
    found = json.loads(run("--json"))
    assert_follows_the_schema(found)
    assert set(found["parameters"]) == {"w", "b"}
    assert "autodiff" not in json.loads(run("--json", "--with", "none"))["routes"]


def test_the_command_writes_pages(tmp_path: Path) -> None:
    text = run("--format", "html,md,tex", "-o", str(tmp_path), "--with", "none")
    names = ["network-check.html", "network-check.md", "network-check.tex"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert [Path(line).name for line in text.splitlines()[:-1]] == names
    assert text.splitlines()[-1].startswith("passed: ")
    assert "exists already" in run("--format", "html", "-o", str(tmp_path), code=2)
    run("--format", "html", "-o", str(tmp_path), "--force", "--with", "none")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--format", "docx"), "there is no format 'docx' of a check"),
        (("--format", "html", "--json"), "ask for one of them"),
        (("--with", "keras"), "there is no library 'keras'"),
        (("--format", "html", "--notation", "bshop"), "did you mean 'bishop'"),
    ],
)
def test_wrong_calls(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    assert message in run(*arguments, "-o", str(tmp_path), code=2)
    assert not list(tmp_path.iterdir())


# Pages.


def test_a_page_in_every_format(report: Report, tmp_path: Path) -> None:
    html = report.save(tmp_path / "page.html").read_text(encoding="utf-8")
    latex = report.save(tmp_path / "page.tex", notation="bishop").read_text(encoding="utf-8")
    markdown = report.save(tmp_path / "page.md").read_text(encoding="utf-8")
    for text in (html, latex, markdown):
        assert "Check: One unit that feeds two" in text
        assert "1 errors of the document" in text
    assert len(re.findall(r"<section", html)) >= 6
    assert html.count("<svg") == 1
    assert r"\partial E" in latex
    # Every number of the table of partials is on the page.
    for own in report.parameters:
        assert f"{float(own.analytic):.5g}".lstrip("-") in latex
    with pytest.raises(InputError, match="exists already"):
        report.save(tmp_path / "page.html")
    with pytest.raises(InputError, match="no format 'docx'"):
        report.save(tmp_path / "page.docx")


def test_a_page_of_a_failure_and_of_kinks(failing: Report, tmp_path: Path) -> None:
    text = failing.save(tmp_path / "wrong.md").read_text(encoding="utf-8")
    assert "Something is wrong" in text
    assert "FAILED" in text
    kinks = check(relu_network(-1)).save(tmp_path / "kinks.md").read_text(encoding="utf-8")
    assert "at a kink of relu" in kinks
    assert "not checked" in kinks


def test_a_notation_with_a_decimal_comma(small: Network, tmp_path: Path) -> None:
    (tmp_path / "comma.toml").write_text('base = "003"\ndecimal = ","\n')
    found = check(small, library="none")
    text = found.save(tmp_path / "page.md", notation=str(tmp_path / "comma.toml")).read_text(encoding="utf-8")
    own = next(row.analytic for row in found.parameters if row.parameter == "w")
    assert f"{float(own):.5g}".replace(".", "{,}") in text


@pytest.mark.needs_tex
def test_pages_compile(report: Report, failing: Report, small: Network, tmp_path: Path) -> None:
    from symbackprop.rendering.check_page import report_pages

    plain = check(replace(small, title=""), library="none")
    reports = {"a": report, "b": failing, "c": plain}
    pages = {name: report_pages(own, ("tex",), prefix=name)["tex"].decode() for name, own in reports.items()}
    assert faults(pages, tmp_path) == {}


@pytest.mark.needs_browser
def test_the_page_in_a_browser(report: Report, tmp_path: Path) -> None:
    page = report.save(tmp_path / "page.html").read_text(encoding="utf-8")
    probe = "const all = name => document.querySelectorAll(name).length;"
    probe += "return [document.documentElement.scrollWidth, all('table'), all('svg') > 0];"
    for width in (1000, 360):
        (wide, tables, drawn), console = look(page, probe, tmp_path, width=width)
        assert wide <= width
        assert tables >= 3
        assert drawn
        assert console == ""


def test_a_report_of_nothing_to_compute_with() -> None:
    """No values can be drawn at which the logarithm of a negative square is finite."""
    network = Network.from_equations("E = log(-w**2)")
    found = check(network, library="none").to_dict()
    assert_follows_the_schema(found)
    assert found["parameters"] == {}
    assert not math.isnan(sum(found["counts"].values()))
