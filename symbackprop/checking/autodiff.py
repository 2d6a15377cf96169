"""The gradient by a library that differentiates automatically: autograd, JAX or PyTorch, where one is installed.

The forward definitions are computed with the library's own functions, whole arrays at once where there are arrays, and the library
does the rest: it sees none of the derivation's derivatives. None of the three is needed, and none is imported before it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from .. import functions
from ..array_tree import Element, Length, MatMul, Mean, Ones, Outer, Reduce, Softmax, Transpose
from ..arrays import element_name, indices
from ..errors import InputError, MissingToolError, nearest
from ..functions import FUNCTIONS, GENERIC
from ..precise import as_mpf
from ..program import Forward
from ..shapes import SCALAR
from ..tree import Call, Derivative, Name, Negative, Number, Power, Product, Quotient, Sum, Tree, fold
from .points import SmoothFunction

if TYPE_CHECKING:
    from ..program import Program
    from .setting import Setting

LIBRARIES = ("autograd", "jax", "torch")
NONE = "none"
_QUICK = "autograd"  # imported in a moment, where the others take seconds


class Missing(Exception):
    """A function that the library does not have."""


def chosen_library(name: str | None) -> str:
    """The library of this name, empty for `NONE`; without a name the quick one, if it is there.

    Raises InputError for an unknown name, MissingToolError where it is not installed.
    """
    if name is None:
        return _QUICK if find_spec(_QUICK) is not None else ""
    if name == NONE:
        return ""
    if name not in LIBRARIES:
        raise InputError(f"there is no library {name!r}{nearest(name, (*LIBRARIES, NONE))}", "--with")
    if find_spec(name) is None:
        raise MissingToolError(f"{name} is not installed: pip install {name}")
    return name


def installed_as(name: str) -> str:
    """A library with its version."""
    return f"{name} {version(name)}"


def gradient(library: str, setting: Setting, program: Program) -> dict[str, Any] | str:
    """The partials of a program's objective by what the setting has partials by, as nested lists; or why there are none."""
    names = [name for name in program.given if _entries(name, program)[0] in setting.analytic]
    rows = [{name: _array(name, program, row) for name in program.given} for row in setting.point.rows]
    is_mean = setting.derivation.network.reduction == "mean"
    return _gradient(library, program, setting.derivation.objective, rows, names, setting.point.smooth, is_mean)


def gradient_at(
    library: str, program: Program, objective: str, values: Mapping[str, Any], names: list[str]
) -> dict[str, Any] | str:
    """The same at arrays of numbers."""
    return _gradient(library, program, objective, [values], names, None, False)


def _gradient(
    library: str,
    program: Program,
    objective: str,
    rows: list[Mapping[str, Any]] | list[dict[str, Any]],
    names: list[str],
    smooth: SmoothFunction | None,
    is_mean: bool,
) -> dict[str, Any] | str:
    def total(own: Library, values: Mapping[str, Any]) -> Any:
        found = [own.forward(program.definitions, {**row, **values}, smooth)[objective] for row in rows]
        whole = sum(found[1:], found[0])
        return whole / len(found) if is_mean else whole

    try:
        return _library(library).gradient(total, {name: rows[0][name] for name in names})
    except Missing as missing:
        return str(missing)


def _entries(name: str, program: Program) -> list[str]:
    return [element_name(name, index) for index in indices(_shape(name, program))]


def _shape(name: str, program: Program) -> tuple[int, ...]:
    return tuple(int(length) for length in program.shapes.get(name, SCALAR))


def _array(name: str, program: Program, row: Mapping[str, Any]) -> Any:
    """A given symbol's numbers, from those of its entries."""
    import numpy

    numbers = [float(as_mpf(row[entry])) for entry in _entries(name, program)]
    return numpy.array(numbers).reshape(_shape(name, program))


class Library:
    """The language's functions in those of a library like NumPy."""

    def __init__(self, np: Any) -> None:
        self.np = np

    def number(self, value: float) -> Any:
        return value

    def gradient(self, function: Callable[[Library, Mapping[str, Any]], Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """The gradient of a function of named arrays, as nested lists."""
        raise NotImplementedError

    def forward(self, definitions: Iterable[Forward], given: Mapping[str, Any], smooth: SmoothFunction | None) -> dict[str, Any]:
        """The given symbols and each definition, by name."""
        found = dict(given)
        for definition in definitions:
            found[definition.name] = self.value(definition.tree, found, smooth)
        return found

    def value(self, tree: Tree, known: Mapping[str, Any], smooth: SmoothFunction | None = None) -> Any:
        def evaluate(node: Any, parts: list[Any]) -> Any:
            match node:
                case Number():
                    return self.number(float(node.value))
                case Length():
                    return self.number(float(node.length))
                case Name() | Derivative():
                    return known[node.name]
                case Sum():
                    return sum(parts[1:], parts[0])
                case Product():
                    result = parts[0]
                    for part in parts[1:]:
                        result = result * part
                    return result
                case Negative():
                    return -parts[0]
                case Quotient():
                    return parts[0] / parts[1]
                case Power():
                    exponent = node.exponent
                    if isinstance(exponent, Number) and exponent.value.denominator == 1:
                        return parts[0] ** int(exponent.value)
                    return parts[0] ** parts[1]
                case Call():
                    return self._call(node, parts, smooth)
            return self._array(node, parts)

        return fold(tree, evaluate)

    def _array(self, node: Any, parts: list[Any]) -> Any:
        np = self.np
        match node:
            case MatMul():
                return np.matmul(*parts)
            case Transpose():
                return parts[0].T if len(parts[0].shape) > 1 else parts[0]
            case Outer():
                return parts[0][:, None] * parts[1][None, :]
            case Reduce():
                return self.total(parts[0], node.axis)
            case Mean():
                whole = self.total(parts[0], node.axis)
                count = self.size(parts[0]) / self.size(whole)
                return whole / count
            case Softmax():
                return self.softmax(parts[0], node.axis)
            case Element():
                return parts[0][tuple(map(int, node.index))]
            case Ones():
                return self.ones(tuple(map(int, node.shape)))
        raise AssertionError(f"no value for {type(node).__name__}")

    def _call(self, node: Call, parts: list[Any], smooth: SmoothFunction | None) -> Any:
        if node.function == GENERIC:
            assert smooth is not None
            return self.value(smooth.tree(Name("s")), {"s": parts[0]})
        extra = list(functions.with_defaults(node).values())[len(parts) :]
        arguments = [*parts, *(self.value(tree, {}) for tree in extra)]
        own = getattr(self, f"_{node.function}", None)
        if own is not None:
            return own(*arguments)
        defined = functions.definition(node.function)
        if defined is not None:
            return self.value(defined, dict(zip(FUNCTIONS[node.function].arguments, arguments, strict=True)))
        return getattr(self.np, node.function)(*arguments)

    def size(self, value: Any) -> int:
        shape, result = value.shape, 1
        for length in shape:
            result *= length
        return result

    def total(self, value: Any, axis: int | None) -> Any:
        return self.np.sum(value, axis=axis)

    def ones(self, shape: tuple[int, ...]) -> Any:
        return self.np.ones(shape)

    def softmax(self, s: Any, axis: int) -> Any:
        powers = self.np.exp(s - self.np.max(s, axis=axis, keepdims=True))
        return powers / self.np.sum(powers, axis=axis, keepdims=True)

    # Written so that nothing overflows: 1/(1 + exp(800)) has no slope in double precision.

    def _softplus(self, s: Any) -> Any:
        return self.np.logaddexp(self.number(0.0), s)

    def _sigmoid(self, s: Any) -> Any:
        return self.np.exp(-self._softplus(-s))

    def _step(self, s: Any) -> Any:
        return self.np.where(s > 0, self.number(1.0), self.number(0.0))

    def _normal_pdf(self, s: Any) -> Any:
        return self.np.exp(-s * s / 2) * 0.3989422804014327


class _Autograd(Library):
    def gradient(self, function: Callable[[Library, Mapping[str, Any]], Any], values: Mapping[str, Any]) -> dict[str, Any]:
        import warnings

        import numpy

        grad = import_module("autograd").grad

        with warnings.catch_warnings(), numpy.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # of an objective that does not depend on its parameters
            found = grad(lambda own: function(self, own))({name: _plain(value) for name, value in values.items()})
        return {name: numpy.asarray(own).tolist() for name, own in found.items()}

    def _normal_cdf(self, s: Any) -> Any:
        if find_spec("scipy") is None:
            raise Missing("autograd has the normal distribution from SciPy, which is not installed")
        return import_module("autograd.scipy.special").erfc(-s * 0.7071067811865476) / 2


def _plain(value: Any) -> Any:
    """A number for an array without axes, which autograd differentiates by as well."""
    return value if value.ndim else float(value)


class _Jax(Library):
    def gradient(self, function: Callable[[Library, Mapping[str, Any]], Any], values: Mapping[str, Any]) -> dict[str, Any]:
        import jax
        import numpy

        with jax.enable_x64(True):
            found = jax.grad(lambda own: function(self, own))({name: self.np.asarray(value) for name, value in values.items()})
            return {name: numpy.asarray(own).tolist() for name, own in found.items()}

    def _normal_cdf(self, s: Any) -> Any:
        return import_module("jax.scipy.special").erfc(-s * 0.7071067811865476) / 2


class _Torch(Library):
    def number(self, value: float) -> Any:
        return self.np.tensor(value, dtype=self.np.float64)

    def gradient(self, function: Callable[[Library, Mapping[str, Any]], Any], values: Mapping[str, Any]) -> dict[str, Any]:
        leaves = {name: self.np.tensor(value, dtype=self.np.float64, requires_grad=True) for name, value in values.items()}
        objective = function(self, leaves)
        if objective.requires_grad:
            objective.backward()
        return {name: (self.np.zeros_like(leaf) if leaf.grad is None else leaf.grad).tolist() for name, leaf in leaves.items()}

    def forward(self, definitions: Iterable[Forward], given: Mapping[str, Any], smooth: SmoothFunction | None) -> dict[str, Any]:
        tensors = {name: value if self.np.is_tensor(value) else self.number(value) for name, value in given.items()}
        return super().forward(definitions, tensors, smooth)

    def total(self, value: Any, axis: int | None) -> Any:
        return value.sum() if axis is None else value.sum(axis)

    def ones(self, shape: tuple[int, ...]) -> Any:
        return self.np.ones(shape, dtype=self.np.float64)

    def softmax(self, s: Any, axis: int) -> Any:
        return self.np.softmax(s, axis)

    def _normal_cdf(self, s: Any) -> Any:
        return self.np.special.erfc(-s * 0.7071067811865476) / 2


@cache
def _library(name: str) -> Library:
    kinds = {"autograd": (_Autograd, "autograd.numpy"), "jax": (_Jax, "jax.numpy"), "torch": (_Torch, "torch")}
    kind, module = kinds[name]
    return kind(import_module(module))
