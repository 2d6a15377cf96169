"""The command: what it prints and writes, its exit codes, and that bad input leaves nothing behind."""

from __future__ import annotations

import fcntl
import json
import math
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from conftest import ROOT

CHAIN = (ROOT / "symbackprop" / "examples" / "003-chain.toml").read_text(encoding="utf-8")


def run(*arguments: str, cwd: Path, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "symbackprop", *arguments]
    return subprocess.run(command, cwd=cwd, input=text, capture_output=True, text=True, env={**os.environ, **environment})


def refused(result: subprocess.CompletedProcess[str], *words: str, code: int = 2) -> None:
    """One line on stderr with these words, nothing on stdout."""
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("symbackprop: ")
    for word in words:
        assert word in result.stderr


def test_derive_writes_the_pages(tmp_path: Path) -> None:
    result = run("derive", "chain", "-o", "pages", cwd=tmp_path)
    assert result.returncode == 0
    assert result.stderr == ""
    written = [str(Path("pages") / f"chain.{form}") for form in ("tex", "html", "md")]
    assert result.stdout.split() == written
    assert sorted(os.listdir(tmp_path / "pages")) == ["chain.html", "chain.md", "chain.tex"]


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    (tmp_path / "chain.md").write_text("mine")
    refused(run("derive", "chain", "--format", "html,md", cwd=tmp_path), "chain.md exists already", "--force")
    assert (tmp_path / "chain.md").read_text() == "mine"
    assert os.listdir(tmp_path) == ["chain.md"]
    assert run("derive", "chain", "--format", "html,md", "--force", cwd=tmp_path).returncode == 0
    assert (tmp_path / "chain.md").read_text().startswith("# ")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('activation = "sigmoid"', 'activation = "sigmiod"', ("sigmoid", "line")),
        ("[loss]", "[losss]", ("losss", "loss")),
        ('from = { j = "w_j" }', 'from = { o = "w_j" }', ("o", "cycle")),
        ("w_in = 2", "w_in = nan", ("w_in",)),
        ("w_in = 2\n", "", ("w_in", "value")),
        ('name = "j"', 'name = "j k"', ("j k",)),
        (CHAIN, "", ("empty",)),
        (CHAIN, 'title = "t"\ninputs = ["x"]\n[loss]\nfunction = "squared_error"\ntargets = { o = "y" }\n', ("0 units",)),
    ],
)
def test_bad_input_leaves_nothing_behind(old: str, new: str, words: tuple[str, ...], tmp_path: Path) -> None:
    assert old in CHAIN
    (tmp_path / "net.toml").write_text(CHAIN.replace(old, new, 1), encoding="utf-8")
    refused(run("derive", "net.toml", "-o", "pages", cwd=tmp_path), *words)
    assert os.listdir(tmp_path) == ["net.toml"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("derive", "chian"), ("chian", "chain")),
        (("derive", "chain", "--format", "docx"), ("docx", "html")),
        (("derive", "chain", "--cache", "factor"), ("factor", "factors")),
        (("derive", "chain", "--numbers", "rounded"), ("rounded", "display")),
        (("derive", "chain", "--notation", "005"), ("005", "004")),
        (("evaluate", "chain", "--set", "w_jj=3"), ("w_jj", "w_j")),
        (("evaluate", "chain", "--set", "w_j"), ("w_j", "NAME=VALUE")),
        (("evaluate", "chain", "--of", "z_o"), ("--wrt",)),
        (("evaluate", "chain", "--of", "z_o", "--wrt", "q"), ("'q'",)),
        (("evaluate", "chain", "--numbers", "carry", "--updates", "2"), ("--updates",)),
        (("evaluate", "002-base"), ("σ", "formula")),
        (("check", "nowhere.toml"), ("nowhere.toml",)),
    ],
)
def test_wrong_calls_get_one_line(arguments: tuple[str, ...], words: tuple[str, ...], tmp_path: Path) -> None:
    refused(run(*arguments, cwd=tmp_path), *words)
    assert os.listdir(tmp_path) == []


def test_pdf_without_tex_says_what_to_install(tmp_path: Path) -> None:
    result = run("derive", "chain", "--format", "html,pdf", cwd=tmp_path, PATH=str(tmp_path))
    refused(result, "pdflatex", "apt-get install", code=3)
    assert os.listdir(tmp_path) == []


@pytest.mark.needs_tex
def test_pdf_is_the_same_twice(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        assert run("derive", "chain", "--format", "pdf", "-o", folder, cwd=tmp_path).returncode == 0
    first = (tmp_path / "one" / "chain.pdf").read_bytes()
    assert first.startswith(b"%PDF")
    assert first == (tmp_path / "two" / "chain.pdf").read_bytes()


def test_unwritable_folder(tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("a file")
    refused(run("derive", "chain", "-o", "pages", cwd=tmp_path), "pages")
    assert (tmp_path / "pages").read_text() == "a file"


def test_a_file_and_standard_input_are_the_shipped_network(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(CHAIN, encoding="utf-8")
    shipped = run("evaluate", "003-chain", "--json", cwd=tmp_path).stdout
    assert json.loads(shipped)["values"]["E"] == pytest.approx(0.000656753, rel=1e-6)  # documents' exact figure
    assert run("evaluate", "own.toml", "--json", cwd=tmp_path).stdout == shipped
    assert run("evaluate", "-", "--json", cwd=tmp_path, text=CHAIN).stdout == shipped
    assert run("derive", "-", "--format", "md", cwd=tmp_path, text=CHAIN).stdout == "network.md\n"


def test_set_changes_a_value(tmp_path: Path) -> None:
    found = json.loads(run("evaluate", "chain", "--json", "--set", "w_k=0", "--set", "y = 1/2", cwd=tmp_path).stdout)
    assert found["values"]["z_o"] == 0
    assert found["objective"] == 0.125  # ½ (0 − ½)²
    assert found["gradient"]["w_j"] == 0


LAYERS = """inputs = 2
[[layers]]
units = 2
activation = "tanh"
bias = "shared"
[[layers]]
units = 1
bias = false
[loss]
function = "half_squared_error"
[values]
x = [0.5, -1.2]
W1 = [[0.3, 0.1], [-0.2, 0.4]]
b1 = 0
W2 = [[1, 0.1]]
y = [0]
"""


def test_set_takes_arrays(tmp_path: Path) -> None:
    settings = ("--set", "W1 = [[0, 0], [0, 0]]", "--set", 'x=["1/3", 0.30]', "--set", "y=[2]", "--set", "b1=0.5")
    found = json.loads(run("evaluate", "-", "--json", *settings, cwd=tmp_path, text=LAYERS).stdout)
    assert found["values"]["x"] == [1 / 3, 0.3]
    assert found["values"]["s1"] == [0.5, 0.5]
    assert found["values"]["y"] == [2]
    assert found["values"]["z2"] == pytest.approx([1.1 * math.tanh(0.5)])


def test_set_takes_samples(tmp_path: Path) -> None:
    """An array with one axis more than the symbol is one value for each sample."""
    found = json.loads(run("evaluate", "-", "--json", "--set", "x=[[0, 0], [1, 2]]", cwd=tmp_path, text=LAYERS).stdout)
    assert found["values"]["x"] == [[0, 0], [1, 2]]
    assert found["values"]["z2"][0] == [0]
    found = json.loads(run("evaluate", "chain", "--json", "--set", "x_i=[1, 0]", cwd=tmp_path).stdout)
    assert found["values"]["s_j"] == [2, 0]


def test_check_of_layers(tmp_path: Path) -> None:
    result = run("check", "-", cwd=tmp_path, text=LAYERS)
    assert (result.returncode, result.stderr) == (0, "")
    assert "the matrix level, entry by entry" in result.stdout
    assert result.stdout.rstrip().splitlines()[-1].startswith("passed: ")


def test_worked_numbers_of_a_policy(tmp_path: Path) -> None:
    """Document 000 carries three decimals: its last step is 0.00045, where full precision would give 0.00046."""
    carried = json.loads(run("evaluate", "000", "--numbers", "carry", "--json", cwd=tmp_path).stdout)
    assert (carried["delta_o"], carried["delta_h"], carried["Delta_W"]) == ("0.122", "0.003", "0.0302")
    assert (carried["Delta_w_1"], carried["Delta_w_2"]) == ("0.00015", "0.00045")
    plain = run("evaluate", "000", "--numbers", "display", cwd=tmp_path).stdout
    assert "Delta_w_2      0.000457" in plain


def test_check_fails_with_exit_code_1(tmp_path: Path) -> None:
    text = CHAIN.replace('text = "0.8808"', 'text = "0.8809"').replace('claims = "claims/003.toml"', "")
    (tmp_path / "net.toml").write_text(text, encoding="utf-8")
    result = run("check", "net.toml", cwd=tmp_path)
    assert result.returncode == 1
    assert "fail" in result.stdout
    assert result.stderr == ""


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m symbackprop check chain | head -n 1"
    result = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True)
    assert result.stderr == ""
    assert len(result.stdout.splitlines()) == 1


def test_progress_is_shown_to_a_person_who_waits(tmp_path: Path) -> None:
    """A bar on a terminal for a network that takes more than a second; nothing where stderr is no terminal."""
    lines = ["h0 = x"] + [f"h{index} = tanh(w{index}*h{index - 1} + b{index})" for index in range(1, 250)]
    given = "x = 1\n" + "".join(f"w{index} = 0.9\nb{index} = 0.1\n" for index in range(1, 250))
    body = "\n".join(lines)
    (tmp_path / "long.toml").write_text(f'equations = """\n{body}\n"""\nobjective = "h249"\n[values]\n{given}', encoding="utf-8")
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, "-m", "symbackprop", "derive", "long.toml", "--format", "md"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=follower)
    os.close(follower)
    seen = b""
    while True:
        try:
            part = os.read(leader, 1024)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        seen += part
    os.close(leader)
    assert process.wait() == 0
    assert b"pages" in seen
    assert run(*command[3:], "--force", cwd=tmp_path).stderr == ""
