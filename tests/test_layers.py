"""Networks of layers: how they are read, what they stand for unit by unit, and that both give the same numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy
import pytest

import symbackprop
from symbackprop import InputError, Loss, Network, Unit
from symbackprop.arrays import Array
from symbackprop.checking.gradients import check_gradients
from symbackprop.checking.levels import check_levels, levels_of
from symbackprop.checking.report import FAIL
from symbackprop.derivation import Derivation, derive, level_of
from symbackprop.expansion import expanded
from symbackprop.layered import all_shapes
from symbackprop.network import Layer, activation_name
from symbackprop.numbers import worked_numbers
from symbackprop.reading.network_file import parse
from symbackprop.tree import Name, Negative, Number, Sum

# The example of the project's design, verbatim.
DESIGN = """title = "2-2-2 perceptron"
inputs = 2
[[layers]]
units = 2
activation = "sigmoid"
bias = true      # false, or "shared": one b per layer
[[layers]]
units = 2
activation = "sigmoid"
[loss]
function = "half_squared_error"
[values]
x = [0.5, -1.2]
W1 = [[0.3, 0.1], [-0.2, 0.4]]   # (units, inputs)
b1 = [0.0, 0.1]
y = [0, 1]
learning_rate = 0.5
"""
COMPLETE = DESIGN + "W2 = [[0.7, -0.5], [0.25, 1.5]]\nb2 = [-0.3, 0.2]\n"

UNIT = '[[units]]\nname = "{}"\nfrom = {{ {} = "{}", {} = "{}" }}\nactivation = "sigmoid"\nbias = "{}"\n'
BY_HAND = f"""title = "2-2-2 perceptron, unit by unit"
inputs = ["x1", "x2"]
{UNIT.format("h1", "x1", "v11", "x2", "v12", "c1")}
{UNIT.format("h2", "x1", "v21", "x2", "v22", "c2")}
{UNIT.format("o1", "h1", "w11", "h2", "w12", "d1")}
{UNIT.format("o2", "h1", "w21", "h2", "w22", "d2")}
[loss]
function = "half_squared_error"
targets = {{ o1 = "y1", o2 = "y2" }}
[values]
x1 = 0.5
x2 = -1.2
v11 = 0.3
v12 = 0.1
v21 = -0.2
v22 = 0.4
c1 = 0.0
c2 = 0.1
w11 = 0.7
w12 = -0.5
w21 = 0.25
w22 = 1.5
d1 = -0.3
d2 = 0.2
y1 = 0
y2 = 1
learning_rate = 0.5
"""
SAME = {
    **{f"x[{i}]": f"x{i + 1}" for i in range(2)},
    **{f"y[{i}]": f"y{i + 1}" for i in range(2)},
    **{f"W1[{i}][{j}]": f"v{i + 1}{j + 1}" for i in range(2) for j in range(2)},
    **{f"W2[{i}][{j}]": f"w{i + 1}{j + 1}" for i in range(2) for j in range(2)},
    **{f"b1[{i}]": f"c{i + 1}" for i in range(2)},
    **{f"b2[{i}]": f"d{i + 1}" for i in range(2)},
    **{f"{kind}{number}[{i}]": f"{kind}_{unit}{i + 1}" for kind in "sz" for number, unit in ((1, "h"), (2, "o")) for i in range(2)},
}


def by_hand(name: str) -> str:
    """The name by hand of a quantity of the layers."""
    if name.startswith("delta_"):
        number, index = name[6], int(name[8])
        return f"delta_{'ho'[int(number) - 1]}{index + 1}"
    if "/" in name:
        of, wrt = name.split("/")
        return f"d{SAME.get(of[1:], of[1:])}/d{SAME.get(wrt[1:], wrt[1:])}"
    for prefix in ("Delta_", "new_"):
        if name.startswith(prefix):
            return prefix + SAME[name.removeprefix(prefix)]
    return SAME.get(name, name)


def read(text: str) -> Network:
    return parse(text, "net.toml")


def nested(network: Network, name: str) -> Any:
    value = network.values[name]
    assert isinstance(value, Array)
    return value.nested()


def holds(subject: Derivation | Network) -> bool:
    """Whether central differences agree with the unit level and that with the matrix level."""
    levels = levels_of(subject if isinstance(subject, Derivation) else derive(subject))
    results = [*check_gradients(levels.unit), *check_levels(levels)]
    assert results
    return not [result for result in results if result.verdict == FAIL]


# Reading.


def test_the_example_of_the_design() -> None:
    network = read(DESIGN)
    assert network.title == "2-2-2 perceptron"
    assert network.inputs == 2
    assert [(layer.units, activation_name(layer.activation), layer.bias) for layer in network.layers] == [
        (2, "sigmoid", "unit")
    ] * 2
    assert network.loss == Loss("half_squared_error", "y")
    assert network.objective == "E"
    assert network.given == ("x", "W1", "b1", "W2", "b2", "y")
    assert network.parameters == ("W1", "b1", "W2", "b2")
    assert network.layout == "column"
    assert nested(network, "W1") == [[0.3, 0.1], [-0.2, 0.4]]
    assert network.values["W1"].entries[1] == Number(Fraction(1, 10), "0.1")  # exact, with its digits
    assert network.learning_rate == Number(Fraction(1, 2), "0.5")
    assert dict(network.shapes) == {"x": (2,), "W1": (2, 2), "b1": (2,), "W2": (2, 2), "b2": (2,), "y": (2,)}
    assert {name: all_shapes(network)[name] for name in ("s1", "z1", "s2", "z2")} == dict.fromkeys(("s1", "z1", "s2", "z2"), (2,))


def test_defaults_of_a_layer() -> None:
    layer = read("inputs = 3\n[[layers]]\nunits = 2\n[loss]\nfunction = 'huber'\n").layers[0]
    assert layer == Layer(2) == Layer(2, "identity", True) == Layer(2, Name("s"), "unit")


@pytest.mark.parametrize(
    ("bias", "kind", "shape"),
    [("true", "unit", (3,)), ("false", "none", None), ('"shared"', "shared", ())],
)
def test_biases(bias: str, kind: str, shape: tuple[int, ...] | None) -> None:
    network = read(f"inputs = 2\n[[layers]]\nunits = 3\nbias = {bias}\n[loss]\nfunction = 'huber'\n")
    assert network.layers[0].bias == kind
    assert network.shapes.get("b1") == shape
    expected = {"unit": {"b1[0]", "b1[1]", "b1[2]"}, "none": set(), "shared": {"b1"}}[kind]
    assert {name for name in expanded(network).parameters if name.startswith("b")} == expected


def test_every_key() -> None:
    network = read(
        """title = "all of it"
inputs = 2
layout = "row"
frozen = ["W1"]
update = "ascent"
delta = "negative"
notation = "004"
[[layers]]
units = 2
activation = "leaky_relu(s, 0.2)"
bias = "shared"
[[layers]]
units = 1
bias = false
[loss]
function = "squared_error"
targets = "t"
reduction = "mean"
name = "J"
l1 = { W1 = 0.1 }
l2 = { W2 = "1/3", b1 = 2 }
[symbols]
z2 = "a"
[values]
W1 = [[1, 2], [3, 4]]
"""
    )
    assert network.layout == "row"
    assert network.frozen == ("W1",)
    assert network.parameters == ("b1", "W2")
    assert (network.ascent, network.signal_sign, network.reduction, network.objective) == (True, -1, "mean", "J")
    assert network.given == ("x", "W1", "b1", "W2", "t")
    assert network.loss is not None
    assert network.loss.l1 == (("W1", Number(Fraction(1, 10), "0.1")),)
    assert network.loss.l2 == (("W2", Number(Fraction(1, 3))), ("b1", Number(Fraction(2))))
    assert holds(network)


def test_lengths_without_numbers() -> None:
    network = read(
        "inputs = 'n'\n[[layers]]\nunits = 'm'\nactivation = 'tanh'\n[[layers]]\nunits = 1\n[loss]\nfunction = 'huber'\n"
    )
    assert dict(network.shapes) == {"x": ("n",), "W1": ("m", "n"), "b1": ("m",), "W2": (1, "m"), "b2": (1,), "y": (1,)}
    assert level_of(network, None) == "matrix"
    assert derive(network).partials.keys() >= {"W1", "b1", "W2", "b2"}


def test_samples_by_a_leading_axis_or_one_by_one() -> None:
    by_axis = read(
        COMPLETE.replace("x = [0.5, -1.2]", "x = [[0.5, -1.2], [1, 2], [3, 4]]").replace(
            "y = [0, 1]", "y = [[0, 1], [1, 0], [1, 1]]"
        )
    )
    bare = COMPLETE.replace("x = [0.5, -1.2]\n", "").replace("y = [0, 1]\n", "")
    listed = read(
        bare + "".join(f"[[samples]]\nx = {x}\ny = {y}\n" for x, y in (([0.5, -1.2], [0, 1]), ([1, 2], [1, 0]), ([3, 4], [1, 1])))
    )
    assert by_axis == listed
    assert [sample["x"].nested() for sample in by_axis.samples] == [[0.5, -1.2], [1, 2], [3, 4]]
    assert "x" not in by_axis.values


def test_one_symbol_may_be_the_same_for_all_samples() -> None:
    network = read(COMPLETE.replace("x = [0.5, -1.2]", "x = [[0.5, -1.2], [1, 2]]"))
    assert nested(network, "y") == [0, 1]
    assert len(network.samples) == 2
    assert holds(network)


def test_a_formula_for_the_loss() -> None:
    """Half the squared error, and something of the hidden layer; what it reads besides is given, and no parameter."""
    text = COMPLETE.replace('function = "half_squared_error"', 'formula = "sum((z2 - y)**2)/2 + c*sum(z1)"') + "c = 0\n"
    network = read(text)
    assert network.parameters == ("W1", "b1", "W2", "b2")
    assert symbackprop.evaluate(network).objective == symbackprop.evaluate(read(COMPLETE)).objective
    assert holds(network.with_values({"c": 2}))


def test_a_target_in_a_formula_may_differ_between_samples() -> None:
    samples = "x = [[0.5, -1.2], [1, 2]]", "y = [[0, 1], [1, 1]]"
    given = COMPLETE.replace("x = [0.5, -1.2]", samples[0]).replace("y = [0, 1]", samples[1])
    by_formula = given.replace('function = "half_squared_error"', 'formula = "sum((z2 - y)**2)/2"\ntargets = "y"')
    assert symbackprop.evaluate(read(by_formula)).gradient == symbackprop.evaluate(read(given)).gradient
    shaped = given.replace('function = "half_squared_error"', 'formula = "sum((z2 - y)**2)/2"') + "[shapes]\ny = [2]\n"
    assert read(shaped).samples == read(given).samples


def test_an_input_may_be_its_own_target() -> None:
    network = Network(inputs=2, layers=(Layer(1, "tanh"), Layer(2)), loss=Loss("half_squared_error", "x"), values={"x": [0.3, 0.7]})
    assert network.given == ("x", "W1", "b1", "W2", "b2")
    assert holds(network)


# From Python.


def test_values_come_back_as_they_went_in() -> None:
    weights = [[0.25, -1.5, 3.0], [1e-3, 0.1, 2.0]]
    for value in (weights, numpy.array(weights), tuple(map(tuple, weights))):
        network = Network(inputs=3, layers=(Layer(2),), loss=Loss("huber"), values={"W1": value, "b1": numpy.zeros(2)})
        assert nested(network, "W1") == weights
        assert nested(network, "b1") == [0, 0]


def test_values_may_be_replaced() -> None:
    network = read(COMPLETE).with_values({"W1": [[1, 2], [3, 4]], "learning_rate": 2})
    assert nested(network, "W1") == [[1, 2], [3, 4]]
    assert nested(network, "W2") == [[0.7, -0.5], [0.25, 1.5]]
    assert network.learning_rate == Number(Fraction(2))
    several = network.with_values({"x": [[1, 2], [3, 4]], "y": [[0, 1], [1, 1]]})
    assert len(several.samples) == 2
    assert several.with_values({"x": [0, 0]}).values["x"] == Array((2,), (Number(Fraction(0)),) * 2)


def test_lengths_may_be_numpys() -> None:
    sizes = numpy.array([3, 2])
    network = Network(inputs=sizes[0], layers=(Layer(sizes[1]),), loss=Loss("huber"))
    assert network.shapes["W1"] == (2, 3)


# Unit by unit.


def test_the_network_in_units() -> None:
    network = read(COMPLETE)
    units = expanded(network)
    assert not units.is_array
    assert units.inputs == ("x[0]", "x[1]")
    assert [unit.name for unit in units.units] == ["1[0]", "1[1]", "2[0]", "2[1]"]
    assert units.units[3] == Unit(
        "2[1]",
        (("1[0]", "W2[1][0]"), ("1[1]", "W2[1][1]")),
        "sigmoid",
        "b2[1]",
        group="2",
    )
    assert [(unit.net_input, unit.output) for unit in units.units[:2]] == [("s1[0]", "z1[0]"), ("s1[1]", "z1[1]")]
    assert units.loss == Loss("half_squared_error", (("2[0]", "y[0]"), ("2[1]", "y[1]")))
    assert units.parameters[:4] == ("W1[0][0]", "W1[0][1]", "W1[1][0]", "W1[1][1]")
    assert units.values["W1[1][0]"] == Number(Fraction(-1, 5), "-0.2")
    assert units.values["y[1]"] == Number(Fraction(1))
    assert units.learning_rate == network.learning_rate
    assert expanded(units) is units


def test_a_chosen_set_of_parameters_in_units() -> None:
    network = replace(read(COMPLETE), parameters=("b2", "x"), frozen=())
    assert expanded(network).parameters == ("b2[0]", "b2[1]", "x[0]", "x[1]")
    assert holds(network)


def test_the_unit_level_is_the_network_written_by_hand() -> None:
    """Number for number: every value, partial and update, with all fifty digits and as it is printed."""
    layers = worked_numbers(derive(read(COMPLETE), level="unit"))
    hand = worked_numbers(derive(read(BY_HAND)))
    assert {by_hand(name) for name in layers if not name.startswith("C_")} == {name for name in hand if not name.startswith("C_")}
    for name, own in layers.items():
        if not name.startswith("C_"):
            assert (own.value, own.text) == (hand[by_hand(name)].value, hand[by_hand(name)].text), name


def test_both_levels_evaluate_to_the_network_written_by_hand() -> None:
    hand = symbackprop.evaluate(read(BY_HAND))
    layers = symbackprop.evaluate(read(COMPLETE))
    assert layers.objective == pytest.approx(hand.objective, rel=1e-15)
    for name in ("W1", "b1", "W2", "b2"):
        for entry, value in entries(name, layers.gradient[name]):
            assert value == pytest.approx(hand.gradient[SAME[entry]], rel=1e-13), entry


def entries(name: str, value: Any) -> list[tuple[str, float]]:
    if not isinstance(value, list):
        return [(name, value)]
    return [pair for index, part in enumerate(value) for pair in entries(f"{name}[{index}]", part)]


def sized(inputs: int, units: int) -> Network:
    return Network(inputs=inputs, layers=(Layer(units, bias=False),), loss=Loss("huber"))


def test_the_level_is_chosen_by_the_number_of_parameters() -> None:
    assert level_of(sized(10, 15), None) == "unit"
    assert level_of(sized(10, 16), None) == "matrix"
    assert level_of(sized(10, 16), "unit") == "unit"
    assert level_of(sized(2, 2), "matrix") == "matrix"
    frozen = replace(Network(inputs=20, layers=(Layer(10), Layer(2)), loss=Loss("huber")), frozen=("W1",), parameters=())
    assert level_of(frozen, None) == "unit"
    assert isinstance(derive(sized(10, 16)).partials["W1"], object)
    assert "W1[0][0]" in derive(sized(10, 15)).partials


# Penalties and frozen parameters.


def objective(network: Network) -> float:
    return symbackprop.evaluate(network).objective


def test_penalties_are_added_once() -> None:
    plain = read(COMPLETE)
    weights = nested(plain, "W1")
    absolute = sum(abs(own) for row in weights for own in row)
    squares = sum(own * own for own in nested(plain, "b2"))
    for reduction in ("sum", "mean"):
        for samples in ({}, {"x": [[0.5, -1.2], [1, 2], [0, 1]], "y": [[0, 1], [1, 0], [1, 1]]}):
            loss = Loss("half_squared_error", "y", reduction=reduction)
            data = replace(plain, loss=loss).with_values(samples)
            penalised = replace(data, loss=replace(loss, l1={"W1": 0.5}, l2={"b2": 3}))
            assert objective(penalised) == pytest.approx(objective(data) + 0.5 * absolute + 1.5 * squares, rel=1e-14)
            assert holds(penalised)


def test_penalties_in_units() -> None:
    network = replace(read(COMPLETE), loss=Loss("half_squared_error", l2={"W1": 0.1, "b1": 1}))
    loss = expanded(network).loss
    assert loss is not None
    assert [name for name, _ in loss.l2] == ["W1[0][0]", "W1[0][1]", "W1[1][0]", "W1[1][1]", "b1[0]", "b1[1]"]


def test_a_frozen_parameter_is_penalised_and_not_moved() -> None:
    network = replace(read(COMPLETE), parameters=(), frozen=("W1",), loss=Loss("half_squared_error", l2={"W1": 1}))
    found = symbackprop.evaluate(network)
    assert set(found.gradient) == {"b1", "W2", "b2"}
    assert set(found.updated) == {"b1", "W2", "b2"}
    assert found.objective > objective(read(COMPLETE))
    for level in ("unit", "matrix"):
        assert not [name for name in derive(network, level=level).partials if name.startswith("W1")]


# Softmax.

SOFTMAX = Network(
    inputs=2,
    layers=(Layer(2, "tanh"), Layer(3, "softmax")),
    loss=Loss("cross_entropy"),
    values={
        "x": [0.5, -1.2],
        "W1": [[0.3, 0.1], [-0.2, 0.4]],
        "b1": [0, 0.1],
        "W2": [[1, 2], [0.5, -1], [0, 1]],
        "b2": [0, 0, 1],
        "y": [0.2, 0.5, 0.3],
    },
)


def simplified(derivation: Derivation) -> set[str]:
    return {unit for unit, signal in derivation.signals.items() if signal.simplified}


@pytest.mark.parametrize(("level", "units"), [("unit", {"2[0]", "2[1]", "2[2]"}), ("matrix", {"2"})])
def test_softmax_and_cross_entropy_cancel(level: str, units: set[str]) -> None:
    derivation = derive(SOFTMAX, level=level)
    assert simplified(derivation) == units
    for unit in units:
        z, y = unit.replace("2", "z2", 1), unit.replace("2", "y", 1)
        assert derivation.signals[unit].tree == Sum((Name(z), Negative(Name(y))))
    assert holds(derivation)


def test_softmax_adds_up_to_one_and_survives_large_net_inputs() -> None:
    outputs = symbackprop.evaluate(SOFTMAX.with_values({"b2": [1000, 0, -1000]})).values["z2"]
    assert math.fsum(outputs) == pytest.approx(1)


def softmax_units(*others: Unit, targets: dict[str, str], function: str = "cross_entropy") -> Network:
    units = tuple(Unit(name, {"x": f"w_{name}"}, "softmax", f"c_{name}") for name in "abc")
    return Network(inputs=("x",), units=(*units, *others), loss=Loss(function, targets))


CLASSES = {"a": "y_a", "b": "y_b", "c": "y_c"}


def test_softmax_of_units_cancels_as_that_of_layers_does() -> None:
    network = softmax_units(targets=CLASSES)
    assert simplified(derive(network)) == {"a", "b", "c"}
    assert holds(network)
    (layer,) = Network(inputs=1, layers=(Layer(3, "softmax"),), loss=Loss("cross_entropy")).layers
    assert layer.activation == network.units[0].activation


@pytest.mark.parametrize(
    "network",
    [
        # An output is used elsewhere, too.
        *(softmax_units(Unit("o", {name: "v"}, "sigmoid"), targets={**CLASSES, "o": "y_o"}) for name in "abc"),
        softmax_units(targets={"a": "y_a", "b": "y_b"}),  # one of the group has no target
        softmax_units(targets=CLASSES, function="half_squared_error"),
        replace(SOFTMAX, loss=Loss(formula="-sum(y*log(z2))"), values={}),
        replace(SOFTMAX, layers=(Layer(2, "softmax"), Layer(3, "sigmoid")), loss=Loss("half_squared_error")),
    ],
)
def test_softmax_does_not_cancel_otherwise(network: Network) -> None:
    """The whole Jacobian is used then, and the gradient is right all the same."""
    assert simplified(derive(network)) <= {"o"}
    assert holds(network)


def test_two_softmax_layers() -> None:
    network = replace(SOFTMAX, layers=(Layer(2, "softmax"), Layer(3, "softmax")))
    assert simplified(derive(network)) == {"2[0]", "2[1]", "2[2]"}
    assert holds(network)


def test_targets_that_need_not_add_up_to_one() -> None:
    """Without the cancelling the derivation holds for any targets."""
    values = {"y_a": 0.5, "y_b": 0.9, "x": 1, **{f"{kind}_{name}": 0.1 for kind in "wc" for name in "abc"}}
    network = replace(softmax_units(targets={"a": "y_a", "b": "y_b"}), values=values)
    assert holds(network)


# Array equations as files have them.


def test_inputs_of_equations_are_data() -> None:
    text = 'equations = "f = sum((W @ x - y)**2)"\n{}[values]\nx = [1, 2]\nW = [[1, 2]]\ny = [3]\n'
    assert read(text.format("")).parameters == ("W", "x", "y")
    assert read('inputs = ["x", "y"]\n' + text.format("")).parameters == ("W",)


def test_shapes_are_declared_or_those_of_the_values() -> None:
    text = 'equations = "f = sum((W @ x)*u)"\ninputs = ["x"]\n[shapes]\nW = ["m", 2]\nx = 2\nu = ["m"]\n'
    network = read(text)
    assert dict(network.shapes) == {"W": ("m", 2), "x": (2,), "u": ("m",)}
    assert holds(network)
    several = read(text.replace('"m"', "1") + "[values]\nW = [[1, 2]]\nu = [1]\nx = [[1, 2], [3, 4]]\n")
    assert len(several.samples) == 2
    assert holds(several)


def test_entries_that_nothing_reads_have_a_partial_of_zero() -> None:
    network = Network.from_equations("f = W[0] @ x + x[0]**2", values={"W": [[1, 2], [3, 4]], "x": [5, 6]})
    for level in ("unit", "matrix"):
        assert holds(derive(network, level=level))
    assert symbackprop.evaluate(network).gradient["W"] == [[5, 6], [0, 0]]


def test_a_loss_over_layers_may_read_some_entries_only() -> None:
    network = Network(inputs=2, layers=(Layer(2),), loss=Loss(formula="(z1[0] - t[0])**2"), values={"t": [1, 2]})
    assert holds(network)


def test_composite_of_layers() -> None:
    network = Network(inputs=1, layers=(Layer(1, "tanh", False),), loss=Loss("huber"))
    assert str(network.composite()) == "tanh(W1[0][0]*x[0])"


def test_a_network_with_frozen_parameters_can_be_copied() -> None:
    """Its copy, with other values or in scalars, freezes the same ones; and it can be checked."""
    network = Network(inputs=1, layers=(Layer(1), Layer(1)), loss=Loss("squared_error"), frozen=("b1",), values={"b1": [2]})
    for copy in (replace(network), network.with_values({"b1": [3]})):
        assert copy.frozen == ("b1",) and copy.parameters == network.parameters
    with pytest.raises(InputError, match="no parameter"):
        replace(network, frozen=("x",))
