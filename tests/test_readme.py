"""Every command and Python example of README.md and docs/ runs and prints what the page shows; the lists are complete."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from tools import doc_blocks

from symbackprop import errors
from symbackprop.functions import ACTIVATIONS, FUNCTIONS
from symbackprop.losses import LOSSES

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
INDEX = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
PAGES = ["README.md", "docs/index.md", "docs/architecture.md"]


@pytest.mark.parametrize("page", PAGES)
def test_examples_print_what_is_shown(page: str, tmp_path: Path) -> None:
    problems = doc_blocks.run_page((ROOT / page).read_text(encoding="utf-8"), tmp_path)
    assert not problems, "\n\n".join(problems)


@pytest.mark.parametrize(
    "text",
    [
        "```console\n$ echo one\ntwo\n```\n",
        "```console\n$ echo one\n```\n",
        "```console\n$ true\none\n```\n",
        "```console\n$ echo one; echo two\none\n```\n",
        "```console\n$ symbackprop no-such-command\n```\n",
        "```python\n>>> 1 + 1\n3\n```\n",
        "```python\n>>> 1 / 0\n```\n",
        "```python\nprint(1)\n```\n",
        '```toml title="a.txt"\nx = 1\n```\n```console\n$ cat a.txt\nx = 2\n```\n',
    ],
)
def test_wrong_examples_are_found(text: str, tmp_path: Path) -> None:
    assert len(doc_blocks.run_page(text, tmp_path)) == 1


def test_right_examples_pass(tmp_path: Path) -> None:
    text = (
        '```toml title="a.txt"\nx = 1\n```\n```console\n$ cat a.txt\nx = 1\n\n$ echo a; echo b; \\\n  echo c\na\n...\n```\n'
        "```python\n>>> y = 2\n```\n```python\n>>> y, open('a.txt').read()\n(2, 'x = 1\\n')\n```\n"
    )
    assert doc_blocks.run_page(text, tmp_path) == []


def test_rewriting_makes_a_page_right(tmp_path: Path) -> None:
    wrong = "Before.\n```console\n$ echo one\ntwo\n\n$ echo three; echo four\nth...\nfour\n```\nAfter.\n"
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    right = doc_blocks.rewritten(wrong, tmp_path / "a")
    assert right == wrong.replace("two", "one")
    assert doc_blocks.run_page(right, tmp_path / "b") == []


# The two one-line commands.


def one_line(containing: str) -> tuple[str, str]:
    """The README's command with ``containing`` in it: what it installs with, what it then runs."""
    lines = [line for block in doc_blocks.blocks(README) if block.language == "sh" for line in block.body.splitlines()]
    (line,) = [line for line in lines if containing in line]
    install, run = line.split(" && ")
    return install, run


@pytest.mark.parametrize("containing", ["-m pytest", "-m symbackprop derive"])
def test_one_line_commands_use_what_they_install(containing: str) -> None:
    install, run = one_line(containing)
    target = re.fullmatch(r"python3 -m pip install .*--target (\S+) (?:\.|'\.\[test\]')", install)
    assert target
    assert run.startswith(f"PYTHONPATH={target[1]} python3 -m ")
    assert f"/{target[1]}/" in (ROOT / ".gitignore").read_text().splitlines()


def test_main_command_writes_what_the_readme_names(tmp_path: Path) -> None:
    """As in a fresh clone, twice; the installing half is run by .ci/run."""
    _, run = one_line("-m symbackprop derive")
    shell = doc_blocks.Shell(tmp_path)
    command = run.removeprefix("PYTHONPATH=.deps ")
    named = re.findall(r"`(out/[^`]+)`", README)
    assert named
    for _ in range(2):
        for name in named:
            (shell.work / name).unlink(missing_ok=True)
        printed = shell.run(command)
        assert [name for name in named if not (shell.work / name).is_file()] == [], printed


# The lists are complete, and the numbers true.


def test_sample_in_the_readme_is_true() -> None:
    """∂E/∂w_in of the chain, worked out here by hand from the network's definition."""

    def sigmoid(s: float) -> float:
        return 1 / (1 + math.exp(-s))

    z_j = sigmoid(2)
    z_k = sigmoid(5 * z_j)
    value = (3 * z_k - 3) * 3 * z_k * (1 - z_k) * 5 * z_j * (1 - z_j)
    shown = re.findall(r"\\approx (-?[\d.]+)", README)
    assert shown == [f"{value:.6f}"]


def names_in_table(heading: str) -> set[str]:
    """The names in code style in the first column of the table under a heading of docs/index.md."""
    section = INDEX.split(f"# {heading}\n", 1)[1].split("\n#", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`(\w+)[^`]*`", row.split("|")[1])}


def test_every_activation_is_documented() -> None:
    assert names_in_table("Activations") == {*ACTIVATIONS, "generic"}


def test_every_loss_is_documented() -> None:
    assert names_in_table("Losses") == set(LOSSES)


def test_every_function_is_documented() -> None:
    assert names_in_table("Functions") == set(FUNCTIONS)


def test_every_command_is_documented() -> None:
    from symbackprop.cli import main

    assert names_in_table("Commands") == set(main.commands)
    for name, command in main.commands.items():
        section = INDEX.split(f"## `{name}", 1)[1].split("\n## ", 1)[0]
        options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        assert {option for option in options if f"`{option}" not in section} == set(), name


def test_every_exit_code_is_documented() -> None:
    codes = {0, 1, *(error.exit_code for error in (errors.InputError, errors.MissingToolError))}
    for page in (README, INDEX):
        section = page.split("# Exit codes\n", 1)[1]
        assert {int(code) for code in re.findall(r"^\| (\d) \|", section, re.MULTILINE)} == codes


@pytest.mark.parametrize("page", [*PAGES, "docs/changelog.md"])
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    assert dead_links(path, path.read_text(encoding="utf-8")) == []


def test_dead_links_are_found() -> None:
    assert dead_links(ROOT / "README.md", "[a](docs/index.md#x) [b](docs/none.md) [c](https://example.org)") == ["docs/none.md"]


def dead_links(path: Path, text: str) -> list[str]:
    targets = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text)
    return [target for target in targets if not target.startswith("http") and not (path.parent / target).exists()]
