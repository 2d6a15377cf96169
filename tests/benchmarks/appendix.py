"""How long a book of many networks takes, part by part.

    python tests/benchmarks/appendix.py 200

makes so many networks of one to four layers of units in a folder of its own, a book of all of them with every fifth as an exercise,
and prints the seconds (of processor time) of reading, deriving and printing, and those of pdflatex where there is one.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

from symbackprop.derivation import derive
from symbackprop.reading.book_file import load_book
from symbackprop.rendering import prepare
from symbackprop.rendering.book import page_options, render_book
from symbackprop.rendering.pdf import compile_pdf

ACTIVATIONS = ("sigmoid", "tanh", "relu", "softplus", "identity")


def network(number: int) -> str:
    """Layers of one to three units, each unit fed by all of the layer before it."""
    draw = random.Random(number)
    lines = [f'title = "Network {number}"', 'inputs = ["x_1", "x_2"]']
    values = ["x_1 = 0.5", "x_2 = -1.2", "y = 1", "learning_rate = 0.1"]
    before = ["x_1", "x_2"]
    for layer in range(1, draw.randint(1, 4) + 1):
        units = [f"h_{layer}{place}" for place in range(1, draw.randint(1, 3) + 1)]
        for unit in units:
            weights = {source: f"w_{unit[2:]}{place}" for place, source in enumerate(before, start=1)}
            lines += ["[[units]]", f'name = "{unit}"', "from = { " + ", ".join(f'{a} = "{b}"' for a, b in weights.items()) + " }"]
            lines += [f'activation = "{draw.choice(ACTIVATIONS)}"']
            values += [f"{weight} = {draw.randint(-90, 90) / 100}" for weight in weights.values()]
        before = units
    weights = {source: f"v_{place}" for place, source in enumerate(before, start=1)}
    lines += ["[[units]]", 'name = "o"', "from = { " + ", ".join(f'{a} = "{b}"' for a, b in weights.items()) + " }"]
    values += [f"{weight} = {draw.randint(-90, 90) / 100}" for weight in weights.values()]
    return "\n".join([*lines, "[loss]", 'function = "half_squared_error"', 'targets = { o = "y" }', "[values]", *values, ""])


def _seconds() -> float:
    """Processor time, that of TeX included: what else the machine does has no part in it."""
    return sum(os.times()[:4])


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(1, count + 1):
            kind = "exercise" if number % 5 == 0 else "network"
            (folder / f"{kind}{number:04}.toml").write_text(network(number), encoding="utf-8")
        text = 'title = "Many"\n[[chapters]]\ntitle = "All"\nnetworks = ["network*.toml"]\nexercises = ["exercise*.toml"]\n'
        (folder / "book.toml").write_text(text, encoding="utf-8")

        start = _seconds()
        book = load_book(folder / "book.toml", page_options())
        print(f"reading   {_seconds() - start:7.2f} s   {len(book.entries)} networks")
        start = _seconds()
        for entry in book.entries:
            prepare(derive(entry.network))
        print(f"deriving  {_seconds() - start:7.2f} s")
        start = _seconds()
        tex = render_book(book, ("tex",))["tex"]
        print(f"book      {_seconds() - start:7.2f} s   deriving and printing as LaTeX, {len(tex) / 1e6:.1f} MB")
        if shutil.which("pdflatex"):
            start = _seconds()
            pdf = compile_pdf(tex)
            print(f"pdflatex  {_seconds() - start:7.2f} s   {len(pdf) / 1e6:.1f} MB")
            if len(sys.argv) > 2:
                Path(sys.argv[2]).write_bytes(pdf)
                Path(sys.argv[2]).with_suffix(".tex").write_text(tex, encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]))
