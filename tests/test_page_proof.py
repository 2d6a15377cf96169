"""Every fault in a page is found by evaluating its lines: each is made on purpose here, and the page is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from test_check import FAULTS, broken
from test_matrix_pages import NETWORKS as ARRAYS
from test_matrix_pages import perceptron

import symbackprop.checking.page
import symbackprop.document.build
import symbackprop.document.page
import symbackprop.document.time_part
import symbackprop.rendering.templates
import symbackprop.terms
from symbackprop import Loss, Network, Unit, derive, load
from symbackprop.array_tree import IndexSum, Transpose
from symbackprop.checking.page import check_page
from symbackprop.derivation import Derivation
from symbackprop.document.build import build
from symbackprop.document.model import Equation, Relation, Table
from symbackprop.errors import LineError, UncheckedWarning
from symbackprop.general_step import carried, general_step
from symbackprop.plain_text import plain_text
from symbackprop.precise import value
from symbackprop.program import ErrorSignal, Partial
from symbackprop.reading.library import loads
from symbackprop.rendering import render
from symbackprop.tree import ZERO, Name, Number, Power, Sum, Tree, fold, negative, rebuild

SQUARE = perceptron((2, 2, 2), ("tanh", "sigmoid"), Loss("half_squared_error"))
Change = Callable[[Any], Any]


# Faults in what is on the page.


def rewritten(node: Any, change: Change) -> Any:
    """A document, or a part of one, with everything in it that ``change`` gives another for."""
    found = change(node)
    if found is not None:
        return found
    if isinstance(node, tuple):
        return tuple(rewritten(own, change) for own in node)
    if is_dataclass(node) and type(node).__module__ == "symbackprop.document.model" and type(node).__name__ != "Figure":
        values = {own.name: getattr(node, own.name) for own in fields(node)}
        changed = {name: rewritten(value, change) for name, value in values.items() if name != "where"}
        return replace(node, **{name: value for name, value in changed.items() if value is not values[name]})
    if hasattr(node, "children"):
        return in_tree(node, change)
    return node


def in_tree(tree: Tree, change: Change) -> Tree:
    def combine(node: Any, children: list[Tree]) -> Any:
        own = rebuild(node, children) if children else node
        found = change(own)
        return own if found is None else found

    return fold(tree, combine)


class Once:
    """A change that is made the first time that it can be."""

    def __init__(self, change: Change) -> None:
        self.change, self.done = change, False

    def __call__(self, node: Any) -> Any:
        found = None if self.done else self.change(node)
        self.done = self.done or found is not None
        return found


def is_result(node: Any) -> bool:
    return isinstance(node, Number) and node.of is not None and re.fullmatch(r"-?\d+\.\d{3,}", node.text) is not None


def other_digit(node: Any) -> Any:
    """The last digit but one more."""
    if not is_result(node):
        return None
    text = node.text[:-1] + str((int(node.text[-1]) + 1) % 10)
    return Number(Fraction(text), text, node.of)


def last_sign(wanted: str, other: str) -> Change:
    def change(node: Any) -> Any:
        if isinstance(node, Equation) and len(node.steps) > 1 and node.steps[-1][0] == wanted:
            return replace(node, steps=(*node.steps[:-1], (other, node.steps[-1][1])))
        return None

    return change


def in_cell(change: Change) -> Change:
    def of_table(node: Any) -> Any:
        if not isinstance(node, Table):
            return None
        once = Once(change)
        found = replace(node, rows=rewritten(node.rows, once))
        return found if once.done else None

    return of_table


def in_text(change: Change) -> Change:
    def of_relation(node: Any) -> Any:
        if not isinstance(node, Relation):
            return None
        once = Once(change)
        found = replace(node, right=in_tree(node.right, once))
        return found if once.done else None

    return of_relation


def swapped_factors(node: Any) -> Any:
    """w x with the numbers of x and w: the product, and with it the line, comes out right."""
    if not isinstance(node, Equation):
        return None
    found: list[Number] = []
    for _, tree in node.steps:
        fold(tree, lambda own, _: found.append(own) if is_given_number(own) else None)
    if len(found) < 2 or found[0].value == found[1].value:
        return None
    one, two = found[:2]
    put_in = {one.of: Number(two.value, two.text, one.of), two.of: Number(one.value, one.text, two.of)}
    return replace(
        node,
        steps=tuple(
            (sign, in_tree(tree, lambda own: put_in.get(own.of) if is_given_number(own) else None)) for sign, tree in node.steps
        ),
    )


def is_given_number(node: Any) -> bool:
    return isinstance(node, Number) and node.of is not None and node.of.name in ("w_in", "x_i")


def turned_index(node: Any) -> Any:
    return Name("W2[j][k]") if node == Name("W2[k][j]") else None


def shorter_sum(node: Any) -> Any:
    return (
        replace(node, last=node.last - 1) if isinstance(node, IndexSum) and isinstance(node.last, int) and node.last > 2 else None
    )


def longer_range(node: Any) -> Any:
    if isinstance(node, Equation) and node.ranges:
        (letter, last), *rest = node.ranges
        return replace(node, ranges=((letter, last + 1), *rest))
    return None


def without_transpose(node: Any) -> Any:
    return node.body if isinstance(node, Transpose) else None


def one_more_term(node: Any) -> Any:
    return Sum((*node.terms, Name("y"))) if isinstance(node, Sum) and len(node.terms) > 1 else None


def unnamed(node: Any) -> Any:
    """A number of which nothing says what it is."""
    return Number(node.value, node.text) if is_result(node) else None


ON_THE_PAGE: dict[str, tuple[str, str, dict[str, Any], Change]] = {
    "a wrong digit in a line": ("003-chain", "unit", {}, other_digit),
    "a wrong digit in a line that is carried": ("000", "unit", {"numbers": "carry"}, other_digit),
    "a wrong digit in a cell": ("003-chain", "unit", {}, in_cell(other_digit)),
    "a wrong digit in a cell of samples": ("001", "unit", {}, in_cell(other_digit)),
    "a wrong digit in a cell that is carried": ("000", "unit", {"numbers": "carry"}, in_cell(other_digit)),
    "a wrong digit in a sentence": ("003-chain", "unit", {"detail": "full"}, in_text(other_digit)),
    "a wrong digit in a matrix": ("perceptron", "matrix", {}, other_digit),
    "= where a number is rounded": ("003-chain", "unit", {}, last_sign("≈", "=")),
    "≈ where none is": ("003-chain", "unit", {}, last_sign("=", "≈")),
    "two numbers put in for one another": ("003-chain", "unit", {}, swapped_factors),
    "a number that is of nothing": ("003-chain", "unit", {}, unnamed),
    "a wrong index": ("perceptron", "index", {}, turned_index),
    "a sum that ends too early": ("perceptron", "index", {}, shorter_sum),
    "a range that is too long": ("perceptron", "index", {}, longer_range),
    "no transpose": ("perceptron", "matrix", {}, without_transpose),
    "no transpose of a square matrix": ("square", "matrix", {}, without_transpose),
    "no transpose among all samples": ("batch", "matrix", {}, without_transpose),
    "one term too many": ("003-chain", "unit", {}, one_more_term),
}


def network_of(name: str) -> Network:
    return SQUARE if name == "square" else ARRAYS[name] if name in ARRAYS else load(name)


@pytest.mark.parametrize("fault", ON_THE_PAGE)
def test_a_fault_on_the_page_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, level, options, change = ON_THE_PAGE[fault]
    derivation = derive(network_of(name))
    once = Once(change)
    monkeypatch.setattr(symbackprop.document.build, "build", lambda page, progress: rewritten(build(page, progress), once))
    if network_of(name).is_array:
        options = {**options, "level": level}
    with pytest.raises(LineError) as caught:
        render(derivation, "md", **options)
    assert once.done and "\n" not in str(caught.value) and "does not hold" in str(caught.value)
    assert caught.value.exit_code == 1


# Faults in the derivation behind the page.


def memory() -> Network:
    """One tanh unit over three steps, a loss at each."""
    unit = Unit("h", {"x": "w", "h[t-1]": "u"}, "tanh", "b")
    values = {"x": ["0.5", "-0.2", "0.4"], "y": ["0.3", "0.1", "0.2"], "w": "0.5", "u": "0.8", "b": "0.1", "learning_rate": "0.1"}
    return Network("A memory", ("x",), (unit,), Loss("half_squared_error", {"h": "y"}, steps="each"), steps=3, values=values)


def without_last_term(wrt: str) -> Change:
    """A term of time, or of the fan-out, is missing."""

    def change(definition: Any) -> Any:
        if isinstance(definition, Partial) and definition.wrt == wrt and len(definition.terms) > 1:
            return replace(definition, terms=definition.terms[:-1])
        return None

    return change


def untransposed(definition: Any) -> Any:
    """W δ for Wᵀ δ."""
    if not isinstance(definition, Partial) or definition.wrt != "z1":
        return None
    terms = tuple(term._replace(factor=in_tree(term.factor, without_transpose)) for term in definition.terms)
    return replace(definition, terms=terms)


def negated(definition: Any) -> Any:
    if not isinstance(definition, ErrorSignal) or definition.unit not in ("1", "j"):
        return None
    return replace(definition, terms=tuple(term._replace(factor=negative(term.factor)) for term in definition.terms))


def doubled(definition: Any) -> Any:
    """A factor 2 too many, as from a squared error without its half."""
    if not isinstance(definition, Partial) or definition.wrt != "z_o":
        return None
    return replace(definition, terms=tuple(term._replace(factor=Sum((term.factor, term.factor))) for term in definition.terms))


IN_THE_DERIVATION: dict[str, tuple[Any, str, Change]] = {
    **{fault.__name__.replace("_", " "): (load("003-split"), "unit", fault) for fault in FAULTS},
    "a flipped sign of a layer": (SQUARE, "matrix", negated),
    "a flipped sign of a layer, with indices": (SQUARE, "index", negated),
    "a square matrix that is not transposed": (SQUARE, "matrix", untransposed),
    "a square matrix that is not transposed, with indices": (SQUARE, "index", untransposed),
    "a matrix that is not transposed": (load("perceptron"), "matrix", untransposed),
    "a missing step of a shared weight": (memory(), "unit", without_last_term("u")),
    "a missing step of the bias": (memory(), "unit", without_last_term("b")),
    "a missing step of a matrix": (load("rnn"), "matrix", without_last_term("W_hh")),
    "a missing way through time": (memory(), "unit", without_last_term("z_h[1]")),
    "a factor 2": (load("003-chain"), "unit", doubled),
}


@pytest.mark.parametrize("fault", IN_THE_DERIVATION)
def test_a_fault_in_the_derivation_is_found(fault: str) -> None:
    network, level, change = IN_THE_DERIVATION[fault]
    own = derive(network, level={"index": "matrix"}.get(level, level) if network.is_array else None)
    wrong = broken(own, change)
    with pytest.raises(LineError, match="does not hold"):
        render(wrong, "tex", **({"level": level} if network.is_array else {}))


def with_forward(derivation: Derivation, change: Change) -> Derivation:
    """The derivation with other definitions in its forward pass."""
    program = derivation.program
    definitions = tuple(change(definition) or definition for definition in program.definitions)
    assert definitions != program.definitions
    wrong = replace(program, definitions=definitions)
    return Derivation(
        derivation.network, wrong, derivation.objective, derivation.wanted, derivation.backward_pass, derivation.given
    )


def test_a_transposed_matrix_in_the_forward_pass_is_found() -> None:
    def turned(definition: Any) -> Any:
        if definition.name != "s2":
            return None
        return replace(definition, tree=in_tree(definition.tree, lambda node: Transpose(node) if node == Name("W2") else None))

    with pytest.raises(LineError, match="does not hold"):
        render(with_forward(derive(SQUARE, level="matrix"), turned), "md", level="matrix")


def test_swapped_terms_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    view_of = symbackprop.terms.terms_view

    def swapped(derivation: Derivation, kind: str) -> Any:
        view = view_of(derivation, kind)
        first, second, *rest = view.terms
        return replace(view, terms=(replace(first, tree=second.tree), replace(second, tree=first.tree), *rest))

    monkeypatch.setattr(symbackprop.terms, "terms_view", swapped)
    with pytest.raises(LineError):
        render(derive(load("003-chain")), "md")


def test_renamed_terms_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two names are exchanged where they are defined, and not where they are used."""
    view_of = symbackprop.terms.terms_view

    def swapped(derivation: Derivation, kind: str) -> Any:
        view = view_of(derivation, kind)
        first, second, *rest = view.terms
        return replace(view, terms=(replace(first, name=second.name), replace(second, name=first.name), *rest))

    monkeypatch.setattr(symbackprop.terms, "terms_view", swapped)
    with pytest.raises(LineError):
        render(derive(load("003-chain")), "md")


@pytest.mark.parametrize(
    ("name", "changed", "policy"),
    [
        ("003-chain", {"w_k": 4}, "display"),
        ("000", {"W": "0.2"}, "carry"),
        ("001", {"w_jo": "0.77"}, "exact"),
        ("perceptron", {"b1": [1, 2, 3]}, "display"),
    ],
)
def test_stale_numbers_are_found(name: str, changed: dict[str, Any], policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers that were worked out at other values: each line is right in itself."""
    network = load(name)
    stale = derive(network.with_values(changed), level="unit" if network.is_array else None)
    work = symbackprop.document.page.work
    monkeypatch.setattr(symbackprop.document.page, "work", lambda derivation, *rest, **more: work(stale, *rest, **more))
    with pytest.raises(LineError, match="whose value is"):
        render(derive(network), "md", numbers=policy)


def test_an_average_for_a_sum_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    accumulate = symbackprop.document.page.accumulate

    def averaged(derivation: Derivation, *rest: Any) -> Any:
        network = replace(derivation.network, loss=replace(derivation.network.loss, reduction="mean"))
        other = Derivation(
            network, derivation.program, derivation.objective, derivation.wanted, derivation.backward_pass, derivation.given
        )
        return accumulate(other, *rest)

    monkeypatch.setattr(symbackprop.document.page, "accumulate", averaged)
    with pytest.raises(LineError):
        render(derive(load("001")), "md")


def test_an_average_for_a_sum_among_all_samples_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    batch_of = symbackprop.document.page.batch_of

    def averaged(arrays: Any) -> Any:
        if arrays is None:
            return None
        network = replace(arrays.given, loss=replace(arrays.given.loss, reduction="sum"))
        return batch_of(derive(network, level="matrix"))

    monkeypatch.setattr(symbackprop.document.page, "batch_of", averaged)
    with pytest.raises(LineError):
        render(derive(ARRAYS["batch"], level="matrix"), "md", level="matrix")


def test_a_missing_term_of_the_general_step_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    general_step = symbackprop.document.time_part.general_step

    def truncated(network: Network) -> Any:
        found = general_step(network)
        return replace(found, partials=tuple(replace(own, direct=ZERO) if own.recursive != ZERO else own for own in found.partials))

    monkeypatch.setattr(symbackprop.document.time_part, "general_step", truncated)
    with pytest.raises(LineError, match="The general step"):
        render(derive(memory()), "md")


def test_notebooks_show_what_holds() -> None:
    wrong = broken(derive(SQUARE, level="matrix"), untransposed)
    with pytest.raises(LineError):
        wrong._repr_latex_()
    with pytest.raises(LineError):
        wrong.to_latex()


# Faults that show only where units are on, or in small numbers.


def chain_of(count: int, activation: str) -> Network:
    """One unit behind another, without values."""
    units = tuple(Unit(f"u{i}", {"x" if i == 1 else f"u{i - 1}": f"w{i}"}, activation) for i in range(1, count + 1))
    return Network("A chain", ("x",), units, Loss("half_squared_error", {f"u{count}": "y"}))


def of_partial(wrt: str, change: Callable[[Tree], Tree]) -> Change:
    def changed(definition: Any) -> Any:
        if not isinstance(definition, ErrorSignal | Partial) or definition.wrt != wrt:
            return None
        return replace(definition, terms=tuple(term._replace(factor=change(term.factor)) for term in definition.terms))

    return changed


def twice(tree: Tree) -> Tree:
    return Sum((tree, tree))


@pytest.mark.parametrize("wrt", ["s_u1", "s_u5", "w1"])
def test_a_fault_behind_units_that_may_be_off_is_found(wrt: str) -> None:
    """All ten are on at few of all points, and elsewhere 0 = 0."""
    with pytest.raises(LineError):
        render(broken(derive(chain_of(10, "relu")), of_partial(wrt, twice)), "md")


def of_worlds(network: Network) -> list[Any]:
    """The points at which a page is evaluated."""
    page = symbackprop.document.page.make_page(derive(network))
    return list(symbackprop.checking.page._Worlds(page, 2).of("page").points)


def test_points_are_chosen_at_which_units_are_on_and_off() -> None:
    points = of_worlds(chain_of(6, "relu"))
    outputs = [[bool(point.read(f"z_u{i}") > 0) for i in range(1, 7)] for point in points]
    assert [True] * 6 in outputs and not all(map(all, outputs))
    assert any(point.derivative("E", "w1", False) != 0 for point in points)


@pytest.mark.parametrize("change", [twice, negative])
def test_a_fault_in_tiny_partials_is_found(change: Any) -> None:
    """Partials far below the tolerance of what is about 1."""
    network = chain_of(16, "sigmoid(s/1000)")
    sizes = [abs(float(point.derivative("E", "s_u1", False))) for point in of_worlds(network)]
    assert 0 < max(sizes) < 1e-45
    for wrt in ("s_u1", "z_u2", "w1"):
        with pytest.raises(LineError):
            render(broken(derive(network), of_partial(wrt, change)), "md")
    assert render(derive(network), "md")


def test_a_fault_in_tiny_partials_of_large_arrays_is_found() -> None:
    """More entries than are computed with many digits."""
    network = perceptron((60, 60, 60, 2), ("sigmoid(s/1000)",) * 3, Loss("half_squared_error"))
    own = derive(network, level="matrix")
    assert render(own, "md", level="matrix")
    for wrt in ("z1", "W1"):
        with pytest.raises(LineError):
            render(broken(own, of_partial(wrt, twice)), "md", level="matrix")


def equations_of(first: str) -> Network:
    return loads(f'equations = """\na = {first}\nf = a**2*w\n"""\nobjective = "f"\nparameters = ["x", "w"]\n')


@pytest.mark.parametrize("first", ["log(x - 5)", "sqrt(x - 300)", "relu(x - 50)"])
def test_points_far_from_0_are_tried(first: str) -> None:
    network = equations_of(first)
    assert any(point.read("a") != 0 for point in of_worlds(network))
    with pytest.raises(LineError):
        render(broken(derive(network), of_partial("a", twice)), "md")


def test_the_networks_own_values_are_tried() -> None:
    network = replace(equations_of("log(x - 10**9)*log(10**9 + 2 - x)"), values={"x": "1000000001", "w": "2"})
    assert of_worlds(network)


def test_lines_that_cannot_be_evaluated_are_warned_of() -> None:
    with pytest.warns(UncheckedWarning, match=r"^\d+ lines could not be checked"):
        page = render(derive(equations_of("log(-1 - x**2)")), "md", verified=True)
    assert "because no values were found" in page


def test_what_cancels_is_no_fault() -> None:
    """(1 + x)² − 1 − 2 x = x² of a tiny x has few digits left, and holds."""
    lines = "u = x/10**30", "a = (1 + u)**2 - 1 - 2*u", "f = (a - u**2 + 1)*w"
    text = 'equations = """\n' + "\n".join(lines) + '\n"""\nobjective = "f"\nparameters = ["x", "w"]\n'
    assert render(derive(loads(text)), "md")


# The headings of tables.


def turned_headings(column: bool) -> Change:
    """The cells stay, and what stands at the head of each row, or column, goes to the next."""

    def change(node: Any) -> Any:
        if not isinstance(node, Table) or len(node.rows) < 2 or isinstance(node.rows[0][0][0], str) != column:
            return None
        if column:
            return replace(node, head=(node.head[0], *node.head[2:], node.head[1]))
        return replace(
            node, rows=tuple((other[0], *row[1:]) for row, other in zip(node.rows, node.rows[1:] + node.rows[:1], strict=True))
        )

    return change


@pytest.mark.parametrize(
    ("name", "section", "column"),
    [
        ("003-chain", "Result", False),
        ("003-chain", "Cached terms", False),
        ("001", "All samples", False),
        ("003-split", "Error signals", False),
        ("001", "Given", True),
    ],
)
def test_headings_of_others_are_found(name: str, section: str, column: bool) -> None:
    page = symbackprop.document.page.make_page(derive(load(name)))
    document = build(page)
    place, part = next((i, own) for i, own in enumerate(document.sections) if (own.title or "Given") == section)
    once = Once(turned_headings(column))
    turned = replace(part, blocks=rewritten(part.blocks, once))
    assert once.done
    wrong = replace(document, sections=(*document.sections[:place], turned, *document.sections[place + 1 :]))
    check_page(page, document)
    with pytest.raises(LineError, match="at the heading"):
        check_page(page, wrong)


# What holds passes, and is counted.


def test_a_page_says_how_it_was_checked() -> None:
    page = render(derive(load("003-chain")), "md", verified=True)
    assert "## Verified" in page and "60 digits" in page and "Not evaluated" not in page
    assert "Verified" not in render(derive(load("003-chain")), "md")


# Templates.


def write_template(folder: Path, name: str, text: str) -> Path:
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    return folder


ALIGNED = "{% for body in writer.aligned(block) %}{{ CHANGED }}{% endfor %}"
DISPLAYED = "{% for part in writer.display(block) %}{{ part.wide.mathml | replace('0.98', '0.97') }}{% endfor %}"
CELLS = "{% for row in block.rows %}{% for cell in row %}{{ writer.text(cell) | replace('0.0', '0.1') }}{% endfor %}{% endfor %}"
CHANGED_TEMPLATES = {
    "other digits": ("md", "markdown/blocks/equations.md.jinja", ALIGNED.replace("CHANGED", "body | replace('0.98', '0.97')")),
    "an equation left out": ("md", "markdown/blocks/equations.md.jinja", ALIGNED.replace("CHANGED", "body if not loop.last")),
    "numbers of its own": ("md", "markdown/blocks/result.md.jinja", "```math\n\\begin{aligned}\nE &= 0.123\n\\end{aligned}\n```\n"),
    "numbers of its own in a line": ("tex", "latex/blocks/paragraph.tex.jinja", r"\par $w = 0.5$ (( writer.text(block.text) ))"),
    "other digits in a page": ("html", "html/blocks/equations.html.jinja", DISPLAYED),
    "other digits in cells": ("html", "html/blocks/table.html.jinja", CELLS),
    "a notebook": ("ipynb", "markdown/blocks/paragraph.md.jinja", "{{ writer.text(block.text) | replace('=', '<') }}"),
}


@pytest.mark.parametrize("fault", CHANGED_TEMPLATES)
def test_a_template_that_changes_mathematics_is_refused(fault: str, tmp_path: Path) -> None:
    form, name, text = CHANGED_TEMPLATES[fault]
    with pytest.raises(LineError, match="the template has"):
        render(derive(load("003-chain")), form, templates=write_template(tmp_path, name, text))


def test_a_template_may_add_words_and_formulas(tmp_path: Path) -> None:
    text = r"\par Note that $a + b = b + a$ holds for $n > 2$. (( writer.text(block.text) ))"
    made = render(derive(load("003-chain")), "tex", templates=write_template(tmp_path, "latex/blocks/paragraph.tex.jinja", text))
    assert "Note that $a + b" in made


def test_a_stale_number_in_a_template_of_the_package_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    fill = symbackprop.rendering.templates.fill

    def stale(name: str, *rest: Any, **values: Any) -> str:
        return fill(name, *rest, **values).replace("0.9879", "0.9878")

    monkeypatch.setattr(symbackprop.rendering.templates, "fill", stale)
    for form in ("tex", "md", "html", "fragment"):
        with pytest.raises(LineError, match="Template"):
            render(derive(load("003-chain")), form)


# Faults that the check has found in pages.


def over(function: str, units: tuple[Unit, ...], target: str, **options: Any) -> Network:
    return Network("", ("x",), units, Loss(function, {target: "y"}, steps="each"), steps=5, **options)


def test_a_mean_over_time_is_one_of_all_steps() -> None:
    units = (Unit("h", {"x": "w", "h[t-1]": "u"}, "tanh"),)
    (partial,) = [own for own in general_step(over("mean_squared_error", units, "h")).partials if own.name == "z_h[t]"]
    assert plain_text(partial.direct) == "2/5*(z_h[t] - y[t])"


def test_what_comes_back_over_two_delays_is_in_the_general_step() -> None:
    """a is read by b two steps later, and b by c another two; the loss is that of c and a."""
    units = (
        Unit("c", {"x": "w", "b[t-2]": "p"}, "tanh"),
        Unit("a", {"x": "v"}, "tanh"),
        Unit("b", {"a[t-2]": "q"}, "tanh"),
    )
    (partial,) = [own for own in general_step(over("half_squared_error", units, "c")).partials if own.name == "z_a[t]"]
    assert plain_text(partial.recursive) == "delta_b[t+2]*q"


def test_the_factor_of_a_step_has_one_sign() -> None:
    units = (Unit("h", {"x": "w", "h[t-1]": "u"}, "tanh"),)
    factors = [carried(over("half_squared_error", units, "h", signal_sign=sign)) for sign in (1, -1)]
    found = [value(tree, {"u": Fraction(2), "z_h[t]": Fraction(1, 2)}) for ((_, tree),) in factors]
    assert found == [Fraction(3, 2), Fraction(3, 2)]  # u (1 − z²)


def test_a_root_of_a_square_is_exact() -> None:
    assert value(Power(Number(Fraction(25, 4)), Number(Fraction(1, 2))), {}) == Fraction(5, 2)


def test_the_gradient_of_several_samples_is_no_product_of_one() -> None:
    page = render(derive(ARRAYS["batch"], level="matrix"), "md", level="matrix")
    result = page.partition("## Result")[2]
    assert "For each sample:" in result and "The mean over all samples:" in result
