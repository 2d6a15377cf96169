"""Every two options of a page together: pages are made in every format, their lines measured, and compiled.

The whole selection is run by `pytest -m long`; `python tests/tools/compile_all.py --sweep` does the same with all combinations.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from batch_compile import compile_together, faults
from option_space import WIDTHS, Choice, all_pairs, covering, every, network, pairs_of
from printed_widths import too_wide

from symbackprop.derivation import derive
from symbackprop.document.line_width import line_width
from symbackprop.reading import load
from symbackprop.rendering import prepare, render
from symbackprop.rendering.formats import WRITERS
from symbackprop.rendering.latex import LatexWriter

BATCH = 16  # pages in one run of TeX


def test_the_selection_has_every_pair() -> None:
    chosen = covering()
    assert set().union(*map(pairs_of, chosen)) == all_pairs()
    assert len(chosen) < len(list(every("network", "level", "notation")))


def batches() -> list[Any]:
    """The selection in batches of one width; all but the first are long."""
    chosen = covering()
    found = []
    for width in WIDTHS:
        own = [choice for choice in chosen if choice["width"] == width]
        found.extend((width, own[first : first + BATCH]) for first in range(0, len(own), BATCH))
    return [pytest.param(*own, marks=[pytest.mark.long] if number else []) for number, own in enumerate(found)]


@pytest.mark.needs_tex
@pytest.mark.parametrize(("width", "choices"), batches())
def test_every_pair_is_made_and_compiles(width: int, choices: list[Choice], tmp_path: Path) -> None:
    texts = {}
    em = line_width(width)
    for number, choice in enumerate(choices):
        derivation = derive(network(str(choice["network"])))
        options = {key: value for key, value in choice.items() if key not in ("network", "width", "form")}
        page, document = prepare(derivation, width=em, **options)
        assert too_wide(document, page.notation, em) == [], choice
        form = str(choice["form"])
        assert WRITERS[form](page.notation, em, "p", None, derivation).write(document)
        texts[f"{number} {' '.join(map(str, choice.values()))}"] = LatexWriter(page.notation, em, f"p{number}").write(document)
    assert faults(texts, tmp_path) == {}


@pytest.mark.needs_tex
def test_a_complaint_belongs_to_its_page(tmp_path: Path) -> None:
    good = render(derive(load("003-chain")), "tex", prefix="a")
    wide = render(derive(load("000")), "tex", prefix="b").replace(r"\end{document}", r"\noindent\rule{500pt}{1pt}\end{document}")
    lost = render(derive(load("001")), "tex", prefix="c").replace(r"\end{document}", r"\ref{nowhere} \nosuchcommand\end{document}")
    found = compile_together({"good": good, "wide": wide, "lost": lost}, tmp_path)
    assert found["good"] == [] and "Overfull" in found["wide"][0]
    assert any("nowhere" in line for line in found["lost"]) and any(line.startswith("!") for line in found["lost"])
