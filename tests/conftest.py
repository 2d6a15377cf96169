"""Shared by all tests: what must be installed for some, and random tests that repeat themselves in CI.

``needs_tex``, ``needs_browser`` and ``needs_poppler`` skip with the reason where the tool is missing. Where
SYMBACKPROP_FULL_TESTS or CI is set the same test fails instead: there everything is expected to be installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
FULL = any(os.environ.get(name, "0") not in ("", "0", "false") for name in ("SYMBACKPROP_FULL_TESTS", "CI"))

# Tests start the command from other directories, where a relative PYTHONPATH leads nowhere.
_PATHS = [str(ROOT), *(str(Path(entry).resolve()) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry)]
os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(_PATHS))

hypothesis.settings.register_profile("user", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if FULL else "user")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
TEX_FILES = ("mathtools.sty", "lmodern.sty", "microtype.sty", "booktabs.sty", "tikz.sty", "cleveref.sty")


def browser_path() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _missing_tex() -> str:
    remedy = "apt-get install texlive-latex-recommended texlive-pictures texlive-latex-extra lmodern latexmk"
    if not shutil.which("pdflatex") or not shutil.which("kpsewhich"):
        return f"there is no pdflatex; {remedy}"
    found = subprocess.run(["kpsewhich", *TEX_FILES], capture_output=True, text=True).stdout
    absent = [name for name in TEX_FILES if f"/{name}" not in found]
    return f"the TeX here has no {', '.join(absent)}; {remedy}" if absent else ""


def _missing_browser() -> str:
    return "" if browser_path() else "there is no Chromium; apt-get install chromium"


def _missing_poppler() -> str:
    return "" if shutil.which("pdftotext") and shutil.which("pdftoppm") else "there is no pdftotext; apt-get install poppler-utils"


MISSING = {"needs_tex": _missing_tex, "needs_browser": _missing_browser, "needs_poppler": _missing_poppler}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files anew; look at the diff before committing it"
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark, missing in MISSING.items():
        if item.get_closest_marker(mark) and (reason := missing()):
            if FULL:
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)


@pytest.fixture
def browser() -> str:
    """The path of a Chromium; for tests marked ``needs_browser``."""
    path = browser_path()
    assert path is not None, "mark the test with needs_browser"
    return path


@pytest.fixture
def symbackprop_command() -> list[str]:
    """The command line's first words, for subprocess: the checkout's code under this Python."""
    return [sys.executable, "-m", "symbackprop"]


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Compiled libraries of these tests stay out of the user's cache."""
    from symbackprop.numeric import c_library

    folder = tmp_path_factory.mktemp("libraries")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(c_library, "_folder", lambda: folder)
        yield folder
