"""The loss as a function of PyTorch and of JAX: their gradients of it are the derived ones, alone and inside larger graphs.

Neither is among what the tests install; these are skipped without them.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy
import pytest

from symbackprop import InputError, Layer, Loss, Network, derive, load
from symbackprop.errors import MissingToolError

RANDOM = numpy.random.default_rng(4)
NETWORK = Network(inputs=3, layers=(Layer(4, "tanh"), Layer(2, "sigmoid", "shared")), loss=Loss("half_squared_error"))
DATA = {"x": RANDOM.normal(size=(5, 3)), "y": RANDOM.uniform(size=(5, 2))}
AT = {"W1": RANDOM.normal(size=(4, 3)), "b1": RANDOM.normal(size=4), "W2": RANDOM.normal(size=(2, 4)), "b2": 0.3}


def test_torch_takes_the_derived_gradient() -> None:
    """Against PyTorch's own of the same network, multiplied and added to something else."""
    torch = pytest.importorskip("torch")
    tensors = {name: torch.tensor(own, dtype=torch.float64, requires_grad=True) for name, own in AT.items()}
    loss = derive(NETWORK).lambdify().torch(DATA)
    (3 * loss(tensors) + tensors["W1"].sum()).backward()
    own = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in AT.items()}
    x, y = (torch.tensor(DATA[name]) for name in "xy")
    hidden = torch.tanh(x @ own["W1"].T + own["b1"])
    output = torch.sigmoid(hidden @ own["W2"].T + own["b2"])
    (3 * ((output - y) ** 2).sum() / 2 + own["W1"].sum()).backward()
    for name, tensor in tensors.items():
        assert torch.allclose(tensor.grad, own[name].grad, rtol=1e-12, atol=1e-14), name


def test_torch_in_single_precision_and_of_units() -> None:
    torch = pytest.importorskip("torch")
    function = derive(load("chain")).lambdify()
    w = torch.tensor(2.0, requires_grad=True)
    value = function.torch()(w_in=w)
    value.backward()
    assert value.dtype == w.grad.dtype == torch.float32
    assert w.grad.item() == pytest.approx(function()[1]["w_in"], rel=1e-6)
    assert function.torch(y=2.5)(w_in=w).item() == pytest.approx(function(y=2.5)[0], rel=1e-6)


def test_jax_takes_the_derived_gradient() -> None:
    """Against JAX's own, also compiled and inside a larger function."""
    jax = pytest.importorskip("jax")
    np = jax.numpy
    loss = derive(NETWORK).lambdify().jax(DATA)

    def own(values: Any) -> Any:
        hidden = np.tanh(DATA["x"] @ values["W1"].T + values["b1"])
        return np.sum((1 / (1 + np.exp(-(hidden @ values["W2"].T + values["b2"]))) - DATA["y"]) ** 2) / 2

    expected = jax.grad(lambda values: 3 * own(values) ** 2)(AT)
    for transformed in (jax.grad, lambda function: jax.jit(jax.grad(function))):
        found = transformed(lambda values: 3 * loss(values) ** 2)(AT)
        for name, partial in expected.items():
            assert np.allclose(found[name], partial, rtol=1e-4, atol=1e-5), name


@pytest.mark.parametrize("framework", ["torch", "jax"])
def test_wrong_calls(framework: str) -> None:
    pytest.importorskip(framework)
    loss = getattr(derive(NETWORK).lambdify(), framework)(DATA)
    with pytest.raises(InputError, match="'x' is no symbol that was differentiated by; pass it when the function is made"):
        loss(x=DATA["x"])
    with pytest.raises(InputError, match="at least one of W1, b1, W2, b2"):
        loss()


@pytest.mark.parametrize(("framework", "name"), [("torch", "PyTorch"), ("jax", "JAX")])
def test_without_the_framework(framework: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, framework, None)
    with pytest.raises(MissingToolError, match=rf"needs {name}: pip install 'symbackprop\[{framework}\]'"):
        getattr(derive(load("chain")).lambdify(), framework)()
