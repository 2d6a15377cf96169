"""What has two meanings, or none, is refused: a softmax over one unit, samples named like a symbol, new_w beside w."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import symbackprop.cli
from symbackprop import InputError, Layer, Loss, Network, Unit, derive


def refused(make: Any, *words: str) -> None:
    with pytest.raises(InputError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_softmax_over_one_unit() -> None:
    loss = Loss("squared_error")
    layers = (Layer(3, "tanh"), Layer(1, "softmax"))
    refused(lambda: Network(inputs=2, layers=layers, loss=loss), "layers[1].activation", "always 1", "sigmoid")
    refused(lambda: Network(inputs=2, layers=(Layer(1, "softmax"), Layer(1)), loss=loss), "layers[0].activation")
    assert Network(inputs=2, layers=(Layer("n", "softmax"),), loss=loss).layers


def test_a_softmax_over_one_unit_of_a_group() -> None:
    units = tuple(
        Unit(name, {"x": f"w_{name}"}, "softmax", group=group) for name, group in (("a", "one"), ("b", "one"), ("c", "two"))
    )
    targets = {name: f"y_{name}" for name in "abc"}
    refused(lambda: Network(inputs=("x",), units=units, loss=Loss("squared_error", targets)), "units[2].activation", "always 1")
    assert Network(inputs=("x",), units=units[:2], loss=Loss("squared_error", {"a": "y"})).units
    recurrent = Unit("h", {"x": "w", "h[t-1]": "u"}, "softmax")
    refused(lambda: Network(inputs=("x",), units=(recurrent,), loss=Loss("squared_error", {"h": "y"}), steps=3), "always 1")


def net(**others: Any) -> Network:
    return Network(inputs=2, layers=(Layer(3, "tanh"), Layer("m")), loss=Loss("squared_error", **others))


@pytest.mark.parametrize("name", ["x", "W1", "b2", "s1", "z2", "y", "E", "learning_rate"])
def test_the_number_of_samples_is_no_symbol(name: str) -> None:
    refused(lambda: derive(net(), level="matrix", batch=name), "batch", repr(name), "choose another name")


def test_the_number_of_samples_is_no_other_length() -> None:
    """Equal names are equal lengths: as many samples as outputs would be taken for granted."""
    refused(lambda: derive(net(), level="matrix", batch="m"), "another length")
    assert derive(net(), level="matrix", batch="N").program.shapes["s1"] == (3, "N")


def test_a_target_named_like_the_number_of_samples() -> None:
    """The function chooses a name for the number of samples itself, and keeps out of the way of N."""
    values = {"x": [[1, 2], [3, 4]], "W1": [[1, 0], [0, 1]], "b1": [0, 0], "N": [[1, 1], [2, 2]]}
    network = Network(inputs=2, layers=(Layer(2),), loss=Loss("squared_error", "N"), values=values)  # type: ignore[arg-type]
    objective, gradient = derive(network).lambdify()()
    errors = numpy.array(values["x"]) - numpy.array(values["N"])
    assert objective == numpy.sum(errors**2)
    assert numpy.array_equal(gradient["W1"], 2 * errors.T @ numpy.array(values["x"]))


@pytest.mark.parametrize("kept", ["new_w", "Delta_w"])
def test_names_of_updates_are_kept(kept: str) -> None:
    refused(lambda: Network.from_equations(f"f = w*{kept}"), repr(kept), "'w'", "choose another name")
    units = (Unit("o", {"x": "w", "t": kept}),)
    refused(lambda: Network(inputs=("x", "t"), units=units, loss=Loss("squared_error", {"o": "y"})), repr(kept))
    assert Network.from_equations(f"f = v*{kept}").parameters == ("v", kept)


def test_the_command_says_so(tmp_path: Any) -> None:
    from click.testing import CliRunner

    (tmp_path / "net.toml").write_text('equations = "f = w*new_w"\n[values]\nw = 1\nnew_w = 2\n')
    result = CliRunner().invoke(symbackprop.cli.main, ["evaluate", str(tmp_path / "net.toml")])
    assert result.exit_code == 2
    assert "'new_w' is kept for the updated value of 'w'" in result.stderr
