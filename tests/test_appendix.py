"""Books: what their files may say, what stands where, references that lead somewhere, and errors that name the place."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from batch_compile import compile_log, complaints
from click.testing import CliRunner
from test_fragment import MINIMAL, document

from symbackprop.cli import main
from symbackprop.errors import InputError
from symbackprop.reading.book_file import Book, load_book
from symbackprop.rendering.book import book_pages, page_options, render_book
from symbackprop.rendering.latex import STYLE, style

SAMPLE = Path(__file__).parent / "books" / "sample.toml"
NETWORK = """
title = "{title}"
inputs = ["x"]
[[units]]
name = "u"
from = {{ x = "w" }}
activation = "{activation}"
[loss]
function = "half_squared_error"
targets = {{ u = "y" }}
[values]
x = 1
w = 0.5
y = {target}
"""


def network(title: str = "One unit", activation: str = "sigmoid", target: object = 1) -> str:
    return NETWORK.format(title=title, activation=activation, target=target)


def book(folder: Path, text: str, **files: str) -> Book:
    for name, content in files.items():
        (folder / f"{name}.toml").write_text(content, encoding="utf-8")
    path = folder / "book.toml"
    path.write_text(text, encoding="utf-8")
    return load_book(path, page_options())


def refused(folder: Path, text: str, **files: str) -> str:
    """The one line with which a book is refused, the folder's name left out."""
    with pytest.raises(InputError) as error:
        render_book(book(folder, text, **files), ("tex",))
    assert "\n" not in str(error.value)
    return str(error.value).replace(f"{folder}/", "")


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return book_pages(load_book(SAMPLE, page_options()), ("tex", "fragment", "html", "md"))


@pytest.fixture(scope="module")
def tex(made: dict[str, bytes]) -> str:
    return made["tex"].decode()


# What stands where.


def test_parts_stand_in_their_order(tex: str) -> None:
    body = tex.split(r"\begin{document}")[1]
    found = re.findall(r"\\sb(?:chapter|unnumbered|title|solution)\{(.*)\}|\\(tableofcontents)", body)
    titles = ["".join(own) for own in found]
    assert titles == [
        "Preface", "tableofcontents", "Notation",
        "Chains", "One unit", "A chain of two sigmoid units and a linear output", "Exercises",
        "Layers", "2-3-3 perceptron with softmax and cross-entropy", "Exercises", "Solutions",
        r"Solution of exercise~\ref{two-inputs-one-hidden-unit-one-output}: Two inputs, one hidden unit, one output",
        r"Solution of exercise~\ref{one-unit-that-feeds-two-and-two-that-feed-one}: One unit that feeds two, and two that feed one",
        "Index",
    ]  # fmt: skip


def test_author_and_date_are_as_given(tex: str, made: dict[str, bytes]) -> None:
    assert r"\author{A. Teacher}" in tex and r"\date{2027-02-01}" in tex
    assert "2027-02-01" in made["html"].decode() and "2027-02-01" in made["md"].decode().replace("\\", "")


def test_an_exercise_shows_nothing_of_its_solution(tex: str) -> None:
    exercises = re.findall(r"\\sbexercise\{Exer.*?\\pageref\{.*?\}", tex, re.S)
    assert len(exercises) == 2
    first, second = exercises
    # Document 000: what is given, but neither its net input nor its output, nor any error signal.
    assert "0.4" in first and "0.495" not in first and "0.512" not in first and r"\delta" not in first
    assert r"\partial W" in first and r"w_{1}$ and" not in first
    assert "Which path" in second and "7.8416" not in second


def test_solutions_and_exercises_refer_to_each_other(tex: str) -> None:
    labels = re.findall(r"\\label\{([^}]*)\}", tex)
    assert len(set(labels)) == len(labels)
    for used in re.findall(r"\\(?:page)?ref\{([^}#]*)\}", tex.split(r"\begin{document}")[1]):
        assert used in labels
    entries = re.findall(r"\\sbentry\{(.*)\}\{(.*)\}", tex)
    for _, places in entries:
        assert set(places.split(",")) <= set(labels)
    terms = [term for term, _ in entries]
    assert terms == sorted(terms, key=str.lower)
    assert {
        "Sigmoid activation",
        "Softmax activation",
        "Cross-entropy",
        "Half the squared error",
        "Error signals",
        "One unit",
    } <= set(terms)


def test_options_of_the_inside_count(tex: str) -> None:
    """The book is brief, one of its networks standard: error signals. The chapter of layers is at the matrix level."""
    before, after = tex.split(r"\sbtitle{A chain of two sigmoid units and a linear output}")
    assert "Error signals}" not in before and r"\sbsection{Error signals}" in after.split(r"\sbtitle")[0]
    assert r"\mathbf{" in tex.split(r"\sbchapter{Layers}")[1].split(r"\sbunnumbered")[0]


def test_html_links_lead_somewhere(made: dict[str, bytes]) -> None:
    page = made["html"].decode()
    targets = re.findall(r' id="([^"]*)"', page)
    assert len(set(targets)) == len(targets)
    links = re.findall(r'href="#([^"]*)"', page)
    assert links and set(links) <= set(targets)
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1 and all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_same_bytes_twice(made: dict[str, bytes]) -> None:
    assert book_pages(load_book(SAMPLE, page_options()), tuple(made)) == made


def test_hostile_words_are_words(tmp_path: Path) -> None:
    chapter = '[[chapters]]\ntitle = "\\\\input{/etc/passwd}"\nintro = "<script>"\nnetworks = ["chain"]\n'
    text = f'title = "50 % & <b> $x$"\nauthor = "#1_^"\n{chapter}'
    found = render_book(book(tmp_path, text), ("tex", "html"))
    assert r"\input{/etc" not in found["tex"] and r"50 \% \&" in found["tex"] and r"\author{\#1\_" in found["tex"]
    assert "<b>" not in found["html"] and "<script>\n" not in found["html"].split("data-copy")[0]


def test_patterns_take_files_in_order(tmp_path: Path) -> None:
    files = {f"net{index}": network(f"Net {index}") for index in (3, 1, 2)}
    found = book(tmp_path, 'title = "B"\n[[chapters]]\ntitle = "C"\nnetworks = ["net*.toml"]\n', **files)
    assert [entry.title for entry in found.entries] == ["Net 1", "Net 2", "Net 3"]


def test_networks_with_one_title_have_labels_of_their_own(tmp_path: Path) -> None:
    text = render_book(book(tmp_path, 'title = "B"\n[[chapters]]\ntitle = "C"\nnetworks = ["chain", "chain"]\n'), ("tex",))["tex"]
    labels = re.findall(r"\\label\{([^}]*)\}", text)
    assert len(set(labels)) == len(labels)


# Compiled.


@pytest.mark.needs_tex
@pytest.mark.needs_poppler
def test_the_book_compiles_cleanly(tex: str, tmp_path: Path) -> None:
    import subprocess

    assert complaints(compile_log(tex, tmp_path, pdf=True)) == []
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "page.pdf", "-"], capture_output=True, text=True).stdout
    pages = text.split("\f")
    (index,) = [page for page in pages if page.startswith("Index")]
    # The printed number of a page of the main part is its place less that of the first one.
    first = next(number for number, page in enumerate(pages) if page.startswith("Notation"))
    listed = re.search(r"Softmax activation, (\d+)", index)
    assert listed and "2-3-3 perceptron" in pages[first + int(listed[1]) - 1]
    solution = re.search(r"Solution on page\s+(\d+)", text)
    assert solution and "Solution of exercise 1.1" in pages[first + int(solution[1]) - 1]


@pytest.mark.needs_tex
def test_the_fragment_of_a_book_needs_amsmath_alone(made: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / STYLE).write_text(style(), encoding="utf-8")
    (tmp_path / "inside.tex").write_bytes(made["fragment"])
    assert complaints(compile_log(document(MINIMAL, ["inside"]), tmp_path)) == []


@pytest.mark.needs_tex
def test_pdf_is_the_same_twice(tmp_path: Path) -> None:
    small = book(tmp_path, 'title = "B"\ndetail = "brief"\n[[chapters]]\ntitle = "C"\nnetworks = ["000"]\n')
    first, second = (book_pages(small, ("pdf",))["pdf"] for _ in range(2))
    assert first == second and first.startswith(b"%PDF")


# Errors.

CHAPTER = '[[chapters]]\ntitle = "C"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ": the file is empty; a book needs a title and [[chapters]]"),
        ('titel = "B"\n', ", line 1, titel: unknown key 'titel'; did you mean 'title'?"),
        ('title = "B"\n', ", chapters: the book has no chapters; add [[chapters]] with networks"),
        (CHAPTER + 'networks = ["chain"]', ", title: the key 'title' is missing or empty"),
        ('title = "B"\n' + CHAPTER, ", line 2, chapters[0]: the chapter has neither networks nor exercises"),
        ('title = "B"\n[[chapters]]\nnetworks = ["chain"]', ", line 2, chapters[0]: the key 'title' is missing or empty"),
        ('title = "B"\ncache = true\n' + CHAPTER, ", line 2, cache: expected text in quotes or a whole number, found true"),
        (
            'title = "B"\nintro = """\nx = 1\n"""\n[[chapter]]\n',
            ", line 5, chapter: unknown key 'chapter'; did you mean 'chapters'?",
        ),
        ('title = "B"\nx = ]', ", line 2, column"),
    ],
)
def test_a_bad_book_is_refused_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    assert refused(tmp_path, text).startswith(f"book.toml{said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('networks = ["chian"]', "networks[0] (chian): there is no network and no file 'chian'; did you mean 'chain'?"),
        ("networks = [3]", "networks[0]: expected the name of a network, a file or a table, found 3"),
        ('networks = ["-"]', "networks[0]: a book's networks are names and files, not standard input"),
        ('networks = ["no/*.toml"]', "networks[0]: no file below"),
        ('networks = ["/*.toml"]', "networks[0]: '/*.toml' is no pattern of files below the book's folder"),
        ('networks = [{ title = "x" }]', "networks[0]: the key 'network' is missing or empty"),
        ('networks = [{ network = "chain", task = "x" }]', "networks[0].task: unknown key 'task'"),
        ('networks = ["000", { network = "chain", cache = "factor" }]', "networks[1] (chain), "),
        ('networks = ["perceptron", { network = "chain", level = "matrix" }]', "networks[1] (chain), level: the network has"),
        ('networks = [{ network = "chain", width = "wide" }]', "networks[0] (chain), width: 'wide' is no width"),
        ('networks = [{ network = "chain", detail = "ful" }]', "networks[0] (chain), detail: there is no detail 'ful'"),
        ('exercises = [{ network = "chain", of = ["w_q"] }]', "exercises[0] (chain), parameters"),
        ('exercises = [{ network = "chain", of = "w_q" }]', "exercises[0].of: expected an array, found 'w_q'"),
    ],
)  # fmt: skip
def test_a_bad_network_of_a_chapter_is_refused_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    assert refused(tmp_path, f'title = "B"\n{CHAPTER}{text}').startswith(f"book.toml, line 4, chapters[0].{said}")


def test_the_error_of_a_network_names_its_place_and_its_file(tmp_path: Path) -> None:
    text = (
        'title = "B"\n'
        + CHAPTER
        + 'networks = ["good.toml"]\n\n[[chapters]]\ntitle = "D"\n\n[[chapters.networks]]\nnetwork = "bad.toml"\n'
    )
    said = refused(tmp_path, text, good=network(), bad=network(activation="sigmiod"))
    assert said.startswith("book.toml, line 9, chapters[1].networks[0] (bad.toml), bad.toml, line 7, units[0].activation: ")
    assert said.endswith("there is no activation 'sigmiod'; did you mean 'sigmoid'?")


def test_the_57th_network_is_found_before_anything_is_written(tmp_path: Path) -> None:
    files = {f"n{index:02}": network(f"Net {index}", target="nan" if index == 57 else 1) for index in range(1, 61)}
    for name, content in files.items():
        (tmp_path / f"{name}.toml").write_text(content)
    (tmp_path / "book.toml").write_text('title = "B"\n' + CHAPTER + 'networks = ["n*.toml"]\n')
    out = tmp_path / "out"
    result = CliRunner().invoke(main, ["appendix", str(tmp_path / "book.toml"), "-o", str(out), "--format", "tex,fragment"])
    assert result.exit_code == 2 and "(n57.toml)" in result.output and result.output.count("\n") == 1
    assert not out.exists()


def test_unknown_formats_and_files_that_exist(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_text('title = "B"\ndetail = "brief"\n' + CHAPTER + 'networks = ["000"]\n')
    arguments = ["appendix", str(tmp_path / "book.toml"), "-o", str(tmp_path)]
    unknown = CliRunner().invoke(main, [*arguments, "--format", "htlm"])
    assert unknown.exit_code == 2 and "did you mean 'html'?" in unknown.output
    assert CliRunner().invoke(main, arguments).exit_code == 0
    again = CliRunner().invoke(main, arguments)
    assert again.exit_code == 2 and "exists already" in again.output
    missing = CliRunner().invoke(main, ["appendix", str(tmp_path / "nowhere.toml")])
    assert missing.exit_code == 2 and "cannot be read" in missing.output
