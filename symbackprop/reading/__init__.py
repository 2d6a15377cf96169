"""Where networks come from: files, equations, SymPy expressions. Every error points at its place."""

from .claims_file import ClaimsFile, claims_of, list_claims, load_claims
from .library import list_networks, load, loads

__all__ = ["ClaimsFile", "claims_of", "list_claims", "list_networks", "load", "load_claims", "loads"]
