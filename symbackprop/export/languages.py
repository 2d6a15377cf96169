"""The languages, and what is exported to each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ..derivation import Derivation
from ..errors import InputError, nearest
from ..numeric.kernels import of_one_sample
from .c import c_file
from .javascript import javascript_file
from .program import Exported, at_level
from .python import numpy_file, python_file
from .values import Numbers, numbers, settled


@dataclass(frozen=True, slots=True)
class Language:
    """``make`` prints a file; ``arrays`` says whether arrays stay whole; ``ending`` is that of the file's name."""

    ending: str
    make: Callable[[Exported, Numbers], str]
    arrays: str  # "whole", "apart", or "both": whole where there are any


LANGUAGES: Mapping[str, Language] = {
    "python": Language(".py", python_file, "apart"),
    "numpy": Language(".py", numpy_file, "whole"),
    "c": Language(".c", c_file, "both"),
    "javascript": Language(".js", javascript_file, "apart"),
}


def export(derivation: Derivation, language: str = "python", name: str = "network") -> str:
    """The gradient program as a file of source code that stands alone; ``name`` is that of the file, without an ending.

    Raises InputError for a language that there is not, for `numpy` where the network has no arrays, for the undefined
    activation, and where no values for the self-check are found.
    """
    return exports(derivation, {language: name})[language]


def exports(derivation: Derivation, names: Mapping[str, str]) -> dict[str, str]:
    """The files in several languages, by language, with the ``names`` that they are to have; see `export`."""
    derivation = of_one_sample(derivation)
    programs = {language: _exported(derivation, _checked(language), name) for language, name in names.items()}
    found = settled(derivation)
    return {language: LANGUAGES[language].make(own, numbers(own, found)) for language, own in programs.items()}


def _exported(derivation: Derivation, language: str, name: str) -> Exported:
    arrays = LANGUAGES[language].arrays
    whole = arrays == "whole" or (arrays == "both" and derivation.given.is_array)
    exported = Exported(at_level(derivation, "matrix" if whole else "unit"), derivation.wanted, name)
    exported.program  # noqa: B018 - what has no numbers is refused before they are looked for
    return exported


def file_names(languages: Iterable[str], stem: str) -> dict[str, str]:
    """The name of the file in each language; one whose ending another has as well says which it is."""
    chosen = set(map(_checked, languages))
    found: dict[str, str] = {}
    for language in (language for language in LANGUAGES if language in chosen):
        name = f"{stem}{LANGUAGES[language].ending}"
        found[language] = f"{stem}-{language}{LANGUAGES[language].ending}" if name in found.values() else name
    return found


def _checked(language: str) -> str:
    if language not in LANGUAGES:
        raise InputError(f"there is no language {language!r}{nearest(str(language), LANGUAGES)}", "--language")
    return language
