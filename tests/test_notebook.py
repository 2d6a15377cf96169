"""Notebooks: valid, the same twice, self-contained, and every cell runs and computes what the page says."""

from __future__ import annotations

import builtins
import json
import math
import re
from dataclasses import replace
from random import Random

import nbformat
import pytest
from nbclient import NotebookClient
from random_layers import random_equations, random_layers
from random_networks import random_case
from test_equations import NETWORKS, SHIPPED
from test_matrix_pages import NETWORKS as ARRAYS

import symbackprop
from symbackprop.derivation import Derivation, derive
from symbackprop.errors import InputError, MissingToolError
from symbackprop.network import Layer, Loss, Network, Unit
from symbackprop.reading import load, loads
from symbackprop.rendering import render
from symbackprop.rendering.output import pages

# What MathJax draws without an extension, among what the pages use.
COMMANDS = {
    "frac", "tfrac", "partial", "cdot", "approx", "begin", "end", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "qquad",
    "quad", "delta", "Delta", "sigma", "eta", "theta", "Theta", "sum", "sqrt", "mathbf", "mathrm", "mathsf", "mathit",
    "boldsymbol", "underset", "underbrace", "hat", "bar", "tilde", "times", "odot", "circ", "to", "leftarrow", "le", "ge",
    "lvert", "rvert", "max", "min", "exp", "ln", "log", "sin", "cos", "tanh", "dots", "color", "mspace", "alpha", "beta",
    "gamma", "lambda", "mu", "Phi", "varphi", "phi", "tau", "nabla", "ldots", "cdots", "prime", "top", "underline", "epsilon",
    "varepsilon", "operatorname",
}  # fmt: skip


def notebook(derivation: Derivation, **options: str) -> nbformat.NotebookNode:
    made = nbformat.reads(render(derivation, "ipynb", **options), as_version=4)
    nbformat.validate(made)
    return made


def run(made: nbformat.NotebookNode) -> str:
    """What all cells of a notebook print and show, as text. A cell that fails is an error."""
    NotebookClient(made, timeout=120, kernel_name="python3").execute()
    outputs = [output for cell in made.cells if cell.cell_type == "code" for output in cell.outputs]
    return "\n".join(output.get("text") or output["data"]["text/plain"] for output in outputs)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_networks(name: str) -> None:
    text = render(derive(load(name)), "ipynb")
    made = nbformat.reads(text, as_version=4)
    nbformat.validate(made)
    assert text == render(derive(load(name)), "ipynb"), "the same bytes twice"
    assert text == json.dumps(json.loads(text), sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    ids = [cell.id for cell in made.cells]
    assert len(set(ids)) == len(ids) and made.nbformat_minor >= 5
    assert all(cell.execution_count is None and not cell.outputs for cell in made.cells if cell.cell_type == "code")
    words = "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
    assert set(re.findall(r"\\([A-Za-z]+)", re.sub(r"\(data:[^)]*\)", "", words))) <= COMMANDS
    assert words.count("$$") % 2 == 0 and "http" not in words


@pytest.mark.parametrize(
    "name", ["003-chain", "perceptron", *(pytest.param(name, marks=pytest.mark.long) for name in ("001", "lstm"))]
)
def test_cells_run(name: str) -> None:
    network = load(name)
    text = run(notebook(derive(network)))
    found = [float(own) for own in re.findall(r"at most (\S+) apart", text)]
    assert len(found) == len(network.parameters) and max(found) < 1e-6
    objective = float(re.search(r"^E = (\S+)$", text, re.MULTILINE)[1])  # type: ignore[index]
    assert math.isclose(objective, symbackprop.evaluate(network).objective)
    losses = [float(own) for own in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", text.rpartition("[")[2])]
    # The same steps, taken by the evaluation.
    assert len(losses) == 10 and math.isclose(losses[9], symbackprop.evaluate(network, updates=9).objective, rel_tol=1e-9)


def test_cells_without_numbers_and_of_other_derivations_run() -> None:
    text = run(notebook(derive(load("002-base"))))
    assert "sigma" in text and "apart" not in text
    network = Network("It's '''here''' \\ \"so\"", inputs=2, layers=(Layer(2, "tanh"), Layer(1)), loss=Loss("half_squared_error"))
    valued = network.with_values({"x": [1, 2], "W1": [[1, "1/3"], ["0.10", 0]], "b1": [0, 0], "W2": [[1, 1]], "b2": [0], "y": [1]})
    text = run(notebook(derive(valued, of="z2[0]", by=("W1", "x"), level="unit"), level="unit"))
    assert len(re.findall("apart", text)) == 2 and "E =" not in text and "z2[0] =" in text


def same(network: Network) -> bool:
    return loads(network.to_toml()) == replace(network, source=None)


@pytest.mark.parametrize("name", [*NETWORKS, *ARRAYS])
def test_a_network_is_the_same_after_writing_and_reading(name: str) -> None:
    assert same({**NETWORKS, **ARRAYS}[name])


def test_random_networks_are_the_same_after_writing_and_reading() -> None:
    for seed in range(60):
        assert same(random_case(Random(seed), 6).network()), seed
        assert same(random_layers(Random(seed)).network()), seed
        assert same(random_equations(Random(seed)).network()), seed


def test_what_no_file_can_say_is_refused() -> None:
    units = tuple(Unit(name, {"x": f"w_{name}"}, "softmax", group="one") for name in "ab")
    network = Network(inputs=("x",), units=units, loss=Loss("cross_entropy", {"a": "y", "b": "u"}))
    with pytest.raises(InputError, match="groups"):
        network.to_toml()


def test_loads_points_at_the_line() -> None:
    with pytest.raises(InputError, match="text, line 2"):
        loads('title = "x"\ninputs = 3.5.1\n')
    with pytest.raises(InputError, match="expected the text"):
        loads(b"x")  # type: ignore[arg-type]


def test_without_the_library_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object, **more: object) -> object:
        if name == "nbformat":
            raise ImportError(name)
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingToolError, match=r"pip install 'symbackprop\[notebook\]'"):
        pages(derive(load("chain")), ("ipynb",))
