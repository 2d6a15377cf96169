"""The derivation: forward program, backward pass and updates of one network.

Everything before this module makes it, everything after only reads it: pages, functions,
closed forms and checks all come from this one object, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .backward import backward
from .collector import collector_paused
from .errors import InputError, nearest
from .expansion import entries_of, expanded
from .fields import check_length
from .forward import forward
from .layered import all_shapes
from .network import Network
from .program import Definition, ErrorSignal, LocalDerivative, Partial, Program, Update
from .shapes import show, size
from .tree import Tree, names, substitute
from .unrolling import unrolled
from .wellformed import check_length_name

if TYPE_CHECKING:
    from .terms import TermsView

Item = TypeVar("Item")


LEVELS = ("unit", "matrix")
MAX_UNIT_LEVEL = 150  # parameters up to which people read a derivation entry by entry


def derive(
    network: Network,
    of: str | None = None,
    by: Iterable[str] | None = None,
    level: str | None = None,
    batch: int | str | None = None,
) -> Derivation:
    """Derive the partials of ``of`` (default: the network's objective) by ``by`` (default: its parameters).

    ``by`` may name any given symbol or definition. Linear in the number of connections. Of layers and array equations
    ``level`` says whether every entry is a symbol of its own (``unit``) or arrays stay whole (``matrix``); by default up
    to 150 parameters are written out. ``batch`` is the number of samples (or a name for it) that layers take at once, at
    the matrix level. Raises InputError for a name that the network does not have.
    """
    if not isinstance(network, Network):
        raise InputError(f"derive takes a Network, not {type(network).__name__}; symbackprop.load(name) gives one")
    given = network
    batch = None if batch is None else check_length(batch, "batch")
    with collector_paused():
        network = unrolled(network)
        if level_of(network, level) == "unit" and network.is_array:
            if batch is not None:
                raise InputError("a batch is derived at the matrix level", "batch")
            shapes, network = all_shapes(network), expanded(network)
            by = None if by is None else tuple(entries_of(by, shapes))
        if batch is not None and not network.layers:
            raise InputError("only a network of layers takes a batch at once", "batch")
        if batch is not None and network.loss is not None and network.loss.formula is not None:
            raise InputError("the formula of the loss is one of a single sample; derive it without a batch", "batch")
        if isinstance(batch, str):
            check_length_name(network, batch)
        program = forward(network, batch)
        objective = of or network.objective
        if objective not in program.by_name:
            raise InputError(f"{objective!r} is no definition of the network{nearest(objective, program.by_name)}", "of")
        wanted = network.parameters if by is None else tuple(by)
        known = {*program.given, *program.by_name}
        for name in wanted:
            if name not in known:
                raise InputError(f"{name!r} is no symbol of the network{nearest(name, known)}", "by")
        sign = network.signal_sign
        if program.shapes.get(objective):
            raise InputError(
                f"{objective!r} is {show(program.shapes[objective])}; name one of its entries, {objective}[0] say", "of"
            )
        backward_pass = backward(program, objective, wanted, sign, in_order=network is not given or network.is_array)
        return Derivation(network, program, objective, wanted, backward_pass, given)


def level_of(network: Network, chosen: str | None) -> str:
    """The level of a derivation: the chosen one, else by the number of parameters. Raises InputError for an unknown one."""
    if chosen is not None:
        if chosen not in LEVELS:
            raise InputError(f"there is no level {chosen!r}{nearest(chosen, LEVELS)}", "level")
        if chosen == "matrix" and not network.is_array:
            raise InputError(
                "the network has no arrays, so there is no matrix level; write it with layers or array equations", "level"
            )
        return chosen
    if not network.is_array:
        return "unit"
    network = unrolled(network)
    shapes = all_shapes(network)
    sizes = [size(shapes.get(name, ())) for name in network.parameters]
    known = [own for own in map(size, shapes.values()) if own is not None]
    written_out = len(known) == len(shapes) and sum(own for own in sizes if own is not None) <= MAX_UNIT_LEVEL
    return "unit" if written_out else "matrix"


class Derivation:
    """The forward program and the backward pass of one objective, with its reasons.

    ``given`` is the network as it was given; ``network`` is the same at the level of the derivation, in scalars at the unit
    level. ``program`` holds the forward definitions, ``backward_pass`` the partials and error signals, ``updates`` the
    steps of gradient descent; ``steps`` is all of it in order. ``parameters`` are the given symbols differentiated by.
    """

    def __init__(
        self,
        network: Network,
        program: Program,
        objective: str,
        wanted: tuple[str, ...],
        backward_pass: tuple[Definition, ...],
        given: Network,
    ) -> None:
        self.network = network
        self.given = given
        self.program = program
        self.objective = objective
        self.wanted = wanted
        self.backward_pass = backward_pass
        self._views: dict[str, TermsView] = {}
        symbols = set(wanted).difference(program.by_name)
        # In the order in which the backward pass reaches them.
        self.parameters = tuple(d.wrt for d in backward_pass if isinstance(d, Partial) and d.wrt in symbols)

    @cached_property
    def updates(self) -> tuple[Update, ...]:
        """Δw of every parameter of the network, in the order of the backward pass; of its own objective only."""
        moved = set(self.network.parameters) if self.objective == self.network.objective else set()
        return tuple(Update(name, self.objective, self.network.ascent) for name in self.parameters if name in moved)

    @property
    def steps(self) -> tuple[Definition, ...]:
        """Every definition in order: forward pass, backward pass, updates."""
        return (*self.program.definitions, *self.backward_pass, *self.updates)

    @cached_property
    def by_name(self) -> Mapping[str, Definition]:
        """Each definition by its plain name: ``s_j``, ``delta_j``, ``dE/dw_j`` …"""
        return {definition.name: definition for definition in self.steps}

    @cached_property
    def partials(self) -> Mapping[str, Partial | ErrorSignal]:
        """The partial (or error signal) by each symbol that the backward pass reached."""
        return {d.wrt: d for d in self.backward_pass if isinstance(d, Partial | ErrorSignal)}

    @cached_property
    def signals(self) -> Mapping[str, ErrorSignal]:
        """The error signal of each unit, from the output back."""
        return {d.unit: d for d in self.backward_pass if isinstance(d, ErrorSignal)}

    @cached_property
    def local_derivatives(self) -> Mapping[str, LocalDerivative]:
        """The named local derivatives, ``dz_j/ds_j`` for instance, by name."""
        return {d.name: d for d in self.backward_pass if isinstance(d, LocalDerivative)}

    def terms(self, view: str = "factors") -> TermsView:
        """The cached terms C_1 … C_n in one of the views ``factors``, ``signals``, ``none``."""
        from .terms import terms_view

        if view not in self._views:
            self._views[view] = terms_view(self, view)
        return self._views[view]

    # SymPy in, SymPy out.

    def partial(self, name: str, view: str = "factors") -> Any:
        """∂E/∂name as a SymPy expression in the cached terms. Raises InputError for a symbol that was not asked for."""
        return self._sympy(self.terms(view).partial(self._asked(name)))

    def _sympy(self, tree: Tree) -> Any:
        from .symbolic import to_sympy

        return to_sympy(self.in_outputs(tree))

    def in_outputs(self, tree: Tree) -> Tree:
        """``tree`` with each named local derivative written out, in the unit's own output: ∂z/∂s as z (1 − z)."""
        return substitute(tree, {name: local.tree for name in names(tree) if (local := self.local_derivatives.get(name))})

    def closed_form(self, name: str) -> Any:
        """∂E/∂name as one plain SymPy expression of the given symbols. Its size can grow exponentially with depth."""
        from .closed_form import closed_form

        return closed_form(self, self._asked(name))

    def _asked(self, name: str) -> str:
        if name not in self.partials:
            raise InputError(f"{name!r} is no symbol that was differentiated by{nearest(name, self.partials)}")
        return name

    @property
    def gradient(self) -> Mapping[str, Any]:
        """Parameter → its partial as a SymPy expression in cached terms, made when looked up."""
        return _Lazy(self.parameters, self.partial)

    @property
    def cached_terms(self) -> Mapping[str, Any]:
        """C_i → its SymPy expression, in the view ``factors``."""
        terms = {term.name: term for term in self.terms().terms}
        return _Lazy(terms, lambda name: self._sympy(terms[name].tree))

    @property
    def error_signals(self) -> Mapping[str, Any]:
        """Unit → its error signal as a SymPy expression in forward values and later units' error signals."""
        return _Lazy(self.signals, lambda unit: self._sympy(self.opened(self.signals[unit])))

    def opened(self, definition: Partial | ErrorSignal) -> Tree:
        """The tree of a partial with what only it reads put in place: δ_j = (Σ_k δ_k w_k) z_j (1 − z_j)."""
        from .terms import opened

        return opened(self, definition)

    def lambdify(self, backend: str | None = None, dtype: Any = float) -> Callable[..., tuple[float, dict[str, Any]]]:
        """``f(values)`` → (objective, gradient by name), generated code, double precision.

        ``values`` maps given symbols to numbers and may be partial: the network's own values stand for the rest. Of layers
        and array equations it maps them to lists or NumPy arrays, over samples with one more axis in front, and the
        gradient holds arrays, whatever the level of the derivation. ``backend`` is ``"math"`` (Python on doubles),
        ``"numpy"`` or ``"c"`` (compiled by the machine's C compiler; needs the extra ``c``). ``f.flat()`` is the function of
        one vector that an optimiser wants.
        """
        from .numeric.callable import gradient_function

        return gradient_function(self, backend, dtype)

    def export(self, language: str = "python", name: str = "network") -> str:
        """A file of source code with the same function that stands alone: ``python``, ``numpy``, ``c`` or ``javascript``.

        It checks itself when it is run. ``name`` is that of the file, without an ending.
        """
        from .export import export

        return export(self, language, name)

    # Pages.

    def to_latex(self, **options: Any) -> str:
        """The derivation as a standalone LaTeX document."""
        from .rendering import render

        return render(self, "tex", **options)

    def save(self, path: str | Path, force: bool = False, **options: Any) -> Path:
        """Write the derivation to ``path``; its ending chooses the format: .html, .tex, .md or .pdf."""
        from .rendering.output import save

        return save(self, Path(path), force=force, **options)

    def figure(self, kind: str = "network", **options: Any) -> str:
        """A figure as SVG: ``network``, ``circuit``, ``signals``, ``slopes``, ``sizes``, ``check`` or ``updates``."""
        from .rendering.figures import figures

        return figures(self, (kind,), ("svg",), **options)[kind, "svg"].decode("utf-8")

    def _repr_latex_(self) -> str:
        """Jupyter shows the gradient: each partial in cached terms, and the terms."""
        from .rendering.summary import summary_latex

        return summary_latex(self)


class _Lazy(Mapping[str, Item]):
    """A read-only mapping whose values are made when looked up."""

    def __init__(self, keys: Iterable[str], make: Callable[[str], Item]) -> None:
        self._keys = dict.fromkeys(keys)
        self._make = make

    def __getitem__(self, key: str) -> Item:
        if key not in self._keys:
            raise KeyError(key)
        return self._make(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"{{{', '.join(f'{key!r}: {self[key]}' for key in self)}}}"
