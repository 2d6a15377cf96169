"""Compiles pages with pdflatex and reads every log: networks × levels × caches × widths, and any other option of a page.

    python tests/tools/compile_all.py                                       # every network shipped, at 444, 320 and 240 pt
    python tests/tools/compile_all.py lstm gru --width 240 --level unit,matrix --numbers exact,carry
    python tests/tools/compile_all.py --notation 000,002,003,004 --detail brief,full

Each option is a list with commas; every combination is one page and one run of pdflatex, so that a complaint belongs to its page.
Combinations that a network does not have (a matrix level of units) are left out. Exit code 1 where a log has an error, an
undefined reference or an overfull box.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

from symbackprop.derivation import derive
from symbackprop.errors import InputError
from symbackprop.reading import list_networks, load
from symbackprop.rendering import render

OPTIONS = {
    "level": "unit,index,matrix",
    "cache": "factors,signals,none",
    "width": "444,320,240",
    "numbers": "",
    "notation": "",
    "detail": "",
}
COMPLAINT = re.compile(r"^(!|Overfull|LaTeX Warning|.*undefined|.*multiply defined)")
RUNS = 2


def compile_log(tex: str) -> str:
    """The whole log of the last of two runs of pdflatex."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "page.tex").write_text(tex, encoding="utf-8")
        command = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-draftmode", "page.tex"]
        for _ in range(RUNS):
            environment = {**os.environ, "max_print_line": "10000"}
            subprocess.run(command, cwd=folder, env=environment, capture_output=True, stdin=subprocess.DEVNULL)
        return (Path(folder) / "page.log").read_text(encoding="utf-8", errors="replace")


def complaints(log: str) -> list[str]:
    return [line for line in log.splitlines() if COMPLAINT.match(line)]


def combinations(chosen: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Every choice of one value for each option; an option without values keeps its default."""
    given = {key: text.split(",") for key, text in chosen.items() if text}
    for values in product(*given.values()):
        yield dict(zip(given, values, strict=True))


def page(task: tuple[str, dict[str, str]]) -> tuple[list[str] | None, float]:
    """(complaints of one page, None where it does not exist; seconds)."""
    name, options = task
    start = time.perf_counter()
    try:
        tex = render(derive(load(name)), "tex", **options)
    except InputError:
        return None, time.perf_counter() - start
    return complaints(compile_log(tex)), time.perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", help="names or files; without them all that are shipped")
    for key, default in OPTIONS.items():
        parser.add_argument(f"--{key}", default=default, help=f"default: {default or 'that of the page'}")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments = vars(parser.parse_args())
    jobs = arguments.pop("jobs")
    names = arguments.pop("networks") or [name for name, _ in list_networks()]
    tasks = list(product(names, combinations(arguments)))
    made = bad = 0
    start = time.perf_counter()
    with ProcessPoolExecutor(jobs) as pool:
        for (name, options), (found, _) in zip(tasks, pool.map(page, tasks), strict=True):
            if found is None:
                continue
            made += 1
            if found:
                bad += 1
                print(name, *(f"{key}={value}" for key, value in options.items()))
                print(*(f"    {line[:200]}" for line in found[:10]), sep="\n", flush=True)
    print(f"{made} pages compiled in {time.perf_counter() - start:.0f} s, {bad} with complaints")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
