"""Pages to files: everything is made before anything is written, and nothing is overwritten unasked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError, nearest
from . import FORMATS, render_all
from .latex import STYLE, style
from .notebook import require_nbformat
from .pdf import compile_pdf, require_tex
from .writer import slug

if TYPE_CHECKING:
    from ..derivation import Derivation


def pages(derivation: Derivation, forms: tuple[str, ...], **options: Any) -> dict[str, bytes]:
    """The worked solution in several formats, by format. Raises MissingToolError for pdf without TeX, before any work."""
    for form in forms:
        if form not in FORMATS:
            raise InputError(f"there is no format {form!r}{nearest(form, FORMATS)}", "--format")
    if "pdf" in forms:
        require_tex()
    if "ipynb" in forms:
        require_nbformat()
    texts = render_all(derivation, dict.fromkeys("tex" if form == "pdf" else form for form in forms), **options)
    return {form: compile_pdf(texts["tex"]) if form == "pdf" else texts[form].encode("utf-8") for form in forms}


def places(folder: Path, stem: str, forms: Iterable[str]) -> dict[str, Path]:
    """The file of a page in each format."""
    return {form: folder / (f"{stem}-fragment.tex" if form == "fragment" else f"{stem}.{form}") for form in forms}


def style_file(folder: Path, forms: Collection[str]) -> dict[Path, bytes]:
    """The style file that fragments ask for, if one is wanted and does not lie there already."""
    if "fragment" not in forms:
        return {}
    path, content = folder / STYLE, style().encode("utf-8")
    return {} if path.is_file() and path.read_bytes() == content else {path: content}


def check_free(paths: Iterable[Path], force: bool) -> None:
    """Raise InputError for a path that cannot be written, or that exists while ``force`` is off."""
    for path in paths:
        try:
            taken = path.is_dir(), path.exists()
        except OSError as error:
            raise InputError(f"{str(path)[:60]} cannot be written: {error.strerror}") from None
        if taken[0]:
            raise InputError(f"{path} is a folder")
        if taken[1] and not force:
            raise InputError(f"{path} exists already; pass --force (in Python force=True) to replace it")


def write(files: Mapping[Path, bytes], force: bool) -> None:
    """Write files, each beside its place first and then renamed into it; see `check_free`."""
    check_free(files, force)
    beside: dict[Path, str] = {}
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, beside[path] = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(beside[path], 0o666 & ~_umask())
        for path in files:
            os.replace(beside[path], path)
            del beside[path]
    except OSError as error:
        raise InputError(f"{str(path)[:60]} cannot be written: {error.strerror}") from None
    finally:
        for name in beside.values():
            os.unlink(name)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def save(derivation: Derivation, path: Path, force: bool = False, **options: Any) -> Path:
    """Write one page; the ending of ``path`` chooses the format."""
    form = path.suffix.lstrip(".").lower()
    write({path: pages(derivation, (form,), prefix=slug(path.stem), **options)[form]}, force)
    return path
