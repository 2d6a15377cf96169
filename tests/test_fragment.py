"""Fragments: what authors put into documents of their own, plain ones and well-equipped ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from batch_compile import compile_log, complaints
from click.testing import CliRunner

import symbackprop
from symbackprop.cli import main
from symbackprop.errors import InputError
from symbackprop.network import Loss, Network, Unit
from symbackprop.reading import list_networks, load
from symbackprop.rendering import render
from symbackprop.rendering.latex import STYLE, style

NAMES = [name for name, _ in list_networks()]
SMALL = ["000", "001", "003-split", "003-chain"]

MINIMAL = r"\documentclass{book}\usepackage{amsmath,symbackprop}"
# Everything that the style file knows, before and after it, in two columns of 240 pt.
EQUIPPED = r"""\documentclass[twocolumn]{book}
\usepackage[T1]{fontenc}\usepackage{lmodern,microtype}
\usepackage[letterpaper,textwidth=490pt,columnsep=10pt]{geometry}
\usepackage{amsmath,mathtools,amssymb,longtable,tikz}
\usepackage{symbackprop}
\usepackage{xcolor,booktabs,tcolorbox,hyperref,cleveref}
\renewcommand{\sbtitle}[1]{\section{#1}}
\renewcommand{\sbsection}[1]{\subsection{#1}}"""


def document(preamble: str, inputs: list[str], text: str = "") -> str:
    body = "\n".join(rf"\input{{{name}}}" for name in inputs)
    return f"{preamble}\n\\begin{{document}}\n\\chapter{{One}}\n{text}\n{body}\n\\end{{document}}\n"


def write_fragments(folder: Path, names: list[str], prefixes: str, **options: object) -> list[str]:
    """Fragments of networks under each of some one-letter prefixes; their file names."""
    (folder / STYLE).write_text(style(), encoding="utf-8")
    made = []
    for prefix in prefixes:
        for name in names:
            text = render(symbackprop.derive(load(name)), "fragment", prefix=f"{prefix}-{name}", **options)
            (folder / f"{prefix}-{name}.tex").write_text(text, encoding="utf-8")
            made.append(f"{prefix}-{name}")
    return made


@pytest.mark.needs_tex
def test_amsmath_is_all_that_a_fragment_needs(tmp_path: Path) -> None:
    made = write_fragments(tmp_path, SMALL, "ab")
    text = r"See \pageref{a-003-chain} and \pageref{b-003-split:sec:backward-pass}."
    log = compile_log(document(MINIMAL, made, text), tmp_path)
    assert complaints(log) == []
    loaded = set(re.findall(r"^Package: (\w+)", log, re.M))
    assert "amsmath" in loaded and not loaded & {
        "xcolor",
        "color",
        "booktabs",
        "tikz",
        "longtable",
        "tcolorbox",
        "array",
        "mathtools",
    }


@pytest.mark.needs_tex
def test_fragments_fit_a_column_of_a_book_with_everything(tmp_path: Path) -> None:
    made = write_fragments(tmp_path, [*SMALL], "n", width="240pt")
    text = r"See \cref{n-003-chain} and \cref{n-003-chain:sec:backward-pass}."
    assert complaints(compile_log(document(EQUIPPED, made, text), tmp_path)) == []


@pytest.mark.needs_tex
def test_a_label_that_is_there_twice_is_seen(tmp_path: Path) -> None:
    made = write_fragments(tmp_path, ["000"], "a")
    assert any("multiply" in line for line in complaints(compile_log(document(MINIMAL, made * 2), tmp_path)))


@pytest.mark.needs_tex
@pytest.mark.needs_poppler
@pytest.mark.parametrize(("package", "shown", "hidden"), [("", "underlined", "is blue"), ("xcolor", "is blue", "underlined")])
def test_the_page_says_how_what_is_new_is_marked(package: str, shown: str, hidden: str, tmp_path: Path) -> None:
    import subprocess

    made = write_fragments(tmp_path, ["003-chain"], "a")
    preamble = MINIMAL + (rf"\usepackage{{{package}}}" if package else "")
    assert complaints(compile_log(document(preamble, made), tmp_path, pdf=True)) == []
    text = subprocess.run(["pdftotext", tmp_path / "page.pdf", "-"], capture_output=True, text=True).stdout
    text = " ".join(text.split())
    assert shown in text and hidden not in text


@pytest.mark.needs_tex
def test_a_page_of_a_black_and_white_book(tmp_path: Path) -> None:
    made = write_fragments(tmp_path, ["003-chain"], "a")
    preamble = r"\documentclass{article}\usepackage{amsmath,tikz}\usepackage[mono]{symbackprop}\newcommand{\chapter}[1]{}"
    assert complaints(compile_log(document(preamble, made), tmp_path)) == []


def test_a_fragment_has_no_preamble_and_asks_for_no_package() -> None:
    for name in NAMES:
        options = {"level": "matrix"} if load(name).is_array else {}
        text = render(symbackprop.derive(load(name)), "fragment", **options)
        assert not re.search(
            r"\\(documentclass|usepackage\{(?!symbackprop)|begin\{(document|longtable|tcolorbox)|newcommand|setlength)", text
        )
        assert r"\toprule" not in text and r"\color{" not in text and r"\section" not in text
        labels = re.findall(r"\\label\{([^}]*)\}", text)
        assert labels and len(set(labels)) == len(labels), name


def test_long_tables_are_cut() -> None:
    samples = [{"x": f"0.{index:02}", "y": 1} for index in range(1, 61)]
    network = Network(
        "Many", ("x",), (Unit("u", {"x": "w"}),), Loss("half_squared_error", {"u": "y"}), values={"w": 1}, samples=samples
    )
    text = render(symbackprop.derive(network), "fragment")
    tables = re.findall(r"\\begin\{tabular\}.*?\\end\{tabular\}", text, re.S)
    assert max(table.count(r"\tabularnewline") for table in tables) < 40
    assert all(text.count(f"$0.{index:02}$") for index in range(1, 61))


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(arguments))
    return result.exit_code, result.output


def test_the_command_writes_the_style_file_once(tmp_path: Path) -> None:
    folder = str(tmp_path)
    assert run("derive", "chain", "-o", folder, "--format", "fragment")[0] == 0
    code, output = run("derive", "split", "-o", folder, "--format", "fragment", "--prefix", "app:split")
    assert code == 0 and STYLE not in output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chain-fragment.tex", "split-fragment.tex", STYLE]
    assert r"\label{chain}" in (tmp_path / "chain-fragment.tex").read_text()
    assert r"\label{app:split:sec:backward-pass}" in (tmp_path / "split-fragment.tex").read_text()


def test_another_style_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / STYLE).write_text("% mine\n")
    code, output = run("derive", "chain", "-o", str(tmp_path), "--format", "fragment")
    assert code == 2 and STYLE in output and "--force" in output
    assert (tmp_path / STYLE).read_text() == "% mine\n" and not (tmp_path / "chain-fragment.tex").exists()
    assert run("derive", "chain", "-o", str(tmp_path), "--format", "fragment", "--force")[0] == 0
    assert (tmp_path / STYLE).read_text() == style()


@pytest.mark.parametrize("prefix", ["a b", "a}", "a,b", "ä", "%"])
def test_a_prefix_that_no_label_can_have(prefix: str) -> None:
    with pytest.raises(InputError, match="cannot begin a label"):
        render(symbackprop.derive(load("chain")), "fragment", prefix=prefix)
