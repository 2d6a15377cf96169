"""Every option of a page with every other: all pages are made and measured, and a selection with every pair is compiled."""

from __future__ import annotations

from pathlib import Path

import pytest
from batch_compile import compile_together
from option_space import SHIPPED, WIDTHS, Choice, all_pairs, covering, every, levels, network, pairs_of
from printed_widths import too_wide

from symbackprop.derivation import Derivation, derive
from symbackprop.document.fonts import EM
from symbackprop.document.page import DETAILS
from symbackprop.document.profile import profiles
from symbackprop.rendering import prepare, render
from symbackprop.rendering.formats import WRITERS

BATCH = 25  # pages in one run of TeX


def tasks() -> list[tuple[str, str, str]]:
    return [(name, level, notation) for name in SHIPPED for level in levels(name) for notation in profiles()]


_derivations: dict[str, Derivation] = {}


def derivation(name: str) -> Derivation:
    return _derivations.setdefault(name, derive(network(name)))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_page_is_made(name: str) -> None:
    """Every shipped network × level × detail × notation × format; no line is wider than the page."""
    made = 0
    for level in levels(name):
        for notation in profiles():
            for detail in DETAILS:
                options = {"level": level, "notation": notation, "detail": detail}
                page, document = prepare(derivation(name), **options)
                assert too_wide(document, page.notation, WIDTHS[0] / EM) == [], options
                for form, writer in WRITERS.items():
                    text = writer(page.notation, None, "p", None, derivation(name)).write(document)
                    assert page.derivation.network.title in text or form in ("html", "tex", "fragment"), options
                    made += 1
    assert made == len(levels(name)) * len(profiles()) * len(DETAILS) * len(WRITERS)


def test_the_selection_has_every_pair() -> None:
    chosen = covering()
    assert set().union(*map(pairs_of, chosen)) == all_pairs()
    assert len(chosen) < len(list(every("network", "level", "notation")))


def batches() -> list[tuple[int, list[Choice]]]:
    """The selection in batches of one width."""
    chosen = covering()
    found = []
    for width in WIDTHS:
        own = [choice for choice in chosen if choice["width"] == width]
        found.extend((width, own[first : first + BATCH]) for first in range(0, len(own), BATCH))
    return found


@pytest.mark.needs_tex
@pytest.mark.parametrize(("width", "choices"), batches())
def test_every_pair_compiles(width: int, choices: list[Choice], tmp_path: Path) -> None:
    pages = {}
    for number, choice in enumerate(choices):
        options = {key: value for key, value in choice.items() if key != "network"}
        key = f"{number} {' '.join(map(str, choice.values()))}"
        pages[key] = render(derivation(str(choice["network"])), "tex", prefix=f"p{number}", **options)
    found = {name: lines for name, lines in compile_together(pages, tmp_path).items() if lines}
    assert found == {}


@pytest.mark.needs_tex
def test_a_complaint_belongs_to_its_page(tmp_path: Path) -> None:
    good = render(derivation("003-chain"), "tex", prefix="a")
    wide = render(derivation("000"), "tex", prefix="b").replace(r"\end{document}", r"\noindent\rule{500pt}{1pt}\end{document}")
    lost = render(derivation("001"), "tex", prefix="c").replace(r"\end{document}", r"\ref{nowhere} \nosuchcommand\end{document}")
    found = compile_together({"good": good, "wide": wide, "lost": lost}, tmp_path)
    assert found["good"] == [] and "Overfull" in found["wide"][0]
    assert any("nowhere" in line for line in found["lost"]) and any(line.startswith("!") for line in found["lost"])
