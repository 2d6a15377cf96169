"""The order of the modules, their size, what importing costs, and what stands at the top level."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "symbackprop"

# A module may import from its own line and from the lines above it.
LAYERS = (
    ("errors", "collector"),
    ("array_tree", "tree"),
    ("grammar",),
    ("functions", "losses"),
    ("plain_text",),
    ("fields", "arrays", "precise", "symbolic", "shapes"),
    ("layered", "time_steps", "step_shapes", "wellformed", "given"),
    ("network",),
    ("reading",),
    ("rules", "array_program", "program", "taking_apart", "forward", "elements", "expansion", "unrolling", "backward"),
    ("derivation", "terms", "closed_form", "second_order", "general_step"),
    ("numbers",),
    ("numeric",),
    ("document",),
    ("checking",),
    ("rendering",),
    ("export",),
    ("cli",),
    ("__main__",),
)

# Methods by which Network and Derivation hand themselves on. Such an import stands inside the method;
# everywhere else an import inside a function obeys the same order.
HANDED_ON = {
    ("network", "reading"),
    ("network", "closed_form"),
    ("derivation", "numeric"),
    ("derivation", "export"),
    ("derivation", "document"),
    ("derivation", "rendering"),
    ("checking", "rendering"),
}
MAX_LINES = 450
HEAVY = ("sympy", "mpmath", "numpy", "jinja2", "math_core", "tqdm")
TOP_LEVEL = {"symbackprop", "templates", "tests", "docs", "pyproject.toml", "README.md", "LICENSE"}


def modules(package: Path) -> list[Path]:
    return sorted(package.rglob("*.py"))


def parts(path: Path, package: Path) -> tuple[str, ...]:
    """``numeric/python.py`` → (numeric, python); a package's __init__ → (numeric,)."""
    found = path.relative_to(package).with_suffix("").parts
    return found[:-1] if found[-1] == "__init__" else found


def imports(path: Path, package: Path) -> Iterator[tuple[str, int, bool]]:
    """(first module part below the package, line, inside a function) of each import that runs, of the package's own modules."""
    here = path.relative_to(package).parts[:-1]

    def walk(node: ast.AST, inside: bool) -> Iterator[tuple[str, int, bool]]:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                head, *rest = alias.name.split(".")
                if head == package.name:
                    yield (rest[0] if rest else ""), node.lineno, inside
        if isinstance(node, ast.ImportFrom):
            target = tuple((node.module or "").split(".")) if node.module else ()
            if node.level:
                target = here[: len(here) - node.level + 1] + target
            elif target[:1] == (package.name,):
                target = target[1:]
            else:
                return
            yield from ((part, node.lineno, inside) for part in ([target[0]] if target else [alias.name for alias in node.names]))
        inner = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inner)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), False)


def wrong_imports(package: Path) -> list[str]:
    """One line for each import that goes against the order, and for each module that has no place in it."""
    place = {name: index for index, layer in enumerate(LAYERS) for name in layer}
    problems = []
    for path in modules(package):
        own = parts(path, package)
        if not own:
            continue  # __init__ imports when a name is first used; test_importing_is_light holds it to that
        name = f"{path.relative_to(package.parent)}"
        if own[0] not in place:
            problems.append(f"{name}: has no place in LAYERS")
            continue
        for target, line, inside in imports(path, package):
            if target == own[0] or target in ("", "__version__"):
                continue
            if target not in place:
                problems.append(f"{name}:{line}: imports {target!r}, which has no place in LAYERS")
            elif place[target] > place[own[0]] and not (inside and (own[0], target) in HANDED_ON):
                problems.append(f"{name}:{line}: {own[0]} imports {target}, which comes after it")
    return problems


def test_imports_go_one_way() -> None:
    assert wrong_imports(PACKAGE) == []


@pytest.mark.parametrize(
    ("module", "text", "problem"),
    [
        ("network.py", "from .derivation import derive\n", "network imports derivation"),
        ("tree.py", "import symbackprop.cli\n", "tree imports cli"),
        ("tree.py", "from symbackprop import network\n", "tree imports network"),
        ("tree.py", "from . import errors, network\n", "tree imports network"),
        ("numeric/deep.py", "from ..rendering.html import x\n", "numeric imports rendering"),
        ("numeric/deep.py", "from .. import cli\n", "numeric imports cli"),
        ("grammar.py", "def f():\n    from .rendering import x\n", "grammar imports rendering"),
        ("derivation.py", "from .rendering import x\n", "derivation imports rendering"),
        ("stray.py", "", "stray.py: has no place"),
        ("cli.py", "from .stray import x\n", "imports 'stray', which has no place"),
    ],
)
def test_the_order_is_enforced(tmp_path: Path, module: str, text: str, problem: str) -> None:
    path = tmp_path / "symbackprop" / module
    path.parent.mkdir(parents=True)
    path.write_text(text)
    problems = wrong_imports(tmp_path / "symbackprop")
    assert len(problems) == 1
    assert problem in problems[0]


def test_allowed_imports_pass(tmp_path: Path) -> None:
    package = tmp_path / "symbackprop"
    (package / "numeric").mkdir(parents=True)
    (package / "numeric" / "one.py").write_text("from .two import x\nfrom ..tree import Name\nfrom . import two\nimport sympy\n")
    (package / "derivation.py").write_text("def save():\n    from .rendering import render\n")
    (package / "tree.py").write_text("if TYPE_CHECKING:\n    from .cli import main\n")
    assert wrong_imports(package) == []


def test_modules_are_short() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in modules(PACKAGE)}
    assert {name: length for name, length in lengths.items() if length >= MAX_LINES} == {}


@pytest.mark.parametrize("code", ["import symbackprop", "import symbackprop; dir(symbackprop); symbackprop.__version__"])
def test_importing_is_light(code: str) -> None:
    assert heavy_modules(code) == []


@pytest.mark.parametrize("arguments", [["--help"], ["derive", "--help"], ["evaluate", "--help"]])
def test_help_is_light(arguments: list[str]) -> None:
    assert heavy_modules(run_command(*arguments)) == []


def run_command(*arguments: str) -> str:
    """Code that does what ``python -m symbackprop`` does with the arguments, and goes on."""
    lines = (
        "import runpy",
        f"sys.argv[1:] = {list(arguments)!r}",
        "try:",
        "    runpy.run_module('symbackprop', run_name='__main__')",
        "except SystemExit as end:",
        "    assert not end.code",
    )
    return "\n".join(lines)


def test_heavy_imports_are_seen() -> None:
    assert heavy_modules("import jinja2") == ["jinja2"]


def heavy_modules(code: str) -> list[str]:
    """Which of HEAVY a fresh Python has loaded after ``code``."""
    script = f"import sys\n{code}\nprint('loaded:', *(name for name in {HEAVY!r} if name in sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()[-1].split()[1:]


def test_top_level_is_fixed() -> None:
    """What git keeps at the top: the six names of the layout, LICENSE and dot-files."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    names = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert {name for name in names if not name.startswith(".")} - TOP_LEVEL == set()
    assert {name for name in TOP_LEVEL if not (ROOT / name).exists()} == set()
