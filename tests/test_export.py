"""Exported source code: it stands alone, is right by oracles that share no code with it, and finds by itself what is broken."""

from __future__ import annotations

import ast
import math
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy
import pytest
from click.testing import CliRunner
from exported_files import LANGUAGES, File, assert_passed, in_node, namespace, self_checks, tool
from random_layers import random_equations, random_layers
from random_networks import FLOATS, random_case
from test_cli import run
from test_derivatives import autograd_partials
from test_saturation import CURVED, POINTS, SLOPES, VALUES, error, mp

import symbackprop
from symbackprop import InputError, Layer, Loss, Network, Unit, derive, load
from symbackprop.cli import main
from symbackprop.export import exports
from symbackprop.export.javascript import JavaScriptPrinter
from symbackprop.functions import FUNCTIONS
from symbackprop.numeric.source import OPERATIONS

autograd = pytest.importorskip("autograd")
import autograd.numpy as anp  # noqa: E402

GOLDEN = Path(__file__).parent / "golden"
SHIPPED = [name for name, _ in symbackprop.list_networks()]
SCALARS = ("python", "c", "javascript")
SIX_ULP = 6.0


def exported(network: Network, label: str, languages: tuple[str, ...] = (), **asked: Any) -> list[File]:
    """A network in several languages; by default in all that it can be exported to."""
    derivation = derive(network, **asked)
    chosen = languages or (LANGUAGES if network.is_array else SCALARS)
    return [File(label, language, text) for language, text in exports(derivation, dict.fromkeys(chosen, label)).items()]


def test_shipped_networks_check_themselves(tmp_path: Path) -> None:
    files = []
    for name in SHIPPED:
        network = load(name)
        if name in ("002-base", "002-two-units"):
            for language in SCALARS:
                with pytest.raises(InputError, match="the activation σ is undefined and has no numbers"):
                    derive(network).export(language)
            continue
        files += exported(network, name.replace("-", "_"))
    assert len(files) >= 35
    assert_passed(files, tmp_path)


def random_files(seeds: range) -> list[File]:
    files = []
    for seed in seeds:
        files += exported(random_case(Random(seed), 6).network(), f"units{seed}")
        files += exported(random_layers(Random(seed)).network(), f"layers{seed}")
        files += exported(random_equations(Random(seed)).network(), f"equations{seed}")
    return files


@pytest.mark.parametrize("seeds", [range(2), pytest.param(range(2, 60), marks=pytest.mark.long)])
def test_random_networks_check_themselves(seeds: range, tmp_path: Path) -> None:
    assert_passed(random_files(seeds), tmp_path)


# The expected results of a file and the results of its function against automatic differentiation.


def assert_agrees(file: File, objective: float, gradient: dict[str, Any]) -> None:
    own = namespace(file)
    assert pytest.approx(objective, rel=1e-11) == own["EXPECTED_OBJECTIVE"]
    found = [own["objective_and_gradient"](**own["PARAMETERS"], **sample) for sample in own["SAMPLES"]]
    assert own["SHARE"] * math.fsum(value for value, _ in found) == pytest.approx(objective, rel=1e-11)
    assert own["EXPECTED_GRADIENT"].keys() == gradient.keys()
    scale = max(numpy.abs(value).max() for value in gradient.values())
    for name, partial in gradient.items():
        total = own["SHARE"] * sum(numpy.array(own_gradient[name]) for _, own_gradient in found)
        assert numpy.shape(total) == numpy.shape(partial)
        for result in (total, own["EXPECTED_GRADIENT"][name]):
            assert numpy.abs(numpy.array(result) - partial).max() <= 1e-11 * scale, name


@pytest.mark.parametrize("seed", range(8))
def test_units_against_autograd(seed: int) -> None:
    case = next(own for own in (random_case(Random(f"{seed} {again}"), 8) for again in range(100)) if own.is_tame())
    partials, network = autograd_partials(case), case.network()
    objective = case.forward(FLOATS, {name: float(text) for name, text in case.values.items()}, {})["E"]
    (file,) = exported(network, "net", ("python",))
    assert_agrees(file, objective, {name: partials[name] for name in network.parameters})


@pytest.mark.parametrize("seed", range(6))
def test_layers_against_autograd(seed: int) -> None:
    case = random_layers(Random(seed))
    if case.samples and case.samples > 1:  # a file with a penalty is about one sample
        case = replace(case, l1={}, l2={})
    true = autograd.grad(lambda point: case.objective(anp, point))(dict(case.values))
    true = {name: value for name, value in true.items() if name not in ("x", "y", *case.frozen)}
    for file in exported(case.network(), "net", ("python", "numpy")):
        assert_agrees(file, float(case.objective(numpy, case.values)), true)


@pytest.mark.parametrize("seed", range(6))
def test_equations_against_autograd(seed: int) -> None:
    case = random_equations(Random(seed))
    true = autograd.grad(lambda point: case.objective(anp, point))(dict(case.values))
    for file in exported(case.network(), "net", ("python", "numpy")):
        assert_agrees(file, float(case.objective(numpy, case.values)), true)


# What the self-check finds.

BROKEN = {
    "python": ("delta_o*z_k ", "delta_o*z_j "),
    "numpy": ("delta_1 = dE_dz1*dz1_ds1", "delta_1 = dE_dz1*dz1_ds1*1.000001"),
    "c": ("delta_o*z_k;", "delta_o*z_j;"),
    "javascript": ("delta_o*z_k;", "delta_o*z_j;"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_broken_line_fails_the_self_check(language: str, tmp_path: Path) -> None:
    """The file is run as its header says, whole and with one line broken."""
    (file,) = exported(load("perceptron" if language == "numpy" else "chain"), "net", (language,))
    assert file.text.count(BROKEN[language][0]) == 1
    for text, code in ((file.text, 0), (file.text.replace(*BROKEN[language]), 1)):
        result = as_the_header_says(text, language, tmp_path)
        assert result.returncode == code, result.stdout + result.stderr
        assert result.stdout.count(": ok") == (2 if code == 0 else 0 if language != "numpy" else 1)
        assert ("the gradient by w_k" in result.stdout or "the gradient by W1" in result.stdout) == bool(code)


def as_the_header_says(text: str, language: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The self-check, in a folder of its own and without the package."""
    found = re.search(r"^\W+The self-check is run by: (.*)$", text, re.MULTILINE)
    assert found
    command = found[1].replace("python ", f"{sys.executable} -P ").replace("cc ", f"{tool(language)} ", 1)
    (folder / {"c": "net.c", "javascript": "net.js"}.get(language, "net.py")).write_text(text, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, env=environment)


def test_a_wrong_objective_and_a_wrong_gradient_are_told_apart() -> None:
    """Differences find a gradient that is not that of the objective, even where the expected one is wrong in the same way."""
    (file,) = exported(load("chain"), "net", ("python",))
    text = file.text.replace("E = 0.5*(E_part*E_part)", "E = 0.5*(E_part*E_part) + 1e-9")
    assert "the objective is" in self_checks([file._replace(text=text)], Path())["net python"]
    both = re.sub(r'("w_k": )-\d', r"\1-0", file.text.replace(*BROKEN["python"]))
    wrong = namespace(file._replace(text=both))
    _, gradient = wrong["objective_and_gradient"](**wrong["PARAMETERS"], **wrong["SAMPLES"][0])
    both = re.sub(
        r'("w_k": )-[\d.]+(,\n)', lambda match: f"{match[1]}{gradient['w_k']!r}{match[2]}", file.text.replace(*BROKEN["python"])
    )
    said = self_checks([file._replace(text=both)], Path())["net python"].split("\n")
    assert said[0].endswith("expected values: ok") and said[1].endswith("differences: wrong")


# The file itself.


def test_golden_file(pytestconfig: pytest.Config) -> None:
    (file,) = exported(load("chain"), "chain", ("python",))
    path = GOLDEN / "chain.py"
    text = file.text.replace(f"symbackprop {symbackprop.__version__}.", "symbackprop VERSION.")
    if pytestconfig.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["chain", "003-split", "004", "perceptron", "lstm"])
def test_python_files_hold_what_is_read(name: str) -> None:
    """No import, function or line that nothing reads; no line wider than a screen."""
    for file in exported(load(name), "net", ("python", "numpy") if load(name).is_array else ("python",)):
        assert max(map(len, file.text.split("\n"))) <= 132
        tree = ast.parse(file.text)
        imports = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        assert imports == ({"math", "numpy"} if file.language == "numpy" else {"math"})
        assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        made = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        made |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        made |= {argument.arg for node in ast.walk(tree) if isinstance(node, ast.arguments) for argument in node.args}
        assert made - read - {"_"} == set()


def test_names_are_those_of_the_derivation() -> None:
    derivation = derive(load("chain"))
    for language in SCALARS:
        text = derivation.export(language)
        for step in (*derivation.program.definitions, *derivation.backward_pass):
            assert re.search(rf"\b{step.name.replace('/', '_')} = ", text), step.name
        for said in ("net input of unit j", "error signal of unit k, dE/ds_k", "slope of unit j, dz_j/ds_j", "gradient by w_in"):
            assert said in text


def test_large_networks_stay_compact() -> None:
    network = Network(inputs=12, layers=(Layer(12, "tanh"), Layer(5)), loss=Loss("half_squared_error"))
    for language, most in (("numpy", 150), ("c", 260)):
        text = derive(network, level="matrix").export(language, "net")
        function = text[text.index("objective_and_gradient") : text.index("The self-check: ")]
        assert function.count("\n") < most
    written_out = derive(network).export("python", "net")
    assert written_out.count("net input of") == 0
    assert written_out.count("# layer 2") == 2


AWKWARD = (
    *(
        "class",
        "lambda",
        "function",
        "in_",
        "Math",
        "np",
        "math",
        "values",
        "gradient",
        "let",
        "double",
        "main",
        "await",
        "arguments",
    ),
    *(
        "objective_and_gradient",
        "sb_sigmoid",
        "NULL",
        "print",
        "self_check",
        "i",
        "k",
        "Infinity",
        "E_part",
        "one_minus_z_h",
        "_",
        "Σ",
    ),
)


def test_awkward_names(tmp_path: Path) -> None:
    """Words of the languages, and names that the files use themselves, as symbols, units, files and titles."""
    symbols = Network.from_equations("f = " + " + ".join(f"sin({name})*{name}" for name in AWKWARD), objective="f")
    units = [Unit(name, {"x": f"w{index}"}, "sigmoid") for index, name in enumerate(AWKWARD)]
    last = Unit("o", {name: f"v{index}" for index, name in enumerate(AWKWARD)})
    title = 'It is """ */ // \\ \n # ??/ \u2028 \x00 `${x}` the title'
    net = Network(inputs=("x",), units=(*units, last), loss=Loss("half_squared_error", {"o": "y"}), title=title)
    arrays = Network.from_equations(
        "class = tanh(np @ i)\nf = sum(class*math) + sum(j)", objective="f", shapes={"np": (3, 2), "i": 2, "math": 3, "j": (2, 2)}
    )
    files = [*exported(symbols, "Math"), *exported(net, "exp"), *exported(arrays, "struct")]
    assert_passed(files, tmp_path)
    assert all("the title" in file.text.split("\n")[0] for file in files if file.label == "exp")


def test_files_with_awkward_names() -> None:
    for language in SCALARS:
        text = derive(load("chain")).export(language, "it's\na net")
        head = text[: text.index("Made by symbackprop")].split("\n")
        assert len(head) in (5, 6) and """'it'"'"'s a net'.""" in head[-2]


def test_what_is_differentiated_can_be_chosen(tmp_path: Path) -> None:
    units = (Unit("h", {"x": "v"}, "tanh"), Unit("o", {"h": "w"}, "sigmoid", bias="b"))
    net = Network(inputs=("x",), units=units, loss=Loss("binary_cross_entropy", {"o": "y"}), signal_sign=-1)
    layers = Network(inputs=2, layers=(Layer(3, "sigmoid"), Layer(2, "tanh")), loss=Loss("squared_error"))
    files = [
        *exported(net, "inner", by=["z_h", "s_h", "w", "x"]),
        *exported(net, "of_unit", of="z_o"),
        *exported(layers, "entries", by=["W1[0][1]", "b2[1]", "z1[0]"], level="unit"),
        *exported(layers, "whole", by=["z1", "W2", "x"], level="matrix"),
        *exported(layers, "batch", level="matrix", batch=4),
        *exported(Network.from_equations("g = a*b\nf = b*2", objective="f"), "unread"),
    ]
    assert_passed(files, tmp_path)
    own = namespace(next(file for file in files if file.label == "entries" and file.language == "numpy"))
    assert own["EXPECTED_GRADIENT"].keys() == {"W1_0_1", "b2_1", "z1_0"}


def test_samples_are_added_or_averaged(tmp_path: Path) -> None:
    files = []
    for reduction in ("sum", "mean"):
        loss = Loss("half_squared_error", {"o": "y"}, reduction=reduction)
        samples = [{"x": 1, "y": "0.5"}, {"x": "-0.4", "y": 2}, {"x": 3, "y": "0.1"}]
        net = Network(inputs=("x",), units=(Unit("o", {"x": "w"}, "tanh"),), loss=loss, values={"w": "0.7"}, samples=samples)
        made = exported(net, reduction)
        files += made
        own = namespace(made[0])
        errors = [math.tanh(0.7 * x) - y for x, y in ((1, 0.5), (-0.4, 2), (3, 0.1))]
        share = 1 / 3 if reduction == "mean" else 1.0
        assert own["EXPECTED_OBJECTIVE"] == pytest.approx(share * sum(e * e for e in errors) / 2, rel=1e-13)
    assert_passed(files, tmp_path)


def test_sequences_go_in_and_out_whole(tmp_path: Path) -> None:
    """One argument for all steps; a gradient by all steps is one array, by some of them one for each."""
    units = (Unit("h", {"x": "w", "h[t-1]": "u", "x[t-1]": "v"}, "tanh"),)
    values = {"x": [[1, 2, 3], ["0.1", "0.2", "0.4"]], "y": [[1, 0, 1], [0, 0, 1]], "w": 1, "u": "0.5", "v": "0.2"}
    of_units = Network(inputs=("x",), units=units, loss=Loss("half_squared_error", {"h": "y"}), steps=3, values=values)
    shapes: Any = {"W": (2, 3), "x": 3, "U": (2, 2), "y": 2, "h[0]": 2}
    text = "h[t] = tanh(W @ x[t] + U @ h[t-1])\ne[t] = sum((h[t] - y[t])**2)"
    of_arrays = Network.from_equations(text, objective="e", steps=3, shapes=shapes)
    all_steps, some = ["x[1]", "x[2]", "x[3]", "y[2]", "w"], ["x[2]", "W"]
    files = [
        *exported(of_units, "units"),
        *exported(of_units, "by_steps", by=all_steps),
        *exported(of_arrays, "arrays", by=["x[1]", "x[2]", "x[3]", "W"], level="matrix"),
        *exported(of_arrays, "some", by=some, level="matrix"),
        *exported(of_arrays, "entry", by=["x[2][1]", "W[0][1]"], level="unit"),
    ]
    assert_passed(files, tmp_path)
    found = {file.label: namespace(file)["EXPECTED_GRADIENT"] for file in files if file.language == "python"}
    assert found["by_steps"].keys() == {"x", "y_2", "w"} and len(found["by_steps"]["x"]) == 3
    assert numpy.shape(found["arrays"]["x"]) == (3, 3)
    assert {name: numpy.shape(value) for name, value in found["some"].items()} == {"x_2": (3,), "W": (2, 3)}
    assert found["entry"].keys() == {"x_2_1", "W_0_1"}


@pytest.mark.parametrize("name", ["chain", "003-split", "004", "perceptron"])
def test_every_line_is_checked(name: str) -> None:
    """Each line of the function in turn, made a ten-thousandth greater: the self-check finds it, but where the line is zero."""
    # With the softmax perceptron's own target, all of one class, nothing reads the output of that class.
    network = load(name).with_values({"y": ["0.2", "0.5", "0.3"]}) if name == "perceptron" else load(name)
    (file,) = exported(network, "net", ("python",))
    lines = file.text.split("\n")
    start = next(index for index, line in enumerate(lines) if line.startswith("def objective_and_gradient"))
    end = next(index for index, line in enumerate(lines) if line.startswith("    return ") and index > start)
    missed = []
    for index in range(start + 1, end):
        match = re.match(r"(    \w+ = )(.*?)(  #.*)?$", lines[index])
        if not match or match[2].startswith("(") or lines[index + 1].startswith("        "):
            continue
        broken = "\n".join([*lines[:index], f"{match[1]}({match[2]})*1.0001", *lines[index + 1 :]])
        if "wrong" not in self_checks([file._replace(text=broken)], Path())["net python"]:
            missed.append(lines[index])
    assert end - start > 20
    assert missed == []


def extreme(activation: str, loss: str, x: float, y: float, **others: Any) -> Network:
    units = (Unit("h", {"x": "v"}, activation), Unit("o", {"h": "w"}, others.pop("output", activation), bias="b"))
    return Network(
        inputs=("x",), units=units, loss=Loss(loss, {"o": "y"}), values={"x": x, "v": 1, "w": 1, "b": 0, "y": y}, **others
    )


def test_extreme_values(tmp_path: Path) -> None:
    """At saturated units and large logits the network's own values are taken, and nothing is lost."""
    logits = {"x": [1, 1], "W1": [[10000, 0], [0, 5000], [-10000, 0]], "b1": [0, 0, 0], "y": [0, 1, 0]}
    networks = {
        "high": extreme("sigmoid", "half_squared_error", 800, 0.5),
        "low": extreme("sigmoid", "half_squared_error", -800, 0.25),
        "certain": extreme("identity", "binary_cross_entropy", 800, 0, output="sigmoid"),
        "impossible": extreme("identity", "binary_cross_entropy", -800, 1, output="sigmoid"),
        "softplus": extreme("softplus", "squared_error", -800, 1),
        "kink": extreme("relu", "half_squared_error", 0, 0.5, output="identity"),
        "logits": Network(inputs=2, layers=(Layer(3, "softmax"),), loss=Loss("cross_entropy"), values=logits),
    }
    files = [file for name, network in networks.items() for file in exported(network, name)]
    assert all("The self-check: the network's values;" in file.text for file in files)
    assert_passed(files, tmp_path)
    own = namespace(next(file for file in files if file.label == "logits" and file.language == "python"))
    assert own["EXPECTED_OBJECTIVE"] == 5000.0


@pytest.mark.parametrize(
    ("equation", "values"),
    [
        ("f = relu(0.1*a - 0.3)*c", {"a": "3", "c": "2"}),  # rounding decides on which side of the kink it is
        ("f = exp(1000*a)*c", {"a": "3", "c": "2"}),
        ("f = (a*b - c)**2", {"a": "0.1", "b": "0.3", "c": "0.03"}),  # nothing is left but rounding
    ],
)
def test_values_that_tell_nothing_are_not_taken(equation: str, values: dict[str, str], tmp_path: Path) -> None:
    files = exported(Network.from_equations(equation, objective="f", values=values), "net")
    assert all("The self-check: random values;" in file.text for file in files)
    assert_passed(files, tmp_path)


# The functions that files carry along.


def test_javascript_has_every_function() -> None:
    written = set(re.findall(r"^function (\w+)\(", (_parts() / "runtime.js").read_text(encoding="utf-8"), re.MULTILINE))
    elsewhere = {"divide", "generic", "sigmoid_power", "sigmoid_of_power", "sigmoid_rest"}
    assert written - {"bell", "others"} == {*FUNCTIONS, *OPERATIONS} - {*JavaScriptPrinter.library} - elsewhere


def _parts() -> Path:
    return Path(symbackprop.__file__).parent / "export" / "parts"


def in_javascript(files: list[File], folder: Path) -> dict[str, Any]:
    pieces = ["result = {};"]
    for file in files:
        (folder / f"{file.label}.js").write_text(file.text, encoding="utf-8")
        call = f"require('./{file.label}.js').objective_and_gradient({{ w }})"
        pieces.append(f"result.{file.label} = {POINTS!r}.map((w) => {call}).map(([z, gradient]) => [z, gradient.w]);")
    return in_node("\n".join(pieces), folder)


def in_python(files: list[File], folder: Path) -> dict[str, Any]:
    functions = {file.label: namespace(file)["objective_and_gradient"] for file in files}
    results = {label: [function(s) for s in POINTS] for label, function in functions.items()}
    return {label: [(value, gradient["w"]) for value, gradient in rows] for label, rows in results.items()}


@pytest.mark.parametrize(("language", "run_at_points"), [("python", in_python), ("javascript", in_javascript)])
def test_functions_have_their_digits(language: str, run_at_points: Any, tmp_path: Path) -> None:
    """Value and slope of every activation against mpmath, saturated or not."""
    networks = {name: Network.from_equations(f"z = {name}(w)\nf = 1*z", objective="f") for name in SLOPES}
    files = [file for name, network in networks.items() for file in exported(network, name, (language,))]
    for name, rows in run_at_points(files, tmp_path).items():
        for s, (value, slope) in zip(POINTS, rows, strict=True):
            assert math.isfinite(slope)
            if abs(s) > 1e4:
                continue
            exact = mp.mpf(s)
            assert error(value, VALUES[name](exact), abs(s)) < SIX_ULP, (name, s)
            slack = max(1.0, 0.3 / abs(float(SLOPES[name](exact)))) if abs(s - CURVED.get(name, math.inf)) <= 1 else 1.0
            assert error(slope, SLOPES[name](exact), abs(s)) < SIX_ULP * slack, (name, s)


def test_a_page_takes_several_files(tmp_path: Path) -> None:
    """Without modules, as in a browser, each file gives one name, that of the network."""
    for name in ("chain", "perceptron"):
        (tmp_path / f"{name}.js").write_text(derive(load(name)).export("javascript", name), encoding="utf-8")
    found = in_node(
        """
        const vm = require("vm"), fs = require("fs"), page = vm.createContext({ console: { log() {} } });
        for (const name of ["chain", "perceptron"]) vm.runInContext(fs.readFileSync(`${name}.js`, "utf8"), page);
        const before = "chain.objective_and_gradient({ x_i: 1, w_in: 2, w_j: 5, w_k: 3, y: 3 })";
        result = vm.runInContext(`[${before}, chain.self_check(), perceptron.self_check(), typeof objective_and_gradient]`, page);
        """,
        tmp_path,
    )
    loss, gradient = derive(load("chain")).lambdify()()
    assert found[0][0] == pytest.approx(loss, rel=1e-14)
    assert found[0][1] == pytest.approx(gradient, rel=1e-13)
    assert found[1:] == [True, True, "undefined"]


# The command.


def test_the_command_writes_files(tmp_path: Path) -> None:
    result = run("export", "perceptron", "--language", "numpy,javascript,python,c", "-o", "code", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    names = ["perceptron.py", "perceptron-numpy.py", "perceptron.c", "perceptron.js"]
    assert result.stdout.split() == [str(Path("code") / name) for name in names]
    derivation = derive(load("perceptron"))
    assert (tmp_path / "code" / "perceptron.c").read_text(encoding="utf-8") == derivation.export("c", "perceptron")
    assert "run by: python perceptron-numpy.py" in (tmp_path / "code" / names[1]).read_text(encoding="utf-8")
    again = ["export", "perceptron", "-o", str(tmp_path / "code")]
    assert "perceptron.py exists already; pass --force" in CliRunner().invoke(main, again).stderr
    assert CliRunner().invoke(main, [*again, "--force"]).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("chain", "--language", "python,pyhton"), ("there is no language 'pyhton'; did you mean 'python'?",)),
        (("chain", "--language", "python,numpy"), ("scalars", "'numpy'")),
        (("002-base", "--language", "c"), ("the activation σ is undefined",)),
        (("chain", "--of", "z_p"), ("'z_p' is no definition of the network", "z_o")),
    ],
)
def test_wrong_calls_write_nothing(arguments: tuple[str, ...], words: tuple[str, ...], tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["export", *arguments, "-o", str(tmp_path)])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert all(word in result.stderr for word in words), result.stderr
    assert os.listdir(tmp_path) == []


def test_lengths_that_are_not_given() -> None:
    net = Network(inputs="n", layers=(Layer("m", "sigmoid"), Layer(2, "tanh")), loss=Loss("half_squared_error"))
    file = File("net", "numpy", derive(net).export("numpy"))
    assert "wrong" not in self_checks([file], Path())["net numpy"]
    for language, words in (
        ("python", "units can be written out only where every length is a number"),
        ("c", "C needs all lengths"),
    ):
        with pytest.raises(InputError, match=words):
            derive(net).export(language)


def test_a_penalty_is_whole_in_one_sample() -> None:
    """Whatever samples the network has: the file's function is that of one, with values of its own."""
    unit = Unit("o", {"x": "w"}, "sigmoid")
    loss = Loss("half_squared_error", {"o": "y"}, l2={"w": 2})
    samples = [{"x": 0, "y": 0.5}, {"x": 1, "y": 0.5}, {"x": 2, "y": 0.5}]
    code: dict[str, Any] = {"__name__": "pen"}
    exec(derive(Network(inputs=("x",), units=(unit,), loss=loss, values={"w": 1}, samples=samples)).export("python"), code)
    assert code["objective_and_gradient"](x=0, w=3.0, y=0.5) == (9.0, {"w": 6.0})
