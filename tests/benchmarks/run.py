"""The benchmarks: everything of ``docs/benchmarks.md``, measured on this machine.

    pip install -e '.[bench]'
    python tests/benchmarks/run.py            # about seven minutes
    python tests/benchmarks/run.py --quick    # small sizes, under a minute

All contenders of a case take turns in one run, after their results have been compared; medians and ratios are over the rounds.
Progress goes to standard error, the report to standard output, the table of what was to be reached last.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]
    from benchmarks import timing  # noqa: F401  # before NumPy: it sets the number of threads
    from benchmarks.suite import main

    sys.exit(main())
