"""An author's templates: only what differs, in a sandbox, with errors that name file and line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from symbackprop.derivation import derive
from symbackprop.errors import InputError
from symbackprop.reading import load
from symbackprop.rendering import render
from symbackprop.rendering.templates import names

CHAIN = derive(load("chain"))


def page(folder: Path, form: str = "html") -> str:
    return render(CHAIN, form, templates=folder)


def write(folder: Path, name: str, text: str) -> Path:
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    return folder


def test_one_block_of_the_document(tmp_path: Path) -> None:
    ending = '{% block ending %}\n<footer>{{ writer.words("A & B") }}</footer>\n{% endblock %}\n'
    text = f'{{% extends "default/html/document.html.jinja" %}}\n{ending}'
    made = page(write(tmp_path, "html/document.html.jinja", text))
    assert made.replace("<footer>A &amp; B</footer>\n", "") == render(CHAIN, "html")


def test_one_kind_of_block_and_a_helper(tmp_path: Path) -> None:
    write(
        tmp_path,
        "html/blocks/paragraph.html.jinja",
        '{% from "html/mine.jinja" import note %}\n{{ note(writer.text(block.text)) }}\n',
    )
    write(tmp_path, "html/mine.jinja", '{% macro note(text) %}<p class="note">{{ text }}</p>{% endmacro %}')
    made = page(tmp_path)
    assert made.replace('<p class="note">', "<p>") == render(CHAIN, "html") and "note" in made


def test_a_style_sheet(tmp_path: Path) -> None:
    made = page(write(tmp_path, "html/style.css", '{% include "default/html/style.css" %}\nh1 { color: teal; }\n'))
    assert "h1 { color: teal; }" in made and "data:font/woff2;base64," in made


@pytest.mark.parametrize(
    ("form", "name", "text", "found"),
    [
        ("md", "markdown/blocks/paragraph.md.jinja", "> {{ writer.text(block.text) }}", "> Each unit"),
        ("tex", "latex/blocks/paragraph.tex.jinja", r"\par\itshape (( writer.text(block.text) ))", r"\itshape Each unit"),
        ("ipynb", "notebook/title.md.jinja", "# Mine: {{ writer.words(title) }}", "# Mine: A chain"),
        ("ipynb", "markdown/blocks/paragraph.md.jinja", "> {{ writer.text(block.text) }}", "> Each unit"),
    ],
)
def test_every_format(form: str, name: str, text: str, found: str, tmp_path: Path) -> None:
    assert name in names() and found in page(write(tmp_path, name, text), form)


BAD = [
    ("<p>\n{{ block.text | upcase }}</p>", "line 2: No filter named 'upcase'"),
    ("<p>\n\n{{ block.txt }}</p>", "line 3: Paragraph has no attribute 'txt'"),
    ("{% for %}", "line 1: "),
    ("{% if %}", "line 1: "),
    ("{{ nothing }}", "line 1: 'nothing' is undefined"),
    ("\n{% include 'html/none.jinja' %}", "line 2: there is no template 'html/none.jinja'"),
    ("{% include '../secret.txt' %}", "line 1: there is no template '../secret.txt'"),
    ("{% include '/etc/passwd' %}", "line 1: there is no template '/etc/passwd'"),
    ("{% include 'html/link.jinja' %}", "line 1: there is no template 'html/link.jinja'"),
    ("{{ writer.text(3) }}", "line 1: 'int' object is not iterable"),
    ("{{ 1/0 }}", "line 1: division by zero"),
    ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "line 1: maximum recursion"),
    ("{% for i in range(9000) %}{% for j in range(9000) %}{% endfor %}{% endfor %}", "line 1: the templates of a page may count"),
    ("{{ 'x' * 999999999 }}", "line 1: a text or a list is repeated"),
    ("{{ [0] * 999999999 }}", "line 1: a text or a list is repeated"),
    ("{{ 9**9**9 }}", "line 1: templates have no powers"),
]


@pytest.mark.parametrize(("text", "problem"), BAD)
def test_errors_name_file_and_line(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = write(tmp_path / "own", "html/blocks/paragraph.html.jinja", text)
    (folder / "html" / "link.jinja").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(InputError) as caught:
        page(folder)
    assert str(caught.value).startswith("html/blocks/paragraph.html.jinja, line") and problem in str(caught.value)
    assert "\n" not in str(caught.value) and "secret" not in str(caught.value).replace("../secret.txt", "")


# Ways out of a template that would run code or read the machine.
ESCAPES = [
    "{{ words.re.sub('a', 'b', 'c') }}",
    "{{ words.fill.__globals__ }}",
    "{{ writer.__class__.__mro__ }}",
    "{{ writer.text.__func__.__globals__ }}",
    "{{ ''.__class__ }}",
    "{{ '{0.__class__}'.format(writer) }}",
    "{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ (writer.own / '/etc/passwd').read_text() }}",
    "{{ writer.derivation.save('page.md') }}",
    "{{ writer.printer.notation }}",
    "{{ lipsum.__globals__ }}",
    "{{ block.__class__ }}",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_no_way_out(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"paragraph\.html\.jinja, line 1"):
        page(write(tmp_path, "html/blocks/paragraph.html.jinja", text))


def test_what_a_template_is_given_stays_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 1"):
        page(write(tmp_path, "html/body.html.jinja", "{{ document.sections.append(1) }}"))


def test_folders_that_replace_nothing(tmp_path: Path) -> None:
    for folder, problem in ((tmp_path / "none", "is no folder"), (tmp_path, "no file in"), (Path(__file__), "is no folder")):
        with pytest.raises(InputError, match=problem):
            page(folder)
    with pytest.raises(InputError, match=r"replaces no template; did you mean 'html/blocks/table\.html\.jinja'"):
        page(write(tmp_path, "html/blocks/tabel.html.jinja", "x"))


def test_large_and_broken_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="more than 1 MB"):
        page(write(tmp_path, "html/body.html.jinja", "x" * 1_000_001))
    (tmp_path / "html" / "body.html.jinja").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        page(tmp_path)


def test_command_line(tmp_path: Path, symbackprop_command: list[str]) -> None:
    folder = write(tmp_path / "own", "markdown/blocks/paragraph.md.jinja", "> {{ writer.text(block.text) }}\n")
    command = [*symbackprop_command, "derive", "chain", "--format", "md", "-o", str(tmp_path), "--templates", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0 and "> Each unit" in (tmp_path / "chain.md").read_text(encoding="utf-8")
    write(folder, "markdown/blocks/paragraph.md.jinja", "\n{{ block.words }}")
    run = subprocess.run([*command, "--force"], capture_output=True, text=True)
    assert run.returncode == 2 and len(run.stderr.splitlines()) == 1
    assert run.stderr.startswith("symbackprop: markdown/blocks/paragraph.md.jinja, line 2: ")
