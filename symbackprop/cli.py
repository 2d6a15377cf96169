"""The command line: parses, calls, writes. Results go to stdout, messages and progress to stderr.

Exit codes: 0 done, 1 a check failed, 2 the input is wrong, 3 something outside is missing.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import __version__
from .errors import InputError, SymbackpropError

if TYPE_CHECKING:
    from .network import Network
    from .numeric.evaluation import Evaluation

NETWORK = click.argument("network", metavar="NETWORK")


class _Group(click.Group):
    """Turns every error of the package into its one line and exit code."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except SymbackpropError as error:
            click.echo(f"symbackprop: {error}", err=True)
            context.exit(error.exit_code)
        except BrokenPipeError:
            # The reader has gone, as with `| head`: nothing is wrong with the input.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            context.exit(0)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="symbackprop")
def main() -> None:
    """Derive back-propagation symbolically.

    NETWORK is a name from `symbackprop list`, a file, or - for standard input.
    """


def _load(network: str) -> Network:
    from .reading import load

    return load(network)


@contextmanager
def _progress(label: str) -> Iterator[Callable[[Iterable[Any]], Iterator[Any]]]:
    """One bar on stderr for all that is iterated over, shown when a person has waited for a second."""
    from tqdm import tqdm

    with tqdm(
        total=0, desc=label, delay=1, leave=False, file=sys.stderr, disable=None, bar_format="{desc} {percentage:3.0f}% |{bar}|"
    ) as bar:

        def wrap(items: Iterable[Any]) -> Iterator[Any]:
            known = items if isinstance(items, Sequence) else list(items)
            bar.total = (bar.total or 0) + len(known)
            for item in known:
                yield item
                bar.update()

        yield wrap


@main.command("list")
def list_command() -> None:
    """List the networks that ship with symbackprop."""
    from .reading import list_networks

    found = list_networks()
    width = max(len(name) for name, _ in found)
    for name, title in found:
        click.echo(f"{name:<{width}}  {title}")


@main.command()
@NETWORK
@click.option(
    "-o", "--output", "folder", type=click.Path(path_type=Path), default=Path("."), show_default="here", help="Folder to write to."
)
@click.option(
    "--format", "forms", default="tex,html,md", show_default=True, help="Formats, separated by commas: tex, html, md, pdf."
)
@click.option("--cache", default="factors", show_default=True, help="View of the cached terms: factors, signals or none.")
@click.option(
    "--numbers", default=None, help="Numbers policy: exact, display or carry.  [default: the network's own, else display]"
)
@click.option("--notation", default=None, help="Notation: 000, 002, 003 or 004.  [default: the network's own, else 003]")
@click.option(
    "--level",
    default=None,
    help="Level: unit (every entry), index (entries with letters) or matrix (whole arrays).  "
    "[default: unit for up to 150 parameters, else matrix]",
)
@click.option("--force", is_flag=True, help="Replace files that exist.")
def derive(
    network: str,
    folder: Path,
    forms: str,
    cache: str,
    numbers: str | None,
    notation: str | None,
    level: str | None,
    force: bool,
) -> None:
    """Write the worked solution of NETWORK: the complete derivation of its gradients."""
    from .derivation import derive as derive_network
    from .rendering.output import check_free, pages, write

    chosen = tuple(dict.fromkeys(form.strip() for form in forms.split(",")))
    stem = "network" if network == "-" else Path(network).stem
    derivation = derive_network(_load(network))
    targets = {form: folder / f"{stem}.{form}" for form in chosen}
    check_free(targets.values(), force)
    with _progress("pages") as progress:
        made = pages(derivation, chosen, progress=progress, cache=cache, numbers=numbers, notation=notation, level=level)
    write({targets[form]: content for form, content in made.items()}, force)
    for path in targets.values():
        click.echo(path)


@main.command()
@NETWORK
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Give a symbol another value; may be repeated.")
@click.option("--updates", type=click.IntRange(min=0), default=0, metavar="N", help="Apply N updates first.")
@click.option("--of", "of", metavar="NAME", help="Differentiate this definition ...")
@click.option("--wrt", "wrt", multiple=True, metavar="NAME", help="... by this symbol; twice for the second derivative.")
@click.option("--numbers", default=None, help="Print worked numbers of a policy instead: exact, display or carry.")
def evaluate(
    network: str, as_json: bool, settings: tuple[str, ...], updates: int, of: str | None, wrt: tuple[str, ...], numbers: str | None
) -> None:
    """Evaluate NETWORK: forward values, every derivative, cached terms, error signals, updates."""
    if (of is None) != (not wrt):
        raise InputError("give both --of and --wrt, or neither")
    if numbers is not None and (of is not None or updates):
        raise InputError("--numbers goes with neither --of nor --updates", "--numbers")
    chosen = _with_settings(_load(network), settings)
    if numbers is not None:
        _print_worked(chosen, numbers, as_json)
        return
    from .numeric import evaluate as evaluate_network

    with _progress("updates") as progress:
        found = evaluate_network(chosen, updates=updates, of=of, wrt=wrt, progress=progress)
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=2, allow_nan=False))
    else:
        _print_evaluation(found)


def _with_settings(network: Network, settings: tuple[str, ...]) -> Network:
    """The network with the values of ``--set``: numbers, and arrays as JSON has them."""
    values: dict[str, Any] = {}
    for setting in settings:
        name, sign, value = setting.partition("=")
        if not sign:
            raise InputError(f"{setting[:60]!r} is not NAME=VALUE", "--set")
        values[name.strip()] = _array(value.strip()) if value.lstrip().startswith("[") else value.strip()
    return network.with_values(values) if values else network


def _array(text: str) -> Any:
    """Nested lists of exact numbers."""
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise InputError(f"{text[:60]!r} is no array; write one like [1, 2] or [[1, 2], [3, 4]]", "--set") from None


def _print_worked(network: Network, policy: str, as_json: bool) -> None:
    """The numbers as the page prints them, by plain name."""
    from .derivation import derive as derive_network
    from .numbers import worked_numbers

    worked = worked_numbers(derive_network(network), policy)
    if as_json:
        click.echo(json.dumps({name: own.text for name, own in worked.items()}, indent=2))
        return
    width = max(len(name) for name in worked)
    for name, own in worked.items():
        click.echo(f"{name:<{width}}  {own.text}")


def _print_evaluation(found: Evaluation) -> None:
    """The evaluation as text: one line a quantity, in the order of the JSON object."""
    for key, entry in found.to_dict().items():
        if not isinstance(entry, dict):
            click.echo(f"{key}  {_shown(entry)}")
            continue
        if not entry:
            continue
        click.echo(key)
        width = max(len(name) for name in entry)
        for name, value in entry.items():
            if isinstance(value, dict):
                click.echo(f"  {name:<{width}}  {_shown(value['value'])}  = {value['expression']}")
            else:
                click.echo(f"  {name:<{width}}  {_shown(value)}")


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


@main.command()
@NETWORK
@click.pass_context
def check(context: click.Context, network: str) -> None:
    """Check NETWORK: gradients, closed forms, and its document's printed numbers. Exit code 1 where something fails."""
    from .checking import check as check_network

    chosen = _load(network)
    with _progress("checks") as progress:
        report = check_network(chosen, progress)
    click.echo(str(report))
    if not report.passed:
        context.exit(1)
