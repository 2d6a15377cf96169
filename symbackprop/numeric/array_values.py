"""The values of a network of arrays as NumPy arrays: its own, and those passed to a function, checked against the shapes.

A symbol that is no parameter takes one array for all samples, or one with a leading axis over them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from ..array_tree import Shape
from ..arrays import Array, Given
from ..errors import InputError, nearest
from ..fields import describe
from ..given import adding_up_to_one
from ..layered import all_shapes
from ..network import Network
from ..shapes import SCALAR, show
from .bound import Bound
from .scalar_values import as_double, check_shares, common_count, refuse_missing

Values = Any  # a NumPy array of doubles, or a double of NumPy for a scalar


class NetworkValues:
    """The values of one network, made into arrays once; the ``initial`` ones are zero where nothing is given."""

    def __init__(self, network: Network, dtype: Any = float, initial: Iterable[str] = ()) -> None:
        self.network, self.dtype = network, np.dtype(dtype)
        self.initial = tuple(initial)
        self.shapes = all_shapes(network)
        # The shapes of arrays all of whose lengths are given: what has such a shape is in order.
        self.exact = {name: shape for name, shape in self.shapes.items() if shape and all(isinstance(own, int) for own in shape)}
        self.given = frozenset(network.given)
        self.shares = adding_up_to_one(network)
        self.data = self.given - {*network.parameters, *network.frozen}  # may differ between samples

    @cached_property
    def own(self) -> Bound:
        """The network's own values."""
        samples = self.network.samples
        varying = {name: np.stack([self._own(sample[name]) for sample in samples]) for name in (samples[0] if samples else ())}
        zeros = {name: np.zeros(tuple(map(int, self.exact[name])), self.dtype) for name in self.initial if name in self.exact}
        zeros |= {name: self.dtype.type(0.0) for name in self.initial if not self.shapes.get(name, SCALAR)}
        fixed = zeros | {name: self._own(value) for name, value in self.network.values.items()}
        return Bound(fixed, varying, len(samples) or None)

    def _own(self, value: Given) -> Values:
        return _array(value).astype(self.dtype, copy=False)

    def bound(self, passed: Mapping[str, Any], needed: Iterable[str]) -> Bound:
        """What is passed, else the network's own values.

        Raises InputError for a name that the network does not have, a needed one without a value, a wrong shape, and what
        is no finite number.
        """
        fixed, varying = dict(self.own.fixed), dict(self.own.varying)
        lengths: dict[str, tuple[int, str]] = {}
        for name, value in passed.items():
            if name not in self.given:
                raise InputError(f"{name!r} is no given symbol of the network{nearest(str(name), self.given)}", "values")
            array = as_array(value, name, self.dtype)
            if varying:
                varying.pop(name, None)
            if array.shape == self.exact.get(name):
                fixed[name] = array
                continue
            fixed.pop(name, None)
            shape = self.shapes.get(name, SCALAR)
            if name in self.data and array.ndim == len(shape) + 1:
                self._check(name, array.shape[1:], shape, array.shape, lengths)
                varying[name] = array
            else:
                self._check(name, array.shape, shape, array.shape, lengths)
                fixed[name] = array if shape else array[()]
        refuse_missing([name for name in needed if name not in fixed and name not in varying])
        for group in self.shares:
            if not passed.keys().isdisjoint(group):
                check_shares(sum(({**fixed, **varying}[name].sum(axis=-1) for name in group), np.zeros(())).flat, group)
        return Bound(fixed, varying, common_count({name: len(values) for name, values in varying.items()}))

    def _check(self, name: str, own: Shape, wanted: Shape, whole: Shape, lengths: dict[str, tuple[int, str]]) -> None:
        """Raise InputError unless ``own`` is the wanted shape; a length that is not given is the first array's that has it."""
        fits = len(own) == len(wanted) and 0 not in whole
        for found, length in zip(own, wanted, strict=fits):
            if isinstance(length, str):
                fits = fits and lengths.setdefault(length, (int(found), name))[0] == found
            else:
                fits = fits and length == found
        if not fits:
            known = {length: f"{length} = {count} from {origin}" for length, (count, origin) in lengths.items() if origin != name}
            where = "".join(f", with {known[length]}" for length in dict.fromkeys(wanted) if length in known)
            more = f" or {' × '.join(map(str, ('N', *wanted)))} for N samples" if name in self.data else ""
            raise InputError(f"{name!r} must be {show(wanted)}{where}{more}, and the value is {show(whole)}", f"value of {name!r}")


def _array(value: Given) -> Values:
    """An exact number or array in doubles."""
    if not isinstance(value, Array):
        return np.float64(float(value.value))
    return np.array(value.doubles()).reshape(value.shape)


def all_finite(values: Values) -> bool:
    """Whether no entry is infinite or nan. The sum of their squares tells at once, unless it is itself too great."""
    return math.isfinite(np.vdot(values, values)) or bool(np.isfinite(values).all())


DOUBLE = np.dtype(float)


def as_array(value: object, name: str, dtype: Any = DOUBLE) -> Any:
    """An array of finite numbers of a type, from lists of numbers, an array of NumPy or one number; one that is such as it is.

    Raises InputError for anything else.
    """
    if type(value) is np.ndarray and value.dtype is dtype and all_finite(value):
        return value
    if isinstance(value, Array):
        return _array(value).astype(dtype, copy=False)
    where = f"value of {name!r}"
    try:
        found = np.asarray(value)
    except ValueError:
        raise InputError("the rows of an array must be of one length", where) from None
    if found.dtype.kind not in "fiu":
        if found.dtype.kind != "O":
            raise InputError(f"expected numbers, found {describe(found.flat[0].item() if found.size else value)}", where)
        found = np.array([as_double(entry, name) for entry in found.flat]).reshape(found.shape)
    with np.errstate(over="ignore"):
        taken = found.astype(dtype, copy=False)
    if not all_finite(taken):
        place = ~np.isfinite(taken)
        raise InputError(f"expected finite numbers{'' if dtype == DOUBLE else f' of {dtype}'}, found {found[place].flat[0]}", where)
    return taken
