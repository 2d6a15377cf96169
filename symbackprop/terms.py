"""The cached terms C_1, C_2, …: three views of one backward pass.

``factors``
    C_1 = ∂E/∂ŷ, then one chain factor per connection, w σ′(s), as document 003 has it; a partial is
    the product along its path. Where paths meet, their sum becomes a term of its own if it is used again.
``signals``
    C_i is the accumulated error signal of a unit, which is what frameworks keep.
``none``
    nothing is named; each partial is written out. Its size can grow exponentially with depth.

What an array passes back is no product of factors (W x passes Wᵀ δ back): at the matrix level the view ``factors`` is ``signals``.
A path is a linked list that shares its beginning with other paths, so every view but the last is linear.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import InputError, nearest
from .program import Activation, ErrorSignal, Partial, Term, chain_rule
from .rules import UPSTREAM
from .tree import ONE, Derivative, Name, Negative, Number, Tree, names, operations, product, size, substitute, tidied, total

if TYPE_CHECKING:
    from .derivation import Derivation

VIEWS = ("factors", "signals", "none")
MAX_EXPANDED = 2_000  # factors of one partial in the view "none"


@dataclass(frozen=True, slots=True)
class CachedTerm:
    """C_i: its expression, in forward symbols, local derivatives and earlier terms.

    ``chain`` is the product of named partials it stands for. ``operations`` is what computing it once
    takes, ``repeats`` how often it would be computed if nothing were named.
    """

    name: str
    tree: Tree
    chain: Tree
    operations: int
    repeats: int


@dataclass(slots=True, eq=False)
class Word:
    """The factors along a path from the loss, last one first.

    An element is the name of a cached term, a `_Raw` factor, or a sum of paths. ``repeats`` is
    filled in at the end: how many written-out partials contain this word.
    """

    before: Word | None
    element: str | _Raw | tuple[Word | None, ...]
    has_sum: bool
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class _Raw:
    """A factor that needs no name, being a symbol or a number, and the partial that it is."""

    tree: Tree
    chain: Tree


@dataclass(frozen=True, slots=True)
class _Path:
    """A path whose last factors have not been named yet."""

    word: Word | None
    factors: tuple[Tree, ...] = ()
    chain: tuple[Derivative, ...] = ()


@dataclass(frozen=True, slots=True)
class TermsView:
    """One view: the terms, and for each given symbol the paths that lead to it."""

    kind: str
    terms: tuple[CachedTerm, ...]
    paths: Mapping[str, tuple[tuple[Word | None, Term], ...]]
    derivation: Derivation
    expanded_sizes: Mapping[str, int]

    def partial(self, name: str) -> Tree:
        """∂E/∂name in cached terms. Raises InputError where the view ``none`` would be too long to write."""
        if self.kind != "none":
            return self._write(name, Name, lambda raw: raw.tree)
        count = self.expanded_sizes.get(name, 0)
        if count > MAX_EXPANDED:
            raise InputError(
                f"dE/d{name} written out has {count} factors, more than {MAX_EXPANDED}; use the view 'factors' or 'signals'",
                "cache",
            )
        trees = {term.name: term.tree for term in self.terms}
        written: dict[str, Tree] = {}
        for term in self.terms:  # each term reads earlier ones only
            written[term.name] = substitute(trees[term.name], written)
        return self._write(name, written.__getitem__, lambda raw: raw.tree)

    def chain(self, name: str) -> Tree:
        """∂E/∂name as a product of named partials: the chain rule before anything is put in."""
        stands_for = {term.name: term.chain for term in self.terms}
        return self._write(
            name,
            stands_for.__getitem__,
            lambda raw: raw.chain,
            lambda term: Derivative(shown_as(self.derivation, term.through), name, not term.upstream and len(self.paths[name]) > 1),
        )

    def rewritten(self, name: str, write: Callable[[str], Tree]) -> Tree:
        """∂E/∂name with each cached term as ``write`` gives it."""
        return self._write(name, write, lambda raw: raw.tree)

    def terms_of(self, name: str) -> tuple[str, ...]:
        """The cached terms in ∂E/∂name, in reading order."""
        found: dict[str, None] = {}

        def note(term: str) -> Tree:
            found[term] = None
            return ONE

        self.rewritten(name, note)
        return tuple(found)

    def _write(
        self, name: str, write: Callable[[str], Tree], raw: Callable[[_Raw], Tree], local: Callable[[Term], Tree] | None = None
    ) -> Tree:
        if name not in self.paths:
            raise InputError(f"{name!r} is no given symbol that was differentiated by{nearest(name, self.paths)}")
        # A symbol that one definition reads twice has one local derivative there, the sum of both.
        readers: dict[str, tuple[Word | None, list[Term]]] = {}
        for word, term in self.paths[name]:
            readers.setdefault(term.through, (word, []))[1].append(term)
        parts = []
        for word, terms in readers.values():
            upstream = _tree(word, write, raw)
            if local or not any(term.is_form for term in terms):
                parts.append(product([upstream, local(terms[0]) if local else total(term.factor for term in terms)]))
            else:
                parts.extend(term.share(upstream) for term in terms)
        return total(parts)


def _tree(word: Word | None, write: Callable[[str], Tree], raw: Callable[[_Raw], Tree]) -> Tree:
    """The product along a path. Sums of paths are never nested, so this calls itself once at most."""
    factors: list[Tree] = []
    for part in _listed(word):
        element = part.element
        if isinstance(element, str):
            factors.append(write(element))
        elif isinstance(element, _Raw):
            factors.append(raw(element))
        else:
            factors.append(total(_tree(path, write, raw) for path in element))
    return product(factors)


def shown_as(derivation: Derivation, name: str) -> str:
    """The name by which a chain rule calls a definition: a unit's output where its activation is the identity (ŷ for s_o)."""
    definition = derivation.program.by_name[name]
    output = derivation.program.by_name.get(f"z{name[1:]}") if getattr(definition, "unit", "") else None
    if isinstance(output, Activation) and output.function == "identity":
        return output.name
    return name


def stands_inside(definition: Partial | ErrorSignal) -> bool:
    """Whether an error signal is that of one activation, so that the partial by the unit's output can stand in its place, once."""
    if not isinstance(definition, ErrorSignal) or len(definition.terms) != 1 or not definition.terms[0].upstream:
        return False
    (term,) = definition.terms
    return not term.is_form or _leaves(term.factor).count(UPSTREAM) == 1


def opened(derivation: Derivation, definition: Partial | ErrorSignal, signed: bool = True) -> Tree:
    """A partial with the partial by the unit's own output put in place: δ_j = (Σ_k δ_k w_k) f′(s_j), f′ as a local derivative.

    Without ``signed`` the names of error signals are read as true partials, whatever the sign of δ.
    """
    own = definition.sign if isinstance(definition, ErrorSignal) else 1
    terms = definition.terms
    last = None
    if stands_inside(definition):
        last = terms[0]
        terms = derivation.partials[last.through].terms
    if not signed:
        terms, own = tuple(term._replace(sign=1) for term in terms), 1
    tree = chain_rule(definition.of, terms, own)
    return tree if last is None else last.share(tree)


def terms_view(derivation: Derivation, kind: str) -> TermsView:
    """The cached terms of ``derivation`` in a view of `VIEWS`. Raises InputError for any other."""
    if kind not in VIEWS:
        raise InputError(f"there is no view {kind!r}{nearest(kind, VIEWS)}", "cache")
    return _Builder(derivation, kind).view()


class _Builder:
    """Walks the backward pass once and gives names to factors. The sign of δ plays no part: C_i are true partials."""

    def __init__(self, derivation: Derivation, kind: str) -> None:
        self.derivation, self.kind = derivation, kind
        self.named: list[tuple[str, Tree, Tree, tuple[Word | None, ...]]] = []  # name, expression, chain, paths it sums
        self.states: dict[str, tuple[_Path, ...]] = {}
        self.paths: dict[str, tuple[tuple[Word | None, Term], ...]] = {}
        self.words: list[Word] = []
        self.signal_names: dict[str, Tree] = {}
        self.passes = [d for d in derivation.backward_pass if isinstance(d, Partial | ErrorSignal)]
        self.uses = Counter(term.upstream for d in self.passes for term in d.terms)
        self.has_units = bool(derivation.network.units)
        self.is_array = derivation.network.is_array
        self.inside = {definition.terms[0].upstream for definition in self.passes if stands_inside(definition)}

    def view(self) -> TermsView:
        given = set(self.derivation.program.given)
        for definition in self.passes:
            if definition.wrt in given:
                self.paths[definition.wrt] = tuple((self._path_to(term), term) for term in definition.terms)
            elif not self.uses[definition.name]:
                continue  # leads to nothing that was asked for
            elif self.kind == "signals" or self.is_array:
                self._signal(definition)
            else:
                self._factors(definition)
        terms = self._counted()
        return TermsView(self.kind, terms, self.paths, self.derivation, self._sizes(terms) if self.kind == "none" else {})

    def _path_to(self, term: Term) -> Word | None:
        if not term.upstream:
            return None
        # A given symbol is read by a definition whose partial is one word already, being used.
        (path,) = self.states[term.upstream]
        return path.word

    def _factors(self, definition: Partial | ErrorSignal) -> None:
        paths = tuple(path for term in definition.terms for path in self._extended(definition, term))
        from_loss = any(not term.upstream for term in definition.terms)
        if isinstance(definition, ErrorSignal) or from_loss or not self.has_units:
            paths = tuple(self._closed(path) for path in paths)
            used_again = self.uses[definition.name] > 1
            if len(paths) > 1:
                paths = (self._summed(definition, paths, used_again),)
            elif used_again and paths[0].word is not None and paths[0].word.has_sum:
                paths = (self._named(definition, paths[0].word),)  # the sum came before, by the unit's output, which had one reader
        self.states[definition.name] = paths

    def _extended(self, definition: Partial | ErrorSignal, term: Term) -> tuple[_Path, ...]:
        before = self.states[term.upstream] if term.upstream else (_Path(None),)
        if term.factor == ONE and term.upstream:
            return before
        through = shown_as(self.derivation, term.through) if term.upstream else definition.of
        step = Derivative(through, definition.wrt, not term.upstream and len(definition.terms) > 1)
        return tuple(_Path(path.word, (*path.factors, term.factor), (*path.chain, step)) for path in before)

    def _closed(self, path: _Path) -> _Path:
        """Name the factors of a path that have none yet, unless they are nothing but a symbol."""
        if not path.factors:
            return path
        tree, chain = product(path.factors), product(path.chain)
        if isinstance(tree.body if isinstance(tree, Negative) else tree, Name | Number):
            return _Path(self._word(path.word, _Raw(tree, chain)))
        return _Path(self._word(path.word, self._name(tree, chain)))

    def _summed(self, definition: Partial | ErrorSignal, paths: tuple[_Path, ...], used_again: bool) -> _Path:
        """One word for several paths: a term of its own if it is used again, else the sum in place."""
        words = tuple(path.word for path in paths)
        shared, words = self._shared_beginning(words)
        total_word = self._word(shared, words)
        if used_again or any(word is not None and word.has_sum for word in (shared, *words)):
            return self._named(definition, total_word)
        return _Path(total_word)

    def _named(self, definition: Partial | ErrorSignal, word: Word) -> _Path:
        """A term of its own for a whole partial, with sums of paths in it."""
        tree = _tree(word, Name, lambda raw: raw.tree)
        return _Path(self._word(None, self._name(tree, Derivative(definition.of, definition.wrt), (word,))))

    def _shared_beginning(self, words: tuple[Word | None, ...]) -> tuple[Word | None, tuple[Word | None, ...]]:
        """The longest common beginning of some paths, and what is left of each: C_1 C_2 + C_1 C_3 = C_1 (C_2 + C_3)."""
        lists = [_listed(word) for word in words]
        count = 0
        while all(len(own) > count for own in lists) and all(own[count].element == lists[0][count].element for own in lists):
            count += 1
        if count == 0:
            return None, words
        rests: list[Word | None] = []
        for own in lists:
            rest: Word | None = None
            for word in own[count:]:
                rest = self._word(rest, word.element)
            rests.append(rest)
        return lists[0][count - 1], tuple(rests)

    def _signal(self, definition: Partial | ErrorSignal) -> None:
        if definition.name in self.inside and self.uses[definition.name] == 1:
            return
        tree = tidied(substitute(opened(self.derivation, definition, signed=False), self.signal_names))
        own = Derivative(definition.of, shown_as(self.derivation, definition.wrt))
        if isinstance(tree, Name | Number):
            word = self._word(None, _Raw(tree, own))
            self.signal_names[definition.name] = tree
        else:
            name = self._name(tree, own)
            word = self._word(None, name)
            self.signal_names[definition.name] = Name(name)
        self.states[definition.name] = (_Path(word),)

    def _word(self, before: Word | None, element: str | _Raw | tuple[Word | None, ...]) -> Word:
        word = Word(before, element, isinstance(element, tuple) or (before is not None and before.has_sum))
        self.words.append(word)
        return word

    def _name(self, tree: Tree, chain: Tree, paths: tuple[Word | None, ...] = ()) -> str:
        name = f"C_{len(self.named) + 1}"
        self.named.append((name, tree, chain, paths))
        return name

    def _counted(self) -> tuple[CachedTerm, ...]:
        """How often each term would be computed: counts flow from the partials back along the words."""
        repeats: Counter[str] = Counter()
        for paths in self.paths.values():
            for word, _ in paths:
                if word is not None:
                    word.repeats += 1
        sums = {name: paths for name, _, _, paths in self.named}
        read = {name: [other for other in names(tree) if other.startswith("C_")] for name, tree, _, _ in self.named}
        if self.kind == "signals" or self.is_array:
            for word in self.words:
                if isinstance(word.element, str):
                    repeats[word.element] += word.repeats
            for name, _, _, _ in reversed(self.named):
                for other in read[name]:
                    repeats[other] += repeats[name]
        else:
            for word in reversed(self.words):
                if isinstance(word.element, str):
                    repeats[word.element] += word.repeats
                    inner: tuple[Word | None, ...] = sums[word.element]
                else:
                    inner = () if isinstance(word.element, _Raw) else word.element
                for path in (*inner, word.before):
                    if path is not None:
                        path.repeats += word.repeats
        slopes = {name: local.tree for name, local in self.derivation.local_derivatives.items()}
        return tuple(
            CachedTerm(name, tree, chain, operations(substitute(tree, slopes)), repeats[name])
            for name, tree, chain, _ in self.named
        )

    def _sizes(self, terms: tuple[CachedTerm, ...]) -> Mapping[str, int]:
        """The number of factors of each written-out partial, counted without writing it."""
        sizes: dict[str, int] = {}
        for term in terms:
            sizes[term.name] = size(term.tree) + sum(sizes[name] - 1 for name in _leaves(term.tree) if name in sizes)

        def length(word: Word | None) -> int:
            count = 0
            while word is not None:
                element = word.element
                if isinstance(element, str):
                    count += sizes[element]
                else:
                    count += 1 if isinstance(element, _Raw) else sum(length(path) for path in element)
                word = word.before
            return count

        return {name: sum(length(word) + 1 for word, _ in paths) for name, paths in self.paths.items()}


def _listed(word: Word | None) -> list[Word]:
    """The words of a path, first one first."""
    found = []
    while word is not None:
        found.append(word)
        word = word.before
    return found[::-1]


def _leaves(tree: Tree) -> list[str]:
    found, stack = [], [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Name):
            found.append(node.name)
        stack.extend(node.children)
    return found
