"""The compiled back end: the same numbers as Python's on random networks, at extreme inputs, from several threads; its files."""

from __future__ import annotations

import functools
import math
import operator
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from random import Random
from typing import Any

import numpy
import pytest
from conftest import FULL, ROOT
from random_layers import random_equations, random_layers
from random_networks import random_case
from test_saturation import POINTS, SLOPES, VALUES, error

import symbackprop
from symbackprop import InputError, Layer, Loss, Network, Unit, derive, load
from symbackprop.errors import MissingToolError
from symbackprop.functions import FUNCTIONS
from symbackprop.numeric import c_library, runtime
from symbackprop.numeric.c_parts import runtime as c_runtime
from symbackprop.numeric.c_source import LIBRARY
from symbackprop.numeric.source import OPERATIONS

pytest.importorskip("cffi")
if not any(map(shutil.which, c_library.COMPILERS)):
    assert not FULL, "there is no C compiler; apt-get install gcc libc6-dev"
    pytest.skip("there is no C compiler; apt-get install gcc libc6-dev", allow_module_level=True)

# Sums in another order: what that may make of the digits, as a share of the greatest entry.
TOLERANCE = 1e-13
HELPERS = {"bell", "greatest", "others"}  # of runtime.c alone


pytestmark = pytest.mark.usefixtures("own_cache")


def some(count: int, of: int) -> list[Any]:
    """The first seeds, and the others where long runs are asked for."""
    return [pytest.param(seed, marks=pytest.mark.long if seed >= count else ()) for seed in range(of)]


def assert_same(network: Network, level: str | None = None, **options: Any) -> None:
    derivation = derive(network, level=level, **options)
    objective, gradient = derivation.lambdify()()
    compiled = derivation.lambdify("c")
    found, partials = compiled()
    assert found == pytest.approx(objective, rel=TOLERANCE, nan_ok=True)
    assert partials.keys() == gradient.keys()
    for name, expected in gradient.items():
        assert numpy.shape(partials[name]) == numpy.shape(expected)
        largest = numpy.abs(expected).max() if numpy.size(expected) else 0.0
        assert partials[name] == pytest.approx(expected, rel=TOLERANCE, abs=TOLERANCE * float(largest)), name


@pytest.mark.parametrize("seed", some(5, 30))
def test_random_networks_of_units(seed: int) -> None:
    assert_same(random_case(Random(seed), 8).network())


@pytest.mark.parametrize("seed", some(8, 60))
def test_random_layers(seed: int) -> None:
    assert_same(random_layers(Random(seed)).network())


@pytest.mark.parametrize("seed", some(10, 86))
def test_random_array_equations(seed: int) -> None:
    assert_same(random_equations(Random(seed)).network())


@pytest.mark.parametrize("name", ["001", "attention", "rnn", "lstm", "gru", "perceptron"])
def test_shipped_networks(name: str) -> None:
    assert_same(load(name))


def test_a_wide_network() -> None:
    """Loops over rows and columns of every kind, large enough for the compiler to use whole registers."""
    random = numpy.random.default_rng(3)
    layers = (Layer(33, "sigmoid"), Layer(17, "tanh"), Layer(10, "softmax"))
    network = Network(inputs=57, layers=layers, loss=Loss("cross_entropy"))
    derivation = derive(network, level="matrix")
    shapes = derivation.lambdify().shapes
    values = {name: random.normal(size=shapes[name]) / 5 for name in network.given if name != "y"}
    values |= {"y": random.dirichlet(numpy.ones(10), size=4), "x": random.normal(size=(4, 57))}
    expected, gradient = derivation.lambdify("numpy")(values)
    found, partials = derivation.lambdify("c")(values)
    assert found == pytest.approx(expected, rel=TOLERANCE)
    for name, own in gradient.items():
        assert numpy.abs(partials[name] - own).max() <= TOLERANCE * numpy.abs(own).max()


@pytest.mark.parametrize("name", VALUES)
def test_values_and_slopes_keep_their_digits(name: str) -> None:
    """Against mpmath, from −800 to 1e5; the slope of silu and gelu near its zero as a share of 1."""
    function = derive(Network.from_equations(f"z = {name}(w)\nf = 1*z", objective="f")).lambdify("c")
    for s in filter(functools.partial(operator.lt, -1e6), POINTS):
        value, gradient = function({"w": s})
        assert error(value, VALUES[name](s), abs(s)) <= 6, s
        slope = SLOPES[name](s)
        assert error(gradient["w"], slope, abs(s)) <= 6 or abs(gradient["w"] - slope) <= 4e-16, s


def test_every_function_of_the_runtime_is_there() -> None:
    defined = {*re.findall(r"^static inline double sb_(\w+)\(", c_runtime(), re.M)}
    assert defined - HELPERS == {*FUNCTIONS, *OPERATIONS} - {*LIBRARY} - {"divide"}
    assert all(hasattr(runtime, name) for name in defined - HELPERS)


def test_threads_have_room_of_their_own() -> None:
    function = derive(load("perceptron")).lambdify("c")
    inputs = numpy.random.default_rng(1).normal(size=(8, 2))
    alone = [function({"x": x}) for x in inputs]
    wrong: list[int] = []

    def work(place: int) -> None:
        for _ in range(300):
            objective, gradient = function({"x": inputs[place]})
            if objective != alone[place][0] or any(
                not numpy.array_equal(gradient[name], own) for name, own in alone[place][1].items()
            ):
                wrong.append(place)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(inputs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_names_that_mean_something_in_c() -> None:
    """Symbols called like C's words, its mathematics and the variables of our loops."""
    text = "double = exp(in*int) + j0*k\nwork = tanh(double) + i*out\nf = work**2 + main*y1 + log(1 + NAN**2)"
    values = {name: 0.1 * place for place, name in enumerate(("in", "int", "j0", "k", "i", "out", "main", "y1", "NAN"), start=1)}
    assert_same(Network.from_equations(text, objective="f", values=values))


def test_arrays_that_lie_otherwise_in_memory() -> None:
    """Read-only, transposed, sliced, of integers and of single precision: the values count, and stay as they are."""
    function = derive(load("perceptron")).lambdify("c")
    weights = numpy.arange(6.0).reshape(3, 2) / 10
    expected = function({"W1": weights})
    fixed = weights.copy()
    fixed.flags.writeable = False
    wide = numpy.zeros((6, 4))
    wide[::2, ::2] = weights
    for own in (fixed, numpy.asfortranarray(weights), wide[::2, ::2], weights.tolist()):
        found = function({"W1": own})
        assert found[0] == expected[0] and all(numpy.array_equal(found[1][name], own) for name, own in expected[1].items())
    assert function({"x": numpy.array([1, 2])})[0] == function({"x": [1.0, 2.0]})[0]
    assert function({"W1": weights.astype("f4")})[0] == pytest.approx(expected[0], rel=1e-6)


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_a_bound_function_reads_arrays_where_they_are(backend: str) -> None:
    """Gradient descent in place, step by step the same as by plain calls."""
    function = derive(load("perceptron")).lambdify(backend)
    names = load("perceptron").parameters
    parameters = function.values_of(names, {})
    own = {name: numpy.array(value) for name, value in parameters.items()}
    bound = function.bound(own)
    function({"x": [5, 5]})  # which leaves the bound one alone
    for _ in range(5):
        expected, gradient = function(own)
        found, partials = bound()
        assert found == expected and list(partials) == list(gradient)
        for name in names:
            assert numpy.array_equal(partials[name], gradient[name])
            own[name] -= 0.1 * partials[name]
    assert found < function(parameters)[0]


def test_what_cannot_be_bound() -> None:
    function = derive(load("perceptron")).lambdify
    with pytest.raises(InputError, match="value of 'W1': a bound function reads arrays of doubles that lie row by row"):
        function("c").bound(W1=numpy.asfortranarray(numpy.ones((3, 2))))
    entries = derive(load("perceptron"), by=["W1[0][1]", "b2"]).lambdify("c")
    assert entries.bound()()[1]["W1[0][1]"] == entries()[1]["W1[0][1]"]


# Files and tools.


def test_a_damaged_library_is_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a disk was full."""
    made: list[Path] = []
    compile_rightly = c_library._compile

    def compile_badly_once(compiler: str, flags: Any, source: str, path: Path) -> None:
        made.append(path)
        if len(made) == 1:
            path.write_bytes(b"\x7fELF")
        else:
            compile_rightly(compiler, flags, source, path)

    monkeypatch.setattr(c_library, "_compile", compile_badly_once)
    assert derive(Network.from_equations("E = w*w*17", objective="E")).lambdify("c")(w=2.0)[0] == 68
    assert len(made) == 2 and made[0] == made[1]


def test_a_library_is_compiled_once(own_cache: Path) -> None:
    derivation = derive(load("chain"))
    c_library._loaded.cache_clear()  # of what other tests have loaded from elsewhere
    derivation.lambdify("c")
    before = {path: path.stat().st_mtime_ns for path in own_cache.iterdir()}
    c_library._loaded.cache_clear()
    derivation.lambdify("c")
    assert {path: path.stat().st_mtime_ns for path in own_cache.iterdir()} == before
    assert all(path.suffix == ".so" for path in before)


def test_a_program_that_cannot_be_compiled_leaves_no_file(own_cache: Path) -> None:
    before = sorted(own_cache.iterdir())
    with pytest.raises(symbackprop.SymbackpropError, match=r"could not compile the program: .*error"):
        c_library._loaded("void f(", "f")
    assert sorted(own_cache.iterdir()) == before


def in_a_new_process(script: str, **environment: str) -> str:
    command = [sys.executable, "-c", f"import symbackprop\nf = symbackprop.derive(symbackprop.load('chain')).lambdify\n{script}"]
    run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, cwd=ROOT)
    return run.stdout + run.stderr.strip().split("\n")[-1]


def test_the_cache_is_where_the_user_wants_it(tmp_path: Path) -> None:
    assert in_a_new_process("print(f('c')()[0] == f()()[0])", XDG_CACHE_HOME=str(tmp_path)).strip() == "True"
    assert len(list((tmp_path / "symbackprop").iterdir())) == 1
    (tmp_path / "file").write_text("")
    assert in_a_new_process("print(f('c')()[0] == f()()[0])", XDG_CACHE_HOME=str(tmp_path / "file")).strip() == "True"


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    said = in_a_new_process("import sys; sys.modules['cffi'] = None; f('c')")
    assert said.endswith("the back end 'c' needs cffi: pip install 'symbackprop[c]'")
    c_library._compiler.cache_clear()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingToolError, match="needs a C compiler; on Debian: apt-get install gcc"):
        c_library._compiler()
    monkeypatch.undo()
    c_library._compiler.cache_clear()


def test_wrong_calls() -> None:
    derivation = derive(load("chain"))
    with pytest.raises(InputError, match="there is no back end 'C'"):
        derivation.lambdify("C")
    with pytest.raises(InputError, match="w_q"):
        derivation.lambdify("c")({"w_q": 1})
    with pytest.raises(InputError, match="finite"):
        derivation.lambdify("c")({"w_k": math.nan})
    network = Network(inputs="n", layers=(Layer("m"),), loss=Loss("squared_error"))
    with pytest.raises(InputError, match=r"the length '\w' is not given, and C needs all lengths"):
        derive(network).lambdify("c")


def test_deep_and_long_programs() -> None:
    """A deep formula, and a sum of hundreds of terms."""
    deep = "x" + "".join(f" + sin({place}*(w" for place in range(1, 15)) + "))" * 14
    assert_same(Network.from_equations(f"f = {deep}", objective="f", values={"x": 0.5, "w": 0.3}))
    inputs = tuple(f"x{place}" for place in range(800))
    unit = Unit("o", {name: f"w{name}" for name in inputs}, "tanh")
    values = dict.fromkeys((*inputs, *(f"w{name}" for name in inputs)), 0.01)
    assert_same(Network("", inputs, (unit,), Loss("half_squared_error", {"o": "y"}), values=values | {"y": 1}))
