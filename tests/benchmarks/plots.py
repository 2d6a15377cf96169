"""The plots of the documentation, from a report: SVG with text as text, the same bytes for the same numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .report import Group, Report
from .timing import median

Line = Sequence[tuple[float, float]]

# Ours are thick and warm, everyone else thin; one colour and marker per contender in all plots.
STYLES: dict[str, dict[str, Any]] = {
    "ours": {"color": "#c2410c", "marker": "o", "linewidth": 2.4},
    "ours, math": {"color": "#c2410c", "marker": "o", "linewidth": 2.4},
    "ours, numpy": {"color": "#d97706", "marker": "s", "linewidth": 2.4},
    "ours, c": {"color": "#7c2d12", "marker": "D", "linewidth": 2.4},
    "naive SymPy": {"color": "#15803d", "marker": "^"},
    "naive SymPy, cse": {"color": "#15803d", "marker": "^"},
    "SymEngine": {"color": "#65a30d", "marker": "v"},
    "CasADi SX": {"color": "#1d4ed8", "marker": "x"},
    "CasADi MX": {"color": "#0891b2", "marker": "+"},
    "JAX": {"color": "#7e22ce", "marker": "<"},
    "torch eager": {"color": "#be185d", "marker": ">"},
    "hand NumPy": {"color": "#525252", "marker": "s", "linestyle": "--"},
    "hand C": {"color": "#525252", "marker": "D", "linestyle": ":"},
    "tape": {"color": "#525252", "marker": "s", "linestyle": "--"},
}

LOOK = {
    "svg.fonttype": "none",
    "svg.hashsalt": "symbackprop",
    "font.size": 10,
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e5e5e5",
    "lines.linewidth": 1.3,
    "lines.markersize": 5,
    "figure.constrained_layout.use": True,
}


def draw(report: Report, folder: Path) -> list[Path]:
    """Write the plots for which the report has numbers."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    pyplot.rcParams.update(LOOK)
    folder.mkdir(parents=True, exist_ok=True)
    figures = {"deriving": _deriving(report), "evaluating": _evaluating(report), "operations": _operations(report)}
    written = []
    for name, panels in figures.items():
        if not all(lines for _, _, _, lines in panels):
            continue
        figure, axes = pyplot.subplots(1, len(panels), figsize=(1.6 + 4.2 * len(panels), 3.8), squeeze=False)
        for place, (ax, (title, across, up, lines)) in enumerate(zip(axes[0], panels, strict=True)):
            _panel(ax, title, across, up, lines, logarithmic=name != "operations")
            ax.set_ylabel(up if not place or up != panels[0][2] else "")
        shown: dict[str, Any] = {}
        for ax in axes[0]:
            shown.update(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
        figure.legend(shown.values(), shown, loc="outside right upper", frameon=False)
        path = folder / f"{name}.svg"
        figure.savefig(path, metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
        written.append(path)
    return written


def _panel(ax: Any, title: str, across: str, up: str, lines: Mapping[str, Line], logarithmic: bool) -> None:
    for name in STYLES:
        if name in lines:
            points = sorted(lines[name])
            ax.plot([x for x, _ in points], [y for _, y in points], label=name, **STYLES[name])
    ax.set_xscale("log")
    _in_decades(ax.xaxis, [x for points in lines.values() for x, _ in points])
    if logarithmic:
        ax.set_yscale("log")
        _in_decades(ax.yaxis, [y for points in lines.values() for _, y in points])
    else:
        ax.set_ylim(bottom=1)
    ax.minorticks_off()
    ax.set(title=title, xlabel=across, ylabel=up)


def _in_decades(axis: Any, values: Sequence[float]) -> None:
    """A logarithmic axis with plain numbers, between the powers of ten too where there are few."""
    from matplotlib import ticker

    few = max(values) < 100 * min(values)
    axis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5) if few else (1,)))
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))


Panel = tuple[str, str, str, dict[str, Line]]


def _lines(points: Iterable[tuple[str, float, float]]) -> dict[str, Line]:
    found: dict[str, list[tuple[float, float]]] = {}
    for name, x, y in points:
        found.setdefault(name, []).append((x, y))
    return {name: line for name, line in found.items() if name in STYLES}


def _deriving(report: Report) -> list[Panel]:
    chains = [group for group in report.groups if group.topic == "to a callable" and group.case.startswith("chain")]
    points = ((name, group.size, median(own)) for group in chains for name, own in group.samples.items())
    return [("From a chain of sigmoid units to a callable", "parameters", "seconds", _lines(points))]


def _evaluating(report: Report) -> list[Panel]:
    layers = [group for group in report.groups if group.topic == "evaluating" and _is_layers(group.case)]
    batches = sorted({group.batch for group in layers})
    panels = []
    for batch in (batches[0], batches[-1]) if len(batches) > 1 else batches:
        own = [group for group in layers if group.batch == batch]
        points = ((name, group.size, seconds * 1e6 / batch) for group in own for name, seconds in _best(group).items())
        title = "one sample" if batch == 1 else f"a batch of {batch}"
        panels.append((f"Loss and gradient, {title}", "parameters", "µs for each sample", _lines(points)))
    return panels or [("", "", "", {})]


def _is_layers(case: str) -> bool:
    return case.partition(" × ")[0].replace("-", "").isdigit() and "-" in case


def _best(group: Group) -> dict[str, float]:
    """Medians, of each back end of ours the faster of the function by position and the bound one."""
    found: dict[str, float] = {}
    for name, own in group.samples.items():
        shown = name.removesuffix(", bound")
        found[shown] = min(median(own), found.get(shown, float("inf")))
    return found


def _operations(report: Report) -> list[Panel]:
    """All over the same: what the tape takes for the loss alone."""
    families = {"Chains of sigmoid units": "chain", "Perceptrons": "-", "A recurrent unit": "steps"}
    alone = {count["case"]: count["forward"] for count in report.counts if count["who"] == "tape"}
    panels = []
    for title, mark in families.items():
        own = [count for count in report.counts if mark in count["case"] and count["case"] in alone]
        points = (
            (
                count["who"],
                int(count["case"].split()[0]) if mark == "steps" else count["size"],
                count["total"] / alone[count["case"]],
            )
            for count in own
        )
        across = "steps" if mark == "steps" else "parameters"
        panels.append((title, across, "operations of loss and gradient / of the loss", _lines(points)))
    return panels
