"""A claims file: what a document states, claim by claim, and the network that each claim is about.

A network is named as `load` takes it, or by a path from the folder of the claims file, with or without ``.toml``; a claim
that names none is about the file's own. The claims files of the source documents ship with the package, by document.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from ..errors import InputError, nearest
from ..fields import describe
from ..network import Claim, Source
from .library import ENDING, looks_like_a_file, named, near, shipped_networks
from .network_file import claim, file_text, toml_entries
from .positions import Positions
from .tables import Table

MAX_CLAIMS = 5000

_TOP = ("document", "title", "network", "claims")


@dataclass(frozen=True, slots=True)
class ClaimsFile:
    """What a document states. ``network`` and that of each claim are shipped names or paths; empty where the file names none."""

    document: str
    title: str
    network: str
    claims: tuple[Claim, ...]


def list_claims() -> list[str]:
    """The documents whose claims ship with the package."""
    return list(_shipped())


def load_claims(source: str | Path) -> ClaimsFile:
    """The claims file ``source``: the name of a document whose claims ship with the package, or a file.

    Raises InputError, in one line, for whatever cannot be found, read or understood.
    """
    if not isinstance(source, str | Path):
        raise InputError(f"expected the name of a document or a file, found something of type {type(source).__name__}")
    shipped = _shipped()
    if isinstance(source, str) and source in shipped:
        return _read(Path(str(shipped[source])), source + ENDING)
    path, shown = Path(source), str(source)[:200]
    if isinstance(source, str) and not looks_like_a_file(source):
        raise InputError(f"there are no claims and no file {shown[:60]!r}{nearest(source, shipped)}")
    return _read(path, shown)


def claims_of(source: Source) -> tuple[Claim, ...]:
    """The claims about a network: those in its own file, or those of its claims file that name it or no network at all."""
    if not source.claims_file:
        return source.claims
    found = load_claims(Path(source.claims_file))
    return tuple(own for own in found.claims if not own.network or _same(own.network, source.network))


def _shipped() -> dict[str, Traversable]:
    folder = resources.files(__package__.partition(".")[0]) / "examples" / "claims"
    files = {file.name.removesuffix(ENDING): file for file in folder.iterdir() if file.name.endswith(ENDING)}
    return dict(sorted(files.items()))


def _same(one: str, two: str) -> bool:
    return one == two or bool(two.endswith(ENDING) and one.endswith(ENDING) and Path(one).resolve() == Path(two).resolve())


def _read(path: Path, shown: str) -> ClaimsFile:
    text = file_text(path, shown)
    top = Table(toml_entries(text, shown, "claims are [[claims]] tables"))
    try:
        return _claims_file(top, path.parent)
    except InputError as error:
        line = Positions(text).line(error.where)
        raise error.at(f"{shown}, line {line}" if line else shown) from None


def _claims_file(top: Table, folder: Path) -> ClaimsFile:
    top.only(_TOP)
    tables = top.tables("claims")
    if not tables:
        raise InputError("there are no claims; add [[claims]]", "claims")
    if len(tables) > MAX_CLAIMS:
        raise InputError(f"there are {len(tables)} claims; the limit is {MAX_CLAIMS}", "claims")
    found: dict[str, str] = {}  # name as written → as `load` takes it

    def network(table: Table) -> str:
        written = table.text("network")
        if written not in found:
            found[written] = _network(written, folder, table.place("network")) if written else ""
        return found[written]

    own = network(top)
    claims = (replace(claim(table, ("network",)), network=network(table) or own) for table in tables)
    return ClaimsFile(top.text("document"), top.text("title"), own, tuple(claims))


def _network(written: str, folder: Path, where: str) -> str:
    """The network that is ``written`` in a claims file in ``folder``, as `load` takes it."""
    shipped = shipped_networks()
    try:
        if name := named(written, shipped):
            return name
        if "\0" not in written:
            for file in (folder / written, folder / f"{written}{ENDING}"):
                if file.suffix == ENDING and file.is_file():
                    return str(file)
    except InputError as error:
        raise InputError(error.message, where) from None
    except OSError:  # a name that the system cannot even look up
        pass
    hint = near(written, shipped) if ENDING not in written and "/" not in written else ""
    raise InputError(f"there is no network and no file {describe(written)}{hint}", where)
