"""The format-neutral document: what a page says, before any format prints it.

Text is a list of runs, words and mathematics; equations are trees; nothing here is TeX or HTML.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..tree import Tree
from .drawing import Picture

# What lines hold for: the page's own network, in the first sample; its totals over all samples; the network with whole
# arrays; all samples as one matrix; a small network of the same kind; a general step in time, or the whole way through one.
OF_PAGE, OF_TOTALS, OF_ARRAYS, OF_BATCH, OF_SMALL, OF_STEP, OF_STATE = (
    "page", "totals", "arrays", "batch", "small", "step", "state"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Math:
    """Mathematics inside a line of text; ``hidden`` are digits whose room stays free behind it.

    In a table ``of`` says what it is equal to, or rounded from, in which ``sample``.
    """

    tree: Tree
    hidden: str = ""
    of: Tree | None = None
    sample: int = 0


@dataclass(frozen=True, slots=True)
class Relation:
    """left = right inside a line of text, ``sign`` between them; ``holds`` says for what."""

    left: Tree
    sign: str
    right: Tree
    holds: str = OF_PAGE


@dataclass(frozen=True, slots=True)
class Coloured:
    """Words in the colour of a role, to explain the colour."""

    words: str
    role: str


Run = str | Math | Relation | Coloured
Text = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Equation:
    """left rel_1 right_1 rel_2 right_2 …, one chain of equalities.

    In the step number ``shaped``, from 1, and in the left side, the shape of each array stands below it; in none where it
    is 0. ``ranges`` says for which indices the equation holds. One that may stand ``beside`` the equation before it stands in
    the same line where both have room.
    """

    left: Tree
    steps: tuple[tuple[str, Tree], ...]
    shaped: int = 0
    ranges: tuple[tuple[str, int | str], ...] = ()
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Equations:
    """Equations under one another, aligned at their first relation; ``packed`` ones side by side as far as they fit.

    ``holds`` says for which network and samples they hold.
    """

    rows: tuple[Equation, ...]
    packed: bool = False
    holds: str = OF_PAGE


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: Text


@dataclass(frozen=True, slots=True)
class Items:
    """A list of paragraphs."""

    items: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """``columns`` are "l", "r", or "p" for one that may be broken over lines; ``caption`` says what the table shows.

    ``where`` defines names that stand in what cells are ``of`` and nowhere on the page, each after those that it reads.
    """

    columns: str
    head: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    caption: str = ""
    where: tuple[tuple[str, Tree], ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """The box of what is given."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What has been found, at the end of the page."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, which is drawn as wide as the page allows; ``caption`` stands below.

    ``description`` says what it shows, for who cannot see it and where nothing can be drawn; ``data`` has what a curve goes
    through, for the same readers.
    """

    title: str
    picture: Picture
    caption: Text
    description: str
    data: Table | None = None


Block = Equations | Paragraph | Items | Table | Given | Result | Figure


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    sections: tuple[Section, ...]
