"""Makes pages in every combination of options, measures their lines, and compiles them with pdflatex, reading the whole logs.

    python tests/tools/compile_all.py                                       # every network shipped, at 444, 320 and 240 pt
    python tests/tools/compile_all.py lstm gru --width 240 --level unit,matrix --numbers exact,carry
    python tests/tools/compile_all.py --sweep                               # every level × detail × notation × format

Each option is a list with commas; every combination is one page. Pages of one width share a run of pdflatex, in which a complaint
belongs to its page. Combinations that a network does not have (a matrix level of units) are left out. Exit code 1 where a line
is too wide, or a log has an error, an undefined reference or an overfull box.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from batch_compile import compile_together
from printed_widths import too_wide
from tqdm import tqdm

from symbackprop.derivation import derive
from symbackprop.document.line_width import line_width
from symbackprop.document.page import DETAILS
from symbackprop.document.profile import profiles
from symbackprop.errors import InputError
from symbackprop.reading import list_networks, load
from symbackprop.rendering import prepare
from symbackprop.rendering.formats import WRITERS

OPTIONS = {
    "level": "unit,index,matrix",
    "cache": "factors,signals,none",
    "width": "444,320,240",
    "numbers": "",
    "notation": "",
    "detail": "",
    "format": "tex",
}
SWEEP = {"cache": "", "width": "444", "notation": ",".join(profiles()), "detail": ",".join(DETAILS), "format": ",".join(WRITERS)}
BATCH = 20  # pages in one run of TeX

Task = tuple[str, dict[str, str]]


def combinations(chosen: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Every choice of one value for each option; an option without values keeps its default."""
    given = {key: text.split(",") for key, text in chosen.items() if text}
    for values in product(*given.values()):
        yield dict(zip(given, values, strict=True))


def batch(tasks: list[Task], formats: tuple[str, ...]) -> tuple[int, int, dict[str, list[str]]]:
    """(pages, texts, complaints by page) of pages with one width; what a network does not have is left out."""
    found: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    made = 0
    for number, (name, options) in enumerate(tasks):
        key = " ".join((name, *(f"{key}={value}" for key, value in options.items())))
        derivation = derive(load(name))
        width = line_width(options["width"])
        try:
            page, document = prepare(derivation, **{**options, "width": width})
        except InputError:
            continue
        found[key] = too_wide(document, page.notation, width)
        for form in formats:
            text = WRITERS[form](page.notation, width, f"p{number}", None, derivation).write(document)
            made += 1
            if form == "tex":
                texts[key] = text
    if texts:
        with tempfile.TemporaryDirectory() as folder:
            for key, lines in compile_together(texts, Path(folder)).items():
                found[key] = [*found.get(key, []), *lines]
    return len(found) - ("" in found), made, {key: lines for key, lines in found.items() if lines}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", help="names or files; without them all that are shipped")
    for key, default in OPTIONS.items():
        parser.add_argument(f"--{key}", help=f"default: {default or 'that of the page'}")
    parser.add_argument("--sweep", action="store_true", help="every level, detail, notation and format, at 444 pt")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments = vars(parser.parse_args())
    jobs, names = arguments.pop("jobs"), arguments.pop("networks") or [name for name, _ in list_networks()]
    defaults = {**OPTIONS, **(SWEEP if arguments.pop("sweep") else {})}
    chosen = {key: defaults[key] if value is None else value for key, value in arguments.items()}
    formats = tuple(chosen.pop("format").split(","))
    by_width: dict[str, list[Task]] = defaultdict(list)
    for name, options in product(names, combinations(chosen)):
        by_width[options["width"]].append((name, options))
    batches = [
        list(own) for tasks in by_width.values() for own in (tasks[first : first + BATCH] for first in range(0, len(tasks), BATCH))
    ]
    pages = texts = bad = 0
    start = time.perf_counter()
    with ProcessPoolExecutor(jobs) as pool:
        results = pool.map(batch, batches, [formats] * len(batches))
        for count, made, complaints in tqdm(results, total=len(batches), unit="batch", disable=None):
            pages, texts, bad = pages + count, texts + made, bad + len(complaints)
            for key, lines in complaints.items():
                print(key, *(f"    {line[:200]}" for line in lines[:10]), sep="\n", flush=True)
    print(f"{pages} pages, {texts} texts in {', '.join(formats)}: {time.perf_counter() - start:.0f} s, {bad} with complaints")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
