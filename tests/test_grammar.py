"""The equation language: Python's precedence, exact numbers, errors that show the column."""

from __future__ import annotations

import ast
import math
import operator
from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from symbackprop import grammar
from symbackprop.array_tree import Element, MatMul, Mean, Outer, Reduce, Softmax, Transpose
from symbackprop.errors import InputError
from symbackprop.fields import parse_formula
from symbackprop.functions import ARGUMENT_COUNTS
from symbackprop.symbolic import to_sympy
from symbackprop.tree import Call, Name, Negative, Number, Power, Product, Quotient, Sum, Tree, fold

VALUES = {"x": Fraction(3, 7), "y": Fraction(-5, 2), "z": Fraction(11)}
OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow,
    ast.USub: operator.neg, ast.UAdd: operator.pos, ast.MatMult: lambda left, right: odd(left, right),
}  # fmt: skip


def parse(text: str) -> Tree:
    return grammar.parse(text, ARGUMENT_COUNTS)


def by_python(node: ast.expr) -> Fraction:
    """The exact value of a formula as Python's own parser understands it."""
    match node:
        case ast.BinOp():
            right = by_python(node.right)
            if isinstance(node.op, ast.Pow) and right.denominator != 1:
                raise ArithmeticError("a root has no exact value")
            return OPERATORS[type(node.op)](by_python(node.left), right)
        case ast.UnaryOp():
            return OPERATORS[type(node.op)](by_python(node.operand))
        case ast.Constant():
            return Fraction(repr(node.value))
        case ast.Name():
            return VALUES[node.id]
    raise AssertionError(ast.dump(node))


def longer(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Formulas joined without parentheses, so that precedence decides."""
    space = st.sampled_from(["", " ", "  "])
    return st.one_of(
        st.builds("{0}{3}{1}{3}{2}".format, inner, st.sampled_from("+-*/"), inner, space),
        st.builds("{1}{2}{0}".format, inner, st.sampled_from("-+"), space),
        st.builds("({1}{0}{1})".format, inner, space),
        st.builds("{0}{2}**{2}{1}".format, inner, st.sampled_from(["2", "-1", "+1", "2**1", "-2**0", "(3 - 1)", "--2"]), space),
    )


@given(st.recursive(st.sampled_from(["x", "y", "z", "1", "2", "0.5", "3.25", "1e1"]), longer, max_leaves=8))
def test_precedence_is_pythons(text: str) -> None:
    try:
        expected = by_python(ast.parse(text.strip(), mode="eval").body)
    except ArithmeticError:
        reject()
    assume(expected.numerator.bit_length() + expected.denominator.bit_length() < 5000)
    value = to_sympy(parse(text), {name: sympy.Rational(v.numerator, v.denominator) for name, v in VALUES.items()})
    assert value == sympy.Rational(expected.numerator, expected.denominator)


def odd(left: Fraction, right: Fraction) -> Fraction:
    """Stands for ``@`` among numbers: neither commutative nor associative, so that the grouping shows."""
    return left / 2 + 3 * right


def value_of(tree: Tree) -> Fraction:
    def combine(node: Any, parts: list[Fraction]) -> Fraction:
        match node:
            case Number():
                return node.value
            case Name():
                return VALUES[node.name]
            case Sum():
                return sum(parts, Fraction(0))
            case Product():
                return math.prod(parts, start=Fraction(1))
            case Quotient():
                return parts[0] / parts[1]
            case Negative():
                return -parts[0]
            case MatMul():
                return odd(*parts)
        raise AssertionError(node)

    return fold(tree, combine)


def with_matmul(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{0}{1}{2}".format, inner, st.sampled_from(["+", "-", "*", "/", "@", " @ "]), inner),
        st.builds("-{0}".format, inner),
        st.builds("({0})".format, inner),
    )


@given(st.recursive(st.sampled_from(["x", "y", "z", "2"]), with_matmul, max_leaves=8))
def test_the_precedence_of_matrix_products_is_pythons(text: str) -> None:
    try:
        expected = by_python(ast.parse(text.strip(), mode="eval").body)
    except ArithmeticError:
        reject()
    assert value_of(parse(text)) == expected


def test_the_comparison_with_python_notices_a_wrong_precedence() -> None:
    wrong = Power(Negative(Name("x")), Number(Fraction(2)))
    value = to_sympy(wrong, {"x": sympy.Integer(3)})
    assert value == 9
    assert by_python(ast.parse("-3**2", mode="eval").body) == -9


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a - b", Sum((Name("a"), Negative(Name("b"))))),
        ("b*a", Product((Name("b"), Name("a")))),
        ("a*b/c", Quotient(Product((Name("a"), Name("b"))), Name("c"))),
        ("sigmoid(a)", Call("sigmoid", (Name("a"),))),
        ("0.30", Number(Fraction(3, 10), "0.30")),
        ("1e-3", Number(Fraction(1, 1000), "1e-3")),
        (".5", Number(Fraction(1, 2))),
        ("η*ŷ", Product((Name("η"), Name("ŷ")))),
        ("W @ x + b", Sum((MatMul(Name("W"), Name("x")), Name("b")))),
        ("a*b @ c", MatMul(Product((Name("a"), Name("b"))), Name("c"))),
        ("a @ b*c", Product((MatMul(Name("a"), Name("b")), Name("c")))),
        ("-a @ b", MatMul(Negative(Name("a")), Name("b"))),
        ("a @ b**2", MatMul(Name("a"), Power(Name("b"), Number(Fraction(2))))),
        ("T(W)", Transpose(Name("W"))),
        ("transpose(W)", Transpose(Name("W"))),
        ("outer(a, b)", Outer(Name("a"), Name("b"))),
        ("sum(a)", Reduce(Name("a"))),
        ("sum(a, 1)", Reduce(Name("a"), 1)),
        ("mean(a, 0)", Mean(Name("a"), 0)),
        ("softmax(a)", Softmax(Name("a"))),
        ("W[0][1]", Element(Name("W"), ("0", "1"))),
        ("h[ -1 ]**2", Power(Element(Name("h"), ("-1",)), Number(Fraction(2)))),
        ("softmax(a)[007]", Element(Softmax(Name("a")), ("7",))),
        ("h[t] + h[t - 1]", Sum((Element(Name("h"), ("t",)), Element(Name("h"), ("t-1",))))),
    ],
)
def test_the_tree_is_what_the_author_wrote(text: str, tree: Tree) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "value", "printed"),
    [
        ("0.1", Fraction(1, 10), "0.1"),
        ("-0.50", Fraction(-1, 2), "-0.50"),
        ("1/3", Fraction(1, 3), ""),
        (" 2 / 4 ", Fraction(1, 2), ""),
        ("1_000", Fraction(1000), ""),
        ("2.5e2", Fraction(250), "2.5e2"),
        ("1e308", Fraction(10) ** 308, "1e308"),
    ],
)
def test_numbers_are_exact_and_keep_their_digits(text: str, value: Fraction, printed: str) -> None:
    assert grammar.number(text) == Number(value, printed)


NO_NUMBERS = ["nan", "inf", "-Infinity", "", "1.2.3", "0x10", "1/0", "one", "1e309", "-1e400", "1e-330", "1e" + "9" * 5000]


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"number|range|zero"):
        grammar.number(text, "here")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the formula is empty"),
        ("a +", "the formula ends where a number, a name or '(' is expected (column 4 of 'a +')"),
        ("(a", "expected ')' before the end (column 3 of '(a')"),
        ("a)", "expected an operator or the end, found ')' (column 2 of 'a)')"),
        ("2 x", "expected an operator or the end, found 'x' (column 3 of '2 x')"),
        ("a ^ 2", "'^' has no meaning in a formula; write ** for a power (column 3 of 'a ^ 2')"),
        ("a; b", "';' has no meaning in a formula (column 2 of 'a; b')"),
        ("tahn(a)", "there is no function 'tahn'; did you mean 'tanh'? (column 1 of 'tahn(a)')"),
        ("maximum(a)", "maximum takes 2 argument(s), not 1 (column 1 of 'maximum(a)')"),
        ("a @", "the formula ends where a number, a name or '(' is expected (column 4 of 'a @')"),
        ("a[0", "expected ']' before the end (column 4 of 'a[0')"),
        ("a[]", "expected an index like 0, t or t-1, found ] (column 3 of 'a[]')"),
        ("a[b]", "expected an index like 0, t or t-1, found b (column 3 of 'a[b]')"),
        ("a[1.5]", "expected an index like 0, t or t-1, found 1.5 (column 3 of 'a[1.5]')"),
        ("a[-t]", "expected an index like 0, t or t-1, found -t (column 4 of 'a[-t]')"),
        ("a[t+1]", "expected ']', found '+' (column 4 of 'a[t+1]')"),
        ("a[t-0]", "expected a delay like t-1, found t-0 (column 5 of 'a[t-0]')"),
        ("a[0, 1]", "expected ']', found ',' (column 4 of 'a[0, 1]')"),
        ("a[1:2]", "':' has no meaning in a formula (column 4 of 'a[1:2]')"),
        ("a[99999999999]", "expected an index like 0, t or t-1, found 99999999999 (column 3 of 'a[99999999999]')"),
        ("T(a, b)", "T takes 1 argument(s), not 2 (column 1 of 'T(a, b)')"),
        ("outer(a)", "outer takes 2 argument(s), not 1 (column 1 of 'outer(a)')"),
        ("softmax()", "expected a number, a name or '(', found ')' (column 9 of 'softmax()')"),
        ("sum(a, 2)", "the axis of sum must be 0 or 1 (column 1 of 'sum(a, 2)')"),
        ("mean(a, b)", "the axis of mean must be 0 or 1 (column 1 of 'mean(a, b)')"),
        ("sum(a, 0, 1)", "sum takes 1 or 2 argument(s), not 3 (column 1 of 'sum(a, 0, 1)')"),
        ("a.T", "'.' has no meaning in a formula (column 2 of 'a.T')"),
        ("__import__('os')", '"\'" has no meaning in a formula (column 12 of "__import__(\'os\')")'),
        ("a.real", "'.' has no meaning in a formula (column 2 of 'a.real')"),
        ("a*1e999", "1e999 is outside the range of double precision"),
    ],
)
def test_an_error_shows_the_column(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        grammar.parse(text, ARGUMENT_COUNTS, "net.toml, line 3")
    assert str(caught.value) == f"net.toml, line 3: {message}"


@pytest.mark.parametrize(("opening", "closing"), [("(", ")"), ("-", ""), ("+", ""), ("2**", ""), ("exp(", ")")])
def test_deep_nesting_is_refused(opening: str, closing: str) -> None:
    parse(opening * 90 + "a" + closing * 90)
    with pytest.raises(InputError, match="nested more than 100 deep"):
        parse(opening * 101 + "a" + closing * 101)


def test_long_formulas_are_read_and_longer_ones_refused() -> None:
    tree = parse(" + ".join(["a*b"] * 10_000))
    assert isinstance(tree, Sum)
    assert len(tree.terms) == 10_000
    with pytest.raises(InputError, match="a formula of 200000 characters; the limit is 100000"):
        parse("a+" * 100_000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("9**9**9", "an exponent of 3.8742e+08; the limit is 1000"),
        ("x**(10**6)", "an exponent of 1e+06; the limit is 1000"),
        ("((123456789**999)**999)", "a constant whose exact value takes more than 100000 bits; write a decimal"),
        ("9**sqrt(10**16)", "a constant whose exact value takes more than 100000 bits; write a decimal"),
        ("x/(1 - 1)", "the formula divides by zero"),
        ("x*0**-1", "the formula takes a negative power of zero"),
    ],
)
def test_constants_without_a_value_and_those_that_no_memory_could_hold_are_refused(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_formula(text, "here")
    assert str(caught.value) == f"here: {message}"


@pytest.mark.parametrize("text", ["x**1000", "x**y**z", "2**x", "x**sqrt(2)", "x**(1/2)", "2**-0.5", "1.5**20"])
def test_ordinary_powers_are_read(text: str) -> None:
    assert parse_formula(text, "here") == parse(text)


@given(st.text(alphabet="xyz019.eE+-*/()[]@,=^ \t#π²_√'\"\\\x00", max_size=40) | st.text(max_size=40))
def test_no_text_breaks_the_parser(text: str) -> None:
    for read in (parse_formula, grammar.number):
        found = ""
        try:
            read(text, "here")
        except InputError as error:
            found = str(error)
        assert not found or (found.startswith("here: ") and len(found.splitlines()) == 1)


def test_zero_has_no_sign() -> None:
    """As NumPy writes it: −0.0 is 0.0 on a page, with its digits."""
    assert grammar.number("-0.0") == grammar.number("0.0") and grammar.number("-0.0").text == "0.0"
    assert grammar.number("-0.5").text == "-0.5"
