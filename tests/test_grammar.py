"""The equation language: Python's precedence, exact numbers, errors that show the column."""

from __future__ import annotations

import ast
import operator
from fractions import Fraction

import pytest
import sympy
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from symbackprop import grammar
from symbackprop.errors import InputError
from symbackprop.fields import parse_formula
from symbackprop.functions import ARGUMENT_COUNTS
from symbackprop.symbolic import to_sympy
from symbackprop.tree import Call, Name, Negative, Number, Power, Product, Quotient, Sum, Tree

VALUES = {"x": Fraction(3, 7), "y": Fraction(-5, 2), "z": Fraction(11)}
OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow,
    ast.USub: operator.neg, ast.UAdd: operator.pos,
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
        ("a @ b", "'@' multiplies arrays, and everything here is a scalar; write * (column 3 of 'a @ b')"),
        ("a[0]", "'[' takes an element of an array, and everything here is a scalar (column 2 of 'a[0]')"),
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
