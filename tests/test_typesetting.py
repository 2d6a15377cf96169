"""What makes a page read like a book: numbers under one another, signs, powers, tables in narrow lines, what stays together."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from batch_compile import compile_log, complaints
from printed_widths import too_wide

from symbackprop import grammar
from symbackprop.derivation import derive
from symbackprop.document import layout, words
from symbackprop.document.build import build
from symbackprop.document.columns import Columns, lined_up, run_width
from symbackprop.document.fitting import fitted
from symbackprop.document.fonts import EM
from symbackprop.document.mathtex import Printer
from symbackprop.document.metrics import width as width_of
from symbackprop.document.model import Document, Equations, Given, Items, Math, Section, Table
from symbackprop.document.page import Page, make_page
from symbackprop.functions import ARGUMENT_COUNTS
from symbackprop.network import Loss, Network, Unit
from symbackprop.reading import list_networks, load
from symbackprop.rendering import prepare, render, templates
from symbackprop.rendering.formats import WRITERS
from symbackprop.rendering.latex import row_end
from symbackprop.tree import Name, Number, substitute

NUMBERS = ("3", "-0.25", "1.2e-13", "12.125", "0.5")


def printer(inline: bool = True) -> Printer:
    page = make_page(derive(load("003-chain")))
    assert page.notation.profile.decimal == "."
    return Printer(page.notation, inline=inline)


def tex(formula: str) -> str:
    """A formula printed; ``m3`` in it is the number −0.3 and so on, as values are put in."""
    tree = grammar.parse(formula, ARGUMENT_COUNTS, "formula")
    return printer().tex(substitute(tree, {f"m{digit}": Number(Fraction(-digit, 10), f"-0.{digit}") for digit in range(1, 10)}))


def table(columns: str, rows: list[tuple[str, ...]]) -> Table:
    cells = tuple(tuple((Math(Number(Fraction(own), own)),) for own in row) for row in rows)
    return Table(columns, tuple((f"head {index}",) for index in range(len(columns))), cells)


# Numbers under one another.


def test_the_points_of_a_column_are_equally_far_from_its_right_edge() -> None:
    """The digits behind the point, and the room kept behind them, have one width in every plain number."""
    own = lined_up(table("r", [(text,) for text in NUMBERS]))
    widths = set()
    for row, text in zip(own.rows, NUMBERS, strict=True):
        ((run,),) = row
        assert isinstance(run, Math)
        if "e" in text:
            assert run.hidden == ""
            continue
        before = Math(Number(Fraction(text.partition(".")[0]), text.partition(".")[0]))
        widths.add(round(run_width(run, printer()) - run_width(before, printer()), 4))
    assert len(widths) == 1


def test_columns_of_words_and_of_whole_numbers_keep_their_cells() -> None:
    for own in (table("l", [("1.5",), ("2",)]), table("r", [("12",), ("2",)]), Table("r", ((),), ((("–",),), (("a",),)))):
        assert lined_up(own) == own


@pytest.mark.parametrize("form", ["tex", "html"])
def test_the_room_is_kept_on_the_page(form: str) -> None:
    found = render(derive(load("003-split")), form)
    assert (r"\phantom{00}" in found) if form == "tex" else ("<mphantom>" in found)


def test_markdown_keeps_its_numbers() -> None:
    assert "phantom" not in render(derive(load("003-split")), "md")


# Signs and powers.


@pytest.mark.parametrize(
    ("formula", "printed"),
    [
        ("0.4*1 + m3*1", r"0.4 \cdot 1 - 0.3 \cdot 1"),
        ("0.4*1 + m3*m5 + m1", r"0.4 \cdot 1 - 0.3 \cdot (-0.5) - 0.1"),
        ("m3*x + y", r"-0.3 \, x + y"),
        ("a + m5**2", "a + (-0.5)^{2}"),
        ("a + (m5 - b)", "a + (-0.5 - b)"),
        ("a - m5", "a - (-0.5)"),
        ("1 - tanh(s)**2", r"1 - \tanh^{2}(s)"),
        ("tanh(x**2)**2", r"\tanh^{2}(x^{2})"),
        ("sigmoid(x**2)**2", r"\sigma(x^{2})^{2}"),
        ("tanh(s)**(-1)", r"\tanh(s)^{-1}"),
        ("exp(s)**2", r"\bigl(e^{s}\bigr)^{2}"),
        ("maximum(a, b)**2", r"\max(a, b)^{2}"),
    ],
)
def test_signs_and_powers(formula: str, printed: str) -> None:
    assert tex(formula) == printed


# Narrow lines.


@pytest.mark.parametrize("width", [444, 320, 240, 160])
@pytest.mark.parametrize("name", [name for name, _ in list_networks()][:6])
def test_no_part_of_a_table_has_a_single_column_beside_its_first(name: str, width: int) -> None:
    page, document = prepare(derive(load(name)), width=width / EM)
    whole = [block for section in document.sections for block in section.blocks if isinstance(block, Table)]
    own = Printer(page.notation, inline=True, room=width / EM)
    for block in whole:
        (section,) = fitted(Document("", (Section("", (block,)),)), own, width / EM).sections
        parts = [part for part in section.blocks if isinstance(part, Table)]
        assert len(parts) < 2 or all(len(part.columns) > 2 for part in parts)
        assert parts or any(isinstance(part, Items) for part in section.blocks)


def test_a_cell_too_long_for_a_list_is_broken_in_a_table() -> None:
    long = Math(Name("x" * 8))
    product = grammar.parse("*".join(f"a_{index}" for index in range(30)), ARGUMENT_COUNTS, "formula")
    own = Table("lpp", (("a",), ("b",), ("c",)), (((long,), (Math(product),), (Math(product),)),))
    (section,) = fitted(Document("", (Section("", (own,)),)), printer(), 16.0).sections
    assert [part.columns for part in section.blocks if isinstance(part, Table)] == ["lp", "lp"]
    assert all(Columns(part, printer(), 16.0).shares for part in section.blocks if isinstance(part, Table))


@pytest.mark.parametrize("width", [444, 320, 240])
@pytest.mark.parametrize("name", ["000", "003-chain", "003-split", "rnn"])
def test_brief_pages_keep_to_their_width(name: str, width: int) -> None:
    page, document = prepare(derive(load(name)), width=width / EM, detail="brief", level="unit")
    assert too_wide(document, page.notation, width / EM) == []


def test_net_input_and_output_stand_side_by_side_where_both_fit() -> None:
    """In one column each: the outputs begin at the same place of every line."""
    page, document = prepare(derive(load("003-chain")), detail="brief")
    forward = next(section for section in document.sections if section.title == words.FORWARD)
    (block,) = (block for block in forward.blocks if isinstance(block, Equations))
    printed = Printer(page.notation)
    wide = [line for lines in layout.group(block.rows, printed, 40.0) for line in lines]
    narrow = [line for lines in layout.group(block.rows, printed, 20.0) for line in lines]
    assert (len(wide), len(narrow)) == (3, 6)
    starts = []
    for line in wide:
        first, space, _ = re.split(r"\\mspace\{(\d+)mu\}", line.right)
        starts.append(width_of("{}" + first) + int(space) / 18)
    assert max(starts) - min(starts) < 1 / 18


def test_a_list_says_no_head_of_meanings_and_nothing_of_what_is_not() -> None:
    """A table too wide for the line: what a symbol means stands for itself, and a cell without content is left out."""
    head = (("symbol",), (words.MEANING,), (words.INDICES,))
    own = Table("lll", head, ((("E",), ("loss " * 12,), (words.NONE,)), (("p",), ("input",), ("j = 1, 2",))))
    (section,) = fitted(Document("", (Section("", (own,)),)), printer(), 16.0).sections
    (items,) = section.blocks
    assert isinstance(items, Items)
    assert ["".join(map(str, item)) for item in items.items] == ["E: " + "loss " * 12, f"p: input, {words.INDICES} j = 1, 2"]


def test_no_page_ends_behind_the_first_or_before_the_last_line_of_an_equation() -> None:
    ends = [row_end([False, True, True, True, False], index).strip() for index in range(5)]
    assert ends == [r"\\*", r"\\", r"\\*", r"\\", ""]


# What stays together.


FALLS = range(0, 420, 70)  # points by which a section moves down its page
HEADING = r"\sbroom" + "\n" + r"\sbsection{"
BARE = r"""\documentclass[11pt]{article}\usepackage{amsmath}\usepackage[WIDTH]{geometry}
\makeatletter\newif\ifsb@mono STYLE\makeatother"""


def falling(source: str, title: str, mark: str) -> str:
    """A page again and again, the section ``title`` further down each time; the log tells where its heading and ``mark`` stand."""
    head, body = source.rpartition(r"\end{document}")[0].split(r"\begin{document}")
    body = re.sub(r"\\sbfigure\{.*?^\}$", "", body, flags=re.S | re.M)  # which take long
    pages = []
    for number, fall in enumerate(FALLS):
        own = body.replace(r"\label{", rf"\label{{p{number}")
        before, after = own.split(f"{HEADING}{title}}}")
        assert mark in after
        after = after.replace(mark, rf"\write16{{MARK \thepage}}{mark}", 1)
        pages.append(rf"{before}\vspace*{{{fall}pt}}{HEADING}{title}}}\write16{{HEAD \thepage}}\nobreak{after}")
    return head + r"\begin{document}" + r"\clearpage ".join(pages) + r"\end{document}"


def bare(source: str, points: int) -> str:
    """A page with amsmath alone, in lines of some width."""
    style = templates.fill("latex/style.tex.jinja")
    preamble = BARE.replace("WIDTH", f"textwidth={points}pt,textheight=600pt").replace("STYLE", style)
    return preamble + r"\begin{document}" + source.replace(r"\sbtitle", r"\section*") + r"\end{document}"


@pytest.mark.needs_tex
@pytest.mark.parametrize(
    ("form", "points"),
    [("tex", 444), ("fragment", 240), *(pytest.param(*own, marks=pytest.mark.long) for own in (("tex", 240), ("fragment", 444)))],
)
def test_a_heading_stands_on_the_page_of_what_follows(form: str, points: int, tmp_path: Path) -> None:
    """However far down the page a section falls, its heading stands with the box, the table or the equation below it."""
    page, document = prepare(derive(load("003-split")), width=points / EM)
    for title, mark in ((words.RESULT, words.PARAMETER + " &"), (words.FORWARD, "&=")):
        writer = WRITERS[form](page.notation, points / EM, "a")
        source = writer.write(document)
        source = source if form == "tex" else bare(source, points)
        log = compile_log(falling(source, title, mark), tmp_path)
        assert complaints(log) == []
        headings, marks = (re.findall(rf"^{word} (\d+)", log, re.M) for word in ("HEAD", "MARK"))
        assert headings == marks and len(headings) == len(FALLS)


# True sentences.


def recurrent() -> Network:
    units = (Unit("h", {"x": "w", "h[t-2]": "u", "h[t-1]": "v"}, "tanh"),)
    return Network("Two delays", ("x",), units, Loss("half_squared_error", {"h": "y"}), steps=3)


def test_initial_values_are_called_so() -> None:
    text = render(derive(recurrent()), "md", detail="full")
    assert re.search(r"\| \$`h\^\{?\(0\)\}?`\$, \$`h\^\{?\(-1\)\}?`\$ \| initial values, before the first step \|", text)
    assert "| given |" not in text


@pytest.mark.parametrize(("name", "said"), [("chain", True), ("002-base", False)])
def test_a_brief_page_speaks_of_error_signals_only_where_they_are(name: str, said: bool) -> None:
    """The figure has them where there are numbers; there is no section of them."""
    page = make_page(derive(load(name)), notation="mitchell", detail="brief")
    (given,) = (block for block in build(page).sections[0].blocks if isinstance(block, Given))
    assert ("rror signals" in str(given)) is said


def slopes_of(page: Page) -> str:
    return render(page.derivation, "md", level=page.level).partition("## Slopes")[2].partition("\n## ")[0]


def test_functions_are_defined_before_their_slopes() -> None:
    units = (Unit("a", {"x": "w"}, "softplus"), Unit("b", {"a": "v"}, "tanh"), Unit("c", {"b": "u"}, "gelu"))
    text = slopes_of(make_page(derive(Network("", ("x",), units, Loss("half_squared_error", {"c": "y"})))))
    for name in (r"\sigma", r"\mathrm{softplus}", r"\tanh"):
        assert 0 <= text.find(f"{name}(s) &= ") < (text.find(f"{name}'(s)") if f"{name}'(s)" in text else len(text))
    assert text.find(r"\sigma(s) &=") < text.find("softplus}'")
    assert "standard normal" in text
