"""Finding a network: the ones that ship with the package by name, others by file, ``-`` for standard input.

A name is a file's stem, or the part of it before or after the first hyphen where that is no other's: ``003-chain``
is ``chain`` too. A shipped name comes first; a file of the same name is written ``./chain``.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from ..errors import InputError, nearest
from ..network import Network, unchecked
from .network_file import MAX_BYTES, parse

STANDARD_INPUT = "-"
ENDING = ".toml"


def list_networks() -> list[tuple[str, str]]:
    """(name, title) of each network that ships with the package, in the order of their names."""
    return [(name, tomllib.loads(file.read_text("utf-8")).get("title", "")) for name, file in shipped_networks().items()]


def load(source: str | Path) -> Network:
    """The network ``source``: a shipped network's name, or what follows its document's number; a file; or ``-``.

    Raises InputError, in one line, for whatever cannot be found, read or understood.
    """
    if not isinstance(source, str | Path):
        raise InputError(f"expected the name of a network or a file, found something of type {type(source).__name__}")
    if source == STANDARD_INPUT:
        return _decoded(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input")
    shipped = shipped_networks()
    if isinstance(source, str):
        name = named(source, shipped)
        if name:
            return _with_files(_decoded(shipped[name].read_bytes(), name + ENDING), Path(str(shipped[name])), name)
    if isinstance(source, Path) or looks_like_a_file(source):
        return _with_files(_decoded(_content(Path(source), shipped), str(source)), Path(source), str(source))
    raise InputError(f"there is no network and no file {source[:60]!r}{near(source, shipped)}")


def _with_files(network: Network, file: Path, name: str) -> Network:
    """The network, which claims know by ``name``, with the places of its own notation and claims."""
    if network.notation.endswith(ENDING):
        network = unchecked(network, notation=_beside(file, network.notation, "notation"))
    if network.source is not None and network.source.claims_file:
        claims_file = _beside(file, network.source.claims_file, "document.claims")
        network = unchecked(network, source=replace(network.source, claims_file=claims_file, network=name))
    return network


def _beside(file: Path, own: str, key: str) -> str:
    """The place of a file that a network file names under ``key``: it lies beside the network file, or in a folder there."""
    path = Path(own)
    if path.is_absolute() or ".." in path.parts:
        problem = f"the {key.rpartition('.')[2]} {own[:60]!r} must lie beside the network file, or in a folder there"
        raise InputError(problem, f"{str(file)[:200]}, {key}")
    return str(file.parent / path)


def loads(text: str) -> Network:
    """The network that the text of a network file describes. Raises InputError for anything else."""
    if not isinstance(text, str):
        raise InputError(f"expected the text of a network file, found something of type {type(text).__name__}")
    return parse(text, "text")


def shipped_networks() -> dict[str, Traversable]:
    """The files of the networks that ship with the package, by name."""
    folder = resources.files(__package__.partition(".")[0]) / "examples"
    files = {file.name.removesuffix(ENDING): file for file in folder.iterdir() if file.name.endswith(ENDING)}
    return dict(sorted(files.items()))


def _names(shipped: dict[str, Traversable]) -> list[str]:
    """Every name that finds a shipped network, or several."""
    return [*shipped, *filter(None, (name.partition("-")[2] for name in shipped))]


def named(source: str, shipped: dict[str, Traversable]) -> str:
    """The shipped network that ``source`` names; empty if none."""
    if source in shipped:
        return source
    found = [name for name in shipped if source and source in (name.partition("-")[0], name.partition("-")[2])]
    if len(found) > 1:
        raise InputError(f"{source!r} names several networks: {', '.join(found)}; give one of them")
    return found[0] if found else ""


def looks_like_a_file(source: str) -> bool:
    """Whether a name is that of a file: by its ending or its slashes, or because there is one."""
    if not source:
        return False
    if source.endswith(ENDING) or "/" in source or "\\" in source:
        return True
    try:
        return Path(source).exists()
    except (OSError, ValueError):  # a name that the system cannot even look up
        return False


def _content(path: Path, shipped: dict[str, Traversable]) -> bytes:
    shown = str(path)[:200]
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputError(f"there is no such file{near(path.name.removesuffix(ENDING), shipped)}", shown) from None
    except IsADirectoryError:
        raise InputError("this is a directory; give a network file", shown) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", shown) from None
    except ValueError as error:
        raise InputError(f"{shown!r} is no file name: {error}") from None


def near(name: str, shipped: dict[str, Traversable]) -> str:
    """A hint that ends an error message: the shipped network that ``name`` is most like."""
    return nearest(name, _names(shipped)).replace("; known:", "; shipped networks:")


def _decoded(content: bytes, place: str) -> Network:
    if len(content) > MAX_BYTES:
        raise InputError(f"the file has more than {MAX_BYTES // 1_000_000} MB, the limit", place)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 text (byte {error.start + 1}); save the file as UTF-8", place) from None
    return parse(text, place)
