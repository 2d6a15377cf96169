"""Wrong input gets one line that says what, where and how to mend it; never a traceback.

Each case changes one thing in a good file and gives the whole message that a user should see.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symbackprop
from symbackprop import InputError, Loss, Network, Unit
from symbackprop.reading import network_file
from symbackprop.reading.network_file import parse

UNITS = """title = "t"
inputs = ["x"]

[[units]]
name = "j"
from = { x = "w" }
activation = "sigmoid"
bias = "b"

[[units]]
name = "o"
from = { j = "v" }

[loss]
function = "half_squared_error"
targets = { o = "y" }

[values]
x = 0.30
w = 2
b = -1
v = 1
y = 1
learning_rate = 0.5
"""

EQUATIONS = '''objective = "f"
equations = """
q = x + y

f = q*z  # the product
"""
[values]
x = -2
'''

NO_LOSS = UNITS[: UNITS.index("[loss]")]
ONE_UNIT = UNITS[: UNITS.index('[[units]]\nname = "o"')]
DOCUMENT = UNITS + '[document]\nname = "1"\n'
NAME_RULE = "use letters, digits and _ (not first a digit), at most 100 characters"
NUMBER_RULE = "write a decimal like 0.25 or a fraction like 1/3"


def changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def units(old: str, new: str) -> str:
    return changed(UNITS, (old, new))


def equations(old: str, new: str) -> str:
    return changed(EQUATIONS, (old, new))


CASES: dict[str, tuple[str, str]] = {
    # the file as a whole
    "empty": ("", ": the file is empty; a network needs units or layers with a loss, or equations"),
    "only a comment": ("# nothing\n", ": the file is empty; a network needs units or layers with a loss, or equations"),
    "only a title": ('title = "t"', ", units: the network has 0 units; add a [[units]] table, [[layers]], or equations"),
    "no units": ("units = []", ", line 1, units: the network has 0 units; add a [[units]] table, [[layers]], or equations"),
    "bracket missing": (units('["x"]', '["x"'), ", line 4, column 1: not valid TOML: unclosed array"),
    "value missing": (units("x = 0.30", "x = "), ", line 19, column 5: not valid TOML: invalid value"),
    "key twice": (units("w = 2", "w = 2\nw = 3"), ", line 21, column 6: not valid TOML: the key 'w' is given twice"),
    "text without end": ('title = """t', ", end of the file: not valid TOML: unterminated string"),
    "arrays without end": ("inputs = " + "[" * 100_000, ": arrays or tables are nested too deep"),
    # keys
    "unknown key": (units("title", "titel"), ", line 1, titel: unknown key 'titel'; did you mean 'title'?"),
    "unknown key of a unit": (
        units("activation", "activatoin"),
        ", line 7, units[0].activatoin: unknown key 'activatoin'; did you mean 'activation'?",
    ),
    "unknown key of a later unit": (
        units('name = "o"', 'name = "o"\nwieght = 3'),
        ", line 12, units[1].wieght: unknown key 'wieght'; known: activation, bias, formula, from, name",
    ),
    "unknown key of the loss": (
        units("function", "funktion"),
        ", line 15, loss.funktion: unknown key 'funktion'; did you mean 'function'?",
    ),
    "unknown key of the document": (
        DOCUMENT + "year = 1\n",
        ", line 27, document.year: unknown key 'year'; known: claims, name, printed",
    ),
    "key of a table": (
        "learning_rate = 0.1\n" + UNITS,
        ", line 1, learning_rate: unknown key 'learning_rate'; it belongs in [values]",
    ),
    "key of a unit": (
        'activation = "tanh"\n' + UNITS,
        ", line 1, activation: unknown key 'activation'; it belongs in a [[units]] or [[layers]] table",
    ),
    "key of the file": (
        UNITS + 'parameters = ["w"]\n',
        ", line 25, values.parameters: 'parameters' is a key of the whole file; move it above the first [table]",
    ),
    "key with a line break": (
        '"a\\nb" = 1',
        f", a b: unknown key 'a\\nb'; known: {', '.join(sorted(network_file._TOP))}",
    ),
    # types
    "one bracket": (
        changed(ONE_UNIT, ("[[units]]", "[units]")),
        ", line 4, units: expected an array of tables; write [[units]] with two brackets",
    ),
    "units as text": ('units = "x"', ", line 1, units: expected an array, found 'x'"),
    "units as numbers": ("units = [1]", ", line 1, units[0]: expected a table, found 1"),
    "inputs as text": (units('["x"]', '"x"'), ", line 2, inputs: expected an array, found 'x'"),
    "from as text": (units('{ x = "w" }', '"x"'), ", line 6, units[0].from: expected a table, found 'x'"),
    "weight as number": (
        units('{ x = "w" }', "{ x = 0.5 }"),
        ", line 6, units[0].from: expected a name in quotes for 'x', found 0.5; numbers go in values",
    ),
    "bias as truth": (units('"b"', "true"), ", line 8, units[0].bias: expected text in quotes, found true"),
    "activation as number": (units('"sigmoid"', "3"), ", line 7, units[0].activation: expected text in quotes, found 3"),
    "update": ('update = "up"\n' + UNITS, ", line 1, update: expected 'descent' or 'ascent', found 'up'"),
    "delta": ("delta = -1\n" + UNITS, ", line 1, delta: expected text in quotes, found -1"),
    "numbers": ("numbers = 3\n" + UNITS, ", line 1, numbers: expected a table, found 3"),
    "numbers in numbers": (UNITS + "[numbers]\na.b.c.d.e.f.g.h.i.j = 1\n", ", line 25, numbers: tables nested more than 8 deep"),
    "printed number": (
        DOCUMENT + '[[document.printed]]\nquantity = "E"\ntext = 0.12\n',
        ", line 29, document.printed[0].text: expected text in quotes, found 0.12",
    ),
    "printed decimal comma": (
        DOCUMENT + '[[document.printed]]\nquantity = "E"\ntext = "0,12"\n',
        f", line 29, document.printed[0].text: '0,12' is not a number; {NUMBER_RULE}",
    ),
    "printed policy": (
        DOCUMENT + '[[document.printed]]\nquantity = "E"\ntext = "0.12"\npolicy = "carri"\n',
        ", line 30, document.printed[0].policy: expected 'display' or 'exact' or 'carry', found 'carri'",
    ),
    "claim": (
        DOCUMENT + '[[document.claims]]\nsays = "a"\nholds = "yes"\n',
        ", line 29, document.claims[0].holds: expected true or false, found 'yes'",
    ),
    "document without a name": (UNITS + "[document]\n", ", line 25, document: the key 'name' is missing or empty"),
    # names
    "unit without a name": (units('name = "j"\n', ""), ", line 4, units[0]: the key 'name' is missing or empty"),
    "no identifier": (units('name = "j"', 'name = "2j"'), f", line 5, units[0].name: '2j' cannot be a name; {NAME_RULE}"),
    "space in a name": (units('["x"]', '["x 1"]'), f", line 2, inputs: 'x 1' cannot be a name; {NAME_RULE}"),
    "minus in a name": (units('"w"', '"w-1"'), f", line 6, units[0].from: 'w-1' cannot be a name; {NAME_RULE}"),
    "full-width letter": (units('name = "j"', 'name = "ｊ"'), f", line 5, units[0].name: 'ｊ' cannot be a name; {NAME_RULE}"),
    "delay": (
        units('{ x = "w" }', '{ "h[t-1]" = "w" }'),
        ", steps: 'h[t-1]' is read over time, so the network needs a number of steps; give steps = T",
    ),
    "name of a cached term": (
        units('"w"', '"C_1"'),
        ", line 6, units[0].from: 'C_1' is kept for the cached terms C_1, C_2, …; choose another name",
    ),
    "name of a function": (
        units('"w"', '"exp"'),
        ", line 6, units[0].from: 'exp' is a function and cannot name anything else; choose another name",
    ),
    "two units of one name": (units('name = "o"', 'name = "j"'), ", line 11, units[1].name: two units are named 'j'"),
    "input and unit": (units('name = "j"', 'name = "x"'), ", line 5, units[0].name: 'x' names both an input and a unit"),
    "input twice": (units('["x"]', '["x", "x"]'), ", line 2, inputs: 'x' is listed twice"),
    "weight and unit's symbol": (
        units('"w"', '"z_o"'),
        ", line 6, units[0].from: 'z_o' already names the net input or output of unit 'o'; choose another name",
    ),
    "weight and error signal": (
        units('"w"', '"delta_j"'),
        ", line 6, units[0].from: 'delta_j' already names the error signal of unit 'j'; choose another name",
    ),
    "weight and update": (units('"v"', '"Delta_w"'), ": 'Delta_w' is kept for the update of 'w'; choose another name"),
    "weight and unit": (units('"w"', '"o"'), ", line 6, units[0].from: 'o' names both a unit and a weight; choose another name"),
    "weight and input": (units('"w"', '"x"'), ", line 6, units[0].from: 'x' names both an input and a weight; choose another name"),
    "weight and target": (
        units('"w"', '"y"'),
        ", line 16, loss.targets: 'y' names both a weight and a target; choose another name",
    ),
    "weight and loss": (units('"w"', '"E"'), ", line 6, units[0].from: 'E' already names the loss; choose another name"),
    "loss and unit's symbol": (
        units("[loss]", '[loss]\nname = "z_o"'),
        ", line 15, loss.name: 'z_o' already names the net input or output of unit 'o'; choose another name",
    ),
    # units
    "misspelt activation": (
        units("sigmoid", "sigmiod"),
        ", line 7, units[0].activation: there is no activation 'sigmiod'; did you mean 'sigmoid'?",
    ),
    "activation of two names": (
        units('"sigmoid"', '"s*w"'),
        ", line 7, units[0].activation: the activation 's*w' must be a formula in s, its net input, alone",
    ),
    "activation cut off": (
        units('"sigmoid"', '"s*"'),
        ", line 7, units[0].activation: the formula ends where a number, a name or '(' is expected (column 3 of 's*')",
    ),
    "no sources": (
        units('from = { x = "w" }\n', ""),
        ", line 4, units[0]: give either sources with weights (from), or a formula; neither was found",
    ),
    "sources and formula": (
        units('bias = "b"', 'formula = "x"'),
        ", line 4, units[0]: give either sources with weights (from), or a formula; both were found",
    ),
    "formula and bias": (
        units('from = { x = "w" }', 'formula = "w*x"'),
        ", line 8, units[0].bias: a formula has no bias; add it in the formula",
    ),
    "formula of a unit's symbol": (
        units('from = { j = "v" }', 'formula = "z_j*2"'),
        ", line 12, units[1].formula: 'z_j' already names the net input or output of unit 'j'; write j for the output",
    ),
    "unknown source": (units("{ j =", "{ jj ="), ", line 12, units[1].from: there is no unit or input 'jj'; did you mean 'j'?"),
    "used before it exists": (
        changed(UNITS, ("{ x =", "{ o ="), ("{ j =", "{ x =")),
        ", line 6, units[0].from: unit 'o' is used before it exists; list it before 'j'",
    ),
    "cycle": (units("{ x =", "{ o ="), ", line 6, units[0].from: the units form a cycle: j -> o -> j; a network must be acyclic"),
    "cycle of one": (units("{ x =", "{ j ="), ", line 6, units[0].from: the units form a cycle: j -> j; a network must be acyclic"),
    # loss, objective, parameters
    "no loss": (NO_LOSS, ', loss: there is no loss; add a [loss] table, or objective = "z_UNIT"'),
    "misspelt loss": (
        units("half_squared", "half_square"),
        ", line 15, loss.function: there is no loss 'half_square_error'; did you mean 'half_squared_error'?",
    ),
    "unknown target": (units("{ o =", "{ oo ="), ", line 16, loss.targets: there is no unit 'oo'; did you mean 'o'?"),
    "no target": (
        units('targets = { o = "y" }\n', ""),
        ', line 14, loss.targets: no unit has a target; write targets = { UNIT = "y" }',
    ),
    "reduction": (
        units("[loss]", '[loss]\nreduction = "max"'),
        ", line 15, loss.reduction: 'max' is no reduction; write 'sum' or 'mean'",
    ),
    "loss by name and formula": (
        units("[loss]", '[loss]\nformula = "z_o"'),
        ", line 14, loss: give either a function with targets, or a formula; both were found",
    ),
    "loss formula without an output": (
        units('function = "half_squared_error"', 'formula = "(o - y)**2"'),
        ", line 15, loss.formula: the formula uses no unit's output; write z_o for the output of 'o'",
    ),
    "loss and objective": (
        'objective = "z_o"\n' + UNITS,
        ", line 1, objective: the loss is the objective; give [loss] or objective, not both",
    ),
    "unknown objective": (
        'objective = "z_p"\n' + NO_LOSS,
        ", line 1, objective: 'z_p' is no definition of the network; did you mean 'z_o'?",
    ),
    "unknown parameter": (
        'parameters = ["ww"]\n' + UNITS,
        ", line 1, parameters: 'ww' is no given symbol of the network; did you mean 'w'?",
    ),
    "parameter twice": ('parameters = ["w", "w"]\n' + UNITS, ", line 1, parameters: 'w' is listed twice"),
    "unknown symbol": (
        UNITS + '[symbols]\nww = "a"\n',
        ", line 26, symbols.ww: 'ww' is no symbol of the network; did you mean 'w'?",
    ),
    # values and samples
    "NaN": (units("x = 0.30", "x = nan"), f", line 19, values.x: 'NaN' is not a finite number; {NUMBER_RULE}"),
    "infinity": (units("w = 2", "w = -inf"), f", line 20, values.w: '-Infinity' is not a finite number; {NUMBER_RULE}"),
    "truth value": (units("w = 2", "w = true"), ", line 20, values.w: expected a number, found true"),
    "word": (units("w = 2", 'w = "two"'), f", line 20, values.w: 'two' is not a number; {NUMBER_RULE}"),
    "date": (units("w = 2", "w = 2020-01-01"), ", line 20, values.w: expected a number, found something of type date"),
    "table": (units("w = 2", "w = { a = 1 }"), ", line 20, values.w: expected a number, found a table"),
    "array for a parameter": (
        units("w = 2", "w = [1, 2]"),
        ", line 20, values.w: 'w' is a parameter and takes one number, not an array of 2",
    ),
    "huge": (units("w = 2", "w = 1e999"), ", line 20, values.w: 1E+999 is outside the range of double precision"),
    "huge whole number": (
        units("w = 2", "w = 1" + "0" * 400),
        ", line 20, values.w: the number is outside the range of double precision",
    ),
    "thousands of digits": (units("w = 2", "w = " + "1" * 5000), ", line 20: a number is outside the range of double precision"),
    "exponent of twenty digits": (
        units("w = 2", "w = 1e" + "9" * 20),
        ", line 20, values.w: 1E+99999 is outside the range of double precision",
    ),
    "too small": (units("w = 2", "w = 1e-350"), ", line 20, values.w: 1E-350 is outside the range of double precision"),
    "unknown value": (units("w = 2", "ww = 2"), ", line 20, values.ww: 'ww' is no symbol of the network; did you mean 'w'?"),
    "value of a definition": (
        units("w = 2", "z_j = 2"),
        ", line 20, values.z_j: 'z_j' is defined by the network and cannot be given; known: b, learning_rate, v, w, x, y",
    ),
    "arrays of two lengths": (
        changed(UNITS, ("x = 0.30", "x = [1, 2]"), ("y = 1", "y = [1, 2, 3]")),
        ", line 18, values: arrays over samples must be of one length (x: 2, y: 3)",
    ),
    "empty array": (units("x = 0.30", "x = []"), ", line 19, values.x: an array must not be empty"),
    "matrix for a number": (
        units("x = 0.30", "x = [[1, 2], [3, 4]]"),
        ", line 19, values.x: each sample of 'x' must be one number, and the value is a vector of 2",
    ),
    "vector in a sample": (
        UNITS + "[[samples]]\nx = [1, 2]\n",
        ", line 26, samples[0].x: 'x' must be one number, and the value is a vector of 2",
    ),
    "arrays and samples": (
        units("x = 0.30", "x = [1, 2]") + "[[samples]]\ny = 1\n",
        ", line 18, values: give either arrays over samples, or [[samples]], not both",
    ),
    "samples of two kinds": (
        UNITS + "[[samples]]\nx = 1\n[[samples]]\ny = 1\n",
        ", line 27, samples[1]: every sample must give the same symbols",
    ),
    "parameter in a sample": (
        UNITS + "[[samples]]\nw = 1\n",
        ", line 26, samples[0].w: 'w' is a parameter, the same for all samples",
    ),
    "unknown symbol in a sample": (
        UNITS + "[[samples]]\nxx = 1\n",
        ", line 26, samples[0].xx: 'xx' is no symbol of the network; did you mean 'x'?",
    ),
    # equations
    "no equation": ('equations = """\n# none\n"""', ", line 1, equations: there are no equations; write lines like f = q*z"),
    "equations as array": ('equations = ["f = x"]', ", line 1, equations: expected text in quotes, found an array"),
    "equations and units": (
        EQUATIONS + '[[units]]\nname = "j"\nfrom = { x = "w" }\n',
        ", line 2, equations: give either units or layers with a loss, or equations, not both",
    ),
    "no sign of equality": (equations("f = q*z", "f"), ", line 5: expected name = formula, found 'f'"),
    "two signs of equality": (
        equations("f = q*z", "f == q"),
        ", line 5: expected a number, a name or '(', found '=' (column 1 of '= q')",
    ),
    "left side": (equations("f = q*z", "2f = q"), f", line 5: '2f' cannot be a name; {NAME_RULE}"),
    "defined twice": (equations("f = q*z", "q = z"), ", line 5: 'q' is defined twice, first in net.toml, line 3"),
    "bracket in a formula": (equations("q*z", "q*(z"), ", line 5: expected ')' before the end (column 5 of 'q*(z')"),
    "unknown function": (
        equations("q*z", "sigmiod(q)"),
        ", line 5: there is no function 'sigmiod'; did you mean 'sigmoid'? (column 1 of 'sigmiod(q)')",
    ),
    "function without argument": (
        equations("q*z", "q*exp"),
        ", line 5, equations.f: 'exp' is a function and cannot name anything else; choose another name",
    ),
    "deep formula": (
        equations("q*z", "(" * 200 + "q" + ")" * 200),
        ", line 5: a formula nested more than 100 deep; give its parts names of their own",
    ),
    "power of powers": (equations("q*z", "q*9**9**9"), ", line 5: an exponent of 3.8742e+08; the limit is 1000"),
    "cycle of equations": (
        equations("x + y", "f + y"),
        ", line 3, equations.q: the equations form a cycle: q -> f -> q; a definition may use earlier ones only",
    ),
    "equation used too early": (
        changed(EQUATIONS, ("q = x + y", "f = q*z"), ("f = q*z  #", "q = x + y  #")),
        ", line 3, equations.f: 'f' uses 'q' before it is defined; a definition may use earlier ones only",
    ),
    "objective that is no equation": (
        equations('objective = "f"', 'objective = "g"'),
        ", line 1, objective: 'g' is not defined by an equation; known: f, q",
    ),
    "nothing to differentiate by": (
        'equations = "f = 3"',
        ", parameters: there is nothing to differentiate by: no weight, no bias, no parameter of a formula",
    ),
    "equations on one line": ('equations = "f = q*(z"', ", equations, line 1: expected ')' before the end (column 5 of 'q*(z')"),
}


def complaint(text: str) -> str:
    """The message with which the text of a file is refused; empty if it is read."""
    try:
        parse(text, "net.toml")
    except InputError as error:
        return str(error)
    return ""


def test_the_files_that_the_cases_change_are_good() -> None:
    assert complaint(UNITS) == complaint(EQUATIONS) == complaint(DOCUMENT) == ""


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_file_gets_one_clear_line(case: str) -> None:
    text, expected = CASES[case]
    assert complaint(text) == f"net.toml{expected}"


def test_a_line_is_found_in_spite_of_texts_and_comments_that_look_like_tables() -> None:
    text = '# [[units]]\ntitle = """\n[[units]]\nname = "a"\n"""\n' + UNITS.removeprefix('title = "t"\n')
    assert complaint(changed(text, ("sigmoid", "sigmiod"))).startswith("net.toml, line 11, units[0].activation: ")


def test_inside_an_inline_table_the_line_around_is_given() -> None:
    text = 'inputs = ["x"]\nunits = [{ name = "j", from = { x = "w" }, activation = "tahn" }]\nobjective = "z_j"\n'
    assert complaint(text) == "net.toml, line 2, units[0].activation: there is no activation 'tahn'; did you mean 'tanh'?"


# The same from Python.

PYTHON_CASES: dict[str, tuple[Any, str]] = {
    "activation": (
        lambda: Unit("j", {"x": "w"}, "sigmiod"),
        "unit 'j'.activation: there is no activation 'sigmiod'; did you mean 'sigmoid'?",
    ),
    "name": (lambda: Unit(3, {"x": "w"}), "unit 3.name: expected a name in quotes, found 3"),
    "sources": (lambda: Unit("j", "x"), "unit 'j'.from: expected { SOURCE = \"WEIGHT\" }, found 'x'"),
    "pairs": (lambda: Unit("j", ["xw"]), "unit 'j'.from: expected { SOURCE = \"WEIGHT\" }, found 'xw'"),
    "activation of no use": (
        lambda: Unit("j", {"x": "w"}, None),
        "unit 'j'.activation: expected the name of an activation or a formula, found nothing",
    ),
    "loss": (lambda: Loss(3, {"o": "y"}), "loss.function: expected the name of a loss, found 3"),
    "inputs": (lambda: Network(inputs="x"), "inputs: expected a list of names, found 'x'"),
    "units": (lambda: Network(units=["j"]), "units[0]: expected a Unit, found 'j'"),
    "loss record": (lambda: Network(loss="squared_error"), "loss: expected a Loss, found 'squared_error'"),
    "equations": (
        lambda: Network(equations="f = x"),
        "equations: expected a mapping from names to formulas, found 'f = x'; for text use Network.from_equations",
    ),
    "values": (
        lambda: Network(equations={"f": "x"}, values=[1]),
        "values: expected a mapping from names to numbers, found an array",
    ),
    "NaN": (
        lambda: Network(equations={"f": "x"}, values={"x": float("nan")}),
        f"values.x: 'nan' is not a finite number; {NUMBER_RULE}",
    ),
    "truth value": (lambda: Network(equations={"f": "x"}, values={"x": True}), "values.x: expected a number, found true"),
    "object": (
        lambda: Network(equations={"f": "x"}, values={"x": object()}),
        "values.x: expected a number, found something of type object",
    ),
    "objective": (lambda: Network(equations={"f": "x"}, objective=3), "objective: expected text in quotes, found 3"),
    "text of equations": (
        lambda: Network.from_equations("q = x +\nf = q"),
        "equations, line 1: the formula ends where a number, a name or '(' is expected (column 4 of 'x +')",
    ),
    "signal sign": (lambda: Network(equations={"f": "x"}, signal_sign=2), "signal_sign: expected 1 or -1, found 2"),
    "reduction": (
        lambda: Network(equations={"f": "x"}, reduction="max"),
        "reduction: 'max' is no reduction; write 'sum' or 'mean'",
    ),
}


def assert_refused(build: Callable[[], Any], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        build()
    assert str(caught.value) == expected


@pytest.mark.parametrize("case", PYTHON_CASES)
def test_wrong_arguments_get_one_clear_line(case: str) -> None:
    assert_refused(*PYTHON_CASES[case])


# No text and no bytes give anything but an InputError.

SHIPPED = [path.read_text("utf-8") for path in sorted((Path(symbackprop.__file__).parent / "examples").glob("*.toml"))]
FILES = {"units": UNITS, "equations": EQUATIONS} | {f"shipped {index}": text for index, text in enumerate(SHIPPED)}
PIECES = [
    "[[units]]",
    "[loss]",
    "[",
    "]",
    "{",
    "}",
    '"',
    '"""',
    "=",
    "nan",
    "-1",
    "1e400",
    "x",
    "w_j",
    "true",
    "\n",
    "#",
    "\\",
    "é",
    "\x00",
    "[]",
]


def mutated(text: str, seed: int) -> str:
    """``text`` with a few characters, words or lines deleted, doubled, exchanged or put in."""
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 4)):
        lines = text.split("\n")
        first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
        position = chance.randrange(len(text) + 1)
        match chance.randrange(6):
            case 0:
                text = text[:position] + text[position + chance.randint(1, 5) :]
            case 1:
                text = text[:position] + chance.choice(PIECES) + text[position:]
            case 2:
                lines[first], lines[second] = lines[second], lines[first]
                text = "\n".join(lines)
            case 3:
                text = "\n".join(lines[:first] + lines[first + 1 :])
            case 4:
                text = "\n".join([*lines[:first], lines[second], *lines[first:]])
            case 5:
                words = text.split(" ")
                words[chance.randrange(len(words))] = chance.choice([*PIECES, *words])
                text = " ".join(words)
    return text


def assert_one_line(message: str, place: str) -> None:
    assert not message or (message.startswith(place) and len(message.splitlines()) == 1 and len(message) < 1000)


@given(st.sampled_from(sorted(FILES)), st.integers(min_value=0))
@settings(max_examples=400)
def test_a_mutated_file_is_read_or_refused_in_one_line(file: str, seed: int) -> None:
    assert_one_line(complaint(mutated(FILES[file], seed)), "net.toml")


def test_mutations_do_both_break_files_and_leave_some_whole() -> None:
    refused = [bool(complaint(mutated(UNITS, seed))) for seed in range(200)]
    assert 20 < sum(refused) < 200


@given(st.text(max_size=200))
def test_any_text_is_refused_in_one_line(text: str) -> None:
    assert_one_line(complaint(text), "net.toml")
    assert_one_line(complaint(f'equations = """\n{text}\n"""'), "net.toml")


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_one_line(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.toml"
        path.write_bytes(content)
        with pytest.raises(InputError) as caught:
            symbackprop.load(path)
    assert_one_line(str(caught.value), str(path))
