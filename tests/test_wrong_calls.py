"""Every wrong call gets one line with what is wrong and what to do, and the exit code 2, whichever part of the command finds it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner
from conftest import ROOT

from symbackprop.cli import STOPPED, main

CALLS = (
    (("evaluate", "chain", "--updates", "-3"), ("updates", "-3", "positive")),
    (("evaluate", "chain", "--updates", "x"), ("--updates", "'x'")),
    (("evaluate", "chain", "--updates", "1.5"), ("--updates", "'1.5'")),
    (("evaluate", "chain", "--update", "3"), ("'--update'", "did you mean '--updates'?")),
    (("evaluate",), ("NETWORK", "symbackprop evaluate --help")),
    (("evaluat", "chain"), ("'evaluat'", "did you mean 'evaluate'?")),
    (("evaluate", "chain", "more"), ("more", "--help")),
    (("evaluate", "chain", "--json=yes"), ("--json",)),
    (("derive", "chain", "--output"), ("--output",)),
    (("derive", "chain", "--bogus"), ("--bogus",)),
    (("--bogus",), ("--bogus", "symbackprop --help")),
    (("nothing",), ("nothing",)),
)


@pytest.mark.parametrize(("arguments", "words"), CALLS)
def test_one_line(arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, list(arguments), prog_name="symbackprop")
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("symbackprop: ")
    assert "Error" not in line
    assert "Usage" not in line
    for word in words:
        assert word in line


def test_the_installed_command_does_the_same() -> None:
    command = [sys.executable, "-m", "symbackprop", "evaluate", "chain", "--updates", "x"]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (result.returncode, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["evaluate", "--help"], ["--version"], ["list"]])
def test_what_is_no_error_ends_well(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0
    assert result.stdout
    assert result.stderr == ""


def test_without_arguments_the_help_is_shown() -> None:
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 2
    assert "Commands:" in result.output


def test_who_stops_it_gets_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("symbackprop.checking.check", stop)
    result = CliRunner().invoke(main, ["check", "chain"])
    assert result.exit_code == STOPPED
    assert result.stderr.split("\n")[-2:] == ["symbackprop: stopped", ""]
