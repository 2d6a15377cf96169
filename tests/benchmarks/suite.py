"""The command line of the benchmarks: which topics, with whom, and where the report goes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import derive, evaluate, latex, operations, startup
from .peers import PEERS, WrongResult, available
from .report import NoReport, Report, this_machine
from .topics import Run, Topic

TOPICS: dict[str, Topic] = {
    "startup": startup.work,
    "derive": derive.work,
    "operations": operations.work,
    "evaluate": evaluate.work,
    "latex": latex.work,
}


def measure(names: list[str], quick: bool, rounds: int | None) -> Report:
    """Run some topics with all peers that are here."""
    from tqdm import tqdm

    peers, missing = available(PEERS)
    report = Report(skipped=missing, quick=quick, machine=this_machine())
    run = Run(report, peers, quick, rounds or (10 if quick else 40))
    pieces = [(f"{name}: {what}", work) for name in names for what, work in TOPICS[name](run)]
    with tqdm(pieces, unit="case", file=sys.stderr) as progress:
        for what, work in progress:
            progress.set_postfix_str(what)
            work()
    return report


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Times the library beside its peers; see docs/benchmarks.md.")
    parser.add_argument("--quick", action="store_true", help="small sizes, some rows of the table not measured")
    parser.add_argument("--only", metavar="TOPIC,…", help=f"some of {', '.join(TOPICS)}")
    parser.add_argument("--rounds", type=int, help="turns of each contender (default 40, or 10 with --quick)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write raw samples, counts and the table")
    parser.add_argument("--from", type=Path, metavar="FILE", dest="kept", help="do not measure, read what --json has written")
    parser.add_argument("--docs", type=Path, metavar="FOLDER", help="draw the plots and write the table into FOLDER/benchmarks.md")
    options = parser.parse_args(arguments)
    names = options.only.split(",") if options.only else list(TOPICS)
    if unknown := set(names) - set(TOPICS):
        parser.error(f"there is no topic {', '.join(sorted(unknown))}; there are {', '.join(TOPICS)}")
    try:
        report = Report.load(options.kept) if options.kept else measure(names, options.quick, options.rounds)
    except NoReport as problem:
        parser.error(str(problem))
    except WrongResult as problem:
        print(f"wrong result: {problem}", file=sys.stderr)
        return 1
    print(report.text())
    if options.json:
        report.save(options.json)
    if options.docs:
        from .pages import write_docs

        for path in write_docs(report, options.docs):
            print(f"wrote {path}", file=sys.stderr)
    return 0
