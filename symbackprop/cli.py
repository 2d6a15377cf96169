"""The command line: parses, calls, writes. Results go to stdout, messages and progress to stderr.

Exit codes: 0 done, 1 a check failed, 2 the input is wrong, 3 something outside is missing.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from . import __version__
from .errors import InputError, SymbackpropError, UncheckedWarning

if TYPE_CHECKING:
    from pathlib import Path

    from .network import Network


def _as_path(context: click.Context, parameter: click.Parameter, value: str) -> Path:
    from pathlib import Path  # not for --help

    return Path(value)


NETWORK = click.argument("network", metavar="NETWORK")
FOLDER = click.option(
    "-o", "--output", "folder", type=click.Path(), callback=_as_path, default=".", show_default="here", help="Folder to write to."
)
STOPPED = 130  # the exit code of a program that Ctrl-C has ended


@contextmanager
def _said_warnings() -> Iterator[None]:
    """Warnings of the package, each as one line like an error's; others as ever."""
    with warnings.catch_warnings():
        show = warnings.showwarning

        def say(
            message: Warning | str, category: type[Warning], filename: str, lineno: int, file: Any = None, line: str | None = None
        ) -> None:
            if issubclass(category, UncheckedWarning):
                click.echo(f"symbackprop: {message}", err=True)
            else:
                show(message, category, filename, lineno, file, line)

        warnings.simplefilter("always", UncheckedWarning)
        warnings.showwarning = say
        yield


class _Group(click.Group):
    """Turns every error of the package, and every wrong call, into its one line and exit code."""

    def main(self, *arguments: Any, **settings: Any) -> Any:
        try:
            code = super().main(*arguments, **{**settings, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            code = error.exit_code
        except click.UsageError as error:
            click.echo(f"symbackprop: {_one_line(error)}", err=True)
            code = error.exit_code
        except click.Abort:
            click.echo("symbackprop: stopped", err=True)
            code = STOPPED
        sys.exit(code)

    def invoke(self, context: click.Context) -> Any:
        try:
            with _said_warnings():
                return super().invoke(context)
        except SymbackpropError as error:
            click.echo(f"symbackprop: {error}", err=True)
            context.exit(error.exit_code)
        except BrokenPipeError:
            # The reader has gone, as with `| head`: nothing is wrong with the input.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            context.exit(0)


def _one_line(error: click.UsageError) -> str:
    """What is wrong with a call, and how to mend it."""
    message = " ".join(error.message.split()).rstrip(".")
    if isinstance(error, click.MissingParameter):
        message = error.format_message().rstrip(".")
    elif isinstance(error, click.BadParameter) and error.param is not None:
        message = f"{error.param.opts[-1]}: {message}"
    message = message[:1].lower() + message[1:]
    if possibilities := getattr(error, "possibilities", None):
        return f"{message}; did you mean {' or '.join(map(repr, possibilities))}?"
    return f"{message}; see `{error.ctx.command_path if error.ctx is not None else 'symbackprop'} --help`"


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="symbackprop")
def main() -> None:
    """Derive back-propagation symbolically.

    NETWORK is a name from `symbackprop list`, a file, or - for standard input.
    """


def _stem(network: str) -> str:
    """What the files of a network are called."""
    return "network" if network == "-" else os.path.splitext(os.path.basename(network))[0]


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
@click.option("--notations", is_flag=True, help="List the notations instead.")
def list_command(notations: bool) -> None:
    """List the networks, or the notations, that ship with symbackprop."""
    if notations:
        from .document.profile import list_notations as list_found
    else:
        from .reading import list_networks as list_found

    found = list_found()
    width = max(len(name) for name, _ in found)
    for name, title in found:
        click.echo(f"{name:<{width}}  {title}")


@main.command()
@NETWORK
@FOLDER
@click.option(
    "--format",
    "forms",
    default="tex,html,md",
    show_default=True,
    help="Formats, separated by commas: tex, html, md, pdf, ipynb, fragment.",
)
@click.option("--cache", default="factors", show_default=True, help="View of the cached terms: factors, signals or none.")
@click.option(
    "--numbers", default=None, help="Numbers policy: exact, display or carry.  [default: the network's own, else display]"
)
@click.option(
    "--notation",
    default=None,
    help="Notation: a name from `list --notations`, or a file of your own, ending in .toml.  "
    "[default: the network's own, else 003]",
)
@click.option(
    "--level",
    default=None,
    help="Level: unit (every entry), index (entries with letters) or matrix (whole arrays).  "
    "[default: unit for up to 150 parameters, else matrix]",
)
@click.option("--detail", default="standard", show_default=True, help="How much is written: brief, standard or full.")
@click.option("--width", default=None, help="Width of the lines: 240pt, 84mm, 8.4cm, 3.3in.  [default: that of an A4 page]")
@click.option("--prefix", default="", metavar="TEXT", help="What labels in LaTeX begin with.  [default: the network's file name]")
@click.option("--templates", default=None, metavar="DIR", help="Folder of templates that replace those of the package.")
@click.option("--verified", is_flag=True, help="End the page with a section that says how its lines have been checked.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
def derive(
    network: str,
    folder: Path,
    forms: str,
    cache: str,
    numbers: str | None,
    notation: str | None,
    level: str | None,
    detail: str,
    width: str | None,
    prefix: str,
    templates: str | None,
    verified: bool,
    force: bool,
) -> None:
    """Write the worked solution of NETWORK: the complete derivation of its gradients."""
    from .derivation import derive as derive_network
    from .rendering.output import check_free, pages, places, style_file, write
    from .rendering.writer import slug

    chosen = tuple(dict.fromkeys(form.strip() for form in forms.split(",")))
    stem, derivation = _stem(network), derive_network(_load(network))
    targets = places(folder, stem, chosen)
    beside = style_file(folder, chosen)
    check_free([*targets.values(), *beside], force)
    with _progress("pages") as progress:
        made = pages(
            derivation,
            chosen,
            progress=progress,
            prefix=prefix or slug(stem),
            cache=cache,
            numbers=numbers,
            notation=notation,
            level=level,
            detail=detail,
            width=width,
            templates=templates,
            verified=verified,
        )
    files = {targets[form]: content for form, content in made.items()} | beside
    write(files, force)
    for path in files:
        click.echo(path)


@main.command()
@click.argument("book", metavar="BOOK.toml", type=click.Path(), callback=_as_path)
@FOLDER
@click.option(
    "--format", "forms", default="tex", show_default=True, help="Formats, separated by commas: tex, pdf, fragment, html, md."
)
@click.option("--templates", default=None, metavar="DIR", help="Folder of templates that replace those of the package.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
def appendix(book: Path, folder: Path, forms: str, templates: str | None, force: bool) -> None:
    """Write the book of many networks that BOOK.toml describes: solutions, exercises, notation, index."""
    from .reading.book_file import load_book
    from .rendering.book import book_pages, page_options
    from .rendering.output import check_free, places, style_file, write

    chosen = tuple(dict.fromkeys(form.strip() for form in forms.split(",")))
    targets = places(folder, book.stem, chosen)
    beside = style_file(folder, chosen)
    check_free([*targets.values(), *beside], force)
    with _progress("book") as progress:
        made = book_pages(load_book(book, page_options()), chosen, progress, templates)
    files = {targets[form]: content for form, content in made.items()} | beside
    write(files, force)
    for path in files:
        click.echo(path)


@main.command("figure")
@NETWORK
@FOLDER
@click.option(
    "--kind",
    "kinds",
    default="",
    help="Figures, separated by commas: network, circuit, signals, slopes, sizes, check, updates.  [default: all that there are]",
)
@click.option("--format", "forms", default="svg", show_default=True, help="Formats, separated by commas: svg, tikz, tex, pdf.")
@click.option(
    "--numbers", default=None, help="Numbers policy: exact, display or carry.  [default: the network's own, else display]"
)
@click.option("--notation", default=None, help="Notation, as in `derive`.  [default: the network's own, else 003]")
@click.option("--level", default=None, help="Level, as in `derive`: unit, index or matrix.")
@click.option("--width", default=None, help="Widest that a figure may be: 240pt, 84mm, 3.3in.  [default: the lines of an A4 page]")
@click.option("--force", is_flag=True, help="Replace files that exist.")
def figure_command(
    network: str,
    folder: Path,
    kinds: str,
    forms: str,
    numbers: str | None,
    notation: str | None,
    level: str | None,
    width: str | None,
    force: bool,
) -> None:
    """Draw NETWORK: its units, its circuit, its error signals, and curves."""
    from .derivation import derive as derive_network
    from .rendering.figures import save_figures

    stem = _stem(network)
    derivation = derive_network(_load(network))
    asked, formats = ([own.strip() for own in text.split(",") if own.strip()] for text in (kinds, forms))
    options = {"numbers": numbers, "notation": notation, "level": level}
    for path in save_figures(derivation, folder, stem, asked, formats, force, width=width, **options):
        click.echo(path)


@main.command("export")
@NETWORK
@FOLDER
@click.option(
    "--language",
    "languages",
    default="python",
    show_default=True,
    help="Languages, separated by commas: python, numpy, c, javascript.",
)
@click.option("--of", "of", metavar="NAME", help="What to differentiate.  [default: the network's objective]")
@click.option("--wrt", "wrt", multiple=True, metavar="NAME", help="By what; may be repeated.  [default: the network's parameters]")
@click.option("--force", is_flag=True, help="Replace files that exist.")
def export_command(network: str, folder: Path, languages: str, of: str | None, wrt: tuple[str, ...], force: bool) -> None:
    """Write the gradient of NETWORK as source code that needs no symbackprop and checks itself when it is run."""
    from .derivation import derive as derive_network
    from .export import exports, file_names
    from .rendering.output import check_free, write

    stem = _stem(network)
    derivation = derive_network(_load(network), of, wrt or None)
    names = file_names((language.strip() for language in languages.split(",")), stem)
    targets = {language: folder / name for language, name in names.items()}
    check_free(targets.values(), force)
    texts = exports(derivation, {language: path.stem for language, path in targets.items()})
    files = {path: texts[language].encode("utf-8") for language, path in targets.items()}
    write(files, force)
    for path in files:
        click.echo(path)


@main.command()
@NETWORK
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Give a symbol another value; may be repeated.")
@click.option("--updates", type=int, default=0, metavar="N", help="Apply N updates first.")
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
        _print_json(found.to_dict())
    else:
        click.echo(str(found))


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
    import json
    from decimal import Decimal

    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise InputError(f"{text[:60]!r} is no array; write one like [1, 2] or [[1, 2], [3, 4]]", "--set") from None


def _print_json(found: dict[str, Any]) -> None:
    import json

    click.echo(json.dumps(found, indent=2, allow_nan=False))


def _print_worked(network: Network, policy: str, as_json: bool) -> None:
    """The numbers as the page prints them, by plain name."""
    from .derivation import derive as derive_network
    from .numbers import worked_numbers

    worked = worked_numbers(derive_network(network), policy)
    if as_json:
        _print_json({name: own.text for name, own in worked.items()})
        return
    width = max(len(name) for name in worked)
    for name, own in worked.items():
        click.echo(f"{name:<{width}}  {own.text}")


@main.command()
@click.argument("network", metavar="NETWORK", default="")
@FOLDER
@click.option("--claim", "claims", multiple=True, metavar="TEXT", help="Judge this claim about NETWORK instead; may be repeated.")
@click.option("--claims", "files", multiple=True, metavar="FILE", help="Judge the claims of a file, or of a document, 000 to 004.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--format", "forms", default="", help="Write the report as pages instead: tex, html, md, pdf, separated by commas.")
@click.option("--notation", default=None, help="Notation of the pages, as in `derive`.  [default: the network's own, else 003]")
@click.option("--with", "library", default=None, help="Library to compare with: autograd, jax, torch or none.  [default: autograd]")
@click.option("--force", is_flag=True, help="Replace files that exist.")
@click.pass_context
def check(
    context: click.Context, network: str, folder: Path, claims: tuple[str, ...], files: tuple[str, ...], as_json: bool, forms: str,
    notation: str | None, library: str | None, force: bool,
) -> None:  # fmt: skip
    """Check NETWORK: gradients, closed forms, and its document's printed numbers. Exit code 1 where something fails.

    A claim is a formula, a number or a bound: --claim "dE/dw_j = (yhat - y)*w_k*z_j", in the equation language or in LaTeX.
    """
    from .checking import check as check_network
    from .checking import check_claims
    from .rendering.check_page import report_places, write_report

    if not network and not files:
        raise click.MissingParameter(param_type="argument", param_hint="NETWORK", ctx=context)
    if as_json and forms:
        raise InputError("--json prints the report and --format writes it; ask for one of them", "--format")
    chosen = _load(network) if network else None
    places = report_places(folder, _stem(network or files[0]), forms, force)
    with _progress("checks") as progress:
        if claims or files:
            report = check_claims(chosen, *claims, files=files, progress=progress)
        else:
            assert chosen is not None
            report = check_network(chosen, progress, library)
    if as_json:
        _print_json(report.to_dict())
    elif places:
        for path in write_report(report, places, force, notation=notation):
            click.echo(path)
        click.echo(report.summary)
    else:
        click.echo(str(report))
    if not report.passed:
        context.exit(1)
