"""Network files, equations, shipped networks and SymPy expressions become the networks they describe."""

from __future__ import annotations

import io
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import symbackprop
from symbackprop import InputError, Loss, Network, Unit
from symbackprop.closed_form import objective
from symbackprop.network import PrintedNumber
from symbackprop.reading.equations import parse_equations
from symbackprop.reading.network_file import parse
from symbackprop.reading.sympy_expression import MAX_TERMS, take_apart
from symbackprop.symbolic import head, to_sympy
from symbackprop.tree import Call, Name, Number, Product, Sum

CHAIN = """
title = "A chain"
inputs = ["x"]
update = "ascent"
delta = "negative"
notation = "003"

[[units]]
name = "j"
from = { x = "w_in" }
activation = "sigmoid"
bias = "b_j"

[[units]]
name = "k"
from = { x = "w_in", j = "w_j" } # w_in is shared
activation = "leaky_relu(s, 0.20)"

[[units]]
name = "o"
formula = "k*j + c"

[loss]
name = "J"
function = "squared_error"
targets = { o = "y" }
reduction = "mean"

[values]
x = [1, 2.50]
y = [3, -0.30]
w_in = 0.30
w_j = "1/3"
b_j = 1e-7
c = 0.00000010
learning_rate = 0.01

[symbols]
z_o = '\\hat{y}'

[numbers]
policy = "carry"
decimals = 3
[numbers.update]
significant = 2

[document]
name = "003"
[[document.printed]]
quantity = "z_j"
text = "0.8808"
exact = "0.88079707797788"
[[document.claims]]
says = "the error signal"
place = "page 2"
states = "delta_o = z_o - y"
correct = "delta_o = 2*(z_o - y)"
"""


# Network files


def test_a_file_of_units_says_everything_about_the_network() -> None:
    net = parse(CHAIN, "chain.toml")
    assert (net.title, net.inputs, net.notation) == ("A chain", ("x",), "003")
    assert net.units == (
        Unit("j", {"x": "w_in"}, "sigmoid", "b_j"),
        Unit("k", {"x": "w_in", "j": "w_j"}, "leaky_relu(s, 0.20)"),
        Unit("o", formula="k*j + c"),
    )
    assert net.loss == Loss("squared_error", {"o": "y"}, reduction="mean", name="J")
    assert (net.objective, net.reduction, net.ascent, net.signal_sign) == ("J", "mean", True, -1)
    assert net.given == ("x", "w_in", "b_j", "w_j", "c", "y")
    assert net.parameters == ("w_in", "b_j", "w_j", "c")
    assert dict(net.symbols) == {"z_o": r"\hat{y}"}
    assert net.numbers == {"policy": "carry", "decimals": 3, "update": {"significant": 2}}
    assert net.source is not None
    assert net.source.printed == (PrintedNumber("z_j", "0.8808", "0.88079707797788"),)
    (claim,) = net.source.claims
    assert (claim.states, claim.correct, claim.holds) == ("delta_o = z_o - y", "delta_o = 2*(z_o - y)", False)


def test_numbers_of_a_file_are_exact_and_keep_their_digits() -> None:
    net = parse(CHAIN, "chain.toml")
    assert net.values["w_in"] == Number(Fraction(3, 10), "0.30")
    assert net.values["w_j"].value == Fraction(1, 3)
    assert net.values["b_j"].value == net.values["c"].value == Fraction(1, 10**7)
    assert net.values["c"].text == "0.00000010"
    assert net.learning_rate == Number(Fraction(1, 100), "0.01")
    assert net.samples == (
        {"x": Number(Fraction(1)), "y": Number(Fraction(3))},
        {"x": Number(Fraction(5, 2), "2.50"), "y": Number(Fraction(-3, 10), "-0.30")},
    )


def test_samples_may_be_tables() -> None:
    arrays = parse(CHAIN, "chain.toml")
    tables = CHAIN.replace("x = [1, 2.50]\ny = [3, -0.30]\n", "") + "[[samples]]\nx = 1\ny = 3\n[[samples]]\nx = 2.50\ny = -0.30\n"
    assert parse(tables, "chain.toml").samples == arrays.samples


def test_a_file_of_equations() -> None:
    net = parse('equations = """\nq = x + y\nf = q*z\n"""\nobjective = "q"\nparameters = ["y"]\n[values]\nx = -2\n', "f.toml")
    assert net.equations == (("q", Sum((Name("x"), Name("y")))), ("f", Product((Name("q"), Name("z")))))
    assert (net.objective, net.parameters) == ("q", ("y",))
    assert net.given == ("x", "y", "z")


def test_an_objective_may_stand_instead_of_a_loss() -> None:
    net = parse('inputs = ["x"]\nobjective = "z_j"\n[[units]]\nname = "j"\nfrom = { x = "w" }\n', "j.toml")
    assert (net.objective, net.loss, net.outputs) == ("z_j", None, ("j",))


@pytest.mark.parametrize("change", [lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text])
def test_line_ends_and_byte_order_marks_of_other_systems(change: Any, tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    path.write_bytes(change(CHAIN).encode())
    assert symbackprop.load(path) == parse(CHAIN, "chain.toml")


# Equations


def test_equations_are_lines_with_comments_and_blanks() -> None:
    found = parse_equations("\n# start\nq = x + y # sum\r\n\n  f=sigmoid( q )", "here")
    assert found == (("q", Sum((Name("x"), Name("y")))), ("f", Call("sigmoid", (Name("q"),))))


def test_too_many_equations_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symbackprop.reading.equations.MAX_DEFINITIONS", 2)
    with pytest.raises(InputError) as caught:
        parse_equations("a = x\n\nb = a\nc = b", "here")
    assert str(caught.value) == "here, line 4: more than 2 definitions"


def test_ten_thousand_equations_are_read_without_recursion() -> None:
    text = "\n".join(["t0 = x*w", *(f"t{i} = sin(t{i - 1})" for i in range(1, 10_000))])
    net = Network.from_equations(text)
    assert (len(net.equations), net.objective, net.parameters) == (10_000, "t9999", ("x", "w"))


# From Python


def test_python_takes_what_comes_naturally() -> None:
    built = Network(
        inputs=["x"],
        units=[Unit("j", {"x": "w"}, "sigmoid", bias="b"), Unit("o", [("j", "v")])],
        loss=Loss("half_squared_error", {"o": "y"}),
        values={
            "x": numpy.array([0.5, 1.5]),
            "y": (1, 2),
            "w": 0.1,
            "b": numpy.float64(0.25),
            "v": sympy.Rational(1, 3),
            "learning_rate": "0.50",
        },
    )
    assert {name: value.value for name, value in built.values.items()} == {
        "w": Fraction(1, 10),
        "b": Fraction(1, 4),
        "v": Fraction(1, 3),
    }
    assert [sample["x"].value for sample in built.samples] == [Fraction(1, 2), Fraction(3, 2)]
    assert built.learning_rate == Number(Fraction(1, 2), "0.50")
    changed = built.with_values({"w": numpy.int64(3), "x": 2})
    assert changed.values["w"].value == 3
    assert [dict(sample) for sample in changed.samples] == [{"y": Number(Fraction(1))}, {"y": Number(Fraction(2))}]


def test_equations_from_text_from_a_mapping_and_from_trees_are_the_same() -> None:
    text = Network.from_equations("q = x + y\nf = q*z", objective="f")
    assert text == Network(equations={"q": "x + y", "f": "q*z"})
    assert text == Network(equations=text.equations, objective="f")


# Shipped networks, files, standard input


def test_every_shipped_network_is_listed_with_its_title_and_loads() -> None:
    listed = dict(symbackprop.list_networks())
    assert {"000", "001", "002-base", "002-two-units", "003-chain", "003-split", "004"} <= set(listed)
    for name, title in listed.items():
        assert symbackprop.load(name).title == title != ""


@pytest.mark.parametrize(
    ("short", "name"), [("chain", "003-chain"), ("split", "003-split"), ("base", "002-base"), ("two-units", "002-two-units")]
)
def test_the_part_after_the_number_is_a_name_too(short: str, name: str) -> None:
    assert symbackprop.load(short) == symbackprop.load(name)


def test_a_shipped_name_is_not_hidden_by_a_directory_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("chain").mkdir()
    assert symbackprop.load("chain") == symbackprop.load("003-chain")


def test_a_file_is_found_by_path_with_or_without_ending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.toml").write_text(CHAIN, "utf-8")
    Path("net").write_text(CHAIN, "utf-8")
    expected = parse(CHAIN, "net.toml")
    for source in ("net.toml", "./net.toml", str(tmp_path / "net.toml"), Path("net"), "net"):
        assert symbackprop.load(source) == expected


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CHAIN.encode())))
    assert symbackprop.load("-") == parse(CHAIN, "chain.toml")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"title = 3\n")))
    with pytest.raises(InputError, match=r"^standard input, line 1, title: expected text"):
        symbackprop.load("-")


def test_what_cannot_be_found_or_read_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symbackprop.reading.library.MAX_BYTES", 1_000_000)
    (tmp_path / "latin.toml").write_bytes('title = "é"'.encode("latin-1"))
    (tmp_path / "large.toml").write_bytes(b"#" * 1_000_001)
    cases = {
        "chian": "there is no network and no file 'chian'; did you mean 'chain'?",
        "003": "'003' names several networks: 003-chain, 003-split; give one of them",
        "002-bas": "there is no network and no file '002-bas'; did you mean '002-base'?",
        f"{tmp_path}/chian.toml": f"{tmp_path}/chian.toml: there is no such file; did you mean 'chain'?",
        f"{tmp_path}": f"{tmp_path}: this is a directory; give a network file",
        f"{tmp_path}/latin.toml": f"{tmp_path}/latin.toml: not UTF-8 text (byte 10); save the file as UTF-8",
        f"{tmp_path}/large.toml": f"{tmp_path}/large.toml: the file has more than 1 MB, the limit",
        f"{tmp_path}/latin.toml/x": f"{tmp_path}/latin.toml/x: cannot be read: Not a directory",
    }
    for source, expected in cases.items():
        with pytest.raises(InputError) as caught:
            symbackprop.load(source)
        assert str(caught.value) == expected


@pytest.mark.parametrize("source", ["", "\0", "a\0/b.toml", "x" * 5000, "x" * 5000 + ".toml", 3, None])
def test_odd_sources_are_refused_in_one_line(source: Any) -> None:
    with pytest.raises(InputError) as caught:
        symbackprop.load(source)
    assert len(str(caught.value).splitlines()) == 1


def test_reading_a_network_loads_nothing_heavy() -> None:
    code = (
        "import sys, symbackprop; symbackprop.load('003-chain'); symbackprop.list_networks();"
        "print([name for name in ('sympy', 'mpmath', 'numpy', 'jinja2') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# SymPy expressions

x, y, w, b = sympy.symbols("x y w b")


def definitions(expression: sympy.Expr) -> list[tuple[str, sympy.Expr]]:
    return [(name, to_sympy(tree)) for name, tree in take_apart(expression)]


def test_a_unit_comes_apart_into_net_input_activation_and_loss() -> None:
    t1, t2, t3, t4 = sympy.symbols("t_1:5")
    sigmoid = 1 / (1 + sympy.exp(-(w * x + b)))
    assert definitions((sigmoid - y) ** 2 / 2) == [
        ("t_1", w * x + b), ("t_2", head("sigmoid")(t1)), ("t_3", t2 - y), ("t_4", t3**2), ("f", t4 / 2),
    ]  # fmt: skip


def test_shared_parts_are_defined_once() -> None:
    inner = sympy.sin(x * y)
    found = definitions(inner**2 + inner * x)
    assert found[:2] == [("t_1", x * y), ("t_2", sympy.sin(sympy.Symbol("t_1")))]
    assert sum(expression.has(sympy.sin) for _, expression in found) == 1
    nested = dict(found)
    for name, expression in found:
        nested[name] = expression.subs(nested)
    assert nested["f"] == inner**2 + inner * x


def test_names_of_the_expression_are_left_alone() -> None:
    f, t1 = sympy.symbols("f t_1")
    found = definitions(sympy.exp(f + t1))
    assert found == [("t_2", f + t1), ("f_1", sympy.exp(sympy.Symbol("t_2")))]


def test_assumptions_do_not_reach_the_network() -> None:
    positive = sympy.Symbol("x", positive=True)
    assert definitions(positive**2) == [("f", x**2)]


def test_floats_keep_every_bit() -> None:
    ((_, tree),) = take_apart(x * sympy.Float(1 / 3))
    assert [factor.value for factor in tree.children if isinstance(factor, Number)] == [Fraction(repr(1 / 3))]


def test_long_sums_are_cut_and_deep_nests_are_no_trouble() -> None:
    many = sympy.symbols("a_0:200")
    found = take_apart(sympy.Add(*many))
    assert max(len(tree.children) for _, tree in found) <= MAX_TERMS
    net = Network(equations=found)
    assert symbackprop.derive(net).closed_form("a_7") == 1
    deep = x
    for _ in range(sys.getrecursionlimit()):
        deep = sympy.tanh(w * deep)
    assert len(take_apart(deep)) == 2 * sys.getrecursionlimit()


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (sympy.erf(x), "expression: the SymPy expression has 'erf(x)' (erf), which a network cannot hold"),
        (sympy.pi * x, "expression: the SymPy expression has 'pi' (Pi), which a network cannot hold"),
        (sympy.I * x, "expression: the SymPy expression has 'I' (ImaginaryUnit), which a network cannot hold"),
        (sympy.oo + x, "expression: the SymPy expression has 'oo' (Infinity), which a network cannot hold"),
        (sympy.Integral(x, (x, 0, y)), "expression: the SymPy expression has Integral, which a network cannot hold"),
        (sympy.Piecewise((x, x > 0), (y, True)), "expression: the SymPy expression has Piecewise, which a network cannot hold"),
        (sympy.Function("g")(x), "expression: the SymPy expression has 'g(x)' (g), which a network cannot hold"),
        (sympy.Symbol("A", commutative=False), "expression: the SymPy expression has 'A' (Symbol), which a network cannot hold"),
        (sympy.Integer(3), "expression: the expression has no symbols, so there is nothing to differentiate by"),
        (x + sympy.Symbol("x", positive=True), "expression: there are two different symbols named 'x' in the expression"),
        (sympy.Matrix([x]), "expression: expected a SymPy expression, found something of type MutableDenseMatrix"),
        ("__import__('os')", "expression: expected a SymPy expression, found something of type str"),
        (
            sympy.Symbol("w 1"),
            "expression: 'w 1' cannot be a name; use letters, digits and _ (not first a digit), at most 100 characters",
        ),
    ],
)
def test_what_a_network_cannot_hold_is_named(expression: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        Network.from_sympy(expression, [x])
    assert str(caught.value) == message


def test_the_symbols_to_differentiate_by_may_be_one_or_many_symbols_or_names() -> None:
    for parameters in (w, "w", [w], ("w",)):
        assert Network.from_sympy(w * x, parameters).parameters == ("w",)
    with pytest.raises(InputError, match="'v' is no given symbol of the network"):
        Network.from_sympy(w * x, [w, "v"])


def grown(inner: st.SearchStrategy[sympy.Expr]) -> st.SearchStrategy[sympy.Expr]:
    return st.one_of(
        st.builds(lambda a, c: a + c, inner, inner),
        st.builds(lambda a, c: a * c, inner, inner),
        st.builds(lambda a: a + sympy.sin(a) * a, inner),
        st.builds(lambda a, c: a / (1 + c**2), inner, inner),
        st.builds(lambda a: 1 / (1 + sympy.exp(-a)), inner),
        st.builds(lambda a: sympy.log(2 + sympy.cos(a)) ** 3, inner),
        st.builds(lambda a: sympy.sqrt(1 + sympy.tanh(a) ** 2), inner),
        st.builds(lambda a, c: (2 + sympy.sin(a)) ** sympy.tanh(c), inner, inner),
    )


@given(
    st.recursive(st.sampled_from([x, y, w, x, y, sympy.Integer(2), sympy.Rational(-1, 3)]), grown, max_leaves=6),
    st.lists(st.integers(-20, 20), min_size=3, max_size=3),
)
@settings(max_examples=40)
def test_partials_of_a_sympy_expression_are_those_of_sympys_own_diff(expression: sympy.Expr, numbers: list[int]) -> None:
    symbols = sorted(expression.free_symbols, key=str)
    assume(symbols)
    point = dict(zip((x, y, w), (sympy.Rational(number, 11) for number in numbers), strict=True))
    derivation = symbackprop.derive(Network.from_sympy(expression, symbols))

    def close(ours: sympy.Expr, theirs: sympy.Expr) -> bool:
        ours, theirs = (sympy.N(value.subs(point), 30) for value in (ours, theirs))
        return abs(ours - theirs) <= sympy.Float("1e-20") * (1 + abs(theirs))

    assert close(objective(derivation), expression)
    for symbol in symbols:
        assert close(derivation.closed_form(symbol.name), sympy.diff(expression, symbol))
        assert not close(derivation.closed_form(symbol.name) + sympy.Rational(1, 10**6), sympy.diff(expression, symbol))
