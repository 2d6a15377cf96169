"""Where networks come from: files, equations, SymPy expressions. Every error points at its place."""

from .library import list_networks, load, loads

__all__ = ["list_networks", "load", "loads"]
