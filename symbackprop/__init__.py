"""symbackprop derives back-propagation symbolically.

Give it a network; get the derivation of its gradients as pages, closed forms and functions:

>>> import symbackprop
>>> d = symbackprop.derive(symbackprop.load("chain"))
>>> d.partial("w_in")
C_1*C_2*C_3*x_i
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# Where each public name lives. Loaded when first used: ``import symbackprop`` and ``--help`` stay light.
_PUBLIC = {
    "Derivation": "derivation",
    "InputError": "errors",
    "Layer": "network",
    "Loss": "network",
    "MissingToolError": "errors",
    "Network": "network",
    "SymbackpropError": "errors",
    "Unit": "network",
    "check": "checking",
    "check_claims": "checking",
    "derive": "derivation",
    "evaluate": "numeric",
    "list_networks": "reading",
    "load": "reading",
    "loads": "reading",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'symbackprop' has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_PUBLIC[name]}", __name__), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
