"""What one run has found: raw samples, counts, and the figures of the table; as text, and as JSON to keep."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from .table import Figure, Reached, as_text, columns, judged
from .timing import Samples, median

PACKAGES = ("numpy", "sympy", "symengine", "casadi", "jax", "torch", "cffi", "jinja2")
FORMAT = 1


class NoReport(Exception):
    """A file that is no report."""


@dataclass
class Group:
    """Contenders that took turns: seconds per call of each in each round. ``size`` is what the plots go by."""

    topic: str
    case: str
    samples: Samples
    size: int = 0
    batch: int = 1
    baseline: str = ""


@dataclass
class Report:
    groups: list[Group] = field(default_factory=list)
    counts: list[dict[str, Any]] = field(default_factory=list)
    figures: dict[str, list[Figure]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    quick: bool = False
    machine: Mapping[str, Any] = field(default_factory=dict)

    def figure(self, key: str, value: float, case: str) -> None:
        self.figures.setdefault(key, []).append(Figure(value, case))

    def group(self, topic: str, case: str, samples: Samples, **more: Any) -> Samples:
        self.groups.append(Group(topic, case, samples, **more))
        return samples

    # To keep, and back.

    def save(self, path: Path) -> None:
        found = {
            "format": FORMAT,
            "quick": self.quick,
            "machine": dict(self.machine),
            "skipped": self.skipped,
            "notes": self.notes,
            "table": [dict(zip(("measure", "measured", "reach", "verdict"), row.cells(), strict=True)) for row in self.table()],
            "figures": {key: [list(figure) for figure in own] for key, own in self.figures.items()},
            "counts": self.counts,
            "groups": [vars(group) for group in self.groups],
        }
        path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Report:
        """Raises NoReport for a file that is none."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            raise NoReport(f"{path} cannot be read: {problem}") from None
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise NoReport(f"{path} is not what --json writes")
        figures = {key: [Figure(*figure) for figure in own] for key, own in found["figures"].items()}
        groups = [Group(**own) for own in found["groups"]]
        return cls(groups, found["counts"], figures, found["notes"], found["skipped"], found["quick"], found["machine"])

    # To read.

    def table(self) -> list[Reached]:
        return judged(self.figures, self.quick)

    def text(self) -> str:
        """All medians, then the counts, the notes and the table."""
        blocks = [self._group_text(group) for group in self.groups]
        if self.counts:
            blocks.append(self._counts_text())
        blocks += ["\n".join(self.notes)] if self.notes else []
        blocks += [f"skipped: {name}, {reason}" for name, reason in self.skipped.items()]
        blocks.append(machine_text(self.machine) + (", quick run" if self.quick else ""))
        blocks.append(as_text(self.table()))
        return "\n\n".join(blocks)

    @staticmethod
    def _group_text(group: Group) -> str:
        medians = {name: median(samples) for name, samples in group.samples.items()}
        base = medians.get(group.baseline) or next(iter(medians.values()))
        head = (f"{group.topic}: {group.case}", "median", "ratio", "each sample" if group.batch > 1 else "")
        rows = [
            (f"  {name}", duration(own), f"{own / base:.2f}", duration(own / group.batch) if group.batch > 1 else "")
            for name, own in sorted(medians.items(), key=lambda item: item[1])
        ]
        return columns([head, *rows])

    def _counts_text(self) -> str:
        rows = [("operations", "who", "mul", "add", "div", "function", "all", "of the loss alone", "ratio")]
        for own in self.counts:
            kinds = own["kinds"]
            total = own["total"]
            cells = [str(kinds.get(kind, "")) for kind in ("mul", "add", "div", "function")]
            ratio = f"{total / own['forward']:.2f}"
            rows.append((f"  {own['case']}", own["who"], *cells, str(total), str(own["forward"]), ratio))
        return columns(rows)


def duration(seconds: float) -> str:
    """Three significant digits in a unit that fits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def this_machine() -> dict[str, Any]:
    """Processor, Python and packages."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "compiler": _first_line("cc", "--version"),
        "versions": versions,
    }


def machine_text(machine: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in machine.get("versions", {}).items())
    return f"{machine.get('processor')}, {machine.get('cores')} cores, one thread; Python {machine.get('python')}, {versions}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def _first_line(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.partition("\n")[0]
    except OSError:
        return ""
