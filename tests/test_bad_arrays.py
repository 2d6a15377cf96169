"""Wrong layers and array equations get one line that says what, where and how to mend it; never a traceback.

Each case changes one thing in a good file and gives the whole message that a user should see.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from test_bad_input import UNITS, assert_one_line, assert_refused, changed, complaint, mutated

import symbackprop
from symbackprop import InputError, Loss, Network, Unit
from symbackprop.cli import main
from symbackprop.derivation import derive
from symbackprop.network import Layer
from symbackprop.reading.network_file import parse

LAYERS = """title = "t"
inputs = 2

[[layers]]
units = 3
activation = "sigmoid"
bias = true

[[layers]]
units = 2
activation = "softmax"

[loss]
function = "cross_entropy"
targets = "y"

[values]
x = [0.5, -1.2]
W1 = [[0.3, 0.1], [-0.2, 0.4], [0, 1]]
b1 = [0.0, 0.1, 0.2]
W2 = [[1, 2, 3], [4, 5, 6]]
b2 = [0, 0]
y = [0, 1]
learning_rate = 0.5
"""

ARRAYS = '''objective = "f"
equations = """
h = tanh(W @ x + b)

f = sum(h*u)  # a number
"""
[values]
x = [1, 2]
W = [[1, 2], [3, 4], [5, 6]]
b = [0, 0, 0]
u = [1, 1, 1]
'''


def layers(*changes: tuple[str, str]) -> str:
    return changed(LAYERS, *changes)


def arrays(*changes: tuple[str, str]) -> str:
    return changed(ARRAYS, *changes)


def units(old: str, new: str) -> str:
    return changed(UNITS, (old, new))


CASES: dict[str, tuple[str, str]] = {
    # the input and the layers
    "no inputs": (layers(("inputs = 2\n", "")), ", inputs: layers need the length of their input vector; write inputs = 2, say"),
    "inputs by name": (
        layers(("inputs = 2\n", 'inputs = ["x"]\n')),
        ", line 2, inputs: expected a whole number, or a name for one that is not given, found an array",
    ),
    "no input": (layers(("inputs = 2\n", "inputs = 0\n")), ", line 2, inputs: expected a number from 1 to 1000000, found 0"),
    "half an input": (
        layers(("inputs = 2\n", "inputs = 2.5\n")),
        ", line 2, inputs: expected a whole number, or a name for one that is not given, found 2.5",
    ),
    "length that is no name": (
        layers(("inputs = 2\n", 'inputs = "2x"\n')),
        ", line 2, inputs: '2x' cannot be a name; use letters, digits and _ (not first a digit), at most 100 characters",
    ),
    "millions of inputs": (
        layers(("inputs = 2\n", "inputs = 10000000\n")),
        ", line 2, inputs: expected a number from 1 to 1000000, found 10000000",
    ),
    "length without a number, and a value": (
        layers(("inputs = 2\n", 'inputs = "n"\n')),
        ", line 18, values.x: 'x' has a value, so its length 'n' must be given as a number",
    ),
    "units without a number, and a value": (
        layers(("units = 3\n", 'units = "three"\n')),
        ", line 19, values.W1: 'W1' has a value, so its length 'three' must be given as a number",
    ),
    "length named like a symbol": (
        layers(("inputs = 2\n", 'inputs = "W1"\n')),
        ", line 2, inputs: 'W1' names both a length and a symbol; choose another name",
    ),
    "number of inputs with units": (units('["x"]', "1"), ", line 2, inputs: expected an array, found 1"),
    "no units": (layers(("units = 3\n", "")), ", line 4, layers[0]: the key 'units' is missing"),
    "0 units": (layers(("units = 3\n", "units = 0\n")), ", line 5, layers[0].units: expected a number from 1 to 1000000, found 0"),
    "units without end": (
        layers(("units = 3\n", "units = 99999999999999999999999999999999999999999\n")),
        ", line 5, layers[0].units: expected a number from 1 to 1000000, found a very large whole number",
    ),
    "array of units": (
        layers(("units = 3\n", "units = [3]\n")),
        ", line 5, layers[0].units: expected a whole number, or a name for one that is not given, found an array",
    ),
    "units in quotes": (
        layers(("units = 3\n", 'units = "3"\n')),
        ", line 5, layers[0].units: expected a number without quotes, found '3'",
    ),
    "misspelt activation": (
        layers(('"sigmoid"', '"sigmiod"')),
        ", line 6, layers[0].activation: there is no activation 'sigmiod'; did you mean 'sigmoid'?",
    ),
    "softmax in a formula": (
        layers(('"sigmoid"', '"2*softmax(s)"')),
        ", line 6, layers[0].activation: an activation is a formula of scalars and cannot have 'softmax(s)'",
    ),
    "sum in an activation": (
        layers(('"sigmoid"', '"sum(s)"')),
        ", line 6, layers[0].activation: an activation is a formula of scalars and cannot have 'sum(s)'",
    ),
    "activation as number": (layers(('"sigmoid"', "3")), ", line 6, layers[0].activation: expected text in quotes, found 3"),
    "unknown bias": (
        layers(("bias = true", 'bias = "yes"')),
        ", line 7, layers[0].bias: 'yes' is no kind of bias; write true, false or 'shared'",
    ),
    "bias as number": (
        layers(("bias = true", "bias = 0.1")),
        ", line 7, layers[0].bias: 0.1 is no kind of bias; write true, false or 'shared'",
    ),
    "unknown key of a layer": (
        layers(("bias = true", "baias = true")),
        ", line 7, layers[0].baias: unknown key 'baias'; did you mean 'bias'?",
    ),
    "source of a layer": (
        layers(("bias = true", 'from = { x = "w" }')),
        ", line 7, layers[0].from: unknown key 'from'; known: activation, bias, units",
    ),
    "one bracket": (
        "inputs=2\n[layers]\nunits=2\n",
        ", line 2, layers: expected an array of tables; write [[layers]] with two brackets",
    ),
    "no layers": (
        "inputs=2\nlayers=[]\n",
        ", line 1, inputs: expected a list of names, found 2; a number of inputs goes with [[layers]]",
    ),
    "layers as numbers": ("inputs=2\nlayers=[3, 2]\n", ", line 2, layers[0]: expected a table, found 3"),
    "unknown layout": ('layout = "rows"\n' + LAYERS, ", line 1, layout: 'rows' is no layout; write 'column' or 'row'"),
    "layout as number": ("layout = 3\n" + LAYERS, ", line 1, layout: expected text in quotes, found 3"),
    "unknown layout of units": ('layout = "rw"\n' + UNITS, ", line 1, layout: 'rw' is no layout; write 'column' or 'row'"),
    "units and layers": (
        LAYERS + '[[units]]\nname = "j"\nfrom = { x = "w" }\n',
        ", line 4, layers: give either units or layers, not both",
    ),
    "layers and units": (UNITS + "[[layers]]\nunits=2\n", ", line 25, layers: give either units or layers, not both"),
    "layers and equations": (
        'equations = "f = x"\n' + LAYERS,
        ", line 1, equations: give either units or layers with a loss, or equations, not both",
    ),
    "layers over time": (
        "steps = 3\n" + LAYERS,
        ", line 1, steps: layers have no recurrence; write the recurrent network as units or equations",
    ),
    "shapes of layers": (
        LAYERS + "[shapes]\nW1 = [2, 3]\n",
        ", line 26, shapes.W1: 'W1' is 3 × 2 (from layers[0], units × inputs), not 2 × 3",
    ),
    # loss, targets, penalties, parameters
    "no loss": (
        layers(('[loss]\nfunction = "cross_entropy"\ntargets = "y"\n', "")),
        ", loss: there is no loss; add a [loss] table",
    ),
    "vector as objective": (
        'objective = "z2"\n' + layers(('[loss]\nfunction = "cross_entropy"\ntargets = "y"\n', ""), ("y = [0, 1]\n", "")),
        ", line 1, objective: the objective 'z2' must be a number, and is a vector of 2; give [loss] a formula = \"sum(z2)\"",
    ),
    "objective of no layer": (
        'objective = "z3"\n' + layers(('[loss]\nfunction = "cross_entropy"\ntargets = "y"\n', ""), ("y = [0, 1]\n", "")),
        ", line 1, objective: 'z3' is no definition of the network; known: s1, s2, z1, z2",
    ),
    "targets of units": (
        layers(('targets = "y"', 'targets = { o = "y" }')),
        ', line 15, loss.targets: a loss over layers has one target vector; write targets = "y"',
    ),
    "array of targets": (layers(('targets = "y"', 'targets = ["y"]')), ", line 15, loss.targets: expected a table, found an array"),
    "target that is a weight": (
        layers(('targets = "y"', 'targets = "W1"')),
        ", line 15, loss.targets: 'W1' names both a weight and a target; choose another name",
    ),
    "target that is an output": (
        layers(('targets = "y"', 'targets = "z2"')),
        ", line 15, loss.targets: 'z2' already names the net input or output of layer 2; choose another name",
    ),
    "target that is an error signal": (
        layers(('targets = "y"', 'targets = "delta_1"')),
        ", line 15, loss.targets: 'delta_1' already names the error signal of layer 1; choose another name",
    ),
    "target of layers for units": (
        units('targets = { o = "y" }', 'targets = "y"'),
        ", line 16, loss.targets: a name alone is the target of layers; write targets = { o = 'y' }",
    ),
    "target that is too short": (
        layers(("units = 2", "units = 4"), ('targets = "y"', 'targets = "x"')),
        ", line 15, loss.targets: the target must be as long as the output; 'x' has the length 2, and the last layer 4 units",
    ),
    "loss that is a vector": (
        layers(('function = "cross_entropy"\n', 'formula = "(z2 - y)**2"\n')),
        ", line 14, loss.formula: the loss must be a number, and the formula gives a vector of 2; sum(…) adds up",
    ),
    "loss of a unit": (
        layers(('function = "cross_entropy"\n', 'formula = "sum((z_2 - y)**2)"\n')),
        ", line 14, loss.formula: the formula uses no layer's output; write z2 for the output of the last layer",
    ),
    "loss of another layer": (
        layers(('function = "cross_entropy"\n', 'formula = "sum((z1 - y)**2)"\n')),
        ", line 14, loss.formula: the shapes do not fit in z1 - y; z1 is a vector of 3 from layers[0], y is "
        "a vector of 2 from layers[1], units",
    ),
    "product of two layers": (
        layers(('function = "cross_entropy"\n', 'formula = "z2 @ z1"\n')),
        ", line 14, loss.formula: 2 and 3 must be equal in z2 @ z1; z2 is a vector of 2 from layers[1], z1 "
        "is a vector of 3 from layers[0]",
    ),
    "output that there is not": (
        layers(('function = "cross_entropy"\n', 'formula = "z2[2]"\n')),
        ", line 14, loss.formula: [2] is out of range, the indices are 0 to 1; z2 is a vector of 2 from layers[1]",
    ),
    "undeclared target of another length": (
        layers(('function = "cross_entropy"\ntargets = "y"\n', 'formula = "sum((z2 - t)**2)"\n'), ("y = [0, 1]", "t = [0, 1, 3]")),
        ", line 14, loss.formula: the shapes do not fit in z2 - t; z2 is a vector of 2 from layers[1], t is "
        "a vector of 3 from values.t",
    ),
    "undeclared target over samples": (
        layers(
            ('function = "cross_entropy"\ntargets = "y"\n', 'formula = "sum((z2 - t)**2)"\n'),
            ("y = [0, 1]", "t = [[0, 1],[0, 3]]"),
            ("x = [0.5, -1.2]", "x = [[1, 2], [3, 4]]"),
        ),
        ", line 22, values.t: 't' is 2 × 2, and there are 2 samples; write targets = 't' in [loss], or "
        "declare its shape in [shapes]",
    ),
    "penalty of an unknown parameter": (
        layers(('targets = "y"', 'targets = "y"\nl1 = { W3 = 0.1 }')),
        ", line 16, loss.l1.W3: 'W3' is no parameter of the network; known: W1, W2, b1, b2",
    ),
    "penalty of the input": (
        layers(('targets = "y"', 'targets = "y"\nl2 = { x = 0.1 }')),
        ", line 16, loss.l2.x: 'x' is no parameter of the network; known: W1, W2, b1, b2",
    ),
    "penalty of an output": (
        layers(('targets = "y"', 'targets = "y"\nl2 = { z1 = 0.1 }')),
        ", line 16, loss.l2.z1: 'z1' is no parameter of the network; known: W1, W2, b1, b2",
    ),
    "negative penalty": (
        layers(('targets = "y"', 'targets = "y"\nl2 = { W1 = -0.1 }')),
        ", line 16, loss.l2.W1: the weight of a penalty must not be negative",
    ),
    "penalty without a weight": (
        layers(('targets = "y"', 'targets = "y"\nl2 = "W1"')),
        ", line 16, loss.l2: expected a table, found 'W1'",
    ),
    "penalty as word": (
        layers(('targets = "y"', 'targets = "y"\nl2 = { W1 = "a" }')),
        ", line 16, loss.l2.W1: 'a' is not a number; write a decimal like 0.25 or a fraction like 1/3",
    ),
    "penalty as array": (
        layers(('targets = "y"', 'targets = "y"\nl2 = { W1 = [0.1] }')),
        ", line 16, loss.l2.W1: expected a number, found an array",
    ),
    "penalty of an unknown weight": (
        units('targets = { o = "y" }', 'targets = { o = "y" }\nl2 = { ww = 0.1 }'),
        ", line 17, loss.l2.ww: 'ww' is no parameter of the network; did you mean 'w'?",
    ),
    "penalty of an input of units": (
        units('targets = { o = "y" }', 'targets = { o = "y" }\nl2 = { x = 0.1 }'),
        ", line 17, loss.l2.x: 'x' is no parameter of the network; known: b, v, w",
    ),
    "unknown frozen": (
        'frozen = ["W3"]\n' + LAYERS,
        ", line 1, frozen: 'W3' is no parameter of the network; known: W1, W2, b1, b2",
    ),
    "frozen input": ('frozen = ["x"]\n' + LAYERS, ", line 1, frozen: 'x' is no parameter of the network; known: W1, W2, b1, b2"),
    "everything frozen": (
        'frozen = ["W1", "b1", "W2", "b2"]\n' + LAYERS,
        ", line 1, frozen: every parameter is frozen; there is nothing left to differentiate by",
    ),
    "frozen entry": (
        'frozen = ["W1[0][0]"]\n' + LAYERS,
        ", line 1, frozen: 'W1[0][0]' is no parameter of the network; known: W1, W2, b1, b2",
    ),
    "frozen as text": ('frozen = "W1"\n' + LAYERS, ", line 1, frozen: expected an array, found 'W1'"),
    "frozen twice": ('frozen = ["W1", "W1"]\n' + LAYERS, ", line 1, frozen: 'W1' is listed twice"),
    "unknown parameter": (
        'parameters = ["W3"]\n' + LAYERS,
        ", line 1, parameters: 'W3' is no given symbol of the network; known: W1, W2, b1, b2, x, y",
    ),
    "entry as parameter": (
        'parameters = ["W1[0][0]"]\n' + LAYERS,
        ", line 1, parameters: 'W1[0][0]' is no given symbol of the network; known: W1, W2, b1, b2, x, y",
    ),
    "unknown symbol": (
        LAYERS + '[symbols]\nW3="a"\n',
        ", line 26, symbols.W3: 'W3' is no symbol of the network; known: Delta_W1, Delta_W2, Delta_b1, "
        "Delta_b2, E, W1, W2, b1, b2, delta_1, delta_2, learning_rate, s1, s2, x, y, z1, z2",
    ),
    # values
    "transposed weights": (
        layers(("W1 = [[0.3, 0.1], [-0.2, 0.4], [0, 1]]", "W1 = [[0.3, 0.1, 1], [-0.2, 0.4, 1]]")),
        ", line 19, values.W1: 'W1' must be 3 × 2 (from layers[0], units × inputs), and the value is 2 × 3; transpose it",
    ),
    "vector of weights": (
        layers(("W1 = [[0.3, 0.1], [-0.2, 0.4], [0, 1]]", "W1 = [1, 2]")),
        ", line 19, values.W1: 'W1' must be 3 × 2 (from layers[0], units × inputs), and the value is a vector of 2",
    ),
    "number for weights": (
        layers(("W1 = [[0.3, 0.1], [-0.2, 0.4], [0, 1]]", "W1 = 3")),
        ", line 19, values.W1: 'W1' must be 3 × 2 (from layers[0], units × inputs), and the value is a scalar",
    ),
    "weights over samples": (
        layers(("W1 = [[0.3, 0.1], [-0.2, 0.4], [0, 1]]", "W1 = [[[0.3, 0.1], [-0.2, 0.4], [0, 1]]]")),
        ", line 19, values.W1: 'W1' is a parameter and takes 3 × 2, not 1 × 3 × 2",
    ),
    "ragged": (
        layers(("W1 = [[0.3, 0.1], [-0.2, 0.4], [0, 1]]", "W1 = [[0.3, 0.1], [-0.2], [0, 1]]")),
        ", line 19, values.W1: the rows of an array must be of one length, found lengths from 1 to 2",
    ),
    "number among rows": (
        layers(("W1 = [[0.3, 0.1], [-0.2, 0.4], [0, 1]]", "W1 = [[0.3, 0.1], 3, [0, 1]]")),
        ", line 19, values.W1: the rows of an array must be of one length, found numbers and arrays",
    ),
    "rows after a number": (
        layers(("W1 = [[0.3, 0.1], [-0.2, 0.4], [0, 1]]", "W1 = [3, [0.3, 0.1], [0, 1]]")),
        ", line 19, values.W1: the rows of an array must be of one length, found numbers and arrays",
    ),
    "empty": (layers(("W1 = [[0.3, 0.1], [-0.2, 0.4], [0, 1]]", "W1 = []")), ", line 19, values.W1: an array must not be empty"),
    "empty rows": (
        layers(("W1 = [[0.3, 0.1], [-0.2, 0.4], [0, 1]]", "W1 = [[], []]")),
        ", line 19, values.W1: an array must not be empty",
    ),
    "word in an array": (
        layers(("W1 = [[0.3, 0.1], [-0.2, 0.4], [0, 1]]", 'W1 = [["a", 0.1], [-0.2, 0.4], [0, 1]]')),
        ", line 19, values.W1: 'a' is not a number; write a decimal like 0.25 or a fraction like 1/3",
    ),
    "NaN in an array": (
        layers(("W1 = [[0.3, 0.1], [-0.2, 0.4], [0, 1]]", "W1 = [[0.2, nan], [-0.2, 0.4], [0, 1]]")),
        ", line 19, values.W1: 'NaN' is not a finite number; write a decimal like 0.25 or a fraction like 1/3",
    ),
    "truth value in an array": (
        layers(("W1 = [[0.3, 0.1], [-0.2, 0.4], [0, 1]]", "W1 = [[0.2, true], [-0.2, 0.4], [0, 1]]")),
        ", line 19, values.W1: expected a number, found true",
    ),
    "table for an array": (
        layers(("W1 = [[0.3, 0.1], [-0.2, 0.4], [0, 1]]", "W1 = { a = 1 }")),
        ", line 19, values.W1: expected a number, found a table",
    ),
    "bias of another length": (
        layers(("b1 = [0.0, 0.1, 0.2]", "b1 = [0, 0]")),
        ", line 20, values.b1: 'b1' must be a vector of 3 (from layers[0], units), and the value is a vector of 2",
    ),
    "number for a bias": (
        layers(("b1 = [0.0, 0.1, 0.2]", "b1 = 0")),
        ", line 20, values.b1: 'b1' must be a vector of 3 (from layers[0], units), and the value is a scalar",
    ),
    "array for a shared bias": (
        layers(("bias = true", 'bias = "shared"')),
        ", line 20, values.b1: 'b1' is a parameter and takes one number, not an array of 3",
    ),
    "value of a bias that there is not": (
        layers(("bias = true", "bias = false")),
        ", line 20, values.b1: 'b1' is no symbol of the network; known: W1, W2, b2, learning_rate, x, y",
    ),
    "input of another length": (
        layers(("x = [0.5, -1.2]", "x = [1, 2, 3]")),
        ", line 18, values.x: 'x' must be a vector of 2 (from inputs), and the value is a vector of 3",
    ),
    "samples of another length": (
        layers(("x = [0.5, -1.2]", "x = [[1, 2, 3], [1, 2, 3]]")),
        ", line 18, values.x: each sample of 'x' must be a vector of 2 (from inputs), and the value is a vector of 3",
    ),
    "samples of samples": (
        layers(("x = [0.5, -1.2]", "x = [[[1, 2]]]")),
        ", line 18, values.x: 'x' must be a vector of 2 (from inputs), and the value is 1 × 1 × 2",
    ),
    "more inputs than targets": (
        layers(("x = [0.5, -1.2]", "x = [[1, 2], [3, 4]]"), ("y = [0, 1]", "y = [[0, 1]]")),
        ", line 17, values: arrays over samples must be of one length (x: 2, y: 1)",
    ),
    "targets of one output in a row": (
        layers(
            ('units = 2\nactivation = "softmax"', 'units = 1\nactivation = "sigmoid"'),
            ("x = [0.5, -1.2]", "x = [[1, 2], [3, 4]]"),
            ("W2 = [[1, 2, 3], [4, 5, 6]]\nb2 = [0, 0]", "W2=[[1,2,3]]\nb2=[0]"),
        ),
        ", line 23, values.y: 'y' must be a vector of 1 (from layers[1], units), and the value is a vector "
        "of 2; of several samples it is an array of arrays, [[0], [1]]",
    ),
    "target of another length": (
        layers(("y = [0, 1]", "y = [0, 1, 0]")),
        ", line 23, values.y: 'y' must be a vector of 2 (from layers[1], units), and the value is a vector of 3",
    ),
    "shares of more than 1": (
        layers(("y = [0, 1]", "y = [1, 1]")),
        ", line 23, values.y: the targets of softmax with cross_entropy must add up to 1, and add up to 2",
    ),
    "shares of nearly 1": (
        layers(("y = [0, 1]", "y = [0.3333333333, 0.6666666666]")),
        ", line 23, values.y: the targets of softmax with cross_entropy must add up to 1, and add up to 1 - "
        '1e-10; write a third as "1/3"',
    ),
    "share above 1": (
        layers(("y = [0, 1]", "y = [2, -1]")),
        ", line 23, values.y: a target of cross_entropy is a probability from 0 to 1, found 2",
    ),
    "shares of a sample": (
        layers(("x = [0.5, -1.2]", "x = [[1, 2], [3, 4]]"), ("y = [0, 1]", "y = [[0, 1],[1,1]]")),
        ", line 23, samples[1].y: the targets of softmax with cross_entropy must add up to 1, and add up to 2",
    ),
    "shares of units": (
        'inputs=["x"]\n[[units]]\nname="a"\nfrom={x="w1"}\nactivation="softmax"\n[[units]]\nname="b"\nfrom={x="w3"}\nactivation="softmax"\n[loss]\nfunction="cross_entropy"\ntargets={a="y1",b="y2"}\n[values]\ny1=0.5\ny2=0.6\n',
        ", line 14, values.y1: the targets of softmax with cross_entropy must add up to 1, and add up to 1.1",
    ),
    "sample of another length": (
        LAYERS + "[[samples]]\nx = [1, 2]\ny=[0,1]\n[[samples]]\nx=[1]\ny=[1,0]\n",
        ", line 29, samples[1].x: 'x' must be a vector of 2 (from inputs), and the value is a vector of 1",
    ),
    "number for a sample": (
        LAYERS + "[[samples]]\nx = 1\n",
        ", line 26, samples[0].x: 'x' must be a vector of 2 (from inputs), and the value is a scalar",
    ),
    "weights in a sample": (
        LAYERS + "[[samples]]\nW1 = [[1,2]]\n",
        ", line 26, samples[0].W1: 'W1' is a parameter, the same for all samples",
    ),
    "weights of no layer": (
        layers(("W2 =", "W3 =")),
        ", line 21, values.W3: 'W3' is no symbol of the network; known: W1, W2, b1, b2, learning_rate, x, y",
    ),
    "value of an output": (
        layers(("W2 = [[1, 2, 3], [4, 5, 6]]", "z1 = [1, 2, 3]")),
        ", line 21, values.z1: 'z1' is defined by the network and cannot be given; known: W1, W2, b1, b2, learning_rate, x, y",
    ),
    # array equations
    "product that does not fit": (
        arrays(("W @ x", "x @ W")),
        ", line 3, equations.h: 2 and 3 must be equal in x @ W; x is a vector of 2 from values.x, W is 3 × 2 from values.W",
    ),
    "product with a value of another length": (
        arrays(("x = [1, 2]", "x = [1, 2, 3]")),
        ", line 3, equations.h: 2 and 3 must be equal in W @ x; W is 3 × 2 from values.W, x is a vector of 3 from values.x",
    ),
    "sum that does not fit": (
        arrays(("b = [0, 0, 0]", "b = [0, 0]")),
        ", line 3, equations.h: the shapes do not fit in W @ x + b; W @ x is a vector of 3 (W is 3 × 2 from "
        "values.W, x is a vector of 2 from values.x), b is a vector of 2 from values.b",
    ),
    "objective that is a vector": (
        arrays(("sum(h*u)", "h*u")),
        ", line 5, equations.f: the objective 'f' must be a number, and is a vector of 3; sum(…) adds up",
    ),
    "product with a number": (
        arrays(("x = [1, 2]", "x = 3")),
        ", line 3, equations.h: @ multiplies vectors and matrices; W is 3 × 2 from values.W, x is a scalar "
        "from values.x; write * for a scalar",
    ),
    "product of numbers": (
        'equations = "f = a @ b"\n[values]\na = 1\nb = 2\n',
        ", line 1, equations.f: @ multiplies vectors and matrices; a is a scalar from values.a, b is a "
        "scalar from values.b; write * for a scalar",
    ),
    "product of symbols without a shape": (
        'equations = "f = a @ b"\n',
        ", line 1, equations.f: @ multiplies vectors and matrices; a is a scalar (no value, no entry in "
        "[shapes]), b is a scalar (no value, no entry in [shapes]); write * for a scalar",
    ),
    "element out of range": (
        arrays(("sum(h*u)", "sum(u) + h[3]")),
        ", line 5, equations.f: [3] is out of range, the indices are 0 to 2; h is a vector of 3 from equations.h",
    ),
    "element out of range from the end": (
        arrays(("sum(h*u)", "sum(u) + h[-4]")),
        ", line 5, equations.f: [-4] is out of range, the indices are 0 to 2; h is a vector of 3 from equations.h",
    ),
    "too many indices": (
        arrays(("sum(h*u)", "sum(u) + h[0][0]")),
        ", line 5, equations.f: there is no element [0][0]; h is a vector of 3 from equations.h",
    ),
    "element of a number": (
        'equations = "f = a[0]"\n[values]\na = 1\n',
        ", line 1, equations.f: there is no element [0]; a is a scalar from values.a",
    ),
    "index of time": (
        arrays(("sum(h*u)", "sum(h[t-1]*u)")),
        ", steps: 'h[t-1]' is read over time, so the network needs a number of steps; give steps = T",
    ),
    "outer product of a matrix": (
        arrays(("sum(h*u)", "sum(outer(W, u))")),
        ", line 5, equations.f: outer takes two vectors; W is 3 × 2 from values.W, u is a vector of 3 from values.u",
    ),
    "softmax of a number": (
        'equations = "f = softmax(a)"\n[values]\na = 1\n',
        ", line 1, equations.f: softmax takes a vector or a matrix; a is a scalar from values.a",
    ),
    "softmax of two": (
        arrays(("sum(h*u)", "softmax(h, u)")),
        ", line 5: softmax takes 1 argument(s), not 2 (column 1 of 'softmax(h, u)')",
    ),
    "axis that is none": (arrays(("sum(h*u)", "sum(h, 2)")), ", line 5: the axis of sum must be 0 or 1 (column 1 of 'sum(h, 2)')"),
    "axis that is a name": (
        arrays(("sum(h*u)", "sum(h, u)")),
        ", line 5: the axis of sum must be 0 or 1 (column 1 of 'sum(h, u)')",
    ),
    "axis of a vector": (
        arrays(("sum(h*u)", "sum(u) + sum(h, 1)")),
        ", line 5, equations.f: there is no axis 1; h is a vector of 3 from equations.h",
    ),
    "mean of nothing": (
        arrays(("sum(h*u)", "mean()")),
        ", line 5: expected a number, a name or '(', found ')' (column 6 of 'mean()')",
    ),
    "ragged value": (
        arrays(("W = [[1, 2], [3, 4], [5, 6]]", "W = [[1, 2], [3], [5, 6]]")),
        ", line 9, values.W: the rows of an array must be of one length, found lengths from 1 to 2",
    ),
    "empty value": (arrays(("b = [0, 0, 0]", "b = []")), ", line 10, values.b: an array must not be empty"),
    "three axes": (
        arrays(("W = [[1, 2], [3, 4], [5, 6]]", "W = [[[1, 2], [3, 4], [5, 6]]]")),
        ", line 9, values.W: 'W' is an array of 3 axes; vectors and matrices have at most 2",
    ),
    "fifty axes": (
        arrays(("b = [0, 0, 0]", "b = " + "[" * 50 + "1" + "]" * 50)),
        ", line 10, values.b: 'b' is an array of 50 axes; vectors and matrices have at most 2",
    ),
    "axes without end": (
        arrays(("b = [0, 0, 0]", "b = " + "[" * 5000 + "1" + "]" * 5000)),
        ": arrays or tables are nested too deep",
    ),
    "shape of an unknown symbol": (
        ARRAYS + "[shapes]\nV = [3]\n",
        ", line 13, shapes.V: 'V' is no given symbol of the network; known: W, b, u, x",
    ),
    "shape of a definition": (
        ARRAYS + "[shapes]\nh = [3]\n",
        ", line 13, shapes.h: 'h' is no given symbol of the network; known: W, b, u, x",
    ),
    "value of another shape": (
        ARRAYS + "[shapes]\nW = [2, 2]\n",
        ", line 9, values.W: 'W' must be 2 × 2 (from shapes.W), and the value is 3 × 2",
    ),
    "value of unknown length": (
        ARRAYS + '[shapes]\nW = ["m", 2]\n',
        ", line 9, values.W: 'W' has a value, so its length 'm' must be given as a number",
    ),
    "shape of three axes": (
        ARRAYS + "[shapes]\nW = [2, 2, 2]\n",
        ", line 13, shapes.W: an array of 3 axes; vectors and matrices have at most 2",
    ),
    "length 0": (ARRAYS + "[shapes]\nx = [0]\n", ", line 13, shapes.x: expected a number from 1 to 1000000, found 0"),
    "length that is no name of equations": (
        ARRAYS + '[shapes]\nx = "2 2"\n',
        ", line 13, shapes.x: '2 2' cannot be a name; use letters, digits and _ (not first a digit), at most 100 characters",
    ),
    "nested shape": (
        ARRAYS + "[shapes]\nx = [[2]]\n",
        ", line 13, shapes.x: expected a whole number, or a name for one that is not given, found an array",
    ),
    "huge length": (
        ARRAYS + "[shapes]\nx = [100000000000]\n",
        ", line 13, shapes.x: expected a number from 1 to 1000000, found 100000000000",
    ),
    "shapes as number": ("shapes = 3\n" + ARRAYS, ", line 1, shapes: expected a table, found 3"),
    "shapes of units": (UNITS + "[shapes]\nx = [3]\n", ", line 25, shapes: the symbols of units are numbers and have no shapes"),
    "length named like a symbol of equations": (
        ARRAYS + '[shapes]\nx = ["W"]\n',
        ", line 13, shapes.x: 'W' names both a length and a symbol; choose another name",
    ),
    "unknown lengths that differ": (
        'equations = "f = sum(W @ x)"\n[shapes]\nW = ["m","n"]\nx = ["m"]\n',
        ", line 1, equations.f: n and m must be equal in W @ x; W is m × n from shapes.W, x is a vector of m from shapes.x",
    ),
    "unknown length and number": (
        'equations = "f = sum(x + y)"\n[shapes]\nx = ["m"]\n[values]\ny = [1,2]\n',
        ", line 1, equations.f: the shapes do not fit in x + y; x is a vector of m from shapes.x, y is a vector of 2 from values.y",
    ),
    "parameter over samples": (
        'equations = "f = sum(x*w)"\nparameters=["w"]\n[shapes]\nx = [2]\nw=[2]\n[values]\nw=[[1,2],[3,4]]\nx=[1,2]\n',
        ", line 7, values.w: 'w' is a parameter and takes a vector of 2, not 2 × 2",
    ),
    "matrix without a shape": (
        'equations = "f = x*w"\nparameters=["w"]\n[values]\nx=[[1,2],[3,4]]\nw=3\n',
        ", line 4, values.x: each sample of 'x' must be one number, and the value is a vector of 2; of "
        "equations declare its shape in [shapes]",
    ),
    "parameter in a sample": (
        arrays(("x = [1, 2]\n", "")) + "[[samples]]\nx=[1,2]\n[[samples]]\nx=[1,2,3]\n",
        ", line 12, samples[0].x: 'x' is a parameter, the same for all samples; write inputs = ['x'] if it is data",
    ),
    "samples of two lengths": (
        'inputs = ["x"]\n' + arrays(("x = [1, 2]\n", "")) + "[[samples]]\nx=[1,2]\n[[samples]]\nx=[1,2,3]\n",
        ", line 15, samples[1].x: 'x' must be a vector of 2 (from samples[0].x), and the value is a vector of 3",
    ),
    "samples of two kinds": (
        'inputs = ["x"]\n' + arrays(("x = [1, 2]\n", "")) + "[[samples]]\nx=[1,2]\n[[samples]]\nx=1\n",
        ", line 15, samples[1].x: 'x' must be a vector of 2 (from samples[0].x), and the value is a scalar",
    ),
    "sample unlike the value": (
        arrays(('objective = "f"', 'objective = "f"\ninputs = ["x"]')) + "[[samples]]\nx = [1]\n",
        ", line 14, samples[0].x: 'x' must be a vector of 2 (from values.x), and the value is a vector of 1",
    ),
    "value of an entry": (
        arrays(("b = [0, 0, 0]", '"b[0]" = 1')),
        ", line 10, values.b[0]: 'b[0]' is no symbol of the network; known: W, b, learning_rate, u, x",
    ),
    "sum in a unit": (
        units('from = { j = "v" }', 'formula = "sum(j)"'),
        ", line 12, units[1].formula: a unit's net input is a formula of scalars and cannot have 'sum(j)'",
    ),
    "element in a unit": (
        units('from = { j = "v" }', 'formula = "j*v[0]"'),
        ", line 12, units[1].formula: a unit's net input is a formula of scalars and cannot have 'v[0]'",
    ),
    "softmax in a unit": (
        units('from = { j = "v" }', 'formula = "softmax(j)"'),
        ", line 12, units[1].formula: a unit's net input is a formula of scalars and cannot have 'softmax(j)'",
    ),
    "softmax in a unit's activation": (
        units('"sigmoid"', '"softmax(s)*2"'),
        ", line 7, units[0].activation: an activation is a formula of scalars and cannot have 'softmax(s)'",
    ),
    "sum in a loss of units": (
        units('function = "half_squared_error"', 'formula = "sum(z_o)"'),
        ", line 15, loss.formula: the loss of units is a formula of scalars and cannot have 'sum(z_o)'",
    ),
    "reading half a softmax": (
        'inputs=["x"]\nobjective="z_p"\n[[units]]\nname="a"\nfrom={x="w1"}\nactivation="softmax"\n[[units]]\nname="p"\nfrom={a="w2"}\n[[units]]\nname="b"\nfrom={x="w3"}\nactivation="softmax"\n',
        ", line 7, units[1]: 'a' is one of several softmax units up to 'b'; list 'p' after them",
    ),
}


def test_the_files_that_the_cases_change_are_good() -> None:
    assert complaint(LAYERS) == complaint(ARRAYS) == ""


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_file_gets_one_clear_line(case: str) -> None:
    text, expected = CASES[case]
    assert complaint(text) == f"net.toml{expected}"


def run(*arguments: str, text: str) -> Any:
    return CliRunner().invoke(main, arguments, input=text)


def refused(result: Any) -> str:
    """The one line on stderr with which a command ends that finds its input wrong."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return str(line.removeprefix("symbackprop: "))


@pytest.mark.parametrize("command", ["evaluate", "check"])
def test_the_command_line_says_the_same(command: str) -> None:
    for text, expected in CASES.values():
        assert refused(run(command, "-", text=text)) == f"standard input{expected.replace('net.toml', 'standard input')}"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("x=[1, 2", "--set: '[1, 2' is no array; write one like [1, 2] or [[1, 2], [3, 4]]"),
        ("x=" + "[" * 10_000, f"--set: '{'[' * 60}' is no array; write one like [1, 2] or [[1, 2], [3, 4]]"),
        ("x=[1, 2, 3]", "values.x: 'x' must be a vector of 2 (from inputs), and the value is a vector of 3"),
        ("x=1", "values.x: 'x' must be a vector of 2 (from inputs), and the value is a scalar"),
        (
            "W2=[[1, 2], [3, 4], [5, 6]]",
            "values.W2: 'W2' must be 2 × 3 (from layers[1], units × inputs), and the value is 3 × 2; transpose it",
        ),
        ("W3=[1]", "values.W3: 'W3' is no symbol of the network; known: W1, W2, b1, b2, learning_rate, x, y"),
        (
            "z1=[1, 2, 3]",
            "values.z1: 'z1' is defined by the network and cannot be given; known: W1, W2, b1, b2, learning_rate, x, y",
        ),
        ("x=[NaN, 1]", "value of 'x': 'nan' is not a finite number; write a decimal like 0.25 or a fraction like 1/3"),
        ("x=[1e999, 1]", "value of 'x': 1E+999 is outside the range of double precision"),
        ("x=[null, 1]", "value of 'x': expected a number, found nothing"),
        ("x=[[1], [1, 2]]", "value of 'x': the rows of an array must be of one length, found lengths from 1 to 2"),
        ("x=[]", "value of 'x': an array must not be empty"),
        ("y=[1, 1]", "values.y: the targets of softmax with cross_entropy must add up to 1, and add up to 2"),
        ("learning_rate=[1]", "learning_rate: expected a number, found something of type Array"),
    ],
)
def test_wrong_settings(setting: str, message: str) -> None:
    assert refused(run("evaluate", "-", "--set", setting, text=LAYERS)) == message


def test_what_has_no_value_is_named() -> None:
    message = refused(run("evaluate", "-", text=layers(("y = [0, 1]\n", ""), ("b1 = [0.0, 0.1, 0.2]\n", ""))))
    assert message.startswith("values: b1, y have no values")
    message = refused(run("evaluate", "-", text=LAYERS.partition("[values]")[0].replace("inputs = 2", 'inputs = "n"')))
    assert message.startswith("values: x, W1, b1, W2, b2, y have no values")


# The same from Python.

TWO = (Layer(2, "sigmoid"), Layer(1))
LOSS = Loss("half_squared_error")


def two(**keywords: Any) -> Network:
    return Network(inputs=2, layers=TWO, loss=LOSS, **keywords)


def product(**keywords: Any) -> Network:
    return Network.from_equations("f = sum(W @ x)", **keywords)


W1 = "values.W1: 'W1' must be 2 × 2 (from layers[0], units × inputs), and the value is"
LENGTH = "expected a whole number, or a name for one that is not given, found"
PYTHON_CASES: dict[str, tuple[Any, str]] = {
    "no units": (lambda: Layer(0), "layer.units: expected a number from 1 to 1000000, found 0"),
    "half a unit": (lambda: Layer(2.5), f"layer.units: {LENGTH} 2.5"),
    "activation": (lambda: Layer(2, "sigmiod"), "layer.activation: there is no activation 'sigmiod'; did you mean 'sigmoid'?"),
    "no activation": (lambda: Layer(2, None), "layer.activation: expected the name of an activation or a formula, found nothing"),
    "bias": (lambda: Layer(2, bias="b"), "layer.bias: 'b' is no kind of bias; write true, false or 'shared'"),
    "no bias": (lambda: Layer(2, bias=None), "layer.bias: nothing is no kind of bias; write true, false or 'shared'"),
    "layers as numbers": (lambda: Network(inputs=2, layers=[2, 1]), "layers[0]: expected a Layer, found 2"),
    "layers as a number": (lambda: Network(inputs=2, layers=2), "layers[0]: expected a Layer, found 2"),
    "layers among units": (
        lambda: Network(inputs=2, layers=TWO, units=(Unit("j", {"x": "w"}),)),
        "layers: give either units or layers, not both",
    ),
    "no loss": (lambda: Network(inputs=2, layers=TWO), "loss: there is no loss; add a [loss] table"),
    "no inputs": (
        lambda: Network(layers=TWO, loss=LOSS),
        "inputs: layers need the length of their input vector; write inputs = 2, say",
    ),
    "inputs by name": (lambda: Network(inputs=("x",), layers=TWO, loss=LOSS), f"inputs: {LENGTH} an array"),
    "inputs as a number": (
        lambda: Network(inputs=2, units=(Unit("j", {"x": "w"}),), objective="z_j"),
        "inputs: expected a list of names, found 2; a number of inputs goes with [[layers]]",
    ),
    "layout": (lambda: two(layout=None), "layout: nothing is no layout; write 'column' or 'row'"),
    "targets by unit": (
        lambda: Network(inputs=2, layers=TWO, loss=Loss("half_squared_error", {"o": "y"})),
        'loss.targets: a loss over layers has one target vector; write targets = "y"',
    ),
    "array of another shape": (lambda: two(values={"W1": numpy.ones((2, 3))}), f"{W1} 2 × 3"),
    "array of no axes": (lambda: two(values={"W1": numpy.array(1.0)}), f"{W1} a scalar"),
    "NaN": (
        lambda: two(values={"W1": numpy.full((2, 2), numpy.nan)}),
        "values.W1: 'nan' is not a finite number; write a decimal like 0.25 or a fraction like 1/3",
    ),
    "objects": (lambda: two(values={"W1": numpy.array([[None]])}), "values.W1: expected a number, found nothing"),
    "complex": (lambda: two(values={"W1": numpy.array([[1j]])}), "values.W1: expected a number, found something of type complex"),
    "empty": (lambda: two(values={"W1": numpy.zeros((0, 2))}), "values.W1: an array must not be empty"),
    "set": (lambda: two(values={"b1": {1, 2}}), "values.b1: expected a number, found something of type set"),
    "replaced value": (lambda: two().with_values({"W1": [1, 2]}), f"{W1} a vector of 2"),
    "samples as number": (lambda: two(samples=3), "samples: expected a list of mappings from names to values, found 3"),
    "sample as array": (lambda: two(samples=[[1, 2]]), "samples[0]: expected a mapping from names to numbers, found an array"),
    "frozen": (lambda: two(frozen="W1"), "frozen: expected a list of names, found 'W1'"),
    "penalty": (lambda: Loss("huber", l2=3), "loss.l2: expected { PARAMETER = weight }, found 3"),
    "penalties": (lambda: Loss("huber", l2=[1]), "loss.l2: expected { PARAMETER = weight }, found 1"),
    "penalty without weight": (lambda: Loss("huber", l1=[("w",)]), "loss.l1: expected { PARAMETER = weight }, found an array"),
    "name of a penalty": (lambda: Loss("huber", l1={3: 1}), "loss.l1: expected a name in quotes, found 3"),
    "shapes": (lambda: product(shapes=[1]), "shapes: expected a mapping from names to shapes, found an array"),
    "shape": (lambda: product(shapes={"W": (2.5, 2)}), f"shapes.W: {LENGTH} 2.5"),
    "no shape": (lambda: product(shapes={"W": None}), f"shapes.W: {LENGTH} nothing"),
    "set as shape": (lambda: product(shapes={"W": {2, 3}}), f"shapes.W: {LENGTH} something of type set"),
    "shape of a number": (lambda: product(shapes={3: (2,)}), "shapes.3: 3 is no given symbol of the network; known: W, x"),
    "level": (lambda: derive(two(), level="units"), "level: there is no level 'units'; did you mean 'unit'?"),
    "level of scalars": (
        lambda: derive(symbackprop.load("chain"), level="matrix"),
        "level: the network has no arrays, so there is no matrix level; write it with layers or array equations",
    ),
    "of a vector": (
        lambda: derive(two(), of="z2", level="matrix"),
        "of: 'z2' is a vector of 1; name one of its entries, z2[0] say",
    ),
    "by nothing": (
        lambda: derive(two(), by=["W3"], level="matrix"),
        "by: 'W3' is no symbol of the network; known: E, W1, W2, b1, b2, s1, s2, x, y, z1, z2",
    ),
    "batch of units": (lambda: derive(two(), batch=2), "batch: a batch is derived at the matrix level"),
    "no batch": (lambda: derive(two(), level="matrix", batch=0), "batch: expected a number from 1 to 1000000, found 0"),
    "half a sample": (lambda: derive(two(), level="matrix", batch=2.5), f"batch: {LENGTH} 2.5"),
    "batch of equations": (
        lambda: derive(product(shapes={"W": (2, 2), "x": (2,)}), level="matrix", batch=2),
        "batch: only a network of layers takes a batch at once",
    ),
    "batch with a formula": (
        lambda: derive(Network(inputs=2, layers=TWO, loss=Loss(formula="sum(z2)")), level="matrix", batch=2),
        "batch: the formula of the loss is one of a single sample; derive it without a batch",
    ),
    "too many units": (
        lambda: derive(Network(inputs=10_000, layers=(Layer(10_000),), loss=LOSS), level="unit"),
        "level: the network has 100050000 symbols, more than 1000000; take the matrix level",
    ),
    "units without a number": (
        lambda: derive(Network(inputs="n", layers=TWO, loss=LOSS), level="unit"),
        "level: x has the length 'n'; units can be written out only where every length is a number",
    ),
}


@pytest.mark.parametrize("case", PYTHON_CASES)
def test_wrong_arguments_get_one_clear_line(case: str) -> None:
    assert_refused(*PYTHON_CASES[case])


@given(st.sampled_from([LAYERS, ARRAYS]), st.integers(min_value=0))
@settings(max_examples=300)
def test_a_mutated_file_is_read_or_refused_in_one_line(text: str, seed: int) -> None:
    """What is read can be derived, and evaluated where there is a finite value."""
    text = mutated(text, seed)
    message = complaint(text)
    assert_one_line(message, "net.toml")
    if message:
        return
    network = parse(text, "net.toml")
    with suppress(InputError):  # a value is missing, or not finite
        derive(network)
        symbackprop.evaluate(network)


def test_mutations_do_both_break_files_and_leave_some_whole() -> None:
    for text in (LAYERS, ARRAYS):
        refused = [bool(complaint(mutated(text, seed))) for seed in range(200)]
        assert 20 < sum(refused) < 200
